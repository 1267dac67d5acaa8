/*
 * clock.c - days and digits.  Civil time by Howard Hinnant's day-count method
 * (http://howardhinnant.github.io/date_algorithms.html); zones by the C library's own data.
 */
#include "clock.h"
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

int64_t clock_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t clock_from_civil(const struct civil *c)
{
	int64_t seconds = clock_days(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
			  c->minute * 60 + c->second;
	return seconds * CLOCK_SECOND + c->usec;
}

int64_t clock_of(struct timespec t)
{
	const int64_t first = INT64_C(-62135596800), last = INT64_C(253402300799);
	return t.tv_sec >= first && t.tv_sec <= last ? t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000
						     : CLOCK_NONE;
}

int64_t clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return clock_of(t);
}

struct civil clock_to_civil(int64_t usec)
{
	int64_t days = usec / CLOCK_DAY, rest = usec % CLOCK_DAY;
	if (rest < 0) {
		days--;
		rest += CLOCK_DAY;
	}
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
	int month = (int)(m < 10 ? m + 3 : m - 9), second = (int)(rest / CLOCK_SECOND);
	return (struct civil){.year = (int)(y + era * 400) + (month <= 2),
			      .month = month,
			      .day = (int)(of_year - (153 * m + 2) / 5) + 1,
			      .hour = second / 3600,
			      .minute = second / 60 % 60,
			      .second = second % 60,
			      .usec = (int)(rest % CLOCK_SECOND)};
}

static char *put_two(char *p, int value, char behind)
{
	p[0] = (char)('0' + value / 10);
	p[1] = (char)('0' + value % 10);
	p[2] = behind;
	return p + 3;
}

size_t clock_format(int64_t usec, char out[CLOCK_TEXT])
{
	struct civil c = clock_to_civil(usec);
	int year = c.year < 0 || c.year > 9999 ? 9999 : c.year, ms = c.usec / 1000;
	char *p = out;
	p = put_two(p, year / 100, '\0') - 1;
	p = put_two(p, year % 100, '-');
	p = put_two(p, c.month, '-');
	p = put_two(p, c.day, 'T');
	p = put_two(p, c.hour, ':');
	p = put_two(p, c.minute, ':');
	p = put_two(p, c.second, '.');
	*p++ = (char)('0' + ms / 100);
	p = put_two(p, ms % 100, 'Z');
	*p = '\0';
	return (size_t)(p - out);
}

/* `width` digits off the front; -1 if they are not there. */
static int eat_digits(slice *s, size_t width)
{
	int n = 0;
	if (s->len < width)
		return -1;
	for (size_t i = 0; i < width; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return -1;
		n = n * 10 + (s->at[i] - '0');
	}
	*s = slice_from(*s, width);
	return n;
}

static bool is_either(char c, char a, char b)
{
	return c == a || c == b;
}

static int eat_fraction(slice *s)
{
	int usec = 0, scale = 100000;
	if (s->len < 2 || !is_either(s->at[0], '.', ',') || s->at[1] < '0' || s->at[1] > '9')
		return 0;
	for (*s = slice_from(*s, 1); s->len && s->at[0] >= '0' && s->at[0] <= '9';
	     *s = slice_from(*s, 1), scale /= 10)
		usec += (s->at[0] - '0') * scale;
	return usec;
}

/* Z, +01:00, +0100 or +01 off the front. */
static bool eat_zone(slice *s, int64_t *offset_us)
{
	slice t = *s;
	if (t.len && is_either(t.at[0], 'Z', 'z')) {
		*s = slice_from(t, 1);
		*offset_us = 0;
		return true;
	}
	if (t.len < 3 || !is_either(t.at[0], '+', '-'))
		return false;
	int sign = t.at[0] == '-' ? -1 : 1;
	t = slice_from(t, 1);
	int hours = eat_digits(&t, 2);
	slice after_hours = t;
	slice_eat(&t, ":");
	int minutes = eat_digits(&t, 2);
	if (hours < 0 || hours > 15 || minutes > 59)
		return false;
	*s = minutes < 0 ? after_hours : t;
	*offset_us = sign * (hours * CLOCK_HOUR + (minutes < 0 ? 0 : minutes) * CLOCK_MINUTE);
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static int two_digits(const char *p)
{
	unsigned tens = (unsigned char)p[0] - '0', ones = (unsigned char)p[1] - '0';
	return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -1;
}

/* 2026-03-17T, also with slashes, a small t or a space. */
static bool read_day(const char *p, struct civil *c)
{
	int century = two_digits(p), year = two_digits(p + 2);
	*c = (struct civil){.month = two_digits(p + 5), .day = two_digits(p + 8)};
	if (century < 0 || year < 0 || c->month < 1 || c->month > 12 || c->day < 1 ||
	    !is_either(p[4], '-', '/') || !is_either(p[7], '-', '/') ||
	    !(is_either(p[10], 'T', 't') || p[10] == ' '))
		return false;
	c->year = century * 100 + year;
	return c->day <= days_in(c->year, c->month);
}

bool clock_parse_iso(slice *s, int64_t *usec, bool *has_zone)
{
	enum { DAY = sizeof "2026-03-17T" - 1, CLOCK = sizeof "13:05:00" - 1 };
	struct civil c;
	if (s->len < DAY + CLOCK || !read_day(s->at, &c))
		return false;
	c.second = word_clock(word_load(s->at + DAY)); /* of the day */
	if (c.second < 0)
		return false;
	slice t = slice_from(*s, DAY + CLOCK);
	c.usec = eat_fraction(&t);
	int64_t offset = 0;
	*has_zone = eat_zone(&t, &offset);
	*usec = clock_from_civil(&c) - offset;
	*s = t;
	return true;
}

int clock_month(slice name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	if (name.len != 3)
		return 0;
	for (int i = 0; i < 12; i++)
		if (memcmp(names + 3 * i, name.at, 3) == 0)
			return i + 1;
	return 0;
}

/*
 * The C library knows one zone at a time, the process's own; a zone here is a list of the moments
 * at which its offset changed, read once.
 */
enum { ZONE_FROM = 1970, ZONE_TO = 2100 };
struct zone {
	size_t len;
	struct {
		int64_t from_us, offset_us;
	} at[4 * (ZONE_TO - ZONE_FROM)];
};

static int64_t local_offset(int64_t second)
{
	time_t t = (time_t)second;
	struct tm tm;
	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

static void zone_add(struct zone *z, int64_t second, int64_t offset)
{
	if (z->len < sizeof z->at / sizeof *z->at) {
		z->at[z->len].from_us = second * CLOCK_SECOND;
		z->at[z->len++].offset_us = offset * CLOCK_SECOND;
	}
}

static struct zone *read_zone(void)
{
	struct zone *z = must_alloc(sizeof *z);
	int64_t step = 7 * 86400, end = clock_days(ZONE_TO, 1, 1) * 86400;
	int64_t last = local_offset(0);
	zone_add(z, INT64_MIN / CLOCK_SECOND, last);
	for (int64_t low = 0; low < end; low += step) {
		int64_t high = low + step, offset = local_offset(high);
		if (offset == last)
			continue;
		for (int64_t a = low, b = high;;) {
			if (b - a <= 1) {
				zone_add(z, b, offset);
				break;
			}
			int64_t middle = a + (b - a) / 2;
			*(local_offset(middle) == last ? &a : &b) = middle;
		}
		last = offset;
	}
	return z;
}

static struct zone *fixed_zone(int64_t offset_us)
{
	struct zone *z = must_alloc(sizeof *z);
	z->len = 1;
	z->at[0].from_us = INT64_MIN;
	z->at[0].offset_us = offset_us;
	return z;
}

static bool zone_exists(const char *name)
{
	char path[256];
	struct stat there;
	if (name[0] == '/' || strstr(name, ".."))
		return false;
	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
	return stat(path, &there) == 0;
}

/* As localtime_r(3) has it under TZ=text. */
static struct zone *zone_of_text(const char *text)
{
	const char *env = getenv("TZ");
	char *before = env ? strdup(env) : NULL;
	setenv("TZ", text, 1);
	tzset();
	struct zone *z = read_zone();
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
	return z;
}

struct zone *zone_open(slice name)
{
	int64_t offset;
	slice rest = name;
	char text[128];
	if (slice_eq(name, SLICE("UTC")))
		return fixed_zone(0);
	if (eat_zone(&rest, &offset) && rest.len == 0)
		return fixed_zone(offset);
	if (name.len == 0 || name.len >= sizeof text || memchr(name.at, '\0', name.len))
		return NULL;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	if (!zone_exists(text))
		return NULL;
	return zone_of_text(text);
}

/* A name of three letters or <+0330>, an offset, and only bytes of tzset(3)'s rules behind it: what
 * the library cannot read it takes for UTC. */
static bool is_rule(slice rule)
{
	size_t n = 0;
	if (rule.len && rule.at[0] == '<')
		n = slice_find(rule, '>') + 1;
	else
		while (n < rule.len && ((rule.at[n] | 32) >= 'a' && (rule.at[n] | 32) <= 'z'))
			n++;
	if (n < 3 || n >= rule.len || !strchr("+-0123456789", rule.at[n]))
		return false;
	for (size_t i = n; i < rule.len; i++) {
		char c = rule.at[i], low = c | 32;
		if (!(low >= 'a' && low <= 'z') && !(c && strchr("+-<>,./:0123456789", c)))
			return false;
	}
	return slice_search(rule, SLICE("..")) == SIZE_MAX;
}

struct zone *zone_of_rule(slice rule)
{
	char text[80];
	if (rule.len < 4 || rule.len >= sizeof text || !is_rule(rule))
		return NULL;
	memcpy(text, rule.at, rule.len);
	text[rule.len] = '\0';
	return zone_of_text(text);
}

struct zone *zone_local(void)
{
	tzset();
	return read_zone();
}

static int64_t offset_at(const struct zone *z, int64_t usec)
{
	size_t low = 0, high = z->len;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		*(z->at[middle].from_us <= usec ? &low : &high) = middle;
	}
	return z->at[low].offset_us;
}

int64_t zone_from_utc(struct zone *z, int64_t usec)
{
	return z ? usec + offset_at(z, usec) : usec;
}

int64_t zone_to_utc(struct zone *z, int64_t wall_us)
{
	if (!z)
		return wall_us;
	int64_t early = wall_us - offset_at(z, wall_us - CLOCK_DAY);
	int64_t late = wall_us - offset_at(z, wall_us + CLOCK_DAY);
	return zone_from_utc(z, late) == wall_us && zone_from_utc(z, early) != wall_us ? late
										       : early;
}

void zone_close(struct zone **z)
{
	free(*z);
	*z = NULL;
}
