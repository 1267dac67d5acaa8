/*
 * Laws: whatever a client says, (1) the client's address in a line is the one that Exim saw, or
 * none; (2) who signed in is who Exim says; (3) sizes and recipients come from their own places.
 */
#include "common/line.h"

/* As Exim prints text (string_printing); a HELO name and an address lose more. */
static const char *printed(slice s, const char *also)
{
	return printed_as(s, also, '.', '~');
}

#define LINE(...) decode(arena_format(&scratch, "2026-03-17 13:05:00 " __VA_ARGS__))
#define ID        "1rK4zE-0000Ab-Cd "

static void test_clients(const char *name, const char *helo, const char *from, const char *to)
{
	LINE("login authenticator failed for (%s) [192.0.2.1]: 535 Incorrect authentication data "
	     "(set_id=%s)",
	     helo, name);
	must(event_has(&e, F_SOURCE_IP) && e.action == ACT_LOGIN && e.outcome == OUT_FAILURE);
	must(*name == '\0' || slice_eq(event_get(&e, F_USER), slice_of(name)));
	must(came_from("192.0.2.1"));
	LINE("H=h.x (%s) [192.0.2.1]:9 F=<\"%s\"@b> rejected RCPT <\"%s\"@c>: no", helo, from, to);
	must(event_has(&e, F_SOURCE_IP) && e.outcome == OUT_FAILURE && !event_has(&e, F_USER));
	must(came_from("192.0.2.1"));
	LINE("rejected EHLO from [192.0.2.1]: syntactically invalid argument(s): %s", name);
	must(came_from("192.0.2.1"));
	LINE("SMTP protocol error in \"%s\" H=(%s) [192.0.2.1] AUTH command used when not "
	     "advertised",
	     name, helo);
	must(came_from("192.0.2.1"));
}

static void test_mail(const char *id, const char *helo, const char *from, const char *subject)
{
	LINE(ID "<= \"%s\"@b H=(%s) [192.0.2.1] P=esmtp S=874 id=%s T=\"%s\" for \"%s\"@c", from,
	     helo, id, subject, from);
	must(event_has(&e, F_SOURCE_IP) && !event_has(&e, F_USER) && e.outcome == OUT_NONE);
	must(event_get_number(&e, F_SIZE, 0) == 874);
	must(came_from("192.0.2.1"));
	LINE(ID "=> \"%s\"@b <\"%s\"@c> R=r T=t H=m [192.0.2.9] C=\"%s\"", from, from, subject);
	must(e.outcome == OUT_SUCCESS && !event_has(&e, F_SOURCE_IP));
	LINE(ID "** \"%s\"@b R=r T=t: %s", from, id);
	must(e.outcome == OUT_FAILURE && !event_has(&e, F_SOURCE_IP));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char no_helo[] = " ()\"<>,;@\\";
	slice all = {(const char *)data, size}, rest = all;
	slice a = slice_until(&rest, '\n'), b = slice_until(&rest, '\n'),
	      c = slice_until(&rest, '\n');
	arena_reset(&scratch);
	test_clients(printed(a, ""), printed(b, no_helo), printed(c, "\"\\"),
		     printed(rest, "\"\\"));
	test_mail(printed(a, " "), printed(b, no_helo), printed(c, "\"\\"), printed(rest, "\"\\"));
	LINE("%s", printed(all, ""));
	LINE(ID "%s", printed(all, ""));
	LINE(ID "<= %s", printed(all, ""));
	LINE("H=%s", printed(all, ""));
	return 0;
}
