/*
 * dovecot_session.c - what a session id says, and how sessions end.
 *
 * The id is not random: login-common/client-common.c, client_get_session_id() of 2.0 to 2.4 makes
 * it of six bytes of microseconds, two of the client's port (both little-endian) and the client's
 * address, in base64 without padding.  Identifiers of deliveries have another length.
 */
#include "dovecot.h"

enum { ID_MAX = 24, NEAR_DAYS = 60 };
#define CLOCK_WRAP (INT64_C(1) << 48)

/* Base64 digits (RFC 4648) plus one, so that 0 says none. */
#define DIGIT(c, n) [c] = (n) + 1
#define FOUR(c, n)                                                                                 \
	DIGIT(c, n), DIGIT((c) + 1, (n) + 1), DIGIT((c) + 2, (n) + 2), DIGIT((c) + 3, (n) + 3)
static const uint8_t base64[256] = {
    FOUR('A', 0),   FOUR('E', 4),   FOUR('I', 8),   FOUR('M', 12),  FOUR('Q', 16), FOUR('U', 20),
    DIGIT('Y', 24), DIGIT('Z', 25), FOUR('a', 26),  FOUR('e', 30),  FOUR('i', 34), FOUR('m', 38),
    FOUR('q', 42),  FOUR('u', 46),  DIGIT('y', 50), DIGIT('z', 51), FOUR('0', 52), FOUR('4', 56),
    DIGIT('8', 60), DIGIT('9', 61), DIGIT('+', 62), DIGIT('/', 63),
};

static bool base64_bytes(slice s, uint8_t *out)
{
	for (size_t i = 0; i + 4 <= s.len; i += 4, out += 3) {
		uint32_t bits = 0;
		for (size_t k = i; k < i + 4; k++) {
			uint32_t digit = base64[(uint8_t)s.at[k]];
			if (digit == 0)
				return false;
			bits = bits << 6 | (digit - 1);
		}
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
	}
	return true;
}

bool dovecot_session_decode(slice id, int64_t near_us, int64_t *start_us, int64_t *port,
			    struct address *from)
{
	static const uint8_t v4_head[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t b[ID_MAX];
	if ((id.len != 16 && id.len != 32) || !base64_bytes(id, b))
		return false;
	int64_t clock = 0;
	for (int i = 5; i >= 0; i--)
		clock = clock << 8 | b[i];
	int64_t ago = (near_us - clock) & (CLOCK_WRAP - 1);
	if (CLOCK_WRAP - ago < CLOCK_SECOND) /* a log written by a clock just behind */
		ago -= CLOCK_WRAP;
	if (ago > NEAR_DAYS * CLOCK_DAY)
		return false;
	*start_us = near_us - ago;
	*port = b[6] | b[7] << 8;
	memcpy(from->b, v4_head, 12);
	if (id.len == 16)
		memcpy(from->b + 12, b + 8, 4);
	else
		memcpy(from->b, b + 8, 16);
	return true;
}

void dovecot_session(struct event *e, slice id)
{
	int64_t start, port;
	struct address from;
	if (!event_has(e, F_TIME) ||
	    !dovecot_session_decode(id, e->v[F_TIME].number, &start, &port, &from))
		return;
	event_number(e, F_START, start);
	event_number(e, F_SOURCE_PORT, port);
	if (!event_has(e, F_SOURCE_IP))
		event_address(e, F_SOURCE_IP, from);
}

/* ---- ends ---- */

#define NONE FIELD_COUNT /* a counter that no field keeps */

/* Keys in the order of the default formats, so that each is looked for behind the last one. */
static const struct {
	slice key;
	enum field first, second;
} counters[] = {
    {SLICE_INIT("in="), F_SOURCE_BYTES, NONE},
    {SLICE_INIT("out="), F_DESTINATION_BYTES, NONE},
    {SLICE_INIT("deleted="), F_DELETED_COUNT, NONE},
    {SLICE_INIT("expunged="), NONE, NONE},
    {SLICE_INIT("trashed="), NONE, NONE},
    {SLICE_INIT("hdr_count="), F_HEADER_COUNT, NONE},
    {SLICE_INIT("hdr_bytes="), F_HEADER_BYTES, NONE},
    {SLICE_INIT("body_count="), F_BODY_COUNT, NONE},
    {SLICE_INIT("body_bytes="), F_BODY_BYTES, NONE},
    {SLICE_INIT("top="), F_TOP_COUNT, F_TOP_BYTES},
    {SLICE_INIT("retr="), F_RETR_COUNT, F_RETR_BYTES},
    {SLICE_INIT("del="), F_DELETED_COUNT, F_TOTAL_COUNT},
    {SLICE_INIT("size="), F_TOTAL_BYTES, NONE},
    {SLICE_INIT("bytes="), F_SOURCE_BYTES, F_DESTINATION_BYTES},
};

enum { COUNTERS = sizeof counters / sizeof *counters };

static bool starts_counters(slice s)
{
	switch (s.at[0]) {
	case 'i':
		return slice_starts(s, SLICE("in="));
	case 't':
		return slice_starts(s, SLICE("top="));
	case 'b':
		return slice_starts(s, SLICE("bytes="));
	default:
		return false;
	}
}

/* A number off the front, into `f`; one that is missing or too large is left out. */
static void take_number(slice *s, struct event *e, enum field f)
{
	enum { SAFE = 18 }; /* digits that cannot overflow */
	const char *p = s->at, *end = p + (s->len < SAFE ? s->len : SAFE);
	int64_t n = 0;
	unsigned digit;
	for (; p < end && (digit = (unsigned)(*p - '0')) <= 9; p++)
		n = n * 10 + digit;
	if (p > s->at && (s->len <= SAFE || p < end) && f != NONE)
		event_number(e, f, n);
	*s = slice_from(*s, (size_t)(p - s->at));
}

/* The blanks and commas between two counters; what else stands there goes too. */
static void take_gap(slice *s)
{
	const char *p = s->at, *end = s->at + s->len;
	while (p < end && *p != ' ')
		p++;
	while (p < end && *p == ' ')
		p++;
	*s = (slice){p, (size_t)(end - p)};
}

/* The row whose key `s` begins with, `row` and those behind it first; COUNTERS if none. */
static size_t next_counter(slice s, size_t row)
{
	for (size_t i = 0; i < COUNTERS; i++, row = row + 1 == COUNTERS ? 0 : row + 1)
		if (s.len && s.at[0] == counters[row].key.at[0] &&
		    slice_starts(s, counters[row].key))
			return row;
	return COUNTERS;
}

/*
 * del=0/54 says of how many; from 2.4 on it says how many bytes were deleted instead.  A mailbox
 * whose messages are shorter than any header would make them is taken for the latter.
 */
static void doubt_total(struct event *e)
{
	enum { SHORTEST = 100 };
	int64_t total = event_get_number(e, F_TOTAL_COUNT, 0);
	int64_t bytes = event_get_number(e, F_TOTAL_BYTES, 0);
	bool empty = total == 0 && bytes == 0;
	if (event_has(e, F_TOTAL_COUNT) && event_has(e, F_TOTAL_BYTES) && !empty &&
	    (total == 0 || bytes / total < SHORTEST))
		event_drop(e, F_TOTAL_COUNT);
}

bool dovecot_counters(slice text, struct event *e, slice *before)
{
	slice s = text;
	size_t row = 0;
	while (s.len && !starts_counters(s))
		take_gap(&s);
	if (s.len == 0)
		return false;
	*before = slice_trim(slice_first(text, (size_t)(s.at - text.at)));
	for (; s.len; take_gap(&s)) {
		size_t found = next_counter(s, row);
		if (found == COUNTERS)
			continue;
		s = slice_from(s, counters[found].key.len);
		take_number(&s, e, counters[found].first);
		if (slice_eat(&s, "/"))
			take_number(&s, e, counters[found].second);
		row = found + 1 == COUNTERS ? 0 : found + 1;
	}
	doubt_total(e);
	return true;
}

enum decoded dovecot_read_end(slice text, struct event *e, struct arena *scratch)
{
	slice reason = text;
	event_act(e, ACT_SESSION_END, OUT_NONE);
	dovecot_counters(text, e, &reason);
	event_text(e, F_REASON, reason);
	if (event_has(e, F_SESSION))
		dovecot_session(e, e->v[F_SESSION].text);
	return DECODED_EVENT;
}
