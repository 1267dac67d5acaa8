/*
 * calls.c - one table of system calls, and who keeps which; all others fail with EPERM.
 *
 * Nobody in it starts a program or another process, opens a socket who does not speak with anybody,
 * or changes who he is.  A row holds for those whose letters it has.
 */
#include "sandbox/part.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* One letter each, or a word for several. */
#define BIT(who) (1u << (who))
enum {
	READ = BIT(SANDBOX_READER) | BIT(SANDBOX_SERVING_READER),
	ENGINE = BIT(SANDBOX_ENGINE),
	PAINT = BIT(SANDBOX_PAINTER),
	CONSOLE = BIT(SANDBOX_CONSOLE),
	TOUCH = BIT(SANDBOX_TOUCHER),
	BLOCK = BIT(SANDBOX_BLOCKER),
	DOOR = BIT(SANDBOX_DOORMAN),
	SPEAK = BLOCK | BIT(SANDBOX_SPEAKER),
	SERVE = BIT(SANDBOX_SERVING_READER) | CONSOLE | DOOR,
	ALL = BIT(SANDBOX_WHO) - 1,
	MOST = ALL & ~(CONSOLE | TOUCH),         /* both know exactly what they call */
	FILES = READ | SPEAK | DOOR,             /* by name */
	DATA = ENGINE | PAINT | CONSOLE | TOUCH, /* memory that never runs */
};

static const struct call {
	int call;
	unsigned whose;
} table[] = {
    /* what is open, memory, time, the end */
    {SCMP_SYS(read), ALL},
    {SCMP_SYS(write), ALL},
    {SCMP_SYS(close), ALL},
    {SCMP_SYS(poll), ALL},
    {SCMP_SYS(ppoll), ALL},
    {SCMP_SYS(mmap), ALL},
    {SCMP_SYS(munmap), ALL},
    {SCMP_SYS(mremap), ALL},
    {SCMP_SYS(brk), ALL},
    {SCMP_SYS(futex), ALL},
    {SCMP_SYS(clock_gettime), ALL},
    {SCMP_SYS(getpid), ALL},
    {SCMP_SYS(rt_sigprocmask), ALL},
    {SCMP_SYS(rt_sigreturn), ALL},
    {SCMP_SYS(restart_syscall), ALL},
    {SCMP_SYS(sigaltstack), ALL},
    {SCMP_SYS(exit), ALL},
    {SCMP_SYS(exit_group), ALL},
    {SCMP_SYS(readv), ALL & ~TOUCH},
    {SCMP_SYS(writev), ALL & ~TOUCH},
    {SCMP_SYS(lseek), ALL & ~TOUCH},
    {SCMP_SYS(fcntl), ALL & ~TOUCH},
    {SCMP_SYS(madvise), ALL & ~TOUCH},
    {SCMP_SYS(gettimeofday), ALL & ~TOUCH},
    {SCMP_SYS(time), ALL & ~TOUCH},
    {SCMP_SYS(getrandom), ALL & ~TOUCH},
    {SCMP_SYS(gettid), ALL & ~TOUCH},
    {SCMP_SYS(rt_sigaction), ALL & ~TOUCH},
    {SCMP_SYS(sched_yield), ALL & ~TOUCH},
    {SCMP_SYS(sendto), ALL & ~TOUCH},
    {SCMP_SYS(mprotect), ALL & ~CONSOLE},
    {SCMP_SYS(fstat), ALL & ~CONSOLE},
    {SCMP_SYS(clock_nanosleep), ALL & ~CONSOLE},
    {SCMP_SYS(nanosleep), ALL & ~CONSOLE},
    {SCMP_SYS(pread64), MOST},
    {SCMP_SYS(fadvise64), MOST},
    {SCMP_SYS(getuid), MOST},
    {SCMP_SYS(geteuid), MOST},
    {SCMP_SYS(uname), MOST},
    {SCMP_SYS(sysinfo), MOST},
    /* memory without a name, that engine and parent share */
    {SCMP_SYS(memfd_create), READ | ENGINE | PAINT},
    {SCMP_SYS(ftruncate), READ | ENGINE | PAINT | DOOR},
    {SCMP_SYS(dup), READ | ENGINE | PAINT},
    {SCMP_SYS(fstatfs), READ | ENGINE | PAINT},
    {SCMP_SYS(statfs), READ},
    /* files by name; where no name opens, a folder that is open tells nothing either */
    {SCMP_SYS(openat), FILES | TOUCH},
    {SCMP_SYS(open), FILES | TOUCH},
    {SCMP_SYS(newfstatat), FILES | TOUCH},
    {SCMP_SYS(readlink), FILES | TOUCH},
    {SCMP_SYS(readlinkat), FILES | TOUCH},
    {SCMP_SYS(stat), FILES},
    {SCMP_SYS(lstat), FILES},
    {SCMP_SYS(statx), FILES},
    {SCMP_SYS(access), FILES},
    {SCMP_SYS(faccessat), FILES},
    {SCMP_SYS(faccessat2), FILES},
    {SCMP_SYS(getcwd), FILES},
    {SCMP_SYS(getdents64), FILES},
    {SCMP_SYS(inotify_add_watch), READ},
    {SCMP_SYS(inotify_rm_watch), READ},
    /* a file of one's own, put in the place of the former one */
    {SCMP_SYS(renameat), TOUCH | DOOR},
    {SCMP_SYS(renameat2), TOUCH | DOOR},
    {SCMP_SYS(rename), DOOR},
    {SCMP_SYS(fsync), READ | DOOR},
    {SCMP_SYS(rt_sigtimedwait), DOOR},
    /* to give up more: a filter can only be made narrower (seccomp(2), landlock(7)) */
    {SCMP_SYS(seccomp), READ},
    {SCMP_SYS(prctl), READ},
    {SCMP_SYS(landlock_create_ruleset), READ},
    {SCMP_SYS(landlock_restrict_self), READ},
    /* by sockets that are open: none can be made or connected but by those who speak */
    {SCMP_SYS(recvmsg), READ | CONSOLE | SPEAK},
    {SCMP_SYS(sendmsg), PAINT | CONSOLE | SPEAK | DOOR},
    {SCMP_SYS(recvfrom), SERVE | SPEAK},
    {SCMP_SYS(accept4), SERVE},
    {SCMP_SYS(epoll_ctl), SERVE},
    {SCMP_SYS(epoll_wait), SERVE},
    {SCMP_SYS(epoll_pwait), SERVE},
    {SCMP_SYS(setsockopt), SERVE | SPEAK},
    {SCMP_SYS(getsockopt), SERVE | SPEAK},
    {SCMP_SYS(getsockname), SERVE | SPEAK},
    {SCMP_SYS(shutdown), SERVE | SPEAK},
    {SCMP_SYS(socket), SPEAK | DOOR},
    {SCMP_SYS(connect), SPEAK},
    {SCMP_SYS(bind), SPEAK},
    {SCMP_SYS(getpeername), SPEAK},
    {SCMP_SYS(sendmmsg), SPEAK},
    {SCMP_SYS(recvmmsg), SPEAK},
    {SCMP_SYS(socketpair), SPEAK},
    {SCMP_SYS(ioctl), SPEAK},
    {SCMP_SYS(select), SPEAK},
    {SCMP_SYS(pselect6), SPEAK},
    {SCMP_SYS(getgid), SPEAK},
    {SCMP_SYS(getegid), SPEAK},
    {SCMP_SYS(alarm), SPEAK},
    /* of threads that look names of hosts up, and what wakes them */
    {SCMP_SYS(set_robust_list), SPEAK},
    {SCMP_SYS(rseq), SPEAK},
    {SCMP_SYS(pipe2), SPEAK},
    {SCMP_SYS(eventfd2), SPEAK},
    {SCMP_SYS(sched_getaffinity), SPEAK},
    {SCMP_SYS(sched_getparam), SPEAK},
    {SCMP_SYS(sched_getscheduler), SPEAK},
    {SCMP_SYS(prlimit64), SPEAK},
    {SCMP_SYS(set_tid_address), SPEAK},
};

/*
 * Calls of which a part is kept, by an argument; each row allows, and what no row allows is not.
 * sendto(2) by an open connection, and to no address: a socket of syslog must not carry anything
 * out; netlink alone wants addresses.  fcntl(2) without those that send signals (F_SETOWN).
 */
static const struct part_of_call {
	int call;
	unsigned whose; /* of others the call is kept whole */
	struct scmp_arg_cmp when;
} in_part[] = {
    {SCMP_SYS(sendto), ALL & ~BLOCK, {4, SCMP_CMP_EQ, 0, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_DUPFD, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_GETFD, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_SETFD, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_GETFL, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_SETFL, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_ADD_SEALS, 0}},
    {SCMP_SYS(fcntl), ALL, {1, SCMP_CMP_EQ, F_GET_SEALS, 0}},
    {SCMP_SYS(mmap), DATA, {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
    {SCMP_SYS(mprotect), DATA, {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
    {SCMP_SYS(socket), DOOR, {0, SCMP_CMP_EQ, AF_UNIX, 0}},  /* to tell the service manager */
    {SCMP_SYS(socket), SPEAK, {0, SCMP_CMP_EQ, AF_UNIX, 0}}, /* names of users and hosts */
    {SCMP_SYS(socket), SPEAK, {0, SCMP_CMP_EQ, AF_NETLINK, 0}},
    {SCMP_SYS(socket), SPEAK & ~BLOCK, {0, SCMP_CMP_EQ, AF_INET, 0}},
    {SCMP_SYS(socket), SPEAK & ~BLOCK, {0, SCMP_CMP_EQ, AF_INET6, 0}},
};

static bool allow_call(scmp_filter_ctx ctx, int call, unsigned who)
{
	bool fine = true, in_parts = false;
	for (size_t i = 0; fine && i < sizeof in_part / sizeof *in_part; i++) {
		if (in_part[i].call != call || !(in_part[i].whose & who))
			continue;
		in_parts = true;
		fine = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, in_part[i].when) == 0;
	}
	return fine && (in_parts || seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0) == 0);
}

/* The flags of clone3(2) lie where no filter sees them; told that there is none, the C library
 * takes clone(2). */
static bool allow_threads(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
	       seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

bool sandbox_filter(enum sandbox_who who)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool fine = ctx != NULL;
	for (size_t i = 0; fine && i < sizeof table / sizeof *table; i++)
		if (table[i].whose & BIT(who))
			fine = allow_call(ctx, table[i].call, BIT(who));
	if (who == SANDBOX_SPEAKER)
		fine = fine && allow_threads(ctx);
	fine = fine && seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	return fine;
}
