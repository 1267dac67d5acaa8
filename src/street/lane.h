/* lane.h - private to the street: its inputs, in streams, and how far each was walked. */
#ifndef TOCSIN_STREET_LANE_H
#define TOCSIN_STREET_LANE_H

#include "ahead.h"
#include "clocks.h"
#include "host.h"
#include "lull.h"
#include "mint.h"
#include "overlap.h"
#include "shelf.h"
#include "street/street.h"

enum {
	CHECKPOINTS = 256, /* per input; when full, every second one is dropped */
	MODULES = 8,
	SILENCES = 4, /* longest ones kept per stream, to tell what is usual */
};
#define LATE_US (10 * CLOCK_MINUTE) /* records may be out of order by this much */

/* Where to go on in an input for what is not earlier than `latest_us`. */
struct checkpoint {
	int64_t latest_us; /* of all records before it */
	uint64_t offset, line;
	int year;
};

/* One input. */
struct lane {
	size_t input;
	struct zone *zone;
	int year; /* of its first record; 0: records bear their own */
	int64_t begins_us;
	struct checkpoint points[CHECKPOINTS];
	size_t point_count;
	uint64_t stride, next_point;
	struct {
		const char *name;
		uint64_t records;
	} modules[MODULES];
	size_t module_count;
	uint64_t records, unknown, broken;
	int64_t first_us, last_us;
	struct digest digest;
	bool has_digest;
	char host[64];
	size_t host_len;
	bool host_counted;
	bool webmail;      /* Roundcube's */
	bool zone_assumed; /* clocks of it name no zone, and nobody said which */
	bool tenant;       /* of Microsoft 365, whose exports are in no order ... */
	bool shuffled;     /* ... as this one */
	struct mint mint;
	struct street_mark from;  /* line 0: from its beginning */
	int64_t end_us, end_year; /* where its decoder stood at the end */
	bool twin;                /* the same records as the one before it in its set: read once */
};

/* A stretch in which a stream has no record. */
struct silence {
	int64_t from_us, to_us;
	struct place after; /* the record that ended it */
};

/* A rotated set, one record ahead. */
struct stream {
	const size_t *lanes; /* in the street's `order` */
	size_t count, at;
	struct input_reader *reader;
	struct shelf *shelf;        /* all records of the reader, in order of time; or NULL */
	struct format_state *state; /* large: NULL before it is opened, and behind its end */
	struct event e;
	struct arena scratch;
	int64_t key;       /* never goes back, so that merging stays stable */
	struct held *held; /* lines of the file before, which this one repeats; or NULL */
	uint64_t repeated; /* lines that were passed by for it */
	bool waits;        /* not open yet: nothing in it is earlier than `key` */
	bool past;         /* what follows in the lane lies behind the stretch that is walked */
	int64_t newest_us;
	struct silence silences[SILENCES]; /* the longest, longest first */
	struct lulls lulls;
	bool in_part;      /* a record of several lines is being gathered ... */
	struct place part; /* ... from here on */
};

struct street {
	struct street_options o;
	struct input_set *set;
	input_note *note;
	void *note_ctx;
	bool all_said;       /* of the first walk, which is made again */
	struct ahead *ahead; /* while the walk is in a thread of its own */
	struct zone *own_zone;
	struct clocks *clocks; /* NULL: there is but one host */
	struct host *disks;
	size_t disk_count;
	struct lane *lanes;
	struct stream *streams;
	size_t *order; /* lanes, stream by stream */
	size_t lane_count, stream_count;
	struct table hosts;
	bool first_walk, walked; /* walked: once, to the end */
	int64_t from_us, to_us, done_bytes, began_us, shown_us;
	struct arena arena;
};

static inline struct lane *lane_of(struct street *s, const struct stream *t)
{
	return &s->lanes[t->lanes[t->at]];
}
/* To who opened the street, in his thread. */
void street_tell(const struct street *s, enum input_trouble kind, const char *path, uint64_t line,
		 const char *what, const char *remedy);
void lane_keep_host(struct lane *l, slice host);
/* A decoder for the first record of the lane. */
void lane_begin_format(const struct street *s, const struct lane *l, struct format_state *state);

/* --- tally.c: the bookkeeping of the first walk --- */

/* Of a record of several lines, from the first of them on. */
struct place stream_place(const struct stream *t, const struct record *r);
void tally_record(struct street *s, struct stream *t, const struct record *r, enum decoded decoded,
		  const struct event *e);
/* Where to begin for what is not earlier than `from_us`; NULL: at the beginning. */
const struct checkpoint *tally_point_before(const struct lane *l, int64_t from_us);

#endif
