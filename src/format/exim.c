/*
 * exim.c - Exim's main, reject and panic log, as files of its own and through syslog.
 *
 *	2026-03-17 13:05:00[.123][ +0100] [[pid] ][1abcDe-0000Df-Gh ]what
 *
 * Message ids have 16 characters, from 4.97 on 23 (log.c, exim.c).  The ACLs of a site and its
 * filters add words of their own, so in a file that is Exim's every line is Exim's.  Behind a line
 * of the reject log stand the headers of the message, each with its type before it.
 */
#include "exim.h"

const struct format format_exim = {"exim", "Exim 4: main, reject and panic log", 'D'};

enum { CLOCK = sizeof "2026-03-17 13:05:00" - 1 };

bool exim_begins(slice record)
{
	const char *p = record.at;
	return record.len > CLOCK && p[10] == ' ' && p[4] == '-' && p[7] == '-' && p[13] == ':' &&
	       (p[0] == '1' || p[0] == '2');
}

static bool is_base62(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static uint32_t base62_mask(const char *p)
{
	return block_letters(p) | block_between(p, '0', '9');
}

/* 1abcDe-0000Df-Gh or 1abcDe-00000000000-Gh42, and the blank behind it, off the front. */
static bool take_id(slice *s, slice *id)
{
	static const struct {
		uint8_t dash, end;
		uint16_t first, last; /* which of its first and last sixteen bytes are of base 62 */
	} shapes[] = {{13, 16, 0xdfbf, 0xdfbf}, {18, 23, 0xffbf, 0xf7ff}};
	if (s->len < BLOCK_BYTES || s->at[6] != '-')
		return false;
	uint32_t first = base62_mask(s->at);
	for (int i = 0; i < 2; i++) {
		size_t dash = shapes[i].dash, end = shapes[i].end;
		if (s->len < end || s->at[dash] != '-' || (s->len > end && s->at[end] != ' '))
			continue;
		if (first != shapes[i].first ||
		    base62_mask(s->at + end - BLOCK_BYTES) != shapes[i].last)
			continue;
		*id = slice_first(*s, end);
		*s = slice_from(*s, end + 1);
		return true;
	}
	return false;
}

/* " +0100" or "+01:00" off the front, in microseconds. */
static bool take_zone_text(slice *s, int64_t *offset_us)
{
	slice t = *s;
	int64_t n;
	slice_eat(&t, " ");
	if (t.len < 5 || (t.at[0] != '+' && t.at[0] != '-'))
		return false;
	slice digits = {t.at + 1, 4};
	if (!slice_is_number(digits, &n) || (t.len > 5 && t.at[5] != ' '))
		return false;
	int64_t us = n / 100 * CLOCK_HOUR + n % 100 * CLOCK_MINUTE;
	*offset_us = t.at[0] == '-' ? -us : us;
	*s = slice_from(t, 5);
	return true;
}

/* Exim's clock off the front: with +timezone (log_timezone) its offset follows behind a blank. */
static bool take_time(struct format_state *st, slice *s, int64_t *usec)
{
	slice t = *s, zone;
	int64_t offset;
	if (!envelope_time(st, &t, usec))
		return false;
	zone = t;
	if (take_zone_text(&zone, &offset)) { /* then its digits go through no other zone */
		struct zone *own = st->zone;
		int64_t quarter = st->quarter;
		st->zone = NULL;
		envelope_time(st, s, usec);
		st->zone = own;
		st->quarter = quarter;
		*usec -= offset;
		t = zone;
	}
	slice_eat(&t, " ");
	*s = t;
	return true;
}

/* "[123] " off the front, also "[1/3] " and "[2\3] " of lines that are too long for syslog. */
static bool take_pid(slice *s, struct event *e, bool *continued)
{
	slice t = *s;
	int64_t pid, of;
	if (!slice_eat(&t, "[") || !slice_number(&t, &pid))
		return false;
	bool first = slice_eat(&t, "/"), later = !first && slice_eat(&t, "\\");
	if ((first || later) && !slice_number(&t, &of))
		return false;
	if (!slice_eat(&t, "] "))
		return false;
	*continued |= later;
	if (!first && !later && !event_has(e, F_PID))
		event_number(e, F_PID, pid);
	*s = t;
	return true;
}

static void own(struct event *e)
{
	event_module(e, &format_exim);
	event_act(e, ACT_MESSAGE, OUT_NONE);
}

/* False if nothing in the line is Exim's beyond doubt; the event then is that of a message. */
static bool read_line(slice s, struct event *e)
{
	slice id;
	bool continued = false;
	own(e);
	event_text(e, F_PROTOCOL, SLICE("smtp"));
	while (take_pid(&s, e, &continued))
		;
	if (continued)
		return true;
	bool queued = take_id(&s, &id);
	if (queued)
		event_text(e, F_QUEUE_ID, id);
	if (queued && exim_read_queued(s, e))
		return true;
	return exim_read_words(s, queued, e) || queued;
}

/*
 * Through syslog: the line may have its own clock once more (syslog_timestamp), and that is wall
 * time, of which the envelope knows more.
 */
enum decoded exim_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	slice s = body;
	int64_t offset;
	if (exim_begins(s)) {
		s = slice_from(s, CLOCK);
		if (s.len && s.at[0] == '.')
			s = slice_from(s, slice_find(s, ' '));
		take_zone_text(&s, &offset);
		slice_eat(&s, " ");
	}
	read_line(s, e);
	return DECODED_EVENT;
}

static void forget(struct event *e)
{
	struct place place = e->place;
	slice raw = e->raw;
	event_clear(e);
	e->place = place;
	e->raw = raw;
}

/* A line that Exim wrote beyond doubt; others are left to those who know better. */
enum decoded exim_file_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	slice s = line;
	int64_t usec;
	if (!take_time(st, &s, &usec) || s.len == 0)
		return DECODED_UNKNOWN;
	if (!read_line(s, e)) {
		forget(e);
		return DECODED_UNKNOWN;
	}
	event_number(e, F_TIME, usec);
	st->last_us = usec;
	st->exim = true;
	return DECODED_EVENT;
}

enum decoded exim_rest_decode(struct format_state *st, slice record, struct event *e)
{
	slice s = record;
	int64_t usec;
	if (!exim_begins(record) || !take_time(st, &s, &usec))
		return DECODED_UNKNOWN;
	forget(e);
	read_line(s, e);
	event_number(e, F_TIME, usec);
	return DECODED_EVENT;
}

/* "HOST exim[pid]: 2026-03-17 13:05:00 ...", as journals are printed without their clock. */
static bool read_headless(struct format_state *st, slice line, struct event *e)
{
	slice s = line, host = slice_until(&s, ' ');
	slice program = slice_first(s, slice_find(slice_first(s, 16), '['));
	int64_t pid, usec;
	if (!slice_starts(program, SLICE("exim")) || program.len > 8)
		return false;
	s = slice_from(s, program.len);
	if (!slice_eat(&s, "[") || !slice_number(&s, &pid) || !slice_eat(&s, "]: ") ||
	    !exim_begins(s) || !take_time(st, &s, &usec))
		return false;
	event_text(e, F_HOST, host);
	event_text(e, F_PROCESS, program);
	event_number(e, F_PID, pid);
	event_number(e, F_TIME, usec);
	read_line(s, e);
	return true;
}

/* A header of the reject log: its type (a letter, '*' or blank), a blank, the name. */
static bool is_header(slice s)
{
	static const slice marks[] = {SLICE_INIT("Envelope-from: <"), SLICE_INIT("Envelope-to: <"),
				      SLICE_INIT(" "), SLICE_INIT("\t"),
				      SLICE_INIT("----------------")};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (slice_starts(s, marks[i]))
			return true;
	if (s.len < 4 || s.at[1] != ' ' || !(s.at[0] == '*' || is_base62(s.at[0])))
		return false;
	size_t colon = slice_find(slice_from(s, 2), ':'), blank = slice_find(slice_from(s, 2), ' ');
	return colon > 0 && colon < s.len - 2 && colon <= blank;
}

enum decoded exim_line_decode(struct format_state *st, slice line, struct event *e,
			      struct arena *scratch)
{
	if (read_headless(st, line, e))
		return DECODED_EVENT;
	if (!st->exim || !is_header(line))
		return DECODED_UNKNOWN;
	own(e);
	if (slice_eat(&line, "  Subject: "))
		event_text(e, F_SUBJECT, line);
	return DECODED_EVENT;
}
