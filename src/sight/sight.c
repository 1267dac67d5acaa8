/* sight.c - kinds of events, and hours of sources, counted on the way. */
#include "sight/part.h"

enum { HOURS_MOST = 24 * 366 * 2 };

/* --- kinds --- */

static struct sight_kind *kind_of(struct sight *s, slice module, enum action action)
{
	for (uint32_t at = s->first[action]; at; at = s->kinds.at[at - 1].next)
		if (slice_eq(s->kinds.at[at - 1].module, module))
			return &s->kinds.at[at - 1];
	if (s->kinds.len == SIGHT_KINDS)
		return NULL;
	struct sight_kind *k = list_add(&s->kinds);
	k->module = arena_copy(&s->arena, module);
	k->action = action;
	k->next = s->first[action];
	s->first[action] = (uint32_t)s->kinds.len;
	return k;
}

void sight_event(struct sight *s, const struct event *e)
{
	struct sight_kind *k = kind_of(s, event_get(e, F_MODULE), e->action);
	if (!k)
		return;
	k->records++;
	for (int w = 0; w < FIELD_WORDS; w++)
		k->has[w] |= e->has[w];
}

/* --- hours --- */

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

void sight_record(struct sight *s, const struct event *e)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	bool known = event_has(e, F_MODULE);
	while (s->sources.len <= e->place.input)
		list_add(&s->sources);
	struct sight_source *source = &s->sources.at[e->place.input];
	source->records++;
	source->unknown += !known;
	if (now != CLOCK_NONE)
		count_hour(source, now / CLOCK_HOUR, known);
	if (!s->drift)
		s->drift = drift_new();
	drift_add(s->drift, e, known && e->action != ACT_MESSAGE);
}

void sight_free(struct sight *s)
{
	for (size_t i = 0; i < s->sources.len; i++)
		list_free(&s->sources.at[i].hours);
	list_free(&s->kinds);
	list_free(&s->rules);
	list_free(&s->sources);
	list_free(&s->drifts);
	list_free(&s->unseen);
	if (s->drift)
		drift_free(&s->drift);
	arena_free(&s->arena);
	*s = (struct sight){0};
}

/* --- for those who tell --- */

bool sight_is_first_of_setting(const struct sight *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!s->rules.at[k].seeing &&
		    slice_eq(s->rules.at[k].setting, s->rules.at[i].setting))
			return false;
	return true;
}

const char *const sight_needs_names[SIGHT_NEEDS] = {"setting", "log", "tenant"};

/* The first rule of its way in, and no rule of that way sees. */
static bool is_unseen_way(const struct sight *s, size_t i)
{
	slice way = s->rules.at[i].method;
	if (!way.len)
		return false;
	for (size_t k = 0; k < s->rules.len; k++)
		if (slice_eq(s->rules.at[k].method, way) && (k < i || s->rules.at[k].seeing))
			return false;
	return true;
}

void find_unseen_ways(struct sight *s)
{
	for (size_t i = 0; i < s->rules.len; i++)
		if (is_unseen_way(s, i))
			*list_add(&s->unseen) = s->rules.at[i].method;
}

bool sight_is_tenants_way(const struct sight *s, slice way)
{
	for (size_t i = 0; i < s->rules.len; i++)
		if (slice_eq(s->rules.at[i].method, way) && s->rules.at[i].needs != NEEDS_TENANT)
			return false;
	return true;
}

void sight_range(const struct sight *s, int64_t *first, int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t i = 0; i < s->sources.len; i++) {
		const struct sight_source *source = &s->sources.at[i];
		int64_t end = source->first_hour + (int64_t)source->hours.len - 1;
		if (!source->hours.len)
			continue;
		*first = source->first_hour < *first ? source->first_hour : *first;
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
