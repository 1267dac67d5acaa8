/*
 * again.c - the second walk: what suspected addresses, accounts and browsers did, event by event.
 * Nothing is concluded here; what is seen is kept, each with its place.
 */
#include "inquiry.h"

#include <stdio.h>

static bool within(const struct group *g, int64_t now)
{
	return now >= g->from_us;
}

/* In the victim's own network only what is near the burst is looked at; settle_bursts() cuts it. */
static bool in_burst(const struct group *g, int64_t now)
{
	return !g->known_network || (now >= g->burst_from_us - 10 * CLOCK_MINUTE &&
				     now <= g->burst_to_us + 10 * CLOCK_MINUTE);
}

static bool same_machine(const struct address *a, const struct address *b)
{
	struct address x = address_mask(*a, 64), y = address_mask(*b, 64);
	return !address_is_v4(a) && address_eq(&x, &y);
}

/*
 * An address of the network that is new to the account by an address named: providers hand them out
 * by turns.  A /64 of IPv6 is one machine's, whoever signs in from there.
 */
static int neighbour_group(struct inquiry *q, const struct suspect_row *rows, size_t n,
			   const struct address *ip, slice account, int64_t now,
			   struct suspect **who)
{
	for (const struct suspect_row *row = rows; row < rows + n; row++) {
		const struct group *g = &q->groups.at[row->group];
		const struct suspect *s = suspect_of(q, row);
		bool machine = same_machine(&s->ip, ip);
		if (!s->exclusive || g->known_network || !within(g, now) ||
		    !(machine || (account.len && group_has_account(g, account))))
			continue;
		int group = (int)row->group; /* adding one moves the rows */
		*who = add_neighbour(q, row, ip, machine);
		return *who ? group : -1;
	}
	return -1;
}

/* At a place that others use too only the accounts that findings there name are meant. */
static bool is_meant(const struct group *g, const struct suspect *s, slice account)
{
	if (!account.len || !group_has_account(g, account))
		return false;
	for (size_t i = 0; i < g->ties.len && !s->exclusive && !s->neighbour; i++)
		if (address_eq(&g->ties.at[i].ip, &s->ip) &&
		    slice_eq(g->ties.at[i].account, account))
			return true;
	return s->exclusive || s->neighbour;
}

int suspect_group(struct inquiry *q, const struct address *ip, slice account, int64_t now,
		  struct suspect **who)
{
	const struct suspect_row *row = NULL;
	size_t n = ip ? suspects_near(q, ip, &row) : 0;
	bool named = false;
	for (size_t i = 0; i < n; i++) {
		struct group *g = &q->groups.at[row[i].group];
		struct suspect *s = suspect_of(q, &row[i]);
		if (!address_eq(&s->ip, ip))
			continue;
		named = true;
		if (!within(g, now) || g->known_network)
			continue;
		bool his = is_meant(g, s, account);
		if (!his && s->exclusive && is_mate(q, g, s, account))
			continue;
		if (his || s->exclusive) {
			*who = s;
			return (int)row[i].group;
		}
	}
	return named ? -1 : neighbour_group(q, row, n, ip, account, now, who);
}

static bool any_group_has(const struct inquiry *q, slice account)
{
	return table_peek(&q->accounts, account) != NULL;
}

void touch_group(struct group *g, struct suspect *s, int64_t now)
{
	if (g->first_us == CLOCK_NONE || now < g->first_us)
		g->first_us = now;
	if (g->last_us == CLOCK_NONE || now > g->last_us)
		g->last_us = now;
	if (!s)
		return;
	if (s->first_us == CLOCK_NONE || now < s->first_us)
		s->first_us = now;
	if (s->last_us == CLOCK_NONE || now > s->last_us)
		s->last_us = now;
}

/* The same, of what was let in or answered: guesses from an address do not make it his. */
void touch_accepted(struct group *g, struct suspect *s, int64_t now)
{
	touch_group(g, s, now);
	if (s)
		s->accepted = true;
}

static void accepted(struct group *g, int64_t now)
{
	if (g->last_accepted_us == CLOCK_NONE || now > g->last_accepted_us)
		g->last_accepted_us = now;
}

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
			   .total = UNKNOWN,
			   .row = -1};
	*at = s;
	*list_add(&q->seen) = s;
	return s;
}

static bool is_local(const struct inquiry *q, const struct event *e, const struct address *ip)
{
	const struct address *server = event_get_address(e, F_DESTINATION_IP);
	return address_is_loopback(ip) || (server && address_eq(ip, server)) ||
	       facts_is_web_host(q->facts, ip);
}

static bool suspects_shell(const struct inquiry *q)
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
static struct seen *session_of(struct inquiry *q, const struct event *e, slice account)
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
		s->local = s->local || is_local(q, e, ip);
	}
	if (!s->protocol.len && event_has(e, F_PROTOCOL))
		s->protocol = keep_slice(q, e->v[F_PROTOCOL].text);
	if (group >= 0) {
		s->group = group;
		s->certainty = who->exclusive ? PROVEN : LIKELY;
	}
	return s;
}

static void see_failure(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, event_get_address(e, F_SOURCE_IP), account, now, &who);
	if (group < 0)
		return;
	struct group *g = &q->groups.at[group];
	/* The line is written when the client leaves: the session's own start is nearer the try,
	 * or the seconds that the line says it took. */
	int64_t start = now - event_get_number(e, F_DURATION, 0) / 1000, port;
	struct address from;
	dovecot_session_decode(event_get(e, F_SESSION), now, &start, &port, &from);
	touch_group(g, who, start < now && now - start < CLOCK_HOUR ? start : now);
	who->failures++;
	g->guesses++;
	cite(&g->guess_evidence, &e->place);
	if (group_has_account(g, account))
		g->login_failed_before = g->login_us == CLOCK_NONE;
	for (size_t i = 0; i < q->passwords.len; i++)
		q->passwords.at[i].count += slice_eq(q->passwords.at[i].account, account);
}

static void first_login(struct inquiry *q, struct group *g, const struct event *e, slice account)
{
	int64_t now = e->v[F_TIME].number;
	accepted(g, now);
	if (g->login_us != CLOCK_NONE && g->login_us <= now && !g->login_joined) {
		if (slice_eq(g->login_account, account))
			cite(&g->login_evidence, &e->place);
		return;
	}
	g->login_us = now;
	g->login_joined = event_get_number(e, F_JOINED, 0);
	g->login_account = keep_slice(q, account);
	g->login_mechanism = keep_slice(q, event_get(e, F_AUTH_METHOD));
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	g->has_login_ip = ip != NULL;
	if (ip)
		g->login_ip = *ip;
	g->login_evidence.len = 0;
	cite(&g->login_evidence, &e->place);
}

/* A sign-in whose session may tell what was read: webmail's are not. */
static bool is_mailbox(const struct event *e)
{
	slice protocol = event_get(e, F_PROTOCOL);
	return slice_eq(event_get(e, F_MODULE), SLICE("dovecot")) ||
	       slice_eq(protocol, SLICE("imap")) || slice_eq(protocol, SLICE("pop3"));
}

/* Servers without session ids tell sessions apart by the client's port, which comes again. */
static void forget_ended(struct inquiry *q, const struct event *e)
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
static void remember_process(struct inquiry *q, const struct event *e, struct seen *s)
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

/* Who is let in by these reads no mail with it. */
static bool opens_mail(slice protocol)
{
	static const slice others[] = {SLICE_INIT("smtp"),  SLICE_INIT("submission"),
				       SLICE_INIT("smtps"), SLICE_INIT("managesieve"),
				       SLICE_INIT("sieve"), SLICE_INIT("ftp")};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_eq_nocase(protocol, others[i]))
			return false;
	return true;
}

/*
 * True if records tell what is read after this sign-in: a session's end, or a webmail's requests.
 */
static bool is_counted(const struct inquiry *q, const struct event *e)
{
	slice module = event_get(e, F_MODULE), protocol = event_get(e, F_PROTOCOL);
	if (!opens_mail(protocol) || event_has(e, F_OPERATION)) /* of a tenant: scope_tenant() */
		return true;
	if (slice_eq(protocol, SLICE("http")))
		return q->web_requests &&
		       (event_has(e, F_JOINED) || slice_eq(module, SLICE("roundcube")) ||
			slice_eq(module, SLICE("sogo")) ||
			/* its URLs do not name what it shows: the mail server's counts must */
			(slice_eq(module, SLICE("horde")) && q->local_sessions));
	return is_mailbox(e) && event_has(e, F_SESSION);
}

static void see_login(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, ip, account, now, &who);
	if (group >= 0) {
		struct group *g = &q->groups.at[group];
		touch_accepted(g, who, now);
		group_add_account(q, g, account);
		first_login(q, g, e, account);
		g->tenant |= event_has(e, F_OPERATION);
		if (!g->uncounted.len && !is_counted(q, e))
			g->uncounted = keep_slice(q, event_get(e, F_MODULE));
	} else if (!is_mailbox(e) && opens_mail(event_get(e, F_PROTOCOL))) {
		see_visitor(q, account, ip);
	}
	if (is_mailbox(e)) {
		forget_ended(q, e);
		struct seen *s = session_of(q, e, account);
		if (s)
			cite(&s->evidence, &e->place);
		remember_process(q, e, s);
	}
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

static void see_end(struct inquiry *q, const struct event *e, slice account)
{
	struct seen *s =
	    event_has(e, F_SESSION) ? session_of(q, e, account) : session_of_process(q, e, account);
	if (!s)
		return;
	s->joined |= event_has(e, F_JOINED);
	bool retrieved = event_has(e, F_RETR_COUNT) || event_has(e, F_RETR_BYTES);
	int64_t now = e->v[F_TIME].number;
	if (!s->ended) /* a clock of whole seconds may end it before its id began it */
		s->last_us = now > s->first_us ? now : s->first_us;
	s->ended = true;
	s->pop3 = s->pop3 || retrieved;
	s->has_counts = s->has_counts || event_has(e, F_RETR_COUNT) || event_has(e, F_BODY_COUNT);
	count(e, s->pop3 ? F_RETR_COUNT : F_BODY_COUNT, &s->bodies);
	count(e, s->pop3 ? F_RETR_BYTES : F_BODY_BYTES, &s->body_bytes);
	count(e, s->pop3 ? F_TOP_COUNT : F_HEADER_COUNT, &s->headers);
	count(e, F_DESTINATION_BYTES, &s->bytes_out);
	s->courier = slice_eq(event_get(e, F_MODULE), SLICE("courier"));
	s->cyrus = slice_eq(event_get(e, F_MODULE), SLICE("cyrus"));
	if (s->pop3 && s->bytes_out == UNKNOWN)
		s->bytes_out = s->body_bytes;
	count(e, F_SOURCE_BYTES, &s->bytes_in);
	count(e, F_TOTAL_COUNT, &s->total);
	cite(&s->evidence, &e->place);
	if (s->group < 0)
		return;
	struct suspect *who = s->has_ip ? find_suspect(&q->groups.at[s->group], &s->ip) : NULL;
	touch_accepted(&q->groups.at[s->group], who, s->last_us);
	accepted(&q->groups.at[s->group], s->last_us);
}

/*
 * A message that got its \Seen in the session (Cyrus' auditlog): a body that is fetched sets it.
 * A client may set it without, and may fetch without setting it.
 */
static void see_flag(struct inquiry *q, const struct event *e, slice account)
{
	slice flags = event_get(e, F_FLAGS);
	if (!event_has(e, F_UID) || slice_search(flags, SLICE("\\Seen")) == SIZE_MAX ||
	    !slice_eq(event_get(e, F_MODULE), SLICE("cyrus")))
		return;
	struct seen *s = session_of(q, e, account);
	if (s)
		*list_add(&s->opened) =
		    (struct opened){.folder = keep_slice(q, event_get(e, F_FOLDER)),
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

static void see_opened(struct inquiry *q, const struct event *e, slice account)
{
	struct seen *s = session_of(q, e, account);
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

static void see_command(struct inquiry *q, const struct event *e, slice account)
{
	struct seen *s = session_of(q, e, account);
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

/* The incident to which a browser's request belongs. */
static int request_group(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int64_t now = e->v[F_TIME].number;
	int group = suspect_group(q, ip, account, now, &who);
	if (group >= 0) {
		touch_accepted(&q->groups.at[group], who, now);
		return group;
	}
	const struct suspect_row *row;
	size_t n = ip ? suspects_near(q, ip, &row) : 0;
	for (; n; n--, row++) {
		const struct group *g = &q->groups.at[row->group];
		if (g->known_network && address_eq(&suspect_of(q, row)->ip, ip) &&
		    in_burst(g, now) && (!account.len || group_has_account(g, account)) &&
		    (!g->agent.len || slice_eq(g->agent, event_get(e, F_USER_AGENT))))
			return (int)row->group;
	}
	return -1;
}

/* A phone that syncs is handed whole mailboxes, of which no URL names a message. */
static bool syncs(const struct event *e)
{
	static const slice others[] = {SLICE_INIT("Ping"), SLICE_INIT("FolderSync"),
				       SLICE_INIT("Provision"), SLICE_INIT("Settings")};
	if (!slice_eq(event_get(e, F_WEB_TASK), SLICE("activesync")))
		return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_eq_nocase(event_get(e, F_WEB_ACTION), others[i]))
			return false;
	return true;
}

static void see_request(struct inquiry *q, const struct event *e, slice user)
{
	bool stated = false, named = event_has(e, F_WEB_NAMED) && event_has(e, F_SOURCE_IP);
	slice account =
	    named ? facts_named_account(q->facts, &e->v[F_SOURCE_IP].address, user,
					e->v[F_TIME].number, &stated)
	    : event_has(e, F_SOURCE_IP)
		? facts_browser_account(q->facts, &e->v[F_SOURCE_IP].address,
					event_get(e, F_USER_AGENT), e->v[F_TIME].number, &stated)
		: (slice){0};
	if (suspects_shell(q) && event_has(e, F_WEB_TASK))
		*list_add(&q->web_seconds) = e->v[F_TIME].number;
	int group = request_group(q, e, account);
	bool mail = slice_eq(event_get(e, F_WEB_TASK), SLICE("mail"));
	if (group < 0 && mail && (!account.len || any_group_has(q, account))) {
		saw_rival(q, e->v[F_TIME].number);
		see_visitor(q, account, event_get_address(e, F_SOURCE_IP));
	}
	if (group < 0 || e->outcome != OUT_SUCCESS || !event_has(e, F_WEB_TASK))
		return;
	accepted(&q->groups.at[group], e->v[F_TIME].number);
	q->groups.at[group].unbounded |= syncs(e);
	*list_add(&q->requests) = (struct request){
	    .group = group,
	    .account = keep_slice(q, account),
	    .stated = stated,
	    .named = named,
	    .folder = keep_slice(q, event_get(e, F_FOLDER)),
	    .part = keep_slice(q, event_get(e, F_PART)),
	    .action = keep_slice(q, event_get(e, F_WEB_ACTION)),
	    .task = keep_slice(q, event_get(e, F_WEB_TASK)),
	    .search = keep_slice(q, event_get(e, F_WEB_SEARCH)),
	    .agent = keep_slice(q, event_get(e, F_USER_AGENT)),
	    .ip = e->v[F_SOURCE_IP].address,
	    .uid = event_get_number(e, F_UID, UNKNOWN),
	    .time_us = e->v[F_TIME].number,
	    .bytes = event_get_number(e, F_RESPONSE_BYTES, UNKNOWN),
	    .post = slice_eq(event_get(e, F_METHOD), SLICE("POST")),
	    .unnamed = event_has(e, F_WEB_UNNAMED),
	    .crowded = is_crowded(q, e->v[F_TIME].number),
	    .download = event_get_number(e, F_WEB_DOWNLOAD, 0) != 0,
	    .place = e->place,
	};
}

static struct outgoing *find_outgoing(struct inquiry *q, slice id, int64_t now, bool make)
{
	bool fresh = false;
	if (!id.len)
		return NULL;
	struct outgoing **at = make ? table_put(&q->queues, id, &fresh) : table_get(&q->queues, id);
	if (!at || !fresh)
		return at ? *at : NULL;
	struct outgoing *o = arena_new(&q->own, struct outgoing);
	o->group = -1;
	o->size = UNKNOWN;
	o->time_us = now;
	*at = o;
	*list_add(&q->outgoing) = o;
	return o;
}

/* By its Message-ID, which has an @ where no queue id has one. */
struct outgoing *outgoing_named(struct inquiry *q, slice id, int64_t now)
{
	return find_outgoing(q, id, now, true);
}

static struct outgoing *queued(struct inquiry *q, const struct event *e, bool make)
{
	slice id = event_get(e, F_QUEUE_ID);
	struct outgoing *o = find_outgoing(q, id, e->v[F_TIME].number, make);
	if (o && !o->queue_id.len)
		o->queue_id = keep_slice(q, id);
	return o;
}

static void see_smtp_client(struct inquiry *q, const struct event *e, slice account)
{
	struct suspect *who = NULL;
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (!account.len || !ip)
		return;
	int group = suspect_group(q, ip, account, e->v[F_TIME].number, &who);
	bool local = is_local(q, e, ip);
	if (group < 0 && !(local && any_group_has(q, account)))
		return;
	struct outgoing *o = queued(q, e, true);
	if (!o)
		return;
	o->account = keep_slice(q, account);
	o->ip = *ip;
	o->group = group;
	o->local = local;
	cite(&o->evidence, &e->place);
	if (group < 0)
		return;
	touch_accepted(&q->groups.at[group], who, e->v[F_TIME].number);
	group_add_account(q, &q->groups.at[group], account);
	first_login(q, &q->groups.at[group], e, account);
}

static void see_smtp(struct inquiry *q, const struct event *e, slice account)
{
	struct outgoing *o = queued(q, e, false);
	if (!o)
		return;
	if (event_has(e, F_MESSAGE_ID) && !o->message_id.len)
		o->message_id = keep_slice(q, e->v[F_MESSAGE_ID].text);
	if (event_has(e, F_SUBJECT) && !o->subject.len)
		o->subject = keep_slice(q, e->v[F_SUBJECT].text);
	o->size = event_get_number(e, F_SIZE, o->size);
	/* what bounced, or waits, went to nobody */
	if (e->action == ACT_SMTP_DELIVER && e->outcome == OUT_SUCCESS && event_has(e, F_TO))
		*list_add(&o->to) = keep_slice(q, e->v[F_TO].text);
	if (e->action != ACT_SMTP_REMOVE && e->action != ACT_SMTP_CLIENT)
		cite(&o->evidence, &e->place);
}

static void see_redirect(struct inquiry *q, const struct event *e, slice account)
{
	slice target = event_get(e, F_SIEVE_TARGET);
	if (!account.len || !target.len || !any_group_has(q, account))
		return;
	struct redirected *r = NULL;
	for (size_t i = 0; i < q->redirects.len && !r; i++)
		if (slice_eq(q->redirects.at[i].account, account) &&
		    slice_eq(q->redirects.at[i].target, target))
			r = &q->redirects.at[i];
	if (!r) {
		r = list_add(&q->redirects);
		r->account = keep_slice(q, account);
		r->target = keep_slice(q, target);
		r->first_us = e->v[F_TIME].number;
	}
	r->last_us = e->v[F_TIME].number;
	r->count++;
	cite(&r->evidence, &e->place);
}

/* `count`: of the intruder's tries after it, those that failed. */
static void see_password(struct inquiry *q, const struct event *e, slice account)
{
	if (e->outcome != OUT_FAILURE && any_group_has(q, account))
		*list_add(&q->passwords) =
		    (struct lost){.from_us = e->v[F_TIME].number,
				  .to_us = e->v[F_TIME].number,
				  .account = keep_slice(q, account),
				  .ip = event_has(e, F_SOURCE_IP) ? e->v[F_SOURCE_IP].address
								  : (struct address){{0}},
				  .place = e->place};
}

static void see_script(struct inquiry *q, const struct event *e, slice account)
{
	if (!account.len || !any_group_has(q, account))
		return;
	struct change *c = list_add(&q->scripts);
	*c = (struct change){.kind = SLICE("filter"),
			     .account = keep_slice(q, account),
			     .target = keep_slice(q, event_get(e, F_SIEVE_SCRIPT)),
			     .time_us = e->v[F_TIME].number};
	cite(&c->evidence, &e->place);
}

static bool is_login_id(const struct group *g, slice login, slice host)
{
	for (size_t i = 0; i < g->logins.len; i++)
		if (slice_eq(g->logins.at[i].login, login) &&
		    (!host.len || !g->logins.at[i].host.len ||
		     slice_eq(g->logins.at[i].host, host)))
			return true;
	return false;
}

static void see_file(struct inquiry *q, const struct event *record, slice account)
{
	struct event completed = *record, *e = &completed;
	facts_file(q->facts, e);
	if (!event_has(e, F_FILE_PATH))
		return;
	for (size_t i = 0; i < q->groups.len; i++) {
		struct group *g = &q->groups.at[i];
		if (!is_login_id(g, event_get(e, F_USER_ID), event_get(e, F_HOST)) ||
		    !within(g, e->v[F_TIME].number))
			continue;
		touch_group(g, NULL, e->v[F_TIME].number);
		accepted(g, e->v[F_TIME].number);
		*list_add(&q->files) = (struct file_read){
		    (int)i, keep_slice(q, event_get(e, F_FILE_PATH)),
		    keep_slice(q, event_get(e, F_EXECUTABLE)), e->v[F_TIME].number, e->place};
	}
}

static void see_shell_login(struct inquiry *q, const struct event *e, slice account)
{
	if (event_has(e, F_SOURCE_IP))
		*list_add(&q->shells) =
		    (struct shell_login){keep_slice(q, account), e->v[F_SOURCE_IP].address,
					 e->v[F_TIME].number, e->place};
}

static void see_password_change(struct inquiry *q, const struct event *e, slice account)
{
	char whose[ACCOUNT_MOST];
	bool others = event_has(e, F_TARGET_USER);
	see_password(q, e, others ? facts_account_key(e->v[F_TARGET_USER].text, whose) : account);
}

static void see_sign_in(struct inquiry *q, const struct event *e, slice account)
{
	if (e->outcome == OUT_FAILURE)
		see_failure(q, e, account);
	else if (slice_eq(event_get(e, F_PROTOCOL), SLICE("ssh")))
		see_shell_login(q, e, account);
	else if (e->outcome == OUT_SUCCESS)
		see_login(q, e, account);
}

/* Exim says all of a message in one line. */
static void see_client(struct inquiry *q, const struct event *e, slice account)
{
	see_smtp_client(q, e, account);
	see_smtp(q, e, account);
}

/* What is kept of an event, by what was done; NULL: nothing. */
static void (*const sights[ACTION_COUNT])(struct inquiry *, const struct event *, slice account) = {
    [ACT_LOGIN] = see_sign_in,
    [ACT_SESSION_END] = see_end,
    [ACT_MAIL_OPENED] = see_opened,
    [ACT_IMAP] = see_command,
    [ACT_POP3] = see_command,
    [ACT_MAIL_FLAG] = see_flag,
    [ACT_HTTP] = see_request,
    [ACT_SMTP_CLIENT] = see_client,
    [ACT_SMTP_MESSAGE] = see_smtp,
    [ACT_SMTP_QUEUE] = see_smtp,
    [ACT_SMTP_DELIVER] = see_smtp,
    [ACT_SMTP_SUBJECT] = see_smtp,
    [ACT_SMTP_REMOVE] = see_smtp,
    [ACT_REDIRECT] = see_redirect,
    [ACT_SCRIPT_SAVE] = see_script,
    [ACT_SCRIPT_ACTIVATE] = see_script,
    [ACT_SCRIPT_DELETE] = see_script,
    [ACT_FILE_OPEN] = see_file,
    [ACT_PASSWORD_CHANGE] = see_password_change,
};

static bool is_tenants(const struct event *e)
{
	return event_has(e, F_OPERATION) && e->action != ACT_LOGIN;
}

bool inquiry_minds(const struct event *e)
{
	return event_has(e, F_TIME) && (sights[e->action] || is_tenants(e));
}

void inquiry_add(struct inquiry *q, const struct event *e)
{
	char room[ACCOUNT_MOST];
	if (!inquiry_minds(e))
		return;
	slice account = event_has(e, F_ACCOUNT) ? e->v[F_ACCOUNT].text
						: facts_account_key(event_get(e, F_USER), room);
	if (is_tenants(e)) {
		if (e->action == ACT_PASSWORD_CHANGE)
			see_password_change(q, e, account);
		see_tenant(q, e, account);
	} else {
		sights[e->action](q, e, account);
	}
}
