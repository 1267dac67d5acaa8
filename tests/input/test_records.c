/* Bytes of plain files into records: line ends, holes, long lines, blocks, order of files. */
#include "room_of.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	const char *name;
	slice bytes;
	const char *want;
} cases[] = {
    {"LF", SLICE_INIT("a\nbc\n"), "1@0=a|2@2=bc|"},
    {"no last line end", SLICE_INIT("a\nbc"), "1@0=a|2@2=bc|"},
    {"CRLF", SLICE_INIT("a\r\nbc\r\n"), "1@0=a|2@3=bc|"},
    {"CR alone is a byte", SLICE_INIT("a\rb\n"), "1@0=a\rb|"},
    {"CR at the very end", SLICE_INIT("a\r"), "1@0=a|"},
    {"empty lines", SLICE_INIT("\n\na\n\n"), "1@0=|2@1=|3@2=a|4@4=|"},
    {"bad UTF-8", SLICE_INIT("Mar 17 13:05:00 \xff\xc3( ok\n"),
     "1@0=Mar 17 13:05:00 \xff\xc3( ok|"},
    {"a hole in front", SLICE_INIT("\0\0\0first\nb\n"), "1@3=first|2@9=b|"},
    {"a hole between", SLICE_INIT("first line\n\0\0\0\0b\n"), "1@0=first line|2@15=b|"},
    {"a hole at the end", SLICE_INIT("first line\n\0\0\0"), "1@0=first line|"},
    {"a hole and a line end", SLICE_INIT("\0\0\n"), "1@2=|"},
    {"a mark of UTF-8", SLICE_INIT("\xef\xbb\xbf\x61\nb\n"), "1@3=a|2@5=b|"},
    {"a mark, CRLF", SLICE_INIT("\xef\xbb\xbf\x61\r\nb"), "1@3=a|2@6=b|"},
    {"UTF-16, little end first", SLICE_INIT("\xff\xfe\x61\0\n\0b\0\r\0\n\0"), "1@2=a|2@6=b|"},
    {"UTF-16, big end first", SLICE_INIT("\xfe\xff\0a\0\n\0b"), "1@2=a|2@6=b|"},
    {"UTF-16 without a mark", SLICE_INIT("a\0b\0c\0d\0e\0f\0g\0h\0\n\0i\0"),
     "1@0=abcdefgh|2@18=i|"},
    {"a line feed across two units", SLICE_INIT("\xff\xfe\x61\n\0\n\n\0b\0"),
     "1@2=\xe0\xa9\xa1\xe0\xa8\x80|2@8=b|"},
    {"a pair, and halves of one", SLICE_INIT("\xff\xfe\x3d\xd8\0\xde\x3d\xd8x\0\0\xde\n\0"),
     "1@2=\xf0\x9f\x98\x80\xef\xbf\xbdx\xef\xbf\xbd|"},
    {"UTF-16 cut in a unit", SLICE_INIT("\xff\xfe\x61\0\n\0b\0c"), "1@2=a|2@6=b!"},
    {"UTF-16 with a hole", SLICE_INIT("\xff\xfe\x61\0\n\0\0\0\0\0b\0"), "1@2=a|2@10=b|"},
};

static void test_cases(void **state)
{
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct input_set *set = bench_set(b, bench_write(b, "a.log", cases[i].bytes));
		print_message("%s\n", cases[i].name);
		assert_int_equal(input_count(set), 1);
		assert_string_equal(bench_records(b, set, 0), cases[i].want);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* Lines of UTF-16 over the edges of blocks, and one beyond what is kept. */
static void test_wide_blocks(void **state)
{
	struct bench *b = bench_open();
	struct out o = {.fd = -1};
	out_slice(&o, SLICE("\xff\xfe"));
	for (int i = 0; i < 40000; i++) {
		for (int n = i % 37; n > 0; n--)
			out_slice(&o, (slice){"\x61\n\xac\x20", n % 2 ? 2 : 4});
		out_slice(&o, SLICE("\n\0"));
	}
	size_t long_at = o.len;
	for (int i = 0; i < INPUT_LINE_MOST; i++)
		out_slice(&o, SLICE("x\0"));
	out_slice(&o, SLICE("\n\0z\0\n\0"));
	struct input_set *set = bench_set(b, bench_write(b, "a.log", (slice){o.at, o.len}));
	bench_agree(b, set, 0);
	struct input_reader *r = input_read(set, 0, false);
	struct record e, last = {0};
	uint64_t n = 0;
	for (; input_next(r, &e); n++)
		if (e.offset == long_at)
			assert_true(e.cut && e.text.len <= INPUT_LINE_MOST);
		else
			last = e;
	assert_int_equal(n, 40002);
	assert_int_equal(b->notes[INPUT_LINE_CUT], 1);
	assert_int_equal(last.offset, o.len - 4);
	assert_true(slice_eq(last.text, SLICE("z")));
	input_close(&r);
	input_set_close(&set);
	out_close(&o);
	bench_close(&b);
}

/* A record of several lines is cited by all its bytes, one that grew or went is seen. */
static void test_cite(void **state)
{
	struct bench *b = bench_open();
	struct input_citation c;
	struct digest want = digest_of(SLICE("two\r\nthree"));
	struct input_set *set =
	    bench_set(b, bench_write(b, "a.log", SLICE("one\ntwo\r\nthree\nfour")));
	struct input_reader *r = input_read(set, 0, false);
	assert_true(input_cite(r, 4, 2, 10, &b->arena, &c));
	assert_int_equal(c.length, 10);
	assert_memory_equal(c.digest.b, want.b, sizeof want.b);
	assert_true(slice_eq(c.text, SLICE("two")));
	assert_true(input_cite(r, 4, 2, 7, &b->arena, &c));
	assert_int_not_equal(c.length, 7);
	assert_true(input_cite(r, 0, 1, 3, &b->arena, &c));
	assert_int_equal(c.length, 3);
	assert_true(input_cite(r, 0, 1, 2, &b->arena, &c));
	assert_int_equal(c.length, 3);
	assert_false(input_cite(r, 100, 9, 2, &b->arena, &c));
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

static void test_nul_is_a_byte(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	struct input_set *set = bench_set(b, bench_write(b, "a.log", SLICE("user=<a\0b> in\n")));
	struct input_reader *r = input_read(set, 0, false);
	assert_true(input_next(r, &e));
	assert_true(slice_eq(e.text, SLICE("user=<a\0b> in")));
	assert_int_equal(b->notes[INPUT_HOLE], 0);
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

/* Lines of all lengths, so that line ends fall on every place of a block's edge. */
static slice many_lines(struct bench *b, size_t bytes)
{
	struct out o = {.fd = -1};
	for (int i = 0; o.len < bytes; i++) {
		out_format(&o, "%d ", i);
		for (int n = i * 7919 % 331; n > 0; n--)
			out_char(&o, (char)('a' + n % 26));
		out_slice(&o, i % 3 ? SLICE("\n") : SLICE("\r\n"));
	}
	slice kept = arena_copy(&b->arena, (slice){o.at, o.len});
	out_close(&o);
	return kept;
}

static void test_blocks(void **state)
{
	struct bench *b = bench_open();
	slice all = many_lines(b, 3u << 20), left = all;
	struct record e;
	struct input_set *set = bench_set(b, bench_write(b, "a.log", all));
	struct input_reader *r = input_read(set, 0, true);
	while (input_next(r, &e)) {
		assert_int_equal(e.offset, (size_t)(left.at - all.at));
		slice line = slice_until(&left, '\n');
		if (slice_ends(line, SLICE("\r")))
			line.len--;
		assert_true(slice_eq(e.text, line));
	}
	assert_int_equal(left.len, 0);
	assert_int_equal(input_at(r), all.len);
	assert_int_equal(input_bytes(set), all.len);
	struct digest d, want = digest_of(all);
	assert_true(input_digest(r, &d));
	assert_memory_equal(d.b, want.b, sizeof d.b);
	input_close(&r);
	bench_agree(b, set, 0);
	input_set_close(&set);
	bench_close(&b);
}

static const struct {
	const char *name;
	size_t length; /* of a line of x */
	size_t kept;
	bool cut;
} lengths[] = {
    {"one byte less", INPUT_LINE_MOST - 1, INPUT_LINE_MOST - 1, false},
    {"just as long", INPUT_LINE_MOST, INPUT_LINE_MOST, false},
    {"one byte more", INPUT_LINE_MOST + 1, INPUT_LINE_MOST, true},
    {"100 MB", 100000000, INPUT_LINE_MOST, true},
};

static const char *write_long(struct bench *b, size_t length)
{
	static const char block[4096] = {0};
	char xs[sizeof block];
	memset(xs, 'x', sizeof xs);
	const char *path = bench_path(b, "long.log");
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	for (size_t left = length, n; left; left -= n) {
		n = left < sizeof xs ? left : sizeof xs;
		assert_int_equal(fwrite(xs, 1, n, f), n);
	}
	fputs("\nnext\n", f);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void test_long_lines(void **state)
{
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct record e;
		struct rusage before, after;
		getrusage(RUSAGE_SELF, &before);
		struct input_set *set = bench_set(b, write_long(b, lengths[i].length));
		struct input_reader *r = input_read(set, 0, true);
		print_message("%s\n", lengths[i].name);
		assert_true(input_next(r, &e));
		assert_int_equal(e.text.len, lengths[i].kept);
		assert_int_equal(e.cut, lengths[i].cut);
		assert_true(input_next(r, &e));
		assert_true(slice_eq(e.text, SLICE("next")));
		assert_int_equal(e.line, 2);
		assert_int_equal(e.offset, lengths[i].length + 1);
		assert_false(e.cut);
		assert_false(input_next(r, &e));
		assert_int_equal(b->notes[INPUT_LINE_CUT], lengths[i].cut);
		if (lengths[i].cut)
			assert_int_equal(b->line[INPUT_LINE_CUT], 1);
		input_close(&r);
		input_set_close(&set);
		getrusage(RUSAGE_SELF, &after);
		assert_true(after.ru_maxrss - before.ru_maxrss < 16 << 10); /* KiB */
	}
	bench_close(&b);
}

static void test_long_last_line(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	const char *path = write_long(b, 3 * INPUT_LINE_MOST);
	assert_int_equal(truncate(path, 3 * INPUT_LINE_MOST), 0); /* no line end at all */
	struct input_set *set = bench_set(b, path);
	struct input_reader *r = input_read(set, 0, false);
	assert_true(input_next(r, &e));
	assert_true(e.cut);
	assert_false(input_next(r, &e));
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

/* A hole as large as copytruncate makes it: no record is lost behind it, and none is made of it. */
static void test_large_hole(void **state)
{
	struct bench *b = bench_open();
	const char *path = bench_write(b, "a.log", SLICE(""));
	FILE *f = fopen(path, "wb");
	assert_int_equal(fseek(f, 5000001, SEEK_SET), 0);
	fputs("after\n", f);
	fclose(f);
	struct input_set *set = bench_set(b, path);
	assert_string_equal(bench_records(b, set, 0), "1@5000001=after|");
	assert_int_equal(b->notes[INPUT_HOLE], 1);
	assert_string_equal(b->what[INPUT_HOLE], "NUL bytes where lines should be: 5000001");
	input_set_close(&set);
	bench_close(&b);
}

static void test_digest(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	struct digest d, want;
	assert_true(
	    digest_parse(/* printf 'a\nb\n' | sha256sum */
			 SLICE("911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2"),
			 &want));
	struct input_set *set = bench_set(b, bench_write(b, "a.log", SLICE("a\nb\n")));
	struct input_reader *r = input_read(set, 0, true);
	assert_true(input_next(r, &e));
	assert_false(input_digest(r, &d)); /* not before the end */
	while (input_next(r, &e))
		;
	assert_true(input_digest(r, &d));
	assert_memory_equal(d.b, want.b, sizeof d.b);
	input_close(&r);
	r = input_read(set, 0, false);
	while (input_next(r, &e))
		;
	assert_false(input_digest(r, &d)); /* nobody asked */
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wide_blocks),    cmocka_unit_test(test_cite),
	    cmocka_unit_test(test_cases),          cmocka_unit_test(test_nul_is_a_byte),
	    cmocka_unit_test(test_blocks),         cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_long_last_line), cmocka_unit_test(test_large_hole),
	    cmocka_unit_test(test_digest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
