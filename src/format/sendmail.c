/*
 * sendmail.c - sendmail's MTA and MSP: one line as a message comes, one for each delivery, and what
 * it refuses.  Words as in srvrsmtp.c, envelope.c, deliver.c, daemon.c, milter.c of 8.9 to 8.18.
 *
 *	14CHARQUEUEID: from=<F>, size=N, class=0, nrcpts=N, msgid=M, proto=P, daemon=D,
 *	    relay=NAME [A]                                            (in one line)
 *	14CHARQUEUEID: to=<T>, ctladdr=<C> (U/G), delay=.., mailer=.., relay=NAME [A], dsn=D,
 *	    stat=S
 *
 * Laws: the daemon's own relay= is the last one of a line, but in that of a ruleset, whose reason
 * repeats what the client said; there it is the first behind the argument.
 */
#include "words.h"

const struct format format_sendmail = {"sendmail", "sendmail: MTA and MSP", 'D'};

/* "j0U9JFTF012438: " or "NOQUEUE: " off the front; ids are letters and digits, some of each. */
static void take_id(slice *s, struct event *e)
{
	size_t n = 0, digits = 0;
	if (slice_eat(s, "NOQUEUE: "))
		return;
	for (; n < s->len && n < 20; n++) {
		char c = s->at[n];
		bool digit = c >= '0' && c <= '9';
		if (!digit && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			break;
		digits += digit;
	}
	if (n < 7 || digits < 3 || n + 1 >= s->len || s->at[n] != ':' || s->at[n + 1] != ' ')
		return;
	event_text(e, F_QUEUE_ID, slice_first(*s, n));
	*s = slice_from(*s, n + 2);
}

/* "key=value" off the front, with the ", " behind it. */
static bool take_pair(slice *s, slice *key, slice *value)
{
	if (s->len == 0)
		return false;
	slice item = slice_first(*s, slice_search(*s, SLICE(", ")));
	*s = slice_from(*s, item.len + 2);
	*key = slice_until(&item, '=');
	*value = item;
	return true;
}

/* <a@b> or a bare name, up to the comma */
static slice take_address(slice *s)
{
	slice path, t = *s;
	if (words_take_path(&t, &path)) {
		*s = t;
		return path;
	}
	path = slice_first(t, slice_search(t, SLICE(", ")));
	*s = slice_from(t, path.len);
	return path;
}

/* size=N, class=N, nrcpts=N, msgid=<M>, ..., relay=NAME [A]; without recipients nothing came */
static bool read_from(slice rest, struct event *e)
{
	slice key, value, all = rest;
	event_text(e, F_FROM, take_address(&rest));
	slice_eat(&rest, ", ");
	while (take_pair(&rest, &key, &value)) {
		if (slice_eq(key, SLICE("size")))
			event_parse_number(e, F_SIZE, value);
		else if (slice_eq(key, SLICE("nrcpts")))
			event_parse_number(e, F_RECIPIENTS, value);
		else if (slice_eq(key, SLICE("msgid")))
			event_text(e, F_MESSAGE_ID, part_unbracket(value));
		if (slice_eq(key, SLICE("nrcpts")) || slice_eq(key, SLICE("msgid")))
			if (!slice_starts(rest, SLICE("msgid=")))
				break;
	}
	words_last_peer(all, SLICE(", relay="), e, WORDS_CLIENT);
	if (event_has(e, F_SOURCE_IP) && event_get_number(e, F_RECIPIENTS, -1) == 0)
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	return event_has(e, F_RECIPIENTS);
}

static void read_status(slice status, struct event *e)
{
	bool sent = slice_starts(status, SLICE("Sent"));
	bool later =
	    slice_starts(status, SLICE("Deferred")) || slice_starts(status, SLICE("queued"));
	event_text(e, F_SMTP_STATUS,
		   sent    ? SLICE("sent")
		   : later ? SLICE("deferred")
			   : SLICE("bounced"));
	event_text(e, F_REASON, status);
	event_act(e, ACT_SMTP_DELIVER, sent ? OUT_SUCCESS : OUT_FAILURE);
}

/* <T>, ctladdr=<C> (0/0), delay=.., relay=NAME [A], dsn=D, stat=S: S, the next hop's, comes last */
static bool read_to(slice rest, struct event *e)
{
	slice key, value;
	event_text(e, F_TO, take_address(&rest));
	while (slice_eat(&rest, ","))
		if (rest.len && rest.at[0] == '<')
			take_address(&rest);
	slice_eat(&rest, " ");
	if (slice_eat(&rest, "ctladdr="))
		take_address(&rest);
	while (rest.len && !slice_eat(&rest, "stat=")) {
		take_pair(&rest, &key, &value);
		if (slice_eq(key, SLICE("dsn")))
			event_text(e, F_SMTP_DSN, value);
		else if (slice_eq(key, SLICE("relay")))
			words_take_peer(&value, e, WORDS_NEXT_HOP);
	}
	if (rest.len == 0)
		return false;
	read_status(rest, e);
	return true;
}

/* MECH): why, user=U, relay=NAME [A]: U is the client's text */
static bool read_auth_failure(slice rest, struct event *e)
{
	event_text(e, F_AUTH_METHOD, slice_until(&rest, ')'));
	size_t relay = slice_search_last(rest, SLICE(", relay="));
	slice head = slice_first(rest, relay);
	size_t user = slice_search(head, SLICE(", user="));
	if (user != SIZE_MAX && head.len > user + 7)
		event_text(e, F_USER, slice_from(head, user + 7));
	slice_eat(&head, ": ");
	event_text(e, F_REASON, slice_first(head, user == SIZE_MAX ? head.len : user - 2));
	return words_last_peer(rest, SLICE(", relay="), e, WORDS_CLIENT);
}

/* relay=NAME [A], authid=U, mech=M, bits=N: a sign-in */
static bool read_auth(slice rest, struct event *e)
{
	size_t mech = slice_search_last(rest, SLICE(", mech="));
	if (!words_take_peer(&rest, e, WORDS_CLIENT))
		return true;
	mech = slice_search_last(rest, SLICE(", mech="));
	if (!slice_eat(&rest, ", authid=") || mech == SIZE_MAX)
		return false;
	event_text(e, F_USER, slice_first(rest, mech - 9));
	slice method = slice_from(rest, mech - 9 + 7);
	event_text(e, F_AUTH_METHOD, slice_until(&method, ','));
	return true;
}

/* NAME, arg1=A[, arg2=B], relay=NAME [A], reject=550 5.7.1 why */
static bool read_ruleset(slice rest, struct event *e)
{
	slice name = slice_until(&rest, ','), argument;
	slice_eat(&rest, " arg1=");
	if (rest.len && rest.at[0] == '<' && words_take_path(&rest, &argument) &&
	    slice_eq(name, SLICE("check_rcpt")))
		event_text(e, F_TO, argument);
	size_t at = slice_search(rest, SLICE(", relay="));
	if (at == SIZE_MAX)
		return false;
	rest = slice_from(rest, at + 8);
	if (!words_take_peer(&rest, e, WORDS_CLIENT)) /* a name that cannot be read */
		rest = slice_from(rest, slice_search(rest, SLICE(", reject=")));
	bool refused = slice_eat(&rest, ", reject=");
	event_act(e, refused ? ACT_SMTP_REJECT : ACT_MESSAGE, refused ? OUT_FAILURE : OUT_NONE);
	if (refused)
		event_text(e, F_REASON, rest);
	return true;
}

/* relay=NAME [A], version=V, verify=.., or error: accept failed=-1, ..., relay=NAME [A] */
static bool read_tls(slice rest, struct event *e)
{
	if (!slice_eat(&rest, "relay=")) {
		event_act(e, ACT_TLS_START, OUT_FAILURE);
		event_text(e, F_REASON, rest);
		words_last_peer(rest, SLICE(", relay="), e, WORDS_CLIENT);
		return true;
	}
	if (!words_take_peer(&rest, e, WORDS_CLIENT) || !slice_eat(&rest, ", version="))
		return true;
	event_number(e, F_TLS, 1);
	event_text(e, F_TLS_VERSION, slice_until(&rest, ','));
	return true;
}

/*
 * milter=NAME, action=rcpt, reject=550 ..., or Milter: data, reject=550 ..., or Milter: connect:
 * host=NAME, addr=A, rejecting commands
 */
static bool read_milter(slice rest, struct event *e)
{
	bool refused = slice_search(rest, SLICE(", reject")) != SIZE_MAX;
	slice peer = rest;
	if (slice_eat(&peer, "connect: host=")) {
		slice_until(&peer, ',');
		if (slice_eat(&peer, " addr="))
			words_address(slice_first(peer, slice_find(peer, ',')), e, F_SOURCE_IP);
	}
	if (refused)
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	event_text(e, F_REASON, rest);
	return true;
}

/* NAME [A] or A, before what the client sent */
static bool read_attack(slice rest, struct event *e)
{
	size_t n = 0;
	event_text(e, F_REASON, rest);
	while (n < rest.len && !strchr(", ", rest.at[n]) &&
	       (rest.at[n] != ':' || (n + 1 < rest.len && rest.at[n + 1] != ' ')))
		n++;
	if (!words_address(slice_first(rest, n), e, F_SOURCE_IP))
		words_take_peer(&rest, e, WORDS_CLIENT);
	return true;
}

/* [5 for "U"], relay=NAME [A]: U, which the client sent, is no name yet */
static bool read_relay(slice rest, struct event *e)
{
	size_t relay = slice_search_last(rest, SLICE(", relay="));
	event_text(e, F_REASON, slice_trim(slice_first(rest, relay)));
	words_last_peer(rest, SLICE(", relay="), e, WORDS_CLIENT);
	return true;
}

/* MAIL command (what the client said) from NAME [A] tempfailed (due to previous checks) */
static bool read_last_from(slice rest, struct event *e)
{
	event_text(e, F_REASON, rest);
	words_last_peer(rest, SLICE(" from "), e, WORDS_CLIENT);
	return true;
}

/* "debug" command from NAME [A] (argument): holes of the eighties; the command is one of four */
static bool read_probe(slice rest, struct event *e)
{
	static const slice mark = SLICE_INIT("\" command from ");
	size_t at = slice_search(slice_first(rest, 40), mark);
	event_text(e, F_REASON, rest);
	rest = slice_from(rest, at == SIZE_MAX ? rest.len : at + mark.len);
	event_act(e, ACT_WARNING, OUT_NONE);
	return words_take_peer(&rest, e, WORDS_CLIENT);
}

/* What is said of a client behind "NAME [A]". */
static const struct wording of_clients[] = {
    WORDS(": possible SMTP attack: ", WARNING, NONE, words_reason),
    WORDS(" did not issue ", LOGIN_NONE, NONE, words_reason),
    WORDS(": ", SMTP_REJECT, FAILURE, words_reason),
    END_OF_WORDS,
};

/* <a@b>... User unknown */
static bool read_refused(slice text, struct event *e)
{
	slice to;
	if (!words_take_path(&text, &to) || !slice_eat(&text, "... "))
		return false;
	event_text(e, F_TO, to);
	event_text(e, F_REASON, text);
	event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	return true;
}

/* "NAME [A]: VRFY x [rejected]", "NAME [A] did not issue ...", "<a@b>... User unknown" */
static bool read_other(slice text, struct event *e)
{
	slice rest = text;
	if (read_refused(text, e) || !words_take_peer(&rest, e, WORDS_CLIENT)) {
		if (slice_starts(text, SLICE("\"")))
			read_probe(slice_from(text, 1), e);
		return true;
	}
	if (slice_starts(rest, SLICE(": ")) && !slice_ends(rest, SLICE("[rejected]")) &&
	    !slice_starts(rest, of_clients[0].head))
		return true;
	words_decode(&format_sendmail, of_clients, rest, e);
	return true;
}

static const struct wording rows[] = {
    WORDS("from=", SMTP_QUEUE, NONE, read_from),
    WORDS("to=", SMTP_DELIVER, NONE, read_to),
    WORDS("AUTH failure (", LOGIN, FAILURE, read_auth_failure),
    WORDS("AUTH=server, relay=", SMTP_CLIENT, SUCCESS, read_auth),
    WORDS("ruleset=", SMTP_REJECT, FAILURE, read_ruleset),
    WORDS("STARTTLS=server, ", TLS_START, SUCCESS, read_tls),
    WORDS("STARTTLS=read: ", MESSAGE, NONE, NULL),
    WORDS("rejecting commands from ", SMTP_REJECT, FAILURE, words_peer_here),
    WORDS("lost input channel from ", DISCONNECT, NONE, words_peer_here),
    WORDS("timeout waiting for input", DISCONNECT, NONE, words_peer_from),
    WORDS("connect from ", CONNECT, NONE, words_peer_here),
    WORDS("Milter: ", MESSAGE, NONE, read_milter),
    WORDS("milter=", MESSAGE, NONE, read_milter),
    WORDS("SYSERR(", WARNING, NONE, words_reason),
    WORDS("POSSIBLE ATTACK from ", WARNING, NONE, read_attack),
    WORDS("unauthorized PIPELINING", WARNING, NONE, read_relay),
    WORDS("AUTH decode64 error ", AUTH_CHECK, FAILURE, read_relay),
    WORDS("AUTH encode64 error ", AUTH_CHECK, FAILURE, read_relay),
    WORDS("ERROR: srv_features=tempfail, relay=", SMTP_REJECT, FAILURE, words_peer_here),
    WORDS("SMTP ", SMTP_REJECT, FAILURE, read_last_from),
    WORDS("invalid domain name (", SMTP_REJECT, FAILURE, read_last_from),
    WORDS("collect: relay=", WARNING, NONE, read_attack),
    WORDS("header overflow from ", WARNING, NONE, read_attack),
    WORDS("headers too large (", WARNING, NONE, words_peer_from),
    WORDS("Authentication-Warning: ", WARNING, NONE, words_reason),
    WORDS("starting daemon (", DAEMON_START, NONE, words_reason),
    WORDS("restarting ", DAEMON_START, NONE, words_reason),
    WORDS("stopping daemon, ", DAEMON_STOP, NONE, words_reason),
    WORDS("rejecting connections on daemon ", WARNING, NONE, words_reason),
    WORDS("rejecting ", SMTP_REJECT, FAILURE, words_peer_from),
    WORDS("", MESSAGE, NONE, read_other),
    END_OF_WORDS,
};

enum decoded sendmail_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	take_id(&body, e);
	return words_decode(&format_sendmail, rows, body, e);
}
