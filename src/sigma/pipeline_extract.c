/*
 * pipeline_extract.c - extract_fields: one value that holds several, as `Dword:5` does, becomes a
 * line for each group that the expression names.
 *
 *	{type: extract_fields, regex: '(?P<kind>\w+):(?P<number>\d+)', field_prefix: reg}
 *	reg: Dword:5     becomes     reg.kind: Dword, reg.number: 5
 *
 * Several values are `or`, with `all` `and`.  A value that the expression does not match is left
 * out, or stays with preserve_unmatched; if none matches, or the line says what must not be (neq),
 * the line stays as it is.
 */
#include "pipeline.h"

static const struct yaml_node *param(const struct rewriting *w, const char *name)
{
	return yaml_get(w->step->params, name);
}

/* What a captured text is: nothing, a number unless it begins with a zero, or a text. */
static const struct yaml_node *captured(struct rewriting *w, const struct yaml_node *like,
					slice text)
{
	struct yaml_node *n = rewrite_text(w, like, text);
	double number;
	bool zero = text.len > 1 && text.at[0] == '0';
	if (slice_eq_nocase(text, SLICE("null")) || slice_eq_nocase(text, SLICE("none")))
		n->kind = YAML_NULL;
	else if (!zero && decimal_parse(text, &number))
		n->kind = YAML_NUMBER;
	return n;
}

static struct term *line_of(struct rewriting *w, const struct term *t, slice field,
			    const struct yaml_node *value)
{
	struct term *one = term_new(w, t->at, 0);
	one->field = field;
	one->keyword = field.len == 0;
	one->values = arena_take(&w->y->arena, sizeof *one->values);
	one->values[0] = value;
	one->count = 1;
	one->marks = t->marks;
	return one;
}

/* NULL: the expression does not match, or captures nothing. */
static struct term *extract(struct rewriting *w, const struct term *t,
			    const struct yaml_node *value)
{
	const struct capture *c = w->step->capture;
	const struct yaml_node *prefix = param(w, "field_prefix");
	slice text = term_shown(w, t, value), head = prefix ? prefix->text : SLICE(""), name, found;
	size_t count = capture_names(c);
	if (!rewrite_spend(w, CAPTURE_COST + text.len) || !capture_matches(c, text))
		return NULL;
	struct term *all = term_new(w, t->at, count);
	all->kind = TERM_ALL;
	for (size_t i = 0; i < count && !w->failed; i++) {
		if (!capture_named(c, text, i, &name, &found) || !found.len)
			continue;
		slice field = arena_format(&w->y->arena, "%.*s%s%.*s", (int)head.len, head.at,
					   head.len ? "." : "", (int)name.len, name.at);
		all->kids[all->count++] = line_of(w, t, field, captured(w, value, found));
	}
	return all->count ? all : NULL;
}

static bool all_texts(const struct term *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->values[i]->kind != YAML_TEXT)
			return false;
	return t->count > 0;
}

static struct term *extract_fields(struct rewriting *w, struct term *t)
{
	const struct yaml_node *keep = param(w, "preserve_unmatched");
	if (!term_is_text(t) || !all_texts(t) || term_has(t, "neq"))
		return t;
	struct term *made = term_new(w, t->at, t->count);
	made->kind = term_has(t, "all") ? TERM_ALL : TERM_ANY;
	for (size_t i = 0; i < t->count && !w->failed; i++) {
		struct term *one = extract(w, t, t->values[i]);
		if (!one && keep && yaml_true(keep))
			one =
			    line_of(w, t, t->field,
				    rewrite_text(w, t->values[i], term_shown(w, t, t->values[i])));
		if (one)
			made->kids[made->count++] = one;
	}
	if (!made->count)
		return t;
	term_mark(w, made);
	return made;
}

static bool need_names(struct loading *l, struct step *step)
{
	const struct yaml_node *prefix = yaml_get(step->params, "field_prefix"),
			       *keep = yaml_get(step->params, "preserve_unmatched"),
			       *regex = yaml_get(step->params, "regex");
	if (prefix && (!yaml_scalar(prefix) || prefix->text.len > NAME_MOST))
		return refuse(l->y->s, yaml_where(l->y, prefix), "a text of at most 256 bytes",
			      "a wrong 'field_prefix'");
	if (keep && keep->kind != YAML_FLAG)
		return refuse(l->y->s, yaml_where(l->y, keep), "true or false",
			      "preserve_unmatched is %s", yaml_kind_name(keep->kind));
	step->capture = loading_capture(l, regex);
	return step->capture && (capture_names(step->capture) > 0 ||
				 refuse(l->y->s, yaml_where(l->y, regex), "(?P<name>...)",
					"an expression that names no group"));
}

static const char *const params[] = {"!regex", "field_prefix", "preserve_unmatched", NULL};
const struct step_kind extract_steps[] = {
    {"extract_fields", params, need_names, NULL, extract_fields},
    {0},
};
