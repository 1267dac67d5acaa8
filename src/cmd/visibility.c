/* visibility.c - tocsin visibility: what the logs at hand can show, and what not. */
#include "cmd.h"
#include "street/street.h"
#include "visibility/visibility.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 100 };

static unsigned columns_of(int fd)
{
	struct winsize w;
	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : COLUMNS_USUAL;
}

static bool is_standard(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static void write_json(const void *ctx, struct out *o)
{
	visibility_json(ctx, o);
}

static void write_html(const void *ctx, struct out *o)
{
	visibility_html(ctx, o);
}

static int cmd_visibility(int argc, char **argv)
{
	struct scan_options so = {.progress = isatty(2)};
	struct option_list rules = {0};
	const char *json = NULL, *html = NULL, *zone = NULL;
	const struct option_row rows[] = {
	    {"json", OPT_TEXT, &json},     {"html", OPT_TEXT, &html},
	    {"rules", OPT_LIST, &rules},   {"networks", OPT_TEXT, &so.networks},
	    {"timezone", OPT_TEXT, &zone},
	};
	int first = options_read(&command_visibility, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc)
		return complain("say which logs to look at", "tocsin visibility /var/log");
	if (!may_write_both(json, html))
		return EXIT_TROUBLE;
	if (zone && !(so.zone = zone_named(zone)))
		return EXIT_TROUBLE;
	so.ahead = has_cores();
	so.paths = (const char *const *)argv + first;
	so.path_count = (size_t)(argc - first);
	so.rules = rules.at;
	so.rule_count = rules.len;
	const struct scan_notes notes = {note_input, note_file, note_line};
	struct report r = {0};
	bool fine = scan(&so, &notes, &r);
	if (!r.created_us)
		return EXIT_TROUBLE;
	if (json)
		fine &= write_whole(json, write_json, &r);
	if (html)
		fine &= write_whole(html, write_html, &r);
	if (!is_standard(json) && !is_standard(html)) {
		struct out o = reader_out();
		visibility_text(&r, columns_of(1), wants_colour(NULL), &o);
		fine &= reader_said(&o);
	}
	int status = !fine ? EXIT_TROUBLE : r.sight.blind ? EXIT_NONE : EXIT_FOUND;
	report_free(&r);
	zone_close(&so.zone);
	free(rules.at);
	return status;
}

const struct command command_visibility = {
    "visibility",
    cmd_visibility,
    "say what these logs can show, and what not",
    "[OPTION]... PATH...",
    "Draws each source hour by hour, and says of each rule whether it would see what it looks "
    "for\n"
    "in these logs: seeing, or blind, with the setting that would open its eyes.  Daemons whose\n"
    "lines are less and less understood are named with samples.\n"
    "Exit status: 0 every rule sees, 1 some are blind, 2 something could not be read.",
    "  --json FILE         as JSON; - for standard output\n"
    "  --html FILE         as one self-contained page\n"
    "  --rules PATH        Sigma rules instead of tocsin's own; may be given more than once\n"
    "  --networks FILE     networks.yaml\n"
    "  --timezone ZONE     of clocks that name none\n"};
