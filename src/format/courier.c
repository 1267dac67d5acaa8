/*
 * courier.c - Courier: imapd, pop3d, esmtpd, authdaemond.  Words as in the daemons of courier-imap
 * 1.4 to 5.2 and courier 0.4x to 1.4.
 *
 *	LOGIN, user=U, ip=[A], port=[P], protocol=IMAP
 *	LOGIN FAILED, user=U, ip=[A], port=[P]
 *	LOGOUT, user=U, ip=[A], port=[P], headers=BYTES, body=BYTES, rcvd=.., sent=.., time=SECONDS
 *
 * Laws: the user is the client's text, so the address is behind the last ", ip=[".  What it counts
 * are bytes, of POP3 too.  It has no session ids; a client's address and port tell sessions apart.
 */
#include "words.h"

const struct format format_courier = {"courier", "Courier: imapd, pop3d, esmtpd, authdaemond", 'C'};

/* "[::ffff:192.0.2.1]" */
static slice take_bracket(slice *s)
{
	slice_eat(s, "[");
	return slice_until(s, ']');
}

/* Behind the address: ", port=[P]" and the counters, by name. */
static const struct {
	slice key;
	enum field field;
} counters[] = {
    {SLICE_INIT("headers"), F_HEADER_BYTES}, {SLICE_INIT("body"), F_BODY_BYTES},
    {SLICE_INIT("top"), F_TOP_BYTES},        {SLICE_INIT("retr"), F_RETR_BYTES},
    {SLICE_INIT("rcvd"), F_SOURCE_BYTES},    {SLICE_INIT("sent"), F_DESTINATION_BYTES},
};

static void read_counter(slice key, slice value, struct event *e)
{
	int64_t seconds;
	if (slice_eq(key, SLICE("port"))) {
		event_parse_number(e, F_SOURCE_PORT, take_bracket(&value));
		return;
	}
	if (slice_eq(key, SLICE("time")) && slice_is_number(value, &seconds) && seconds < INT32_MAX)
		event_number(e, F_DURATION, seconds * 1000000000);
	else if (slice_eq(key, SLICE("starttls")) || slice_eq(key, SLICE("stls")))
		event_number(e, F_TLS, 1);
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		if (slice_eq(key, counters[i].key))
			event_parse_number(e, counters[i].field, value);
}

static void read_tail(slice s, struct event *e)
{
	event_parse_address(e, F_SOURCE_IP, take_bracket(&s));
	while (slice_eat(&s, ", ")) {
		slice item = slice_first(s, slice_find(s, ','));
		s = slice_from(s, item.len);
		slice key = slice_until(&item, '=');
		read_counter(key, item, e);
	}
}

/* user=U, ip=[A], ... or method=M, ip=[A], ... or ip=[A], ... */
static bool read_session(slice rest, struct event *e)
{
	size_t ip = slice_search_last(rest, SLICE("ip=["));
	if (ip == SIZE_MAX)
		return false;
	read_tail(slice_from(rest, ip + 3), e);
	slice head = slice_first(rest, ip);
	if (slice_ends(head, SLICE(", ")))
		head.len -= 2;
	if (slice_eat(&head, "user=") && head.len)
		event_text(e, F_USER, head);
	else if (slice_eat(&head, "method=") && head.len)
		event_text(e, F_AUTH_METHOD, head);
	return true;
}

/* Who leaves without a name never signed in. */
static bool read_end(slice rest, struct event *e)
{
	bool whole = read_session(rest, e);
	if (!event_has(e, F_USER))
		event_act(e, ACT_LOGIN_NONE, OUT_NONE);
	return whole;
}

static const struct wording mailbox_rows[] = {
    WORDS("LOGIN, ", LOGIN, SUCCESS, read_session),
    WORDS("LOGIN FAILED, ", LOGIN, FAILURE, read_session),
    WORDS("LOGOUT, ", SESSION_END, NONE, read_end),
    WORDS("DISCONNECTED, ", SESSION_END, NONE, read_end),
    WORDS("Disconnected during shutdown by signal, ", SESSION_END, NONE, read_end),
    WORDS("Disconnected, ", LOGIN_NONE, NONE, read_end),
    WORDS("TIMEOUT, ", SESSION_END, NONE, read_end),
    WORDS("I/O error disconnect, ", SESSION_END, NONE, read_end),
    WORDS("Connection, ", CONNECT, NONE, read_session),
    WORDS("EXPUNGED, ", MAIL_EXPUNGE, NONE, read_session),
    WORDS("DELETED, ", MAIL_DELETE, NONE, read_session),
    WORDS("ID, ", CLIENT_ID, NONE, read_session),
    WORDS("LOCKED, ", MESSAGE, NONE, read_session),
    WORDS("Maximum connection limit reached for ", WARNING, NONE, words_reason),
    WORDS("couriertls: ", TLS_START, FAILURE, words_reason),
    WORDS("ip=[", DISCONNECT, NONE, NULL),
    WORDS("chdir ", WARNING, NONE, words_reason),
    WORDS("authentication error", WARNING, NONE, words_reason),
    WORDS("Unexpected SSL connection shutdown", MESSAGE, NONE, words_reason),
    WORDS("starttls: ", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

/* "imap [A]:P" */
static slice session_text(bool pop3, slice address, int64_t port, struct arena *scratch)
{
	enum { HEAD = sizeof "imap [" - 1, DIGITS = 20 };
	char *text = arena_take(scratch, HEAD + address.len + 2 + DIGITS), digits[DIGITS];
	size_t len = HEAD + address.len, n = 0;
	memcpy(text, pop3 ? "pop3 [" : "imap [", HEAD);
	memcpy(text + HEAD, address.at, address.len);
	text[len++] = ']';
	text[len++] = ':';
	do
		digits[n++] = (char)('0' + port % 10);
	while ((port /= 10) > 0);
	while (n)
		text[len++] = digits[--n];
	return (slice){text, len};
}

/* From the port that a client has the service is known: 993, 995 have daemons of their own name. */
static void set_session(slice program, struct event *e, struct arena *scratch)
{
	bool pop3 = slice_search(program, SLICE("pop3")) != SIZE_MAX;
	char address[ADDRESS_TEXT];
	event_text(e, F_PROTOCOL, pop3 ? SLICE("pop3") : SLICE("imap"));
	if (slice_ends(program, SLICE("-ssl")))
		event_number(e, F_TLS, 1);
	if (!event_has(e, F_SOURCE_PORT) || !event_has(e, F_SOURCE_IP))
		return;
	address_format(&e->v[F_SOURCE_IP].address, address);
	event_text(e, F_SESSION,
		   session_text(pop3, slice_of(address), e->v[F_SOURCE_PORT].number, scratch));
}

static void eat_severity(slice *s)
{
	if (!slice_eat(s, "INFO: ") && !slice_eat(s, "NOTICE: ") && !slice_eat(s, "DEBUG: "))
		slice_eat(s, "ERR: ");
}

enum decoded courier_mailbox_decode(slice program, slice body, struct event *e,
				    struct arena *scratch)
{
	eat_severity(&body);
	enum decoded d = words_decode(&format_courier, mailbox_rows, body, e);
	if (d == DECODED_UNKNOWN)
		return d;
	if (slice_starts(body, SLICE("ip=["))) { /* ip=[A], couriertls: accept: why; or the end */
		read_tail(slice_from(body, 3), e);
		if (slice_search(body, SLICE("], couriertls: ")) != SIZE_MAX)
			event_act(e, ACT_TLS_START, OUT_FAILURE);
	}
	set_session(program, e, scratch);
	return d;
}

static bool is_base64(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.at[i] | 32) >= 'a' && (s.at[i] | 32) <= 'z') &&
		    !strchr("0123456789+/=", s.at[i]))
			return false;
	return s.len >= 4 && s.len % 4 == 0;
}

/* 535 Authentication failed.",cmd: AUTH MECH [BASE64] [U]: later versions add the name */
static void read_refused_login(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE(",cmd: AUTH "));
	event_act(e, ACT_LOGIN, OUT_FAILURE);
	if (at == SIZE_MAX)
		return;
	rest = slice_from(rest, at + 11);
	event_text(e, F_AUTH_METHOD, slice_until(&rest, ' '));
	slice name = rest, first = slice_until(&name, ' ');
	if (!name.len || !is_base64(first))
		name = rest;
	if (name.at != rest.at || slice_find(name, '@') < name.len)
		event_text(e, F_USER, name);
}

/* relay=A,port=P,ident=I,from=<F>,to=<T>: why, or ,msg="535 why",cmd: what the client said */
static bool read_smtp_error(slice rest, struct event *e)
{
	slice sender;
	if (!slice_eat(&rest, "relay="))
		return true;
	event_parse_address(e, F_SOURCE_IP, slice_until(&rest, ','));
	if (slice_eat(&rest, "port="))
		event_parse_number(e, F_SOURCE_PORT, slice_until(&rest, ','));
	event_text(e, F_REASON, rest);
	if (slice_starts(rest, SLICE("msg=\"535")))
		read_refused_login(rest, e);
	else if (slice_eat(&rest, "from=") && words_take_path(&rest, &sender)) {
		event_text(e, F_FROM, sender);
		if (slice_eat(&rest, ",to=") && words_take_path(&rest, &sender))
			event_text(e, F_TO, sender);
	}
	return true;
}

/* started,ip=[A],port=[P] */
static bool read_started(slice rest, struct event *e)
{
	read_tail(rest, e);
	return true;
}

/* id=I,from=<F>,addr=<T>: why; ,status: success, ,size=N,success: ... */
static bool read_delivery(slice rest, struct event *e)
{
	slice path;
	event_text(e, F_QUEUE_ID, slice_until(&rest, ','));
	if (slice_eat(&rest, "from=") && words_take_path(&rest, &path))
		event_text(e, F_FROM, path);
	if (!slice_eat(&rest, ",addr=") || !words_take_path(&rest, &path))
		return true;
	event_text(e, F_TO, path);
	bool sent = slice_search(rest, SLICE("success")) != SIZE_MAX;
	bool later = slice_search(rest, SLICE("deferred")) != SIZE_MAX;
	event_text(e, F_REASON, rest);
	if (!sent && !later && slice_search(rest, SLICE("failure")) == SIZE_MAX) {
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return true;
	}
	event_text(e, F_SMTP_STATUS,
		   sent    ? SLICE("sent")
		   : later ? SLICE("deferred")
			   : SLICE("bounced"));
	event_act(e, ACT_SMTP_DELIVER, sent ? OUT_SUCCESS : OUT_FAILURE);
	return true;
}

/* newmsg,id=I, auth=U: dns; NAME (HELO [A]) */
static bool read_new(slice rest, struct event *e)
{
	size_t end = slice_search(rest, SLICE(": dns; "));
	slice head = slice_first(rest, end),
	      id = slice_first(head, slice_search(head, SLICE(", ")));
	event_text(e, F_QUEUE_ID, id);
	head = slice_from(head, id.len);
	if (end == SIZE_MAX)
		return true;
	slice address;
	if (part_last(slice_from(rest, end), SLICE("["), ']', &address))
		words_address(address, e, F_SOURCE_IP);
	if (slice_eat(&head, ", auth=") && head.len) {
		event_text(e, F_USER, head);
		event_act(e, ACT_SMTP_CLIENT, OUT_SUCCESS);
	}
	return true;
}

static const struct wording mail_rows[] = {
    WORDS("error,", SMTP_REJECT, FAILURE, read_smtp_error),
    WORDS("started,ip=", CONNECT, NONE, read_started),
    WORDS("newmsg,id=", SMTP_CLIENT, NONE, read_new),
    WORDS("started,id=", MESSAGE, NONE, read_delivery),
    WORDS("id=", SMTP_DELIVER, NONE, read_delivery),
    WORDS("completed,id=", SMTP_REMOVE, NONE, read_delivery),
    WORDS("Started ./", DAEMON_START, NONE, words_reason),
    WORDS("couriertls: ", TLS_START, FAILURE, words_reason),
    WORDS("", MESSAGE, NONE, NULL),
    END_OF_WORDS,
};

enum decoded courier_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	bool pop3 = slice_search(program, SLICE("pop3")) != SIZE_MAX;
	if (pop3 || slice_search(program, SLICE("imap")) != SIZE_MAX) {
		enum decoded d = courier_mailbox_decode(program, body, e, scratch);
		if (d != DECODED_UNKNOWN)
			return d;
	}
	eat_severity(&body);
	return words_decode(&format_courier, mail_rows, body, e);
}
