/* visibility.c - the logs walked once: kinds of events, hours of sources, daemons. */
#include "visibility/part.h"

#include <stdlib.h>

enum { HOURS_MOST = 24 * 366 * 2 };

struct looking {
	struct visibility *v;
	struct street *street;
	struct judge *judge;
	struct drift_table *drift;
	size_t last_kind;
};

static struct sight_kind *kind_of(struct looking *l, slice module, enum action action)
{
	struct visibility *v = l->v;
	for (size_t i = 0; i < v->kinds.len; i++) {
		size_t at = (l->last_kind + i) % v->kinds.len;
		struct sight_kind *k = &v->kinds.at[at];
		if (k->action == action && slice_eq(k->module, module)) {
			l->last_kind = at;
			return k;
		}
	}
	if (v->kinds.len == KINDS_MOST)
		return NULL;
	struct sight_kind *k = list_add(&v->kinds);
	k->module = arena_copy(&v->arena, module);
	k->action = action;
	return k;
}

/* Each event, with its facts. */
static void on_saw(void *ctx, const struct event *e)
{
	struct looking *l = ctx;
	struct sight_kind *k = kind_of(l, event_get(e, F_MODULE), e->action);
	if (!k)
		return;
	k->records++;
	for (int w = 0; w < FIELD_WORDS; w++)
		k->has[w] |= e->has[w];
}

static void on_hit(void *ctx, const struct hit *h, const struct event *e)
{
}

static struct sight_source *source_of(struct looking *l, uint32_t input)
{
	while (l->v->sources.len <= input) {
		const char *path = street_path(l->street, l->v->sources.len);
		struct sight_source *s = list_add(&l->v->sources);
		s->path = arena_copy(&l->v->arena, slice_of(path));
	}
	return &l->v->sources.at[input];
}

/* The hour's cell; hours before the first one known are passed by but for the sums. */
static void count_hour(struct sight_source *s, int64_t hour, bool known)
{
	if (s->hours.len == 0)
		s->first_hour = hour;
	int64_t at = hour - s->first_hour;
	if (at < 0 || at >= HOURS_MOST)
		return;
	while ((int64_t)s->hours.len <= at)
		list_add(&s->hours);
	s->hours.at[at].records++;
	s->hours.at[at].unknown += !known;
}

static void on_event(void *ctx, struct event *e)
{
	struct looking *l = ctx;
	struct sight_source *s = source_of(l, e->place.input);
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	bool known = event_has(e, F_MODULE);
	s->records++;
	s->unknown += !known;
	if (now != CLOCK_NONE)
		count_hour(s, now / CLOCK_HOUR, known);
	drift_add(l->drift, e, known && e->action != ACT_MESSAGE);
	if (known)
		judge_add(l->judge, e);
}

bool visibility_look(struct visibility *v, const struct scan_options *o,
		     const struct scan_notes *notes)
{
	bool fine = true;
	struct looking l = {.v = v, .drift = drift_new()};
	const struct street_options so = {
	    .zone = o->zone, .progress = o->progress, .limits = o->limits, .unknown_too = true};
	*v = (struct visibility){0};
	l.judge = judge_open(o, notes, &fine);
	judge_tell(l.judge, on_hit, on_saw, &l);
	l.street = street_open(o->paths, o->path_count, &so, notes->input, NULL);
	street_walk(l.street, CLOCK_NONE, INT64_MAX, on_event, &l);
	if (street_inputs(l.street))
		source_of(&l, (uint32_t)street_inputs(l.street) - 1);
	street_count(l.street, &v->report);
	fine &= street_refused(l.street) == 0 && street_inputs(l.street) > 0;
	drift_end(&l.drift, v);
	street_close(&l.street);
	judge_close(&l.judge);
	sight_rules(v, o);
	return fine;
}

void visibility_free(struct visibility *v)
{
	for (size_t i = 0; i < v->sources.len; i++)
		list_free(&v->sources.at[i].hours);
	list_free(&v->kinds);
	list_free(&v->rules);
	list_free(&v->sources);
	list_free(&v->drifts);
	list_free(&v->gaps);
	report_free(&v->report);
	arena_free(&v->arena);
}

/* --- for the pictures --- */

void sight_range(const struct visibility *v, int64_t *first, int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t i = 0; i < v->sources.len; i++) {
		const struct sight_source *s = &v->sources.at[i];
		int64_t end = s->first_hour + (int64_t)s->hours.len - 1;
		if (!s->hours.len)
			continue;
		*first = s->first_hour < *first ? s->first_hour : *first;
		*last = end > *last ? end : *last;
	}
}

struct sight_hour sight_column(const struct sight_source *s, int64_t from, int64_t hours)
{
	struct sight_hour sum = {0};
	for (int64_t h = from; h < from + hours; h++) {
		int64_t at = h - s->first_hour;
		if (at < 0 || at >= (int64_t)s->hours.len)
			continue;
		sum.records += s->hours.at[at].records;
		sum.unknown += s->hours.at[at].unknown;
	}
	return sum;
}
