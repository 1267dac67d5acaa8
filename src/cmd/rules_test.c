/*
 * rules_test.c - tocsin rules test: does each rule match what it should, and leave the rest alone?
 *
 * Each example is walked by a process of its own, which begins as this one was when the rules were
 * loaded: no correlation remembers another example, and rules are compiled once.
 */
#include "rules.h"
#include "facts/facts.h"
#include "rules_example.h"
#include "rules_reason.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { YEAR_UNSTATED = 2026, FILES_MOST = 64 };
enum verdict_of_example { AS_IT_SAYS, OTHERWISE, PASSED_OVER, VERDICTS, NOT_MATCHED };

struct trial {
	const struct example *x;
	const struct sigma_rule *rule;
	struct sigma *sigma;
	struct facts *facts;
	struct zone *zone;
	struct arena kept;
	int64_t now, shift_us;
	bool stated;   /* events say their facts themselves */
	uint64_t hits; /* of the rule */
	int64_t first_us;
	slice first;     /* its record */
	struct out last; /* the last event, as JSON; or why the rule does not hold for it */
	bool why;
	uint64_t records, unread; /* events; records that no format owns */
};

/* --- what happens in an example --- */

static void on_trial_hit(void *ctx, const struct sigma_hit *hit)
{
	struct trial *t = ctx;
	const struct event *e = hit->event;
	if (hit->rule != t->rule)
		return;
	if (!t->hits++) {
		t->first_us = hit->time;
		t->first = e ? arena_copy(&t->kept, e->raw) : (slice){0};
	}
}

static void judge_event(void *ctx, const struct event *e)
{
	struct trial *t = ctx;
	struct sigma_token token;
	memcpy(token.word, &e->place, sizeof token.word);
	sigma_feed(t->sigma, e, event_get_number(e, F_TIME, 0), &token, on_trial_hit, t);
}

static void keep_last(struct trial *t, const struct event *e)
{
	struct reasons reasons = {0};
	t->last.len = 0;
	if (t->why) {
		sigma_explain(t->sigma, t->rule, e, reasons_take, &reasons);
		reasons_text(&reasons, false, &t->last);
		reasons_free(&reasons);
		return;
	}
	event_json(e, slice_of(t->x->path), false, &t->last);
}

static void walk_event(void *ctx, struct event *e)
{
	struct trial *t = ctx;
	if (!t->stated)
		facts_add(t->facts, e, judge_event, t);
	judge_event(t, e);
}

static void shift_event(struct trial *t, struct event *e)
{
	if (!event_has(e, F_TIME))
		event_number(e, F_TIME, t->now - t->shift_us);
	e->v[F_TIME].number += t->shift_us;
	if (event_has(e, F_START))
		e->v[F_START].number += t->shift_us;
	t->now = e->v[F_TIME].number;
}

/* The text with the number of the turn for each {n}. */
static slice expand(struct arena *a, slice text, int64_t turn)
{
	const slice mark = SLICE("{n}");
	struct out o = {.fd = -1};
	size_t at;
	while ((at = slice_search(text, mark)) != SIZE_MAX) {
		out_slice(&o, slice_first(text, at));
		out_number(&o, turn);
		text = slice_from(text, at + mark.len);
	}
	out_slice(&o, text);
	slice full = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return full;
}

static void walk_log(struct trial *t, slice log, bool last)
{
	struct format_state state;
	struct arena scratch = {0};
	struct event e;
	bool part = false;
	format_start(&state, t->zone, YEAR_UNSTATED);
	while (log.len) {
		slice record = slice_until(&log, '\n');
		if (!record.len)
			continue;
		if (!part) {
			arena_reset(&scratch);
			event_clear(&e);
		}
		enum decoded decoded = format_decode(&state, record, &e, &scratch);
		part = decoded == DECODED_PART;
		t->unread += decoded == DECODED_UNKNOWN || decoded == DECODED_BROKEN;
		if (decoded != DECODED_EVENT)
			continue;
		e.raw = record;
		e.place = (struct place){.line = ++t->records, .length = (uint32_t)record.len};
		shift_event(t, &e);
		walk_event(t, &e);
		if (last)
			keep_last(t, &e);
	}
	arena_free(&scratch);
}

static void walk_step(struct trial *t, const struct example_step *s, bool last)
{
	struct arena room = {0};
	t->stated = s->event_count > 0;
	for (int64_t i = 0; i < s->repeat; i++) {
		t->shift_us = i * s->every_us;
		for (size_t k = 0; k < s->event_count; k++) {
			struct event e = *s->events[k];
			e.place = (struct place){.line = ++t->records};
			shift_event(t, &e);
			walk_event(t, &e);
			if (last && i + 1 == s->repeat)
				keep_last(t, &e);
		}
		arena_reset(&room);
		if (s->log.len)
			walk_log(t, expand(&room, s->log, i + 1), last && i + 1 == s->repeat);
	}
	arena_free(&room);
}

/* --- a recording --- */

static int is_log(const struct dirent *d)
{
	return strstr(d->d_name, ".log") != NULL;
}

/* False if there is no such folder: recordings need not be installed. */
static bool walk_recording(struct trial *t)
{
	const char *folder = t->x->recording, *paths[FILES_MOST];
	struct dirent **entries;
	int n = scandir(folder, &entries, is_log, alphasort), count = 0;
	if (n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		if (count < FILES_MOST)
			paths[count++] =
			    arena_format(&t->kept, "%s/%s", folder, entries[i]->d_name).at;
		free(entries[i]);
	}
	free(entries);
	const char *networks = arena_format(&t->kept, "%s/networks.yaml", folder).at;
	if (access(networks, R_OK) == 0)
		facts_networks(t->facts, networks, note_line, NULL);
	struct street_options o = {.zone = t->zone};
	struct street *street = street_open(paths, (size_t)count, &o, note_input, NULL);
	street_walk(street, CLOCK_NONE, INT64_MAX, walk_event, t);
	street_close(&street);
	return count > 0;
}

/* --- one example --- */

static void take_networks_of(struct trial *t)
{
	slice text = t->x->networks;
	int fd = text.len ? memfd_create("networks", MFD_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (write(fd, text.at, text.len) == (ssize_t)text.len)
		facts_networks(t->facts, arena_format(&t->kept, "/proc/self/fd/%d", fd).at,
			       note_line, NULL);
	close(fd);
}

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

/* False if the example's recording is not here. */
static bool walk_example(struct trial *t)
{
	t->facts = facts_new();
	t->now = 0;
	take_networks_of(t);
	bool there = !t->x->recording || walk_recording(t);
	for (size_t i = 0; there && i < t->x->steps.len; i++)
		walk_step(t, &t->x->steps.at[i], i + 1 == t->x->steps.len);
	sigma_time(t->sigma, INT64_MAX, on_trial_hit, t);
	facts_free(&t->facts);
	return there;
}

/* Once more, with rules that can tell why they do not hold. */
static void say_why(struct trial *t, const struct rules_options *o, const struct tested *files)
{
	struct trial again = {.x = t->x, .zone = t->zone, .why = true, .last = {.fd = -1}};
	again.sigma = rules_load(o, files->paths, files->n, quiet, NULL, true);
	again.rule = rule_of(again.sigma, t->x);
	walk_example(&again);
	if (again.last.len && write(1, again.last.at, again.last.len) < 0)
		complain("standard output cannot be written", "is the disk full?");
	out_close(&again.last);
	arena_free(&again.kept);
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
	enum verdict_of_example v = walk_example(t) ? judge_trial(t) : PASSED_OVER;
	if (v == NOT_MATCHED) {
		say_why(t, o, files);
		v = OTHERWISE;
	}
	zone_close(&t->zone);
	arena_free(&t->kept);
	out_close(&t->last);
	return v;
}

static enum verdict_of_example try_example(struct trial *t, const struct rules_options *o,
					   const struct tested *files)
{
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(judge_example(t, o, files));
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) >= VERDICTS) {
		say_example(t->x, "the process that walked it came to grief");
		return OTHERWISE;
	}
	return (enum verdict_of_example)WEXITSTATUS(status);
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
	bool trouble = x.refused || sigma_refused(s) || !sigma_count(s);
	examples_free(&x);
	sigma_free(&s);
	if (trouble)
		return EXIT_TROUBLE;
	return c.verdicts[OTHERWISE] || c.bare ? EXIT_NONE : 0;
}
