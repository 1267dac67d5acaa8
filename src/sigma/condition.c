/*
 * condition.c - the text of a condition to a tree (rules specification 2.1.0: Condition).
 *
 *	or      = and { "or" and }
 *	and     = not { "and" not }
 *	not     = { "not" } primary
 *	primary = "(" or ")" | ("1" | "any" | "all") "of" ("them" | pattern) | search
 *
 * `them` and patterns leave out searches whose names begin with an underscore (a pattern that
 * begins with one names them itself).
 */
#include "internal.h"

#include <stdlib.h>

struct reader {
	struct yaml *y;
	const struct yaml_node *from;
	slice rest; /* behind `word` */
	slice word; /* the one to be read next; empty at the end */
	unsigned depth;
	unsigned *room;
	searches *all;
};

static struct node *read_or(struct reader *r);

static bool is_mark(char c)
{
	return c == '(' || c == ')' || c == '|';
}

static void next(struct reader *r)
{
	size_t n = 0;
	r->rest = slice_trim(r->rest);
	while (n < r->rest.len && (unsigned char)r->rest.at[n] > ' ' && !is_mark(r->rest.at[n]))
		n++;
	n += n == 0 && r->rest.len;
	r->word = slice_first(r->rest, n);
	r->rest = slice_from(r->rest, n);
}

static bool is(const struct reader *r, const char *word)
{
	return slice_eq_nocase(r->word, slice_of(word));
}

static bool accept(struct reader *r, const char *word)
{
	bool yes = is(r, word);
	if (yes)
		next(r);
	return yes;
}

static struct node *fail(struct reader *r, const char *expected, const char *what)
{
	size_t offset = (size_t)(r->word.at - r->from->text.at);
	struct where at = yaml_where_in(r->y, r->from, offset);
	if (r->word.len)
		refuse(r->y->s, at, expected, "%s at '%.*s'", what,
		       (int)(r->word.len < 64 ? r->word.len : 64), r->word.at);
	else
		refuse(r->y->s, at, expected, "%s at its end", what);
	return NULL;
}

static bool spend(struct reader *r, size_t nodes_wanted)
{
	if (*r->room < nodes_wanted)
		return fail(r, "at most 16384 terms, 'of' written out", "condition too large");
	*r->room -= (unsigned)nodes_wanted;
	return true;
}

/* `*` is any number of characters; names and patterns are at most NAME_MOST long. */
static bool name_fits(slice pattern, slice name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, from = 0;
	while (n < name.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.len && pattern.at[p] == name.at[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

static bool is_meant(const struct reader *r, slice name)
{
	if (is(r, "them"))
		return name.len && name.at[0] != '_';
	return name_fits(r->word, name) && (r->word.at[0] == '_' || name.at[0] != '_');
}

static struct node *read_of(struct reader *r, enum node_kind kind)
{
	nodes kids = {0};
	if (r->word.len == 0 || r->word.len > NAME_MOST || is_mark(r->word.at[0]))
		return fail(r, "'them' or the name of a search, with * in it",
			    "nothing behind 'of'");
	for (size_t i = 0; i < r->all->len; i++) {
		struct search *one = &r->all->at[i];
		if (!one->name.len || !is_meant(r, one->name))
			continue;
		*list_add(&kids) = one->node;
		one->asked = true;
	}
	struct node *n = NULL;
	if (kids.len == 0)
		fail(r, "a name that fits", "no search fits");
	else if (spend(r, kids.len))
		n = node_tell(r->y->s, node_join(r->y->s, kind, &kids), SIGMA_REASON_PART,
			      arena_format(&r->y->s->arena, "%s of %.*s",
					   kind == NODE_ALL ? "all" : "1", (int)r->word.len,
					   r->word.at));
	list_free(&kids);
	next(r);
	return n;
}

/* "one of a, b, c", without those that pipelines added */
static const char *names_of(const struct reader *r)
{
	enum { NAMED_MOST = 8 };
	const char *text = "one of:";
	size_t named = 0;
	for (size_t i = 0; i < r->all->len && named < NAMED_MOST; i++) {
		slice name = r->all->at[i].name;
		if (slice_starts(name, SLICE("_cond_")))
			continue;
		text = arena_format(&r->y->s->arena, "%s%s %.*s", text, named ? "," : "",
				    (int)name.len, name.at)
			   .at;
		named++;
	}
	return named ? text : "the name of a search";
}

static struct node *read_search(struct reader *r)
{
	for (size_t i = 0; i < r->all->len; i++) {
		if (!slice_eq(r->all->at[i].name, r->word))
			continue;
		next(r);
		r->all->at[i].asked = true;
		return r->all->at[i].node;
	}
	slice all = r->from->text, here = slice_from(all, (size_t)(r->word.at - all.at));
	if (is_aggregation(here))
		return fail(r, aggregation_instead(r->y->s, here), "an aggregation");
	struct nearest near = nearest_to(r->word);
	for (size_t i = 0; i < r->all->len; i++)
		nearest_offer(&near, r->all->at[i].name);
	return fail(r,
		    memchr(r->word.at, '*', r->word.len) ? "1 of it, or all of it"
							 : nearest_say(r->y->s, &near, names_of(r)),
		    "unknown search");
}

static struct node *read_primary(struct reader *r)
{
	struct reader ahead = *r;
	next(&ahead);
	if (is(&ahead, "of")) {
		bool all = is(r, "all");
		if (!all && !is(r, "1") && !is(r, "any"))
			return fail(r, "1, any or all before 'of'", "unknown count");
		next(r);
		next(r);
		return read_of(r, all ? NODE_ALL : NODE_ANY);
	}
	if (!accept(r, "(")) {
		if (r->word.len == 0 || is(r, ")") || is(r, "and") || is(r, "or"))
			return fail(r, "the name of a search", "incomplete condition");
		return spend(r, 1) ? read_search(r) : NULL;
	}
	if (++r->depth > CONDITION_DEPTH_MOST)
		return fail(r, "at most 64 parentheses within each other", "nested too deep");
	struct node *n = read_or(r);
	r->depth--;
	if (n && r->word.len && memchr("<>=", r->word.at[0], 3))
		return fail(r, "numbers are compared in a search: field|gt: 7", "a comparison");
	if (n && !accept(r, ")"))
		return fail(r, "')'", "a parenthesis is open");
	return n;
}

static struct node *read_not(struct reader *r)
{
	bool negated = false;
	while (accept(r, "not"))
		negated = !negated;
	struct node *n = read_primary(r);
	return n && negated ? node_not(r->y->s, n) : n;
}

static struct node *read_joined(struct reader *r, const char *word, enum node_kind kind,
				struct node *(*read)(struct reader *))
{
	nodes kids = {0};
	struct node *n;
	do {
		n = read(r);
		*list_add(&kids) = n;
	} while (n && accept(r, word));
	n = n ? node_join(r->y->s, kind, &kids) : NULL;
	list_free(&kids);
	return n;
}

static struct node *read_and(struct reader *r)
{
	return read_joined(r, "and", NODE_ALL, read_not);
}

static struct node *read_or(struct reader *r)
{
	return read_joined(r, "or", NODE_ANY, read_and);
}

struct node *condition_take(struct yaml *y, const struct yaml_node *n, searches *all,
			    unsigned *room)
{
	if (!yaml_scalar(n) || n->kind == YAML_NULL || n->text.len > CONDITION_MOST) {
		refuse(y->s, yaml_where(y, n), "a text of at most 16384 bytes", "condition is %s",
		       yaml_scalar(n) && n->kind != YAML_NULL ? "too long"
							      : yaml_kind_name(n->kind));
		return NULL;
	}
	struct reader r = {.y = y, .from = n, .rest = n->text, .room = room, .all = all};
	next(&r);
	struct node *tree = read_or(&r);
	if (tree && is(&r, "|"))
		return fail(&r, aggregation_instead(y->s, r.rest), "an aggregation");
	if (tree && r.word.len && memchr("<>=", r.word.at[0], 3))
		return fail(&r, "numbers are compared in a search: field|gt: 7", "a comparison");
	if (tree && r.word.len)
		return fail(&r, is(&r, ")") ? "no ')' here" : "'and', 'or' or the end",
			    "condition goes on");
	return tree;
}
