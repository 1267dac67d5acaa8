/*
 * web_error.c - error lines of nginx (ngx_log.c, ngx_http_log_error(), ngx_mail_log_error()) and
 * Apache 2.0 to 2.4 (server/log.c do_errorlog_default()).
 *
 * Laws: (1) Apache writes the client before all that a client sends, so it is read from the left,
 *       bracket by bracket; (2) nginx writes it between two such texts: where a forged copy of
 *       ", client: A, server: " makes several readings, one counts only if it alone fits the rest
 *       of the line, or if the text before it cannot be the client's.
 */
#include "shape.h"

const struct format format_php_fpm = {"php-fpm", "PHP's process manager, and what PHP says by it",
				      'F'};
const struct format format_postfixadmin = {
    "postfixadmin", "PostfixAdmin: sign-ins, in the error log of PHP or of a web server", 'F'};
const struct format format_baikal = {"baikal", "Baikal: sign-ins, in a web server's error log",
				     'F'};

/* PostfixAdmin admin login failed (username: U, ip_address: A) (public/login.php) */
static bool read_postfixadmin(slice s, struct event *e)
{
	static const struct said said[] = {
	    {"PostfixAdmin {.}login failed (username: {U}, ip_address: {a})", ACT_LOGIN,
	     OUT_FAILURE},
	    {"PostfixAdmin {.}login failed (username: {U}, ip_address: {a})\" while{.}", ACT_LOGIN,
	     OUT_FAILURE},
	    {"PostfixAdmin {.}login failed (username: {U}, ip_address: {a})'{.}", ACT_LOGIN,
	     OUT_FAILURE},
	    {"PostfixAdmin {.}login failed (username: {U}, ip_address: {a}), referer: {.}",
	     ACT_LOGIN, OUT_FAILURE},
	    {NULL, ACT_MESSAGE, OUT_NONE},
	};
	/* the server's word counts: a request behind the message may imitate this one's end */
	bool known = event_has(e, F_SOURCE_IP);
	struct address client = e->v[F_SOURCE_IP].address;
	if (!slice_starts(s, SLICE("PostfixAdmin ")) || !said_find(said, s, e))
		return false;
	if (known)
		event_address(e, F_SOURCE_IP, client);
	event_module(e, &format_postfixadmin);
	event_text(e, F_PROTOCOL, SLICE("http"));
	return true;
}

/* What PHP applications say by error_log(), behind the words of the server that prints it. */
static void read_php_message(slice s, struct event *e)
{
	if (read_postfixadmin(s, e)) /* mod_php's: no words before it */
		return;
	static const struct said baikal[] = {
	    {"user {U} authentication failure for Baikal{.}", ACT_LOGIN, OUT_FAILURE},
	    {NULL, ACT_MESSAGE, OUT_NONE},
	};
	/* data/web/inc/functions.auth.inc.php, and what its netfilter listens to */
	static const struct said mailcow[] = {
	    {"mailcow UI: Invalid password for {U} by {a}", ACT_LOGIN, OUT_FAILURE},
	    {"mailcow UI: Invalid password for {U} by {a}\" while{.}", ACT_LOGIN, OUT_FAILURE},
	    {"mailcow UI: Invalid password for {U} by {a}'{.}", ACT_LOGIN, OUT_FAILURE},
	    {"Rspamd UI: Invalid password by {a}", ACT_LOGIN, OUT_FAILURE},
	    {NULL, ACT_MESSAGE, OUT_NONE},
	};
	size_t at = slice_search(slice_first(s, 80), SLICE("PHP message: "));
	slice message = slice_from(s, at == SIZE_MAX ? s.len : at + 13);
	if (read_postfixadmin(message, e))
		return;
	if (said_find(mailcow, message, e))
		event_module(e, &format_mailcow);
	else if (said_find(baikal, message, e))
		event_module(e, &format_baikal);
	else
		return;
	if (slice_eq(event_get(e, F_USER), SLICE("(name stripped-out)")))
		event_drop(e, F_USER);
	event_text(e, F_PROTOCOL, SLICE("http"));
}

/* [17-Mar-2026 13:05:00] NOTICE: PHP message: ..., as php-fpm writes its own log (fpm/zlog.c) */
enum decoded php_fpm_decode(struct format_state *st, slice line, struct event *e,
			    struct arena *scratch)
{
	static const slice levels[] = {SLICE_INIT("NOTICE: "), SLICE_INIT("WARNING: "),
				       SLICE_INIT("ERROR: "), SLICE_INIT("ALERT: "),
				       SLICE_INIT("DEBUG: ")};
	slice s = slice_from(line, 1);
	int64_t usec;
	size_t i = 0, count = sizeof levels / sizeof *levels;
	slice clock = slice_until(&s, ']');
	bool utc = slice_ends(clock, SLICE(" UTC")); /* PHP's own error_log has a zone's name */
	if (utc)
		clock.len -= 4;
	if (line.len < 30 || line.at[3] != '-' || line.at[7] != '-' ||
	    !web_time(utc ? NULL : st, clock, &usec) || !slice_eat(&s, " "))
		return DECODED_UNKNOWN;
	while (i < count && !slice_starts(s, levels[i]))
		i++;
	if (i == count && !read_postfixadmin(s, e))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	if (i == count)
		return DECODED_EVENT;
	event_module(e, &format_php_fpm);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	read_php_message(s, e);
	return DECODED_EVENT;
}

/* ---- nginx ---- */

static const slice client_mark = SLICE_INIT(", client: "), server_mark = SLICE_INIT(", server: ");

/* `name: "value"` off the front, the value without quotes in it. */
static bool eat_quoted(slice *s, slice name)
{
	slice t = *s;
	if (!slice_starts(t, name))
		return false;
	t = slice_from(t, name.len);
	size_t end = slice_find(t, '"');
	*s = slice_from(t, end + 1);
	return end < t.len;
}

/* True if `s`, behind the client, is what nginx writes there up to the end of the line. */
static bool is_tail(slice s)
{
	static const slice parts[] = {SLICE_INIT(", request: \""), SLICE_INIT(", subrequest: \""),
				      SLICE_INIT(", upstream: \""), SLICE_INIT(", host: \"")};
	if (!slice_starts(s, server_mark))
		return s.len == 0;
	s = slice_from(s, server_mark.len);
	size_t end = slice_search(s, SLICE(", "));
	s = slice_from(s, end == SIZE_MAX ? s.len : end);
	if (slice_starts(s, SLICE(", login: \"")))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (slice_starts(s, parts[i]) && !eat_quoted(&s, parts[i]))
			return false;
	return s.len == 0 ||
	       (slice_starts(s, SLICE(", referrer: \"")) && slice_ends(s, SLICE("\"")));
}

/* True if no part of `message` is what a client sent. A user name of HTTP Basic has no colon. */
static bool is_own_text(slice message)
{
	static const slice heads[] = {SLICE_INIT("limiting "), SLICE_INIT("delaying "),
				      SLICE_INIT("client login failed: "), SLICE_INIT("user \"")};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (slice_starts(message, heads[i]))
			return true;
	return slice_find(message, '"') == message.len;
}

struct client {
	slice message, address, tail;
};

/* The next ", client: A" at or behind `from`, A being an address. */
static bool next_client(slice s, size_t from, struct client *c)
{
	struct address a;
	for (size_t at; (at = slice_search(slice_from(s, from), client_mark)) != SIZE_MAX;) {
		at += from;
		slice rest = slice_from(s, at + client_mark.len);
		*c = (struct client){.message = slice_first(s, at), .tail = rest};
		c->address = slice_until(&rest, ',');
		c->tail = slice_from(c->tail, c->address.len);
		size_t space = slice_find(c->address, ' '); /* "using starttls" */
		c->address = slice_first(c->address, space);
		if (address_parse(c->address, &a))
			return true;
		from = at + client_mark.len;
	}
	return false;
}

/* The one reading that counts; false with `c` the first one if none does. */
static bool find_client(slice s, struct client *c)
{
	struct client first, other, fit;
	if (!next_client(s, 0, &first)) {
		*c = (struct client){.message = s, .tail = slice_from(s, s.len)};
		return false;
	}
	*c = first;
	size_t fits = is_tail(first.tail), more = 0;
	fit = first;
	if (fits && is_own_text(first.message))
		return true;
	for (size_t from = first.message.len + 1; next_client(s, from, &other);
	     from = other.message.len + 1) {
		more++;
		if (is_tail(other.tail)) {
			fits++;
			fit = other;
		}
	}
	if (more == 0 || fits != 1)
		return more == 0;
	*c = fit;
	return true;
}

/* user "U" was not found in "F"; user "U": password mismatch; PAM: user 'U' - not authenticated */
static void read_basic_user(slice message, struct event *e)
{
	if (slice_eat(&message, "PAM: user '")) {
		size_t quote = slice_search_last(message, SLICE("' - not authenticated"));
		if (quote != SIZE_MAX && quote > 0)
			event_text(e, F_USER, slice_first(message, quote));
		return;
	}
	if (!slice_eat(&message, "user \""))
		return;
	size_t end = slice_search_last(message, SLICE("\": password mismatch"));
	if (end == SIZE_MAX)
		end = slice_search_last(message, SLICE("\" was not found in \""));
	if (end == SIZE_MAX)
		end = slice_search_last(message, SLICE("\": was not found in \""));
	if (end != SIZE_MAX && end > 0)
		event_text(e, F_USER, slice_first(message, end));
}

static slice mail_protocol(int64_t port)
{
	static const struct {
		int64_t port;
		slice name;
	} ports[] = {{25, SLICE_INIT("smtp")},        {465, SLICE_INIT("submission")},
		     {587, SLICE_INIT("submission")}, {110, SLICE_INIT("pop3")},
		     {995, SLICE_INIT("pop3")},       {143, SLICE_INIT("imap")},
		     {993, SLICE_INIT("imap")}};
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (ports[i].port == port)
			return ports[i].name;
	return (slice){0};
}

/* ", server: A:P, login: "U", upstream: B:P" of the mail proxy */
static void read_mail_tail(slice tail, struct event *e)
{
	slice server, login = tail;
	int64_t port;
	size_t at = slice_search(tail, SLICE(", login: \""));
	if (part_first(slice_first(tail, at), server_mark, ',', &server)) {
		const char *colon = server.len ? memrchr(server.at, ':', server.len) : NULL;
		slice digits =
		    slice_from(server, colon ? (size_t)(colon - server.at) + 1 : server.len);
		if (slice_is_number(digits, &port)) {
			event_number(e, F_DESTINATION_PORT, port);
			slice name = mail_protocol(port);
			if (name.len)
				event_text(e, F_PROTOCOL, name);
		}
	}
	if (at == SIZE_MAX)
		return;
	login = slice_from(tail, at + 10);
	size_t end = slice_search_last(login, SLICE("\", upstream: "));
	login = end == SIZE_MAX ? slice_first(login, login.len - (login.len != 0))
				: slice_first(login, end);
	if (login.len)
		event_text(e, F_USER, login);
}

static void read_http_tail(slice tail, struct event *e)
{
	slice request;
	if (!part_first(tail, SLICE(", request: \""), '"', &request))
		return;
	slice method = slice_until(&request, ' '), url = slice_until(&request, ' ');
	if (method.len && url.len) {
		event_text(e, F_METHOD, method);
		event_text(e, F_URL, url);
	}
}

enum tail { HTTP_TAIL, MAIL_TAIL };

static const struct {
	slice words;
	enum action action;
	enum result outcome;
	enum tail tail;
} nginx_messages[] = {
    {SLICE_INIT("user \""), ACT_LOGIN, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("PAM: user '"), ACT_LOGIN, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("client login failed"), ACT_LOGIN, OUT_FAILURE, MAIL_TAIL},
    {SLICE_INIT("client logged in"), ACT_LOGIN, OUT_SUCCESS, MAIL_TAIL},
    {SLICE_INIT("proxied session done"), ACT_SESSION_END, OUT_NONE, MAIL_TAIL},
    {SLICE_INIT("limiting "), ACT_WEB_ERROR, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("delaying "), ACT_WEB_ERROR, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("open() "), ACT_WEB_ERROR, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("\""), ACT_WEB_ERROR, OUT_FAILURE, HTTP_TAIL}, /* "PATH" is not found */
    {SLICE_INIT("access forbidden by rule"), ACT_WEB_ERROR, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("directory index of "), ACT_WEB_ERROR, OUT_FAILURE, HTTP_TAIL},
    {SLICE_INIT("no user/password was provided"), ACT_WEB_ERROR, OUT_NONE, HTTP_TAIL},
    {SLICE_INIT(""), ACT_WEB_ERROR, OUT_NONE, HTTP_TAIL},
};

static void read_nginx_message(const struct client *c, struct event *e)
{
	size_t i = 0;
	while (!slice_starts(c->message, nginx_messages[i].words))
		i++;
	event_act(e, nginx_messages[i].action, nginx_messages[i].outcome);
	event_text(e, F_REASON, c->message);
	if (slice_starts(c->message, SLICE("FastCGI sent in stderr: ")))
		read_php_message(c->message, e);
	if (nginx_messages[i].tail == MAIL_TAIL)
		read_mail_tail(c->tail, e);
	else
		read_http_tail(c->tail, e);
	read_basic_user(c->message, e);
	if (nginx_messages[i].action == ACT_LOGIN && nginx_messages[i].tail == HTTP_TAIL)
		event_text(e, F_PROTOCOL, SLICE("http"));
}

/* client A:P connected to B:P */
static void read_connected(slice s, struct event *e)
{
	if (!slice_eat(&s, "client "))
		return;
	slice peer = slice_until(&s, ' ');
	const char *colon = peer.len ? memrchr(peer.at, ':', peer.len) : NULL;
	if (!colon || !slice_starts(s, SLICE("connected to ")))
		return;
	size_t at = (size_t)(colon - peer.at);
	event_act(e, ACT_CONNECT, OUT_NONE);
	event_parse_address(e, F_SOURCE_IP, slice_first(peer, at));
	event_parse_number(e, F_SOURCE_PORT, slice_from(peer, at + 1));
}

/* PID#TID: [*connection ]message; the connection may be missing, and so may the thread */
static slice skip_ids(slice s, struct event *e)
{
	int64_t pid, n;
	slice t = s;
	if (!slice_number(&t, &pid))
		return s;
	event_number(e, F_PID, pid);
	if (slice_eat(&t, "#"))
		slice_number(&t, &n);
	slice_eat(&t, ":");
	slice_eat(&t, " ");
	slice u = t;
	if (slice_eat(&u, "*") && slice_number(&u, &n) && slice_eat(&u, " "))
		return u;
	return t;
}

/* 2026/03/17 13:05:00 [error] ... */
enum decoded nginx_error_read(struct format_state *st, slice line, struct event *e)
{
	static const char shape[] = "0000/00/00 00:00:00 [";
	slice s = line;
	int64_t usec;
	bool zone;
	if (s.len < sizeof shape || s.at[4] != '/' || s.at[7] != '/' ||
	    !clock_parse_iso(&s, &usec, &zone) || !slice_eat(&s, " ["))
		return DECODED_UNKNOWN;
	if (st)
		event_number(e, F_TIME, zone ? usec : zone_to_utc(st->zone, usec));
	slice_until(&s, ']');
	slice_eat(&s, " ");
	s = skip_ids(s, e);
	struct client c;
	bool known = find_client(s, &c);
	event_module(e, &format_nginx);
	event_text(e, F_PROCESS, SLICE("nginx"));
	read_nginx_message(&c, e);
	read_connected(s, e);
	if (known)
		event_parse_address(e, F_SOURCE_IP, c.address);
	return DECODED_EVENT;
}

enum decoded nginx_error_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	return nginx_error_read(st, line, e);
}

/* ---- Apache ---- */

/* Thu Jun 27 11:55:44[.569531] 2013 */
static bool apache_time(struct format_state *st, slice s, int64_t *usec)
{
	char text[32];
	bool zone;
	const char *year = s.len > 5 ? memrchr(s.at, ' ', s.len) : NULL;
	slice clock = slice_from(s, 11);
	if (!year || s.len < 24 || s.len > 40 || s.at[3] != ' ' || s.at[7] != ' ' ||
	    year + 5 != s.at + s.len)
		return false;
	int month = clock_month((slice){s.at + 4, 3});
	clock = slice_first(clock, (size_t)(year - clock.at));
	memcpy(text, year + 1, 4); /* rearranged as yyyy-mm-ddThh:mm:ss[.ffffff] */
	text[4] = text[7] = '-';
	text[5] = (char)('0' + month / 10);
	text[6] = (char)('0' + month % 10);
	text[8] = s.at[8] == ' ' ? '0' : s.at[8];
	text[9] = s.at[9];
	text[10] = 'T';
	if (clock.len > sizeof text - 11)
		return false;
	memcpy(text + 11, clock.at, clock.len);
	slice iso = {text, 11 + clock.len};
	if (month == 0 || !clock_parse_iso(&iso, usec, &zone) || iso.len)
		return false;
	if (st)
		*usec = zone_to_utc(st->zone, *usec);
	return true;
}

/* client A:P, remote A:P (a proxy's back end), client A, client [A6]:P */
static bool read_apache_client(slice s, struct event *e)
{
	bool remote = slice_eat(&s, "remote ");
	if (!remote && !slice_eat(&s, "client "))
		return false;
	if (event_parse_address(e, F_SOURCE_IP, s))
		return true;
	const char *colon = s.len ? memrchr(s.at, ':', s.len) : NULL;
	size_t at = colon ? (size_t)(colon - s.at) : s.len;
	event_parse_address(e, F_SOURCE_IP, slice_trim(slice_first(s, at)));
	event_parse_number(e, F_SOURCE_PORT, slice_from(s, at + 1));
	return true;
}

/* user U not found: URI; a name of HTTP Basic has no colon (RFC 7617), one of Digest may */
static void read_apache_user(slice s, struct event *e)
{
	static const struct {
		slice words;
		bool login; /* a password or name was wrong, not a permission missing */
	} ends[] = {
	    {SLICE_INIT(": authentication failure for "), true},
	    {SLICE_INIT(" not found: "), true},
	    {SLICE_INIT(": authorization failure for "), false},
	    {SLICE_INIT(": password mismatch"), true},
	    {SLICE_INIT(" to access "), false},
	    {SLICE_INIT("' in realm `"), true},
	};
	if (!slice_eat(&s, "user `") && !slice_eat(&s, "user ") &&
	    !slice_eat(&s, "Authorization of user "))
		return;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t at = slice_search(s, ends[i].words);
		if (at == SIZE_MAX)
			continue;
		if (at)
			event_text(e, F_USER, slice_first(s, at));
		if (ends[i].login) {
			event_act(e, ACT_LOGIN, OUT_FAILURE);
			event_text(e, F_PROTOCOL, SLICE("http"));
		}
		return;
	}
}

/* By the words of its message, without AHnnnnn: and "Digest: ". */
static const struct {
	slice words;
	enum action action;
	enum result outcome;
} apache_messages[] = {
    {SLICE_INIT("user "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Authorization of user "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("File does not exist"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("script not found"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("script '"), ACT_WEB_ERROR, OUT_FAILURE}, /* mod_php: ' not found or unable to */
    {SLICE_INIT("attempt to invoke directory as script"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("No hostname was provided via SNI"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("access to "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("stderr from "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Got error 'Primary script unknown"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("client denied by server"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("client used wrong authentication"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Directory index forbidden"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Cannot serve directory"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("invalid "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Invalid "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("unknown algorithm"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("realm mismatch"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("uri mismatch"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("request failed"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Hostname "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("ModSecurity: "), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT("Symbolic link not allowed"), ACT_WEB_ERROR, OUT_FAILURE},
    {SLICE_INIT(""), ACT_WEB_ERROR, OUT_NONE},
};

static void read_apache_message(slice s, struct event *e)
{
	if (slice_starts(s, SLICE("AH")) && s.len > 9 && s.at[7] == ':')
		s = slice_from(s, 9);
	event_text(e, F_REASON, s);
	slice_eat(&s, "Digest: ");
	size_t i = 0;
	while (!slice_starts(s, apache_messages[i].words))
		i++;
	event_act(e, apache_messages[i].action, apache_messages[i].outcome);
	read_apache_user(s, e);
	if (slice_starts(s, SLICE("Got error ")) || slice_starts(s, SLICE("PostfixAdmin ")))
		read_php_message(s, e);
}

static bool eat_bracket(slice *s, slice *inside)
{
	slice t = *s;
	if (!slice_eat(&t, "["))
		return false;
	size_t end = slice_find(t, ']');
	if (end + 1 < t.len && t.at[end + 1] != ' ') /* that of [2001:db8::1]:80 */
		end = slice_search(t, SLICE("] "));
	if (end >= t.len)
		end = t.len - (t.len && t.at[t.len - 1] == ']');
	*inside = slice_first(t, end);
	*s = slice_from(t, end + 2);
	return true;
}

/* "mod_auth.c(123): ", the place in the source that debugging shows */
static void skip_file(slice *s)
{
	size_t at = slice_search(slice_first(*s, 80), SLICE("): "));
	slice file = slice_first(*s, at == SIZE_MAX ? 0 : at);
	if (slice_find(file, ' ') == file.len && slice_search(file, SLICE(".c(")) != SIZE_MAX)
		*s = slice_from(*s, at + 3);
}

/* "(70014)End of file found: [client A:P] ", the status that stands before a client (2.4) */
static void skip_status(slice *s)
{
	size_t at = slice_starts(*s, SLICE("(")) ? slice_search(*s, SLICE(": [client ")) : SIZE_MAX;
	if (at != SIZE_MAX && at < 120 && slice_find(slice_first(*s, at), '[') == at)
		*s = slice_from(*s, at + 2);
}

static bool is_level(slice s)
{
	static const slice levels[] = {
	    SLICE_INIT("error"), SLICE_INIT("notice"), SLICE_INIT("warn"),  SLICE_INIT("info"),
	    SLICE_INIT("crit"),  SLICE_INIT("alert"),  SLICE_INIT("emerg"), SLICE_INIT("debug")};
	const char *colon = s.len ? memrchr(s.at, ':', s.len) : NULL; /* module:level */
	slice level = slice_from(s, colon ? (size_t)(colon - s.at) + 1 : 0);
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (slice_eq(level, levels[i]))
			return true;
	return level.len == 6 && slice_starts(level, SLICE("trace"));
}

enum decoded apache_error_read(struct format_state *st, slice line, struct event *e)
{
	slice s = line, inside;
	int64_t usec;
	bool level = false;
	if (!eat_bracket(&s, &inside))
		return DECODED_UNKNOWN;
	if (apache_time(st, inside, &usec) || (inside.len > 18 && web_iso(st, inside, &usec))) {
		if (st || !event_has(e, F_TIME))
			event_number(e, F_TIME, usec);
		if (!eat_bracket(&s, &inside))
			return DECODED_UNKNOWN;
	}
	if (!(level = is_level(inside)))
		return DECODED_UNKNOWN;
	event_module(e, &format_apache);
	slice after = s;
	if (eat_bracket(&after, &inside) && slice_eat(&inside, "pid ")) {
		event_parse_number(e, F_PID, slice_until(&inside, ':'));
		s = after;
	}
	skip_file(&s);
	skip_status(&s);
	after = s;
	if (eat_bracket(&after, &inside) && read_apache_client(inside, e))
		s = after;
	after = s; /* mod_security repeats it */
	if (eat_bracket(&after, &inside) && slice_starts(inside, SLICE("client ")))
		s = after;
	read_apache_message(s, e);
	return DECODED_EVENT;
}

/* "AH00558: apache2: Could not ...", before there is a log to write into */
static bool is_bare_number(slice line)
{
	int64_t number;
	slice digits = slice_first(slice_from(line, 2), 5);
	return slice_starts(line, SLICE("AH")) && digits.len == 5 &&
	       slice_is_number(digits, &number) && slice_starts(slice_from(line, 7), SLICE(": "));
}

enum decoded apache_error_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	if (is_bare_number(line)) {
		event_module(e, &format_apache);
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return DECODED_EVENT;
	}
	return apache_error_read(st, line, e);
}
