/* room_of.c - see room_of.h. */
#include "room_of.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench *bench_open(void)
{
	struct bench *b = must_alloc(sizeof *b);
	const char *tmp = getenv("TMPDIR");
	snprintf(b->dir, sizeof b->dir, "%.40s/tocsin-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(b->dir));
	return b;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

void bench_close(struct bench **b)
{
	nftw((*b)->dir, drop, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(&(*b)->arena);
	free(*b);
	*b = NULL;
}

void bench_forget(struct bench *b)
{
	memset(b->notes, 0, sizeof b->notes);
}

const char *bench_path(struct bench *b, const char *name)
{
	return arena_format(&b->arena, "%s/%s", b->dir, name).at;
}

const char *bench_write(struct bench *b, const char *name, slice bytes)
{
	const char *path = bench_path(b, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.at ? bytes.at : "", 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
	return path;
}

slice bench_file(struct bench *b, const char *name)
{
	struct stat st;
	FILE *f = fopen(bench_path(b, name), "rb");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	char *at = arena_take(&b->arena, (size_t)st.st_size);
	assert_int_equal(fread(at, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	return (slice){at, (size_t)st.st_size};
}

static void begin(struct archive *a, const char *name, uint64_t size)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)size);
	archive_entry_set_mtime(e, 1773741900, 0);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	archive_entry_free(e);
}

static void add(struct archive *a, const struct bench_member *m)
{
	begin(a, m->name, m->bytes.len);
	assert_int_equal(archive_write_data(a, m->bytes.at, m->bytes.len), m->bytes.len);
}

const char *bench_archive(struct bench *b, const char *name, int format, int filter,
			  const struct bench_member *members, size_t n, const char *password)
{
	const char *path = bench_path(b, name);
	struct archive *a = archive_write_new();
	assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	if (password) {
		assert_int_equal(archive_write_set_options(a, "encryption=aes256"), ARCHIVE_OK);
		assert_int_equal(archive_write_set_passphrase(a, password), ARCHIVE_OK);
	}
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++)
		add(a, &members[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

const char *bench_pack(struct bench *b, const char *name, int filter, slice bytes)
{
	const struct bench_member only = {"data", bytes};
	return bench_archive(b, name, ARCHIVE_FORMAT_RAW, filter, &only, 1, NULL);
}

const char *bench_pack_many(struct bench *b, const char *name, int filter, char c, uint64_t n)
{
	char block[1 << 16];
	const char *path = bench_path(b, name);
	struct archive *a = archive_write_new();
	memset(block, c, sizeof block);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	begin(a, "data", n);
	for (; n >= sizeof block; n -= sizeof block)
		assert_int_equal(archive_write_data(a, block, sizeof block), sizeof block);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

void bench_note(void *ctx, enum input_trouble t, const char *path, uint64_t line, const char *what,
		const char *remedy)
{
	struct bench *b = ctx;
	assert_non_null(remedy);
	b->notes[t]++;
	b->line[t] = line;
	snprintf(b->what[t], sizeof b->what[t], "%s", what);
	snprintf(b->remedy[t], sizeof b->remedy[t], "%s", remedy);
	snprintf(b->path[t], sizeof b->path[t], "%s", path);
}

struct input_set *bench_set(struct bench *b, const char *path)
{
	bench_forget(b);
	return input_open(&path, 1, bench_note, b);
}

const char *bench_records(struct bench *b, struct input_set *set, size_t i)
{
	struct out o = {.fd = -1};
	struct record e;
	struct input_reader *r = input_read(set, i, false);
	while (input_next(r, &e)) {
		out_format(&o, "%d@%d=", (int)e.line, (int)e.offset);
		out_slice(&o, e.text);
		out_char(&o, e.cut ? '!' : '|');
	}
	assert_false(input_next(r, &e)); /* the end stays the end */
	input_close(&r);
	const char *text = arena_text(&b->arena, (slice){o.at, o.len});
	out_close(&o);
	return text;
}

/* From the record `from` on, a second reader that was moved there says what the first one says. */
static void agree_from(struct input_set *set, size_t i, uint64_t offset, uint64_t line, slice text)
{
	struct record e;
	struct input_reader *r = input_read(set, i, true);
	if (line % 2)
		assert_true(input_next(r, &e)); /* moved back as well as forward */
	input_seek(r, offset, line);
	assert_true(input_next(r, &e));
	assert_int_equal(e.line, line);
	assert_int_equal(e.offset, offset);
	assert_true(slice_eq(e.text, text));
	while (input_next(r, &e))
		;
	struct digest d;
	assert_false(input_digest(r, &d)); /* it has not seen all */
	input_close(&r);
}

void bench_agree(struct bench *b, struct input_set *set, size_t i)
{
	struct record e;
	uint64_t line = 0;
	struct input_reader *r = input_read(set, i, false);
	while (input_next(r, &e)) {
		slice quoted;
		assert_int_equal(e.line, ++line);
		assert_true(input_quote(set, i, e.offset, (uint32_t)e.raw.len, &b->arena, &quoted));
		assert_true(slice_eq(quoted, e.raw));
		if (line % 1000 <= 2)
			agree_from(set, i, e.offset, e.line, e.text);
	}
	assert_true(line > 0);
	input_close(&r);
}
