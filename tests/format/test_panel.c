/*
 * test_panel.c - hosting panels, FTP servers, proxies, servers of Windows, Exchange: a line each.
 */
#include "expect.h"

#define CPANEL  "[2026-03-17 13:05:00 +0000] info [cpaneld] 203.0.113.7 - "
#define FAILED  "event.action=login|event.outcome=failure|source.ip=203.0.113.7|user.name=ana|"
#define LET_IN  "event.action=login|event.outcome=success|source.ip=203.0.113.7|user.name=ana|"
#define AT_FIVE "@timestamp=2026-03-17T13:05:00.000Z|"
#define SYSLOG  "Mar 17 13:05:00 h "

static const struct expected panels[] = {
    {"cPanel",
     CPANEL
     "ana \"POST /login/?login_only=1 HTTP/1.1\" FAILED LOGIN cpaneld: user password incorrect",
     FAILED AT_FIVE "event.module=cpanel"},
    {"cPanel, a name that imitates",
     CPANEL "x \"GET / HTTP/1.1\" FAILED LOGIN 198.51.100.9 - ana \"POST /login/ HTTP/1.1\" FAILED "
	    "LOGIN cpaneld: no",
     "source.ip=203.0.113.7|event.outcome=failure"},
    {"cPanel, access",
     "203.0.113.7 - ana [03/17/2026:13:05:00 -0000] \"GET /cpsess1/ HTTP/1.1\" 200 0 \"-\" \"M\" "
     "\"s\" \"-\" 2083",
     "user.name=ana|" AT_FIVE "event.outcome=success"},
    {"HestiaCP", "2026-03-17 13:05:00 ana 203.0.113.7 failed to login",
     FAILED AT_FIVE "event.module=hestiacp|!host.name"},
    {"VestaCP", "2026-03-17 13:05:00 ana 203.0.113.7 successfully logged in",
     LET_IN AT_FIVE "event.module=hestiacp"},
    {"DirectAdmin", "2026:03:17-13:05:00: '203.0.113.7' 3 failed login attempts. Account 'ana'",
     FAILED AT_FIVE "event.module=directadmin"},
    {"DirectAdmin, let in",
     "2026:03:17-13:05:00: '203.0.113.7' successful login to 'ana' after 1 attempts",
     LET_IN "event.module=directadmin"},
    {"Plesk",
     "[2026-03-17 13:05:00.123] 77:5c2b ERR [panel] Failed login attempt with login 'ana' from IP "
     "203.0.113.7",
     FAILED "event.module=plesk"},
    {"Plesk, new",
     "2026-03-17 13:05:00 ERR [panel] [Action Log] Failed login attempt with login 'ana' from IP "
     "203.0.113.7",
     FAILED AT_FIVE "event.module=plesk"},
    {"ISPConfig", "Failed login for user 'ana' from 203.0.113.7 at 2026-03-17 13:05:00",
     FAILED AT_FIVE "event.module=ispconfig"},
    {"ISPConfig, let in",
     "Successful login for user 'ana' from 203.0.113.7 at 2026-03-17 13:05:00 with session ID abc",
     LET_IN AT_FIVE "event.module=ispconfig"},
    {"Froxlor",
     SYSLOG "Froxlor: [Login Action 203.0.113.7] User 'ana' tried to login with wrong password.",
     FAILED AT_FIVE "event.module=froxlor"},
    {"Froxlor, JSON behind",
     SYSLOG "froxlor[9]: froxlor.WARNING: Unknown user tried to login. "
	    "{\"source\":\"login\",\"action\":\"50\",\"user\":\"203.0.113.7\"} []",
     "event.outcome=failure|source.ip=203.0.113.7|!user.name"},
    {"Webmin, a name that forges",
     "1773752700.2161.0 [17/Mar/2026 13:05:00] x - 6.6.6.6 global miniserv.pl \"login\" - "
     "192.0.2.1 "
     "global miniserv.pl \"failed\" \"-\" \"wrongpass\"",
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1"},
    {"Webmin", SYSLOG "webmin[9]: Invalid login as ana from 203.0.113.7 ",
     FAILED "event.module=webmin"},
    {"Webmin, a name that imitates",
     SYSLOG "webmin[9]: Invalid login as x from 198.51.100.9 from 203.0.113.7",
     "source.ip=203.0.113.7|user.name=x from 198.51.100.9"},
    {"Webmin, actions",
     "1773752700.2161.0 [17/Mar/2026 14:05:00] ana - 203.0.113.7 global miniserv.pl \"failed\" "
     "\"-\" \"wrongpass\"",
     FAILED AT_FIVE "event.module=webmin|!session.id"},
    {"LiteSpeed",
     "2026-03-17 13:05:00.353044 [INFO] [122] [203.0.113.7:61120-5#Example] User 'ana' failed to "
     "authenticate.",
     FAILED "event.module=litespeed|source.port=61120"},
    {"Mailu",
     "[2026-03-17 13:05:00,112] WARNING in limiter: Authentication attempt from 203.0.113.7 has "
     "been rate-limited.",
     "event.module=mailu|event.outcome=failure|source.ip=203.0.113.7|@timestamp=2026-03-17T13:05:"
     "00.112Z"},
    {"mailcow", "2026-03-17 13:05:00 CRIT: Banning 203.0.113.7/32 for 60 minutes",
     "event.module=mailcow|event.action=warning|" AT_FIVE "!host.name"},
    {"mailcow, php",
     "[17-Mar-2026 13:05:00] NOTICE: PHP message: mailcow UI: Invalid password for ana by "
     "203.0.113.7",
     FAILED AT_FIVE "event.module=mailcow"},
    {"php-fpm",
     "[17-Mar-2026 13:05:00] WARNING: [pool www] server reached max_children setting (5)",
     "event.module=php-fpm|" AT_FIVE "event.action=message"},
    {"phpMyAdmin", SYSLOG "phpMyAdmin[9]: user denied: ana (mysql-denied) from 203.0.113.7",
     FAILED "event.module=phpmyadmin"},
    {"vsftpd", "Tue Mar 17 13:05:00 2026 [pid 9] [ana] FAIL LOGIN: Client \"::ffff:203.0.113.7\"",
     FAILED AT_FIVE "process.pid=9|network.protocol=ftp"},
    {"ProFTPD",
     SYSLOG "proftpd[9] h (c.example[203.0.113.7]): USER ana: no such user found from c.example "
	    "[203.0.113.7] to 192.0.2.1:21",
     FAILED "event.module=ftpd"},
    {"ProFTPD, a name that imitates",
     SYSLOG "proftpd[9] h (c[203.0.113.7]): USER x proftpd[1] h (d[198.51.100.9]): no such user "
	    "found from e [198.51.100.9] to 192.0.2.1:21",
     "source.ip=203.0.113.7"},
    {"Pure-FTPd",
     SYSLOG "pure-ftpd: (?@203.0.113.7) [WARNING] Authentication failed for user [ana]",
     FAILED "event.module=ftpd"},
    {"Pure-FTPd, let in", SYSLOG "pure-ftpd: (?@203.0.113.7) [INFO] ana is now logged in", LET_IN},
    {"OpenVPN, a name that is a peer",
     "2026-03-17 13:05:00 6.6.6.6:1/x/192.0.2.1:44 Authentication succeeded",
     "event.module=openvpn|source.ip=192.0.2.1|user.name=6.6.6.6:1/x"},
    {"OpenVPN, the name behind", "2026-03-17 13:05:00 192.0.2.1:44/ana Authentication succeeded",
     "event.outcome=success|source.ip=192.0.2.1|user.name=ana"},
    {"OpenVPN",
     "2026-03-17 13:05:00 203.0.113.7:5223 TLS: Username/Password authentication succeeded for "
     "username 'ana'",
     LET_IN "event.module=openvpn|source.port=5223"},
    {"su", SYSLOG "su[9]: FAILED SU (to root) ana on pts/0",
     "event.module=su|event.outcome=failure|user.name=ana|user.effective.name=root"},
    {"login", SYSLOG "login[9]: FAILED LOGIN (1) on '/dev/tty1' FOR 'ana', Authentication failure",
     "event.outcome=failure|user.name=ana"},
};

static const struct expected pam[] = {
    {"pam_sss",
     SYSLOG "d: pam_sss(d:auth): authentication failure; logname= uid=0 euid=0 tty=d ruser= "
	    "rhost=203.0.113.7 user=ana",
     "event.module=pam|user.name=ana|source.ip=203.0.113.7|event.outcome=failure"},
    {"pam_sss, good",
     SYSLOG "d: pam_sss(d:auth): authentication success; logname= uid=0 euid=0 tty=d ruser= "
	    "rhost=203.0.113.7 user=ana",
     "event.outcome=success|user.name=ana"},
    {"pam_sss, answer",
     SYSLOG "d: pam_sss(d:auth): received for user ana: 7 (Authentication failure)",
     "user.name=ana|event.outcome=failure"},
    {"pam_faillock",
     SYSLOG
     "d: pam_faillock(d:auth): Consecutive login failures for user ana account temporarily locked",
     "user.name=ana|event.outcome=failure"},
    {"pam_tally2", SYSLOG "sudo: pam_tally2(sudo:auth): user ana (4001) tally 6, deny 5",
     "user.name=ana"},
    {"pam_succeed_if",
     SYSLOG "d: pam_succeed_if(d:auth): requirement \"uid >= 1000\" not met by user \"ana\"",
     "user.name=ana|event.outcome=failure"},
    {"unknown user", SYSLOG "d: pam_unix(d:auth): check pass; user unknown",
     "!user.name|event.outcome=failure"},
    {"new password", SYSLOG "passwd: pam_unix(passwd:chauthtok): password changed for ana",
     "event.action=password-change|user.name=ana"},
    {"ruser imitates",
     SYSLOG "d: pam_unix(auth): authentication failure; logname= uid=0 euid=0 tty=x ruser=a "
	    "rhost=198.51.100.9 rhost=203.0.113.7",
     "source.ip=203.0.113.7|user.name=a rhost=198.51.100.9"},
    {"user imitates",
     SYSLOG "d: pam_unix(auth): authentication failure; logname= uid=0 euid=0 tty=x ruser= "
	    "rhost=203.0.113.7  user=a rhost=198.51.100.9",
     "source.ip=203.0.113.7|user.name=a rhost=198.51.100.9"},
    {"no module",
     SYSLOG "vsftpd[9]: authentication failure; logname= uid=0 euid=0 tty= ruser= "
	    "rhost=203.0.113.7 user=ana",
     "event.module=pam|source.ip=203.0.113.7"},
};

static const struct expected proxies[] = {
    {"HAProxy",
     "203.0.113.7:5030 [17/Mar/2026:13:05:00.127] https~ app/web1 170/0/0/3/173 200 739 - - --NN "
     "0/0/0/0/0 0/0 \"GET /a?b HTTP/1.1\"",
     "event.module=haproxy|source.ip=203.0.113.7|source.port=5030|url.path=/"
     "a|event.outcome=success|http.response.body.bytes=739|@timestamp=2026-03-17T13:05:00.127Z"},
    {"HAProxy by syslog",
     SYSLOG "haproxy[9]: ::ffff:203.0.113.7:5030 [17/Mar/2026:13:05:00.608] main main/<NOSRV> "
	    "-1/-1/-1/-1/0 401 248 - - PR-- 0/0/0/0/0 0/0 \"GET / HTTP/1.1\"",
     "source.ip=203.0.113.7|event.outcome=failure|host.name=h|process.pid=9"},
    {"HAProxy, tcp",
     "2001:db8::7:5030 [17/Mar/2026:13:05:00.443] imap mail/d1 0/0/5007 212 -- 0/0/0/0/3 0/0",
     "event.action=disconnect|source.ip=2001:db8::7|destination.bytes=212"},
    {"HAProxy, TLS", "203.0.113.7:5030 [17/Mar/2026:13:05:00.443] imaps/1: SSL handshake failure",
     "event.action=warning|source.ip=203.0.113.7"},
    {"HAProxy, connect", "Connect from 203.0.113.7:5030 to 192.0.2.1:443 (fe/HTTP)",
     "event.action=connect|destination.ip=192.0.2.1|source.port=5030"},
    {"HAProxy, a target that imitates",
     "203.0.113.7:5030 [17/Mar/2026:13:05:00.127] f b/s 0/0/0/3/3 404 7 - - ---- 0/0/0/0/0 0/0 "
     "\"GET /\" 200 1 - - ---- HTTP/1.1\"",
     "event.outcome=failure|http.response.status_code=404"},
    {"Traefik",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET /a HTTP/1.1\" 404 4 \"-\" \"M\" 5 "
     "\"app@docker\" \"http://10.0.0.2:80\" 1ms",
     "event.module=traefik|event.outcome=failure|user_agent.original=M"},
    {"Traefik, no answer",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET /a HTTP/1.1\" - - \"-\" \"M\" 5 \"-\" "
     "\"-\" 0ms",
     "event.module=traefik|!http.response.status_code|source.ip=203.0.113.7"},
    {"Traefik, JSON",
     "{\"ClientAddr\":\"203.0.113.7:99\",\"ClientHost\":\"203.0.113.7\",\"ClientUsername\":\"-\","
     "\"DownstreamStatus\":401,\"RequestMethod\":\"GET\",\"RequestPath\":\"/"
     "a\",\"request_User-Agent\":\"M\",\"time\":\"2026-03-17T13:05:00Z\"}",
     "event.module=traefik|source.ip=203.0.113.7|event.outcome=failure|url.path=/"
     "a|user_agent.original=M|!user.name|"
     "@timestamp=2026-03-17T13:05:00.000Z"},
    {"Caddy",
     "{\"level\":\"info\",\"ts\":1773752700.5,\"logger\":\"http.log.access\",\"msg\":\"handled "
     "request\",\"request\":{\"remote_ip\":\"10.0.0.2\",\"client_ip\":\"203.0.113.7\",\"method\":"
     "\"GET\",\"uri\":\"/"
     "a\",\"headers\":{\"User-Agent\":[\"M\"]}},\"user_id\":\"ana\",\"size\":7,\"status\":200}",
     "event.module=caddy|source.ip=203.0.113.7|user.name=ana|user_agent.original=M|@timestamp=2026-"
     "03-17T13:05:00.500Z|http.response.body.bytes=7"},
    {"lighttpd",
     "2026-03-17 13:05:00: (mod_auth.c.828) password doesn't match for /a username: x, IP: "
     "198.51.100.9 username: ana IP: 203.0.113.7",
     FAILED AT_FIVE "event.module=lighttpd|!host.name"},
    {"lighttpd, digest",
     "2026-03-17 13:05:00: (mod_auth.c.791) digest: auth failed for  ana : wrong password, IP: "
     "203.0.113.7",
     FAILED},
};

static const struct expected windows[] = {
    {"Kerio",
     "[17/Mar/2026 13:05:00] IMAP: Invalid password for user ana. Attempt from IP address "
     "203.0.113.7.",
     FAILED AT_FIVE "event.module=kerio|network.protocol=imap"},
    {"Kerio, no such user",
     "[17/Mar/2026 13:05:00] SMTP: User ana doesn't exist. Attempt from IP address 203.0.113.7.",
     FAILED "network.protocol=smtp"},
    {"Kerio, web",
     "[17/Mar/2026 13:05:00] HTTP/WebMail: Invalid password for user ana. Attempt from IP address "
     "203.0.113.7.",
     FAILED "network.protocol=http"},
    {"Kerio, relay",
     "[17/Mar/2026 13:05:00] Relay attempt from IP address 203.0.113.7, mail from <a@b> to <c@d> "
     "rejected",
     "event.action=smtp-reject|event.outcome=failure|email.from.address=a@b|email.to.address=c@d"},
    {"Domino, a name that forges",
     "2026-03-17 13:05:00   SMTP Server: Authentication failed for user x [6.6.6.6] authentication "
     "failure using internet password ; connecting host 192.0.2.1",
     "event.module=domino|event.action=login|event.outcome=failure|source.ip=192.0.2.1"},
    {"Domino, a name that forges before an address without brackets",
     "2026-03-17 13:05:00   smtp: x [6.6.6.6] authentication failure using internet password "
     "192.0.2.1 authentication failure using internet password",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"Domino",
     "[28325:00010-37355] 17-03-2026 13:05:00   smtp: ana [203.0.113.7] authentication failure "
     "using internet password",
     FAILED AT_FIVE "event.module=domino|network.protocol=smtp"},
    {"Domino, ISO",
     "2026-03-17 13:05:00   SMTP Server [0D14:0027-1334] Authentication failed for user Bad Hacker "
     "; connecting host [203.0.113.7]",
     "user.name=Bad Hacker|source.ip=203.0.113.7|event.outcome=failure|!host.name"},
    {"hMailServer",
     "\"SMTPD\"\t12\t3\t\"2026-03-17 13:05:00.123\"\t\"203.0.113.7\"\t\"SENT: 535 Authentication "
     "failed. Restarting authentication process.\"",
     "event.module=hmailserver|event.outcome=failure|source.ip=203.0.113.7|network.protocol=smtp"},
    {"hMailServer, who",
     "\"IMAPD\"\t5436\t2\t\"2026-03-17 13:05:00.909\"\t\"203.0.113.7\"\t\"RECEIVED: 3 login "
     "\"ana\" ***\"",
     "user.name=ana|event.action=message"},
    {"SmarterMail",
     "[2026.03.17] 13:05:00.500 [203.0.113.7][12345678] rsp: 535 Authentication failed",
     "event.module=smartermail|event.outcome=failure|source.ip=203.0.113.7"},
    {"MailEnable",
     "03/17/26 13:05:00\tSMTP-IN\tABCD.MAI\t123\t203.0.113.7\tAUTH\tAUTH LOGIN\t535 "
     "Invalid\t9\t9\t",
     "event.module=mailenable|event.outcome=failure|source.ip=203.0.113.7|" AT_FIVE "!user.name"},
    {"IIS without its header, all columns",
     "2026-03-17 13:05:00 W3SVC1 EX 192.0.2.9 POST /EWS/Exchange.asmx a=b 443 M\\ana 203.0.113.7 "
     "HTTP/1.1 "
     "OC/16+200+0+0 c=1 - mail.example 401 1 5 9 9 9",
     "event.module=exchange|event.outcome=failure|source.ip=203.0.113.7|user.name=ana|"
     "http.response.status_code=401|http.request.method=POST"},
    {"IIS without its header, the least",
     "2026-03-17 13:05:00 EX 192.0.2.9 GET /a.aspx - 80 - 203.0.113.7 - - 200 0 0 15 -",
     "event.module=iis|event.outcome=success|source.ip=203.0.113.7|!user.name"},
    {"message tracking without its header",
     "2026-03-17T13:05:00.327Z,192.0.2.1,EX,192.0.2.9,mx.example,\";250 2.6.0 <a@b> [x, "
     "y]\",Out,SMTP,"
     "SENDEXTERNAL,877,<m@x>,cb1c,ana@b.example,250 "
     "OK,136349,1,,,Hello,bob@a.example,<>,i,Incoming,,,,S",
     "event.module=exchange|event.action=smtp-deliver|email.message_id=m@x|source.ip=192.0.2.1|"
     "email.from.address=bob@a.example|email.to.address=ana@b.example"},
    {"Exchange, IMAP",
     "2026-03-17T13:05:00.530Z,000000000000000E,2,192.0.2.1:143,203.0.113.7:3507,ana,168,31,31,"
     "authenticate,PLAIN,\"R=\"\"2 NO AUTHENTICATE failed.\"\";Msg=x\",",
     FAILED "event.module=exchange|network.protocol=imap|!host.name"},
    {"Exchange, let in",
     "2026-03-17T13:05:00.530Z,000000000000000E,2,192.0.2.1:993,203.0.113.7:3507,ana,168,31,31,"
     "login,ana *****,R=ok,",
     LET_IN "network.protocol=imap"},
    {"Exchange, an error that quotes a name",
     "2026-03-17T13:05:00.530Z,000000000000000E,2,192.0.2.1:110,203.0.113.7:3507,ana,1,2,3,pass,***"
     "**,\"R=\"\"-ERR no\"\";Msg=\"\"AuthFailed,User: R=ok\"\"\",",
     FAILED "network.protocol=pop3"},
    {"Exchange, SMTP",
     "2026-03-17T13:05:00.270Z,EX\\Default Frontend "
     "EX,08DA4F7C11473A60,9,192.0.2.1:25,203.0.113.7:53722,>,535 5.7.3 Authentication "
     "unsuccessful,",
     "event.action=login|event.outcome=failure|source.ip=203.0.113.7|!user.name"},
    {"IIS, no header",
     "2026-03-17 13:05:00 192.0.2.1 POST /owa/auth.owa - 443 M\\ana 203.0.113.7 Mozilla/5.0 - 302 "
     "0 0 14",
     "event.module=exchange|source.ip=203.0.113.7|user.name=ana|user.id=M\\ana|http.response."
     "status_code=302|webmail.task=login|" AT_FIVE "destination.port=443"},
    {"IIS, no header and columns of a site's own",
     "2026-03-17 13:05:00 192.0.2.1 GET /a 203.0.113.7",
     "BROKEN|!source.ip|" AT_FIVE "event.module=iis"},
};

#define ALL(rows)                                                                                  \
	{                                                                                          \
		rows, sizeof rows / sizeof *rows                                                   \
	}
static const struct {
	const struct expected *rows;
	size_t count;
} tables[] = {ALL(panels), ALL(pam), ALL(proxies), ALL(windows)};

static void test_lines(void **state)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		expect_all(tables[i].rows, tables[i].count);
}

static const char *module_after(const char *before, const char *line, struct arena *scratch)
{
	struct format_state *st = malloc(sizeof *st);
	struct event *e = calloc(1, sizeof *e);
	format_start(st, NULL, 2026);
	if (before)
		format_decode(st, slice_of(before), e, scratch);
	format_decode(st, slice_of(line), e, scratch);
	const char *module = arena_text(scratch, event_get(e, F_MODULE));
	free(st);
	free(e);
	return module;
}

/* Whatever format the line before had, each line is read by its own. */
static void test_alone(void **state)
{
	struct arena scratch = {0};
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (size_t i = 0; i < tables[t].count; i++)
			for (size_t u = 0; u < sizeof tables / sizeof *tables; u++)
				for (size_t k = 0; k < tables[u].count; k++) {
					const char *line = tables[t].rows[i].line;
					assert_string_equal(
					    module_after(tables[u].rows[k].line, line, &scratch),
					    module_after(NULL, line, &scratch));
					arena_reset(&scratch);
				}
	arena_free(&scratch);
}

/* What a header says holds for the lines behind it, and only there. */
static void test_header(void **state)
{
	static const char *const lines[] = {
	    "#Software: Microsoft Internet Information Services 10.0",
	    "#Fields: date time cs-method cs-uri-stem cs-username c-ip sc-status",
	    "2026-03-17 13:05:00 GET /ews/exchange.asmx M\\ana 203.0.113.7 200",
	    "#Fields: date time c-ip cs-username cs-uri-stem sc-status cs-method",
	    "2026-03-17 13:05:00 203.0.113.8 ben /owa/ 401 POST",
	};
	struct format_state *st = malloc(sizeof *st);
	struct event *e = calloc(1, sizeof *e);
	struct arena scratch = {0};
	struct zone *paris = zone_open(SLICE("Europe/Paris")); /* which they do not heed */
	format_start(st, paris, 2026);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		enum decoded d = format_decode(st, slice_of(lines[i]), e, &scratch);
		assert_int_equal(d, lines[i][0] == '#' ? DECODED_PART : DECODED_EVENT);
		if (d == DECODED_PART)
			continue;
		bool first = i == 2;
		assert_true(expect_item(e, SLICE("@timestamp=2026-03-17T13:05:00.000Z"), "time"));
		assert_true(expect_item(e, first ? SLICE("user.name=ana") : SLICE("user.name=ben"),
					"user"));
		assert_true(expect_item(
		    e, first ? SLICE("source.ip=203.0.113.7") : SLICE("source.ip=203.0.113.8"),
		    "ip"));
		assert_int_equal(e->outcome, first ? OUT_SUCCESS : OUT_FAILURE);
	}
	arena_free(&scratch);
	zone_close(&paris);
	free(st);
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines),
					   cmocka_unit_test(test_alone),
					   cmocka_unit_test(test_header)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
