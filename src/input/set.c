/*
 * set.c - which inputs there are: each file found is opened once, told by its first bytes, and
 * listed, an archive member by member.
 *
 * Laws: (1) no file twice, by device and inode;
 *       (2) at most: a compressed archive of compressed members.  What is packed deeper is refused;
 *       (3) what is not listed is noted, with what the reader can do.
 */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void note_it(const struct input_set *set, enum input_trouble t, const char *path, uint64_t line,
	     const char *what, const char *remedy)
{
	if (set->note)
		set->note(set->ctx, t, path, line, what, remedy);
}

void note_refused(struct input_set *set, enum input_trouble t, const char *path, const char *what,
		  const char *remedy)
{
	set->refused += t != INPUT_SKIPPED && t != INPUT_EMPTY;
	set->skipped += t == INPUT_SKIPPED;
	note_it(set, t, path, 0, what, remedy);
}

static const char *keep(struct input_set *set, slice s)
{
	return arena_text(&set->arena, s);
}

/* Where a draft goes when its top layer turned out to be text. */
static void enlist(struct input_set *set, const struct input *draft)
{
	if (set->inputs.len >= INPUT_FILES_MOST) {
		note_refused(set, INPUT_REFUSED, draft->info.path, "too many inputs",
			     "name fewer at once");
		return;
	}
	struct input *in = list_add(&set->inputs);
	*in = *draft;
	in->info.stream = stream_name(slice_of(in->info.path), &set->arena).at;
	in->info.compressed = in->codec || in->archive;
}

static void sort_out(struct input_set *set, struct layer *top, const struct input *draft,
		     bool walked);

static void open_codec(struct input_set *set, struct layer *top, const struct input *draft,
		       const struct kind *kind)
{
	struct input in = *draft;
	const struct kind **slot = in.archive ? &in.inner : &in.codec;
	if (*slot) {
		note_refused(set, INPUT_REFUSED, in.info.path, "compressed more than once",
			     "unpack it first");
		return;
	}
	*slot = kind;
	struct layer *codec = layer_codec(top, kind);
	sort_out(set, codec, &in, false);
	layer_close(&codec);
}

static void open_member(struct input_set *set, struct layer *archive, const struct input *outer,
			const struct member *m, unsigned number)
{
	struct input in = *outer;
	slice name = slice_first(m->name, INPUT_PATH_MOST);
	in.info.path =
	    arena_format(&set->arena, "%s//%.*s", outer->info.path, (int)name.len, name.at).at;
	in.info.bytes = m->size;
	in.info.mtime_us = m->mtime_us;
	in.head = m->head;
	in.member = number;
	if (name.len < m->name.len)
		note_refused(set, INPUT_REFUSED, in.info.path, "its name is too long",
			     "unpack it first");
	else if (m->locked)
		note_refused(set, INPUT_REFUSED, in.info.path, "it is encrypted",
			     "unpack it first");
	else
		sort_out(set, archive, &in, true);
}

static const struct marks *keep_marks(struct input_set *set, struct marks *m)
{
	if (m)
		*list_add(&set->marks) = m;
	return m;
}

static void open_archive(struct input_set *set, struct layer *top, const struct input *draft,
			 const struct kind *kind)
{
	const char *path = draft->info.path;
	if (draft->archive || (kind->seeks && !layer_is_file(top))) {
		note_refused(set, INPUT_REFUSED, path, "an archive within an archive",
			     "unpack it first");
		return;
	}
	struct input in = *draft;
	in.archive = kind;
	in.marks = keep_marks(set, layer_gzip_marks(top));
	struct layer *archive = layer_archive(top, kind);
	struct member m;
	size_t before = set->inputs.len;
	unsigned n = 0;
	for (; n < INPUT_MEMBERS_MOST && layer_next(archive, &m); n++)
		if (m.is_file)
			open_member(set, archive, &in, &m, n);
	const struct layer *fault = layer_fault(archive);
	if (n == INPUT_MEMBERS_MOST)
		note_refused(set, INPUT_REFUSED, path, "too many members: the rest is not read",
			     "unpack it first");
	else if (fault)
		note_refused(set, fault->trouble, path, fault->why,
			     "what came before the damage is read");
	else if (set->inputs.len == before)
		note_refused(set, INPUT_MISSING, path, "no log in this archive", "check the path");
	layer_close(&archive);
}

/* `quietly`: it was found by a walk or in an archive, among other things that are no logs. */
static void turn_away(struct input_set *set, const char *path, const struct kind *kind,
		      bool quietly)
{
	char what[64];
	snprintf(what, sizeof what, "%s, not a text log", kind->name);
	bool quiet = quietly && kind->is == KIND_OTHER;
	note_refused(set, quiet ? INPUT_SKIPPED : INPUT_NOT_LOG, path, what,
		     kind->remedy ? kind->remedy : "nothing to do: it is no log");
}

/* No byte in it, or none before the damage. */
static void turn_away_empty(struct input_set *set, const char *path, const struct layer *fault)
{
	if (fault)
		note_refused(set, fault->trouble, path, fault->why, "look for another copy");
	else
		note_refused(set, INPUT_EMPTY, path, "it is empty",
			     "nothing to do if it was just rotated; else look for another copy");
}

static void sort_out(struct input_set *set, struct layer *top, const struct input *draft,
		     bool walked)
{
	const struct kind *kind = kind_of(layer_peek(top));
	switch (kind->is) {
	case KIND_TEXT:
		enlist(set, draft);
		break;
	case KIND_CODEC:
		open_codec(set, top, draft, kind);
		break;
	case KIND_ARCHIVE:
		open_archive(set, top, draft, kind);
		break;
	case KIND_EMPTY:
		turn_away_empty(set, draft->info.path, layer_fault(top));
		break;
	default:
		turn_away(set, draft->info.path, kind, walked);
	}
}

static bool is_fresh(struct input_set *set, const struct input *in)
{
	struct {
		uint64_t dev, ino;
	} key = {in->dev, in->ino};
	bool fresh;
	const char **first = table_put(&set->seen, (slice){(const char *)&key, sizeof key}, &fresh);
	char what[256];
	if (fresh) {
		*first = in->info.path;
		return true;
	}
	set->twice++;
	snprintf(what, sizeof what, "the same file as %s", *first);
	note_refused(set, INPUT_SKIPPED, in->info.path, what, "");
	return false;
}

static void describe(struct input *in, const struct stat *st)
{
	in->dev = st->st_dev;
	in->ino = st->st_ino;
	in->size = in->info.bytes = st->st_size;
	in->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	in->info.mtime_us = in->mtime_ns / 1000;
}

static void admit(struct input_set *set, struct input *in, int fd, const struct stat *st,
		  bool walked)
{
	describe(in, st);
	if (!is_fresh(set, in))
		return;
	struct layer *file = layer_file(fd, (uint64_t)st->st_size);
	sort_out(set, file, in, walked);
	layer_close(&file);
}

static void admit_path(struct input_set *set, const char *path, bool walked)
{
	struct stat st;
	struct input in = {.file = keep(set, slice_of(path))};
	in.info.path = in.file;
	if (strlen(path) > INPUT_PATH_MOST) {
		note_refused(set, INPUT_REFUSED, path, "its path is too long",
			     "name a folder further down");
		return;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* before open(): a device might act */
		note_refused(set, INPUT_SKIPPED, path, "a socket, a fifo or a device",
			     "pipe it into -");
		return;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0)
		note_refused(set, INPUT_MISSING, path, strerror(errno),
			     errno == EACCES ? "run as a user who may read it, or copy it"
					     : "check the path");
	else if (S_ISREG(st.st_mode))
		admit(set, &in, fd, &st, walked);
	if (fd >= 0)
		close(fd);
}

/* An unlinked file in the first folder that takes one. */
static int spool_open(void)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		int fd = folders[i] ? open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
		if (fd >= 0)
			return fd;
	}
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

static bool spool_fill(int fd)
{
	char block[1 << 16];
	for (;;) {
		ssize_t got = read(STDIN_FILENO, block, sizeof block);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		if (!write_all(fd, block, (size_t)got))
			return false;
	}
}

static void admit_stdin(struct input_set *set)
{
	struct stat st;
	struct input in = {.info.path = "-"};
	if (set->spool >= 0) {
		note_refused(set, INPUT_SKIPPED, "-", "standard input is read once", "");
		return;
	}
	set->spool = spool_open();
	if (set->spool < 0) {
		note_refused(set, INPUT_MISSING, "-", strerror(errno),
			     "set TMPDIR to a folder with room");
		return;
	}
	if (!spool_fill(set->spool))
		note_refused(set, INPUT_CUT, "-", strerror(errno),
			     "set TMPDIR to a folder with more room");
	if (fstat(set->spool, &st) == 0)
		admit(set, &in, set->spool, &st, false);
}

struct input_set *input_open(const char *const *paths, size_t n, input_note *note, void *ctx)
{
	struct input_set *set = must_alloc(sizeof *set);
	set->note = note;
	set->ctx = ctx;
	set->spool = -1;
	table_init(&set->seen, sizeof(const char *), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i], "-") == 0)
			admit_stdin(set);
		else
			find_files(set, paths[i], admit_path);
	return set;
}

size_t input_count(const struct input_set *set)
{
	return set->inputs.len;
}

size_t input_refused(const struct input_set *set)
{
	return set->refused;
}

size_t input_skipped(const struct input_set *set)
{
	return set->skipped;
}

const struct input_info *input_info(const struct input_set *set, size_t i)
{
	return &set->inputs.at[i].info;
}

int64_t input_bytes(const struct input_set *set)
{
	int64_t sum = 0;
	for (size_t i = 0; i < set->inputs.len; i++)
		if (set->inputs.at[i].info.bytes > 0)
			sum += set->inputs.at[i].info.bytes;
	return sum;
}

void input_set_close(struct input_set **set)
{
	if (!*set)
		return;
	stack_close(&(*set)->quoter);
	if ((*set)->spool >= 0)
		close((*set)->spool);
	table_free(&(*set)->seen);
	list_free(&(*set)->inputs);
	for (size_t i = 0; i < (*set)->marks.len; i++)
		marks_free(&(*set)->marks.at[i]);
	list_free(&(*set)->marks);
	arena_free(&(*set)->arena);
	free(*set);
	*set = NULL;
}

bool input_quote(struct input_set *set, size_t i, uint64_t offset, uint32_t length, struct arena *a,
		 slice *text)
{
	const struct input *in = &set->inputs.at[i];
	if (set->quoted != i)
		stack_close(&set->quoter);
	set->quoted = i;
	length = length < INPUT_LINE_MOST ? length : INPUT_LINE_MOST;
	if (!stack_seek(set, in, &set->quoter, offset))
		return false;
	char *to = arena_take(a, length);
	size_t got = 0;
	for (ssize_t n = 1; got < length && n > 0; got += (size_t)n)
		n = layer_read(set->quoter.top, to + got, length - got);
	*text = (slice){to, got};
	return got > 0 || length == 0;
}
