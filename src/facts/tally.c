/* tally.c - see tally.h. */
#include "tally.h"

static void turn_week(struct week *w, int64_t now_us)
{
	uint16_t day = (uint16_t)(now_us / CLOCK_DAY);
	if (day <= w->day)
		return; /* a record a little out of order counts for the newest day */
	unsigned gone = day - w->day;
	for (unsigned i = 0; i < gone && i < 7; i++)
		w->count[(w->day + 1 + i) % 7] = 0;
	w->day = day;
}

void week_add(struct week *w, int64_t now_us, uint32_t n)
{
	turn_week(w, now_us);
	uint16_t *today = &w->count[w->day % 7];
	uint32_t sum = *today + n;
	*today = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
}

uint32_t week_sum(struct week *w, int64_t now_us)
{
	uint32_t sum = 0;
	turn_week(w, now_us);
	for (int i = 0; i < 7; i++)
		sum += w->count[i];
	return sum;
}

uint32_t week_days(struct week *w, int64_t now_us)
{
	uint32_t days = 0;
	turn_week(w, now_us);
	for (int i = 0; i < 7; i++)
		days += w->count[i] > 0;
	return days;
}

enum { PACE_MOST = (1 << 14) - 1 };

static uint32_t at_most(uint32_t n)
{
	return n < PACE_MOST ? n : PACE_MOST;
}

void pace_add(struct pace *p, int64_t now_us, uint32_t n)
{
	uint32_t slot = (uint32_t)(now_us / (CLOCK_HOUR / SLOTS_IN_HOUR));
	uint32_t last = p->slot;
	if (slot != last) {
		p->before = slot == last + 1 ? p->now : 0;
		p->now = 0;
		p->slot = slot & ((1 << 22) - 1);
	}
	p->now = at_most((uint32_t)p->now + n) & PACE_MOST;
	uint32_t both = at_most((uint32_t)p->now + (uint32_t)p->before);
	if (both > p->most)
		p->most = both & PACE_MOST;
}

static uint16_t kept_of(uint32_t hash)
{
	return (uint16_t)(hash >> 16 ? hash >> 16 : 1);
}

bool few_fits(uint16_t *kept, uint32_t n, uint32_t hash)
{
	uint32_t i = 0;
	while (i < n && kept[i] && kept[i] != kept_of(hash))
		i++;
	if (i < n)
		kept[i] = kept_of(hash);
	return i < n;
}

uint16_t few_count(const uint16_t *kept, uint32_t n)
{
	uint16_t count = 0;
	while (count < n && kept[count])
		count++;
	return count;
}

bool few_add(struct few *f, uint32_t hash)
{
	uint16_t own = kept_of(hash);
	for (uint32_t i = 0; i < FEW_KEPT && f->kept[i]; i++)
		if (f->kept[i] == own)
			return false;
	if (f->count < FEW_KEPT) {
		f->kept[f->count++] = own;
		return true;
	}
	uint32_t bit = UINT32_C(1) << (hash >> 26 & 31), *word = &f->sketch[hash >> 31];
	bool other = !(*word & bit);
	*word |= bit;
	f->count += other;
	return other;
}

void rhythm_beat(struct rhythm *r, uint32_t when)
{
	r->at[r->next] = when;
	r->next = (uint8_t)((r->next + 1) % RHYTHM_KEPT);
	r->count += r->count < RHYTHM_KEPT;
}

static void sort(uint32_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && v[j] < v[j - 1]; j--) {
			uint32_t t = v[j];
			v[j] = v[j - 1];
			v[j - 1] = t;
		}
}

static uint32_t middle(uint32_t *v, size_t n)
{
	sort(v, n);
	return n % 2 ? v[n / 2] : (uint32_t)(((uint64_t)v[n / 2 - 1] + v[n / 2]) / 2);
}

void gaps_tell(uint32_t *gaps, size_t n, uint32_t *median, uint32_t *deviation)
{
	*median = middle(gaps, n);
	for (size_t i = 0; i < n; i++)
		gaps[i] = gaps[i] > *median ? gaps[i] - *median : *median - gaps[i];
	uint64_t apart = middle(gaps, n);
	uint64_t percent = *median ? apart * 100 / *median : apart ? 100 : 0;
	*deviation = percent < UINT32_MAX ? (uint32_t)percent : UINT32_MAX;
}

bool rhythm_tell(const struct rhythm *r, uint32_t *median, uint32_t *deviation)
{
	uint32_t gaps[RHYTHM_KEPT];
	size_t n = 0, first = (size_t)(r->next + RHYTHM_KEPT - r->count) % RHYTHM_KEPT;
	if (r->count < RHYTHM_LEAST)
		return false;
	for (size_t i = 1; i < r->count; i++) {
		uint32_t before = r->at[(first + i - 1) % RHYTHM_KEPT],
			 after = r->at[(first + i) % RHYTHM_KEPT];
		gaps[n++] = after > before ? after - before : 0;
	}
	gaps_tell(gaps, n, median, deviation);
	return true;
}
