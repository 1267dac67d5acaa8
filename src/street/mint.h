/*
 * mint.h - the clock of an input: when its records say that they were written, against what queue
 * ids say of when they were made, the order of lines, and the file's own time.
 *
 *	Postfix, enable_long_queue_ids (src/global/mail_queue.h): six digits of seconds and four of
 *	        microseconds since 1970 in base 52 (digits and consonants), `z`, the inode in
 *	        base 51
 *	Exim (spec.txt, "Message identification"): six digits of seconds in base 62, `-`, ...
 */
#ifndef TOCSIN_STREET_MINT_H
#define TOCSIN_STREET_MINT_H

#include "incident/incident.h"

/* When a queue id was made; CLOCK_NONE if it does not tell. */
int64_t mint_time(slice module, slice queue_id);

enum { MINT_ODD = 4 };
struct mint {
	int64_t newest_us;      /* of all records */
	int64_t before_us;      /* of those before the last leap ahead ... */
	uint64_t run;           /* ... and how many came since */
	uint64_t behind;        /* records in a row that are older than it */
	struct place behind_at; /* the first of them */
	int64_t behind_us;
	struct {
		int64_t from_us, to_us;
		struct place place;
	} back;             /* the clock went back; place.length 0: it did not */
	uint64_t kept, odd; /* letters whose id agrees with their record, and not */
	int64_t shift_us;   /* record minus id of the first odd one; all odd ones alike: */
	bool shifts_differ;
	struct {
		int64_t record_us, id_us;
		struct place place;
	} odds[MINT_ODD];
};

void mint_record(struct mint *m, const struct event *e, const struct place *p);
/* Gaps of an input, its file last written at `mtime_us` (CLOCK_NONE: not known). */
void mint_tell(const struct mint *m, slice path, bool zoneless, int64_t mtime_us, struct report *r);

#endif
