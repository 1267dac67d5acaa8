/*
 * room_of.h - what the tests of this room share: a folder that goes away, files in it, notes taken.
 */
#ifndef TOCSIN_TEST_INPUT_H
#define TOCSIN_TEST_INPUT_H

#include <setjmp.h>
#include <stdarg.h>

#include "input/input.h"

#include <cmocka.h>

enum { TROUBLES = INPUT_HOLE + 1 };

struct bench {
	char dir[64];
	struct arena arena;
	size_t notes[TROUBLES];
	char what[TROUBLES][256]; /* of the last note of that kind */
	char remedy[TROUBLES][256];
	char path[TROUBLES][256];
	uint64_t line[TROUBLES];
};

struct bench *bench_open(void);
void bench_close(struct bench **b);
void bench_forget(struct bench *b); /* the notes */
const char *bench_path(struct bench *b, const char *name);
const char *bench_write(struct bench *b, const char *name, slice bytes);
slice bench_file(struct bench *b, const char *name);

/* One compressed file; `filter` is one of libarchive's ARCHIVE_FILTER_. */
const char *bench_pack(struct bench *b, const char *name, int filter, slice bytes);
/* The same of `n` times `c`. */
const char *bench_pack_many(struct bench *b, const char *name, int filter, char c, uint64_t n);

struct bench_member {
	const char *name;
	slice bytes;
};
/* `format` is one of libarchive's ARCHIVE_FORMAT_; with `password`, a zip is encrypted. */
const char *bench_archive(struct bench *b, const char *name, int format, int filter,
			  const struct bench_member *members, size_t n, const char *password);

struct input_set *bench_set(struct bench *b, const char *path);
/* Records as LINE@OFFSET=TEXT; each followed by | (or by ! if it was cut). */
const char *bench_records(struct bench *b, struct input_set *set, size_t i);
/* Asserts that offsets, lines, seeks and quotes of an input all agree. */
void bench_agree(struct bench *b, struct input_set *set, size_t i);
void bench_note(void *ctx, enum input_trouble t, const char *path, uint64_t line, const char *what,
		const char *remedy);

#endif
