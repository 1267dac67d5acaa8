/*
 * horde.c - Horde and IMP: horde.log by file or syslog.
 *
 *	Dec 15 08:59:59 HORDE [error] [imp] FAILED LOGIN for U [A] to {h:993 [imap/ssl]} [pid 1 ...]
 *	TIME NOTICE: HORDE [imp] Login success for U (A) to {imap://h/} [pid 1 on line 2 of "..."]
 *
 * horde/base login.php, imp lib/Auth.php and lib/Compose.php, Horde_Log.  " (forwarded for [B])"
 * repeats a header that a client may send: it stands behind the address that Horde saw.
 */
#include "shape.h"

const struct format format_horde = {"horde",
				    "Horde and IMP: sign-ins, mails sent, URLs of messages", 'E'};

/* By what ends a line: "to horde (A)", "(A) to {server}", "[A] to {server}", or the user's name. */
static const struct said ends_in_client[] = {
    {"FAILED LOGIN for {U} to {.} ({a}) (forwarded for [{.}])", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} to {.} ({a})", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} to {.} ({a}) (forwarded for [{.}])", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} to {.} ({a})", ACT_LOGIN, OUT_SUCCESS},
    {"User {U} logged out of Horde ({a}) (forwarded for [{.}])", ACT_LOGOUT, OUT_NONE},
    {"User {U} logged out of Horde ({a})", ACT_LOGOUT, OUT_NONE},
    {"Message sent to {T} from {u} ({a})", ACT_MAIL_SENT, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said round_client[] = {
    {"FAILED LOGIN for {U} ({a}) (forwarded for [{.}]) to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} ({a}) to {.}", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} ({a}) (forwarded for [{.}]) to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} ({a}) to {.}", ACT_LOGIN, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said square_client[] = {
    {"FAILED LOGIN for {U} [{a}] to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN {a} to {.} as {U}", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} [{a}] to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login {a} to {.} as {U}", ACT_LOGIN, OUT_SUCCESS}, /* IMP 2 */
    {"FAILED {a} to {.} as {U}", ACT_LOGIN, OUT_FAILURE},
    {"Logout {a} from {.} as {U}", ACT_LOGOUT, OUT_NONE},
    {"Logout for {U} [{a}] from {.}", ACT_LOGOUT, OUT_NONE},
    {"User {U} [{a}] logged out of Horde{.}", ACT_LOGOUT, OUT_NONE},
    {"Message sent to {T} from {u}", ACT_MAIL_SENT, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* What says nothing of a client: of PHP, of IMAP, of a page that wants a sign-in first. */
static const struct said others[] = {
    {"PHP ERROR: {r}", ACT_WEB_ERROR, OUT_NONE},
    {"[login] {r}", ACT_WARNING, OUT_FAILURE},
    {"[{.}] {r}", ACT_WARNING, OUT_NONE},
    {"Guest user is not authorized for {.} (Host: {.}).", ACT_WEB_ERROR, OUT_FAILURE},
    {"SMTP Error: {r}", ACT_WARNING, OUT_FAILURE},
    {"{a} Redirected message sent to {T} from {u}", ACT_MAIL_SENT, OUT_SUCCESS},
    {"{a} Message sent to {t} from {u}", ACT_MAIL_SENT, OUT_SUCCESS}, /* of a problem */
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* A name may hold either kind of bracket: that which stands last is Horde's. */
static const struct said *table_of(slice s)
{
	size_t round = slice_search_last(s, SLICE(") to ")),
	       square = slice_search_last(s, SLICE("] to "));
	if (slice_ends(s, SLICE(")")) || slice_ends(s, SLICE("])")))
		return ends_in_client;
	return round != SIZE_MAX && (square == SIZE_MAX || square < round) ? round_client
									   : square_client;
}

/*
 * The place in the source that ends a line is Horde's own: [pid 1 on line 2 of "..."], [on line ...
 */
static slice without_place(slice s)
{
	size_t pid = slice_search_last(s, SLICE(" [pid ")),
	       on = slice_search_last(s, SLICE(" [on line "));
	size_t at = pid != SIZE_MAX ? pid : on;
	if (!slice_ends(slice_trim(s), SLICE("\"]"))) /* then it is none of Horde's */
		return slice_trim(s);
	return slice_trim(at == SIZE_MAX ? s : slice_first(s, at));
}

static enum decoded read_text(slice s, struct event *e)
{
	event_module(e, &format_horde);
	event_text(e, F_PROCESS, SLICE("HORDE"));
	for (int i = 0; i < 2 && slice_starts(s, SLICE("[")); i++) { /* [error] [imp] */
		slice_until(&s, ']');
		slice_eat(&s, " ");
	}
	s = without_place(s);
	slice mark = SLICE("(forwarded for [");
	bool forged = slice_search(s, mark) != slice_search_last(s, mark);
	if (!said_find(table_of(s), s, e) && !said_find(others, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else if (e->action == ACT_LOGIN)
		event_text(e, F_PROTOCOL, SLICE("http"));
	slice user = event_get(e, F_USER);
	size_t horde_user = slice_search_last(user, SLICE(" (Horde user "));
	if (horde_user != SIZE_MAX && horde_user > 0 && slice_ends(user, SLICE(")")))
		event_text(e, F_USER, slice_first(user, horde_user));
	if (forged) /* the header says so itself: what stands before which mark, nobody knows */
		event_drop(e, F_SOURCE_IP);
	return DECODED_EVENT;
}

/* ---- lines ---- */

enum decoded horde_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return read_text(body, e);
}

/* Whatever name syslog was told: "[imp] Login success ..." is nobody else's. */
enum decoded horde_tagged_decode(slice body, struct event *e)
{
	slice s = body, level = s;
	if (slice_eat(&level, "[") && slice_find(level, ']') < 10 &&
	    (slice_until(&level, ']'), slice_starts(level, SLICE(" ["))))
		s = slice_from(level, 1);
	if (!slice_starts(s, SLICE("[imp] ")) && !slice_starts(s, SLICE("[horde] ")) &&
	    !slice_starts(s, SLICE("[ingo] ")))
		return DECODED_UNKNOWN;
	return read_text(body, e);
}

/* Its own file, behind the time: "HORDE [error] ...", "NOTICE: HORDE [imp] ..." */
enum decoded horde_file_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	slice s = line;
	if (!slice_starts(s, SLICE("HORDE "))) {
		size_t colon = slice_find(slice_first(s, 12), ':');
		if (colon >= 12 || colon >= s.len)
			return DECODED_UNKNOWN;
		s = slice_from(s, colon + 2);
	}
	if (!slice_eat(&s, "HORDE ") || !slice_starts(s, SLICE("[")))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	return read_text(s, e);
}
