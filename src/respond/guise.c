/* guise.c - the rights of the one in whose folder a file lies. */
#include "respond/guise.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534, MODE_OTHERS = 022 };

/* True if somebody besides root can change what lies there; then `g` is theirs. */
static bool is_of_others(const struct stat *st, struct guise *g)
{
	*g = (struct guise){st->st_uid, st->st_gid};
	if (st->st_uid)
		return true;
	/* in /tmp, what is root's stays root's */
	bool open = S_ISDIR(st->st_mode) && (st->st_mode & MODE_OTHERS) && !(st->st_mode & S_ISVTX);
	g->user = open ? NOBODY : 0;
	return open;
}

/* `way` has no link in it: /a, /a/b, /a/b/c. */
static bool look_along(char *way, struct guise *g)
{
	struct stat st;
	for (char *end = way + 1;; end++) {
		char here = *end;
		if (here && here != '/')
			continue;
		*end = '\0';
		bool there = lstat(way, &st) == 0;
		*end = here;
		if (!there || is_of_others(&st, g) || !here)
			return there;
	}
}

bool guise_of(struct work *w, const char *path, struct guise *g)
{
	char *way = realpath(path, NULL);
	*g = (struct guise){0};
	bool fine = way && look_along(way, g);
	int error = errno;
	free(way);
	return fine || work_fail(w, "%s: %s", path, strerror(error));
}

static bool lay_off_groups(struct guise_before *before)
{
	int n = getgroups(0, NULL);
	before->groups = must_alloc(((size_t)(n > 0 ? n : 0) + 1) * sizeof *before->groups);
	before->count = n > 0 ? getgroups(n, before->groups) : 0;
	return before->count >= 0 && setgroups(0, NULL) == 0;
}

bool guise_take(struct work *w, const struct guise *g, struct guise_before *before)
{
	*before = (struct guise_before){0};
	if (!g->user || geteuid() != 0)
		return true;
	before->changed = true;
	if (lay_off_groups(before)) {
		setfsgid(g->group);
		setfsuid(g->user);
		if ((uid_t)setfsuid((uid_t)-1) == g->user) /* says who it is, and changes nothing */
			return true;
	}
	guise_leave(before);
	return work_fail(w, "root's rights cannot be laid off for a folder of user %u", g->user);
}

void guise_leave(struct guise_before *before)
{
	if (before->changed) {
		setfsuid(geteuid());
		setfsgid(getegid());
		if (before->count > 0)
			setgroups((size_t)before->count, before->groups);
	}
	free(before->groups);
	*before = (struct guise_before){0};
}
