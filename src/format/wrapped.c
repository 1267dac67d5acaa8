/*
 * wrapped.c - a record within a record, as collectors, containers and exports write them.
 *
 *	2026-03-17T13:05:00.123456789Z stdout F LINE        Kubernetes CRI, Podman
 *	dovecot-1  | LINE                                   docker compose logs
 *	[pod/mail-0/dovecot] LINE                           kubectl logs --prefix
 *	2026-03-17T13:05:00.123456789Z LINE                 docker logs -t
 *
 * JSON around a line: collected.c; lines of security products: siem.c.
 *
 * (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md)
 *
 * Laws: (1) what is inside is read as if it stood alone; what only the wrapper knows (time, host,
 *           program) is added, never put over what the line says;
 *       (2) a wrapper is taken off only where no format owns the record as it stands, or the one
 *           before it in the file, if both are JSON;
 *       (3) DEPTH_MOST wrappers at most;
 *       (4) behind the tag of a program that is no collector, no container and no mail program, no
 *           record is looked for: that program's words may be a client's.
 */
#include "part.h"

enum { DEPTH_MOST = 3 };

const struct format_coat format_coats[] = {
    {"syslog",
     "RFC 3164 with and without a year, RFC 5424, ISO 8601, seconds, with or without <pri>, "
     "host, facility; of rsyslog, syslog-ng, busybox, BSD, Solaris, macOS"},
    {"tai64n", "djb's multilog, s6-log"},
    {"journald", "journalctl -o short in all its kinds, json, export, verbose; files of "
		 "/var/log/journal themselves"},
    {"cri", "Kubernetes and Podman, lines in pieces joined"},
    {"docker", "json-file, docker logs, docker compose logs, kubectl logs, the syslog driver"},
    {"cee", "@cee: and JSON in syslog"},
    {"json",
     "a line each, divided by NULs, or the answer of an API: Elastic, Graylog (GELF), Loki, "
     "Splunk, rsyslog, syslog-ng, fluentd, Wazuh, Azure (rows of Log Analytics), CloudWatch, "
     "Google Cloud, Datadog, QRadar, OpenTelemetry"},
    {"cut",
     "lines as grep, zgrep, cat -n, stern and Kiwi hand them on, logfmt, rubydebug, RFC 6587"},
    {"siem", "CEF, LEEF, syslog-ng's format-welf, Splunk's XML, archives of Papertrail, text of "
	     "Grafana and "
	     "of logcli"},
    {"csv", "with a header: Splunk, Graylog, Kibana, Azure; columns divided by , ; tab or |"},
    {NULL, NULL}};

/* --- what is inside --- */

static bool is_hex(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= '0' && s.at[i] <= '9') && !(s.at[i] >= 'a' && s.at[i] <= 'f'))
			return false;
	return true;
}

/* mail-front-1, mail_dovecot_1, mail.1.x7c: as composers name what they start */
static bool is_numbered(slice name)
{
	size_t digits = 0;
	while (digits < name.len && name.at[name.len - 1 - digits] >= '0' &&
	       name.at[name.len - 1 - digits] <= '9')
		digits++;
	char before = digits && digits < name.len ? name.at[name.len - 1 - digits] : '\0';
	return before == '-' || before == '_' || before == '.';
}

/* Whether a program by that name hands on what others wrote, or is a mail host's itself. */
static bool may_carry(slice program)
{
	static const slice parts[] = {
	    SLICE_INIT("docker"),   SLICE_INIT("podman"),     SLICE_INIT("contain"),
	    SLICE_INIT("conmon"),   SLICE_INIT("k8s"),        SLICE_INIT("kube"),
	    SLICE_INIT("compose"),  SLICE_INIT("supervisor"), SLICE_INIT("s6-"),
	    SLICE_INIT("multilog"), SLICE_INIT("runsv"),      SLICE_INIT("log"),
	    SLICE_INIT("journal"),  SLICE_INIT("fluent"),     SLICE_INIT("promtail"),
	    SLICE_INIT("vector"),   SLICE_INIT("beat"),       SLICE_INIT("forward"),
	    SLICE_INIT("mail"),     SLICE_INIT("mx"),         SLICE_INIT("smtp"),
	    SLICE_INIT("imap"),     SLICE_INIT("pop3"),       SLICE_INIT("dovecot"),
	    SLICE_INIT("postfix"),  SLICE_INIT("exim"),       SLICE_INIT("front"),
	    SLICE_INIT("caddy"),    SLICE_INIT("traefik"),    SLICE_INIT("cloud"),
	    SLICE_INIT("nginx"),    SLICE_INIT("http"),       SLICE_INIT("apache"),
	    SLICE_INIT("audi"),     SLICE_INIT("m365"),       SLICE_INIT("o365"),
	};
	if (program.len == 0 || memchr(program.at, '/', program.len) || is_numbered(program) ||
	    (program.len >= 12 && is_hex(program)))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (slice_search(program, parts[i]) != SIZE_MAX)
			return true;
	return false;
}

bool inner_has_clock(struct format_state *st, slice text)
{
	int64_t usec;
	if (text.len && text.at[0] == '<')
		return true;
	slice t = text;
	struct civil c;
	slice_eat(&t, "1 "); /* RFC 5424 without its priority */
	return format_yearless(text, &c) || envelope_time(st, &t, &usec);
}

static enum decoded decode_as(struct format_state *st, const struct inner *in, struct event *e,
			      struct arena *scratch)
{
	struct envelope env = {.program = in->program, .body = in->text};
	enum decoded d = DECODED_UNKNOWN;
	if (in->program.len && !inner_has_clock(st, in->text)) {
		event_text(e, F_PROCESS, in->program);
		d = format_body(st, &env, e, scratch);
	}
	if (d != DECODED_UNKNOWN || !(in->container || may_carry(in->program)))
		return d;
	slice text = in->text; /* Graylog leaves the host in front of the tag */
	bool named = in->host.len && slice_eat_n(&text, in->host.at, in->host.len);
	if (named && !slice_eat(&text, " "))
		text = in->text;
	return format_decode(st, text, e, scratch);
}

static void add_known(const struct inner *in, struct event *e)
{
	if (in->time_us != CLOCK_NONE && !event_has(e, F_TIME))
		event_number(e, F_TIME, in->time_us);
	if (in->host.len && !event_has(e, F_HOST))
		event_text(e, F_HOST, in->host);
	if (in->program.len && !event_has(e, F_PROCESS))
		event_text(e, F_PROCESS, in->program);
	if (in->pid >= 0 && !event_has(e, F_PID))
		event_number(e, F_PID, in->pid);
}

/* rsyslog's msg begins with the space behind the tag, Docker's log ends with the line's end. */
static slice bare(slice s)
{
	while (s.len && s.at[0] == ' ')
		s = slice_from(s, 1);
	while (s.len && (s.at[s.len - 1] == '\n' || s.at[s.len - 1] == '\r'))
		s.len--;
	return s;
}

enum decoded inner_decode(struct format_state *st, const struct inner *in, struct event *e,
			  struct arena *scratch)
{
	struct inner plain = *in;
	int64_t before = st->stamp_us;
	slice raw = e->raw;
	if (st->depth >= DEPTH_MOST || in->text.len == 0)
		return DECODED_UNKNOWN;
	st->coats[st->depth++] = in->coat;
	st->coats[st->depth] = NULL;
	st->stamp_us = in->in_utc ? in->time_us : CLOCK_NONE;
	st->quarter = INT64_MIN;
	plain.text = bare(in->text);
	event_clear(e);
	enum decoded d = decode_as(st, &plain, e, scratch);
	add_known(&plain, e);
	st->depth--;
	st->stamp_us = before;
	st->quarter = INT64_MIN;
	if (event_has(e, F_TIME))
		st->last_us = e->v[F_TIME].number;
	e->raw = raw;
	return d;
}

/* --- pieces of a line --- */

static void keep_piece(struct format_pending *p, slice piece)
{
	size_t room = sizeof p->text - p->len, n = piece.len < room ? piece.len : room;
	memmove(p->text + p->len, piece.at, n);
	p->len += (uint32_t)n;
	p->cut |= n < piece.len;
}

enum decoded inner_piece(struct format_state *st, struct inner *in, bool errors, bool last,
			 struct event *e, struct arena *scratch)
{
	struct format_pending *p = &st->pending[errors];
	if (last && p->len == 0)
		return inner_decode(st, in, e, scratch);
	keep_piece(p, in->text);
	if (!last)
		return DECODED_PART;
	in->text = (slice){p->text, p->len};
	bool cut = p->cut;
	p->len = 0;
	p->cut = false;
	enum decoded d = inner_decode(st, in, e, scratch);
	return cut && d == DECODED_EVENT ? DECODED_BROKEN : d;
}

static bool is_tagged(slice s, char tag)
{
	return s.len > 1 && s.at[0] == tag && (s.at[1] == ' ' || s.at[1] == ':');
}

enum decoded cri_decode(struct format_state *st, slice text, struct event *e, struct arena *scratch)
{
	text = slice_trim(text);
	bool errors = slice_eq(slice_until(&text, ' '), SLICE("stderr"));
	bool last = is_tagged(text, 'F');
	if (!last && !is_tagged(text, 'P'))
		return DECODED_UNKNOWN;
	slice_until(&text, ' '); /* tags are divided by colons, and there is one so far */
	struct inner in = {.text = text,
			   .pid = -1,
			   .time_us = event_get_number(e, F_TIME, CLOCK_NONE),
			   .in_utc = true};
	return inner_piece(st, &in, errors, last, e, scratch);
}

/* --- prefixes --- */

/* Without the colours that docker compose gives to names. */
static slice without_colours(slice s, struct arena *scratch)
{
	if (!s.len || !memchr(s.at, '\x1b', s.len))
		return s;
	char *to = arena_take(scratch, s.len);
	size_t n = 0;
	for (; s.len; s = slice_from(s, 1)) {
		if (s.at[0] == '\x1b' && s.len > 1 && s.at[1] == '[')
			while (s.len > 1 && s.at[0] != 'm')
				s = slice_from(s, 1);
		else
			to[n++] = s.at[0];
	}
	return (slice){to, n};
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '/';
}

/* NAME, spaces and a bar: of docker compose.  [pod/NAME/CONTAINER]: of kubectl. */
static bool skip_name(slice *s)
{
	slice t = *s;
	size_t n = 0;
	if (slice_eat(&t, "[pod/")) {
		slice name = slice_until(&t, ']');
		*s = slice_from(t, t.len && t.at[0] == ' ');
		return name.len > 0 && s->len > 0;
	}
	while (n < t.len && is_name_byte(t.at[n]))
		n++;
	t = slice_from(t, n);
	while (t.len && t.at[0] == ' ')
		t = slice_from(t, 1);
	if (n == 0 || t.len < 2 || t.at[0] != '|' || t.at[1] != ' ')
		return false;
	*s = slice_from(t, 2);
	return true;
}

static enum decoded prefix_decode(struct format_state *st, slice record, struct event *e,
				  struct arena *scratch)
{
	slice s = without_colours(record, scratch);
	if (!skip_name(&s))
		return DECODED_UNKNOWN;
	const struct inner in = {
	    .coat = "a container's name", .text = s, .pid = -1, .time_us = CLOCK_NONE};
	return inner_decode(st, &in, e, scratch);
}

/* "   10.123456", "   10.123456 <    0.000100>": of journalctl -o short-monotonic and short-delta.
 */
static bool is_since_boot(slice clock)
{
	size_t digits = 0, points = 0;
	for (size_t i = 0; i < clock.len; i++) {
		digits += clock.at[i] >= '0' && clock.at[i] <= '9';
		points += clock.at[i] == '.';
		if (!clock.at[i] || !strchr("0123456789. <>-", clock.at[i]))
			return false;
	}
	return points >= 1 && points <= 2 && digits > 6 && clock.len < 40;
}

/* [2026-03-17T13:05:00Z] LINE: the clock without its brackets. */
static enum decoded bracket_decode(struct format_state *st, slice record, struct event *e,
				   struct arena *scratch)
{
	int64_t usec;
	slice rest = slice_from(record, 1), clock = slice_until(&rest, ']'), t = clock;
	if (is_since_boot(clock)) {
		const struct inner in = {.coat = "a clock that counts from the boot",
					 .text = rest,
					 .pid = -1,
					 .time_us = CLOCK_NONE};
		return inner_decode(st, &in, e, scratch);
	}
	if (clock.len > 40 || !envelope_time(st, &t, &usec) || t.len)
		return DECODED_UNKNOWN;
	const struct inner in = {.coat = "a clock in brackets",
				 .text = arena_format(scratch, "%.*s%.*s", (int)clock.len, clock.at,
						      (int)rest.len, rest.at),
				 .pid = -1,
				 .time_us = CLOCK_NONE};
	return inner_decode(st, &in, e, scratch);
}

/* Whether the clock that ends at `end` says how far it is from UTC: Z, +01:00. */
static bool names_zone(slice record, const char *end)
{
	size_t n = (size_t)(end - record.at);
	if (n > 0 && end[-1] == 'Z')
		return true;
	return n > 6 && (end[-6] == '+' || end[-6] == '-') && end[-3] == ':';
}

static bool is_bare_name(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_name_byte(s.at[i]))
			return false;
	return s.len > 0;
}

/*
 * Behind a relay's clock: what follows its name, or "(AGENT) A->PATH" of Wazuh's archives.  Not
 * what follows a tag: that is its program's text.
 */
static slice behind_relay(slice s)
{
	slice t = slice_trim(s), name = slice_until(&t, ' ');
	if (slice_starts(name, SLICE("(")) && slice_ends(name, SLICE(")")))
		name = slice_until(&t, ' ');
	size_t arrow = slice_search(name, SLICE("->"));
	return is_bare_name(name) || (arrow != SIZE_MAX && slice_find(name, ':') > arrow)
		   ? t
		   : (slice){0};
}

/* A whole record behind the clock, or behind the tag, of a collector. */
static enum decoded behind_decode(struct format_state *st, slice record, struct event *e,
				  struct arena *scratch)
{
	struct envelope env;
	event_clear(e);
	if (!envelope_open(st, record, e, &env))
		return DECODED_UNKNOWN;
	struct inner in = {.coat = "a collector's clock or tag",
			   .text = slice_trim(env.behind_time),
			   .pid = -1,
			   .time_us = event_get_number(e, F_TIME, CLOCK_NONE),
			   .in_utc = names_zone(record, env.behind_time.at)};
	slice host = event_get(e, F_HOST);
	if (in.text.len == record.len)
		return DECODED_UNKNOWN;
	enum decoded d = inner_decode(st, &in, e, scratch);
	if (d == DECODED_UNKNOWN && env.body.len < in.text.len && may_carry(env.program)) {
		in.text = env.body;
		in.host = host;
		d = inner_decode(st, &in, e, scratch);
	}
	in.text = d == DECODED_UNKNOWN ? behind_relay(env.behind_time) : (slice){0};
	if (in.text.len && inner_has_clock(st, in.text)) {
		in.host = (slice){0};
		d = inner_decode(st, &in, e, scratch);
	}
	struct inner known = {.host = host, .pid = -1, .time_us = in.time_us};
	if (d == DECODED_UNKNOWN)
		add_known(&known, e);
	return d;
}

/* inputname: imuxsock rawmsg: 'LINE', of RSYSLOG_DebugFormat */
static enum decoded debug_decode(struct format_state *st, slice record, struct event *e,
				 struct arena *scratch)
{
	size_t at = slice_search(record, SLICE(" rawmsg: '"));
	if (!slice_starts(record, SLICE("inputname: ")) || at > 64 ||
	    !slice_ends(record, SLICE("'")))
		return DECODED_UNKNOWN;
	slice line = slice_from(record, at + 10);
	const struct inner in = {.coat = "RSYSLOG_DebugFormat",
				 .text = slice_first(line, line.len - 1),
				 .pid = -1,
				 .time_us = CLOCK_NONE};
	return inner_decode(st, &in, e, scratch);
}

enum decoded wrapped_decode(struct format_state *st, slice record, struct event *e,
			    struct arena *scratch)
{
	enum decoded d = DECODED_UNKNOWN;
	if (st->depth >= DEPTH_MOST || record.len == 0)
		return d;
	if (!st->begun && st->depth == 0 && csv_begins(st, record))
		return table_header(st);
	if (record.at[0] == '{') {
		d = collected_decode(st, record, e, scratch);
		st->collected = d != DECODED_UNKNOWN;
		return d != DECODED_UNKNOWN ? d : ruby_decode(st, record, e, scratch);
	}
	if (record.at[0] == '\x1e' || slice_starts(record, SLICE("data: {")))
		return sequence_decode(st, record, e, scratch);
	if (record.at[0] == '"' || record.at[0] == ' ')
		d = ruby_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN && record.at[0] == '"')
		d = pair_decode(st, record, e, scratch);
	else if (record.at[0] == '[')
		d = bracket_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = prefix_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN && record.at[0] == 'i')
		d = debug_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN &&
	    (record.at[record.len - 1] == '}' || slice_ends(record, SLICE("}]"))))
		d = fluent_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = siem_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN)
		d = cut_out_decode(st, record, e, scratch);
	return d != DECODED_UNKNOWN ? d : behind_decode(st, record, e, scratch);
}
