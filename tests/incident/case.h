/*
 * case.h - an inquiry from beginning to end over events written as words (tests/facts/story.h).
 *
 * A row with a method is one that a rule matched: "stolen-password" and the other methods of
 * group.c are hits of level high; "medium" is a lower one; "known" after a method says that the
 * network was the account's own.  Both walks are gone through as `tocsin scan` does it.
 */
#ifndef TOCSIN_TEST_CASE_H
#define TOCSIN_TEST_CASE_H

#include "../facts/story.h"
#include "incident/incident.h"
#include "mailstore/mailstore.h"

struct row {
	double at;
	const char *event, *hit;
};

struct inquest {
	struct story story;
	struct report report;
	struct inquiry *inquiry;
	struct mailstore *store;
	struct out said; /* the report in words, see case_say() */
};

/* `catalogue`: lines of JSON, or NULL for no mail store. */
void inquest_start(struct inquest *c, const char *catalogue);
void inquest_hold(struct inquest *c, const struct row *rows, size_t n);
void inquest_end(struct inquest *c);
/* Each of the lines in `want`, divided by '|', stands in the report; those after '!' do not. */
void inquest_says(struct inquest *c, const char *name, const char *want);

#endif
