/*
 * image.c - the disk of a host, mounted somewhere or copied into a folder: where its logs lie.
 *
 * A host's files are by far no logs; a walk over all of them would take its programs' data and the
 * mail itself for logs.  So only the places of the table are read, and what else there is must be
 * named.  Places are of the daemons' and distributions' own documents (FHS 3.0 5.10; Docker,
 * Podman, Zimbra, cPanel, Plesk, Roundcube, vpopmail).
 *
 * Law: no link is followed, neither to know a host's disk nor to read it.
 */
#include "room.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const places[] = {
    "var/log",
    "var/adm",
    "run/log/journal",
    "opt/zimbra/log",
    "opt/*/log",
    "opt/*/logs",
    "srv/*/log",
    "srv/*/logs",
    "usr/local/cpanel/logs",
    "usr/local/apache/logs",
    "usr/local/apache/domlogs",
    "usr/local/lsws/logs",
    "usr/share/roundcube/logs",
    "var/lib/roundcube/logs",
    "var/www/*/logs",
    "var/www/*/*/logs",
    "var/www/vhosts/system/*/logs",
    "var/vpopmail/log",
    "home/*/logs",
    "var/lib/docker/containers/*/*-json.log*",
    "var/lib/containers/storage/overlay-containers/*/userdata/ctr.log*",
    "home/*/.local/share/containers/storage/overlay-containers/*/userdata/ctr.log*",
};

/* Logs that somebody put beside the folders of the disk. */
static const char *const beside[] = {"*.log",    "*.log.*", "*.csv", "*.json",   "*.jsonl",
				     "*.ndjson", "*.gz",    "*.xz",  "*.zst",    "*.zip",
				     "*.7z",     "*.tar",   "*.tgz", "*.journal"};

static bool is_folder(const char *root, const char *name)
{
	char path[INPUT_PATH_MOST];
	struct stat st;
	int n = snprintf(path, sizeof path, "%s/%s", root, name);
	return n > 0 && (size_t)n < sizeof path && lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool image_is_root(const char *path)
{
	return is_folder(path, "var/log") || (is_folder(path, "etc") && is_folder(path, "var"));
}

/* The root with what means something to glob(3) made to mean nothing. */
static bool put_root(char *to, size_t room, const char *root)
{
	size_t n = 0;
	for (; *root; root++) {
		if (n + 3 > room)
			return false;
		if (strchr("*?[\\", *root))
			to[n++] = '\\';
		to[n++] = *root;
	}
	to[n] = '\0';
	return true;
}

/* glob(3) follows links in the middle of a path, and one of an intruder's leads to where he likes:
 * to the logs of the host that examines his. */
static bool is_over_link(const char *root, const char *path)
{
	char part[INPUT_PATH_MOST + 128];
	struct stat st;
	for (const char *end = path + strlen(root); (end = strchr(end + 1, '/'));) {
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		if (lstat(part, &st) != 0 || S_ISLNK(st.st_mode))
			return true;
	}
	return false;
}

void input_below(const char *root, const char *pattern, input_there *on, void *ctx)
{
	char safe[INPUT_PATH_MOST], whole[INPUT_PATH_MOST + 128];
	glob_t g = {0};
	root = strcmp(root, "/") == 0 ? "" : root;
	if (!put_root(safe, sizeof safe, root))
		return;
	snprintf(whole, sizeof whole, "%s/%s", safe, pattern);
	if (glob(whole, 0, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++)
		on(ctx, g.gl_pathv[i], is_over_link(root, g.gl_pathv[i]));
	globfree(&g);
}

struct looking {
	struct input_set *set;
	find_file *found;
	bool folders; /* they are walked; else only files count */
};

static void look_at(void *ctx, const char *path, bool linked)
{
	const struct looking *l = ctx;
	struct stat st;
	if (lstat(path, &st) != 0)
		return;
	if (linked || S_ISLNK(st.st_mode))
		note_refused(l->set, INPUT_SKIPPED, path,
			     "a symbolic link leads there: not followed",
			     "name what it leads to, if that is of this disk");
	else if (S_ISDIR(st.st_mode) && l->folders)
		find_files(l->set, path, l->found);
	else if (S_ISREG(st.st_mode))
		l->found(l->set, path, true);
}

void image_files(struct input_set *set, const char *root, find_file *found)
{
	*list_add(&set->roots) = arena_text(&set->arena, slice_of(root));
	struct looking walked = {set, found, true}, alone = {set, found, false};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		input_below(root, places[i], look_at, &walked);
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
		input_below(root, beside[i], look_at, &alone);
	note_refused(set, INPUT_SKIPPED, root, "the disk of a host: only its logs are read",
		     "name a folder of it that holds logs too");
}
