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

/* Limits that nobody wants to change; the others are in struct input_limits. */
enum {
	INPUT_DEPTH_MOST = 64,  /* folders below a given directory */
	INPUT_PATH_MOST = 4096, /* bytes of a path, member name included */
	INPUT_SNIFF = 1 << 16,  /* bytes looked at to tell what a file is */
};
#define INPUT_FREE (UINT64_C(1) << 30) /* bytes that come out before the ratio counts */

/* wide.c: UTF-16. */
enum wide { NARROW, WIDE_LITTLE, WIDE_BIG };
enum {
	WIDE_LINE_MOST = INPUT_LINE_MOST / 3 * 2 & ~1
};                                             /* its UTF-8 is at most half as long again */
enum wide wide_guess(slice block);             /* text without a mark of its byte order */
size_t wide_mark(slice block, enum wide wide); /* bytes of that mark, UTF-8's too */
const char *wide_line_end(const char *at, const char *end, enum wide wide); /* NULL: none */
slice wide_text(slice raw, enum wide wide, char *to); /* `to`: raw.len / 2 * 3 bytes */

/* kind.c: what a first block of bytes is. */
enum kind_is {
	KIND_TEXT,
	KIND_JOURNAL, /* records of systemd, made into text */
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
	enum wide wide;                  /* text of 16-bit units */
	const char *remedy;
};
const struct kind *kind_of(slice block);

/* layer.c */
struct layer {
	ssize_t (*read)(struct layer *, char *to, size_t n); /* 0: end, or trouble is set */
	void (*close)(struct layer *);                       /* what it holds beside itself */
	struct layer *below;
	uint64_t at;   /* bytes handed out */
	uint64_t made; /* bytes made, those of skipped members included */
	const struct input_limits *limits;
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

struct layer *layer_file(int fd, uint64_t size, const struct input_limits *limits);
/* The `size` bytes from `from` on as if they were a file. */
struct layer *layer_file_part(int fd, uint64_t from, uint64_t size,
			      const struct input_limits *limits);
void layer_file_own(struct layer *l);
int layer_file_fd(const struct layer *l);
uint64_t layer_file_size(const struct layer *l);
bool layer_is_file(const struct layer *l);
bool layer_is_whole_file(const struct layer *l); /* and no part of one */
void layer_file_seek(struct layer *l, uint64_t to);

/* unzip.c: gzip by zlib, which hands out all that a cut file holds and checks the check sum. */
struct layer *layer_gzip(struct layer *below);
/* Places to begin at, left by whoever reads it next from its start on.  NULL if it is no such
 * layer. */
struct marks *layer_gzip_marks(struct layer *l);
/* Moves a fresh layer on to byte `to`, by the nearest mark if there are some (NULL: none). */
bool layer_skip_by(struct layer *l, const struct marks *m, uint64_t to);
uint64_t marks_apart(const struct marks *m); /* unpacked bytes between two of them */
void marks_free(struct marks **m);

/* journal.c: a file of systemd's journal; an object of JSON for each record. */
struct layer *layer_journal(struct layer *below);

/* packed.c: everything else by libarchive. */
struct layer *layer_codec(struct layer *below, const struct kind *kind);
struct layer *layer_archive(struct layer *below, const struct kind *kind);

struct member {
	slice name;   /* lives until the next call */
	int64_t size; /* -1 unknown */
	int64_t mtime_us;
	uint64_t head; /* where its header begins, in the bytes of the archive */
	bool is_file, is_folder;
	bool locked; /* encrypted */
};
/* Moves the archive on to its next entry.  False at the end. */
bool layer_next(struct layer *archive, struct member *m);

/* split.c: records that are no lines. */
struct split {
	bool on;
	char separator; /* of CSV; 0: JSON */
};
struct split split_of(slice block); /* as the first bytes of an input tell */
struct piece {
	size_t from, to, behind; /* offsets: the record, and where to look for the next one */
	bool cut;
};
enum piece_is { PIECE_WHOLE, PIECE_MORE, PIECE_NONE };
/* The first record of `s`; with `last`, there are no more bytes to come. */
enum piece_is split_piece(struct split split, slice s, bool last, struct piece *p);

/* set.c */
struct input {
	struct input_info info;
	const char *file; /* path on disk; NULL: it lies in the set's temporary file ... */
	uint64_t kept_at; /* ... from here on */
	dev_t dev;
	ino_t ino;
	int64_t size;               /* on disk, when the set was opened */
	struct timespec mtime;      /* likewise */
	const struct kind *codec;   /* of the file on disk, or NULL */
	const struct kind *archive; /* then: it is a member of this kind of archive */
	const struct marks *marks;  /*   packed by gzip: places to begin at, or NULL */
	uint64_t head;              /*   whose header begins here */
	unsigned member;            /*   counted from 0 */
	const struct kind *inner;   /* codec of the member, or NULL */
	enum wide wide;
	struct split split;
	unsigned depth;  /* of archives around it */
	unsigned told;   /* bits of enum input_trouble: said when it was read before */
	bool was_packed; /* before it was spooled */
};

/* All layers of one input, open. */
struct stack {
	struct layer *top, *tap,
	    *file; /* `tap`: what lies on disk, or would once unpacked from an archive */
};

struct input_set {
	input_note *note;
	void *ctx;
	struct input_limits limits;
	struct arena arena;
	struct table seen; /* device and inode */
	LIST(struct input) inputs;
	LIST(const char *) roots;       /* of disks of hosts */
	LIST(struct marks *) marks;     /* of archives packed by gzip */
	size_t refused, skipped, twice; /* `twice`: met again */
	size_t broken;                  /* readings that damage broke off */
	int spool;                      /* what can be read only once, kept; or -1 */
	uint64_t spooled;               /* bytes in it */
	bool had_stdin;
	struct stack quoter; /* the stack that the last quote left behind ... */
	size_t quoted;       /* ... and its input */
};

/* A path that is not read: noted and counted. */
void note_refused(struct input_set *set, enum input_trouble t, const char *path, const char *what,
		  const char *remedy);
void note_it(const struct input_set *set, enum input_trouble t, const char *path, uint64_t line,
	     const char *what, const char *remedy);

/* spool.c: what can be read only from its beginning is kept in a temporary file without a name. */
int spool_file(void);                     /* a new one; -1 and errno */
int spool_named(char *name, size_t room); /* one with a name, which the caller takes away soon */
/* Standard input or all of a layer to the end of the set's own; false with errno set. */
bool spool_stdin(struct input_set *set, uint64_t *from, uint64_t *size);
bool spool_layer(struct input_set *set, struct layer *l, uint64_t *from, uint64_t *size);
/* The same into a file of its own. */
bool spool_whole(int fd, struct layer *l);

/* stack.c */
bool stack_open(struct input_set *set, const struct input *in, bool hash, struct stack *s);
bool stack_seek(struct input_set *set, const struct input *in, struct stack *s, uint64_t to);
void stack_close(struct stack *s);

/* find.c: paths to files. */
typedef void find_file(struct input_set *set, const char *path, bool walked);
void find_files(struct input_set *set, const char *path, find_file *found);

/* image.c: the disk of a host. */
bool image_is_root(const char *path);
void image_files(struct input_set *set, const char *root, find_file *found);

/* name.c */
slice stream_name(slice path, struct arena *a); /* directory and stem */
bool name_is_no_log(slice base); /* what a walk passes by: notes, truth of exercises */

#endif
