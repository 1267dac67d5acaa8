/*
 * host.c - what etc/ of a host's disk tells: its name, its zone, what its daemons were told to log,
 * and where its mail lies.
 *
 * Laws: (1) nothing of the disk is executed, and no link is followed but to read its text: one that
 *           leads out of the disk would tell of this machine;
 *       (2) a setting that is not found says nothing, for files may include others; only what a
 *           file of the daemon says, or a file that is there and lacks it, counts.
 *
 * Settings: dovecot.org's doc/example-config, main.cf of no use here (its log has no switches),
 * roundcube's defaults.inc.php, journald.conf(5), nginx's ngx_http_log_module, hostname(5),
 * localtime(5).
 */
#include "host.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 18, FILES_MOST = 200 };

/* --- reading a disk --- */

/* A file of the disk, or the first FILE_MOST bytes of it; empty: none.  Links are not followed. */
static slice read_at(const char *path, struct arena *a)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	slice text = {"", 0};
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		char *to = arena_take(a, FILE_MOST);
		ssize_t got = read(fd, to, FILE_MOST);
		text = (slice){to, got > 0 ? (size_t)got : 0};
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static slice read_of(const struct host *h, const char *name, struct arena *a)
{
	return read_at(arena_format(a, "%s/%s", h->root, name).at, a);
}

/* Every file of the disk that fits, as long as `see` says so. */
static bool each_file(const struct host *h, const char *pattern, bool see(slice text, void *ctx),
		      void *ctx)
{
	struct arena a = {0};
	glob_t g = {0};
	bool more = true;
	if (glob(arena_format(&a, "%s/%s", h->root, pattern).at, 0, NULL, &g) == 0)
		for (size_t i = 0; more && i < g.gl_pathc && i < FILES_MOST; i++) {
			slice text = read_at(g.gl_pathv[i], &a);
			more = text.len == 0 || see(text, ctx);
		}
	globfree(&g);
	arena_free(&a);
	return more;
}

/* --- name and zone --- */

static slice first_word(slice text)
{
	slice line = slice_until(&text, '\n');
	return slice_trim(slice_until(&line, '#'));
}

/* ../usr/share/zoneinfo/Europe/Paris */
static slice linked_zone(const struct host *h, struct arena *a)
{
	char to[PATH_MAX];
	ssize_t n = readlink(arena_format(a, "%s/etc/localtime", h->root).at, to, sizeof to);
	slice s = {to, n > 0 ? (size_t)n : 0};
	size_t at = slice_search(s, SLICE("zoneinfo/"));
	return at == SIZE_MAX ? (slice){"", 0} : arena_copy(a, slice_from(s, at + 9));
}

static void learn_zone(struct host *h, struct arena *a)
{
	h->zone_name = linked_zone(h, a);
	h->zone_by = SLICE("etc/localtime");
	if (!h->zone_name.len) {
		h->zone_name = first_word(read_of(h, "etc/timezone", a));
		h->zone_by = SLICE("etc/timezone");
	}
	if (h->zone_name.len)
		h->zone = zone_open(h->zone_name);
}

/* --- where the mail lies --- */

static const char *const stores[] = {"var/vmail",      "var/mail/vhosts",     "var/mail/vmail",
				     "srv/vmail",      "home/vmail",          "var/spool/vmail",
				     "opt/vmail",      "var/qmail/mailnames", "var/lib/vmail",
				     "home/*/Maildir", "home/*/mail"};

static void learn_store(struct host *h, struct arena *a)
{
	struct stat st;
	for (size_t i = 0; !h->store && i < sizeof stores / sizeof *stores; i++) {
		glob_t g = {0};
		bool homes = strchr(stores[i], '*') != NULL;
		if (glob(arena_format(a, "%s/%s", h->root, stores[i]).at, 0, NULL, &g) == 0 &&
		    lstat(g.gl_pathv[0], &st) == 0 && S_ISDIR(st.st_mode))
			h->store = homes ? arena_format(a, "%s/home", h->root).at
					 : arena_text(a, slice_of(g.gl_pathv[0]));
		globfree(&g);
	}
}

/* --- what daemons were told --- */

/* "KEY = value" or "$config['KEY'] = value;" of a line that is no comment; empty: another. */
static slice value_of(slice line, slice key)
{
	line = slice_trim(line);
	if (!line.len || line.at[0] == '#' || line.at[0] == ';' || slice_starts(line, SLICE("//")))
		return (slice){"", 0};
	size_t at = slice_search(line, key);
	if (at == SIZE_MAX || (at && line.at[at - 1] != '\''))
		return (slice){"", 0};
	slice value = slice_from(line, at + key.len);
	slice_eat(&value, "']");
	value = slice_trim(value);
	if (value.len && (value.at[0] == '=' || value.at[0] == ' '))
		value = slice_trim(slice_from(value, 1));
	slice bare = slice_until(&value, '#');
	return slice_trim(slice_until(&bare, ';'));
}

struct search {
	slice key, word; /* the value must hold the word */
	bool there, set; /* a file was read; one says so */
};

static bool look(slice text, void *ctx)
{
	struct search *s = ctx;
	s->there = true;
	while (text.len && !s->set) {
		slice value = value_of(slice_until(&text, '\n'), s->key);
		s->set = value.len && slice_search(value, s->word) != SIZE_MAX;
	}
	return !s->set;
}

/* `on`: seen when the word is there, else when it is in no file. */
static const struct setting {
	const char *files[3];
	slice key, word;
	bool on;
	const char *source, *hides, *remedy;
} settings[] = {
    {{"etc/dovecot/dovecot.conf", "etc/dovecot/conf.d/*.conf", "etc/dovecot/*.conf.ext"},
     SLICE_INIT("auth_verbose"),
     SLICE_INIT("yes"),
     false,
     "Dovecot's auth_verbose",
     "why sign-ins were refused, and for which names",
     "auth_verbose = yes"},
    {{"etc/dovecot/dovecot.conf", "etc/dovecot/conf.d/*.conf", "etc/dovecot/local.conf"},
     SLICE_INIT("mail_plugins"),
     SLICE_INIT("mail_log"),
     false,
     "Dovecot's mail_log plugin",
     "which messages were copied, flagged, moved or deleted",
     "mail_plugins = $mail_plugins notify mail_log"},
    {{"etc/roundcube/config.inc.php", "var/www/*/config/config.inc.php",
      "opt/roundcube*/config/config.inc.php"},
     SLICE_INIT("log_logins"),
     SLICE_INIT("true"),
     false,
     "Roundcube's log_logins",
     "who signed in to webmail, from where, and who failed to",
     "$config['log_logins'] = true;"},
    {{"etc/systemd/journald.conf", "etc/systemd/journald.conf.d/*.conf", NULL},
     SLICE_INIT("Storage"),
     SLICE_INIT("volatile"),
     true,
     "systemd's journal",
     "what the journal held before the last start: it was kept in memory only",
     "Storage=persistent in journald.conf"},
    {{"etc/systemd/journald.conf", "etc/systemd/journald.conf.d/*.conf", NULL},
     SLICE_INIT("Storage"),
     SLICE_INIT("none"),
     true,
     "systemd's journal",
     "all that went to the journal alone: it kept nothing",
     "Storage=persistent in journald.conf"},
    {{"etc/nginx/nginx.conf", "etc/nginx/conf.d/*.conf", "etc/nginx/sites-enabled/*"},
     SLICE_INIT("access_log"),
     SLICE_INIT("off"),
     true,
     "nginx's access log",
     "requests to the web server, where a file of its configuration switches its log off",
     "access_log in place of access_log off"},
};

static bool is_blind(const struct host *h, const struct setting *s)
{
	struct search found = {.key = s->key, .word = s->word};
	for (size_t i = 0; i < 3 && s->files[i]; i++)
		if (!each_file(h, s->files[i], look, &found))
			break;
	return s->on ? found.set : found.there && !found.set;
}

void hosts_gaps(const struct host *h, size_t n, struct report *r)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
			const struct setting *s = &settings[k];
			if (!is_blind(&h[i], s))
				continue;
			slice name = h[i].name.len ? h[i].name : slice_of(h[i].root);
			*list_add(&r->gaps) = (struct gap){
			    .source = arena_format(&r->arena, "%s on %.*s", s->source,
						   (int)name.len, name.at),
			    .from_us = CLOCK_NONE,
			    .to_us = CLOCK_NONE,
			    .kind = SLICE("never-logged"),
			    .hides = slice_of(s->hides),
			    .remedy = slice_of(s->remedy),
			};
		}
}

/* --- all of it --- */

static void tell(const struct host *h, struct arena *a, input_note *note, void *ctx)
{
	if (!note)
		return;
	const char *zone = h->zone            ? ""
			   : h->zone_name.len ? ", which is not known here"
					      : "unknown";
	const char *by = h->zone_name.len ? " by " : "";
	slice told = arena_format(
	    a, "the disk of %.*s; clocks without a zone: %.*s%s%.*s%s%s%s",
	    h->name.len ? (int)h->name.len : 7, h->name.len ? h->name.at : "a host",
	    (int)h->zone_name.len, h->zone_name.at, by, h->zone_name.len ? (int)h->zone_by.len : 0,
	    h->zone_by.at, zone, h->store ? "; its mail lies in " : "", h->store ? h->store : "");
	note(ctx, INPUT_LEARNT, h->root, 0, told.at,
	     "--timezone and --mail-store outrank what it says");
}

struct host *hosts_learn(const struct input_set *set, struct arena *a, input_note *note, void *ctx,
			 size_t *n)
{
	*n = input_roots(set);
	struct host *h = must_alloc((*n + 1) * sizeof *h);
	for (size_t i = 0; i < *n; i++) {
		h[i].root = input_root(set, i);
		h[i].name = first_word(read_of(&h[i], "etc/hostname", a));
		learn_zone(&h[i], a);
		learn_store(&h[i], a);
		tell(&h[i], a, note, ctx);
	}
	return h;
}

void hosts_free(struct host **h, size_t n)
{
	for (size_t i = 0; *h && i < n; i++)
		zone_close(&(*h)[i].zone);
	free(*h);
	*h = NULL;
}

const struct host *host_of(const struct host *h, size_t n, const char *path)
{
	const struct host *best = NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(h[i].root);
		bool inside = strncmp(path, h[i].root, len) == 0 &&
			      (path[len] == '/' || (len && h[i].root[len - 1] == '/'));
		if (inside && (!best || len > strlen(best->root)))
			best = &h[i];
	}
	return best;
}
