/* logsource.h - which of our events belong to a Sigma log source. */
#ifndef TOCSIN_LOGSOURCE_H
#define TOCSIN_LOGSOURCE_H

#include "event/event.h"

/*
 * Is the event of this product, category and service (empty: any)?  The product `mail`, and a
 * product or service that is a module's name, are our own rules' words; the others are those of
 * the Sigma taxonomy.
 */
bool logsource_is(const struct event *e, slice product, slice category, slice service);
/* Can such an event occur at all? */
bool logsource_occurs(slice product, slice category, slice service);

#endif
