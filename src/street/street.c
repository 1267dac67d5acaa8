/* street.c - inputs merged by time and walked. */
#include "merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What it needs only while it is read: there may be thousands. */
static void free_stream(struct stream *t)
{
	held_free(&t->held);
	arena_free(&t->scratch);
	free(t->state);
	t->state = NULL;
}

void street_close(struct street **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->stream_count; i++)
		free_stream(&(*s)->streams[i]);
	free((*s)->streams);
	free((*s)->order);
	free((*s)->lanes);
	table_free(&(*s)->hosts);
	hosts_free(&(*s)->disks, (*s)->disk_count);
	clocks_free(&(*s)->clocks);
	input_set_close(&(*s)->set);
	zone_close(&(*s)->own_zone);
	arena_free(&(*s)->arena);
	free(*s);
	*s = NULL;
}

size_t street_inputs(const struct street *s)
{
	return s->lane_count;
}

size_t street_refused(const struct street *s)
{
	return input_refused(s->set) + input_broken(s->set);
}

const char *street_store(const struct street *s)
{
	for (size_t i = 0; i < s->disk_count; i++)
		if (s->disks[i].store)
			return s->disks[i].store;
	return NULL;
}

const char *street_path(const struct street *s, size_t input)
{
	return input < s->lane_count ? input_info(s->set, input)->path : "";
}

/* --- progress --- */

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

static void draw_progress(struct street *s, const struct stream *t)
{
	int64_t now = now_us();
	if (!s->began_us)
		s->began_us = now;
	if (now - s->shown_us < CLOCK_SECOND / 5)
		return;
	s->shown_us = now;
	double seconds = (double)(now - s->began_us) / 1e6;
	double done = (double)(s->done_bytes + (t->reader ? input_at(t->reader) : 0));
	double all = (double)input_bytes(s->set), rate = seconds > 0 ? done / seconds : 0;
	int percent = all > 0 ? (int)(100 * done / all) : 0,
	    bars = percent > 100 ? 25 : percent / 4;
	fprintf(stderr, "\r\033[K%s [%.*s%.*s] %3d %%  %.0f MB/s  %.0f s left",
		s->first_walk ? "reading" : "looking again", bars, "#########################",
		25 - bars, ".........................", percent > 100 ? 100 : percent, rate / 1e6,
		rate > 0 && all > done ? (all - done) / rate : 0.0);
}

/* --- walking --- */

/*
 * Web logs bear the second in which a request ended: they come after all else of that second, and
 * before them what Roundcube wrote during the request, be it to syslog with a finer clock.
 */
static int64_t sort_key(const struct event *e)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return now;
	int64_t next_second = now - now % CLOCK_SECOND + CLOCK_SECOND;
	if (e->action == ACT_HTTP)
		return next_second - 1;
	slice module = event_get(e, F_MODULE);
	return slice_eq(module, SLICE("roundcube")) ? next_second - 2 : now;
}

/* Once, also where the first walk is made twice. */
static bool is_hashed(const struct street *s, const struct lane *l)
{
	return s->first_walk && s->o.hash && !l->has_digest;
}

/* The record at the mark was judged. */
static void begin_behind(struct stream *t, const struct street_mark *m)
{
	struct record judged;
	input_seek(t->reader, m->offset, m->line);
	if (m->year)
		t->state->year = (int)m->year;
	t->state->last_us = m->last_us;
	while (input_next(t->reader, &judged) &&
	       judged.offset + judged.raw.len < m->offset + m->length)
		; /* it had several lines */
}

/* The file before it in the set; NULL: there is none. */
static const struct lane *lane_before(const struct street *s, const struct stream *t)
{
	for (size_t i = t->at; i; i--)
		if (!s->lanes[t->lanes[i - 1]].twin)
			return &s->lanes[t->lanes[i - 1]];
	return NULL;
}

/* It begins before the file ends that comes before it: what both hold counts once. */
static void hold_lines(struct street *s, struct stream *t)
{
	const struct lane *l = lane_of(s, t), *before = lane_before(s, t);
	t->repeated = 0;
	if (!before || s->o.in_input_order || l->begins_us == CLOCK_NONE ||
	    before->last_us == CLOCK_NONE || l->begins_us + CLOCK_SECOND >= before->last_us)
		return;
	const struct checkpoint *p = tally_point_before(before, l->begins_us);
	t->held = held_lines(s->set, before->input, p ? p->offset : 0, p ? p->line : 0);
}

/* Past the other's end nothing is repeated. */
static void let_go_lines(const struct street *s, struct stream *t)
{
	if (t->held && event_get_number(&t->e, F_TIME, 0) > lane_before(s, t)->last_us)
		held_free(&t->held);
}

static bool is_repeated(struct stream *t, const struct record *r)
{
	bool again = t->held && !t->in_part && is_held(t->held, r->raw);
	t->repeated += again;
	return again;
}

static void open_lane(struct street *s, struct stream *t)
{
	struct lane *l = lane_of(s, t);
	hold_lines(s, t);
	t->reader = input_read(s->set, l->input, is_hashed(s, l));
	if (!t->state)
		t->state = must_alloc(sizeof *t->state);
	lane_begin_format(s, l, t->state);
	if (l->shuffled && !s->o.in_input_order) {
		t->shelf = shelf_fill(t->reader, t->state);
		lane_begin_format(s, l, t->state);
		return;
	}
	if (s->first_walk && l->from.line) {
		begin_behind(t, &l->from);
		return;
	}
	const struct checkpoint *p = s->first_walk ? NULL : tally_point_before(l, s->from_us);
	if (!p || !p->offset)
		return;
	input_seek(t->reader, p->offset, p->line);
	t->state->year = p->year;
	t->state->last_us = p->latest_us;
}

/* A record whose end the input does not hold. */
static void note_unfinished(struct street *s, struct stream *t)
{
	lane_of(s, t)->broken++;
	street_tell(s, INPUT_CUT, street_path(s, t->part.input), t->part.line,
		    "a record of several lines begins here and never ends",
		    "look for the file that goes on");
}

/* Clocks that show an hour which their zone skips in spring are of another zone. */
static void note_no_such_time(struct street *s, struct stream *t)
{
	char what[120];
	snprintf(what, sizeof what,
		 "times that do not exist in the zone they were read in: %" PRIu64,
		 t->state->no_such_time);
	street_tell(s, INPUT_CLOCK, street_path(s, t->lanes[t->at]), 0, what,
		    "name the zone of this log: --timezone PATH=ZONE");
}

/* What the first walk tells, and told when it is made again. */
static bool is_news(const struct street *s)
{
	return s->first_walk && !s->all_said;
}

static void note_repeated(struct street *s, const struct stream *t)
{
	char what[120];
	snprintf(what, sizeof what,
		 "lines that the file before it in its set holds as well, and that count once: "
		 "%" PRIu64,
		 t->repeated);
	street_tell(s, INPUT_LEARNT, street_path(s, t->lanes[t->at]), 0, what, "");
}

static void close_lane(struct street *s, struct stream *t)
{
	struct lane *l = lane_of(s, t);
	held_free(&t->held);
	if (t->repeated && is_news(s))
		note_repeated(s, t);
	l->end_us = t->state->last_us;
	l->end_year = t->state->year;
	if (t->in_part && is_news(s))
		note_unfinished(s, t);
	t->in_part = false;
	l->zone_assumed |= t->state->quarter && l->zone == s->o.zone && s->o.zone_is_usual;
	if (t->state->no_such_time && is_news(s))
		note_no_such_time(s, t);
	if (is_hashed(s, l))
		l->has_digest = input_digest(t->reader, &l->digest);
	s->done_bytes += input_at(t->reader);
	shelf_free(&t->shelf);
	input_close(&t->reader);
	t->past = false;
	if (++t->at == t->count)
		free_stream(t);
}

/* True if nothing in the lane can lie in the stretch that is walked. */
static bool lane_outside(const struct street *s, const struct lane *l)
{
	return l->twin ||
	       (!s->first_walk && (l->first_us == CLOCK_NONE || l->last_us < s->from_us ||
				   l->first_us - LATE_US > s->to_us));
}

static bool is_wanted(const struct street *s, const struct event *e, enum decoded decoded)
{
	if (decoded == DECODED_PART || (decoded == DECODED_UNKNOWN && !s->o.unknown_too))
		return false;
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	return s->first_walk || (now != CLOCK_NONE && now >= s->from_us && now <= s->to_us);
}

/* What a record tells of its host's clock, and what is known of that already. */
static void mind_clock(struct street *s, struct event *e)
{
	if (!event_has(e, F_TIME))
		return;
	int64_t shift = clocks_shift(s->clocks, e);
	if (shift)
		event_number(e, F_TIME, e->v[F_TIME].number + shift);
	else if (s->first_walk)
		clocks_saw(s->clocks, e);
}

/* The input ends in the middle of it: what a line does not say it may have said in the rest. */
static bool is_torn(const struct record *r)
{
	return r->cut && r->raw.len < INPUT_LINE_MOST;
}

/* A piece of a record joins those before it. */
static enum decoded decode(struct street *s, struct stream *t, const struct record *r)
{
	if (!t->in_part)
		arena_reset(&t->scratch);
	enum decoded decoded = format_decode(t->state, r->text, &t->e, &t->scratch);
	if (decoded == DECODED_EVENT && is_torn(r))
		decoded = DECODED_BROKEN;
	if (s->clocks)
		mind_clock(s, &t->e);
	t->e.raw = r->text;
	t->e.place = stream_place(t, r);
	if (s->first_walk && !s->o.once)
		tally_record(s, t, r, decoded, &t->e);
	t->in_part = decoded == DECODED_PART && !t->state->behind;
	if (t->in_part)
		t->part = t->e.place;
	if (s->o.progress && (r->line & 0xfff) == 0)
		draw_progress(s, t);
	return decoded;
}

/* Opens the next lane of the stretch, if none is open; false at the end of the stream. */
static bool has_lane(struct street *s, struct stream *t)
{
	for (; !t->reader && t->at < t->count; t->at += !t->reader)
		if (!lane_outside(s, lane_of(s, t)))
			open_lane(s, t);
	return t->reader != NULL;
}

static bool next_record(struct stream *t, struct record *r)
{
	return t->shelf ? shelf_next(t->shelf, r) : input_next(t->reader, r);
}

/* Brings the next event of a stream to its front; false at its end. */
static bool advance(struct street *s, struct stream *t)
{
	struct record r;
	while (has_lane(s, t)) {
		if (t->past || !next_record(t, &r)) {
			close_lane(s, t);
			continue;
		}
		if (is_repeated(t, &r))
			continue;
		enum decoded decoded = decode(s, t, &r);
		let_go_lines(s, t);
		t->past = !s->first_walk && decoded == DECODED_EVENT &&
			  event_get_number(&t->e, F_TIME, s->to_us) > s->to_us + LATE_US;
		if (t->past || is_torn(&r) || !is_wanted(s, &t->e, decoded))
			continue;
		int64_t key = sort_key(&t->e);
		if (key > t->key)
			t->key = key;
		return true;
	}
	return false;
}

/*
 * No event of the stream that the walk wants is earlier: CLOCK_NONE if that is not known.  So a
 * stream is opened when its time comes, and of ten thousand files a few are open at once.
 */
static int64_t not_before(struct street *s, const struct stream *t)
{
	size_t i = 0;
	while (i < t->count && lane_outside(s, &s->lanes[t->lanes[i]]))
		i++;
	if (i == t->count)
		return CLOCK_NONE;
	const struct lane *l = &s->lanes[t->lanes[i]];
	if (!s->first_walk)
		return l->first_us > s->from_us && l->first_us <= s->to_us ? l->first_us
									   : s->from_us;
	if (l->begins_us == CLOCK_NONE || l->from.line)
		return CLOCK_NONE;
	return l->begins_us + (s->clocks ? clocks_least_shift(s->clocks) : 0);
}

static void begin_stream(struct street *s, struct stream *t, struct merge *m)
{
	t->at = 0;
	t->newest_us = CLOCK_NONE;
	t->in_part = false;
	t->key = not_before(s, t);
	t->waits = t->key != CLOCK_NONE;
	if (t->waits || advance(s, t))
		merge_add(m, t);
}

/* Opens what may hold something earlier than `t` (NULL: than nothing); the earliest stream then. */
static struct stream *open_before(struct street *s, const struct stream *t, struct merge *m)
{
	struct stream *first;
	while ((first = merge_first(m)) && first->waits && (!t || first->key < t->key)) {
		merge_take(m);
		first->waits = false;
		first->key = CLOCK_NONE;
		if (advance(s, first))
			merge_add(m, first);
	}
	return first;
}

/* The stream that goes on until another one is earlier, in its turn. */
static struct stream *turn(struct street *s, struct stream *t, struct merge *m)
{
	struct stream *first = open_before(s, t, m);
	if (t && (!first || t->key <= first->key))
		return t;
	first = merge_take(m);
	if (t)
		merge_add(m, t);
	return first;
}

/* An ahead_walk: all that lies in the stretch, to `on`. */
static void walk(struct street *s, street_event *on, void *ctx)
{
	struct merge m = {must_alloc((s->stream_count + 1) * sizeof *m.at), 0};
	for (size_t i = 0; i < s->stream_count; i++)
		begin_stream(s, &s->streams[i], &m);
	for (struct stream *t = NULL; (t = turn(s, t, &m));) {
		int64_t others = merge_first(&m) ? merge_first(&m)->key : INT64_MAX;
		bool live = true;
		while (live && t->key <= others) {
			on(ctx, &t->e);
			live = advance(s, t);
		}
		t = live ? t : NULL;
	}
	free(m.at);
}

void street_walk(struct street *s, int64_t from_us, int64_t to_us, street_event *on, void *ctx)
{
	const struct ahead_ear ear = {on, ctx, s->note, s->note_ctx};
	s->from_us = from_us;
	s->to_us = to_us;
	s->done_bytes = s->began_us = 0;
	if (!s->o.ahead || !ahead_run(&s->ahead, walk, s, &ear))
		walk(s, on, ctx);
	if (s->o.progress)
		fputs("\r\033[K", stderr);
	s->first_walk = false;
	s->walked = true;
}

/* As if nothing had been read, but the digests. */
static void forget_walk(struct street *s)
{
	for (size_t i = 0; i < s->lane_count; i++) {
		struct lane *l = &s->lanes[i];
		l->point_count = l->module_count = 0;
		l->stride = 4096;
		l->next_point = l->records = l->unknown = l->broken = 0;
		l->first_us = l->last_us = CLOCK_NONE;
	}
	for (size_t i = 0; i < s->stream_count; i++) {
		memset(s->streams[i].silences, 0, sizeof s->streams[i].silences);
		s->streams[i].lulls = (struct lulls){0};
	}
	s->all_said = true;
	s->first_walk = true;
}

bool street_mend_clocks(struct street *s)
{
	if (!s->clocks || !clocks_settle(s->clocks))
		return false;
	forget_walk(s);
	return true;
}

void street_scripts(const struct street *s, struct inquiry *to)
{
	hosts_scripts(s->disks, s->disk_count, to);
}
