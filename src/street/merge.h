/* merge.h - the streams of the street, the earliest first: for the files of this room alone. */
#ifndef TOCSIN_STREET_MERGE_H
#define TOCSIN_STREET_MERGE_H

#include "lane.h"

/* A heap by key, which stays as it is while a stream is in; of equal keys the stream that was made
 * first goes first. */
struct merge {
	struct stream **at;
	size_t len;
};
void merge_add(struct merge *m, struct stream *t);
struct stream *merge_first(const struct merge *m); /* the earliest, or NULL */
struct stream *merge_take(struct merge *m);        /* the same, and takes it out */

#endif
