/*
 * access.c - access lines of nginx and Apache: common, combined, vhost_combined.
 *
 *	[vhost[:port] ]client ident user [time] "request" status bytes[ "referrer" "agent"...]
 *
 * Laws: (1) both servers escape quotes in all that a client sends (nginx \x22, Apache \"), so the
 *       first `] "` closes the time, and a quote with an even number of backslashes before it
 *       closes a field; (2) the client stands before everything that it can write, but for a Host
 *       name without spaces; (3) status 400 and above is a failure, all else a success.
 */
#include "web.h"

const struct format format_nginx = {"nginx", "nginx, and access logs of the same form", 'C'};
const struct format format_apache = {"apache", "Apache httpd", 'C'};

static int two_digits(const char *p)
{
	unsigned tens = (unsigned)(p[0] - '0'), ones = (unsigned)(p[1] - '0');
	return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -1;
}

/* " +0100", " UTC", a name or nothing; `wall_us` becomes UTC. */
static bool apply_zone(struct format_state *st, slice s, int64_t *wall_us)
{
	if (s.len == 6 && s.at[0] == ' ' && (s.at[1] == '+' || s.at[1] == '-')) {
		int hours = two_digits(s.at + 2), minutes = two_digits(s.at + 4);
		int64_t offset = hours * CLOCK_HOUR + minutes * CLOCK_MINUTE;
		*wall_us -= s.at[1] == '-' ? -offset : offset;
		return hours >= 0 && hours < 16 && minutes >= 0 && minutes < 60;
	}
	if (slice_eq(s, SLICE(" UTC")) || slice_eq(s, SLICE(" GMT")))
		return true;
	if (st)
		*wall_us = zone_to_utc(st->zone, *wall_us);
	/* PHP's own log names its zone, " Europe/Paris": that of the host, as a rule */
	return s.len == 0 || (s.len > 3 && s.at[0] == ' ' && s.at[1] >= 'A' && s.at[1] <= 'Z');
}

/* dd/Mon/yyyy:hh:mm:ss off the front, whatever the separators; days may have one digit. */
static bool take_digits(slice *s, struct civil *c)
{
	size_t width = s->len > 1 && s->at[1] >= '0' && s->at[1] <= '9' ? 2 : 1;
	if (s->len < 18 + width)
		return false;
	const char *p = s->at + width;
	*c = (struct civil){
	    .day = width == 2 ? two_digits(s->at) : s->at[0] - '0',
	    .month = clock_month((slice){p + 1, 3}),
	    .year = two_digits(p + 5) * 100 + two_digits(p + 7),
	    .hour = two_digits(p + 10),
	    .minute = two_digits(p + 13),
	    .second = two_digits(p + 16),
	};
	*s = slice_from(*s, 18 + width);
	return c->day > 0 && c->day < 32 && c->month && c->year > 1900 && c->hour >= 0 &&
	       c->hour < 24 && c->minute >= 0 && c->minute < 60 && c->second >= 0 &&
	       c->second < 61 && p[12] == ':' && p[15] == ':';
}

bool web_time(struct format_state *st, slice text, int64_t *usec)
{
	if (st && st->second_len == text.len && memcmp(st->second_text, text.at, text.len) == 0) {
		*usec = st->second_utc_us;
		return true;
	}
	struct civil c;
	slice rest = text;
	if (!take_digits(&rest, &c))
		return false;
	if (slice_eat(&rest, "."))
		for (int unit = 100000; rest.len && rest.at[0] >= '0' && rest.at[0] <= '9';
		     rest = slice_from(rest, 1), unit /= 10)
			c.usec += (rest.at[0] - '0') * unit;
	*usec = clock_from_civil(&c);
	if (!apply_zone(st, rest, usec))
		return false;
	if (st && text.len <= sizeof st->second_text) {
		memcpy(st->second_text, text.at, text.len);
		st->second_len = (uint8_t)text.len;
		st->second_us = st->second_utc_us = *usec;
	}
	return true;
}

bool web_forwarded(slice list, struct address *a)
{
	bool found = false;
	while (list.len) {
		struct address next;
		if (!address_parse(slice_trim(slice_until(&list, ',')), &next))
			continue;
		if (!found || !address_is_private(&next) || address_is_private(a))
			*a = next;
		found = true;
	}
	return found;
}

/* "A, B, C" off the front, as a proxy's header holds it; a list of one is no list. */
static bool take_list(slice *s, slice *list)
{
	size_t end = 0;
	while (end < s->len && (s->at[end] != ' ' || (end && s->at[end - 1] == ',')))
		end++;
	*list = slice_first(*s, end);
	if (slice_find(*list, ',') == list->len)
		return false;
	*s = slice_from(*s, end + 1);
	return true;
}

/* [vhost ]client ident user; only a user name may hold spaces. True if a vhost with port led. */
static bool read_client(slice s, struct event *e)
{
	struct address a, second;
	slice list, first, after;
	bool known, vhost = false;
	if (take_list(&s, &list)) {
		known = web_forwarded(list, &a);
	} else {
		first = slice_until(&s, ' ');
		known = address_parse(first, &a);
		after = s;
		if (address_parse(slice_until(&after, ' '), &second)) {
			vhost = !known && slice_find(first, ':') < first.len;
			known = true;
			a = second;
			s = after;
		} else if (!known && !slice_eq(first, SLICE("unix:"))) {
			event_text(e, F_SOURCE_DOMAIN, first);
		}
	}
	if (known)
		event_address(e, F_SOURCE_IP, a);
	slice_until(&s, ' '); /* identd's answer */
	if (s.len && !slice_eq(s, SLICE("-")) && !slice_eq(s, SLICE("\"\"")))
		event_text(e, F_USER, s);
	return vhost;
}

/* Up to the quote that closes a field, and past it; the rest of the line if it was cut. */
static slice until_quote(slice *s)
{
	size_t end = 0, slashes;
	for (;; end++) {
		end += slice_find(slice_from(*s, end), '"');
		for (slashes = 0; slashes < end && s->at[end - 1 - slashes] == '\\'; slashes++)
			;
		if (end >= s->len || slashes % 2 == 0)
			break;
	}
	slice field = slice_first(*s, end);
	*s = slice_from(*s, end + 1);
	return field;
}

static void read_target(slice url, struct event *e, struct arena *scratch)
{
	event_text(e, F_URL, url);
	slice path = url;
	size_t authority = url.len && url.at[0] != '/' ? slice_search(url, SLICE("://")) : SIZE_MAX;
	if (authority != SIZE_MAX) {
		path = slice_from(url, authority + 3);
		path = slice_from(path, slice_find(path, '/'));
	}
	size_t mark = slice_find(path, '?');
	event_text(e, F_URL_PATH, slice_first(path, mark));
	slice query = slice_from(path, mark + 1);
	if (query.len == 0)
		return;
	event_text(e, F_URL_QUERY, query);
	roundcube_query(query, e, scratch);
}

static bool is_method(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < 'A' || s.at[i] > 'Z') && s.at[i] != '-' && s.at[i] != '_')
			return false;
	return s.len > 0 && s.len < 24;
}

/* METHOD target[ HTTP/1.1]; a target may hold spaces. Anything else was no HTTP and says nothing.
 */
static void read_request(slice s, struct event *e, struct arena *scratch)
{
	size_t space = slice_find(s, ' ');
	slice method = slice_first(s, space), url = slice_from(s, space + 1);
	if (!is_method(method) || url.len == 0)
		return;
	event_text(e, F_METHOD, method);
	const char *last = memrchr(url.at, ' ', url.len);
	if (last && slice_starts(slice_from(url, (size_t)(last - url.at)), SLICE(" HTTP/")))
		url.len = (size_t)(last - url.at);
	read_target(url, e, scratch);
}

static void set_unless_nil(struct event *e, enum field f, slice s)
{
	if (s.len && !slice_eq(s, SLICE("-")))
		event_text(e, f, s);
}

/* status bytes[ "referrer" "agent"] */
static bool read_answer(slice s, struct event *e, bool *combined)
{
	int64_t status, bytes;
	if (!slice_eat(&s, " ") || !slice_number(&s, &status) || status > 999)
		return false;
	event_number(e, F_STATUS, status);
	event_act(e, ACT_HTTP, status >= 400 ? OUT_FAILURE : OUT_SUCCESS);
	slice_eat(&s, " ");
	if (slice_number(&s, &bytes))
		event_number(e, F_RESPONSE_BYTES, bytes);
	else
		slice_eat(&s, "-");
	*combined = slice_eat(&s, " \"");
	if (!*combined)
		return true;
	set_unless_nil(e, F_REFERRER, until_quote(&s));
	s = slice_from(s, slice_find(s, '"') + 1);
	set_unless_nil(e, F_USER_AGENT, until_quote(&s));
	return true;
}

/* Where the first `] "` closes the time; `s.len` if nowhere. */
static size_t time_end(slice s)
{
	for (size_t at = 0; (at += slice_find(slice_from(s, at), '"')) < s.len; at++)
		if (at >= 2 && s.at[at - 1] == ' ' && s.at[at - 2] == ']')
			return at - 2;
	return s.len;
}

static void web_event(struct event *e, const struct format *f)
{
	event_module(e, f);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_HTTP, OUT_NONE);
}

static enum decoded read_access(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	size_t end = time_end(line);
	slice head = slice_first(line, end), rest = slice_from(line, end + 3);
	const char *open = head.len ? memrchr(head.at, '[', head.len) : NULL;
	int64_t usec;
	if (end == line.len || !open)
		return DECODED_UNKNOWN;
	slice clock = slice_from(head, (size_t)(open - head.at) + 1);
	if (!web_time(st, clock, &usec))
		return DECODED_UNKNOWN;
	if (!event_has(e, F_TIME)) /* behind syslog its time stands */
		event_number(e, F_TIME, usec);
	web_event(e, &format_nginx);
	bool vhost = read_client(slice_trim(slice_first(head, (size_t)(open - head.at))), e);
	read_request(until_quote(&rest), e, scratch);
	bool combined = true, whole = read_answer(rest, e, &combined);
	if (vhost || !combined)
		event_module(e, &format_apache); /* forms that Apache alone ships */
	return whole ? DECODED_EVENT : DECODED_BROKEN;
}

/*
 * Nginx Proxy Manager: [time] [cache [upstream status ]]status - METHOD scheme host "path"
 * [Client A] [Length N] [Gzip N] [Sent-to H] "agent" "referrer"
 */
static enum decoded read_proxy_manager(struct format_state *st, slice line, struct event *e,
				       struct arena *scratch)
{
	slice s = slice_from(line, 1), clock = slice_until(&s, ']'), value;
	int64_t usec, status, n;
	size_t dash = slice_search(slice_from(s, 3), SLICE(" - ")); /* past "] - 404" */
	if (dash > 40 || !web_time(st, clock, &usec) ||
	    !slice_is_number((slice){s.at + dash, 3}, &status))
		return DECODED_UNKNOWN;
	s = slice_from(s, dash + 6);
	slice method = slice_until(&s, ' ');
	size_t quote = slice_find(s, '"');
	s = slice_from(s, quote + 1);
	slice url = until_quote(&s);
	if (!slice_eat(&s, " [Client "))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	web_event(e, &format_nginx);
	event_parse_address(e, F_SOURCE_IP, slice_until(&s, ']'));
	event_text(e, F_METHOD, method);
	read_target(url, e, scratch);
	event_number(e, F_STATUS, status);
	event_act(e, ACT_HTTP, status >= 400 ? OUT_FAILURE : OUT_SUCCESS);
	if (slice_eat(&s, " [Length ") && slice_number(&s, &n))
		event_number(e, F_RESPONSE_BYTES, n);
	s = slice_from(s, slice_find(s, '"') + 1);
	set_unless_nil(e, F_USER_AGENT, until_quote(&s));
	s = slice_from(s, slice_find(s, '"') + 1);
	value = until_quote(&s);
	set_unless_nil(e, F_REFERRER, value);
	return DECODED_EVENT;
}

enum decoded access_decode(struct format_state *st, slice line, struct event *e,
			   struct arena *scratch)
{
	if (line.len && line.at[0] == '[')
		return read_proxy_manager(st, line, e, scratch);
	return read_access(st, line, e, scratch);
}

/* The daemon's own name tells nginx from Apache; lines that a logger hands in must show by
 * themselves. */
enum decoded web_syslog_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	bool nginx = slice_starts(program, SLICE("nginx"));
	bool named = nginx || slice_starts(program, SLICE("apache")) ||
		     slice_starts(program, SLICE("httpd"));
	enum decoded d = read_access(NULL, body, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = nginx_error_read(NULL, body, e);
	if (d == DECODED_UNKNOWN)
		d = apache_error_read(NULL, body, e);
	if (!named)
		return d;
	event_module(e, nginx ? &format_nginx : &format_apache);
	if (d != DECODED_UNKNOWN)
		return d;
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}
