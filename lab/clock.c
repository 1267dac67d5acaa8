/*
 * clock.c: one fake wall clock for every process of the mail host.
 *
 * Preloaded through the host's private /etc/ld.so.preload.  A shared file
 * holds the jumps of the recording: from real time `from` on, the wall clock
 * reads real time + `shift`.  Between two jumps time runs at its true rate;
 * the monotonic clock is left alone.
 *
 * File times are the kernel's.  A time that lies after the first jump was
 * stamped by the kernel and is shown as the fake clock stood at that moment;
 * an earlier one was set by a program (or came with a package) and is shown
 * as it is.  So the fake days must lie before the day of the recording.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_FILE "/run/lab-clock"
#define SECOND     INT64_C(1000000000)

struct jump {
	int64_t from, shift; /* nanoseconds since 1970, nanoseconds */
};

struct jumps {
	uint64_t count; /* written last by the driver */
	struct jump at[4095];
};

static const struct jumps *jumps;

__attribute__((constructor)) static void clock_open(void)
{
	int fd = open(CLOCK_FILE, O_RDONLY | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, sizeof *jumps, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		jumps = map;
}

static int64_t shift_at(int64_t real)
{
	uint64_t low = 0, high;

	if (!jumps || !(high = __atomic_load_n(&jumps->count, __ATOMIC_ACQUIRE)))
		return 0;
	if (real < jumps->at[0].from)
		return 0;
	while (high - low > 1) { /* the last jump not after `real` */
		uint64_t middle = low + (high - low) / 2;

		if (jumps->at[middle].from <= real)
			low = middle;
		else
			high = middle;
	}
	return jumps->at[low].shift;
}

static int64_t shift_now(void)
{
	uint64_t n = jumps ? __atomic_load_n(&jumps->count, __ATOMIC_ACQUIRE) : 0;

	return n ? jumps->at[n - 1].shift : 0;
}

static int64_t pack(const struct timespec *t)
{
	return t->tv_sec * SECOND + t->tv_nsec;
}

static struct timespec unpack(int64_t t)
{
	return (struct timespec){t / SECOND, t % SECOND};
}

/* A file time, as the fake clock stood when the kernel stamped it. */
static struct timespec stamped(const struct timespec *t)
{
	int64_t real = pack(t);

	return unpack(real + shift_at(real));
}

/* An absolute deadline of the fake clock, for a real waiting call. */
static struct timespec deadline(const struct timespec *t)
{
	return unpack(pack(t) - shift_now());
}

static bool is_wall(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
}

/* The real function behind ours, looked up once. */
#define REAL(name)                                                                                 \
	static __typeof__(name) *real;                                                             \
	if (!real)                                                                                 \
	real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* --- reading the clock ------------------------------------------------ */

int clock_gettime(clockid_t id, struct timespec *t)
{
	REAL(clock_gettime);
	int outcome = real(id, t);

	if (outcome == 0 && is_wall(id))
		*t = unpack(pack(t) + shift_now());
	return outcome;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		return -1;
	*tv = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
	return 0;
}

time_t time(time_t *where)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		return -1;
	if (where)
		*where = t.tv_sec;
	return t.tv_sec;
}

int timespec_get(struct timespec *t, int base)
{
	return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, t) == 0 ? base : 0;
}

/* --- waiting until an absolute time ----------------------------------- */

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict until)
{
	/* Whether the condition counts wall or monotonic time is the library's
	 * secret; a wall deadline is far from a monotonic one, so look at it. */
	REAL(pthread_cond_timedwait);
	struct timespec t = until->tv_sec > 1000000000 ? deadline(until) : *until;

	return real(cond, mutex, &t);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
			   clockid_t id, const struct timespec *restrict until)
{
	REAL(pthread_cond_clockwait);
	struct timespec t = is_wall(id) ? deadline(until) : *until;

	return real(cond, mutex, id, &t);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
	REAL(pthread_mutex_timedlock);
	struct timespec t = deadline(until);

	return real(mutex, &t);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
	REAL(sem_timedwait);
	struct timespec t = deadline(until);

	return real(sem, &t);
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *for_or_until,
		    struct timespec *left)
{
	REAL(clock_nanosleep);
	struct timespec t = *for_or_until;

	if (is_wall(id) && (flags & TIMER_ABSTIME))
		t = deadline(&t);
	return real(id, flags, &t, left);
}

/* --- file times -------------------------------------------------------- */

#define STAT_SHOWN(type)                                                                           \
	static int shown_##type(int outcome, struct type *s)                                       \
	{                                                                                          \
		if (outcome == 0) {                                                                \
			s->st_atim = stamped(&s->st_atim);                                         \
			s->st_mtim = stamped(&s->st_mtim);                                         \
			s->st_ctim = stamped(&s->st_ctim);                                         \
		}                                                                                  \
		return outcome;                                                                    \
	}

STAT_SHOWN(stat)
STAT_SHOWN(stat64)

#define STAT_FAMILY(suffix)                                                                        \
	int stat##suffix(const char *restrict path, struct stat##suffix *restrict s)               \
	{                                                                                          \
		REAL(stat##suffix);                                                                \
		return shown_stat##suffix(real(path, s), s);                                       \
	}                                                                                          \
	int lstat##suffix(const char *restrict path, struct stat##suffix *restrict s)              \
	{                                                                                          \
		REAL(lstat##suffix);                                                               \
		return shown_stat##suffix(real(path, s), s);                                       \
	}                                                                                          \
	int fstat##suffix(int fd, struct stat##suffix *s)                                          \
	{                                                                                          \
		REAL(fstat##suffix);                                                               \
		return shown_stat##suffix(real(fd, s), s);                                         \
	}                                                                                          \
	int fstatat##suffix(int dir, const char *restrict path, struct stat##suffix *restrict s,   \
			    int flags)                                                             \
	{                                                                                          \
		REAL(fstatat##suffix);                                                             \
		return shown_stat##suffix(real(dir, path, s, flags), s);                           \
	}

STAT_FAMILY()
STAT_FAMILY(64)

static void show_statx(struct statx_timestamp *t)
{
	struct timespec plain = {t->tv_sec, t->tv_nsec};

	plain = stamped(&plain);
	t->tv_sec = plain.tv_sec;
	t->tv_nsec = (uint32_t)plain.tv_nsec;
}

int statx(int dir, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict s)
{
	REAL(statx);
	int outcome = real(dir, path, flags, mask, s);

	if (outcome == 0) {
		show_statx(&s->stx_atime);
		show_statx(&s->stx_mtime);
		show_statx(&s->stx_ctime);
		show_statx(&s->stx_btime);
	}
	return outcome;
}

/* --- the time of reception that syslog asks the kernel for -------------- */

static void show_reception(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timeval tv;
		int64_t t;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMP)
			continue;
		memcpy(&tv, CMSG_DATA(c), sizeof tv);
		t = tv.tv_sec * SECOND + tv.tv_usec * 1000;
		t += shift_at(t);
		tv = (struct timeval){t / SECOND, t % SECOND / 1000};
		memcpy(CMSG_DATA(c), &tv, sizeof tv);
	}
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	REAL(recvmsg);
	ssize_t got = real(fd, m, flags);

	if (got >= 0)
		show_reception(m);
	return got;
}
