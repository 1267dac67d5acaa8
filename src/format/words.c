/* words.c - the walk through a table of words, and what many daemons write alike. */
#include "words.h"

enum decoded words_decode(const struct format *f, const struct wording *rows, slice body,
			  struct event *e)
{
	while (rows->head.at && !slice_starts(body, rows->head))
		rows++;
	if (!rows->head.at)
		return DECODED_UNKNOWN;
	event_module(e, f);
	event_act(e, rows->action, rows->outcome);
	bool whole = !rows->read || rows->read(slice_from(body, rows->head.len), e);
	return whole || rows->head.len == 0 ? DECODED_EVENT : DECODED_BROKEN;
}

bool words_address(slice text, struct event *e, enum field f)
{
	if (text.len >= 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
		text = (slice){text.at + 1, text.len - 2};
	if (!slice_eat(&text, "IPv6:"))
		slice_eat(&text, "ipv6:");
	return event_parse_address(e, f, text);
}

bool words_take_peer(slice *s, struct event *e, enum words_side side)
{
	static const enum field fields[][3] = {
	    [WORDS_CLIENT] = {F_SOURCE_DOMAIN, F_SOURCE_IP, F_SOURCE_PORT},
	    [WORDS_NEXT_HOP] = {F_DESTINATION_DOMAIN, F_DESTINATION_IP, F_DESTINATION_PORT},
	};
	int64_t port;
	slice t = *s, head = slice_first(t, slice_find(t, '['));
	slice name = slice_trim(head);
	if (head.len == t.len || slice_find(name, ' ') < name.len)
		return false;
	t = slice_from(t, head.len + 1);
	slice inside = slice_first(t, slice_find(t, ']'));
	if (inside.len == t.len || !words_address(inside, e, fields[side][1]))
		return false;
	t = slice_from(t, inside.len + 1);
	if (name.len && !slice_eq(name, SLICE("unknown")) && !slice_eq(name, SLICE("UNKNOWN")))
		event_text(e, fields[side][0], name);
	slice after = t;
	if (slice_eat(&after, ":") && slice_number(&after, &port)) {
		event_number(e, fields[side][2], port);
		t = after;
	}
	slice_eat(&t, " (may be forged)");
	*s = t;
	return true;
}

bool words_last_peer(slice text, slice mark, struct event *e, enum words_side side)
{
	size_t at = slice_search_last(text, mark);
	slice rest = slice_from(text, at == SIZE_MAX ? text.len : at + mark.len);
	return words_take_peer(&rest, e, side);
}

static size_t length_to(slice s, const char *ends)
{
	size_t n = 0;
	while (n < s.len && n < ADDRESS_TEXT + 8 && !strchr(ends, s.at[n]))
		n++;
	return n;
}

bool words_only_address(slice text, slice mark, const char *ends, struct event *e, enum field f)
{
	struct address first = {{0}};
	bool found = false;
	for (size_t n; (n = slice_search(text, mark)) != SIZE_MAX;) {
		text = slice_from(text, n + mark.len);
		slice value = slice_first(text, length_to(text, ends));
		if (!words_address(value, e, f))
			continue;
		if (found && !address_eq(&first, &e->v[f].address)) {
			event_drop(e, f);
			return false;
		}
		first = e->v[f].address;
		found = true;
	}
	return found;
}

bool words_take_path(slice *s, slice *path)
{
	size_t i = 1;
	if (s->len == 0 || s->at[0] != '<')
		return false;
	for (bool quoted = false; i < s->len && (quoted || s->at[i] != '>'); i++) {
		if (quoted && s->at[i] == '\\')
			i++;
		else if (s->at[i] == '"')
			quoted = !quoted;
	}
	if (i >= s->len)
		return false;
	*path = (slice){s->at + 1, i - 1};
	*s = slice_from(*s, i + 1);
	return true;
}

bool words_peer_here(slice rest, struct event *e)
{
	event_text(e, F_REASON, rest);
	return words_take_peer(&rest, e, WORDS_CLIENT);
}

bool words_peer_from(slice rest, struct event *e)
{
	size_t at = slice_search(rest, SLICE(" from "));
	event_text(e, F_REASON, rest);
	rest = slice_from(rest, at == SIZE_MAX ? rest.len : at + 6);
	return words_take_peer(&rest, e, WORDS_CLIENT);
}

bool words_reason(slice rest, struct event *e)
{
	event_text(e, F_REASON, rest);
	return true;
}

/* A quoted value with its escapes (\" \\ \n \r \t \x{hh}) resolved. */
static slice unescape(slice s, struct arena *scratch)
{
	char *out = arena_take(scratch, s.len ? s.len : 1);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] != '\\' || i + 1 == s.len) {
			out[n++] = s.at[i];
			continue;
		}
		char c = s.at[++i];
		out[n++] = c == 'n' || c == 'r' || c == 't' ? ' ' : c;
		if (c == 'x') { /* what cannot be shown */
			out[n - 1] = '?';
			while (i + 1 < s.len && s.at[i] != '}')
				i++;
		}
	}
	return (slice){out, n};
}

bool words_take_pair(slice *s, slice *key, slice *value, struct arena *scratch)
{
	slice t = *s;
	size_t n = slice_find(t, '=');
	if (n == t.len)
		return false;
	*key = slice_first(t, n);
	t = slice_from(t, n + 1);
	if (slice_eat(&t, "\"")) {
		for (n = 0; n < t.len && t.at[n] != '"'; n++)
			n += t.at[n] == '\\';
		*value = slice_first(t, n);
		if (slice_find(*value, '\\') < value->len)
			*value = unescape(*value, scratch);
		t = slice_from(t, n + 1);
	} else {
		n = slice_find(t, ' ');
		*value = slice_first(t, n);
		t = slice_from(t, n);
	}
	slice_eat(&t, " ");
	*s = t;
	return true;
}
