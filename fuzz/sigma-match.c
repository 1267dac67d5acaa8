/*
 * Law: a text with wildcards matches as a plain backtracking matcher says it does.
 * Input: the pattern, a zero byte, the text.
 */
#include "sigma/internal.h"

#include <stdlib.h>

enum { LENGTH_MOST = 24 };

static unsigned char fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* The textbook way, slow and short; `?` only meets ASCII here. */
static bool plainly(const uint16_t *g, size_t n, slice text, bool cased)
{
	if (n == 0)
		return text.len == 0;
	if (*g == ANY_RUN && n > 1 && g[1] == ANY_RUN)
		return plainly(g + 1, n - 1, text, cased);
	if (*g == ANY_RUN)
		return plainly(g + 1, n - 1, text, cased) ||
		       (text.len && plainly(g, n, slice_from(text, 1), cased));
	if (text.len == 0)
		return false;
	unsigned char c = (unsigned char)text.at[0], want = (unsigned char)*g;
	bool same = *g == ANY_ONE || (cased ? c == want : fold(c) == fold(want));
	return same && plainly(g + 1, n - 1, slice_from(text, 1), cased);
}

static int no_field(void *ctx, slice name)
{
	return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sigma_schema schema = {.field = no_field, .key_field = -1};
	slice text = {(const char *)data, size};
	slice pattern = slice_until(&text, '\0');
	if (pattern.len > LENGTH_MOST || text.len > LENGTH_MOST)
		return 0;
	for (size_t i = 0; i < size; i++)
		if (data[i] > 0x7F)
			return 0;
	struct sigma *s = sigma_new(&schema, NULL, NULL);
	glyphs g = {0};
	glyphs_parse(&g, pattern, true);
	for (int cased = 0; cased < 2; cased++) {
		struct pattern p;
		if (!pattern_make(s, (struct where){"fuzz", 1, 1}, &g, cased, &p) ||
		    pattern_holds(s, &p, text) != plainly(g.at, g.len, text, cased))
			abort();
	}
	list_free(&g);
	sigma_free(&s);
	return 0;
}
