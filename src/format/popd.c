/*
 * popd.c - the small POP3 and IMAP daemons and proxies: solid-pop3d, popa3d, teapop, Perdition,
 * up-imapproxy, vm-pop3d, Kopano's and Zarafa's gateways.
 *
 * The user is the client's text: addresses stand behind it, and are the last of a line.
 */
#include "words.h"

const struct format format_popd = {
    "popd",
    "solid-pop3d, popa3d, teapop, vm-pop3d, Qpopper, GNU mailutils, Perdition, imapproxy, Kopano",
    'E'};

/* "U - A", U or nothing before it: solid-pop3d */
static bool read_solid(slice rest, struct event *e)
{
	size_t at = slice_search_last(rest, SLICE(" - "));
	if (at == SIZE_MAX)
		return true;
	slice peer = slice_from(rest, at + 3);
	if (!words_address(slice_trim(peer), e, F_SOURCE_IP))
		words_take_peer(&peer, e, WORDS_CLIENT);
	if (at > 0)
		event_text(e, F_USER, slice_first(rest, at));
	return true;
}

/* "root login not allowed - A" and others, whose user is not said */
static bool read_solid_client(slice rest, struct event *e)
{
	read_solid(rest, e);
	event_drop(e, F_USER);
	return true;
}

static const struct wording solid_rows[] = {
    WORDS("authentication failed: no such user: ", LOGIN, FAILURE, read_solid),
    WORDS("authentication failed: can't map user name: ", LOGIN, FAILURE, read_solid),
    WORDS("authentication failed for user ", LOGIN, FAILURE, read_solid),
    WORDS("authentication failed for mapped user ", LOGIN, FAILURE, read_solid),
    WORDS("APOP authentication failed for user ", LOGIN, FAILURE, read_solid),
    WORDS("can't find APOP secret for user ", LOGIN, FAILURE, read_solid),
    WORDS("root login not allowed", LOGIN, FAILURE, read_solid_client),
    WORDS("authentication failed", LOGIN, FAILURE, read_solid_client),
    WORDS("user authenticated - ", LOGIN, SUCCESS, words_reason),
    WORDS("user ", MESSAGE, NONE, NULL),
    WORDS("connect from ", CONNECT, NONE, words_reason),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

enum decoded solid_pop3d_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("pop3"));
	if (pam_decode(program, body, e, scratch) != DECODED_UNKNOWN)
		return DECODED_EVENT;
	return words_decode(&format_popd, solid_rows, body, e);
}

/* A or NAME [A] */
static bool read_address(slice rest, struct event *e)
{
	slice word = slice_first(rest, slice_find(rest, ' '));
	return words_address(word, e, F_SOURCE_IP) || words_take_peer(&rest, e, WORDS_CLIENT) ||
	       true;
}

/* popa3d: "Authentication failed for UNKNOWN USER", "Authentication passed for U" and no address */
static bool read_user(slice rest, struct event *e)
{
	slice user = slice_first(rest, slice_find(rest, ' '));
	if (user.len && !slice_starts(rest, SLICE("UNKNOWN USER")))
		event_text(e, F_USER, user);
	return true;
}

static const struct wording popa3d_rows[] = {
    WORDS("Session from ", CONNECT, NONE, read_address),
    WORDS("Authentication failed for ", LOGIN, FAILURE, read_user),
    WORDS("Authentication passed for ", LOGIN, SUCCESS, read_user),
    WORDS("Too many sessions from ", WARNING, NONE, read_address),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

enum decoded popa3d_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("pop3"));
	return words_decode(&format_popd, popa3d_rows, body, e);
}

static const struct wording vm_pop3d_rows[] = {
    WORDS("failed auth, from ", LOGIN, FAILURE, read_address),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

enum decoded vm_pop3d_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("pop3"));
	return words_decode(&format_popd, vm_pop3d_rows, body, e);
}

/* "'U' NAME [A]", "U [A]": the user is quoted or not */
static bool read_teapop(slice rest, struct event *e)
{
	slice address;
	size_t open = slice_search_last(rest, SLICE("["));
	if (part_last(rest, SLICE("["), ']', &address))
		words_address(address, e, F_SOURCE_IP);
	slice user = slice_trim(slice_first(rest, open));
	if (slice_eat(&user, "'") || slice_eat(&user, "\""))
		user = slice_first(user, slice_search_last(user, SLICE("'")));
	else
		user = slice_first(user, slice_find(user, ' '));
	if (user.len)
		event_text(e, F_USER, user);
	return true;
}

static const struct wording teapop_rows[] = {
    WORDS("Failed login for ", LOGIN, FAILURE, read_teapop),
    WORDS("Failed login, ", LOGIN, FAILURE, read_teapop),
    WORDS("Successful login: ", LOGIN, SUCCESS, read_teapop),
    WORDS("Login: ", LOGIN, SUCCESS, read_teapop),
    WORDS("Connect from ", CONNECT, NONE, words_peer_here),
    WORDS("User ", MESSAGE, NONE, NULL),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

enum decoded teapop_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("pop3"));
	return words_decode(&format_popd, teapop_rows, body, e);
}

/* ---- Perdition ---- */

/* "A:P->A:P" off the front, also "A->A" of old */
static bool take_flow(slice *s, struct event *e)
{
	slice from = slice_first(*s, slice_search(*s, SLICE("->")));
	size_t colon = slice_search_last(from, SLICE(":"));
	if (from.len == s->len)
		return false;
	if (colon != SIZE_MAX && event_parse_address(e, F_SOURCE_IP, slice_first(from, colon)))
		event_parse_number(e, F_SOURCE_PORT, slice_from(from, colon + 1));
	else
		words_address(from, e, F_SOURCE_IP);
	*s = slice_from(*s, from.len + 2);
	slice_until(s, ' ');
	return true;
}

/*
 * A:P->A:P ... authentication_id="U" server="S" ... status="ok": U is the client's, so what the
 * daemon says comes last.
 */
static bool read_perdition(slice rest, struct event *e)
{
	slice status;
	if (!take_flow(&rest, e))
		return false;
	size_t server = slice_search_last(rest, SLICE("\" server=\""));
	slice head = slice_first(rest, server);
	size_t user = slice_search(head, SLICE("authentication_id=\""));
	if (user != SIZE_MAX && head.len > user + 19)
		event_text(e, F_USER, slice_from(head, user + 19));
	else if (part_first(head, SLICE("user=\""), '"', &status) && status.len)
		event_text(e, F_USER, status);
	if (!part_last(rest, SLICE(" status=\""), '"', &status))
		return true;
	event_text(e, F_REASON, status);
	event_act(e, ACT_LOGIN, slice_starts(status, SLICE("ok")) ? OUT_SUCCESS : OUT_FAILURE);
	return true;
}

/* ... client A:P->A:P: why */
static bool read_fatal(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE("client "));
	event_text(e, F_REASON, rest);
	if (at == SIZE_MAX)
		return true;
	rest = slice_from(rest, at + 7);
	take_flow(&rest, e);
	return true;
}

/* A:P->A:P user="U" received=N sent=N */
static bool read_close(slice rest, struct event *e)
{
	slice value;
	take_flow(&rest, e);
	if (part_last(rest, SLICE(" received="), ' ', &value))
		event_parse_number(e, F_SOURCE_BYTES, value);
	if (part_last(rest, SLICE(" sent="), ' ', &value))
		event_parse_number(e, F_DESTINATION_BYTES, value);
	size_t end = slice_search_last(rest, SLICE("\" received="));
	size_t user = slice_search(rest, SLICE("user=\""));
	if (user != SIZE_MAX && end != SIZE_MAX && end > user + 6)
		event_text(e, F_USER, slice_first(slice_from(rest, user + 6), end - user - 6));
	return true;
}

static bool read_connect(slice rest, struct event *e)
{
	return take_flow(&rest, e) || read_address(rest, e);
}

static const struct wording perdition_rows[] = {
    WORDS("Auth: ", LOGIN, NONE, read_perdition),
    WORDS("Close: ", SESSION_END, NONE, read_close),
    WORDS("Closing NULL session: ", LOGIN_NONE, NONE, read_connect),
    WORDS("Closing session: ", SESSION_END, NONE, read_close),
    WORDS("Connect: ", CONNECT, NONE, read_connect),
    WORDS("Connection: ", CONNECT, NONE, read_connect),
    WORDS("Local authentication failure ", AUTH_CHECK, FAILURE, words_reason),
    WORDS("Fatal Error reading authentication information ", LOGIN, FAILURE, read_fatal),
    WORDS("Fatal ", WARNING, NONE, read_fatal),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

enum decoded perdition_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	bool pop3 = slice_search(program, SLICE("pop3")) != SIZE_MAX;
	event_text(e, F_PROTOCOL, pop3 ? SLICE("pop3") : SLICE("imap"));
	return words_decode(&format_popd, perdition_rows, body, e);
}

/* ---- imapproxyd ---- */

/* 'U' (A:P) on existing sd [7]; U is the client's, the address behind the last "' (" */
static bool read_proxied(slice rest, struct event *e)
{
	slice address;
	size_t end = slice_search_last(rest, SLICE("' ("));
	if (end == SIZE_MAX)
		return true;
	slice user = slice_first(rest, end);
	user = slice_from(user, slice_find(user, '\'') + 1);
	if (user.len > 2 && user.at[0] == '"' && user.at[user.len - 1] == '"')
		user = (slice){user.at + 1, user.len - 2}; /* as the client quoted it */
	if (user.len)
		event_text(e, F_USER, user);
	address = slice_from(rest, end + 3);
	address = slice_first(address, slice_find(address, ')'));
	size_t colon = slice_search_last(address, SLICE(":"));
	if (colon != SIZE_MAX && event_parse_address(e, F_SOURCE_IP, slice_first(address, colon)))
		event_parse_number(e, F_SOURCE_PORT, slice_from(address, colon + 1));
	return true;
}

static const struct wording imapproxy_rows[] = {
    WORDS("LOGIN: ", LOGIN, SUCCESS, read_proxied),
    WORDS("LOGOUT: ", SESSION_END, NONE, read_proxied),
    WORDS("Get_Server_conn(): ", WARNING, NONE, words_reason),
    WORDS("cmd_authenticate_login: ", LOGIN, FAILURE, read_proxied),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

enum decoded imapproxy_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("imap"));
	return words_decode(&format_popd, imapproxy_rows, body, e);
}

/* ---- Kopano, Zarafa ---- */

/* [A] or A for user "U" ..., also: user 'U' from A */
static bool read_gateway(slice rest, struct event *e)
{
	size_t mark = slice_search(rest, SLICE(" for user "));
	slice user = slice_from(rest, mark == SIZE_MAX ? rest.len : mark + 10), peer = rest;
	words_take_peer(&peer, e, WORDS_CLIENT);
	if (!event_has(e, F_SOURCE_IP))
		read_address(rest, e);
	char quote = user.len ? user.at[0] : 0;
	if (quote == '"' || quote == '\'') {
		user = slice_from(user, 1);
		user = slice_first(user, slice_search_last(user, (slice){&quote, 1}));
	} else {
		user = slice_first(user, slice_find(user, ' '));
	}
	if (user.len)
		event_text(e, F_USER, user);
	return true;
}

/* A with invalid username "U" or wrong password: why; U is the client's */
static bool read_gateway_failure(slice rest, struct event *e)
{
	static const slice before = SLICE_INIT(" with invalid username \""),
			   behind = SLICE_INIT("\" or wrong password");
	size_t at = slice_search(rest, before), end = slice_search_last(rest, behind);
	if (at == SIZE_MAX || end == SIZE_MAX || end < at + before.len)
		return read_gateway(rest, e);
	slice peer = slice_first(rest, at);
	if (!words_take_peer(&peer, e, WORDS_CLIENT))
		words_address(peer, e, F_SOURCE_IP);
	event_text(e, F_USER,
		   slice_first(slice_from(rest, at + before.len), end - at - before.len));
	return true;
}

static const struct wording kopano_rows[] = {
    WORDS("IMAP Login from ", LOGIN, SUCCESS, read_gateway),
    WORDS("POP3 Login from ", LOGIN, SUCCESS, read_gateway),
    WORDS("IMAP login from ", LOGIN, SUCCESS, read_gateway),
    WORDS("POP3 login from ", LOGIN, SUCCESS, read_gateway),
    WORDS("Failed to login from ", LOGIN, FAILURE, read_gateway_failure),
    WORDS("Failed login from ", LOGIN, FAILURE, read_gateway_failure),
    WORDS("Client disconnected", DISCONNECT, NONE, words_reason),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

/* "[   9] [error  ] Failed to login from ..." */
static void eat_labels(slice *s)
{
	while (s->len && s->at[0] == '[') {
		slice_until(s, ']');
		slice_eat(s, " ");
		slice_eat(s, ": ");
	}
}

enum decoded kopano_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	eat_labels(&body);
	return words_decode(&format_popd, kopano_rows, body, e);
}
