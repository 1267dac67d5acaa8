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

/* What stands between values and keys, keys and values. */
enum { BEFORE_KEY = 1, BEFORE_VALUE = 2, BLANK = BEFORE_KEY | BEFORE_VALUE };
static const uint8_t between[256] = {
    [' '] = BLANK,      ['\t'] = BLANK,     ['\n'] = BLANK,       ['\r'] = BLANK,
    [','] = BEFORE_KEY, ['}'] = BEFORE_KEY, [':'] = BEFORE_VALUE,
};

/* Where a quote or backslash stands first from `p` on; `end` if none does. */
static inline const char *find_special(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash));
		int mask = _mm_movemask_epi8(hit);
		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* The quote that closes a string whose first byte is at `p`; `end` if it is cut. */
static inline const char *find_close(const char *p, const char *end, bool *escaped)
{
	p = find_special(p, end);
	while (p < end && *p == '\\') {
		*escaped = true;
		p = end - p > 2 ? find_special(p + 2, end) : end;
	}
	return p;
}

/* Where a quote or bracket stands first from `p` on; `end` if none does. */
static inline const char *find_structure(const char *p, const char *end)
{
#ifdef __SSE2__
	/* [ and {, ] and } differ in one bit */
	const __m128i quote = _mm_set1_epi8('"'), bit = _mm_set1_epi8(0x20),
		      open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}');
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i folded = _mm_or_si128(v, bit);
		__m128i hit = _mm_or_si128(
		    _mm_cmpeq_epi8(v, quote),
		    _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close)));
		int mask = _mm_movemask_epi8(hit);
		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	while (p < end && *p != '"' && (*p | 0x20) != '{' && (*p | 0x20) != '}')
		p++;
	return p;
}

/* Past the bracket that closes an array or object, its opening one already taken; NULL: cut. */
static const char *find_bracket(const char *p, const char *end)
{
	bool escaped;
	for (size_t depth = 1; depth; p++) {
		if (p < end && *p != '"' && (*p | 0x20) != '}') /* short lists need no blocks */
			p = find_structure(p, end);
		if (p < end && *p == '"')
			p = find_close(p + 1, end, &escaped);
		if (p >= end)
			return NULL;
		depth += (size_t)((*p | 0x20) == '{') - (size_t)((*p | 0x20) == '}');
	}
	return p;
}

bool json_open(struct json *j, slice text)
{
	*j = (struct json){.rest = slice_from(text, 1)};
	return text.len && text.at[0] == '{';
}

/*
 * Past white space, commas and the ends of objects to a key, and past it to its value, which is
 * not empty.  NULL at the end of the text, or, with `cut` set, where something else stands.
 */
static inline const char *take_key(struct json *j, struct json_member *m)
{
	const char *p = j->rest.at, *end = p + j->rest.len;
	bool escaped;
	if (end - p > 1 && p[0] == ',' && p[1] == '"') /* as most writers have it */
		p++;
	else
		while (p < end && between[(uint8_t)*p] & BEFORE_KEY)
			p++;
	j->rest = (slice){p, (size_t)(end - p)};
	if (p == end)
		return NULL;
	const char *close = *p == '"' ? find_close(p + 1, end, &escaped) : end;
	if (close < end) {
		m->key = (slice){p + 1, (size_t)(close - p - 1)};
		for (p = close + 1; p < end && between[(uint8_t)*p] & BEFORE_VALUE;)
			p++;
		if (p < end)
			return p;
	}
	j->cut = true;
	return NULL;
}

static inline const char *literal_end(const char *p, const char *end)
{
	while (p < end && !(between[(uint8_t)*p] & BEFORE_KEY))
		p++;
	return p;
}

/* The value at `p`, a container's without its brackets; false: cut.  What follows it is next. */
static inline bool take_value(struct json *j, struct json_member *m, const char *p)
{
	const char *end = j->rest.at + j->rest.len, *close, *next;
	m->text = *p == '"';
	m->escaped = false;
	if (m->text) {
		close = find_close(++p, end, &m->escaped);
		next = close < end ? close + 1 : NULL;
	} else if (*p == '[' || *p == '{') {
		next = find_bracket(++p, end);
		close = next ? next - 1 : end;
	} else
		next = close = literal_end(p, end);
	j->cut = !next;
	if (!next)
		return false;
	m->value = (slice){p, (size_t)(close - p)};
	j->rest = (slice){next, (size_t)(end - next)};
	return true;
}

static bool is_passed_by(const struct json *j, slice key)
{
	for (size_t i = 0; i < j->pass_count; i++)
		if (slice_eq(j->pass[i], key))
			return true;
	return false;
}

bool json_next(struct json *j, struct json_member *m)
{
	const char *p;
	while ((p = take_key(j, m))) {
		if (*p != '{')
			return take_value(j, m, p);
		if (is_passed_by(j, m->key)) {
			if (!take_value(j, m, p))
				return false;
			continue;
		}
		size_t n = (size_t)(p + 1 - j->rest.at); /* its members come next */
		j->rest = slice_from(j->rest, n);
	}
	return false;
}

bool json_next_whole(struct json *j, struct json_member *m, bool *object)
{
	const char *p = take_key(j, m);
	*object = p && *p == '{';
	return p && take_value(j, m, p);
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
