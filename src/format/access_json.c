/*
 * access_json.c - access lines that a site has nginx or Apache write as JSON (log_format ...
 * escape=json; mod_log_config with a JSON format).  Every site names its members itself: those of
 * nginx's variables and of the common collectors are known.
 *
 * Laws: (1) a line is owned only if it has a request, a status and a client; all else is somebody's
 *           own;
 *       (2) a list of forwarders begins with what the client wrote: it speaks only where no peer is
 *           named, or the peer is a proxy within, by a private address.
 */
#include "web.h"

const struct format format_traefik = {"traefik", "Traefik: access lines, CLF and JSON", 'C'};
const struct format format_caddy = {"caddy", "Caddy: access lines", 'C'};

enum member {
	CLIENT,
	FORWARDED,
	USER,
	WHEN,
	REQUEST,
	METHOD,
	TARGET,
	STATUS,
	BYTES,
	REFERRER,
	AGENT,
	LOGGER,
	PATH, /* of a target whose query stands apart */
	QUERY,
	MEMBERS
};

/* By their first letter, for every member of every line is looked up. */
struct name {
	slice name;
	enum member member;
	bool first; /* outranks another name of the same */
	enum whose { ANYONES, TRAEFIKS, CLOUDS } whose;
};

/*
 * nginx's variables and what sites call them; Caddy (modules/caddyhttp/marshalers.go: client_ip is
 * behind its trusted_proxies); Traefik (pkg/middlewares/accesslog/logdata.go); Cloudflare's Logpush
 * (http_requests), Google's HttpRequest, Azure's gateway and front door, Envoy's usual JSON.
 */
static const struct name of_at_sign[] = {
    {SLICE_INIT("@timestamp"), WHEN, false, ANYONES},
};
static const struct name of_capital_c[] = {
    {SLICE_INIT("ClientIP"), CLIENT, false, ANYONES},
    {SLICE_INIT("ClientAddr"), CLIENT, false, ANYONES},
    {SLICE_INIT("ClientHost"), CLIENT, true, ANYONES},
    {SLICE_INIT("ClientUsername"), USER, false, ANYONES},
    {SLICE_INIT("ClientRequestURI"), TARGET, false, CLOUDS},
    {SLICE_INIT("ClientRequestMethod"), METHOD, false, ANYONES},
    {SLICE_INIT("ClientRequestReferer"), REFERRER, false, ANYONES},
    {SLICE_INIT("ClientRequestUserAgent"), AGENT, false, ANYONES},
};
static const struct name of_capital_d[] = {
    {SLICE_INIT("DownstreamStatus"), STATUS, false, TRAEFIKS},
    {SLICE_INIT("DownstreamContentSize"), BYTES, false, TRAEFIKS},
};
static const struct name of_capital_e[] = {
    {SLICE_INIT("EdgeResponseBytes"), BYTES, false, CLOUDS},
    {SLICE_INIT("EdgeResponseStatus"), STATUS, false, CLOUDS},
    {SLICE_INIT("EdgeStartTimestamp"), WHEN, false, ANYONES},
};
static const struct name of_capital_r[] = {
    {SLICE_INIT("Referer"), REFERRER, false, ANYONES},
    {SLICE_INIT("RequestPath"), TARGET, true, ANYONES},
    {SLICE_INIT("RequestMethod"), METHOD, false, ANYONES},
};
static const struct name of_capital_s[] = {
    {SLICE_INIT("StartUTC"), WHEN, true, ANYONES},
    {SLICE_INIT("StartLocal"), WHEN, false, ANYONES},
};
static const struct name of_capital_u[] = {
    {SLICE_INIT("User-Agent"), AGENT, false, ANYONES},
};
static const struct name of_a[] = {
    {SLICE_INIT("args"), QUERY, false, ANYONES},
    {SLICE_INIT("agent"), AGENT, false, ANYONES},
};
static const struct name of_b[] = {
    {SLICE_INIT("bytes"), BYTES, false, ANYONES},
    {SLICE_INIT("bytes_sent"), BYTES, false, ANYONES},
    {SLICE_INIT("body_bytes_sent"), BYTES, false, ANYONES},
};
static const struct name of_c[] = {
    {SLICE_INIT("client"), CLIENT, false, ANYONES},
    {SLICE_INIT("clientIP"), CLIENT, false, ANYONES},
    {SLICE_INIT("clientIp"), CLIENT, false, ANYONES},
    {SLICE_INIT("clientip"), CLIENT, false, ANYONES},
    {SLICE_INIT("client_ip"), CLIENT, true, ANYONES},
    {SLICE_INIT("client_address"), CLIENT, false, ANYONES},
};
static const struct name of_d[] = {
    {SLICE_INIT("downstream_remote_address"), CLIENT, true, CLOUDS},
};
static const struct name of_h[] = {
    {SLICE_INIT("httpMethod"), METHOD, false, ANYONES},
    {SLICE_INIT("httpStatus"), STATUS, false, ANYONES},
    {SLICE_INIT("http_referer"), REFERRER, false, ANYONES},
    {SLICE_INIT("http_referrer"), REFERRER, false, ANYONES},
    {SLICE_INIT("httpStatusCode"), STATUS, false, CLOUDS},
    {SLICE_INIT("http_user_agent"), AGENT, false, ANYONES},
    {SLICE_INIT("http_x_forwarded_for"), FORWARDED, false, ANYONES},
};
static const struct name of_l[] = {
    {SLICE_INIT("logger"), LOGGER, false, ANYONES},
};
static const struct name of_m[] = {
    {SLICE_INIT("msec"), WHEN, false, ANYONES},
    {SLICE_INIT("method"), METHOD, false, ANYONES},
};
static const struct name of_o[] = {
    {SLICE_INIT("originalRequestUriWithArgs"), TARGET, true, CLOUDS},
};
static const struct name of_p[] = {
    {SLICE_INIT("path"), PATH, false, ANYONES},
};
static const struct name of_q[] = {
    {SLICE_INIT("query"), QUERY, false, ANYONES},
    {SLICE_INIT("query_string"), QUERY, false, ANYONES},
};
static const struct name of_r[] = {
    {SLICE_INIT("referer"), REFERRER, false, ANYONES},
    {SLICE_INIT("request"), REQUEST, false, ANYONES},
    {SLICE_INIT("referrer"), REFERRER, false, ANYONES},
    {SLICE_INIT("remoteIP"), CLIENT, false, ANYONES},
    {SLICE_INIT("remoteIp"), CLIENT, false, ANYONES},
    {SLICE_INIT("remote_ip"), CLIENT, false, ANYONES},
    {SLICE_INIT("requestUri"), TARGET, false, ANYONES},
    {SLICE_INIT("requestUrl"), TARGET, false, CLOUDS},
    {SLICE_INIT("remote_addr"), CLIENT, false, ANYONES},
    {SLICE_INIT("remote_user"), USER, false, ANYONES},
    {SLICE_INIT("request_uri"), TARGET, true, ANYONES},
    {SLICE_INIT("requestQuery"), QUERY, false, ANYONES},
    {SLICE_INIT("responseSize"), BYTES, false, ANYONES},
    {SLICE_INIT("requestMethod"), METHOD, false, ANYONES},
    {SLICE_INIT("request_query"), QUERY, false, ANYONES},
    {SLICE_INIT("responseBytes"), BYTES, false, ANYONES},
    {SLICE_INIT("response_code"), STATUS, false, ANYONES},
    {SLICE_INIT("request_method"), METHOD, false, ANYONES},
    {SLICE_INIT("request_Referer"), REFERRER, false, ANYONES},
    {SLICE_INIT("response_status"), STATUS, false, ANYONES},
    {SLICE_INIT("request_User-Agent"), AGENT, false, ANYONES},
};
static const struct name of_s[] = {
    {SLICE_INIT("size"), BYTES, false, ANYONES},
    {SLICE_INIT("status"), STATUS, false, ANYONES},
    {SLICE_INIT("sentBytes"), BYTES, false, ANYONES},
    {SLICE_INIT("start_time"), WHEN, false, ANYONES},
    {SLICE_INIT("status_code"), STATUS, false, ANYONES},
};
static const struct name of_t[] = {
    {SLICE_INIT("ts"), WHEN, false, ANYONES},
    {SLICE_INIT("time"), WHEN, false, ANYONES},
    {SLICE_INIT("timeStamp"), WHEN, false, ANYONES},
    {SLICE_INIT("timestamp"), WHEN, false, ANYONES},
    {SLICE_INIT("time_local"), WHEN, false, ANYONES},
    {SLICE_INIT("time_iso8601"), WHEN, false, ANYONES},
};
static const struct name of_u[] = {
    {SLICE_INIT("uri"), TARGET, false, ANYONES},
    {SLICE_INIT("url"), TARGET, false, ANYONES},
    {SLICE_INIT("user"), USER, false, ANYONES},
    {SLICE_INIT("user_id"), USER, false, ANYONES},
    {SLICE_INIT("userAgent"), AGENT, false, ANYONES},
    {SLICE_INIT("user-agent"), AGENT, false, ANYONES},
    {SLICE_INIT("user_agent"), AGENT, false, ANYONES},
};
static const struct name of_x[] = {
    {SLICE_INIT("x-forwarded-for"), FORWARDED, false, ANYONES},
    {SLICE_INIT("x_forwarded_for"), FORWARDED, false, ANYONES},
    {SLICE_INIT("x-envoy-origin-path"), TARGET, false, ANYONES},
};

#define NAMES(of)                                                                                  \
	{                                                                                          \
		of, sizeof of / sizeof *of                                                         \
	}
static const struct {
	const struct name *at;
	size_t len;
} letters[128] = {
    ['@'] = NAMES(of_at_sign),   ['C'] = NAMES(of_capital_c), ['D'] = NAMES(of_capital_d),
    ['E'] = NAMES(of_capital_e), ['R'] = NAMES(of_capital_r), ['S'] = NAMES(of_capital_s),
    ['U'] = NAMES(of_capital_u), ['a'] = NAMES(of_a),         ['b'] = NAMES(of_b),
    ['c'] = NAMES(of_c),         ['d'] = NAMES(of_d),         ['h'] = NAMES(of_h),
    ['l'] = NAMES(of_l),         ['m'] = NAMES(of_m),         ['o'] = NAMES(of_o),
    ['p'] = NAMES(of_p),         ['q'] = NAMES(of_q),         ['r'] = NAMES(of_r),
    ['s'] = NAMES(of_s),         ['t'] = NAMES(of_t),         ['u'] = NAMES(of_u),
    ['x'] = NAMES(of_x),
};

static void set_time(struct format_state *st, slice text, struct event *e)
{
	int64_t usec;
	bool zone;
	if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
		text = slice_from(slice_first(text, text.len - 1), 1);
	slice iso = text, seconds = text;
	int64_t whole, fraction = 0;
	if (slice_number(&seconds, &whole) && text.len - seconds.len >= 9 &&
	    (!seconds.len || seconds.at[0] == '.')) { /* 1693840791.7564995 */
		int64_t unit = CLOCK_SECOND / 10;
		for (slice_eat(&seconds, "."); seconds.len && unit; unit /= 10) {
			fraction +=
			    (seconds.at[0] >= '0' && seconds.at[0] <= '9' ? seconds.at[0] - '0'
									  : 0) *
			    unit;
			seconds = slice_from(seconds, 1);
		}
		if (whole < INT64_C(1) << 40)
			event_number(e, F_TIME, whole * CLOCK_SECOND + fraction);
		return;
	}
	if (text.len > 4 && text.at[4] == '-' && envelope_time(st, &iso, &usec))
		event_number(e, F_TIME, usec);
	else if (clock_parse_iso(&iso, &usec, &zone))
		event_number(e, F_TIME, zone || !st->zone ? usec : zone_to_utc(st->zone, usec));
	else if (web_time(st, text, &usec))
		event_number(e, F_TIME, usec);
}

/* ["a","b"], as Caddy has headers: the first */
static slice first_of(slice list)
{
	if (slice_eat(&list, "\""))
		list = slice_first(list, slice_find(list, '"'));
	return list;
}

/* Whose names the members have; a line of Caddy's that is no request. */
static const struct format *writer(const slice v[MEMBERS], enum whose whose)
{
	if (slice_starts(v[LOGGER], SLICE("http.")) || slice_starts(v[LOGGER], SLICE("tls")))
		return &format_caddy;
	return whose == TRAEFIKS ? &format_traefik : whose == CLOUDS ? &format_edge : &format_nginx;
}

static void set_client(struct event *e, slice client)
{
	struct address a;
	if (slice_find(client, ',') < client.len && web_forwarded(client, &a))
		event_address(e, F_SOURCE_IP, a);
	else if (!event_parse_address(e, F_SOURCE_IP, client))
		event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, client);
}

static void set_forwarded(struct event *e, slice list)
{
	struct address a;
	bool direct = event_has(e, F_SOURCE_IP) && !address_is_private(&e->v[F_SOURCE_IP].address);
	if (direct || !web_forwarded(list, &a))
		return;
	event_drop(e, F_SOURCE_PORT);
	event_address(e, F_SOURCE_IP, a);
}

static void set_if(struct event *e, enum field f, slice text)
{
	if (text.len && !slice_eq(text, SLICE("-")))
		event_text(e, f, text);
}

static const struct name *find_name(slice key)
{
	size_t letter = key.len ? (uint8_t)key.at[0] & 127 : 0;
	for (size_t i = 0; i < letters[letter].len; i++)
		if (slice_eq(letters[letter].at[i].name, key))
			return &letters[letter].at[i];
	return NULL;
}

/* A target in two: path, and query with or without its mark. */
static slice join_target(const slice v[MEMBERS], struct arena *scratch)
{
	slice query = v[QUERY];
	slice_eat(&query, "?");
	if (!query.len || slice_eq(query, SLICE("-")) || slice_find(v[PATH], '?') < v[PATH].len)
		return v[PATH];
	return arena_format(scratch, "%.*s?%.*s", (int)v[PATH].len, v[PATH].at, (int)query.len,
			    query.at);
}

/* Values that are as good as none. */
static bool is_nil(slice s)
{
	return s.len == 0 || slice_eq(s, SLICE("-")) || slice_eq(s, SLICE("null"));
}

/* All that was gathered; `f` wrote it. */
static enum decoded request_event(struct format_state *st, slice v[MEMBERS], const struct format *f,
				  struct event *e, struct arena *scratch)
{
	int64_t status;
	bool request = v[REQUEST].len || (v[METHOD].len && v[TARGET].len);
	bool client = v[CLIENT].len || v[FORWARDED].len;
	if (!slice_is_number(v[STATUS], &status) || !client || !request)
		return DECODED_UNKNOWN;
	set_time(st, v[WHEN], e);
	web_event(e, f);
	set_client(e, v[CLIENT]);
	set_forwarded(e, v[FORWARDED]);
	set_if(e, F_USER, v[USER]);
	if (v[REQUEST].len)
		web_request(v[REQUEST], e, scratch);
	else {
		event_text(e, F_METHOD, v[METHOD]);
		web_target(v[TARGET], e, scratch);
	}
	web_status(e, status);
	event_parse_number(e, F_RESPONSE_BYTES, v[BYTES]);
	set_if(e, F_REFERRER, first_of(v[REFERRER]));
	set_if(e, F_USER_AGENT, first_of(v[AGENT]));
	return DECODED_EVENT;
}

/* A request that stands in parts is put together. */
static void join_request(slice v[MEMBERS], struct arena *scratch)
{
	if (v[METHOD].len && v[REQUEST].len && v[REQUEST].at[0] == '/') {
		v[PATH] = v[REQUEST];
		v[REQUEST] = (slice){0};
	}
	if (!v[TARGET].len && v[METHOD].len)
		v[TARGET] = join_target(v, scratch);
}

/* What the answer's headers say, and how it was encrypted: nothing here asks for it. */
static const slice unneeded[] = {SLICE_INIT("resp_headers"), SLICE_INIT("tls")};

enum decoded access_json_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	struct json j;
	struct json_member m;
	slice v[MEMBERS] = {{0}};
	enum whose whose = ANYONES;
	if (!json_open(&j, line))
		return DECODED_UNKNOWN;
	j.pass = unneeded;
	j.pass_count = sizeof unneeded / sizeof *unneeded;
	while (json_next(&j, &m)) {
		const struct name *n = find_name(m.key);
		if (!n || (v[n->member].len && !n->first) || is_nil(m.value))
			continue;
		v[n->member] = json_text(&m, scratch);
		if (n->whose != ANYONES)
			whose = n->whose;
	}
	join_request(v, scratch);
	const struct format *f = writer(v, whose);
	if (f == &format_caddy && !v[REQUEST].len && !(v[METHOD].len && v[TARGET].len)) {
		set_time(st, v[WHEN], e);
		event_module(e, f);
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return DECODED_EVENT;
	}
	return request_event(st, v, f, e, scratch);
}

/* Caddy's console: 2026/03/17 13:05:00.100<tab>INFO<tab>logger<tab>words<tab>{"request": ...} */
enum decoded caddy_console_decode(struct format_state *st, slice line, struct event *e,
				  struct arena *scratch)
{
	char clock[32];
	int64_t usec;
	size_t n = slice_find(line, '\t'), at;
	if (n > sizeof clock || n == line.len || line.len < 60 || line.at[4] != '/')
		return DECODED_UNKNOWN;
	for (size_t i = 0; i < n; i++)
		clock[i] = line.at[i] == '/' ? '-' : line.at[i];
	if (slice_search(slice_first(line, 96), SLICE("\thttp.log.access")) == SIZE_MAX ||
	    (at = slice_search(slice_first(line, 256), SLICE("\t{\"request\""))) == SIZE_MAX ||
	    !web_iso(st, (slice){clock, n}, &usec) ||
	    access_json_decode(st, slice_from(line, at + 1), e, scratch) != DECODED_EVENT)
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	event_module(e, &format_caddy);
	return DECODED_EVENT;
}

/* Labels that ltsv.org gives, where JSON has others. */
static const struct name *find_label(slice label)
{
	static const struct name labels[] = {
	    {SLICE_INIT("host"), CLIENT, false, ANYONES},
	    {SLICE_INIT("req"), REQUEST, false, ANYONES},
	    {SLICE_INIT("ua"), AGENT, false, ANYONES},
	};
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (slice_eq(labels[i].name, label))
			return &labels[i];
	return find_name(label);
}

/* time:[17/Mar/2026:13:05:00 +0000]<tab>host:192.0.2.1<tab>req:GET / HTTP/1.1<tab>status:200 */
enum decoded ltsv_decode(struct format_state *st, slice line, struct event *e,
			 struct arena *scratch)
{
	slice v[MEMBERS] = {{0}};
	size_t tab = slice_find(line, '\t');
	if (tab == line.len || slice_find(slice_first(line, tab), ':') > 24)
		return DECODED_UNKNOWN;
	while (line.len) {
		slice value = slice_until(&line, '\t'), label = slice_until(&value, ':');
		const struct name *n = label.len ? find_label(label) : NULL;
		if (n && !v[n->member].len && !is_nil(value))
			v[n->member] = value;
	}
	return request_event(st, v, &format_nginx, e, scratch);
}
