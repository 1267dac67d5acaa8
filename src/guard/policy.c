/*
 * policy.c - what may be done without asking, as the administrator wrote it.
 *
 *	tell:
 *	  from: medium                     # informational low medium high critical
 *	  syslog: true
 *	  command: [/usr/local/bin/page]   # gets the finding as JSON on its standard input
 *	  mail: [on-call@elsewhere.example]
 *	  webhook: https://chat.example/hook
 *	  webhook-secret: /etc/tocsin/webhook.secret
 *	  alerts-an-hour: 20
 *	contain:
 *	  from: critical                   # never, unless it stands here
 *	  mode: fast
 *	  levers: [deny-list, deny, flush, kick, webmail]
 *	  accounts-an-hour: 3
 *	  never: [direction@example.org]
 */
#include "guard/guard.h"

#include <libfyaml.h>
#include <stdio.h>

enum {
	NEVER_CONTAIN = 5,
	AN_HOUR_USUAL = 3,
	AN_HOUR_MOST = 1000,
	ALERTS_USUAL = 20,
	FILE_MOST = 1 << 20
};

static const char *const level_names[] = {"informational", "low", "medium", "high", "critical"};

struct reading_policy {
	struct guard_policy *p;
	char *why;
	size_t size;
};

static bool refuse_at(struct reading_policy *r, struct fy_node *n, const char *what)
{
	struct fy_token *t = fy_node_is_scalar(n) ? fy_node_get_scalar_token(n) : NULL;
	const struct fy_mark *mark = t ? fy_token_start_mark(t) : NULL;
	snprintf(r->why, r->size, "line %d: %s", mark ? mark->line + 1 : 1, what);
	return false;
}

static slice text_of(struct fy_node *n)
{
	size_t len = 0;
	const char *text = n && fy_node_is_scalar(n) ? fy_node_get_scalar(n, &len) : NULL;
	return (slice){text, text ? len : 0};
}

typedef bool read_value(struct reading_policy *r, struct fy_node *n);

static bool read_level(struct reading_policy *r, struct fy_node *n, int *level)
{
	for (int i = 0; i < 5; i++)
		if (slice_eq(text_of(n), slice_of(level_names[i]))) {
			*level = i;
			return true;
		}
	return refuse_at(r, n, "a level is informational, low, medium, high or critical");
}

static bool read_tell_from(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->tell_from);
}

static bool read_contain_from(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->contain_from);
}

static bool read_syslog(struct reading_policy *r, struct fy_node *n)
{
	r->p->syslog = slice_eq(text_of(n), SLICE("true"));
	return r->p->syslog || slice_eq(text_of(n), SLICE("false")) ||
	       refuse_at(r, n, "syslog is true or false");
}

static bool read_mode(struct reading_policy *r, struct fy_node *n)
{
	bool quiet = slice_eq(text_of(n), SLICE("quiet"));
	r->p->mode = quiet ? RESPOND_QUIET : RESPOND_FAST;
	return quiet || slice_eq(text_of(n), SLICE("fast")) ||
	       refuse_at(r, n, "mode is fast or quiet");
}

static bool read_an_hour(struct reading_policy *r, struct fy_node *n)
{
	int64_t number;
	if (!slice_is_number(text_of(n), &number) || number < 0 || number > AN_HOUR_MOST)
		return refuse_at(r, n, "accounts-an-hour is a number up to 1000");
	r->p->most_an_hour = (unsigned)number;
	return true;
}

/* A list of texts; each NUL-ended in the policy's arena. */
static bool read_list(struct reading_policy *r, struct fy_node *n, const char **to, size_t most,
		      size_t *count)
{
	struct fy_node *item;
	void *at = NULL;
	if (!fy_node_is_sequence(n))
		return refuse_at(r, n, "a list is wanted here: [a, b]");
	while ((item = fy_node_sequence_iterate(n, &at))) {
		if (*count == most)
			return refuse_at(r, item, "the list is too long");
		if (!text_of(item).len)
			return refuse_at(r, item, "a text is wanted here");
		to[(*count)++] = arena_text(&r->p->arena, text_of(item));
	}
	return true;
}

static bool read_levers(struct reading_policy *r, struct fy_node *n)
{
	return read_list(r, n, r->p->levers, POLICY_LEVERS, &r->p->lever_count);
}

static bool read_command(struct reading_policy *r, struct fy_node *n)
{
	size_t count = 0;
	if (!read_list(r, n, r->p->command, sizeof r->p->command / sizeof *r->p->command - 1,
		       &count))
		return false;
	return count && r->p->command[0][0] == '/' ? true
						   : refuse_at(r, n, "a command begins with /");
}

/* A plain address: it becomes an argument and a header. */
static bool is_mail_address(slice s)
{
	size_t ats = 0;
	if (s.len < 3 || s.len > 254 || s.at[0] == '-' || s.at[0] == '@' || s.at[s.len - 1] == '@')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c <= ' ' || c >= 0x7f || strchr("<>()[],;:\\\"", c))
			return false;
		ats += c == '@';
	}
	return ats == 1;
}

static bool read_mail(struct reading_policy *r, struct fy_node *n)
{
	if (!read_list(r, n, r->p->mail, POLICY_MAIL, &r->p->mail_count))
		return false;
	for (size_t i = 0; i < r->p->mail_count; i++)
		if (!is_mail_address(slice_of(r->p->mail[i])))
			return refuse_at(r, n, "mail is a list of addresses: [ana@example.org]");
	return true;
}

static bool read_mail_from(struct reading_policy *r, struct fy_node *n)
{
	r->p->mail_from = arena_text(&r->p->arena, text_of(n));
	return is_mail_address(text_of(n)) ||
	       refuse_at(r, n, "mail-from is an address: tocsin@example.org");
}

/* A text that begins with one of the words; of a URL no more is asked, for libcurl asks the rest.
 */
static bool read_beginning(struct reading_policy *r, struct fy_node *n, const char *const *words,
			   const char **to, const char *what)
{
	slice text = text_of(n);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f)
			return refuse_at(r, n, what);
	for (; *words; words++)
		if (slice_starts(text, slice_of(*words)) && text.len > strlen(*words)) {
			*to = arena_text(&r->p->arena, text);
			return true;
		}
	return refuse_at(r, n, what);
}

static bool read_file_name(struct reading_policy *r, struct fy_node *n, const char **to)
{
	static const char *const root[] = {"/", NULL};
	return read_beginning(r, n, root, to, "a file's whole path is wanted here: /etc/tocsin/x");
}

static bool read_sendmail(struct reading_policy *r, struct fy_node *n)
{
	return read_file_name(r, n, &r->p->sendmail);
}

static bool read_smtp_login(struct reading_policy *r, struct fy_node *n)
{
	return read_file_name(r, n, &r->p->smtp_login);
}

static bool read_webhook_secret(struct reading_policy *r, struct fy_node *n)
{
	return read_file_name(r, n, &r->p->webhook_secret);
}

static bool read_smtp(struct reading_policy *r, struct fy_node *n)
{
	static const char *const words[] = {"smtp://", "smtps://", NULL};
	return read_beginning(r, n, words, &r->p->smtp, "smtp is smtps://HOST or smtp://HOST:PORT");
}

static bool read_webhook(struct reading_policy *r, struct fy_node *n)
{
	static const char *const words[] = {"https://",          "http://127.0.0.1/",
					    "http://127.0.0.1:", "http://[::1]/",
					    "http://[::1]:",     NULL};
	return read_beginning(r, n, words, &r->p->webhook,
			      "webhook is https://..., or http:// to 127.0.0.1 or [::1]");
}

static bool read_alerts_an_hour(struct reading_policy *r, struct fy_node *n)
{
	int64_t number;
	if (!slice_is_number(text_of(n), &number) || number < 1 || number > AN_HOUR_MOST)
		return refuse_at(r, n, "alerts-an-hour is a number from 1 to 1000");
	r->p->alerts_an_hour = (unsigned)number;
	return true;
}

static bool read_never(struct reading_policy *r, struct fy_node *n)
{
	const char *names[POLICY_NEVER];
	size_t count = 0;
	if (!read_list(r, n, names, POLICY_NEVER, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		r->p->never[r->p->never_count++] = slice_of(names[i]);
	return true;
}

static const struct {
	const char *part, *key;
	read_value *read;
} keys[] = {
    {"tell", "from", read_tell_from},
    {"tell", "syslog", read_syslog},
    {"tell", "command", read_command},
    {"tell", "mail", read_mail},
    {"tell", "mail-from", read_mail_from},
    {"tell", "sendmail", read_sendmail},
    {"tell", "smtp", read_smtp},
    {"tell", "smtp-login", read_smtp_login},
    {"tell", "webhook", read_webhook},
    {"tell", "webhook-secret", read_webhook_secret},
    {"tell", "alerts-an-hour", read_alerts_an_hour},
    {"contain", "from", read_contain_from},
    {"contain", "mode", read_mode},
    {"contain", "levers", read_levers},
    {"contain", "accounts-an-hour", read_an_hour},
    {"contain", "never", read_never},
};
enum { KEYS = sizeof keys / sizeof *keys };

static bool read_key(struct reading_policy *r, slice part, struct fy_node_pair *pair)
{
	struct fy_node *key = fy_node_pair_key(pair);
	char what[160];
	for (size_t i = 0; i < KEYS; i++)
		if (slice_eq(part, slice_of(keys[i].part)) &&
		    slice_eq(text_of(key), slice_of(keys[i].key)))
			return keys[i].read(r, fy_node_pair_value(pair));
	snprintf(what, sizeof what, "there is no \"%.*s\" in \"%.*s\" (see tocsin-watch(1))",
		 (int)slice_first(text_of(key), 40).len, text_of(key).at, (int)part.len, part.at);
	return refuse_at(r, key, what);
}

static bool read_part(struct reading_policy *r, struct fy_node_pair *pair)
{
	struct fy_node *key = fy_node_pair_key(pair), *map = fy_node_pair_value(pair);
	struct fy_node_pair *inner;
	void *at = NULL;
	slice part = text_of(key);
	if (!slice_eq(part, SLICE("tell")) && !slice_eq(part, SLICE("contain")))
		return refuse_at(r, key, "a policy has \"tell\" and \"contain\"");
	if (!map || !fy_node_is_mapping(map))
		return refuse_at(r, key, "keys and values are wanted below");
	while ((inner = fy_node_mapping_iterate(map, &at)))
		if (!read_key(r, part, inner))
			return false;
	return true;
}

static bool read_root(struct reading_policy *r, struct fy_node *root)
{
	struct fy_node_pair *pair;
	void *at = NULL;
	if (!root || !fy_node_is_mapping(root))
		return snprintf(r->why, r->size, "line 1: a policy has \"tell:\" and \"contain:\""),
		       false;
	while ((pair = fy_node_mapping_iterate(root, &at)))
		if (!read_part(r, pair))
			return false;
	return true;
}

void guard_policy_usual(struct guard_policy *p)
{
	enum { MEDIUM = 2 };
	*p = (struct guard_policy){.contain_from = NEVER_CONTAIN,
				   .most_an_hour = AN_HOUR_USUAL,
				   .tell_from = MEDIUM,
				   .sendmail = "/usr/sbin/sendmail",
				   .alerts_an_hour = ALERTS_USUAL};
}

/* Errors of the parser are collected, not printed: the first is what the reader mends. */
static struct fy_document *parse_yaml(slice yaml, char *why, size_t size)
{
	struct fy_diag_cfg dc;
	void *at = NULL;
	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&dc);
	if (!diag)
		return NULL;
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = diag};
	struct fy_document *doc = fy_document_build_from_string(&cfg, yaml.at, yaml.len);
	struct fy_diag_error *e = doc ? NULL : fy_diag_errors_iterate(diag, &at);
	if (!doc)
		snprintf(why, size, "line %d: %s", e && e->line > 0 ? e->line : 1,
			 e && e->msg ? e->msg : "it is not YAML");
	fy_diag_destroy(diag);
	return doc;
}

bool guard_policy_read(struct guard_policy *p, slice yaml, char *why, size_t size)
{
	struct reading_policy r = {p, why, size};
	guard_policy_usual(p);
	if (yaml.len > FILE_MOST || slice_not_text(yaml) != yaml.len ||
	    memchr(yaml.at ? yaml.at : "", '&', yaml.len))
		return snprintf(why, size,
				"line 1: no policy: too long, no UTF-8, or with anchors"),
		       false;
	struct fy_document *doc = parse_yaml(yaml, why, size);
	if (!doc)
		return false;
	bool fine = read_root(&r, fy_document_root(doc));
	fy_document_destroy(doc);
	return fine;
}

void guard_policy_free(struct guard_policy *p)
{
	arena_free(&p->arena);
}

bool guard_policy_spares(const struct guard_policy *p, slice account)
{
	for (size_t i = 0; i < p->never_count; i++)
		if (p->never[i].len == account.len &&
		    strncasecmp(p->never[i].at, account.at, account.len) == 0)
			return true;
	return false;
}

bool guard_policy_mails(const struct guard_policy *p, slice domain)
{
	for (size_t i = 0; domain.len && i < p->mail_count; i++) {
		slice rest = slice_of(p->mail[i]);
		slice_until(&rest, '@');
		if (slice_eq_nocase(rest, domain))
			return true;
	}
	return false;
}
