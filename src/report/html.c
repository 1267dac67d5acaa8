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

struct out *web_say(struct web *w)
{
	w->raw.len = 0;
	return &w->raw;
}

void web_said(struct web *w)
{
	out_html(w->o, (slice){w->raw.at, w->raw.len});
}

static void element(struct web *w, const char *open, slice raw, const char *close)
{
	if (!raw.len)
		return;
	web_text(w, open);
	web_slice(w, raw);
	web_text(w, close);
}

/* ------------------------------------------------------------------ marks */

static const char *known_word(slice word, const char *const *words, size_t n, const char *other)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(word, slice_of(words[i])))
			return words[i];
	return other;
}

/* A class of our own for a word that may be anybody's. */
static const char *severity_class(slice word)
{
	static const char *const words[] = {"critical", "high", "medium", "low"};
	return known_word(word, words, 4, "low");
}

static void mark(struct web *w, const char *certainty)
{
	out_format(w->o, "<span class=\"mark %s\">%s</span>", certainty, certainty);
}

/* ----------------------------------------------------------------- tables */

/* What there is to say of the columns: bit sets. */
struct columns {
	uint32_t empty, same;
};
#define RECORDS (UINT32_C(1) << 31) /* the column of citations, behind all others */

static bool cites_nothing(const struct section *s)
{
	for (size_t i = 0; i < s->rows.len && i < ROWS_MOST; i++) {
		const struct evidences *e =
		    sheet_evidence(s->sheet, s->rows.at + i * s->sheet->row_size);
		if (e && (e->len || e->more))
			return false;
	}
	return true;
}

/* Columns of empty cells, and those in which all rows (of at least two) agree. */
static struct columns look_at_columns(struct web *w, const struct section *s)
{
	struct columns k = {0};
	for (size_t c = 0; c < s->sheet->column_count; c++) {
		bool empty = true;
		bool same = c > 0 && s->rows.len > 1 && !(s->sheet->columns[c].flags & MARK);
		uint64_t first = 0;
		for (size_t i = 0; i < s->rows.len && i < ROWS_MOST; i++) {
			s->sheet->columns[c].cell(web_say(w), &w->when,
						  s->rows.at + i * s->sheet->row_size);
			uint64_t hash = hash_bytes(w->raw.at, w->raw.len);
			first = i ? first : hash;
			empty = empty && w->raw.len == 0;
			same = same && hash == first && w->raw.len <= SAID_MOST;
		}
		k.empty |= (uint32_t)empty << c;
		k.same |= (uint32_t)(same && !empty && s->rows.len <= ROWS_MOST) << c;
	}
	k.empty |= cites_nothing(s) ? RECORDS : 0;
	return k;
}

/* "Each with account c.martin, folder INBOX": said once, these need no column. */
static void print_same(struct web *w, const struct section *s, uint32_t same)
{
	const char *before = "<span class=each>Each with ";
	for (size_t c = 0; c < s->sheet->column_count; c++) {
		if (!(same >> c & 1))
			continue;
		web_text(w, before);
		say_head(web_say(w), s->sheet->columns[c].head);
		out_char(&w->raw, ' ');
		s->sheet->columns[c].cell(&w->raw, &w->when, s->rows.at);
		web_said(w);
		before = ", ";
	}
	web_text(w, same ? "</span>" : "");
}

/* On a narrow screen a number stands without its head, so it brings its name. */
static void number_cell(struct web *w, const char *name)
{
	out_format(w->o, "<td class=n data-name=\"%s\">", name);
}

static void print_cell(struct web *w, const struct column *c, const void *row)
{
	c->cell(web_say(w), &w->when, row);
	if (c->flags & RIGHT)
		number_cell(w, c->head);
	else if (w->raw.len > SAID_MOST || c->flags & FLEX)
		web_text(w, c->flags & CODE ? "<td class=\"t code\">" : "<td class=t>");
	else
		web_text(w, c->flags & CODE ? "<td class=code>" : "<td>");
	if (c->flags & MARK && w->raw.len) {
		out_char(&w->raw, '\0');
		mark(w, w->raw.at);
	} else {
		web_said(w);
	}
	web_text(w, "</td>");
}

static void print_row(struct web *w, const struct section *s, size_t i, uint32_t hidden)
{
	const char *row = s->rows.at + i * s->sheet->row_size;
	const struct evidences *e = sheet_evidence(s->sheet, row);
	web_text(w, "<tr id=\"");
	claim_anchor(w, &(struct claim){s->sheet, s->incident, i});
	web_text(w, "\">");
	for (size_t c = 0; c < s->sheet->column_count; c++)
		if (!(hidden >> c & 1))
			print_cell(w, &s->sheet->columns[c], row);
	if (e && !(hidden & RECORDS)) {
		web_text(w, "<td class=cites>");
		book_links(w, e);
		web_text(w, "</td>");
	}
	web_text(w, "</tr>\n");
}

static void print_heads(struct web *w, const struct section *s, uint32_t hidden)
{
	web_text(w, "<thead><tr>");
	for (size_t c = 0; c < s->sheet->column_count; c++)
		if (!(hidden >> c & 1))
			out_format(w->o, "<th scope=col%s>%s</th>",
				   s->sheet->columns[c].flags & RIGHT ? " class=n" : "",
				   s->sheet->columns[c].head);
	web_text(w, hidden & RECORDS ? "" : "<th scope=col>Records</th>");
	web_text(w, "</tr></thead>\n<tbody>\n");
}

static void print_remainder(struct web *w, const struct section *s)
{
	if (s->rows.len <= ROWS_MOST)
		return;
	out_text(web_say(w), "The first ");
	say_exact(&w->raw, ROWS_MOST);
	out_text(&w->raw, " of ");
	say_exact(&w->raw, s->rows.len);
	out_text(&w->raw, " rows; the other ");
	say_exact(&w->raw, s->rows.len - ROWS_MOST);
	out_text(&w->raw, " are in the JSON report (tocsin scan --json FILE).");
	web_text(w, "<p class=remainder>");
	web_said(w);
	web_text(w, "</p>\n");
}

static void print_table(struct web *w, const struct section *s, const char *title)
{
	struct columns k = look_at_columns(w, s);
	uint32_t hidden = k.empty | k.same;
	out_format(w->o,
		   "<div class=scroll role=region tabindex=0 aria-label=\"%s\"><table class=%s>"
		   "<caption>%s <span class=count>",
		   title, s->sheet->key, title);
	say_exact(w->o, s->rows.len);
	web_text(w, "</span>");
	print_same(w, s, k.same);
	web_text(w, "</caption>\n");
	print_heads(w, s, hidden);
	for (size_t i = 0; i < s->rows.len && i < ROWS_MOST; i++)
		print_row(w, s, i, hidden);
	web_text(w, "</tbody></table></div>\n");
	print_remainder(w, s);
}

/* ------------------------------------------------------------------ cards */

static void list(struct web *w, const char *head, const slice *at, size_t n)
{
	if (!n)
		return;
	out_format(w->o, "<h4>%s</h4><ul>", head);
	for (size_t i = 0; i < n; i++)
		element(w, "<li>", at[i], "</li>");
	web_text(w, "</ul>");
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
	web_text(w, "<p class=see>");
	for (size_t i = 0; i < 2; i++) {
		const struct sheet *s = &sheets[rows[q][i].sheet];
		if (sheet_rows(s, in).len)
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
	const struct verdict *v = &in->verdicts[q];
	out_format(w->o, "<article class=card id=\"i%zu-%s\"><header><h3>%s</h3> ", number,
		   question_ids[q], question_texts[q]);
	mark(w, say_certainty(v->certainty));
	web_text(w, "</header><p class=answer>");
	say_answer(web_say(w), in, q);
	web_said(w);
	web_text(w, "</p>");
	if (v->short_answer.len && !slice_eq(v->short_answer, v->answer))
		element(w, "<p class=long>", v->answer, "</p>");
	list(w, "Because", v->because, v->because_count);
	list(w, "Would settle it", v->would_settle, v->would_settle_count);
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

static void figure(struct web *w, const char *name, const struct total *t, bool bytes)
{
	out_format(w->o, "<div><dt>%s</dt><dd><b>", name);
	if (t->proven == UNKNOWN)
		out_text(web_say(w), "?");
	else
		number_or_bytes(web_say(w), t->proven, bytes);
	web_said(w);
	web_text(w, "</b> <span>");
	if (t->at_most == UNKNOWN) {
		out_text(web_say(w), "proven; no upper bound can be given");
	} else if (t->at_most == t->proven) {
		out_text(web_say(w), "proven, and no more");
	} else {
		out_text(web_say(w), "proven, at most ");
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

static void step_item(void *ctx, slice text)
{
	element(ctx, "<li>", text, "</li>\n");
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
	element(w, "<li><h4>", h->name, "");
	out_format(w->o,
		   " <span class=weight>%d%%</span></h4><svg class=bar aria-hidden=true "
		   "width=\"100%%\" height=6><rect class=all width=\"100%%\" height=6 rx=3 />"
		   "<rect width=\"%d%%\" height=6 rx=3 /></svg><dl>",
		   weight, weight);
	for (size_t i = 0; i < h->for_count; i++)
		element(w, "<dt>For</dt><dd>", h->in_favour[i], "</dd>");
	for (size_t i = 0; i < h->against_count; i++)
		element(w, "<dt>Against</dt><dd>", h->against[i], "</dd>");
	web_text(w, "</dl></li>\n");
}

static void hypotheses(struct web *w, const struct incident *in, size_t number)
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
	out_format(w->o,
		   "<section class=incident id=\"i%zu\">\n<header class=ihead><p class=id>"
		   "<span class=\"severity %s\">",
		   number, severity_class(in->severity));
	web_slice(w, in->severity);
	element(w, "</span> ", in->id, "</p>\n");
	element(w, "<h2>", in->title, "</h2>\n");
	web_text(w, "<p class=when>");
	say_span(web_say(w), &years, in->first_us, in->last_us);
	web_said(w);
	web_text(w, "</p></header>\n");
}

static void entry(struct web *w, const struct incident *in, size_t number)
{
	const struct entry *e = &in->entry;
	out_format(w->o, "<div class=entry id=\"i%zu-entry\"><h3>The way in</h3><p>", number);
	mark(w, say_certainty(e->certainty));
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
		print_table(w, s,
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
	incident_head(w, in, index + 1);
	cards(w, in, index + 1);
	figures(w, in);
	steps(w, in);
	plot_print(w, in, index + 1);
	entry(w, in, index + 1);
	sections_of(w, index);
	hypotheses(w, in, index + 1);
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
		element(w, ", ", w->r->incidents.at[i].id, "");
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
	element(w, " by tocsin ", w->r->tool_version, "");
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
	web_text(w, "</p></section>\n");
}

static void input_formats(struct web *w, const struct input_row *in)
{
	web_say(w);
	for (size_t i = 0; i < in->format_count; i++) {
		out_text(&w->raw, i ? ", " : "");
		out_slice(&w->raw, in->formats[i].name);
	}
	web_said(w);
}

static void input_row(struct web *w, const struct input_row *in)
{
	char hex[65] = "";
	if (in->has_digest)
		digest_hex(&in->digest, hex);
	web_text(w, "<tr><td class=t>");
	web_slice(w, in->path);
	out_format(w->o, "<br><span class=sha>%s</span></td><td>", hex);
	web_slice(w, in->host);
	web_text(w, "</td><td>");
	input_formats(w, in);
	web_text(w, "</td>");
	number_cell(w, "Records");
	say_exact(w->o, in->records);
	web_text(w, "</td>");
	number_cell(w, "Not understood");
	say_exact(w->o, in->unrecognised);
	web_text(w, "</td>");
	number_cell(w, "Size");
	if (in->bytes != UNKNOWN)
		say_bytes(web_say(w), in->bytes), web_said(w);
	web_text(w, "</td><td>");
	say_span(web_say(w), &w->when, in->first_us, in->last_us);
	web_said(w);
	web_text(w, "</td></tr>\n");
}

static void shed_findings(struct web *w)
{
	const struct report *r = w->r;
	for (size_t i = 0; i < r->sheds.len && i < ROWS_MOST; i++) {
		web_text(w, "<p class=remainder>Shed findings of \"");
		web_slice(w, r->sheds.at[i].rule_title);
		web_text(w, "\" (");
		web_slice(w, r->sheds.at[i].level);
		web_text(w, "): ");
		say_exact(w->o, r->sheds.at[i].count);
		web_text(w, ".</p>\n");
	}
}

static void inputs(struct web *w)
{
	if (!w->r->inputs.len)
		return;
	web_text(w, "<section id=inputs><div class=scroll role=region tabindex=0 aria-label=Inputs>"
		    "<table class=inputs><caption>What was read <span class=count>");
	say_exact(w->o, w->r->inputs.len);
	web_text(
	    w, "</span></caption>\n<thead><tr><th scope=col>Input and SHA-256</th><th scope=col>"
	       "Host</th><th scope=col>Formats</th><th scope=col class=n>Records</th><th scope=col "
	       "class=n>Not understood</th><th scope=col class=n>Size</th><th scope=col>Time</th>"
	       "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < w->r->inputs.len && i < ROWS_MOST; i++)
		input_row(w, &w->r->inputs.at[i]);
	web_text(w, "</tbody></table></div>\n");
	if (w->r->inputs.len > ROWS_MOST)
		out_format(w->o,
			   "<p class=remainder>The other %zu inputs are in the JSON report.</p>",
			   w->r->inputs.len - ROWS_MOST);
	if (w->r->malformed || w->r->shed)
		out_format(w->o,
			   "<p class=remainder>%llu records were broken; %llu entries were shed to "
			   "keep memory in bounds.</p>",
			   (unsigned long long)w->r->malformed, (unsigned long long)w->r->shed);
	shed_findings(w);
	web_text(w, "</section>\n");
}

static void foot(struct web *w)
{
	web_text(w,
		 "<section id=check class=check><h2>How to check this report</h2>\n<p>Every claim "
		 "names the records it rests on by input, byte and SHA-256. With the logs at hand, "
		 "<code>tocsin verify ");
	web_slice(w, slice_of(w->style->json_path ? w->style->json_path : "REPORT.json"));
	web_text(
	    w, " LOGS...</code> reads each of them again and says which still stand as quoted. "
	       "Without tocsin, <code>sha256sum</code> of an input must give the sum listed above, "
	       "and of the bytes at the offset the sum beside the quotation.</p>\n<p>Certainty: ");
	static const struct {
		const char *name, *means;
	} words[] = {
	    {"proven", "a record says so"},
	    {"likely", "the records leave one sensible reading"},
	    {"possible", "the records allow it"},
	    {"excluded", "the records rule it out"},
	};
	for (size_t i = 0; i < 4; i++) {
		mark(w, words[i].name);
		out_format(w->o, " %s%s", words[i].means, i < 3 ? "; " : ".");
	}
	web_text(w, "</p></section>\n</main>\n</body>\n</html>\n");
}

/* --------------------------------------------------------------- sections */

static void add_incident_sections(struct web *w, size_t index, struct gap *ranked)
{
	static const enum sheet_id order[] = {SHEET_ACCESS, SHEET_SESSION, SHEET_CHANGE,
					      SHEET_SENT,   SHEET_ACCOUNT, SHEET_SOURCE,
					      SHEET_GAP,    SHEET_FINDING};
	const struct incident *in = &w->r->incidents.at[index];
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		struct section s = {&sheets[order[i]], sheet_rows(&sheets[order[i]], in), index};
		if (order[i] == SHEET_GAP)
			s.rows.at = (const char *)ranked;
		*list_add(&w->sections) = s;
	}
}

/* The gaps of each incident and, last, of the report, ranked. */
static struct gap **all_gaps(const struct report *r)
{
	struct gap **ranked = must_alloc((r->incidents.len + 1) * sizeof *ranked);
	for (size_t i = 0; i < r->incidents.len; i++)
		ranked[i] = gaps_ranked(r->incidents.at[i].gaps.at, r->incidents.at[i].gaps.len);
	ranked[r->incidents.len] = gaps_ranked(r->gaps.at, r->gaps.len);
	return ranked;
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

/* Leaves out what an incident above lists already. */
static size_t only_new(const struct report *r, struct gap *at, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!in_an_incident(r, &at[i]))
			at[kept++] = at[i];
	return kept;
}

static void add_sections(struct web *w, struct gap **ranked)
{
	const struct report *r = w->r;
	size_t n = r->incidents.len;
	for (size_t i = 0; i < n; i++)
		add_incident_sections(w, i, ranked[i]);
	*list_add(&w->sections) = (struct section){
	    &sheets[SHEET_FINDING], {(const char *)r->findings.at, r->findings.len}, n};
	*list_add(&w->sections) = (struct section){
	    &sheets[SHEET_GAP], {(const char *)ranked[n], only_new(r, ranked[n], r->gaps.len)}, n};
}

static void print_page(struct web *w)
{
	page_head(w);
	masthead(w);
	plot_shapes(w);
	for (size_t i = 0; i < w->r->incidents.len; i++)
		incident(w, i);
	if (!w->r->incidents.len)
		calm(w);
	sections_of(w, w->r->incidents.len);
	blind_print(w);
	inputs(w);
	book_print(w);
	foot(w);
}

static struct web web_of(const struct report *r, const struct report_style *style, struct out *o)
{
	return (struct web){
	    .r = r,
	    .style = style,
	    .when = when_of(r, style->zone),
	    .o = o,
	    .raw = {.fd = -1},
	};
}

static void web_end(struct web *w)
{
	list_free(&w->sections);
	table_free(&w->book);
	out_close(&w->raw);
}

void report_html(const struct report *r, const struct report_style *style, struct out *o)
{
	struct web w = web_of(r, style, o);
	struct gap **ranked = all_gaps(r);
	add_sections(&w, ranked);
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
