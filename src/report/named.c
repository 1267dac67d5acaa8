/* named.c - what was named with --suspect, and where it stands in the report: never left unsaid. */
#include "brief.h"

static bool is_source(const struct incident *in, slice what)
{
	struct cidr cidr;
	for (size_t i = 0; cidr_parse(what, &cidr) && i < in->sources.len; i++)
		if (cidr_holds(&cidr, &in->sources.at[i].ip))
			return true;
	return false;
}

bool incident_names(const struct incident *in, slice what)
{
	for (size_t i = 0; i < in->accounts.len; i++)
		if (slice_eq_nocase(in->accounts.at[i].name, what))
			return true;
	return is_source(in, what);
}

void say_named(struct out *o, const struct report *r, slice what)
{
	size_t n = 0;
	out_slice(o, what);
	for (size_t i = 0; i < r->incidents.len; i++) {
		if (!incident_names(&r->incidents.at[i], what))
			continue;
		out_text(o, n++ ? ", " : ": in ");
		out_slice(o, r->incidents.at[i].id);
	}
	if (!n)
		out_text(o, ": in no incident; these records hold no success of it that would make "
			    "one, and prove nothing beyond them");
}

void brief_named(struct briefing *b)
{
	if (!b->r->suspects.len)
		return;
	page_end(&b->page);
	for (size_t i = 0; i < b->r->suspects.len; i++) {
		brief_label(&b->page, i ? "" : "Suspected");
		say_named(page_say(&b->page), b->r, b->r->suspects.at[i]);
		page_said(&b->page, INK_PLAIN);
		page_end(&b->page);
	}
}
