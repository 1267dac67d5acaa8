/* Every kind of trouble, made of real files: it is noted, and the rest goes on. */
#include "room_of.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char LINE[] = "Mar 17 13:05:00 mail1 dovecot: imap-login: Login: user=<ana>\n";

static void make_missing(struct bench *b, const char *path)
{
}

static void make_empty(struct bench *b, const char *path)
{
	bench_write(b, "it", (slice){0});
}

static void make_fifo(struct bench *b, const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_socket(struct bench *b, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	close(fd);
}

static void make_loop(struct bench *b, const char *path)
{
	assert_int_equal(symlink("it", path), 0);
}

static void make_folder(struct bench *b, const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_junk(struct bench *b, const char *path)
{
	char junk[4096];
	unsigned seed = 1;
	for (size_t i = 0; i < sizeof junk; i++)
		junk[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
	bench_write(b, "it", (slice){junk, sizeof junk});
}

static void make_journal(struct bench *b, const char *path)
{
	bench_write(b, "it", SLICE("LPKSHHRH\0\0\0\0"));
}

static void make_database(struct bench *b, const char *path)
{
	bench_write(b, "it", SLICE("SQLite format 3\0\0\0"));
}

static void make_locked(struct bench *b, const char *path)
{
	const struct bench_member m = {"mail.log", slice_of(LINE)};
	bench_archive(b, "it", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, &m, 1, "secret");
}

/* As many archives around a line as `n`. */
static void make_nested(struct bench *b, int n)
{
	slice inside = slice_of(LINE);
	for (int i = 0; i < n; i++) {
		const struct bench_member m = {i ? "it.tar.xz" : "mail.log", inside};
		bench_archive(b, "it", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ, &m, 1, NULL);
		inside = bench_file(b, "it");
	}
}

static void make_too_deep(struct bench *b, const char *path)
{
	make_nested(b, 5);
}

static void make_pattern(struct bench *b, const char *path)
{
}

static const struct {
	const char *name;
	void (*make)(struct bench *b, const char *path);
	enum input_trouble want;
	const char *words; /* that the note must hold */
	size_t refused;
	const char *given; /* NULL: "it" */
} cases[] = {
    {"no such path", make_missing, INPUT_MISSING, "No such file", 1, NULL},
    {"no match", make_pattern, INPUT_MISSING, "nothing has a name", 1, "*.nothing"},
    {"empty", make_empty, INPUT_EMPTY, "empty", 0, NULL},
    {"fifo", make_fifo, INPUT_REFUSED, "fifo", 1, NULL},
    {"socket", make_socket, INPUT_REFUSED, "socket", 1, NULL},
    {"loop of links", make_loop, INPUT_MISSING, "symbolic links", 1, NULL},
    {"folder without logs", make_folder, INPUT_MISSING, "no log", 1, NULL},
    {"binary junk", make_junk, INPUT_NOT_LOG, "binary", 1, NULL},
    {"journal", make_journal, INPUT_CUT, "journal", 1, NULL},
    {"database", make_database, INPUT_NOT_LOG, "SQLite", 1, NULL},
    {"encrypted zip", make_locked, INPUT_REFUSED, "encrypted", 1, NULL},
    {"archives in archives", make_too_deep, INPUT_REFUSED, "within too many others", 1, NULL},
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bench *b = bench_open();
		const char *it = bench_path(b, cases[i].given ? cases[i].given : "it");
		const char *paths[] = {it, bench_write(b, "good.log", slice_of(LINE))};
		print_message("%s\n", cases[i].name);
		cases[i].make(b, it);
		struct input_set *set = input_open(paths, 2, bench_note, b);
		assert_true(b->notes[cases[i].want] > 0);
		if (!strstr(b->what[cases[i].want], cases[i].words))
			fail_msg("got: %s", b->what[cases[i].want]);
		assert_string_not_equal(b->remedy[cases[i].want], "");
		assert_int_equal(input_refused(set), cases[i].refused);
		assert_int_equal(input_skipped(set), cases[i].want == INPUT_SKIPPED);
		assert_int_equal(input_count(set), 1); /* the rest goes on */
		assert_string_equal(input_info(set, 0)->path, paths[1]);
		input_set_close(&set);
		bench_close(&b);
	}
}

/* Each limit, by its words: what is beyond is refused, and what the user can say is told. */
static const struct {
	const char *words, *remedy;
	size_t count;
} limits[] = {
    {"depth=5", "", 1},
    {"depth=4", "depth=N", 0},
    {"spool=10", "spool=N", 0},
};

static void test_limits(void **state)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct bench *b = bench_open();
		struct input_limits l = input_limits_usual;
		make_nested(b, 5);
		const char *path = bench_path(b, "it");
		print_message("%s\n", limits[i].words);
		assert_true(input_limit(&l, slice_of(limits[i].words)));
		struct input_set *set = input_open_within(&path, 1, &l, bench_note, b);
		assert_int_equal(input_count(set), limits[i].count);
		assert_int_equal(input_refused(set), !limits[i].count);
		if (limits[i].count)
			bench_agree(b, set, 0);
		assert_non_null(strstr(b->remedy[INPUT_REFUSED], limits[i].remedy));
		input_set_close(&set);
		bench_close(&b);
	}
}

static void test_limit_words(void **state)
{
	static const char *const bad[] = {"",          "depth",    "depth=", "depth=0",
					  "depth=-1",  "depth=1X", "deep=1", "bytes=9999999999T",
					  "bytes=1KK", "=1"};
	struct input_limits l = input_limits_usual;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(input_limit(&l, slice_of(bad[i])));
	assert_memory_equal(&l, &input_limits_usual, sizeof l);
	assert_true(input_limit(&l, SLICE("bytes=20G")));
	assert_int_equal(l.bytes, UINT64_C(20) << 30);
}

static void test_too_many(void **state)
{
	static const char *const words[] = {"members=1", "inputs=1"};
	const struct bench_member members[] = {{"a", slice_of(LINE)}, {"b", slice_of(LINE)}};
	for (size_t i = 0; i < 2; i++) {
		struct bench *b = bench_open();
		struct input_limits l = input_limits_usual;
		const char *path = bench_archive(b, "it", ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE,
						 members, 2, NULL);
		assert_true(input_limit(&l, slice_of(words[i])));
		struct input_set *set = input_open_within(&path, 1, &l, bench_note, b);
		assert_int_equal(input_count(set), 1);
		assert_int_equal(b->notes[INPUT_REFUSED], 1);
		input_set_close(&set);
		bench_close(&b);
	}
}

/* Compressed twice: once is unpacked to the temporary file. */
static void test_twice_packed(void **state)
{
	struct bench *b = bench_open();
	bench_pack(b, "once", ARCHIVE_FILTER_XZ, slice_of(LINE));
	struct input_set *set =
	    bench_set(b, bench_pack(b, "it", ARCHIVE_FILTER_GZIP, bench_file(b, "once")));
	assert_int_equal(input_count(set), 1);
	bench_agree(b, set, 0);
	input_set_close(&set);
	bench_close(&b);
}

enum { NOBODY = 65534 }; /* root may read everything, so root becomes somebody else meanwhile */

static void test_no_permission(void **state)
{
	uid_t me = geteuid();
	struct bench *b = bench_open();
	const char *path = bench_write(b, "a.log", slice_of(LINE));
	assert_int_equal(chmod(b->dir, 0711), 0); /* it is the file that may not be read */
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(seteuid(me ? me : NOBODY), 0);
	struct input_set *set = bench_set(b, path);
	assert_int_equal(seteuid(me), 0);
	assert_int_equal(b->notes[INPUT_MISSING], 1);
	assert_string_equal(b->what[INPUT_MISSING], "Permission denied");
	assert_string_equal(b->path[INPUT_MISSING], path);
	assert_int_equal(input_count(set), 0);
	assert_int_equal(input_refused(set), 1);
	input_set_close(&set);
	bench_close(&b);
}

static void test_shrinks(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	struct digest d;
	const char *path = bench_write(b, "a.log", SLICE("one\ntwo\nthree\n"));
	struct input_set *set = bench_set(b, path);
	assert_int_equal(truncate(path, 6), 0);
	struct input_reader *r = input_read(set, 0, true);
	assert_true(input_next(r, &e));
	assert_false(e.cut);
	assert_true(input_next(r, &e));
	assert_true(slice_eq(e.text, SLICE("tw")));
	assert_true(e.cut);
	assert_false(input_next(r, &e));
	assert_true(b->notes[INPUT_CHANGED] > 0);
	assert_false(input_digest(r, &d));
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

static void append(const char *path, const char *text)
{
	FILE *f = fopen(path, "ab");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A live log: what was there at the start is read, and nothing of what came later. */
static void test_grows(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	struct digest d, want = digest_of(SLICE("one\ntw"));
	const char *path = bench_write(b, "a.log", SLICE("one\ntw"));
	struct input_set *set = bench_set(b, path);
	append(path, "o\nthree\n");
	struct input_reader *r = input_read(set, 0, true);
	assert_true(input_next(r, &e));
	assert_true(input_next(r, &e));
	assert_true(slice_eq(e.text, SLICE("tw")));
	assert_true(e.cut);
	assert_false(input_next(r, &e));
	assert_int_equal(b->notes[INPUT_CHANGED], 1);
	assert_true(input_digest(r, &d));
	assert_memory_equal(d.b, want.b, sizeof d.b);
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

/*
 * Rotated away between listing and reading: another file's offsets must not be taken for its own.
 */
static void test_replaced(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	slice quoted;
	const char *path = bench_write(b, "a.log", SLICE("one\n"));
	struct input_set *set = bench_set(b, path);
	assert_int_equal(rename(path, bench_path(b, "a.log.1")), 0);
	bench_write(b, "a.log", SLICE("two\n"));
	struct input_reader *r = input_read(set, 0, true);
	assert_false(input_next(r, &e));
	assert_int_equal(b->notes[INPUT_CHANGED], 1);
	input_seek(r, 0, 1);
	assert_false(input_next(r, &e));
	input_close(&r);
	assert_false(input_quote(set, 0, 0, 3, &b->arena, &quoted));
	input_set_close(&set);
	bench_close(&b);
}

static void test_gone(void **state)
{
	struct bench *b = bench_open();
	struct record e;
	const char *path = bench_write(b, "a.log", SLICE("one\n"));
	struct input_set *set = bench_set(b, path);
	assert_int_equal(unlink(path), 0);
	struct input_reader *r = input_read(set, 0, true);
	assert_false(input_next(r, &e));
	assert_int_equal(b->notes[INPUT_CHANGED], 1);
	input_close(&r);
	input_set_close(&set);
	bench_close(&b);
}

/* A folder: sorted, links not followed, what is no log passed by, each file once. */
static void test_folder(void **state)
{
	struct bench *b = bench_open();
	const char *const folders[] = {"var", "var/.git", "var/log", "var/log/remote"};
	const char *const files[] = {"var/log/mail.log.1", "var/log/mail.log",   "var/.git/config",
				     "var/networks.yaml",  "var/truth.json",     "var/log/remote/b",
				     "outside.log",        "var/log/.hidden.log"};
	const char *const want[] = {"var/log/.hidden.log", "var/log/mail.log", "var/log/mail.log.1",
				    "var/log/remote/b"};
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		assert_int_equal(mkdir(bench_path(b, folders[i]), 0700), 0);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		bench_write(b, files[i], slice_of(LINE));
	assert_int_equal(symlink("../outside.log", bench_path(b, "var/link.log")), 0);
	assert_int_equal(symlink("..", bench_path(b, "var/log/up")), 0);
	bench_write(b, "var/cache.db", SLICE("SQLite format 3\0"));
	const char *paths[] = {bench_path(b, "var"), bench_path(b, "var/log/mail.log"),
			       bench_path(b, "var/networks.yaml")};
	struct input_set *set = input_open(paths, 3, bench_note, b);
	assert_int_equal(input_count(set), 5);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(input_info(set, i)->path, bench_path(b, want[i]));
	assert_string_equal(input_info(set, 4)->path, paths[2]); /* named: read whatever its name */
	/* .git, two links, yaml, truth, database, mail.log a second time */
	assert_int_equal(input_skipped(set), 7);
	assert_int_equal(input_refused(set), 0);
	assert_string_equal(input_info(set, 1)->stream, input_info(set, 2)->stream);
	input_set_close(&set);
	bench_close(&b);
}

/* The same folder twice is no trouble; it is just not read twice. */
static void test_folder_twice(void **state)
{
	struct bench *b = bench_open();
	bench_write(b, "mail.log", slice_of(LINE));
	const char *paths[] = {b->dir, b->dir};
	struct input_set *set = input_open(paths, 2, bench_note, b);
	assert_int_equal(input_count(set), 1);
	assert_int_equal(input_refused(set), 0);
	assert_int_equal(input_skipped(set), 1);
	input_set_close(&set);
	bench_close(&b);
}

static void test_glob(void **state)
{
	struct bench *b = bench_open();
	bench_write(b, "mail.log", SLICE("b\n"));
	bench_write(b, "mail.log.1", SLICE("a\n"));
	bench_write(b, "mail[1].log", SLICE("c\n")); /* a name, not a pattern */
	struct input_set *set = bench_set(b, bench_path(b, "mail.l*"));
	assert_int_equal(input_count(set), 2);
	assert_string_equal(bench_records(b, set, 0), "1@0=b|");
	assert_string_equal(bench_records(b, set, 1), "1@0=a|");
	input_set_close(&set);
	set = bench_set(b, bench_path(b, "mail[1].log"));
	assert_int_equal(input_count(set), 1);
	assert_string_equal(bench_records(b, set, 0), "1@0=c|");
	input_set_close(&set);
	bench_close(&b);
}

/* Standard input can be read twice, moved in and quoted; the second "-" is none. */
static void test_stdin(void **state)
{
	struct bench *b = bench_open();
	int ends[2], kept = dup(STDIN_FILENO);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "one\ntwo\n", 8), 8);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	const char *paths[] = {"-", "-"};
	struct input_set *set = input_open(paths, 2, bench_note, b);
	assert_int_equal(input_count(set), 1);
	assert_int_equal(b->notes[INPUT_SKIPPED], 1);
	assert_string_equal(input_info(set, 0)->path, "-");
	assert_string_equal(bench_records(b, set, 0), "1@0=one|2@4=two|");
	bench_agree(b, set, 0);
	input_set_close(&set);
	if (kept >= 0)
		dup2(kept, STDIN_FILENO);
	close(kept);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),       cmocka_unit_test(test_limit_words),
	    cmocka_unit_test(test_too_many),     cmocka_unit_test(test_twice_packed),
	    cmocka_unit_test(test_cases),        cmocka_unit_test(test_no_permission),
	    cmocka_unit_test(test_shrinks),      cmocka_unit_test(test_grows),
	    cmocka_unit_test(test_replaced),     cmocka_unit_test(test_gone),
	    cmocka_unit_test(test_folder),       cmocka_unit_test(test_glob),
	    cmocka_unit_test(test_folder_twice), cmocka_unit_test(test_stdin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
