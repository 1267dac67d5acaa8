/* test_walk.c - how a browser goes through messages: a script's way, and a reader's. */
#include "story.h"

#include <stdio.h>

#define IP  " ip=203.0.113.5 agent=Firefox task=mail folder=INBOX"
#define GET "http-request+" IP " method=GET do="

/* Every two seconds what lies next. */
static const struct told script[] = {
    {0, GET "show uid=100", "webmail.walk=1 !webmail.walk_gap"},
    {2, GET "show uid=99", "!webmail.walk_gap"},
    {4, GET "show uid=98", "!webmail.walk_gap"},
    {6, GET "show uid=97",
     "webmail.walk_gap=2000 webmail.walk_deviation=0 webmail.walk_neighbours=100"},
    {8, GET "show uid=97", "!webmail.walk !webmail.walk_gap"}, /* the same again */
    {8.5, GET "show uid=96", "webmail.walk_gap=2000 webmail.walk_deviation=0"},
};

/* A reader dwells, skips, comes back after lunch. */
static const struct told reader[] = {
    {0, GET "show uid=100", ""},
    {4, GET "show uid=97", ""},
    {64, GET "show uid=96", ""},
    {76, GET "show uid=80",
     "webmail.walk_gap=12000 webmail.walk_deviation=66 webmail.walk_neighbours=33"},
    {3600, GET "show uid=79", "webmail.walk=1 !webmail.walk_gap"},
    {3601, GET "show uid=78", "!webmail.walk_gap"},
};

static const struct told parts[] = {
    {0, GET "get uid=7 part=2", "webmail.parts=1"},
    {1, GET "get uid=7 part=2", "!webmail.parts"}, /* a viewer that reads it in ranges */
    {2, GET "get uid=7 part=3", "webmail.parts=2"},
    {3, GET "get uid=8 part=3", "webmail.parts=3"},
    {4, "http-request-" IP " method=GET do=get uid=8 part=4", "!webmail.parts"},
    {5, GET "get uid=8", "!webmail.parts"},
    {6, "http-request+ ip=203.0.113.5 agent=Other task=mail do=get uid=8 part=5",
     "webmail.parts=1"},
    {400, GET "get uid=9 part=2", "webmail.parts=1"},
};

static void stories(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "a script", script);
	story_end(&s);
	story_start(&s);
	STORY(&s, "a reader", reader);
	story_end(&s);
	story_start(&s);
	STORY(&s, "parts", parts);
	story_end(&s);
}

/* The last two dozen tell the rhythm, whatever came before them. */
static void a_long_walk(void **state)
{
	struct story s;
	char words[120];
	struct event e;
	story_start(&s);
	for (int i = 0; i < 60; i++) {
		snprintf(words, sizeof words, GET "show uid=%d", i < 30 ? i * 3 : 1000 + i);
		e = story_tell(&s, i * (i < 30 ? 1 : 3), words, "");
	}
	assert_true(story_is(&s, &e,
			     "webmail.walk_gap=3000 webmail.walk_deviation=0 "
			     "webmail.walk_neighbours=100",
			     "the last"));
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stories),
					   cmocka_unit_test(a_long_walk)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
