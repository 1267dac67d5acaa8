/* overlap.h - inputs of one rotated set that hold the same lines, or ought to. */
#ifndef TOCSIN_STREET_OVERLAP_H
#define TOCSIN_STREET_OVERLAP_H

#include "incident/incident.h"
#include "input/input.h"

/* The same records from the first to the last; `digest` (if `has`) is then b's. */
bool overlap_same(struct input_set *set, size_t a, size_t b, struct digest *digest, bool *has);

/*
 * Two files that were copied from one log at different times agree from the first line that both
 * hold to the last.  Counts what only one of them has in between.
 */
struct overlap {
	uint64_t both, only_a, only_b;
	struct place place; /* of the first that only one has */
};
/* `from`, `line`: where to begin in a.  False if they share fewer than ten lines, or too many. */
bool overlap_look(struct input_set *set, size_t a, uint64_t from, uint64_t line, size_t b,
		  struct overlap *found);

/*
 * The lines of an input from a place on (0, 0: its beginning), of which the next file of the set
 * may hold copies, as when a log was fetched on Monday and its rotated file on Tuesday.  By hash,
 * up to 2^20 of them; NULL if there are more, or none.
 */
struct held;
struct held *held_lines(struct input_set *set, size_t input, uint64_t from, uint64_t line);
bool is_held(const struct held *h, slice line);
void held_free(struct held **h);

#endif
