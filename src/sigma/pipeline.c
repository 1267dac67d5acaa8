/*
 * pipeline.c - files of pipelines to steps: what is unknown is refused with its place, and what
 * belongs to makers of query texts (postprocessing, finalizers) is passed over with a warning.
 */
#include "pipeline.h"

#include <stdlib.h>

static const char *const top_params[] = {
    "name",       "priority",         "vars", "transformations", "postprocessing",
    "finalizers", "allowed_backends", NULL};
static const char *const step_params[] = {"id",
					  "!type",
					  "rule_conditions",
					  "rule_cond_op",
					  "rule_cond_not",
					  "rule_cond_expr",
					  "rule_cond_expression",
					  "detection_item_conditions",
					  "detection_item_cond_op",
					  "detection_item_cond_not",
					  "detection_item_cond_expr",
					  "detection_item_cond_expression",
					  "field_name_conditions",
					  "field_name_cond_op",
					  "field_name_cond_not",
					  "field_name_cond_expr",
					  "field_name_cond_expression",
					  NULL};
static const struct step_kind *const kinds[] = {rule_steps, line_steps, value_steps, extract_steps,
						other_steps};

const char *arena_near(struct sigma *s, slice name, const char *const *names, const char *otherwise)
{
	struct nearest near = nearest_to(name);
	for (; names && *names; names++)
		nearest_offer(&near, slice_of(*names + (**names == '!')));
	return nearest_say(s, &near, otherwise);
}

static bool is_among(slice name, const char *const *names)
{
	for (; names && *names; names++)
		if (slice_eq(name, slice_of(*names + (**names == '!'))))
			return true;
	return false;
}

/* "name, priority, vars" */
static const char *listed(struct sigma *s, const char *const *names)
{
	const char *text = names && *names ? *names + (**names == '!') : "no more than type";
	for (const char *const *n = names && *names ? names + 1 : NULL; n && *n; n++)
		text = arena_format(&s->arena, "%s, %s", text, *n + (**n == '!')).at;
	return text;
}

bool params_known(struct loading *l, const struct yaml_node *map, const char *const *params,
		  const char *const *common, const char *what)
{
	struct sigma *s = l->y->s;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = yaml_kid(l->y, map, 2 * i);
		if (!key)
			return false;
		if (is_among(key->text, params) || is_among(key->text, common))
			continue;
		const char *near = params ? arena_near(s, key->text, params, NULL) : NULL;
		if (!near)
			near = arena_near(s, key->text, common, listed(s, params));
		return refuse(s, yaml_where(l->y, key), near, "%s has no '%.*s'", what,
			      (int)(key->text.len < 64 ? key->text.len : 64), key->text.at);
	}
	for (const char *const *p = params; p && *p; p++)
		if (**p == '!' && !yaml_get(map, *p + 1))
			return refuse(s, yaml_where(l->y, map), *p + 1, "%s without '%s'", what,
				      *p + 1);
	return true;
}

struct capture *loading_capture(struct loading *l, const struct yaml_node *n)
{
	struct capture *c = capture_new(l->y, n);
	if (c)
		*list_add(&l->y->s->pipelines->captures) = c;
	return c;
}

/* --- steps --- */

static const struct step_kind *step_kind_of(struct loading *l, const struct yaml_node *type)
{
	struct nearest near = nearest_to(type->text);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (const struct step_kind *k = kinds[i]; k->name; k++) {
			if (slice_eq(slice_of(k->name), type->text))
				return k;
			nearest_offer(&near, slice_of(k->name));
		}
	refuse(l->y->s, yaml_where(l->y, type),
	       nearest_say(l->y->s, &near, "a type of pySigma's transformations"),
	       "unknown transformation '%.*s'", (int)(type->text.len < 64 ? type->text.len : 64),
	       type->text.at);
	return NULL;
}

/* name -> new names, found at once; the name of keywords is null. */
static bool take_mapping(struct loading *l, struct step *step)
{
	const struct yaml_node *map = yaml_get(step->params, "mapping");
	if (!map)
		return true;
	if (map->kind != YAML_MAP)
		return refuse(l->y->s, yaml_where(l->y, map), "old: new", "mapping is %s",
			      yaml_kind_name(map->kind));
	table_init(&step->mapping, sizeof(struct yaml_node *), 0);
	step->has_mapping = true;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = yaml_kid(l->y, map, 2 * i);
		const struct yaml_node *value = key ? yaml_kid(l->y, map, 2 * i + 1) : NULL;
		bool names = value && (value->kind == YAML_LIST || yaml_scalar(value));
		for (size_t k = 0; names && value->kind == YAML_LIST && k < value->count; k++)
			names = yaml_scalar(value->kids[k]);
		if (!names)
			return value &&
			       refuse(l->y->s, yaml_where(l->y, value), "a name or a list of names",
				      "mapping to %s", yaml_kind_name(value->kind));
		slice name = key->kind == YAML_NULL ? SLICE("") : key->text;
		*(const struct yaml_node **)table_put(&step->mapping, name, NULL) = value;
	}
	return true;
}

static bool step_take(struct loading *l, const struct yaml_node *item, struct step *step)
{
	const struct yaml_node *type = yaml_get(item, "type"), *id = yaml_get(item, "id");
	if (item->kind != YAML_MAP || !type || !yaml_scalar(type))
		return refuse(l->y->s, yaml_where(l->y, type ? type : item), "type: ...",
			      "a transformation without type");
	step->kind = step_kind_of(l, type);
	step->params = item;
	step->in = l->pipeline;
	step->id = id && yaml_scalar(id) ? id->text : SLICE("");
	if (!step->kind)
		return false;
	if (step->kind->unoffered)
		return refuse(l->y->s, yaml_where(l->y, type), step->kind->unoffered,
			      "'%s' is not offered", step->kind->name);
	return params_known(l, item, step->kind->params, step_params, step->kind->name) &&
	       take_mapping(l, step) && checks_take(l, item, CHECK_RULE, &step->checks[0]) &&
	       checks_take(l, item, CHECK_LINE, &step->checks[1]) &&
	       checks_take(l, item, CHECK_FIELD, &step->checks[2]) &&
	       (!step->kind->prepare || step->kind->prepare(l, step));
}

bool step_list(struct loading *l, const struct yaml_node *list, struct step ***steps, size_t *count)
{
	struct sigma *s = l->y->s;
	if (list->kind != YAML_LIST)
		return refuse(s, yaml_where(l->y, list), "- type: ...", "transformations are %s",
			      yaml_kind_name(list->kind));
	*steps = arena_take(&s->arena, (list->count + 1) * sizeof **steps);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *item = yaml_kid(l->y, list, i);
		struct step *step = arena_new(&s->arena, struct step);
		if (!item)
			return false;
		if (s->pipelines->steps.len == STEPS_TOTAL_MOST)
			return refuse(s, yaml_where(l->y, item), "at most 4096",
				      "too many transformations");
		*list_add(&s->pipelines->steps) = step;
		if (!step_take(l, item, step))
			return false;
		(*steps)[(*count)++] = step;
	}
	return true;
}

/* --- pipelines --- */

static bool take_priority(struct loading *l, const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_get(root, "priority");
	slice text = n ? n->text : SLICE("0");
	bool minus = slice_eat(&text, "-");
	if (n && (!yaml_scalar(n) || !slice_is_number(text, &l->pipeline->priority)))
		return refuse(l->y->s, yaml_where(l->y, n), "a whole number", "not a priority");
	if (minus)
		l->pipeline->priority = -l->pipeline->priority;
	return true;
}

static void pass_over(struct loading *l, const struct yaml_node *root, const char *key)
{
	const struct yaml_node *n = yaml_get(root, key);
	if (n && n->kind != YAML_NULL && (yaml_scalar(n) || n->count))
		warn(l->y->s, yaml_where(l->y, n), "transformations, which change the rules",
		     "'%s' changes texts of queries; there are none here", key);
}

static bool take_pipeline(struct loading *l, const struct yaml_node *root)
{
	struct pipeline *p = l->pipeline;
	struct yaml *y = l->y;
	const struct yaml_node *name = yaml_get(root, "name"), *vars = yaml_get(root, "vars");
	const struct yaml_node *list = yaml_get(root, "transformations");
	if (root->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, root), "transformations: ...",
			      "a pipeline that is %s", yaml_kind_name(root->kind));
	if (!params_known(l, root, top_params, NULL, "a pipeline") || !take_priority(l, root))
		return false;
	if (vars && vars->kind != YAML_MAP && vars->kind != YAML_NULL)
		return refuse(y->s, yaml_where(y, vars), "name: value", "vars is %s",
			      yaml_kind_name(vars->kind));
	p->name = name && yaml_scalar(name) ? name->text : SLICE("");
	p->vars = vars;
	pass_over(l, root, "postprocessing");
	pass_over(l, root, "finalizers");
	return !list || list->kind == YAML_NULL || step_list(l, list, &p->steps, &p->count);
}

static void insert(struct pipelines *all, struct pipeline *p)
{
	*list_add(&all->all) = p;
	size_t i = all->all.len - 1;
	for (; i > 0 && all->all.at[i - 1]->priority > p->priority; i--)
		all->all.at[i] = all->all.at[i - 1];
	all->all.at[i] = p;
}

void pipeline_take(struct yaml *y, const struct yaml_node *root)
{
	struct sigma *s = y->s;
	struct pipeline *p = arena_new(&s->arena, struct pipeline);
	struct loading l = {.y = y, .pipeline = p};
	p->path = y->path;
	if (!s->pipelines)
		s->pipelines = must_alloc(sizeof *s->pipelines);
	if (!take_pipeline(&l, root) || y->bad)
		return;
	p->arena = y->arena; /* the steps read their YAML when they are applied */
	y->arena = (struct arena){0};
	insert(s->pipelines, p);
	s->transform = pipelines_apply;
}

void pipelines_free(struct sigma *s)
{
	struct pipelines *all = s->pipelines;
	if (!all)
		return;
	for (size_t i = 0; i < all->all.len; i++)
		arena_free(&all->all.at[i]->arena);
	for (size_t i = 0; i < all->steps.len; i++)
		if (all->steps.at[i]->has_mapping)
			table_free(&all->steps.at[i]->mapping);
	for (size_t i = 0; i < all->captures.len; i++)
		capture_free(all->captures.at[i]);
	list_free(&all->all);
	list_free(&all->steps);
	list_free(&all->captures);
	free(all);
}
