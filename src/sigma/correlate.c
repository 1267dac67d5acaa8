/*
 * correlate.c - correlations at work: groups, their windows, and when a correlation fires
 * (correlation rules specification 2.1.0).
 *
 * Laws: (1) an event without one of the group-by fields belongs to no group;
 *       (2) a window is `timespan` long, ends included, by the time of the events; an event that
 *           comes late by LATENESS or less still counts;
 *       (3) a correlation fires for a group when its condition becomes true, and again for what
 *           follows only when more than `timespan` has passed since; while it stays true,
 *           temporal correlations above it are told of every event, event_count only of firings;
 *       (4) a condition with an upper end (lt, lte, eq, neq) is decided when its window is over:
 * the window begins with the group's first event; (5) groups and entries are bounded; the group
 * that was quiet longest goes first, and is counted if it could still have mattered; (6) the number
 * 5 and the text "5" are one value, as true and "true" are: formats differ in how they write them.
 */
#include "internal.h"

#include <stdlib.h>

enum { KEY_ROOM = GROUP_FIELDS_MOST * (GROUP_VALUE_MOST + 3) };

/* Behind it are an opening, if its window has to close, and what its kind of correlation needs: a
 * window, the steps of a sequence, or what an expression saw. */
struct group {
	int64_t newest, fired_at; /* CLOCK_NONE: never */
	uint32_t texts;           /* a bit for each value that was a text at first: law 6 */
	int64_t parts[];
};

/* Law 4. */
struct opening {
	int64_t opened; /* CLOCK_NONE: no window is open */
	uint64_t tally; /* of events in it */
	double total;   /* and of their amounts */
};

struct state {
	const struct sigma *s;
	struct table groups;
	struct pool pool;
	struct cells steps;
	struct rule *rule;
	int64_t close_at;
};

static struct opening *opening_of(const struct correlation *c, struct group *g)
{
	return c->at_close ? (struct opening *)g->parts : NULL;
}

static void *rest_of(const struct correlation *c, struct group *g)
{
	return (char *)g->parts + (c->at_close ? sizeof(struct opening) : 0);
}

static struct window *window_of(const struct correlation *c, struct group *g)
{
	return rest_of(c, g);
}

static struct seen *seen_of(const struct correlation *c, struct group *g)
{
	return rest_of(c, g);
}

static struct sequence sequence_of(struct state *st, struct group *g)
{
	const struct correlation *c = st->rule->correlation;
	return (struct sequence){c->reference_count, c->span, rest_of(c, g), &st->steps};
}

static size_t group_size(const struct correlation *c)
{
	size_t size = sizeof(struct group) + (c->at_close ? sizeof(struct opening) : 0);
	if (c->type == TEMPORAL_ORDERED)
		return size + c->reference_count * STEP_EVENTS * sizeof(uint32_t);
	return size + (c->expression ? expression_size(c) : sizeof(struct window));
}

static void group_clear(struct state *st, struct group *g)
{
	const struct correlation *c = st->rule->correlation;
	struct sequence q = sequence_of(st, g);
	if (c->type == TEMPORAL_ORDERED)
		sequence_clear(&q);
	else if (!c->expression)
		window_clear(&st->pool, window_of(c, g), table_number(g));
}

static void group_shed(void *ctx, void *entry)
{
	struct state *st = ctx;
	struct group *g = entry;
	st->rule->public.shed += g->newest >= st->s->newest - st->pool.span - LATENESS;
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

void correlate_start(const struct sigma *s, struct rule *r)
{
	struct correlation *c = r->correlation;
	struct state *st = must_alloc(sizeof *st);
	size_t size = group_size(c), step = sequence_cell(c->reference_count);
	bool ordered = c->type == TEMPORAL_ORDERED;
	size_t full = size + (ordered ? c->reference_count * STEP_EVENTS * step : 0);
	size_t most = GROUPS_BYTES_MOST / full;
	c->state = st;
	*st = (struct state){.s = s, .rule = r, .close_at = INT64_MAX, .steps = {.size = step}};
	table_init(&st->groups, size, (uint32_t)(most < GROUPS_MOST ? most : GROUPS_MOST));
	st->groups.shed = group_shed;
	st->groups.shed_ctx = st;
	uint32_t keep = (uint32_t)(c->most < INT64_MAX ? c->most : c->least);
	bool shares = c->type == VALUE_PERCENTILE && !c->has_percentile;
	st->pool =
	    (struct pool){.distinct = c->type != EVENT_COUNT && !is_metric(c),
			  .valued = c->type == VALUE_COUNT || c->type == TEMPORAL || shares,
			  .summed = is_metric(c) && !shares,
			  .dated = counts_counts(c),
			  .span = c->span,
			  .most = 2 * keep > SIGMA_EVENTS_MOST ? 2 * keep : SIGMA_EVENTS_MOST};
	if (is_metric(c))
		st->pool.most = ENTRIES_MOST;
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
	free(st);
	r->correlation->state = NULL;
}

size_t correlate_bytes(const struct rule *r)
{
	const struct state *st = r->correlation ? r->correlation->state : NULL;
	return st ? sizeof *st + st->groups.bytes + st->pool.values.bytes +
			st->pool.entries.room * st->pool.entries.size +
			st->steps.room * st->steps.size
		  : 0;
}

/* --- the group of an event --- */

static struct sigma_value occasion_value(struct sigma *s, const struct occasion *o, int field)
{
	struct sigma_value v = {SIGMA_ABSENT};
	if (field >= 0 && o->event)
		s->schema->value(o->event, field, &v);
	for (size_t i = 0; field >= 0 && !o->event && i < o->group_count; i++)
		if (o->group_numbers[i] == field)
			v = o->group[i];
	if (v.kind == SIGMA_LIST) /* of several values the first counts */
		return v.count ? v.items[0] : (struct sigma_value){SIGMA_ABSENT};
	return v;
}

/* A text that is the only way to write a number, or a flag. */
static struct sigma_value meaning_of(const struct sigma_value *v)
{
	struct sigma_value m = *v;
	char first = v->kind == SIGMA_TEXT && v->text.len ? v->text.at[0] : '\0';
	bool digit = first >= '0' && first <= '9';
	if (!digit && !memchr("-tf", first, 3))
		return m;
	bool yes = slice_eq(v->text, SLICE("true")), no = slice_eq(v->text, SLICE("false"));
	if (yes || no)
		m = (struct sigma_value){.kind = SIGMA_FLAG, .number = yes};
	slice digits = slice_from(v->text, first == '-');
	bool plain = digits.len && (digits.at[0] != '0' || v->text.len == 1);
	int64_t number;
	if (plain && value_number(v, &number))
		m = (struct sigma_value){.kind = SIGMA_NUMBER, .number = number};
	return m;
}

static slice bytes_of(const struct sigma_value *v, char text[GROUP_VALUE_MOST])
{
	slice bytes = {(const char *)&v->number, sizeof v->number};
	if (v->kind == SIGMA_ADDRESS)
		return (slice){(const char *)v->address.b, sizeof v->address.b};
	if (v->kind == SIGMA_TEXT)
		bytes = v->text;
	if (bytes.len <= GROUP_VALUE_MOST)
		return bytes;
	uint64_t hash = hash_bytes(bytes.at, bytes.len);
	memcpy(text, bytes.at, GROUP_VALUE_MOST - 17);
	text[GROUP_VALUE_MOST - 17] = '#';
	for (size_t i = 1; i <= 16; i++, hash >>= 4)
		text[GROUP_VALUE_MOST - i] = "0123456789abcdef"[hash & 15];
	return (slice){text, GROUP_VALUE_MOST};
}

/* A value as kind, length, bytes. Returns what was written, 0 if there is no value. */
static size_t put_value(char *at, const struct sigma_value *v)
{
	char text[GROUP_VALUE_MOST];
	if (v->kind == SIGMA_ABSENT || v->kind == SIGMA_NULL)
		return 0;
	struct sigma_value meaning = meaning_of(v);
	slice bytes = bytes_of(&meaning, text);
	at[0] = (char)meaning.kind;
	at[1] = (char)(bytes.len >> 8);
	at[2] = (char)bytes.len;
	if (bytes.len)
		memcpy(at + 3, bytes.at, bytes.len);
	return 3 + bytes.len;
}

/* The group that an event belongs to by some fields: correlations of one rule have them in common.
 */
struct named {
	const int *fields; /* NULL: none was named yet */
	uint32_t count, texts;
	bool there;
	slice key;
	char room[KEY_ROOM];
};

static bool is_named(const struct named *n, const struct correlation *c, const int *fields)
{
	return n->fields && n->count == c->group_count &&
	       memcmp(n->fields, fields, n->count * sizeof *fields) == 0;
}

static bool name_group(struct sigma *s, const struct correlation *c, const int *fields,
		       const struct occasion *o, struct named *to)
{
	size_t len = 0;
	if (is_named(to, c, fields))
		return to->there;
	to->fields = fields;
	to->count = c->group_count;
	to->there = false;
	to->texts = 0;
	for (uint32_t i = 0; i < c->group_count; i++) {
		struct sigma_value v = occasion_value(s, o, fields[i]);
		size_t n = put_value(to->room + len, &v);
		if (!n)
			return false;
		to->texts |= (uint32_t)(v.kind == SIGMA_TEXT) << i;
		len += n;
	}
	to->key = (slice){to->room, len};
	return to->there = true;
}

/* The values of a group; texts point into its key, or into `room`. */
struct values {
	struct sigma_value at[GROUP_FIELDS_MOST];
	char room[GROUP_FIELDS_MOST][VALUE_TEXT];
};

static void group_values(const struct group *g, struct values *out, uint32_t count)
{
	slice key = table_key(g);
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *p = (const unsigned char *)key.at;
		slice bytes = {key.at + 3, (size_t)p[1] << 8 | p[2]};
		struct sigma_value v = {.kind = (enum sigma_kind)p[0]};
		if (v.kind == SIGMA_TEXT)
			v.text = bytes;
		else if (v.kind == SIGMA_ADDRESS)
			memcpy(v.address.b, bytes.at, sizeof v.address.b);
		else
			memcpy(&v.number, bytes.at, sizeof v.number);
		if (v.kind != SIGMA_TEXT && g->texts >> i & 1)
			v = (struct sigma_value){SIGMA_TEXT, .text = value_text(&v, out->room[i])};
		out->at[i] = v;
		key = slice_from(key, 3 + bytes.len);
	}
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

static bool fulfils(const struct correlation *c, uint64_t n)
{
	bool within =
	    n >= (uint64_t)(c->least > 0 ? c->least : 0) && c->most >= 0 && n <= (uint64_t)c->most;
	return within != c->not_equal;
}

/* Law 3. */
static bool is_due(struct group *g, int64_t time, int64_t span)
{
	bool due =
	    g->fired_at == CLOCK_NONE || time > g->fired_at + span || time < g->fired_at - span;
	if (due && (g->fired_at == CLOCK_NONE || time > g->fired_at))
		g->fired_at = time;
	return due;
}

struct found {
	uint64_t count;
	int64_t first;
	const struct sigma_token *tokens;
	size_t token_count;
	double value;
};

/* Tells the correlations above, and if it is `due` makes a hit. */
static void fire(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
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

/* The first tokens from entry `first` on, the last one, and before it that of entry `with`. */
static size_t collect(const struct pool *p, uint32_t first, uint32_t count, uint32_t with,
		      struct sigma_token out[SIGMA_EVENTS_MOST])
{
	size_t n = 0, found = SIGMA_EVENTS_MOST;
	for (uint32_t e = first, i = 0; e && i < count; e = entry_at(p, e)->newer, i++) {
		n += n < SIGMA_EVENTS_MOST;
		out[n - 1] = entry_at(p, e)->token;
		found = e == with ? i : found;
	}
	if (n == SIGMA_EVENTS_MOST && found >= n - 1 && found + 1 < count)
		out[n - 2] = entry_at(p, with)->token;
	return n;
}

/* --- counting --- */

static uint64_t value_hash(struct sigma *s, const struct reference *ref, uint32_t count,
			   const struct occasion *o, bool *there)
{
	char room[KEY_ROOM];
	size_t len = 0;
	*there = true;
	for (uint32_t i = 0; i < count && *there; i++) {
		struct sigma_value v = occasion_value(s, o, ref->values[i]);
		size_t n = put_value(room + len, &v);
		*there = n > 0;
		len += n;
	}
	return hash_bytes(room, len);
}

/* The pool is full: other groups go until there is room, or none is left. */
static void make_room(struct state *st, struct group *g)
{
	while (st->pool.entries.used >= ENTRIES_MOST && st->groups.len > 1) {
		void *stalest = table_stalest(&st->groups);
		if (stalest == (void *)g)
			break;
		group_shed(st, stalest);
		table_drop(&st->groups, stalest);
	}
	if (st->pool.entries.used >= ENTRIES_MOST)
		group_clear(st, g);
}

static void count(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		  uint64_t value)
{
	struct state *st = r->correlation->state;
	struct sigma_token tokens[SIGMA_EVENTS_MOST];
	struct window *w = window_of(r->correlation, g);
	uint32_t first = 0;
	make_room(st, g);
	uint32_t e = window_add(&st->pool, w, table_number(g), o, value);
	if (!e)
		r->public.late += o->time < w->newest - st->pool.span - LATENESS;
	if (!e)
		return;
	uint32_t n = window_around(&st->pool, w, e, &first);
	if (is_metric(r->correlation) ? !metric_fulfils(r->correlation, w->sum)
				      : !fulfils(r->correlation, n))
		return;
	struct found f = {n, entry_first(&st->pool, first), tokens, 0, w->sum};
	if (w->beyond && first == w->first) {
		f.count += w->beyond;
		f.first = w->began;
	}
	bool due = is_due(g, o->time, r->correlation->span);
	if (due) {
		f.token_count = collect(&st->pool, first, n, e, tokens);
		w->beyond = 0;
		w->told = w->count;
	}
	fire(s, r, g, o, &f, due);
}

/* --- law 4 --- */

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
	at->opened = g->fired_at = CLOCK_NONE;
	if (!expression_holds(c, seen, from))
		return;
	f.token_count = expression_tokens(c, seen, from, &f.count, tokens);
	if (f.token_count)
		o.token = &tokens[f.token_count - 1];
	fire(s, r, g, &o, &f, true);
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
	struct found f = {n, was.opened, tokens,
			  collect(&st->pool, w->first, w->count, w->last, tokens), 0};
	bool holds = is_metric(c) ? metric_holds(&st->pool, w, c, was.total, was.tally, &f.value)
				  : fulfils(c, n);
	struct occasion o = {.time = was.opened + c->span, .first = was.opened};
	if (f.token_count)
		o.token = &tokens[f.token_count - 1];
	*at = (struct opening){.opened = CLOCK_NONE};
	g->fired_at = CLOCK_NONE;
	window_clear(&st->pool, w, table_number(g));
	if (holds)
		fire(s, r, g, &o, &f, is_due(g, o.time, c->span));
}

/* The window that is over is closed; where none is open, one begins. */
static void open_window(struct sigma *s, struct rule *r, struct group *g, int64_t time, bool begins)
{
	struct state *st = r->correlation->state;
	struct opening *at = opening_of(r->correlation, g);
	if (at->opened != CLOCK_NONE && time > at->opened + st->pool.span)
		close_group(s, r, g);
	if (at->opened != CLOCK_NONE || !begins)
		return;
	at->opened = time;
	int64_t ends = time + st->pool.span;
	st->close_at = ends < st->close_at ? ends : st->close_at;
	s->close_at = st->close_at < s->close_at ? st->close_at : s->close_at;
}

static void weigh(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		  uint32_t index)
{
	struct correlation *c = r->correlation;
	struct seen *seen = seen_of(c, g);
	const struct opening *at = opening_of(c, g);
	struct sigma_token tokens[SIGMA_EVENTS_MOST];
	struct found f = {.tokens = tokens};
	if (seen[index].time != CLOCK_NONE && o->time < seen[index].time) {
		r->public.late += at && at->opened != CLOCK_NONE && o->time < at->opened;
		return;
	}
	if (c->at_close)
		open_window(s, r, g, o->time, expression_begins(c, index));
	seen[index] = (struct seen){o->time, s->event_number,
				    o->token ? *o->token : (struct sigma_token){{0}}};
	if (c->at_close || !expression_reached(c, seen, o->time, &f.first))
		return;
	f.token_count = expression_tokens(c, seen, f.first, &f.count, tokens);
	fire(s, r, g, o, &f, is_due(g, o->time, c->span));
}

static void count_until_close(struct sigma *s, struct rule *r, struct group *g,
			      const struct occasion *o, uint64_t value)
{
	struct state *st = r->correlation->state;
	struct opening *at = opening_of(r->correlation, g);
	open_window(s, r, g, o->time, true);
	if (o->time < at->opened) {
		r->public.late++;
		return;
	}
	at->tally++;
	at->total += o->amount;
	make_room(st, g);
	window_add(&st->pool, window_of(r->correlation, g), table_number(g), o, value);
}

/* Sweeps are rare: at most 64 in a time span, for each looks at every group. */
static void close_rule(struct sigma *s, struct rule *r, bool end)
{
	struct state *st = r->correlation->state;
	int64_t soonest = INT64_MAX, now = end ? 0 : s->newest - LATENESS;
	for (struct group *g = NULL; (g = table_next(&st->groups, g));) {
		int64_t opened = opening_of(r->correlation, g)->opened;
		if (opened == CLOCK_NONE)
			continue;
		if (end || opened + st->pool.span < now)
			close_group(s, r, g);
		else if (opened + st->pool.span < soonest)
			soonest = opened + st->pool.span;
	}
	int64_t rest = now + st->pool.span / 64;
	st->close_at = soonest < rest ? rest : soonest;
}

void correlate_close(struct sigma *s, bool end)
{
	s->close_at = INT64_MAX;
	for (size_t i = 0; i < s->closing.len; i++) {
		struct rule *r = s->closing.at[i];
		struct state *st = r->correlation->state;
		if (end || st->close_at < s->newest - LATENESS)
			close_rule(s, r, end);
		s->close_at = st->close_at < s->close_at ? st->close_at : s->close_at;
	}
}

/* --- in order --- */

static void follow(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		   uint32_t index)
{
	struct correlation *c = r->correlation;
	struct sequence q = sequence_of(c->state, g);
	struct found f = {.count = c->reference_count, .token_count = c->reference_count};
	if (sequence_add(&q, index, s->event_number, o, &f.first, &f.tokens))
		fire(s, r, g, o, &f, is_due(g, o->time, c->span));
}

static bool amount_of(struct sigma *s, const struct reference *ref, const struct occasion *o,
		      double *amount)
{
	struct sigma_value v = occasion_value(s, o, ref->values[0]);
	return metric_of_value(&v, amount);
}

/*
 * Each event lets a group go whose window has passed, if there is one: memory follows the active.
 */
static void retire(struct state *st)
{
	struct group *g = table_stalest(&st->groups);
	if (!g || g->newest >= st->s->newest - st->pool.span - LATENESS)
		return;
	const struct opening *at = opening_of(st->rule->correlation, g);
	if (at && at->opened != CLOCK_NONE)
		return;
	group_clear(st, g);
	table_drop(&st->groups, g);
}

static void correlate(struct sigma *s, const struct link *l, const struct occasion *o, bool fired,
		      struct named *named)
{
	struct rule *r = l->upper;
	struct correlation *c = r->correlation;
	const struct reference *ref = &c->references[l->index];
	bool fresh, there = true;
	if (((c->type == EVENT_COUNT || is_metric(c)) && !fired) ||
	    !name_group(s, c, ref->group, o, named))
		return;
	uint64_t value = l->index;
	struct occasion own = *o;
	if (c->type == VALUE_COUNT || is_metric(c))
		value = value_hash(s, ref, c->value_count, o, &there);
	if (there && is_metric(c) && (c->type != VALUE_PERCENTILE || c->has_percentile))
		there = amount_of(s, ref, o, &own.amount);
	if (!there)
		return;
	o = &own;
	struct group *g = table_put(&c->state->groups, named->key, &fresh);
	if (fresh) {
		g->newest = g->fired_at = CLOCK_NONE;
		g->texts = named->texts;
		if (c->at_close)
			opening_of(c, g)->opened = CLOCK_NONE;
		if (c->expression)
			expression_start(c, seen_of(c, g));
	}
	g->newest = o->time > g->newest ? o->time : g->newest;
	retire(c->state);
	if (c->type == TEMPORAL_ORDERED)
		follow(s, r, g, o, l->index);
	else if (c->expression)
		weigh(s, r, g, o, l->index);
	else if (c->at_close)
		count_until_close(s, r, g, o, value);
	else
		count(s, r, g, o, value);
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
	image_bytes(im, &st->close_at, sizeof st->close_at);
}
