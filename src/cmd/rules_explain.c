/*
 * rules_explain.c - tocsin rules explain: why a rule matches an event, or does not, leaf by leaf.
 *
 * The event is a record of any format, which is decoded; or an object as tocsin decode writes it;
 * or any other JSON, which the rule meets as tocsin match has it.
 */
#include "rules.h"
#include "rules_reason.h"
#include "facts/facts.h"
#include "loose/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENT_MOST = 16 << 20, PREFIX_LEAST = 6, RECORD_COLUMNS = 84 };

struct explaining {
	const struct rules_options *o;
	struct sigma *sigma;
	struct loose *loose;
	struct facts *facts;
	struct arena arena;
	struct event event;
	const void *subject; /* what the rules meet: &event, or loose */
	slice record;
	struct rules_source source;
	struct out out;
	int unread; /* errno of the event's file, or 0 */
	bool refused;
};

/* --- the event --- */

static bool is_file(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static bool read_argument(struct explaining *x, const char *given, slice *text)
{
	bool input = strcmp(given, "-") == 0;
	*text = slice_of(given);
	if (!input && !is_file(given))
		return true;
	int fd = input ? 0 : open(given, O_RDONLY | O_CLOEXEC);
	char *room = arena_take(&x->arena, EVENT_MOST);
	size_t len = 0;
	ssize_t n = -1;
	while (fd >= 0 && len < EVENT_MOST && (n = read(fd, room + len, EVENT_MOST - len)) > 0)
		len += (size_t)n;
	x->unread = n < 0 ? errno : 0;
	if (fd > 0)
		close(fd);
	*text = (slice){room, len};
	return n >= 0;
}

/* An object of tocsin decode: `event.module` is one of its keys. */
static bool take_own(struct explaining *x, const struct json_tape *t)
{
	struct json_leaf *leaves;
	size_t n = json_leaves(t, &leaves, &x->arena);
	event_clear(&x->event);
	x->event.raw = (slice){0};
	for (size_t i = 0; i < n; i++) {
		slice text = leaves[i].node->kind == JSON_IS_STRING
				 ? json_words(leaves[i].node, &x->arena)
				 : leaves[i].node->text;
		int f = event_field(leaves[i].path);
		if (slice_eq(leaves[i].path, SLICE("event.original")))
			x->event.raw = text;
		else if (f >= 0 && leaves[i].node->kind != JSON_IS_NULL &&
			 !event_has(&x->event, (enum field)f)) /* of several the first */
			event_parse(&x->event, (enum field)f, text);
	}
	for (int i = 0; i < ACTION_COUNT; i++)
		if (slice_eq(event_get(&x->event, F_ACTION), event_actions[i].name))
			x->event.action = (enum action)i;
	x->subject = &x->event;
	return event_has(&x->event, F_MODULE);
}

static void no_more(void *ctx, const struct event *e)
{
}

static bool take_record(struct explaining *x, slice text, struct zone *zone)
{
	struct format_state state;
	format_start(&state, zone, 0);
	while (text.len) {
		slice record = slice_until(&text, '\n');
		event_clear(&x->event);
		enum decoded d = format_decode(&state, record, &x->event, &x->arena);
		if (d != DECODED_EVENT || !event_has(&x->event, F_MODULE))
			continue;
		x->event.raw = record;
		x->record = record;
		x->subject = &x->event;
		x->facts = facts_new(); /* what the event says refers to it */
		facts_add(x->facts, &x->event, no_more, NULL);
		return true;
	}
	return false;
}

static bool take_loose(struct explaining *x, slice text)
{
	x->loose = loose_new();
	loose_source(x->loose, x->source.product, x->source.category, x->source.service);
	x->subject = x->loose;
	x->record = text;
	return true;
}

/* Of a file with several events the first is the one. */
static void say_one(slice rest)
{
	if (slice_trim(rest).len)
		complain("the event is followed by more, which is not looked at",
			 "one at a time: sed -n 7p FILE | tocsin rules explain RULE -");
}

static bool take_event(struct explaining *x, slice text)
{
	struct json_tape tape = {0};
	struct json_fault fault;
	size_t used;
	slice trimmed = slice_trim(text);
	bool json = trimmed.len && trimmed.at[0] == '{';
	x->record = slice_first(trimmed, slice_find(trimmed, '\n'));
	bool read = json && json_read_first(&tape, trimmed, &used, &fault);
	bool own = read && take_own(x, &tape);
	json_free(&tape);
	if (read)
		say_one(slice_from(trimmed, used));
	if (own) {
		x->record = slice_first(trimmed, used);
		return true;
	}
	struct zone *zone = zone_local();
	bool decoded = take_record(x, text, zone);
	zone_close(&zone);
	if (decoded)
		return true;
	if (json)
		return take_loose(x, read ? slice_first(trimmed, used) : trimmed);
	return false;
}

/* --- the rule --- */

static void take_complaint(void *ctx, bool warning, const char *path, int line, int column,
			   const char *what, const char *expected)
{
	struct explaining *x = ctx;
	x->refused |= !warning;
	if (!warning)
		scan_note_rule(NULL, warning, path, line, column, what, expected);
}

static void load_loose(struct explaining *x, const char *const *paths, size_t n)
{
	x->sigma = sigma_new(loose_schema(x->loose), take_complaint, x);
	sigma_reasons(x->sigma);
	for (size_t i = 0; i < x->o->pipelines.len; i++)
		sigma_pipeline(x->sigma, x->o->pipelines.at[i]);
	for (size_t i = 0; i < x->o->placeholders.len; i++)
		sigma_placeholders(x->sigma, x->o->placeholders.at[i]);
	scan_rules_load(x->sigma, paths, n);
}

static bool load(struct explaining *x, const char *rule)
{
	const char *const *paths = x->o->rules.at;
	size_t n = x->o->rules.len;
	struct json_fault fault;
	size_t used;
	if (is_file(rule)) {
		paths = &rule;
		n = 1;
	}
	if (!x->loose) {
		x->sigma = rules_load(x->o, paths, n, take_complaint, x, true);
		return true;
	}
	load_loose(x, paths, n);
	/* fields are known once the rules are: only now is the event read */
	return loose_read(x->loose, x->record, &used, &fault) ||
	       complain("the event is no JSON object", fault.why) < 0;
}

static bool is_called(const struct sigma_rule *r, slice name)
{
	slice id = slice_of(r->id);
	return slice_eq_nocase(id, name) || slice_eq_nocase(slice_of(r->name), name) ||
	       slice_eq_nocase(slice_of(r->title), name) ||
	       (name.len >= PREFIX_LEAST && slice_eq_nocase(slice_first(id, name.len), name));
}

/* The name, or the title's beginning, that was meant; or a title that holds the words. */
static slice meant(const struct explaining *x, const char *name)
{
	enum { WORD_LEAST = 4 };
	struct nearest near = nearest_to(slice_of(name));
	const struct sigma_rule *holds = NULL;
	for (size_t i = 0; i < sigma_count(x->sigma); i++) {
		const struct sigma_rule *r = sigma_rule(x->sigma, i);
		nearest_offer(&near, slice_of(r->name));
		nearest_offer(&near, slice_of(r->title));
		nearest_offer(&near, slice_of(r->id));
		if (!holds && strlen(name) >= WORD_LEAST &&
		    (strcasestr(r->title, name) || strcasestr(r->name, name)))
			holds = r;
	}
	return near.best.len || !holds ? near.best : slice_of(holds->title);
}

static int no_such_rule(const struct explaining *x, const char *name)
{
	return complain_unknown(
	    "rules explain", "rule", slice_of(name), meant(x, name),
	    "an id, its first letters, a name, a title, or a file: tocsin rules "
	    "list; --rules PATH for rules of your own");
}

/* --- the answer --- */

static void put_head(struct explaining *x, const struct sigma_rule *r, bool holds)
{
	struct out *o = &x->out;
	out_text(o, "rule     ");
	out_plain(o, slice_first(slice_of(r->title), RECORD_COLUMNS));
	out_text(o, "\n         ");
	out_plain(o, slice_first(slice_of(r->path), RECORD_COLUMNS));
	out_format(o, ":%d\nevent    ", r->line);
	if (!x->loose) {
		out_plain(o, event_get(&x->event, F_MODULE));
		out_text(o, " ");
		out_plain(o, event_get(&x->event, F_ACTION));
		out_text(o, "\n         ");
	}
	out_plain(o, slice_first(x->record, RECORD_COLUMNS));
	out_text(o, x->record.len > RECORD_COLUMNS ? "...\n" : "\n");
	out_text(o, "verdict  ");
	if (r->correlation)
		out_text(o, holds ? "counts for this correlation, which several events decide\n\n"
				  : "does not count for this correlation\n\n");
	else
		out_text(o, holds ? "matches\n\n" : "does not match\n\n");
}

static void put_json(struct explaining *x, const struct sigma_rule *r, const struct reasons *all)
{
	struct out *o = &x->out;
	out_text(o, "{\"rule.id\":");
	out_json(o, slice_of(r->id));
	out_text(o, ",\"rule.title\":");
	out_json(o, slice_of(r->title));
	out_format(o, ",\"correlation\":%s,\"matches\":%s,\"event\":",
		   r->correlation ? "true" : "false", reasons_hold(all) ? "true" : "false");
	if (x->loose)
		out_json(o, x->record);
	else
		event_json(&x->event, SLICE("-"), false, o);
	out_text(o, ",\"reasons\":");
	reasons_json(all, o);
	out_text(o, "}\n");
}

static bool answer(struct explaining *x, const struct sigma_rule *r, bool colour)
{
	struct reasons all = {{0}, {0}, {0}};
	sigma_explain(x->sigma, r, x->subject, reasons_take, &all);
	bool holds = reasons_hold(&all);
	if (x->o->json) {
		put_json(x, r, &all);
	} else {
		put_head(x, r, holds);
		reasons_text(&all, colour, &x->out);
	}
	reasons_free(&all);
	return holds;
}

static int answer_all(struct explaining *x, const char *rule)
{
	bool whole_file = is_file(rule), holds = false;
	bool colour = wants_colour(x->o->colour);
	size_t shown = 0;
	for (size_t i = 0; i < sigma_count(x->sigma); i++) {
		const struct sigma_rule *r = sigma_rule(x->sigma, i);
		if (!whole_file && !is_called(r, slice_of(rule)))
			continue;
		if (shown++ && !x->o->json)
			out_text(&x->out, "\n");
		holds |= answer(x, r, colour);
	}
	if (!shown)
		return whole_file && x->refused ? EXIT_TROUBLE : no_such_rule(x, rule);
	return holds ? EXIT_FOUND : EXIT_NONE;
}

/* What looks like a file's name is taken for one that is not there. */
static void no_event(int unread, const char *given)
{
	static const char wanted[] = "an event: a file, - or the record itself";
	if (unread)
		note_file(NULL, given, 0, strerror(unread), wanted);
	else if (!strpbrk(given, " \t{") && strpbrk(given, "./"))
		complain_unknown("rules explain", "file", slice_of(given), (slice){0}, wanted);
	else
		complain("no format reads this record",
			 "a line of a log, or a JSON object: a file, - or the text itself");
}

/* A rule that is not there is told first: the event would be mended in vain. */
static int refuse(struct explaining *x, const char *rule, const char *event)
{
	bool there = is_file(rule);
	if (!there) {
		x->loose = loose_new(); /* any rule may be meant */
		load_loose(x, x->o->rules.at, x->o->rules.len);
	}
	for (size_t i = 0; !there && i < sigma_count(x->sigma); i++)
		there = is_called(sigma_rule(x->sigma, i), slice_of(rule));
	if (!there)
		return no_such_rule(x, rule);
	no_event(x->unread, event);
	return EXIT_TROUBLE;
}

int rules_explain(const struct rules_options *o, const char *const *args, size_t n)
{
	struct explaining x = {.o = o, .out = {.fd = 1}};
	slice text;
	if (n != 2)
		return complain("a rule and an event are wanted",
				"tocsin rules explain RULE EVENT: an id and a line of a log");
	int status = EXIT_TROUBLE;
	if (o->logsource && !rules_source_parse(o->logsource, &x.source))
		return status;
	if (!read_argument(&x, args[1], &text) || !take_event(&x, text))
		status = refuse(&x, args[0], args[1]);
	else if (load(&x, args[0]))
		status = answer_all(&x, args[0]);
	sigma_free(&x.sigma);
	loose_free(&x.loose);
	facts_free(&x.facts);
	arena_free(&x.arena);
	if (!said_all(&x.out))
		return EXIT_TROUBLE;
	return status;
}
