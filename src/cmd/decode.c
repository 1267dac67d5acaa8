/* decode.c - tocsin decode: one ECS JSON object per record. */
#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct decoding {
	struct street *street;
	struct out out;
	bool all, original, count_only;
	uint64_t events;
};

static void print_event(void *ctx, struct event *e)
{
	struct decoding *d = ctx;
	d->events++;
	if (d->count_only || d->out.error)
		return;
	if (!event_has(e, F_MODULE)) {
		event_text(e, F_MODULE, SLICE("unknown"));
		event_mark(e, F_MODULE);
	}
	event_json(e, slice_of(street_path(d->street, e->place.input)), d->original || d->all,
		   &d->out);
	out_char(&d->out, '\n');
}

int cmd_decode(int argc, char **argv)
{
	struct decoding d = {.out = {.fd = 1}};
	const char *zone_name = NULL;
	const struct option_row rows[] = {
	    {"all", OPT_FLAG, &d.all},
	    {"original", OPT_FLAG, &d.original},
	    {"count", OPT_FLAG, &d.count_only},
	    {"timezone", OPT_TEXT, &zone_name},
	};
	const struct command *c = command_named("decode");
	int first = options_read(c, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc)
		return complain("no path was given",
				"tocsin decode /var/log, or - for standard input");
	struct zone *zone = zone_name ? zone_open(slice_of(zone_name)) : NULL;
	if (zone_name && !zone)
		return complain("there is no such time zone", "for example Europe/Paris or +01:00");
	struct street_options o = {.zone = zone, .in_input_order = true, .unknown_too = d.all};
	d.street = street_open((const char *const *)argv + first, (size_t)(argc - first), &o,
			       note_input, NULL);
	street_walk(d.street, CLOCK_NONE, INT64_MAX, print_event, &d);
	bool fine = street_refused(d.street) == 0;
	if (d.count_only)
		out_format(&d.out, "%llu\n", (unsigned long long)d.events);
	street_close(&d.street);
	zone_close(&zone);
	if (!out_close(&d.out) && d.out.error != EPIPE)
		return complain("standard output cannot be written", "is the disk full?");
	return fine ? 0 : EXIT_TROUBLE;
}
