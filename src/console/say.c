/* say.c - times, lengths and marks as the pages say them. */
#include "part.h"

#include <stdio.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void put_html(struct out *o, const char *open, slice raw, const char *close)
{
	if (!raw.len)
		return;
	out_text(o, open);
	out_html(o, raw);
	out_text(o, close);
}

void put_json(struct out *o, const char *name, slice raw)
{
	if (!raw.len)
		return;
	out_format(o, ",\"%s\":", name);
	out_json(o, raw);
}

void put_json_time(struct out *o, const char *name, int64_t usec)
{
	char text[CLOCK_TEXT];
	if (usec != CLOCK_NONE)
		put_json(o, name, (slice){text, clock_format(usec, text)});
}

void say_number(struct out *o, uint64_t n)
{
	if (n >= 1000)
		say_number(o, n / 1000);
	out_format(o, n >= 1000 ? ",%03u" : "%u", (unsigned)(n % 1000));
}

static int64_t offset_at(struct zone *z, int64_t usec)
{
	return z ? zone_from_utc(z, usec) - usec : 0;
}

void say_offset_of(struct out *o, struct zone *z, int64_t usec)
{
	int64_t minutes = offset_at(z, usec) / CLOCK_MINUTE,
		size = minutes < 0 ? -minutes : minutes;
	out_text(o, "UTC");
	if (minutes)
		out_format(o, "%c%02d:%02d", minutes < 0 ? '-' : '+', (int)(size / 60),
			   (int)(size % 60));
}

static void say_civil(struct out *o, int64_t usec, bool day)
{
	struct civil c = clock_to_civil(usec);
	if (day)
		out_format(o, "%d&nbsp;%.3s&nbsp;%d ", c.day, months + (c.month - 1) * 3, c.year);
	out_format(o, "%02d:%02d:%02d", c.hour, c.minute, c.second);
}

static void open_time(struct out *o, int64_t usec)
{
	char text[CLOCK_TEXT];
	clock_format(usec, text);
	out_format(o, "<time datetime=\"%s\">", text);
}

/* "22 Nov 2026 07:03:23 UTC+01:00 (06:03:23 UTC)" */
void say_moment(struct out *o, struct zone *z, int64_t usec)
{
	if (usec == CLOCK_NONE) {
		out_text(o, "unknown");
		return;
	}
	int64_t offset = offset_at(z, usec);
	open_time(o, usec);
	say_civil(o, usec + offset, true);
	out_text(o, " ");
	say_offset_of(o, z, usec);
	out_text(o, "</time>");
	if (!offset)
		return;
	bool other_day = clock_to_civil(usec).day != clock_to_civil(usec + offset).day;
	out_text(o, " <span class=utc>");
	say_civil(o, usec, other_day);
	out_text(o, "&nbsp;UTC</span>");
}

void say_clock_of(struct out *o, struct zone *z, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	struct civil c = clock_to_civil(usec + offset_at(z, usec));
	open_time(o, usec);
	out_format(o, "%d&nbsp;%.3s %02d:%02d:%02d</time>", c.day, months + (c.month - 1) * 3,
		   c.hour, c.minute, c.second);
}

void say_length(struct out *o, int64_t usec)
{
	int64_t s = usec / CLOCK_SECOND;
	if (s < 120)
		out_format(o, "%lld&nbsp;s", (long long)(s < 0 ? 0 : s));
	else if (s < 2 * 3600)
		out_format(o, "%lld&nbsp;min", (long long)(s / 60));
	else if (s < 2 * 86400)
		out_format(o, "%lld&nbsp;h %lld&nbsp;min", (long long)(s / 3600),
			   (long long)(s / 60 % 60));
	else
		out_format(o, "%lld&nbsp;d %lld&nbsp;h", (long long)(s / 86400),
			   (long long)(s / 3600 % 24));
}
