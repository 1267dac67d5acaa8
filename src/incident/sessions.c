/*
 * sessions.c - sessions in mailboxes: where they came from, what they opened, what their ends
 * count.
 */
#include "inquiry.h"

#include <stdio.h>

static struct seen *see_session(struct inquiry *q, const struct event *e, slice account)
{
	slice id = event_get(e, F_SESSION);
	bool fresh;
	struct seen **at = table_put(&q->sessions, id, &fresh);
	if (!fresh)
		return *at;
	struct seen *s = arena_new(&q->own, struct seen);
	*s = (struct seen){.id = keep_slice(q, id),
			   .account = keep_slice(q, account),
			   .group = -1,
			   .first_us = event_get_number(e, F_START, e->v[F_TIME].number),
			   .last_us = CLOCK_NONE,
			   .bodies = UNKNOWN,
			   .body_bytes = UNKNOWN,
			   .bytes_out = UNKNOWN,
			   .bytes_in = UNKNOWN,
			   .headers = UNKNOWN,
			   .top_bytes = UNKNOWN,
			   .total = UNKNOWN,
			   .row = -1};
	*at = s;
	*list_add(&q->seen) = s;
	return s;
}

bool is_local_client(const struct inquiry *q, const struct event *e, const struct address *ip)
{
	const struct address *server = event_get_address(e, F_DESTINATION_IP);
	return address_is_loopback(ip) || (server && address_eq(ip, server)) ||
	       facts_is_web_host(q->facts, ip);
}

bool suspects_shell(const struct inquiry *q)
{
	for (size_t i = 0; i < q->groups.len; i++)
		if (q->groups.at[i].method == ENTRY_SHELL)
			return true;
	return false;
}

/* While a shell is suspected, sessions whose start was cut from the log are looked at. */
static bool is_orphan(const struct inquiry *q, slice session)
{
	for (size_t i = 0; i < q->orphans.len && suspects_shell(q); i++)
		if (slice_eq(q->orphans.at[i].session, session))
			return true;
	return false;
}

/* A session of a suspected account or from a suspected address; NULL if it is neither. */
struct seen *suspected_session(struct inquiry *q, const struct event *e, slice account)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	struct suspect *who = NULL;
	int64_t now = e->v[F_TIME].number;
	if (!event_has(e, F_SESSION))
		return NULL;
	int group = suspect_group(q, ip, account, now, &who);
	if (group < 0 && !any_group_has(q, account) && !is_orphan(q, event_get(e, F_SESSION))) {
		struct seen **known = table_get(&q->sessions, event_get(e, F_SESSION));
		return known ? *known : NULL;
	}
	struct seen *s = see_session(q, e, account);
	if (ip) {
		s->ip = *ip;
		s->has_ip = true;
		s->local = s->local || is_local_client(q, e, ip);
	}
	if (!s->protocol.len && event_has(e, F_PROTOCOL))
		s->protocol = keep_slice(q, e->v[F_PROTOCOL].text);
	if (group >= 0) {
		s->group = group;
		s->certainty = who->exclusive && !is_forged_session(q, s->id) ? PROVEN : LIKELY;
	}
	explain_session(q, s);
	return s;
}

/* Servers without session ids tell sessions apart by the client's port, which comes again. */
void forget_ended_session(struct inquiry *q, const struct event *e)
{
	struct seen **at = table_get(&q->sessions, event_get(e, F_SESSION));
	if (at && (*at)->ended)
		table_remove(&q->sessions, event_get(e, F_SESSION));
}

/* Cyrus' pop3d counts under its process alone, which serves one client at a time. */
static slice process_key(const struct event *e, char room[128])
{
	slice host = slice_first(event_get(e, F_HOST), 64),
	      name = slice_first(event_get(e, F_PROCESS), 32);
	if (!event_has(e, F_PID))
		return (slice){0};
	int n = snprintf(room, 128, "pid %.*s %.*s %lld", (int)host.len, host.len ? host.at : "",
			 (int)name.len, name.len ? name.at : "", (long long)e->v[F_PID].number);
	return (slice){room, (size_t)n};
}

/* With the session that begins in it; NULL: one that is nobody's business here. */
void remember_session_process(struct inquiry *q, const struct event *e, struct seen *s)
{
	char room[128];
	slice key = process_key(e, room);
	if (!key.len || !slice_eq(event_get(e, F_MODULE), SLICE("cyrus")))
		return;
	if (s)
		*(struct seen **)table_put(&q->sessions, key, NULL) = s;
	else
		table_remove(&q->sessions, key);
}

/* Of one end there are several lines, one upon the other. */
static struct seen *session_of_process(struct inquiry *q, const struct event *e, slice account)
{
	char room[128];
	slice key = process_key(e, room);
	struct seen **at = key.len ? table_get(&q->sessions, key) : NULL;
	if (!at || (account.len && !slice_eq(account, (*at)->account)))
		return NULL;
	bool over = (*at)->ended && e->v[F_TIME].number > (*at)->last_us + 2 * CLOCK_SECOND;
	return over ? NULL : *at;
}

/*
 * A count that this record states.  Of one end there may be several (Cyrus counts in two lines, and
 * once more what came since, when its process goes): they add up.
 */
static void count(const struct event *e, enum field f, int64_t *into)
{
	if (event_has(e, f))
		*into = (*into == UNKNOWN ? 0 : *into) + e->v[f].number;
}

/*
 * Dovecot ends a session once.  Of two ends one was written by hand, and none knows which: what is
 * claimed is the least of both, what bounds it the most.
 */
static bool ended_twice(const struct event *e, struct seen *s)
{
	if (!s->ended || s->cyrus || !slice_eq(event_get(e, F_MODULE), SLICE("dovecot")))
		return false;
	int64_t out = event_get_number(e, F_DESTINATION_BYTES, s->bytes_out);
	int64_t bodies =
	    event_get_number(e, F_BODY_COUNT, event_get_number(e, F_RETR_COUNT, UNKNOWN));
	int64_t bytes =
	    event_get_number(e, F_BODY_BYTES, event_get_number(e, F_RETR_BYTES, UNKNOWN));
	s->bytes_out = out < s->bytes_out ? out : s->bytes_out;
	s->bodies = bodies > s->bodies ? bodies : s->bodies;
	s->body_bytes = bytes > s->body_bytes ? bytes : s->body_bytes;
	s->certainty = s->certainty > LIKELY ? LIKELY : s->certainty;
	cite(&s->evidence, &e->place);
	return true;
}

void see_end(struct inquiry *q, const struct event *e, slice account)
{
	struct seen *s = event_has(e, F_SESSION) ? suspected_session(q, e, account)
						 : session_of_process(q, e, account);
	if (!s || ended_twice(e, s))
		return;
	s->joined |= event_has(e, F_JOINED);
	bool retrieved = event_has(e, F_RETR_COUNT) || event_has(e, F_RETR_BYTES);
	int64_t now = e->v[F_TIME].number;
	if (!s->ended) /* a clock of whole seconds may end it before its id began it */
		s->last_us = now > s->first_us ? now : s->first_us;
	s->ended = true;
	explain_session(q, s);
	s->pop3 = s->pop3 || retrieved;
	s->has_counts = s->has_counts || event_has(e, F_RETR_COUNT) || event_has(e, F_BODY_COUNT);
	count(e, s->pop3 ? F_RETR_COUNT : F_BODY_COUNT, &s->bodies);
	count(e, s->pop3 ? F_RETR_BYTES : F_BODY_BYTES, &s->body_bytes);
	count(e, s->pop3 ? F_TOP_COUNT : F_HEADER_COUNT, &s->headers);
	count(e, F_DESTINATION_BYTES, &s->bytes_out);
	s->courier = slice_eq(event_get(e, F_MODULE), SLICE("courier"));
	s->cyrus = slice_eq(event_get(e, F_MODULE), SLICE("cyrus"));
	count(e, F_TOP_BYTES, &s->top_bytes);
	if (s->pop3 && s->bytes_out == UNKNOWN && s->body_bytes != UNKNOWN)
		s->bytes_out = s->body_bytes + (s->top_bytes > 0 ? s->top_bytes : 0);
	count(e, F_SOURCE_BYTES, &s->bytes_in);
	count(e, F_TOTAL_COUNT, &s->total);
	cite(&s->evidence, &e->place);
	if (s->group < 0)
		return;
	struct suspect *who = s->has_ip ? find_suspect(&q->groups.at[s->group], &s->ip) : NULL;
	if (s->first_us < facts_since(q->facts)) /* its own id says so; no sign-in can */
		touch_accepted(&q->groups.at[s->group], who, s->first_us);
	touch_accepted(&q->groups.at[s->group], who, s->last_us);
	group_accepted(&q->groups.at[s->group], s->last_us);
}

/*
 * A message that got its \Seen in the session (Cyrus' auditlog): a body that is fetched sets it.
 * A client may set it without, and may fetch without setting it.
 */
void see_flag(struct inquiry *q, const struct event *e, slice account)
{
	slice flags = event_get(e, F_FLAGS);
	if (!event_has(e, F_UID) || slice_search(flags, SLICE("\\Seen")) == SIZE_MAX ||
	    !slice_eq(event_get(e, F_MODULE), SLICE("cyrus")))
		return;
	struct seen *s = suspected_session(q, e, account);
	slice owner = event_has(e, F_MAILBOX) && s
			  ? facts_account_like(q->facts, s->account, e->v[F_MAILBOX].text)
			  : (slice){0};
	if (s)
		*list_add(&s->opened) = (struct opened){
		    .owner = slice_eq(owner, s->account) ? (slice){0} : keep_slice(q, owner),
		    .folder = keep_slice(q, event_get(e, F_FOLDER)),
		    .uid = e->v[F_UID].number,
		    .size = UNKNOWN,
		    .time_us = e->v[F_TIME].number,
		    .kind = KIND_MESSAGE,
		    .how = HOW_IMAP_FETCH,
		    .hint = true,
		    .place = e->place};
}

/* Reason codes of Dovecot's mail_opened that hand content to a client (evidence: measured). */
static const struct {
	slice reason;
	enum access_kind kind;
	enum access_how how;
} reasons[] = {
    {SLICE_INIT("imap:fetch_body"), KIND_MESSAGE, HOW_IMAP_FETCH},
    {SLICE_INIT("pop3:cmd_retr"), KIND_MESSAGE, HOW_POP3_RETR},
    {SLICE_INIT("imap:fetch_header"), KIND_LISTING, HOW_IMAP_FETCH},
    {SLICE_INIT("pop3:cmd_top"), KIND_LISTING, HOW_POP3_RETR},
};

void see_opened(struct inquiry *q, const struct event *e, slice account)
{
	struct seen *s = suspected_session(q, e, account);
	if (!s)
		return;
	s->exporter = true;
	slice reason = event_get(e, F_READ_REASON);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		if (slice_search(reason, reasons[i].reason) == SIZE_MAX)
			continue;
		*list_add(&s->opened) = (struct opened){
		    .folder = keep_slice(q, event_get(e, F_FOLDER)),
		    .uid = event_get_number(e, F_UID, UNKNOWN),
		    .size = event_get_number(e, F_SIZE, UNKNOWN),
		    .time_us = event_get_number(e, F_START, e->v[F_TIME].number),
		    .kind = reasons[i].kind,
		    .how = reasons[i].how,
		    .place = e->place,
		};
		break;
	}
}

/* True if the arguments of a FETCH ask for one MIME part: "37 (BINARY.PEEK[2])". */
static bool asks_part(slice arguments, int64_t *uid, slice *part)
{
	slice rest = arguments;
	if (!slice_number(&rest, uid) || !slice_eat(&rest, " "))
		return false;
	size_t open = slice_find(rest, '[');
	*part = slice_from(rest, open + 1);
	*part = slice_first(*part, slice_find(*part, ']'));
	if (!part->len || open == rest.len)
		return false;
	for (size_t i = 0; i < part->len; i++)
		if (part->at[i] != '.' && (part->at[i] < '0' || part->at[i] > '9'))
			return false;
	return true;
}

void see_command(struct inquiry *q, const struct event *e, slice account)
{
	struct seen *s = suspected_session(q, e, account);
	int64_t uid;
	slice part;
	if (!s)
		return;
	if (is_wire(e)) {
		see_wire(q, e, s);
		return;
	}
	s->exporter |= names_messages(q, e);
	slice command = event_get(e, F_IMAP_COMMAND);
	bool search = slice_search(command, SLICE("SEARCH")) != SIZE_MAX;
	slice arguments = event_get(e, F_IMAP_ARGUMENTS);
	bool words = slice_search(arguments, SLICE("BODY")) != SIZE_MAX ||
		     slice_search(arguments, SLICE("TEXT")) != SIZE_MAX ||
		     slice_search(arguments, SLICE("SUBJECT")) != SIZE_MAX;
	if (slice_ends(command, SLICE("FETCH")) && asks_part(arguments, &uid, &part))
		*list_add(&s->opened) = (struct opened){keep_slice(q, event_get(e, F_FOLDER)),
							keep_slice(q, part),
							uid,
							UNKNOWN,
							e->v[F_TIME].number,
							KIND_ATTACHMENT,
							HOW_IMAP_FETCH,
							e->place};
	else if (search && words)
		*list_add(&s->opened) = (struct opened){keep_slice(q, event_get(e, F_FOLDER)),
							keep_slice(q, arguments),
							UNKNOWN,
							UNKNOWN,
							e->v[F_TIME].number,
							KIND_SEARCH,
							HOW_IMAP_SEARCH,
							e->place};
}
