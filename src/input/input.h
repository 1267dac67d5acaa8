/*
 * input.h - where log bytes come from: paths in, records out, in time order within each stream.
 *
 *	struct input_set *set = input_open(paths, n, &options, note, ctx);
 *	for (size_t i = 0; i < input_count(set); i++) ...   input_info(set, i)->path
 *	struct input_reader *r = input_read(set, i);
 *	while (input_next(r, &record)) ...                  record.text lives until the next call
 *	input_close(&r)
 *
 * An input is one file, one compressed file (gz, bz2, xz, zst, lz4), one member of an archive (tar
 * of any of these, zip, 7z; archives within archives), a file of systemd's journal, or standard
 * input ("-").  Directories are walked, globs expanded; of the disk of a host (a folder with
 * var/log in it) only the places where logs lie.  What can be read only from its beginning
 * (standard input, members of tar.xz, 7z and of archives within archives), and what lies among many
 * in a tar.gz or zip, is unpacked once, to a temporary file without a name; nothing else is.
 * Memory is one block per open reader.  UTF-16 becomes UTF-8 on the way, and a mark of the byte
 * order is passed by.  A rotated set (mail.log.2.gz, mail.log.1, mail.log) is one stream: its
 * inputs are ordered by what their first records say, not by name.
 */
#ifndef TOCSIN_INPUT_H
#define TOCSIN_INPUT_H

#include "base/base.h"

enum input_trouble {
	INPUT_FINE,
	INPUT_MISSING, /* no such path, or it cannot be read: `why` says */
	INPUT_EMPTY,
	INPUT_NOT_LOG,  /* binary junk: nothing in its first block looks like text */
	INPUT_CUT,      /* compressed data ends early or is damaged: what came before was read */
	INPUT_LINE_CUT, /* a line longer than INPUT_LINE_MOST: its first bytes were kept */
	INPUT_CHANGED,  /* it shrank or changed while being read */
	INPUT_SKIPPED,  /* no log, and passed by quietly: a socket, a link in a walk, a database */
	INPUT_REFUSED,  /* may be a log, but a limit forbids it: too deep, encrypted, a bomb */
	INPUT_HOLE,     /* NULs where lines should be: a crash, or rotation by copytruncate */
	INPUT_CLOCK,    /* its clock is doubtful */
	INPUT_LEARNT,   /* no trouble: what the disk of a host tells */
};

enum { INPUT_LINE_MOST = 1 << 20 }; /* longer records are cut there and counted */

/* Called for each trouble, in the thread that meets it: path, line (0: none), what is wrong, and
 * what the user can do ("": nothing).  Paths and, seldom, words are the attacker's text. */
typedef void input_note(void *ctx, enum input_trouble, const char *path, uint64_t line,
			const char *what, const char *remedy);

struct input_info {
	const char *path;   /* as given; archive members as ARCHIVE//MEMBER */
	const char *stream; /* the name shared by a rotated set: directory and stem */
	int64_t bytes;      /* on disk (members: unpacked if known); -1 unknown */
	int64_t mtime_us;   /* of file or member; CLOCK_NONE unknown */
	bool compressed;
};

struct record {
	slice text;      /* without its line end (LF or CRLF), in UTF-8 if the input is UTF-16 */
	slice raw;       /* the same as it lies in the input: what evidence is made of */
	uint64_t offset; /* of its first byte, in the uncompressed bytes */
	uint64_t line;   /* from 1 */
	bool cut;        /* longer than INPUT_LINE_MOST, or last where more should follow: the input
			    is damaged, or grew meanwhile; a mere missing line end is no cut */
};

struct input_set;
struct input_reader;

/* Limits against hostile input, each far beyond what honest logs need; what exceeds one is refused
 * and noted. */
struct input_limits {
	uint64_t ratio;   /* unpacked bytes for each packed one, once a GiB came out */
	uint64_t bytes;   /* unpacked bytes of one file */
	uint64_t spool;   /* unpacked bytes kept in the temporary file */
	uint64_t depth;   /* archives within archives */
	uint64_t members; /* entries of one archive, folders included */
	uint64_t inputs;  /* of one set */
};
extern const struct input_limits input_limits_usual;
/* Sets one by its words, "depth=3", "bytes=20G" (K, M, G, T: by 1,024); false if they are none. */
bool input_limit(struct input_limits *l, slice words);

/* NULL never; paths that cannot be used are noted and counted in input_refused(). */
struct input_set *input_open(const char *const *paths, size_t n, input_note *note, void *ctx);
/* The same within limits of one's own (NULL: the usual ones); they are copied. */
struct input_set *input_open_within(const char *const *paths, size_t n,
				    const struct input_limits *limits, input_note *note, void *ctx);
size_t input_count(const struct input_set *set);
size_t input_refused(const struct input_set *set); /* empty and skipped ones not counted */
size_t input_broken(const struct input_set *set);  /* readings that damage broke off */
size_t input_skipped(const struct input_set *set);
const struct input_info *input_info(const struct input_set *set, size_t i);
int64_t input_bytes(const struct input_set *set); /* of all: what input_at() adds up to */
/* Disks of hosts among the paths: their roots, /mnt/evidence/mail1. */
size_t input_roots(const struct input_set *set);
const char *input_root(const struct input_set *set, size_t i);
/* What fits a pattern of glob(3) below the root of a disk, in order, each with its path.  `linked`:
 * a link lies on the way there, which may lead out of the disk; the last name is not looked at. */
typedef void input_there(void *ctx, const char *path, bool linked);
void input_below(const char *root, const char *pattern, input_there *on, void *ctx);
void input_set_close(struct input_set **set);

/* With `hash`, the SHA-256 of the input as it lies on disk (of a member: of its content) is made on
 * the way. */
struct input_reader *input_read(struct input_set *set, size_t i, bool hash);
/* False at the end. */
bool input_next(struct input_reader *r, struct record *record);
/*
 * Goes on at a place that an earlier reader of the same input gave (offset and line of a record).
 */
void input_seek(struct input_reader *r, uint64_t offset, uint64_t line);
/* Bytes consumed so far, of the input as it lies on disk (of a member: of its content): for
 * progress. */
int64_t input_at(const struct input_reader *r);
/* After the end, with `hash`: false if the input was not read to its end. */
bool input_digest(struct input_reader *r, struct digest *d);
void input_close(struct input_reader **r);

/* A record that is cited: of one line, or of several. */
struct input_citation {
	struct digest digest; /* of its `length` bytes */
	uint64_t length;      /* from its beginning to the end of the line in which it ends */
	slice text;           /* its beginning, in UTF-8; in the arena */
};
/* Reads the record at `offset` again, whose length was `length`; false if none begins there. */
bool input_cite(struct input_reader *r, uint64_t offset, uint64_t line, uint32_t length,
		struct arena *a, struct input_citation *c);

/*
 * The bytes of one record again, for evidence: at most `length` (and INPUT_LINE_MOST) from `offset`
 * on, into `a`.  Ascending by input and offset is fast in compressed inputs too; one thread at a
 * time.
 */
bool input_quote(struct input_set *set, size_t i, uint64_t offset, uint32_t length, struct arena *a,
		 slice *text);

/* The record at which an open journal (sd-journal(3)) stands, as the line with its end that reading
 * its file gives; false if it is damaged. */
struct sd_journal;
bool input_journal_line(struct sd_journal *j, struct out *o);

#endif
