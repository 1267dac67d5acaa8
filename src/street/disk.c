/*
 * disk.c - files of a host's disk, as they lie there.
 *
 * Law: the kernel follows no link, for one that leads out of the disk would tell of this machine;
 * one at the end of a name is read, and its text is a name of the disk.
 */
#include "host.h"

#include <fcntl.h>
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

struct reading_disk {
	const struct host *h;
	disk_see *see;
	void *ctx;
	struct arena arena;
	size_t files;
	bool more;
};

static void read_one(void *ctx, const char *path, bool linked)
{
	struct reading_disk *r = ctx;
	if (!r->more || linked || r->files++ >= FILES_MOST)
		return;
	const char *name = path + strlen(r->h->root);
	name += strspn(name, "/");
	slice text = disk_read(r->h, name, &r->arena);
	r->more = text.len == 0 || r->see(name, text, r->ctx);
}

bool disk_each(const struct host *h, const char *pattern, disk_see *see, void *ctx)
{
	struct reading_disk r = {.h = h, .see = see, .ctx = ctx, .more = true};
	input_below(h->root, pattern, read_one, &r);
	arena_free(&r.arena);
	return r.more;
}
