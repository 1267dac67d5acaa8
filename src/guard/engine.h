/* engine.h - for the files of the engine: what it holds, and what each file gives to the others. */
#ifndef TOCSIN_GUARD_ENGINE_H
#define TOCSIN_GUARD_ENGINE_H

#include "guard/part.h"

/* What the reader hands over lines of. */
struct feed {
	char *path; /* NULL: there is none with this number */
	bool is_journal;
	uint64_t records, told_records; /* judged; and what the parent was told of them */
	int64_t newest_us;              /* of them */
	uint64_t first;                 /* hash of the first line that the reader saw; 0: none */
	uint64_t border, line; /* of the next line; where the past ends: a journal's is a time */
	size_t mark;           /* number + 1 of its mark; 0: it has none */
	struct feed *twin;     /* the other file of its name, see follow.c; NULL */
	size_t
	    past_input; /* its lines were judged as this input of the past, + 1; 0: they were not */
	struct format_state *state;
};

struct engine {
	const struct guard_options *o;
	struct street *street;
	struct feed feeds[READER_INPUTS];
	size_t feed_count;
	uint64_t behind;
	struct feed **past_feeds; /* by the street's numbers; NULL: the past's alone */
	struct past_end { /* of those: its records by their hashes, where the last one began */
		uint64_t first, last, offset;
	} * past_ends;
	uint64_t *past_firsts; /* hash of the first record as the walk was prepared; 0: none */
	struct judge *judge;
	struct arena scratch;
	struct event e;
	char *chunk;
	int to_parent, from_reader;
	bool past, hosted_told;
	uint64_t records;
	int64_t told_us; /* the last sign of life */
	struct keeping {
		const struct kept *kept;
		bool may;                       /* the memory is ours to write */
		LIST(struct street_mark) marks; /* of each file: how far it was judged */
		size_t *of_past;                /* by the street's numbers */
		uint64_t resumed;               /* records judged by an earlier engine */
		bool never;                     /* what is judged has no place in a file */
		uint64_t records, bytes;        /* as it was kept last */
		int64_t at_us;
	} keep;
	int64_t newest_us,
	    newest_at_us; /* of all records; and when it came, since the host started */
};

/* --- engine.c: judges, and tells the parent --- */

/* Waits while the parent is busy: nothing is dropped. */
void engine_tell(struct engine *g, const struct guard_message *m);
/* How many records were judged, of which files, how far it is behind; every five seconds. */
void engine_say_in_time(struct engine *g, enum message_kind kind);
/* Since the host started: a clock that is set forward must not decide what waits for silence. */
int64_t engine_passed_us(void);
void engine_judge(struct engine *g, struct event *e);
void engine_count(struct feed *f, const struct event *e);
/* Of inputs that cannot be read the parent has told. */
void engine_no_note(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		    const char *what, const char *remedy);

/* --- engine_past.c: what lay there when it began --- */

/* What is read of it; the list is the caller's to free, its texts are not. */
const char *const *engine_paths(const struct engine *g, size_t *n);
void engine_past(struct engine *g);
/* Of a file that the reader names only now: the past's input of that name and first line + 1. */
size_t engine_past_input(const struct engine *g, const char *path, slice first);
/* Was that line judged as past? */
bool engine_was_past(const struct engine *g, size_t input, uint64_t offset, slice line);

/* --- engine_keep.c: what is kept for the next start --- */

/* What an earlier engine remembered, all of it or nothing: then this one ends (ENGINE_ANEW). */
void engine_remember(struct engine *g);
/* So often that the disk has half a megabyte a second of it at most, in a quiet moment if one
 * comes. */
void engine_keep(struct engine *g, bool quiet);
/* A record was judged; `text` as the street reads it. */
void engine_mark(struct street_mark *m, slice text, const struct place *p);
/* A file that was not there before, or was cut: what was judged of the one before stays known. */
void engine_mark_fresh(struct engine *g, struct feed *s, slice first);
slice engine_line_text(slice line); /* as the street reads it */
void engine_mark_line(struct engine *g, const struct feed *s, slice line, uint64_t offset);

#endif
