/*
 * correlate.c - correlations at work: groups, their windows, and when a correlation fires
 * (correlation rules specification 2.1.0).
 *
 * Laws: (1) an event without one of the group-by fields belongs to no group;
 *       (2) a window is `timespan` long, ends included, by the time of the events; an event that
 *           comes late by LATENESS or less counts as if it had come in its place;
 *       (3) a correlation fires for a group when its condition becomes true, and again only for
 *           what is more than `timespan` away from that; while it stays true, temporal
 *           correlations above it are told of every event, event_count only of firings;
 *       (4) a condition with an upper end (lt, lte, eq, neq) is decided when its window is over:
 *           the window begins with the group's first event;
 *       (5) groups and entries are bounded; the group that was quiet longest goes first, and is
 *           counted if it could still have mattered;
 *       (6) the number 5 and the text "5" are one value, as true and "true" are: formats differ
 *           in how they write them.
 */
#include "correlate.h"

#include <stdlib.h>

enum { FIRED_MOST = 32 };

static struct sequence sequence_of(struct state *st, struct group *g)
{
	const struct correlation *c = st->rule->correlation;
	int64_t settled = st->s->newest - LATENESS - c->delay;
	return (struct sequence){c->reference_count, c->span, settled, rest_of(c, g), &st->steps};
}

static size_t group_size(const struct state *st)
{
	const struct correlation *c = st->rule->correlation;
	size_t size = sizeof(struct group) +
		      (c->at_close ? sizeof(struct opening) : st->fired_most * sizeof(int64_t));
	if (c->type == TEMPORAL_ORDERED)
		return size + c->reference_count * sizeof(uint32_t);
	return size + (c->expression && c->at_close ? expression_size(c) : sizeof(struct window));
}

static void group_clear(struct state *st, struct group *g)
{
	const struct correlation *c = st->rule->correlation;
	struct sequence q = sequence_of(st, g);
	if (c->type == TEMPORAL_ORDERED)
		sequence_clear(&q);
	else if (!c->expression || !c->at_close)
		window_clear(&st->pool, window_of(c, g), table_number(g));
}

static void group_shed(void *ctx, void *entry)
{
	struct state *st = ctx;
	struct group *g = entry;
	st->rule->public.shed += g->touched >= st->s->newest - st->pool.reach;
	group_clear(st, g);
}

/* Of the rules that it counts one is a correlation itself: what that counted began earlier. */
static bool counts_counts(const struct correlation *c)
{
	bool any = false;
	for (uint32_t i = 0; i < c->reference_count; i++)
		any |= c->references[i].rule->correlation != NULL;
	return any;
}

/* Correlations that are decided late tell the one above as late: see close_rule(). */
static int64_t delay_of(const struct correlation *c)
{
	int64_t most = 0;
	for (uint32_t i = 0; i < c->reference_count; i++) {
		const struct correlation *below = c->references[i].rule->correlation;
		int64_t delay = below ? delay_of(below) : 0;
		if (below && below->at_close)
			delay += LATENESS + below->span / 64;
		most = delay > most ? delay : most;
	}
	return most;
}

static struct pool pool_for(const struct correlation *c)
{
	uint32_t keep = (uint32_t)(c->most < INT64_MAX ? c->most : c->least);
	uint32_t most = 2 * keep > SIGMA_EVENTS_MOST ? 2 * keep : SIGMA_EVENTS_MOST;
	bool shares = c->type == VALUE_PERCENTILE && !c->has_percentile;
	bool distinct = c->type != EVENT_COUNT && !is_metric(c);
	most = c->reference_count > most ? c->reference_count : most;
	return (struct pool){.distinct = distinct,
			     .rules = c->expression != NULL,
			     .recurs = distinct && !c->at_close,
			     .valued = distinct || shares,
			     .summed = is_metric(c) && !shares,
			     .dated = counts_counts(c),
			     .span = c->span,
			     .reach = c->span + LATENESS + c->delay,
			     .most = is_metric(c) ? ENTRIES_MOST : most};
}

void correlate_start(const struct sigma *s, struct rule *r)
{
	struct correlation *c = r->correlation;
	struct state *st = must_alloc(sizeof *st);
	int64_t fired = LATENESS / c->span + 3;
	c->state = st;
	c->delay = delay_of(c);
	*st = (struct state){.s = s,
			     .rule = r,
			     .pool = pool_for(c),
			     .close_at = INT64_MAX,
			     .fired_most = (uint32_t)(fired < FIRED_MOST ? fired : FIRED_MOST),
			     .steps = {.size = sequence_cell(c->reference_count)}};
	size_t size = group_size(st), most = GROUPS_BYTES_MOST / size;
	table_init(&st->groups, size, (uint32_t)(most < GROUPS_MOST ? most : GROUPS_MOST));
	st->groups.shed = group_shed;
	st->groups.shed_ctx = st;
	pool_start(&st->pool);
}

void correlate_free(struct rule *r)
{
	struct state *st = r->correlation ? r->correlation->state : NULL;
	if (!st)
		return;
	table_free(&st->groups);
	table_free(&st->pool.values);
	cells_free(&st->pool.entries);
	cells_free(&st->steps);
	free(st->waiting.at);
	free(st);
	r->correlation->state = NULL;
}

size_t correlate_bytes(const struct rule *r)
{
	const struct state *st = r->correlation ? r->correlation->state : NULL;
	return st ? sizeof *st + st->groups.bytes + st->pool.values.bytes +
			st->pool.entries.room * st->pool.entries.size +
			st->steps.room * st->steps.size + st->waiting.room * sizeof *st->waiting.at
		  : 0;
}

/* --- firing --- */

static void correlate(struct sigma *s, const struct link *l, const struct occasion *o, bool fired,
		      struct named *named);

/* Apart, for its names take room on the stack and most rules have nothing above them. */
__attribute__((noinline)) static void tell_above(struct sigma *s, const struct rule *r,
						 const struct occasion *o, bool fired)
{
	struct named named;
	named.fields = NULL;
	for (size_t i = 0; i < r->links.len; i++)
		correlate(s, &r->links.at[i], o, fired, &named);
}

void rule_holds(struct sigma *s, const struct rule *r, const struct occasion *o,
		struct sigma_hit *hit, bool fired)
{
	hit->rule = &r->public;
	if (fired && r->public.generate && s->hit)
		s->hit(s->hit_ctx, hit);
	if (r->links.len)
		tell_above(s, r, o, fired);
}

bool correlation_fulfils(const struct correlation *c, uint64_t n)
{
	bool within =
	    n >= (uint64_t)(c->least > 0 ? c->least : 0) && c->most >= 0 && n <= (uint64_t)c->most;
	return within != c->not_equal;
}

/* Law 3. */
static bool is_due(const struct state *st, struct group *g, int64_t time)
{
	int64_t *fired = fired_of(g), span = st->pool.span;
	uint32_t n = 0, at = 0;
	for (; n < st->fired_most && fired[n] != CLOCK_NONE; n++) {
		if (time <= fired[n] + span && time >= fired[n] - span)
			return false;
		at += fired[n] > time;
	}
	if (at == st->fired_most)
		return true;
	n -= n == st->fired_most;
	memmove(fired + at + 1, fired + at, (n - at) * sizeof *fired);
	fired[at] = time;
	return true;
}

void correlation_fire(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		      const struct found *f, bool due)
{
	struct correlation *c = r->correlation;
	struct values values;
	group_values(g, &values, c->group_count);
	struct sigma_hit hit = {.time = o->time,
				.token = o->token,
				.first = f->first,
				.count = f->count,
				.tokens = f->tokens,
				.token_count = f->token_count,
				.event = o->event,
				.group = values.at,
				.group_fields = c->group_fields,
				.group_count = c->group_count,
				.has_value = is_metric(c),
				.value = f->value};
	struct occasion up = {.event = o->event,
			      .time = o->time,
			      .first = f->first,
			      .token = o->token,
			      .group = values.at,
			      .group_numbers = c->references[0].group,
			      .group_count = c->group_count};
	rule_holds(s, r, &up, &hit, due);
}

size_t correlation_tokens(const struct pool *p, const struct stretch *x, uint32_t with,
			  struct sigma_token out[SIGMA_EVENTS_MOST])
{
	size_t n = 0, found = SIGMA_EVENTS_MOST, i = 0;
	for (uint32_t e = 0; (e = stretch_entry(p, x, e)); i++) {
		n += n < SIGMA_EVENTS_MOST;
		out[n - 1] = entry_at(p, e)->token;
		found = e == with ? i : found;
	}
	if (n == SIGMA_EVENTS_MOST && found >= n - 1 && found + 1 < i)
		out[n - 2] = entry_at(p, with)->token;
	return n;
}

/* --- counting --- */

static bool is_full(const struct state *st)
{
	return st->pool.entries.used >= ENTRIES_MOST ||
	       st->steps.used >= GROUPS_BYTES_MOST / st->steps.size;
}

void groups_make_room(struct state *st, struct group *g)
{
	while (is_full(st) && st->groups.len > 1) {
		void *stalest = table_stalest(&st->groups);
		if (stalest == (void *)g)
			break;
		group_shed(st, stalest);
		table_drop(&st->groups, stalest);
	}
	if (is_full(st))
		group_clear(st, g);
}

/* What the condition is held against; is it fulfilled? */
static bool holds_in(const struct correlation *c, const struct stretch *x, double *measure)
{
	*measure = is_metric(c) ? x->sum : x->count;
	if (c->expression)
		return expression_fulfilled(c, x->rules);
	return is_metric(c) ? metric_fulfils(c, x->sum) : correlation_fulfils(c, x->count);
}

/* Of the stretches that hold entry `e` the one that fulfils it most. */
static bool best_of(const struct state *st, const struct window *w, uint32_t e,
		    struct stretch *best)
{
	struct stretch x = stretch_at(&st->pool, w, e);
	double measure, most = 0;
	bool found = false;
	do {
		if (!holds_in(st->rule->correlation, &x, &measure) || (found && measure <= most))
			continue;
		*best = x;
		most = measure;
		found = true;
	} while (stretch_next(&st->pool, e, &x));
	return found;
}

static void tell(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		 uint32_t e, const struct stretch *x)
{
	struct state *st = r->correlation->state;
	struct sigma_token tokens[SIGMA_EVENTS_MOST];
	struct window *w = window_of(r->correlation, g);
	int64_t first = entry_first(&st->pool, stretch_entry(&st->pool, x, 0));
	struct found f = {x->count, first, tokens, 0, x->sum};
	if (w->beyond && x->first == w->first) {
		f.count += w->beyond;
		f.first = w->began;
	}
	bool due = is_due(st, g, o->time);
	if (due) {
		f.token_count = correlation_tokens(&st->pool, x, e, tokens);
		w->beyond = 0;
		w->told = w->count;
	}
	correlation_fire(s, r, g, o, &f, due);
}

static void count(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		  uint64_t value)
{
	struct state *st = r->correlation->state;
	struct window *w = window_of(r->correlation, g);
	struct stretch best;
	groups_make_room(st, g);
	uint32_t e = window_add(&st->pool, w, table_number(g), o, value);
	if (!e)
		r->public.late++;
	if (!e)
		return;
	if (best_of(st, w, e, &best))
		tell(s, r, g, o, e, &best);
	if (st->pool.recurs)
		window_settle(&st->pool, w, table_number(g), e);
}

/* --- in order --- */

static void follow(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		   uint32_t index)
{
	struct correlation *c = r->correlation;
	struct state *st = c->state;
	struct sigma_token tokens[STEPS_MOST];
	struct found f = {c->reference_count, 0, tokens, c->reference_count, 0};
	groups_make_room(st, g);
	struct sequence q = sequence_of(st, g);
	if (sequence_add(&q, index, s->event_number, o, &f.first, tokens))
		correlation_fire(s, r, g, o, &f, is_due(st, g, o->time));
}

static bool amount_of(struct sigma *s, const struct reference *ref, const struct occasion *o,
		      double *amount)
{
	struct sigma_value v = occasion_value(s, o, ref->values[0]);
	return metric_of_value(&v, amount);
}

/* What is counted of it, and summed up; false if the event has no such value. */
static bool take_value(struct sigma *s, const struct correlation *c, uint32_t index,
		       struct occasion *o, uint64_t *value)
{
	const struct reference *ref = &c->references[index];
	*value = index;
	if ((c->type == VALUE_COUNT || is_metric(c)) &&
	    !value_hash(s, ref, c->value_count, o, value))
		return false;
	bool amount = is_metric(c) && (c->type != VALUE_PERCENTILE || c->has_percentile);
	return !amount || amount_of(s, ref, o, &o->amount);
}

/*
 * Each event lets a group go whose window has passed, if there is one: memory follows the active.
 */
static void retire(struct state *st)
{
	struct group *g = table_stalest(&st->groups);
	if (!g || g->touched >= st->s->newest - st->pool.reach)
		return;
	const struct opening *at = opening_of(st->rule->correlation, g);
	if (at && at->opened != CLOCK_NONE)
		return;
	group_clear(st, g);
	table_drop(&st->groups, g);
}

static struct group *group_of(struct sigma *s, const struct correlation *c,
			      const struct named *named)
{
	bool fresh;
	struct state *st = c->state;
	struct group *g = table_put(&st->groups, named->key, &fresh);
	g->touched = s->newest;
	if (!fresh)
		return g;
	g->texts = named->texts;
	g->serial = ++st->serial;
	for (uint32_t i = 0; !c->at_close && i < st->fired_most; i++)
		fired_of(g)[i] = CLOCK_NONE;
	if (c->at_close)
		*opening_of(c, g) = (struct opening){.opened = CLOCK_NONE, .settled = CLOCK_NONE};
	if (c->at_close && c->expression)
		expression_start(c, seen_of(c, g));
	return g;
}

static void correlate(struct sigma *s, const struct link *l, const struct occasion *o, bool fired,
		      struct named *named)
{
	struct rule *r = l->upper;
	struct correlation *c = r->correlation;
	uint64_t value;
	struct occasion own = *o;
	if (((c->type == EVENT_COUNT || is_metric(c)) && !fired) ||
	    !group_name(s, c, c->references[l->index].group, o, named) ||
	    !take_value(s, c, l->index, &own, &value))
		return;
	struct group *g = group_of(s, c, named);
	if (c->type == TEMPORAL_ORDERED)
		follow(s, r, g, &own, l->index);
	else if (c->at_close)
		closing_put(s, r, g, &own, value, l->index);
	else
		count(s, r, g, &own, value);
	retire(c->state);
}

/* --- as an image --- */

static void image_cells(struct image *im, struct cells *c)
{
	void *at = c->at;
	image_list(im, &at, &c->len, c->size, (size_t)1 << 24);
	c->at = at;
	if (!im->writes)
		c->room = c->len + !c->len;
	image_bytes(im, &c->free, sizeof c->free);
	image_bytes(im, &c->used, sizeof c->used);
}

void correlate_image(struct rule *r, struct image *im)
{
	struct state *st = r->correlation ? r->correlation->state : NULL;
	image_mark(im, st != NULL);
	if (!st || im->bad)
		return;
	image_table(im, &st->groups);
	image_table(im, &st->pool.values);
	image_cells(im, &st->pool.entries);
	image_cells(im, &st->steps);
	void *waiting = st->waiting.at;
	image_list(im, &waiting, &st->waiting.len, sizeof *st->waiting.at, ENTRIES_MOST);
	st->waiting.at = waiting;
	if (!im->writes)
		st->waiting.room = st->waiting.len + !st->waiting.len;
	image_bytes(im, &st->close_at, sizeof st->close_at);
	image_bytes(im, &st->serial, sizeof st->serial);
}
