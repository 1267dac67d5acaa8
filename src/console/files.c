/*
 * files.c - incidents as the last whole report has them, and what was done against each: told by a
 * process that ends with it.
 */
#include "part.h"

#include <jansson.h>
#include <stdio.h>

enum { NAMES_MOST = 6, COMMAND_MOST = 1024 };

static const char *severity_class(slice word)
{
	static const char *const words[] = {"critical", "high", "medium", "low"};
	for (size_t i = 0; i < 4; i++)
		if (slice_eq(word, slice_of(words[i])))
			return words[i];
	return "low";
}

static int rank_of(slice word)
{
	const char *name = severity_class(word);
	return name[0] == 'c' ? 3 : name[0] == 'h' ? 2 : name[0] == 'm' ? 1 : 0;
}

/* --- what was done against it --- */

struct done {
	size_t steps, applied, failed, waiting, undone;
	size_t plans;
	int64_t last_us;
	const struct response *measured; /* verified last, and nothing was done since; NULL */
};

static bool is_about(const struct response *p, const struct incident *in)
{
	if (slice_eq(p->incident, in->id))
		return true;
	for (size_t i = 0; i < p->accounts.len; i++)
		for (size_t k = 0; k < in->accounts.len; k++)
			if (slice_eq(p->accounts.at[i], in->accounts.at[k].name))
				return true;
	return false;
}

static void add_step(struct done *d, const struct respond_action *a)
{
	if (a->refused.len && !a->in_force)
		return;
	d->steps++;
	d->applied += a->state == ACTION_APPLIED;
	d->failed += a->state == ACTION_FAILED || a->state == ACTION_UNDO_FAILED;
	d->undone += a->state == ACTION_UNDONE;
	d->waiting +=
	    a->state == ACTION_PLANNED || a->state == ACTION_BEGUN || a->state == ACTION_UNDO_BEGUN;
	if (a->state == ACTION_APPLIED && a->done_us > d->last_us)
		d->last_us = a->done_us;
}

static struct done done_against(const struct console_files *f, const struct incident *in)
{
	struct done d = {.last_us = CLOCK_NONE};
	for (size_t i = 0; f->respond && i < respond_count(f->respond); i++) {
		const struct response *p = respond_at(f->respond, i);
		if (p->mode == RESPOND_ISOLATE || !is_about(p, in))
			continue;
		d.plans++;
		for (size_t k = 0; k < p->actions.len; k++)
			add_step(&d, &p->actions.at[k]);
		if (p->measured_us != CLOCK_NONE &&
		    (!d.measured || p->measured_us > d.measured->measured_us))
			d.measured = p;
	}
	if (d.measured && d.measured->measured_us < d.last_us)
		d.measured = NULL;
	return d;
}

static void say_whether_out(struct out *o, const struct console_files *f, const struct done *d)
{
	if (!d->measured) {
		out_text(o,
			 "; whether he is out, only <code>tocsin contain verify</code> measures");
		return;
	}
	out_format(o, "; measured <b class=%s>%s</b>, ",
		   d->measured->measured == MEASURED_OUT      ? "fine"
		   : d->measured->measured == MEASURED_INSIDE ? "bad"
							      : "warn",
		   measured_names[d->measured->measured]);
	say_clock_of(o, f->zone, d->measured->measured_us);
}

static void say_done(struct out *o, const struct console_files *f, const struct done *d)
{
	if (!d->plans) {
		out_text(o, "<span class=\"state warn\">no: nothing was planned</span>");
		return;
	}
	if (!d->applied) {
		out_format(o,
			   "<span class=\"state warn\">no: %zu steps planned, none in "
			   "force</span>",
			   d->steps);
	} else {
		bool whole = d->applied == d->steps;
		out_format(o, "<span class=\"state %s\">%zu of %zu steps in force</span>",
			   whole ? "fine" : "warn", d->applied, d->steps);
		if (d->last_us != CLOCK_NONE) {
			out_text(o, ", the last since ");
			say_clock_of(o, f->zone, d->last_us);
		}
	}
	if (d->failed)
		out_format(o, "; <b class=bad>%zu failed</b>", d->failed);
	if (d->undone)
		out_format(o, "; %zu taken back", d->undone);
	if (d->applied)
		say_whether_out(o, f, d);
}

/* --- commands to be copied --- */

static bool is_plain(slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i], letter = c | 0x20;
		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
		    !strchr("/._-+", c))
			return false;
	}
	return s.len > 0;
}

/* As one word of a shell. */
static void put_word(struct out *o, slice s)
{
	if (is_plain(s)) {
		out_slice(o, s);
		return;
	}
	out_char(o, '\'');
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\'')
			out_text(o, "'\\''");
		else
			out_char(o, s.at[i]);
	out_char(o, '\'');
}

/* What is said of `--state` where it is not the usual one. */
static void put_state(struct out *o, const struct console_files *f)
{
	if (strcmp(f->state, "/var/lib/tocsin") == 0)
		return;
	out_text(o, " --state ");
	put_word(o, slice_of(f->state));
}

static void report_path(const struct console_files *f, char path[COMMAND_MOST])
{
	snprintf(path, COMMAND_MOST, "%s/report.json", f->state);
}

static void plan_command(struct out *o, const struct console_files *f, slice id)
{
	char report[COMMAND_MOST];
	report_path(f, report);
	out_text(o, "tocsin contain plan");
	put_state(o, f);
	out_char(o, ' ');
	put_word(o, slice_of(report));
	out_char(o, ' ');
	put_word(o, id);
}

static void verb_command(struct out *o, const struct console_files *f, const char *verb, slice id)
{
	out_format(o, "tocsin contain %s", verb);
	put_state(o, f);
	out_char(o, ' ');
	put_word(o, id);
	if (strcmp(verb, "verify") == 0)
		out_text(o, " --logs /var/log");
}

static void put_command(struct out *o, const char *what, struct out *command)
{
	out_format(o, "<div class=command><span>%s</span><code>", what);
	out_html(o, (slice){command->at, command->len});
	out_text(o, "</code></div>");
	command->len = 0;
}

/* What comes next: the plan, then carrying it out, then measuring. */
static void commands(struct out *o, const struct console_files *f, slice id, const struct done *d,
		     bool all)
{
	struct out text = {.fd = -1};
	if (all || !d->plans) {
		plan_command(&text, f, id);
		put_command(o, "Plan", &text);
	}
	if (all || (d->plans && !d->applied)) {
		verb_command(&text, f, "apply", id);
		put_command(o, "Carry out", &text);
	}
	if (all || d->applied) {
		verb_command(&text, f, "verify", id);
		put_command(o, "Measure", &text);
	}
	if (all) {
		verb_command(&text, f, "undo", id);
		put_command(o, "Take back", &text);
	}
	out_close(&text);
}

/* --- the page of incidents --- */

static void accounts(struct out *o, const struct incident *in)
{
	size_t n = 0;
	for (size_t i = 0; i < in->accounts.len; i++) {
		if (in->accounts.at[i].compromised < POSSIBLE || n++ >= NAMES_MOST)
			continue;
		put_html(o, n > 1 ? ", <b>" : "<b>", in->accounts.at[i].name, "</b>");
	}
	if (n > NAMES_MOST)
		out_format(o, " and %zu more", n - NAMES_MOST);
	if (!n)
		out_text(o, "unknown");
}

static void answer(struct out *o, struct out *raw, const struct incident *in, enum question q)
{
	const char *certainty = say_certainty(in->verdicts[q].certainty);
	out_format(o, "<div><dt>%s</dt><dd><span class=\"mark %s\">%s</span> ", question_texts[q],
		   certainty, certainty);
	raw->len = 0;
	say_answer(raw, in, q);
	out_html(o, (slice){raw->at, raw->len});
	out_text(o, "</dd></div>\n");
}

static void case_of(struct out *o, const struct console_files *f, const struct incident *in,
		    size_t number)
{
	static const enum question asked[] = {Q_INSIDE, Q_HOW, Q_SINCE, Q_OPENED, Q_LEFT};
	struct out raw = {.fd = -1};
	struct done d = done_against(f, in);
	out_format(o,
		   "<article class=\"case %s\" id=\"case-%zu\"><header><span class=\"severity "
		   "%s\">",
		   severity_class(in->severity), number, severity_class(in->severity));
	out_html(o, in->severity);
	out_text(o, "</span> <h2><a href=\"/incident/");
	out_html(o, in->id);
	out_text(o, "\"><span class=id>");
	out_html(o, in->id);
	out_text(o, "</span> ");
	out_html(o, in->title);
	out_text(o, "</a></h2></header>\n<dl class=answers>");
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
		answer(o, &raw, in, asked[i]);
	out_text(o, "<div><dt>Accounts</dt><dd>");
	accounts(o, in);
	out_text(o, "</dd></div>\n<div><dt>His last act seen</dt><dd>");
	say_moment(o, f->zone, in->last_us);
	out_text(o, "</dd></div>\n<div><dt>Contained?</dt><dd>");
	say_done(o, f, &d);
	out_text(o, "</dd></div></dl>\n");
	commands(o, f, in->id, &d, false);
	out_text(o, "</article>\n");
	out_close(&raw);
}

static const struct incident *worst_of(const struct report *r)
{
	const struct incident *worst = NULL;
	for (size_t i = 0; i < r->incidents.len; i++)
		if (!worst || rank_of(r->incidents.at[i].severity) > rank_of(worst->severity))
			worst = &r->incidents.at[i];
	return worst;
}

static void headline(struct out *o, const struct report *r)
{
	const struct incident *worst = worst_of(r);
	size_t n = r->incidents.len;
	if (!worst)
		out_text(o, "No incident");
	else if (n == 1)
		out_format(o, "One incident, %s", severity_class(worst->severity));
	else
		out_format(o, "%zu incidents, the worst %s", n, severity_class(worst->severity));
}

static void lead(struct out *o, const struct console_files *f, const struct report *r)
{
	out_text(o, "<p class=lead>");
	out_text(o, r->incidents.len
			? "As the last whole report has it, made "
			: "Nothing in these logs adds up to an intrusion; that is as much as they "
			  "can say. Last whole report ");
	say_moment(o, f->zone, r->created_us);
	if (r->sight.blind)
		out_format(o, "; <a href=\"/guard#blind\">%zu of %zu rules could not see</a>",
			   r->sight.blind, r->sight.seeing + r->sight.blind);
	out_text(o, ".</p>");
}

static void isolation(struct out *o, const struct console_files *f)
{
	const struct queue_state *q = f->queue;
	if (!q)
		return;
	out_text(o, "<section id=isolation class=isolated><h2>This server is isolated</h2><dl "
		    "class=answers><div><dt>Mail kept in the queue</dt><dd>");
	say_number(o, q->messages);
	out_text(o, "</dd></div><div><dt>First message returned to its sender</dt><dd>");
	if (q->first_bounce_us == CLOCK_NONE) {
		out_text(o, "unknown");
	} else {
		out_text(o, "<b>in ");
		say_length(o, q->first_bounce_us - f->now_us);
		out_text(o, "</b>, ");
		say_moment(o, f->zone, q->first_bounce_us);
	}
	out_text(o, "</dd></div>");
	if (q->full_us != CLOCK_NONE) {
		out_text(o, "<div><dt>Disk full, at this pace</dt><dd>");
		say_moment(o, f->zone, q->full_us);
		out_text(o, "</dd></div>");
	}
	out_text(o, "</dl><div class=command><span>See</span><code>tocsin isolate status</code>"
		    "</div></section>\n");
}

static void each_by_rank(const struct report *r, struct out *o, const struct console_files *f,
			 void (*on)(struct out *, const struct console_files *,
				    const struct incident *, size_t))
{
	for (int rank = 3; rank >= 0; rank--)
		for (size_t i = 0; i < r->incidents.len; i++)
			if (rank_of(r->incidents.at[i].severity) == rank)
				on(o, f, &r->incidents.at[i], i + 1);
}

/* Why nothing can be said of incidents: never that there are none. */
static const char *none_title(const struct console_files *f)
{
	return f->too_large    ? "The report is too large for these pages"
	       : f->report.len ? "The report cannot be read"
			       : "No report yet";
}

static void say_none(struct out *o, const struct console_files *f)
{
	out_format(o,
		   "<section id=answer class=\"verdict %s\"><h1>%s</h1><p class=lead>%s</p>"
		   "</section>\n",
		   f->too_large || f->report.len ? "high" : "unknown", none_title(f),
		   f->too_large ? "On the host: <code>tocsin incidents</code>."
		   : f->report.len
		       ? "It is made anew at the next finding; on the host: <code>tocsin "
			 "incidents</code>."
		       : "The whole report is made once the past has been read; findings "
			 "below are told at once.");
}

static bool give_incidents(int fd, const struct console_files *f, const struct report *r)
{
	struct out o = {.fd = -1}, title = {.fd = -1};
	put_html(&o,
		 "<p id=altered class=alarm role=alert><b>A journal was altered:</b> what stands "
		 "in it was changed by another hand, and nobody is contained by it. ",
		 f->altered, " <code>tocsin journal verify</code></p>\n");
	isolation(&o, f);
	if (r) {
		const struct incident *worst = worst_of(r);
		headline(&title, r);
		out_format(&o, "<section id=answer class=\"verdict %s\"><h1>",
			   worst ? severity_class(worst->severity) : "none");
		out_html(&o, (slice){title.at, title.len});
		out_text(&o, "</h1>");
		lead(&o, f, r);
		out_text(&o, "</section>\n<div id=cases class=cases>");
		each_by_rank(r, &o, f, case_of);
		out_text(&o, "</div>\n");
	} else {
		out_text(&title, none_title(f));
		say_none(&o, f);
	}
	struct console_view v = {.name = SLICE("incidents"),
				 .title = {title.at, title.len},
				 .text = {o.at, o.len},
				 .of_edition = true};
	bool given = console_give(fd, &v, true);
	out_close(&o);
	out_close(&title);
	return given;
}

/* --- the page of one --- */

static void step_row(struct out *o, const struct console_files *f, const struct respond_action *a)
{
	bool bad = a->state == ACTION_FAILED || a->state == ACTION_UNDO_FAILED;
	out_format(o, "<tr><td><span class=\"state %s\">%s</span></td><td>",
		   bad                          ? "bad"
		   : a->state == ACTION_APPLIED ? "fine"
						: "plain",
		   a->refused.len && !a->in_force ? "not done" : action_states[a->state]);
	out_html(o, a->layer);
	out_text(o, "</td><td class=t>");
	out_html(o, a->effect);
	if (a->refused.len)
		put_html(o, "<br><span class=more>not done: ", a->refused, "</span>");
	if (bad) {
		put_html(o, "<br><span class=more>why: ", a->why, "</span>");
		put_html(o, "<br><span class=more>by hand: ", a->by_hand, "</span>");
	}
	put_html(o, "</td><td class=\"t code\">", a->target.len ? a->target : SLICE(" "), "</td>");
	out_text(o, "<td>");
	say_clock_of(o, f->zone, a->done_us);
	out_text(o, "</td></tr>\n");
}

static void response_table(struct out *o, const struct console_files *f, const struct response *p)
{
	out_text(o,
		 "<div class=scroll role=region tabindex=0 aria-label=\"Steps of a plan\"><table "
		 "class=steps><caption>");
	out_html(o, p->title.len ? p->title : p->incident);
	out_text(o, "<span class=each>planned ");
	say_moment(o, f->zone, p->planned_us);
	out_text(o, "</span></caption><thead><tr><th scope=col>State</th><th "
		    "scope=col>Layer</th><th scope=col>Step</th><th scope=col>Target</th><th "
		    "scope=col>Done</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->actions.len; i++)
		step_row(o, f, &p->actions.at[i]);
	out_text(o, "</tbody></table></div>\n");
}

static void containment(struct out *o, const struct console_files *f, const struct incident *in)
{
	struct done d = done_against(f, in);
	out_text(o, "<section id=containment class=containment><h2>Contained? ");
	say_done(o, f, &d);
	out_text(o, d.plans ? " <a class=see href=\"#steps\">each step</a></h2>\n" : "</h2>\n");
	commands(o, f, in->id, &d, false);
	out_text(o, "<details id=commands><summary>All commands, to be run on the host</summary>");
	commands(o, f, in->id, &d, true);
	out_text(o, "</details></section>\n");
}

static void steps(struct out *o, const struct console_files *f, const struct incident *in)
{
	out_text(o, "<section id=steps><h2>What was done against him</h2>\n");
	for (size_t i = 0; f->respond && i < respond_count(f->respond); i++) {
		const struct response *p = respond_at(f->respond, i);
		if (p->mode != RESPOND_ISOLATE && is_about(p, in))
			response_table(o, f, p);
	}
	out_text(o, "</section>\n");
}

static bool give_incident(int fd, const struct console_files *f, const struct report *r, size_t i)
{
	const struct incident *in = &r->incidents.at[i];
	char report[COMMAND_MOST];
	report_path(f, report);
	const struct report_style style = {.zone = f->zone, .json_path = report};
	struct out o = {.fd = -1}, name = {.fd = -1}, title = {.fd = -1};
	out_format(&o, "<section id=crumb class=crumb><h1><a href=\"/\">Incidents</a> / ");
	out_html(&o, in->id);
	out_text(&o, "</h1></section>\n");
	containment(&o, f, in);
	out_text(&o, "<div id=report class=report>\n");
	report_incident_html(r, i, &style, &o);
	out_text(&o, "</div>\n");
	if (done_against(f, in).plans)
		steps(&o, f, in);
	out_text(&name, "incident/");
	out_slice(&name, in->id);
	out_slice(&title, in->id);
	out_text(&title, ", ");
	out_slice(&title, in->severity);
	struct console_view v = {.name = {name.at, name.len},
				 .title = {title.at, title.len},
				 .text = {o.at, o.len},
				 .of_edition = true};
	bool given = console_give(fd, &v, true);
	out_close(&o);
	out_close(&name);
	out_close(&title);
	return given;
}

/* --- the page of the guard --- */

static bool give_sight(int fd, const struct console_files *f, const struct report *r)
{
	struct out o = {.fd = -1};
	const struct report_style style = {.zone = f->zone};
	out_text(&o, "<section id=journals><h2>Journals, to be noted elsewhere</h2><p "
		     "class=lead>Who becomes root can write them anew, but not to the same head: "
		     "<code>tocsin journal verify</code>.</p><dl class=strip>");
	put_html(&o, "<div><dt>What was done</dt><dd class=sha>",
		 f->journal_head.len ? f->journal_head : SLICE("nothing yet"), "</dd></div>");
	put_html(&o, "<div><dt>What was found</dt><dd class=sha>",
		 f->watch_head.len ? f->watch_head : SLICE("nothing yet"), "</dd></div>");
	out_text(&o, "</dl></section>\n");
	if (r) {
		out_text(&o, "<div id=sight>");
		report_blind_html(r, &style, &o);
		out_text(&o, "</div>\n");
	} else {
		out_text(&o, "<section id=blind><h2>Rules that could not see</h2><p class=lead>Not "
			     "known before the first whole report; now: <code>tocsin visibility "
			     "/var/log</code>.</p></section>\n");
	}
	struct console_view v = {.name = SLICE("sight"), .text = {o.at, o.len}, .of_edition = true};
	bool given = console_give(fd, &v, true);
	out_close(&o);
	return given;
}

/* --- for programs: parts of the report as they stand in its file --- */

static bool give_part(int fd, const char *name, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	struct console_view v = {.name = slice_of(name),
				 .kind = CONSOLE_JSON,
				 .text = slice_of(text ? text : "{}"),
				 .of_edition = true};
	bool given = console_give(fd, &v, true);
	free(text);
	return given;
}

static bool give_parts(int fd, const struct console_files *f)
{
	json_t *root = json_loadb(f->report.at, f->report.len, JSON_ALLOW_NUL, NULL);
	const json_t *incidents = json_object_get(root, "incidents");
	const json_t *sight = json_object_get(root, "visibility");
	bool given = !sight || give_part(fd, "api/visibility", sight);
	for (size_t i = 0; i < json_array_size(incidents); i++) {
		const json_t *row = json_array_get(incidents, i);
		const char *id = json_string_value(json_object_get(row, "id"));
		char name[CONSOLE_NAME];
		int n = snprintf(name, sizeof name, "api/incident/%s", id ? id : "");
		if (n > 0 && (size_t)n < sizeof name)
			given &= give_part(fd, name, row);
	}
	json_decref(root);
	return given;
}

static void json_case(struct out *o, const struct console_files *f, const struct incident *in,
		      size_t number)
{
	struct done d = done_against(f, in);
	struct out text = {.fd = -1};
	bool first = o->at[o->len - 1] == '[';
	out_text(o, first ? "{\"id\":" : ",{\"id\":");
	out_json(o, in->id);
	put_json(o, "severity", in->severity);
	put_json(o, "title", in->title);
	put_json_time(o, "first_malicious", in->first_us);
	put_json_time(o, "last_malicious", in->last_us);
	for (int q = 0; q < QUESTION_COUNT; q++) {
		text.len = 0;
		say_answer(&text, in, (enum question)q);
		out_format(o, ",\"%s\":{\"certainty\":\"%s\"", question_ids[q],
			   say_certainty(in->verdicts[q].certainty));
		put_json(o, "answer", (slice){text.at, text.len});
		out_text(o, "}");
	}
	out_format(o, ",\"plans\":%zu,\"steps\":%zu,\"applied\":%zu,\"failed\":%zu,\"undone\":%zu",
		   d.plans, d.steps, d.applied, d.failed, d.undone);
	if (d.measured) {
		out_format(o, ",\"measured\":\"%s\",\"measured_at\":\"",
			   measured_names[d.measured->measured]);
		out_time(o, d.measured->measured_us);
		out_text(o, "\"");
	}
	text.len = 0;
	plan_command(&text, f, in->id);
	put_json(o, "plan", (slice){text.at, text.len});
	out_text(o, "}");
	out_close(&text);
}

static bool give_json(int fd, const struct console_files *f, const struct report *r)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"schema\":\"tocsin.console.incidents/1\"");
	if (r)
		put_json_time(&o, "report", r->created_us);
	if (f->queue) {
		out_format(&o, ",\"isolation\":{\"messages\":%zu", f->queue->messages);
		put_json_time(&o, "first_bounce", f->queue->first_bounce_us);
		put_json_time(&o, "disk_full", f->queue->full_us);
		out_text(&o, "}");
	}
	put_json(&o, "journal_altered", f->altered);
	out_text(&o, ",\"incidents\":[");
	if (r)
		each_by_rank(r, &o, f, json_case);
	out_text(&o, "]}\n");
	struct console_view v = {.name = SLICE("api/incidents"),
				 .kind = CONSOLE_JSON,
				 .text = {o.at, o.len},
				 .of_edition = true};
	bool given = console_give(fd, &v, true);
	out_close(&o);
	return given;
}

bool console_tell_files(int fd, const struct console_files *f)
{
	struct report r;
	char why[512];
	bool loaded = f->report.len && report_load(f->report, &r, why, sizeof why);
	const struct report *at = loaded ? &r : NULL;
	if (f->report.len && !loaded)
		fprintf(stderr, "tocsin: report.json: %s (the console shows none)\n", why);
	bool given = console_begin(fd);
	given = given && give_incidents(fd, f, at);
	given = given && give_sight(fd, f, at);
	given = given && give_json(fd, f, at);
	for (size_t i = 0; given && loaded && i < r.incidents.len; i++)
		given = give_incident(fd, f, &r, i);
	given = given && (!loaded || give_parts(fd, f));
	given = given && console_end(fd);
	if (loaded)
		report_free(&r);
	return given;
}
