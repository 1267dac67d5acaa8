/*
 * expect.h - a line and what it must say.
 *
 *	{"a sign-in", "Mar 17 ... postfix/smtpd[1]: ...",
 *	 "event.action=smtp-client|source.ip=192.0.2.7|!user.name"}
 *
 * "UNKNOWN|" or "BROKEN|" in front is what format_decode() must answer then.
 * Items are divided by '|'; "!field" is a field that must be absent.  Names are those of event.h.
 */
#ifndef TEST_EXPECT_H
#define TEST_EXPECT_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "format/format.h"

struct expected {
	const char *name, *line, *want;
};

static inline slice field_text(const struct event *e, int f, struct arena *scratch)
{
	char text[64];
	slice s = {text, 0};
	switch (event_fields[f].kind) {
	case KIND_TEXT:
		return e->v[f].text;
	case KIND_ADDRESS:
		s.len = address_format(&e->v[f].address, text);
		return arena_copy(scratch, s);
	case KIND_TIME:
		s.len = clock_format(e->v[f].number, text);
		return arena_copy(scratch, s);
	default:
		return arena_format(scratch, "%lld", (long long)e->v[f].number);
	}
}

/* True if `item` holds; else says what was found instead. */
static inline bool expect_item(const struct event *e, slice item, const char *name)
{
	struct arena scratch = {0};
	bool absent = slice_eat(&item, "!");
	slice field = slice_until(&item, '=');
	int f = event_field(field);
	bool has = f >= 0 && event_has(e, (enum field)f);
	slice got = has ? field_text(e, f, &scratch) : SLICE("(absent)");
	bool right = f >= 0 && (absent ? !has : has && slice_eq(got, item));
	if (!right)
		printf("%s: %.*s is \"%.*s\", not \"%.*s\"\n", name, (int)field.len, field.at,
		       (int)got.len, got.at, (int)item.len, item.at);
	arena_free(&scratch);
	return right;
}

/* Runs all rows; each in a fresh state in UTC, the year of a line without one being 2026. */
static inline void expect_all(const struct expected *rows, size_t n)
{
	size_t wrong = 0;
	struct arena scratch = {0};
	struct event *e = calloc(1, sizeof *e);
	struct zone *zone = zone_open(SLICE("UTC"));
	for (size_t i = 0; i < n; i++) {
		struct format_state st;
		format_start(&st, zone, 2026);
		enum decoded d = format_decode(&st, slice_of(rows[i].line), e, &scratch);
		slice want = slice_of(rows[i].want);
		if (slice_eat(&want, "UNKNOWN|") != (d == DECODED_UNKNOWN)) {
			printf("%s: %srecognised\n", rows[i].name,
			       d == DECODED_UNKNOWN ? "not " : "");
			wrong++;
		}
		if (slice_eat(&want, "BROKEN|") != (d == DECODED_BROKEN)) {
			printf("%s: broken or not\n", rows[i].name);
			wrong++;
		}
		while (want.len)
			wrong += !expect_item(e, slice_until(&want, '|'), rows[i].name);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	zone_close(&zone);
	free(e);
	assert_int_equal(wrong, 0);
}

#endif
