/* verify.c - tocsin verify: every citation of a report, checked against the logs. */
#include "cmd.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verifying {
	struct input_set *set;
	struct report_file file;
	int *input_of; /* of each input of the report, its number in the set; -1: not given */
	uint64_t good, altered, unread;
};

static slice base_name(slice path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/')
			return slice_from(path, i);
	return path;
}

/* Whole paths first; else the longest common tail, so that moved evidence is found. */
static size_t common_tail(slice a, slice b)
{
	size_t n = 0;
	while (n < a.len && n < b.len && a.at[a.len - 1 - n] == b.at[b.len - 1 - n])
		n++;
	return n;
}

static int find_input(const struct verifying *v, slice path)
{
	int best = -1;
	size_t most = 0;
	for (size_t i = 0; i < input_count(v->set); i++) {
		slice here = slice_of(input_info(v->set, i)->path);
		size_t n = common_tail(here, path);
		if (slice_eq(base_name(here), base_name(path)) && n > most) {
			most = n;
			best = (int)i;
		}
	}
	return best;
}

static void match_inputs(struct verifying *v)
{
	size_t n = v->file.inputs.len;
	v->input_of = must_alloc((n + 1) * sizeof *v->input_of);
	for (size_t i = 0; i < n; i++)
		v->input_of[i] = find_input(v, v->file.inputs.at[i].path);
}

static void say(const struct verifying *v, const struct citation *c, const char *what)
{
	struct out o = {.fd = 1};
	out_text(&o, what);
	out_text(&o, " ");
	out_plain(&o, v->file.inputs.at[c->input].path);
	out_format(&o, ":%llu offset %llu, cited by ", (unsigned long long)c->line,
		   (unsigned long long)c->offset);
	out_plain(&o, c->where);
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

/* Citations of one input, in its order: it is read once. */
static void check_input(struct verifying *v, size_t from, size_t to)
{
	int input = v->input_of[v->file.citations.at[from].input];
	struct input_reader *r = input < 0 ? NULL : input_read(v->set, (size_t)input, false);
	struct input_citation found = {0};
	struct arena a = {0};
	for (size_t i = from; i < to; i++) {
		const struct citation *c = &v->file.citations.at[i];
		bool again = i > from && c->offset == v->file.citations.at[i - 1].offset;
		if (!r) {
			v->unread++;
			say(v, c, "not given:");
			continue;
		}
		arena_reset(&a);
		if (!again && !input_cite(r, c->offset, c->line, (uint32_t)c->length, &a, &found))
			found = (struct input_citation){.length = UINT64_MAX};
		if (found.length == c->length &&
		    memcmp(found.digest.b, c->digest.b, sizeof c->digest.b) == 0) {
			v->good++;
			continue;
		}
		v->altered++;
		say(v, c, "altered:");
	}
	arena_free(&a);
	input_close(&r);
}

static void check_citations(struct verifying *v)
{
	size_t n = v->file.citations.len;
	if (n)
		qsort(v->file.citations.at, n, sizeof *v->file.citations.at, by_place);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from;
		     to < n && v->file.citations.at[to].input == v->file.citations.at[from].input;)
			to++;
		check_input(v, from, to);
	}
}

/* Whole inputs whose hash is in the report: a byte may have changed that no record cites. */
static void check_inputs(struct verifying *v)
{
	for (size_t i = 0; i < v->file.inputs.len; i++) {
		const struct input_row *row = &v->file.inputs.at[i];
		struct digest d;
		struct record record;
		if (v->input_of[i] < 0 || !row->has_digest)
			continue;
		struct input_reader *r = input_read(v->set, (size_t)v->input_of[i], true);
		while (input_next(r, &record))
			;
		if (!input_digest(r, &d) || memcmp(d.b, row->digest.b, sizeof d.b) != 0) {
			struct out o = {.fd = 1};
			out_text(&o, "changed since: ");
			out_plain(&o, row->path);
			out_text(&o,
				 " as a whole (SHA-256 differs; a log still written to grows)\n");
			out_close(&o);
		}
		input_close(&r);
	}
}

/* Whoever can write the report can write other claims beside the same records. */
static void tell_result(const struct verifying *v)
{
	printf("%llu citation%s as cited, %llu altered, %llu in logs that were not given\n"
	       "what the report says of these records was not checked: a new scan of the same logs "
	       "tells\n",
	       (unsigned long long)v->good, v->good == 1 ? "" : "s", (unsigned long long)v->altered,
	       (unsigned long long)v->unread);
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
	match_inputs(&v);
	check_citations(&v);
	check_inputs(&v);
	tell_result(&v);
	bool refused = input_refused(v.set) > 0;
	free(v.input_of);
	report_file_free(&v.file);
	input_set_close(&v.set);
	arena_free(&a);
	return v.altered ? EXIT_NONE : refused || v.unread ? EXIT_TROUBLE : 0;
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
