/* page.c - words and tables on a terminal. */
#include "page.h"

#include <stdlib.h>

/* Select graphic rendition (ECMA-48 8.3.117): the only control sequences that are ever written. */
static const char *const sequences[INK_COUNT] = {
    [INK_PLAIN] = "",           [INK_BOLD] = "\x1b[1m",  [INK_DIM] = "\x1b[2m",
    [INK_ALARM] = "\x1b[1;31m", [INK_WARN] = "\x1b[33m", [INK_CALM] = "\x1b[32m",
};

static void ink_on(struct page *p, enum ink ink)
{
	if (p->colour)
		out_text(p->o, sequences[ink]);
}

static void ink_off(struct page *p, enum ink ink)
{
	if (p->colour && ink != INK_PLAIN)
		out_text(p->o, "\x1b[0m");
}

/* Blanks are owed until something follows them: no line ends in one. */
static void blanks(struct page *p, unsigned n)
{
	p->col += n;
	p->owed += n;
}

static void pay(struct page *p)
{
	for (; p->owed; p->owed--)
		out_char(p->o, ' ');
}

void page_left(struct page *p, unsigned left)
{
	/* a long name before the paragraph must not leave it a narrow strip */
	left = left < p->width / 2 ? left : p->width / 2;
	p->left = left;
	p->gap = p->gap && p->col > left;
	if (p->col < left)
		blanks(p, left - p->col);
}

void page_to(struct page *p, unsigned col)
{
	blanks(p, p->col < col ? col - p->col : 1);
	p->gap = false;
}

void page_end(struct page *p)
{
	out_char(p->o, '\n');
	p->col = p->owed = p->left = 0;
	p->gap = false;
}

static void wrap(struct page *p)
{
	out_char(p->o, '\n');
	p->col = p->owed = 0;
	blanks(p, p->left);
}

/* Safe text as it is; the blanks that hold a number and its unit together become plain ones. */
static void print(struct page *p, slice safe)
{
	p->col += text_width(safe);
	while (safe.len) {
		size_t n = slice_search(safe, SLICE(NBSP));
		slice head = slice_first(safe, n);
		if (head.len)
			pay(p);
		out_slice(p->o, head);
		p->owed += n != SIZE_MAX;
		safe = n == SIZE_MAX ? (slice){0} : slice_from(safe, n + strlen(NBSP));
	}
}

/* One word; what is wider than a line is cut where the line ends. */
static void word(struct page *p, slice w, unsigned wide)
{
	while (wide > p->width - p->left) {
		unsigned room = p->width > p->col ? p->width - p->col : 0;
		slice head = slice_first(w, text_fit(w, room));
		print(p, head);
		wide -= text_width(head);
		w = slice_from(w, head.len);
		wrap(p);
	}
	print(p, w);
}

static void safe_words(struct page *p, slice text)
{
	while (text.len) {
		size_t before = text.len;
		slice w = slice_until(&text, ' ');
		unsigned wide = text_width(w);
		bool blank = p->gap && p->col > p->left;
		if (w.len && p->col > p->left && p->col + blank + wide > p->width)
			wrap(p);
		else if (w.len && blank)
			blanks(p, 1);
		if (w.len) {
			word(p, w, wide);
			p->gap = false;
		}
		p->gap |= w.len < before;
	}
}

static slice make_safe(struct page *p, slice raw)
{
	p->safe.len = 0;
	out_plain(&p->safe, raw);
	return (slice){p->safe.at, p->safe.len};
}

void page_words(struct page *p, enum ink ink, slice raw)
{
	slice safe = make_safe(p, raw);
	ink_on(p, ink);
	safe_words(p, safe);
	ink_off(p, ink);
}

struct out *page_say(struct page *p)
{
	p->raw.len = 0;
	return &p->raw;
}

void page_said(struct page *p, enum ink ink)
{
	page_words(p, ink, (slice){p->raw.at, p->raw.len});
}

/* ----------------------------------------------------------------- tables */

enum { COLUMNS_MOST = 16, GUTTER = 2, FLEX_FAIR = 26, FLEX_LEAST = 12 };

struct layout {
	unsigned widths[COLUMNS_MOST]; /* 0: not shown */
	bool same[COLUMNS_MOST];       /* all rows agree */
};

/* The cell, escaped; good until the next. */
static slice cell(struct page *p, const struct sheet *s, size_t column, const char *row)
{
	s->columns[column].cell(page_say(p), p->when, row);
	return make_safe(p, (slice){p->raw.at, p->raw.len});
}

static void measure_column(struct page *p, const struct sheet *s, struct rows rows, size_t c,
			   struct layout *l)
{
	uint64_t first = 0;
	l->same[c] = rows.len > 1;
	for (size_t i = 0; i < rows.len; i++) {
		slice text = cell(p, s, c, rows.at + i * s->row_size);
		uint64_t hash = hash_bytes(text.at, text.len);
		unsigned width = text_width(text);
		first = i ? first : hash;
		l->same[c] = l->same[c] && hash == first;
		l->widths[c] = width > l->widths[c] ? width : l->widths[c];
	}
	unsigned head = text_width(slice_of(s->columns[c].head));
	if (l->widths[c] && l->widths[c] < head)
		l->widths[c] = head;
}

static unsigned total_width(const struct page *p, const struct sheet *s, const struct layout *l)
{
	unsigned sum = p->left;
	for (size_t c = 0; c < s->column_count; c++)
		if (l->widths[c])
			sum += l->widths[c] + GUTTER;
	return sum > p->left ? sum - GUTTER : sum;
}

/* Of the shown columns with one of these flags (0: all), the widest; SIZE_MAX if there is none. */
static size_t widest_column(const struct sheet *s, const struct layout *l, unsigned flags)
{
	size_t widest = SIZE_MAX;
	for (size_t c = 0; c < s->column_count; c++)
		if (l->widths[c] && (!flags || s->columns[c].flags & flags) &&
		    (widest == SIZE_MAX || l->widths[c] > l->widths[widest]))
			widest = c;
	return widest;
}

/* Takes one from the widest of these columns; false if that has no more than `least`. */
static bool narrow(const struct sheet *s, struct layout *l, unsigned flags, unsigned least)
{
	size_t c = widest_column(s, l, flags);
	if (c == SIZE_MAX || l->widths[c] <= least)
		return false;
	l->widths[c]--;
	return true;
}

/* Leaves out the last column of less weight. */
static bool drop(const struct sheet *s, struct layout *l)
{
	for (size_t c = s->column_count; c--;)
		if (l->widths[c] && s->columns[c].flags & SPARE) {
			l->widths[c] = 0;
			return true;
		}
	return false;
}

/* First long texts give, then columns of less weight go, then everything is cut as need be. */
static void fit(const struct page *p, const struct sheet *s, struct layout *l)
{
	while (total_width(p, s, l) > p->width)
		if (!narrow(s, l, FLEX, FLEX_FAIR) && !drop(s, l) &&
		    !narrow(s, l, FLEX, FLEX_LEAST) && !narrow(s, l, 0, 2))
			break;
}

static void print_cell(struct page *p, const struct column *c, unsigned width, slice safe)
{
	unsigned wide = text_width(safe);
	bool cut = wide > width;
	if (cut) {
		safe = slice_first(safe, text_fit(safe, width - 1));
		wide = text_width(safe) + 1;
	}
	if (c->flags & RIGHT)
		blanks(p, width - wide);
	print(p, safe);
	if (cut)
		print(p, SLICE("…"));
	if (!(c->flags & RIGHT))
		blanks(p, width - wide);
}

static enum ink certainty_ink(slice word)
{
	return slice_eq(word, SLICE("proven")) ? INK_BOLD : INK_PLAIN;
}

static void print_row(struct page *p, const struct sheet *s, const struct layout *l,
		      const char *row)
{
	bool first = true;
	page_left(p, p->left);
	for (size_t c = 0; c < s->column_count; c++) {
		const struct column *column = &s->columns[c];
		if (!l->widths[c])
			continue;
		if (!first)
			blanks(p, GUTTER);
		first = false;
		slice text = row ? cell(p, s, c, row) : slice_of(column->head);
		enum ink ink = !row                   ? INK_DIM
			       : column->flags & MARK ? certainty_ink(text)
						      : INK_PLAIN;
		ink_on(p, ink);
		print_cell(p, column, l->widths[c], text);
		ink_off(p, ink);
	}
	unsigned left = p->left;
	page_end(p);
	p->left = left;
}

/* A column in which all rows agree is said once; the first one shown stays, as rows need one. */
static bool said_once(const struct layout *l, size_t c)
{
	size_t first = 0;
	while (!l->widths[first])
		first++;
	return l->widths[c] && l->widths[c] <= SAID_MOST && l->same[c] && c != first;
}

/* "What was opened: 17, each with account c.martin, folder INBOX" */
static void print_title(struct page *p, const struct sheet *s, struct rows rows, struct layout *l)
{
	page_text(p, INK_BOLD, s->title);
	out_text(page_say(p), ": ");
	say_exact(&p->raw, rows.len);
	page_said(p, INK_PLAIN);
	const char *before = ", each with ";
	for (size_t c = 0; c < s->column_count; c++) {
		if (!said_once(l, c))
			continue;
		out_text(page_say(p), before);
		say_head(&p->raw, s->columns[c].head);
		out_char(&p->raw, ' ');
		s->columns[c].cell(&p->raw, p->when, rows.at);
		page_said(p, INK_DIM);
		before = ", ";
	}
	for (size_t c = s->column_count; c--;)
		l->widths[c] = said_once(l, c) ? 0 : l->widths[c];
	page_end(p);
}

void page_table(struct page *p, const struct sheet *s, struct rows rows)
{
	struct layout l = {0};
	unsigned left = p->left;
	for (size_t c = 0; c < s->column_count; c++)
		measure_column(p, s, rows, c, &l);
	print_title(p, s, rows, &l);
	p->left = left + 2;
	fit(p, s, &l);
	print_row(p, s, &l, NULL);
	for (size_t i = 0; i < rows.len; i++)
		print_row(p, s, &l, rows.at + i * s->row_size);
	p->left = left;
}
