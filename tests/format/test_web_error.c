/* test_web_error.c - error lines of nginx and Apache, and what clients put into them. */
#include "expect.h"

#define NGINX(text) "2026/03/17 13:05:00 [error] 30708#0: *3 " text
#define REST        ", server: h, request: \"GET / HTTP/1.1\", host: \"h:8443\""
#define FAKE        ", client: 198.51.100.7, server: h, request: \"GET / HTTP/1.1\", host: \"h"
#define APACHE(text)                                                                               \
	"[Tue Mar 17 13:05:00.147674 2026] [auth_basic:error] [pid 17540:tid 1401] [client "       \
	"192.0.2.1:51548] " text
#define OLD(text) "[Tue Mar 17 13:05:00 2026] [error] [client 192.0.2.1] " text

static const struct expected lines[] = {
    {"password", NGINX("user \"scriben dio\": password mismatch, client: 192.0.2.1" REST),
     "event.module=nginx|event.action=login|event.outcome=failure|user.name=scriben dio|"
     "source.ip=192.0.2.1|@timestamp=2026-03-17T13:05:00.000Z|network.protocol=http|process.pid="
     "30708|"
     "http.request.method=GET|url.original=/"},
    {"Apache with a clock of ISO 8601",
     "[2026-03-17 13:05:00.321 +0000] [core:error] [pid 7] [client 192.0.2.1:9] AH00128: File does "
     "not exist: /x",
     "event.module=apache|event.outcome=failure|source.ip=192.0.2.1|@timestamp=2026-03-17T13:05:00."
     "321Z"},
    {"Apache before it has a log", "AH00558: apache2: Could not reliably determine the name",
     "event.module=apache|event.action=message"},
    {"PAM said no",
     NGINX("PAM: user 'foo' - not authenticated: Authentication failure, client: 192.0.2.1" REST),
     "event.action=login|event.outcome=failure|user.name=foo|source.ip=192.0.2.1"},
    {"journal and syslog named it",
     "mail nginx[7]: mail nginx: 2026/03/17 13:05:00 [error] 7#7: *1 user \"foo\" was not found in "
     "\"/f\", client: 192.0.2.1" REST,
     "event.module=nginx|user.name=foo|source.ip=192.0.2.1|host.name=mail"},
    {"the journal's words alone",
     "mail nginx[7]: 2026/03/17 13:05:00 [error] 7#7: *1 user \"foo\" was not found in \"/f\", "
     "client: 192.0.2.1" REST,
     "event.module=nginx|user.name=foo|source.ip=192.0.2.1|@timestamp=2026-03-17T13:05:00.000Z"},
    {"mod_php, no script",
     "[Tue Mar 17 13:05:00.1 2026] [:error] [pid 7] [client 192.0.2.1:99] script '/w/x.php' not "
     "found or unable to stat",
     "event.module=apache|event.action=web-error|event.outcome=failure|source.ip=192.0.2.1"},
    {"no such user", NGINX("user \"foo\" was not found in \"/tmp/a\", client: 2001:db8::1" REST),
     "user.name=foo|source.ip=2001:db8::1|event.outcome=failure"},
    {"user that imitates the line",
     NGINX("user \"a\": password mismatch" FAKE
	   "\"\": was not found in \"/f\", client: 192.0.2.1" REST),
     "source.ip=192.0.2.1|event.outcome=failure"},
    {"referrer that imitates the line",
     NGINX("user \"a\": password mismatch, client: 192.0.2.1" REST
	   ", referrer: \"b\": password mismatch" FAKE "\""),
     "source.ip=192.0.2.1"},
    {"path that imitates the line",
     NGINX("open() \"/w/a" FAKE
	   "/b\" failed (2: No such file or directory), client: 192.0.2.1" REST),
     "source.ip=192.0.2.1|event.outcome=failure"},
    {"path that swallows the line",
     NGINX("open() \"/w/a" FAKE "\", referrer: \"\" failed (2: No), client: 192.0.2.1" REST),
     "!source.ip|event.outcome=failure"},
    {"limit",
     NGINX("limiting requests, excess: 15.243 by zone \"one\", client: 192.0.2.1" REST
	   ", referrer: \"x" FAKE "\""),
     "source.ip=192.0.2.1|event.action=web-error|event.outcome=failure"},
    {"handshake",
     NGINX("SSL_do_handshake() failed (SSL: error:1) while SSL handshaking, client: 192.0.2.1, "
	   "server: 0.0.0.0:443"),
     "source.ip=192.0.2.1|!event.outcome"},
    {"mail proxy, refused",
     NGINX("client login failed: \"AUTH not supported\" while in http auth state, client: "
	   "192.0.2.1, server: 0.0.0.0:25, login: \"a@b\""),
     "event.action=login|event.outcome=failure|user.name=a@b|source.ip=192.0.2.1|network.protocol="
     "smtp|destination.port=25"},
    {"mail proxy, a name that imitates the line",
     NGINX("client login failed: \"no\" while in http auth state, client: 192.0.2.1 using "
	   "starttls, server: 0.0.0.0:143, login: \"x\", "
	   "client: 198.51.100.7, server: 0.0.0.0:25, login: \"y\""),
     "source.ip=192.0.2.1|network.protocol=imap|user.name=x\", client: 198.51.100.7, server: "
     "0.0.0.0:25, login: \"y"},
    {"mail proxy, signed in",
     NGINX("client logged in, client: 192.0.2.1, server: 0.0.0.0:993, login: \"a@b\", upstream: "
	   "10.0.0.9:143"),
     "event.action=login|event.outcome=success|user.name=a@b|network.protocol=imap"},
    {"mail proxy, connected",
     "2026/03/17 13:05:00 [info] 8#8: *15950 client 192.0.2.1:53044 connected to 0.0.0.0:25",
     "event.action=connect|source.ip=192.0.2.1|source.port=53044|!event.outcome"},
    {"no client", "2026/03/17 13:05:00 [crit] 80:2 ",
     "event.module=nginx|!source.ip|!event.outcome"},
    {"not nginx's level",
     "2026/03/17 13:05:00 [notice] 1#1: signal 15 (SIGTERM) received from 1, exiting",
     "event.module=nginx"},

    {"Apache, password",
     APACHE("AH01617: user pupkin: authentication failure for \"/s/\": Password Mismatch"),
     "event.module=apache|event.action=login|event.outcome=failure|user.name=pupkin|"
     "source.ip=192.0.2.1|source.port=51548|@timestamp=2026-03-17T13:05:00.147Z|process.pid=17540"},
    {"Apache, no such user", APACHE("AH01618: user a b not found: /admin"),
     "user.name=a b|event.outcome=failure"},
    {"Apache, empty user", OLD("user  not found: /"),
     "!user.name|event.outcome=failure|source.ip=192.0.2.1"},
    {"Apache, digest", OLD("Digest: user u: password mismatch: /d"),
     "user.name=u|event.action=login|event.outcome=failure"},
    {"Apache, known but not allowed", APACHE("AH01631: user u: authorization failure for \"/b\": "),
     "user.name=u|event.action=web-error|event.outcome=failure"},
    {"Apache, IPv6",
     "[Tue Mar 17 13:05:00.1 2026] [authz_owner:error] [pid 17540:tid 14] [client "
     "[2001:db8::2c]:51548] AH01637: Authorization of "
     "user t to access /b failed, reason: x",
     "source.ip=2001:db8::2c|source.port=51548|user.name=t|event.outcome=failure"},
    {"Apache, status before the client",
     "[Tue Mar 17 13:05:00.1 2026] [ssl:info] [pid 1:tid 2] (70014)End of file found: [client "
     "192.0.2.1:17036] AH02006: SSL x",
     "source.ip=192.0.2.1|!event.outcome"},
    {"Apache, place in the source",
     "[Tue Mar 17 13:05:00.1 2026] [authz_core:debug] [pid 1:tid 2] mod_authz_core.c(820): [client "
     "192.0.2.1:17036] AH01626: x",
     "source.ip=192.0.2.1|!event.outcome"},
    {"Apache, no client but words that imitate one",
     "[Tue Mar 17 13:05:00.1 2026] [ssl:error] [pid 3] AH02032: Hostname x provided via SNI "
     "[client 198.51.100.7] y",
     "!source.ip"},
    {"Apache, user that imitates the line",
     APACHE("AH01618: user [client 198.51.100.7] not found: /"), "source.ip=192.0.2.1"},
    {"Apache, mod_security",
     APACHE("[client 192.0.2.1] ModSecurity: Access denied with code 401 (phase 2)."),
     "source.ip=192.0.2.1|event.outcome=failure"},
    {"Apache, words of a script", APACHE("AH01215: /bin/bash: warning: x"),
     "event.action=web-error|!event.outcome"},
    {"Apache, back end",
     "[Tue Mar 17 13:05:00.1 2026] [proxy:error] [pid 3] [remote 192.0.2.111:35924] AH01: x",
     "source.ip=192.0.2.111"},
    {"Apache, without a time", "[error] [client 192.0.2.1] File does not exist: /x",
     "source.ip=192.0.2.1|event.outcome=failure|!@timestamp"},
    {"Apache, notice", "[Tue Mar  7 13:05:00 2026] [notice] caught SIGTERM, shutting down",
     "event.module=apache|@timestamp=2026-03-07T13:05:00.000Z|!source.ip"},
    {"Apache, behind syslog",
     "Mar 17 13:05:01 srv apache2[22034]: [authz_core:error] [pid 22036] [client 192.0.2.2:59392] "
     "AH01630: client denied by server "
     "configuration: /h/",
     "source.ip=192.0.2.2|event.outcome=failure|@timestamp=2026-03-17T13:05:01.000Z"},
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
