/*
 * clock.h - time as microseconds since 1970 in UTC, in an int64_t named `usec` or `..._us`.
 */
#ifndef TOCSIN_CLOCK_H
#define TOCSIN_CLOCK_H

#include "slice.h"

#include <time.h>

enum { CLOCK_TEXT = 32 };
#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR   (60 * CLOCK_MINUTE)
#define CLOCK_DAY    (24 * CLOCK_HOUR)
#define CLOCK_NONE   INT64_MIN /* no time is known */

struct civil {
	int year, month, day, hour, minute, second; /* month and day from 1 */
	int usec;
};

/* Days since 1970-01-01 of a proleptic Gregorian date. */
int64_t clock_days(int year, int month, int day);
int64_t clock_from_civil(const struct civil *c); /* as if it were UTC */
struct civil clock_to_civil(int64_t usec);
/* Of a file, say, or of an archive: CLOCK_NONE beyond the years 1 to 9999, which nobody meant. */
int64_t clock_of(struct timespec t);
int64_t clock_now(void); /* CLOCK_REALTIME */

/* RFC 3339 in UTC with milliseconds: 2026-03-17T13:05:00.123Z. Returns the length. */
size_t clock_format(int64_t usec, char out[CLOCK_TEXT]);
/*
 * RFC 3339 or ISO 8601 with T or a space, fraction and zone optional (no zone: UTC), off the front.
 */
bool clock_parse_iso(slice *s, int64_t *usec, bool *has_zone);
int clock_month(slice name); /* "Mar" is 3; 0 if none */

/* A time zone by its tz database name, or an offset such as +01:00. */
struct zone;
struct zone *zone_open(slice name); /* NULL if there is none */
/* By a rule as tzset(3) and the last line of a zone's file (RFC 8536 3.3) have it:
 * CET-1CEST,M3.5.0,M10.5.0/3.  NULL if it is none; it holds for all years. */
struct zone *zone_of_rule(slice rule);
struct zone *zone_local(void);
/* Wall clock digits (as if they were UTC) to UTC. Of the two readings of a repeated hour, the
 * first; an hour that the zone skips is read as if it had not, so that time goes on. */
int64_t zone_to_utc(struct zone *z, int64_t wall_us);
int64_t zone_from_utc(struct zone *z, int64_t usec); /* to wall clock digits */
void zone_close(struct zone **z);

#endif
