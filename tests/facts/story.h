/*
 * story.h - events written as a line of words, told to facts in order.
 *
 *	story_tell(&s, DAYS(1) + 60, "login+ user=ana ip=192.0.2.7", "network.state=known !reads");
 *
 * The first word is the action, with + for success and - for failure; the others set fields, by
 * name or by the short names of story.c.  What is wanted is written likewise: "!field" is a field
 * that must be absent.  "tocsin." may be left out.  In values ~ is a space.
 */
#ifndef TOCSIN_TEST_STORY_H
#define TOCSIN_TEST_STORY_H

#include "facts/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { HOUR = 3600, DAY = 86400 };
#define HOURS(n) ((n)*HOUR)
#define DAYS(n)  ((n)*DAY)

struct story {
	struct facts *facts;
	struct arena arena; /* of the texts of events, until the end */
	struct out told;    /* events that facts emitted: "ACTION ACCOUNT IP AT\n" */
	uint64_t line;
};

struct told {
	double at; /* seconds since STORY_BEGAN */
	const char *event, *want;
};

#define STORY_BEGAN (INT64_C(1772323200) * CLOCK_SECOND) /* 2026-03-01, a midnight */

void story_start(struct story *s);
void story_end(struct story *s);
/* The event alone, not told to anybody. */
struct event story_event(struct story *s, double at, const char *words);
bool story_is(struct story *s, const struct event *e, const char *want, const char *name);
struct event story_tell(struct story *s, double at, const char *words, const char *want);
/* Tells all rows; the row is named in complaints. */
void story_rows(struct story *s, const char *name, const struct told *rows, size_t n);
#define STORY(s, name, rows) story_rows((s), (name), (rows), sizeof(rows) / sizeof *(rows))
/* What was emitted since the last call must be this. */
void story_emitted(struct story *s, const char *name, const char *want);
struct address story_address(const char *text);

#endif
