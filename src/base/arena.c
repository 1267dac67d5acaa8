/* arena.c - chunks that double up to a limit; the first one is kept by a reset. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_FIRST = 4096, CHUNK_MOST = 1 << 20 };

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* head included */
};
enum { HEAD = (sizeof(struct arena_chunk) + 15) & ~15 };

static void *or_die(void *p)
{
	if (!p) {
		fputs("tocsin: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *must_alloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *must_alloc_lines(size_t size)
{
	void *p = or_die(aligned_alloc(LINE_BYTES, size));
	return memset(p, 0, size);
}

void *must_realloc(void *p, size_t size)
{
	return or_die(realloc(p, size ? size : 1));
}

void *list_fit(void *at, size_t *room, size_t least, size_t size)
{
	size_t more = *room ? *room * 2 : 8;
	if (more < least)
		more = least;
	if (more > SIZE_MAX / size)
		or_die(NULL);
	at = must_realloc(at, more * size);
	memset((char *)at + *room * size, 0, (more - *room) * size);
	*room = more;
	return at;
}

void *list_grow(void *at, size_t *room, size_t size)
{
	return list_fit(at, room, 0, size);
}

static void use(struct arena *a, struct arena_chunk *c)
{
	a->chunk = c;
	a->at = (char *)c + HEAD;
	a->end = (char *)c + c->size;
}

void *arena_take_slow(struct arena *a, size_t size)
{
	size_t want = a->chunk ? a->chunk->size * 2 : CHUNK_FIRST;
	if (want > CHUNK_MOST)
		want = CHUNK_MOST;
	if (size > SIZE_MAX - HEAD)
		or_die(NULL);
	if (want < size + HEAD)
		want = size + HEAD;
	struct arena_chunk *c = or_die(malloc(want));
	*c = (struct arena_chunk){a->chunk, want};
	a->total += want;
	use(a, c);
	void *p = a->at;
	a->at += size;
	return memset(p, 0, size);
}

void arena_reset(struct arena *a)
{
	if (!a->chunk)
		return;
	while (a->chunk->older) {
		struct arena_chunk *older = a->chunk->older;
		a->total -= a->chunk->size;
		free(a->chunk);
		a->chunk = older;
	}
	use(a, a->chunk);
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->chunk);
	*a = (struct arena){0};
}

slice arena_copy(struct arena *a, slice s)
{
	if (s.len == 0)
		return (slice){s.at ? "" : NULL, 0};
	char *p = arena_take(a, s.len);
	memcpy(p, s.at, s.len);
	return (slice){p, s.len};
}

char *arena_text(struct arena *a, slice s)
{
	char *p = arena_take(a, s.len + 1);
	if (s.len)
		memcpy(p, s.at, s.len);
	return p;
}

slice arena_format(struct arena *a, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	char *p = arena_take(a, (size_t)(n < 0 ? 0 : n) + 1);
	if (n > 0)
		vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return (slice){p, n < 0 ? 0 : (size_t)n};
}
