/*
 * faults.c - loaded before libc: the Nth call that touches the world fails.
 *
 * FAULT_AT=N: which one, from 1, among opening for writing, writing, syncing, renaming, removing,
 * making folders and pipes, starting programs, talking to sockets.  FAULT_ERRNO: with what; 0: half
 * of a write is done, and the next ones fail as on a full disk.  FAULT_ALL: that one and all after
 * it.  FAULT_SAYS: a file into which one byte is written when a fault was injected.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HALF = -1 };

static long number(const char *name)
{
	const char *text = getenv(name);
	return text ? strtol(text, NULL, 10) : -1;
}

static void say(void)
{
	const char *path = getenv("FAULT_SAYS");
	int (*really)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	int fd = path ? really(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
	ssize_t (*out)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	if (fd >= 0) {
		out(fd, "x", 1);
		close(fd);
	}
}

/* 0: go on; HALF; else an errno. */
static int fault(bool writes)
{
	static long calls, at = -2, error, all, full;
	if (at == -2) {
		at = number("FAULT_AT");
		error = number("FAULT_ERRNO");
		all = number("FAULT_ALL");
	}
	calls++;
	if (full && writes)
		return ENOSPC;
	if (at <= 0 || calls < at || (calls > at && all <= 0))
		return 0;
	if (calls == at)
		say();
	if (error == 0 && writes)
		return full = 1, HALF;
	return error > 0 ? (int)error : ENOSPC;
}

#define REAL(name) __typeof__(&name) really = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL(value)                                                                                \
	do {                                                                                       \
		int f = fault(false);                                                              \
		if (f > 0)                                                                         \
			return errno = f, (value);                                                 \
	} while (0)

#define OPEN(name)                                                                                 \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		REAL(name);                                                                        \
		va_list ap;                                                                        \
		va_start(ap, flags);                                                               \
		int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;                    \
		va_end(ap);                                                                        \
		if (flags & (O_WRONLY | O_RDWR | O_CREAT))                                         \
			FAIL(-1);                                                                  \
		return really(path, flags, mode);                                                  \
	}
OPEN(open)
OPEN(open64)

int openat(int dir, const char *path, int flags, ...)
{
	REAL(openat);
	va_list ap;
	va_start(ap, flags);
	int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;
	va_end(ap);
	if (flags & (O_WRONLY | O_RDWR | O_CREAT))
		FAIL(-1);
	return really(dir, path, flags, mode);
}

#define WRITE(name, type)                                                                          \
	ssize_t name(int fd, const void *at, size_t n, type offset)                                \
	{                                                                                          \
		REAL(name);                                                                        \
		int f = fault(true);                                                               \
		if (f > 0)                                                                         \
			return errno = f, -1;                                                      \
		return really(fd, at, f == HALF && n > 1 ? n / 2 : n, offset);                     \
	}
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *at, size_t n)
{
	REAL(write);
	int f = fd > 2 ? fault(true) : 0; /* what is said must be heard */
	if (f > 0)
		return errno = f, -1;
	return really(fd, at, f == HALF && n > 1 ? n / 2 : n);
}

int fsync(int fd)
{
	REAL(fsync);
	FAIL(-1);
	return really(fd);
}

int fdatasync(int fd)
{
	REAL(fdatasync);
	FAIL(-1);
	return really(fd);
}

int ftruncate(int fd, off_t size)
{
	REAL(ftruncate);
	FAIL(-1);
	return really(fd, size);
}

int rename(const char *from, const char *to)
{
	REAL(rename);
	FAIL(-1);
	return really(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	REAL(renameat);
	FAIL(-1);
	return really(from_dir, from, to_dir, to);
}

int unlinkat(int dir, const char *path, int flags)
{
	REAL(unlinkat);
	FAIL(-1);
	return really(dir, path, flags);
}

int unlink(const char *path)
{
	REAL(unlink);
	FAIL(-1);
	return really(path);
}

int mkdir(const char *path, mode_t mode)
{
	REAL(mkdir);
	FAIL(-1);
	return really(path, mode);
}

int fchown(int fd, uid_t user, gid_t group)
{
	REAL(fchown);
	FAIL(-1);
	return really(fd, user, group);
}

int pipe2(int ends[2], int flags)
{
	REAL(pipe2);
	FAIL(-1);
	return really(ends, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	REAL(sendmsg);
	FAIL(-1);
	return really(fd, message, flags);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
	REAL(posix_spawn);
	int f = fault(false);
	if (f > 0)
		return f;
	return really(pid, path, actions, attributes, argv, environment);
}
