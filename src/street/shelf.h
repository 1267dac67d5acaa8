/*
 * shelf.h - for the files of this room alone: records that are not in order of time, put in order.
 *
 * Exports of a tenant's audit log come newest first, or in no order: what is told by habits and
 * sequences needs them oldest first.  Such an input is read whole into memory, up to SHELF_MOST.
 */
#ifndef TOCSIN_STREET_SHELF_H
#define TOCSIN_STREET_SHELF_H

#include "format/format.h"
#include "input/input.h"

#define SHELF_MOST (UINT64_C(512) << 20) /* bytes of records */

enum shelf_need {
	SHELF_NOT, /* the records stand in order, give or take ten minutes */
	SHELF_WANTED,
	SHELF_TOO_LARGE,
};
/* Reads the input to its end; `*earliest_us`: of all records (CLOCK_NONE: none has a time). */
enum shelf_need shelf_need(struct input_reader *r, struct format_state *st, int64_t *earliest_us);

struct shelf;
/* All records of `r`, by time; those without one stay behind the one before them. */
struct shelf *shelf_fill(struct input_reader *r, struct format_state *st);
bool shelf_next(struct shelf *s, struct record *record);
void shelf_free(struct shelf **s);

#endif
