/* map.c - the states of the map's columns: what a gap makes of hours. */
#include "visibility/part.h"

#include <stdio.h>

const struct map_state map_states[MAP_STATES] = {
    {"tampered", "tampered", 'T'},      {"cut", "cut", 'C'},
    {"clock", "clock doubtful", 'K'},   {"rate-limited", "lines dropped by a limit", 'L'},
    {"throttled", "throttled", 'H'},    {"rotated", "file not given", 'R'},
    {"silent", "silent as never", 'S'},
};

slice map_path(const struct report *r, size_t source)
{
	return source < r->inputs.len ? r->inputs.at[source].path : SLICE("");
}

/* A gap of all of a source stands at its end. */
static bool gap_touches(const struct gap *g, const struct sight_source *s, int64_t from_us,
			int64_t to_us)
{
	int64_t last = (s->first_hour + (int64_t)s->hours.len - 1) * CLOCK_HOUR;
	int64_t first_us = g->from_us == CLOCK_NONE ? last : g->from_us;
	int64_t last_us = g->to_us == CLOCK_NONE ? first_us : g->to_us;
	return first_us < to_us && last_us >= from_us;
}

const struct map_state *map_state_of(const struct report *r, size_t source, int64_t from,
				     int64_t hours)
{
	for (int i = 0; i < MAP_STATES; i++)
		for (size_t k = 0; k < r->gaps.len; k++) {
			const struct gap *g = &r->gaps.at[k];
			if (slice_eq(g->state, slice_of(map_states[i].state)) &&
			    slice_eq(g->source, map_path(r, source)) &&
			    gap_touches(g, &r->sight.sources.at[source], from * CLOCK_HOUR,
					(from + hours) * CLOCK_HOUR))
				return &map_states[i];
		}
	return NULL;
}

void map_day(int64_t hour, char text[MAP_DAY])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = clock_to_civil(hour * CLOCK_HOUR);
	snprintf(text, MAP_DAY, "%d %.3s", c.day, months + (c.month - 1) * 3);
}
