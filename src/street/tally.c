/* tally.c - the bookkeeping of the first walk: what each lane holds, and where to begin again. */
#include "lane.h"

static void note_host(struct street *s, struct lane *l, slice host)
{
	if (!host.len)
		return;
	bool same = host.len == l->host_len && memcmp(l->host, host.at, host.len) == 0;
	if (same && l->host_counted)
		return;
	table_put(&s->hosts, host, NULL);
	l->host_counted = true; /* it was seen before, when the input was opened */
	lane_keep_host(l, host);
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

static void note_silence(struct stream *t, const struct place *after, int64_t now)
{
	const struct silence *least = &t->silences[SILENCES - 1];
	int64_t before = t->newest_us;
	size_t at = SILENCES;
	if (now <= before)
		return;
	t->newest_us = now;
	if (now / CLOCK_MINUTE != before / CLOCK_MINUTE)
		lulls_record(&t->lulls, before, now, after);
	if (before == CLOCK_NONE || now - before <= least->to_us - least->from_us)
		return;
	while (at > 0 && now - before > t->silences[at - 1].to_us - t->silences[at - 1].from_us)
		at--;
	memmove(&t->silences[at + 1], &t->silences[at],
		(SILENCES - at - 1) * sizeof t->silences[0]);
	t->silences[at] = (struct silence){before, now, *after};
}

struct place stream_place(const struct stream *t, const struct record *r)
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

void tally_record(struct street *s, struct stream *t, const struct record *r, enum decoded decoded,
		  const struct event *e)
{
	struct lane *l = lane_of(s, t);
	if (l->records == l->next_point && !t->in_part && !format_needs_start(t->state))
		keep_point(l, t->state, r);
	else if (l->records == l->next_point)
		l->next_point++;
	l->records++;
	l->unknown += decoded == DECODED_UNKNOWN;
	l->broken += decoded == DECODED_BROKEN;
	if (decoded == DECODED_UNKNOWN || decoded == DECODED_PART)
		return;
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now != CLOCK_NONE) {
		note_silence(t, &e->place, now);
		if (l->first_us == CLOCK_NONE)
			l->first_us = now;
		if (l->last_us == CLOCK_NONE || now > l->last_us)
			l->last_us = now;
	}
	if (!s->walked && !l->tenant)
		mint_record(&l->mint, e, &e->place);
	note_host(s, l, event_get(e, F_HOST));
	note_module(l, event_get(e, F_MODULE).at);
}

const struct checkpoint *tally_point_before(const struct lane *l, int64_t from_us)
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
