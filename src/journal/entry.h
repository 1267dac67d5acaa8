/* entry.h - for the files of this room alone: a journal's text, its lines, its keys, its head. */
#ifndef TOCSIN_JOURNAL_ENTRY_H
#define TOCSIN_JOURNAL_ENTRY_H

#include "journal/journal.h"

#include <sodium.h>

/* All of a file from a byte on, in memory of the caller's; false: errno. */
bool entry_read_file(int fd, off_t from, slice *text);
void entry_free(slice *text);
/* The next line that is whole, without its end; what a crash cut short stays in `rest`. */
bool entry_next_line(slice *rest, slice *line);

/* --- files.c --- */

struct keys {
	uint8_t secret[crypto_sign_SECRETKEYBYTES], public[crypto_sign_PUBLICKEYBYTES];
};
bool file_write_all(int fd, const char *at, size_t len);
/* Of the process that holds flock(2) on it; 0: not known. */
int64_t file_lock_holder(int fd);
/* Whole and on disk under its name, or not there. */
bool file_put(int dir, const char *name, mode_t mode, const void *at, size_t len);
bool keys_make(int dir, struct keys *k);
bool keys_put(int dir, const struct keys *k);
bool keys_read_public(int dir, uint8_t key[crypto_sign_PUBLICKEYBYTES]); /* false: errno */
bool keys_read_secret(int dir, uint8_t key[crypto_sign_SECRETKEYBYTES]); /* false: errno */

/* In place, so that no entry costs a second wait for the disk: it may be behind, never ahead. */
bool head_write(int fd, const struct journal_head *h);
/* False: errno; ENOENT: none was ever kept, EINVAL: it is none. */
bool head_read(int dir, struct journal_head *h);

/* --- check.c --- */

/* Whole lines that follow `s->head`, checked up to the last; false: the first that does not hold
 * is in `s`.  `at_end`: they are all there are, so that s->kept must be among them. */
bool check_lines(struct journal_state *s, slice text, const uint8_t *key, bool at_end);
/* The same of one line, chain and signature. */
bool check_line(struct journal_state *s, slice line, const uint8_t *key);
bool check_bad(struct journal_state *s, uint64_t line, const char *what);
/* A message of what is wrong, with the way out. */
void check_say(const struct journal_state *s, const char *dir, char *why, size_t size);

/* --- journal.c: an entry as a line --- */

/* `time_us`, `by_json` of an entry that is copied; else CLOCK_NONE and empty. */
struct entry_source {
	int64_t time_us;
	slice by;
};
/* Appends the line, and moves the head on. */
void entry_write(struct out *o, struct journal_head *head, const struct keys *k,
		 const struct entry_source *from, slice what, slice data);

#endif
