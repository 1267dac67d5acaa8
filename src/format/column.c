/*
 * column.c - what members of JSON records and columns of CSV exports mean, by their names.
 *
 * One table for both, for the same collectors write the one and the other: Elastic Common Schema
 * (filebeat, "_source." before each in exports of Kibana), logstash, GELF 1.1 and Graylog, Splunk
 * (_raw), Loki, rsyslog's %jsonmesg% and syslog-ng's format-json, fluentd and Docker (log), Wazuh
 * (full_log), Azure's Syslog table, CloudWatch, Google Cloud, Datadog.
 *
 * The whole line is worth more than what a collector made of it: rank.
 */
#include "part.h"

#include <stdio.h>

enum { CONTAINER_RANK = 1 };

/* By their first letter, for every member of every record is looked up. */
struct row {
	slice parent, name; /* parent "": any */
	enum role role;
	int rank;
};

static const struct row of_at_sign[] = {
    {SLICE_INIT(""), SLICE_INIT("@message"), ROLE_TEXT, 6},
    {SLICE_INIT(""), SLICE_INIT("@timestamp"), ROLE_TIME, 9},
};
static const struct row of_underscore[] = {
    {SLICE_INIT(""), SLICE_INIT("_raw"), ROLE_TEXT, 9},
    {SLICE_INIT(""), SLICE_INIT("_time"), ROLE_TIME, 8},
    {SLICE_INIT(""), SLICE_INIT("_hostname"), ROLE_HOST, 6},
    {SLICE_INIT(""), SLICE_INIT("_comm"), ROLE_PROGRAM, 4},
    {SLICE_INIT(""), SLICE_INIT("_pid"), ROLE_PID, 4},
};
static const struct row of_a[] = {
    {SLICE_INIT(""), SLICE_INIT("auditdata"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("appname"), ROLE_PROGRAM, 8},
    {SLICE_INIT(""), SLICE_INIT("app-name"), ROLE_PROGRAM, 8},
    {SLICE_INIT(""), SLICE_INIT("app_name"), ROLE_PROGRAM, 8},
    {SLICE_INIT(""), SLICE_INIT("application_name"), ROLE_PROGRAM, 8},
    {SLICE_INIT("syslog"), SLICE_INIT("appname"), ROLE_PROGRAM, 8},
};
static const struct row of_b[] = {
    {SLICE_INIT(""), SLICE_INIT("body"), ROLE_TEXT, 4},
};
static const struct row of_c[] = {
    {SLICE_INIT(""), SLICE_INIT("content"), ROLE_TEXT, 2},
    {SLICE_INIT(""), SLICE_INIT("computer"), ROLE_HOST, 5},
    {SLICE_INIT(""), SLICE_INIT("container_name"), ROLE_PROGRAM, CONTAINER_RANK},
};
static const struct row of_d[] = {
    {SLICE_INIT(""), SLICE_INIT("data"), ROLE_TEXT, 2},
    {SLICE_INIT(""), SLICE_INIT("description"), ROLE_TEXT, 1},
    {SLICE_INIT(""), SLICE_INIT("datetime"), ROLE_TIME, 5},
    {SLICE_INIT(""), SLICE_INIT("date"), ROLE_TIME, 3},
};
static const struct row of_e[] = {
    {SLICE_INIT(""), SLICE_INIT("entry"), ROLE_TEXT, 3},
    {SLICE_INIT(""), SLICE_INIT("event"), ROLE_TEXT, 3},
    {SLICE_INIT(""), SLICE_INIT("eventtime"), ROLE_TIME, 7},
    {SLICE_INIT(""), SLICE_INIT("eventtime [utc]"), ROLE_TIME, 7},
};
static const struct row of_f[] = {
    {SLICE_INIT(""), SLICE_INIT("full_log"), ROLE_TEXT, 9},
    {SLICE_INIT(""), SLICE_INIT("full_message"), ROLE_TEXT, 7},
    {SLICE_INIT(""), SLICE_INIT("fromhost"), ROLE_HOST, 4},
};
static const struct row of_g[] = {
    {SLICE_INIT(""), SLICE_INIT("generated_at"), ROLE_TIME, 6},
};
static const struct row of_h[] = {
    {SLICE_INIT("host"), SLICE_INIT("hostname"), ROLE_HOST, 9},
    {SLICE_INIT("predecoder"), SLICE_INIT("hostname"), ROLE_HOST, 8},
    {SLICE_INIT("syslog"), SLICE_INIT("hostname"), ROLE_HOST, 8},
    {SLICE_INIT(""), SLICE_INIT("hostname"), ROLE_HOST, 6},
    {SLICE_INIT(""), SLICE_INIT("host"), ROLE_HOST, 5},
};
static const struct row of_i[] = {
    {SLICE_INIT(""), SLICE_INIT("isodate"), ROLE_TIME, 8},
    {SLICE_INIT("syslog"), SLICE_INIT("identifier"), ROLE_PROGRAM, 7},
    {SLICE_INIT(""), SLICE_INIT("ident"), ROLE_PROGRAM, 6},
};
static const struct row of_l[] = {
    {SLICE_INIT(""), SLICE_INIT("log"), ROLE_TEXT, 5},
    {SLICE_INIT(""), SLICE_INIT("line"), ROLE_TEXT, 5},
    {SLICE_INIT(""), SLICE_INIT("log_message"), ROLE_TEXT, 5},
    {SLICE_INIT(""), SLICE_INIT("logmessage"), ROLE_TEXT, 5},
    {SLICE_INIT(""), SLICE_INIT("logsource"), ROLE_HOST, 7},
};
static const struct row of_m[] = {
    {SLICE_INIT(""), SLICE_INIT("message"), ROLE_TEXT, 6},
    {SLICE_INIT(""), SLICE_INIT("msg"), ROLE_TEXT, 5},
};
static const struct row of_n[] = {
    {SLICE_INIT("host"), SLICE_INIT("name"), ROLE_HOST, 8},
    {SLICE_INIT(""), SLICE_INIT("node_name"), ROLE_HOST, 4},
    {SLICE_INIT("process"), SLICE_INIT("name"), ROLE_PROGRAM, 8},
};
static const struct row of_o[] = {
    {SLICE_INIT("event"), SLICE_INIT("original"), ROLE_TEXT, 9},
    {SLICE_INIT("log"), SLICE_INIT("original"), ROLE_TEXT, 9},
};
static const struct row of_p[] = {
    {SLICE_INIT(""), SLICE_INIT("payload"), ROLE_TEXT, 4},
    {SLICE_INIT(""), SLICE_INIT("programname"), ROLE_PROGRAM, 9},
    {SLICE_INIT(""), SLICE_INIT("program"), ROLE_PROGRAM, 9},
    {SLICE_INIT(""), SLICE_INIT("program_name"), ROLE_PROGRAM, 9},
    {SLICE_INIT(""), SLICE_INIT("processname"), ROLE_PROGRAM, 7},
    {SLICE_INIT(""), SLICE_INIT("process"), ROLE_PROGRAM, 4},
    {SLICE_INIT(""), SLICE_INIT("pid"), ROLE_PID, 5},
    {SLICE_INIT(""), SLICE_INIT("process_id"), ROLE_PID, 5},
    {SLICE_INIT(""), SLICE_INIT("processid"), ROLE_PID, 5},
    {SLICE_INIT(""), SLICE_INIT("procid"), ROLE_PID, 5},
};
static const struct row of_r[] = {
    {SLICE_INIT(""), SLICE_INIT("rawmsg"), ROLE_TEXT, 9},
    {SLICE_INIT(""), SLICE_INIT("raw"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("raw_message"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("rawmessage"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("raw_log"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("rawdata"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("raw data"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("raw message"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("raw event"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("rawevent"), ROLE_TEXT, 8},
    {SLICE_INIT(""), SLICE_INIT("receivedat"), ROLE_TIME, 2},
    {SLICE_INIT(""), SLICE_INIT("received_at"), ROLE_TIME, 2},
};
static const struct row of_s[] = {
    {SLICE_INIT(""), SLICE_INIT("syslogmessage"), ROLE_TEXT, 6},
    {SLICE_INIT(""), SLICE_INIT("short_message"), ROLE_TEXT, 6},
    {SLICE_INIT(""), SLICE_INIT("syslog_hostname"), ROLE_HOST, 6},
    {SLICE_INIT(""), SLICE_INIT("source"), ROLE_HOST, 2},
    {SLICE_INIT(""), SLICE_INIT("starttime"), ROLE_TIME, 4},
    {SLICE_INIT("body"), SLICE_INIT("stringvalue"), ROLE_TEXT, 4},
    {SLICE_INIT(""), SLICE_INIT("syslog_identifier"), ROLE_PROGRAM, 8},
    {SLICE_INIT(""), SLICE_INIT("syslog_program"), ROLE_PROGRAM, 8},
    {SLICE_INIT(""), SLICE_INIT("syslogtag"), ROLE_PROGRAM, 8},
    {SLICE_INIT(""), SLICE_INIT("syslog_pid"), ROLE_PID, 5},
};
static const struct row of_t[] = {
    {SLICE_INIT(""), SLICE_INIT("textpayload"), ROLE_TEXT, 6},
    {SLICE_INIT(""), SLICE_INIT("text"), ROLE_TEXT, 3},
    {SLICE_INIT(""), SLICE_INIT("timereported"), ROLE_TIME, 8},
    {SLICE_INIT(""), SLICE_INIT("timestamp"), ROLE_TIME, 7},
    {SLICE_INIT(""), SLICE_INIT("timegenerated"), ROLE_TIME, 6},
    {SLICE_INIT(""), SLICE_INIT("timegenerated [utc]"), ROLE_TIME, 6},
    {SLICE_INIT(""), SLICE_INIT("time"), ROLE_TIME, 5},
    {SLICE_INIT(""), SLICE_INIT("timeunixnano"), ROLE_TIME, 6},
    {SLICE_INIT(""), SLICE_INIT("ts"), ROLE_TIME, 4},
    {SLICE_INIT(""), SLICE_INIT("tag"), ROLE_PROGRAM, 5},
};

static const struct row of_u[] = {
    {SLICE_INIT(""), SLICE_INIT("utf8_payload"), ROLE_TEXT, 8},
};

#define ROWS(of)                                                                                   \
	{                                                                                          \
		of, sizeof of / sizeof *of                                                         \
	}
static const struct {
	const struct row *at;
	size_t len;
} letters[128] = {
    ['@'] = ROWS(of_at_sign), ['_'] = ROWS(of_underscore), ['a'] = ROWS(of_a), ['b'] = ROWS(of_b),
    ['c'] = ROWS(of_c),       ['d'] = ROWS(of_d),          ['e'] = ROWS(of_e), ['f'] = ROWS(of_f),
    ['g'] = ROWS(of_g),       ['u'] = ROWS(of_u),          ['h'] = ROWS(of_h), ['i'] = ROWS(of_i),
    ['l'] = ROWS(of_l),       ['m'] = ROWS(of_m),          ['n'] = ROWS(of_n), ['o'] = ROWS(of_o),
    ['p'] = ROWS(of_p),       ['r'] = ROWS(of_r),          ['s'] = ROWS(of_s), ['t'] = ROWS(of_t),
};

struct meaning column_meaning(slice parent, slice name)
{
	struct meaning m = {ROLE_NONE, 0};
	char first = name.len ? name.at[0] : '\0';
	size_t letter = (unsigned char)(first >= 'A' && first <= 'Z' ? first | 32 : first) & 127;
	for (size_t i = 0; i < letters[letter].len; i++) {
		const struct row *r = &letters[letter].at[i];
		if (r->name.len != name.len || !slice_eq_nocase(r->name, name))
			continue;
		if (r->rank > m.rank && (r->parent.len == 0 || slice_eq_nocase(r->parent, parent)))
			m = (struct meaning){r->role, r->rank};
	}
	bool additional = name.len > 1 && name.at[0] == '_'; /* GELF: fields of the sender's own */
	return m.role == ROLE_NONE && additional ? column_meaning(parent, slice_from(name, 1)) : m;
}

/* --- when --- */

/* Seconds, milli-, micro- or nanoseconds since 1970, told by their number of digits. */
static bool epoch(slice s, int64_t *usec)
{
	int64_t n, fraction = 0, unit = 100000;
	slice t = s;
	if (!slice_number(&t, &n) || n <= 0)
		return false;
	size_t digits = s.len - t.len;
	if (slice_eat(&t, "."))
		for (; t.len && t.at[0] >= '0' && t.at[0] <= '9'; t = slice_from(t, 1), unit /= 10)
			fraction += (t.at[0] - '0') * unit;
	if (t.len || digits < 9 || digits > 19)
		return false;
	*usec = digits < 12   ? n * CLOCK_SECOND + fraction
		: digits < 15 ? n * 1000
		: digits < 18 ? n
			      : n / 1000;
	return true;
}

/* Mar 17, 2026 @ 13:05:00.123, as Kibana shows and exports it. */
static bool kibana(struct format_state *st, slice s, int64_t *usec)
{
	char text[64];
	size_t comma = slice_find(s, ','), at = slice_find(s, '@');
	if (s.len >= sizeof text || comma > 6 || at >= s.len || at < comma + 6)
		return false;
	int n =
	    snprintf(text, sizeof text, "%.*s%.*s%.*s ", (int)comma, s.at, (int)(at - comma - 1),
		     s.at + comma + 1, (int)(s.len - at - 2), s.at + at + 2);
	slice t = {text, (size_t)n};
	return envelope_time(st, &t, usec);
}

bool column_culture_time(slice s, int64_t *usec)
{
	int64_t n[6] = {0};
	char sep = 0;
	for (int i = 0; i < 6; i++) {
		if (!slice_number(&s, &n[i]))
			return false;
		if (i == 0)
			sep = s.len ? s.at[0] : 0;
		bool right = s.len && strchr(i < 2 ? "/.-" : i == 2 ? " ," : ":", s.at[0]);
		if (i < 5 && !right)
			return false;
		while (i < 5 && s.len && strchr("/.-:, ", s.at[0]))
			s = slice_from(s, 1);
	}
	if (slice_eat(&s, "."))
		slice_number(&s, &(int64_t){0});
	s = slice_trim(s);
	bool pm = slice_eq_nocase(s, SLICE("PM")), am = slice_eq_nocase(s, SLICE("AM"));
	bool day_first = sep == '.' || n[0] > 12;
	if ((s.len && !am && !pm) || (!am && !pm && !day_first && n[1] <= 12 && n[0] != n[1]))
		return false;
	struct civil c = {
	    (int)n[2], (int)n[day_first], (int)n[!day_first], (int)n[3], (int)n[4], (int)n[5], 0};
	if (am || pm)
		c.hour = c.hour % 12 + (pm ? 12 : 0);
	if (n[2] < 1990 || n[2] > 9999 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 ||
	    n[3] > 23 || n[4] > 59 || n[5] > 60)
		return false;
	*usec = clock_from_civil(&c);
	return true;
}

bool column_time(struct format_state *st, slice s, int64_t *usec, bool *in_utc)
{
	slice t = slice_trim(s);
	*in_utc = true;
	if (epoch(t, usec) || kibana(st, t, usec) ||
	    column_culture_time(t, usec)) /* of Azure's portal: UTC */
		return true;
	int64_t stated;
	slice u = t;
	if (clock_parse_iso(&u, &stated, in_utc) && *in_utc) {
		*usec = stated;
		return true;
	}
	*in_utc = false;
	return envelope_time(st, &t, usec);
}

/* --- gathering --- */

void gathered_init(struct gathered *g)
{
	*g = (struct gathered){.in = {.pid = -1, .time_us = CLOCK_NONE}};
}

/* dovecot[77]: is dovecot. */
static slice program_of(slice tag)
{
	slice t = tag;
	slice name = slice_until(&t, '[');
	return name.len && name.at[name.len - 1] == ':' ? slice_first(name, name.len - 1) : name;
}

static void gather_time(struct format_state *st, struct inner *in, slice value)
{
	int64_t usec;
	bool in_utc;
	if (!column_time(st, value, &usec, &in_utc))
		return;
	in->time_us = usec;
	in->in_utc = in_utc;
}

void gather(struct format_state *st, struct gathered *g, struct meaning m, slice value)
{
	int64_t n;
	if (m.role == ROLE_NONE || m.rank <= g->rank[m.role] || value.len == 0)
		return;
	if (m.role == ROLE_HOST && memchr(value.at, '/', value.len))
		return; /* a path: where the line was read */
	g->rank[m.role] = m.rank;
	switch (m.role) {
	case ROLE_TEXT:
		g->in.text = value;
		break;
	case ROLE_TIME:
		gather_time(st, &g->in, value);
		break;
	case ROLE_HOST:
		g->in.host = value;
		break;
	case ROLE_PROGRAM:
		g->in.program = program_of(value);
		g->in.container = m.rank == CONTAINER_RANK;
		break;
	default:
		g->in.pid = slice_is_number(value, &n) ? n : -1;
	}
}
