/* shelf.c - the records of an input by time. */
#include "shelf.h"

#include <stdlib.h>

#define SHELF_LATE_US (10 * CLOCK_MINUTE) /* what walking bears anyway */

struct shelved {
	int64_t time_us;
	size_t number; /* order of the input, among those of one time */
	struct record record;
};

struct shelf {
	LIST(struct shelved) rows;
	size_t at;
	struct arena arena;
};

enum shelf_need shelf_need(struct input_reader *r, struct format_state *st, int64_t *earliest_us)
{
	struct event *e = must_alloc(sizeof *e);
	struct arena scratch = {0};
	struct record record;
	int64_t newest = CLOCK_NONE;
	uint64_t bytes = 0;
	bool disordered = false;
	*earliest_us = CLOCK_NONE;
	while (input_next(r, &record)) {
		arena_reset(&scratch);
		format_decode(st, record.text, e, &scratch);
		int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
		bytes += record.text.len;
		if (now == CLOCK_NONE)
			continue;
		disordered |= newest != CLOCK_NONE && now < newest - SHELF_LATE_US;
		newest = now > newest ? now : newest;
		if (*earliest_us == CLOCK_NONE || now < *earliest_us)
			*earliest_us = now;
	}
	arena_free(&scratch);
	free(e);
	return !disordered ? SHELF_NOT : bytes > SHELF_MOST ? SHELF_TOO_LARGE : SHELF_WANTED;
}

static int by_time_and_number(const void *a, const void *b)
{
	const struct shelved *x = a, *y = b;
	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static struct record kept(struct shelf *s, const struct record *r)
{
	struct record copy = *r;
	copy.text = arena_copy(&s->arena, r->text);
	copy.raw = r->raw.at == r->text.at ? (slice){copy.text.at, r->raw.len}
					   : arena_copy(&s->arena, r->raw);
	return copy;
}

struct shelf *shelf_fill(struct input_reader *r, struct format_state *st)
{
	struct shelf *s = must_alloc(sizeof *s);
	struct event *e = must_alloc(sizeof *e);
	struct arena scratch = {0};
	struct record record;
	int64_t last = CLOCK_NONE; /* the header of a table stays in front of all */
	while (input_next(r, &record)) {
		arena_reset(&scratch);
		format_decode(st, record.text, e, &scratch);
		last = event_get_number(e, F_TIME, last);
		struct shelved *row = list_add(&s->rows);
		*row = (struct shelved){last, s->rows.len, kept(s, &record)};
	}
	arena_free(&scratch);
	free(e);
	if (s->rows.len)
		qsort(s->rows.at, s->rows.len, sizeof *s->rows.at, by_time_and_number);
	return s;
}

bool shelf_next(struct shelf *s, struct record *record)
{
	if (s->at == s->rows.len)
		return false;
	*record = s->rows.at[s->at++].record;
	return true;
}

void shelf_free(struct shelf **s)
{
	if (!*s)
		return;
	list_free(&(*s)->rows);
	arena_free(&(*s)->arena);
	free(*s);
	*s = NULL;
}
