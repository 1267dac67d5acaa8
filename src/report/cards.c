/* cards.c - one incident on the page: the six answers, what to do, why, and who fits. */
#include "web.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ cards */

static bool has_own_gaps(struct web *w, const struct incident *in)
{
	size_t i = 0;
	while (i < in->gaps.len && is_common_gap(&w->common, &in->gaps.at[i]))
		i++;
	return i < in->gaps.len;
}

/* Where the answer's proof is to be found on this page. */
static void card_links(struct web *w, const struct incident *in, size_t number, enum question q)
{
	static const struct {
		enum sheet_id sheet;
		const char *name;
	} rows[QUESTION_COUNT][2] = {
	    [Q_HOW] = {{SHEET_SESSION, "sessions"}, {SHEET_FINDING, "findings"}},
	    [Q_SINCE] = {{SHEET_SESSION, "sessions"}, {SHEET_FINDING, "findings"}},
	    [Q_OPENED] = {{SHEET_ACCESS, "everything opened"}, {SHEET_GAP, "what was not seen"}},
	    [Q_LEFT] = {{SHEET_ACCESS, "everything opened"}, {SHEET_SENT, "what was sent"}},
	    [Q_INSIDE] = {{SHEET_CHANGE, "changes"}, {SHEET_SESSION, "sessions"}},
	    [Q_WHO] = {{SHEET_SOURCE, "sources"}, {SHEET_FINDING, "findings"}},
	};
	out_format(w->o, "<p class=see><a href=\"#i%zu-%s-why\">why</a> ", number, question_ids[q]);
	for (size_t i = 0; i < 2; i++) {
		const struct sheet *s = &sheets[rows[q][i].sheet];
		if (rows[q][i].sheet == SHEET_GAP && !has_own_gaps(w, in) && in->gaps.len)
			out_format(w->o, "<a href=\"#%s\">%s</a> ", s->key, rows[q][i].name);
		else if (sheet_rows(s, in).len)
			out_format(w->o, "<a href=\"#i%zu-%s\">%s</a> ", number, s->key,
				   rows[q][i].name);
	}
	if (q == Q_WHO && in->hypotheses.len)
		out_format(w->o, "<a href=\"#i%zu-hypotheses\">hypotheses</a> ", number);
	if (q == Q_HOW || q == Q_SINCE)
		book_links(w, &in->entry.evidence);
	web_text(w, "</p>");
}

static void card(struct web *w, const struct incident *in, size_t number, enum question q)
{
	out_format(w->o, "<article class=card id=\"i%zu-%s\"><header><h3>%s</h3> ", number,
		   question_ids[q], question_texts[q]);
	web_mark(w, say_certainty(in->verdicts[q].certainty));
	web_text(w, "</header><p class=answer>");
	say_answer(web_say(w), in, q);
	web_said(w);
	web_text(w, "</p>");
	card_links(w, in, number, q);
	web_text(w, "</article>\n");
}

static void cards(struct web *w, const struct incident *in, size_t number)
{
	web_text(w, "<div class=cards>\n");
	for (int q = 0; q < QUESTION_COUNT; q++)
		card(w, in, number, q);
	web_text(w, "</div>\n");
}

/* ---------------------------------------------------------------- figures */

static void number_or_bytes(struct out *o, int64_t n, bool bytes)
{
	if (bytes)
		say_bytes(o, n);
	else
		say_exact(o, (uint64_t)n);
}

/* What is not proven and not bounded is no zero. */
static void figure(struct web *w, const char *name, const struct total *t, bool bytes)
{
	bool none = t->proven <= 0, unbounded = t->at_most == UNKNOWN;
	out_format(w->o, "<div><dt>%s</dt><dd><b>", name);
	if (t->proven == UNKNOWN || (none && unbounded))
		out_text(web_say(w), "?");
	else
		number_or_bytes(web_say(w), t->proven, bytes);
	web_said(w);
	web_text(w, "</b> <span>");
	out_text(web_say(w), none ? "none proven" : "proven");
	if (unbounded) {
		out_text(&w->raw, "; no upper bound can be given");
	} else if (t->at_most == t->proven) {
		out_text(&w->raw, none ? ", and none possible" : ", and no more");
	} else {
		out_text(&w->raw, ", at most ");
		number_or_bytes(&w->raw, t->at_most, bytes);
	}
	web_said(w);
	web_text(w, "</span></dd></div>\n");
}

static void figures(struct web *w, const struct incident *in)
{
	web_text(w, "<dl class=figures>\n");
	figure(w, "Messages opened", &in->messages, false);
	figure(w, "Attachments", &in->attachments, false);
	figure(w, "Files", &in->files, false);
	figure(w, "Bytes out", &in->bytes_out, true);
	web_text(w, "</dl>\n");
}

static void step_item(void *ctx, enum step_is is, slice text)
{
	struct web *w = ctx;
	if (is == STEP_SETTLES && is_common_step(&w->common, text))
		return;
	web_element(ctx, "<li>", text, "</li>\n");
}

static void steps(struct web *w, const struct incident *in)
{
	web_text(w, "<div class=next><h3>What to do now</h3><ol>\n");
	next_steps(w->r, in, w->style, step_item, w);
	web_text(w, "</ol></div>\n");
}

/* ------------------------------------------------------------- hypotheses */

static void hypothesis(struct web *w, const struct hypothesis *h)
{
	int weight = h->weight < 0 ? 0 : h->weight > 100 ? 100 : h->weight;
	web_element(w, "<li><h4>", h->name, "");
	out_format(w->o,
		   " <span class=weight>%d%%</span></h4><svg class=bar aria-hidden=true "
		   "width=\"100%%\" height=6><rect class=all width=\"100%%\" height=6 rx=3 />"
		   "<rect width=\"%d%%\" height=6 rx=3 /></svg><dl>",
		   weight, weight);
	for (size_t i = 0; i < h->for_count; i++)
		web_element(w, "<dt>For</dt><dd>", h->in_favour[i], "</dd>");
	for (size_t i = 0; i < h->against_count; i++)
		web_element(w, "<dt>Against</dt><dd>", h->against[i], "</dd>");
	web_text(w, "</dl></li>\n");
}

void cards_who(struct web *w, const struct incident *in, size_t number)
{
	if (!in->hypotheses.len)
		return;
	out_format(w->o,
		   "<section id=\"i%zu-hypotheses\"><h3>Who fits: hypotheses, weighed</h3>\n"
		   "<p class=lead>Weights compare these hypotheses with each other; none of them "
		   "is an accusation.</p><ul class=hypotheses>\n",
		   number);
	for (size_t i = 0; i < in->hypotheses.len; i++)
		hypothesis(w, &in->hypotheses.at[i]);
	web_text(w, "</ul></section>\n");
}

/* --------------------------------------------------------------- incident */

static void incident_head(struct web *w, const struct incident *in, size_t number)
{
	struct when years = w->when;
	years.years = true;
	out_format(w->o, "<section class=incident id=\"i%zu\">\n<header class=ihead><p class=id>",
		   number);
	web_severity(w, in->severity);
	web_element(w, " ", in->id, "</p>\n");
	web_element(w, "<h2>", in->title, "</h2>\n");
	web_text(w, "<p class=when>");
	say_span(web_say(w), &years, in->first_us, in->last_us);
	web_said(w);
	web_text(w, "</p></header>\n");
}

void cards_print(struct web *w, const struct incident *in, size_t number)
{
	incident_head(w, in, number);
	cards(w, in, number);
	steps(w, in);
	figures(w, in);
}

/* ---------------------------------------------------------------- reasons */

static void list(struct web *w, const char *head, const slice *at, size_t n)
{
	if (!n)
		return;
	out_format(w->o, "<h5>%s</h5><ul>", head);
	for (size_t i = 0; i < n; i++)
		web_element(w, "<li>", at[i], "</li>");
	web_text(w, "</ul>");
}

static void reason(struct web *w, const struct incident *in, size_t number, enum question q)
{
	const struct verdict *v = &in->verdicts[q];
	out_format(w->o, "<article class=why id=\"i%zu-%s-why\"><h4>%s</h4>", number,
		   question_ids[q], question_texts[q]);
	if (v->short_answer.len && !slice_eq(v->short_answer, v->answer))
		web_element(w, "<p class=long>", v->answer, "</p>");
	list(w, "Because", v->because, v->because_count);
	list(w, "Would settle it", v->would_settle, v->would_settle_count);
	web_text(w, "</article>\n");
}

static void entry(struct web *w, const struct incident *in, size_t number)
{
	const struct entry *e = &in->entry;
	out_format(w->o, "<div class=entry id=\"i%zu-entry\"><h3>The way in</h3><p>", number);
	web_mark(w, say_certainty(e->certainty));
	web_text(w, " <b>");
	say_words(web_say(w), slice_of(entry_names[e->method]));
	web_said(w);
	web_text(w, "</b> ");
	web_say(w);
	if (e->account.len) {
		out_text(&w->raw, "on ");
		out_slice(&w->raw, e->account);
	}
	if (e->has_source)
		out_text(&w->raw, " from ");
	say_address(&w->raw, e->has_source, &e->source);
	if (e->time_us != CLOCK_NONE)
		out_text(&w->raw, ", ");
	say_time(&w->raw, &w->when, e->time_us);
	web_said(w);
	web_text(w, ". ");
	web_slice(w, e->because);
	web_text(w, " ");
	book_links(w, &e->evidence);
	web_text(w, "</p></div>\n");
}

void cards_reasons(struct web *w, const struct incident *in, size_t number)
{
	entry(w, in, number);
	web_text(w, "<section class=reasons><h3>Why, and what would settle it</h3>\n"
		    "<div class=cards>\n");
	for (int q = 0; q < QUESTION_COUNT; q++)
		reason(w, in, number, q);
	web_text(w, "</div></section>\n");
}

/* --------------------------------------------------------------- overview */

static void overview_row(struct web *w, const struct incident *in)
{
	out_format(w->o, "<tr><td class=code><a href=\"#i%zu\">",
		   (size_t)(in - w->r->incidents.at) + 1);
	web_slice(w, in->id);
	web_text(w, "</a></td><td>");
	web_severity(w, in->severity);
	web_element(w, "</td><td class=t>", in->title, "</td>");
	web_text(w, "<td class=t>");
	say_accounts(web_say(w), in, 3);
	web_said(w);
	web_text(w, "</td><td>");
	say_span(web_say(w), &w->when, in->first_us, in->last_us);
	web_said(w);
	web_text(w, "</td><td class=t>");
	say_loss(web_say(w), in);
	web_said(w);
	web_text(w, " ");
	web_mark(w, say_certainty(in->verdicts[Q_LEFT].certainty));
	web_text(w, "</td></tr>\n");
}

/* What would settle questions of several incidents. */
void cards_common(struct web *w)
{
	const struct common_row *row = NULL;
	while ((row = common_next(&w->common, row)) && row->gap)
		;
	if (!row)
		return;
	web_text(w, "<section id=common class=common><h2>What would settle open questions of "
		    "several incidents</h2>\n<ol>\n");
	for (; row; row = common_next(&w->common, row)) {
		slice text = table_key(row);
		if (row->gap)
			continue;
		slice_eat(&text, "To settle ");
		web_element(w, "<li>", text, "");
		say_of_all(web_say(w), row, w->r);
		web_said(w);
		web_text(w, "</li>\n");
	}
	web_text(w, "</ol></section>\n");
}

void cards_overview(struct web *w)
{
	const struct incident **at = incidents_ranked(w->r);
	web_text(w, "<section class=overview><div class=scroll role=region tabindex=0 "
		    "aria-label=\"All incidents\"><table class=overview><caption>All of them, the "
		    "gravest first</caption>\n<thead><tr><th scope=col>Incident</th><th "
		    "scope=col>Severity</th><th scope=col>What happened</th><th "
		    "scope=col>Accounts</th><th scope=col>When</th><th scope=col>Did data "
		    "leave?</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < w->r->incidents.len; i++)
		overview_row(w, at[i]);
	web_text(w, "</tbody></table></div></section>\n");
	free(at);
}
