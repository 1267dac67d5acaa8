/*
 * envelope.c - what stands before the daemon's own words: syslog in its many coats.
 *
 *	[<PRI>][1 ]TIME [HOST] PROGRAM[PID]: body
 *
 * RFC 5424 names the same parts in other places.  Dovecot's own log file has no host, and says
 * "Info: " where syslog has a priority.
 *
 * Law: the body begins at the same byte whatever the clock.
 */
#include "envelope.h"

/* ---- the line before: but for the clock, most begin as it did ---- */

enum { CLOCK_LEN = sizeof "13:05:00" - 1, FRACTION_LEN = sizeof ".123456" - 1 };

static void remember_head(struct format_state *st, slice record, const char *zone_end,
			  const char *words, const struct event *e)
{
	struct format_head *h = &st->head;
	slice host = event_get(e, F_HOST);
	size_t digits = 0, at = st->day_len + CLOCK_LEN;
	h->len = 0;
	if (!clock_day_again(st, record) || !host.len || record.len < at + BLOCK_BYTES)
		return;
	word_number(word_load(record.at + at + 1), &digits);
	h->fraction = record.at[at] == '.' && digits == FRACTION_LEN - 1;
	const char *from = record.at + at + (h->fraction ? FRACTION_LEN : 0);
	if (words <= host.at || words - from > (int)sizeof h->text || zone_end < from ||
	    (zone_end > from && !strchr("Z+-", *from)))
		return;
	h->len = (uint8_t)(words - from);
	h->zone_len = (uint8_t)(zone_end - from);
	h->host_at = (uint8_t)(host.at - from);
	h->host_len = (uint8_t)host.len;
	h->offset_us = st->offset_us;
	memcpy(h->text, from, h->len);
}

/* Clock and host off the front, where all but the clock is as it was. */
static bool take_head(struct format_state *st, slice *s, int64_t *usec, struct event *e,
		      struct envelope *env)
{
	const struct format_head *h = &st->head;
	size_t at = st->day_len, digits = FRACTION_LEN - 1;
	size_t end = at + CLOCK_LEN + (h->fraction ? FRACTION_LEN : 0);
	if (!h->len || s->len < end + h->len + BLOCK_BYTES || !clock_day_again(st, *s) ||
	    !word_same(s->at + end, h->text, h->len))
		return false;
	int seconds = word_clock(word_load(s->at + at));
	int64_t wall = st->day_us + seconds * CLOCK_SECOND;
	if (h->fraction)
		wall += word_number(word_load(s->at + end - FRACTION_LEN + 1), &digits);
	if (seconds < 0 || digits != FRACTION_LEN - 1 ||
	    (h->fraction && s->at[end - FRACTION_LEN] != '.'))
		return false;
	*usec = h->zone_len ? wall - h->offset_us : clock_through_zone(st, wall);
	env->behind_time = slice_from(*s, end + h->zone_len);
	event_text(e, F_HOST, (slice){s->at + end + h->host_at, h->host_len});
	*s = slice_from(*s, end + h->len);
	return true;
}

/* RFC 5424 from behind the time on: HOST APP PROCID MSGID SD body. */
static void take_modern(slice s, struct event *e, struct envelope *env)
{
	skip_spaces(&s);
	slice host = slice_until(&s, ' ');
	if (!slice_eq(host, SLICE("-")))
		event_text(e, F_HOST, host);
	tag_take_5424(s, e, env);
}

/* <34> off the front. */
static bool take_priority(slice *s)
{
	slice t = slice_from(*s, 1);
	int64_t n;
	if (s->len < 3 || s->at[0] != '<' || !slice_number(&t, &n) || n > 191 ||
	    !slice_eat(&t, ">"))
		return false;
	*s = t;
	return true;
}

/* "Mrz 17 13:05:00 ": a month that no English log has. The record then has no time. */
static bool take_foreign_day(slice *s)
{
	slice t = *s;
	if (t.len < 16 || t.at[3] != ' ' || t.at[0] < 'A' || t.at[0] > 'Z' || t.at[1] < 'a')
		return false;
	t = slice_from(t, t.at[4] == ' ' ? 5 : 4);
	slice day = slice_until(&t, ' ');
	int64_t n;
	if (!slice_is_number(day, &n) || n < 1 || n > 31 || clock_take(&t) < 0)
		return false;
	*s = t;
	return true;
}

bool envelope_open(struct format_state *st, slice record, struct event *e, struct envelope *env)
{
	slice s = record;
	int64_t usec;
	env->tag = NULL;
	if (take_head(st, &s, &usec, e, env)) {
		event_number(e, F_TIME, usec);
		st->last_us = usec;
		tag_take_words(st, s, e, env);
		return true;
	}
	bool priority = take_priority(&s);
	bool modern = (priority || (s.len > 2 && s.at[0] == '1')) && slice_eat(&s, "1 ");
	env->behind_time = s;
	if (modern && priority && slice_eat(&s, "- ")) {
		take_modern(s, e, env);
		return true;
	}
	bool own_file = slice_eat(&s, "dovecot: "); /* before 2.0 its own file said who wrote it */
	if (!envelope_time(st, &s, &usec)) {
		bool foreign = take_foreign_day(&s);
		if (priority || foreign)
			tag_take_origin(st, s, e, env);
		return priority || foreign;
	}
	event_number(e, F_TIME, usec);
	st->last_us = usec;
	env->behind_time = s;
	if (modern)
		take_modern(s, e, env);
	else if (own_file) {
		skip_spaces(&s);
		env->program = slice_first(record, 7);
		env->body = s;
		event_text(e, F_PROCESS, env->program);
	} else {
		const char *words = tag_take_origin(st, s, e, env);
		remember_head(st, record, s.at, words, e);
	}
	return true;
}
