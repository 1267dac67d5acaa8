/* test_roundcube.c - Roundcube's logs by its drivers, and names and headers that imitate them. */
#include "expect.h"

#define FILED  "[17-Mar-2026 12:05:00 +0100]: <1trui7l8> "
#define SYSLOG "Mar 17 12:05:00 mail roundcube: <1trui7l8> "
#define REFUSED                                                                                    \
	". AUTHENTICATE PLAIN: A0002 NO Login failed. in /rc/rcube_imap.php on line 193 (POST "    \
	"/?_task=login)"

static const struct expected lines[] = {
    {"the stdout driver in a container",
     "2026-03-17T13:05:00.1Z stdout F userlogins: <abcd1234> Failed login for ana from 192.0.2.1 "
     "in "
     "session abcdef (error: 0)",
     "event.module=roundcube|event.action=login|event.outcome=failure|user.name=ana|"
     "source.ip=192.0.2.1"},
    {"by Docker's journal driver",
     "Mar 17 13:05:00 web c0ffee[9]: errors: <abcd1234> IMAP Error: Login failed for ana against m "
     "from 192.0.2.1. LOGIN: no in /x/rcube_imap.php on line 211 (POST /?_task=login)",
     "event.module=roundcube|event.action=login|event.outcome=failure|user.name=ana|"
     "source.ip=192.0.2.1"},
    {"what is no line of Roundcube's", "Mar 17 13:05:00 web x[9]: errors: <a b> Failed login",
     "UNKNOWN|"},
    {"a right password, and no account yet",
     "Mar 17 13:05:00 web roundcube: <abcd1234> PHP Error: Access denied for new user ana@x. "
     "'auto_create_user' is disabled in /x/rcmail.php on line 700 (POST /?_task=login)",
     "event.action=web-error|event.outcome=failure|user.name=ana@x"},
    {"the present password is not known",
     "Mar 17 13:05:00 web roundcube: <abcd1234> PHP Error: Password plugin: PAM authentication "
     "failed for user ana: Authentication failure in /x on line 3 (POST /)",
     "event.action=auth-check|event.outcome=failure|user.name=ana"},
    {"by OAuth, with oauth_debug",
     "[17-Mar-2026 12:05:00 +0000]: <abcd1234> DEBUG: [ip=192.0.2.1 sub=u-1 ses=-] login "
     "successful "
     "for OIDC sub=u-1 with username=ana which is rcube-id=9",
     "event.action=login|event.outcome=success|user.name=ana|source.ip=192.0.2.1"},
    {"sign-in",
     FILED "Successful login for c.martin@example.org (ID: 9) from 203.0.113.147 in session "
	   "1trui7l8gbojadci",
     "event.module=roundcube|event.action=login|event.outcome=success|"
     "@timestamp=2026-03-17T11:05:00.000Z|user.name=c.martin@example.org|source.ip=203.0.113.147|"
     "session.id=1trui7l8gbojadci|network.protocol=http"},
    {"sign-in, syslog",
     "Mar 17 12:05:00 mail roundcube[812]: <1trui7l8> Successful login for a (ID: 1) from "
     "2001:db8::5 in session x",
     "@timestamp=2026-03-17T12:05:00.000Z|source.ip=2001:db8::5|user.name=a|session.id=x"},
    {"sign-in without a session before it",
     "[17-Mar-2026 12:05:00.123456 +0000]: Successful login for a (ID: 1) from 192.0.2.1 in "
     "session x",
     "@timestamp=2026-03-17T12:05:00.123Z|source.ip=192.0.2.1"},
    {"sign-in through a proxy in the house",
     FILED "Successful login for a (ID: 1) from 10.0.0.2 (X-Real-IP: 203.0.113.9,X-Forwarded-For: "
	   "198.51.100.7, "
	   "203.0.113.9) in session x",
     "source.ip=203.0.113.9"},
    {"sign-in, header of a client from outside",
     FILED
     "Successful login for a (ID: 1) from 203.0.113.9 (X-Forwarded-For: 198.51.100.7) in session x",
     "source.ip=203.0.113.9"},
    {"sign-in, header that imitates the line",
     FILED "Successful login for a (ID: 1) from 203.0.113.9 (X-Forwarded-For: x (ID: 2) from "
	   "198.51.100.7 in session "
	   "y) in session x",
     "source.ip=203.0.113.9|user.name=a|session.id=x"},
    {"failed", FILED "Failed login for test from 192.0.2.1 in session abcdefg (error: -1)",
     "event.action=login|event.outcome=failure|user.name=test|source.ip=192.0.2.1|session.id="
     "abcdefg"},
    {"failed, a name that imitates the line",
     FILED "Failed login for a from 198.51.100.7 in session b (error: 0) from 192.0.2.1 in session "
	   "c (error: 0)",
     "source.ip=192.0.2.1|session.id=c|user.name=a from 198.51.100.7 in session b (error: 0)"},
    {"failed, a name that imitates a header",
     FILED
     "Failed login for a from 198.51.100.7 (X-Real-IP: 1) from 192.0.2.1 in session c (error: 0)",
     "source.ip=192.0.2.1"},
    {"failed, a header that imitates the line",
     FILED "Failed login for a from 192.0.2.1 (X-Forwarded-For: b from 198.51.100.7 in session d) "
	   "in session c (error: 0)",
     "source.ip=192.0.2.1|session.id=c"},
    {"failed, two readings",
     FILED "Failed login for a from 192.0.2.1 (X-Forwarded-For: b from 198.51.100.7 (X-Real-IP: 3) "
	   "in session c (error: 0)",
     "event.outcome=failure|!source.ip|!user.name"},
    {"failed, cut off", FILED "Failed login for a from 192.0.2.1 in ses", "BROKEN|!source.ip"},
    {"refused", SYSLOG "IMAP Error: Login failed for username from 192.0.2.1" REFUSED,
     "event.action=login|event.outcome=failure|user.name=username|source.ip=192.0.2.1|session.id="
     "1trui7l8"},
    {"refused, host named",
     FILED "IMAP Error: Login failed for u against mail.example.com from 192.0.2.1" REFUSED,
     "user.name=u|source.ip=192.0.2.1|destination.domain=mail.example.com"},
    {"refused, old proxy words",
     FILED "IMAP Error: Login failed for u from 127.0.0.1(X-Real-IP: 203.0.113.9,X-Forwarded-For: "
	   "203.0.113.9)" REFUSED,
     "user.name=u|source.ip=203.0.113.9"},
    {"refused, first words only",
     SYSLOG "IMAP Error: Login failed for sales@example.com from 192.0.2.47",
     "user.name=sales@example.com|source.ip=192.0.2.47"},
    {"refused, a name that imitates the line",
     SYSLOG "IMAP Error: Login failed for a from 198.51.100.7. LOGIN: x from 192.0.2.1" REFUSED,
     "source.ip=192.0.2.1"},
    {"refused, a header that imitates the line",
     SYSLOG "IMAP Error: Login failed for a from 192.0.2.1 (X-Forwarded-For: b from 198.51.100.7. "
	    "LOGIN: x)" REFUSED,
     "event.outcome=failure|!source.ip"},
    {"refused, the server repeats a name that imitates the line",
     SYSLOG "IMAP Error: Login failed for a from 198.51.100.7. LOGIN: x from 192.0.2.1. LOGIN: NO "
	    "a from 198.51.100.7. "
	    "LOGIN: x in /rc/rcube_imap.php on line 1 (POST /)",
     "event.outcome=failure|!source.ip"},
    {"refused, name with a dot behind the address",
     SYSLOG "IMAP Error: Login failed for admin from 127.0.0.1. from 192.0.2.1. AUTHENTICATE "
	    "PLAIN: A0002 NO Login "
	    "failed. user=admin from 127.0.0.1. in /rc/rcube_imap.php on line 205 (POST /)",
     "source.ip=192.0.2.1|user.name=admin from 127.0.0.1."},
    {"sent",
     FILED "User c.martin@example.org [203.0.113.147]; Message <a@b> for x@y.example, z@y.example; "
	   "250: 2.0.0 Ok: queued as 4Bq1zT",
     "event.action=mail-sent|event.outcome=success|user.name=c.martin@example.org|"
     "source.ip=203.0.113.147|email.message_id=a@b|email.to.address=x@y.example, z@y.example|"
     "smtp.recipients=2|email.local_id=4Bq1zT"},
    {"sent, 1.3", FILED "User 9 [203.0.113.147]; Message for x@y.example; 250: OK",
     "user.name=9|email.to.address=x@y.example|!email.message_id|!email.local_id|smtp.recipients="
     "1"},
    {"password", FILED "Password changed for user c.martin (ID: 9) from 203.0.113.147",
     "event.action=password-change|event.outcome=success|user.name=c.martin|source.ip=203.0.113."
     "147"},
    {"an exploit refused",
     FILED
     "The URL parameter \"_from\" contains disallowed characters and the request is thus rejected.",
     "event.action=web-error|event.outcome=failure|session.id=1trui7l8"},
    {"moved session", FILED "IP check failed for k3y; expected 192.0.2.1; got 198.51.100.9",
     "event.outcome=failure|source.ip=198.51.100.9|session.id=k3y"},
    {"session over", FILED "Session destroy: 1trui7l8gbojadci",
     "event.action=session-end|session.id=1trui7l8gbojadci"},
    {"error of PHP", "[17-Mar-2026 12:05:00 Europe/Paris] PHP Fatal error:  Uncaught x in /a.php:3",
     "event.module=roundcube|event.action=web-error|!event.outcome|!session.id"},
    {"error", FILED "DB Error: [5] Out of memory (SQL Query: SELECT 1) in /x.php on line 3 (GET /)",
     "event.action=web-error|event.reason=DB Error: [5] Out of memory (SQL Query: SELECT 1) in "
     "/x.php on line 3 (GET /)"},
    {"the php driver",
     "[17-Mar-2026 12:05:00 UTC] userlogins: <a> Failed login for t from 192.0.2.1 in session s "
     "(error: 0)",
     "user.name=t|source.ip=192.0.2.1|event.outcome=failure"},
    {"anything else", FILED "C: A0001 ID (\"name\" \"Roundcube\")",
     "event.action=message|session.id=1trui7l8"},
};

static void test_lines(void **state)
{
	expect_all(lines, sizeof lines / sizeof *lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
