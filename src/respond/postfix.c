/*
 * postfix.c - what an account hands in: refused, and what it handed in already: held.
 *
 * check_sasl_access (Postfix 2.11 on) looks the login up that a client gave; at DATA it also stops
 * those who signed in before (smtpd_data_restrictions, postconf(5)).  Of two definitions in main.cf
 * the last one holds, so ours is one line at its end: undo gives the file back byte for byte, or,
 * where somebody has edited it since, takes away that line alone.
 */
#include "respond/pull.h"
#include "respond/queue.h"

#include <errno.h>
#include <jansson.h>

#define MAIN_CF     "/etc/postfix/main.cf"
#define REFUSE_LIST "/etc/postfix/tocsin_refuse"
#define REFUSE_WHAT "check_sasl_access texthash:" REFUSE_LIST

bool postfix_able(struct work *w)
{
	return (has_program("postconf") && file_exists(MAIN_CF)) ||
	       work_fail(w, "Postfix with " MAIN_CF " is not on this host");
}

static bool read_file(struct work *w, const char *path, slice *text)
{
	*text = (slice){0};
	return file_read(w, path, text) || errno == ENOENT ||
	       work_fail(w, "%s: %s", path, strerror(errno));
}

/* --- the list --- */

static slice our_line(struct work *w)
{
	struct ran r = RUN(w, "postconf", "-h", "smtpd_data_restrictions");
	slice rest = r.out, former = slice_until(&rest, '\n');
	if (r.status != 0)
		return (slice){0};
	return arena_format(w->arena, "smtpd_data_restrictions = " REFUSE_WHAT "%s%.*s",
			    former.len ? ", " : "", (int)former.len, former.at);
}

bool refuse_list_prepare(struct work *w, struct out *saved)
{
	slice text;
	if (!read_file(w, MAIN_CF, &text))
		return false;
	bool ours = slice_search(text, SLICE(REFUSE_WHAT)) != SIZE_MAX;
	slice line = ours ? (slice){0} : our_line(w), kept = evidence_keep(w, "main.cf", text);
	if (!kept.len || (!ours && !line.len))
		return w->why[0] ? false : work_fail(w, "postconf gives no answer");
	out_text(saved, "{\"kept\":");
	out_json(saved, kept);
	out_text(saved, ",\"line\":");
	out_json(saved, line);
	out_format(saved, ",\"list\":%s}", file_exists(REFUSE_LIST) ? "true" : "false");
	return true;
}

/* From the journal: nothing but our restriction, whatever stands there. */
static bool saved_line(struct work *w, slice *line)
{
	*line = saved_text(w, "line");
	return !line->len ||
	       (slice_starts(*line, SLICE("smtpd_data_restrictions = " REFUSE_WHAT)) &&
		slice_search(*line, SLICE("\n")) == SIZE_MAX) ||
	       work_fail(w,
			 "what was kept for main.cf is not what this step writes: is the journal "
			 "whole? (tocsin journal verify)");
}

bool refuse_list_apply(struct work *w)
{
	slice text, line;
	if (!saved_line(w, &line))
		return false;
	if (!file_exists(REFUSE_LIST) && !file_replace(w, REFUSE_LIST, (slice){0}, 0644))
		return false;
	if (!read_file(w, MAIN_CF, &text))
		return false;
	if (!line.len && w->done_before && slice_search(text, SLICE(REFUSE_WHAT)) != SIZE_MAX)
		return true; /* by another plan: Postfix has read it */
	if (line.len && !line_is_in(text, line) &&
	    !file_replace(w, MAIN_CF, line_added(w, text, line), 0644))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}

bool refuse_list_undo(struct work *w)
{
	slice text, former, line, kept = saved_text(w, "kept");
	if (!saved_line(w, &line) || !read_file(w, MAIN_CF, &text))
		return false;
	if (!evidence_read(w, kept, "main.cf", &former) && errno != ENOENT)
		return work_fail(w, "%.*s: %s", (int)kept.len, kept.at, regular_why(errno));
	bool untouched = slice_eq(text, line_added(w, former, line));
	if (line.len &&
	    !file_replace(w, MAIN_CF, untouched ? former : line_removed(w, text, line), 0644))
		return false;
	if (!list_drop(w, REFUSE_LIST))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}

static enum closed refusals_are_asked(struct work *w)
{
	struct ran r = RUN(w, "postconf", "-h", "smtpd_data_restrictions");
	if (r.status != 0)
		return CLOSED_UNKNOWN;
	return slice_search(r.out, SLICE(REFUSE_WHAT)) != SIZE_MAX ? CLOSED_YES : CLOSED_NO;
}

enum closed refuse_list_closed(struct work *w, struct out *how)
{
	enum closed c = refusals_are_asked(w);
	out_text(how,
		 c == CLOSED_YES ? "postconf names the list" : "postconf does not name the list");
	return c;
}

/* --- one account --- */

static slice refuse_line(struct work *w)
{
	return arena_format(w->arena, "%.*s REJECT 5.7.1 This account is closed for the moment",
			    (int)w->target.len, w->target.at);
}

bool refuse_prepare(struct work *w, struct out *saved)
{
	slice list;
	if (!read_file(w, REFUSE_LIST, &list))
		return false;
	out_format(saved, "{\"refused\":%s,\"list\":%s,\"open\":%s}",
		   line_is_in(list, refuse_line(w)) ? "true" : "false",
		   file_exists(REFUSE_LIST) ? "true" : "false",
		   list_is_open(list) ? "true" : "false");
	return true;
}

/* Postfix reads a texthash when a process starts: a reload makes all of them new. */
bool refuse_apply(struct work *w)
{
	slice list, line = refuse_line(w);
	if (!read_file(w, REFUSE_LIST, &list))
		return false;
	if (!line_is_in(list, line) &&
	    !file_replace(w, REFUSE_LIST, line_added(w, list, line), 0644))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}

bool refuse_undo(struct work *w)
{
	slice list;
	if (saved_flag(w, "refused"))
		return true;
	return read_file(w, REFUSE_LIST, &list) &&
	       list_put_back(w, REFUSE_LIST, list, refuse_line(w)) &&
	       RUN_FINE(w, "postfix", "reload");
}

enum closed refuse_closed(struct work *w, struct out *how)
{
	slice list;
	if (!read_file(w, REFUSE_LIST, &list))
		return CLOSED_UNKNOWN;
	bool there = line_is_in(list, refuse_line(w));
	out_text(how,
		 there ? "on the list of refused accounts" : "not on the list of refused accounts");
	return there ? refusals_are_asked(w) : CLOSED_NO;
}

/* --- the queue --- */

/* The queue id of a line of `postqueue -j`, if it is the account's and not on hold. */
static slice waiting_of(struct work *w, slice line)
{
	json_t *root = json_loadb(line.at, line.len, 0, NULL);
	const char *sender = json_string_value(json_object_get(root, "sender"));
	const char *queue = json_string_value(json_object_get(root, "queue_name"));
	const char *id = json_string_value(json_object_get(root, "queue_id"));
	bool ours = sender && queue && id && slice_eq(slice_of(sender), w->target) &&
		    !slice_eq(slice_of(queue), SLICE("hold"));
	slice found = ours ? arena_copy(w->arena, slice_of(id)) : (slice){0};
	json_decref(root);
	return found;
}

typedef bool on_waiting(struct work *w, slice id, void *ctx);

static bool each_waiting(struct work *w, on_waiting *on, void *ctx)
{
	struct ran r = RUN(w, "postqueue", "-j");
	slice rest = r.out;
	if (r.status != 0)
		return work_fail(w, "postqueue -j: exit status %d: %.*s", r.status,
				 (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
	while (rest.len) {
		slice id = waiting_of(w, slice_until(&rest, '\n'));
		if (id.len && !on(w, id, ctx))
			return false;
	}
	return true;
}

static bool list_id(struct work *w, slice id, void *saved)
{
	struct out *o = saved;
	if (o->at[o->len - 1] != '[')
		out_text(o, ",");
	out_json(o, id);
	return true;
}

static bool count_id(struct work *w, slice id, void *n)
{
	++*(int *)n;
	return true;
}

/* What came after the list was made is written down as well, before it is held. */
static const char *later_name(struct work *w)
{
	return arena_text(
	    w->arena, arena_format(w->arena, "held-later-%.*s", (int)w->target.len, w->target.at));
}

static bool read_later(struct work *w, slice *ids)
{
	char *path = arena_text(w->arena, evidence_path(w, later_name(w)));
	return read_file(w, path, ids);
}

static bool is_saved(struct work *w, slice id)
{
	json_t *root = json_loadb(w->saved.at ? w->saved.at : "", w->saved.len, 0, NULL);
	const json_t *list = json_object_get(root, "held");
	bool is = false;
	for (size_t i = 0; !is && i < json_array_size(list); i++)
		is = slice_eq(slice_of(json_string_value(json_array_get(list, i))), id);
	json_decref(root);
	return is;
}

static bool hold_id(struct work *w, slice id, void *ctx)
{
	slice later;
	if (!is_saved(w, id)) {
		if (!read_later(w, &later))
			return false;
		if (!line_is_in(later, id) &&
		    !evidence_keep(w, later_name(w), line_added(w, later, id)).len)
			return false;
	}
	return RUN_FINE(w, "postsuper", "-h", arena_text(w->arena, id));
}

/* "ALL" would be all (postsuper(1)). */
static bool release_id(struct work *w, slice id)
{
	return queue_is_id(id) ? RUN_FINE(w, "postsuper", "-H", arena_text(w->arena, id))
			       : work_fail(w, "what was kept names no message of the queue");
}

bool hold_prepare(struct work *w, struct out *saved)
{
	out_text(saved, "{\"held\":[");
	bool fine = each_waiting(w, list_id, saved);
	out_text(saved, "]}");
	return fine;
}

bool hold_apply(struct work *w)
{
	return each_waiting(w, hold_id, NULL);
}

bool hold_undo(struct work *w)
{
	slice later;
	if (!saved_each(w, "held", release_id) || !read_later(w, &later))
		return false;
	while (later.len)
		if (!release_id(w, slice_until(&later, '\n')))
			return false;
	return file_remove(w, arena_text(w->arena, evidence_path(w, later_name(w))));
}

enum closed hold_closed(struct work *w, struct out *how)
{
	int n = 0;
	if (!each_waiting(w, count_id, &n))
		return CLOSED_UNKNOWN;
	out_format(how, "%d of the account's messages may still leave", n);
	return n ? CLOSED_NO : CLOSED_YES;
}
