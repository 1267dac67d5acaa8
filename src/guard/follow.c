/*
 * follow.c - files that grow, are rotated, cut, and made anew.
 *
 * A file is known by device and inode, and by the last bytes that were read of it.  When its name
 * leads to another one, what is left of the old one is read first, from the descriptor that is
 * still open; and a while longer, for whoever writes to it learns of the rotation when he is told:
 * so a name has two files at most, each with a number of its own.  One that was cut after a copy
 * was made of it is read on in the copy, and then from its beginning.  inotify(7) says that
 * something happened; what happened is looked up.
 */
#include "guard/guard.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	CHUNK = 256 << 10,
	FILES_MOST = 1024,
	DEPTH_MOST = 4,
	TURN_CHUNKS = 16,
	LOOK_AGAIN_MS = 5000,
	LEFT_MS = 120000, /* a file that has no name any more, and into which nothing was written */
	TAIL = 64,
	PATH_ROOM = 4096
};

struct followed {
	char *path;
	int fd; /* -1: not there at the moment */
	dev_t dev;
	ino_t ino;
	uint64_t border; /* where its past ends */
	uint64_t offset; /* of the first byte that was not handed out */
	bool fresh;      /* nothing of it was handed out, or it was cut */
	bool left;       /* its name leads to its twin */
	size_t twin;     /* number + 1 of the other file of that name; 0: there was none */
	int64_t left_ms; /* when it was left, or grew last since */
	char tail[TAIL]; /* the bytes before `offset` */
	size_t tail_len;
};

/* The folder that a given path is, or lies in. */
struct ground {
	dev_t dev;
	ino_t ino; /* 0: it was not there */
	int fd;
};

struct follow {
	LIST(struct followed) files;
	struct ground *grounds; /* as many as paths */
	int64_t looked_ms;
	const char *const *paths;
	size_t path_count;
	char *chunk;
	int notify;
	bool started;
};

/* --- which files --- */

static bool is_followed(const struct follow *f, const char *path)
{
	for (size_t i = 0; i < f->files.len; i++)
		if (strcmp(f->files.at[i].path, path) == 0)
			return true;
	return false;
}

/* What rotation leaves behind does not grow: mail.log.1, mail.log.2.gz, mail.log-20261121. */
static bool is_rotated(const char *name)
{
	const char *end = name + strlen(name);
	while (end > name && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return (*end && end > name && (end[-1] == '.' || end[-1] == '-')) || strstr(name, ".gz") ||
	       strstr(name, ".xz") || strstr(name, ".zst") || strstr(name, ".bz2");
}

static bool looks_like_text(int fd)
{
	char head[512];
	ssize_t n = pread(fd, head, sizeof head, 0);
	return n >= 0 && !memchr(head, 0, (size_t)n);
}

static void open_file(struct follow *f, struct followed *file)
{
	struct stat st;
	file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file->fd < 0)
		return;
	if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode) || !looks_like_text(file->fd)) {
		file->border = UINT64_MAX; /* a journal, say: all that it holds is the past */
		close(file->fd);
		file->fd = -1;
		return;
	}
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->offset = 0;
	file->tail_len = 0;
	file->fresh = true;
}

static void keep_tail(struct followed *file)
{
	size_t n = file->offset < TAIL ? (size_t)file->offset : TAIL;
	file->tail_len =
	    pread(file->fd, file->tail, n, (off_t)(file->offset - n)) == (ssize_t)n ? n : 0;
}

/* Does it hold, where we stand, what was read there? */
static bool has_tail(const struct followed *file, int fd)
{
	char now[TAIL];
	return pread(fd, now, file->tail_len, (off_t)(file->offset - file->tail_len)) ==
		   (ssize_t)file->tail_len &&
	       memcmp(now, file->tail, file->tail_len) == 0;
}

/* Behind the last line that is whole. */
static uint64_t last_line_end(struct follow *f, int fd)
{
	struct stat st;
	uint64_t end = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	while (end > 0) {
		uint64_t from = end > CHUNK ? end - CHUNK : 0;
		ssize_t n = pread(fd, f->chunk, (size_t)(end - from), (off_t)from);
		const char *last = n > 0 ? memrchr(f->chunk, '\n', (size_t)n) : NULL;
		if (last)
			return from + (uint64_t)(last - f->chunk) + 1;
		end = from;
	}
	return 0;
}

static void add_file(struct follow *f, const char *path)
{
	if (is_followed(f, path) || f->files.len == FILES_MOST)
		return;
	struct followed *file = list_add(&f->files);
	size_t n = strlen(path) + 1;
	file->path = memcpy(must_alloc(n), path, n);
	open_file(f, file);
	if (!f->started && file->fd >= 0) {
		file->offset = file->border = last_line_end(f, file->fd);
		keep_tail(file);
	}
	if (f->notify >= 0)
		inotify_add_watch(f->notify, path, IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB);
}

static void add_path(struct follow *f, const char *path, int depth);

static void add_folder(struct follow *f, const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	char inside[4096];
	if (!d)
		return;
	if (f->notify >= 0)
		inotify_add_watch(f->notify, path, IN_CREATE | IN_MOVED_TO);
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.' && !is_rotated(entry->d_name) &&
		    snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name) <
			(int)sizeof inside)
			add_path(f, inside, depth + 1);
	closedir(d);
}

static void add_path(struct follow *f, const char *path, int depth)
{
	struct stat st;
	if (lstat(path, &st) != 0 || (depth && S_ISLNK(st.st_mode)))
		return;
	if (depth == 0 && stat(path, &st) != 0)
		return;
	if (S_ISDIR(st.st_mode) && depth < DEPTH_MOST)
		add_folder(f, path, depth);
	else if (S_ISREG(st.st_mode))
		add_file(f, path);
}

static void look_around(struct follow *f)
{
	for (size_t i = 0; i < f->path_count; i++)
		add_path(f, f->paths[i], 0);
}

/* "." or the path itself, if it is a folder; else the folder that it lies in. */
static void ground_path(const char *path, char room[PATH_ROOM])
{
	struct stat st;
	snprintf(room, PATH_ROOM, "%s", path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	char *end = strrchr(room, '/');
	if (end)
		end[end == room] = 0;
	else
		snprintf(room, PATH_ROOM, ".");
}

/* Held open: the number of a folder that is gone is given to another one otherwise. */
static struct ground ground_of(const char *path)
{
	struct stat st;
	char folder[PATH_ROOM];
	ground_path(path, folder);
	struct ground g = {.fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC)};
	if (g.fd >= 0 && fstat(g.fd, &st) == 0) {
		g.dev = st.st_dev;
		g.ino = st.st_ino;
	}
	return g;
}

bool follow_lost_ground(const struct follow *f)
{
	struct stat st;
	char folder[PATH_ROOM];
	for (size_t i = 0; i < f->path_count; i++) {
		ground_path(f->paths[i], folder);
		if (stat(f->paths[i], &st) == 0 && stat(folder, &st) == 0 &&
		    (st.st_ino != f->grounds[i].ino || st.st_dev != f->grounds[i].dev))
			return true;
	}
	return false;
}

struct follow *follow_open(const char *const *paths, size_t n)
{
	struct follow *f = must_alloc(sizeof *f);
	f->paths = paths;
	f->path_count = n;
	f->chunk = must_alloc(CHUNK);
	f->grounds = must_alloc((n + 1) * sizeof *f->grounds);
	for (size_t i = 0; i < n; i++)
		f->grounds[i] = ground_of(paths[i]);
	f->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	look_around(f);
	f->started = true;
	return f;
}

void follow_close(struct follow **f)
{
	if (!*f)
		return;
	for (size_t i = 0; i < (*f)->files.len; i++) {
		if ((*f)->files.at[i].fd >= 0)
			close((*f)->files.at[i].fd);
		free((*f)->files.at[i].path);
	}
	if ((*f)->notify >= 0)
		close((*f)->notify);
	list_free(&(*f)->files);
	free((*f)->chunk);
	for (size_t i = 0; i < (*f)->path_count; i++)
		if ((*f)->grounds[i].fd >= 0)
			close((*f)->grounds[i].fd);
	free((*f)->grounds);
	free(*f);
	*f = NULL;
}

size_t follow_files(const struct follow *f)
{
	return f->files.len;
}

const char *follow_path(const struct follow *f, size_t input)
{
	return input < f->files.len ? f->files.at[input].path : "";
}

uint64_t follow_behind(const struct follow *f)
{
	struct stat st;
	uint64_t sum = 0;
	for (size_t i = 0; i < f->files.len; i++)
		if (f->files.at[i].fd >= 0 && fstat(f->files.at[i].fd, &st) == 0 &&
		    (uint64_t)st.st_size > f->files.at[i].offset)
			sum += (uint64_t)st.st_size - f->files.at[i].offset;
	return sum;
}

uint64_t follow_border(const struct follow *f, size_t input)
{
	return f->files.at[input].border;
}

slice follow_first(const struct follow *f, size_t input, char *room, size_t size)
{
	const struct followed *file = &f->files.at[input];
	ssize_t n = file->fd >= 0 ? pread(file->fd, room, size, 0) : 0;
	const char *end = n > 0 ? memchr(room, '\n', (size_t)n) : NULL;
	return end ? (slice){room, (size_t)(end - room)} : (slice){0};
}

/* --- reading --- */

/* The lines of a chunk that are whole; one too long for it is passed by. */
static size_t hand_out(struct follow *f, struct followed *file, size_t len, follow_lines *on,
		       void *ctx)
{
	const char *last = memrchr(f->chunk, '\n', len);
	size_t whole = last ? (size_t)(last - f->chunk) + 1 : 0;
	const struct follow_chunk c = {(size_t)(file - f->files.at), file->offset, file->fresh,
				       (slice){f->chunk, whole}};
	if (whole) {
		on(ctx, &c);
		file->fresh = false;
	}
	if (!whole && len == CHUNK)
		whole = len;
	file->offset += whole;
	return whole;
}

/* False if the turn was over before the end was reached: the flood of one file hides no other. */
static bool read_file(struct follow *f, struct followed *file, follow_lines *on, void *ctx,
		      bool *any)
{
	for (int chunks = 0; file->fd >= 0 && chunks < TURN_CHUNKS; chunks++) {
		ssize_t n = pread(file->fd, f->chunk, CHUNK, (off_t)file->offset);
		if (n <= 0 || hand_out(f, file, (size_t)n, on, ctx) == 0)
			return true;
		*any = true;
	}
	return file->fd < 0;
}

/* The name leads elsewhere. */
static bool was_replaced(const struct followed *file)
{
	struct stat st;
	if (stat(file->path, &st) != 0)
		return false; /* between two names: it comes back, or not at all */
	return file->fd < 0 || st.st_dev != file->dev || st.st_ino != file->ino;
}

/* Shorter than what was read of it; or longer, and another one all the same. */
static bool was_cut(const struct followed *file)
{
	struct stat st;
	if (file->fd < 0 || fstat(file->fd, &st) != 0 || (uint64_t)st.st_size == file->offset)
		return false;
	return (uint64_t)st.st_size < file->offset || !has_tail(file, file->fd);
}

/* --- a file that was copied away, and cut (copytruncate of logrotate(8)) --- */

static bool is_copy(const struct followed *file, const char *path, int *fd)
{
	struct stat st;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	bool is = *fd >= 0 && fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) &&
		  (uint64_t)st.st_size >= file->offset && file->tail_len && has_tail(file, *fd);
	if (!is && *fd >= 0)
		close(*fd);
	return is;
}

/* Beside it, with a name that begins with its own; -1: there is none. */
static int find_copy(const struct followed *file)
{
	char folder[PATH_ROOM], beside[PATH_ROOM];
	const char *name = strrchr(file->path, '/');
	name = name ? name + 1 : file->path;
	snprintf(folder, sizeof folder, "%.*s", (int)(name - file->path), file->path);
	DIR *d = opendir(*folder ? folder : ".");
	struct dirent *e;
	int fd = -1;
	while (d && fd < 0 && (e = readdir(d)))
		if (strncmp(e->d_name, name, strlen(name)) == 0 && is_rotated(e->d_name) &&
		    snprintf(beside, sizeof beside, "%s%s", folder, e->d_name) <
			(int)sizeof beside &&
		    !is_copy(file, beside, &fd))
			fd = -1;
	if (d)
		closedir(d);
	return fd;
}

/* What was written between our last look and the cut stands in the copy alone. */
static void read_copy(struct follow *f, struct followed *file, follow_lines *on, void *ctx)
{
	int fd = find_copy(file);
	bool lost = fd < 0 && file->offset > file->border;
	for (ssize_t n; fd >= 0 && (n = pread(fd, f->chunk, CHUNK, (off_t)file->offset)) > 0;)
		if (hand_out(f, file, (size_t)n, on, ctx) == 0)
			break;
	if (fd >= 0)
		close(fd);
	if (lost)
		fprintf(stderr,
			"tocsin: %s was cut, and no copy of it lies beside it: what was written "
			"to it in the moment before, if anything, is lost (rotate by renaming)\n",
			file->path);
	file->offset = 0;
	file->tail_len = 0;
	file->fresh = true;
}

/* --- a file that was renamed --- */

static int64_t follow_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void let_go(struct followed *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* The other number of its name; NULL: there are too many files.  May move them all. */
static struct followed *twin_of(struct follow *f, size_t i)
{
	if (f->files.at[i].twin)
		return &f->files.at[f->files.at[i].twin - 1];
	if (f->files.len == FILES_MOST)
		return NULL;
	struct followed *twin = list_add(&f->files);
	size_t n = strlen(f->files.at[i].path) + 1;
	*twin = (struct followed){.fd = -1, .left = true, .twin = i + 1};
	twin->path = memcpy(must_alloc(n), f->files.at[i].path, n);
	f->files.at[i].twin = f->files.len;
	return twin;
}

/* Who writes to the old one goes on until he is told; the new one is read beside it. */
static struct followed *turn_to_new(struct follow *f, size_t i, follow_lines *on, void *ctx)
{
	bool any, gone = f->files.at[i].fd < 0;
	struct followed *twin = gone ? NULL : twin_of(f, i), *file = &f->files.at[i];
	if (twin) {
		file->left = true;
		file->left_ms = follow_ms();
		while (!read_file(f, twin, on, ctx, &any)) /* of the turn before */
			;
		twin->left = false;
		file = twin;
	}
	let_go(file);
	file->border = 0;
	open_file(f, file);
	if (f->notify >= 0)
		inotify_add_watch(f->notify, file->path, IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB);
	return file;
}

static void look_after_left(struct followed *file, bool grew)
{
	if (grew)
		file->left_ms = follow_ms();
	else if (file->fd >= 0 && follow_ms() - file->left_ms > LEFT_MS)
		let_go(file);
}

/* --- all of it --- */

static bool read_on(struct follow *f, size_t i, follow_lines *on, void *ctx)
{
	struct followed *file = &f->files.at[i];
	bool any = false;
	if (was_cut(file) && file->left)
		let_go(file);
	else if (was_cut(file))
		read_copy(f, file, on, ctx);
	bool whole = read_file(f, file, on, ctx, &any);
	if (any && file->fd >= 0)
		keep_tail(file);
	if (file->left)
		look_after_left(file, any);
	if (file->left || !whole || !was_replaced(file))
		return any;
	file = turn_to_new(f, i, on, ctx);
	read_file(f, file, on, ctx, &any);
	if (file->fd >= 0)
		keep_tail(file);
	return any;
}

bool follow_read(struct follow *f, follow_lines *on, void *ctx)
{
	bool any = false;
	for (size_t i = 0; i < f->files.len; i++)
		any |= read_on(f, i, on, ctx);
	return any;
}

static bool is_time_to_look(struct follow *f)
{
	int64_t now_ms = follow_ms();
	bool due = now_ms - f->looked_ms > LOOK_AGAIN_MS;
	if (due)
		f->looked_ms = now_ms;
	return due;
}

int follow_fd(const struct follow *f)
{
	return f->notify;
}

void follow_look(struct follow *f, bool happened)
{
	char room[4096] __attribute__((aligned(8)));
	bool created = false;
	for (ssize_t n; happened && (n = read(f->notify, room, sizeof room)) > 0;)
		for (char *at = room; at < room + n;) {
			const struct inotify_event *e = (const struct inotify_event *)(void *)at;
			created |= (e->mask & (IN_CREATE | IN_MOVED_TO)) != 0;
			at += sizeof *e + e->len;
		}
	if (created || is_time_to_look(f)) /* a folder made anew has no watch yet */
		look_around(f);
}
