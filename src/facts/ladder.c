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
	struct address a = address_mask(*ip, bits);
	slice key = net_key(&a, room + 1);
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

/* `failures`: of the guesser, who in IPv4 is the address itself. */
void ladder_climb(struct facts *f, struct event *e, slice account, const struct address *ip,
		  uint32_t failures, uint32_t tries, int64_t now)
{
	size_t n;
	const struct step *steps = steps_of(ip, &n);
	if (address_is_v4(ip))
		event_number(e, F_LADDER_ADDRESS, failures);
	for (size_t i = 0; i < n; i++) {
		if (i != PLACE_STEP && !is_wanted(f, steps[i].field))
			continue;
		struct rung *r = know_rung(f, ip, steps[i].bits, now);
		week_add(&r->failures, now, tries);
		event_number(e, steps[i].field, week_sum(&r->failures, now));
		if (i != PLACE_STEP)
			continue;
		few_add(&r->others, hash_of(ip->b, sizeof ip->b));
		if (account.len)
			few_add(&r->accounts, hash_of(account.at, account.len));
		event_number(e, F_LADDER_ADDRESSES, r->others.count);
		event_number(e, F_LADDER_ACCOUNTS, r->accounts.count);
	}
	struct address net = address_network(*ip);
	event_number(e, F_LADDER_LET_IN, facts_network_accounts(f, &net));
}

void ladder_password(struct facts *f, struct event *e, const struct address *ip, uint32_t hash,
		     int64_t now)
{
	struct rung *r = know_rung(f, ip, 128, now);
	few_add(&r->others, hash);
	event_number(e, F_SOURCE_PASSWORDS, r->others.count);
}

/* --- from all sides --- */

static struct victim *know_victim(struct facts *f, uint32_t hash, int64_t now)
{
	bool fresh;
	struct victim *v =
	    table_put(&f->victims, (slice){(const char *)&hash, sizeof hash}, &fresh);
	if (!fresh && now - v->last_us > GUESS_WINDOW_US)
		memset(v, 0, sizeof *v);
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
