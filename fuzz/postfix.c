/*
 * Laws: whatever a client says, (1) the client's address in a line is the one that Postfix saw, or
 * none; (2) sizes, statuses and names come from their own places.
 */
#include "common/line.h"

/* As Postfix prints what a client sent; a HELO name loses more (NEUTER_CHARACTERS). */
static const char *printed(slice s, const char *also)
{
	return printed_as(s, also, '?', '~');
}

/* An address as it is logged since 3.5: what is no atom is quoted. */
static const char *quoted(slice s)
{
	return arena_format(&scratch, "\"%s\"@e", printed(s, "\"\\")).at;
}

#define LINE(...) decode(arena_format(&scratch, "Mar 17 13:05:00 m postfix/" __VA_ARGS__))

static void test_clients(const char *name, const char *from, const char *to, const char *helo)
{
	LINE("smtpd[1]: warning: h[192.0.2.1]: SASL PLAIN authentication failed: x, "
	     "sasl_username=%s",
	     name);
	must(event_has(&e, F_SOURCE_IP) && came_from("192.0.2.1"));
	must(e.action == ACT_LOGIN && e.outcome == OUT_FAILURE);
	must(!event_has(&e, F_USER) || slice_eq(event_get(&e, F_USER), slice_of(name)));
	LINE("smtpd[1]: NOQUEUE: reject: RCPT from h[192.0.2.1]: 550 5.1.1 <%s>: no; from=<%s> "
	     "to=<%s> "
	     "proto=ESMTP helo=<%s>",
	     to, from, to, helo);
	must(event_has(&e, F_SOURCE_IP) && came_from("192.0.2.1") && e.outcome == OUT_FAILURE);
	must(helo[0] == '\0' || slice_eq(event_get(&e, F_HELO), slice_of(helo)));
	LINE("smtpd[1]: warning: non-SMTP command from h[192.0.2.1]: %s", name);
	must(event_has(&e, F_SOURCE_IP) && came_from("192.0.2.1"));
	LINE("postscreen[1]: PREGREET 9 after 0.1 from [192.0.2.1]:99: %s", name);
	must(event_has(&e, F_SOURCE_IP) && came_from("192.0.2.1"));
}

static void test_mail(const char *subject, const char *from, const char *to)
{
	LINE("cleanup[1]: 0D9633D: info: header Subject: %.191s from h[192.0.2.1]; from=<%s> "
	     "to=<%s> "
	     "proto=ESMTP helo=<h>",
	     subject, from, to);
	must(came_from("192.0.2.1"));
	LINE("qmgr[1]: 0D9633D: from=<%s>, size=874, nrcpt=3 (queue active)", from);
	must(event_get_number(&e, F_SIZE, 0) == 874 && event_get_number(&e, F_RECIPIENTS, 0) == 3);
	must(slice_eq(event_get(&e, F_FROM), slice_of(from)));
	LINE(
	    "smtp[1]: 0D9633D: to=<%s>, relay=m[192.0.2.9]:25, delay=1, delays=1/0/0/0, dsn=4.0.0, "
	    "status=deferred (%s)",
	    to, subject);
	must(slice_eq(event_get(&e, F_TO), slice_of(to)) && e.outcome == OUT_FAILURE);
	must(slice_eq(event_get(&e, F_SMTP_STATUS), SLICE("deferred")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice all = {(const char *)data, size}, rest = all;
	slice a = slice_until(&rest, '\n'), b = slice_until(&rest, '\n'),
	      c = slice_until(&rest, '\n');
	arena_reset(&scratch);
	test_clients(printed(a, ""), quoted(b), quoted(c), printed(rest, " <>()\\\";@"));
	test_mail(printed(a, ""), quoted(b), quoted(c));
	LINE("smtpd[1]: %s", printed(a, ""));
	LINE("cleanup[1]: %s", printed(a, ""));
	LINE("%s", printed(all, ""));
	return 0;
}
