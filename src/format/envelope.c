/*
 * envelope.c - what stands before the daemon's own words: syslog in its many coats.
 *
 *	[<PRI>][1 ]TIME [HOST] PROGRAM[PID]: body
 *
 * Clocks: RFC 3339 and ISO 8601 (rsyslog's file format of Debian 12; journalctl -o short-iso), the
 * BSD one of RFC 3164 with its variants of a year, TAI64N (djb's multilog), seconds since 1970.
 * RFC 5424 names the same parts in other places.  Dovecot's own log file has no host, and says
 * "Info: " where syslog has a priority.
 *
 * Laws: (1) the body begins at the same byte whatever the clock; (2) a year goes on only when
 * months go back by more than half a year, so that a late line never moves it.
 */
#include "part.h"

#include <stdlib.h>
#include <time.h>

enum { HALF_YEAR = 183, LATE_DAYS = 7, FACILITY_MOST = 20 };
#define AGAIN_US (5 * CLOCK_MINUTE) /* a clock that goes back by more is set back by a zone */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int two_digits(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

static void skip_spaces(slice *s)
{
	while (slice_eat(s, " "))
		;
}

/* ---- clocks ---- */

/* Most lines are of the day of the line before: its text then needs no arithmetic. */
static void remember(struct format_state *st, slice day, int64_t midnight_us)
{
	memcpy(st->day_text, day.at, day.len);
	st->day_len = (uint8_t)day.len;
	st->day_us = midnight_us;
}

static bool remembered(const struct format_state *st, slice s)
{
	return st->day_len && s.len > st->day_len && word_same(st->day_text, s.at, st->day_len);
}

/* hh:mm:ss off the front, in microseconds; -1 if it is none. */
static inline int64_t take_clock(slice *s)
{
	int seconds = s->len < 8 ? -1 : word_clock(word_load(s->at));
	if (seconds < 0)
		return -1;
	*s = slice_from(*s, 8);
	return seconds * CLOCK_SECOND;
}

/*
 * Who collected the record stamped it in UTC, at most minutes later: what lies between the two
 * clocks is the zone.  False if that is no whole number of quarters.
 */
static bool shift_by_stamp(const struct format_state *st, int64_t wall_us, int64_t *shift_us)
{
	int64_t quarter = 15 * CLOCK_MINUTE, late = 3 * CLOCK_MINUTE;
	if (st->stamp_us == CLOCK_NONE)
		return false;
	int64_t apart = st->stamp_us - wall_us, half = apart < 0 ? -quarter / 2 : quarter / 2;
	*shift_us = (apart + half) / quarter * quarter;
	return llabs(*shift_us) <= 14 * CLOCK_HOUR && llabs(apart - *shift_us) <= late;
}

/* Of an hour that the clock shows twice, the first reading, unless the file is past it already. */
static int64_t shift_by_zone(struct format_state *st, int64_t wall_us)
{
	int64_t first = zone_to_utc(st->zone, wall_us), second = first + CLOCK_HOUR;
	bool twice = zone_from_utc(st->zone, second) == wall_us;
	st->no_such_time += zone_from_utc(st->zone, first) != wall_us;
	return (twice && st->last_us != CLOCK_NONE && st->last_us - first > AGAIN_US ? second
										     : first) -
	       wall_us;
}

/* Wall clock digits to UTC.  No zone changes but at a quarter of an hour. */
static int64_t through_zone(struct format_state *st, int64_t wall_us)
{
	int64_t quarter = wall_us / (15 * CLOCK_MINUTE);
	if (!st->zone)
		return wall_us;
	if (quarter != st->quarter) {
		st->quarter = quarter;
		if (!shift_by_stamp(st, wall_us, &st->quarter_shift_us))
			st->quarter_shift_us = shift_by_zone(st, wall_us);
	}
	return wall_us + st->quarter_shift_us;
}

/* .123456 or ,123 off the front, in microseconds; finer digits are dropped. */
static inline int64_t take_fraction(slice *s)
{
	size_t digits;
	if (s->len < 2 || (s->at[0] != '.' && s->at[0] != ',') || !is_digit(s->at[1]))
		return 0;
	slice t = slice_from(*s, 1);
	if (t.len >= 8) { /* six, as most logs have them */
		uint32_t n = word_number(word_load(t.at), &digits);
		if (digits == 6) {
			*s = slice_from(t, 6);
			return n;
		}
	}
	int64_t n = 0;
	for (int unit = 100000; t.len && is_digit(t.at[0]); t = slice_from(t, 1), unit /= 10)
		n += (t.at[0] - '0') * unit;
	*s = t;
	return n;
}

/* Z, +01:00, +0100 off the front. */
static bool take_zone(slice *s, int64_t *offset_us)
{
	if (s->len && s->at[0] == 'Z') {
		*s = slice_from(*s, 1);
		*offset_us = 0;
		return true;
	}
	if (s->len < 5 || (s->at[0] != '+' && s->at[0] != '-'))
		return false;
	bool colon = s->at[3] == ':' && s->len >= 6;
	int hours = two_digits(s->at + 1), minutes = two_digits(s->at + 3 + colon);
	if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
		return false;
	int64_t offset = hours * CLOCK_HOUR + minutes * CLOCK_MINUTE;
	*offset_us = s->at[0] == '-' ? -offset : offset;
	*s = slice_from(*s, 5 + (size_t)colon);
	return true;
}

/* The same into st->offset_us, where the line before had it already. */
static inline bool take_offset(struct format_state *st, slice *s)
{
	enum { WIDTH = sizeof "+01:00" - 1 };
	slice text = slice_first(*s, WIDTH);
	if (text.len == WIDTH && word_same(text.at, st->offset_text, WIDTH)) {
		*s = slice_from(*s, WIDTH);
		return true;
	}
	if (!take_zone(s, &st->offset_us))
		return false;
	size_t taken = (size_t)(s->at - text.at);
	memcpy(st->offset_text, taken == WIDTH ? text.at : "      ", WIDTH);
	return true;
}

/* 2026-03-17T off the front, or with a space behind: midnight as if it were UTC. */
static bool take_iso_day(struct format_state *st, slice *s, int64_t *midnight_us)
{
	enum { DAY = sizeof "2026-03-17T" - 1 };
	if (s->len < DAY || s->at[4] != '-' || s->at[7] != '-' ||
	    (s->at[10] != 'T' && s->at[10] != ' '))
		return false;
	slice day = slice_first(*s, DAY);
	*s = slice_from(*s, DAY);
	if (st->day_len == DAY && word_same(st->day_text, day.at, DAY)) {
		*midnight_us = st->day_us;
		return true;
	}
	int century = two_digits(day.at), year = two_digits(day.at + 2);
	struct civil c = {.month = two_digits(day.at + 5), .day = two_digits(day.at + 8)};
	if (century < 0 || year < 0 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31)
		return false;
	c.year = century * 100 + year;
	*midnight_us = clock_from_civil(&c);
	remember(st, day, *midnight_us);
	return true;
}

/* 2026-03-17T13:05:00[.123456][+01:00], or with a space and then rarely with a zone. */
static bool take_iso(struct format_state *st, slice *s, int64_t *usec)
{
	int64_t midnight, clock;
	slice t = *s;
	if (!take_iso_day(st, &t, &midnight) || (clock = take_clock(&t)) < 0)
		return false;
	int64_t wall = midnight + clock + take_fraction(&t);
	*usec = take_offset(st, &t) ? wall - st->offset_us : through_zone(st, wall);
	*s = t;
	return true;
}

/* A year of four digits and the space behind it; 0 if there is none. */
static int take_year(slice *s)
{
	if (s->len < 5 || s->at[4] != ' ')
		return 0;
	int century = two_digits(s->at), rest = two_digits(s->at + 2);
	if (century < 19 || century > 22 || rest < 0)
		return 0;
	*s = slice_from(*s, 5);
	return century * 100 + rest;
}

/* [Tue ][2026 ]Mar 17 [2026 ] off the front; c->year is 0 if it bears none. */
static bool take_bsd_day(slice *s, struct civil *c)
{
	slice t = *s;
	*c = (struct civil){0};
	int year = take_year(&t);
	if (t.len < 12)
		return false;
	if (t.at[3] == ' ' && clock_month(slice_first(slice_from(t, 4), 3)))
		t = slice_from(t, 4);
	if (t.at[3] != ' ' || (c->month = clock_month(slice_first(t, 3))) == 0)
		return false;
	t = slice_from(t, 4);
	skip_spaces(&t);
	size_t width = t.len > 1 && is_digit(t.at[1]) ? 2 : 1;
	if (t.len < 3 || !is_digit(t.at[0]) || t.at[width] != ' ')
		return false;
	c->day = width == 2 ? two_digits(t.at) : t.at[0] - '0';
	t = slice_from(t, width + 1);
	c->year = year ? year : take_year(&t);
	*s = t;
	return c->day >= 1 && c->day <= 31;
}

/* asctime(3) has the year behind the clock: " 2026", whose last space stays. */
static int take_year_behind(slice *s)
{
	slice t = slice_from(*s, 1);
	int year = s->len > 5 && s->at[0] == ' ' ? take_year(&t) : 0;
	if (year)
		*s = (slice){t.at - 1, t.len + 1};
	return year;
}

/* The year in which a day lies nearest to a moment. */
static int year_near(const struct civil *c, int64_t usec)
{
	struct civil near = *c;
	near.year = clock_to_civil(usec).year;
	int64_t apart = clock_from_civil(&near) - usec;
	return near.year + (apart < -HALF_YEAR * CLOCK_DAY) - (apart > HALF_YEAR * CLOCK_DAY);
}

static int64_t latest(const struct format_state *st)
{
	if (st->last_us != CLOCK_NONE)
		return st->last_us;
	return st->left_us != CLOCK_NONE ? st->left_us : (int64_t)time(NULL) * CLOCK_SECOND;
}

/* The year of a record that bears none: the current one, unless New Year lies between. */
static int year_of(struct format_state *st, struct civil *c)
{
	if (st->stamp_us != CLOCK_NONE)
		return year_near(c, st->stamp_us);
	if (st->year == 0)
		st->year = format_first_year(c, latest(st));
	if (st->last_us == CLOCK_NONE)
		return st->year;
	c->year = st->year;
	int64_t ahead = clock_from_civil(c) - st->last_us;
	if (ahead < -HALF_YEAR * CLOCK_DAY)
		return ++st->year;
	/* a line of the old year that was handed in after the first of the new one */
	return ahead > (365 - LATE_DAYS) * CLOCK_DAY ? st->year - 1 : st->year;
}

/*
 * Day and clock off the front, where the day is not that of the line before; -1 if they are none.
 */
static int64_t take_new_day(struct format_state *st, slice *s)
{
	struct civil c;
	slice t = *s;
	if (!take_bsd_day(&t, &c))
		return -1;
	slice day = slice_first(*s, (size_t)(t.at - s->at));
	int64_t clock = take_clock(&t);
	if (clock < 0)
		return -1;
	int behind = c.year ? 0 : take_year_behind(&t);
	c.year = behind ? behind : c.year ? c.year : year_of(st, &c);
	st->day_us = clock_from_civil(&c);
	/* where the year follows the clock, the text before it is not all of the day */
	if (!behind && day.len <= sizeof st->day_text)
		remember(st, day, st->day_us);
	*s = t;
	return clock;
}

static bool take_bsd(struct format_state *st, slice *s, int64_t *usec)
{
	slice t = slice_from(*s, remembered(st, *s) ? st->day_len : s->len);
	int64_t clock = take_clock(&t);
	if (clock < 0) {
		t = *s;
		if ((clock = take_new_day(st, &t)) < 0)
			return false;
	}
	*usec = through_zone(st, st->day_us + clock + take_fraction(&t));
	*s = t;
	return true;
}

/*
 * @ and 16 digits of seconds in TAI, 8 of nanoseconds (http://cr.yp.to/libtai/tai64.html).  How far
 * TAI is ahead of UTC writers do not agree (multilog adds 10 s whatever the date, s6 a table, some
 * nothing), so the label is taken as it stands: it may be up to 37 s ahead.
 */
static bool take_tai64n(slice *s, int64_t *usec)
{
	uint64_t seconds = 0, nanos = 0;
	if (s->len < 25)
		return false;
	for (int i = 1; i <= 24; i++) {
		char c = s->at[i];
		int d = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (d < 0)
			return false;
		uint64_t *n = i <= 16 ? &seconds : &nanos;
		*n = *n << 4 | (unsigned)d;
	}
	seconds -= UINT64_C(1) << 62;
	if (seconds >= UINT64_C(1) << 40)
		return false;
	*usec = (int64_t)seconds * CLOCK_SECOND + (int64_t)(nanos / 1000);
	*s = slice_from(*s, 25);
	return true;
}

/* 1773752700.123456, as journalctl -o short-unix writes it; or without a fraction. */
static bool take_unix(slice *s, int64_t *usec)
{
	slice t = *s;
	int64_t seconds;
	if (t.len < 18 || (t.at[10] != '.' && t.at[10] != ' ') || !slice_number(&t, &seconds) ||
	    t.at != s->at + 10)
		return false;
	*usec = seconds * CLOCK_SECOND + take_fraction(&t);
	*s = t;
	return true;
}

bool envelope_time(struct format_state *st, slice *s, int64_t *usec)
{
	if (s->len < 14)
		return false;
	if (s->at[0] == '@')
		return take_tai64n(s, usec);
	if (is_digit(s->at[0]))
		return take_iso(st, s, usec) || take_bsd(st, s, usec) || take_unix(s, usec);
	return take_bsd(st, s, usec);
}

bool format_yearless(slice record, struct civil *c)
{
	if (record.len && record.at[0] == '<')
		slice_until(&record, '>');
	slice_eat(&record, "dovecot: ");
	if (!take_bsd_day(&record, c) || c->year)
		return false;
	int64_t clock = take_clock(&record);
	int second = (int)(clock / CLOCK_SECOND);
	c->hour = second / 3600;
	c->minute = second / 60 % 60;
	c->second = second % 60;
	return clock >= 0 && take_year_behind(&record) == 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int format_first_year(const struct civil *first, int64_t last_us)
{
	struct civil c = *first, last = clock_to_civil(last_us);
	bool leap_day = c.month == 2 && c.day == 29;
	/* a day's grace: the digits may be of a zone ahead of UTC */
	for (c.year = last.year + 1; c.year > last.year - 8; c.year--)
		if (clock_from_civil(&c) <= last_us + CLOCK_DAY && (!leap_day || is_leap(c.year)))
			return c.year;
	return last.year;
}

/* ---- the rest of the envelope ---- */

/* Bytes of a host's or program's name. */
static const bool name_byte[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, ['_'] = true,
    ['.'] = true,         ['/'] = true,         ['+'] = true,         ['@'] = true,
};

/* " [26818]:", as GNUstep's programs write behind their name */
static bool is_spaced_pid(slice s)
{
	int64_t pid;
	return s.len > 3 && s.at[0] == ' ' && s.at[1] == '[' && is_digit(s.at[2]) &&
	       (s = slice_from(s, 2), slice_number(&s, &pid)) && slice_starts(s, SLICE("]:"));
}

/* "sogod[151:153] ", process and thread, as GNUstep's own log has them: no host stands before it */
static bool is_threaded(slice word)
{
	int64_t number;
	slice_until(&word, '[');
	return slice_number(&word, &number) && slice_eat(&word, ":") &&
	       slice_number(&word, &number) && slice_eq(word, SLICE("]"));
}

/* "[pid]" off the front, or what else stands there up to the bracket. */
static void take_pid(slice *s, struct event *e)
{
	int64_t pid;
	slice t = slice_from(*s, 1);
	bool number = slice_number(&t, &pid);
	if (number && (t.len == 0 || t.at[0] == ']' || t.at[0] == ':'))
		event_number(e, F_PID, pid);
	slice_until(s, ']');
}

/*
 * What some put between the tag and the words: Solaris "[ID 197553 mail.info] ", macOS "<Info>: "
 * and "(libsystem_info.dylib) ".
 */
static void skip_remark(slice *s)
{
	char first = s->len ? s->at[0] : '\0';
	slice t = *s;
	if (first == '[' && slice_eat(&t, "[ID ")) {
		slice_until(&t, ']');
		*s = t;
	} else if (first == '<' && slice_find(slice_first(t, FACILITY_MOST), '>') < FACILITY_MOST) {
		slice_until(&t, '>');
		if (slice_eat(&t, ":"))
			*s = t;
	} else if (first == '(' && slice_eat(&t, "(lib")) {
		slice_until(&t, ')');
		*s = t;
	} else
		return;
	skip_spaces(s);
}

/* [pid] and the colon behind a program. */
static void end_tag(struct event *e, struct envelope *env)
{
	if (env->body.at[0] == '[')
		take_pid(&env->body, e);
	slice_eat(&env->body, ":");
	skip_spaces(&env->body);
	skip_remark(&env->body);
}

/*
 * A tag off the front: program, [pid], and the colon.  Tags that Dovecot's processes write of
 * themselves, "imap(user): ...", are its body, taken from the name on.
 */
static bool take_tag(slice s, struct event *e, struct envelope *env)
{
	size_t n = 0;
	if (slice_starts(s, SLICE("dovecot: "))) { /* half of a mail host's lines */
		env->program = slice_first(s, 7);
		env->body = slice_from(s, 9);
		skip_spaces(&env->body);
		skip_remark(&env->body);
		return true;
	}
	while (n < s.len && name_byte[(uint8_t)s.at[n]])
		n++;
	if (n == 0 || n == s.len)
		return false;
	env->program = slice_first(s, n);
	env->body = slice_from(s, n);
	if (env->body.at[0] == '(') {
		env->body = s;
		return true;
	}
	if (is_spaced_pid(env->body))
		env->body = slice_from(env->body, 1);
	if (env->body.at[0] != '[' && env->body.at[0] != ':')
		return false;
	end_tag(e, env);
	return true;
}

/* mail.info, or in brackets: what some loggers write where others have nothing. */
static bool is_facility(slice word)
{
	static const slice names[] = {
	    SLICE_INIT("mail"),   SLICE_INIT("auth"),   SLICE_INIT("authpriv"),
	    SLICE_INIT("daemon"), SLICE_INIT("kern"),   SLICE_INIT("user"),
	    SLICE_INIT("syslog"), SLICE_INIT("cron"),   SLICE_INIT("local0"),
	    SLICE_INIT("local1"), SLICE_INIT("local2"), SLICE_INIT("local3"),
	    SLICE_INIT("local4"), SLICE_INIT("local5"), SLICE_INIT("local6"),
	    SLICE_INIT("local7"), SLICE_INIT("news"),   SLICE_INIT("security"),
	    SLICE_INIT("audit"),
	};
	static const slice levels[] = {
	    SLICE_INIT("emerg"),  SLICE_INIT("alert"), SLICE_INIT("crit"),  SLICE_INIT("err"),
	    SLICE_INIT("error"),  SLICE_INIT("warn"),  SLICE_INIT("info"),  SLICE_INIT("warning"),
	    SLICE_INIT("notice"), SLICE_INIT("debug"), SLICE_INIT("panic"),
	};
	if (slice_find(word, '.') == word.len)
		return false;
	if (word.len > 2 && (word.at[0] == '[' || word.at[0] == '<'))
		word = slice_first(slice_from(word, 1), word.len - 2);
	slice level = word, facility = slice_until(&level, '.');
	bool known = false, graded = false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		known |= slice_eq(facility, names[i]);
	for (size_t i = 0; known && i < sizeof levels / sizeof *levels; i++)
		graded |= slice_eq(level, levels[i]);
	return graded;
}

static void skip_facility(slice *s)
{
	size_t n = slice_find(slice_first(*s, FACILITY_MOST), ' ');
	if (n >= FACILITY_MOST || !is_facility(slice_first(*s, n)))
		return;
	*s = slice_from(*s, n + 1);
	skip_spaces(s);
}

/* HOST off the front; false where the first word is the tag itself. */
static bool take_host(struct format_state *st, slice *s, slice *host)
{
	size_t n = st->host_len;
	if (n == 0 || s->len <= n || !word_same(s->at, st->host_text, n)) {
		skip_facility(s);
		n = slice_find(*s, ' ') + 1;
		if (n == 1 || n >= s->len || s->at[n - 2] == ':' ||
		    (slice_find(slice_first(*s, n), '(') < n &&
		     !slice_starts(*s, SLICE("(none) "))) || /* uname's, before it is set */
		    is_spaced_pid(slice_from(*s, n - 1)) ||
		    is_threaded(slice_first(*s, n - 1)))
			return false;
		st->host_len = n <= sizeof st->host_text ? (uint8_t)n : 0;
		memcpy(st->host_text, s->at, st->host_len);
		slice name = slice_first(*s, n - 1);
		st->is_container =
		    slice_eq(name, SLICE("stdout")) || slice_eq(name, SLICE("stderr"));
	}
	*host = slice_first(*s, n - 1);
	*s = slice_from(*s, n);
	skip_spaces(s);
	return true;
}

static void named(struct event *e, const struct envelope *env)
{
	if (env->program.len)
		event_text(e, F_PROCESS, env->program);
}

/*
 * "[sshd] words" or "[sshd]: words", as metalog has it: no host, and what was taken for one is it.
 */
static void take_metalog(slice s, struct event *e, struct envelope *env)
{
	slice host = event_get(e, F_HOST), word = host.len ? host : slice_until(&s, ' ');
	if (slice_ends(word, SLICE(":")))
		word.len--;
	if ((!host.len && env->program.len) || word.len < 3 || word.at[0] != '[' ||
	    word.at[word.len - 1] != ']')
		return;
	word = (slice){word.at + 1, word.len - 2};
	for (size_t i = 0; i < word.len; i++)
		if (!name_byte[(uint8_t)word.at[i]])
			return;
	event_drop(e, F_HOST);
	env->program = word;
	env->body = s;
}

/*
 * A tag behind mail.info or [mail.info]; behind a second host, the first being the relay's address;
 * or without a colon, of daemons that are known, as templates of "program msg" write it.
 */
static void take_odd_tag(slice s, struct event *e, struct envelope *env)
{
	static const slice known[] = {SLICE_INIT("dovecot "), SLICE_INIT("postfix/"),
				      SLICE_INIT("exim "),    SLICE_INIT("sendmail "),
				      SLICE_INIT("sshd "),    SLICE_INIT("roundcube "),
				      SLICE_INIT("iredapd ")};
	slice t = s;
	struct address relay;
	skip_facility(&t);
	if (t.len < s.len && take_tag(t, e, env))
		return;
	slice host = event_get(e, F_HOST), own = slice_until(&t, ' ');
	bool twice = own.len && slice_eq(own, host); /* named by itself and by its relay */
	if ((twice || address_parse(host, &relay)) && take_tag(t, e, env)) {
		event_text(e, F_HOST, own);
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_starts(s, known[i]) && t.len) {
			env->program = own;
			env->body = t;
		}
	take_metalog(s, e, env);
}

/* Where the tag of a program lies that was met before, or will. */
static struct format_tag *tag_place(struct format_state *st, slice program)
{
	return &st->tags[(program.len + (uint8_t)program.at[program.len - 1]) % FORMAT_TAGS];
}

/* take_tag() of a program that another line had: one comparison. */
static bool take_known_tag(struct format_state *st, slice s, struct event *e, struct envelope *env)
{
	if (s.len < 2 * BLOCK_BYTES)
		return false;
	const char *next = s.at + BLOCK_BYTES;
	uint32_t ends = block_mask(s.at, '[') | block_mask(s.at, ':');
	ends |= (block_mask(next, '[') | block_mask(next, ':')) << BLOCK_BYTES;
	slice program = {s.at, ends ? (size_t)__builtin_ctz(ends) : 0};
	if (program.len == 0)
		return false;
	struct format_tag *t = tag_place(st, program);
	if (!slice_eq((slice){t->text, t->len}, program))
		return false;
	env->tag = t;
	env->program = program;
	env->body = slice_from(s, program.len);
	end_tag(e, env);
	return true;
}

static void remember_tag(struct format_state *st, slice s, const struct envelope *env)
{
	size_t len = env->program.len;
	bool plain = env->program.at == s.at && len && len <= FORMAT_TAG_MOST && len < s.len &&
		     (s.at[len] == '[' || s.at[len] == ':');
	if (!plain)
		return;
	struct format_tag *t = tag_place(st, env->program);
	*t = (struct format_tag){.len = (uint8_t)len, .row = FORMAT_ROW_UNASKED};
	memcpy(t->text, s.at, len);
}

/* What follows the host: a tag or none. */
static void take_words(struct format_state *st, slice s, struct event *e, struct envelope *env)
{
	env->program = (slice){s.at, 0};
	env->body = s;
	if (slice_starts(s, SLICE("dovecot: ")))
		take_tag(s, e, env);
	else if (!take_known_tag(st, s, e, env)) {
		if (take_tag(s, e, env))
			remember_tag(st, s, env);
		else
			take_odd_tag(s, e, env);
	}
	named(e, env);
}

/* What follows the time: a host or none, a tag or none.  Where the words begin. */
static const char *take_origin(struct format_state *st, slice s, struct event *e,
			       struct envelope *env)
{
	slice host, facility;
	skip_spaces(&s);
	if (s.len && s.at[0] == '<') /* FreeBSD's syslogd -v: <mail.info> */
		facility = slice_until(&s, '>'), (void)facility, skip_spaces(&s);
	if (take_host(st, &s, &host))
		event_text(e, F_HOST, host);
	take_words(st, s, e, env);
	return s.at;
}

/* ---- the line before: but for the clock, most begin as it did ---- */

enum { CLOCK_LEN = sizeof "13:05:00" - 1, FRACTION_LEN = sizeof ".123456" - 1 };

static void remember_head(struct format_state *st, slice record, const char *zone_end,
			  const char *words, const struct event *e)
{
	struct format_head *h = &st->head;
	slice host = event_get(e, F_HOST);
	size_t digits = 0, at = st->day_len + CLOCK_LEN;
	h->len = 0;
	if (!remembered(st, record) || !host.len || record.len < at + BLOCK_BYTES)
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
	if (!h->len || s->len < end + h->len + BLOCK_BYTES || !remembered(st, *s) ||
	    !word_same(s->at + end, h->text, h->len))
		return false;
	int seconds = word_clock(word_load(s->at + at));
	int64_t wall = st->day_us + seconds * CLOCK_SECOND;
	if (h->fraction)
		wall += word_number(word_load(s->at + end - FRACTION_LEN + 1), &digits);
	if (seconds < 0 || digits != FRACTION_LEN - 1 ||
	    (h->fraction && s->at[end - FRACTION_LEN] != '.'))
		return false;
	*usec = h->zone_len ? wall - h->offset_us : through_zone(st, wall);
	env->behind_time = slice_from(*s, end + h->zone_len);
	event_text(e, F_HOST, (slice){s->at + end + h->host_at, h->host_len});
	*s = slice_from(*s, end + h->len);
	return true;
}

static bool is_nil(slice s)
{
	return s.len == 1 && s.at[0] == '-';
}

/* [id key="value" ...]... or -, and the space behind (RFC 5424 6.3). */
static void skip_structured(slice *s)
{
	while (s->len && s->at[0] == '[') {
		size_t i = 1;
		for (bool quoted = false; i < s->len && (quoted || s->at[i] != ']'); i++) {
			if (quoted && s->at[i] == '\\')
				i++;
			else if (s->at[i] == '"')
				quoted = !quoted;
		}
		*s = slice_from(*s, i + 1);
	}
	slice_eat(s, "-");
	skip_spaces(s);
}

/* RFC 5424 from behind the time on: HOST APP PROCID MSGID SD body. */
static void take_5424(slice s, struct event *e, struct envelope *env)
{
	int64_t pid;
	skip_spaces(&s);
	slice host = slice_until(&s, ' ');
	env->program = slice_until(&s, ' ');
	slice procid = slice_until(&s, ' ');
	slice_until(&s, ' ');
	skip_structured(&s);
	slice_eat(&s, "\xef\xbb\xbf");
	env->body = s;
	if (!is_nil(host))
		event_text(e, F_HOST, host);
	if (slice_is_number(procid, &pid))
		event_number(e, F_PID, pid);
	if (is_nil(env->program))
		env->program.len = 0;
	named(e, env);
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
	if (!slice_is_number(day, &n) || n < 1 || n > 31 || take_clock(&t) < 0)
		return false;
	*s = t;
	return true;
}

bool envelope_bare(slice record, struct event *e, struct envelope *env)
{
	slice s = record, host = {0};
	size_t n = slice_find(s, ' ');
	env->tag = NULL;
	if (n < s.len && n && s.at[n - 1] != ':' && slice_find(slice_first(s, n), '[') == n &&
	    !is_spaced_pid(slice_from(s, n))) {
		host = slice_first(s, n);
		s = slice_from(s, n + 1);
	}
	n = 0;
	while (n < s.len && name_byte[(uint8_t)s.at[n]])
		n++;
	size_t close = slice_search(slice_first(s, n + sizeof " [4194304]: "), SLICE("]: "));
	bool tagged = n && n < s.len && (s.at[n] == '[' || is_spaced_pid(slice_from(s, n)));
	if (!tagged || close == SIZE_MAX || !take_tag(s, e, env))
		return false;
	if (host.len)
		event_text(e, F_HOST, host);
	env->behind_time = (slice){0};
	named(e, env);
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
		take_words(st, s, e, env);
		return true;
	}
	bool priority = take_priority(&s);
	bool modern = (priority || (s.len > 2 && s.at[0] == '1')) && slice_eat(&s, "1 ");
	env->behind_time = s;
	if (modern && priority && slice_eat(&s, "- ")) {
		take_5424((slice){s.at - 1, s.len + 1}, e, env);
		return true;
	}
	bool own_file = slice_eat(&s, "dovecot: "); /* before 2.0 its own file said who wrote it */
	if (!envelope_time(st, &s, &usec)) {
		bool foreign = take_foreign_day(&s);
		if (priority || foreign)
			take_origin(st, s, e, env);
		return priority || foreign;
	}
	event_number(e, F_TIME, usec);
	st->last_us = usec;
	env->behind_time = s;
	if (modern)
		take_5424(s, e, env);
	else if (own_file) {
		skip_spaces(&s);
		env->program = slice_first(record, 7);
		env->body = s;
		named(e, env);
	} else {
		const char *words = take_origin(st, s, e, env);
		remember_head(st, record, s.at, words, e);
	}
	return true;
}
