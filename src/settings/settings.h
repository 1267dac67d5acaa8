/*
 * settings.h - what a person wrote in YAML for a daemon to go by: values by key, errors by line.
 *
 *	struct settings *s = settings_open(yaml, why, sizeof why);
 *	settings_each(s, settings_root(s), on_pair, ctx);         false as soon as on_pair says so
 *	return settings_wrong(s, node, "a number is wanted");     into `why`: "line 3: ..."
 *	settings_close(&s);
 *
 * Anchors and aliases are refused (a few lines could otherwise unfold to gigabytes), as are NUL
 * bytes, files beyond a megabyte, and what libfyaml crashes on (slice_not_yaml).  Texts are copied
 * into an arena of the caller's where he keeps them.
 */
#ifndef TOCSIN_SETTINGS_H
#define TOCSIN_SETTINGS_H

#include "base/base.h"

struct settings;
struct fy_node;

/* NULL with a message that begins with the line. */
struct settings *settings_open(slice yaml, char *why, size_t size);
void settings_close(struct settings **s);
struct fy_node *settings_root(struct settings *s);

/* A scalar's text; empty of anything else. */
slice settings_text(struct fy_node *n);
bool settings_is_map(struct fy_node *n);
typedef bool settings_pair(void *ctx, slice key, struct fy_node *key_node, struct fy_node *value);
/* The pairs of a map; false if `n` is none (settings_wrong says so) or `on` says so. */
bool settings_each(struct settings *s, struct fy_node *n, settings_pair *on, void *ctx);
/* The texts of a list, NUL behind each, in `a`; at most `most`. False if it is no such list. */
bool settings_list(struct settings *s, struct fy_node *n, struct arena *a, size_t most, slice **at,
		   size_t *len);
/* The items of a list, each with its place; false if `n` is none or `on` says so. */
typedef bool settings_item(void *ctx, slice text, struct fy_node *item);
bool settings_items(struct settings *s, struct fy_node *n, settings_item *on, void *ctx);
/* Of a scalar, from 1. */
int settings_column(struct fy_node *n);
bool settings_number(struct settings *s, struct fy_node *n, unsigned most, unsigned *to);
/* Always false, and why. */
bool settings_wrong(struct settings *s, struct fy_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
