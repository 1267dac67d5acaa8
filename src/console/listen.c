/* listen.c - where the console listens: an address of this host, or a socket in a folder. */
#include "part.h"
#include "base/socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITING = 1024 };
static const slice unix_head = SLICE_INIT("unix:");

static int fail(int fd, const char *where, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", where, what);
	if (fd >= 0)
		close(fd);
	return -1;
}

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

/* Whoever may enter its folder may connect, as anybody on the host may to a loopback address: what
 * lets in is the key. */
static int listen_unix(const char *path, char *why, size_t size)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	memcpy(a.sun_path, path, strlen(path));
	if (lstat(path, &st) == 0 && (!S_ISSOCK(st.st_mode) || unlink(path) != 0))
		return fail(-1, path, "there is something else with this name", why, size);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || chmod(path, 0666) != 0 ||
	    listen(fd, WAITING) != 0)
		return fail(fd, path, strerror(errno), why, size);
	return fd;
}

static int listen_address(const char *where, char *why, size_t size)
{
	struct address a;
	uint16_t port;
	address_parse_port(slice_of(where), &a, &port);
	int fd = socket_listen(&a, port, WAITING);
	return fd >= 0 ? fd : fail(-1, where, strerror(errno), why, size);
}

int console_listen(const char *where, bool *outside, char *why, size_t size)
{
	char what[256];
	if (!console_where(slice_of(where), outside, what, sizeof what))
		return fail(-1, where, what, why, size);
	if (slice_starts(slice_of(where), unix_head))
		return listen_unix(where + unix_head.len, why, size);
	return listen_address(where, why, size);
}
