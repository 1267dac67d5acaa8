/*
 * lighttpd.c - lighttpd's error log: 2021-09-30 16:05:33: (mod_auth.c.828) password doesn't match
 * for /secure/ username: U IP: A (src/mod_auth.c, src/log.c).  Its access log has Apache's form.
 *
 * Law: the address ends the line; the path is the client's, and may hold anything but the user's
 * mark behind it.
 */
#include "shape.h"

const struct format format_lighttpd = {"lighttpd", "lighttpd: errors, sign-ins", 'F'};

static const struct said said[] = {
    {"password doesn't match for {R} username: {u}, IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"password doesn't match for {R} username: {u} IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"digest: auth failed for  {U} : wrong password, IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"digest: auth failed for {U} : wrong password, IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"digest: auth failed for {U}: wrong password, IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"digest: auth failed for {U} : wrong password IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"digest: auth failed{R} IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"digest: {R} IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"get_password failed, IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"get_password failed IP: {a}", ACT_LOGIN, OUT_FAILURE},
    {"FastCGI-stderr: {.} (attacker '{a}', file '{.}", ACT_WEB_ERROR, OUT_FAILURE},
    {"FastCGI-stderr: {R}", ACT_WEB_ERROR, OUT_NONE},
    {"server started{.}", ACT_DAEMON_START, OUT_NONE},
    {"server stopped{.}", ACT_DAEMON_STOP, OUT_NONE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* (mod_auth.c.828) and the space behind; true for "mod_auth.c.828) ", too */
static bool eat_place(slice *s)
{
	slice head = slice_first(*s, 48);
	size_t dot = slice_search(head, SLICE(".c.")), close = slice_search(head, SLICE(") "));
	if (dot == SIZE_MAX || close == SIZE_MAX || dot > close || slice_find(head, ' ') < dot)
		return false;
	*s = slice_from(*s, close + 2);
	return true;
}

static enum decoded read_text(slice s, struct event *e)
{
	event_module(e, &format_lighttpd);
	if (!said_find(said, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	else
		event_text(e, F_PROTOCOL, SLICE("http"));
	return DECODED_EVENT;
}

enum decoded lighttpd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body;
	eat_place(&s);
	return read_text(s, e);
}

/* Behind the time of its own file: ": (mod_auth.c.828) ..." */
enum decoded lighttpd_file_decode(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	slice s = line;
	if (!slice_eat(&s, ": ") || !eat_place(&s))
		return DECODED_UNKNOWN;
	event_no_origin(e);
	return read_text(s, e);
}
