/*
 * notches.h - a number for each of very many things, eight bytes a thing.
 *
 *	struct notches m;
 *	notches_init(&m, 65536);
 *	uint32_t *first_s = notches_put(&m, hash, &fresh);    0 when fresh; good until the next call
 *
 * A thing is known by its hash, of which 32 bits and those that choose its cache line are kept: of
 * some hundred million look-ups one finds what is not there.  A line holds eight; when a ninth
 * comes, the one of them that was asked for longest ago gives way, and is counted.  So the bound is
 * of lines, a look-up waits for one of them, and memory is fixed: `most` times eight bytes, of
 * which the system gives what is touched.
 */
#ifndef TOCSIN_NOTCHES_H
#define TOCSIN_NOTCHES_H

#include "slice.h"

enum { NOTCHES_IN_LINE = 8 };

struct notches {
	struct notch {
		uint32_t tag, number; /* tag 0: free, and so are those behind it */
	} (*lines)[NOTCHES_IN_LINE];
	void *memory; /* of the lines */
	uint32_t line_bits;
	uint32_t len;
	uint64_t shed_count;
};

void notches_init(struct notches *m, uint32_t most); /* a power of two, eight at least */
void notches_free(struct notches *m);
/* The hash is one that spreads over all its bits, as hash_bytes() does. */
uint32_t *notches_put(struct notches *m, uint64_t hash, bool *fresh);
/* All notches, from 0: a hash that finds the same notch again; NULL at the end. */
uint32_t *notches_next(struct notches *m, size_t *at, uint64_t *hash);
size_t notches_bytes(const struct notches *m);

#endif
