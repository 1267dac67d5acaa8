/* pipeline_line.c - steps that change a line of a detection: its field, or whether it stays. */
#include "pipeline.h"

#include <stdlib.h>

static const struct yaml_node *param(const struct rewriting *w, const char *name)
{
	return yaml_get(w->step->params, name);
}

static struct term *copy_of(struct rewriting *w, const struct term *t)
{
	struct term *c = term_new(w, t->at, 0);
	*c = *t;
	return c;
}

/* --- field names --- */

static size_t names_count(const struct yaml_node *names)
{
	return names->kind == YAML_LIST ? names->count : 1;
}

static slice name_at(const struct yaml_node *names, size_t i)
{
	return names->kind == YAML_LIST ? names->kids[i]->text : names->text;
}

static const struct yaml_node *names_for(struct rewriting *w, const struct term *t, slice name,
					 bool keyword)
{
	if (!rewrite_spend(w, 1) || (name.len == 0 && !keyword))
		return NULL;
	const struct yaml_node *names = w->step->kind->field(w, t, name, keyword);
	return names && checks_field(w, &w->step->checks[CHECK_FIELD], t, name) ? names : NULL;
}

/* The values of `fieldref` are names as well. */
static bool map_references(struct rewriting *w, struct term *t)
{
	struct values all = {0};
	bool changed = false;
	for (size_t i = 0; i < t->count; i++) {
		const struct yaml_node *v = t->values[i];
		const struct yaml_node *names =
		    yaml_scalar(v) ? names_for(w, t, v->text, false) : NULL;
		for (size_t k = 0; names && k < names_count(names) && !w->failed; k++)
			*list_add(&all) = rewrite_text(w, v, name_at(names, k));
		if (!names)
			*list_add(&all) = v;
		changed |= names != NULL;
	}
	if (changed && rewrite_spend(w, all.len * sizeof *all.at)) {
		t->values = arena_take(&w->y->arena, (all.len + 1) * sizeof *all.at);
		if (all.len)
			memcpy(t->values, all.at, all.len * sizeof *all.at);
		t->list |= all.len != 1;
		t->count = all.len;
	}
	list_free(&all);
	return changed;
}

static void name_line(struct rewriting *w, struct term *t, slice name)
{
	bool placed =
	    term_has(t, "contains") || term_has(t, "startswith") || term_has(t, "endswith");
	if (t->keyword && !placed && term_is_text(t))
		t->modifiers = arena_format(&w->y->arena, "|contains%.*s", (int)t->modifiers.len,
					    t->modifiers.at);
	t->field = name;
	t->keyword = false;
	t->mapped = true;
}

static struct term *map_line(struct rewriting *w, struct term *t)
{
	if (term_has(t, "fieldref") && map_references(w, t))
		term_mark(w, t);
	const struct yaml_node *names = names_for(w, t, t->field, t->keyword);
	if (!names || w->failed)
		return t;
	size_t count = names_count(names);
	if (count == 0)
		return NULL;
	term_mark(w, t);
	struct term *any = term_new(w, t->at, count);
	any->kind = TERM_ANY;
	for (size_t i = 0; i < count && !w->failed; i++) {
		struct term *one = count == 1 ? t : copy_of(w, t);
		name_line(w, one, name_at(names, i));
		any->kids[any->count++] = one;
	}
	return count == 1 ? t : any;
}

static const struct yaml_node *by_mapping(struct rewriting *w, const struct term *t, slice name,
					  bool keyword)
{
	return rewrite_names(w, name, keyword);
}

static const struct yaml_node *joined(struct rewriting *w, const struct term *t, slice a, slice b)
{
	return rewrite_text(
	    w, t->at, arena_format(&w->y->arena, "%.*s%.*s", (int)a.len, a.at, (int)b.len, b.at));
}

/* The first prefix that fits. */
static const struct yaml_node *by_prefix(struct rewriting *w, const struct term *t, slice name,
					 bool keyword)
{
	const struct yaml_node *map = param(w, "mapping");
	for (size_t i = 0; !keyword && i < map->count && rewrite_spend(w, 1); i++) {
		slice head = map->kids[2 * i]->text;
		const struct yaml_node *to = map->kids[2 * i + 1];
		if (!head.len || !slice_starts(name, head))
			continue;
		struct yaml_node *list = arena_new(&w->y->arena, struct yaml_node);
		*list = *to;
		list->kind = YAML_LIST;
		list->count = names_count(to);
		list->kids = arena_take(&w->y->arena, (list->count + 1) * sizeof *list->kids);
		for (size_t k = 0; k < list->count; k++)
			list->kids[k] = (struct yaml_node *)joined(w, t, name_at(to, k),
								   slice_from(name, head.len));
		return list;
	}
	return NULL;
}

static const struct yaml_node *with_suffix(struct rewriting *w, const struct term *t, slice name,
					   bool keyword)
{
	return keyword ? NULL : joined(w, t, name, param(w, "suffix")->text);
}

static const struct yaml_node *with_head(struct rewriting *w, const struct term *t, slice name,
					 bool keyword)
{
	return keyword ? NULL : joined(w, t, param(w, "prefix")->text, name);
}

static const struct yaml_node *by_function(struct rewriting *w, const struct term *t, slice name,
					   bool keyword)
{
	const struct yaml_node *own = rewrite_names(w, name, keyword);
	if (own || keyword)
		return own;
	return rewrite_text(w, t->at, text_cased(w, name, param(w, "transform_func")->text));
}

/* --- a correlation's fields --- */

static struct yaml_node *map_names(struct rewriting *w, const struct yaml_node *n,
				   const struct yaml_node *aliases, bool single)
{
	const struct term at = {.at = n};
	bool list = n->kind == YAML_LIST;
	size_t count = list ? n->count : 1;
	struct values all = {0};
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *one = list ? n->kids[i] : n;
		bool alias = aliases && yaml_get_n(aliases, one->text);
		const struct yaml_node *names =
		    alias || !yaml_scalar(one) ? NULL : names_for(w, &at, one->text, false);
		if (names && names_count(names) > 1 && single)
			rewrite_fail(w, one, "a field with one name in the pipeline",
				     "a correlation's field becomes several");
		for (size_t k = 0; names && k < names_count(names) && !w->failed; k++)
			*list_add(&all) = rewrite_text(w, one, name_at(names, k));
		if (!names)
			*list_add(&all) = one;
	}
	struct yaml_node *made = rewrite_map(w, n, all.len);
	made->kind = YAML_LIST;
	made->count = w->failed ? 0 : all.len;
	if (made->count)
		memcpy(made->kids, all.at, all.len * sizeof *all.at);
	list_free(&all);
	return list || made->count != 1 ? made : made->kids[0];
}

static struct yaml_node *map_aliases(struct rewriting *w, const struct yaml_node *aliases)
{
	struct yaml_node *made = rewrite_map(w, aliases, aliases->count);
	made->count = w->failed ? 0 : aliases->count;
	for (size_t i = 0; i < made->count; i++) {
		const struct yaml_node *of = aliases->kids[2 * i + 1];
		struct yaml_node *fields = (struct yaml_node *)of;
		if (of->kind == YAML_MAP) {
			fields = rewrite_map(w, of, of->count);
			fields->count = w->failed ? 0 : of->count;
		}
		for (size_t k = 0; fields != of && k < fields->count; k++) {
			fields->kids[2 * k] = of->kids[2 * k];
			fields->kids[2 * k + 1] = map_names(w, of->kids[2 * k + 1], NULL, true);
		}
		made->kids[2 * i] = aliases->kids[2 * i];
		made->kids[2 * i + 1] = fields;
	}
	return made;
}

static bool map_correlation(struct rewriting *w)
{
	struct yaml_node *c = yaml_get(w->root, "correlation");
	const struct yaml_node *aliases = yaml_get(c, "aliases"), *group = yaml_get(c, "group-by"),
			       *condition = yaml_get(c, "condition"),
			       *field = yaml_get(condition, "field");
	if (!c || c->kind != YAML_MAP)
		return true;
	if (aliases && aliases->kind == YAML_MAP)
		c = rewrite_set(w, c, "aliases", map_aliases(w, aliases));
	if (group)
		c = rewrite_set(w, c, "group-by", map_names(w, group, aliases, false));
	if (field)
		c = rewrite_set(
		    w, c, "condition",
		    rewrite_set(w, condition, "field", map_names(w, field, NULL, true)));
	w->root = rewrite_set(w, w->root, "correlation", c);
	return !w->failed;
}

/* --- others --- */

static struct term *drop(struct rewriting *w, struct term *t)
{
	return NULL;
}

static struct term *failure(struct rewriting *w, struct term *t)
{
	slice said = param(w, "message")->text;
	rewrite_fail(w, t->at, "a line that the pipeline can carry over", "%.*s",
		     (int)(said.len < 200 ? said.len : 200), said.at);
	return t;
}

/* --- hashes_fields --- */

static slice strip_wild(slice s)
{
	while (s.len && (s.at[0] == '*' || s.at[0] == '?'))
		s = slice_from(s, 1);
	while (s.len && (s.at[s.len - 1] == '*' || s.at[s.len - 1] == '?'))
		s.len--;
	return s;
}

/* "SHA1=..." or "SHA1|...", or a bare value that its length tells. */
static slice split_hash(slice text, slice *algorithm)
{
	char mark = slice_find(text, '|') < text.len ? '|' : '=';
	slice rest = text, head = slice_until(&rest, mark);
	if (head.len < text.len) {
		*algorithm = strip_wild(head);
		return strip_wild(rest);
	}
	slice value = strip_wild(text);
	*algorithm = value.len == 32    ? SLICE("MD5")
		     : value.len == 40  ? SLICE("SHA1")
		     : value.len == 64  ? SLICE("SHA256")
		     : value.len == 128 ? SLICE("SHA512")
					: SLICE("");
	return value;
}

static const struct yaml_node *known_algorithm(const struct rewriting *w, slice name)
{
	const struct yaml_node *known = param(w, "valid_hash_algos");
	for (size_t i = 0; name.len && i < known->count; i++)
		if (slice_eq_nocase(known->kids[i]->text, name))
			return known->kids[i];
	return NULL;
}

static bool is_hash_field(const struct rewriting *w, slice field)
{
	const struct yaml_node *fields = param(w, "field_to_parse");
	if (!fields)
		return slice_eq(field, SLICE("Hashes")) || slice_eq(field, SLICE("Hash"));
	for (size_t i = 0; fields->kind == YAML_LIST && i < fields->count; i++)
		if (slice_eq(fields->kids[i]->text, field))
			return true;
	return yaml_scalar(fields) && slice_eq(fields->text, field);
}

static struct term *hash_line(struct rewriting *w, const struct term *t, slice algorithm)
{
	const struct yaml_node *head = param(w, "field_prefix"),
			       *bare = param(w, "drop_algo_prefix");
	bool dropped = bare && yaml_true(bare);
	struct term *one = term_new(w, t->at, 0);
	one->list = true;
	one->field =
	    arena_format(&w->y->arena, "%.*s%.*s", head ? (int)head->text.len : 0,
			 head ? head->text.at : "", dropped ? 0 : (int)algorithm.len, algorithm.at);
	one->keyword = one->field.len == 0 || slice_eq(one->field, SLICE("keyword"));
	one->values = arena_take(&w->y->arena, (t->count + 1) * sizeof *one->values);
	one->marks = t->marks;
	return one;
}

static struct term *hashes(struct rewriting *w, struct term *t)
{
	const struct yaml_node *known = param(w, "valid_hash_algos");
	if (!is_hash_field(w, t->field) || !term_is_text(t) ||
	    !rewrite_spend(w, known->count * (t->count + 1) * 8))
		return t;
	struct term *any = term_new(w, t->at, known->count);
	any->kind = TERM_ANY;
	for (size_t i = 0; i < known->count && !w->failed; i++) {
		struct term *one = hash_line(w, t, known->kids[i]->text);
		for (size_t k = 0; k < t->count; k++) {
			slice algorithm, value = split_hash(t->values[k]->text, &algorithm);
			if (t->values[k]->kind == YAML_TEXT &&
			    known_algorithm(w, algorithm) == known->kids[i])
				one->values[one->count++] = rewrite_text(w, t->values[k], value);
		}
		if (one->count)
			any->kids[any->count++] = one;
	}
	if (any->count == 0)
		rewrite_fail(w, t->at, "one of the pipeline's valid_hash_algos",
			     "no hash that the pipeline knows");
	term_mark(w, any);
	return any;
}

/* --- what they need --- */

static bool need_mapping(struct loading *l, struct step *step)
{
	return step->has_mapping;
}

static bool need_function(struct loading *l, struct step *step)
{
	static const char *const names[] = {"lower", "upper", "snake_case", NULL};
	const struct yaml_node *n = yaml_get(step->params, "transform_func");
	for (const char *const *name = names; *name; name++)
		if (slice_eq(n->text, slice_of(*name)))
			return true;
	return refuse(l->y->s, yaml_where(l->y, n),
		      arena_near(l->y->s, n->text, names, "lower, upper or snake_case"),
		      "unknown transform_func");
}

static bool need_text(struct loading *l, struct step *step)
{
	static const char *const names[] = {"suffix", "prefix", "message", "field_prefix", NULL};
	for (const char *const *name = names; *name; name++) {
		const struct yaml_node *n = yaml_get(step->params, *name);
		if (n && (!yaml_scalar(n) || n->text.len > NAME_MOST))
			return refuse(l->y->s, yaml_where(l->y, n), "a text of at most 256 bytes",
				      "a wrong '%s'", *name);
	}
	return true;
}

static bool need_algorithms(struct loading *l, struct step *step)
{
	const struct yaml_node *n = yaml_get(step->params, "valid_hash_algos");
	return (n->kind == YAML_LIST && n->count <= 64) ||
	       refuse(l->y->s, yaml_where(l->y, n), "a list of at most 64 names",
		      "valid_hash_algos is %s", yaml_kind_name(n->kind));
}

static const char *const mapping_params[] = {"!mapping", NULL};
static const char *const function_params[] = {"!transform_func", "mapping", NULL};
static const char *const suffix_params[] = {"!suffix", NULL};
static const char *const head_params[] = {"!prefix", NULL};
static const char *const no_params[] = {NULL};
static const char *const message_params[] = {"!message", NULL};
static const char *const hashes_params[] = {"!valid_hash_algos", "field_prefix", "drop_algo_prefix",
					    "field_to_parse", NULL};

const struct step_kind line_steps[] = {
    {"field_name_mapping", mapping_params, need_mapping, map_correlation, map_line, by_mapping},
    {"field_name_prefix_mapping", mapping_params, need_mapping, map_correlation, map_line,
     by_prefix},
    {"field_name_suffix", suffix_params, need_text, map_correlation, map_line, with_suffix},
    {"field_name_prefix", head_params, need_text, map_correlation, map_line, with_head},
    {"field_name_transform", function_params, need_function, map_correlation, map_line,
     by_function},
    {"drop_detection_item", no_params, NULL, NULL, drop},
    {"detection_item_failure", message_params, need_text, NULL, failure},
    {"hashes_fields", hashes_params, need_algorithms, NULL, hashes},
    {0},
};
