/*
 * ahead.h - private to the street: a walk in a thread of its own, some events ahead of who hears
 * them.
 *
 * The walk reads, unpacks, hashes and decodes; whoever called judges.  What the walk says, events
 * and troubles, is heard in the caller's thread, in the order in which it was said: so a run with
 * two threads tells the same as a run with one.
 */
#ifndef TOCSIN_STREET_AHEAD_H
#define TOCSIN_STREET_AHEAD_H

#include "street/street.h"

typedef void ahead_walk(struct street *s, street_event *on, void *ctx);

/* Who hears: each event, which is his until he returns, and each trouble. */
struct ahead_ear {
	street_event *event;
	void *event_ctx;
	input_note *note; /* or NULL */
	void *note_ctx;
};

struct ahead;
/* NULL: no thread is to be had, and nothing was walked.  `*a` is set before the walk begins. */
bool ahead_run(struct ahead **a, ahead_walk *walk, struct street *s, const struct ahead_ear *ear);
/* A trouble that the walk met, on its way to the ear: an input_note, by the walk alone. */
void ahead_note(struct ahead *a, enum input_trouble kind, const char *path, uint64_t line,
		const char *what, const char *remedy);

#endif
