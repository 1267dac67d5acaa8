/*
 * course.c - what is left to ask of events that are alike.
 *
 * Most lines of most rules are answered by what kind of event it is (its action, module, outcome)
 * and by which fields it has.  Both are the same for thousands of events: for each such kind the
 * trees of its bucket's rules are folded once, and of most nothing is left.
 *
 * Laws: (1) the verdict is that of the tree; (2) only what every event of the kind answers alike is
 *           folded: lines over fields that are not there, or that the schema says the kind fixes;
 *       (3) courses and their steps are bounded: what comes later is asked rule by rule.
 */
#include "internal.h"

#include <stdlib.h>

enum { SLOTS = 1 << 12, COURSES_MOST = SLOTS / 2, STEPS_MOST_OF_ALL = 1 << 18 };

/* Of short questions all that is needed stands here, one step beside the other. */
struct course_step {
	const struct leaf *leaf;
	uint32_t yes, no; /* a step, or one of these */
	int field;
	enum { ASK_LEAF, ASK_RANGE, ASK_WORD, ASK_TEXT } how;
	union {
		struct {
			int64_t least, most;
		};
		slice word; /* in lower case */
	};
};
#define HOLDS     UINT32_MAX
#define HOLDS_NOT (UINT32_MAX - 1)

struct course {
	const struct bucket *bucket;
	uint64_t kind;
	struct fields present; /* of those that the bucket asks for */
	struct runner {
		struct rule *rule;
		struct logsource *source; /* NULL: decided */
		uint32_t start;
	} * runners;
	uint32_t count;
};

struct courses {
	struct {
		uint64_t hash;
		struct course *course;
	} slots[SLOTS];
	LIST(struct course_step) steps;
	uint32_t count;
};

struct folding {
	struct sigma *s;
	const uint64_t *present;
};

/* One of its tests is of one of these kinds; or all of them are. */
static bool tests_are(const struct leaf *l, unsigned kinds, bool all)
{
	for (size_t i = 0; i < l->count; i++)
		for (const struct test *t = &l->tests[i]; t; t = t->otherwise)
			if ((kinds >> t->kind & 1) != all)
				return !all;
	return all;
}

/* Law 2. */
static bool is_settled(const struct folding *f, const struct leaf *l)
{
	const struct sigma_schema *schema = f->s->schema;
	if (l->field < 0)
		return true;
	bool told = l->field < schema->present_count;
	bool there = told && f->present[l->field / 64] >> l->field % 64 & 1;
	if (told && (!there || tests_are(l, 1U << TEST_EXISTS, true)))
		return true;
	return schema->kind && schema->of_kind(l->field) && !tests_are(l, 1U << TEST_FIELD, false);
}

static struct course_step step_of(struct sigma *s, const struct leaf *l, uint32_t yes, uint32_t no)
{
	struct course_step step = {l, yes, no, .field = l->field};
	const struct test *t = l->tests;
	if (l->sort == LEAF_RANGE) {
		step.how = ASK_RANGE;
		step.least = t->least;
		step.most = t->most;
	} else if (l->sort == LEAF_WORDS && l->count == 1 && !t->pattern.cased) {
		step.how = ASK_WORD;
		step.word = t->pattern.pieces[0].text;
	} else if (recall_line(s, s->all_leaves.at[l->number])) {
		step.how = ASK_TEXT;
	}
	return step;
}

/* Where to start with the node; from the last to the first, since each goes on to what follows. */
static uint32_t fold(const struct folding *f, const struct node *n, uint32_t yes, uint32_t no)
{
	struct courses *c = f->s->courses;
	if (n->kind == NODE_NOT)
		return fold(f, n->kids[0], no, yes);
	if (n->kind == NODE_LEAF && (yes == no || is_settled(f, n->leaf)))
		return leaf_holds(f->s, n->leaf) ? yes : no;
	if (n->kind == NODE_LEAF) {
		*list_add(&c->steps) = step_of(f->s, n->leaf, yes, no);
		return (uint32_t)c->steps.len - 1;
	}
	uint32_t *next = n->kind == NODE_ALL ? &yes : &no;
	for (uint32_t i = n->count; i-- > 0;)
		*next = fold(f, n->kids[i], yes, no);
	return *next;
}

static struct course *course_new(struct sigma *s, const struct bucket *b, uint64_t kind,
				 const struct fields *present)
{
	struct courses *c = s->courses;
	const struct folding f = {s, present->bits};
	struct course *made = arena_new(&s->arena, struct course);
	*made = (struct course){.bucket = b, .kind = kind, .present = *present};
	struct runner *runners = must_alloc((b->count + 1) * sizeof *runners);
	for (size_t i = 0; i < b->count; i++) {
		struct rule *r = b->rules[i].rule;
		if (s->schema->kind && !logsource_fits(s, r->logsource))
			continue;
		uint32_t start = fold(&f, r->tree, HOLDS, HOLDS_NOT);
		if (start != HOLDS_NOT)
			runners[made->count++] =
			    (struct runner){r, s->schema->kind ? NULL : r->logsource, start};
	}
	made->runners = arena_take(&s->arena, made->count * sizeof *runners);
	if (made->count)
		memcpy(made->runners, runners, made->count * sizeof *runners);
	free(runners);
	c->count++;
	return made;
}

static bool is_it(const struct course *c, const struct bucket *b, uint64_t kind,
		  const struct fields *present)
{
	uint64_t differs = c->kind ^ kind;
	for (size_t i = 0; i < SIGMA_PRESENT / 64; i++)
		differs |= c->present.bits[i] ^ present->bits[i];
	return !differs && c->bucket == b;
}

/* Found, or made; NULL if there are too many. */
static const struct course *course_find(struct sigma *s, const struct bucket *b, uint64_t kind,
					const struct fields *present)
{
	const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
	struct courses *c = s->courses;
	uint64_t hash = kind ^ (uint64_t)(b - s->buckets) << 56;
	for (size_t i = 0; i < SIGMA_PRESENT / 64; i++) {
		hash = (hash ^ present->bits[i]) * factor;
		hash ^= hash >> 29;
	}
	size_t at = hash % SLOTS;
	for (; c->slots[at].course; at = (at + 1) % SLOTS)
		if (c->slots[at].hash == hash && is_it(c->slots[at].course, b, kind, present))
			return c->slots[at].course;
	if (c->count >= COURSES_MOST || c->steps.len >= STEPS_MOST_OF_ALL)
		return NULL;
	c->slots[at].hash = hash;
	return c->slots[at].course = course_new(s, b, kind, present);
}

const struct course *course_of(struct sigma *s, struct bucket *b)
{
	const struct sigma_schema *schema = s->schema;
	if (!schema->present || b->mask || s->plain)
		return NULL;
	if (!s->courses)
		s->courses = must_alloc(sizeof *s->courses);
	const uint64_t *has = schema->present(s->event);
	uint64_t kind = schema->kind ? schema->kind(s->event) : 0;
	struct fields present;
	for (size_t i = 0; i < SIGMA_PRESENT / 64; i++)
		present.bits[i] = has[i] & b->asks.bits[i];
	if (!b->last || !is_it(b->last, b, kind, &present))
		b->last = course_find(s, b, kind, &present);
	return b->last;
}

static bool step_holds(struct sigma *s, const struct course_step *step)
{
	struct sigma_value v;
	if (step->how == ASK_LEAF)
		return leaf_holds(s, step->leaf);
	if (step->how == ASK_TEXT)
		return recall_holds(s, step->leaf);
	s->schema->value(s->event, step->field, &v);
	if (step->how == ASK_RANGE && v.kind == SIGMA_NUMBER)
		return v.number >= step->least && v.number <= step->most;
	if (step->how == ASK_WORD && v.kind == SIGMA_TEXT)
		return v.text.len == step->word.len && piece_same(v.text.at, step->word, false);
	return leaf_holds(s, step->leaf);
}

static bool runs(struct sigma *s, const struct runner *r)
{
	const struct course_step *steps = s->courses->steps.at;
	uint32_t at = r->start;
	if (r->source && !logsource_fits(s, r->source))
		return false;
	while (at < HOLDS_NOT)
		at = step_holds(s, &steps[at]) ? steps[at].yes : steps[at].no;
	return at == HOLDS;
}

void course_run(struct sigma *s, const struct course *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (runs(s, &c->runners[i]))
			event_fits(s, c->runners[i].rule);
}

size_t courses_bytes(const struct sigma *s)
{
	return s->courses ? sizeof *s->courses + s->courses->steps.room * sizeof(struct course_step)
			  : 0;
}

void courses_free(struct sigma *s)
{
	if (s->courses)
		list_free(&s->courses->steps);
	free(s->courses);
	s->courses = NULL;
}
