/*
 * haproxy.c - HAProxy's log lines: http, tcp, connection errors (doc/configuration.txt 8.2).
 *
 *	A:P [06/Feb/2009:12:14:14.655] frontend~ backend/server 10/0/30/69/109 200 2750 - - ----
 *	    1/1/1/1/0 0/0 {captured} "GET /index.html HTTP/1.1"            (in one line)
 *	A:P [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0
 *	A:P [06/Feb/2009:12:12:56.526] fnt/1: SSL handshake failure
 *	Connect from A:P to B:P (frontend/HTTP)
 *
 * Law: client, time, names and counters stand before all that a client sends.
 */
#include "web.h"

const struct format format_haproxy = {"haproxy", "HAProxy: http, tcp, connections", 'C'};

/* 1/-1/30/+69/109: how many numbers */
static int count_numbers(slice s)
{
	int count = 0;
	int64_t n;
	while (s.len) {
		slice one = slice_until(&s, '/');
		if (!slice_eat(&one, "-"))
			slice_eat(&one, "+");
		if (!slice_is_number(one, &n))
			return 0;
		count++;
	}
	return count;
}

/* Te/Tq status bytes - - ---- counts queues {captured} "request" */
static bool read_http(slice s, struct event *e, struct arena *scratch)
{
	int64_t status, bytes;
	bool negative = slice_eat(&s, "-");
	if (!slice_number(&s, &status) || !slice_eat(&s, " "))
		return false;
	slice_eat(&s, "+");
	if (!slice_number(&s, &bytes))
		return false;
	event_text(e, F_PROTOCOL, SLICE("http"));
	if (!negative && status > 99)
		web_status(e, status);
	event_number(e, F_RESPONSE_BYTES, bytes);
	size_t quote = slice_find(s, '"');
	slice request = slice_from(s, quote + 1);
	const char *last = request.len ? memrchr(request.at, '"', request.len) : NULL;
	if (quote < s.len)
		web_request(last ? slice_first(request, (size_t)(last - request.at)) : request, e,
			    scratch);
	return true;
}

/* bytes state counts queues */
static bool read_tcp(slice s, struct event *e)
{
	int64_t bytes;
	slice_eat(&s, "+");
	if (!slice_number(&s, &bytes))
		return false;
	event_act(e, ACT_DISCONNECT, OUT_NONE);
	event_number(e, F_DESTINATION_BYTES, bytes);
	return true;
}

/* frontend backend/server timers ..., or frontend/1: error */
static void read_rest(slice s, struct event *e, struct arena *scratch)
{
	slice t = s, frontend = slice_until(&t, ' ');
	if (slice_ends(frontend, SLICE(":"))) {
		event_act(e, ACT_WARNING, OUT_NONE);
		event_text(e, F_REASON, t);
		return;
	}
	slice_until(&t, ' ');
	int timers = count_numbers(slice_until(&t, ' '));
	if (timers == 3 ? read_tcp(t, e) : timers >= 4 && read_http(t, e, scratch))
		return;
	event_act(e, ACT_MESSAGE, OUT_NONE);
}

/* A:P [time] ...; sets nothing unless it is one */
static bool read_line(struct format_state *st, slice s, struct event *e, struct arena *scratch)
{
	int64_t usec;
	size_t space = slice_find(s, ' ');
	slice peer = slice_first(s, space), rest = slice_from(s, space + 1);
	if (!slice_eat(&rest, "[") || rest.len < 25 || rest.at[2] != '/')
		return false;
	slice clock = slice_until(&rest, ']');
	if (clock.len < 20 || !web_time(st, clock, &usec) || !slice_eat(&rest, " ") ||
	    !event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, peer))
		return false;
	if (!event_has(e, F_TIME))
		event_number(e, F_TIME, usec);
	event_module(e, &format_haproxy);
	event_text(e, F_PROCESS, SLICE("haproxy"));
	read_rest(rest, e, scratch);
	return true;
}

/* Connect from A:P to B:P (frontend/HTTP) */
static bool read_connect(slice s, struct event *e)
{
	if (!slice_eat(&s, "Connect from "))
		return false;
	slice client = slice_until(&s, ' ');
	if (!slice_eat(&s, "to ") || !event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, client))
		return false;
	event_parse_peer(e, F_DESTINATION_IP, F_DESTINATION_PORT, slice_until(&s, ' '));
	event_module(e, &format_haproxy);
	event_text(e, F_PROCESS, SLICE("haproxy"));
	event_act(e, ACT_CONNECT, OUT_NONE);
	return true;
}

enum decoded haproxy_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	if (read_line(NULL, body, e, scratch) || read_connect(body, e))
		return DECODED_EVENT;
	if (access_decode(NULL, body, e, scratch) == DECODED_EVENT) { /* option httplog clf */
		event_module(e, &format_haproxy);
		return DECODED_EVENT;
	}
	event_module(e, &format_haproxy);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (slice_starts(body, SLICE("Server ")) || slice_starts(body, SLICE("backend ")))
		event_act(e, ACT_WARNING, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded haproxy_file_decode(struct format_state *st, slice line, struct event *e,
				 struct arena *scratch)
{
	slice s = line;
	while (slice_eat(&s, " "))
		;
	if (s.len < 30)
		return DECODED_UNKNOWN;
	return (s.at[0] == 'C' ? read_connect(s, e) : read_line(st, s, e, scratch))
		   ? DECODED_EVENT
		   : DECODED_UNKNOWN;
}
