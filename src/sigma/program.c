/*
 * program.c - the trees of rules as steps: see index.h.
 *
 * Laws: (1) what steps say is what the tree says; (2) a leaf whose bit answers is asked before one
 *           that has to be tested; (3) the steps of a tree are no more than its leaves.
 */
#include "index.h"

static bool is_sure(const struct node *n)
{
	if (n->kind == NODE_LEAF)
		return n->leaf->indexed && !n->leaf->partly;
	for (uint32_t i = 0; i < n->count; i++)
		if (!is_sure(n->kids[i]))
			return false;
	return true;
}

static uint32_t put_leaf(struct index *x, const struct leaf *l, uint32_t yes, uint32_t no)
{
	uint32_t how = !l->indexed ? STEP_TEST : l->partly ? STEP_MAYBE : 0;
	*list_add(&x->steps) = (struct step){l->number | how, yes, no};
	return (uint32_t)x->steps.len - 1;
}

/* Where to start with the node; from the last to the first, since each goes on to what follows. */
static uint32_t put_node(struct index *x, const struct node *n, uint32_t yes, uint32_t no)
{
	if (n->kind == NODE_LEAF)
		return put_leaf(x, n->leaf, yes, no);
	if (n->kind == NODE_NOT)
		return put_node(x, n->kids[0], no, yes);
	uint32_t *next = n->kind == NODE_ALL ? &yes : &no;
	for (int sure = 0; sure < 2; sure++)
		for (uint32_t i = n->count; i-- > 0;)
			if (is_sure(n->kids[i]) == sure)
				*next = put_node(x, n->kids[i], yes, no);
	return *next;
}

void programs_make(struct sigma *s)
{
	struct index *x = s->index;
	x->plots = must_alloc((s->rules.len + 1) * sizeof *x->plots);
	for (size_t i = 0; i < s->rules.len; i++) {
		const struct rule *r = s->rules.at[i];
		if (r->tree)
			x->plots[i] = (struct plot){r->logsource,
						    put_node(x, r->tree, STEP_TRUE, STEP_FALSE)};
	}
}

bool program_holds(struct sigma *s, const struct plot *plot)
{
	const struct index *x = s->index;
	uint32_t at = plot->start;
	while (at < STEP_FALSE) {
		const struct step *step = &x->steps.at[at];
		uint32_t leaf = step->leaf & STEP_LEAF;
		bool yes = bit_of(x->seen, leaf);
		if (step->leaf & STEP_TEST || (yes && step->leaf & STEP_MAYBE))
			yes = leaf_holds(s, s->all_leaves.at[leaf]);
		at = yes ? step->yes : step->no;
	}
	return at == STEP_TRUE;
}
