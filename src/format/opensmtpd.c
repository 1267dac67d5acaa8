/*
 * opensmtpd.c - OpenSMTPD: smtpd's sessions, its deliveries.  Words as in smtp_session.c, mta.c,
 * mda.c, log.c of 5.4 (prose), 6.0 to 6.3 (event=), 6.4 to 7.8.
 *
 *	0123456789abcdef smtp connected address=A host=NAME
 *	0123456789abcdef smtp authentication user=U result=permfail
 *	0123456789abcdef mta delivery evpid=E from=<F> to=<T> rcpt=<-> source=".." relay="A (N)" ...
 *	smtp-in: New session 0123456789abcdef from host NAME [A]
 *
 * Later lines of a session name it alone; its address is that of the first one.
 */
#include "words.h"

const struct format format_opensmtpd = {"opensmtpd", "OpenSMTPD 5.4 to 7.x", 'D'};

/* Behind "KEY=", up to the next blank; of quoted text what is in it, where nothing is escaped. */
static bool value_of(slice text, slice key, slice *value)
{
	return part_first(text, key, ' ', value) && value->len;
}

static bool read_address(slice text, struct event *e)
{
	slice value;
	if (!value_of(text, SLICE("address="), &value))
		return true;
	if (slice_eq(value, SLICE("local")) || slice_starts(value, SLICE("local:")))
		return true;
	bool port = slice_find(value, ':') < value.len && value.at[0] != '[';
	words_address(value, e, F_SOURCE_IP);
	if (port && !event_has(e, F_SOURCE_IP))
		words_address(slice_first(value, slice_find(value, ':')), e, F_SOURCE_IP);
	if (value_of(text, SLICE(" host="), &value) && !slice_eq(value, SLICE("<unknown>")))
		event_text(e, F_SOURCE_DOMAIN, value);
	return true;
}

/* user=U [address=A host=N] result=ok: U is the client's */
static bool read_authentication(slice rest, struct event *e)
{
	size_t result = slice_search_last(rest, SLICE(" result="));
	if (!slice_eat(&rest, "user=") || result == SIZE_MAX)
		return false;
	result -= 5;
	slice user = slice_first(rest, result), what = slice_from(rest, result + 8);
	size_t address = slice_search_last(user, SLICE(" address="));
	if (address != SIZE_MAX) {
		read_address(slice_from(user, address + 1), e);
		user = slice_first(user, address);
	}
	if (user.len)
		event_text(e, F_USER, user);
	event_text(e, F_REASON, what);
	event_act(e, ACT_LOGIN, slice_eq(what, SLICE("ok")) ? OUT_SUCCESS : OUT_FAILURE);
	return true;
}

/* [address=A host=N] command="C" result="R": what the client said may be a sign-in's last line */
static bool read_failed(slice rest, struct event *e)
{
	slice result;
	if (slice_starts(rest, SLICE("address=")))
		read_address(rest, e);
	bool auth = slice_search(slice_first(rest, slice_search(rest, SLICE("\"")) + 6),
				 SLICE("\"AUTH")) != SIZE_MAX;
	if (auth)
		event_act(e, ACT_AUTH_CHECK, OUT_FAILURE);
	if (part_last(rest, SLICE(" result=\""), '"', &result))
		event_text(e, F_REASON, result);
	return true;
}

/* msgid=M [from=<F> to=<T>] size=N nrcpt=N proto=P */
static bool read_message(slice rest, struct event *e)
{
	slice value;
	if (slice_starts(rest, SLICE("address=")))
		read_address(rest, e);
	if (value_of(rest, SLICE("msgid="), &value))
		event_text(e, F_QUEUE_ID, value);
	if (part_last(rest, SLICE(" size="), ' ', &value))
		event_parse_number(e, F_SIZE, value);
	if (part_last(rest, SLICE(" nrcpt="), ' ', &value) ||
	    part_last(rest, SLICE(" ndest="), ' ', &value))
		event_parse_number(e, F_RECIPIENTS, value);
	return true;
}

/* evpid=E from=<F> to=<T> off the front: the first half of an envelope's id is the message's */
static bool take_envelope(slice *rest, struct event *e)
{
	slice value;
	if (!slice_eat(rest, "evpid=") || rest->len < 8)
		return false;
	event_text(e, F_QUEUE_ID, slice_first(*rest, 8));
	slice_until(rest, ' ');
	if (slice_eat(rest, "from=") && words_take_path(rest, &value))
		event_text(e, F_FROM, value);
	if (slice_eat(rest, " to=") && words_take_path(rest, &value))
		event_text(e, F_TO, value);
	if (slice_eat(rest, " rcpt="))
		words_take_path(rest, &value);
	return true;
}

static bool read_envelope(slice rest, struct event *e)
{
	return take_envelope(&rest, e);
}

/* evpid=E from=<F> to=<T> ... result="Ok" stat="250 ..."; of mda without quotes */
static bool read_delivery(slice rest, struct event *e)
{
	slice value, stat;
	if (!take_envelope(&rest, e))
		return false;
	if (!part_first(rest, SLICE(" result="), ' ', &value))
		return false;
	if (slice_eat(&value, "\"") && value.len)
		value.len--;
	bool sent = slice_eq(value, SLICE("Ok")), later = slice_eq(value, SLICE("TempFail"));
	event_act(e, ACT_SMTP_DELIVER, sent ? OUT_SUCCESS : OUT_FAILURE);
	event_text(e, F_SMTP_STATUS,
		   sent    ? SLICE("sent")
		   : later ? SLICE("deferred")
			   : SLICE("bounced"));
	if (part_first(rest, SLICE(" stat="), '\0', &stat))
		event_text(e, F_REASON, stat);
	return true;
}

static const struct wording smtp_rows[] = {
    WORDS("connected ", CONNECT, NONE, read_address),
    WORDS("authentication ", LOGIN, NONE, read_authentication),
    WORDS("failed-command ", SMTP_REJECT, FAILURE, read_failed),
    WORDS("bad-input ", SMTP_REJECT, FAILURE, read_failed),
    WORDS("message ", SMTP_QUEUE, NONE, read_message),
    WORDS("envelope ", SMTP_DELIVER, NONE, read_envelope),
    WORDS("disconnected ", DISCONNECT, NONE, words_reason),
    WORDS("closed ", DISCONNECT, NONE, words_reason),
    WORDS("tls ", TLS_START, SUCCESS, words_reason),
    WORDS("starttls ", TLS_START, SUCCESS, words_reason),
    WORDS("delivery ", SMTP_DELIVER, NONE, read_delivery),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

static const struct wording out_rows[] = {
    WORDS("delivery ", SMTP_DELIVER, NONE, read_delivery),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

/* SID from host NAME [A] */
static bool read_new(slice rest, struct event *e)
{
	event_text(e, F_SESSION, slice_until(&rest, ' '));
	if (slice_eat(&rest, "from host "))
		words_take_peer(&rest, e, WORDS_CLIENT);
	return true;
}

/* success for user U on session SID */
static bool read_old_login(slice rest, struct event *e)
{
	bool good = slice_starts(rest, SLICE("success"));
	size_t user = slice_search(rest, SLICE(" for user ")),
	       end = slice_search_last(rest, SLICE(" on session "));
	event_act(e, ACT_LOGIN, good ? OUT_SUCCESS : OUT_FAILURE);
	if (end == SIZE_MAX)
		return true;
	event_text(e, F_SESSION, slice_from(rest, end + 12));
	if (user != SIZE_MAX && end > user + 10)
		event_text(e, F_USER, slice_first(slice_from(rest, user + 10), end - user - 10));
	return true;
}

/* SID: "AUTH LOGIN (password)" => 535 ... */
static bool read_old_failed(slice rest, struct event *e)
{
	slice id = slice_first(rest, slice_find(rest, ':'));
	event_text(e, F_SESSION, id);
	slice said = slice_from(rest, id.len + 2);
	if (slice_starts(said, SLICE("\"AUTH")))
		event_act(e, ACT_AUTH_CHECK, OUT_FAILURE);
	event_text(e, F_REASON, said);
	return true;
}

static bool read_old_session(slice rest, struct event *e)
{
	size_t n = 0;
	while (n < rest.len && rest.at[n] != ':' && rest.at[n] != ' ')
		n++;
	event_text(e, F_SESSION, slice_first(rest, n));
	return true;
}

/* MSGID on session SID: from=<F>, to=<T>, size=N, ndest=N, proto=P */
static bool read_accepted(slice rest, struct event *e)
{
	slice value;
	event_text(e, F_QUEUE_ID, slice_until(&rest, ' '));
	if (slice_eat(&rest, "on session "))
		event_text(e, F_SESSION, slice_until(&rest, ':'));
	if (slice_eat(&rest, " from=") && words_take_path(&rest, &value))
		event_text(e, F_FROM, value);
	if (part_last(rest, SLICE(", size="), ',', &value))
		event_parse_number(e, F_SIZE, value);
	return true;
}

/* Ok for EVPID: session=S, from=<F>, to=<T>, ... */
static bool read_old_delivery(slice rest, struct event *e)
{
	slice value;
	bool sent = slice_starts(rest, SLICE("Ok "));
	event_act(e, ACT_SMTP_DELIVER, sent ? OUT_SUCCESS : OUT_FAILURE);
	event_text(e, F_SMTP_STATUS, sent ? SLICE("sent") : SLICE("bounced"));
	size_t from = slice_search(rest, SLICE("from="));
	rest = slice_from(rest, from == SIZE_MAX ? rest.len : from + 5);
	if (words_take_path(&rest, &value))
		event_text(e, F_FROM, value);
	if (slice_eat(&rest, ", to=") && words_take_path(&rest, &value))
		event_text(e, F_TO, value);
	return true;
}

static const struct wording rows[] = {
    WORDS("smtp-in: New session ", CONNECT, NONE, read_new),
    WORDS("smtp-in: Authentication ", LOGIN, NONE, read_old_login),
    WORDS("smtp-in: Failed command on session ", SMTP_REJECT, FAILURE, read_old_failed),
    WORDS("smtp-in: Bad input on session ", SMTP_REJECT, FAILURE, read_old_failed),
    WORDS("smtp-in: Accepted message ", SMTP_QUEUE, NONE, read_accepted),
    WORDS("smtp-in: Closing session ", DISCONNECT, NONE, read_old_session),
    WORDS("smtp-in: Disconnecting session ", DISCONNECT, NONE, read_old_session),
    WORDS("smtp-in: Received disconnect from session ", DISCONNECT, NONE, read_old_session),
    WORDS("smtp-in: Started TLS on session ", TLS_START, SUCCESS, read_old_session),
    WORDS("smtp-in: TLS handshake error", TLS_START, FAILURE, words_reason),
    WORDS("relay: ", SMTP_DELIVER, NONE, read_old_delivery),
    WORDS("delivery: ", SMTP_DELIVER, NONE, read_old_delivery),
    WORDS("warn: ", WARNING, NONE, words_reason),
    WORDS("info: OpenSMTPD ", DAEMON_START, NONE, words_reason),
    WORDS("Exiting", DAEMON_STOP, NONE, NULL),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

/* "0123456789abcdef " off the front. */
static bool take_session(slice *s, struct event *e)
{
	size_t n = 0;
	while (n < s->len &&
	       ((s->at[n] >= '0' && s->at[n] <= '9') || (s->at[n] >= 'a' && s->at[n] <= 'f')))
		n++;
	if (n != 16 || n == s->len || s->at[n] != ' ')
		return false;
	event_text(e, F_SESSION, slice_first(*s, n));
	*s = slice_from(*s, n + 1);
	return true;
}

enum decoded opensmtpd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	if (!take_session(&body, e))
		return words_decode(&format_opensmtpd, rows, body, e);
	bool in = slice_eat(&body, "smtp ");
	if (!in && !slice_eat(&body, "mta "))
		slice_eat(&body, "mda ");
	slice_eat(&body, "event=");
	return words_decode(&format_opensmtpd, in ? smtp_rows : out_rows, body, e);
}
