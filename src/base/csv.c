/* csv.c - a row of comma separated values into fields. */
#include "csv.h"

/* Doubled quotes halved. */
static slice halve(slice s, struct arena *a)
{
	char *out = arena_take(a, s.len);
	size_t n = 0;
	/* whole blocks are copied, and what stands behind a quote in one is written over */
	while (s.len >= BLOCK_BYTES) {
		uint32_t quotes = block_mask(s.at, '"');
		memcpy(out + n, s.at, BLOCK_BYTES);
		size_t plain = quotes ? (size_t)__builtin_ctz(quotes) : BLOCK_BYTES;
		n += plain + (quotes != 0);
		s = slice_from(s, quotes ? plain + 2 : plain);
	}
	while (s.len) {
		size_t plain = slice_find(s, '"');
		memcpy(out + n, s.at, plain);
		n += plain;
		if (plain < s.len)
			out[n++] = '"';
		s = slice_from(s, plain + 2);
	}
	return (slice){out, n};
}

/* A quoted field, its opening quote already taken, up to the quote that closes it. */
static slice take_quoted(struct csv *c, struct arena *a)
{
	slice from = c->rest;
	bool doubled = false;
	for (;;) {
		c->rest = slice_from(c->rest, slice_find(c->rest, '"'));
		if (c->rest.len < 2 || c->rest.at[1] != '"')
			break;
		doubled = true;
		c->rest = slice_from(c->rest, 2);
	}
	slice field = {from.at, from.len - c->rest.len};
	c->broken |= c->rest.len == 0;
	c->rest = slice_from(c->rest, 1);
	return doubled ? halve(field, a) : field;
}

bool csv_next(struct csv *c, slice *field, struct arena *a)
{
	if (c->ended)
		return false;
	bool quoted = c->rest.len && c->rest.at[0] == '"';
	if (quoted) {
		c->rest = slice_from(c->rest, 1);
		*field = take_quoted(c, a);
	}
	size_t end = slice_find(c->rest, c->separator);
	if (!quoted)
		*field = slice_first(c->rest, end);
	else if (end && c->rest.len)
		c->broken = true; /* text between the closing quote and the separator */
	c->ended = end == c->rest.len;
	c->rest = slice_from(c->rest, end + 1);
	return true;
}

char csv_separator(slice header)
{
	static const char separators[] = ",;\t";
	size_t best = 0;
	char found = 0;
	for (int i = 0; i < 3; i++) {
		size_t n = 0;
		bool quoted = false;
		for (size_t k = 0; k < header.len; k++) {
			quoted ^= header.at[k] == '"';
			n += !quoted && header.at[k] == separators[i];
		}
		if (n > best) {
			best = n;
			found = separators[i];
		}
	}
	return found;
}
