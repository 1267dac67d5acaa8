/* Exim: main and reject log, its own file and syslog. */
#include "expect.h"

#define T      "2026-03-17 13:05:00 "
#define ID     "1rK4zE-0000Ab-Cd "
#define NEW_ID "1rK4zE-00000000Ab9-Cd42 "

static const struct expected lines[] = {
    {"a failed sign-in",
     T
     "dovecot_login authenticator failed for h.example (pc) [192.0.2.1]:4022 I=[198.51.100.2]:587: "
     "535 Incorrect authentication data (set_id=ana@example.org)",
     "@timestamp=2026-03-17T13:05:00.000Z|event.module=exim|event.action=login|"
     "event.outcome=failure|user.name=ana@example.org|source.ip=192.0.2.1|source.port=4022|"
     "source.domain=h.example|smtp.helo=pc|destination.port=587|network.protocol=submission|"
     "auth.method=dovecot_login|event.reason=535 Incorrect authentication data"},
    {"the name forges its own end",
     T "login authenticator failed for (pc) [192.0.2.1]: 535 Incorrect authentication data "
       "(set_id=x) [6.6.6.6]: 535 (set_id=y)",
     "source.ip=192.0.2.1|user.name=x) [6.6.6.6]: 535 (set_id=y"},
    {"HELO as an address",
     T "plain authenticator failed for ([6.6.6.6]) [192.0.2.1]: 535 Incorrect authentication data",
     "source.ip=192.0.2.1|!user.name|smtp.helo=[6.6.6.6]"},
    {"a junk HELO",
     T "plain authenticator failed for (a) [x) [192.0.2.1]: 535 Incorrect authentication data",
     "source.ip=192.0.2.1"},
    {"deferred",
     T "login authenticator failed for [2001:db8::1]: 435 Unable to authenticate at present "
       "(set_id=ana): no connection",
     "user.name=ana|source.ip=2001:db8::1|event.outcome=failure"},
    {"cancelled, an ident",
     T "login authenticator failed for H=(t) [192.0.2.1] U=root: 501 Cancelled",
     "source.ip=192.0.2.1|event.outcome=failure|!user.name"},
    {"our own client fails", T ID "plain authenticator failed H=mx.example [192.0.2.9] 535 no",
     "event.action=message|!source.ip"},
    {"arrival with a sign-in",
     T NEW_ID "<= ana@example.org H=h.example (pc) [192.0.2.1]:4022 I=[198.51.100.2]:465 P=esmtpsa "
	      "X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no SNI=\"mail.example.org\" "
	      "A=dovecot_login:ana@example.org S=4321 id=m@x T=\"Hello \\\"you\\\" A=l:eve\" "
	      "from <ana@example.org> for b@x c@y",
     "event.action=smtp-client|event.outcome=success|user.name=ana@example.org|"
     "email.local_id=1rK4zE-00000000Ab9-Cd42|source.ip=192.0.2.1|mail.size=4321|"
     "email.message_id=m@x|smtp.recipients=2|tls.version=TLS1.3|email.from.address=ana@example."
     "org"},
    {"arrival without", T ID "<= a@b.c H=(x) [192.0.2.1] P=esmtp S=12 id=m@x",
     "event.action=smtp-client|!event.outcome|!user.name|source.ip=192.0.2.1|mail.size=12"},
    {"id and subject forge a sign-in",
     T ID "<= a@b.c H=(x) [192.0.2.1] P=esmtp S=12 id=a P=esmtpa A=login:ceo S=1 T=\"A=login:ceo\"",
     "!user.name|!event.outcome|mail.size=12"},
    {"a quoted sender forges a host",
     T ID "<= \"a H=x [6.6.6.6] P=esmtpa A=login:ceo S=1\"@b.c H=(x) [192.0.2.1] P=esmtp S=12",
     "!user.name|source.ip=192.0.2.1|mail.size=12"},
    {"an ident forges a sign-in",
     T ID "<= a@b.c H=(x) [192.0.2.1] U=q P=esmtpa A=login:ceo S=1 P=esmtp S=12",
     "!user.name|!event.outcome|source.ip=192.0.2.1"},
    {"smtp_mailauth", T ID "<= a@b.c H=(x) [192.0.2.1] P=esmtpa L A=login:ana:a@b.c K S=12 M8S=0",
     "user.name=ana|event.outcome=success|auth.method=login"},
    {"a local message", T ID "<= www-data@h U=www-data P=local S=400 T=\"hi\" for a@b.c",
     "event.action=smtp-queue|user.id=www-data|!user.name|!source.ip|email.to.address=a@b.c|"
     "smtp.recipients=1"},
    {"a bounce", T ID "<= <> R=1rK4zE-0000Ab-Ce U=exim P=local S=400",
     "event.action=smtp-queue|email.from.address="},
    {"delivered",
     T ID "=> b@example.com R=dnslookup T=remote_smtp S=99 H=mx.example.com [192.0.2.9]:25 "
	  "X=TLS1.2:A:256 CV=yes DN=\"CN=mx\" K C=\"250 2.0.0 Ok \\\"q\\\" H=x [6.6.6.6]\" QT=1s",
     "event.action=smtp-deliver|event.outcome=success|email.to.address=b@example.com|"
     "destination.ip=192.0.2.9|smtp.status=sent|event.reason=250 2.0.0 Ok \\\"q\\\" H=x [6.6.6.6]"},
    {"into a mailbox", T ID "=> ana <ana@example.org> F=<x@y> R=local T=maildir",
     "email.to.address=ana|email.original_to.address=ana@example.org|email.from.address=x@y"},
    {"one more recipient",
     T ID "-> c@example.com R=r T=t H=mx.example.com [192.0.2.9]* C=\"250 OK\"",
     "event.outcome=success|destination.ip=192.0.2.9|event.reason=250 OK"},
    {"to a pipe", T ID "=> |/bin/sh -c x <ana@example.org> R=r T=p",
     "email.original_to.address=ana@example.org"},
    {"bounced",
     T ID
     "** b@example.com R=r T=t H=mx.example.com [192.0.2.9]: SMTP error from remote mail server",
     "event.outcome=failure|smtp.status=bounced|destination.ip=192.0.2.9|"
     "event.reason=SMTP error from remote mail server"},
    {"bounced at once", T ID "** b@example.com: retry timeout exceeded",
     "email.to.address=b@example.com|event.reason=retry timeout exceeded"},
    {"deferred", T ID "== b@example.com R=r T=t defer (-44) H=mx [192.0.2.9]: 451 later",
     "event.outcome=failure|smtp.status=deferred|email.to.address=b@example.com"},
    {"done", T ID "Completed QT=2s", "event.action=smtp-remove|email.local_id=1rK4zE-0000Ab-Cd"},
    {"RCPT refused",
     T "H=h.example (pc) [192.0.2.1]:5 X=TLS1.3:A:256 CV=no A=login:ana F=<a@b.c> rejected RCPT "
       "<d@e.f>: relay not permitted",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1|user.name=ana|"
     "email.from.address=a@b.c|email.to.address=d@e.f|event.reason=relay not permitted"},
    {"a sender forges a host",
     T "H=(pc) [192.0.2.1] F=<\"x> H=(y) [6.6.6.6] F=<a\"@b.c> rejected RCPT <d@e.f>: no",
     "source.ip=192.0.2.1|event.outcome=failure|email.to.address=d@e.f"},
    {"a new item", T "H=(pc) [192.0.2.1] F=<a@b.c> SPF=fail rejected RCPT <d@e.f>: no",
     "event.outcome=failure|source.ip=192.0.2.1|email.to.address=d@e.f"},
    {"refused later", T "H=[192.0.2.1] temporarily rejected connection in \"connect\" ACL: slow",
     "event.action=smtp-reject|source.ip=192.0.2.1"},
    {"data refused", T ID "H=(x) [192.0.2.1] F=<> rejected after DATA: spam",
     "event.action=smtp-reject|source.ip=192.0.2.1|event.reason=spam"},
    {"a next hop with an id", T ID "H=mx.example [192.0.2.9]: SMTP error from remote mail server",
     "event.action=message|!source.ip|destination.ip=192.0.2.9"},
    {"by local_scan", T ID "F=a@b.c H=(x) [192.0.2.1]:2 P=esmtp rejected by local_scan(): spam",
     "event.outcome=failure|source.ip=192.0.2.1|email.from.address=a@b.c"},
    {"a bad HELO forges",
     T "rejected EHLO from [192.0.2.1]: syntactically invalid argument(s): x) [6.6.6.6]",
     "event.action=smtp-reject|source.ip=192.0.2.1"},
    {"a command forges a host",
     T
     "SMTP protocol error in \"AUTH LOGIN\" H=(t) [6.6.6.6]\" H=(x) [192.0.2.1] AUTH command used "
     "when not advertised",
     "source.ip=192.0.2.1|event.outcome=failure"},
    {"too soon",
     T "SMTP protocol synchronization error (next input sent too soon: pipelining was not "
       "advertised): rejected \"RSET\" H=(x) [192.0.2.1] next input=\"Q\" H=(y) [6.6.6.6]\"",
     "source.ip=192.0.2.1|event.action=smtp-reject|event.outcome=failure"},
    {"before the greeting",
     T "SMTP protocol synchronization error (input sent without waiting for greeting): rejected "
       "connection from H=[192.0.2.1]:9 input=\"GET / H=[6.6.6.6]\"",
     "source.ip=192.0.2.1|source.port=9"},
    {"connects", T "SMTP connection from [192.0.2.1]:9 (TCP/IP connection count = 1)",
     "event.action=connect|source.ip=192.0.2.1|!event.outcome"},
    {"leaves", T "SMTP connection from h.example [192.0.2.1] closed by QUIT",
     "event.action=disconnect|source.ip=192.0.2.1|!event.outcome"},
    {"leaves, its connection numbered",
     T
     "SMTP connection Ci=77 from h.example (x) [192.0.2.1]:9 I=[192.0.2.2]:25 D=1s closed by QUIT",
     "event.action=disconnect|source.ip=192.0.2.1"},
    {"asks for its queue", T "ETRN #a received from [203.0.113.9] received from (x) [192.0.2.1]",
     "source.ip=192.0.2.1"},
    {"is dropped", T ID "SMTP connection from (x) [192.0.2.1] closed by DROP in ACL",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.1"},
    {"no mail", T "no MAIL in TLS SMTP connection from (x) [192.0.2.1]:9 D=3s C=EHLO,AUTH,QUIT",
     "event.action=disconnect|event.outcome=failure|source.ip=192.0.2.1"},
    {"no name", T "no host name found for IP address 192.0.2.1",
     "event.action=warning|source.ip=192.0.2.1|!event.outcome"},
    {"no address", T "no IP address found for host x.y (during SMTP connection from [192.0.2.1]:9)",
     "source.ip=192.0.2.1"},
    {"TLS fails", T "TLS error on connection from (x) [192.0.2.1]:9 (SSL_accept): error",
     "event.action=tls-start|event.outcome=failure|source.ip=192.0.2.1"},
    {"timeout", T "SMTP command timeout on TLS connection from [192.0.2.1] D=5m",
     "event.action=disconnect|source.ip=192.0.2.1"},
    {"sa-exim",
     T ID "SA: Action: silently tossed message: score=31.0 (scanned in 6/6 secs | Message-Id: "
	  "(host=x [6.6.6.6])). From <(host=x@y> (host=h.example [192.0.2.1]) for a@b.c",
     "source.ip=192.0.2.1|event.outcome=failure"},
    {"starts", T "exim 4.97 daemon started: pid=9, no queue runs, listening for SMTP on port 25",
     "event.action=daemon-start"},
    {"milliseconds, zone, pid",
     "2026-03-17 13:05:00.123 +0100 [77] H=[192.0.2.1] rejected MAIL <a@b.c>: no",
     "@timestamp=2026-03-17T12:05:00.123Z|process.pid=77|source.ip=192.0.2.1"},
    {"syslog",
     "Mar 17 13:05:00 mail exim[9]: " T "[9] " ID "<= a@b.c H=(x) [192.0.2.1] P=esmtp S=1",
     "process.name=exim|host.name=mail|event.action=smtp-client|source.ip=192.0.2.1|"
     "email.local_id=1rK4zE-0000Ab-Cd"},
    {"syslog, the rest of a long line", "Mar 17 13:05:00 mail exim[9]: [2\\2] H=[6.6.6.6] rejected",
     "event.action=message|!source.ip"},
    {"without the journal's clock",
     "mail.example exim[3]: " T "l authenticator failed for ([6.6.6.6]) [192.0.2.1]: 535 x",
     "@timestamp=2026-03-17T13:05:00.000Z|host.name=mail.example|source.ip=192.0.2.1|process.pid="
     "3"},
};

static void all_lines(void **state)
{
	expect_all(lines, sizeof lines / sizeof *lines);
}

/* In a file that is Exim's all is Exim's; before Exim wrote in it, nothing is. */
static void own_file(void **state)
{
	static const slice record = SLICE_INIT(T "words of a site's own ACL");
	struct event *e = calloc(1, sizeof *e);
	struct format_state *st = calloc(1, sizeof *st);
	struct arena scratch = {0};
	format_start(st, NULL, 2026);
	assert_int_equal(format_decode(st, record, e, &scratch), DECODED_UNKNOWN);
	format_decode(st, SLICE(T ID "Completed"), e, &scratch);
	assert_int_equal(format_decode(st, record, e, &scratch), DECODED_EVENT);
	assert_true(slice_eq(event_get(e, F_MODULE), SLICE("exim")) && event_has(e, F_TIME));
	assert_int_equal(format_decode(st, SLICE("P Received: from x"), e, &scratch),
			 DECODED_EVENT);
	assert_int_equal(format_decode(st, SLICE("Envelope-to: <a@b.c>"), e, &scratch),
			 DECODED_EVENT);
	assert_int_equal(format_decode(st, SLICE("17 March"), e, &scratch), DECODED_UNKNOWN);
	arena_free(&scratch);
	free(st);
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_lines), cmocka_unit_test(own_file)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
