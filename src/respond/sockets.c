/*
 * sockets.c - TCP connections listed and ended by a question to the kernel (sock_diag(7)).
 *
 * So no program is started, nothing of /proc is read, and no process is sent a signal: whoever may
 * set rules of the network (CAP_NET_ADMIN) may end a connection, whichever process holds it.
 */
#include "respond/sockets.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWERS_ROOM = 32768 };

struct diag_question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 what;
};

static int open_diag(void)
{
	const struct timeval limit = {.tv_sec = 5};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	return fd;
}

static bool put(int fd, uint16_t type, uint16_t flags, const struct inet_diag_req_v2 *what)
{
	struct diag_question q = {.head = {.nlmsg_len = sizeof q,
					   .nlmsg_type = type,
					   .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
				  .what = *what};
	return send(fd, &q, sizeof q, 0) == (ssize_t)sizeof q;
}

/* IPv4 stands mapped in IPv6, as everywhere here. */
static struct address address_of(uint8_t family, const __be32 from[4])
{
	struct address a = {{[10] = 0xff, [11] = 0xff}};
	if (family == AF_INET)
		memcpy(a.b + 12, from, 4);
	else
		memcpy(a.b, from, 16);
	return a;
}

static struct tcp_socket socket_of(const struct inet_diag_msg *m)
{
	return (struct tcp_socket){.own = address_of(m->idiag_family, m->id.idiag_src),
				   .peer = address_of(m->idiag_family, m->id.idiag_dst),
				   .own_port = ntohs(m->id.idiag_sport),
				   .peer_port = ntohs(m->id.idiag_dport),
				   .user = m->idiag_uid,
				   .inode = m->idiag_inode,
				   .family = m->idiag_family,
				   .id = m->id};
}

/* What was answered, 0 where a list has ended or a thing is done, else an errno; -1: more comes. */
static int hear(const struct nlmsghdr *head, size_t n, socket_heard *on, void *ctx)
{
	for (; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n)) {
		const struct nlmsgerr *error = NLMSG_DATA(head);
		const struct inet_diag_msg *m = NLMSG_DATA(head);
		if (head->nlmsg_type == NLMSG_DONE)
			return 0;
		if (head->nlmsg_type == NLMSG_ERROR)
			return head->nlmsg_len >= NLMSG_LENGTH(sizeof *error) ? -error->error : EIO;
		if (on && head->nlmsg_len >= NLMSG_LENGTH(sizeof *m)) {
			struct tcp_socket s = socket_of(m);
			on(ctx, &s);
		}
	}
	return -1;
}

static int hear_all(int fd, socket_heard *on, void *ctx)
{
	_Alignas(struct nlmsghdr) char room[ANSWERS_ROOM];
	for (;;) {
		ssize_t n = recv(fd, room, sizeof room, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		int said = hear((const void *)room, (size_t)n, on, ctx);
		if (said >= 0)
			return said;
	}
}

bool sockets_each(struct work *w, enum socket_state state, socket_heard *on, void *ctx)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	int fd = open_diag(), error = fd < 0 ? errno : 0;
	for (size_t i = 0; !error && i < sizeof families; i++) {
		const struct inet_diag_req_v2 what = {.sdiag_family = families[i],
						      .sdiag_protocol = IPPROTO_TCP,
						      .idiag_states = 1u << state};
		error =
		    put(fd, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &what) ? hear_all(fd, on, ctx) : errno;
		if (error == ENOENT && families[i] == AF_INET6)
			error = 0; /* a host without IPv6 */
	}
	if (fd >= 0)
		close(fd);
	return !error || work_fail(w, "Linux does not list its connections: %s", strerror(error));
}

bool socket_end(struct work *w, const struct tcp_socket *s)
{
	const struct inet_diag_req_v2 what = {.sdiag_family = s->family,
					      .sdiag_protocol = IPPROTO_TCP,
					      .idiag_states = ~0u,
					      .id = s->id};
	int fd = open_diag();
	int error =
	    fd >= 0 && put(fd, SOCK_DESTROY, NLM_F_ACK, &what) ? hear_all(fd, NULL, NULL) : errno;
	if (fd >= 0)
		close(fd);
	if (!error || error == ENOENT)
		return true;
	return work_fail(w, "a connection could not be ended: %s",
			 error == EOPNOTSUPP ? "this kernel cannot (CONFIG_INET_DIAG_DESTROY)"
					     : strerror(error));
}
