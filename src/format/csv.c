/*
 * csv.c - exports of log stores as CSV with a header (RFC 4180): Splunk, Graylog, Kibana, Azure.
 *
 * The header's names tell which column holds the line, its time, host and program (column.c).  A
 * cell may hold line ends: the row then goes on in the next record.
 *
 * Laws: (1) only the first record of an input can be a header, so that no line of a log can make a
 *           table of it; (2) a quote that is never closed costs its own row and no other: the first
 *           record that is a whole row by itself ends it.
 */
#include "part.h"

enum { CELL_NAME_MOST = 80, ROW_LINES_MOST = 50 };

static const char separators[] = ",;\t|";

enum cell { CELL_LAST, CELL_MORE, CELL_OPEN };

/*
 * A cell off the front, with its quotes.  What stands between the closing quote and the separator
 * belongs to no cell: *odd.
 */
static enum cell take_cell(slice *s, char separator, slice *cell, bool *odd)
{
	size_t end = 0;
	if (s->len && s->at[0] == '"')
		for (end = 1;; end += 2) {
			end += slice_find(slice_from(*s, end), '"');
			if (end >= s->len)
				return CELL_OPEN;
			if (end + 1 >= s->len || s->at[end + 1] != '"')
				break;
		}
	size_t quoted = end ? end + 1 : 0;
	size_t n = quoted + slice_find(slice_from(*s, quoted), separator);
	*odd |= quoted && n > quoted;
	*cell = slice_first(*s, quoted ? quoted : n);
	bool more = n < s->len;
	*s = slice_from(*s, n + 1);
	return more ? CELL_MORE : CELL_LAST;
}

/* The cell's text: quotes taken off, doubled ones made one. */
static slice cell_text(slice cell, struct arena *scratch)
{
	if (cell.len < 2 || cell.at[0] != '"')
		return cell;
	slice s = {cell.at + 1, cell.len - 2};
	if (s.len == 0 || !memchr(s.at, '"', s.len))
		return s;
	char *to = arena_take(scratch, s.len);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		to[n++] = s.at[i];
		i += s.at[i] == '"';
	}
	return (slice){to, n};
}

/* _source.host.name is name of host. */
static struct meaning meaning_of(slice name)
{
	slice parent = {"", 0};
	slice whole = slice_trim(name);
	for (size_t dot; (dot = slice_find(whole, '.')) < whole.len;) {
		parent = slice_first(whole, dot);
		whole = slice_from(whole, dot + 1);
	}
	return column_meaning(parent, whole);
}

/* What holds ": " is a line whose last words are "..., message". */
static bool is_name(slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < ' ' || name.at[i] == '{' || name.at[i] == '=' ||
		    name.at[i] == '<')
			return false;
	return name.len > 0 && name.len <= CELL_NAME_MOST &&
	       slice_search(name, SLICE(": ")) == SIZE_MAX;
}

/* Reads a header; false if it is none: a column for the line and two columns at least. */
static bool read_header(struct format_table *t, slice record, char separator)
{
	bool text = false, odd = false, when = false, who = false;
	*t = (struct format_table){.separator = separator};
	for (enum cell c = CELL_MORE; c == CELL_MORE;) {
		slice cell;
		c = take_cell(&record, separator, &cell, &odd);
		if (c == CELL_OPEN || odd || t->columns == FORMAT_COLUMNS)
			return false;
		if (cell.len >= 2 && cell.at[0] == '"')
			cell = (slice){cell.at + 1, cell.len - 2};
		if (!is_name(cell))
			return false;
		struct meaning m = meaning_of(cell);
		text |= m.role == ROLE_TEXT;
		when |= m.role == ROLE_TIME;
		who |= m.role == ROLE_HOST || m.role == ROLE_PROGRAM;
		t->role[t->columns] = (uint8_t)m.role;
		t->rank[t->columns++] = (uint8_t)m.rank;
	}
	t->by_content = !text && when && who;
	return (text || t->by_content) && t->columns > 1;
}

/* Where no column is named as the line's, it is the one whose cell in the first row is longest. */
static void find_text(struct format_table *t, slice row)
{
	size_t longest = 0, best = 0, n = 0;
	bool odd = false;
	for (enum cell c = CELL_MORE; c == CELL_MORE && n < t->columns; n++) {
		slice cell;
		c = take_cell(&row, t->separator, &cell, &odd);
		bool words = slice_find(cell, ' ') < cell.len;
		if (c != CELL_OPEN && words && t->role[n] == ROLE_NONE && cell.len > longest) {
			longest = cell.len;
			best = n;
		}
	}
	t->by_content = longest == 0;
	if (longest) {
		t->role[best] = ROLE_TEXT;
		t->rank[best] = 1;
	}
}

bool csv_begins(struct format_state *st, slice record)
{
	for (const char *c = separators; *c; c++)
		if (memchr(record.at, *c, record.len) && read_header(&st->table, record, *c))
			return true;
	st->table.columns = 0;
	return false;
}

enum row { ROW_WHOLE, ROW_OPEN, ROW_ODD };

/* Cells of a row into what they mean. */
static enum row read_row(struct format_state *st, slice row, struct gathered *g,
			 struct arena *scratch)
{
	const struct format_table *t = &st->table;
	size_t n = 0;
	bool odd = false;
	gathered_init(g);
	g->in.coat = "CSV with a header";
	for (enum cell c = CELL_MORE; c == CELL_MORE; n++) {
		slice cell;
		if ((c = take_cell(&row, t->separator, &cell, &odd)) == CELL_OPEN)
			return ROW_OPEN;
		if (n < t->columns)
			gather(st, g, (struct meaning){(enum role)t->role[n], t->rank[n]},
			       cell_text(cell, scratch));
	}
	return n == t->columns && !odd ? ROW_WHOLE : ROW_ODD;
}

static void drop_pending(struct format_state *st)
{
	st->pending->len = 0;
	st->pending->lines = 0;
	st->pending->cut = false;
}

static void keep_line(struct format_state *st, slice line)
{
	size_t room = sizeof st->pending->text - st->pending->len;
	bool fits = line.len + 1 <= room;
	st->pending->cut |= !fits;
	st->pending->lines++;
	if (!fits)
		return;
	memcpy(st->pending->text + st->pending->len, line.at, line.len);
	st->pending->text[st->pending->len + line.len] = '\n';
	st->pending->len += (uint32_t)line.len + 1;
}

/* The row that began earlier and this record, once they are whole.  What is too long to be read, or
 * holds no line, is nobody's: no format owns it. */
static enum decoded go_on(struct format_state *st, slice record, struct event *e,
			  struct arena *scratch)
{
	struct gathered g;
	keep_line(st, record);
	if (st->pending->cut || st->pending->lines > ROW_LINES_MOST) {
		drop_pending(st);
		return DECODED_UNKNOWN;
	}
	slice all = {st->pending->text, st->pending->len - 1};
	if (read_row(st, all, &g, scratch) == ROW_OPEN)
		return DECODED_PART;
	drop_pending(st); /* its bytes stay until the next record */
	return g.in.text.len ? inner_decode(st, &g.in, e, scratch) : DECODED_UNKNOWN;
}

enum decoded csv_decode(struct format_state *st, slice record, struct event *e,
			struct arena *scratch)
{
	struct gathered g;
	bool waiting = st->pending->lines > 0;
	if (st->table.by_content)
		find_text(&st->table, record);
	enum row row = read_row(st, record, &g, scratch);
	if (waiting && row != ROW_WHOLE)
		return go_on(st, record, e, scratch);
	if (waiting)
		drop_pending(st);
	if (row == ROW_OPEN) {
		keep_line(st, record);
		return DECODED_PART;
	}
	if (g.in.text.len == 0)
		return DECODED_UNKNOWN;
	enum decoded d = inner_decode(st, &g.in, e, scratch);
	return d == DECODED_EVENT && (waiting || row == ROW_ODD) ? DECODED_BROKEN : d;
}
