/*
 * edge.c - what stands in front of a webmail in a cloud: balancers, caches, service meshes.
 *
 *	https 2026-03-17T13:05:00.186641Z app/NAME/ID C:P T:P 0.086 0.048 0.037 200 200 0 57
 *	    "GET https://host:443/ HTTP/1.1" "agent" ...                    (AWS, application)
 *	2026-03-17T13:05:00.186641Z NAME C:P T:P 0.0 0.0 0.0 200 200 0 29 "GET ..." "agent" ...
 *	2026-03-17<tab>13:05:00<tab>EDGE<tab>bytes<tab>C<tab>GET<tab>host<tab>/path<tab>200 ...
 *	[2026-03-17T13:05:00.310Z] "GET / HTTP/2" 200 - 0 512 226 100 "C" "agent" "id" "host" "to"
 *	1773752700.100    123 C TCP_MISS/200 512 GET https://host/ user DIRECT/T text/html
 *
 * Sources: docs.aws.amazon.com (elasticloadbalancing: load balancer access logs, classic and new;
 * CloudFront: standard logs reference); envoyproxy.io (observability, access log); istio.io (access
 * logs); wiki.squid-cache.org (LogFormat).
 *
 * Laws: (1) times are UTC; (2) AWS and Squid write the client before all that it can write;
 *       (3) Envoy writes it behind, in a header that the client began: it is believed only if the
 *       line has as many quotes as the form; a target holds no space, so the first quote with one
 *       behind it ends the request.
 */
#include "web.h"

const struct format format_edge = {
    "edge", "balancers and caches: AWS, Cloudflare, Google, Azure, Envoy, Istio, Squid", 'C'};

static void set_if(struct event *e, enum field f, slice text)
{
	if (text.len && !slice_eq(text, SLICE("-")))
		event_text(e, f, text);
}

static bool is_seconds(slice s) /* -1, 0.086 */
{
	slice_eat(&s, "-");
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < '0' || s.at[i] > '9') && s.at[i] != '.')
			return false;
	return s.len > 0;
}

/* NAME C:P T:P seconds seconds seconds status status bytes bytes "request" "agent" */
static enum decoded read_aws(slice s, struct event *e, struct arena *scratch)
{
	int64_t status, bytes;
	slice_until(&s, ' ');
	slice client = slice_until(&s, ' '), target = slice_until(&s, ' ');
	for (int i = 0; i < 3; i++)
		if (!is_seconds(slice_until(&s, ' ')))
			return DECODED_UNKNOWN;
	bool answered = slice_is_number(slice_until(&s, ' '), &status);
	slice_until(&s, ' '); /* of the target */
	slice_until(&s, ' '); /* received */
	if (!slice_is_number(slice_until(&s, ' '), &bytes) || !slice_eat(&s, "\"") ||
	    !event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, client))
		return DECODED_UNKNOWN;
	web_event(e, &format_edge);
	event_parse_peer(e, F_DESTINATION_IP, F_DESTINATION_PORT, target);
	event_number(e, F_RESPONSE_BYTES, bytes);
	slice request = slice_until(&s, '"');
	if (!slice_starts(request, SLICE("- "))) /* the client was gone before */
		web_request(request, e, scratch);
	if (answered)
		web_status(e, status);
	if (slice_eat(&s, " \""))
		set_if(e, F_USER_AGENT, slice_until(&s, '"'));
	return DECODED_EVENT;
}

/* AWS: application balancers begin with the kind of connection. */
enum decoded alb_decode(struct format_state *st, slice line, struct event *e, struct arena *scratch)
{
	static const slice kinds[] = {SLICE_INIT("http "), SLICE_INIT("https "),
				      SLICE_INIT("h2 "),   SLICE_INIT("grpcs "),
				      SLICE_INIT("ws "),   SLICE_INIT("wss ")};
	int64_t usec;
	bool zone;
	(void)st;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!slice_starts(line, kinds[i]))
			continue;
		slice s = slice_from(line, kinds[i].len);
		if (!clock_parse_iso(&s, &usec, &zone) || !zone || !slice_eat(&s, " "))
			return DECODED_UNKNOWN;
		enum decoded d = read_aws(s, e, scratch);
		if (d == DECODED_EVENT)
			event_number(e, F_TIME, usec);
		return d;
	}
	return DECODED_UNKNOWN;
}

/* Behind its time, a classic balancer's. */
enum decoded elb_decode(struct format_state *st, slice line, struct event *e, struct arena *scratch)
{
	(void)st;
	if (slice_search(slice_first(line, 200), SLICE(" \"")) == SIZE_MAX)
		return DECODED_UNKNOWN;
	return read_aws(line, e, scratch);
}

enum cloudfront {
	DAY,
	CLOCK,
	PLACE,
	BYTES,
	CLIENT,
	METHOD,
	HOST,
	STEM,
	STATUS,
	REFERRER,
	AGENT,
	QUERY,
	COOKIE,
	RESULT,
	COLUMNS
};

enum decoded cloudfront_decode(struct format_state *st, slice line, struct event *e,
			       struct arena *scratch)
{
	slice v[COLUMNS], s = line;
	int64_t usec, status;
	(void)st;
	if (line.len < 40 || line.at[10] != '\t' || line.at[19] != '\t')
		return DECODED_UNKNOWN;
	for (size_t i = 0; i < COLUMNS; i++)
		v[i] = slice_until(&s, '\t');
	struct address client;
	slice when = arena_format(scratch, "%.*sT%.*sZ", (int)v[DAY].len, v[DAY].at,
				  (int)v[CLOCK].len, v[CLOCK].at);
	if (!web_iso(NULL, when, &usec) || !address_parse(v[CLIENT], &client) ||
	    !slice_is_number(v[STATUS], &status) || !v[RESULT].len)
		return DECODED_UNKNOWN;
	web_event(e, &format_edge);
	event_number(e, F_TIME, usec);
	event_address(e, F_SOURCE_IP, client);
	event_text(e, F_METHOD, v[METHOD]);
	bool query = v[QUERY].len && !slice_eq(v[QUERY], SLICE("-"));
	web_target(query ? arena_format(scratch, "%.*s?%.*s", (int)v[STEM].len, v[STEM].at,
					(int)v[QUERY].len, v[QUERY].at)
			 : v[STEM],
		   e, scratch);
	if (status)
		web_status(e, status);
	event_parse_number(e, F_RESPONSE_BYTES, v[BYTES]);
	set_if(e, F_DESTINATION_DOMAIN, v[HOST]);
	set_if(e, F_REFERRER, v[REFERRER]);
	set_if(e, F_USER_AGENT, v[AGENT]);
	return DECODED_EVENT;
}

static size_t count_quotes(slice s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += s.at[i] == '"';
	return n;
}

/* Behind status and flags; Istio adds two words and a quoted one: via_upstream - "-" */
static bool read_mesh(slice s, struct event *e)
{
	int64_t received, sent;
	size_t quotes = 10;
	struct address client;
	slice first = s;
	if (!slice_is_number(slice_until(&first, ' '), &received)) {
		slice_until(&s, ' ');
		slice_until(&s, ' ');
		if (!slice_eat(&s, "\""))
			return false;
		slice_until(&s, '"');
		slice_eat(&s, " ");
	}
	if (!slice_is_number(slice_until(&s, ' '), &received) ||
	    !slice_is_number(slice_until(&s, ' '), &sent))
		return false;
	event_number(e, F_RESPONSE_BYTES, sent);
	slice_until(&s, ' ');
	slice_until(&s, ' ');
	if (!slice_eat(&s, "\"") || count_quotes(s) + 1 != quotes)
		return true; /* the client wrote a quote: nothing here is sure */
	if (web_forwarded(slice_until(&s, '"'), &client))
		event_address(e, F_SOURCE_IP, client);
	slice_eat(&s, " \"");
	set_if(e, F_USER_AGENT, slice_until(&s, '"'));
	return true;
}

enum decoded envoy_decode(struct format_state *st, slice line, struct event *e,
			  struct arena *scratch)
{
	int64_t usec, status;
	bool zone;
	slice s = slice_from(line, 1);
	(void)st;
	if (!clock_parse_iso(&s, &usec, &zone) || !zone || !slice_eat(&s, "] \""))
		return DECODED_UNKNOWN;
	size_t end = slice_search(s, SLICE("\" "));
	slice request = slice_first(s, end);
	s = end == SIZE_MAX ? (slice){0} : slice_from(s, end + 2);
	if (!slice_is_number(slice_until(&s, ' '), &status))
		return DECODED_UNKNOWN;
	slice_until(&s, ' '); /* flags */
	web_event(e, &format_edge);
	event_number(e, F_TIME, usec);
	web_request(request, e, scratch);
	if (status)
		web_status(e, status);
	return read_mesh(s, e) ? DECODED_EVENT : DECODED_BROKEN;
}

/* Behind its time in seconds: milliseconds, client, RESULT/status bytes METHOD url user */
enum decoded squid_decode(struct format_state *st, slice line, struct event *e,
			  struct arena *scratch)
{
	int64_t took, status;
	struct address client;
	slice s = line;
	(void)st;
	if (!slice_is_number(slice_until(&s, ' '), &took) ||
	    !address_parse(slice_until(&s, ' '), &client))
		return DECODED_UNKNOWN;
	slice result = slice_until(&s, ' ');
	slice_until(&result, '/');
	if (!slice_is_number(result, &status))
		return DECODED_UNKNOWN;
	slice bytes = slice_until(&s, ' '), method = slice_until(&s, ' '),
	      url = slice_until(&s, ' ');
	web_event(e, &format_edge);
	event_address(e, F_SOURCE_IP, client);
	event_parse_number(e, F_RESPONSE_BYTES, bytes);
	event_text(e, F_METHOD, method);
	web_target(url, e, scratch);
	set_if(e, F_USER, slice_until(&s, ' '));
	if (status)
		web_status(e, status);
	return DECODED_EVENT;
}
