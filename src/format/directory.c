/*
 * directory.c - where passwords are looked up, and who is kept out: OpenLDAP's slapd, SSSD, nslcd,
 * fail2ban, iRedAPD.
 *
 *	slapd[1]: conn=7 fd=14 ACCEPT from IP=A:P (IP=0.0.0.0:389)
 *	slapd[1]: conn=7 op=0 BIND dn="uid=U,ou=people,dc=example,dc=org" method=128
 *	slapd[1]: conn=7 op=0 RESULT tag=97 err=49 text=
 *	T fail2ban.actions        [811]: NOTICE  [dovecot] Ban A
 *	iredapd [A] RCPT, U => F -> T, REJECT why [sasl_username=U, ...]
 *
 * (openldap servers/slapd/connection.c, bind.c, result.c; nss-pam-ldapd nslcd/pam.c; sssd
 * src/providers; fail2ban server/actions.py and filter.py; iRedAPD libs/utils.py.)
 *
 * Laws: (1) an LDAP bind checks a password for somebody else's daemon: it is no sign-in of its own;
 * (2) fail2ban repeats what other logs say: a warning.
 */
#include "shape.h"

const struct format format_directory = {"directory",
					"OpenLDAP's slapd, SSSD, nslcd: password checks", 'F'};
const struct format format_fail2ban = {"fail2ban", "fail2ban: who was found and banned", 'F'};
const struct format format_iredapd = {"iredapd", "iRedAPD: what it let pass and refused", 'D'};

/* ---- slapd ---- */

/* uid=U,ou=... or cn=U,...: the value of the first part */
static void set_dn(struct event *e, slice dn)
{
	slice first = slice_first(dn, slice_find(dn, ','));
	size_t n = slice_find(first, '=');
	slice name = slice_from(first, n + 1);
	if (name.len)
		event_text(e, F_USER, name);
}

/* BIND dn="..." method=128: what comes is in the line of the result, by conn and op */
static void read_bind(slice s, struct event *e)
{
	size_t end = slice_search_last(s, SLICE("\" m"));
	event_act(e, ACT_AUTH_CHECK, OUT_NONE);
	if (slice_eat(&s, "dn=\"") && end != SIZE_MAX && end >= 4)
		set_dn(e, slice_first(s, end - 4));
}

/* tag=97 err=49 text=: tag 97 answers a bind (RFC 4511 4.2.2) */
static void read_result(slice s, struct event *e)
{
	int64_t tag, error;
	if (!slice_eat(&s, "tag=") || !slice_number(&s, &tag) || tag != 97 ||
	    !slice_eat(&s, " err=") || !slice_number(&s, &error))
		return;
	event_act(e, ACT_AUTH_CHECK, error ? OUT_FAILURE : OUT_SUCCESS);
	if (error)
		event_text(e, F_REASON, slice_trim(s));
}

static void read_accept(slice s, struct event *e)
{
	event_act(e, ACT_CONNECT, OUT_NONE);
	slice peer = slice_first(s, slice_find(s, ' '));
	if (slice_eat(&peer, "IP="))
		event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, peer);
}

/* conn=N op=N WORD rest, conn=N fd=N WORD rest */
enum decoded slapd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body, session = slice_until(&s, ' ');
	event_module(e, &format_directory);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (!slice_eat(&session, "conn="))
		return DECODED_EVENT;
	event_text(e, F_SESSION, session);
	event_text(e, F_PROTOCOL, SLICE("ldap"));
	slice_until(&s, ' ');
	if (slice_eat(&s, "BIND "))
		read_bind(s, e);
	else if (slice_eat(&s, "RESULT "))
		read_result(s, e);
	else if (slice_eat(&s, "ACCEPT from "))
		read_accept(s, e);
	else if (slice_starts(s, SLICE("closed")))
		event_act(e, ACT_DISCONNECT, OUT_NONE);
	return DECODED_EVENT;
}

/* ---- SSSD, nslcd ---- */

static const struct said lookups[] = {
    {"[{.}] <authc=\"{u}\"> {.}: Invalid credentials{.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"[{.}] <authc=\"{u}\"> {.}: lookup failed: {r}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"[{.}] <authc=\"{u}\"> {.}", ACT_MESSAGE, OUT_NONE},
    {"Preauthentication failed", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Client '{U}' not found in Kerberos database", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Backend is offline", ACT_WARNING, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

enum decoded lookup_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_module(e, &format_directory);
	if (!said_find(lookups, body, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/* ---- fail2ban ---- */

static const struct said bans[] = {
    {"[{.}] Found {a} - {.}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] Found {a}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] Ban {a}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] Restore Ban {a}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] Increase Ban {a}{.}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] {a} already banned{.}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] Unban {a}", ACT_WARNING, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* "NOTICE  [JAIL] Ban A" */
static enum decoded read_ban(slice s, struct event *e)
{
	static const char *const levels[] = {"NOTICE", "INFO",  "WARNING",
					     "ERROR",  "DEBUG", "CRITICAL"};
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (slice_eat_n(&s, levels[i], strlen(levels[i])))
			break;
	s = slice_trim(s);
	slice_eat(&s, "[JAIL] ");
	event_module(e, &format_fail2ban);
	if (!said_find(bans, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded fail2ban_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return read_ban(body, e);
}

/* Its own file behind the clock: fail2ban.actions        [811]: NOTICE  ... */
enum decoded fail2ban_file_decode(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	int64_t pid;
	slice s = line;
	if (!slice_eat(&s, "fail2ban."))
		return DECODED_UNKNOWN;
	slice head = slice_until(&s, ':');
	if (!s.len || head.len > 40)
		return DECODED_UNKNOWN;
	event_no_origin(e);
	slice_until(&head, '[');
	if (slice_number(&head, &pid))
		event_number(e, F_PID, pid);
	return read_ban(slice_trim(s), e);
}

/* ---- iRedAPD ---- */

/* [A] RCPT, [U => ][F -> ]T, ACTION [sasl_username=U, sender=F, ...]: U, if there is one, is
 * Postfix's own, behind an action that holds no bracket of that kind */
enum decoded iredapd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body, value;
	event_module(e, &format_iredapd);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (!slice_eat(&s, "[") || !event_parse_address(e, F_SOURCE_IP, slice_until(&s, ']')))
		return DECODED_EVENT;
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	size_t tail = slice_search_last(s, SLICE(" [sasl_username="));
	slice facts = slice_from(s, tail == SIZE_MAX ? s.len : tail + 16);
	if (slice_search(s, SLICE(", REJECT")) < tail)
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	value = slice_first(facts, slice_search(facts, SLICE(", sender=")));
	if (value.len && value.len < facts.len)
		event_text(e, F_USER, value);
	if (part_first(facts, SLICE(", sender="), ',', &value) && value.len)
		event_text(e, F_FROM, value);
	return DECODED_EVENT;
}
