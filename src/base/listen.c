/* listen.c - see listen.h; unix(7), ip(7), ipv6(7). */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int fail(int fd, int error)
{
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

static int open_socket(int family, int type)
{
	return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int heard(int fd, int type)
{
	return type == SOCK_STREAM && listen(fd, SOMAXCONN) != 0 ? fail(fd, errno) : fd;
}

static bool bind_inet(int fd, const struct address *a, uint16_t port)
{
	const int off = 0;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	if (address_is_v4(a)) {
		memcpy(&v4.sin_addr, a->b + 12, sizeof v4.sin_addr);
		return bind(fd, (struct sockaddr *)&v4, sizeof v4) == 0;
	}
	memcpy(&v6.sin6_addr, a->b, sizeof v6.sin6_addr);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	return bind(fd, (struct sockaddr *)&v6, sizeof v6) == 0;
}

int listen_inet(const struct address *a, uint16_t port, int type)
{
	const int on = 1;
	int fd = open_socket(address_is_v4(a) ? AF_INET : AF_INET6, type);
	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM) /* after a restart; of datagrams two would share them */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return bind_inet(fd, a, port) ? heard(fd, type) : fail(fd, errno);
}

int listen_here(slice where)
{
	struct address a;
	uint16_t port;
	errno = EINVAL;
	return address_parse_port(where, &a, &port) && address_is_loopback(&a)
		   ? listen_inet(&a, port, SOCK_STREAM)
		   : -1;
}

/* --- at a path --- */

/* One of another type (EPROTOTYPE), or too busy to answer (EAGAIN), is somebody's as well. */
static bool is_held(const struct sockaddr_un *a, int type)
{
	int fd = open_socket(AF_UNIX, type);
	bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 &&
		       errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return !refused;
}

/* Who was killed a moment ago may still be going. */
static bool make_way(const struct sockaddr_un *a, int type)
{
	enum { TRIES = 50 };
	const struct timespec moment = {.tv_nsec = 20000000};
	struct stat st;
	if (lstat(a->sun_path, &st) != 0)
		return true;
	errno = EEXIST;
	if (!S_ISSOCK(st.st_mode))
		return false;
	for (int i = 0; i < TRIES; i++) {
		if (!is_held(a, type))
			return unlink(a->sun_path) == 0;
		nanosleep(&moment, NULL);
	}
	errno = EADDRINUSE;
	return false;
}

int listen_local(const char *path, int type)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof a.sun_path)
		return fail(-1, ENAMETOOLONG);
	memcpy(a.sun_path, path, strlen(path));
	if (!make_way(&a, type))
		return -1;
	int fd = open_socket(AF_UNIX, type);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || chmod(path, 0666) != 0)
		return fail(fd, errno);
	return heard(fd, type);
}

const char *listen_why(int error)
{
	return error == EEXIST       ? "there is something else with this name"
	       : error == EADDRINUSE ? "somebody else listens there"
				     : strerror(error);
}
