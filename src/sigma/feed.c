/*
 * feed.c - an event to the rules that it can fulfil.
 *
 * Of a bucket of many rules the index says which are asked (index.h); of few the event's course
 * does (course.c); where neither is to be had, each rule of the bucket is.
 */
#include "index.h"

enum { TIME_MOST_YEARS = 60000 };
#define TIME_MOST (TIME_MOST_YEARS * 366 * CLOCK_DAY)

static int64_t sane_time(const struct sigma *s, int64_t time)
{
	if (time == CLOCK_NONE)
		return s->newest == CLOCK_NONE ? 0 : s->newest;
	return time > TIME_MOST ? TIME_MOST : time < -TIME_MOST ? -TIME_MOST : time;
}

void event_fits(struct sigma *s, struct rule *r)
{
	const struct occasion o = {
	    .event = s->event, .time = s->time, .first = s->time, .token = s->token};
	struct sigma_hit hit = {.time = s->time,
				.first = s->time,
				.count = 1,
				.tokens = s->token,
				.token = s->token,
				.token_count = s->token != NULL,
				.event = s->event};
	rule_holds(s, r, &o, &hit, true);
}

static bool has_all(const uint64_t *present, const struct fields *needs)
{
	uint64_t lacks = 0;
	for (size_t i = 0; i < SIGMA_PRESENT / 64; i++)
		lacks |= needs->bits[i] & ~present[i];
	return !lacks;
}

static void ask_each(struct sigma *s, const struct bucket *b)
{
	const uint64_t *present = s->schema->present ? s->schema->present(s->event) : NULL;
	for (const struct candidate *c = b->rules; c < b->rules + b->count; c++) {
		if ((present && !has_all(present, &c->needs)) ||
		    (c->gate && !leaf_holds(s, c->gate)))
			continue;
		if (logsource_fits(s, c->rule->logsource) && tree_holds(s, c->rule->tree))
			event_fits(s, c->rule);
	}
}

static void ask_indexed(struct sigma *s, const struct bucket *b)
{
	const struct sigma_parts *parts =
	    s->schema->parts ? s->schema->parts(s->event) : parts_gather(s);
	const uint64_t *asked = index_look(s, parts);
	for (size_t word = 0; word < s->index->words; word++)
		for (uint64_t bits = asked[word] & b->mask[word]; bits; bits &= bits - 1) {
			size_t rule = 64 * word + (size_t)__builtin_ctzll(bits);
			const struct plot *plot = &s->index->plots[rule];
			if (logsource_fits(s, plot->source) && program_holds(s, plot))
				event_fits(s, s->rules.at[rule]);
		}
}

static void judge(struct sigma *s, struct bucket *b)
{
	s->event_number++;
	const struct course *c = course_of(s, b);
	if (b->mask)
		ask_indexed(s, b);
	else if (c)
		course_run(s, c);
	else
		ask_each(s, b);
}

void sigma_time(struct sigma *s, int64_t time_us, sigma_on_hit *hit, void *ctx)
{
	bool end = time_us == INT64_MAX;
	s->hit = hit;
	s->hit_ctx = ctx;
	s->event_number++;
	if (!end && sane_time(s, time_us) > s->newest)
		s->newest = sane_time(s, time_us);
	if (end || s->newest - LATENESS > s->close_at)
		correlate_close(s, end);
}

void sigma_feed(struct sigma *s, const void *event, int64_t time_us,
		const struct sigma_token *token, sigma_on_hit *hit, void *ctx)
{
	size_t key = s->bucket_count > 1 ? s->schema->key(event) : 0;
	if (key >= s->bucket_count)
		return;
	struct bucket *b = &s->buckets[key];
	if (b->count == 0 && s->close_at == INT64_MAX)
		return;
	s->time = sane_time(s, time_us);
	if (s->time > s->newest)
		sigma_time(s, s->time, hit, ctx);
	s->event = event;
	s->token = token;
	s->hit = hit;
	s->hit_ctx = ctx;
	if (b->count)
		judge(s, b);
}
