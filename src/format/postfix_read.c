/*
 * postfix_read.c - what each kind of Postfix's lines says.
 *
 * Laws: (1) a client stands as name[address] at a place that no attacker's text precedes, and is
 *       read from the left: rDNS names are host names or "unknown", never text with spaces;
 *       (2) where such text does precede it (header_checks) and two clients fit, none is believed;
 *       (3) a sender's address may hold anything: what follows it is found from the right, a quoted
 *       recipient is passed whole.
 */
#include "postfix.h"

/* name[address]:port, of a client or of a next hop */
struct peer {
	slice name, address, port;
};
enum side { CLIENT, NEXT_HOP };

static bool eat_peer(slice *s, struct peer *p)
{
	size_t open = slice_find(*s, '[');
	p->name = slice_first(*s, open);
	slice rest = slice_from(*s, open + 1);
	size_t close = slice_find(rest, ']');
	if (open == s->len || close == rest.len || slice_find(p->name, ' ') != open)
		return false;
	p->address = slice_first(rest, close);
	rest = slice_from(rest, close + 1);
	size_t digits = 1;
	while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
		digits++;
	bool port = rest.len && rest.at[0] == ':' && digits > 1;
	p->port = slice_from(slice_first(rest, port ? digits : 0), 1);
	*s = slice_from(rest, port ? digits : 0);
	return true;
}

static void set_peer(struct event *e, const struct peer *p, enum side side)
{
	static const enum field fields[][3] = {
	    [CLIENT] = {F_SOURCE_DOMAIN, F_SOURCE_IP, F_SOURCE_PORT},
	    [NEXT_HOP] = {F_DESTINATION_DOMAIN, F_DESTINATION_IP, F_DESTINATION_PORT},
	};
	if (p->name.len && !slice_eq(p->name, SLICE("unknown")))
		event_text(e, fields[side][0], p->name);
	event_parse_address(e, fields[side][1], p->address);
	event_parse_number(e, fields[side][2], p->port);
}

static bool take_peer(slice *rest, struct event *e, enum side side)
{
	struct peer p;
	if (!eat_peer(rest, &p))
		return false;
	set_peer(e, &p, side);
	return true;
}

bool postfix_read_client(slice rest, struct event *e)
{
	return take_peer(&rest, e, CLIENT);
}

bool postfix_read_hop(slice rest, struct event *e)
{
	return take_peer(&rest, e, NEXT_HOP);
}

/* ... from name[address]: "lost connection after DATA (0 bytes) from", "limit exceeded: 9 from" */
bool postfix_read_from(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE(" from "));
	return at != SIZE_MAX && postfix_read_client(slice_from(rest, at + 6), e);
}

/* The client ends the line; what stands before it may be the client's, and longer than logged. */
bool postfix_read_from_end(slice rest, struct event *e)
{
	size_t at = slice_search_last(rest, SLICE(" from "));
	struct peer p;
	rest = slice_from(rest, at == SIZE_MAX ? rest.len : at + 6);
	if (eat_peer(&rest, &p) && rest.len == 0)
		set_peer(e, &p, CLIENT);
	return true;
}

/* name[address]: subject_CN=..., or of a verbose smtpd, "< name[address]: EHLO x"; or something
 * else */
bool postfix_read_any(slice rest, struct event *e)
{
	struct peer p;
	if (slice_starts(rest, SLICE("< ")) || slice_starts(rest, SLICE("> ")))
		rest = slice_from(rest, 2);
	if (eat_peer(&rest, &p) && slice_starts(rest, SLICE(": ")))
		set_peer(e, &p, CLIENT);
	return true;
}

/* postscreen: the first [address]:port, before anything that the client sent */
bool postfix_read_endpoint(slice rest, struct event *e)
{
	return postfix_read_client(slice_from(rest, slice_find(rest, '[')), e);
}

bool postfix_read_endpoints(slice rest, struct event *e)
{
	return take_peer(&rest, e, CLIENT) &&
	       (!slice_eat(&rest, " to ") || postfix_read_hop(rest, e));
}

/* from name[address]: TLSv1.3 with cipher ... */
bool postfix_read_tls(slice rest, struct event *e)
{
	bool client = slice_eat(&rest, "from ");
	if ((!client && !slice_eat(&rest, "to ")) ||
	    !take_peer(&rest, e, client ? CLIENT : NEXT_HOP))
		return false;
	event_number(e, F_TLS, 1);
	if (slice_eat(&rest, ": "))
		event_text(e, F_TLS_VERSION, slice_until(&rest, ' '));
	return true;
}

/* 1/3: of three tries one was accepted; 2 is two of two (since 3.0) */
static bool read_tries(slice s, struct event *e)
{
	int64_t accepted, tried;
	if (!slice_number(&s, &accepted))
		return false;
	tried = accepted;
	if (slice_eat(&s, "/") && !slice_number(&s, &tried))
		return false;
	event_number(e, F_AUTH_ATTEMPTS, tried);
	if (tried)
		event_act(e, e->action, accepted ? OUT_SUCCESS : OUT_FAILURE);
	return true;
}

/* name[address] ehlo=1 auth=0/1 quit=1 commands=2/3 */
bool postfix_read_disconnect(slice rest, struct event *e)
{
	if (!take_peer(&rest, e, CLIENT))
		return false;
	for (slice_until(&rest, ' '); rest.len;) {
		slice item = slice_until(&rest, ' ');
		if (slice_eat(&item, "auth="))
			return read_tries(item, e);
	}
	return true;
}

static void set_address(struct event *e, enum field f, slice text)
{
	while (text.len && (text.at[text.len - 1] == ',' || text.at[text.len - 1] == '>'))
		text.len--;
	if (text.len || f == F_FROM)
		event_text(e, f, text);
}

/* Cuts `text` at the last `key`; what stood behind the key is the answer. */
static bool cut_last(slice *text, slice key, slice *value)
{
	size_t at = slice_search_last(*text, key);
	if (at == SIZE_MAX)
		return false;
	*value = slice_from(*text, at + key.len);
	*text = slice_first(*text, at);
	return true;
}

/* " sasl_method=M sasl_username=U sasl_sender=S" behind a reject; the sender is xtext. */
static void read_sasl_tail(slice rest, struct event *e)
{
	if (slice_eat(&rest, " sasl_method="))
		event_text(e, F_AUTH_METHOD, slice_until(&rest, ' '));
	slice sender;
	cut_last(&rest, SLICE(" sasl_sender="), &sender);
	if (slice_eat(&rest, "sasl_username=") && rest.len)
		event_text(e, F_USER, rest);
}

/*
 * " from=<F> to=<T> proto=P helo=<H>", from the right: Postfix takes brackets and spaces out of
 * a HELO name (smtpd.c, NEUTER_CHARACTERS), but not out of addresses.
 */
static void read_envelope(slice text, struct event *e)
{
	slice value;
	if (cut_last(&text, SLICE(" helo=<"), &value)) {
		slice helo = slice_until(&value, '>');
		if (helo.len)
			event_text(e, F_HELO, helo);
		read_sasl_tail(value, e);
	}
	cut_last(&text, SLICE(" proto="), &value);
	if (cut_last(&text, SLICE(" to=<"), &value))
		set_address(e, F_TO, value);
	if (slice_eat(&text, " from=<"))
		set_address(e, F_FROM, text);
}

static bool is_dsn(slice s)
{
	return s.len >= 5 && s.at[1] == '.' && (s.at[0] == '2' || s.at[0] == '4' || s.at[0] == '5');
}

/* "554 5.7.1 why", "5.7.1 why" */
static void set_reason(struct event *e, slice reason)
{
	slice rest = reason, dsn = slice_until(&rest, ' ');
	if (!is_dsn(dsn))
		dsn = slice_until(&rest, ' ');
	if (is_dsn(dsn))
		event_text(e, F_SMTP_DSN, dsn);
	if (reason.len)
		event_text(e, F_REASON, reason);
}

/* Where log_whatsup()'s tail begins; the end of the text if it was cut off. */
static size_t envelope_at(slice text)
{
	for (size_t at = 0; (at += slice_find(slice_from(text, at), ';')) < text.len; at++) {
		slice tail = slice_from(text, at);
		if (slice_starts(tail, SLICE("; from=<")) || slice_starts(tail, SLICE("; to=<")) ||
		    slice_starts(tail, SLICE("; proto=")))
			return at;
	}
	return text.len;
}

/* RCPT from name[address]: 554 5.7.1 why; from=<> to=<> proto= helo=<> */
bool postfix_read_stage(slice rest, struct event *e)
{
	size_t from = slice_search(rest, SLICE(" from "));
	if (from == SIZE_MAX) {
		set_reason(e, rest);
		return true;
	}
	rest = slice_from(rest, from + 6);
	if (!take_peer(&rest, e, CLIENT))
		return false;
	slice_eat(&rest, ": ");
	size_t tail = envelope_at(rest);
	set_reason(e, slice_first(rest, tail));
	read_envelope(slice_from(rest, tail + 1), e);
	return true;
}

/* END-OF-MESSAGE: 250 Ok; from=<> to=<> proto= helo=<>: what a filter behind smtpd answered */
bool postfix_read_proxied(slice rest, struct event *e)
{
	size_t stage = slice_search(rest, SLICE(": "));
	rest = slice_from(rest, stage == SIZE_MAX ? 0 : stage + 2);
	size_t tail = envelope_at(rest);
	set_reason(e, slice_first(rest, tail));
	read_envelope(slice_from(rest, tail + 1), e);
	return true;
}

/* What stands before `c`, which stays. */
static slice eat_until(slice *s, char c)
{
	slice head = slice_first(*s, slice_find(*s, c));
	*s = slice_from(*s, head.len);
	return head;
}

/* client=name[address], sasl_method=M, sasl_username=U, ...: the proof of a sign-in */
bool postfix_read_mail_client(slice rest, struct event *e)
{
	static const slice ends[] = {SLICE_INIT(", sasl_sender="), SLICE_INIT(", orig_queue_id="),
				     SLICE_INIT(", orig_client=")};
	if (!take_peer(&rest, e, CLIENT))
		return false;
	if (slice_eat(&rest, ", sasl_method="))
		event_text(e, F_AUTH_METHOD, eat_until(&rest, ','));
	if (!slice_eat(&rest, ", sasl_username="))
		return true;
	slice user = rest;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		user = slice_first(user, slice_search(user, ends[i]));
	if (user.len == 0)
		return true;
	event_text(e, F_USER, user);
	event_act(e, ACT_SMTP_CLIENT, OUT_SUCCESS);
	return true;
}

/*
 * ": SASL LOGIN authentication failed: why, sasl_username=U"; U, which the client chose, comes last
 */
static bool read_sasl_failure(slice rest, struct event *e)
{
	if (!slice_eat(&rest, ": SASL "))
		return true;
	event_text(e, F_AUTH_METHOD, slice_until(&rest, ' '));
	if (slice_eat(&rest, "authentication aborted"))
		event_act(e, ACT_LOGIN_NONE, OUT_NONE);
	if (!slice_eat(&rest, "authentication failed:"))
		return true;
	event_act(e, ACT_LOGIN, OUT_FAILURE);
	slice user;
	size_t at = slice_search(rest, SLICE(", sasl_username="));
	if (part_first(rest, SLICE(", sasl_username="), '\n', &user) && user.len &&
	    !slice_eq(user, SLICE("(unavailable)")))
		event_text(e, F_USER, user);
	slice why = slice_trim(slice_first(rest, at));
	if (why.len)
		event_text(e, F_REASON, why);
	return true;
}

/* hostname NAME does not resolve to address A: why */
bool postfix_read_unresolved(slice rest, struct event *e)
{
	slice name = slice_until(&rest, ' ');
	if (!slice_eat(&rest, "does not resolve to address "))
		return true;
	event_text(e, F_SOURCE_DOMAIN, name);
	size_t end = slice_search(rest, SLICE(": "));
	return event_parse_address(e, F_SOURCE_IP, slice_first(rest, end));
}

/* name[address]: SASL ..., or A: hostname NAME verification failed: why */
bool postfix_read_warned_client(slice rest, struct event *e)
{
	struct peer p;
	slice after = rest;
	event_text(e, F_REASON, rest);
	if (eat_peer(&after, &p) && after.len > 1 && (after.at[0] == ':' || after.at[0] == ' ')) {
		set_peer(e, &p, CLIENT);
		return read_sasl_failure(after, e);
	}
	size_t end = slice_search(rest, SLICE(": "));
	if (end <= ADDRESS_TEXT)
		event_parse_address(e, F_SOURCE_IP, slice_first(rest, end));
	return true;
}

bool postfix_read_message_id(slice rest, struct event *e)
{
	rest = part_unbracket(rest);
	if (rest.len)
		event_text(e, F_MESSAGE_ID, rest);
	return true;
}

/*
 * Where " from ORIGIN; from=<" of a header_checks line stands: `header` text is at most 200 bytes.
 */
static size_t origin_at(slice text, bool *forged)
{
	static const slice mark = SLICE_INIT("; from=<");
	size_t found = SIZE_MAX;
	*forged = false;
	for (size_t from = 0, at; from < text.len; from += at + mark.len) {
		at = slice_search(slice_from(text, from), mark);
		if (at == SIZE_MAX)
			break;
		size_t origin = slice_search_last(slice_first(text, from + at), SLICE(" from "));
		if (origin == SIZE_MAX || origin > 200 ||
		    slice_find(slice_from(slice_first(text, from + at), origin + 6), ' ') <
			from + at - origin - 6)
			continue;
		*forged = found != SIZE_MAX;
		found = origin;
	}
	return found;
}

/* header Subject: TEXT from name[address]; from=<> to=<> proto= helo=<>: what the table says */
bool postfix_read_content(slice rest, struct event *e)
{
	if (!slice_eat(&rest, "header ") && !slice_eat(&rest, "body ") &&
	    !slice_eat(&rest, "content "))
		return postfix_read_stage(rest, e);
	bool forged;
	size_t at = origin_at(rest, &forged);
	slice content = slice_first(rest, at);
	if (content.len >= 8 && slice_eq_nocase(slice_first(content, 8), SLICE("Subject:")))
		event_text(e, F_SUBJECT, slice_trim(slice_from(content, 8)));
	else
		event_text(e, F_REASON, content);
	if (at == SIZE_MAX || forged)
		return true;
	rest = slice_from(rest, at + 6);
	take_peer(&rest, e, CLIENT); /* or "local", or "unknown" */
	read_envelope(slice_from(rest, slice_find(rest, ';') + 1), e);
	return true;
}

/* ACTION: header TEXT from ...: actions that have no row of their own */
bool postfix_read_action(slice rest, struct event *e)
{
	size_t colon = slice_search(rest, SLICE(": header "));
	if (colon == SIZE_MAX || slice_find(rest, ' ') != colon + 1)
		return true;
	return postfix_read_content(slice_from(rest, colon + 2), e);
}

/* status=expired, returned to sender */
static bool read_given_up(slice rest, struct event *e)
{
	event_text(e, F_SMTP_STATUS, slice_until(&rest, ','));
	event_act(e, ACT_SMTP_QUEUE, OUT_FAILURE);
	return true;
}

/*
 * from=<F>, size=N, nrcpt=N (queue active), or from=<F>, status=S; F, the client's, may hold all
 * of that itself, so the last mark counts.
 */
bool postfix_read_queued(slice rest, struct event *e)
{
	slice value;
	int64_t size, recipients;
	size_t status = slice_search_last(rest, SLICE(">, status="));
	size_t mark = slice_search_last(rest, SLICE(">, size="));
	if (mark == SIZE_MAX && status == SIZE_MAX)
		return false;
	if (mark == SIZE_MAX || (status != SIZE_MAX && status > mark)) {
		event_text(e, F_FROM, slice_first(rest, status));
		return read_given_up(slice_from(rest, status + 10), e);
	}
	event_text(e, F_FROM, slice_first(rest, mark));
	value = slice_from(rest, mark + 8);
	if (!slice_number(&value, &size) || !slice_eat(&value, ", nrcpt=") ||
	    !slice_number(&value, &recipients))
		return false;
	event_number(e, F_SIZE, size);
	event_number(e, F_RECIPIENTS, recipients);
	return true;
}

/* uid=33 from=<www-data> */
bool postfix_read_pickup(slice rest, struct event *e)
{
	event_text(e, F_USER_ID, slice_until(&rest, ' '));
	if (!slice_eat(&rest, "from=<"))
		return false;
	slice orig;
	cut_last(&rest, SLICE("> orig_id="), &orig);
	set_address(e, F_FROM, rest);
	return true;
}

/* An address up to its '>', past a quoted local part, in which anything may stand (RFC 5321). */
static bool eat_address(slice *s, slice *address)
{
	size_t i = 0;
	if (s->len && s->at[0] == '"')
		for (i = 1; i < s->len && s->at[i] != '"'; i++)
			i += s->at[i] == '\\';
	size_t end = slice_search(slice_from(*s, i), SLICE(">, "));
	if (i >= s->len || end == SIZE_MAX)
		return false;
	*address = slice_first(*s, i + end);
	*s = slice_from(*s, i + end + 3);
	return true;
}

static void read_relay(slice relay, struct event *e)
{
	if (!postfix_read_hop(relay, e) && !slice_eq(relay, SLICE("none")))
		event_text(e, F_DESTINATION_DOMAIN, relay);
}

/* status=sent (250 2.0.0 Ok): the words in the brackets are the next hop's */
static bool read_status(slice rest, struct event *e)
{
	slice status = slice_first(rest, slice_find(rest, ' '));
	if (status.len == 0 || status.len == rest.len) /* cut off: its fate is unknown */
		return false;
	rest = slice_from(rest, status.len + 1);
	bool good = slice_eq(status, SLICE("sent")) || slice_eq(status, SLICE("deliverable"));
	event_text(e, F_SMTP_STATUS, status);
	event_act(e, ACT_SMTP_DELIVER, good ? OUT_SUCCESS : OUT_FAILURE);
	slice_eat(&rest, "(");
	if (rest.len && rest.at[rest.len - 1] == ')')
		rest.len--;
	if (rest.len)
		event_text(e, F_REASON, rest);
	return true;
}

/* to=<T>, orig_to=<O>, relay=R, conn_use=N, delay=.., delays=.., tls=.., dsn=D, status=S (why) */
bool postfix_read_delivery(slice rest, struct event *e)
{
	slice address;
	if (!eat_address(&rest, &address))
		return false;
	event_text(e, F_TO, address);
	if (slice_eat(&rest, "orig_to=<")) {
		if (!eat_address(&rest, &address))
			return false;
		event_text(e, F_ORIGINAL_TO, address);
	}
	while (rest.len && !slice_eat(&rest, "status=")) {
		slice item = slice_until(&rest, ',');
		slice_eat(&rest, " ");
		if (slice_eat(&item, "relay="))
			read_relay(item, e);
		else if (slice_eat(&item, "dsn="))
			event_text(e, F_SMTP_DSN, item);
	}
	return read_status(rest, e);
}

/* statistics: max connection rate 1/60s for (smtpd:A) at ...; a service may hold colons too */
bool postfix_read_statistics(slice rest, struct event *e)
{
	slice key;
	if (!part_first(rest, SLICE("for ("), ')', &key))
		return true;
	while (key.len && !event_parse_address(e, F_SOURCE_IP, key))
		slice_until(&key, ':');
	return true;
}

bool postfix_read_listed(slice rest, struct event *e)
{
	slice address = slice_until(&rest, ' ');
	return event_parse_address(e, F_SOURCE_IP, address);
}

bool postfix_read_nothing(slice rest, struct event *e)
{
	return true;
}

bool postfix_read_reason(slice rest, struct event *e)
{
	event_text(e, F_REASON, rest);
	return true;
}
