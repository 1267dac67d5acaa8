/* case.h - for the files of this room alone: what a report says that bears on containment. */
#ifndef TOCSIN_RESPOND_CASE_H
#define TOCSIN_RESPOND_CASE_H

#include "respond/lever.h"

struct respond_case {
	slice incident, title;
	bool at_once;                 /* nobody reads the plan before it is carried out */
	LIST(slice) accounts;         /* proven or likely compromised */
	LIST(struct address) sources; /* proven or likely the intruder's */
	LIST(bool) elsewhere;         /* of each: records of a tenant alone name it */
	LIST(slice) filtered;         /* accounts with a filter or forwarding rule that is active */
	LIST(slice) consented;        /* those in whose name an application may act */
	bool tenant;                  /* what shows it came from a tenant of Microsoft 365 */
	LIST(slice) left_out;         /* names that cannot stand in a command, and doubtful ones */
};
/* Reads one incident of a JSON report (empty name: its only one); false with a message. */
bool case_read(struct respond_case *c, struct arena *a, slice json, slice incident, char *why,
	       size_t size);
/* The name of an incident becomes the name of a folder. */
bool case_is_incident(slice id);
void case_free(struct respond_case *c);

#endif
