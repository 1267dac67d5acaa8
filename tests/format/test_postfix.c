/* test_postfix.c - every kind of line that Postfix writes, and lines that an attacker wrote parts
 * of. */
#include "expect.h"

#define AT(daemon) "Mar 17 13:05:00 mail postfix/" daemon "[4711]: "

static const struct expected lines[] = {
    {"cut off before its fate",
     "Mar 17 13:05:00 m postfix/smtp[1]: 4BqX2k1Zz9z1yWm: to=<c@d>, relay=m[192.0.2.9]:25, "
     "delay=1, status=se",
     "BROKEN|event.action=smtp-deliver|!event.outcome|!smtp.status|email.to.address=c@d"},
    {"hung up on by a table",
     "Mar 17 13:05:00 m postfix/smtpd[1]: NOQUEUE: hangup: RCPT from h.example[192.0.2.1]: 521 no; "
     "from=<a@b> to=<c@d> proto=ESMTP helo=<x> sasl_method=LOGIN sasl_username=ana",
     "event.action=smtp-reject|source.ip=192.0.2.1|user.name=ana|email.from.address=a@b|"
     "email.to.address=c@d"},
    {"TLS refused",
     "Mar 17 13:05:00 m postfix/smtps/smtpd[1]: warning: Wrapper-mode request dropped "
     "from h.example[192.0.2.1] for service smtps. TLS context initialization failed.",
     "event.action=warning|source.ip=192.0.2.1"},
    {"what the client said stands before the client",
     "Mar 17 13:05:00 m postfix/smtpd[1]: warning: bad ETRN x from h[198.51.100.9] ... from "
     "h.example[192.0.2.1]",
     "event.action=warning|source.ip=192.0.2.1"},
    {"and is believed nowhere else",
     "Mar 17 13:05:00 m postfix/smtpd[1]: warning: bad ETRN x from h[198.51.100.9] ...",
     "event.action=warning|!source.ip"},
    {"a filter in front of the queue",
     "Mar 17 13:05:00 m postfix/smtpd[1]: proxy-reject: END-OF-MESSAGE: 554 5.7.1 no mail from "
     "x[1]; "
     "from=<a@b> to=<c@d> proto=ESMTP helo=<x> sasl_method=PLAIN sasl_username=ana",
     "event.action=smtp-reject|email.from.address=a@b|email.to.address=c@d|user.name=ana|"
     "smtp.dsn=5.7.1|!source.ip"},
    {"connect", AT("smtpd") "connect from mail.example.net[192.0.2.7]",
     "event.module=postfix|event.action=connect|source.ip=192.0.2.7|"
     "source.domain=mail.example.net|network.protocol=smtp|@timestamp=2026-03-17T13:05:00.000Z|"
     "process.name=postfix/smtpd|process.pid=4711|host.name=mail|!event.outcome"},
    {"connect, port and IPv6", AT("submission/smtpd") "connect from unknown[2001:db8::1]:50123",
     "source.ip=2001:db8::1|source.port=50123|!source.domain|network.protocol=submission"},
    {"smtps", AT("smtps/smtpd") "connect from unknown[192.0.2.7]", "network.protocol=submission"},
    {"unknown address", AT("smtpd") "disconnect from unknown[unknown] commands=0/0",
     "event.action=disconnect|!source.ip|!event.outcome"},
    {"disconnect without a try",
     AT("smtpd") "disconnect from h[192.0.2.7] ehlo=1 quit=1 commands=2",
     "!event.outcome|!auth.attempts"},
    {"disconnect, tries failed",
     AT("smtpd") "disconnect from h[192.0.2.7] ehlo=1 auth=0/3 quit=1 commands=2/5",
     "event.outcome=failure|auth.attempts=3"},
    {"disconnect, signed in",
     AT("smtpd") "disconnect from h[192.0.2.7] ehlo=2 starttls=1 auth=1 quit=1 commands=5",
     "event.outcome=success|auth.attempts=1"},
    {"disconnect, auth last", AT("smtpd") "disconnect from h[192.0.2.7] ehlo=1 auth=0/1",
     "event.outcome=failure|auth.attempts=1"},
    {"sign-in",
     AT("submission/smtpd") "4Bq1zT3z9dzXyz: client=a.example[192.0.2.9], sasl_method=PLAIN, "
			    "sasl_username=c.martin@example.org",
     "event.action=smtp-client|event.outcome=success|user.name=c.martin@example.org|"
     "auth.method=PLAIN|email.local_id=4Bq1zT3z9dzXyz|source.ip=192.0.2.9"},
    {"sign-in with all fields",
     AT("smtpd") "0D9633D: client=a[192.0.2.9], sasl_method=LOGIN, sasl_username=bob, "
		 "sasl_sender=x+40y, orig_queue_id=ABCDEF, orig_client=b[198.51.100.1]",
     "user.name=bob|source.ip=192.0.2.9|event.outcome=success"},
    {"client without a sign-in", AT("smtpd") "0649F5262D: client=xxx[192.0.2.3]",
     "event.action=smtp-client|email.local_id=0649F5262D|!event.outcome|!user.name"},
    {"sign-in, rDNS that looks like a field",
     AT("smtpd") "0649F5262D: client=rip.192.0.2.1.example[192.0.2.3], sasl_method=PLAIN, "
		 "sasl_username=x[198.51.100.9]",
     "source.ip=192.0.2.3|user.name=x[198.51.100.9]"},
    {"client cut off", AT("smtpd") "0649F5262D: client=xxx[192.0", "BROKEN|!source.ip"},
    {"failed, old",
     AT("smtpd") "warning: unknown[192.0.2.1]:5572: SASL LOGIN authentication failed: "
		 "authentication failure",
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1|source.port=5572|"
     "auth.method=LOGIN|event.reason=authentication failure|!user.name"},
    {"failed, current",
     AT("smtps/smtpd") "warning: unknown[203.0.113.10]: SASL LOGIN authentication failed: (reason "
		       "unavailable), sasl_username=postmaster@example.org",
     "event.action=login|event.outcome=failure|user.name=postmaster@example.org|"
     "event.reason=(reason unavailable)"},
    {"failed, nobody",
     AT("smtpd") "warning: h[192.0.2.1]: SASL PLAIN authentication failed: x, "
		 "sasl_username=(unavailable)",
     "event.outcome=failure|!user.name"},
    {"failed, a name that imitates the line",
     AT("smtpd") "warning: h[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=a, "
		 "sasl_username=victim, from b[198.51.100.7]",
     "source.ip=192.0.2.1|user.name=a, sasl_username=victim, from b[198.51.100.7]"},
    {"failed, a mechanism that imitates the line",
     AT("smtpd") "warning: h[192.0.2.1]: SASL X[198.51.100.7]: authentication failed: Invalid "
		 "authentication mechanism",
     "source.ip=192.0.2.1|auth.method=X[198.51.100.7]:|event.action=login"},
    {"aborted", AT("smtpd") "warning: h[192.0.2.1]: SASL LOGIN authentication aborted",
     "event.action=login-none|source.ip=192.0.2.1|!event.outcome"},
    {"the library's own line",
     AT("smtpd") "warning: SASL authentication failure: Password verification failed",
     "event.action=auth-check|event.outcome=failure|!source.ip"},
    {"reject",
     AT("smtpd") "NOQUEUE: reject: RCPT from h.example[192.0.2.4]: 554 5.7.1 <x@example.org>: "
		 "Relay "
		 "access denied; from=<j@example.com> to=<x@example.org> proto=SMTP "
		 "helo=<198.51.100.17>",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.4|smtp.dsn=5.7.1|"
     "email.from.address=j@example.com|email.to.address=x@example.org|smtp.helo=198.51.100.17|"
     "event.reason=554 5.7.1 <x@example.org>: Relay access denied|!email.local_id"},
    {"reject, null sender",
     AT("smtpd") "NOQUEUE: reject: RCPT from h[192.0.2.4]: 550 5.1.1 <x@e.org>: no; from=<> "
		 "to=<x@e.org> proto=ESMTP helo=<h>",
     "email.from.address=|email.to.address=x@e.org"},
    {"reject, sender that imitates the line",
     AT("smtpd") "NOQUEUE: reject: RCPT from h[192.0.2.4]: 550 5.1.1 <x@e.org>: no; from=<\"a> "
		 "to=<v@e> "
		 "proto=SMTP helo=<f> from b[198.51.100.7]: \"@e> to=<x@e.org> proto=ESMTP "
		 "helo=<true>",
     "source.ip=192.0.2.4|smtp.helo=true|email.to.address=x@e.org"},
    {"reject of a user",
     AT("smtpd") "0649F5262D: reject: RCPT from h[192.0.2.4]: 550 5.1.1 <x@e.org>: no; from=<a@b> "
		 "to=<x@e.org> proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=bob",
     "user.name=bob|auth.method=PLAIN|email.local_id=0649F5262D"},
    {"reject at EHLO",
     AT("smtpd") "NOQUEUE: reject: EHLO from a[192.0.2.1]: 504 5.5.2 <User>: Helo command "
		 "rejected: need "
		 "fully-qualified hostname; proto=SMTP helo=<User>",
     "source.ip=192.0.2.1|smtp.helo=User|!email.from.address"},
    {"reject cut off",
     AT("postscreen") "NOQUEUE: reject: RCPT from [192.0.2.1]:47407: 550 5.7.1 Service "
		      "unavailable; f$",
     "event.outcome=failure|source.ip=192.0.2.1|source.port=47407"},
    {"milter-reject",
     AT("cleanup") "48rT2v1hQrz1J0N: milter-reject: END-OF-MESSAGE from h[192.0.2.8]: 5.7.1 Spam; "
		   "from=<a@b> to=<c@d> proto=ESMTP helo=<h>",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.8|smtp.dsn=5.7.1"},
    {"lost connection", AT("smtpd") "lost connection after DATA (0 bytes) from unknown[192.0.2.7]",
     "source.ip=192.0.2.7"},
    {"lost connection, current",
     AT("smtpd") "NOQUEUE: lost connection after AUTH from u[192.0.2.7]",
     "source.ip=192.0.2.7|!email.local_id"},
    {"pipelining",
     AT("smtpd") "improper command pipelining after AUTH from h[192.0.2.7]: from x[198.51.100.7]",
     "event.action=warning|source.ip=192.0.2.7"},
    {"not SMTP",
     AT("smtpd") "warning: non-SMTP command from h[192.0.2.7]: GET / from x[198.51.100.7]",
     "event.action=warning|source.ip=192.0.2.7"},
    {"rate",
     AT("smtpd") "warning: Connection rate limit exceeded: 31 from h[192.0.2.7] for service smtp",
     "source.ip=192.0.2.7"},
    {"name without an address",
     AT("smtpd") "warning: hostname bad.example does not resolve to address 192.0.2.44: Name or "
		 "service not known",
     "source.ip=192.0.2.44|source.domain=bad.example"},
    {"name, old words",
     AT("smtpd") "warning: 192.0.2.44: hostname bad.example verification failed: no",
     "source.ip=192.0.2.44"},
    {"TLS in",
     AT("smtpd") "Anonymous TLS connection established from h[192.0.2.7]: TLSv1.3 with cipher X "
		 "(256/256 bits)",
     "event.action=tls-start|source.ip=192.0.2.7|tls.version=TLSv1.3|tls.established=1"},
    {"TLS out",
     AT("smtp") "Untrusted TLS connection established to mx[192.0.2.7]:25: TLSv1.2 with cipher X",
     "destination.ip=192.0.2.7|destination.port=25|!source.ip"},
    {"TLS error", AT("smtpd") "SSL_accept error from h[192.0.2.7]: lost connection",
     "event.action=tls-start|event.outcome=failure|source.ip=192.0.2.7"},
    {"message-id", AT("cleanup") "0D9633D: message-id=<a.b@c>",
     "event.action=smtp-message|email.message_id=a.b@c|email.local_id=0D9633D"},
    {"message-id without brackets",
     AT("cleanup") "0D9633D: message-id==?UTF-8?B?PDE5?=", "email.message_id==?UTF-8?B?PDE5?="},
    {"subject",
     AT("cleanup") "2CE6C111AF50: info: header Subject: Budget from h[192.0.2.5]; from=<a@b> "
		   "to=<c@d> "
		   "proto=ESMTP helo=<h.example>",
     "event.action=smtp-header|email.subject=Budget|source.ip=192.0.2.5|email.from.address=a@b|"
     "email.to.address=c@d|smtp.helo=h.example"},
    {"subject of local mail",
     AT("cleanup") "2CE6C111AF50: warning: header Subject: Report from Monday from local; "
		   "from=<a@b> to=<c@d>",
     "email.subject=Report from Monday|!source.ip|email.from.address=a@b"},
    {"subject that imitates the line",
     AT("cleanup") "2CE6C111AF50: info: header Subject: x from f[198.51.100.7]; from=<e@e> "
		   "to=<c@d> proto=ESMTP "
		   "helo=<h> from h[192.0.2.5]; from=<a@b> to=<c@d> proto=ESMTP helo=<h>",
     "event.action=smtp-header|!source.ip|!email.from.address"},
    {"other header",
     AT("cleanup") "2CE6C111AF50: info: header Content-Type: text/plain from local; from=<a@b>",
     "!email.subject|event.reason=Content-Type: text/plain"},
    {"header reject",
     AT("cleanup") "2CE6C111AF50: reject: header Subject: spam from h[192.0.2.5]; from=<a@b> "
		   "to=<c@d> "
		   "proto=ESMTP helo=<h>: 5.7.1 no",
     "event.action=smtp-reject|event.outcome=failure|source.ip=192.0.2.5|smtp.helo=h"},
    {"queue", AT("qmgr") "AFDB128599: from=<j@example.com>, size=874, nrcpt=2 (queue active)",
     "event.action=smtp-queue|email.from.address=j@example.com|mail.size=874|smtp.recipients=2"},
    {"queue, null sender", AT("qmgr") "AFDB128599: from=<>, size=874, nrcpt=1 (queue active)",
     "email.from.address=|mail.size=874"},
    {"queue, sender that imitates the line",
     AT("qmgr") "AFDB128599: from=<\"a>, size=1, nrcpt=99 (queue active)\"@e>, size=874, nrcpt=1 "
		"(queue active)",
     "mail.size=874|smtp.recipients=1|email.from.address=\"a>, size=1, nrcpt=99 (queue "
     "active)\"@e"},
    {"queue cut off", AT("qmgr") "AFDB128599: from=<j@example.com>, si",
     "BROKEN|email.local_id=AFDB128599"},
    {"expired", AT("qmgr") "AFDB128599: from=<a@b>, status=expired, returned to sender",
     "smtp.status=expired|event.outcome=failure|email.from.address=a@b"},
    {"removed", AT("qmgr") "3l8L6X6lCPz7t2M: removed",
     "event.action=smtp-remove|email.local_id=3l8L6X6lCPz7t2M"},
    {"sent",
     AT("smtp") "40F6852443: to=<j@d.com>, orig_to=<e@m.org>, relay=mail.d.com[192.0.2.134]:25, "
		"delay=1.1, "
		"delays=0.07/0.03/0.56/0.46, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as "
		"B8CEB731480)",
     "event.action=smtp-deliver|event.outcome=success|email.to.address=j@d.com|"
     "email.original_to.address=e@m.org|destination.domain=mail.d.com|destination.ip=192.0.2.134|"
     "destination.port=25|smtp.dsn=2.0.0|smtp.status=sent|"
     "event.reason=250 2.0.0 Ok: queued as B8CEB731480|!source.ip"},
    {"sent through a socket",
     AT("lmtp") "05DAA10087: to=<t@e>, relay=some.example.com[private/dovecot-lmtp], delay=1.4, "
		"delays=0.9/0/0.01/0.48, dsn=2.0.0, status=sent (250 Saved)",
     "destination.domain=some.example.com|!destination.ip|smtp.status=sent"},
    {"bounced, words of the next hop imitate the line",
     AT("smtp") "ED36AD08054: to=<s@t>, relay=none, delay=1, delays=1/0/0/0, dsn=5.4.4, "
		"status=bounced (host "
		"x[192.0.2.1] said: , dsn=2.0.0, status=sent (ok))",
     "smtp.status=bounced|smtp.dsn=5.4.4|event.outcome=failure|!destination.domain"},
    {"deferred, a quoted recipient imitates the line",
     AT("smtp") "ED36AD08054: to=<\"a>, relay=x, status=sent (ok)\"@t>, relay=none, delay=1, "
		"delays=1/0/0/0, "
		"dsn=4.4.1, status=deferred (no)",
     "smtp.status=deferred|email.to.address=\"a>, relay=x, status=sent (ok)\"@t"},
    {"delivery with TLS policy",
     AT("smtp") "7EE668039: to=<u@e>, relay=m[192.0.2.4]:25, delay=3.6, "
		"delays=0.08/0.02/0.85/0.14, "
		"tls=dane/!requiretls:nocertmatch, dsn=2.1.5, status=sent (ok)",
     "smtp.dsn=2.1.5|smtp.status=sent"},
    {"delivery without a queue id",
     AT("local") "to=<l@s.alerts>, relay=local, delay=3.1, delays=1.8/0.86/0/0.44, dsn=2.0.0, "
		 "status=sent "
		 "(forwarded as 3mLQKK4rDdz7sVS)",
     "event.action=smtp-deliver|destination.domain=local|!email.local_id"},
    {"delivery cut off", AT("smtp") "7EE668039: to=<u@e>, relay=m[192.0.2.4]:25, delay=3",
     "BROKEN|email.to.address=u@e"},
    {"connect out", AT("smtp") "connect to m.example[192.0.2.4]:25: Connection timed out",
     "event.action=warning|destination.ip=192.0.2.4|destination.port=25|!source.ip"},
    {"pickup", AT("pickup") "E43D43F838: uid=117 from=<no-reply@e.org>",
     "event.action=smtp-pickup|user.id=117|email.from.address=no-reply@e.org|email.local_id="
     "E43D43F838"},
    {"postscreen connect", AT("postscreen") "CONNECT from [192.0.2.7]:3608 to [198.51.100.1]:25",
     "event.action=connect|source.ip=192.0.2.7|source.port=3608|destination.ip=198.51.100.1|"
     "destination.port=25"},
    {"postscreen pass", AT("postscreen") "PASS NEW [2001:db8::23a]:36051",
     "source.ip=2001:db8::23a|source.port=36051"},
    {"postscreen greet",
     AT("postscreen") "PREGREET 14 after 0.22 from [192.0.2.7]:3608: EHLO [198.51.100.7]:1\\r\\n",
     "event.action=warning|source.ip=192.0.2.7"},
    {"postscreen rank", AT("postscreen") "DNSBL rank 3 for [192.0.2.7]:1038",
     "source.ip=192.0.2.7"},
    {"postscreen reject",
     AT("postscreen") "NOQUEUE: reject: RCPT from [192.0.2.7]:4984: 550 5.7.1 Service unavailable; "
		      "client "
		      "[192.0.2.7] blocked using z; from=<h@q.com>, to=<4@e.com>, proto=ESMTP, "
		      "helo=<q.com>",
     "event.action=smtp-reject|source.ip=192.0.2.7|email.from.address=h@q.com|email.to.address=4@e."
     "com|"
     "smtp.helo=q.com"},
    {"tlsproxy", AT("tlsproxy") "DISCONNECT [192.0.2.7]:51637",
     "event.action=disconnect|source.ip=192.0.2.7"},
    {"dnsblog", AT("dnsblog") "addr 192.0.2.7 listed by domain p.example as 127.0.0.2",
     "source.ip=192.0.2.7"},
    {"anvil",
     AT("anvil") "statistics: max connection rate 1/60s for (smtpd:192.0.2.7) at Oct 26 18:13:50",
     "source.ip=192.0.2.7"},
    {"anvil, service with a colon",
     AT("anvil") "statistics: max connection count 1 for (127.0.0.1:2525:192.0.2.7) at Oct 26 "
		 "19:46:00",
     "source.ip=192.0.2.7"},
    {"anvil, IPv6",
     AT("anvil") "statistics: max connection count 1 for (smtp:2001:db8::7) at Oct 26 19:46:00",
     "source.ip=2001:db8::7"},
    {"start", AT("master") "daemon started -- version 3.7.11, configuration /etc/postfix",
     "event.action=daemon-start"},
    {"stop", AT("master") "terminating on signal 15", "event.action=daemon-stop"},
    {"warning",
     AT("qmgr") "warning: mail for [127.0.0.1] is using up 4001 of 5000 active queue entries",
     "event.action=warning|event.reason=mail for [127.0.0.1] is using up 4001 of 5000 active queue "
     "entries"},
    {"another instance", "Mar 17 13:05:00 mail postfix-in/smtpd[1]: connect from a[192.0.2.7]",
     "event.module=postfix|source.ip=192.0.2.7|network.protocol=smtp"},
    {"certificate", AT("smtpd") "h.example[192.0.2.7]: Untrusted: subject_CN=x, issuer=y",
     "source.ip=192.0.2.7"},
    {"verbose", AT("smtpd") "< unknown[192.0.2.7]: EHLO [198.51.100.7]: x", "source.ip=192.0.2.7"},
    {"no client", AT("smtpd") "table hash:/etc/aliases(0,lock|fold_fix) has changed -- restarting",
     "!source.ip"},
    {"name of a certificate",
     AT("smtpd") "TLS SNI mail.example from h[192.0.2.7] not matched, using default chain",
     "source.ip=192.0.2.7"},
    {"a header where a command belongs",
     AT("smtpd") "warning: h[192.0.2.7] sent message header instead of SMTP command: From: "
		 "x[198.51.100.7]",
     "source.ip=192.0.2.7"},
    {"a long request", AT("smtpd") "warning: h[192.0.2.7]: request longer than 2048: EHLO...",
     "source.ip=192.0.2.7|event.action=warning"},
    {"an action of a milter",
     AT("cleanup") "4104E3D: milter-header-redirect: header X-Spam: Yes from h[192.0.2.7]; "
		   "from=<a@b> to=<c@d> proto=ESMTP "
		   "helo=<h>: t@e",
     "source.ip=192.0.2.7|event.action=message|smtp.helo=h"},
    {"nothing at all", AT("smtpd"), "event.module=postfix|event.action=message"},
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
