/*
 * correlation.c - the `correlation` section and the rules that it refers to
 * (correlation rules specification 2.1.0).
 *
 * References are followed once all files are loaded: to an id or a name, of a rule or of another
 * correlation, never in a circle.  A rule that is referred to makes no hits of its own unless a
 * correlation says `generate: true`.
 */
#include "internal.h"

#include <stdlib.h>

static const char *const types[] = {"event_count",      "value_count",  "temporal",
				    "temporal_ordered", "value_sum",    "value_avg",
				    "value_percentile", "value_median", NULL};
static const char *const keys[] = {"type",     "rules",     "aliases",  "group-by",
				   "timespan", "condition", "generate", NULL};
static const char *const criteria[] = {"gt",  "gte",   "lt",         "lte", "eq",
				       "neq", "field", "percentile", NULL};
enum { FIELD = 6, PERCENTILE };

static const char *near_to(struct sigma *s, slice name, const char *const *names,
			   const char *otherwise)
{
	struct nearest near = nearest_to(name);
	for (; *names; names++)
		nearest_offer(&near, slice_of(*names));
	return nearest_say(s, &near, otherwise);
}

static int index_of(const char *const *names, slice name)
{
	for (int i = 0; names[i]; i++)
		if (slice_eq(slice_of(names[i]), name))
			return i;
	return -1;
}

/* --- the section --- */

/* A list of names, or one name: texts that last, and where each stands. */
struct names {
	const char **texts;
	struct where *at;
	uint32_t count;
};

static bool take_names(struct yaml *y, const struct yaml_node *n, size_t most, struct names *out)
{
	bool list = n && n->kind == YAML_LIST;
	size_t count = list ? n->count : n != NULL;
	if (count > most)
		return refuse(y->s, yaml_where(y, n), "fewer", "more than %zu names", most);
	out->texts = arena_take(&y->s->arena, (count + 1) * sizeof *out->texts);
	out->at = arena_take(&y->s->arena, (count + 1) * sizeof *out->at);
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = list ? yaml_kid(y, n, i) : n;
		if (!item)
			return false;
		if (!yaml_scalar(item) || item->kind == YAML_NULL || item->text.len > NAME_MOST)
			return refuse(y->s, yaml_where(y, item), "a name of at most 256 bytes",
				      "a name that is %s",
				      item->text.len > NAME_MOST ? "too long"
								 : yaml_kind_name(item->kind));
		out->texts[i] = arena_text(&y->s->arena, item->text);
		out->at[i] = yaml_where(y, item);
	}
	out->count = (uint32_t)count;
	return true;
}

static bool take_type(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	const struct yaml_node *n = yaml_get(section, "type");
	int type = n ? index_of(types, n->text) : -1;
	if (type < 0)
		return refuse(y->s, yaml_where(y, n ? n : section),
			      near_to(y->s, n ? n->text : SLICE(""), types,
				      "event_count, value_count, value_sum, value_avg, "
				      "value_percentile, temporal or temporal_ordered"),
			      n ? "unknown type of correlation" : "a correlation without type");
	c->type = (enum correlation_type)type;
	return true;
}

static bool is_temporal(const struct correlation *c)
{
	return c->type == TEMPORAL || c->type == TEMPORAL_ORDERED;
}

static bool take_rules(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	struct names names;
	const struct yaml_node *n = yaml_get(section, "rules");
	size_t most = c->type == TEMPORAL_ORDERED ? STEPS_MOST : REFERENCES_MOST;
	if (!take_names(y, n, most, &names))
		return false;
	const struct yaml_node *condition = yaml_get(section, "condition");
	if (names.count == 0 && is_temporal(c) && condition && condition->kind == YAML_TEXT)
		return true; /* the condition names them */
	if (names.count == 0)
		return refuse(y->s, yaml_where(y, section), "rules: ids or names",
			      "a correlation of no rules");
	c->references = arena_take(&y->s->arena, names.count * sizeof *c->references);
	c->reference_count = names.count;
	for (uint32_t i = 0; i < names.count; i++) {
		c->references[i].name = slice_of(names.texts[i]);
		c->references[i].at = names.at[i];
		for (uint32_t k = 0; k < i; k++)
			if (slice_eq(c->references[k].name, c->references[i].name))
				return refuse(y->s, names.at[i], "each rule once",
					      "rule named twice");
	}
	return true;
}

static bool take_group(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	struct names names;
	if (!take_names(y, yaml_get(section, "group-by"), GROUP_FIELDS_MOST, &names))
		return false;
	c->group_fields = names.texts;
	c->group_at = names.at;
	c->group_count = names.count;
	return true;
}

static bool take_timespan(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	static const struct {
		char letter;
		int64_t usec, most;
	} units[] = {{'s', CLOCK_SECOND, 366 * 86400}, {'m', CLOCK_MINUTE, 366 * 1440},
		     {'h', CLOCK_HOUR, 366 * 24},      {'d', CLOCK_DAY, 366},
		     {'w', 7 * CLOCK_DAY, 52},         {'M', 2629746 * CLOCK_SECOND, 12},
		     {'y', 31556952 * CLOCK_SECOND, 1}};
	enum { UNITS_OF_SIGMA = 4 }; /* w, M and y are pySigma's, as long as there */
	const struct yaml_node *n = yaml_get(section, "timespan");
	slice text = n ? n->text : SLICE("");
	int64_t number = 0;
	if (n && yaml_scalar(n) && slice_number(&text, &number) && text.len == 1)
		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (units[i].letter == text.at[0] && number > 0 &&
			    number <= units[i].most) {
				if (i >= UNITS_OF_SIGMA)
					warn(y->s, yaml_where(y, n), "s, m, h or d",
					     "a timespan in '%c' is none of Sigma's",
					     units[i].letter);
				c->span = number * units[i].usec;
				return true;
			}
	return refuse(y->s, yaml_where(y, n ? n : section),
		      "a number and s, m, h or d, at most 366d",
		      n ? "not a timespan" : "a correlation without timespan");
}

/* --- aliases --- */

static bool take_alias(struct yaml *y, const struct yaml_node *name, const struct yaml_node *map,
		       struct correlation *c)
{
	if (map->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, map), "rule: field", "an alias that is %s",
			      yaml_kind_name(map->kind));
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *rule = yaml_kid(y, map, 2 * i);
		const struct yaml_node *field = rule ? yaml_kid(y, map, 2 * i + 1) : NULL;
		if (!field)
			return false;
		struct nearest near = nearest_to(rule->text);
		bool known = false;
		for (uint32_t k = 0; k < c->reference_count && !known; k++) {
			known = slice_eq(c->references[k].name, rule->text);
			nearest_offer(&near, c->references[k].name);
		}
		if (!known)
			return refuse(y->s, yaml_where(y, rule),
				      nearest_say(y->s, &near, "one of the correlation's rules"),
				      "an alias for a rule that is not correlated");
		struct arena *a = &y->s->arena;
		*list_add(&c->aliases) =
		    (struct alias){arena_copy(a, name->text), arena_copy(a, rule->text),
				   arena_copy(a, field->text), yaml_where(y, field)};
	}
	return true;
}

static bool take_aliases(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	const struct yaml_node *n = yaml_get(section, "aliases");
	bool fine = true;
	if (n && n->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, n), "alias: {rule: field}", "aliases is %s",
			      yaml_kind_name(n->kind));
	for (size_t i = 0; n && fine && i < n->count; i++)
		fine = take_alias(y, n->kids[2 * i], n->kids[2 * i + 1], c);
	return fine;
}

/* --- condition --- */

static bool take_percentile(struct yaml *y, const struct yaml_node *value, struct correlation *c)
{
	bool fine = yaml_scalar(value) && decimal_parse(value->text, &c->percentile) &&
		    c->percentile >= 0 && c->percentile <= 100;
	c->has_percentile = true;
	if (c->type != VALUE_PERCENTILE)
		return refuse(y->s, yaml_where(y, value), "type: value_percentile",
			      "a percentile of something else");
	return fine ||
	       refuse(y->s, yaml_where(y, value), "a number from 0 to 100", "not a percentile");
}

static bool take_bound(struct yaml *y, const struct yaml_node *value, enum how how,
		       struct correlation *c)
{
	double than;
	if (!yaml_scalar(value) || !decimal_parse(value->text, &than))
		return refuse(y->s, yaml_where(y, value), "a number", "not a number");
	if (c->bound_count < BOUNDS_MOST)
		c->bounds[c->bound_count++] = (struct bound){how, than};
	c->at_close |= how > HOW_GTE || c->type != VALUE_SUM;
	return true;
}

static bool take_criterion(struct yaml *y, const struct yaml_node *key,
			   const struct yaml_node *value, struct correlation *c)
{
	int64_t n;
	int which = index_of(criteria, key->text);
	if (which < 0)
		return refuse(
		    y->s, yaml_where(y, key),
		    near_to(y->s, key->text, criteria, "gt, gte, lt, lte, eq, neq or field"),
		    "unknown criterion");
	if (which == FIELD)
		return true; /* see take_values() */
	if (which == PERCENTILE)
		return take_percentile(y, value, c);
	if (is_metric(c))
		return take_bound(y, value, (enum how)which, c);
	if (!yaml_scalar(value) || !slice_is_number(value->text, &n) || n > THRESHOLD_MOST)
		return refuse(y->s, yaml_where(y, value), "a whole number up to 32768",
			      "not a count");
	int64_t least[] = {n + 1, n, 0, 0, n, n};
	int64_t most[] = {INT64_MAX, INT64_MAX, n - 1, n, n, n};
	c->least = least[which] > c->least ? least[which] : c->least;
	c->most = most[which] < c->most ? most[which] : c->most;
	c->not_equal = c->not_equal || which == 5;
	return true;
}

static bool take_values(struct yaml *y, const struct yaml_node *condition, struct correlation *c)
{
	struct names names;
	const struct yaml_node *n = yaml_get(condition, "field");
	if (c->type != VALUE_COUNT && !is_metric(c))
		return true;
	if (!n)
		return refuse(y->s, yaml_where(y, condition), "field: whose values are counted",
			      "%s without field", types[c->type]);
	if (is_metric(c) && n->kind == YAML_LIST && n->count != 1)
		return refuse(y->s, yaml_where(y, n), "one field", "%s of several fields",
			      types[c->type]);
	if (is_metric(c) && !c->bound_count)
		return refuse(y->s, yaml_where(y, condition), "gt, gte, lt, lte, eq or neq",
			      "%s without a threshold", types[c->type]);
	if (!take_names(y, n, GROUP_FIELDS_MOST, &names))
		return false;
	c->value_fields = names.texts;
	c->value_at = names.at;
	c->value_count = names.count;
	return true;
}

static bool take_condition(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	const struct yaml_node *n = yaml_get(section, "condition");
	bool temporal = is_temporal(c);
	c->least = !n && temporal ? c->reference_count : 0;
	c->most = INT64_MAX;
	if (!n && temporal)
		return true;
	if (temporal && n->kind == YAML_TEXT)
		return true; /* see take_expression() */
	if (!n || n->kind != YAML_MAP || n->count == 0)
		return refuse(y->s, yaml_where(y, n ? n : section), "condition: {gte: 10}",
			      n ? "condition is %s" : "a correlation without condition",
			      n ? yaml_kind_name(n->kind) : "");
	for (size_t i = 0; i < n->count; i++)
		if (!take_criterion(y, n->kids[2 * i], n->kids[2 * i + 1], c))
			return false;
	if (c->least > c->most || (c->not_equal && c->least != c->most))
		return refuse(y->s, yaml_where(y, n), "a range",
			      "a condition that cannot come true");
	bool never_more = temporal && c->most >= c->reference_count && !c->not_equal;
	c->at_close |= c->most < INT64_MAX && !never_more;
	if (c->type == TEMPORAL_ORDERED && (c->at_close || c->least != c->reference_count))
		return refuse(y->s, yaml_where(y, n), "all of its rules",
			      "temporal_ordered in part");
	return take_values(y, n, c);
}

/* Before aliases: it may be the only one to name the rules. */
static bool take_expression(struct yaml *y, const struct yaml_node *section, struct correlation *c)
{
	const struct yaml_node *n = yaml_get(section, "condition");
	return !is_temporal(c) || !n || n->kind != YAML_TEXT || expression_take(y, n, c);
}

/* In the section or, as the specification's JSON schema has it, beside it. */
static bool take_generate(struct yaml *y, const struct yaml_node *root,
			  const struct yaml_node *section, struct rule *r)
{
	const struct yaml_node *n = yaml_get(section, "generate");
	n = n ? n : yaml_get(root, "generate");
	for (size_t i = 0; i < section->count; i++)
		if (index_of(keys, section->kids[2 * i]->text) < 0)
			warn(y->s, yaml_where(y, section->kids[2 * i]),
			     near_to(y->s, section->kids[2 * i]->text, keys, NULL),
			     "unknown attribute");
	r->generate_asked = n && yaml_true(n);
	return !n || n->kind == YAML_FLAG ||
	       refuse(y->s, yaml_where(y, n), "true or false", "generate is %s",
		      yaml_kind_name(n->kind));
}

bool correlation_take(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	const struct yaml_node *n = yaml_get(root, "correlation");
	struct correlation *c = arena_new(&y->s->arena, struct correlation);
	r->correlation = c;
	if (n->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, n), "type, rules, timespan ...",
			      "correlation is %s", yaml_kind_name(n->kind));
	return take_type(y, n, c) && take_rules(y, n, c) && take_group(y, n, c) &&
	       take_timespan(y, n, c) && take_condition(y, n, c) && take_expression(y, n, c) &&
	       take_aliases(y, n, c) && take_generate(y, root, n, r);
}

/* --- references --- */

static struct rule *rule_named(struct sigma *s, const struct reference *ref)
{
	struct rule *found = rule_called(s, ref->name);
	if (found)
		return found;
	struct nearest near = nearest_to(ref->name);
	for (size_t i = 0; i < s->rules.len; i++) {
		nearest_offer(&near, slice_of(s->rules.at[i]->public.name));
		nearest_offer(&near, slice_of(s->rules.at[i]->public.id));
	}
	refuse(s, ref->at, nearest_say(s, &near, "the id or name of a rule"), "no rule '%.*s'",
	       (int)ref->name.len, ref->name.at);
	return NULL;
}

/* The number of a field in the events of one of the rules, by way of the aliases. */
static int field_of(struct sigma *s, const struct correlation *c, const struct reference *ref,
		    const char *name, struct where at)
{
	for (size_t i = 0; i < c->aliases.len; i++) {
		const struct alias *a = &c->aliases.at[i];
		if (slice_eq(a->name, slice_of(name)) && slice_eq(a->rule, ref->name))
			return field_number(s, a->at, a->field);
	}
	return field_number(s, at, slice_of(name));
}

static int *fields_of(struct sigma *s, const struct correlation *c, const struct reference *ref,
		      const char **names, const struct where *at, uint32_t count)
{
	int *fields = arena_take(&s->arena, (count + 1) * sizeof *fields);
	for (uint32_t i = 0; i < count; i++)
		fields[i] = field_of(s, c, ref, names[i], at[i]);
	return fields;
}

static bool follow(struct sigma *s, struct rule *r, unsigned depth);

static bool follow_one(struct sigma *s, struct rule *r, uint32_t i, unsigned depth)
{
	struct correlation *c = r->correlation;
	struct reference *ref = &c->references[i];
	ref->rule = rule_named(s, ref);
	if (!ref->rule)
		return false;
	if (ref->rule->visit == UNDERWAY)
		return refuse(s, ref->at, "rules that do not lead back here",
			      "a circle of correlations");
	if (!follow(s, ref->rule, depth + 1))
		return refuse(s, ref->at, "a rule that was loaded", "rule '%.*s' was refused",
			      (int)ref->name.len, ref->name.at);
	ref->group = fields_of(s, c, ref, c->group_fields, c->group_at, c->group_count);
	ref->values = fields_of(s, c, ref, c->value_fields, c->value_at, c->value_count);
	return true;
}

static bool follow(struct sigma *s, struct rule *r, unsigned depth)
{
	if (r->visit == SEEN || !r->correlation)
		return !r->refused;
	if (depth > CHAIN_MOST)
		return refuse(s, r->at, "at most 16 correlations of correlations",
			      "a chain too long");
	r->visit = UNDERWAY;
	for (uint32_t i = 0; i < r->correlation->reference_count && !r->refused; i++)
		r->refused = !follow_one(s, r, i, depth);
	r->visit = SEEN;
	return !r->refused;
}

static void link_up(struct rule *r)
{
	struct correlation *c = r->correlation;
	for (uint32_t i = 0; i < c->reference_count; i++) {
		struct rule *below = c->references[i].rule;
		*list_add(&below->links) = (struct link){r, i};
		below->referred = true;
		below->generate_wanted |= r->generate_asked;
	}
}

void correlations_resolve(struct sigma *s)
{
	for (size_t i = 0; i < s->rules.len; i++)
		follow(s, s->rules.at[i], 0);
	for (size_t i = 0; i < s->rules.len; i++) {
		struct rule *r = s->rules.at[i];
		if (!r->correlation || r->refused || !r->public.enabled)
			continue;
		link_up(r);
		correlate_start(s, r);
		if (r->correlation->at_close)
			*list_add(&s->closing) = r;
	}
}
