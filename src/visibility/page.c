/*
 * page.c - visibility as a page, in the dress of the report's.
 * Law: log text and names leave through out_html() only; no script, nothing from outside.
 */
#include "report/report.h"
#include "visibility/part.h"

enum { PAGE_COLUMNS = 96 };

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
    "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n<meta name=viewport "
    "content=\"width=device-width, initial-scale=1\">\n<meta name=color-scheme content=\"light "
    "dark\">\n<title>What these logs can show - tocsin</title>\n<style>\n";

/* One hue from pale to strong, so that order is seen by lightness alone; states have letters. */
static const char map_style[] =
    "#map { margin-top: 22px; }\n"
    ".map { table-layout: fixed; width: 100%; }\n"
    ".map td, .map th { padding: 0; border: 0; height: 20px; }\n"
    ".map th { width: 17em; padding-right: 10px; font-weight: 400; color: var(--ink); "
    "overflow: hidden; text-overflow: ellipsis; direction: rtl; text-align: right; "
    "vertical-align: middle; }\n"
    ".map .days td { font-size: 11px; color: var(--soft); white-space: nowrap; overflow: hidden; "
    "border-left: 1px solid var(--line); padding-left: 3px; }\n"
    ".map tbody tr:hover { background: none; }\n"
    ".h0 { background: var(--tint); } .h1 { background: #c6dbef; } .h2 { background: #6baed6; } "
    ".h3 { background: #2171b5; } .h4 { background: #08306b; } .hq { background: #d94801; }\n"
    ".hg { background: #b30000; color: #fff; font: 700 11px/20px var(--mono); text-align: center; "
    "}\n"
    ".keys { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; "
    "margin: 10px 0 14px; font-size: 13px; color: var(--soft); }\n"
    ".keys i { display: inline-block; width: 16px; height: 16px; margin-right: 5px; "
    "vertical-align: -3px; line-height: 16px; font-style: normal; print-color-adjust: exact; "
    "-webkit-print-color-adjust: exact; }\n"
    "@media screen and (prefers-color-scheme: dark) { .h1 { background: #163a5f; } "
    ".h2 { background: #2b6aa3; } .h3 { background: #6fb0e0; } .h4 { background: #d3e9fb; } }\n"
    "@media (max-width: 640px) { .map, .map tbody { display: table; } .map tbody { display: "
    "table-row-group; } .map tr { display: table-row; } .map td, .map td:last-child, .map "
    "td:empty { display: table-cell; } .map th { width: 8em; } }\n";

static int heat(struct sight_hour h)
{
	int power = 0;
	for (uint64_t n = h.records; n && power < 4; n /= 10)
		power++;
	return power;
}

static void page_cell(const struct report *r, size_t source, int64_t from, int64_t hours,
		      struct out *o)
{
	char text[CLOCK_TEXT];
	struct sight_hour cell = sight_column(&r->sight.sources.at[source], from, hours);
	const struct map_state *state = map_state_of(r, source, from, hours);
	bool odd = cell.unknown * 2 > cell.records;
	clock_format(from * CLOCK_HOUR, text);
	out_format(o, "<td class=h%c title=\"%.10s %.5s UTC: %llu record%s%s%s\">",
		   state ? 'g'
		   : odd ? 'q'
			 : (char)('0' + heat(cell)),
		   text, text + 11, (unsigned long long)cell.records, cell.records == 1 ? "" : "s",
		   state ? ", " : "", state ? state->about : "");
	if (state)
		out_char(o, state->letter);
	out_text(o, "</td>");
}

/* A cell for each day, as wide as its columns. */
static void page_days(int64_t first, int64_t last, int64_t each, struct out *o)
{
	char day[MAP_DAY];
	out_text(o, "<tr class=days><th scope=row>UTC</th>");
	for (int64_t h = first; h <= last;) {
		int64_t from = h, columns = 0;
		for (; h <= last && h / 24 == from / 24; h += each)
			columns++;
		map_day(from, day);
		out_format(o, "<td colspan=%lld>%s</td>", (long long)columns,
			   columns > 3 ? day : "");
	}
	out_text(o, "</tr>\n");
}

static void page_keys(int64_t each, struct out *o)
{
	static const char *const keys[][2] = {{"h0", "nothing was logged"},
					      {"h1", "1 to 9 records"},
					      {"h2", "tens"},
					      {"h3", "hundreds"},
					      {"h4", "thousands"},
					      {"hq", "most of it not understood"}};
	out_format(o, "<p class=lead>One column is %lld hour%s.</p>\n<ul class=keys>",
		   (long long)each, each == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		out_format(o, "<li><i class=%s></i>%s</li>", keys[i][0], keys[i][1]);
	for (int i = 0; i < MAP_STATES; i++)
		out_format(o, "<li><i class=hg>%c</i>%s</li>", map_states[i].letter,
			   map_states[i].about);
	out_text(o, "</ul>\n");
}

static void page_map(const struct report *r, struct out *o)
{
	int64_t first, last;
	sight_range(&r->sight, &first, &last);
	if (first > last)
		return;
	int64_t each = (last - first + PAGE_COLUMNS) / PAGE_COLUMNS;
	out_text(o, "<section id=map>\n");
	page_keys(each, o);
	out_text(o, "<table class=map><caption>Records of each source</caption><tbody>\n");
	page_days(first, last, each, o);
	for (size_t i = 0; i < r->sight.sources.len; i++) {
		out_text(o, "<tr><th scope=row><bdi>");
		out_html(o, map_path(r, i));
		out_text(o, "</bdi></th>");
		for (int64_t h = first; h <= last; h += each)
			page_cell(r, i, h, each, o);
		out_text(o, "</tr>\n");
	}
	out_text(o, "</tbody></table></section>\n");
}

static void page_gaps(const struct report *r, struct out *o)
{
	if (!r->gaps.len)
		return;
	out_text(o, "<section id=gaps><div class=scroll role=region tabindex=0 aria-label=Gaps>"
		    "<table><caption>What the sources could not show</caption>\n<thead><tr><th "
		    "scope=col>Source</th><th scope=col>What it hides</th><th scope=col>What would "
		    "have shown it</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < r->gaps.len; i++) {
		out_text(o, "<tr><td class=t>");
		out_html(o, r->gaps.at[i].source);
		out_text(o, "</td><td class=t>");
		out_html(o, r->gaps.at[i].hides);
		out_text(o, "</td><td class=t>");
		out_html(o, r->gaps.at[i].remedy);
		out_text(o, "</td></tr>\n");
	}
	out_text(o, "</tbody></table></div></section>\n");
}

static void page_seeing(const struct report *r, struct out *o)
{
	if (!r->sight.seeing)
		return;
	out_text(o,
		 "<section id=seeing><div class=scroll role=region tabindex=0 "
		 "aria-label=\"Rules that see\"><table><caption>Rules that see</caption>\n<thead>"
		 "<tr><th scope=col>Level</th><th scope=col>Rule</th><th scope=col>Of that "
		 "kind</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		const struct sight_rule *rule = &r->sight.rules.at[i];
		if (!rule->seeing)
			continue;
		out_format(o, "<tr><td>%s</td><td class=t>", rule->level);
		out_html(o, rule->title);
		out_format(o, "</td><td>%s</td></tr>\n",
			   rule->happened ? "events are there" : "nothing has happened");
	}
	out_text(o, "</tbody></table></div></section>\n");
}

void visibility_html(const struct report *r, struct out *o)
{
	const struct report_style style = {0};
	out_text(o, page_head);
	out_slice(o, report_css());
	out_text(o, map_style);
	out_format(o,
		   "</style>\n</head>\n<body>\n<header class=top><h1>What these logs can show</h1>"
		   "<p class=lead>%zu rule%s of %zu would see what they look for; %zu could "
		   "not.</p></header>\n<main>\n",
		   r->sight.seeing, r->sight.seeing == 1 ? "" : "s",
		   r->sight.seeing + r->sight.blind, r->sight.blind);
	page_map(r, o);
	page_gaps(r, o);
	report_blind_html(r, &style, o);
	page_seeing(r, o);
	out_text(o, "</main>\n</body>\n</html>\n");
}
