/*
 * walk.c - how one browser goes through messages: how many, how fast, how evenly, in what order.
 *
 * A script that runs in the reader's own browser opens what lies next, at a machine's rhythm; a
 * person dwells on some messages and skips others.  Access lines have whole seconds.
 */
#include "known.h"

enum { WALK_SECONDS = 300, WALK_FAST_SECONDS = 20, SLOT_SECONDS = WALK_SECONDS / WALK_SLOTS };

static bool is_over(const struct walk *w, uint32_t now_s)
{
	return now_s > w->last_s + WALK_SECONDS;
}

/* A walk that is over says nothing: each step lets one such go, if there is one. */
static struct walk *know_walk(struct facts *f, const struct browser *b, int64_t now)
{
	uint32_t now_s = second_of(now);
	struct walk *w = table_put(&f->walks, table_key(b), NULL);
	if (is_over(w, now_s))
		memset(w, 0, sizeof *w);
	w->last_s = now_s > w->last_s ? now_s : w->last_s;
	struct walk *stale = table_stalest(&f->walks);
	if (stale && is_over(stale, now_s))
		table_drop(&f->walks, stale);
	return w;
}

static uint32_t hash_of(const struct event *e, slice part)
{
	slice folder = event_get(e, F_FOLDER);
	int64_t uid = event_get_number(e, F_UID, 0);
	uint64_t hash = hash_bytes(folder.at ? folder.at : "", folder.len) ^
			hash_bytes(&uid, sizeof uid) ^
			(part.len ? hash_bytes(part.at, part.len) : 0);
	return (uint32_t)hash | 1;
}

/* One more in the slots of the last five minutes; how many there are. */
static int64_t slots_count(struct slots *s, uint32_t second)
{
	uint32_t slot = second / SLOT_SECONDS;
	int64_t n = 0;
	for (uint32_t i = 0; i < WALK_SLOTS && s->slot + i < slot; i++)
		s->n[(s->slot + i + 1) % WALK_SLOTS] = 0;
	if (slot > s->slot)
		s->slot = slot;
	s->n[slot % WALK_SLOTS] += s->n[slot % WALK_SLOTS] < UINT8_MAX;
	for (int i = 0; i < WALK_SLOTS; i++)
		n += s->n[i];
	return n;
}

/* True if the message is none of the last WALK_RING that this browser opened. */
static bool is_another(struct walk *w, uint32_t message, int64_t uid, int64_t now)
{
	uint32_t second = second_of(now);
	for (int i = 0; i < WALK_RING; i++)
		if (w->ring[i].message == message && second - w->ring[i].second < WALK_SECONDS)
			return false;
	w->ring[w->at] = (struct walk_step){.second = second,
					    .ms = (uint32_t)(now / 1000),
					    .message = message,
					    .uid = (uint32_t)uid};
	w->at = (uint8_t)((w->at + 1) % WALK_RING);
	return true;
}

/* The i-th step back from the newest; NULL if it lies more than five minutes back. */
static const struct walk_step *step_back(const struct walk *w, int i, uint32_t second)
{
	const struct walk_step *s = &w->ring[(w->at + 2 * WALK_RING - 1 - i) % WALK_RING];
	return s->message && second - s->second < WALK_SECONDS ? s : NULL;
}

static void state_rhythm(const struct walk *w, struct event *e, uint32_t second)
{
	uint32_t gaps[WALK_RING], n = 0, beside = 0, median, deviation;
	for (int i = 0; i + 1 < WALK_RING; i++) {
		const struct walk_step *later = step_back(w, i, second),
				       *earlier = step_back(w, i + 1, second);
		if (!later || !earlier)
			break;
		uint32_t gap = later->ms - earlier->ms;
		gaps[n++] = gap < WALK_SECONDS * 1000 ? gap : 0;
		beside += later->uid - earlier->uid == 1 || earlier->uid - later->uid == 1;
	}
	if (n + 1 < RHYTHM_LEAST)
		return;
	gaps_tell(gaps, n, &median, &deviation);
	event_number(e, F_WALK_GAP, median);
	event_number(e, F_WALK_DEVIATION, deviation);
	event_number(e, F_WALK_NEIGHBOURS, (int64_t)beside * 100 / n);
}

void walk_opened(struct facts *f, const struct browser *b, struct event *e, int64_t now)
{
	struct walk *w = know_walk(f, b, now);
	uint32_t second = second_of(now);
	int64_t fast = 0;
	if (!is_another(w, hash_of(e, (slice){0}), e->v[F_UID].number, now))
		return;
	for (int i = 0; i < WALK_RING; i++)
		fast += w->ring[i].second && second - w->ring[i].second <= WALK_FAST_SECONDS;
	event_number(e, F_WALK, slots_count(&w->opened, second));
	event_number(e, F_WALK_FAST, fast);
	if (is_wanted(f, F_WALK_GAP) || is_wanted(f, F_WALK_DEVIATION) ||
	    is_wanted(f, F_WALK_NEIGHBOURS))
		state_rhythm(w, e, second);
}

/* The same part again, as a viewer that reads it in ranges does, is no other one. */
void walk_part(struct facts *f, const struct browser *b, struct event *e, int64_t now)
{
	if (!is_wanted(f, F_WALK_PARTS))
		return;
	struct walk *w = know_walk(f, b, now);
	uint32_t hash = hash_of(e, event_get(e, F_PART));
	for (int i = 0; i < PARTS_RING; i++)
		if (w->parts_ring[i] == hash)
			return;
	w->parts_ring[w->part_at] = hash;
	w->part_at = (uint8_t)((w->part_at + 1) % PARTS_RING);
	event_number(e, F_WALK_PARTS, slots_count(&w->parts, second_of(now)));
}
