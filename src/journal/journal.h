/*
 * journal.h - what tocsin did, in a file that nobody can change unseen.
 *
 *	struct journal *j = journal_open("/var/lib/tocsin", false, why, sizeof why);
 *	journal_add(j, "action-begun", data);     on disk when it returns true
 *	journal_each(j, on_entry, ctx);           all entries, oldest first
 *	journal_close(&j);
 *
 * An entry is one line of JSON: its number, time, who (the login of the process), what, data, the
 * SHA-256 of the line before it (the chain), and an Ed25519 signature (RFC 8032) over all that
 * stands before the signature.  The key is made at the first entry and lies beside the journal:
 * who becomes root can sign anew, so that the number and hash of the last entry, noted elsewhere,
 * are what he cannot change.  `journal_verify` takes them for that.
 *
 * Laws: (1) an entry is on disk before what it announces is done; (2) a line that a crash cut short
 * is moved to "journal.torn", never silently dropped; (3) one process writes at a time.
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

/*
 * Opens DIR/journal and makes the folder (0700), key and file where they are missing; with
 * `read_only` nothing is made or locked.  NULL with a message that says what to do.
 */
struct journal *journal_open(const char *dir, bool read_only, char *why, size_t why_size);
void journal_close(struct journal **j);

/* `data` is a JSON object of the caller's.  False if it could not be brought to disk: errno. */
bool journal_add(struct journal *j, const char *what, slice data);
/* From here on entries wait for journal_settle(), which brings them to disk together: all, or none
 * and errno.  Nothing that they announce may be done before. */
void journal_gather(struct journal *j);
bool journal_settle(struct journal *j); /* nothing waits: true */

/* False as soon as `on` says so, or where the file cannot be read. */
typedef bool journal_on(void *ctx, const struct journal_entry *e);
bool journal_each(struct journal *j, journal_on *on, void *ctx);

/* How far a journal has been read, perhaps by a process that had it open before. */
struct journal_mark {
	uint64_t dev, ino, at; /* at: byte behind the last entry that was told */
};
/* Those behind the mark, which moves on.  False, and nothing told, if the mark is of another file:
 * then all has to be read anew, from a mark of zeros. */
bool journal_since(struct journal *j, struct journal_mark *mark, journal_on *on, void *ctx);

struct journal_state {
	uint64_t entries;
	struct digest head; /* of the last line: to be noted elsewhere */
	uint64_t bad_line;  /* the first that does not hold, from 1; 0: none */
	char what[256];     /* what is wrong with it */
};
/* Checks chain and signatures.  False if one does not hold or the files cannot be read. */
bool journal_verify(const char *dir, struct journal_state *s);

/* One line of a journal taken apart; false if it is none. Reads nothing but the line. */
bool journal_parse(slice line, struct journal_entry *e, slice *signed_part, slice *before,
		   slice *signature);

#endif
