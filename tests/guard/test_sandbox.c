/*
 * test_sandbox.c - what reader, engine and console can still do once they are taken over, and
 * cannot.
 *
 * Hostile code runs where theirs would: behind the sandbox that each enters.  What it may send to
 * the parent and the responder is judged by what these take for sound.
 */
#include "console/console.h"
#include "guard/part.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DONE = 0, COULD = 1, NO_LANDLOCK = 77 };

struct place_for_logs {
	char dir[64], log[96], new_log[96], outside[64];
	int socket; /* open, and not bound */
	int parent; /* the console's end of its socket */
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

static bool use_open_socket(const struct place_for_logs *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return bind(p->socket, (struct sockaddr *)&to, sizeof to) == 0 ||
	       listen(p->socket, 1) == 0 ||
	       (connect(p->socket, (struct sockaddr *)&to, sizeof to) == 0 || errno != EPERM);
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

static bool list_folder(const struct place_for_logs *p)
{
	return opens(p->dir, O_RDONLY | O_DIRECTORY);
}

static bool trace_parent(const struct place_for_logs *p)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool read_parent(const struct place_for_logs *p)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
	return opens(path, O_RDONLY);
}

static bool replace_program(const struct place_for_logs *p)
{
	return execl("/bin/true", "true", NULL) == 0;
}

static bool rename_log(const struct place_for_logs *p)
{
	return rename(p->log, p->new_log) == 0;
}

static bool open_by_handle(const struct place_for_logs *p)
{
	return syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0) >= 0 || errno != EPERM;
}

static bool ask_the_kernel(const struct place_for_logs *p)
{
	return syscall(SYS_bpf, 0, NULL, 0) >= 0 || errno != EPERM;
}

static bool use_io_uring(const struct place_for_logs *p)
{
	return syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno != EPERM;
}

static bool mount_something(const struct place_for_logs *p)
{
	return mount("none", p->dir, "tmpfs", 0, NULL) == 0;
}

static bool widen_again(const struct place_for_logs *p)
{
	const char *paths[] = {"/"};
	char why[256];
	sandbox_enter(paths, 1, false, why, sizeof why);
	return opens("/etc/passwd", O_RDONLY);
}

static bool make_a_thread_of_a_program(const struct place_for_logs *p)
{
	return syscall(SYS_clone3, NULL, 0) >= 0 || errno != EPERM;
}

/* All that the console holds is its listening socket and what it reads views from. */
static bool tell_parent(const struct place_for_logs *p)
{
	return send(p->parent, "x", 1, MSG_NOSIGNAL) == 1 || write(p->parent, "x", 1) == 1;
}

static bool map_code(const struct place_for_logs *p)
{
	int prot = PROT_READ | PROT_WRITE | PROT_EXEC, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	return syscall(SYS_mprotect, 0, 4096, PROT_EXEC) == 0 || errno != EPERM ||
	       mmap(NULL, 4096, prot, flags, -1, 0) != MAP_FAILED ||
	       mmap(NULL, 4096, PROT_EXEC, flags, -1, 0) != MAP_FAILED;
}

static bool map_data(const struct place_for_logs *p)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static const struct {
	const char *what;
	attempt *try;
	bool reader_may; /* the engine, too, while it reads the past */
	bool engine_may;
} cases[] = {
    {"read a log", read_log, true, false},
    {"list the folder of logs", list_folder, true, false},
    {"write a log", write_log, false, false},
    {"make a file", make_file, false, false},
    {"read what lies outside", read_outside, false, false},
    {"remove a log", remove_log, false, false},
    {"rename a log", rename_log, false, false},
    {"use the network", use_network, false, false},
    {"use a socket that is open for another use", use_open_socket, false, false},
    {"start a program", start_program, false, false},
    {"become a program", replace_program, false, false},
    {"make a process by clone3", make_a_thread_of_a_program, false, false},
    {"reach another process", end_parent, false, false},
    {"trace the parent", trace_parent, false, false},
    {"read the parent's memory", read_parent, false, false},
    {"open by handle", open_by_handle, false, false},
    {"load a program into the kernel", ask_the_kernel, false, false},
    {"go around the filter by io_uring", use_io_uring, false, false},
    {"mount", mount_something, false, false},
    {"give itself more", widen_again, false, false},
    {"be root", be_root, false, false},
};

/* What the console alone is tried for. */
static const struct {
	const char *what;
	attempt *try;
	bool may;
} console_cases[] = {
    {"tell the parent anything", tell_parent, false},
    {"make memory a program", map_code, false},
    {"take memory for data", map_data, true},
};

enum inside { READER, READER_THAT_SERVES, ENGINE, CONSOLE };
static const char *const names[] = {"the reader", "the reader that serves", "the engine",
				    "the console"};

static int try_inside(const struct place_for_logs *p, attempt *try, enum inside who)
{
	char why[256], more[256] = "";
	const char *paths[] = {p->dir};
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (who == CONSOLE)
			sandbox_console(65534, console_calls, console_call_count, why, sizeof why);
		else
			sandbox_enter(paths, 1, who == READER_THAT_SERVES, why, sizeof why);
		if (who == ENGINE)
			sandbox_narrow(more, sizeof more);
		if (strstr(why, "Landlock"))
			_exit(NO_LANDLOCK);
		_exit(why[0] || more[0] ? 2 : try(p) ? COULD : DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void try_one(const struct place_for_logs *p, const char *what, attempt *try, bool may,
		    enum inside who)
{
	int got = try_inside(p, try, who);
	if (got == NO_LANDLOCK) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	if (got != (may ? COULD : DONE))
		fail_msg("%s %s %s (%d)", names[who], got == COULD ? "could" : "could not", what,
			 got);
}

static void try_all(enum inside who)
{
	int pair[2];
	struct place_for_logs p = {.dir = "/tmp/tocsin-logs-XXXXXX",
				   .outside = "/tmp/tocsin-outside-XXXXXX"};
	assert_non_null(mkdtemp(p.dir));
	close(mkstemp(p.outside));
	snprintf(p.log, sizeof p.log, "%s/mail.log", p.dir);
	snprintf(p.new_log, sizeof p.new_log, "%s/new", p.dir);
	close(open(p.log, O_WRONLY | O_CREAT, 0600));
	p.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	p.parent = pair[1];
	shutdown(p.parent, SHUT_WR);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		try_one(&p, cases[i].what, cases[i].try,
			who >= ENGINE ? cases[i].engine_may : cases[i].reader_may, who);
	for (size_t i = 0; who == CONSOLE && i < sizeof console_cases / sizeof *console_cases; i++)
		try_one(&p, console_cases[i].what, console_cases[i].try, console_cases[i].may, who);
	close(pair[0]);
	close(pair[1]);
	close(p.socket);
	unlink(p.log);
	unlink(p.outside);
	rmdir(p.dir);
}

static void test_reader(void **state)
{
	try_all(READER);
}

static void test_reader_that_serves(void **state)
{
	try_all(READER_THAT_SERVES);
}

static void test_engine(void **state)
{
	try_all(ENGINE);
}

static void test_console(void **state)
{
	try_all(CONSOLE);
}

/* --- what they may send --- */

static const struct guard_message good = {.kind = MESSAGE_FINDING, .level = 3};

static void test_messages_of_an_engine(void **state)
{
	struct guard_message m = good;
	assert_true(message_is_sound(&m, sizeof m));
	assert_false(message_is_sound(&m, sizeof m - 1));
	m.kind = MESSAGE_COUNT;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.level = GUARD_LEVELS;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.rule_len = sizeof m.rule + 1;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.method_len = sizeof m.method + 1;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.past = 2;
	assert_false(message_is_sound(&m, sizeof m));
	m = good;
	m.refused = 2;
	assert_false(message_is_sound(&m, sizeof m));
}

static void test_messages_of_a_reader(void **state)
{
	const struct reader_head fine = {.kind = READER_LINES, .uid = -1};
	struct reader_head h = fine;
	assert_true(reader_head_is_sound(&h));
	h.kind = READER_KINDS;
	assert_false(reader_head_is_sound(&h));
	h = fine;
	h.input = READER_INPUTS;
	assert_false(reader_head_is_sound(&h));
	h = fine;
	h.len = READER_CHUNK + 1;
	assert_false(reader_head_is_sound(&h));
	h = fine;
	h.uid = -2;
	assert_false(reader_head_is_sound(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reader),
					   cmocka_unit_test(test_reader_that_serves),
					   cmocka_unit_test(test_engine),
					   cmocka_unit_test(test_console),
					   cmocka_unit_test(test_messages_of_an_engine),
					   cmocka_unit_test(test_messages_of_a_reader)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
