/* group.c - what hits that belong together (kin.c) add up to: who is suspected, since when. */
#include "inquiry.h"

#include <stdlib.h>

struct suspect *find_suspect(struct group *g, const struct address *ip)
{
	for (size_t i = 0; i < g->suspects.len; i++)
		if (address_eq(&g->suspects.at[i].ip, ip))
			return &g->suspects.at[i];
	return NULL;
}

bool group_has_account(const struct group *g, slice account)
{
	for (size_t i = 0; i < g->accounts.len; i++)
		if (slice_eq(g->accounts.at[i], account))
			return true;
	return false;
}

slice keep_slice(struct inquiry *q, slice s)
{
	return arena_copy(q->keep, s);
}

void group_add_account(struct inquiry *q, struct group *g, slice account)
{
	if (!account.len || group_has_account(g, account))
		return;
	*list_add(&g->accounts) = keep_slice(q, account);
	table_put(&q->accounts, account, NULL);
}

static struct suspect *add_suspect(struct group *g, const struct address *ip,
				   enum hit_network network)
{
	struct suspect *s = find_suspect(g, ip);
	if (!s) {
		s = list_add(&g->suspects);
		*s = (struct suspect){.ip = *ip,
				      .named_us = CLOCK_NONE,
				      .first_us = CLOCK_NONE,
				      .last_us = CLOCK_NONE};
	}
	s->known |= network == NETWORK_KNOWN;
	s->foreign |= network == NETWORK_NEW;
	s->exclusive = (s->exclusive || network >= NETWORK_UNUSED) && !s->known;
	return s;
}

static void name_suspect(struct suspect *s, int64_t when)
{
	if (s->named_us == CLOCK_NONE || when < s->named_us)
		s->named_us = when;
}

/* The more specific way in wins: a shell explains more than a password, a password than a guess. */
static const struct {
	const char *name;
	enum entry_method method;
	int rank;
} methods[] = {
    {"oauth-consent", ENTRY_CONSENT, 1},
    {"stolen-password", ENTRY_STOLEN, 1},
    {"brute-force", ENTRY_BRUTE, 2},
    {"password-spray", ENTRY_SPRAY, 3},
    {"webmail-session-abuse", ENTRY_WEBMAIL_SESSION, 4},
    {"webmail-exploit", ENTRY_WEBMAIL_EXPLOIT, 5},
    {"server-shell", ENTRY_SHELL, 6},
};

static int method_rank(enum entry_method m)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (methods[i].method == m)
			return methods[i].rank;
	return 0;
}

static void take_method(struct group *g, const struct hit *h)
{
	for (size_t i = 0; h->method && i < sizeof methods / sizeof *methods; i++)
		if (strcmp(methods[i].name, h->method) == 0 &&
		    methods[i].rank > method_rank(g->method))
			g->method = methods[i].method;
}

static void take_hit(struct inquiry *q, struct group *g, struct added_hit *a)
{
	struct hit *h = &a->hit;
	if (g->first_finding_us == CLOCK_NONE || h->time_us < g->first_finding_us)
		g->first_finding_us = h->time_us;
	if (a->last_us > g->last_finding_us)
		g->last_finding_us = a->last_us;
	if (h->first_us < g->from_us)
		g->from_us = h->first_us;
	if (h->level > g->level)
		g->level = h->level;
	if (h->level >= LEVEL_HIGH) {
		if (g->first_high_us == CLOCK_NONE || h->time_us < g->first_high_us)
			g->first_high_us = h->time_us;
		group_add_account(q, g, h->account);
		take_method(g, h);
	}
	if (h->account.len && h->has_source)
		*list_add(&g->ties) = (struct tie){h->source, h->account};
	if (h->account.len && h->level == LEVEL_HIGH - 1)
		*list_add(&g->hinted) = h->account;
	if (h->has_source)
		name_suspect(add_suspect(g, &h->source, h->network), h->first_us);
	if (h->method && strcmp(h->method, "webmail-session-abuse") == 0) {
		g->burst_from_us = h->first_us;
		g->burst_to_us = a->last_us;
		g->agent = h->agent;
	}
	if (h->login.len)
		*list_add(&g->logins) = (struct login_id){h->login, h->host};
}

/*
 * Somebody's place for longer than the intruder's: a day before the first of these accounts, or,
 * where none of them signed in by name, before the first finding there.
 */
static bool was_used_before(struct inquiry *q, const struct group *g, const struct suspect *s)
{
	int64_t own = CLOCK_NONE, any = facts_network_since(q->facts, &s->ip);
	for (size_t i = 0; i < g->accounts.len; i++) {
		int64_t since = facts_habit_since(q->facts, g->accounts.at[i], &s->ip);
		if (since != CLOCK_NONE && (own == CLOCK_NONE || since < own))
			own = since;
	}
	if (own == CLOCK_NONE)
		own = s->named_us;
	return any != CLOCK_NONE && own != CLOCK_NONE && any < own - CLOCK_DAY;
}

/*
 * Where a crowd signs in besides those that rules name, or others did before, it is a place of
 * people's own, and only the named ones are the intruder's.
 */
static void share_places(struct inquiry *q, struct group *g)
{
	bool guessed = g->method == ENTRY_SPRAY || g->method == ENTRY_BRUTE;
	for (size_t i = 0; i < g->suspects.len; i++) {
		struct suspect *s = &g->suspects.at[i];
		s->exclusive |=
		    guessed && !s->known && facts_guesser_since(q->facts, &s->ip) != CLOCK_NONE;
		if (facts_network_accounts(q->facts, &s->ip) > CROWD + 2 * g->accounts.len ||
		    was_used_before(q, g, s))
			s->exclusive = false;
	}
}

/* Whoever failed at several accounts before his password was right did not know it. */
static void weigh_guesses(struct inquiry *q, struct group *g)
{
	for (size_t i = 0; i < g->suspects.len && g->method == ENTRY_STOLEN; i++) {
		const struct suspect *s = &g->suspects.at[i];
		if (s->exclusive && facts_failed_accounts(q->facts, &s->ip) >= GUESSED_LEAST)
			g->method = ENTRY_SPRAY;
	}
}

static void reach_back(struct group *g, int64_t since_us)
{
	if (since_us != CLOCK_NONE && since_us < g->from_us)
		g->from_us = since_us;
}

/* Who guessed at the account from elsewhere, in the hours before it was entered. */
static void join_guessers(struct inquiry *q, struct group *g, slice account)
{
	struct address ips[ALLIES_MOST];
	int64_t since = facts_guessed_since(q->facts, account, g->first_finding_us);
	if (since == CLOCK_NONE || since > g->first_finding_us)
		return;
	size_t n = facts_guessers_of(q->facts, account, since, ips, ALLIES_MOST);
	for (size_t i = 0; i < n; i++)
		add_suspect(g, &ips[i], NETWORK_NEW);
	if (since < g->from_us)
		g->from_us = since;
}

/* A walk in the victim's own session: its address is the victim's, only the burst is not. */
static void settle(struct inquiry *q, struct group *g)
{
	bool any_new = false;
	struct address allies[ALLIES_MOST];
	weigh_guesses(q, g);
	share_places(q, g);
	for (size_t i = 0; i < g->suspects.len; i++)
		any_new |= g->suspects.at[i].foreign && g->suspects.at[i].exclusive;
	g->known_network = g->method == ENTRY_WEBMAIL_SESSION && !any_new;
	if (g->method == ENTRY_WEBMAIL_SESSION && any_new)
		g->method = ENTRY_STOLEN;
	bool guessed = g->method == ENTRY_SPRAY || g->method == ENTRY_BRUTE;
	for (size_t i = 0, n = g->suspects.len; i < n && !g->known_network; i++) {
		struct address ip = g->suspects.at[i].ip;
		if (guessed)
			reach_back(g, facts_guesser_since(q->facts, &ip));
		for (size_t k = 0; k < g->accounts.len && g->suspects.at[i].exclusive; k++) {
			reach_back(g, facts_habit_since(q->facts, g->accounts.at[k], &ip));
			reach_back(g, facts_early_since(q->facts, g->accounts.at[k], &ip));
		}
		size_t found = guessed ? facts_allies(q->facts, &ip, allies, ALLIES_MOST) : 0;
		for (size_t k = 0; k < found; k++) {
			add_suspect(g, &allies[k], NETWORK_NEW);
			reach_back(g, facts_guesser_since(q->facts, &allies[k]));
		}
	}
	for (size_t k = 0; k < g->accounts.len && g->method == ENTRY_BRUTE; k++)
		join_guessers(q, g, g->accounts.at[k]);
	if (g->logins.len)
		g->from_us -= CLOCK_DAY / 2; /* the shell's sign-in stands before what it read */
	if (g->known_network)
		g->from_us -= 10 * CLOCK_MINUTE;
	else
		g->from_us -= CLOCK_HOUR; /* what these addresses did before they were let in */
}

/* --- who is suspected, by network --- */

static int by_network(const void *a, const void *b)
{
	const struct suspect_row *x = a, *y = b;
	int d = memcmp(x->net.b, y->net.b, sizeof x->net.b);
	return d ? d : (x->group > y->group) - (x->group < y->group);
}

static struct suspect_row row_of(const struct inquiry *q, uint32_t group, uint32_t at)
{
	const struct suspect *s = &q->groups.at[group].suspects.at[at];
	return (struct suspect_row){facts_network(q->facts, &s->ip), group, at};
}

static void index_suspects(struct inquiry *q)
{
	for (uint32_t i = 0; i < q->groups.len; i++)
		for (uint32_t k = 0; k < q->groups.at[i].suspects.len; k++)
			*list_add(&q->suspects) = row_of(q, i, k);
	if (q->suspects.len)
		qsort(q->suspects.at, q->suspects.len, sizeof *q->suspects.at, by_network);
}

struct suspect *suspect_of(struct inquiry *q, const struct suspect_row *row)
{
	return &q->groups.at[row->group].suspects.at[row->at];
}

size_t suspects_near(const struct inquiry *q, const struct address *ip,
		     const struct suspect_row **rows)
{
	const struct suspect_row first = {facts_network(q->facts, ip), 0, 0};
	size_t low = 0, high = q->suspects.len, n = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (by_network(&q->suspects.at[middle], &first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*rows = q->suspects.at + low;
	while (low + n < q->suspects.len && address_eq(&(*rows)[n].net, &first.net))
		n++;
	return n;
}

struct suspect *add_neighbour(struct inquiry *q, const struct suspect_row *row,
			      const struct address *ip, bool exclusive)
{
	struct group *g = &q->groups.at[row->group];
	if (g->neighbours == NEIGHBOURS_MOST)
		return NULL;
	g->neighbours++;
	struct suspect *s = add_suspect(g, ip, NETWORK_UNTOLD);
	s->exclusive = exclusive;
	s->neighbour = true;
	const struct suspect_row new = {row->net, row->group, (uint32_t)(g->suspects.len - 1)};
	size_t at = (size_t)(row - q->suspects.at) + 1;
	list_add(&q->suspects);
	memmove(&q->suspects.at[at + 1], &q->suspects.at[at],
		(q->suspects.len - 1 - at) * sizeof *q->suspects.at);
	q->suspects.at[at] = new;
	return s;
}

static struct group sum_up(struct inquiry *q, struct added_hit *first, int number)
{
	struct group g = {.from_us = INT64_MAX,
			  .first_finding_us = CLOCK_NONE,
			  .first_high_us = CLOCK_NONE,
			  .login_us = CLOCK_NONE,
			  .first_us = CLOCK_NONE,
			  .last_us = CLOCK_NONE,
			  .last_accepted_us = CLOCK_NONE};
	for (struct added_hit *a = first; a; a = a->next) {
		take_hit(q, &g, a);
		a->group = number;
	}
	settle(q, &g);
	return g;
}

void make_groups(struct inquiry *q)
{
	size_t n;
	struct added_hit **hits = sorted_hits(q, &n);
	size_t groups = number_groups(q, hits, n);
	struct added_hit **first = must_alloc(groups * sizeof *first);
	for (size_t i = n; i-- > 0;) { /* from the last, so that each list is in order of time */
		if (hits[i]->group < 0)
			continue;
		hits[i]->next = first[hits[i]->group];
		first[hits[i]->group] = hits[i];
	}
	for (size_t i = 0; i < groups; i++) {
		if (!first[i])
			continue;
		struct group g = sum_up(q, first[i], (int)q->groups.len);
		g.named_accounts = g.accounts.len;
		*list_add(&q->groups) = g;
	}
	index_suspects(q);
	find_others(q);
	free(first);
	free(hits);
}
