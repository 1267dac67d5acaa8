/* street.c - inputs opened, ordered, merged by time and walked. */
#include "street/street.h"
#include "clocks.h"
#include "host.h"
#include "mint.h"
#include "overlap.h"
#include "shelf.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	CHECKPOINTS = 256,   /* per input; when full, every second one is dropped */
	PEEK_RECORDS = 2000, /* looked at to learn when an input begins */
	HOSTS_MOST = 1024,
	MODULES = 8,
	BUSY_RECORDS = 1000, /* a log with fewer is silent by nature */
	SILENCES = 4,        /* longest ones kept per stream, to tell what is usual */
};
#define LATE_US (10 * CLOCK_MINUTE) /* records may be out of order by this much */

/* Where to go on in an input for what is not earlier than `latest_us`. */
struct checkpoint {
	int64_t latest_us; /* of all records before it */
	uint64_t offset, line;
	int year;
};

struct lane {
	size_t input;
	struct zone *zone;
	int year; /* of its first record; 0: records bear their own */
	int64_t begins_us;
	struct checkpoint points[CHECKPOINTS];
	size_t point_count;
	uint64_t stride, next_point;
	struct {
		const char *name;
		uint64_t records;
	} modules[MODULES];
	size_t module_count;
	uint64_t records, unknown, broken;
	int64_t first_us, last_us;
	struct digest digest;
	bool has_digest;
	char host[64];
	size_t host_len;
	bool host_counted;
	bool tenant;   /* of Microsoft 365, whose exports are in no order ... */
	bool shuffled; /* ... as this one */
	struct mint mint;
	bool twin; /* the same records as the one before it in its set: read once */
};

/* A stretch in which a stream has no record. */
struct silence {
	int64_t from_us, to_us;
	struct place after; /* the record that ended it */
};

/* A rotated set, one record ahead. */
struct stream {
	size_t *lanes, count, at;
	struct input_reader *reader;
	struct shelf *shelf; /* all records of the reader, in order of time; or NULL */
	struct format_state state;
	struct event e;
	struct arena scratch;
	int64_t key; /* never goes back, so that merging stays stable */
	bool live;
	int64_t newest_us;
	struct silence silences[SILENCES]; /* the longest, longest first */
	bool in_part;                      /* a record of several lines is being gathered ... */
	struct place part;                 /* ... from here on */
};

struct street {
	struct street_options o;
	struct input_set *set;
	input_note *note;
	void *note_ctx;
	struct zone *own_zone;
	struct clocks *clocks; /* NULL: there is but one host */
	struct host *disks;
	size_t disk_count;
	struct lane *lanes;
	struct stream *streams;
	size_t lane_count, stream_count;
	struct table hosts;
	bool first_walk, walked; /* walked: once, to the end */
	int64_t from_us, to_us, done_bytes, began_us, shown_us;
	struct arena arena;
};

static void keep_host(struct lane *l, slice host)
{
	if (!host.len)
		return;
	l->host_len = host.len < sizeof l->host ? host.len : sizeof l->host;
	memcpy(l->host, host.at, l->host_len);
}

/* --- opening --- */

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

static bool path_fits(slice pattern, const char *path, struct arena *a)
{
	const char *text = arena_text(a, pattern);
	slice rest = slice_of(path);
	if (fnmatch(text, path, 0) == 0)
		return true;
	if (pattern.len == 0 || !slice_starts(rest, pattern))
		return pattern.len == 0;
	rest = slice_from(rest, pattern.len);
	return rest.len == 0 || rest.at[0] == '/' || pattern.at[pattern.len - 1] == '/';
}

/* mail1:/path is of a host; a path may hold a colon too. */
static bool source_fits(const char *pattern, const char *path, slice host, struct arena *a)
{
	slice rest = slice_of(pattern), name = slice_until(&rest, ':');
	bool named = name.len < strlen(pattern) && memchr(name.at, '/', name.len) == NULL;
	if (named && slice_eq(name, host) && path_fits(rest, path, a))
		return true;
	return path_fits(slice_of(pattern), path, a);
}

static struct zone *zone_of(struct street *s, const struct lane *l)
{
	const char *path = input_info(s->set, l->input)->path;
	slice host = {l->host, l->host_len};
	for (size_t i = 0; i < s->o.zone_count; i++)
		if (source_fits(s->o.zones[i].pattern, path, host, &s->arena))
			return s->o.zones[i].zone;
	const struct host *disk = host_of(s->disks, s->disk_count, path);
	return s->o.zone_is_usual && disk && disk->zone ? disk->zone : s->o.zone;
}

static void begin_format(const struct street *s, const struct lane *l, struct format_state *state)
{
	format_start(state, l->zone, l->year);
	state->left_us = input_info(s->set, l->input)->mtime_us;
	state->forced = s->o.format;
}

/* When an input begins: the time of its first record that has one. */
static void peek(struct street *s, struct lane *l)
{
	const struct input_info *info = input_info(s->set, l->input);
	struct input_reader *r = input_read(s->set, l->input, false);
	struct arena scratch = {0};
	struct event e;
	struct record record;
	struct format_state state;
	struct civil digits;
	bool started = false;
	l->begins_us = CLOCK_NONE;
	for (int i = 0; i < PEEK_RECORDS && l->begins_us == CLOCK_NONE && input_next(r, &record);
	     i++) {
		if (!started && format_yearless(record.text, &digits))
			l->year = format_first_year(&digits, info->mtime_us);
		if (!started || l->year)
			begin_format(s, l, &state);
		started = true;
		arena_reset(&scratch);
		if (format_decode(&state, record.text, &e, &scratch) == DECODED_EVENT)
			l->begins_us = event_get_number(&e, F_TIME, CLOCK_NONE);
		keep_host(l, event_get(&e, F_HOST));
		l->tenant = slice_eq(event_get(&e, F_MODULE), SLICE("m365"));
	}
	input_close(&r);
	arena_free(&scratch);
}

/* A tenant's export may be in no order of time. */
static void look_for_order(struct street *s, struct lane *l)
{
	struct format_state state;
	int64_t earliest;
	if (!l->tenant)
		return;
	struct input_reader *r = input_read(s->set, l->input, false);
	begin_format(s, l, &state);
	enum shelf_need need = shelf_need(r, &state, &earliest);
	input_close(&r);
	l->shuffled = need == SHELF_WANTED;
	if (earliest != CLOCK_NONE)
		l->begins_us = earliest;
	if (need == SHELF_TOO_LARGE && s->note)
		s->note(s->note_ctx, INPUT_REFUSED, street_path(s, l->input), 0,
			"its records are not in order of time, and it is too large to put them in "
			"order "
			"(512 MiB): what needs their order is not judged",
			"sort it by CreationTime, or give it in parts");
}

/* Whose records they are is known once one was read. */
static void peek_in_zone(struct street *s, struct lane *l)
{
	l->zone = zone_of(s, l);
	peek(s, l);
	struct zone *own = zone_of(s, l);
	if (own == l->zone)
		return;
	l->zone = own;
	peek(s, l);
}

/* A file copied without its time lies about its year: neighbours whose records bear one know
 * better. */
static void correct_year(struct street *s, struct lane *l)
{
	int64_t best = INT64_MAX;
	int year = l->year;
	for (size_t i = 0; i < s->lane_count && l->year; i++) {
		const struct lane *n = &s->lanes[i];
		if (n->year || n->begins_us == CLOCK_NONE || l->begins_us == CLOCK_NONE)
			continue;
		struct civil own = clock_to_civil(l->begins_us),
			     other = clock_to_civil(n->begins_us);
		for (int y = other.year - 1; y <= other.year + 1; y++) {
			own.year = y;
			int64_t apart = llabs(clock_from_civil(&own) - n->begins_us);
			if (apart < best) {
				best = apart;
				year = y;
			}
		}
	}
	if (year == l->year)
		return;
	struct civil c = clock_to_civil(l->begins_us);
	c.year = l->year = year;
	l->begins_us = clock_from_civil(&c);
}

struct order {
	const char *stream;
	int64_t begins_us;
	size_t lane;
};

static int by_stream_and_time(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	int d = strcmp(x->stream, y->stream);
	if (d)
		return d;
	if (x->begins_us != y->begins_us)
		return x->begins_us < y->begins_us ? -1 : 1;
	return (x->lane > y->lane) - (x->lane < y->lane);
}

static void make_streams(struct street *s)
{
	struct order *order = must_alloc(s->lane_count * sizeof *order);
	for (size_t i = 0; i < s->lane_count; i++)
		order[i] = (struct order){input_info(s->set, i)->stream, s->lanes[i].begins_us, i};
	if (!s->o.in_input_order && s->lane_count)
		qsort(order, s->lane_count, sizeof *order, by_stream_and_time);
	s->streams = must_alloc((s->lane_count + 1) * sizeof *s->streams);
	for (size_t i = 0; i < s->lane_count; i++) {
		/* parts of a tenant's export overlap in time: each is merged for itself */
		bool follows = i && !s->lanes[order[i].lane].tenant &&
			       !strcmp(order[i].stream, order[i - 1].stream);
		bool same = follows || (i && s->o.in_input_order);
		struct stream *t = &s->streams[same ? s->stream_count - 1 : s->stream_count++];
		if (!t->lanes)
			t->lanes = arena_take(&s->arena, s->lane_count * sizeof *t->lanes);
		t->lanes[t->count++] = order[i].lane;
	}
	free(order);
}

/* A copy under another name of the set, as backups leave them, counts once. */
static void find_twins(struct street *s, const struct stream *t)
{
	for (size_t i = 1; i < t->count; i++) {
		struct lane *l = &s->lanes[t->lanes[i]];
		const struct lane *before = &s->lanes[t->lanes[i - 1]];
		if (l->begins_us == CLOCK_NONE || l->begins_us != before->begins_us ||
		    !overlap_same(s->set, before->input, l->input, &l->digest, &l->has_digest))
			continue;
		l->twin = true;
		if (s->note)
			s->note(s->note_ctx, INPUT_LEARNT, street_path(s, l->input), 0,
				"it holds the same records as another file of its set: they count "
				"once",
				"");
	}
}

/* Of several hosts, by the first records of their logs. */
static bool has_hosts(const struct street *s)
{
	const struct lane *first = NULL;
	for (size_t i = 0; i < s->lane_count; i++) {
		const struct lane *l = &s->lanes[i];
		if (!l->host_len)
			continue;
		if (!first)
			first = l;
		else if (!slice_eq((slice){l->host, l->host_len},
				   (slice){first->host, first->host_len}))
			return true;
	}
	return false;
}

struct street *street_open(const char *const *paths, size_t n, const struct street_options *o,
			   input_note *note, void *ctx)
{
	struct street *s = must_alloc(sizeof *s);
	s->o = *o;
	if (!s->o.zone)
		s->o.zone = s->own_zone = zone_local();
	s->o.zone_is_usual |= s->own_zone != NULL;
	s->note = note;
	s->note_ctx = ctx;
	s->set = input_open_within(paths, n, o->limits, note, ctx);
	s->disks = hosts_learn(s->set, &s->arena, note, ctx, &s->disk_count);
	s->lane_count = input_count(s->set);
	s->lanes = must_alloc((s->lane_count + 1) * sizeof *s->lanes);
	table_init(&s->hosts, 1, HOSTS_MOST);
	for (size_t i = 0; i < s->lane_count; i++) {
		s->lanes[i].input = i;
		s->lanes[i].stride = 4096;
		s->lanes[i].first_us = s->lanes[i].last_us = CLOCK_NONE;
		peek_in_zone(s, &s->lanes[i]);
	}
	for (size_t i = 0; i < s->lane_count; i++)
		correct_year(s, &s->lanes[i]);
	for (size_t i = 0; i < s->lane_count && !s->o.in_input_order; i++)
		look_for_order(s, &s->lanes[i]);
	make_streams(s);
	for (size_t i = 0; i < s->stream_count && !s->o.in_input_order; i++)
		find_twins(s, &s->streams[i]);
	if (has_hosts(s) && !o->in_input_order)
		s->clocks = clocks_new();
	s->first_walk = true;
	return s;
}

void street_close(struct street **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->stream_count; i++)
		arena_free(&(*s)->streams[i].scratch);
	free((*s)->streams);
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
	return input_refused(s->set);
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

static struct lane *lane_of(struct street *s, const struct stream *t)
{
	return &s->lanes[t->lanes[t->at]];
}

static void note_host(struct street *s, struct lane *l, slice host)
{
	if (!host.len)
		return;
	bool same = host.len == l->host_len && memcmp(l->host, host.at, host.len) == 0;
	if (same && l->host_counted)
		return;
	table_put(&s->hosts, host, NULL);
	l->host_counted = true; /* it was seen before, when the input was opened */
	keep_host(l, host);
}

static void note_module(struct lane *l, const char *name)
{
	size_t i = 0;
	while (i < l->module_count && l->modules[i].name != name)
		i++;
	if (i == MODULES)
		i = MODULES - 1;
	if (i == l->module_count) {
		l->modules[i].name = name;
		l->module_count++;
	}
	l->modules[i].records++;
}

static void keep_point(struct lane *l, const struct format_state *state, const struct record *r)
{
	if (l->point_count == CHECKPOINTS) {
		for (size_t i = 0; i < CHECKPOINTS / 2; i++)
			l->points[i] = l->points[2 * i];
		l->point_count = CHECKPOINTS / 2;
		l->stride *= 2;
	}
	l->points[l->point_count++] =
	    (struct checkpoint){l->last_us, r->offset, r->line, state->year};
	l->next_point = l->records + l->stride;
}

static void note_silence(struct stream *t, const struct record *r, int64_t now)
{
	const struct silence *least = &t->silences[SILENCES - 1];
	int64_t before = t->newest_us;
	size_t at = SILENCES;
	if (now <= before)
		return;
	t->newest_us = now;
	if (before == CLOCK_NONE || now - before <= least->to_us - least->from_us)
		return;
	while (at > 0 && now - before > t->silences[at - 1].to_us - t->silences[at - 1].from_us)
		at--;
	memmove(&t->silences[at + 1], &t->silences[at],
		(SILENCES - at - 1) * sizeof t->silences[0]);
	t->silences[at] = (struct silence){
	    before, now, {r->offset, (uint32_t)t->lanes[t->at], (uint32_t)r->raw.len, r->line}};
}

/* Of a record of several lines, from the first of them on. */
static struct place place_of(const struct stream *t, const struct record *r)
{
	struct place p = {r->offset, (uint32_t)t->lanes[t->at], (uint32_t)r->raw.len, r->line};
	if (!t->in_part)
		return p;
	uint64_t length = r->offset + r->raw.len - t->part.offset;
	p.offset = t->part.offset;
	p.line = t->part.line;
	p.length = length < INPUT_LINE_MOST ? (uint32_t)length : INPUT_LINE_MOST;
	return p;
}

/* The bookkeeping of the first walk. */
static void count_record(struct street *s, struct stream *t, const struct record *r,
			 enum decoded decoded)
{
	struct lane *l = lane_of(s, t);
	if (l->records == l->next_point && !t->in_part && !format_needs_start(&t->state))
		keep_point(l, &t->state, r);
	else if (l->records == l->next_point)
		l->next_point++;
	l->records++;
	l->unknown += decoded == DECODED_UNKNOWN;
	l->broken += decoded == DECODED_BROKEN;
	if (decoded == DECODED_UNKNOWN || decoded == DECODED_PART)
		return;
	int64_t now = event_get_number(&t->e, F_TIME, CLOCK_NONE);
	if (now != CLOCK_NONE) {
		note_silence(t, r, now);
		if (l->first_us == CLOCK_NONE)
			l->first_us = now;
		if (l->last_us == CLOCK_NONE || now > l->last_us)
			l->last_us = now;
	}
	if (!s->walked && !l->tenant) {
		const struct place p = place_of(t, r);
		mint_record(&l->mint, &t->e, &p);
	}
	note_host(s, l, event_get(&t->e, F_HOST));
	note_module(l, event_get(&t->e, F_MODULE).at);
}

/* Web logs bear the second in which a request ended: they come after all else of that second. */
static int64_t sort_key(const struct event *e)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return now;
	if (e->action == ACT_HTTP)
		return now + CLOCK_SECOND - 1;
	slice module = event_get(e, F_MODULE);
	return slice_eq(module, SLICE("roundcube")) ? now + CLOCK_SECOND - 2 : now;
}

static const struct checkpoint *point_before(const struct lane *l, int64_t from_us)
{
	const struct checkpoint *best = NULL;
	for (size_t i = 0; i < l->point_count; i++)
		if (l->points[i].latest_us == CLOCK_NONE ||
		    l->points[i].latest_us < from_us - LATE_US)
			best = &l->points[i];
		else
			break;
	return best;
}

static void open_lane(struct street *s, struct stream *t)
{
	struct lane *l = lane_of(s, t);
	t->reader = input_read(s->set, l->input, s->first_walk && s->o.hash);
	begin_format(s, l, &t->state);
	if (l->shuffled && !s->o.in_input_order) {
		t->shelf = shelf_fill(t->reader, &t->state);
		begin_format(s, l, &t->state);
		return;
	}
	const struct checkpoint *p = s->first_walk ? NULL : point_before(l, s->from_us);
	if (!p || !p->offset)
		return;
	input_seek(t->reader, p->offset, p->line);
	t->state.year = p->year;
	t->state.last_us = p->latest_us;
}

/* A record whose end the input does not hold. */
static void note_unfinished(struct street *s, struct stream *t)
{
	lane_of(s, t)->broken++;
	s->note(s->note_ctx, INPUT_CUT, street_path(s, t->part.input), t->part.line,
		"a record of several lines begins here and never ends",
		"look for the file that goes on");
}

/* Clocks that show an hour which their zone skips in spring are of another zone. */
static void note_no_such_time(struct street *s, struct stream *t)
{
	char what[120];
	snprintf(what, sizeof what,
		 "times that do not exist in the zone they were read in: %" PRIu64,
		 t->state.no_such_time);
	s->note(s->note_ctx, INPUT_CLOCK, street_path(s, t->lanes[t->at]), 0, what,
		"name the zone of this log: --timezone PATH=ZONE");
}

static void close_lane(struct street *s, struct stream *t)
{
	struct lane *l = lane_of(s, t);
	if (t->in_part && s->first_walk && s->note)
		note_unfinished(s, t);
	t->in_part = false;
	if (t->state.no_such_time && s->first_walk && s->note)
		note_no_such_time(s, t);
	if (s->first_walk && s->o.hash)
		l->has_digest = input_digest(t->reader, &l->digest);
	s->done_bytes += input_at(t->reader);
	shelf_free(&t->shelf);
	input_close(&t->reader);
	t->at++;
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
static void mind_clock(struct street *s, struct stream *t)
{
	if (!event_has(&t->e, F_TIME))
		return;
	int64_t shift = clocks_shift(s->clocks, event_get(&t->e, F_HOST));
	if (shift)
		event_number(&t->e, F_TIME, t->e.v[F_TIME].number + shift);
	else if (s->first_walk)
		clocks_saw(s->clocks, &t->e);
}

/* Brings the next event of a stream to its front; false at its end. */
static bool advance(struct street *s, struct stream *t)
{
	struct record r;
	for (;;) {
		if (t->at == t->count)
			return false;
		if (!t->reader) {
			if (lane_outside(s, lane_of(s, t))) {
				t->at++;
				continue;
			}
			open_lane(s, t);
		}
		if (!(t->shelf ? shelf_next(t->shelf, &r) : input_next(t->reader, &r))) {
			close_lane(s, t);
			continue;
		}
		if (!t->in_part) {
			arena_reset(&t->scratch);
			event_clear(&t->e);
		}
		enum decoded decoded = format_decode(&t->state, r.text, &t->e, &t->scratch);
		if (s->clocks)
			mind_clock(s, t);
		if (s->first_walk)
			count_record(s, t, &r, decoded);
		const struct place place = place_of(t, &r);
		t->in_part = decoded == DECODED_PART;
		t->part = place;
		if (s->o.progress && (r.line & 0xfff) == 0)
			draw_progress(s, t);
		if (!s->first_walk && decoded == DECODED_EVENT &&
		    event_get_number(&t->e, F_TIME, s->to_us) > s->to_us + LATE_US) {
			close_lane(s, t);
			continue;
		}
		if (!is_wanted(s, &t->e, decoded))
			continue;
		t->e.raw = r.text;
		t->e.place = place;
		int64_t key = sort_key(&t->e);
		if (key > t->key)
			t->key = key;
		return true;
	}
}

static struct stream *earliest(struct street *s, int64_t *others)
{
	struct stream *best = NULL;
	*others = INT64_MAX;
	for (size_t i = 0; i < s->stream_count; i++) {
		struct stream *t = &s->streams[i];
		if (!t->live)
			continue;
		if (!best || t->key < best->key) {
			if (best)
				*others = best->key;
			best = t;
		} else if (t->key < *others) {
			*others = t->key;
		}
	}
	return best;
}

void street_walk(struct street *s, int64_t from_us, int64_t to_us, street_event *on, void *ctx)
{
	int64_t others;
	s->from_us = from_us;
	s->to_us = to_us;
	s->done_bytes = s->began_us = 0;
	for (size_t i = 0; i < s->stream_count; i++) {
		struct stream *t = &s->streams[i];
		t->at = 0;
		t->key = t->newest_us = CLOCK_NONE;
		t->in_part = false;
		t->live = advance(s, t);
	}
	for (struct stream *t; (t = earliest(s, &others));)
		do {
			on(ctx, &t->e);
			t->live = advance(s, t);
		} while (t->live && t->key <= others);
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
	for (size_t i = 0; i < s->stream_count; i++)
		memset(s->streams[i].silences, 0, sizeof s->streams[i].silences);
	s->note = NULL; /* it was all said */
	s->first_walk = true;
}

bool street_mend_clocks(struct street *s)
{
	if (!s->clocks || !clocks_settle(s->clocks))
		return false;
	forget_walk(s);
	return true;
}

/* --- what was counted, and evidence --- */

static void count_lane(const struct street *s, const struct lane *l, struct report *r)
{
	const struct input_info *info = input_info(s->set, l->input);
	struct input_row *row = list_add(&r->inputs);
	*row = (struct input_row){
	    .path = arena_copy(&r->arena, slice_of(info->path)),
	    .has_digest = l->has_digest,
	    .digest = l->digest,
	    .bytes = info->bytes,
	    .records = l->records,
	    .unrecognised = l->unknown,
	    .broken = l->broken,
	    .first_us = l->first_us,
	    .last_us = l->last_us,
	    .host = arena_copy(&r->arena, (slice){l->host, l->host_len}),
	    .format_count = l->module_count,
	};
	for (size_t i = 0; i < l->module_count; i++) {
		row->formats[i].name =
		    slice_of(l->modules[i].name ? l->modules[i].name : "unknown");
		row->formats[i].records = l->modules[i].records;
	}
	r->records += l->records;
	r->recognised += l->records - l->unknown;
	r->malformed += l->broken;
}

static uint64_t records_of(const struct street *s, const struct stream *t)
{
	uint64_t n = 0;
	for (size_t i = 0; i < t->count; i++)
		n += s->lanes[t->lanes[i]].records;
	return n;
}

/* As a file that was not given. */
static bool is_told(const struct report *r, const struct silence *s)
{
	for (size_t i = 0; i < r->gaps.len; i++)
		if (r->gaps.at[i].from_us == s->from_us && r->gaps.at[i].to_us == s->to_us)
			return true;
	return false;
}

/*
 * A silence of a busy log is a gap if it is long and the stream has no other like it: three times
 * the next but one.  Nights are silent too, but every one of them; honest daemons of small hosts
 * pause for half an hour.
 */
static void count_silence(struct street *s, const struct stream *t, struct report *r)
{
	const struct silence *longest = &t->silences[0], *usual = &t->silences[2];
	int64_t length = longest->to_us - longest->from_us;
	if (length < 2 * CLOCK_HOUR || length < 3 * (usual->to_us - usual->from_us) ||
	    records_of(s, t) < BUSY_RECORDS || is_told(r, longest))
		return;
	struct gap *g = list_add(&r->gaps);
	*g = (struct gap){
	    .source = arena_copy(&r->arena, slice_of(street_path(s, longest->after.input))),
	    .from_us = longest->from_us,
	    .to_us = longest->to_us,
	    .kind = SLICE("missing"),
	    .hides = arena_format(
		&r->arena,
		"whatever happened in these %lld h %lld min: no record, where the "
		"longest silence but two is %lld min",
		(long long)(length / CLOCK_HOUR), (long long)(length % CLOCK_HOUR / CLOCK_MINUTE),
		(long long)((usual->to_us - usual->from_us) / CLOCK_MINUTE)),
	    .state = SLICE("silent"),
	    .certainty = PROVEN,
	    .remedy = SLICE("look for a rotated file that was not given, and whether the host was "
			    "down"),
	};
	list_add(&g->evidence)->place = longest->after;
}

static bool is_number(slice part, int *number)
{
	*number = 0;
	for (size_t i = 0; i < part.len; i++) {
		if (part.at[i] < '0' || part.at[i] > '9' || part.len > 4)
			return false;
		*number = *number * 10 + (part.at[i] - '0');
	}
	return part.len > 0;
}

/* mail.log.12.gz: 12; mail.log: 0; -1: named in another way. */
static int rotation_of(const char *path)
{
	static const char packed[] = " gz bz2 xz zst lz4 ";
	slice rest = slice_of(strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	int number = 0, own;
	while (rest.len) {
		slice part = slice_until(&rest, '.');
		if (is_number(part, &own))
			number = own;
		else if (slice_search(slice_of(packed), part) != SIZE_MAX)
			number = number ? number : -1;
		else
			number = 0;
	}
	return number;
}

/* mail.log.1 and mail.log.3.gz, and an hour or more between them: 2 was not given. */
static void count_hole(const struct street *s, const struct lane *a, const struct lane *b,
		       struct report *r)
{
	int older = rotation_of(street_path(s, a->input)),
	    newer = rotation_of(street_path(s, b->input));
	if (newer < 0 || older - newer < 2 || b->first_us - a->last_us < CLOCK_HOUR)
		return;
	*list_add(&r->gaps) = (struct gap){
	    .source = arena_copy(&r->arena, slice_of(street_path(s, a->input))),
	    .from_us = a->last_us,
	    .to_us = b->first_us,
	    .kind = SLICE("missing"),
	    .state = SLICE("rotated"),
	    .certainty = LIKELY,
	    .hides = arena_format(&r->arena,
				  "whatever was logged there: number %d of the rotated set is not "
				  "among the logs",
				  newer + 1),
	    .remedy = SLICE("give all files of the set; keep more of them (rotate N in "
			    "logrotate.conf)"),
	};
}

/* Two files of a set that both cover a stretch, and do not hold the same lines there. */
static void count_overlap(const struct street *s, const struct lane *a, const struct lane *b,
			  struct report *r)
{
	struct overlap found;
	const struct checkpoint *p = point_before(a, b->first_us);
	if (a->last_us < b->first_us + CLOCK_MINUTE ||
	    !overlap_look(s->set, a->input, p ? p->offset : 0, p ? p->line : 0, b->input, &found) ||
	    !(found.only_a + found.only_b))
		return;
	struct gap *g = list_add(&r->gaps);
	*g = (struct gap){
	    .source = arena_copy(&r->arena, slice_of(street_path(s, found.place.input))),
	    .from_us = b->first_us,
	    .to_us = a->last_us < b->last_us ? a->last_us : b->last_us,
	    .kind = SLICE("tampered"),
	    .state = SLICE("tampered"),
	    .certainty = LIKELY,
	    .hides = arena_format(&r->arena,
				  "which of two files is true: both cover this stretch, %llu lines "
				  "stand in both and %llu in one alone",
				  (unsigned long long)found.both,
				  (unsigned long long)(found.only_a + found.only_b)),
	    .remedy = SLICE("compare both with a copy on another host"),
	};
	list_add(&g->evidence)->place = found.place;
}

static void count_set(const struct street *s, const struct stream *t, struct report *r)
{
	const struct lane *a = NULL;
	for (size_t i = 0; i < t->count; i++) {
		const struct lane *b = &s->lanes[t->lanes[i]];
		if (b->twin || b->tenant || b->first_us == CLOCK_NONE)
			continue;
		if (a) {
			count_hole(s, a, b, r);
			count_overlap(s, a, b, r);
		}
		a = b;
	}
}

void street_count(struct street *s, struct report *r)
{
	for (size_t i = 0; i < s->stream_count && !s->o.in_input_order; i++)
		count_set(s, &s->streams[i], r);
	for (size_t i = 0; i < s->lane_count; i++) {
		const struct input_info *info = input_info(s->set, s->lanes[i].input);
		mint_tell(&s->lanes[i].mint, slice_of(info->path), s->lanes[i].year != 0,
			  info->mtime_us, r);
	}
	for (size_t i = 0; i < s->stream_count; i++)
		count_silence(s, &s->streams[i], r);
	for (size_t i = 0; i < s->lane_count; i++)
		count_lane(s, &s->lanes[i], r);
	r->hosts = s->hosts.len;
	hosts_gaps(s->disks, s->disk_count, r);
	if (s->clocks)
		clocks_tell(s->clocks, r);
}

void street_scripts(const struct street *s, struct inquiry *to)
{
	hosts_scripts(s->disks, s->disk_count, to);
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = &(*(struct evidence *const *)a)->place;
	const struct place *y = &(*(struct evidence *const *)b)->place;
	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

enum { QUOTE_MOST = 2000 };

void street_quote(struct street *s, struct evidence **cited, size_t n, struct arena *keep)
{
	struct input_reader *r = NULL;
	if (n)
		qsort(cited, n, sizeof *cited, by_place);
	for (size_t i = 0; i < n; i++) {
		const struct place *p = &cited[i]->place;
		struct input_citation c;
		if (!i || p->input != cited[i - 1]->place.input) {
			input_close(&r);
			r = input_read(s->set, p->input, false);
		} else if (p->offset == cited[i - 1]->place.offset) {
			cited[i]->digest = cited[i - 1]->digest;
			cited[i]->quote = cited[i - 1]->quote;
			continue;
		}
		if (!input_cite(r, p->offset, p->line, p->length, keep, &c))
			c = (struct input_citation){.digest = digest_of((slice){0})};
		cited[i]->digest = c.digest;
		cited[i]->quote = slice_first(c.text, QUOTE_MOST);
	}
	input_close(&r);
}
