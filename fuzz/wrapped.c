/*
 * wrapped.c - a line in the wrappers of containers and exports.  Law: what stands in a cell of CSV,
 * in a JSON string or behind CRI's tag says the same as the line alone.  And: any bytes as a whole
 * CSV file are read and explained without going astray.
 */
#include "format/format.h"

#include <assert.h>
#include <stdlib.h>

static struct format_state st;
static struct event plain, inside;

static slice quoted(slice line, const char *head, const char *tail, bool json, struct arena *a)
{
	struct out o = {.fd = -1};
	out_text(&o, head);
	for (size_t i = 0; i < line.len; i++) {
		char c = line.at[i];
		if (json && (c == '"' || c == '\\'))
			out_char(&o, '\\');
		else if (!json && c == '"')
			out_char(&o, '"');
		out_char(&o, c);
	}
	out_text(&o, tail);
	slice s = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return s;
}

static void same(enum decoded d)
{
	assert(d == DECODED_EVENT || d == DECODED_BROKEN);
	assert(inside.action == plain.action && inside.outcome == plain.outcome);
	assert(slice_eq(event_get(&inside, F_MODULE), event_get(&plain, F_MODULE)));
	assert(slice_eq(event_get(&inside, F_USER), event_get(&plain, F_USER)));
	assert(slice_eq(event_get(&inside, F_SUBJECT), event_get(&plain, F_SUBJECT)));
}

static void check_line(slice line, struct arena *a)
{
	format_start(&st, NULL, 2026);
	st.depth = 1; /* as one that is inside */
	st.begun = true;
	if (line.len == 0 || line.at[0] == ' ' || line.at[line.len - 1] == '\r' ||
	    format_decode(&st, line, &plain, a) != DECODED_EVENT)
		return;
	format_start(&st, NULL, 2026);
	assert(format_decode(&st, SLICE("id,message"), &inside, a) == DECODED_PART);
	same(format_decode(&st, quoted(line, "1,\"", "\"", false, a), &inside, a));
	format_start(&st, NULL, 2026);
	st.year = 2026;
	enum decoded d =
	    format_decode(&st, quoted(line, "{\"message\":\"", "\"}", true, a), &inside, a);
	assert(d != DECODED_PART);
	enum action action =
	    inside.action; /* the second one goes another way: no format is asked */
	slice again = quoted(line, "{\"message\":\"", "\"}", true, a);
	bool collected = st.collected;
	assert(format_decode(&st, again, &inside, a) == d || !collected);
	assert(inside.action == action || !collected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	char *copy = malloc(size + 1);
	memcpy(copy, data, size);
	for (slice rest = {copy, size}; rest.len; arena_reset(&a))
		check_line(slice_until(&rest, '\n'), &a);
	static struct format_explanation x;
	format_start(&st, NULL, 2026);
	for (slice rest = {copy, size}; rest.len; arena_reset(&a))
		format_explain(&st, slice_until(&rest, '\n'), &x, &a);
	format_start(&st, NULL, 2026);
	format_decode(&st, SLICE("time,host,message"), &inside, &a);
	for (slice rest = {copy, size}; rest.len; arena_reset(&a))
		format_decode(&st, slice_until(&rest, '\n'), &inside, &a);
	arena_free(&a);
	free(copy);
	return 0;
}
