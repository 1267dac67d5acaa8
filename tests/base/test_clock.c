/* test_clock.c - days, digits, zones; against the C library where it knows the answer. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof *(t))

static void days_against_the_library(void **state)
{
	static const int years[] = {1600, 1899, 1900, 1969, 1970, 1999, 2000,
				    2024, 2026, 2038, 2100, 2400, 9999};
	for (size_t i = 0; i < ROWS(years); i++)
		for (int day = 0; day < 366; day++) {
			struct tm tm = {.tm_year = years[i] - 1900, .tm_mday = day + 1};
			int64_t second = timegm(&tm); /* sets month and day right */
			int64_t days = clock_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
			assert_int_equal(days * 86400, second);
			struct civil c = clock_to_civil(second * CLOCK_SECOND - 1);
			assert_int_equal(clock_from_civil(&c), second * CLOCK_SECOND - 1);
			assert_true(c.hour == 23 && c.second == 59 && c.usec == 999999);
			c = clock_to_civil(second * CLOCK_SECOND);
			assert_true(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 &&
				    c.day == tm.tm_mday && c.hour == 0 && c.usec == 0);
		}
}

/* want: as clock_format() writes it; NULL: no time. rest: what is left. */
static const struct {
	const char *in, *want, *rest;
	bool zone;
} isos[] = {
    {"2026-03-17T13:05:00Z", "2026-03-17T13:05:00.000Z", "", true},
    {"2026-03-17 13:05:00.123456 x", "2026-03-17T13:05:00.123Z", " x", false},
    {"2026/03/17 13:05:00,5", "2026-03-17T13:05:00.500Z", "", false},
    {"2026-03-17T13:05:00.1234567890123Z", "2026-03-17T13:05:00.123Z", "", true},
    {"2026-03-17T13:05:00+01:00", "2026-03-17T12:05:00.000Z", "", true},
    {"2026-03-17T13:05:00-0530", "2026-03-17T18:35:00.000Z", "", true},
    {"2026-03-17T13:05:00+01 a", "2026-03-17T12:05:00.000Z", " a", true},
    {"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z", "", true},
    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z", "", true},
    {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z", "", true},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z", "", true}, /* a leap second */
    {"2026-03-17T13:05:00.Z", "2026-03-17T13:05:00.000Z", ".Z", false},
    {"2026-03-17T13:05:00+16:00", "2026-03-17T13:05:00.000Z", "+16:00", false},
    {"2026-03-17T13:05:00+01:60", "2026-03-17T13:05:00.000Z", "+01:60", false},
    {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z", "", true},
    {"2026-02-29T00:00:00Z", NULL, "", false},
    {"2100-02-29T00:00:00Z", NULL, "", false},
    {"2026-04-31T00:00:00Z", NULL, "", false},
    {"2026-00-10T00:00:00Z", NULL, "", false},
    {"2026-13-10T00:00:00Z", NULL, "", false},
    {"2026-01-00T00:00:00Z", NULL, "", false},
    {"2026-01-01T24:00:00Z", NULL, "", false},
    {"2026-01-01T00:60:00Z", NULL, "", false},
    {"2026-01-01T00:00:61Z", NULL, "", false},
    {"2026-01-01T00:00", NULL, "", false},
    {"2026-01-01", NULL, "", false},
    {"026-01-01T00:00:00Z", NULL, "", false},
    {"-026-01-01T00:00:00Z", NULL, "", false},
    {"", NULL, "", false},
};

static void iso(void **state)
{
	for (size_t i = 0; i < ROWS(isos); i++) {
		slice s = slice_of(isos[i].in);
		int64_t usec = 0;
		bool zone = false, fine = clock_parse_iso(&s, &usec, &zone);
		char text[CLOCK_TEXT] = "no time";
		if (fine)
			clock_format(usec, text);
		if (fine != (isos[i].want != NULL) ||
		    (fine && (strcmp(text, isos[i].want) != 0 || zone != isos[i].zone)))
			fail_msg("%s: %s, zone %d", isos[i].in, text, zone);
		if (!slice_eq(s, slice_of(fine ? isos[i].rest : isos[i].in)))
			fail_msg("%s: left is %.*s", isos[i].in, (int)s.len, s.at);
	}
}

/* No byte behind the slice is looked at. */
static void iso_cut_short(void **state)
{
	static const char whole[] = "2026-03-17T13:05:00.123+01:00";
	for (size_t n = 0; n < sizeof whole; n++) {
		char *copy = malloc(n ? n : 1);
		memcpy(copy, whole, n);
		slice s = {copy, n};
		int64_t usec;
		bool zone;
		assert_int_equal(clock_parse_iso(&s, &usec, &zone), n >= 19);
		free(copy);
	}
}

static void years_that_do_not_fit(void **state)
{
	char text[CLOCK_TEXT];
	static const int64_t moments[] = {INT64_MIN, INT64_MAX, INT64_MIN + 1, -1, 0};
	for (size_t i = 0; i < ROWS(moments); i++)
		assert_int_equal(clock_format(moments[i], text), 24);
}

static void months(void **state)
{
	assert_int_equal(clock_month(SLICE("Jan")), 1);
	assert_int_equal(clock_month(SLICE("Dec")), 12);
	assert_int_equal(clock_month(SLICE("anF")), 0);
	assert_int_equal(clock_month(SLICE("Mars")), 0);
	assert_int_equal(clock_month(SLICE("Ma")), 0);
	assert_int_equal(clock_month(SLICE("mar")), 0);
}

/* wall: digits on the wall; utc: what they are */
static const struct {
	const char *zone, *wall, *utc;
} walls[] = {
    {"UTC", "2026-03-17T13:05:00Z", "2026-03-17T13:05:00.000Z"},
    {"+01:00", "2026-07-17T13:05:00Z", "2026-07-17T12:05:00.000Z"},
    {"-0330", "2026-07-17T13:05:00Z", "2026-07-17T16:35:00.000Z"},
    {"Europe/Paris", "2026-03-17T13:05:00Z", "2026-03-17T12:05:00.000Z"},
    {"Europe/Paris", "2026-07-17T13:05:00Z", "2026-07-17T11:05:00.000Z"},
    {"Europe/Paris", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59.000Z"},
    {"Europe/Paris", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00.000Z"},
    {"Europe/Paris", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59.000Z"},
    /* the repeated hour: its first reading */
    {"Europe/Paris", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00.000Z"},
    {"Europe/Paris", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00.000Z"},
    {"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00.000Z"},
    {"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00.000Z"},
    {"Asia/Kolkata", "2026-01-01T00:00:00Z", "2025-12-31T18:30:00.000Z"},
    /* New Year in the south, summer time on */
    {"Pacific/Auckland", "2027-01-01T00:00:00Z", "2026-12-31T11:00:00.000Z"},
};

static int64_t usec_of(const char *text)
{
	slice s = slice_of(text);
	int64_t usec = 0;
	bool zone;
	assert_true(clock_parse_iso(&s, &usec, &zone));
	return usec;
}

static void zones(void **state)
{
	for (size_t i = 0; i < ROWS(walls); i++) {
		struct zone *z = zone_open(slice_of(walls[i].zone));
		if (!z)
			fail_msg("no zone %s", walls[i].zone);
		char text[CLOCK_TEXT];
		int64_t wall = usec_of(walls[i].wall), utc = zone_to_utc(z, wall);
		clock_format(utc, text);
		if (strcmp(text, walls[i].utc) != 0)
			fail_msg("%s in %s: %s", walls[i].wall, walls[i].zone, text);
		assert_int_equal(zone_from_utc(z, utc), wall);
		zone_close(&z);
		assert_null(z);
	}
}

static void zones_against_the_library(void **state)
{
	struct zone *z = zone_open(SLICE("Europe/Paris"));
	assert_non_null(z);
	setenv("TZ", "Europe/Paris", 1);
	tzset();
	for (int64_t second = clock_days(1995, 1, 1) * 86400;
	     second < clock_days(2035, 1, 1) * 86400; second += 6 * 3600 + 17 * 60) {
		time_t t = (time_t)second;
		struct tm tm;
		localtime_r(&t, &tm);
		assert_int_equal(zone_from_utc(z, second * CLOCK_SECOND),
				 (second + tm.tm_gmtoff) * CLOCK_SECOND);
	}
	zone_close(&z);
}

static void hour_that_is_left_out(void **state)
{
	struct zone *z = zone_open(SLICE("Europe/Paris"));
	int64_t utc = zone_to_utc(z, usec_of("2026-03-29T02:30:00Z"));
	assert_true(utc >= usec_of("2026-03-29T00:30:00Z") &&
		    utc <= usec_of("2026-03-29T01:30:00Z"));
	zone_close(&z);
}

/* Opening a zone leaves the process's own alone. */
static void own_zone_stays(void **state)
{
	setenv("TZ", "America/New_York", 1);
	struct zone *paris = zone_open(SLICE("Europe/Paris"));
	assert_string_equal(getenv("TZ"), "America/New_York");
	struct zone *own = zone_local();
	assert_int_equal(zone_from_utc(own, 0), -5 * CLOCK_HOUR);
	zone_close(&paris);
	zone_close(&own);
	unsetenv("TZ");
	paris = zone_open(SLICE("Europe/Paris"));
	assert_null(getenv("TZ"));
	zone_close(&paris);
}

static void no_zones(void **state)
{
	static const slice names[] = {SLICE_INIT(""),
				      SLICE_INIT("Europe/Nowhere"),
				      SLICE_INIT("/etc/passwd"),
				      SLICE_INIT("../../../etc/passwd"),
				      SLICE_INIT("Europe/Paris\0"),
				      SLICE_INIT("+1"),
				      SLICE_INIT("+01:00x"),
				      SLICE_INIT("+99:00")};
	for (size_t i = 0; i < ROWS(names); i++)
		if (zone_open(names[i]))
			fail_msg("%.*s is a zone", (int)names[i].len, names[i].at);
	assert_int_equal(zone_to_utc(NULL, 5), 5);
	assert_int_equal(zone_from_utc(NULL, 5), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(days_against_the_library),
	    cmocka_unit_test(iso),
	    cmocka_unit_test(iso_cut_short),
	    cmocka_unit_test(years_that_do_not_fit),
	    cmocka_unit_test(months),
	    cmocka_unit_test(zones),
	    cmocka_unit_test(zones_against_the_library),
	    cmocka_unit_test(hour_that_is_left_out),
	    cmocka_unit_test(own_zone_stays),
	    cmocka_unit_test(no_zones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
