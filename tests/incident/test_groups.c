/* test_groups.c - which hits make one incident, since when, and how they got in. */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>

#define IN(user, ip, sid) "login+ user=" user " ip=" ip " proto=imap module=dovecot sid=" sid
#define NO(user, ip)      "login- user=" user " ip=" ip " proto=imap module=dovecot"
#define E1                "203.0.113.5"
#define E2                "198.51.100.9"

static const struct {
	const char *name;
	struct row rows[12];
	const char *want;
} cases[] = {
    {"nothing", {{0, "warning"}}, "incidents 0"},
    {"a lower hit alone is no incident",
     {{100, IN("ana", E1, "a"), "medium"}},
     "incidents 0|alone medium x1"},
    {"one hit",
     {{100, IN("ana", E1, "a"), "stolen-password"}},
     "incidents 1|incident high|entry stolen-password ana " E1 " at 100 likely"
     "|from 100 to 100 finding 100|account ana proven|source " E1 " proven|weights 100"
     "|finding stolen-password x1|how-they-got-in likely: Stolen password: first and only"},
    {"one account, two addresses",
     {{100, IN("ana", E1, "a"), "stolen-password"}, {200, IN("ana", E2, "b"), "stolen-password"}},
     "incidents 1|source " E1 " proven|source " E2 " proven|from 100 to 200 finding 100"},
    {"one address, two accounts",
     {{100, IN("ana", E1, "a"), "stolen-password"}, {200, IN("ben", E1, "b"), "stolen-password"}},
     "incidents 1|account ana proven|account ben proven"},
    {"strangers to each other",
     {{100, IN("ana", E1, "a"), "stolen-password"}, {200, IN("ben", E2, "b"), "stolen-password"}},
     "incidents 2"},
    {"bound by a third",
     {{100, IN("ana", E1, "a"), "stolen-password"},
      {200, IN("ben", E2, "b"), "stolen-password"},
      {300, IN("ana", E2, "c"), "stolen-password"}},
     "incidents 1|account ana proven|account ben proven|from 100 to 300 finding 100"},
    {"two weeks and more apart",
     {{100, IN("ana", E1, "a"), "stolen-password"},
      {DAYS(14) + 101, IN("ana", E2, "b"), "stolen-password"}},
     "incidents 2"},
    {"two weeks apart",
     {{100, IN("ana", E1, "a"), "stolen-password"},
      {DAYS(14) + 100, IN("ana", E2, "b"), "stolen-password"}},
     "incidents 1"},
    {"addresses that guessed at the same accounts",
     {{10, NO("xan", E1)},
      {11, NO("yan", E1)},
      {12, NO("xan", E2)},
      {13, NO("yan", E2)},
      {100, IN("ana", E1, "a"), "password-spray"},
      {200, IN("ben", E2, "b"), "password-spray"}},
     "incidents 1|entry password-spray ana " E1 " at 100 likely|from 10 to 200 finding 100"},
    {"one account guessed at in common is chance",
     {{10, NO("xan", E1)},
      {11, NO("yan", E1)},
      {12, NO("xan", E2)},
      {100, IN("ana", E1, "a"), "password-spray"},
      {200, IN("ben", E2, "b"), "password-spray"}},
     "incidents 2"},
    {"a lower hit joins by address",
     {{100, IN("ana", E1, "a"), "stolen-password"}, {50, IN("ben", E1, "b"), "medium"}},
     "incidents 1|finding medium x1|!alone medium|from 50 to 100 finding 50|account ben proven"},
    {"who was there first is a neighbour",
     {{50, IN("ben", E1, "b")}, {100, IN("ana", E1, "a"), "stolen-password"}},
     "incidents 1|account ana proven|account ben possible|!session b|from 100 to 100|messages 0 of "
     "-1|gap missing who shares the intruder's address: whose place the intruder's address is "
     "besides: ben came|since-when likely"},
    {"his address changes within its network",
     {{100, IN("ana", E1, "a"), "stolen-password"},
      {200, IN("ana", "203.0.113.77", "b")},
      {300, IN("ben", "203.0.113.78", "c")}},
     "incidents 1|source " E1 " proven|source 203.0.113.77 likely|session b ana -1 likely|from 100 "
     "to 200|!account ben|!source 203.0.113.78"},
    {"a /64 is one machine's",
     {{100, IN("ana", "2001:db8:1::5", "a"), "stolen-password"},
      {200, IN("ana", "2001:db8:1::77", "b")},
      {300, IN("ana", "2001:db8:1:9::78", "c")}},
     "source 2001:db8:1::77 proven|source 2001:db8:1:9::78 likely"},
    {"a lower hit elsewhere stays alone",
     {{100, IN("ana", E1, "a"), "stolen-password"}, {50, IN("ben", E2, "b"), "medium"}},
     "incidents 1|alone medium x1|!finding medium"},
    {"the malice begins before the finding",
     {{10, NO("ana", E1)},
      {20, NO("ana", E1)},
      {30, IN("ana", E1, "a")},
      {500, IN("ana", E1, "b"), "brute-force"}},
     "incidents 1|entry brute-force ana " E1 " at 30 likely|from 10 to 500 finding 500"
     "|how-they-got-in likely: Guessing: 2 failed tries"},
    {"the owner's own address is no intruder's",
     {{10, IN("ana", "192.0.2.7", "h")},
      {100, IN("ana", E1, "a"), "stolen-password"},
      {200, IN("ana", "192.0.2.7", "i")}},
     "incidents 1|from 100 to 100 finding 100|!source 192.0.2.7|!session h|!session i|session a "
     "ana -1 proven"},
    {"the more telling way in wins",
     {{100, IN("ana", E1, "a"), "stolen-password"},
      {110, IN("ana", E1, "b"), "password-spray"},
      {120, IN("ana", E1, "c"), "brute-force"}},
     "incidents 1|entry password-spray"},
    {"an unknown way in",
     {{100, IN("ana", E1, "a"), "something-else"}},
     "incidents 1|entry unknown|how-they-got-in : Unknown"},
    {"a hit twice is counted once and added up",
     {{100, IN("ana", E1, "a"), "stolen-password"}, {110, IN("ana", E1, "b"), "stolen-password"}},
     "incidents 1|finding stolen-password x2|from 100 to 110 finding 100"},
    {"a guess outranks a stolen password",
     {{100, IN("ana", E1, "a"), "brute-force"}, {110, IN("ana", E1, "b"), "stolen-password"}},
     "incidents 1|entry brute-force"},
    {"a webmail exploit outranks a walk in a session",
     {{100, IN("ana", E1, "a"), "webmail-exploit"},
      {110, IN("ana", E1, "b"), "webmail-session-abuse"},
      {120, IN("ana", E1, "c"), "password-spray"}},
     "incidents 1|entry webmail-exploit"},
    {"all four who failed came in: an office",
     {{10, NO("ana", E1)},
      {11, NO("ben", E1)},
      {12, NO("cat", E1)},
      {13, NO("dan", E1)},
      {20, IN("ana", E1, "a")},
      {21, IN("ben", E1, "b")},
      {22, IN("cat", E1, "c")},
      {23, IN("dan", E1, "d"), "password-spray"}},
     "incidents 0"},
    {"three are no office",
     {{10, NO("ana", E1)},
      {11, NO("ben", E1)},
      {12, NO("cat", E1)},
      {20, IN("ana", E1, "a")},
      {21, IN("ben", E1, "b")},
      {22, IN("cat", E1, "c"), "password-spray"}},
     "incidents 1|entry password-spray"},
    {"half of those who failed came in, and others",
     {{10, NO("ana", E1)},
      {11, NO("ben", E1)},
      {12, NO("cat", E1)},
      {13, NO("dan", E1)},
      {20, IN("ana", E1, "a")},
      {21, IN("ben", E1, "b")},
      {22, IN("eve", E1, "c")},
      {23, IN("fay", E1, "d"), "password-spray"}},
     "incidents 0"},
    {"one of those who failed came in: a list",
     {{10, NO("ana", E1)},
      {11, NO("ben", E1)},
      {12, NO("cat", E1)},
      {13, NO("dan", E1)},
      {20, IN("ana", E1, "a")},
      {21, IN("gus", E1, "b")},
      {22, IN("eve", E1, "c")},
      {23, IN("fay", E1, "d"), "password-spray"}},
     "incidents 1|entry password-spray"},
    {"fewer came in than failed",
     {{10, NO("ana", E1)},
      {11, NO("ben", E1)},
      {12, NO("cat", E1)},
      {13, NO("dan", E1)},
      {14, NO("eve", E1)},
      {20, IN("ana", E1, "a")},
      {21, IN("ben", E1, "b")},
      {22, IN("cat", E1, "c")},
      {23, IN("dan", E1, "d"), "password-spray"}},
     "incidents 1"},
    {"an office excuses no stolen password",
     {{20, IN("ana", E1, "a")},
      {21, IN("ben", E1, "b")},
      {22, IN("cat", E1, "c")},
      {23, IN("dan", E1, "d"), "stolen-password"}},
     "incidents 1"},
    {"nor whom it guessed at in haste",
     {{1, IN("ana", "192.0.2.7", "h")},
      {10, NO("ana", E1) " tries=10"},
      {20, IN("ana", E1, "a"), "brute-force"},
      {21, IN("ben", E1, "b")},
      {22, IN("cat", E1, "c")},
      {23, IN("dan", E1, "d")}},
     "incidents 1|entry brute-force ana"},
    {"nine tries are no haste",
     {{1, IN("ana", "192.0.2.7", "h")},
      {10, NO("ana", E1) " tries=9"},
      {20, IN("ana", E1, "a"), "brute-force"},
      {21, IN("ben", E1, "b")},
      {22, IN("cat", E1, "c")},
      {23, IN("dan", E1, "d")}},
     "incidents 0"},
    {"an ally guessed first, and never came in",
     {{5, NO("xan", E2)},
      {6, NO("yan", E2)},
      {7, NO("zed", E2)},
      {10, NO("xan", E1)},
      {11, NO("yan", E1)},
      {12, NO("zed", E1)},
      {100, IN("ana", E1, "a"), "password-spray"}},
     "incidents 1|source " E1 " proven|source " E2 " likely|from 5 to 100 finding 100"},
    {"who shares two targets is none",
     {{5, NO("xan", E2)},
      {6, NO("yan", E2)},
      {7, NO("zed", E2)},
      {10, NO("xan", E1)},
      {11, NO("yan", E1)},
      {100, IN("ana", E1, "a"), "password-spray"}},
     "incidents 1|source " E1 " proven|!source " E2 "|from 10 to 100"},
    {"three accounts are critical",
     {{100, IN("ana", E1, "a"), "stolen-password"},
      {101, IN("ben", E1, "b"), "stolen-password"},
      {102, IN("cat", E1, "c"), "stolen-password"}},
     "incidents 1|incident critical"},
};

static void table_of_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct inquest c;
		inquest_start(&c, NULL);
		inquest_hold(&c, cases[i].rows, sizeof cases[i].rows / sizeof *cases[i].rows);
		inquest_says(&c, cases[i].name, cases[i].want);
		inquest_end(&c);
	}
}

/* Every hit and every piece of evidence points at the record that it is about. */
static void evidence_points_back(void **state)
{
	static const struct row rows[] = {{0, "warning"},
					  {100, IN("ana", E1, "a"), "stolen-password"},
					  {200, "session-end user=ana ip=" E1 " sid=a bodies=2"}};
	struct inquest c;
	size_t n = 0;
	inquest_start(&c, NULL);
	inquest_hold(&c, rows, 3);
	struct incident *x = &c.report.incidents.at[0];
	assert_int_equal(x->findings.at[0].evidence.at[0].place.line, 2);
	assert_int_equal(x->entry.evidence.at[0].place.line, 2);
	assert_int_equal(x->sessions.at[0].evidence.at[1].place.line, 3);
	assert_int_equal(x->accesses.at[0].evidence.at[0].place.line, 3);
	struct evidence **all = report_cited(&c.report, &n);
	assert_true(n >= 5);
	for (size_t i = 0; i < n; i++)
		assert_true(all[i]->place.line >= 1 && all[i]->place.line <= 3);
	free(all);
	inquest_end(&c);
}

static void many_hits(void **state)
{
	struct inquest c;
	char words[120];
	struct row *rows = calloc(600, sizeof *rows);
	inquest_start(&c, NULL);
	for (int i = 0; i < 600; i++) {
		snprintf(words, sizeof words, "login+ user=u%d ip=203.0.%d.5 proto=imap sid=s%d", i,
			 i % 200, i);
		rows[i] =
		    (struct row){i, arena_text(&c.story.arena, slice_of(words)), "stolen-password"};
	}
	inquest_hold(&c, rows, 600);
	inquest_says(&c, "three accounts an address", "incidents 200");
	inquest_end(&c);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_of_cases),
	    cmocka_unit_test(evidence_points_back),
	    cmocka_unit_test(many_hits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
