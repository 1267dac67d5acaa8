/* regular.c - files that are files. */
#include "regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int regular_open(int dir, const char *name, int flags, mode_t mode)
{
	struct stat st;
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	int error = fstat(fd, &st) != 0 ? errno : S_ISREG(st.st_mode) ? 0 : EMEDIUMTYPE;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

bool regular_or_none(const char *path)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return true;
	errno = S_ISLNK(st.st_mode) ? ELOOP : EMEDIUMTYPE;
	return S_ISREG(st.st_mode);
}

bool regular_bars(int error)
{
	return error == ELOOP || error == EMEDIUMTYPE || error == EISDIR || error == ENXIO;
}

const char *regular_why(int error)
{
	if (error == ELOOP)
		return "a symbolic link stands in its place";
	if (regular_bars(error))
		return "it is no regular file: a pipe, a socket, a device or a folder";
	return strerror(error);
}
