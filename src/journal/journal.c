/* journal.c - entries written, brought to disk, chained and signed; and told. */
#include "journal/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(JOURNAL_SEAL == crypto_sign_BYTES, "a signature");

enum { END_ROOM = 64 << 10, WHY_ROOM = 1024 };

struct journal {
	char *path; /* of the folder */
	int dir, fd, head_fd;
	struct journal_head head; /* of the last line */
	struct {
		bool on;
		struct out lines;
		struct journal_head head; /* as it was before */
	} gathered;
	struct keys keys;
	bool read_only, has_public, busy;
	char why[WHY_ROOM];
};

static bool fail(struct journal *j, const char *name, const char *what, const char *remedy)
{
	snprintf(j->why, sizeof j->why, "%s%s: %s (%s)", j->path, name, what, remedy);
	return false;
}

#define RENEW "tocsin journal renew begins a journal that names this one"

/* --- the key, the head --- */

static bool has_no_key(struct journal *j, const struct journal_head *kept)
{
	struct stat st;
	if (fstat(j->fd, &st) != 0)
		return fail(j, "/journal", strerror(errno), "look at the disk");
	if (st.st_size || kept->entries)
		return fail(j, "/journal.key", "it is gone, and the journal was signed with it",
			    "put it back, or: " RENEW);
	const struct journal_head none = {0};
	if (!head_write(j->head_fd, &none) || fsync(j->head_fd) != 0 ||
	    !keys_make(j->dir, &j->keys))
		return fail(j, "", strerror(errno), "its key cannot be made: is the disk full?");
	return true;
}

static bool open_key(struct journal *j, const struct journal_head *kept)
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	if (!keys_read_secret(j->dir, j->keys.secret))
		return errno == ENOENT ? has_no_key(j, kept)
				       : fail(j, "/journal.key",
					      errno == EINVAL ? "it is no key" : regular_why(errno),
					      "put back the file of 64 bytes, or: " RENEW);
	crypto_sign_ed25519_sk_to_pk(j->keys.public, j->keys.secret);
	if (!keys_read_public(j->dir, public))
		return fail(j, "/journal.pub",
			    errno == EINVAL ? "it is no key" : regular_why(errno),
			    "put it back, or: " RENEW);
	return memcmp(public, j->keys.public, sizeof public) == 0 ||
	       fail(j, "/journal.pub", "it does not belong to journal.key",
		    "put back the right one, or: " RENEW);
}

static bool open_head(struct journal *j, struct journal_head *kept)
{
	struct stat st;
	bool has = head_read(j->dir, kept);
	if (!has && errno == ENOENT && faccessat(j->dir, "journal.key", F_OK, 0) == 0)
		return fail(j, "/journal.head",
			    "it is gone: whether entries were cut off cannot be told",
			    "put it back, or: " RENEW);
	j->head_fd = regular_open(j->dir, "journal.head", O_RDWR | O_CREAT, 0600);
	if (j->head_fd < 0)
		return fail(j, "/journal.head", regular_why(errno),
			    "put back the file, or: " RENEW);
	/* a start that was cut short leaves an empty one */
	if (has || (fstat(j->head_fd, &st) == 0 && st.st_size == 0))
		return true;
	return fail(j, "/journal.head", "it is no head of a journal", "put it back, or: " RENEW);
}

/* --- opening --- */

/* A line that a crash cut short goes to journal.torn. */
static bool save_torn(struct journal *j, slice torn, off_t at)
{
	int fd = regular_open(j->dir, "journal.torn", O_WRONLY | O_CREAT | O_APPEND, 0600);
	bool fine = fd >= 0 && file_write_all(fd, torn.at, torn.len) &&
		    file_write_all(fd, "\n", 1) && fsync(fd) == 0 && ftruncate(j->fd, at) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return fine || fail(j, "/journal.torn", regular_why(errno),
			    "a line that a crash cut short goes there: make room for it");
}

/* What is torn off, if anything, and the last line before it; the file is read from its end. */
static bool read_end(struct journal *j, slice *text, slice *last, slice *torn)
{
	off_t size = lseek(j->fd, 0, SEEK_END);
	for (off_t n = END_ROOM; size >= 0; n *= 8) {
		off_t from = n < size ? size - n : 0;
		if (!entry_read_file(j->fd, from, text))
			return false;
		size_t end = slice_search_last(*text, SLICE("\n"));
		size_t whole = end == SIZE_MAX ? 0 : end;
		size_t before = slice_search_last(slice_first(*text, whole), SLICE("\n"));
		if (from == 0 || before != SIZE_MAX) {
			size_t begins = before == SIZE_MAX ? 0 : before + 1;
			*last = slice_from(slice_first(*text, whole), begins);
			*torn = slice_from(*text, end == SIZE_MAX ? 0 : end + 1);
			return true;
		}
		entry_free(text);
	}
	return false;
}

/* The last line, after the one that it names; does it hold, and is nothing cut off behind it? */
static bool end_holds(struct journal_state *s, slice last, const uint8_t *key)
{
	struct journal_entry e;
	slice signed_part, before, signature;
	if (!last.len)
		return s->kept.entries == 0;
	if (!journal_parse(last, &e, &signed_part, &before, &signature) || !e.number ||
	    !digest_parse(before, &s->head.hash))
		return false;
	s->head.entries = e.number - 1;
	return check_line(s, last, key) && s->kept.entries <= s->head.entries;
}

/* An end that does not hold: where does it begin? */
static bool name_bad(struct journal *j, const struct journal_head *kept)
{
	struct journal_state s = {.kept = *kept};
	slice text;
	if (!entry_read_file(j->fd, 0, &text))
		return fail(j, "/journal", strerror(errno), "the disk may be failing");
	if (check_lines(&s, text, j->keys.public, true))
		check_bad(&s, s.head.entries, "its number does not follow");
	entry_free(&text);
	check_say(&s, j->path, j->why, sizeof j->why);
	return false;
}

/* Finds the end of the chain. */
static bool find_head(struct journal *j, const struct journal_head *kept)
{
	struct journal_state s = {.kept = *kept};
	slice text, last, torn;
	char data[64];
	if (!read_end(j, &text, &last, &torn))
		return fail(j, "/journal", strerror(errno), "it cannot be read");
	bool fine = end_holds(&s, last, j->keys.public) || name_bad(j, kept);
	j->head = s.head;
	if (fine && torn.len) {
		off_t size = lseek(j->fd, 0, SEEK_END);
		int n = snprintf(data, sizeof data, "{\"bytes\":%zu}", torn.len);
		fine = save_torn(j, torn, size - (off_t)torn.len) &&
		       (journal_add(j, "torn", (slice){data, (size_t)n}) ||
			fail(j, "/journal", strerror(errno), "make room on the disk"));
	}
	entry_free(&text);
	return fine;
}

static bool open_folder(struct journal *j)
{
	if (!j->read_only && mkdir(j->path, 0700) != 0 && errno != EEXIST)
		return fail(j, "", strerror(errno),
			    "run as root, or name another folder with --state");
	j->dir = open(j->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return j->dir >= 0 || fail(j, "", strerror(errno),
				   errno == EACCES ? "be root, or name another folder with --state"
						   : "name the folder with --state");
}

static bool open_file(struct journal *j)
{
	int flags = j->read_only ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND;
	j->fd = regular_open(j->dir, "journal", flags, 0600);
	if (j->fd >= 0)
		return true;
	if (regular_bars(errno))
		return fail(j, "/journal", regular_why(errno), "put back the file, or: " RENEW);
	return fail(j, "", strerror(errno),
		    j->read_only ? "there is no journal yet, or it is not yours to read"
				 : "run as root, or name another folder with --state");
}

static bool fail_busy(struct journal *j)
{
	char what[96] = "another tocsin is at work on it";
	int64_t pid = file_lock_holder(j->fd);
	if (pid)
		snprintf(what, sizeof what, "another tocsin is at work on it (pid %lld)",
			 (long long)pid);
	return fail(j, "", what, "wait for it to end; two operators must not act at once");
}

static bool open_files(struct journal *j)
{
	struct journal_head kept;
	if (sodium_init() < 0)
		return fail(j, "", "no randomness", "the system cannot make keys");
	if (!open_folder(j) || !open_file(j))
		return false;
	if (j->read_only) {
		j->has_public = keys_read_public(j->dir, j->keys.public);
		return true;
	}
	j->busy = flock(j->fd, LOCK_EX | LOCK_NB) != 0;
	if (j->busy)
		return fail_busy(j);
	j->has_public = open_head(j, &kept) && open_key(j, &kept);
	return j->has_public && find_head(j, &kept);
}

struct journal *journal_open(const char *dir, bool read_only, char *why, size_t why_size)
{
	struct journal *j = must_alloc(sizeof *j);
	size_t n = strlen(dir) + 1;
	j->path = memcpy(must_alloc(n), dir, n);
	j->dir = j->fd = j->head_fd = -1;
	j->read_only = read_only;
	if (open_files(j))
		return j;
	snprintf(why, why_size, "%s", j->why);
	bool busy = j->busy;
	journal_close(&j);
	errno = busy ? EWOULDBLOCK : 0;
	return NULL;
}

void journal_close(struct journal **j)
{
	if (!*j)
		return;
	if ((*j)->gathered.on)
		journal_settle(
		    *j); /* what it announces was not done; it was decided all the same */
	const int ends[] = {(*j)->fd, (*j)->dir, (*j)->head_fd};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	sodium_memzero(&(*j)->keys, sizeof(*j)->keys);
	free((*j)->path);
	free(*j);
	*j = NULL;
}

const char *journal_why(const struct journal *j)
{
	return j->why;
}

struct journal_head journal_head(const struct journal *j)
{
	return j->head;
}

/* --- writing --- */

/* Without quotes: the frame of an entry is read by fixed words (entry.c). */
static slice who_am_i(char *room, size_t size)
{
	const char *sudo = getenv("SUDO_USER");
	struct passwd entry, *found = NULL;
	char names[1024];
	getpwuid_r(getuid(), &entry, names, sizeof names, &found);
	int n = snprintf(room, size, "%.60s%s%.60s", sudo ? sudo : "", sudo ? " as " : "",
			 found ? found->pw_name : "unknown");
	for (char *quote = room; (quote = strchr(quote, '"'));)
		*quote = '\'';
	return (slice){room, (size_t)n};
}

static void write_source(struct out *o, const struct entry_source *from)
{
	char who[160];
	bool copied = from->time_us != CLOCK_NONE;
	out_time(o, copied ? from->time_us : clock_now());
	out_text(o, "\",\"by\":");
	if (copied) {
		out_text(o, "\"");
		out_slice(o, from->by);
		out_text(o, "\"");
	} else
		out_json(o, who_am_i(who, sizeof who));
}

void entry_write(struct out *o, struct journal_head *head, const struct keys *k,
		 const struct entry_source *from, slice what, slice data)
{
	uint8_t signature[crypto_sign_BYTES];
	char hex[2 * sizeof signature + 1], before[65];
	size_t begin = o->len;
	digest_hex(&head->hash, before);
	out_format(o, "{\"number\":%llu,\"time\":\"", (unsigned long long)head->entries + 1);
	write_source(o, from);
	out_format(o, ",\"what\":\"%.*s\",\"data\":", (int)what.len, what.at);
	out_slice(o, data);
	out_format(o, ",\"before\":\"%s\"", before);
	crypto_sign_detached(signature, NULL, (const uint8_t *)o->at + begin, o->len - begin,
			     k->secret);
	sodium_bin2hex(hex, sizeof hex, signature, sizeof signature);
	out_format(o, ",\"signature\":\"%s\"}", hex);
	head->entries++;
	head->hash = digest_of((slice){o->at + begin, o->len - begin});
	out_char(o, '\n');
}

/* All of it, or nothing.  A head that cannot be noted is behind, as after a crash. */
static bool put_lines(struct journal *j, slice lines, const struct journal_head *head)
{
	off_t end = lseek(j->fd, 0, SEEK_END);
	if (file_write_all(j->fd, lines.at, lines.len) && fsync(j->fd) == 0) {
		head_write(j->head_fd, head);
		return true;
	}
	int error = errno;
	if (end >= 0 && ftruncate(j->fd, end) != 0)
		error = errno; /* half a line stays: the next one to open it moves it away */
	errno = error;
	return false;
}

bool journal_add(struct journal *j, const char *what, slice data)
{
	static const struct entry_source here = {.time_us = CLOCK_NONE};
	struct out own = {.fd = -1}, *o = j->gathered.on ? &j->gathered.lines : &own;
	struct journal_head head = j->head;
	entry_write(o, &head, &j->keys, &here, slice_of(what), data);
	bool fine = j->gathered.on || put_lines(j, (slice){o->at, o->len}, &head);
	int error = errno;
	if (fine)
		j->head = head;
	out_close(&own);
	errno = error;
	return fine;
}

void journal_gather(struct journal *j)
{
	if (j->gathered.on)
		return;
	j->gathered.on = true;
	j->gathered.lines = (struct out){.fd = -1};
	j->gathered.head = j->head;
}

bool journal_settle(struct journal *j)
{
	struct out *o = &j->gathered.lines;
	bool fine = !j->gathered.on || !o->len || put_lines(j, (slice){o->at, o->len}, &j->head);
	int error = errno;
	if (!fine)
		j->head = j->gathered.head;
	if (j->gathered.on)
		out_close(o);
	j->gathered.on = false;
	errno = error;
	return fine;
}

/* --- reading --- */

static bool tell_entries(slice text, journal_on *on, void *ctx, size_t *told)
{
	slice rest = text, line, signed_part, before, signature;
	struct journal_entry e;
	bool fine = true;
	while (fine && entry_next_line(&rest, &line)) {
		fine = !journal_parse(line, &e, &signed_part, &before, &signature) || on(ctx, &e);
		*told = text.len - rest.len;
	}
	return fine;
}

/* The head is read before the entries: whoever writes meanwhile moves it on. */
static bool read_entries(struct journal *j, const struct journal_mark *mark, slice *text,
			 struct journal_state *s)
{
	*s = (struct journal_state){.head = mark->until};
	bool has_head = head_read(j->dir, &s->kept);
	int error = errno;
	if (!entry_read_file(j->fd, (off_t)mark->at, text))
		return fail(j, "/journal", strerror(errno), "the disk may be failing");
	if (has_head || slice_find(*text, '\n') == text->len)
		return true;
	entry_free(text);
	return fail(j, "/journal.head",
		    error == EINVAL ? "it is no head of a journal" : regular_why(error),
		    "put it back, or: " RENEW);
}

static bool read_and_check(struct journal *j, const struct journal_mark *mark, slice *text,
			   struct journal_state *s)
{
	if (!read_entries(j, mark, text, s))
		return false;
	if (!j->has_public && slice_find(*text, '\n') < text->len)
		fail(j, "/journal.pub", "it is gone or no key, so that no entry can be checked",
		     "put it back, or: " RENEW);
	else if (check_lines(s, *text, j->keys.public, true))
		return true;
	else
		check_say(s, j->path, j->why, sizeof j->why);
	entry_free(text);
	return false;
}

bool journal_since(struct journal *j, struct journal_mark *mark, journal_on *on, void *ctx)
{
	struct stat st;
	struct journal_state s;
	slice text;
	size_t told = 0;
	j->why[0] = 0;
	if (fstat(j->fd, &st) != 0)
		return fail(j, "/journal", strerror(errno), "the disk may be failing");
	bool same =
	    mark->dev == st.st_dev && mark->ino == st.st_ino && mark->at <= (uint64_t)st.st_size;
	if (mark->at && !same)
		return fail(j, "/journal", "it is another file than before", "read it anew");
	if (!read_and_check(j, mark, &text, &s))
		return false;
	bool fine = tell_entries(text, on, ctx, &told);
	entry_free(&text);
	if (j->read_only)
		j->head = s.head;
	if (fine) /* else the mark would be of an entry that was told, and its head of another */
		*mark = (struct journal_mark){st.st_dev, st.st_ino, mark->at + told, s.head};
	return fine;
}

bool journal_each(struct journal *j, journal_on *on, void *ctx)
{
	struct journal_mark mark = {0};
	return journal_since(j, &mark, on, ctx);
}

/* --- seals --- */

/* Never the same text as an entry's. */
static slice sealed_text(const struct digest *d, char room[80])
{
	char hex[65];
	digest_hex(d, hex);
	int n = snprintf(room, 80, "tocsin.seal/1 %s", hex);
	return (slice){room, (size_t)n};
}

void journal_seal(const struct journal *j, const struct digest *d, uint8_t seal[JOURNAL_SEAL])
{
	char room[80];
	slice text = sealed_text(d, room);
	crypto_sign_detached(seal, NULL, (const uint8_t *)text.at, text.len, j->keys.secret);
}

bool journal_sealed(const struct journal *j, const struct digest *d,
		    const uint8_t seal[JOURNAL_SEAL])
{
	char room[80];
	slice text = sealed_text(d, room);
	return crypto_sign_verify_detached(seal, (const uint8_t *)text.at, text.len,
					   j->keys.public) == 0;
}
