/* calm.c - the briefing when nothing was found, and findings that make no incident. */
#include "brief.h"

#include <stdlib.h>

/* --------------------------------------------------- findings, by their rule */

/* Findings of one rule, and of whom the first few are. */
enum { WHO_SHOWN = 3 };
struct group {
	const struct finding *one;
	uint64_t n, others;
	int64_t first_us, last_us;
	const struct finding *who[WHO_SHOWN];
	size_t who_count;
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
	*fresh = (struct group){.one = f, .first_us = CLOCK_NONE, .last_us = CLOCK_NONE};
	return fresh;
}

static bool is_same_one(const struct finding *a, const struct finding *b)
{
	return slice_eq(a->account, b->account) && a->has_source == b->has_source &&
	       (!a->has_source || address_eq(&a->source, &b->source));
}

static void add_who(struct group *g, const struct finding *f)
{
	for (size_t i = 0; i < g->who_count; i++)
		if (is_same_one(g->who[i], f))
			return;
	if (!f->account.len && !f->has_source)
		return;
	if (g->who_count < WHO_SHOWN)
		g->who[g->who_count++] = f;
	else
		g->others++;
}

static void group_findings(struct groups *g, const struct report *r)
{
	for (size_t i = 0; i < r->findings.len; i++) {
		const struct finding *f = &r->findings.at[i];
		struct group *own = group_of(g, f);
		own->n++;
		add_who(own, f);
		if (f->time_us == CLOCK_NONE)
			continue;
		if (own->first_us == CLOCK_NONE || f->time_us < own->first_us)
			own->first_us = f->time_us;
		if (own->last_us == CLOCK_NONE || f->time_us > own->last_us)
			own->last_us = f->time_us;
	}
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int d = severity_rank(x->one->level) - severity_rank(y->one->level);
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
	if (g->n > 1)
		say_exact(&p->raw, g->n);
	out_text(&p->raw, g->n > 1 ? " times" : "once");
	out_text(&p->raw, g->first_us == CLOCK_NONE ? "" : ", ");
	say_span(&p->raw, p->when, g->first_us, g->last_us);
	page_said(p, INK_DIM);
	page_end(p);
}

/* "anna@example.org from 203.0.113.147 (Example Hosting, NL)": whom to ask. */
static void who_lines(struct briefing *b, const struct group *g)
{
	struct page *p = &b->page;
	for (size_t i = 0; i < g->who_count; i++) {
		const struct finding *f = g->who[i];
		brief_label(p, "");
		struct out *o = page_say(p);
		out_text(o, "  ");
		out_slice(o, f->account);
		out_text(o, f->account.len && f->has_source ? " from " : "");
		say_address(o, f->has_source, &f->source);
		if (i + 1 == g->who_count && g->others)
			out_text(o, ", and others");
		page_said(p, INK_DIM);
		page_end(p);
	}
}

static bool is_worth_asking(const struct finding *f)
{
	return severity_rank(f->level) <= severity_rank(SLICE("medium"));
}

void brief_loose(struct briefing *b, const char *name)
{
	struct groups g = {0};
	group_findings(&g, b->r);
	if (!g.len)
		return;
	qsort(g.at, g.len, sizeof *g.at, compare_groups);
	size_t n = brief_shown(b, g.len);
	for (size_t i = 0; i < n; i++) {
		brief_label(&b->page, i ? "" : name);
		group_line(b, &g.at[i]);
		if (is_worth_asking(g.at[i].one))
			who_lines(b, &g.at[i]);
	}
	brief_more(b, g.len - n, " rules");
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
	say_exact(o, b->r->inputs.len);
	out_text(o, b->r->inputs.len == 1 ? " input" : " inputs");
	for (size_t i = 0; i < c.len; i++) {
		out_text(o, i ? ", " : ": ");
		say_exact(o, c.at[i].records);
		out_text(o, i ? " of " : " records of ");
		out_slice(o, c.at[i].name);
	}
	brief_label(&b->page, "Looked at");
	page_said(&b->page, INK_PLAIN);
	page_end(&b->page);
	list_free(&c);
}

static void one_line(struct page *p, const char *name, const char *text)
{
	brief_label(p, name);
	page_text(p, INK_PLAIN, text);
	page_end(p);
}

/* Every rule was blind then: what to give is worth more than the list of them. */
void brief_nothing(struct briefing *b)
{
	struct page *p = &b->page;
	page_end(p);
	page_text(p, INK_BOLD, "No answer:");
	page_text(p, INK_PLAIN,
		  " no record was understood, so nothing can be said of an intrusion.");
	page_end(p);
	page_end(p);
	looked_at(b);
	brief_gaps(b, b->r->gaps.at, b->r->gaps.len);
	one_line(
	    p, "Next",
	    "give the logs of the mail host: tocsin scan /var/log, a copy or an archive of it; "
	    "tocsin formats lists what is read, tocsin explain FILE shows how near a line came");
}

/* Of logs that are hardly understood a quiet report says little. */
static void little_understood(struct briefing *b)
{
	const struct report *r = b->r;
	if (!report_says_little(r))
		return;
	page_end(&b->page);
	say_exact(page_say(&b->page), r->records - r->recognised);
	out_text(&b->page.raw, " of ");
	say_exact(&b->page.raw, r->records);
	out_text(&b->page.raw,
		 " records were not understood, so this says little: give the logs of "
		 "the mail host; tocsin explain FILE shows how near a line came");
	page_said(&b->page, INK_WARN);
	page_end(&b->page);
}

/* What an owner denies is an incident, whatever rules make of it. */
static void ask_owners(struct briefing *b)
{
	const struct finding *ask = NULL;
	for (size_t i = 0; i < b->r->findings.len && !ask; i++) {
		const struct finding *f = &b->r->findings.at[i];
		if (is_worth_asking(f) && f->account.len && f->has_source)
			ask = f;
	}
	if (!ask)
		return;
	struct out *o = page_say(&b->page);
	out_text(o, "ask the owners; of one who was not there, tocsin scan --suspect ");
	say_address(o, true, &ask->source);
	out_text(o, " tells all that was done from there");
	brief_label(&b->page, "Next");
	page_said(&b->page, INK_PLAIN);
	page_end(&b->page);
}

void brief_calm(struct briefing *b)
{
	struct page *p = &b->page;
	little_understood(b);
	page_end(p);
	page_text(p, INK_BOLD, "No incident:");
	page_text(p, INK_PLAIN, " nothing in these records adds up to an intrusion.");
	page_end(p);
	page_end(p);
	looked_at(b);
	if (b->r->findings.len)
		brief_loose(b, "Findings");
	else
		one_line(p, "Findings", "none");
	ask_owners(b);
	if (b->r->gaps.len)
		brief_gaps(b, b->r->gaps.at, b->r->gaps.len);
	else
		one_line(p, "Not seen", "no gap is known");
	brief_ways(b);
	brief_blind(b);
	if (b->style->details && b->r->findings.len) {
		page_end(p);
		page_left(p, 2);
		page_table(p, &sheets[SHEET_FINDING],
			   (struct rows){(const char *)b->r->findings.at, b->r->findings.len});
	}
}
