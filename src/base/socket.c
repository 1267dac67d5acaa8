/* socket.c - see socket.h. */
#include "socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int give_up(int fd)
{
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

bool socket_is_ours(int fd)
{
	struct ucred who;
	socklen_t size = sizeof who;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

int socket_part(const char *folder, const char *name, char *why, size_t size)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int n = snprintf(a.sun_path, sizeof a.sun_path, "%s/%s", folder, name);
	if (n < 0 || (size_t)n >= sizeof a.sun_path) {
		snprintf(why, size, "--parts %s: the path is too long for a socket", folder);
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool there = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
	if (there && socket_is_ours(fd))
		return fd;
	snprintf(why, size, "%s: %s (systemctl start tocsin-%s.socket)", a.sun_path,
		 there ? "neither root nor this user listens there" : strerror(errno), name);
	return give_up(fd);
}

bool socket_is_gone(int fd)
{
	char none;
	ssize_t n = recv(fd, &none, sizeof none, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}
