/*
 * horde.c - Horde and IMP: horde.log by file or syslog.
 *
 *	Dec 15 08:59:59 HORDE [error] [imp] FAILED LOGIN for U [A] to {h:993 [imap/ssl]} [pid 68394
 *on ...] TIME NOTICE: HORDE [imp] Login success for U (A) to {imap://h/} [pid 1 on line 2 of "..."]
 *
 * horde/base login.php, imp lib/Auth.php and lib/Compose.php, Horde_Log.  " (forwarded for [B])"
 * repeats a header that a client may send: it stands behind the address that Horde saw.
 */
#include "shape.h"

const struct format format_horde = {"horde",
				    "Horde and IMP: sign-ins, mails sent, URLs of messages", 'E'};

static const struct said lines[] = {
    {"FAILED LOGIN for {U} to {.} ({a}) (forwarded for [{.}]){.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} ({a}) (forwarded for [{.}]) to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} [{a}] to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} ({a}) to {.}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} to {.} ({a})", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN {a} to {.} as {U}", ACT_LOGIN, OUT_FAILURE},
    {"FAILED LOGIN for {U} to {.} ({a}){.}", ACT_LOGIN, OUT_FAILURE},
    {"Login success for {U} ({a}) (forwarded for [{.}]) to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} [{a}] to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} ({a}) to {.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} to {.} ({a})", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} to {.} ({a}){.}", ACT_LOGIN, OUT_SUCCESS},
    {"Login success for {U} [{a}] {.}", ACT_LOGIN, OUT_SUCCESS},
    {"User {U} logged out of Horde ({a}){.}", ACT_LOGOUT, OUT_NONE},
    {"User {U} [{a}] logged out of Horde{.}", ACT_LOGOUT, OUT_NONE},
    {"Logout for {U} [{a}] from {.}", ACT_LOGOUT, OUT_NONE},
    {"{U} [{a}] logged out of Horde{.}", ACT_LOGOUT, OUT_NONE},
    {"{u} Redirected message sent to {t} from {f}", ACT_REDIRECT, OUT_SUCCESS},
    {"Message sent to {t} from {u} ({a}){.}", ACT_MAIL_SENT, OUT_SUCCESS},
    {"Message sent to {t} from {u}", ACT_MAIL_SENT, OUT_SUCCESS},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* The place in the source that ends a line is Horde's own: [pid 1 on line 2 of "..."], [on line ...
 */
static slice without_place(slice s)
{
	size_t pid = slice_search_last(s, SLICE(" [pid ")),
	       on = slice_search_last(s, SLICE(" [on line "));
	size_t at = pid != SIZE_MAX ? pid : on;
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
	if (!said_find(lines, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else if (e->action == ACT_LOGIN)
		event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}

enum decoded horde_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
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
