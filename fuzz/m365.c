/*
 * m365.c - any bytes as a record of Microsoft 365.
 * Law: a record says the same bare and in the envelope of a CSV export, and the same twice; its
 * text is of the record, the scratch or the program.
 */
#include "format/format.h"

#include <assert.h>
#include <stdlib.h>

static struct event e;
static struct format_state st;

static slice quoted(slice record, struct arena *a)
{
	struct out o = {.fd = -1};
	out_text(&o, "\"");
	for (size_t i = 0; i < record.len; i++) {
		if (record.at[i] == '"')
			out_char(&o, '"');
		out_char(&o, record.at[i]);
	}
	out_text(&o, "\",x");
	slice kept = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return kept;
}

static enum decoded said(slice record, struct arena *a, slice *json)
{
	struct out o = {.fd = -1};
	enum decoded d = format_decode(&st, record, &e, a);
	e.place = (struct place){0};
	if (d == DECODED_EVENT || d == DECODED_BROKEN) {
		assert(event_has(&e, F_MODULE) && event_has(&e, F_ACTION));
		event_json(&e, SLICE("x"), false, &o);
	}
	*json = arena_copy(a, (slice){o.at, o.len});
	out_close(&o);
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	char *copy = malloc(size + 1);
	memcpy(copy, data, size);
	slice record = {copy, size}, bare, again, wrapped;
	format_start(&st, NULL, 2026);
	enum decoded d = said(record, &a, &bare);
	format_start(&st, NULL, 2026);
	assert(said(record, &a, &again) == d && slice_eq(bare, again));
	format_start(&st, NULL, 2026);
	enum decoded header =
	    format_decode(&st, SLICE("AuditData,CreationDate,Operations,UserIds"), &e, &a);
	assert(header == DECODED_PART);
	said(quoted(record, &a), &a, &wrapped);
	bool ours = d == DECODED_EVENT &&
		    slice_starts(slice_from(bare, 42), SLICE("\"event.module\":\"m365\""));
	assert(!ours || slice_eq(bare, wrapped));
	arena_free(&a);
	free(copy);
	return 0;
}
