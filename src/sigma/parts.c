/*
 * parts.c - the texts of an event in one run, for a schema that has them one by one.
 *
 * Law: a part is the text that a pattern would be held against: see value_text().
 */
#include "index.h"

static void put(struct gathered *g, int field, const struct sigma_value *v)
{
	char room[VALUE_TEXT];
	if (v->kind == SIGMA_ABSENT || v->kind == SIGMA_NULL)
		return;
	uint32_t from = (uint32_t)g->run.len;
	out_slice(&g->run, value_text(v, room));
	*list_add(&g->parts) =
	    (struct sigma_part){from, (uint32_t)g->run.len, &g->numbers[field], 1};
	out_char(&g->run, '\0');
}

static void put_field(struct sigma *s, int field)
{
	struct gathered *g = &s->index->gathered;
	struct sigma_value v = {SIGMA_ABSENT};
	s->schema->value(s->event, field, &v);
	if (v.kind != SIGMA_LIST)
		put(g, field, &v);
	for (size_t i = 0; v.kind == SIGMA_LIST && i < v.count; i++)
		put(g, field, &v.items[i]);
}

const struct sigma_parts *parts_gather(struct sigma *s)
{
	struct index *x = s->index;
	struct gathered *g = &x->gathered;
	g->run.fd = -1;
	g->run.len = g->parts.len = 0;
	for (size_t i = 0; i < x->fields; i++)
		if (x->wants[i].used)
			put_field(s, (int)i);
	out_need(&g->run, SIGMA_PAD);
	memset(g->run.at + g->run.len, 0, SIGMA_PAD);
	g->whole = (struct sigma_parts){{g->run.at, g->run.len}, g->parts.at, g->parts.len};
	return &g->whole;
}
