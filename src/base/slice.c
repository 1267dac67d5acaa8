/* slice.c - the longer half of slice.h. */
#include "slice.h"

/*
 * In less than a block.  A loop over bytes ends where no processor guesses; so the first bytes are
 * looked at together with the last ones, some of them twice.
 */
static size_t find_short(slice s, char c)
{
	uint32_t mask;
	size_t width = s.len < 8 ? 4 : 8;
	if (s.len < 4) {
		size_t i = 0;
		while (i < s.len && s.at[i] != c)
			i++;
		return i;
	}
	if (s.len < 8) /* of eight bytes the first four count */
		mask = words_mask(word_half(s.at), word_half(s.at + s.len - 4), c) & 0x0f0f;
	else
		mask = words_mask(word_load(s.at), word_load(s.at + s.len - 8), c);
	size_t at = mask ? (size_t)__builtin_ctz(mask) : 0;
	return !mask ? s.len : at < 8 ? at : s.len - width + at - 8;
}

/* slice_find() where `c` is not in the first block, or there is none. */
size_t slice_find_on(slice s, char c)
{
	enum { NEAR = 6 * BLOCK_BYTES };
	uint32_t mask;
	if (s.len < BLOCK_BYTES)
		return find_short(s, c);
	for (size_t i = BLOCK_BYTES; i < s.len; i += BLOCK_BYTES) {
		if (i >= NEAR) {
			const char *p = memchr(s.at + i, c, s.len - i);
			return p ? (size_t)(p - s.at) : s.len;
		}
		/* the last block is moved back to where it is whole */
		size_t at = i + BLOCK_BYTES <= s.len ? i : s.len - BLOCK_BYTES;
		if ((mask = block_mask(s.at + at, c)))
			return at + (size_t)__builtin_ctz(mask);
	}
	return s.len;
}

static size_t slice_position(slice s, char c)
{
	size_t n = slice_find(s, c);
	return n < s.len ? n : SIZE_MAX;
}

static size_t slice_position_last(slice s, char c)
{
	const char *p = s.len ? memrchr(s.at, c, s.len) : NULL;
	return p ? (size_t)(p - s.at) : SIZE_MAX;
}

/*
 * Both searches look for the first two bytes of the needle in sixteen places at once: in a line of
 * a log few places have both.  memmem() and memrchr() would be called for each, or set up a table.
 */
static uint32_t pairs(const char *p, slice needle)
{
	return block_mask(p, needle.at[0]) & block_mask(p + 1, needle.at[1]);
}

static bool stands_at(slice s, size_t at, slice needle)
{
	return word_same(s.at + at, needle.at, needle.len);
}

static size_t search_short(slice s, slice needle)
{
	for (size_t at = 0; at + needle.len <= s.len; at++)
		if (s.at[at] == needle.at[0] && stands_at(s, at, needle))
			return at;
	return SIZE_MAX;
}

size_t slice_search(slice s, slice needle)
{
	if (needle.len < 2)
		return needle.len ? slice_position(s, needle.at[0]) : 0;
	if (s.len <= BLOCK_BYTES)
		return search_short(s, needle);
	size_t last = s.len - BLOCK_BYTES - 1;
	for (size_t at = 0;; at += BLOCK_BYTES) {
		at = at < last ? at : last; /* the last block is moved back to where it is whole */
		for (uint32_t m = pairs(s.at + at, needle); m; m &= m - 1) {
			size_t found = at + (size_t)__builtin_ctz(m);
			if (found + needle.len <= s.len && stands_at(s, found, needle))
				return found;
		}
		if (at == last)
			return SIZE_MAX;
	}
}

static size_t search_last_short(slice s, slice needle)
{
	for (size_t at = s.len; at-- > 0;)
		if (at + needle.len <= s.len && s.at[at] == needle.at[0] &&
		    stands_at(s, at, needle))
			return at;
	return SIZE_MAX;
}

size_t slice_search_last(slice s, slice needle)
{
	if (needle.len < 2)
		return needle.len ? slice_position_last(s, needle.at[0]) : s.len;
	if (s.len <= BLOCK_BYTES)
		return search_last_short(s, needle);
	for (size_t at = s.len - 1; at;) {
		at -= at < BLOCK_BYTES ? at : BLOCK_BYTES; /* the first block may overlap */
		for (uint32_t m = pairs(s.at + at, needle); m;) {
			int high = 31 - __builtin_clz(m);
			size_t found = at + (size_t)high;
			if (found + needle.len <= s.len && stands_at(s, found, needle))
				return found;
			m ^= UINT32_C(1) << high;
		}
	}
	return SIZE_MAX;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

slice slice_trim(slice s)
{
	while (s.len && is_space(s.at[0]))
		s = slice_from(s, 1);
	while (s.len && is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool slice_eq_nocase(slice a, slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

int slice_compare(slice a, slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = n ? memcmp(a.at, b.at, n) : 0;
	return d ? d : (a.len > b.len) - (a.len < b.len);
}

/* slice_number() of what is no more than seven digits with a byte behind them. */
bool slice_long_number(slice *s, int64_t *value)
{
	int64_t n = 0;
	size_t i = 0;
	for (; i < s->len && s->at[i] >= '0' && s->at[i] <= '9'; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s->at[i] - '0', &n))
			return false;
	if (i == 0)
		return false;
	*s = slice_from(*s, i);
	*value = n;
	return true;
}

/*
 * One UTF-8 sequence (RFC 3629) off the front: its code point, or -1 for a byte that begins none.
 * Surrogates, overlong forms and what lies beyond U+10FFFF are not UTF-8.
 */
int32_t slice_point(slice *s)
{
	static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s->at[0];
	size_t more = c < 0x80             ? 0
		      : (c & 0xe0) == 0xc0 ? 1
		      : (c & 0xf0) == 0xe0 ? 2
		      : (c & 0xf8) == 0xf0 ? 3
					   : SIZE_MAX;
	int32_t point = more == 0 ? c : more > 3 ? -1 : c & (0x3f >> more);
	for (size_t i = 1; point >= 0 && i <= more; i++) {
		if (i >= s->len || (s->at[i] & 0xc0) != 0x80)
			point = -1;
		else
			point = point << 6 | (s->at[i] & 0x3f);
	}
	if (point >= 0 &&
	    (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)))
		point = -1;
	*s = slice_from(*s, point < 0 ? 1 : more + 1);
	return point;
}

size_t slice_put_point(char *to, uint32_t point)
{
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, point >>= 6)
		to[i] = (char)(0x80 | (point & 0x3f));
	to[0] = (char)((0xf00 >> n) | point);
	return n;
}

/* Behind whole words of ASCII without a NUL. */
static slice behind_ascii(slice s)
{
	size_t i = 0;
	for (; i + 8 <= s.len; i += 8) {
		uint64_t w = word_load(s.at + i);
		if ((w | (w - WORD_EACH(1))) & WORD_HIGH)
			break;
	}
	return slice_from(s, i);
}

size_t slice_not_text(slice s)
{
	slice rest = s;
	while (rest.len) {
		rest = behind_ascii(rest);
		slice before = rest;
		if (rest.len && slice_point(&rest) <= 0)
			return s.len - before.len;
	}
	return s.len;
}

/* "? " in front, lists around it or not. */
static bool is_explicit_key(slice line)
{
	while (line.len && strchr(" \t-\r", line.at[0]))
		line = slice_from(line, 1);
	return line.len && line.at[0] == '?' && (line.len == 1 || strchr(" \t\r", line.at[1]));
}

size_t slice_not_yaml(slice s)
{
	size_t fit = slice_not_text(s);
	slice rest = {s.at, fit};
	if (fit == 0 || !memchr(s.at, '\t', fit))
		return fit;
	while (rest.len) {
		size_t at = fit - rest.len;
		if (is_explicit_key(slice_until(&rest, '\n')))
			return at;
	}
	return fit;
}
