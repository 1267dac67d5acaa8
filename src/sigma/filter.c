/*
 * filter.c - filters: a condition more for many rules (filters specification 2.1.0).
 *
 *	filter:
 *	    rules: [ids or names]       or `any`, or none: each rule of the filter's log source
 *	    selection: ...
 *	    condition: not selection
 *
 * A rule so named holds if its own condition and the filter's do: what is to be kept out stands
 * under `not`.  It must be of the filter's log source: what the filter says of product, category
 * and service, the rule says too.
 */
#include "internal.h"

#include <stdlib.h>

struct filter {
	slice *names;
	struct where *at, place;
	size_t count;
	bool any;
	slice title;
	struct node *tree;
	const struct logsource *logsource;
};

static bool take_names(struct yaml *y, const struct yaml_node *n, struct filter *f)
{
	struct arena *a = &y->s->arena;
	bool list = n->kind == YAML_LIST;
	f->count = list ? n->count : 1;
	f->names = arena_take(a, f->count * sizeof *f->names);
	f->at = arena_take(a, f->count * sizeof *f->at);
	for (size_t i = 0; i < f->count; i++) {
		const struct yaml_node *item = list ? yaml_kid(y, n, i) : n;
		if (!item)
			return false;
		if (!yaml_scalar(item) || item->kind == YAML_NULL || item->text.len > NAME_MOST)
			return refuse(y->s, yaml_where(y, item), "an id or name of a rule",
				      "a name that is %s", yaml_kind_name(item->kind));
		f->names[i] = arena_copy(a, item->text);
		f->at[i] = yaml_where(y, item);
	}
	if (f->count == 0)
		warn(y->s, yaml_where(y, n), "rules: any",
		     "a filter of no rule by name is one of every rule of its log source");
	f->any = f->count == 0 || (f->count == 1 && slice_eq_nocase(f->names[0], SLICE("any")));
	return true;
}

static bool take(struct yaml *y, const struct yaml_node *root, struct filter *f)
{
	const struct yaml_node *section = yaml_get(root, "filter");
	const struct yaml_node *title = yaml_get(root, "title"),
			       *rules = yaml_get(section, "rules");
	f->place = yaml_where(y, root);
	if (yaml_get(root, "detection") || yaml_get(root, "correlation"))
		return refuse(y->s, f->place, "a filter in a document of its own",
			      "a filter that is a rule as well");
	if (!title || !yaml_scalar(title) || !title->text.len)
		return refuse(y->s, f->place, "title:", "a filter without title");
	if (section->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, section), "rules, selection, condition",
			      "filter is %s", yaml_kind_name(section->kind));
	if (!rules)
		return refuse(y->s, yaml_where(y, section), "rules: ids or names",
			      "a filter without rules");
	f->title = arena_copy(&y->s->arena, title->text);
	f->logsource = logsource_take(y, root);
	if (!f->logsource || !take_names(y, rules, f))
		return false;
	f->tree = detection_tree(y, section, "filter");
	return f->tree;
}

void filter_take(struct yaml *y, const struct yaml_node *root)
{
	struct filter *f = arena_new(&y->s->arena, struct filter);
	if (take(y, root, f))
		*list_add(&y->s->filters) = f;
}

/* --- once all rules are there --- */

static bool part_fits(slice wanted, slice part)
{
	return wanted.len == 0 || slice_eq_nocase(wanted, part);
}

static bool fits(const struct filter *f, const struct rule *r)
{
	const struct logsource *want = f->logsource, *is = r->logsource;
	return part_fits(want->product, is->product) && part_fits(want->category, is->category) &&
	       part_fits(want->service, is->service);
}

static void apply(struct sigma *s, const struct filter *f, struct rule *r)
{
	nodes both = {0};
	*list_add(&both) = r->tree;
	*list_add(&both) = f->tree;
	r->tree = node_join(s, NODE_ALL, &both);
	list_free(&both);
}

static void apply_named(struct sigma *s, const struct filter *f, size_t i)
{
	struct rule *found = rule_called(s, f->names[i]);
	if (!found) {
		struct nearest near = nearest_to(f->names[i]);
		for (size_t k = 0; k < s->rules.len; k++) {
			nearest_offer(&near, slice_of(s->rules.at[k]->public.name));
			nearest_offer(&near, slice_of(s->rules.at[k]->public.id));
		}
		refuse(s, f->at[i], nearest_say(s, &near, "the id or name of a loaded rule"),
		       "no rule '%.*s' to filter", (int)f->names[i].len, f->names[i].at);
	} else if (!found->tree) {
		refuse(s, f->at[i], "a rule with a detection", "a filter of a correlation");
	} else if (!fits(f, found)) {
		warn(s, f->at[i], "the log source of the rule, or less of it",
		     "the filter is for another log source than '%s'", found->public.title);
	} else {
		apply(s, f, found);
	}
}

void filters_apply(struct sigma *s)
{
	for (size_t i = 0; i < s->filters.len; i++) {
		const struct filter *f = s->filters.at[i];
		for (size_t k = 0; f->any && k < s->rules.len; k++)
			if (s->rules.at[k]->tree && fits(f, s->rules.at[k]))
				apply(s, f, s->rules.at[k]);
		for (size_t k = 0; !f->any && k < f->count; k++)
			apply_named(s, f, k);
	}
}
