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

/* "A, B, C" off the front, as a proxy's header holds it. */
static slice take_list(slice *s)
{
	size_t end = 0;
	while (end < s->len && (s->at[end] != ' ' || (end && s->at[end - 1] == ',')))
		end++;
	slice list = slice_first(*s, end);
	*s = slice_from(*s, end + 1);
	return list;
}

/* What stands before the client, if `s` begins with a virtual host's name, be it an address. */
static bool eat_vhost(slice *s, bool address, struct address *a)
{
	struct address client;
	slice t = *s;
	slice_until(&t, ' ');
	if (!address_parse(slice_until(&t, ' '), &client))
		return false;
	if (address && slice_find(t, ' ') == t.len) /* client, identd's answer, user */
		return false;
	*a = client;
	*s = t;
	return true;
}

/* [vhost ]client ident user; only a user name may hold spaces. True if a vhost with port led. */
static bool read_client(slice s, struct event *e)
{
	struct address a;
	slice whole = s, first = slice_until(&s, ' ');
	bool vhost = false, known = address_parse(first, &a);
	if (!known && slice_find(first, ',') < first.len) {
		s = whole;
		known = web_forwarded(take_list(&s), &a);
	} else if (s.len > 3 && s.at[0] != '-' && eat_vhost(&whole, known, &a)) {
		vhost = !known && slice_find(first, ':') < first.len;
		known = true;
		s = whole;
	} else if (!known && event_parse_peer(e, F_SOURCE_IP, F_SOURCE_PORT, first)) {
		;
	} else if (!known && !slice_eq(first, SLICE("unix:"))) {
		event_text(e, F_SOURCE_DOMAIN, first);
	}
	if (known)
		event_address(e, F_SOURCE_IP, a);
	slice_until(&s, ' '); /* identd's answer */
	if (s.len && !slice_eq(s, SLICE("-")) && !slice_eq(s, SLICE("\"\"")) &&
	    !slice_eq(s, SLICE("- -"))) /* a third name that is missing */
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

void web_target(slice url, struct event *e, struct arena *scratch)
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
	slice head = slice_first(path, mark); /* SOGo speaks ActiveSync below its own name */
	if (slice_starts(path, SLICE("/SOGo/Microsoft-Server-ActiveSync")))
		exchange_path(slice_from(head, 5), query, e);
	else if (slice_starts(path, SLICE("/SOGo/")))
		sogo_path(head, e, scratch);
	else if (path.len > 3 && ((path.at[1] | 0x20) == 'o' || (path.at[1] | 0x20) == 'm') &&
		 ((path.at[2] | 0x20) == 'w' || (path.at[2] | 0x20) == 'i'))
		exchange_path(head, query, e);
	if (query.len) {
		event_text(e, F_URL_QUERY, query);
		roundcube_query(query, e, scratch);
	}
	if (!event_has(e, F_WEB_TASK))
		horde_url(head, query, e, scratch);
	if (query.len == 0)
		return;
	if (slice_search(slice_first(path, 24), SLICE("/home/")) != SIZE_MAX)
		zimbra_query(slice_first(path, mark), query, e, scratch);
}

static bool is_method(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < 'A' || s.at[i] > 'Z') && s.at[i] != '-' && s.at[i] != '_')
			return false;
	return s.len > 0 && s.len < 24;
}

/*
 * METHOD target[ HTTP/1.1]; a target may hold spaces. Anything else was no HTTP and says nothing.
 */
void web_request(slice s, struct event *e, struct arena *scratch)
{
	size_t space = slice_find(s, ' ');
	slice method = slice_first(s, space), url = slice_from(s, space + 1);
	if (!is_method(method) || url.len == 0)
		return;
	event_text(e, F_METHOD, method);
	const char *last = memrchr(url.at, ' ', url.len);
	if (last && slice_starts(slice_from(url, (size_t)(last - url.at)), SLICE(" HTTP/")))
		url.len = (size_t)(last - url.at);
	web_target(url, e, scratch);
}

static void set_unless_nil(struct event *e, enum field f, slice s)
{
	if (s.len && !slice_eq(s, SLICE("-")))
		event_text(e, f, s);
}

void web_status(struct event *e, int64_t status)
{
	event_number(e, F_STATUS, status);
	event_act(e, ACT_HTTP, status >= 400 ? OUT_FAILURE : OUT_SUCCESS);
}

/* What Traefik adds: count "router" "server" Nms */
static void read_traefik(slice s, struct event *e)
{
	int64_t n;
	slice_eat(&s, " ");
	if (slice_number(&s, &n) && slice_eat(&s, " \""))
		event_module(e, &format_traefik);
}

/* status bytes[ "referrer" "agent"] */
static bool read_answer(slice s, struct event *e, bool *combined, bool *apache)
{
	int64_t status, bytes;
	slice_eat(&s, " ");
	if (slice_eat(&s, "- - \"")) { /* Traefik, where the client left before an answer */
		s = (slice){s.at - 4, s.len + 4};
	} else if (!slice_number(&s, &status) || status > 999)
		return false;
	else
		web_status(e, status);
	slice_eat(&s, " ");
	if (slice_number(&s, &bytes))
		event_number(e, F_RESPONSE_BYTES, bytes);
	else
		*apache = slice_eat(&s, "-"); /* nginx counts none as 0 */
	if (slice_starts(s, SLICE("/")) && slice_starts(event_get(e, F_URL), SLICE("/SOGo"))) {
		event_module(e, &format_sogo); /* bytes sent / bytes received */
		return true;
	}
	*combined = slice_eat(&s, " \"");
	if (!*combined)
		return true;
	set_unless_nil(e, F_REFERRER, until_quote(&s));
	s = slice_from(s, slice_find(s, '"') + 1);
	set_unless_nil(e, F_USER_AGENT, until_quote(&s));
	if (s.len > 12 && slice_ends(s, SLICE("ms")) && slice_starts(s, SLICE(" ")))
		read_traefik(s, e);
	return true;
}

/*
 * Where the time closes, `s.len` if nowhere, and the request's quote: `] "` before all else, or,
 * as some sites have it, `] host "` at the first quote.
 */
static size_t time_end(slice s, size_t *quote)
{
	for (size_t at = 0; (at += slice_find(slice_from(s, at), '"')) < s.len; at++)
		if (at >= 2 && s.at[at - 1] == ' ' && s.at[at - 2] == ']') {
			*quote = at;
			return at - 2;
		}
	*quote = slice_find(s, '"');
	slice head = slice_first(s, *quote);
	const char *close = head.len ? memrchr(head.at, ']', head.len) : NULL;
	slice host = slice_from(head, close ? (size_t)(close - head.at) + 2 : head.len);
	bool fits = host.len > 1 && slice_find(host, ' ') == host.len - 1;
	return fits && close[1] == ' ' ? (size_t)(close - s.at) : s.len;
}

void web_event(struct event *e, const struct format *f)
{
	event_module(e, f);
	event_text(e, F_PROTOCOL, SLICE("http"));
	event_act(e, ACT_HTTP, OUT_NONE);
}

static bool holds_escaped_quote(slice s)
{
	return slice_find(s, '\\') < s.len && slice_search(s, SLICE("\\\"")) != SIZE_MAX;
}

/* A status that it alone has (a client that left is 499), no bytes as 0, a quote as \x22. */
static bool shows_nginx(const struct event *e, slice rest)
{
	int64_t status = event_get_number(e, F_STATUS, 0);
	return status == 499 || status == 444 || (status >= 494 && status <= 497) ||
	       event_get_number(e, F_RESPONSE_BYTES, -1) == 0 ||
	       (slice_find(rest, '\\') < rest.len &&
		(slice_search(rest, SLICE("\\x22")) != SIZE_MAX ||
		 slice_search(rest, SLICE("\\x5C")) != SIZE_MAX));
}

/* "roundcube_1  | " stands before the line: another decoder takes it off */
static bool is_named_by_composer(slice head)
{
	struct address a;
	slice first = slice_until(&head, ' ');
	while (slice_eat(&head, " "))
		;
	return slice_starts(head, SLICE("| ")) && !address_parse(first, &a);
}

static enum decoded read_access(struct format_state *st, slice line, struct event *e,
				struct arena *scratch)
{
	size_t quote, end = time_end(line, &quote);
	slice head = slice_first(line, end), rest = slice_from(line, quote + 1);
	const char *open = head.len ? memrchr(head.at, '[', head.len) : NULL;
	int64_t usec;
	if (end == line.len || !open)
		return DECODED_UNKNOWN;
	slice clock = slice_from(head, (size_t)(open - head.at) + 1);
	if (!web_time(st, clock, &usec) && !web_iso(st, clock, &usec))
		return DECODED_UNKNOWN;
	if (is_named_by_composer(head))
		return DECODED_UNKNOWN;
	if (!event_has(e, F_TIME)) /* behind syslog its time stands */
		event_number(e, F_TIME, usec);
	web_event(e, &format_nginx);
	bool vhost = read_client(slice_trim(slice_first(head, (size_t)(open - head.at))), e);
	slice user = event_get(e, F_USER); /* 03/17/2026 is cPanel's, which encodes names */
	if (clock.len > 5 && clock.at[5] == '/' && slice_find(user, '%') < user.len)
		event_text(e, F_USER, web_decoded(user, scratch));
	slice request = until_quote(&rest);
	if (slice_find(request, ' ') == request.len &&
	    slice_eat(&rest, " \"")) /* a field before the request: a host, or none */
		request = until_quote(&rest);
	web_request(request, e, scratch);
	bool combined = true, apache = false, whole = read_answer(rest, e, &combined, &apache);
	bool undecided = event_get(e, F_MODULE).at == format_nginx.name;
	/* forms that Apache alone ships; quotes as it alone escapes them */
	apache = undecided && (apache || vhost || !combined || holds_escaped_quote(rest));
	bool nginx = undecided && !apache && shows_nginx(e, rest);
	if (st && (apache || nginx))
		st->apache = apache;
	if (apache || (undecided && st && st->apache))
		event_module(e, &format_apache);
	return whole ? DECODED_EVENT : DECODED_BROKEN;
}

/* Apache's ssl_request_log, behind time and client: TLSv1.3 CIPHER "request" bytes */
static enum decoded read_ssl_request(slice s, int64_t usec, struct address client, struct event *e,
				     struct arena *scratch)
{
	int64_t bytes;
	slice version = slice_until(&s, ' ');
	slice_until(&s, ' ');
	if (!slice_eat(&s, "\"") ||
	    (!slice_starts(version, SLICE("TLSv")) && !slice_starts(version, SLICE("SSLv")) &&
	     !slice_eq(version, SLICE("-"))))
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	web_event(e, &format_apache);
	event_address(e, F_SOURCE_IP, client);
	set_unless_nil(e, F_TLS_VERSION, version);
	web_request(until_quote(&s), e, scratch);
	slice_eat(&s, " ");
	if (slice_number(&s, &bytes))
		event_number(e, F_RESPONSE_BYTES, bytes);
	return DECODED_EVENT;
}

/* NPMplus: [time] host client seconds "request" status bytes bytes referrer agent */
static enum decoded read_plus(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	slice s = slice_from(line, 1), clock = slice_until(&s, ']');
	struct address client;
	int64_t usec, status;
	slice_eat(&s, " ");
	slice host = slice_until(&s, ' ');
	if (address_parse(host, &client) && web_time(st, clock, &usec) &&
	    read_ssl_request(s, usec, client, e, scratch) == DECODED_EVENT)
		return DECODED_EVENT;
	if (!web_time(st, clock, &usec) || !address_parse(slice_until(&s, ' '), &client))
		return DECODED_UNKNOWN;
	slice seconds = slice_until(&s, ' ');
	if (!slice_eat(&s, "\"") || slice_find(seconds, '.') == seconds.len)
		return DECODED_UNKNOWN;
	event_number(e, F_TIME, usec);
	web_event(e, &format_nginx);
	event_address(e, F_SOURCE_IP, client);
	event_text(e, F_DESTINATION_DOMAIN, host);
	web_request(until_quote(&s), e, scratch);
	slice_eat(&s, " ");
	if (!slice_number(&s, &status))
		return DECODED_BROKEN;
	web_status(e, status);
	return DECODED_EVENT;
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
		return read_plus(st, line, e, scratch);
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
	web_target(url, e, scratch);
	web_status(e, status);
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
	if (line.len > 2 && line.at[0] == '"' && line.at[line.len - 1] == '"')
		line = slice_first(slice_from(line, 1), line.len - 2); /* OpenLiteSpeed's */
	return read_access(st, line, e, scratch);
}

/* The daemon's own name tells nginx from Apache; lines that a logger hands in must show by
 * themselves. */
enum decoded web_syslog_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	bool nginx = slice_starts(program, SLICE("nginx"));
	bool named = nginx || slice_starts(program, SLICE("apache")) ||
		     slice_starts(program, SLICE("httpd"));
	size_t twice = nginx ? slice_search(slice_first(body, 80), SLICE(" nginx: ")) : SIZE_MAX;
	if (twice != SIZE_MAX && slice_find(slice_first(body, twice), ' ') == twice)
		body = slice_from(body, twice + 8); /* the journal's host and syslog's */
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
