/*
 * settings.c - what daemons were told to log, and whom to send copies, by their files on a disk.
 *
 * Law: a setting that is not found says nothing, for files may include others; only what a file of
 * the daemon says, or a file that is there and lacks it, counts.
 *
 * Settings: dovecot.org's doc/example-config, roundcube's defaults.inc.php, journald.conf(5),
 * nginx's ngx_http_log_module, rsyslog's imuxsock and imjournal, postconf(5), header_checks(5).
 */
#include "host.h"

enum { BURST_USUAL = 10000 }; /* journald.conf(5) */

/* What makes a row speak: no file there holds the word in the value; one does; the value is a
 * number but 0, or one below the usual burst.  WITHIN: the key stands anywhere in the line. */
enum when { LACKS, HOLDS, NUMBER, TIGHT, HOLDS_WITHIN, NUMBER_WITHIN };

static const struct setting {
	const char *files[3];
	slice key, word;
	enum when when;
	const char *source, *hides, *remedy; /* a value that is told stands behind `hides` */
} settings[] = {
    {{"etc/dovecot/dovecot.conf", "etc/dovecot/conf.d/*.conf", "etc/dovecot/*.conf.ext"},
     SLICE_INIT("auth_verbose"),
     SLICE_INIT("yes"),
     LACKS,
     "Dovecot's auth_verbose",
     "why sign-ins were refused, and for which names",
     "auth_verbose = yes"},
    {{"etc/dovecot/dovecot.conf", "etc/dovecot/conf.d/*.conf", "etc/dovecot/local.conf"},
     SLICE_INIT("mail_plugins"),
     SLICE_INIT("mail_log"),
     LACKS,
     "Dovecot's mail_log plugin",
     "which messages were copied, flagged, moved or deleted",
     "mail_plugins = $mail_plugins notify mail_log"},
    {{"etc/roundcube/config.inc.php", "var/www/*/config/config.inc.php",
      "opt/roundcube*/config/config.inc.php"},
     SLICE_INIT("log_logins"),
     SLICE_INIT("true"),
     LACKS,
     "Roundcube's log_logins",
     "who signed in to webmail, from where, and who failed to",
     "$config['log_logins'] = true;"},
    {{"etc/systemd/journald.conf", "etc/systemd/journald.conf.d/*.conf", NULL},
     SLICE_INIT("Storage"),
     SLICE_INIT("volatile"),
     HOLDS,
     "systemd's journal",
     "what the journal held before the last start: it was kept in memory only",
     "Storage=persistent in journald.conf"},
    {{"etc/systemd/journald.conf", "etc/systemd/journald.conf.d/*.conf", NULL},
     SLICE_INIT("Storage"),
     SLICE_INIT("none"),
     HOLDS,
     "systemd's journal",
     "all that went to the journal alone: it kept nothing",
     "Storage=persistent in journald.conf"},
    {{"etc/nginx/nginx.conf", "etc/nginx/conf.d/*.conf", "etc/nginx/sites-enabled/*"},
     SLICE_INIT("access_log"),
     SLICE_INIT("off"),
     HOLDS,
     "nginx's access log",
     "requests to the web server, where a file of its configuration switches its log off",
     "access_log in place of access_log off"},
    {{"etc/systemd/journald.conf", "etc/systemd/journald.conf.d/*.conf", NULL},
     SLICE_INIT("RateLimitBurst"),
     SLICE_INIT(""),
     TIGHT,
     "systemd's rate limit",
     "lines of a service beyond this many in 30 s, which is when an attack is on: RateLimitBurst",
     "RateLimitBurst=0 in journald.conf; lines with Suppressed tell when it struck"},
    {{"etc/rsyslog.conf", "etc/rsyslog.d/*.conf", NULL},
     SLICE_INIT("$SystemLogRateLimitInterval"),
     SLICE_INIT(""),
     NUMBER,
     "rsyslog's rate limit",
     "lines of a process beyond its burst in so many seconds: $SystemLogRateLimitInterval",
     "$SystemLogRateLimitInterval 0"},
    {{"etc/rsyslog.conf", "etc/rsyslog.d/*.conf", NULL},
     SLICE_INIT("RateLimit.Interval="),
     SLICE_INIT(""),
     NUMBER_WITHIN,
     "rsyslog's rate limit",
     "lines of a process beyond its burst in so many seconds: RateLimit.Interval",
     "RateLimit.Interval=\"0\""},
    {{"etc/postfix/main.cf", NULL, NULL},
     SLICE_INIT("always_bcc"),
     SLICE_INIT(""),
     HOLDS,
     "who set Postfix's always_bcc",
     "by whom and since when a copy of all mail goes to",
     "postconf -X always_bcc, unless it is meant"},
    {{"etc/postfix/main.cf", NULL, NULL},
     SLICE_INIT("recipient_bcc_maps"),
     SLICE_INIT(""),
     HOLDS,
     "who set Postfix's recipient_bcc_maps",
     "by whom and since when copies of mail to some go where its table says:",
     "read that table; postconf -X recipient_bcc_maps, unless it is meant"},
    {{"etc/postfix/main.cf", NULL, NULL},
     SLICE_INIT("sender_bcc_maps"),
     SLICE_INIT(""),
     HOLDS,
     "who set Postfix's sender_bcc_maps",
     "by whom and since when copies of mail from some go where its table says:",
     "read that table; postconf -X sender_bcc_maps, unless it is meant"},
    {{"etc/postfix/*header_checks*", "etc/postfix/*body_checks*", "etc/postfix/maps/*checks*"},
     SLICE_INIT(" REDIRECT "),
     SLICE_INIT("@"),
     HOLDS_WITHIN,
     "who wrote a REDIRECT into Postfix's checks",
     "by whom and since when mail that fits a pattern goes, instead of its recipients, to",
     "take the line out, unless it is meant"},
    {{"etc/postfix/*header_checks*", "etc/postfix/*body_checks*", "etc/postfix/maps/*checks*"},
     SLICE_INIT(" BCC "),
     SLICE_INIT("@"),
     HOLDS_WITHIN,
     "who wrote a BCC into Postfix's checks",
     "by whom and since when a copy of mail that fits a pattern goes to",
     "take the line out, unless it is meant"},
};

/* "KEY = value" or "$config['KEY'] = value;" of a line that is no comment; empty: another. */
static slice value_of(slice line, slice key, bool within)
{
	line = slice_trim(line);
	if (!line.len || line.at[0] == '#' || line.at[0] == ';' || slice_starts(line, SLICE("//")))
		return (slice){"", 0};
	size_t at = slice_search(line, key);
	if (at == SIZE_MAX || (at && !within && line.at[at - 1] != '\''))
		return (slice){"", 0};
	slice value = slice_from(line, at + key.len);
	slice_eat(&value, "']");
	value = slice_trim(value);
	if (value.len && (value.at[0] == '=' || value.at[0] == ' '))
		value = slice_trim(slice_from(value, 1));
	slice bare = slice_until(&value, '#');
	return slice_trim(slice_until(&bare, ';'));
}

static bool speaks(const struct setting *s, slice value)
{
	int64_t n;
	slice_eat(&value, "\"");
	switch (s->when) {
	case NUMBER:
	case NUMBER_WITHIN:
		return slice_number(&value, &n) && n > 0;
	case TIGHT:
		return slice_number(&value, &n) && n > 0 && n < BURST_USUAL;
	default:
		return value.len && slice_search(value, s->word) != SIZE_MAX;
	}
}

struct search {
	const struct setting *of;
	struct arena *a;
	slice value;     /* in the arena */
	bool there, set; /* a file was read; one says so */
};

static bool look(const char *name, slice text, void *ctx)
{
	struct search *s = ctx;
	bool within = s->of->when >= HOLDS_WITHIN;
	s->there |= *name != '\0';
	while (text.len && !s->set) {
		slice value = value_of(slice_until(&text, '\n'), s->of->key, within);
		s->set = speaks(s->of, value);
		if (s->set)
			s->value = arena_copy(s->a, value);
	}
	return !s->set;
}

/* Where the value says more than that it is there. */
static bool is_told(const struct setting *s)
{
	return s->word.len < 2 && s->when != LACKS;
}

static bool is_worth_saying(const struct host *h, const struct setting *s, struct search *found)
{
	for (size_t i = 0; i < 3 && s->files[i]; i++)
		if (!disk_each(h, s->files[i], look, found))
			break;
	return s->when == LACKS ? found->there && !found->set : found->set;
}

static void say_setting(const struct host *h, const struct setting *s, slice value,
			struct report *r)
{
	slice name = h->name.len ? h->name : slice_of(h->root);
	*list_add(&r->gaps) = (struct gap){
	    .source = arena_format(&r->arena, "%s on %.*s", s->source, (int)name.len, name.at),
	    .from_us = CLOCK_NONE,
	    .to_us = CLOCK_NONE,
	    .kind = SLICE("never-logged"),
	    .state = SLICE("never-on"),
	    .hides = is_told(s)
			 ? arena_format(&r->arena, "%s %.*s", s->hides, (int)value.len, value.at)
			 : slice_of(s->hides),
	    .remedy = slice_of(s->remedy),
	};
}

void hosts_gaps(const struct host *h, size_t n, struct report *r)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
			struct search found = {
			    .of = &settings[k], .a = &r->arena, .value = {"", 0}};
			if (is_worth_saying(&h[i], &settings[k], &found))
				say_setting(&h[i], &settings[k], found.value, r);
		}
}
