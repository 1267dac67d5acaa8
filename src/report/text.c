/*
 * text.c - the briefing: what somebody tired needs at three in the morning, the answer first.
 *
 * Laws: (1) everything fits the columns asked for; (2) nothing is left out without a word: what
 * is not shown is counted, with the way to see it.
 */
#include "page.h"

#include <stdlib.h>

enum { LABEL = 13, QUESTION = 25, CERTAINTY = 36, STACKED_BELOW = 80 };
enum { WIDTH_LEAST = 60, WIDTH_MOST = 160 };
enum { LINES_SHOWN = 4 }; /* of accounts, sources, gaps; the rest is counted */

struct briefing {
	const struct report *r;
	const struct report_style *style;
	struct when when;
	struct page page;
};

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

static enum ink severity_ink(slice severity)
{
	bool alarm = slice_eq(severity, SLICE("critical")) || slice_eq(severity, SLICE("high"));
	return alarm ? INK_ALARM : slice_eq(severity, SLICE("medium")) ? INK_WARN : INK_BOLD;
}

static void upper(struct out *o, slice s)
{
	for (size_t i = 0; i < s.len; i++)
		out_char(o,
			 s.at[i] >= 'a' && s.at[i] <= 'z' ? (char)(s.at[i] - 'a' + 'A') : s.at[i]);
}

static void title(struct briefing *b, const struct incident *in)
{
	struct page *p = &b->page;
	page_end(p);
	page_words(p, INK_BOLD, in->id);
	page_to(p, p->col + 2);
	upper(page_say(p), in->severity);
	page_said(p, severity_ink(in->severity));
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

/* ----------------------------------------------------------------- labels */

/* The label of the lines that follow; on later lines only its room. */
static void label(struct page *p, const char *text)
{
	page_to(p, 2);
	page_text(p, INK_BOLD, text);
	page_left(p, LABEL);
}

static void and_more(struct briefing *b, size_t hidden, const char *what)
{
	struct page *p = &b->page;
	if (!hidden)
		return;
	page_left(p, LABEL);
	out_format(page_say(p), "and %zu more%s", hidden, what);
	page_said(p, INK_DIM);
	page_text(p, INK_DIM,
		  b->style->html_path ? " in the report"
				      : " (shown with --details or --html FILE)");
	page_end(p);
}

static size_t shown(const struct briefing *b, size_t n)
{
	return b->style->details || n <= LINES_SHOWN ? n : LINES_SHOWN;
}

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
	size_t n = shown(b, in->accounts.len);
	for (size_t i = 0; i < n; i++) {
		const struct account *a = &in->accounts.at[i];
		label(p, i ? "" : "Accounts");
		page_words(p, INK_PLAIN, a->name);
		line_rest(p, a->compromised, a->first_us, a->last_us);
		page_end(p);
	}
	and_more(b, in->accounts.len - n, "");
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
	size_t n = shown(b, in->sources.len);
	for (size_t i = 0; i < n; i++) {
		const struct source *s = &in->sources.at[i];
		label(p, i ? "" : "Sources");
		say_address(page_say(p), true, &s->ip);
		page_said(p, INK_PLAIN);
		line_rest(p, s->certainty, s->first_us, s->last_us);
		comma_text(page_say(p), s->operator);
		comma_text(&p->raw, s->country);
		comma_text(&p->raw, s->network);
		page_said(p, INK_DIM);
		page_end(p);
	}
	and_more(b, in->sources.len - n, "");
}

/* --------------------------------------------------------------- activity */

enum { BARS = 40 };

struct bars {
	int64_t first_us, last_us; /* CLOCK_NONE: nothing yet */
	unsigned at[BARS], most;
};

static void reach(struct bars *t, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	t->first_us = t->first_us == CLOCK_NONE || usec < t->first_us ? usec : t->first_us;
	t->last_us = t->last_us == CLOCK_NONE || usec > t->last_us ? usec : t->last_us;
}

static void count(struct bars *t, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	double span = (double)(t->last_us - t->first_us) + 1;
	size_t bar = (size_t)((double)(usec - t->first_us) / span * BARS);
	unsigned n = ++t->at[bar < BARS ? bar : BARS - 1];
	t->most = n > t->most ? n : t->most;
}

/* All that the intruder did by hand: mail that a rule forwards later says nothing of presence. */
static void each_deed(struct bars *t, const struct incident *in,
		      void (*note)(struct bars *, int64_t))
{
	for (size_t i = 0; i < in->sessions.len; i++)
		note(t, in->sessions.at[i].first_us);
	for (size_t i = 0; i < in->accesses.len; i++)
		if (in->accesses.at[i].certainty >= LIKELY)
			note(t, in->accesses.at[i].time_us);
	for (size_t i = 0; i < in->changes.len; i++)
		note(t, in->changes.at[i].time_us);
}

/* What the intruder did over time, one line of blocks. */
static void activity(struct briefing *b, const struct incident *in)
{
	static const char *const blocks[] = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	struct page *p = &b->page;
	struct bars t = {.first_us = CLOCK_NONE, .last_us = CLOCK_NONE};
	each_deed(&t, in, reach);
	if (t.first_us == t.last_us)
		return;
	each_deed(&t, in, count);
	label(p, "Activity");
	page_say(p);
	for (unsigned i = 0; i < BARS; i++)
		out_text(&p->raw, blocks[t.at[i] ? 1 + (t.at[i] * 7ull + t.most / 2) / t.most : 0]);
	page_said(p, INK_PLAIN);
	page_to(p, p->col + 2);
	say_span(page_say(p), p->when, t.first_us, t.last_us);
	page_said(p, INK_PLAIN);
	page_end(p);
}

/* ---------------------------------------------------------- gaps and next */

static void gap_line(struct briefing *b, const struct gap *g)
{
	struct page *p = &b->page;
	page_words(p, INK_PLAIN, g->source);
	out_text(page_say(p), ", ");
	say_words(&p->raw, g->kind);
	page_said(p, INK_WARN);
	bool always = g->from_us == CLOCK_NONE && g->to_us == CLOCK_NONE;
	out_text(page_say(p), always ? "" : ", ");
	say_span(&p->raw, p->when, g->from_us, g->to_us);
	out_text(&p->raw, g->hides.len ? ": " : "");
	out_slice(&p->raw, g->hides);
	page_said(p, INK_PLAIN);
	if (b->style->details && g->remedy.len) {
		out_text(page_say(p), "; next time: ");
		out_slice(&p->raw, g->remedy);
		page_said(p, INK_DIM);
	}
	page_end(p);
}

static void gaps(struct briefing *b, const struct gap *at, size_t len)
{
	struct gap *ranked = gaps_ranked(at, len);
	size_t n = shown(b, len);
	for (size_t i = 0; i < n; i++) {
		label(&b->page, i ? "" : "Not seen");
		gap_line(b, &ranked[i]);
	}
	and_more(b, len - n, "");
	free(ranked);
}

static void blind_line(struct briefing *b, const struct blind_group *g)
{
	struct page *p = &b->page;
	page_words(p, INK_PLAIN, g->setting);
	out_format(page_say(p), ": %zu rule%s, ", g->rules, g->rules == 1 ? "" : "s");
	out_text(&p->raw, g->rules == 1 ? "" : "the gravest ");
	out_text(&p->raw, g->worst->level);
	out_text(&p->raw, ", ");
	out_slice(&p->raw, g->worst->title);
	page_said(p, INK_DIM);
	page_end(p);
}

/* They are no matter of a host that has no tenant; whether it has one, its logs do not say. */
static void tenant_line(struct briefing *b, size_t rules)
{
	if (!rules)
		return;
	label(&b->page, "");
	out_format(page_say(&b->page),
		   "and %zu rule%s of Microsoft 365: no tenant is seen in these logs", rules,
		   rules == 1 ? "" : "s");
	page_said(&b->page, INK_DIM);
	page_end(&b->page);
}

static void drift_lines(struct briefing *b)
{
	struct page *p = &b->page;
	for (size_t i = 0; i < b->r->sight.drifts.len; i++) {
		label(p, "Drift");
		say_drift(page_say(p), &b->r->sight.drifts.at[i]);
		page_said(p, INK_WARN);
		page_end(p);
	}
}

/* Rules that could not see: what they look for may have happened all the same. */
static void blind(struct briefing *b)
{
	const struct sight *s = &b->r->sight;
	struct page *p = &b->page;
	size_t n;
	drift_lines(b);
	if (!s->blind)
		return;
	struct blind_group *groups = blind_groups(s, &n);
	size_t tenants = 0;
	while (n && groups[n - 1].worst->needs == NEEDS_TENANT)
		tenants += groups[--n].rules;
	size_t most = shown(b, n);
	label(p, "Blind");
	out_format(page_say(p),
		   "%zu of %zu rules: what they look for may have happened unseen; to open their "
		   "eyes:",
		   s->blind, s->seeing + s->blind);
	page_said(p, INK_PLAIN);
	page_end(p);
	for (size_t i = 0; i < most; i++) {
		label(p, "");
		blind_line(b, &groups[i]);
	}
	and_more(b, n - most, " settings");
	tenant_line(b, tenants);
	free(groups);
}

/* The kinds of intrusion that a quiet report does not exclude. */
static void unseen_ways(struct briefing *b)
{
	struct page *p = &b->page;
	say_ways(page_say(p), &b->r->sight);
	if (!p->raw.len)
		return;
	label(p, "");
	page_said(p, INK_WARN);
	page_end(p);
}

struct next_lines {
	struct briefing *b;
	size_t n;
};

static void next_line(void *ctx, slice text)
{
	struct next_lines *lines = ctx;
	struct page *p = &lines->b->page;
	label(p, lines->n++ ? "" : "Next");
	out_format(page_say(p), "%zu", lines->n);
	page_said(p, INK_DIM);
	page_left(p, LABEL + 3);
	page_words(p, INK_PLAIN, text);
	page_end(p);
}

static void next(struct briefing *b, const struct incident *in)
{
	struct next_lines lines = {b, 0};
	next_steps(b->r, in, next_line, &lines);
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

static void incident(struct briefing *b, const struct incident *in)
{
	title(b, in);
	for (int q = 0; q < QUESTION_COUNT; q++)
		question(b, in, q);
	page_end(&b->page);
	activity(b, in);
	accounts(b, in);
	sources(b, in);
	if (b->style->details)
		details(b, in);
	if (in->gaps.len) {
		page_end(&b->page);
		gaps(b, in->gaps.at, in->gaps.len);
	}
	page_end(&b->page);
	next(b, in);
}

/* --------------------------------------------------- findings, by their rule */

struct group {
	const struct finding *one;
	uint64_t n;
	int64_t first_us, last_us;
};
struct groups {
	struct group *at;
	size_t len, room;
};

static struct group *group_of(struct groups *g, const struct finding *f)
{
	for (size_t i = 0; i < g->len; i++)
		if (slice_eq(g->at[i].one->rule_id, f->rule_id) &&
		    slice_eq(g->at[i].one->rule_title, f->rule_title))
			return &g->at[i];
	struct group *fresh = list_add(g);
	*fresh = (struct group){f, 0, CLOCK_NONE, CLOCK_NONE};
	return fresh;
}

static void group_findings(struct groups *g, const struct report *r)
{
	for (size_t i = 0; i < r->findings.len; i++) {
		const struct finding *f = &r->findings.at[i];
		struct group *own = group_of(g, f);
		own->n++;
		if (f->time_us == CLOCK_NONE)
			continue;
		if (own->first_us == CLOCK_NONE || f->time_us < own->first_us)
			own->first_us = f->time_us;
		if (own->last_us == CLOCK_NONE || f->time_us > own->last_us)
			own->last_us = f->time_us;
	}
}

static int level_rank(slice level)
{
	static const char *const levels[] = {"critical", "high", "medium", "low"};
	int rank = 0;
	while (rank < 4 && !slice_eq(level, slice_of(levels[rank])))
		rank++;
	return rank;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int d = level_rank(x->one->level) - level_rank(y->one->level);
	return d ? d : (x->n < y->n) - (x->n > y->n);
}

static void group_line(struct briefing *b, const struct group *g)
{
	struct page *p = &b->page;
	page_words(p, severity_ink(g->one->level), g->one->level);
	out_text(page_say(p), ": ");
	out_slice(&p->raw, g->one->rule_title);
	page_said(p, INK_PLAIN);
	out_text(page_say(p), ", ");
	say_exact(&p->raw, g->n);
	out_text(&p->raw, g->n == 1 ? " time" : " times");
	out_text(&p->raw, g->first_us == CLOCK_NONE ? "" : ", ");
	say_span(&p->raw, p->when, g->first_us, g->last_us);
	page_said(p, INK_DIM);
	page_end(p);
}

/* Findings that belong to no incident. */
static void loose_findings(struct briefing *b, const char *name)
{
	struct groups g = {0};
	group_findings(&g, b->r);
	if (!g.len)
		return;
	qsort(g.at, g.len, sizeof *g.at, compare_groups);
	size_t n = shown(b, g.len);
	for (size_t i = 0; i < n; i++) {
		label(&b->page, i ? "" : name);
		group_line(b, &g.at[i]);
	}
	and_more(b, g.len - n, " rules");
	list_free(&g);
}

/* ------------------------------------------------------------------- calm */

struct format_count {
	slice name;
	uint64_t records;
};
struct format_counts {
	struct format_count *at;
	size_t len, room;
};

static void count_format(struct format_counts *c, slice name, uint64_t records)
{
	for (size_t i = 0; i < c->len; i++)
		if (slice_eq(c->at[i].name, name)) {
			c->at[i].records += records;
			return;
		}
	*list_add(c) = (struct format_count){name, records};
}

static int compare_formats(const void *a, const void *b)
{
	const struct format_count *x = a, *y = b;
	return (x->records < y->records) - (x->records > y->records);
}

/* "12 inputs: 1,234,567 records of dovecot, 23,456 of postfix" */
static void looked_at(struct briefing *b)
{
	struct format_counts c = {0};
	for (size_t i = 0; i < b->r->inputs.len; i++)
		for (size_t k = 0; k < b->r->inputs.at[i].format_count; k++)
			count_format(&c, b->r->inputs.at[i].formats[k].name,
				     b->r->inputs.at[i].formats[k].records);
	if (c.len)
		qsort(c.at, c.len, sizeof *c.at, compare_formats);
	struct out *o = page_say(&b->page);
	out_format(o, "%zu input%s", b->r->inputs.len, b->r->inputs.len == 1 ? "" : "s");
	for (size_t i = 0; i < c.len; i++) {
		out_text(o, i ? ", " : ": ");
		say_exact(o, c.at[i].records);
		out_text(o, i ? " of " : " records of ");
		out_slice(o, c.at[i].name);
	}
	label(&b->page, "Looked at");
	page_said(&b->page, INK_PLAIN);
	page_end(&b->page);
	list_free(&c);
}

static void one_line(struct page *p, const char *name, const char *text)
{
	label(p, name);
	page_text(p, INK_PLAIN, text);
	page_end(p);
}

/* Every rule was blind then: what to give is worth more than the list of them. */
static void nothing_understood(struct briefing *b)
{
	struct page *p = &b->page;
	page_end(p);
	page_text(p, INK_BOLD, "No answer:");
	page_text(p, INK_PLAIN,
		  " no record was understood, so nothing can be said of an intrusion.");
	page_end(p);
	page_end(p);
	looked_at(b);
	gaps(b, b->r->gaps.at, b->r->gaps.len);
	one_line(
	    p, "Next",
	    "give the logs of the mail host: tocsin scan /var/log, a copy or an archive of it; "
	    "tocsin formats lists what is read, tocsin explain FILE shows how near a line came");
}

static void calm(struct briefing *b)
{
	struct page *p = &b->page;
	page_end(p);
	page_text(p, INK_BOLD, "No incident:");
	page_text(p, INK_PLAIN, " nothing in these records adds up to an intrusion.");
	page_end(p);
	page_end(p);
	looked_at(b);
	if (b->r->findings.len)
		loose_findings(b, "Findings");
	else
		one_line(p, "Findings", "none");
	if (b->r->gaps.len)
		gaps(b, b->r->gaps.at, b->r->gaps.len);
	else
		one_line(p, "Not seen", "no gap is known");
	unseen_ways(b);
	blind(b);
	if (b->style->details && b->r->findings.len) {
		page_end(p);
		page_left(p, 2);
		page_table(p, &sheets[SHEET_FINDING],
			   (struct rows){(const char *)b->r->findings.at, b->r->findings.len});
	}
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
		label(&b->page, i && rows[0].path ? "" : "Report");
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
	incident(&b, in);
	out_close(&b.page.raw);
	out_close(&b.page.safe);
}

void report_text(const struct report *r, const struct report_style *style, struct out *o)
{
	struct briefing b = briefing_of(r, style, o);
	b.page.when = &b.when;
	head(&b);
	losses(&b);
	shed_findings(&b);
	for (size_t i = 0; i < r->incidents.len; i++)
		incident(&b, &r->incidents.at[i]);
	if (r->recognised == 0)
		nothing_understood(&b);
	else if (r->incidents.len == 0)
		calm(&b);
	else if (r->findings.len) {
		page_end(&b.page);
		loose_findings(&b, "Besides");
	}
	if (r->incidents.len && (r->sight.blind || r->sight.drifts.len)) {
		page_end(&b.page);
		blind(&b);
	}
	if (style->html_path || style->json_path)
		page_end(&b.page);
	named_files(&b);
	out_close(&b.page.raw);
	out_close(&b.page.safe);
}
