/*
 * law.c - laws of conservation that honest logs keep, and what is told when one is broken.
 *
 *	queue-origin   a message that cleanup took in was handed over before, by smtpd, pickup
 *	               or local
 *	delivery       of a message that leaves the queue each recipient's fate is told
 *	connect        a client that disconnects from smtpd has connected
 *	http-request   the webmail's IMAP sign-in lies within somebody's request
 *	session-id     the id of a session says from where its client came (forged.c)
 *
 * A law binds a source that was seen to keep it BOUND_BY times for each time that it broke it: what
 * a source never logs, or honestly leaves out now and then, is none of its laws.  The source is the
 * host, of http-request the account, as scripts on the host sign in without any webmail.  Daemons
 * hand in their lines separately, so the missing half is waited for.
 *
 * Honest breaks that stay silent: records that begin in the middle (a letter is judged only if its
 * cleanup line stands in them, ten minutes after they began; a connection after six hours), a
 * daemon's restart or crash (what was open before it is forgotten), bounces and probes (null
 * sender, double-bounce), mail that the queue manager expired or an administrator deleted
 * (postsuper), an access log that has no line within ten minutes.
 */
#include "known.h"

#include <stdlib.h>

#define LATE_US    (10 * CLOCK_SECOND)
#define REQUEST_US (30 * CLOCK_SECOND) /* the longest request that is waited for */
#define BEGUN_US   (10 * CLOCK_MINUTE)
#define LONG_US    (6 * CLOCK_HOUR)
enum { BOUND_BY = 20 };

static const slice law_names[LAW_COUNT] = {
    [LAW_ORIGIN] = SLICE_INIT("queue-origin"), [LAW_DELIVERY] = SLICE_INIT("delivery"),
    [LAW_CONNECT] = SLICE_INIT("connect"),     [LAW_REQUEST] = SLICE_INIT("http-request"),
    [LAW_END] = SLICE_INIT("session-end"),     [LAW_ID] = SLICE_INIT("session-id"),
};

static uint64_t hash_of(slice s)
{
	return hash_bytes(s.at ? s.at : "", s.len);
}

/* --- keeping and breaking --- */

/* Records of one host come in runs: its row is found by a glance. */
struct host_known *know_host(struct facts *f, slice name)
{
	bool fresh;
	name = name.len ? slice_first(name, ACCOUNT_MOST) : SLICE("-");
	if (f->host && slice_eq(table_key(f->host), name)) {
		table_touch(f->host);
		return f->host;
	}
	f->host = table_put(&f->known_hosts, name, &fresh);
	if (fresh) {
		f->host->hash = hash_of(name);
		f->host->from_us = f->host->to_us = CLOCK_NONE;
	}
	return f->host;
}

struct host_known *law_host(struct facts *f, const struct event *e)
{
	return know_host(f, event_get(e, F_HOST));
}

static struct law_count *account_count(struct facts *f, uint64_t hash)
{
	return table_put(&f->laws, (slice){(const char *)&hash, sizeof hash}, NULL);
}

static struct law_count *count_of(struct facts *f, const struct suspect *s)
{
	return s->law == LAW_REQUEST ? account_count(f, s->account_hash)
				     : &know_host(f, name_of(&s->host))->laws[s->law];
}

static void keep(struct law_count *c)
{
	c->kept += c->kept < UINT32_MAX;
}

void law_kept(struct facts *f, enum law law, const struct event *e)
{
	keep(&law_host(f, e)->laws[law]);
}

/* Who forges a line forges many: those of a minute count once, else they would unbind it. */
bool law_broken(struct facts *f, enum law law, const struct event *e)
{
	struct host_known *h = law_host(f, e);
	struct law_count *c = &h->laws[law];
	int64_t now = e->v[F_TIME].number;
	if (!h->broken_us || llabs(now - h->broken_us) >= CLOCK_MINUTE) {
		c->broken += c->broken < UINT32_MAX;
		h->broken_us = now;
	}
	return c->kept >= (uint64_t)BOUND_BY * c->broken;
}

void law_suspect(struct facts *f, enum law law, uint64_t account_hash, uint64_t key,
		 const struct event *e)
{
	if (f->suspect_count == SUSPECTS_MOST) {
		f->orphans_shed++;
		return;
	}
	struct suspect *s = &f->suspects[f->suspect_count++];
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	*s = (struct suspect){.law = law,
			      .account_hash = account_hash,
			      .key = key,
			      .us = e->v[F_TIME].number,
			      .start_us = event_get_number(e, F_START, CLOCK_NONE),
			      .has_ip = ip != NULL,
			      .place = e->place};
	if (ip)
		s->ip = *ip;
	name_keep(&s->account, event_get(e, F_ACCOUNT));
	name_keep(&s->queue_id, event_get(e, F_QUEUE_ID));
	name_keep(&s->host, event_get(e, F_HOST));
	name_keep(&s->session, event_get(e, F_SESSION));
}

/* The other half came after all. */
void law_acquit(struct facts *f, enum law law, uint64_t key)
{
	for (size_t i = 0; i < f->suspect_count; i++) {
		struct suspect *s = &f->suspects[i];
		if (s->law != law || s->key != key)
			continue;
		keep(count_of(f, s));
		memmove(s, s + 1, (--f->suspect_count - i) * sizeof *s);
		return;
	}
}

static void tell(const struct suspect *s, uint32_t times, facts_emit *emit, void *ctx)
{
	struct event e;
	event_make(&e);
	event_act(&e, ACT_LOG_INCONSISTENT, OUT_NONE);
	event_number(&e, F_TIME, s->us);
	event_text(&e, F_MODULE,
		   s->law == LAW_REQUEST || s->law == LAW_END ? SLICE("dovecot")
							      : SLICE("postfix"));
	event_text(&e, F_ORPHAN, law_names[s->law]);
	event_number(&e, F_ORPHAN_KEPT, times);
	if (s->host.len)
		event_text(&e, F_HOST, name_of(&s->host));
	if (s->account.len)
		event_text(&e, F_ACCOUNT, name_of(&s->account));
	if (s->session.len)
		event_text(&e, F_SESSION, name_of(&s->session));
	if (s->start_us != CLOCK_NONE)
		event_number(&e, F_START, s->start_us);
	if (s->queue_id.len)
		event_text(&e, F_QUEUE_ID, name_of(&s->queue_id));
	if (s->has_ip)
		event_address(&e, F_SOURCE_IP, s->ip);
	e.place = s->place;
	emit(ctx, &e);
}

/* Once what could still come has had its time. */
void laws_judge(struct facts *f, int64_t now, facts_emit *emit, void *ctx)
{
	while (f->suspect_count && now - f->suspects[0].us > LATE_US) {
		struct suspect s = f->suspects[0];
		memmove(f->suspects, f->suspects + 1, --f->suspect_count * sizeof s);
		struct law_count *c = count_of(f, &s);
		c->broken += c->broken < UINT32_MAX;
		if (c->kept >= (uint64_t)BOUND_BY * c->broken)
			tell(&s, c->kept, emit, ctx);
	}
}

/* --- letters --- */

/* Queue ids are a host's own. */
static uint64_t letter_hash(struct facts *f, const struct event *e, slice id)
{
	return hash_of(slice_first(id, 32)) * 31 + law_host(f, e)->hash;
}

static uint64_t letter_at(struct facts *f, const struct event *e)
{
	return letter_hash(f, e, event_get(e, F_QUEUE_ID));
}

static slice letter_key(const uint64_t *hash)
{
	return (slice){(const char *)hash, sizeof *hash};
}

static struct letter *letter_of(struct facts *f, const struct event *e, bool make)
{
	if (!event_get(e, F_QUEUE_ID).len)
		return NULL;
	uint64_t hash = letter_at(f, e);
	return make ? table_put(&f->letters, letter_key(&hash), NULL)
		    : table_get(&f->letters, letter_key(&hash));
}

void law_origin(struct facts *f, const struct event *e)
{
	struct letter *l = letter_of(f, e, true);
	if (!l)
		return;
	l->origin = true;
	if (f->suspect_count)
		law_acquit(f, LAW_ORIGIN, letter_at(f, e));
}

/* cleanup takes the message in; and how many others bore its Message-ID within a day. */
void law_taken_in(struct facts *f, struct event *e, int64_t now)
{
	struct letter *l = letter_of(f, e, true);
	slice id = event_get(e, F_MESSAGE_ID);
	if (l)
		l->taken_in = now - f->began_us > BEGUN_US;
	if (!id.len || !is_wanted(f, F_MESSAGE_ID_REPEATS))
		return;
	uint64_t hash = hash_of(id);
	bool fresh;
	struct message_id *m =
	    table_put(&f->message_ids, (slice){(const char *)&hash, sizeof hash}, &fresh);
	if (second_of(now) >= m->last_s + DAY_S)
		m->times = 0;
	m->last_s = second_of(now);
	event_number(e, F_MESSAGE_ID_REPEATS, m->times);
	m->times++;
}

static bool is_exempt(slice from)
{
	return !from.len || slice_starts(from, SLICE("double-bounce@"));
}

/* The queue manager has it; it says so again at each try. */
void law_queued(struct facts *f, const struct event *e)
{
	struct letter *l = letter_of(f, e, false);
	if (!l)
		return;
	l->expired |= e->outcome == OUT_FAILURE;
	int64_t n = event_get_number(e, F_RECIPIENTS, 0);
	l->recipients = n > 0 && n < UINT16_MAX ? (uint16_t)n : 0;
	if (l->judged || !l->taken_in || is_exempt(event_get(e, F_FROM)))
		return;
	l->judged = true;
	if (l->origin)
		law_kept(f, LAW_ORIGIN, e);
	else
		law_suspect(f, LAW_ORIGIN, 0, letter_at(f, e), e);
}

/* local(8): "forwarded as B": B comes from here. */
static void forwarded(struct facts *f, const struct event *e)
{
	slice why = event_get(e, F_REASON), id = why;
	if (!slice_eat(&id, "forwarded as "))
		return;
	uint64_t hash = letter_hash(f, e, id);
	struct letter *l = table_put(&f->letters, letter_key(&hash), NULL);
	l->origin = true;
	if (f->suspect_count)
		law_acquit(f, LAW_ORIGIN, hash);
}

void law_delivered(struct facts *f, const struct event *e)
{
	struct letter *l = letter_of(f, e, false);
	if (slice_eq(event_get(e, F_SMTP_STATUS), SLICE("deferred")))
		return;
	forwarded(f, e);
	if (!l)
		return;
	l->delivered += l->delivered < UINT16_MAX;
	if (l->removed && l->delivered >= l->recipients && f->suspect_count)
		law_acquit(f, LAW_DELIVERY, letter_at(f, e));
}

void law_removed(struct facts *f, const struct event *e)
{
	struct letter *l = letter_of(f, e, false);
	if (!l)
		return;
	l->removed = true;
	bool tells = l->taken_in && l->recipients && !l->expired &&
		     slice_ends(event_get(e, F_PROCESS), SLICE("qmgr"));
	if (tells && l->delivered >= l->recipients)
		law_kept(f, LAW_DELIVERY, e);
	else if (tells) {
		law_suspect(f, LAW_DELIVERY, 0, letter_at(f, e), e);
		return; /* what is missing may still come */
	}
	table_drop(&f->letters, l);
}

/* --- connections --- */

static bool is_smtpd(const struct event *e)
{
	return slice_ends(event_get(e, F_PROCESS), SLICE("/smtpd")) && event_has(e, F_PID);
}

static slice peer_key(struct facts *f, const struct event *e, uint64_t key[2])
{
	key[0] = law_host(f, e)->hash;
	key[1] = (uint64_t)e->v[F_PID].number;
	return (slice){(const char *)key, 16};
}

void law_connected(struct facts *f, const struct event *e)
{
	uint64_t key[2];
	if (!is_smtpd(e))
		return;
	table_put(&f->peers, peer_key(f, e, key), NULL);
}

/* A restart ends what was open. */
void law_restarted(struct facts *f, int64_t now)
{
	f->restarted_us = now;
}

void law_disconnected(struct facts *f, const struct event *e, int64_t now)
{
	uint64_t key[2];
	if (!is_smtpd(e))
		return;
	if (table_remove(&f->peers, peer_key(f, e, key)))
		law_kept(f, LAW_CONNECT, e);
	else if (now - f->began_us > LONG_US && !f->peers.shed_count &&
		 now - f->restarted_us > CLOCK_HOUR)
		law_suspect(f, LAW_CONNECT, 0, hash_of(peer_key(f, e, key)), e);
}

/* --- webmail --- */

/* A sign-in from the host itself, one of those in its ring, that no request of the webmail held. */
static void judge_local(struct facts *f, const struct local_login *l)
{
	uint64_t source = hash_of(name_of(&l->account));
	struct event e;
	if (l->explained) {
		keep(account_count(f, source));
		return;
	}
	if (f->request_us == CLOCK_NONE || l->us - f->request_us > BEGUN_US ||
	    l->us < f->request_first_us)
		return; /* the access log is silent there */
	event_make(&e);
	event_number(&e, F_TIME, l->us);
	event_text(&e, F_ACCOUNT, name_of(&l->account));
	e.place = l->place;
	law_suspect(f, LAW_REQUEST, source, source, &e);
}

void law_local_logins(struct facts *f, int64_t now)
{
	for (; f->local_judged < f->local_at; f->local_judged++) {
		const struct local_login *l = &f->local[f->local_judged % LOCAL_RING];
		if (l->us == CLOCK_NONE)
			continue; /* a name too long to keep */
		if (f->local_at - f->local_judged < LOCAL_RING && now - l->us <= REQUEST_US)
			return;
		judge_local(f, l);
	}
}

/* Access lines bear the second in which the request ended. */
void law_request(struct facts *f, int64_t now)
{
	if (f->request_us == CLOCK_NONE)
		f->request_first_us = now;
	f->request_us = now;
	size_t n = f->local_at < LOCAL_RING ? f->local_at : LOCAL_RING;
	for (size_t i = 1; i <= n; i++) {
		struct local_login *l = &f->local[(f->local_at - i) % LOCAL_RING];
		if (l->us == CLOCK_NONE)
			continue;
		if (l->us < now - REQUEST_US)
			return;
		l->explained |= l->us < now + CLOCK_SECOND;
	}
}
