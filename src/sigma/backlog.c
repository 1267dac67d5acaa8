/*
 * backlog.c - events of correlations that are decided when their time is over: they lose nothing if
 * late events are put in their place first.  A heap: the earliest is the next; of one time, as they
 * came.
 */
#include "internal.h"

#include <stdlib.h>

static bool is_before(const struct waiter *a, const struct waiter *b)
{
	return a->time != b->time       ? a->time < b->time
	       : a->number != b->number ? a->number < b->number
					: a->index < b->index;
}

void backlog_put(struct backlog *w, const struct waiter *x)
{
	if (w->len == w->room)
		w->at = list_grow(w->at, &w->room, sizeof *w->at);
	size_t i = w->len++;
	for (; i && is_before(x, &w->at[(i - 1) / 2]); i = (i - 1) / 2)
		w->at[i] = w->at[(i - 1) / 2];
	w->at[i] = *x;
}

struct waiter backlog_take(struct backlog *w)
{
	struct waiter taken = w->at[0], last = w->at[--w->len];
	size_t i = 0;
	for (size_t kid; (kid = 2 * i + 1) < w->len; i = kid) {
		kid += kid + 1 < w->len && is_before(&w->at[kid + 1], &w->at[kid]);
		if (!is_before(&w->at[kid], &last))
			break;
		w->at[i] = w->at[kid];
	}
	w->at[i] = last;
	return taken;
}
