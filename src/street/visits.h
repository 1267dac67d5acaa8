/*
 * visits.h - sign-ins to a webmail, and the IMAP sign-ins that they make on the mailbox host.
 *
 * Who signs in to Roundcube is signed in to IMAP by it in the same second, and both are logged, by
 * two clocks if these are two hosts.  Which IMAP sign-in was his is not known, for each request
 * makes one; but what lies between the clocks lies between each pair, and nothing else does so
 * again and again.
 */
#ifndef TOCSIN_STREET_VISITS_H
#define TOCSIN_STREET_VISITS_H

#include "event/event.h"

struct visits;
struct visits *visits_new(void);
void visits_free(struct visits **v);

/* A sign-in that Roundcube's log states. */
bool visit_is_stated(const struct event *e);
/* An IMAP sign-in from a host beside the mailbox host, as a webmail's is. */
bool visit_is_served(const struct event *e);
/* One of both, in the records of host number `host` (below 255). */
void visits_saw(struct visits *v, const struct event *e, size_t host);

/*
 * How far the clock of `web` is ahead of that of `mail`, and how many visits say so: at least five,
 * at least half of those that have any IMAP sign-in near, and twice as many as say anything else.
 */
bool visits_ahead(struct visits *v, size_t web, size_t mail, int64_t *ahead_us, size_t *agree);

#endif
