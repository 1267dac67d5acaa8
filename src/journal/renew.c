/*
 * renew.c - a new journal in place of one that does not hold, or whose key is lost.
 *
 * The former files get a second name below DIR/old-N, then each is replaced: key, journal, head,
 * and the public key last.  Cut short anywhere, what is there is refused as before, and can be
 * renewed again without loss.
 */
#include "journal/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OLD_MOST = 10000 };

struct renewal {
	const char *path;
	int dir, fd; /* fd: of the journal; -1: it is no file */
	slice text;
	struct journal_state state;
	struct journal_renewed *result;
	char *why;
	size_t why_size;
};

static bool fail(const struct renewal *r, const char *what, const char *remedy)
{
	snprintf(r->why, r->why_size, "%s: %s (%s)", r->path, what, remedy);
	return false;
}

/* --- what was there --- */

static void try_key(struct renewal *r, const uint8_t *key)
{
	struct journal_state s = {.kept = r->state.kept};
	bool fine = check_lines(&s, r->text, key, true);
	if (r->state.what[0] && s.head.entries <= r->state.head.entries)
		return;
	r->state = s;
	if (fine)
		r->state.what[0] = 0;
}

/* How much of it holds, by either key: a renewal may have been cut short between the two. */
static bool judge(struct renewal *r)
{
	struct keys k;
	char note[sizeof r->state.what] = "";
	bool has_head = head_read(r->dir, &r->state.kept);
	bool has_public = keys_read_public(r->dir, k.public);
	check_bad(&r->state, 1, "no key is left that it could be checked with");
	if (has_public)
		try_key(r, k.public);
	if (!keys_read_secret(r->dir, k.secret)) {
		snprintf(note, sizeof note, "journal.key was lost");
	} else {
		uint8_t own[crypto_sign_PUBLICKEYBYTES];
		crypto_sign_ed25519_sk_to_pk(own, k.secret);
		if (!has_public || memcmp(own, k.public, sizeof own) != 0) {
			snprintf(note, sizeof note, "journal.pub was not that of journal.key");
			try_key(r, own);
		}
	}
	sodium_memzero(&k, sizeof k);
	if (!note[0] && !has_head)
		snprintf(note, sizeof note, "journal.head was lost");
	if (!r->state.what[0])
		snprintf(r->state.what, sizeof r->state.what, "%s", note);
	return r->state.what[0] ||
	       fail(r, "the journal holds", "there is nothing to renew; tocsin journal verify");
}

static bool read_old(struct renewal *r)
{
	r->fd = regular_open(r->dir, "journal", O_RDWR, 0);
	if (r->fd >= 0 && flock(r->fd, LOCK_EX | LOCK_NB) != 0)
		return fail(r, "another tocsin is at work on it", "wait for it to end");
	if (r->fd >= 0 && !entry_read_file(r->fd, 0, &r->text))
		return fail(r, strerror(errno), "the journal cannot be read");
	slice rest = r->text, line;
	while (entry_next_line(&rest, &line))
		r->result->lines++;
	if (r->fd < 0 && errno == ENOENT && faccessat(r->dir, "journal.key", F_OK, 0) != 0 &&
	    faccessat(r->dir, "journal.head", F_OK, 0) != 0)
		return fail(r, "there is no journal", "name its folder with --state");
	if (!judge(r))
		return false;
	if (r->fd < 0)
		check_bad(&r->state, 1, "the journal was no file");
	r->result->held = r->state.head;
	snprintf(r->result->what, sizeof r->result->what, "%s", r->state.what);
	return true;
}

/* --- kept --- */

static bool make_folder(struct renewal *r)
{
	for (int n = 1; n < OLD_MOST; n++) {
		snprintf(r->result->folder, sizeof r->result->folder, "old-%d", n);
		if (mkdirat(r->dir, r->result->folder, 0700) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	return fail(r, strerror(errno), "a folder is needed for the former journal");
}

/* A file gets a second name; what is none, and bars the place, goes there. */
static bool keep(struct renewal *r, int old, const char *name)
{
	struct stat st;
	if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || fail(r, strerror(errno), "it cannot be kept");
	bool fine = S_ISREG(st.st_mode) ? linkat(r->dir, name, old, name, 0) == 0
					: renameat(r->dir, name, old, name) == 0;
	return fine || fail(r, strerror(errno), "the former journal cannot be kept");
}

static bool keep_all(struct renewal *r)
{
	if (!make_folder(r))
		return false;
	int old = openat(r->dir, r->result->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = old >= 0 && keep(r, old, "journal") && keep(r, old, "journal.pub") &&
		    keep(r, old, "journal.head") && fsync(old) == 0 && fsync(r->dir) == 0;
	struct stat st; /* the secret key of a former journal signs nothing any more */
	if (fine && fstatat(r->dir, "journal.key", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		fine = keep(r, old, "journal.key");
	if (old >= 0)
		close(old);
	return fine || fail(r, strerror(errno), "the former journal cannot be kept");
}

/* --- the new one --- */

static void write_first(const struct renewal *r, struct out *o)
{
	char hex[65];
	out_format(o, "{\"former\":\"%s\",\"what\":", r->result->folder);
	out_json(o, slice_of(r->result->what));
	digest_hex(&r->result->held.hash, hex);
	out_format(o, ",\"copied\":%" PRIu64 ",\"of\":%" PRIu64 ",\"last\":\"%s\"",
		   r->result->held.entries, r->result->lines, hex);
	struct digest whole = digest_of(r->text);
	digest_hex(&whole, hex);
	out_format(o, ",\"sha256\":\"%s\"}", hex);
}

static void write_copies(const struct renewal *r, struct out *o, struct journal_head *head,
			 const struct keys *k)
{
	slice rest = r->text, line, signed_part, before, signature;
	struct journal_entry e;
	for (uint64_t i = 0; i < r->result->held.entries && entry_next_line(&rest, &line); i++) {
		if (!journal_parse(line, &e, &signed_part, &before, &signature))
			return;
		const struct entry_source from = {e.time_us, e.by};
		entry_write(o, head, k, &from, e.what, e.data);
	}
}

static bool put_head(int dir, const struct journal_head *head)
{
	int fd = regular_open(dir, "journal.head.new", O_RDWR | O_CREAT | O_TRUNC, 0600);
	bool fine = fd >= 0 && head_write(fd, head) && fsync(fd) == 0 &&
		    renameat(dir, "journal.head.new", dir, "journal.head") == 0;
	if (fd >= 0)
		close(fd);
	return fine;
}

static bool put_new(struct renewal *r)
{
	static const struct entry_source here = {.time_us = CLOCK_NONE};
	struct keys k;
	struct journal_head head = {0};
	struct out data = {.fd = -1}, lines = {.fd = -1};
	crypto_sign_keypair(k.public, k.secret);
	write_first(r, &data);
	entry_write(&lines, &head, &k, &here, SLICE("renewed"), (slice){data.at, data.len});
	write_copies(r, &lines, &head, &k);
	bool fine = file_put(r->dir, "journal.key", 0600, k.secret, sizeof k.secret) &&
		    file_put(r->dir, "journal", 0600, lines.at, lines.len) &&
		    put_head(r->dir, &head) && keys_put(r->dir, &k);
	if (!fine)
		fail(r, strerror(errno), "mend that, then renew it again: nothing is lost");
	out_close(&data);
	out_close(&lines);
	sodium_memzero(&k, sizeof k);
	return fine;
}

bool journal_renew(const char *dir, struct journal_renewed *result, char *why, size_t why_size)
{
	struct renewal r = {.path = dir, .result = result, .why = why, .why_size = why_size};
	*result = (struct journal_renewed){.lines = 0};
	r.fd = -1;
	r.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = r.dir >= 0 && sodium_init() >= 0;
	if (!fine)
		fail(&r, strerror(errno), "name the folder with --state");
	fine = fine && read_old(&r) && keep_all(&r) && put_new(&r);
	entry_free(&r.text);
	if (r.fd >= 0)
		close(r.fd);
	if (r.dir >= 0)
		close(r.dir);
	return fine;
}
