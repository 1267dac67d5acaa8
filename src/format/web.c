/* web.c - clocks of web servers, and the client behind a proxy. */
#include "web.h"

static int two_digits(const char *p)
{
	unsigned tens = (unsigned)(p[0] - '0'), ones = (unsigned)(p[1] - '0');
	return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -1;
}

/* " +0100", " UTC", a name or nothing; `wall_us` becomes UTC. */
static bool apply_zone(struct format_state *st, slice s, int64_t *wall_us)
{
	if (s.len == 6 && s.at[0] == ' ' && (s.at[1] == '+' || s.at[1] == '-')) {
		int hours = two_digits(s.at + 2), minutes = two_digits(s.at + 4);
		int64_t offset = hours * CLOCK_HOUR + minutes * CLOCK_MINUTE;
		*wall_us -= s.at[1] == '-' ? -offset : offset;
		return hours >= 0 && hours < 16 && minutes >= 0 && minutes < 60;
	}
	if (slice_eq(s, SLICE(" UTC")) || slice_eq(s, SLICE(" GMT")))
		return true;
	if (st && st->zone)
		*wall_us = zone_to_utc(st->zone, *wall_us);
	/* PHP's own log names its zone, " Europe/Paris": that of the host, as a rule */
	return s.len == 0 || slice_eq(s, SLICE(" ")) ||
	       (s.len > 3 && s.at[0] == ' ' && s.at[1] >= 'A' && s.at[1] <= 'Z');
}

/* mm/dd/yyyy, as cPanel writes it in an access line; 0 as the month if it is none. */
static struct civil american_day(slice s)
{
	struct civil c = {0};
	if (s.len < 10 || s.at[2] != '/' || s.at[5] != '/')
		return c;
	int month = two_digits(s.at), day = two_digits(s.at + 3);
	int century = two_digits(s.at + 6), year = two_digits(s.at + 8);
	if (month >= 1 && month <= 12 && day >= 1 && century > 18 && year >= 0)
		c = (struct civil){.year = century * 100 + year, .month = month, .day = day};
	return c;
}

/* dd/Mon/yyyy off the front, days with one digit too: midnight as if it were UTC. */
static bool take_day(struct format_state *st, slice *s, int64_t *midnight_us)
{
	size_t width = s->len > 1 && s->at[1] >= '0' && s->at[1] <= '9' ? 2 : 1;
	struct civil american = american_day(*s);
	if (american.month) {
		*s = slice_from(*s, 10);
		*midnight_us = clock_from_civil(&american);
		return true;
	}
	slice text = slice_first(*s, width + 9);
	*s = slice_from(*s, text.len);
	if (st && st->day_len == text.len && word_same(st->day_text, text.at, text.len)) {
		*midnight_us = st->day_us;
		return true;
	}
	if (text.len < width + 9)
		return false;
	const char *p = text.at + width;
	struct civil c = {
	    .day = width == 2 ? two_digits(text.at) : text.at[0] - '0',
	    .month = clock_month((slice){p + 1, 3}),
	    .year = two_digits(p + 5) * 100 + two_digits(p + 7),
	};
	if (c.day < 1 || c.day > 31 || c.month == 0 || c.year < 1900)
		return false;
	*midnight_us = clock_from_civil(&c);
	if (st) {
		memcpy(st->day_text, text.at, text.len);
		st->day_len = (uint8_t)text.len;
		st->day_us = *midnight_us;
	}
	return true;
}

/* :hh:mm:ss[.123456] off the front, the first separator being any; -1 if it is none. */
static int64_t take_clock(slice *s)
{
	int seconds = s->len < 9 ? -1 : word_clock(word_load(s->at + 1));
	if (seconds < 0)
		return -1;
	int64_t usec = seconds * CLOCK_SECOND;
	*s = slice_from(*s, 9);
	if (slice_eat(s, "."))
		for (int unit = 100000; s->len && s->at[0] >= '0' && s->at[0] <= '9';
		     *s = slice_from(*s, 1), unit /= 10)
			usec += (s->at[0] - '0') * unit;
	return usec;
}

bool web_time(struct format_state *st, slice text, int64_t *usec)
{
	int64_t midnight, clock;
	if (!take_day(st, &text, &midnight) || (clock = take_clock(&text)) < 0)
		return false;
	*usec = midnight + clock;
	return apply_zone(st, text, usec);
}

static int64_t through_zone(const struct format_state *st, int64_t wall_us)
{
	return st && st->zone ? zone_to_utc(st->zone, wall_us) : wall_us;
}

bool web_iso(struct format_state *st, slice text, int64_t *usec)
{
	char copy[40];
	bool zone;
	size_t n = 0;
	slice plain = text; /* the day of the line before needs no arithmetic */
	if (st && text.len > 4 && text.at[4] == '-' && envelope_time(st, &plain, usec) &&
	    plain.len == 0)
		return true;
	for (size_t i = 0; i < text.len && n < sizeof copy; i++) /* a space before the zone */
		if (i < 19 || text.at[i] != ' ')
			copy[n++] = text.at[i] == ',' ? '.' : text.at[i];
	slice s = {copy, n};
	if (text.len > sizeof copy || !clock_parse_iso(&s, usec, &zone) || s.len)
		return false;
	*usec = zone ? *usec : through_zone(st, *usec);
	return true;
}

bool web_digits_day(struct format_state *st, slice *s, char divider, int64_t *usec)
{
	slice t = *s;
	if (t.len < 17 || t.at[2] != divider || t.at[5] != divider)
		return false;
	int first = two_digits(t.at), second = two_digits(t.at + 3), year = two_digits(t.at + 6);
	bool four = t.at[8] != ' ';
	year = four ? year * 100 + two_digits(t.at + 8) : 2000 + year;
	bool day_first = divider != '/' ? second <= 12 : first > 12;
	struct civil c = {
	    .year = year, .month = day_first ? second : first, .day = day_first ? first : second};
	t = slice_from(t, four ? 10 : 8);
	int64_t clock = take_clock(&t);
	if (clock < 0 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || year < 1970)
		return false;
	slice_eat(&t, " AM");
	clock += slice_eat(&t, " PM") && clock < 12 * CLOCK_HOUR ? 12 * CLOCK_HOUR : 0;
	*usec = through_zone(st, clock_from_civil(&c) + clock);
	*s = t;
	return true;
}

slice web_query_value(slice query, slice name)
{
	slice value = {0};
	while (query.len) {
		slice pair = slice_until(&query, '&'), key = slice_until(&pair, '=');
		if (slice_eq_nocase(key, name))
			value = pair;
	}
	return value;
}

bool web_forwarded(slice list, struct address *a)
{
	bool found = false;
	while (list.len) {
		struct address next;
		if (!address_parse(slice_trim(slice_until(&list, ',')), &next))
			continue;
		if (!found || !address_is_private(&next) || address_is_private(a))
			*a = next;
		found = true;
	}
	return found;
}
