/*
 * explain.c - why a rule holds for an event, or does not.
 *
 * An engine that is asked for reasons keeps its trees as rules are written: no part is joined with
 * another, none is sorted, each value of a line is a leaf of its own, and nodes know what they
 * stand for.  What they say is then what the matcher says of them.
 */
#include "internal.h"

struct telling {
	struct sigma *s;
	sigma_on_reason *on;
	void *ctx;
};

void sigma_reasons(struct sigma *s)
{
	s->reasons = true;
	s->plain = true; /* each leaf is asked, seen in the index or not */
}

struct node *node_tell(struct sigma *s, struct node *n, enum sigma_reason_kind says, slice text)
{
	if (!s->reasons || n->gone)
		return n;
	struct node *told = n;
	if (n->told) { /* a search that is one line, a part that is one search */
		told = arena_new(&s->arena, struct node);
		struct node **kids = arena_take(&s->arena, sizeof *kids);
		kids[0] = n;
		*told = (struct node){.kind = NODE_ALL, .count = 1, .kids = kids};
	}
	told->told = true;
	told->says = says;
	told->text = arena_copy(&s->arena, text);
	return told;
}

static void tell(const struct telling *t, struct sigma_reason r)
{
	t->on(t->ctx, &r);
}

/* The leaf under a line: all of its leaves ask for one field. */
static const struct leaf *leaf_under(const struct node *n)
{
	while (n->kind != NODE_LEAF)
		n = n->kids[0];
	return n->leaf;
}

static slice word_of(const struct node *n)
{
	static const slice words[] = {[NODE_LEAF] = SLICE_INIT(""),
				      [NODE_ALL] = SLICE_INIT("and"),
				      [NODE_ANY] = SLICE_INIT("or"),
				      [NODE_NOT] = SLICE_INIT("not")};
	return words[n->kind];
}

static void tell_line(const struct telling *t, const struct node *n, unsigned depth)
{
	const struct leaf *l = leaf_under(n);
	struct sigma_value v = {SIGMA_ABSENT};
	if (l->field >= 0)
		t->s->schema->value(t->s->event, l->field, &v);
	tell(t, (struct sigma_reason){.kind = SIGMA_REASON_LINE,
				      .depth = depth,
				      .holds = tree_holds(t->s, n),
				      .text = n->text,
				      .field = n->field,
				      .value = &v});
}

static void tell_node(const struct telling *t, const struct node *n, unsigned depth)
{
	/* a group without a name of its own, of one: nothing is lost without it */
	bool plain = !n->told && n->kind != NODE_NOT && n->kind != NODE_LEAF && n->count == 1;
	if (n->told && n->says == SIGMA_REASON_LINE)
		tell_line(t, n, depth);
	else if (!plain)
		tell(t, (struct sigma_reason){.kind = n->told ? n->says : SIGMA_REASON_PART,
					      .depth = depth,
					      .holds = tree_holds(t->s, n),
					      .text = n->told ? n->text : word_of(n)});
	for (uint32_t i = 0; n->kind != NODE_LEAF && i < n->count; i++)
		tell_node(t, n->kids[i], depth + !plain);
}

static slice source_text(struct sigma *s, const struct rule *r)
{
	const slice parts[] = {r->public.product, r->public.category, r->public.service};
	static const char *const names[] = {"product", "category", "service"};
	slice text = SLICE("");
	for (int i = 0; i < 3; i++)
		if (parts[i].len)
			text = arena_format(&s->arena, "%.*s%s%s: %.*s", (int)text.len, text.at,
					    text.len ? ", " : "", names[i], (int)parts[i].len,
					    parts[i].at);
	return text.len ? text : SLICE("any");
}

static void tell_rule(const struct telling *t, const struct rule *r, unsigned depth);

static void tell_references(const struct telling *t, const struct rule *r, unsigned depth)
{
	const struct correlation *c = r->correlation;
	for (uint32_t i = 0; i < c->reference_count; i++) {
		const struct rule *below = c->references[i].rule;
		bool holds = below->tree && logsource_fits(t->s, below->logsource) &&
			     tree_holds(t->s, below->tree);
		tell(t, (struct sigma_reason){.kind = SIGMA_REASON_RULE,
					      .depth = depth,
					      .holds = holds,
					      .text = slice_of(below->public.title)});
		if (depth < CHAIN_MOST)
			tell_rule(t, below, depth + 1);
	}
}

static void tell_rule(const struct telling *t, const struct rule *r, unsigned depth)
{
	if (r->correlation) {
		tell_references(t, r, depth);
		return;
	}
	tell(t, (struct sigma_reason){.kind = SIGMA_REASON_SOURCE,
				      .depth = depth,
				      .holds = logsource_fits(t->s, r->logsource),
				      .text = source_text(t->s, r)});
	tell_node(t, r->tree, depth);
}

void sigma_explain(struct sigma *s, const struct sigma_rule *rule, const void *event,
		   sigma_on_reason *on, void *ctx)
{
	const struct telling t = {s, on, ctx};
	s->event = event;
	s->event_number++;
	tell_rule(&t, s->rules.at[rule->number], 0);
}
