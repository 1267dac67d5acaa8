/*
 * office.c - the text of office documents: zip files of XML (ECMA-376, ODF 1.3).
 *
 * Text documents and slides are read as markup.  A sheet is written as lines with tabs, cells in
 * their columns, since a password often stands under its label, not beside it.
 * Laws: (1) no more than TOTAL_MOST unpacked bytes and MEMBERS_MOST members are read; (2) a row
 * has no more than COLUMNS_MOST columns.
 */
#include "mailstore/store.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

enum { TOTAL_MOST = 32 << 20, MEMBERS_MOST = 4096, COLUMNS_MOST = 200, BLOCK = 64 << 10 };

enum member_kind { NOTHING, DOCUMENT, STRINGS, SHEET };

static const struct {
	slice head, tail;
	enum member_kind kind;
} members[] = {
    {SLICE_INIT("word/"), SLICE_INIT(".xml"), DOCUMENT},
    {SLICE_INIT("ppt/slides/slide"), SLICE_INIT(".xml"), DOCUMENT},
    {SLICE_INIT("ppt/notesSlides/"), SLICE_INIT(".xml"), DOCUMENT},
    {SLICE_INIT("content.xml"), SLICE_INIT(""), DOCUMENT},
    {SLICE_INIT("xl/sharedStrings.xml"), SLICE_INIT(""), STRINGS},
    {SLICE_INIT("xl/worksheets/"), SLICE_INIT(".xml"), SHEET},
};

static enum member_kind kind_of(slice name)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (slice_starts(name, members[i].head) && slice_ends(name, members[i].tail))
			return members[i].kind;
	return NOTHING;
}

/* A stretch of one buffer; the buffer moves, so places are kept, not pointers. */
struct stretch {
	size_t from, len;
};

struct document {
	struct out raw;     /* sheets as they came, to be read when all strings are known */
	struct out strings; /* shared strings, one after the other */
	LIST(struct stretch) sheets, shared;
	size_t total;
	bool any;
};

static slice stretch_of(const struct out *o, struct stretch s)
{
	return (slice){o->at + s.from, s.len};
}

/* Takes what stands before the next tag, and the tag without its angles, off the front. */
static bool next_tag(slice *xml, slice *before, slice *tag)
{
	*before = slice_until(xml, '<');
	*tag = slice_first(*xml, slice_find(*xml, '>'));
	bool found = tag->len < xml->len;
	*xml = slice_from(*xml, tag->len + 1);
	return found;
}

static bool is_tag(slice tag, slice name)
{
	return slice_starts(tag, name) &&
	       (tag.len == name.len || tag.at[name.len] == ' ' || tag.at[name.len] == '/');
}

static void take_strings(struct document *d, slice xml)
{
	slice before, tag;
	struct stretch now = {0};
	while (next_tag(&xml, &before, &tag)) {
		markup_run(before, false, &d->strings);
		if (is_tag(tag, SLICE("si")))
			now.from = d->strings.len;
		if (slice_eq(tag, SLICE("/si"))) {
			now.len = d->strings.len - now.from;
			*list_add(&d->shared) = now;
		}
	}
}

/* r="C7" in a cell's tag gives 3; 0 if it has none. */
static size_t column_of(slice tag)
{
	size_t at = slice_search(tag, SLICE(" r=\"")), column = 0;
	slice name = slice_from(tag, at == SIZE_MAX ? tag.len : at + 4);
	for (size_t i = 0; i < name.len && name.at[i] >= 'A' && name.at[i] <= 'Z'; i++)
		if (column <= COLUMNS_MOST)
			column = column * 26 + (size_t)(name.at[i] - 'A' + 1);
	return column;
}

struct cell {
	size_t column; /* of the last cell written in this row; 0: none */
	bool shared;   /* its value is the number of a shared string */
};

static void start_cell(struct cell *cell, slice tag, struct out *text)
{
	size_t column = column_of(tag);
	cell->shared = slice_search(tag, SLICE(" t=\"s\"")) != SIZE_MAX;
	if (column == 0)
		column = cell->column + 1;
	for (; cell->column < column && cell->column < COLUMNS_MOST; cell->column++)
		if (cell->column)
			out_char(text, '\t');
}

static void put_value(const struct document *d, const struct cell *cell, slice value,
		      struct out *text)
{
	int64_t i;
	if (!cell->shared)
		markup_run(value, false, text);
	else if (slice_is_number(value, &i) && (uint64_t)i < d->shared.len)
		out_slice(text, stretch_of(&d->strings, d->shared.at[i]));
}

static void put_sheet(const struct document *d, slice xml, struct out *text)
{
	slice before, tag;
	struct cell cell = {0};
	while (next_tag(&xml, &before, &tag) && text->len < TOTAL_MOST) {
		if (slice_eq(tag, SLICE("/v")) || slice_eq(tag, SLICE("/t")))
			put_value(d, &cell, before, text);
		else if (is_tag(tag, SLICE("c")))
			start_cell(&cell, tag, text);
		else if (slice_eq(tag, SLICE("/row"))) {
			out_char(text, '\n');
			cell = (struct cell){0};
		}
	}
}

/* Reads one member behind what `into` holds. */
static slice read_member(struct archive *a, struct document *d, struct out *into)
{
	size_t from = into->len;
	ssize_t n;
	do {
		out_need(into, BLOCK);
		n = archive_read_data(a, into->at + into->len, BLOCK);
		into->len += n > 0 ? (size_t)n : 0;
		d->total += n > 0 ? (size_t)n : 0;
	} while (n > 0 && d->total < TOTAL_MOST);
	return (slice){into->at + from, into->len - from};
}

static void take_member(struct archive *a, struct document *d, slice name, struct out *text)
{
	enum member_kind kind = kind_of(name);
	size_t from = d->raw.len;
	if (kind == NOTHING)
		return;
	slice xml = read_member(a, d, &d->raw);
	d->any = true;
	if (kind == SHEET) {
		*list_add(&d->sheets) = (struct stretch){from, xml.len};
		return;
	}
	if (kind == DOCUMENT)
		markup_text(xml, text);
	else
		take_strings(d, xml);
	d->raw.len = from;
}

bool office_text(slice zip, struct out *text)
{
	struct document d = {.raw = {.fd = -1}, .strings = {.fd = -1}};
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	archive_read_support_format_zip(a);
	bool open = archive_read_open_memory(a, zip.at, zip.len) == ARCHIVE_OK;
	for (int i = 0; open && i < MEMBERS_MOST && d.total < TOTAL_MOST &&
			archive_read_next_header(a, &entry) == ARCHIVE_OK;
	     i++)
		take_member(a, &d, slice_of(archive_entry_pathname(entry)), text);
	for (size_t i = 0; i < d.sheets.len; i++)
		put_sheet(&d, stretch_of(&d.raw, d.sheets.at[i]), text);
	archive_read_free(a);
	out_close(&d.raw);
	out_close(&d.strings);
	list_free(&d.sheets);
	list_free(&d.shared);
	return d.any;
}
