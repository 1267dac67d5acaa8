/* overlap.c - two inputs of a rotated set, line by line. */
#include "overlap.h"

#include <stdlib.h>

enum { LINES_MOST = 1 << 18, BOTH_LEAST = 10, HELD_MOST = 1 << 20 };

bool overlap_same(struct input_set *set, size_t a, size_t b, struct digest *digest, bool *has)
{
	struct input_reader *x = input_read(set, a, false), *y = input_read(set, b, true);
	struct record of_x, of_y;
	bool same = true, more = true;
	while (same && more) {
		bool x_has = input_next(x, &of_x), y_has = input_next(y, &of_y);
		more = x_has && y_has;
		same = x_has == y_has && (!more || slice_eq(of_x.raw, of_y.raw));
	}
	*has = same && input_digest(y, digest);
	input_close(&x);
	input_close(&y);
	return same;
}

/* A line of a, by its words: when it stood there, and whether b has it too. */
struct line {
	struct place place;
	bool both;
};

static bool keep_lines(struct input_set *set, size_t a, uint64_t from, uint64_t number,
		       struct table *lines)
{
	struct input_reader *r = input_read(set, a, false);
	struct record record;
	if (from)
		input_seek(r, from, number);
	while (lines->len < LINES_MOST && input_next(r, &record)) {
		uint64_t hash = hash_bytes(record.raw.at, record.raw.len);
		bool fresh;
		struct line *l =
		    table_put(lines, (slice){(const char *)&hash, sizeof hash}, &fresh);
		if (fresh)
			l->place = (struct place){record.offset, (uint32_t)a,
						  (uint32_t)record.raw.len, record.line};
	}
	input_close(&r);
	return lines->len < LINES_MOST;
}

/* Lines of b that a lacks count once a line follows that both have. */
static void meet_lines(struct input_set *set, size_t b, struct table *lines, struct overlap *found,
		       uint64_t *last_of_a)
{
	struct input_reader *r = input_read(set, b, false);
	struct record record;
	struct place odd = {0};
	uint64_t waiting = 0, alone = 0;
	while (alone < LINES_MOST && input_next(r, &record)) {
		uint64_t hash = hash_bytes(record.raw.at, record.raw.len);
		struct line *l = table_get(lines, (slice){(const char *)&hash, sizeof hash});
		if (!l) {
			alone++;
			if (found->both && !waiting++)
				odd = (struct place){record.offset, (uint32_t)b,
						     (uint32_t)record.raw.len, record.line};
			continue;
		}
		if (waiting && !found->only_b)
			found->place = odd;
		found->only_b += waiting;
		waiting = 0;
		found->both += !l->both;
		l->both = true;
		*last_of_a = l->place.line > *last_of_a ? l->place.line : *last_of_a;
	}
	input_close(&r);
}

static void count_alone(struct table *lines, uint64_t last, struct overlap *found)
{
	uint64_t first = UINT64_MAX, earliest = UINT64_MAX;
	for (struct line *l = NULL; (l = table_next(lines, l));)
		if (l->both && l->place.line < first)
			first = l->place.line;
	for (struct line *l = NULL; (l = table_next(lines, l));) {
		if (l->both || l->place.line < first || l->place.line > last)
			continue;
		found->only_a++;
		if (l->place.line < earliest && !found->only_b) {
			earliest = l->place.line;
			found->place = l->place;
		}
	}
}

bool overlap_look(struct input_set *set, size_t a, uint64_t from, uint64_t line, size_t b,
		  struct overlap *found)
{
	struct table lines;
	uint64_t last = 0;
	*found = (struct overlap){0};
	table_init(&lines, sizeof(struct line), 0);
	bool fine = keep_lines(set, a, from, line, &lines);
	if (fine) {
		meet_lines(set, b, &lines, found, &last);
		count_alone(&lines, last, found);
	}
	table_free(&lines);
	return fine && found->both >= BOTH_LEAST;
}

/* --- lines that come again in the next file --- */

struct held {
	LIST(uint64_t) hashes; /* in order */
};

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

struct held *held_lines(struct input_set *set, size_t input, uint64_t from, uint64_t line)
{
	struct held *h = must_alloc(sizeof *h);
	struct input_reader *r = input_read(set, input, false);
	struct record record;
	if (from)
		input_seek(r, from, line);
	while (h->hashes.len <= HELD_MOST && input_next(r, &record))
		*list_add(&h->hashes) = hash_bytes(record.raw.at, record.raw.len);
	input_close(&r);
	if (!h->hashes.len || h->hashes.len > HELD_MOST)
		held_free(&h);
	else
		qsort(h->hashes.at, h->hashes.len, sizeof *h->hashes.at, by_value);
	return h;
}

bool is_held(const struct held *h, slice line)
{
	uint64_t hash = hash_bytes(line.at, line.len);
	return bsearch(&hash, h->hashes.at, h->hashes.len, sizeof hash, by_value) != NULL;
}

void held_free(struct held **h)
{
	if (*h)
		list_free(&(*h)->hashes);
	free(*h);
	*h = NULL;
}
