/* test_notches.c - against a plain array; the oldest of a line gives way; what is walked is found.
 */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t hash_of(uint32_t n)
{
	return hash_bytes(&n, sizeof n);
}

/* Few enough that no line is full: nothing is lost. */
static void same_as_an_array(void **state)
{
	enum { THINGS = 400 };
	static uint32_t model[THINGS];
	struct notches m;
	bool fresh;
	notches_init(&m, 4096);
	for (uint32_t step = 1; step <= 20000; step++) {
		uint32_t thing = (uint32_t)(hash_of(step) % THINGS);
		uint32_t *number = notches_put(&m, hash_of(1000000 + thing), &fresh);
		assert_int_equal(fresh, !model[thing]);
		assert_int_equal(*number, model[thing]);
		*number = model[thing] = step;
	}
	assert_int_equal(m.len, THINGS);
	assert_int_equal(m.shed_count, 0);
	notches_free(&m);
}

static void the_oldest_gives_way(void **state)
{
	struct notches m;
	bool fresh;
	notches_init(&m, NOTCHES_IN_LINE); /* one line */
	for (uint64_t i = 1; i <= NOTCHES_IN_LINE; i++)
		*notches_put(&m, 2 * i, &fresh) = (uint32_t)i;
	assert_int_equal(*notches_put(&m, 2, &fresh), 1); /* touched */
	*notches_put(&m, 1000, &fresh) = 77;
	assert_true(fresh);
	assert_int_equal(m.shed_count, 1);
	assert_int_equal(m.len, NOTCHES_IN_LINE);
	assert_int_equal(*notches_put(&m, 2, &fresh), 1);
	assert_false(fresh);
	assert_int_equal(*notches_put(&m, 1000, &fresh), 77);
	assert_int_equal(*notches_put(&m, 4, &fresh), 0); /* the second one went */
	assert_true(fresh);
	notches_free(&m);
}

/* With the hashes that a walk gives a copy is made in which each is found again. */
static void what_is_walked_is_found(void **state)
{
	enum { THINGS = 3000 };
	struct notches m, copy;
	bool fresh;
	size_t at = 0, n = 0;
	uint64_t hash;
	notches_init(&m, 16384);
	notches_init(&copy, 16384);
	assert_null(notches_next(&m, &at, &hash));
	for (uint32_t i = 0; i < THINGS; i++)
		*notches_put(&m, hash_of(i), &fresh) = i;
	at = 0;
	for (uint32_t *number; (number = notches_next(&m, &at, &hash)); n++)
		*notches_put(&copy, hash, &fresh) = *number;
	assert_int_equal(n, m.len);
	assert_int_equal(n, THINGS - m.shed_count);
	for (uint32_t i = 0; i < THINGS && !m.shed_count; i++) {
		assert_int_equal(*notches_put(&copy, hash_of(i), &fresh), i);
		assert_false(fresh);
	}
	notches_free(&m);
	notches_free(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_as_an_array),
	    cmocka_unit_test(the_oldest_gives_way),
	    cmocka_unit_test(what_is_walked_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
