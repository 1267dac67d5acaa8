/* cyrus.h - what the files of Cyrus' decoder share. */
#ifndef TOCSIN_FORMAT_CYRUS_H
#define TOCSIN_FORMAT_CYRUS_H

#include "format/words.h"

/* auditlog: behind "auditlog: ", KEY=<VALUE>. */
words_reader cyrus_read_audit;
/* event=NAME key=value ..., of 3.13 on; false if it is none. */
bool cyrus_read_logfmt(slice body, struct event *e, struct arena *scratch);
/* A mailbox, UID, size ... by the name that either style has for it. */
void cyrus_set(struct event *e, slice key, slice value);

#endif
