/*
 * spool.c - what can be read only from its beginning, kept in a temporary file: standard input,
 * members of archives that are packed as one piece, archives within archives.
 *
 * The file has no name, so that nobody else finds it and it goes away with the process.
 */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SPOOL_BLOCK = 1 << 16 };

int spool_file(void)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		int fd = folders[i] ? open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
		if (fd >= 0)
			return fd;
	}
	return -1;
}

int spool_named(char *name, size_t room)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		int n = folders[i] ? snprintf(name, room, "%s/tocsin-XXXXXX", folders[i]) : -1;
		int fd = n > 0 && (size_t)n < room ? mkostemp(name, O_CLOEXEC) : -1;
		if (fd >= 0)
			return fd;
	}
	name[0] = '\0';
	return -1;
}

static bool write_all(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t done = write(fd, at, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

static bool ready(struct input_set *set)
{
	if (set->spool < 0)
		set->spool = spool_file();
	return set->spool >= 0;
}

/* One piece more; what was kept before a failure stays. */
static bool keep(struct input_set *set, const char *at, size_t n)
{
	if (set->spooled + n > set->limits.spool) {
		errno = EFBIG;
		return false;
	}
	if (!write_all(set->spool, at, n))
		return false;
	set->spooled += n;
	return true;
}

/* Back to where the last whole piece ended. */
static bool undo(struct input_set *set, uint64_t from)
{
	int why = errno;
	set->spooled = from;
	if (set->spool >= 0 && ftruncate(set->spool, (off_t)from) == 0)
		lseek(set->spool, (off_t)from, SEEK_SET);
	errno = why;
	return false;
}

bool spool_stdin(struct input_set *set, uint64_t *from, uint64_t *size)
{
	char block[SPOOL_BLOCK];
	bool fine = ready(set);
	*from = set->spooled;
	for (ssize_t got = 1; fine && got > 0;) {
		do
			got = read(STDIN_FILENO, block, sizeof block);
		while (got < 0 && errno == EINTR);
		fine = got >= 0 && keep(set, block, (size_t)got);
	}
	*size = set->spooled - *from;
	return fine;
}

bool spool_layer(struct input_set *set, struct layer *l, uint64_t *from, uint64_t *size)
{
	char block[SPOOL_BLOCK];
	*from = set->spooled;
	*size = 0;
	if (!ready(set))
		return false;
	for (ssize_t got; (got = layer_read(l, block, sizeof block)) > 0;)
		if (!keep(set, block, (size_t)got))
			return undo(set, *from);
	*size = set->spooled - *from;
	return true;
}

bool spool_whole(int fd, struct layer *l)
{
	char block[SPOOL_BLOCK];
	for (ssize_t got; (got = layer_read(l, block, sizeof block)) > 0;)
		if (!write_all(fd, block, (size_t)got))
			return false;
	return true;
}
