/* reading.c - what commands that read logs have in common: zones, format, limits. */
#include "cmd.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

struct zone *zone_named(const char *name)
{
	struct zone *z = zone_open(slice_of(name));
	if (!z)
		complain_unknown(NULL, "time zone", slice_of(name), (slice){0},
				 "for example Europe/Paris or +01:00");
	return z;
}

/* ZONE, or PATTERN=ZONE: no zone's name holds an equals sign. */
static bool add_zone(struct log_reading *r, const char *words)
{
	const char *equals = strrchr(words, '=');
	if (!equals) {
		if (r->zone)
			return complain("--timezone is given twice without a PATH",
					"the logs of one host: --timezone PATH=ZONE") < 0;
		return (r->zone = zone_named(words)) != NULL;
	}
	struct source_zone *z = &r->zones[r->zone_count];
	z->zone = zone_named(equals + 1);
	z->pattern = strndup(words, (size_t)(equals - words));
	r->zone_count++;
	return z->zone && z->pattern;
}

static bool add_limit(struct log_reading *r, const char *words)
{
	if (input_limit(&r->limits, slice_of(words)))
		return true;
	complain_unknown(
	    NULL, "limit", slice_of(words), (slice){0},
	    "ratio=N, bytes=N, spool=N, depth=N, members=N or inputs=N; N may end in K, M, G, T");
	return false;
}

bool has_cores(void)
{
	cpu_set_t cores;
	return sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 1;
}

/* Two at most are of use: one reads and decodes, the other judges or prints. */
static bool read_threads(struct log_reading *r)
{
	slice words = slice_of(r->threads ? r->threads : "");
	int64_t n = 1 + has_cores();
	bool fine = !r->threads || (slice_is_number(words, &n) && n > 0);
	if (!fine)
		complain_unknown(NULL, "number of threads", words, (slice){0}, "1 or 2");
	r->ahead = n > 1;
	return fine;
}

bool reading_open(struct log_reading *r)
{
	bool fine = read_threads(r);
	r->limits = input_limits_usual;
	r->zones = must_alloc((r->zone_words.len + 1) * sizeof *r->zones);
	for (size_t i = 0; fine && i < r->zone_words.len; i++)
		fine = add_zone(r, r->zone_words.at[i]);
	for (size_t i = 0; fine && i < r->limit_words.len; i++)
		fine = add_limit(r, r->limit_words.at[i]);
	if (fine && r->format_name && !(r->format = format_named(slice_of(r->format_name)))) {
		fprintf(stderr, "tocsin: there is no format %s (tocsin formats lists them)\n",
			r->format_name);
		fine = false;
	}
	return fine;
}

void reading_close(struct log_reading *r)
{
	for (size_t i = 0; i < r->zone_count; i++) {
		zone_close(&r->zones[i].zone);
		free((char *)r->zones[i].pattern);
	}
	zone_close(&r->zone);
	free(r->zones);
	free(r->zone_words.at);
	free(r->limit_words.at);
}
