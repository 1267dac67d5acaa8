/*
 * collected.c - JSON of collectors around a record, and what they write instead of it.
 *
 *	{"@timestamp":"...","message":"LINE", ...}          filebeat, GELF, Loki, Splunk: column.c
 *	{"log":"LINE\n","stream":"stdout","time":"..."}     Docker's json-file
 *	TIME<tab>TAG<tab>{...}    TAG: [SECONDS, {...}]     files of fluentd and Fluent Bit
 *	"1773752700000000000","LINE"                        Loki's HTTP API, as the input cuts it
 *	@cee: {...}                                         behind a tag of syslog
 *	"message" => "LINE",                                logstash's rubydebug
 *
 * (https://docs.docker.com/config/containers/logging/json-file/)
 */
#include "part.h"

enum { NESTED = 4, MEMBERS_MOST = 1000 };
enum { TAIL_MOST = 1024 }; /* of what json-file writes behind a line: stream, attributes, time */

/* ["text"]: the text */
static void take_first(struct json_member *m)
{
	slice s = m->value;
	if (m->text || !slice_eat(&s, "\""))
		return;
	size_t n = 0;
	while (n < s.len && s.at[n] != '"')
		n += 1 + (s.at[n] == '\\');
	m->value = slice_first(s, n);
	m->escaped = m->value.len && memchr(m->value.at, '\\', m->value.len);
}

/* Members of one object, those of its objects with its name. */
static void gather_members(struct format_state *st, struct gathered *g, slice members, slice parent,
			   int depth, struct arena *scratch)
{
	struct json j = {.rest = members};
	struct json_member m;
	bool object;
	for (int n = 0; n < MEMBERS_MOST && json_next_whole(&j, &m, &object); n++) {
		if (object && depth < NESTED) {
			gather_members(st, g, m.value, m.key, depth + 1, scratch);
			continue;
		}
		struct meaning meaning = column_meaning(parent, m.key);
		if (meaning.role == ROLE_NONE || meaning.rank <= g->rank[meaning.role])
			continue;
		take_first(&m); /* Elastic's "fields" */
		gather(st, g, meaning, json_text(&m, scratch));
	}
}

/* {"log":"...","stream":"stdout",...,"time":"..."}: the time is the last member. */
static bool is_docker(slice record)
{
	enum { TIME_MOST = sizeof ",\"time\":\"2026-03-17T12:05:00.123456789Z\"}" };
	size_t tail = record.len < TIME_MOST ? 0 : record.len - TIME_MOST;
	return slice_starts(record, SLICE("{\"log\":\"")) && slice_ends(record, SLICE("Z\"}")) &&
	       slice_search(slice_from(record, tail), SLICE(",\"time\":\"")) != SIZE_MAX;
}

enum decoded collected_decode(struct format_state *st, slice record, struct event *e,
			      struct arena *scratch)
{
	struct gathered g;
	bool docker = is_docker(record);
	gathered_init(&g);
	g.in.coat = docker ? "Docker's json-file" : "JSON of a collector";
	gather_members(st, &g, slice_from(record, 1), (slice){"", 0}, 0, scratch);
	if (g.in.text.len == 0)
		return DECODED_UNKNOWN;
	if (!docker)
		return inner_decode(st, &g.in, e, scratch);
	size_t stream = slice_search_last(record, SLICE("\"stream\":\"stderr\""));
	bool errors = stream != SIZE_MAX && record.len - stream < TAIL_MOST;
	return inner_piece(st, &g.in, errors, g.in.text.at[g.in.text.len - 1] == '\n', e, scratch);
}

/* "1773749100000000000","LINE": of an answer of Loki's HTTP API, whose labels stand elsewhere. */
enum decoded pair_decode(struct format_state *st, slice record, struct event *e,
			 struct arena *scratch)
{
	struct json_member line = {.text = true};
	struct inner in = {.coat = "a stream of Loki", .pid = -1, .time_us = CLOCK_NONE};
	slice s = slice_from(record, 1), stamp = slice_until(&s, '"');
	s = slice_trim(s);
	if (!slice_eat(&s, ",") || !slice_ends(s, SLICE("\"")))
		return DECODED_UNKNOWN;
	s = slice_trim(s);
	if (!slice_eat(&s, "\"") || !s.len || !column_time(st, stamp, &in.time_us, &in.in_utc))
		return DECODED_UNKNOWN;
	line.value = slice_first(s, s.len - 1);
	line.escaped = line.value.len && memchr(line.value.at, '\\', line.value.len);
	in.text = json_text(&line, scratch);
	return inner_decode(st, &in, e, scratch);
}

enum decoded cee_decode(struct format_state *st, const struct envelope *env, struct event *e,
			struct arena *scratch)
{
	struct gathered g;
	slice s = env->body;
	if (!slice_eat(&s, "@cee:"))
		return DECODED_UNKNOWN;
	s = slice_trim(s);
	gathered_init(&g);
	g.in.coat = "@cee";
	g.in.time_us = event_get_number(e, F_TIME, CLOCK_NONE);
	g.in.in_utc = false;
	g.rank[ROLE_TIME] = 99;
	g.in.host = event_get(e, F_HOST);
	g.in.pid = event_get_number(e, F_PID, -1);
	if (s.len == 0 || s.at[0] != '{')
		return DECODED_UNKNOWN;
	gather_members(st, &g, slice_from(s, 1), (slice){"", 0}, 0, scratch);
	if (g.in.program.len == 0)
		g.in.program = env->program;
	return inner_decode(st, &g.in, e, scratch);
}

/* {"log"=>"LINE"}, as Fluent Bit shows msgpack: with colons, where a key ends. */
static slice with_colons(slice s, struct arena *scratch)
{
	static const char arrow[] = "\"=>";
	if (slice_search(s, SLICE("\"=>")) == SIZE_MAX)
		return s;
	char *to = arena_take(scratch, s.len);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		bool key = slice_starts(slice_from(s, i), slice_of(arrow));
		to[n++] = s.at[i];
		if (key) {
			to[n++] = ':';
			i += sizeof arrow - 2;
		}
	}
	return (slice){to, n};
}

/* TIME\tTAG\t{...}, as fluentd writes files; TAG: [SECONDS, {...}] as Fluent Bit does. */
enum decoded fluent_decode(struct format_state *st, slice record, struct event *e,
			   struct arena *scratch)
{
	struct gathered g;
	slice s = record, clock;
	gathered_init(&g);
	g.in.coat = "a file of fluentd's";
	size_t open = slice_search(slice_first(s, 160), SLICE(": ["));
	if (open != SIZE_MAX && slice_ends(s, SLICE("}]"))) {
		s = slice_from(s, open + 3);
		bool nested = slice_eat(&s, "["); /* [[SECONDS, {METADATA}], {...}] */
		clock = slice_until(&s, ',');
		if (nested)
			slice_until(&s, ']'), slice_eat(&s, ",");
		s = with_colons(slice_trim(slice_first(s, s.len - 1)), scratch);
	} else {
		clock = slice_until(&s, '\t');
		slice_until(&s, '\t');
	}
	if (clock.len > 40 || !s.len || s.at[0] != '{' ||
	    !column_time(st, clock, &g.in.time_us, &g.in.in_utc))
		return DECODED_UNKNOWN;
	gather_members(st, &g, slice_from(s, 1), (slice){"", 0}, 0, scratch);
	return g.in.text.len ? inner_decode(st, &g.in, e, scratch) : DECODED_UNKNOWN;
}

/* RFC 7464's mark in front of an object (journalctl -o json-seq), or an event's of a server. */
enum decoded sequence_decode(struct format_state *st, slice record, struct event *e,
			     struct arena *scratch)
{
	slice s = record;
	if (!slice_eat(&s, "\x1e"))
		slice_eat(&s, "data: ");
	const struct inner in = {
	    .coat = "a sequence of JSON", .text = s, .pid = -1, .time_us = CLOCK_NONE};
	return inner_decode(st, &in, e, scratch);
}

/* A string of Ruby's without its backslashes. */
static slice ruby_text(slice s, struct arena *scratch)
{
	if (!s.len || !memchr(s.at, '\\', s.len))
		return s;
	char *to = arena_take(scratch, s.len);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		bool escaped = s.at[i] == '\\' && i + 1 < s.len;
		char c = s.at[i += escaped];
		to[n++] = escaped && strchr("nrte", c) ? ' ' : c;
	}
	return (slice){to, n};
}

/* "message" => "LINE", of logstash's rubydebug, a member a line; the other members are part of it
 */
enum decoded ruby_decode(struct format_state *st, slice record, struct event *e,
			 struct arena *scratch)
{
	slice s = slice_trim(record);
	if (slice_starts(s,
			 SLICE("{"))) { /* whole; in a string's text such quotes have backslashes */
		size_t at = slice_search(s, SLICE("\"message\" => \""));
		s = slice_from(s, at);
		size_t end = sizeof "\"message\" => \"" - 1;
		while (end < s.len && s.at[end] != '"')
			end += 1 + (s.at[end] == '\\');
		s = slice_first(s, end + 1);
	}
	if (!slice_eat(&s, "\""))
		return DECODED_UNKNOWN;
	slice key = slice_until(&s, '"');
	if (!key.len || key.len > 64 || !slice_eat(&s, " => "))
		return DECODED_UNKNOWN;
	if (slice_ends(s, SLICE(",")))
		s.len--;
	if (!slice_eq(key, SLICE("message")) || !slice_eat(&s, "\"") ||
	    !slice_ends(s, SLICE("\""))) {
		st->behind = true;
		return DECODED_PART;
	}
	const struct inner in = {.coat = "logstash's rubydebug",
				 .text = ruby_text(slice_first(s, s.len - 1), scratch),
				 .pid = -1,
				 .time_us = CLOCK_NONE};
	return inner_decode(st, &in, e, scratch);
}
