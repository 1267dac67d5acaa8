/*
 * verify_find.c - a report's log among those given, and its records in it.
 *
 * A name says little: logrotate makes mail.log into mail.log.1 and that into mail.log.2.gz.  What
 * is cited says all: offsets are of the content, so the log is the one in which the records lie.  A
 * record that lies elsewhere in it was not altered; a line before it was added or taken away.
 */
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- by name --- */

static slice base_name(slice path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/')
			return slice_from(path, i);
	return path;
}

/* Whole paths first; else the longest common tail, so that moved evidence is found. */
static size_t common_tail(slice a, slice b)
{
	size_t n = 0;
	while (n < a.len && n < b.len && a.at[a.len - 1 - n] == b.at[b.len - 1 - n])
		n++;
	return n;
}

static int find_by_name(const struct input_set *set, slice path)
{
	int best = -1;
	size_t most = 0;
	for (size_t i = 0; i < input_count(set); i++) {
		slice here = slice_of(input_info(set, i)->path);
		size_t n = common_tail(here, path);
		if (slice_eq(base_name(here), base_name(path)) && n > most) {
			most = n;
			best = (int)i;
		}
	}
	return best;
}

/* --- by content --- */

static bool is_same(struct input_reader *r, const struct citation *c, struct arena *a)
{
	struct input_citation found = {0};
	arena_reset(a);
	return input_cite(r, c->offset, c->line, c->length, a, &found) &&
	       found.length == c->length &&
	       memcmp(found.digest.b, c->digest.b, sizeof c->digest.b) == 0;
}

static bool same_place(const struct citation *a, const struct citation *b)
{
	return a->offset == b->offset && a->length == b->length &&
	       memcmp(a->digest.b, b->digest.b, sizeof a->digest.b) == 0;
}

/* Each citation, or only the first, the middle and the last; how many lie there as cited. */
static size_t check(struct input_set *set, size_t input, struct cited *c, bool glance)
{
	struct input_reader *r = input_read(set, input, false);
	struct arena a = {0};
	size_t good = 0, step = glance && c->len > 2 ? (c->len - 1) / 2 : 1;
	for (size_t i = 0; i < c->len; i += step) {
		bool again = !glance && i > 0 && same_place(&c->at[i], &c->at[i - 1]);
		c->fates[i] = again                       ? c->fates[i - 1]
			      : is_same(r, &c->at[i], &a) ? FATE_SAME
							  : FATE_ALTERED;
		good += c->fates[i] == FATE_SAME;
	}
	arena_free(&a);
	input_close(&r);
	return good;
}

/* --- moved within it --- */

/* Citations that are not where they were, by their digest; `next`: of the same, + 1. */
struct strays {
	struct table by_digest;
	size_t *next, left;
	bool *lengths; /* that any of them has */
};

static slice digest_key(const struct digest *d)
{
	return (slice){(const char *)d->b, sizeof d->b};
}

static void gather_strays(struct strays *s, const struct cited *c)
{
	table_init(&s->by_digest, sizeof(size_t), 0);
	s->next = must_alloc((c->len + 1) * sizeof *s->next);
	s->lengths = must_alloc((INPUT_LINE_MOST + 1) * sizeof *s->lengths);
	for (size_t i = 0; i < c->len; i++) {
		if (c->fates[i] != FATE_ALTERED || c->at[i].length > INPUT_LINE_MOST)
			continue;
		size_t *first = table_put(&s->by_digest, digest_key(&c->at[i].digest), NULL);
		s->next[i] = *first;
		*first = i + 1;
		s->lengths[c->at[i].length] = true;
		s->left++;
	}
}

static void settle_stray(struct strays *s, struct cited *c, const struct record *record)
{
	struct digest d = digest_of(record->raw);
	size_t *first = table_get(&s->by_digest, digest_key(&d));
	for (size_t i = first ? *first : 0; i; i = s->next[i - 1]) {
		if (c->at[i - 1].length != record->raw.len)
			continue;
		s->left -= c->fates[i - 1] == FATE_ALTERED;
		c->fates[i - 1] = FATE_MOVED;
		c->lines[i - 1] = record->line;
	}
}

/* Records of one line, anywhere in the log: it is read once. */
static void find_moved(struct input_set *set, size_t input, struct cited *c)
{
	struct strays s = {0};
	struct record record;
	gather_strays(&s, c);
	struct input_reader *r = s.left ? input_read(set, input, false) : NULL;
	while (s.left && input_next(r, &record))
		if (record.raw.len <= INPUT_LINE_MOST && s.lengths[record.raw.len])
			settle_stray(&s, c, &record);
	input_close(&r);
	table_free(&s.by_digest);
	free(s.next);
	free(s.lengths);
}

static int find_by_content(struct input_set *set, int named, struct cited *c)
{
	int best = -1;
	size_t most = 0;
	for (size_t i = 0; i < input_count(set); i++) {
		size_t good = (int)i == named ? 0 : check(set, i, c, true);
		if (good > most) {
			most = good;
			best = (int)i;
		}
	}
	return best;
}

int verify_find(struct input_set *set, slice path, struct cited *c)
{
	int named = find_by_name(set, path), input = named;
	if (named < 0 || !check(set, (size_t)named, c, false)) {
		int other = find_by_content(set, named, c);
		input = other >= 0 ? other : named;
		if (input >= 0)
			check(set, (size_t)input, c, false);
	}
	if (input >= 0)
		find_moved(set, (size_t)input, c);
	for (size_t i = 0; i < c->len && input < 0; i++)
		c->fates[i] = FATE_UNREAD;
	return input;
}

/* --- as a whole --- */

/* Its first `bytes` bytes, as they lie on the disk; WHOLE_UNKNOWN: it is no file of its own. */
static enum whole look_at_beginning(const char *path, const struct input_row *row)
{
	char room[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return WHOLE_UNKNOWN;
	struct digest_run *run = digest_start();
	int64_t left = row->bytes;
	while (left > 0) {
		ssize_t n =
		    read(fd, room, left < (int64_t)sizeof room ? (size_t)left : sizeof room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		digest_add(run, (slice){room, (size_t)n});
		left -= n;
	}
	close(fd);
	struct digest d = digest_end(&run);
	if (left > 0)
		return WHOLE_SHORTER;
	return memcmp(d.b, row->digest.b, sizeof d.b) == 0 ? WHOLE_GROWN : WHOLE_CHANGED;
}

static bool is_packed_since(const struct input_info *now, slice then)
{
	slice was = base_name(then), is = base_name(slice_of(now->path));
	return now->compressed && !slice_eq(was, is) && !slice_ends(was, SLICE(".gz")) &&
	       !slice_ends(was, SLICE(".xz")) && !slice_ends(was, SLICE(".zst")) &&
	       !slice_ends(was, SLICE(".bz2"));
}

enum whole verify_whole(struct input_set *set, size_t input, const struct input_row *row)
{
	struct digest d;
	struct record record;
	const struct input_info *info = input_info(set, input);
	if (is_packed_since(info, row->path))
		return WHOLE_UNKNOWN;
	struct input_reader *r = input_read(set, input, true);
	while (input_next(r, &record))
		;
	bool same = input_digest(r, &d) && memcmp(d.b, row->digest.b, sizeof d.b) == 0;
	input_close(&r);
	return same ? WHOLE_SAME : look_at_beginning(info->path, row);
}
