/* test_tally.c - weeks, distinct things, rhythms. */
#include "facts/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define AT(days) ((int64_t)20500 * CLOCK_DAY + (int64_t)((days)*24) * CLOCK_HOUR)

static void a_week_forgets(void **state)
{
	struct week w = {{0}};
	static const struct {
		double at;
		uint32_t n, sum, days;
	} rows[] = {
	    {0, 3, 3, 1},   {0.5, 1, 4, 1},         {1, 2, 6, 2},   {6.9, 1, 7, 3},
	    {7, 1, 4, 3},   {6, 1, 5, 3},           {8, 1, 4, 3},   {100, 1, 1, 1},
	    {101, 0, 1, 1}, {101, 90000, 65536, 2}, {109, 5, 5, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		week_add(&w, AT(rows[i].at), rows[i].n);
		assert_int_equal(week_sum(&w, AT(rows[i].at)), rows[i].sum);
		assert_int_equal(week_days(&w, AT(rows[i].at)), rows[i].days);
	}
}

static void few_are_exact_many_are_at_least(void **state)
{
	struct few f = {{0}};
	for (uint32_t i = 0; i < 8; i++) {
		assert_true(few_add(&f, i << 24 | 1));
		assert_false(few_add(&f, i << 24 | 1));
		assert_int_equal(f.count, i + 1);
	}
	for (uint32_t i = 0; i < 100000; i++)
		few_add(&f, i * 2654435761u);
	assert_true(f.count > 60 && f.count <= 72);
}

static const struct {
	uint32_t at[14];
	uint32_t n, median, deviation; /* median 0 and deviation 1: nothing is told */
} beats[] = {
    {{0}, 0, 0, 1},
    {{10, 20, 30}, 3, 0, 1},
    {{10, 20, 30, 40}, 4, 10, 0},
    {{0, 10, 30, 60, 100}, 5, 25, 40}, /* gaps 10 20 30 40; from 25: 15 5 5 15 */
    {{5, 5, 5, 5, 5}, 5, 0, 0},
    {{50, 40, 30, 20}, 4, 0, 0}, /* out of order is no gap */
    {{0, 1000, 1300, 1600, 1900, 2200, 2500, 2800, 3100, 3400, 3700, 4000, 4300, 4600}, 14, 300, 0},
};

static void rhythms(void **state)
{
	for (size_t i = 0; i < sizeof beats / sizeof *beats; i++) {
		struct rhythm r = {{0}};
		uint32_t median = 0, deviation = 1;
		for (uint32_t k = 0; k < beats[i].n; k++)
			rhythm_beat(&r, beats[i].at[k]);
		assert_int_equal(rhythm_tell(&r, &median, &deviation), beats[i].n >= RHYTHM_LEAST);
		assert_int_equal(median, beats[i].median);
		assert_int_equal(deviation, beats[i].deviation);
	}
}

/* What fits counts as a few would; what does not changes nothing. */
static void hints_are_few(void **state)
{
	uint16_t kept[2] = {0};
	assert_int_equal(few_count(kept, 2), 0);
	assert_true(few_fits(kept, 2, 0x10000));
	assert_true(few_fits(kept, 2, 0x1ffff)); /* the same upper half */
	assert_int_equal(few_count(kept, 2), 1);
	assert_true(few_fits(kept, 2, 7)); /* no upper half: kept as 1, as before */
	assert_int_equal(few_count(kept, 2), 1);
	assert_true(few_fits(kept, 2, 0x20000));
	assert_false(few_fits(kept, 2, 0x30000));
	assert_true(few_fits(kept, 2, 0x20000));
	assert_int_equal(few_count(kept, 2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hints_are_few),
	    cmocka_unit_test(a_week_forgets),
	    cmocka_unit_test(few_are_exact_many_are_at_least),
	    cmocka_unit_test(rhythms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
