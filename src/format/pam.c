/*
 * pam.c - what PAM's modules write under the name of the program that asked them.
 *
 *	pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=A
 *user=U pam_unix(sshd:session): session opened for user U(uid=0) by (uid=0)
 *
 * modules/pam_unix/support.c writes ruser, rhost, and user with two spaces before it.  ruser and
 * user are the client's text: rhost is the last " rhost=", user stands behind that.
 */
#include "part.h"

const struct format format_pam = {"pam", "Linux-PAM: pam_unix, pam_sss and others", 'F'};

/* "pam_unix(sshd:auth): ", "(pam_unix) ", "pam_unix: " off the front. */
static bool take_module(slice *s)
{
	slice t = *s;
	if (slice_eat(&t, "(pam_")) {
		slice_until(&t, ')');
	} else if (slice_eat(&t, "pam_")) {
		size_t n = 0;
		while (n < t.len && t.at[n] != ':' && t.at[n] != '(' && t.at[n] != ' ')
			n++;
		t = slice_from(t, n);
		if (slice_eat(&t, "("))
			slice_until(&t, ')');
		slice_eat(&t, ":");
	} else {
		return false;
	}
	*s = slice_trim(t);
	return true;
}

static void read_failure(slice s, struct event *e)
{
	slice user = {0}, rest;
	size_t at = slice_search_last(s, SLICE(" rhost="));
	event_act(e, ACT_AUTH_CHECK, OUT_FAILURE);
	if (at == SIZE_MAX)
		return;
	rest = slice_from(s, at + 7);
	slice host = slice_first(rest, slice_find(rest, ' '));
	if (!event_parse_address(e, F_SOURCE_IP, host) && host.len)
		event_text(e, F_SOURCE_DOMAIN, host);
	rest = slice_trim(slice_from(rest, host.len));
	if (slice_eat(&rest, "user="))
		user = rest;
	else if (!part_first(slice_first(s, at), SLICE(" ruser="), '\0', &user))
		return;
	if (user.len)
		event_text(e, F_USER, user);
}

/* "session opened for user U(uid=0) by ...", "session closed for user U". */
static bool read_session(slice s, struct event *e)
{
	bool opened = slice_eat(&s, "session opened for user ");
	if (!opened && !slice_eat(&s, "session closed for user "))
		return false;
	size_t n = slice_search(s, SLICE(" by "));
	s = slice_first(s, n);
	size_t id = slice_search_last(s, SLICE("(uid="));
	event_text(e, F_USER, slice_first(s, id));
	event_act(e, opened ? ACT_SESSION_START : ACT_SESSION_END, OUT_NONE);
	return true;
}

enum decoded pam_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body;
	if (program.at == body.at) { /* "su(pam_unix)[123]: " of old */
		s = slice_from(s, program.len);
		if (!slice_starts(s, SLICE("(pam_")))
			return DECODED_UNKNOWN;
		slice_until(&s, ':');
		s = slice_trim(s);
	} else if (!take_module(&s)) {
		return DECODED_UNKNOWN;
	}
	event_module(e, &format_pam);
	if (slice_starts(s, SLICE("authentication failure")))
		read_failure(s, e);
	else if (!read_session(s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
