/*
 * resume.c - what the engine remembers, kept for the next start, so that a restart reads what came
 * since and not all of the logs.
 *
 * The engine writes it to memory that it shares with the parent, for it has no files; the parent
 * brings it to disk without looking at it, sealed with the key of the journal of findings.  It is
 * raw memory: it is taken back by the same program with the same rules and settings alone, and if
 * not one byte of it was changed.  Else all is read, as without it.
 */
#include "guard/part.h"
#include "journal/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[16] = "tocsin image 1\n";
struct image_head {
	char magic[sizeof magic];
	uint64_t size;
	uint8_t seal[JOURNAL_SEAL];
};

/* --- what it fits --- */

enum { DEPTH = 16 };

static void add_text(struct digest_run *run, const char *text)
{
	digest_add(run, text ? (slice){text, strlen(text) + 1} : SLICE("-"));
}

static void add_file(struct digest_run *run, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool fine = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
	void *at = fine ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	add_text(run, path);
	if (fine && at != MAP_FAILED) {
		digest_add(run, (slice){at, (size_t)st.st_size});
		munmap(at, (size_t)st.st_size);
	}
	if (fd >= 0)
		close(fd);
}

static void add_tree(struct digest_run *run, const char *path, int depth)
{
	struct dirent **names = NULL;
	char inside[4096];
	int n = depth < DEPTH ? scandir(path, &names, NULL, alphasort) : -1;
	if (n < 0)
		add_file(run, path);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && snprintf(inside, sizeof inside, "%s/%s", path,
							   names[i]->d_name) < (int)sizeof inside)
			add_tree(run, inside, depth + 1);
		free(names[i]);
	}
	free(names);
}

/* By what it does to the clock, in winter and in summer. */
static void add_zone(struct digest_run *run, struct zone *z)
{
	for (int64_t month = 0; z && month < 12 * 60; month++) {
		int64_t wall = zone_from_utc(z, month * 30 * CLOCK_DAY);
		digest_add(run, (slice){(const char *)&wall, sizeof wall});
	}
}

static struct digest fits_of(const struct guard_options *o)
{
	const struct scan_options *s = o->scan;
	struct digest_run *run = digest_start();
	char room[4096];
	add_file(run, "/proc/self/exe");
	for (size_t i = 0; i < s->rule_count; i++)
		add_tree(run, s->rules[i], 0);
	if (!s->rule_count)
		add_tree(run, scan_rules_path(room, sizeof room), 0);
	add_tree(run, scan_pipelines_path(room, sizeof room), 0);
	for (size_t i = 0; i < s->path_count; i++)
		add_text(run, s->paths[i]);
	for (size_t i = 0; i < s->geo_count; i++)
		add_file(run, s->geo[i]);
	add_zone(run, s->zone);
	if (s->networks)
		add_file(run, s->networks);
	add_text(run, getenv("TZ"));
	add_file(run, "/etc/localtime");
	return digest_end(&run);
}

/* --- memory and disk --- */

bool kept_open(struct kept *k, const struct guard_options *o)
{
	*k = (struct kept){.fd = -1};
	/* a journal is gone on with by time alone; a file of habits is another memory */
	if (o->until_quiet || o->journal || o->scan->state || o->scan->format)
		return false;
	k->fd = memfd_create("tocsin-engine", MFD_CLOEXEC);
	if (k->fd >= 0)
		k->fits = fits_of(o);
	return k->fd >= 0;
}

static bool copy(int from, int to, size_t size)
{
	char room[65536];
	while (size) {
		ssize_t n = read(from, room, size < sizeof room ? size : sizeof room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		size -= (size_t)n;
		struct out o = {.fd = to};
		out_slice(&o, (slice){room, (size_t)n});
		if (!out_close(&o))
			return false;
	}
	return true;
}

static bool digest_memory(int fd, size_t size, struct digest *d)
{
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return false;
	*d = digest_of((slice){at, size});
	munmap(at, size);
	return true;
}

static const char *take(struct kept *k, int fd, const struct journal *j)
{
	struct image_head head;
	struct digest d;
	struct stat st;
	if (fstat(fd, &st) != 0 || read(fd, &head, sizeof head) != (ssize_t)sizeof head ||
	    memcmp(head.magic, magic, sizeof magic) != 0 ||
	    (uint64_t)st.st_size != sizeof head + head.size || !head.size)
		return "it is not whole";
	if (ftruncate(k->fd, (off_t)head.size) != 0 || lseek(k->fd, 0, SEEK_SET) != 0 ||
	    !copy(fd, k->fd, head.size) || !digest_memory(k->fd, head.size, &d))
		return strerror(errno);
	if (!journal_sealed(j, &d, head.seal))
		return "it is not what this watch kept";
	k->size = head.size;
	return NULL;
}

void kept_load(struct kept *k, const char *state, const struct journal *j)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/watch/engine.image", state);
	int fd = k->fd < 0 ? -1 : regular_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0 && (k->fd < 0 || errno == ENOENT))
		return;
	const char *why = fd < 0 ? regular_why(errno) : take(k, fd, j);
	if (why)
		fprintf(stderr, "tocsin: %s: %s: all logs are read from their beginning\n", path,
			why);
	if (fd >= 0)
		close(fd);
}

bool kept_write(const struct kept *k, const char *state, const struct journal *j, size_t size)
{
	char path[4096], fresh[4096];
	struct image_head head = {.size = size};
	struct digest d;
	memcpy(head.magic, magic, sizeof magic);
	if (snprintf(path, sizeof path, "%s/watch/engine.image", state) >= (int)sizeof path - 4 ||
	    !digest_memory(k->fd, size, &d))
		return false;
	snprintf(fresh, sizeof fresh, "%.*s.new", (int)sizeof fresh - 5, path);
	journal_seal(j, &d, head.seal);
	unlink(fresh);
	int fd = regular_open(AT_FDCWD, fresh, O_WRONLY | O_CREAT | O_EXCL, 0600);
	bool fine = fd >= 0 && write(fd, &head, sizeof head) == (ssize_t)sizeof head &&
		    lseek(k->fd, 0, SEEK_SET) == 0 && copy(k->fd, fd, size) && fsync(fd) == 0 &&
		    rename(fresh, path) == 0;
	if (fd >= 0)
		close(fd);
	if (!fine)
		unlink(fresh);
	return fine;
}
