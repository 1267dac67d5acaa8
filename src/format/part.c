/* part.c - what the decoders share: values of keys, program names, JSON. */
#include "part.h"

bool event_parse_address(struct event *e, enum field f, slice text)
{
	struct address a;
	if (!address_parse(text, &a))
		return false;
	event_address(e, f, a);
	return true;
}

bool event_parse_number(struct event *e, enum field f, slice text)
{
	int64_t n;
	if (!slice_is_number(text, &n))
		return false;
	event_number(e, f, n);
	return true;
}

bool event_parse_peer(struct event *e, enum field ip, enum field port, slice text)
{
	const char *colon = text.len ? memrchr(text.at, ':', text.len) : NULL;
	size_t at = colon ? (size_t)(colon - text.at) : text.len;
	int64_t n;
	if (!colon || !slice_is_number(slice_from(text, at + 1), &n) || n > 65535 ||
	    !event_parse_address(e, ip, slice_first(text, at)))
		return false;
	event_number(e, port, n);
	return true;
}

void event_no_origin(struct event *e)
{
	event_drop(e, F_HOST);
	event_drop(e, F_PROCESS);
	event_drop(e, F_PID);
}

static bool value_at(slice text, size_t at, slice key, char end, slice *value)
{
	if (at == SIZE_MAX)
		return false;
	slice rest = slice_from(text, at + key.len);
	*value = slice_first(rest, slice_find(rest, end));
	return true;
}

bool part_last(slice text, slice key, char end, slice *value)
{
	return value_at(text, slice_search_last(text, key), key, end, value);
}

bool part_first(slice text, slice key, char end, slice *value)
{
	return value_at(text, slice_search(text, key), key, end, value);
}

slice part_unbracket(slice s)
{
	bool has = s.len >= 2 && s.at[0] == '<' && s.at[s.len - 1] == '>';
	return has ? (slice){s.at + 1, s.len - 2} : s;
}

slice part_basename(slice program)
{
	const char *p = program.len ? memrchr(program.at, '/', program.len) : NULL;
	return p ? slice_from(program, (size_t)(p - program.at) + 1) : program;
}
