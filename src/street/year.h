/* year.h - private to the street: the year of an input whose records bear none. */
#ifndef TOCSIN_STREET_YEAR_H
#define TOCSIN_STREET_YEAR_H

#include "format/format.h"
#include "input/input.h"

/* `first`: the digits of its first record. */
int year_of_first(struct input_set *set, size_t input, const struct civil *first);

#endif
