/*
 * subset.c - which messages add up to a session's count and bytes.
 *
 * Sizes are sorted; sets are tried from the largest size down, and a branch is left as soon as the
 * smallest or largest sum still to be had lies on the wrong side.  The last two sizes are found
 * by closing in from both ends.  Of a count above the half, the messages left out are sought.
 * Laws: (1) each multiset of sizes is met at most once; (2) one that leaves an equal size unused
 * can be had with other messages too, so it counts as several; (3) memory is 32 bytes a size and
 * 32 a chosen one; (4) no more than SUBSET_WORK_MOST steps.
 */
#include "mailstore/mailstore.h"

#include <stdlib.h>

struct sized {
	int64_t size;
	size_t at;  /* index into the caller's sizes */
	size_t run; /* first place of those of its size */
};

struct level {
	size_t from;  /* the next size to try stands below this */
	int64_t left; /* to be made up by this level and those after it */
};

struct search {
	struct sized *sorted; /* ascending */
	int64_t *sums;        /* sums[i]: of the first i */
	size_t n, count;
	struct level *levels;
	size_t *set, *found; /* places in `sorted`, descending */
	size_t solutions;    /* no further than 2 */
	int64_t steps;
};

static int compare_sizes(const void *x, const void *y)
{
	const struct sized *a = x, *b = y;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* Law 2. Equal sizes are chosen from the top of their run, so an unused one stands just below. */
static bool has_twin(const struct search *s, const size_t *set)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t below = set[i] - 1;
		bool next = i + 1 < s->count && set[i + 1] == below;
		if (set[i] > 0 && !next && s->sorted[below].size == s->sorted[set[i]].size)
			return true;
	}
	return false;
}

static void solved(struct search *s)
{
	s->solutions += has_twin(s, s->set) ? 2 : 1;
	memcpy(s->found, s->set, s->count * sizeof *s->set);
}

/* Two sizes below `from` that make `left`; `set` is where they go. */
static void close_in(struct search *s, size_t from, int64_t left, size_t *set)
{
	size_t low = 0, high = from;
	while (low + 1 < high && s->solutions < 2 && ++s->steps <= SUBSET_WORK_MOST) {
		int64_t sum = s->sorted[low].size + s->sorted[high - 1].size;
		if (sum < left) {
			low++;
			continue;
		}
		if (sum == left) {
			set[0] = high - 1;
			set[1] = s->sorted[low].size == s->sorted[high - 1].size ? high - 2 : low;
			while (set[1] + 1 < set[0] &&
			       s->sorted[set[1] + 1].size == s->sorted[set[1]].size)
				set[1]++;
			solved(s);
		}
		high = s->sorted[high - 1].run;
	}
}

static void find_single(struct search *s, int64_t left)
{
	for (size_t i = s->n; i-- > 0 && s->sorted[i].size >= left;)
		if (s->sorted[i].size == left) {
			s->set[0] = i;
			solved(s);
			return;
		}
}

/*
 * Moves level `depth` to its next size; the rest of the set must come from below it.
 * False: none is left.
 */
static bool advance(struct search *s, size_t depth, int64_t *rest)
{
	struct level *l = &s->levels[depth];
	size_t after = s->count - depth - 1; /* sizes still to choose behind this one */
	while (l->from > after && ++s->steps <= SUBSET_WORK_MOST) {
		size_t i = l->from - 1;
		*rest = l->left - s->sorted[i].size;
		if (*rest > s->sums[i] - s->sums[i - after])
			return false; /* smaller ones fall shorter still */
		l->from = s->sorted[i].run;
		s->set[depth] = i;
		if (*rest >= s->sums[after])
			return true;
	}
	return false;
}

/* Depth first, without recursion: the count may be in the thousands. */
static void descend(struct search *s, int64_t bytes)
{
	size_t depth = 0;
	s->levels[0] = (struct level){s->n, bytes};
	for (;;) {
		int64_t rest;
		bool more = s->solutions < 2 && s->steps <= SUBSET_WORK_MOST;
		if (more && advance(s, depth, &rest)) {
			if (depth + 3 == s->count) {
				close_in(s, s->set[depth], rest, &s->set[depth + 1]);
				continue;
			}
			size_t below = s->set[depth++];
			s->levels[depth] = (struct level){below, rest};
		} else if (!more || depth-- == 0) {
			return;
		}
	}
}

static void search(struct search *s, int64_t bytes)
{
	if (s->count == 0)
		s->solutions = bytes == 0;
	else if (s->count == 1)
		find_single(s, bytes);
	else if (s->count == 2)
		close_in(s, s->n, bytes, s->set);
	else
		descend(s, bytes);
}

/* Sizes that are unknown (negative) or too large for the sum are no candidates. */
static size_t take_candidates(struct search *s, const int64_t *sizes, size_t n, int64_t bytes)
{
	for (size_t i = 0; i < n; i++)
		if (sizes[i] >= 0 && sizes[i] <= bytes)
			s->sorted[s->n++] = (struct sized){.size = sizes[i], .at = i};
	qsort(s->sorted, s->n, sizeof *s->sorted, compare_sizes);
	for (size_t i = 0; i < s->n; i++) {
		bool same = i > 0 && s->sorted[i - 1].size == s->sorted[i].size;
		s->sorted[i].run = same ? s->sorted[i - 1].run : i;
		s->sums[i + 1] = s->sums[i] + s->sorted[i].size;
	}
	return s->n;
}

static int compare_places(const void *x, const void *y)
{
	size_t a = *(const size_t *)x, b = *(const size_t *)y;
	return (a > b) - (a < b);
}

/* The found set, or all but it, as ascending indexes of the caller. */
static void hand_out(const struct search *s, bool left_out, size_t *chosen)
{
	size_t out = 0, next = s->count; /* found[] descends */
	for (size_t i = 0; i < s->n; i++) {
		bool in = next > 0 && s->found[next - 1] == i;
		next -= in;
		if (in != left_out)
			chosen[out++] = s->sorted[i].at;
	}
	qsort(chosen, out, sizeof *chosen, compare_places);
}

static enum subset answer(const struct search *s)
{
	if (s->solutions > 1)
		return SUBSET_SEVERAL;
	if (s->steps > SUBSET_WORK_MOST)
		return SUBSET_TOO_MUCH_WORK;
	return s->solutions ? SUBSET_ONE : SUBSET_NONE;
}

enum subset subset_find(const int64_t *sizes, size_t n, size_t count, int64_t bytes, size_t *chosen)
{
	if (bytes < 0 || count > n)
		return SUBSET_NONE;
	if (bytes > INT64_MAX / 2 / (int64_t)(n + 1))
		return SUBSET_TOO_MUCH_WORK; /* sums would overflow */
	struct search s = {.sorted = must_alloc(n * sizeof *s.sorted),
			   .sums = must_alloc((n + 1) * sizeof *s.sums)};
	enum subset result = SUBSET_NONE;
	if (take_candidates(&s, sizes, n, bytes) >= count) {
		bool left_out = count > s.n / 2;
		s.count = left_out ? s.n - count : count;
		s.levels = must_alloc(s.count * sizeof *s.levels);
		s.set = must_alloc(s.count * sizeof *s.set);
		s.found = must_alloc(s.count * sizeof *s.found);
		search(&s, left_out ? s.sums[s.n] - bytes : bytes);
		result = answer(&s);
		if (result == SUBSET_ONE)
			hand_out(&s, left_out, chosen);
	}
	free(s.sorted);
	free(s.sums);
	free(s.levels);
	free(s.set);
	free(s.found);
	return result;
}
