/*
 * correlate.h - what correlate.c, group.c and closing.c share: the groups of a correlation.
 */
#ifndef TOCSIN_SIGMA_CORRELATE_H
#define TOCSIN_SIGMA_CORRELATE_H

#include "internal.h"

enum { KEY_ROOM = GROUP_FIELDS_MOST * (GROUP_VALUE_MOST + 3) };

/* Behind it are an opening, if its window has to close, or when it fired; and what its kind of
 * correlation needs: a window, the steps of a sequence, or what an expression saw. */
struct group {
	int64_t touched; /* the newest event when it was asked last */
	uint32_t texts;  /* a bit for each value that was a text at first: law 6 */
	uint32_t serial; /* never used again: see struct waiter */
	int64_t parts[];
};

/* Law 4. */
struct opening {
	int64_t opened;  /* CLOCK_NONE: no window is open */
	int64_t settled; /* the last event that was put in order */
	uint64_t tally;  /* of events in it */
	double total;    /* and of their amounts */
};

struct state {
	const struct sigma *s;
	struct table groups;
	struct pool pool;
	struct cells steps;
	struct backlog waiting;
	struct rule *rule;
	int64_t close_at;
	uint32_t fired_most; /* firings that a group remembers, newest first */
	uint32_t serial;
};

static inline struct opening *opening_of(const struct correlation *c, struct group *g)
{
	return c->at_close ? (struct opening *)g->parts : NULL;
}

static inline int64_t *fired_of(struct group *g)
{
	return g->parts;
}

static inline void *rest_of(const struct correlation *c, struct group *g)
{
	size_t fired = c->state->fired_most * sizeof(int64_t);
	return (char *)g->parts + (c->at_close ? sizeof(struct opening) : fired);
}

static inline struct window *window_of(const struct correlation *c, struct group *g)
{
	return rest_of(c, g);
}

static inline struct seen *seen_of(const struct correlation *c, struct group *g)
{
	return rest_of(c, g);
}

/* --- group.c --- */

/* The group that an event belongs to by some fields: correlations of one rule have them in common.
 */
struct named {
	const int *fields; /* NULL: none was named yet */
	uint32_t count, texts;
	bool there;
	slice key;
	char room[KEY_ROOM];
};

/* The values of a group; texts point into its key, or into `room`. */
struct values {
	struct sigma_value at[GROUP_FIELDS_MOST];
	char room[GROUP_FIELDS_MOST][VALUE_TEXT];
};

struct sigma_value occasion_value(struct sigma *s, const struct occasion *o, int field);
bool group_name(struct sigma *s, const struct correlation *c, const int *fields,
		const struct occasion *o, struct named *to);
void group_values(const struct group *g, struct values *out, uint32_t count);
/* Of the values that a correlation counts; false if one is not there. */
bool value_hash(struct sigma *s, const struct reference *ref, uint32_t count,
		const struct occasion *o, uint64_t *hash);

/* --- correlate.c --- */

struct found {
	uint64_t count;
	int64_t first;
	const struct sigma_token *tokens;
	size_t token_count;
	double value;
};

/* Tells the correlations above, and if it is `due` makes a hit. */
void correlation_fire(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		      const struct found *f, bool due);
bool correlation_fulfils(const struct correlation *c, uint64_t n);
/* The first tokens of a stretch, the last one, and before it that of entry `with`. */
size_t correlation_tokens(const struct pool *p, const struct stretch *x, uint32_t with,
			  struct sigma_token out[SIGMA_EVENTS_MOST]);
/* A pool is full: other groups go until there is room, or none is left. */
void groups_make_room(struct state *st, struct group *g);

/* --- closing.c --- */

void closing_put(struct sigma *s, struct rule *r, struct group *g, const struct occasion *o,
		 uint64_t value, uint32_t index);

#endif
