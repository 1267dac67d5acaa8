/*
 * Laws: whatever a client says, (1) the client's address in a line is the one that the daemon saw,
 * or none; (2) a failure stays one, whatever the name; (3) what is counted comes from its place.
 */
#include "common/line.h"

static const char *printed(slice s, const char *also)
{
	return printed_as(s, also, '.', '~');
}

/* With the name of a client, %s; what is known of the line. */
static const struct failure {
	const char *line;
	bool exact; /* the name is read as it is */
} failures[] = {
    {"cyrus/imap[1]: badlogin: h [192.0.2.1] plaintext (%s) [SASL(-13): no]", true},
    {"cyrus/imap[1]: badlogin: [192.0.2.1] plaintext (%s) invalid user", true},
    {"imapd: LOGIN FAILED, user=%s, ip=[::ffff:192.0.2.1], port=[9]", true},
    {"courieresmtpd: error,relay=::ffff:192.0.2.1,msg=\"535 Authentication failed.\",cmd: %s",
     false},
    {"ipop3d[1]: Login failed user=%s auth=x host=h [192.0.2.1]", false},
    {"solid-pop3d[1]: authentication failed for user %s - 192.0.2.1", true},
    {"sm-mta[1]: 52HD50x1012345: AUTH failure (LOGIN): no (-13) SASL(-13): no, user=%s, "
     "relay=[192.0.2.1]",
     true},
    {"smtpd[1]: 0123456789abcdef smtp authentication user=%s result=permfail", false},
    {"vpopmail[1]: vchkpw-smtp: password fail %s:192.0.2.1", false},
    {"saslauthd[1]: do_auth         : auth failure: [user=%s] [service=smtp] [realm=] [mech=pam] "
     "[reason=no]",
     true},
    {"perdition[1]: Auth: 192.0.2.1:2->192.0.2.9:9 authorisation_id=NONE authentication_id=\"%s\" "
     "server=\"s\" status=\"failed: no\"",
     false},
    {"saslauthd[1]: do_auth         : auth failure: [user=%s] [service=smtp] [realm=] "
     "[remote=192.0.2.1] [mech=pam] [reason=no]",
     true},
    {"lemonldap-ng[1]: Lemonldap::NG : Bad password for %s (192.0.2.1)", false},
    {"dropbear[1]: Bad password attempt for '%s' from 192.0.2.1:9", true},
    {"pmgdaemon[1]: authentication failure; rhost=192.0.2.1 user=%s msg=no", false},
    {"cyrus/imap[1]: user '%s' denied access to service 'imap': no", false},
    {"qmail-smtpd: pid 1 Reject::AUTH::plain: P:ESMTP S:192.0.2.1:h H:x F:x T:x ?~ '%s'", true},
};

/* Of daemons with a clock and a shape of their own. */
static const struct {
	const char *line;
} others[] = {
    {"2026-03-17T13:05:00Z WARN Authentication failed (auth.failed) listenerId = \"imap\", "
     "remoteIp = "
     "192.0.2.1, accountName = \"%s\""},
    {"2026-03-17T13:05:00Z WARN Authentication failed (auth.failed) accountName = \"%s\", id = "
     "\"x\", "
     "remoteIp = 192.0.2.1"},
    {"2026-03-17 13:05:00,357 WARN  [org.keycloak.events] (t) type=LOGIN_ERROR, realmId=r, "
     "ipAddress=192.0.2.1, error=no, username=%s"},
    {"[17/Mar/2026:13:05:00 +0000] m imapd[1]: Account Notice: badlogin: [192.0.2.1:9] plaintext "
     "%s authentication failure"},
    {"2026-03-17T13:05:00+00:00 NOTICE (5) [192.0.2.1]: Authentication failure for %s"},
};

static slice filled(slice line, const char *name, const char *head)
{
	size_t at = slice_search(line, SLICE("%s"));
	return arena_format(&scratch, "%s%.*s%s%.*s", head, (int)at, line.at, name,
			    (int)(line.len - at - 2), line.at + at + 2);
}

static void test_failures(const char *name)
{
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		decode(filled(slice_of(failures[i].line), name, "Mar 17 13:05:00 m "));
		must(came_from("192.0.2.1") && e.outcome == OUT_FAILURE);
		must(!failures[i].exact || !*name ||
		     slice_eq(event_get(&e, F_USER), slice_of(name)));
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		decode(filled(slice_of(others[i].line), name, ""));
		must(came_from("192.0.2.1") && e.outcome == OUT_FAILURE);
	}
}

#define LINE(...) decode(arena_format(&scratch, "Mar 17 13:05:00 m " __VA_ARGS__))

static void test_mail(const char *from, const char *id, const char *text)
{
	LINE("sm-mta[1]: 52HD50x1012345: from=<\"%s\"@b>, size=874, class=0, nrcpts=2, msgid=<%s>, "
	     "proto=ESMTP, daemon=MTA, relay=h [192.0.2.1]",
	     from, id);
	must(came_from("192.0.2.1") && event_has(&e, F_SOURCE_IP));
	must(event_get_number(&e, F_SIZE, 0) == 874 && event_get_number(&e, F_RECIPIENTS, 0) == 2);
	LINE(
	    "sm-mta[1]: 52HD50x1012345: to=<\"%s\"@b>, delay=0, mailer=esmtp, relay=m [192.0.2.9], "
	    "dsn=2.0.0, stat=Sent (%s)",
	    from, text);
	must(e.outcome == OUT_SUCCESS && !event_has(&e, F_SOURCE_IP));
	LINE("rspamd[1]: <a>; proxy; rspamd_task_write_log: id: <%s>, qid: <4X1>, ip: 192.0.2.1, "
	     "from: <\"%s\"@b>, (default: F (no action): [1/15] []), len: 9",
	     text, from);
	must(came_from("192.0.2.1"));
	LINE("amavis[1]: (1-1) Passed CLEAN {R}, [192.0.2.1]:9 [192.0.2.1] <\"%s\"@b> -> <c@d>, "
	     "Message-ID: <%s>, Hits: -, size: 874, 9 ms",
	     from, id);
	must(came_from("192.0.2.1") && event_get_number(&e, F_SIZE, 874) == 874);
	LINE("policyd-spf[1]: Pass; identity=helo; client-ip=192.0.2.1; helo=%s; envelope-from=%s; "
	     "receiver=x",
	     text, from);
	must(came_from("192.0.2.1"));
	LINE("cyrus/imap[1]: auditlog: touched sessionid=<s> mailbox=<user.a.%s> uniqueid=<q> "
	     "uid=<7> "
	     "oldflags=<> sysflags=<SE>",
	     text);
	must(event_get_number(&e, F_UID, 0) == 7);
	LINE("cyrus/imap[1]: auditlog: append sessionid=<s> mailbox=<user.a> uniqueid=<q> uid=<7> "
	     "messageid=<%s> size=<9>",
	     text);
	must(event_get_number(&e, F_UID, 0) == 7 && event_get_number(&e, F_SIZE, 0) == 9);
	LINE(
	    "smtpd[1]: 0123456789abcdef mta delivery evpid=aabbccdd00112233 from=<\"%s\"@b> "
	    "to=<c@d> rcpt=<-> source=\"192.0.2.2\" relay=\"192.0.2.9 (m)\" delay=1s result=\"Ok\" "
	    "stat=\"%s\"",
	    from, text);
	must(e.outcome == OUT_SUCCESS);
	LINE(
	    "qmail-smtpd[1]: CHKUSER rejected rcpt: from <\"%s\"@b::> remote <%s:h:192.0.2.1> rcpt "
	    "<c@d> : no",
	    from, text);
	must(came_from("192.0.2.1"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice all = {(const char *)data, size}, rest = all;
	slice a = slice_until(&rest, '\n'), b = slice_until(&rest, '\n');
	arena_reset(&scratch);
	test_failures(printed(a, ""));
	test_mail(printed(a, "\"\\"), printed(b, "<> "), printed(rest, ""));
	LINE("imapd[1]: %s", printed(all, ""));
	LINE("smtpd[1]: %s", printed(all, ""));
	LINE("sm-mta[1]: %s", printed(all, ""));
	LINE("qmail: %s", printed(all, ""));
	LINE("cyrus/imap[1]: event=login.bad %s", printed(all, ""));
	LINE("%s", printed(all, ""));
	return 0;
}
