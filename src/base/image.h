/*
 * image.h - what a process remembers, as bytes, for the next one of the same program.
 *
 *	struct image im = {.out = {.fd = fd}, .writes = true};     or {.rest = bytes}
 *	image_bytes(&im, &x, sizeof x);  image_table(&im, &t);
 *	im.bad                                                     what was read does not fit
 *
 * One function says of a thing what it is made of, and both writes and reads it, so that the two
 * cannot differ.  Raw memory of this very build: who reads an image has made sure that it is from
 * this program, that its rules and tables are the same, and that nobody changed a byte.
 */
#ifndef TOCSIN_IMAGE_H
#define TOCSIN_IMAGE_H

#include "notches.h"
#include "out.h"
#include "table.h"

struct image {
	bool writes, bad;
	struct out out; /* while it writes */
	slice rest;     /* while it reads: what is left */
};

void image_bytes(struct image *im, void *at, size_t n);
/* Reads into memory of the heap, or writes it: `*at` of `*n` things; at most `most`. */
void image_list(struct image *im, void **at, size_t *n, size_t size, size_t most);
/* A table that table_init() made as it was made then; what it holds is dropped before. */
void image_table(struct image *im, struct table *t);
/* The same of notches. */
void image_notches(struct image *im, struct notches *m);
/* A word that must be the same on both sides, lest one reads what the other never wrote. */
void image_mark(struct image *im, uint64_t word);

#endif
