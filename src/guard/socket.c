/* socket.c - where syslog is taken: a unix socket whose senders the kernel names, or UDP. */
#include "guard/part.h"

#include "base/listen.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ROOM = 8 << 20 }; /* bytes that may wait */

static const slice udp = SLICE_INIT("udp:"), http = SLICE_INIT("http:");

/* "127.0.0.1:5514", "[::1]:5514" behind `head` */
static int open_inet(slice where, slice head, int type)
{
	struct address a;
	uint16_t port;
	errno = EINVAL;
	return address_parse_port(slice_from(where, head.len), &a, &port)
		   ? listen_inet(&a, port, type)
		   : -1;
}

/* What is wrong with the spelling; NULL: nothing. */
static const char *misspelt(slice where)
{
	struct sockaddr_un unix_address;
	struct address a;
	uint16_t port;
	if (slice_starts(where, udp))
		return address_parse_port(slice_from(where, udp.len), &a, &port)
			   ? NULL
			   : "udp:ADDRESS:PORT is wanted, udp:127.0.0.1:5514";
	if (!slice_starts(where, http))
		return !where.len || where.at[0] != '/'
			   ? "a socket's whole path is wanted, or udp:ADDRESS:PORT"
		       : where.len >= sizeof unix_address.sun_path
			   ? "the path of a socket has 107 bytes at most"
			   : NULL;
	if (!address_parse_port(slice_from(where, http.len), &a, &port))
		return "ADDRESS:PORT is wanted, 127.0.0.1:4003";
	return address_is_loopback(&a) ? NULL
				       : "an address of this host itself is wanted, 127.0.0.1:4003";
}

bool reader_socket_named(const char *where, char *why, size_t size)
{
	const char *what = misspelt(slice_of(where));
	if (what)
		snprintf(why, size, "%s: %s", where, what);
	return !what;
}

/* The kernel is to say who wrote to a path, and how many were lost of what came to an address. */
static void ask_kernel(int fd, bool is_path)
{
	const int on = 1, room = ROOM;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(fd, SOL_SOCKET, is_path ? SO_PASSCRED : SO_RXQ_OVFL, &on, sizeof on);
}

int reader_socket(const char *where, char *why, size_t size)
{
	slice s = slice_of(where);
	if (!reader_socket_named(where, why, size))
		return -1;
	bool is_http = slice_starts(s, http), is_udp = slice_starts(s, udp);
	int fd = is_http  ? open_inet(s, http, SOCK_STREAM)
		 : is_udp ? open_inet(s, udp, SOCK_DGRAM)
			  : listen_local(where, SOCK_DGRAM);
	if (fd < 0)
		snprintf(why, size, "%s: %s", where, listen_why(errno));
	else if (!is_http)
		ask_kernel(fd, !is_udp);
	return fd;
}
