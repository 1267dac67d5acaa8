/*
 * others.c - other networks that an intruded account came to use, of which no rule says anything.
 *
 * Whoever has the password may come from ever new addresses, and read little from each.  A network
 * new to the account is its owner's journey or the intruder's: no record tells which.  So none of
 * it is called his, and nothing is said that would be false if it were: not since when, not how
 * much at most.
 */
#include "inquiry.h"

enum {
	OTHERS_MOST = 256,
	COLLEAGUES = 3
}; /* as in rules: their operator's lines are the house's */

static bool is_suspects(struct inquiry *q, const struct group *g, const struct address *net)
{
	for (size_t i = 0; i < g->suspects.len; i++) {
		struct address own = facts_network(q->facts, &g->suspects.at[i].ip);
		if (address_eq(&own, net))
			return true;
	}
	return false;
}

/* It was not the account's own for a day when he came, or not known to be. */
static bool is_unexplained(struct inquiry *q, const struct group *g, const struct facts_habit *h)
{
	int64_t from = g->first_finding_us - (h->first_known ? CLOCK_DAY : CAMPAIGN_US);
	return h->since_us >= from && h->since_us <= g->last_finding_us + CAMPAIGN_US &&
	       !h->trusted && h->colleagues < COLLEAGUES && !is_suspects(q, g, &h->net);
}

static void take_habit(void *ctx, const struct facts_habit *h)
{
	struct inquiry *q = ctx;
	if (!table_peek(&q->accounts, h->account))
		return;
	for (size_t i = 0; i < q->groups.len; i++) {
		struct group *g = &q->groups.at[i];
		if (g->known_network || !group_has_account(g, h->account) ||
		    !is_unexplained(q, g, h))
			continue;
		if (g->others.len == OTHERS_MOST) {
			g->others_unbounded = true;
			continue;
		}
		*list_add(&g->others) =
		    (struct other){keep_slice(q, h->account), h->net, h->since_us};
		if (h->since_us - CLOCK_MINUTE < g->look_us)
			g->look_us = h->since_us - CLOCK_MINUTE;
	}
}

void find_others(struct inquiry *q)
{
	for (size_t i = 0; i < q->groups.len; i++) {
		q->groups.at[i].others.len = 0;
		q->groups.at[i].look_us = q->groups.at[i].from_us;
	}
	facts_habits(q->facts, take_habit, q);
}

static const struct other *other_of(struct inquiry *q, const struct group *g, slice account,
				    const struct address *ip)
{
	struct address net = facts_network(q->facts, ip);
	for (size_t i = 0; i < g->others.len; i++)
		if (address_eq(&g->others.at[i].net, &net) &&
		    slice_eq(g->others.at[i].account, account))
			return &g->others.at[i];
	return NULL;
}

bool is_others(struct inquiry *q, const struct group *g, const struct seen *s)
{
	return s->group < 0 && !s->local && s->has_ip && other_of(q, g, s->account, &s->ip);
}

/* A webmail session there: what it opened is not counted. */
void see_visitor(struct inquiry *q, slice account, const struct address *ip)
{
	for (size_t i = 0; account.len && ip && i < q->groups.len; i++) {
		struct group *g = &q->groups.at[i];
		if (group_has_account(g, account) && other_of(q, g, account, ip))
			g->others_unbounded = true;
	}
}

enum { MATES_MOST = 64 };

/* Somebody came from there to the account before anybody came to those that rules name. */
static bool was_there_first(struct inquiry *q, const struct group *g, const struct suspect *s,
			    slice account)
{
	int64_t own = facts_habit_since(q->facts, account, &s->ip), first = CLOCK_NONE;
	for (size_t i = 0; i < g->named_accounts; i++) {
		int64_t since = facts_habit_since(q->facts, g->accounts.at[i], &s->ip);
		if (since != CLOCK_NONE && (first == CLOCK_NONE || since < first))
			first = since;
	}
	return own != CLOCK_NONE && first != CLOCK_NONE && own < first;
}

static bool is_hinted(const struct group *g, slice account)
{
	for (size_t i = 0; i < g->hinted.len; i++)
		if (slice_eq(g->hinted.at[i], account))
			return true;
	return false;
}

/*
 * An account that no rule names, and that was there before him, or of which nothing earlier is
 * known: behind a provider's or a VPN's address it may be a person of its own, unless the address
 * guessed.
 */
bool is_mate(struct inquiry *q, struct group *g, const struct suspect *s, slice account)
{
	if (!account.len || is_hinted(g, account) ||
	    facts_failed_accounts(q->facts, &s->ip) >= GUESSED_LEAST ||
	    !(facts_is_first_place(q->facts, account, &s->ip) || was_there_first(q, g, s, account)))
		return false;
	for (size_t i = 0; i < g->mates.len; i++)
		if (slice_eq(g->mates.at[i], account))
			return true;
	if (g->mates.len < MATES_MOST)
		*list_add(&g->mates) = keep_slice(q, account);
	g->others_unbounded = true;
	return true;
}

/* Accounts that he was seen in on the second walk alone: what they did before it was not looked
 * at. */
static bool has_late_account(const struct group *g)
{
	for (size_t i = 0; i < g->others.len; i++) {
		bool named = false;
		for (size_t k = 0; k < g->named_accounts && !named; k++)
			named = slice_eq(g->accounts.at[k], g->others.at[i].account);
		if (!named)
			return true;
	}
	return false;
}

/* When the second walk is over: those of accounts that came to light in it as well. */
void settle_others(struct inquiry *q)
{
	find_others(q);
	for (size_t i = 0; i < q->groups.len; i++)
		q->groups.at[i].others_unbounded |= has_late_account(&q->groups.at[i]);
}

/* The first that was used before his first act. */
const struct other *earlier_other(const struct group *g)
{
	const struct other *first = NULL;
	for (size_t i = 0; i < g->others.len; i++)
		if (g->others.at[i].since_us < g->first_us &&
		    (!first || g->others.at[i].since_us < first->since_us))
			first = &g->others.at[i];
	return first;
}

static void gap_of_mates(struct inquiry *q, struct group *g)
{
	if (!g->mates.len)
		return;
	slice first = g->mates.at[0];
	slice more = g->mates.len > 1
			 ? arena_format(q->keep, " and %zu more accounts", g->mates.len - 1)
			 : (slice){0};
	*list_add(&g->incident->gaps) =
	    (struct gap){.source = SLICE("who shares the intruder's address"),
			 .from_us = CLOCK_NONE,
			 .to_us = g->first_us,
			 .kind = SLICE("missing"),
			 .hides = arena_format(
			     q->keep,
			     "whose place the intruder's address is besides: %.*s%.*s came from "
			     "there before him, or with nothing earlier known; what was opened "
			     "then is not counted",
			     (int)first.len, first.at, (int)more.len, more.len ? more.at : ""),
			 .remedy = SLICE("ask the owners where they were; give older logs")};
}

/* Without them a missing bound would have no reason. */
void gap_of_others(struct inquiry *q, int group)
{
	char net[ADDRESS_TEXT];
	struct group *g = &q->groups.at[group];
	gap_of_mates(q, g);
	if (!g->others.len)
		return;
	const struct other *o = &g->others.at[0];
	address_format(&o->net, net);
	*list_add(&g->incident->gaps) = (struct gap){
	    .source = SLICE("whose sign-ins from other networks were"),
	    .from_us = o->since_us,
	    .to_us = CLOCK_NONE,
	    .kind = SLICE("never-logged"),
	    .hides = arena_format(
		q->keep, "%.*s was used from %s%s as well, not known as a place of its owner's; %s",
		(int)o->account.len, o->account.at, net, address_is_v4(&o->net) ? "/24" : "/48",
		g->others_unbounded ? "what was opened there is not counted"
				    : "what was opened there is in the upper bounds alone"),
	    .remedy = SLICE("ask the owners where they were")};
	if (g->others.len > 1) {
		struct gap *gap = &g->incident->gaps.at[g->incident->gaps.len - 1];
		gap->hides = arena_format(q->keep, "%.*s (and %zu more such networks)",
					  (int)gap->hides.len, gap->hides.at, g->others.len - 1);
	}
}
