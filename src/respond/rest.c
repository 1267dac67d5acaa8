/*
 * rest.c - lines of files that belong to others, put to rest as comments, and woken.
 *
 * Dovecot's passwd-file and Postfix's tables both pass over a line that begins with #
 * (db-passwd-file.c; postmap(1)).  A file is kept whole before; undo gives it back byte for byte if
 * nobody has written to it since, and wakes our lines alone if somebody has.
 */
#include "respond/rest.h"

#include "base/regular.h"

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

static const char *evidence_name(struct work *w, const struct rest_place *at, size_t i)
{
	return arena_text(w->arena, arena_format(w->arena, "%s-%zu-%.*s", at->kept_as, i,
						 (int)w->target.len, w->target.at));
}

bool rest_keep(struct work *w, const struct rest_place *at, size_t i, const char *path,
	       struct out *saved)
{
	slice text, kept = {0};
	if (file_must_read(w, path, &text))
		kept = evidence_keep(w, evidence_name(w, at, i), text);
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
	if (!file_must_read(w, path, &text))
		return false;
	slice made = rest_of(w, text, is_meant, ctx);
	return slice_eq(made, text) || file_replace(w, path, made, 0600);
}

bool rest_undo(struct work *w, const char *path, const slice *former, rest_line *is_meant,
	       void *ctx)
{
	slice text;
	if (!former || !file_must_read(w, path, &text))
		return false;
	slice made = woken_of(w, text, *former, is_meant, ctx);
	return slice_eq(made, text) || file_replace(w, path, made, 0600);
}

/* --- what the journal says of them --- */

static bool is_in_folder(slice folder, slice path)
{
	return slice_starts(path, folder) &&
	       slice_starts(slice_from(path, folder.len), SLICE("/")) &&
	       slice_search(path, SLICE("..")) == SIZE_MAX;
}

/* Links on the way are place.c's to judge. */
static bool is_place(struct work *w, const struct rest_place *at, const char *path)
{
	for (const char *const *folder = at->folders; *folder; folder++)
		if (is_in_folder(slice_of(*folder), slice_of(path)))
			return true;
	w->why[0] = 0;
	if (at->named(w, path))
		return true;
	return w->why[0] ? false
			 : work_fail(w,
				     "%s is no file of this step: no configuration names it (now), "
				     "so nothing is written there; if it was one, take \"" REST_MARK
				     "\" from before its lines",
				     path);
}

static bool former_of(struct work *w, const struct rest_place *at, size_t i, slice kept,
		      slice *former)
{
	return evidence_read(w, kept, evidence_name(w, at, i), former) ||
	       work_fail(w, "%.*s, where the former file was kept, cannot be read: %s",
			 (int)kept.len, kept.at, regular_why(errno));
}

static slice text_of(const json_t *row, const char *key)
{
	return slice_of(json_string_value(json_object_get(row, key)));
}

bool rest_each_saved(struct work *w, const struct rest_place *at, rest_file *on)
{
	json_t *root = json_loadb(w->saved.at ? w->saved.at : "", w->saved.len, 0, NULL);
	const json_t *files = json_object_get(root, "files");
	bool fine = true;
	for (size_t i = json_array_size(files); fine && i-- > 0;) {
		const json_t *file = json_array_get(files, i);
		slice former, path = text_of(file, "path"), kept = text_of(file, "kept");
		if (path.len && kept.len)
			fine = is_place(w, at, path.at) &&
			       on(w, path.at, former_of(w, at, i, kept, &former) ? &former : NULL);
	}
	json_decref(root);
	return fine;
}

bool rest_kept(struct work *w, const struct rest_place *at, const char *path, slice *former)
{
	json_t *root = json_loadb(w->saved.at ? w->saved.at : "", w->saved.len, 0, NULL);
	const json_t *files = json_object_get(root, "files");
	bool found = false;
	*former = (slice){0};
	for (size_t i = 0; !found && i < json_array_size(files); i++) {
		const json_t *row = json_array_get(files, i);
		if (slice_eq(text_of(row, "path"), slice_of(path)))
			found = former_of(w, at, i, text_of(row, "kept"), former);
	}
	json_decref(root);
	return found;
}
