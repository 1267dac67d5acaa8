/* Compressed files and archives: the same records, offsets, quotes and digests as unpacked. */
#include "room_of.h"

#include "input/room.h"

#include <archive.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *name;
	int filter;
	int many; /* lines that fill more than one block of it */
} filters[] = {
    {"gz", ARCHIVE_FILTER_GZIP, 10000},  {"bz2", ARCHIVE_FILTER_BZIP2, 40000},
    {"xz", ARCHIVE_FILTER_XZ, 10000},    {"zst", ARCHIVE_FILTER_ZSTD, 10000},
    {"lz4", ARCHIVE_FILTER_LZ4, 200000},
};

static const struct {
	const char *name;
	int format, filter;
} archives[] = {
    {"tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE},
    {"pax tar", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE},
    {"GNU tar", ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE},
    {"tar.gz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP},
    {"tar.bz2", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2},
    {"tar.xz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ},
    {"tar.zst", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD},
    {"tar.lz4", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZ4},
    {"zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
    {"7z", ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE},
};

/* Lines that compress neither to nothing nor not at all. */
static slice lines(struct bench *b, unsigned seed, int n)
{
	struct out o = {.fd = -1};
	for (int i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		out_format(&o, "Mar 17 13:05:00 mail1 dovecot: imap(ana)<%x>: Logged out\n", seed);
	}
	slice kept = arena_copy(&b->arena, (slice){o.at, o.len});
	out_close(&o);
	return kept;
}

static void assert_digest(struct input_set *set, size_t i, slice bytes)
{
	struct record e;
	struct digest d, want = digest_of(bytes);
	struct input_reader *r = input_read(set, i, true);
	while (input_next(r, &e))
		;
	assert_true(input_digest(r, &d));
	assert_memory_equal(d.b, want.b, sizeof d.b);
	assert_int_equal(input_at(r), input_info(set, i)->bytes);
	input_close(&r);
}

static void assert_text(struct input_set *set, size_t i, slice text)
{
	struct record e;
	struct input_reader *r = input_read(set, i, false);
	while (input_next(r, &e))
		assert_true(slice_eq(e.text, slice_until(&text, '\n')));
	assert_int_equal(text.len, 0);
	input_close(&r);
}

static void test_codecs(void **state)
{
	struct bench *b = bench_open();
	slice text = lines(b, 1, 5000);
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		print_message("%s\n", filters[i].name);
		struct input_set *set = bench_set(b, bench_pack(b, "it", filters[i].filter, text));
		assert_int_equal(input_count(set), 1); /* by content: its name says nothing */
		assert_true(input_info(set, 0)->compressed);
		assert_text(set, 0, text);
		assert_digest(set, 0, bench_file(b, "it"));
		bench_agree(b, set, 0);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* What a report cites is read in one go, however often it goes on: the file is opened no more. */
static void test_cited_in_one_go(void **state)
{
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		print_message("%s\n", filters[i].name);
		slice text = lines(b, 1, 40000), left = text;
		const char *path = bench_pack(b, "it", filters[i].filter, text);
		struct input_set *set = bench_set(b, path);
		struct input_reader *r = input_read(set, 0, false);
		assert_int_equal(unlink(path), 0);
		for (uint64_t line = 1; left.len; line++) {
			struct input_citation c;
			uint64_t offset = (uint64_t)(left.at - text.at);
			slice want = slice_until(&left, '\n');
			if (line % 7)
				continue;
			assert_true(input_cite(r, offset, line, (uint32_t)want.len, &b->arena, &c));
			assert_true(slice_eq(c.text, want));
			assert_int_equal(c.length, want.len);
		}
		input_close(&r);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* Cut in the middle: noted, what came before is there, and nothing else. */
static void test_codecs_cut(void **state)
{
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		print_message("%s\n", filters[i].name);
		slice text = lines(b, 1, filters[i].many);
		const char *path = bench_pack(b, "it", filters[i].filter, text);
		assert_int_equal(truncate(path, (off_t)bench_file(b, "it").len / 2), 0);
		struct record e = {0};
		slice left = text;
		struct input_set *set = bench_set(b, path);
		assert_int_equal(input_count(set), 1);
		struct input_reader *r = input_read(set, 0, true);
		while (input_next(r, &e) && !e.cut)
			assert_true(slice_eq(e.text, slice_until(&left, '\n')));
		assert_true(slice_starts(left, e.text) || !e.cut);
		assert_true(left.len < text.len);
		assert_true(b->notes[INPUT_CUT] == 1);
		struct digest d, want = digest_of(bench_file(b, "it"));
		while (input_next(r, &e))
			;
		assert_true(input_digest(r, &d)); /* of the file as it lies there */
		assert_memory_equal(d.b, want.b, sizeof d.b);
		input_close(&r);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* gzip loses nothing before the cut: three bytes short of the end, all text is there. */
static void test_gzip_last_bytes(void **state)
{
	struct bench *b = bench_open();
	slice text = lines(b, 1, 100);
	const char *path = bench_pack(b, "it.gz", ARCHIVE_FILTER_GZIP, text);
	assert_int_equal(truncate(path, (off_t)bench_file(b, "it.gz").len - 3), 0);
	struct input_set *set = bench_set(b, path);
	assert_text(set, 0, text);
	assert_int_equal(b->notes[INPUT_CUT], 1);
	input_set_close(&set);
	bench_close(&b);
}

/* Wherever it was cut, a reader that stops at a record and goes on gets what one reading gets. */
static void test_gzip_every_cut(void **state)
{
	struct bench *b = bench_open();
	struct out o = {.fd = -1};
	for (int i = 0; i < 60; i++)
		out_format(&o, "%d%*s\n%s", i, i * 37 % 700, "", i % 9 ? "" : "\n\n\n\n\n\n\n");
	const char *path = bench_pack(b, "it.gz", ARCHIVE_FILTER_GZIP, (slice){o.at, o.len});
	slice file = bench_file(b, "it.gz");
	for (size_t len = 20; len < file.len; len++) {
		bench_write(b, "it.gz", slice_first(file, len));
		struct input_set *set = bench_set(b, path);
		for (size_t i = 0; i < input_count(set); i++)
			bench_agree(b, set, i);
		assert_true(b->notes[INPUT_CUT] > 0);
		input_set_close(&set);
	}
	out_close(&o);
	bench_close(&b);
}

static void test_gzip_altered(void **state)
{
	struct bench *b = bench_open();
	slice text = lines(b, 1, 100), file;
	bench_pack(b, "it.gz", ARCHIVE_FILTER_GZIP, text);
	file = bench_file(b, "it.gz");
	((char *)(uintptr_t)file.at)[file.len - 6] ^= 1; /* in the check sum */
	struct input_set *set = bench_set(b, bench_write(b, "it.gz", file));
	assert_text(set, 0, text);
	assert_int_equal(b->notes[INPUT_CUT], 1);
	assert_string_equal(b->what[INPUT_CUT], "incorrect data check");
	input_set_close(&set);
	bench_close(&b);
}

static const struct {
	const char *name;
	slice behind; /* a gzip of "a\n" */
	size_t cut;
} tails[] = {
    {"nothing", SLICE_INIT(""), 0},
    {"zero padding", SLICE_INIT("\0\0\0\0\0\0\0\0"), 0},
    {"rubbish", SLICE_INIT("\0rubbish"), 1},
};

static void test_gzip_tails(void **state)
{
	struct bench *b = bench_open();
	bench_pack(b, "one", ARCHIVE_FILTER_GZIP, SLICE("a\n"));
	slice one = bench_file(b, "one");
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		slice all =
		    arena_format(&b->arena, "%*s", (int)(2 * one.len + tails[i].behind.len), "");
		char *at = (char *)(uintptr_t)all.at;
		memcpy(at, one.at, one.len);
		memcpy(at + one.len, one.at, one.len);
		memcpy(at + 2 * one.len, tails[i].behind.at, tails[i].behind.len);
		print_message("%s\n", tails[i].name);
		struct input_set *set = bench_set(b, bench_write(b, "two", all));
		assert_string_equal(bench_records(b, set, 0), "1@0=a|2@2=a|");
		assert_int_equal(b->notes[INPUT_CUT], tails[i].cut);
		assert_digest(set, 0, all);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* Two members, one of them compressed itself: read at once, each from its own reader. */
static void test_archives(void **state)
{
	struct bench *b = bench_open();
	slice old = lines(b, 1, 4000), now = lines(b, 2, 3000);
	bench_pack(b, "old.gz", ARCHIVE_FILTER_GZIP, old);
	const struct bench_member members[] = {
	    {"var/log/mail.log", now},
	    {"var/log/mail.log.2.gz", bench_file(b, "old.gz")},
	    {"var/log/cache.db", SLICE_INIT("SQLite format 3\0")},
	    {"var/log/empty", SLICE_INIT("")},
	};
	for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
		print_message("%s\n", archives[i].name);
		const char *path = bench_archive(b, "it", archives[i].format, archives[i].filter,
						 members, 4, NULL);
		struct input_set *set = bench_set(b, path);
		assert_int_equal(input_count(set), 2);
		assert_int_equal(input_refused(set), 0);
		assert_int_equal(input_skipped(set), 1);
		assert_string_equal(input_info(set, 0)->path,
				    bench_path(b, "it//var/log/mail.log"));
		assert_string_equal(input_info(set, 0)->stream, input_info(set, 1)->stream);
		assert_int_equal(input_info(set, 0)->mtime_us, 1773741900 * CLOCK_SECOND);
		assert_text(set, 0, now);
		assert_text(set, 1, old);
		assert_digest(set, 0, now);
		assert_digest(set, 1, members[1].bytes);
		bench_agree(b, set, 0);
		bench_agree(b, set, 1);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* Whoever packs an archive may write any time into it; one that no calendar has is none. */
static void test_odd_times(void **state)
{
	static const struct {
		const char *mtime;
		bool known;
	} cases[] = {{"1773741900", true},
		     {"99999999999", true},
		     {"999999999999", false},
		     {"9223372036854775807", false},
		     {"-9223372036854775807", false}};
	struct bench *b = bench_open();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char command[512];
		bench_write(b, "mail.log", lines(b, 1, 3));
		snprintf(command, sizeof command,
			 "tar --format=pax --pax-option=mtime:=%s -C %s -cf %s mail.log",
			 cases[i].mtime, b->dir, bench_path(b, "it.tar"));
		assert_int_equal(system(command), 0);
		struct input_set *set = bench_set(b, bench_path(b, "it.tar"));
		assert_int_equal(input_count(set), 1);
		int64_t want =
		    cases[i].known ? strtoll(cases[i].mtime, NULL, 10) * CLOCK_SECOND : 0;
		int64_t told = input_info(set, 0)->mtime_us;
		if (cases[i].known ? told != want : llabs(told - clock_now()) > CLOCK_HOUR)
			fail_msg("%s: %lld", cases[i].mtime, (long long)told);
		input_set_close(&set);
	}
	bench_close(&b);
}

/* The last member of a large tar.gz is found without unpacking all that lies before it. */
static void test_marks(void **state)
{
	struct bench *b = bench_open();
	const struct bench_member members[] = {
	    {"a", lines(b, 1, 200000)}, {"b", lines(b, 2, 200000)}, {"c", lines(b, 3, 2000)}};
	struct input_set *set = bench_set(b, bench_archive(b, "it", ARCHIVE_FORMAT_TAR_USTAR,
							   ARCHIVE_FILTER_GZIP, members, 3, NULL));
	assert_int_equal(input_count(set), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_text(set, i, members[i].bytes);
		assert_digest(set, i, members[i].bytes);
	}
	struct stack s;
	assert_true(stack_open(set, &set->inputs.at[2], false, &s));
	assert_true(s.file->made < bench_file(b, "it").len / 2);
	stack_close(&s);
	assert_int_equal(b->notes[INPUT_CUT], 0);
	input_set_close(&set);
	bench_close(&b);
}

/* Names beyond ASCII, in whatever locale: shown as they are. */
static void test_names(void **state)
{
	struct bench *b = bench_open();
	const struct bench_member m = {"var/log/stra\xc3\x9f"
				       "e-20260301.log",
				       SLICE_INIT("a\n")};
	for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
		assert_non_null(setlocale(LC_CTYPE, "C.UTF-8")); /* for the writer */
		const char *path =
		    bench_archive(b, "it", archives[i].format, archives[i].filter, &m, 1, NULL);
		assert_non_null(setlocale(LC_CTYPE, "C"));
		struct input_set *set = bench_set(b, path);
		assert_int_equal(input_count(set), 1);
		assert_string_equal(input_info(set, 0)->path,
				    arena_format(&b->arena, "%s/it//%s", b->dir, m.name).at);
		assert_string_equal(bench_records(b, set, 0), "1@0=a|");
		input_set_close(&set);
	}
	bench_close(&b);
}

static void test_interleaved(void **state)
{
	struct bench *b = bench_open();
	slice left[2] = {lines(b, 1, 9000), lines(b, 2, 9000)};
	const struct bench_member members[] = {{"a", left[0]}, {"b", left[1]}};
	struct record e;
	struct input_set *set = bench_set(b, bench_archive(b, "it", ARCHIVE_FORMAT_TAR_USTAR,
							   ARCHIVE_FILTER_XZ, members, 2, NULL));
	struct input_reader *r[2] = {input_read(set, 0, false), input_read(set, 1, false)};
	for (int i = 0; left[0].len || left[1].len; i++) {
		assert_true(input_next(r[i % 2], &e));
		assert_true(slice_eq(e.text, slice_until(&left[i % 2], '\n')));
	}
	input_close(&r[0]);
	input_close(&r[1]);
	input_set_close(&set);
	bench_close(&b);
}

/* An archive that ends early: the members before the cut are read, the one in it is told. */
static void test_archive_cut(void **state)
{
	struct bench *b = bench_open();
	slice text = lines(b, 1, 3000);
	const struct bench_member members[] = {{"a", text}, {"b", text}};
	const char *path = bench_archive(b, "it.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE,
					 members, 2, NULL);
	assert_int_equal(truncate(path, (off_t)(text.len + text.len / 2)), 0);
	struct input_set *set = bench_set(b, path);
	assert_int_equal(input_count(set), 2);
	assert_true(input_refused(set) > 0);
	assert_text(set, 0, text);
	bench_forget(b);
	bench_records(b, set, 1);
	assert_int_equal(b->notes[INPUT_CUT], 1);
	input_set_close(&set);
	bench_close(&b);
}

/* Some kilobytes that want to be two gigabytes: stopped long before, and told. */
static void test_bomb(void **state)
{
	struct bench *b = bench_open();
	struct stack s;
	struct input_set *set =
	    bench_set(b, bench_pack_many(b, "bomb", ARCHIVE_FILTER_ZSTD, 'x', UINT64_C(2) << 30));
	assert_true(stack_open(set, &set->inputs.at[0], false, &s));
	assert_false(layer_skip(s.top, UINT64_C(2) << 30));
	assert_true(s.top->at >= INPUT_FREE);
	assert_true(s.top->at < INPUT_FREE + (UINT64_C(1) << 24));
	assert_int_equal(layer_fault(s.top)->trouble, INPUT_REFUSED);
	stack_close(&s);
	input_set_close(&set);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_codecs),          cmocka_unit_test(test_codecs_cut),
	    cmocka_unit_test(test_cited_in_one_go), cmocka_unit_test(test_gzip_last_bytes),
	    cmocka_unit_test(test_gzip_every_cut),  cmocka_unit_test(test_gzip_altered),
	    cmocka_unit_test(test_gzip_tails),      cmocka_unit_test(test_archives),
	    cmocka_unit_test(test_marks),           cmocka_unit_test(test_odd_times),
	    cmocka_unit_test(test_names),           cmocka_unit_test(test_interleaved),
	    cmocka_unit_test(test_archive_cut),     cmocka_unit_test(test_bomb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
