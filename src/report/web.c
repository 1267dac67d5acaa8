/* web.c - how anything gets onto the page: our own markup as it is, everything else escaped. */
#include "web.h"

struct out *web_say(struct web *w)
{
	w->raw.len = 0;
	return &w->raw;
}

void web_said(struct web *w)
{
	out_html(w->o, (slice){w->raw.at, w->raw.len});
}

void web_element(struct web *w, const char *open, slice raw, const char *close)
{
	if (!raw.len)
		return;
	web_text(w, open);
	web_slice(w, raw);
	web_text(w, close);
}

void web_mark(struct web *w, const char *certainty)
{
	out_format(w->o, "<span class=\"mark %s\">%s</span>", certainty, certainty);
}

/* A class of our own for a word that may be anybody's. */
void web_severity(struct web *w, slice severity)
{
	static const char *const words[] = {"critical", "high", "medium", "low", "low"};
	out_format(w->o, "<span class=\"severity %s\">", words[severity_rank(severity)]);
	web_slice(w, severity);
	web_text(w, "</span>");
}
