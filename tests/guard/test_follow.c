/*
 * test_follow.c - files that grow, are rotated, cut and made anew: each line once, whole, in order.
 */
#include "guard/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	char dir[64], log[96], old[96];
	struct follow *f;
	const char *paths[1];
	char seen[4096]; /* the numbers of the lines that came, in their order */
};

static void on_lines(void *ctx, const struct follow_chunk *c)
{
	struct world *w = ctx;
	for (slice rest = c->lines; rest.len;) {
		slice line = slice_until(&rest, '\n');
		size_t at = slice_search(line, SLICE("msgid=<")), n = strlen(w->seen);
		if (at == SIZE_MAX)
			continue;
		slice tail = slice_from(line, at + 7), number = slice_until(&tail, '>');
		snprintf(w->seen + n, sizeof w->seen - n, "%.*s ", (int)number.len, number.at);
	}
}

static void begin(struct world *w)
{
	*w = (struct world){.dir = "/tmp/tocsin-follow-XXXXXX"};
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->log, sizeof w->log, "%s/mail.log", w->dir);
	snprintf(w->old, sizeof w->old, "%s/mail.log.1", w->dir);
	w->paths[0] = w->dir;
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *line(const char *number)
{
	static char room[256];
	snprintf(
	    room, sizeof room,
	    "Mar 17 12:00:00 mail dovecot: lmtp(ana)<7><abc>: msgid=<%s>: saved mail to INBOX\n",
	    number);
	return room;
}

static void start(struct world *w)
{
	w->f = follow_open(w->paths, 1);
}

static void read_all(struct world *w)
{
	struct pollfd p = {follow_fd(w->f), POLLIN, 0};
	follow_look(w->f, poll(&p, 1, 20) > 0);
	while (follow_read(w->f, on_lines, w))
		;
}

static void end(struct world *w, const char *wanted)
{
	assert_string_equal(w->seen, wanted);
	follow_close(&w->f);
	unlink(w->log);
	unlink(w->old);
	rmdir(w->dir);
}

static void test_grows(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	append(w.log, line("2"));
	append(w.log, line("3"));
	read_all(&w);
	read_all(&w);
	end(&w, "1 2 3 ");
}

static void test_half_a_line(void **state)
{
	struct world w;
	char half[256];
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	snprintf(half, sizeof half, "%s", line("2"));
	half[40] = 0;
	append(w.log, half);
	read_all(&w);
	assert_string_equal(w.seen, "1 ");
	append(w.log, line("2") + 40);
	read_all(&w);
	end(&w, "1 2 ");
}

/* What came before the new file was there, and after its name had gone, is read first. */
static void test_rotated_by_name(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	append(w.log, line("2"));
	assert_int_equal(rename(w.log, w.old), 0);
	append(w.old, line("3"));
	append(w.log, line("4"));
	read_all(&w);
	append(w.log, line("5"));
	read_all(&w);
	end(&w, "1 2 3 4 5 ");
}

/* Whoever writes learns of the rotation when he is told, and of several writers one after the
 * other. */
static void test_written_to_after_rotation(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	for (int round = 0; round < 3; round++) { /* the file that was left goes with the next */
		assert_int_equal(rename(w.log, w.old), 0);
		append(w.log, line("2"));
		read_all(&w);
		append(w.old, line("3"));
		read_all(&w);
		append(w.log, line("4"));
		append(w.old, line("5"));
		read_all(&w);
	}
	assert_int_equal(follow_files(w.f), 2);
	assert_string_equal(follow_path(w.f, 0), follow_path(w.f, 1));
	assert_int_equal(strlen(w.seen), strlen("1 ") + 3 * strlen("2 3 4 5 "));
	for (size_t i = 2; w.seen[i]; i += 8) { /* the last two in either order */
		assert_memory_equal(w.seen + i, "2 3 ", 4);
		assert_int_equal(w.seen[i + 4] + w.seen[i + 6], '4' + '5');
	}
	end(&w, w.seen);
}

/* The rest of it is read from the descriptor that is open: no name leads to it any more. */
static void test_packed_at_once(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	assert_int_equal(rename(w.log, w.old), 0);
	assert_int_equal(unlink(w.old), 0);
	append(w.log, line("2"));
	read_all(&w);
	end(&w, "1 2 ");
}

static void copy(const char *from, const char *to)
{
	char room[4096];
	int fd = open(from, O_RDONLY);
	ssize_t n = read(fd, room, sizeof room - 1);
	close(fd);
	assert_true(n >= 0);
	room[n] = 0;
	append(to, room);
}

/* Lines that came between our last look and the copy. */
static void test_cut_behind_our_back(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	append(w.log, line("2"));
	append(w.log, line("3"));
	copy(w.log, w.old);
	assert_int_equal(truncate(w.log, 0), 0);
	append(w.log, line("4"));
	read_all(&w);
	append(w.log, line("5"));
	read_all(&w);
	end(&w, "1 2 3 4 5 ");
}

/* Cut, and by the time of our look longer than it was. */
static void test_cut_and_grown(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	append(w.log, line("2"));
	copy(w.log, w.old);
	assert_int_equal(truncate(w.log, 0), 0);
	for (const char *n = "3\0004\0005\0006\0"; n[0]; n += 2)
		append(w.log, line(n));
	read_all(&w);
	read_all(&w);
	end(&w, "1 2 3 4 5 6 ");
}

/* A rotated file of another day is no copy. */
static void test_cut_without_a_copy(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	append(w.old, line("8"));
	append(w.old, line("9"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	assert_int_equal(truncate(w.log, 0), 0);
	append(w.log, line("2"));
	read_all(&w);
	end(&w, "1 2 ");
}

static void test_cut_after_copy(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	append(w.log, line("2"));
	read_all(&w);
	assert_int_equal(truncate(w.log, 0), 0);
	append(w.log, line("3"));
	read_all(&w);
	end(&w, "1 2 3 ");
}

static void test_gone_and_back(void **state)
{
	struct world w;
	begin(&w);
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	read_all(&w);
	unlink(w.log);
	read_all(&w);
	append(w.log, line("2"));
	read_all(&w);
	end(&w, "1 2 ");
}

static void test_comes_later(void **state)
{
	struct world w;
	begin(&w);
	start(&w);
	read_all(&w);
	append(w.log, line("1"));
	read_all(&w);
	end(&w, "1 ");
}

/* A folder made anew is another one, also where a file in it was given. */
static void test_folder_made_anew(void **state)
{
	struct world w;
	char moved[80];
	begin(&w);
	append(w.log, line("0"));
	w.paths[0] = w.log;
	start(&w);
	assert_false(follow_lost_ground(w.f));
	snprintf(moved, sizeof moved, "%s.moved", w.dir);
	assert_int_equal(rename(w.dir, moved), 0);
	assert_false(follow_lost_ground(w.f)); /* gone: it may come back */
	assert_int_equal(mkdir(w.dir, 0700), 0);
	append(w.log, line("1"));
	assert_true(follow_lost_ground(w.f));
	snprintf(w.old, sizeof w.old, "%s/mail.log", moved);
	end(&w, "");
	rmdir(moved);
}

/* The past ends behind the last whole line; the half one is handed out when it is whole. */
static void test_border(void **state)
{
	struct world w;
	char half[256];
	begin(&w);
	append(w.log, line("1"));
	append(w.log, line("2"));
	snprintf(half, sizeof half, "%s", line("3"));
	half[40] = 0;
	append(w.log, half);
	start(&w);
	assert_int_equal(follow_border(w.f, 0), 2 * strlen(line("1")));
	append(w.log, line("3") + 40);
	read_all(&w);
	end(&w, "3 ");
}

/* Of a line longer than a chunk nothing is taken for a record of its own; the next one is read. */
static void test_endless_line(void **state)
{
	struct world w;
	begin(&w);
	char *junk = malloc((1 << 20) + 1);
	memset(junk, 'x', 1 << 20);
	junk[1 << 20] = 0;
	append(w.log, line("0"));
	start(&w);
	append(w.log, line("1"));
	append(w.log, junk);
	append(w.log, "\n");
	append(w.log, line("2"));
	read_all(&w);
	free(junk);
	end(&w, "1 2 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grows),
	    cmocka_unit_test(test_half_a_line),
	    cmocka_unit_test(test_rotated_by_name),
	    cmocka_unit_test(test_written_to_after_rotation),
	    cmocka_unit_test(test_packed_at_once),
	    cmocka_unit_test(test_cut_behind_our_back),
	    cmocka_unit_test(test_cut_and_grown),
	    cmocka_unit_test(test_cut_without_a_copy),
	    cmocka_unit_test(test_cut_after_copy),
	    cmocka_unit_test(test_gone_and_back),
	    cmocka_unit_test(test_comes_later),
	    cmocka_unit_test(test_folder_made_anew),
	    cmocka_unit_test(test_border),
	    cmocka_unit_test(test_endless_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
