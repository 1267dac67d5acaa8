/*
 * rest.c - lines of files that belong to others, put to rest as comments, and woken.
 *
 * Dovecot's passwd-file and Postfix's tables both pass over a line that begins with #
 * (db-passwd-file.c; postmap(1)).  A file is kept whole before; undo gives it back byte for byte if
 * nobody has written to it since, and wakes our lines alone if somebody has.
 */
#include "respond/rest.h"

#include <errno.h>
#include <jansson.h>

static bool is_at_rest(slice line)
{
	return slice_starts(line, SLICE(REST_MARK));
}

slice rest_of(struct work *w, slice text, rest_line *is_meant, void *ctx)
{
	struct out o = {.fd = -1};
	for (slice rest = text; rest.len;) {
		const char *from = rest.at;
		slice line = slice_until(&rest, '\n');
		if (!is_at_rest(line) && is_meant(w, line, ctx))
			out_text(&o, REST_MARK);
		out_slice(&o, (slice){from, (size_t)(rest.at - from)});
	}
	slice made = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return made;
}

slice woken_of(struct work *w, slice text, slice former, rest_line *is_meant, void *ctx)
{
	struct out o = {.fd = -1};
	if (slice_eq(text, rest_of(w, former, is_meant, ctx)))
		return former;
	for (slice rest = text; rest.len;) {
		const char *from = rest.at;
		slice line = slice_until(&rest, '\n');
		bool ours = is_at_rest(line) && !line_is_in(former, line) &&
			    is_meant(w, slice_from(line, sizeof REST_MARK - 1), ctx);
		slice whole = {from, (size_t)(rest.at - from)};
		out_slice(&o, ours ? slice_from(whole, sizeof REST_MARK - 1) : whole);
	}
	slice made = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return made;
}

size_t rest_count(struct work *w, slice text, rest_line *is_meant, void *ctx)
{
	size_t n = 0;
	for (slice rest = text; rest.len;) {
		slice line = slice_until(&rest, '\n');
		n += !is_at_rest(line) && is_meant(w, line, ctx);
	}
	return n;
}

/* --- files --- */

static bool read_theirs(struct work *w, const char *path, slice *text)
{
	return file_read(w, path, text) || work_fail(w, "%s: %s", path, strerror(errno));
}

bool rest_keep(struct work *w, const char *path, const char *name, struct out *saved)
{
	slice text, kept = {0};
	if (read_theirs(w, path, &text))
		kept = evidence_keep(w, name, text);
	out_text(saved, "{\"path\":");
	out_json(saved, slice_of(path));
	out_text(saved, ",\"kept\":");
	out_json(saved, kept);
	out_text(saved, "}");
	return kept.len > 0;
}

bool rest_apply(struct work *w, const char *path, rest_line *is_meant, void *ctx)
{
	slice text;
	if (!read_theirs(w, path, &text))
		return false;
	slice made = rest_of(w, text, is_meant, ctx);
	return slice_eq(made, text) || file_replace(w, path, made, 0600);
}

bool rest_undo(struct work *w, const char *path, slice kept, rest_line *is_meant, void *ctx)
{
	slice text, former;
	if (!evidence_read(w, kept, &former))
		return work_fail(w, "%.*s, where the former file was kept, cannot be read: %s",
				 (int)kept.len, kept.at, strerror(errno));
	if (!read_theirs(w, path, &text))
		return false;
	slice made = woken_of(w, text, former, is_meant, ctx);
	return slice_eq(made, text) || file_replace(w, path, made, 0600);
}

bool rest_each_saved(struct work *w, rest_file *on)
{
	json_t *root = json_loadb(w->saved.at ? w->saved.at : "", w->saved.len, 0, NULL);
	const json_t *files = json_object_get(root, "files");
	bool fine = true;
	for (size_t i = json_array_size(files); fine && i-- > 0;) {
		const json_t *file = json_array_get(files, i);
		const char *path = json_string_value(json_object_get(file, "path"));
		const char *kept = json_string_value(json_object_get(file, "kept"));
		if (path && kept)
			fine = on(w, path, slice_of(kept));
	}
	json_decref(root);
	return fine;
}

slice rest_kept(const struct work *w, const char *path)
{
	json_t *root = json_loadb(w->saved.at ? w->saved.at : "", w->saved.len, 0, NULL);
	const json_t *files = json_object_get(root, "files");
	slice kept = {0};
	for (size_t i = 0; !kept.len && i < json_array_size(files); i++) {
		const json_t *row = json_array_get(files, i);
		const char *file = json_string_value(json_object_get(row, "path"));
		if (file && strcmp(file, path) == 0)
			kept = slice_of(json_string_value(json_object_get(row, "kept")));
	}
	kept = arena_copy(w->arena, kept);
	json_decref(root);
	return kept;
}
