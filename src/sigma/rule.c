/*
 * rule.c - what every rule says of itself (rules specification 2.1.0: Components), and the
 * custom attribute of this engine's user:
 *
 *	tocsin: {method: a word for the program, enabled: false}
 *
 * A rule without id goes by its name, and gets a warning if it has none either, or if what is there
 * is no UUID (Identification: "recommended but not mandatory"): the rule goes by it all the same.
 * Without a level a rule is of medium level.
 */
#include "internal.h"

#include <stdlib.h>

enum { TITLE_MOST = 1024, DESCRIPTION_MOST = 1 << 17 };

static const char *const levels[] = {"informational", "low", "medium", "high", "critical", NULL};
static const char *const statuses[] = {"stable",     "test",        "experimental",
				       "deprecated", "unsupported", NULL};
static const char *const attributes[] = {
    "title",       "id",     "name",           "related", "taxonomy", "status",    "description",
    "license",     "author", "references",     "date",    "modified", "logsource", "detection",
    "correlation", "fields", "falsepositives", "level",   "tags",     "scope",     "tocsin",
    "generate",    NULL};

static int index_of(const char *const *names, slice name)
{
	for (int i = 0; names[i]; i++)
		if (slice_eq_nocase(slice_of(names[i]), name))
			return i;
	return -1;
}

static const char *near_to(struct sigma *s, slice name, const char *const *names,
			   const char *otherwise)
{
	struct nearest near = nearest_to(name);
	for (; *names; names++)
		nearest_offer(&near, slice_of(*names));
	return nearest_say(s, &near, otherwise);
}

/* The text of an attribute, "" if it is not there. */
static bool take_text(struct yaml *y, const struct yaml_node *root, const char *key, size_t most,
		      const char **text)
{
	const struct yaml_node *n = yaml_get(root, key);
	*text = "";
	if (!n || n->kind == YAML_NULL)
		return true;
	if (!yaml_scalar(n))
		return refuse(y->s, yaml_where(y, n), "a text", "%s is %s", key,
			      yaml_kind_name(n->kind));
	if (n->text.len > most)
		return refuse(y->s, yaml_where(y, n), "a shorter one", "%s is too long", key);
	*text = arena_text(&y->s->arena, n->text);
	return true;
}

/* RFC 9562 4: 8-4-4-4-12 hexadecimal digits. */
bool is_uuid(slice s)
{
	if (s.len != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? s.at[i] != '-' : hex_digit(s.at[i]) < 0)
			return false;
	}
	return true;
}

static bool take_id(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	const struct yaml_node *id = yaml_get(root, "id");
	if (!take_text(y, root, "id", NAME_MOST, &r->public.id))
		return false;
	bool given = *r->public.id;
	if (given && !is_uuid(id->text) && !r->public.correlation)
		warn(y->s, yaml_where(y, id), "a UUID such as 929a690e-bef0-4204-a928-ef5e620d6fcc",
		     "id '%s' is no UUID", r->public.id);
	if (!given && *r->public.name)
		r->public.id = r->public.name;
	else if (!given)
		warn(y->s, yaml_where(y, id ? id : root), "id: a UUID", "a rule without id");
	r->shares_id = id && y->file->global.node && yaml_get(y->file->global.node, "id") &&
		       id->line <= y->line_above;
	return true;
}

static bool take_level(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	const struct yaml_node *n = yaml_get(root, "level");
	r->public.level = SIGMA_MEDIUM;
	if (!n)
		return true;
	int level = index_of(levels, n->text);
	if (level < 0)
		return refuse(
		    y->s, yaml_where(y, n),
		    near_to(y->s, n->text, levels, "informational, low, medium, high or critical"),
		    "unknown level");
	r->public.level = (enum sigma_level)level;
	return true;
}

static bool take_status(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	const struct yaml_node *n = yaml_get(root, "status");
	if (n && index_of(statuses, n->text) < 0)
		warn(y->s, yaml_where(y, n),
		     near_to(y->s, n->text, statuses,
			     "stable, test, experimental, deprecated or unsupported"),
		     "unknown status");
	return take_text(y, root, "status", NAME_MOST, &r->public.status);
}

static bool take_custom(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	static const char *const known[] = {"method", "enabled", NULL};
	const struct yaml_node *n = yaml_get(root, "tocsin");
	const struct yaml_node *enabled = yaml_get(n, "enabled"), *method = yaml_get(n, "method");
	r->public.enabled = !enabled || yaml_true(enabled);
	if (n && n->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, n), "a map", "tocsin is %s",
			      yaml_kind_name(n->kind));
	if (enabled && enabled->kind != YAML_FLAG)
		return refuse(y->s, yaml_where(y, enabled), "true or false", "tocsin.enabled is %s",
			      yaml_kind_name(enabled->kind));
	if (method && yaml_scalar(method))
		r->public.custom_method = arena_text(&y->s->arena, method->text);
	for (size_t i = 0; n && i < n->count; i++)
		if (index_of(known, n->kids[2 * i]->text) < 0)
			warn(y->s, yaml_where(y, n->kids[2 * i]),
			     near_to(y->s, n->kids[2 * i]->text, known, "method, enabled"),
			     "unknown attribute of tocsin");
	return true;
}

/* Custom attributes are allowed; a known one written wrongly is worth a word. */
static void check_names(struct yaml *y, const struct yaml_node *root)
{
	for (size_t i = 0; i < root->count; i++) {
		const struct yaml_node *key = root->kids[2 * i];
		if (index_of(attributes, key->text) >= 0)
			continue;
		const char *near = near_to(y->s, key->text, attributes, NULL);
		if (near)
			warn(y->s, yaml_where(y, key), near, "unknown attribute");
	}
}

static bool take_meta(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	struct sigma_rule *p = &r->public;
	if (!take_text(y, root, "title", TITLE_MOST, &p->title) ||
	    !take_text(y, root, "name", NAME_MOST, &p->name) || !take_id(y, root, r) ||
	    !take_text(y, root, "description", DESCRIPTION_MOST, &p->description) ||
	    !take_text(y, root, "author", DESCRIPTION_MOST, &p->author) ||
	    !take_level(y, root, r) || !take_status(y, root, r) || !take_custom(y, root, r))
		return false;
	if (!*p->title)
		return refuse(y->s, yaml_where(y, root), "title:", "a rule without title");
	p->tags = yaml_texts(y, yaml_get(root, "tags"));
	p->references = yaml_texts(y, yaml_get(root, "references"));
	p->falsepositives = yaml_texts(y, yaml_get(root, "falsepositives"));
	check_names(y, root);
	return !y->bad;
}

/* --- logsource --- */

static struct logsource *logsource_of(struct sigma *s, const struct logsource *wanted)
{
	for (size_t i = 0; i < s->logsources.len; i++) {
		struct logsource *l = s->logsources.at[i];
		if (slice_eq(l->product, wanted->product) &&
		    slice_eq(l->category, wanted->category) &&
		    slice_eq(l->service, wanted->service))
			return l;
	}
	struct logsource *l = arena_new(&s->arena, struct logsource);
	l->product = arena_copy(&s->arena, wanted->product);
	l->category = arena_copy(&s->arena, wanted->category);
	l->service = arena_copy(&s->arena, wanted->service);
	l->occurs = !s->schema->occurs || s->schema->occurs(l->product, l->category, l->service);
	*list_add(&s->logsources) = l;
	return l;
}

static const char *const parts[] = {"product", "category", "service", "definition", NULL};

static slice part_of(struct yaml *y, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);
	if (n && !yaml_scalar(n)) {
		y->bad = true;
		refuse(y->s, yaml_where(y, n), "one text; a rule for each of several", "%s is %s",
		       key, yaml_kind_name(n->kind));
	}
	return n && yaml_scalar(n) && n->kind != YAML_NULL ? n->text : SLICE("");
}

/* Other attributes are allowed; one that is misspelt makes the rule one of all log sources. */
static void check_parts(struct yaml *y, const struct yaml_node *map, const struct logsource *l)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = map->kids[2 * i];
		const char *near =
		    index_of(parts, key->text) < 0 ? near_to(y->s, key->text, parts, NULL) : NULL;
		if (near)
			warn(y->s, yaml_where(y, key), near, "unknown attribute of logsource");
	}
	/* {} is meant so */
	if (map->count && !l->product.len && !l->category.len && !l->service.len)
		warn(y->s, yaml_where(y, map), "product, category or service",
		     "a log source that names none: the rule meets every event");
}

struct logsource *logsource_take(struct yaml *y, const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_get(root, "logsource");
	if (!n || n->kind != YAML_MAP) {
		refuse(y->s, yaml_where(y, n ? n : root),
		       "logsource: {product: ..., category: ..., service: ...}",
		       n ? "logsource is %s" : "a rule without logsource",
		       n ? yaml_kind_name(n->kind) : "");
		return NULL;
	}
	struct logsource l = {part_of(y, n, "product"), part_of(y, n, "category"),
			      part_of(y, n, "service")};
	if (y->bad)
		return NULL;
	check_parts(y, n, &l);
	struct logsource *found = logsource_of(y->s, &l);
	if (!found->occurs)
		warn(y->s, yaml_where(y, n), "a log source of the events", SIGMA_ELSEWHERE);
	return found;
}

/* --- the whole --- */

static bool refuse_purpose(struct yaml *y, const struct yaml_node *root)
{
	for (size_t i = 0; i < root->count; i++) {
		const struct yaml_node *key = root->kids[2 * i];
		struct nearest near = nearest_to(key->text);
		nearest_offer(&near, SLICE("detection"));
		nearest_offer(&near, SLICE("correlation"));
		if (near.best.len)
			return refuse(y->s, yaml_where(y, key), nearest_say(y->s, &near, ""),
				      "a rule with nothing to detect");
	}
	return refuse(y->s, yaml_where(y, root),
		      "detection: or correlation:", "a rule with nothing to detect");
}

/* A custom attribute may be called so, too: what is no map beside a detection is for people. */
static const struct yaml_node *correlation_of(struct yaml *y, const struct yaml_node *root,
					      bool detects)
{
	const struct yaml_node *n = yaml_get(root, "correlation");
	if (!n || !detects || n->kind == YAML_MAP)
		return n;
	warn(y->s, yaml_where(y, n), "a document of its own, if it is a correlation",
	     "correlation is %s beside a detection: it is passed over", yaml_kind_name(n->kind));
	return NULL;
}

bool rule_take(struct yaml *y, const struct yaml_node *root, struct rule *r)
{
	const struct yaml_node *detection = yaml_get(root, "detection");
	const struct yaml_node *correlation = correlation_of(y, root, detection);
	if (root->kind != YAML_MAP)
		return refuse(y->s, yaml_where(y, root), "title: ...", "a rule that is %s",
			      yaml_kind_name(root->kind));
	r->at = yaml_where(y, root);
	r->public.path = y->path;
	r->public.line = r->at.line;
	r->public.correlation = correlation;
	r->public.generate = true;
	if (!detection && !correlation)
		return refuse_purpose(y, root);
	if (detection && correlation)
		return refuse(y->s, yaml_where(y, correlation), "a document of its own, behind ---",
			      "a correlation in a rule that has a detection");
	if (!take_meta(y, root, r))
		return false;
	if (correlation)
		return correlation_take(y, root, r);
	r->logsource = logsource_take(y, root);
	y->s->elsewhere = r->logsource && !r->logsource->occurs;
	if (r->logsource) {
		r->public.product = r->logsource->product;
		r->public.category = r->logsource->category;
		r->public.service = r->logsource->service;
		r->public.occurs = r->logsource->occurs;
	}
	r->tree = r->logsource ? detection_tree(y, detection, "detection") : NULL;
	y->s->elsewhere = false;
	return r->tree;
}
