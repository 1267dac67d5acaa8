/* state.h - for state*.c alone: the file of what is usual. */
#ifndef TOCSIN_FACTS_STATE_H
#define TOCSIN_FACTS_STATE_H

#include "known.h"

#include <sqlite3.h>

enum { KEEP_DAYS = 180, PROFILE_NUMBERS = 24 + 7, PROFILE_BYTES = PROFILE_NUMBERS * 4 };

struct state {
	sqlite3 *db;
	char *path;
	facts_note *note;
	void *ctx;
	uint32_t began_day; /* of the records that are being read */
};

/* False, always, after a note. */
bool state_say(const struct state *s, const char *what, const char *remedy);

/*
 * Things of which only the first time is kept, by kind: those of notches; of the others their
 * table, and where the time is in it.
 */
enum { SEEN_NOTCHES = 2, SEEN_KINDS = 5 };
struct notches *state_seen_notches(struct facts *f, size_t kind);
struct table *state_seen_table(struct facts *f, size_t kind);
int64_t *state_seen_first(size_t kind, void *entry);

#endif
