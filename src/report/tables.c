/* tables.c - the tables of the page: a section's rows, each a claim with its records. */
#include "web.h"

/* What there is to say of the columns: bit sets. */
struct columns {
	uint32_t empty, same;
};
#define RECORDS (UINT32_C(1) << 31) /* the column of citations, behind all others */

static bool cites_nothing(const struct section *s)
{
	for (size_t i = 0; i < s->rows.len && i < ROWS_MOST; i++) {
		const struct evidences *e =
		    sheet_evidence(s->sheet, s->rows.at + i * s->sheet->row_size);
		if (e && (e->len || e->more))
			return false;
	}
	return true;
}

/* Columns of empty cells, and those in which all rows (of at least two) agree. */
static struct columns look_at_columns(struct web *w, const struct section *s)
{
	struct columns k = {0};
	for (size_t c = 0; c < s->sheet->column_count; c++) {
		bool empty = true;
		bool same = c > 0 && s->rows.len > 1 && !(s->sheet->columns[c].flags & MARK);
		uint64_t first = 0;
		for (size_t i = 0; i < s->rows.len && i < ROWS_MOST; i++) {
			s->sheet->columns[c].cell(web_say(w), &w->when,
						  s->rows.at + i * s->sheet->row_size);
			uint64_t hash = hash_bytes(w->raw.at, w->raw.len);
			first = i ? first : hash;
			empty = empty && w->raw.len == 0;
			same = same && hash == first && w->raw.len <= SAID_MOST;
		}
		k.empty |= (uint32_t)empty << c;
		k.same |= (uint32_t)(same && !empty && s->rows.len <= ROWS_MOST) << c;
	}
	k.empty |= cites_nothing(s) ? RECORDS : 0;
	return k;
}

/* "Each with account c.martin, folder INBOX": said once, these need no column. */
static void print_same(struct web *w, const struct section *s, uint32_t same)
{
	const char *before = "<span class=each>Each with ";
	for (size_t c = 0; c < s->sheet->column_count; c++) {
		if (!(same >> c & 1))
			continue;
		web_text(w, before);
		say_head(web_say(w), s->sheet->columns[c].head);
		out_char(&w->raw, ' ');
		s->sheet->columns[c].cell(&w->raw, &w->when, s->rows.at);
		web_said(w);
		before = ", ";
	}
	web_text(w, same ? "</span>" : "");
}

/* On a narrow screen a number stands without its head, so it brings its name. */
void tables_number(struct web *w, const char *name)
{
	out_format(w->o, "<td class=n data-name=\"%s\">", name);
}

static void print_cell(struct web *w, const struct column *c, const void *row)
{
	c->cell(web_say(w), &w->when, row);
	if (c->flags & RIGHT)
		tables_number(w, c->head);
	else if (w->raw.len > SAID_MOST || c->flags & FLEX)
		web_text(w, c->flags & CODE ? "<td class=\"t code\">" : "<td class=t>");
	else
		web_text(w, c->flags & CODE ? "<td class=code>" : "<td>");
	if (c->flags & MARK && w->raw.len) {
		out_char(&w->raw, '\0');
		web_mark(w, w->raw.at);
	} else {
		web_said(w);
	}
	web_text(w, "</td>");
}

static void print_row(struct web *w, const struct section *s, size_t i, uint32_t hidden)
{
	const char *row = s->rows.at + i * s->sheet->row_size;
	const struct evidences *e = sheet_evidence(s->sheet, row);
	web_text(w, "<tr id=\"");
	claim_anchor(w, &(struct claim){s->sheet, s->incident, i});
	web_text(w, "\">");
	for (size_t c = 0; c < s->sheet->column_count; c++)
		if (!(hidden >> c & 1))
			print_cell(w, &s->sheet->columns[c], row);
	if (e && !(hidden & RECORDS)) {
		web_text(w, "<td class=cites>");
		book_links(w, e);
		web_text(w, "</td>");
	}
	web_text(w, "</tr>\n");
}

static void print_heads(struct web *w, const struct section *s, uint32_t hidden)
{
	web_text(w, "<thead><tr>");
	for (size_t c = 0; c < s->sheet->column_count; c++)
		if (!(hidden >> c & 1))
			out_format(w->o, "<th scope=col%s>%s</th>",
				   s->sheet->columns[c].flags & RIGHT ? " class=n" : "",
				   s->sheet->columns[c].head);
	web_text(w, hidden & RECORDS ? "" : "<th scope=col>Records</th>");
	web_text(w, "</tr></thead>\n<tbody>\n");
}

static void print_remainder(struct web *w, const struct section *s)
{
	if (s->rows.len <= ROWS_MOST)
		return;
	out_text(web_say(w), "The first ");
	say_exact(&w->raw, ROWS_MOST);
	out_text(&w->raw, " of ");
	say_exact(&w->raw, s->rows.len);
	out_text(&w->raw, " rows; the other ");
	say_exact(&w->raw, s->rows.len - ROWS_MOST);
	out_text(&w->raw, " are in the JSON report (tocsin scan --json FILE).");
	web_text(w, "<p class=remainder>");
	web_said(w);
	web_text(w, "</p>\n");
}

void tables_print(struct web *w, const struct section *s, const char *title)
{
	struct columns k = look_at_columns(w, s);
	uint32_t hidden = k.empty | k.same;
	out_format(w->o,
		   "<div class=scroll role=region tabindex=0 aria-label=\"%s\"><table class=%s>"
		   "<caption>%s <span class=count>",
		   title, s->sheet->key, title);
	say_exact(w->o, s->rows.len);
	web_text(w, "</span>");
	print_same(w, s, k.same);
	web_text(w, "</caption>\n");
	print_heads(w, s, hidden);
	for (size_t i = 0; i < s->rows.len && i < ROWS_MOST; i++)
		print_row(w, s, i, hidden);
	web_text(w, "</tbody></table></div>\n");
	print_remainder(w, s);
}
