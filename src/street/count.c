/* count.c - what the first walk counted, into the report: inputs, silences, holes, overlaps. */
#include "lane.h"

enum { BUSY_RECORDS = 1000 }; /* a log with fewer is silent by nature */

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
	    .zone_assumed = l->zone_assumed,
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

#define SAID(s) (int)(s).len, (s).at

static slice minutes(struct report *r, int64_t usec)
{
	return incident_duration(&r->arena, usec - usec % CLOCK_MINUTE);
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
		"whatever happened in these %.*s: no record, where the longest silence but two "
		"is %.*s",
		SAID(minutes(r, length)), SAID(minutes(r, usual->to_us - usual->from_us))),
	    .state = SLICE("silent"),
	    .certainty = PROVEN,
	    .remedy = SLICE("look for a rotated file that was not given, and whether the host was "
			    "down"),
	};
	list_add(&g->evidence)->place = longest->after;
}

/* A pause of a log that has a record in nearly every minute. */
static void count_lulls(const struct street *s, struct stream *t, struct report *r)
{
	lulls_end(&t->lulls);
	for (size_t i = 0; i < t->lulls.len; i++) {
		const struct lull *l = &t->lulls.at[i];
		const struct silence same = {l->from_us, l->to_us, l->after};
		if (is_told(r, &same))
			continue;
		struct gap *g = list_add(&r->gaps);
		*g = (struct gap){
		    .source = arena_copy(&r->arena, slice_of(street_path(s, l->after.input))),
		    .from_us = l->from_us,
		    .to_us = l->to_us,
		    .kind = SLICE("missing"),
		    .hides = arena_format(
			&r->arena,
			"whatever happened in these %.*s: no record, where %u of the %u minutes "
			"around have one; the host paused, or lines were lost or cut out",
			SAID(minutes(r, l->to_us - l->from_us)), l->busy, l->of),
		    .state = SLICE("silent"),
		    .certainty = POSSIBLE,
		    .remedy = SLICE("look whether the host was down; ship logs to another host as "
				    "they are written"),
		};
		list_add(&g->evidence)->place = l->after;
	}
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
	const struct checkpoint *p = tally_point_before(a, b->first_us);
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
	for (size_t i = 0; i < s->stream_count; i++)
		count_lulls(s, &s->streams[i], r);
	for (size_t i = 0; i < s->lane_count; i++)
		count_lane(s, &s->lanes[i], r);
	r->hosts = s->hosts.len;
	hosts_gaps(s->disks, s->disk_count, r);
	if (s->clocks)
		clocks_tell(s->clocks, r);
}
