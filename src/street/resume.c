/* resume.c - an input gone on with behind what an earlier process judged, whatever its name is now.
 */
#include "lane.h"

uint64_t street_hash(slice record)
{
	uint64_t h = hash_bytes(record.at ? record.at : "", record.len);
	return h ? h : 1;
}

uint64_t street_first(const struct street *s, size_t input)
{
	struct record r;
	struct input_reader *in = input_read(s->set, input, false);
	uint64_t hash = input_next(in, &r) ? street_hash(r.text) : 0;
	input_close(&in);
	return hash;
}

bool street_go_on(struct street *s, size_t input, const struct street_mark *m)
{
	struct record r;
	if (s->lanes[input].shuffled || !m->line)
		return false;
	struct input_reader *in = input_read(s->set, input, false);
	input_seek(in, m->offset, m->line);
	bool there = input_next(in, &r) && r.offset == m->offset &&
		     (!m->last || street_hash(r.text) == m->last);
	input_close(&in);
	if (there)
		s->lanes[input].from = *m;
	return there;
}

void street_stood(const struct street *s, size_t input, struct street_mark *m)
{
	m->last_us = s->lanes[input].end_us;
	m->year = s->lanes[input].end_year;
}

bool street_is_shuffled(const struct street *s, size_t input)
{
	return s->lanes[input].shuffled;
}
