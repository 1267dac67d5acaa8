/*
 * command.c - programs of the host, started without a shell.
 *
 * A program that hangs is ended by its process id after COMMAND_SECONDS: an operator at three in
 * the morning waits for no daemon that the intruder may have stopped.
 */
#include "respond/lever.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const folders[] = {"/usr/bin", "/usr/sbin",      "/bin",
				      "/sbin",    "/usr/local/bin", "/usr/local/sbin"};
enum { FOLDERS = sizeof folders / sizeof *folders, PATH_ROOM = 256 };

static bool find_program(const char *name, char path[PATH_ROOM])
{
	for (size_t i = 0; i < FOLDERS; i++) {
		snprintf(path, PATH_ROOM, "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool has_program(const char *name)
{
	char path[PATH_ROOM];
	return find_program(name, path);
}

bool work_fail(struct work *w, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	vsnprintf(w->why, sizeof w->why, format, ap);
	va_end(ap);
	return false;
}

struct child {
	pid_t pid;
	int in, out, err;
};

static void close_both(int p[2])
{
	close(p[0]);
	close(p[1]);
}

enum { ENVIRONMENT_MOST = 16 };
static void fill_environment(const char *all[ENVIRONMENT_MOST + 1], const char *const *more)
{
	int n = 0;
	all[n++] = "PATH=/usr/bin:/usr/sbin:/bin:/sbin";
	all[n++] = "LC_ALL=C.UTF-8";
	while (more && *more && n < ENVIRONMENT_MOST)
		all[n++] = *more++;
	all[n] = NULL;
}

/* Not ours, which a watch holds back: a program that waits for its own children would hang. */
static void usual_signals(posix_spawnattr_t *a)
{
	sigset_t none, pipe;
	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawnattr_init(a);
	posix_spawnattr_setsigmask(a, &none);
	posix_spawnattr_setsigdefault(a, &pipe);
	posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static bool start(const char *path, const struct asked *a, struct child *c)
{
	const char *environment[ENVIRONMENT_MOST + 1];
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attributes;
	int in[2], out[2], err[2];
	if (pipe2(in, O_CLOEXEC) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) != 0)
		return close_both(in), false;
	if (pipe2(err, O_CLOEXEC) != 0)
		return close_both(in), close_both(out), false;
	fill_environment(environment, a->environment);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, out[1], 1);
	posix_spawn_file_actions_adddup2(&fa, err[1], 2);
	usual_signals(&attributes);
	int error = posix_spawn(&c->pid, path, &fa, &attributes, (char *const *)(uintptr_t)a->argv,
				(char *const *)(uintptr_t)environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&fa);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	c->in = in[1];
	c->out = out[0];
	c->err = err[0];
	errno = error;
	if (error == 0)
		return true;
	close(c->in);
	close(c->out);
	close(c->err);
	return false;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Hands over what the program wants to read, as much as fits; closes at the end. */
static void feed(struct pollfd *p, slice *input)
{
	ssize_t n = input->len ? write(p->fd, input->at, input->len) : 0;
	if (n > 0)
		*input = slice_from(*input, (size_t)n);
	if (input->len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(p->fd);
		p->fd = -1;
	}
}

/* What a program says, kept whole up to a bound, or handed on line by line. */
struct hearing {
	struct out out;
	line_heard *on; /* NULL: all is kept */
	void *ctx;
	bool cut; /* said more than is kept */
};

static void hand_on(struct hearing *h)
{
	slice rest = {h->out.at, h->out.len};
	while (slice_find(rest, '\n') < rest.len)
		h->on(h->ctx, slice_until(&rest, '\n'));
	memmove(h->out.at, rest.at, rest.len);
	h->out.len = rest.len;
}

static void drain(struct pollfd *p, struct hearing *h)
{
	char room[65536];
	ssize_t n = read(p->fd, room, sizeof room);
	if (n > 0 && h->out.len < COMMAND_OUTPUT_MOST)
		out_slice(&h->out, (slice){room, (size_t)n});
	else if (n > 0)
		h->cut = true;
	if (n > 0 && h->on)
		hand_on(h);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(p->fd);
		p->fd = -1;
	}
}

/* Until the program has closed its output; false when its time is over. */
static bool converse(struct child *c, slice input, struct hearing *out, struct hearing *err,
		     int64_t end)
{
	struct pollfd p[] = {{c->in, POLLOUT, 0}, {c->out, POLLIN, 0}, {c->err, POLLIN, 0}};
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	while (p[1].fd >= 0 || p[2].fd >= 0) {
		int64_t left = end - now_ms();
		if (left <= 0)
			break;
		if (poll(p, 3, (int)left) < 0 && errno != EINTR)
			break;
		if (p[0].fd >= 0 && p[0].revents)
			feed(&p[0], &input);
		if (p[1].fd >= 0 && p[1].revents)
			drain(&p[1], out);
		if (p[2].fd >= 0 && p[2].revents)
			drain(&p[2], err);
	}
	bool done = p[1].fd < 0 && p[2].fd < 0;
	for (size_t i = 0; i < 3; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
	return done;
}

/* It may go on though it says no more; false when its time is over. */
static bool ends_by(pid_t pid, int64_t end)
{
	struct pollfd p = {(int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0};
	int64_t left = end - now_ms();
	int n = p.fd < 0 ? 1 : poll(&p, 1, left > 0 ? (int)left : 0);
	if (p.fd >= 0)
		close(p.fd);
	return n != 0;
}

static int wait_for(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct ran hear(struct work *w, const struct asked *a, struct hearing *out)
{
	const char *const *argv = a->argv;
	char path[PATH_ROOM];
	struct child c;
	struct ran r = {.status = -1};
	struct hearing err = {.out = {.fd = -1}};
	if (!find_program(argv[0], path)) {
		work_fail(w, "there is no %s on this host", argv[0]);
		return r;
	}
	if (!start(path, a, &c)) {
		work_fail(w, "%s did not start: %s", argv[0], strerror(errno));
		return r;
	}
	int64_t end = now_ms() + (int64_t)a->seconds * 1000;
	bool done = converse(&c, a->input, out, &err, end) && ends_by(c.pid, end);
	if (!done)
		kill(c.pid, SIGKILL);
	r.status = wait_for(c.pid);
	r.out = arena_copy(w->arena, (slice){out->out.at, out->out.len});
	r.err = arena_copy(w->arena, (slice){err.out.at, err.out.len});
	out_close(&err.out);
	if (!done)
		work_fail(w, "%s did not answer within %d s and was ended", argv[0], a->seconds);
	return r;
}

struct ran run(struct work *w, const char *const *argv, slice input)
{
	struct hearing out = {.out = {.fd = -1}};
	struct ran r = hear(w, &(struct asked){argv, NULL, input, COMMAND_SECONDS}, &out);
	out_close(&out.out);
	return r;
}

bool run_lines(struct work *w, const char *const *argv, line_heard *on, void *ctx)
{
	const struct asked a = {argv, NULL, {0}, COMMAND_LINES_SECONDS};
	return ask_lines(w, &a, on, ctx);
}

bool ask_lines(struct work *w, const struct asked *a, line_heard *on, void *ctx)
{
	const char *const *argv = a->argv;
	struct hearing out = {.out = {.fd = -1}, .on = on, .ctx = ctx};
	w->why[0] = 0;
	struct ran r = hear(w, a, &out);
	out_close(&out.out);
	if (r.status == 0 && !out.cut)
		return true;
	if (r.status == 0)
		return work_fail(w, "%s: a line of more than %d MB", argv[0],
				 COMMAND_OUTPUT_MOST >> 20);
	return w->why[0] ? false
			 : work_fail(w, "%s %s: exit status %d: %.*s", argv[0],
				     argv[1] ? argv[1] : "", r.status,
				     (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
}

bool run_fine(struct work *w, const char *const *argv)
{
	w->why[0] = 0;
	struct ran r = run(w, argv, (slice){0});
	if (r.status == 0)
		return true;
	if (w->why[0])
		return false;
	slice said = slice_first(r.err.len ? r.err : r.out, 300);
	while (said.len && said.at[said.len - 1] == '\n')
		said.len--;
	return work_fail(w, "%s %s: exit status %d: %.*s", argv[0], argv[1] ? argv[1] : "",
			 r.status, (int)said.len, said.at);
}
