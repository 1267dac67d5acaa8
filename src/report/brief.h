/*
 * brief.h - the briefing on a terminal in the making; private to this room.
 */
#ifndef TOCSIN_REPORT_BRIEF_H
#define TOCSIN_REPORT_BRIEF_H

#include "page.h"

enum { LABEL = 13, STACKED_BELOW = 80 }; /* columns */
enum { LINES_SHOWN = 4 };                /* of accounts, sources, gaps; the rest is counted */

struct briefing {
	const struct report *r;
	const struct report_style *style;
	struct when when;
	struct page page;
	struct common common;
};

/* ---------------------------------------------------------------- brief.c */

/* The label of the lines that follow; on later lines ("") only its room. */
void brief_label(struct page *p, const char *text);
/* How many of `n` lines are shown; the rest is counted by brief_more(). */
size_t brief_shown(const struct briefing *b, size_t n);
void brief_more(struct briefing *b, size_t hidden, const char *what);
enum ink severity_ink(slice severity);

/* --------------------------------------------------------------- unseen.c */

void brief_gaps(struct briefing *b, const struct gap *at, size_t len);
void brief_ways(struct briefing *b);  /* kinds of intrusion that would not have been noticed */
void brief_blind(struct briefing *b); /* rules that could not see, and drift */

/* ------------------------------------------------------------- activity.c */

/* What the intruder did over time, one line of blocks. */
void brief_activity(struct briefing *b, const struct incident *in);

/* ----------------------------------------------------------------- calm.c */

void brief_nothing(struct briefing *b); /* no record was understood */
void brief_calm(struct briefing *b);
/* Findings that belong to no incident, by their rule. */
void brief_loose(struct briefing *b, const char *name);

/* ---------------------------------------------------------------- named.c */

/* What was named with --suspect, and which incidents name it. */
void brief_named(struct briefing *b);

#endif
