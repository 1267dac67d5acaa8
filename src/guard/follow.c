/*
 * follow.c - files that grow, are rotated, cut, and made anew.
 *
 * A file is known by device and inode.  When its name leads to another one, what is left of the old
 * one is read first, from the descriptor that is still open.  inotify(7) says that something
 * happened; what happened is looked up.
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
	file->fresh = true;
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
	if (!f->started && file->fd >= 0)
		file->offset = file->border = last_line_end(f, file->fd);
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

/* The name leads elsewhere, or the file has become shorter. */
static bool was_replaced(struct followed *file)
{
	struct stat st;
	if (stat(file->path, &st) != 0)
		return false; /* between two names: it comes back, or not at all */
	return file->fd < 0 || st.st_dev != file->dev || st.st_ino != file->ino;
}

static bool has_shrunk(const struct followed *file)
{
	struct stat st;
	return file->fd >= 0 && fstat(file->fd, &st) == 0 && (uint64_t)st.st_size < file->offset;
}

static bool read_on(struct follow *f, struct followed *file, follow_lines *on, void *ctx)
{
	if (has_shrunk(file)) { /* copytruncate: what was copied away was read before */
		file->offset = 0;
		file->fresh = true;
	}
	bool any = false;
	if (!read_file(f, file, on, ctx, &any) || !was_replaced(file))
		return any;
	if (file->fd >= 0)
		close(file->fd);
	open_file(f, file);
	if (f->notify >= 0)
		inotify_add_watch(f->notify, file->path, IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB);
	read_file(f, file, on, ctx, &any);
	return any;
}

bool follow_read(struct follow *f, follow_lines *on, void *ctx)
{
	bool any = false;
	for (size_t i = 0; i < f->files.len; i++)
		any |= read_on(f, &f->files.at[i], on, ctx);
	return any;
}

static bool is_time_to_look(struct follow *f)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	int64_t now_ms = t.tv_sec * 1000 + t.tv_nsec / 1000000;
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
