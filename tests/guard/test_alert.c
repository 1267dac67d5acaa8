/* test_alert.c - how often is told, and in what words. */
#include "guard/part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LOW = 1, HIGH = 3, CRITICAL = 4, HOUR_MS = 3600000 };

static unsigned takes(struct alert_cap *c, unsigned n, int level, const char *source)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < n; i++)
		taken += alert_cap_takes(c, level, slice_of(source), 1000);
	return taken;
}

/* However many come from one source, another is still heard. */
static void test_a_flood_hides_no_other(void **state)
{
	struct alert_cap c;
	alert_cap_init(&c, 20);
	assert_int_equal(takes(&c, 100000, CRITICAL, "192.0.2.1"), 6);
	assert_int_equal(takes(&c, 1, CRITICAL, "192.0.2.2"), 1);
	assert_int_equal(c.held, 100000 - 6);
	alert_cap_free(&c);
}

/* However many sources are low, what is high is still heard. */
static void test_low_hides_no_high(void **state)
{
	struct alert_cap c;
	char source[16];
	unsigned taken = 0;
	alert_cap_init(&c, 20);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(source, sizeof source, "s%u", i);
		taken += takes(&c, 1, LOW, source);
	}
	assert_int_equal(taken, 10);
	assert_int_equal(takes(&c, 1, HIGH, "192.0.2.2"), 1);
	alert_cap_free(&c);
}

static void test_never_more_than_the_most(void **state)
{
	struct alert_cap c;
	char source[16];
	unsigned taken = 0;
	alert_cap_init(&c, 20);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(source, sizeof source, "s%u", i);
		taken += takes(&c, 2, CRITICAL, source);
	}
	assert_int_equal(taken, 20);
	alert_cap_free(&c);
}

static void test_one_summary_then_a_new_hour(void **state)
{
	struct alert_cap c;
	struct alert a;
	uint64_t held = 0;
	alert_cap_init(&c, 4);
	takes(&c, 10, CRITICAL, "192.0.2.1");
	assert_false(alert_cap_ends(&c, 1000 + HOUR_MS - 1, &a, &held));
	assert_true(alert_cap_ends(&c, 1000 + HOUR_MS, &a, &held));
	assert_int_equal(held, 8);
	assert_non_null(strstr(a.subject, "8 more findings"));
	assert_non_null(strstr(a.json, "\"held_back\":8,\"sources\":1,\"critical\":8"));
	assert_false(alert_cap_ends(&c, 1000 + HOUR_MS, &a, &held));
	assert_int_equal(takes(&c, 1, CRITICAL, "192.0.2.1"), 1);
	alert_cap_free(&c);
}

/* What an intruder chose ends no header, and begins no other. */
static void test_words(void **state)
{
	struct guard_message m = {.kind = MESSAGE_FINDING, .level = CRITICAL};
	struct alert a;
	static const char title[] = "a\r\nBcc: x@y.example\xc3\xa9\x1b[2J";
	memset(m.account, '"', sizeof m.account);
	memset(m.path, 1, sizeof m.path);
	m.account_len = m.path_len = UINT8_MAX;
	m.title_len = sizeof title - 1;
	memcpy(m.title, title, sizeof title);
	const struct alert_witness w = {.actions = {.entries = UINT64_MAX},
					.findings = {.entries = UINT64_MAX}};
	alert_compose(&m, &w, &a);
	for (const char *p = a.subject; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f);
	assert_null(strchr(a.body, '\x1b'));
	assert_null(strstr(a.body, "\nBcc"));
	const char *end = a.json + strlen(a.json) - 3;
	assert_string_equal(end, "}}}"); /* all of it, however long its texts are */
}

/* Against `printf 1700000000.{} | openssl dgst -sha256 -hmac secret-secret-16`. */
static void test_signature(void **state)
{
	char out[ALERT_SIGNATURE];
	alert_signature(SLICE("secret-secret-16"), 1700000000, SLICE("{}"), out);
	assert_string_equal(out,
			    "Tocsin-Signature: t=1700000000,v1="
			    "1e90ede544640b565decc9712e3b08cbaee207bc3a885da19d18e2f314d94e17");
}

/* Of a flood so much is kept, then what is worse; other sources and the next hour are whole. */
static void test_flood(void **state)
{
	struct table t;
	unsigned kept = 0;
	flood_init(&t);
	for (unsigned i = 0; i < 100000; i++)
		kept += flood_takes(&t, SLICE("192.0.2.1"), LOW, 1000);
	assert_int_equal(kept, 256);
	assert_true(flood_takes(&t, SLICE("192.0.2.2"), LOW, 1000));
	assert_true(flood_takes(&t, SLICE("192.0.2.1"), HIGH, 1000));
	assert_false(flood_takes(&t, SLICE("192.0.2.1"), HIGH, 1000));
	assert_true(flood_takes(&t, SLICE("192.0.2.1"), LOW, 1000 + CLOCK_HOUR));
	table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_flood_hides_no_other),
	    cmocka_unit_test(test_low_hides_no_high),
	    cmocka_unit_test(test_never_more_than_the_most),
	    cmocka_unit_test(test_one_summary_then_a_new_hour),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_flood),
	    cmocka_unit_test(test_signature),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
