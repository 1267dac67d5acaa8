/*
 * disk.c - files of a host's disk, as they lie there.
 *
 * Law: the kernel follows no link, for one that leads out of the disk would tell of this machine;
 * one at the end of a name is read, and its text is a name of the disk.
 */
#include "host.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
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

/* What a link at the end of `name` names, from the root of the disk on; NULL: it is none. */
static const char *linked(const struct host *h, const char *name, struct arena *a)
{
	char to[PATH_MAX];
	ssize_t n = readlink(arena_format(a, "%s/%s", h->root, name).at, to, sizeof to);
	const char *slash = strrchr(name, '/');
	int folder = slash && n > 0 && to[0] != '/' ? (int)(slash - name) + 1 : 0;
	if (n <= 0)
		return NULL;
	return arena_format(a, "%.*s%.*s", folder, name, (int)n, to).at;
}

static int open_on(const struct host *h, const char *name, struct arena *a)
{
	name += strspn(name, "/");
	int fd = open_below(h->root, name);
	const char *other = fd < 0 ? linked(h, name, a) : NULL;
	return other ? open_below(h->root, other + strspn(other, "/")) : fd;
}

slice disk_read(const struct host *h, const char *name, struct arena *a)
{
	struct stat st;
	int fd = open_on(h, name, a);
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
