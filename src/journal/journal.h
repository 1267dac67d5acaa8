/*
 * journal.h - what tocsin did, in a file that nobody can change unseen.
 *
 *	struct journal *j = journal_open("/var/lib/tocsin", false, why, sizeof why);
 *	journal_each(j, on_entry, ctx);           all entries, oldest first, or journal_why(j)
 *	journal_add(j, "action-begun", data);     on disk when it returns true
 *	journal_close(&j);
 *
 * An entry is one line of JSON: its number, time, who (the login of the process), what, data, the
 * SHA-256 of the line before it (the chain), and an Ed25519 signature (RFC 8032) over all that
 * stands before the signature.  The key is made with the journal and lies beside it, and so does
 * the head, number and hash of the last entry, by which a cut-off tail is seen.  Who becomes root
 * can make all of that anew: the head, noted elsewhere, is what he cannot change.
 *
 * Laws: (1) an entry is on disk before what it announces is done; (2) a line that a crash cut short
 * is moved to "journal.torn", never silently dropped; (3) one process writes at a time; (4) nobody
 * is told an entry, and none is added behind it, unless it and all before it hold; (5) a key is
 * made once: where one is lost, journal_renew() begins a journal that names the former one.
 */
#ifndef TOCSIN_JOURNAL_H
#define TOCSIN_JOURNAL_H

#include "base/base.h"

struct journal;

struct journal_entry {
	uint64_t number; /* from 1 */
	int64_t time_us;
	slice by, what;
	slice data; /* a JSON object */
	slice line; /* the entry whole, without line end */
};

/* An entry's number and the hash of its line: to be noted elsewhere. */
struct journal_head {
	uint64_t entries;
	struct digest hash;
};

/*
 * Opens DIR/journal and makes the folder (0700), key and file where they are missing; with
 * `read_only` nothing is made or locked.  NULL with a message that says what to do; errno is
 * EWOULDBLOCK where another process writes, and 0 else.
 */
struct journal *journal_open(const char *dir, bool read_only, char *why, size_t why_size);
void journal_close(struct journal **j);

/* `data` is a JSON object of the caller's.  False if it could not be brought to disk: errno. */
bool journal_add(struct journal *j, const char *what, slice data);
/* From here on entries wait for journal_settle(), which brings them to disk together: all, or none
 * and errno.  Nothing that they announce may be done before. */
void journal_gather(struct journal *j);
bool journal_settle(struct journal *j); /* nothing waits: true */

/* False as soon as `on` says so, where the file cannot be read, or an entry does not hold: then
 * none is told. */
typedef bool journal_on(void *ctx, const struct journal_entry *e);
bool journal_each(struct journal *j, journal_on *on, void *ctx);
/* Why nothing was told, with place and remedy; empty: `on` said so. */
const char *journal_why(const struct journal *j);
/* Of the last entry that was written, or told. */
struct journal_head journal_head(const struct journal *j);

/* How far a journal has been read, perhaps by a process that had it open before. */
struct journal_mark {
	uint64_t dev, ino, at;     /* at: byte behind the last entry that was told */
	struct journal_head until; /* that entry */
};
/* Those behind the mark, which moves on.  False, and nothing told, if the mark is of another file:
 * then all has to be read anew, from a mark of zeros.  Where `on` said so the mark stays. */
bool journal_since(struct journal *j, struct journal_mark *mark, journal_on *on, void *ctx);

/* Signs what is kept beside a journal by who writes it, and tells whether it was. */
enum { JOURNAL_SEAL = 64 };
void journal_seal(const struct journal *j, const struct digest *d, uint8_t seal[JOURNAL_SEAL]);
bool journal_sealed(const struct journal *j, const struct digest *d,
		    const uint8_t seal[JOURNAL_SEAL]);

struct journal_state {
	struct journal_head head; /* the last entry that holds */
	struct digest noted;      /* a hash that was noted elsewhere is looked for */
	uint64_t noted_at;        /* the entry that has it; 0: none */
	struct journal_head kept; /* what journal.head says; no entries: nothing */
	uint64_t bad_line;        /* the first that does not hold, from 1; 0: none */
	char what[256];           /* what is wrong with it */
};
/* Checks chain, signatures and head; `noted` may be NULL.  False if one does not hold or the files
 * cannot be read. */
bool journal_verify(const char *dir, const struct digest *noted, struct journal_state *s);
/* Entries as the file has them, whether they hold or not: to be shown, never acted on. */
bool journal_show(const char *dir, journal_on *on, void *ctx);

/*
 * Where a journal does not hold, or its key is lost: it is moved to DIR/old-N as it is, and a new
 * one with a new key begins with an entry that names it, its last hash that holds and what was
 * wrong; copies of the entries that hold follow.  False with a message: also where nothing is
 * wrong.
 */
struct journal_renewed {
	char folder[32];          /* below DIR */
	struct journal_head held; /* of the former one */
	uint64_t lines;           /* that it has, whole ones */
	char what[256];           /* what was wrong */
};
bool journal_renew(const char *dir, struct journal_renewed *r, char *why, size_t why_size);

/* One line of a journal taken apart; false if it is none. Reads nothing but the line. */
bool journal_parse(slice line, struct journal_entry *e, slice *signed_part, slice *before,
		   slice *signature);

#endif
