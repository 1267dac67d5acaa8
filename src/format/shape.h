/*
 * shape.h - sentences with holes: see shape.c for what a shape is.
 *
 * A hole is {x}.  Small letters take up to the first place of what follows, capitals (one a shape
 * at most) all that the right side leaves.  u user, a address (must be one), x address or host
 * name, p port, n number that says nothing, o protocol, s session, r reason, f and t sender and
 * recipient, q queue id, m message id, z size, w mechanism, v account acted for, g agent, '.'
 * anything.
 */
#ifndef TOCSIN_FORMAT_SHAPE_H
#define TOCSIN_FORMAT_SHAPE_H

#include "web.h"

struct said {
	const char *shape; /* NULL ends a table */
	enum action action;
	enum result outcome;
};

/* Sets the fields of the holes if the whole of `text` has that shape. */
bool shape_fits(const char *shape, slice text, struct event *e);
/* The first row that fits, its action and outcome set; NULL if none does. */
const struct said *said_find(const struct said *rows, slice text, struct event *e);

#endif
