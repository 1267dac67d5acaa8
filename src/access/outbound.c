/*
 * outbound.c - how much an account sends, and to how many whom it never wrote to.
 *
 * Counts run from an account's first message and begin anew when `within` is over.  Whom an account
 * wrote to is known by twelve bytes of a digest of both names: the file that keeps it names nobody.
 */
#include "access/outbound.h"

#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS_MOST = 16384, KNOWN_MOST = 131072, KNOWN_KEY = 12, DAY_S = 86400 };
static const char known_head[] = "tocsin recipients 1\n";

struct sender {
	uint32_t since_s;
	uint32_t messages, recipients, new_recipients;
	uint64_t bytes;
	bool told;
};

/* Of a recipient: when he was last written to; of an account: when it was first seen. */
struct known_pair {
	uint32_t at_s;
};

struct outbound {
	const struct outbound_rules *rules;
	struct table senders, known;
};

struct outbound *outbound_new(const struct outbound_rules *rules)
{
	struct outbound *o = must_alloc(sizeof *o);
	o->rules = rules;
	table_init(&o->senders, sizeof(struct sender), ACCOUNTS_MOST);
	table_init(&o->known, sizeof(struct known_pair), KNOWN_MOST);
	return o;
}

void outbound_free(struct outbound **o)
{
	if (!*o)
		return;
	table_free(&(*o)->senders);
	table_free(&(*o)->known);
	free(*o);
	*o = NULL;
}

void outbound_use(struct outbound *o, const struct outbound_rules *rules)
{
	o->rules = rules;
}

/* --- who knows whom --- */

static void lower(char *to, slice s)
{
	for (size_t i = 0; i < s.len; i++)
		to[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
}

static struct digest pair_of(slice account, slice recipient)
{
	enum { NAME_MOST = 320 };
	char text[2 * NAME_MOST + 1];
	account = slice_first(account, NAME_MOST);
	recipient = slice_first(recipient, NAME_MOST);
	lower(text, account);
	text[account.len] = 0;
	lower(text + account.len + 1, recipient);
	return digest_of((slice){text, account.len + 1 + recipient.len});
}

static struct known_pair *known_pair(struct outbound *o, slice account, slice recipient,
				     bool *fresh)
{
	struct digest d = pair_of(account, recipient);
	return table_put(&o->known, (slice){(const char *)d.b, KNOWN_KEY}, fresh);
}

/* Whom the account never wrote to, if it is old enough to be judged by that. */
static bool is_new(struct outbound *o, const struct outbound_request *q, uint32_t now)
{
	bool stranger, account_fresh;
	struct known_pair *account = known_pair(o, q->account, (slice){0}, &account_fresh);
	if (account_fresh)
		account->at_s = now;
	uint32_t age = now - account->at_s; /* before the next put, which may shed it */
	struct known_pair *to = known_pair(o, q->account, q->recipient, &stranger);
	to->at_s = now;
	return stranger && age >= o->rules->learn_days * (uint32_t)DAY_S;
}

/* --- the count --- */

unsigned outbound_bound(unsigned bound, unsigned percent)
{
	enum { WHOLE = 100 };
	unsigned n = percent ? (unsigned)((uint64_t)bound * percent / WHOLE) : bound;
	return bound && !n ? 1 : n;
}

static struct sender *sender_of(struct outbound *o, slice account, uint32_t now)
{
	struct digest d = pair_of(account, (slice){0});
	struct sender *s = table_put(&o->senders, (slice){(const char *)d.b, KNOWN_KEY}, NULL);
	if (now - s->since_s >= o->rules->within_s)
		*s = (struct sender){.since_s = now};
	return s;
}

static void count(struct outbound *o, struct sender *s, const struct outbound_request *q,
		  uint32_t now)
{
	if (slice_eq(q->state, SLICE("RCPT"))) {
		s->recipients++;
		s->new_recipients += is_new(o, q, now);
	} else if (slice_eq(q->state, SLICE("END-OF-MESSAGE"))) {
		s->messages++;
		s->bytes += (uint64_t)q->size;
	}
}

static struct outbound_answer over(const struct outbound *o, struct sender *s, uint64_t n,
				   const char *what)
{
	struct outbound_answer a = {o->rules->defer ? OUTBOUND_DEFER : OUTBOUND_HOLD, !s->told, ""};
	s->told = true;
	snprintf(a.because, sizeof a.because, "%llu %s within %u s", (unsigned long long)n, what,
		 o->rules->within_s);
	return a;
}

struct outbound_answer outbound_ask(struct outbound *o, const struct outbound_request *q,
				    int64_t now_us)
{
	enum { MEGABYTE = 1 << 20 };
	const struct outbound_rules *r = o->rules;
	uint32_t now = (uint32_t)(now_us / CLOCK_SECOND);
	if (!q->account.len)
		return (struct outbound_answer){0};
	struct sender *s = sender_of(o, q->account, now);
	count(o, s, q, now);
	if (r->new_recipients && s->new_recipients > outbound_bound(r->new_recipients, r->percent))
		return over(o, s, s->new_recipients, "recipients new to the account");
	if (r->recipients && s->recipients > outbound_bound(r->recipients, r->percent))
		return over(o, s, s->recipients, "recipients");
	if (r->messages && s->messages > outbound_bound(r->messages, r->percent))
		return over(o, s, s->messages, "messages");
	if (r->megabytes && s->bytes / MEGABYTE >= outbound_bound(r->megabytes, r->percent))
		return over(o, s, s->bytes / MEGABYTE, "megabytes");
	return (struct outbound_answer){0};
}

/* --- kept --- */

static void put_u32(struct out *to, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		out_char(to, (char)(n >> (8 * i)));
}

void outbound_write(const struct outbound *o, struct out *to)
{
	out_text(to, known_head);
	for (struct known_pair *p = NULL; (p = table_next(&o->known, p));) {
		out_slice(to, table_key(p));
		put_u32(to, p->at_s);
	}
}

bool outbound_read(struct outbound *o, slice bytes)
{
	enum { RECORD = KNOWN_KEY + 4 };
	if (!slice_eat(&bytes, "tocsin recipients 1\n") || bytes.len % RECORD != 0)
		return false;
	for (; bytes.len; bytes = slice_from(bytes, RECORD)) {
		const uint8_t *n = (const uint8_t *)bytes.at + KNOWN_KEY;
		struct known_pair *p = table_put(&o->known, slice_first(bytes, KNOWN_KEY), NULL);
		p->at_s = n[0] | (uint32_t)n[1] << 8 | (uint32_t)n[2] << 16 | (uint32_t)n[3] << 24;
	}
	return true;
}
