/* exim.h - what the files of Exim's decoder share. */
#ifndef TOCSIN_FORMAT_EXIM_H
#define TOCSIN_FORMAT_EXIM_H

#include "format/part.h"

enum exim_side { EXIM_CLIENT, EXIM_NEXT_HOP };

/*
 * "[name ][(helo) ][address][:port]" off the front of `s` and into `e`, as host.c's
 * host_build_sender_fullhost() makes it.  False, and nothing changed, if it does not stand there.
 */
bool exim_take_host(slice *s, struct event *e, enum exim_side side);
/* " I=[..]:25 U=x X=TLS1.3:.. CV=no A=login:ana F=<a@b>" off the front, as far as it is known;
 * `bare`: the first without the blank before it. */
void exim_take_items(slice *s, bool bare, struct event *e);
/* An address up to the blank behind it; a quoted local part is passed whole. */
slice exim_take_address(slice *s);
/*
 * What follows the id of a message, and what else there is; false if no words of Exim's begin it.
 */
bool exim_read_queued(slice s, struct event *e);
bool exim_read_words(slice s, bool queued, struct event *e);
/* "<= a@b H=.. P=.. S=.." and "=> a@b R=.. T=..": what follows the flag. */
bool exim_read_arrival(slice s, struct event *e);
bool exim_read_delivery(slice s, struct event *e, const char *status, enum result outcome);

#endif
