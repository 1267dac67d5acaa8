/*
 * metric.c - correlations over numbers: value_sum, value_avg, value_percentile (correlation rules
 * specification 2.1.0), and value_median.
 *
 * A sum only grows, so `gt` and `gte` are decided at once; every other condition looks at the whole
 * window, which begins with the group's first event.  The percentile is by nearest rank: the least
 * value that `percentile` per cent of the events do not exceed.  A value_percentile without
 * `percentile` is about how often values occur, as in the specification's example ("a process name
 * less than 1 % of all"): it holds if some value's share of the events, in per cent, does.
 */
#include "internal.h"

#include <stdlib.h>

bool metric_of_value(const struct sigma_value *v, double *amount)
{
	int64_t n;
	if (value_number(v, &n)) {
		*amount = (double)n;
		return true;
	}
	return v->kind == SIGMA_TEXT && decimal_parse(v->text, amount);
}

bool metric_fulfils(const struct correlation *c, double v)
{
	bool all = true;
	for (unsigned i = 0; i < c->bound_count; i++) {
		double than = c->bounds[i].than;
		switch (c->bounds[i].how) {
		case HOW_GT:
			all &= v > than;
			break;
		case HOW_GTE:
			all &= v >= than;
			break;
		case HOW_LT:
			all &= v < than;
			break;
		case HOW_LTE:
			all &= v <= than;
			break;
		case HOW_EQ:
			all &= v >= than && v <= than;
			break;
		case HOW_NEQ:
			all &= v < than || v > than;
			break;
		}
	}
	return all;
}

static int by_amount(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static double rank(const double *sorted, size_t n, double percentile)
{
	double at = percentile / 100 * (double)n;
	size_t i = (size_t)at;
	i += (double)i < at;
	return sorted[i ? i - 1 : 0];
}

static double percentile(const struct pool *p, const struct window *w, const struct correlation *c)
{
	double *all = must_alloc((w->count + 1) * sizeof *all), at;
	size_t n = 0;
	for (uint32_t e = w->first; e; e = entry_at(p, e)->newer)
		all[n++] = entry_at(p, e)->more->amount;
	qsort(all, n, sizeof *all, by_amount);
	if (c->type == VALUE_MEDIAN)
		at = (all[(n - 1) / 2] + all[n / 2]) / 2;
	else
		at = rank(all, n, c->percentile);
	free(all);
	return at;
}

/* Some value's share that fulfils the condition. */
static bool share(const struct pool *p, const struct window *w, const struct correlation *c,
		  double *value)
{
	uint64_t *all = must_alloc((w->count + 1) * sizeof *all);
	size_t n = 0;
	bool found = false;
	for (uint32_t e = w->first; e; e = entry_at(p, e)->newer)
		all[n++] = entry_at(p, e)->more->value;
	qsort(all, n, sizeof *all, by_value);
	for (size_t from = 0, i = 1; i <= n && !found; i++) {
		if (i < n && all[i] == all[from])
			continue;
		*value = 100 * (double)(i - from) / (double)n;
		found = metric_fulfils(c, *value);
		from = i;
	}
	free(all);
	return found;
}

bool metric_holds(const struct pool *p, const struct window *w, const struct correlation *c,
		  double total, uint64_t tally, double *value)
{
	if (!w->count || !tally)
		return false;
	if (c->type == VALUE_PERCENTILE && !c->has_percentile)
		return share(p, w, c, value);
	if (c->type == VALUE_SUM)
		*value = total;
	else if (c->type == VALUE_AVG)
		*value = total / (double)tally;
	else
		*value = percentile(p, w, c);
	return metric_fulfils(c, *value);
}
