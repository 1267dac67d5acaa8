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

/* By their first letter, for every member of every line is looked up. */
struct name {
	slice name;
	enum member member;
	bool first; /* outranks another name of the same */
};

/*
 * nginx's variables and what sites call them; Caddy (modules/caddyhttp/marshalers.go: client_ip is
 * behind its trusted_proxies); Traefik (pkg/middlewares/accesslog/logdata.go).
 */
static const struct name of_at_sign[] = {
    {SLICE_INIT("@timestamp"), WHEN, false},
};
static const struct name of_capital_c[] = {
    {SLICE_INIT("ClientHost"), CLIENT, true},
    {SLICE_INIT("ClientAddr"), CLIENT, false},
    {SLICE_INIT("ClientUsername"), USER, false},
};
static const struct name of_capital_d[] = {
    {SLICE_INIT("DownstreamStatus"), STATUS, false},
    {SLICE_INIT("DownstreamContentSize"), BYTES, false},
};
static const struct name of_capital_r[] = {
    {SLICE_INIT("Referer"), REFERRER, false},
    {SLICE_INIT("RequestMethod"), METHOD, false},
    {SLICE_INIT("RequestPath"), TARGET, false},
};
static const struct name of_capital_s[] = {
    {SLICE_INIT("StartLocal"), WHEN, false},
    {SLICE_INIT("StartUTC"), WHEN, true},
};
static const struct name of_capital_u[] = {
    {SLICE_INIT("User-Agent"), AGENT, false},
};
static const struct name of_a[] = {
    {SLICE_INIT("agent"), AGENT, false},
};
static const struct name of_b[] = {
    {SLICE_INIT("body_bytes_sent"), BYTES, false},
    {SLICE_INIT("bytes_sent"), BYTES, false},
    {SLICE_INIT("bytes"), BYTES, false},
};
static const struct name of_c[] = {
    {SLICE_INIT("client_address"), CLIENT, false},
    {SLICE_INIT("client_ip"), CLIENT, true},
    {SLICE_INIT("clientip"), CLIENT, false},
    {SLICE_INIT("client"), CLIENT, false},
};
static const struct name of_h[] = {
    {SLICE_INIT("http_referer"), REFERRER, false},
    {SLICE_INIT("http_referrer"), REFERRER, false},
    {SLICE_INIT("http_user_agent"), AGENT, false},
};
static const struct name of_l[] = {
    {SLICE_INIT("logger"), LOGGER, false},
};
static const struct name of_m[] = {
    {SLICE_INIT("method"), METHOD, false},
};
static const struct name of_r[] = {
    {SLICE_INIT("remote_addr"), CLIENT, false},
    {SLICE_INIT("remote_ip"), CLIENT, false},
    {SLICE_INIT("remote_user"), USER, false},
    {SLICE_INIT("request"), REQUEST, false},
    {SLICE_INIT("request_method"), METHOD, false},
    {SLICE_INIT("request_uri"), TARGET, false},
    {SLICE_INIT("response_status"), STATUS, false},
    {SLICE_INIT("referer"), REFERRER, false},
    {SLICE_INIT("request_User-Agent"), AGENT, false},
    {SLICE_INIT("request_Referer"), REFERRER, false},
};
static const struct name of_s[] = {
    {SLICE_INIT("status"), STATUS, false},
    {SLICE_INIT("size"), BYTES, false},
};
static const struct name of_t[] = {
    {SLICE_INIT("time_iso8601"), WHEN, false}, {SLICE_INIT("time_local"), WHEN, false},
    {SLICE_INIT("timestamp"), WHEN, false},    {SLICE_INIT("time"), WHEN, false},
    {SLICE_INIT("ts"), WHEN, false},
};
static const struct name of_u[] = {
    {SLICE_INIT("user"), USER, false},
    {SLICE_INIT("uri"), TARGET, false},
    {SLICE_INIT("user_agent"), AGENT, false},
    {SLICE_INIT("user_id"), USER, false},
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
    ['R'] = NAMES(of_capital_r), ['S'] = NAMES(of_capital_s), ['U'] = NAMES(of_capital_u),
    ['a'] = NAMES(of_a),         ['b'] = NAMES(of_b),         ['c'] = NAMES(of_c),
    ['h'] = NAMES(of_h),         ['l'] = NAMES(of_l),         ['m'] = NAMES(of_m),
    ['r'] = NAMES(of_r),         ['s'] = NAMES(of_s),         ['t'] = NAMES(of_t),
    ['u'] = NAMES(of_u),
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
static const struct format *writer(const slice v[MEMBERS], bool traefik)
{
	if (slice_starts(v[LOGGER], SLICE("http.")) || slice_starts(v[LOGGER], SLICE("tls")))
		return &format_caddy;
	return traefik ? &format_traefik : &format_nginx;
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

static const struct name *find_name(slice key)
{
	size_t letter = key.len ? (uint8_t)key.at[0] & 127 : 0;
	for (size_t i = 0; i < letters[letter].len; i++)
		if (slice_eq(letters[letter].at[i].name, key))
			return &letters[letter].at[i];
	return NULL;
}

enum decoded access_json_decode(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	struct json j;
	struct json_member m;
	slice v[MEMBERS] = {{0}};
	int64_t status;
	bool traefik = false;
	if (!json_open(&j, line))
		return DECODED_UNKNOWN;
	while (json_next(&j, &m)) {
		const struct name *n = find_name(m.key);
		if (!n || (v[n->member].len && !n->first))
			continue;
		v[n->member] = json_text(&m, scratch);
		traefik |= n->name.at[0] == 'D';
	}
	const struct format *f = writer(v, traefik);
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
