/*
 * uwimap.c - the University of Washington's imapd and ipop3d (later Panda and Alpine's): c-client's
 * words of imap-2000 to 2007.
 *
 *	Login user=U host=NAME [A]             Authenticated user=U host=.. mech=M
 *	Login failed user=U auth=A host=NAME [A]
 *	Logout user=U host=NAME [A]            Killed (lost mailbox lock) user=U host=..
 *
 * The user is the client's text, so the host is behind the last " host=".  Nothing is counted.
 */
#include "words.h"

const struct format format_uwimap = {"uwimap", "University of Washington imapd, ipop3d", 'E'};

static bool read_host(slice *rest, struct event *e)
{
	size_t at = slice_search_last(*rest, SLICE(" host="));
	if (at == SIZE_MAX)
		return false;
	slice host = slice_from(*rest, at + 6);
	if (!words_take_peer(&host, e, WORDS_CLIENT) && host.len)
		event_text(e, F_SOURCE_DOMAIN, slice_first(host, slice_find(host, ' ')));
	if (slice_eat(&host, " mech="))
		event_text(e, F_AUTH_METHOD, slice_trim(host));
	*rest = slice_first(*rest, at);
	return true;
}

/* ... user=U [domain=D] [auth=A] host=NAME [A] */
static bool read_client(slice rest, struct event *e)
{
	static const slice ends[] = {SLICE_INIT(" auth="), SLICE_INIT(" domain=")};
	bool whole = read_host(&rest, e);
	size_t at = slice_search(rest, SLICE("user="));
	if (at == SIZE_MAX)
		return whole;
	slice user = slice_trim(slice_from(rest, at + 5));
	for (size_t i = 0; i < 2; i++)
		user = slice_first(user, slice_search_last(user, ends[i]));
	if (user.len && !slice_eq(user, SLICE("???")))
		event_text(e, F_USER, user);
	return whole;
}

/* imap service init from A */
static bool read_init(slice rest, struct event *e)
{
	slice address = slice_trim(rest);
	event_parse_address(e, F_SOURCE_IP, address);
	return true;
}

/* S override of user=U ...: by an administrator; other failures are of no sign-in */
static bool read_override(slice rest, struct event *e)
{
	if (slice_search(slice_first(rest, 40), SLICE(" override of user=")) != SIZE_MAX)
		return read_client(rest, e);
	event_act(e, ACT_WARNING, OUT_NONE);
	event_text(e, F_REASON, rest);
	return true;
}

static const struct wording rows[] = {
    WORDS("Login failed ", LOGIN, FAILURE, read_client),
    WORDS("Login disabled ", LOGIN, FAILURE, read_client),
    WORDS("Login excessive login failures ", LOGIN, FAILURE, read_client),
    WORDS("Login failure ", LOGIN, FAILURE, read_client),
    WORDS("AUTHENTICATE ", LOGIN, FAILURE, read_client),
    WORDS("APOP failed ", LOGIN, FAILURE, read_client),
    WORDS("Failed ", LOGIN, FAILURE, read_override),
    WORDS("Login ", LOGIN, SUCCESS, read_client),
    WORDS("APOP ", LOGIN, SUCCESS, read_client),
    WORDS("Authenticated ", LOGIN, SUCCESS, read_client),
    WORDS("Auth ", LOGIN, SUCCESS, read_client),
    WORDS("Preauthenticated ", LOGIN, SUCCESS, read_client),
    WORDS("Logout ", SESSION_END, NONE, read_client),
    WORDS("Killed ", SESSION_END, NONE, read_client),
    WORDS("Autologout ", SESSION_END, NONE, read_client),
    WORDS("Command stream end of file", SESSION_END, NONE, read_client),
    WORDS("Connection broken ", SESSION_END, NONE, read_client),
    WORDS("Connection reset by peer", SESSION_END, NONE, read_client),
    WORDS("Broken pipe", SESSION_END, NONE, read_client),
    WORDS("Unexpected client disconnect", SESSION_END, NONE, read_client),
    WORDS("AUTHENTICATED ", LOGIN, SUCCESS, read_client),
    WORDS("imap service init from ", CONNECT, NONE, read_init),
    WORDS("imaps SSL service init from ", CONNECT, NONE, read_init),
    WORDS("pop3 service init from ", CONNECT, NONE, read_init),
    WORDS("pop3s SSL service init from ", CONNECT, NONE, read_init),
    WORDS("pop2 service init from ", CONNECT, NONE, read_init),
    WORDS("port ", CONNECT, NONE, NULL),
    WORDS("connect from ", CONNECT, NONE, read_init), /* tcpd, by the daemon's name */
    WORDS("refused connect from ", CONNECT, FAILURE, read_init),
    WORDS("command stream end of file", SESSION_END, NONE, read_client),
    WORDS("cannot connect to saslauthd", WARNING, NONE, NULL),
    WORDS("Moved ", MESSAGE, NONE, NULL), /* from the spool into a mailbox of the user */
    END_OF_WORDS,
};

/* "No route to host, while reading line user=U host=NAME [A]", by what errno says */
static bool is_broken_line(slice body)
{
	slice head = slice_first(body, 80);
	return slice_search(head, SLICE(", while reading ")) != SIZE_MAX ||
	       slice_search(head, SLICE(", while writing ")) != SIZE_MAX;
}

enum decoded uwimap_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	bool pop3 = slice_search(program, SLICE("pop")) != SIZE_MAX;
	enum decoded d = words_decode(&format_uwimap, rows, body, e);
	if (d == DECODED_UNKNOWN && is_broken_line(body)) {
		event_module(e, &format_uwimap);
		event_act(e, ACT_SESSION_END, OUT_NONE);
		d = read_client(body, e) ? DECODED_EVENT : DECODED_BROKEN;
	}
	if (d == DECODED_UNKNOWN)
		return d;
	event_text(e, F_PROTOCOL, pop3 ? SLICE("pop3") : SLICE("imap"));
	if (e->action == ACT_SESSION_END && !event_has(e, F_USER))
		event_act(e, ACT_LOGIN_NONE, OUT_NONE);
	return d;
}

/* ipop3d is nobody else's name. */
enum decoded ipop3d_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d = uwimap_decode(program, body, e, scratch);
	if (d != DECODED_UNKNOWN)
		return d;
	event_module(e, &format_uwimap);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
