/* fixture.h - reports to print: a stolen password, a quiet week, and a log written to deceive. */
#ifndef TOCSIN_REPORT_FIXTURE_H
#define TOCSIN_REPORT_FIXTURE_H

#include "mailstore/mailstore.h"
#include "report/report.h"

void fixture_stolen(struct report *r);  /* webmail, 12 messages, 5 attachments, a forwarding rule */
void fixture_quiet(struct report *r);   /* no incident, findings of low level, a gap */
void fixture_empty(struct report *r);   /* nothing was there to read */
void fixture_hostile(struct report *r); /* the first, every string of it hostile */
void fixture_several(struct report *r); /* three of the first, which share most of what is open */
void fixture_crowd(struct report *r);   /* sixty of the first */
void fixture_large(struct report *r, size_t accesses);
extern const slice hostile_text;

#endif
