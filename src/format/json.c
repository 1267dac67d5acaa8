/*
 * json.c - members of a JSON object (RFC 8259), in one pass and without a copy.
 *
 * Laws: (1) a value is a slice of the text; (2) nested objects are entered, arrays taken whole;
 *       (3) text that ends too early ends the walk with `cut` set, and what came before holds.
 */
#include "part.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past white space and commas, and out of objects that end here. */
static void skip_between(slice *s)
{
	while (s->len && (is_space(s->at[0]) || s->at[0] == ',' || s->at[0] == '}'))
		*s = slice_from(*s, 1);
}

/* Where a quote or backslash stands first from `i` on; s.len if none does. */
static size_t find_special(slice s, size_t i)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	for (; i + 16 <= s.len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s.at + i));
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash));
		int mask = _mm_movemask_epi8(hit);
		if (mask)
			return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	while (i < s.len && s.at[i] != '"' && s.at[i] != '\\')
		i++;
	return i;
}

/* A string off the front, its opening quote already taken. */
static bool take_string(slice *s, slice *value, bool *escaped)
{
	size_t i = find_special(*s, 0);
	*escaped = false;
	while (i < s->len && s->at[i] == '\\') {
		*escaped = true;
		i = i + 2 < s->len ? find_special(*s, i + 2) : s->len;
	}
	if (i >= s->len)
		return false;
	*value = slice_first(*s, i);
	*s = slice_from(*s, i + 1);
	return true;
}

/* An array off the front, its opening bracket already taken. */
static bool take_array(slice *s, slice *value)
{
	slice unused, start = *s;
	bool escaped;
	for (size_t depth = 1; depth;) {
		if (s->len == 0)
			return false;
		char c = s->at[0];
		*s = slice_from(*s, 1);
		if (c == '"' && !take_string(s, &unused, &escaped))
			return false;
		depth += (c == '[' || c == '{') - (c == ']' || c == '}');
	}
	*value = slice_first(start, start.len - s->len - 1);
	return true;
}

static slice take_literal(slice *s)
{
	size_t i = 0;
	while (i < s->len && s->at[i] != ',' && s->at[i] != '}' && !is_space(s->at[i]))
		i++;
	slice literal = slice_first(*s, i);
	*s = slice_from(*s, i);
	return literal;
}

bool json_open(struct json *j, slice text)
{
	*j = (struct json){.rest = slice_from(text, 1)};
	return text.len && text.at[0] == '{';
}

static bool take_key(slice *s, slice *key)
{
	bool escaped;
	if (s->len == 0 || s->at[0] != '"')
		return false;
	*s = slice_from(*s, 1);
	if (!take_string(s, key, &escaped))
		return false;
	while (s->len && (is_space(s->at[0]) || s->at[0] == ':'))
		*s = slice_from(*s, 1);
	return s->len != 0;
}

/* The value behind a key; false if it is cut.  *entered: it is an object, whose members come next.
 */
static bool take_value(slice *s, struct json_member *m, bool *entered)
{
	char c = s->at[0];
	m->text = c == '"';
	m->escaped = *entered = false;
	if (c != '{' && c != '[' && c != '"') {
		m->value = take_literal(s);
		return true;
	}
	*s = slice_from(*s, 1);
	*entered = c == '{';
	return c == '{' ||
	       (c == '"' ? take_string(s, &m->value, &m->escaped) : take_array(s, &m->value));
}

bool json_next(struct json *j, struct json_member *m)
{
	slice *s = &j->rest;
	bool entered;
	for (;;) {
		skip_between(s);
		if (s->len == 0)
			return false;
		if (!take_key(s, &m->key) || !take_value(s, m, &entered)) {
			j->cut = true;
			return false;
		}
		if (!entered)
			return true;
	}
}

bool json_next_whole(struct json *j, struct json_member *m, bool *object)
{
	slice *s = &j->rest;
	skip_between(s);
	if (s->len == 0)
		return false;
	if (!take_key(s, &m->key)) {
		j->cut = true;
		return false;
	}
	*object = s->at[0] == '{';
	if (*object) {
		*s = slice_from(*s, 1);
		m->text = m->escaped = false;
		j->cut = !take_array(s, &m->value);
	} else
		j->cut = !take_value(s, m, object);
	return !j->cut;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of \uXXXX; -1 if they are not there. */
static int hex4(slice s)
{
	int n = 0;
	if (s.len < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(s.at[i]);
		if (d < 0)
			return -1;
		n = n * 16 + d;
	}
	return n;
}

/* What stands behind a \u, surrogate pairs joined (RFC 8259 7); a lone half becomes U+FFFD. */
static uint32_t take_unicode(slice *s)
{
	int high = hex4(*s);
	if (high < 0)
		return 0xfffd;
	*s = slice_from(*s, 4);
	if (high < 0xd800 || high > 0xdfff)
		return (uint32_t)high;
	slice next = *s;
	int low = slice_eat(&next, "\\u") ? hex4(next) : -1;
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*s = slice_from(next, 4);
	return 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
}

static uint32_t take_escape(slice *s)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	if (s->len == 0 || s->at[0] & 0x80)
		return '\\';
	char c = s->at[0];
	*s = slice_from(*s, 1);
	if (c == 'u')
		return take_unicode(s);
	const char *p = c ? strchr(from, c) : NULL;
	return (unsigned char)(p ? to[p - from] : c);
}

slice json_text(const struct json_member *m, struct arena *scratch)
{
	if (!m->escaped)
		return m->value;
	char *out =
	    arena_take(scratch, 2 * m->value.len); /* at worst \u alone: three bytes for two */
	size_t n = 0;
	for (slice s = m->value; s.len;) {
		size_t plain = slice_find(s, '\\');
		bool escape = plain < s.len;
		memcpy(out + n, s.at, plain);
		n += plain;
		s = slice_from(s, plain + 1);
		if (escape)
			n += slice_put_point(out + n, take_escape(&s));
	}
	return (slice){out, n};
}
