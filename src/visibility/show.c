/* show.c - visibility as text, JSON and a page. */
#include "visibility/visibility.h"

#include <stdio.h>

enum { NAME_COLUMNS = 24, MAP_LEAST = 20, PAGE_COLUMNS = 96 };

static slice name_of(slice path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/')
			return slice_from(path, i);
	return path;
}

static slice path_of(const struct report *r, size_t source)
{
	return source < r->inputs.len ? r->inputs.at[source].path : SLICE("");
}

/* --- the heat map --- */

/* Shades by powers of ten; a quiet hour is a dot, one of which half is not understood a ?. */
static const char *shade(struct sight_hour h)
{
	static const char *const shades[] = {"░", "▒", "▓", "█"};
	int power = 0;
	if (h.records == 0)
		return "·";
	if (h.unknown * 2 > h.records)
		return "?";
	for (uint64_t n = h.records; n >= 10 && power < 3; n /= 10)
		power++;
	return shades[power];
}

/* The worst that is known of a stretch comes first. */
static const struct {
	const char *state, *about;
	char letter;
} states[] = {
    {"tampered", "tampered", 'T'},      {"cut", "cut", 'C'},
    {"clock", "clock doubtful", 'K'},   {"rate-limited", "lines dropped by a limit", 'L'},
    {"throttled", "throttled", 'H'},    {"rotated", "file not given", 'R'},
    {"silent", "silent as never", 'S'},
};
enum { STATES = sizeof states / sizeof *states };

/* A gap of all of a source stands at its end. */
static bool gap_touches(const struct gap *g, const struct sight_source *s, int64_t from_us,
			int64_t to_us)
{
	int64_t last = (s->first_hour + (int64_t)s->hours.len - 1) * CLOCK_HOUR;
	int64_t first_us = g->from_us == CLOCK_NONE ? last : g->from_us;
	int64_t last_us = g->to_us == CLOCK_NONE ? first_us : g->to_us;
	return first_us < to_us && last_us >= from_us;
}

/* The state of a source in a column's hours; -1: nothing but what was counted. */
static int state_of(const struct report *r, size_t source, int64_t from, int64_t hours)
{
	for (int i = 0; i < STATES; i++)
		for (size_t k = 0; k < r->gaps.len; k++) {
			const struct gap *g = &r->gaps.at[k];
			if (slice_eq(g->state, slice_of(states[i].state)) &&
			    slice_eq(g->source, path_of(r, source)) &&
			    gap_touches(g, &r->sight.sources.at[source], from * CLOCK_HOUR,
					(from + hours) * CLOCK_HOUR))
				return i;
		}
	return -1;
}

static void text_legend(struct out *o)
{
	for (int i = 0; i < STATES; i++)
		out_format(o, "%s%c %s", i ? ", " : "", states[i].letter, states[i].about);
	out_text(o, "\n\n");
}

static void text_cell(const struct report *r, size_t source, int64_t from, int64_t hours,
		      struct out *o)
{
	int state = state_of(r, source, from, hours);
	if (state >= 0)
		out_char(o, states[state].letter);
	else
		out_text(o, shade(sight_column(&r->sight.sources.at[source], from, hours)));
}

static void text_map(const struct report *r, unsigned columns, struct out *o)
{
	int64_t first, last;
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	sight_range(&r->sight, &first, &last);
	if (first > last)
		return;
	int64_t room = columns > NAME_COLUMNS + MAP_LEAST ? columns - NAME_COLUMNS - 2 : MAP_LEAST;
	int64_t each = (last - first + room) / room;
	clock_format(first * CLOCK_HOUR, from);
	clock_format((last + 1) * CLOCK_HOUR, to);
	out_format(o,
		   "%.16s to %.16s UTC; one column is %lld hour%s; · nothing, ░ some, ▒ tens, "
		   "▓ hundreds,\n█ thousands of records, ? most of them not understood\n",
		   from, to, (long long)each, each == 1 ? "" : "s");
	text_legend(o);
	for (size_t i = 0; i < r->sight.sources.len; i++) {
		slice name = slice_first(name_of(path_of(r, i)), NAME_COLUMNS - 1);
		out_plain(o, name);
		for (size_t k = name.len; k < NAME_COLUMNS; k++)
			out_char(o, ' ');
		for (int64_t h = first; h <= last; h += each)
			text_cell(r, i, h, each, o);
		out_text(o, "\n");
	}
	out_text(o, "\n");
}

/* --- text --- */

static void text_drifts(const struct report *r, struct out *o)
{
	char day[CLOCK_TEXT];
	for (size_t i = 0; i < r->sight.drifts.len; i++) {
		const struct sight_drift *d = &r->sight.drifts.at[i];
		clock_format(d->from_us, day);
		out_text(o, "drift   ");
		out_plain(o, d->daemon);
		out_format(o, ": %u %% of its records were understood, since %.10s %u %%\n",
			   d->before, day, d->since);
		for (size_t k = 0; k < d->sample_count; k++) {
			out_text(o, "          ");
			out_plain(o, slice_first(d->samples[k], 90));
			out_text(o, "\n");
		}
	}
}

static void text_gaps(const struct report *r, struct out *o)
{
	for (size_t i = 0; i < r->gaps.len; i++) {
		const struct gap *g = &r->gaps.at[i];
		out_text(o, "gap     ");
		out_plain(o, g->source);
		out_text(o, ": ");
		out_plain(o, g->hides);
		out_text(o, "\n");
	}
}

/* By what opens their eyes: one setting, all the rules that wait for it. */
static void text_blind_of(const struct report *r, enum sight_needs needs, bool colour,
			  struct out *o)
{
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		if (r->sight.rules.at[i].seeing || r->sight.rules.at[i].needs != needs ||
		    !sight_is_first_of_setting(&r->sight, i))
			continue;
		out_text(o, colour ? "\nblind   \033[1mswitch on: " : "\nblind   switch on: ");
		out_plain(o, r->sight.rules.at[i].setting);
		out_text(o, colour ? "\033[0m\n" : "\n");
		for (size_t k = i; k < r->sight.rules.len; k++) {
			const struct sight_rule *rule = &r->sight.rules.at[k];
			if (rule->seeing || !slice_eq(rule->setting, r->sight.rules.at[i].setting))
				continue;
			out_format(o, "        %-8s ", rule->level);
			out_plain(o, rule->title);
			out_text(o, "; ");
			out_plain(o, rule->why);
			out_text(o, "\n");
		}
	}
}

/* What is at hand first. */
static void text_blind(const struct report *r, bool colour, struct out *o)
{
	for (int needs = 0; needs < SIGHT_NEEDS; needs++)
		text_blind_of(r, (enum sight_needs)needs, colour, o);
}

void visibility_text(const struct report *r, unsigned columns, bool colour, struct out *o)
{
	text_map(r, columns, o);
	text_gaps(r, o);
	text_drifts(r, o);
	out_format(o, "%zu rules see, %zu are blind: what they look for would not be found here\n",
		   r->sight.seeing, r->sight.blind);
	text_blind(r, colour, o);
	out_text(o, "\n");
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		const struct sight_rule *rule = &r->sight.rules.at[i];
		if (!rule->seeing)
			continue;
		out_format(o, "seeing  %-8s ", rule->level);
		out_plain(o, rule->title);
		out_text(o, rule->happened ? "\n" : " (nothing of the kind has happened)\n");
	}
}

/* --- JSON --- */

static void json_text(struct out *o, const char *key, slice text)
{
	if (!text.len)
		return;
	out_format(o, ",\"%s\":", key);
	out_json(o, text);
}

static void json_rules(const struct report *r, struct out *o)
{
	out_text(o, ",\"rules\":[");
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		const struct sight_rule *rule = &r->sight.rules.at[i];
		out_format(o, "%s\n{\"state\":\"%s\",\"level\":\"%s\",\"happened\":%s",
			   i ? "," : "", rule->seeing ? "seeing" : "blind", rule->level,
			   rule->happened ? "true" : "false");
		json_text(o, "id", rule->id);
		json_text(o, "title", rule->title);
		json_text(o, "why", rule->why);
		json_text(o, "setting", rule->setting);
		out_text(o, "}");
	}
	out_text(o, "]");
}

static void json_sources(const struct report *r, struct out *o)
{
	out_text(o, "\"sources\":[");
	for (size_t i = 0; i < r->sight.sources.len; i++) {
		const struct sight_source *s = &r->sight.sources.at[i];
		out_format(o, "%s\n{\"path\":", i ? "," : "");
		out_json(o, path_of(r, i));
		out_format(o, ",\"records\":%llu,\"unrecognised\":%llu,\"hours\":[",
			   (unsigned long long)s->records, (unsigned long long)s->unknown);
		bool any = false;
		for (size_t h = 0; h < s->hours.len; h++) {
			if (!s->hours.at[h].records)
				continue;
			out_text(o, any ? ",{\"hour\":\"" : "{\"hour\":\"");
			out_time(o, (s->first_hour + (int64_t)h) * CLOCK_HOUR);
			out_format(o, "\",\"records\":%llu,\"unrecognised\":%llu}",
				   (unsigned long long)s->hours.at[h].records,
				   (unsigned long long)s->hours.at[h].unknown);
			any = true;
		}
		out_text(o, "]}");
	}
	out_text(o, "]");
}

static void json_drifts(const struct report *r, struct out *o)
{
	out_text(o, ",\"drift\":[");
	for (size_t i = 0; i < r->sight.drifts.len; i++) {
		const struct sight_drift *d = &r->sight.drifts.at[i];
		out_text(o, i ? ",\n{\"daemon\":" : "\n{\"daemon\":");
		out_json(o, d->daemon);
		out_text(o, ",\"from\":\"");
		out_time(o, d->from_us);
		out_format(o, "\",\"recognised_before\":%u,\"recognised_since\":%u,\"samples\":[",
			   d->before, d->since);
		for (size_t k = 0; k < d->sample_count; k++) {
			out_text(o, k ? "," : "");
			out_json(o, d->samples[k]);
		}
		out_text(o, "]}");
	}
	out_text(o, "]");
}

static void json_time(struct out *o, const char *key, int64_t us)
{
	if (us == CLOCK_NONE)
		return;
	out_format(o, ",\"%s\":\"", key);
	out_time(o, us);
	out_text(o, "\"");
}

static void json_gaps(const struct report *r, struct out *o)
{
	out_text(o, ",\"gaps\":[");
	for (size_t i = 0; i < r->gaps.len; i++) {
		const struct gap *g = &r->gaps.at[i];
		out_text(o, i ? ",\n{\"source\":" : "\n{\"source\":");
		out_json(o, g->source);
		json_time(o, "from", g->from_us);
		json_time(o, "to", g->to_us);
		json_text(o, "state", g->state.len ? g->state : g->kind);
		json_text(o, "certainty", slice_of(certainty_names[g->certainty]));
		json_text(o, "hides", g->hides);
		json_text(o, "remedy", g->remedy);
		out_text(o, "}");
	}
	out_text(o, "]");
}

void visibility_json(const struct report *r, struct out *o)
{
	out_text(o, "{\"schema\":\"tocsin.visibility/1\",");
	json_sources(r, o);
	json_rules(r, o);
	json_drifts(r, o);
	json_gaps(r, o);
	out_text(o, "}\n");
}

/* --- the page --- */

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Visibility</title>\n"
    "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse}td,th{padding:.15em .5em;text-align:left;vertical-align:top}"
    ".map td{padding:0;width:.55em;height:1.3em}.map th{font-weight:400;white-space:nowrap}"
    ".h0{background:#eceff3}.h1{background:#c6dbef}.h2{background:#6baed6}.h3{background:#2171b5}"
    ".h4{background:#08306b}.hq{background:#d94801}.hg{background:#b30000;color:#fff;"
    "font:700 .7em/1.9 monospace;text-align:center}.blind{color:#b30000;font-weight:600}"
    "code{background:#f2f4f7;padding:0 .3em}@media(prefers-color-scheme:dark){body{"
    "background:#14171a;color:#dde2e8}.h0{background:#23282e}code{background:#23282e}"
    ".blind{color:#ff7b72}}</style>\n<h1>What these logs can show</h1>\n";

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
	int state = state_of(r, source, from, hours);
	bool odd = cell.unknown * 2 > cell.records;
	clock_format(from * CLOCK_HOUR, text);
	out_format(o, "<td class=\"h%c\" title=\"%.16s: %llu%s%s\">",
		   state >= 0 ? 'g'
		   : odd      ? 'q'
			      : (char)('0' + heat(cell)),
		   text, (unsigned long long)cell.records, state >= 0 ? ", " : "",
		   state >= 0 ? states[state].about : "");
	if (state >= 0)
		out_char(o, states[state].letter);
}

static void page_map(const struct report *r, struct out *o)
{
	int64_t first, last;
	sight_range(&r->sight, &first, &last);
	if (first > last)
		return;
	int64_t each = (last - first + PAGE_COLUMNS) / PAGE_COLUMNS;
	out_format(o,
		   "<p>One column is %lld hour%s, UTC. Empty: nothing was logged. Orange: most of "
		   "it was not understood. Red, with a letter: a gap, as its title "
		   "says.</p>\n<table class=\"map\">\n",
		   (long long)each, each == 1 ? "" : "s");
	for (size_t i = 0; i < r->sight.sources.len; i++) {
		out_text(o, "<tr><th>");
		out_html(o, path_of(r, i));
		out_text(o, "</th>");
		for (int64_t h = first; h <= last; h += each)
			page_cell(r, i, h, each, o);
		out_text(o, "\n");
	}
	out_text(o, "</table>\n");
}

static void page_rules(const struct report *r, struct out *o)
{
	out_format(o, "<h2>%zu rules see, %zu are blind</h2>\n<table>\n", r->sight.seeing,
		   r->sight.blind);
	for (int blind = 1; blind >= 0; blind--)
		for (size_t i = 0; i < r->sight.rules.len; i++) {
			const struct sight_rule *rule = &r->sight.rules.at[i];
			if (rule->seeing == (blind != 0))
				continue;
			out_format(o, "<tr><td class=\"%s\">%s<td>%s<td>",
				   blind ? "blind" : "seeing", blind ? "blind" : "seeing",
				   rule->level);
			out_html(o, rule->title);
			if (blind) {
				out_text(o, "<br>");
				out_html(o, rule->why);
				out_text(o, "<br>switch on: <code>");
				out_html(o, rule->setting);
				out_text(o, "</code>");
			}
			out_text(o, "\n");
		}
	out_text(o, "</table>\n");
}

void visibility_html(const struct report *r, struct out *o)
{
	out_text(o, page_head);
	page_map(r, o);
	page_rules(r, o);
	out_text(o, "</html>\n");
}
