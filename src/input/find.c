/*
 * find.c - from paths as given to files: globs expanded, directories walked in sorted order.
 *
 * Laws: (1) a walk never follows a link: a target inside is found anyway, and one outside may be
 *           this machine's own log instead of the evidence's;
 *       (2) a walk opens regular files only: a fifo would block it, a device might act;
 *       (3) whatever is passed by is noted;
 *       (4) of the disk of a host only the places of its logs are walked (image.c).
 */
#include "room.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>

static const char NAME_IT[] = "name the file itself if it is wanted";

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* What a walk says of an entry that it does not read; NULL: it says nothing. */
struct remark {
	enum input_trouble trouble;
	const char *what, *remedy;
};

static struct remark remark_of(const FTSENT *e)
{
	switch (e->fts_info) {
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return (struct remark){INPUT_MISSING, strerror(e->fts_errno),
				       "check its permissions"};
	case FTS_DC:
		return (struct remark){INPUT_REFUSED, "a loop of directories", NAME_IT};
	case FTS_SL:
	case FTS_SLNONE:
		return (struct remark){INPUT_SKIPPED, "a symbolic link, not followed", NAME_IT};
	case FTS_DEFAULT:
		return (struct remark){INPUT_SKIPPED, "a socket, a fifo or a device", ""};
	case FTS_F:
		if (name_is_no_log(slice_of(e->fts_name)))
			return (struct remark){INPUT_SKIPPED, "not a log by its name", NAME_IT};
		return (struct remark){0};
	default:
		return (struct remark){0};
	}
}

/* Folders not entered. */
static struct remark remark_of_folder(const FTSENT *e)
{
	if (e->fts_level > INPUT_DEPTH_MOST)
		return (struct remark){INPUT_REFUSED, "too deep", "name this folder itself"};
	if (e->fts_level > 0 && e->fts_name[0] == '.')
		return (struct remark){INPUT_SKIPPED, "a hidden folder", "name it if it is wanted"};
	return (struct remark){0};
}

static void walk(struct input_set *set, const char *path, find_file *found)
{
	char *const roots[] = {(char *)path, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (!tree) {
		note_refused(set, INPUT_MISSING, path, strerror(errno), "");
		return;
	}
	size_t before = set->inputs.len + set->twice;
	for (FTSENT *e; (e = fts_read(tree));) {
		struct remark r = e->fts_info == FTS_D ? remark_of_folder(e) : remark_of(e);
		if (r.what)
			note_refused(set, r.trouble, e->fts_path, r.what, r.remedy);
		bool disk = e->fts_info == FTS_D && !r.what && image_is_root(e->fts_path);
		if (disk)
			image_files(set, e->fts_path, found);
		if (e->fts_info == FTS_D && (r.what || disk))
			fts_set(tree, e, FTS_SKIP);
		if (e->fts_info == FTS_F && !r.what)
			found(set, e->fts_path, true);
	}
	fts_close(tree);
	if (set->inputs.len + set->twice == before)
		note_refused(set, INPUT_MISSING, path, "no log in this directory",
			     "check the path");
}

static void expand(struct input_set *set, const char *pattern, find_file *found)
{
	glob_t g = {0};
	if (glob(pattern, 0, NULL, &g) != 0 || g.gl_pathc == 0)
		note_refused(set, INPUT_MISSING, pattern, "nothing has a name like that",
			     "check the path");
	for (size_t i = 0; i < g.gl_pathc; i++)
		find_files(set, g.gl_pathv[i], found);
	globfree(&g);
}

void find_files(struct input_set *set, const char *path, find_file *found)
{
	struct stat st;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		walk(set, path, found);
	else if (lstat(path, &st) != 0 && errno == ENOENT && strpbrk(path, "*?["))
		expand(set, path, found);
	else
		found(set, path, false);
}
