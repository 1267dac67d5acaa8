/*
 * detection.c - the `detection` section: searches and their condition, compiled to a tree
 * (rules specification 2.1.0: Detection, Search-Identifier, Lists, Maps, Keywords search).
 *
 * Laws: (1) a map holds if all its lines do, a list if one of its items does;
 *       (2) one line `field|modifiers: values` is one leaf; equal leaves of all rules are one leaf;
 *       (3) kids stand cheapest first: their order does not change what is true.
 */
#include "internal.h"

#include <limits.h>
#include <stdlib.h>

/* --- nodes --- */

enum { KEY_COST = 500, NOT_COST = 1000 };

/*
 * What asking costs, kids known: a leaf that many rules share is answered once for all of them; of
 * several that must all hold, the first mostly decides; what is ruled out is rare, and asked last.
 */
static unsigned price(struct node *n)
{
	unsigned sum = 0, least = UINT_MAX;
	if (n->kind == NODE_LEAF)
		return n->leaf->cost >= KEY_COST ? 4 * n->leaf->cost
						 : 4 * n->leaf->cost / (n->leaf->asked + 1);
	if (n->kind == NODE_NOT)
		return 4 * NOT_COST + n->kids[0]->cost;
	for (uint32_t i = 0; i < n->count; i++) {
		unsigned kid = n->kids[i]->cost;
		sum += kid;
		least = kid < least ? kid : least;
	}
	return n->kind == NODE_ALL && n->count ? least + n->count : sum;
}

static int cheaper(const void *a, const void *b)
{
	struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
	return (x->cost > y->cost) - (x->cost < y->cost);
}

/* Once all rules are there, and with them how often each leaf is asked. */
void tree_order(struct node *n)
{
	for (uint32_t i = 0; n->kind != NODE_LEAF && i < n->count; i++)
		tree_order(n->kids[i]);
	if (n->kind != NODE_LEAF && n->count)
		qsort(n->kids, n->count, sizeof *n->kids, cheaper);
	n->cost = price(n);
}

static bool joins(const struct sigma *s, const struct node *kid, enum node_kind kind)
{
	return kid->kind == kind && !s->reasons && !kid->gone;
}

/* Kids of the same kind are taken for their own kids. */
struct node *node_join(struct sigma *s, enum node_kind kind, const nodes *kids)
{
	uint32_t count = 0;
	if (kids->len == 1 && !s->reasons)
		return kids->at[0];
	for (size_t i = 0; i < kids->len; i++)
		count += joins(s, kids->at[i], kind) ? kids->at[i]->count : !kids->at[i]->gone;
	if (count == 0 && kids->len)
		return kids->at[0]; /* all of them are gone, and it with them */
	struct node *n = arena_new(&s->arena, struct node);
	struct node **at = arena_take(&s->arena, (count + 1) * sizeof *at);
	*n = (struct node){.kind = kind, .kids = at};
	for (size_t i = 0; i < kids->len; i++) {
		struct node *kid = kids->at[i];
		n->unknown |= kid->unknown;
		bool joined = joins(s, kid, kind);
		for (uint32_t k = 0; joined && k < kid->count; k++)
			at[n->count++] = kid->kids[k];
		if (!joined && !kid->gone)
			at[n->count++] = kid;
	}
	return n;
}

/* What pipelines left nothing of: conditions go on without it. */
static struct node *node_gone(struct sigma *s)
{
	struct node *n = arena_new(&s->arena, struct node);
	*n = (struct node){.kind = NODE_ALL, .gone = true};
	return n;
}

/* As it is on the other side of a `not`. A search may stand on both. */
static struct node *turned(struct sigma *s, struct node *n)
{
	if (!n->unknown)
		return n;
	struct node *to = arena_new(&s->arena, struct node);
	*to = *n;
	if (n->other) {
		*to = *n->other;
		to->told = n->told, to->says = n->says, to->text = n->text, to->field = n->field;
		return to;
	}
	to->kids = arena_take(&s->arena, n->count * sizeof *to->kids);
	for (uint32_t i = 0; i < n->count; i++)
		to->kids[i] = turned(s, n->kids[i]);
	return to;
}

struct node *node_not(struct sigma *s, struct node *kid)
{
	if (kid->gone)
		return kid;
	struct node *n = arena_new(&s->arena, struct node);
	struct node **kids = arena_take(&s->arena, sizeof *kids);
	kids[0] = turned(s, kid);
	/* What is ruled out is rare: it is asked last. */
	*n = (struct node){.kind = NODE_NOT, .count = 1, .kids = kids, .unknown = kid->unknown};
	return n;
}

struct node *node_leaf(struct sigma *s, const struct leaf *leaf)
{
	struct node *n = arena_new(&s->arena, struct node);
	*n = (struct node){.kind = NODE_LEAF, .leaf = leaf};
	return n;
}

/* --- tests --- */

int field_number(struct sigma *s, struct where at, slice name)
{
	int field = name.len <= NAME_MOST ? s->schema->field(s->schema->ctx, name) : -1;
	if (field >= 0 || s->elsewhere)
		return field;
	struct nearest near = nearest_to(name);
	for (const char *const *f = s->schema->field_names; f && *f; f++)
		nearest_offer(&near, slice_of(*f));
	warn(s, at, nearest_say(s, &near, "a field of the events"), "no event has a field '%.*s'",
	     (int)(name.len < 64 ? name.len : 64), name.at);
	return -1;
}

/* A decimal number, rounded down and up to whole ones. */
static bool decimal(slice text, int64_t *down, int64_t *up)
{
	bool minus = slice_eat(&text, "-");
	int64_t whole = 0, part = 0;
	if (!slice_number(&text, &whole))
		return false;
	if (slice_eat(&text, ".") && !slice_number(&text, &part))
		return false;
	*down = minus ? -whole - (part > 0) : whole;
	*up = minus ? -whole : whole + (part > 0);
	return text.len == 0;
}

static bool test_compare(struct yaml *y, const struct yaml_node *value, unsigned flags,
			 struct test *t)
{
	int64_t down, up;
	if (!decimal(value->text, &down, &up))
		return refuse(y->s, yaml_where(y, value), "a number below 2^63",
			      "a comparison with what is no number");
	*t = (struct test){
	    .kind = TEST_COMPARE, .least = INT64_MIN, .most = INT64_MAX, .flags = flags};
	decimal_parse(value->text, &t->bound);
	if (flags & M_MORE)
		t->least = down < INT64_MAX ? down + 1 : INT64_MAX;
	if (flags & M_MORE_EQUAL)
		t->least = up;
	if (flags & M_LESS)
		t->most = up > INT64_MIN ? up - 1 : INT64_MIN;
	if (flags & M_LESS_EQUAL)
		t->most = down;
	return true;
}

/* With startswith or endswith: at the text's beginning or end, whatever is a line's. */
static slice placed(struct arena *a, slice text, unsigned flags)
{
	unsigned place = flags & (M_HEAD | M_TAIL);
	if (place != M_HEAD && place != M_TAIL)
		return text;
	return arena_format(a, "%s(?:%.*s)%s", place == M_TAIL ? "\\A" : "", (int)text.len, text.at,
			    place == M_HEAD ? "\\z" : "");
}

static bool test_regex(struct yaml *y, const struct yaml_node *value, unsigned flags,
		       struct test *t)
{
	unsigned how = (flags & M_CASELESS ? REGEX_CASELESS : 0) |
		       (flags & M_LINES ? REGEX_LINES : 0) | (flags & M_DOTALL ? REGEX_DOTALL : 0);
	struct where at = yaml_where(y, value);
	*t = (struct test){.kind = TEST_REGEX};
	t->regex = regex_new(y->s, at, value->text, how);
	slice text = placed(&y->s->arena, value->text, flags);
	if (t->regex && text.at != value->text.at)
		t->regex = regex_new(y->s, at, text, how); /* sound before it was put in brackets */
	slice needs = regex_needs(&y->s->arena, value->text, t->marks, &t->mark_count);
	t->needs = piece_make(&y->s->arena, needs, false);
	return t->regex;
}

static bool test_cidr(struct yaml *y, const struct yaml_node *value, struct test *t)
{
	*t = (struct test){.kind = TEST_CIDR};
	return cidr_parse(value->text, &t->cidr) ||
	       refuse(y->s, yaml_where(y, value), "a network such as 192.0.2.0/24 or 2001:db8::/32",
		      "not a network");
}

static bool test_exists(struct yaml *y, const struct yaml_node *value, struct test *t)
{
	*t = (struct test){.kind = TEST_EXISTS, .flag = yaml_true(value)};
	return value->kind == YAML_FLAG || refuse(y->s, yaml_where(y, value), "true or false",
						  "'exists' with %s", yaml_kind_name(value->kind));
}

/* What a text without wildcards also is, found once. */
static void test_meanings(struct test *t)
{
	slice text;
	if (!pattern_literal(&t->pattern, &text))
		return;
	bool minus = slice_starts(text, SLICE("-"));
	slice digits = slice_from(text, minus);
	/* values are texts: 007 is not how 7 is written */
	bool plain = digits.len && (digits.at[0] != '0' || text.len == 1);
	t->is_number = plain && slice_is_number(digits, &t->number);
	t->number = minus ? -t->number : t->number;
	t->is_address = address_parse(text, &t->address);
	bool (*same)(slice, slice) = t->pattern.cased ? slice_eq : slice_eq_nocase;
	t->flag = same(text, SLICE("true")) || slice_eq(text, SLICE("1"));
	t->is_flag = t->flag || same(text, SLICE("false")) || slice_eq(text, SLICE("0"));
}

static bool test_pattern(struct yaml *y, const struct yaml_node *value, const struct plan *plan,
			 struct test *t)
{
	variants texts = {0};
	int64_t number;
	if (plan->part != PART_NONE && !slice_is_number(value->text, &number))
		return refuse(y->s, yaml_where(y, value), "a whole number",
			      "a part of a time that is no number");
	bool fine = plan_apply(y, value, plan, &texts);
	for (size_t i = 0; fine && i < texts.len; i++) {
		if (i > 0) {
			struct test *next = arena_new(&y->s->arena, struct test);
			t->otherwise = next;
			t = next;
		}
		*t = (struct test){.kind = TEST_PATTERN};
		fine = pattern_make(y->s, yaml_where(y, value), &texts.at[i], plan->flags & M_CASED,
				    &t->pattern);
		test_meanings(t);
	}
	variants_free(&texts);
	return fine;
}

static bool test_null(struct yaml *y, const struct yaml_node *value, const struct plan *plan,
		      struct test *t)
{
	*t = (struct test){.kind = TEST_NULL};
	return plan->field.len > 0 && !(plan->flags & ~(unsigned)(M_ALL | M_CASED | M_NEQ))
		   ? true
		   : refuse(y->s, yaml_where(y, value), "a value", "nothing where a value must be");
}

static bool test_take(struct yaml *y, const struct yaml_node *value, const struct plan *plan,
		      struct test *t)
{
	unsigned flags = plan->flags;
	if (!yaml_scalar(value))
		return refuse(y->s, yaml_where(y, value), "a value or a list of values", "%s",
			      yaml_kind_name(value->kind));
	if (value->kind == YAML_NULL)
		return test_null(y, value, plan, t);
	if (flags & M_EXISTS)
		return test_exists(y, value, t);
	if (flags & M_RE)
		return test_regex(y, value, flags, t);
	if (flags & M_CIDR)
		return test_cidr(y, value, t);
	if (flags & M_COMPARE)
		return test_compare(y, value, flags, t);
	if (!(flags & M_FIELD))
		return test_pattern(y, value, plan, t);
	*t = (struct test){.kind = TEST_FIELD, .flags = flags};
	t->field = field_number(y->s, yaml_where(y, value), value->text);
	return true;
}

/* A value with placeholders: each text that it stands for, one after the other. */
static bool test_expanded(struct yaml *y, const struct yaml_node *value, const struct plan *plan,
			  struct test *t, bool *unknown)
{
	expanded texts = {0};
	bool fine = placeholders_fill(y, value, &texts, unknown);
	*t = (struct test){.kind = TEST_NEVER};
	for (size_t i = 0; fine && i < texts.len; i++) {
		struct yaml_node one = *value;
		if (i > 0) {
			struct test *next = arena_new(&y->s->arena, struct test);
			while (t->otherwise)
				t = (struct test *)t->otherwise;
			t->otherwise = next;
			t = next;
		}
		one.text = texts.at[i];
		fine = test_take(y, &one, plan, t);
	}
	list_free(&texts);
	return fine;
}

static unsigned test_cost(const struct test *t)
{
	static const unsigned of_kind[] = {
	    [TEST_NEVER] = 1,  [TEST_NULL] = 1, [TEST_EXISTS] = 1,  [TEST_PATTERN] = 8,
	    [TEST_REGEX] = 40, [TEST_CIDR] = 3, [TEST_COMPARE] = 1, [TEST_FIELD] = 6};
	unsigned cost = 0;
	slice text;
	for (; t; t = t->otherwise)
		cost += t->kind != TEST_PATTERN               ? of_kind[t->kind]
			: t->pattern.regex                    ? of_kind[TEST_REGEX]
			: pattern_literal(&t->pattern, &text) ? 2
							      : of_kind[TEST_PATTERN];
	return cost;
}

/* --- leaves --- */

/* Most leaves of most rules are of these, and short ways lead through them: see leaf_test(). */
static unsigned sort_of(const struct leaf *l)
{
	bool words = true, texts = true, range = l->count == 1;
	if (l->count == 0 || l->all || l->negated || l->part != PART_NONE)
		return LEAF_OTHER;
	for (size_t i = 0; i < l->count; i++) {
		const struct test *t = &l->tests[i];
		slice text;
		texts = texts && t->kind == TEST_PATTERN;
		words = words && texts && !t->otherwise && pattern_literal(&t->pattern, &text) &&
			text.len;
		range = range && t->kind == TEST_COMPARE && !t->otherwise;
	}
	return words ? LEAF_WORDS : texts ? LEAF_TEXTS : range ? LEAF_RANGE : LEAF_OTHER;
}

struct values {
	const struct yaml_node **at;
	size_t len, room;
};

/* Two leaves with the same image say the same. */
static slice leaf_image(struct out *o, const struct yaml_node *key, const struct values *values)
{
	out_slice(o, key ? key->text : SLICE(""));
	for (size_t i = 0; i < values->len; i++) {
		out_char(o, '\0');
		out_char(o, (char)('0' + values->at[i]->kind));
		out_slice(o, values->at[i]->text);
	}
	return (slice){o->at, o->len};
}

static struct leaf *leaf_new(struct yaml *y, const struct yaml_node *key, const struct plan *plan,
			     const struct values *values)
{
	struct sigma *s = y->s;
	struct leaf *l = arena_new(&s->arena, struct leaf);
	*l = (struct leaf){.all = plan->flags & M_ALL,
			   .negated = plan->flags & M_NEQ,
			   .part = plan->part,
			   .count = values->len,
			   .field = s->raw_field,
			   .tests = arena_take(&s->arena, (values->len + 1) * sizeof *l->tests)};
	if (plan->field.len)
		l->field = field_number(s, yaml_where(y, key), plan->field);
	for (size_t i = 0; i < values->len; i++) {
		if (values->at[i]->kind == YAML_NULL && values->len > 1)
			warn(s, yaml_where(y, values->at[i]), "a search of its own for null",
			     "null in a list of values");
		bool expand = plan->flags & M_EXPAND && yaml_scalar(values->at[i]);
		if (expand ? !test_expanded(y, values->at[i], plan, &l->tests[i], &l->unknown)
			   : !test_take(y, values->at[i], plan, &l->tests[i]))
			return NULL;
		l->cost += test_cost(&l->tests[i]);
	}
	if (l->field >= 0 && l->field == s->schema->key_field)
		l->cost += KEY_COST; /* the bucket has answered it already */
	l->sort = sort_of(l);
	return l;
}

/* A line that never holds. */
static struct leaf *leaf_never(struct sigma *s)
{
	bool fresh;
	struct leaf **l = table_put(&s->leaves, SLICE("\0never"), &fresh);
	if (!fresh)
		return *l;
	*l = arena_new(&s->arena, struct leaf);
	struct test *t = arena_new(&s->arena, struct test);
	*t = (struct test){.kind = TEST_NEVER};
	**l = (struct leaf){.field = -1, .tests = t, .count = 1, .cost = test_cost(t)};
	(*l)->sort = sort_of(*l);
	(*l)->number = (uint32_t)s->leaf_count++, *list_add(&s->all_leaves) = *l;
	return *l;
}

/* What is not known must not make a rule hold: a line with it holds by its other values alone, and
 * under `not` it always does. */
static struct node *node_of(struct sigma *s, const struct leaf *l)
{
	if (!l->unknown)
		return node_leaf(s, l);
	struct node *n = node_leaf(s, l->negated ? leaf_never(s) : l);
	struct node *always = node_not(s, node_leaf(s, leaf_never(s)));
	n->unknown = always->unknown = true;
	n->other = always;
	always->other = n;
	return n;
}

/* One line of a map, or (without a key) the plain texts of a list. */
static struct node *take_whole_leaf(struct yaml *y, const struct yaml_node *key,
				    const struct values *values)
{
	struct sigma *s = y->s;
	struct plan plan = {0};
	if (key && !plan_parse(y, key, &plan))
		return NULL;
	if (!key)
		plan_keywords(&plan);
	if (plan.flags & M_ALL && values->len == 1)
		warn(s, yaml_where(y, key), "a list", "'all' with a single value");
	if (plan.field.len == 0 && s->raw_field < 0)
		warn(s, yaml_where(y, values->len ? values->at[0] : key), "a field",
		     "keywords, but no event offers its whole record");
	struct out o = {.fd = -1};
	bool fresh;
	struct leaf **l = table_put(&s->leaves, leaf_image(&o, key, values), &fresh);
	out_close(&o);
	if (fresh) {
		*l = leaf_new(y, key, &plan, values);
		if (!*l)
			table_drop(&s->leaves, l);
		else
			(*l)->number = (uint32_t)s->leaf_count++, *list_add(&s->all_leaves) = *l;
		return *l ? node_of(s, *l) : NULL;
	}
	(*l)->asked++;
	return node_of(s, *l);
}

/* Whose reasons are asked for: each value on its own, so that each is answered. */
static struct node *take_told_leaf(struct yaml *y, const struct yaml_node *key,
				   const struct values *values)
{
	struct plan plan = {0};
	nodes kids = {0};
	struct node *n = NULL;
	if (key && !plan_parse(y, key, &plan))
		return NULL;
	bool apart = !(plan.flags & M_NEQ);
	for (size_t i = 0; i < (apart ? values->len : 1); i++) {
		const struct values one = {.at = values->at + i, .len = apart ? 1 : values->len};
		n = take_whole_leaf(y, key, &one);
		if (!n)
			break;
		*list_add(&kids) = node_tell(
		    y->s, n, SIGMA_REASON_VALUE,
		    values->at[i]->kind == YAML_NULL ? SLICE("null") : values->at[i]->text);
	}
	n = n ? node_join(y->s, plan.flags & M_ALL ? NODE_ALL : NODE_ANY, &kids) : NULL;
	list_free(&kids);
	if (n)
		n->field = arena_copy(&y->s->arena, plan.field);
	return n ? node_tell(y->s, n, SIGMA_REASON_LINE, key ? key->text : SLICE("")) : NULL;
}

static struct node *take_leaf(struct yaml *y, const struct yaml_node *key,
			      const struct values *values)
{
	return y->s->reasons && values->len ? take_told_leaf(y, key, values)
					    : take_whole_leaf(y, key, values);
}

static struct node *take_line(struct yaml *y, const struct yaml_node *key,
			      const struct yaml_node *value)
{
	struct values values = {0};
	bool list = value->kind == YAML_LIST;
	size_t count = list ? value->count : 1;
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = list ? yaml_kid(y, value, i) : value;
		if (item)
			*list_add(&values) = item;
	}
	struct node *n = NULL;
	if (count == 0)
		refuse(y->s, yaml_where(y, value), "at least one value", "an empty list");
	else if (values.len == count)
		n = take_leaf(y, key, &values);
	list_free(&values);
	return n;
}

/* --- searches --- */

static struct node *take_search(struct yaml *y, const struct yaml_node *value);

static struct node *take_map(struct yaml *y, const struct yaml_node *map)
{
	nodes lines = {0};
	struct node *n = NULL;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = yaml_kid(y, map, 2 * i);
		const struct yaml_node *value = key ? yaml_kid(y, map, 2 * i + 1) : NULL;
		n = NULL;
		if (value)
			n = key->group ? take_search(y, value) : take_line(y, key, value);
		if (!n)
			break;
		*list_add(&lines) = n;
	}
	if (map->count == 0)
		refuse(y->s, yaml_where(y, map), "field: value", "an empty map");
	else if (n)
		n = node_join(y->s, NODE_ALL, &lines);
	list_free(&lines);
	return n;
}

static bool take_item(struct yaml *y, const struct yaml_node *item, struct values *words,
		      nodes *maps)
{
	if (item && yaml_scalar(item)) {
		*list_add(words) = item;
		return true;
	}
	if (!item || item->kind != YAML_MAP)
		return item &&
		       refuse(y->s, yaml_where(y, item), "a text or a map", "a list in a list");
	struct node *n = take_map(y, item);
	if (n)
		*list_add(maps) = n;
	return n;
}

static struct node *take_list(struct yaml *y, const struct yaml_node *list)
{
	struct values words = {0};
	nodes any = {0};
	bool fine =
	    list->count > 0 || refuse(y->s, yaml_where(y, list), "texts or maps", "an empty list");
	for (size_t i = 0; fine && i < list->count; i++)
		fine = take_item(y, yaml_kid(y, list, i), &words, &any);
	if (fine && words.len) {
		struct node *n = take_leaf(y, NULL, &words);
		fine = n;
		if (n)
			*list_add(&any) = n;
	}
	struct node *n = fine ? node_join(y->s, NODE_ANY, &any) : NULL;
	list_free(&words);
	list_free(&any);
	return n;
}

static struct node *take_search(struct yaml *y, const struct yaml_node *value)
{
	if (value->group)
		return node_gone(y->s);
	if (value->kind == YAML_MAP)
		return take_map(y, value);
	if (value->kind == YAML_LIST)
		return take_list(y, value);
	struct values word = {0};
	*list_add(&word) = value;
	struct node *n = take_leaf(y, NULL, &word);
	list_free(&word);
	return n;
}

/* `other` is a key that is no search, of a filter or of rules before version 2. */
static bool take_searches(struct yaml *y, const struct yaml_node *detection, const char *other,
			  searches *all)
{
	if (detection->count > SEARCHES_MOST)
		return refuse(y->s, yaml_where(y, detection), "at most 1024", "too many searches");
	for (size_t i = 0; i < detection->count; i++) {
		const struct yaml_node *key = detection->kids[2 * i],
				       *value = detection->kids[2 * i + 1];
		if (slice_eq(key->text, SLICE("condition")))
			continue;
		if (slice_eq(key->text, slice_of(other))) {
			if (other[0] == 't')
				warn(y->s, yaml_where(y, key), "a correlation",
				     "'timeframe' means nothing here");
			continue;
		}
		if (key->text.len > NAME_MOST)
			return refuse(y->s, yaml_where(y, key), "at most 256 bytes",
				      "a name too long");
		struct node *n = take_search(y, value);
		if (!n)
			return false;
		n = node_tell(y->s, n, SIGMA_REASON_SEARCH, key->text);
		*list_add(all) = (struct search){key->text, n, key, false};
	}
	return true;
}

/* One condition, or a list of them of which one must hold. */
static struct node *take_conditions(struct yaml *y, const struct yaml_node *condition,
				    searches *all)
{
	unsigned room = TREE_MOST;
	if (condition->kind != YAML_LIST)
		return condition_take(y, condition, all, &room);
	nodes any = {0};
	struct node *n = NULL;
	for (size_t i = 0; i < condition->count; i++) {
		const struct yaml_node *item = yaml_kid(y, condition, i);
		n = item ? condition_take(y, item, all, &room) : NULL;
		if (!n)
			break;
		*list_add(&any) = n;
	}
	if (condition->count == 0)
		refuse(y->s, yaml_where(y, condition), "a condition", "an empty list");
	n = n ? node_join(y->s, NODE_ANY, &any) : NULL;
	list_free(&any);
	return n;
}

static void warn_of_unasked(struct yaml *y, const searches *all)
{
	for (size_t i = 0; i < all->len; i++)
		if (!all->at[i].asked)
			warn(y->s, yaml_where(y, all->at[i].key), "its name in the condition",
			     "no condition asks for '%.*s'", (int)all->at[i].name.len,
			     all->at[i].name.at);
}

struct node *detection_tree(struct yaml *y, const struct yaml_node *section, const char *what)
{
	const struct yaml_node *condition = yaml_get(section, "condition");
	struct node *tree = NULL;
	searches all = {0};
	if (section->kind != YAML_MAP)
		refuse(y->s, yaml_where(y, section), "searches and a condition", "%s is %s", what,
		       yaml_kind_name(section->kind));
	else if (!condition)
		refuse(y->s, yaml_where(y, section), "condition:", "no condition in %s", what);
	else if (take_searches(y, section, what[0] == 'f' ? "rules" : "timeframe", &all))
		tree = take_conditions(y, condition, &all);
	if (tree)
		warn_of_unasked(y, &all);
	list_free(&all);
	if (!tree || !tree->gone)
		return tree;
	refuse(y->s, yaml_where(y, condition), "a line that stays",
	       "pipelines drop all that this condition asks for");
	return NULL;
}
