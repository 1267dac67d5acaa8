/*
 * placeholder.c - what `%name%` stands for in values with modifier `expand` (rules specification
 * 2.1.0: Placeholders; modifiers appendix: Specific Modifiers).
 *
 * Names are looked up as they are written, then without regard to case.  `\%` is a plain percent.
 * A value with several placeholders stands for all their combinations, within a bound.
 */
#include "internal.h"

#include <stdlib.h>

enum { EXPANDED_MOST = 1 << 14, EXPANDED_BYTES = 1 << 20 };

struct placeholder {
	slice *values;
	size_t count;
};

static slice folded(slice name, char room[NAME_MOST])
{
	for (size_t i = 0; i < name.len; i++)
		room[i] =
		    (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] | 32 : name.at[i]);
	return (slice){room, name.len};
}

static struct placeholder *find(struct sigma *s, slice name)
{
	char room[NAME_MOST];
	if (name.len == 0 || name.len > sizeof room)
		return NULL;
	return table_get(&s->placeholders, folded(name, room));
}

static void put(struct sigma *s, slice name, const slice *values, size_t count)
{
	char room[NAME_MOST];
	if (name.len == 0 || name.len > sizeof room)
		return;
	struct placeholder *p = table_put(&s->placeholders, folded(name, room), NULL);
	*p = (struct placeholder){arena_take(&s->arena, count * sizeof *p->values), count};
	for (size_t i = 0; i < count; i++)
		p->values[i] = arena_copy(&s->arena, values[i]);
}

void sigma_placeholder(struct sigma *s, const char *name, const char *const *values, size_t count)
{
	slice *all = must_alloc((count + 1) * sizeof *all);
	for (size_t i = 0; i < count; i++)
		all[i] = slice_of(values[i]);
	put(s, slice_of(name), all, count);
	free(all);
}

/* --- from a file --- */

static void take_one(struct yaml *y, const struct yaml_node *name, const struct yaml_node *value)
{
	bool list = value->kind == YAML_LIST;
	size_t count = list ? value->count : 1;
	slice *all = must_alloc((count + 1) * sizeof *all);
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = list ? yaml_kid(y, value, i) : value;
		if (!item)
			break;
		if (!yaml_scalar(item) || item->kind == YAML_NULL)
			refuse(y->s, yaml_where(y, item), "a text", "a value that is %s",
			       yaml_kind_name(item->kind));
		else
			all[kept++] = item->text;
	}
	if (name->text.len == 0 || name->text.len > NAME_MOST)
		refuse(y->s, yaml_where(y, name), "a name of at most 256 bytes", "a bad name");
	else
		put(y->s, name->text, all, kept);
	free(all);
}

void placeholders_take(struct yaml *y, const struct yaml_node *root)
{
	if (root->kind != YAML_MAP) {
		refuse(y->s, yaml_where(y, root), "name: [value, ...]", "placeholders are %s",
		       yaml_kind_name(root->kind));
		return;
	}
	for (size_t i = 0; i < root->count; i++) {
		const struct yaml_node *name = yaml_kid(y, root, 2 * i);
		const struct yaml_node *value = name ? yaml_kid(y, root, 2 * i + 1) : NULL;
		if (!value)
			return;
		take_one(y, name, value);
	}
}

/* --- in a value --- */

struct expansion {
	struct yaml *y;
	const struct yaml_node *from;
	expanded *out;
	struct out text; /* what has been put together so far */
	size_t bytes;
	bool unknown;
};

static bool fill(struct expansion *e, slice rest);

static bool too_many(struct expansion *e)
{
	return refuse(e->y->s, yaml_where(e->y, e->from), "at most 16384, of 1 MiB",
		      "too many values in place of placeholders");
}

static bool fill_each(struct expansion *e, slice name, slice rest)
{
	struct sigma *s = e->y->s;
	struct placeholder *p = find(s, name);
	size_t before = e->text.len;
	if (!p && !e->unknown)
		warn(s, yaml_where(e->y, e->from), "a file of placeholders that has it",
		     "placeholder '%%%.*s%%' has no values: by this no rule holds",
		     (int)(name.len < 64 ? name.len : 64), name.at);
	e->unknown |= !p;
	for (size_t i = 0; p && i < p->count; i++) {
		out_slice(&e->text, p->values[i]);
		if (++e->bytes > EXPANDED_BYTES)
			return too_many(e);
		if (!fill(e, rest))
			return false;
		e->text.len = before;
	}
	return true;
}

/* A name between percent signs at the front: letters, digits, _ . and -. */
static bool eat_name(slice *s, slice *name)
{
	slice t = slice_from(*s, 1);
	size_t n = 0;
	while (n < t.len && (t.at[n] == '_' || t.at[n] == '.' || t.at[n] == '-' ||
			     (t.at[n] >= '0' && t.at[n] <= '9') ||
			     ((t.at[n] | 32) >= 'a' && (t.at[n] | 32) <= 'z')))
		n++;
	if (s->at[0] != '%' || n == 0 || n == t.len || t.at[n] != '%')
		return false;
	*name = slice_first(t, n);
	*s = slice_from(t, n + 1);
	return true;
}

static bool fill(struct expansion *e, slice rest)
{
	slice name;
	while (rest.len) {
		if (slice_eat(&rest, "\\%")) {
			out_char(&e->text, '%');
			continue;
		}
		if (eat_name(&rest, &name))
			return fill_each(e, name, rest);
		out_char(&e->text, rest.at[0]);
		rest = slice_from(rest, 1);
	}
	e->bytes += e->text.len;
	if (e->out->len == EXPANDED_MOST || e->bytes > EXPANDED_BYTES)
		return too_many(e);
	*list_add(e->out) = arena_copy(&e->y->s->arena, (slice){e->text.at, e->text.len});
	return true;
}

bool placeholders_fill(struct yaml *y, const struct yaml_node *value, expanded *out, bool *unknown)
{
	struct expansion e = {.y = y, .from = value, .out = out, .text = {.fd = -1}};
	bool fine = fill(&e, value->text);
	*unknown |= e.unknown;
	out_close(&e.text);
	return fine;
}
