/*
 * pipeline_apply.c - a rule's detection to terms, every step in its turn, and back to YAML.
 *
 * Laws: (1) a rule that no step touches is compiled as it was written;
 *       (2) each line keeps its place in the rule's file, so that complaints still point there;
 *       (3) work for one rule is bounded by REWRITE_WORK, whatever the pipelines make of it.
 */
#include "pipeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* --- what all steps share --- */

bool rewrite_fail(struct rewriting *w, const struct yaml_node *at, const char *expected,
		  const char *format, ...)
{
	char what[256];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (!w->failed)
		refuse(w->s, yaml_where(w->y, at ? at : w->root), expected, "%s", what);
	w->failed = true;
	return false;
}

bool rewrite_spend(struct rewriting *w, size_t n)
{
	if (w->failed)
		return false;
	if (n > REWRITE_WORK - w->work)
		return rewrite_fail(w, NULL, "fewer values, or fewer transformations",
				    "pipelines make too much of this rule");
	w->work += n;
	return true;
}

bool rewrite_marked(const struct mark *marks, slice id)
{
	for (; marks; marks = marks->next)
		if (slice_eq(marks->step->id, id))
			return true;
	return false;
}

static const struct mark *mark_put(struct rewriting *w, const struct mark *marks)
{
	if (!w->step->id.len || rewrite_marked(marks, w->step->id))
		return marks;
	struct mark *m = arena_new(&w->y->arena, struct mark);
	*m = (struct mark){w->step, marks};
	return m;
}

slice rewrite_logsource(const struct rewriting *w, const char *part)
{
	const struct yaml_node *n = yaml_get(yaml_get(w->root, "logsource"), part);
	return n && yaml_scalar(n) && n->kind != YAML_NULL ? n->text : SLICE("");
}

/* --- YAML nodes of its own, at the places of others --- */

static struct yaml_node *node_like(struct rewriting *w, const struct yaml_node *like,
				   enum yaml_kind kind)
{
	struct yaml_node *n = arena_new(&w->y->arena, struct yaml_node);
	*n = (struct yaml_node){.kind = kind,
				.line = like->line,
				.column = like->column,
				.quoted = like->quoted,
				.at = like->at};
	return n;
}

struct yaml_node *rewrite_text(struct rewriting *w, const struct yaml_node *like, slice text)
{
	struct yaml_node *n = node_like(w, like, YAML_TEXT);
	if (rewrite_spend(w, text.len + sizeof *n))
		n->text = arena_copy(&w->y->arena, text);
	return n;
}

struct yaml_node *rewrite_map(struct rewriting *w, const struct yaml_node *like, size_t pairs)
{
	struct yaml_node *n = node_like(w, like, YAML_MAP);
	if (!rewrite_spend(w, 2 * pairs * sizeof *n->kids + sizeof *n))
		pairs = 0;
	n->kids = arena_take(&w->y->arena, (2 * pairs + 1) * sizeof *n->kids);
	return n;
}

static void pair_add(struct yaml_node *map, struct yaml_node *key, struct yaml_node *value)
{
	map->kids[2 * map->count] = key;
	map->kids[2 * map->count + 1] = value;
	map->count++;
}

struct yaml_node *rewrite_set(struct rewriting *w, const struct yaml_node *map, const char *key,
			      struct yaml_node *value)
{
	struct yaml_node *n = rewrite_map(w, map, map->count + 1);
	bool there = false;
	for (size_t i = 0; !w->failed && i < map->count; i++) {
		bool this = slice_eq(map->kids[2 * i]->text, slice_of(key));
		there |= this;
		if (!this || value)
			pair_add(n, map->kids[2 * i], this ? value : map->kids[2 * i + 1]);
	}
	if (!there && value && !w->failed)
		pair_add(n, rewrite_text(w, map, slice_of(key)), value);
	return n;
}

/* --- terms --- */

struct term *term_new(struct rewriting *w, const struct yaml_node *at, size_t kids)
{
	struct term *t = arena_new(&w->y->arena, struct term);
	if (!rewrite_spend(w, sizeof *t + kids * sizeof *t->kids))
		kids = 0;
	t->at = at;
	t->kids = arena_take(&w->y->arena, (kids + 1) * sizeof *t->kids);
	return t;
}

static void take_values(struct rewriting *w, struct term *t, const struct yaml_node *value)
{
	t->list = value->kind == YAML_LIST;
	size_t count = t->list ? value->count : 1;
	if (!rewrite_spend(w, count * sizeof *t->values))
		return;
	t->values = arena_take(&w->y->arena, (count + 1) * sizeof *t->values);
	for (size_t i = 0; i < count; i++)
		t->values[t->count++] = t->list ? value->kids[i] : value;
}

static struct term *term_of_line(struct rewriting *w, const struct yaml_node *key,
				 const struct yaml_node *value)
{
	struct term *t = term_new(w, key, 0);
	size_t bar = slice_find(key->text, '|');
	t->field = slice_first(key->text, bar);
	t->modifiers = slice_from(key->text, bar);
	t->keyword = t->field.len == 0;
	take_values(w, t, value);
	return t;
}

static struct term *term_of_words(struct rewriting *w, const struct yaml_node *list)
{
	struct term *t = term_new(w, list, 0);
	t->keyword = true;
	take_values(w, t, list);
	return t;
}

static struct term *term_of_map(struct rewriting *w, const struct yaml_node *map)
{
	struct term *t = term_new(w, map, map->count);
	t->kind = TERM_ALL;
	for (size_t i = 0; !w->failed && i < map->count; i++)
		t->kids[t->count++] = term_of_line(w, map->kids[2 * i], map->kids[2 * i + 1]);
	return t;
}

/* Texts of a list are one line; maps are others. */
static struct term *term_of_list(struct rewriting *w, const struct yaml_node *list)
{
	struct term *t = term_new(w, list, list->count + 1);
	struct yaml_node *words = node_like(w, list, YAML_LIST);
	words->kids = arena_take(&w->y->arena, (list->count + 1) * sizeof *words->kids);
	t->kind = TERM_ANY;
	for (size_t i = 0; !w->failed && i < list->count; i++)
		if (list->kids[i]->kind == YAML_MAP)
			t->kids[t->count++] = term_of_map(w, list->kids[i]);
		else
			words->kids[words->count++] = list->kids[i];
	if (words->count && !w->failed)
		t->kids[t->count++] = term_of_words(w, words);
	return t;
}

struct term *term_of_search(struct rewriting *w, const struct yaml_node *value)
{
	if (value->kind == YAML_MAP)
		return term_of_map(w, value);
	return value->kind == YAML_LIST ? term_of_list(w, value) : term_of_words(w, value);
}

bool term_has(const struct term *t, const char *modifier)
{
	slice rest = slice_from(t->modifiers, 1);
	while (rest.len)
		if (slice_eq(slice_until(&rest, '|'), slice_of(modifier)))
			return true;
	return false;
}

void term_without(struct rewriting *w, struct term *t, const char *modifier)
{
	struct out o = {.fd = -1};
	slice rest = slice_from(t->modifiers, 1);
	while (rest.len) {
		slice one = slice_until(&rest, '|');
		if (slice_eq(one, slice_of(modifier)))
			continue;
		out_char(&o, '|');
		out_slice(&o, one);
	}
	if (rewrite_spend(w, o.len))
		t->modifiers = arena_copy(&w->y->arena, (slice){o.at, o.len});
	out_close(&o);
}

bool term_is_text(const struct term *t)
{
	static const char *const others[] = {
	    "re",       "cidr",   "exists",       "gt",    "gte",     "lt",      "lte",
	    "fieldref", "base64", "base64offset", "utf16", "utf16le", "utf16be", "wide",
	    "minute",   "hour",   "day",          "week",  "month",   "year",    NULL};
	for (const char *const *m = others; *m; m++)
		if (term_has(t, *m))
			return false;
	return true;
}

/* With a wildcard, not with an escaped star. */
static bool ends_open(slice text)
{
	size_t n = text.len;
	if (n == 0 || text.at[n - 1] != '*')
		return false;
	while (n > 1 && text.at[n - 2] == '\\')
		n--;
	return (text.len - n) % 2 == 0;
}

slice term_shown(struct rewriting *w, const struct term *t, const struct yaml_node *value)
{
	bool both = term_has(t, "contains") && term_is_text(t) && yaml_scalar(value);
	bool head = both || (term_has(t, "endswith") && term_is_text(t));
	bool tail = both || (term_has(t, "startswith") && term_is_text(t));
	head = head && !slice_starts(value->text, SLICE("*"));
	tail = tail && !ends_open(value->text);
	if ((!head && !tail) || value->kind == YAML_NULL || !rewrite_spend(w, value->text.len + 16))
		return value->text;
	return arena_format(&w->y->arena, "%s%.*s%s", head ? "*" : "", (int)value->text.len,
			    value->text.at, tail ? "*" : "");
}

/* --- terms to YAML --- */

static struct yaml_node *yaml_of(struct rewriting *w, const struct term *t);

static struct yaml_node *values_of(struct rewriting *w, const struct term *t)
{
	if (!t->list && t->count == 1)
		return (struct yaml_node *)t->values[0];
	struct yaml_node *n = node_like(w, t->at, YAML_LIST);
	n->kids = (struct yaml_node **)t->values;
	n->count = t->count;
	return n;
}

/* `field|modifiers: values`, or a group: a key without text whose value is a search of its own. */
static void line_of(struct rewriting *w, const struct term *t, struct yaml_node *map)
{
	struct yaml_node *key = node_like(w, t->at, YAML_TEXT), *value;
	if (t->kind == TERM_LINE && (!t->keyword || t->modifiers.len)) {
		key->text = arena_format(&w->y->arena, "%.*s%.*s", (int)t->field.len, t->field.at,
					 (int)t->modifiers.len, t->modifiers.at);
		key->lead = t->field.len;
		key->skip = slice_find(t->at->text, '|');
		value = values_of(w, t);
	} else {
		key->group = true;
		key->text = SLICE("");
		value = yaml_of(w, t);
	}
	rewrite_spend(w, key->text.len + 64);
	pair_add(map, key, value);
}

static struct yaml_node *map_of(struct rewriting *w, const struct term *t)
{
	bool all = t->kind == TERM_ALL;
	struct yaml_node *map = rewrite_map(w, t->at, all ? t->count : 1);
	if (w->failed)
		return map;
	if (!all)
		line_of(w, t, map);
	for (size_t i = 0; all && !w->failed && i < t->count; i++)
		line_of(w, t->kids[i], map);
	return map;
}

static struct yaml_node *yaml_of(struct rewriting *w, const struct term *t)
{
	if (t->kind == TERM_LINE && t->keyword && !t->modifiers.len)
		return values_of(w, t);
	if (t->kind != TERM_ANY)
		return map_of(w, t);
	struct yaml_node *list = node_like(w, t->at, YAML_LIST);
	list->kids = arena_take(&w->y->arena, (t->count + 1) * sizeof *list->kids);
	for (size_t i = 0; !w->failed && i < t->count; i++)
		list->kids[list->count++] = map_of(w, t->kids[i]);
	return list;
}

/* --- steps --- */

const struct yaml_node *rewrite_names(struct rewriting *w, slice name, bool keyword)
{
	const struct step *step = w->step;
	const struct yaml_node **found =
	    step->has_mapping
		? table_get((struct table *)&step->mapping, keyword ? SLICE("") : name)
		: NULL;
	return found && (keyword || name.len) ? *found : NULL;
}

/* A term after the step; NULL: dropped. */
static struct term *step_term(struct rewriting *w, struct term *t)
{
	size_t kept = 0;
	if (!rewrite_spend(w, 1))
		return t;
	if (t->kind != TERM_LINE) {
		for (size_t i = 0; i < t->count; i++) {
			struct term *kid = step_term(w, t->kids[i]);
			if (kid)
				t->kids[kept++] = kid;
		}
		t->count = kept;
		return kept ? t : NULL;
	}
	if (!checks_line(w, &w->step->checks[CHECK_LINE], t))
		return t;
	bool named = w->step->kind->field; /* then each name is asked for */
	if (!named && !checks_field(w, &w->step->checks[CHECK_FIELD], t, t->field))
		return t;
	return w->step->kind->line(w, t);
}

static void step_lines(struct rewriting *w)
{
	for (size_t i = 0; i < w->searches.len; i++)
		if (w->searches.at[i].term)
			w->searches.at[i].term = step_term(w, w->searches.at[i].term);
}

void term_mark(struct rewriting *w, struct term *t)
{
	t->marks = mark_put(w, t->marks);
	for (size_t i = 0; t->kind != TERM_LINE && i < t->count; i++)
		term_mark(w, t->kids[i]);
}

bool rewrite_step(struct rewriting *w, const struct step *step)
{
	const struct step *above = w->step;
	bool fine = true;
	w->step = step;
	if (rewrite_spend(w, 1) && checks_rule(w, &step->checks[CHECK_RULE]) && !w->failed) {
		w->marks = mark_put(w, w->marks);
		if (step->kind->rule)
			fine = step->kind->rule(w);
		if (step->kind->line)
			step_lines(w);
	}
	w->step = above;
	return fine && !w->failed;
}

/* --- a whole rule --- */

static bool is_search(const struct yaml_node *key)
{
	return !slice_eq(key->text, SLICE("condition")) &&
	       !slice_eq(key->text, SLICE("timeframe")) && !slice_eq(key->text, SLICE("rules"));
}

/* Every node is counted once, aliases again, before any is looked at. */
static bool count_all(struct rewriting *w, const struct yaml_node *n)
{
	size_t kids = n->kind == YAML_MAP ? 2 * n->count : yaml_scalar(n) ? 0 : n->count;
	if (!rewrite_spend(w, 8))
		return false;
	for (size_t i = 0; i < kids; i++)
		if (!count_all(w, n->kids[i]))
			return false;
	return true;
}

static bool take_searches_of(struct rewriting *w, const struct yaml_node *section)
{
	for (size_t i = 0; section->kind == YAML_MAP && i < section->count; i++) {
		const struct yaml_node *key = section->kids[2 * i],
				       *value = section->kids[2 * i + 1];
		if (!is_search(key))
			continue;
		*list_add(&w->searches) = (struct named_term){key, term_of_search(w, value)};
	}
	return !w->failed;
}

/* `name and (condition)` for each condition added; places in it stay true (see yaml_node.lead). */
static struct yaml_node *condition_with(struct rewriting *w, const struct yaml_node *condition)
{
	struct yaml_node *n = node_like(w, condition, condition->kind);
	*n = *condition;
	if (condition->kind == YAML_LIST) {
		n->kids = arena_take(&w->y->arena, (n->count + 1) * sizeof *n->kids);
		for (size_t i = 0; i < n->count && !w->failed; i++)
			n->kids[i] = condition_with(w, condition->kids[i]);
		return n;
	}
	if (condition->kind == YAML_MAP || condition->text.len > CONDITION_MOST)
		return n;
	for (size_t i = 0; i < w->added.len; i += 2) {
		slice lead = w->added.at[i]->text; /* "not name and (" */
		if (!rewrite_spend(w, lead.len + n->text.len + 16))
			return n;
		n->text = arena_format(&w->y->arena, "%.*s%.*s)", (int)lead.len, lead.at,
				       (int)n->text.len, n->text.at);
		n->lead += lead.len;
	}
	n->kind = YAML_TEXT;
	return n;
}

/* A search, or what stands for one of which nothing is left. */
static struct yaml_node *search_of(struct rewriting *w, const struct named_term *n)
{
	if (n->term)
		return yaml_of(w, n->term);
	struct yaml_node *gone = node_like(w, n->key, YAML_MAP);
	gone->group = true;
	return gone;
}

static struct yaml_node *section_of(struct rewriting *w, const struct yaml_node *section)
{
	struct yaml_node *n = rewrite_map(w, section, section->count + w->searches.len + 1);
	size_t next = 0;
	for (size_t i = 0; !w->failed && i < section->count; i++) {
		struct yaml_node *key = section->kids[2 * i], *value = section->kids[2 * i + 1];
		if (is_search(key))
			pair_add(n, (struct yaml_node *)w->searches.at[next].key,
				 search_of(w, &w->searches.at[next])),
			    next++;
		else if (slice_eq(key->text, SLICE("condition")))
			pair_add(n, key, condition_with(w, value));
		else
			pair_add(n, key, value);
	}
	for (; !w->failed && next < w->searches.len; next++)
		pair_add(n, (struct yaml_node *)w->searches.at[next].key,
			 search_of(w, &w->searches.at[next]));
	return n;
}

static bool apply_all(struct rewriting *w)
{
	const struct pipelines *all = w->s->pipelines;
	for (size_t i = 0; i < all->all.len; i++)
		for (size_t k = 0; k < all->all.at[i]->count; k++)
			if (!rewrite_step(w, all->all.at[i]->steps[k]))
				return false;
	return true;
}

const struct yaml_node *pipelines_apply(void *ctx, struct yaml *y, const struct yaml_node *root)
{
	struct rewriting w = {.y = y, .s = y->s};
	const char *name = yaml_get(root, "detection") ? "detection" : "filter";
	const struct yaml_node *section = yaml_get(root, name);
	bool maps = root->kind == YAML_MAP && (!section || section->kind == YAML_MAP);
	if (!maps || !y->s->pipelines || !y->s->pipelines->all.len)
		return root; /* what is wrong with it is said by those who compile it */
	w.root = (struct yaml_node *)root;
	bool fine =
	    count_all(&w, root) && (!section || take_searches_of(&w, section)) && apply_all(&w);
	if (fine && section)
		w.root = rewrite_set(&w, w.root, name, section_of(&w, section));
	list_free(&w.searches);
	list_free(&w.added);
	return fine && !w.failed ? w.root : NULL;
}
