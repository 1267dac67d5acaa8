/*
 * sieve.c - the script that sends mail away, switched off and kept.
 *
 * Through doveadm sieve (doveadm-sieve(1)), which goes by the same storage as delivery does.
 */
#include "respond/pull.h"

#include <stdio.h>

bool sieve_able(struct work *w)
{
	return dovecot_able(w);
}

enum { NO_USER = 67 }; /* EX_NOUSER of sysexits.h, as doveadm ends where there is none */

/* The active script: `doveadm sieve list` marks it with " ACTIVE". Empty: none, as of a user of the
 * host alone, whom Dovecot does not know. */
static bool active_script(struct work *w, slice *name)
{
	struct ran r = RUN(w, "doveadm", "sieve", "list", "-u", arena_text(w->arena, w->target));
	slice rest = r.out;
	*name = (slice){0};
	if (r.status == NO_USER)
		return true;
	if (r.status != 0)
		return work_fail(w, "doveadm sieve list: exit status %d: %.*s", r.status,
				 (int)slice_first(r.err, 300).len, r.err.at ? r.err.at : "");
	while (rest.len) {
		slice line = slice_until(&rest, '\n');
		if (slice_ends(line, SLICE(" ACTIVE")))
			*name = slice_first(line, line.len - sizeof " ACTIVE" + 1);
	}
	while (name->len && name->at[name->len - 1] == ' ')
		name->len--;
	return true;
}

bool sieve_prepare(struct work *w, struct out *saved)
{
	slice name, kept = {0};
	char file[400];
	if (!active_script(w, &name))
		return false;
	if (name.len) {
		struct ran r =
		    RUN(w, "doveadm", "sieve", "get", "-u", arena_text(w->arena, w->target), "--",
			arena_text(w->arena, name));
		snprintf(file, sizeof file, "sieve-%.*s", (int)w->target.len, w->target.at);
		kept = r.status == 0 ? evidence_keep(w, file, r.out) : kept;
		if (!kept.len)
			return w->why[0] ? false : work_fail(w, "the script could not be read");
	}
	out_text(saved, "{\"script\":");
	out_json(saved, name);
	out_text(saved, ",\"kept\":");
	out_json(saved, kept);
	out_text(saved, "}");
	return true;
}

bool sieve_apply(struct work *w)
{
	slice name;
	if (!active_script(w, &name))
		return false;
	return !name.len ||
	       RUN_FINE(w, "doveadm", "sieve", "deactivate", "-u", arena_text(w->arena, w->target));
}

bool sieve_undo(struct work *w)
{
	slice name = saved_text(w, "script");
	return !name.len ||
	       RUN_FINE(w, "doveadm", "sieve", "activate", "-u", arena_text(w->arena, w->target),
			"--", arena_text(w->arena, name));
}

enum closed sieve_closed(struct work *w, struct out *how)
{
	slice name;
	if (!active_script(w, &name))
		return CLOSED_UNKNOWN;
	if (!name.len) {
		out_text(how, "no script is active");
		return CLOSED_YES;
	}
	out_text(how, "a script is active: ");
	out_plain(how, name);
	return CLOSED_NO;
}
