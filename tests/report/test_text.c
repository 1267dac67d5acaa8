/*
 * test_text.c - the briefing against golden files, its width, and hostile logs.
 * TOCSIN_GOLDEN=write writes the golden files anew: look at the difference before it is kept.
 */
#include "printed.h"
#include "report/parts.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static const struct golden {
	const char *file;
	void (*fixture)(struct report *);
	unsigned columns;
	bool details, colour;
} goldens[] = {
    {"stolen.txt", fixture_stolen, 100, false, false},
    {"stolen-details.txt", fixture_stolen, 100, true, false},
    {"stolen-narrow.txt", fixture_stolen, 60, false, false},
    {"stolen-colour.txt", fixture_stolen, 100, false, true},
    {"quiet.txt", fixture_quiet, 100, false, false},
    {"quiet-details.txt", fixture_quiet, 100, true, false},
    {"empty.txt", fixture_empty, 100, false, false},
    {"several.txt", fixture_several, 100, false, false},
    {"hostile-details.txt", fixture_hostile, 100, true, false},
};
enum { GOLDENS = sizeof goldens / sizeof *goldens };

static struct out print_golden(const struct golden *g)
{
	return print_text(g->fixture, g->columns, g->details, g->colour);
}

static slice read_golden(const char *name, char **buffer)
{
	char path[600];
	size_t room = 1 << 20;
	snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: not there; TOCSIN_GOLDEN=write writes it", path);
	*buffer = must_alloc(room);
	size_t n = fread(*buffer, 1, room - 1, f);
	fclose(f);
	return (slice){*buffer, n};
}

static void write_golden(const char *name, slice text)
{
	char path[600];
	snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fwrite(text.at, 1, text.len, f);
	fclose(f);
}

/* Says the first line in which two texts differ. */
static void assert_same_lines(const char *name, slice want, slice got)
{
	for (unsigned line = 1; want.len || got.len; line++) {
		slice w = slice_until(&want, '\n'), g = slice_until(&got, '\n');
		if (!slice_eq(w, g))
			fail_msg("%s:%u:\n  want: %.*s\n  got:  %.*s", name, line, (int)w.len,
				 w.len ? w.at : "", (int)g.len, g.len ? g.at : "");
	}
}

static void test_golden(void **state)
{
	const char *mode = getenv("TOCSIN_GOLDEN");
	for (size_t i = 0; i < GOLDENS; i++) {
		struct out o = print_golden(&goldens[i]);
		if (mode && strcmp(mode, "write") == 0) {
			write_golden(goldens[i].file, printed(o));
		} else {
			char *buffer;
			slice want = read_golden(goldens[i].file, &buffer);
			assert_same_lines(goldens[i].file, want, printed(o));
			free(buffer);
		}
		out_close(&o);
	}
}

/* Every line of every fixture on every width, without what cannot be told from the text. */
static void test_width(void **state)
{
	void (*const fixtures[])(struct report *) = {fixture_stolen, fixture_quiet, fixture_empty,
						     fixture_hostile};
	for (size_t f = 0; f < 4; f++)
		for (unsigned columns = 60; columns <= 160; columns += 7) {
			struct out o = print_text(fixtures[f], columns, true, false);
			slice rest = printed(o);
			for (unsigned line = 1; rest.len; line++) {
				slice text = slice_until(&rest, '\n');
				if (text_width(text) > columns)
					fail_msg("fixture %zu, %u columns, line %u: %.*s", f,
						 columns, line, (int)text.len, text.at);
				if (text.len && text.at[text.len - 1] == ' ')
					fail_msg("fixture %zu, %u columns, line %u ends in a blank",
						 f, columns, line);
			}
			out_close(&o);
		}
}

static void test_too_narrow(void **state)
{
	struct out o = print_text(fixture_stolen, 3, false, false);
	struct out sixty = print_text(fixture_stolen, 60, false, false);
	assert_true(slice_eq(printed(o), printed(sixty)));
	out_close(&o);
	out_close(&sixty);
}

static void test_hostile(void **state)
{
	for (unsigned columns = 60; columns <= 160; columns += 20) {
		struct out o = print_text(fixture_hostile, columns, true, false);
		assert_int_equal(control_byte(printed(o)), SIZE_MAX);
		assert_true(is_utf8(printed(o)));
		assert_int_equal(count_of(printed(o), "\xe2\x80\xae"), 0);
		out_close(&o);
	}
}

/* With colour there is ESC, but only as one of six sequences. */
static void test_hostile_colour(void **state)
{
	static const char *const ours[] = {"\x1b[0m",    "\x1b[1m",  "\x1b[2m",
					   "\x1b[1;31m", "\x1b[33m", "\x1b[32m"};
	struct out o = print_text(fixture_hostile, 100, true, true);
	size_t known = 0;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		known += count_of(printed(o), ours[i]);
	assert_int_equal(count_of(printed(o), "\x1b"), known);
	assert_true(known > 10);
	out_close(&o);
}

/* Sixty incidents fill no screen by screen; what is not told is counted, and --details tells it. */
static void test_crowd(void **state)
{
	struct out brief = print_text(fixture_crowd, 100, false, false);
	struct out whole = print_text(fixture_crowd, 100, true, false);
	assert_int_equal(count_of(printed(brief), "How did they get in?   likely"), 10);
	assert_int_equal(count_of(printed(brief), "and 20 more incidents: "), 1);
	assert_int_equal(count_of(printed(brief), "and 50 more incidents: "), 1);
	assert_int_equal(count_of(printed(whole), "How did they get in?   likely"), 60);
	assert_int_equal(count_of(printed(whole), "more incidents: "), 0);
	out_close(&brief);
	out_close(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_golden),     cmocka_unit_test(test_width),
	    cmocka_unit_test(test_too_narrow), cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_crowd),      cmocka_unit_test(test_hostile_colour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
