/* settings.c - libfyaml behind few words. */
#include "settings/settings.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MOST = 1 << 20, WORDS_MOST = 256 };

struct settings {
	struct fy_document *doc;
	char *why;
	size_t size;
};

static const struct fy_mark *mark_of(struct fy_node *n)
{
	struct fy_token *t = n && fy_node_is_scalar(n) ? fy_node_get_scalar_token(n) : NULL;
	return t ? fy_token_start_mark(t) : NULL; /* libfyaml counts from 0 */
}

static int line_of(struct fy_node *n)
{
	const struct fy_mark *mark = mark_of(n);
	return mark ? mark->line + 1 : 1;
}

int settings_column(struct fy_node *n)
{
	const struct fy_mark *mark = mark_of(n);
	return mark ? mark->column + 1 : 1;
}

bool settings_wrong(struct settings *s, struct fy_node *n, const char *format, ...)
{
	char words[WORDS_MOST];
	va_list ap;
	va_start(ap, format);
	vsnprintf(words, sizeof words, format, ap);
	va_end(ap);
	snprintf(s->why, s->size, "line %d: %s", line_of(n), words);
	return false;
}

/* libfyaml prints its own complaints; the first is taken instead. */
static struct fy_document *parse(struct settings *s, slice yaml)
{
	struct fy_diag_cfg dc;
	void *at = NULL;
	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&dc);
	if (!diag)
		return NULL;
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = diag};
	struct fy_document *doc = fy_document_build_from_string(&cfg, yaml.at, yaml.len);
	struct fy_diag_error *e = doc ? NULL : fy_diag_errors_iterate(diag, &at);
	if (!doc)
		snprintf(s->why, s->size, "line %d: %s", e && e->line > 0 ? e->line : 1,
			 e && e->msg ? e->msg : "it is not YAML");
	fy_diag_destroy(diag);
	return doc;
}

/* libfyaml 0.7 stumbles over bytes that are no text, and over tabs below explicit keys. */
static bool is_fit(slice yaml)
{
	return yaml.len && yaml.len <= FILE_MOST && !memchr(yaml.at, '&', yaml.len) &&
	       slice_not_yaml(yaml) == yaml.len;
}

struct settings *settings_open(slice yaml, char *why, size_t size)
{
	struct settings *s = must_alloc(sizeof *s);
	s->why = why;
	s->size = size;
	if (!is_fit(yaml))
		snprintf(
		    why, size,
		    "line 1: it is empty, no UTF-8, too long, or has NUL bytes, anchors, or tabs "
		    "beside keys that begin with ?");
	else
		s->doc = parse(s, yaml);
	if (!s->doc)
		settings_close(&s);
	return s;
}

void settings_close(struct settings **s)
{
	if (!*s)
		return;
	fy_document_destroy((*s)->doc);
	free(*s);
	*s = NULL;
}

struct fy_node *settings_root(struct settings *s)
{
	return fy_document_root(s->doc);
}

slice settings_text(struct fy_node *n)
{
	size_t len = 0;
	const char *text = n && fy_node_is_scalar(n) ? fy_node_get_scalar(n, &len) : NULL;
	return (slice){text, text ? len : 0};
}

bool settings_is_map(struct fy_node *n)
{
	return n && fy_node_is_mapping(n);
}

bool settings_each(struct settings *s, struct fy_node *n, settings_pair *on, void *ctx)
{
	struct fy_node_pair *pair;
	void *walk = NULL;
	if (!settings_is_map(n))
		return settings_wrong(s, n, "keys and values are wanted here, such as  key: value");
	while ((pair = fy_node_mapping_iterate(n, &walk))) {
		struct fy_node *key = fy_node_pair_key(pair);
		if (!on(ctx, settings_text(key), key, fy_node_pair_value(pair)))
			return false;
	}
	return true;
}

bool settings_list(struct settings *s, struct fy_node *n, struct arena *a, size_t most, slice **at,
		   size_t *len)
{
	struct fy_node *item;
	void *walk = NULL;
	if (!n || !fy_node_is_sequence(n))
		return settings_wrong(s, n, "a list is wanted here: [a, b]");
	*at = arena_take(a, most * sizeof **at);
	for (*len = 0; (item = fy_node_sequence_iterate(n, &walk));) {
		slice text = settings_text(item);
		if (*len == most || !text.len)
			return settings_wrong(s, item, "up to %zu texts are wanted here", most);
		(*at)[(*len)++] = (slice){arena_text(a, text), text.len};
	}
	return true;
}

bool settings_items(struct settings *s, struct fy_node *n, settings_item *on, void *ctx)
{
	struct fy_node *item;
	void *walk = NULL;
	if (!n || !fy_node_is_sequence(n))
		return settings_wrong(s, n, "a list is wanted here: [a, b]");
	while ((item = fy_node_sequence_iterate(n, &walk)))
		if (!on(ctx, settings_text(item), item))
			return false;
	return true;
}

bool settings_number(struct settings *s, struct fy_node *n, unsigned most, unsigned *to)
{
	int64_t number;
	if (!slice_is_number(settings_text(n), &number) || number < 0 || number > most)
		return settings_wrong(s, n, "a number up to %u is wanted here", most);
	*to = (unsigned)number;
	return true;
}
