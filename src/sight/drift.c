/*
 * drift.c - daemons whose lines are less and less understood.
 *
 * Per daemon and day: how many records, and how many of them say nothing to tocsin: nobody's,
 * broken, or a message without a meaning.  If the share that is understood falls by a tenth, the
 * daemon's words have changed (an upgrade), or somebody writes in its name.
 */
#include "sight/part.h"

#include <stdlib.h>

enum { DAYS_MOST = 400, LEAST_RECORDS = 50, FALL = 10, SAMPLE_MOST = 300 };

struct daemon_day {
	int64_t day;
	uint64_t records, unknown;
};

struct daemon {
	LIST(struct daemon_day) days; /* as they came, newest last */
	struct {
		int64_t day;
		slice text;
	} samples[DRIFT_SAMPLES];
	size_t sample_count;
};

struct drift_table {
	struct table daemons;
	struct daemon *last; /* one writes many records in a row; or NULL */
	struct arena arena;
};

struct drift_table *drift_new(void)
{
	struct drift_table *t = must_alloc(sizeof *t);
	table_init(&t->daemons, sizeof(struct daemon), DAEMONS_MOST);
	return t;
}

static struct daemon_day *day_of(struct daemon *d, int64_t day)
{
	for (size_t i = d->days.len; i-- > 0 && i + 3 > d->days.len;)
		if (d->days.at[i].day == day)
			return &d->days.at[i];
	if (d->days.len == DAYS_MOST)
		return &d->days.at[d->days.len - 1];
	struct daemon_day *fresh = list_add(&d->days);
	fresh->day = day;
	return fresh;
}

/* The newest ones: those of a fall are asked for. */
static void keep_sample(struct drift_table *t, struct daemon *d, int64_t day, slice text)
{
	if (d->sample_count < DRIFT_SAMPLES) {
		d->samples[d->sample_count].day = day;
		d->samples[d->sample_count++].text =
		    arena_copy(&t->arena, slice_first(text, SAMPLE_MOST));
	}
}

static struct daemon *daemon_of(struct drift_table *t, slice name)
{
	if (!t->last || !slice_eq(table_key(t->last), name))
		t->last = table_put(&t->daemons, name, NULL);
	return t->last;
}

void drift_add(struct drift_table *t, const struct event *e, bool understood)
{
	slice name = event_get(e, F_PROCESS);
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (!name.len || now == CLOCK_NONE)
		return;
	struct daemon *d = daemon_of(t, slice_first(name, 64));
	struct daemon_day *day = day_of(d, now / CLOCK_DAY);
	day->records++;
	day->unknown += !understood;
	if (!understood)
		keep_sample(t, d, day->day, e->raw);
}

static unsigned share(uint64_t records, uint64_t unknown)
{
	return records ? (unsigned)((records - unknown) * 100 / records) : 100;
}

/* The first day from which on the share is lower by FALL than on all days before together. */
static void find_fall(struct sight *v, slice name, const struct daemon *d)
{
	uint64_t records = 0, unknown = 0;
	for (size_t i = 0; i < d->days.len; i++) {
		const struct daemon_day *day = &d->days.at[i];
		unsigned before = share(records, unknown),
			 since = share(day->records, day->unknown);
		if (records >= LEAST_RECORDS && day->records >= LEAST_RECORDS &&
		    since + FALL <= before) {
			struct sight_drift *row = list_add(&v->drifts);
			*row = (struct sight_drift){.daemon = arena_copy(&v->arena, name),
						    .from_us = day->day * CLOCK_DAY,
						    .before = before,
						    .since = since,
						    .unknown = day->unknown};
			for (size_t k = 0; k < d->sample_count; k++)
				if (d->samples[k].day >= day->day)
					row->samples[row->sample_count++] =
					    arena_copy(&v->arena, d->samples[k].text);
			return;
		}
		records += day->records;
		unknown += day->unknown;
	}
}

void drift_free(struct drift_table **t)
{
	for (struct daemon *d = NULL; (d = table_next(&(*t)->daemons, d));)
		list_free(&d->days);
	table_free(&(*t)->daemons);
	arena_free(&(*t)->arena);
	free(*t);
	*t = NULL;
}

void drift_end(struct drift_table **t, struct sight *s)
{
	for (struct daemon *d = NULL; (d = table_next(&(*t)->daemons, d));)
		find_fall(s, table_key(d), d);
	drift_free(t);
}
