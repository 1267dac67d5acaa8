/* reopened.h - for the files of this room alone: bounds lowered once an isolated host was opened.
 */
#ifndef TOCSIN_REOPENED_H
#define TOCSIN_REOPENED_H

#include "access/access.h"

struct reopened {
	access_opened *opened;
	char *state;           /* the journal's folder */
	int64_t journal_bytes; /* at the last look; it only grows */
	int64_t opened_us;     /* CLOCK_NONE: no isolation was taken back */
	bool complained;
};
/* What the bounds are in force by now, in percent of what the rules say; looks into the journal
 * only where it has changed.  A journal that cannot be read is said once, and leaves what was
 * known. */
unsigned reopened_percent(struct reopened *o, const struct access_rules *r, int64_t now_us);
void reopened_free(struct reopened *o);

#endif
