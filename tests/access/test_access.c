/* test_access.c - who is let in, by posture; who waits; what is wrong with rules. */
#include "access/reopened.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define RULES                                                                                      \
	"networks: [192.0.2.0/24, \"2001:db8:1::/48\"]\nessential: [garde@example.org]\n"          \
	"protocols: [imap]\ndenied: [Bad@example.org]\nfailures: 3\nwithin: 600\ndelay: 2\n"       \
	"accounts-a-password: 2\n"

static struct access_request request(const char *login, const char *remote, const char *protocol)
{
	struct access_request q = {.login = slice_of(login), .protocol = slice_of(protocol)};
	q.has_remote = address_parse(slice_of(remote), &q.remote);
	return q;
}

static void test_postures(void **state)
{
	static const struct {
		const char *posture, *login, *remote, *protocol;
		int status;
	} cases[] = {
	    {"normal", "ana@example.org", "203.0.113.9", "imap", 0},
	    {"normal", "bad@example.org", "192.0.2.1", "imap", -1},
	    {"normal", "bad@example.org", "127.0.0.1", "imap", -1},
	    {"normal", "ana@example.org", "", "imap", 0},
	    {"heightened", "ana@example.org", "203.0.113.9", "imap", -1},
	    {"heightened", "ana@example.org", "192.0.2.7", "pop3", 0},
	    {"heightened", "ana@example.org", "2001:db8:1:7::1", "imap", 0},
	    {"heightened", "ana@example.org", "2001:db8:2::1", "imap", -1},
	    {"heightened", "garde@example.org", "203.0.113.9", "imap", 0},
	    {"heightened", "ana@example.org", "", "imap", -1},
	    {"heightened", "ana@example.org", "::1", "imap", 0}, /* webmail */
	    {"lockdown", "ana@example.org", "192.0.2.7", "imap", -1},
	    {"lockdown", "garde@example.org", "192.0.2.7", "imap", 0},
	    {"lockdown", "GARDE@example.org", "192.0.2.7", "imap", 0},
	    {"lockdown", "garde@example.org", "203.0.113.9", "imap", -1},
	    {"lockdown", "garde@example.org", "192.0.2.7", "pop3", -1},
	    {"lockdown", "", "192.0.2.7", "imap", -1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct access_rules r;
		char yaml[512], why[256] = "";
		snprintf(yaml, sizeof yaml, "posture: %s\n" RULES, cases[i].posture);
		if (!access_read(&r, slice_of(yaml), why, sizeof why))
			fail_msg("%s", why);
		struct access *a = access_new(&r);
		struct access_request q =
		    request(cases[i].login, cases[i].remote, cases[i].protocol);
		struct access_answer n = access_ask(a, &q, CLOCK_DAY);
		if (n.status != cases[i].status)
			fail_msg("%s %s from %s by %s: %d, %s", cases[i].posture, cases[i].login,
				 cases[i].remote, cases[i].protocol, n.status, n.because);
		access_free(&a);
		access_rules_free(&r);
	}
}

static void fail_times(struct access *a, const char *remote, int times, int64_t now)
{
	struct access_request q = request("ana@example.org", remote, "imap");
	for (int i = 0; i < times; i++)
		access_report(a, &q, now);
}

static int status_of(struct access *a, const char *remote, int64_t now)
{
	struct access_request q = request("bob@example.org", remote, "imap");
	return access_ask(a, &q, now).status;
}

/* It waits, longer and longer, and is refused; others are not touched, and time heals. */
static void test_guesser(void **state)
{
	struct access_rules r;
	char why[256];
	assert_true(access_read(&r, SLICE(RULES), why, sizeof why));
	struct access *a = access_new(&r);
	int64_t now = CLOCK_DAY;
	fail_times(a, "203.0.113.9", 2, now);
	assert_int_equal(status_of(a, "203.0.113.9", now), 0);
	fail_times(a, "203.0.113.9", 1, now);
	assert_int_equal(status_of(a, "203.0.113.9", now), 2);
	fail_times(a, "203.0.113.9", 10, now);
	assert_int_equal(status_of(a, "203.0.113.9", now), 4);
	fail_times(a, "203.0.113.9", 40, now);
	assert_int_equal(status_of(a, "203.0.113.9", now), -1);
	assert_int_equal(status_of(a, "203.0.113.10", now), 0);
	assert_int_equal(status_of(a, "203.0.113.9", now + 11 * CLOCK_MINUTE), 0);
	fail_times(a, "192.0.2.9", 50, now); /* listed: an office's phones with an old password */
	assert_int_equal(status_of(a, "192.0.2.9", now), 0);
	fail_times(a, "127.0.0.1", 50, now); /* webmail */
	assert_int_equal(status_of(a, "127.0.0.1", now), 0);
	fail_times(a, "2001:db8:9::1", 2, now); /* one customer, many addresses */
	fail_times(a, "2001:db8:9::2", 2, now);
	assert_int_equal(status_of(a, "2001:db8:9::3", now), 2);
	access_free(&a);
	access_rules_free(&r);
}

static void test_after_password(void **state)
{
	struct access_rules r;
	char why[256];
	assert_true(access_read(&r, SLICE(RULES), why, sizeof why));
	struct access *a = access_new(&r);
	struct access_request q = request("bob@example.org", "203.0.113.9", "imap");
	q.after = q.success = true;
	fail_times(a, "203.0.113.9", 5, CLOCK_DAY);
	assert_int_equal(access_ask(a, &q, CLOCK_DAY).status, 0); /* has waited before */
	access_free(&a);
	access_rules_free(&r);
}

static void test_spray(void **state)
{
	static const char *const logins[] = {"a@example.org", "b@example.org", "a@example.org"};
	struct access_rules r;
	char why[256];
	assert_true(access_read(&r, SLICE(RULES), why, sizeof why));
	struct access *a = access_new(&r);
	struct access_request last = request("c@example.org", "203.0.113.200", "imap");
	last.password_hash = SLICE("1f3");
	for (size_t i = 0; i < 3; i++) {
		struct access_request q = request(logins[i], "203.0.113.1", "imap");
		q.password_hash = SLICE("1f3");
		if (i == 1)
			assert_int_equal(access_ask(a, &last, CLOCK_DAY).status, 0);
		access_report(a, &q, CLOCK_DAY);
	}
	assert_int_equal(access_ask(a, &last, CLOCK_DAY).status, -1);
	last.password_hash = SLICE("2a0");
	assert_int_equal(access_ask(a, &last, CLOCK_DAY).status, 0);
	last.password_hash = SLICE("1f3");
	assert_int_equal(access_ask(a, &last, CLOCK_DAY + 600 * CLOCK_SECOND - 1).status, -1);
	assert_int_equal(access_ask(a, &last, CLOCK_DAY + 600 * CLOCK_SECOND).status, 0);
	access_free(&a);
	access_rules_free(&r);
}

/* Each number that is taken is one that is counted to; 0 is off. */
static void test_spray_bounds(void **state)
{
	for (int most = 0; most <= ACCESS_ACCOUNTS_MOST; most++) {
		struct access_rules r;
		char yaml[64], login[32], why[256] = "";
		snprintf(yaml, sizeof yaml, "accounts-a-password: %d\nfailures: 0\n", most);
		if (!access_read(&r, slice_of(yaml), why, sizeof why))
			fail_msg("%s", why);
		struct access *a = access_new(&r);
		for (int i = 0; i < ACCESS_ACCOUNTS_MOST + 2; i++) {
			snprintf(login, sizeof login, "a%d@example.org", i);
			struct access_request q = request(login, "203.0.113.1", "imap");
			q.password_hash = SLICE("1f3");
			int want = most && i >= most ? -1 : 0;
			if (access_ask(a, &q, CLOCK_DAY).status != want)
				fail_msg("of %d, after %d", most, i);
			access_report(a, &q, CLOCK_DAY);
		}
		access_free(&a);
		access_rules_free(&r);
	}
	struct access_rules r;
	char why[256] = "";
	assert_false(access_read(&r, SLICE("accounts-a-password: 33\n"), why, sizeof why));
	assert_non_null(strstr(why, "32"));
	access_rules_free(&r);
}

static void test_request(void **state)
{
	struct arena a = {0};
	struct access_request q;
	char why[128] = "";
	assert_true(access_parse(
	    SLICE("{\"login\":\"an\\u0061\",\"pwhash\":\"1f\",\"remote\":\"192.0.2.7\","
		  "\"device_id\":\"\",\"protocol\":\"imap\",\"success\":true}"),
	    &q, &a, why, sizeof why));
	assert_true(slice_eq(q.login, SLICE("ana")) && q.has_remote && q.success && q.after);
	assert_false(access_parse(SLICE("{\"login\":"), &q, &a, why, sizeof why));
	assert_non_null(strstr(why, "byte "));
	assert_false(access_parse(SLICE("[]"), &q, &a, why, sizeof why));
	assert_true(access_parse(SLICE("{}"), &q, &a, why, sizeof why));
	assert_false(q.has_remote || q.after);
	arena_free(&a);
}

/* So much of every bound, at least one, and none where there was none. */
static void test_lowered(void **state)
{
	struct access_rules r;
	char why[256];
	assert_true(access_read(&r, SLICE("failures: 10\ndelay: 2\naccounts-a-password: 4\n"), why,
				sizeof why));
	assert_int_equal(r.reopened.days, 30);
	assert_int_equal(r.reopened.percent, 50);
	struct access *a = access_new(&r);
	fail_times(a, "203.0.113.9", 5, CLOCK_DAY);
	assert_int_equal(status_of(a, "203.0.113.9", CLOCK_DAY), 0);
	access_lower(&r, 50);
	assert_int_equal(status_of(a, "203.0.113.9", CLOCK_DAY), 2);
	assert_int_equal(r.outbound.percent, 50);
	access_lower(&r, 100);
	assert_int_equal(status_of(a, "203.0.113.9", CLOCK_DAY), 0);
	access_free(&a);
	access_rules_free(&r);
	static const struct {
		unsigned bound, percent, wanted;
	} cases[] = {{200, 50, 100}, {200, 100, 200}, {200, 0, 200},      {0, 50, 0},
		     {1, 50, 1},     {3, 50, 1},      {1000000, 1, 10000}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(outbound_bound(cases[i].bound, cases[i].percent), cases[i].wanted);
}

static int64_t opened_us;
static bool fake_opened(const char *state, int64_t *when_us, char *why, size_t size)
{
	*when_us = opened_us;
	return snprintf(why, size, "it is locked"), opened_us != -1;
}

static void grow(const char *dir)
{
	char path[64];
	snprintf(path, sizeof path, "%s/journal", dir);
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	fputs("x", f);
	fclose(f);
}

/* Looked at where the journal has grown; lowered for so many days from the last door that opened;
 * what cannot be read changes nothing. */
static void test_reopened(void **state)
{
	static const int64_t now = 20000 * CLOCK_DAY;
	static const struct {
		int64_t opened_us, now_us;
		bool grows;
		unsigned percent;
	} steps[] = {
	    {now, now, false, 100}, /* no journal: nothing was ever isolated */
	    {CLOCK_NONE, now, true, 100},
	    {now, now, false, 100}, /* not read again: it has not grown */
	    {now, now, true, 25},
	    {now, now + 6 * CLOCK_DAY, false, 25},
	    {-1, now + 6 * CLOCK_DAY, true, 25},
	    {now, now + 8 * CLOCK_DAY, true, 100},
	    {now + 8 * CLOCK_DAY, now + 8 * CLOCK_DAY, true, 25},
	};
	char dir[] = "/tmp/tocsin-access-XXXXXX", yaml[200], why[256];
	assert_non_null(mkdtemp(dir));
	struct access_rules r;
	struct reopened o = {.opened = fake_opened};
	snprintf(yaml, sizeof yaml, "reopened:\n  state: %s\n  days: 7\n  percent: 25\n", dir);
	if (!access_read(&r, slice_of(yaml), why, sizeof why))
		fail_msg("%s", why);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		opened_us = steps[i].opened_us;
		if (steps[i].grows)
			grow(dir);
		if (reopened_percent(&o, &r, steps[i].now_us) != steps[i].percent)
			fail_msg("step %zu", i);
	}
	reopened_free(&o);
	access_rules_free(&r);
	snprintf(yaml, sizeof yaml, "%s/journal", dir);
	remove(yaml);
	rmdir(dir);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"", "line 1"},
	    {"posture: closed\n", "line 1: a posture"},
	    {"posture: normal\nnetwork: []\n", "line 2: there is no \"network\""},
	    {"networks: [192.0.2.0/99]\n", "is no network"},
	    {"failures: many\n", "line 1: a number"},
	    {"essential: garde\n", "a list is wanted"},
	    {"posture: lockdown\n", "would let nobody in"},
	    {"a: &b c\n", "anchors"},
	    {"reopened:\n  percent: 0\n", "line 2: at least 1 percent"},
	    {"reopened:\n  percent: 101\n", "line 2: a number up to 100"},
	    {"reopened:\n  day: 3\n", "line 2: reopened has no \"day\""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct access_rules r;
		char why[256] = "";
		if (access_read(&r, slice_of(cases[i].text), why, sizeof why))
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(why, cases[i].says))
			fail_msg("%s: %s", cases[i].text, why);
		access_rules_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_postures),       cmocka_unit_test(test_guesser),
	    cmocka_unit_test(test_after_password), cmocka_unit_test(test_spray),
	    cmocka_unit_test(test_spray_bounds),   cmocka_unit_test(test_request),
	    cmocka_unit_test(test_refused),        cmocka_unit_test(test_lowered),
	    cmocka_unit_test(test_reopened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
