/*
 * packed.c - compressed streams but gzip, and archives, by libarchive.
 *
 * Only the readers that kind.c names are switched on: libarchive has others that start programs.
 * Member names are the archive's text: any bytes at all, and only ever shown, never opened.
 */
#include "room.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>

enum { PACKED_BLOCK = 1 << 16 };

struct packed {
	struct layer layer;
	const struct kind *kind;
	struct archive *a;
	locale_t utf8;     /* libarchive drops names that the user's locale cannot show */
	const char *piece; /* what libarchive gave and was not handed out yet */
	size_t piece_len;
	int64_t piece_at; /* where it belongs: a sparse file has holes, which read as NULs */
	int64_t place;
	bool done;
	char block[PACKED_BLOCK];
};

static la_ssize_t on_read(struct archive *a, void *ctx, const void **at)
{
	struct packed *p = ctx;
	*at = p->block;
	return layer_read(p->layer.below, p->block, sizeof p->block);
}

/* Never past the end: libarchive would not see that the archive is cut. */
static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t n)
{
	struct layer *file = ((struct packed *)ctx)->layer.below;
	if (n <= 0 || !layer_is_file(file))
		return 0;
	int64_t left = (int64_t)(layer_file_size(file) - file->at);
	n = n < left ? n : left;
	layer_skip(file, (uint64_t)n);
	return n;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t to, int whence)
{
	struct packed *p = ctx;
	struct layer *file = p->layer.below;
	int64_t from = whence == SEEK_CUR   ? (int64_t)file->at
		       : whence == SEEK_END ? (int64_t)layer_file_size(file)
					    : 0;
	if (__builtin_add_overflow(from, to, &to) || to < 0)
		return ARCHIVE_FATAL;
	layer_file_seek(file, (uint64_t)to);
	return to;
}

/* Of a stream libarchive 3.6 keeps back what it unpacked of the block in which the fault lies. */
static void stop(struct packed *p)
{
	char what[160];
	const char *why = archive_error_string(p->a);
	p->done = true;
	snprintf(what, sizeof what, "%s%s", why ? why : "the packed data is cut or damaged",
		 p->kind->is == KIND_CODEC && p->layer.made ? "; up to 64 KiB before it are lost"
							    : "");
	layer_fail(&p->layer, INPUT_CUT, what);
}

/* The next piece of this member.  False at its end. */
static bool fetch(struct packed *p)
{
	const void *at;
	int r = archive_read_data_block(p->a, &at, &p->piece_len, &p->piece_at);
	p->piece = at;
	if (r == ARCHIVE_OK)
		return true;
	p->piece_len = 0;
	if (r == ARCHIVE_EOF)
		p->done = true;
	else
		stop(p);
	return false;
}

/* Hands out NULs up to the piece, or some of the piece. */
static size_t give(struct packed *p, char *to, size_t n)
{
	bool hole = p->place < p->piece_at;
	uint64_t left = hole ? (uint64_t)(p->piece_at - p->place) : p->piece_len;
	n = n < left ? n : (size_t)left;
	if (hole)
		memset(to, 0, n);
	else if (n) {
		memcpy(to, p->piece, n);
		p->piece += n;
		p->piece_at += (int64_t)n;
		p->piece_len -= n;
	}
	p->place += (int64_t)n;
	return n;
}

static ssize_t packed_read(struct layer *l, char *to, size_t n)
{
	struct packed *p = (struct packed *)l;
	size_t got = 0;
	while (got < n && !p->done)
		if (p->piece_len || fetch(p))
			got += give(p, to + got, n - got);
	return (ssize_t)got;
}

static void packed_close(struct layer *l)
{
	struct packed *p = (struct packed *)l;
	archive_read_free(p->a);
	if (p->utf8)
		freelocale(p->utf8);
}

static struct packed *packed_new(struct layer *below, const struct kind *kind)
{
	struct layer *l = layer_new(sizeof(struct packed), below);
	struct packed *p = (struct packed *)l;
	l->read = packed_read;
	l->close = packed_close;
	p->kind = kind;
	p->a = archive_read_new();
	if (!p->a)
		must_alloc(SIZE_MAX / 2); /* says so and ends */
	kind->enable(p->a);
	archive_read_set_read_callback(p->a, on_read);
	archive_read_set_skip_callback(p->a, on_skip);
	if (kind->seeks && layer_is_file(below))
		archive_read_set_seek_callback(p->a, on_seek);
	archive_read_set_callback_data(p->a, p);
	return p;
}

struct layer *layer_codec(struct layer *below, const struct kind *kind)
{
	if (kind->is == KIND_JOURNAL)
		return layer_journal(below);
	if (!kind->enable)
		return layer_gzip(below);
	struct packed *p = packed_new(below, kind);
	struct archive_entry *entry;
	archive_read_support_format_raw(p->a);
	archive_read_support_format_empty(p->a);
	int r = archive_read_open1(p->a);
	bool known = r != ARCHIVE_OK || archive_filter_count(p->a) > 1; /* the last is the file */
	if (r == ARCHIVE_OK && known)
		r = archive_read_next_header(p->a, &entry);
	if (r == ARCHIVE_EOF)
		p->done = true;
	else if (!known || (r != ARCHIVE_OK && r != ARCHIVE_WARN))
		stop(p);
	return &p->layer;
}

struct layer *layer_archive(struct layer *below, const struct kind *kind)
{
	struct packed *p = packed_new(below, kind);
	if (archive_read_open1(p->a) != ARCHIVE_OK)
		stop(p);
	p->done = true; /* until layer_next() */
	p->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	return &p->layer;
}

static slice entry_name(struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);
	if (!name)
		name = archive_entry_pathname_utf8(e);
	return name && *name ? slice_of(name) : SLICE("(a name that cannot be read)");
}

/* When a member was last written to, if its archive knows: what packs without times writes 0 or, in
 * zip, 1980. */
static int64_t entry_mtime(struct archive_entry *e)
{
	enum { FIRST = 400000000 }; /* September 1982 */
	int64_t seconds = archive_entry_mtime_is_set(e) ? (int64_t)archive_entry_mtime(e) : 0;
	return seconds > FIRST ? clock_of((struct timespec){seconds, 0}) : CLOCK_NONE;
}

static void describe(const struct packed *p, struct archive_entry *e, struct member *m)
{
	*m = (struct member){
	    .name = entry_name(e),
	    .size = archive_entry_size_is_set(e) ? archive_entry_size(e) : -1,
	    .mtime_us = entry_mtime(e),
	    .head = (uint64_t)archive_read_header_position(p->a),
	    .is_file = archive_entry_filetype(e) == AE_IFREG && !archive_entry_hardlink(e),
	    .is_folder = archive_entry_filetype(e) == AE_IFDIR,
	    .locked = archive_entry_is_encrypted(e),
	};
}

/* In a solid archive passing by is unpacking: do it here, where law 3 of layer.c is kept. */
static void pass_by(struct layer *l, const struct kind *kind)
{
	char scratch[1 << 14];
	while (kind->solid && layer_read(l, scratch, sizeof scratch) > 0)
		;
}

static bool next_header(struct packed *p, struct member *m)
{
	struct archive_entry *entry;
	int r = archive_read_next_header(p->a, &entry);
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		describe(p, entry, m);
	else if (r != ARCHIVE_EOF)
		stop(p);
	return r == ARCHIVE_OK || r == ARCHIVE_WARN;
}

bool layer_next(struct layer *l, struct member *m)
{
	struct packed *p = (struct packed *)l;
	pass_by(l, p->kind);
	if (l->trouble == INPUT_REFUSED)
		return false;
	l->at = l->peek_at = l->peek_len = 0;
	l->trouble = INPUT_FINE;
	locale_t before = uselocale(p->utf8 ? p->utf8 : (locale_t)0);
	p->done = !next_header(p, m);
	uselocale(before);
	p->place = p->piece_at = 0;
	p->piece_len = 0;
	return !p->done;
}
