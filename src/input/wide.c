/*
 * wide.c - text of 16-bit units (UTF-16, RFC 2781), as Windows writes it.
 *
 * Laws: (1) a unit never begins in the middle of another; (2) half of a pair becomes U+FFFD, as
 * does half of a unit's bytes at the end of the text.
 */
#include "room.h"

enum { LOOKED_AT = 4096 };

static unsigned unit_at(const char *at, enum wide wide)
{
	unsigned a = (unsigned char)at[0], b = (unsigned char)at[1];
	return wide == WIDE_BIG ? a << 8 | b : b << 8 | a;
}

/* Every other byte is NUL where letters are Latin; a hole of NULs is NUL in both places. */
enum wide wide_guess(slice block)
{
	size_t zero[2] = {0}, n = block.len < LOOKED_AT ? block.len : LOOKED_AT;
	for (size_t i = 0; i < n; i++)
		zero[i & 1] += block.at[i] == '\0';
	if (n < 16 || (zero[0] + zero[1]) * 5 < n * 2)
		return NARROW;
	if (zero[1] * 20 > n * 8 && zero[0] * 50 < n)
		return WIDE_LITTLE;
	return zero[0] * 20 > n * 8 && zero[1] * 50 < n ? WIDE_BIG : NARROW;
}

size_t wide_mark(slice block, enum wide wide)
{
	if (wide == NARROW)
		return slice_starts(block, SLICE("\xef\xbb\xbf")) ? 3 : 0;
	return block.len > 1 && unit_at(block.at, wide) == 0xfeff ? 2 : 0;
}

const char *wide_line_end(const char *at, const char *end, enum wide wide)
{
	for (const char *p = at; p + 2 <= end;) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			return NULL;
		const char *unit = p - ((p - at) & 1);
		if (unit + 2 <= end && unit_at(unit, wide) == '\n')
			return unit;
		p++;
	}
	return NULL;
}

slice wide_text(slice raw, enum wide wide, char *to)
{
	size_t n = 0;
	for (size_t i = 0; i + 2 <= raw.len; i += 2) {
		uint32_t c = unit_at(raw.at + i, wide), low = 0;
		if (c >= 0xd800 && c < 0xe000) {
			if (c < 0xdc00 && i + 4 <= raw.len)
				low = unit_at(raw.at + i + 2, wide);
			bool pair = low >= 0xdc00 && low < 0xe000;
			c = pair ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
			i += pair ? 2 : 0;
		}
		n += slice_put_point(to + n, c);
	}
	return (slice){to, n};
}
