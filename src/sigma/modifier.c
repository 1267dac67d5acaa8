/*
 * modifier.c - the table of value modifiers (modifiers appendix 2.1.0).
 *
 * A modifier changes the texts that a value stands for, or how they are compared, or both; those
 * that change texts do so in the order in which the rule names them.  A new one is a row.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { DASHES = 5 };

static glyphs *variant(variants *out)
{
	return list_add(out);
}

static void put(glyphs *g, uint16_t glyph)
{
	*list_add(g) = glyph;
}

static void copy(glyphs *to, const glyphs *from)
{
	list_need(to, from->len + 1); /* and what opens the end */
	for (size_t i = 0; i < from->len; i++)
		put(to, from->at[i]);
}

void variants_free(variants *v)
{
	for (size_t i = 0; i < v->len; i++)
		list_free(&v->at[i]);
	list_free(v);
}

static void change_contains(const glyphs *in, variants *out)
{
	glyphs *g = variant(out);
	put(g, ANY_RUN);
	copy(g, in);
	put(g, ANY_RUN);
}

static void change_startswith(const glyphs *in, variants *out)
{
	glyphs *g = variant(out);
	copy(g, in);
	put(g, ANY_RUN);
}

static void change_endswith(const glyphs *in, variants *out)
{
	glyphs *g = variant(out);
	put(g, ANY_RUN);
	copy(g, in);
}

/* --- windash --- */

static bool is_word(const glyphs *g, size_t i)
{
	uint16_t c = i < g->len ? g->at[i] : ' ';
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || (c >= 0x80 && c <= 0xFF);
}

/* Bytes of the dash at `i`: - / or U+2013, U+2014, U+2015 in UTF-8; 0 if there is none. */
static size_t dash(const glyphs *g, size_t i)
{
	const uint16_t *p = g->at + i;
	if (*p == '-' || *p == '/')
		return 1;
	bool wide = i + 2 < g->len && p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0x93 && p[2] <= 0x95;
	return wide ? 3 : 0;
}

/* A dash that begins a flag: a word follows and none stands before it, as in ` -file`. */
static size_t begins_flag(const glyphs *in, size_t i)
{
	size_t len = dash(in, i);
	return len && is_word(in, i + len) && (i == 0 || !is_word(in, i - 1)) ? len : 0;
}

static const char *const dashes[DASHES] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94",
					   "\xE2\x80\x95"};

/* With dash `which`, or with ANY_DASH if there is no such. */
static void put_dashed(const glyphs *in, glyphs *g, size_t which)
{
	for (size_t i = 0; i < in->len; i++) {
		size_t len = begins_flag(in, i);
		if (!len) {
			put(g, in->at[i]);
			continue;
		}
		for (const char *p = which < DASHES ? dashes[which] : ""; *p; p++)
			put(g, (unsigned char)*p);
		if (which == DASHES)
			put(g, ANY_DASH);
		i += len - 1;
	}
}

/* A single flag as five plain texts, which are found sooner; several as one with ANY_DASH. */
static void change_windash(const glyphs *in, variants *out)
{
	size_t flags = 0;
	for (size_t i = 0; i < in->len; i++)
		flags += begins_flag(in, i) > 0;
	for (size_t which = 0; flags == 1 && which < DASHES; which++)
		put_dashed(in, variant(out), which);
	if (flags != 1)
		put_dashed(in, variant(out), DASHES);
}

/* The dash at `at` as each of the five. */
static void put_each_dash(const glyphs *in, size_t at, variants *out)
{
	for (size_t which = 0; which < DASHES; which++) {
		glyphs *g = variant(out);
		for (size_t i = 0; i < in->len; i++)
			for (const char *p = i == at ? dashes[which] : "."; *p; p++)
				put(g, i == at ? (unsigned char)*p : in->at[i]);
	}
}

/* What is encoded has no dash of five shapes: all permutations of them; false: they are too many.
 */
static bool spread_dashes(variants *v)
{
	enum { MOST = 1024 };
	bool more = true;
	while (more && v->len <= MOST) {
		variants out = {0};
		more = false;
		for (size_t i = 0; i < v->len; i++) {
			size_t at = 0;
			while (at < v->at[i].len && v->at[i].at[at] != ANY_DASH)
				at++;
			if (at < v->at[i].len)
				put_each_dash(&v->at[i], at, &out);
			else
				copy(variant(&out), &v->at[i]);
			more |= at < v->at[i].len;
		}
		variants_free(v);
		*v = out;
	}
	return v->len <= MOST;
}

/* --- encodings --- */

static void base64_from(const glyphs *in, size_t skip_head, size_t skip_tail, const glyphs *padded,
			variants *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	glyphs all = {0};
	for (size_t i = 0; i < padded->len; i += 3) {
		uint32_t left = (uint32_t)(padded->len - i), bits = (uint32_t)padded->at[i] << 16;
		bits |= left > 1 ? (uint32_t)padded->at[i + 1] << 8 : 0;
		bits |= left > 2 ? padded->at[i + 2] : 0;
		put(&all, (uint16_t)digits[bits >> 18]);
		put(&all, (uint16_t)digits[bits >> 12 & 63]);
		put(&all, left > 1 ? (uint16_t)digits[bits >> 6 & 63] : '=');
		put(&all, left > 2 ? (uint16_t)digits[bits & 63] : '=');
	}
	glyphs *g = variant(out);
	for (size_t i = skip_head; i + skip_tail < all.len; i++)
		put(g, all.at[i]);
	list_free(&all);
}

static void change_base64(const glyphs *in, variants *out)
{
	base64_from(in, 0, 0, in, out);
}

/*
 * The digits that depend on the value alone, for each of the three places where it may begin
 * (RFC 4648 4): of a shift by one or two bytes the first 2 or 3 digits mix with what stands before,
 * and the last digit mixes with what follows.
 */
static void change_base64offset(const glyphs *in, variants *out)
{
	static const size_t head[] = {0, 2, 3}, tail[] = {0, 3, 2};
	for (size_t shift = 0; shift < 3; shift++) {
		glyphs padded = {0};
		for (size_t i = 0; i < shift; i++)
			put(&padded, ' ');
		copy(&padded, in);
		base64_from(in, head[shift], tail[padded.len % 3], &padded, out);
		list_free(&padded);
	}
}

/* UTF-8 to code points; a byte that is no part of one stands for itself. */
static uint32_t code_point(const glyphs *g, size_t *i)
{
	uint32_t c = g->at[(*i)++];
	size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
	if (!more || *i + more > g->len)
		return c;
	c &= 0x3FU >> more;
	while (more--)
		c = c << 6 | (g->at[(*i)++] & 0x3F);
	return c;
}

static void put_unit(glyphs *g, uint32_t unit, bool big)
{
	put(g, (uint16_t)(big ? unit >> 8 & 0xFF : unit & 0xFF));
	put(g, (uint16_t)(big ? unit & 0xFF : unit >> 8 & 0xFF));
}

static void utf16(const glyphs *in, glyphs *g, bool big)
{
	for (size_t i = 0; i < in->len;) {
		uint32_t c = code_point(in, &i);
		if (c >= 0x10000) {
			put_unit(g, 0xD800 + ((c - 0x10000) >> 10), big);
			c = 0xDC00 + ((c - 0x10000) & 0x3FF);
		}
		put_unit(g, c, big);
	}
}

static void change_utf16le(const glyphs *in, variants *out)
{
	utf16(in, variant(out), false);
}

static void change_utf16be(const glyphs *in, variants *out)
{
	utf16(in, variant(out), true);
}

static void change_utf16(const glyphs *in, variants *out)
{
	glyphs *g = variant(out);
	put(g, 0xFF);
	put(g, 0xFE);
	utf16(in, g, false);
}

/* --- the table --- */

#define VALUES (M_RE | M_CIDR | M_EXISTS | M_COMPARE) /* the value is not a text with wildcards */
#define TEXTS  (VALUES | M_PART)
#define PLACES ((TEXTS & ~M_RE) | M_PLACE) /* an expression has a place as a text has */

static const struct modifier modifiers[] = {
    /* name, sets, needs, against, part, change */
    {"all", M_ALL, 0, M_EXISTS},
    {"base64", M_CODE, 0, TEXTS | M_PLACE | M_FIELD, 0, change_base64},
    {"base64offset", M_CODE, 0, TEXTS | M_PLACE | M_FIELD, 0, change_base64offset},
    {"cased", M_CASED, 0, M_CIDR | M_EXISTS | M_COMPARE | M_PART | M_CASELESS},
    {"cidr", M_CIDR, 0, VALUES | M_PLACE | M_CODE | M_PART | M_DASH | M_FIELD},
    {"contains", M_PLACE | M_HEAD | M_TAIL, 0, PLACES, 0, change_contains},
    {"day", M_PART, 0, M_PART | M_RE, PART_DAY},
    {"dotall", M_DOTALL, M_RE, 0}, /* this, ignorecase and multiline are pySigma's words */
    {"endswith", M_PLACE | M_HEAD, 0, PLACES, 0, change_endswith},
    {"exists", M_EXISTS, 0, ~0U},
    {"expand", M_EXPAND, 0, M_EXISTS},
    {"fieldref", M_FIELD, 0, TEXTS | M_CODE | M_DASH | M_FIELD},
    {"gt", M_MORE, 0, VALUES | M_PLACE | M_CODE},
    {"gte", M_MORE_EQUAL, 0, VALUES | M_PLACE | M_CODE},
    {"hour", M_PART, 0, M_PART | M_RE, PART_HOUR},
    {"i", M_CASELESS, M_RE, M_CASED},
    {"ignorecase", M_CASELESS, M_RE, M_CASED},
    {"lt", M_LESS, 0, VALUES | M_PLACE | M_CODE},
    {"lte", M_LESS_EQUAL, 0, VALUES | M_PLACE | M_CODE},
    {"m", M_LINES, M_RE, 0},
    {"minute", M_PART, 0, M_PART | M_RE, PART_MINUTE},
    {"month", M_PART, 0, M_PART | M_RE, PART_MONTH},
    {"multiline", M_LINES, M_RE, 0},
    {"neq", M_NEQ, 0, M_EXISTS},
    {"re", M_RE, 0, VALUES | M_PLACE | M_CODE | M_PART | M_DASH | M_FIELD},
    {"s", M_DOTALL, M_RE, 0},
    {"startswith", M_PLACE | M_TAIL, 0, PLACES, 0, change_startswith},
    {"utf16", M_CODE, 0, TEXTS | M_PLACE | M_FIELD, 0, change_utf16},
    {"utf16be", M_CODE, 0, TEXTS | M_PLACE | M_FIELD, 0, change_utf16be},
    {"utf16le", M_CODE, 0, TEXTS | M_PLACE | M_FIELD, 0, change_utf16le},
    {"week", M_PART, 0, M_PART | M_RE, PART_WEEK},
    {"wide", M_CODE, 0, TEXTS | M_PLACE | M_FIELD, 0, change_utf16le},
    {"windash", M_DASH, 0, TEXTS | M_CODE | M_FIELD, 0, change_windash},
    {"year", M_PART, 0, M_PART | M_RE, PART_YEAR},
};
enum { MODIFIERS = sizeof modifiers / sizeof *modifiers };

static const struct modifier *find(struct sigma *s, struct where at, slice name)
{
	for (size_t i = 0; i < MODIFIERS; i++)
		if (slice_eq(name, slice_of(modifiers[i].name)))
			return &modifiers[i];
	struct nearest near = nearest_to(name);
	for (size_t i = 0; i < MODIFIERS; i++)
		nearest_offer(&near, slice_of(modifiers[i].name));
	refuse(s, at, nearest_say(s, &near, "a modifier of the Sigma modifiers appendix 2.1.0"),
	       "unknown modifier '%.*s'", (int)(name.len < 64 ? name.len : 64), name.at);
	return NULL;
}

/* What to write in place of two modifiers that do not fit. */
static const char *instead_of(const struct modifier *first, const struct modifier *then)
{
	if (first->sets & then->sets & M_PLACE)
		return "one of them; 'contains' for both, or a search for each";
	if (then->sets & M_RE && first->sets & (M_PLACE | M_CODE | M_DASH))
		return "'re' first: it takes the value as it is written";
	if (first->sets & M_PLACE && then->sets & M_CODE)
		return "the other way round: the text is changed before it gets its place";
	if (then->sets & M_CASED && first->sets & M_CASELESS)
		return "one of them";
	return "a line of its own for each";
}

static bool refuse_pair(struct sigma *s, struct where at, const struct plan *plan,
			const struct modifier *m)
{
	size_t i = 0;
	while (i + 1 < plan->count && !(plan->steps[i]->sets & m->against))
		i++;
	return refuse(s, at, instead_of(plan->steps[i], m), "modifier '%s' cannot follow '%s'",
		      m->name, plan->steps[i]->name);
}

static bool is_there(const struct plan *plan, const struct modifier *m)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i] == m)
			return true;
	return false;
}

static bool add(struct sigma *s, struct where at, struct plan *plan, slice name)
{
	const struct modifier *m = find(s, at, name);
	if (!m)
		return false;
	if (plan->count + plan->twice == MODIFIERS_MOST)
		return refuse(s, at, "at most 8", "too many modifiers");
	if ((plan->flags & m->needs) != m->needs)
		return refuse(s, at, "'re' before it", "modifier '%s' alone", m->name);
	if (is_there(plan, m) && !(m->sets & (M_CODE | M_PART))) {
		plan->twice++;
		warn(s, at, "it once", "modifier '%s' twice", m->name);
		return true;
	}
	if (plan->flags & m->against)
		return refuse_pair(s, at, plan, m);
	plan->flags |= m->sets;
	plan->part = m->part ? m->part : plan->part;
	plan->steps[plan->count++] = m;
	return true;
}

void plan_keywords(struct plan *plan)
{
	static const struct modifier contains = {"contains", M_PLACE, .change = change_contains};
	if (!(plan->flags & (M_PLACE | M_RE)))
		plan->steps[plan->count++] = &contains;
}

bool plan_parse(struct yaml *y, const struct yaml_node *key, struct plan *plan)
{
	slice rest = key->text;
	bool last = slice_find(rest, '|') == rest.len;
	*plan = (struct plan){.field = slice_until(&rest, '|')};
	plan->field = arena_copy(&y->s->arena, plan->field);
	while (!last) {
		struct where at = yaml_where_in(y, key, (size_t)(rest.at - key->text.at));
		last = slice_find(rest, '|') == rest.len;
		if (!add(y->s, at, plan, slice_until(&rest, '|')))
			return false;
	}
	if (plan->field.len == 0 &&
	    plan->flags & (M_EXISTS | M_COMPARE | M_PART | M_FIELD | M_CIDR))
		return refuse(y->s, yaml_where(y, key), "a field name before '|'",
			      "a modifier that needs a field");
	if (plan->field.len == 0)
		plan_keywords(plan);
	return true;
}

/* --- values --- */

static bool change_all(variants *v, const struct modifier *m)
{
	variants out = {0};
	bool plain = true;
	for (size_t i = 0; i < v->len; i++) {
		plain = plain && (!(m->sets & M_CODE) || glyphs_plain(&v->at[i]));
		if (plain)
			m->change(&v->at[i], &out);
	}
	variants_free(v);
	*v = out;
	return plain;
}

bool plan_apply(struct yaml *y, const struct yaml_node *value, const struct plan *plan,
		variants *out)
{
	glyphs_parse(list_add(out), value->text, true);
	for (size_t i = 0; i < plan->count; i++) {
		const struct modifier *m = plan->steps[i];
		if (plan->flags & M_DASH && m->sets & M_CODE && !spread_dashes(out))
			return refuse(y->s, yaml_where(y, value), "at most four of them",
				      "too many dashes in an encoded value");
		if (m->change && !change_all(out, m))
			return refuse(y->s, yaml_where(y, value), "a text without * and ?",
				      "wildcards in an encoded value");
	}
	return true;
}
