/* What looks at mail on its way, gateways and list servers. */
#include "expect.h"

#define T      "2026-03-17T13:05:00Z mail "
#define RSPAMD "rspamd[9]: <ab12cd>; proxy; rspamd_task_write_log: "

static const struct expected lines[] = {
    {"rspamd",
     T RSPAMD
     "id: <m@x>, qid: <4XyZ1>, ip: 192.0.2.1, user: ana@example.org, from: <a@b>, (default: F "
     "(no action): [1.20/15.00] [A(0.1){x;}]), len: 876, time: 9ms, dns req: 1, digest: <d>",
     "event.module=rspamd|event.action=message|source.ip=192.0.2.1|user.name=ana@example.org|"
     "email.message_id=m@x|email.local_id=4XyZ1|mail.size=876|email.from.address=a@b"},
    {"rspamd refuses",
     T RSPAMD
     "id: <undef>, ip: 192.0.2.1, from: <a@b>, (default: T (reject): [99.00/15.00] []), len: 8",
     "event.action=smtp-reject|event.outcome=failure|!email.message_id"},
    {"rspamd, two addresses fit",
     T RSPAMD "id: <m>, qid: <A>, ip: 6.6.6.6, from: <q@x>, qid: <B>, ip: 192.0.2.1, from: <a@b>, "
	      "(default: F (no "
	      "action): [1/15] []), len: 8",
     "!source.ip|!user.name"},
    {"rspamd's own file",
     "2026-03-17 13:05:00 #77(normal) <ab12cd>; task; rspamd_task_write_log: id: <m@x>, ip: "
     "192.0.2.1, from: <a@b>, (default: F (no action): [0/15] []), len: 8",
     "event.module=rspamd|source.ip=192.0.2.1|process.pid=77"},
    {"amavis, local mail whose sender forges an address",
     T "amavis[9]: (5-01) Passed CLEAN {RelayedInternal}, <\"x, [6.6.6.6]\"@b.example> -> <c@d>, "
       "Message-ID: <m@x>, Hits: -6",
     "event.module=amavis|!source.ip"},
    {"amavis, a file whose name forges an address",
     T "amavis[9]: (5-01) Blocked BANNED (a <, [6.6.6.6] b) {Discarded}, [192.0.2.1] <a@b> -> "
       "<c@d>, x",
     "event.module=amavis|!source.ip"},
    {"amavis",
     T "amavis[9]: (00009-01) Passed CLEAN {RelayedInbound}, [192.0.2.1]:4321 [192.0.2.1] <a@b> -> "
       "<c@d>, "
       "Queue-ID: 4XyZ1, Message-ID: <m@x>, mail_id: I, Hits: -1, size: 1234, queued_as: 5, 99 ms",
     "event.module=amavis|event.action=message|source.ip=192.0.2.1|email.from.address=a@b|"
     "email.to.address=c@d|email.local_id=4XyZ1|email.message_id=m@x|mail.size=1234"},
    {"amavis blocks",
     T "amavis[9]: (00009-01) Blocked INFECTED (Eicar) {DiscardedInbound,Quarantined}, "
       "[IPv6:2001:db8::1]:9 [192.0.2.7] <> -> <c@d>, quarantine: q, Message-ID: <m@x>",
     "event.action=smtp-reject|event.outcome=failure|source.ip=2001:db8::1"},
    {"SpamAssassin",
     T "spamd[9]: spamd: result: Y 9 - A,B scantime=2.7,size=1028,user=u,uid=118,raddr=127.0.0.1,"
       "rport=4,mid=<m@x>,autolearn=no",
     "event.module=spamassassin|email.message_id=m@x|mail.size=1028|!source.ip|!user.name"},
    {"SPF",
     T "policyd-spf[9]: prepend Received-SPF: Fail (mailfrom) identity=mailfrom; "
       "client-ip=192.0.2.1; "
       "helo=h; envelope-from=a@b; receiver=<UNKNOWN>",
     "event.module=policyd-spf|source.ip=192.0.2.1|email.from.address=a@b|!event.outcome"},
    {"SPF, forged",
     T "policyd-spf[9]: Pass; identity=helo; client-ip=192.0.2.1; helo=x; "
       "envelope-from=client-ip=6.6.6.6; receiver=<UNKNOWN>",
     "source.ip=192.0.2.1"},
    {"postgrey",
     T "postgrey[9]: action=greylist, reason=new, client_name=h, client_address=192.0.2.1/32, "
       "sender=a, client_address=6.6.6.6, recipient=c@d",
     "event.module=postgrey|source.ip=192.0.2.1|email.to.address=c@d"},
    {"whitelisted", T "postgrey[9]: whitelisted: h[192.0.2.1/32]", "source.ip=192.0.2.1"},
    {"opendkim", T "opendkim[9]: 4B3C2A1D0E: h.example [192.0.2.1] not internal",
     "event.module=milter|source.ip=192.0.2.1|email.local_id=4B3C2A1D0E"},
    {"saslauthd",
     T "saslauthd[9]: do_auth         : auth failure: [user=x] [service=imap] [y] [service=smtp] "
       "[realm=] "
       "[mech=pam] [reason=PAM auth error]",
     "event.module=saslauthd|event.action=auth-check|event.outcome=failure|network.protocol=smtp|"
     "user.name=x] [service=imap] [y"},
    {"ASSP",
     "Jul-30-16 17:11:05 m1-13060-05386 [Worker_1] [TLS-out] 192.0.2.1 [SMTP Error] 535 5.7.8 "
     "Error: "
     "authentication failed: x",
     "event.module=assp|@timestamp=2016-07-30T17:11:05.000Z|event.action=login|event.outcome="
     "failure|source.ip=192.0.2.1"},
    {"ASSP knows no address", "Jul-30-16 17:11:05 [Worker_1] 0.0.0.0 [SMTP Error] 535 x",
     "!source.ip|event.outcome=failure"},
    {"FortiMail",
     "date=2026-03-17 time=13:05:00.123 device_id=F log_id=02 type=statistics "
     "client_ip=\"192.0.2.1\" "
     "from=\"a@b\" to=\"c@d\" disposition=\"Reject\" subject=\"x\"",
     "event.module=fortimail|@timestamp=2026-03-17T13:05:00.123Z|source.ip=192.0.2.1|event.outcome="
     "failure"},
    {"FortiMail, divided by commas",
     "<182>date=2026-03-17,time=13:05:00.123,device_id=F,log_id=04,type=event,subtype=webmail,"
     "pri=information, user=webmail,ui=webmail,action=unknown,status=failure,"
     "msg=\"WebMail: Login for 'ana@a.example' from 192.0.2.1 failed\"",
     "event.module=fortimail|@timestamp=2026-03-17T13:05:00.123Z|event.action=login|"
     "event.outcome=failure|user.name=ana@a.example|source.ip=192.0.2.1"},
    {"FortiMail's own pages",
     "date=2026-03-17 time=13:05:00 device_id=F log_id=07 type=kevent subtype=admin "
     "user=admin ui=GUI(192.0.2.1) action=login status=success msg=\"User admin login\"",
     "event.action=login|event.outcome=success|user.name=admin|source.ip=192.0.2.1"},
    {"FortiMail's daemon is nobody",
     "date=2026-03-17,time=13:05:00,device_id=F,log_id=07,type=event,subtype=smtp,"
     "user=mail,ui=mail,action=NONE,status=N/A,msg=\"starting daemon\"",
     "event.module=fortimail|event.action=message|!user.name|!event.outcome"},
    {"FortiMail, a subject that forges an address",
     "date=2026-03-17 time=13:05:00 device_id=F log_id=02 type=statistics client_name=\"\" "
     "client_ip=\"\" from=\"a@b\" to=\"c@d\" subject=\"x\" client_ip=\"6.6.6.6\"",
     "!source.ip|email.subject=x"},
    {"FortiMail behind a header that has the day",
     T "time=13:05:00 device_id=F log_id=02 type=spam "
       "client_ip=\"192.0.2.1\" from=\"a@b\" to=\"c@d\"",
     "event.module=fortimail|source.ip=192.0.2.1"},
    {"MailScanner",
     T "MailScanner[9]: Message 5ctN6m5yKmz5sU7 from 192.0.2.1 (a@b) to d is spam (blacklisted)",
     "event.module=mailscanner|source.ip=192.0.2.1|email.from.address=a@b"},
    {"Sympa",
     T "wwsympa[9]: info main:: [robot r] [session 1] [client 192.0.2.1] [user a@b] Unknown action "
       "[client 6.6.6.6]",
     "event.module=sympa|source.ip=192.0.2.1|user.name=a@b"},
    {"lfd counts what others logged",
     T
     "lfd[9]: (imapd) Failed IMAP login from 192.0.2.1 (FR/France/h.example): 10 in the last 3600 "
     "secs - *Blocked in csf* [LF_IMAPD]",
     "event.module=csf|event.action=warning|event.outcome=failure|source.ip=192.0.2.1|!user.name"},
    {"policyd", T "policyd: rcpt=1, throttle=clear, host=192.0.2.1", "event.module=milter"},
    {"saslauthd asks Zimbra", T "saslauthd[9]: auth_zimbra: ana@a.example auth failed: no [x]",
     "event.module=saslauthd|event.action=auth-check|event.outcome=failure|user.name=ana@a."
     "example"},
    {"a host without a name", "Mar 17 13:05:00 (none) saslauthd[9]: detach_tty : master pid is: 9",
     "event.module=saslauthd|host.name=(none)"},
    {"sysklogd repeats", "Mar 17 13:05:00 mail last message repeated 4 times",
     "event.module=syslog|event.action=message|host.name=mail|!process.name"},
    {"fetchmail", T "fetchmail[9]: Authorization failure on ana@pop.example",
     "event.module=fetchmail|event.action=message"},
};

static void all_lines(void **state)
{
	expect_all(lines, sizeof lines / sizeof *lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_lines)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
