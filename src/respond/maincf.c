/*
 * maincf.c - lines of tocsin's own at the end of main.cf.
 *
 * Of two definitions of a parameter the last one holds (postconf(5)), so what is added behind all
 * others overrules them and changes none.  The lines stand between two comments, so that they are
 * found again whatever somebody writes around them.
 */
#include "respond/lever.h"

#define MAIN_CF "/etc/postfix/main.cf"

bool main_cf_value(struct work *w, const char *name, bool expanded, slice *value)
{
	struct ran r = RUN(w, "postconf", expanded ? "-hx" : "-h", name);
	slice rest = r.out;
	*value = slice_until(&rest, '\n');
	return r.status == 0 ||
	       work_fail(w, "postconf does not say what %s is: %.*s", name,
			 (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
}

static slice opening(struct work *w, const char *name)
{
	return arena_format(w->arena, "# tocsin isolate, %s: tocsin restore takes this away", name);
}

static slice closing(struct work *w, const char *name)
{
	return arena_format(w->arena, "# tocsin isolate, %s: end", name);
}

bool main_cf_prepare(struct work *w, struct out *saved, const char *name, slice lines)
{
	slice text, head = opening(w, name), tail = closing(w, name);
	if (!file_must_read(w, MAIN_CF, &text))
		return false;
	if (line_is_in(text, head))
		return work_fail(w,
				 MAIN_CF " has lines of an earlier isolation: take those between "
					 "the comments of tocsin isolate out");
	slice file = arena_format(w->arena, "main.cf.%s", name);
	slice kept = evidence_keep(w, arena_text(w->arena, file), text);
	if (!kept.len)
		return false;
	out_text(saved, ",\"kept\":");
	out_json(saved, kept);
	out_text(saved, ",\"block\":");
	out_json(saved, arena_format(w->arena, "%.*s\n%.*s%.*s", (int)head.len, head.at,
				     (int)lines.len, lines.at, (int)tail.len, tail.at));
	return true;
}

static bool sets_one(slice line, const char *const *names)
{
	slice key = slice_trim(slice_until(&line, '='));
	for (; *names; names++)
		if (slice_eq(key, slice_of(*names)))
			return true;
	return false;
}

/* What prepare() wrote stands between our comments, and each line sets one of `names`: the journal
 * says it, and whoever has its key could write others there, a command say. */
bool main_cf_block(struct work *w, const char *name, const char *const *names, slice *block)
{
	slice head = opening(w, name), tail = closing(w, name),
	      rest = *block = saved_text(w, "block");
	bool fine = slice_eq(slice_until(&rest, '\n'), head) && slice_ends(rest, tail);
	rest = slice_first(rest, fine ? rest.len - tail.len : 0);
	while (fine && rest.len)
		fine = sets_one(slice_until(&rest, '\n'), names);
	return fine ||
	       work_fail(w,
			 "what was kept for main.cf is not what this step writes: is the journal "
			 "whole? (tocsin journal verify)");
}

bool main_cf_apply(struct work *w, const char *name, const char *const *names)
{
	slice text, block;
	if (!file_must_read(w, MAIN_CF, &text) || !main_cf_block(w, name, names, &block))
		return false;
	if (!line_is_in(text, opening(w, name)) &&
	    !file_replace(w, MAIN_CF, line_added(w, text, block), 0644))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}

bool main_cf_without(struct work *w, slice text, const char *name, slice *rest)
{
	slice head = opening(w, name), tail = closing(w, name);
	size_t from = slice_search(text, head), to = slice_search(text, tail);
	*rest = text;
	if (from == SIZE_MAX && to == SIZE_MAX)
		return true;
	if (from == SIZE_MAX || to == SIZE_MAX || to < from)
		return work_fail(w,
				 MAIN_CF ": one of the two comments around the lines of tocsin "
					 "isolate, %s, is gone: take the lines out by hand",
				 name);
	slice behind = slice_from(text, to + tail.len);
	if (behind.len && behind.at[0] == '\n')
		behind = slice_from(behind, 1);
	*rest = text_joined(w, slice_first(text, from), (slice){0}, behind);
	return true;
}

bool main_cf_undo(struct work *w, const char *name)
{
	slice text, former, rest;
	if (!file_must_read(w, MAIN_CF, &text) || !main_cf_without(w, text, name, &rest))
		return false;
	slice file = arena_format(w->arena, "main.cf.%s", name), block = saved_text(w, "block");
	if (!evidence_read(w, saved_text(w, "kept"), arena_text(w->arena, file), &former))
		former = rest; /* the kept file is gone: the rest is what is left to go by */
	bool untouched =
	    slice_starts(block, opening(w, name)) && slice_eq(text, line_added(w, former, block));
	if (!slice_eq(text, rest) && !file_replace(w, MAIN_CF, untouched ? former : rest, 0644))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}
