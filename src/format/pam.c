/*
 * pam.c - what PAM's modules write under the name of the program that asked them.
 *
 *	pam_unix(sshd:auth): authentication failure; ... tty=ssh ruser= rhost=A  user=U
 *	pam_unix(sshd:session): session opened for user U(uid=0) by (uid=0)
 *
 * modules/pam_unix/support.c writes ruser, rhost, and user with two spaces before it.  ruser and
 * user are the client's text: rhost is the last " rhost=", user stands behind that.
 */
#include "shape.h"

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

/*
 * Where the true " rhost=" stands: the last one, for ruser may imitate it; but right behind an
 * empty ruser the first one, if the user follows it, for then it is he who imitates.
 */
static size_t find_rhost(slice s)
{
	size_t empty = slice_search(s, SLICE(" ruser= rhost="));
	slice behind = slice_from(s, empty == SIZE_MAX ? s.len : empty + 14);
	slice_until(&behind, ' ');
	slice_eat(&behind, " ");
	return slice_starts(behind, SLICE("user=")) ? empty + 7
						    : slice_search_last(s, SLICE(" rhost="));
}

static void read_failure(slice s, struct event *e, enum result outcome)
{
	slice user = {0}, rest;
	size_t at = find_rhost(s);
	event_act(e, ACT_AUTH_CHECK, outcome);
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

/*
 * Modules of Linux-PAM, pam_sss (SSSD), pam_ldap, pam_krb5, pam_winbind, pam_google_authenticator
 */
static const struct said modules[] = {
    {"check pass; user unknown", ACT_AUTH_CHECK, OUT_FAILURE},
    {"check pass; user ({U}) unknown", ACT_AUTH_CHECK, OUT_FAILURE},
    {"bad username [{U}]", ACT_AUTH_CHECK, OUT_FAILURE},
    {"auth could not identify password for [{U}]", ACT_AUTH_CHECK, OUT_FAILURE},
    {"could not identify user (from getpwnam({U}))", ACT_AUTH_CHECK, OUT_FAILURE},
    {"received for user {U}: 0 (Success)", ACT_AUTH_CHECK, OUT_SUCCESS},
    {"received for user {U}: {n} ({r})", ACT_AUTH_CHECK, OUT_FAILURE},
    {"password changed for {U}", ACT_PASSWORD_CHANGE, OUT_SUCCESS},
    {"password change failed, {r}, for {U}", ACT_PASSWORD_CHANGE, OUT_FAILURE},
    {"account {U} has expired ({r})", ACT_AUTH_CHECK, OUT_FAILURE},
    {"expired password for user {U} ({r})", ACT_AUTH_CHECK, OUT_NONE},
    {"Consecutive login failures for user {U} account temporarily locked", ACT_AUTH_CHECK,
     OUT_FAILURE},
    {"The account is locked due to {.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"user {U} ({n}) tally {.}, deny {.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"user {U} ({n}) has time limit {.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"error trying to bind as user \"{.}\" ({r})", ACT_AUTH_CHECK, OUT_FAILURE},
    {"requirement \"{.}\" not met by user \"{U}\"", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Refused user {U} for service {.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"Access denied: user {U} {.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"access denied for user `{U}' from `{x}'", ACT_AUTH_CHECK, OUT_FAILURE},
    {"user '{U}' granted access", ACT_AUTH_CHECK, OUT_SUCCESS},
    {"user '{U}' OK", ACT_MESSAGE, OUT_NONE},
    {"user '{U}' denied access ({r})", ACT_AUTH_CHECK, OUT_FAILURE},
    {"user {U} authenticated as {.}", ACT_AUTH_CHECK, OUT_SUCCESS},
    {"Accepted google_authenticator for {U}", ACT_AUTH_CHECK, OUT_SUCCESS},
    {"Invalid verification code for {U}", ACT_AUTH_CHECK, OUT_FAILURE},
    {"[login failed] user={U} rhost={.}", ACT_AUTH_CHECK, OUT_FAILURE},
    {NULL, ACT_MESSAGE, OUT_NONE},
};

/* "PAM 2 more authentication failures; ...", as sshd itself says it. */
static bool take_repeated(slice *s)
{
	int64_t n;
	slice t = *s, more;
	if (!slice_eat(&t, "PAM ") || (more = t, !slice_number(&more, &n)) ||
	    !slice_starts(more, SLICE(" more authentication f")))
		return false;
	*s = t;
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
	} else if (!take_module(&s) && !take_repeated(&s) &&
		   !slice_starts(s, SLICE("authentication failure; logname="))) {
		return DECODED_UNKNOWN; /* the latter as vsftpd of Fedora has it in the journal */
	}
	event_module(e, &format_pam);
	int64_t more;
	slice rest = s;
	if (slice_starts(s, SLICE("authentication failure"))) {
		read_failure(s, e, OUT_FAILURE);
	} else if (slice_number(&rest, &more) &&
		   slice_starts(rest, SLICE(" more authentication f"))) {
		read_failure(s, e, OUT_FAILURE);
		event_number(e, F_AUTH_ATTEMPTS, more);
	} else if (slice_starts(s, SLICE("authentication success; ")))
		read_failure(s, e, OUT_SUCCESS);
	else if (!read_session(s, e) && !said_find(modules, s, e))
		event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
