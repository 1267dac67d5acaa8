/*
 * roundcube.c - the logs of Roundcube (rcube.php write_log(), log_bug(); rcmail.php log_login();
 * rcube_imap.php; rcube_session.php; the password plugin), by its file, syslog or stdout driver.
 *
 *	[17-Mar-2026 12:05:00 +0000]: <sess8> text
 *
 * Laws: (1) a name typed into the login form, the X-Forwarded-For header and a server's answer may
 *       hold any text: an address counts only where the words that Roundcube writes around it
 *       stand, and if two fit and neither must be the true one, none does; (2) the user's name is
 *       all that stands before the address that counts.
 */
#include "web.h"

const struct format format_roundcube = {"roundcube", "Roundcube: sign-ins, errors, sent mail", 'D'};

/* How many bytes at `s` are an address, and whether a proxy's header follows in brackets. */
static size_t address_here(slice s, bool *proxied)
{
	struct address a;
	size_t n = 0;
	while (n < s.len && n < ADDRESS_TEXT && s.at[n] != ' ' && s.at[n] != '(')
		n++;
	while (n && (s.at[n - 1] == '.' || s.at[n - 1] == ':'))
		n--;
	if (!address_parse(slice_first(s, n), &a))
		return 0;
	slice rest = slice_from(s, n);
	slice_eat(&rest, " ");
	*proxied = slice_starts(rest, SLICE("(X-Real-IP: ")) ||
		   slice_starts(rest, SLICE("(X-Forwarded-For: "));
	return n;
}

/*
 * A[ (X-Real-IP: B,X-Forwarded-For: C, D)]: the header counts where A is a proxy within the house
 * (rcube_utils.php remote_ip()).
 */
static void set_client(struct event *e, slice text)
{
	struct address direct, told;
	bool proxied = false;
	size_t n = address_here(text, &proxied);
	if (n == 0 || !address_parse(slice_first(text, n), &direct))
		return;
	slice header;
	text = slice_from(text, n);
	if (proxied && address_is_private(&direct) &&
	    (part_last(text, SLICE("X-Forwarded-For: "), ')', &header) ||
	     part_last(text, SLICE("X-Real-IP: "), ')', &header)) &&
	    web_forwarded(header, &told))
		direct = told;
	event_address(e, F_SOURCE_IP, direct);
}

static void set_user(struct event *e, slice name)
{
	if (name.len)
		event_text(e, F_USER, name);
}

/* U (ID: 9) from A... in session S; U has an account here, so it is no attacker's free text. */
static bool read_success(slice s, struct event *e)
{
	size_t id = slice_search(s, SLICE(" (ID: "));
	slice rest = slice_from(s, id == SIZE_MAX ? s.len : id + 6);
	slice_until(&rest, ')');
	if (!slice_eat(&rest, " from "))
		return false;
	set_user(e, slice_first(s, id));
	size_t session = slice_search_last(rest, SLICE(" in session "));
	if (session != SIZE_MAX)
		event_text(e, F_SESSION, slice_from(rest, session + 12));
	set_client(e, slice_first(rest, session));
	return true;
}

/*
 * U from A[ (X-...)] in session S (error: N).  Without a header A stands right before " in
 * session". With one, both U and the header may hold a forged copy: then only a single reading
 * counts.
 */
static bool read_failure(slice s, struct event *e)
{
	size_t error = slice_search_last(s, SLICE(" (error: "));
	if (error != SIZE_MAX)
		s = slice_first(s, error);
	size_t session = slice_search_last(s, SLICE(" in session "));
	if (session == SIZE_MAX)
		return false;
	event_text(e, F_SESSION, slice_from(s, session + 12));
	s = slice_first(s, session);
	bool header = s.len && s.at[s.len - 1] == ')';
	size_t found = SIZE_MAX, readings = 0, step = SLICE(" from ").len;
	for (size_t from = 0, at; from < s.len; from = at + 1) {
		at = slice_search(slice_from(s, from), SLICE(" from "));
		if (at == SIZE_MAX)
			break;
		at += from;
		bool proxied = false;
		size_t n = address_here(slice_from(s, at + step), &proxied);
		if (n && (header ? proxied : at + step + n == s.len)) {
			found = at;
			readings++;
		}
	}
	if (readings != 1)
		return true;
	set_user(e, slice_first(s, found));
	set_client(e, slice_from(s, found + step));
	return true;
}

struct reading {
	size_t at, count;
	bool proxied; /* the first of them */
};

/* Where " from A" is followed by what rcube_imap.php writes behind it: ". " and the IMAP error. */
static struct reading find_refused(slice s, bool at_end)
{
	struct reading r = {.at = SIZE_MAX};
	for (size_t from = 0, at; from < s.len; from = at + 1) {
		at = slice_search(slice_from(s, from), SLICE(" from "));
		if (at == SIZE_MAX)
			break;
		at += from;
		bool proxied = false;
		size_t n = address_here(slice_from(s, at + 6), &proxied);
		slice rest = slice_from(s, at + 6 + n);
		bool fits = proxied || (at_end ? rest.len == 0
					       : slice_eat(&rest, ". ") && rest.len &&
						     rest.at[0] >= 'A' && rest.at[0] <= 'Z');
		if (n == 0 || !fits)
			continue;
		if (r.count++ == 0)
			r.proxied = proxied;
		r.at = at;
	}
	return r;
}

/*
 * U[ against HOST] from A[ (X-...)]. ERROR in FILE on line N (POST URI).  A forged copy in U stands
 * before the true one, one in a header behind it; a server that repeats U makes three.
 */
static bool read_refused(slice s, struct event *e)
{
	size_t file = slice_search_last(s, SLICE(" in /"));
	slice text = slice_first(s, file);
	struct reading r = find_refused(text, false);
	if (r.count == 0)
		r = find_refused(text, true);
	if (r.count == 0 || r.count > 2 || (r.count == 2 && r.proxied))
		return r.count != 0;
	slice user = slice_first(s, r.at);
	size_t against = slice_search_last(user, SLICE(" against "));
	if (against != SIZE_MAX &&
	    slice_find(slice_from(user, against + 9), ' ') == user.len - against - 9) {
		event_text(e, F_DESTINATION_DOMAIN, slice_from(user, against + 9));
		user = slice_first(user, against);
	}
	set_user(e, user);
	size_t end = slice_search(slice_from(text, r.at), SLICE("). "));
	set_client(e, slice_first(slice_from(text, r.at + 6), end == SIZE_MAX ? end : end - 5));
	return true;
}

static size_t count_commas(slice s)
{
	size_t n = 0;
	for (slice_until(&s, ','); s.len; slice_until(&s, ','))
		n++;
	return n;
}

/* User U [A]; Message <ID> for R, R; 250: 2.0.0 Ok: queued as 4Bq... */
static bool read_sent(slice s, struct event *e)
{
	size_t end = slice_search(s, SLICE("]; Message "));
	const char *open = end == SIZE_MAX ? NULL : memrchr(s.at, '[', end);
	if (!open || open == s.at)
		return false;
	size_t at = (size_t)(open - s.at);
	set_user(e, slice_first(s, at - 1));
	set_client(e, (slice){open + 1, end - at - 1});
	slice rest = slice_from(s, end + 11);
	if (!slice_starts(rest, SLICE("for "))) {
		slice id = part_unbracket(slice_until(&rest, ' '));
		if (id.len)
			event_text(e, F_MESSAGE_ID, id);
	}
	if (!slice_eat(&rest, "for "))
		return false;
	slice to = slice_until(&rest, ';'), queue;
	if (to.len) {
		event_text(e, F_TO, to);
		event_number(e, F_RECIPIENTS, 1 + (int64_t)count_commas(to));
	}
	rest = slice_trim(rest);
	if (rest.len)
		event_text(e, F_REASON, rest);
	if (part_last(rest, SLICE("queued as "), ' ', &queue) && queue.len)
		event_text(e, F_QUEUE_ID, queue);
	return true;
}

/* U (ID: 9) from A: of the password plugin */
static bool read_changed(slice s, struct event *e)
{
	size_t id = slice_search(s, SLICE(" (ID: "));
	slice rest = slice_from(s, id == SIZE_MAX ? s.len : id + 6);
	slice_until(&rest, ')');
	set_user(e, slice_first(s, id));
	if (slice_eat(&rest, " from "))
		set_client(e, rest);
	return true;
}

/* KEY; expected A; got B */
static bool read_moved(slice s, struct event *e)
{
	slice got;
	event_text(e, F_SESSION, slice_first(s, slice_find(s, ';')));
	if (part_last(s, SLICE("; got "), '\n', &got))
		set_client(e, got);
	return true;
}

static bool read_key(slice s, struct event *e)
{
	s = slice_first(s, slice_find(s, ';'));
	event_text(e, F_SESSION, s);
	return true;
}

/* U. 'auto_create_user' is disabled in FILE ...: U's password was right, as the IMAP server says */
static bool read_newcomer(slice s, struct event *e)
{
	size_t end = slice_search_last(s, SLICE(". 'auto_create_user' is disabled"));
	set_user(e, slice_first(s, end == SIZE_MAX ? 0 : end));
	return end != SIZE_MAX;
}

/* U: ERROR in FILE ...: U is signed in, and gave another password as the present one */
static bool read_mistaken(slice s, struct event *e)
{
	set_user(e, slice_first(s, slice_search(s, SLICE(": "))));
	return true;
}

static const struct {
	slice head;
	enum action action;
	enum result outcome;
	bool (*read)(slice rest, struct event *e);
	bool reason; /* the line says why */
} lines[] = {
    {SLICE_INIT("Successful login for "), ACT_LOGIN, OUT_SUCCESS, read_success, false},
    {SLICE_INIT("Failed login for "), ACT_LOGIN, OUT_FAILURE, read_failure, false},
    {SLICE_INIT("IMAP Error: Login failed for "), ACT_LOGIN, OUT_FAILURE, read_refused, true},
    {SLICE_INIT("Login failed for "), ACT_LOGIN, OUT_FAILURE, read_refused, true},
    {SLICE_INIT("FAILED login for "), ACT_LOGIN, OUT_FAILURE, read_refused, true},
    {SLICE_INIT("User "), ACT_MAIL_SENT, OUT_SUCCESS, read_sent, false},
    {SLICE_INIT("Password changed for user "), ACT_PASSWORD_CHANGE, OUT_SUCCESS, read_changed,
     false},
    {SLICE_INIT("The URL parameter "), ACT_WEB_ERROR, OUT_FAILURE, NULL, true},
    {SLICE_INIT("IP check failed for "), ACT_WEB_ERROR, OUT_FAILURE, read_moved, true},
    {SLICE_INIT("Session authentication failed for "), ACT_WEB_ERROR, OUT_FAILURE, read_key, true},
    {SLICE_INIT("Session auth check failed for "), ACT_WEB_ERROR, OUT_FAILURE, read_key, true},
    {SLICE_INIT("Session destroy: "), ACT_SESSION_END, OUT_NONE, read_key, false},
    {SLICE_INIT("PHP Error: Access denied for new user "), ACT_WEB_ERROR, OUT_FAILURE,
     read_newcomer, true},
    {SLICE_INIT("PHP Error: Password plugin: PAM authentication failed for user "), ACT_AUTH_CHECK,
     OUT_FAILURE, read_mistaken, true},
    {SLICE_INIT("PHP Error: Password plugin: Gearman authentication failed for user "),
     ACT_AUTH_CHECK, OUT_FAILURE, read_mistaken, true},
    {SLICE_INIT("PHP Error: Request security check failed"), ACT_WEB_ERROR, OUT_FAILURE, NULL,
     true},
};

/* "IMAP Error: ", "DB Error: ", "PHP Fatal error: ": what log_bug() and PHP itself write */
static bool is_error(slice s)
{
	size_t at = slice_search(slice_first(s, 32), SLICE("rror: "));
	return at != SIZE_MAX || slice_starts(s, SLICE("PHP "));
}

/* The stdout and php drivers name the log file: "errors: ", "userlogins: ". */
static bool eat_file(slice *s)
{
	static const char *const files[] = {
	    "errors: ",   "userlogins: ", "sendmail: ",   "session: ",
	    "password: ", "oauth: ",      "managesieve: "};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (slice_eat_n(s, files[i], strlen(files[i])))
			return true;
	return false;
}

/*
 * oauth.log with oauth_debug: "DEBUG: [ip=A sub=S ses=X] TEXT"; the address is what a failure's
 * line would name, with the header in it.
 */
static void read_oauth(slice s, struct event *e)
{
	slice rest = s, text, id;
	slice_until(&rest, '[');
	size_t sub = slice_search(rest, SLICE(" sub=")), end = slice_search(rest, SLICE("] "));
	if (!slice_eat(&rest, "ip=") || sub == SIZE_MAX || end == SIZE_MAX || end < sub)
		return;
	set_client(e, slice_first(rest, sub - 3));
	text = slice_from(rest, end - 1);
	if (!slice_eat(&text, "login successful for OIDC sub="))
		return;
	size_t name = slice_search(text, SLICE(" with username=")),
	       last = slice_search_last(text, SLICE(" which is rcube-id="));
	if (name == SIZE_MAX || last == SIZE_MAX || last < name + 15)
		return;
	id = (slice){text.at + name + 15, last - name - 15};
	set_user(e, id);
	event_act(e, ACT_LOGIN, OUT_SUCCESS);
	event_text(e, F_AUTH_METHOD, SLICE("oauth2"));
}

static enum decoded read_text(slice s, struct event *e)
{
	event_module(e, &format_roundcube);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_MESSAGE, OUT_NONE);
	eat_file(&s);
	if (slice_starts(s, SLICE("<")) &&
	    slice_search(slice_first(s, 44), SLICE("> ")) != SIZE_MAX) {
		event_text(e, F_SESSION, slice_from(slice_until(&s, '>'), 1));
		slice_eat(&s, " ");
	}
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (!slice_starts(s, lines[i].head))
			continue;
		event_act(e, lines[i].action, lines[i].outcome);
		if (lines[i].reason)
			event_text(e, F_REASON, s);
		slice rest = slice_from(s, lines[i].head.len);
		return !lines[i].read || lines[i].read(rest, e) ? DECODED_EVENT : DECODED_BROKEN;
	}
	if (slice_starts(s, SLICE("DEBUG: [ip="))) {
		read_oauth(s, e);
	} else if (is_error(s)) {
		event_act(e, ACT_WEB_ERROR, OUT_NONE);
		event_text(e, F_REASON, s);
	}
	return DECODED_EVENT;
}

/*
 * The stdout driver, as in the official container image: "userlogins: <sess8> Failed login for ..."
 * behind nothing, or behind the name that a container has.
 */
enum decoded roundcube_tagged_decode(slice body, struct event *e)
{
	slice s = body, id;
	if (!eat_file(&s))
		return DECODED_UNKNOWN;
	slice rest = s;
	if (slice_eat(&rest, "<")) {
		id = slice_until(&rest, '>');
		return id.len <= 64 && slice_find(id, ' ') == id.len &&
			       slice_starts(rest, SLICE(" "))
			   ? read_text(s, e)
			   : DECODED_UNKNOWN;
	}
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (slice_starts(s, lines[i].head))
			return read_text(s, e);
	return DECODED_UNKNOWN;
}

enum decoded roundcube_stdout_decode(struct format_state *st, slice line, struct event *e,
				     struct arena *scratch)
{
	return roundcube_tagged_decode(line, e);
}

enum decoded roundcube_syslog_decode(slice program, slice body, struct event *e,
				     struct arena *scratch)
{
	return read_text(body, e);
}

/* The file driver: [17-Mar-2026 12:05:00 +0000]: text; PHP's own log has no colon there. */
enum decoded roundcube_file_decode(struct format_state *st, slice line, struct event *e,
				   struct arena *scratch)
{
	slice s = line;
	int64_t usec;
	if (!slice_eat(&s, "[") || s.len < 22 || s.at[2] != '-')
		return DECODED_UNKNOWN;
	if (!web_time(st, slice_until(&s, ']'), &usec))
		return DECODED_UNKNOWN;
	bool own = slice_eat(&s, ":");
	slice_eat(&s, " ");
	if (!own && !slice_starts(s, SLICE("PHP ")) && !eat_file(&s))
		return DECODED_UNKNOWN; /* php-fpm's log begins like that, too */
	event_number(e, F_TIME, usec);
	return read_text(s, e);
}
