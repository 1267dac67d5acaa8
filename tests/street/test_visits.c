/* test_visits.c - what sign-ins to a webmail tell of its clock, and when they tell nothing. */
#include "../../src/street/visits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define T0 (INT64_C(1773738000) * CLOCK_SECOND)
enum { WEB, MAIL };

static void told(struct visits *v, const char *user, int64_t us, const char *rip)
{
	struct event e;
	struct address ip, lip;
	event_clear(&e);
	event_act(&e, ACT_LOGIN, OUT_SUCCESS);
	event_number(&e, F_TIME, us);
	event_text(&e, F_USER, slice_of(user));
	event_text(&e, F_MODULE, rip ? SLICE("dovecot") : SLICE("roundcube"));
	if (!rip) {
		assert_true(visit_is_stated(&e));
		visits_saw(v, &e, WEB);
		return;
	}
	assert_true(address_parse(slice_of(rip), &ip));
	assert_true(address_parse(SLICE("192.0.2.25"), &lip));
	event_text(&e, F_PROTOCOL, SLICE("imap"));
	event_address(&e, F_SOURCE_IP, ip);
	event_address(&e, F_DESTINATION_IP, lip);
	if (visit_is_served(&e))
		visits_saw(v, &e, MAIL);
}

static const struct visits_case {
	const char *name;
	int count;     /* visits, an hour and more apart, of three accounts */
	int64_t ahead; /* of the webmail's clock, seconds; from visit `then` on, `later` */
	int then;
	int64_t later;
	int teeth;       /* IMAP sign-ins that follow each, a minute apart */
	const char *rip; /* of the IMAP sign-ins */
	int64_t want;    /* 999999: none */
} cases[] = {
    {"together", 12, 0, 99, 0, 0, "192.0.2.30", 0},
    {"ahead", 12, 90, 99, 0, 0, "192.0.2.30", 90},
    {"behind, from a private address", 12, -37, 99, 0, 0, "10.1.2.3", -37},
    {"the webmail stays open", 12, 90, 99, 0, 30, "192.0.2.30", 90},
    {"behind, and it stays open", 12, -600, 99, 0, 30, "192.0.2.30", -600},
    {"an hour, as of another zone", 12, 3600, 99, 0, 3, "192.0.2.30", 3600},
    {"too few", 4, 90, 99, 0, 0, "192.0.2.30", 999999},
    {"set in the middle", 12, 90, 6, 30, 0, "192.0.2.30", 999999},
    {"never two alike", 12, 0, 0, -1, 0, "192.0.2.30", 999999},
    {"from far away: no webmail of ours", 12, 90, 99, 0, 0, "198.51.100.7", 999999},
    {"on the same host", 12, 90, 99, 0, 0, "127.0.0.1", 999999},
};

static void run(const struct visits_case *c)
{
	struct visits *v = visits_new();
	int64_t ahead = 0;
	size_t agree = 0;
	for (int i = 0; i < c->count; i++) {
		char user[32];
		int64_t now = T0 + i * CLOCK_HOUR + i * i * 37 * CLOCK_SECOND,
			off = i < c->then ? c->ahead : c->later;
		snprintf(user, sizeof user, i % 2 ? "Ana%d" : "ana%d@example.org", i % 3);
		if (off < 0 && c->then == 0)
			off = 7 * i * i; /* another each time */
		if (off < 0)
			told(v, user, now + off * CLOCK_SECOND, NULL);
		for (int k = 0; k <= c->teeth; k++)
			told(v, user, now + k * CLOCK_MINUTE, c->rip);
		if (off >= 0)
			told(v, user, now + off * CLOCK_SECOND, NULL);
	}
	bool sure = visits_ahead(v, WEB, MAIL, &ahead, &agree);
	if (sure != (c->want != 999999))
		fail_msg("%s: %s, %zu agree", c->name, sure ? "sure" : "not sure", agree);
	if (sure && ahead != c->want * CLOCK_SECOND)
		fail_msg("%s: %lld us", c->name, (long long)ahead);
	visits_free(&v);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
