/*
 * pipeline_if.c - conditions of pipeline steps: on the rule, on a line of its detection, on the
 * line's field name.
 */
#include "pipeline.h"

#include <stdlib.h>

enum { EXPRESSION_DEPTH_MOST = 64 };

static slice param(const struct check *c, const char *name)
{
	const struct yaml_node *n = yaml_get(c->params, name);
	return n && yaml_scalar(n) ? n->text : SLICE("");
}

/* --- on the rule --- */

static bool part_is(struct rewriting *w, const struct check *c, const char *part)
{
	const struct yaml_node *n = yaml_get(c->params, part);
	return !n || n->kind == YAML_NULL || slice_eq(n->text, rewrite_logsource(w, part));
}

static bool is_logsource(struct rewriting *w, const struct check *c)
{
	const struct yaml_node *correlation = yaml_get(w->root, "correlation");
	const struct yaml_node *rules = yaml_get(correlation, "rules");
	if (!correlation)
		return part_is(w, c, "product") && part_is(w, c, "category") &&
		       part_is(w, c, "service");
	/* of a correlation: one of the rules before it that it refers to */
	for (size_t i = 0; rules && rules->kind == YAML_LIST && i < rules->count; i++) {
		struct rule **r = table_get(&w->s->ids, rules->kids[i]->text);
		const struct logsource *l = r ? (*r)->logsource : NULL;
		slice product = param(c, "product"), category = param(c, "category"),
		      service = param(c, "service");
		if (l && (!product.len || slice_eq(product, l->product)) &&
		    (!category.len || slice_eq(category, l->category)) &&
		    (!service.len || slice_eq(service, l->service)))
			return true;
	}
	return false;
}

typedef bool line_test(struct rewriting *w, const struct check *c, const struct term *t);

static bool any_line(struct rewriting *w, const struct check *c, const struct term *t,
		     line_test *test)
{
	if (t->kind == TERM_LINE)
		return rewrite_spend(w, 1) && test(w, c, t);
	for (size_t i = 0; i < t->count; i++)
		if (any_line(w, c, t->kids[i], test))
			return true;
	return false;
}

static bool any_search(struct rewriting *w, const struct check *c, line_test *test)
{
	for (size_t i = 0; i < w->searches.len; i++)
		if (w->searches.at[i].term && any_line(w, c, w->searches.at[i].term, test))
			return true;
	return false;
}

static bool line_of_field(struct rewriting *w, const struct check *c, const struct term *t)
{
	return !t->keyword && slice_eq(t->field, param(c, "field"));
}

static bool has_field(struct rewriting *w, const struct check *c)
{
	return any_search(w, c, line_of_field);
}

static bool same_value(struct rewriting *w, const struct term *t, const struct yaml_node *mine,
		       const struct yaml_node *value)
{
	return (mine->kind == YAML_TEXT) == (value->kind == YAML_TEXT) &&
	       slice_eq(term_shown(w, t, mine), value->text);
}

static bool line_with_value(struct rewriting *w, const struct check *c, const struct term *t)
{
	const struct yaml_node *value = yaml_get(c->params, "value");
	if (!line_of_field(w, c, t))
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (same_value(w, t, t->values[i], value))
			return true;
	return false;
}

static bool has_line(struct rewriting *w, const struct check *c)
{
	return any_search(w, c, line_with_value);
}

static bool is_rule(struct rewriting *w, const struct check *c)
{
	return !yaml_get(w->root, "correlation");
}

static bool is_correlation(struct rewriting *w, const struct check *c)
{
	return yaml_get(w->root, "correlation");
}

static bool has_tag(struct rewriting *w, const struct check *c)
{
	const struct yaml_node *tags = yaml_get(w->root, "tags");
	for (size_t i = 0; tags && tags->kind == YAML_LIST && i < tags->count; i++)
		if (slice_eq_nocase(tags->kids[i]->text, param(c, "tag")))
			return true;
	return false;
}

/* Where levels and statuses stand among each other. */
static int rank(slice name)
{
	static const char *const order[] = {
	    "informational", "low",          "medium", "high",   "critical", "unsupported",
	    "deprecated",    "experimental", "test",   "stable", NULL};
	for (int i = 0; order[i]; i++)
		if (slice_eq_nocase(slice_of(order[i]), name))
			return i;
	return -1;
}

static int compare(slice a, slice b)
{
	int64_t x, y;
	if (rank(a) >= 0 && rank(b) >= 0)
		return rank(a) - rank(b);
	if (slice_is_number(a, &x) && slice_is_number(b, &y))
		return (x > y) - (x < y);
	return slice_compare(a, b); /* dates too: 2024-01-31 */
}

static const char *const ops[] = {"eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in", NULL};
enum { OP_EQ, OP_NE, OP_GTE, OP_GT, OP_LTE, OP_LT, OP_IN, OP_NOT_IN };

static int op_of(const struct check *c)
{
	slice op = param(c, "op");
	for (int i = 0; ops[i]; i++)
		if (slice_eq(op, slice_of(ops[i])))
			return i;
	return OP_EQ;
}

static bool op_holds(int op, slice a, slice b)
{
	int d = op == OP_EQ || op == OP_NE ? !slice_eq(a, b) : compare(a, b);
	const bool holds[] = {[OP_EQ] = d == 0, [OP_NE] = d != 0,  [OP_GTE] = d >= 0,
			      [OP_GT] = d > 0,  [OP_LTE] = d <= 0, [OP_LT] = d < 0};
	return op <= OP_LT && holds[op];
}

/* Of a list, or of one name that stands for one. */
static bool is_member(const struct yaml_node *list, slice value)
{
	if (yaml_scalar(list))
		return slice_eq(list->text, value);
	for (size_t i = 0; i < list->count; i++)
		if (yaml_scalar(list->kids[i]) && slice_eq(list->kids[i]->text, value))
			return true;
	return false;
}

static bool has_attribute(struct rewriting *w, const struct check *c)
{
	char name[NAME_MOST + 1];
	slice called = param(c, "attribute");
	int op = op_of(c);
	if (called.len > NAME_MOST)
		return false;
	memcpy(name, called.at, called.len);
	name[called.len] = '\0';
	const struct yaml_node *n = yaml_get(w->root, name);
	if (!n || n->kind == YAML_MAP)
		return false;
	if (n->kind != YAML_LIST)
		return op_holds(op, n->text, param(c, "value"));
	if (op == OP_IN || op == OP_NOT_IN)
		return is_member(n, param(c, "value")) == (op == OP_IN);
	return op == OP_NE;
}

static bool state_is(struct rewriting *w, const struct check *c)
{
	for (const struct state_entry *e = w->state; e; e = e->next)
		if (slice_eq(e->key, param(c, "key")))
			return op_holds(op_of(c), e->val->text, param(c, "val"));
	return false;
}

static bool rule_marked(struct rewriting *w, const struct check *c)
{
	return rewrite_marked(w->marks, param(c, "processing_item_id"));
}

/* --- on a line --- */

typedef bool value_test(struct rewriting *w, const struct check *c, const struct term *t,
			const struct yaml_node *value);

static bool by_values(struct rewriting *w, const struct check *c, const struct term *t,
		      value_test *test)
{
	bool all = slice_eq(param(c, "cond"), SLICE("all"));
	for (size_t i = 0; i < t->count; i++)
		if (test(w, c, t, t->values[i]) != all)
			return !all;
	return all;
}

static bool value_matches(struct rewriting *w, const struct check *c, const struct term *t,
			  const struct yaml_node *value)
{
	const struct yaml_node *negate = yaml_get(c->params, "negate");
	bool yes = value->kind == YAML_TEXT && term_is_text(t) && c->capture_count &&
		   rewrite_spend(w, CAPTURE_COST) &&
		   capture_matches(c->captures[0], term_shown(w, t, value));
	return yes != (negate && yaml_true(negate));
}

static bool value_equals(struct rewriting *w, const struct check *c, const struct term *t,
			 const struct yaml_node *value)
{
	return same_value(w, t, value, yaml_get(c->params, "value"));
}

static bool value_wild(struct rewriting *w, const struct check *c, const struct term *t,
		       const struct yaml_node *value)
{
	glyphs g = {0};
	if (value->kind != YAML_TEXT || !term_is_text(t))
		return false;
	glyphs_parse(&g, term_shown(w, t, value), true);
	bool plain = glyphs_plain(&g);
	list_free(&g);
	return !plain;
}

static bool value_null(struct rewriting *w, const struct check *c, const struct term *t,
		       const struct yaml_node *value)
{
	return value->kind == YAML_NULL;
}

static bool line_matches(struct rewriting *w, const struct check *c, const struct term *t)
{
	return by_values(w, c, t, value_matches);
}

static bool line_equals(struct rewriting *w, const struct check *c, const struct term *t)
{
	return by_values(w, c, t, value_equals);
}

static bool line_wild(struct rewriting *w, const struct check *c, const struct term *t)
{
	return by_values(w, c, t, value_wild);
}

static bool line_null(struct rewriting *w, const struct check *c, const struct term *t)
{
	return by_values(w, c, t, value_null);
}

static bool line_marked(struct rewriting *w, const struct check *c, const struct term *t)
{
	return rewrite_marked(t->marks, param(c, "processing_item_id"));
}

static bool line_state(struct rewriting *w, const struct check *c, const struct term *t)
{
	return state_is(w, c);
}

/* --- on a field name --- */

static bool field_included(struct rewriting *w, const struct check *c, const struct term *t,
			   slice name)
{
	const struct yaml_node *fields = yaml_get(c->params, "fields");
	if (t && t->keyword && name.len == 0)
		return false;
	for (size_t i = 0; i < c->capture_count; i++)
		if (rewrite_spend(w, CAPTURE_COST) && capture_matches(c->captures[i], name))
			return true;
	size_t count = fields->kind == YAML_LIST ? fields->count : 1;
	return !c->capture_count && rewrite_spend(w, count) && is_member(fields, name);
}

static bool field_excluded(struct rewriting *w, const struct check *c, const struct term *t,
			   slice name)
{
	return !field_included(w, c, t, name);
}

static bool field_marked(struct rewriting *w, const struct check *c, const struct term *t,
			 slice name)
{
	return t && rewrite_marked(t->marks, param(c, "processing_item_id"));
}

static bool field_state(struct rewriting *w, const struct check *c, const struct term *t,
			slice name)
{
	return state_is(w, c);
}

/* --- the table --- */

static const char *const no_params[] = {NULL};
static const char *const logsource_params[] = {"product", "category", "service", NULL};
static const char *const field_params[] = {"!field", NULL};
static const char *const value_params[] = {"!field", "!value", NULL};
static const char *const applied_params[] = {"!processing_item_id", NULL};
static const char *const state_params[] = {"!key", "!val", "op", NULL};
static const char *const attribute_params[] = {"!attribute", "!value", "op", NULL};
static const char *const tag_params[] = {"!tag", NULL};
static const char *const pattern_params[] = {"!cond", "!pattern", "negate", NULL};
static const char *const equal_params[] = {"!cond", "!value", NULL};
static const char *const cond_params[] = {"!cond", NULL};
static const char *const fields_params[] = {"!fields", "mode", NULL};

const struct check_kind check_kinds[] = {
    {"logsource", logsource_params, is_logsource},
    {"contains_field", field_params, has_field},
    {"contains_detection_item", value_params, has_line},
    {"is_sigma_rule", no_params, is_rule},
    {"is_sigma_correlation_rule", no_params, is_correlation},
    {"rule_attribute", attribute_params, has_attribute},
    {"tag", tag_params, has_tag},
    {"match_string", pattern_params, NULL, line_matches},
    {"match_value", equal_params, NULL, line_equals},
    {"contains_wildcard", cond_params, NULL, line_wild},
    {"is_null", cond_params, NULL, line_null},
    {"include_fields", fields_params, NULL, NULL, field_included},
    {"exclude_fields", fields_params, NULL, NULL, field_excluded},
    {"processing_item_applied", applied_params, rule_marked, line_marked, field_marked},
    {"processing_state", state_params, state_is, line_state, field_state},
    {0},
};

/* --- from YAML --- */

static const char *const prefixes[] = {"rule", "detection_item", "field_name"};

static bool is_of(const struct check_kind *k, enum check_level level)
{
	return level == CHECK_RULE   ? k->rule != NULL
	       : level == CHECK_LINE ? k->line != NULL
				     : k->field != NULL;
}

static const struct check_kind *check_kind_of(struct loading *l, const struct yaml_node *n,
					      enum check_level level)
{
	struct nearest near = nearest_to(n->text);
	for (const struct check_kind *k = check_kinds; k->name; k++) {
		if (!is_of(k, level))
			continue;
		if (slice_eq(slice_of(k->name), n->text))
			return k;
		nearest_offer(&near, slice_of(k->name));
	}
	refuse(l->y->s, yaml_where(l->y, n),
	       nearest_say(l->y->s, &near, "a type of pySigma's conditions"),
	       "unknown %s condition '%.*s'", prefixes[level],
	       (int)(n->text.len < 64 ? n->text.len : 64), n->text.at);
	return NULL;
}

/* A parameter is one of a few words. */
static bool is_word(struct loading *l, const struct yaml_node *map, const char *key,
		    const char *const *words, const char *expected)
{
	const struct yaml_node *n = yaml_get(map, key);
	for (const char *const *w = words; n && *w; w++)
		if (yaml_scalar(n) && slice_eq(n->text, slice_of(*w)))
			return true;
	return !n || refuse(l->y->s, yaml_where(l->y, n),
			    arena_near(l->y->s, n->text, words, expected), "a wrong '%s'", key);
}

static bool take_capture(struct loading *l, struct check *c, const struct yaml_node *n)
{
	if (c->capture_count == CHECKS_MOST)
		return refuse(l->y->s, yaml_where(l->y, n), "at most 64", "too many expressions");
	struct capture *capture = loading_capture(l, n);
	c->captures[c->capture_count] = capture;
	c->capture_count += capture != NULL;
	return capture;
}

static bool take_details(struct loading *l, struct check *c)
{
	static const char *const any_all[] = {"any", "all", NULL}, *const modes[] = {"plain", "re",
										     NULL};
	const struct yaml_node *fields = yaml_get(c->params, "fields");
	const struct yaml_node *pattern = yaml_get(c->params, "pattern");
	const struct yaml_node *mode = yaml_get(c->params, "mode");
	if (!is_word(l, c->params, "cond", any_all, "any or all") ||
	    !is_word(l, c->params, "op", ops, "eq, ne, gte, gt, lte, lt, in or not_in") ||
	    !is_word(l, c->params, "mode", modes, "plain or re"))
		return false;
	if (pattern && !take_capture(l, c, pattern))
		return false;
	if (fields && fields->kind != YAML_LIST && fields->kind != YAML_TEXT)
		return refuse(l->y->s, yaml_where(l->y, fields), "a name or a list of names",
			      "fields is %s", yaml_kind_name(fields->kind));
	if (!fields || !mode || !slice_eq(mode->text, SLICE("re")))
		return true;
	if (fields->kind == YAML_TEXT)
		return take_capture(l, c, fields);
	for (size_t i = 0; i < fields->count; i++)
		if (!take_capture(l, c, fields->kids[i]))
			return false;
	return true;
}

static struct check *check_take(struct loading *l, const struct yaml_node *key,
				const struct yaml_node *map, enum check_level level)
{
	static const char *const common[] = {"!type", NULL};
	struct check *c = arena_new(&l->y->s->arena, struct check);
	const struct yaml_node *type = yaml_get(map, "type");
	if (map->kind != YAML_MAP || !type || !yaml_scalar(type)) {
		refuse(l->y->s, yaml_where(l->y, type ? type : map), "type: ...",
		       "a condition without type");
		return NULL;
	}
	c->name = key ? key->text : SLICE("");
	c->params = map;
	c->kind = check_kind_of(l, type, level);
	bool fine = c->kind && params_known(l, map, c->kind->params, common, c->kind->name) &&
		    take_details(l, c);
	return fine ? c : NULL;
}

/* --- expressions: names, and, or, not, parentheses --- */

struct expression {
	const struct checks *checks;
	struct rewriting *w; /* NULL: only read */
	const struct term *t;
	slice name, rest, word;
	enum check_level level;
	unsigned depth;
	bool wrong;
};

static void next_word(struct expression *e)
{
	size_t n = 0;
	e->rest = slice_trim(e->rest);
	while (n < e->rest.len && !memchr(" \t\n()", e->rest.at[n], 5))
		n++;
	n += n == 0 && e->rest.len;
	e->word = slice_first(e->rest, n);
	e->rest = slice_from(e->rest, n);
}

static bool accept_word(struct expression *e, const char *word)
{
	bool yes = slice_eq_nocase(e->word, slice_of(word));
	if (yes)
		next_word(e);
	return yes;
}

static bool check_one(struct expression *e, const struct check *c)
{
	if (!e->w)
		return false;
	if (e->level == CHECK_RULE)
		return c->kind->rule(e->w, c);
	return e->level == CHECK_LINE ? c->kind->line(e->w, c, e->t)
				      : c->kind->field(e->w, c, e->t, e->name);
}

static bool say_or(struct expression *e);

static bool say_name(struct expression *e)
{
	if (accept_word(e, "not"))
		return e->depth++ < EXPRESSION_DEPTH_MOST ? !say_name(e) : (e->wrong = true);
	if (accept_word(e, "(")) {
		bool yes = e->depth++ < EXPRESSION_DEPTH_MOST && say_or(e);
		e->wrong |= e->depth > EXPRESSION_DEPTH_MOST || !accept_word(e, ")");
		return yes;
	}
	for (size_t i = 0; i < e->checks->count; i++)
		if (e->word.len && slice_eq(e->word, e->checks->at[i]->name)) {
			next_word(e);
			return check_one(e, e->checks->at[i]);
		}
	e->wrong = true;
	return false;
}

static bool say_and(struct expression *e)
{
	bool yes = say_name(e);
	while (!e->wrong && accept_word(e, "and"))
		yes &= say_name(e);
	return yes;
}

static bool say_or(struct expression *e)
{
	bool yes = say_and(e);
	while (!e->wrong && accept_word(e, "or"))
		yes |= say_and(e);
	return yes;
}

static bool say(struct expression *e)
{
	e->rest = e->checks->expression;
	next_word(e);
	bool yes = say_or(e);
	e->wrong |= e->word.len > 0;
	return yes && !e->wrong;
}

/* --- all of them --- */

static const struct yaml_node *option(struct sigma *s, const struct yaml_node *item,
				      enum check_level level, const char *suffix)
{
	return yaml_get(item, arena_format(&s->arena, "%s_cond%s", prefixes[level], suffix).at);
}

/* pySigma knows `and` and `or`; public pipelines say `any` where they mean the latter. */
static bool take_operator(struct loading *l, const struct yaml_node *op, struct checks *c)
{
	struct sigma *s = l->y->s;
	bool any = slice_eq(op->text, SLICE("any")), all = slice_eq(op->text, SLICE("all"));
	c->any = any || slice_eq(op->text, SLICE("or"));
	if (any || all)
		warn(s, yaml_where(l->y, op), any ? "or" : "and",
		     "'%s' is no operator; it is read as '%s' is", any ? "any" : "all",
		     any ? "or" : "and");
	return any || all || c->any || slice_eq(op->text, SLICE("and")) ||
	       refuse(s, yaml_where(l->y, op), "and, or", "a wrong operator");
}

static bool take_options(struct loading *l, const struct yaml_node *item, enum check_level level,
			 struct checks *c)
{
	struct sigma *s = l->y->s;
	const struct yaml_node *op = option(s, item, level, "_op"),
			       *not = option(s, item, level, "_not"),
			       *text = option(s, item, level, "_expr");
	if (!text)
		text = option(s, item, level, "_expression");
	if (op && !take_operator(l, op, c))
		return false;
	if (not &&not ->kind != YAML_FLAG)
		return refuse(s, yaml_where(l->y, not ), "true or false", "a wrong negation");
	if (text && op)
		return refuse(s, yaml_where(l->y, op), "one of them",
			      "an operator beside an expression");
	c->negated = not &&yaml_true(not );
	c->expression = text ? text->text : SLICE("");
	struct expression e = {.checks = c, .level = level};
	if (text)
		say(&e);
	if (text && e.wrong)
		return refuse(s, yaml_where(l->y, text),
			      "names of conditions, and, or, not, parentheses",
			      "an expression that cannot be read at '%.*s'",
			      (int)(e.word.len < 64 ? e.word.len : 64), e.word.at);
	return true;
}

bool checks_take(struct loading *l, const struct yaml_node *item, enum check_level level,
		 struct checks *c)
{
	struct sigma *s = l->y->s;
	const struct yaml_node *n = option(s, item, level, "itions");
	bool map = n && n->kind == YAML_MAP;
	if (n && !map && n->kind != YAML_LIST)
		return refuse(s, yaml_where(l->y, n), "a list or a map of conditions",
			      "conditions are %s", yaml_kind_name(n->kind));
	if (n && n->count > CHECKS_MOST)
		return refuse(s, yaml_where(l->y, n), "at most 64", "too many conditions");
	c->at = arena_take(&s->arena, (n ? n->count + 1 : 1) * sizeof *c->at);
	for (size_t i = 0; n && i < n->count; i++) {
		const struct yaml_node *key = map ? yaml_kid(l->y, n, 2 * i) : NULL;
		const struct yaml_node *value = yaml_kid(l->y, n, map ? 2 * i + 1 : i);
		struct check *one = value ? check_take(l, key, value, level) : NULL;
		if (!one)
			return false;
		c->at[c->count++] = one;
	}
	return take_options(l, item, level, c);
}

static bool hold(struct rewriting *w, const struct checks *c, enum check_level level,
		 const struct term *t, slice name)
{
	struct expression e = {.checks = c, .w = w, .t = t, .name = name, .level = level};
	bool yes = !c->any;
	if (c->count == 0)
		return true;
	if (!rewrite_spend(w, c->count))
		return false;
	if (c->expression.len)
		return say(&e) != c->negated;
	for (size_t i = 0; i < c->count && yes != c->any; i++)
		yes = check_one(&e, c->at[i]);
	return yes != c->negated;
}

bool checks_rule(struct rewriting *w, const struct checks *c)
{
	return hold(w, c, CHECK_RULE, NULL, SLICE(""));
}

bool checks_line(struct rewriting *w, const struct checks *c, const struct term *t)
{
	return hold(w, c, CHECK_LINE, t, SLICE(""));
}

bool checks_field(struct rewriting *w, const struct checks *c, const struct term *t, slice name)
{
	return hold(w, c, CHECK_FIELD, t, name);
}
