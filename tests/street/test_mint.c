/* test_mint.c - what queue ids tell of time, and clocks that contradict themselves, or honestly do
 * not. */
#include "../../src/street/mint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define T0 (INT64_C(1773738000) * CLOCK_SECOND)

static void test_ids(void **state)
{
	static const struct {
		const char *module, *id;
		int64_t seconds; /* 0: it does not tell */
	} rows[] = {
	    {"postfix", "3Pt2mN2VXxznjll", 1300631508}, /* 20 Mar 2011 */
	    {"postfix", "9D9961F2", 0},                 /* a short id tells microseconds alone */
	    {"postfix", "3Pt2mN2VXx", 0},
	    {"postfix", "3Pt2mNzzzzznjll", 0}, /* no million and more of microseconds */
	    {"postfix", "3PtAmN2VXxznjll", 0}, /* no vowels */
	    {"postfix", "3Pt2mN2VXxbnjll", 0}, /* no z between time and inode */
	    {"exim", "1rTz8W-000000000aB-1abc", 1706425164},
	    {"exim", "1rTz8W-0000aB-1a", 1706425164},
	    {"exim", "1rTz8W_0000aB-1a", 0},
	    {"sendmail", "3Pt2mN2VXxznjll", 0},
	    {"postfix", "", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t made = mint_time(slice_of(rows[i].module), slice_of(rows[i].id));
		if (!rows[i].seconds)
			assert_true(made == CLOCK_NONE);
		else
			assert_int_equal(made / CLOCK_SECOND, rows[i].seconds);
	}
}

/* The id of a letter made then. */
static slice long_id(int64_t us, char room[20])
{
	static const char safe[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
	int64_t seconds = us / CLOCK_SECOND, usec = us % CLOCK_SECOND;
	for (int i = 5; i >= 0; i--, seconds /= 52)
		room[i] = safe[seconds % 52];
	for (int i = 9; i >= 6; i--, usec /= 52)
		room[i] = safe[usec % 52];
	memcpy(room + 10, "zBCD", 4);
	return (slice){room, 14};
}

struct clock_case {
	const char *name;
	int64_t shift;         /* of all records against their ids */
	int odd;               /* this one alone is late by `odd_by`; -1: none */
	int64_t odd_by, ahead; /* .. its id is; its record stands ahead */
	int step;              /* from this record on the clock is behind by `step_by` */
	int64_t step_by;
	int back; /* and comes back after so many; 0: never */
	bool zoneless;
	int64_t mtime;      /* after the last record */
	const char *wanted; /* states of gaps */
};

static const struct clock_case cases[] = {
    {"honest", 0, -1, 0, 0, 999, 0, 0, false, 0, ""},
    {"a slow letter", 0, 30, CLOCK_HOUR, 0, 999, 0, 0, false, 0, ""},
    {"a step of NTP", 0, -1, 0, 0, 50, 5 * CLOCK_MINUTE, 0, false, 0, ""},
    {"the hour shown twice in autumn", 0, -1, 0, 0, 50, CLOCK_HOUR, 0, true, 0, ""},
    {"a record ahead of its time", 0, 30, 0, 5 * CLOCK_HOUR, 999, 0, 0, false, 5 * CLOCK_HOUR, ""},
    {"a few records late", 0, -1, 0, 0, 50, 3 * CLOCK_HOUR, 10, false, 0, ""},
    {"a line moved", 0, 30, 9 * CLOCK_HOUR, 0, 999, 0, 0, false, 9 * CLOCK_HOUR, "tampered"},
    {"a letter before its id", 0, 30, -600 * CLOCK_SECOND, 0, 999, 0, 0, false, 0, "tampered"},
    {"a zone read wrong", -2 * CLOCK_HOUR, -1, 0, 0, 999, 0, 0, false, 0, "clock"},
    {"the clock set back", 0, -1, 0, 0, 50, 3 * CLOCK_HOUR, 0, false, 0, "clock"},
    {"an hour back, though the clock has a zone", 0, -1, 0, 0, 50, CLOCK_HOUR, 0, false, 0,
     "clock"},
    {"a file older than its records", 0, -1, 0, 0, 999, 0, 0, false, -2 * CLOCK_HOUR, "clock"},
};

static void feed(struct mint *m, const struct clock_case *c)
{
	for (int i = 0; i < 100; i++) {
		char room[20];
		struct event e;
		bool stepped = i >= c->step && (!c->back || i < c->step + c->back);
		int64_t true_us = T0 + i * CLOCK_MINUTE, shown = true_us + c->shift -
								 (stepped ? c->step_by : 0) +
								 (i == c->odd ? c->ahead : 0);
		int64_t made = shown - c->shift - (i == c->odd ? c->odd_by : 0);
		struct place p = {(uint64_t)i * 100, 0, 99, (uint64_t)i + 1};
		event_clear(&e);
		event_act(&e, ACT_SMTP_CLIENT, OUT_NONE);
		event_text(&e, F_MODULE, SLICE("postfix"));
		event_number(&e, F_TIME, shown);
		event_text(&e, F_QUEUE_ID, long_id(made, room));
		mint_record(m, &e, &p);
	}
}

static void test_clocks(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct clock_case *c = &cases[i];
		struct mint m = {0};
		struct report r = {0};
		feed(&m, c);
		mint_tell(&m, SLICE("mail.log"), c->zoneless,
			  T0 + 100 * CLOCK_MINUTE + c->shift + c->mtime, &r);
		slice got = r.gaps.len ? r.gaps.at[0].state : SLICE("");
		if (r.gaps.len > 1 || !slice_eq(got, slice_of(c->wanted)))
			fail_msg("%s: %zu gaps, %.*s", c->name, r.gaps.len, (int)got.len, got.at);
		report_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_clocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
