/* test_arena.c - memory is zeroed, aligned, apart, kept until it goes, and counted. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static bool is_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void takes(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 4000, 4096, 5000, 3000000, 24};
	enum { N = sizeof sizes / sizeof *sizes };
	struct arena a = {0};
	char *p[N];
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < N; i++) {
			p[i] = arena_take(&a, sizes[i]);
			assert_int_equal((uintptr_t)p[i] & 15, 0);
			assert_true(is_zero(p[i], sizes[i]));
			memset(p[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < N; i++)
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[i][k], i + 1);
		arena_reset(&a); /* what was written must not be seen in the next round */
	}
	arena_free(&a);
	assert_null(a.chunk);
}

static void total_is_what_is_held(void **state)
{
	struct arena a = {0};
	assert_int_equal(a.total, 0);
	arena_take(&a, 1);
	size_t first = a.total;
	for (int i = 0; i < 100; i++)
		arena_take(&a, 1000);
	assert_true(a.total >= 100 * 1000 && a.total < 4 * 100 * 1000);
	arena_reset(&a);
	assert_int_equal(a.total, first);
	arena_free(&a);
	assert_int_equal(a.total, 0);
	arena_free(&a); /* twice does no harm */
}

static void texts(void **state)
{
	struct arena a = {0};
	char source[] = "a\0b";
	slice kept = arena_copy(&a, (slice){source, 3});
	source[0] = 'x';
	assert_true(slice_eq(kept, SLICE("a\0b")));
	slice none = arena_copy(&a, (slice){0}), empty = arena_copy(&a, SLICE(""));
	assert_true(none.at == NULL && none.len == 0 && empty.at != NULL && empty.len == 0);
	assert_string_equal(arena_text(&a, SLICE("abc")), "abc");
	assert_string_equal(arena_text(&a, (slice){0}), "");
	slice f = arena_format(&a, "%s-%d", "seven", 7);
	assert_true(slice_eq(f, SLICE("seven-7")) && f.at[f.len] == '\0');
	assert_int_equal(arena_format(&a, "%s", "").len, 0);
	arena_free(&a);
}

static void lists(void **state)
{
	LIST(int) l = {0};
	for (int i = 0; i < 1000; i++) {
		int *p = list_add(&l);
		assert_int_equal(*p, 0);
		*p = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(l.at[i], i);
	list_free(&l);
	assert_true(l.at == NULL && l.len == 0 && l.room == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes),
	    cmocka_unit_test(total_is_what_is_held),
	    cmocka_unit_test(texts),
	    cmocka_unit_test(lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
