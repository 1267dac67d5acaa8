/*
 * others.h - for the files of this room alone: acts of processes that alone have the right.
 *
 * A process that writes configuration as root need not have the host's network, nor speak with the
 * world.  So two others do what is left, from a closed list, each with what it needs alone:
 *
 *	blocker    tocsin's table of the firewall, connections of the host; CAP_NET_ADMIN
 *	envoy      Microsoft Graph, what shuts and what looks; the network, and the token
 *
 * What undo does is no act of theirs: it is a person's, from a shell.
 */
#ifndef TOCSIN_RESPOND_OTHERS_H
#define TOCSIN_RESPOND_OTHERS_H

#include "respond/lever.h"

enum other_act {
	OTHER_BLOCK_ABLE,
	OTHER_IS_BLOCKED, /* 1: no, 2: yes */
	OTHER_BLOCK,
	OTHER_CUT,
	OTHER_CONNECTIONS, /* for the evidence, as text */
	OTHER_LISTENING,
	OTHER_FIREWALL,
	OTHER_GRAPH_GET, /* in the order of enum graph_verb; HTTP status, the answer as text */
	OTHER_GRAPH_PATCH,
	OTHER_GRAPH_POST,
	OTHER_GRAPH_DELETE,
	OTHER_ACTS
};
enum { OTHER_WHAT_MOST = 8192 };

struct others;
struct others *others_new(const char *folder);
void others_free(struct others **o);
void others_leave(struct others *o);
/* Is there another process for it, and w->others is asked? */
static inline bool others_do(const struct work *w)
{
	return w->others != NULL;
}
/* `what`: an address, or a path of Graph.  0 with w->why; `said` may be NULL. */
long others_ask(struct work *w, enum other_act act, slice what, slice *said);
/* FOLDER/NAME, where such a socket is there; NULL. */
const char *others_socket(struct work *w, const char *name);

#endif
