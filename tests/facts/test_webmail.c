/*
 * test_webmail.c - whose browser it is: by Roundcube's own log, or by votes of IMAP sessions that
 * the host opened in the same second; and how many messages a browser walks through.
 */
#include "story.h"

#include <stdio.h>

#define IP    " ip=203.0.113.5 agent=Firefox"
#define LOCAL " ip=127.0.0.1 proto=imap"
#define SHOW  "http-request+" IP " method=GET task=mail do=show folder=INBOX"

static slice account_then(struct story *s, const char *agent, double at, bool *stated)
{
	struct address ip = story_address("203.0.113.5");
	int64_t then = STORY_BEGAN + (int64_t)(at * 1e6);
	*stated = false;
	return facts_browser_account(s->facts, &ip, slice_of(agent), then, stated);
}

static slice account_of(struct story *s, const char *agent, bool *stated)
{
	return account_then(s, agent, DAYS(99), stated);
}

static const struct told logged[] = {
    {0, "login+ user=Ana module=roundcube ip=203.0.113.5 proto=http",
     "account=ana protocol.state=new !joined"},
    {1, "http-request+" IP " method=POST task=login", "account=ana joined=1"},
    {5, SHOW " uid=7 http.response.body.bytes=2048",
     "account=ana joined=1 reads=1 read_bytes=2048 webmail.walk=1"},
    {6, SHOW " uid=8 part=2 do=get", "account=ana reads=1 downloads=1"},
    {7, "http-request-" IP " method=GET task=mail do=show uid=9",
     "account=ana reads=1 downloads=1 !webmail.walk"},
    {8, "http-request+" IP " method=GET", "!account"}, /* nothing of Roundcube */
};

static void with_sign_in_log(void **state)
{
	struct story s;
	bool stated;
	story_start(&s);
	STORY(&s, "userlogins.log", logged);
	assert_true(slice_eq(account_of(&s, "Firefox", &stated), SLICE("ana")) && stated);
	assert_int_equal(account_of(&s, "Chrome", &stated).len, 0);
	story_emitted(&s, "what is stated is not joined", "");
	story_end(&s);
}

static const struct told two_people[] = {
    {0, "login+ user=ana module=roundcube ip=203.0.113.5 proto=http", ""},
    {1, "http-request+" IP " method=POST task=login", "account=ana"},
    {60, "login+ user=ben module=roundcube ip=203.0.113.5 proto=http", ""},
    {61, SHOW " uid=7", "account=ana"}, /* the browser that was there stays ana's */
    {62, "http-request+ ip=203.0.113.5 agent=Chrome method=POST task=login", "account=ben"},
    {63, SHOW " uid=8", "account=ana"},
    {90, "http-request+" IP " method=POST task=login", "account=ben"}, /* signs in anew */
    {DAYS(2), "http-request+ ip=203.0.113.5 agent=Safari task=mail", "!account"}, /* too old */
};

static void two_people_behind_one_address(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "two people", two_people);
	story_end(&s);
}

/* Colleagues take turns at browsers that are alike. */
static const struct {
	double at;
	const char *who;
} turns[] = {{1, "ana"},    {60, "ben"},  {120, "ana"},  {180, "ana"},
	     {240, "cleo"}, {300, "ben"}, {360, "cleo"}, {420, "ana"}};
enum { TURNS = sizeof turns / sizeof *turns };

static void who_worked_there_when(void **state)
{
	struct story s;
	bool stated;
	char words[80];
	story_start(&s);
	for (size_t i = 0; i < TURNS; i++) {
		snprintf(words, sizeof words,
			 "login+ user=%s module=roundcube ip=203.0.113.5 proto=http", turns[i].who);
		story_tell(&s, turns[i].at, words, "");
		story_tell(&s, turns[i].at, "http-request+" IP " method=POST task=login", "");
	}
	for (size_t i = 0; i < TURNS; i++) {
		slice got = account_then(&s, "Firefox", turns[i].at + 30, &stated);
		assert_true(slice_eq(got, slice_of(turns[i].who)) && stated);
	}
	story_end(&s);
}

static const struct told voted[] = {
    {10.2, "login+ user=ana" LOCAL, "via=local"},
    {10, SHOW " uid=1", "!account webmail.walk=1"}, /* once is chance */
    {20.4, "login+ user=ana" LOCAL, "via=local"},
    {20, SHOW " uid=2", "account=ana joined=1 reads=1"},
    {30, SHOW " uid=3", "account=ana joined=1"},
};

static void without_sign_in_log(void **state)
{
	struct story s;
	bool stated;
	story_start(&s);
	STORY(&s, "votes", voted);
	story_emitted(&s, "one sign-in, once", "login ana 203.0.113.5 20\n");
	assert_true(slice_eq(account_of(&s, "Firefox", &stated), SLICE("ana")) && !stated);
	story_end(&s);
}

/* name, the local sign-ins before each of two requests, whether the browser gets an account */
static const struct {
	const char *name, *first, *second, *want;
} elections[] = {
    {"the same both times", "a", "a", "a"},
    {"two accounts in one second, twice", "ab", "ab", ""},
    {"first two accounts, then one", "ab", "a", ""},
    {"one, then another", "a", "b", ""},
    {"one, then both", "a", "ab", "a"},
    {"nobody", "", "", ""},
    {"once", "a", "", ""},
};

static void elect(struct story *s, double at, const char *users)
{
	char words[80];
	for (; *users; users++) {
		snprintf(words, sizeof words, "login+ user=%c" LOCAL, *users);
		story_tell(s, at + 0.3, words, "via=local");
	}
	story_tell(s, at, "http-request+" IP " method=GET task=mail do=list", "");
}

static void votes(void **state)
{
	for (size_t i = 0; i < sizeof elections / sizeof *elections; i++) {
		struct story s;
		bool stated;
		story_start(&s);
		elect(&s, 100, elections[i].first);
		elect(&s, 200, elections[i].second);
		slice got = account_of(&s, "Firefox", &stated);
		if (!slice_eq(got, slice_of(elections[i].want)))
			fail_msg("%s: %.*s", elections[i].name, (int)got.len, got.at);
		story_end(&s);
	}
}

static const struct told far_off[] = {
    {6, "login+ user=ana" LOCAL, ""},
    {10, SHOW " uid=1", ""}, /* four seconds before the request */
    {16, "login+ user=ana" LOCAL, ""},
    {20, SHOW " uid=1", ""},
    {21, "login+ user=ana" LOCAL, ""},
    {20, SHOW " uid=2", ""}, /* the second after it */
    {30.1, "login+ user=ana ip=127.0.0.1 proto=managesieve", ""},
    {30, SHOW " uid=3", "!account"},
    {40.1, "login+ user=ana ip=192.0.2.9 proto=imap", "!via"}, /* no session of the host */
    {40, SHOW " uid=4", "!account"},
};

static const struct told anew[] = {
    {10, "login+ user=ana" LOCAL, ""},
    {10, SHOW " uid=1", ""},
    {20, "login+ user=ana" LOCAL, ""},
    {20, SHOW " uid=2", "account=ana"},
    {60, "http-request+" IP " method=POST task=login", "!account"}, /* another person, perhaps */
    {70, "login+ user=ben" LOCAL, ""},
    {70, SHOW " uid=1", ""},
    {80, "login+ user=ben" LOCAL, ""},
    {80, SHOW " uid=1", "account=ben"},
};

static void not_by_chance(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "sessions too far off", far_off);
	story_emitted(&s, "no sign-in", "");
	story_end(&s);
	story_start(&s);
	STORY(&s, "signs in anew", anew);
	story_emitted(&s, "both", "login ana 203.0.113.5 20\nlogin ben 203.0.113.5 80\n");
	story_end(&s);
}

static const struct told walk[] = {
    {1000, SHOW " uid=1", "webmail.walk=1 webmail.walk_fast=1"},
    {1001, SHOW " uid=2", "webmail.walk=2 webmail.walk_fast=2"},
    {1002, SHOW " uid=2", "!webmail.walk !webmail.walk_fast"}, /* again */
    {1003, "http-request+" IP " task=mail do=show folder=Sent uid=2", "webmail.walk=3"},
    {1003, "http-request+" IP " task=mail do=list", "!webmail.walk"},
    {1003, "http-request-" IP " task=mail do=show folder=INBOX uid=77", "!webmail.walk"},
    {1003, "http-request+ ip=203.0.113.5 agent=Chrome task=mail do=show uid=2", "webmail.walk=1"},
    {1004, SHOW " uid=3 do=preview", "webmail.walk=4 webmail.walk_fast=4"},
    {1022, SHOW " uid=4", "webmail.walk=5 webmail.walk_fast=3"}, /* since 1002 */
    {1200, SHOW " uid=5", "webmail.walk=6 webmail.walk_fast=1"},
    {1400, SHOW " uid=6", "webmail.walk=2 webmail.walk_fast=1"},
    {1401, SHOW " uid=1", "webmail.walk=3"}, /* five minutes later it counts again */
    {5000, SHOW " uid=9", "webmail.walk=1"},
};

static void walks(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "walk", walk);
	char show[120];
	struct event e = {0};
	for (int i = 0; i < 400; i++) {
		snprintf(show, sizeof show, SHOW " uid=%d", 1000 + i);
		e = story_tell(&s, 9000 + i / 4.0, show, "");
	}
	int64_t n = event_get_number(&e, F_WALK, 0);
	assert_true(n >= 60 && n <= 400); /* a fast walk is never forgotten, nor counted double */
	story_end(&s);
}

/* Names too long to be kept are not joined, rather than cut. */
static void long_names(void **state)
{
	struct story s;
	char words[500];
	bool stated;
	story_start(&s);
	for (int i = 0; i < 3; i++) {
		snprintf(words, sizeof words, "login+ user=%0300d" LOCAL, 7);
		story_tell(&s, i * 10, words, "via=local");
		story_tell(&s, i * 10, "http-request+" IP " method=GET task=mail do=list",
			   "!account");
	}
	assert_int_equal(account_of(&s, "Firefox", &stated).len, 0);
	story_end(&s);
}

/* A line of the log with that number. */
static void tell_of(struct story *s, double at, const char *words, uint32_t input, const char *want)
{
	struct event e = story_event(s, at, words);
	e.place.input = input;
	facts_add(s->facts, &e, NULL, NULL);
	assert_true(story_is(s, &e, want, words));
}

/* The proxy's log has each request of the webmail's own once more. */
static void told_by_two_logs(void **state)
{
#define NAMED "http-request+ user=ana ip=203.0.113.7 webmail.named=1 method=GET task=mail do=show"
	struct story s;
	story_start(&s);
	story_tell(&s, 0, "login+ user=ana ip=192.0.2.7 proto=imap", "");
	story_tell(&s, DAYS(4), "login+ user=ana ip=203.0.113.7 proto=http module=sogo", "");
	tell_of(&s, DAYS(4) + 9, NAMED " folder=INBOX uid=7", 1, "account=ana reads=1");
	tell_of(&s, DAYS(4) + 9, NAMED " folder=INBOX uid=7", 2, "account=ana !reads");
	tell_of(&s, DAYS(4) + 9, NAMED " folder=INBOX uid=8", 1, "reads=2");
	tell_of(&s, DAYS(4) + 9, NAMED " folder=INBOX uid=7", 1, "reads=3"); /* asked again */
	tell_of(&s, DAYS(4) + 10, NAMED " folder=INBOX uid=8", 2, "!reads");
	tell_of(&s, DAYS(4) + 10, NAMED " folder=INBOX uid=7", 2, "!reads");
	tell_of(&s, DAYS(4) + 60, NAMED " folder=INBOX uid=7", 2,
		"reads=4"); /* of this log alone */
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(with_sign_in_log),
	    cmocka_unit_test(two_people_behind_one_address),
	    cmocka_unit_test(who_worked_there_when),
	    cmocka_unit_test(without_sign_in_log),
	    cmocka_unit_test(votes),
	    cmocka_unit_test(not_by_chance),
	    cmocka_unit_test(walks),
	    cmocka_unit_test(long_names),
	    cmocka_unit_test(told_by_two_logs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
