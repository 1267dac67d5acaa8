/*
 * entry.c - a journal read and checked.
 *
 * The frame of a line is tocsin's own and always in the same order, so that it is read from fixed
 * words at both ends: data, which holds names that an intruder chose, stands between them.
 */
#include "journal/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
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

/* --- checking --- */

static bool bad(struct journal_state *s, uint64_t line, const char *what)
{
	s->bad_line = line;
	snprintf(s->what, sizeof s->what, "%s", what);
	return false;
}

static bool from_hex(slice hex, uint8_t *to, size_t size)
{
	size_t n = 0;
	return sodium_hex2bin(to, size, hex.at, hex.len, NULL, &n, NULL) == 0 && n == size;
}

static bool read_public(const char *dir, uint8_t key[crypto_sign_PUBLICKEYBYTES])
{
	char path[4096], hex[2 * crypto_sign_PUBLICKEYBYTES];
	snprintf(path, sizeof path, "%s/journal.pub", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, hex, sizeof hex);
	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof hex &&
	       from_hex((slice){hex, sizeof hex}, key, crypto_sign_PUBLICKEYBYTES);
}

static bool check_line(struct journal_state *s, slice line, const uint8_t *key)
{
	struct journal_entry e;
	slice signed_part, before, signature;
	struct digest link;
	uint8_t sign[crypto_sign_BYTES];
	uint64_t n = s->entries + 1;
	if (!journal_parse(line, &e, &signed_part, &before, &signature))
		return bad(s, n, "it is no entry of a journal");
	if (e.number != n)
		return bad(s, n, "its number does not follow: entries were taken out or added");
	if (!digest_parse(before, &link) || memcmp(link.b, s->head.b, sizeof link.b) != 0)
		return bad(s, n, "it does not follow the line before: one of the two was changed");
	if (!from_hex(signature, sign, sizeof sign) ||
	    crypto_sign_verify_detached(sign, (const uint8_t *)signed_part.at, signed_part.len,
					key) != 0)
		return bad(s, n, "its signature does not hold: the line was changed");
	s->entries = n;
	s->head = digest_of(line);
	return true;
}

bool journal_verify(const char *dir, struct journal_state *s)
{
	char path[4096];
	uint8_t key[crypto_sign_PUBLICKEYBYTES];
	slice text, rest, line;
	*s = (struct journal_state){0};
	snprintf(path, sizeof path, "%s/journal", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool fine = fd >= 0 && entry_read_file(fd, 0, &text);
	if (fd >= 0)
		close(fd);
	if (!fine)
		return bad(s, 0, strerror(errno));
	if (sodium_init() < 0 || !read_public(dir, key))
		fine = bad(s, 0, "journal.pub cannot be read: 64 hexadecimal digits");
	for (rest = text; fine && entry_next_line(&rest, &line);)
		fine = check_line(s, line, key);
	if (fine && rest.len)
		fine = bad(s, s->entries + 1, "the last line is cut short: a crash, or a hand");
	free((char *)(uintptr_t)text.at);
	return fine;
}
