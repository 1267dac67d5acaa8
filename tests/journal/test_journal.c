/* test_journal.c - what is written holds; each changed byte, missing or added line is named. */
#include "journal/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct dir {
	char path[64], journal[96];
};

static struct dir fresh(void)
{
	struct dir d = {.path = "/tmp/tocsin-journal-XXXXXX"};
	assert_non_null(mkdtemp(d.path));
	snprintf(d.journal, sizeof d.journal, "%s/journal", d.path);
	return d;
}

static void clear(const struct dir *d)
{
	static const char *const names[] = {"journal", "journal.key", "journal.pub",
					    "journal.torn"};
	char path[128];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", d->path, names[i]);
		unlink(path);
	}
	rmdir(d->path);
}

static void add(const struct dir *d, int n)
{
	char why[256], data[64];
	struct journal *j = journal_open(d->path, false, why, sizeof why);
	assert_non_null(j);
	for (int i = 0; i < n; i++) {
		int len = snprintf(data, sizeof data, "{\"n\":%d,\"name\":\"\\\"},\"}", i);
		assert_true(journal_add(j, "tried", (slice){data, (size_t)len}));
	}
	journal_close(&j);
}

static size_t read_text(const struct dir *d, char *room, size_t size)
{
	int fd = open(d->journal, O_RDONLY);
	ssize_t n = read(fd, room, size);
	close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void write_text(const struct dir *d, const char *text, size_t len)
{
	int fd = open(d->journal, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void test_holds(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	add(&d, 3);
	add(&d, 2); /* opened again: the chain goes on */
	assert_true(journal_verify(d.path, &s));
	assert_int_equal(s.entries, 5);
	clear(&d);
}

/* Each byte of the file, line ends too. */
static void test_each_byte(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	char text[4096];
	add(&d, 3);
	size_t len = read_text(&d, text, sizeof text);
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 1;
		write_text(&d, text, len);
		assert_false(journal_verify(d.path, &s));
		assert_true(s.bad_line >= 1 && s.what[0]);
		text[i] ^= 1;
	}
	write_text(&d, text, len);
	assert_true(journal_verify(d.path, &s));
	clear(&d);
}

static void test_line_taken_out(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	char text[4096];
	add(&d, 3);
	size_t len = read_text(&d, text, sizeof text);
	char *second = memchr(text, '\n', len) + 1;
	char *third = memchr(second, '\n', len - (size_t)(second - text)) + 1;
	memmove(second, third, len - (size_t)(third - text));
	write_text(&d, text, len - (size_t)(third - second));
	assert_false(journal_verify(d.path, &s));
	assert_int_equal(s.bad_line, 2);
	clear(&d);
}

/* Lines cut off the end leave a chain that holds: only the head noted elsewhere tells. */
static void test_head(void **state)
{
	struct dir d = fresh();
	struct journal_state before, after;
	char text[4096];
	add(&d, 2);
	assert_true(journal_verify(d.path, &before));
	size_t len = read_text(&d, text, sizeof text);
	write_text(&d, text, (size_t)((char *)memchr(text, '\n', len) - text) + 1);
	assert_true(journal_verify(d.path, &after));
	assert_int_equal(after.entries, 1);
	assert_memory_not_equal(before.head.b, after.head.b, sizeof before.head.b);
	clear(&d);
}

/* A crash in the middle of a line: it is kept aside, and said. */
static void test_torn(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	char text[4096], torn[96];
	struct stat st;
	add(&d, 2);
	size_t len = read_text(&d, text, sizeof text);
	write_text(&d, text, len - 20);
	assert_false(journal_verify(d.path, &s));
	add(&d, 1);
	assert_true(journal_verify(d.path, &s));
	assert_int_equal(s.entries, 3); /* the first, "torn", and the new one */
	snprintf(torn, sizeof torn, "%s/journal.torn", d.path);
	assert_int_equal(stat(torn, &st), 0);
	assert_true(st.st_size > 20);
	clear(&d);
}

static void test_two_at_once(void **state)
{
	struct dir d = fresh();
	char why[256] = "";
	struct journal *a = journal_open(d.path, false, why, sizeof why);
	assert_non_null(a);
	assert_null(journal_open(d.path, false, why, sizeof why));
	assert_non_null(strstr(why, "another tocsin"));
	struct journal *reader = journal_open(d.path, true, why, sizeof why);
	assert_non_null(reader);
	journal_close(&reader);
	journal_close(&a);
	clear(&d);
}

struct count {
	size_t n;
	uint64_t last;
};

static bool count_entry(void *ctx, const struct journal_entry *e)
{
	struct count *c = ctx;
	c->n++;
	c->last = e->number;
	return true;
}

/* Together, with one line after the other; who reads on from a mark is told each once. */
static void test_gathered(void **state)
{
	struct dir d = fresh();
	char why[256] = "";
	struct journal_state s;
	struct journal_mark mark = {0};
	struct count c = {0};
	add(&d, 2);
	struct journal *j = journal_open(d.path, false, why, sizeof why);
	assert_true(journal_since(j, &mark, count_entry, &c));
	assert_int_equal(c.n, 2);
	journal_gather(j);
	assert_true(journal_add(j, "a", SLICE("{}")));
	assert_true(journal_add(j, "b", SLICE("{}")));
	assert_true(journal_since(j, &mark, count_entry, &c));
	assert_int_equal(c.n, 2); /* not there yet */
	assert_true(journal_settle(j));
	assert_true(journal_settle(j));
	assert_true(journal_add(j, "c", SLICE("{}")));
	assert_true(journal_since(j, &mark, count_entry, &c));
	assert_int_equal(c.n, 5);
	assert_int_equal(c.last, 5);
	journal_gather(j);
	assert_true(journal_add(j, "d", SLICE("{}")));
	journal_close(&j); /* nothing that was decided is forgotten */
	assert_true(journal_verify(d.path, &s));
	assert_int_equal(s.entries, 6);
	mark.ino++;
	j = journal_open(d.path, true, why, sizeof why);
	assert_false(journal_since(j, &mark, count_entry, &c));
	assert_int_equal(c.n, 5);
	journal_close(&j);
	clear(&d);
}

/* A line longer than what is read of the end at once, and many of them. */
static void test_long_lines(void **state)
{
	struct dir d = fresh();
	char why[256] = "";
	struct journal_state s;
	struct out o = {.fd = -1};
	out_text(&o, "{\"a\":\"");
	for (int i = 0; i < 200000; i++)
		out_char(&o, 'x');
	out_text(&o, "\"}");
	for (int i = 0; i < 3; i++) {
		struct journal *j = journal_open(d.path, false, why, sizeof why);
		assert_true(journal_add(j, "long", (slice){o.at, o.len}));
		journal_close(&j);
		add(&d, 1);
	}
	out_close(&o);
	assert_true(journal_verify(d.path, &s));
	assert_int_equal(s.entries, 6);
	clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_holds),          cmocka_unit_test(test_each_byte),
	    cmocka_unit_test(test_line_taken_out), cmocka_unit_test(test_head),
	    cmocka_unit_test(test_torn),           cmocka_unit_test(test_two_at_once),
	    cmocka_unit_test(test_gathered),       cmocka_unit_test(test_long_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
