/* part.h - what text, JSON and page share of the map; private to this room. */
#ifndef TOCSIN_VISIBILITY_PART_H
#define TOCSIN_VISIBILITY_PART_H

#include "visibility/visibility.h"

/* What is known of a stretch beside its records; the worst comes first. */
struct map_state {
	const char *state, *about;
	char letter;
};
enum { MAP_STATES = 7 };
extern const struct map_state map_states[MAP_STATES];
/* The state of a source in a column's hours; NULL: nothing but what was counted. */
const struct map_state *map_state_of(const struct report *r, size_t source, int64_t from,
				     int64_t hours);
slice map_path(const struct report *r, size_t source);
/* "17 Mar", of an hour since 1970 */
enum { MAP_DAY = 16 };
void map_day(int64_t hour, char text[MAP_DAY]);

#endif
