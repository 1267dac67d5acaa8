/*
 * test_sandbox.c - what each process that reads what intruders write, or speaks with strangers, can
 * still do once it is taken over, and cannot.
 *
 * Hostile code runs where theirs would: behind the sandbox that each enters.  That an attempt is
 * one, and would succeed or at least be heard where nothing forbids it, is tried first, outside.
 */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DONE = 0, COULD = 1, NO_LANDLOCK = 77 };

struct place_for_logs {
	char dir[64], log[96], new_log[96], outside[64], part[96];
	int listens;
	int socket;        /* open, and not bound */
	int datagrams;     /* bound, as that of syslog by UDP */
	int parent, other; /* the console's end of its socket, and ours */
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

static bool write_outside(const struct place_for_logs *p)
{
	return opens(p->outside, O_WRONLY) || opens(p->outside, O_RDWR);
}

static bool remove_log(const struct place_for_logs *p)
{
	return unlink(p->log) == 0;
}

static bool use_network(const struct place_for_logs *p)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static bool use_packets(const struct place_for_logs *p)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || socket(AF_VSOCK, SOCK_STREAM, 0) >= 0;
}

static bool make_local_socket(const struct place_for_logs *p)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

/* As the responder's, which root alone may connect to. */
static bool call_a_part(const struct place_for_logs *p)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	snprintf(to.sun_path, sizeof to.sun_path, "%s", p->part);
	return connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static bool open_by_openat2(const struct place_for_logs *p)
{
	struct open_how how = {.flags = O_RDONLY};
	return syscall(SYS_openat2, AT_FDCWD, p->outside, &how, sizeof how) >= 0;
}

static bool make_process_by_number(const struct place_for_logs *p)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return pid > 0;
}

/* A thread may be made by those who look names up; one with rights of its own by nobody. */
static bool make_thread_in_namespace(const struct place_for_logs *p)
{
	enum { NEW_USER = 0x10000000 };
	long pid = syscall(SYS_clone, NEW_USER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return pid > 0;
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
	return execl("/bin/false", "false", NULL) == 0; /* which exits as one that could */
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
	sandbox_enter(SANDBOX_READER, SANDBOX_NOBODY, paths, 1, why, sizeof why);
	return opens("/etc/passwd", O_RDONLY);
}

static bool make_a_thread_of_a_program(const struct place_for_logs *p)
{
	return syscall(SYS_clone3, NULL, 0) >= 0 || (errno != EPERM && errno != ENOSYS);
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

/* What is read of logs must not leave by the socket that syslog comes in by. */
static bool carry_out_by_sendto(const struct place_for_logs *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	to.sin_port = htons(9);
	return sendto(p->datagrams, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to) == 1;
}

static bool carry_out_by_sendmsg(const struct place_for_logs *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct iovec v = {(char[]){"x"}, 1};
	struct msghdr m = {
	    .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &v, .msg_iovlen = 1};
	to.sin_port = htons(9);
	return sendmsg(p->datagrams, &m, MSG_DONTWAIT) == 1;
}

static bool connect_it(const struct place_for_logs *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	to.sin_port = htons(9);
	return connect(p->datagrams, (struct sockaddr *)&to, sizeof to) == 0;
}

/* A signal by way of a descriptor (F_SETOWN, fcntl(2)): its kind is of the caller's choice. */
static bool signal_by_descriptor(const struct place_for_logs *p)
{
	return fcntl(p->datagrams, F_SETOWN, getppid()) == 0 ||
	       fcntl(p->datagrams, F_SETSIG, SIGKILL) == 0;
}

static bool link_outside(const struct place_for_logs *p)
{
	return link(p->log, p->new_log) == 0 || symlink("/etc/passwd", p->new_log) == 0;
}

static bool write_own_memory_as_file(const struct place_for_logs *p)
{
	return opens("/proc/self/mem", O_RDWR);
}

static bool run_from_memory(const struct place_for_logs *p)
{
	int fd = memfd_create("x", 0);
	char *none[] = {NULL};
	return syscall(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH) == 0 || errno != EPERM;
}

enum inside {
	OUTSIDE,
	READER,
	READER_THAT_SERVES,
	ENGINE,
	CONSOLE,
	PAINTER,
	TOUCHER,
	BLOCKER,
	SPEAKER,
	DOORMAN,
	INSIDES
};
static const struct {
	const char *name;
	enum sandbox_who who;
} insides[INSIDES] = {
    [OUTSIDE] = {"nobody's prisoner", SANDBOX_WHO},
    [READER] = {"the reader", SANDBOX_READER},
    [READER_THAT_SERVES] = {"the reader that serves", SANDBOX_SERVING_READER},
    [ENGINE] = {"the engine", SANDBOX_READER}, /* and then less */
    [CONSOLE] = {"the console", SANDBOX_CONSOLE},
    [PAINTER] = {"the painter", SANDBOX_PAINTER},
    [TOUCHER] = {"the toucher", SANDBOX_TOUCHER},
    [BLOCKER] = {"the blocker", SANDBOX_BLOCKER},
    [SPEAKER] = {"teller or envoy", SANDBOX_SPEAKER},
    [DOORMAN] = {"who answers at sign-in", SANDBOX_DOORMAN},
};
#define MAY(who) (1u << (who))
/* The engine, too, while it reads the past. */
#define READERS  (MAY(READER) | MAY(READER_THAT_SERVES))
#define SPEAKERS (MAY(BLOCKER) | MAY(SPEAKER))
/* They name files, as their user may: nobody's, where root started them. */
#define NAMES (MAY(TOUCHER) | SPEAKERS)

static const struct {
	const char *what;
	attempt *try;
	unsigned may;     /* who */
	bool by_landlock; /* for the readers: a kernel without it does not forbid it */
	unsigned as_root; /* who is kept from it by not being root any more */
} cases[] = {
    {"read a log", read_log, READERS | MAY(TOUCHER) | MAY(DOORMAN), false, SPEAKERS},
    {"list the folder of logs", list_folder, READERS | MAY(TOUCHER) | MAY(DOORMAN), false,
     SPEAKERS},
    {"write a log", write_log, MAY(DOORMAN), true, NAMES},
    {"make a file", make_file, MAY(DOORMAN), true, NAMES},
    {"read what lies outside", read_outside, NAMES | MAY(DOORMAN), true},
    {"write what lies outside", write_outside, 0, true, NAMES},
    {"remove a log", remove_log, 0},
    {"rename a log", rename_log, MAY(DOORMAN)},
    {"make a link", link_outside, 0},
    {"write its memory as a file", write_own_memory_as_file, 0, true, MAY(TOUCHER)},
    {"use the network", use_network, MAY(SPEAKER)},
    {"send packets of its own making", use_packets, 0},
    {"make a socket of the host", make_local_socket, SPEAKERS | MAY(DOORMAN)},
    {"call who acts", call_a_part, 0, false, SPEAKERS},
    {"use a socket that is open for another use", use_open_socket, SPEAKERS},
    {"carry something out by the socket of syslog", carry_out_by_sendto, MAY(BLOCKER)},
    {"carry something out by sendmsg", carry_out_by_sendmsg,
     MAY(PAINTER) | MAY(CONSOLE) | SPEAKERS | MAY(DOORMAN)},
    {"connect it with another", connect_it, SPEAKERS},
    {"send a signal by a descriptor", signal_by_descriptor, 0},
    {"start a program", start_program, 0},
    {"become a program", replace_program, 0},
    {"run what it wrote to memory", run_from_memory, 0},
    {"make memory a program", map_code, READERS | SPEAKERS | MAY(DOORMAN)},
    {"make a process by clone3", make_a_thread_of_a_program, 0},
    {"make a process by clone", make_process_by_number, 0},
    {"make a thread in a namespace of its own", make_thread_in_namespace, 0},
    {"reach another process", end_parent, 0},
    {"trace the parent", trace_parent, 0},
    {"read the parent's memory", read_parent, 0, true, MAY(TOUCHER) | MAY(DOORMAN)},
    {"open by handle", open_by_handle, 0},
    {"open by a call that no filter looks into", open_by_openat2, 0},
    {"load a program into the kernel", ask_the_kernel, 0},
    {"go around the filter by io_uring", use_io_uring, 0},
    {"mount", mount_something, 0},
    {"give itself more", widen_again, NAMES | MAY(DOORMAN), true},
    {"be root", be_root, MAY(DOORMAN), false, MAY(DOORMAN)},
};

/* Calls that none of them has, each in a shape that does no harm: whoever is heard gets another
 * answer than EPERM. */
static const struct {
	const char *what;
	long number, a, b, c;
	bool privileged; /* EPERM is what whoever is not root, or in a container, gets anyway */
	unsigned may;
} closed_calls[] = {
    {"a user namespace", SYS_unshare, 1L << 62, .privileged = true},
    {"another's namespace", SYS_setns, -1, 0, .privileged = true},
    {"another root", SYS_chroot, 0, .privileged = true},
    {"a pivot", SYS_pivot_root, 0, 0, .privileged = true},
    {"a new mount", SYS_fsopen, 0, 0, .privileged = true},
    {"a mount that is moved", SYS_move_mount, -1, 0, -1, .privileged = true},
    {"a mount that goes", SYS_umount2, 0, 0, .privileged = true},
    {"a module", SYS_finit_module, -1, 0, 0, .privileged = true},
    {"another kernel", SYS_kexec_load, 0, 1L << 40, 0, .privileged = true},
    {"a restart", SYS_reboot, 0, 0, 0, .privileged = true},
    {"the clock", SYS_clock_settime, -1, 0, .privileged = true},
    {"a group", SYS_setgroups, -1, 0, .privileged = true},
    {"another's memory, to write", SYS_process_vm_writev, 0, 0, 0},
    {"advice for another's memory", SYS_process_madvise, -1, 0, 0},
    {"a signal by a handle", SYS_pidfd_send_signal, -1, 0, 0},
    {"a comparison with another", SYS_kcmp, -1, -1, 0, .privileged = true},
    {"memory that no kernel sees", SYS_memfd_secret, -1, .privileged = true},
    {"a personality", SYS_personality, 0xffffffff},
    {"a timer that signals", SYS_timer_create, -1, 0, 0},
    {"bounds of another", SYS_setrlimit, -1, 0, 0},
    {"an order of the scheduler", SYS_sched_setscheduler, -1, 0, 0},
    {"a working folder", SYS_chdir, 0},
    {"a watch on files", SYS_inotify_init1, -1},
    {"a socket that accepts", SYS_listen, -1, 0},
    {"a user", SYS_setresuid, -1, -1, -1},
    {"capabilities", SYS_capset, 0, 0},
    {"the memory of another", SYS_process_vm_readv, 0, 0, 0},
    {"a descriptor of another", SYS_pidfd_getfd, -1, 0, 0, .privileged = true},
    {"a handle of another", SYS_pidfd_open, 0, 0},
    {"a signal to a thread", SYS_tgkill, 0, 0, 0},
    {"a signal by its number", SYS_rt_sigqueueinfo, 0, 0, 0},
    {"a pair of sockets", SYS_socketpair, -1, 0, 0, .may = SPEAKERS},
    {"a keyring", SYS_keyctl, -1, 0, 0, .privileged = true},
    {"what the processor counts", SYS_perf_event_open, 0, 0, -1, .privileged = true},
    {"faults of memory", SYS_userfaultfd, -1, .privileged = true},
    {"fanotify", SYS_fanotify_init, -1, 0, .privileged = true},
    {"a device", SYS_ioctl, -1, 0, 0, .may = SPEAKERS},
    {"the rights of a file", SYS_fchmod, -1, 0},
    {"the owner of a file", SYS_fchown, -1, 0, 0},
    {"a node", SYS_mknodat, -1, 0, 0},
    {"a folder", SYS_mkdirat, -1, 0, 0},
    {"memory that is shared by name", SYS_shmget, 0, -1, 0},
    {"a queue of messages", SYS_mq_open, 0, 0, 0},
    {"splices between descriptors", SYS_splice, -1, 0, -1},
    {"a copy between files", SYS_copy_file_range, -1, 0, -1},
};

/* What the console alone is tried for. */
static const struct {
	const char *what;
	attempt *try;
	bool may;
} console_cases[] = {
    {"tell the parent anything", tell_parent, false},
    {"take memory for data", map_data, true},
};

/* Where it failed to confine itself, `why` says so; without Landlock the rest is tried. */
static bool confine(enum inside who, const struct place_for_logs *p, bool *landlock)
{
	char why[256] = "", more[256] = "";
	const char *paths[] = {p->dir};
	static const char none[] = "Landlock is not there (kernel 5.13 on)";
	if (who != OUTSIDE)
		sandbox_enter(insides[who].who, who == DOORMAN ? 0 : SANDBOX_NOBODY, paths, 1, why,
			      sizeof why);
	if (who == ENGINE)
		sandbox_narrow(SANDBOX_ENGINE, more, sizeof more);
	*landlock = strcmp(why, none) != 0;
	return (!why[0] || !*landlock) && (!more[0] || !*landlock);
}

static int status_of(pid_t pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_inside(const struct place_for_logs *p, size_t i, enum inside who)
{
	bool landlock;
	pid_t pid = fork();
	if (pid == 0) {
		if (!confine(who, p, &landlock))
			_exit(2);
		if (!landlock && cases[i].by_landlock)
			_exit(NO_LANDLOCK);
		_exit(cases[i].try(p) ? COULD : DONE);
	}
	return status_of(pid);
}

static void try_one(const struct place_for_logs *p, size_t i, enum inside who)
{
	bool may = cases[i].may & MAY(who);
	if (getuid() != 0 && cases[i].as_root & MAY(who))
		return;
	int got = try_inside(p, i, who);
	if (got != (may ? COULD : DONE) && got != NO_LANDLOCK)
		fail_msg("%s %s %s (%d)", insides[who].name, got == COULD ? "could" : "could not",
			 cases[i].what, got);
}

static void try_console(const struct place_for_logs *p)
{
	bool landlock;
	for (size_t i = 0; i < sizeof console_cases / sizeof *console_cases; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(!confine(CONSOLE, p, &landlock) ? 2
			      : console_cases[i].try(p)       ? COULD
							      : DONE);
		if (status_of(pid) != (console_cases[i].may ? COULD : DONE))
			fail_msg("the console: %s", console_cases[i].what);
	}
}

static int listen_part(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void lay_out(struct place_for_logs *p)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	*p = (struct place_for_logs){.dir = "/tmp/tocsin-logs-XXXXXX",
				     .outside = "/tmp/tocsin-outside-XXXXXX"};
	int pair[2];
	assert_non_null(mkdtemp(p->dir));
	close(mkstemp(p->outside));
	snprintf(p->log, sizeof p->log, "%s/mail.log", p->dir);
	snprintf(p->part, sizeof p->part, "%s/responder", p->dir);
	p->listens = listen_part(p->part);
	snprintf(p->new_log, sizeof p->new_log, "%s/new", p->dir);
	close(open(p->log, O_WRONLY | O_CREAT, 0600));
	p->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p->datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->datagrams, (struct sockaddr *)&any, sizeof any), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	p->parent = pair[1];
	shutdown(p->parent, SHUT_WR);
	p->other = pair[0];
}

static void clear(struct place_for_logs *p)
{
	close(p->other);
	close(p->listens);
	unlink(p->part);
	close(p->parent);
	close(p->socket);
	close(p->datagrams);
	unlink(p->new_log);
	unlink(p->log);
	unlink(p->outside);
	rmdir(p->dir);
}

/* In one process: how many are heard that must not be, or the other way round. */
static int odd_calls(const struct place_for_logs *p, enum inside who, bool all)
{
	bool landlock;
	pid_t pid = fork();
	if (pid != 0)
		return status_of(pid);
	if (!confine(who, p, &landlock))
		_exit(255);
	int n = 0;
	for (size_t i = 0; i < sizeof closed_calls / sizeof *closed_calls; i++) {
		if (closed_calls[i].privileged && !all)
			continue;
		long got = syscall(closed_calls[i].number, closed_calls[i].a, closed_calls[i].b,
				   closed_calls[i].c, 0, 0);
		bool heard = got >= 0 || errno != EPERM;
		bool may = who == OUTSIDE || closed_calls[i].may & MAY(who);
		n += heard != may;
		if (heard != may)
			fprintf(stderr, "%s: %s: %s\n", insides[who].name, closed_calls[i].what,
				strerror(errno));
	}
	_exit(n);
}

static void try_all(enum inside who)
{
	struct place_for_logs p;
	lay_out(&p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		try_one(&p, i, who);
	if (who == CONSOLE)
		try_console(&p);
	assert_int_equal(odd_calls(&p, who, true), 0);
	clear(&p);
}

/* Each attempt is one that succeeds, or is refused for another reason, where nothing forbids it. */
static void test_outside(void **state)
{
	struct place_for_logs p;
	bool is_root = getuid() == 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		attempt *a = cases[i].try;
		if (a == mount_something || a == open_by_handle || a == ask_the_kernel ||
		    a == use_io_uring || a == use_packets || a == make_thread_in_namespace ||
		    a == trace_parent || a == read_parent || (a == be_root && !is_root))
			continue; /* a container may forbid it to all */
		lay_out(&p);
		if (try_inside(&p, i, OUTSIDE) != COULD)
			fail_msg("%s is no attempt: it fails where nothing forbids it",
				 cases[i].what);
		clear(&p);
	}
	lay_out(&p);
	assert_int_equal(odd_calls(&p, OUTSIDE, false), 0);
	clear(&p);
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

static void test_painter(void **state)
{
	try_all(PAINTER);
}

static void test_toucher(void **state)
{
	try_all(TOUCHER);
}

static void test_blocker(void **state)
{
	try_all(BLOCKER);
}

static void test_speaker(void **state)
{
	try_all(SPEAKER);
}

static void test_doorman(void **state)
{
	try_all(DOORMAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_outside),
					   cmocka_unit_test(test_reader),
					   cmocka_unit_test(test_reader_that_serves),
					   cmocka_unit_test(test_engine),
					   cmocka_unit_test(test_console),
					   cmocka_unit_test(test_painter),
					   cmocka_unit_test(test_toucher),
					   cmocka_unit_test(test_blocker),
					   cmocka_unit_test(test_speaker),
					   cmocka_unit_test(test_doorman)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
