/* test_access.c - access lines of nginx and Apache, what Roundcube's URLs ask for, hostile
 * requests. */
#include "expect.h"

#define BY(client) client " [17/Mar/2026:13:05:00 +0100] "
#define GET(url)                                                                                   \
	BY("203.0.113.147 - -") "\"GET " url " HTTP/1.1\" 200 6559 \"-\" \"Mozilla/5.0 (X11)\""

static const struct expected lines[] = {
    {"combined",
     BY("203.0.113.147 - -") "\"GET /a/b?c=d HTTP/2.0\" 200 6559 \"https://w/\" \"Mozilla/5.0 "
			     "(X11)\"",
     "event.module=nginx|event.action=http-request|event.outcome=success|"
     "@timestamp=2026-03-17T12:05:00.000Z|source.ip=203.0.113.147|http.request.method=GET|"
     "url.original=/a/b?c=d|url.path=/a/b|url.query=c=d|http.response.status_code=200|"
     "http.response.body.bytes=6559|http.request.referrer=https://w/|user_agent.original=Mozilla/"
     "5.0 (X11)|"
     "!user.name|!webmail.task|network.protocol=http"},
    {"common, of Apache", BY("2001:db8::1 - -") "\"POST / HTTP/1.0\" 404 -",
     "event.module=apache|event.outcome=failure|source.ip=2001:db8::1|!http.response.body.bytes|!"
     "user_agent.original"},
    {"virtual host", BY("w.example:443 192.0.2.1 - bob") "\"GET / HTTP/1.1\" 403 12 \"-\" \"-\"",
     "event.module=apache|source.ip=192.0.2.1|user.name=bob|event.outcome=failure|!user_agent."
     "original"},
    {"identd's answer is an address",
     BY("192.0.2.1 6.6.6.6 -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=192.0.2.1|!user.name"},
    {"three names missing", BY("192.0.2.1 - - -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=192.0.2.1|!user.name"},
    {"quotes as Apache escapes them",
     BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"a \\\" b\"", "event.module=apache"},
    {"no bytes, as Apache has it", BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 304 - \"-\" \"-\"",
     "event.module=apache"},
    {"a client with its port", BY("192.0.2.1:99 - -") "\"GET / HTTP/1.1\" 400 1 \"-\" \"-\"",
     "source.ip=192.0.2.1|source.port=99"},
    {"ssl_request_log",
     "[17/Mar/2026:13:05:00 +0000] 192.0.2.1 TLSv1.3 TLS_AES_128_GCM_SHA256 \"GET /a HTTP/1.1\" 75",
     "event.module=apache|source.ip=192.0.2.1|url.original=/a|!event.outcome|"
     "http.response.body.bytes=75"},
    {"Traefik without ClientHost",
     "{\"ClientAddr\":\"192.0.2.1:99\",\"DownstreamStatus\":404,\"RequestMethod\":\"GET\","
     "\"RequestPath\":\"/a\",\"StartLocal\":\"2026-03-17T13:05:00Z\"}",
     "event.module=traefik|source.ip=192.0.2.1|@timestamp=2026-03-17T13:05:00.000Z|event.outcome="
     "failure"},
    {"NPMplus, a host that is an address",
     "[17/Mar/2026:13:05:00 +0000] 127.0.0.1 192.0.2.1 0.002 \"GET /api/ HTTP/2.0\" 200 61 333 - "
     "curl",
     "event.module=nginx|source.ip=192.0.2.1"},
    {"NPMplus",
     "[17/Mar/2026:13:05:00 +0000] m.example 192.0.2.1 0.227 \"REPORT /SOGo/dav/ana/ HTTP/2.0\" "
     "207 "
     "125 440 - x \"6.6.6.6\"",
     "event.module=nginx|source.ip=192.0.2.1|event.outcome=success|http.request.method=REPORT|"
     "@timestamp=2026-03-17T13:05:00.000Z"},
    {"a field before the request",
     BY("192.0.2.1 - -") "\"-\" \"GET /a HTTP/1.1\" 404 5 \"-\" \"-\"",
     "url.original=/a|event.outcome=failure"},
    {"no request at all", BY("192.0.2.1 - -") "\"-\" 408 0 \"-\" \"-\"",
     "!url.original|event.outcome=failure"},
    {"host name in front, which the client chose",
     BY("198.51.100.7 192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=192.0.2.1"},
    {"no virtual host", BY("- 2001:db8::9 - -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=2001:db8::9"},
    {"client by name", BY("pc.example.org - -") "\"GET / HTTP/1.1\" 200 1",
     "source.domain=pc.example.org|!source.ip"},
    {"client by socket", BY("unix: - -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "!source.ip|!source.domain"},
    {"list of a proxy",
     BY("198.51.100.7, 203.0.113.9, 10.0.0.3 - -") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=203.0.113.9|!user.name"},
    {"list without spaces",
     BY("198.51.100.7,203.0.113.9 - bob") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=203.0.113.9|user.name=bob"},
    {"user with spaces", BY("192.0.2.1 - john doe") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "user.name=john doe"},
    {"user that imitates the line",
     "192.0.2.1 - x [01/Jan/2020:00:00:00 +0000] \\x22GET / HTTP/1.1\\x22 200 "
     "[17/Mar/2026:13:05:00 +0100] \"GET /b "
     "HTTP/1.1\" 401 1 \"-\" \"-\"",
     "@timestamp=2026-03-17T12:05:00.000Z|http.response.status_code=401|source.ip=192.0.2.1|url."
     "path=/b"},
    {"user that is an address",
     BY("192.0.2.1 - 198.51.100.7") "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"",
     "source.ip=192.0.2.1|user.name=198.51.100.7"},
    {"empty user of Apache", BY("192.0.2.1 - \"\"") "\"GET / HTTP/1.1\" 401 1",
     "!user.name|event.outcome=failure"},
    {"escaped quotes",
     BY("192.0.2.1 - -") "\"GET /?a[\\\"b\\\"]=\\\\\" 404 196 \"\\\"\" \"a\\\"b\"",
     "http.response.status_code=404|user_agent.original=a\\\"b|http.request.referrer=\\\""},
    {"TLS to a plain port",
     BY("192.0.2.1 - -") "\"\\x16\\x03\\x01\\x01 \\x01\" 400 226 \"-\" \"-\"",
     "http.response.status_code=400|event.outcome=failure|!url.original|!http.request.method"},
    {"no request", BY("192.0.2.1 - -") "\"-\" 408 0 \"-\" \"-\"",
     "http.response.status_code=408|!url.original"},
    {"empty request", BY("192.0.2.1 - -") "\"\" 400 0 \"-\" \"-\"",
     "!url.original|event.outcome=failure"},
    {"spaces in the target", BY("192.0.2.1 - -") "\"GET // cgi-bin/a?b= c HTTP/1.1\" 200 7",
     "url.path=// cgi-bin/a|url.query=b= c"},
    {"absolute target", BY("192.0.2.1 - -") "\"GET http://h.example/p?q HTTP/1.1\" 404 7",
     "url.original=http://h.example/p?q|url.path=/p|url.query=q"},
    {"HTTP/0.9", BY("192.0.2.1 - -") "\"GET /a\" 200 7", "url.path=/a|http.request.method=GET"},
    {"cut in the agent", BY("192.0.2.1 - -") "\"GET /a HTTP/1.1\" 200 7 \"-\" \"Mozilla/5.0 (X",
     "user_agent.original=Mozilla/5.0 (X"},
    {"cut in the request", BY("192.0.2.1 - -") "\"GET /a HT", "BROKEN|source.ip=192.0.2.1"},
    {"no zone", "192.0.2.1 - - [1/Apr/2014:00:00:01] \"GET / HTTP/1.1\" 200 7 \"-\" \"-\"",
     "@timestamp=2014-04-01T00:00:01.000Z"},
    {"west of Greenwich", "192.0.2.1 - - [31/Dec/2025:23:30:00 -0530] \"GET / HTTP/1.1\" 200 7",
     "@timestamp=2026-01-01T05:00:00.000Z"},
    {"behind syslog", "Mar 17 13:05:01 web nginx: " BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7",
     "event.module=nginx|@timestamp=2026-03-17T13:05:01.000Z|source.ip=192.0.2.1|host.name=web"},
    {"behind syslog, Apache",
     "Mar 17 13:05:01 web apache2[7]: " BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"-\"",
     "event.module=apache"},
    {"behind syslog, something else", "Mar 17 13:05:01 web nginx[7]: signal process started",
     "event.action=message|event.module=nginx"},
    {"proxy manager",
     "[01/Oct/2025:14:32:15 +0000] HIT 200 200 - GET https example.com \"/api?_task=mail&_uid=3\" "
     "[Client 192.0.2.100] "
     "[Length 1543] [Gzip 2.45] [Sent-to 10.0.0.15:8080] \"Moz\" \"https://example.com/d\"",
     "source.ip=192.0.2.100|http.response.status_code=200|http.response.body.bytes=1543|mail.uid=3|"
     "user_agent.original=Moz|http.request.referrer=https://example.com/"
     "d|@timestamp=2025-10-01T14:32:15.000Z"},
    {"proxy manager, no cache",
     "[24/Jan/2022:16:51:02 +0000] - 404 404 - GET http h \"/s\" [Client 192.0.2.4] [Length 192]",
     "event.outcome=failure|source.ip=192.0.2.4|url.path=/s"},
    {"host behind the time",
     "192.0.2.1 - bob [17/Mar/2026:13:05:00 +0100] w.example \"GET /a HTTP/1.1\" 200 7 \"-\" \"-\"",
     "source.ip=192.0.2.1|user.name=bob|url.path=/a|@timestamp=2026-03-17T12:05:00.000Z"},
    {"JSON of a site",
     "{\"time_iso8601\":\"2026-03-17T13:05:00+01:00\",\"remote_addr\":\"192.0.2.1\",\"remote_"
     "user\":\"-\",\"request\":\"POST "
     "/?_task=mail&_uid=3 "
     "HTTP/2.0\",\"status\":\"403\",\"body_bytes_sent\":12,\"http_user_agent\":\"a \\\"b\\\"\"}",
     "event.module=nginx|@timestamp=2026-03-17T12:05:00.000Z|source.ip=192.0.2.1|!user.name|mail."
     "uid=3|"
     "http.response.status_code=403|event.outcome=failure|http.response.body.bytes=12|user_agent."
     "original=a \"b\""},
    {"JSON in parts",
     "{\"client_ip\":\"192.0.2.1\",\"method\":\"GET\",\"uri\":\"/"
     "a?b\",\"status\":200,\"time_local\":\"17/Mar/2026:13:05:00 +0100\"}",
     "url.path=/"
     "a|http.request.method=GET|event.outcome=success|@timestamp=2026-03-17T12:05:00.000Z"},
};

static const struct expected webmail[] = {
    {"preview", GET("/?_task=mail&_caps=pdf%3D1&_uid=3769&_mbox=INBOX&_framed=1&_action=preview"),
     "webmail.task=mail|webmail.action=preview|mail.uid=3769|mail.folder=INBOX|!mail.part|!webmail."
     "download"},
    {"download", GET("/roundcube/?_action=get&_uid=37&_mbox=INBOX&_part=2&_download=1&_task=mail"),
     "webmail.action=get|mail.uid=37|mail.part=2|webmail.download=1"},
    {"shown, not downloaded", GET("/?_task=mail&_action=get&_uid=37&_part=2.1&_download=0"),
     "!webmail.download|mail.part=2.1"},
    {"source saved", GET("/?_task=mail&_action=viewsource&_uid=37&_save=1"),
     "webmail.download=1|webmail.action=viewsource"},
    {"all parts", GET("/?_task=mail&_action=plugin.zipdownload.attachments&_uid=37&_mbox=INBOX"),
     "webmail.download=1"},
    {"uid with its folder", GET("/?_task=mail&_action=show&_uid=12-Sent&_mbox=INBOX"),
     "mail.uid=12|mail.folder=Sent"},
    {"uid within a message", GET("/?_task=mail&_action=show&_uid=12.3&_mbox=INBOX"), "mail.uid=12"},
    {"list of uids", GET("/?_task=mail&_action=compose&_forward_uid=12,13%2C14&_mbox=INBOX"),
     "mail.uids=12,13,14|!mail.uid"},
    {"all uids", GET("/?_task=mail&_action=move&_uid=*"), "mail.uids=*"},
    {"answer", GET("/?_task=mail&_action=compose&_reply_uid=12"),
     "mail.uid=12|webmail.action=compose"},
    {"search", GET("/?_task=mail&_action=search&_q=mot+de%20passe&_mbox=INBOX"),
     "webmail.search=mot de passe"},
    {"folder beyond ASCII", GET("/?_task=mail&_mbox=%26AMk-l%26AOk-ments+envoy%26AOk-s"),
     "mail.folder=\xc3\x89l\xc3\xa9ments envoy\xc3\xa9s"},
    {"folder beyond the plane", GET("/?_task=mail&_mbox=%26Jjo-%26-%262D3cCg-"),
     "mail.folder=\xe2\x98\xba&\xf0\x9f\x90\x8a"},
    {"folder malformed", GET("/?_task=mail&_mbox=%262AA-"), "mail.folder=&2AA-"},
    {"the last value holds, as for PHP",
     GET("/?_task=mail&_action=list&_uid=1&_action=show&_uid=2"), "webmail.action=show|mail.uid=2"},
    {"names that only PHP reads", GET("/?%5ftask=mail&.action=get&+_uid[]=7&_pa%72t=3"),
     "webmail.task=mail|webmail.action=get|mail.uid=7|mail.part=3"},
    {"escaped by the server",
     BY("192.0.2.1 - -") "\"GET /?_task=mail&_q=\\xC3\\xA9t\\xC3\\xA9 HTTP/1.1\" 200 1 \"-\" \"-\"",
     "webmail.search=\xc3\xa9t\xc3\xa9"},
    {"sieve",
     BY("192.0.2.1 - -") "\"POST /?_task=settings&_action=plugin.managesieve-save HTTP/1.1\" 200 1 "
			 "\"-\" \"-\"",
     "webmail.task=settings|webmail.action=plugin.managesieve-save|http.request.method=POST"},
    {"sign-in", BY("192.0.2.1 - -") "\"POST /?_task=login HTTP/1.1\" 302 5 \"-\" \"-\"",
     "webmail.task=login|event.outcome=success"},
    {"no webmail", GET("/?_=1772541346191&_part=2&_mbox=x"),
     "!webmail.task|!mail.part|!mail.folder"},
    {"broken query", GET("/?&&=&_&_=&_task&_uid=&%&_action=%zz+%2"),
     "webmail.action=%zz %2|!mail.uid|!mail.uids|!webmail.task"},
};

static void test_lines(void **state)
{
	expect_all(lines, sizeof lines / sizeof *lines);
}

static void test_webmail(void **state)
{
	expect_all(webmail, sizeof webmail / sizeof *webmail);
}

/* Lines of two servers in one input: each says whose it is, and where it does not, the last did. */
static void test_servers(void **state)
{
	static const struct {
		const char *line, *module;
	} turns[] = {
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"-\"", "nginx"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 304 - \"-\" \"-\"", "apache"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"-\"", "apache"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 304 0 \"-\" \"-\"", "nginx"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"-\"", "nginx"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"a\\\"\"", "apache"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"a\\x22\"", "nginx"},
	    {BY("192.0.2.1 - -") "\"GET / HTTP/1.1\" 200 7 \"-\" \"-\"", "nginx"},
	};
	struct format_state st;
	struct event e;
	struct arena scratch = {0};
	format_start(&st, NULL, 2026);
	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
		assert_int_equal(format_decode(&st, slice_of(turns[i].line), &e, &scratch),
				 DECODED_EVENT);
		assert_true(slice_eq(event_get(&e, F_MODULE), slice_of(turns[i].module)));
	}
	arena_free(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines),
					   cmocka_unit_test(test_webmail),
					   cmocka_unit_test(test_servers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
