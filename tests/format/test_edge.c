/* test_edge.c - balancers, caches and meshes in front of a webmail, and access lines as JSON, LTSV
 * and on Caddy's console: whoever writes them, client, request and answer are the same. */
#include "expect.h"

#define URL "/?_task=mail&_mbox=INBOX&_uid=7&_action=show"
#define SAME                                                                                       \
	"source.ip=203.0.113.9|http.request.method=GET|url.path=/|webmail.action=show|mail.uid=7|" \
	"http.response.status_code=200|event.outcome=success"
#define AT "|@timestamp=2026-03-17T13:05:00."
#define ALB(peer, request, agent)                                                                  \
	"https 2026-03-17T13:05:00.186641Z app/web/490d " peer                                     \
	" 10.0.0.1:80 0.086 0.048 0.037 200 200 0 512 \"" request "\" \"" agent                    \
	"\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x \"Root=1-5\" \"mail.example.org\" "      \
	"\"-\" 1 "                                                                                 \
	"2026-03-17T13:05:00.100000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\""
#define FRONT(form)                                                                                \
	"2026-03-17\t13:05:00\tCDG50-P2\t703\t203.0.113.9\tGET\td6.cloudfront.net\t/\t200\t-\t"    \
	"Mozilla/5.0%20(X11)\t" form "\t-\tMiss\tx==\tmail\thttps\t62\t0.113"
#define MESH(rest) "[2026-03-17T13:05:00.310Z] \"GET " URL " HTTP/2\" 200 - " rest

static const struct expected lines[] = {
    {"application balancer",
     ALB("203.0.113.9:44740", "GET https://mail.example.org:443" URL " HTTP/2.0", "Mozilla/5.0"),
     "event.module=edge|" SAME AT "186Z|source.port=44740|destination.ip=10.0.0.1|"
     "user_agent.original=Mozilla/5.0|http.response.body.bytes=512"},
    {"over IPv6", ALB("[2001:db8::1]:44740", "GET https://h:443/ HTTP/2.0", "-"),
     "event.module=edge|source.ip=2001:db8::1|!user_agent.original"},
    {"the client was gone",
     "http 2026-03-17T13:05:00.186641Z app/w/4 203.0.113.9:1 - -1 -1 -1 - - 0 0 \"- http://h:80- "
     "\" "
     "\"-\" - - - \"-\" \"-\" \"-\" - 2026-03-17T13:05:00.1Z \"-\" \"-\" \"-\" \"-\" \"-\" \"-\" "
     "\"-\"",
     "event.module=edge|source.ip=203.0.113.9|!event.outcome|!http.request.method"},
    {"classic balancer",
     "2026-03-17T13:05:00.186641Z my-lb 203.0.113.9:2817 10.0.0.1:80 0.000073 0.001048 0.000057 "
     "200 "
     "200 0 512 \"GET https://mail.example.org:443" URL
     " HTTP/1.1\" \"M\" DHE-RSA-AES128-SHA TLSv1.2",
     "event.module=edge|" SAME AT "186Z|user_agent.original=M"},
    {"CloudFront", FRONT("_task=mail&_mbox=INBOX&_uid=7&_action=show"),
     "event.module=edge|" SAME AT "000Z|http.response.body.bytes=703|!http.request.referrer"},
    {"CloudFront, no query", FRONT("-"), "event.module=edge|url.original=/|!url.query"},
    {"Envoy", MESH("0 512 226 100 \"203.0.113.9\" \"M\" \"cc21\" \"mail\" \"tcp://10.0.2.1:80\""),
     "event.module=edge|" SAME AT "310Z|user_agent.original=M"},
    {"Envoy behind another: the last that is not private",
     MESH("0 5 2 1 \"6.6.6.6,203.0.113.9,10.0.0.9\" \"M\" \"i\" \"h\" \"-\""),
     "event.module=edge|source.ip=203.0.113.9"},
    {"a client whose header closes the field itself",
     MESH("0 5 2 1 \"6.6.6.6\" \"x,203.0.113.9\" \"M\" \"i\" \"h\" \"-\""),
     "event.module=edge|!source.ip|!user_agent.original|event.outcome=success"},
    {"Istio",
     MESH("via_upstream - \"-\" 0 512 2 1 \"203.0.113.9\" \"M\" \"cc21\" \"mail\" \"10.0.0.1:80\" "
	  "inbound|80|| 127.0.0.6:1 10.0.0.1:80 203.0.113.9:0 - default"),
     "event.module=edge|" SAME AT "310Z|user_agent.original=M"},
    {"Squid in front",
     "1773752700.100    123 203.0.113.9 TCP_MISS/200 512 GET https://mail" URL
     " ana HIER_DIRECT/10.0.0.1 text/html",
     "event.module=edge|" SAME AT "100Z|user.name=ana"},
    {"Cloudflare",
     "{\"ClientIP\":\"203.0.113.9\",\"ClientRequestHost\":\"mail\",\"ClientRequestMethod\":\"GET\","
     "\"ClientRequestURI\":\"" URL "\",\"EdgeStartTimestamp\":\"2026-03-17T13:05:00Z\","
     "\"EdgeResponseBytes\":512,\"EdgeResponseStatus\":200,\"ClientRequestUserAgent\":\"M\"}",
     "event.module=edge|" SAME AT "000Z|user_agent.original=M"},
    {"Google's",
     "{\"httpRequest\":{\"requestMethod\":\"GET\",\"requestUrl\":\"https://mail" URL
     "\",\"status\":200,\"userAgent\":\"M\",\"remoteIp\":\"203.0.113.9\"},\"insertId\":\"x\","
     "\"timestamp\":\"2026-03-17T13:05:00.1Z\"}",
     "event.module=edge|" SAME AT "100Z|user_agent.original=M"},
    {"Azure's gateway",
     "{\"timeStamp\":\"2026-03-17T13:05:00+00:00\",\"category\":\"ApplicationGatewayAccessLog\","
     "\"properties\":{\"clientIP\":\"203.0.113.9\",\"httpMethod\":\"GET\",\"requestUri\":\"/\","
     "\"originalRequestUriWithArgs\":\"" URL "\",\"userAgent\":\"M\",\"httpStatus\":200}}",
     "event.module=edge|" SAME AT "000Z"},
    {"Envoy's JSON",
     "{\":authority\":\"mail\",\"bytes_sent\":512,\"downstream_remote_address\":"
     "\"203.0.113.9:59292\",\"method\":\"GET\",\"response_code\":200,\"start_time\":"
     "\"2026-03-17T13:05:00.479Z\",\"user-agent\":\"M\",\"x-envoy-origin-path\":\"" URL
     "\",\"x-forwarded-for\":\"6.6.6.6\"}",
     "event.module=edge|" SAME AT "479Z"},
    {"what the client says of itself, in front of who it is",
     "{\"x-forwarded-for\":\"6.6.6.6\",\"remote_addr\":\"203.0.113.9\",\"status\":200,"
     "\"request\":\"GET " URL " HTTP/1.1\",\"time\":\"2026-03-17T13:05:00+00:00\"}",
     "event.module=nginx|" SAME AT "000Z"},
    {"behind a proxy within",
     "{\"remote_addr\":\"10.0.0.1\",\"http_x_forwarded_for\":\"6.6.6.6, 203.0.113.9\","
     "\"status\":200,\"request\":\"GET " URL " HTTP/1.1\",\"time\":"
     "\"2026-03-17T13:05:00+00:00\"}",
     "event.module=nginx|" SAME AT "000Z"},
    {"a list that names nobody",
     "{\"remote_addr\":\"10.0.0.1\",\"http_x_forwarded_for\":\"unknown\",\"status\":200,"
     "\"request\":\"GET / HTTP/1.1\",\"time\":\"2026-03-17T13:05:00+00:00\"}",
     "event.module=nginx|source.ip=10.0.0.1"},
    {"path and query apart",
     "{\"time\":\"2026-03-17T13:05:00+00:00\",\"remote_addr\":\"203.0.113.9\",\"status\":200,"
     "\"path\":\"/\",\"request_query\":\"_task=mail&_mbox=INBOX&_uid=7&_action=show\",\"method\":"
     "\"GET\"}",
     "event.module=nginx|" SAME AT "000Z"},
    {"Apache's, with the query's mark and a time in brackets",
     "{\"time\":\"[17/Mar/2026:13:05:00 +0000]\",\"remoteIP\":\"203.0.113.9\",\"request\":\"/\","
     "\"query\":\"?_task=mail&_mbox=INBOX&_uid=7&_action=show\",\"method\":\"GET\",\"status\":"
     "\"200\"}",
     "event.module=nginx|" SAME AT "000Z"},
    {"Caddy: names of headers are no members of its own",
     "{\"level\":\"info\",\"ts\":1773752700.1,\"logger\":\"http.log.access.log0\",\"request\":{"
     "\"remote_ip\":\"203.0.113.9\",\"method\":\"GET\",\"uri\":\"" URL "\",\"headers\":{"
     "\"Client_ip\":[\"6.6.6.6\"],\"Status\":[\"500\"],\"X-Forwarded-For\":[\"6.6.6.6\"],"
     "\"Clientip\":[\"6.6.6.6\"],\"Uri\":[\"/x\"]}},\"status\":200}",
     "event.module=caddy|" SAME AT "100Z"},
    {"Caddy's console",
     "2026/03/17 13:05:00.100\tINFO\thttp.log.access.log0\thandled request\t{\"request\":{"
     "\"remote_ip\":\"203.0.113.9\",\"method\":\"GET\",\"uri\":\"" URL "\"},\"status\":200}",
     "event.module=caddy|" SAME AT "100Z"},
    {"labels",
     "time:17/Mar/2026:13:05:00 +0000\thost:203.0.113.9\tmethod:GET\turi:" URL
     "\tstatus:200\tsize:512\tua:M",
     "event.module=nginx|" SAME AT "000Z|user_agent.original=M"},
    {"a host in quotes before the request",
     "203.0.113.9 - - [17/Mar/2026:13:05:00 +0000] \"mail.example.org\" \"GET " URL
     " HTTP/1.1\" 200 5 \"-\" \"M\"",
     "event.module=nginx|" SAME AT "000Z"},
    {"a time in ISO 8601",
     "203.0.113.9 - - [2026-03-17T13:05:00+00:00] \"GET " URL " HTTP/1.1\" 200 5 \"-\" \"M\"",
     "event.module=nginx|" SAME AT "000Z"},
    {"HAProxy with option httplog clf",
     "Mar 17 13:05:00 lb haproxy[22]: 203.0.113.9 - - [17/Mar/2026:13:05:00 +0000] \"GET " URL
     " HTTP/1.1\" 200 512 \"\" \"\" 50123 123 \"https~\" \"web\" \"rc1\" 0 0 1 20 21 ---- 1 1 0 0 "
     "0",
     "event.module=haproxy|" SAME},
    {"as composers print it",
     "roundcube_1  | 203.0.113.9 - - [17/Mar/2026:13:05:00 +0000] \"GET " URL
     " HTTP/1.1\" 200 512 \"-\" \"M\"",
     "event.module=nginx|" SAME "|!user.name"},
    {"a whole line in quotes",
     "\"203.0.113.9 - - [17/Mar/2026:13:05:00 +0000] \"GET " URL " HTTP/1.1\" 200 5 \"-\" \"M\"\"",
     "event.module=nginx|" SAME},
};

static void test_edge(void **state)
{
	expect_all(lines, sizeof lines / sizeof *lines);
}

static const struct expected others[] = {
    {"words that begin as a balancer's", "https 2026-03-17T13:05:00Z a b c d e f g h i",
     "UNKNOWN|"},
    {"a bracket and a time alone", "[2026-03-17T13:05:00.310Z] \"GET / HTTP/2\" x", "UNKNOWN|"},
    {"no request", "{\"ClientIP\":\"203.0.113.9\",\"EdgeResponseStatus\":200}", "UNKNOWN|"},
    {"no client", "{\"method\":\"GET\",\"path\":\"/\",\"status\":200}", "UNKNOWN|"},
};

static void test_others(void **state)
{
	expect_all(others, sizeof others / sizeof *others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_edge),
					   cmocka_unit_test(test_others)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
