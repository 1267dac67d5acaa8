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
 *	  sessions-from: high              # where the owner is: his sessions end, no door shuts
 *	  mode: fast
 *	  levers: [deny-list, deny, flush, kick, webmail]
 *	  accounts-an-hour: 3
 *	  never: [direction@example.org]
 *	reopened:                          # for so long after tocsin restore opened a door
 *	  days: 30
 *	  tell-from: low                   # usually one below tell's
 *	  contain-from: high               # usually contain's
 */
#include "guard/guard.h"
#include "settings/settings.h"

enum {
	NEVER_CONTAIN = 5,
	AN_HOUR_USUAL = 3,
	AN_HOUR_MOST = 1000,
	ALERTS_USUAL = 20,
	REOPENED_DAYS = 30,
	DAYS_MOST = 365,
};

static const char *const level_names[] = {"informational", "low", "medium", "high", "critical"};

struct reading_policy {
	struct guard_policy *p;
	struct settings *s;
	slice part; /* tell, contain */
};

typedef bool read_value(struct reading_policy *r, struct fy_node *n);

static bool read_level(struct reading_policy *r, struct fy_node *n, int *level)
{
	for (int i = 0; i < 5; i++)
		if (slice_eq(settings_text(n), slice_of(level_names[i]))) {
			*level = i;
			return true;
		}
	return settings_wrong(r->s, n, "a level is informational, low, medium, high or critical");
}

static bool read_tell_from(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->tell_from);
}

static bool read_contain_from(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->contain_from);
}

static bool read_sessions_from(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->sessions_from);
}

static bool read_reopened_tell(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->reopened.tell_from);
}

static bool read_reopened_contain(struct reading_policy *r, struct fy_node *n)
{
	return read_level(r, n, &r->p->reopened.contain_from);
}

static bool read_days(struct reading_policy *r, struct fy_node *n)
{
	unsigned days;
	if (!settings_number(r->s, n, DAYS_MOST, &days))
		return false;
	r->p->reopened.days = (int)days;
	return true;
}

static bool read_syslog(struct reading_policy *r, struct fy_node *n)
{
	r->p->syslog = slice_eq(settings_text(n), SLICE("true"));
	return r->p->syslog || slice_eq(settings_text(n), SLICE("false")) ||
	       settings_wrong(r->s, n, "syslog is true or false");
}

static bool read_mode(struct reading_policy *r, struct fy_node *n)
{
	bool quiet = slice_eq(settings_text(n), SLICE("quiet"));
	r->p->mode = quiet ? RESPOND_QUIET : RESPOND_FAST;
	return quiet || slice_eq(settings_text(n), SLICE("fast")) ||
	       settings_wrong(r->s, n, "mode is fast or quiet");
}

static bool read_an_hour(struct reading_policy *r, struct fy_node *n)
{
	int64_t number;
	if (!slice_is_number(settings_text(n), &number) || number < 0 || number > AN_HOUR_MOST)
		return settings_wrong(r->s, n, "accounts-an-hour is a number up to 1000");
	r->p->most_an_hour = (unsigned)number;
	return true;
}

/* A list of texts; each NUL-ended in the policy's arena. */
static bool read_list(struct reading_policy *r, struct fy_node *n, const char **to, size_t most,
		      size_t *count)
{
	slice *texts;
	if (!settings_list(r->s, n, &r->p->arena, most, &texts, count))
		return false;
	for (size_t i = 0; i < *count; i++)
		to[i] = texts[i].at;
	return true;
}

/* A lever that is misspelt would be one that is not pulled. */
static bool read_lever(void *ctx, slice name, struct fy_node *n)
{
	struct reading_policy *r = ctx;
	struct nearest near = nearest_to(name);
	if (respond_is_for_person(name))
		return settings_wrong(
		    r->s, n,
		    "\"%.*s\" (column %d) hits everybody: a person takes that step, "
		    "by tocsin contain apply --only",
		    (int)name.len, name.at, settings_column(n));
	for (size_t i = 0; respond_lever(i); i++)
		if (slice_eq(slice_of(respond_lever(i)), name))
			return true;
		else
			nearest_offer(&near, slice_of(respond_lever(i)));
	slice shown = slice_first(name, 40);
	return settings_wrong(r->s, n, "there is no lever \"%.*s\" (column %d; %s%.*s%s)",
			      (int)shown.len, shown.at ? shown.at : "", settings_column(n),
			      near.best.len ? "did you mean \"" : "", (int)near.best.len,
			      near.best.len ? near.best.at : "",
			      near.best.len ? "\"?" : "tocsin-contain(1) lists them");
}

static bool read_levers(struct reading_policy *r, struct fy_node *n)
{
	return settings_items(r->s, n, read_lever, r) &&
	       read_list(r, n, r->p->levers, POLICY_LEVERS, &r->p->lever_count);
}

static bool read_command(struct reading_policy *r, struct fy_node *n)
{
	size_t count = 0;
	if (!read_list(r, n, r->p->command, sizeof r->p->command / sizeof *r->p->command - 1,
		       &count))
		return false;
	return count && r->p->command[0][0] == '/'
		   ? true
		   : settings_wrong(r->s, n, "a command begins with /");
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
			return settings_wrong(r->s, n,
					      "mail is a list of addresses: [ana@example.org]");
	return true;
}

static bool read_mail_from(struct reading_policy *r, struct fy_node *n)
{
	r->p->mail_from = arena_text(&r->p->arena, settings_text(n));
	return is_mail_address(settings_text(n)) ||
	       settings_wrong(r->s, n, "mail-from is an address: tocsin@example.org");
}

/*
 * A text that begins with one of the words; of a URL no more is asked, for libcurl asks the rest.
 */
static bool read_beginning(struct reading_policy *r, struct fy_node *n, const char *const *words,
			   const char **to, const char *what)
{
	slice text = settings_text(n);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f)
			return settings_wrong(r->s, n, "%s", what);
	for (; *words; words++)
		if (slice_starts(text, slice_of(*words)) && text.len > strlen(*words)) {
			*to = arena_text(&r->p->arena, text);
			return true;
		}
	return settings_wrong(r->s, n, "%s", what);
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
	if (!slice_is_number(settings_text(n), &number) || number < 1 || number > AN_HOUR_MOST)
		return settings_wrong(r->s, n, "alerts-an-hour is a number from 1 to 1000");
	r->p->alerts_an_hour = (unsigned)number;
	return true;
}

static bool read_never(struct reading_policy *r, struct fy_node *n)
{
	return settings_list(r->s, n, &r->p->arena, POLICY_NEVER, &r->p->never, &r->p->never_count);
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
    {"contain", "sessions-from", read_sessions_from},
    {"contain", "mode", read_mode},
    {"contain", "levers", read_levers},
    {"contain", "accounts-an-hour", read_an_hour},
    {"contain", "never", read_never},
    {"reopened", "days", read_days},
    {"reopened", "tell-from", read_reopened_tell},
    {"reopened", "contain-from", read_reopened_contain},
};
enum { KEYS = sizeof keys / sizeof *keys };

static bool read_key(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value)
{
	struct reading_policy *r = ctx;
	for (size_t i = 0; i < KEYS; i++)
		if (slice_eq(r->part, slice_of(keys[i].part)) &&
		    slice_eq(key, slice_of(keys[i].key)))
			return keys[i].read(r, value);
	return settings_wrong(
	    r->s, key_node, "there is no \"%.*s\" in \"%.*s\" (see tocsin-watch(1))",
	    (int)slice_first(key, 40).len, key.at ? key.at : "", (int)r->part.len, r->part.at);
}

static bool read_part(void *ctx, slice part, struct fy_node *key_node, struct fy_node *value)
{
	struct reading_policy *r = ctx;
	r->part = part;
	if (!slice_eq(part, SLICE("tell")) && !slice_eq(part, SLICE("contain")) &&
	    !slice_eq(part, SLICE("reopened")))
		return settings_wrong(r->s, key_node,
				      "a policy has \"tell\", \"contain\" and \"reopened\"");
	return settings_is_map(value)
		   ? settings_each(r->s, value, read_key, r)
		   : settings_wrong(r->s, key_node, "keys and values are wanted below");
}

static bool read_root(struct reading_policy *r, struct fy_node *root)
{
	return settings_is_map(root)
		   ? settings_each(r->s, root, read_part, r)
		   : settings_wrong(r->s, NULL, "a policy has \"tell:\" and \"contain:\"");
}

void guard_policy_usual(struct guard_policy *p)
{
	enum { MEDIUM = 2 };
	*p = (struct guard_policy){.contain_from = NEVER_CONTAIN,
				   .sessions_from = NEVER_CONTAIN,
				   .most_an_hour = AN_HOUR_USUAL,
				   .tell_from = MEDIUM,
				   .sendmail = "/usr/sbin/sendmail",
				   .alerts_an_hour = ALERTS_USUAL,
				   .reopened = {REOPENED_DAYS, -1, -1}};
}

bool guard_policy_read(struct guard_policy *p, slice yaml, char *why, size_t size)
{
	guard_policy_usual(p);
	struct settings *s = settings_open(yaml, why, size);
	struct reading_policy r = {.p = p, .s = s};
	bool fine = s && read_root(&r, settings_root(s));
	settings_close(&s);
	return fine;
}

int guard_policy_tell(const struct guard_policy *p, bool reopened)
{
	if (!reopened)
		return p->tell_from;
	if (p->reopened.tell_from >= 0)
		return p->reopened.tell_from;
	return p->tell_from > 0 ? p->tell_from - 1 : 0;
}

int guard_policy_contain(const struct guard_policy *p, bool reopened)
{
	return reopened && p->reopened.contain_from >= 0 ? p->reopened.contain_from
							 : p->contain_from;
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
