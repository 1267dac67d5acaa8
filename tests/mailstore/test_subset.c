/* test_subset.c - subset_find() against trying every set, and cases that must stay cheap. */
#include "mailstore/mailstore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *const words[] = {"none", "one", "several", "too much work"};

static const struct {
	const char *name;
	int64_t sizes[8];
	size_t n, count;
	int64_t bytes;
	enum subset want;
	size_t chosen[8];
} cases[] = {
    {"single", {10, 20, 30}, 3, 1, 20, SUBSET_ONE, {1}},
    {"single, twice there", {10, 20, 20}, 3, 1, 20, SUBSET_SEVERAL, {0}},
    {"pair", {10, 25, 40, 70}, 4, 2, 65, SUBSET_ONE, {1, 2}},
    {"pair of equals", {30, 10, 30}, 3, 2, 60, SUBSET_ONE, {0, 2}},
    {"pair, a twin is left", {30, 10, 30}, 3, 2, 40, SUBSET_SEVERAL, {0}},
    {"two pairs", {10, 20, 30, 40}, 4, 2, 50, SUBSET_SEVERAL, {0}},
    {"three of five", {1, 10, 100, 1000, 10000}, 5, 3, 10101, SUBSET_ONE, {0, 2, 4}},
    {"all", {5, 5, 7}, 3, 3, 17, SUBSET_ONE, {0, 1, 2}},
    {"all, wrong sum", {5, 5, 7}, 3, 3, 18, SUBSET_NONE, {0}},
    {"all but one", {5, 6, 7, 9}, 4, 3, 21, SUBSET_ONE, {0, 2, 3}},
    {"all but one of two equals", {5, 6, 6, 9}, 4, 3, 20, SUBSET_SEVERAL, {0}},
    {"nothing read", {5, 6}, 2, 0, 0, SUBSET_ONE, {0}},
    {"no message, some bytes", {5, 6}, 2, 0, 5, SUBSET_NONE, {0}},
    {"more than there are", {5, 6}, 2, 3, 11, SUBSET_NONE, {0}},
    {"empty folder", {0}, 0, 1, 11, SUBSET_NONE, {0}},
    {"unknown size left out", {-1, 6, 7}, 3, 2, 13, SUBSET_ONE, {1, 2}},
    {"too large for the sum", {INT64_MAX, 6, 7}, 3, 2, 13, SUBSET_ONE, {1, 2}},
    {"negative sum", {6, 7}, 2, 1, -1, SUBSET_NONE, {0}},
    {"empty messages", {0, 0, 7}, 3, 1, 0, SUBSET_SEVERAL, {0}},
    {"sums that would overflow", {6, 7}, 2, 1, INT64_MAX, SUBSET_TOO_MUCH_WORK, {0}},
};

static void table_of_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t chosen[8] = {0};
		enum subset got =
		    subset_find(cases[i].sizes, cases[i].n, cases[i].count, cases[i].bytes, chosen);
		if (got != cases[i].want)
			fail_msg("%s: got %s, want %s", cases[i].name, words[got],
				 words[cases[i].want]);
		if (got == SUBSET_ONE)
			assert_memory_equal(chosen, cases[i].chosen,
					    cases[i].count * sizeof *chosen);
	}
}

/* The same question answered by trying every set of messages. */
static enum subset brute(const int64_t *sizes, size_t n, size_t count, int64_t bytes, unsigned *set)
{
	unsigned found = 0;
	for (unsigned mask = 0; mask < 1u << n; mask++) {
		int64_t sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += mask >> i & 1 ? sizes[i] : 0;
		if ((size_t)__builtin_popcount(mask) == count && sum == bytes) {
			found++;
			*set = mask;
		}
	}
	return found == 0 ? SUBSET_NONE : found == 1 ? SUBSET_ONE : SUBSET_SEVERAL;
}

static uint32_t roll(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static void against_brute_force(void **state)
{
	uint32_t seed = 20260317, seen[4] = {0};
	for (int round = 0; round < 6000; round++) {
		int64_t sizes[11], bytes = 0;
		size_t n = 1 + roll(&seed, 11), count = roll(&seed, (uint32_t)n + 1), chosen[11];
		uint32_t range = 1 + roll(&seed, round % 2 ? 12 : 3000);
		for (size_t i = 0; i < n; i++)
			sizes[i] = roll(&seed, range);
		for (size_t i = 0; i < count; i++)
			bytes += sizes[(i * 7 + 3) % n];
		bytes += roll(&seed, 3) == 0;
		unsigned set = 0, mask = 0;
		enum subset want = brute(sizes, n, count, bytes, &set);
		enum subset got = subset_find(sizes, n, count, bytes, chosen);
		if (got != want)
			fail_msg("round %d: got %s, want %s", round, words[got], words[want]);
		seen[got]++;
		for (size_t i = 0; got == SUBSET_ONE && i < count; i++)
			mask |= 1u << chosen[i];
		if (got == SUBSET_ONE && mask != set)
			fail_msg("round %d: chose %x, want %x", round, mask, set);
	}
	assert_true(seen[SUBSET_NONE] > 300 && seen[SUBSET_ONE] > 300 &&
		    seen[SUBSET_SEVERAL] > 300);
}

/* Sizes as mailboxes have them: 2 to 200 KB, a few large. */
static int64_t *mailbox(size_t n, uint32_t seed)
{
	int64_t *sizes = calloc(n, sizeof *sizes);
	for (size_t i = 0; i < n; i++)
		sizes[i] =
		    2000 + roll(&seed, 200000) + (i % 9 == 0) * (int64_t)roll(&seed, 4000000);
	return sizes;
}

static int64_t sum_but(const int64_t *sizes, size_t n, size_t skip)
{
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += i != skip ? sizes[i] : 0;
	return sum;
}

static void large_folders(void **state)
{
	size_t n = 20000, *chosen = calloc(n, sizeof *chosen);
	int64_t *sizes = mailbox(n, 7);
	assert_int_equal(subset_find(sizes, n, n, sum_but(sizes, n, n), chosen), SUBSET_ONE);
	assert_int_equal(subset_find(sizes, n, n - 1, sum_but(sizes, n, 9), chosen), SUBSET_ONE);
	assert_int_equal(chosen[9], 10);
	assert_int_equal(subset_find(sizes, n, 400, sum_but(sizes, 400, 400), chosen),
			 SUBSET_SEVERAL);
	assert_int_equal(subset_find(sizes, 700, 2, sizes[3] + sizes[600] + 1, chosen),
			 SUBSET_NONE);
	free(sizes);
	free(chosen);
}

/* Even sizes never make an odd sum, and no cut sees that: the search must give up. */
static void gives_up(void **state)
{
	int64_t sizes[64];
	size_t chosen[32];
	for (size_t i = 0; i < 64; i++)
		sizes[i] = 2000 + 2 * (int64_t)(i * i * 37 % 5003);
	assert_int_equal(subset_find(sizes, 64, 32, 160001, chosen), SUBSET_TOO_MUCH_WORK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_of_cases),
	    cmocka_unit_test(against_brute_force),
	    cmocka_unit_test(large_folders),
	    cmocka_unit_test(gives_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
