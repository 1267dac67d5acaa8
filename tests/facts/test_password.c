/* test_password.c - refused passwords: an old phone, a guesser, one password for everybody. */
#include "story.h"

#define HOME  " ip=192.0.2.7 proto=imap"
#define ENEMY " ip=203.0.113.66 proto=imap"

/* The phone in the hall has the password of last year; its owner signs in from beside it. */
static const struct told old_phone[] = {
    {0, "login+ user=ana" HOME, ""},
    {DAYS(1), "auth-check- user=ana hash=5baa61 sid=a" HOME,
     "password.repeated=1 password.distinct=1 password.accounts=1 password.networks=1 "
     "source.passwords=1 !failure.period"},
    {DAYS(1) + 1, "auth-check- user=ana hash=5baa61 sid=a" HOME,
     "password.repeated=1"}, /* worker's */
    {DAYS(1) + 2, "login- user=ana sid=a" HOME,
     "network.state=known password.repeated=1 password.distinct=1 !failure.period "
     "!account.failed_week"},
    {DAYS(1) + 900, "auth-check- user=ana hash=5baa61 sid=b" HOME, "password.repeated=2"},
    {DAYS(1) + 902, "login- user=ana sid=b" HOME, ""},
    {DAYS(1) + 1800, "auth-check- user=ana hash=5baa61 sid=c" HOME, "password.repeated=3"},
    {DAYS(1) + 1802, "login- user=ana sid=c" HOME, "!failure.period"},
    {DAYS(1) + 2702, "login- user=ana sid=d" HOME,
     "failure.period=900 failure.deviation=0 password.distinct=1 password.repeated=3"},
    {DAYS(1) + 2800, "login+ user=ana" HOME, "!password.repeated"},
    {DAYS(9), "auth-check- user=ana hash=5baa61 sid=e" HOME,
     "password.repeated=1"}, /* forgotten after seven calm days */
};

/* Who guesses brings others. */
static const struct told guesser[] = {
    {0, "login+ user=ana" HOME, ""},
    {10, "auth-check- user=ana hash=000001 sid=a" ENEMY, "password.repeated=1 password.distinct=1"},
    {11, "auth-check- user=ana hash=000002 sid=b" ENEMY, "password.repeated=1 password.distinct=2"},
    {11, "auth-check- user=ana hash=000002 sid=c" ENEMY, "password.repeated=2 password.distinct=2"},
    {12, "auth-check- user=ana hash=000003 sid=c" ENEMY,
     "password.repeated=1 password.distinct=3 source.passwords=3"},
    {13, "login- user=ana sid=c" ENEMY, "password.distinct=3"},
};

/* One password for everybody, from ever other places; names that nobody has are counted too. */
static const struct told spray[] = {
    {0, "auth-check- user=ana hash=5baa61 sid=a ip=203.0.113.1",
     "password.accounts=1 "
     "password.networks=1 "
     "!password.repeated"},
    {10, "auth-check- user=ben hash=5baa61 sid=b ip=203.0.113.2",
     "password.accounts=2 password.networks=1 source.passwords=1"},
    {20, "auth-check- user=Cem hash=5baa61 sid=c ip=198.51.100.2",
     "password.accounts=3 password.networks=2"},
    {30, "auth-check- user=cem hash=5baa61 sid=d ip=198.51.100.2", "password.accounts=3"},
    {40, "auth-check- user=dan hash=5baa62 sid=e ip=198.51.100.2",
     "password.accounts=1 source.passwords=2"},
    {50, "auth-check- user=dan hash=5baa61 sid=f ip=127.0.0.1",
     "password.accounts=4 password.networks=2 !source.passwords"}, /* through webmail: no place */
    {60, "auth-check- user=dan sid=g ip=198.51.100.2", "!password.accounts"},
    {60, "auth-check- hash=5baa61 sid=h ip=198.51.100.2", "!password.accounts"},
    {60, "auth-check- user=dan hash=5baa61 sid=i", "!password.accounts"},
    {DAYS(8), "auth-check- user=eva hash=5baa61 sid=j ip=198.51.100.2", "password.accounts=1"},
};

static void stories(void **state)
{
	struct story s;
	story_start(&s);
	STORY(&s, "an old phone", old_phone);
	story_end(&s);
	story_start(&s);
	STORY(&s, "a guesser", guesser);
	story_end(&s);
	story_start(&s);
	STORY(&s, "a spray", spray);
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stories)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
