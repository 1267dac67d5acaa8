/*
 * could.c - whether a rule could ever hold where only some fields occur.
 *
 * Three answers go up the tree: no, maybe, surely.  A line over a field that is fixed is asked of
 * the example; over one that occurs, maybe; over one that never does, what an absent value answers.
 */
#include "internal.h"

enum answer { ANSWER_NO, ANSWER_MAYBE, ANSWER_SURE };

struct asking {
	struct sigma *s;
	const struct sigma_sight *sight;
};

static enum answer leaf_answer(const struct asking *a, const struct node *n)
{
	const struct sigma_sight *sight = a->sight;
	int field = n->leaf->field;
	bool fixed = field >= 0 && sight->fixed(sight->ctx, field);
	if (!fixed && field >= 0 && sight->occurs(sight->ctx, field))
		return ANSWER_MAYBE;
	if (tree_holds(a->s, n))
		return ANSWER_SURE;
	if (!fixed && field >= 0 && sight->lacks)
		sight->lacks(sight->ctx, field);
	return ANSWER_NO;
}

static enum answer answer_of(const struct asking *a, const struct node *n)
{
	if (n->kind == NODE_LEAF)
		return leaf_answer(a, n);
	if (n->kind == NODE_NOT)
		return (enum answer)(ANSWER_SURE - answer_of(a, n->kids[0]));
	bool all = n->kind == NODE_ALL;
	enum answer so_far = all ? ANSWER_SURE : ANSWER_NO;
	for (uint32_t i = 0; i < n->count; i++) {
		enum answer one = answer_of(a, n->kids[i]);
		if (all ? one < so_far : one > so_far)
			so_far = one;
	}
	return so_far;
}

bool sigma_could(struct sigma *s, const struct sigma_rule *rule, const void *example,
		 const struct sigma_sight *sight)
{
	const struct asking a = {s, sight};
	const struct rule *r = s->rules.at[rule->number];
	s->event = example;
	s->event_number++;
	return r->tree && logsource_fits(s, r->logsource) && answer_of(&a, r->tree) != ANSWER_NO;
}

size_t sigma_parts(const struct sigma *s, const struct sigma_rule *rule,
		   const struct sigma_rule **parts, size_t most)
{
	const struct rule *r = s->rules.at[rule->number];
	const struct correlation *c = r->correlation;
	size_t n = 0;
	for (uint32_t i = 0; c && i < c->reference_count && n < most; i++)
		parts[n++] = &c->references[i].rule->public;
	return n;
}

bool sigma_needs_all_parts(const struct sigma *s, const struct sigma_rule *rule)
{
	const struct correlation *c = s->rules.at[rule->number]->correlation;
	return c && (c->type == TEMPORAL || c->type == TEMPORAL_ORDERED) &&
	       c->least == c->reference_count;
}
