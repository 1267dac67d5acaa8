/* part.h - for the files of this room alone. */
#ifndef TOCSIN_SIGHT_PART_H
#define TOCSIN_SIGHT_PART_H

#include "sight/sight.h"

/* eyes.c: what makes a daemon write events of an action. */
struct eye {
	enum action action;
	const char *modules; /* that write it, between spaces; empty: any */
	bool asked;          /* only when told to */
	const char *setting; /* what tells them; or which log to give */
};
const struct eye *eye_of(enum action action);
extern const struct eye tenant_eye; /* of what only a tenant's audit log tells */
/* What tells daemons to write a field, and whether they are told so as shipped; NULL: they write it
 * unasked, when there is something to say. */
const char *eye_field(int field, bool *shipped);
bool eye_has_module(const struct eye *e, slice module);

/* sight.c: ways in of which every rule is blind, once the rules are there */
void find_unseen_ways(struct sight *s);

/* drift.c */
struct drift_table *drift_new(void);
void drift_add(struct drift_table *t, const struct event *e, bool understood);
void drift_end(struct drift_table **t, struct sight *s); /* tells what fell, and frees */
void drift_free(struct drift_table **t);

#endif
