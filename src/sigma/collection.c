/*
 * collection.c - the documents of a file: rules, correlations, filters, and what several rules
 * have in common (`action: global`, `reset`, `repeat`: collections of the first specification,
 * which rules still use).
 *
 *	global   its attributes are those of every rule behind it that has none of its own
 *	reset    no longer
 *	repeat   the rule before it, with these attributes instead
 *
 * Law: what is kept of a document is a copy, counted as its values are, so that aliases cannot
 * make a small file large.
 */
#include "internal.h"

#include <stdlib.h>

static const char *const actions[] = {"global", "reset", "repeat", NULL};
enum action { GLOBAL, RESET, REPEAT, NO_ACTION };

static struct yaml_node *copy(struct yaml *y, struct arena *a, const struct yaml_node *n)
{
	size_t kids = n->kind == YAML_MAP ? 2 * n->count : yaml_scalar(n) ? 0 : n->count;
	struct yaml_node *c = arena_new(a, struct yaml_node);
	*c = *n;
	c->text = arena_copy(a, n->text);
	c->kids = arena_take(a, (kids + 1) * sizeof *c->kids);
	for (size_t i = 0; i < kids; i++) {
		const struct yaml_node *kid = yaml_kid(y, n, i);
		if (!kid)
			return NULL;
		c->kids[i] = copy(y, a, kid);
		if (!c->kids[i])
			return NULL;
	}
	return c;
}

static void add_pair(struct yaml_node *map, struct yaml_node *key, struct yaml_node *value)
{
	map->kids[2 * map->count] = key;
	map->kids[2 * map->count + 1] = value;
	map->count++;
}

/* All of `over`, and of `under` what `over` lacks; maps in both are joined likewise. */
static struct yaml_node *merge(struct yaml *y, const struct yaml_node *over,
			       const struct yaml_node *under)
{
	struct yaml_node *m = arena_new(&y->arena, struct yaml_node);
	*m = *over;
	m->count = 0;
	m->kids = arena_take(&y->arena, (2 * (over->count + under->count) + 1) * sizeof *m->kids);
	for (size_t i = 0; i < over->count; i++) {
		struct yaml_node *key = over->kids[2 * i], *value = yaml_kid(y, over, 2 * i + 1);
		struct yaml_node *other = yaml_get_n(under, key->text);
		if (!value)
			break;
		if (slice_eq(key->text, SLICE("action")))
			continue;
		if (other && other->kind == YAML_MAP && value->kind == YAML_MAP)
			value = merge(y, value, other);
		add_pair(m, key, value);
	}
	for (size_t i = 0; i < under->count; i++)
		if (!yaml_get_n(over, under->kids[2 * i]->text))
			add_pair(m, under->kids[2 * i], under->kids[2 * i + 1]);
	return m;
}

static bool take_action(struct yaml *y, const struct yaml_node *root, enum action *action)
{
	const struct yaml_node *n = yaml_get(root, "action");
	struct nearest near;
	*action = NO_ACTION;
	if (!n)
		return true;
	near = nearest_to(n->text);
	for (int i = 0; actions[i]; i++) {
		nearest_offer(&near, slice_of(actions[i]));
		if (slice_eq(n->text, slice_of(actions[i])))
			*action = (enum action)i;
	}
	return *action != NO_ACTION ||
	       refuse(y->s, yaml_where(y, n), nearest_say(y->s, &near, "global, reset or repeat"),
		      "unknown action");
}

static void forget(struct kept *k)
{
	arena_free(&k->arena);
	*k = (struct kept){.node = NULL};
}

/* `n` may be made of what was kept before, so that goes last. */
static void keep(struct yaml *y, struct kept *k, const struct yaml_node *n)
{
	struct kept fresh = {.node = NULL};
	fresh.node = copy(y, &fresh.arena, n);
	forget(k);
	*k = fresh;
}

/* The document as it counts: with what is global, and what it repeats. NULL: it is no rule. */
static const struct yaml_node *complete(struct yaml *y, const struct yaml_node *root)
{
	const struct yaml_node nothing = {.kind = YAML_MAP};
	enum action action;
	if (!take_action(y, root, &action))
		return NULL;
	if (action == RESET)
		forget(&y->file->global);
	if (action == GLOBAL) {
		keep(y, &y->file->global, merge(y, root, &nothing));
		return NULL;
	}
	if (action == REPEAT && !y->file->last.node) {
		refuse(y->s, yaml_where(y, root), "a rule before it", "nothing to repeat");
		return NULL;
	}
	if (action == RESET && root->count == 1)
		return NULL;
	if (action != NO_ACTION)
		root = merge(y, root, action == REPEAT ? y->file->last.node : &nothing);
	if (y->file->repeats) {
		keep(y, &y->file->last, root);
		root = y->file->last.node;
	}
	if (!root)
		return NULL;
	return y->file->global.node ? merge(y, root, y->file->global.node) : root;
}

/* Among rules lie other YAML files: descriptions of tests, of collections. */
static bool is_no_rule(const struct yaml_node *root)
{
	static const char *const keys[] = {"title",  "name",   "detection", "correlation",
					   "filter", "action", "logsource"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (root->kind != YAML_MAP || yaml_get(root, keys[i]))
			return false;
	return true;
}

void document_take(struct yaml *y, const struct yaml_node *root)
{
	struct sigma *s = y->s;
	bool lone = !y->file->global.node && !y->file->last.node;
	if (s->in_folder && lone && is_no_rule(root)) {
		warn(s, yaml_where(y, root), "title, logsource, detection", SIGMA_NO_RULE);
		return;
	}
	if (root->kind == YAML_MAP)
		root = complete(y, root);
	if (root && s->transform && root->kind == YAML_MAP)
		root = s->transform(s->transform_ctx, y, root);
	if (!root || y->bad)
		return;
	if (yaml_get(root, "filter"))
		filter_take(y, root);
	else
		rule_add(y, root);
}

void file_start(struct yaml_file *f, const char *path, slice text)
{
	*f = (struct yaml_file){.path = path,
				.repeats = slice_search(text, SLICE("repeat")) != SIZE_MAX};
}

void file_end(struct yaml_file *f)
{
	arena_free(&f->global.arena);
	arena_free(&f->last.arena);
}
