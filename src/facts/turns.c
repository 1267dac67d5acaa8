/*
 * turns.c - who worked at a browser when.
 *
 * Colleagues behind one address whose programs are alike are one browser to an access log: each
 * sign-in may be another person's.  The first walk knows who it is at the time; the second walk
 * asks for times that have passed.  A turn is kept when the next person's begins, and only then.
 */
#include "known.h"

static slice turn_key(const struct browser *b, uint32_t n, char room[12])
{
	uint64_t hash = hash_bytes(table_key(b).at, table_key(b).len);
	memcpy(room, &hash, 8);
	memcpy(room + 8, &n, 4);
	return (slice){room, 12};
}

static bool same_person(const struct turn *t, const struct browser *b)
{
	return t->account == b->account && t->name_hash == b->name_hash && t->stated == b->stated;
}

void turn_over(struct facts *f, struct browser *b, int64_t now)
{
	char room[12];
	const struct turn *last =
	    b->turns ? table_peek(&f->turns, turn_key(b, b->turns - 1, room)) : NULL;
	if (b->account && browser_is_settled(b) && !(last && same_person(last, b)))
		*(struct turn *)table_put(&f->turns, turn_key(b, b->turns++, room), NULL) =
		    (struct turn){b->turn_us, b->account, b->name_hash, b->stated};
	b->turn_us = now;
}

/* The last that began by then; NULL: it is not known any more. */
static const struct turn *turn_at(const struct facts *f, const struct browser *b, int64_t now)
{
	char room[12];
	uint32_t low = 0, high = b->turns;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct turn *t = table_peek(&f->turns, turn_key(b, middle, room));
		if (!t || t->from_us <= now)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? table_peek(&f->turns, turn_key(b, low - 1, room)) : NULL;
}

bool turn_of(const struct facts *f, const struct browser *b, int64_t now, struct turn *t)
{
	const struct turn *past = now < b->turn_us ? turn_at(f, b, now) : NULL;
	*t = past ? *past : (struct turn){b->turn_us, b->account, b->name_hash, b->stated};
	return past || browser_is_settled(b);
}
