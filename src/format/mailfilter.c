/*
 * mailfilter.c - what looks at mail on its way: rspamd, amavis, SpamAssassin, policy servers,
 * milters, greylisting, virus scanners.  They name the client that the mail server named to them.
 *
 * Laws: (1) they refuse nothing by themselves but where they say so; (2) sender, subject and
 * Message-ID are the client's text, and often stand on both sides of his address: where two
 * addresses fit, none is believed.
 */
#include "words.h"

const struct format format_rspamd = {"rspamd", "rspamd: what it found in each message", 'D'};
const struct format format_amavis = {"amavis", "amavis: what passed and what was blocked", 'D'};
const struct format format_spamassassin = {"spamassassin", "SpamAssassin's spamd, spampd", 'F'};
const struct format format_policyd_spf = {"policyd-spf", "SPF policy servers for Postfix", 'F'};
const struct format format_postgrey = {"postgrey", "postgrey, sqlgrey, milter-greylist", 'F'};
const struct format format_milter = {
    "milter", "opendkim, opendmarc, clamav-milter, clamd, dspam, other milters", 'F'};
const struct format format_saslauthd = {"saslauthd", "Cyrus SASL's saslauthd", 'F'};

static enum decoded message_of(const struct format *f, slice body, struct event *e)
{
	event_module(e, f);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	event_text(e, F_REASON, body);
	return DECODED_EVENT;
}

/* ---- rspamd ---- */

/*
 * "<tag>; module; function: " off the front, what it says left; false if that is not the log line.
 */
static bool find_task(slice body, slice *task)
{
	size_t at = slice_search(body, SLICE("rspamd_task_write_log: "));
	if (at == SIZE_MAX)
		return false;
	*task = slice_from(body, at + sizeof "rspamd_task_write_log: " - 1);
	return true;
}

/*
 * id: <M>, qid: <Q>, ip: A, user: U, from: <F>, (default: T (action): [score/..] ...), len: N, ...
 */
static void read_task(slice s, struct event *e)
{
	slice value;
	size_t result = slice_search(s, SLICE(", (default: "));
	if (result != slice_search_last(s, SLICE(", (default: ")))
		return; /* the client's text holds one: which is the daemon's cannot be told */
	slice head = slice_first(s, result), tail = slice_from(s, head.len);
	if (!words_only_address(head, SLICE(", ip: "), ", ", e, F_SOURCE_IP))
		return;
	if (slice_eat(&head, "id: <") && part_first(head, SLICE(""), '>', &value) && value.len &&
	    !slice_eq(value, SLICE("undef")))
		event_text(e, F_MESSAGE_ID, value);
	size_t qid = slice_search(head, SLICE(">, qid: <"));
	if (qid != SIZE_MAX)
		event_text(e, F_QUEUE_ID,
			   slice_first(slice_from(head, qid + 9),
				       slice_find(slice_from(head, qid + 9), '>')));
	size_t user = slice_search(head, SLICE(", user: ")),
	       from = slice_search(head, SLICE(", from: <"));
	if (user != SIZE_MAX && from != SIZE_MAX && from > user + 8 &&
	    slice_search_last(head, SLICE(", user: ")) == user)
		event_text(e, F_USER, slice_first(slice_from(head, user + 8), from - user - 8));
	if (from != SIZE_MAX) {
		slice sender = slice_from(head, from + 9);
		event_text(e, F_FROM, slice_first(sender, sender.len ? sender.len - 1 : 0));
	}
	if (part_first(tail, SLICE("), len: "), ',', &value))
		event_parse_number(e, F_SIZE, value);
	event_text(e, F_REASON,
		   slice_first(slice_from(tail, 2), slice_find(slice_from(tail, 2), '[')));
	if (part_first(tail, SLICE("(default: "), '[', &value) &&
	    slice_search(value, SLICE("(reject)")) != SIZE_MAX)
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
}

enum decoded rspamd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice task;
	event_module(e, &format_rspamd);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (find_task(body, &task))
		read_task(task, e);
	else
		event_text(e, F_REASON, body);
	return DECODED_EVENT;
}

/* Its own file: "#123(normal) <tag>; task; function: ..." behind the clock. */
enum decoded rspamd_dated_decode(struct format_state *st, slice body, struct event *e,
				 struct arena *scratch)
{
	int64_t pid;
	slice_eat(&body, " ");
	if (!slice_eat(&body, "#") || !slice_number(&body, &pid) || !slice_starts(body, SLICE("(")))
		return DECODED_UNKNOWN;
	event_number(e, F_PID, pid);
	return rspamd_decode((slice){0}, body, e, scratch);
}

/* ---- amavis ---- */

/* What stands before "<F>" that ends `head`; nothing where another bracket stands before it, which
 * a file's name may hold. */
static slice before_sender(slice head)
{
	slice value;
	size_t at = slice_search(head, SLICE(" <"));
	slice path = slice_from(head, at == SIZE_MAX ? head.len : at + 1);
	bool whole = words_take_path(&path, &value) && path.len == 0;
	return slice_first(head, whole ? at : at == SIZE_MAX ? head.len : 0);
}

/*
 * Where "<F>" in front of " -> <" ends, quotes in it passed; SIZE_MAX where there is none, or where
 * a file's name, in parentheses, may have written another.
 */
static size_t sender_end(slice s)
{
	static const slice arrow = SLICE_INIT("> -> <");
	size_t first = slice_search(s, arrow);
	slice path, rest;
	if (slice_find(slice_first(s, first), '(') < first && first != SIZE_MAX)
		return first == slice_search_last(s, arrow) ? first : SIZE_MAX;
	for (size_t at = 0, n; (n = slice_search(slice_from(s, at), SLICE(" <"))) != SIZE_MAX;) {
		at += n + 1;
		rest = slice_from(s, at);
		if (words_take_path(&rest, &path) && slice_starts(rest, SLICE(" -> <")))
			return (size_t)(rest.at - s.at) - 1;
	}
	return SIZE_MAX;
}

/*
 * Blocked SPAM {DiscardedInbound}, [A]:P [A] <F> -> <T>,<T>, Queue-ID: Q, Message-ID: <M>,
 * mail_id: I, Hits: H, size: N, 123 ms
 */
static void read_amavis(slice s, struct event *e)
{
	slice value, path;
	bool blocked = slice_starts(s, SLICE("Blocked"));
	size_t arrow = sender_end(s);
	slice head = slice_first(s, arrow == SIZE_MAX ? s.len : arrow + 1);
	event_act(e, blocked ? ACT_SMTP_REJECT : ACT_MESSAGE, blocked ? OUT_FAILURE : OUT_NONE);
	event_text(e, F_REASON, slice_first(s, slice_find(s, ',')));
	slice before = before_sender(head);
	words_only_address(before, SLICE(", ["), "]", e, F_SOURCE_IP);
	if (!event_has(e, F_SOURCE_IP)) /* "}, LOCAL [A]:P" */
		words_only_address(before, SLICE(" ["), "]", e, F_SOURCE_IP);
	size_t sender = slice_search(head, SLICE("] <"));
	if (sender != SIZE_MAX) {
		path = slice_from(head, sender + 2);
		if (words_take_path(&path, &value))
			event_text(e, F_FROM, value);
	}
	slice tail = slice_from(s, head.len);
	if (!slice_eat(&tail, " -> ") || !words_take_path(&tail, &value))
		return;
	event_text(e, F_TO, value);
	if (part_first(tail, SLICE(", Queue-ID: "), ',', &value))
		event_text(e, F_QUEUE_ID, value);
	if (part_first(tail, SLICE(", Message-ID: <"), '>', &value) && value.len)
		event_text(e, F_MESSAGE_ID, value);
	if (part_last(tail, SLICE(", size: "), ',', &value))
		event_parse_number(e, F_SIZE, value);
}

enum decoded amavis_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body;
	message_of(&format_amavis, body, e);
	if (slice_eat(&s, "(")) { /* (12345-01) */
		slice_until(&s, ')');
		s = slice_trim(s);
	}
	if (slice_starts(s, SLICE("Passed ")) || slice_starts(s, SLICE("Blocked ")))
		read_amavis(s, e);
	else if (slice_starts(s, SLICE("starting.")) || slice_starts(s, SLICE("Net::Server: 20")))
		event_act(e, ACT_DAEMON_START, OUT_NONE);
	return DECODED_EVENT;
}

/* ---- SpamAssassin ---- */

static bool read_result(slice rest, struct event *e)
{
	slice id;
	if (part_last(rest, SLICE(",mid=<"), '>', &id) && id.len)
		event_text(e, F_MESSAGE_ID, id);
	if (part_first(rest, SLICE(",size="), ',', &id))
		event_parse_number(e, F_SIZE, id);
	return true;
}

static bool read_processing(slice rest, struct event *e)
{
	size_t end = slice_search_last(rest, SLICE("> for "));
	if (slice_eat(&rest, "<") && end != SIZE_MAX && end > 1)
		event_text(e, F_MESSAGE_ID, slice_first(rest, end - 1));
	return true;
}

static const struct wording spamd_rows[] = {
    WORDS("result: ", MESSAGE, NONE, read_result),
    WORDS("processing message ", MESSAGE, NONE, read_processing),
    WORDS("checking message ", MESSAGE, NONE, read_processing),
    WORDS("server started on ", DAEMON_START, NONE, words_reason),
    WORDS("server killed by ", DAEMON_STOP, NONE, words_reason),
    WORDS("unauthorized connection from ", WARNING, NONE, words_peer_here),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

enum decoded spamassassin_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice_eat(&body, "spamd: ");
	return words_decode(&format_spamassassin, spamd_rows, body, e);
}

/* ---- policies ---- */

/* "Pass; identity=mailfrom; client-ip=A;", before all that the client says. */
static bool read_spf_client(slice s, struct event *e)
{
	slice_until(&s, ';');
	if (!slice_eat(&s, " identity="))
		return false;
	slice_until(&s, ';');
	return slice_eat(&s, " client-ip=") &&
	       words_address(slice_first(s, slice_find(s, ';')), e, F_SOURCE_IP);
}

/* Pass; identity=mailfrom; client-ip=A; helo=H; envelope-from=F; receiver=R */
enum decoded policyd_spf_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice from;
	message_of(&format_policyd_spf, body, e);
	if (!read_spf_client(body, e))
		words_only_address(body, SLICE("client-ip="), "; ", e, F_SOURCE_IP);
	if (!event_has(e, F_SOURCE_IP)) /* of the one in Perl: ip=A */
		words_only_address(body, SLICE("ip="), "; ,", e, F_SOURCE_IP);
	size_t receiver = slice_search_last(body, SLICE("; receiver="));
	if (part_last(slice_first(body, receiver), SLICE("; envelope-from="),
		      receiver == SIZE_MAX ? ';' : '\0', &from) &&
	    from.len)
		event_text(e, F_FROM, part_unbracket(from));
	if (slice_starts(body, SLICE("550 ")) || slice_starts(body, SLICE("reject")))
		event_act(e, ACT_SMTP_REJECT, OUT_FAILURE);
	return DECODED_EVENT;
}

/* action=greylist, reason=new, client_name=N, client_address=A, sender=F, recipient=T */
static bool read_greylist(slice rest, struct event *e)
{
	slice address;
	size_t sender = slice_search(rest, SLICE(", sender="));
	slice head = slice_first(rest, sender);
	event_text(e, F_REASON, head);
	if (part_last(head, SLICE(", client_address="), ',', &address))
		words_address(slice_first(address, slice_find(address, '/')), e, F_SOURCE_IP);
	if (sender == SIZE_MAX)
		return true;
	rest = slice_from(rest, sender + 9);
	size_t to = slice_search_last(rest, SLICE(", recipient="));
	event_text(e, F_FROM, slice_first(rest, to));
	if (to != SIZE_MAX)
		event_text(e, F_TO, slice_from(rest, to + 12));
	return true;
}

/* NAME[A/32] */
static bool read_whitelisted(slice rest, struct event *e)
{
	slice address = slice_from(rest, slice_find(rest, '[') + 1);
	size_t n = slice_search(address, SLICE("/"));
	n = n == SIZE_MAX ? slice_find(address, ']') : n;
	words_address(slice_first(address, n), e, F_SOURCE_IP);
	return true;
}

/* sqlgrey: "new: A(B), F -> T", "reconnect ok: A(B), ..."; milter-greylist: "addr NAME[A] from" */
static bool read_grey(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE(": "));
	slice address = slice_from(rest, at == SIZE_MAX ? rest.len : at + 2);
	size_t n = 0;
	while (n < address.len && address.at[n] != '(' && address.at[n] != ',')
		n++;
	words_address(slice_first(address, n), e, F_SOURCE_IP);
	event_text(e, F_REASON, rest);
	return true;
}

static const struct wording grey_rows[] = {
    WORDS("action=", MESSAGE, NONE, read_greylist),
    WORDS("whitelisted: ", MESSAGE, NONE, read_whitelisted),
    WORDS("grey: ", MESSAGE, NONE, read_grey),
    WORDS("addr ", MESSAGE, NONE, words_peer_here),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

/* milter-greylist has the queue id before it. */
static void take_id(slice *s, struct event *e)
{
	size_t n = slice_find(slice_first(*s, 24), ':');
	slice id = slice_first(*s, n), rest = slice_from(*s, n + 1);
	bool digit = false;
	for (size_t i = 0; i < n; i++) {
		char c = id.at[i];
		digit |= c >= '0' && c <= '9';
		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return;
	}
	if (n < 6 || n >= s->len || !digit || !slice_eat(&rest, " "))
		return;
	event_text(e, F_QUEUE_ID, id);
	*s = rest;
}

enum decoded postgrey_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	take_id(&body, e);
	return words_decode(&format_postgrey, grey_rows, body, e);
}

/* ---- milters ---- */

static const struct wording milter_rows[] = {
    WORDS("OpenDKIM Filter ", DAEMON_START, NONE, words_reason),
    WORDS("OpenDMARC Filter ", DAEMON_START, NONE, words_reason),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

/* "NAME [A] not internal" of opendkim is the one that names a client. */
enum decoded milter_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	take_id(&body, e);
	enum decoded d = words_decode(&format_milter, milter_rows, body, e);
	slice rest = body;
	if (slice_ends(body, SLICE(" not internal")))
		words_take_peer(&rest, e, WORDS_CLIENT);
	return d;
}

/*
 * do_auth : auth failure: [user=U] [service=S] [realm=R] [mech=M] [reason=why]: U is the client's
 */
static bool read_sasl(slice rest, struct event *e)
{
	slice value;
	size_t end = slice_search_last(rest, SLICE("] [service="));
	if (slice_eat(&rest, "[user=") && end != SIZE_MAX && end > 6) {
		event_text(e, F_USER, slice_first(rest, end - 6));
		rest = slice_from(rest, end - 6);
	}
	if (part_first(rest, SLICE(" [service="), ']', &value) && value.len)
		event_text(e, F_PROTOCOL, value);
	if (part_first(rest, SLICE(" [remote="), ']', &value)) /* since 2.1.29 */
		event_parse_address(e, F_SOURCE_IP, value);
	if (part_last(rest, SLICE(" [reason="), ']', &value) && value.len)
		event_text(e, F_REASON, value);
	return true;
}

/* Zimbra's: U auth failed: why */
static bool read_zimbra(slice rest, struct event *e)
{
	size_t end = slice_search_last(rest, SLICE(" auth failed: "));
	if (end == SIZE_MAX)
		return true;
	event_act(e, ACT_AUTH_CHECK, OUT_FAILURE);
	event_text(e, F_USER, slice_first(rest, slice_find(slice_first(rest, end), ' ')));
	event_text(e, F_REASON, slice_from(rest, end + 14));
	return true;
}

static const struct wording sasl_rows[] = {
    WORDS("auth_zimbra: ", MESSAGE, NONE, read_zimbra),
    WORDS("auth failure: ", AUTH_CHECK, FAILURE, read_sasl),
    WORDS("auth success: ", AUTH_CHECK, SUCCESS, read_sasl),
    WORDS("auth success (cached): ", AUTH_CHECK, SUCCESS, read_sasl),
    WORDS("listening on ", DAEMON_START, NONE, words_reason),
    WORDS("master pid is", DAEMON_START, NONE, words_reason),
    WORDS("", MESSAGE, NONE, words_reason),
    END_OF_WORDS,
};

enum decoded saslauthd_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body, function = slice_until(&s, ' ');
	s = slice_trim(s);
	if (slice_eq(function, SLICE(":"))) /* of a function without a name */
		body = s;
	else if (function.len < body.len && slice_eat(&s, ":"))
		body = slice_trim(s);
	return words_decode(&format_saslauthd, sasl_rows, body, e);
}
