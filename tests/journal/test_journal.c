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
	char command[128];
	snprintf(command, sizeof command, "rm -r -- %s", d->path);
	assert_int_equal(system(command), 0);
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

static size_t read_file(const char *path, char *room, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, room, size);
	close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static size_t read_text(const struct dir *d, char *room, size_t size)
{
	return read_file(d->journal, room, size);
}

static void write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void write_text(const struct dir *d, const char *text, size_t len)
{
	write_file(d->journal, text, len);
}

static void test_holds(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	add(&d, 3);
	add(&d, 2); /* opened again: the chain goes on */
	assert_true(journal_verify(d.path, NULL, &s));
	assert_int_equal(s.head.entries, 5);
	clear(&d);
}

/* A name is what a directory of users has; whatever it is, the journal goes on. */
static void test_odd_names(void **state)
{
	static const char *const names[] = {"ana",  "EXAMPLE\\ana", "a\"b", "\"",
					    "a\nb", "\xff\xc3",     ""};
	struct dir d = fresh();
	struct journal_state s;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		setenv("SUDO_USER", names[i], 1);
		add(&d, 1);
		if (!journal_verify(d.path, NULL, &s))
			fail_msg("%s: %s", names[i], s.what);
	}
	unsetenv("SUDO_USER");
	clear(&d);
}

static bool stop_at_two(void *ctx, const struct journal_entry *e)
{
	*(uint64_t *)ctx = e->number;
	return e->number != 2;
}

/* Who stops in the middle hears the same again, and the rest. */
static void test_stopped(void **state)
{
	struct dir d = fresh();
	struct journal_mark mark = {0};
	uint64_t heard = 0;
	char why[256];
	add(&d, 3);
	struct journal *j = journal_open(d.path, true, why, sizeof why);
	assert_false(journal_since(j, &mark, stop_at_two, &heard));
	assert_string_equal(journal_why(j), "");
	assert_false(journal_since(j, &mark, stop_at_two, &heard));
	assert_string_equal(journal_why(j), "");
	assert_int_equal(heard, 2);
	journal_close(&j);
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
		assert_false(journal_verify(d.path, NULL, &s));
		assert_true(s.bad_line >= 1 && s.what[0]);
		text[i] ^= 1;
	}
	write_text(&d, text, len);
	assert_true(journal_verify(d.path, NULL, &s));
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
	assert_false(journal_verify(d.path, NULL, &s));
	assert_int_equal(s.bad_line, 2);
	clear(&d);
}

/* Lines cut off the end leave a chain that holds: the head beside it tells, or one noted elsewhere
 * where that was made to fit. */
static void test_head(void **state)
{
	struct dir d = fresh();
	struct journal_state before, after;
	char text[4096], path[96], head[96];
	add(&d, 1);
	assert_true(journal_verify(d.path, NULL, &after));
	snprintf(path, sizeof path, "%s/journal.head", d.path);
	read_file(path, head, sizeof head);
	add(&d, 1);
	assert_true(journal_verify(d.path, NULL, &before));
	assert_true(journal_verify(d.path, &before.head.hash, &after));
	assert_int_equal(after.noted_at, 2);
	size_t len = read_text(&d, text, sizeof text);
	write_text(&d, text, (size_t)((char *)memchr(text, '\n', len) - text) + 1);
	assert_false(journal_verify(d.path, NULL, &after));
	assert_int_equal(after.bad_line, 2);
	assert_non_null(strstr(after.what, "cut off"));
	write_file(path, head, 95);
	assert_true(journal_verify(d.path, &before.head.hash, &after));
	assert_int_equal(after.head.entries, 1);
	assert_int_equal(after.noted_at, 0);
	clear(&d);
}

/* A head of which a part alone was written over the former one notes nothing, wherever it was torn,
 * and the next entry writes it anew; so does one of before, which ends behind its digest. */
static void test_torn_head(void **state)
{
	enum { HEAD = 95, PLAIN = 86 };
	struct dir d = fresh();
	struct journal_state s;
	char path[96], before[HEAD + 1], after[HEAD + 1], torn[HEAD];
	snprintf(path, sizeof path, "%s/journal.head", d.path);
	add(&d, 1);
	read_file(path, before, sizeof before);
	add(&d, 1);
	read_file(path, after, sizeof after);
	for (size_t at = 1; at < HEAD; at += 7) {
		memcpy(torn, after, at);
		memcpy(torn + at, before + at, HEAD - at);
		write_file(path, torn, HEAD);
		add(&d, 1);
		assert_true(journal_verify(d.path, NULL, &s));
		assert_int_equal(s.kept.entries, s.head.entries);
		memcpy(before, after, HEAD);
		read_file(path, after, sizeof after);
	}
	after[PLAIN - 1] = '\n';
	write_file(path, after, PLAIN);
	add(&d, 1);
	assert_true(journal_verify(d.path, NULL, &s));
	clear(&d);
}

/* A crash in the middle of a line: it is kept aside, and said. */
static void test_torn(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	char text[4096], torn[96];
	struct stat st;
	add(&d, 1);
	size_t len = read_text(&d, text, sizeof text);
	memcpy(text + len, text, 100);
	write_text(&d, text, len + 100);
	assert_false(journal_verify(d.path, NULL, &s));
	assert_int_equal(s.bad_line, 2);
	add(&d, 1);
	assert_true(journal_verify(d.path, NULL, &s));
	assert_int_equal(s.head.entries, 3); /* the first, "torn", and the new one */
	snprintf(torn, sizeof torn, "%s/journal.torn", d.path);
	assert_int_equal(stat(torn, &st), 0);
	assert_int_equal(st.st_size, 101);
	clear(&d);
}

/* --- what is done to a journal of three entries --- */

static void change_first(const struct dir *d)
{
	char text[4096];
	size_t len = read_text(d, text, sizeof text);
	memcpy(strstr(text, "\"n\":0"), "\"n\":7", 5);
	write_text(d, text, len);
}

static void change_last(const struct dir *d)
{
	char text[4096];
	size_t len = read_text(d, text, sizeof text);
	memcpy(strstr(text, "\"n\":2"), "\"n\":7", 5);
	write_text(d, text, len);
}

static void cut_last(const struct dir *d)
{
	char text[4096];
	size_t len = read_text(d, text, sizeof text);
	write_text(d, text, (size_t)((char *)memrchr(text, '\n', len - 1) - text) + 1);
}

static void empty(const struct dir *d)
{
	write_text(d, "", 0);
}

static void lose(const struct dir *d, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", d->path, name);
	assert_int_equal(unlink(path), 0);
}

static void lose_key(const struct dir *d)
{
	lose(d, "journal.key");
}
static void lose_public(const struct dir *d)
{
	lose(d, "journal.pub");
}
static void lose_head(const struct dir *d)
{
	lose(d, "journal.head");
}
static void lose_journal(const struct dir *d)
{
	lose(d, "journal");
}

/* The keys of another one. */
static void other_keys(const struct dir *d)
{
	struct dir other = fresh();
	char command[256];
	add(&other, 1);
	snprintf(command, sizeof command, "cp %s/journal.key %s/journal.pub %s", other.path,
		 other.path, d->path);
	assert_int_equal(system(command), 0);
	clear(&other);
}

static void bar(const struct dir *d, const char *name, const char *how)
{
	char command[256];
	snprintf(command, sizeof command, "cd %s && mv %s aside && %s %s", d->path, name, how,
		 name);
	assert_int_equal(system(command), 0);
}

static void pipe_for_journal(const struct dir *d)
{
	bar(d, "journal", "mkfifo");
}
static void pipe_for_key(const struct dir *d)
{
	bar(d, "journal.key", "mkfifo");
}
static void folder_for_head(const struct dir *d)
{
	bar(d, "journal.head", "mkdir");
}
static void link_for_journal(const struct dir *d)
{
	bar(d, "journal", "ln -s aside");
}
static void link_for_key(const struct dir *d)
{
	bar(d, "journal.key", "ln -s aside");
}

static bool any(void *ctx, const struct journal_entry *e)
{
	return true;
}

static bool can_be_read(const struct dir *d, char *why, size_t size)
{
	struct journal *j = journal_open(d->path, true, why, size);
	bool fine = j && journal_each(j, any, NULL);
	if (j && !fine)
		snprintf(why, size, "%s", journal_why(j));
	journal_close(&j);
	return fine;
}

static bool can_be_written(const struct dir *d, char *why, size_t size)
{
	struct journal *j = journal_open(d->path, false, why, size);
	bool fine = j && journal_each(j, any, NULL);
	if (j && !fine)
		snprintf(why, size, "%s", journal_why(j));
	journal_close(&j);
	return fine;
}

/* Refused with place and remedy; renewed, what holds is there, and the former one as it was. */
static void test_damage(void **state)
{
	static const struct {
		void (*damage)(const struct dir *d);
		bool read; /* without its key it can still be read */
		unsigned held;
		const char *said;
	} rows[] = {
	    {change_first, false, 0, "journal:1: its signature"},
	    {change_last, false, 2, "journal:3: its signature"},
	    {cut_last, false, 2, "journal:3: entries were cut off"},
	    {empty, false, 0, "journal:1: entries were cut off"},
	    {lose_key, true, 3, "journal.key: it is gone"},
	    {lose_public, false, 3, "journal.pub: "},
	    {lose_head, false, 3, "journal.head: it is gone"},
	    {lose_journal, false, 0, "journal:1: entries were cut off"},
	    {other_keys, false, 0, "journal:1: its signature"},
	    {pipe_for_journal, false, 0, "journal: it is no regular file"},
	    {pipe_for_key, true, 3, "journal.key: it is no regular file"},
	    {folder_for_head, false, 3, "journal.head: it is no regular file"},
	    {link_for_journal, false, 0, "journal: a symbolic link"},
	    {link_for_key, true, 3, "journal.key: a symbolic link"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dir d = fresh();
		struct journal_renewed r;
		struct journal_state s;
		char why[1024] = "";
		add(&d, 3);
		rows[i].damage(&d);
		assert_int_equal(can_be_read(&d, why, sizeof why), rows[i].read);
		assert_false(can_be_written(&d, why, sizeof why));
		if (!strstr(why, rows[i].said) || !strstr(why, "tocsin journal renew"))
			fail_msg("row %zu: %s", i, why);
		assert_true(journal_renew(d.path, &r, why, sizeof why));
		assert_int_equal(r.held.entries, rows[i].held);
		assert_true(can_be_written(&d, why, sizeof why));
		assert_true(journal_verify(d.path, NULL, &s));
		assert_int_equal(s.head.entries, rows[i].held + 1);
		assert_false(journal_renew(d.path, &r, why, sizeof why));
		assert_non_null(strstr(why, "nothing to renew"));
		clear(&d);
	}
}

/* What was copied says the same, of the same time; the first entry names the former journal. */
static void test_renewed(void **state)
{
	struct dir d = fresh();
	struct journal_state s;
	struct journal_renewed r;
	char why[512], text[8192], hex[65], old[96];
	add(&d, 3);
	assert_true(journal_verify(d.path, NULL, &s));
	digest_hex(&s.head.hash, hex);
	lose_key(&d);
	assert_true(journal_renew(d.path, &r, why, sizeof why));
	assert_string_equal(r.folder, "old-1");
	size_t len = read_text(&d, text, sizeof text - 1);
	text[len] = 0;
	assert_non_null(strstr(text, "\"what\":\"renewed\",\"data\":{\"former\":\"old-1\""));
	assert_non_null(strstr(text, hex));
	assert_non_null(strstr(text, "{\"n\":2,\"name\":\"\\\"},\"}"));
	snprintf(old, sizeof old, "%s/old-1", d.path);
	assert_true(journal_verify(old, NULL, &s));
	assert_int_equal(s.head.entries, 3);
	clear(&d);
}

/* Refused while it is behind a mark too; what was read before is known. */
static void test_since_altered(void **state)
{
	struct dir d = fresh();
	struct journal_mark mark = {0};
	char why[512];
	add(&d, 2);
	struct journal *j = journal_open(d.path, true, why, sizeof why);
	assert_true(journal_since(j, &mark, any, NULL));
	assert_int_equal(mark.until.entries, 2);
	journal_close(&j);
	add(&d, 1);
	char text[4096];
	size_t len = read_text(&d, text, sizeof text);
	char *third = (char *)memrchr(text, '\n', len - 1) + 1;
	*strstr(third, "tried") = 'T';
	write_text(&d, text, len);
	j = journal_open(d.path, true, why, sizeof why);
	assert_false(journal_since(j, &mark, any, NULL));
	assert_non_null(strstr(journal_why(j), "journal:3: its signature"));
	assert_int_equal(mark.until.entries, 2);
	journal_close(&j);
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
	assert_true(journal_verify(d.path, NULL, &s));
	assert_int_equal(s.head.entries, 6);
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
	assert_true(journal_verify(d.path, NULL, &s));
	assert_int_equal(s.head.entries, 6);
	clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_holds),          cmocka_unit_test(test_each_byte),
	    cmocka_unit_test(test_odd_names),      cmocka_unit_test(test_stopped),
	    cmocka_unit_test(test_line_taken_out), cmocka_unit_test(test_head),
	    cmocka_unit_test(test_torn_head),      cmocka_unit_test(test_torn),
	    cmocka_unit_test(test_two_at_once),    cmocka_unit_test(test_gathered),
	    cmocka_unit_test(test_long_lines),     cmocka_unit_test(test_damage),
	    cmocka_unit_test(test_renewed),        cmocka_unit_test(test_since_altered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
