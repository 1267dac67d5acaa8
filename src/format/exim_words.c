/*
 * exim_words.c - what Exim says of clients and of itself: smtp_in.c, acl.c, receive.c, daemon.c of
 * 4.20 to 4.99.
 *
 * Law: a client stands at the place that his words give him, and nowhere else is he looked for.
 * Where the client's own text comes before that place, the last one counts, where behind, the
 * first.
 */
#include "exim.h"

/* Where the client stands in a line, counted from behind the words that it begins with. */
enum place_of {
	NOWHERE,
	HOST,      /* here, or behind "H=" */
	FROM,      /* behind the next " from " */
	QUOTED,    /* behind the last `" H=`: what stands in the quotes is the client's */
	QUOTED_BY, /* behind the last `" from ` */
	SENDER,    /* behind an address and ">" */
	ADDRESS,   /* an address alone */
	RECEIVED,  /* behind the last " received from ": what is before it is the client's */
	DURING,    /* behind "(during SMTP connection from " */
	OUTSIDE,   /* the next hop, behind " to " or in "host name [address]" */
};

static const struct shape {
	slice head;
	enum place_of client;
	enum action action;
	enum result outcome;
} shapes[] = {
    {SLICE_INIT("SMTP connection from "), HOST, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("SMTP connection Ci="), FROM, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("no host name found for IP address "), ADDRESS, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("no IP address found for host "), DURING, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("no MAIL in "), FROM, ACT_DISCONNECT, OUT_FAILURE},
    {SLICE_INIT("unexpected disconnection "), FROM, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("unexpected EOF "), FROM, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("SMTP command timeout on "), FROM, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("SMTP data timeout "), FROM, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("SMTP protocol error in "), QUOTED, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("SMTP syntax error in "), QUOTED, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("SMTP call from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected EHLO from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected HELO from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected XCLIENT from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected MAIL from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected MAIL command "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected MAIL FROM:<"), SENDER, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected from <"), SENDER, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("rejected "), QUOTED_BY, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("temporarily rejected "), QUOTED_BY, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("refused connection from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("temporarily refused connection from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("Connection from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("connection from "), HOST, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("unqualified sender rejected: <"), SENDER, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("unqualified recipient rejected: <"), SENDER, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("too many recipients: message rejected: sender=<"), SENDER, ACT_SMTP_REJECT,
     OUT_FAILURE},
    {SLICE_INIT("too many recipients: excess temporarily rejected: sender=<"), SENDER,
     ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("TLS error on connection from "), HOST, ACT_TLS_START, OUT_FAILURE},
    {SLICE_INIT("TLS error on connection "), NOWHERE, ACT_TLS_START, OUT_FAILURE},
    {SLICE_INIT("TLS error on "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("Error or EOF on input from "), HOST, ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("ignoring AUTH="), FROM, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("ATRN "), RECEIVED, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("ETRN "), RECEIVED, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("VRFY failed for "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("SMTP "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("ident connection to "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("Start queue run"), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("End queue run"), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("Start '"), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("End '"), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("exim user lost privilege"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("Exim configuration error"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("cwd="), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("daemon: "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("socket bind() to port "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("DKIM: "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("DANE "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("dnslist"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("DNS list lookup "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("malware acl condition"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("spam acl condition"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("Expansion of "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("expansion of "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("Failed to "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("failed to expand "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("Warning: "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("sender verify "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("EHLO/HELO response "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("local_scan() function "), NOWHERE, ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("recipient verify "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("ACL for "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("ACL \""), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("WARNING: "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("invalid "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("configured error code "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("ridiculously long "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("overlong "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("exec of "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("TLS session: "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("SIGSEGV"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("pid "), NOWHERE, ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("malware acl"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("string_sprintf"), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("unable to "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("Unable to "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("Couldn't "), NOWHERE, ACT_WARNING, OUT_NONE},
    {SLICE_INIT("queue run: "), NOWHERE, ACT_WARNING, OUT_NONE},
};

/* What is said of a client whose place has been read. */
static const struct {
	slice words;
	enum action action;
	enum result outcome;
} verdicts[] = {
    {SLICE_INIT("rejected "), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("temporarily rejected "), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("sender verify fail"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("sender verify defer"), ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("dropped by "), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("discarded by "), ACT_SMTP_REJECT, OUT_NONE},
    {SLICE_INIT("discarded "), ACT_SMTP_REJECT, OUT_NONE},
    {SLICE_INIT("AUTH command used when not advertised"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("Unknown SMTP command"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("incomplete transaction"), ACT_DISCONNECT, OUT_NONE},
    {SLICE_INIT("Warning: "), ACT_WARNING, OUT_NONE},
    {SLICE_INIT("RCPT "), ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("MAIL "), ACT_MESSAGE, OUT_NONE},
    {SLICE_INIT("closed by DROP"), ACT_SMTP_REJECT, OUT_FAILURE},
    {SLICE_INIT("(TCP/IP connection count"), ACT_CONNECT, OUT_NONE},
};

/* <a@b> or a@b behind "rejected RCPT "; why stands behind the next ": " */
static void read_rejection(slice s, struct event *e)
{
	slice rest = s;
	if (slice_eat(&rest, "RCPT ")) {
		slice to = exim_take_address(&rest);
		if (slice_ends(to, SLICE(":"))) {
			to.len--;
			rest = (slice){rest.at - 1, rest.len + 1};
		}
		event_text(e, F_TO, part_unbracket(to));
	}
	size_t at = slice_search(rest, SLICE(": "));
	slice why = at == SIZE_MAX ? slice_trim(s) : slice_from(rest, at + 2);
	if (why.len)
		event_text(e, F_REASON, why);
}

/* What stands behind the client and his items; false if none of that is known. */
static bool read_verdict(slice s, struct event *e)
{
	slice_eat(&s, " ");
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		if (!slice_starts(s, verdicts[i].words))
			continue;
		event_act(e, verdicts[i].action, verdicts[i].outcome);
		if (verdicts[i].outcome == OUT_FAILURE)
			read_rejection(slice_from(s, verdicts[i].words.len), e);
		return true;
	}
	return false;
}

/* Where the client begins, by a row of the table; SIZE_MAX if he does not stand there. */
static size_t client_at(enum place_of place, slice s)
{
	static const slice marks[] = {
	    [FROM] = SLICE_INIT(" from "),
	    [QUOTED] = SLICE_INIT("\" H="),
	    [QUOTED_BY] = SLICE_INIT("\" from "),
	    [SENDER] = SLICE_INIT("> "),
	    [RECEIVED] = SLICE_INIT(" received from "),
	    [DURING] = SLICE_INIT("(during SMTP connection from "),
	};
	size_t at = 0;
	if (place == SENDER) {
		slice rest = s;
		at = exim_take_address(&rest).len;
		return at && s.at[at - 1] == '>' ? at + 1 : SIZE_MAX;
	}
	if (place == HOST || place == ADDRESS)
		return 0;
	bool last = place == QUOTED || place == QUOTED_BY || place == RECEIVED;
	at = last ? slice_search_last(s, marks[place]) : slice_search(s, marks[place]);
	return at == SIZE_MAX ? at : at + marks[place].len;
}

static void read_client(enum place_of place, slice s, struct event *e)
{
	size_t at = place == NOWHERE ? SIZE_MAX : client_at(place, s);
	if (at == SIZE_MAX)
		return;
	slice rest = slice_from(s, at);
	if (place == ADDRESS) {
		event_parse_address(e, F_SOURCE_IP, slice_until(&rest, ' '));
		return;
	}
	slice_eat(&rest, "H=");
	if (!exim_take_host(&rest, e, EXIM_CLIENT))
		return;
	exim_take_items(&rest, false, e);
	if (place == HOST)
		read_verdict(rest, e);
}

/* `H=name [address]: why` of a message on its way is the next hop. */
static enum decoded read_host_line(slice s, bool queued, struct event *e)
{
	slice rest = s;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (slice_eat(&rest, "F=")) { /* of local_scan() before 4.9x */
		slice from = exim_take_address(&rest);
		event_text(e, F_FROM, part_unbracket(from));
		slice_eat(&rest, " ");
	}
	slice host = rest;
	slice_eat(&host, "H=");
	bool client = slice_starts(rest, SLICE("H=")) && exim_take_host(&host, e, EXIM_CLIENT);
	if (!client)
		host = rest;
	/* "U=ana F=<..> rejected": a local caller */
	exim_take_items(&host, !client && slice_starts(rest, SLICE("U=")), e);
	bool said = read_verdict(host, e);
	if (said || !client || !queued)
		return DECODED_EVENT;
	event_drop(e, F_SOURCE_IP);
	event_drop(e, F_SOURCE_PORT);
	event_drop(e, F_SOURCE_DOMAIN);
	slice_eat(&rest, "H=");
	exim_take_host(&rest, e, EXIM_NEXT_HOP);
	return DECODED_EVENT;
}

/*
 * NAME authenticator failed for HOST: 535 why (set_id=USER): the user is the client's text; the
 * name, of a driver in the configuration, has no colon.
 */
static bool read_failed_login(slice s, struct event *e)
{
	slice method = slice_until(&s, ' ');
	if (!slice_eat(&s, "authenticator failed for ") || slice_ends(method, SLICE(":")))
		return false;
	slice_eat(&s, "H=");
	event_act(e, ACT_LOGIN, OUT_FAILURE);
	event_text(e, F_AUTH_METHOD, method);
	if (!exim_take_host(&s, e, EXIM_CLIENT))
		return true;
	exim_take_items(&s, false, e);
	slice_eat(&s, ": ");
	size_t at = slice_search(s, SLICE(" (set_id="));
	event_text(e, F_REASON, slice_first(s, at));
	if (at == SIZE_MAX)
		return true;
	slice name = slice_from(s, at + 9);
	size_t end =
	    slice_ends(name, SLICE(")")) ? name.len - 1 : slice_search_last(name, SLICE("): "));
	if (end > 0)
		event_text(e, F_USER, slice_first(name, end));
	return true;
}

/* SMTP protocol synchronization error (why): rejected connection from H=.. or rejected "x" H=.. */
static void read_sync_error(slice s, struct event *e)
{
	size_t at = slice_search(s, SLICE("): rejected "));
	event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	if (at == SIZE_MAX)
		return;
	s = slice_from(s, at + 12);
	slice input = slice_first(s, slice_search_last(s, SLICE(" next input=")));
	if (slice_starts(s, SLICE("connection from ")))
		read_client(HOST, slice_from(s, 16), e);
	else
		read_client(QUOTED, input, e);
	event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
}

/* sa-exim: SA: Action: silently tossed message: ... From <F> (host=NAME [address]) for R */
static void read_sa_exim(slice s, struct event *e)
{
	bool tossed = slice_starts(s, SLICE("silently tossed")) ||
		      slice_starts(s, SLICE("permanently rejected")) ||
		      slice_starts(s, SLICE("temporarily rejected"));
	event_act(e, tossed ? ACT_SMTP_REJECT : ACT_MESSAGE, tossed ? OUT_FAILURE : OUT_NONE);
	size_t at = slice_search_last(s, SLICE(" (host="));
	slice rest = slice_from(s, at == SIZE_MAX ? s.len : at + 7);
	exim_take_host(&rest, e, EXIM_CLIENT);
}

/* exim 4.96 daemon started: pid=1, ... */
static bool read_daemon(slice s, struct event *e)
{
	slice version = slice_until(&s, ' ');
	(void)version;
	bool start = slice_starts(s, SLICE("daemon started"));
	if (!start && !slice_starts(s, SLICE("daemon terminating")))
		return false;
	event_act(e, start ? ACT_DAEMON_START : ACT_DAEMON_STOP, OUT_NONE);
	return true;
}

static bool read_shape(slice s, struct event *e)
{
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const struct shape *row = &shapes[i];
		if (row->head.at[0] != s.at[0] || !slice_starts(s, row->head))
			continue;
		event_act(e, row->action, row->outcome);
		event_text(e, F_REASON, s);
		read_client(row->client, slice_from(s, row->head.len), e);
		return true;
	}
	return false;
}

/* False if it is in none of the words that Exim itself writes. */
bool exim_read_words(slice s, bool queued, struct event *e)
{
	static const slice sync = SLICE_INIT("SMTP protocol synchronization error ");
	if (slice_starts(s, SLICE("H=")) || slice_starts(s, SLICE("F=")) ||
	    slice_starts(s, SLICE("U="))) {
		read_host_line(s, queued, e);
		return true;
	}
	if (slice_starts(s, SLICE("exim ")) && read_daemon(slice_from(s, 5), e))
		return true;
	if (slice_starts(s, SLICE("SA: Action: "))) {
		read_sa_exim(slice_from(s, 12), e);
		return true;
	}
	if (slice_starts(s, sync)) {
		read_sync_error(slice_from(s, sync.len), e);
		return true;
	}
	return read_failed_login(s, e) || (s.len && read_shape(s, e));
}

/* The flags of a message's own lines. */
static const struct {
	char flag[4];
	const char *status;
	enum result outcome;
} deliveries[] = {
    {"=> ", "sent", OUT_SUCCESS},    {"-> ", "sent", OUT_SUCCESS},
    {">> ", "sent", OUT_SUCCESS},    {"*> ", "not sent", OUT_NONE},
    {"** ", "bounced", OUT_FAILURE}, {"== ", "deferred", OUT_FAILURE},
};

bool exim_read_queued(slice s, struct event *e)
{
	slice rest = slice_from(s, 3);
	if (slice_starts(s, SLICE("<= "))) {
		exim_read_arrival(rest, e);
		return true;
	}
	if (slice_starts(s, SLICE("Completed"))) {
		event_act(e, ACT_SMTP_REMOVE, OUT_NONE);
		return true;
	}
	for (size_t i = 0; i < sizeof deliveries / sizeof *deliveries; i++)
		if (slice_starts(s, (slice){deliveries[i].flag, 3})) {
			exim_read_delivery(rest, e, deliveries[i].status, deliveries[i].outcome);
			return true;
		}
	return false;
}
