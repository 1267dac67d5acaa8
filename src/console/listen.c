/* listen.c - where the console listens: an address of this host, or a socket in a folder. */
#include "part.h"

#include "base/listen.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

static const slice unix_head = SLICE_INIT("unix:");

bool console_where(slice where, bool *outside, char *why, size_t size)
{
	struct sockaddr_un room;
	struct address a;
	uint16_t port;
	*outside = false;
	if (slice_starts(where, unix_head)) {
		slice path = slice_from(where, unix_head.len);
		if (path.len && path.at[0] == '/' && path.len < sizeof room.sun_path)
			return true;
		snprintf(why, size, "unix: and a socket's whole path is wanted, 107 bytes at most");
		return false;
	}
	if (!address_parse_port(where, &a, &port)) {
		snprintf(why, size, "ADDRESS:PORT is wanted, 127.0.0.1:4004, or unix:PATH");
		return false;
	}
	*outside = !address_is_loopback(&a);
	return true;
}

/* At a path, whoever may enter its folder may connect, as anybody on the host may to a loopback
 * address: what lets in is the key. */
static int listen_there(const char *where)
{
	struct address a;
	uint16_t port;
	if (slice_starts(slice_of(where), unix_head))
		return listen_local(where + unix_head.len, SOCK_STREAM);
	errno = EINVAL;
	return address_parse_port(slice_of(where), &a, &port) ? listen_inet(&a, port, SOCK_STREAM)
							      : -1;
}

int console_listen(const char *where, bool *outside, char *why, size_t size)
{
	char what[256];
	if (!console_where(slice_of(where), outside, what, sizeof what)) {
		snprintf(why, size, "%s: %s", where, what);
		return -1;
	}
	int fd = listen_there(where);
	if (fd < 0)
		snprintf(why, size, "%s: %s", where, listen_why(errno));
	return fd;
}
