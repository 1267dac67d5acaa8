/*
 * access.c - one decision after the other.
 *
 * Addresses that fail are counted by /32 or /64: one host, or one customer with all his privacy
 * addresses.  Where two rules speak, the first of the table does.
 */
#include "access/access.h"

#include <stdlib.h>
#include <strings.h>

enum {
	PLACES_MOST = 65536,
	HASHES_MOST = 16384,
	ACCOUNTS_KEPT = ACCESS_ACCOUNTS_MOST,
	DELAY_MOST = 30,
	STEP = 10
};

const char *const posture_names[] = {"normal", "heightened", "lockdown"};

/* A place that failed. */
struct place_failed {
	uint32_t since_s, failures;
};

/* A password, by its hash, that was refused. */
struct hash_failed {
	uint32_t since_s, accounts[ACCOUNTS_KEPT];
	uint8_t count;
};

struct access {
	const struct access_rules *rules;
	struct table places, hashes;
};

struct access *access_new(const struct access_rules *rules)
{
	struct access *a = must_alloc(sizeof *a);
	a->rules = rules;
	table_init(&a->places, sizeof(struct place_failed), PLACES_MOST);
	table_init(&a->hashes, sizeof(struct hash_failed), HASHES_MOST);
	return a;
}

void access_free(struct access **a)
{
	if (!*a)
		return;
	table_free(&(*a)->places);
	table_free(&(*a)->hashes);
	free(*a);
	*a = NULL;
}

void access_use(struct access *a, const struct access_rules *rules)
{
	a->rules = rules;
}

/* --- what is asked of a request --- */

static bool names(const slice *at, size_t n, slice name)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].len == name.len && strncasecmp(at[i].at, name.at, name.len) == 0)
			return true;
	return false;
}

static bool is_listed(const struct access_rules *r, const struct access_request *q)
{
	for (size_t i = 0; q->has_remote && i < r->networks.len; i++)
		if (cidr_holds(&r->networks.at[i], &q->remote))
			return true;
	return false;
}

/* Webmail and other daemons of the host itself speak for people elsewhere, whom they know. */
static bool is_local(const struct access_request *q)
{
	return q->has_remote && address_is_loopback(&q->remote);
}

static struct address place_of(const struct access_request *q)
{
	return address_is_v4(&q->remote) ? q->remote : address_mask(q->remote, 64);
}

static uint32_t second_of(int64_t usec)
{
	return (uint32_t)(usec / CLOCK_SECOND);
}

static unsigned failures_of(struct access *a, const struct access_request *q, int64_t now)
{
	struct address place = place_of(q);
	struct place_failed *p = table_get(&a->places, (slice){(const char *)place.b, 16});
	return p && second_of(now) - p->since_s < a->rules->failures_s ? p->failures : 0;
}

/* --- the rules --- */

typedef struct access_answer access_rule(struct access *a, const struct access_request *q,
					 int64_t now);
static const struct access_answer let_in = {0, "accepted"};

static struct access_answer rule_denied(struct access *a, const struct access_request *q,
					int64_t now)
{
	const struct access_rules *r = a->rules;
	return names(r->denied.at, r->denied.len, q->login)
		   ? (struct access_answer){-1, "the account is closed"}
		   : let_in;
}

static struct access_answer rule_posture(struct access *a, const struct access_request *q,
					 int64_t now)
{
	const struct access_rules *r = a->rules;
	bool essential = names(r->essential.at, r->essential.len, q->login);
	bool listed = is_listed(r, q) || is_local(q);
	if (r->posture == POSTURE_NORMAL)
		return let_in;
	if (r->posture == POSTURE_HEIGHTENED)
		return listed || essential ? let_in
					   : (struct access_answer){-1, "not from this network"};
	if (!essential || !listed)
		return (struct access_answer){-1, "only essential accounts for the moment"};
	return !r->protocols.len || names(r->protocols.at, r->protocols.len, q->protocol)
		   ? let_in
		   : (struct access_answer){-1, "not by this protocol for the moment"};
}

/* Beyond the bound: to wait, twice as long with each ten failures more. */
static struct access_answer rule_guesser(struct access *a, const struct access_request *q,
					 int64_t now)
{
	const struct access_rules *r = a->rules;
	if (!q->has_remote || is_local(q) || is_listed(r, q) || !r->failures_most)
		return let_in;
	unsigned failures = failures_of(a, q, now), delay = r->delay_s;
	unsigned most = outbound_bound(r->failures_most, r->percent);
	if (failures < most)
		return let_in;
	for (unsigned n = failures - most; n >= STEP && delay < DELAY_MOST; n -= STEP)
		delay *= 2;
	if (delay >= DELAY_MOST)
		return (struct access_answer){-1, "too many failures from this address"};
	return (struct access_answer){(int)delay, "failures from this address"};
}

static struct access_answer rule_spray(struct access *a, const struct access_request *q,
				       int64_t now)
{
	const struct access_rules *r = a->rules;
	if (!q->password_hash.len || !r->accounts_most)
		return let_in;
	struct hash_failed *h = table_get(&a->hashes, q->password_hash);
	return h && h->count >= outbound_bound(r->accounts_most, r->percent) &&
		       second_of(now) - h->since_s < r->failures_s && !is_listed(r, q)
		   ? (struct access_answer){-1, "this password is tried on many accounts"}
		   : let_in;
}

static access_rule *const rules_in_order[] = {rule_denied, rule_posture, rule_spray, rule_guesser};

struct access_answer access_ask(struct access *a, const struct access_request *q, int64_t now_us)
{
	for (size_t i = 0; i < sizeof rules_in_order / sizeof *rules_in_order; i++) {
		struct access_answer answer = rules_in_order[i](a, q, now_us);
		/* who has given the right password has waited before it was looked at */
		if (answer.status < 0 || (answer.status > 0 && !q->after))
			return answer;
	}
	return let_in;
}

/* --- how it went --- */

static void count_place(struct access *a, const struct access_request *q, int64_t now)
{
	struct address place = place_of(q);
	struct place_failed *p = table_put(&a->places, (slice){(const char *)place.b, 16}, NULL);
	if (second_of(now) - p->since_s >= a->rules->failures_s)
		*p = (struct place_failed){.since_s = second_of(now)};
	p->failures++;
}

static void count_hash(struct access *a, const struct access_request *q, int64_t now)
{
	struct hash_failed *h = table_put(&a->hashes, q->password_hash, NULL);
	uint32_t account = (uint32_t)hash_bytes(q->login.at, q->login.len);
	if (second_of(now) - h->since_s >= a->rules->failures_s)
		*h = (struct hash_failed){.since_s = second_of(now)};
	for (unsigned i = 0; i < h->count; i++)
		if (h->accounts[i] == account)
			return;
	if (h->count < ACCOUNTS_KEPT)
		h->accounts[h->count++] = account;
}

void access_report(struct access *a, const struct access_request *q, int64_t now_us)
{
	if (q->success)
		return;
	if (q->has_remote && !is_local(q))
		count_place(a, q, now_us);
	if (q->password_hash.len)
		count_hash(a, q, now_us);
}
