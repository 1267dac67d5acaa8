/*
 * others.c - asked and answered, over a connection (SOCK_SEQPACKET): one question of a fixed shape,
 * the answer in pieces.
 *
 * Each end takes the other for compromised.  Who answers knows a closed list of acts and checks
 * what each is laid on; who asks bounds what it hears, and waits so long and no longer.
 */
#include "respond/others.h"

#include "base/socket.h"
#include "respond/graph.h"
#include "respond/pull.h"
#include "respond/sockets.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 16384, SOON_MS = 1000, LATER_MS = 20000, LONG_MS = 200000 };

struct other_question {
	uint8_t act;
	uint16_t len;
	char what[OTHER_WHAT_MOST];
};
struct piece {
	int32_t status;
	uint16_t len;
	uint8_t more;
	char text[PIECE];
};

static const char *const names[RESPOND_OTHERS] = {"blocker", "envoy"};

/* --- what is done --- */

/* Something that nft(8) prints. */
static long list_firewall(struct work *w, slice *said)
{
	return nft_run(w, "list ruleset", said);
}

static void list_socket(void *ctx, const struct tcp_socket *s)
{
	char own[ADDRESS_TEXT], peer[ADDRESS_TEXT];
	address_format(&s->own, own);
	address_format(&s->peer, peer);
	out_format(ctx, "%s %u %s %u user %u inode %u\n", own, s->own_port, peer, s->peer_port,
		   s->user, s->inode);
}

static long list_sockets(struct work *w, enum socket_state state, slice *said)
{
	struct out o = {.fd = -1};
	out_text(&o, "# address port, address port of the other end, who opened it\n");
	bool fine = sockets_each(w, state, list_socket, &o);
	*said = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return fine;
}

static long list_connections(struct work *w, slice *said)
{
	return list_sockets(w, SOCKET_ESTABLISHED, said);
}

static long list_listening(struct work *w, slice *said)
{
	return list_sockets(w, SOCKET_LISTENING, said);
}

static bool is_address(struct work *w)
{
	struct address a;
	return address_parse(w->target, &a) || work_fail(w, "not an address");
}

static long look_for_block(struct work *w, slice *said)
{
	return is_address(w) ? 1 + nft_is_blocked(w) : 0;
}

static long block(struct work *w, slice *said)
{
	return is_address(w) && nft_apply(w);
}

static long cut(struct work *w, slice *said)
{
	return is_address(w) && cut_apply(w);
}

static long block_able(struct work *w, slice *said)
{
	return nft_able(w);
}

static const struct {
	enum respond_other who;
	int patience_ms;
	long (*run)(struct work *w, slice *said); /* NULL: of Graph */
} acts[OTHER_ACTS] = {
    [OTHER_BLOCK_ABLE] = {RESPOND_BLOCKER, LATER_MS, block_able},
    [OTHER_IS_BLOCKED] = {RESPOND_BLOCKER, LATER_MS, look_for_block},
    [OTHER_BLOCK] = {RESPOND_BLOCKER, LATER_MS, block},
    [OTHER_CUT] = {RESPOND_BLOCKER, SOON_MS, cut},
    [OTHER_CONNECTIONS] = {RESPOND_BLOCKER, LATER_MS, list_connections},
    [OTHER_LISTENING] = {RESPOND_BLOCKER, LATER_MS, list_listening},
    [OTHER_FIREWALL] = {RESPOND_BLOCKER, LATER_MS, list_firewall},
    [OTHER_GRAPH_GET] = {RESPOND_ENVOY, LONG_MS, NULL},
    [OTHER_GRAPH_PATCH] = {RESPOND_ENVOY, LONG_MS, NULL},
    [OTHER_GRAPH_POST] = {RESPOND_ENVOY, LONG_MS, NULL},
    [OTHER_GRAPH_DELETE] = {RESPOND_ENVOY, LONG_MS, NULL},
};

/* --- who answers --- */

static bool is_sound(const struct other_question *q, ssize_t n, enum respond_other which)
{
	return n >= (ssize_t)offsetof(struct other_question, what) && q->act < OTHER_ACTS &&
	       acts[q->act].who == which && q->len <= OTHER_WHAT_MOST &&
	       (size_t)n == offsetof(struct other_question, what) + q->len;
}

static bool answer(int fd, long status, slice text)
{
	struct piece p = {.status = (int32_t)status};
	do {
		slice part = slice_first(text, PIECE);
		text = slice_from(text, part.len);
		p.len = (uint16_t)part.len;
		p.more = text.len > 0;
		if (part.len)
			memcpy(p.text, part.at, part.len);
		size_t size = offsetof(struct piece, text) + part.len;
		if (send(fd, &p, size, MSG_NOSIGNAL) != (ssize_t)size)
			return false;
	} while (p.more);
	return true;
}

static bool serve_one(int fd, const struct other_question *q, const struct graph *g)
{
	struct arena a = {0};
	struct work w = {.arena = &a, .target = {q->what, q->len}};
	slice said = {0};
	long status = acts[q->act].run
			  ? acts[q->act].run(&w, &said)
			  : graph_serve(&w, g, (enum graph_verb)(q->act - OTHER_GRAPH_GET), &said);
	bool fine = answer(fd, status, status ? said : slice_of(w.why));
	arena_free(&a);
	return fine;
}

bool respond_be(enum respond_other which, const char *state_dir, int fd, respond_confine *confine,
		char *why, size_t size)
{
	struct arena a = {0};
	struct work w = {.arena = &a, .state_dir = state_dir};
	struct graph g = {0};
	struct other_question *q = must_alloc(sizeof *q);
	bool fine = which == RESPOND_BLOCKER || graph_open(&w, &g);
	if (!fine && recv(fd, q, sizeof *q, 0) > 0) /* whatever is asked */
		answer(fd, 0, slice_of(w.why));
	snprintf(why, size, "%s", w.why);
	fine = fine && confine(why, size);
	for (ssize_t n; fine && (n = recv(fd, q, sizeof *q, 0)) != 0;) {
		if (n < 0 && errno == EINTR)
			continue;
		if (!is_sound(q, n, which) || !serve_one(fd, q, &g))
			break;
	}
	free(q);
	arena_free(&a);
	return fine;
}

/* --- who asks --- */

struct others {
	const char *folder;
	int fds[RESPOND_OTHERS]; /* -1: not connected */
	pid_t owner;             /* a child asks over connections of its own */
};

struct others *others_new(const char *folder)
{
	struct others *o = must_alloc(sizeof *o);
	*o = (struct others){.folder = folder, .owner = getpid()};
	for (int i = 0; i < RESPOND_OTHERS; i++)
		o->fds[i] = -1;
	return o;
}

static void drop(struct others *o, int which)
{
	if (o->fds[which] >= 0)
		close(o->fds[which]);
	o->fds[which] = -1;
}

void others_leave(struct others *o)
{
	for (int i = 0; o && i < RESPOND_OTHERS; i++)
		drop(o, i);
}

void others_free(struct others **o)
{
	others_leave(*o);
	free(*o);
	*o = NULL;
}

static bool reach(struct work *w, struct others *o, int which)
{
	if (o->owner != getpid())
		others_leave(o);
	o->owner = getpid();
	if (o->fds[which] >= 0 && socket_is_gone(o->fds[which]))
		drop(o, which);
	if (o->fds[which] < 0)
		o->fds[which] = socket_part(o->folder, names[which], w->why, sizeof w->why);
	return o->fds[which] >= 0;
}

static int64_t passed_ms(const struct timespec *since)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec - since->tv_sec) * 1000 + (t.tv_nsec - since->tv_nsec) / 1000000;
}

/* A whole answer within its time; false: none. */
static bool hear(int fd, int patience_ms, struct out *said, int32_t *status)
{
	struct timespec began;
	struct piece p;
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int64_t left; (left = patience_ms - passed_ms(&began)) > 0;) {
		struct pollfd ready = {fd, POLLIN, 0};
		if (poll(&ready, 1, (int)left) <= 0)
			continue;
		ssize_t n = recv(fd, &p, sizeof p, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < (ssize_t)offsetof(struct piece, text) || p.len > PIECE ||
		    (size_t)n != offsetof(struct piece, text) + p.len ||
		    said->len + p.len > COMMAND_OUTPUT_MOST)
			return false;
		out_slice(said, (slice){p.text, p.len});
		*status = p.status;
		if (!p.more)
			return true;
	}
	return false;
}

static bool put(int fd, enum other_act act, slice what)
{
	struct other_question q = {.act = (uint8_t)act, .len = (uint16_t)what.len};
	if (what.len > OTHER_WHAT_MOST)
		return false;
	memcpy(q.what, what.at ? what.at : "", what.len);
	size_t size = offsetof(struct other_question, what) + what.len;
	return send(fd, &q, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

long others_ask(struct work *w, enum other_act act, slice what, slice *said)
{
	int which = acts[act].who;
	struct out text = {.fd = -1};
	int32_t status = 0;
	if (!reach(w, w->others, which))
		return 0;
	int fd = w->others->fds[which];
	bool heard = put(fd, act, what) && hear(fd, acts[act].patience_ms, &text, &status);
	slice all = arena_copy(w->arena, (slice){text.at, text.len});
	out_close(&text);
	if (!heard) {
		drop(w->others, which); /* a late answer would be taken for the next one's */
		work_fail(w, "tocsin-%s gives no answer (journalctl -u 'tocsin-%s@*' says why)",
			  names[which], names[which]);
		return 0;
	}
	if (status <= 0)
		work_fail(w, "%.*s", (int)slice_first(all, sizeof w->why - 1).len, all.at);
	else if (said)
		*said = all;
	return status > 0 ? status : 0;
}

const char *others_socket(struct work *w, const char *name)
{
	struct stat st;
	if (!others_do(w))
		return NULL;
	char *path = arena_text(w->arena, arena_format(w->arena, "%s/%s", w->others->folder, name));
	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode) ? path : NULL;
}
