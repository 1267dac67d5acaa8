/*
 * markup.c - HTML and the XML of office documents as a reader sees them: text.
 *
 * Not a parser: one pass, no memory of what is open, good enough to find a password beside its
 * label.  Block elements end a line, table cells end with a tab, so that a row of a table reads as
 * a line of a file with tabs.  Addresses of links follow at the end, one a line.
 * Laws: (1) linear; (2) what is given out is no longer than what came in, by more than a byte.
 */
#include "mailstore/store.h"

#include <glib.h>

/*
 * Names in HTML, WordprocessingML, DrawingML and OpenDocument.  Elements not listed join what
 * they stand between: words are often cut into several runs.
 */
enum mark { JOIN, LINE, CELL, ROW, SKIP, PRE };

static const struct {
	slice name;
	enum mark open, close;
} marks[] = {
    {SLICE_INIT("br"), LINE, JOIN},
    {SLICE_INIT("p"), LINE, LINE},
    {SLICE_INIT("div"), LINE, LINE},
    {SLICE_INIT("li"), LINE, LINE},
    {SLICE_INIT("tr"), LINE, ROW},
    {SLICE_INIT("td"), JOIN, CELL},
    {SLICE_INIT("th"), JOIN, CELL},
    {SLICE_INIT("dt"), LINE, LINE},
    {SLICE_INIT("dd"), LINE, LINE},
    {SLICE_INIT("h1"), LINE, LINE},
    {SLICE_INIT("h2"), LINE, LINE},
    {SLICE_INIT("h3"), LINE, LINE},
    {SLICE_INIT("h4"), LINE, LINE},
    {SLICE_INIT("hr"), LINE, JOIN},
    {SLICE_INIT("pre"), PRE, PRE},
    {SLICE_INIT("table"), LINE, ROW},
    {SLICE_INIT("blockquote"), LINE, LINE},
    {SLICE_INIT("style"), SKIP, JOIN},
    {SLICE_INIT("script"), SKIP, JOIN},
    {SLICE_INIT("title"), LINE, LINE},
    {SLICE_INIT("w:p"), JOIN, LINE},
    {SLICE_INIT("w:br"), LINE, JOIN},
    {SLICE_INIT("w:tab"), CELL, JOIN},
    {SLICE_INIT("w:tc"), JOIN, CELL},
    {SLICE_INIT("w:tr"), JOIN, ROW},
    {SLICE_INIT("a:p"), JOIN, LINE},
    {SLICE_INIT("a:tc"), JOIN, CELL},
    {SLICE_INIT("a:tr"), JOIN, ROW},
    {SLICE_INIT("text:p"), JOIN, LINE},
    {SLICE_INIT("text:h"), JOIN, LINE},
    {SLICE_INIT("text:tab"), CELL, JOIN},
    {SLICE_INIT("text:line-break"), LINE, JOIN},
    {SLICE_INIT("table:table-cell"), JOIN, CELL},
    {SLICE_INIT("table:table-row"), JOIN, ROW},
};
enum { MARKS = sizeof marks / sizeof marks[0], NAME_MOST = 24, ENTITY_MOST = 10 };

/* Those that words for "password" need, and punctuation (HTML 13.5). */
static const struct {
	slice name, text;
} entities[] = {
    {SLICE_INIT("amp"), SLICE_INIT("&")},         {SLICE_INIT("lt"), SLICE_INIT("<")},
    {SLICE_INIT("gt"), SLICE_INIT(">")},          {SLICE_INIT("quot"), SLICE_INIT("\"")},
    {SLICE_INIT("apos"), SLICE_INIT("'")},        {SLICE_INIT("nbsp"), SLICE_INIT(" ")},
    {SLICE_INIT("colon"), SLICE_INIT(":")},       {SLICE_INIT("rsquo"), SLICE_INIT("'")},
    {SLICE_INIT("agrave"), SLICE_INIT("\u00e0")}, {SLICE_INIT("aacute"), SLICE_INIT("\u00e1")},
    {SLICE_INIT("acirc"), SLICE_INIT("\u00e2")},  {SLICE_INIT("auml"), SLICE_INIT("\u00e4")},
    {SLICE_INIT("ccedil"), SLICE_INIT("\u00e7")}, {SLICE_INIT("egrave"), SLICE_INIT("\u00e8")},
    {SLICE_INIT("eacute"), SLICE_INIT("\u00e9")}, {SLICE_INIT("ecirc"), SLICE_INIT("\u00ea")},
    {SLICE_INIT("iacute"), SLICE_INIT("\u00ed")}, {SLICE_INIT("ntilde"), SLICE_INIT("\u00f1")},
    {SLICE_INIT("oacute"), SLICE_INIT("\u00f3")}, {SLICE_INIT("ocirc"), SLICE_INIT("\u00f4")},
    {SLICE_INIT("ouml"), SLICE_INIT("\u00f6")},   {SLICE_INIT("uacute"), SLICE_INIT("\u00fa")},
    {SLICE_INIT("uuml"), SLICE_INIT("\u00fc")},   {SLICE_INIT("szlig"), SLICE_INIT("\u00df")},
};

struct page {
	struct out *text;
	struct out links;
	bool pre;
	slice skip; /* the element whose content is left out until it closes */
};

/* "#233" or "#xe9". */
static bool put_numeric(slice name, struct out *o)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t value = 0, base = 10;
	if (!slice_eat(&name, "#"))
		return false;
	if (slice_eat(&name, "x") || slice_eat(&name, "X"))
		base = 16;
	for (size_t i = 0; i < name.len; i++) {
		const char *digit = memchr(digits, name.at[i] | 0x20, base);
		if (!digit || value >= 0x110000)
			return false;
		value = value * base + (uint32_t)(digit - digits);
	}
	if (name.len == 0 || value == 0 || value >= 0x110000 || (value >> 11) == 0x1b)
		return false;
	out_need(o, 6);
	o->len += (size_t)g_unichar_to_utf8(value, o->at + o->len);
	return true;
}

/* Takes "&name;" off the front; what is none is a plain "&". */
static void take_entity(slice *s, struct out *o)
{
	slice name = slice_first(slice_from(*s, 1), ENTITY_MOST);
	size_t end = slice_find(name, ';');
	bool known = false;
	name = slice_first(name, end < name.len ? end : 0);
	for (size_t i = 0; !known && i < sizeof entities / sizeof entities[0]; i++)
		if ((known = slice_eq(name, entities[i].name)))
			out_slice(o, entities[i].text);
	known = known || put_numeric(name, o);
	if (!known)
		out_char(o, '&');
	*s = slice_from(*s, known ? name.len + 2 : 1);
}

static char last_of(const struct out *o)
{
	return o->len ? o->at[o->len - 1] : '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void markup_run(slice s, bool pre, struct out *o)
{
	while (s.len) {
		char c = s.at[0];
		if (c == '&') {
			take_entity(&s, o);
			continue;
		}
		if (pre || !is_blank(c))
			out_char(o, c);
		else if (!is_blank(last_of(o)))
			out_char(o, ' ');
		s = slice_from(s, 1);
	}
}

/* The paragraphs of a cell do not end its row. */
static void end_cell(struct out *o)
{
	while (o->len && (last_of(o) == '\n' || last_of(o) == ' '))
		o->len--;
	out_char(o, '\t');
}

static void apply(struct page *p, enum mark mark, bool open, slice name)
{
	if (mark == SKIP)
		p->skip = name;
	if (mark == PRE)
		p->pre = open;
	if (mark == CELL)
		end_cell(p->text);
	else if (mark == ROW || ((mark == LINE || mark == PRE) && last_of(p->text) != '\n' &&
				 !(open && last_of(p->text) == '\t')))
		out_char(p->text, '\n');
}

/* href="http..." in the tag of an element. */
static void take_link(struct page *p, slice tag)
{
	size_t at = slice_search(tag, SLICE("href="));
	if (at == SIZE_MAX)
		return;
	tag = slice_from(tag, at + 5);
	char quote = tag.len && (tag.at[0] == '"' || tag.at[0] == '\'') ? tag.at[0] : ' ';
	if (quote != ' ')
		tag = slice_from(tag, 1);
	slice link = slice_until(&tag, quote);
	if (!slice_starts(link, SLICE("http")))
		return;
	markup_run(link, true, &p->links);
	out_char(&p->links, '\n');
}

static slice tag_name(slice tag)
{
	size_t n = 0;
	while (n < tag.len && n < NAME_MOST && !memchr(" \t\r\n/", tag.at[n], 5))
		n++;
	return slice_first(tag, n);
}

/* What stands between "<" and ">". */
static void take_tag(struct page *p, slice tag)
{
	bool open = !slice_eat(&tag, "/");
	bool alone = tag.len && tag.at[tag.len - 1] == '/';
	slice name = tag_name(tag);
	for (size_t i = 0; i < MARKS; i++)
		if (slice_eq_nocase(name, marks[i].name)) {
			apply(p, open ? marks[i].open : marks[i].close, open, name);
			if (open && alone && marks[i].open == SKIP)
				p->skip = (slice){0};
		}
	if (open)
		take_link(p, tag);
}

static bool starts_tag(slice s)
{
	char c = s.len > 1 ? s.at[1] : ' ';
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '!' || c == '?';
}

/* In a script only its own end counts: "a<b" in it is no tag. */
static void leave_skipped(struct page *p, slice *s)
{
	slice close = slice_first(slice_from(*s, 2), p->skip.len);
	if (slice_starts(*s, SLICE("</")) && slice_eq_nocase(close, p->skip)) {
		p->skip = (slice){0};
		slice_until(s, '>');
	} else {
		*s = slice_from(*s, 1);
	}
}

/* Takes one tag, comment or lone "<" off the front. */
static void take_angle(struct page *p, slice *s)
{
	bool comment = slice_starts(*s, SLICE("<!--"));
	size_t end = comment ? slice_search(*s, SLICE("-->")) : slice_find(*s, '>');
	if (comment) {
		*s = slice_from(*s, end == SIZE_MAX ? s->len : end + 3);
	} else if (!starts_tag(*s) || end == s->len) {
		/* Without any ">" left all is text: taken in one go, to stay linear. */
		size_t n = end == s->len ? s->len : 1;
		markup_run(slice_first(*s, n), p->pre, p->text);
		*s = slice_from(*s, n);
	} else {
		take_tag(p, slice_from(slice_first(*s, end), 1));
		*s = slice_from(*s, end + 1);
	}
}

void markup_text(slice markup, struct out *text)
{
	struct page p = {.text = text, .links = {.fd = -1}};
	while (markup.len) {
		size_t n = slice_find(markup, '<');
		if (!p.skip.len)
			markup_run(slice_first(markup, n), p.pre, text);
		markup = slice_from(markup, n);
		if (markup.len && p.skip.len)
			leave_skipped(&p, &markup);
		else if (markup.len)
			take_angle(&p, &markup);
	}
	out_char(text, '\n');
	out_slice(text, (slice){p.links.at, p.links.len});
	out_close(&p.links);
}
