/*
 * dovecot.c - whose line it is: Dovecot's services and the prefixes that they write.
 *
 *	dovecot: imap-login: Login: user=<...      syslog
 *	imap-login: Info: Login: user=<...         its own file: the priority follows the prefix
 *	Info: imap-login: Login: user=<...         the same before version 1.1
 *	imap(user)<pid><session>: ...              2.3 on; before: imap(user), lmtp(pid, user)
 *
 * Learnt from the sources of Dovecot 2.3.19 and 2.4, the messages of 1.x and 2.0 from old logs.
 */
#include "dovecot.h"

const struct format format_dovecot = {
    "dovecot", "Dovecot 1.0 to 2.4: mail.log, its own file, exported events", 'A'};

enum service_kind { SYSLOG_ONLY, OWN_TAG };

/* Services by name; those with lines to read first, the busy ones at the head. */
static const struct service {
	slice name, protocol;
	dovecot_reader *read;
	enum service_kind kind;
} services[] = {
    {SLICE_INIT("imap-login"), SLICE_INIT("imap"), dovecot_read_login, OWN_TAG},
    {SLICE_INIT("imap"), SLICE_INIT("imap"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("lmtp"), SLICE_INIT("lmtp"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("stats"), {0}, dovecot_event_decode, SYSLOG_ONLY},
    {SLICE_INIT("auth"), {0}, dovecot_read_auth, OWN_TAG},
    {SLICE_INIT("auth-worker"), {0}, dovecot_read_auth, OWN_TAG},
    {SLICE_INIT("pop3-login"), SLICE_INIT("pop3"), dovecot_read_login, OWN_TAG},
    {SLICE_INIT("pop3"), SLICE_INIT("pop3"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("managesieve-login"), SLICE_INIT("managesieve"), dovecot_read_login, OWN_TAG},
    {SLICE_INIT("managesieve"), SLICE_INIT("managesieve"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("sieve-login"), SLICE_INIT("managesieve"), dovecot_read_login, OWN_TAG},
    {SLICE_INIT("sieve"), SLICE_INIT("managesieve"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("submission-login"), SLICE_INIT("submission"), dovecot_read_login, OWN_TAG},
    {SLICE_INIT("submission"), SLICE_INIT("submission"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("lda"), {0}, dovecot_read_session, OWN_TAG},
    {SLICE_INIT("deliver"), {0}, dovecot_read_session, OWN_TAG},
    {SLICE_INIT("IMAP"), SLICE_INIT("imap"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("POP3"), SLICE_INIT("pop3"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("MANAGESIEVE"), SLICE_INIT("managesieve"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("imap-hibernate"), SLICE_INIT("imap"), dovecot_read_session, OWN_TAG},
    {SLICE_INIT("indexer-worker"), {0}, dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("doveadm"), {0}, dovecot_read_doveadm, SYSLOG_ONLY},
    {SLICE_INIT("dsync-local"), {0}, dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("dsync-server"), {0}, dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("dsync-remote"), {0}, dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("dsync"), {0}, dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("imap-urlauth"), SLICE_INIT("imap"), dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("imap-urlauth-worker"), SLICE_INIT("imap"), dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("imap-preauth"), SLICE_INIT("imap"), dovecot_read_session, SYSLOG_ONLY},
    {SLICE_INIT("script-login"), {0}, NULL, SYSLOG_ONLY},
    {SLICE_INIT("quota-status"), {0}, NULL, SYSLOG_ONLY},
    {SLICE_INIT("dict"), {0}, NULL, SYSLOG_ONLY},
    {SLICE_INIT("anvil"), {0}, NULL, SYSLOG_ONLY},
    {SLICE_INIT("log"), {0}, NULL, SYSLOG_ONLY},
    {SLICE_INIT("config"), {0}, NULL, SYSLOG_ONLY},
    {SLICE_INIT("master"), {0}, NULL, SYSLOG_ONLY},
};

enum { SERVICES = sizeof services / sizeof *services };

static const struct service *find_service(slice name)
{
	for (size_t i = 0; name.len && i < SERVICES; i++)
		if (services[i].name.at[0] == name.at[0] && slice_eq(services[i].name, name))
			return &services[i];
	return NULL;
}

static const slice severities[] = {
    SLICE_INIT("Info"),  SLICE_INIT("Warning"), SLICE_INIT("Error"), SLICE_INIT("Debug"),
    SLICE_INIT("Fatal"), SLICE_INIT("Panic"),   SLICE_INIT("Warn"),
};

static bool is_severity(slice word)
{
	for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
		if (slice_eq(severities[i], word))
			return true;
	return false;
}

static const bool begins_severity[256] = {
    ['I'] = true, ['W'] = true, ['E'] = true, ['D'] = true, ['F'] = true, ['P'] = true};

static bool take_likely_severity(slice *s)
{
	size_t n = slice_find(slice_first(*s, 8), ':');
	if (n + 1 >= s->len || s->at[n + 1] != ' ' || !is_severity(slice_first(*s, n)))
		return false;
	*s = slice_from(*s, n + 2);
	return true;
}

/* "Info: " off the front. */
static inline bool take_severity(slice *s)
{
	return s->len >= 6 && begins_severity[(uint8_t)s->at[0]] && take_likely_severity(s);
}

/* "<abc>" off the front. */
static bool take_angle(slice *s, slice *inside)
{
	if (s->len < 2 || s->at[0] != '<')
		return false;
	slice t = slice_from(*s, 1);
	size_t n = slice_find(t, '>');
	if (n == t.len)
		return false;
	*inside = slice_first(t, n);
	*s = slice_from(t, n + 1);
	return true;
}

/* "<pid><session>" off the front, either of them or none. */
static void read_angles(slice *s, struct event *e)
{
	slice inside, number;
	int64_t pid;
	while (number = slice_from(*s, 1), take_angle(s, &inside))
		if (slice_number(&number, &pid) && number.at == inside.at + inside.len)
			event_number(e, F_PID, pid);
		else if (inside.len)
			event_text(e, F_SESSION, inside);
}

/* doveadm(A), doveadm(A,user): who asks, from another host */
static slice without_client(slice inside, struct event *e)
{
	struct address from;
	slice rest = inside, head = slice_until(&rest, ',');
	if (!address_parse(head, &from))
		return inside;
	event_address(e, F_SOURCE_IP, from);
	return rest;
}

/* What stands between the parentheses: the user; for LMTP the pid, or "pid, user". */
static void read_owner(slice inside, bool lmtp, bool doveadm, struct event *e)
{
	int64_t pid;
	if (doveadm)
		inside = without_client(inside, e);
	slice rest = inside;
	if (lmtp && slice_number(&rest, &pid) && (rest.len == 0 || slice_eat(&rest, ", "))) {
		event_number(e, F_PID, pid);
		inside = rest;
	}
	if (inside.len)
		event_text(e, F_USER, inside);
}

/*
 * "(user)<pid><session>: " off the front.  The user exists, for he has signed in, but his name may
 * hold parentheses: it ends at the first that the rest of a prefix follows.
 */
static bool take_owner(slice *s, const struct service *v, struct event *e)
{
	bool lmtp = slice_eq(v->name, SLICE("lmtp"));
	for (size_t n = 1; n < s->len; n++) {
		n += slice_find(slice_from(*s, n), ')');
		slice after = slice_from(*s, n + 1);
		if (after.len == 0 || (after.at[0] != ':' && after.at[0] != '<'))
			continue;
		read_owner((slice){s->at + 1, n - 1}, lmtp && after.at[0] == ':',
			   v->read == dovecot_read_doveadm, e);
		read_angles(&after, e);
		*s = after;
		return slice_eat(s, ":");
	}
	return false;
}

/* auth and auth-worker write their number there, from 2.4 on the request. */
static bool is_auth(const struct service *v)
{
	return v->read == dovecot_read_auth;
}

static enum decoded message(struct event *e)
{
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/*
 * "service(imap-login): child 4242 killed with signal 11 (core dumped)", "service(imap):
 * process_limit (100) reached, client connections are being dropped"
 */
static bool is_trouble(slice s)
{
	return slice_starts(s, SLICE("service(")) &&
	       (slice_search(s, SLICE(" killed with signal ")) != SIZE_MAX ||
		slice_ends(s, SLICE("client connections are being dropped")));
}

/* Starts and stops, by the master process, and what became of its children. */
static enum decoded read_master(slice s, struct event *e)
{
	take_severity(&s);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (slice_starts(s, SLICE("Dovecot v")))
		event_act(e, ACT_DAEMON_START, OUT_NONE);
	else if (slice_starts(s, SLICE("Killed with signal ")))
		event_act(e, ACT_DAEMON_STOP, OUT_NONE);
	else if (is_trouble(s))
		event_act(e, ACT_WARNING, OUT_NONE);
	else
		return DECODED_EVENT;
	event_text(e, F_REASON, s);
	return DECODED_EVENT;
}

static enum decoded read_service(const struct service *v, slice s, struct event *e,
				 struct arena *scratch)
{
	if (v->protocol.len)
		event_text(e, F_PROTOCOL, v->protocol);
	slice_eat(&s, " ");
	bool debug = slice_starts(s, SLICE("Debug: "));
	take_severity(&s);
	if (slice_eat(&s, "master: "))
		return read_master(s, e);
	if (!v->read || (debug && v->read != dovecot_read_session))
		return message(e);
	enum decoded d = v->read(s, e, scratch);
	return d == DECODED_UNKNOWN ? message(e) : d;
}

/* Bytes behind which a service's name ends. */
static const bool ends_name[256] = {[':'] = true, ['('] = true, [' '] = true};

static size_t name_length(slice s)
{
	uint32_t ends = 0;
	if (s.len >= BLOCK_BYTES)
		ends = block_mask(s.at, ':') | block_mask(s.at, '(') | block_mask(s.at, ' ');
	size_t n = ends ? (size_t)__builtin_ctz(ends) : 0;
	while (n < s.len && !ends_name[(uint8_t)s.at[n]])
		n++;
	return n;
}

/* "imap-login: ", "imap(user)<pid><session>: " and what follows. */
static enum decoded read_prefixed(slice s, struct event *e, struct arena *scratch)
{
	take_severity(&s);
	slice_eat(&s, "dovecot: "); /* some syslogs name it twice */
	size_t n = name_length(s);
	slice name = slice_first(s, n);
	if (slice_eq(name, SLICE("master")))
		return read_master(slice_from(s, n + 2), e);
	const struct service *v = find_service(name);
	slice rest = slice_from(s, n);
	if (s.len && s.at[0] == '{')
		return dovecot_event_decode(s, e, scratch);
	if (!v)
		return slice_starts(s, SLICE("Dovecot v")) ? read_master(s, e) : message(e);
	if (slice_eat(&rest, ":"))
		return read_service(v, rest, e, scratch);
	if (is_auth(v))
		return read_service(v, rest, e, scratch);
	if (rest.len && rest.at[0] == '(' && take_owner(&rest, v, e))
		return read_service(v, rest, e, scratch);
	message(e);
	return DECODED_BROKEN;
}

/* Behind "Error: " alone, which anybody may write: the words of a service of Dovecot's. */
static bool is_own_body(slice s)
{
	size_t n = name_length(s);
	slice name = slice_first(s, n);
	return n < s.len &&
	       (find_service(name) || slice_eq(name, SLICE("master")) ||
		slice_eq(name, SLICE("service")) || slice_starts(s, SLICE("Dovecot v")) ||
		slice_starts(s, SLICE("Killed with signal ")) || s.at[0] == '{');
}

/* Lines of a service under its own name: its own file, or old syslog tags such as deliver(user). */
static enum decoded read_own(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice rest = body;
	if (is_severity(program))
		return is_own_body(body) ? read_prefixed(body, e, scratch) : DECODED_UNKNOWN;
	const struct service *v = find_service(program);
	if (!v)
		return DECODED_UNKNOWN;
	if (program.at == body.at) /* "name(...)" */
		return v->kind == OWN_TAG ? read_prefixed(body, e, scratch) : DECODED_UNKNOWN;
	if (!slice_ends(program, SLICE("-login")) && !take_severity(&rest))
		return DECODED_UNKNOWN;
	return read_service(v, body, e, scratch);
}

enum decoded dovecot_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d;
	if (slice_eq(program, SLICE("dovecot")))
		d = read_prefixed(body, e, scratch);
	else
		d = read_own(program, body, e, scratch);
	if (d != DECODED_UNKNOWN)
		event_module(e, &format_dovecot);
	return d;
}

/* Lines that bear no time, as `docker logs` shows them: a prefix of Dovecot's is all there is. */
enum decoded dovecot_line_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	size_t n = name_length(line);
	slice body = line;
	if (n == line.len || line.at[n] == ' ')
		return DECODED_UNKNOWN;
	if (line.at[n] == ':') {
		body = slice_from(line, n + 1);
		slice_eat(&body, " ");
	}
	enum decoded d = dovecot_decode(slice_first(line, n), body, e, scratch);
	if (d != DECODED_UNKNOWN)
		event_text(e, F_PROCESS, slice_first(line, n));
	return d;
}
