/*
 * logger.c - what the loggers say of themselves: lines that they dropped, starts and stops.
 * rsyslog (imuxsock, imjournal, omfwd), systemd-journald, systemd, logrotate.
 */
#include "part.h"

const struct format format_logger = {"syslog", "notices of rsyslog, journald, systemd, logrotate",
				     'F'};

static bool holds(slice s, slice words)
{
	return slice_search(s, words) != SIZE_MAX;
}

/* The first number behind `words`. */
static void number_after(struct event *e, slice s, slice words)
{
	size_t at = slice_search(s, words);
	int64_t n;
	for (slice t = slice_from(s, at == SIZE_MAX ? s.len : at); t.len; t = slice_from(t, 1))
		if (slice_number(&t, &n)) {
			event_number(e, F_SUPPRESSED, n);
			return;
		}
}

/* The number that ends where `words` begin. */
static void number_before(struct event *e, slice s, slice words)
{
	size_t end = slice_search(s, words), from = end;
	int64_t n;
	while (from > 0 && s.at[from - 1] >= '0' && s.at[from - 1] <= '9')
		from--;
	slice digits = {s.at + from, end - from};
	if (slice_is_number(digits, &n))
		event_number(e, F_SUPPRESSED, n);
}

/* Words, those behind which a number counts (before which, if they end the notice), action.
 * rsyslog's ratelimit.c tells that it begins to drop without a number, and how many at the end. */
static const struct {
	slice words, count;
	enum action action;
} notices[] = {
    {SLICE_INIT("Suppressed "), SLICE_INIT("Suppressed "), ACT_LOG_SUPPRESSED},
    {SLICE_INIT(" messages lost due to rate-limiting"), {0}, ACT_LOG_SUPPRESSED},
    {SLICE_INIT("due to rate-limiting"), SLICE_INIT("lost "), ACT_LOG_SUPPRESSED},
    {SLICE_INIT("Missed "), SLICE_INIT("Missed "), ACT_LOG_SUPPRESSED},
    {SLICE_INIT("Journal started"), {0}, ACT_DAEMON_START},
    {SLICE_INIT("Journal stopped"), {0}, ACT_DAEMON_STOP},
    {SLICE_INIT("\"] start"), {0}, ACT_DAEMON_START},
    {SLICE_INIT("\"] exiting"), {0}, ACT_DAEMON_STOP},
    {SLICE_INIT("\"] rsyslogd was HUPed"), {0}, ACT_LOG_ROTATED},
    {SLICE_INIT("rotating log"), {0}, ACT_LOG_ROTATED},
    {SLICE_INIT("Started "), {0}, ACT_DAEMON_START},
    {SLICE_INIT("Stopped "), {0}, ACT_DAEMON_STOP},
};

/* Units whose silence matters, as systemd names or describes them. */
static const slice units[] = {
    SLICE_INIT("ovecot"),    SLICE_INIT("ostfix"), SLICE_INIT("nginx"),  SLICE_INIT("pache"),
    SLICE_INIT("syslog"),    SLICE_INIT("ournal"), SLICE_INIT("auditd"), SLICE_INIT("Auditing"),
    SLICE_INIT("xim4"),      SLICE_INIT("yrus"),   SLICE_INIT("ourier"), SLICE_INIT("endmail"),
    SLICE_INIT("OpenSMTPD"),
};

/* systemd starts and stops much that is of no concern: sessions, timers, slices. */
static bool concerns(slice program, slice body)
{
	if (!slice_eq(program, SLICE("systemd")))
		return true;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (holds(body, units[i]))
			return true;
	return false;
}

enum decoded logger_decode(slice program, slice body, struct event *e, struct arena *scratch)
{
	event_module(e, &format_logger);
	for (size_t i = 0; i < sizeof notices / sizeof *notices; i++) {
		if (!holds(body, notices[i].words) || !concerns(program, body))
			continue;
		event_act(e, notices[i].action, OUT_NONE);
		event_text(e, F_REASON, body);
		if (notices[i].count.at)
			number_after(e, body, notices[i].count);
		else if (notices[i].action == ACT_LOG_SUPPRESSED)
			number_before(e, body, notices[i].words);
		return DECODED_EVENT;
	}
	event_act(e, ACT_MESSAGE, OUT_NONE);
	return DECODED_EVENT;
}

enum decoded logger_repeat(slice s, struct event *e)
{
	size_t at = slice_search(slice_first(s, 300), SLICE("last message repeated "));
	int64_t n;
	slice words = slice_from(s, at == SIZE_MAX ? s.len : at + 22);
	slice before = slice_trim(slice_first(s, at == SIZE_MAX ? 0 : at));
	if (!slice_number(&words, &n) || !slice_starts(words, SLICE(" time")))
		return DECODED_UNKNOWN;
	slice host = slice_until(&before, ' ');
	if (before.len && !slice_eq(before, SLICE("---"))) /* somebody's words */
		return DECODED_UNKNOWN;
	event_no_origin(e);
	event_module(e, &format_logger);
	event_act(e, ACT_MESSAGE, OUT_NONE);
	if (host.len && !slice_eq(host, SLICE("---")))
		event_text(e, F_HOST, host);
	return DECODED_EVENT;
}
