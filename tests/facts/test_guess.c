/* test_guess.c - who guesses: failures by address and account, let-in shares, allies. */
#include "story.h"

#include <stdio.h>

#define OFFICE "192.0.2.7"
#define ENEMY  "203.0.113.66"

static const struct told guesses[] = {
    {0, "login- user=ana ip=" ENEMY " proto=imap",
     "source.failed_accounts=1 source.failures=1 source.failure_hours=1 source.let_in=0 "
     "!account.failures !network.state"},
    {60, "login- user=ANA ip=" ENEMY " proto=imap",
     "source.failed_accounts=1 source.failures=2 source.failure_hours=1"},
    {HOUR, "login- user=ben ip=" ENEMY " proto=imap",
     "source.failed_accounts=2 source.failures=3 source.failure_hours=2"},
    {HOUR + 1, "login- ip=" ENEMY " proto=imap", "source.failed_accounts=2 source.failures=4"},
    {HOUR + 2, "login- user=ben ip=" ENEMY " proto=imap tries=3", "source.failures=7"},
    {HOUR + 3, "login- user=ben ip=" ENEMY " proto=imap tries=0", "source.failures=8"},
    {HOUR + 4, "login- user=ben ip=" ENEMY " proto=imap tries=1000000", "source.failures=9"},
    {HOUR + 5, "login- user=ben ip=203.0.113.67 proto=imap",
     "source.failures=1"}, /* another address */
    {DAYS(7), "login- user=ben ip=" ENEMY " proto=imap",
     "source.failed_accounts=2 source.failures=10 source.failure_hours=3"},
    {DAYS(14) + 1, "login- user=ben ip=" ENEMY " proto=imap",
     "source.failed_accounts=1 source.failures=1 source.failure_hours=1"},
};

static void failures_of_an_address(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "guesses", guesses);
	struct address enemy = story_address(ENEMY), office = story_address(OFFICE);
	assert_int_equal(facts_guesser_since(s.facts, &enemy),
			 STORY_BEGAN + (DAYS(14) + 1) * CLOCK_SECOND);
	assert_true(facts_guesser_since(s.facts, &office) == CLOCK_NONE);
	story_end(&s);
}

static const struct told six[] = {
    {0, "login- user=ana ip=2001:db8:1:2::1 proto=imap", "source.failures=1"},
    {1, "login- user=ana ip=2001:db8:1:2:ffff::9 proto=imap", "source.failures=2"},
    {2, "login- user=ana ip=2001:db8:1:3::1 proto=imap", "source.failures=1"},
};

/* Roundcube tells of one refusal in two logs; Dovecot's line of the same try counts for itself. */
static const struct told twice[] = {
    {0, "login- user=ana ip=" ENEMY " module=roundcube", "source.failures=1"},
    {1, "login- user=ana ip=" ENEMY " module=roundcube", "!source.failures"},
    {6, "login- user=ana ip=" ENEMY " module=roundcube", "source.failures=2"},
    {7, "login- user=ana ip=" ENEMY " module=dovecot", "source.failures=3"},
    {8, "login- user=ana ip=" ENEMY " module=roundcube", "source.failures=4"},
};

static void one_machine_one_guesser(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "a /64 is one machine", six);
	STORY(&s, "one refusal, two logs", twice);
	story_end(&s);
}

static const struct told accounts[] = {
    {0, "login+ user=ana ip=" OFFICE " proto=imap", "!source.failures"},
    {60, "login- user=ana ip=" ENEMY " proto=imap",
     "account.failures=1 network.state=learning !network.accounts"},
    {61, "login- user=ana ip=203.0.113.67 proto=imap", "account.failures=2 source.failures=1"},
    {62, "login- user=ana ip=" OFFICE " proto=imap",
     "account.failures=3 network.state=learning network.accounts=1 source.let_in=50"},
    {DAYS(1) - 1, "login- user=ana ip=" ENEMY " proto=imap", "account.failures=4"},
    {DAYS(1), "login- user=ana ip=" ENEMY " proto=imap", "account.failures=1"},
    {DAYS(1) + 9, "login+ user=ana ip=" OFFICE " proto=imap",
     "network.state=known !source.failures"},
    {DAYS(1) + 10, "login- user=ana ip=" OFFICE " proto=imap",
     "network.state=known network.accounts=1 account.age=86410"},
    {DAYS(2) + 9, "login+ user=ana ip=" OFFICE " proto=imap", "network.state=known"},
    {DAYS(2) + 10, "login- user=ana ip=" ENEMY " proto=imap", "network.state=new"},
    {DAYS(2) + 11, "login+ user=ana ip=" ENEMY " proto=imap",
     "network.state=new source.failures=4 source.failed_accounts=1 source.let_in=50"},
    {DAYS(2) + 12, "session-end user=ana ip=" ENEMY " bodies=2",
     "network.state=new !source.failures"},
};

static void failures_on_an_account(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "accounts", accounts);
	story_end(&s);
}

/* Of an office's people nearly all are let in; of a guesser's names hardly one. */
static void share_let_in(void **state)
{
	static const struct {
		const char *name;
		int in, failed; /* accounts; the first of `in` is let in last */
		const char *want;
	} rows[] = {
	    {"an office", 9, 1, "source.let_in=90"},
	    {"half and half", 3, 3, "source.let_in=50"},
	    {"a spray", 1, 8, "source.let_in=11 source.failed_accounts=8"},
	    {"all of them", 4, 0, "!source.let_in"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story s;
		char words[80];
		story_start(&s);
		for (int k = 0; k < rows[i].failed; k++) {
			snprintf(words, sizeof words, "login- user=f%d ip=" ENEMY " proto=imap", k);
			story_tell(&s, k, words, "");
		}
		for (int k = 1; k < rows[i].in; k++) {
			snprintf(words, sizeof words, "login+ user=in%d ip=" ENEMY " proto=imap",
				 k);
			story_tell(&s, 200 + k, words, "");
		}
		struct event e = story_event(&s, 300, "login+ user=first ip=" ENEMY " proto=imap");
		facts_add(s.facts, &e, NULL, NULL);
		if (!story_is(&s, &e, rows[i].want, rows[i].name))
			fail_msg("%s", rows[i].name);
		story_end(&s);
	}
}

/* Seconds at which one try fails; the most of any two slots of ten minutes in a row. */
static void pace(void **state)
{
	static const struct {
		const char *name;
		int at[6], n;
		const char *want;
	} rows[] = {
	    {"in one slot", {0, 1, 2, 3, 599}, 5, "source.failure_pace=5"},
	    {"in two that follow", {0, 599, 600, 1199}, 4, "source.failure_pace=4"},
	    {"in every second slot", {0, 1200, 2400, 3600}, 4, "source.failure_pace=1"},
	    {"three slots, two at a time", {0, 600, 1200}, 3, "source.failure_pace=2"},
	    {"haste is not forgotten", {0, 1, 2, 7200}, 4, "source.failure_pace=3"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story s;
		struct event e = {0};
		story_start(&s);
		for (int k = 0; k < rows[i].n; k++)
			e = story_tell(&s, rows[i].at[k], "login- user=ana ip=" ENEMY " proto=imap",
				       "");
		if (!story_is(&s, &e, rows[i].want, rows[i].name))
			fail_msg("%s", rows[i].name);
		story_end(&s);
	}
}

/* Whom it failed on and its network let in; a neighbour's success is not his. */
static const struct told came[] = {
    {0, "login- user=ana ip=" ENEMY " proto=imap", "source.came_in=0 source.let_in=0"},
    {1, "login- user=ben ip=" ENEMY " proto=imap", "source.came_in=0"},
    {2, "login+ user=cat ip=203.0.113.9 proto=imap", "source.people=1 !source.came_in"},
    {3, "login- user=dan ip=" ENEMY " proto=imap", "source.came_in=0 source.let_in=0"},
    {4, "login+ user=ana ip=" ENEMY " proto=imap",
     "source.came_in=33 source.let_in=25 source.people=0"},
    {5, "login+ user=ben ip=203.0.113.10 proto=imap", "!source.came_in"},
    {6, "login- user=cat ip=" ENEMY " proto=imap", "source.came_in=50"}, /* ana and cat, of four */
};

static void who_came_in(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "who came in", came);
	struct address enemy = story_address(ENEMY), office = story_address(OFFICE);
	assert_int_equal(facts_failed_accounts(s.facts, &enemy), 4);
	assert_int_equal(facts_came_accounts(s.facts, &enemy), 2);
	assert_int_equal(facts_came_accounts(s.facts, &office), 0);
	story_end(&s);
}

/* Haste is an account's and its network's: neither a neighbour's tries at others, nor slow ones. */
static void haste(void **state)
{
	static const struct {
		const char *name, *user, *ip;
		int every, tries;
		bool hasty;
	} rows[] = {
	    {"in haste", "ana", ENEMY, 60, 10, true},
	    {"from next door", "ana", "203.0.113.9", 60, 10, true},
	    {"nine", "ana", ENEMY, 60, 9, false},
	    {"a device", "ana", ENEMY, 300, 60, false},
	    {"at another", "ben", ENEMY, 60, 30, false},
	    {"from elsewhere", "ana", "198.51.100.9", 60, 30, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story s;
		char words[80];
		struct address enemy = story_address(ENEMY);
		story_start(&s);
		story_tell(&s, 0, "login+ user=ana ip=" OFFICE " proto=imap",
			   "!account.failure_pace");
		snprintf(words, sizeof words, "login- user=%s ip=%s proto=imap", rows[i].user,
			 rows[i].ip);
		for (int k = 0; k < rows[i].tries; k++)
			story_tell(&s, 600 + k * rows[i].every, words, "");
		assert_int_equal(facts_guessed_at(s.facts, SLICE("ana"), &enemy), rows[i].hasty);
		struct event e =
		    story_tell(&s, 30000, "login+ user=ana ip=" ENEMY " proto=imap", "");
		bool told = event_get_number(&e, F_TRIAL_PACE, 0) >= 10;
		if (told != rows[i].hasty)
			fail_msg("%s", rows[i].name);
		story_end(&s);
	}
}

static void fail_on(struct story *s, const char *ip, const char *users)
{
	char words[80];
	for (; *users; users++) {
		snprintf(words, sizeof words, "login- user=%c ip=%s proto=imap", *users, ip);
		story_tell(s, 60, words, "");
	}
}

static void allies(void **state)
{
	struct story s;
	story_start(&s);
	struct address a = story_address("203.0.113.1"), b = story_address("198.51.100.1"), got[8];
	fail_on(&s, "203.0.113.1", "abcdef");
	fail_on(&s, "198.51.100.1", "abcx");    /* three in common, three of four */
	fail_on(&s, "198.51.101.1", "abxy");    /* two */
	fail_on(&s, "198.51.102.1", "abcwxyz"); /* three of seven */
	fail_on(&s, "198.51.103.1", "abc");     /* three, but people sign in from there */
	story_tell(&s, 90, "login+ user=q ip=198.51.103.9 proto=imap", "");
	assert_int_equal(facts_common_targets(s.facts, &a, &b), 3);
	assert_int_equal(facts_common_targets(s.facts, &b, &a), 3);
	assert_int_equal(facts_allies(s.facts, &a, got, 8), 1);
	assert_true(address_eq(&got[0], &b));
	assert_int_equal(facts_allies(s.facts, &a, got, 0), 0);
	struct address nobody = story_address("10.1.1.1");
	assert_int_equal(facts_common_targets(s.facts, &a, &nobody), 0);
	assert_int_equal(facts_allies(s.facts, &nobody, got, 8), 0);
	story_end(&s);
}

/* Ten thousand names from one address and one name from as many addresses: bounded, and counted. */
static void floods(void **state)
{
	struct story s;
	char words[80];
	story_start(&s);
	struct event e = {0};
	for (int i = 0; i < 10000; i++) {
		snprintf(words, sizeof words, "login- user=u%d ip=" ENEMY " proto=imap", i);
		e = story_tell(&s, i / 100, words, "");
	}
	int64_t named = event_get_number(&e, F_SOURCE_FAILED, 0);
	assert_true(named > 30 && named <= 10000);
	assert_true(story_is(&s, &e, "source.failures=10000", "flood"));
	for (int i = 0; i < 60000; i++) {
		snprintf(words, sizeof words, "login- user=ana ip=10.%d.%d.1 proto=imap", i / 256,
			 i % 256);
		story_tell(&s, 200, words, "source.failures=1");
	}
	uint64_t lost = facts_shed(s.facts);
	assert_true(lost >= 20000);
	for (int i = 0; i < 30000; i++) { /* who was silent for a week is no loss */
		snprintf(words, sizeof words, "login- user=ana ip=11.%d.%d.1 proto=imap", i / 256,
			 i % 256);
		story_tell(&s, DAYS(8), words, "source.failures=1");
	}
	assert_int_equal(facts_shed(s.facts), lost);
	assert_true(facts_bytes(s.facts) < 32 << 20);
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(failures_of_an_address),
	    cmocka_unit_test(one_machine_one_guesser),
	    cmocka_unit_test(failures_on_an_account),
	    cmocka_unit_test(share_let_in),
	    cmocka_unit_test(pace),
	    cmocka_unit_test(who_came_in),
	    cmocka_unit_test(haste),
	    cmocka_unit_test(allies),
	    cmocka_unit_test(floods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
