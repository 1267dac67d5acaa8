/*
 * room.h - what the files of this room share; nobody else includes it.
 *
 * Bytes come up through layers: a file; over it perhaps a decompressor; over that perhaps one
 * member of an archive; over that perhaps a decompressor again (mail.log.2.gz inside logs.tar.xz).
 * Each layer reads from the one below it and knows nothing else.
 */
#ifndef TOCSIN_INPUT_ROOM_H
#define TOCSIN_INPUT_ROOM_H

#include "input.h"

#include <sys/stat.h>
#include <sys/types.h>

struct archive;

/* Limits against hostile input.  Each is far beyond what honest logs need, and refusal is noted. */
enum {
	INPUT_FILES_MOST = 1 << 18,   /* inputs of one set */
	INPUT_MEMBERS_MOST = 1 << 20, /* entries of one archive, folders included */
	INPUT_DEPTH_MOST = 64,        /* folders below a given directory */
	INPUT_PATH_MOST = 4096,       /* bytes of a path, member name included */
	INPUT_SNIFF = 1 << 16,        /* bytes looked at to tell what a file is */
	INPUT_RATIO_MOST = 5000, /* unpacked bytes for each packed one (gzip ends at 1,032) ... */
};
#define INPUT_FREE      (UINT64_C(1) << 30) /* ... once so many bytes came out */
#define INPUT_MADE_MOST (UINT64_C(1) << 40) /* unpacked bytes of one file, whatever the ratio */

/* kind.c: what a first block of bytes is. */
enum kind_is {
	KIND_TEXT,
	KIND_CODEC,   /* one compressed stream */
	KIND_ARCHIVE, /* members with names */
	KIND_STORE,   /* holds log records in a binary form: `remedy` turns them into text */
	KIND_OTHER,   /* known, and no log */
	KIND_JUNK,    /* unknown, and not text */
	KIND_EMPTY,
};

struct kind {
	const char *name;
	enum kind_is is;
	size_t at; /* where in the block its mark stands */
	slice mark;
	int (*enable)(struct archive *); /* libarchive's reader of it; NULL for gzip: zlib's */
	bool seeks;                      /* libarchive needs to seek in it */
	bool solid;                      /* members are packed together */
	const char *remedy;
};
const struct kind *kind_of(slice block);

/* layer.c */
struct layer {
	ssize_t (*read)(struct layer *, char *to, size_t n); /* 0: end, or trouble is set */
	void (*close)(struct layer *);                       /* what it holds beside itself */
	struct layer *below;
	uint64_t at;            /* bytes handed out */
	uint64_t made;          /* bytes made, those of skipped members included */
	struct digest_run *tap; /* sees what is handed out */
	char *peeked;           /* bytes looked at and not yet handed out */
	size_t peek_at, peek_len;
	enum input_trouble trouble;
	char why[160];
};

struct layer *layer_new(size_t size, struct layer *below);
ssize_t layer_read(struct layer *l, char *to, size_t n); /* 0 at the end; trouble may say more */
slice layer_peek(struct layer *l);                       /* its first INPUT_SNIFF bytes */
bool layer_skip(struct layer *l, uint64_t n);            /* by reading; a file just moves on */
void layer_fail(struct layer *l, enum input_trouble t, const char *why);
const struct layer *layer_fault(const struct layer *top); /* the lowest with trouble, or NULL */
void layer_close(struct layer **l);                       /* this one; those below stay */

struct layer *layer_file(int fd, uint64_t size); /* closes fd when `owned` below */
void layer_file_own(struct layer *l);
int layer_file_fd(const struct layer *l);
uint64_t layer_file_size(const struct layer *l);
bool layer_is_file(const struct layer *l);
void layer_file_seek(struct layer *l, uint64_t to);

/* unzip.c: gzip by zlib, which hands out all that a cut file holds and checks the check sum. */
struct layer *layer_gzip(struct layer *below);
/* Places to begin at, left by whoever reads it next from its start on.  NULL if it is no such
 * layer. */
struct marks *layer_gzip_marks(struct layer *l);
/* Moves a fresh layer on to byte `to`, by the nearest mark if there are some (NULL: none). */
bool layer_skip_by(struct layer *l, const struct marks *m, uint64_t to);
void marks_free(struct marks **m);

/* packed.c: everything else by libarchive. */
struct layer *layer_codec(struct layer *below, const struct kind *kind);
struct layer *layer_archive(struct layer *below, const struct kind *kind);

struct member {
	slice name;   /* lives until the next call */
	int64_t size; /* -1 unknown */
	int64_t mtime_us;
	uint64_t head; /* where its header begins, in the bytes of the archive */
	bool is_file;
	bool locked; /* encrypted */
};
/* Moves the archive on to its next entry.  False at the end. */
bool layer_next(struct layer *archive, struct member *m);

/* set.c */
struct input {
	struct input_info info;
	const char *file; /* path on disk; NULL: standard input */
	dev_t dev;
	ino_t ino;
	int64_t size, mtime_ns;     /* on disk, when the set was opened */
	const struct kind *codec;   /* of the file on disk, or NULL */
	const struct kind *archive; /* then: it is a member of this kind of archive */
	const struct marks *marks;  /*   packed by gzip: places to begin at, or NULL */
	uint64_t head;              /*   whose header begins here */
	unsigned member;            /*   counted from 0 */
	const struct kind *inner;   /* codec of the member, or NULL */
};

/* All layers of one input, open. */
struct stack {
	struct layer *top, *tap,
	    *file; /* `tap`: what lies on disk, or would once unpacked from an archive */
};

struct input_set {
	input_note *note;
	void *ctx;
	struct arena arena;
	struct table seen; /* device and inode */
	LIST(struct input) inputs;
	LIST(struct marks *) marks;     /* of archives packed by gzip */
	size_t refused, skipped, twice; /* `twice`: met again */
	int spool;                      /* standard input, kept; or -1 */
	struct stack quoter;            /* the stack that the last quote left behind ... */
	size_t quoted;                  /* ... and its input */
};

/* A path that is not read: noted and counted. */
void note_refused(struct input_set *set, enum input_trouble t, const char *path, const char *what,
		  const char *remedy);
void note_it(const struct input_set *set, enum input_trouble t, const char *path, uint64_t line,
	     const char *what, const char *remedy);

/* stack.c */
bool stack_open(const struct input_set *set, const struct input *in, bool hash, struct stack *s);
bool stack_seek(const struct input_set *set, const struct input *in, struct stack *s, uint64_t to);
void stack_close(struct stack *s);

/* find.c: paths to files. */
typedef void find_file(struct input_set *set, const char *path, bool walked);
void find_files(struct input_set *set, const char *path, find_file *found);

/* name.c */
slice stream_name(slice path, struct arena *a); /* directory and stem */
bool name_is_no_log(slice base); /* what a walk passes by: notes, truth of exercises */

#endif
