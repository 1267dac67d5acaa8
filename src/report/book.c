/*
 * book.c - the quoted records of a report: each once, numbered, with links both ways.
 * Law: what is cited but not quoted (QUOTES_MOST) is counted and said.
 */
#include "web.h"

#include <stdlib.h>

struct place_key {
	uint64_t offset;
	uint64_t input;
};

static struct quote *find(struct web *w, const struct evidence *e, bool *fresh)
{
	struct place_key key = {e->place.offset, e->place.input};
	slice bytes = {(const char *)&key, sizeof key};
	struct quote *q = table_get(&w->book, bytes);
	*fresh = !q;
	if (q || w->quotes >= QUOTES_MOST)
		return q;
	q = table_put(&w->book, bytes, NULL);
	q->evidence = e;
	q->number = ++w->quotes;
	return q;
}

static void add(struct web *w, const struct evidences *e, struct claim claim)
{
	for (size_t i = 0; e && i < e->len; i++) {
		bool fresh;
		struct quote *q = find(w, &e->at[i], &fresh);
		if (!q)
			w->unquoted++;
		else if (q->claims++ < CLAIMS_MOST)
			q->claim[q->claims - 1] = claim;
	}
}

void book_fill(struct web *w)
{
	table_init(&w->book, sizeof(struct quote), 0);
	for (size_t i = 0; i < w->r->incidents.len; i++)
		add(w, &w->r->incidents.at[i].entry.evidence, (struct claim){NULL, i, 0});
	for (size_t i = 0; i < w->sections.len; i++) {
		const struct section *s = &w->sections.at[i];
		for (size_t row = 0; row < s->rows.len && row < ROWS_MOST; row++)
			add(w, sheet_evidence(s->sheet, s->rows.at + row * s->sheet->row_size),
			    (struct claim){s->sheet, s->incident, row});
	}
}

void claim_anchor(struct web *w, const struct claim *c)
{
	if (c->incident < w->r->incidents.len)
		out_format(w->o, "i%zu-", c->incident + 1);
	if (c->sheet)
		out_format(w->o, "%s-%zu", c->sheet->key, c->row + 1);
	else
		web_text(w, "entry");
}

void book_links(struct web *w, const struct evidences *e)
{
	uint64_t more = e->more;
	for (size_t i = 0; i < e->len; i++) {
		bool fresh;
		struct quote *q = i < CITED_MOST ? find(w, &e->at[i], &fresh) : NULL;
		if (q)
			out_format(w->o, "<a class=cite href=\"#e%u\">%u</a> ", q->number,
				   q->number);
		else
			more++;
	}
	if (more)
		out_format(w->o, "<span class=more>and %llu more</span>", (unsigned long long)more);
}

static void print_claims(struct web *w, const struct quote *q)
{
	web_text(w, "<p class=back>Cited by ");
	for (uint32_t i = 0; i < q->claims && i < CLAIMS_MOST; i++) {
		const struct claim *c = &q->claim[i];
		out_format(w->o, "%s<a href=\"#", i ? ", " : "");
		claim_anchor(w, c);
		if (c->sheet)
			out_format(w->o, "\">%s %zu</a>", c->sheet->key, c->row + 1);
		else
			web_text(w, "\">entry</a>");
	}
	if (q->claims > CLAIMS_MOST)
		out_format(w->o, " and %u more", q->claims - CLAIMS_MOST);
	web_text(w, "</p>");
}

static void print_quote(struct web *w, const struct quote *q)
{
	const struct evidence *e = q->evidence;
	char hex[65];
	digest_hex(&e->digest, hex);
	out_format(w->o, "<li id=\"e%u\" value=%u><p class=where>", q->number, q->number);
	if (e->place.input < w->r->inputs.len)
		web_slice(w, w->r->inputs.at[e->place.input].path);
	out_text(web_say(w), ", line ");
	say_exact(&w->raw, e->place.line);
	out_text(&w->raw, ", byte ");
	say_exact(&w->raw, e->place.offset);
	out_format(&w->raw, ", %u bytes", e->place.length);
	web_said(w);
	out_format(w->o, " <span class=sha>SHA-256 %s</span></p><pre>", hex);
	web_slice(w, e->quote);
	web_text(w, "</pre>");
	if (e->quote.len < e->place.length)
		out_format(w->o, "<p class=more>The first %zu of %u bytes.</p>", e->quote.len,
			   e->place.length);
	print_claims(w, q);
	web_text(w, "</li>\n");
}

void book_print(struct web *w)
{
	if (!w->quotes)
		return;
	web_text(w, "<section id=evidence><h2>Quoted records</h2>\n<p class=lead>Every claim above "
		    "rests on these records, as they stand in the logs.");
	if (w->unquoted)
		out_format(w->o,
			   " %llu further citations are not quoted here; the JSON report has all.",
			   (unsigned long long)w->unquoted);
	web_text(w, "</p>\n<ol class=book>\n");
	for (uint32_t n = 0; n < w->book.used; n++)
		print_quote(w, table_at(&w->book, n));
	web_text(w, "</ol></section>\n");
}
