/* line.h - for targets that put what a client says into a daemon's line: the event, and its law. */
#ifndef TOCSIN_FUZZ_LINE_H
#define TOCSIN_FUZZ_LINE_H

#include "format/format.h"

#include <stdlib.h>

static struct event e;
static struct arena scratch;
static struct format_state st;

/* Writing the event out touches every byte of its text. */
static inline void decode(slice line)
{
	static struct out o = {.fd = -1};
	format_start(&st, NULL, 2026);
	format_decode(&st, line, &e, &scratch);
	o.len = 0;
	event_json(&e, SLICE("f"), true, &o);
}

static inline void must(bool law)
{
	if (!law)
		abort();
}

/* The line names that client, or none. */
static inline bool came_from(const char *address)
{
	struct address a;
	return !event_has(&e, F_SOURCE_IP) ||
	       (address_parse(slice_of(address), &a) && address_eq(&a, &e.v[F_SOURCE_IP].address));
}

/* What a client sent, as daemons print it: `mark` in place of control characters, of what lies
 * beyond `last` and of what stands in `also`. */
static inline const char *printed_as(slice s, const char *also, char mark, unsigned char last)
{
	char *text = arena_text(&scratch, s);
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > last ||
		    strchr(also, text[i]))
			text[i] = mark;
	return text;
}

#endif
