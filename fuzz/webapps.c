/*
 * Law: whatever a client sends as a name, a target or a browser, a sign-in line of a webmail,
 * panel, proxy or server names the true client or none, never the one that the client made up; and
 * what went wrong never went well.
 */
#include "common/line.h"

static const char *printed(slice s, const char *also)
{
	return printed_as(s, also, '?', 0xff);
}

/* Lines of failures: %s is the client's text, 192.0.2.1 the client. */
#define SYSLOG "Mar 17 13:05:00 h "
static const char *const lines[] = {
    "Mar 17 13:05:00 sogod [57]: SOGoRootPage Login from '192.0.2.1' for user '%s' might not have "
    "worked - password "
    "policy: 65535  grace: -1  expire: -1  bound: 0",
    "Mar 17 13:05:00 HORDE [error] [imp] FAILED LOGIN for %s [192.0.2.1] to {mx:993} [pid 6 on "
    "line 9 of \"/a.php\"]",
    "2026-03-17T13:05:00+00:00 NOTICE: HORDE [imp] FAILED LOGIN for %s (192.0.2.1) to {imap://h/} "
    "[pid 1 on line 2 of "
    "\"a\"]",
    "Mar 17 13:05:00 HORDE [error] [imp] FAILED LOGIN for a (192.0.2.1) (forwarded for [%s]) to "
    "{mx}",
    SYSLOG "webmin[9]: Invalid login as %s from 192.0.2.1",
    SYSLOG "Froxlor: [Login Action 192.0.2.1] User '%s' tried to login with wrong password.",
    SYSLOG "pure-ftpd: (?@192.0.2.1) [WARNING] Authentication failed for user [%s]",
    SYSLOG "proftpd[9] h (c[192.0.2.1]): USER %s (Login failed): Incorrect password.",
    SYSLOG "vsftpd[9]: [%s] FAIL LOGIN: Client \"192.0.2.1\"",
    SYSLOG "phpMyAdmin[9]: user denied: %s (mysql-denied) from 192.0.2.1",
    "[2026-03-17 13:05:00]LOGIN FAILED for user: \"%s\" from IP: 192.0.2.1",
    "[2026-03-17 13:05:00] Auth failed: ip=192.0.2.1 user=%s host=h port=993",
    "[2026-03-17 13:05:00 +0000] info [cpaneld] 192.0.2.1 - %s \"POST / HTTP/1.1\" FAILED LOGIN "
    "cpaneld: no",
    "2026:03:17-13:05:00: '192.0.2.1' 3 failed login attempts. Account '%s'",
    "03/17/2026 13:05:00 [LOGIN_ERROR] %s (d) from 192.0.2.1: Unknown user or password incorrect.",
    "[17/Mar/2026 13:05:00] IMAP: Invalid password for user %s. Attempt from IP address 192.0.2.1.",
    "2026-03-17 13:05:00   smtp: %s [192.0.2.1] authentication failure using internet password",
    "2026-03-17 13:05:00: (mod_auth.c.8) password doesn't match for / username: %s IP: 192.0.2.1",
    "8e035 ffff3 -- none -- - 2026-03-17T13:05:00+00:00 WARN (4): Tinebase_Controller::login::106 "
    "Login with username "
    "%s from 192.0.2.1 failed (-3)!",
    "192.0.2.1:9 [17/Mar/2026:13:05:00.127] f b/s 0/0/0/3/3 404 7 - - ---- 0/0/0/0/0 0/0 \"GET /%s "
    "HTTP/1.1\"",
    "https 2026-03-17T13:05:00.1Z app/w/4 192.0.2.1:4 10.0.0.1:80 0.0 0.0 0.0 403 403 0 5 \"GET "
    "https://h:443/%s HTTP/1.1\" \"M\" - -",
    "2026-03-17T13:05:00.1Z lb 192.0.2.1:4 10.0.0.1:80 0.0 0.0 0.0 403 403 0 5 \"GET https://h/%s "
    "HTTP/1.1\" \"M\" - -",
    "[2026-03-17T13:05:00.310Z] \"GET / HTTP/2\" 403 - 0 5 2 1 \"192.0.2.1\" \"%s\" \"i\" \"h\" "
    "\"-\"",
    "[2026-03-17T13:05:00.310Z] \"GET / HTTP/2\" 403 - 0 5 2 1 \"%s,192.0.2.1\" \"M\" \"i\" \"h\" "
    "\"-\"",
    "2026-03-17\t13:05:00\tC\t7\t192.0.2.1\tGET\th\t/\t403\t-\t%s\t-\t-\tError\tx",
    "1773752700.100    123 192.0.2.1 TCP_DENIED/403 512 GET https://h/%s - HIER_NONE/- text/html",
    "Mar 17 13:05:00 sogod [57]: 192.0.2.1 \"GET /SOGo/so/%s HTTP/1.1\" 403 34/0 0.1 - - 0",
    "Failed login for user '%s' from 192.0.2.1 at 2026-03-17 13:05:00",
    "2026-03-17 13:05:00,762 INFO  [q] [oip=192.0.2.1;] SoapEngine - handler exception: "
    "authentication failed for [%s], "
    "account not found",
    "2026-03-17 13:05:00,762 INFO  [q] [oip=192.0.2.1;ua=%s;] security - cmd=Auth; account=a; "
    "protocol=soap; error=no;",
};

static void test_lines(slice text)
{
	const char *made_up = printed(text, "");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *hole = strstr(lines[i], "%s");
		decode(arena_format(&scratch, "%.*s%s%s", (int)(hole - lines[i]), lines[i], made_up,
				    hole + 2));
		struct address a;
		must(!event_has(&e, F_SOURCE_IP) || (address_parse(SLICE("192.0.2.1"), &a) &&
						     address_eq(&a, &e.v[F_SOURCE_IP].address)));
		must(e.outcome != OUT_SUCCESS);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice all = {(const char *)data, size}, rest = all;
	arena_reset(&scratch);
	test_lines(slice_until(&rest, '\n'));
	format_start(&st, NULL, 2026);
	for (rest = all; rest.len;) /* headers hold for the lines behind them */
		format_decode(&st, slice_until(&rest, '\n'), &e, &scratch);
	return 0;
}
