/* session.c - laws that honest logs keep: an end has a start, a queued message has an origin. */
#include "known.h"

/* Daemons hand in their lines separately: a start may follow its end by this much. */
#define LATE_US (10 * CLOCK_SECOND)

static void cancel_orphan(struct facts *f, slice session)
{
	for (size_t i = 0; i < f->orphan_count; i++) {
		struct orphan *o = &f->orphans[i];
		if (!slice_eq((slice){o->session, o->session_len}, session))
			continue;
		memmove(o, o + 1, (--f->orphan_count - i) * sizeof *o);
		return;
	}
}

void session_started(struct facts *f, const struct event *e)
{
	slice session = event_get(e, F_SESSION), module = event_get(e, F_MODULE);
	f->nameless_starts |= !session.len && slice_eq(module, SLICE("dovecot"));
	if (!session.len || slice_eq(module, SLICE("roundcube")))
		return;
	if (f->orphan_count)
		cancel_orphan(f, session);
	if (!servant_holds(f, e))
		table_put(&f->sessions, session, NULL);
}

void facts_copied(struct facts *f, const struct event *e)
{
	if (e->action != ACT_LOGIN || !event_has(e, F_SESSION))
		return;
	uint64_t session = hash_bytes(e->v[F_SESSION].text.at, e->v[F_SESSION].text.len);
	f->retold[session % RETOLD] = session;
}

static bool is_retold(const struct facts *f, slice session)
{
	uint64_t hash = hash_bytes(session.at, session.len);
	return session.len && f->retold[hash % RETOLD] == hash;
}

static void emit_orphan(struct facts *f, const struct orphan *o, facts_emit *emit, void *ctx)
{
	struct event e;
	event_make(&e);
	event_act(&e, ACT_LOG_INCONSISTENT, OUT_NONE);
	event_number(&e, F_TIME, o->us);
	event_text(&e, F_MODULE, SLICE("dovecot"));
	event_text(&e, F_ACCOUNT, name_of(&o->account));
	event_text(&e, F_USER, name_of(&o->account));
	event_text(&e, F_SESSION, (slice){o->session, o->session_len});
	event_address(&e, F_SOURCE_IP, o->ip);
	event_number(&e, F_START, o->start_us);
	event_text(&e, F_ORPHAN, SLICE("session-start"));
	e.place = o->place;
	emit(ctx, &e);
}

/* It began after all, but in a process other than the one that told of its end. */
static bool began_elsewhere(struct facts *f, const struct orphan *o)
{
	if (!f->by_id)
		servants_by_id(f);
	return o->session_len && table_remove(&f->sessions, (slice){o->session, o->session_len});
}

void session_orphans(struct facts *f, int64_t now, facts_emit *emit, void *ctx)
{
	while (f->orphan_count && now - f->orphans[0].us > LATE_US) {
		struct orphan o = f->orphans[0];
		memmove(f->orphans, f->orphans + 1, --f->orphan_count * sizeof o);
		if (!began_elsewhere(f, &o))
			emit_orphan(f, &o, emit, ctx);
	}
}

/* A session that was under way when the records begin tells that somebody was there before. */
static void ended_early(struct facts *f, slice account, const struct address *ip, int64_t now)
{
	struct address net = facts_network(f, ip);
	uint64_t hash = pair_hash(account, &net);
	slice key = {(const char *)&hash, sizeof hash};
	bool fresh;
	if (f->early.len == EARLY_MOST) /* the first are those that matter */
		return;
	int64_t *us = table_put(&f->early, key, &fresh);
	*us = fresh ? now : *us;
}

int64_t facts_early_since(struct facts *f, slice account, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	uint64_t hash = pair_hash(account, &net);
	const int64_t *us =
	    f->early.len ? table_get(&f->early, (slice){(const char *)&hash, sizeof hash}) : NULL;
	return us ? *us : CLOCK_NONE;
}

/* `served`: the process that tells of it served it from its start. */
void session_ended(struct facts *f, const struct event *e, bool served, int64_t now)
{
	slice session = event_get(e, F_SESSION), account = event_get(e, F_ACCOUNT);
	int64_t start = event_get_number(e, F_START, CLOCK_NONE);
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	if (session.len && ((served && !f->by_id) || table_remove(&f->sessions, session)))
		return;
	if (f->nameless_starts) /* login_log_format_elements without session= */
		return;
	if (is_retold(f, session))
		return;
	/*
	 * A clock of whole seconds writes the end as if it were before the start within its second.
	 */
	int64_t latest = now % CLOCK_SECOND ? now : now + CLOCK_SECOND - 1;
	if (start != CLOCK_NONE && start < f->began_us && ip && account.len)
		ended_early(f, account, ip, now);
	if (start == CLOCK_NONE || start < f->began_us + CLOCK_MINUTE || start > latest || !ip ||
	    session.len > sizeof f->orphans[0].session || f->sessions.shed_count)
		return; /* it began before the records, or what is remembered cannot tell */
	if (f->orphan_count == ORPHANS_MOST && !f->by_id) {
		servants_by_id(f);
		if (session.len && table_remove(&f->sessions, session))
			return;
	}
	if (f->orphan_count == ORPHANS_MOST) {
		f->orphans_shed++;
		return;
	}
	struct orphan *o = &f->orphans[f->orphan_count];
	if (!name_keep(&o->account, account))
		return;
	memcpy(o->session, session.at, session.len);
	o->session_len = (uint8_t)session.len;
	o->us = now;
	o->start_us = start;
	o->ip = *ip;
	o->place = e->place;
	f->orphan_count++;
}

/* --- mail on its way out --- */

void mail_client(struct facts *f, const struct event *e, slice account)
{
	slice id = event_get(e, F_QUEUE_ID);
	struct queued *q = id.len ? table_put(&f->queues, id, NULL) : NULL;
	if (!q || !name_keep(&q->account, account))
		return;
	q->ip = e->v[F_SOURCE_IP].address;
	q->size = event_get_number(e, F_SIZE, 0);
}

void mail_queue(struct facts *f, struct event *e, int64_t now)
{
	slice id = event_get(e, F_QUEUE_ID);
	struct queued *q = id.len ? table_get(&f->queues, id) : NULL;
	if (!q)
		return;
	q->size = event_get_number(e, F_SIZE, 0);
	sender_queued(f, e, name_of(&q->account), now);
	if (address_is_loopback(&q->ip) || facts_is_web_host(f, &q->ip)) {
		slice account = name_of(&q->account);
		f->local_mails[f->local_mail_at++ % LOCAL_MAILS] = (struct local_mail){
		    .us = now, .size = q->size, .account = hash_bytes(account.at, account.len)};
	}
}

static bool is_outside(struct facts *f, slice to)
{
	size_t at = slice_find(to, '@');
	return at < to.len && !facts_domain_is_ours(f, slice_from(to, at + 1));
}

/* Whether the account wrote ('@') or redirected ('>') to the domain of `to` before today. */
static slice target_state(struct facts *f, slice account, slice to, char how, int64_t now)
{
	char room[ACCOUNT_MOST];
	slice domain = facts_account_key(slice_from(to, slice_find(to, '@') + 1), room);
	uint64_t pair[2] = {hash_bytes(account.at ? account.at : "", account.len) + (uint8_t)how,
			    hash_bytes(domain.at, domain.len)};
	uint32_t first = first_notched(&f->targets, pair, now);
	bool old = first + DAY_S <= second_of(now) ||
		   first < second_of(f->since_us) + LEARNING_DAYS * DAY_S;
	return old ? SLICE("known") : SLICE("new");
}

/* Where accounts have no domain, mail that is laid down here tells which domains are ours. */
static void learn_delivered(struct facts *f, const struct event *e)
{
	slice program = event_get(e, F_PROCESS), to = event_get(e, F_TO);
	size_t at = slice_find(to, '@');
	bool here = slice_ends(program, SLICE("/lmtp")) || slice_ends(program, SLICE("/virtual")) ||
		    slice_ends(program, SLICE("/local"));
	char room[ACCOUNT_MOST];
	if (here && at < to.len && !event_has(e, F_DESTINATION_IP))
		f->domain =
		    table_put(&f->domains, facts_account_key(slice_from(to, at + 1), room), NULL);
}

/* What is told of a mail that goes out, for the rules that judge sending. */
static void tell_sending(struct facts *f, struct event *e, struct habit *habit, slice account,
			 int64_t size, int64_t now)
{
	habit->sent++;
	habit->sent_kb += (uint32_t)(size / 1024);
	event_text(e, F_TARGET_STATE, target_state(f, account, event_get(e, F_TO), '@', now));
	event_number(e, F_SENT_COUNT, habit->sent);
	event_number(e, F_SENT_BYTES, (int64_t)habit->sent_kb * 1024);
}

/* The size of the mail that the webmail handed in for the account just now; -1: none was seen. */
static int64_t take_local_mail(struct facts *f, slice account, int64_t now)
{
	uint64_t hash = hash_bytes(account.at, account.len);
	for (uint32_t i = 1; i <= LOCAL_MAILS; i++) {
		struct local_mail *m = &f->local_mails[(f->local_mail_at - i) % LOCAL_MAILS];
		if (m->account != hash || !m->us || now - m->us > 10 * CLOCK_SECOND)
			continue;
		m->us = 0;
		return m->size;
	}
	return -1;
}

/* The webmail's own log says who sent, from where; the mail server said how much. */
void webmail_sent(struct facts *f, struct event *e, slice account, const struct address *ip,
		  int64_t now)
{
	int64_t size = account.len ? take_local_mail(f, account, now) : -1;
	if (size < 0 || !ip || !webmail_wrote(e))
		return;
	bool outside = is_outside(f, event_get(e, F_TO));
	struct who w = who_is(f, account, ip, now);
	event_number(e, F_TO_EXTERNAL, outside);
	event_number(e, F_SIZE, size);
	state_network(f, e, &w);
	if (w.habit && outside)
		tell_sending(f, e, w.habit, account, size, now);
}

void mail_deliver(struct facts *f, struct event *e, int64_t now)
{
	slice id = event_get(e, F_QUEUE_ID);
	struct queued *q = id.len ? table_get(&f->queues, id) : NULL;
	bool sent = slice_eq(event_get(e, F_SMTP_STATUS), SLICE("sent"));
	if (sent && f->bare_accounts)
		learn_delivered(f, e);
	if (!q)
		return;
	slice account = name_of(&q->account);
	bool outside = is_outside(f, event_get(e, F_TO));
	sender_delivered(f, e, account, outside, now);
	if (!sent)
		return;
	event_text(e, F_ACCOUNT, account);
	event_number(e, F_TO_EXTERNAL, outside);
	event_number(e, F_JOINED, 1);
	if (q->size)
		event_number(e, F_SIZE, q->size);
	if (address_is_loopback(&q->ip) || facts_is_web_host(f, &q->ip))
		return;
	event_address(e, F_SOURCE_IP, q->ip);
	struct who w = who_is(f, account, &q->ip, now);
	state_network(f, e, &w);
	if (w.habit && outside)
		tell_sending(f, e, w.habit, account, q->size, now);
}

void mail_redirect(struct facts *f, struct event *e, slice account)
{
	slice target = event_get(e, F_SIEVE_TARGET);
	size_t at = slice_find(target, '@');
	if (!account.len || at == target.len)
		return;
	event_number(e, F_TO_EXTERNAL, !facts_domain_is_ours(f, slice_from(target, at + 1)));
	event_text(e, F_TARGET_STATE, target_state(f, account, target, '>', e->v[F_TIME].number));
}
