/*
 * http.c - events that a daemon of the host posts (Dovecot's event_exporter, transport =
 * http-post), taken by the reader.
 *
 * By libmicrohttpd, in the reader's own thread and sandbox: the socket was opened for it, and all
 * that it can do is to accept.  A body is lines, each a record; what is answered 200 was handed
 * over. Anybody on the host can connect, so the kernel is asked whose the other end is
 * (sock_diag(7)), as it is of a log socket.
 */
#include "guard/part.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 64, SILENT_S = 60, MEMORY_MOST = 32 << 10 };

struct live_http {
	struct MHD_Daemon *daemon;
	int diag; /* -1: the kernel tells nothing */
	http_line *on;
	void *ctx;
	bool any;
};

/* --- whose is the other end --- */

struct whose {
	struct nlmsghdr head;
	struct inet_diag_req_v2 ask;
};

static bool fill_ends(const struct sockaddr *peer, const struct sockaddr *own, struct whose *q)
{
	struct inet_diag_sockid *id = &q->ask.id;
	q->ask.sdiag_family = (uint8_t)peer->sa_family;
	if (peer->sa_family != own->sa_family)
		return false;
	if (peer->sa_family == AF_INET) {
		const struct sockaddr_in *p = (const void *)peer, *o = (const void *)own;
		id->idiag_sport = p->sin_port;
		id->idiag_dport = o->sin_port;
		memcpy(id->idiag_src, &p->sin_addr, sizeof p->sin_addr);
		memcpy(id->idiag_dst, &o->sin_addr, sizeof o->sin_addr);
		return true;
	}
	const struct sockaddr_in6 *p = (const void *)peer, *o = (const void *)own;
	id->idiag_sport = p->sin6_port;
	id->idiag_dport = o->sin6_port;
	memcpy(id->idiag_src, &p->sin6_addr, sizeof p->sin6_addr);
	memcpy(id->idiag_dst, &o->sin6_addr, sizeof o->sin6_addr);
	return peer->sa_family == AF_INET6;
}

/* The user of the socket that has our ends the other way round; -1: unknown. */
static int64_t owner_of(int diag, const struct sockaddr *peer, const struct sockaddr *own)
{
	struct whose q = {.head = {sizeof q, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0},
			  .ask = {.sdiag_protocol = IPPROTO_TCP,
				  .idiag_states = UINT32_MAX,
				  .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}};
	union {
		struct nlmsghdr head;
		char room[1024];
	} answer;
	struct iovec v = {&answer, sizeof answer};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	if (diag < 0 || !fill_ends(peer, own, &q) || send(diag, &q, sizeof q, 0) < 0)
		return -1;
	ssize_t n = recvmsg(diag, &m, MSG_DONTWAIT);
	if (n < 0 || !NLMSG_OK(&answer.head, (size_t)n) ||
	    answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return -1;
	return ((const struct inet_diag_msg *)NLMSG_DATA(&answer.head))->idiag_uid;
}

static int64_t writer_of(const struct live_http *h, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *peer =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *fd =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage own;
	socklen_t len = sizeof own;
	if (!peer || !fd || getsockname(fd->connect_fd, (struct sockaddr *)&own, &len) != 0)
		return -1;
	return owner_of(h->diag, peer->client_addr, (struct sockaddr *)&own);
}

/* --- one request --- */

struct posted {
	struct out body;
	bool too_long;
};

static enum MHD_Result reply(struct MHD_Connection *c, unsigned code)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return done;
}

static void hand_over(struct live_http *h, slice body, int64_t uid)
{
	while (body.len) {
		slice line = slice_until(&body, '\n');
		if (line.len)
			h->on(h->ctx, line, uid);
	}
	h->any = true;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *size, void **own)
{
	struct posted *p = *own;
	if (!p) {
		*own = p = must_alloc(sizeof *p);
		p->body.fd = -1;
		return MHD_YES;
	}
	if (*size) {
		p->too_long |= p->body.len + *size > HTTP_BODY_MOST;
		if (!p->too_long)
			out_slice(&p->body, (slice){upload, *size});
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, "POST") != 0)
		return reply(c, MHD_HTTP_METHOD_NOT_ALLOWED);
	if (p->too_long)
		return reply(c, MHD_HTTP_CONTENT_TOO_LARGE);
	hand_over(ctx, (slice){p->body.at, p->body.len}, writer_of(ctx, c));
	return reply(c, MHD_HTTP_OK);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **own,
		   enum MHD_RequestTerminationCode code)
{
	struct posted *p = *own;
	if (p)
		out_close(&p->body);
	free(p);
	*own = NULL;
}

/* --- the server --- */

/* Connected with the kernel, and with nobody else; -1: who sends stays unknown. */
static int open_diag(void)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof kernel) == 0)
		return fd;
	close(fd);
	return -1;
}

struct live_http *live_http_open(int socket_fd, http_line *on, void *ctx)
{
	struct live_http *h = must_alloc(sizeof *h);
	h->on = on;
	h->ctx = ctx;
	h->diag = open_diag();
	h->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, socket_fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MOST, MHD_OPTION_END);
	if (h->daemon)
		return h;
	if (h->diag >= 0)
		close(h->diag);
	free(h);
	return NULL;
}

int live_http_fd(const struct live_http *h)
{
	return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

bool live_http_look(struct live_http *h)
{
	h->any = false;
	MHD_run(h->daemon);
	return h->any;
}
