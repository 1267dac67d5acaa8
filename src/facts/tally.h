/*
 * tally.h - small counters for this room: a week of days, a few distinct things, a rhythm.
 *
 * Each is part of a table's entry and holds no memory of its own; zeroed is empty.
 */
#ifndef TOCSIN_FACTS_TALLY_H
#define TOCSIN_FACTS_TALLY_H

#include "base/base.h"

/* How many in the last seven days, the one under way included; older ones are forgotten. */
struct week {
	uint16_t count[7];
	uint16_t day; /* of the newest, since 1970 */
};
void week_add(struct week *w, int64_t now_us, uint32_t n);
uint32_t week_sum(struct week *w, int64_t now_us);
uint32_t week_days(struct week *w, int64_t now_us); /* with any */

/*
 * Distinct things by hash: so many, but that one in some ten thousand is taken for another, up to
 * FEW_KEPT; beyond that at least so many (72 at most).
 */
enum { FEW_KEPT = 8 };
struct few {
	uint16_t kept[FEW_KEPT]; /* of the upper half of their hashes */
	uint32_t sketch[2];      /* of the further ones */
	uint16_t count;
};
bool few_add(struct few *f, uint32_t hash); /* true if it is another one */
/* As few.kept alone, with room for `n`: false if there is none for it. */
bool few_fits(uint16_t *kept, uint32_t n, uint32_t hash);
uint16_t few_count(const uint16_t *kept, uint32_t n);

/* How many in twenty minutes, at most: slots of ten, and of two that follow one another the sum. */
enum { SLOTS_IN_HOUR = 6 };
struct pace {
	uint64_t slot : 22; /* the last one, since 1970 */
	uint64_t now : 14;
	uint64_t before : 14; /* in the one before */
	uint64_t most : 14;
};
void pace_add(struct pace *p, int64_t now_us, uint32_t n);

/* When the same thing was done, the last few times. */
enum { RHYTHM_KEPT = 12, RHYTHM_LEAST = 4 };
struct rhythm {
	uint32_t at[RHYTHM_KEPT];
	uint8_t next, count;
};
void rhythm_beat(struct rhythm *r, uint32_t when);
/*
 * The median of the gaps, and how far they lie from it, in the median, in percent of it.  False if
 * there were fewer than RHYTHM_LEAST beats.
 */
bool rhythm_tell(const struct rhythm *r, uint32_t *median, uint32_t *deviation);
/* The same of gaps as they are; sorts them. */
void gaps_tell(uint32_t *gaps, size_t n, uint32_t *median, uint32_t *deviation);

#endif
