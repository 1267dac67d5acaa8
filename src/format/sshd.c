/*
 * sshd.c - OpenSSH's server: sign-ins, failures, visits.  Messages as in auth.c, packet.c, sshd.c
 * of OpenSSH 4 to 9.
 *
 * The name is the client's, and "from A port N" may stand in it; the daemon's own comes last.
 */
#include "part.h"

const struct format format_sshd = {"sshd", "OpenSSH", 'F'};

/* How a line goes on behind its first words. */
enum shape {
	METHOD_FOR, /* password for [invalid user ]U from A port N ssh2[: ...] */
	USER_ALONE, /* U[ [preauth]] */
	PAM_FOR,    /* what PAM says for [illegal user ]U from A */
	USER_FROM,  /* U from A[ port N] */
	USER_AT,    /* U A port N [preauth] */
	AT,         /* A port N[:...] */
	WRAPPED,    /* [user@]A (A): of libwrap */
	LAST_FROM,  /* 'what the client sent' from A port N */
	TEXT,       /* nothing of use */
};

static const struct message {
	slice words;
	enum shape shape;
	enum action action;
	enum result outcome;
} messages[] = {
    {SLICE_INIT("Failed "), METHOD_FOR, ACT_LOGIN, OUT_FAILURE},
    {SLICE_INIT("Accepted "), METHOD_FOR, ACT_LOGIN, OUT_SUCCESS},
    {SLICE_INIT("Postponed "), METHOD_FOR, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("Invalid user "), USER_FROM, ACT_AUTH_CHECK, OUT_FAILURE},
    {SLICE_INIT("Illegal user "), USER_FROM, ACT_AUTH_CHECK, OUT_FAILURE},
    {SLICE_INIT("error: maximum authentication attempts exceeded for "), USER_FROM, ACT_AUTH_CHECK,
     OUT_FAILURE},
    {SLICE_INIT("error: PAM: "), PAM_FOR, ACT_AUTH_CHECK, OUT_FAILURE},
    {SLICE_INIT("maximum authentication attempts exceeded for "), USER_FROM, ACT_AUTH_CHECK,
     OUT_FAILURE},
    {SLICE_INIT("ROOT LOGIN REFUSED FROM "), AT, ACT_AUTH_CHECK, OUT_FAILURE},
    {SLICE_INIT("User "), USER_FROM, ACT_AUTH_CHECK, OUT_FAILURE},
    {SLICE_INIT("Connection closed by authenticating user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection closed by invalid user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection reset by authenticating user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection reset by invalid user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Disconnected from authenticating user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Disconnected from invalid user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Disconnecting authenticating user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Disconnecting invalid user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection closed by illegal user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection reset by illegal user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Disconnected from illegal user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Disconnecting illegal user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Starting session: "), LAST_FROM, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("Close session: user "), USER_FROM, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("input_userauth_request: invalid user "), USER_ALONE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("Disconnected from user "), USER_AT, ACT_SESSION_END, OUT_NONE},
    {SLICE_INIT("Disconnected from "), AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection closed by "), AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection reset by "), AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Received disconnect from "), AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Connection from "), AT, ACT_CONNECT, OUT_NONE},
    {SLICE_INIT("Connection timed out from "), AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Timeout, client not responding from user "), USER_AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Timeout, client not responding from "), AT, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Did not receive identification string from "), AT, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("Timeout before authentication for connection from "), AT, ACT_LOGIN_NONE,
     OUT_NONE},
    {SLICE_INIT("Timeout before authentication for "), AT, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("Unable to negotiate with "), AT, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("banner exchange: Connection from "), AT, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("ssh_dispatch_run_fatal: Connection from "), AT, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("refused connect from "), WRAPPED, ACT_CONNECT, OUT_FAILURE},
    {SLICE_INIT("Refused connect from "), AT, ACT_CONNECT, OUT_FAILURE},
    {SLICE_INIT("Bad protocol version identification "), LAST_FROM, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("Protocol major versions differ for "), AT, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("Magic value check failed "), LAST_FROM, ACT_LOGIN_NONE, OUT_NONE},
    {SLICE_INIT("Nasty PTR record "), LAST_FROM, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("drop connection "), LAST_FROM, ACT_CONNECT, OUT_FAILURE},
    {SLICE_INIT("Server listening on "), TEXT, ACT_DAEMON_START, OUT_NONE},
    {SLICE_INIT("Received signal 15"), TEXT, ACT_DAEMON_STOP, OUT_NONE},
};

/* "A port N" off the front, what follows left. */
static bool take_peer(slice *s, struct event *e)
{
	int64_t port;
	slice host = slice_first(*s, slice_find(*s, ' '));
	if (slice_ends(host, SLICE(":"))) /* before 7: "A: 11: Bye" */
		host.len--;
	if (slice_starts(host, SLICE("["))) /* drop connection #10 from [A]:P on */
		host = slice_first(slice_from(host, 1), slice_find(host, ']') - 1);
	if (!event_parse_address(e, F_SOURCE_IP, host))
		return false;
	slice rest = slice_from(*s, host.len);
	if (slice_eat(&rest, " port ") && slice_number(&rest, &port))
		event_number(e, F_SOURCE_PORT, port);
	*s = rest;
	return true;
}

static void set_user(slice name, struct event *e)
{
	if (!slice_eat(&name, "invalid user "))
		slice_eat(&name, "illegal user ");
	if (name.len)
		event_text(e, F_USER, name);
}

/* "A port N ssh2", and the end or a colon behind it: auth_log() always says so. */
static bool is_frame(slice s)
{
	int64_t port;
	s = slice_from(s, slice_find(s, ' '));
	if (!slice_eat(&s, " port ") || !slice_number(&s, &port))
		return false;
	if (!slice_eat(&s, " ssh2"))
		slice_eat(&s, " ssh1");
	return s.len == 0 || s.at[0] == ':' || slice_starts(s, SLICE(" [preauth]"));
}

/* "host.example port N", of a host that looks names up */
static bool is_named_peer(slice s)
{
	int64_t port;
	struct address a;
	slice name = slice_first(s, slice_find(s, ' '));
	slice rest = slice_from(s, name.len);
	return slice_find(name, '.') < name.len && !address_parse(name, &a) &&
	       slice_eat(&rest, " port ") && slice_number(&rest, &port) &&
	       (rest.len == 0 || slice_starts(rest, SLICE(" ssh2")) ||
		slice_starts(rest, SLICE(" [preauth]")));
}

/*
 * "U from A port N...": the last " from " with an address behind it, and a port where one must be.
 */
static bool read_user_from(slice s, bool port, struct event *e)
{
	for (slice left = s;;) {
		size_t at = slice_search_last(left, SLICE(" from "));
		if (at == SIZE_MAX)
			return false;
		slice rest = slice_from(s, at + 6);
		if (left.len == s.len && is_named_peer(rest)) {
			event_text(e, F_SOURCE_DOMAIN, slice_first(rest, slice_find(rest, ' ')));
			set_user(slice_first(s, at), e);
			return true;
		}
		if ((!port || is_frame(rest)) && take_peer(&rest, e)) {
			set_user(slice_first(s, at), e);
			return true;
		}
		left = slice_first(s, at);
	}
}

static bool read_method_for(slice s, struct event *e)
{
	size_t n = slice_search(s, SLICE(" for "));
	if (n == SIZE_MAX)
		return false;
	event_text(e, F_AUTH_METHOD, slice_first(s, slice_find(s, ' ')));
	s = slice_from(s, n + 5);
	return read_user_from(s, true, e) || read_user_from(s, false, e);
}

/* PAM's words hold no " for "; other errors of PAM no " from ". */
static bool read_pam_for(slice s, struct event *e)
{
	size_t n = slice_search(s, SLICE(" for "));
	s = slice_from(s, n == SIZE_MAX ? s.len : n + 5);
	size_t at = slice_search_last(s, SLICE(" from "));
	slice host = slice_from(s, at == SIZE_MAX ? s.len : at + 6);
	host = slice_first(host, slice_search(host, SLICE(" via ")));
	if (host.len == 0 || slice_find(host, ' ') < host.len)
		return false;
	if (!event_parse_address(e, F_SOURCE_IP, host)) /* UseDNS: the client's name */
		event_text(e, F_SOURCE_DOMAIN, host);
	set_user(slice_first(s, at), e);
	return true;
}

/* "U A port N [preauth]": the last " port ", and the word before it. */
static bool read_user_at(slice s, struct event *e)
{
	size_t port = slice_search_last(s, SLICE(" port "));
	if (port == SIZE_MAX)
		return false;
	const char *space = port ? memrchr(s.at, ' ', port) : NULL;
	size_t n = space ? (size_t)(space - s.at) : SIZE_MAX;
	slice peer = slice_from(s, n == SIZE_MAX ? 0 : n + 1);
	if (!take_peer(&peer, e))
		return false;
	set_user(slice_first(s, n == SIZE_MAX ? 0 : n), e);
	return true;
}

/* The client's own words, quoted, stand before the last " from ". */
static bool read_last_from(slice s, struct event *e)
{
	size_t at = slice_search_last(s, SLICE(" from "));
	slice peer = slice_from(s, at == SIZE_MAX ? s.len : at + 6);
	return take_peer(&peer, e);
}

/* "User U not allowed because account is locked": of no client. */
static bool read_refused(slice body, struct event *e)
{
	size_t end = slice_search_last(body, SLICE(" not allowed because "));
	if (end == SIZE_MAX || end < 6 || slice_search(body, SLICE(" from ")) < end)
		return false;
	event_text(e, F_USER, slice_from(slice_first(body, end), 5));
	return true;
}

/* What identd said of the user stands before the address, which the brackets have, too. */
static bool read_wrapped(slice s, struct event *e)
{
	size_t open = slice_search_last(s, SLICE(" ("));
	if (open != SIZE_MAX && slice_ends(s, SLICE(")")) &&
	    event_parse_address(e, F_SOURCE_IP, (slice){s.at + open + 2, s.len - open - 3}))
		return true;
	return take_peer(&s, e);
}

static bool read_shape(enum shape shape, slice s, struct event *e)
{
	switch (shape) {
	case METHOD_FOR:
		return read_method_for(s, e);
	case PAM_FOR:
		return read_pam_for(s, e);
	case USER_FROM:
		return read_user_from(s, false, e);
	case USER_AT:
		return read_user_at(s, e);
	case USER_ALONE:
		if (slice_ends(s, SLICE(" [preauth]")))
			s.len -= sizeof " [preauth]" - 1;
		set_user(s, e);
		return true;
	case AT:
		return take_peer(&s, e);
	case LAST_FROM:
		return read_last_from(s, e);
	case WRAPPED:
		return read_wrapped(s, e);
	default:
		return true;
	}
}

enum decoded sshd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	if (pam_decode(program, body, e, scratch) != DECODED_UNKNOWN)
		return DECODED_EVENT;
	event_module(e, &format_sshd);
	event_text(e, F_PROTOCOL, SLICE("ssh"));
	if (!slice_eat(&body, "fatal: ") && slice_starts(body, SLICE("error: Received ")))
		slice_eat(&body, "error: ");
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		const struct message *m = &messages[i];
		if (!slice_starts(body, m->words))
			continue;
		bool refused = slice_eq(m->words, SLICE("User ")) && read_refused(body, e);
		bool whole = refused || read_shape(m->shape, slice_from(body, m->words.len), e);
		if (whole || m->shape == AT || m->shape == WRAPPED || m->shape == LAST_FROM) {
			event_act(e, m->action, m->outcome);
			return DECODED_EVENT;
		}
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return m->shape == PAM_FOR ? DECODED_EVENT : DECODED_BROKEN;
	}
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
