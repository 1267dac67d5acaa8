/*
 * post.c - programs of the host that are told: sendmail(1), and the policy's command.
 *
 * A process beside the teller starts them, and no other does: who speaks with other hosts starts
 * nothing, and this one speaks with nobody.  It knows two programs with their arguments, both from
 * the policy; what it is told is a text for their standard input.  It is nobody where the watch was
 * root, holds no secret, and reads no file.  It keeps the right to programs that are setuid or
 * setgid, for sendmail(1) puts mail into the queue by one.
 */
#include "guard/part.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAM_MS = 30000, LOOK_MS = 20 };

struct letter {
	uint32_t what, len;
	char text[POST_TEXT];
};

struct post {
	const struct guard_policy *p;
	uid_t owner; /* besides root, whose programs are started */
	int fd;
};

/* --- a program --- */

static void say_why(struct alert_result *r, const char *path, const char *what)
{
	snprintf(r->why, sizeof r->why, "%s%s%s", path, *path ? ": " : "", what);
}

/* Whoever may change it would be told to do what he likes, as somebody else. */
static bool is_sound_program(const struct post *t, const char *path, struct alert_result *r)
{
	struct stat st;
	if (stat(path, &st) != 0)
		say_why(r, path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != t->owner) ||
		 st.st_mode & 022)
		say_why(r, path, "others than root can change it (chown root, chmod 755)");
	else
		return true;
	return false;
}

static bool wait_for(pid_t pid, int *status)
{
	const struct timespec moment = {0, LOOK_MS * 1000 * 1000};
	for (int ms = 0; ms < PROGRAM_MS; ms += LOOK_MS) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		nanosleep(&moment, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return false;
}

/* With signals as usual, and our socket closed. */
static int spawn(const char *const *argv, int in, pid_t *pid)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/bin", NULL};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t set;
	sigemptyset(&set);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &set);
	sigfillset(&set); /* whoever started the watch may have had some ignored */
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in, 0);
	int error = posix_spawn(pid, argv[0], &fa, &attr, (char *const *)(uintptr_t)argv,
				(char *const *)(uintptr_t)environment);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	return error;
}

static void tell_program(const char *const *argv, slice text, struct alert_result *r)
{
	int pipes[2], status = 0;
	pid_t pid;
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		say_why(r, "", strerror(errno));
		return;
	}
	int error = spawn(argv, pipes[0], &pid);
	close(pipes[0]);
	/* a pipe takes 64 KiB at once; who does not read his input is no failure by that */
	ssize_t n = error ? 0 : write(pipes[1], text.at, text.len);
	close(pipes[1]);
	if (error)
		say_why(r, argv[0], strerror(error));
	else if (!wait_for(pid, &status))
		say_why(r, argv[0], "it did not end within 30 s");
	else if (WIFSIGNALED(status))
		snprintf(r->why, sizeof r->why, "%.150s ended by signal %d", argv[0],
			 WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(r->why, sizeof r->why, "%.150s refused it, exit status %d", argv[0],
			 WEXITSTATUS(status));
	else
		r->fine = n == (ssize_t)text.len || n < 0;
}

/* sendmail(1), as Postfix, Exim and others have it: line ends are the host's. */
static void give_to(const struct post *t, uint32_t what, slice text, struct alert_result *r)
{
	const char *mail[8 + POLICY_MAIL] = {t->p->sendmail, "-i", "-f", t->p->mail_from, "--"};
	for (size_t i = 0; i < t->p->mail_count; i++)
		mail[5 + i] = t->p->mail[i];
	const char *const *argv = what == POST_MAIL ? mail : t->p->command;
	if (!argv[0])
		say_why(r, "", "the policy names no such program");
	else if (is_sound_program(t, argv[0], r))
		tell_program(argv, text, r);
}

/* --- the process --- */

static bool letter_is_sound(const struct letter *l, ssize_t n)
{
	return n == (ssize_t)sizeof *l && l->what < POST_WHATS && l->len <= sizeof l->text;
}

static void serve(const struct post *t)
{
	struct letter *l = must_alloc(sizeof *l);
	for (ssize_t n; (n = recv(t->fd, l, sizeof *l, 0)) != 0;) {
		struct alert_result r = {.fine = false};
		if (n < 0 && errno == EINTR)
			continue;
		if (!letter_is_sound(l, n))
			break;
		give_to(t, l->what, (slice){l->text, l->len}, &r);
		send(t->fd, &r, sizeof r, MSG_NOSIGNAL);
	}
	_exit(0);
}

/* It keeps its socket, and what says its words. */
static void run(struct post *t)
{
	enum { KEPT = 3 };
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
	if (t->fd != KEPT && dup3(t->fd, KEPT, O_CLOEXEC) < 0)
		_exit(2);
	t->fd = KEPT;
	if (close_range(KEPT + 1, ~0U, 0) != 0 || !sandbox_be(SANDBOX_NOBODY, 0))
		_exit(2);
	serve(t);
}

int post_start(const struct guard_policy *p, struct tell_secrets *s)
{
	struct post t = {.p = p, .owner = getuid()};
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		sandbox_name("post");
		explicit_bzero(s, sizeof *s);
		t.fd = pair[1];
		run(&t);
	}
	close(pair[1]);
	if (pid < 0)
		close(pair[0]);
	return pid < 0 ? -1 : pair[0];
}

bool post_give(int fd, enum post_what what, slice text, struct alert_result *r)
{
	struct letter *l = must_alloc(sizeof *l);
	*r = (struct alert_result){.fine = false};
	l->what = what;
	l->len = (uint32_t)text.len;
	bool fits = text.len <= sizeof l->text;
	if (fits)
		memcpy(l->text, text.at, text.len);
	bool there = fits && send(fd, l, sizeof *l, MSG_NOSIGNAL) == (ssize_t)sizeof *l &&
		     recv(fd, r, sizeof *r, 0) == (ssize_t)sizeof *r;
	free(l);
	r->why[sizeof r->why - 1] = 0;
	if (!there)
		say_why(r, "", "the process that starts programs is not there");
	return there;
}
