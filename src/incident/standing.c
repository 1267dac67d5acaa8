/*
 * standing.c - filters that lie on a host's disk and send an intruded account's mail outside.
 *
 * Law: a file says what it does now.  That the intruder saved it is possible and no more, unless
 * records show mail going that way (scope.c); when it was saved no file tells.
 */
#include "inquiry.h"

enum { STANDING_MOST = 1000 };

/* The group's name for it: the whole address, or the one account whose name it is on its host. */
static bool is_of(const struct group *g, slice account, slice *name)
{
	size_t found = 0;
	bool bare = slice_find(account, '@') == account.len;
	for (size_t i = 0; i < g->accounts.len; i++) {
		slice have = g->accounts.at[i];
		slice local = bare ? slice_first(have, slice_find(have, '@')) : have;
		if (!slice_eq_nocase(local, account))
			continue;
		*name = have;
		found++;
	}
	return found == 1;
}

void inquiry_script(struct inquiry *q, slice account, slice target, slice place)
{
	slice name;
	for (size_t i = 0; i < q->groups.len && q->standing.len < STANDING_MOST; i++) {
		if (!is_of(&q->groups.at[i], account, &name) || !is_external(q, target))
			continue;
		*list_add(&q->standing) = (struct standing){
		    keep_slice(q, name), keep_slice(q, target), keep_slice(q, place), (int)i};
	}
}

static struct change *change_to(struct incident *inc, const struct standing *s)
{
	for (size_t i = 0; i < inc->changes.len; i++) {
		struct change *c = &inc->changes.at[i];
		if (slice_eq(c->account, s->account) && slice_eq_nocase(c->target, s->target))
			return c;
	}
	return NULL;
}

static void add_gap(struct inquiry *q, struct incident *inc, const struct standing *s)
{
	*list_add(&inc->gaps) = (struct gap){
	    .source = s->place,
	    .from_us = CLOCK_NONE,
	    .to_us = CLOCK_NONE,
	    .kind = SLICE("never-logged"),
	    .hides =
		arena_format(q->keep,
			     "since when mail of %.*s goes to %.*s, and who saved that "
			     "filter: the file says what it does now",
			     (int)s->account.len, s->account.at, (int)s->target.len, s->target.at),
	    .remedy = SLICE("ask its owner; the times of the file and of sieve/ on the disk"),
	};
}

void scope_standing(struct inquiry *q, int group)
{
	struct incident *inc = q->groups.at[group].incident;
	for (size_t i = 0; i < q->standing.len; i++) {
		const struct standing *s = &q->standing.at[i];
		if (s->group != group || change_to(inc, s))
			continue;
		*list_add(&inc->changes) = (struct change){.kind = SLICE("forwarding-rule"),
							   .account = s->account,
							   .target = s->target,
							   .time_us = CLOCK_NONE,
							   .active = true,
							   .certainty = POSSIBLE};
		add_gap(q, inc, s);
	}
}
