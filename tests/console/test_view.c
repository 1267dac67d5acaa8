/* test_view.c - views on their way: heads that end exactly, memory that is sealed, bounds. */
#include "console/part.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int pair[2];

static int open_pair(void **state)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int close_pair(void **state)
{
	close(pair[0]);
	return close(pair[1]);
}

static bool give(struct shelf *s, const char *name, const char *text, bool of_edition)
{
	const struct console_view v = {.name = slice_of(name),
				       .title = SLICE("a title"),
				       .text = slice_of(text),
				       .of_edition = of_edition};
	return console_give(pair[0], &v, true) && shelf_take(s, pair[1], 1);
}

static bool shows(const struct shelf *s, const char *name, const char *text)
{
	const struct view *v = shelf_find(s, slice_of(name));
	return v && slice_eq((slice){v->at, v->len}, slice_of(text));
}

static void empty(struct shelf *s)
{
	for (size_t i = 0; i < s->views.len; i++)
		view_let_go(s->views.at[i]);
	list_free(&s->views);
}

static void test_given_and_taken(void **state)
{
	struct shelf s = {0};
	assert_true(give(&s, "now", "<p>one", false) && shows(&s, "now", "<p>one"));
	assert_true(give(&s, "now", "<p>another", false) && shows(&s, "now", "<p>another"));
	assert_true(give(&s, "empty", "", false) && shows(&s, "empty", ""));
	assert_int_equal(s.views.len, 2);
	assert_int_equal(s.refused, 0);
	assert_int_equal(s.bytes, strlen("<p>another"));
	assert_string_equal(shelf_find(&s, SLICE("now"))->title, "a title");
	assert_null(shelf_find(&s, SLICE("no")));
	empty(&s);
}

/* What is being sent stays though another has come in its place. */
static void test_held(void **state)
{
	struct shelf s = {0};
	assert_true(give(&s, "now", "before", false));
	struct view *v = view_hold(shelf_find(&s, SLICE("now")));
	assert_true(give(&s, "now", "after", false));
	assert_memory_equal(v->at, "before", 6);
	view_let_go(v);
	empty(&s);
}

static void mark(struct shelf *s, bool begins)
{
	assert_true((begins ? console_begin : console_end)(pair[0]));
	assert_true(shelf_take(s, pair[1], 1));
}

static void test_editions(void **state)
{
	struct shelf s = {0};
	mark(&s, true);
	give(&s, "incident/1", "1", true);
	give(&s, "incident/2", "2", true);
	mark(&s, false);
	give(&s, "now", "now", false);
	mark(&s, true);
	give(&s, "incident/2", "2 again", true);
	give(&s, "now", "in between", false);
	assert_true(shows(&s, "incident/1", "1"));
	mark(&s, false);
	assert_null(shelf_find(&s, SLICE("incident/1")));
	assert_true(shows(&s, "incident/2", "2 again"));
	assert_true(shows(&s, "now", "in between"));
	mark(&s, false); /* of an edition that never began */
	assert_true(shows(&s, "incident/2", "2 again"));
	empty(&s);
}

/* --- what is no view --- */

static const struct {
	const char *name;
	slice message;
	bool fine;
} heads[] = {
#define TAIL "\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define NONE "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    {"sound", SLICE_INIT("\1\0\0\3\0now\0\0" TAIL), true},
    {"with a title", SLICE_INIT("\1\1\1\3\0now\2\0ab" TAIL), true},
    {"begins an edition", SLICE_INIT("\1\2\0\0\0\0\0" NONE), true},
    {"ends one, and has a name", SLICE_INIT("\1\3\0\1\0a\0\0" NONE), false},
    {"ends one, and has a size", SLICE_INIT("\1\3\0\0\0\0\0" TAIL), false},
    {"nothing", SLICE_INIT(""), false},
    {"another version", SLICE_INIT("\2\0\0\3\0now\0\0" TAIL), false},
    {"another what", SLICE_INIT("\1\4\0\3\0now\0\0" TAIL), false},
    {"another kind", SLICE_INIT("\1\0\2\3\0now\0\0" TAIL), false},
    {"no name", SLICE_INIT("\1\0\0\0\0\0\0" TAIL), false},
    {"a name that is no path", SLICE_INIT("\1\0\0\3\0n w\0\0" TAIL), false},
    {"a name with markup", SLICE_INIT("\1\0\0\3\0<b>\0\0" TAIL), false},
    {"a name with NUL", SLICE_INIT("\1\0\0\3\0n\0w\0\0" TAIL), false},
    {"a name longer than the message", SLICE_INIT("\1\0\0\77\0now\0\0" TAIL), false},
    {"a name longer than its room", SLICE_INIT("\1\0\0\200\0now\0\0" TAIL), false},
    {"a title that is no text", SLICE_INIT("\1\0\0\3\0now\1\0\377" TAIL), false},
    {"a byte too few", SLICE_INIT("\1\0\0\3\0now\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), false},
    {"a byte too many", SLICE_INIT("\1\0\0\3\0now\0\0" TAIL "\0"), false},
    {"a text too long", SLICE_INIT("\1\0\0\3\0now\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0"), false},
};

static void test_heads(void **state)
{
	struct console_head h;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (console_read_head(heads[i].message, &h) != heads[i].fine)
			fail_msg("%s: %s", heads[i].name, heads[i].fine ? "refused" : "taken");
}

static void send_raw(int memory)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char message[] = "\1\0\0\3\0now\0\0" TAIL;
	struct iovec v = {message, sizeof message - 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	if (memory >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control.room;
		*CMSG_FIRSTHDR(&m) =
		    (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &memory, sizeof memory);
	}
	assert_int_equal(sendmsg(pair[0], &m, 0), (int)v.iov_len);
}

static int memory_of(const char *text, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* Memory that could shrink would end the console; memory that could change would not be what was
 * given. */
static void test_memory_that_is_not_sealed(void **state)
{
	const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	const struct {
		const char *text;
		int seals;
		bool fine;
	} rows[] = {{"hello", all, true},
		    {"hello", F_SEAL_SHRINK | F_SEAL_GROW, false},
		    {"hello", F_SEAL_GROW | F_SEAL_WRITE, false},
		    {"hello", 0, false},
		    {"hell", all, false},
		    {"hello!", all, false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct shelf s = {0};
		int fd = memory_of(rows[i].text, rows[i].seals);
		send_raw(fd);
		close(fd);
		assert_true(shelf_take(&s, pair[1], 1));
		assert_int_equal(s.views.len, rows[i].fine);
		assert_int_equal(s.refused, !rows[i].fine);
		empty(&s);
	}
	struct shelf s = {0};
	send_raw(-1);
	int plain = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	send_raw(plain);
	close(plain);
	assert_true(shelf_take(&s, pair[1], 1) && shelf_take(&s, pair[1], 1));
	assert_int_equal(s.refused, 2);
	empty(&s);
}

static void test_too_many(void **state)
{
	struct shelf s = {0};
	char name[32];
	for (int i = 0; i < VIEWS_MOST + 3; i++) {
		snprintf(name, sizeof name, "incident/%d", i);
		assert_true(give(&s, name, "x", false));
	}
	assert_int_equal(s.views.len, VIEWS_MOST);
	assert_int_equal(s.refused, 3);
	assert_true(give(&s, "incident/1", "still renewed", false));
	assert_true(shows(&s, "incident/1", "still renewed"));
	empty(&s);
}

static void test_the_watch_is_gone(void **state)
{
	struct shelf s = {0};
	int other[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, other), 0);
	assert_true(shelf_take(&s, other[1], 1)); /* nothing came */
	close(other[0]);
	assert_false(shelf_take(&s, other[1], 1));
	close(other[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_given_and_taken, open_pair, close_pair),
	    cmocka_unit_test_setup_teardown(test_held, open_pair, close_pair),
	    cmocka_unit_test_setup_teardown(test_editions, open_pair, close_pair),
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test_setup_teardown(test_memory_that_is_not_sealed, open_pair, close_pair),
	    cmocka_unit_test_setup_teardown(test_too_many, open_pair, close_pair),
	    cmocka_unit_test(test_the_watch_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
