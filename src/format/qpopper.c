/*
 * qpopper.c - Qpopper 4 and the daemons of GNU mailutils, gnu-imap4d and gnu-pop3d: pop_log() and
 * pop_pass.c, pop_init.c of the one, mu_diag_output() of the others.
 *
 * Qpopper ends a line with its place in the source, [pop_log.c:244].
 */
#include "shape.h"

static const struct said qpopper[] = {
    {"({.}) POP login by user \"{U}\" at ({.}) {a}", ACT_LOGIN, OUT_SUCCESS},
    {"({.}) APOP login by user \"{U}\" at ({.}) {a}", ACT_LOGIN, OUT_SUCCESS},
    {"[drac]: login by {U} from host {.} ({a})", ACT_LOGIN, OUT_SUCCESS},
    {"[AUTH] Failed attempted login to {U} from host ({.}) {a}", ACT_LOGIN, OUT_FAILURE},
    {"({.}) Servicing request from \"{d}\" at {a}", ACT_CONNECT, OUT_NONE},
    {"connect from {x}", ACT_CONNECT, OUT_NONE},
    {"Stats: {u} {n} {n} {n} {n} {d} {a}", ACT_SESSION_END, OUT_NONE},
    /* a name ends at the first blank, and stands in the reason once more */
    {"{u} at {d} ({a}): -ERR [AUTH] {r}", ACT_LOGIN, OUT_FAILURE},
    {"{u} at {d} ({a}): -ERR {r}", ACT_WARNING, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

static const struct said mailutils[] = {
    {"user `{U}' logged in with mailbox `{.}", ACT_LOGIN, OUT_SUCCESS},
    {"User `{U}' logged in with mailbox `{.}", ACT_LOGIN, OUT_SUCCESS},
    {"User '{U}' logged in with mailbox '{.}", ACT_LOGIN, OUT_SUCCESS},
    {"User '{U}' logged in", ACT_LOGIN, OUT_SUCCESS},
    {"User `{U}' logged in", ACT_LOGIN, OUT_SUCCESS},
    {"User `{U}' nonexistent", ACT_LOGIN, OUT_FAILURE},
    {"User '{U}' nonexistent", ACT_LOGIN, OUT_FAILURE},
    {"User `{U}': authentication failed", ACT_LOGIN, OUT_FAILURE},
    {"Login failed: {U}", ACT_LOGIN, OUT_FAILURE},
    {"Connect from {x}", ACT_CONNECT, OUT_NONE},
    {"connect from {x}", ACT_CONNECT, OUT_NONE},
    {"Session ended for user `{U}'", ACT_SESSION_END, OUT_NONE},
    {"Session ended for user: {U}", ACT_SESSION_END, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* " [pop_log.c:244]" off the end; a user's name never stands last. */
static slice without_place(slice s)
{
	size_t at = slice_search_last(s, SLICE(" ["));
	return at != SIZE_MAX && slice_ends(s, SLICE("]")) ? slice_first(s, at) : s;
}

static enum decoded say(const struct said *rows, slice text, slice protocol, struct event *e)
{
	event_module(e, &format_popd);
	event_text(e, F_PROTOCOL, protocol);
	if (!said_find(rows, text, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded qpopper_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	return say(qpopper, without_place(body), SLICE("pop3"), e);
}

enum decoded mailutils_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	bool pop3 = slice_search(program, SLICE("pop3")) != SIZE_MAX;
	return say(mailutils, body, pop3 ? SLICE("pop3") : SLICE("imap"), e);
}
