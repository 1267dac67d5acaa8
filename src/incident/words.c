/* words.c - numbers, sizes and times within the sentences of the answers. */
#include "inquiry.h"

#include <stdlib.h>

/* In the reader's zone, with its distance from UTC: answers are prose, also in the JSON. */
slice say_when(struct inquiry *q, int64_t usec)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	if (usec == CLOCK_NONE)
		return SLICE("unknown");
	int64_t wall = zone_from_utc(q->report->zone, usec), off = (wall - usec) / CLOCK_MINUTE;
	struct civil c = clock_to_civil(wall);
	slice at = arena_format(q->keep, "%d %.3s %d %02d:%02d:%02d", c.day,
				months + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second);
	if (!off)
		return arena_format(q->keep, "%.*s UTC", SAY(at));
	return arena_format(q->keep, "%.*s %c%02d:%02d", SAY(at), off < 0 ? '-' : '+',
			    (int)(llabs(off) / 60), (int)(llabs(off) % 60));
}

slice incident_duration(struct arena *a, int64_t usec)
{
	static const struct {
		int64_t unit;
		const char *one, *many, *next;
		int64_t next_unit;
	} rows[] = {{CLOCK_DAY, "day", "days", "h", CLOCK_HOUR},
		    {CLOCK_HOUR, "h", "h", "min", CLOCK_MINUTE},
		    {CLOCK_MINUTE, "min", "min", "s", CLOCK_SECOND}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t n = usec / rows[i].unit, rest = usec % rows[i].unit / rows[i].next_unit;
		const char *name = n == 1 ? rows[i].one : rows[i].many;
		if (n && rest)
			return arena_format(a, "%lld %s %lld %s", (long long)n, name,
					    (long long)rest, rows[i].next);
		if (n)
			return arena_format(a, "%lld %s", (long long)n, name);
	}
	return arena_format(a, "%lld s", (long long)(usec / CLOCK_SECOND));
}

slice say_duration(struct inquiry *q, int64_t usec)
{
	return incident_duration(q->keep, usec);
}

struct volume incident_volume(int64_t bytes)
{
	static const char *const units[] = {"", "KB", "MB", "GB", "TB", "PB", "EB"};
	double size = (double)bytes;
	size_t unit = 0;
	for (; size >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
		size /= 1000;
	return (struct volume){size, unit && size < 9.95, units[unit]};
}

slice say_volume(struct inquiry *q, int64_t bytes)
{
	struct volume v = incident_volume(bytes);
	return arena_format(q->keep, "%.*f %s", v.places, v.n, v.unit[0] ? v.unit : "bytes");
}

slice say_figure(struct inquiry *q, int64_t n)
{
	if (n < 1000)
		return arena_format(q->keep, "%lld", (long long)n);
	return arena_format(q->keep, "%.*s,%03d", SAY(say_figure(q, n / 1000)), (int)(n % 1000));
}

slice say_plural(struct inquiry *q, int64_t n, const char *one, const char *many)
{
	return arena_format(q->keep, "%.*s %s", SAY(say_figure(q, n)), n == 1 ? one : many);
}
