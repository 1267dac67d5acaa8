/* queue.h - for the files of this room alone: what lies in Postfix's queue. */
#ifndef TOCSIN_RESPOND_QUEUE_H
#define TOCSIN_RESPOND_QUEUE_H

#include "respond/lever.h"

/* One message as `postqueue -j` tells it (postqueue(1), "JSON object format"). */
struct queued {
	slice id, queue;   /* queue: incoming active deferred hold ...; of the arena given */
	int64_t arrived_s; /* seconds since 1970 */
	int64_t size;      /* bytes */
	bool from_daemon;  /* a bounce: the empty sender */
	int turn;          /* of two looks, which one told it */
};
struct queue_list {
	struct queued *at;
	size_t len, room;
};
/*
 * The whole queue, the oldest first; false with why.  Freed with list_free().  postqueue looks into
 * one folder after the other and misses what moves meanwhile, so where something moves it is asked
 * twice: one that left between the two looks is still told.
 */
bool queue_read(struct work *w, struct queue_list *l);
void queue_sort(struct queue_list *l); /* by arrival, each once */
/* May stand in a line and as an argument: nothing but letters and digits, and not "ALL". */
bool queue_is_id(slice s);
bool queue_is_on_hold(const struct queued *m);

/* Lists that outlive a process: a file of evidence, a line a message. */
bool queue_keep(struct work *w, const char *name, const struct queue_list *l);
bool queue_kept(struct work *w, const char *name, struct queue_list *l); /* added; none: true */

/* Postfix's times: 5d, 12h, 30m, 90s, 2w, or a bare number of `unit` seconds; -1: none. */
int64_t postfix_seconds(slice text, int64_t unit);
int64_t time_now_s(void);

#define QUEUE_BEFORE  "queue.before"  /* when the isolation began */
#define QUEUE_RESTORE "queue.restore" /* when it was taken back */
#define QUEUE_RELEASE "queue.release" /* put on hold by tocsin, to be let go in order */
#define QUEUE_FILE    "account"       /* what became of each */

#endif
