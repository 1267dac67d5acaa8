/*
 * touch.c - who opens files of the mail store, or writes settings, on the host itself, as the
 * kernel tells (fanotify(7)); a line of each into STATE/touched, which the watch follows as it does
 * logs, and which a scan reads later.
 *
 *	type=FANOTIFY msg=audit(1773744120.100:901): SYSCALL=open pid=4 auid=1000 euid=0 comm="grep"
 *	exe="/usr/bin/grep" name="/var/vmail/..."
 *
 * in the manner of Linux audit, so that what is known of its records holds here too.  The kernel
 * tells of a whole file system (5.1 on); what lies elsewhere on it, and what the mail server's own
 * programs open, is passed by.  Only a process with CAP_SYS_ADMIN may ask; once it has asked, this
 * one gives that up and is nobody, who may read, and see which program a process runs
 * (CAP_SYS_PTRACE): no socket, no program, no signal, and it can write its own folder alone.
 */
#include "guard/part.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_ROOM = 64 << 10, PATH_ROOM = 4096, BUSY_MS = 20 };
static const off_t FILE_MOST = (off_t)256 << 20;

struct toucher {
	const struct guard_options *o;
	int fan, folder, out;
	off_t written;
	uint64_t serial;
	struct out lines;
};

/* Programs of mail servers: they open every message, and say so in their own logs. */
static const slice own_programs[] = {
    SLICE_INIT("/usr/lib/dovecot/"),     SLICE_INIT("/usr/libexec/dovecot/"),
    SLICE_INIT("/usr/sbin/dovecot"),     SLICE_INIT("/usr/lib/postfix/"),
    SLICE_INIT("/usr/libexec/postfix/"), SLICE_INIT("/usr/sbin/postfix"),
    SLICE_INIT("/usr/sbin/exim"),        SLICE_INIT("/usr/lib/cyrus/"),
    SLICE_INIT("/usr/lib/courier/"),
};

static bool is_own_program(slice exe)
{
	for (size_t i = 0; i < sizeof own_programs / sizeof *own_programs; i++)
		if (slice_starts(exe, own_programs[i]))
			return true;
	return false;
}

static bool is_below(const struct toucher *t, slice path)
{
	for (size_t i = 0; i < t->o->touched_count; i++) {
		slice top = slice_of(t->o->touched[i]);
		while (top.len > 1 && top.at[top.len - 1] == '/')
			top.len--;
		if (slice_starts(path, top) && (path.len == top.len || path.at[top.len] == '/'))
			return true;
	}
	return false;
}

/* --- what /proc says --- */

static slice link_of(const char *link, char room[PATH_ROOM])
{
	ssize_t n = readlink(link, room, PATH_ROOM);
	return n > 0 ? (slice){room, (size_t)n} : (slice){0};
}

static slice small_file(const char *path, char *room, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, room, size);
	if (fd >= 0)
		close(fd);
	while (n > 0 && room[n - 1] == '\n')
		n--;
	return n > 0 ? (slice){room, (size_t)n} : (slice){0};
}

/* --- lines --- */

/* As the kernel writes what it does not trust: in quotes, or in hexadecimal. */
static void put_text(struct out *o, const char *key, slice text)
{
	bool plain = true;
	if (!text.len)
		return;
	for (size_t i = 0; i < text.len; i++)
		plain &= text.at[i] > ' ' && text.at[i] < 0x7f && text.at[i] != '"';
	out_format(o, " %s=%s", key, plain ? "\"" : "");
	for (size_t i = 0; i < text.len; i++)
		if (plain)
			out_char(o, text.at[i]);
		else
			out_format(o, "%02X", (unsigned char)text.at[i]);
	if (plain)
		out_char(o, '"');
}

static void put_head(struct toucher *t, const char *what)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	out_format(&t->lines, "type=FANOTIFY msg=audit(%lld.%03ld:%llu): SYSCALL=%s",
		   (long long)now.tv_sec, now.tv_nsec / 1000000, (unsigned long long)++t->serial,
		   what);
}

static void put_touch(struct toucher *t, const struct fanotify_event_metadata *e, slice path)
{
	char link[64], room[PATH_ROOM], small[64];
	snprintf(link, sizeof link, "/proc/%d/exe", e->pid);
	slice exe = link_of(link, room);
	snprintf(link, sizeof link, "/proc/%d/loginuid", e->pid);
	slice login = small_file(link, small, sizeof small);
	bool nobody = !login.len || slice_eq(login, SLICE("4294967295"));
	bool writes = e->mask & FAN_CLOSE_WRITE;
	/* a daemon that ends closes its files, and has no program any more */
	if (is_own_program(exe) || (writes && nobody && !exe.len))
		return;
	put_head(t, writes ? "close_write" : "open");
	out_format(&t->lines, " pid=%d", e->pid);
	if (login.len)
		out_format(&t->lines, " auid=%.*s", (int)login.len, login.at);
	put_text(&t->lines, "exe", exe);
	snprintf(link, sizeof link, "/proc/%d/comm", e->pid);
	put_text(&t->lines, "comm", small_file(link, small, sizeof small));
	put_text(&t->lines, "name", path);
	out_text(&t->lines, "\n");
}

static void take_event(struct toucher *t, const struct fanotify_event_metadata *e)
{
	char link[64], room[PATH_ROOM];
	if (e->mask & FAN_Q_OVERFLOW) { /* it is said, and what is missing stays unknown */
		put_head(t, "overflow");
		out_text(&t->lines, "\n");
	}
	if (e->fd < 0)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", e->fd);
	slice path = link_of(link, room);
	if (e->pid != getpid() && is_below(t, path))
		put_touch(t, e, path);
	close(e->fd);
}

/* --- the file --- */

static bool open_out(struct toucher *t)
{
	struct stat st;
	t->out = openat(t->folder, TOUCHED_FILE, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	t->written = t->out >= 0 && fstat(t->out, &st) == 0 ? st.st_size : 0;
	return t->out >= 0;
}

/* As nobody, whose folder it is: root without its rights over files may not. */
static bool open_out_as_nobody(struct toucher *t)
{
	uid_t was = (uid_t)setfsuid(getuid() == 0 ? SANDBOX_NOBODY : getuid());
	bool fine = open_out(t);
	int error = errno;
	setfsuid(was);
	errno = error;
	return fine;
}

static void write_lines(struct toucher *t)
{
	if (t->written > FILE_MOST) { /* one that is older goes */
		close(t->out);
		renameat(t->folder, TOUCHED_FILE, t->folder, TOUCHED_FILE ".1");
		if (!open_out(t))
			_exit(2);
	}
	ssize_t n = write(t->out, t->lines.at, t->lines.len);
	t->written += n > 0 ? n : 0;
	t->lines.len = 0;
}

/* --- the process --- */

static bool mark(int fan, const char *path)
{
	return fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN | FAN_CLOSE_WRITE,
			     AT_FDCWD, path) == 0;
}

static bool prepare(struct toucher *t, char *why, size_t size)
{
	const char *at = "fanotify";
	t->fan = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
			       O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME);
	bool fine = t->fan >= 0;
	for (size_t i = 0; fine && i < t->o->touched_count; i++)
		fine = mark(t->fan, at = t->o->touched[i]);
	char folder[PATH_ROOM];
	snprintf(folder, sizeof folder, "%s/" TOUCHED_FOLDER, t->o->state);
	if (fine)
		at = folder;
	fine = fine && (mkdir(t->o->state, 0700) == 0 || errno == EEXIST) &&
	       (mkdir(folder, 0700) == 0 || errno == EEXIST) &&
	       (getuid() != 0 || chown(folder, SANDBOX_NOBODY, SANDBOX_NOBODY) == 0);
	t->folder = fine ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
	fine = fine && t->folder >= 0 && open_out_as_nobody(t);
	if (!fine)
		snprintf(why, size, "--touched: %s: %s (it has to be root, with CAP_SYS_ADMIN)", at,
			 strerror(errno));
	return fine;
}

static void tell_on(struct toucher *t)
{
	char *room = must_alloc(EVENTS_ROOM);
	const struct timespec moment = {0, BUSY_MS * 1000000L};
	for (;;) {
		struct pollfd p = {t->fan, POLLIN, 0};
		poll(&p, 1, -1);
		ssize_t n = read(t->fan, room, EVENTS_ROOM), got = n;
		const struct fanotify_event_metadata *e = (const void *)room;
		for (; n > 0 && FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n))
			take_event(t, e);
		if (t->lines.len)
			write_lines(t);
		if (got > EVENTS_ROOM / 2) /* a flood: what waits is in the kernel's hands */
			nanosleep(&moment, NULL);
	}
}

static void confined(struct toucher *t)
{
	char less[128];
	sandbox_name("toucher");
	sandbox_enter(SANDBOX_TOUCHER, SANDBOX_NOBODY, NULL, 0, less, sizeof less);
	if (less[0])
		fprintf(stderr,
			"tocsin: the process that sees who opens files is less confined than it "
			"should be: %s\n",
			less);
	tell_on(t);
}

pid_t touch_start(const struct guard_options *o, char *why, size_t size)
{
	struct toucher t = {.o = o, .lines = {.fd = -1}};
	if (!prepare(&t, why, size))
		return -1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		confined(&t);
	close(t.fan);
	close(t.folder);
	close(t.out);
	return pid;
}

void touch_run(const struct guard_options *o, char *why, size_t size)
{
	struct toucher t = {.o = o, .lines = {.fd = -1}};
	if (!o->touched_count)
		snprintf(why, size, "--part toucher: say which folders, with --touched");
	else if (prepare(&t, why, size) && sd_notify(0, "READY=1") >= 0)
		confined(&t);
}
