/*
 * temporal.c - temporal correlations whose condition is an expression over their rules, as pySigma
 * has them (its SigmaExtendedCorrelationCondition; the specification has counts only):
 *
 *	condition: (failed or expired) and not enrolled
 *
 * Laws: (1) `or` and `and` fire as soon as they hold for what happened within one timespan;
 *       (2) what must not happen is decided when time is over: the window begins with the first
 *           event of a rule that may happen, and what is ruled out must be missing from a timespan
 *           before it to its end;
 *       (3) an expression that nothing but absence would fulfil is refused: nothing begins it.
 */
#include "internal.h"

enum { TERMS_MOST = 256 };

enum term_kind { TERM_RULE, TERM_AND, TERM_OR, TERM_NOT };
struct term {
	enum term_kind kind;
	uint32_t index; /* of a rule */
	bool absent;    /* under an odd number of `not` */
};

/* Behind each other: what an operator joins stands before it. */
struct expression {
	struct term at[TERMS_MOST];
	uint32_t len;
	uint64_t begins; /* a bit for each rule that begins a window */
	bool absence, alternatives;
};

/* --- reading --- */

struct reading {
	struct yaml *y;
	const struct yaml_node *from;
	struct correlation *c;
	struct expression *out;
	slice rest, word;
	unsigned depth;
	bool absent, named; /* named: `rules` says which there are */
	uint64_t asked;
};

static void next(struct reading *r)
{
	size_t n = 0;
	r->rest = slice_trim(r->rest);
	while (n < r->rest.len && (unsigned char)r->rest.at[n] > ' ' &&
	       !memchr("()", r->rest.at[n], 2))
		n++;
	n += n == 0 && r->rest.len;
	r->word = slice_first(r->rest, n);
	r->rest = slice_from(r->rest, n);
}

static bool accept(struct reading *r, const char *word)
{
	bool yes = slice_eq_nocase(r->word, slice_of(word));
	if (yes)
		next(r);
	return yes;
}

static struct where here(const struct reading *r)
{
	return yaml_where_in(r->y, r->from, (size_t)(r->word.at - r->from->text.at));
}

static bool fail(struct reading *r, const char *expected, const char *what)
{
	slice w = slice_first(r->word, 64);
	return w.len ? refuse(r->y->s, here(r), expected, "%s at '%.*s'", what, (int)w.len, w.at)
		     : refuse(r->y->s, here(r), expected, "%s at its end", what);
}

static bool put(struct reading *r, enum term_kind kind, uint32_t index)
{
	struct expression *e = r->out;
	if (e->len == TERMS_MOST)
		return fail(r, "at most 256 words", "condition too large");
	e->at[e->len++] = (struct term){kind, index, r->absent};
	if (kind == TERM_RULE && !r->absent)
		e->begins |= UINT64_C(1) << index;
	if (kind == TERM_RULE)
		r->asked |= UINT64_C(1) << index;
	e->absence |= kind == TERM_NOT;
	e->alternatives |= kind == TERM_OR;
	return true;
}

static bool add_rule(struct reading *r)
{
	struct correlation *c = r->c;
	if (c->reference_count == REFERENCES_MOST || r->word.len > NAME_MOST)
		return fail(r, "at most 64 rules, of names of 256 bytes", "too much");
	c->references[c->reference_count++] =
	    (struct reference){.name = arena_copy(&r->y->s->arena, r->word), .at = here(r)};
	return true;
}

static bool read_rule(struct reading *r)
{
	const struct correlation *c = r->c;
	struct nearest near = nearest_to(r->word);
	uint32_t i = 0;
	for (; i < c->reference_count && !slice_eq(c->references[i].name, r->word); i++)
		nearest_offer(&near, c->references[i].name);
	if (i == c->reference_count && r->named)
		return fail(r, nearest_say(r->y->s, &near, "one of the correlation's rules"),
			    "a rule that is not correlated");
	if ((i == c->reference_count && !add_rule(r)) || !put(r, TERM_RULE, i))
		return false;
	next(r);
	return true;
}

static bool read_or(struct reading *r);

static bool read_not(struct reading *r)
{
	if (++r->depth > CONDITION_DEPTH_MOST)
		return fail(r, "at most 64 levels", "nested too deep");
	bool fine = true;
	if (accept(r, "not")) {
		r->absent = !r->absent;
		fine = read_not(r);
		r->absent = !r->absent;
		fine = fine && put(r, TERM_NOT, 0);
	} else if (accept(r, "(")) {
		fine = read_or(r);
		if (fine && !accept(r, ")"))
			fine = fail(r, "')'", "a parenthesis is open");
	} else {
		bool name = r->word.len && !memchr("()", r->word.at[0], 2) &&
			    !slice_eq_nocase(r->word, SLICE("and")) &&
			    !slice_eq_nocase(r->word, SLICE("or"));
		fine = name ? read_rule(r)
			    : fail(r, "the id or name of a rule", "incomplete condition");
	}
	r->depth--;
	return fine;
}

static bool read_joined(struct reading *r, const char *word, enum term_kind kind,
			bool (*read)(struct reading *))
{
	bool fine = read(r);
	while (fine && accept(r, word))
		fine = read(r) && put(r, kind, 0);
	return fine;
}

static bool read_and(struct reading *r)
{
	return read_joined(r, "and", TERM_AND, read_not);
}

static bool read_or(struct reading *r)
{
	return read_joined(r, "or", TERM_OR, read_and);
}

/* In order there is one way to hold: each of the rules, one after the other. */
static bool check_order(struct reading *r)
{
	const struct expression *e = r->out;
	bool ordered = !e->absence && !e->alternatives;
	for (uint32_t i = 0, k = 0; i < e->len; i++)
		if (e->at[i].kind == TERM_RULE)
			ordered = ordered && e->at[i].index == k++;
	return ordered || r->c->type != TEMPORAL_ORDERED ||
	       refuse(r->y->s, yaml_where(r->y, r->from), "a and b, as they follow each other",
		      "temporal_ordered with an expression that is no order");
}

static bool check(struct reading *r)
{
	const struct correlation *c = r->c;
	if (r->word.len)
		return fail(r, "'and', 'or' or the end", "condition goes on");
	for (uint32_t i = 0; i < c->reference_count; i++)
		if (!(r->asked >> i & 1))
			return refuse(r->y->s, c->references[i].at, "its name in the condition",
				      "no condition asks for '%.*s'",
				      (int)c->references[i].name.len, c->references[i].name.at);
	if (!r->out->begins)
		return refuse(r->y->s, yaml_where(r->y, r->from),
			      "a rule that must happen: a and not b",
			      "a condition of absence alone");
	return check_order(r);
}

bool expression_take(struct yaml *y, const struct yaml_node *n, struct correlation *c)
{
	struct reading r = {.y = y, .from = n, .c = c, .rest = n->text};
	r.out = arena_new(&y->s->arena, struct expression);
	r.named = c->reference_count > 0;
	if (!r.named)
		c->references = arena_take(&y->s->arena, REFERENCES_MOST * sizeof *c->references);
	next(&r);
	if (!read_or(&r) || !check(&r))
		return false;
	bool each = !r.out->absence && !r.out->alternatives;
	c->expression = each ? NULL : r.out;
	c->least = each ? c->reference_count : 1;
	c->at_close = r.out->absence;
	return true;
}

/* --- at work --- */

size_t expression_size(const struct correlation *c)
{
	return c->reference_count * sizeof(struct seen);
}

bool expression_begins(const struct correlation *c, uint32_t index)
{
	return c->expression->begins >> index & 1;
}

void expression_start(const struct correlation *c, struct seen *seen)
{
	for (uint32_t i = 0; i < c->reference_count; i++)
		seen[i].time = CLOCK_NONE;
}

static bool happened(const struct seen *s, int64_t from, int64_t to)
{
	return s->time != CLOCK_NONE && s->time >= from && s->time <= to;
}

/* `there`: in the window; `before`: a timespan before it, too. A bit for each rule. */
static bool evaluate(const struct expression *e, uint64_t there, uint64_t before)
{
	bool stack[TERMS_MOST + 1];
	size_t top = 0;
	for (uint32_t i = 0; i < e->len; i++) {
		const struct term *t = &e->at[i];
		if (t->kind == TERM_RULE)
			stack[top++] = (t->absent ? before : there) >> t->index & 1;
		else if (t->kind == TERM_NOT)
			stack[top - 1] = !stack[top - 1];
		else
			top--;
		if (t->kind == TERM_AND)
			stack[top - 1] = stack[top - 1] && stack[top];
		if (t->kind == TERM_OR)
			stack[top - 1] = stack[top - 1] || stack[top];
	}
	return stack[0];
}

bool expression_fulfilled(const struct correlation *c, uint64_t rules)
{
	return evaluate(c->expression, rules, rules);
}

bool expression_holds(const struct correlation *c, const struct seen *seen, int64_t from)
{
	uint64_t there = 0, before = 0;
	for (uint32_t i = 0; i < c->reference_count; i++) {
		there |= (uint64_t)happened(&seen[i], from, from + c->span) << i;
		before |= (uint64_t)happened(&seen[i], from - c->span, from + c->span) << i;
	}
	return evaluate(c->expression, there, before);
}

static bool is_before(const struct seen *a, const struct seen *b)
{
	return a->time < b->time || (a->time == b->time && a->number < b->number);
}

/* Events in order of time, at most SIGMA_EVENTS_MOST. */
size_t expression_tokens(const struct correlation *c, const struct seen *seen, int64_t from,
			 uint64_t *count, struct sigma_token out[SIGMA_EVENTS_MOST])
{
	const struct seen *order[SIGMA_EVENTS_MOST];
	size_t n = 0;
	*count = 0;
	for (uint32_t i = 0; i < c->reference_count; i++) {
		if (!expression_begins(c, i) || !happened(&seen[i], from, from + c->span))
			continue;
		++*count;
		if (n == SIGMA_EVENTS_MOST)
			continue;
		size_t at = n++;
		for (; at && is_before(&seen[i], order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = &seen[i];
	}
	for (size_t i = 0; i < n; i++)
		out[i] = order[i]->token;
	return n;
}
