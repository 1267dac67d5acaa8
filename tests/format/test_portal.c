/* Newer mail servers, portals in front of webmail, directories; and daemons told to write otherwise
 * than they do by default. */
#include "expect.h"

#define T       "2026-03-17T13:05:00Z mail "
#define FAILED  "event.action=login|event.outcome=failure|source.ip=192.0.2.1|user.name=ana|"
#define LET_IN  "event.action=login|event.outcome=success|source.ip=192.0.2.1|user.name=ana|"
#define LISTENS "listenerId = \"imaps\", localPort = 993, remoteIp = 192.0.2.1, remotePort = 4022, "

static const struct expected servers[] = {
    {"Stalwart",
     "2026-03-17T13:05:00Z INFO Authentication successful (auth.success) " LISTENS
     "accountName = \"ana\", accountId = 5",
     LET_IN "event.module=stalwart|network.protocol=imap|source.port=4022|!host.name"},
    {"Stalwart, a name that imitates an address",
     "2026-03-17T13:05:00Z INFO Authentication failed (auth.failed) " LISTENS
     "accountName = \"x\", remoteIp = 6.6.6.6, id = \"y\", remoteIp = 192.0.2.1",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"Stalwart, without a listener the last address counts",
     "2026-03-17T13:05:00Z INFO Authentication failed (auth.failed) accountName = \"x\", remoteIp "
     "= 6.6.6.6, id = \"y\", remoteIp = 192.0.2.1",
     "event.outcome=failure|source.ip=192.0.2.1|user.name=x"},
    {"Stalwart, a folder",
     "2026-03-17T13:05:00Z INFO IMAP SELECT command (imap.select) " LISTENS
     "mailboxName = \"INBOX\", accountId = 5, total = 3",
     "event.action=message|mail.folder=INBOX"},
    {"Stalwart, a script",
     "2026-03-17T13:05:00Z INFO ManageSieve CREATE command (manage-sieve.create-script) listenerId "
     "= \"sieve\", remoteIp = 192.0.2.1, id = \"x\", documentId = 1",
     "event.action=script-save|sieve.script=x|network.protocol=managesieve"},
    {"Stalwart, JSON",
     "{\"id\":\"1\",\"createdAt\":\"2026-03-17T13:05:00Z\",\"type\":\"auth.failed\",\"data\":{"
     "\"remoteIp\":\"192.0.2.1\",\"accountName\":\"ana\",\"localPort\":993}}",
     FAILED "event.module=stalwart|@timestamp=2026-03-17T13:05:00.000Z"},
    {"maddy",
     "2026-03-17T13:05:00.123Z imap: authentication failed\t{\"reason\":\"no\",\"src_ip\":"
     "\"192.0.2.1:44\",\"username\":\"ana\"}",
     FAILED "event.module=maddy|source.port=44|network.protocol=imap|!host.name"},
    {"maddy, an own fault",
     T
     "maddy[9]: imap: authentication failed due to an internal error\t{\"src_ip\":\"192.0.2.1:4\","
     "\"username\":\"x\\\",\\\"src_ip\\\":\\\"6.6.6.6\"}",
     "event.action=auth-check|!event.outcome|source.ip=192.0.2.1|"
     "user.name=x\",\"src_ip\":\"6.6.6.6"},
    {"maddy, mail of a user",
     T
     "maddy[9]: submission: incoming message\t{\"msg_id\":\"a1\",\"sender\":\"ana@x\",\"src_host\":"
     "\"h\",\"src_ip\":\"192.0.2.1:4\",\"username\":\"ana\"}",
     "event.action=smtp-client|event.outcome=success|user.name=ana|email.local_id=a1"},
    {"maddy, mail from without",
     T "maddy[9]: smtp: incoming message\t{\"msg_id\":\"a1\",\"sender\":\"b@y\",\"src_ip\":"
       "\"192.0.2.1:4\"}",
     "event.action=smtp-client|!event.outcome|!user.name"},
};

static const struct expected portals[] = {
    {"Authelia",
     "time=\"2026-03-17T13:05:00Z\" level=error msg=\"Unsuccessful 1FA authentication attempt by "
     "user 'ana': no\" method=POST path=/api/firstfactor remote_ip=192.0.2.1 stack=\"x\"",
     FAILED "event.module=authelia|auth.method=1FA|@timestamp=2026-03-17T13:05:00.000Z"},
    {"Authelia, a name that imitates",
     "time=\"2026-03-17T13:05:00Z\" level=error msg=\"Unsuccessful 1FA authentication attempt by "
     "user 'x\\\" remote_ip=6.6.6.6 y'\" method=POST path=/api/firstfactor remote_ip=192.0.2.1",
     "event.outcome=failure|source.ip=192.0.2.1|user.name=x\" remote_ip=6.6.6.6 y"},
    {"Authelia, JSON",
     "{\"level\":\"debug\",\"method\":\"POST\",\"msg\":\"Successful 1FA authentication attempt "
     "made "
     "by user 'ana'\",\"path\":\"/api/firstfactor\",\"remote_ip\":\"192.0.2.1\",\"time\":"
     "\"2026-03-17T14:05:00+01:00\"}",
     LET_IN "@timestamp=2026-03-17T13:05:00.000Z"},
    {"Keycloak",
     "2026-03-17 13:05:00,357 WARN  [org.keycloak.events] (executor-thread-1) type=LOGIN_ERROR, "
     "realmId=r, clientId=c, userId=null, ipAddress=192.0.2.1, error=user_not_found, "
     "redirect_uri=https://x/, username=ana",
     FAILED "event.module=keycloak|event.reason=user_not_found|!user.id|!host.name"},
    {"Keycloak, JSON as Elastic wants it",
     "{\"@timestamp\":\"2026-03-17T13:05:00.357Z\",\"log.logger\":\"org.keycloak.events\","
     "\"message\":\"type=\\\"LOGIN_ERROR\\\", realmId=\\\"r\\\", ipAddress=\\\"192.0.2.1\\\", "
     "error=\\\"user_not_found\\\", username=\\\"ana\\\"\"}",
     FAILED "event.module=keycloak|@timestamp=2026-03-17T13:05:00.357Z"},
    {"Keycloak, a name that imitates a context of Zimbra's",
     "2026-03-17 13:05:00,357 WARN  [org.keycloak.events] (t) type=LOGIN_ERROR, realmId=r, "
     "ipAddress=192.0.2.1, error=no, username=] [oip=192.0.2.6;] x - y",
     "event.module=keycloak|event.outcome=failure|source.ip=192.0.2.1|event.reason=no"},
    {"Keycloak, quoted",
     "2026-03-17 13:05:00,357 DEBUG [org.keycloak.events] (t) type=\"LOGIN\", realmId=\"r\", "
     "clientId=\"c\", userId=\"u7\", ipAddress=\"192.0.2.1\", username=\"ana\"",
     LET_IN "user.id=u7"},
    {"Keycloak, JSON",
     "{\"timestamp\":\"2026-03-17T13:05:00.759Z\",\"loggerName\":\"org.keycloak.events\",\"level\":"
     "\"WARN\",\"message\":\"type=\\\"LOGIN_ERROR\\\", userId=\\\"u7\\\", "
     "ipAddress=\\\"192.0.2.1\\\", "
     "error=\\\"no\\\", username=\\\"ana\\\"\"}",
     FAILED "event.module=keycloak|@timestamp=2026-03-17T13:05:00.759Z|event.reason=no"},
    {"PostfixAdmin, in PHP's own log",
     "[17-Mar-2026 13:05:00 UTC] PostfixAdmin admin login failed (username: ana, ip_address: "
     "192.0.2.1)",
     FAILED "event.module=postfixadmin|@timestamp=2026-03-17T13:05:00.000Z"},
    {"PostfixAdmin, in nginx' log",
     "2026/03/17 13:05:00 [error] 8#8: *5 FastCGI sent in stderr: \"PHP message: PostfixAdmin "
     "admin "
     "login failed (username: ana, ip_address: 192.0.2.1)\" while reading response header from "
     "upstream, client: 192.0.2.1, server: x, request: \"POST /login.php HTTP/1.1\", upstream: "
     "\"fastcgi://x\", host: \"h\"",
     FAILED "event.module=postfixadmin"},
    {"PostfixAdmin, a request that imitates",
     "2026/03/17 13:05:00 [error] 8#8: *5 FastCGI sent in stderr: \"PHP message: PostfixAdmin "
     "admin "
     "login failed (username: ana, ip_address: 192.0.2.1)\" while reading response header from "
     "upstream, client: 192.0.2.1, server: x, request: \"POST /, ip_address: 6.6.6.6)\" while "
     "HTTP/1.1\", upstream: \"fastcgi://x\", host: \"h\"",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"PostfixAdmin, in Apache's log",
     "[Tue Mar 17 13:05:00.123456 2026] [php:notice] [pid 811] [client 192.0.2.1:4022] "
     "PostfixAdmin "
     "admin login failed (username: ana, ip_address: 192.0.2.1), referer: https://h/login.php",
     FAILED "event.module=postfixadmin"},
    {"libwrap", T "sshd[9]: refused connect from _U2Fs_@::ffff:6.6.6.6 (::ffff:192.0.2.1)",
     "event.module=sshd|event.outcome=failure|source.ip=192.0.2.1"},
    {"authentik",
     "{\"action\": \"login_failed\", \"client_ip\": \"192.0.2.1\", \"context\": {\"http_request\": "
     "{\"args\": {\"username\": \"x\"}}, \"username\": \"ana\"}, \"event\": \"Created Event\", "
     "\"logger\": \"authentik.events.models\", \"timestamp\": \"2026-03-17T13:05:00.598288\", "
     "\"user\": {\"username\": \"AnonymousUser\"}}",
     FAILED "event.module=authentik|@timestamp=2026-03-17T13:05:00.598Z"},
    {"authentik, let in",
     "{\"action\": \"login\", \"client_ip\": \"192.0.2.1\", \"context\": {}, \"logger\": "
     "\"authentik.events.models\", \"timestamp\": \"2026-03-17T13:05:00\", \"user\": "
     "{\"username\": "
     "\"ana\"}}",
     LET_IN},
    {"LemonLDAP", T "lemonldap-ng[9]: Lemonldap::NG : Bad password for ana (192.0.2.1)",
     FAILED "event.module=lemonldap"},
    {"LemonLDAP, a name that imitates",
     T "LLNG[9]: [warn] Bad password for x (6.6.6.6) (192.0.2.1)",
     "user.name=x (6.6.6.6)|source.ip=192.0.2.1"},
    {"ViMbAdmin",
     "2026-03-17T13:05:00+00:00 NOTICE (5) [192.0.2.1]: Authentication failure for ana",
     FAILED "event.module=vimbadmin|!host.name"},
};

static const struct expected directories[] = {
    {"slapd", T "slapd[9]: conn=7 fd=14 ACCEPT from IP=192.0.2.1:55512 (IP=0.0.0.0:389)",
     "event.module=directory|event.action=connect|source.ip=192.0.2.1|session.id=7"},
    {"slapd, who", T "slapd[9]: conn=7 op=0 BIND dn=\"uid=ana,ou=p,dc=x\" method=128",
     "event.action=auth-check|user.name=ana|!event.outcome"},
    {"slapd, no", T "slapd[9]: conn=7 op=0 RESULT tag=97 err=49 text=",
     "event.action=auth-check|event.outcome=failure|!user.name"},
    {"slapd, a search", T "slapd[9]: conn=7 op=1 RESULT tag=101 err=0 text=", "!event.outcome"},
    {"fail2ban", T "fail2ban.actions[9]: NOTICE [dovecot] Ban 192.0.2.1",
     "event.module=fail2ban|event.action=warning|event.outcome=failure|source.ip=192.0.2.1"},
    {"fail2ban's own file",
     "2026-03-17 13:05:00,388 fail2ban.filter         [811]: INFO    [x] Found 192.0.2.1 - "
     "2026-03-17 13:04:59",
     "event.module=fail2ban|source.ip=192.0.2.1|process.pid=811|!host.name"},
    {"iRedAPD",
     T "iredapd [192.0.2.1] RCPT, ana => b@x, REJECT no [sasl_username=ana, sender=ana, "
       "client_name=[6.6.6.6], helo=x]",
     "event.module=iredapd|event.action=smtp-reject|source.ip=192.0.2.1|user.name=ana"},
    {"saslauthd names the client since 2.1.29",
     T "saslauthd[9]:                 : auth failure: [user=a] [service=smtp] [remote=6.6.6.6] "
       "[service=smtp] [realm=] [remote=192.0.2.1] [mech=pam] [reason=PAM auth error]",
     "event.action=auth-check|event.outcome=failure|source.ip=192.0.2.1|event.reason=PAM auth "
     "error"},
};

static const struct expected otherwise[] = {
    {"a syslog_name of Postfix",
     T "mx1/submission/smtpd[9]: 4F3Xx12345z: client=unknown[192.0.2.1]:4022, sasl_method=PLAIN, "
       "sasl_username=ana",
     "event.module=postfix|event.action=smtp-client|user.name=ana|network.protocol=submission"},
    {"and of its queue", T "out/qmgr[9]: 4F3Xx12345z: removed", "event.action=smtp-remove"},
    {"a program that is none of Postfix", T "lib/thing[9]: removed", "UNKNOWN|"},
    {"Dovecot before 1.0", T "dovecot: imap-login: Login: ana [192.0.2.1]", LET_IN},
    {"elements of one's own", T "dovecot: imap-login: Login: ana, 192.0.2.1, PLAIN", LET_IN},
    {"a name without brackets",
     T "dovecot: imap-login: Login: user=ana, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2", LET_IN},
    {"elements that nobody knows", T "dovecot: imap-login: Login: u=ana m=PLAIN r=192.0.2.1",
     "event.action=login|event.outcome=success|!user.name|!source.ip"},
    {"the client's port",
     T "dovecot: imap-login: Login: user=<ana>, rip=192.0.2.1, rport=4022, lip=192.0.2.2, TLS",
     LET_IN "source.port=4022"},
    {"address and port", T "dovecot: imap-login: Login: user=<ana>, rip=192.0.2.1:4022, TLS",
     LET_IN "source.port=4022"},
    {"LMTP's session in front",
     T "dovecot: lmtp(77, ana@x): 6bMzDBPKYmU/Q: sieve: msgid=<m@x>: forwarded to <c@y>",
     "event.action=redirect|sieve.target=c@y|email.message_id=m@x|session.id=6bMzDBPKYmU/Q"},
    {"a deliver_log_format",
     T "dovecot: lda(ana): msgid=<m@x>, from=<b@y>, size=9: saved mail to INBOX",
     "event.action=delivery|email.message_id=m@x|mail.folder=INBOX"},
    {"and another",
     T "dovecot: lmtp(ana)<7><s>: sieve: from=<b@y>, msgid=<m@x>: stored mail into mailbox 'Junk'",
     "event.action=delivery|email.message_id=m@x|mail.folder=Junk"},
    {"Exim names where it came from",
     "2026-03-17 13:05:00 1rgAbC-0000Xy-2a => b@y R=d T=s H=mx.y [192.0.2.9]:25 "
     "I=[192.0.2.2]:4555 C=\"250 OK\"",
     "event.action=smtp-deliver|destination.ip=192.0.2.9|destination.port=25"},
    {"s/qmail",
     "@4000000045051a2f1f1b6f04 qmail-smtpd: pid 77 Accept::AUTH::login: P:ESMTPA S:192.0.2.1:h "
     "H:x "
     "F:ana T: ?~ 'ana'",
     LET_IN "event.module=qmail"},
    {"s/qmail without its name",
     "@4000000045051a2f1f1b6f04 Reject::AUTH::plain: P:ESMTP S:192.0.2.1:h H:' S:6.6.6.6:x ?~ "
     "'ana'",
     FAILED},
    {"vpopmail's rights", T "vpopmail[9]: vchkpw-pop3: pop access denied ana:192.0.2.1", FAILED},
    {"sslserver", "@4000000045051a2f1f1b6f04 sslserver: pid 7 from 192.0.2.1",
     "event.module=qmail|event.action=connect|source.ip=192.0.2.1"},
    {"Cyrus' httpd",
     T "cyrus/https[9]: h.example [192.0.2.1] as \"ana\" with \"Mozilla/5.0\" via SESSIONID=<s>; "
       "\"GET /jmap/download/ana/G1/x.pdf HTTP/1.1\" => \"HTTP/1.1 200 OK\" [timing: x]",
     "event.module=cyrus|event.action=http-request|event.outcome=success|user.name=ana|source.ip="
     "192.0.2.1|url.path=/jmap/download/ana/G1/x.pdf"},
    {"Cyrus' httpd, an agent that imitates",
     T "cyrus/https[9]: [192.0.2.1] as \"ana\" with \"x\"; \"GET /y HTTP/1.1\" => \"HTTP/1.1 200 "
       "OK\"; \"GET /z HTTP/1.1\" => \"HTTP/1.1 401 no\"",
     "source.ip=192.0.2.1|user.name=ana|!url.path|!event.outcome"},
    {"lighttpd's digest",
     "2026-03-17 13:05:00: (mod_auth.c.525) digest: auth failed for ana : wrong password, IP: "
     "192.0.2.1",
     FAILED},
    {"Zimbra, forwarding by the user",
     "2026-03-17 13:05:00,123 INFO  [qtp1-5] [name=ana;mid=5;oip=192.0.2.1;ua=x;] account - "
     "Setting "
     "Preference attributes : [zimbraPrefSkin=x, zimbraPrefMailForwardingAddress=e@evil.example]",
     "event.action=mail-forwarding|user.name=ana|mail.rule.to=e@evil.example|source.ip=192.0.2.1"},
    {"Zimbra, forwarding by an admin",
     "2026-03-17 13:05:00,123 INFO  [qtp1-5] [name=admin;oip=192.0.2.1;ua=x;] security - "
     "cmd=ModifyAccount; name=ana; zimbraMailForwardingAddress=e@evil.example;",
     "event.action=mail-forwarding|user.name=admin|user.target.name=ana|mail.rule.to=e@evil."
     "example"},
    {"Zimbra, another attribute",
     "2026-03-17 13:05:00,123 INFO  [qtp1-5] [name=admin;oip=192.0.2.1;ua=x;] security - "
     "cmd=ModifyAccount; name=ana; description=zimbraMailForwardingAddress=x;",
     "event.action=message|!mail.rule.to"},
    {"hMailServer, a connection",
     "\"TCPIP\"\t811\t\"2026-03-17 13:05:00.123\"\t\"TCP - 192.0.2.1 connected to "
     "192.0.2.9:143.\"",
     "event.action=connect|source.ip=192.0.2.1"},
    {"cPanel encodes names",
     "192.0.2.1 - ana%40x.org [03/17/2026:13:05:00 -0000] \"GET /cpsess1/ HTTP/1.1\" 200 0 \"-\" "
     "\"M\" \"s\" \"-\" 2096",
     "user.name=ana@x.org"},
};

static const struct expected cloud[] = {
    {"Google's activity",
     "{\"kind\":\"admin#reports#activity\",\"id\":{\"time\":\"2026-03-17T13:05:00.123Z\","
     "\"applicationName\":\"login\"},\"actor\":{\"email\":\"ana\"},\"ipAddress\":\"192.0.2.1\","
     "\"events\":"
     "[{\"name\":\"login_failure\",\"parameters\":[{\"name\":\"login_failure_type\",\"value\":"
     "\"no\"}]}]}",
     FAILED "event.module=google|event.reason=no|@timestamp=2026-03-17T13:05:00.123Z"},
    {"forwarding",
     "{\"kind\":\"admin#reports#activity\",\"id\":{\"time\":\"2026-03-17T13:05:00Z\"},\"actor\":{"
     "\"email\":\"ana\"},\"events\":[{\"name\":\"x\"},{\"name\":\"email_forwarding_out_of_domain\","
     "\"parameters\":[{\"name\":\"email_forwarding_destination_address\",\"value\":\"e@evil\"}]}]}",
     "event.action=mail-forwarding|mail.rule.to=e@evil|user.name=ana|!source.ip"},
    {"a consent",
     "{\"kind\":\"admin#reports#activity\",\"id\":{\"time\":\"2026-03-17T13:05:00Z\"},\"actor\":{"
     "\"email\":\"ana\"},\"events\":[{\"name\":\"authorize\",\"parameters\":[{\"name\":\"scope\","
     "\"multiValue\":[\"a\",\"b\"]},{\"name\":\"app_name\",\"value\":\"Mail+\"}]}]}",
     "event.action=app-consent|m365.consent.scopes=a b|m365.app.name=Mail+"},
    {"by way of Cloud Logging",
     "{\"protoPayload\":{\"authenticationInfo\":{\"principalEmail\":\"ana\"},\"requestMetadata\":{"
     "\"callerIp\":\"192.0.2.1\"},\"metadata\":{\"event\":[{\"eventName\":\"login_success\"}]}},"
     "\"timestamp\":\"2026-03-17T13:05:00Z\"}",
     LET_IN "event.module=google"},
    {"Defender's EmailEvents",
     "{\"Timestamp\":\"2026-03-17T13:05:00Z\",\"NetworkMessageId\":\"g\",\"InternetMessageId\":\"<"
     "m@x>\","
     "\"SenderFromAddress\":\"ana@x\",\"SenderIPv4\":\"192.0.2.1\",\"RecipientEmailAddress\":\"b@"
     "y\","
     "\"DeliveryAction\":\"Delivered\"}",
     "event.module=m365|event.action=message-trace|email.message_id=m@x|email.to.address=b@y|"
     "source.ip=192.0.2.1|event.outcome=success"},
};

#define TEST_OF(name)                                                                              \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		expect_all(name, sizeof name / sizeof *name);                                      \
	}
TEST_OF(servers)
TEST_OF(cloud)
TEST_OF(portals)
TEST_OF(directories)
TEST_OF(otherwise)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_servers),   cmocka_unit_test(test_cloud),
	    cmocka_unit_test(test_portals),   cmocka_unit_test(test_directories),
	    cmocka_unit_test(test_otherwise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
