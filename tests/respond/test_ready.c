/* test_ready.c - sessions cut over a connection that stands open: what each answer means. */
#include "respond/respond.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct server {
	char path[64];
	int listening;
	pid_t pid;
};

/* Greets, then answers each command with `answer`; NULL: never. */
static void serve(int listening, const char *hello, const char *answer)
{
	char room[512];
	for (int fd; (fd = accept(listening, NULL, NULL)) >= 0; close(fd)) {
		bool greeted = false;
		for (ssize_t n; (n = read(fd, room, sizeof room)) > 0; greeted = true) {
			const char *say = greeted ? answer : hello;
			if (say && write(fd, say, strlen(say)) < 0)
				break;
		}
	}
	_exit(0);
}

static void begin(struct server *s, const char *hello, const char *answer)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(s->path, sizeof s->path, "/tmp/tocsin-ready-%d", (int)getpid());
	snprintf(a.sun_path, sizeof a.sun_path, "%s", s->path);
	unlink(s->path);
	s->listening = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s->listening, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(s->listening, 4), 0);
	s->pid = fork();
	if (s->pid == 0)
		serve(s->listening, hello, answer);
}

static void end(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->listening);
	unlink(s->path);
}

static const struct {
	const char *name, *hello, *answer, *account;
	bool cut;
	const char *why;
} cases[] = {
    {"cut", "+\n", "ana@x.example\t\n+\n", "ana@x.example", true, ""},
    {"no session", "+\n", "\n-NOTFOUND\n", "ana@x.example", true, ""},
    {"nothing said before", "+\n", "+\n", "ana@x.example", true, ""},
    {"refused", "+\n", "\n-NOPERM\n", "ana@x.example", false, "-NOPERM"},
    {"wants a password", "-\n", "+\n", "ana@x.example", false, "no answer"},
    {"hangs", "+\n", NULL, "ana@x.example", false, "no answer"},
    {"does not greet", NULL, "+\n", "ana@x.example", false, "no answer"},
    {"half an answer", "+\n", "ana@x.example\t\n+", "ana@x.example", false, "no answer"},
    {"a name with a line end", "+\n", "+\n", "ana\nkick\tall", false, "cannot stand"},
    {"a name with a tab", "+\n", "+\n", "ana\tall", false, "cannot stand"},
    {"a pattern", "+\n", "+\n", "*", false, "cannot stand"},
    {"an option", "+\n", "+\n", "-f", false, "cannot stand"},
};

static void test_answers(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct server s;
		char why[200];
		begin(&s, cases[i].hello, cases[i].answer);
		struct ready *r = ready_open(s.path);
		bool cut = ready_cut(r, slice_of(cases[i].account), why, sizeof why);
		if (cut != cases[i].cut || !strstr(why, cases[i].why))
			fail_msg("%s: %s, \"%s\"", cases[i].name, cut ? "cut" : "not cut", why);
		ready_close(&r);
		end(&s);
	}
}

/* Dovecot was restarted: the next order goes over a new connection. */
static void test_connects_again(void **state)
{
	struct server s;
	char why[200];
	begin(&s, "+\n", "+\n");
	struct ready *r = ready_open(s.path);
	assert_true(ready_cut(r, SLICE("ana@x.example"), why, sizeof why));
	end(&s);
	assert_false(ready_cut(r, SLICE("ana@x.example"), why, sizeof why));
	begin(&s, "+\n", "+\n");
	assert_true(ready_cut(r, SLICE("ana@x.example"), why, sizeof why));
	ready_close(&r);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers),
					   cmocka_unit_test(test_connects_again)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
