/* verify.c - tocsin verify: every citation of a report, checked against the logs. */
#include "cmd.h"
#include "report/report.h"
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verifying {
	struct input_set *set;
	struct report_file file;
	int *input_of; /* of each input of the report, its number in the set; -1: not given */
	uint64_t good, altered, moved, unread, changed;
};

static slice base_name(slice path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/')
			return slice_from(path, i);
	return path;
}

static void say(const struct verifying *v, const struct citation *c, const char *what,
		uint64_t line_now)
{
	struct out o = {.fd = 1};
	out_text(&o, what);
	out_text(&o, " ");
	out_plain(&o, v->file.inputs.at[c->input].path);
	out_format(&o, ":%llu offset %llu, ", (unsigned long long)c->line,
		   (unsigned long long)c->offset);
	if (line_now)
		out_format(&o, "line %llu now, ", (unsigned long long)line_now);
	out_text(&o, "cited by ");
	out_plain(&o, c->where);
	out_text(&o, "\n");
	out_close(&o);
}

/* Of a log by its path in the report: what, and the path that it has now. */
static void say_log(const char *what, slice path, const char *more, const char *now)
{
	struct out o = {.fd = 1};
	out_text(&o, what);
	out_plain(&o, path);
	out_text(&o, more);
	if (now)
		out_plain(&o, slice_of(now));
	out_text(&o, "\n");
	out_close(&o);
}

static int by_place(const void *a, const void *b)
{
	const struct citation *x = a, *y = b;
	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static void tell_fate(struct verifying *v, const struct cited *c, size_t i)
{
	const struct {
		const char *said;
		uint64_t *count;
	} rows[] = {[FATE_UNREAD] = {"not given:", &v->unread},
		    [FATE_SAME] = {NULL, &v->good},
		    [FATE_MOVED] = {"moved:", &v->moved},
		    [FATE_ALTERED] = {"altered:", &v->altered}};
	++*rows[c->fates[i]].count;
	if (rows[c->fates[i]].said)
		say(v, &c->at[i], rows[c->fates[i]].said, c->lines[i]);
}

/* Citations of one input, in its order. */
static void check_input(struct verifying *v, size_t from, size_t to)
{
	size_t n = to - from, number = v->file.citations.at[from].input;
	struct cited c = {.at = &v->file.citations.at[from],
			  .len = n,
			  .fates = must_alloc(n * sizeof *c.fates),
			  .lines = must_alloc(n * sizeof *c.lines)};
	slice path = v->file.inputs.at[number].path;
	int input = v->input_of[number] = verify_find(v->set, path, &c);
	const char *now = input < 0 ? NULL : input_info(v->set, (size_t)input)->path;
	if (now && !slice_eq(base_name(slice_of(now)), base_name(path)))
		say_log("found by its content: ", path, " is now ", now);
	for (size_t i = 0; i < n; i++)
		tell_fate(v, &c, i);
	free(c.fates);
	free(c.lines);
}

static void check_citations(struct verifying *v)
{
	size_t n = v->file.citations.len;
	v->input_of = must_alloc((v->file.inputs.len + 1) * sizeof *v->input_of);
	for (size_t i = 0; i < v->file.inputs.len; i++)
		v->input_of[i] = -1;
	if (n)
		qsort(v->file.citations.at, n, sizeof *v->file.citations.at, by_place);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from;
		     to < n && v->file.citations.at[to].input == v->file.citations.at[from].input;)
			to++;
		check_input(v, from, to);
	}
}

/*
 * Logs that are cited, whose hash is in the report: a byte may have changed that no record cites.
 * What was added behind is no change.
 */
static void check_inputs(struct verifying *v)
{
	static const char *const words[] = {
	    [WHOLE_GROWN] = " has grown, as a log still written to does",
	    [WHOLE_CHANGED] = " as a whole (SHA-256 differs, not by what was added behind alone)",
	    [WHOLE_SHORTER] = " as a whole (it is shorter than when it was scanned)",
	    [WHOLE_UNKNOWN] =
		" was packed since, or is no file of its own: not compared as a whole"};
	for (size_t i = 0; i < v->file.inputs.len; i++) {
		const struct input_row *row = &v->file.inputs.at[i];
		if (v->input_of[i] < 0 || !row->has_digest)
			continue;
		enum whole is = verify_whole(v->set, (size_t)v->input_of[i], row);
		bool changed = is == WHOLE_CHANGED || is == WHOLE_SHORTER;
		v->changed += changed;
		if (is != WHOLE_SAME)
			say_log(changed ? "changed since: " : "note: ", row->path, words[is], NULL);
	}
}

static void tell_uncited(const struct verifying *v)
{
	if (v->file.uncited)
		printf("%llu claim%s cite%s no record, which tocsin never writes: the report was "
		       "changed\n",
		       (unsigned long long)v->file.uncited, v->file.uncited == 1 ? "" : "s",
		       v->file.uncited == 1 ? "s" : "");
}

/* Whoever can write the report can write other claims beside the same records. */
static void tell_result(const struct verifying *v)
{
	printf(
	    "%llu citation%s as cited, %llu altered, %llu moved within the log, %llu in logs that "
	    "were not given\n"
	    "what the report says of these records was not checked: a new scan of the same logs "
	    "tells\n",
	    (unsigned long long)v->good, v->good == 1 ? "" : "s", (unsigned long long)v->altered,
	    (unsigned long long)v->moved, (unsigned long long)v->unread);
}

static int cmd_verify(int argc, char **argv)
{
	struct verifying v = {0};
	struct arena a = {0};
	slice json;
	char why[512];
	struct log_reading reading = {0};
	const struct option_row rows[] = {{"limit", OPT_LIST, &reading.limit_words}};
	int first = options_read(&command_verify, argc, argv, rows, 1);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (argc - first < 2)
		return complain("a report and its logs are needed",
				"tocsin verify report.json /var/log/mail.log*");
	if (!read_whole(argv[first], &a, &json)) {
		note_file(NULL, argv[first], 0, strerror(errno),
			  "give the JSON report of tocsin scan");
		arena_free(&a);
		return EXIT_TROUBLE;
	}
	if (!report_read(json, &v.file, why, sizeof why)) {
		note_file(NULL, argv[first], 0, why, "give the JSON report of tocsin scan --json");
		arena_free(&a);
		return EXIT_TROUBLE;
	}
	if (!reading_open(&reading)) {
		reading_close(&reading);
		report_file_free(&v.file);
		arena_free(&a);
		return EXIT_TROUBLE;
	}
	v.set = input_open_within((const char *const *)argv + first + 1, (size_t)(argc - first - 1),
				  &reading.limits, note_input, NULL);
	reading_close(&reading);
	check_citations(&v);
	check_inputs(&v);
	tell_uncited(&v);
	tell_result(&v);
	bool refused = input_refused(v.set) > 0;
	bool differs = v.altered || v.moved || v.changed || v.file.uncited;
	free(v.input_of);
	report_file_free(&v.file);
	input_set_close(&v.set);
	arena_free(&a);
	return differs ? EXIT_NONE : refused || v.unread ? EXIT_TROUBLE : 0;
}

const struct command command_verify = {
    "verify",
    cmd_verify,
    "check every record that a report cites",
    "REPORT PATH...",
    "Re-reads every record that a JSON report cites and names those that were altered.\n"
    "PATHs are the logs of the report, at the place they lie now.\n"
    "Exit status: 0 all as cited, 1 something differs, 2 something could not be read.",
    LIMIT_HELP};
