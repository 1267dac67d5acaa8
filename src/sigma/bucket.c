/*
 * bucket.c - which values of the key field a rule needs, and which fields, so that an event meets
 * only the rules that can hold for it.
 *
 * Law: a rule stands in every bucket in which its tree could hold, and needs no field without which
 * it could.  Only a line that compares the key field with plain texts narrows the choice; whatever
 * stands under `not` never does.
 */
#include "internal.h"

#include <stdlib.h>

struct keys {
	uint64_t *bits; /* NULL: every key */
};

struct narrow {
	struct sigma *s;
	struct arena scratch;
	size_t words;
};

static struct keys keys_none(struct narrow *w)
{
	return (struct keys){arena_take(&w->scratch, w->words * sizeof(uint64_t))};
}

static struct keys keys_join(struct narrow *w, struct keys a, struct keys b, bool both)
{
	if (!a.bits || !b.bits)
		return !both ? (struct keys){NULL} : a.bits ? a : b;
	struct keys k = keys_none(w);
	for (size_t i = 0; i < w->words; i++)
		k.bits[i] = both ? a.bits[i] & b.bits[i] : a.bits[i] | b.bits[i];
	return k;
}

/* The keys whose text fulfils the test. */
static struct keys keys_of_test(struct narrow *w, const struct test *t)
{
	struct keys k = keys_none(w);
	for (; t; t = t->otherwise) {
		slice text;
		if (t->kind != TEST_PATTERN || !pattern_literal(&t->pattern, &text))
			return (struct keys){NULL};
		int key = w->s->schema->key_of(text);
		if (key >= 0 && (unsigned)key < w->s->schema->key_count)
			k.bits[key / 64] |= UINT64_C(1) << (key % 64);
	}
	return k;
}

static struct keys keys_of_leaf(struct narrow *w, const struct leaf *l)
{
	if (l->field != w->s->schema->key_field || l->negated || l->part != PART_NONE)
		return (struct keys){NULL};
	struct keys k = keys_of_test(w, &l->tests[0]);
	for (size_t i = 1; i < l->count; i++)
		k = keys_join(w, k, keys_of_test(w, &l->tests[i]), l->all);
	return k;
}

static struct keys keys_of(struct narrow *w, const struct node *n)
{
	if (n->kind == NODE_LEAF)
		return keys_of_leaf(w, n->leaf);
	if (n->kind == NODE_NOT)
		return (struct keys){NULL};
	struct keys k = keys_of(w, n->kids[0]);
	for (uint32_t i = 1; i < n->count; i++)
		k = keys_join(w, k, keys_of(w, n->kids[i]), n->kind == NODE_ALL);
	return k;
}

static bool has_key(struct keys k, size_t key)
{
	return !k.bits || k.bits[key / 64] >> (key % 64) & 1;
}

/* --- fields --- */

/* Law 3 of match.c: what is not there is like nothing, and is not different from anything. */
static bool needs_field(const struct leaf *l)
{
	bool needs = l->negated || l->count > 0;
	for (size_t i = 0; i < l->count && !l->negated; i++)
		for (const struct test *t = &l->tests[i]; t; t = t->otherwise)
			needs &= t->kind != TEST_NULL && t->kind != TEST_EXISTS;
	return needs;
}

static struct fields fields_of(const struct sigma *s, const struct node *n)
{
	struct fields needs = {{0}};
	if (n->kind == NODE_LEAF) {
		int field = n->leaf->field;
		if (field >= 0 && field < s->schema->present_count && needs_field(n->leaf))
			needs.bits[field / 64] = UINT64_C(1) << field % 64;
		return needs;
	}
	for (uint32_t i = 0; i < n->count && n->kind != NODE_NOT; i++) {
		struct fields kid = fields_of(s, n->kids[i]);
		for (size_t k = 0; k < SIGMA_PRESENT / 64; k++)
			needs.bits[k] = i == 0                ? kid.bits[k]
					: n->kind == NODE_ALL ? needs.bits[k] | kid.bits[k]
							      : needs.bits[k] & kid.bits[k];
	}
	return needs;
}

/* --- both --- */

static bool can_matter(const struct rule *r)
{
	return r->tree && r->wanted && r->logsource->occurs;
}

/* The first that is asked of what must all hold: many rules share it, so it is known mostly. */
static const struct leaf *gate_of(const struct node *n)
{
	if (n->kind == NODE_ALL && n->count)
		n = n->kids[0];
	return n->kind == NODE_LEAF ? n->leaf : NULL;
}

static struct candidate candidate_of(const struct sigma *s, struct rule *r)
{
	return (struct candidate){r, gate_of(r->tree), fields_of(s, r->tree)};
}

static void ask_for(const struct sigma *s, const struct node *n, struct fields *asks)
{
	int field = n->kind == NODE_LEAF ? n->leaf->field : -1;
	if (field >= 0 && field < s->schema->present_count)
		asks->bits[field / 64] |= UINT64_C(1) << field % 64;
	for (uint32_t i = 0; n->kind != NODE_LEAF && i < n->count; i++)
		ask_for(s, n->kids[i], asks);
}

static void put_rules(struct sigma *s, struct bucket *b, size_t key, const struct keys *needs)
{
	b->rules = arena_take(&s->arena, b->count * sizeof *b->rules);
	b->count = 0;
	for (size_t i = 0; i < s->rules.len; i++) {
		struct rule *r = s->rules.at[i];
		if (!can_matter(r) || !has_key(needs[i], key))
			continue;
		b->rules[b->count++] = candidate_of(s, r);
		ask_for(s, r->tree, &b->asks);
	}
}

void buckets_fill(struct sigma *s)
{
	const struct sigma_schema *schema = s->schema;
	bool keyed = schema->key_field >= 0 && schema->key_count > 0;
	s->bucket_count = keyed ? schema->key_count : 1;
	s->buckets = arena_take(&s->arena, s->bucket_count * sizeof *s->buckets);
	struct narrow w = {.s = s, .words = (s->bucket_count + 63) / 64};
	struct keys *needs = must_alloc((s->rules.len + 1) * sizeof *needs);
	for (size_t i = 0; i < s->rules.len; i++) {
		struct rule *r = s->rules.at[i];
		if (!can_matter(r))
			continue;
		needs[i] = keyed ? keys_of(&w, r->tree) : (struct keys){NULL};
		for (size_t k = 0; k < s->bucket_count; k++)
			s->buckets[k].count += has_key(needs[i], k);
	}
	for (size_t k = 0; k < s->bucket_count; k++)
		put_rules(s, &s->buckets[k], k, needs);
	free(needs);
	arena_free(&w.scratch);
}
