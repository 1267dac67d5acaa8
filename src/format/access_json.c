/*
 * access_json.c - access lines that a site has nginx or Apache write as JSON (log_format ...
 * escape=json; mod_log_config with a JSON format).  Every site names its members itself: those of
 * nginx's variables and of the common collectors are known.
 *
 * Law: a line is owned only if it has a request, a status and a client; all else is somebody's own.
 */
#include "web.h"

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
	MEMBERS
};

static const struct {
	slice name;
	enum member member;
} names[] = {
    {SLICE_INIT("remote_addr"), CLIENT},
    {SLICE_INIT("client_address"), CLIENT},
    {SLICE_INIT("remote_ip"), CLIENT},
    {SLICE_INIT("client_ip"), CLIENT},
    {SLICE_INIT("clientip"), CLIENT},
    {SLICE_INIT("client"), CLIENT},
    {SLICE_INIT("remote_user"), USER},
    {SLICE_INIT("user"), USER},
    {SLICE_INIT("time_iso8601"), WHEN},
    {SLICE_INIT("time_local"), WHEN},
    {SLICE_INIT("@timestamp"), WHEN},
    {SLICE_INIT("timestamp"), WHEN},
    {SLICE_INIT("time"), WHEN},
    {SLICE_INIT("request"), REQUEST},
    {SLICE_INIT("request_method"), METHOD},
    {SLICE_INIT("method"), METHOD},
    {SLICE_INIT("request_uri"), TARGET},
    {SLICE_INIT("uri"), TARGET},
    {SLICE_INIT("status"), STATUS},
    {SLICE_INIT("response_status"), STATUS},
    {SLICE_INIT("body_bytes_sent"), BYTES},
    {SLICE_INIT("bytes_sent"), BYTES},
    {SLICE_INIT("bytes"), BYTES},
    {SLICE_INIT("http_referer"), REFERRER},
    {SLICE_INIT("http_referrer"), REFERRER},
    {SLICE_INIT("referer"), REFERRER},
    {SLICE_INIT("http_user_agent"), AGENT},
    {SLICE_INIT("user_agent"), AGENT},
    {SLICE_INIT("agent"), AGENT},
};

static void set_time(struct format_state *st, slice text, struct event *e)
{
	int64_t usec;
	bool zone;
	slice iso = text;
	if (clock_parse_iso(&iso, &usec, &zone))
		event_number(e, F_TIME, zone || !st->zone ? usec : zone_to_utc(st->zone, usec));
	else if (web_time(st, text, &usec))
		event_number(e, F_TIME, usec);
}

static void set_if(struct event *e, enum field f, slice text)
{
	if (text.len && !slice_eq(text, SLICE("-")))
		event_text(e, f, text);
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
	while (json_next(&j, &m))
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (v[names[i].member].len == 0 && slice_eq(m.key, names[i].name))
				v[names[i].member] = json_text(&m, scratch);
	if (!slice_is_number(v[STATUS], &status) || !v[CLIENT].len ||
	    (!v[REQUEST].len && !(v[METHOD].len && v[TARGET].len)))
		return DECODED_UNKNOWN;
	set_time(st, v[WHEN], e);
	web_event(e, &format_nginx);
	event_parse_address(e, F_SOURCE_IP, v[CLIENT]);
	set_if(e, F_USER, v[USER]);
	if (v[REQUEST].len)
		web_request(v[REQUEST], e, scratch);
	else {
		event_text(e, F_METHOD, v[METHOD]);
		web_target(v[TARGET], e, scratch);
	}
	web_status(e, status);
	event_parse_number(e, F_RESPONSE_BYTES, v[BYTES]);
	set_if(e, F_REFERRER, v[REFERRER]);
	set_if(e, F_USER_AGENT, v[AGENT]);
	return DECODED_EVENT;
}
