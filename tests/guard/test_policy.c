/* test_policy.c - what a policy says, and what is wrong with one, with its line. */
#include "guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_read(void **state)
{
	struct guard_policy p;
	char why[256] = "";
	static const char text[] =
	    "tell:\n  from: high\n  syslog: true\n  command: [/bin/page, -x]\n"
	    "contain:\n  from: critical\n  sessions-from: high\n  mode: quiet\n"
	    "  levers: [deny-list, deny]\n  accounts-an-hour: 2\n"
	    "  never: [boss@example.org]\n";
	if (!guard_policy_read(&p, slice_of(text), why, sizeof why))
		fail_msg("%s", why);
	assert_int_equal(p.tell_from, 3);
	assert_int_equal(p.contain_from, 4);
	assert_int_equal(p.sessions_from, 3);
	assert_int_equal(p.mode, RESPOND_QUIET);
	assert_int_equal(p.most_an_hour, 2);
	assert_int_equal(p.lever_count, 2);
	assert_string_equal(p.levers[1], "deny");
	assert_string_equal(p.command[0], "/bin/page");
	assert_null(p.command[2]);
	assert_true(p.syslog);
	assert_true(guard_policy_spares(&p, SLICE("BOSS@example.org")));
	assert_false(guard_policy_spares(&p, SLICE("boss@example.orga")));
	guard_policy_free(&p);
}

/* Nothing is done that is not written. */
static void test_usual(void **state)
{
	struct guard_policy p;
	char why[256];
	guard_policy_usual(&p);
	assert_true(p.contain_from > 4 && p.sessions_from > 4);
	assert_true(guard_policy_read(&p, SLICE("tell:\n  from: low\n"), why, sizeof why));
	assert_true(p.contain_from > 4);
	guard_policy_free(&p);
}

/* After a restore: one level lower for a month, or as it is written. */
static void test_reopened(void **state)
{
	struct guard_policy p;
	char why[256] = "";
	assert_true(guard_policy_read(&p, SLICE("tell:\n  from: medium\n"), why, sizeof why));
	assert_int_equal(p.reopened.days, 30);
	assert_int_equal(guard_policy_tell(&p, false), 2);
	assert_int_equal(guard_policy_tell(&p, true), 1);
	assert_true(guard_policy_contain(&p, true) > 4); /* never, unless it is written */
	guard_policy_free(&p);
	assert_true(guard_policy_read(&p,
				      SLICE("contain:\n  from: critical\nreopened:\n  days: 7\n"
					    "  tell-from: informational\n  contain-from: high\n"),
				      why, sizeof why));
	assert_int_equal(p.reopened.days, 7);
	assert_int_equal(guard_policy_tell(&p, true), 0);
	assert_int_equal(guard_policy_contain(&p, false), 4);
	assert_int_equal(guard_policy_contain(&p, true), 3);
	guard_policy_free(&p);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"", "line 1"},
	    {"- a\n", "line 1"},
	    {"tell: x\n", "line 1: keys"},
	    {"tell:\n  from: loud\n", "line 2: a level"},
	    {"contain:\n  from: high\n  lever: [deny]\n", "line 3: there is no \"lever\""},
	    {"contain:\n  levers: [deny, kik]\n",
	     "line 2: there is no lever \"kik\" (column 18; did you mean \"kick\"?)"},
	    {"contain:\n  levers:\n    - deny\n    - door\n", "line 4: there is no lever"},
	    {"contain:\n  levers: [deny, webmail-off]\n",
	     "line 2: \"webmail-off\" (column 18) hits everybody"},
	    {"contain:\n  levers: deny\n", "line 2: a list"},
	    {"reopened:\n  days: 1000\n", "line 2: a number up to 365"},
	    {"reopened:\n  from: low\n", "line 2: there is no \"from\""},
	    {"contain:\n  mode: slow\n", "line 2: mode"},
	    {"contain:\n  accounts-an-hour: many\n", "line 2: accounts"},
	    {"guard:\n  from: high\n", "line 1: a policy has"},
	    {"tell:\n  command: [page]\n", "begins with /"},
	    {"tell:\n  mail: [-oQ/tmp@a.example]\n", "mail is"},
	    {"tell:\n  mail: [\"a@b.example\\nBcc: c@d.example\"]\n", "mail is"},
	    {"tell:\n  mail: [a]\n", "mail is"},
	    {"tell:\n  mail: [a@b@c]\n", "mail is"},
	    {"tell:\n  mail-from: a\n", "line 2: mail-from"},
	    {"tell:\n  webhook: http://chat.example/\n", "line 2: webhook is"},
	    {"tell:\n  webhook: http://127.0.0.1.chat.example/\n", "line 2: webhook is"},
	    {"tell:\n  webhook: file:///etc/passwd\n", "line 2: webhook is"},
	    {"tell:\n  webhook: \"https://a b\"\n", "line 2: webhook is"},
	    {"tell:\n  webhook-secret: key\n", "line 2: a file's whole path"},
	    {"tell:\n  smtp: https://a\n", "line 2: smtp is"},
	    {"tell:\n  alerts-an-hour: 0\n", "line 2: alerts-an-hour"},
	    {"a: &a [b]\n", "anchors"},
	    {"tell:\n from: [\n", "line 3: flow"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct guard_policy p;
		char why[256] = "";
		if (guard_policy_read(&p, slice_of(cases[i].text), why, sizeof why))
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(why, cases[i].says))
			fail_msg("%s: %s", cases[i].text, why);
		guard_policy_free(&p);
	}
}

static void test_alerts(void **state)
{
	struct guard_policy p;
	char why[256] = "";
	static const char text[] =
	    "tell:\n  mail: [a@b.example, c@d.example]\n  mail-from: t@e.example\n"
	    "  smtp: smtps://relay.example\n  smtp-login: /etc/x\n  webhook: https://h.example/a\n"
	    "  webhook-secret: /etc/y\n  alerts-an-hour: 7\n";
	if (!guard_policy_read(&p, slice_of(text), why, sizeof why))
		fail_msg("%s", why);
	assert_int_equal(p.mail_count, 2);
	assert_string_equal(p.mail[1], "c@d.example");
	assert_string_equal(p.smtp, "smtps://relay.example");
	assert_string_equal(p.webhook, "https://h.example/a");
	assert_int_equal(p.alerts_an_hour, 7);
	assert_true(guard_policy_mails(&p, SLICE("B.EXAMPLE")));
	assert_false(guard_policy_mails(&p, SLICE("example")));
	assert_false(guard_policy_mails(&p, SLICE("")));
	guard_policy_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read), cmocka_unit_test(test_usual),
	    cmocka_unit_test(test_alerts), cmocka_unit_test(test_reopened),
	    cmocka_unit_test(test_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
