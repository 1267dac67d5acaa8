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

static inline bool slice_eq(slice a, slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_starts(slice s, slice head)
{
	return s.len >= head.len && memcmp(s.at, head.at, head.len) == 0;
}

static inline bool slice_ends(slice s, slice tail)
{
	return s.len >= tail.len && memcmp(s.at + s.len - tail.len, tail.at, tail.len) == 0;
}

/* The rest of `s` from byte `n` on; empty if there is none. */
static inline slice slice_from(slice s, size_t n)
{
	return n < s.len ? (slice){s.at + n, s.len - n} : (slice){s.at + s.len, 0};
}

static inline slice slice_first(slice s, size_t n)
{
	return (slice){s.at, n < s.len ? n : s.len};
}

/* Where `c` stands first in `s`, or `s.len`. */
static inline size_t slice_find(slice s, char c)
{
	const char *p = s.len ? memchr(s.at, c, s.len) : NULL;
	return p ? (size_t)(p - s.at) : s.len;
}

/* Takes what stands before `c` off the front, and `c` with it; all of it if `c` does not occur. */
static inline slice slice_until(slice *s, char c)
{
	size_t n = slice_find(*s, c);
	slice head = slice_first(*s, n);
	*s = slice_from(*s, n + 1);
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

slice slice_trim(slice s);              /* without white space at either end */
bool slice_eq_nocase(slice a, slice b); /* ASCII letters only */
int slice_compare(slice a, slice b);    /* by bytes, then by length */

/* Takes decimal digits off the front. False, and `s` as it was, if there are none or they overflow.
 */
bool slice_number(slice *s, int64_t *value);
/* The whole of `s` as a decimal number. */
bool slice_is_number(slice s, int64_t *value);

#endif
