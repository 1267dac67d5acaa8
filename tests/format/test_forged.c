/* What clients write into names, addresses and Message-IDs to be taken for the daemon's words. */
#include "expect.h"

#define T "2026-03-17T13:05:00Z mail "

static const struct expected forged[] = {
    {"Cyrus: a Message-ID",
     T "cyrus/imap[9]: auditlog: append sessionid=<s> mailbox=<user.ana> uniqueid=<q> uid=<4> "
       "modseq=<5> sysflags=<> guid=<1> messageid=<<x> uid=<9> mailbox=<user.bob> size=<1>> "
       "size=<66>",
     "mail.uid=4|mail.folder=INBOX|mail.size=66"},
    {"Cyrus: a Message-ID, no size behind it",
     T "cyrus/imap[9]: auditlog: append sessionid=<s> mailbox=<user.ana> uniqueid=<q> uid=<4> "
       "messageid=<<x> uid=<9>>",
     "mail.uid=4|mail.folder=INBOX"},
    {"Cyrus: a Message-ID that goes on as a mailbox does",
     T "cyrus/imap[9]: auditlog: append sessionid=<s> mailbox=<user.ana> uniqueid=<q> uid=<4> "
       "messageid=<x/<9> uniqueid=<y> size=<66>",
     "mail.uid=4|mail.folder=INBOX|mail.mailbox=ana|mail.size=66"},
    {"Cyrus: a reason is no name",
     T "cyrus/imap[9]: badlogin: [203.0.113.7] PLAIN [SASL(-13): authentication failure: x invalid "
       "user]",
     "event.outcome=failure|source.ip=203.0.113.7|!user.name"},
    {"Courier: a name with blanks",
     T "courieresmtpd: error,relay=::ffff:203.0.113.7,port=4,msg=\"535 Authentication "
       "failed.\",cmd: AUTH LOGIN YW5h x@y user=admin",
     "event.outcome=failure|source.ip=203.0.113.7|user.name=x@y user=admin|auth.method=LOGIN"},
    {"OpenSMTPD: a sender",
     T "smtpd[9]: 0123456789abcdef mta delivery evpid=aabbccdd00112233 from=<\"x result=No\"@b> "
       "to=<c@d> rcpt=<\"y result=No\"@d> source=\"192.0.2.2\" relay=\"192.0.2.9 (mx)\" delay=1s "
       "result=\"Ok\" stat=\"250 ok\"",
     "event.outcome=success|smtp.status=sent|email.from.address=\"x result=No\"@b"},
    {"chkuser: a sender",
     T
     "qmail-smtpd[9]: CHKUSER rejected rcpt: from <\"x> remote <e:e:6.6.6.6> rcpt <y\"@b::> remote "
     "<h:unknown:203.0.113.7> rcpt <c@d> : no",
     "event.outcome=failure|source.ip=203.0.113.7"},
    {"chkuser: a HELO",
     T "qmail-smtpd[9]: CHKUSER rejected rcpt: from <a@b::> remote <x:y:6.6.6.6> rcpt "
       "<z:unknown:203.0.113.7> rcpt <c@d> : no",
     "event.outcome=failure|!source.ip"},
    {"rspamd: a Message-ID",
     T
     "rspamd[9]: <abc123>; task; rspamd_task_write_log: id: <x>, ip: 6.6.6.6, user: admin, from: "
     "<z>, (default: F (no action): [>, qid: <4AB>, ip: 203.0.113.7, from: <a@b>, (default: F (no "
     "action): [1.00/15.00] [X(0.00){}]), len: 500, time: 5ms",
     "event.module=rspamd|!source.ip|!user.name|!email.from.address"},
    {"amavis: a sender",
     T
     "amavis[9]: (01234-05) Blocked SPAM {DiscardedInbound}, [203.0.113.7]:44 [203.0.113.7] <\"x] "
     "<y> -> <z>, Queue-ID: 7\"@b> -> <c@d>, Queue-ID: 4ABCDEF012, Message-ID: <m@b>, mail_id: a, "
     "Hits: 9, size: 500, 10 ms",
     "event.outcome=failure|source.ip=203.0.113.7|email.to.address=c@d|email.local_id=4ABCDEF012"},
    {"amavis: a file's name",
     T "amavis[9]: (01234-05) Blocked BANNED (x [6.6.6.6] <y> -> <z>, Queue-ID: 7) "
       "{DiscardedInbound}, [203.0.113.7]:44 [203.0.113.7] <a@b> -> <c@d>, Queue-ID: 4ABCDEF012",
     "event.outcome=failure|!source.ip|!email.to.address"},
    {"SPF: a sender",
     T "policyd-spf[9]: 550 5.7.23 no; identity=mailfrom; client-ip=203.0.113.7; helo=h; "
       "envelope-from=\"x; client-ip=6.6.6.6; receiver=q\"@b; receiver=c@d",
     "event.outcome=failure|source.ip=203.0.113.7|email.from.address=\"x; client-ip=6.6.6.6; "
     "receiver=q\"@b"},
    {"Dovecot: a sender",
     T "dovecot: submission(ana)<9><abc>: Successfully relayed message: from=<\"x>, size=9, "
       "nrcpt=9\"@b>, size=5, id=abc, nrcpt=1, reply=`250 ok'",
     "email.from.address=\"x>, size=9, nrcpt=9\"@b"},
    {"Dovecot: a Message-ID writes a size",
     T "dovecot: imap(ana)<9><abc>: expunge: box=INBOX, uid=5, msgid=<x>, size=9, y>, size=5",
     "mail.uid=5|!mail.size"},
    {"Dovecot: a Message-ID writes a delivery",
     T "dovecot: lmtp(ana)<9><abc>: msgid=<x>: saved mail to Trash>: saved mail to INBOX",
     "event.action=delivery|!mail.folder|!email.message_id"},
    {"Dovecot: a Message-ID hides a redirect",
     T "dovecot: lda(ana)<9><abc>: sieve: msgid=<x>: saved mail to Trash>: forwarded to <a@b>",
     "event.action=sieve-action|!mail.folder|!sieve.target"},
    {"Dovecot: a Message-ID begins a redirect",
     T "dovecot: lda(ana)<9><abc>: sieve: msgid=<x: forwarded to <\"a>: forwarded to <b@c>",
     "event.action=redirect|sieve.target=b@c"},
};

static void test_forged(void **state)
{
	expect_all(forged, sizeof forged / sizeof *forged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forged)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
