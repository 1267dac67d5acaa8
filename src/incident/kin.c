/*
 * kin.c - hits that belong together.
 * Two hits share an incident if they name one account or one address, or if their addresses guessed
 * at the same accounts, within CAMPAIGN_US.  Hits below LEVEL_HIGH join, they do not found.
 * They are found by what they have in common, never pair by pair: there may be thousands.
 */
#include "inquiry.h"

#include <stdlib.h>

enum {
	PAIRS_MOST = FACTS_TARGETS * (FACTS_TARGETS - 1) / 2,
	TRAITS_MOST = 4 + PAIRS_MOST, /* account, shell, source, login */
};

/* Something of a hit that others may have as well. */
struct trait {
	uint64_t key;
	uint32_t hit, next; /* `next`: the older one that waits for relatives, + 1 */
};

struct kin {
	struct inquiry *q;
	struct added_hit **hits; /* by time */
	size_t n;
	uint32_t *over;            /* of each founder one later in its group; of the last, itself */
	LIST(struct trait) traits; /* of founders, by key and hit */
	uint64_t seed; /* nobody's to know: keys are not to be chosen so that they meet */
};

static bool is_shell(const struct hit *h)
{
	return h->method && strcmp(h->method, "server-shell") == 0;
}

static bool related(struct inquiry *q, const struct hit *a, const struct hit *b)
{
	if (llabs(a->time_us - b->time_us) > CAMPAIGN_US)
		return false;
	if (a->account.len && slice_eq(a->account, b->account))
		return true;
	if (is_shell(a) && is_shell(b)) /* audit has numbers where sudo has names */
		return llabs(a->time_us - b->time_us) < CLOCK_DAY;
	if (!a->has_source || !b->has_source)
		return a->login.len && slice_eq(a->login, b->login) && slice_eq(a->host, b->host);
	return address_eq(&a->source, &b->source) ||
	       facts_common_targets(q->facts, &a->source, &b->source) >= 2;
}

/*
 * What a rule could not know yet: that of those who failed from there most came in by and by, as
 * people do behind a new office's address.  Guessing lets in a few; a stolen list lets in many, but
 * hardly one whom it failed on before; and whom it tried in haste did not mistype.
 */
static bool is_excused(struct inquiry *q, const struct hit *h)
{
	bool guess = h->method && (strcmp(h->method, "password-spray") == 0 ||
				   strcmp(h->method, "brute-force") == 0);
	uint32_t in = guess && h->has_source ? facts_network_accounts(q->facts, &h->source) : 0;
	uint32_t failed = in ? facts_failed_accounts(q->facts, &h->source) : 0;
	return in >= OFFICE_LEAST && in >= failed && !is_forged_from(q, &h->source) &&
	       2 * facts_came_accounts(q->facts, &h->source) >= failed &&
	       !facts_guessed_at(q->facts, h->account, &h->source);
}

/* --- traits: related hits have one in common --- */

static uint64_t key_of(const struct kin *k, char kind, slice a, slice b)
{
	return hash_quick(b, hash_quick(a, k->seed + (uint64_t)kind));
}

static uint64_t source_key_of(const struct kin *k, const struct hit *h)
{
	return key_of(k, 'i', (slice){(const char *)h->source.b, sizeof h->source.b}, (slice){0});
}

static uint64_t pair_key(const struct kin *k, uint32_t a, uint32_t b)
{
	uint32_t pair[] = {a < b ? a : b, a < b ? b : a};
	return key_of(k, 't', (slice){(const char *)pair, sizeof pair}, (slice){0});
}

static size_t traits_of(const struct kin *k, const struct hit *h, uint64_t keys[TRAITS_MOST])
{
	uint32_t targets[FACTS_TARGETS];
	size_t n = 0, t = h->has_source ? facts_targets(k->q->facts, &h->source, targets) : 0;
	if (h->account.len)
		keys[n++] = key_of(k, 'a', h->account, (slice){0});
	if (is_shell(h))
		keys[n++] = key_of(k, 's', (slice){0}, (slice){0});
	if (h->has_source)
		keys[n++] = source_key_of(k, h);
	if (h->login.len)
		keys[n++] = key_of(k, 'l', h->login, h->host);
	for (size_t i = 0; i < t; i++)
		for (size_t j = 0; j < i; j++)
			keys[n++] = pair_key(k, targets[i], targets[j]);
	return n;
}

static int trait_order(const void *a, const void *b)
{
	const struct trait *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->hit > y->hit) - (x->hit < y->hit);
}

static void gather_traits(struct kin *k)
{
	uint64_t keys[TRAITS_MOST];
	for (size_t i = 0; i < k->n; i++) {
		size_t n = k->hits[i]->group < 0 ? 0 : traits_of(k, &k->hits[i]->hit, keys);
		for (size_t j = 0; j < n; j++)
			*list_add(&k->traits) = (struct trait){keys[j], (uint32_t)i, 0};
	}
	if (k->traits.len)
		qsort(k->traits.at, k->traits.len, sizeof *k->traits.at, trait_order);
}

/* --- founders --- */

static uint32_t last_of(struct kin *k, uint32_t i)
{
	for (; k->over[i] != i; i = k->over[i])
		k->over[i] = k->over[k->over[i]];
	return i;
}

static void unite(struct kin *k, uint32_t a, uint32_t b)
{
	a = last_of(k, a);
	b = last_of(k, b);
	k->over[a < b ? a : b] = a < b ? b : a;
}

static const struct hit *hit_of(const struct kin *k, size_t trait)
{
	return &k->hits[k->traits.at[trait].hit]->hit;
}

/* Of those that found a relative the newest goes on waiting for all: who is related to an older one
 * is to it. */
static void meet(struct kin *k, size_t at, uint32_t waiting)
{
	struct trait *t = k->traits.at;
	uint32_t w = waiting;
	for (; w && related(k->q, hit_of(k, at), hit_of(k, w - 1)); w = t[w - 1].next)
		unite(k, t[at].hit, t[w - 1].hit);
	if (w != waiting)
		t[waiting - 1].next = w;
}

/* Whom a trait relates depends on nothing else but the time. */
enum { KINDS = 4 };
static int kind_of(const struct hit *h)
{
	return is_shell(h) * 2 + h->has_source;
}

/* Those with one trait in common, by time; returns where they end. */
static size_t meet_all(struct kin *k, size_t at)
{
	uint32_t waiting[KINDS] = {0};
	uint64_t key = k->traits.at[at].key;
	for (; at < k->traits.len && k->traits.at[at].key == key; at++) {
		for (int kind = 0; kind < KINDS; kind++)
			meet(k, at, waiting[kind]);
		int own = kind_of(hit_of(k, at));
		k->traits.at[at].next = waiting[own];
		waiting[own] = (uint32_t)at + 1;
	}
	return at;
}

/* --- those that join --- */

/* The first trait of that key of a hit that is not earlier. */
static size_t find_trait(const struct kin *k, uint64_t key, int64_t from_us)
{
	size_t low = 0, high = k->traits.len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t there = k->traits.at[middle].key;
		if (there < key || (there == key && hit_of(k, middle)->time_us < from_us))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool may_join(const struct kin *k, const struct hit *h, const struct hit *founder)
{
	bool same = founder->has_source && address_eq(&h->source, &founder->source);
	return (same || h->network >= NETWORK_UNUSED) && related(k->q, h, founder);
}

/* The group of the first founder that a lower hit is related to by address. */
static int group_to_join(const struct kin *k, const struct hit *h)
{
	uint64_t keys[TRAITS_MOST] = {source_key_of(k, h)};
	size_t n = h->network >= NETWORK_UNUSED ? traits_of(k, h, keys) : 1, first = k->n;
	for (size_t i = 0; i < n; i++) {
		size_t at = find_trait(k, keys[i], h->time_us - CAMPAIGN_US);
		while (at < k->traits.len && k->traits.at[at].key == keys[i] &&
		       k->traits.at[at].hit < first && !may_join(k, h, hit_of(k, at)) &&
		       hit_of(k, at)->time_us <= h->time_us + CAMPAIGN_US)
			at++;
		if (at < k->traits.len && k->traits.at[at].key == keys[i] &&
		    k->traits.at[at].hit < first && may_join(k, h, hit_of(k, at)))
			first = k->traits.at[at].hit;
	}
	return first < k->n ? k->hits[first]->group : -1;
}

/* Numbers groups of high hits; then others join what they are related to by address. */
size_t number_groups(struct inquiry *q, struct added_hit **hits, size_t n)
{
	struct kin k = {.q = q, .hits = hits, .n = n, .seed = (uintptr_t)hits};
	int groups = 0;
	k.over = must_alloc(n * sizeof *k.over);
	for (size_t i = 0; i < n; i++) {
		k.over[i] = (uint32_t)i;
		if (hits[i]->hit.level >= LEVEL_HIGH && !is_excused(q, &hits[i]->hit))
			hits[i]->group = groups++;
	}
	gather_traits(&k);
	for (size_t at = 0; at < k.traits.len;)
		at = meet_all(&k, at);
	for (size_t i = 0; i < n; i++) /* the last of a group has its number */
		hits[i]->group = hits[last_of(&k, (uint32_t)i)]->group;
	for (size_t i = 0; i < n; i++)
		if (hits[i]->group < 0 && hits[i]->hit.has_source)
			hits[i]->group = group_to_join(&k, &hits[i]->hit);
	list_free(&k.traits);
	free(k.over);
	return (size_t)groups;
}

/* --- in order --- */

static int by_time(const void *a, const void *b)
{
	const struct added_hit *x = *(struct added_hit *const *)a,
			       *y = *(struct added_hit *const *)b;
	if (x->hit.time_us != y->hit.time_us)
		return x->hit.time_us < y->hit.time_us ? -1 : 1;
	return (x->hit.rule > y->hit.rule) - (x->hit.rule < y->hit.rule);
}

struct added_hit **sorted_hits(struct inquiry *q, size_t *n)
{
	struct added_hit **hits = must_alloc((q->hits.len + 1) * sizeof *hits), *h = NULL;
	*n = 0;
	while ((h = table_next(&q->hits, h)))
		hits[(*n)++] = h;
	if (*n)
		qsort(hits, *n, sizeof *hits, by_time);
	return hits;
}
