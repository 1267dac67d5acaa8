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

/* Eight digits are 48 bits, the first digit the highest. False if one of them is none. */
static bool base64_bits(const char *p, uint64_t *bits)
{
	uint32_t all = 0;
	*bits = 0;
	for (int i = 0; i < 8; i++) {
		uint32_t digit = base64[(uint8_t)p[i]] - 1u;
		*bits = *bits << 6 | digit;
		all |= digit;
	}
	return all < 64;
}

static bool base64_bytes(slice s, uint8_t *out)
{
	for (size_t i = 0; i + 8 <= s.len; i += 8, out += 6) {
		uint64_t bits;
		if (!base64_bits(s.at + i, &bits))
			return false;
		bits = htobe64(bits << 16);
		memcpy(out, &bits, 6);
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
	uint64_t head;
	memcpy(&head, b, 8);
	head = le64toh(head);
	int64_t clock = head & (CLOCK_WRAP - 1);
	int64_t ago = (near_us - clock) & (CLOCK_WRAP - 1);
	if (CLOCK_WRAP - ago < CLOCK_SECOND) /* a log written by a clock just behind */
		ago -= CLOCK_WRAP;
	if (ago > NEAR_DAYS * CLOCK_DAY)
		return false;
	*start_us = near_us - ago;
	*port = (int64_t)(head >> 48);
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

/* In the order of the default formats, so that each is looked for behind the last one. */
static const struct {
	slice key;
	enum field first, second;
} counters[] = {
    {SLICE_INIT(" in="), F_SOURCE_BYTES, NONE},
    {SLICE_INIT(" out="), F_DESTINATION_BYTES, NONE},
    {SLICE_INIT(" deleted="), F_DELETED_COUNT, NONE},
    {SLICE_INIT(" expunged="), NONE, NONE},
    {SLICE_INIT(" trashed="), NONE, NONE},
    {SLICE_INIT(" hdr_count="), F_HEADER_COUNT, NONE},
    {SLICE_INIT(" hdr_bytes="), F_HEADER_BYTES, NONE},
    {SLICE_INIT(" body_count="), F_BODY_COUNT, NONE},
    {SLICE_INIT(" body_bytes="), F_BODY_BYTES, NONE},
    {SLICE_INIT(" top="), F_TOP_COUNT, F_TOP_BYTES},
    {SLICE_INIT(" retr="), F_RETR_COUNT, F_RETR_BYTES},
    {SLICE_INIT(" del="), F_DELETED_COUNT, F_TOTAL_COUNT},
    {SLICE_INIT(" size="), F_TOTAL_BYTES, NONE},
    {SLICE_INIT(" bytes="), F_SOURCE_BYTES, F_DESTINATION_BYTES},
};

enum { COUNTERS = sizeof counters / sizeof *counters };

/* Where the word begins, behind a blank, that is the first counter; SIZE_MAX if there is none. */
static size_t first_counter(slice text)
{
	static const slice keys[] = {SLICE_INIT("in"), SLICE_INIT("top"), SLICE_INIT("bytes")};
	for (size_t at = 0; (at += slice_find(slice_from(text, at), '=')) < text.len; at++)
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			size_t start = at - keys[i].len;
			if (slice_ends(slice_first(text, at), keys[i]) && start > 0 &&
			    text.at[start - 1] == ' ')
				return start;
		}
	return SIZE_MAX;
}

/* take_number() of what is no more than seven digits with a byte behind them. */
static void take_long_number(slice *s, struct event *e, enum field f)
{
	enum { SAFE = 18 }; /* digits that cannot overflow */
	const char *p = s->at, *end = p + s->len;
	int64_t n = 0;
	for (unsigned digit; p < end && (digit = (unsigned)(*p - '0')) <= 9; p++)
		n = (int64_t)((uint64_t)n * 10 + digit);
	if (p > s->at && p - s->at <= SAFE && f != NONE)
		event_number(e, f, n);
	*s = (slice){p, (size_t)(end - p)};
}

/* A number off the front, into `f`; one that is missing or too large is left out. */
static inline void take_number(slice *s, struct event *e, enum field f)
{
	size_t digits = 8;
	uint32_t n = s->len < 8 ? 0 : word_number(word_load(s->at), &digits);
	if (digits == 8) {
		take_long_number(s, e, f);
		return;
	}
	if (digits && f != NONE)
		event_number(e, f, n);
	*s = (slice){s->at + digits, s->len - digits};
}

/*
 * The row whose key `s`, of two bytes and more, begins with, `row` and those behind it first;
 * COUNTERS if none.
 */
static inline size_t next_counter(slice s, size_t row)
{
	for (size_t i = 0; i < COUNTERS; i++, row = row + 1 == COUNTERS ? 0 : row + 1)
		if (s.at[1] == counters[row].key.at[1] && slice_starts(s, counters[row].key))
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

/* One counter and what follows it up to the next blank off the front; the row to expect then. */
static inline size_t take_counter(slice *s, size_t row, struct event *e)
{
	size_t found = s->len > 1 ? next_counter(*s, row) : COUNTERS;
	if (found == COUNTERS) {
		*s = slice_from(*s, 1);
	} else {
		*s = slice_from(*s, counters[found].key.len);
		take_number(s, e, counters[found].first);
		if (slice_eat(s, "/"))
			take_number(s, e, counters[found].second);
		row = found + 1 == COUNTERS ? 0 : found + 1;
	}
	if (s->len && s->at[0] != ' ')
		*s = slice_from(*s, slice_find(*s, ' '));
	return row;
}

bool dovecot_counters(slice text, struct event *e, slice *before)
{
	size_t row = 0, start = first_counter(text);
	if (start == SIZE_MAX)
		return false;
	*before = slice_trim(slice_first(text, start));
	for (slice s = slice_from(text, start - 1); s.len;)
		row = take_counter(&s, row, e);
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
