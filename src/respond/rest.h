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

/* Keeps the file under `name` and writes an element of a list to `saved`: {"path":..,"kept":..} */
bool rest_keep(struct work *w, const char *path, const char *name, struct out *saved);
bool rest_apply(struct work *w, const char *path, rest_line *is_meant, void *ctx);
/* Byte for byte as it was, or what somebody made of it since, with its lines woken. */
bool rest_undo(struct work *w, const char *path, slice kept, rest_line *is_meant, void *ctx);
/* The files of w->saved ("files"), the last first. */
typedef bool rest_file(struct work *w, const char *path, slice kept);
bool rest_each_saved(struct work *w, rest_file *on);
slice rest_kept(const struct work *w, const char *path); /* where one is kept; empty: it is not */

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
/* A path with %u, %n, %d or %{user} and so on for the account; empty: other variables. */
slice doveconf_path(struct work *w, slice path, slice account);

#endif
