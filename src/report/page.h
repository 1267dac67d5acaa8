/*
 * page.h - a terminal page: words wrapped by display width, tables, ink; private to this room.
 *
 *	page_left(p, 36);                         further lines of this paragraph begin here
 *	page_words(p, INK_BOLD, text);            raw text: escaped here and only here
 *	page_end(p)                               ends the line
 *
 * Laws: (1) no line is wider than `width` but by a character that alone is wider;
 *       (2) no byte below 0x20 but line ends and, with colour, the sequences in page.c.
 */
#ifndef TOCSIN_REPORT_PAGE_H
#define TOCSIN_REPORT_PAGE_H

#include "parts.h"

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_ALARM, INK_WARN, INK_CALM, INK_COUNT };

struct page {
	struct out *o;
	const struct when *when;
	bool colour;
	unsigned width, left;
	unsigned col, owed;   /* where we are; blanks of it that are not written yet */
	bool gap;             /* a blank is due before the next word */
	struct out raw, safe; /* scratch: a saying, and its escaped form */
};

void page_left(struct page *p, unsigned left);
void page_to(struct page *p, unsigned col); /* blanks up to there; at least one */
void page_words(struct page *p, enum ink ink, slice raw);
void page_end(struct page *p);
#define page_text(p, ink, lit) page_words((p), (ink), slice_of(lit))

/* Words said into `p->raw`: page_say(p) to begin, page_said(p, ink) to print them. */
struct out *page_say(struct page *p);
void page_said(struct page *p, enum ink ink);

/* A table of at least one row; columns in which all rows agree are said in its title. */
void page_table(struct page *p, const struct sheet *s, struct rows rows);

#endif
