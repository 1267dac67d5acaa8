/* lull.h - stretches without a record in hours in which nearly every minute has one. */
#ifndef TOCSIN_STREET_LULL_H
#define TOCSIN_STREET_LULL_H

#include "incident/incident.h"

enum { LULLS_MOST = 8 }; /* the longest */

struct lull {
	int64_t from_us, to_us;
	struct place after; /* the record that ended it */
	unsigned busy, of;  /* minutes around it that have a record, of how many */
};

/* Of one stream; all zero in the beginning.  Lulls of LULL_LONGEST_US and more are not its matter:
 * hosts are switched off at night. */
#define LULL_LONGEST_US (2 * CLOCK_HOUR)
struct lulls {
	int64_t minute;      /* since 1970, of the newest record; 0: none yet */
	uint64_t busy;       /* a bit for each minute, the lowest is the newest */
	struct lull waiting; /* for the hour that follows it */
	bool waits;
	struct lull at[LULLS_MOST]; /* longest first */
	size_t len;
};
/* A record at `now`, which is later than `before`, that of the one ahead of it. */
void lulls_record(struct lulls *l, int64_t before, int64_t now, const struct place *place);
void lulls_end(struct lulls *l); /* no more records */

#endif
