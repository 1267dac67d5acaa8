/*
 * yaml.c - one YAML document at a time, as a tree with places (https://yaml.org/spec/1.2.2/).
 *
 * Laws: (1) a file is cut at its "---" lines first (9.1.2: they cannot stand inside a document),
 *           so that a broken document does not touch the others;
 *       (2) time and memory are linear in the text: the tree is built from libfyaml's events, for
 *           its own tree compares each key of a map with all others;
 *       (3) an alias is a pointer to the node that it names, never to one that holds it; walks are
 *           bounded by VISITS_MOST.
 */
#include "internal.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = {"a map",    "a list",        "a text",
					    "a number", "true or false", "nothing"};
	return names[kind];
}

struct where yaml_where(const struct yaml *y, const struct yaml_node *n)
{
	return (struct where){y->path, n->line, n->column};
}

/*
 * Quotes, folding and indentation lie between a scalar's text and its bytes in the file, but both
 * have the same characters that are not white space, in the same order.
 */
struct where yaml_where_in(const struct yaml *y, const struct yaml_node *n, size_t offset)
{
	size_t dark = offset < n->lead ? 0 : n->skip, at = n->at;
	slice text = slice_from(n->text, n->lead);
	offset -= offset < n->lead ? offset : n->lead;
	for (size_t i = 0; i < offset && i < text.len; i++)
		dark += (unsigned char)text.at[i] > ' ';
	struct where w = yaml_where(y, n);
	w.column += n->quoted;
	for (; at < y->text.len && (dark || offset < text.len); at++) {
		char c = y->text.at[at];
		if ((unsigned char)c > ' ' && dark-- == 0)
			break;
		w.column = c == '\n' ? 1 : w.column + ((c & 0xC0) != 0x80);
		w.line += c == '\n';
	}
	return w;
}

struct yaml_node *yaml_kid(struct yaml *y, const struct yaml_node *n, size_t i)
{
	if (!y->bad && ++y->visits > VISITS_MOST) {
		y->bad = true;
		refuse(y->s, yaml_where(y, n), "fewer values, or fewer aliases",
		       "more than %d values in one rule", VISITS_MOST);
	}
	return y->bad ? NULL : n->kids[i];
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	return yaml_get_n(map, slice_of(key));
}

struct yaml_node *yaml_get_n(const struct yaml_node *map, slice name)
{
	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
		if (slice_eq(map->kids[2 * i]->text, name))
			return map->kids[2 * i + 1];
	return NULL;
}

const char *const *yaml_texts(struct yaml *y, const struct yaml_node *n)
{
	struct arena *a = &y->s->arena;
	bool list = n && n->kind == YAML_LIST;
	size_t count = list ? n->count : n && yaml_scalar(n) && n->kind != YAML_NULL;
	const char **texts = arena_take(a, (count + 1) * sizeof *texts);
	for (size_t i = 0, k = 0; i < count; i++) {
		const struct yaml_node *item = list ? yaml_kid(y, n, i) : n;
		if (item && yaml_scalar(item))
			texts[k++] = arena_text(a, item->text);
	}
	return texts;
}

/* --- scalars: the core schema (10.3.2) --- */

static bool is_one_of(slice s, const char *const *words)
{
	for (; *words; words++)
		if (slice_eq(s, slice_of(*words)))
			return true;
	return false;
}

static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const trues[] = {"true", "True", "TRUE", NULL};
static const char *const falses[] = {"false", "False", "FALSE", NULL};

static bool looks_number(slice s)
{
	bool dot = false, digit = false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] >= '0' && s.at[i] <= '9')
			digit = true;
		else if (s.at[i] == '.' && !dot)
			dot = true;
		else if (i > 0 || (s.at[i] != '-' && s.at[i] != '+'))
			return false;
	}
	return digit;
}

static enum yaml_kind plain_kind(slice s)
{
	if (is_one_of(s, nulls))
		return YAML_NULL;
	if (is_one_of(s, trues) || is_one_of(s, falses))
		return YAML_FLAG;
	return looks_number(s) ? YAML_NUMBER : YAML_TEXT;
}

bool yaml_true(const struct yaml_node *n)
{
	return is_one_of(n->text, trues);
}

/* --- events to tree --- */

struct build {
	struct yaml *y;
	struct fy_parser *parser;
	struct yaml_node *root;
	unsigned maps; /* seen so far: their number is part of their keys' names */
	bool taken;
};

/* A name that is new to the document is put down; `in` keeps anchors and the maps apart. */
static struct yaml_node **name_put(struct yaml *y, unsigned in, slice name, bool *fresh)
{
	char *key = malloc(name.len + sizeof in);
	if (!key)
		abort();
	memcpy(key, &in, sizeof in);
	memcpy(key + sizeof in, name.at, name.len);
	struct yaml_node **n = table_put(&y->names, (slice){key, name.len + sizeof in}, fresh);
	free(key);
	return n;
}

static slice token_text(struct fy_token *t)
{
	size_t len = 0;
	const char *at = t ? fy_token_get_text(t, &len) : NULL;
	return at ? (slice){at, len} : SLICE("");
}

static bool fail(struct build *b, const struct yaml_node *n, const char *expected, const char *what)
{
	b->y->bad = true;
	return refuse(b->y->s, yaml_where(b->y, n), expected, "%s", what);
}

static struct yaml_node *node_new(struct build *b, enum yaml_kind kind, struct fy_token *t)
{
	struct yaml_node *n = arena_new(&b->y->arena, struct yaml_node);
	const struct fy_mark *m = t ? fy_token_start_mark(t) : NULL;
	*n = (struct yaml_node){.kind = kind, .line = b->y->line_above + 1, .column = 1};
	if (m) {
		n->line += m->line;
		n->column += m->column;
		n->at = m->input_pos;
	}
	return n;
}

static void node_scalar(struct build *b, struct fy_event *e, struct yaml_node *n)
{
	struct fy_token *t = e->scalar.value;
	n->text = arena_copy(&b->y->arena, token_text(t));
	bool plain = !t || fy_token_scalar_style(t) == FYSS_PLAIN;
	n->kind = plain && !e->scalar.tag ? plain_kind(n->text) : YAML_TEXT;
	/* the mark stands behind an opening quote */
	bool quoted = t && (fy_token_scalar_style(t) == FYSS_SINGLE_QUOTED ||
			    fy_token_scalar_style(t) == FYSS_DOUBLE_QUOTED);
	n->quoted = quoted && n->column > 1;
	n->plain = plain;
	n->column -= n->quoted;
}

static struct yaml_node *build_node(struct build *b, struct fy_event *e, unsigned depth);

static bool key_new(struct build *b, struct yaml_node *key, unsigned map)
{
	bool fresh;
	if (!yaml_scalar(key))
		return fail(b, key, "a text", "a key that is not a text");
	struct yaml_node **first = name_put(b->y, map, key->text, &fresh);
	if (fresh)
		*first = key;
	if (fresh)
		return true;
	b->y->bad = true;
	return refuse(b->y->s, yaml_where(b->y, key),
		      "each key once; of one field, a list or two searches",
		      "key '%.*s' again, as in line %d",
		      (int)(key->text.len < 64 ? key->text.len : 64), key->text.at, (*first)->line);
}

static bool is_nothing(const struct yaml_node *n)
{
	return n->kind == YAML_NULL && n->text.len == 0;
}

/* --- merge keys: `<<: *other` (YAML 1.1; pySigma's reader has them) --- */

typedef LIST(struct yaml_node *) kid_list;

static bool is_merge(const struct yaml_node *key)
{
	return key->plain && slice_eq(key->text, SLICE("<<"));
}

static void merge_map(struct build *b, kid_list *kids, const struct yaml_node *from, unsigned map)
{
	for (size_t i = 0; i < from->count && !b->y->bad; i++) {
		bool fresh;
		struct yaml_node *key = yaml_kid(b->y, from, 2 * i);
		if (!key)
			return;
		name_put(b->y, map, key->text, &fresh);
		if (!fresh)
			continue; /* the map's own wins, then what is merged first */
		*list_add(kids) = key;
		*list_add(kids) = from->kids[2 * i + 1];
	}
}

/* What is merged comes behind the map's own keys. */
static void merge(struct build *b, kid_list *kids, const struct yaml_node *from, unsigned map)
{
	bool list = from->kind == YAML_LIST;
	for (size_t i = 0; i < (list ? from->count : 1) && !b->y->bad; i++) {
		const struct yaml_node *one = list ? from->kids[i] : from;
		if (one->kind == YAML_MAP)
			merge_map(b, kids, one, map);
		else
			fail(b, one, "a map, or a list of maps",
			     "a merge key (<<) of what is no map");
	}
}

/* The kids of a list or a map up to its end. */
static void build_kids(struct build *b, struct yaml_node *n, unsigned depth)
{
	kid_list kids = {0}, merged = {0};
	unsigned map = ++b->maps;
	bool is_map = n->kind == YAML_MAP;
	struct fy_event *e;
	while (!b->y->bad && (e = fy_parser_parse(b->parser))) {
		bool end = e->type == FYET_MAPPING_END || e->type == FYET_SEQUENCE_END;
		struct yaml_node *kid = end ? NULL : build_node(b, e, depth + 1);
		fy_parser_event_free(b->parser, e);
		if (!kid || (is_map && kids.len % 2 == 0 && !key_new(b, kid, map)))
			break;
		if (is_map && kids.len % 2 && is_nothing(kid)) { /* it has no place: its key's */
			kid->line = kids.at[kids.len - 1]->line;
			kid->column = kids.at[kids.len - 1]->column;
		}
		*list_add(&kids) = kid;
		if (is_map && kids.len % 2 == 0 && is_merge(kids.at[kids.len - 2])) {
			*list_add(&merged) = kid;
			kids.len -= 2;
		}
	}
	for (size_t i = 0; i < merged.len; i++)
		merge(b, &kids, merged.at[i], map);
	list_free(&merged);
	n->count = is_map ? kids.len / 2 : kids.len;
	n->kids = arena_take(&b->y->arena, (kids.len + 1) * sizeof *n->kids);
	if (kids.len)
		memcpy(n->kids, kids.at, kids.len * sizeof *n->kids);
	list_free(&kids);
}

static struct yaml_node *build_alias(struct build *b, struct fy_event *e)
{
	struct yaml_node *at = node_new(b, YAML_NULL, e->alias.anchor);
	struct yaml_node **n = name_put(b->y, 0, token_text(e->alias.anchor), &(bool){0});
	if (!*n)
		fail(b, at, "quotes around a text that begins with *",
		     "an alias (*name) to nothing");
	return *n;
}

static struct yaml_node *build_node(struct build *b, struct fy_event *e, unsigned depth)
{
	struct fy_token *anchor = NULL;
	struct yaml_node *n = NULL;
	if (e->type == FYET_ALIAS)
		return build_alias(b, e);
	if (e->type == FYET_SCALAR) {
		anchor = e->scalar.anchor;
		n = node_new(b, YAML_TEXT, e->scalar.value);
		node_scalar(b, e, n);
	} else if (e->type == FYET_MAPPING_START) {
		anchor = e->mapping_start.anchor;
		n = node_new(b, YAML_MAP, e->mapping_start.mapping_start);
	} else if (e->type == FYET_SEQUENCE_START) {
		anchor = e->sequence_start.anchor;
		n = node_new(b, YAML_LIST, e->sequence_start.sequence_start);
	} else {
		return NULL;
	}
	slice name = arena_copy(&b->y->arena, token_text(anchor));
	if (depth > YAML_DEPTH_MOST)
		fail(b, n, "at most 48 levels", "lists or maps nested too deep");
	else if (!yaml_scalar(n))
		build_kids(b, n, depth);
	if (anchor)
		*name_put(b->y, 0, name, &(bool){0}) = n;
	return n;
}

/* --- documents --- */

/* What to do about what libfyaml says. */
static const char *remedy_of(const char *said)
{
	static const struct {
		const char *part, *remedy;
	} remedies[] = {
	    {"tab character", "spaces in front of a key, no tabs"},
	    {"trailing content after single-quoted", "'' for a ' between single quotes"},
	    {"trailing content after double-quoted", "\\\" for a \" between double quotes"},
	    {"wrongly indented", "a closing quote; or lines further in than their key"},
	    {"quoted scalar", "a closing quote"},
	    {"nested block mapping on the same line", "quotes around a value that holds ': '"},
	    {"without a closing bracket", "a closing bracket, or quotes around [ and {"},
	    {"missing comma", "a comma, or the closing bracket"},
	    {"plain scalar cannot start", "quotes around the value"},
	    {"indentation", "keys of one map in the same column"},
	};
	for (size_t i = 0; said && i < sizeof remedies / sizeof *remedies; i++)
		if (strstr(said, remedies[i].part))
			return remedies[i].remedy;
	return "YAML 1.2";
}

static void say_syntax(struct yaml *y, struct fy_diag *diag)
{
	void *step = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &step);
	struct where at = {y->path, y->line_above + 1, 1};
	if (e && e->line > 0)
		at =
		    (struct where){y->path, y->line_above + e->line, e->column > 0 ? e->column : 1};
	const char *said = e && e->msg ? e->msg : "not YAML";
	refuse(y->s, at, remedy_of(said), "%s", said);
}

/*
 * libfyaml (0.7.12) stumbles over a list that stands as far in as its key and ends with an empty
 * item, which YAML 1.2 allows (8.2.1, 8.2.3).  There it is given a null.  False: that is not what
 * is wrong.
 */
static bool mend_empty_item(struct build *b, struct fy_diag *diag)
{
	struct yaml *y = b->y;
	void *step = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &step);
	slice rest = y->text, line = {0}, dash = {0};
	if (!e || !e->msg || !strstr(e->msg, "expected node content") || b->taken)
		return false;
	for (int n = 0; n < e->line && rest.len; n++) {
		dash = line;
		line = slice_until(&rest, '\n');
	}
	if (!slice_eq(slice_trim(dash), SLICE("-")))
		return false;
	size_t head = (size_t)(dash.at - y->text.at) + slice_find(dash, '-') + 1;
	y->text = arena_format(&y->arena, "%.*s ~%.*s", (int)head, y->text.at,
			       (int)(y->text.len - head), y->text.at + head);
	return true;
}

/* False: once more. */
static bool parse_with(struct build *b, struct fy_diag *diag, yaml_take *take)
{
	struct yaml *y = b->y;
	struct fy_event *e;
	fy_parser_set_string(b->parser, y->text.at, y->text.len);
	while (!y->bad && (e = fy_parser_parse(b->parser))) {
		if (e->type == FYET_DOCUMENT_START)
			b->root = NULL;
		else if (e->type == FYET_DOCUMENT_END && b->root)
			b->taken = true, take(y, b->root);
		else if (e->type != FYET_STREAM_START && e->type != FYET_STREAM_END)
			b->root = build_node(b, e, 0);
		fy_parser_event_free(b->parser, e);
	}
	if (y->bad || !fy_parser_get_stream_error(b->parser))
		return true;
	if (y->mended < MENDED_MOST && mend_empty_item(b, diag)) {
		y->mended++;
		return false;
	}
	say_syntax(y, diag);
	return true;
}

static bool parse_once(struct yaml *y, yaml_take *take)
{
	struct fy_diag_cfg quiet;
	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	quiet.colorize = false;
	struct fy_diag *diag = fy_diag_create(&quiet);
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
	struct build b = {.y = y, .parser = fy_parser_create(&cfg)};
	if (!diag || !b.parser)
		abort();
	table_init(&y->names, sizeof(struct yaml_node *), 0);
	bool done = parse_with(&b, diag, take);
	fy_parser_destroy(b.parser);
	fy_diag_destroy(diag);
	table_free(&y->names);
	return done;
}

static void parse(struct yaml *y, yaml_take *take)
{
	while (!parse_once(y, take))
		;
	arena_free(&y->arena);
}

static bool refuse_byte(struct yaml *y, struct where at, size_t stumble)
{
	if (slice_starts(y->text, SLICE("\xFF\xFE")) || slice_starts(y->text, SLICE("\xFE\xFF")))
		return refuse(y->s, at, "UTF-8: iconv -f UTF-16 -t UTF-8", "a text in UTF-16");
	if (stumble < slice_not_text(y->text))
		return refuse(y->s, at, "blanks, no tabs", "tabs beside a key that begins with ?");
	return refuse(y->s, at, "UTF-8", "byte 0x%02x is not text",
		      (unsigned char)y->text.at[stumble]);
}

static struct where place_of(const struct yaml *y, size_t offset)
{
	struct where at = {y->path, y->line_above + 1, 1};
	for (size_t i = 0; i < offset; i++) {
		char c = y->text.at[i];
		at.column = c == '\n' ? 1 : at.column + ((c & 0xC0) != 0x80);
		at.line += c == '\n';
	}
	return at;
}

/* The bracket that is one too many; the end if there is none. */
static size_t too_open(slice text)
{
	unsigned open = 0;
	for (size_t i = 0; i < text.len; i++) {
		int c = text.at[i] | ('{' ^ '['); /* } and ] differ likewise */
		if (c == '{' && ++open > BRACKETS_MOST)
			return i;
		open -= c == '}' && open;
	}
	return text.len;
}

/*
 * libfyaml ends silently at a NUL, drops a scalar that is not UTF-8, and reads ahead over brackets
 * for as long as they are not closed.
 */
static bool is_text(struct yaml *y)
{
	size_t stumble = slice_not_yaml(y->text);
	size_t open = too_open(slice_first(y->text, stumble));
	size_t mark = slice_search(slice_first(y->text, stumble), SLICE("\n\xEF\xBB\xBF"));
	if (mark != SIZE_MAX)
		return refuse(y->s, place_of(y, mark + 1), "none, or one where the file begins",
			      "a byte order mark within the file");
	if (open < stumble)
		return refuse(y->s, place_of(y, open), "at most 1024", "too many open brackets");
	return stumble == y->text.len || refuse_byte(y, place_of(y, stumble), stumble);
}

static bool is_blank(slice text)
{
	while (text.len) {
		slice line = slice_trim(slice_until(&text, '\n'));
		if (line.len && line.at[0] != '#' && line.at[0] != '%' &&
		    !slice_eq(line, SLICE("---")))
			return false;
	}
	return true;
}

static void one_document(struct sigma *s, struct yaml_file *file, slice text, int above,
			 yaml_take *take)
{
	const char *path = file->path;
	struct yaml y = {.s = s, .path = path, .file = file, .text = text, .line_above = above};
	if (is_blank(text))
		return;
	if (text.len > DOCUMENT_MOST)
		refuse(s, (struct where){path, above + 1, 1}, "at most 1 MiB",
		       "a rule of %zu bytes", text.len);
	else if (is_text(&y))
		parse(&y, take);
}

static bool begins_document(slice line)
{
	return slice_starts(line, SLICE("---")) && (line.len == 3 || strchr(" \t\r", line.at[3]));
}

void yaml_each(struct sigma *s, const char *path, slice text, yaml_take *take)
{
	struct yaml_file file;
	slice_eat(&text, "\xEF\xBB\xBF");
	file_start(&file, path, text);
	const char *from = text.at;
	int line = 0, first = 0;
	while (text.len) {
		const char *here = text.at;
		slice l = slice_until(&text, '\n');
		if (line > first && begins_document(l)) {
			one_document(s, &file, (slice){from, (size_t)(here - from)}, first, take);
			from = here;
			first = line;
		}
		line++;
	}
	if (from)
		one_document(s, &file, (slice){from, (size_t)(text.at - from)}, first, take);
	file_end(&file);
}
