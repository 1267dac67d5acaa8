/*
 * engine_past.c - what lay in the logs when the watch began: the engine walks it by itself, for
 * rotated and packed logs are merged by time.
 */
#include "guard/engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AT_CLOCK = 4096 };

/* A journal first: its files may lie under a given path too. */
static struct feed *find_feed(struct engine *g, const char *path)
{
	for (size_t i = READER_INPUTS; i-- > 0;) {
		struct feed *f = &g->feeds[i];
		if (f->path && f->is_journal && slice_starts(slice_of(path), slice_of(f->path)))
			return f;
		if (f->path && !f->is_journal && strcmp(f->path, path) == 0)
			return f;
	}
	return NULL;
}

/* The reader opened a log, and now another file has its name: what he reads is found by its first
 * line, under the name that it was given. */
static void find_renamed(struct engine *g, size_t input)
{
	struct feed *f = g->past_feeds[input];
	if (!f || f->is_journal || !f->first)
		return;
	g->past_firsts[input] = street_first(g->street, input);
	if (g->past_firsts[input] == f->first)
		return;
	for (size_t i = 0; i < street_inputs(g->street); i++)
		if (!g->past_feeds[i] && street_first(g->street, i) == f->first) {
			g->past_feeds[i] = f;
			g->past_firsts[i] = f->first;
			g->past_feeds[input] = NULL;
			return;
		}
}

static void note_end(struct past_end *p, const struct event *e)
{
	p->offset = e->place.offset;
	p->last = street_hash(e->raw);
	if (e->place.line == 1)
		p->first = p->last;
}

static void begin_again(const struct engine *g)
{
	if (g->keep.kept->rotations < ROTATIONS_MOST)
		_exit(ENGINE_ROTATED);
}

/*
 * A file is opened when it is due: one that was rotated since the walk was prepared is another one
 * by then, and the first one nowhere in the walk.  A first record of several lines is no sign: it
 * never was the reader's first line.
 */
static bool was_rotated(const struct engine *g, const struct feed *f, const struct event *e)
{
	uint64_t listed = g->past_firsts[e->place.input];
	return f->first && e->place.line == 1 && (!listed || listed == f->first) &&
	       street_hash(e->raw) != f->first;
}

static bool can_be_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool can = fd >= 0 && read(fd, &byte, 1) == 1;
	if (fd >= 0)
		close(fd);
	return can;
}

/*
 * It had no name, or another file had it, when the walk wanted it: nothing of it came, though it
 * was there before, and what has its name now can be read.
 */
static void look_for_missing(const struct engine *g)
{
	for (size_t i = 0; i < street_inputs(g->street); i++) {
		const struct feed *f = g->past_feeds[i];
		bool resumed = g->keep.kept->fd >= 0 && g->keep.marks.at[i].line;
		bool untold = f && !f->is_journal && f->border && f->first && f->line < 2;
		if (!untold || resumed)
			continue;
		bool other = street_first(g->street, i) != f->first &&
			     (!g->past_firsts[i] || g->past_firsts[i] == f->first);
		if (other && can_be_read(f->path))
			begin_again(g);
	}
}

/* It came while the past was read, or is not whole yet: the reader hands it over. */
static bool is_present(struct engine *g, const struct event *e)
{
	struct feed *s = g->past_feeds[e->place.input];
	if (!s) {
		note_end(&g->past_ends[e->place.input], e);
		return false;
	}
	if (!s->is_journal && was_rotated(g, s, e))
		begin_again(g);
	if (s->is_journal)
		return event_get_number(e, F_TIME, 0) > (int64_t)s->border;
	if (e->place.offset >= s->border)
		return true;
	s->line = e->place.line + 1;
	return false;
}

static void on_past(void *ctx, struct event *e)
{
	struct engine *g = ctx;
	if (is_present(g, e))
		return;
	if (g->keep.kept->fd >= 0)
		engine_mark(&g->keep.marks.at[g->keep.of_past[e->place.input]], e->raw, &e->place);
	if (!event_has(e, F_MODULE))
		return;
	if (g->records++ % LOOK_AT_CLOCK == 0)
		engine_say_in_time(g, MESSAGE_READING);
	if (g->past_feeds[e->place.input])
		engine_count(g->past_feeds[e->place.input], e);
	engine_judge(g, e);
}

/* A journal that lies under a given path is walked with it. */
const char *const *engine_paths(const struct engine *g, size_t *n)
{
	const struct scan_options *s = g->o->scan;
	const char **paths = must_alloc((s->path_count + 1) * sizeof *paths);
	bool given = !g->o->journal;
	for (*n = 0; *n < s->path_count; ++*n) {
		paths[*n] = s->paths[*n];
		given = given || slice_starts(slice_of(g->o->journal), slice_of(paths[*n]));
	}
	if (!given)
		paths[(*n)++] = g->o->journal;
	return paths;
}

/* The mark of the input under whatever name it has now; a file without one was not judged yet.
 * False: it is one that was judged, and is not what it was. */
static bool go_on(struct engine *g, size_t input, const struct street_mark *old, size_t n,
		  struct street_mark *m)
{
	bool known = false;
	*m = (struct street_mark){.first = street_first(g->street, input)};
	if (!m->first)
		return true;
	for (size_t i = n; i-- > 0;) {
		known |= old[i].first == m->first && old[i].line;
		if (old[i].first == m->first && old[i].line &&
		    street_go_on(g->street, input, &old[i])) {
			*m = old[i];
			return true;
		}
	}
	return !known;
}

static void mark_past(struct engine *g)
{
	size_t n = street_inputs(g->street), old_count = g->keep.marks.len;
	struct street_mark *old = g->keep.marks.at;
	g->keep.marks.at = must_alloc((n + 1) * sizeof *old);
	g->keep.marks.len = g->keep.marks.room = n;
	g->keep.of_past = must_alloc((n + 1) * sizeof *g->keep.of_past);
	for (size_t i = 0; i < n; i++) {
		g->keep.of_past[i] = i;
		if (go_on(g, i, old, old_count, &g->keep.marks.at[i]) &&
		    !(old_count && street_is_shuffled(g->street, i)))
			continue;
		fprintf(stderr, "tocsin: %s: this file is not the one that was judged before\n",
			street_path(g->street, i));
		_exit(ENGINE_ANEW);
	}
	free(old);
}

/* What the decoders saw last, and whose marks go on with what comes. */
static void leave_past(struct engine *g)
{
	for (size_t i = 0; i < street_inputs(g->street); i++) {
		if (g->keep.marks.at[i].line)
			street_stood(g->street, i, &g->keep.marks.at[i]);
		if (street_is_shuffled(g->street, i))
			g->keep.never = true;
		if (!g->past_feeds[i])
			continue;
		g->past_feeds[i]->mark = i + 1;
		if (g->past_feeds[i]->line < g->keep.marks.at[i].line + 1)
			g->past_feeds[i]->line = g->keep.marks.at[i].line + 1;
	}
}

void engine_past(struct engine *g)
{
	const struct scan_options *s = g->o->scan;
	const struct street_options so = {
	    .zone = s->zone, .limits = s->limits, .unknown_too = true};
	size_t n;
	const char *const *paths = engine_paths(g, &n);
	g->past = true;
	g->street = street_open(paths, n, &so, engine_no_note, NULL);
	n = street_inputs(g->street);
	g->past_feeds = must_alloc((n + 1) * sizeof(struct feed *));
	g->past_ends = must_alloc((n + 1) * sizeof *g->past_ends);
	g->past_firsts = must_alloc((n + 1) * sizeof *g->past_firsts);
	for (size_t i = 0; i < n; i++)
		g->past_feeds[i] = find_feed(g, street_path(g->street, i));
	for (size_t i = 0; i < n; i++)
		find_renamed(g, i);
	if (g->keep.kept->fd >= 0)
		mark_past(g);
	street_walk(g->street, CLOCK_NONE, INT64_MAX, on_past, g);
	look_for_missing(g);
	if (g->keep.kept->fd >= 0)
		leave_past(g);
	g->past = false;
	g->keep.at_us = engine_passed_us();
}

/* --- a file that came between the reader's look and ours --- */

size_t engine_past_input(const struct engine *g, const char *path, slice first)
{
	for (size_t i = 0; g->street && i < street_inputs(g->street); i++)
		if (!g->past_feeds[i] && strcmp(street_path(g->street, i), path) == 0 &&
		    g->past_ends[i].first == street_hash(engine_line_text(first)))
			return i + 1;
	return 0;
}

/* The last one may have been read before it was whole. */
bool engine_was_past(const struct engine *g, size_t input, uint64_t offset, slice line)
{
	const struct past_end *p = &g->past_ends[input];
	return offset < p->offset ||
	       (offset == p->offset && street_hash(engine_line_text(line)) == p->last);
}
