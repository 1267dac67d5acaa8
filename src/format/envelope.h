/*
 * envelope.h - the files that take an envelope off: clockface.c, tag.c, tag_odd.c,
 * envelope.c.
 */
#ifndef TOCSIN_FORMAT_ENVELOPE_H
#define TOCSIN_FORMAT_ENVELOPE_H

#include "part.h"

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline void skip_spaces(slice *s)
{
	while (slice_eat(s, " "))
		;
}

/* clockface.c: whether the record begins with the day of the line before. */
static inline bool clock_day_again(const struct format_state *st, slice s)
{
	return st->day_len && s.len > st->day_len && word_same(st->day_text, s.at, st->day_len);
}
/* hh:mm:ss off the front, in microseconds; -1 if it is none. */
static inline int64_t clock_take(slice *s)
{
	int seconds = s->len < 8 ? -1 : word_clock(word_load(s->at));
	if (seconds < 0)
		return -1;
	*s = slice_from(*s, 8);
	return seconds * CLOCK_SECOND;
}
/* Digits of a wall clock to UTC, through the zone of the input. */
int64_t clock_through_zone(struct format_state *st, int64_t wall_us);

/* tag.c: what follows the clock: a host or none, a tag or none.  Where the words begin. */
const char *tag_take_origin(struct format_state *st, slice s, struct event *e,
			    struct envelope *env);
/* What follows the host: a tag or none. */
void tag_take_words(struct format_state *st, slice s, struct event *e, struct envelope *env);
/*
 * A tag off the front: program, [pid], and the colon.  Tags that Dovecot's processes write of
 * themselves, "imap(user): ...", are its body, taken from the name on.
 */
bool tag_take(slice s, struct event *e, struct envelope *env);
bool tag_is_name(slice s); /* of the bytes that hosts and programs have */

/* tag_odd.c: mail.info, mail:info (AIX), or in brackets: what some loggers write where others have
 * nothing. */
bool tag_is_facility(slice word);
void tag_skip_facility(slice *s);
/* <mail.info> of FreeBSD's syslogd -v; [1773749100.123] of OpenWrt's logread -t: the clock again.
 */
bool tag_skip_bracket(slice *s);
/* THREAD TYPE ACTIVITY PID TTL of macOS' log show: 0x1a2b  Default  0x0  77  0  dovecot: words */
bool tag_skip_unified(slice *s, struct event *e);
/* syslog-ng's chain of hosts: of s_src@mail/relay/192.0.2.1 the one that wrote the line. */
slice tag_host_of_chain(slice host);
/*
 * A tag behind mail.info or [mail.info]; behind a second host, the first being the relay's address;
 * or without a colon, of daemons that are known, as templates of "program msg" write it.
 */
void tag_take_odd(slice s, struct event *e, struct envelope *env);
/* RFC 5424 behind the host: APP PROCID MSGID SD body. */
void tag_take_5424(slice s, struct event *e, struct envelope *env);

#endif
