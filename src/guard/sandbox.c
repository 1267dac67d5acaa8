/*
 * sandbox.c - what is left to the process that parses what intruders write.
 *
 * It may read what lies under the given paths (Landlock, landlock(7)), and make system calls of a
 * short list (seccomp(2)): no sockets, no programs, no other processes, nothing written but to the
 * descriptors that are open.  Where it was root it becomes nobody, who keeps only the right to read
 * (CAP_DAC_READ_SEARCH), for logs belong to many.
 */
#include "guard/part.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(sendto),
    SCMP_SYS(recvmsg),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    /* to give up more; a filter can only be made narrower (seccomp(2), landlock(7)) */
    SCMP_SYS(seccomp),
    SCMP_SYS(prctl),
    SCMP_SYS(landlock_create_ruleset),
    SCMP_SYS(landlock_restrict_self),
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(lseek),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(getcwd),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_rm_watch),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(fcntl),
    SCMP_SYS(fadvise64),
    SCMP_SYS(sched_yield),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(memfd_create),
    SCMP_SYS(ftruncate),
    SCMP_SYS(dup),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(sigaltstack),
};

/* To answer at a socket that listens already; none can be made or connected. */
static const int serving[] = {
    SCMP_SYS(accept4),     SCMP_SYS(epoll_ctl),   SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(recvfrom),    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),  SCMP_SYS(getsockname), SCMP_SYS(shutdown),
};

/* To hand over pages, as memory. */
static const int painting[] = {SCMP_SYS(sendmsg)};

static void add_why(char *why, size_t size, const char *what)
{
	size_t n = strlen(why);
	snprintf(why + n, size - n, "%s%s", n ? "; " : "", what);
}

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool allow_path(int rules, const char *path)
{
	struct landlock_path_beneath_attr a = {
	    .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	    .parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	if (!is_folder(path))
		a.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
	bool fine = a.parent_fd >= 0 &&
		    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0) == 0;
	if (a.parent_fd >= 0)
		close(a.parent_fd);
	return fine;
}

/* A file is rotated by name: the folder it lies in is what must stay readable. */
static bool allow_log(int rules, const char *path)
{
	char folder[4096];
	int n = snprintf(folder, sizeof folder, "%s", path);
	if (n < 0 || (size_t)n >= sizeof folder)
		return false;
	if (is_folder(path))
		return allow_path(rules, path);
	char *end = strrchr(folder, '/');
	if (!end)
		return allow_path(rules, ".");
	end[end == folder] = 0;
	return allow_path(rules, folder);
}

static bool landlock(const char *const *paths, size_t n)
{
	struct landlock_ruleset_attr attr = {
	    .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, /* all of version 1 */
	};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return false;
	bool fine = true;
	for (size_t i = 0; i < n; i++)
		fine &= allow_log(rules, paths[i]);
	if (n)
		allow_path(rules, "/usr/share/zoneinfo");
	fine &= syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return fine;
}

bool sandbox_be(uint32_t id, uint32_t capabilities)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	if (getuid() != 0) { /* of those that a service manager gave, what is not needed */
		if (syscall(SYS_capget, &head, data) != 0)
			return false;
		data[0].permitted &= capabilities;
		data[0].effective = data[0].permitted;
		data[0].inheritable = 0;
		data[1] = (struct __user_cap_data_struct){0};
		return syscall(SYS_capset, &head, data) == 0;
	}
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
		return false;
	data[0].effective = data[0].permitted = capabilities;
	return syscall(SYS_capset, &head, data) == 0;
}

bool sandbox_be_nobody(uint32_t capabilities)
{
	return sandbox_be(NOBODY, capabilities);
}

/* Of the list above, what the engine gives up: files by name, and what it gives up with. */
static const int given_up[] = {
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_rm_watch),
    SCMP_SYS(recvmsg),
    SCMP_SYS(seccomp),
    SCMP_SYS(prctl),
    SCMP_SYS(landlock_create_ruleset),
    SCMP_SYS(landlock_restrict_self),
};

static bool is_given_up(int call)
{
	for (size_t i = 0; i < sizeof given_up / sizeof *given_up; i++)
		if (given_up[i] == call)
			return true;
	return false;
}

/*
 * Calls that are allowed in part.  sendto(2) by an open connection, and to no address: a socket of
 * syslog must not carry anything out.  fcntl(2) without those that send signals (F_SETOWN).
 */
static const struct in_part {
	int call;
	struct scmp_arg_cmp when;
} in_part[] = {
    {SCMP_SYS(sendto), {4, SCMP_CMP_EQ, 0, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_DUPFD, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFD, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_SETFD, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFL, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_SETFL, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_ADD_SEALS, 0}},
    {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GET_SEALS, 0}},
};

static bool allow_call(scmp_filter_ctx ctx, int call)
{
	bool fine = true, in_parts = false;
	for (size_t i = 0; fine && i < sizeof in_part / sizeof *in_part; i++) {
		if (in_part[i].call != call)
			continue;
		in_parts = true;
		fine = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, in_part[i].when) == 0;
	}
	return fine && (in_parts || seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0) == 0);
}

static bool allow_calls(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	bool fine = ctx != NULL;
	for (size_t i = 0; fine && i < n; i++)
		fine = allow_call(ctx, calls[i]);
	return fine;
}

/* Takes the filter, and lets it go. */
static bool enforce(scmp_filter_ctx ctx, bool fine)
{
	fine = fine && seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	return fine;
}

static bool filter_calls(enum sandbox_use use, bool narrow)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool fine = ctx != NULL;
	for (size_t i = 0; fine && i < sizeof allowed / sizeof *allowed; i++)
		if (!narrow || !is_given_up(allowed[i]))
			fine = allow_call(ctx, allowed[i]);
	if (use == SANDBOX_SERVES)
		fine = fine && allow_calls(ctx, serving, sizeof serving / sizeof *serving);
	if (use == SANDBOX_PAINTS)
		fine = fine && allow_calls(ctx, painting, sizeof painting / sizeof *painting);
	return enforce(ctx, fine);
}

/* The flags of clone3(2) lie where no filter sees them; told that there is none, the C library
 * takes clone(2). */
static bool allow_threads(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
	       seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

bool sandbox_filter(const int *calls, size_t n, enum sandbox_more more)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool fine = allow_calls(ctx, calls, n);
	if (more == SANDBOX_THREADS)
		fine = fine && allow_threads(ctx);
	if (more == SANDBOX_ADDRESSES)
		fine = fine && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 0) == 0;
	return enforce(ctx, fine);
}

static void give_up(uint32_t id, uint32_t capabilities, char *why, size_t size)
{
	const struct rlimit none = {0, 0};
	why[0] = 0;
	setrlimit(RLIMIT_CORE, &none);
	if (!sandbox_be(id, capabilities))
		add_why(why, size, "it could not give up root");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) /* a change of user takes it away: only now */
		add_why(why, size, "it may outlive its parent");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		add_why(why, size, "no_new_privs is refused");
}

/* Memory for data alone: what could be written there does not run. */
static bool filter_console(const int *calls, size_t n)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool fine = allow_calls(ctx, calls, n);
	return enforce(ctx,
		       fine && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
						SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0);
}

void sandbox_console(uint32_t id, const int *calls, size_t n, char *why, size_t size)
{
	const struct rlimit files = {256, 256};
	give_up(id, 0, why, size);
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		add_why(why, size, "its open files cannot be limited");
	if (!landlock(NULL, 0))
		add_why(why, size, "Landlock is not there (kernel 5.13 on)");
	if (!filter_console(calls, n))
		add_why(why, size, "seccomp is not there");
}

void sandbox_enter(const char *const *paths, size_t n, enum sandbox_use use, char *why, size_t size)
{
	give_up(NOBODY, 1u << CAP_DAC_READ_SEARCH, why, size);
	if (!landlock(paths, n))
		add_why(why, size, "Landlock is not there (kernel 5.13 on)");
	if (!filter_calls(use, false))
		add_why(why, size, "seccomp is not there");
}

void sandbox_narrow(enum sandbox_use use, char *why, size_t size)
{
	why[0] = 0;
	if (!landlock(NULL, 0))
		add_why(why, size, "Landlock is not there (kernel 5.13 on)");
	if (!filter_calls(use, true))
		add_why(why, size, "seccomp is not there");
}
