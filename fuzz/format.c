/*
 * Log lines of any kind, all of one input.  Laws: no bytes outside the record, the scratch and the
 * program's own words; the same record in the same state says the same; action, category and
 * outcome agree.
 */
#include "format/format.h"

#include <assert.h>
#include <stdlib.h>

static bool inside(slice s, slice record)
{
	return s.at >= record.at && s.at + s.len <= record.at + record.len;
}

/* Touches every byte, so that the sanitizer sees those that are gone. */
static void check_text(slice s, slice record)
{
	unsigned sum = 0;
	bool overlaps = s.len && s.at < record.at + record.len && s.at + s.len > record.at;
	assert(!overlaps || inside(s, record));
	for (size_t i = 0; i < s.len; i++)
		sum += (unsigned char)s.at[i];
	__asm__ volatile("" : : "r"(sum));
}

static void check(enum decoded d, const struct event *e, slice record)
{
	for (int f = 0; f < FIELD_COUNT; f++)
		if (event_has(e, (enum field)f) && event_fields[f].kind == KIND_TEXT)
			check_text(e->v[f].text, record);
	if (d != DECODED_EVENT && d != DECODED_BROKEN)
		return;
	assert(event_has(e, F_MODULE) && event_has(e, F_ACTION));
	assert(slice_eq(event_get(e, F_ACTION), event_actions[e->action].name));
	assert(slice_eq(event_get(e, F_CATEGORY), event_actions[e->action].category));
	assert(event_has(e, F_OUTCOME) == (e->outcome != OUT_NONE));
}

static enum decoded decode(struct format_state *st, slice record, struct arena *scratch,
			   struct event *e, struct out *o)
{
	enum decoded d = format_decode(st, record, e, scratch);
	check(d, e, record);
	e->place = (struct place){0};
	event_json(e, SLICE("x"), false, o);
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct format_state st, before;
	static struct event e;
	struct arena scratch = {0};
	/* a copy of exact size, so that a byte too far is seen */
	char *copy = malloc(size + 1);
	memcpy(copy, data, size);
	slice rest = {copy, size};
	format_start(&st, NULL, 2026);
	while (rest.len) {
		struct out first = {.fd = -1}, second = {.fd = -1};
		slice record = slice_until(&rest, '\n');
		before = st;
		enum decoded d = decode(&st, record, &scratch, &e, &first);
		arena_reset(&scratch);
		st = before;
		assert(decode(&st, record, &scratch, &e, &second) == d);
		assert(slice_eq((slice){first.at, first.len}, (slice){second.at, second.len}));
		arena_reset(&scratch);
		out_close(&first);
		out_close(&second);
	}
	arena_free(&scratch);
	free(copy);
	return 0;
}
