/*
 * rules_test.c - tocsin rules test: does each rule match what it should, and leave the rest alone?
 *
 * Each example is walked by a process of its own, which begins as this one was when the rules were
 * loaded: no correlation remembers another example, and rules are compiled once.
 */
#include "rules.h"
#include "rules_trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum verdict_of_example { AS_IT_SAYS, OTHERWISE, PASSED_OVER, VERDICTS, NOT_MATCHED };
enum { VERDICT_FIRST = 64 }; /* as a status of exit: below it are those of processes that failed */

/* --- one example --- */

static void say_example(const struct example *x, const char *what)
{
	struct out o = {.fd = 1};
	out_plain(&o, slice_of(x->path));
	out_format(&o, ":%d: ", x->line);
	out_plain(&o, x->rule);
	out_text(&o, ": ");
	out_plain(&o, x->name.len ? x->name : SLICE("an example"));
	out_text(&o, ": ");
	out_text(&o, what);
	out_text(&o, "\n");
	out_close(&o);
}

static void say_record(const char *label, slice record)
{
	struct out o = {.fd = 1};
	if (!record.len)
		return;
	out_text(&o, label);
	out_plain(&o, slice_first(record, 4000));
	out_text(&o, "\n");
	out_close(&o);
}

static enum verdict_of_example judge_trial(const struct trial *t)
{
	char when[CLOCK_TEXT] = "";
	if (t->unread) {
		say_example(t->x, "no format reads some of its records: it would prove nothing");
		return OTHERWISE;
	}
	if (!t->hits == !t->x->matches)
		return AS_IT_SAYS;
	if (!t->hits) {
		say_example(t->x, "should match, and did not");
		say_record("    last event: ", (slice){t->last.at, t->last.len});
		return NOT_MATCHED;
	}
	clock_format(t->first_us, when);
	struct arena room = {0};
	say_example(t->x, arena_format(&room, "should not match, and did (hits: %llu, first: %s)",
				       (unsigned long long)t->hits, when)
			      .at);
	arena_free(&room);
	say_record("    first at: ", t->first);
	return OTHERWISE;
}

static bool names_rule(const struct example *x, const struct sigma_rule *r)
{
	return (r->id && slice_eq(x->rule, slice_of(r->id))) ||
	       (r->name && *r->name && slice_eq(x->rule, slice_of(r->name)));
}

static const struct sigma_rule *rule_of(const struct sigma *s, const struct example *x)
{
	for (size_t i = 0; i < sigma_count(s); i++)
		if (names_rule(x, sigma_rule(s, i)))
			return sigma_rule(s, i);
	return NULL;
}

/* What the command was given. */
struct tested {
	const char *const *paths;
	size_t n;
};

static void quiet(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		  const char *expected)
{
}

/* Once more, with rules that can tell why they do not hold. */
static void say_why(struct trial *t, const struct rules_options *o, const struct tested *files)
{
	struct trial again = {.x = t->x, .zone = t->zone, .why = true, .last = {.fd = -1}};
	again.sigma = rules_load(o, files->paths, files->n, quiet, NULL, true);
	again.rule = rule_of(again.sigma, t->x);
	trial_walk(&again);
	if (again.last.len && write(1, again.last.at, again.last.len) < 0)
		complain(OUTPUT_LOST);
	trial_free(&again);
	sigma_free(&again.sigma);
}

static enum verdict_of_example judge_example(struct trial *t, const struct rules_options *o,
					     const struct tested *files)
{
	t->zone = zone_open(t->x->zone.len ? t->x->zone : SLICE("UTC"));
	if (!t->zone) {
		say_example(t->x, "there is no such time zone (for example Europe/Paris)");
		return OTHERWISE;
	}
	enum verdict_of_example v = trial_walk(t) ? judge_trial(t) : PASSED_OVER;
	if (v == NOT_MATCHED) {
		say_why(t, o, files);
		v = OTHERWISE;
	}
	zone_close(&t->zone);
	trial_free(t);
	return v;
}

static enum verdict_of_example try_example(struct trial *t, const struct rules_options *o,
					   const struct tested *files)
{
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(VERDICT_FIRST + (int)judge_example(t, o, files));
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) < VERDICT_FIRST) {
		say_example(t->x, "the process that walked it came to grief");
		return OTHERWISE;
	}
	return (enum verdict_of_example)(WEXITSTATUS(status) - VERDICT_FIRST);
}

/* --- all of them --- */

struct count {
	uint64_t verdicts[VERDICTS], bare;
};

static void read_all(struct examples *x, const struct sigma *s)
{
	const char *last = "";
	for (size_t i = 0; i < sigma_count(s); i++) {
		const char *path = sigma_rule(s, i)->path;
		if (strcmp(path, last) != 0)
			examples_read(x, path);
		last = path;
	}
}

static void try_all(const struct examples *x, struct sigma *s, struct count *c,
		    const struct rules_options *o, const struct tested *files)
{
	for (size_t i = 0; i < x->list.len; i++) {
		struct trial t = {.x = &x->list.at[i], .sigma = s, .last = {.fd = -1}};
		t.rule = rule_of(s, t.x);
		if (t.rule && t.rule->generate) {
			c->verdicts[try_example(&t, o, files)]++;
			continue;
		}
		say_example(t.x, t.rule ? "this rule only feeds others: name one of those"
					: "there is no such rule in these files");
		c->verdicts[OTHERWISE]++;
	}
}

/* What no example holds to its word, and what none shows leaving honest people alone. */
static void say_missing(const struct examples *x, const struct sigma *s, struct count *c)
{
	for (size_t i = 0; i < sigma_count(s); i++) {
		const struct sigma_rule *r = sigma_rule(s, i);
		bool shown[2] = {false, false};
		for (size_t k = 0; k < x->list.len; k++)
			if (names_rule(&x->list.at[k], r))
				shown[x->list.at[k].matches] = true;
		if (!r->generate || (shown[0] && shown[1]))
			continue;
		c->bare++;
		printf("%s:%d: %s: %s\n", r->path, r->line, r->title,
		       shown[1]   ? "has no example that it must leave alone"
		       : shown[0] ? "has no example that it must match"
				  : "has no examples");
	}
}

int rules_test(const struct rules_options *o, const char *const *paths, size_t n)
{
	const struct tested files = {paths, n};
	struct sigma *s = rules_load(o, paths, n, scan_note_rule, NULL, false);
	struct examples x = {0};
	struct count c = {0};
	read_all(&x, s);
	try_all(&x, s, &c, o, &files);
	say_missing(&x, s, &c);
	printf("%llu examples are as they say, %llu are not, %llu were passed over; "
	       "%llu rules lack examples\n",
	       (unsigned long long)c.verdicts[AS_IT_SAYS],
	       (unsigned long long)c.verdicts[OTHERWISE],
	       (unsigned long long)c.verdicts[PASSED_OVER], (unsigned long long)c.bare);
	bool empty = !sigma_count(s) && !sigma_refused(s);
	bool trouble = x.refused || sigma_refused(s) || !sigma_count(s);
	examples_free(&x);
	sigma_free(&s);
	if (empty)
		complain("there is no rule in it", "files or directories of *.yml");
	if (trouble)
		return EXIT_TROUBLE;
	return c.verdicts[OTHERWISE] || c.bare ? EXIT_NONE : 0;
}
