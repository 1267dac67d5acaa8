/*
 * outbound_server.c - Postfix's connections, answered as they ask.
 *
 * Postfix keeps a connection open and asks one request after the other.  An answer that cannot be
 * written at once, a request that cannot be read: the connection ends, and Postfix does what
 * main.cf says of a service that is not there (default_action).
 */
#include "access/outbound_server.h"

#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SERVED_MOST = 1000, AT_ONCE = 64, KNOWN_BYTES_MOST = 4 << 20 };

struct served {
	int fd;
	size_t len;
	struct served *next, **back; /* all of them */
	char at[OUTBOUND_REQUEST_MOST + 1];
};

struct outbound_server {
	const struct outbound_rules *rules;
	struct outbound *outbound;
	struct served *all;
	int listener, ready, open;
	uint64_t asked, stopped, kept;
};

/* --- what is known --- */

static void read_known(struct outbound_server *s)
{
	struct arena a = {0};
	const char *path = arena_text(&a, s->rules->remember);
	int fd = s->rules->remember.len ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char *room = fd >= 0 ? must_alloc(KNOWN_BYTES_MOST) : NULL;
	ssize_t n = 0;
	size_t len = 0;
	while (fd >= 0 && len < KNOWN_BYTES_MOST &&
	       (n = read(fd, room + len, KNOWN_BYTES_MOST - len)) > 0)
		len += (size_t)n;
	if (fd >= 0 && (n < 0 || !outbound_read(s->outbound, (slice){room, len})))
		fprintf(stderr, "tocsin: %s: cannot be read; recipients are learnt anew\n", path);
	if (fd >= 0)
		close(fd);
	free(room);
	arena_free(&a);
}

void outbound_keep(struct outbound_server *s)
{
	struct arena a = {0};
	if (!s->rules->remember.len || s->asked == s->kept)
		return;
	const char *path = arena_text(&a, s->rules->remember);
	const char *beside = arena_text(&a, arena_format(&a, "%s.new", path));
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct out to = {.fd = fd};
	if (fd >= 0)
		outbound_write(s->outbound, &to);
	bool fine = out_close(&to) && fd >= 0 && fsync(fd) == 0 && rename(beside, path) == 0;
	if (!fine)
		fprintf(stderr, "tocsin: %s: %s\n", path, strerror(to.error ? to.error : errno));
	if (fd >= 0)
		close(fd);
	s->kept = s->asked;
	arena_free(&a);
}

/* --- connections --- */

static void hang_up(struct outbound_server *s, struct served *c)
{
	close(c->fd);
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	s->open--;
	free(c);
}

/* When there are too many, the one that came first goes. */
static void make_room(struct outbound_server *s)
{
	struct served *last = s->all;
	while (last && last->next)
		last = last->next;
	if (s->open >= SERVED_MOST && last)
		hang_up(s, last);
}

static void accept_one(struct outbound_server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	make_room(s);
	struct served *c = must_alloc(sizeof *c);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	*c = (struct served){.fd = fd, .next = s->all, .back = &s->all};
	if (s->all)
		s->all->back = &c->next;
	s->all = c;
	s->open++;
	if (epoll_ctl(s->ready, EPOLL_CTL_ADD, fd, &e) != 0)
		hang_up(s, c);
}

static const char *const action_words[] = {"DUNNO", "HOLD", "DEFER_IF_PERMIT 4.7.1"};

static void tell(const struct outbound_request *q, const struct outbound_answer *n)
{
	struct out o = {.fd = -1};
	out_text(&o, "tocsin: mail of ");
	out_plain(&o, slice_first(q->account, 255));
	out_format(&o, " is %s: %s\n", n->action == OUTBOUND_HOLD ? "held" : "put off", n->because);
	fwrite(o.at, 1, o.len, stderr);
	out_close(&o);
}

static void answer_one(struct outbound_server *s, const struct outbound_request *q, int64_t now,
		       struct out *to)
{
	struct outbound_answer n = outbound_ask(s->outbound, q, now);
	s->asked++;
	s->stopped += n.action != OUTBOUND_DUNNO;
	if (n.first)
		tell(q, &n);
	out_format(to, "action=%s%s%s\n\n", action_words[n.action], n.because[0] ? " " : "",
		   n.because);
}

/* All requests that are whole; false: the connection ends. */
static bool answer_all(struct outbound_server *s, struct served *c, int64_t now)
{
	struct out to = {.fd = -1};
	struct outbound_request q;
	char why[128];
	slice bytes = {c->at, c->len};
	enum outbound_read r;
	while ((r = outbound_parse(&bytes, &q, why, sizeof why)) == OUTBOUND_REQUEST)
		answer_one(s, &q, now, &to);
	bool fine = !to.len || write(c->fd, to.at, to.len) == (ssize_t)to.len;
	out_close(&to);
	memmove(c->at, bytes.at, bytes.len);
	c->len = bytes.len;
	if (r == OUTBOUND_BROKEN)
		fprintf(stderr, "tocsin: Postfix asks what cannot be read: %s\n", why);
	return fine && r == OUTBOUND_MORE && c->len < sizeof c->at;
}

static void read_one(struct outbound_server *s, struct served *c, int64_t now)
{
	ssize_t n = read(c->fd, c->at + c->len, sizeof c->at - c->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->len += (size_t)n;
	if (n <= 0 || !answer_all(s, c, now))
		hang_up(s, c);
}

/* --- the server --- */

struct outbound_server *outbound_serve(const struct outbound_rules *rules, const char *path)
{
	struct outbound_server *s = must_alloc(sizeof *s);
	struct epoll_event e = {.events = EPOLLIN};
	s->rules = rules;
	s->outbound = outbound_new(rules);
	s->ready = epoll_create1(EPOLL_CLOEXEC);
	s->listener = listen_here(rules->listen);
	if (s->listener >= 0 && s->ready >= 0 &&
	    epoll_ctl(s->ready, EPOLL_CTL_ADD, s->listener, &e) == 0) {
		read_known(s);
		return s;
	}
	fprintf(stderr,
		"tocsin: %s: outbound: listen: %.*s: %s (an address of this host itself and a "
		"port of its own are wanted, such as 127.0.0.1:4002)\n",
		path, (int)rules->listen.len, rules->listen.at, listen_why(errno));
	outbound_end(&s);
	return NULL;
}

void outbound_end(struct outbound_server **s)
{
	if (!*s)
		return;
	if ((*s)->listener >= 0)
		outbound_keep(*s);
	while ((*s)->all)
		hang_up(*s, (*s)->all);
	if ((*s)->listener >= 0)
		close((*s)->listener);
	if ((*s)->ready >= 0)
		close((*s)->ready);
	outbound_free(&(*s)->outbound);
	free(*s);
	*s = NULL;
}

int outbound_ready(const struct outbound_server *s)
{
	return s->ready;
}

void outbound_work(struct outbound_server *s, int64_t now_us)
{
	struct epoll_event e[AT_ONCE];
	int n = epoll_wait(s->ready, e, AT_ONCE, 0);
	bool knocks = false;
	for (int i = 0; i < n; i++)
		if (e[i].data.ptr)
			read_one(s, e[i].data.ptr, now_us);
		else
			knocks = true;
	if (knocks) /* last: it may end one that is in this list */
		accept_one(s);
}

void outbound_take(struct outbound_server *s, const struct outbound_rules *rules)
{
	s->rules = rules;
	outbound_use(s->outbound, rules);
}

uint64_t outbound_asked(const struct outbound_server *s)
{
	return s->asked;
}

uint64_t outbound_stopped(const struct outbound_server *s)
{
	return s->stopped;
}
