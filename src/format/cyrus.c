/*
 * cyrus.c - Cyrus IMAP: imapd, pop3d, lmtpd, timsieved, httpd, master.  Words as in 2.0 to 3.12 and
 * the logfmt of later ones (cyrus_audit.c).
 *
 *	login: NAME [A] USER MECH[+TLS] User logged in SESSIONID=<S>
 *	badlogin: NAME [A] MECH (USER) [SASL(-13): why]         3.x
 *	badlogin: NAME [A] plaintext USER SASL(-13): why        2.x
 *	counts: retr=<N> top=<N> dele=<N>                       pop3d, at the end
 *
 * Law: USER of a failure is the client's text; it ends at the last of what the daemon writes next.
 */
#include "cyrus.h"
#include "web.h"

const struct format format_cyrus = {"cyrus", "Cyrus IMAP: all daemons, auditlog, logfmt", 'B'};

/* "NAME [A]" and the blank behind it; a client of a socket has no address. */
static bool take_client(slice *s, struct event *e)
{
	if (!words_take_peer(s, e, WORDS_CLIENT)) {
		size_t close = slice_find(*s, ']');
		if (close == s->len)
			return false;
		*s = slice_from(*s, close + 1);
	}
	slice_eat(s, " ");
	return true;
}

static void set_session(slice rest, struct event *e)
{
	slice id;
	if (part_last(rest, SLICE("SESSIONID=<"), '>', &id) && id.len)
		event_text(e, F_SESSION, id);
}

/* NAME [A] USER MECH[+TLS] User logged in SESSIONID=<S> */
static bool read_login(slice rest, struct event *e)
{
	if (!take_client(&rest, e))
		return false;
	size_t said = slice_search_last(rest, SLICE(" User logged in"));
	set_session(rest, e);
	slice head = slice_first(rest, said);
	size_t blank = slice_search_last(head, SLICE(" "));
	slice method = slice_from(head, blank == SIZE_MAX ? 0 : blank + 1);
	if (slice_ends(method, SLICE("+TLS"))) {
		event_number(e, F_TLS, 1);
		method.len -= 4;
	}
	if (blank == SIZE_MAX)
		return said != SIZE_MAX;
	event_text(e, F_AUTH_METHOD, method);
	event_text(e, F_USER, slice_first(head, blank));
	return true;
}

/* "(USER) [SASL(-13): why]", "(USER) why", "USER SASL(-13): why", "[SASL(-13): why]" */
static bool read_badlogin(slice rest, struct event *e)
{
	static const slice ends[] = {SLICE_INIT(" SASL("), SLICE_INIT(" [SASL("),
				     SLICE_INIT(" invalid user")};
	size_t end = SIZE_MAX;
	if (!take_client(&rest, e))
		return false;
	event_text(e, F_AUTH_METHOD, slice_until(&rest, ' '));
	if (slice_starts(rest, SLICE("[SASL("))) { /* of a mechanism that told no name */
		event_text(e, F_REASON, rest);
		return true;
	}
	if (rest.len && rest.at[0] == '(') {
		end = slice_search_last(rest, SLICE(") "));
		if (end != SIZE_MAX && end > 1)
			event_text(e, F_USER, (slice){rest.at + 1, end - 1});
		end = end == SIZE_MAX ? end : end + 1;
	} else {
		for (int i = 0; i < 3 && end == SIZE_MAX; i++)
			end = slice_search_last(rest, ends[i]);
		if (end != SIZE_MAX && end > 0)
			event_text(e, F_USER, slice_first(rest, end));
	}
	slice why = slice_trim(slice_from(rest, end == SIZE_MAX ? 0 : end));
	if (why.len)
		event_text(e, F_REASON, why);
	return true;
}

/* retr=<N> top=<N> dele=<N> */
static bool read_counts(slice rest, struct event *e)
{
	int64_t n;
	if (!slice_eat(&rest, "retr=<") || !slice_number(&rest, &n))
		return false;
	event_number(e, F_RETR_COUNT, n);
	if (!slice_eat(&rest, "> top=<") || !slice_number(&rest, &n))
		return false;
	event_number(e, F_TOP_COUNT, n);
	if (slice_eat(&rest, "> dele=<") && slice_number(&rest, &n))
		event_number(e, F_DELETED_COUNT, n);
	return true;
}

/* user U opened BOX[ on SERVER] */
static bool read_open(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE(" opened "));
	if (!slice_eat(&rest, "user ") || at == SIZE_MAX)
		return false;
	event_text(e, F_USER, slice_first(rest, at - 5));
	event_text(e, F_FOLDER, slice_from(rest, at - 5 + 8));
	return true;
}

/* USAGE U user: 0.007163 sys: 0.011252: what a session, or a delivery, cost when it ended */
static bool read_usage(slice rest, struct event *e)
{
	size_t end = slice_search_last(rest, SLICE(" user: "));
	if (end == SIZE_MAX || end == 0)
		return false;
	event_text(e, F_USER, slice_first(rest, end));
	return true;
}

/* sessionid=<S> userid=<U>: "name" "x" ..., or sessionid=<S>: ... */
static bool read_client_id(slice rest, struct event *e)
{
	if (!slice_eat(&rest, "sessionid=<"))
		return true;
	event_text(e, F_SESSION, slice_until(&rest, '>'));
	if (slice_eat(&rest, " userid=<") && rest.len && rest.at[0] != '>')
		event_text(e, F_USER, slice_until(&rest, '>'));
	slice_eat(&rest, ": ");
	event_text(e, F_IMAP_ARGUMENTS, rest);
	return true;
}

/* user 'U' denied access to service 'S': why (userdeny.db); U is the client's text */
static bool read_denied(slice rest, struct event *e)
{
	size_t end = slice_search_last(rest, SLICE("' denied access to service '"));
	if (end == SIZE_MAX)
		return false;
	event_text(e, F_REASON, slice_from(rest, end + 2));
	if (end > 0)
		event_text(e, F_USER, slice_first(rest, end));
	return true;
}

/* A, alone */
static bool read_address(slice rest, struct event *e)
{
	words_address(slice_first(rest, slice_find(rest, ' ')), e, F_SOURCE_IP);
	return true;
}

/* session ended: sessionid=<S> userid=<U> ...; its counts are in the line of traffic */
static bool read_session_ended(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE("sessionid=<"));
	return read_client_id(slice_from(rest, at == SIZE_MAX ? rest.len : at), e);
}

/* The words between two marks if each stands there once, else nothing: others wrote them, too. */
static slice between(slice s, slice open, slice close)
{
	size_t from = slice_search(s, open), to = slice_search_last(s, close);
	if (from == SIZE_MAX || to == SIZE_MAX || from + open.len > to ||
	    from != slice_search_last(s, open) || to != slice_search(s, close))
		return (slice){0};
	return (slice){s.at + from + open.len, to - from - open.len};
}

/*
 * httpd (imap/httpd.c log_request): NAME [A] as "U" with "agent" via SESSIONID=<S>; "GET /x
 * HTTP/1.1" (origin=...) => "HTTP/1.1 200 OK".  The agent and what follows the request are the
 * client's text.
 */
static bool read_http(slice body, struct event *e, struct arena *scratch)
{
	slice s = body, request = between(body, SLICE("; \""), SLICE("\" => \"HTTP/"));
	int64_t status = 0;
	size_t answer = slice_search(body, SLICE(" => \"HTTP/"));
	if (answer == SIZE_MAX || slice_search(body, SLICE("; \"")) == SIZE_MAX ||
	    !take_client(&s, e))
		return false;
	web_event(e, &format_cyrus);
	if (slice_eat(&s, "as \""))
		event_text(e, F_USER, slice_until(&s, '"'));
	if (request.len == 0) /* headers of the request stand between */
		request = between(body, SLICE("; \""), SLICE("\" ("));
	web_request(request, e, scratch);
	slice code = slice_from(body, answer + 10);
	slice_until(&code, ' ');
	if (answer == slice_search_last(body, SLICE(" => \"HTTP/")) && slice_number(&code, &status))
		web_status(e, status);
	return true;
}

static const struct wording rows[] = {
    WORDS("login: ", LOGIN, SUCCESS, read_login),
    WORDS("badlogin: ", LOGIN, FAILURE, read_badlogin),
    WORDS("auditlog: ", MESSAGE, NONE, cyrus_read_audit),
    WORDS("counts: ", SESSION_END, NONE, read_counts),
    WORDS("open: ", MESSAGE, NONE, read_open),
    WORDS("client id ", CLIENT_ID, NONE, read_client_id),
    WORDS("session ended", LOGOUT, NONE, read_session_ended),
    WORDS("accepted connection", CONNECT, NONE, NULL),
    WORDS("refused connection from ", CONNECT, FAILURE, read_address),
    WORDS("user '", AUTH_CHECK, FAILURE, read_denied),
    WORDS("STARTTLS failed: ", TLS_START, FAILURE, words_peer_here),
    WORDS("STARTTLS negotiation failed: ", TLS_START, FAILURE, words_peer_here),
    WORDS("TLS negotiation failed: ", TLS_START, FAILURE, words_peer_here),
    WORDS("imaps failed: ", TLS_START, FAILURE, words_peer_here),
    WORDS("pop3s failed: ", TLS_START, FAILURE, words_peer_here),
    WORDS("ready for work", DAEMON_START, NONE, words_reason),
    WORDS("process started", DAEMON_START, NONE, words_reason),
    WORDS("attempting clean shutdown", DAEMON_STOP, NONE, words_reason),
    END_OF_WORDS,
};

/* What its daemons write of themselves, under names that others bear too. */
static const struct wording of_itself[] = {
    WORDS("USAGE ", SESSION_END, NONE, read_usage),
    WORDS("executed", MESSAGE, NONE, NULL),
    WORDS("SQUAT ", MESSAGE, NONE, NULL),
    WORDS("IOERROR: ", WARNING, NONE, words_reason),
    WORDS("DBERROR", WARNING, NONE, words_reason),
    WORDS("seen_db: ", MESSAGE, NONE, NULL),
    WORDS("starttls: ", TLS_START, SUCCESS, NULL),
    WORDS("inittls: ", MESSAGE, NONE, NULL),
    WORDS("mystore: ", MESSAGE, NONE, NULL),
    WORDS("skiplist: ", MESSAGE, NONE, NULL),
    WORDS("duplicate_check: ", MESSAGE, NONE, NULL),
    WORDS("duplicate_mark: ", MESSAGE, NONE, NULL),
    WORDS("Delivered: ", MESSAGE, NONE, NULL),
    WORDS("Expunged ", MAIL_EXPUNGE, NONE, words_reason),
    WORDS("telling master", MESSAGE, NONE, NULL),
    WORDS("about to exec ", MESSAGE, NONE, NULL),
    WORDS("process ", MESSAGE, NONE, words_reason),
    WORDS("service ", MESSAGE, NONE, words_reason),
    WORDS("client id: ", CLIENT_ID, NONE, NULL),
    WORDS("verify_user(", MESSAGE, NONE, NULL),
    WORDS("SSL_accept() ", MESSAGE, NONE, NULL),
    WORDS("idle for too long", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

static slice protocol_of(slice service)
{
	static const struct {
		slice head, protocol;
	} protocols[] = {
	    {SLICE_INIT("imap"), SLICE_INIT("imap")},
	    {SLICE_INIT("pop3"), SLICE_INIT("pop3")},
	    {SLICE_INIT("lmtp"), SLICE_INIT("lmtp")},
	    {SLICE_INIT("sieve"), SLICE_INIT("managesieve")},
	    {SLICE_INIT("timsieved"), SLICE_INIT("managesieve")},
	    {SLICE_INIT("http"), SLICE_INIT("http")},
	};
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (slice_starts(service, protocols[i].head))
			return protocols[i].protocol;
	return (slice){0};
}

/* Under a name that others have too, such as imapd or master: by its words alone. */
enum decoded cyrus_daemon_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice service = part_basename(program);
	enum decoded d = DECODED_EVENT;
	if (slice_starts(service, SLICE("http")) && read_http(body, e, scratch))
		return d;
	if (!slice_starts(body, SLICE("event=")) || !cyrus_read_logfmt(body, e, scratch)) {
		d = words_decode(&format_cyrus, rows, body, e);
		if (d == DECODED_UNKNOWN)
			d = words_decode(&format_cyrus, of_itself, body, e);
		if (d == DECODED_UNKNOWN)
			return d;
	}
	event_module(e, &format_cyrus);
	slice protocol = protocol_of(service);
	if (protocol.len)
		event_text(e, F_PROTOCOL, protocol);
	bool mailbox = slice_eq(protocol, SLICE("imap")) || slice_eq(protocol, SLICE("pop3"));
	if (slice_starts(body, SLICE("USAGE ")) && !mailbox) {
		event_drop(e, F_USER);
		event_act(e, ACT_MESSAGE, OUT_NONE);
	}
	if (slice_eq(service, SLICE("imaps")) || slice_eq(service, SLICE("pop3s")))
		event_number(e, F_TLS, 1);
	return d;
}

static enum decoded message_of_cyrus(struct event *e)
{
	event_module(e, &format_cyrus);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

/*
 * imap, pop3, lmtp, sieve, http, master: where no directory stands in the tag they are Cyrus' if
 * their number is there, which master(8) always logs; others' of these names have none.
 */
enum decoded cyrus_service_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d = cyrus_daemon_decode(program, body, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = pam_decode(program, body, e, scratch);
	return d == DECODED_UNKNOWN && event_has(e, F_PID) ? message_of_cyrus(e) : d;
}

/* cyrus/imap, cyrus-imapd, ctl_cyrusdb: all that they write is Cyrus'. */
enum decoded cyrus_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	enum decoded d = cyrus_daemon_decode(program, body, e, scratch);
	return d != DECODED_UNKNOWN ? d : message_of_cyrus(e);
}

/*
 * imapd, imapd-ssl, pop3d: Cyrus', Courier's or the University of Washington's, told by words. What
 * none of them knows bears on nothing: it goes to whose daemon bears that name, by its number.
 */
enum decoded imapd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	static body_decoder *const owners[] = {courier_mailbox_decode, cyrus_daemon_decode,
					       uwimap_decode, pam_decode};
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
		enum decoded d = owners[i](program, body, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	if (event_has(e, F_PID))
		return message_of_cyrus(e);
	event_module(e, &format_courier); /* courierlogger(1) writes no number unless told */
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
