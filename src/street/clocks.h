/* clocks.h - how far the clocks of hosts are apart, by mails that one handed to another and by
 * sign-ins to webmail: for the files of this room alone. */
#ifndef TOCSIN_STREET_CLOCKS_H
#define TOCSIN_STREET_CLOCKS_H

#include "incident/incident.h"

struct clocks;
struct clocks *clocks_new(void);
void clocks_free(struct clocks **c);
/* Each event of a walk, in any order. */
void clocks_saw(struct clocks *c, const struct event *e);
/* After the walk: true if a clock is so far from the others', and so surely, that it is mended. */
bool clocks_settle(struct clocks *c);
/* What to add to the time of a record; 0 before clocks_settle(). */
int64_t clocks_shift(const struct clocks *c, const struct event *e);
/* The least that it may be of any record: 0 or less. */
int64_t clocks_least_shift(const struct clocks *c);
/* One gap for each host whose clock is not that of the others. */
void clocks_tell(const struct clocks *c, struct report *r);

#endif
