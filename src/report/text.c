/*
 * text.c - the briefing: what somebody tired needs at three in the morning, the answer first.
 *
 * Laws: (1) everything fits the columns asked for; (2) nothing is left out without a word: what
 * is not shown is counted, with the way to see it.
 */
#include "brief.h"

#include <stdlib.h>

enum { QUESTION = 25, CERTAINTY = 36 };
/* Of incidents, without --details: in a line each, with all answers; the HTML page has all. */
enum { LISTED_MOST = 40, TOLD_MOST = 10 };
enum { WIDTH_LEAST = 60, WIDTH_MOST = 160 };

/* ------------------------------------------------------------------- head */

static int64_t input_bytes(const struct report *r)
{
	int64_t sum = 0;
	for (size_t i = 0; i < r->inputs.len; i++)
		sum += r->inputs.at[i].bytes > 0 ? r->inputs.at[i].bytes : 0;
	return sum;
}

static void head(struct briefing *b)
{
	const struct report *r = b->r;
	struct out *o = page_say(&b->page);
	if (r->hosts)
		out_format(o, "%llu host%s, ", (unsigned long long)r->hosts,
			   r->hosts == 1 ? "" : "s");
	say_count(o, r->records);
	out_format(o, " record%s, ", r->records == 1 ? "" : "s");
	say_bytes(o, input_bytes(r));
	if (r->seconds > 0) {
		out_text(o, " in ");
		say_seconds(o, r->seconds);
	}
	if (r->records) {
		out_text(o, "; ");
		say_share(o, r->recognised, r->records);
		out_text(o, " recognised");
	}
	if (b->when.first_us != CLOCK_NONE) {
		out_text(o, "; ");
		say_stretch(o, &b->when);
	}
	page_said(&b->page, INK_PLAIN);
	page_end(&b->page);
}

/* What was read but not understood, or had to be let go: never silent. */
static void losses(struct briefing *b)
{
	const struct {
		uint64_t n;
		const char *one, *many;
	} rows[] = {
	    {b->r->malformed, " record was broken and is not judged",
	     " records were broken and are not judged"},
	    {b->r->shed,
	     " entry was shed to keep memory in bounds; what hangs on it may be missing",
	     " entries were shed to keep memory in bounds; what hangs on them may be missing"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!rows[i].n)
			continue;
		say_exact(page_say(&b->page), rows[i].n);
		out_text(&b->page.raw, rows[i].n == 1 ? rows[i].one : rows[i].many);
		page_said(&b->page, INK_WARN);
		page_end(&b->page);
	}
}

/* Whose findings gave way, so that nobody takes what is left of them for all. */
static void shed_findings(struct briefing *b)
{
	const struct report *r = b->r;
	for (size_t i = 0; i < r->sheds.len && i < LINES_SHOWN; i++) {
		struct out *o = page_say(&b->page);
		out_text(o, "  ");
		say_exact(o, r->sheds.at[i].count);
		out_text(o, r->sheds.at[i].count == 1 ? " finding of \"" : " findings of \"");
		out_slice(o, r->sheds.at[i].rule_title);
		out_text(o, "\" (");
		out_slice(o, r->sheds.at[i].level);
		out_text(o, ")");
		page_said(&b->page, INK_WARN);
		page_end(&b->page);
	}
	if (r->sheds.len <= LINES_SHOWN)
		return;
	out_format(page_say(&b->page), "  and findings of %zu more rules: the JSON report has them",
		   r->sheds.len - LINES_SHOWN);
	page_said(&b->page, INK_WARN);
	page_end(&b->page);
}

/* -------------------------------------------------------------- questions */

static void upper(struct out *o, slice s)
{
	for (size_t i = 0; i < s.len; i++)
		out_char(o,
			 s.at[i] >= 'a' && s.at[i] <= 'z' ? (char)(s.at[i] - 'a' + 'A') : s.at[i]);
}

static void name(struct page *p, const struct incident *in)
{
	page_words(p, INK_BOLD, in->id);
	page_to(p, p->col + 2);
	upper(page_say(p), in->severity);
	page_said(p, severity_ink(in->severity));
}

static void title(struct briefing *b, const struct incident *in)
{
	struct page *p = &b->page;
	page_end(p);
	name(p, in);
	if (p->width < STACKED_BELOW)
		page_end(p);
	page_left(p, p->width < STACKED_BELOW ? 2 : p->col + 2);
	page_words(p, INK_BOLD, in->title);
	page_end(p);
	page_end(p);
}

static void question(struct briefing *b, const struct incident *in, enum question q)
{
	struct page *p = &b->page;
	bool stacked = p->width < STACKED_BELOW;
	enum certainty c = in->verdicts[q].certainty;
	page_to(p, 2);
	page_text(p, INK_BOLD, question_texts[q]);
	page_to(p, QUESTION);
	page_text(p, c == PROVEN ? INK_BOLD : c ? INK_PLAIN : INK_DIM, say_certainty(c));
	if (stacked)
		page_end(p);
	page_left(p, stacked ? 4 : CERTAINTY);
	say_answer(page_say(p), in, q);
	page_said(p, INK_PLAIN);
	page_end(p);
}

/* --------------------------------------------------------------- overview */

/* Did data leave, in a word: what others ask first. */
static void loss(struct briefing *b, const struct incident *in)
{
	struct out *o = page_say(&b->page);
	enum certainty c = in->verdicts[Q_LEFT].certainty;
	out_text(o, "; ");
	say_loss(o, in);
	if (c == PROVEN || c == LIKELY || c == POSSIBLE)
		out_format(o, " (%s)", say_certainty(c));
	page_said(&b->page, c == PROVEN ? INK_PLAIN : INK_DIM);
}

static void overview_line(struct briefing *b, const struct incident *in)
{
	struct page *p = &b->page;
	page_left(p, 2);
	name(p, in);
	page_left(p, p->width < STACKED_BELOW ? 4 : 28);
	page_words(p, INK_PLAIN, in->title);
	out_text(page_say(p), "; ");
	say_accounts(&p->raw, in, 2);
	out_text(&p->raw, in->accounts.len ? ", " : "");
	say_span(&p->raw, p->when, in->first_us, in->last_us);
	page_said(p, INK_DIM);
	loss(b, in);
	page_end(p);
}

static size_t at_most(const struct briefing *b, size_t most)
{
	size_t n = b->r->incidents.len;
	return b->style->details || n < most ? n : most;
}

static void more_incidents(struct briefing *b, size_t most)
{
	size_t shown = at_most(b, most);
	if (shown == b->r->incidents.len)
		return;
	page_left(&b->page, 2);
	out_format(page_say(&b->page), "and %zu more incidents: %s", b->r->incidents.len - shown,
		   b->style->html_path ? "the report has them all"
				       : "all of them with --details or --html FILE");
	page_said(&b->page, INK_WARN);
	page_end(&b->page);
}

/* Of several incidents each in a line, before the first of them fills the screen. */
static void overview(struct briefing *b, const struct incident *const *at)
{
	const struct report *r = b->r;
	page_end(&b->page);
	out_format(page_say(&b->page), "%zu incidents", r->incidents.len);
	page_said(&b->page, INK_BOLD);
	out_text(page_say(&b->page), ", the gravest first; below, ");
	if (at_most(b, TOLD_MOST) < r->incidents.len)
		out_format(&b->page.raw, "the first %d with their answers:", TOLD_MOST);
	else
		out_text(&b->page.raw, "each with its answers:");
	page_said(&b->page, INK_PLAIN);
	page_end(&b->page);
	page_end(&b->page);
	for (size_t i = 0; i < at_most(b, LISTED_MOST); i++)
		overview_line(b, at[i]);
	more_incidents(b, LISTED_MOST);
}

/* ------------------------------------------------------- accounts, sources */

/* The rest of a line about an account or a source: certainty, what is known of it, when. */
static void line_rest(struct page *p, enum certainty c, int64_t first_us, int64_t last_us)
{
	page_to(p, p->col + 2);
	page_text(p, c == PROVEN ? INK_BOLD : INK_PLAIN, say_certainty(c));
	page_to(p, p->col + 2);
	say_span(page_say(p), p->when, first_us, last_us);
	page_said(p, INK_PLAIN);
}

static void accounts(struct briefing *b, const struct incident *in)
{
	struct page *p = &b->page;
	size_t n = brief_shown(b, in->accounts.len);
	for (size_t i = 0; i < n; i++) {
		const struct account *a = &in->accounts.at[i];
		brief_label(p, i ? "" : "Accounts");
		page_words(p, INK_PLAIN, a->name);
		if (a->read)
			page_text(p, INK_PLAIN, " (its mail was read with another's password)");
		line_rest(p, a->compromised, a->first_us, a->last_us);
		page_end(p);
	}
	brief_more(b, in->accounts.len - n, "");
}

static void comma_text(struct out *o, slice s)
{
	if (s.len) {
		out_text(o, ", ");
		out_slice(o, s);
	}
}

static void sources(struct briefing *b, const struct incident *in)
{
	struct page *p = &b->page;
	size_t n = brief_shown(b, in->sources.len);
	for (size_t i = 0; i < n; i++) {
		const struct source *s = &in->sources.at[i];
		brief_label(p, i ? "" : "Sources");
		say_address(page_say(p), true, &s->ip);
		page_said(p, INK_PLAIN);
		line_rest(p, s->certainty, s->first_us, s->last_us);
		comma_text(page_say(p), s->operator);
		comma_text(&p->raw, s->country);
		comma_text(&p->raw, s->network);
		page_said(p, INK_DIM);
		page_end(p);
	}
	brief_more(b, in->sources.len - n, "");
}

/* ------------------------------------------------------------------- next */

struct next_lines {
	struct briefing *b;
	size_t n;
};

static void numbered(struct next_lines *lines, const char *label, slice text)
{
	struct page *p = &lines->b->page;
	brief_label(p, lines->n++ ? "" : label);
	out_format(page_say(p), "%zu", lines->n);
	page_said(p, INK_DIM);
	page_left(p, LABEL + 3);
	page_words(p, INK_PLAIN, text);
}

static void next_line(void *ctx, enum step_is is, slice text)
{
	struct next_lines *lines = ctx;
	if (is == STEP_SETTLES && is_common_step(&lines->b->common, text))
		return;
	numbered(lines, "Next", text);
	page_end(&lines->b->page);
}

static void next(struct briefing *b, const struct incident *in)
{
	struct next_lines lines = {b, 0};
	next_steps(b->r, in, b->style, next_line, &lines);
}

/* --------------------------------------------------------------- incident */

static void details(struct briefing *b, const struct incident *in)
{
	for (int s = 0; s <= SHEET_FINDING; s++) {
		struct rows rows = sheet_rows(&sheets[s], in);
		if (!rows.len)
			continue;
		page_end(&b->page);
		page_left(&b->page, 2);
		page_table(&b->page, &sheets[s], rows);
	}
}

static void own_gaps(struct briefing *b, const struct incident *in)
{
	struct gap *own = must_alloc((in->gaps.len + 1) * sizeof *own);
	size_t n = 0;
	for (size_t i = 0; i < in->gaps.len; i++)
		if (!is_common_gap(&b->common, &in->gaps.at[i]))
			own[n++] = in->gaps.at[i];
	if (n) {
		page_end(&b->page);
		brief_gaps(b, own, n);
	}
	free(own);
}

static void incident(struct briefing *b, const struct incident *in)
{
	title(b, in);
	for (int q = 0; q < QUESTION_COUNT; q++)
		question(b, in, q);
	page_end(&b->page);
	brief_activity(b, in);
	accounts(b, in);
	sources(b, in);
	if (b->style->details)
		details(b, in);
	own_gaps(b, in);
	page_end(&b->page);
	next(b, in);
}

/* ----------------------------------------------------------------- common */

static void common_steps(struct briefing *b)
{
	struct next_lines lines = {b, 0};
	for (const struct common_row *row = NULL; (row = common_next(&b->common, row));) {
		slice text = table_key(row);
		if (row->gap)
			continue;
		slice_eat(&text, "To settle ");
		numbered(&lines, "To settle", text);
		say_of_all(page_say(&b->page), row, b->r);
		page_said(&b->page, INK_DIM);
		page_end(&b->page);
	}
}

/* What several of them share is not said with each. */
static void in_common(struct briefing *b)
{
	struct gap *gaps;
	size_t n = common_gaps(&b->common, &gaps);
	if (common_next(&b->common, NULL)) {
		page_end(&b->page);
		page_text(&b->page, INK_BOLD, "In common");
		page_end(&b->page);
		page_end(&b->page);
	}
	if (n) {
		brief_gaps(b, gaps, n);
		page_end(&b->page);
	}
	free(gaps);
	common_steps(b);
}

/* ------------------------------------------------------------------- foot */

static void named_files(struct briefing *b)
{
	const struct {
		const char *before, *path, *after;
	} rows[] = {
	    {"", b->style->html_path, " has every claim with its evidence"},
	    {"tocsin verify ", b->style->json_path, " LOGS... checks every quotation"},
	};
	for (size_t i = 0; i < 2; i++) {
		if (!rows[i].path)
			continue;
		out_format(page_say(&b->page), "%s%s%s", rows[i].before, rows[i].path,
			   rows[i].after);
		brief_label(&b->page, i && rows[0].path ? "" : "Report");
		page_said(&b->page, INK_PLAIN);
		page_end(&b->page);
	}
}

static struct briefing briefing_of(const struct report *r, const struct report_style *style,
				   struct out *o)
{
	struct briefing b = {.r = r, .style = style, .when = when_of(r, style->zone)};
	unsigned width = style->columns < WIDTH_LEAST ? WIDTH_LEAST : style->columns;
	b.page = (struct page){
	    .o = o,
	    .colour = style->colour,
	    .width = width > WIDTH_MOST ? WIDTH_MOST : width,
	    .raw = {.fd = -1},
	    .safe = {.fd = -1},
	};
	return b;
}

void report_incident_text(const struct report *r, const struct incident *in,
			  const struct report_style *style, struct out *o)
{
	struct briefing b = briefing_of(r, style, o);
	b.page.when = &b.when;
	b.common = common_of(NULL, style);
	incident(&b, in);
	common_free(&b.common);
	out_close(&b.page.raw);
	out_close(&b.page.safe);
}

/* The gravest first. */
static void incidents(struct briefing *b)
{
	const struct incident **at = incidents_ranked(b->r);
	b->common = common_of(b->r, b->style);
	if (b->r->incidents.len > 1)
		overview(b, at);
	for (size_t i = 0; i < at_most(b, TOLD_MOST); i++)
		incident(b, at[i]);
	if (at_most(b, TOLD_MOST) < b->r->incidents.len) {
		page_end(&b->page);
		more_incidents(b, TOLD_MOST);
	}
	in_common(b);
	common_free(&b->common);
	free(at);
}

void report_text(const struct report *r, const struct report_style *style, struct out *o)
{
	struct briefing b = briefing_of(r, style, o);
	b.page.when = &b.when;
	head(&b);
	losses(&b);
	shed_findings(&b);
	brief_named(&b);
	incidents(&b);
	if (r->recognised == 0)
		brief_nothing(&b);
	else if (r->incidents.len == 0)
		brief_calm(&b);
	else if (r->findings.len) {
		page_end(&b.page);
		brief_loose(&b, "Besides");
	}
	if (r->incidents.len && (r->sight.blind || r->sight.drifts.len)) {
		page_end(&b.page);
		brief_blind(&b);
	}
	if (style->html_path || style->json_path)
		page_end(&b.page);
	named_files(&b);
	out_close(&b.page.raw);
	out_close(&b.page.safe);
}
