/*
 * rules_check.c - tocsin rules check: every complaint with file, line, column, what was expected.
 *
 * That a rule is for a log source which is not read here is no mistake of the rule's: those are
 * counted by log source, for of a public collection they are most.
 */
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct checking {
	struct out out;
	bool json;
	size_t errors, warnings, no_rules;
};

static void put_pair(struct out *o, const char *name, const char *text)
{
	out_text(o, name);
	out_json(o, slice_of(text));
}

static void put_json(struct checking *c, bool warning, const char *path, int line, int column,
		     const char *what, const char *expected)
{
	put_pair(&c->out, "{\"severity\":", warning ? "warning" : "error");
	put_pair(&c->out, ",\"file\":", path);
	if (line > 0)
		out_format(&c->out, ",\"line\":%d,\"column\":%d", line, column);
	put_pair(&c->out, ",\"what\":", what);
	if (expected && *expected)
		put_pair(&c->out, ",\"expected\":", expected);
	out_text(&c->out, "}\n");
}

static void take_note(void *ctx, bool warning, const char *path, int line, int column,
		      const char *what, const char *expected)
{
	struct checking *c = ctx;
	c->errors += !warning;
	c->warnings += warning;
	bool no_rule = warning && strcmp(what, SIGMA_NO_RULE) == 0;
	c->no_rules += no_rule;
	if (c->json)
		put_json(c, warning, path, line, column, what, expected);
	else if (!no_rule && (!warning || strcmp(what, SIGMA_ELSEWHERE) != 0))
		scan_note_rule(NULL, warning, path, line, column, what, expected);
}

/* --- log sources that are not read here --- */

struct elsewhere {
	slice source;
	size_t rules;
};

static int more_rules(const void *a, const void *b)
{
	const struct elsewhere *x = *(struct elsewhere *const *)a,
			       *y = *(struct elsewhere *const *)b;
	return x->rules != y->rules ? (x->rules < y->rules) - (x->rules > y->rules)
				    : slice_compare(x->source, y->source);
}

static size_t count_elsewhere(const struct sigma *s, struct table *t, struct arena *a)
{
	size_t total = 0;
	table_init(t, sizeof(struct elsewhere), 0);
	for (size_t i = 0; i < sigma_count(s); i++) {
		const struct sigma_rule *r = sigma_rule(s, i);
		if (r->correlation || r->occurs)
			continue;
		slice source = rules_source_text(a, r);
		struct elsewhere *e = table_put(t, source, NULL);
		e->source = source;
		e->rules++;
		total++;
	}
	return total;
}

static void put_elsewhere(const struct sigma *s, struct out *o)
{
	enum { SHOWN = 10 };
	struct table t;
	struct arena a = {0};
	LIST(struct elsewhere *) all = {0};
	size_t total = count_elsewhere(s, &t, &a), shown = 0;
	for (void *e = NULL; (e = table_next(&t, e));)
		*list_add(&all) = e;
	if (all.len)
		qsort(all.at, all.len, sizeof *all.at, more_rules);
	if (total)
		out_format(o, "%zu rules are for log sources that are not read here:\n", total);
	for (; shown < all.len && shown < SHOWN; shown++) {
		out_format(o, "  %6zu  ", all.at[shown]->rules);
		out_plain(o, slice_first(all.at[shown]->source, 80));
		out_text(o, "\n");
	}
	if (all.len > shown)
		out_format(o, "          and %zu other log sources (--json names each rule)\n",
			   all.len - shown);
	list_free(&all);
	table_free(&t);
	arena_free(&a);
}

/* --- the verb --- */

static void put_summary(const struct checking *c, const struct sigma *s, struct out *o)
{
	size_t good = sigma_count(s), refused = sigma_refused(s);
	if (c->json)
		out_format(o,
			   "{\"summary\":{\"rules\":%zu,\"refused\":%zu,\"errors\":%zu,"
			   "\"warnings\":%zu}}\n",
			   good, refused, c->errors, c->warnings);
	else
		out_format(o, "%zu rules are good, %zu were refused; %zu warnings\n", good, refused,
			   c->warnings);
}

int rules_check(const struct rules_options *o, const char *const *args, size_t n)
{
	struct checking c = {.out = {.fd = 1}, .json = o->json};
	struct sigma *s = rules_load(o, args, n, take_note, &c, false);
	if (!c.json)
		put_elsewhere(s, &c.out);
	if (!c.json && c.no_rules)
		out_format(&c.out, "%zu other YAML files were passed over\n", c.no_rules);
	put_summary(&c, s, &c.out);
	bool fine = !sigma_refused(s) && !c.errors;
	if (fine && !sigma_count(s))
		fine = complain("there is no rule in it", "files or directories of *.yml") < 0;
	sigma_free(&s);
	if (!said_all(&c.out))
		return EXIT_TROUBLE;
	return fine ? 0 : EXIT_TROUBLE;
}
