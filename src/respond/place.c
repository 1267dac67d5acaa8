/*
 * place.c - the way to a file that root will write to.
 *
 * Configuration is often reached over links (sites-enabled; /etc/dovecot laid elsewhere), but one
 * in a folder that others may write to leads wherever they like, to /etc/shadow say.  So the way is
 * gone step by step (path_resolution(7)), and the last step is left to the caller, with O_NOFOLLOW.
 */
#include "respond/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40, PATH_MOST = 4096, MODE_OTHERS = 022 };

struct way {
	struct work *w;
	int folder, links;
	slice rest; /* still to be gone */
};

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Nobody else could have laid what is in it. */
static bool is_closed(int folder)
{
	struct stat st;
	return fstat(folder, &st) == 0 && is_ours(&st) && !(st.st_mode & MODE_OTHERS);
}

static bool step_into(struct way *y, const char *name)
{
	int next = openat(y->folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = errno;
	close(y->folder);
	y->folder = next;
	errno = error;
	return next >= 0;
}

static bool start(struct way *y)
{
	bool whole = y->rest.len && y->rest.at[0] == '/';
	y->folder = open(whole ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return y->folder >= 0;
}

/* What it says stands before the rest of the way. */
static bool follow(struct way *y, const char *name, const struct stat *link)
{
	char to[PATH_MOST];
	ssize_t n = readlinkat(y->folder, name, to, sizeof to);
	if (n <= 0 || n >= PATH_MOST || ++y->links > LINKS_MOST ||
	    y->rest.len + (size_t)n >= PATH_MOST) {
		errno = ELOOP;
		return false;
	}
	if (!is_ours(link) || !is_closed(y->folder)) {
		errno = EXDEV;
		return false;
	}
	y->rest = arena_format(y->w->arena, "%.*s/%.*s", (int)n, to, (int)y->rest.len,
			       y->rest.len ? y->rest.at : "");
	if (to[0] != '/')
		return true;
	close(y->folder);
	return start(y);
}

static slice next_name(slice *rest)
{
	while (rest->len && rest->at[0] == '/')
		*rest = slice_from(*rest, 1);
	slice name = slice_until(rest, '/');
	while (rest->len && rest->at[0] == '/')
		*rest = slice_from(*rest, 1);
	return name;
}

/* Up to the last name that is no link; NULL with errno. */
static const char *walk(struct way *y)
{
	struct stat st;
	for (;;) {
		slice name = next_name(&y->rest);
		const char *text = arena_text(y->w->arena, name);
		bool there = name.len && fstatat(y->folder, text, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (!name.len) {
			errno = EISDIR;
			return NULL;
		}
		if (there && S_ISLNK(st.st_mode)) {
			if (!follow(y, text, &st))
				return NULL;
		} else if (!y->rest.len)
			return text;
		else if (!step_into(y, text))
			return NULL;
	}
}

bool place_find(struct work *w, const char *path, struct placed *p)
{
	struct way y = {.w = w, .folder = -1, .rest = slice_of(path)};
	const char *name = start(&y) ? walk(&y) : NULL;
	*p = (struct placed){y.folder, name};
	if (name)
		return true;
	int error = errno;
	place_close(p);
	errno = error;
	return false;
}

const char *place_why(int error)
{
	return error == EXDEV ? "the way there leads over a link that others may lay; name the "
				"file itself, or close the folder to others"
			      : regular_why(error);
}

bool place_open(struct work *w, const char *path, struct placed *p)
{
	if (place_find(w, path, p))
		return true;
	int error = errno;
	work_fail(w, "%s: %s", path, place_why(error));
	errno = error;
	return false;
}

void place_close(struct placed *p)
{
	if (p->folder >= 0)
		close(p->folder);
	p->folder = -1;
}
