/*
 * siem.c - records as security products hand them on: their own lines around the daemon's.
 *
 *	CEF:0|VENDOR|PRODUCT|VERSION|ID|NAME|SEVERITY|rt=... dhost=... rawEvent=LINE
 *	LEEF:1.0|VENDOR|PRODUCT|VERSION|ID|devTime=...<tab>payload=LINE
 *	PROGRAM=dovecot HOST=mail MESSAGE="..."                 syslog-ng's format-welf
 *	<field k='_raw'><v xml:space='preserve' trim='0'>LINE</v></field>     Splunk's XML
 *	ID<tab>TIME<tab>TIME<tab>...<tab>PROGRAM<tab>TEXT       archives of Papertrail
 *	EPOCH<tab>TIME<tab>LINE                                 Grafana's text
 *	TIME {label="value", ...} LINE                          logcli
 *
 * (ArcSight Common Event Format, revision 25; IBM Log Event Extended Format, version 2;
 * docs.splunk.com, "Output modes"; papertrail.com/help/permanent-log-archives)
 *
 * Law: a name of CEF or LEEF counts only where a record begins, or where its tag would stand: what
 *      other programs say may be a client's words.
 */
#include "part.h"

enum { HEADER_MOST = 1024, KEYS_MOST = 256 };

/* What column.c does not know, for these names mean it here alone. */
static struct meaning meaning_of(slice key)
{
	static const struct {
		slice name;
		struct meaning is;
	} rows[] = {
	    {SLICE_INIT("rt"), {ROLE_TIME, 8}},
	    {SLICE_INIT("devTime"), {ROLE_TIME, 8}},
	    {SLICE_INIT("start"), {ROLE_TIME, 7}},
	    {SLICE_INIT("deviceReceiptTime"), {ROLE_TIME, 6}},
	    {SLICE_INIT("dvchost"), {ROLE_HOST, 8}},
	    {SLICE_INIT("deviceHostName"), {ROLE_HOST, 8}},
	    {SLICE_INIT("dhost"), {ROLE_HOST, 5}},
	    {SLICE_INIT("dproc"), {ROLE_PROGRAM, 8}},
	    {SLICE_INIT("sproc"), {ROLE_PROGRAM, 7}},
	    {SLICE_INIT("deviceProcessName"), {ROLE_PROGRAM, 9}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (slice_eq(key, rows[i].name))
			return rows[i].is;
	return column_meaning((slice){"", 0}, key);
}

/* ---- CEF, LEEF, WELF ---- */

/* "\=" is =, "\\" is \, "\n" a line's end. */
static slice unescape(slice s, struct arena *scratch)
{
	if (!s.len || !memchr(s.at, '\\', s.len))
		return s;
	char *to = arena_take(scratch, s.len);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		bool escape = s.at[i] == '\\' && i + 1 < s.len;
		char c = s.at[i += escape];
		to[n++] = escape && (c == 'n' || c == 'r') ? ' ' : c;
	}
	return (slice){to, n};
}

/* The place of the next = without a \ before it; the end: none. */
static size_t next_equals(slice s)
{
	size_t i = 0;
	while (i < s.len && s.at[i] != '=')
		i += 1 + (s.at[i] == '\\');
	return i < s.len ? i : s.len;
}

/* "key=value words key=value": a value ends before the last word in front of the next =. */
static void gather_cef(struct format_state *st, struct gathered *g, slice s, struct arena *scratch)
{
	for (int i = 0; i < KEYS_MOST && s.len; i++) {
		size_t at = next_equals(s);
		slice key = slice_trim(slice_first(s, at)), value = slice_from(s, at + 1);
		size_t next = next_equals(value), end = next;
		if (next < value.len)
			while (end > 0 && value.at[end - 1] != ' ')
				end--;
		s = slice_from(value, end);
		gather(st, g, meaning_of(key),
		       unescape(slice_trim(slice_first(value, end)), scratch));
	}
}

static void gather_leef(struct format_state *st, struct gathered *g, slice s, char divider)
{
	for (int i = 0; i < KEYS_MOST && s.len; i++) {
		slice value = slice_until(&s, divider), key = slice_until(&value, '=');
		gather(st, g, meaning_of(slice_trim(key)), value);
	}
}

/* LEEF 2.0 names what divides its pairs: ^, x5E, 0x5e, nothing for a tab. */
static char divider_of(slice name)
{
	static const char digits[] = "0123456789abcdef";
	if (name.len == 1)
		return name.at[0];
	slice_eat(&name, "0");
	if (!slice_eat(&name, "x") || name.len == 0 || name.len > 2)
		return '\t';
	int c = 0;
	for (size_t i = 0; i < name.len; i++) {
		const char *digit = strchr(digits, name.at[i] | 32);
		c = c * 16 + (digit && *digit ? (int)(digit - digits) : 0);
	}
	return c ? (char)c : '\t';
}

/* One column of the header off the front; "\|" is none's end. */
static bool take_header(slice *s, slice *column)
{
	size_t i = 0;
	while (i < s->len && i < HEADER_MOST && s->at[i] != '|')
		i += 1 + (s->at[i] == '\\');
	if (i >= s->len || i >= HEADER_MOST)
		return false;
	*column = slice_first(*s, i);
	*s = slice_from(*s, i + 1);
	return true;
}

static bool gather_product(struct format_state *st, struct gathered *g, slice s,
			   struct arena *scratch)
{
	slice version, column, divider = {"", 0};
	bool cef = slice_eat(&s, "CEF:");
	if (!cef && !slice_eat(&s, "LEEF:"))
		return false;
	if (!take_header(&s, &version))
		return false;
	for (int i = 0; i < (cef ? 6 : 4); i++)
		if (!take_header(&s, &column))
			return false;
	if (!cef && slice_starts(version, SLICE("2")) && !take_header(&s, &divider))
		return false;
	if (cef)
		gather_cef(st, g, s, scratch);
	else
		gather_leef(st, g, s, divider_of(divider));
	return true;
}

static bool is_product(slice s)
{
	return slice_starts(s, SLICE("CEF:")) || slice_starts(s, SLICE("LEEF:"));
}

/* Where CEF: or LEEF: stands in a record: at its beginning, behind its clock, host, or tag of the
 * same name; else empty. */
static slice product_in(struct format_state *st, slice record, struct event *e)
{
	struct envelope env;
	if (is_product(record))
		return record;
	event_clear(e);
	if (!envelope_open(st, record, e, &env))
		return (slice){0};
	slice s = slice_trim(env.behind_time);
	if (!is_product(s))
		slice_until(&s, ' ');
	if (is_product(s = slice_trim(s)))
		return s;
	bool named = slice_eq(env.program, SLICE("CEF")) || slice_eq(env.program, SLICE("LEEF"));
	return named && is_product(env.body) ? env.body : (slice){0};
}

static enum decoded product_decode(struct format_state *st, slice record, struct event *e,
				   struct arena *scratch)
{
	struct gathered g;
	slice product = product_in(st, record, e);
	gathered_init(&g);
	if (!product.len || !gather_product(st, &g, product, scratch) || !g.in.text.len)
		return DECODED_UNKNOWN;
	g.in.coat = product.at[0] == 'C' ? "CEF" : "LEEF";
	if (g.in.time_us == CLOCK_NONE)
		g.in.time_us = event_get_number(e, F_TIME, CLOCK_NONE);
	if (!g.in.host.len)
		g.in.host = event_get(e, F_HOST);
	return inner_decode(st, &g.in, e, scratch);
}

/* A value off the front, in quotes or up to a space. */
static slice take_value(slice *s)
{
	if (!slice_eat(s, "\""))
		return slice_until(s, ' ');
	size_t i = 0;
	while (i < s->len && s->at[i] != '"')
		i += 1 + (s->at[i] == '\\');
	slice value = slice_first(*s, i);
	*s = slice_trim(slice_from(*s, i + 1));
	return value;
}

static enum decoded welf_decode(struct format_state *st, slice record, struct event *e,
				struct arena *scratch)
{
	struct gathered g;
	slice s = record;
	gathered_init(&g);
	g.in.coat = "syslog-ng's format-welf";
	for (int i = 0; i < KEYS_MOST && s.len; i++) {
		slice key = slice_until(&s, '=');
		gather(st, &g, meaning_of(key), unescape(take_value(&s), scratch));
	}
	return g.in.text.len ? inner_decode(st, &g.in, e, scratch) : DECODED_UNKNOWN;
}

/* A key of logfmt: letters, with dots and dashes between them. */
static bool is_key(slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.at[i] | 32) >= 'a' && (s.at[i] | 32) <= 'z') &&
		    !strchr("_.@-0123456789", s.at[i]))
			return false;
	return s.len > 0 && s.len < 40;
}

/* time=... level=info msg="LINE": every word of the record must be a pair, or it is something else
 */
static enum decoded logfmt_decode(struct format_state *st, slice record, struct event *e,
				  struct arena *scratch)
{
	struct gathered g;
	slice s = slice_trim(record);
	gathered_init(&g);
	g.in.coat = "logfmt";
	for (int i = 0; i < KEYS_MOST && s.len; i++) {
		slice key = slice_first(s, slice_find(s, '='));
		if (key.len == s.len || !is_key(key))
			return DECODED_UNKNOWN;
		s = slice_from(s, key.len + 1);
		gather(st, &g, meaning_of(key), unescape(take_value(&s), scratch));
	}
	return g.in.text.len && !s.len ? inner_decode(st, &g.in, e, scratch) : DECODED_UNKNOWN;
}

/* ---- Splunk's XML ---- */

/* The five names of XML (its section 4.6), and tags that mark what was searched for taken out. */
static slice without_markup(slice s, struct arena *scratch)
{
	static const struct {
		slice name;
		char is;
	} names[] = {{SLICE_INIT("&lt;"), '<'},    {SLICE_INIT("&gt;"), '>'},
		     {SLICE_INIT("&amp;"), '&'},   {SLICE_INIT("&quot;"), '"'},
		     {SLICE_INIT("&apos;"), '\''}, {SLICE_INIT("&#39;"), '\''},
		     {SLICE_INIT("&#x27;"), '\''}};
	char *to = arena_take(scratch, s.len + 1);
	size_t n = 0;
	while (s.len) {
		if (s.at[0] == '<') {
			slice_until(&s, '>');
			continue;
		}
		size_t i = 0, count = sizeof names / sizeof *names;
		while (s.at[0] == '&' && i < count && !slice_starts(s, names[i].name))
			i++;
		bool named = s.at[0] == '&' && i < count;
		to[n++] = named ? names[i].is : s.at[0];
		s = slice_from(s, named ? names[i].name.len : 1);
	}
	return (slice){to, n};
}

static enum decoded splunk_decode(struct format_state *st, slice record, struct event *e,
				  struct arena *scratch)
{
	slice s = slice_trim(record);
	if (slice_starts(s, SLICE("<results preview=")) || slice_starts(s, SLICE("<?xml")))
		st->splunk = true;
	if (!st->splunk)
		return DECODED_UNKNOWN;
	if (!slice_eat(&s, "<field k='_raw'><v ")) { /* what is about no line */
		st->behind = true;
		return DECODED_PART;
	}
	slice_until(&s, '>');
	size_t end = slice_search_last(s, SLICE("</v>"));
	const struct inner in = {.coat = "Splunk's XML",
				 .text = without_markup(slice_first(s, end), scratch),
				 .pid = -1,
				 .time_us = CLOCK_NONE};
	return inner_decode(st, &in, e, scratch);
}

/* ---- columns without a header, labels ---- */

enum { PAPERTRAIL_HOST = 4, PAPERTRAIL_PROGRAM = 8, PAPERTRAIL_TEXT = 9 };

static enum decoded tabs_decode(struct format_state *st, slice record, struct event *e,
				struct arena *scratch)
{
	struct inner in = {.pid = -1, .time_us = CLOCK_NONE};
	slice s = record, column[PAPERTRAIL_TEXT];
	int64_t number;
	size_t n = 0;
	while (n < PAPERTRAIL_TEXT && slice_find(s, '\t') < s.len)
		column[n++] = slice_until(&s, '\t');
	if (n < 2 || !slice_is_number(column[0], &number) ||
	    !column_time(st, column[1], &in.time_us, &in.in_utc))
		return DECODED_UNKNOWN;
	in.coat = n == 2 ? "text of Grafana" : "an archive of Papertrail";
	in.text = s;
	if (n == PAPERTRAIL_TEXT) {
		in.host = column[PAPERTRAIL_HOST];
		in.program = column[PAPERTRAIL_PROGRAM];
	} else if (n != 2)
		return DECODED_UNKNOWN;
	return inner_decode(st, &in, e, scratch);
}

/* {host="mail", ...} off the front, as LogQL writes labels; the host among them. */
static bool take_labels(slice *s, slice *host)
{
	slice t = *s;
	if (!slice_eat(&t, "{"))
		return false;
	for (int i = 0; i < KEYS_MOST && t.len && t.at[0] != '}'; i++) {
		slice name = slice_until(&t, '=');
		if (!t.len || t.at[0] != '"')
			return false;
		slice value = take_value(&t);
		if (column_meaning((slice){"", 0}, name).role == ROLE_HOST && value.len)
			*host = value;
		slice_eat(&t, ",");
		t = slice_trim(t);
	}
	if (!slice_eat(&t, "}"))
		return false;
	*s = slice_trim(t);
	return s->len > 0;
}

static enum decoded labels_decode(struct format_state *st, slice record, struct event *e,
				  struct arena *scratch)
{
	struct inner in = {
	    .coat = "a line of logcli", .pid = -1, .time_us = CLOCK_NONE, .in_utc = true};
	slice s = record;
	if (!envelope_time(st, &s, &in.time_us))
		return DECODED_UNKNOWN;
	s = slice_trim(s);
	if (!take_labels(&s, &in.host))
		return DECODED_UNKNOWN;
	in.text = s;
	return inner_decode(st, &in, e, scratch);
}

enum decoded siem_decode(struct format_state *st, slice record, struct event *e,
			 struct arena *scratch)
{
	enum decoded d = DECODED_UNKNOWN;
	slice head = slice_first(record, HEADER_MOST);
	if (record.at[0] == '<' || (st->splunk && slice_starts(slice_trim(head), SLICE("<"))))
		d = splunk_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN && (slice_search(head, SLICE("CEF:")) != SIZE_MAX ||
				     slice_search(head, SLICE("LEEF:")) != SIZE_MAX))
		d = product_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN && slice_search(record, SLICE(" MESSAGE=\"")) != SIZE_MAX)
		d = welf_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN && record.at[0] >= 'a' && record.at[0] <= 'z' &&
	    slice_find(head, '=') < 40 && slice_search(record, SLICE("=\"")) != SIZE_MAX)
		d = logfmt_decode(st, record, e, scratch);
	if (d != DECODED_UNKNOWN || record.at[0] < '0' || record.at[0] > '9')
		return d;
	if (memchr(head.at, '\t', head.len))
		d = tabs_decode(st, record, e, scratch);
	if (d == DECODED_UNKNOWN && slice_search(head, SLICE(" {")) != SIZE_MAX)
		d = labels_decode(st, record, e, scratch);
	return d;
}
