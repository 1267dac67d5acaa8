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

static int cmd_decode(int argc, char **argv)
{
	struct decoding d = {.out = {.fd = 1}};
	struct log_reading reading = {0};
	const struct option_row rows[] = {
	    {"all", OPT_FLAG, &d.all},
	    {"original", OPT_FLAG, &d.original},
	    {"count", OPT_FLAG, &d.count_only},
	    READING_ROWS(&reading),
	    {"threads", OPT_TEXT, &reading.threads},
	};
	const struct command *c = &command_decode;
	int first = options_read(c, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc)
		return complain("no path was given",
				"tocsin decode /var/log, or - for standard input");
	if (!reading_open(&reading)) {
		reading_close(&reading);
		return EXIT_TROUBLE;
	}
	struct street_options o = {.zone = reading.zone,
				   .zones = reading.zones,
				   .zone_count = reading.zone_count,
				   .format = reading.format,
				   .limits = &reading.limits,
				   .in_input_order = true,
				   .once = true,
				   .ahead =
				       reading.ahead && !d.count_only, /* counting is nothing */
				   .unknown_too = d.all};
	d.street = street_open((const char *const *)argv + first, (size_t)(argc - first), &o,
			       note_input, NULL);
	street_walk(d.street, CLOCK_NONE, INT64_MAX, print_event, &d);
	bool fine = street_refused(d.street) == 0;
	if (d.count_only)
		out_format(&d.out, "%llu\n", (unsigned long long)d.events);
	street_close(&d.street);
	reading_close(&reading);
	if (!said_all(&d.out))
		return EXIT_TROUBLE;
	return fine ? 0 : EXIT_TROUBLE;
}

const struct command command_decode = {
    "decode",
    cmd_decode,
    "print each log record as one ECS JSON object",
    "[OPTION]... PATH...",
    "Prints one Elastic Common Schema JSON object per recognised record, in input order.",
    "  --all               also records that no format owns (event.module: unknown)\n"
    "  --original          add the record itself (event.original)\n"
    "  --count             print only how many\n" READING_HELP THREADS_HELP};
