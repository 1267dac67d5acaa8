/* case.c - the page of one incident: its report, and each step against it. */
#include "part.h"

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
	done_say(o, f, &d);
	out_text(o, d.plans ? " <a class=see href=\"#steps\">each step</a></h2>\n" : "</h2>\n");
	copy_commands(o, f, in->id, &d, false);
	out_text(o, "<details id=commands><summary>All commands, to be run on the host</summary>");
	copy_commands(o, f, in->id, &d, true);
	out_text(o, "</details></section>\n");
}

static void steps(struct out *o, const struct console_files *f, const struct incident *in)
{
	out_text(o, "<section id=steps><h2>What was done against him</h2>\n");
	for (size_t i = 0; f->respond && i < respond_count(f->respond); i++) {
		const struct response *p = respond_at(f->respond, i);
		if (p->mode != RESPOND_ISOLATE && done_is_about(p, in))
			response_table(o, f, p);
	}
	out_text(o, "</section>\n");
}

bool give_incident(int fd, const struct console_files *f, const struct report *r, size_t i)
{
	const struct incident *in = &r->incidents.at[i];
	char report[COMMAND_MOST];
	copy_report_path(f, report);
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
