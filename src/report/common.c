/*
 * common.c - what several incidents have in common is said once, behind them.
 * Law: what is left out of an incident for it is said there, with of how many incidents it holds.
 */
#include "parts.h"

/* A gap, as no other gap and no step is written. */
static slice gap_key(struct common *c, const struct gap *g)
{
	const slice words[] = {g->source, g->kind, g->state, g->hides, g->remedy};
	struct out *o = &c->key;
	o->len = 0;
	out_format(o, "gap %lld %lld", (long long)g->from_us, (long long)g->to_us);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		out_char(o, '\0');
		out_slice(o, words[i]);
	}
	return (slice){o->at, o->len};
}

static void count(struct common *c, slice key, const struct gap *gap)
{
	struct common_row *row = table_put(&c->rows, key, NULL);
	row->incidents += row->last != c->at;
	row->last = c->at;
	row->gap = gap;
}

static void count_step(void *ctx, enum step_is is, slice text)
{
	if (is == STEP_SETTLES)
		count(ctx, text, NULL);
}

struct common common_of(const struct report *r, const struct report_style *style)
{
	struct common c = {.key = {.fd = -1}};
	table_init(&c.rows, sizeof(struct common_row), 0);
	for (size_t i = 0; r && r->incidents.len > 1 && i < r->incidents.len; i++) {
		const struct incident *in = &r->incidents.at[i];
		c.at = (uint32_t)i + 1;
		for (size_t k = 0; k < in->gaps.len; k++)
			count(&c, gap_key(&c, &in->gaps.at[k]), &in->gaps.at[k]);
		next_steps(r, in, style, count_step, &c);
	}
	return c;
}

void common_free(struct common *c)
{
	table_free(&c->rows);
	out_close(&c->key);
}

static bool is_shared(const struct common_row *row)
{
	return row && row->incidents > 1;
}

bool is_common_gap(struct common *c, const struct gap *g)
{
	return is_shared(table_get(&c->rows, gap_key(c, g)));
}

bool is_common_step(struct common *c, slice text)
{
	return is_shared(table_get(&c->rows, text));
}

const struct common_row *common_next(const struct common *c, const struct common_row *row)
{
	void *at = (void *)row;
	while ((at = table_next(&c->rows, at)) && !is_shared(at))
		;
	return at;
}

void say_of_all(struct out *o, const struct common_row *row, const struct report *r)
{
	if (row->incidents == r->incidents.len)
		out_text(o, row->incidents == 2 ? " (both)" : " (all of them)");
	else
		out_format(o, " (%u of the %zu)", row->incidents, r->incidents.len);
}

size_t common_gaps(const struct common *c, struct gap **at)
{
	size_t n = 0;
	*at = must_alloc((c->rows.len + 1) * sizeof **at);
	for (const struct common_row *row = NULL; (row = common_next(c, row));)
		if (row->gap)
			(*at)[n++] = *row->gap;
	return n;
}
