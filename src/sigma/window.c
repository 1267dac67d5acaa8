/*
 * window.c - the events of one group, or its distinct values, in order of time.
 *
 * Laws: (1) entries of all windows of a correlation share a pool, so memory is what it holds;
 *       (2) `start` is the first entry not older than `newest - span`, `inside` counts from it;
 *       (3) entries are kept for span and lateness, so that a late event finds its neighbours;
 *       (4) no window keeps more than `most` entries: the oldest goes;
 *       (5) a distinct value counts once, by its last entry; of a few values each is looked at, of
 *           more a table tells;
 *       (6) what comes late is held against the windows that end with it, and with each event that
 *           follows within `span`: for them a value that recurs is kept at earlier times too.  Of
 *           three times within `span` the one in the middle is in no window that holds neither of
 *           the others, so it says nothing: two for each `span` are kept, however many come.
 */
#include "internal.h"

enum { FEW = 8, EARLIER_MOST = ENTRIES_MOST / 2 };

void pool_start(struct pool *p)
{
	size_t more = (size_t)p->valued + p->summed + p->dated + p->recurs;
	p->entries.size = sizeof(struct entry) + more * sizeof(((struct entry *)0)->more[0]);
	table_init_keyed(&p->values, 12, sizeof(uint32_t), 0);
}

/* What an entry without `same` has of it is 0: it is alone. */
static uint32_t later_of(const struct pool *p, uint32_t e)
{
	return p->recurs ? entry_at(p, e)->more[1 + p->dated].same.later : 0;
}

static uint32_t earlier_of(const struct pool *p, uint32_t e)
{
	return p->recurs ? entry_at(p, e)->more[1 + p->dated].same.earlier : 0;
}

static void set_same(const struct pool *p, uint32_t earlier, uint32_t later)
{
	if (earlier)
		entry_at(p, earlier)->more[1 + p->dated].same.later = later;
	if (later)
		entry_at(p, later)->more[1 + p->dated].same.earlier = earlier;
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

/* Of a value that came again only the last entry counts. */
static void uncount(const struct pool *p, struct window *w, uint32_t e)
{
	if (later_of(p, e))
		return;
	w->count--;
	if (!is_inside(p, w, e))
		return;
	w->inside--;
	w->sum -= amount_of(p, entry_at(p, e));
}

static void unlink_entry(struct pool *p, struct window *w, uint32_t e)
{
	struct entry *at = entry_at(p, e);
	uncount(p, w, e);
	if (w->start == e)
		w->start = at->newer;
	*(at->newer ? &entry_at(p, at->newer)->older : &w->last) = at->older;
	*(at->older ? &entry_at(p, at->older)->newer : &w->first) = at->newer;
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
	bool inside = is_inside(p, w, e);
	if (inside && (!w->start || at->newer == w->start))
		w->start = e;
	if (later_of(p, e))
		return;
	w->count++;
	w->inside += inside;
	w->sum += inside ? amount_of(p, at) : 0;
}

static void advance(struct pool *p, struct window *w, int64_t time)
{
	if (time <= w->newest)
		return;
	w->newest = time;
	while (w->start && !is_inside(p, w, w->start)) {
		w->sum -= amount_of(p, entry_at(p, w->start));
		w->inside -= !later_of(p, w->start);
		w->start = entry_at(p, w->start)->newer;
	}
}

static void drop_entry(struct pool *p, struct window *w, uint32_t number, uint32_t e)
{
	char room[12];
	uint32_t later = later_of(p, e);
	unlink_entry(p, w, e);
	w->told -= w->told > 0;
	set_same(p, earlier_of(p, e), later);
	if (w->tabled && !later) {
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
		if (!later_of(p, e))
			put_value(p, number, e);
	w->tabled |= w->count == FEW;
	if (w->tabled)
		put_value(p, number, fresh);
	return fresh;
}

/* The value of entry `e`, its last one, at another time. */
static uint32_t add_again(struct pool *p, struct window *w, uint32_t number, int64_t time,
			  uint32_t e)
{
	uint32_t fresh = cell_new(&p->entries), later = 0;
	entry_at(p, fresh)->more->value = entry_at(p, e)->more->value;
	if (entry_at(p, e)->time <= time) {
		uncount(p, w, e);
		if (w->tabled)
			put_value(p, number, fresh);
	}
	for (; e && entry_at(p, e)->time > time; e = earlier_of(p, e))
		later = e;
	set_same(p, e, fresh);
	set_same(p, fresh, later);
	return fresh;
}

/* Law 5; UINT32_MAX: it was seen later, and that is all that is kept. */
static uint32_t entry_for(struct pool *p, struct window *w, uint32_t number, int64_t time,
			  uint64_t value)
{
	uint32_t e = p->distinct ? entry_of(p, w, number, value) : 0;
	if (!e)
		return p->distinct ? add_distinct(p, w, number, value) : cell_new(&p->entries);
	if (p->recurs)
		return add_again(p, w, number, time, e);
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
	at->time = o->time;
	if (p->valued)
		at->more->value = value;
	else if (p->summed)
		at->more->amount = o->amount;
	if (p->dated)
		at->more[p->valued || p->summed].first = o->first;
	at->token = o->token ? *o->token : (struct sigma_token){{0}};
}

uint32_t window_add(struct pool *p, struct window *w, uint32_t number, const struct occasion *o,
		    uint64_t value)
{
	int64_t time = o->time;
	if (w->count && time < w->newest - p->reach)
		return 0;
	if (!w->count)
		w->newest = time;
	uint32_t e = entry_for(p, w, number, time, value);
	if (e == UINT32_MAX)
		return 0;
	fill_entry(p, entry_at(p, e), o, value);
	advance(p, w, time);
	link_entry(p, w, e);
	while (w->first != e && entry_at(p, w->first)->time < w->newest - p->reach)
		drop_entry(p, w, number, w->first);
	if (w->count == 1)
		w->beyond = 0;
	while (w->count > p->most && w->first != e)
		drop_oldest(p, w, number);
	return e;
}

/* Law 6. */
void window_settle(struct pool *p, struct window *w, uint32_t number, uint32_t e)
{
	uint32_t before = earlier_of(p, e), behind = later_of(p, e);
	if (!before && !behind)
		return;
	int64_t time = entry_at(p, e)->time;
	bool full = p->entries.used > EARLIER_MOST;
	if (behind && (full || (before && entry_at(p, behind)->time - entry_at(p, before)->time <=
					      p->span))) {
		drop_entry(p, w, number, e);
		return;
	}
	uint32_t first = before ? earlier_of(p, before) : 0;
	uint32_t last = behind ? later_of(p, behind) : 0;
	if (before && (full || entry_at(p, before)->time == time ||
		       (first && time - entry_at(p, first)->time <= p->span)))
		drop_entry(p, w, number, before);
	if (last && entry_at(p, last)->time - time <= p->span)
		drop_entry(p, w, number, behind);
}

/* --- stretches --- */

static void put_in(const struct pool *p, struct stretch *x, uint32_t e)
{
	const struct entry *at = entry_at(p, e);
	uint32_t earlier = earlier_of(p, e);
	bool again = earlier && entry_at(p, earlier)->time >= x->to - p->span;
	x->count += !again;
	x->sum += amount_of(p, at);
	if (p->rules)
		x->rules |= UINT64_C(1) << at->more->value;
}

static void take_out(const struct pool *p, struct stretch *x, uint32_t e)
{
	const struct entry *at = entry_at(p, e);
	uint32_t later = later_of(p, e);
	if (later && entry_at(p, later)->time <= x->to)
		return;
	x->count--;
	x->sum -= amount_of(p, at);
	if (p->rules)
		x->rules &= ~(UINT64_C(1) << at->more->value);
}

/* All that happened at one time. */
static void put_all(const struct pool *p, struct stretch *x, uint32_t e)
{
	for (; e && entry_at(p, e)->time <= x->to; e = entry_at(p, e)->newer) {
		put_in(p, x, e);
		x->last = e;
	}
}

struct stretch stretch_at(const struct pool *p, const struct window *w, uint32_t e)
{
	struct stretch x = {.to = entry_at(p, e)->time};
	if (e == w->last) {
		x = (struct stretch){x.to, w->start, e, w->inside, w->sum, 0};
		for (; p->rules && e && is_inside(p, w, e); e = entry_at(p, e)->older)
			x.rules |= UINT64_C(1) << entry_at(p, e)->more->value;
		return x;
	}
	for (x.first = e; entry_at(p, x.first)->older &&
			  entry_at(p, entry_at(p, x.first)->older)->time >= x.to - p->span;)
		x.first = entry_at(p, x.first)->older;
	put_all(p, &x, x.first);
	return x;
}

bool stretch_next(const struct pool *p, uint32_t e, struct stretch *x)
{
	uint32_t next = entry_at(p, x->last)->newer;
	int64_t to = next ? entry_at(p, next)->time : 0;
	if (!next || to > entry_at(p, e)->time + p->span)
		return false;
	for (; entry_at(p, x->first)->time < to - p->span; x->first = entry_at(p, x->first)->newer)
		take_out(p, x, x->first);
	x->to = to;
	put_all(p, x, next);
	return true;
}

uint32_t stretch_entry(const struct pool *p, const struct stretch *x, uint32_t before)
{
	uint32_t e = before ? entry_at(p, before)->newer : x->first;
	for (; e && entry_at(p, e)->time <= x->to; e = entry_at(p, e)->newer) {
		uint32_t later = later_of(p, e);
		if (!later || entry_at(p, later)->time > x->to)
			return e;
	}
	return 0;
}
