/*
 * lull.c - pauses that chance does not make.
 *
 * Small hosts are silent for half an hour, and all of them at night.  A pause is told if the hour
 * before it and the hour after it have a record in nearly every minute: with the share q of
 * minutes that have none, n such minutes in a row happen once in q^-n times.  A daemon or a host
 * that was down looks the same, and so does a piece that was cut out.
 */
#include "lull.h"

#include <math.h>

enum { AROUND = 60, LEAST = 10, AFTER_LEAST = 30 };
static const double odds = 12; /* once in 10^12: minutes are no independent draws */

static unsigned busy_minutes(uint64_t busy, unsigned most)
{
	return (unsigned)__builtin_popcountll(busy & ((UINT64_C(1) << most) - 1));
}

static void keep(struct lulls *l)
{
	size_t at = l->len;
	int64_t length = l->waiting.to_us - l->waiting.from_us;
	while (at > 0 && length > l->at[at - 1].to_us - l->at[at - 1].from_us)
		at--;
	if (at == LULLS_MOST)
		return;
	l->len += l->len < LULLS_MOST;
	memmove(&l->at[at + 1], &l->at[at], (l->len - at - 1) * sizeof *l->at);
	l->at[at] = l->waiting;
}

/* `of` minutes have gone since it ended; the newest record may lie before that. */
static void judge(struct lulls *l, unsigned of)
{
	struct lull *w = &l->waiting;
	int64_t empty = w->to_us / CLOCK_MINUTE - w->from_us / CLOCK_MINUTE - 1,
		known = l->minute - w->to_us / CLOCK_MINUTE + 1;
	unsigned before = w->busy;
	w->busy += busy_minutes(l->busy, known < AROUND ? (unsigned)known : AROUND);
	w->of += of;
	unsigned none = w->of > w->busy + 2 ? w->of - w->busy : 2;
	l->waits = false;
	if (4 * (w->busy - before) >= 3 * of && (double)empty * log10((double)w->of / none) >= odds)
		keep(l);
}

static void begin(struct lulls *l, int64_t before, int64_t now, const struct place *place)
{
	unsigned busy = busy_minutes(l->busy, AROUND);
	if (l->waits || 4 * busy < 3 * AROUND || now - before >= LULL_LONGEST_US)
		return;
	l->waiting = (struct lull){before, now, *place, busy, AROUND};
	l->waits = true;
}

void lulls_record(struct lulls *l, int64_t before, int64_t now, const struct place *place)
{
	int64_t minute = now / CLOCK_MINUTE, further = minute - l->minute;
	if (further <= 0)
		return;
	if (l->waits && minute - l->waiting.to_us / CLOCK_MINUTE >= AROUND)
		judge(l, AROUND);
	if (l->minute && further > LEAST)
		begin(l, before, now, place);
	l->busy = further < 64 ? l->busy << further | 1 : 1;
	l->minute = minute;
}

void lulls_end(struct lulls *l)
{
	int64_t after = l->waits ? l->minute - l->waiting.to_us / CLOCK_MINUTE + 1 : 0;
	if (after >= AFTER_LEAST)
		judge(l, after < AROUND ? (unsigned)after : AROUND);
}
