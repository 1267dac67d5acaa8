/*
 * Laws: a correlation fires where a plain count over all events so far says so, with the same count
 * for the same group; what it keeps is bounded.
 * Input: five bytes of a correlation, then four of each event: how much later than the newest, or
 * earlier; group, value, which of the rules it fits.
 */
#include "sigma/sigma.h"

#include <stdlib.h>

enum { RULES = 3, EVENTS_MOST = 30, HITS_MOST = 64, BYTES_MOST = 1 << 20 };
enum { COUNT, VALUES, TEMPORAL, ORDERED, SUM, AVERAGE, MEDIAN, TYPES };
enum { GT, GTE, LT, LTE, EQ, NEQ, HOWS };
static const char *const types[] = {"event_count", "value_count", "temporal",    "temporal_ordered",
				    "value_sum",   "value_avg",   "value_median"};
static const char *const hows[] = {"gt", "gte", "lt", "lte", "eq", "neq"};

struct event {
	int64_t time;
	unsigned group, value, rules;
};

struct firing {
	int64_t time;
	unsigned group, count;
};

struct course {
	unsigned type, how, than;
	int64_t span;
	struct event events[EVENTS_MOST];
	size_t count;
	struct firing is[HITS_MOST], wanted[HITS_MOST];
	size_t is_count, wanted_count;
};

static int field(void *ctx, slice name)
{
	return name.len == 1 && name.at[0] >= 'g' && name.at[0] <= 'i' ? name.at[0] - 'g' : -1;
}

/* g: the group, h: the value, i: of each rule a letter if it fits. */
static void value(const void *event, int f, struct sigma_value *out)
{
	const struct event *e = event;
	static const slice fits[] = {SLICE(""),  SLICE("a"),  SLICE("b"),  SLICE("ab"),
				     SLICE("c"), SLICE("ac"), SLICE("bc"), SLICE("abc")};
	if (f == 2)
		*out = (struct sigma_value){SIGMA_TEXT, .text = fits[e->rules]};
	else
		*out = (struct sigma_value){SIGMA_NUMBER, .number = f ? e->value : e->group};
}

static void hit(void *ctx, const struct sigma_hit *h)
{
	struct course *c = ctx;
	if (h->rule->correlation && c->is_count < HITS_MOST)
		c->is[c->is_count++] =
		    (struct firing){h->time, (unsigned)h->group[0].number, (unsigned)h->count};
}

/* --- the plain way --- */

static bool is_metric(const struct course *c)
{
	return c->type >= SUM;
}

static bool at_close(const struct course *c)
{
	bool never_more =
	    c->type == TEMPORAL && c->than >= RULES && (c->how == LTE || c->how == EQ);
	return (c->how > GTE && !never_more) || c->type >= AVERAGE;
}

static bool holds(const struct course *c, double n)
{
	double than = c->than;
	return c->how == GT    ? n > than
	       : c->how == GTE ? n >= than
	       : c->how == LT  ? n < than
	       : c->how == LTE ? n <= than
	       : c->how == EQ  ? n >= than && n <= than
			       : n < than || n > than;
}

/* Of the events of a group up to number `last` that lie from `from` to `to`. */
static double measure(const struct course *c, size_t last, unsigned group, int64_t from, int64_t to,
		      unsigned *count)
{
	uint64_t distinct = 0;
	unsigned values[EVENTS_MOST], n = 0, sum = 0;
	for (size_t i = 0; i <= last; i++) {
		const struct event *e = &c->events[i];
		if (e->group != group || !e->rules || e->time < from || e->time > to ||
		    (c->type != TEMPORAL && !(e->rules & 1)))
			continue;
		distinct |= c->type == TEMPORAL ? e->rules : UINT64_C(1) << e->value;
		sum += e->value;
		unsigned k = n++;
		for (; k && values[k - 1] > e->value; k--)
			values[k] = values[k - 1];
		values[k] = e->value;
	}
	*count =
	    c->type == VALUES || c->type == TEMPORAL ? (unsigned)__builtin_popcountll(distinct) : n;
	return c->type == SUM       ? sum
	       : c->type == AVERAGE ? (double)sum / n
	       : c->type == MEDIAN  ? (values[(n - 1) / 2] + values[n / 2]) / 2.0
				    : *count;
}

static void want(struct course *c, int64_t time, unsigned group, unsigned count)
{
	c->wanted[c->wanted_count++] = (struct firing){time, group, count};
}

/* Of the windows with this event, which end with it or with a later one, the one that holds most.
 */
static bool is_true(const struct course *c, size_t at, unsigned *count)
{
	const struct event *e = &c->events[at];
	bool yes = false;
	double most = 0;
	int64_t soonest = 0;
	for (size_t i = 0; i <= at; i++) {
		int64_t to = c->events[i].time;
		unsigned n;
		if (c->events[i].group != e->group || to < e->time || to > e->time + c->span)
			continue;
		double m = measure(c, at, e->group, to - c->span, to, &n);
		if (!holds(c, m) || (yes && (m < most || (m <= most && to >= soonest))))
			continue;
		*count = n;
		soonest = to;
		most = m;
		yes = true;
	}
	return yes;
}

static bool precedes(const struct course *c, size_t a, size_t b)
{
	const struct event *x = &c->events[a], *y = &c->events[b];
	return x->group == y->group && (x->time < y->time || (x->time == y->time && a < b));
}

/* The event of a step that is next to another one, before or behind it; EVENTS_MOST: none. */
static size_t beside(const struct course *c, size_t last, size_t at, unsigned step, bool before)
{
	size_t found = EVENTS_MOST;
	for (size_t i = 0; at < EVENTS_MOST && i <= last; i++) {
		if (!(c->events[i].rules >> step & 1) ||
		    !(before ? precedes(c, i, at) : precedes(c, at, i)))
			continue;
		bool nearer = found == EVENTS_MOST ||
			      (before ? precedes(c, found, i) : precedes(c, i, found));
		found = nearer ? i : found;
	}
	return found;
}

/* Is this event one of the steps, with the others in their order within the span? */
static bool is_ordered(const struct course *c, size_t at)
{
	bool yes = false;
	for (unsigned k = 0; k < RULES; k++) {
		size_t first = at, last = at;
		for (unsigned i = k; i-- > 0;)
			first = beside(c, at, first, i, true);
		for (unsigned i = k + 1; i < RULES; i++)
			last = beside(c, at, last, i, false);
		yes |= c->events[at].rules >> k & 1 && first < EVENTS_MOST && last < EVENTS_MOST &&
		       c->events[last].time - c->events[first].time <= c->span;
	}
	return yes;
}

static bool is_near(const struct course *c, const struct event *e)
{
	bool near = false;
	for (size_t i = 0; i < c->wanted_count; i++) {
		int64_t apart = c->wanted[i].time - e->time;
		near |= c->wanted[i].group == e->group && apart <= c->span && apart >= -c->span;
	}
	return near;
}

static void fire_at_once(struct course *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct event *e = &c->events[i];
		unsigned n = RULES;
		bool counts = c->type >= TEMPORAL && c->type <= ORDERED ? e->rules : e->rules & 1;
		if (counts && (c->type == ORDERED ? is_ordered(c, i) : is_true(c, i, &n)) &&
		    !is_near(c, e))
			want(c, e->time, e->group, n);
	}
}

/* The first of a group that is later than that; NULL: none is. */
static const struct event *begins(const struct course *c, unsigned group, int64_t after)
{
	const struct event *first = NULL;
	for (const struct event *e = c->events; e < c->events + c->count; e++) {
		bool counts = c->type == TEMPORAL ? e->rules : e->rules & 1;
		if (e->group == group && counts && e->time > after &&
		    (!first || e->time < first->time))
			first = e;
	}
	return first;
}

/* Windows one behind the other, each from its first event on. */
static void fire_at_close(struct course *c)
{
	for (unsigned g = 0; g < 256; g++) {
		const struct event *first;
		for (int64_t to = INT64_MIN; (first = begins(c, g, to));) {
			unsigned n;
			to = first->time + c->span;
			double m = measure(c, c->count - 1, g, first->time, to, &n);
			if (holds(c, m))
				want(c, to, g, n);
		}
	}
}

static int by_group(const void *a, const void *b)
{
	const struct firing *x = a, *y = b;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->time > y->time) - (x->time < y->time);
}

static void compare(struct course *c)
{
	if (at_close(c)) {
		qsort(c->is, c->is_count, sizeof *c->is, by_group);
		qsort(c->wanted, c->wanted_count, sizeof *c->wanted, by_group);
	}
	if (c->is_count != c->wanted_count)
		abort();
	for (size_t i = 0; i < c->is_count; i++) {
		const struct firing *is = &c->is[i], *wanted = &c->wanted[i];
		bool counted =
		    is->count == wanted->count || c->type == TEMPORAL; /* at its first rule */
		if (is->time != wanted->time || is->group != wanted->group || !counted)
			abort();
	}
}

/* --- the engine's way --- */

static struct sigma *engine(const struct course *c)
{
	const struct sigma_schema schema = {.field = field, .value = value, .key_field = -1};
	struct sigma *s = sigma_new(&schema, NULL, NULL);
	struct out o = {.fd = -1};
	bool all = c->type == TEMPORAL || c->type == ORDERED;
	for (int i = 0; i < RULES; i++)
		out_format(&o,
			   "title: t\nname: r%d\nlogsource: {}\ndetection:\n"
			   "    s: {i|contains: %c}\n    condition: s\n---\n",
			   i, 'a' + i);
	out_format(&o,
		   "title: c\ncorrelation:\n    type: %s\n    rules: [r0%s]\n    group-by: [g]\n"
		   "    timespan: %llds\n",
		   types[c->type], all ? ", r1, r2" : "", (long long)(c->span / CLOCK_SECOND));
	if (c->type != ORDERED)
		out_format(&o, "    condition: {%s: %u%s}\n", hows[c->how], c->than,
			   c->type == VALUES || is_metric(c) ? ", field: h" : "");
	sigma_load_text(s, "fuzz.yml", (slice){o.at, o.len});
	sigma_ready(s);
	out_close(&o);
	return s;
}

static void take_events(struct course *c, const uint8_t *data, size_t size)
{
	int64_t newest = 0;
	for (; size >= 4 && c->count < EVENTS_MOST; data += 4, size -= 4) {
		struct event e = {newest + (int8_t)data[0] * CLOCK_SECOND, data[1] % 3,
				  data[2] % 64, data[3] % (1 << RULES)};
		newest = e.time > newest ? e.time : newest;
		c->events[c->count++] = e;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct course c = {.count = 0};
	if (size < 5)
		return 0;
	c.type = data[0] % TYPES;
	c.how = c.type == ORDERED ? GTE : data[1] % HOWS;
	c.than = 1 + data[2] % (c.type == TEMPORAL ? 3 : 8) + (is_metric(&c) ? data[4] : 0);
	c.span = (1 + data[3] % 60) * CLOCK_SECOND;
	take_events(&c, data + 5, size - 5);
	struct sigma *s = engine(&c);
	if (sigma_count(s) == RULES + 1) {
		for (size_t i = 0; i < c.count; i++)
			sigma_feed(s, &c.events[i], c.events[i].time, NULL, hit, &c);
		sigma_time(s, INT64_MAX, hit, &c);
		if (at_close(&c))
			fire_at_close(&c);
		else
			fire_at_once(&c);
		compare(&c);
		if (sigma_bytes(s) > BYTES_MOST)
			abort();
	}
	sigma_free(&s);
	return 0;
}
