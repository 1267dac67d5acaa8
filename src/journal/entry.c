/*
 * entry.c - a journal read, line by line.
 *
 * The frame of a line is tocsin's own and always in the same order, so that it is read from fixed
 * words at both ends: data, which holds names that an intruder chose, stands between them.
 */
#include "journal/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { HEX_DIGEST = 64, HEX_SIGNATURE = 2 * crypto_sign_BYTES };
static const size_t SIZE_MOST = (size_t)1 << 30;

bool entry_read_file(int fd, off_t from, slice *text)
{
	struct out o = {.fd = -1};
	ssize_t n = 1;
	for (off_t at = from; n > 0 && o.len < SIZE_MOST; at += n) {
		out_need(&o, 65536);
		n = pread(fd, o.at + o.len, o.room - o.len, at);
		if (n > 0)
			o.len += (size_t)n;
	}
	*text = (slice){o.at, o.len};
	if (n == 0)
		return true;
	errno = n > 0 ? EFBIG : errno;
	free(o.at);
	return false;
}

void entry_free(slice *text)
{
	free((char *)(uintptr_t)text->at);
	*text = (slice){0};
}

bool entry_next_line(slice *rest, slice *line)
{
	size_t n = slice_find(*rest, '\n');
	if (n == rest->len)
		return false;
	*line = slice_first(*rest, n);
	*rest = slice_from(*rest, n + 1);
	return true;
}

static bool eat(slice *s, slice head)
{
	bool there = slice_starts(*s, head);
	if (there)
		*s = slice_from(*s, head.len);
	return there;
}

/* ,"key":"HEX" off the end of `s`. */
static bool eat_last(slice *s, slice key, size_t digits, slice *value)
{
	size_t width = key.len + digits + 1;
	if (s->len < width || s->at[s->len - 1] != '"')
		return false;
	slice tail = slice_from(*s, s->len - width);
	if (!eat(&tail, key))
		return false;
	*value = slice_first(tail, digits);
	*s = slice_first(*s, s->len - width);
	return true;
}

bool journal_parse(slice line, struct journal_entry *e, slice *signed_part, slice *before,
		   slice *signature)
{
	int64_t number;
	bool zone;
	slice s = line;
	e->line = line;
	if (s.len < 2 || s.at[s.len - 1] != '}')
		return false;
	s = slice_first(s, s.len - 1);
	if (!eat_last(&s, SLICE(",\"signature\":\""), HEX_SIGNATURE, signature))
		return false;
	*signed_part = s;
	if (!eat_last(&s, SLICE(",\"before\":\""), HEX_DIGEST, before) ||
	    !eat(&s, SLICE("{\"number\":")) || !slice_number(&s, &number) ||
	    !eat(&s, SLICE(",\"time\":\"")) || !clock_parse_iso(&s, &e->time_us, &zone) ||
	    !eat(&s, SLICE("\",\"by\":\"")))
		return false;
	e->number = (uint64_t)number;
	e->by = slice_until(&s, '"');
	if (!eat(&s, SLICE(",\"what\":\"")))
		return false;
	e->what = slice_until(&s, '"');
	if (!eat(&s, SLICE(",\"data\":")))
		return false;
	e->data = s;
	return true;
}
