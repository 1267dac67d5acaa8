/* serve.h - for the files of the console's process: seats, answers. */
#ifndef TOCSIN_CONSOLE_SERVE_H
#define TOCSIN_CONSOLE_SERVE_H

#include "part.h"

#include <microhttpd.h>

/* --- seats.c --- */

enum { SEATS = 64, SEAT_IDLE_MS = 60000 };
struct seat {
	int fd; /* -1: free */
	int64_t since_ms;
	bool trusted, busy, ending;
};
struct seats {
	struct seat at[SEATS];
	size_t taken, ending, left; /* left: how often one was */
	int64_t purse_ms;           /* when the strangers' purse was filled last */
	unsigned purse;
};
int64_t serve_ms(void); /* since the host started */
void seats_init(struct seats *all);
struct seat *seats_take(struct seats *all, int fd); /* NULL: none is free */
void seats_leave(struct seats *all, struct seat *s);
void seats_make_room(struct seats *all);
void seats_end_overdue(struct seats *all);
/* True if a stranger may have an answer now. */
bool seats_spend(struct seats *all);
/* Until they are to be looked at again; -1: nobody sits. */
int seats_wait_ms(const struct seats *all);

/* --- answer.c --- */

enum { ANSWER_VIEWS = 4 };
struct answer {
	struct out head, foot;
	struct view *views[ANSWER_VIEWS]; /* held until they are sent */
	size_t view_count;
	struct MHD_IoVec parts[ANSWER_VIEWS + 2];
};
#define ANSWER_HTML "text/html; charset=utf-8"
struct answer *answer_new(void);
void answer_free(void *answer);
/* As it will be sent, the answer goes with it; NULL: there is no memory. */
struct MHD_Response *answer_response(struct answer *a, const char *type);
enum MHD_Result answer_queue(struct MHD_Connection *connection, unsigned code,
			     struct MHD_Response *r);

struct notice {
	unsigned code;
	const char *title, *text; /* text: HTML of our own */
};
const struct notice *answer_notice(enum console_verdict v);
/* `ends`: the connection, too. */
enum MHD_Result answer_say(struct MHD_Connection *connection, const struct notice *n, bool ends);

#endif
