/* axis.c - time to place, long pauses left out. */
#include "plot.h"

#include <stdlib.h>

static int compare_times(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/*
 * From which length on a time without deeds is a pause: twenty times the middle one, and a
 * fiftieth of the whole; and so long that there are at most PAUSES_MOST of them.
 */
static int64_t pause_least(const int64_t *sorted, size_t n)
{
	int64_t *between = must_alloc((n + 1) * sizeof *between);
	for (size_t i = 1; i < n; i++)
		between[i - 1] = sorted[i] - sorted[i - 1];
	qsort(between, n - 1, sizeof *between, compare_times);
	int64_t least = between[(n - 1) / 2] * 20;
	int64_t share = (sorted[n - 1] - sorted[0]) / 50;
	int64_t bound = n > PAUSES_MOST + 1 ? between[n - 2 - PAUSES_MOST] + 1 : 0;
	free(between);
	least = least > share ? least : share;
	return least > bound ? least : bound > 0 ? bound : 1;
}

static void cut(struct axis *a, const int64_t *sorted, size_t n)
{
	int64_t least = n > 2 ? pause_least(sorted, n) : INT64_MAX;
	a->at[0].first_us = sorted[0];
	a->len = 1;
	for (size_t i = 1; i < n; i++)
		if (sorted[i] - sorted[i - 1] >= least && a->len <= PAUSES_MOST) {
			a->at[a->len - 1].last_us = sorted[i - 1];
			a->at[a->len++].first_us = sorted[i];
		}
	a->at[a->len - 1].last_us = sorted[n - 1];
}

/* A pause takes 3 % of the width and a stretch at least 3 %, all pauses together at most half. */
static void spread(struct axis *a)
{
	double least = a->len > 1 ? 0.5 / (double)(2 * a->len - 1) : 0;
	double band = least < 0.03 ? least : 0.03;
	double fixed = band * (double)(2 * a->len - 1), sum = 0, x = 0;
	for (size_t i = 0; i < a->len; i++)
		sum += (double)(a->at[i].last_us - a->at[i].first_us);
	for (size_t i = 0; i < a->len; i++) {
		double lasts = (double)(a->at[i].last_us - a->at[i].first_us);
		a->at[i].x = x;
		a->at[i].width = band + (1 - fixed) * (sum > 0 ? lasts / sum : 1 / (double)a->len);
		x += a->at[i].width + band;
	}
}

struct axis axis_of(int64_t *times, size_t n)
{
	struct axis a = {0};
	qsort(times, n, sizeof *times, compare_times);
	cut(&a, times, n);
	spread(&a);
	return a;
}

double axis_x(const struct axis *a, int64_t usec)
{
	size_t i = a->len - 1;
	while (i > 0 && usec < a->at[i].first_us)
		i--;
	const struct stretch *s = &a->at[i];
	int64_t span = s->last_us - s->first_us;
	if (usec > s->last_us) /* in a pause: its middle */
		return i + 1 < a->len ? (s->x + s->width + a->at[i + 1].x) / 2 : 1;
	if (usec < s->first_us)
		return 0;
	return span ? s->x + s->width * (double)(usec - s->first_us) / (double)span
		    : s->x + s->width / 2;
}

/* The shortest round step that leaves labels `apart` of the width between them. */
static int64_t round_step(const struct stretch *s, double apart)
{
	static const int steps[] = {1,      2,      5,       10,      15,      30,
				    60,     120,    300,     600,     900,     1800,
				    3600,   7200,   10800,   21600,   43200,   86400,
				    172800, 604800, 1209600, 2592000, 7776000, 31536000};
	double least = (double)(s->last_us - s->first_us) * apart / s->width;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if ((double)steps[i] * (double)CLOCK_SECOND >= least)
			return steps[i] * CLOCK_SECOND;
	return 0;
}

void axis_ticks(const struct axis *a, const struct when *w, double apart, axis_tick *tick,
		void *ctx)
{
	double next = 0;
	for (size_t i = 0; i < a->len; i++) {
		const struct stretch *s = &a->at[i];
		double x = axis_x(a, s->first_us);
		if (x >= next && x <= 1 - apart / 2) {
			tick(ctx, x, s->first_us);
			next = x + apart;
		}
		int64_t step = round_step(s, apart);
		int64_t offset = w->zone ? zone_from_utc(w->zone, s->first_us) - s->first_us : 0;
		if (!step || step > s->last_us - s->first_us)
			continue;
		int64_t at = (s->first_us + offset) / step * step - offset;
		for (; at <= s->last_us; at += step) {
			x = axis_x(a, at);
			if (at <= s->first_us || x < next || x > 1 - apart / 2)
				continue;
			tick(ctx, x, at);
			next = x + apart;
		}
	}
}
