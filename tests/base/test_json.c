/* test_json.c - what is JSON and what is not, with the byte at fault; escapes, numbers, paths;
 * limits. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS(t) (sizeof(t) / sizeof *(t))

static const struct {
	slice text;
	size_t nodes;
} good[] = {
    {SLICE_INIT("{}"), 1},
    {SLICE_INIT(" [ ] "), 1},
    {SLICE_INIT("\"\""), 1},
    {SLICE_INIT("-0.5e+7"), 1},
    {SLICE_INIT("[1,[2,{}],{\"a\":null}]"), 7},
    {SLICE_INIT("{\"a\":{\"b\":[true,false]},\"a\":2}\r\n"), 6},
    {SLICE_INIT("{\"\":\"\\u00e9\\ud83d\\ude00\"}"), 2},
    {SLICE_INIT("[\"\xc3\xa9\xe4\xb8\xad and sixteen bytes \xf0\x9f\x98\x80\"]"), 2},
    {SLICE_INIT("[\"a text of far more than sixteen bytes, \\\\ and \\\" in it\"]"), 2},
};

static void reads(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	for (size_t i = 0; i < ROWS(good); i++)
		if (!json_read(&t, good[i].text, &f) || t.len != good[i].nodes)
			fail_msg("%s: %zu nodes, %s at %zu", good[i].text.at, t.len, f.why, f.at);
	json_free(&t);
}

static const struct {
	slice text;
	size_t at;
} bad[] = {
    {SLICE_INIT(""), 0},
    {SLICE_INIT("{"), 1},
    {SLICE_INIT("[1,]"), 3},
    {SLICE_INIT("[,1]"), 1},
    {SLICE_INIT("[1 2]"), 3},
    {SLICE_INIT("{\"a\"}"), 4},
    {SLICE_INIT("{\"a\":1,}"), 7},
    {SLICE_INIT("{a:1}"), 1},
    {SLICE_INIT("{} x"), 3},
    {SLICE_INIT("[1}"), 2},
    {SLICE_INIT("{\"a\":1]"), 6},
    {SLICE_INIT("]"), 0},
    {SLICE_INIT("[01]"), 2},
    {SLICE_INIT("[1.]"), 3},
    {SLICE_INIT("[-]"), 2},
    {SLICE_INIT("[+1]"), 1},
    {SLICE_INIT("[1e]"), 3},
    {SLICE_INIT("[tru]"), 1},
    {SLICE_INIT("[nan]"), 1},
    {SLICE_INIT("'a'"), 0},
    {SLICE_INIT("\"abc"), 4},
    {SLICE_INIT("\"abc\\"), 5},
    {SLICE_INIT("\"a\\x\""), 2},
    {SLICE_INIT("\"a\\u12g4\""), 2},
    {SLICE_INIT("\"a\\u12"), 6},
    {SLICE_INIT("\"a\tb\""), 2},
    {SLICE_INIT("\"a\0b\""), 2},
    {SLICE_INIT("{\"a\":\0}"), 5},
    {SLICE_INIT("\"a\xff\""), 2},
    {SLICE_INIT("\"\xc3\xa9\xed\xa0\x80\""), 3}, /* a surrogate in UTF-8 */
    {SLICE_INIT("\"\xc0\xaf\""), 1},             /* overlong */
    {SLICE_INIT("\"\xe4\xb8"), 1},
    {SLICE_INIT("\xef\xbb\xbf{}"), 0}, /* a byte order mark is the splitter's to take off */
};

static void refuses(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (json_read(&t, bad[i].text, &f) || f.at != bad[i].at || !f.why)
			fail_msg("row %zu, %s: %s at %zu", i, bad[i].text.at, f.why, f.at);
	json_free(&t);
}

static void what_came_before_a_cut_holds(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	assert_false(json_read(&t, SLICE("{\"a\":{\"b\":1},\"c\":[2,{\"d\":\"x"), &f));
	assert_int_equal(t.len, 6);
	assert_int_equal(t.at[0].next, 6);
	assert_non_null(json_get(&t, json_get(&t, t.at, SLICE("a")), SLICE("b")));
	assert_non_null(json_get(&t, t.at, SLICE("c")));
	json_free(&t);
}

static const struct {
	slice text, words;
} escapes[] = {
    {SLICE_INIT("\"plain\""), SLICE_INIT("plain")},
    {SLICE_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), SLICE_INIT("\"\\/\b\f\n\r\t")},
    {SLICE_INIT("\"a\\u0000b\""), SLICE_INIT("a\0b")},
    {SLICE_INIT("\"\\u00e9\\u4e2d\""), SLICE_INIT("\xc3\xa9\xe4\xb8\xad")},
    {SLICE_INIT("\"\\ud83d\\ude00!\""), SLICE_INIT("\xf0\x9f\x98\x80!")},
    {SLICE_INIT("\"\\ud83d\""), SLICE_INIT("\xef\xbf\xbd")},
    {SLICE_INIT("\"\\ude00\\ud83d\""), SLICE_INIT("\xef\xbf\xbd\xef\xbf\xbd")},
    {SLICE_INIT("\"\\ud83d\\n\""), SLICE_INIT("\xef\xbf\xbd\n")},
    {SLICE_INIT("\"\\ud83d\\u0041\""), SLICE_INIT("\xef\xbf\xbd"
						  "A")},
};

static void resolves_escapes(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	struct arena a = {0};
	for (size_t i = 0; i < ROWS(escapes); i++) {
		assert_true(json_read(&t, escapes[i].text, &f));
		if (!slice_eq(json_words(t.at, &a), escapes[i].words))
			fail_msg("%s", escapes[i].text.at);
	}
	arena_free(&a);
	json_free(&t);
}

static const struct {
	slice text;
	bool whole;
	int64_t value;
	double real;
} numbers[] = {
    {SLICE_INIT("0"), true, 0, 0},
    {SLICE_INIT("-7"), true, -7, -7},
    {SLICE_INIT("9223372036854775807"), true, INT64_MAX, 9223372036854775807.0},
    {SLICE_INIT("-9223372036854775808"), true, INT64_MIN, -9223372036854775808.0},
    {SLICE_INIT("9223372036854775808"), false, 0, 9223372036854775808.0},
    {SLICE_INIT("1.5"), false, 0, 1.5},
    {SLICE_INIT("25e-1"), false, 0, 2.5},
};

static void tells_numbers(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	for (size_t i = 0; i < ROWS(numbers); i++) {
		int64_t value = 0;
		double real;
		assert_true(json_read(&t, numbers[i].text, &f));
		if (json_to_integer(t.at, &value) != numbers[i].whole ||
		    value != numbers[i].value || !json_to_real(t.at, &real) ||
		    real < numbers[i].real || real > numbers[i].real)
			fail_msg("%s: %lld", numbers[i].text.at, (long long)value);
	}
	json_free(&t);
}

static void the_last_of_a_name_counts(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	assert_true(json_read(&t, SLICE("{\"a\":{\"x\":1},\"b\":2,\"a\":3}"), &f));
	assert_true(slice_eq(json_get(&t, t.at, SLICE("a"))->text, SLICE("3")));
	assert_null(json_get(&t, t.at, SLICE("x")));
	assert_null(json_get(&t, json_get(&t, t.at, SLICE("b")), SLICE("a")));
	assert_null(json_get(&t, NULL, SLICE("a")));
	json_free(&t);
}

/* Each leaf as path=text, parted by blanks. */
static const struct {
	slice text;
	const char *leaves;
} paths[] = {
    {SLICE_INIT("7"), "=7 "},
    {SLICE_INIT("[1,2]"), "=1 =2 "},
    {SLICE_INIT("{\"a.b\":1,\"c\":{}}"), "a.b=1 "},
    {SLICE_INIT("{\"a\":{\"b\":1,\"c\":{\"d\":2}},\"e\":3}"), "a.b=1 a.c.d=2 e=3 "},
    {SLICE_INIT("{\"p\":[{\"n\":1},{\"n\":2},[3]],\"q\":[]}"), "p.n=1 p.n=2 p=3 "},
    {SLICE_INIT("{\"a\\tb\":{\"\":1}}"), "a\tb.=1 "},
};

static void names_every_value(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	struct arena a = {0};
	for (size_t i = 0; i < ROWS(paths); i++) {
		struct out o = {.fd = -1};
		struct json_leaf *leaves;
		assert_true(json_read(&t, paths[i].text, &f));
		size_t n = json_leaves(&t, &leaves, &a);
		for (size_t k = 0; k < n; k++) {
			out_slice(&o, leaves[k].path);
			out_char(&o, '=');
			out_slice(&o, leaves[k].node->text);
			out_char(&o, ' ');
		}
		if (!slice_eq((slice){o.at, o.len}, slice_of(paths[i].leaves)))
			fail_msg("%s: %.*s", paths[i].text.at, (int)o.len, o.at);
		out_close(&o);
	}
	arena_free(&a);
	json_free(&t);
}

static slice repeated(const char *piece, size_t times, char **room)
{
	size_t len = strlen(piece);
	*room = malloc(len * times + 1);
	for (size_t i = 0; i < times; i++)
		memcpy(*room + i * len, piece, len);
	return (slice){*room, len * times};
}

static void depth_is_bounded(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	char *room;
	slice text = repeated("[{\"a\":", 1 << 20, &room);
	assert_false(json_read(&t, text, &f));
	assert_true(t.len <= JSON_DEPTH_MOST);
	assert_int_equal(f.at, JSON_DEPTH_MOST / 2 * 6);
	free(room);
	json_free(&t);
}

static void values_are_bounded(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	char *room;
	slice text = repeated("[],", JSON_NODES_MOST + 9, &room);
	room[0] = '[';
	room[1] = '7';
	assert_false(json_read(&t, text, &f));
	assert_int_equal(t.len, JSON_NODES_MOST);
	free(room);
	json_free(&t);
}

/* A long name above many values must not be copied for each. */
static void paths_are_bounded(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	struct arena a = {0};
	struct json_leaf *leaves;
	char *name, *values;
	slice key = repeated("k", 1 << 19, &name), many = repeated("\"v\":1,", 1 << 16, &values);
	slice text =
	    arena_format(&a, "{\"%.*s\":{%.*s}}", (int)key.len, key.at, (int)many.len - 1, many.at);
	assert_true(json_read(&t, text, &f));
	assert_int_equal(json_leaves(&t, &leaves, &a), 1 << 16);
	assert_int_equal(leaves[0].path.len, JSON_PATH_MOST + 1);
	assert_true(a.total < 64 << 20);
	arena_free(&a);
	free(name);
	free(values);
	json_free(&t);
}

static void texts_behind_each_other(void **state)
{
	struct json_tape t = {0};
	struct json_fault f;
	slice rest = SLICE("{\"a\":1}{\"b\":[2]} 3");
	size_t used, n = 0;
	for (; rest.len; rest = slice_from(rest, used), n++)
		assert_true(json_read_first(&t, rest, &used, &f));
	assert_int_equal(n, 3);
	json_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(what_came_before_a_cut_holds),
	    cmocka_unit_test(resolves_escapes),
	    cmocka_unit_test(tells_numbers),
	    cmocka_unit_test(the_last_of_a_name_counts),
	    cmocka_unit_test(names_every_value),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(values_are_bounded),
	    cmocka_unit_test(paths_are_bounded),
	    cmocka_unit_test(texts_behind_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
