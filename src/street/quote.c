/* quote.c - cited records read again, each input opened once. */
#include "lane.h"

#include <stdlib.h>

enum { QUOTE_MOST = 2000 };

static int by_place(const void *a, const void *b)
{
	const struct place *x = &(*(struct evidence *const *)a)->place;
	const struct place *y = &(*(struct evidence *const *)b)->place;
	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

void street_quote(struct street *s, struct evidence **cited, size_t n, struct arena *keep)
{
	struct input_reader *r = NULL;
	if (n)
		qsort(cited, n, sizeof *cited, by_place);
	for (size_t i = 0; i < n; i++) {
		const struct place *p = &cited[i]->place;
		struct input_citation c;
		if (!i || p->input != cited[i - 1]->place.input) {
			input_close(&r);
			r = input_read(s->set, p->input, false);
		} else if (p->offset == cited[i - 1]->place.offset) {
			cited[i]->digest = cited[i - 1]->digest;
			cited[i]->quote = cited[i - 1]->quote;
			continue;
		}
		if (!input_cite(r, p->offset, p->line, p->length, keep, &c))
			c = (struct input_citation){.digest = digest_of((slice){0})};
		cited[i]->digest = c.digest;
		cited[i]->quote = slice_first(c.text, QUOTE_MOST);
	}
	input_close(&r);
}
