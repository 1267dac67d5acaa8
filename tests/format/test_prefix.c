/* Lines cut out of their file by a tool, and the small daemons of mail hosts. */
#include "expect.h"

#define DOVECOT                                                                                    \
	"imap-login: Disconnected (auth failed, 3 attempts in 16 secs): user=<ana>, "              \
	"method=PLAIN, "                                                                           \
	"rip=203.0.113.7, lip=192.0.2.1, TLS, session=<abc>"
#define LINE "Mar 17 13:05:00 mail dovecot: " DOVECOT
#define SAYS                                                                                       \
	"@timestamp=2026-03-17T13:05:00.000Z|event.module=dovecot|event.outcome=failure|"          \
	"user.name=ana|source.ip=203.0.113.7|host.name=mail"

static const struct expected prefixes[] = {
    {"grep", "/var/log/mail.log:" LINE, SAYS},
    {"grep -n", "/var/log/mail.log:123:" LINE, SAYS},
    {"grep -n of one file", "123:" LINE, SAYS},
    {"grep -A", "/var/log/mail.log.1-" LINE, SAYS},
    {"zgrep", "mail.log.2.gz:" LINE, SAYS},
    {"cat -n", "     5\t" LINE, SAYS},
    {"a number in front", "000123: " LINE, SAYS},
    {"counted octets", "212 <22>1 2026-03-17T13:05:00Z mail dovecot 77 - - " DOVECOT, SAYS},
    {"counted octets of old", "190 <22>" LINE, SAYS},
    {"a facility in front", "[mail.info] " LINE, SAYS},
    {"a facility behind the tag", "Mar 17 13:05:00 mail dovecot: [mail.info] " DOVECOT, SAYS},
    {"stern", "mail-0 dovecot " LINE, SAYS},
    {"stern with namespace", "mailns mail-0 dovecot " LINE, SAYS},
    {"stern's own", "mail-0 \xe2\x80\xba dovecot | " LINE, SAYS},
    {"words alone are not believed", "/var/log/mail.log:" DOVECOT, "UNKNOWN|"},
    {"nor behind a name that is no file's", "Subject:" LINE, "UNKNOWN|"},
    {"nor behind a sentence", "he said: " LINE, "UNKNOWN|"},
    {"Kiwi", "2026-03-17 13:05:00\tMail.Info\t192.0.2.9\tdovecot: " DOVECOT,
     "@timestamp=2026-03-17T13:05:00.000Z|event.module=dovecot|user.name=ana|host.name=192.0.2.9"},
    {"Kiwi, day and clock apart", "2026-03-17\t13:05:00\tMail.Info\t192.0.2.9\t" LINE, SAYS},
    {"columns", "2026-03-17T13:05:00+00:00\tmail\tdovecot\t" DOVECOT, SAYS},
    {"columns with commas", "\"2026-03-17 13:05:00\",\"mail\",\"dovecot\",\"" DOVECOT "\"", SAYS},
    {"a cell that is no name", "2026-03-17T13:05:00Z\tma il\tdovecot\t" DOVECOT, "UNKNOWN|"},
    {"slashes", "2026/03/17 13:05:00 mail dovecot: " DOVECOT, SAYS},
    {"slashes, and parts of a second", "2026/03/17 13:05:00.25012345 mail dovecot: " DOVECOT,
     "@timestamp=2026-03-17T13:05:00.250Z|event.module=dovecot|host.name=mail"},
    {"points", "17.03.2026 13:05:00 mail dovecot: " DOVECOT, SAYS},
    {"the month first", "03/17/2026 13:05:00 mail dovecot: " DOVECOT, SAYS},
    {"afternoon", "3/17/2026 1:05:00 PM mail dovecot: " DOVECOT, SAYS},
    {"a month by its name", "Mar 17, 2026 1:05:00 PM mail dovecot: " DOVECOT, SAYS},
    {"a month by its name, 24 hours", "Mar 17, 2026 13:05:00 mail dovecot: " DOVECOT, SAYS},
    {"day or month", "03/04/2026 13:05:00 mail dovecot: " DOVECOT,
     "!@timestamp|event.module=dovecot|user.name=ana|host.name=mail"},
    {"milliseconds", "1773752700000 mail dovecot: " DOVECOT, SAYS},
    {"logfmt", "ts=2026-03-17T13:05:00Z host=mail app=dovecot level=info msg=\"" DOVECOT "\"",
     SAYS},
    {"logfmt around a line", "level=info msg=\"" LINE "\"", SAYS},
    {"no logfmt", "a=1 and then msg=\"" LINE "\"", "UNKNOWN|"},
    {"rubydebug", "       \"message\" => \"" LINE "\",", SAYS},
    {"rubydebug, whole", "{\n    \"host\" => \"x\",\n    \"message\" => \"" LINE "\"\n}", SAYS},
    {"metalog's program is no host", "Mar 17 13:05:00 [dovecot] " DOVECOT,
     "event.module=dovecot|!host.name"},
};

#define T "2026-03-17T13:05:00Z mail "

static const struct expected small[] = {
    {"stunnel", T "stunnel[9]: LOG5[0]: Service [imaps] accepted connection from 203.0.113.7:33454",
     "event.module=stunnel|event.action=connect|source.ip=203.0.113.7|source.port=33454|"
     "network.protocol=imaps"},
    {"stunnel's own file",
     "2026.03.17 13:05:00 LOG3[28228:140093368055552]: SSL_accept from 203.0.113.7:33454 : "
     "140890C7",
     "@timestamp=2026-03-17T13:05:00.000Z|event.action=tls-start|event.outcome=failure|source.ip="
     "203."
     "0.113.7"},
    {"dropbear", T "dropbear[9]: Bad password attempt for 'x' from 6.6.6.6:1' from 203.0.113.7:5",
     "event.module=dropbear|event.action=login|event.outcome=failure|user.name=x' from 6.6.6.6:1|"
     "source.ip=203.0.113.7"},
    {"dropbear -E",
     T "dropbear[9]: [9] Mar 17 13:05:00 Password auth succeeded for 'ana' from "
       "203.0.113.7:5",
     "event.outcome=success|user.name=ana|source.ip=203.0.113.7"},
    {"xinetd", T "xinetd[9]: FAIL: pop3 address from=203.0.113.7",
     "event.action=connect|event.outcome=failure|network.protocol=pop3|source.ip=203.0.113.7"},
    {"Proxmox",
     T "pmgdaemon[9]: authentication failure; rhost=::ffff:203.0.113.7 user=ana@pmg "
       "msg=no",
     "event.module=proxmox|event.outcome=failure|user.name=ana@pmg|source.ip=203.0.113.7"},
    {"ssmtp", T "sSMTP[9]: Sent mail for root@a (221 Bye) uid=0 username=root outbytes=422",
     "event.module=mailer|event.action=smtp-deliver|event.outcome=success|user.name=root|mail.size="
     "422"},
    {"msmtp",
     T "msmtp: host=s.example tls=on auth=on user=ana from=ana@a recipients=b@d,c@d "
       "mailsize=325 smtpstatus=550 smtpmsg='no exitcode=EX_OK' exitcode=EX_UNAVAILABLE",
     "event.outcome=failure|email.to.address=b@d|mail.size=325"},
    {"Haraka",
     "2026-03-17T13:05:00.123Z [NOTICE] [3D5A1B1C-96E0-4F35-9C4C-A7F8B9A8A5F1] [core] "
     "connect ip=203.0.113.7 port=4 local_ip=192.0.2.1 local_port=587",
     "event.module=haraka|event.action=connect|source.ip=203.0.113.7|session.id=3D5A1B1C-96E0-4F35-"
     "9C4C-A7F8B9A8A5F1|!host.name"},
    {"Haraka, a wrong password",
     T
     "haraka[9]: [NOTICE] [3D5A1B1C-96E0-4F35-9C4C-A7F8B9A8A5F1.1] [auth/flat_file] delaying for 1 "
     "seconds",
     "event.action=login|event.outcome=failure|!source.ip"},
    {"Cyrus without a directory in its name", T "imap[9]: mystery of a mailbox",
     "event.module=cyrus|event.action=message"},
    {"one without a number", T "imap: mystery of a mailbox", "UNKNOWN|"},
    {"Cyrus, PAM first", T "imap[9]: pam_unix(imap:auth): check pass; user unknown",
     "event.module=pam|event.outcome=failure"},
    {"Cyrus, denied",
     T "imap[9]: user 'x' denied access to service 'imap' denied access to service "
       "'imap': no",
     "event.action=auth-check|event.outcome=failure|user.name=x' denied access to service 'imap"},
    {"Dovecot, a check by any name",
     T "dovecot: auth: ldap(ana,203.0.113.7,<s>): cert_host check failed: no",
     "event.action=auth-check|event.outcome=failure|user.name=ana|source.ip=203.0.113.7"},
    {"Dovecot, a master",
     T "dovecot: auth: passwd-file(root,203.0.113.7,master,<s>): Master user logging in as ana",
     "event.action=auth-check|!event.outcome|user.name=root|user.effective.name=ana"},
    {"Postfix, a refusal under another daemon's name",
     T "postfix/cleanup[9]: warning: unknown[203.0.113.7]: SASL LOGIN authentication failed: x",
     "event.action=login|event.outcome=failure|source.ip=203.0.113.7"},
    {"Exim, a verdict without a reason",
     "2026-03-17 13:05:00 H=(h) [203.0.113.7] sender verify fail",
     "event.action=smtp-reject|event.outcome=failure|source.ip=203.0.113.7|!event.reason"},
    {"sendmail, a milter",
     T "sm-mta[9]: 52HD50x1012345: Milter: connect: host=h.example, "
       "addr=203.0.113.7, rejecting commands",
     "event.action=smtp-reject|event.outcome=failure|source.ip=203.0.113.7"},
    {"sendmail, AUTH that is no base64",
     T "sm-mta[9]: 52HD50x1012345: AUTH decode64 error [5 for \"x], relay=[6.6.6.6]\"], "
       "relay=[203.0.113.7]",
     "event.action=auth-check|event.outcome=failure|source.ip=203.0.113.7|!user.name"},
    {"sendmail, bare line feeds",
     T "sm-mta[9]: 52HD50x1012345: collect: relay=h [203.0.113.7], from=<\"relay=[6.6.6.6]\"@b>, "
       "info=Bare linefeed (LF) not allowed",
     "event.action=warning|source.ip=203.0.113.7"},
};

#define STORE "[30/Aug/2026:16:53:05 -0700] vadar "

static const struct expected oracle[] = {
    {"a failure",
     STORE "imapd[9]: Account Notice: badlogin: [203.0.113.7:40718] plaintext x "
	   "Authentication failed authentication failure",
     "@timestamp=2026-08-30T23:53:05.000Z|event.module=oracle|event.outcome=failure|source.ip=203."
     "0."
     "113.7|source.port=40718|user.name=x Authentication failed|auth.method=plaintext"},
    {"a name with a reason in it, of another kind",
     STORE "imapd[9]: Account Notice: badlogin: [203.0.113.7:40718] plaintext ana "
	   "authentication failure user not found",
     "event.outcome=failure|user.name=ana authentication failure|auth.method=plaintext"},
    {"a sign-in",
     STORE "popd[9]: Account Information: login [203.0.113.7:1] a b plain 0 connections",
     "event.outcome=success|user.name=a b|network.protocol=pop3|session.id=203.0.113.7:1"},
    {"the end",
     STORE "imapd[9]: Account Notice: close [203.0.113.7:1] ana 2026/8/30 14:04:56 "
	   "0:00:00 32 185 1",
     "event.action=session-end|user.name=ana|source.bytes=32|destination.bytes=185"},
    {"never signed in",
     STORE "imapd[9]: Account Notice: close [203.0.113.7] [unauthenticated] "
	   "2026/8/30 6:54:32 0:00:00 0 115 0",
     "event.action=login-none|!user.name"},
    {"a message is fetched", STORE "imapd[9]: Store Information:fetch:ana:user/ana/Sent:<a:<b>@c>",
     "event.action=mail-opened|user.name=ana|mail.folder=user/ana/Sent|email.message_id=a:<b>@c"},
    {"a message comes", STORE "ims_master[9]: Store Information:append:ana:user/ana:659:<m@x>",
     "event.action=mail-save|mail.size=659|mail.folder=user/ana|email.message_id=m@x"},
    {"SMTP, a failure",
     "<co ts=\"2026-06-02T16:06:33.99\" pi=\"a.b\" sc=\"tcp_local\" dr=\"+\" ac=\"U\" "
     "tr=\"TCP|192.0.2.1|25|203.0.113.7|4299\" ap=\"SMTP\" mi=\"Bad password\" us=\"x&quot; "
     "tr=&quot;TCP|1|2|6.6.6.6|3\" di=\"535 5.7.8 no\"/>",
     "event.action=login|event.outcome=failure|source.ip=203.0.113.7|source.port=4299"},
    {"a message of who signed in",
     "<en ts=\"2026-06-02T16:06:33.99\" sc=\"tcp_submit\" dc=\"tcp_local\" ac=\"ESA\" sz=\"3\" "
     "so=\"ana@a\" od=\"rfc822;b@d\" mi=\"&lt;x@y&gt;\" us=\"*ana@a\" ss=\"[6.6.6.6] "
     "([203.0.113.7])\"/>",
     "event.action=smtp-client|event.outcome=success|user.name=ana@a|source.ip=203.0.113.7|"
     "email.to.address=b@d|email.message_id=x@y"},
    {"of old, a connection",
     "04-Sep-2026 01:00:06.49 h.example 1f627.3.3 tcp_local    +            O "
     "TCP|192.0.2.1|25|203.0.113.7|4303 SMTP/x",
     "@timestamp=2026-09-04T01:00:06.490Z|event.action=connect|source.ip=203.0.113.7"},
    {"of old, a message",
     "16-Feb-2026 14:54:13.72 tcp_local ims-ms EE 1 a@b rfc822;c@d c@ims-ms-daemon",
     "event.action=smtp-queue|email.from.address=a@b|email.to.address=c@d|!user.name"},
};

#define TEST_OF(name)                                                                              \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		expect_all(name, sizeof name / sizeof *name);                                      \
	}
TEST_OF(prefixes)
TEST_OF(small)
TEST_OF(oracle)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_small),
	    cmocka_unit_test(test_oracle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
