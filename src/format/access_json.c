/*
 * access_json.c - access lines that a site has nginx or Apache write as JSON (log_format ...
 * escape=json; mod_log_config with a JSON format).  Every site names its members itself: those of
 * nginx's variables and of the common collectors are known.
 *
 * Law: a line is owned only if it has a request, a status and a client; all else is somebody's own.
 */
#include "web.h"

const struct format format_traefik = {"traefik", "Traefik: access lines, CLF and JSON", 'C'};
const struct format format_caddy = {"caddy", "Caddy: access lines", 'C'};

enum member {
	CLIENT,
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
	MEMBERS
};

static const struct {
	slice name;
	enum member member;
	bool first; /* outranks another name of the same */
} names[] = {
    {SLICE_INIT("remote_addr"), CLIENT, false},
    {SLICE_INIT("client_address"), CLIENT, false},
    {SLICE_INIT("remote_ip"), CLIENT, false},
    {SLICE_INIT("client_ip"), CLIENT, true},
    {SLICE_INIT("clientip"), CLIENT, false},
    {SLICE_INIT("client"), CLIENT, false},
    {SLICE_INIT("remote_user"), USER, false},
    {SLICE_INIT("user"), USER, false},
    {SLICE_INIT("time_iso8601"), WHEN, false},
    {SLICE_INIT("time_local"), WHEN, false},
    {SLICE_INIT("@timestamp"), WHEN, false},
    {SLICE_INIT("timestamp"), WHEN, false},
    {SLICE_INIT("time"), WHEN, false},
    {SLICE_INIT("request"), REQUEST, false},
    {SLICE_INIT("request_method"), METHOD, false},
    {SLICE_INIT("method"), METHOD, false},
    {SLICE_INIT("request_uri"), TARGET, false},
    {SLICE_INIT("uri"), TARGET, false},
    {SLICE_INIT("status"), STATUS, false},
    {SLICE_INIT("response_status"), STATUS, false},
    {SLICE_INIT("body_bytes_sent"), BYTES, false},
    {SLICE_INIT("bytes_sent"), BYTES, false},
    {SLICE_INIT("bytes"), BYTES, false},
    {SLICE_INIT("http_referer"), REFERRER, false},
    {SLICE_INIT("http_referrer"), REFERRER, false},
    {SLICE_INIT("referer"), REFERRER, false},
    {SLICE_INIT("http_user_agent"), AGENT, false},
    {SLICE_INIT("user_agent"), AGENT, false},
    {SLICE_INIT("agent"), AGENT, false},
    /* Caddy (modules/caddyhttp/marshalers.go); client_ip is behind its trusted_proxies */
    {SLICE_INIT("user_id"), USER, false},
    {SLICE_INIT("ts"), WHEN, false},
    {SLICE_INIT("size"), BYTES, false},
    {SLICE_INIT("User-Agent"), AGENT, false},
    {SLICE_INIT("Referer"), REFERRER, false},
    {SLICE_INIT("logger"), LOGGER, false},
    /* Traefik (pkg/middlewares/accesslog/logdata.go) */
    {SLICE_INIT("ClientHost"), CLIENT, true},
    {SLICE_INIT("ClientAddr"), CLIENT, false},
    {SLICE_INIT("StartLocal"), WHEN, false},
    {SLICE_INIT("ClientUsername"), USER, false},
    {SLICE_INIT("StartUTC"), WHEN, true},
    {SLICE_INIT("RequestMethod"), METHOD, false},
    {SLICE_INIT("RequestPath"), TARGET, false},
    {SLICE_INIT("DownstreamStatus"), STATUS, false},
    {SLICE_INIT("DownstreamContentSize"), BYTES, false},
    {SLICE_INIT("request_User-Agent"), AGENT, false},
    {SLICE_INIT("request_Referer"), REFERRER, false},
};

static void set_time(struct format_state *st, slice text, struct event *e)
{
	int64_t usec;
	bool zone;
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
	if (clock_parse_iso(&iso, &usec, &zone))
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
static const struct format *writer(const slice v[MEMBERS], slice line)
{
	if (slice_starts(v[LOGGER], SLICE("http.")) || slice_starts(v[LOGGER], SLICE("tls")))
		return &format_caddy;
	return slice_search(line, SLICE("\"DownstreamStatus\":")) != SIZE_MAX ? &format_traefik
									      : &format_nginx;
}

static void set_client(struct event *e, slice client)
{
	struct address a;
	if (slice_find(client, ',') < client.len && web_forwarded(client, &a))
		event_address(e, F_SOURCE_IP, a);
	else if (!event_parse_address(e, F_SOURCE_IP, client))
		event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, client);
}

static void set_if(struct event *e, enum field f, slice text)
{
	if (text.len && !slice_eq(text, SLICE("-")))
		event_text(e, f, text);
}

static int find_name(slice key)
{
	for (size_t i = 0; key.len && i < sizeof names / sizeof *names; i++)
		if (names[i].name.len == key.len && names[i].name.at[0] == key.at[0] &&
		    slice_eq(names[i].name, key))
			return (int)i;
	return -1;
}

enum decoded access_json_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	struct json j;
	struct json_member m;
	slice v[MEMBERS] = {{0}};
	int64_t status;
	if (!json_open(&j, line))
		return DECODED_UNKNOWN;
	while (json_next(&j, &m)) {
		int i = find_name(m.key);
		if (i >= 0 && (v[names[i].member].len == 0 || names[i].first))
			v[names[i].member] = json_text(&m, scratch);
	}
	const struct format *f = writer(v, line);
	bool request = v[REQUEST].len || (v[METHOD].len && v[TARGET].len);
	if (f == &format_caddy && !request) {
		set_time(st, v[WHEN], e);
		event_module(e, f);
		event_act(e, ACT_MESSAGE, OUT_NONE);
		return DECODED_EVENT;
	}
	if (!slice_is_number(v[STATUS], &status) || !v[CLIENT].len || !request)
		return DECODED_UNKNOWN;
	set_time(st, v[WHEN], e);
	web_event(e, f);
	set_client(e, v[CLIENT]);
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
