/* fold.c - text made plain, so that a label is found however it was typed; small helpers. */
#include "mailstore/secrets.h"

#include <glib.h>

/* Characters that do not decompose (Unicode 15, UnicodeData.txt), and stretches of them. */
static const struct {
	uint32_t from, to;
	slice plain;
} plains[] = {
    {0x00ab, 0x00ab, SLICE_INIT("\"")}, {0x00ad, 0x00ad, SLICE_INIT("")},
    {0x00bb, 0x00bb, SLICE_INIT("\"")}, {0x00d8, 0x00d8, SLICE_INIT("O")},
    {0x00df, 0x00df, SLICE_INIT("ss")}, {0x00f8, 0x00f8, SLICE_INIT("o")},
    {0x0110, 0x0110, SLICE_INIT("D")},  {0x0111, 0x0111, SLICE_INIT("d")},
    {0x0300, 0x036f, SLICE_INIT("")},   {0x200b, 0x200f, SLICE_INIT("")},
    {0x2010, 0x2015, SLICE_INIT("-")},  {0x2018, 0x201b, SLICE_INIT("'")},
    {0x201c, 0x201f, SLICE_INIT("\"")}, {0x2028, 0x2029, SLICE_INIT("\n")},
    {0x202a, 0x202e, SLICE_INIT("")},   {0x2039, 0x203a, SLICE_INIT("'")},
    {0x2060, 0x2064, SLICE_INIT("")},   {0x2192, 0x2192, SLICE_INIT("->")},
    {0xfe00, 0xfe0f, SLICE_INIT("")},   {0xfeff, 0xfeff, SLICE_INIT("")},
};

/* The letter under all accents; itself if there are none. */
static uint32_t base_of(uint32_t c)
{
	gunichar base, mark;
	while (c >= 0x80 && g_unichar_decompose(c, &base, &mark))
		c = base;
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff00 - 0x20; /* full-width forms */
	return c;
}

static void fold_wide(uint32_t c, slice bytes, struct out *folded)
{
	for (size_t i = 0; i < COUNT(plains); i++)
		if (c >= plains[i].from && c <= plains[i].to) {
			out_slice(folded, plains[i].plain);
			return;
		}
	uint32_t base = base_of(c);
	if (base < 0x80)
		out_char(folded, (char)base);
	else if (g_unichar_isspace(c))
		out_char(folded, ' ');
	else
		out_slice(folded, bytes);
}

void fold_text(slice text, struct out *folded)
{
	while (text.len) {
		size_t n = 1;
		if ((unsigned char)text.at[0] < 0x80) {
			out_char(folded, text.at[0] ? text.at[0] : ' ');
		} else {
			gunichar c = g_utf8_get_char_validated(text.at, (gssize)text.len);
			bool good = c < 0x110000;
			n = good ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
			if (good)
				fold_wide(c, slice_first(text, n), folded);
			else
				out_char(folded, text.at[0]);
		}
		text = slice_from(text, n);
	}
}

struct shape shape_of(slice s)
{
	struct shape shape = {0};
	char seen[3];
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (shape.kinds < 3 && !memchr(seen, c, shape.kinds))
			seen[shape.kinds++] = c;
		if (is_digit(c))
			shape.digit++;
		else if (is_letter(c))
			*(c >= 'a' ? &shape.lower : &shape.upper) += 1;
		else if (memchr("-_'./:", c, 6))
			shape.joiner++;
		else
			shape.symbol++;
	}
	return shape;
}

bool word_at(slice text, size_t i, slice word)
{
	return i <= text.len && slice_eq_nocase(slice_first(slice_from(text, i), word.len), word);
}

bool word_before(slice text, size_t at, size_t window, const slice *words, size_t n)
{
	for (size_t i = at > window ? at - window : 0; i < at; i++) {
		if (!is_word(char_at(text, i)) || (i > 0 && is_word(text.at[i - 1])))
			continue;
		for (size_t w = 0; w < n; w++)
			if (word_at(text, i, words[w]) && i + words[w].len <= at &&
			    !is_letter(char_at(text, i + words[w].len)))
				return true;
	}
	return false;
}

bool any_place(slice text, slice needle, bool (*test)(slice text, size_t at))
{
	size_t at = 0, next;
	while ((next = slice_search(slice_from(text, at), needle)) != SIZE_MAX) {
		at += next;
		if (test(text, at))
			return true;
		at += needle.len;
	}
	return false;
}
