/* rules_example.c - examples beside rules, read from YAML. */
#include "cmd.h"
#include "rules_example.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 4 << 20, REPEAT_MOST = 100000, BRACKETS_MOST = 1024 };

/* The document at hand. */
struct reading {
	struct examples *x;
	const char *path;
	slice rule; /* of the document before */
	bool bad;
};

static int line_of(struct fy_node *n)
{
	struct fy_node_pair *first =
	    fy_node_is_mapping(n) ? fy_node_mapping_get_by_index(n, 0) : NULL;
	struct fy_node *at = first ? fy_node_pair_key(first) : n;
	struct fy_token *t = fy_node_is_scalar(at) ? fy_node_get_scalar_token(at) : NULL;
	const struct fy_mark *mark = t ? fy_token_start_mark(t) : NULL;
	return mark ? mark->line + 1 : 0;
}

static bool refuse_example(struct reading *r, struct fy_node *n, const char *what,
			   const char *remedy)
{
	note_line(NULL, r->path, n ? line_of(n) : 0, what, remedy);
	r->bad = true;
	return false;
}

static slice text_of(struct reading *r, struct fy_node *n)
{
	size_t len = 0;
	const char *text = n ? fy_node_get_scalar(n, &len) : NULL;
	return text ? arena_copy(&r->x->arena, (slice){text, len}) : (slice){0};
}

static struct fy_node *member(struct fy_node *map, const char *key)
{
	return fy_node_mapping_lookup_by_string(map, key, FY_NT);
}

/* --- keys --- */

static const char *const example_keys[] = {"rule",      "name",     "matches", "before", "steps",
					   "log",       "events",   "repeat",  "every",  "timezone",
					   "recording", "networks", NULL};
static const char *const history_keys[] = {"history", "before", "steps", "log",
					   "events",  "repeat", "every", NULL};
static const char *const step_keys[] = {"log", "events", "repeat", "every", NULL};

static void check_keys(struct reading *r, struct fy_node *map, const char *const *known)
{
	struct fy_node_pair *pair;
	void *at = NULL;
	while ((pair = fy_node_mapping_iterate(map, &at))) {
		slice key = text_of(r, fy_node_pair_key(pair));
		size_t i = 0;
		while (known[i] && !slice_eq(key, slice_of(known[i])))
			i++;
		if (!known[i])
			refuse_example(r, fy_node_pair_key(pair),
				       "an example has no such key: man tocsin-rules lists them",
				       "mend the name");
	}
}

/* "90s", "10m", "2h", "1d" */
static bool read_span(slice s, int64_t *usec)
{
	static const struct {
		char unit;
		int64_t usec;
	} units[] = {{'s', CLOCK_SECOND}, {'m', CLOCK_MINUTE}, {'h', CLOCK_HOUR}, {'d', CLOCK_DAY}};
	int64_t n;
	if (!slice_number(&s, &n) || s.len != 1 || n < 0 || n > REPEAT_MOST)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == s.at[0]) {
			*usec = n * units[i].usec;
			return true;
		}
	return false;
}

/* --- events as maps --- */

static bool read_value(struct event *e, enum field f, slice text)
{
	bool zone;
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		event_text(e, f, text);
		return true;
	case KIND_NUMBER:
		event_mark(e, f);
		return slice_is_number(text, &e->v[f].number);
	case KIND_FLAG:
		event_number(e, f, slice_eq(text, SLICE("true")));
		return slice_eq(text, SLICE("true")) || slice_eq(text, SLICE("false"));
	case KIND_ADDRESS:
		event_mark(e, f);
		return address_parse(text, &e->v[f].address);
	case KIND_TIME:
		event_mark(e, f);
		return clock_parse_iso(&text, &e->v[f].number, &zone) && !text.len;
	}
	return false;
}

static void set_action(struct event *e, slice name)
{
	for (int i = 0; i < ACTION_COUNT; i++)
		if (slice_eq(event_actions[i].name, name))
			e->action = (enum action)i;
	e->outcome = slice_eq(event_get(e, F_OUTCOME), SLICE("success"))   ? OUT_SUCCESS
		     : slice_eq(event_get(e, F_OUTCOME), SLICE("failure")) ? OUT_FAILURE
									   : OUT_NONE;
}

static struct event *read_event(struct reading *r, struct fy_node *map)
{
	struct event *e = arena_new(&r->x->arena, struct event);
	struct fy_node_pair *pair;
	void *at = NULL;
	event_clear(e);
	while ((pair = fy_node_mapping_iterate(map, &at))) {
		struct fy_node *key = fy_node_pair_key(pair);
		int f = event_field(text_of(r, key));
		if (f < 0)
			refuse_example(r, key, "no event has this field",
				       "tocsin decode shows the names");
		else if (!read_value(e, (enum field)f, text_of(r, fy_node_pair_value(pair))))
			refuse_example(r, key, "this is no value of the field",
				       "write it as tocsin decode does");
	}
	set_action(e, event_get(e, F_ACTION));
	return e;
}

static void read_events(struct reading *r, struct fy_node *list, struct example_step *s)
{
	int count = fy_node_is_sequence(list) ? fy_node_sequence_item_count(list) : -1;
	if (count <= 0) {
		refuse_example(r, list, "events is no list", "- event.action: login");
		return;
	}
	s->events = arena_take(&r->x->arena, (size_t)count * sizeof *s->events);
	for (int i = 0; i < count; i++) {
		struct fy_node *n = fy_node_sequence_get_by_index(list, i);
		if (fy_node_is_mapping(n))
			s->events[s->event_count++] = read_event(r, n);
		else
			refuse_example(r, n, "an event is a map of fields", "event.action: login");
	}
}

/* --- steps --- */

static void read_step(struct reading *r, struct fy_node *map, struct example_steps *to)
{
	struct example_step s = {.repeat = 1, .line = line_of(map)};
	struct fy_node *log = member(map, "log"), *events = member(map, "events");
	struct fy_node *repeat = member(map, "repeat"), *every = member(map, "every");
	if (!log == !events)
		refuse_example(r, map, "a step has either log or events", "log: |");
	if (repeat && (!slice_is_number(text_of(r, repeat), &s.repeat) || s.repeat < 1 ||
		       s.repeat > REPEAT_MOST))
		refuse_example(r, repeat, "repeat is a number from 1 to 100000", "repeat: 5");
	if (every && !read_span(text_of(r, every), &s.every_us))
		refuse_example(r, every, "every is a number with s, m, h or d behind it",
			       "every: 10m");
	s.log = text_of(r, log);
	if (log && !s.log.len)
		refuse_example(r, log, "log is no text", "log: | and the records below, indented");
	if (events)
		read_events(r, events, &s);
	*list_add(to) = s;
}

static void take_history(struct reading *r, struct fy_node *n, struct example_steps *to)
{
	slice name = text_of(r, n);
	for (size_t i = 0; i < r->x->histories.len; i++) {
		const struct example_history *h = &r->x->histories.at[i];
		if (!slice_eq(h->name, name))
			continue;
		for (size_t k = 0; k < h->steps.len; k++)
			*list_add(to) = h->steps.at[k];
		return;
	}
	refuse_example(r, n, "there is no such history above, nor in history.examples beside it",
		       "history: NAME begins one");
}

static void read_before(struct reading *r, struct fy_node *before, struct example_steps *to)
{
	if (before && fy_node_is_sequence(before)) {
		struct fy_node *n;
		void *at = NULL;
		while ((n = fy_node_sequence_iterate(before, &at)))
			take_history(r, n, to);
	} else if (before) {
		take_history(r, before, to);
	}
}

static void read_steps(struct reading *r, struct fy_node *root, struct example_steps *to)
{
	struct fy_node *steps = member(root, "steps"), *n;
	void *at = NULL;
	read_before(r, member(root, "before"), to);
	if (!steps) {
		if (member(root, "log") || member(root, "events"))
			read_step(r, root, to);
		return;
	}
	if (!fy_node_is_sequence(steps))
		refuse_example(r, steps, "steps is no list", "- log: |");
	while (fy_node_is_sequence(steps) && (n = fy_node_sequence_iterate(steps, &at))) {
		if (!fy_node_is_mapping(n)) {
			refuse_example(r, n, "a step is a map", "- log: |");
			continue;
		}
		check_keys(r, n, step_keys);
		read_step(r, n, to);
	}
}

/* --- documents --- */

static void read_history(struct reading *r, struct fy_node *root)
{
	struct example_steps steps = {0};
	check_keys(r, root, history_keys);
	read_steps(r, root, &steps);
	if (r->bad) {
		list_free(&steps);
		return;
	}
	struct example_history *h = list_add(&r->x->histories);
	*h = (struct example_history){text_of(r, member(root, "history")), steps};
}

static const char *beside(struct reading *r, slice name)
{
	const char *slash = strrchr(r->path, '/');
	int folder = slash ? (int)(slash - r->path) + 1 : 0;
	return arena_format(&r->x->arena, "%.*s%.*s", folder, r->path, (int)name.len, name.at).at;
}

static void read_example(struct reading *r, struct fy_node *root)
{
	struct example e = {.path = r->path, .line = line_of(root)};
	slice matches = text_of(r, member(root, "matches"));
	slice recording = text_of(r, member(root, "recording"));
	check_keys(r, root, example_keys);
	e.rule = member(root, "rule") ? text_of(r, member(root, "rule")) : r->rule;
	e.name = text_of(r, member(root, "name"));
	e.networks = text_of(r, member(root, "networks"));
	e.zone = text_of(r, member(root, "timezone"));
	e.matches = slice_eq(matches, SLICE("true"));
	if (recording.len)
		e.recording = beside(r, recording);
	read_steps(r, root, &e.steps);
	if (!e.rule.len)
		refuse_example(r, root, "the example names no rule", "rule: its id or name");
	else if (!e.matches && !slice_eq(matches, SLICE("false")))
		refuse_example(r, root, "the example does not say what should happen",
			       "matches: true, or matches: false");
	else if (!e.steps.len && !recording.len)
		refuse_example(r, root, "the example has no records", "log, events or recording");
	r->rule = e.rule;
	if (r->bad)
		list_free(&e.steps);
	else
		*list_add(&r->x->list) = e;
}

static void read_document(struct reading *r, struct fy_node *root)
{
	r->bad = false;
	if (!root || (fy_node_is_scalar(root) && !text_of(r, root).len))
		return; /* nothing behind a last --- */
	if (!fy_node_is_mapping(root))
		refuse_example(r, root, "an example is a map", "rule: its id or name");
	else if (member(root, "history"))
		read_history(r, root);
	else
		read_example(r, root);
	r->x->refused += r->bad;
}

static void say_yaml(struct reading *r, struct fy_diag *diag)
{
	void *at = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
	note_line(NULL, r->path, e ? e->line : 0, e && e->msg ? e->msg : "not YAML",
		  "mend it; the examples behind it were not read");
	r->x->refused++;
}

/* libfyaml reads ahead over brackets for as long as they are not closed. */
static bool is_flat(slice text)
{
	unsigned open = 0;
	for (size_t i = 0; i < text.len && open <= BRACKETS_MOST; i++) {
		open += text.at[i] == '[' || text.at[i] == '{';
		open -= open && (text.at[i] == ']' || text.at[i] == '}');
	}
	return open <= BRACKETS_MOST;
}

static void read_documents(struct reading *r, slice text)
{
	struct fy_diag_cfg quiet;
	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	quiet.colorize = false;
	struct fy_diag *diag = fy_diag_create(&quiet);
	/* keys are looked up by name: comparing each with all others gains nothing */
	struct fy_parse_cfg cfg = {
	    .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS, .diag = diag};
	struct fy_parser *parser = fy_parser_create(&cfg);
	struct fy_document *doc;
	if (!diag || !parser)
		abort();
	fy_diag_set_collect_errors(diag, true);
	fy_parser_set_string(parser, text.at, text.len);
	while ((doc = fy_parse_load_document(parser))) {
		read_document(r, fy_document_root(doc));
		fy_parse_document_destroy(parser, doc);
	}
	if (fy_parser_get_stream_error(parser))
		say_yaml(r, diag);
	fy_parser_destroy(parser);
	fy_diag_destroy(diag);
}

void examples_read_text(struct examples *x, const char *path, slice text)
{
	struct reading r = {.x = x, .path = path};
	bool fine =
	    slice_not_yaml(text) == text.len ||
	    refuse_example(&r, NULL, "it has bytes that are no UTF-8 text, or tabs beside ? keys",
			   "save it as UTF-8, without tabs");
	if (fine && !is_flat(text))
		fine = refuse_example(&r, NULL, "more than 1024 brackets are open", "close them");
	if (fine)
		read_documents(&r, text);
	x->refused += !fine;
}

/* Nothing is said if there is no such file. */
static void read_file(struct examples *x, const char *path)
{
	FILE *file = fopen(path, "re");
	if (!file && errno == ENOENT)
		return;
	char *room = file ? must_alloc(FILE_MOST + 1) : NULL;
	size_t len = file ? fread(room, 1, FILE_MOST + 1, file) : 0;
	bool fine = file && !ferror(file) && len <= FILE_MOST;
	if (fine)
		examples_read_text(x, path, (slice){room, len});
	else
		note_line(NULL, path, 0, len > FILE_MOST ? "larger than 4 MiB" : strerror(errno),
			  "examples are small");
	x->refused += !fine;
	if (file)
		fclose(file);
	free(room);
}

void examples_read(struct examples *x, const char *rules_path)
{
	struct reading r = {.x = x, .path = arena_text(&x->arena, slice_of(rules_path))};
	const char *history = beside(&r, SLICE("history.examples"));
	const char *dot = strrchr(r.path, '.');
	int stem = dot ? (int)(dot - r.path) : (int)strlen(r.path);
	const char *own = arena_format(&x->arena, "%.*s.examples", stem, r.path).at;
	if (!x->folder || strcmp(x->folder, history) != 0)
		read_file(x, history);
	x->folder = history;
	read_file(x, own);
}

void examples_free(struct examples *x)
{
	for (size_t i = 0; i < x->list.len; i++)
		list_free(&x->list.at[i].steps);
	for (size_t i = 0; i < x->histories.len; i++)
		list_free(&x->histories.at[i].steps);
	list_free(&x->list);
	list_free(&x->histories);
	arena_free(&x->arena);
}
