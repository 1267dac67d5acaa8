/*
 * Laws: whatever a client sends, (1) client, time, status and size of an access line are those that
 * the server wrote, its text being escaped as servers escape it; (2) an error line of nginx or a
 * sign-in line of Roundcube names the true client or none.
 */
#include "common/line.h"

/* nginx: \x22 and so on (ngx_http_log_escape); Apache: \" (ap_escape_logitem). */
static const char *escaped(slice s, bool apache)
{
	struct arena *a = &scratch;
	char *out = arena_take(a, s.len * 4 + 1), *p = out;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (apache && (c == '"' || c == '\\')) {
			*p++ = '\\';
			*p++ = (char)c;
		} else if (c < ' ' || c > '~' || c == '"' || c == '\\') {
			*p++ = '\\';
			*p++ = 'x';
			*p++ = "0123456789ABCDEF"[c >> 4];
			*p++ = "0123456789ABCDEF"[c & 15];
		} else
			*p++ = (char)c;
	}
	return out;
}

static const char *printed(slice s, const char *also)
{
	return printed_as(s, also, '?', 0x7f);
}

#define LINE(...)                                                                                  \
	(format_start(&st, NULL, 2026),                                                            \
	 format_decode(&st, arena_format(&scratch, __VA_ARGS__), &e, &scratch))

static void test_access(slice user, slice url, slice agent, bool apache)
{
	LINE(
	    "192.0.2.1 - u%s [17/Mar/2026:13:05:00 +0000] \"GET /%s HTTP/1.1\" 404 77 \"-\" \"%s\"",
	    escaped(user, apache), escaped(url, apache), escaped(agent, apache));
	must(event_has(&e, F_SOURCE_IP) && came_from("192.0.2.1") && e.outcome == OUT_FAILURE);
	must(event_get_number(&e, F_STATUS, 0) == 404);
	must(event_get_number(&e, F_RESPONSE_BYTES, 0) == 77);
	must(event_get_number(&e, F_TIME, 0) == INT64_C(1773752700000000));
}

/* A name of HTTP Basic has no colon; nginx takes no spaces in a target since 1.21. */
static void test_errors(slice name, slice url, slice referrer)
{
	LINE("2026/03/17 13:05:00 [error] 1#1: *3 user \"%s\": password mismatch, client: "
	     "192.0.2.1, "
	     "server: s, request: \"GET /%s HTTP/1.1\", host: \"h\", referrer: \"%s\"",
	     printed(name, ":"), printed(url, " "), printed(referrer, ""));
	must(came_from("192.0.2.1") && e.outcome == OUT_FAILURE);
	LINE("[Tue Mar 17 13:05:00 2026] [error] [client 192.0.2.1] user %s not found: %s",
	     printed(name, ""), printed(url, ""));
	must(event_has(&e, F_SOURCE_IP) && came_from("192.0.2.1"));
}

static void test_webmail(slice name, slice header)
{
	LINE("[17-Mar-2026 12:05:00 +0000]: <a> Failed login for %s from 192.0.2.1 in session s "
	     "(error: 0)",
	     printed(name, ""));
	must(came_from("192.0.2.1") && e.action == ACT_LOGIN && e.outcome == OUT_FAILURE);
	LINE("[17-Mar-2026 12:05:00 +0000]: <a> Failed login for %s from 192.0.2.1 "
	     "(X-Forwarded-For: %s) "
	     "in session s (error: 0)",
	     printed(name, ""), printed(header, ""));
	must(came_from("192.0.2.1") && e.action == ACT_LOGIN && e.outcome == OUT_FAILURE);
	LINE("[17-Mar-2026 12:05:00 +0000]: <a> IMAP Error: Login failed for %s from 192.0.2.1. "
	     "LOGIN: NO in "
	     "/r.php on line 1 (POST /)",
	     printed(name, ""));
	must(came_from("192.0.2.1") && e.outcome == OUT_FAILURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice all = {(const char *)data, size}, rest = all;
	slice a = slice_until(&rest, '\n'), b = slice_until(&rest, '\n');
	arena_reset(&scratch);
	test_access(a, b, rest, false);
	test_access(a, b, rest, true);
	test_errors(a, b, rest);
	test_webmail(a, b);
	LINE("%s", printed(a, ""));
	LINE("192.0.2.1 - - [17/Mar/2026:13:05:00 +0000] \"GET /?%s HTTP/1.1\" 200 7",
	     printed(a, "\""));
	LINE("Mar 17 13:05:00 m nginx: %s", printed(a, ""));
	LINE("Mar 17 13:05:00 m roundcube: %s", printed(a, ""));
	return 0;
}
