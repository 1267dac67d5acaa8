/* guise.h - for the files of this room alone: files in folders of others, with their rights. */
#ifndef TOCSIN_RESPOND_GUISE_H
#define TOCSIN_RESPOND_GUISE_H

#include "respond/lever.h"

#include <sys/types.h>

/*
 * Whoever may write to a folder chooses what a program does that works in it by names: a library
 * that takes a journal beside a database for its own deletes what that journal names.  So what is
 * opened there is opened as he would open it, and root's rights over files are laid off meanwhile
 * (credentials(7): the file-system ids; capabilities(7)).
 */
struct guise {
	uid_t user; /* 0: nobody but root can write there, and nothing is laid off */
	gid_t group;
};

/* Of the first on the way to `path`, from the root on, who is not root; nobody, with the group of
 * the folder, where more than its owner may write to it.  False with w->why: no such file. */
bool guise_of(struct work *w, const char *path, struct guise *g);

/* What was before; one at a time. */
struct guise_before {
	bool changed;
	int count;
	gid_t *groups; /* its own */
};
/* False with w->why, and nothing is changed. */
bool guise_take(struct work *w, const struct guise *g, struct guise_before *before);
void guise_leave(struct guise_before *before);

#endif
