/*
 * set.c - which inputs there are: each file found is opened once, told by its first bytes, and
 * listed, an archive member by member.
 *
 * Laws: (1) no file twice, by device and inode;
 *       (2) a compressed archive of compressed members is read as it lies, unless it must be read
 *           from its beginning, or the way to a member is longer than the member: that, and what is
 *           packed deeper, is spooled, once and up to a limit; so the time grows with the bytes;
 *       (3) what is not listed is noted, with what the reader can do.
 */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FILES_BESIDE = 64 }; /* that are open beside the inputs */

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
	if (set->inputs.len >= set->limits.inputs) {
		note_refused(set, INPUT_REFUSED, draft->info.path, "too many inputs",
			     "name fewer at once, or allow more: --limit inputs=N");
		return;
	}
	struct input *in = list_add(&set->inputs);
	*in = *draft;
	in->info.stream = stream_name(slice_of(in->info.path), &set->arena).at;
	in->info.compressed = in->codec || in->archive || in->was_packed;
}

static void sort_out(struct input_set *set, struct layer *top, const struct input *draft,
		     bool walked);
static void turn_away_empty(struct input_set *set, const char *path, const struct layer *fault);

/* True, and noted, if it lies too deep. */
static bool too_deep(struct input_set *set, const struct input *in)
{
	if (in->depth <= set->limits.depth)
		return false;
	note_refused(set, INPUT_REFUSED, in->info.path, "an archive within too many others",
		     "unpack it first, or allow more: --limit depth=N");
	return true;
}

/* What lies before `top`'s end, as an input that can be read from any place. */
static void open_spooled(struct input_set *set, struct layer *top, const struct input *draft,
			 bool walked)
{
	struct input in = {.info = draft->info, .depth = draft->depth};
	uint64_t size;
	if (too_deep(set, &in))
		return;
	if (!spool_layer(set, top, &in.kept_at, &size)) {
		bool limit = errno == EFBIG;
		note_refused(set, INPUT_REFUSED, in.info.path,
			     limit ? "it unpacks to more than may be kept" : strerror(errno),
			     limit ? "allow more: --limit spool=N"
				   : "set TMPDIR to a folder with room to unpack it");
		return;
	}
	const struct layer *fault = layer_fault(top);
	if (fault && size)
		note_refused(set, fault->trouble, in.info.path, fault->why,
			     "what came before was read; look for another copy");
	in.size = in.info.bytes = (int64_t)size;
	in.was_packed = true;
	struct layer *file = layer_file_part(set->spool, in.kept_at, size, &set->limits);
	if (fault && !size)
		turn_away_empty(set, in.info.path, fault);
	else
		sort_out(set, file, &in, walked);
	layer_close(&file);
}

static void open_codec(struct input_set *set, struct layer *top, const struct input *draft,
		       const struct kind *kind)
{
	struct input in = *draft;
	const struct kind **slot = in.archive ? &in.inner : &in.codec;
	bool deeper = *slot;
	in.depth += deeper;
	*slot = kind;
	struct layer *codec = layer_codec(top, kind);
	if (deeper)
		open_spooled(set, codec, &in, false);
	else
		sort_out(set, codec, &in, false);
	layer_close(&codec);
}

/* The way to it from the last mark would be longer than itself; kept while there is ample room. */
static bool is_small(const struct input_set *set, const struct input *in, int64_t size)
{
	return in->marks && size >= 0 && (uint64_t)size < marks_apart(in->marks) &&
	       set->spooled + (uint64_t)size <= set->limits.spool / 2;
}

/*
 * Members packed as one piece, which to reach each would unpack all before it; those of a directory
 * that is walked anew for each, but for the first ones; small ones; and archives.
 */
static bool must_spool(const struct input_set *set, struct layer *archive, const struct input *in,
		       int64_t size)
{
	enum { WALKED_MOST = 64 };
	const struct kind *kind = kind_of(layer_peek(archive));
	bool as_one = in->archive->solid || (in->codec && !in->marks);
	bool far = in->archive->seeks && in->member >= WALKED_MOST;
	bool may_hold = kind->is == KIND_TEXT || kind->is == KIND_CODEC;
	return kind->is == KIND_ARCHIVE || kind->is == KIND_JOURNAL ||
	       ((as_one || far || is_small(set, in, size)) && may_hold);
}

static void open_member(struct input_set *set, struct layer *archive, const struct input *outer,
			const struct member *m, unsigned number)
{
	struct input in = *outer;
	slice name = slice_first(m->name, INPUT_PATH_MOST);
	in.info.path =
	    arena_format(&set->arena, "%s//%.*s", outer->info.path, (int)name.len, name.at).at;
	in.info.bytes = m->size;
	if (m->mtime_us != CLOCK_NONE) /* else the archive's own */
		in.info.mtime_us = m->mtime_us;
	in.head = m->head;
	in.member = number;
	if (name.len < m->name.len)
		note_refused(set, INPUT_REFUSED, in.info.path, "its name is too long",
			     "unpack it first");
	else if (m->locked)
		note_refused(set, INPUT_REFUSED, in.info.path, "it is encrypted",
			     "unpack it first");
	else if (m->is_file && must_spool(set, archive, &in, m->size))
		open_spooled(set, archive, &in, true);
	else if (m->is_file)
		sort_out(set, archive, &in, true);
	else if (!m->is_folder)
		note_refused(set, INPUT_SKIPPED, in.info.path, "a link or a device, not followed",
			     "");
}

static const struct marks *keep_marks(struct input_set *set, struct marks *m)
{
	if (m)
		*list_add(&set->marks) = m;
	return m;
}

/* The members, and how many entries there were. */
static uint64_t open_members(struct input_set *set, struct layer *archive, const struct input *in)
{
	struct member m;
	uint64_t n = 0;
	for (; n < set->limits.members && layer_next(archive, &m); n++)
		open_member(set, archive, in, &m, (unsigned)n);
	return n;
}

static void open_archive(struct input_set *set, struct layer *top, const struct input *draft,
			 const struct kind *kind)
{
	const char *path = draft->info.path;
	struct input in = *draft;
	in.depth++;
	if (draft->archive || (kind->seeks && !layer_is_file(top))) {
		open_spooled(set, top, &in, false);
		return;
	}
	if (too_deep(set, &in))
		return;
	in.archive = kind;
	in.marks = keep_marks(set, layer_gzip_marks(top));
	struct layer *archive = layer_archive(top, kind);
	size_t before = set->inputs.len, refused = set->refused;
	uint64_t n = open_members(set, archive, &in);
	const struct layer *fault = layer_fault(archive);
	if (n == set->limits.members)
		note_refused(set, INPUT_REFUSED, path, "too many members: the rest is not read",
			     "unpack it first, or allow more: --limit members=N");
	else if (fault)
		note_refused(set, fault->trouble, path, fault->why,
			     strstr(fault->why, "encrypted")
				 ? "unpack it first"
				 : "what came before the damage is read");
	else if (set->inputs.len == before && set->refused == refused)
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
	struct input in = *draft;
	in.wide = kind->wide;
	if (kind->is == KIND_TEXT && !kind->wide)
		in.split = split_of(layer_peek(top));
	switch (kind->is) {
	case KIND_TEXT:
		enlist(set, &in);
		break;
	case KIND_JOURNAL:
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
	in->mtime = st->st_mtim;
	in->info.mtime_us = clock_of(st->st_mtim);
}

static void admit(struct input_set *set, struct input *in, int fd, const struct stat *st,
		  bool walked)
{
	describe(in, st);
	if (!is_fresh(set, in))
		return;
	struct layer *file = layer_file(fd, (uint64_t)st->st_size, &set->limits);
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
		note_refused(set, walked ? INPUT_SKIPPED : INPUT_REFUSED, path,
			     "a socket, a fifo or a device: not opened",
			     "pipe it in: tocsin scan - < PATH");
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

static void admit_stdin(struct input_set *set)
{
	struct input in = {.info.path = "-"};
	uint64_t size;
	if (set->had_stdin) {
		note_refused(set, INPUT_SKIPPED, "-", "standard input is read once", "");
		return;
	}
	set->had_stdin = true;
	if (!spool_stdin(set, &in.kept_at, &size))
		note_refused(set, INPUT_CUT, "-", strerror(errno),
			     "set TMPDIR to a folder with room");
	in.size = in.info.bytes = (int64_t)size;
	in.info.mtime_us = clock_now();
	struct layer *file = layer_file_part(set->spool, in.kept_at, size, &set->limits);
	sort_out(set, file, &in, false);
	layer_close(&file);
}

/* All that a machine allows this process: logs of one hour are open side by side. */
static void allow_open_files(size_t wanted)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > wanted + FILES_BESIDE)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

struct input_set *input_open_within(const char *const *paths, size_t n,
				    const struct input_limits *limits, input_note *note, void *ctx)
{
	struct input_set *set = must_alloc(sizeof *set);
	set->note = note;
	set->ctx = ctx;
	set->spool = -1;
	set->limits = limits ? *limits : input_limits_usual;
	table_init(&set->seen, sizeof(const char *), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i], "-") == 0)
			admit_stdin(set);
		else
			find_files(set, paths[i], admit_path);
	allow_open_files(set->inputs.len);
	return set;
}

struct input_set *input_open(const char *const *paths, size_t n, input_note *note, void *ctx)
{
	return input_open_within(paths, n, NULL, note, ctx);
}

size_t input_roots(const struct input_set *set)
{
	return set->roots.len;
}

const char *input_root(const struct input_set *set, size_t i)
{
	return set->roots.at[i];
}

size_t input_count(const struct input_set *set)
{
	return set->inputs.len;
}

size_t input_refused(const struct input_set *set)
{
	return set->refused;
}

size_t input_broken(const struct input_set *set)
{
	return set->broken;
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
	list_free(&(*set)->roots);
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
