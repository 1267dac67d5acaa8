/* State is bounded, and what is dropped is counted. */
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define RULE                                                                                       \
	"title: r\nid: 00000000-0000-4000-8000-000000000001\nname: r\nlogsource: {product: toy}\n" \
	"detection: {s: {action: login}, condition: s}\n---\n"
#define LATER                                                                                      \
	"title: l\nid: 00000000-0000-4000-8000-000000000002\nname: l\nlogsource: {product: toy}\n" \
	"detection: {s: {action: logout}, condition: s}\n---\n"

static void count(void *ctx, const struct sigma_hit *hit)
{
	++*(size_t *)ctx;
}

/* Event `i` of user `user`, one a second. */
static void feed(struct sigma *s, size_t user, size_t port, int64_t second, size_t *hits)
{
	char text[64];
	int n = snprintf(text, sizeof text, "action=login;user=u%zu;port=%zu", user, port);
	struct toy_event e = toy_event((slice){text, (size_t)n});
	struct sigma_token token = {{(uint64_t)second}};
	sigma_feed(s, &e, second * CLOCK_SECOND, &token, count, hits);
}

static const struct {
	const char *name, *rules;
	size_t users, each; /* groups, events of each */
	int64_t apart;      /* seconds between two events */
	uint64_t shed_least, shed_most;
	size_t bytes_most;
} rows[] = {
    {"groups of event_count",
     RULE
     "title: c\nname: c\ncorrelation: {type: event_count, rules: r, group-by: user, timespan: 30d, "
     "condition: {gte: 3}}\n",
     100000, 1, 1, 83616, 83616, 8 << 20},
    {"old groups go without being counted",
     RULE
     "title: c\nname: c\ncorrelation: {type: event_count, rules: r, group-by: user, timespan: 1m, "
     "condition: {gte: 3}}\n",
     100000, 1, 1, 0, 0, 32 << 20},
    {"entries of event_count",
     RULE
     "title: c\nname: c\ncorrelation: {type: event_count, rules: r, group-by: user, timespan: 30d, "
     "condition: {gte: 5000}}\n",
     100, 4000, 1, 90, 95, 8 << 20},
    {"entries of value_count",
     RULE
     "title: c\nname: c\ncorrelation: {type: value_count, rules: r, group-by: user, timespan: 30d, "
     "condition: {field: port, gte: 5000}}\n",
     100, 4000, 1, 90, 95, 16 << 20},
    {"groups of temporal_ordered",
     RULE LATER
     "title: c\nname: c\ncorrelation: {type: temporal_ordered, rules: [r, l], group-by: user, "
     "timespan: 30d}\n",
     100000, 1, 1, 80000, 90000, 64 << 20},
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sigma *s = toy_rules(rows[i].rules);
		size_t hits = 0, last = sigma_count(s) - 1;
		int64_t second = 0;
		for (size_t u = 0; u < rows[i].users; u++)
			for (size_t k = 0; k < rows[i].each; k++)
				feed(s, u, k, second += rows[i].apart, &hits);
		assert_int_equal(hits, 0);
		uint64_t shed = sigma_rule(s, last)->shed;
		if (shed < rows[i].shed_least || shed > rows[i].shed_most ||
		    sigma_bytes(s) > rows[i].bytes_most)
			fail_msg("%s: shed %llu, %zu bytes", rows[i].name, (unsigned long long)shed,
				 sigma_bytes(s));
		sigma_free(&s);
	}
}

/* The newest groups are those that stay. */
static void test_newest_stay(void **state)
{
	struct sigma *s =
	    toy_rules(RULE "title: c\nname: c\ncorrelation: {type: event_count, rules: r, "
			   "group-by: user, timespan: 30d, condition: {gte: 2}}\n");
	size_t hits = 0;
	for (size_t u = 0; u < 70000; u++)
		feed(s, u, 0, (int64_t)u, &hits);
	feed(s, 69999, 0, 70000, &hits);
	assert_int_equal(hits, 1);
	feed(s, 0, 0, 70001, &hits);
	assert_int_equal(hits, 1);
	sigma_free(&s);
}

static void count_events(void *ctx, const struct sigma_hit *hit)
{
	size_t *told = ctx;
	told[0]++;
	told[1] += hit->count;
	told[2] = (size_t)(hit->first / CLOCK_SECOND);
}

/* One flood in one group: memory does not grow, and each event is counted by one hit. */
static void test_flood(void **state)
{
	struct sigma *s =
	    toy_rules(RULE "title: c\nname: c\ncorrelation: {type: event_count, rules: r, "
			   "group-by: user, timespan: 1h, condition: {gte: 10}}\n");
	struct toy_event e = toy_event(SLICE("action=login;user=a"));
	size_t told[3] = {0};
	for (int64_t i = 0; i < 200000; i++)
		sigma_feed(s, &e, i / 25 * CLOCK_SECOND, NULL, count_events, told);
	assert_int_equal(told[0], 3); /* at 0, 3601 and 7202 seconds */
	assert_int_equal(told[1], 7202 * 25 + 1);
	assert_int_equal(told[2], 3601); /* the third began with the first event after the second */
	assert_in_range(sigma_bytes(s), 1, 256 << 10);
	sigma_free(&s);
}

/* A flood of which each event comes late by up to five minutes, of few values: what late events
 * may still need is bounded, too. */
static void test_late_flood(void **state)
{
	static const char *const correlations[] = {
	    "type: value_count, rules: r, timespan: 1s, condition: {field: port, gte: 5000}",
	    "type: temporal, rules: [r, l], timespan: 1s",
	    "type: temporal, timespan: 1s, condition: r and (l or l)",
	    "type: temporal_ordered, rules: [r, l], timespan: 1s",
	    "type: temporal_ordered, rules: [l, r], timespan: 1h",
	    "type: event_count, rules: r, timespan: 1h, condition: {eq: 1}",
	    "type: temporal, timespan: 1h, condition: l and not r"};
	for (size_t c = 0; c < sizeof correlations / sizeof *correlations; c++) {
		char rules[1024];
		snprintf(rules, sizeof rules,
			 RULE LATER "title: c\nname: c\ncorrelation: {group-by: user, %s}\n",
			 correlations[c]);
		struct sigma *s = toy_rules(rules);
		size_t hits = 0;
		for (size_t i = 0; i < 100000; i++)
			feed(s, i % 7, i % 100, 300 + (int64_t)(i / 100 - i * 7919 % 300), &hits);
		sigma_time(s, INT64_MAX, count, &hits);
		assert_int_equal(hits, 0);
		if (sigma_bytes(s) > 8 << 20)
			fail_msg("%s: %zu bytes", correlations[c], sigma_bytes(s));
		sigma_free(&s);
	}
}

/* Times from anywhere in the number range must not harm. */
static void test_wild_times(void **state)
{
	static const int64_t times[] = {INT64_MIN,     INT64_MAX,     0, -1,
					INT64_MAX - 1, INT64_MIN + 1, 1};
	static const char *const conditions[] = {"{gte: 2}", "{lt: 2}"};
	for (size_t c = 0; c < 2; c++) {
		char rules[512];
		snprintf(
		    rules, sizeof rules,
		    RULE
		    "title: c\nname: c\ncorrelation: {type: event_count, rules: r, group-by: user, "
		    "timespan: 366d, condition: %s}\n",
		    conditions[c]);
		struct sigma *s = toy_rules(rules);
		size_t hits = 0;
		struct toy_event e = toy_event(SLICE("action=login;user=a"));
		for (size_t i = 0; i < 49; i++)
			sigma_feed(s, &e, times[i * i % 7], NULL, count, &hits);
		sigma_time(s, INT64_MAX, count, &hits);
		assert_true(hits > 0);
		sigma_free(&s);
	}
}

/* A long value groups by all of it, though only its head is kept. */
static void test_long_values(void **state)
{
	struct sigma *s =
	    toy_rules(RULE "title: c\nname: c\ncorrelation: {type: event_count, rules: r, "
			   "group-by: user, timespan: 1h, condition: {gte: 2}}\n");
	size_t hits = 0;
	for (int i = 0; i < 65; i++) {
		struct out o = {.fd = -1};
		out_text(&o, "action=login;user=");
		for (int k = 0; k < 5000; k++)
			out_char(&o, 'a');
		out_format(&o, "%d", i % 64);
		struct toy_event e = toy_event((slice){o.at, o.len});
		sigma_feed(s, &e, i, NULL, count, &hits);
		out_close(&o);
		assert_int_equal(hits, i == 64);
	}
	sigma_free(&s);
}

/* What comes too late is counted as such. */
static void test_late(void **state)
{
	struct sigma *s =
	    toy_rules(RULE "title: c\nname: c\ncorrelation: {type: event_count, rules: r, "
			   "group-by: user, timespan: 1m, condition: {gte: 2}}\n");
	size_t hits = 0;
	feed(s, 1, 0, 1000, &hits);
	feed(s, 1, 0, 1000 - 360, &hits); /* the timespan and five minutes */
	assert_int_equal(sigma_rule(s, 1)->late, 0);
	feed(s, 1, 0, 1000 - 361, &hits);
	assert_int_equal(sigma_rule(s, 1)->late, 1);
	assert_int_equal(hits, 0);
	sigma_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),       cmocka_unit_test(test_newest_stay),
	    cmocka_unit_test(test_flood),      cmocka_unit_test(test_late_flood),
	    cmocka_unit_test(test_wild_times), cmocka_unit_test(test_long_values),
	    cmocka_unit_test(test_late)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
