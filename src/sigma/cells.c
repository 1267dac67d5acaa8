/*
 * cells.c - rows of one size, by number: what windows and sequences of a correlation are made of.
 * A cell that was given back is the next one taken; it may lie elsewhere once another was taken.
 */
#include "internal.h"

#include <stdlib.h>

/* Not zeroed: what was never taken is no memory yet. */
static void more_cells(struct cells *c)
{
	c->room += c->room < 4 ? 4 : c->room / 2;
	c->at = must_realloc(c->at, c->room * c->size);
}

uint32_t cell_new(struct cells *c)
{
	uint32_t n = c->free;
	c->used++;
	if (n) {
		memcpy(&c->free, cell_at(c, n), sizeof c->free);
	} else {
		if (c->len == c->room)
			more_cells(c);
		n = (uint32_t)++c->len;
	}
	memset(cell_at(c, n), 0, c->size);
	return n;
}

void cell_drop(struct cells *c, uint32_t n)
{
	memcpy(cell_at(c, n), &c->free, sizeof c->free);
	c->free = n;
	c->used--;
}

void cells_free(struct cells *c)
{
	free(c->at);
	c->at = NULL;
	c->len = c->room = 0;
	c->free = c->used = 0;
}
