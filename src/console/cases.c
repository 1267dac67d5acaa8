/* cases.c - the page of incidents: what is asked first of each, the worst before the others. */
#include "part.h"

enum { NAMES_MOST = 6 };

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
	done_say(o, f, &d);
	out_text(o, "</dd></div></dl>\n");
	copy_commands(o, f, in->id, &d, false);
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

void cases_each(const struct report *r, struct out *o, const struct console_files *f, case_told *on)
{
	for (int rank = 3; rank >= 0; rank--)
		for (size_t i = 0; i < r->incidents.len; i++)
			if (rank_of(r->incidents.at[i].severity) == rank)
				on(o, f, &r->incidents.at[i], i + 1);
}

/* --- the page --- */

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

bool give_incidents(int fd, const struct console_files *f, const struct report *r)
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
		cases_each(r, &o, f, case_of);
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
