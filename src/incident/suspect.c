/* suspect.c - whose act an event is: which incident an address and an account belong to. */
#include "inquiry.h"

bool group_within(const struct group *g, int64_t now)
{
	return now >= g->from_us;
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
		if (!s->exclusive || g->known_network || !group_within(g, now) ||
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
		if (!group_within(g, now) || g->known_network)
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

bool any_group_has(const struct inquiry *q, slice account)
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

void touch_accepted(struct group *g, struct suspect *s, int64_t now)
{
	touch_group(g, s, now);
	if (s)
		s->accepted = true;
}

void group_accepted(struct group *g, int64_t now)
{
	if (g->last_accepted_us == CLOCK_NONE || now > g->last_accepted_us)
		g->last_accepted_us = now;
}
