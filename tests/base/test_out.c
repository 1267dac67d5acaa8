/* test_out.c - the three ways in which hostile text may leave, numbers, descriptors that fail. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof *(t))
#define BAD     "\xef\xbf\xbd" /* U+FFFD */

static const struct {
	const char *name;
	slice in;
	const char *json, *html, *plain;
} rows[] = {
    {"plain", SLICE_INIT("a b~"), "\"a b~\"", "a b~", "a b~"},
    {"empty", SLICE_INIT(""), "\"\"", "", ""},
    {"quotes", SLICE_INIT("\"\\'"), "\"\\\"\\\\'\"", "&quot;\\&#39;", "\"\\'"},
    {"markup", SLICE_INIT("<b>&"), "\"<b>&\"", "&lt;b&gt;&amp;", "<b>&"},
    {"line ends", SLICE_INIT("a\r\nb\tc"), "\"a\\r\\nb\\tc\"", "a&#x240d;&#x240a;b&#x2409;c",
     "a\\x0d\\x0ab\\x09c"},
    {"NUL", SLICE_INIT("a\0b"), "\"a\\u0000b\"", "a&#x2400;b", "a\\x00b"},
    {"other control", SLICE_INIT("\x01\x08\x0b\x0c\x1f"), "\"\\u0001\\b\\u000b\\f\\u001f\"",
     "&#x2401;&#x2408;&#x240b;&#x240c;&#x241f;", "\\x01\\x08\\x0b\\x0c\\x1f"},
    {"escape sequence", SLICE_INIT("\x1b[2J"), "\"\\u001b[2J\"", "&#x241b;[2J", "\\x1b[2J"},
    {"delete", SLICE_INIT("\x7f"), "\"\\u007f\"", "[U+007F]", "\\x7f"},
    {"C1 control", SLICE_INIT("\xc2\x9b"), "\"\\u009b\"", "[U+009B]", "\\xc2\\x9b"},
    {"accents", SLICE_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94"),
     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94\"", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94",
     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94"},
    {"right to left override",
     SLICE_INIT("a\xe2\x80\xae"
		"b"),
     "\"a\\u202eb\"", "a[U+202E]b", "a\\xe2\\x80\\xaeb"},
    {"isolate", SLICE_INIT("\xe2\x81\xa6"), "\"\\u2066\"", "[U+2066]", "\\xe2\\x81\\xa6"},
    {"zero width", SLICE_INIT("\xe2\x80\x8b"), "\"\\u200b\"", "[U+200B]", "\\xe2\\x80\\x8b"},
    {"byte order mark", SLICE_INIT("\xef\xbb\xbf"), "\"\\ufeff\"", "[U+FEFF]", "\\xef\\xbb\\xbf"},
    {"tags", SLICE_INIT("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"", "[U+E0041]",
     "\\xf3\\xa0\\x81\\x81"},
    {"a byte alone", SLICE_INIT("a\xffz"), "\"a" BAD "z\"", "a" BAD "z", "a\\xffz"},
    {"continuation alone", SLICE_INIT("\x80"), "\"" BAD "\"", BAD, "\\x80"},
    {"cut short", SLICE_INIT("\xe2\x82"), "\"" BAD BAD "\"", BAD BAD, "\\xe2\\x82"},
    {"cut by a letter", SLICE_INIT("\xe2\x82<"), "\"" BAD BAD "<\"", BAD BAD "&lt;", "\\xe2\\x82<"},
    {"overlong quote", SLICE_INIT("\xc0\xa2"), "\"" BAD BAD "\"", BAD BAD, "\\xc0\\xa2"},
    {"overlong <", SLICE_INIT("\xe0\x80\xbc"), "\"" BAD BAD BAD "\"", BAD BAD BAD,
     "\\xe0\\x80\\xbc"},
    {"surrogate", SLICE_INIT("\xed\xa0\x80"), "\"" BAD BAD BAD "\"", BAD BAD BAD,
     "\\xed\\xa0\\x80"},
    {"beyond U+10FFFF", SLICE_INIT("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\"", BAD BAD BAD BAD,
     "\\xf4\\x90\\x80\\x80"},
    {"five bytes", SLICE_INIT("\xf8\x88"), "\"" BAD BAD "\"", BAD BAD, "\\xf8\\x88"},
};

static void check(const char *name, const char *way, void (*write)(struct out *, slice), slice in,
		  const char *want)
{
	struct out o = {.fd = -1};
	write(&o, in);
	slice got = {o.at ? o.at : "", o.len};
	if (!slice_eq(got, slice_of(want)))
		fail_msg("%s: %s is %.*s, want %s", name, way, (int)got.len, got.at, want);
	assert_true(out_close(&o));
}

static void three_ways(void **state)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		check(rows[i].name, "JSON", out_json, rows[i].in, rows[i].json);
		check(rows[i].name, "HTML", out_html, rows[i].in, rows[i].html);
		check(rows[i].name, "plain", out_plain, rows[i].in, rows[i].plain);
	}
}

/* Any bytes: JSON that a strict reader takes; nothing a page or a terminal would act on. */
static void any_bytes(void **state)
{
	uint32_t seed = 11;
	for (int round = 0; round < 20000; round++) {
		char bytes[12];
		size_t n = 1 + (size_t)round % sizeof bytes;
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			uint32_t r = seed >> 8;
			bytes[i] = (char)(r % 3 ? 0x80 + r / 3 % 0x80 : r / 3 % 0x80);
		}
		slice s = {bytes, n};
		struct out json = {.fd = -1}, html = {.fd = -1}, plain = {.fd = -1};
		out_json(&json, s);
		json_t *j = json_loadb(json.at, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (!j)
			fail_msg("round %d: no JSON: %.*s", round, (int)json.len, json.at);
		json_decref(j);
		out_html(&html, s);
		for (size_t i = 0; i < html.len; i++)
			assert_true((unsigned char)html.at[i] >= 0x20 &&
				    !strchr("<>\"'", html.at[i]));
		out_plain(&plain, s);
		for (size_t i = 0; i < plain.len; i++)
			assert_true((unsigned char)plain.at[i] >= 0x20 && plain.at[i] != 0x7f);
		out_close(&json);
		out_close(&html);
		out_close(&plain);
	}
}

static void numbers(void **state)
{
	struct out o = {.fd = -1};
	static const int64_t all[] = {0, 7, -7, 10, INT64_MAX, INT64_MIN};
	for (size_t i = 0; i < ROWS(all); i++) {
		out_number(&o, all[i]);
		out_char(&o, ' ');
	}
	out_time(&o, 1500);
	out_format(&o, "%s%d", " x", 5);
	out_format(&o, "%s", "");
	assert_true(slice_eq((slice){o.at, o.len},
			     SLICE("0 7 -7 10 9223372036854775807 -9223372036854775808 "
				   "1970-01-01T00:00:00.001Z x5")));
	out_close(&o);
}

/* What goes to a descriptor arrives whole and in order, however it was cut into pieces. */
static void descriptor(void **state)
{
	char path[] = "/tmp/tocsin-out-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	struct out o = {.fd = fd};
	for (int i = 0; i < 60000; i++)
		out_format(&o, "%d\n", i);
	assert_true(out_close(&o));
	lseek(fd, 0, SEEK_SET);
	FILE *f = fdopen(fd, "r");
	char line[16];
	for (int i = 0; i < 60000; i++) {
		assert_non_null(fgets(line, sizeof line, f));
		assert_int_equal(strtol(line, NULL, 10), i);
	}
	assert_null(fgets(line, sizeof line, f));
	fclose(f);
}

static void descriptor_that_fails(void **state)
{
	struct out o = {.fd = open("/dev/full", O_WRONLY)};
	if (o.fd < 0)
		skip();
	int fd = o.fd;
	for (int i = 0; i < 100000; i++)
		out_text(&o, "0123456789");
	assert_false(out_close(&o));
	assert_int_equal(o.error, ENOSPC);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(three_ways),
	    cmocka_unit_test(any_bytes),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(descriptor),
	    cmocka_unit_test(descriptor_that_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
