/*
 * out.h - text on its way out: to a descriptor, or kept in memory.
 *
 *	struct out o = {.fd = 1};                 or {.fd = -1}: kept, see o.at, o.len
 *	out_text(&o, "hello ");  out_slice(&o, s);  out_format(&o, "%d\n", 3);
 *	out_close(&o)                             false if any write failed (o.error: errno)
 *
 * Log text is the attacker's: out_json(), out_html(), out_plain() are the three ways it may leave.
 */
#ifndef TOCSIN_OUT_H
#define TOCSIN_OUT_H

#include "slice.h"

struct out {
	int fd;
	int error;
	char *at;
	size_t len, room;
};

void out_need(struct out *o, size_t more); /* room for `more` bytes behind len */
void out_slice(struct out *o, slice s);
void out_format(struct out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
bool out_flush(struct out *o);
bool out_close(struct out *o); /* flushes, frees; fd stays open */

/*
 * A JSON string with its quotes; control, bidi and invisible characters as \uXXXX, bytes that are
 * not UTF-8 as U+FFFD.
 */
void out_json(struct out *o, slice s);
/*
 * HTML text: markup escaped, control characters as visible pictures (U+2400...), bad UTF-8 U+FFFD.
 */
void out_html(struct out *o, slice s);
/* Terminal text: control, bidi and bad bytes as \xNN. */
void out_plain(struct out *o, slice s);
void out_number(struct out *o, int64_t n);
void out_time(struct out *o, int64_t usec); /* RFC 3339, no quotes */

static inline void out_room(struct out *o, size_t more) /* the same, seldom with a call */
{
	if (o->room - o->len < more)
		out_need(o, more);
}

static inline void out_char(struct out *o, char c)
{
	if (o->len == o->room)
		out_need(o, 1);
	o->at[o->len++] = c;
}
#define out_text(o, lit) out_slice((o), slice_of(lit))

#endif
