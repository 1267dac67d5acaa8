/*
 * disk.c - files of a host's disk, as they lie there.
 *
 * Law: no link is followed, for one that leads out of the disk would tell of this machine.
 */
#include "host.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 18, FILES_MOST = 200 };

/* Below the root, and no link on the way. */
static int open_below(const char *root, const char *name)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = top < 0 ? -1 : (int)syscall(SYS_openat2, top, name, &how, sizeof how);
	if (top >= 0)
		close(top);
	return fd;
}

slice disk_read(const struct host *h, const char *name, struct arena *a)
{
	struct stat st;
	while (*name == '/')
		name++;
	int fd = open_below(h->root, name);
	slice text = {"", 0};
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		char *to = arena_take(a, FILE_MOST);
		ssize_t got = read(fd, to, FILE_MOST);
		text = (slice){to, got > 0 ? (size_t)got : 0};
	}
	if (fd >= 0)
		close(fd);
	return text;
}

bool disk_each(const struct host *h, const char *pattern, disk_see *see, void *ctx)
{
	struct arena a = {0};
	glob_t g = {0};
	bool more = true;
	if (glob(arena_format(&a, "%s/%s", h->root, pattern).at, 0, NULL, &g) == 0)
		for (size_t i = 0; more && i < g.gl_pathc && i < FILES_MOST; i++) {
			const char *name = g.gl_pathv[i] + strlen(h->root) + 1;
			slice text = disk_read(h, name, &a);
			more = text.len == 0 || see(name, text, ctx);
		}
	globfree(&g);
	arena_free(&a);
	return more;
}
