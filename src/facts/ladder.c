/*
 * ladder.c - failures added up by ever wider networks, and what an account suffers from all sides.
 *
 * Who has a /48 has 2^80 addresses to guess from, each used once; a family behind a router has a
 * /64 or /56 whose machines change addresses by the day (RFC 8981), for one or two accounts.  The
 * steps add up the one, and the count of accounts beside them tells the other.
 */
#include "known.h"

struct step {
	unsigned bits;
	enum field field;
};
/* The second step of each is the place: the network by which habits are kept, but for its bits. */
static const struct step steps_v6[] = {
    {64, F_LADDER_64}, {48, F_LADDER_48},       {56, F_LADDER_56},
    {32, F_LADDER_32}, {128, F_LADDER_ADDRESS},
};
static const struct step steps_v4[] = {{112, F_LADDER_16}, {120, F_LADDER_24}};
enum { PLACE_STEP = 1 };

static const struct step *steps_of(const struct address *ip, size_t *n)
{
	bool v4 = address_is_v4(ip);
	*n = v4 ? sizeof steps_v4 / sizeof *steps_v4 : sizeof steps_v6 / sizeof *steps_v6;
	return v4 ? steps_v4 : steps_v6;
}

static slice rung_key(const struct address *ip, unsigned bits, char room[17])
{
	struct address net = address_mask(*ip, bits);
	slice key = net_key(&net, room + 1);
	room = (char *)(uintptr_t)key.at - 1;
	room[0] = (char)bits;
	return (slice){room, key.len + 1};
}

static struct rung *know_rung(struct facts *f, const struct address *ip, unsigned bits, int64_t now)
{
	char room[17];
	bool fresh;
	struct rung *r = table_put(&f->rungs, rung_key(ip, bits, room), &fresh);
	if (!fresh && now - r->last_us > GUESS_WINDOW_US)
		memset(r, 0, sizeof *r);
	r->last_us = now;
	return r;
}

static uint32_t hash_of(const void *p, size_t len)
{
	return (uint32_t)hash_bytes(p, len) | 1;
}

/* --- the place --- */

/* It is no hint any more. */
static struct failed_place *widen(struct facts *f, struct failed_hint *h, slice key)
{
	struct failed_place *p = table_put(&f->failed_places, key, NULL);
	memcpy(p->addresses.kept, h->addresses, sizeof h->addresses);
	memcpy(p->accounts.kept, h->accounts, sizeof h->accounts);
	p->addresses.count = few_count(h->addresses, HINT_OTHERS);
	p->accounts.count = few_count(h->accounts, HINT_ACCOUNTS);
	table_drop(&f->failed_hints, h);
	return p;
}

static void state_place(struct event *e, uint16_t addresses, uint16_t accounts)
{
	event_number(e, F_LADDER_ADDRESSES, addresses);
	event_number(e, F_LADDER_ACCOUNTS, accounts);
}

/* True if the hint has room for what it is told; `hashes`: of address and account. */
static bool take_hint(struct failed_hint *h, struct event *e, const uint32_t hashes[2], int64_t now)
{
	if (second_of(now) > h->last_s + GUESS_WINDOW_S)
		memset(h, 0, sizeof *h);
	h->last_s = second_of(now);
	bool fits = few_fits(h->addresses, HINT_OTHERS, hashes[0]) &&
		    (!hashes[1] || few_fits(h->accounts, HINT_ACCOUNTS, hashes[1]));
	if (fits)
		state_place(e, few_count(h->addresses, HINT_OTHERS),
			    few_count(h->accounts, HINT_ACCOUNTS));
	return fits;
}

/* From most places a single address fails, and no more than a hint is kept of them. */
static void fail_place(struct facts *f, struct event *e, slice account, const struct address *ip,
		       unsigned bits, int64_t now)
{
	char room[16];
	struct address net = address_mask(*ip, bits);
	slice key = net_key(&net, room);
	const uint32_t hashes[2] = {hash_of(ip->b, sizeof ip->b),
				    account.len ? hash_of(account.at, account.len) : 0};
	struct failed_place *p = table_get(&f->failed_places, key);
	if (!p) {
		struct failed_hint *h = table_put(&f->failed_hints, key, NULL);
		if (take_hint(h, e, hashes, now))
			return;
		p = widen(f, h, key);
	} else if (now - p->last_us > GUESS_WINDOW_US) {
		memset(p, 0, sizeof *p);
	}
	p->last_us = now;
	few_add(&p->addresses, hashes[0]);
	if (hashes[1])
		few_add(&p->accounts, hashes[1]);
	state_place(e, p->addresses.count, p->accounts.count);
}

/* `failures`: of the guesser, who in IPv4 is the address itself. */
void ladder_climb(struct facts *f, struct event *e, slice account, const struct address *ip,
		  uint32_t failures, uint32_t tries, int64_t now)
{
	size_t n;
	const struct step *steps = steps_of(ip, &n);
	if (address_is_v4(ip))
		event_number(e, F_LADDER_ADDRESS, failures);
	for (size_t i = 0; i < n; i++) {
		if (!is_wanted(f, steps[i].field))
			continue;
		struct rung *r = know_rung(f, ip, steps[i].bits, now);
		week_add(&r->failures, now, tries);
		event_number(e, steps[i].field, week_sum(&r->failures, now));
	}
	if (is_wanted(f, F_LADDER_ADDRESSES) || is_wanted(f, F_LADDER_ACCOUNTS))
		fail_place(f, e, account, ip, steps[PLACE_STEP].bits, now);
	struct address net = address_network(*ip);
	event_number(e, F_LADDER_LET_IN, facts_network_accounts(f, &net));
}

void ladder_password(struct facts *f, struct event *e, const struct address *ip, uint32_t hash,
		     int64_t now)
{
	struct rung *r = know_rung(f, ip, 128, now);
	few_add(&r->passwords, hash);
	event_number(e, F_SOURCE_PASSWORDS, r->passwords.count);
}

/* --- from all sides --- */

static struct victim *know_victim(struct facts *f, uint32_t hash, int64_t now)
{
	bool fresh;
	struct victim *v =
	    table_put(&f->victims, (slice){(const char *)&hash, sizeof hash}, &fresh);
	if (!fresh && now - v->last_us > GUESS_WINDOW_US)
		memset(v, 0, sizeof *v);
	if (now - v->last_us > CLOCK_HOUR)
		v->burst_us = now;
	v->last_us = now;
	return v;
}

void victim_failed(struct facts *f, struct event *e, slice account, const struct address *net,
		   uint32_t tries, int64_t now)
{
	struct victim *v = know_victim(f, hash_of(account.at, account.len), now);
	uint64_t hash = hash_bytes(net->b, sizeof net->b);
	week_add(&v->failures, now, tries);
	few_add(&v->networks, (uint32_t)hash);
	v->sketch[hash >> 62] |= UINT64_C(1) << (hash >> 32 & 63);
	event_number(e, F_FAILED_WEEK, week_sum(&v->failures, now));
	event_number(e, F_FAILED_DAYS, week_days(&v->failures, now));
	event_number(e, F_FAILED_NETWORKS, v->networks.count);
}

/* Networks that failed on all of those accounts, by the bits that their sketches share. */
void state_victim(struct facts *f, struct event *e, slice account, int64_t now)
{
	uint32_t hash = hash_of(account.at, account.len);
	struct victim *v = table_get(&f->victims, (slice){(const char *)&hash, sizeof hash});
	if (!v || now - v->last_us > GUESS_WINDOW_US)
		return;
	event_number(e, F_FAILED_WEEK, week_sum(&v->failures, now));
	event_number(e, F_FAILED_DAYS, week_days(&v->failures, now));
}

int64_t facts_guessed_since(struct facts *f, slice account, int64_t now)
{
	uint32_t hash = hash_of(account.at, account.len);
	const struct victim *v = table_peek(&f->victims, (slice){(const char *)&hash, sizeof hash});
	return v && v->last_us > now - CLOCK_DAY ? v->burst_us : CLOCK_NONE;
}

uint32_t victims_shared(struct facts *f, const uint32_t *accounts, size_t n)
{
	uint64_t all[VICTIM_WORDS];
	uint32_t bits = 0;
	memset(all, 0xff, sizeof all);
	for (size_t i = 0; i < n; i++) {
		struct victim *v =
		    table_get(&f->victims, (slice){(const char *)&accounts[i], sizeof accounts[i]});
		for (size_t k = 0; k < VICTIM_WORDS; k++)
			all[k] &= v ? v->sketch[k] : 0;
	}
	for (size_t k = 0; k < VICTIM_WORDS; k++)
		bits += (uint32_t)__builtin_popcountll(all[k]);
	return bits;
}
