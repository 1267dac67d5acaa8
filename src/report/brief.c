/* brief.c - what every part of the briefing says alike: labels, and how much is shown. */
#include "brief.h"

enum ink severity_ink(slice severity)
{
	int rank = severity_rank(severity);
	return rank < 2 ? INK_ALARM : rank == 2 ? INK_WARN : INK_BOLD;
}

void brief_label(struct page *p, const char *text)
{
	page_to(p, 2);
	page_text(p, INK_BOLD, text);
	page_left(p, LABEL);
}

void brief_more(struct briefing *b, size_t hidden, const char *what)
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

size_t brief_shown(const struct briefing *b, size_t n)
{
	return b->style->details || n <= LINES_SHOWN ? n : LINES_SHOWN;
}
