/* test_outbound.c - what Postfix asks, piece by piece; who is held, and who never. */
#include "access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		enum outbound_read wanted;
		const char *account, *says;
		size_t left;
	} cases[] = {
	    {"request=smtpd_access_policy\nprotocol_state=RCPT\nsasl_username=ana\nsize=12\n\n",
	     OUTBOUND_REQUEST, "ana", "", 0},
	    {"sasl_username=ana\n\nsasl_username=bob\n\n", OUTBOUND_REQUEST, "ana", "", 19},
	    {"sasl_username=a=b c\n\n", OUTBOUND_REQUEST, "a=b c", "", 0},
	    {"sasl_username=\nsize=\n\n", OUTBOUND_REQUEST, "", "", 0},
	    {"some_attribute_of_tomorrow=x\n\n", OUTBOUND_REQUEST, "", "", 0},
	    {"sasl_username=ana\n", OUTBOUND_MORE, "", "", 18},
	    {"sasl_user", OUTBOUND_MORE, "", "", 9},
	    {"", OUTBOUND_MORE, "", "", 0},
	    {"GET / HTTP/1.0\n\n", OUTBOUND_BROKEN, "", "line 1: name=value", 16},
	    {"a=b\n=x\n\n", OUTBOUND_BROKEN, "", "line 2: name=value", 8},
	    {"size=many\n\n", OUTBOUND_BROKEN, "", "line 1: this value", 11},
	    {"size=99999999999999999999\n\n", OUTBOUND_BROKEN, "", "line 1: this value", 27},
	    {"request=other\n\n", OUTBOUND_BROKEN, "", "line 1: this value", 15},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbound_request q;
		char why[128] = "";
		slice bytes = slice_of(cases[i].text);
		enum outbound_read r = outbound_parse(&bytes, &q, why, sizeof why);
		if (r != cases[i].wanted || bytes.len != cases[i].left ||
		    !strstr(why, cases[i].says) ||
		    (r == OUTBOUND_REQUEST && !slice_eq(q.account, slice_of(cases[i].account))))
			fail_msg("%s: %d, %zu left, %s", cases[i].text, r, bytes.len, why);
	}
}

static struct outbound_answer ask(struct outbound *o, const char *state, const char *account,
				  const char *recipient, int64_t size, int64_t at)
{
	struct outbound_request q = {slice_of(state), slice_of(account), slice_of(recipient), size,
				     1};
	return outbound_ask(o, &q, at);
}

enum { RCPT_NEW, RCPT_SAME, WHOLE, BIG };

/* One kind of request again and again: which is the first to be held? */
static void test_bounds(void **state)
{
	static const struct {
		struct outbound_rules rules;
		int kind;
		const char *account;
		int first; /* 0: none of twenty */
		const char *says;
	} cases[] = {
	    {{.within_s = 60, .new_recipients = 3}, RCPT_NEW, "ana", 4, "4 recipients new"},
	    {{.within_s = 60, .new_recipients = 3}, RCPT_SAME, "ana", 0, ""},
	    {{.within_s = 60, .recipients = 5}, RCPT_SAME, "ana", 6, "6 recipients within 60 s"},
	    {{.within_s = 60, .messages = 2}, WHOLE, "ana", 3, "3 messages"},
	    {{.within_s = 60, .messages = 2}, RCPT_NEW, "ana", 0, ""},
	    {{.within_s = 60, .megabytes = 10}, BIG, "ana", 3, "12 megabytes"},
	    {{.within_s = 60, .new_recipients = 3, .learn_days = 7}, RCPT_NEW, "ana", 0, ""},
	    {{.within_s = 60, .messages = 1, .recipients = 1}, WHOLE, "", 0, ""},
	    {{.within_s = 60, .messages = 2, .defer = true}, WHOLE, "ana", 3, "3 messages"},
	    {{.within_s = 60}, WHOLE, "ana", 0, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbound *o = outbound_new(&cases[i].rules);
		struct outbound_answer n = {0};
		int first = 0;
		for (int k = 1; k <= 20 && !first; k++) {
			char to[32];
			snprintf(to, sizeof to, "x%d@example.net",
				 cases[i].kind == RCPT_SAME ? 0 : k);
			bool rcpt = cases[i].kind == RCPT_NEW || cases[i].kind == RCPT_SAME;
			n = ask(o, rcpt ? "RCPT" : "END-OF-MESSAGE", cases[i].account, to,
				cases[i].kind == BIG ? 4 << 20 : 100, CLOCK_DAY + k);
			if (n.action != OUTBOUND_DUNNO)
				first = k;
		}
		if (first != cases[i].first || !strstr(n.because, cases[i].says) ||
		    (first && n.action != (cases[i].rules.defer ? OUTBOUND_DEFER : OUTBOUND_HOLD)))
			fail_msg("case %zu: first %d, %s", i, first, n.because);
		outbound_free(&o);
	}
}

/* Time heals; another account is not touched; it is told once. */
static void test_time(void **state)
{
	static const struct outbound_rules rules = {.within_s = 60, .messages = 1};
	struct outbound *o = outbound_new(&rules);
	ask(o, "END-OF-MESSAGE", "ana", "", 1, CLOCK_DAY);
	struct outbound_answer n = ask(o, "END-OF-MESSAGE", "Ana", "", 1, CLOCK_DAY);
	assert_true(n.action == OUTBOUND_HOLD && n.first);
	n = ask(o, "END-OF-MESSAGE", "ana", "", 1, CLOCK_DAY);
	assert_true(n.action == OUTBOUND_HOLD && !n.first);
	assert_int_equal(ask(o, "END-OF-MESSAGE", "bob", "", 1, CLOCK_DAY).action, OUTBOUND_DUNNO);
	n = ask(o, "END-OF-MESSAGE", "ana", "", 1, CLOCK_DAY + 61 * CLOCK_SECOND);
	assert_int_equal(n.action, OUTBOUND_DUNNO);
	outbound_free(&o);
}

/* What was learnt outlives the process; after the days of learning a stranger is new. */
static void test_kept(void **state)
{
	static const struct outbound_rules rules = {
	    .within_s = 60, .new_recipients = 1, .learn_days = 7};
	struct outbound *o = outbound_new(&rules);
	struct out kept = {.fd = -1};
	int64_t day = CLOCK_DAY, later = 9 * CLOCK_DAY;
	ask(o, "RCPT", "ana", "friend@example.net", 0, day);
	ask(o, "RCPT", "ana", "other@example.net", 0, day);
	outbound_write(o, &kept);
	outbound_free(&o);
	o = outbound_new(&rules);
	assert_true(outbound_read(o, (slice){kept.at, kept.len}));
	assert_int_equal(ask(o, "RCPT", "ana", "Friend@example.net", 0, later).action, 0);
	assert_int_equal(ask(o, "RCPT", "ana", "other@example.net", 0, later).action, 0);
	assert_int_equal(ask(o, "RCPT", "ana", "one@example.org", 0, later).action, 0);
	assert_int_equal(ask(o, "RCPT", "ana", "two@example.org", 0, later).action, OUTBOUND_HOLD);
	assert_false(outbound_read(o, SLICE("tocsin recipients 1\nshort")));
	assert_false(outbound_read(o, SLICE("other")));
	outbound_free(&o);
	out_close(&kept);
}

static void test_rules(void **state)
{
	static const struct {
		const char *text, *says; /* NULL: fine */
	} cases[] = {
	    {"outbound:\n  listen: 127.0.0.1:4002\n  messages: 5\n  answer: defer\n", NULL},
	    {"outbound:\n  messages: 5\n", "outbound: listen"},
	    {"outbound:\n  listen: 127.0.0.1:4002\n  mesages: 5\n", "line 3: outbound has no"},
	    {"outbound:\n  listen: 127.0.0.1:4002\n  answer: reject\n", "line 3: an answer is"},
	    {"outbound:\n  listen: 127.0.0.1:4002\n  within: soon\n", "line 3: a number"},
	    {"outbound: yes\n", "line 1"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct access_rules r;
		char why[256] = "";
		bool fine = access_read(&r, slice_of(cases[i].text), why, sizeof why);
		if (fine != !cases[i].says || (cases[i].says && !strstr(why, cases[i].says)))
			fail_msg("%s: %s", cases[i].text, why);
		if (fine)
			assert_true(r.outbound.defer && r.outbound.messages == 5);
		access_rules_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse), cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_time),  cmocka_unit_test(test_kept),
	    cmocka_unit_test(test_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
