/* test_lull.c - which pauses chance does not make. */
#include "street/lull.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { DAY = 20000 * 1440 }; /* in minutes: any */

/* So many minutes with a record in each, or in each second one ... */
struct stretch {
	int minutes, every; /* every: 0: none at all */
};

static const struct {
	const char *name;
	struct stretch s[6];
	int want[3]; /* lengths in minutes, the longest first; 0: no more */
} cases[] = {
    {"a pause in a busy log", {{120, 1}, {20, 0}, {90, 1}}, {21}},
    {"its least", {{120, 1}, {10, 0}, {90, 1}}, {11}},
    {"one less", {{120, 1}, {9, 0}, {90, 1}}, {0}},
    {"a log that is often silent", {{120, 2}, {20, 0}, {90, 2}}, {0}},
    {"silent too often in the hour before", {{120, 1}, {30, 3}, {40, 0}, {90, 1}}, {0}},
    {"the hour before is too short", {{40, 1}, {20, 0}, {90, 1}}, {0}},
    {"and long enough", {{45, 1}, {20, 0}, {90, 1}}, {21}},
    {"busy before alone", {{120, 1}, {20, 0}, {90, 3}}, {0}},
    {"half an hour behind it is enough", {{120, 1}, {20, 0}, {30, 1}}, {21}},
    {"less is not", {{120, 1}, {20, 0}, {29, 1}}, {0}},
    {"the longest first", {{120, 1}, {15, 0}, {120, 1}, {25, 0}, {90, 1}}, {26, 16}},
    {"another within the hour is of it", {{120, 1}, {15, 0}, {20, 1}, {15, 0}, {90, 1}}, {16}},
};

static void walk(struct lulls *l, const struct stretch *s, size_t n)
{
	const struct place p = {0};
	int64_t minute = DAY, before = 0;
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < s[i].minutes; k++, minute++) {
			int64_t now = minute * CLOCK_MINUTE;
			if (!s[i].every || k % s[i].every)
				continue;
			lulls_record(l, before, now, &p);
			before = now;
		}
	lulls_end(l);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lulls l = {0};
		walk(&l, cases[i].s, 6);
		for (size_t k = 0; k < 3; k++) {
			int64_t got = k < l.len ? l.at[k].to_us - l.at[k].from_us : 0;
			if (got / CLOCK_MINUTE != cases[i].want[k])
				fail_msg("%s: %zu is %d minutes, not %d", cases[i].name, k,
					 (int)(got / CLOCK_MINUTE), cases[i].want[k]);
		}
	}
}

/* What is kept has a bound, and the longest stay. */
static void test_bound(void **state)
{
	struct lulls l = {0};
	struct stretch s[64] = {{120, 1}};
	size_t n = 1;
	for (int i = 0; i < LULLS_MOST + 2; i++) {
		s[n++] = (struct stretch){12 + i, 0};
		s[n++] = (struct stretch){120, 1};
	}
	walk(&l, s, n);
	assert_int_equal(l.len, LULLS_MOST);
	for (size_t i = 0; i < l.len; i++)
		assert_int_equal((l.at[i].to_us - l.at[i].from_us) / CLOCK_MINUTE,
				 12 + LULLS_MOST + 2 - (int)i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
					   cmocka_unit_test(test_bound)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
