/* test_habit.c - what is usual for an account: networks, company, protocols, reads. */
#include "story.h"

#include <stdio.h>

/* ANA is at home in the first network, each day anew. */
#define HOME  "192.0.2.7"
#define HOTEL "198.51.100.9"
#define CAFE  "203.0.113.4"

static const struct told weeks[] = {
    {60, "login+ user=Ana ip=" HOME " proto=imap",
     "account=ana network.state=learning account.age=0 network.age=0"},
    {HOUR, "login+ user=ana ip=" HOME " proto=imap", "network.state=learning network.age=3540"},
    {DAYS(1) + HOUR, "login+ user=ana ip=192.0.2.200 proto=imap",
     "network.state=known !account.age !network.accounts"},
    {DAYS(1) + HOURS(2), "login+ user=ana ip=" HOTEL " proto=imap", "network.state=early"},
    {DAYS(2) + HOUR, "login+ user=ana ip=" HOME " proto=imap", "network.state=known"},
    {DAYS(2) + HOURS(2), "login+ user=ANA ip=" CAFE " proto=imap",
     "network.state=new network.accounts=1 network.shared=0 area.accounts=0 source.new_accounts=1 "
     "network.age=0"},
    {DAYS(2) + HOURS(4), "login+ user=ana ip=203.0.113.5 proto=imap",
     "network.state=new network.age=7200"},
    {DAYS(2) + HOURS(4), "login+ user=ana ip=203.0.114.5 proto=imap",
     "network.state=new network.age=0 area.accounts=0"},
    {DAYS(3) + HOURS(1), "login+ user=ana ip=" CAFE " proto=imap", "network.state=new"},
    {DAYS(3) + HOURS(2), "login+ user=ana ip=" CAFE " proto=imap", "network.state=known"},
};

static void weeks_of_one_account(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "weeks", weeks);
	struct address home = story_address("192.0.2.99"), never = story_address("10.1.1.1");
	assert_int_equal(facts_habit_since(s.facts, SLICE("ana"), &home),
			 STORY_BEGAN + 60 * CLOCK_SECOND);
	assert_true(facts_habit_since(s.facts, SLICE("ana"), &never) == CLOCK_NONE);
	assert_true(facts_habit_since(s.facts, SLICE("ben"), &home) == CLOCK_NONE);
	story_end(&s);
}

/* Sign-ins on one day alone, however many, are a hint; two earlier days make a habit. */
static void habits_need_two_days(void **state)
{
	static const struct {
		const char *name;
		int days, nightly; /* sign-ins at noon of so many days; then this many at night */
		const char *want;
	} rows[] = {
	    {"the first day, often", 0, 50, "network.state=learning"},
	    {"one day, often", 1, 50, "network.state=early"},
	    {"two days", 2, 0, "network.state=new"}, /* the third day is the one that is judged */
	    {"three days", 3, 0, "network.state=new"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story s;
		story_start(&s);
		for (int d = 0; d < rows[i].days; d++)
			story_tell(&s, DAYS(d) + HOURS(12),
				   "login+ user=ana ip=" HOME " proto=imap", "");
		for (int n = 0; n < rows[i].nightly; n++)
			story_tell(&s, n, "login+ user=ana ip=" HOME " proto=imap", "");
		struct event e = story_event(&s, DAYS(rows[i].days) + HOURS(1),
					     "login+ user=ana ip=" HOTEL " proto=imap");
		facts_add(s.facts, &e, NULL, NULL);
		if (!story_is(&s, &e, rows[i].want, rows[i].name))
			fail_msg("%s", rows[i].name);
		story_end(&s);
	}
}

static const struct told newcomer[] = {
    {0, "login+ user=ana ip=" HOME " proto=imap", "network.state=learning"},
    {DAYS(2) - 1, "login+ user=ben ip=" HOME " proto=imap", "network.state=learning"},
    {DAYS(5), "login+ user=eve ip=" CAFE " proto=imap", "network.state=first account.age=0"},
    {DAYS(5) + 60, "login+ user=eve ip=" HOTEL " proto=imap", "network.state=first"},
    {DAYS(6) + 60, "login+ user=eve ip=10.0.0.1 proto=imap", "network.state=early"},
    {DAYS(6) + HOURS(20), "login+ user=eve ip=10.0.0.2 proto=imap", "network.state=early"},
    {DAYS(7) + 60, "login+ user=eve ip=10.0.1.1 proto=imap", "network.state=new"},
};

/* An account that comes to old records is "first", which is neither new nor known. */
static void newcomers(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "newcomer", newcomer);
	story_end(&s);
}

static const struct told company[] = {
    {0, "login+ user=a ip=198.51.100.1 proto=imap",
     "network.accounts=1 network.shared=0 area.accounts=0"},
    {60, "login+ user=b ip=198.51.100.2 proto=imap",
     "network.accounts=2 network.shared=0 source.new_accounts=2"},
    {120, "login+ user=c ip=198.51.100.3 proto=imap", "network.accounts=3 network.shared=0"},
    {180, "login+ user=c ip=198.51.100.3 proto=imap", "network.accounts=3"},
    {DAYS(2), "login+ user=d ip=198.51.100.4 proto=imap",
     "network.accounts=4 network.shared=1 area.accounts=3 source.new_accounts=1"},
    {DAYS(2) + 1, "login+ user=e ip=198.51.7.1 proto=imap",
     "network.accounts=1 network.shared=0 area.accounts=3"},
    {DAYS(2) + 2, "login+ user=f ip=198.52.7.1 proto=imap", "network.accounts=1 area.accounts=0"},
    {DAYS(2) + 3, "login+ user=g ip=2001:db8:1::1 proto=imap", "area.accounts=0"},
    {DAYS(4), "login+ user=h ip=2001:db8:2::1 proto=imap", "area.accounts=1"},
    {DAYS(4), "login+ user=i ip=2001:db9:2::1 proto=imap", "area.accounts=0"},
};

static void company_in_networks_and_areas(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "company", company);
	story_end(&s);
}

/* d, e and f have places elsewhere: for a day they are guests, on the second it is theirs. */
static const struct told guests[] = {
    {0, "login+ user=d ip=192.0.2.1 proto=imap", ""},
    {0, "login+ user=e ip=192.0.3.1 proto=imap", ""},
    {0, "login+ user=f ip=192.0.4.1 proto=imap", ""},
    {DAYS(1), "login+ user=d ip=192.0.2.1 proto=imap", ""},
    {DAYS(1), "login+ user=e ip=192.0.3.1 proto=imap", ""},
    {DAYS(1), "login+ user=f ip=192.0.4.1 proto=imap", ""},
    {DAYS(2), "login+ user=d ip=198.51.100.1 proto=imap", "network.shared=0 source.people=1"},
    {DAYS(2), "login+ user=e ip=198.51.100.1 proto=imap", "network.shared=0 source.people=2"},
    {DAYS(2), "login+ user=f ip=198.51.100.1 proto=imap", "network.shared=0 source.people=3"},
    {DAYS(5), "login+ user=a ip=198.51.100.9 proto=imap",
     "network.accounts=4 network.shared=0 area.accounts=0 source.people=0"},
    {DAYS(5) + 1, "login+ user=d ip=198.51.100.1 proto=imap", ""},
    {DAYS(5) + 2, "login+ user=d ip=198.51.100.1 proto=imap", ""},
    {DAYS(5) + 3, "login+ user=e ip=198.51.100.1 proto=imap", ""},
    {DAYS(5) + 4, "login+ user=b ip=198.51.100.1 proto=imap", "network.shared=0 area.accounts=2"},
    {DAYS(5) + 5, "login+ user=f ip=198.51.100.1 proto=imap", ""},
    {DAYS(5) + 6, "login+ user=c ip=198.51.100.1 proto=imap", "network.shared=1 area.accounts=3"},
};

static void guests_are_not_at_home(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "guests", guests);
	story_end(&s);
}

static const struct told pop3[] = {
    {0, "login+ user=ana ip=" HOME " proto=imap", "protocol.state=new"},
    {60, "login+ user=ana ip=" HOME " proto=imap", "protocol.state=known"},
    {DAYS(4), "login+ user=ana ip=" HOME " proto=pop3", "protocol.state=new"},
    {DAYS(4) + 9, "session-end user=ana ip=" HOME " retr=3 total=12 mail.retrieved.bytes=4096",
     "protocol.state=new read_share=25 reads=3 read_bytes=4096"},
    {DAYS(4) + 60, "login+ user=ana ip=" HOME " proto=pop3", "protocol.state=new"},
    {DAYS(5) + 60, "login+ user=ana ip=" HOME " proto=pop3", "protocol.state=known"},
    {DAYS(5) + 70, "session-end user=ana ip=" HOME " retr=12 total=12",
     "protocol.state=known read_share=100"},
    {DAYS(5) + 80, "session-end user=ana ip=" HOME " retr=0 total=0", "!read_share"},
    {DAYS(5) + 90, "session-end user=ana ip=" HOME " bodies=1", "!protocol.state"},
    {DAYS(5) + 95, "login+ user=ana ip=" HOME " proto=submission", "protocol.state=new"},
    {DAYS(5) + 96, "login+ user=ana ip=" HOME " proto=managesieve", "protocol.state=new"},
};

/* POP3 takes whole mailboxes: its first day counts as first use, session by session. */
static void first_use_of_protocols(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "POP3", pop3);
	story_end(&s);
}

static const struct told reads[] = {
    {0, "login+ user=ana ip=" HOME " proto=imap", "reads=0 reads_hour=0 !reads_times_usual"},
    {60, "session-end user=ana ip=" HOME " bodies=4 bytes=10240",
     "reads=4 reads_hour=4 read_bytes=10240 reads_usual=0 !reads_times_usual"},
    {HOURS(2), "session-end user=ana ip=" HOME " bodies=3", "reads=7 reads_hour=3"},
    {HOURS(2) + 60, "session-end user=ana ip=" HOME " bodies=1", "reads=8 reads_hour=4"},
    /* elsewhere it counts for itself */
    {HOURS(3), "login+ user=ana ip=" HOTEL " proto=imap", "reads=0 reads_hour=0"},
    {HOURS(3) + 1, "session-end user=ana ip=" HOTEL " bodies=2", "reads=2 reads_hour=2"},
    /* a day later: ten in all were the most of a day */
    {DAYS(1) + HOURS(1), "login+ user=ana ip=" HOME " proto=imap", "reads=0 network.state=known"},
    {DAYS(1) + HOURS(4), "session-end user=ana ip=" HOTEL " bodies=35",
     "reads=35 reads_hour=35 reads_times_usual=3"},
    {DAYS(1) + HOURS(4), "session-end user=ana ip=" HOTEL " bodies=0",
     "reads=35 reads_times_usual=3 network.state=known"},
    {DAYS(3), "login+ user=ana ip=" CAFE " proto=imap", "reads_usual=35 network.state=new reads=0"},
    /* a quiet day takes nothing back */
    {DAYS(4), "login+ user=ana ip=" HOME " proto=imap", ""},
    {DAYS(4) + 1, "session-end user=ana ip=" HOME " bodies=1", "reads=1"},
    {DAYS(6), "login+ user=ana ip=10.7.7.7 proto=imap", "reads_usual=35 network.state=new"},
    /* nobody that ever signed in; no address; the host itself */
    {DAYS(6) + 1, "session-end user=eve ip=" HOME " bodies=5", "!reads !network.state"},
    {DAYS(6) + 2, "session-end user=ana bodies=5", "!reads !network.state"},
    {DAYS(6) + 3, "session-end user=ana ip=127.0.0.1 bodies=5", "via=local !reads !network.state"},
    {DAYS(6) + 4, "session-end user=ana ip=10.9.9.9 bodies=5", "!reads network.state=new"},
};

static void reads_by_hour_and_day(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "reads", reads);
	story_end(&s);
}

/* Below five bodies a day, "times the usual" is not said. */
static void little_is_no_usual(void **state)
{
	static const struct {
		int bodies;
		const char *want;
	} rows[] = {{4, "!reads_times_usual"}, {5, "reads_times_usual=8"}};
	for (size_t i = 0; i < 2; i++) {
		struct story s;
		char end[80];
		story_start(&s);
		snprintf(end, sizeof end, "session-end user=ana ip=" HOME " bodies=%d",
			 rows[i].bodies);
		story_tell(&s, 0, "login+ user=ana ip=" HOME " proto=imap", "");
		story_tell(&s, 60, end, "");
		story_tell(&s, DAYS(1), "login+ user=ana ip=" HOME " proto=imap", "");
		story_tell(&s, DAYS(1) + 1, "session-end user=ana ip=" HOME " bodies=40",
			   rows[i].want);
		story_end(&s);
	}
}

static const struct told local[] = {
    {0, "login+ user=ana@example.org ip=127.0.0.1 proto=imap",
     "via=local !network.state account=ana@example.org"},
    {1, "login+ user=ana@example.org ip=::1 proto=imap", "via=local !network.state"},
    {2, "login+ user=ana@example.org ip=192.0.2.1 server=192.0.2.1 proto=imap",
     "via=local !network.state"},
    {3, "login- user=ana@example.org ip=127.0.0.1 proto=imap", "!source.failures"},
    {4, "login+ user=ana@example.org ip=192.0.2.2 server=192.0.2.1 proto=imap",
     "!via network.state=learning account.age=0"},
    {5, "login+ ip=192.0.2.2 proto=imap", "!account !network.state"},
    {6, "login+ user=ben proto=imap", "account=ben !network.state"},
};

static void the_host_has_no_habits(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "local", local);
	assert_true(facts_domain_is_ours(s.facts, SLICE("Example.ORG")));
	assert_false(facts_domain_is_ours(s.facts, SLICE("example.or")));
	story_end(&s);
}

static void names_of_any_length(void **state)
{
	char room[ACCOUNT_MOST], name[2000];
	assert_true(slice_eq(facts_account_key(SLICE("AZ@[`{"), room), SLICE("az@[`{")));
	memset(name, 'A', sizeof name);
	name[1] = '\0';
	name[2] = '\xc3';
	slice key = facts_account_key((slice){name, sizeof name}, room);
	assert_int_equal(key.len, ACCOUNT_MOST);
	assert_memory_equal(key.at,
			    "a\0\xc3"
			    "aaa",
			    6);
	assert_int_equal(facts_account_key((slice){0}, room).len, 0);
	struct story s;
	story_start(&s);
	for (int i = 0; i < 3; i++) {
		struct event e = story_event(&s, i, "login+ ip=" HOME " proto=imap");
		event_text(&e, F_USER, (slice){name, sizeof name - (size_t)i});
		facts_add(s.facts, &e, NULL, NULL);
		assert_int_equal(e.v[F_ACCOUNT].text.len, ACCOUNT_MOST);
		assert_int_equal(event_get_number(&e, F_NET_ACCOUNTS, 0), 1); /* one account */
	}
	story_end(&s);
}

/* Time that runs backwards, and none at all, break nothing. */
static void odd_times(void **state)
{
	struct story s;
	story_start(&s);
	static const double times[] = {DAYS(3), 0, DAYS(3), -DAYS(300), DAYS(9000), 5};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		story_tell(&s, times[i], "login+ user=ana ip=" HOME " proto=pop3", "account=ana");
		story_tell(&s, times[i], "session-end user=ana ip=" HOME " retr=3 sid=x start=1",
			   "");
		story_tell(&s, times[i], "login- user=ana ip=" HOME " proto=pop3", "");
	}
	struct event e = story_event(&s, 0, "login+ user=ana ip=" HOME " proto=imap");
	event_drop(&e, F_TIME);
	facts_add(s.facts, &e, NULL, NULL);
	assert_false(event_has(&e, F_ACCOUNT));
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(weeks_of_one_account),
	    cmocka_unit_test(habits_need_two_days),
	    cmocka_unit_test(newcomers),
	    cmocka_unit_test(company_in_networks_and_areas),
	    cmocka_unit_test(guests_are_not_at_home),
	    cmocka_unit_test(first_use_of_protocols),
	    cmocka_unit_test(reads_by_hour_and_day),
	    cmocka_unit_test(little_is_no_usual),
	    cmocka_unit_test(the_host_has_no_habits),
	    cmocka_unit_test(names_of_any_length),
	    cmocka_unit_test(odd_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
