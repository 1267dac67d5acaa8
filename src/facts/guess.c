/* guess.c - who guesses: addresses that fail to sign in, and at whom. */
#include "known.h"

static struct guesser *find_guesser(struct facts *f, const struct address *ip)
{
	struct address a = machine_address(ip);
	char room[16];
	return table_get(&f->guessers, net_key(&a, room));
}

static struct guesser_more *more_of(struct facts *f, struct guesser *g)
{
	g->has_more = true;
	return table_put(&f->guessers_more, table_key(g), NULL);
}

void forget_guesser(struct facts *f, struct guesser *g)
{
	if (g->has_more)
		table_remove(&f->guessers_more, table_key(g));
}

static bool is_among(const uint32_t *targets, size_t n, uint32_t hash)
{
	size_t i = 0;
	while (i < n && targets[i] && targets[i] != hash)
		i++;
	return i < n && targets[i] == hash;
}

/* One that its row has no room for. */
static bool remember_more(struct facts *f, struct guesser *g, uint32_t hash)
{
	struct guesser_more *m = more_of(f, g);
	if (is_among(m->targets, TARGETS_KEPT - TARGETS_HERE, hash))
		return false;
	if (g->accounts < TARGETS_KEPT) {
		m->targets[g->accounts++ - TARGETS_HERE] = hash;
		return true;
	}
	uint64_t bit = UINT64_C(1) << (hash >> 26);
	bool other = !(m->sketch & bit);
	g->accounts += other;
	m->sketch |= bit;
	return other;
}

static bool is_target(const struct facts *f, const struct guesser *g, uint32_t hash)
{
	if (is_among(g->targets, TARGETS_HERE, hash))
		return true;
	const struct guesser_more *m =
	    g->has_more ? table_peek(&f->guessers_more, table_key(g)) : NULL;
	return m && (is_among(m->targets, TARGETS_KEPT - TARGETS_HERE, hash) ||
		     m->sketch & UINT64_C(1) << (hash >> 26));
}

static uint32_t target_hash(slice account)
{
	return (uint32_t)hash_bytes(account.at, account.len) | 1;
}

void guesser_came(struct facts *f, slice account, const struct address *ip)
{
	struct guesser *g = find_guesser(f, ip);
	if (g && is_target(f, g, target_hash(account)) && g->came < g->accounts)
		g->came++;
}

/* True if it is another one. */
static bool remember_target(struct facts *f, struct guesser *g, slice account)
{
	uint32_t hash = target_hash(account);
	if (is_among(g->targets, TARGETS_HERE, hash))
		return false;
	if (g->accounts >= TARGETS_HERE)
		return remember_more(f, g, hash);
	g->targets[g->accounts++] = hash;
	return true;
}

struct targets {
	uint32_t at[TARGETS_KEPT], len;
};

static struct targets targets_of(const struct facts *f, const struct guesser *g)
{
	struct targets t = {.len = g->accounts};
	const struct guesser_more *m =
	    g->has_more ? table_peek(&f->guessers_more, table_key(g)) : NULL;
	memcpy(t.at, g->targets, sizeof g->targets);
	if (m)
		memcpy(t.at + TARGETS_HERE, m->targets, sizeof m->targets);
	uint32_t most = m ? TARGETS_KEPT : TARGETS_HERE;
	t.len = t.len < most ? t.len : most;
	return t;
}

/* Two accounts in common may be chance; three have been sought out. */
enum { COMPANIONS_LEAST = 3 };

/* Who else failed on all of them, itself taken off; looked up when it has found another target. */
static void count_companions(struct facts *f, struct guesser *g)
{
	struct targets t = targets_of(f, g);
	uint32_t n = t.len >= COMPANIONS_LEAST ? victims_shared(f, t.at, t.len) : 0;
	g->companions = (uint8_t)(n ? n - 1 : 0); /* of 4 words of bits */
}

/* Whom its network let in by this address; where people have addresses of their own, those it
 * failed on. */
static int64_t let_in_by(struct facts *f, const struct guesser *g, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	const struct network_known *n = find_network(f, &net);
	uint32_t people = n ? people_of(n, ip) : 0;
	return people ? n->accounts : g->came;
}

static void tell_guesser(struct facts *f, struct event *e, const struct guesser *g,
			 const struct address *ip)
{
	event_number(e, F_SOURCE_FAILED, g->accounts);
	event_number(e, F_SOURCE_FAILURES, g->failures);
	event_number(e, F_SOURCE_HOURS, g->hours);
	event_number(e, F_SOURCE_PACE, g->pace.most);
	event_number(e, F_SOURCE_CAME, 100 * g->came / (g->accounts + !g->accounts));
	int64_t let_in = let_in_by(f, g, ip);
	event_number(e, F_SOURCE_SHARE, 100 * let_in / (let_in + g->accounts + !g->accounts));
}

void state_guesser(struct facts *f, struct event *e, const struct address *ip, int64_t now)
{
	const struct guesser *g = find_guesser(f, ip);
	if (g && now - g->last_us <= GUESS_WINDOW_US)
		tell_guesser(f, e, g, ip);
}

void failed(struct facts *f, struct event *e, slice account, const struct address *ip, int64_t now)
{
	struct address a = machine_address(ip);
	char room[16];
	bool fresh;
	struct guesser *g = table_put(&f->guessers, net_key(&a, room), &fresh);
	if (!fresh && now - g->last_us > GUESS_WINDOW_US) {
		forget_guesser(f, g);
		memset(g, 0, sizeof *g);
	}
	if (!g->first_us && !address_is_v4(ip))
		memcpy(&more_of(f, g)->machine, ip->b + 8, 8);
	if (!g->first_us)
		g->first_us = now;
	/* Roundcube tells of one refusal in two logs, a second apart. */
	bool webmail = webmail_wrote(e);
	if (webmail && g->by_webmail && now - g->last_us < 3 * CLOCK_SECOND)
		return;
	g->by_webmail = webmail;
	int64_t tries = event_get_number(e, F_AUTH_ATTEMPTS, 1);
	uint32_t counted = (uint32_t)(tries > 0 && tries < 1000 ? tries : 1);
	g->failures += counted;
	g->hours += now / CLOCK_HOUR != g->pace.slot / SLOTS_IN_HOUR && g->hours < UINT16_MAX;
	pace_add(&g->pace, now, counted);
	g->last_us = now;
	ladder_climb(f, e, account, ip, g->failures, counted, now);
	struct who w = who_is(f, account, ip, now);
	if (account.len && !w.habit)
		victim_failed(f, e, account, &w.net, counted, now);
	if (account.len && remember_target(f, g, account)) {
		count_companions(f, g);
		g->came += w.habit != NULL; /* it is there already */
	}
	tell_guesser(f, e, g, ip);
	if (g->accounts >= COMPANIONS_LEAST)
		event_number(e, F_COMPANIONS, g->companions);
	if (!w.account) { /* names that never signed in are the guesser's, not ours */
		state_network(f, e, &w);
		return;
	}
	password_failed(f, e, account, &w.net, counted, now);
	if (second_of(now) - w.account->failures_s >= DAY_S) {
		w.account->failures = 0;
		w.account->failures_s = second_of(now);
	}
	event_number(e, F_ACCOUNT_FAILURES, ++w.account->failures);
	state_network(f, e, &w);
}

int64_t facts_guesser_since(struct facts *f, const struct address *a)
{
	struct guesser *g = find_guesser(f, a);
	return g ? g->first_us : CLOCK_NONE;
}

uint32_t facts_failed_accounts(struct facts *f, const struct address *a)
{
	struct guesser *g = find_guesser(f, a);
	return g ? g->accounts : 0;
}

static size_t common_targets(const struct targets *a, const struct targets *b)
{
	size_t n = 0;
	for (size_t i = 0; i < a->len; i++)
		n += is_among(b->at, b->len, a->at[i]);
	return n;
}

size_t facts_targets(struct facts *f, const struct address *a, uint32_t out[FACTS_TARGETS])
{
	const struct guesser *g = find_guesser(f, a);
	if (!g)
		return 0;
	struct targets t = targets_of(f, g);
	memcpy(out, t.at, t.len * sizeof *out);
	return t.len;
}

uint32_t facts_came_accounts(struct facts *f, const struct address *a)
{
	const struct guesser *g = find_guesser(f, a);
	return g ? g->came : 0;
}

size_t facts_common_targets(struct facts *f, const struct address *a, const struct address *b)
{
	const struct guesser *g = find_guesser(f, a), *other = find_guesser(f, b);
	if (!g || !other)
		return 0;
	struct targets t = targets_of(f, g), o = targets_of(f, other);
	return common_targets(&t, &o);
}

/* Half of its targets at least are those of the other one, three at least. */
static bool is_ally(const struct facts *f, const struct guesser *g, const struct targets *other)
{
	if (g->accounts < 3)
		return false;
	struct targets t = targets_of(f, g);
	size_t common = common_targets(&t, other);
	return common >= 3 && common * 2 >= t.len;
}

static struct address machine_of(const struct facts *f, const struct guesser *g)
{
	struct address ip = net_of(table_key(g));
	const struct guesser_more *m =
	    g->has_more ? table_peek(&f->guessers_more, table_key(g)) : NULL;
	if (m && !address_is_v4(&ip))
		memcpy(ip.b + 8, &m->machine, sizeof m->machine);
	return ip;
}

static bool signs_in(struct facts *f, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	return find_network(f, &net) != NULL;
}

size_t facts_guessers_of(struct facts *f, slice account, int64_t since_us, struct address *out,
			 size_t most)
{
	size_t n = 0;
	uint32_t hash = target_hash(account);
	for (struct guesser *g = NULL; n < most && (g = table_next(&f->guessers, g));) {
		if (g->last_us < since_us || g->accounts > 2 ||
		    !is_among(g->targets, TARGETS_HERE, hash))
			continue;
		struct address ip = machine_of(f, g);
		if (!signs_in(f, &ip))
			out[n++] = ip;
	}
	return n;
}

size_t facts_allies(struct facts *f, const struct address *a, struct address *out, size_t most)
{
	size_t n = 0;
	const struct guesser *own = find_guesser(f, a);
	if (!own || own->accounts < 3)
		return 0;
	struct targets targets = targets_of(f, own);
	for (struct guesser *g = NULL; n < most && (g = table_next(&f->guessers, g));) {
		if (g == own || !is_ally(f, g, &targets))
			continue;
		struct address ip = machine_of(f, g);
		if (!signs_in(f, &ip))
			out[n++] = ip;
	}
	return n;
}
