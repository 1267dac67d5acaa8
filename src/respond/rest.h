/* rest.h - for the files of this room alone: lines of others' files put to rest, and woken. */
#ifndef TOCSIN_RESPOND_REST_H
#define TOCSIN_RESPOND_REST_H

#include "respond/lever.h"

/* Does the line go to rest? */
typedef bool rest_line(struct work *w, slice line, void *ctx);

/* `text` with REST_MARK before each line of the kind that has none. */
#define REST_MARK "#tocsin# "
slice rest_of(struct work *w, slice text, rest_line *is_meant, void *ctx);
/* What `former` was before rest_of() made `text` of it; or, if somebody has written to it since,
 * `text` without the mark before lines of the kind that had none in `former`. */
slice woken_of(struct work *w, slice text, slice former, rest_line *is_meant, void *ctx);
size_t rest_count(struct work *w, slice text, rest_line *is_meant, void *ctx);

/*
 * Where the files of a lever lie.  Their paths stand in the journal, and whoever has its key could
 * write others there: nothing is touched but what the daemon itself names, or what lies in the
 * lever's folder; and what is given back is what this lever kept, no other evidence.
 */
typedef bool rest_named(struct work *w, const char *path); /* does the daemon name it now? */
struct rest_place {
	const char *kept_as;          /* evidence: this, its number, and the target */
	const char *const folders[3]; /* of the daemon's configuration; ends with NULL */
	rest_named *named;
};

/* Keeps the file, the i-th of the lever, and writes an element of a list to `saved`:
 * {"path":..,"kept":..} */
bool rest_keep(struct work *w, const struct rest_place *at, size_t i, const char *path,
	       struct out *saved);
bool rest_apply(struct work *w, const char *path, rest_line *is_meant, void *ctx);
/* Byte for byte as it was, or what somebody made of it since, with its lines woken. */
bool rest_undo(struct work *w, const char *path, const slice *former, rest_line *is_meant,
	       void *ctx);
/* The files of w->saved ("files"), the last first, each with what it was; NULL: that cannot be
 * read, and w->why says it. */
typedef bool rest_file(struct work *w, const char *path, const slice *former);
bool rest_each_saved(struct work *w, const struct rest_place *at, rest_file *on);
/* Of one of them; false: it was not kept, or w->why. */
bool rest_kept(struct work *w, const struct rest_place *at, const char *path, slice *former);

/* --- doveconf.c: what Dovecot says of itself --- */

struct passdb {
	slice driver, path, format; /* of a passwd-file: where, and how a name stands in it */
	bool master, deny;
};
struct passdbs {
	struct passdb *at;
	size_t len, room;
};
/* Of `doveconf -n`, 2.3 and 2.4; nothing of it is trusted to be there. */
void doveconf_passdbs(struct work *w, slice conf, struct passdbs *l);
bool doveconf_read(struct work *w, struct passdbs *l);
/* A path with %u, %n, %d or %{user} and so on for the account; empty: other variables, or a name
 * that would lead out of its folder. */
slice doveconf_path(struct work *w, slice path, slice account);

#endif
