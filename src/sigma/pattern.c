/*
 * pattern.c - texts with wildcards (rules specification 2.1.0: String Wildcard, Escaping).
 *
 * Laws: (1) a match takes time linear in the text, whatever the rule: what stands between two `*`
 *           is searched leftmost first by Knuth-Morris-Pratt, and `?` goes to an automaton;
 *       (2) letter case is that of letters.c: a rule's text with letters beyond ASCII is held in
 *           lower case, and what it is held against is brought there;
 *       (3) `?` is one UTF-8 character, or one byte that is part of none.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

static inline unsigned char fold(unsigned char c)
{
	return byte_fold(c);
}

/* `\*` and `\?` are plain, `\\` is one backslash, any other backslash is itself. */
void glyphs_parse(glyphs *g, slice text, bool wildcards)
{
	list_need(g, text.len);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		bool escapes =
		    wildcards && c == '\\' && i + 1 < text.len &&
		    (text.at[i + 1] == '*' || text.at[i + 1] == '?' || text.at[i + 1] == '\\');
		if (escapes)
			*list_add(g) = (unsigned char)text.at[++i];
		else if (wildcards && c == '*')
			*list_add(g) = ANY_RUN;
		else if (wildcards && c == '?')
			*list_add(g) = ANY_ONE;
		else
			*list_add(g) = c;
	}
}

bool glyphs_plain(const glyphs *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->at[i] > UINT8_MAX)
			return false;
	return true;
}

/* --- making --- */

#define WHOLE_CHARACTERS                                                                           \
	"(?:[\\x00-\\x7f]|[\\xc2-\\xdf][\\x80-\\xbf]|[\\xe0-\\xef][\\x80-\\xbf]{2}"                \
	"|[\\xf0-\\xf4][\\x80-\\xbf]{3}"
static const char one_character[] = WHOLE_CHARACTERS "|[\\x80-\\xc1\\xf5-\\xff])";
/* Behind `*` it does not begin within another. */
static const char first_character[] = WHOLE_CHARACTERS "|[\\xc0\\xc1\\xf5-\\xff])";
static const char one_dash[] = "(?:[-/]|\\xe2\\x80[\\x93-\\x95])";

static void regex_glyph(struct out *o, uint16_t glyph, bool behind_run)
{
	if (glyph == ANY_RUN)
		out_text(o, ".*");
	else if (glyph == ANY_ONE)
		out_text(o, behind_run ? first_character : one_character);
	else if (glyph == ANY_DASH)
		out_text(o, one_dash);
	else if ((glyph >= '0' && glyph <= '9') ||
		 (fold((unsigned char)glyph) >= 'a' && fold((unsigned char)glyph) <= 'z'))
		out_char(o, (char)glyph);
	else
		out_format(o, "\\x%02x", glyph);
}

/* The longest text that stands there in one case or the other: ASCII. */
static slice longest_run(struct sigma *s, const glyphs *g)
{
	size_t from = 0, best = 0, best_from = 0;
	for (size_t i = 0; i <= g->len; i++) {
		if (i < g->len && g->at[i] < 0x80)
			continue;
		if (i - from > best) {
			best = i - from;
			best_from = from;
		}
		from = i + 1;
	}
	char *text = arena_take(&s->arena, best);
	for (size_t i = 0; i < best; i++)
		text[i] = (char)g->at[best_from + i];
	return (slice){text, best};
}

/* --- letters beyond ASCII --- */

/* The bytes that begin at `i`, up to a wildcard. */
static slice run_at(const glyphs *g, size_t i, struct out *room)
{
	room->fd = -1;
	room->len = 0;
	for (; i < g->len && g->at[i] <= UINT8_MAX; i++)
		out_char(room, (char)g->at[i]);
	return (slice){room->at, room->len};
}

static bool has_cases(const glyphs *g)
{
	struct out room = {.fd = -1};
	bool has = false;
	for (size_t i = 0; i < g->len && !has; i++) {
		slice run = g->at[i] <= UINT8_MAX ? run_at(g, i, &room) : (slice){0};
		for (i += run.len; run.len && !has;) {
			int32_t point = run.at[0] & 0x80 ? slice_point(&run) : 0;
			has = point > 0 && letter_has_cases(point);
			run = slice_from(run, !point);
		}
	}
	out_close(&room);
	return has;
}

/* In lower case, wildcards as they are. */
static glyphs fold_glyphs(const glyphs *g)
{
	struct out room = {.fd = -1}, low = {.fd = -1};
	glyphs all = {0};
	for (size_t i = 0; i < g->len;) {
		slice run = run_at(g, i, &room), folded = letters_fold(&low, run);
		for (size_t k = 0; k < folded.len; k++)
			*list_add(&all) = (unsigned char)folded.at[k];
		for (i += run.len; i < g->len && g->at[i] > UINT8_MAX; i++)
			*list_add(&all) = g->at[i];
	}
	out_close(&room);
	out_close(&low);
	return all;
}

static bool make_regex(struct sigma *s, struct where at, const glyphs *g, struct pattern *p)
{
	struct out o = {.fd = -1};
	size_t from = g->len && g->at[0] == ANY_RUN, end = g->len;
	end -= end > from && g->at[end - 1] == ANY_RUN;
	out_text(&o, from ? "" : "\\A");
	for (size_t k = from; k < end; k++)
		regex_glyph(&o, g->at[k], k && g->at[k - 1] == ANY_RUN);
	out_text(&o, end == g->len ? "\\z" : "");
	p->regex = regex_written(s, at, (slice){o.at, o.len},
				 REGEX_DOTALL | (p->cased ? 0 : REGEX_CASELESS));
	p->run = longest_run(s, g);
	out_close(&o);
	return p->regex;
}

static struct piece piece_of(struct arena *a, const uint16_t *at, size_t len, bool cased)
{
	char *text = arena_take(a, len);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)at[i];
	return piece_make(a, (slice){text, len}, cased);
}

static bool has_ones(const glyphs *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->at[i] == ANY_ONE || g->at[i] == ANY_DASH)
			return true;
	return false;
}

static void make_pieces(struct sigma *s, const glyphs *g, struct pattern *p)
{
	size_t runs = 0;
	for (size_t i = 0; i < g->len; i++)
		runs += g->at[i] == ANY_RUN;
	p->head_open = g->len && g->at[0] == ANY_RUN;
	p->tail_open = g->len && g->at[g->len - 1] == ANY_RUN;
	p->pieces = arena_take(&s->arena, (runs + 1) * sizeof *p->pieces);
	for (size_t from = 0, i = 0; i <= g->len; i++) {
		if (i < g->len && g->at[i] != ANY_RUN)
			continue;
		if (i > from)
			p->pieces[p->count++] =
			    piece_of(&s->arena, g->at + from, i - from, p->cased);
		from = i + 1;
	}
}

bool pattern_make(struct sigma *s, struct where at, const glyphs *g, bool cased, struct pattern *p)
{
	*p = (struct pattern){.cased = cased};
	if (g->len > PATTERN_MOST)
		return refuse(s, at, "at most 16384 bytes", "a text of %zu bytes", g->len);
	p->beyond = !cased && has_cases(g);
	if (p->beyond) {
		glyphs folded = fold_glyphs(g);
		p->cased = true;
		bool fine = !has_ones(g) || make_regex(s, at, &folded, p);
		if (!p->regex)
			make_pieces(s, &folded, p);
		p->run = longest_run(s, g);
		list_free(&folded);
		return fine;
	}
	if (has_ones(g))
		return make_regex(s, at, g, p);
	make_pieces(s, g, p);
	return true;
}

bool pattern_literal(const struct pattern *p, slice *text)
{
	if (p->regex || p->beyond || p->count > 1 || p->head_open || p->tail_open)
		return false;
	*text = p->count ? p->pieces[0].text : SLICE("");
	return true;
}

/* --- matching --- */

static bool eat_head(slice *text, slice piece, bool cased)
{
	if (text->len < piece.len || !piece_same(text->at, piece, cased))
		return false;
	*text = slice_from(*text, piece.len);
	return true;
}

static bool eat_tail(slice *text, slice piece, bool cased)
{
	if (text->len < piece.len || !piece_same(text->at + text->len - piece.len, piece, cased))
		return false;
	text->len -= piece.len;
	return true;
}

/* The last one is kept: many patterns ask for it, one after the other. */
static slice text_folded(struct sigma *s, slice text)
{
	struct folded *f = &s->folded;
	if (f->at != text.at || f->len != text.len || f->event != s->event_number) {
		letters_fold(&f->text, text);
		f->at = text.at;
		f->len = text.len;
		f->event = s->event_number;
	}
	return (slice){f->text.at, f->text.len};
}

bool pattern_holds(struct sigma *s, const struct pattern *p, slice text)
{
	if (p->beyond && !beyond_ascii(text))
		return false;
	if (p->beyond)
		text = text_folded(s, text);
	if (p->regex)
		return regex_holds(s, p->regex, text);
	if (p->count == 0)
		return p->head_open || text.len == 0;
	const struct piece *from = p->pieces, *end = from + p->count;
	if (!p->head_open && !eat_head(&text, (from++)->text, p->cased))
		return false;
	if (!p->tail_open && from == end)
		return text.len == 0;
	if (!p->tail_open && !eat_tail(&text, (--end)->text, p->cased))
		return false;
	for (; from < end; from++)
		if (!piece_seek(&text, from, p->cased))
			return false;
	return true;
}
