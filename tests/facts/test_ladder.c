/* test_ladder.c - failures by ever wider networks, and what an account suffers from all sides. */
#include "story.h"

#include <stdio.h>

/* Each guess from another address of a /48: no step below it sees more than a few. */
static void rotation(void **state)
{
	struct story s;
	char words[96], want[160];
	story_start(&s);
	for (int i = 0; i < 40; i++) {
		snprintf(words, sizeof words, "login- user=u%d ip=2001:db8:5:%x::%x", i, i * 257,
			 i + 1);
		snprintf(want, sizeof want,
			 "ladder.address=1 ladder.64=1 ladder.48=%d ladder.32=%d ladder.let_in=0 "
			 "!ladder.24 !ladder.16",
			 i + 1, i + 1);
		story_tell(&s, i * 60, words, want);
	}
	story_tell(&s, 3000, "login- user=ana ip=2001:db8:6::1",
		   "ladder.48=1 ladder.32=41 ladder.addresses=1 ladder.accounts=1");
	struct event e = story_tell(&s, 3000, "login- user=ana ip=2001:db8:5::9", "ladder.48=41");
	assert_true(event_get_number(&e, F_LADDER_ADDRESSES, 0) > 20);
	assert_true(event_get_number(&e, F_LADDER_ACCOUNTS, 0) > 20);
	story_end(&s);
}

/* A family's machines change addresses by the day; they are two people, who get in as well. */
static const struct told family[] = {
    {0, "login+ user=ana ip=2001:db8:7:1::a proto=imap", ""},
    {60, "login- user=ana ip=2001:db8:7:1::b",
     "ladder.address=1 ladder.64=1 ladder.56=1 ladder.48=1 ladder.addresses=1 ladder.accounts=1 "
     "ladder.let_in=1"},
    {120, "login- user=ana ip=2001:db8:7:1::c",
     "ladder.address=1 ladder.64=2 ladder.48=2 ladder.addresses=2 ladder.accounts=1"},
    {180, "login- user=ben ip=2001:db8:7:2::d tries=2",
     "ladder.address=2 ladder.64=2 ladder.56=4 ladder.48=4 ladder.addresses=3 ladder.accounts=2"},
    {DAYS(7), "login- user=ben ip=2001:db8:7:2::d",
     "ladder.address=1 ladder.48=1 "
     "ladder.addresses=3"},
};

static const struct told four[] = {
    {0, "login- user=ana ip=203.0.113.1", "ladder.address=1 ladder.24=1 ladder.16=1 !ladder.64"},
    {1, "login- user=ben ip=203.0.113.2",
     "ladder.address=1 ladder.24=2 ladder.16=2 ladder.addresses=2 ladder.accounts=2"},
    {2, "login- user=ben ip=203.0.7.2", "ladder.24=1 ladder.16=3 ladder.addresses=1"},
    {3, "login- ip=203.0.7.2", "ladder.24=2 ladder.accounts=1"},
    {4, "login- user=ben ip=127.0.0.1", "!ladder.address"},
};

/* A guess a day, each from another network: no window of an hour sees it. */
static const struct told slow[] = {
    {0, "login+ user=ana ip=192.0.2.7 proto=imap", ""},
    {10, "login- user=ana ip=192.0.2.9",
     "!account.failed_week !account.failed_networks"}, /* her own network */
    {20, "login- user=ana ip=203.0.113.1",
     "account.failed_week=1 account.failed_days=1 account.failed_networks=1"},
    {DAYS(1), "login- user=ana ip=198.51.100.1",
     "account.failed_week=2 account.failed_days=2 account.failed_networks=2"},
    {DAYS(1), "login- user=ana ip=198.51.100.77",
     "account.failed_week=3 account.failed_days=2 account.failed_networks=2"},
    {DAYS(2), "login- user=ana ip=100.65.1.1",
     "account.failed_week=4 account.failed_days=3 account.failed_networks=3"},
    {DAYS(7) + 21, "login- user=ana ip=100.66.1.1",
     "account.failed_week=4 account.failed_days=3 account.failed_networks=4"},
    {DAYS(7), "login- user=nobody ip=100.66.1.1", "account.failed_week=1"},
    {DAYS(20), "login- user=ana ip=100.66.1.1",
     "account.failed_week=1 account.failed_days=1 account.failed_networks=1"},
};

/* Three addresses after the same three people; a fourth that shares one of them only. */
static const struct told shared[] = {
    {0, "login- user=ana ip=203.0.113.1", "!source.companions"},
    {0, "login- user=ben ip=203.0.113.1", "!source.companions"},
    {0, "login- user=cem ip=203.0.113.1", "source.companions=0"},
    {1, "login- user=ana ip=198.51.100.1", ""},
    {1, "login- user=ben ip=198.51.100.1", ""},
    {1, "login- user=cem ip=198.51.100.1", "source.companions=1"},
    {2, "login- user=cem ip=100.66.1.1", "!source.companions"},
    {3, "login- user=ana ip=100.65.1.1", ""},
    {3, "login- user=ben ip=100.65.1.1", ""},
    {3, "login- user=cem ip=100.65.1.1", "source.companions=2"},
    {4, "login- user=cem ip=100.65.1.1", "source.companions=2"},
    {5, "login- user=dan ip=100.65.1.1", "source.companions=0"},
};

/* A place is a hint until its third address or fifth account, and counts on from there. */
static const struct told hints[] = {
    {0, "login- user=a ip=203.0.113.1", "ladder.addresses=1 ladder.accounts=1"},
    {1, "login- user=b ip=203.0.113.2", "ladder.addresses=2 ladder.accounts=2"},
    {2, "login- user=b ip=203.0.113.3", "ladder.addresses=3 ladder.accounts=2"},
    {3, "login- user=a ip=203.0.113.1", "ladder.addresses=3 ladder.accounts=2"},
    {4, "login- user=a ip=198.51.100.1", "ladder.addresses=1 ladder.accounts=1"},
    {5, "login- user=b ip=198.51.100.1", "ladder.accounts=2"},
    {6, "login- user=c ip=198.51.100.1", "ladder.accounts=3"},
    {7, "login- user=d ip=198.51.100.1", "ladder.accounts=4"},
    {8, "login- user=e ip=198.51.100.1", "ladder.addresses=1 ladder.accounts=5"},
    {2, "login- user=a ip=198.51.100.1", "ladder.addresses=1 ladder.accounts=5"}, /* late */
    {DAYS(7) + 60, "login- user=a ip=198.51.100.9", "ladder.addresses=1 ladder.accounts=1"},
};

/* What nobody asks for is neither told nor kept; the rest is as it was. */
static void only_what_is_asked(void **state)
{
	struct story s;
	uint64_t asked[FIELD_WORDS] = {0};
	const enum field some[] = {F_LADDER_ADDRESSES, F_LADDER_16};
	story_start(&s);
	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		asked[some[i] >> 6] |= UINT64_C(1) << (some[i] & 63);
	facts_wants(s.facts, asked);
	story_tell(&s, 0, "login- user=a ip=203.0.113.1",
		   "ladder.addresses=1 ladder.16=1 !ladder.24");
	story_tell(&s, 1, "login- user=a ip=203.0.7.1",
		   "ladder.addresses=1 ladder.16=2 !ladder.24");
	story_end(&s);
}

static void stories(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "a family", family);
	story_end(&s);
	story_start(&s);
	STORY(&s, "IPv4", four);
	story_end(&s);
	story_start(&s);
	STORY(&s, "low and slow", slow);
	story_end(&s);
	story_start(&s);
	STORY(&s, "companions", shared);
	story_end(&s);
	story_start(&s);
	STORY(&s, "hints", hints);
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rotation),
					   cmocka_unit_test(only_what_is_asked),
					   cmocka_unit_test(stories)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
