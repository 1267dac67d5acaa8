/*
 * scripts.c - Sieve scripts that lie on a host's disk: where the active ones send mail.
 *
 * Dovecot's Pigeonhole runs ~/.dovecot.sieve, as a rule a link to sieve/NAME.sieve.  A script says
 * what it does now, not since when, nor who saved it; whether its tests ever hold is not judged.
 *
 * RFC 5228 (2.3 comments, 2.4.2 strings, 4.2 redirect), RFC 3894 (:copy), RFC 6009 (:notify, :ret).
 */
#include "host.h"

#include <stdio.h>

/* Where homes lie; the account is their last component, with the domain that may stand before. */
static const struct {
	const char *pattern;
	bool domain;
} homes[] = {
    {"home/*/.dovecot.sieve", false},
    {"root/.dovecot.sieve", false},
    {"home/vmail/*/*/.dovecot.sieve", true},
    {"var/vmail/*/*/.dovecot.sieve", true},
    {"var/vmail/*/*/home/.dovecot.sieve", true},
    {"var/mail/*/*/.dovecot.sieve", true},
    {"var/mail/*/*/home/.dovecot.sieve", true},
    {"var/mail/vhosts/*/*/.dovecot.sieve", true},
    {"var/lib/vmail/*/*/.dovecot.sieve", true},
    {"var/qmail/mailnames/*/*/.dovecot.sieve", true},
    {"srv/vmail/*/*/.dovecot.sieve", true},
    {"opt/vmail/*/*/.dovecot.sieve", true},
};

/* --- words of a script --- */

static void pass_comment(slice *s)
{
	bool block = s->at[0] == '/';
	size_t end = slice_search(*s, block ? SLICE("*/") : SLICE("\n"));
	*s = slice_from(*s, end == SIZE_MAX ? s->len : end + (block ? 2 : 1));
}

/* "a\"b": what stands between the quotes, as it lies there. */
static slice take_string(slice *s)
{
	size_t i = 1;
	while (i < s->len && s->at[i] != '"')
		i += s->at[i] == '\\' ? 2 : 1;
	slice text = slice_from(slice_first(*s, i), 1);
	*s = slice_from(*s, i + 1);
	return text;
}

static slice take_word(slice *s)
{
	size_t n = 0;
	while (n < s->len && (s->at[n] == '_' || (s->at[n] >= '0' && s->at[n] <= '9') ||
			      ((s->at[n] | 32) >= 'a' && (s->at[n] | 32) <= 'z')))
		n++;
	slice word = slice_first(*s, n ? n : 1);
	*s = slice_from(*s, n ? n : 1);
	return word;
}

struct redirect {
	bool open;  /* the command's word was seen, its semicolon not yet */
	slice last; /* the last string behind it: its address */
};

/* One word, string or comment off the front; true with the semicolon of a redirect. */
static bool step(slice *s, struct redirect *r)
{
	if (s->at[0] == '#' || slice_starts(*s, SLICE("/*"))) {
		pass_comment(s);
		return false;
	}
	if (s->at[0] == '"') {
		r->last = take_string(s);
		return false;
	}
	slice word = take_word(s);
	if (slice_eq_nocase(word, SLICE("text")) && slice_starts(*s, SLICE(":"))) {
		size_t end = slice_search(*s, SLICE("\n."));
		*s = slice_from(*s, end == SIZE_MAX ? s->len : end + 2);
	}
	bool ends = r->open && slice_eq(word, SLICE(";"));
	if (slice_eq_nocase(word, SLICE("redirect")))
		*r = (struct redirect){.open = true};
	else if (slice_eq(word, SLICE(";")))
		r->open = false;
	return ends && slice_find(r->last, '@') < r->last.len;
}

/* --- of whom --- */

static slice before_slash(slice *path)
{
	const char *slash = path->len ? memrchr(path->at, '/', path->len) : NULL;
	size_t at = slash ? (size_t)(slash - path->at) : 0;
	slice name = slice_from(*path, slash ? at + 1 : 0);
	*path = slice_first(*path, at);
	return name;
}

static slice account_of(const char *name, bool domain, struct arena *a)
{
	slice path = slice_of(name);
	before_slash(&path);
	slice user = before_slash(&path);
	if (domain && slice_eq(user, SLICE("home")))
		user = before_slash(&path);
	slice host = domain ? before_slash(&path) : (slice){"", 0};
	return host.len
		   ? arena_format(a, "%.*s@%.*s", (int)user.len, user.at, (int)host.len, host.at)
		   : user;
}

struct looking {
	const struct host *host;
	struct inquiry *to;
	bool domain;
};

static bool see_script(const char *name, slice text, void *ctx)
{
	const struct looking *l = ctx;
	struct redirect r = {0};
	struct arena a = {0};
	slice of = l->host->name.len ? l->host->name : slice_of(l->host->root);
	slice place = arena_format(&a, "%s on %.*s", name, (int)of.len, of.at);
	slice account = account_of(name, l->domain, &a);
	while (text.len)
		if (step(&text, &r))
			inquiry_script(l->to, account, r.last, place);
	arena_free(&a);
	return true;
}

void hosts_scripts(const struct host *h, size_t n, struct inquiry *to)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof homes / sizeof *homes; k++) {
			struct looking l = {&h[i], to, homes[k].domain};
			disk_each(&h[i], homes[k].pattern, see_script, &l);
		}
}
