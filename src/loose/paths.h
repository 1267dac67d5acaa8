/*
 * paths.h - the keys of events as a tree, so that what a path means is found out once.
 *
 * Events of one kind have the same keys in the same order: each node remembers which key came
 * behind it last time, and that guess is right nearly always.
 */
#ifndef TOCSIN_LOOSE_PATHS_H
#define TOCSIN_LOOSE_PATHS_H

#include "base/base.h"

enum {
	PATHS_MOST = 1 << 16,       /* keys known at once; then they are learnt anew */
	PATHS_BYTES_MOST = 8 << 20, /* their text */
};

/* What an event says of itself and the program itself asks for. */
enum meaning { MEANS_NOTHING, MEANS_PRODUCT, MEANS_CATEGORY, MEANS_SERVICE, MEANS_TIME };

struct path {
	slice key;
	struct path *parent, *next; /* next: what came behind it last time, in the same object */
	struct path *first;         /* what came first in it last time */
	const int *fields;          /* of rules that are found here; the last is that of keywords */
	uint32_t field_count;
	enum meaning meaning;
	unsigned rank; /* of a time: 0 is best */
};

struct paths {
	struct arena arena;
	struct table names; /* of rules' fields: name -> number */
	struct table known; /* (parent, key) -> struct path * */
	struct path *root;
	int count;
	int keywords; /* their field */
};

void paths_start(struct paths *p);
void paths_forget(struct paths *p); /* what was learnt of events */
void paths_free(struct paths *p);
int paths_field(struct paths *p, slice name); /* the number of a rule's field */
struct path *paths_learn(struct paths *p, struct path *parent, slice key);
size_t paths_bytes(const struct paths *p);

/* The key behind `*guess` in `parent`; `guess` is where the tree keeps what came there last. */
static inline struct path *paths_step(struct paths *p, struct path *parent, struct path **guess,
				      slice key)
{
	struct path *g = *guess;
	if (!g || g->key.len != key.len || !word_same(g->key.at, key.at, key.len))
		*guess = g = paths_learn(p, parent, key);
	return g;
}

#endif
