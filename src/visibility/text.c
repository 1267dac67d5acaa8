/*
 * text.c - visibility on a terminal.
 * Law: sentences keep to the columns asked for; the map to as many as it has hours, at most those.
 */
#include "visibility/part.h"

enum { NAME_COLUMNS = 24, MAP_LEAST = 20, LEFT = 8, LEVEL = 9, COLUMNS_MOST = 120 };

struct sheet_out {
	struct out *o;
	unsigned columns, left, col; /* left: of the lines that follow */
	struct out safe;             /* scratch: a saying, escaped */
};

/* --- words --- */

/* Code points: close enough to columns for names and sentences. */
static size_t length_of(slice s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xc0) != 0x80;
	return n;
}

static void new_line(struct sheet_out *p)
{
	out_format(p->o, "\n%*s", (int)p->left, "");
	p->col = p->left;
}

/* Log text as well: escaped, then broken at blanks; what is longer than a line stays whole. */
static void put(struct sheet_out *p, slice raw)
{
	p->safe.len = 0;
	out_plain(&p->safe, raw);
	slice rest = {p->safe.at, p->safe.len};
	while (rest.len) {
		slice word = slice_until(&rest, ' ');
		size_t n = length_of(word);
		if (p->col + 1 + n > p->columns && p->col > p->left)
			new_line(p);
		else if (p->col > p->left)
			p->col += 1, out_char(p->o, ' ');
		out_slice(p->o, word);
		p->col += (unsigned)n;
	}
}

#define put_text(p, text) put((p), slice_of(text))

/* A label of LEFT columns and, if there is one, a word of LEVEL; what follows stands behind. */
static void begin(struct sheet_out *p, const char *label, const char *level)
{
	out_format(p->o, "%-*s", LEFT, label);
	if (level)
		out_format(p->o, "%-*s", LEVEL, level);
	p->left = p->col = LEFT + (level ? LEVEL : 0);
}

/* --- the map --- */

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

static void legend(struct out *o)
{
	out_text(o, "· nothing, ░ some, ▒ tens, ▓ hundreds, █ thousands of records,\n"
		    "? most of them not understood; ");
	for (int i = 0; i < MAP_STATES; i++)
		out_format(o, "%s%c %s",
			   i == 0   ? ""
			   : i == 4 ? ",\n"
				    : ", ",
			   map_states[i].letter, map_states[i].about);
	out_text(o, "\n\n");
}

/* As much of a path's end as fits, from a / on if one of its names fits. */
static slice end_of(slice name, size_t room)
{
	size_t n = length_of(name);
	if (n <= room)
		return name;
	while (n >= room || (name.len && (*name.at & 0xc0) == 0x80)) {
		n -= ((unsigned char)*name.at & 0xc0) != 0x80;
		name = slice_from(name, 1);
	}
	size_t slash = slice_find(name, '/');
	return slash < name.len ? slice_from(name, slash) : name;
}

static void put_name(struct sheet_out *p, slice path)
{
	p->safe.len = 0;
	out_plain(&p->safe, path);
	slice whole = {p->safe.at, p->safe.len}, name = end_of(whole, NAME_COLUMNS - 1);
	size_t n = length_of(name);
	if (name.len < whole.len)
		out_text(p->o, "…"), n++;
	out_slice(p->o, name);
	for (; n < NAME_COLUMNS; n++)
		out_char(p->o, ' ');
}

/* Days above their first column, where there is room. */
static void axis(struct sheet_out *p, int64_t first, int64_t last, int64_t each)
{
	char day[MAP_DAY];
	size_t col = 0, at = 0, free_at = 0; /* at: where the line ends as yet */
	out_format(p->o, "%-*s", NAME_COLUMNS, "UTC");
	for (int64_t h = first; h <= last; h += each, col++) {
		bool begins = h == first || (h + each - 1) / 24 != (h - 1) / 24;
		if (!begins || col < free_at)
			continue;
		map_day(h + each - 1, day);
		out_format(p->o, "%*s%s", (int)(col - at), "", day);
		at = col + strlen(day);
		free_at = at + 1;
	}
	out_text(p->o, "\n");
}

static void cell(const struct report *r, size_t source, int64_t from, int64_t hours, struct out *o)
{
	const struct map_state *state = map_state_of(r, source, from, hours);
	if (state)
		out_char(o, state->letter);
	else
		out_text(o, shade(sight_column(&r->sight.sources.at[source], from, hours)));
}

static void map(struct sheet_out *p, const struct report *r, unsigned columns)
{
	int64_t first, last;
	sight_range(&r->sight, &first, &last);
	if (first > last)
		return;
	int64_t room = columns > NAME_COLUMNS + MAP_LEAST ? columns - NAME_COLUMNS - 2 : MAP_LEAST;
	int64_t each = (last - first + room) / room;
	out_format(p->o, "One column is %lld hour%s: ", (long long)each, each == 1 ? "" : "s");
	legend(p->o);
	axis(p, first, last, each);
	for (size_t i = 0; i < r->sight.sources.len; i++) {
		put_name(p, map_path(r, i));
		for (int64_t h = first; h <= last; h += each)
			cell(r, i, h, each, p->o);
		out_text(p->o, "\n");
	}
	out_text(p->o, "\n");
}

/* --- what is missing --- */

static void drifts(struct sheet_out *p, const struct report *r)
{
	char day[CLOCK_TEXT];
	for (size_t i = 0; i < r->sight.drifts.len; i++) {
		const struct sight_drift *d = &r->sight.drifts.at[i];
		clock_format(d->from_us, day);
		out_text(p->o, "drift   ");
		out_plain(p->o, d->daemon);
		out_format(p->o, ": %u %% of its records were understood, since %.10s %u %%\n",
			   d->before, day, d->since);
		for (size_t k = 0; k < d->sample_count; k++) {
			out_text(p->o, "          ");
			out_plain(p->o, slice_first(d->samples[k], 90));
			out_text(p->o, "\n");
		}
	}
}

static void gaps(struct sheet_out *p, const struct report *r)
{
	for (size_t i = 0; i < r->gaps.len; i++) {
		begin(p, "gap", NULL);
		put(p, r->gaps.at[i].source);
		out_text(p->o, ":");
		p->col++;
		put(p, r->gaps.at[i].hides);
		out_text(p->o, "\n");
	}
}

static void blind_rules(struct sheet_out *p, const struct sight *s, slice setting)
{
	static const char *const levels[] = {"critical", "high", "medium", "low", "informational"};
	for (size_t level = 0; level < 5; level++)
		for (size_t i = 0; i < s->rules.len; i++) {
			const struct sight_rule *rule = &s->rules.at[i];
			if (rule->seeing || strcmp(rule->level, levels[level]) != 0 ||
			    !slice_eq(rule->setting, setting))
				continue;
			begin(p, "", rule->level);
			put(p, rule->title);
			out_char(p->o, ';');
			p->col++;
			put(p, rule->why);
			out_text(p->o, "\n");
		}
}

/* By what opens their eyes: one setting, all the rules that wait for it. */
static void blind_of(struct sheet_out *p, const struct report *r, enum sight_needs needs,
		     bool colour)
{
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		const struct sight_rule *rule = &r->sight.rules.at[i];
		if (rule->seeing || rule->needs != needs ||
		    !sight_is_first_of_setting(&r->sight, i))
			continue;
		out_text(p->o, "\n");
		begin(p, "blind", NULL);
		out_text(p->o, colour ? "\033[1m" : "");
		put_text(p, "to open their eyes:");
		put(p, rule->setting);
		out_text(p->o, colour ? "\033[0m\n" : "\n");
		blind_rules(p, &r->sight, rule->setting);
	}
}

void visibility_text(const struct report *r, unsigned columns, bool colour, struct out *o)
{
	struct sheet_out p = {
	    .o = o, .columns = columns < COLUMNS_MOST ? columns : COLUMNS_MOST, .safe = {.fd = -1}};
	map(&p, r, columns);
	gaps(&p, r);
	drifts(&p, r);
	out_format(o,
		   "\n%zu rules see, %zu are blind: what they look for would not be found here\n",
		   r->sight.seeing, r->sight.blind);
	for (int needs = 0; needs < SIGHT_NEEDS; needs++) /* what is at hand first */
		blind_of(&p, r, (enum sight_needs)needs, colour);
	out_text(o, "\n");
	for (size_t i = 0; i < r->sight.rules.len; i++) {
		const struct sight_rule *rule = &r->sight.rules.at[i];
		if (!rule->seeing)
			continue;
		begin(&p, "seeing", rule->level);
		put(&p, rule->title);
		if (!rule->happened)
			put_text(&p, "(nothing of the kind has happened)");
		out_char(o, '\n');
	}
	out_close(&p.safe);
}
