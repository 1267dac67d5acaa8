/*
 * prefix.c - what stands in front of a line that was taken out of its file, or came by another way:
 *
 *	/var/log/mail.log.2.gz:LINE   mail.log:77:LINE   77:LINE   zgrep, grep -n
 *	    77<tab>LINE                                            cat -n, nl
 *	96 <22>LINE                                                RFC 6587: it came over TCP
 *	mail-0 dovecot LINE           mail-0 > dovecot | LINE      stern (its > is U+203A)
 *	DAY CLOCK<tab>Mail.Info<tab>HOST<tab>WORDS                 Kiwi and others of Windows
 *	TIME<tab>HOST<tab>PROGRAM<tab>WORDS                        or in quotes with commas
 *	2026/03/17 13:05:00 LINE      17.03.2026 13:05:00 LINE     clocks of other hands
 *
 * Laws: (1) behind a prefix that is no clock the line must begin with a clock or a priority of its
 *           own: words alone are not believed there;
 *       (2) a day that may be a month leaves the line without a time.
 */
#include "envelope.h"

#include <stdio.h>

enum { PREFIX_MOST = 300, TRIES_MOST = 24, CELLS_MOST = 12 };

static bool is_file_byte(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       strchr("-_./+@", c);
}

/* "77:", "77-", "   77<tab>", "77 " before a priority, off the front. */
static bool take_number(slice *s)
{
	slice t = slice_trim(*s);
	int64_t n;
	if (!slice_number(&t, &n) || n < 0 || t.len == 0)
		return false;
	bool framed = slice_starts(t, SLICE(" <"));
	if (!framed && !strchr(":-\t", t.at[0]))
		return false;
	*s = slice_trim(slice_from(t, 1));
	return true;
}

static bool is_of_logs(slice path)
{
	return slice_find(path, '/') < path.len || slice_search(path, SLICE("log")) != SIZE_MAX ||
	       slice_search(path, SLICE("messages")) != SIZE_MAX;
}

/* "PATH:" or, of grep -A, "PATH-", and a number behind it, off the front. */
static bool take_path(struct format_state *st, slice *s)
{
	int tries = 0;
	for (size_t i = 0; i < s->len && i < PREFIX_MOST && tries < TRIES_MOST; i++) {
		char c = s->at[i];
		if ((c == ':' || c == '-') && is_of_logs(slice_first(*s, i))) {
			slice rest = slice_from(*s, i + 1), numbered = rest;
			tries++;
			if (take_number(&numbered) && inner_has_clock(st, numbered))
				rest = numbered;
			if (inner_has_clock(st, rest)) {
				*s = rest;
				return true;
			}
		}
		if (!is_file_byte(c))
			return false;
	}
	return false;
}

/* A name as Kubernetes' are (RFC 1123), and the blank behind it. */
static bool take_name(slice *s)
{
	size_t n = 0;
	while (n < s->len && (is_digit(s->at[n]) || (s->at[n] >= 'a' && s->at[n] <= 'z') ||
			      s->at[n] == '-' || s->at[n] == '.'))
		n++;
	if (n < 2 || n >= s->len || s->at[n] != ' ')
		return false;
	*s = slice_from(*s, n + 1);
	return true;
}

/* "NAMESPACE POD CONTAINER ", the first for some, off the front. */
static bool take_names(struct format_state *st, slice *s)
{
	slice t = *s;
	for (int i = 0; i < 3 && take_name(&t); i++) {
		slice_eat(&t, "\xe2\x80\xba ");
		slice rest = t;
		if (i && (slice_eat(&rest, "| "), inner_has_clock(st, rest))) {
			*s = rest;
			return true;
		}
	}
	return false;
}

/* "[mail.info] " off the front */
static bool take_facility(struct format_state *st, slice *s)
{
	slice t = *s, word = slice_until(&t, ' ');
	if (word.len < 3 || word.at[0] != '[' || !tag_is_facility(word) || !inner_has_clock(st, t))
		return false;
	*s = t;
	return true;
}

static bool take_tool(struct format_state *st, slice *s)
{
	slice t = *s;
	if (take_number(&t) && inner_has_clock(st, t)) {
		*s = t;
		return true;
	}
	return take_path(st, s) || take_names(st, s) || take_facility(st, s);
}

/* ---- clocks of other hands ---- */

static slice in_utc(int64_t usec, struct arena *scratch)
{
	char text[CLOCK_TEXT];
	size_t n = clock_format(usec, text);
	return arena_format(scratch, "%.*s", (int)n, text);
}

/* Where the second blank of "DAY CLOCK", and " PM" behind it, ends. */
static size_t clock_end(slice s)
{
	size_t n = slice_find(s, ' ');
	n += 1 + slice_find(slice_from(s, n + 1), ' ');
	slice half = slice_first(slice_from(s, n + 1), 2);
	bool noon = slice_eq_nocase(half, SLICE("AM")) || slice_eq_nocase(half, SLICE("PM"));
	return n + (noon ? 3 : 0);
}

/* 17.03.2026 13:05:00, 3/17/2026 1:05:00 PM; *usec stays where day and month cannot be told. */
static bool take_culture(struct format_state *st, slice *s, int64_t *usec)
{
	int64_t wall, n, clock;
	slice t = *s;
	size_t end = clock_end(t);
	if (end > sizeof "17.03.2026 13:05:00.123456 PM" || !slice_number(&t, &n) || n > 31)
		return false;
	char by = t.len ? t.at[0] : '\0';
	slice digits = slice_from(t, 1);
	if (!by || !strchr("./", by) || !slice_number(&digits, &n) || !digits.len ||
	    digits.at[0] != by)
		return false;
	slice hour = slice_from(*s, slice_find(*s, ' ') + 1);
	if (column_culture_time(slice_first(*s, end), &wall))
		*usec = clock_through_zone(st, wall);
	else if (!slice_number(&hour, &clock) || !slice_eat(&hour, ":"))
		return false;
	*s = slice_from(*s, end);
	return true;
}

/* 2026/03/17 13:05:00, as Go's and nginx' logs have it */
static bool take_slashes(struct format_state *st, slice *s, int64_t *usec)
{
	enum { LEN = sizeof "2026/03/17 13:05:00" - 1 };
	char text[LEN + 1];
	slice t = {text, LEN};
	if (s->len <= LEN || s->at[4] != '/' || s->at[7] != '/')
		return false;
	memcpy(text, s->at, LEN);
	text[4] = text[7] = '-';
	text[LEN] = '\0';
	int64_t stated;
	bool zone;
	if (!clock_parse_iso(&t, &stated, &zone) || t.len)
		return false;
	*usec = clock_through_zone(st, stated);
	*s = slice_from(*s, LEN);
	int64_t unit = CLOCK_SECOND / 10; /* 0 where it is finer than we count */
	for (bool point = slice_eat(s, "."); point && s->len && is_digit(s->at[0]); unit /= 10) {
		*usec += (s->at[0] - '0') * unit;
		*s = slice_from(*s, 1);
	}
	return true;
}

/* Mar 17, 2026 1:05:00 PM, Mar 17, 2026 13:05:00: of Java and of consoles in English */
static bool take_english(struct format_state *st, slice *s, int64_t *usec)
{
	char text[sizeof "03/17/2026 13:05:00 PM"];
	slice t = *s, clock;
	int64_t day, year, wall;
	int month = t.len > 20 && t.at[3] == ' ' ? clock_month(slice_first(t, 3)) : 0;
	t = slice_from(t, 4);
	if (!month || !slice_number(&t, &day) || !slice_eat(&t, ", ") || !slice_number(&t, &year) ||
	    !slice_eat(&t, " ") || day > 31 || year > 9999)
		return false;
	clock = slice_first(t, slice_find(t, ' '));
	slice half = slice_first(slice_from(t, clock.len + 1), 2);
	bool noon = slice_eq(half, SLICE("AM")) || slice_eq(half, SLICE("PM"));
	if (clock.len > 8)
		return false;
	/* the day first, with points: no culture reads it otherwise */
	int n = snprintf(text, sizeof text, "%02d.%02d.%04d %.*s%s%.*s", (int)day, month, (int)year,
			 (int)clock.len, clock.at, noon ? " " : "", noon ? 2 : 0, half.at);
	if (n < 0 || n >= (int)sizeof text || !column_culture_time((slice){text, (size_t)n}, &wall))
		return false;
	*usec = clock_through_zone(st, wall);
	*s = slice_from(t, clock.len + (noon ? 3 : 0));
	return true;
}

/* Milliseconds since 1970 */
static bool take_milliseconds(slice *s, int64_t *usec)
{
	int64_t n;
	slice t = *s;
	if (t.len < 15 || t.at[13] != ' ' || !slice_number(&t, &n) || t.at != s->at + 13)
		return false;
	*usec = n * 1000;
	*s = t;
	return true;
}

static bool take_other_clock(struct format_state *st, slice *s, int64_t *usec)
{
	return take_slashes(st, s, usec) || take_milliseconds(s, usec) ||
	       take_culture(st, s, usec) || take_english(st, s, usec);
}

/* ---- cells ---- */

/* Mail.Info, or a number, or the name of a level: says nothing of the line */
static bool is_remark(slice cell)
{
	static const char *const levels[] = {"debug", "info", "notice",   "warning", "warn", "err",
					     "error", "crit", "critical", "alert",   "emerg"};
	char small[24];
	int64_t n;
	if (cell.len == 0 || slice_is_number(cell, &n))
		return true;
	if (cell.len >= sizeof small)
		return false;
	for (size_t i = 0; i < cell.len; i++)
		small[i] = cell.at[i] >= 'A' && cell.at[i] <= 'Z' ? cell.at[i] | 32 : cell.at[i];
	slice lower = {small, cell.len};
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (slice_eq(lower, slice_of(levels[i])))
			return true;
	return tag_is_facility(lower);
}

/* Cells between tabs; of a record in quotes between "," (without its first and last quote) */
static size_t split(slice s, slice by, slice cells[CELLS_MOST])
{
	size_t n = 0;
	while (n < CELLS_MOST - 1) {
		size_t at = slice_search(s, by);
		if (at == SIZE_MAX)
			break;
		cells[n++] = slice_first(s, at);
		s = slice_from(s, at + by.len);
	}
	cells[n++] = s;
	return n;
}

static bool is_host(slice cell)
{
	struct address a;
	return tag_is_name(cell) || address_parse(cell, &a);
}

/* "2026-03-17" and "13:05:00" of two cells, or both of one: how many were of it; 0: none is */
static size_t cells_time(struct format_state *st, const slice *cells, size_t n, int64_t *usec,
			 struct arena *scratch)
{
	bool utc;
	if (column_time(st, cells[0], usec, &utc))
		return 1;
	if (n < 3 || cells[0].len > 12 || cells[1].len > 16)
		return 0;
	slice both = arena_format(scratch, "%.*s %.*s", (int)cells[0].len, cells[0].at,
				  (int)cells[1].len, cells[1].at);
	return column_time(st, both, usec, &utc) ? 2 : 0;
}

/* A facility by its name, which may be a host's as well */
static bool is_facility_name(slice cell)
{
	static const char *const names[] = {"mail", "auth", "authpriv", "daemon", "user", "Mail"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(cell, slice_of(names[i])))
			return true;
	return false;
}

/* Host and program among the cells; false where there are more, or what is no name. */
static bool cells_names(const slice *cells, size_t n, slice names[2], size_t *found)
{
	size_t named = 0;
	for (size_t i = 0; i < n; i++)
		named += !is_remark(cells[i]);
	for (size_t i = 0; i < n; i++) {
		if (is_remark(cells[i]))
			continue;
		if (named > 2 && is_facility_name(cells[i])) {
			named--;
			continue;
		}
		if (*found == 2 || !is_host(cells[i]))
			return false;
		names[(*found)++] = cells[i];
	}
	return true;
}

/* TIME, remarks, HOST, remarks, PROGRAM or none, remarks, TEXT: each a cell */
static enum decoded cells_decode(struct format_state *st, const slice *cells, size_t n,
				 struct event *e, struct arena *scratch)
{
	struct inner in = {.coat = "columns of a collector", .pid = -1, .time_us = CLOCK_NONE};
	slice names[2] = {{"", 0}, {"", 0}}, text = cells[n - 1];
	size_t found = 0, from = cells_time(st, cells, n, &in.time_us, scratch);
	if (!from || n - from < 2 || !cells_names(cells + from, n - from - 1, names, &found))
		return DECODED_UNKNOWN;
	in.text = text;
	in.host = names[0];
	if (found && !inner_has_clock(st, text)) {
		slice when = in_utc(in.time_us, scratch);
		in.text = arena_format(scratch, "%.*s %.*s %.*s%s%.*s", (int)when.len, when.at,
				       (int)names[0].len, names[0].at, (int)names[1].len,
				       names[1].at, found == 2 ? ": " : "", (int)text.len, text.at);
	}
	return inner_decode(st, &in, e, scratch);
}

enum decoded cut_out_decode(struct format_state *st, slice record, struct event *e,
			    struct arena *scratch)
{
	slice s = record, cells[CELLS_MOST], inside = {s.at + 1, s.len - 2};
	struct inner in = {.coat = "a tool's prefix", .pid = -1, .time_us = CLOCK_NONE};
	bool quoted =
	    s.len > 8 && s.at[0] == '"' && is_digit(s.at[1]) && slice_ends(s, SLICE("\""));
	enum decoded d = DECODED_UNKNOWN;
	if (quoted)
		d = cells_decode(st, cells, split(inside, SLICE("\",\""), cells), e, scratch);
	else if (is_digit(s.at[0]) && slice_find(slice_first(s, 40), '\t') < 40)
		d = cells_decode(st, cells, split(s, SLICE("\t"), cells), e, scratch);
	if (d != DECODED_UNKNOWN)
		return d;
	if (take_tool(st, &s)) {
		in.text = s;
		return inner_decode(st, &in, e, scratch);
	}
	bool begins = is_digit(s.at[0]) || (s.at[0] >= 'A' && s.at[0] <= 'Z');
	if (!begins || !take_other_clock(st, &s, &in.time_us))
		return DECODED_UNKNOWN;
	/* without a time: a priority, which says nothing either, lets the rest begin like a line */
	slice when = in.time_us == CLOCK_NONE ? SLICE("<22>") : in_utc(in.time_us, scratch);
	s = slice_trim(s);
	in.coat = in.time_us == CLOCK_NONE ? "a clock whose day and month cannot be told"
					   : "a clock of another hand";
	in.text = arena_format(scratch, "%.*s %.*s", (int)when.len, when.at, (int)s.len, s.at);
	return inner_decode(st, &in, e, scratch);
}
