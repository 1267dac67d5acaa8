/* test_profile.c - countries, operators, clients, hours; master users; probes. */
#include "mmdb.h"
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct mmdb_row world[] = {
    {"81.10.0.0/16", "FR", 0, 0, 0, "Office Line SA"},
    {"81.20.0.0/16", "FR", 0, 0, 0, "Home Line SA"},
    {"90.10.0.0/16", "SG", 0, 0, 0, "Merlion Broadband"},
};

#define ANA(ip) "login+ user=ana proto=imap ip=" ip

static const struct told countries[] = {
    {0, ANA("81.10.1.1"),
     "country.state=learning operator.state=learning account.days=0 "
     "!account.idle"},
    {HOURS(30), ANA("81.20.1.1"),
     "country.state=known operator.state=learning account.days=1 "
     "account.idle=108000"},
    {DAYS(3), ANA("81.10.1.1"), "country.state=known operator.state=known account.days=2"},
    {DAYS(4), ANA("90.10.1.1"), "country.state=new operator.state=new account.days=3"},
    {DAYS(4) + 60, ANA("90.10.2.1"), "country.state=new operator.state=new account.idle=60"},
    {DAYS(5) + 60, ANA("90.10.2.1"), "country.state=known operator.state=known"},
    {DAYS(300), ANA("90.10.2.1"), "country.state=new network.state=known"}, /* forgotten */
};

/* At nine, day after day; and then at three in the night. */
static void hours(void **state)
{
	struct story s;
	story_start(&s);
	for (int day = 0; day < 10; day++)
		story_tell(&s, DAYS(day) + HOURS(9), ANA("192.0.2.7"), "");
	story_tell(&s, DAYS(10) + HOURS(3), ANA("192.0.2.7"), "hour.share=0");
	struct event e = story_tell(&s, DAYS(10) + HOURS(10), ANA("192.0.2.7"), "weekday.share=19");
	int64_t share = event_get_number(&e, F_HOUR_SHARE, 0);
	assert_true(share >= 85 && share <= 95); /* ten at nine, one at three */
	story_tell(&s, DAYS(10) + HOURS(10) + 60, ANA("192.0.2.7"),
		   "!hour.share !weekday.share"); /* said once an hour */
	story_tell(&s, DAYS(10) + HOURS(10) + 61, ANA("203.0.113.7"),
		   "network.state=new weekday.share=26"); /* and where the network is not known */
	story_tell(&s, DAYS(400), ANA("192.0.2.7"), "!hour.share"); /* next to nothing is left */
	story_end(&s);
}

#define ID(name) "client-id user_agent.original=" name

static const struct told clients[] = {
    {0, ID("Thunderbird~115.3 user=ana"), "client=Thunderbird client.kind=desktop !client.state"},
    {1, ANA("192.0.2.7"), ""},
    {2, ID("Thunderbird~115.3 user=ana"),
     "client=Thunderbird client.state=learning client.age=0 "
     "client.accounts=0"},
    {DAYS(2), ANA("192.0.2.7"), ""},
    {DAYS(3), ANA("192.0.2.7"), ""},
    {DAYS(3), ID("Thunderbird~128.0 user=ana"),
     "client.state=known client.age=259198 "
     "client.accounts=1"}, /* a newer version */
    {DAYS(3) + 1, ID("imapsync~2.229 sid=x"),
     "client=imapsync client.kind=migration "
     "!client.state"}, /* before its sign-in */
    {DAYS(3) + 2, ANA("203.0.113.7 sid=x"),
     "client=imapsync client.kind=migration "
     "client.state=new client.accounts=0"},
    {DAYS(3) + 9, "session-end user=ana sid=x bodies=9 ip=203.0.113.7 proto=imap",
     "client=imapsync client.state=new client.age=7"},
    {DAYS(3) + 9, "session-end user=ana sid=y bodies=9 ip=203.0.113.7 proto=imap", "!client"},
    {DAYS(4), "login+ user=ben ip=192.0.2.7 proto=imap", ""},
    {DAYS(5), ID("thunderbird user=ben"),
     "client=Thunderbird client.state=learning "
     "client.accounts=1"},
    {DAYS(5), ID("Grandma's~Mailer~3 user=ben"), "client=Grandma's~Mailer !client.kind"},
    {DAYS(5), "client-id user=ben", "!client"},
};

#define WIN "Mozilla/5.0~(Windows~NT~10.0;~Win64)~"
static const struct told agents[] = {
    {0, ID(WIN "Gecko/20100101~Firefox/131.0"), "client=Firefox~on~Windows client.kind=browser"},
    {0, ID(WIN "AppleWebKit/537.36~Chrome/129.0~Safari/537.36"), "client=Chrome~on~Windows"},
    {0, ID(WIN "AppleWebKit/537.36~Chrome/129.0~Safari/537.36~Edg/129"), "client=Edge~on~Windows"},
    {0, ID("Mozilla/5.0~(iPhone;~CPU)~Version/17.6~Mobile~Safari/604.1"),
     "client=Safari~on~iPhone"},
    {0, ID("Mozilla/5.0~(X11;~Linux)~HeadlessChrome/129.0~Safari/537.36"),
     "client=HeadlessChrome client.kind=script"},
    {0, ID("python-requests/2.32"), "client=python client.kind=script"},
    {0, ID("Mail2000/1.0"), "client=Mail2000 !client.kind"},
    {0, ID("0123456789012345678901234567890123456789xyz"),
     "client=0123456789012345678901234567890123456789"},
};

/* The nightly backup comes from its host; whoever has its password does not. */
static const struct told masters[] = {
    {0, "login+ user=ana*Backup ip=192.0.2.9 proto=imap",
     "account=ana master=Backup master.state=new master.accounts=1"},
    {1, "login+ user=ben*backup ip=192.0.2.9 proto=imap", "master.state=new master.accounts=2"},
    {DAYS(1), "login+ user=ana*backup ip=192.0.2.9 proto=imap",
     "master.state=known master.accounts=1"},
    {DAYS(1) + 1, "login+ user=ana*backup ip=203.0.113.9 proto=imap",
     "master.state=new master.accounts=1"},
    {DAYS(1) + 1, "login+ user=backup user.effective.name=cem ip=203.0.113.9 proto=imap",
     "master=backup master.accounts=2"},
    {DAYS(1) + 2, "login+ user=ana ip=203.0.113.9 proto=imap", "!master !master.state"},
    {DAYS(1) + 2, "login+ user=ana* ip=203.0.113.9 proto=imap", "!master"},
    {DAYS(1) + 2, "login+ user=*backup ip=203.0.113.9 proto=imap", "!master"},
};

/* A probe: every five minutes, nothing read. */
static void a_probe(void **state)
{
	struct story s;
	story_start(&s);
	story_tell(&s, 0, ANA("192.0.2.7"), "sign_in.reads=0 !sign_in.period");
	story_tell(&s, 1, "login+ user=ana proto=pop3 ip=192.0.2.7", "!sign_in.period");
	story_tell(&s, 300, ANA("192.0.2.7"), "!sign_in.period");
	story_tell(&s, 600, ANA("192.0.2.7"), "!sign_in.period");
	for (int i = 3; i < 40; i++)
		story_tell(&s, i * 300, ANA("192.0.2.7"), "sign_in.period=300");
	story_tell(&s, 12000, ANA("192.0.2.7"), "sign_in.deviation=0 sign_in.reads=0");
	story_tell(&s, 12010, "session-end user=ana ip=192.0.2.7 proto=imap bodies=3", "");
	struct event e = story_tell(&s, 15000, ANA("192.0.2.7"), "sign_in.reads=3");
	assert_true(event_get_number(&e, F_SIGN_IN_DEVIATION, 0) > 50);
	story_end(&s);
}

static void tell(const char *geo, const char *name, const struct told *rows, size_t n)
{
	struct story s;
	story_start(&s);
	if (geo)
		assert_true(facts_geo(s.facts, geo, NULL, NULL));
	story_rows(&s, name, rows, n);
	story_end(&s);
}

static void stories(void **state)
{
	char path[] = "/tmp/tocsin-mmdb-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0 && mmdb_write(path, world, sizeof world / sizeof *world));
	close(fd);
	tell(path, "countries", countries, sizeof countries / sizeof *countries);
	tell(NULL, "clients", clients, sizeof clients / sizeof *clients);
	tell(NULL, "agents", agents, sizeof agents / sizeof *agents);
	tell(NULL, "masters", masters, sizeof masters / sizeof *masters);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stories),
	    cmocka_unit_test(hours),
	    cmocka_unit_test(a_probe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
