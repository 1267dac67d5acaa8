/*
 * slice.h - a length of bytes that belongs to somebody else.
 *
 *	slice s = SLICE("user=<ana>, rip=192.0.2.7");
 *	slice_eat(&s, "user=<");                  s is now  ana>, rip=...
 *	slice name = slice_until(&s, '>');        name is ana, s is , rip=...
 *
 * A slice owns nothing, ends nowhere but at its length, and may hold any byte, NUL included.
 * It lives as long as the bytes behind it.
 */
#ifndef TOCSIN_SLICE_H
#define TOCSIN_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "word.h"

typedef struct slice {
	const char *at;
	size_t len;
} slice;

#define SLICE(lit) ((slice){(lit), sizeof(lit) - 1}) /* of a string literal */
#define SLICE_INIT(lit)                                                                            \
	{                                                                                          \
		(lit), sizeof(lit) - 1                                                             \
	} /* the same, in tables */

static inline slice slice_of(const char *text)
{
	return (slice){text, text ? strlen(text) : 0};
}

/* Of a literal's length the compiler knows best; what is in a table is short. */
static inline bool slice_same_bytes(const char *a, const char *b, size_t n)
{
	return __builtin_constant_p(n) ? memcmp(a, b, n) == 0 : word_same(a, b, n);
}

static inline bool slice_eq(slice a, slice b)
{
	return a.len == b.len && slice_same_bytes(a.at, b.at, b.len);
}

static inline bool slice_starts(slice s, slice head)
{
	return s.len >= head.len && slice_same_bytes(s.at, head.at, head.len);
}

static inline bool slice_ends(slice s, slice tail)
{
	return s.len >= tail.len && slice_same_bytes(s.at + s.len - tail.len, tail.at, tail.len);
}

/*
 * The rest of `s` from byte `n` on; empty if there is none.  Without a branch, for it is in all
 * that reads; and as a sum of integers, for one with a NULL is undefined.
 */
static inline slice slice_from(slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (slice){(const char *)((uintptr_t)s.at + n), s.len - n};
}

static inline slice slice_first(slice s, size_t n)
{
	return (slice){s.at, n < s.len ? n : s.len};
}

/* Where `c` stands first in `s`, or `s.len`.  As a rule near; else slice_find_on() goes on. */
size_t slice_find_on(slice s, char c);
static inline size_t slice_find(slice s, char c)
{
	uint32_t mask = s.len < BLOCK_BYTES ? 0 : block_mask(s.at, c);
	return mask ? (size_t)__builtin_ctz(mask) : slice_find_on(s, c);
}

/* Takes what stands before `c` off the front, and `c` with it; all of it if `c` does not occur. */
static inline slice slice_until(slice *s, char c)
{
	slice head = {s->at, slice_find(*s, c)};
	*s = slice_from(*s, head.len + 1);
	return head;
}

/* Takes `head` off the front if it stands there. */
static inline bool slice_eat_n(slice *s, const char *head, size_t len)
{
	if (s->len < len || memcmp(s->at, head, len) != 0)
		return false;
	s->at += len;
	s->len -= len;
	return true;
}
#define slice_eat(s, lit) slice_eat_n((s), (lit), sizeof(lit) - 1)

/* Where `needle` stands first or last in `s`; SIZE_MAX if it does not. */
size_t slice_search(slice s, slice needle);
size_t slice_search_last(slice s, slice needle);

/* One code point off the front of a text that is not empty; -1 for a byte that begins none. */
int32_t slice_point(slice *s);
/* The other way: the code point as 1 to 4 bytes at `to`; how many. */
size_t slice_put_point(char *to, uint32_t point);
/* Where the first byte stands that is no UTF-8 text (RFC 3629) or is NUL; `s.len`: none. */
size_t slice_not_text(slice s);
/*
 * Where the first thing stands that libfyaml 0.7.12 (Debian 12's) crashes or loops on though it
 * only had to refuse it; `s.len`: none.  What is no text, and in a text with tabs a line of an
 * explicit key, "? " (YAML 1.2.2, 8.2.2): below it a tab makes the library free what it never took.
 */
size_t slice_not_yaml(slice s);
slice slice_trim(slice s);              /* without white space at either end */
bool slice_eq_nocase(slice a, slice b); /* ASCII letters only */
int slice_compare(slice a, slice b);    /* by bytes, then by length */

/* Takes decimal digits off the front. False, and `s` as it was, if none or too many for 64 bits. */
bool slice_long_number(slice *s, int64_t *value);
static inline bool slice_number(slice *s, int64_t *value)
{
	size_t digits;
	if (s->len < 8)
		return slice_long_number(s, value);
	uint32_t n = word_number(word_load(s->at), &digits);
	if (digits == 8)
		return slice_long_number(s, value);
	*value = digits ? n : *value;
	*s = (slice){s->at + digits, s->len - digits};
	return digits > 0;
}

/* The whole of `s` as a decimal number. */
static inline bool slice_is_number(slice s, int64_t *value)
{
	return slice_number(&s, value) && s.len == 0;
}

/* The value of a hexadecimal digit, small or great; -1: it is none. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
