/*
 * html.c - the report as one page: no script, nothing from outside, for screens and paper.
 *
 * Laws: (1) log text leaves through web_slice() and web_said() only, both out_html();
 *       (2) attributes hold only our own words and numbers;
 *       (3) the page forbids script and outside resources itself (Content-Security-Policy);
 *       (4) what is cut for size says how much it left out and where it is.
 */
#include "web.h"

#include <stdlib.h>

/* --------------------------------------------------------------- incident */

static void sections_of(struct web *w, size_t incident)
{
	for (size_t i = 0; i < w->sections.len; i++) {
		const struct section *s = &w->sections.at[i];
		if (s->incident != incident || !s->rows.len)
			continue;
		web_text(w, "<section id=\"");
		if (incident < w->r->incidents.len)
			out_format(w->o, "i%zu-", incident + 1);
		out_format(w->o, "%s\">\n", s->sheet->key);
		tables_print(w, s,
			     incident < w->r->incidents.len ? s->sheet->title
			     : s->sheet == &sheets[SHEET_GAP]
				 ? "What all sources could not show"
				 : "Findings that belong to no incident");
		web_text(w, "</section>\n");
	}
}

static void incident(struct web *w, size_t index)
{
	const struct incident *in = &w->r->incidents.at[index];
	cards_print(w, in, index + 1);
	plot_print(w, in, index + 1);
	cards_reasons(w, in, index + 1);
	sections_of(w, index);
	cards_who(w, in, index + 1);
	web_text(w, "</section>\n");
}

/* ----------------------------------------------------------- the whole page */

static void page_title(struct web *w)
{
	const struct report *r = w->r;
	if (r->incidents.len == 0)
		out_text(web_say(w), r->recognised ? "No incident found" : "No answer found");
	else if (r->incidents.len == 1)
		out_text(web_say(w), "One incident found");
	else
		out_format(web_say(w), "%zu incidents found", r->incidents.len);
	web_said(w);
}

static void page_head(struct web *w)
{
	web_text(w, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
		    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
		    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
		    "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=referrer content=no-referrer>\n<meta name=robots content=noindex>\n"
		    "<meta name=color-scheme content=\"light dark\">\n<title>");
	page_title(w);
	for (size_t i = 0; i < w->r->incidents.len && i < 3; i++)
		web_element(w, ", ", w->r->incidents.at[i].id, "");
	web_text(w, " - tocsin</title>\n<style>\n");
	web_text(w, web_style);
	web_text(w, "</style>\n</head>\n<body>\n");
}

static void say_looked_at(struct web *w)
{
	const struct report *r = w->r;
	struct out *o = web_say(w);
	if (r->hosts)
		out_format(o, "%llu host%s, ", (unsigned long long)r->hosts,
			   r->hosts == 1 ? "" : "s");
	out_format(o, "%zu input%s, ", r->inputs.len, r->inputs.len == 1 ? "" : "s");
	say_count(o, r->records);
	out_text(o, " records, ");
	if (r->records) {
		say_share(o, r->recognised, r->records);
		out_text(o, " recognised, ");
	}
	if (w->when.first_us != CLOCK_NONE)
		say_stretch(o, &w->when);
	else
		out_text(o, "no time known");
	web_said(w);
}

static void masthead(struct web *w)
{
	web_text(
	    w,
	    "<header class=top>\n<p class=brand><svg width=22 height=24 viewBox=\"0 0 22 24\" "
	    "aria-hidden=true><path d=\"M11 1.5c-4.2 0-6.6 3-6.6 7.2 0 5-1.4 6.8-2.9 "
	    "8.3h19c-1.5-1.5-"
	    "2.9-3.3-2.9-8.3 0-4.2-2.4-7.2-6.6-7.2z\" fill=currentColor /><path d=\"M8.2 19.4a2.9 "
	    "2.9 0 0 0 5.6 0z\" fill=currentColor /></svg> tocsin</p>\n<h1>");
	page_title(w);
	struct when years = w->when;
	years.years = true;
	web_text(w, "</h1>\n<p class=lead>");
	say_looked_at(w);
	web_text(w, "</p>\n<p class=made>Written ");
	say_time(web_say(w), &years, w->r->created_us);
	web_said(w);
	web_element(w, " by tocsin ", w->r->tool_version, "");
	web_text(w, w->when.mixed ? "; every time has its offset from UTC." : "; all times are ");
	if (!w->when.mixed) {
		say_zone(web_say(w), &w->when, w->when.last_us == CLOCK_NONE ? 0 : w->when.last_us);
		web_said(w);
		web_text(w, ".");
	}
	web_text(w, "</p>\n</header>\n<main>\n");
}

static void calm(struct web *w)
{
	web_text(w, "<section class=calm><p class=answer>");
	web_text(
	    w,
	    w->r->recognised
		? "Nothing in these records adds up to an intrusion. That is as much as they can "
		  "say: what they could not show is listed below."
		: "No record was understood, so this says nothing about what happened.");
	web_text(w, "</p>");
	if (w->r->recognised && report_says_little(w->r)) {
		web_text(w, "<p class=lead>Most records were not understood (");
		say_exact(w->o, w->r->records - w->r->recognised);
		web_text(w, " of ");
		say_exact(w->o, w->r->records);
		web_text(w, "), so this says little: give the logs of the mail host.</p>");
	}
	web_text(w, "</section>\n");
}

/* --------------------------------------------------------------- sections */

static void add_incident_sections(struct web *w, size_t index, struct gap *ranked)
{
	static const enum sheet_id order[] = {SHEET_ACCESS, SHEET_SESSION, SHEET_CHANGE,
					      SHEET_SENT,   SHEET_ACCOUNT, SHEET_SOURCE,
					      SHEET_GAP,    SHEET_FINDING};
	const struct incident *in = &w->r->incidents.at[index];
	size_t own = 0;
	for (size_t i = 0; i < in->gaps.len; i++)
		if (!is_common_gap(&w->common, &ranked[i]))
			ranked[own++] = ranked[i];
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		struct section s = {&sheets[order[i]], sheet_rows(&sheets[order[i]], in), index};
		if (order[i] == SHEET_GAP)
			s.rows = (struct rows){(const char *)ranked, own};
		*list_add(&w->sections) = s;
	}
}

static bool same_gap(const struct gap *a, const struct gap *b)
{
	return a->from_us == b->from_us && a->to_us == b->to_us && slice_eq(a->kind, b->kind) &&
	       slice_eq(a->source, b->source) && slice_eq(a->hides, b->hides);
}

static bool in_an_incident(const struct report *r, const struct gap *g)
{
	for (size_t i = 0; i < r->incidents.len; i++)
		for (size_t k = 0; k < r->incidents.at[i].gaps.len; k++)
			if (same_gap(g, &r->incidents.at[i].gaps.at[k]))
				return true;
	return false;
}

/* What several incidents share, and what no incident above lists: the caller frees it. */
static struct gap *gaps_behind(struct web *w, size_t *n)
{
	const struct report *r = w->r;
	struct gap *at;
	*n = common_gaps(&w->common, &at);
	at = must_realloc(at, (*n + r->gaps.len + 1) * sizeof *at);
	for (size_t i = 0; i < r->gaps.len; i++)
		if (!in_an_incident(r, &r->gaps.at[i]))
			at[(*n)++] = r->gaps.at[i];
	struct gap *ranked = gaps_ranked(at, *n);
	free(at);
	return ranked;
}

/* The gaps of each incident and, last, of the report, ranked; they live as long as the sections. */
static struct gap **add_sections(struct web *w)
{
	const struct report *r = w->r;
	size_t n = r->incidents.len, behind;
	struct gap **ranked = must_alloc((n + 1) * sizeof *ranked);
	for (size_t i = 0; i < n; i++) {
		const struct incident *in = &r->incidents.at[i];
		ranked[i] = gaps_ranked(in->gaps.at, in->gaps.len);
		add_incident_sections(w, i, ranked[i]);
	}
	ranked[n] = gaps_behind(w, &behind);
	*list_add(&w->sections) = (struct section){
	    &sheets[SHEET_FINDING], {(const char *)r->findings.at, r->findings.len}, n};
	*list_add(&w->sections) =
	    (struct section){&sheets[SHEET_GAP], {(const char *)ranked[n], behind}, n};
	return ranked;
}

static void suspected(struct web *w)
{
	for (size_t i = 0; i < w->r->suspects.len; i++) {
		web_text(w, i ? "<br>" : "<p class=lead>Suspected ");
		say_named(web_say(w), w->r, w->r->suspects.at[i]);
		web_said(w);
	}
	web_text(w, w->r->suspects.len ? "</p>\n" : "");
}

static void print_page(struct web *w)
{
	page_head(w);
	masthead(w);
	suspected(w);
	plot_shapes(w);
	const struct incident **at = incidents_ranked(w->r);
	if (w->r->incidents.len > 1)
		cards_overview(w);
	for (size_t i = 0; i < w->r->incidents.len; i++)
		incident(w, (size_t)(at[i] - w->r->incidents.at));
	free(at);
	cards_common(w);
	if (!w->r->incidents.len)
		calm(w);
	sections_of(w, w->r->incidents.len);
	blind_print(w);
	inputs_print(w);
	book_print(w);
	inputs_foot(w);
}

static struct web web_of(const struct report *r, const struct report_style *style, struct out *o)
{
	return (struct web){
	    .r = r,
	    .style = style,
	    .when = when_of(r, style->zone),
	    .o = o,
	    .raw = {.fd = -1},
	    .common = common_of(NULL, style),
	};
}

static void web_end(struct web *w)
{
	list_free(&w->sections);
	common_free(&w->common);
	table_free(&w->book);
	out_close(&w->raw);
}

void report_html(const struct report *r, const struct report_style *style, struct out *o)
{
	struct web w = web_of(r, style, o);
	common_free(&w.common);
	w.common = common_of(r, style);
	struct gap **ranked = add_sections(&w);
	book_fill(&w);
	print_page(&w);
	for (size_t i = 0; i <= r->incidents.len; i++)
		free(ranked[i]);
	free(ranked);
	web_end(&w);
}

void report_incident_html(const struct report *r, size_t index, const struct report_style *style,
			  struct out *o)
{
	struct web w = web_of(r, style, o);
	const struct incident *in = &r->incidents.at[index];
	struct gap *ranked = gaps_ranked(in->gaps.at, in->gaps.len);
	add_incident_sections(&w, index, ranked);
	book_fill(&w);
	plot_shapes(&w);
	incident(&w, index);
	free(ranked);
	web_end(&w);
}

void report_blind_html(const struct report *r, const struct report_style *style, struct out *o)
{
	struct web w = web_of(r, style, o);
	blind_print(&w);
	web_end(&w);
}
