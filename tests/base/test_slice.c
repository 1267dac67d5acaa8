/* test_slice.c - cutting, searching, comparing, numbers; slices that hold NUL or nothing. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof *(t))

static const struct {
	const char *name;
	slice in;
	char at;
	slice head, rest;
} cuts[] = {
    {"in the middle", SLICE_INIT("a=b=c"), '=', SLICE_INIT("a"), SLICE_INIT("b=c")},
    {"not there", SLICE_INIT("abc"), '=', SLICE_INIT("abc"), SLICE_INIT("")},
    {"at the end", SLICE_INIT("abc="), '=', SLICE_INIT("abc"), SLICE_INIT("")},
    {"at the front", SLICE_INIT("=abc"), '=', SLICE_INIT(""), SLICE_INIT("abc")},
    {"empty", SLICE_INIT(""), '=', SLICE_INIT(""), SLICE_INIT("")},
    {"at a NUL", SLICE_INIT("a\0b"), '\0', SLICE_INIT("a"), SLICE_INIT("b")},
    {"behind a NUL", SLICE_INIT("a\0b=c"), '=', SLICE_INIT("a\0b"), SLICE_INIT("c")},
};

static void cut_until(void **state)
{
	for (size_t i = 0; i < ROWS(cuts); i++) {
		slice rest = cuts[i].in, head = slice_until(&rest, cuts[i].at);
		if (!slice_eq(head, cuts[i].head) || !slice_eq(rest, cuts[i].rest))
			fail_msg("%s", cuts[i].name);
	}
	slice none = {0};
	assert_int_equal(slice_until(&none, 'x').len, 0);
	assert_int_equal(slice_from(SLICE("ab"), SIZE_MAX).len, 0);
	assert_int_equal(slice_first(SLICE("ab"), SIZE_MAX).len, 2);
}

static const struct {
	const char *name;
	slice in, needle;
	size_t first, last;
} searches[] = {
    {"twice", SLICE_INIT("abcabc"), SLICE_INIT("bc"), 1, 4},
    {"overlapping", SLICE_INIT("aaaa"), SLICE_INIT("aa"), 0, 2},
    {"whole", SLICE_INIT("abc"), SLICE_INIT("abc"), 0, 0},
    {"longer than it", SLICE_INIT("ab"), SLICE_INIT("abc"), SIZE_MAX, SIZE_MAX},
    {"cut at the end", SLICE_INIT("xxab"), SLICE_INIT("abc"), SIZE_MAX, SIZE_MAX},
    {"begun often", SLICE_INIT("ababac"), SLICE_INIT("abac"), 2, 2},
    {"a false start behind", SLICE_INIT("/cur/x/cu"), SLICE_INIT("/cur/"), 0, 0},
    {"one byte, last", SLICE_INIT("abca"), SLICE_INIT("a"), 0, 3},
    {"NUL", SLICE_INIT("a\0b\0"), SLICE_INIT("\0"), 1, 3},
    {"empty needle", SLICE_INIT("ab"), SLICE_INIT(""), 0, 2},
    {"in nothing", SLICE_INIT(""), SLICE_INIT("a"), SIZE_MAX, SIZE_MAX},
};

static void search(void **state)
{
	for (size_t i = 0; i < ROWS(searches); i++) {
		size_t first = slice_search(searches[i].in, searches[i].needle);
		size_t last = slice_search_last(searches[i].in, searches[i].needle);
		if (first != searches[i].first || last != searches[i].last)
			fail_msg("%s: %zd, %zd", searches[i].name, first, last);
	}
}

static const struct {
	slice in;
	bool fine; /* a number off the front */
	int64_t value;
	const char *rest;
} numbers[] = {
    {SLICE_INIT("0"), true, 0, ""},
    {SLICE_INIT("007x"), true, 7, "x"},
    {SLICE_INIT("42 1"), true, 42, " 1"},
    {SLICE_INIT("9223372036854775807"), true, INT64_MAX, ""},
    {SLICE_INIT("9223372036854775808"), false, -5, "9223372036854775808"},
    {SLICE_INIT("99999999999999999999999"), false, -5, "99999999999999999999999"},
    {SLICE_INIT("-1"), false, -5, "-1"},
    {SLICE_INIT("+1"), false, -5, "+1"},
    {SLICE_INIT(" 1"), false, -5, " 1"},
    {SLICE_INIT(""), false, -5, ""},
    {SLICE_INIT("\xd9\xa1"), false, -5, "\xd9\xa1"}, /* an Arabic digit */
};

static void number(void **state)
{
	for (size_t i = 0; i < ROWS(numbers); i++) {
		slice s = numbers[i].in;
		int64_t n = -5, whole = -5;
		bool fine = slice_number(&s, &n);
		bool all = slice_is_number(numbers[i].in, &whole);
		if (fine != numbers[i].fine || n != numbers[i].value ||
		    !slice_eq(s, slice_of(numbers[i].rest)) ||
		    all != (fine && numbers[i].rest[0] == '\0'))
			fail_msg("%.*s: %d, %lld", (int)numbers[i].in.len, numbers[i].in.at, fine,
				 (long long)n);
	}
}

static const struct {
	slice a, b;
	int order;
	bool nocase;
} pairs[] = {
    {SLICE_INIT("a"), SLICE_INIT("a"), 0, true},
    {SLICE_INIT("a"), SLICE_INIT("A"), 1, true},
    {SLICE_INIT("a"), SLICE_INIT("ab"), -1, false},
    {SLICE_INIT(""), SLICE_INIT("a"), -1, false},
    {SLICE_INIT(""), SLICE_INIT(""), 0, true},
    {SLICE_INIT("z"), SLICE_INIT("\xe9"), -1, false},
    {SLICE_INIT("["), SLICE_INIT("{"), -1, false}, /* 32 apart, no letters */
    {SLICE_INIT("@"), SLICE_INIT("`"), -1, false},
    {SLICE_INIT("\xc9"), SLICE_INIT("\xe9"), -1, false},
    {SLICE_INIT("a\0x"), SLICE_INIT("a\0y"), -1, false},
};

static void compare(void **state)
{
	for (size_t i = 0; i < ROWS(pairs); i++) {
		int there = slice_compare(pairs[i].a, pairs[i].b);
		int back = slice_compare(pairs[i].b, pairs[i].a);
		if ((there > 0) - (there < 0) != pairs[i].order ||
		    (back > 0) - (back < 0) != -pairs[i].order ||
		    slice_eq(pairs[i].a, pairs[i].b) != (pairs[i].order == 0) ||
		    slice_eq_nocase(pairs[i].a, pairs[i].b) != pairs[i].nocase)
			fail_msg("row %zu", i);
	}
}

static void ends_and_trim(void **state)
{
	slice s = SLICE("user=<ana>");
	assert_false(slice_eat(&s, "user=[") || slice_eat(&s, "user=<ana>, rip=") || s.len != 10);
	assert_true(slice_eat(&s, "user=<") && slice_eq(s, SLICE("ana>")));
	assert_true(slice_starts(s, SLICE("an")) && !slice_starts(s, SLICE("anas>")));
	assert_true(slice_ends(s, SLICE("a>")) && !slice_ends(s, SLICE("xana>")));
	assert_true(slice_eq(slice_trim(SLICE(" \t\r\n\v\f a b\r\n")), SLICE("a b")));
	assert_int_equal(slice_trim(SLICE(" \n ")).len, 0);
	assert_int_equal(slice_trim(SLICE("\0")).len, 1);
	assert_int_equal(slice_of(NULL).len, 0);
}

/* Bytes are looked at by eights and sixteens: every place in every length, nothing behind it. */
static void every_place(void **state)
{
	enum { LONGEST = 100 };
	char text[LONGEST + 1];
	for (size_t len = 1; len <= LONGEST; len++)
		for (size_t at = 0; at + 2 <= len; at++) {
			slice s = {text, len};
			memset(text, 'a', len);
			text[len] = 'y'; /* behind the end */
			text[at] = 'x';
			text[at + 1] = 'y';
			assert_int_equal(slice_find(s, 'x'), at);
			assert_int_equal(slice_find(slice_first(s, at), 'x'), at);
			assert_int_equal(slice_search(s, SLICE("xy")), at);
			assert_int_equal(slice_search_last(s, SLICE("xy")), at);
			text[at + 1] = 'z';
			assert_true(slice_search(s, SLICE("xy")) == SIZE_MAX);
			assert_true(slice_search_last(s, SLICE("xy")) == SIZE_MAX);
			text[len - 1] = 'x';
			assert_true(slice_search(s, SLICE("xy")) == SIZE_MAX);
			assert_true(slice_search_last(s, SLICE("xy")) == SIZE_MAX);
		}
}

static void words(void **state)
{
	static const struct {
		char text[9];
		int seconds;
	} clocks[] = {
	    {"00:00:00", 0},  {"23:59:60", 86400}, {"13:05:09", 47109},    {"24:00:00", -1},
	    {"12:60:00", -1}, {"12:00:61", -1},    {"12.00:00", -1},       {"1a:00:00", -1},
	    {"12:00:0:", -1}, {"12:00:0/", -1},    {"\xb1\xb2:00:00", -1},
	};
	for (size_t i = 0; i < ROWS(clocks); i++)
		if (word_clock(word_load(clocks[i].text)) != clocks[i].seconds)
			fail_msg("%s", clocks[i].text);
	for (size_t n = 0; n <= 8; n++) {
		static const uint32_t wanted[] = {0,     1,      12,      123,     1234,
						  12345, 123456, 1234567, 12345678};
		char text[] = "12345678";
		size_t digits;
		if (n < 8)
			text[n] = n % 2 ? '/' : ':'; /* the neighbours of 0 and 9 */
		assert_int_equal(word_number(word_load(text), &digits), wanted[n]);
		assert_int_equal(digits, n);
	}
}

/* Each code point that is one comes back as it was put; surrogates do not. */
static void points(void **state)
{
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		char room[4];
		slice text = {room, slice_put_point(room, point)};
		bool surrogate = point >= 0xd800 && point <= 0xdfff;
		int32_t got = slice_point(&text);
		if (got != (surrogate ? -1 : (int32_t)point) || (!surrogate && text.len))
			fail_msg("U+%04x: %d", point, got);
	}
}

static const struct {
	slice in;
	size_t at;
} unfit[] = {
    {SLICE(""), 0},
    {SLICE("a: b ? c"), 8},
    {SLICE("a\xff?"), 1},
    {SLICE("? a:\t:b"), 0},
    {SLICE("k:\n  - ?\ta: b"), 3},
    {SLICE("a\n? ::\t?:\t2"), 2},
    {SLICE("?a:\t:b ? c"), 10},
    {SLICE("? a: :b"), 7},
    {SLICE("x: |\n\ta ? b"), 11},
};

static void not_yaml(void **state)
{
	for (size_t i = 0; i < ROWS(unfit); i++)
		if (slice_not_yaml(unfit[i].in) != unfit[i].at)
			fail_msg("row %zu: %zu", i, slice_not_yaml(unfit[i].in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_place),   cmocka_unit_test(words),  cmocka_unit_test(cut_until),
	    cmocka_unit_test(search),        cmocka_unit_test(number), cmocka_unit_test(compare),
	    cmocka_unit_test(ends_and_trim), cmocka_unit_test(points), cmocka_unit_test(not_yaml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
