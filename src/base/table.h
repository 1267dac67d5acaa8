/*
 * table.h - entries found by a key of bytes, in memory that does not move.
 *
 *	struct table t;
 *	table_init(&t, sizeof(struct account), 0);
 *	struct account *a = table_put(&t, name, &fresh);    zeroed when fresh
 *
 * Open addressing over 32-bit entry numbers; entries lie in chunks, so a pointer to one stays
 * good until it is dropped.  `most` (0: none) bounds the number of entries: when it is reached
 * table_put() sheds an entry that was not touched since a hand last passed it (the CLOCK rule:
 * nearly the one touched longest ago, at the price of one bit), calls `shed` for it first, and
 * counts it in `t->shed_count`.  Keys are copied: short ones in front of the entry's value, longer
 * ones elsewhere; table_init_keyed() says how many bytes are short (24 if nobody says).  Entries
 * whose size, with their key and eight bytes, comes to whole cache lines begin with one.
 */
#ifndef TOCSIN_TABLE_H
#define TOCSIN_TABLE_H

#include "slice.h"

struct table {
	struct table_slot {
		uint32_t hash, entry; /* entry number + 1; 0 is free */
	} * slots;
	size_t slot_count, found; /* found: the slot asked for last */
	uint64_t seed;
	char **chunks;     /* of entries, each with its head */
	size_t entry_size; /* key and head included */
	uint32_t key_room;
	uint32_t used; /* entry numbers handed out */
	uint32_t len;  /* entries alive */
	uint32_t most;
	uint32_t hand;       /* the next entry that shedding looks at */
	uint32_t free_entry; /* list of dropped entries, +1 */
	uint64_t shed_count;
	void (*shed)(void *ctx, void *entry);
	void *shed_ctx;
	size_t bytes; /* of memory held */
};

void table_init(struct table *t, size_t value_size, uint32_t most);
void table_init_keyed(struct table *t, size_t key_room, size_t value_size, uint32_t most);
void table_free(struct table *t);
void *table_get(struct table *t, slice key); /* NULL if there is none; a touch */
/* Never NULL; `fresh` may be NULL.  A table without table_init() ends the process with a message.
 */
void *table_put(struct table *t, slice key, bool *fresh);
void table_drop(struct table *t, void *entry);
bool table_remove(struct table *t, slice key); /* false if there is none */
void *table_stalest(struct table *t);          /* what would be shed next; NULL: empty */
void table_touch(void *entry);                 /* found by other ways than its key */
slice table_key(const void *entry);
uint32_t table_number(const void *entry);               /* small, stable, from 0 */
void *table_at(const struct table *t, uint32_t number); /* NULL if dropped */
/* It is asked for soon: its memory is fetched meanwhile. */
void table_hint(const struct table *t, uint32_t number);
/* All entries: for (void *e = NULL; (e = table_next(t, e));) */
void *table_next(const struct table *t, void *entry);
const void *table_peek(const struct table *t, slice key); /* table_get(), and no touch */
/* The same in every run, for what is kept; and one for the time of a run, quicker. */
uint64_t hash_bytes(const void *p, size_t len);
uint64_t hash_quick(slice s, uint64_t seed);

#endif
