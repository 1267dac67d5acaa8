/*
 * width.c - how wide text stands on a terminal.
 * The rows are the ranges of Unicode 15 that take no column (combining marks, general category Mn
 * and Me) or two (UAX #11, East Asian Width W and F) and that occur in names and subjects.
 * Independent of the locale, so a report is wrapped alike everywhere.
 */
#include "parts.h"

static const struct {
	int32_t first, last;
	unsigned width;
} ranges[] = {
    {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x0610, 0x061a, 0},
    {0x064b, 0x065f, 0},   {0x0670, 0x0670, 0},   {0x06d6, 0x06dc, 0},   {0x093c, 0x093c, 0},
    {0x0941, 0x0948, 0},   {0x094d, 0x094d, 0},   {0x0e31, 0x0e31, 0},   {0x0e34, 0x0e3a, 0},
    {0x0e47, 0x0e4e, 0},   {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
    {0x20d0, 0x20ff, 0},   {0x231a, 0x231b, 2},   {0x23e9, 0x23ec, 2},   {0x25fd, 0x25fe, 2},
    {0x2614, 0x2615, 2},   {0x2648, 0x2653, 2},   {0x26a1, 0x26a1, 2},   {0x2705, 0x2705, 2},
    {0x274c, 0x274c, 2},   {0x2753, 0x2757, 2},   {0x2795, 0x2797, 2},   {0x2e80, 0x303e, 2},
    {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},   {0x4e00, 0xa4cf, 2},   {0xa960, 0xa97f, 2},
    {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},
    {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f004, 0x1f004, 2},
    {0x1f18e, 0x1f19a, 2}, {0x1f1e6, 0x1f320, 2}, {0x1f32d, 0x1f64f, 2}, {0x1f680, 0x1f6fc, 2},
    {0x1f7e0, 0x1f7eb, 2}, {0x1f90c, 0x1faff, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
};

static unsigned point_width(int32_t p)
{
	size_t low = 0, high = sizeof ranges / sizeof *ranges;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (p > ranges[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	bool in = low < sizeof ranges / sizeof *ranges && p >= ranges[low].first;
	return in ? ranges[low].width : 1;
}

/* The length of the character at the front and its width. */
static size_t character(slice s, unsigned *width)
{
	unsigned char c = (unsigned char)s.at[0];
	size_t len = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	int32_t p = len == 1 ? c : c & (0x7f >> len);
	len = len < s.len ? len : s.len;
	for (size_t i = 1; i < len; i++)
		p = p << 6 | (s.at[i] & 0x3f);
	*width = point_width(p);
	return len;
}

unsigned text_width(slice s)
{
	unsigned sum = 0, width;
	for (; s.len; sum += width)
		s = slice_from(s, character(s, &width));
	return sum;
}

size_t text_fit(slice s, unsigned most)
{
	slice rest = s;
	unsigned sum = 0, width;
	while (rest.len) {
		size_t len = character(rest, &width);
		if (sum + width > most)
			break;
		sum += width;
		rest = slice_from(rest, len);
	}
	return s.len - rest.len;
}
