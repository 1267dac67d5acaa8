/* scan.c - tocsin scan: the incident report. */
#include "cmd.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scan_command {
	const char *json, *html, *store, *networks, *state, *colour;
	struct option_list rules, geo, suspects;
	struct log_reading reading;
	bool details, quiet;
};

struct writing {
	const struct report *r;
	const struct report_style *style;
};

static void write_json(const void *ctx, struct out *o)
{
	report_json(((const struct writing *)ctx)->r, o);
}

static void write_html(const void *ctx, struct out *o)
{
	const struct writing *w = ctx;
	report_html(w->r, w->style, o);
}

static bool is_standard(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* What could not be written is not named to the reader. */
static bool write_files(const struct scan_command *c, const struct report *r,
			struct report_style *style)
{
	const struct writing w = {r, style};
	bool json = !c->json || write_whole(c->json, write_json, &w);
	bool html = !c->html || write_whole(c->html, write_html, &w);
	style->json_path = json ? c->json : NULL;
	style->html_path = html ? c->html : NULL;
	return json && html;
}

static bool print(const struct report *r, const struct report_style *style)
{
	struct out o = reader_out();
	report_text(r, style, &o);
	return reader_said(&o);
}

static int run(const struct scan_command *c, const char *const *paths, size_t n, struct zone *zone)
{
	struct report r = {0};
	const struct scan_options o = {
	    .paths = paths,
	    .path_count = n,
	    .rules = c->rules.at,
	    .rule_count = c->rules.len,
	    .networks = c->networks,
	    .geo = c->geo.at,
	    .geo_count = c->geo.len,
	    .suspects = c->suspects.at,
	    .suspect_count = c->suspects.len,
	    .mail_store = c->store,
	    .state = c->state,
	    .zone = zone,
	    .zones = c->reading.zones,
	    .zone_count = c->reading.zone_count,
	    .zone_is_usual = !c->reading.zone,
	    .format = c->reading.format,
	    .limits = &c->reading.limits,
	    .ahead = c->reading.ahead,
	    .progress = !c->quiet && isatty(2),
	};
	const struct scan_notes notes = {note_input, note_file, note_line};
	bool fine = scan(&o, &notes, &r);
	if (!r.created_us)
		return EXIT_TROUBLE;
	struct report_style style = {.colour = wants_colour(c->colour),
				     .columns = terminal_columns(),
				     .details = c->details,
				     .zone = zone,
				     .html_path = c->html,
				     .json_path = c->json};
	fine &= write_files(c, &r, &style);
	if (!c->quiet && !is_standard(c->json) && !is_standard(c->html))
		fine &= print(&r, &style);
	if (!r.recognised)
		fine = complain("no record was understood: nothing can be said of what happened",
				"give the logs of the mail host; tocsin formats lists what is "
				"read") < 0;
	bool found = r.incidents.len > 0;
	report_free(&r);
	return !fine ? EXIT_TROUBLE : found ? EXIT_FOUND : EXIT_NONE;
}

static int cmd_scan(int argc, char **argv)
{
	struct scan_command s = {0};
	const struct option_row rows[] = {
	    {"json", OPT_TEXT, &s.json},
	    {"html", OPT_TEXT, &s.html},
	    {"mail-store", OPT_TEXT, &s.store},
	    {"networks", OPT_TEXT, &s.networks},
	    {"geo", OPT_LIST, &s.geo},
	    {"rules", OPT_LIST, &s.rules},
	    {"state", OPT_TEXT, &s.state},
	    READING_ROWS(&s.reading),
	    {"suspect", OPT_LIST, &s.suspects},
	    {"details", OPT_FLAG, &s.details},
	    {"quiet", OPT_FLAG, &s.quiet},
	    {"color", OPT_WHEN, &s.colour},
	    {"threads", OPT_TEXT, &s.reading.threads},
	};
	const struct command *c = &command_scan;
	int first = options_read(c, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc)
		return complain("no path was given", "tocsin scan /var/log");
	if (!may_write_both(s.json, s.html))
		return EXIT_TROUBLE;
	int status = EXIT_TROUBLE;
	struct zone *local = NULL;
	if (reading_open(&s.reading)) {
		struct zone *zone = s.reading.zone ? s.reading.zone : (local = zone_local());
		status = run(&s, (const char *const *)argv + first, (size_t)(argc - first), zone);
	}
	zone_close(&local);
	reading_close(&s.reading);
	free(s.rules.at);
	free(s.geo.at);
	free(s.suspects.at);
	return status;
}

const struct command command_scan = {
    "scan",
    cmd_scan,
    "report a break-in: way in, since when, what was opened, did data leave",
    "[OPTION]... PATH...",
    "Reads the logs of mail hosts and reports how an intruder got in, since when, what was "
    "opened,\n"
    "whether data left, whether the intruder is still inside, and what the logs cannot say.\n"
    "PATH is a log, a directory of logs, an archive, or - for standard input; rotated and\n"
    "compressed ones are read in their order.  Exit status: 0 an incident was found, 1 none,\n"
    "2 something could not be read, or nothing at all was understood.",
    "  --json FILE         write the report as JSON (tocsin.report/1); - for standard output\n"
    "  --html FILE         write the report as one self-contained page\n"
    "  --mail-store PATH   a Maildir tree, or a catalogue made by tocsin catalogue: names "
    "messages\n"
    "  --networks FILE     networks.yaml: names, countries, operators of networks, which are "
    "trusted\n"
    "  --geo FILE          a MaxMind-format database of places or operators; may be given more "
    "than once\n"
    "  --suspect WHAT      an address, a network or an account known to be an intruder's, or used "
    "by\n"
    "                      one: what came from there is an incident; may be given more than once\n"
    "  --state FILE        what is usual, kept from run to run; made if there is none\n"
    "  --rules PATH        Sigma rules instead of tocsin's own; may be given more than "
    "once\n" READING_HELP THREADS_HELP
    "  --details           also print every access, session and finding\n"
    "  --quiet             no report on the terminal, no progress\n"
    "  --color WHEN        always, never, auto\n"};
