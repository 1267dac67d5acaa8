/* heap.c - the events that wait for their moment. */
#include "gen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *what, ...)
{
	va_list ap;
	va_start(ap, what);
	fputs("gen: ", stderr);
	vfprintf(stderr, what, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

struct waiting {
	u64 t;
	u32 i;
};

static struct event *pool;
static u32 pool_size, *free_list, n_free;
static struct waiting *heap;
static u32 n_heap, peak_heap;

static void grow(void)
{
	u32 old = pool_size;
	pool_size = old ? old * 2 : 4096;
	pool = realloc(pool, pool_size * sizeof *pool);
	heap = realloc(heap, pool_size * sizeof *heap);
	free_list = realloc(free_list, pool_size * sizeof *free_list);
	if (!pool || !heap || !free_list)
		die("out of memory");
	for (u32 i = pool_size; i-- > old;)
		free_list[n_free++] = i;
}

void later(u64 t, struct event e)
{
	if (!n_free)
		grow();
	u32 i = free_list[--n_free], at = n_heap++;
	pool[i] = e;
	while (at && heap[(at - 1) / 4].t > t) {
		heap[at] = heap[(at - 1) / 4];
		at = (at - 1) / 4;
	}
	heap[at] = (struct waiting){t, i};
	if (n_heap > peak_heap)
		peak_heap = n_heap;
}

u64 next_time(void)
{
	return n_heap ? heap[0].t : NEVER;
}

u32 most_waiting(void)
{
	return peak_heap;
}

u64 next_event(struct event *e)
{
	struct waiting top = heap[0], last = heap[--n_heap];
	u32 at = 0;
	for (;;) {
		u32 child = at * 4 + 1, best = child;
		if (child >= n_heap)
			break;
		for (u32 c = child + 1; c < child + 4 && c < n_heap; c++)
			if (heap[c].t < heap[best].t)
				best = c;
		if (heap[best].t >= last.t)
			break;
		heap[at] = heap[best];
		at = best;
	}
	heap[at] = last;
	*e = pool[top.i];
	free_list[n_free++] = top.i;
	return top.t;
}
