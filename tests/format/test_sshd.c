/* OpenSSH and PAM. */
#include "expect.h"

#define T "2026-03-17T13:05:00.123456+01:00 mail sshd[77]: "

static const struct expected lines[] = {
    {"refused without a client",
     "May 27 00:16:33 h sshd[2]: User root not allowed because account is locked",
     "event.action=auth-check|event.outcome=failure|user.name=root|!source.ip"},
    {"what PAM counts behind",
     "May 27 00:16:33 h sshd[2]: PAM 2 more authentication failures; logname= uid=0 euid=0 "
     "tty=ssh ruser= rhost=192.0.2.7 user=root",
     "event.outcome=failure|auth.attempts=2|source.ip=192.0.2.7|user.name=root"},
    {"a session that ends",
     "May 27 00:16:33 h sshd[2]: Close session: user ana from 192.0.2.7 port 34928 id 0",
     "event.action=message|user.name=ana|source.ip=192.0.2.7"},
    {"password", T "Accepted password for ana from 192.0.2.1 port 4022 ssh2",
     "event.module=sshd|event.action=login|event.outcome=success|user.name=ana|source.ip=192.0.2.1|"
     "source.port=4022|auth.method=password|network.protocol=ssh|process.pid=77"},
    {"key", T "Accepted publickey for ana from 2001:db8::1 port 4022 ssh2: ED25519 SHA256:abc",
     "event.outcome=success|user.name=ana|source.ip=2001:db8::1|auth.method=publickey"},
    {"failure", T "Failed password for root from 192.0.2.1 port 4022 ssh2",
     "event.action=login|event.outcome=failure|user.name=root"},
    {"nobody's", T "Failed password for invalid user x y from 192.0.2.1 port 4022 ssh2",
     "event.outcome=failure|user.name=x y|source.ip=192.0.2.1"},
    {"the name forges an address",
     T "Failed password for invalid user x from 6.6.6.6 port 1 ssh2 from 192.0.2.1 port 4022 ssh2",
     "user.name=x from 6.6.6.6 port 1 ssh2|source.ip=192.0.2.1|source.port=4022"},
    {"of old, no port, and a name that has one",
     T "Failed password for invalid user x from 6.6.6.6 port 22 ssh2 from 192.0.2.1",
     "event.outcome=failure|source.ip=192.0.2.1"},
    {"the client's word behind the address",
     T "Failed password for ana from 192.0.2.1 port 4022 ssh1: ruser x from 6.6.6.6",
     "user.name=ana|source.ip=192.0.2.1"},
    {"no version",
     T "Bad protocol version identification 'x' from 6.6.6.6 port 1' from 192.0.2.1 "
       "port 4022",
     "event.action=login-none|source.ip=192.0.2.1|source.port=4022"},
    {"no cipher",
     T "fatal: Unable to negotiate with 192.0.2.1 port 4022: no matching cipher found.",
     "event.action=login-none|source.ip=192.0.2.1"},
    {"too slow",
     T "Timeout before authentication for connection from 192.0.2.1 to 192.0.2.9, pid = 7",
     "event.action=login-none|source.ip=192.0.2.1"},
    {"PAM's own words", T "error: PAM: authentication error for illegal user ana from 192.0.2.1",
     "event.action=auth-check|event.outcome=failure|user.name=ana|source.ip=192.0.2.1"},
    {"PAM, a name that forges where the client is one too",
     T "error: PAM: Authentication failure for illegal user x from 6.6.6.6 from h.example",
     "user.name=x from 6.6.6.6|source.domain=h.example|!source.ip"},
    {"PAM, macOS", T "error: PAM: authentication failure for ana from 192.0.2.1 via 192.0.2.9",
     "user.name=ana|source.ip=192.0.2.1"},
    {"a client by name", T "Invalid user ana from 6.6.6.6 from h.example port 4022",
     "user.name=ana from 6.6.6.6|source.domain=h.example|!source.ip"},
    {"gone, an illegal user", T "Disconnected from illegal user ana 192.0.2.1 port 4022 [preauth]",
     "event.action=disconnect|user.name=ana|source.ip=192.0.2.1"},
    {"PAM, a client by name",
     T "error: PAM: Authentication failure for illegal user ana from h.example",
     "event.outcome=failure|user.name=ana|source.domain=h.example|!source.ip"},
    {"PAM, of no sign-in", T "error: PAM: pam_open_session(): Module is unknown",
     "event.action=message|!source.ip"},
    {"refused at the door",
     T "drop connection #10 from [192.0.2.1]:4022 on [192.0.2.9]:22 past MaxStartups",
     "event.action=connect|event.outcome=failure|source.ip=192.0.2.1"},
    {"metalog has no host", "Mar 17 13:05:00 [sshd] User root from 192.0.2.1 not allowed because x",
     "event.module=sshd|user.name=root|source.ip=192.0.2.1|!host.name"},
    {"the journal's words alone",
     "mail sshd[77]: Accepted password for ana from 192.0.2.1 port 4022 ssh2",
     "event.module=sshd|event.outcome=success|user.name=ana|host.name=mail|process.pid=77|!@"
     "timestamp"},
    {"no host either", "sm-msp-queue[7]: k5T: to=root, stat=Deferred", "event.module=sendmail"},
    {"no port before 3.9", T "Failed password for root from 192.0.2.1", "source.ip=192.0.2.1"},
    {"invalid user", T "Invalid user admin from 192.0.2.1 port 4022",
     "event.action=auth-check|event.outcome=failure|user.name=admin"},
    {"empty name", T "Invalid user  from 192.0.2.1 port 4022", "source.ip=192.0.2.1|!user.name"},
    {"too many",
     T "error: maximum authentication attempts exceeded for invalid user a from "
       "192.0.2.1 port 4 ssh2 [preauth]",
     "event.outcome=failure|user.name=a|source.ip=192.0.2.1"},
    {"not allowed", T "User root from 192.0.2.1 not allowed because not listed in AllowUsers",
     "event.outcome=failure|user.name=root|source.ip=192.0.2.1"},
    {"closed", T "Connection closed by authenticating user root 192.0.2.1 port 4022 [preauth]",
     "event.action=disconnect|user.name=root|source.ip=192.0.2.1|!event.outcome"},
    {"closed, forged",
     T "Connection closed by invalid user a 6.6.6.6 port 1 192.0.2.1 port 2 [preauth]",
     "user.name=a 6.6.6.6 port 1|source.ip=192.0.2.1|source.port=2"},
    {"left", T "Disconnected from user ana 192.0.2.1 port 4022",
     "event.action=session-end|user.name=ana"},
    {"bye", T "Received disconnect from 192.0.2.1 port 4022:11: Bye Bye [preauth]",
     "event.action=disconnect|source.ip=192.0.2.1"},
    {"scan", T "Did not receive identification string from 192.0.2.1 port 4022",
     "event.action=login-none|source.ip=192.0.2.1"},
    {"starts", T "Server listening on 0.0.0.0 port 22.", "event.action=daemon-start|!source.ip"},
    {"cut", T "Failed password for root from", "BROKEN|event.action=message|!event.outcome"},
    {"other words", T "fatal: something", "event.action=message"},
    {"of OpenSSH 9.8",
     "2026-03-17T13:05:00Z mail sshd-session[1]: Accepted password for a from "
     "192.0.2.1 port 1 ssh2",
     "event.module=sshd|event.outcome=success"},
    {"PAM failure",
     T "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
       "rhost=192.0.2.1  user=root",
     "event.module=pam|event.action=auth-check|event.outcome=failure|user.name=root|"
     "source.ip=192.0.2.1"},
    {"PAM, an unknown name",
     T "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 "
       "tty=ssh ruser= rhost=host.example",
     "event.outcome=failure|!user.name|source.domain=host.example|!source.ip"},
    {"PAM, forged host",
     "Jul 19 18:11:50 srv2 daemon: pam_unix(auth): authentication failure; logname= uid=0 euid=0 "
     "tty=xxx ruser=test rhost=6.6.6.6 rhost=192.0.2.1",
     "source.ip=192.0.2.1|user.name=test rhost=6.6.6.6"},
    {"PAM of old",
     "May 12 09:47:54 vaio sshd[16004]: (pam_unix) authentication failure; logname= "
     "uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
     "event.module=pam|user.name=root"},
    {"PAM in the tag",
     "May 12 09:47:54 vaio su(pam_unix)[16004]: session opened for user root by "
     "ana(uid=500)",
     "event.module=pam|event.action=session-start|user.name=root"},
    {"PAM session", T "pam_unix(sshd:session): session opened for user ana(uid=1000) by (uid=0)",
     "event.action=session-start|user.name=ana"},
    {"PAM for Dovecot",
     "Mar 17 13:05:00 mail dovecot-auth: pam_unix(dovecot:auth): authentication failure; logname= "
     "uid=0 euid=0 tty=dovecot ruser=web rhost=192.0.2.1",
     "event.outcome=failure|user.name=web|source.ip=192.0.2.1"},
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
