/*
 * window.c - the events of one group, or its distinct values, in order of time.
 *
 * Laws: (1) entries of all windows of a correlation share a pool, so memory is what it holds;
 *       (2) `start` is the first entry not older than `newest - span`, `inside` counts from it;
 *       (3) entries are kept for span and lateness, so that a late event finds its neighbours;
 *       (4) no window keeps more than `most` entries: the oldest goes;
 *       (5) a distinct value has one entry, at the time when it was last seen; of a few values each
 *           is looked at, of more a table tells.
 */
#include "internal.h"

enum { FEW = 8 };

void pool_start(struct pool *p)
{
	p->entries.size = sizeof(struct entry) + sizeof(((struct entry *)0)->more[0]) *
						     ((size_t)p->valued + p->summed + p->dated);
	table_init_keyed(&p->values, 12, sizeof(uint32_t), 0);
}

int64_t entry_first(const struct pool *p, uint32_t e)
{
	const struct entry *at = entry_at(p, e);
	return p->dated ? at->more[p->valued || p->summed].first : at->time;
}

static double amount_of(const struct pool *p, const struct entry *at)
{
	return p->summed ? at->more->amount : 0;
}

static slice value_key(uint32_t number, uint64_t value, char room[12])
{
	memcpy(room, &number, 4);
	memcpy(room + 4, &value, 8);
	return (slice){room, 12};
}

static bool is_inside(const struct pool *p, const struct window *w, uint32_t e)
{
	return entry_at(p, e)->time >= w->newest - p->span;
}

static void unlink_entry(struct pool *p, struct window *w, uint32_t e)
{
	struct entry *at = entry_at(p, e);
	if (is_inside(p, w, e)) {
		w->inside--;
		w->sum -= amount_of(p, at);
	}
	if (w->start == e)
		w->start = at->newer;
	*(at->newer ? &entry_at(p, at->newer)->older : &w->last) = at->older;
	*(at->older ? &entry_at(p, at->older)->newer : &w->first) = at->newer;
	w->count--;
}

/* Events come nearly in order: the place is looked for from the newest on. */
static void link_entry(struct pool *p, struct window *w, uint32_t e)
{
	struct entry *at = entry_at(p, e);
	uint32_t older = w->last;
	while (older && entry_at(p, older)->time > at->time)
		older = entry_at(p, older)->older;
	at->older = older;
	at->newer = older ? entry_at(p, older)->newer : w->first;
	*(at->newer ? &entry_at(p, at->newer)->older : &w->last) = e;
	*(older ? &entry_at(p, older)->newer : &w->first) = e;
	w->count++;
	if (is_inside(p, w, e)) {
		w->inside++;
		w->sum += amount_of(p, at);
		if (!w->start || at->newer == w->start)
			w->start = e;
	}
}

static void advance(struct pool *p, struct window *w, int64_t time)
{
	if (time <= w->newest)
		return;
	w->newest = time;
	while (w->start && !is_inside(p, w, w->start)) {
		w->sum -= amount_of(p, entry_at(p, w->start));
		w->start = entry_at(p, w->start)->newer;
		w->inside--;
	}
}

static void drop_entry(struct pool *p, struct window *w, uint32_t number, uint32_t e)
{
	char room[12];
	unlink_entry(p, w, e);
	w->told -= w->told > 0;
	if (w->tabled) {
		void *found =
		    table_get(&p->values, value_key(number, entry_at(p, e)->more->value, room));
		if (found)
			table_drop(&p->values, found);
	}
	cell_drop(&p->entries, e);
}

void window_clear(struct pool *p, struct window *w, uint32_t number)
{
	while (w->first)
		drop_entry(p, w, number, w->first);
	w->beyond = w->told = 0;
	w->tabled = false;
	w->sum = 0;
}

static void put_value(struct pool *p, uint32_t number, uint32_t e)
{
	char room[12];
	slice key = value_key(number, entry_at(p, e)->more->value, room);
	*(uint32_t *)table_put(&p->values, key, NULL) = e;
}

/* The entry of a value seen before; 0: it is new. */
static uint32_t entry_of(struct pool *p, const struct window *w, uint32_t number, uint64_t value)
{
	char room[12];
	if (w->tabled) {
		const uint32_t *found = table_get(&p->values, value_key(number, value, room));
		return found ? *found : 0;
	}
	uint32_t e = w->last;
	while (e && entry_at(p, e)->more->value != value)
		e = entry_at(p, e)->older;
	return e;
}

/* A new one, its value known by the table once there are more than a few. */
static uint32_t add_distinct(struct pool *p, struct window *w, uint32_t number, uint64_t value)
{
	uint32_t fresh = cell_new(&p->entries);
	entry_at(p, fresh)->more->value = value;
	for (uint32_t e = w->first; !w->tabled && w->count == FEW && e; e = entry_at(p, e)->newer)
		put_value(p, number, e);
	w->tabled |= w->count == FEW;
	if (w->tabled)
		put_value(p, number, fresh);
	return fresh;
}

/* Moved to now; UINT32_MAX if it was seen later. */
static uint32_t entry_for(struct pool *p, struct window *w, uint32_t number, int64_t time,
			  uint64_t value)
{
	uint32_t e = p->distinct ? entry_of(p, w, number, value) : 0;
	if (!e)
		return p->distinct ? add_distinct(p, w, number, value) : cell_new(&p->entries);
	if (entry_at(p, e)->time > time)
		return UINT32_MAX;
	unlink_entry(p, w, e);
	return e;
}

/* Law 4. What no hit has told of yet is still counted. */
static void drop_oldest(struct pool *p, struct window *w, uint32_t number)
{
	if (!w->told && !p->distinct && !w->beyond++)
		w->began = entry_first(p, w->first);
	drop_entry(p, w, number, w->first);
}

static void fill_entry(const struct pool *p, struct entry *at, const struct occasion *o,
		       uint64_t value)
{
	*at = (struct entry){.time = o->time};
	if (p->valued)
		at->more->value = value;
	else if (p->summed)
		at->more->amount = o->amount;
	if (p->dated)
		at->more[p->valued || p->summed].first = o->first;
	if (o->token)
		at->token = *o->token;
}

uint32_t window_add(struct pool *p, struct window *w, uint32_t number, const struct occasion *o,
		    uint64_t value)
{
	int64_t time = o->time;
	if (w->count && time < w->newest - p->span - LATENESS)
		return 0;
	if (!w->count)
		w->newest = time;
	uint32_t e = entry_for(p, w, number, time, value);
	if (e == UINT32_MAX)
		return 0;
	fill_entry(p, entry_at(p, e), o, value);
	advance(p, w, time);
	link_entry(p, w, e);
	while (w->first != e && entry_at(p, w->first)->time < w->newest - p->span - LATENESS)
		drop_entry(p, w, number, w->first);
	if (w->count == 1)
		w->beyond = 0;
	if (w->count > p->most && w->first != e)
		drop_oldest(p, w, number);
	return e;
}

uint32_t window_around(const struct pool *p, const struct window *w, uint32_t e, uint32_t *first)
{
	int64_t time = entry_at(p, e)->time;
	uint32_t low = e, n = 1, best = 0;
	if (e == w->last) {
		*first = w->start;
		return w->inside;
	}
	while (entry_at(p, low)->older &&
	       entry_at(p, entry_at(p, low)->older)->time >= time - p->span) {
		low = entry_at(p, low)->older;
		n++;
	}
	for (uint32_t high = e; high && entry_at(p, high)->time <= time + p->span;
	     high = entry_at(p, high)->newer) {
		n += high != e;
		for (; entry_at(p, low)->time < entry_at(p, high)->time - p->span; n--)
			low = entry_at(p, low)->newer;
		if (n > best) {
			best = n;
			*first = low;
		}
	}
	return best;
}
