/*
 * closing.c - correlations that are decided when their window is over (law 4 of correlate.c).
 *
 * Their events wait until nothing earlier can come, so that windows begin and end where they would
 * if all had come in order.  Of those that wait there are ENTRIES_MOST; then the earliest goes on,
 * and what comes before it is too late and counted.
 */
#include "correlate.h"

/* An expression with `not` over the rules whose time is over. */
static void close_expression(struct sigma *s, struct rule *r, struct group *g)
{
	struct correlation *c = r->correlation;
	const struct seen *seen = seen_of(c, g);
	struct opening *at = opening_of(c, g);
	struct sigma_token tokens[SIGMA_EVENTS_MOST];
	int64_t from = at->opened;
	struct found f = {.first = from, .tokens = tokens};
	struct occasion o = {.time = from + c->span, .first = from};
	at->opened = CLOCK_NONE;
	if (!expression_holds(c, seen, from))
		return;
	f.token_count = expression_tokens(c, seen, from, &f.count, tokens);
	if (f.token_count)
		o.token = &tokens[f.token_count - 1];
	correlation_fire(s, r, g, &o, &f, true);
}

static void close_group(struct sigma *s, struct rule *r, struct group *g)
{
	struct correlation *c = r->correlation;
	struct state *st = c->state;
	struct sigma_token tokens[SIGMA_EVENTS_MOST];
	if (c->expression) {
		close_expression(s, r, g);
		return;
	}
	struct window *w = window_of(c, g);
	struct opening *at = opening_of(c, g), was = *at;
	uint64_t n = c->type == EVENT_COUNT || is_metric(c) ? was.tally : w->count;
	struct stretch all = {.to = INT64_MAX, .first = w->first};
	struct found f = {n, was.opened, tokens,
			  correlation_tokens(&st->pool, &all, w->last, tokens), 0};
	bool holds = is_metric(c) ? metric_holds(&st->pool, w, c, was.total, was.tally, &f.value)
				  : correlation_fulfils(c, n);
	struct occasion o = {.time = was.opened + c->span, .first = was.opened};
	if (f.token_count)
		o.token = &tokens[f.token_count - 1];
	*at = (struct opening){.opened = CLOCK_NONE, .settled = was.settled};
	window_clear(&st->pool, w, table_number(g));
	if (holds)
		correlation_fire(s, r, g, &o, &f, true);
}

static void close_by(struct state *st, struct sigma *s, int64_t ends)
{
	st->close_at = ends < st->close_at ? ends : st->close_at;
	s->close_at = st->close_at < s->close_at ? st->close_at : s->close_at;
}

/* The window that is over is closed; where none is open, one begins. */
static void open_window(struct sigma *s, struct rule *r, struct group *g, int64_t time, bool begins)
{
	struct opening *at = opening_of(r->correlation, g);
	int64_t span = r->correlation->span;
	if (at->opened != CLOCK_NONE && time > at->opened + span)
		close_group(s, r, g);
	if (at->opened != CLOCK_NONE || !begins)
		return;
	at->opened = time;
	close_by(r->correlation->state, s, time + span);
}

static void weigh(struct sigma *s, struct rule *r, struct group *g, const struct waiter *x)
{
	struct correlation *c = r->correlation;
	open_window(s, r, g, x->time, expression_begins(c, x->index));
	seen_of(c, g)[x->index] = (struct seen){x->time, x->number, x->token};
}

static void count(struct sigma *s, struct rule *r, struct group *g, const struct waiter *x)
{
	struct state *st = r->correlation->state;
	struct opening *at = opening_of(r->correlation, g);
	struct occasion o = {
	    .time = x->time, .first = x->first, .amount = x->amount, .token = &x->token};
	open_window(s, r, g, x->time, true);
	at->tally++;
	at->total += x->amount;
	groups_make_room(st, g);
	window_add(&st->pool, window_of(r->correlation, g), table_number(g), &o, x->value);
}

/* The earliest goes on, unless its group was shed. */
static void settle_one(struct sigma *s, struct rule *r)
{
	struct state *st = r->correlation->state;
	struct waiter x = backlog_take(&st->waiting);
	struct group *g = table_at(&st->groups, x.group);
	if (!g || g->serial != x.serial)
		return;
	opening_of(r->correlation, g)->settled = x.time;
	if (r->correlation->expression)
		weigh(s, r, g, &x);
	else
		count(s, r, g, &x);
}

static int64_t settled_before(const struct sigma *s, const struct rule *r)
{
	int64_t behind = LATENESS + r->correlation->delay;
	return s->newest < INT64_MIN + behind ? INT64_MIN : s->newest - behind;
}

static void settle(struct sigma *s, struct rule *r, int64_t before)
{
	const struct backlog *w = &r->correlation->state->waiting;
	while (w->len && w->at[0].time < before)
		settle_one(s, r);
}

void closing_put(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		 uint64_t value, uint32_t index)
{
	struct state *st = r->correlation->state;
	const struct opening *at = opening_of(r->correlation, g);
	struct waiter x = {.time = o->time,
			   .first = o->first,
			   .number = s->event_number,
			   .value = value,
			   .amount = o->amount,
			   .index = index,
			   .group = table_number(g),
			   .serial = g->serial};
	if (o->token)
		x.token = *o->token;
	if (at->settled != CLOCK_NONE && o->time < at->settled) {
		r->public.late++;
		return;
	}
	if (st->waiting.len == ENTRIES_MOST)
		settle_one(s, r);
	backlog_put(&st->waiting, &x);
	close_by(st, s, o->time + r->correlation->span);
	settle(s, r, settled_before(s, r));
}

/* Sweeps are rare: at most 64 in a time span, for each looks at every group. */
static void close_rule(struct sigma *s, struct rule *r, bool end)
{
	struct state *st = r->correlation->state;
	int64_t soonest = INT64_MAX, now = settled_before(s, r), span = r->correlation->span;
	settle(s, r, end ? INT64_MAX : now);
	for (struct group *g = NULL; (g = table_next(&st->groups, g));) {
		int64_t opened = opening_of(r->correlation, g)->opened;
		if (opened == CLOCK_NONE)
			continue;
		if (end || opened + span < now)
			close_group(s, r, g);
		else if (opened + span < soonest)
			soonest = opened + span;
	}
	if (st->waiting.len && st->waiting.at[0].time + span < soonest)
		soonest = st->waiting.at[0].time + span;
	int64_t rest = now + span / 64;
	st->close_at = soonest < rest ? rest : soonest;
}

void correlate_close(struct sigma *s, bool end)
{
	s->close_at = INT64_MAX;
	for (size_t i = 0; i < s->closing.len; i++) {
		struct rule *r = s->closing.at[i];
		struct state *st = r->correlation->state;
		if (end || st->close_at < settled_before(s, r))
			close_rule(s, r, end);
		s->close_at = st->close_at < s->close_at ? st->close_at : s->close_at;
	}
}
