/*
 * csv.h - fields of one row of comma separated values (RFC 4180), with any one-byte separator.
 *
 *	struct csv row = csv_open(text, ',');
 *	while (csv_next(&row, &field, &arena)) ...
 *
 * A quoted field may hold separators, line ends and doubled quotes; those are halved in `arena`,
 * all else is a slice of the row.  A quote that is never closed ends with the row: `broken`.
 */
#ifndef TOCSIN_CSV_H
#define TOCSIN_CSV_H

#include "arena.h"

struct csv {
	slice rest;
	char separator;
	bool ended, broken;
};

static inline struct csv csv_open(slice row, char separator)
{
	return (struct csv){.rest = row, .separator = separator};
}

bool csv_next(struct csv *c, slice *field, struct arena *a);

/* The separator of a header row: of comma, semicolon and tab the most frequent one outside quotes;
 * 0: it has none. */
char csv_separator(slice header);

#endif
