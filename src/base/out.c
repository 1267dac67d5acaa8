/* out.c - buffered output and the three escapes. */
#include "out.h"
#include "arena.h"
#include "clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 16, NUMBER_MOST = 20, PIECE = 128 };

bool out_flush(struct out *o)
{
	size_t done = 0;
	while (o->fd >= 0 && !o->error && done < o->len) {
		ssize_t n = write(o->fd, o->at + done, o->len - done);
		if (n < 0 && errno != EINTR)
			o->error = errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (o->fd >= 0)
		o->len = 0;
	return !o->error;
}

void out_need(struct out *o, size_t more)
{
	if (o->fd >= 0 && o->len + more > FLUSH_AT)
		out_flush(o);
	if (o->len + more <= o->room)
		return;
	size_t room = o->room ? o->room : 4096;
	while (room < o->len + more)
		room *= 2;
	o->at = must_realloc(o->at, room);
	o->room = room;
}

bool out_close(struct out *o)
{
	bool fine = out_flush(o);
	free(o->at);
	o->at = NULL;
	o->len = o->room = 0;
	return fine;
}

void out_slice(struct out *o, slice s)
{
	out_room(o, s.len);
	if (s.len)
		memcpy(o->at + o->len, s.at, s.len);
	o->len += s.len;
}

void out_format(struct out *o, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n > 0) {
		out_need(o, (size_t)n + 1);
		vsnprintf(o->at + o->len, (size_t)n + 1, format, again);
		o->len += (size_t)n;
	}
	va_end(again);
}

static void put_two(char *p, unsigned n) /* 0 to 99 */
{
	p[0] = (char)('0' + n / 10);
	p[1] = (char)('0' + n % 10);
}

/* Digits from the end on, two at a time, and copied at one length: no loop is left early. */
void out_number(struct out *o, int64_t n)
{
	char digits[2 * NUMBER_MOST] = "", *p = digits + NUMBER_MOST;
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;
	for (; u >= 100; u /= 100)
		put_two(p -= 2, (unsigned)(u % 100));
	put_two(p -= 2, (unsigned)u);
	p += u < 10;
	if (n < 0)
		*--p = '-';
	out_room(o, NUMBER_MOST);
	memcpy(o->at + o->len, p, NUMBER_MOST);
	o->len += (size_t)(digits + NUMBER_MOST - p);
}

void out_time(struct out *o, int64_t usec)
{
	out_room(o, CLOCK_TEXT);
	o->len += clock_format(usec, o->at + o->len);
}

/* Code points that would change how what stands around them is shown. */
static bool is_trick(int32_t p)
{
	return p < 0x20 || (p >= 0x7f && p < 0xa0) || (p >= 0x200b && p <= 0x200f) ||
	       (p >= 0x2028 && p <= 0x202e) || (p >= 0x2060 && p <= 0x206f) || p == 0xfeff ||
	       p == 0x061c || (p >= 0xfff0 && p <= 0xfffb) || (p >= 0xe0000 && p <= 0xe007f);
}

/* True for bytes that every writer passes on as they are. */
static inline bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' &&
	       c != '\'';
}

static slice eat_plain(slice *s)
{
	size_t n = 0;
	while (n < s->len && is_plain((unsigned char)s->at[n]))
		n++;
	slice head = slice_first(*s, n);
	*s = slice_from(*s, n);
	return head;
}

/* Of a point beyond U+FFFF both surrogates (RFC 8259 7). */
static void json_escaped(struct out *o, int32_t point)
{
	static const char short_form[] = "btn_fr"; /* U+0008 to U+000D; vertical tab has none */
	if (point >= 8 && point <= 13 && point != 11)
		out_format(o, "\\%c", short_form[point - 8]);
	else if (point > 0xffff)
		out_format(o, "\\u%04x\\u%04x", 0xd7c0u + ((unsigned)point >> 10),
			   0xdc00u + ((unsigned)point & 0x3ff));
	else
		out_format(o, "\\u%04x", (unsigned)point);
}

/* How many bytes a JSON string shows as they are; a block behind them may be read. */
static size_t json_plain(const char *p, size_t len)
{
	for (size_t n = 0; n < len; n += BLOCK_BYTES) {
		uint32_t other = ~block_between(p + n, ' ', '~') | block_mask(p + n, '"') |
				 block_mask(p + n, '\\');
		size_t left = len - n;
		other &= left < BLOCK_BYTES ? (1u << left) - 1 : (1u << BLOCK_BYTES) - 1;
		if (other)
			return n + (size_t)__builtin_ctz(other);
	}
	return len;
}

static void json_point(struct out *o, slice *s)
{
	slice before = *s;
	int32_t point = slice_point(s);
	if (point < 0)
		out_text(o, "\xef\xbf\xbd");
	else if (is_trick(point)) /* JSON is read on terminals too */
		json_escaped(o, point);
	else if (point == '"' || point == '\\')
		out_slice(o, point == '"' ? SLICE("\\\"") : SLICE("\\\\"));
	else
		out_slice(o, slice_first(before, before.len - s->len));
}

/* Piece by piece copied first, then looked at: nearly all of it stays. */
void out_json(struct out *o, slice s)
{
	out_char(o, '"');
	while (s.len) {
		slice piece = slice_first(s, PIECE);
		out_room(o, PIECE + BLOCK_BYTES);
		memcpy(o->at + o->len, piece.at, piece.len);
		size_t n = json_plain(o->at + o->len, piece.len);
		o->len += n;
		s = slice_from(s, n);
		if (n < piece.len)
			json_point(o, &s);
	}
	out_char(o, '"');
}

void out_html(struct out *o, slice s)
{
	while (out_slice(o, eat_plain(&s)), s.len) {
		slice before = s;
		int32_t point = slice_point(&s);
		switch (point) {
		case -1:
			out_text(o, "\xef\xbf\xbd");
			break;
		case '<':
			out_text(o, "&lt;");
			break;
		case '>':
			out_text(o, "&gt;");
			break;
		case '&':
			out_text(o, "&amp;");
			break;
		case '"':
			out_text(o, "&quot;");
			break;
		case '\'':
			out_text(o, "&#39;");
			break;
		default:
			if (point < 0x20)
				out_format(o, "&#x%x;", 0x2400 + (unsigned)point);
			else if (is_trick(point))
				out_format(o, "[U+%04X]", (unsigned)point);
			else
				out_slice(o, slice_first(before, before.len - s.len));
		}
	}
}

void out_plain(struct out *o, slice s)
{
	while (out_slice(o, eat_plain(&s)), s.len) {
		slice before = s;
		int32_t point = slice_point(&s);
		slice bytes = slice_first(before, before.len - s.len);
		if (point >= 0 && !is_trick(point)) {
			out_slice(o, bytes);
			continue;
		}
		for (size_t i = 0; i < bytes.len; i++)
			out_format(o, "\\x%02x", (unsigned char)bytes.at[i]);
	}
}
