/*
 * clockface.c - the clocks that records begin with, to UTC.
 *
 * RFC 3339 and ISO 8601 (rsyslog's file format of Debian 12; journalctl -o short-iso), the BSD one
 * of RFC 3164 with its variants of a year, TAI64N (djb's multilog), seconds since 1970.
 *
 * Law: a year goes on only when months go back by more than half a year, so that a late line never
 * moves it.
 */
#include "envelope.h"

#include <stdlib.h>
#include <time.h>

enum { HALF_YEAR = 183, LATE_DAYS = 7 };
#define AGAIN_US (5 * CLOCK_MINUTE) /* a clock that goes back by more is set back by a zone */

static int two_digits(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* Most lines are of the day of the line before: its text then needs no arithmetic. */
static void remember(struct format_state *st, slice day, int64_t midnight_us)
{
	memcpy(st->day_text, day.at, day.len);
	st->day_len = (uint8_t)day.len;
	st->day_us = midnight_us;
}

/*
 * Who collected the record stamped it in UTC, at most minutes later: what lies between the two
 * clocks is the zone.  False if that is no whole number of quarters.
 */
static bool shift_by_stamp(const struct format_state *st, int64_t wall_us, int64_t *shift_us)
{
	int64_t quarter = 15 * CLOCK_MINUTE, late = 3 * CLOCK_MINUTE;
	if (st->stamp_us == CLOCK_NONE)
		return false;
	int64_t apart = st->stamp_us - wall_us, half = apart < 0 ? -quarter / 2 : quarter / 2;
	*shift_us = (apart + half) / quarter * quarter;
	return llabs(*shift_us) <= 14 * CLOCK_HOUR && llabs(apart - *shift_us) <= late;
}

/* Of an hour that the clock shows twice, the first reading, unless the file is past it already. */
static int64_t shift_by_zone(struct format_state *st, int64_t wall_us)
{
	int64_t first = zone_to_utc(st->zone, wall_us), second = first + CLOCK_HOUR;
	bool twice = zone_from_utc(st->zone, second) == wall_us;
	st->no_such_time += zone_from_utc(st->zone, first) != wall_us;
	return (twice && st->last_us != CLOCK_NONE && st->last_us - first > AGAIN_US ? second
										     : first) -
	       wall_us;
}

/* Wall clock digits to UTC.  No zone changes but at a quarter of an hour. */
int64_t clock_through_zone(struct format_state *st, int64_t wall_us)
{
	int64_t quarter = wall_us / (15 * CLOCK_MINUTE);
	if (!st->zone)
		return wall_us;
	if (quarter != st->quarter) {
		st->quarter = quarter;
		if (!shift_by_stamp(st, wall_us, &st->quarter_shift_us))
			st->quarter_shift_us = shift_by_zone(st, wall_us);
	}
	return wall_us + st->quarter_shift_us;
}

/* .123456 or ,123 off the front, in microseconds; finer digits are dropped. */
static inline int64_t take_fraction(slice *s)
{
	size_t digits;
	if (s->len < 2 || (s->at[0] != '.' && s->at[0] != ',') || !is_digit(s->at[1]))
		return 0;
	slice t = slice_from(*s, 1);
	if (t.len >= 8) { /* six, as most logs have them */
		uint32_t n = word_number(word_load(t.at), &digits);
		if (digits == 6) {
			*s = slice_from(t, 6);
			return n;
		}
	}
	int64_t n = 0;
	for (int unit = 100000; t.len && is_digit(t.at[0]); t = slice_from(t, 1), unit /= 10)
		n += (t.at[0] - '0') * unit;
	*s = t;
	return n;
}

/* Z, +01:00, +0100 off the front. */
static bool take_zone(slice *s, int64_t *offset_us)
{
	if (s->len && s->at[0] == 'Z') {
		*s = slice_from(*s, 1);
		*offset_us = 0;
		return true;
	}
	if (s->len < 5 || (s->at[0] != '+' && s->at[0] != '-'))
		return false;
	bool colon = s->at[3] == ':' && s->len >= 6;
	int hours = two_digits(s->at + 1), minutes = two_digits(s->at + 3 + colon);
	if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
		return false;
	int64_t offset = hours * CLOCK_HOUR + minutes * CLOCK_MINUTE;
	*offset_us = s->at[0] == '-' ? -offset : offset;
	*s = slice_from(*s, 5 + (size_t)colon);
	return true;
}

/* What journalctl -o short-full and date(1) call a zone; those that name two are read by the
 * input's own (OWN): CST is in America and in China, BST in Britain and in Bangladesh. */
enum { OWN = 1 };
static const struct {
	char name[5];
	int16_t minutes;
} zones[] = {
    {"UTC", 0},    {"GMT", 0},    {"WET", 0},    {"WEST", 60},  {"CET", 60},    {"CEST", 120},
    {"MET", 60},   {"MEST", 120}, {"EET", 120},  {"EEST", 180}, {"MSK", 180},   {"SAST", 120},
    {"EST", -300}, {"EDT", -240}, {"CDT", -300}, {"MST", -420}, {"MDT", -360},  {"PST", -480},
    {"PDT", -420}, {"HST", -600}, {"HKT", 480},  {"JST", 540},  {"KST", 540},   {"AEST", 600},
    {"AEDT", 660}, {"AWST", 480}, {"NZST", 720}, {"NZDT", 780}, {"AKST", -540}, {"AKDT", -480},
    {"WIB", 420},  {"PKT", 300},  {"CST", OWN},  {"IST", OWN},  {"BST", OWN},
};

/* " CET ", " +0100 ", " -03 " off the front, but for its last space; the digits of the clock to
 * UTC.  A host by such a name does not begin so: it stands in small letters. */
static bool take_named_zone(struct format_state *st, slice *s, int64_t wall_us, int64_t *usec)
{
	enum { LONGEST = sizeof "+01:00" - 1 };
	if (s->len < 4 || s->at[0] != ' ' || (s->at[1] >= 'a' && s->at[1] <= 'z'))
		return false;
	slice rest = slice_from(*s, 1);
	size_t n = slice_find(slice_first(rest, LONGEST + 1), ' ');
	slice name = slice_first(rest, n);
	if (n > LONGEST || n == rest.len || n < 3)
		return false;
	*s = slice_from(rest, n);
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (slice_eq(name, slice_of(zones[i].name))) {
			*usec = zones[i].minutes == OWN ? clock_through_zone(st, wall_us)
							: wall_us - zones[i].minutes * CLOCK_MINUTE;
			return true;
		}
	char full[LONGEST] = {name.at[0], name.at[1], name.at[2], '0', '0'};
	slice digits = n == 3 ? (slice){full, 5} : name;
	int64_t offset;
	if (is_digit(name.at[1]) && take_zone(&digits, &offset) && digits.len == 0) {
		*usec = wall_us - offset;
		return true;
	}
	*s = (slice){rest.at - 1, rest.len + 1};
	return false;
}

/* The same into st->offset_us, where the line before had it already. */
static inline bool take_offset(struct format_state *st, slice *s)
{
	enum { WIDTH = sizeof "+01:00" - 1 };
	slice text = slice_first(*s, WIDTH);
	if (text.len == WIDTH && word_same(text.at, st->offset_text, WIDTH)) {
		*s = slice_from(*s, WIDTH);
		return true;
	}
	if (!take_zone(s, &st->offset_us))
		return false;
	size_t taken = (size_t)(s->at - text.at);
	memcpy(st->offset_text, taken == WIDTH ? text.at : "      ", WIDTH);
	return true;
}

/* 2026-03-17T off the front, or with a space or (svlogd) _ behind: midnight as if it were UTC. */
static bool take_iso_day(struct format_state *st, slice *s, int64_t *midnight_us)
{
	enum { DAY = sizeof "2026-03-17T" - 1 };
	if (s->len < DAY || s->at[4] != '-' || s->at[7] != '-' ||
	    (s->at[10] != 'T' && s->at[10] != ' ' && s->at[10] != '_'))
		return false;
	slice day = slice_first(*s, DAY);
	*s = slice_from(*s, DAY);
	if (st->day_len == DAY && word_same(st->day_text, day.at, DAY)) {
		*midnight_us = st->day_us;
		return true;
	}
	int century = two_digits(day.at), year = two_digits(day.at + 2);
	struct civil c = {.month = two_digits(day.at + 5), .day = two_digits(day.at + 8)};
	if (century < 0 || year < 0 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31)
		return false;
	c.year = century * 100 + year;
	*midnight_us = clock_from_civil(&c);
	remember(st, day, *midnight_us);
	return true;
}

/* 2026-03-17T13:05:00[.123456][+01:00], or with a space and then rarely with a zone. */
static bool take_iso(struct format_state *st, slice *s, int64_t *usec)
{
	int64_t midnight, clock;
	slice t = *s;
	if (!take_iso_day(st, &t, &midnight) || (clock = clock_take(&t)) < 0)
		return false;
	int64_t wall = midnight + clock + take_fraction(&t);
	if (take_offset(st, &t))
		*usec = wall - st->offset_us;
	else if (!take_named_zone(st, &t, wall, usec))
		*usec = clock_through_zone(st, wall);
	*s = t;
	return true;
}

/* Tue 2026-03-17 13:05:00 CET, as journalctl -o short-full has it. */
static bool take_full(struct format_state *st, slice *s, int64_t *usec)
{
	slice t = slice_from(*s, sizeof "Tue " - 1);
	if (s->len < sizeof "Tue 2026" || s->at[3] != ' ' || !is_digit(t.at[0]) ||
	    !take_iso(st, &t, usec))
		return false;
	*s = t;
	return true;
}

/* A year of four digits and the space behind it; 0 if there is none. */
static int take_year(slice *s)
{
	if (s->len < 5 || s->at[4] != ' ')
		return 0;
	int century = two_digits(s->at), rest = two_digits(s->at + 2);
	if (century < 19 || century > 22 || rest < 0)
		return 0;
	*s = slice_from(*s, 5);
	return century * 100 + rest;
}

/* [Tue ][2026 ]Mar 17 [2026 ] off the front; c->year is 0 if it bears none. */
static bool take_bsd_day(slice *s, struct civil *c)
{
	slice t = *s;
	*c = (struct civil){0};
	int year = take_year(&t);
	if (t.len < 12)
		return false;
	if (t.at[3] == ' ' && clock_month(slice_first(slice_from(t, 4), 3)))
		t = slice_from(t, 4);
	if (t.at[3] != ' ' || (c->month = clock_month(slice_first(t, 3))) == 0)
		return false;
	t = slice_from(t, 4);
	skip_spaces(&t);
	size_t width = t.len > 1 && is_digit(t.at[1]) ? 2 : 1;
	if (t.len < 3 || !is_digit(t.at[0]) || t.at[width] != ' ')
		return false;
	c->day = width == 2 ? two_digits(t.at) : t.at[0] - '0';
	t = slice_from(t, width + 1);
	c->year = year ? year : take_year(&t);
	*s = t;
	return c->day >= 1 && c->day <= 31;
}

/* asctime(3) has the year behind the clock: " 2026", whose last space stays. */
static int take_year_behind(slice *s)
{
	slice t = slice_from(*s, 1);
	int year = s->len > 5 && s->at[0] == ' ' ? take_year(&t) : 0;
	if (year)
		*s = (slice){t.at - 1, t.len + 1};
	return year;
}

/* The year in which a day lies nearest to a moment. */
static int year_near(const struct civil *c, int64_t usec)
{
	struct civil near = *c;
	near.year = clock_to_civil(usec).year;
	int64_t apart = clock_from_civil(&near) - usec;
	return near.year + (apart < -HALF_YEAR * CLOCK_DAY) - (apart > HALF_YEAR * CLOCK_DAY);
}

static int64_t latest(const struct format_state *st)
{
	if (st->last_us != CLOCK_NONE)
		return st->last_us;
	return st->left_us != CLOCK_NONE ? st->left_us : (int64_t)time(NULL) * CLOCK_SECOND;
}

/* Whether the next year may have begun: not where its records would be later than the input was
 * written to, for then they are in no order. */
static bool goes_on(const struct format_state *st, const struct civil *c)
{
	struct civil next = *c;
	next.year = st->year + 1;
	return st->left_us == CLOCK_NONE || st->last_us > st->left_us + CLOCK_DAY ||
	       clock_from_civil(&next) <= st->left_us + CLOCK_DAY;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The year of a record that bears none: the current one, unless New Year lies between. */
static int year_by_neighbours(struct format_state *st, struct civil *c)
{
	if (st->stamp_us != CLOCK_NONE)
		return year_near(c, st->stamp_us);
	if (st->year == 0)
		st->year = format_first_year(c, latest(st));
	if (st->last_us == CLOCK_NONE)
		return st->year;
	c->year = st->year;
	int64_t ahead = clock_from_civil(c) - st->last_us;
	if (ahead < -HALF_YEAR * CLOCK_DAY)
		return goes_on(st, c) ? ++st->year : st->year;
	/* a line of the old year that was handed in after the first of the new one */
	return ahead > (365 - LATE_DAYS) * CLOCK_DAY ? st->year - 1 : st->year;
}

/* The same; of a day that this year does not have, the last one that has it. */
static int year_of(struct format_state *st, struct civil *c)
{
	int year = year_by_neighbours(st, c);
	if (c->month != 2 || c->day != 29 || is_leap(year))
		return year;
	while (!is_leap(year))
		year--;
	if (st->stamp_us == CLOCK_NONE)
		st->year = year;
	return year;
}

/*
 * Day and clock off the front, where the day is not that of the line before; -1 if they are none.
 */
static int64_t take_new_day(struct format_state *st, slice *s)
{
	struct civil c;
	slice t = *s;
	if (!take_bsd_day(&t, &c))
		return -1;
	slice day = slice_first(*s, (size_t)(t.at - s->at));
	int64_t clock = clock_take(&t);
	if (clock < 0)
		return -1;
	int behind = c.year ? 0 : take_year_behind(&t);
	c.year = behind ? behind : c.year ? c.year : year_of(st, &c);
	st->day_us = clock_from_civil(&c);
	/* where the year follows the clock, the text before it is not all of the day */
	if (!behind && day.len <= sizeof st->day_text)
		remember(st, day, st->day_us);
	*s = t;
	return clock;
}

static bool take_bsd(struct format_state *st, slice *s, int64_t *usec)
{
	slice t = slice_from(*s, clock_day_again(st, *s) ? st->day_len : s->len);
	int64_t clock = clock_take(&t);
	if (clock < 0) {
		t = *s;
		if ((clock = take_new_day(st, &t)) < 0)
			return false;
	}
	int64_t wall = st->day_us + clock + take_fraction(&t);
	if (!take_named_zone(st, &t, wall, usec))
		*usec = clock_through_zone(st, wall);
	*s = t;
	return true;
}

/*
 * @ and 16 digits of seconds in TAI, 8 of nanoseconds (http://cr.yp.to/libtai/tai64.html).  How far
 * TAI is ahead of UTC writers do not agree (multilog adds 10 s whatever the date, s6 a table, some
 * nothing), so the label is taken as it stands: it may be up to 37 s ahead.
 */
static bool take_tai64n(slice *s, int64_t *usec)
{
	uint64_t seconds = 0, nanos = 0;
	if (s->len < 25)
		return false;
	for (int i = 1; i <= 24; i++) {
		char c = s->at[i];
		int d = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (d < 0)
			return false;
		uint64_t *n = i <= 16 ? &seconds : &nanos;
		*n = *n << 4 | (unsigned)d;
	}
	seconds -= UINT64_C(1) << 62;
	if (seconds >= UINT64_C(1) << 40)
		return false;
	*usec = (int64_t)seconds * CLOCK_SECOND + (int64_t)(nanos / 1000);
	*s = slice_from(*s, 25);
	return true;
}

/* 1773752700.123456, as journalctl -o short-unix writes it; or without a fraction. */
static bool take_unix(slice *s, int64_t *usec)
{
	slice t = *s;
	int64_t seconds;
	if (t.len < 18 || (t.at[10] != '.' && t.at[10] != ' ') || !slice_number(&t, &seconds) ||
	    t.at != s->at + 10)
		return false;
	*usec = seconds * CLOCK_SECOND + take_fraction(&t);
	*s = t;
	return true;
}

bool envelope_time(struct format_state *st, slice *s, int64_t *usec)
{
	if (s->len < 14)
		return false;
	if (s->at[0] == '@')
		return take_tai64n(s, usec);
	if (is_digit(s->at[0]))
		return take_iso(st, s, usec) || take_bsd(st, s, usec) || take_unix(s, usec);
	return take_bsd(st, s, usec) || take_full(st, s, usec);
}

bool format_yearless(slice record, struct civil *c)
{
	if (record.len && record.at[0] == '<')
		slice_until(&record, '>');
	slice_eat(&record, "dovecot: ");
	if (!take_bsd_day(&record, c) || c->year)
		return false;
	int64_t clock = clock_take(&record);
	int second = (int)(clock / CLOCK_SECOND);
	c->hour = second / 3600;
	c->minute = second / 60 % 60;
	c->second = second % 60;
	return clock >= 0 && take_year_behind(&record) == 0;
}

int format_first_year(const struct civil *first, int64_t last_us)
{
	struct civil c = *first, last = clock_to_civil(last_us);
	bool leap_day = c.month == 2 && c.day == 29;
	/* a day's grace: the digits may be of a zone ahead of UTC */
	for (c.year = last.year + 1; c.year > last.year - 8; c.year--)
		if (clock_from_civil(&c) <= last_us + CLOCK_DAY && (!leap_day || is_leap(c.year)))
			return c.year;
	return last.year;
}
