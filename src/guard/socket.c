/* socket.c - where syslog is taken: a unix socket whose senders the kernel names, or UDP. */
#include "guard/part.h"
#include "base/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM = 8 << 20 }; /* bytes that may wait */

static int fail(int fd, const char *where, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", where, what);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* One that nobody holds any more is replaced; anything else is left alone. */
static bool make_way(const char *path)
{
	struct stat st;
	return lstat(path, &st) != 0 || (S_ISSOCK(st.st_mode) && unlink(path) == 0);
}

static int open_unix(const char *path, char *why, size_t size)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int on = 1, room = ROOM;
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !make_way(path))
		return fail(fd, path, "there is something else with this name", why, size);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	/* 0666 as /dev/log has it: who wrote, the kernel tells */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || chmod(path, 0666) != 0)
		return fail(fd, path, strerror(errno), why, size);
	return fd;
}

static const slice udp = SLICE_INIT("udp:"), http = SLICE_INIT("http:");

/* "127.0.0.1:5514", "[::1]:5514" */
static bool parse_where(slice s, struct sockaddr_in6 *to)
{
	struct address a;
	uint16_t port;
	if (!address_parse_port(s, &a, &port))
		return false;
	*to = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	memcpy(&to->sin6_addr, a.b, sizeof to->sin6_addr); /* IPv4 as ::ffff:a.b.c.d */
	return true;
}

static int open_udp(const char *where, char *why, size_t size)
{
	struct sockaddr_in6 to;
	int on = 1, off = 0, room = ROOM;
	parse_where(slice_from(slice_of(where), udp.len), &to);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(fd, where, strerror(errno), why, size);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (bind(fd, (struct sockaddr *)&to, sizeof to) != 0)
		return fail(fd, where, strerror(errno), why, size);
	return fd;
}

static int open_http(const char *where, char *why, size_t size)
{
	enum { WAITING = 128 };
	struct address a;
	uint16_t port;
	address_parse_port(slice_from(slice_of(where), http.len), &a, &port);
	int fd = socket_listen(&a, port, WAITING);
	return fd >= 0 ? fd : fail(-1, where, strerror(errno), why, size);
}

/* What is wrong with the spelling; NULL: nothing. */
static const char *misspelt(slice where)
{
	struct sockaddr_in6 to;
	struct sockaddr_un unix_address;
	struct address a;
	if (slice_starts(where, udp))
		return parse_where(slice_from(where, udp.len), &to)
			   ? NULL
			   : "udp:ADDRESS:PORT is wanted, udp:127.0.0.1:5514";
	if (!slice_starts(where, http))
		return !where.len || where.at[0] != '/'
			   ? "a socket's whole path is wanted, or udp:ADDRESS:PORT"
		       : where.len >= sizeof unix_address.sun_path
			   ? "the path of a socket has 107 bytes at most"
			   : NULL;
	if (!parse_where(slice_from(where, http.len), &to))
		return "ADDRESS:PORT is wanted, 127.0.0.1:4003";
	memcpy(a.b, &to.sin6_addr, sizeof a.b);
	return address_is_loopback(&a) ? NULL
				       : "an address of this host itself is wanted, 127.0.0.1:4003";
}

bool reader_socket_named(const char *where, char *why, size_t size)
{
	const char *what = misspelt(slice_of(where));
	return !what || fail(-1, where, what, why, size) == 0;
}

int reader_socket(const char *where, char *why, size_t size)
{
	if (!reader_socket_named(where, why, size))
		return -1;
	if (slice_starts(slice_of(where), http))
		return open_http(where, why, size);
	if (slice_starts(slice_of(where), udp))
		return open_udp(where, why, size);
	return open_unix(where, why, size);
}
