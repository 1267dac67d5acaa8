/* file.c - files of other programs: read, replaced at once, put back as they were. */
#include "respond/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const size_t FILE_MOST = (size_t)64 << 20;

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool read_open(struct work *w, int fd, slice *text)
{
	struct out o = {.fd = -1};
	ssize_t n = fd < 0 ? -1 : 1;
	while (n > 0 && o.len < FILE_MOST) {
		out_need(&o, 65536);
		n = read(fd, o.at + o.len, o.room - o.len);
		if (n > 0)
			o.len += (size_t)n;
	}
	int error = errno;
	if (fd >= 0)
		close(fd);
	*text = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	errno = error;
	return n == 0;
}

bool file_read(struct work *w, const char *path, slice *text)
{
	struct placed p;
	*text = (slice){0};
	if (!place_find(w, path, &p))
		return false;
	int fd = regular_open(p.folder, p.name, O_RDONLY, 0), error = errno;
	place_close(&p);
	errno = error;
	return read_open(w, fd, text);
}

bool file_must_read(struct work *w, const char *path, slice *text)
{
	return file_read(w, path, text) || work_fail(w, "%s: %s", path, place_why(errno));
}

bool file_look(struct work *w, const char *path, slice *text)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return read_open(w, fd, text);
	if (fd >= 0) {
		close(fd);
		errno = EMEDIUMTYPE;
	}
	return false;
}

static bool write_out(int fd, slice text)
{
	struct out o = {.fd = fd};
	out_slice(&o, text);
	return out_close(&o) && fsync(fd) == 0;
}

/* So that the new name outlives a power cut. */
static bool sync_folder(const struct placed *p)
{
	int fd = openat(p->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return fine;
}

/*
 * Whoever reads a file of Postfix that was written within the last second waits until it is older:
 * it may be half written (Postfix, src/util/dict.c: dict_load_file_xt(), dict_thash.c).  Ours never
 * is, and each reload, and each smtpd that mail waits for, would stand still for two seconds.
 */
static bool settle(int fd, const char *path)
{
	enum { HOT_S = 2 };
	struct timespec times[2];
	if (slice_search(slice_of(path), SLICE("/etc/postfix/")) == SIZE_MAX)
		return true;
	if (clock_gettime(CLOCK_REALTIME, &times[0]) != 0)
		return false;
	times[0].tv_sec -= HOT_S;
	times[1] = times[0];
	return futimens(fd, times) == 0;
}

/* `was`: what stands there; NULL: nothing. */
static bool replace_at(const struct placed *p, const char *path, slice text, const struct stat *was,
		       unsigned mode, const char *beside)
{
	unlinkat(p->folder, beside, 0);
	mode = was ? was->st_mode & 07777 : mode;
	int fd =
	    openat(p->folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	bool fine = fd >= 0 && fchmod(fd, mode) == 0 &&
		    (!was || fchown(fd, was->st_uid, was->st_gid) == 0) && write_out(fd, text) &&
		    settle(fd, path) && renameat(p->folder, beside, p->folder, p->name) == 0 &&
		    sync_folder(p);
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (!fine)
		unlinkat(p->folder, beside, 0);
	errno = error;
	return fine;
}

/* False with errno: something else stands in the file's place, or it cannot be seen. */
static bool look_at(const struct placed *p, struct stat *was, bool *there)
{
	*there = fstatat(p->folder, p->name, was, AT_SYMLINK_NOFOLLOW) == 0;
	if (!*there)
		return errno == ENOENT;
	errno = EMEDIUMTYPE;
	return S_ISREG(was->st_mode);
}

bool file_replace(struct work *w, const char *path, slice text, unsigned mode)
{
	struct placed p;
	struct stat was;
	bool there;
	if (!place_open(w, path, &p))
		return false;
	slice beside = arena_format(w->arena, "%s.tocsin-new", p.name);
	bool fine = look_at(&p, &was, &there) && replace_at(&p, path, text, there ? &was : NULL,
							    mode, arena_text(w->arena, beside));
	int error = errno;
	place_close(&p);
	return fine || work_fail(w, "%s could not be written: %s", path, regular_why(error));
}

bool file_remove(struct work *w, const char *path)
{
	struct placed p;
	if (!place_open(w, path, &p))
		return errno == ENOENT ? w->why[0] = 0, true : false;
	bool fine = unlinkat(p.folder, p.name, 0) == 0 || errno == ENOENT;
	int error = errno;
	place_close(&p);
	return fine || work_fail(w, "%s could not be removed: %s", path, strerror(error));
}

/* --- evidence --- */

static bool make_folder(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

slice evidence_path(const struct work *w, const char *name)
{
	return arena_format(w->arena, "%s/evidence/%.*s/%s", w->state_dir, (int)w->incident.len,
			    w->incident.at, name);
}

/* Takes the last name off a path; empty if it is none that evidence can have. */
static slice last_name(slice *path)
{
	size_t at = slice_search_last(*path, SLICE("/"));
	slice name = at == SIZE_MAX ? (slice){0} : slice_from(*path, at + 1);
	*path = slice_first(*path, at == SIZE_MAX ? 0 : at);
	bool up = slice_eq(name, SLICE(".")) || slice_eq(name, SLICE(".."));
	return up ? (slice){0} : name;
}

bool evidence_read(struct work *w, slice kept, const char *as, slice *text)
{
	slice rest = kept, name = last_name(&rest), incident = last_name(&rest);
	errno = ENOENT;
	*text = (slice){0};
	if (!slice_eq(name, slice_of(as)) || !name.len || !incident.len)
		return false;
	slice path = arena_format(w->arena, "%s/evidence/%.*s/%.*s", w->state_dir,
				  (int)incident.len, incident.at, (int)name.len, name.at);
	int fd = regular_open(AT_FDCWD, arena_text(w->arena, path), O_RDONLY, 0);
	return fd >= 0 && read_open(w, fd, text);
}

slice evidence_keep(struct work *w, const char *name, slice text)
{
	slice folder = arena_format(w->arena, "%s/evidence", w->state_dir);
	slice of_incident = arena_format(w->arena, "%.*s/%.*s", (int)folder.len, folder.at,
					 (int)w->incident.len, w->incident.at);
	slice path = evidence_path(w, name);
	char *file = arena_text(w->arena, path);
	if (!make_folder(arena_text(w->arena, folder)) ||
	    !make_folder(arena_text(w->arena, of_incident))) {
		work_fail(w, "%.*s: %s", (int)of_incident.len, of_incident.at, strerror(errno));
		return (slice){0};
	}
	return file_replace(w, file, text, 0600) ? path : (slice){0};
}

bool file_restore(struct work *w, const char *path, slice kept, const char *as)
{
	slice text;
	if (kept.len == 0)
		return file_remove(w, path);
	if (!evidence_read(w, kept, as, &text))
		return work_fail(w, "%.*s, where the former file was kept, cannot be read: %s",
				 (int)kept.len, kept.at, regular_why(errno));
	return file_replace(w, path, text, 0644);
}

/* --- lines --- */

/* Where `line` stands in `text`, as a whole line; SIZE_MAX. */
static size_t find_line(slice text, slice line)
{
	slice rest = text;
	while (rest.len) {
		const char *at = rest.at;
		if (slice_eq(slice_until(&rest, '\n'), line))
			return (size_t)(at - text.at);
	}
	return SIZE_MAX;
}

bool line_is_in(slice text, slice line)
{
	return find_line(text, line) != SIZE_MAX;
}

/* Any bytes: a file of others may hold NUL, at which printf(3) would cut it. */
slice text_joined(struct work *w, slice head, slice middle, slice tail)
{
	const slice parts[] = {head, middle, tail};
	struct out o = {.fd = -1};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		out_slice(&o, parts[i]);
	slice whole = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return whole;
}

slice line_added(struct work *w, slice text, slice line)
{
	slice whole = text_joined(w, line, SLICE("\n"), (slice){0});
	return text_joined(w, text, list_is_open(text) ? SLICE("\n") : (slice){0}, whole);
}

slice line_removed(struct work *w, slice text, slice line)
{
	size_t at = find_line(text, line);
	if (at == SIZE_MAX)
		return text;
	return text_joined(w, slice_first(text, at), (slice){0},
			   slice_from(text, at + line.len + 1));
}

bool list_drop(struct work *w, const char *path)
{
	slice text;
	return saved_flag(w, "list") || !file_read(w, path, &text) || text.len ||
	       file_remove(w, path);
}

bool list_is_open(slice text)
{
	return text.len && text.at[text.len - 1] != '\n';
}

bool list_put_back(struct work *w, const char *path, slice text, slice line)
{
	slice rest = line_removed(w, text, line);
	bool was_last = find_line(text, line) == rest.len;
	if (saved_flag(w, "open") && was_last && rest.len && rest.at[rest.len - 1] == '\n')
		rest.len--; /* the line end that was put before ours */
	return rest.len || saved_flag(w, "list") ? file_replace(w, path, rest, 0644)
						 : file_remove(w, path);
}
