/* place.h - for the files of this room alone: where a file of others lies, once links are read. */
#ifndef TOCSIN_RESPOND_PLACE_H
#define TOCSIN_RESPOND_PLACE_H

#include "respond/lever.h"

/* A folder that is open, and a name in it that is no link: openat(2), renameat(2) and unlinkat(2)
 * with both meet no link any more, whoever changes the way there meanwhile. */
struct placed {
	int folder;
	const char *name; /* in the arena */
};

/*
 * False with w->why: a folder is missing, or the way leads over a link that somebody besides root
 * (and us) could have laid: only those in folders that nobody else may write to are followed.  The
 * name itself need not be there.
 */
bool place_open(struct work *w, const char *path, struct placed *p);
/* The same without words: errno, which place_why() puts in some. */
bool place_find(struct work *w, const char *path, struct placed *p);
const char *place_why(int error);
void place_close(struct placed *p);

#endif
