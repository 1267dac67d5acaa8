/* unseen.c - what the records could not show: gaps, rules without eyes, drift. */
#include "brief.h"

#include <stdlib.h>

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

void brief_gaps(struct briefing *b, const struct gap *at, size_t len)
{
	struct gap *ranked = gaps_ranked(at, len);
	size_t n = brief_shown(b, len);
	for (size_t i = 0; i < n; i++) {
		brief_label(&b->page, i ? "" : "Not seen");
		gap_line(b, &ranked[i]);
	}
	brief_more(b, len - n, "");
	free(ranked);
}

static void blind_line(struct briefing *b, const struct blind_group *g)
{
	struct page *p = &b->page;
	page_words(p, INK_PLAIN, g->setting);
	out_format(page_say(p), " (%zu rule%s, ", g->rules, g->rules == 1 ? "" : "s");
	out_text(&p->raw, g->rules == 1 ? "" : "the gravest ");
	out_text(&p->raw, g->worst->level);
	out_text(&p->raw, ": ");
	out_slice(&p->raw, g->worst->title);
	out_text(&p->raw, ")");
	page_said(p, INK_DIM);
	page_end(p);
}

/* They are no matter of a host that has no tenant; whether it has one, its logs do not say. */
static void tenant_line(struct briefing *b, size_t rules)
{
	if (!rules)
		return;
	brief_label(&b->page, "");
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
		brief_label(p, "Drift");
		say_drift(page_say(p), &b->r->sight.drifts.at[i]);
		page_said(p, INK_WARN);
		page_end(p);
	}
}

/* Rules that could not see: what they look for may have happened all the same. */
void brief_blind(struct briefing *b)
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
	size_t most = brief_shown(b, n);
	brief_label(p, "Blind");
	out_format(page_say(p),
		   "%zu of %zu rules: what they look for may have happened unseen. To open their "
		   "eyes:",
		   s->blind, s->seeing + s->blind);
	page_said(p, INK_PLAIN);
	page_end(p);
	for (size_t i = 0; i < most; i++) {
		brief_label(p, "");
		blind_line(b, &groups[i]);
	}
	brief_more(b, n - most, " settings");
	tenant_line(b, tenants);
	free(groups);
}

/* The kinds of intrusion that a quiet report does not exclude. */
void brief_ways(struct briefing *b)
{
	struct page *p = &b->page;
	say_ways(page_say(p), &b->r->sight);
	if (!p->raw.len)
		return;
	brief_label(p, "");
	page_said(p, INK_WARN);
	page_end(p);
}
