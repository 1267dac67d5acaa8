/*
 * dovecot_doveadm.c - lines of doveadm's service, which reads any mailbox for whoever has its
 * password: over HTTP (API) or from another host.
 *
 *	doveadm(A): Executing command 'fetch' as 'NAME'            2.3
 *	doveadm(A): http: cmd fetch: Executing command as 'NAME'   2.4
 *	doveadm(A): Error: doveadm client authenticated with wrong password
 *
 * Law: the address stands in the prefix (dovecot.c); NAME and the texts behind it are the client's.
 */
#include "dovecot.h"

static const slice refusals[] = {
    SLICE_INIT("Invalid authentication attempt to HTTP API"),
    SLICE_INIT("Unsupported authentication scheme to HTTP API"),
    SLICE_INIT("doveadm client attempted non-PLAIN authentication"),
    SLICE_INIT("doveadm client sent invalid base64 auth PLAIN data"),
    SLICE_INIT("doveadm client didn't authenticate as "),
    SLICE_INIT("doveadm client authenticated with wrong password"),
};

static bool read_refusal(slice s, struct event *e)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		if (!slice_starts(s, refusals[i]))
			continue;
		event_act(e, ACT_LOGIN, OUT_FAILURE);
		event_text(e, F_PROTOCOL, SLICE("doveadm"));
		event_text(e, F_REASON, refusals[i]);
		return true;
	}
	return false;
}

/* 'NAME' up to the end of the line. */
static bool read_name(slice s, struct event *e)
{
	if (s.len < 3 || s.at[0] != '\'' || s.at[s.len - 1] != '\'')
		return false;
	event_text(e, F_USER_EFFECTIVE, (slice){s.at + 1, s.len - 2});
	return true;
}

/* "Executing command[ 'NAME'][ as 'USER']"; `command` from the prefix of 2.4, or empty. */
static bool read_command(slice s, slice command, struct event *e, struct arena *scratch)
{
	if (!slice_eat(&s, "Executing command"))
		return false;
	if (slice_eat(&s, " '"))
		command = slice_until(&s, '\'');
	if (slice_eat(&s, " as ") ? !read_name(s, e) : s.len != 0)
		return false;
	event_act(e, ACT_COMMAND, OUT_NONE);
	event_text(e, F_COMMAND_LINE,
		   arena_format(scratch, "doveadm %.*s", (int)command.len, command.at));
	return true;
}

/* "A - - \"POST /doveadm/v1 HTTP/1.1\" 200 ...": its own access log */
static bool read_access(slice s, struct event *e)
{
	size_t end = slice_search(s, SLICE(" - - \""));
	if (end == SIZE_MAX || !event_parse_address(e, F_SOURCE_IP, slice_first(s, end)))
		return false;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return true;
}

enum decoded dovecot_read_doveadm(slice text, struct event *e, struct arena *scratch)
{
	slice s = text, command = {0};
	while (slice_eat(&s, "doveadm: ") || slice_eat(&s, "http: ") || slice_eat(&s, "tcp: "))
		;
	if (slice_eat(&s, "cmd ")) {
		command = slice_until(&s, ':');
		slice_eat(&s, " ");
	}
	if (read_refusal(s, e) || read_command(s, command, e, scratch) || read_access(s, e))
		return DECODED_EVENT;
	return dovecot_read_session(text, e, scratch);
}
