/* contain.c - tocsin contain: plan, apply, verify, undo, status. */
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct contain {
	const char *state, *mode;
	struct option_list only, logs;
	const char *networks, *habits;
	bool yes, dry_run, force;
	struct respond *respond;
	struct response *response;
	char **words; /* what stands behind the verb */
	int count;
};

typedef int contain_verb(struct contain *c);

/* --- verbs --- */

/* Those of one kind: doubtful, or with names that no program is given. */
static void say_kind_left_out(const struct response *p, bool plain, const char *head)
{
	enum { SAID_MOST = 20 };
	size_t n = 0;
	for (size_t i = 0; i < p->left_out.len; i++) {
		if (respond_is_plain(p->left_out.at[i]) != plain || n++ >= SAID_MOST)
			continue;
		step_text(n == 1 ? head : ", ");
		step_plain(p->left_out.at[i]);
	}
	if (n > SAID_MOST)
		printf(" and %zu more", n - SAID_MOST);
	step_text(n ? "\n" : "");
}

static void say_left_out(const struct response *p)
{
	say_kind_left_out(p, true, "\n  Left out, the report is not sure of them: ");
	say_kind_left_out(p, false,
			  "\n  Left out, what stands in these names goes into no command or list; "
			  "lock them by hand,\n  where their passwords are kept: ");
}

static int plan(struct contain *c)
{
	struct arena a = {0};
	slice json;
	char why[512];
	bool quiet = c->mode && strcmp(c->mode, "quiet") == 0;
	if (c->mode && !quiet && strcmp(c->mode, "fast") != 0)
		return complain("--mode is neither fast nor quiet", "see tocsin help contain");
	if (c->count < 1)
		return complain("a report is needed", "tocsin contain plan report.json [INCIDENT]");
	if (!read_whole(c->words[0], &a, &json)) {
		note_file(NULL, c->words[0], 0, strerror(errno), "give the JSON report of a scan");
		return arena_free(&a), EXIT_TROUBLE;
	}
	if (!(c->respond = respond_open(c->state, false, why, sizeof why))) {
		fprintf(stderr, "tocsin: %s\n", why);
		return arena_free(&a), EXIT_TROUBLE;
	}
	if ((c->networks || c->habits || c->force) &&
	    !respond_know(c->respond, c->networks, c->habits, c->force, note_line))
		return arena_free(&a), EXIT_TROUBLE;
	struct response *p =
	    respond_plan(c->respond, json, slice_of(c->count > 1 ? c->words[1] : ""),
			 quiet ? RESPOND_QUIET : RESPOND_FAST, why, sizeof why);
	if (!p) {
		note_file(NULL, c->words[0], 0, why, "");
		return arena_free(&a), EXIT_TROUBLE;
	}
	printf("%.*s  ", (int)p->incident.len, p->incident.at);
	step_plain(p->title);
	printf("\nPlan, %s; nothing has been changed.\n\n", quiet ? "quiet" : "fast");
	step_say_chosen(&(struct option_list){0}, p);
	say_left_out(p);
	if (quiet)
		step_text("\n  Quiet: the intruder's addresses stay in view; fast blocks them as "
			  "well.\n");
	printf("\nNext: tocsin contain apply %.*s\n", (int)p->incident.len, p->incident.at);
	arena_free(&a);
	return EXIT_FOUND;
}

static int find_response(struct contain *c)
{
	slice name = slice_of(c->count ? c->words[0] : "");
	struct response *only = NULL;
	size_t plans = 0;
	for (size_t i = 0; i < respond_count(c->respond); i++)
		if (respond_at(c->respond, i)->mode != RESPOND_ISOLATE && ++plans)
			only = respond_at(c->respond, i);
	c->response = name.len ? respond_find(c->respond, name) : plans == 1 ? only : NULL;
	if (c->response && c->response->mode != RESPOND_ISOLATE)
		return 0;
	return complain(name.len ? "no plan for this incident" : "name the incident",
			"tocsin contain status lists the plans; tocsin contain plan makes one");
}

/* Whoever thinks a question over holds up nobody: the journal is held from the answer on.  What was
 * agreed to is the plan that was read. */
static bool take_hold(struct contain *c)
{
	char why[512] = "";
	slice incident = c->response->incident;
	int64_t planned = c->response->planned_us;
	respond_sleep(c->respond);
	if (!respond_wake(c->respond, false, why, sizeof why))
		return fprintf(stderr, "tocsin: %s\n", why), false;
	c->response = respond_find(c->respond, incident);
	return (c->response && c->response->planned_us == planned) ||
	       (complain("it was planned anew meanwhile",
			 "look at it (tocsin contain status), and say it again"),
		false);
}

static int apply(struct contain *c)
{
	if (find_response(c) || !step_only_known(&c->only, c->response))
		return EXIT_TROUBLE;
	if (c->dry_run) {
		step_say_chosen(&c->only, c->response);
		return EXIT_FOUND;
	}
	if (!agreed(c->yes, "Carry out this plan") || !take_hold(c))
		return EXIT_TROUBLE;
	bool fine = respond_apply(c->respond, c->response, c->only.at, c->only.len, step_say, c);
	printf("\n%s\nNext: tocsin contain verify %.*s --logs /var/log\n",
	       fine ? "All steps are done." : "Some steps failed; the others are in force.",
	       (int)c->response->incident.len, c->response->incident.at);
	return fine ? EXIT_FOUND : EXIT_TROUBLE;
}

/* Steps that are undone in name: another plan wants them still. */
static bool is_left(const struct response *p)
{
	for (size_t i = 0; i < p->actions.len; i++)
		if (p->actions.at[i].state == ACTION_UNDONE && p->actions.at[i].why.len)
			return true;
	return false;
}

static int undo(struct contain *c)
{
	if (find_response(c) || !step_only_known(&c->only, c->response) ||
	    !agreed(c->yes, "Take these steps back") || !take_hold(c))
		return EXIT_TROUBLE;
	bool fine = respond_undo(c->respond, c->response, c->only.at, c->only.len, step_say, c);
	step_text(!fine ? "\nSome steps could not be taken back.\n"
		  : is_left(c->response)
		      ? "\nAll is as it was, but for what other plans shut as well: "
			"it opens with them.\n"
		      : "\nAll is as it was.\n");
	return fine ? EXIT_FOUND : EXIT_TROUBLE;
}

static int status(struct contain *c)
{
	size_t said = 0;
	for (size_t i = 0; i < respond_count(c->respond); i++) {
		const struct response *p = respond_at(c->respond, i);
		if (p->mode == RESPOND_ISOLATE ||
		    (c->count && !slice_eq(p->incident, slice_of(c->words[0]))))
			continue;
		said++;
		printf("%.*s  ", (int)p->incident.len, p->incident.at);
		step_plain(p->title);
		step_text("\n");
		for (size_t k = 0; k < p->actions.len; k++)
			step_say(NULL, &p->actions.at[k]);
		if (p->measured_us != CLOCK_NONE) {
			printf("    measured %s, ", measured_names[p->measured]);
			step_time(p->measured_us);
			step_text("\n");
		}
	}
	return said ? EXIT_FOUND : EXIT_NONE;
}

/* --- verify --- */

/* Is every layer that a step shut still shut? */
static bool verify_layers(struct contain *c, bool *unknown)
{
	bool shut = true;
	slice how;
	for (size_t i = 0; i < c->response->actions.len; i++) {
		const struct respond_action *a = &c->response->actions.at[i];
		if (a->state == ACTION_UNDONE || (a->refused.len && !a->in_force) ||
		    slice_eq(a->layer, SLICE("evidence")) || slice_eq(a->lever, SLICE("flush")))
			continue;
		enum closed now = respond_closed(c->respond, a, &how);
		step_say_closed(a, now, how);
		shut = shut && now != CLOSED_NO;
		*unknown = *unknown || now == CLOSED_UNKNOWN;
	}
	return shut;
}

static int64_t done_us(const struct response *p)
{
	int64_t last = CLOCK_NONE;
	for (size_t i = 0; i < p->actions.len; i++)
		if (p->actions.at[i].state == ACTION_APPLIED && p->actions.at[i].done_us > last)
			last = p->actions.at[i].done_us;
	return last;
}

static void say_reach(const struct seen *s, int layer, int64_t done)
{
	int64_t reach = s->layers[layer].reach_us;
	if (reach == CLOCK_NONE) {
		step_text("no log here speaks of it: unknown\n");
		return;
	}
	step_text("none in these logs, which reach ");
	step_time(reach);
	step_text(done != CLOCK_NONE && reach < done ? ", before the last step: unknown\n" : "\n");
}

static void say_seen(const struct seen *s, int layer, int64_t done)
{
	char ip[ADDRESS_TEXT] = "";
	int64_t reach = s->layers[layer].reach_us;
	printf("  %-11s ", seen_names[layer]);
	if (s->layers[layer].last_us == CLOCK_NONE) {
		say_reach(s, layer, done);
		return;
	}
	step_time(s->layers[layer].last_us);
	if (s->layers[layer].has_source)
		address_format(&s->layers[layer].source, ip);
	step_text("  ");
	step_plain(s->layers[layer].account);
	printf(" %s  ", ip);
	step_plain(s->layers[layer].path);
	printf(":%llu\n", (unsigned long long)s->layers[layer].line);
	if (done == CLOCK_NONE || reach >= done)
		return;
	step_text("              its log ends at ");
	step_time(reach);
	step_text(", before the last step: unknown\n");
}

/* The last accepted action lies before the last step, and the log of each layer goes on beyond it.
 */
static bool verify_logs(struct contain *c, bool *unknown)
{
	struct seen s;
	int64_t done = done_us(c->response);
	if (!respond_seen(c->response, c->logs.at, c->logs.len, note_input, &s)) {
		respond_seen_free(&s);
		*unknown = true;
		return step_text("\nThe logs hold nothing that can be read.\n"), true;
	}
	step_text("\nThe last accepted action of the intruder or as the account, by the logs:\n");
	for (int i = 0; i < SEEN_LAYERS; i++) {
		if (s.layers[i].asked || s.layers[i].reach_us != CLOCK_NONE)
			say_seen(&s, i, done);
		*unknown = *unknown || (s.layers[i].asked && s.layers[i].reach_us < done);
	}
	step_text("  logs end at ");
	step_time(s.logs_end_us);
	step_text("\n");
	bool out = done == CLOCK_NONE || s.last_us <= done;
	respond_seen_free(&s);
	return out;
}

/* For those who look later, at the status or the console; whoever may only read measures, too. */
static void note_measured(struct contain *c, enum measured how)
{
	char why[512] = "";
	slice incident = c->response->incident;
	respond_sleep(c->respond);
	if (respond_wake(c->respond, false, why, sizeof why) &&
	    respond_note_measured(c->respond, incident, how))
		return;
	fprintf(stderr, "tocsin: what was measured is not in the journal: %s\n",
		why[0] ? why : strerror(errno));
}

static int say_measured(const struct contain *c, bool shut, bool out, bool unknown)
{
	int64_t done = done_us(c->response);
	if (!shut || !out) {
		step_text(out ? "\nNot contained: a layer is open.\n"
			      : "\nNot contained: something was accepted after the last step.\n");
		return EXIT_NONE;
	}
	if (unknown || !c->logs.len || done == CLOCK_NONE) {
		step_text("\nShut, as far as it can be measured; whether he is out is unknown: ");
		step_text(c->logs.len ? "see above; give the logs that are missing, or look again "
					"when they have gone on\n"
				      : "give --logs, so that his acts can be looked for\n");
		return EXIT_TROUBLE;
	}
	step_text("\nContained: every layer is shut, and nothing was accepted since ");
	step_time(done);
	step_text("\n");
	return EXIT_FOUND;
}

static int verify(struct contain *c)
{
	bool unknown = false;
	if (find_response(c))
		return EXIT_TROUBLE;
	bool shut = verify_layers(c, &unknown), out = true;
	if (c->logs.len)
		out = verify_logs(c, &unknown);
	int status = say_measured(c, shut, out, unknown);
	note_measured(c, status == EXIT_FOUND  ? MEASURED_OUT
			 : status == EXIT_NONE ? MEASURED_INSIDE
					       : MEASURED_UNKNOWN);
	return status;
}

/* --- the site of webmail --- */

/* For a person to look over, and to put where webmail-off looks for it. */
static int webmail_site(struct contain *c)
{
	struct out draft = {.fd = -1};
	char why[512];
	int likely = respond_draft_site(&draft, why, sizeof why);
	if (likely < 0)
		note_file(NULL, "webmail.yml", 0, why, "write it by hand (tocsin-contain(1))");
	fwrite(draft.at, 1, draft.len, stdout);
	out_close(&draft);
	if (likely == 0)
		complain("none of these sites looks like webmail",
			 "take the # from the line of the one that is");
	else if (likely > 0)
		fprintf(stderr,
			"tocsin: look it over, then keep it as %s/webmail.yml; the next plan has "
			"webmail-off\n",
			c->state);
	return likely > 0 ? EXIT_FOUND : likely < 0 ? EXIT_TROUBLE : EXIT_NONE;
}

/* --- the command --- */

static const struct verb {
	const char *name;
	contain_verb *run;
	int words;  /* at most */
	bool opens; /* the journal, by itself: the first plan makes it */
} verbs[] = {
    {"plan", plan, 2, true},  {"apply", apply, 1, false},   {"verify", verify, 1, false},
    {"undo", undo, 1, false}, {"status", status, 1, false}, {"webmail-site", webmail_site, 0, true},
};

static int carry_out(struct contain *c, const struct verb *v)
{
	char why[512];
	if (c->count > v->words)
		return complain_surplus(&command_contain, c->words[v->words]);
	if (v->opens)
		return v->run(c);
	if (!step_state_there(c->state, "tocsin contain plan makes it; another: --state DIR"))
		return EXIT_TROUBLE;
	c->respond = respond_open(c->state, true, why, sizeof why);
	if (c->respond)
		return v->run(c);
	fprintf(stderr, "tocsin: %s\n", why);
	return EXIT_TROUBLE;
}

static int cmd_contain(int argc, char **argv)
{
	struct contain c = {.state = STATE_DIR};
	const struct option_row rows[] = {
	    {"state", OPT_TEXT, &c.state},       {"mode", OPT_TEXT, &c.mode},
	    {"networks", OPT_TEXT, &c.networks}, {"habits", OPT_TEXT, &c.habits},
	    {"force", OPT_FLAG, &c.force},       {"only", OPT_LIST, &c.only},
	    {"logs", OPT_LIST, &c.logs},         {"yes", OPT_FLAG, &c.yes},
	    {"dry-run", OPT_FLAG, &c.dry_run},
	};
	int first = options_read(&command_contain, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	for (size_t i = 0; first < argc && i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(argv[first], verbs[i].name) != 0)
			continue;
		c.words = argv + first + 1;
		c.count = argc - first - 1;
		int status = carry_out(&c, &verbs[i]);
		respond_close(&c.respond);
		free(c.only.at);
		free(c.logs.at);
		return status;
	}
	static const char *const names[] = {"plan",   "apply",        "verify", "undo",
					    "status", "webmail-site", NULL};
	return complain_verb(&command_contain, first < argc ? argv[first] : NULL, names);
}

const struct command command_contain = {
    "contain",
    cmd_contain,
    BRIEF_CONTAIN,
    "plan REPORT [INCIDENT] | apply | verify | undo | status [INCIDENT] | webmail-site",
    "Plans from a JSON report how to shut the intruder out of this host, does it, measures that "
    "he is\n"
    "out, and takes every step back.  plan says of each step what it does, whom it hits besides "
    "the\n"
    "intruder and what it takes out of view; nothing is changed before apply.  All is written to "
    "the\n"
    "journal first (tocsin journal).  webmail-site prints a draft of webmail.yml, by which\n"
    "webmail-off goes.  Exit status: 0 done, or contained; 1 verify found him inside; 2 something\n"
    "failed or cannot be known.",
    "  --state DIR         journal and evidence (default: /var/lib/tocsin)\n"
    "  --mode MODE         fast: also blocks the addresses; quiet: they stay in view (default: "
    "fast)\n"
    "  --networks FILE     plan: networks.yaml; an address of a trusted network is left out\n"
    "  --habits FILE       plan: what scan --state keeps; whom a blocked address would hit is "
    "named,\n"
    "                      and from four accounts on it is left out, as an office\n"
    "  --force             plan: leave none out\n"
    "  --only LEVER        only these steps; may be given more than once (webmail-off: only so)\n"
    "  --logs PATH         verify: where to look for accepted actions; may be given more than "
    "once\n"
    "  --yes               do not ask\n"
    "  --dry-run           apply: say the steps, do none\n"};
