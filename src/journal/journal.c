/* journal.c - entries written, brought to disk, chained and signed. */
#include "journal/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { END_ROOM = 64 << 10 };

struct journal {
	int dir, fd;
	uint64_t entries;
	struct digest head; /* of the last line */
	struct {
		bool on;
		struct out lines;
		uint64_t entries; /* as they were before */
		struct digest head;
	} gathered;
	uint8_t key[crypto_sign_SECRETKEYBYTES];
	bool read_only;
};

static bool fail(char *why, size_t size, const char *dir, const char *what, const char *remedy)
{
	snprintf(why, size, "%s: %s (%s)", dir, what, remedy);
	return false;
}

static bool write_all(int fd, const char *at, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, at + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool put_file(int dir, const char *name, mode_t mode, const void *at, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool fine = fd >= 0 && write_all(fd, at, len) && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return fine;
}

/* --- the key --- */

static bool make_key(struct journal *j)
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	char hex[2 * sizeof public + 2];
	crypto_sign_keypair(public, j->key);
	sodium_bin2hex(hex, sizeof hex, public, sizeof public);
	hex[2 * sizeof public] = '\n';
	unlinkat(j->dir, "journal.pub", 0);
	return put_file(j->dir, "journal.pub", 0644, hex, 2 * sizeof public + 1) &&
	       put_file(j->dir, "journal.key", 0600, j->key, sizeof j->key) && fsync(j->dir) == 0;
}

static bool read_key(struct journal *j)
{
	int fd = openat(j->dir, "journal.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT && make_key(j);
	ssize_t n = read(fd, j->key, sizeof j->key);
	close(fd);
	errno = EINVAL;
	return n == (ssize_t)sizeof j->key;
}

/* --- opening --- */

/* A line that a crash cut short goes to journal.torn. */
static bool save_torn(struct journal *j, slice torn, off_t at)
{
	int fd = openat(j->dir, "journal.torn", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	bool fine = fd >= 0 && write_all(fd, torn.at, torn.len) && write_all(fd, "\n", 1) &&
		    fsync(fd) == 0 && ftruncate(j->fd, at) == 0;
	if (fd >= 0)
		close(fd);
	return fine;
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
		free((char *)(uintptr_t)text->at);
	}
	return false;
}

static uint64_t number_of(slice line)
{
	struct journal_entry e = {.number = 0};
	slice signed_part, before, signature;
	return journal_parse(line, &e, &signed_part, &before, &signature) ? e.number : 0;
}

/* Of a last line that was changed: as many as there are lines. */
static uint64_t count_lines(struct journal *j)
{
	slice text, rest, line;
	uint64_t n = 0;
	if (!entry_read_file(j->fd, 0, &text))
		return 0;
	for (rest = text; entry_next_line(&rest, &line);)
		n++;
	free((char *)(uintptr_t)text.at);
	return n;
}

/* Finds the end of the chain. */
static bool find_head(struct journal *j)
{
	slice text, last, torn;
	if (!read_end(j, &text, &last, &torn))
		return false;
	if (last.len) {
		j->entries = number_of(last);
		j->entries = j->entries ? j->entries : count_lines(j);
		j->head = digest_of(last);
	}
	bool fine = true;
	if (torn.len && !j->read_only) {
		char data[64];
		off_t size = lseek(j->fd, 0, SEEK_END);
		int n = snprintf(data, sizeof data, "{\"bytes\":%zu}", torn.len);
		fine = save_torn(j, torn, size - (off_t)torn.len) &&
		       journal_add(j, "torn", (slice){data, (size_t)n});
	}
	free((char *)(uintptr_t)text.at);
	return fine;
}

static bool open_files(struct journal *j, const char *dir, char *why, size_t size)
{
	int flags = j->read_only ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND;
	if (!j->read_only && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return fail(why, size, dir, strerror(errno),
			    "run as root, or name another folder with --state");
	j->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->dir < 0)
		return fail(why, size, dir, strerror(errno),
			    errno == EACCES ? "be root, or name another folder with --state"
					    : "name the folder with --state");
	j->fd = openat(j->dir, "journal", flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->fd < 0)
		return fail(why, size, dir, strerror(errno),
			    j->read_only ? "there is no journal yet, or it is not yours to read"
					 : "run as root, or name another folder with --state");
	if (!j->read_only && flock(j->fd, LOCK_EX | LOCK_NB) != 0)
		return fail(why, size, dir, "another tocsin is at work on it",
			    "wait for it to end; two operators must not act at once");
	if (!j->read_only && !read_key(j))
		return fail(why, size, dir, "its key cannot be read or made",
			    "look at journal.key: 64 bytes, readable by you alone");
	return find_head(j) || fail(why, size, dir, strerror(errno), "the journal cannot be read");
}

struct journal *journal_open(const char *dir, bool read_only, char *why, size_t why_size)
{
	struct journal *j = must_alloc(sizeof *j);
	j->dir = j->fd = -1;
	j->read_only = read_only;
	if (sodium_init() < 0)
		fail(why, why_size, dir, "no randomness", "the system cannot make keys");
	else if (open_files(j, dir, why, why_size))
		return j;
	journal_close(&j);
	return NULL;
}

void journal_close(struct journal **j)
{
	if (!*j)
		return;
	if ((*j)->gathered.on)
		journal_settle(
		    *j); /* what it announces was not done; it was decided all the same */
	if ((*j)->fd >= 0)
		close((*j)->fd);
	if ((*j)->dir >= 0)
		close((*j)->dir);
	sodium_memzero((*j)->key, sizeof(*j)->key);
	free(*j);
	*j = NULL;
}

/* --- writing --- */

static slice who_am_i(char *room, size_t size)
{
	const char *sudo = getenv("SUDO_USER");
	struct passwd entry, *found = NULL;
	char names[1024];
	getpwuid_r(getuid(), &entry, names, sizeof names, &found);
	int n = snprintf(room, size, "%.60s%s%.60s", sudo ? sudo : "", sudo ? " as " : "",
			 found ? found->pw_name : "unknown");
	return (slice){room, (size_t)n};
}

static void write_entry(struct journal *j, struct out *o, const char *what, slice data)
{
	struct timespec now;
	char before[65], who[160];
	clock_gettime(CLOCK_REALTIME, &now);
	digest_hex(&j->head, before);
	out_format(o, "{\"number\":%llu,\"time\":\"", (unsigned long long)j->entries + 1);
	out_time(o, now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000);
	out_text(o, "\",\"by\":");
	out_json(o, who_am_i(who, sizeof who));
	out_format(o, ",\"what\":\"%s\",\"data\":", what);
	out_slice(o, data);
	out_format(o, ",\"before\":\"%s\"", before);
}

static void sign_entry(struct journal *j, struct out *o)
{
	uint8_t signature[crypto_sign_BYTES];
	char hex[2 * sizeof signature + 1];
	crypto_sign_detached(signature, NULL, (const uint8_t *)o->at, o->len, j->key);
	sodium_bin2hex(hex, sizeof hex, signature, sizeof signature);
	out_format(o, ",\"signature\":\"%s\"}", hex);
}

/* All of it, or nothing. */
static bool put_lines(struct journal *j, slice lines)
{
	off_t end = lseek(j->fd, 0, SEEK_END);
	if (write_all(j->fd, lines.at, lines.len) && fsync(j->fd) == 0)
		return true;
	int error = errno;
	if (end >= 0 && ftruncate(j->fd, end) != 0)
		error = errno; /* half a line stays: the next one to open it moves it away */
	errno = error;
	return false;
}

bool journal_add(struct journal *j, const char *what, slice data)
{
	struct out o = {.fd = -1};
	write_entry(j, &o, what, data);
	sign_entry(j, &o);
	struct digest head = digest_of((slice){o.at, o.len});
	out_char(&o, '\n');
	bool fine = true;
	if (j->gathered.on)
		out_slice(&j->gathered.lines, (slice){o.at, o.len});
	else
		fine = put_lines(j, (slice){o.at, o.len});
	int error = errno;
	if (fine) {
		j->entries++;
		j->head = head;
	}
	out_close(&o);
	errno = error;
	return fine;
}

void journal_gather(struct journal *j)
{
	if (j->gathered.on)
		return;
	j->gathered.on = true;
	j->gathered.lines = (struct out){.fd = -1};
	j->gathered.entries = j->entries;
	j->gathered.head = j->head;
}

bool journal_settle(struct journal *j)
{
	struct out *o = &j->gathered.lines;
	bool fine = !j->gathered.on || !o->len || put_lines(j, (slice){o->at, o->len});
	int error = errno;
	if (!fine) {
		j->entries = j->gathered.entries;
		j->head = j->gathered.head;
	}
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

bool journal_each(struct journal *j, journal_on *on, void *ctx)
{
	slice text;
	size_t told = 0;
	if (!entry_read_file(j->fd, 0, &text))
		return false;
	bool fine = tell_entries(text, on, ctx, &told);
	free((char *)(uintptr_t)text.at);
	return fine;
}

bool journal_since(struct journal *j, struct journal_mark *mark, journal_on *on, void *ctx)
{
	struct stat st;
	slice text;
	size_t told = 0;
	if (fstat(j->fd, &st) != 0)
		return false;
	bool same =
	    mark->dev == st.st_dev && mark->ino == st.st_ino && mark->at <= (uint64_t)st.st_size;
	if ((mark->at && !same) || !entry_read_file(j->fd, (off_t)mark->at, &text))
		return false;
	bool fine = tell_entries(text, on, ctx, &told);
	free((char *)(uintptr_t)text.at);
	*mark = (struct journal_mark){st.st_dev, st.st_ino, mark->at + told};
	return fine;
}
