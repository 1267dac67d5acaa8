/*
 * explain.c - tocsin explain: how a record is read, field by field, with the bytes that each comes
 * from; and if nobody owns it, how near it came.
 */
#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_WIDTH = 26, VALUE_MOST = 200, LINES_MOST = 1000 };

struct explaining {
	struct out out;
	struct format_state *state;
	struct arena scratch;
	bool unread; /* a record that no format owns */
};

/* --- where a value stands in the record --- */

/* Of a number or an address, too: 4 is no part of 10:04 nor of 192.0.2.4. */
static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' ||
	       c == ':';
}

static bool stands_alone(slice record, size_t at, size_t len)
{
	return (at == 0 || !in_word(record.at[at - 1])) &&
	       (at + len == record.len || !in_word(record.at[at + len]));
}

/* What points into the record is there; of what was made from it, the one place that looks so. */
static bool find(slice record, slice value, size_t *at)
{
	size_t found = 0;
	if (value.len == 0)
		return false;
	if (value.at >= record.at && value.at + value.len <= record.at + record.len) {
		*at = (size_t)(value.at - record.at);
		return true;
	}
	for (size_t from = 0; from < record.len && found < 2;) {
		size_t n = slice_search(slice_from(record, from), value);
		if (n == SIZE_MAX)
			break;
		bool alone = stands_alone(record, from + n, value.len);
		*at = alone ? from + n : *at;
		found += alone;
		from += n + 1;
	}
	return found == 1;
}

static slice value_text(const struct event *e, enum field f, struct arena *a)
{
	char text[64];
	slice s = {text, 0};
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		return e->v[f].text;
	case KIND_ADDRESS:
		s.len = address_format(&e->v[f].address, text);
		return arena_copy(a, s);
	case KIND_TIME:
		s.len = clock_format(e->v[f].number, text);
		return arena_copy(a, s);
	case KIND_FLAG:
		return e->v[f].number ? SLICE("true") : SLICE("false");
	default:
		return arena_format(a, "%lld", (long long)e->v[f].number);
	}
}

static void put_row(struct explaining *x, slice record, const char *name, slice value, slice source)
{
	size_t at = 0, n = strlen(name);
	out_text(&x->out, "  ");
	out_text(&x->out, name);
	for (; n < NAME_WIDTH; n++)
		out_char(&x->out, ' ');
	out_char(&x->out, ' ');
	out_plain(&x->out, slice_first(value, VALUE_MOST));
	if (value.len > VALUE_MOST)
		out_text(&x->out, " ...");
	if (find(record, source, &at))
		out_format(&x->out, "   [bytes %zu-%zu]", at, at + source.len);
	out_text(&x->out, "\n");
}

/* --- the parts --- */

static void put_envelope(struct explaining *x, slice record, const struct format_explanation *e)
{
	if (e->priority.len)
		put_row(x, record, "priority", e->priority, e->priority);
	if (e->clock_kind)
		put_row(x, record, "clock", slice_of(e->clock_kind), e->clock);
	if (e->clock_kind && !e->zone_named)
		put_row(x, record, "zone",
			SLICE("not in the record: --timezone, or this machine's"), (slice){0});
	if (e->program.len)
		put_row(x, record, "program", e->program, e->program);
	for (size_t i = 0; i < sizeof e->coats / sizeof *e->coats && e->coats[i]; i++)
		put_row(x, record, "inside", slice_of(e->coats[i]), (slice){0});
}

static bool is_word_of_ours(enum field f)
{
	return f == F_MODULE || f == F_ACTION || f == F_CATEGORY || f == F_OUTCOME;
}

static void put_fields(struct explaining *x, slice record, const struct format_explanation *e)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		if (!event_has(&e->event, (enum field)f))
			continue;
		slice text = value_text(&e->event, (enum field)f, &x->scratch);
		slice source = is_word_of_ours((enum field)f) ? (slice){0} : text;
		put_row(x, record, event_fields[f].name, text, f == F_TIME ? e->clock : source);
	}
}

static void put_class(struct explaining *x, const struct event *e)
{
	static const char *const words[] = {"names messages that were opened",
					    "names messages, of which headers were read",
					    "counts messages",
					    "names folders, or mail that passes",
					    "tells who signed in",
					    "nothing about reading"};
	const struct format *f = format_named(event_get(e, F_MODULE));
	if (f && f->evidence >= 'A' && f->evidence <= 'F')
		out_format(&x->out, "  %-*s %c: %s\n", NAME_WIDTH, "evidence", f->evidence,
			   words[f->evidence - 'A']);
}

/* Nobody owns it: what would help. */
static void put_near(struct explaining *x, slice record, const struct format_explanation *e)
{
	out_text(&x->out, "  no format owns this record\n");
	if (e->nearest && e->as_program.len) {
		put_row(x, record, "nearest", slice_of(e->nearest->name), (slice){0});
		out_text(&x->out, "  the words are of ");
		out_plain(&x->out, e->as_program);
		out_format(&x->out, ", but the program is another's: --format %s reads them\n",
			   e->nearest->name);
	} else if (e->nearest) {
		put_row(x, record, "nearest", slice_of(e->nearest->name), (slice){0});
		out_format(&x->out,
			   "  it would be read if it began at byte %llu: what stands before "
			   "that is no envelope that is known\n",
			   (unsigned long long)e->from);
	} else if (!record.len) {
		out_text(&x->out, "  it is empty\n");
	} else if (slice_starts(record, SLICE("{")) || slice_starts(record, SLICE("[{"))) {
		bool ends = record.at[record.len - 1] == (*record.at == '{' ? '}' : ']');
		out_text(&x->out,
			 ends ? "  it looks like JSON, but has the keys of no export that is "
				"known\n"
			      : "  it begins as JSON does and does not end so: is it cut?\n");
	} else if (!e->body.at)
		out_text(
		    &x->out,
		    "  it begins with no clock that is known, and no format without one has such "
		    "words\n  tocsin formats lists what is read\n");
	else if (e->program.len)
		out_text(&x->out,
			 "  the envelope is known; the program is of no format, and no format "
			 "has such words\n");
	else
		out_text(&x->out, "  a clock, but no program behind it\n");
}

static void explain(struct explaining *x, slice record)
{
	struct format_explanation e;
	format_explain(x->state, record, &e, &x->scratch);
	if (e.decoded == DECODED_PART) {
		out_text(&x->out, "  a piece of a record that goes on\n");
		return;
	}
	put_envelope(x, record, &e);
	if (e.decoded == DECODED_UNKNOWN) {
		put_near(x, record, &e);
		x->unread = true;
		return;
	}
	put_fields(x, record, &e);
	put_class(x, &e.event);
	if (e.decoded == DECODED_BROKEN)
		out_text(&x->out, "  the record is cut or malformed: this is what could be read\n");
}

static void explain_from(struct explaining *x, const char *path, const struct record *r)
{
	out_plain(&x->out, slice_of(path));
	out_format(&x->out, ":%llu, offset %llu, %zu bytes\n", (unsigned long long)r->line,
		   (unsigned long long)r->offset, r->raw.len);
	explain(x, r->text);
	arena_reset(&x->scratch);
}

/* FILE:N, where FILE is there: that line; FILE: its first lines; false: no such file, by errno. */
static bool split_place(char *given, uint64_t *line)
{
	char *colon = strrchr(given, ':');
	int64_t n;
	*line = 0;
	if (strcmp(given, "-") == 0 || access(given, F_OK) == 0)
		return true;
	if (!colon || !slice_is_number(slice_of(colon + 1), &n) || n < 1)
		return false;
	*colon = '\0';
	*line = (uint64_t)n;
	bool there = access(given, F_OK) == 0;
	if (!there)
		*colon = ':';
	return there;
}

/* `last`: where the last record begins, 0: there is none. */
static int no_such_line(const char *path, uint64_t line, uint64_t last)
{
	char what[96];
	if (!last)
		note_file(NULL, path, 0, "there is no record in it", "name a log");
	else {
		snprintf(what, sizeof what,
			 "no record begins at this line; the last one begins at line %llu",
			 (unsigned long long)last);
		note_file(NULL, path, line, what, "name a line that the file has");
	}
	return EXIT_TROUBLE;
}

static int explain_file(struct explaining *x, const char *path, uint64_t line,
			const struct log_reading *reading)
{
	struct input_set *set = input_open_within(&path, 1, &reading->limits, note_input, NULL);
	struct record r;
	uint64_t shown = 0, last = 0;
	for (size_t i = 0; i < input_count(set); i++) {
		struct input_reader *reader = input_read(set, i, false);
		x->state->left_us = input_info(set, i)->mtime_us;
		while (shown < (line ? 1 : LINES_MOST) && input_next(reader, &r)) {
			struct event e;
			last = r.line > last ? r.line : last;
			if (line &&
			    r.line != line) { /* what earlier lines say holds for later ones */
				format_decode(x->state, r.text, &e, &x->scratch);
				arena_reset(&x->scratch);
				continue;
			}
			explain_from(x, input_info(set, i)->path, &r);
			shown++;
		}
		input_close(&reader);
	}
	bool refused = input_refused(set) > 0;
	input_set_close(&set);
	if (!shown && !refused)
		return no_such_line(path, line, last);
	return refused ? EXIT_TROUBLE : x->unread ? EXIT_NONE : 0;
}

/* What is no record and looks like a path was meant to be one. */
static int explain_words(struct explaining *x, const char *given, int error)
{
	explain(x, slice_of(given));
	if (!x->unread)
		return 0;
	if (!*given || strpbrk(given, " \t,;{"))
		return EXIT_NONE;
	note_file(NULL, given, 0, strerror(error), "it was taken for a record, not for a path");
	return EXIT_TROUBLE;
}

static int run(char *given, struct log_reading *reading)
{
	struct explaining x = {.out = {.fd = 1}};
	struct zone *local = reading->zone ? NULL : zone_local();
	uint64_t line;
	int status;
	x.state = must_alloc(sizeof *x.state);
	format_start(x.state, reading->zone ? reading->zone : local, 0);
	x.state->forced = reading->format;
	if (split_place(given, &line))
		status = explain_file(&x, given, line, reading);
	else
		status = explain_words(&x, given, errno);
	zone_close(&local);
	arena_free(&x.scratch);
	free(x.state);
	return said_all(&x.out) ? status : EXIT_TROUBLE;
}

static int cmd_explain(int argc, char **argv)
{
	struct log_reading reading = {0};
	const struct option_row rows[] = {READING_ROWS(&reading)};
	const struct command *c = &command_explain;
	int first = options_read(c, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	int status = EXIT_TROUBLE;
	if (argc - first != 1)
		status = complain("one line is needed",
				  "tocsin explain 'LINE', or FILE:NUMBER, or - for standard input");
	else if (reading_open(&reading))
		status = run(argv[first], &reading);
	reading_close(&reading);
	return status;
}

const struct command command_explain = {
    "explain",
    cmd_explain,
    "tell how a record is read, field by field",
    "[OPTION]... LINE",
    "Tells how a record is read: its envelope, its format, each field and the bytes it comes "
    "from;\n"
    "and if no format owns it, how near it came.  LINE is the record itself, FILE:NUMBER, FILE, "
    "or\n"
    "- for standard input.  Exit status: 0 it is read, 1 no format owns it, 2 no such line.",
    READING_HELP};
