/* plan.h - for the files of this room alone: plans written down and kept. */
#ifndef TOCSIN_RESPOND_PLAN_H
#define TOCSIN_RESPOND_PLAN_H

#include "respond/lever.h"
#include "respond/own.h"

struct respond {
	struct journal *journal; /* NULL: asleep */
	struct journal_mark read;
	struct webmail_seized *seized; /* NULL: webmail's sessions are not held */
	bool in_haste;                 /* respond_linger() comes later */
	struct arena arena;
	LIST(struct response *) responses;
	const char *state_dir;
	struct others *others; /* NULL: this process may do all itself */
	struct own *own;       /* NULL: nothing was said of it */
	bool force;
};

extern const char *const mode_names[RESPOND_MODES];

/* A "planned" entry as the journal has it becomes its incident's response. */
void plan_read(struct respond *r, slice data_json, int64_t when);

/* One action as JSON; also what this host cannot do is in the plan, with what a person can do. */
void plan_action(struct respond *r, struct out *o, const struct lever *l, slice incident,
		 slice target);
/* Journals a plan, and it is the incident's from now on; NULL with a message. */
struct response *plan_keep(struct respond *r, slice incident, slice plan_json, char *why,
			   size_t size);
bool plan_is_begun(const struct response *p);
struct work plan_work(struct respond *r, slice incident, slice target);
/* An entry of its own. */
bool plan_note(struct respond *r, const char *what, slice data);

#endif
