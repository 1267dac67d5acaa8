/*
 * reader.c - the process that opens logs, follows them, and takes what is sent to log sockets.
 *
 * It cuts bytes into lines and understands nothing of them; they go to the engine, which can open
 * nothing.  It reads under the given paths only, has no network but sockets that were opened for
 * it, starts nothing, and tells nobody but the engine.
 *
 * A datagram of the log socket is one record, whatever bytes it holds; who sent it the kernel says
 * (unix(7), SCM_CREDENTIALS).
 */
#include "guard/part.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	WAIT_MS = 1000,
	DATAGRAM_MOST = 65536,
	DATAGRAMS_A_TURN = 512,
	BUSY = 1 << 16,
	FIRST_MOST = 8192
};

struct reader {
	const struct guard_options *o;
	const int *sockets;
	int to_engine;
	struct follow *follow;
	struct live_journal *journal;
	struct live_http *http;
	size_t named; /* files that the engine knows */
	bool was_quiet;
	uint32_t lost[GUARD_SOCKETS];      /* datagrams, as the kernel counts */
	uint64_t taken[GUARD_SOCKETS + 1]; /* bytes; the last is what was posted */
	char datagram[DATAGRAM_MOST + 1];
};

/* Inputs that are no files are numbered from the end. */
static uint32_t socket_number(size_t i)
{
	return READER_INPUTS - 2 - (uint32_t)i;
}
enum {
	JOURNAL_NUMBER = READER_INPUTS - 1,
	HTTP = GUARD_SOCKETS,
	HTTP_NUMBER = READER_INPUTS - 2 - HTTP
};

bool reader_head_is_sound(const struct reader_head *h)
{
	return h->kind < READER_KINDS && h->input < READER_INPUTS && h->len <= READER_CHUNK &&
	       h->fresh <= 1 && h->is_journal <= 1 && h->uid >= -1;
}

/* Waits while the engine is busy: nothing is dropped here. */
static void give(const struct reader *r, struct reader_head h, slice text)
{
	h.len = (uint32_t)text.len;
	struct iovec v[] = {{&h, sizeof h}, {(void *)(uintptr_t)text.at, text.len}};
	for (int at = 0; at < 2;) {
		ssize_t n = writev(r->to_engine, v + at, 2 - at);
		if (n < 0 && errno != EINTR)
			_exit(2); /* the engine is gone */
		for (; at < 2 && n >= 0; at++) {
			size_t step = (size_t)n < v[at].iov_len ? (size_t)n : v[at].iov_len;
			v[at].iov_base = (char *)v[at].iov_base + step;
			v[at].iov_len -= step;
			n -= (ssize_t)step;
			if (v[at].iov_len)
				break;
		}
	}
}

static void name_input(const struct reader *r, uint32_t number, const char *path, uint64_t border,
		       bool is_journal, slice first)
{
	struct out text = {.fd = -1};
	out_text(&text, path);
	out_char(&text, 0);
	out_slice(&text, first);
	give(r,
	     (struct reader_head){.kind = READER_INPUT,
				  .input = number,
				  .offset = border,
				  .is_journal = is_journal,
				  .uid = -1},
	     (slice){text.at, text.len});
	out_close(&text);
}

static void name_files(struct reader *r)
{
	char room[FIRST_MOST];
	for (; r->named < follow_files(r->follow); r->named++)
		name_input(r, (uint32_t)r->named, follow_path(r->follow, r->named),
			   follow_border(r->follow, r->named), false,
			   follow_first(r->follow, r->named, room, sizeof room));
}

/* --- files --- */

static void on_lines(void *ctx, const struct follow_chunk *c)
{
	struct reader *r = ctx;
	name_files(r);
	give(r,
	     (struct reader_head){.kind = READER_LINES,
				  .input = (uint32_t)c->input,
				  .fresh = c->fresh,
				  .offset = c->offset,
				  .behind = c->lines.len > BUSY ? follow_behind(r->follow) : 0,
				  .uid = -1},
	     c->lines);
}

/* --- sockets --- */

/* Anybody on the host may send descriptors along; kept, they would leave none for the logs. */
static void drop_descriptors(const struct cmsghdr *c)
{
	for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
		int fd;
		memcpy(&fd, (const char *)c + at, sizeof fd);
		close(fd);
	}
}

static void take_control(struct reader *r, size_t i, struct msghdr *m, int64_t *uid)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct ucred u;
		uint32_t lost;
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			drop_descriptors(c);
		if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof u)) {
			memcpy(&u, CMSG_DATA(c), sizeof u);
			*uid = u.uid;
		}
		if (c->cmsg_type == SO_RXQ_OVFL && c->cmsg_len == CMSG_LEN(sizeof lost)) {
			memcpy(&lost, CMSG_DATA(c), sizeof lost);
			if (lost != r->lost[i])
				fprintf(stderr,
					"tocsin: %s: %u datagrams were lost, they came too fast "
					"(let the sender use a file or the unix socket)\n",
					r->o->syslog[i], lost - r->lost[i]);
			r->lost[i] = lost;
		}
	}
}

/* Line ends within a datagram are no line ends of ours. */
static slice one_line(char *at, size_t len)
{
	while (len && (at[len - 1] == '\n' || at[len - 1] == 0))
		len--;
	for (size_t i = 0; i < len; i++)
		if (at[i] == '\n' || at[i] == 0)
			at[i] = ' ';
	at[len] = '\n';
	return (slice){at, len + 1};
}

static bool take_datagram(struct reader *r, size_t i)
{
	union {
		struct cmsghdr head;
		char room[256];
	} control;
	struct iovec v = {r->datagram, DATAGRAM_MOST};
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof control};
	int64_t uid = -1;
	ssize_t n = recvmsg(r->sockets[i], &m, MSG_DONTWAIT);
	if (n < 0)
		return false;
	take_control(r, i, &m, &uid);
	slice line = one_line(r->datagram, (size_t)n);
	give(
	    r,
	    (struct reader_head){
		.kind = READER_LINES, .input = socket_number(i), .offset = r->taken[i], .uid = uid},
	    line);
	r->taken[i] += line.len;
	return true;
}

static bool take_datagrams(struct reader *r)
{
	bool any = false;
	for (size_t i = 0; i < r->o->syslog_count; i++)
		for (int n = 0; n < DATAGRAMS_A_TURN && take_datagram(r, i); n++)
			any = true;
	return any;
}

/* --- what is posted --- */

static void on_posted(void *ctx, slice text, int64_t uid)
{
	struct reader *r = ctx;
	if (text.len > DATAGRAM_MOST)
		return; /* no body is that long */
	memcpy(r->datagram, text.at, text.len);
	slice line = one_line(r->datagram, text.len);
	give(r,
	     (struct reader_head){
		 .kind = READER_LINES, .input = HTTP_NUMBER, .offset = r->taken[HTTP], .uid = uid},
	     line);
	r->taken[HTTP] += line.len;
}

/* --- the journal --- */

static bool take_journal(struct reader *r)
{
	bool any = false;
	slice line;
	for (int n = 0; r->journal && n < DATAGRAMS_A_TURN && live_journal_next(r->journal, &line);
	     n++) {
		any = true;
		if (line.len <= READER_CHUNK)
			give(r,
			     (struct reader_head){
				 .kind = READER_LINES, .input = JOURNAL_NUMBER, .uid = -1},
			     line);
	}
	return any;
}

/* --- the process --- */

static void wait_for_more(struct reader *r)
{
	struct pollfd p[3 + GUARD_SOCKETS] = {
	    {follow_fd(r->follow), POLLIN, 0},
	    {r->journal ? live_journal_fd(r->journal) : -1, POLLIN, 0},
	    {r->http ? live_http_fd(r->http) : -1, POLLIN, 0}};
	for (size_t i = 0; i < r->o->syslog_count; i++)
		p[3 + i] = (struct pollfd){r->sockets[i], POLLIN, 0};
	int n = poll(p, 3 + r->o->syslog_count, WAIT_MS);
	if (n == 0 || p[0].revents)
		follow_look(r->follow, n > 0);
	if (r->journal && (n == 0 || p[1].revents))
		live_journal_look(r->journal);
}

static void say_quiet(struct reader *r)
{
	give(r,
	     (struct reader_head){
		 .kind = READER_QUIET, .behind = follow_behind(r->follow), .uid = -1},
	     (slice){0});
}

static void open_all(struct reader *r)
{
	char why[256];
	int64_t tail_us = 0;
	r->follow = follow_open(r->o->scan->paths, r->o->scan->path_count);
	if (r->o->journal) {
		r->journal = live_journal_open(r->o->journal, &tail_us, why, sizeof why);
		if (!r->journal)
			fprintf(stderr, "tocsin: %s\n", why);
	}
	if (r->o->http) {
		r->http = live_http_open(r->sockets[HTTP], on_posted, r);
		if (!r->http)
			fprintf(stderr, "tocsin: %s: nothing can be taken there\n", r->o->http);
	}
	name_files(r);
	for (size_t i = 0; i < r->o->syslog_count; i++)
		name_input(r, socket_number(i), r->o->syslog[i], 0, false, (slice){0});
	if (r->journal)
		name_input(r, JOURNAL_NUMBER, r->o->journal, (uint64_t)tail_us, true, (slice){0});
	if (r->http)
		name_input(r, HTTP_NUMBER, r->o->http, 0, false, (slice){0});
	give(r, (struct reader_head){.kind = READER_READY, .uid = -1}, (slice){0});
}

static void confine(const struct reader *r)
{
	LIST(const char *) paths = {0};
	char why[256];
	for (size_t i = 0; i < r->o->scan->path_count; i++)
		*list_add(&paths) = r->o->scan->paths[i];
	if (r->o->journal)
		*list_add(&paths) = r->o->journal;
	sandbox_enter(r->o->http ? SANDBOX_SERVING_READER : SANDBOX_READER, SANDBOX_NOBODY,
		      paths.at, paths.len, why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: the reader is less confined than it should be: %s\n", why);
	list_free(&paths);
}

void reader_run(const struct guard_options *o, const int *sockets, int to_engine)
{
	struct reader *r = must_alloc(sizeof *r);
	r->o = o;
	r->sockets = sockets;
	r->to_engine = to_engine;
	open_all(r);
	confine(r);
	for (;;) {
		bool any = follow_read(r->follow, on_lines, r);
		any |= take_datagrams(r);
		any |= take_journal(r);
		any |= r->http && live_http_look(r->http);
		if (any) {
			r->was_quiet = false;
			continue;
		}
		if (!r->was_quiet)
			say_quiet(r);
		r->was_quiet = true;
		wait_for_more(r);
		if (follow_lost_ground(r->follow))
			_exit(READER_AGAIN);
	}
}
