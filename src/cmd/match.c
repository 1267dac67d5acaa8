/* match.c - tocsin match: Sigma rules against JSON events of any shape. */
#include "cmd.h"
#include "loose/loose.h"
#include "rules_reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, EVENT_MOST = 64 << 20, LONG_EVENT = 1 << 16, SOURCE_PARTS = 3 };
enum { FLUSH_AT = 1 << 16, BAD_SAID = 10 }; /* of bad events by line; the others are counted */

static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};
static const char *const source_parts[SOURCE_PARTS] = {"product", "category", "service"};

struct match_options {
	struct option_list rules, pipelines, placeholders;
	const char *logsource;
	bool plain, count;
};

/* What each hit of a rule begins with: some bytes of `texts`. */
struct head {
	size_t from, len;
};

struct matching {
	struct loose *loose;
	struct sigma *sigma;
	struct out out;
	struct out texts;
	struct head *heads; /* of each rule, in `texts` */
	const char *const *paths;
	size_t path_count, path;
	uint64_t hits, events, bad;
	bool undated, unread;
	size_t passed; /* YAML documents among the rules that are none */
};

/* Bytes of one input that were read and not yet taken. */
struct feed {
	int fd;
	char *at;
	size_t len, room, taken;
	uint64_t line; /* of the byte at `taken` */
	bool end;
};

/* --- hits --- */

static void put_text(struct out *o, const char *name, slice text)
{
	out_text(o, name);
	out_json(o, text);
}

static void put_correlation(struct out *o, const struct sigma_hit *h)
{
	out_text(o, ",\"count\":");
	out_number(o, (int64_t)h->count);
	if (h->has_value)
		out_format(o, ",\"value\":%.15g", h->value);
	out_text(o, ",\"group\":{");
	for (size_t i = 0; i < h->group_count; i++) {
		put_text(o, i ? "," : "", slice_of(h->group_fields[i]));
		out_char(o, ':');
		reason_value_json(o, &h->group[i]);
	}
	out_text(o, "},\"lines\":[");
	for (size_t i = 0; i < h->token_count; i++) {
		out_text(o, i ? "," : "");
		out_number(o, (int64_t)h->tokens[i].word[0]);
	}
	out_char(o, ']');
}

/* The line is that of the deciding event. */
static void on_hit(void *ctx, const struct sigma_hit *h)
{
	struct matching *m = ctx;
	struct out *o = &m->out;
	const struct head *head = &m->heads[h->rule->number];
	m->hits++;
	out_slice(o, (slice){m->texts.at + head->from, head->len});
	if (h->token) {
		out_text(o, ",\"line\":");
		out_number(o, (int64_t)h->token->word[0]);
		if (m->path_count > 1)
			put_text(o, ",\"file\":", slice_of(m->paths[h->token->word[1]]));
	}
	if (h->rule->correlation)
		put_correlation(o, h);
	out_text(o, "}\n");
	if (o->len > FLUSH_AT)
		out_flush(o);
}

/* --- events --- */

static bool fill(struct feed *f)
{
	if (f->taken) {
		memmove(f->at, f->at + f->taken, f->len - f->taken);
		f->len -= f->taken;
		f->taken = 0;
	}
	if (f->room - f->len < BLOCK) {
		f->room = 2 * f->len + 2 * BLOCK;
		f->at = must_realloc(f->at, f->room);
	}
	ssize_t n;
	do
		n = read(f->fd, f->at + f->len, f->room - f->len);
	while (n < 0 && errno == EINTR);
	f->end = n <= 0;
	f->len += n > 0 ? (size_t)n : 0;
	return n >= 0;
}

static slice rest(const struct feed *f)
{
	return (slice){f->at + f->taken, f->len - f->taken};
}

static void take(struct feed *f, size_t n)
{
	for (slice s = slice_first(rest(f), n); s.len;) {
		size_t plain = slice_find(s, '\n');
		f->line += plain < s.len;
		s = slice_from(s, plain + 1);
	}
	f->taken += n;
}

/* White space, and what makes a list of the events. */
static void skip_between(struct feed *f)
{
	slice s = rest(f);
	size_t n = 0;
	while (n < s.len && s.at[n] && strchr(" \t\r\n,[]", s.at[n])) {
		f->line += s.at[n] == '\n';
		n++;
	}
	f->taken += n;
}

static void judge(struct matching *m, uint64_t line)
{
	struct sigma_token token = {{line, m->path, 0}};
	int64_t time = loose_time(m->loose);
	m->events++;
	m->undated |= time == CLOCK_NONE;
	sigma_feed(m->sigma, m->loose, time, &token, on_hit, m);
}

/*
 * Behind a bad line the next one; behind a bad object of several lines the next that begins at the
 * left, for what is between belongs to it.
 */
static size_t end_of_bad(slice s, size_t fault)
{
	size_t end = slice_find(s, '\n');
	if (fault <= end || s.at[0] != '{')
		return end;
	while (end + 1 < s.len && s.at[end + 1] != '{')
		end += 1 + slice_find(slice_from(s, end + 1), '\n');
	return end < s.len ? end : s.len;
}

static void say_bad(struct matching *m, const struct feed *f, const struct json_fault *fault)
{
	char what[256];
	uint64_t line = f->line;
	size_t column = 1;
	slice before = slice_first(rest(f), fault->at);
	if (m->bad++ >= BAD_SAID)
		return;
	for (; slice_find(before, '\n') < before.len; line++)
		slice_until(&before, '\n');
	column += before.len;
	snprintf(what, sizeof what, "column %zu: %s", column, fault->why);
	note_file(NULL, m->paths[m->path], line, what, "this event is left out, the rest goes on");
}

/* Was what is wrong at `at` only cut: the front of a word, or of a character, at the end? */
static bool may_be_cut(slice s, size_t at)
{
	enum { WORD_MOST = 8 };
	slice tail = slice_from(s, at);
	return tail.len < WORD_MOST && slice_find(tail, '\n') == tail.len;
}

/* One event off the front; false if there is not enough of it yet. */
static bool take_event(struct matching *m, struct feed *f)
{
	struct json_fault fault;
	size_t used;
	skip_between(f);
	slice s = rest(f);
	if (!s.len)
		return false;
	if (loose_read(m->loose, s, &used, &fault)) {
		judge(m, f->line);
		take(f, used);
		return true;
	}
	if (may_be_cut(s, fault.at) && !f->end && s.len < EVENT_MOST)
		return false;
	say_bad(m, f, &fault);
	take(f, end_of_bad(s, fault.at));
	return true;
}

static bool read_all(struct matching *m, struct feed *f)
{
	bool fine = true;
	size_t wanted = 0;
	while (fine && !f->end && !m->out.error) {
		fine = fill(f);
		/*
		 * a long event that is not whole is tried again when there is twice as much of it
		 */
		if (!f->end && f->len - f->taken < wanted)
			continue;
		while (!m->out.error && take_event(m, f))
			;
		out_flush(&m->out); /* whoever reads along sees them now */
		size_t left = f->len - f->taken;
		wanted = left > LONG_EVENT ? 2 * left : 0;
	}
	return fine;
}

static void match_path(struct matching *m)
{
	const char *path = m->paths[m->path];
	bool input = strcmp(path, "-") == 0;
	struct feed f = {.fd = input ? 0 : open(path, O_RDONLY | O_CLOEXEC), .line = 1};
	bool fine = f.fd >= 0 && may_end(f.fd) && read_all(m, &f);
	if (!fine) {
		note_file(NULL, path, 0, strerror(errno), "a file of JSON events");
		m->unread = true;
	}
	if (f.fd > 0)
		close(f.fd);
	free(f.at);
}

/* --- the command --- */

#define SOURCE_FORM "--logsource product=windows,category=process_creation,service=sysmon"

/* product=windows,service=sysmon; false after a complaint */
static bool narrow(struct loose *l, const char *text)
{
	slice parts[SOURCE_PARTS] = {{0}}, list = slice_of(text);
	while (list.len) {
		slice value = slice_until(&list, ',');
		bool named = slice_find(value, '=') < value.len;
		slice name = slice_until(&value, '=');
		int i = 0;
		while (i < SOURCE_PARTS && !slice_eq(name, slice_of(source_parts[i])))
			i++;
		if (i == SOURCE_PARTS)
			return complain_unknown("match", "part of a log source", name, (slice){0},
						SOURCE_FORM) < 0;
		if (!named || !value.len)
			return complain("--logsource names a part without a value", SOURCE_FORM) <
			       0;
		parts[i] = value;
	}
	loose_source(l, parts[0], parts[1], parts[2]);
	return true;
}

/* Collections of rules hold other YAML too, file beside file: it is counted. */
static void note_rule(void *ctx, bool warning, const char *path, int line, int column,
		      const char *what, const char *expected)
{
	struct matching *m = ctx;
	bool passed = warning && strcmp(what, SIGMA_NO_RULE) == 0;
	m->passed += passed;
	if (!passed)
		scan_note_rule(NULL, warning, path, line, column, what, expected);
}

static void load(struct sigma *s, const struct match_options *o)
{
	if (o->plain)
		sigma_plainly(s);
	for (size_t i = 0; i < o->pipelines.len; i++)
		sigma_pipeline(s, o->pipelines.at[i]);
	for (size_t i = 0; i < o->placeholders.len; i++)
		sigma_placeholders(s, o->placeholders.at[i]);
	for (size_t i = 0; i < o->rules.len; i++)
		sigma_load(s, o->rules.at[i]);
	sigma_ready(s);
}

static void put_heads(struct matching *m)
{
	size_t count = sigma_count(m->sigma);
	m->heads = must_alloc((count + 1) * sizeof *m->heads);
	m->texts.fd = -1;
	for (size_t i = 0; i < count; i++) {
		const struct sigma_rule *r = sigma_rule(m->sigma, i);
		size_t from = m->texts.len;
		put_text(&m->texts, "{\"rule.id\":", slice_of(r->id));
		put_text(&m->texts, ",\"rule.title\":", slice_of(r->title));
		put_text(&m->texts, ",\"level\":", slice_of(levels[r->level]));
		m->heads[r->number] = (struct head){from, m->texts.len - from};
	}
}

static bool correlates(const struct sigma *s)
{
	for (size_t i = 0; i < sigma_count(s); i++)
		if (sigma_rule(s, i)->correlation)
			return true;
	return false;
}

static void say_left_out(const struct matching *m)
{
	if (m->bad)
		fprintf(stderr, "tocsin: %llu bad events were left out of %llu%s\n",
			(unsigned long long)m->bad, (unsigned long long)(m->bad + m->events),
			m->bad <= BAD_SAID ? ""
					   : "; the first ten are named above (is each event one "
					     "JSON object? logs become such by tocsin decode)");
}

static void say_count(const struct sigma_rule *r, uint64_t n, const char *one, const char *many,
		      const char *remedy)
{
	if (n)
		fprintf(stderr, "tocsin: warning: %s:%d: %llu %s (%s)\n", r->path, r->line,
			(unsigned long long)n, n == 1 ? one : many, remedy);
}

/* What a correlation could not keep, or could not count any more. */
static void say_lost(const struct sigma *s)
{
	for (size_t i = 0; i < sigma_count(s); i++) {
		const struct sigma_rule *r = sigma_rule(s, i);
		say_count(r, r->shed, "group was let go to keep memory in bounds",
			  "groups were let go to keep memory in bounds",
			  "a shorter timespan, fewer groups");
		say_count(r, r->late, "event came too late to be counted",
			  "events came too late to be counted",
			  "events in order of time, or five minutes late at most");
	}
}

static int run(struct matching *m)
{
	for (; m->path < m->path_count && !m->out.error; m->path++)
		match_path(m);
	sigma_time(m->sigma, INT64_MAX, on_hit, m);
	if (m->undated && correlates(m->sigma))
		fprintf(stderr, "tocsin: warning: events without a time were taken for as old as "
				"those before them (correlations need @timestamp or the like)\n");
	say_lost(m->sigma);
	say_left_out(m);
	if (!said_all(&m->out))
		return EXIT_TROUBLE;
	if (m->bad || m->unread || sigma_refused(m->sigma))
		return EXIT_TROUBLE;
	return m->hits ? EXIT_FOUND : EXIT_NONE;
}

static int cmd_match(int argc, char **argv)
{
	struct match_options o = {.logsource = ""};
	const struct option_row rows[] = {
	    {"rules", OPT_LIST, &o.rules},
	    {"pipeline", OPT_LIST, &o.pipelines},
	    {"placeholders", OPT_LIST, &o.placeholders},
	    {"logsource", OPT_TEXT, &o.logsource},
	    {"plain", OPT_FLAG, &o.plain},
	};
	const struct command *c = &command_match;
	int first = options_read(c, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc || !o.rules.len)
		return complain(
		    o.rules.len ? "no events were given" : "no rules were given",
		    "tocsin match --rules rules/ events.jsonl, or - for standard input");
	struct matching m = {.out = {.fd = 1},
			     .paths = (const char *const *)argv + first,
			     .path_count = (size_t)(argc - first),
			     .loose = loose_new()};
	if (!narrow(m.loose, o.logsource))
		return EXIT_TROUBLE;
	m.sigma = sigma_new(loose_schema(m.loose), note_rule, &m);
	load(m.sigma, &o);
	if (m.passed)
		fprintf(stderr,
			"tocsin: warning: among the rules is YAML that holds no rule, %zu times "
			"(tocsin rules check PATH says where)\n",
			m.passed);
	put_heads(&m);
	int status = EXIT_TROUBLE;
	if (sigma_count(m.sigma) || sigma_refused(m.sigma))
		status = run(&m);
	else
		complain("there is no rule in what --rules names", "files or directories of *.yml");
	sigma_free(&m.sigma);
	loose_free(&m.loose);
	out_close(&m.texts);
	free(m.heads);
	free(o.rules.at);
	free(o.pipelines.at);
	free(o.placeholders.at);
	return status;
}

const struct command command_match = {
    "match",
    cmd_match,
    "run Sigma rules over JSON events",
    "--rules PATH... [OPTION]... EVENTS...",
    "Prints one JSON object for each hit of a Sigma rule: rule.id, rule.title, level, line, and\n"
    "of correlations count, group and lines.  EVENTS are files of JSON objects of any shape, one\n"
    "a line or one behind the other; - is standard input.  Exit status: 0 hits, 1 none, 2 "
    "trouble.",
    "  --rules PATH          Sigma rules, a file or a directory; may be given more than once\n"
    "  --pipeline FILE       a processing pipeline: field names and log sources of the events\n"
    "  --placeholders FILE   YAML: values of the rules' %placeholders%, name: [value, ...]\n"
    "  --logsource PARTS     what events do not say: product=windows,service=sysmon\n"
    "  --plain               ask each rule by itself: slow, and the same hits\n"};
