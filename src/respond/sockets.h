/* sockets.h - for the files of this room alone: TCP connections, as Linux lists them. */
#ifndef TOCSIN_RESPOND_SOCKETS_H
#define TOCSIN_RESPOND_SOCKETS_H

#include "respond/lever.h"

#include <linux/inet_diag.h>

struct tcp_socket {
	struct address own, peer;
	uint16_t own_port, peer_port;
	uint32_t user, inode; /* of who opened it; /proc/PID/fd names the inode */
	uint8_t family;
	struct inet_diag_sockid id; /* with it the kernel knows it again */
};
typedef void socket_heard(void *ctx, const struct tcp_socket *s);

enum socket_state { SOCKET_ESTABLISHED = 1, SOCKET_LISTENING = 10 }; /* TCP_ESTABLISHED ... */
/* Those of this network namespace, of both families; false with w->why. */
bool sockets_each(struct work *w, enum socket_state state, socket_heard *on, void *ctx);
/* Both ends are told that it is over (SOCK_DESTROY, Linux 4.5; CAP_NET_ADMIN); one that is gone is
 * fine.  False with w->why. */
bool socket_end(struct work *w, const struct tcp_socket *s);

#endif
