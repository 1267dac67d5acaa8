/*
 * arena.h - memory that goes away together.
 *
 *	struct arena a = {0};
 *	char *p = arena_take(&a, 100);            aligned for anything, zeroed
 *	slice kept = arena_copy(&a, s);
 *	arena_reset(&a);                          all of it is gone, the first chunk stays for reuse
 *	arena_free(&a);
 *
 * Out of memory ends the process with a message: a tool that half remembers is worse than one
 * that stops.  Nothing in an arena is freed alone.
 */
#ifndef TOCSIN_ARENA_H
#define TOCSIN_ARENA_H

#include "slice.h"

struct arena {
	struct arena_chunk *chunk; /* newest first */
	char *at, *end;            /* room left in it */
	size_t total;              /* bytes of all chunks */
};

void *arena_take_slow(struct arena *a, size_t size);
void arena_reset(struct arena *a);
void arena_free(struct arena *a);
slice arena_copy(struct arena *a, slice s);
char *arena_text(struct arena *a, slice s); /* the same with a NUL behind it */
slice arena_format(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* `size` bytes, zeroed, aligned to 16; never NULL, not even of none. */
static inline void *arena_take(struct arena *a, size_t size)
{
	size = (size + !size + 15) & ~(size_t)15;
	if (size > (size_t)(a->end - a->at))
		return arena_take_slow(a, size);
	void *p = a->at;
	a->at += size;
	return memset(p, 0, size);
}

#define arena_new(a, type) ((type *)arena_take((a), sizeof(type)))

/* A growing array of `type` kept outside arenas: {type *at; size_t len, room}; see list_add(). */
#define LIST(type)                                                                                 \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t len, room;                                                                  \
	}
void *list_grow(void *at, size_t *room, size_t size);
void *list_fit(void *at, size_t *room, size_t least, size_t size);
/* A pointer to a new, zeroed last element. */
#define list_add(l)                                                                                \
	((l)->len == (l)->room                                                                     \
	     ? ((l)->at = list_grow((l)->at, &(l)->room, sizeof *(l)->at), &(l)->at[(l)->len++])   \
	     : &(l)->at[(l)->len++])
/* Room for so many more. */
#define list_need(l, more)                                                                         \
	do {                                                                                       \
		if ((l)->room - (l)->len < (more))                                                 \
			(l)->at =                                                                  \
			    list_fit((l)->at, &(l)->room, (l)->len + (more), sizeof *(l)->at);     \
	} while (0)
#define list_free(l) (free((l)->at), (l)->at = NULL, (l)->len = (l)->room = 0)

void *must_alloc(size_t size); /* zeroed; never NULL */
/* The same, from the beginning of a cache line on; `size` is so many whole ones. */
enum { LINE_BYTES = 64 };
void *must_alloc_lines(size_t size);
void *must_realloc(void *p, size_t size);

#endif
