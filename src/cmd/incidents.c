/* incidents.c - tocsin incidents, tocsin incident: what the watch found, from its last report. */
#include "cmd.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define STATE_DIR "/var/lib/tocsin"

struct showing {
	const char *state, *colour;
	bool json, details, follow;
	char path[4096];
	struct arena arena;
	struct report report;
	struct timespec read_at;
};

static bool load(struct showing *s)
{
	char why[512];
	slice text;
	struct stat st;
	snprintf(s->path, sizeof s->path, "%s/report.json", s->state);
	arena_reset(&s->arena);
	if (stat(s->path, &st) == 0)
		s->read_at = st.st_mtim;
	if (!regular_or_none(s->path)) {
		note_file(NULL, s->path, 0, regular_why(errno),
			  "remove it: the watch writes it anew at the next finding");
		return false;
	}
	if (!read_whole(s->path, &s->arena, &text)) {
		note_file(NULL, s->path, 0, strerror(errno),
			  "the watch writes it once something was found: tocsin status; another "
			  "folder: --state DIR");
		return false;
	}
	if (report_load(text, &s->report, why, sizeof why))
		return true;
	note_file(NULL, s->path, 0, why, "it is made anew at the next finding");
	return false;
}

static void close_it(struct showing *s)
{
	report_free(&s->report);
	arena_free(&s->arena);
}

/* --- the list --- */

static void put_member(struct out *o, const char *name, slice value)
{
	if (!value.len)
		return;
	out_format(o, ",\"%s\":", name);
	out_json(o, value);
}

static void put_time(struct out *o, const char *name, int64_t usec)
{
	char text[CLOCK_TEXT];
	if (usec != CLOCK_NONE)
		put_member(o, name, (slice){text, clock_format(usec, text)});
}

static void row_json(struct out *o, const struct incident *in)
{
	out_text(o, "{\"id\":");
	out_json(o, in->id);
	put_member(o, "severity", in->severity);
	put_member(o, "title", in->title);
	put_time(o, "first_malicious", in->first_us);
	put_time(o, "last_malicious", in->last_us);
	out_format(o, ",\"accounts\":%zu,\"sources\":%zu}\n", in->accounts.len, in->sources.len);
}

static void row_text(struct out *o, const struct incident *in)
{
	out_plain(o, in->id);
	out_text(o, "  ");
	out_plain(o, in->severity);
	out_text(o, "  ");
	if (in->last_us != CLOCK_NONE) {
		out_text(o, "last ");
		out_time(o, in->last_us);
		out_text(o, "  ");
	}
	out_plain(o, in->title);
	out_text(o, "\n");
}

static int cmd_incidents(int argc, char **argv)
{
	struct showing s = {.state = STATE_DIR};
	const struct option_row rows[] = {{"state", OPT_TEXT, &s.state},
					  {"json", OPT_FLAG, &s.json}};
	int first = options_read(&command_incidents, argc, argv, rows, 2);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first != argc)
		return complain("incidents takes no names", "tocsin incident ID shows one");
	if (!load(&s))
		return close_it(&s), EXIT_TROUBLE;
	struct out o = {.fd = 1};
	for (size_t i = 0; i < s.report.incidents.len; i++)
		(s.json ? row_json : row_text)(&o, &s.report.incidents.at[i]);
	if (!s.report.incidents.len && !s.json)
		out_text(&o, "no incident\n");
	bool fine = said_all(&o), any = s.report.incidents.len > 0;
	close_it(&s);
	return !fine ? EXIT_TROUBLE : any ? EXIT_FOUND : EXIT_NONE;
}

const struct command command_incidents = {
    "incidents",
    cmd_incidents,
    "list the incidents that the watch found",
    "[OPTION]...",
    "Lists the incidents of the watch's last whole report, one a line.\n"
    "Exit status: 0 there are some, 1 none, 2 there is no report, or it cannot be read.",
    "  --state DIR         folder of the watch (default: /var/lib/tocsin)\n"
    "  --json              JSON objects, one a line\n"};

/* --- one --- */

/* Without a name: its only one.  NULL after a message. */
static const struct incident *find(const struct showing *s, const char *id)
{
	for (size_t i = 0; id && i < s->report.incidents.len; i++)
		if (slice_eq(s->report.incidents.at[i].id, slice_of(id)))
			return &s->report.incidents.at[i];
	if (!id && s->report.incidents.len == 1)
		return &s->report.incidents.at[0];
	complain(id ? "there is no such incident" : "say which incident",
		 "tocsin incidents lists them");
	return NULL;
}

static bool show(const struct showing *s, const struct incident *in)
{
	struct zone *zone = zone_local();
	const struct report_style style = {.colour = wants_colour(s->colour),
					   .columns = terminal_columns(),
					   .details = s->details,
					   .zone = zone,
					   .json_path = s->path};
	struct out o = reader_out();
	report_incident_text(&s->report, in, &style, &o);
	zone_close(&zone);
	return reader_said(&o) && o.error != EPIPE;
}

static void wait_for_another(const struct showing *s)
{
	struct stat st;
	const struct timespec moment = {0, 200 * 1000 * 1000};
	while (stat(s->path, &st) != 0 ||
	       (st.st_mtim.tv_sec == s->read_at.tv_sec && st.st_mtim.tv_nsec == s->read_at.tv_nsec))
		nanosleep(&moment, NULL);
}

/* Shown again each time the watch has made a new report, until the reader has enough. */
static int follow_it(struct showing *s, const char *id)
{
	char name[128];
	const struct incident *in = find(s, id);
	if (!in)
		return EXIT_TROUBLE;
	snprintf(name, sizeof name, "%.*s", (int)in->id.len, in->id.at);
	while (in && show(s, in)) {
		wait_for_another(s);
		report_free(&s->report);
		s->report = (struct report){0};
		if (!load(s))
			return EXIT_TROUBLE;
		in = find(s, name);
	}
	return in ? EXIT_FOUND : EXIT_TROUBLE;
}

static int cmd_incident(int argc, char **argv)
{
	struct showing s = {.state = STATE_DIR};
	const struct option_row rows[] = {{"state", OPT_TEXT, &s.state},
					  {"details", OPT_FLAG, &s.details},
					  {"follow", OPT_FLAG, &s.follow},
					  {"color", OPT_WHEN, &s.colour}};
	int first = options_read(&command_incident, argc, argv, rows, 4);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first > 1)
		return complain("one incident at a time", "tocsin incident ID");
	const char *id = first < argc ? argv[first] : NULL;
	const struct incident *in;
	bool fine = load(&s);
	int status = EXIT_TROUBLE;
	if (fine && s.follow)
		status = follow_it(&s, id);
	else if (fine && (in = find(&s, id)) && show(&s, in))
		status = EXIT_FOUND;
	close_it(&s);
	return status;
}

const struct command command_incident = {
    "incident",
    cmd_incident,
    "show one incident that the watch found",
    "[OPTION]... [ID]",
    "Shows one incident of the watch's last whole report, as tocsin scan would.\n"
    "Exit status: 0 it was shown, 2 there is no such incident, or no report.",
    "  --state DIR         folder of the watch (default: /var/lib/tocsin)\n"
    "  --details           also every access, session and finding\n"
    "  --follow            show it again whenever the watch knows more\n"
    "  --color WHEN        always, never, auto\n"};
