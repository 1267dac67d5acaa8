/* open.c - inputs of the street opened: of which zone, year and host, in which order. */
#include "lane.h"
#include "year.h"

#include <fnmatch.h>
#include <stdlib.h>

enum {
	PEEK_RECORDS = 2000, /* looked at to learn when an input begins */
	HOSTS_MOST = 1024,
};

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

void lane_keep_host(struct lane *l, slice host)
{
	if (!host.len)
		return;
	l->host_len = host.len < sizeof l->host ? host.len : sizeof l->host;
	memcpy(l->host, host.at, l->host_len);
}

void lane_begin_format(const struct street *s, const struct lane *l, struct format_state *state)
{
	format_start(state, l->zone, l->year);
	state->left_us = input_info(s->set, l->input)->mtime_us;
	state->forced = s->o.format;
}

/* When an input begins: the time of its first record that has one. */
static void peek(struct street *s, struct lane *l)
{
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
			l->year = l->year ? l->year : year_of_first(s->set, l->input, &digits);
		if (!started || l->year)
			lane_begin_format(s, l, &state);
		started = true;
		arena_reset(&scratch);
		if (format_decode(&state, record.text, &e, &scratch) == DECODED_EVENT)
			l->begins_us = event_get_number(&e, F_TIME, CLOCK_NONE);
		lane_keep_host(l, event_get(&e, F_HOST));
		l->tenant = slice_eq(event_get(&e, F_MODULE), SLICE("m365"));
		l->webmail = slice_eq(event_get(&e, F_MODULE), SLICE("roundcube"));
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
	lane_begin_format(s, l, &state);
	enum shelf_need need = shelf_need(r, &state, &earliest);
	input_close(&r);
	l->shuffled = need == SHELF_WANTED;
	if (earliest != CLOCK_NONE)
		l->begins_us = earliest;
	if (need == SHELF_TOO_LARGE)
		street_tell(
		    s, INPUT_REFUSED, street_path(s, l->input), 0,
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
 * better.  The year is that of the wall clock, on New Year's Eve another than that of UTC. */
static void correct_year(struct street *s, struct lane *l)
{
	int64_t best = INT64_MAX;
	int year = l->year;
	struct civil own = {0};
	if (l->begins_us != CLOCK_NONE)
		own = clock_to_civil(zone_from_utc(l->zone, l->begins_us));
	for (size_t i = 0; i < s->lane_count && l->year; i++) {
		const struct lane *n = &s->lanes[i];
		if (n->year || n->begins_us == CLOCK_NONE || l->begins_us == CLOCK_NONE)
			continue;
		int64_t wall = zone_from_utc(l->zone, n->begins_us);
		struct civil other = clock_to_civil(wall);
		for (int y = other.year - 1; y <= other.year + 1; y++) {
			own.year = y;
			int64_t apart = llabs(clock_from_civil(&own) - wall);
			if (apart < best) {
				best = apart;
				year = y;
			}
		}
	}
	if (year == l->year)
		return;
	own.year = l->year = year;
	l->begins_us = zone_to_utc(l->zone, clock_from_civil(&own));
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

/* A slip in a path would leave a log in a wrong zone, and nobody would know. */
static void note_idle_zones(struct street *s)
{
	for (size_t i = 0; i < s->o.zone_count; i++) {
		const char *pattern = s->o.zones[i].pattern;
		size_t k = 0;
		while (k < s->lane_count &&
		       !source_fits(pattern, input_info(s->set, s->lanes[k].input)->path,
				    (slice){s->lanes[k].host, s->lanes[k].host_len}, &s->arena))
			k++;
		if (k == s->lane_count)
			street_tell(s, INPUT_LEARNT, pattern, 0,
				    "no log is named so: its --timezone is used for none",
				    "name a file, a folder, a pattern or HOST:PATH as it was read");
	}
}

static void make_streams(struct street *s)
{
	struct order *order = must_alloc(s->lane_count * sizeof *order);
	for (size_t i = 0; i < s->lane_count; i++)
		order[i] = (struct order){input_info(s->set, i)->stream, s->lanes[i].begins_us, i};
	if (!s->o.in_input_order && s->lane_count)
		qsort(order, s->lane_count, sizeof *order, by_stream_and_time);
	s->streams = must_alloc((s->lane_count + 1) * sizeof *s->streams);
	s->order = must_alloc((s->lane_count + 1) * sizeof *s->order);
	for (size_t i = 0; i < s->lane_count; i++) {
		/* parts of a tenant's export overlap in time: each is merged for itself */
		bool follows = i && !s->lanes[order[i].lane].tenant &&
			       !strcmp(order[i].stream, order[i - 1].stream);
		bool same = follows || (i && s->o.in_input_order);
		struct stream *t = &s->streams[same ? s->stream_count - 1 : s->stream_count++];
		s->order[i] = order[i].lane;
		if (!t->count++)
			t->lanes = &s->order[i];
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
		street_tell(s, INPUT_LEARNT, street_path(s, l->input), 0,
			    "it holds the same records as another file of its set: they count once",
			    "");
	}
}

/* Of several hosts, by the first records of their logs; a webmail's own files name none. */
static bool has_hosts(const struct street *s)
{
	const struct lane *first = NULL;
	for (size_t i = 0; i < s->lane_count; i++) {
		const struct lane *l = &s->lanes[i];
		if (l->webmail && !l->host_len && s->lane_count > 1)
			return true;
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

void street_tell(const struct street *s, enum input_trouble kind, const char *path, uint64_t line,
		 const char *what, const char *remedy)
{
	if (s->ahead)
		ahead_note(s->ahead, kind, path, line, what, remedy);
	else if (s->note)
		s->note(s->note_ctx, kind, path, line, what, remedy);
}

/* An input_note: of what the street reads. */
static void tell_trouble(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
			 const char *what, const char *remedy)
{
	street_tell(ctx, kind, path, line, what, remedy);
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
	s->set = input_open_within(paths, n, o->limits, tell_trouble, s);
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
	note_idle_zones(s);
	make_streams(s);
	for (size_t i = 0; i < s->stream_count && !s->o.in_input_order; i++)
		find_twins(s, &s->streams[i]);
	if (has_hosts(s) && !o->in_input_order)
		s->clocks = clocks_new();
	s->first_walk = true;
	return s;
}
