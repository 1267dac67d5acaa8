/* ask.h - for the files of this room alone: a site asked whether it is off. */
#ifndef TOCSIN_RESPOND_ASK_H
#define TOCSIN_RESPOND_ASK_H

#include "respond/lever.h"

/* By http and https, at this host, or where its name leads if nobody listens here.  Off: 503 with
 * Retry-After (RFC 9110, 10.2.3 and 15.6.4) by each that answers; one that sends to https is as
 * that is.  Unknown, with w->why: nobody answers. */
enum closed ask_site(struct work *w, slice name, struct out *how);

/* What one answer means. */
struct site_answer {
	long status; /* 0: none */
	bool retry_after, to_https;
};
enum closed ask_judge(const struct site_answer *at, size_t n);

#endif
