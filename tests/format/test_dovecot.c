/* Dovecot's lines, 2.3 and 2.4 and older ones, and lines that imitate its fields. */
#include "expect.h"

#define T    "2026-03-17T13:05:00.123456+01:00 mail dovecot: "
#define T2   "2026-03-17T13:06:00.123456+01:00 mail dovecot: "
#define TAIL ", method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=18, TLS, session=<abc>"

static const struct expected logins[] = {
    {"refused before a word", T "imap-login: access(tcpwrap): Client refused (rip=192.0.2.1)",
     "event.action=login-none|source.ip=192.0.2.1|!user.name|!event.outcome"},
    {"HAProxy's header never came",
     T "imap-login: haproxy: Client disconnected: Failed to read full header (rip=2001:db8::1)",
     "event.action=login-none|source.ip=2001:db8::1"},
    {"an end at a proxy with bytes that wait",
     T "imap-login: proxy(ana,198.51.100.7:143): Disconnected by server: reset (3s idle, in=10, "
       "out=20+44, client output blocked): user=<ana>" TAIL,
     "event.action=session-end|source.bytes=10|destination.bytes=20|user.name=ana"},
    {"2.3 sign-in", T "imap-login: Login: user=<ana@x.org>" TAIL,
     "@timestamp=2026-03-17T12:05:00.123Z|event.module=dovecot|event.action=login|"
     "event.outcome=success|user.name=ana@x.org|source.ip=192.0.2.1|destination.ip=192.0.2.2|"
     "session.id=abc|tls.established=1|auth.method=PLAIN|network.protocol=imap|host.name=mail|"
     "process.name=dovecot|!event.reason"},
    {"2.4 sign-in", T "pop3-login: Logged in: user=<ana>" TAIL,
     "event.action=login|event.outcome=success|user.name=ana|network.protocol=pop3"},
    {"by IPv6, secured, not TLS",
     T "imap-login: Login: user=<a>, method=PLAIN, rip=2001:db8::1, lip=::1, mpid=1, secured, "
       "session=<s>",
     "source.ip=2001:db8::1|destination.ip=::1|!tls.established"},
    {"2.3 failure",
     T "imap-login: Disconnected: Connection closed (auth failed, 3 attempts in 16 secs): "
       "user=<ana>" TAIL,
     "event.action=login|event.outcome=failure|user.name=ana|auth.attempts=3|"
     "event.duration=16000000000|"
     "event.reason=Disconnected: Connection closed (auth failed, 3 attempts in 16 secs)"},
    {"2.4 failure",
     T "imap-login: Login aborted: Connection closed (auth failed, 3 attempts in 16 secs) "
       "(auth_failed): user=<test>, method=PLAIN, rip=192.0.2.241, lip=203.0.113.104, TLS",
     "event.action=login|event.outcome=failure|user.name=test|auth.attempts=3"},
    {"2.0 failure without seconds",
     T "imap-login: Disconnected (auth failed, 1 attempts): user=<a>, rip=192.0.2.1, lip=1.1.1.1",
     "event.action=login|event.outcome=failure|auth.attempts=1|user.name=a|!auth.method|"
     "!event.duration"},
    {"1.x failure, its own log file, mapped address",
     "May 31 09:43:57 Info: pop3-login: Aborted login (1 authentication attempts): user=<u>, "
     "method=PLAIN, rip=::ffff:192.0.2.1, lip=::ffff:1.2.3.5, secured",
     "@timestamp=2026-05-31T09:43:57.000Z|event.action=login|event.outcome=failure|"
     "auth.attempts=1|source.ip=192.0.2.1|user.name=u"},
    {"elements with a PID before the method",
     T "imap-login: Login: user=<tri>, PID=12150, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2",
     "user.name=tri|auth.method=PLAIN|event.outcome=success"},
    {"elements reordered", T "imap-login: Login: rip=192.0.2.1, lip=192.0.2.2, user=<ana>",
     "source.ip=192.0.2.1|user.name=ana|event.outcome=success"},
    {"the session before the name",
     T
     "imap-login: Login: session=<q>, user=<ana>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, TLS",
     "session.id=q|source.ip=192.0.2.1|user.name=ana|event.action=login|event.outcome=success"},
    {"all before the name",
     T "imap-login: Disconnected (auth failed, 2 attempts in 9 secs): session=<q>, rip=192.0.2.1, "
       "lip=192.0.2.2, user=<ana>",
     "session.id=q|source.ip=192.0.2.1|user.name=ana|event.outcome=failure|auth.attempts=2"},
    {"no name at all",
     T "pop3-login: Aborted login (tried to use disallowed plaintext auth): rip=192.0.2.1, "
       "lip=192.0.2.2, session=<q>",
     "event.action=login-none|source.ip=192.0.2.1|session.id=q|!user.name|!event.outcome"},
    {"an empty name",
     T "imap-login: Disconnected (no auth attempts in 22 secs): user=<>, "
       "rip=192.0.2.1, lip=192.0.2.2",
     "event.action=login-none|source.ip=192.0.2.1|!user.name|!event.outcome|!auth.attempts"},
    {"2.4: TLS never came",
     T "imap-login: Login aborted: Connection closed (disconnected during TLS handshake) "
       "(tls_handshake_not_finished): user=<>, rip=192.0.2.1, lip=192.0.2.2, TLS handshaking: "
       "SSL_accept() failed",
     "event.action=login-none|!event.outcome|!tls.established"},
    {"SASL not finished",
     T "imap-login: Disconnected (client didn't finish SASL auth, waited 2 secs): user=<>, "
       "method=PLAIN, rip=192.0.2.6, lip=192.0.2.2, TLS: SSL_read() syscall failed: Connection "
       "reset by peer, TLSv1.2 with cipher DHE-RSA-AES256-GCM-SHA384 (256/256 bits)",
     "event.action=login-none|!event.outcome|source.ip=192.0.2.6|tls.version=TLSv1.2"},
    {"user disabled",
     T "imap-login: Login aborted: Logged out (user disabled, 1 attempts in 2 secs) "
       "(user_disabled): user=<a>" TAIL,
     "event.action=login|event.outcome=failure|auth.attempts=1"},
    {"connection limit",
     T "imap-login: Maximum number of connections from user+IP exceeded "
       "(mail_max_userip_connections=10): user=<a>" TAIL,
     "event.action=message|user.name=a|source.ip=192.0.2.1|!event.outcome"},
    {"managesieve, own log file, priority behind the service",
     "Aug 30 00:11:05 managesieve-login: Info: Login: user=<a>" TAIL,
     "network.protocol=managesieve|event.outcome=success|user.name=a"},
    {"cut in the name", T "imap-login: Login: user=<ana", "BROKEN|event.action=login"},
    {"client id",
     T "imap-login: ID sent: name=Thunderbird, version=115.1: user=<>, rip=192.0.2.1, "
       "lip=192.0.2.2, TLS, session=<abc>",
     "event.action=client-id|source.ip=192.0.2.1|session.id=abc|"
     "imap.arguments=name=Thunderbird, version=115.1|user_agent.original=Thunderbird 115.1"},
    {"proxy, 2.3",
     T "imap-login: proxy(bob,10.0.0.1:143): Started proxying to remote host (0.1 secs): "
       "user=<bob>" TAIL,
     "event.action=login|event.outcome=success|user.name=bob|source.ip=192.0.2.1"},
    {"proxy, 2.2", T "imap-login: proxy(bob): started proxying to 10.0.0.1:143: user=<bob>" TAIL,
     "event.action=login|event.outcome=success|user.name=bob"},
    {"proxy refused",
     T "imap-login: proxy(bob,10.0.0.1:143): Login failed: Authentication failed.: user=<bob>" TAIL,
     "event.action=login|event.outcome=failure|user.name=bob"},
    {"proxied session ends",
     T "imap-login: proxy(bob,10.0.0.1:143): Disconnected by client: Connection closed (12s idle, "
       "in=100, out=2000): user=<bob>" TAIL,
     "event.action=session-end|source.bytes=100|destination.bytes=2000"},
};

static const struct expected forged_logins[] = {
    {"a name that another proxy is told",
     T "imap-login: proxy(x, rip=198.51.100.9, lip=1.1.1.1,198.51.100.7:143): Login failed: no: "
       "user=<x, rip=198.51.100.9, lip=1.1.1.1>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, "
       "session=<abc>",
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1|session.id=abc|"
     "user.name=x, rip=198.51.100.9, lip=1.1.1.1"},
    {"a name that names another",
     T "imap-login: proxy(x: user=<ana>, rip=198.51.100.9,198.51.100.7:143): Login failed: no: "
       "user=<x: user=<ana>, rip=198.51.100.9>, rip=192.0.2.1, lip=192.0.2.2, session=<abc>",
     "event.outcome=failure|source.ip=192.0.2.1|user.name=x: user=<ana>, rip=198.51.100.9"},
    {"another server's words",
     T
     "imap-login: proxy(ana,198.51.100.7:143): Login failed: NO rip=198.51.100.9: user=<ana>" TAIL,
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1|user.name=ana"},
    {"name with an address", T "imap-login: Login: user=<x>, rip=6.6.6.6, y=<z>" TAIL,
     "user.name=x>, rip=6.6.6.6, y=<z|source.ip=192.0.2.1|event.outcome=success"},
    {"name with all elements",
     T "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, method=X, "
       "rip=6.6.6.6, lip=6.6.6.7, TLS, session=<q>" TAIL,
     "user.name=a>, method=X, rip=6.6.6.6, lip=6.6.6.7, TLS, session=<q|source.ip=192.0.2.1|"
     "session.id=abc|auth.method=PLAIN"},
    {"name says that it signed in",
     T
     "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<Login: user=<ana>>" TAIL,
     "event.outcome=failure|user.name=Login: user=<ana>"},
    {"name says no attempt was made",
     T "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): "
       "user=<(no auth attempts in 2 secs)>" TAIL,
     "event.outcome=failure|event.action=login"},
    {"client id with a frame of its own",
     T "imap-login: ID sent: name=a, rip=6.6.6.6, user=<evil>, rip=7.7.7.7: user=<>, "
       "rip=192.0.2.1, lip=192.0.2.2, session=<abc>",
     "source.ip=192.0.2.1|event.action=client-id|!user.name"},
    {"proxied name that claims success",
     T "imap-login: proxy(x): Started proxying,10.0.0.1:143): Login failed: NO: "
       "user=<x): Started proxying>" TAIL,
     "event.outcome=failure|user.name=x): Started proxying"},
};

static const struct expected checks[] = {
    {"a name that ends before its end, and a password that is none",
     T "auth(x,198.51.100.9): (given password: y,192.0.2.1,sasl:plain)<abc>: sql: Password "
       "mismatch",
     "BROKEN|event.outcome=failure|!user.name|!source.ip|!session.id"},
    {"likewise with a session",
     T "auth((given password: 198.51.100.9,<f>): z,192.0.2.1,sasl:plain)<abc>: sql: Password "
       "mismatch",
     "BROKEN|event.outcome=failure|!user.name|!source.ip|!session.id"},
    {"a name of 2.4 that looks like an instance and a check of 2.3",
     T "auth(default): sql(ben,192.0.2.1,sasl:plain)<abc>: sql: Password mismatch",
     "BROKEN|event.action=message|!user.name|!source.ip|!session.id"},
    {"a token's server writes an end of its own",
     T "auth: oauth2(ana,192.0.2.1,<abc>): oauth2 failed: x,198.51.100.9,<f>): Password mismatch",
     "BROKEN|event.action=auth-check|event.outcome=failure|!user.name|!source.ip|!session.id"},
    {"likewise 2.4",
     T "auth(ana,192.0.2.1,sasl:oauthbearer)<abc>: oauth2: oauth2 failed: x)<forged>: y",
     "event.outcome=failure|user.name=ana|source.ip=192.0.2.1|session.id=abc"},
    {"a name hides behind a password",
     T "auth: sql(x (given password: 1,192.0.2.1,<abc>): Password mismatch",
     "BROKEN|event.action=auth-check|event.outcome=failure|!user.name"},
    {"checkpassword's answer",
     T "auth: checkpassword(ana,192.0.2.1,<abc>): Login failed (status=1)",
     "event.action=auth-check|event.outcome=failure|user.name=ana|source.ip=192.0.2.1"},
    {"a locked account", T "auth(ana,192.0.2.1,sasl:plain)<abc>: shadow: invalid password field",
     "event.action=auth-check|event.outcome=failure|user.name=ana|session.id=abc"},
    {"whom a master may not become",
     T "auth: plain(adm,192.0.2.1,<abc>): login user: Username character disallowed",
     "event.action=auth-check|event.outcome=failure|user.name=adm|!user.effective.name"},
    {"a server that passwords are tried at",
     T "auth: imap(ana,192.0.2.1,<abc>): [AUTHENTICATIONFAILED] Authentication failed.",
     "event.action=auth-check|event.outcome=failure|user.name=ana"},
    {"a session without an id", T "auth: ldap(ana,192.0.2.1,): invalid credentials",
     "event.action=auth-check|event.outcome=failure|user.name=ana|source.ip=192.0.2.1|!session.id"},
    {"2.4, its own file says the priority",
     "Mar 17 13:05:00 auth(ana@a.example,192.0.2.1,sasl:login)<s1>: Info: sql: Password mismatch "
     "(given password: x)",
     "event.action=auth-check|event.outcome=failure|user.name=ana@a.example|source.ip=192.0.2.1"},
    {"2.3 passwd-file", T "auth: passwd-file(ana,192.0.2.1,<s1>): Password mismatch",
     "event.action=auth-check|event.outcome=failure|user.name=ana|source.ip=192.0.2.1|"
     "session.id=s1|event.reason=Password mismatch"},
    {"SHA1 of the password",
     T "auth: ldap(u@x.org,192.0.2.1,<s1>): unknown user (SHA1 of given password: f638ff)",
     "auth.password.hash=f638ff|event.reason=unknown user|event.outcome=failure"},
    {"password in clear is not kept",
     T "auth: sql(ana,192.0.2.1,<s1>): Password mismatch (given password: hunter2)",
     "event.reason=Password mismatch|!auth.password.hash|source.ip=192.0.2.1"},
    {"worker of 2.3",
     T "auth-worker(14864): conn unix:auth-worker (pid=14830,uid=109): auth-worker<6>: "
       "pam(c@d.com,192.0.2.1): pam_authenticate() failed: Authentication failure (Password "
       "mismatch?)",
     "event.outcome=failure|user.name=c@d.com|source.ip=192.0.2.1"},
    {"worker with a priority", T "auth-worker(4400): Error: pam(bob,192.0.2.1): Password mismatch",
     "event.outcome=failure|user.name=bob"},
    {"worker(default), own file",
     "2013-08-11 03:56:40 auth-worker(default): Info: pam(u,192.0.2.1): unknown user",
     "event.outcome=failure|user.name=u|@timestamp=2013-08-11T03:56:40.000Z"},
    {"name in front of the time",
     "dovecot: Mar 13 15:25:07 Info: auth(default): pam(u@x.org,::ffff:192.0.2.1): "
     "pam_authenticate() failed: User not known to the underlying authentication module",
     "event.outcome=failure|user.name=u@x.org|source.ip=192.0.2.1"},
    {"2.4", T "auth(toto,192.0.2.1,sasl:plain)<s1>: passwd-file: Password mismatch",
     "event.action=auth-check|event.outcome=failure|user.name=toto|source.ip=192.0.2.1|"
     "session.id=s1|event.reason=Password mismatch"},
    {"2.4 worker",
     T "auth-worker(a,b,192.0.2.1,sasl:plain,master)<77><s1>: request [9]: sql: unknown user",
     "event.outcome=failure|user.name=a,b|session.id=s1|process.pid=77"},
    {"a lookup is no attempt", T "auth: userdb-sql(u): user not found from userdb",
     "event.action=message|!event.outcome|user.name=u"},
    {"debug lines hold credentials: nothing is read",
     T "auth: Debug: client in: AUTH 1 PLAIN service=imap resp=AGFuYQBodW50ZXIy",
     "event.action=message|!event.reason|!user.name"},
    {"name that imitates the rest",
     T "auth: sql(a,6.6.6.6,<q>): unknown user,192.0.2.1,<s1>): Password mismatch",
     "source.ip=192.0.2.1|user.name=a,6.6.6.6,<q>): unknown user|session.id=s1"},
    {"password that imitates: then nothing is told",
     T "auth: sql(bob,192.0.2.1,<s1>): Password mismatch (given password: x,6.6.6.6,<q>): unknown "
       "user)",
     "BROKEN|event.outcome=failure|!source.ip|!user.name|!event.reason"},
};

static const struct expected sessions[] = {
    {"a reason before 2.3", T "imap(ana): Too many invalid IMAP commands. in=31 out=122",
     "event.action=session-end|source.bytes=31|destination.bytes=122|user.name=ana"},
    {"words that only look like an end",
     T "imap(ana): Error: open(/mail/x in=31 out=122) failed in=1 out=2",
     "event.action=message|!source.bytes"},
    {"a folder's name at the end of a line",
     T "imap(ana)<7><s>: Warning: Subscriptions file s: Removing invalid entry: x in=1 out=2",
     "event.action=message|!source.bytes"},
    {"another's mail by doveadm's API, 2.3",
     T "doveadm(192.0.2.1): Executing command 'fetch' as 'ana'",
     "event.action=command|process.command_line=doveadm fetch|user.effective.name=ana|"
     "source.ip=192.0.2.1|!user.name"},
    {"the same of 2.4", T "doveadm(192.0.2.1): http: cmd fetch: Executing command as 'ana'",
     "event.action=command|process.command_line=doveadm fetch|user.effective.name=ana|"
     "source.ip=192.0.2.1|!user.name"},
    {"a name that goes on", T "doveadm(192.0.2.1): Executing command 'fetch' as 'a' as 'b'",
     "event.action=command|user.effective.name=a' as 'b"},
    {"its key is guessed",
     T "doveadm(192.0.2.1): Error: Invalid authentication attempt to HTTP API (using X-Dovecot-API "
       "authentication scheme)",
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1|network.protocol=doveadm|"
     "!user.name"},
    {"its password is wrong",
     T "doveadm(192.0.2.1): Error: doveadm client authenticated with wrong password",
     "event.action=login|event.outcome=failure|source.ip=192.0.2.1"},
    {"from another host, for an account", T "doveadm(2001:db8::1,ana): Error: User doesn't exist",
     "source.ip=2001:db8::1|user.name=ana|event.action=message"},
    {"its access log",
     T "doveadm: Info: doveadm: 192.0.2.1 - - \"POST /doveadm/v1 HTTP/1.1\" 401 9 \"u\" \"curl\"",
     "event.action=message|source.ip=192.0.2.1"},
    {"replication", T "dsync-remote(ana)<s>: expunge: box=INBOX, uid=7, msgid=<m@s>, size=9",
     "event.action=mail-expunge|user.name=ana|mail.uid=7"},
    {"URLs of others", T "imap-urlauth(ana)<7><s>: Disconnected: Client disconnected",
     "user.name=ana|session.id=s"},
    {"no more processes",
     T "master: Warning: service(imap): process_limit (9) reached, client connections are being "
       "dropped",
     "event.action=warning"},
    {"a service that fell",
     T "imap(ana)<7><s>: Fatal: master: service(imap): child 7 killed with signal 11 (core dumped)",
     "event.action=warning|user.name=ana"},
    {"IMAP end",
     T2 "imap(ana)<309><o4zxJTdNKrl/AAAB>: Disconnected: Logged out in=71 out=4203130 deleted=1 "
	"expunged=2 trashed=3 hdr_count=4 hdr_bytes=5 body_count=56 body_bytes=4200131",
     "event.action=session-end|user.name=ana|process.pid=309|session.id=o4zxJTdNKrl/AAAB|"
     "source.bytes=71|destination.bytes=4203130|mail.deleted.count=1|mail.header.count=4|"
     "mail.header.bytes=5|mail.body.count=56|mail.body.bytes=4200131|source.ip=127.0.0.1|"
     "source.port=47402|event.start=2026-03-17T12:05:15.391Z|"
     "event.reason=Disconnected: Logged out"},
    {"POP3 end",
     T "pop3(ana)<1><abc>: Disconnected: Logged out top=1/2, retr=54/2964761, del=0/54, "
       "size=2963820",
     "mail.top.count=1|mail.top.bytes=2|mail.retrieved.count=54|mail.retrieved.bytes=2964761|"
     "mail.deleted.count=0|mail.total.count=54|mail.total.bytes=2963820|!source.ip"},
    {"POP3 end of 2.4: del counts bytes",
     T "pop3(ana)<1><abc>: Disconnected: Logged out top=0/0, retr=1/900, del=1/870, size=9000",
     "mail.deleted.count=1|!mail.total.count|mail.total.bytes=9000"},
    {"POP3 end of old",
     "Apr  1 10:00:12 raptor dovecot: pop3(arch): Connection closed top=0/0, "
     "retr=0/0, del=0/1074, size=294785727",
     "event.action=session-end|user.name=arch|mail.total.count=1074"},
    {"IMAP end of old",
     "Apr  1 10:00:09 raptor dovecot: IMAP(br): Disconnected in IDLE "
     "bytes=7467/14209865",
     "source.bytes=7467|destination.bytes=14209865|user.name=br|"
     "event.reason=Disconnected in IDLE"},
    {"managesieve end", T "managesieve(a)<1><s>: Disconnected: Logged out bytes=10/20",
     "network.protocol=managesieve|source.bytes=10|destination.bytes=20"},
    {"a reason with numbers in it",
     T
     "imap(a)<1><s>: Disconnected: Connection closed (UID FETCH finished 0.1 secs ago) in=1 out=2",
     "event.reason=Disconnected: Connection closed (UID FETCH finished 0.1 secs ago)|"
     "source.bytes=1|destination.bytes=2"},
    {"a name with parentheses", T "imap(a) b(c)<1><s>: Disconnected: Logged out in=1 out=2",
     "user.name=a) b(c|session.id=s"},
    {"a name of digits", T "imap(411)<1><s>: Disconnected: Logged out in=1 out=2",
     "user.name=411|process.pid=1"},
    {"a name of digits at LMTP", T "lmtp(411)<1><s>: msgid=<m>: saved mail to INBOX",
     "user.name=411|process.pid=1"},
    {"no end, no counters", T "imap(a)<1><s>: Error: in=1 out=2 of something",
     "event.action=message|!source.bytes"},
    {"starts", T "master: Dovecot v2.3.19.1 (9b53102964) starting up for imap",
     "event.action=daemon-start"},
    {"stops", T "master: Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)",
     "event.action=daemon-stop"},
    {"connect", T "lmtp(411): Connect from 192.0.2.9", "event.action=connect|source.ip=192.0.2.9"},
    {"relayed",
     T "submission(a)<1><s>: Successfully relayed message: from=<a@x.org>, size=12, id=77, "
       "nrcpt=2, reply=`250 2.0.0 Ok: queued as 4XY'",
     "event.action=smtp-queue|email.from.address=a@x.org|mail.size=12|smtp.recipients=2"},
    {"no service of Dovecot", "Mar 17 13:05:00 mail dovecot: something new: x",
     "event.module=dovecot|event.action=message"},
};

static const struct expected mails[] = {
    {"a new folder that is named as one renamed",
     T "imap(a)<1><s>: Mailbox created: renamed: x -> y",
     "event.action=folder-change|mail.folder=renamed: x -> y"},
    {"an old line of a folder that is named as a new line",
     T "imap(a)<1><s>: Mailbox created: y: save: box=created: y, uid=99",
     "event.action=message|!mail.uid|!mail.folder"},
    {"a relay of submission failed",
     T "submission(ana)<7><s>: Failed to relay message: from=<ana@x>, to=<b@y>, size=9, rcpt=1/3, "
       "reply=`554 5.7.1 no'",
     "event.action=smtp-queue|event.outcome=failure|email.from.address=ana@x|"
     "email.to.address=b@y|mail.size=9"},
    {"LMTP hands on",
     T "lmtp(7): <abc>: Sent message to <b@y> at 198.51.100.7:24: 250 2.0.0 Ok (1/1 at 20 ms)",
     "event.action=smtp-deliver|event.outcome=success|email.to.address=b@y|"
     "destination.ip=198.51.100.7|destination.port=24|session.id=abc"},
    {"and fails", T "lmtp(7): Error: <abc>: Failed to send message to <b@y> at h:24: 451 no (1/1)",
     "event.action=smtp-deliver|event.outcome=failure|email.to.address=b@y|!destination.ip"},
    {"a script that could not answer",
     T "lmtp(ana)<7><s>: sieve: msgid=<m@s>: vacation action: failed to send vacation response to "
       "a@b: <no> (permanent error)",
     "event.action=sieve-action|email.message_id=m@s"},
    {"a copy that was not sent twice",
     T "lmtp(ana)<7><s>: sieve: msgid=<m@s>: redirect action: discarded duplicate forward to <e@v>",
     "event.action=sieve-action|email.message_id=m@s|!sieve.target"},
    {"saved", T "lmtp(ana)<1><s>: msgid=<m@x>: saved mail to INBOX",
     "event.action=delivery|email.message_id=m@x|mail.folder=INBOX|user.name=ana"},
    {"saved, 2.0",
     "Mar 25 14:35:03 mail dovecot: lmtp(1235, u@x.org): msgid=<m@x>: saved mail to A B",
     "process.pid=1235|user.name=u@x.org|mail.folder=A B"},
    {"deliver, 1.x", "Oct  1 06:41:18 u86 deliver(m@x.org): msgid=<m@x>: saved mail to INBOX",
     "event.module=dovecot|event.action=delivery|user.name=m@x.org"},
    {"sieve stored", T "lmtp(a)<1><s>: sieve: msgid=<m>: stored mail into mailbox 'Lists'",
     "event.action=delivery|mail.folder=Lists"},
    {"sieve named its action",
     T "lmtp(a)<1><s>: sieve: msgid=<m>: fileinto action: stored mail into mailbox 'Lists'",
     "event.action=delivery|mail.folder=Lists"},
    {"redirect", T "lmtp(a)<1><s>: sieve: msgid=<m>: redirect action: forwarded to <b@y.org>",
     "event.action=redirect|sieve.target=b@y.org|email.message_id=m"},
    {"redirect, 2.3.10", T "lmtp(a)<1><s>: sieve: msgid=<m>: forwarded to <b@y.org>",
     "event.action=redirect|sieve.target=b@y.org"},
    {"redirect to a quoted name",
     T "lmtp(a)<1><s>: sieve: msgid=<m>: forwarded to <\": saved mail to X\"@y.org>",
     "event.action=redirect|sieve.target=\": saved mail to X\"@y.org"},
    {"discarded",
     T "lmtp(a)<1><s>: sieve: msgid=<m>: discard action: Marked message to be "
       "discarded if not explicitly delivered (discard action)",
     "event.action=sieve-action"},
    {"vacation",
     T "lmtp(a)<1><s>: sieve: msgid=<m>: vacation action: sent vacation response to <b@y>",
     "event.action=sieve-action"},
    {"the sender's Message-ID claims a redirect",
     T "lmtp(a)<1><s>: sieve: msgid=<m>: forwarded to <evil@x>: stored mail into mailbox 'INBOX'",
     "event.action=delivery|mail.folder=INBOX|!sieve.target"},
    {"no Message-ID", T "lmtp(a)<1><s>: msgid=: saved mail to INBOX",
     "event.action=delivery|!email.message_id"},
    {"failed", T "lmtp(a)<1><s>: msgid=<m>: save failed to INBOX: Quota exceeded",
     "event.action=sieve-action|!mail.folder"},
    {"mail_log save",
     T "lmtp(a)<1><s>: save: box=INBOX, uid=19, msgid=<m@x>, size=1081, vsize=1108, from=Ann "
       "<ann@x.org>, subject=Hello, world, flags=(\\Seen)",
     "event.action=mail-save|mail.folder=INBOX|mail.uid=19|email.message_id=m@x|mail.size=1108|"
     "email.from.address=ann@x.org|email.subject=Hello, world|mail.flags=\\Seen"},
    {"mail_log expunge with the default fields",
     T "imap(a)<1><s>: expunge: box=INBOX, uid=7, msgid=<m@x>, size=99",
     "event.action=mail-expunge|mail.uid=7|mail.size=99|email.message_id=m@x"},
    {"mail_log, 2.4", T "imap(a)<1><s>: Mailbox INBOX: delete: uid=7, msgid=<m@x>, size=99",
     "event.action=mail-delete|mail.folder=INBOX|mail.uid=7"},
    {"copy", T "imap(a)<1><s>: copy from INBOX: box=Work, uid=5, msgid=<m@x>, size=9",
     "event.action=mail-copy|mail.folder=Work|mail.uid=5|event.reason=copy from INBOX"},
    {"flag_change", T "imap(a)<1><s>: flag_change: box=INBOX, uid=5, msgid=, size=9, flags=()",
     "event.action=mail-flag|mail.flags=|!email.message_id"},
    {"uid unknown", T "imap(a)<1><s>: save: box=INBOX, uid=error, msgid=<m@x>, size=error",
     "event.action=mail-save|!mail.uid|!mail.size|email.message_id=m@x|mail.folder=INBOX"},
    {"the sender writes fields into his subject",
     T "lmtp(a)<1><s>: save: box=INBOX, uid=19, msgid=<m@x>, size=1, vsize=2, from=a, "
       "subject=, uid=7, msgid=<z>, size=9, vsize=9, flags=(\\Seen), flags=(\\Recent)",
     "event.action=mail-save|!mail.uid|!mail.size|!email.message_id"},
    {"the owner writes fields into a folder's name",
     T "imap(a)<1><s>: expunge: box=x, uid=99, msgid=<q>, uid=7, msgid=<m@x>, size=1",
     "event.action=mail-expunge|!mail.uid|!mail.folder|!email.message_id"},
    {"and 2.4 tells the name twice",
     T "imap(a)<1><s>: Mailbox x, uid=99, msgid=<q>: expunge: box=x, uid=99, msgid=<q>, uid=7, "
       "msgid=<m@x>, size=1",
     "event.action=mail-expunge|mail.uid=7|mail.folder=x, uid=99, msgid=<q>|email.message_id=m@x|"
     "mail.size=1"},
    {"a folder whose name is another's act",
     T "imap(a)<1><s>: Mailbox x: UID 99: Opened mail because: full mail: UID 7: Opened mail",
     "event.action=mail-opened|!mail.uid|!mail.folder"},
    {"a folder named as an older Dovecot begins a line",
     T "imap(a)<1><s>: Mailbox created: save: box=created, uid=7, msgid=<m@x>, size=1",
     "event.action=message|!mail.uid|!mail.folder"},
    {"a Message-ID that ends before its end",
     T "imap(a)<1><s>: expunge: box=INBOX, uid=7, msgid=<victim@x>, y>, size=1",
     "mail.uid=7|email.message_id=victim@x>, y|mail.size=1"},
    {"cut off in what a client says of itself",
     T "imap-login: ID sent: name=x>, method=PLAIN, rip=198.51.100.9, lip=1.1.1.1",
     "event.action=message|!source.ip"},
    {"the sender writes fields into his Message-ID",
     T "lmtp(a)<1><s>: save: box=INBOX, uid=19, msgid=<z, size=9, vsize=9, uid=7>, size=1, vsize=2",
     "mail.uid=19|mail.size=2|email.message_id=z, size=9, vsize=9, uid=7"},
    {"folder made", T "imap(a)<1><s>: Mailbox created: Work",
     "event.action=folder-change|mail.folder=Work"},
    {"folder made, 2.4", T "imap(a)<1><s>: Mailbox Work: Mailbox created",
     "event.action=folder-change|mail.folder=Work"},
    {"folder renamed", T "imap(a)<1><s>: Mailbox renamed: A -> B", "mail.folder=B"},
    {"opened, by debug",
     T "imap(a)<1><s>: Debug: Mailbox A: UID 37: Opened mail because: full mail",
     "event.action=mail-opened|mail.folder=A|mail.uid=37|mail.reason=full mail"},
    {"client id inside", T "imap(a)<1><s>: ID sent: name=Roundcube, x-ip=192.0.2.7",
     "event.action=client-id|user_agent.original=Roundcube|!source.ip"},
};

static const struct expected events[] = {
    {"opened",
     T "stats: {\"event\":\"mail_opened\",\"hostname\":\"other\",\"start_time\":"
       "\"2026-03-17T11:23:25.107089Z\",\"end_time\":\"2026-03-17T11:23:25.107825Z\","
       "\"categories\":[\"storage\",\"imap\",\"service:imap\"],\"fields\":{\"user\":\"ana\","
       "\"remote_ip\":\"192.0.2.4\",\"remote_port\":42467,\"session\":\"uFUUkDZN46XAAAIE\","
       "\"duration\":690,\"cmd_name\":\"UID FETCH\",\"reason_code\":[\"imap:cmd_uid_fetch\","
       "\"imap:fetch_body\"],\"mailbox\":\"Bo\\u00eete\",\"reason\":\"prefetch\",\"seq\":22,"
       "\"uid\":37}}",
     "event.action=mail-opened|user.name=ana|source.ip=192.0.2.4|source.port=42467|mail.uid=37|"
     "session.id=uFUUkDZN46XAAAIE|mail.reason=imap:fetch_body|mail.folder=Bo\xc3\xaete|"
     "network.protocol=imap|host.name=mail|@timestamp=2026-03-17T12:05:00.123Z|!event.outcome"},
    {"POP3 names no address: its session does",
     T2 "stats: {\"event\":\"mail_opened\",\"fields\":{\"reason_code\":[\"pop3:cmd_retr\"],"
	"\"user\":\"ana\",\"session\":\"o4zxJTdNKrl/AAAB\",\"uid\":20}}",
     "source.ip=127.0.0.1|source.port=47402|mail.reason=pop3:cmd_retr"},
    {"command",
     T "stats: {\"event\":\"imap_command_finished\",\"fields\":{\"user\":\"ana\",\"cmd_name\":"
       "\"UID FETCH\",\"cmd_args\":\"37,40:42 (BODY.PEEK[HEADER] BINARY.PEEK[2.1]<0.9>)\","
       "\"bytes_in\":1,\"net_out_bytes\":16448}}",
     "event.action=imap-command|imap.command=UID FETCH|mail.uids=37,40:42|mail.part=2.1|"
     "source.bytes=1|destination.bytes=16448"},
    {"command without a part",
     T "stats: {\"event\":\"imap_command_finished\",\"fields\":{\"cmd_name\":\"FETCH\","
       "\"cmd_args\":\"1 (BODY[] BODY[1.MIME])\"}}",
     "!mail.part|!mail.uids"},
    {"folder of SELECT",
     T "stats: {\"event\":\"imap_command_finished\",\"fields\":{\"cmd_name\":\"SELECT\","
       "\"cmd_args\":\"\\\"A B\\\"\"}}",
     "mail.folder=A B"},
    {"sign-in",
     T "stats: {\"event\":\"auth_request_finished\",\"categories\":[\"service:auth\"],\"fields\":{"
       "\"success\":\"yes\",\"policy_result\":\"ok\",\"mechanism\":\"PLAIN\",\"transport\":\"TLS\","
       "\"service\":\"imap\",\"user\":\"ana\",\"remote_ip\":\"192.0.2.4\"}}",
     "event.action=auth-check|event.outcome=success|auth.method=PLAIN|tls.established=1|"
     "network.protocol=imap"},
    {"failure has no success",
     T "stats: {\"event\":\"auth_request_finished\",\"fields\":{\"policy_result\":\"ok\","
       "\"user\":\"ana\"}}",
     "event.action=auth-check|event.outcome=failure"},
    {"text that imitates members",
     T "stats: {\"event\":\"auth_request_finished\",\"fields\":{\"user\":\"a\\\",\\\"success\\\":"
       "\\\"yes\\\",\\\"x\\\":\\\"\",\"policy_result\":\"ok\"}}",
     "event.outcome=failure|user.name=a\",\"success\":\"yes\",\"x\":\""},
    {"redirect",
     T "stats: {\"event\":\"sieve_action_finished\",\"fields\":{\"redirect_target\":\"x@y.org\","
       "\"message_id\":\"<m@x>\"}}",
     "event.action=redirect|sieve.target=x@y.org|email.message_id=m@x"},
    {"script saved",
     T "stats: {\"event\":\"sieve_storage_save_finished\",\"fields\":{\"script_name\":\".\"}}",
     "event.action=script-save|sieve.script=."},
    {"script not saved",
     T "stats: {\"event\":\"sieve_storage_save_finished\",\"fields\":{\"error\":\"no\"}}",
     "event.action=message|event.reason=no"},
    {"an event of another kind", T "stats: {\"event\":\"http_request_finished\",\"fields\":{}}",
     "event.action=message"},
    {"cut", T "stats: {\"event\":\"mail_opened\",\"fields\":{\"user\":\"ana\",\"mailbox\":\"IN",
     "BROKEN|event.action=mail-opened|user.name=ana|!mail.folder"},
    {"a line of its own",
     "{\"event\":\"mail_opened\",\"hostname\":\"m\",\"end_time\":\"2026-03-17T11:23:25.107825Z\","
     "\"fields\":{\"uid\":3}}",
     "event.module=dovecot|@timestamp=2026-03-17T11:23:25.107Z|host.name=m|mail.uid=3"},
};

static const struct {
	const char *name, *id, *from, *start;
	int64_t near_us, port;
	bool good;
} ids[] = {
    {"IPv4", "o4zxJTdNKrl/AAAB", "127.0.0.1", "2026-03-17T12:05:15.391Z", INT64_C(1773749116000000),
     47402, true},
    {"days later", "o4zxJTdNKrl/AAAB", "127.0.0.1", "2026-03-17T12:05:15.391Z",
     INT64_C(1773949116000000), 47402, true},
    {"a clock half a second behind", "o4zxJTdNKrl/AAAB", "127.0.0.1", "2026-03-17T12:05:15.391Z",
     INT64_C(1773749115000000), 47402, true},
    {"months later", "o4zxJTdNKrl/AAAB", "", "", INT64_C(1783749116000000), 0, false},
    {"before it", "o4zxJTdNKrl/AAAB", "", "", INT64_C(1773649116000000), 0, false},
    {"a delivery's", "b/h4E/cDuWk1AQAAGYYd3A", "", "", INT64_C(1773749116000000), 0, false},
    {"no base64", "o4zxJTdNKrl/AA=B", "", "", INT64_C(1773749116000000), 0, false},
    {"IPv6", "pPdbTDxNLNAgAQ24NEAAAAAAAAAAAAAB", "2001:db8:3440::1", "2026-03-17T18:13:54.736Z",
     INT64_C(1773771240000000), 53292, true},
};

static void test_ids(void **state)
{
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		int64_t start, port;
		struct address from;
		char text[64];
		bool good = dovecot_session_decode(slice_of(ids[i].id), ids[i].near_us, &start,
						   &port, &from);
		printf("%s\n", ids[i].name);
		assert_int_equal(good, ids[i].good);
		if (!good)
			continue;
		assert_int_equal(port, ids[i].port);
		address_format(&from, text);
		assert_string_equal(text, ids[i].from);
		clock_format(start, text);
		assert_string_equal(text, ids[i].start);
	}
}

#define TEST(table)                                                                                \
	static void test_##table(void **state)                                                     \
	{                                                                                          \
		expect_all(table, sizeof table / sizeof *table);                                   \
	}
TEST(logins)
TEST(forged_logins)
TEST(checks)
TEST(sessions)
TEST(mails)
TEST(events)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_logins), cmocka_unit_test(test_forged_logins),
	    cmocka_unit_test(test_checks), cmocka_unit_test(test_sessions),
	    cmocka_unit_test(test_mails),  cmocka_unit_test(test_events),
	    cmocka_unit_test(test_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
