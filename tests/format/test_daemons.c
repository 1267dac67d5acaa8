/* Mail servers besides Dovecot, Postfix and Exim: IMAP, POP3, SMTP. */
#include "expect.h"

#define T "2026-03-17T13:05:00Z mail "
#define S "cyrus-1795294995-24190-1-6468217174300177773"

static const struct expected cyrus[] = {
    {"a sign-in",
     T "cyrus/imap[9]: login: h.example [192.0.2.1] ana plaintext+TLS User logged in SESSIONID=<" S
       ">",
     "event.module=cyrus|event.action=login|event.outcome=success|user.name=ana|source.ip=192.0.2."
     "1|"
     "source.domain=h.example|auth.method=plaintext|tls.established=1|session.id=" S
     "|network.protocol=imap|process.pid=9"},
    {"of 2.x", T "imap[9]: login: [192.0.2.1] ana CRAM-MD5 User logged in",
     "user.name=ana|auth.method=CRAM-MD5"},
    {"a failure",
     T
     "cyrus/imap[9]: badlogin: [192.0.2.1] plaintext (ana) [SASL(-13): authentication failure: x]",
     "event.outcome=failure|user.name=ana|source.ip=192.0.2.1|auth.method=plaintext|"
     "event.reason=[SASL(-13): authentication failure: x]"},
    {"the name forges its end",
     T "cyrus/imap[9]: badlogin: [192.0.2.1] plaintext (x) [SASL(-13): y) invalid user",
     "user.name=x) [SASL(-13): y|source.ip=192.0.2.1"},
    {"a failure of 2.x",
     T "cyrus/pop3[9]: badlogin: h [192.0.2.1] plaintext a b SASL(-13): no: checkpass failed",
     "user.name=a b|network.protocol=pop3|event.outcome=failure"},
    {"a method without a name", T "imapd[9]: badlogin: h[192.0.2.1] OTP [SASL(-13): no]",
     "event.module=cyrus|!user.name|source.ip=192.0.2.1|event.outcome=failure"},
    {"seen",
     T "cyrus/imap[9]: auditlog: touched sessionid=<" S
       "> mailbox=<user.ana> uniqueid=<q9> uid=<7> "
       "guid=<5> cid=<NIL> modseq=<6> oldflags=<AN> sysflags=<AN|SE>",
     "event.action=mail-flag|mail.flags=\\Seen|mail.uid=7|mail.folder=INBOX|session.id=" S},
    {"was seen before",
     T "cyrus/imap[9]: auditlog: touched sessionid=<s> mailbox=<user.ana.Sent> uniqueid=<q> "
       "uid=<7> oldflags=<SE> sysflags=<SE|DE>",
     "mail.flags=\\Deleted|mail.folder=Sent"},
    {"a mailbox forges a number",
     T
     "cyrus/imap[9]: auditlog: touched sessionid=<s> mailbox=<user.ana.x> uniqueid=<y> uid=<9> z> "
     "uniqueid=<q> uid=<7> oldflags=<> sysflags=<SE>",
     "mail.uid=7"},
    {"arrives",
     T "cyrus/lmtp[9]: auditlog: append sessionid=<s> mailbox=<example.org!user.ana> uniqueid=<q> "
       "uid=<4> modseq=<5> sysflags=<> guid=<1> messageid=<m3@example.org> size=<66>",
     "event.action=mail-save|mail.uid=4|mail.folder=INBOX|mail.size=66|email.message_id=m3@example."
     "org"},
    {"the end", T "cyrus/imap[9]: auditlog: traffic sessionid=<s> bytes_in=<240> bytes_out=<2689>",
     "event.action=session-end|session.id=s|source.bytes=240|destination.bytes=2689"},
    {"3.6 at work: a client names itself",
     T "cyrus/imaps[9]: client id sessionid=<" S ">: \"name\" \"Thunderbird\"",
     "event.action=client-id|imap.arguments=\"name\" \"Thunderbird\"|session.id=" S},
    {"3.6 at work: a session is over",
     T "cyrus/imaps[9]: USAGE a b@example.org user: 0.007163 sys: 0.011252",
     "event.action=session-end|user.name=a b@example.org|!source.ip"},
    {"3.6 at work: a delivery is over",
     T "cyrus/lmtpunix[9]: USAGE ana@example.org user: 0.007163 sys: 0.011252",
     "event.action=message|!user.name"},
    {"counts", T "cyrus/pop3[9]: counts: retr=<1> top=<2> dele=<0>",
     "event.action=session-end|mail.retrieved.count=1|mail.top.count=2|!mail.retrieved.bytes"},
    {"rights",
     T "cyrus/imap[9]: auditlog: acl: sessionid=<s> mailbox=<user.ana> uniqueid=<q> oldacl=<> "
       "acl=<x>",
     "event.action=folder-change"},
    {"redirected",
     T "cyrus/lmtp[9]: auditlog: redirect sessionid=<s> message-id=<m@x> target=<e@evil.example> "
       "userid=<ana>",
     "event.action=redirect|sieve.target=e@evil.example|user.name=ana"},
    {"logfmt",
     T "cyrus/imap[9]: event=login.good r.sessionid=" S " r.clienthost=\"h.example [192.0.2.1]\" "
       "u.username=ana login.mech=PLAIN login.tls=1",
     "event.action=login|event.outcome=success|user.name=ana|source.ip=192.0.2.1|session.id=" S
     "|auth.method=PLAIN|tls.established=1"},
    {"logfmt, a forged name",
     T "cyrus/imap[9]: event=login.bad r.clienthost=\"[192.0.2.1]\" "
       "u.username=\"x\\\" r.clienthost=6.6.6.6\" error=\"no\"",
     "event.outcome=failure|source.ip=192.0.2.1|user.name=x\" r.clienthost=6.6.6.6"},
    {"logfmt, seen",
     T "cyrus/imap[9]: event=auditlog.touched r.sessionid=s mbox.name=user.ana "
       "msg.imapuid=7 msg.sysflags=SE old.msg.sysflags=\"\"",
     "event.action=mail-flag|mail.flags=\\Seen|mail.uid=7"},
    {"3.6 at work: a message is read",
     "Nov 21 21:03:15 mail cyrus/imap[24190]: auditlog: touched sessionid=<" S
     "> mailbox=<user.ana> "
     "uniqueid=<q9nm1pk91psp7wzqeqx43n95> uid=<1> guid=<56d962e7ed89f3d3f2937d5fe60145bc22e9e790> "
     "cid=<NIL> "
     "modseq=<6> oldflags=<> sysflags=<SE>",
     "event.action=mail-flag|mail.uid=1|mail.folder=INBOX|mail.flags=\\Seen|session.id=" S},
    {"3.6 at work: deleted and expunged",
     "Nov 21 21:03:15 mail cyrus/imap[24190]: auditlog: expunge sessionid=<" S
     "> mailbox=<user.ana> "
     "uniqueid=<q9nm1pk91psp7wzqeqx43n95> uid=<3> modseq=<9> sysflags=<DE|EX> "
     "guid=<3642b6579f659bdc72db48c7eb21e28f23fc66de> size=<66>",
     "event.action=mail-expunge|mail.uid=3|mail.size=66"},
    {"the rest", T "ctl_cyrusdb[9]: checkpointing cyrus databases",
     "event.module=cyrus|event.action=message"},
};

static const struct expected courier[] = {
    {"a sign-in",
     T "imapd: LOGIN, user=ana@example.org, ip=[::ffff:192.0.2.1], port=[4022], protocol=IMAP",
     "event.module=courier|event.action=login|event.outcome=success|user.name=ana@example.org|"
     "source.ip=192.0.2.1|source.port=4022|session.id=imap [192.0.2.1]:4022"},
    {"a failure",
     T "pop3d-ssl: LOGIN FAILED, user=x, ip=[6.6.6.6], ip=[::ffff:192.0.2.1], port=[1]",
     "event.outcome=failure|user.name=x, ip=[6.6.6.6]|source.ip=192.0.2.1|network.protocol=pop3|"
     "tls.established=1"},
    {"who goes without a word",
     T "imapd-ssl: ip=[::ffff:192.0.2.1], Unexpected SSL connection shutdown.",
     "event.action=disconnect|!event.outcome|source.ip=192.0.2.1|network.protocol=imap"},
    {"a method", T "imapd-ssl: LOGIN FAILED, method=PLAIN, ip=[2001:db8::1]",
     "auth.method=PLAIN|!user.name|source.ip=2001:db8::1|!session.id"},
    {"the end",
     T
     "imapd: LOGOUT, user=ana, ip=[::ffff:192.0.2.1], port=[4022], headers=58, body=1234, rcvd=90, "
     "sent=2345, time=7, starttls=1",
     "event.action=session-end|mail.header.bytes=58|mail.body.bytes=1234|!mail.body.count|"
     "source.bytes=90|destination.bytes=2345|event.duration=7000000000|session.id=imap "
     "[192.0.2.1]:4022"},
    {"the end of POP3",
     T "pop3d: LOGOUT, user=ana, ip=[::ffff:192.0.2.1], port=[2], top=25, retr=42, rcvd=29, "
       "sent=165, time=0",
     "event.action=session-end|mail.retrieved.bytes=42|mail.top.bytes=25|!mail.retrieved.count"},
    {"broken off",
     T "imapd: DISCONNECTED, user=ana, ip=[192.0.2.1], port=[3], headers=0, body=9, rcvd=1, "
       "sent=2, time=1",
     "event.action=session-end|mail.body.bytes=9"},
    {"never signed in", T "imapd: LOGOUT, ip=[::ffff:192.0.2.1], port=[4], rcvd=5, sent=6",
     "event.action=login-none|!user.name|source.ip=192.0.2.1"},
    {"connects", T "imapd: Connection, ip=[::ffff:192.0.2.1], port=[4]",
     "event.action=connect|source.port=4"},
    {"SMTP, a failure",
     T "courieresmtpd: error,relay=::ffff:192.0.2.1,port=5,msg=\"535 Authentication failed.\",cmd: "
       "AUTH LOGIN x relay=6.6.6.6",
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1|source.port=5"},
    {"SMTP, refused",
     T "courieresmtpd: error,relay=::ffff:192.0.2.1,ident=q,from=<a@b>,to=<c@d>: 550 User unknown.",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1"},
    {"the rest", T "authdaemond: modules=\"authpam\", daemons=5",
     "event.module=courier|event.action=message"},
};

static const struct expected uw[] = {
    {"a failure",
     T "imapd[9]: Login failed user=x host=[6.6.6.6] auth=x host=h.example [192.0.2.1]",
     "event.module=uwimap|event.outcome=failure|user.name=x host=[6.6.6.6]|source.ip=192.0.2.1"},
    {"a sign-in", T "ipop3d[9]: Login user=ana host=h.example [192.0.2.1]",
     "event.outcome=success|user.name=ana|network.protocol=pop3"},
    {"with a method", T "imapd[9]: Authenticated user=ana host=h [192.0.2.1] mech=PLAIN",
     "event.outcome=success|auth.method=PLAIN|user.name=ana"},
    {"the end", T "imapd[9]: Logout user=ana host=h [192.0.2.1]",
     "event.action=session-end|user.name=ana"},
    {"nobody",
     T "ipop3d[9]: Command stream end of file while reading line user=??? host=h [192.0.2.1]",
     "event.action=login-none|!user.name|source.ip=192.0.2.1"},
    {"comes", T "ipop3d[9]: pop3 service init from 192.0.2.1",
     "event.action=connect|source.ip=192.0.2.1"},
};

static const struct expected popd[] = {
    {"solid-pop3d",
     T "solid-pop3d[9]: authentication failed: no such user: a - 6.6.6.6 - 192.0.2.1",
     "event.module=popd|event.outcome=failure|user.name=a - 6.6.6.6|source.ip=192.0.2.1"},
    {"Perdition",
     T "perdition.imaps[9]: Auth: 192.0.2.1:22->192.0.2.9:993 client-secure=ssl "
       "authorisation_id=NONE "
       "authentication_id=\"ana\" server=\"s:993\" protocol=IMAP4S server-secure=ssl status=\"ok\"",
     "event.action=login|event.outcome=success|user.name=ana|source.ip=192.0.2.1|source.port=22"},
    {"Perdition, forged",
     T "perdition[9]: Auth: 192.0.2.1:22->192.0.2.9:993 authorisation_id=NONE "
       "authentication_id=\"x\" status=\"ok\" y\" server=\"s\" status=\"failed: no\"",
     "event.outcome=failure|user.name=x\" status=\"ok\" y"},
    {"Qpopper",
     T "in.qpopper[9]: (v4.0.9) POP login by user \"ana\" at (h.example) 192.0.2.1 [pop_log.c:244]",
     "event.module=popd|event.outcome=success|user.name=ana|source.ip=192.0.2.1"},
    {"Qpopper, refused",
     T "popper[9]: ana at h.example (192.0.2.1): -ERR [AUTH] PAM authentication failed for user "
       "\"b at h (6.6.6.6): -ERR [AUTH] x\" (7) [pop_pass.c:9]",
     "event.action=login|event.outcome=failure|user.name=ana|source.ip=192.0.2.1"},
    {"Qpopper, end", T "qpopper[9]: Stats: ana 0 0 1 123 h.example 192.0.2.1 [pop_updt.c:296]",
     "event.action=session-end|user.name=ana|source.ip=192.0.2.1"},
    {"GNU mailutils",
     T "gnu-pop3d[9]: User `a' logged in with mailbox `b' logged in with mailbox `/m/a'",
     "event.outcome=success|network.protocol=pop3|user.name=a' logged in with mailbox `b"},
    {"c-client's broken line",
     T "imapd[9]: No route to host, while reading line user=ana host=h [192.0.2.1]",
     "event.module=uwimap|event.action=session-end|user.name=ana|source.ip=192.0.2.1"},
    {"imapproxy quotes as the client did",
     T "in.imapproxyd[9]: LOGIN: '\"ana\"' (192.0.2.1:44) on new sd [7]",
     "user.name=ana|source.ip=192.0.2.1"},
    {"imapproxy", T "in.imapproxyd[9]: LOGIN: 'ana' (192.0.2.1:44) on existing sd [7]",
     "event.outcome=success|user.name=ana|source.ip=192.0.2.1|source.port=44"},
    {"Kopano",
     T "kopano-gateway[9]: Failed to login from [::ffff:192.0.2.1] with invalid username \"x\" or "
       "wrong password: y\" or wrong password: logon failed (80040111)",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"vm-pop3d", T "vm-pop3d[9]: failed auth, from 192.0.2.1",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"popa3d", T "popa3d[9]: Session from 192.0.2.1", "event.action=connect|source.ip=192.0.2.1"},
};

static const struct expected sendmail[] = {
    {"a message",
     T "sm-mta[9]: 52HD50x1012345: from=<\"a, relay=[6.6.6.6]\"@b>, size=909, class=0, nrcpts=2, "
       "msgid=<m@x>, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1] (may be forged)",
     "event.module=sendmail|event.action=smtp-queue|email.local_id=52HD50x1012345|mail.size=909|"
     "smtp.recipients=2|email.message_id=m@x|source.ip=192.0.2.1|source.domain=h.example"},
    {"nobody took it",
     T "sendmail[9]: 52HD50x1012345: from=<a@b>, size=0, class=0, nrcpts=0, proto=ESMTP, "
       "daemon=MTA, relay=[192.0.2.1]",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1"},
    {"a delivery",
     T "sm-mta[9]: 52HD50x1012345: to=<c@d>,<e@f>, ctladdr=<a@b> (0/0), delay=00:00:01, "
       "mailer=esmtp, "
       "pri=3, relay=mx.d. [192.0.2.9], dsn=2.0.0, stat=Sent (ok, stat=x)",
     "event.action=smtp-deliver|event.outcome=success|email.to.address=c@d|destination.ip=192.0.2."
     "9|"
     "smtp.dsn=2.0.0|smtp.status=sent|!source.ip"},
    {"deferred",
     T "sm-mta[9]: 52HD50x1012345: to=<c@d>, delay=00:00:01, mailer=esmtp, dsn=4.0.0, "
       "stat=Deferred: x",
     "event.outcome=failure|smtp.status=deferred"},
    {"a sign-in",
     T "sm-mta[9]: 52HD50x1012345: AUTH=server, relay=h [192.0.2.1], authid=ana@example.org, "
       "mech=PLAIN, "
       "bits=0",
     "event.action=smtp-client|event.outcome=success|user.name=ana@example.org|auth.method=PLAIN|"
     "source.ip=192.0.2.1"},
    {"a failure",
     T "sendmail[9]: 06I02CNi016765: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): "
       "x: y, "
       "user=z, relay=[6.6.6.6], relay=[IPv6:2001:db8::1]",
     "event.action=login|event.outcome=failure|user.name=z, "
     "relay=[6.6.6.6]|source.ip=2001:db8::1|auth.method=LOGIN"},
    {"refused",
     T "sm-mta[9]: s1N706jo003992: ruleset=check_rcpt, arg1=<\"x>, relay=[6.6.6.6]\"@b>, "
       "relay=[192.0.2.1], "
       "reject=550 5.7.1 <\"x>, relay=[6.6.6.6]\"@b>... no",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1"},
    {"a ruleset whose client cannot be read",
     T "sm-mta[9]: s1N706jo003992: ruleset=check_rcpt, arg1=<x@b>, relay=h x[192.0.2.1], "
       "reject=550 no",
     "event.action=smtp-reject|event.outcome=failure|!source.ip"},
    {"a ruleset that was cut",
     T "sm-mta[9]: s1N706jo003992: ruleset=check_rcpt, arg1=<x@b>, relay=h x[1",
     "event.action=message|!event.outcome"},
    {"an address asked for",
     T "sm-mta[9]: s1MD2hsd004030: h [192.0.2.1]: VRFY root [6.6.6.6] [rejected]",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1"},
    {"nothing came",
     T "sm-mta[9]: s1MD2hsd004030: [192.0.2.1] did not issue MAIL/EXPN/VRFY/ETRN during connection "
       "to MTA",
     "event.action=login-none|source.ip=192.0.2.1|!event.outcome"},
    {"TLS",
     T "sm-mta[9]: STARTTLS=server, relay=h [192.0.2.1], version=TLSv1.3, verify=NO, cipher=x",
     "event.action=tls-start|event.outcome=success|tls.version=TLSv1.3|source.ip=192.0.2.1"},
    {"unknown", T "sm-mta[9]: 55HIbcGI002794: <a@b>... User unknown",
     "event.action=smtp-reject|email.to.address=a@b"},
    {"cut", T "sm-mta[9]: 52HD50x1012345: to=<c@d>, delay=0", "BROKEN|event.action=smtp-deliver"},
    {"starts", T "sm-mta[9]: starting daemon (8.17.1): SMTP+queueing@00:10:00",
     "event.action=daemon-start"},
};

static const struct expected opensmtpd[] = {
    {"comes", T "smtpd[9]: 0123456789abcdef smtp connected address=192.0.2.1 host=h.example",
     "event.module=opensmtpd|event.action=connect|session.id=0123456789abcdef|source.ip=192.0.2.1|"
     "source.domain=h.example"},
    {"a failure",
     T "smtpd[9]: 0123456789abcdef smtp authentication user=x result=ok result=permfail",
     "event.action=login|event.outcome=failure|user.name=x result=ok"},
    {"a failure of 6.0",
     T "smtpd[9]: 0123456789abcdef smtp event=authentication user=x address=6.6.6.6 "
       "address=192.0.2.1 host=h "
       "result=permfail",
     "event.outcome=failure|user.name=x address=6.6.6.6|source.ip=192.0.2.1"},
    {"refused",
     T "smtpd[9]: 0123456789abcdef smtp failed-command command=\"RCPT TO:<x>\" result=\"550 no\"",
     "event.action=smtp-reject|event.outcome=failure|event.reason=550 no"},
    {"its second line of a failure",
     T "smtpd[9]: 0123456789abcdef smtp failed-command command=\"AUTH LOGIN (password)\" "
       "result=\"535 no\"",
     "event.action=auth-check|event.outcome=failure"},
    {"a delivery",
     T
     "smtpd[9]: 0123456789abcdef mta delivery evpid=aabbccdd00112233 from=<a@b> to=<c@d> rcpt=<-> "
     "source=\"192.0.2.2\" relay=\"192.0.2.9 (mx)\" delay=1s result=\"Ok\" stat=\"250 ok\"",
     "event.action=smtp-deliver|event.outcome=success|email.local_id=aabbccdd|email.to.address=c@"
     "d"},
    {"into a mailbox",
     T "smtpd[9]: 0123456789abcdef mda delivery evpid=aabbccdd00112233 from=<a@b> to=<c@d> "
       "rcpt=<c@d> user=c delay=0s result=Ok stat=Delivered",
     "event.outcome=success|smtp.status=sent"},
    {"old words",
     T "smtpd[9]: smtp-in: New session 08d856b172f69c5c from host h.example [192.0.2.1]",
     "event.action=connect|session.id=08d856b172f69c5c|source.ip=192.0.2.1"},
    {"old failure",
     T "smtpd[9]: smtp-in: Authentication failed for user x on session 1 on session 2",
     "event.outcome=failure|user.name=x on session 1|session.id=2"},
};

static const struct expected qmail[] = {
    {"a message", T "qmail: 1157519909.633171 info msg 123: bytes 456 from <a@b> qp 9 uid 33",
     "event.module=qmail|event.action=smtp-queue|email.local_id=123|mail.size=456|user.id=33"},
    {"a delivery", T "qmail: 1157519909.633171 starting delivery 5: msg 123 to remote c@d",
     "event.action=smtp-deliver|email.to.address=c@d|email.local_id=123|!event.outcome"},
    {"multilog", "@4000000045051a2f1f1b6f04 end msg 123",
     "event.action=smtp-remove|email.local_id=123"},
    {"tcpserver", "@4000000045051a2f1f1b6f04 tcpserver: pid 7 from 192.0.2.1",
     "event.module=qmail|event.action=connect|source.ip=192.0.2.1"},
    {"listed", T "rblsmtpd: l.example blocked 192.0.2.1 n -",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"vpopmail", T "vpopmail[9]: vchkpw-smtp: (PLAIN) login success ana@example.org:192.0.2.1",
     "event.action=login|event.outcome=success|user.name=ana@example.org|source.ip=192.0.2.1|"
     "network.protocol=smtp"},
    {"vpopmail, a failure",
     T "vpopmail[9]: vchkpw-pop3: password fail (pass: 'a) b:6.6.6.6') x:6.6.6.6:192.0.2.1",
     "event.outcome=failure|source.ip=192.0.2.1|user.name=x:6.6.6.6|!event.reason"},
    {"vpopmail, nobody", T "vpopmail[9]: vchkpw-pop3: vpopmail user not found x@:192.0.2.1",
     "event.outcome=failure|user.name=x@|network.protocol=pop3"},
    {"chkuser",
     T "qmail-smtpd[9]: CHKUSER rejected rcpt: from <a@b::> remote <helo:unknown:192.0.2.1> rcpt "
       "<c@d> : no",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1"},
};

#define TEST_OF(name)                                                                              \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		expect_all(name, sizeof name / sizeof *name);                                      \
	}
TEST_OF(cyrus)
TEST_OF(courier)
TEST_OF(uw)
TEST_OF(popd)
TEST_OF(sendmail)
TEST_OF(opensmtpd)
TEST_OF(qmail)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cyrus),    cmocka_unit_test(test_courier),
	    cmocka_unit_test(test_uw),       cmocka_unit_test(test_popd),
	    cmocka_unit_test(test_sendmail), cmocka_unit_test(test_opensmtpd),
	    cmocka_unit_test(test_qmail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
