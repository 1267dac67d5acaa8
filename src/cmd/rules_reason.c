/* rules_reason.c - why a rule holds, collected and shown. */
#include "rules_reason.h"

#include <stdlib.h>

enum { VALUE_COLUMNS = 40, TEXT_COLUMNS = 60, OTHERS_SHOWN = 6, ITEMS_SHOWN = 4 };

void reasons_take(void *ctx, const struct sigma_reason *r)
{
	struct reasons *all = ctx;
	*list_add(&all->list) = *r;
	if (r->value)
		*list_add(&all->values) = *r->value;
	*list_add(&all->value_of) = r->value ? all->values.len : 0;
}

void reasons_free(struct reasons *r)
{
	list_free(&r->list);
	list_free(&r->values);
	list_free(&r->value_of);
}

static const struct sigma_value *value_at(const struct reasons *r, size_t i)
{
	size_t at = r->value_of.at[i];
	return at ? &r->values.at[at - 1] : NULL;
}

bool reasons_hold(const struct reasons *r)
{
	bool source = true, any = false;
	for (size_t i = 0; i < r->list.len; i++) {
		const struct sigma_reason *one = &r->list.at[i];
		if (one->depth == 0 && one->kind == SIGMA_REASON_SOURCE)
			source = one->holds;
		else if (one->depth == 0)
			any |= one->holds;
	}
	return source && any;
}

/* The reason behind `i` and all that lies under it. */
static size_t after(const struct reasons *r, size_t i)
{
	size_t k = i + 1;
	while (k < r->list.len && r->list.at[k].depth > r->list.at[i].depth)
		k++;
	return k;
}

/* --- values --- */

static void put_plain(struct out *o, slice text, size_t columns)
{
	slice cut = text;
	for (size_t n = 0; cut.len && n < columns; n++)
		slice_point(&cut);
	out_plain(o, slice_first(text, text.len - cut.len));
	if (cut.len)
		out_text(o, "...");
}

static void put_value(struct out *o, const struct sigma_value *v)
{
	char room[ADDRESS_TEXT];
	switch (v->kind) {
	case SIGMA_ABSENT:
		out_text(o, "has no such field");
		break;
	case SIGMA_NULL:
		out_text(o, "null");
		break;
	case SIGMA_TEXT:
		out_text(o, "'");
		put_plain(o, v->text, VALUE_COLUMNS);
		out_text(o, "'");
		break;
	case SIGMA_NUMBER:
		out_number(o, v->number);
		break;
	case SIGMA_FLAG:
		out_text(o, v->number ? "true" : "false");
		break;
	case SIGMA_ADDRESS:
		out_plain(o, (slice){room, address_format(&v->address, room)});
		break;
	case SIGMA_LIST:
		for (size_t i = 0; i < v->count && i < ITEMS_SHOWN; i++) {
			out_text(o, i ? ", " : "");
			put_value(o, &v->items[i]);
		}
		if (v->count > ITEMS_SHOWN)
			out_format(o, " and %zu more", v->count - ITEMS_SHOWN);
		break;
	}
}

void reason_value_json(struct out *o, const struct sigma_value *v)
{
	char room[ADDRESS_TEXT];
	if (v->kind == SIGMA_NUMBER)
		out_number(o, v->number);
	else if (v->kind == SIGMA_FLAG)
		out_text(o, v->number ? "true" : "false");
	else if (v->kind == SIGMA_ADDRESS)
		out_json(o, (slice){room, address_format(&v->address, room)});
	else if (v->kind == SIGMA_TEXT)
		out_json(o, v->text);
	else if (v->kind == SIGMA_LIST)
		for (size_t i = 0; i < v->count; i++) {
			out_text(o, i ? "," : "[");
			reason_value_json(o, &v->items[i]);
		}
	else
		out_text(o, "null");
	if (v->kind == SIGMA_LIST)
		out_text(o, v->count ? "]" : "[]");
}

/* --- text --- */

struct paint {
	struct out *o;
	bool colour;
};

static void put_mark(const struct paint *p, const struct sigma_reason *r)
{
	if (p->colour)
		out_text(p->o, r->holds ? "\033[32m" : "\033[31m");
	out_text(p->o, r->holds ? "  yes " : "  no  ");
	if (p->colour)
		out_text(p->o, "\033[0m");
	for (unsigned i = 0; i < r->depth && i < 16; i++)
		out_text(p->o, "  ");
}

static void put_line(const struct reasons *r, size_t i, const struct paint *p, size_t end)
{
	const struct sigma_reason *line = &r->list.at[i];
	bool single = end == i + 2;
	put_mark(p, line);
	put_plain(p->o, line->text.len ? line->text : SLICE("anywhere in the record"),
		  TEXT_COLUMNS);
	if (single) {
		out_text(p->o, ": ");
		put_plain(p->o, r->list.at[i + 1].text, VALUE_COLUMNS);
	}
	if (line->text.len) {
		out_text(p->o, "\n            ");
		for (unsigned d = 0; d < line->depth && d < 16; d++)
			out_text(p->o, "  ");
		out_text(p->o, "the event: ");
		put_value(p->o, value_at(r, i));
	}
	out_text(p->o, "\n");
}

/* Those that hold, the first of those that do not, and how many more. */
static void put_values(const struct reasons *r, size_t from, size_t end, const struct paint *p)
{
	size_t others = 0, failed = 0, shown = OTHERS_SHOWN;
	for (size_t i = from; i < end; i++)
		failed += !r->list.at[i].holds;
	if (failed == shown + 1) /* a line for it is a line for the one */
		shown = failed;
	for (size_t i = from; i < end; i++) {
		const struct sigma_reason *one = &r->list.at[i];
		if (!one->holds && others++ >= shown)
			continue;
		put_mark(p, one);
		put_plain(p->o, one->text, TEXT_COLUMNS);
		out_text(p->o, "\n");
	}
	if (others > shown) {
		const struct sigma_reason rest = {.depth = r->list.at[from].depth};
		put_mark(p, &rest);
		out_format(p->o, "and %zu others\n", others - shown);
	}
}

static void put_part(const struct sigma_reason *one, const struct paint *p)
{
	static const char *const heads[] = {[SIGMA_REASON_SOURCE] = "log source: ",
					    [SIGMA_REASON_RULE] = "rule: ",
					    [SIGMA_REASON_PART] = "",
					    [SIGMA_REASON_SEARCH] = "search: ",
					    [SIGMA_REASON_LINE] = "",
					    [SIGMA_REASON_VALUE] = ""};
	put_mark(p, one);
	out_text(p->o, heads[one->kind]);
	put_plain(p->o, one->text, TEXT_COLUMNS);
	out_text(p->o, "\n");
}

void reasons_text(const struct reasons *r, bool colour, struct out *o)
{
	const struct paint p = {o, colour};
	for (size_t i = 0; i < r->list.len;) {
		size_t end = after(r, i);
		if (r->list.at[i].kind != SIGMA_REASON_LINE) {
			put_part(&r->list.at[i], &p);
			i++;
			continue;
		}
		put_line(r, i, &p, end);
		if (end > i + 2)
			put_values(r, i + 1, end, &p);
		i = end;
	}
}

/* --- JSON: each reason with the parts under it --- */

static size_t put_reason(const struct reasons *r, size_t i, struct out *o)
{
	static const char *const names[] = {"log_source", "rule", "part",
					    "search",     "line", "value"};
	const struct sigma_reason *one = &r->list.at[i];
	const struct sigma_value *v = value_at(r, i);
	size_t end = after(r, i), at = i + 1;
	out_format(o, "{\"kind\":\"%s\",\"holds\":%s,\"text\":", names[one->kind],
		   one->holds ? "true" : "false");
	out_json(o, one->text);
	if (v) {
		out_text(o, ",\"field\":");
		out_json(o, one->field);
		out_format(
		    o, ",\"present\":%s,\"value\":", v->kind == SIGMA_ABSENT ? "false" : "true");
		reason_value_json(o, v);
	}
	while (at < end) {
		out_text(o, at == i + 1 ? ",\"parts\":[" : ",");
		at = put_reason(r, at, o);
	}
	out_text(o, end > i + 1 ? "]}" : "}");
	return end;
}

void reasons_json(const struct reasons *r, struct out *o)
{
	size_t i = 0;
	out_text(o, "[");
	while (i < r->list.len) {
		out_text(o, i ? "," : "");
		i = put_reason(r, i, o);
	}
	out_text(o, "]");
}
