/* test_sandbox.c - what the engine can still do: read logs; and cannot: all else. */
#include "guard/part.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DONE = 0, COULD = 1, NO_LANDLOCK = 77 };

struct place_for_logs {
	char dir[64], log[96], new_log[96], outside[64];
};

typedef bool attempt(const struct place_for_logs *p);

static bool opens(const char *path, int flags)
{
	return open(path, flags, 0600) >= 0;
}

static bool read_log(const struct place_for_logs *p)
{
	return opens(p->log, O_RDONLY);
}

static bool write_log(const struct place_for_logs *p)
{
	return opens(p->log, O_WRONLY);
}

static bool make_file(const struct place_for_logs *p)
{
	return opens(p->new_log, O_WRONLY | O_CREAT);
}

static bool read_outside(const struct place_for_logs *p)
{
	return opens(p->outside, O_RDONLY) || opens("/etc/passwd", O_RDONLY);
}

static bool remove_log(const struct place_for_logs *p)
{
	return unlink(p->log) == 0;
}

static bool use_network(const struct place_for_logs *p)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool start_program(const struct place_for_logs *p)
{
	pid_t pid = fork();
	return pid >= 0 || execl("/bin/true", "true", NULL) == 0;
}

static bool end_parent(const struct place_for_logs *p)
{
	return kill(getppid(), 0) == 0;
}

static bool be_root(const struct place_for_logs *p)
{
	return getuid() == 0 || setuid(0) == 0;
}

static const struct {
	const char *what;
	attempt *try;
	bool may;
} cases[] = {
    {"read a log", read_log, true},
    {"write a log", write_log, false},
    {"make a file", make_file, false},
    {"read what lies outside", read_outside, false},
    {"remove a log", remove_log, false},
    {"use the network", use_network, false},
    {"start a program", start_program, false},
    {"reach another process", end_parent, false},
    {"be root", be_root, false},
};

static int try_inside(const struct place_for_logs *p, attempt *try)
{
	char why[256];
	const char *paths[] = {p->dir};
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		sandbox_enter(paths, 1, why, sizeof why);
		if (strstr(why, "Landlock"))
			_exit(NO_LANDLOCK);
		_exit(why[0] ? 2 : try(p) ? COULD : DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_all(void **state)
{
	struct place_for_logs p = {.dir = "/tmp/tocsin-logs-XXXXXX",
				   .outside = "/tmp/tocsin-outside-XXXXXX"};
	assert_non_null(mkdtemp(p.dir));
	close(mkstemp(p.outside));
	snprintf(p.log, sizeof p.log, "%s/mail.log", p.dir);
	snprintf(p.new_log, sizeof p.new_log, "%s/new", p.dir);
	close(open(p.log, O_WRONLY | O_CREAT, 0600));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int got = try_inside(&p, cases[i].try);
		if (got == NO_LANDLOCK) {
			print_message("this kernel has no Landlock\n");
			skip();
		}
		if (got != (cases[i].may ? COULD : DONE))
			fail_msg("the engine %s %s", got == COULD ? "could" : "could not",
				 cases[i].what);
	}
	unlink(p.log);
	unlink(p.outside);
	rmdir(p.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
