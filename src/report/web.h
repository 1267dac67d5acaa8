/*
 * web.h - the HTML report in the making; private to this room.
 *
 * A report is a list of sections (a table each).  Every row is a claim with an anchor; the records
 * it cites are gathered in the book, numbered in the order of their first citation, and printed
 * once at the end with links back.
 */
#ifndef TOCSIN_REPORT_WEB_H
#define TOCSIN_REPORT_WEB_H

#include "parts.h"

enum {
	ROWS_MOST = 5000,    /* of one table */
	QUOTES_MOST = 10000, /* records quoted */
	CLAIMS_MOST = 8,     /* links back from one record */
	CITED_MOST = 6,      /* records linked from one row */
};

struct section {
	const struct sheet *sheet;
	struct rows rows;
	size_t incident; /* index, or the number of incidents: of the report itself */
};

/* What cites a record: a row of a section, or the entry of an incident. */
struct claim {
	const struct sheet *sheet; /* NULL: the entry */
	size_t incident, row;
};

struct quote {
	const struct evidence *evidence;
	uint32_t number; /* from 1 */
	uint32_t claims; /* all of them; the first CLAIMS_MOST are kept */
	struct claim claim[CLAIMS_MOST];
};

struct web {
	const struct report *r;
	const struct report_style *style;
	struct when when;
	struct out *o;
	struct out raw; /* scratch: a saying on its way through out_html() */
	struct common common;
	LIST(struct section) sections;
	struct table book; /* place of a record -> struct quote */
	uint32_t quotes;
	uint64_t unquoted; /* citations beyond QUOTES_MOST */
};

/* ------------------------------------------------------------------ web.c */

#define web_text(w, lit) out_text((w)->o, lit) /* markup of our own */
struct out *web_say(struct web *w);            /* raw text is said here ... */
void web_said(struct web *w);                  /* ... and escaped */
static inline void web_slice(struct web *w, slice raw)
{
	out_html(w->o, raw);
}

/* Raw text between markup of our own; nothing at all if there is none. */
void web_element(struct web *w, const char *open, slice raw, const char *close);
void web_mark(struct web *w, const char *certainty);
void web_severity(struct web *w, slice severity);

/* ---------------------------------------------------------------- cards.c */

/* All that stands of an incident before its plot and its tables, and behind them. */
void cards_print(struct web *w, const struct incident *in, size_t number);
void cards_reasons(struct web *w, const struct incident *in, size_t number);
void cards_who(struct web *w, const struct incident *in, size_t number);
/* Of several incidents one line each, the gravest first. */
void cards_overview(struct web *w);
void cards_common(struct web *w);

/* --------------------------------------------------------------- tables.c */

void tables_print(struct web *w, const struct section *s, const char *title);
void tables_number(struct web *w, const char *name); /* opens a cell of a number */

/* --------------------------------------------------------------- inputs.c */

void inputs_print(struct web *w);
void inputs_foot(struct web *w); /* how to check the report, and the end of the page */

/* ----------------------------------------------------------------- book.c */

void book_fill(struct web *w); /* all citations of all sections and entries */
void book_links(struct web *w, const struct evidences *e); /* "12 13 and 3 more" */
void book_print(struct web *w);
void claim_anchor(struct web *w, const struct claim *c); /* i1-access-17 */

/* ---------------------------------------------------------------- blind.c */

void blind_print(struct web *w); /* rules that could not see */

/* ----------------------------------------------------------------- plot.c */

/* What was done when, by account and source, and the bytes that went out; nothing if no time is
 * known. */
void plot_shapes(struct web *w); /* the marks of all plots, once */
void plot_print(struct web *w, const struct incident *in, size_t number);

/* ---------------------------------------------------------------- style.c */

extern const char web_style[];

#endif
