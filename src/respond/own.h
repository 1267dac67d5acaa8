/*
 * own.h - for the files of this room alone: whom a blocked address would hit besides the intruder.
 */
#ifndef TOCSIN_RESPOND_OWN_H
#define TOCSIN_RESPOND_OWN_H

#include "respond/lever.h"

enum { OFFICE_PEOPLE = 4 }; /* so many accounts besides his make an address an office */

struct own;
struct own *own_new(void);
void own_free(struct own **o);
/* networks.yaml, and the file of habits; NULL: none. False after a note. */
bool own_read(struct own *o, const char *networks, const char *habits, facts_note *note);

/* What to say of it: whom it hits, in words (empty: nobody is known), and why it is not to be
 * blocked without a person's word (empty: it may). In the arena. */
struct own_said {
	slice hits, refused;
};
struct own_said own_judge(struct own *o, struct arena *a, const struct address *ip,
			  const slice *suspects, size_t suspect_count);

#endif
