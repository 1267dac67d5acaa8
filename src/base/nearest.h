/*
 * nearest.h - of names that are known the one that was meant: at most three letters left out, put
 * in, changed or swapped, fewer in a short word.
 *
 *	struct nearest n = nearest_to(SLICE("kik"));
 *	nearest_offer(&n, SLICE("kick"));          for each name; n.best is empty if none is near
 */
#ifndef TOCSIN_BASE_NEAREST_H
#define TOCSIN_BASE_NEAREST_H

#include "slice.h"

struct nearest {
	slice wanted, best; /* not copied */
	unsigned distance;
};
struct nearest nearest_to(slice wanted);
void nearest_offer(struct nearest *n, slice name);

#endif
