/* rules.c - tocsin rules: the table of its verbs, and what they share. */
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rules_levels[] = {"informational", "low", "medium", "high", "critical", NULL};

static const struct verb {
	const char *name;
	rules_verb *run;
} verbs[] = {
    {"check", rules_check},
    {"list", rules_list},
    {"explain", rules_explain},
    {"test", rules_test},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

struct sigma *rules_load(const struct rules_options *o, const char *const *paths, size_t n,
			 scan_note *note, void *ctx, bool reasons)
{
	struct sigma *s = scan_rules_new(note, ctx);
	if (reasons)
		sigma_reasons(s);
	for (size_t i = 0; i < o->pipelines.len; i++)
		sigma_pipeline(s, o->pipelines.at[i]);
	for (size_t i = 0; i < o->placeholders.len; i++)
		sigma_placeholders(s, o->placeholders.at[i]);
	scan_rules_load(s, paths, n);
	return s;
}

/* --- log sources --- */

#define SOURCE_FORM "--logsource product=linux,category=process_creation,service=sshd"

bool rules_source_parse(const char *text, struct rules_source *s)
{
	static const char *const names[] = {"product", "category", "service"};
	slice *parts[] = {&s->product, &s->category, &s->service}, rest = slice_of(text);
	*s = (struct rules_source){{0}, {0}, {0}};
	while (rest.len) {
		slice value = slice_until(&rest, ','), name = slice_until(&value, '=');
		size_t i = 0;
		while (i < 3 && !slice_eq(name, slice_of(names[i])))
			i++;
		if (i == 3)
			return complain_unknown("rules", "part of a log source", name, (slice){0},
						SOURCE_FORM) < 0;
		if (!value.len)
			return complain("--logsource names a part without a value", SOURCE_FORM) <
			       0;
		*parts[i] = value;
	}
	return true;
}

static bool part_fits(slice wanted, slice part)
{
	return !wanted.len || slice_eq_nocase(wanted, part);
}

bool rules_source_fits(const struct rules_source *wanted, const struct sigma_rule *r)
{
	return part_fits(wanted->product, r->product) && part_fits(wanted->category, r->category) &&
	       part_fits(wanted->service, r->service);
}

slice rules_source_text(struct arena *a, const struct sigma_rule *r)
{
	const slice parts[] = {r->product, r->category, r->service};
	slice text = SLICE("");
	for (size_t i = 0; i < 3; i++)
		if (parts[i].len)
			text = arena_format(a, "%.*s%s%.*s", (int)text.len, text.at,
					    text.len ? "/" : "", (int)parts[i].len, parts[i].at);
	return text.len ? text : r->correlation ? SLICE("correlation") : SLICE("any");
}

/* --- the command --- */

static const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int no_verb(const char *said)
{
	const char *names[VERBS + 1] = {0};
	for (size_t i = 0; i < VERBS; i++)
		names[i] = verbs[i].name;
	return complain_verb(&command_rules, said, names);
}

/* An option that the verb would pass by in silence. */
static int run_verb(const struct verb *v, const struct rules_options *o, const char *const *args,
		    size_t n)
{
	const struct {
		bool given;
		const char *words;
		rules_verb *for_it, *or_it;
	} rows[] = {
	    {o->rules.len > 0, "--rules is for explain: name the paths", rules_explain, NULL},
	    {o->level != NULL, "--level is for list", rules_list, NULL},
	    {o->tag != NULL, "--tag is for list", rules_list, NULL},
	    {o->logsource != NULL, "--logsource is for list and explain", rules_list,
	     rules_explain},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].given && v->run != rows[i].for_it && v->run != rows[i].or_it)
			return complain(rows[i].words, "tocsin help rules");
	return v->run(o, args, n);
}

static int cmd_rules(int argc, char **argv)
{
	struct rules_options o = {0};
	const struct option_row rows[] = {
	    {"json", OPT_FLAG, &o.json},           {"rules", OPT_LIST, &o.rules},
	    {"pipeline", OPT_LIST, &o.pipelines},  {"placeholders", OPT_LIST, &o.placeholders},
	    {"level", OPT_TEXT, &o.level},         {"tag", OPT_TEXT, &o.tag},
	    {"logsource", OPT_TEXT, &o.logsource}, {"color", OPT_WHEN, &o.colour},
	};
	int first = options_read(&command_rules, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	const struct verb *v = first < argc ? verb_named(argv[first]) : NULL;
	int status =
	    v ? run_verb(v, &o, (const char *const *)argv + first + 1, (size_t)(argc - first - 1))
	      : no_verb(first < argc ? argv[first] : NULL);
	free(o.rules.at);
	free(o.pipelines.at);
	free(o.placeholders.at);
	return status;
}

const struct command command_rules = {
    "rules",
    cmd_rules,
    "check, list, explain and test Sigma rules",
    "check|list|test [OPTION]... [PATH]... | explain [OPTION]... RULE EVENT",
    "check names what is wrong with rules, with file, line and column; list shows them; explain "
    "says\n"
    "why a rule matches an event or does not, leaf by leaf; test walks the examples beside them\n"
    "(NAME.examples).  Without PATH: tocsin's own.  RULE is an id, its first letters, a name, a\n"
    "title or a file; EVENT a record of a log, or JSON: itself, a file, or -.",
    "  --json              check, list, explain: JSON objects, one a line\n"
    "  --level LEVEL       list: that level and what is above\n"
    "  --tag TAG           list: rules with this tag, or one that begins with it (attack.t1110)\n"
    "  --logsource PARTS   list: rules of it; explain: what an event does not say;\n"
    "                      product=linux,service=sshd\n"
    "  --rules PATH        explain: where to look for RULE; may be given more than once\n"
    "  --pipeline PATH     check, explain: a processing pipeline, beside tocsin's own\n"
    "  --placeholders FILE check, explain: values of the rules' %placeholders%\n"
    "  --color WHEN        explain: always, never, auto\n"};
