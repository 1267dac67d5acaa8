/*
 * year.c - the year in which an input begins whose records bear none.
 *
 *	Nov 10 ... Dec 31 ... Jan  1 ... Nov 20, last written to on Nov 20, 2026: begins in 2025
 *
 * Its beginning, its end and places in between tell how often New Year passed, and whether a 29th
 * of February lies in it, which three years of four do not have.
 *
 * Law: its last record is not later than it was written to, but for a day's grace: the digits may
 * be of a zone ahead of UTC.
 */
#include "year.h"

enum {
	PLACES = 24,
	RECORDS = 8,     /* looked at in each place, for some have no clock */
	HALVINGS = 24,   /* to find the 29th of February between two places */
	TAIL = 1 << 13,  /* holds the last record */
	WHOLE = 1 << 18, /* so little is read from end to end */
	YEARS_BACK = 8,
	MONTH = 31, /* in the calendar of place() */
	LEAP_DAY = 2 * MONTH + 29,
	HALF_YEAR = 6 * MONTH
};

/* What was met so far, from the beginning on. */
struct years {
	struct civil last;
	int passed;  /* New Years */
	int leap_at; /* how many had passed on a 29th of February; -1: there was none */
};

struct spot {
	struct civil digits;
	uint64_t offset; /* of its record */
	bool dated;
};

/* Days in a calendar whose months all have 31. */
static int place(const struct civil *c)
{
	return c->month * MONTH + c->day;
}

static void meet(struct years *y, const struct civil *digits)
{
	int ahead = place(digits) - place(&y->last);
	if (ahead > HALF_YEAR) /* a late line of the old year */
		return;
	y->passed += ahead < -HALF_YEAR;
	if (place(digits) == LEAP_DAY)
		y->leap_at = y->passed;
	y->last = *digits;
}

/* The first record without a year behind an offset; the one that the offset cuts is none. */
static struct spot look(struct input_reader *r, uint64_t offset)
{
	struct spot s = {.offset = offset};
	struct record record;
	input_seek(r, offset, 0);
	for (int i = 0; i < RECORDS && !s.dated && input_next(r, &record); i++) {
		s.offset = record.offset;
		s.dated = i && format_yearless(record.text, &s.digits);
	}
	return s;
}

/* Whether a 29th of February lies between two places of one year. */
static bool holds_leap_day(struct input_reader *r, struct spot from, struct spot to)
{
	for (int i = 0; i < HALVINGS && place(&from.digits) < LEAP_DAY &&
			place(&to.digits) > LEAP_DAY && to.offset > from.offset + 1;
	     i++) {
		struct spot middle = look(r, from.offset + (to.offset - from.offset) / 2);
		if (!middle.dated || middle.offset >= to.offset)
			to.offset = from.offset + (to.offset - from.offset) / 2;
		else
			*(place(&middle.digits) < LEAP_DAY ? &from : &to) = middle;
	}
	return place(&from.digits) == LEAP_DAY || place(&to.digits) == LEAP_DAY;
}

static void read_on(struct input_reader *r, struct years *y)
{
	struct record record;
	struct civil digits;
	while (input_next(r, &record))
		if (format_yearless(record.text, &digits))
			meet(y, &digits);
}

static void look_around(struct input_reader *r, uint64_t bytes, struct years *y)
{
	struct spot before = {y->last, 0, true};
	for (uint64_t i = 1; i < PLACES; i++) {
		struct spot s = look(r, bytes / PLACES * i);
		int passed = y->passed;
		if (!s.dated || s.offset <= before.offset)
			continue;
		meet(y, &s.digits);
		if (y->passed == passed && holds_leap_day(r, before, s))
			y->leap_at = passed;
		before = s;
	}
	input_seek(r, bytes - TAIL, 0);
	if (input_next(r, &(struct record){0})) /* cut by the offset */
		read_on(r, y);
}

static bool has_leap_day(int year)
{
	const struct civil day = {.year = year, .month = 2, .day = 29};
	return clock_to_civil(clock_from_civil(&day)).day == 29;
}

/* The latest year that the end and a leap day allow; of an end alone, if both allow none. */
static int year_that_fits(const struct years *y, int64_t last_us)
{
	int latest = clock_to_civil(last_us).year + 1, fallback = 0;
	for (int year = latest; year > latest - YEARS_BACK - 1; year--) {
		struct civil end = y->last;
		end.year = year;
		if (clock_from_civil(&end) > last_us + CLOCK_DAY)
			continue;
		if (y->leap_at < 0 || has_leap_day(year - y->passed + y->leap_at))
			return year - y->passed;
		fallback = fallback ? fallback : year - y->passed;
	}
	return fallback ? fallback : latest - 1 - y->passed;
}

int year_of_first(struct input_set *set, size_t input, const struct civil *first)
{
	const struct input_info *info = input_info(set, input);
	struct years y = {.last = *first, .leap_at = place(first) == LEAP_DAY ? 0 : -1};
	int64_t bytes = info->bytes;
	if (info->mtime_us == CLOCK_NONE || bytes <= 0 || (info->compressed && bytes > WHOLE))
		return format_first_year(first, info->mtime_us);
	struct input_reader *r = input_read(set, input, false);
	if (bytes <= WHOLE)
		read_on(r, &y);
	else
		look_around(r, (uint64_t)bytes, &y);
	input_close(&r);
	return year_that_fits(&y, info->mtime_us);
}
