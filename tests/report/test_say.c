/* test_say.c - numbers, times, names, widths and the axis, row by row. */
#include "printed.h"
#include "report/plot.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

/* What was said, its hard blanks as plain ones. */
static const char *said(struct out *o)
{
	size_t kept = 0;
	for (size_t i = 0; i < o->len; i++) {
		bool hard = i + 1 < o->len && memcmp(o->at + i, NBSP, 2) == 0;
		o->at[kept++] = hard ? ' ' : o->at[i];
		i += hard;
	}
	o->len = kept;
	out_char(o, '\0');
	o->len = 0;
	return o->at;
}

static int64_t at(const char *iso)
{
	slice s = slice_of(iso);
	int64_t usec = CLOCK_NONE;
	bool zone;
	assert_true(clock_parse_iso(&s, &usec, &zone));
	return usec;
}

static void test_numbers(void **state)
{
	static const struct {
		int64_t n;
		const char *bytes, *count, *exact;
	} rows[] = {
	    {0, "0 B", "0", "0"},
	    {999, "999 B", "999", "999"},
	    {1000, "1.0 KB", "1,000", "1,000"},
	    {9949, "9.9 KB", "9,949", "9,949"},
	    {9999, "10 KB", "9,999", "9,999"},
	    {118034, "118 KB", "118,034", "118,034"},
	    {999499, "999 KB", "999,499", "999,499"},
	    {999999, "1.0 MB", "999,999", "999,999"},
	    {41234567, "41 MB", "41.2 million", "41,234,567"},
	    {999960000, "1.0 GB", "1.0 billion", "999,960,000"},
	    {INT64_MAX, "9.2 EB", "9223372036.9 billion", "9,223,372,036,854,775,807"},
	};
	struct out o = {.fd = -1};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		say_bytes(&o, rows[i].n);
		assert_string_equal(said(&o), rows[i].bytes);
		say_count(&o, (uint64_t)rows[i].n);
		assert_string_equal(said(&o), rows[i].count);
		say_exact(&o, (uint64_t)rows[i].n);
		assert_string_equal(said(&o), rows[i].exact);
	}
	out_close(&o);
}

static void test_share(void **state)
{
	static const struct {
		uint64_t part, whole;
		const char *want;
	} rows[] = {
	    {0, 0, "100 %"},
	    {5, 5, "100 %"},
	    {99999, 100000, "99.99 %"},
	    {0, 7, "0 %"},
	    {9999999, 10000000, "99.99 %"},
	    {1, 3, "33.33 %"},
	    {UINT64_MAX - 1, UINT64_MAX, "99.99 %"},
	};
	struct out o = {.fd = -1};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		say_share(&o, rows[i].part, rows[i].whole);
		assert_string_equal(said(&o), rows[i].want);
	}
	out_close(&o);
}

static void test_seconds(void **state)
{
	static const struct {
		double s;
		const char *want;
	} rows[] = {{0.04, "less than 0.1 s"},
		    {0.1, "0.1 s"},
		    {0.44, "0.4 s"},
		    {9.97, "10 s"},
		    {21.3, "21 s"},
		    {119, "119 s"},
		    {125, "2 min 05 s"},
		    {3600, "60 min 00 s"}};
	struct out o = {.fd = -1};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		say_seconds(&o, rows[i].s);
		assert_string_equal(said(&o), rows[i].want);
	}
	out_close(&o);
}

/* The zone changes on 29 March 2026: then every time bears its offset. */
static void test_spans(void **state)
{
	static const struct {
		const char *name, *first, *last, *want;
	} rows[] = {
	    {"one day", "2026-03-17T12:05:00Z", "2026-03-17T12:10:45Z",
	     "17 Mar 13:05:00 to 13:10:45"},
	    {"two days here, one in UTC", "2026-03-17T22:59:59Z", "2026-03-17T23:00:00Z",
	     "17 Mar 23:59:59 to 18 Mar 00:00:00"},
	    {"a moment", "2026-03-17T12:05:00Z", "2026-03-17T12:05:00Z", "17 Mar 13:05:00"},
	    {"less than a second", "2026-03-17T12:05:00.100Z", "2026-03-17T12:05:00.900Z",
	     "17 Mar 13:05:00"},
	    {"two years", "2025-12-31T22:00:00Z", "2026-01-01T00:00:00Z",
	     "31 Dec 2025 23:00:00 to 1 Jan 2026 01:00:00"},
	    {"clocks go forward", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z",
	     "29 Mar 01:59:59+01:00 to 03:00:00+02:00"},
	    {"a year, with both changes", "2026-01-01T12:00:00Z", "2026-12-30T12:00:00Z",
	     "1 Jan 13:00:00+01:00 to 30 Dec 13:00:00+01:00"},
	};
	struct out o = {.fd = -1};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct report r = {0};
		*list_add(&r.inputs) =
		    (struct input_row){.first_us = at(rows[i].first), .last_us = at(rows[i].last)};
		struct zone *zone = zone_open(SLICE("Europe/Paris"));
		struct when w = when_of(&r, zone);
		say_span(&o, &w, at(rows[i].first), at(rows[i].last));
		assert_string_equal(said(&o), rows[i].want);
		zone_close(&zone);
		list_free(&r.inputs);
	}
	out_close(&o);
}

static void test_half_spans(void **state)
{
	struct when w = {.first_us = CLOCK_NONE, .last_us = CLOCK_NONE};
	struct out o = {.fd = -1};
	say_span(&o, &w, CLOCK_NONE, CLOCK_NONE);
	assert_string_equal(said(&o), "");
	say_span(&o, &w, CLOCK_NONE, at("2026-03-17T12:05:00Z"));
	assert_string_equal(said(&o), "until 17 Mar 12:05:00");
	say_span(&o, &w, at("2026-03-17T12:05:00Z"), CLOCK_NONE);
	assert_string_equal(said(&o), "17 Mar 12:05:00");
	out_close(&o);
}

static void test_techniques(void **state)
{
	static const struct {
		const char *tag, *want;
	} rows[] = {
	    {"attack.t1110.003", "T1110.003"},
	    {"attack.T1078", "T1078"},
	    {"ATTACK.t1078", "T1078"},
	    {"attack.initial-access", NULL},
	    {"attack.t111", NULL},
	    {"attack.t11100", NULL},
	    {"attack.t1110.03", NULL},
	    {"attack.t1110.0003", NULL},
	    {"attack.t1110.", NULL},
	    {"attack.t1110-003", NULL},
	    {"attack.t<b>1", NULL},
	    {"cve.2025.1234", NULL},
	    {"attack.g0007", NULL},
	    {"", NULL},
	    {"attack.t", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[TECHNIQUE_TEXT] = "";
		bool found = technique(rows[i].tag, id);
		if (found != (rows[i].want != NULL) || (found && strcmp(id, rows[i].want)))
			fail_msg("%s: got %s", rows[i].tag, found ? id : "none");
	}
}

static void test_answer(void **state)
{
	static const struct {
		const char *answer, *brief, *want;
	} rows[] = {
	    {"confirmed-loss: mail went out", "118 KB downloaded",
	     "confirmed loss: 118 KB downloaded"},
	    {"none: no body was sent", "none: no body was sent", "none: no body was sent"},
	    {"suspected-loss", "", "suspected loss"},
	    {"nonesuch is said", "nothing", "nothing"},
	    {"", "", "the records do not tell"},
	    {"unknown: the records end", "", "the records end"},
	};
	struct out o = {.fd = -1};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct incident in = {0};
		in.verdicts[Q_LEFT].answer = slice_of(rows[i].answer);
		in.verdicts[Q_LEFT].short_answer = slice_of(rows[i].brief);
		say_answer(&o, &in, Q_LEFT);
		assert_string_equal(said(&o), rows[i].want);
	}
	out_close(&o);
}

static void test_width(void **state)
{
	static const struct {
		const char *text;
		unsigned width;
	} rows[] = {
	    {"", 0},
	    {"abc", 3},
	    {"é", 1},
	    {"e\xcc\x81", 1},
	    {"漢字", 4},
	    {"한글", 4},
	    {"ｱ", 1},
	    {"Ａ", 2},
	    {"👍", 2},
	    {"▁█·", 3},
	    {"…", 1},
	    {NBSP, 1},
	    {"\xe0\xb8\x81\xe0\xb8\xb4", 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_width(slice_of(rows[i].text)) != rows[i].width)
			fail_msg("%s: %u", rows[i].text, text_width(slice_of(rows[i].text)));
	assert_int_equal(text_fit(SLICE("漢字"), 3), 3);
	assert_int_equal(text_fit(SLICE("漢字"), 1), 0);
	assert_int_equal(text_fit(SLICE("ab"), 9), 2);
	/* bytes that are no UTF-8 neither crash nor lengthen the text */
	assert_int_equal(text_fit(SLICE("\xf0\x9f"), 9), 2);
	assert_int_equal(text_fit(SLICE("\xff\xff\x80"), 9), 3);
}

static void test_axis(void **state)
{
	static const struct {
		const char *name;
		int64_t seconds[8];
		size_t n, stretches;
	} rows[] = {
	    {"one moment", {5}, 1, 1},
	    {"the same moment thrice", {5, 5, 5}, 3, 1},
	    {"even", {0, 10, 20, 30, 40, 50}, 6, 1},
	    {"a visit, a day later another", {0, 1, 2, 3, 86400, 86401, 86402}, 7, 2},
	    {"slow guessing", {0, 900, 1800, 2700, 3600, 4500, 5400}, 7, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t times[8];
		for (size_t k = 0; k < rows[i].n; k++)
			times[rows[i].n - 1 - k] = rows[i].seconds[k] * CLOCK_SECOND;
		struct axis a = axis_of(times, rows[i].n);
		if (a.len != rows[i].stretches)
			fail_msg("%s: %zu stretches", rows[i].name, a.len);
		double before = -1;
		for (size_t k = 0; k < rows[i].n; k++) {
			double x = axis_x(&a, times[k]);
			if (x < before || x < 0 || x > 1)
				fail_msg("%s: time %zu stands at %f after %f", rows[i].name, k, x,
					 before);
			before = x;
		}
	}
}

static void count_tick(void *ctx, double x, int64_t usec)
{
	double *last = ctx;
	assert_true(x >= *last + 0.1699 || *last < 0);
	assert_true(x <= 1);
	*last = x;
}

/* Law: however the deeds lie, the axis keeps order, its pauses and its labels apart. */
static void test_axis_any(void **state)
{
	uint64_t seed = 7;
	struct when w = {0};
	for (unsigned round = 0; round < 400; round++) {
		int64_t times[200];
		size_t n = 1 + round % 200;
		for (size_t i = 0; i < n; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			times[i] = (int64_t)(seed >> 12 >> (seed % 50));
		}
		struct axis a = axis_of(times, n);
		assert_in_range(a.len, 1, PAUSES_MOST + 1);
		double before = 0, last = -1;
		for (size_t i = 0; i < n; i++) {
			double x = axis_x(&a, times[i]);
			assert_true(x >= before - 1e-9 && x <= 1 + 1e-9);
			before = x;
		}
		axis_ticks(&a, &w, 0.17, count_tick, &last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),    cmocka_unit_test(test_share),
	    cmocka_unit_test(test_seconds),    cmocka_unit_test(test_spans),
	    cmocka_unit_test(test_half_spans), cmocka_unit_test(test_techniques),
	    cmocka_unit_test(test_answer),     cmocka_unit_test(test_width),
	    cmocka_unit_test(test_axis),       cmocka_unit_test(test_axis_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
