/*
 * standby.c - accounts that must go on are served by another server meanwhile.
 *
 * A transport map of ours comes before the others: the first that knows a recipient decides
 * (transport(5), transport_maps in postconf(5)).  It is asked after aliases were resolved.  Mail in
 * the queue is routed anew at each try, so what was kept before goes to the standby as well.
 */
#include "respond/pull.h"

#include <errno.h>

#define STANDBY_LIST "/etc/postfix/tocsin_standby"

bool standby_prepare(struct work *w, struct out *saved)
{
	slice former;
	if (!main_cf_value(w, "transport_maps", false, &former))
		return false;
	slice line = arena_format(w->arena, "transport_maps = texthash:" STANDBY_LIST "%s%.*s\n",
				  former.len ? ", " : "", (int)former.len, former.at);
	out_format(saved, "{\"list\":%s", file_exists(STANDBY_LIST) ? "true" : "false");
	bool fine = main_cf_prepare(w, saved, "standby", line);
	out_text(saved, "}");
	return fine;
}

bool standby_apply(struct work *w)
{
	static const char *const names[] = {"transport_maps", NULL};
	return (file_exists(STANDBY_LIST) || file_replace(w, STANDBY_LIST, (slice){0}, 0644)) &&
	       main_cf_apply(w, "standby", names);
}

bool standby_undo(struct work *w)
{
	return main_cf_undo(w, "standby") &&
	       (saved_flag(w, "list") || file_remove(w, STANDBY_LIST));
}

static bool map_is_asked(struct work *w)
{
	slice maps;
	return main_cf_value(w, "transport_maps", false, &maps) &&
	       slice_search(maps, SLICE("texthash:" STANDBY_LIST)) != SIZE_MAX;
}

enum closed standby_closed(struct work *w, struct out *how)
{
	bool asked = map_is_asked(w);
	out_text(how, asked ? "transport_maps names the list" : "transport_maps does not name it");
	return asked ? CLOSED_YES : CLOSED_NO;
}

/* --- one account --- */

static bool read_standby(struct work *w, slice *list)
{
	*list = (slice){0};
	return file_read(w, STANDBY_LIST, list) || errno == ENOENT ||
	       work_fail(w, STANDBY_LIST ": %s", strerror(errno));
}

/* "ACCOUNT via TRANSPORT:[HOST]" is in the map: ACCOUNT TRANSPORT:[HOST] */
static slice carry_line(struct work *w)
{
	slice route = w->target, account = slice_until(&route, ' ');
	slice_eat(&route, "via ");
	return arena_format(w->arena, "%.*s %.*s", (int)account.len, account.at, (int)route.len,
			    route.at);
}

bool carry_prepare(struct work *w, struct out *saved)
{
	slice list;
	if (!read_standby(w, &list))
		return false;
	out_format(saved, "{\"carried\":%s}", line_is_in(list, carry_line(w)) ? "true" : "false");
	return true;
}

bool carry_apply(struct work *w)
{
	slice list, line = carry_line(w);
	if (!read_standby(w, &list))
		return false;
	if (!line_is_in(list, line) &&
	    !file_replace(w, STANDBY_LIST, line_added(w, list, line), 0644))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}

bool carry_undo(struct work *w)
{
	slice list;
	if (saved_flag(w, "carried"))
		return true;
	if (!read_standby(w, &list))
		return false;
	if (list.len && !file_replace(w, STANDBY_LIST, line_removed(w, list, carry_line(w)), 0644))
		return false;
	return RUN_FINE(w, "postfix", "reload");
}

enum closed carry_closed(struct work *w, struct out *how)
{
	slice list;
	if (!read_standby(w, &list))
		return CLOSED_UNKNOWN;
	bool there = line_is_in(list, carry_line(w)) && map_is_asked(w);
	out_text(how, there ? "goes to the standby" : "does not go to the standby");
	return there ? CLOSED_YES : CLOSED_NO;
}
