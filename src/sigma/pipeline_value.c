/*
 * pipeline_value.c - steps that change the values of a line.
 *
 * A text is shown to them in full, "*a*" for `contains: a`; once one was changed, the line's values
 * are those full texts, and the modifiers that were written out in them are gone.
 */
#include "pipeline.h"

#include <stdlib.h>

static const struct yaml_node *param(const struct rewriting *w, const char *name)
{
	return yaml_get(w->step->params, name);
}

static bool is_on(const struct rewriting *w, const char *name)
{
	const struct yaml_node *n = param(w, name);
	return n && n->kind == YAML_FLAG && yaml_true(n);
}

static struct term *with_values(struct rewriting *w, struct term *t, const struct values *all)
{
	if (!rewrite_spend(w, all->len * sizeof *all->at))
		return t;
	t->values = arena_take(&w->y->arena, (all->len + 1) * sizeof *all->at);
	if (all->len)
		memcpy(t->values, all->at, all->len * sizeof *all->at);
	t->count = all->len;
	t->list |= all->len != 1;
	term_mark(w, t);
	return all->len ? t : NULL;
}

static void without_places(struct rewriting *w, struct term *t)
{
	static const char *const places[] = {"contains", "startswith", "endswith"};
	for (size_t i = 0; i < 3; i++)
		if (term_has(t, places[i]))
			term_without(w, t, places[i]);
}

static struct term *change_texts(struct rewriting *w, struct term *t)
{
	struct values all = {0};
	bool changed = false;
	if (!term_is_text(t))
		return t;
	for (size_t i = 0; i < t->count && !w->failed; i++) {
		const struct yaml_node *v = t->values[i];
		bool text = v->kind == YAML_TEXT || v->kind == YAML_NUMBER;
		slice full = term_shown(w, t, v);
		if (text && full.len != v->text.len)
			v = rewrite_text(w, v, full);
		if (text && w->step->kind->value(w, t, v, &all))
			changed = true;
		else
			*list_add(&all) = v;
	}
	if (changed) {
		t = with_values(w, t, &all);
		if (t)
			without_places(w, t);
	}
	list_free(&all);
	return t;
}

/* --- replace_string --- */

/* A text as it is written, a backslash standing for itself: only * and ? are escaped. */
static void unescape(slice text, struct out *o)
{
	glyphs g = {0};
	glyphs_parse(&g, text, true);
	for (size_t i = 0; i < g.len; i++) {
		uint16_t c = g.at[i];
		if (c == '*' || c == '?')
			out_char(o, '\\');
		out_char(o, c == ANY_RUN ? '*' : c == ANY_ONE ? '?' : (char)c);
	}
	list_free(&g);
}

static void escape(slice text, struct out *o)
{
	for (size_t i = 0; i < text.len; i++) {
		bool escapes = i + 1 < text.len && (text.at[i + 1] == '*' || text.at[i + 1] == '?');
		out_char(o, text.at[i]);
		if (text.at[i] == '\\' && !escapes)
			out_char(o, '\\');
	}
}

static bool replace_part(struct rewriting *w, const struct term *t, slice text, struct out *o)
{
	if (!rewrite_spend(w, CAPTURE_COST + text.len))
		return false;
	return capture_replace(w->step->capture, text, param(w, "replacement")->text, o) ||
	       rewrite_fail(w, t->at, "a simpler expression in the pipeline",
			    "the pipeline's replacement takes too long, or makes too much");
}

static void put_glyph(uint16_t c, struct out *o)
{
	bool wild = c == '*' || c == '?';
	if (wild || c == '\\')
		out_char(o, '\\');
	out_char(o, c == ANY_RUN ? '*' : c == ANY_ONE ? '?' : (char)c);
}

/* Between the wildcards only; what comes out is plain unless it is to be interpreted. */
static void replace_plain(struct rewriting *w, const struct term *t, slice text, struct out *o)
{
	glyphs g = {0};
	struct out part = {.fd = -1}, made = {.fd = -1};
	glyphs_parse(&g, text, true);
	for (size_t i = 0; i <= g.len && !w->failed; i++) {
		if (i < g.len && g.at[i] < 256) {
			out_char(&part, (char)g.at[i]);
			continue;
		}
		made.len = 0;
		if (part.len && replace_part(w, t, (slice){part.at, part.len}, &made)) {
			for (size_t k = 0; !is_on(w, "interpret_special") && k < made.len; k++)
				put_glyph((unsigned char)made.at[k], o);
			if (is_on(w, "interpret_special"))
				out_slice(o, (slice){made.at, made.len});
		}
		part.len = 0;
		if (i < g.len)
			put_glyph(g.at[i], o);
	}
	list_free(&g);
	out_close(&part);
	out_close(&made);
}

static bool replace_string(struct rewriting *w, const struct term *t, const struct yaml_node *value,
			   struct values *out)
{
	struct out plain = {.fd = -1}, made = {.fd = -1}, text = {.fd = -1};
	if (is_on(w, "skip_special")) {
		replace_plain(w, t, value->text, &text);
	} else {
		unescape(value->text, &plain);
		if (replace_part(w, t, (slice){plain.at, plain.len}, &made))
			escape((slice){made.at, made.len}, &text);
	}
	if (!w->failed)
		*list_add(out) = rewrite_text(w, value, (slice){text.at, text.len});
	out_close(&plain);
	out_close(&made);
	out_close(&text);
	return !w->failed;
}

static bool prepare_replace(struct loading *l, struct step *step)
{
	const struct yaml_node *with = yaml_get(step->params, "replacement");
	if (!yaml_scalar(with) || with->text.len > REGEX_MOST)
		return refuse(l->y->s, yaml_where(l->y, with), "a text of at most 4096 bytes",
			      "a wrong replacement");
	step->capture = loading_capture(l, yaml_get(step->params, "regex"));
	return step->capture;
}

/* --- map_string, case --- */

static bool map_string(struct rewriting *w, const struct term *t, const struct yaml_node *value,
		       struct values *out)
{
	const struct yaml_node *to = rewrite_names(w, value->text, false);
	size_t count = to && to->kind == YAML_LIST ? to->count : to != NULL;
	for (size_t i = 0; i < count && !w->failed; i++)
		*list_add(out) =
		    rewrite_text(w, value, to->kind == YAML_LIST ? to->kids[i]->text : to->text);
	return to;
}

static bool is_letter(char c, char first)
{
	return c >= first && c <= first + 25;
}

slice text_cased(struct rewriting *w, slice text, slice how)
{
	struct out o = {.fd = -1};
	bool up = slice_eq(how, SLICE("upper")), snake = slice_eq(how, SLICE("snake_case"));
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i], before = i ? text.at[i - 1] : '_';
		bool word = is_letter(before, 'a') || (before >= '0' && before <= '9');
		if (snake && is_letter(c, 'A') && word)
			out_char(&o, '_');
		if (snake && (c == ' ' || c == '-'))
			c = '_';
		out_char(&o, up                  ? (is_letter(c, 'a') ? (char)(c & ~32) : c)
			     : is_letter(c, 'A') ? (char)(c | 32)
						 : c);
	}
	slice made =
	    rewrite_spend(w, o.len) ? arena_copy(&w->y->arena, (slice){o.at, o.len}) : SLICE("");
	out_close(&o);
	return made;
}

static bool change_case(struct rewriting *w, const struct term *t, const struct yaml_node *value,
			struct values *out)
{
	const struct yaml_node *method = param(w, "method");
	if (value->kind != YAML_TEXT)
		return false;
	*list_add(out) = rewrite_text(
	    w, value, text_cased(w, value->text, method ? method->text : SLICE("lower")));
	return true;
}

/* --- types --- */

static bool convert(struct rewriting *w, const struct term *t, const struct yaml_node *value,
		    struct values *out)
{
	bool to_number = slice_eq(param(w, "target_type")->text, SLICE("num"));
	int64_t n;
	slice digits = value->text;
	slice_eat(&digits, "-");
	if (to_number == (value->kind == YAML_NUMBER))
		return false;
	if (to_number && !slice_is_number(digits, &n))
		return !rewrite_fail(
		    w, value, "a whole number", "the pipeline makes a number of '%.*s'",
		    (int)(value->text.len < 64 ? value->text.len : 64), value->text.at);
	struct yaml_node *made = rewrite_text(w, value, value->text);
	made->kind = to_number ? YAML_NUMBER : YAML_TEXT;
	*list_add(out) = made;
	return true;
}

/* One value in place of all; what the old ones were compared by goes with them. */
static struct term *set_value(struct rewriting *w, struct term *t)
{
	const struct yaml_node *value = param(w, "value"), *force = param(w, "force_type");
	struct yaml_node *made = rewrite_text(w, t->at, value->text);
	struct values all = {0};
	made->kind = value->kind;
	if (force)
		made->kind = slice_eq(force->text, SLICE("num")) ? YAML_NUMBER : YAML_TEXT;
	*list_add(&all) = made;
	t->modifiers = term_has(t, "neq") ? SLICE("|neq") : SLICE("");
	t->list = false;
	t = with_values(w, t, &all);
	list_free(&all);
	return t;
}

static bool prepare_words(struct loading *l, struct step *step)
{
	static const char *const names[] = {"target_type", "force_type", "method"};
	static const char *const words[][5] = {
	    {"str", "num"}, {"str", "num"}, {"lower", "upper", "snake_case"}};
	const struct yaml_node *value = yaml_get(step->params, "value");
	if (value && !yaml_scalar(value))
		return refuse(l->y->s, yaml_where(l->y, value), "one value", "value is %s",
			      yaml_kind_name(value->kind));
	for (size_t i = 0; i < 3; i++) {
		const struct yaml_node *n = yaml_get(step->params, names[i]);
		bool known = !n;
		for (const char *const *w = words[i]; *w && !known; w++)
			known = slice_eq(n->text, slice_of(*w));
		if (!known)
			return refuse(l->y->s, yaml_where(l->y, n),
				      arena_near(l->y->s, n->text, words[i], words[i][0]),
				      "unknown %s", names[i]);
	}
	return true;
}

/* --- regex --- */

static const char *const methods[] = {"ignore_case_brackets", "ignore_case_flag", "plain", NULL};

static void put_regex(uint16_t c, bool brackets, struct out *o)
{
	bool letter = c < 128 && is_letter((char)(c | 32), 'a');
	if (c == ANY_RUN || c == ANY_ONE)
		out_text(o, c == ANY_RUN ? ".*" : ".");
	else if (letter && brackets)
		out_format(o, "[%c%c]", c | 32, c & ~32);
	else if (letter || (c >= '0' && c <= '9') || c == '_' || c > 127 || c == ' ')
		out_char(o, (char)c);
	else
		out_format(o, "\\x%02x", c);
}

/* The whole value, as the text was, not only a part of it. */
static struct yaml_node *regex_of(struct rewriting *w, const struct yaml_node *value, slice text,
				  bool brackets)
{
	glyphs g = {0};
	struct out o = {.fd = -1};
	glyphs_parse(&g, text, true);
	size_t from = g.len && g.at[0] == ANY_RUN, to = g.len;
	to -= to > from && g.at[to - 1] == ANY_RUN;
	if (!from)
		out_char(&o, '^');
	for (size_t i = from; i < to; i++)
		put_regex(g.at[i], brackets, &o);
	if (to == g.len && !(from && g.len == 1))
		out_char(&o, '$');
	if (!o.len)
		out_text(&o, ".*");
	struct yaml_node *made = rewrite_text(w, value, (slice){o.at, o.len});
	list_free(&g);
	out_close(&o);
	return made;
}

static struct term *to_regex(struct rewriting *w, struct term *t)
{
	const struct yaml_node *method = param(w, "method");
	slice how = method ? method->text : SLICE("ignore_case_brackets");
	struct values all = {0};
	bool texts = term_is_text(t) && !term_has(t, "expand");
	for (size_t i = 0; i < t->count; i++)
		texts = texts && t->values[i]->kind == YAML_TEXT && t->values[i]->text.len;
	if (!texts)
		return t;
	for (size_t i = 0; i < t->count && !w->failed; i++)
		*list_add(&all) = regex_of(w, t->values[i], term_shown(w, t, t->values[i]),
					   slice_eq(how, slice_of(methods[0])));
	t = with_values(w, t, &all);
	without_places(w, t);
	term_without(w, t, "cased");
	term_without(w, t, "windash");
	t->modifiers =
	    arena_format(&w->y->arena, "|re%s%.*s", slice_eq(how, slice_of(methods[1])) ? "|i" : "",
			 (int)t->modifiers.len, t->modifiers.at);
	list_free(&all);
	return t;
}

static bool prepare_regex(struct loading *l, struct step *step)
{
	const struct yaml_node *n = yaml_get(step->params, "method");
	for (const char *const *m = methods; *m; m++)
		if (!n || slice_eq(n->text, slice_of(*m)))
			return true;
	return refuse(l->y->s, yaml_where(l->y, n),
		      arena_near(l->y->s, n->text, methods, methods[0]), "unknown method");
}

/* --- placeholders --- */

static bool is_listed(const struct yaml_node *list, slice name)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_eq(list->kids[i]->text, name))
			return true;
	return false;
}

static bool is_handled(const struct rewriting *w, slice name)
{
	const struct yaml_node *include = param(w, "include"), *exclude = param(w, "exclude");
	return include ? is_listed(include, name) : !exclude || !is_listed(exclude, name);
}

/* %name% at the front of a text. */
static bool placeholder(slice text, slice *name)
{
	size_t n = 1;
	while (n < text.len && (text.at[n] == '_' || (text.at[n] >= '0' && text.at[n] <= '9') ||
				is_letter((char)(text.at[n] | 32), 'a')))
		n++;
	if (text.len < 3 || text.at[0] != '%' || n < 2 || n == text.len || text.at[n] != '%')
		return false;
	*name = (slice){text.at + 1, n - 1};
	return true;
}

struct filling {
	struct rewriting *w;
	const struct yaml_node *value;
	struct values *out;
	struct out text;
	bool left; /* a placeholder that this step is not to handle */
};

static void fill(struct filling *f, slice rest, unsigned depth);

static void fill_name(struct filling *f, slice name, slice rest, unsigned depth)
{
	struct rewriting *w = f->w;
	const struct yaml_node *vars = w->step->in->vars;
	const struct yaml_node *v = vars ? yaml_get_n(vars, name) : NULL;
	bool list = v && v->kind == YAML_LIST;
	size_t before = f->text.len, count = list ? v->count : v != NULL;
	if (vars && !rewrite_spend(w, vars->count))
		return;
	if (!v)
		rewrite_fail(w, f->value, "an entry in vars of the pipeline",
			     "nothing stands for placeholder '%.*s'",
			     (int)(name.len < 64 ? name.len : 64), name.at);
	for (size_t i = 0; i < count && !w->failed; i++) {
		const struct yaml_node *one = list ? v->kids[i] : v;
		if (!yaml_scalar(one)) {
			rewrite_fail(w, f->value, "texts and numbers in vars",
				     "what stands for '%.*s' is %s",
				     (int)(name.len < 64 ? name.len : 64), name.at,
				     yaml_kind_name(one->kind));
			return;
		}
		out_slice(&f->text, one->text);
		fill(f, rest, depth + 1);
		f->text.len = before;
	}
}

static void fill(struct filling *f, slice rest, unsigned depth)
{
	slice name;
	bool wild = slice_eq(slice_of(f->w->step->kind->name), SLICE("wildcard_placeholders"));
	if (depth > 64 || f->text.len > PATTERN_MOST) {
		rewrite_fail(f->w, f->value, "at most 64, of 16 KiB", "too many placeholders");
		return;
	}
	while (rest.len) {
		bool escaped = slice_starts(rest, SLICE("\\%"));
		bool found = !escaped && placeholder(rest, &name);
		if (found && is_handled(f->w, name)) {
			rest = slice_from(rest, name.len + 2);
			if (!wild) {
				fill_name(f, name, rest, depth);
				return;
			}
			out_char(&f->text, '*');
			continue;
		}
		f->left |= found;
		size_t n = found ? name.len + 2 : escaped ? 2 : 1;
		out_slice(&f->text, slice_first(rest, n));
		rest = slice_from(rest, n);
	}
	if (!rewrite_spend(f->w, f->text.len + 64))
		return;
	*list_add(f->out) = rewrite_text(f->w, f->value, (slice){f->text.at, f->text.len});
}

/* What `\%` stands for, once no placeholder is left that it must be told from. */
static void plain_percents(struct rewriting *w, struct values *all)
{
	for (size_t i = 0; i < all->len && !w->failed; i++) {
		struct out o = {.fd = -1};
		slice rest = all->at[i]->text;
		if (all->at[i]->kind == YAML_TEXT && slice_search(rest, SLICE("\\%")) != SIZE_MAX) {
			while (rest.len) {
				rest = slice_from(rest, slice_starts(rest, SLICE("\\%")));
				out_char(&o, rest.at[0]);
				rest = slice_from(rest, 1);
			}
			all->at[i] = rewrite_text(w, all->at[i], (slice){o.at, o.len});
		}
		out_close(&o);
	}
}

static struct term *placeholders(struct rewriting *w, struct term *t)
{
	struct values all = {0};
	struct filling f = {.w = w, .out = &all, .text = {.fd = -1}};
	if (!term_has(t, "expand"))
		return t;
	for (size_t i = 0; i < t->count && !w->failed; i++) {
		f.value = t->values[i];
		f.text.len = 0;
		if (f.value->kind == YAML_TEXT)
			fill(&f, f.value->text, 0);
		else
			*list_add(&all) = f.value;
	}
	if (!f.left)
		plain_percents(w, &all);
	if (!w->failed)
		t = with_values(w, t, &all);
	if (t && !f.left && !w->failed)
		term_without(w, t, "expand");
	list_free(&all);
	out_close(&f.text);
	return t;
}

static bool prepare_placeholders(struct loading *l, struct step *step)
{
	static const char *const names[] = {"include", "exclude"};
	for (size_t i = 0; i < 2; i++) {
		const struct yaml_node *n = yaml_get(step->params, names[i]);
		if (n && n->kind != YAML_LIST)
			return refuse(l->y->s, yaml_where(l->y, n), "a list of names", "%s is %s",
				      names[i], yaml_kind_name(n->kind));
	}
	if (yaml_get(step->params, "include") && yaml_get(step->params, "exclude"))
		return refuse(l->y->s, yaml_where(l->y, step->params), "one of them",
			      "include beside exclude");
	return true;
}

static bool need_map(struct loading *l, struct step *step)
{
	return step->has_mapping;
}

static const char *const replace_params[] = {"!regex", "!replacement", "skip_special",
					     "interpret_special", NULL};
static const char *const map_params[] = {"!mapping", NULL};
static const char *const method_params[] = {"method", NULL};
static const char *const value_params[] = {"!value", "force_type", NULL};
static const char *const type_params[] = {"!target_type", NULL};
static const char *const names_params[] = {"include", "exclude", NULL};

const struct step_kind value_steps[] = {
    {"replace_string", replace_params, prepare_replace, NULL, change_texts, NULL, replace_string},
    {"map_string", map_params, need_map, NULL, change_texts, NULL, map_string},
    {"case", method_params, prepare_words, NULL, change_texts, NULL, change_case},
    {"convert_type", type_params, prepare_words, NULL, change_texts, NULL, convert},
    {"set_value", value_params, prepare_words, NULL, set_value},
    {"regex", method_params, prepare_regex, NULL, to_regex},
    {"value_placeholders", names_params, prepare_placeholders, NULL, placeholders},
    {"wildcard_placeholders", names_params, prepare_placeholders, NULL, placeholders},
    {0},
};
