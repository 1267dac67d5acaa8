/*
 * ready.c - sessions cut at once, over a connection to Dovecot that stands open.
 *
 * doveadm(1) as a program takes a tenth of a second to start; the server behind it answers within a
 * millisecond.  Its socket, which root alone may open, speaks lines of fields with tabs between
 * them (Dovecot 2.3, src/doveadm/client-connection-tcp.c and doveadm-kick.c):
 *
 *	VERSION doveadm-server 1 0                     +
 *	FLAGS USER kick ACCOUNT                        what was cut, an empty line's end, + or -WORD
 *
 * -NOTFOUND: the account had no session.  A process that serves several accounts is ended with all
 * its sessions: as over HTTP, the server does not ask.
 */
#include "respond/lever.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DOVEADM_SOCKET "/run/dovecot/doveadm-server"
static const char hello[] = "VERSION\tdoveadm-server\t1\t0\n";
enum { ANSWER_MOST = 4096, ANSWER_MS = 300 };

struct ready {
	int fd; /* -1: Dovecot is not there at the moment */
	char path[108];
};

static void drop(struct ready *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

static int64_t passed_ms(const struct timespec *since)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec - since->tv_sec) * 1000 + (t.tv_nsec - since->tv_nsec) / 1000000;
}

/* The last line of an answer, without its end; empty while there is none. */
static slice verdict_of(slice answer)
{
	size_t at = slice_search_last(answer, SLICE("\n+"));
	if (at == SIZE_MAX)
		at = slice_search_last(answer, SLICE("\n-"));
	slice rest = slice_from(answer, at == SIZE_MAX ? answer.len : at + 1);
	return slice_find(rest, '\n') < rest.len ? slice_until(&rest, '\n') : (slice){0};
}

/* Until the verdict has come, at most ANSWER_MS; a server that hangs holds up nobody. */
static bool hear(struct ready *r, char room[ANSWER_MOST], slice *verdict)
{
	struct timespec began;
	size_t len = 1;
	room[0] = '\n'; /* the first line of an answer may be its last */
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int64_t left; (left = ANSWER_MS - passed_ms(&began)) > 0 && len < ANSWER_MOST;) {
		struct pollfd p = {r->fd, POLLIN, 0};
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		ssize_t n = recv(r->fd, room + len, ANSWER_MOST - len, MSG_DONTWAIT);
		if (n <= 0 && errno != EINTR && errno != EAGAIN)
			return false;
		len += n > 0 ? (size_t)n : 0;
		*verdict = verdict_of((slice){room, len});
		if (verdict->len)
			return true;
	}
	return false;
}

static bool say(struct ready *r, slice text)
{
	return send(r->fd, text.at, text.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)text.len;
}

static void connect_to(struct ready *r)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char room[ANSWER_MOST];
	slice verdict;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", r->path);
	r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&a, sizeof a) != 0 ||
	    !say(r, SLICE(hello)) || !hear(r, room, &verdict) || !slice_eq(verdict, SLICE("+")))
		drop(r);
}

/* True if the other end is gone, or says what nobody asked. */
static bool is_broken(const struct ready *r)
{
	struct pollfd p = {r->fd, POLLIN, 0};
	return poll(&p, 1, 0) != 0;
}

struct ready *ready_open(const char *path)
{
	struct ready *r = must_alloc(sizeof *r);
	snprintf(r->path, sizeof r->path, "%s", path ? path : DOVEADM_SOCKET);
	r->fd = -1;
	ready_keep(r);
	return r;
}

int ready_keep(struct ready *r)
{
	if (r->fd >= 0 && is_broken(r))
		drop(r);
	if (r->fd < 0)
		connect_to(r);
	return r->fd;
}

static bool no_answer(struct ready *r, char *why, size_t size)
{
	drop(r); /* an answer that comes late would be taken for the next one's */
	snprintf(why, size, "%s gives no answer", r->path);
	return false;
}

bool ready_cut(struct ready *r, slice account, char *why, size_t size)
{
	char line[512], room[ANSWER_MOST];
	slice verdict;
	int n = snprintf(line, sizeof line, "\t\tkick\t%.*s\n", (int)account.len, account.at);
	why[0] = 0;
	if (!respond_is_account(account) || n < 0 || (size_t)n >= sizeof line)
		return snprintf(why, size, "the account's name cannot stand in a command"), false;
	if (ready_keep(r) < 0 || !say(r, (slice){line, (size_t)n}) || !hear(r, room, &verdict))
		return no_answer(r, why, size);
	if (slice_eq(verdict, SLICE("+")) || slice_eq(verdict, SLICE("-NOTFOUND")))
		return true;
	snprintf(why, size, "Dovecot answered %.*s to kick", (int)slice_first(verdict, 60).len,
		 verdict.at);
	return false;
}

void ready_close(struct ready **r)
{
	if (!*r)
		return;
	drop(*r);
	free(*r);
	*r = NULL;
}
