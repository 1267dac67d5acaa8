/* pipeline_rule.c - steps that change the rule as a whole. */
#include "pipeline.h"

static const struct yaml_node *param(const struct rewriting *w, const char *name)
{
	return yaml_get(w->step->params, name);
}

static bool is_on(const struct rewriting *w, const char *name)
{
	const struct yaml_node *n = param(w, name);
	return n && n->kind == YAML_FLAG && yaml_true(n);
}

/* --- change_logsource --- */

static bool change_logsource(struct rewriting *w)
{
	static const char *const parts[] = {"category", "product", "service"};
	const struct yaml_node *old = yaml_get(w->root, "logsource");
	if (!old)
		return true; /* a correlation has none */
	struct yaml_node *map = rewrite_map(w, old, 0);
	for (size_t i = 0; i < 3; i++) {
		const struct yaml_node *n = param(w, parts[i]);
		if (n && yaml_scalar(n) && n->kind != YAML_NULL)
			map = rewrite_set(w, map, parts[i], rewrite_text(w, old, n->text));
	}
	w->root = rewrite_set(w, w->root, "logsource", map);
	return !w->failed;
}

/* --- add_condition --- */

/* $product, ${service}, $$ */
static slice filled(struct rewriting *w, slice text)
{
	static const char *const parts[] = {"category", "product", "service"};
	struct out o = {.fd = -1};
	while (text.len) {
		slice rest = text;
		bool braces = slice_eat(&rest, "${");
		size_t i = 3;
		if (braces || slice_eat(&rest, "$"))
			for (i = 0; i < 3 && !slice_starts(rest, slice_of(parts[i]));)
				i++;
		if (i < 3) {
			rest = slice_from(rest, strlen(parts[i]));
			out_slice(&o, rewrite_logsource(w, parts[i]));
			text = braces ? slice_from(rest, rest.len && rest.at[0] == '}') : rest;
			continue;
		}
		out_char(&o, text.at[0]);
		text = slice_from(text, slice_starts(text, SLICE("$$")) ? 2 : 1);
	}
	slice kept =
	    rewrite_spend(w, o.len) ? arena_copy(&w->y->arena, (slice){o.at, o.len}) : SLICE("");
	out_close(&o);
	return kept;
}

/* A copy with its values filled in, standing where the rule's detection stands. */
static struct yaml_node *added_map(struct rewriting *w, const struct yaml_node *from,
				   const struct yaml_node *at)
{
	struct yaml_node *n = arena_new(&w->y->arena, struct yaml_node);
	size_t kids = from->kind == YAML_MAP ? 2 * from->count
		      : yaml_scalar(from)    ? 0
					     : from->count;
	*n = *from;
	n->line = at->line;
	n->column = at->column;
	n->at = at->at;
	if (!rewrite_spend(w, sizeof *n + kids * sizeof *n->kids))
		return n;
	n->kids = arena_take(&w->y->arena, (kids + 1) * sizeof *n->kids);
	for (size_t i = 0; i < kids; i++)
		n->kids[i] = added_map(w, from->kids[i], at);
	if (from->kind == YAML_TEXT && is_on(w, "template"))
		n->text = filled(w, from->text);
	return n;
}

static bool add_condition(struct rewriting *w)
{
	const struct yaml_node *conditions = param(w, "conditions"), *name = param(w, "name");
	const struct yaml_node *section = yaml_get(w->root, "detection");
	if (!section)
		return true;
	slice called = name ? name->text : SLICE("");
	if (!called.len)
		called = arena_format(&w->y->arena, "_cond_%zu", w->added.len / 2);
	struct yaml_node *key = rewrite_text(w, section, called);
	if (is_on(w, "template"))
		called = filled(w, called);
	slice lead = arena_format(&w->y->arena, "%s%.*s and (", is_on(w, "negated") ? "not " : "",
				  (int)called.len, called.at);
	*list_add(&w->added) = rewrite_text(w, section, lead);
	*list_add(&w->added) = key;
	struct term *term = term_of_search(w, added_map(w, conditions, section));
	for (size_t i = 0; i < w->searches.len; i++)
		if (slice_eq(w->searches.at[i].key->text, called))
			return rewrite_fail(w, section, "another name in the pipeline",
					    "pipelines add a search '%.*s', and there is one",
					    (int)called.len, called.at);
	*list_add(&w->searches) = (struct named_term){key, term};
	term_mark(w, term);
	return !w->failed;
}

static bool prepare_condition(struct loading *l, struct step *step)
{
	const struct yaml_node *n = yaml_get(step->params, "conditions");
	const struct yaml_node *name = yaml_get(step->params, "name");
	if (n->kind != YAML_MAP || n->count == 0)
		return refuse(l->y->s, yaml_where(l->y, n), "field: value", "conditions are %s",
			      yaml_kind_name(n->kind));
	for (size_t i = 0; i < n->count; i++)
		if (n->kids[2 * i + 1]->kind == YAML_MAP)
			return refuse(l->y->s, yaml_where(l->y, n->kids[2 * i + 1]),
				      "a value or a list of values", "a map");
	if (name && (!yaml_scalar(name) || !name->text.len || name->text.len > NAME_MOST ||
		     slice_find(name->text, ' ') < name->text.len))
		return refuse(l->y->s, yaml_where(l->y, name), "one word", "a bad name");
	return true;
}

/* --- state, attributes, failures --- */

static bool set_state(struct rewriting *w)
{
	struct state_entry *e = arena_new(&w->y->arena, struct state_entry);
	*e = (struct state_entry){param(w, "key")->text, param(w, "val"), w->state};
	w->state = e;
	return rewrite_spend(w, sizeof *e);
}

static bool set_attribute(struct rewriting *w)
{
	static const char *const own[] = {"detection", "correlation", "filter", "logsource", NULL};
	char name[NAME_MOST + 1];
	slice called = param(w, "attribute")->text;
	if (called.len > NAME_MOST)
		return true;
	memcpy(name, called.at, called.len);
	name[called.len] = '\0';
	for (const char *const *o = own; *o; o++)
		if (strcmp(name, *o) == 0)
			return true;
	if (yaml_get(w->root, name))
		return true; /* what the rule says of itself stays */
	w->root = rewrite_set(w, w->root, name, (struct yaml_node *)param(w, "value"));
	return !w->failed;
}

static bool rule_failure(struct rewriting *w)
{
	slice said = param(w, "message")->text;
	return rewrite_fail(w, w->root, "a rule that the pipeline can carry over", "%.*s",
			    (int)(said.len < 200 ? said.len : 200), said.at);
}

static bool prepare_scalar(struct loading *l, struct step *step)
{
	static const char *const names[] = {"key", "val", "message", "attribute", NULL};
	for (const char *const *name = names; *name; name++) {
		const struct yaml_node *n = yaml_get(step->params, *name);
		if (n && !yaml_scalar(n))
			return refuse(l->y->s, yaml_where(l->y, n), "a text or a number",
				      "%s is %s", *name, yaml_kind_name(n->kind));
	}
	return true;
}

/* --- strict_field_mapping_failure --- */

static bool strict_term(struct rewriting *w, const struct term *t)
{
	if (t->kind == TERM_LINE)
		return t->keyword || t->mapped ||
		       rewrite_fail(w, t->at, "a mapping in the pipeline",
				    "field '%.*s' is not mapped",
				    (int)(t->field.len < 64 ? t->field.len : 64), t->field.at);
	for (size_t i = 0; i < t->count; i++)
		if (!strict_term(w, t->kids[i]))
			return false;
	return true;
}

static bool strict(struct rewriting *w)
{
	for (size_t i = 0; i < w->searches.len; i++)
		if (w->searches.at[i].term && !strict_term(w, w->searches.at[i].term))
			return false;
	return true;
}

/* --- nest --- */

static bool nest(struct rewriting *w)
{
	const struct step *step = w->step;
	for (size_t i = 0; i < step->nested_count; i++)
		if (!rewrite_step(w, step->nested[i]))
			return false;
	return true;
}

static bool prepare_nest(struct loading *l, struct step *step)
{
	const struct yaml_node *items = yaml_get(step->params, "items");
	if (++l->depth > NEST_MOST)
		return refuse(l->y->s, yaml_where(l->y, items), "at most 8", "nested too deep");
	bool fine = step_list(l, items, &step->nested, &step->nested_count);
	l->depth--;
	return fine;
}

static bool nothing(struct rewriting *w)
{
	return true;
}

static const char *const logsource_params[] = {"category", "product", "service", NULL};
static const char *const condition_params[] = {"!conditions", "name", "template", "negated", NULL};
static const char *const state_params[] = {"!key", "!val", NULL};
static const char *const attribute_params[] = {"!attribute", "!value", NULL};
static const char *const message_params[] = {"!message", NULL};
static const char *const nest_params[] = {"!items", NULL};
static const char *const field_params[] = {"!field", NULL};
static const char *const fields_params[] = {"!fields", NULL};
static const char *const no_params[] = {NULL};

const struct step_kind rule_steps[] = {
    {"change_logsource", logsource_params, NULL, change_logsource},
    {"add_condition", condition_params, prepare_condition, add_condition},
    {"set_state", state_params, prepare_scalar, set_state},
    {"set_custom_attribute", attribute_params, prepare_scalar, set_attribute},
    {"rule_failure", message_params, prepare_scalar, rule_failure},
    {"strict_field_mapping_failure", no_params, NULL, strict},
    {"nest", nest_params, prepare_nest, nest},
    /* a rule's `fields` are for people: nothing is matched by them */
    {"add_field", field_params, NULL, nothing},
    {"remove_field", field_params, NULL, nothing},
    {"set_field", fields_params, NULL, nothing},
    {0},
};

/* What they would bring comes from the user's own hand: nothing is fetched or started by a rule. */
const struct step_kind other_steps[] = {
    {"query_expression_placeholders",
     .unoffered = "no other query language here: value_placeholders, or --placeholders FILE"},
    {"file_placeholders", .unoffered = "--placeholders FILE, in YAML: name: [value, ...]"},
    {"http_placeholders", .unoffered = "what it fetches, in a file: --placeholders FILE"},
    {"command_placeholders", .unoffered = "what it prints, in a file: --placeholders FILE"},
    {0},
};
