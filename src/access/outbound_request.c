/* outbound_request.c - Postfix's lines name=value, an empty one at the end. */
#include "access/outbound.h"

#include <stdio.h>

static bool read_count(slice value, int64_t *n)
{
	*n = 0;
	return !value.len || slice_is_number(value, n);
}

static bool read_attribute(struct outbound_request *q, slice name, slice value)
{
	if (slice_eq(name, SLICE("protocol_state")))
		q->state = value;
	else if (slice_eq(name, SLICE("sasl_username")))
		q->account = value;
	else if (slice_eq(name, SLICE("recipient")))
		q->recipient = value;
	else if (slice_eq(name, SLICE("size")))
		return read_count(value, &q->size);
	else if (slice_eq(name, SLICE("recipient_count")))
		return read_count(value, &q->recipients);
	else if (slice_eq(name, SLICE("request")))
		return slice_eq(value, SLICE("smtpd_access_policy"));
	return true; /* there are more, and there will be */
}

static enum outbound_read broken(const char *what, size_t line, char *why, size_t size)
{
	snprintf(why, size, "line %zu: %s", line, what);
	return OUTBOUND_BROKEN;
}

enum outbound_read outbound_parse(slice *bytes, struct outbound_request *q, char *why, size_t size)
{
	slice rest = *bytes;
	*q = (struct outbound_request){0};
	for (size_t n = 1; rest.len; n++) {
		size_t end = slice_find(rest, '\n');
		if (end == rest.len)
			break;
		slice line = slice_until(&rest, '\n');
		if (!line.len) {
			*bytes = rest;
			return OUTBOUND_REQUEST;
		}
		size_t at = slice_find(line, '=');
		if (at == line.len || at == 0)
			return broken("name=value is wanted", n, why, size);
		if (!read_attribute(q, slice_first(line, at), slice_from(line, at + 1)))
			return broken("this value cannot be", n, why, size);
	}
	return bytes->len > OUTBOUND_REQUEST_MOST ? broken("too long", 1, why, size)
						  : OUTBOUND_MORE;
}
