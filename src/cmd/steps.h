/* steps.h - for the commands alone: how plans and their steps are told, and a person is asked. */
#ifndef TOCSIN_CMD_STEPS_H
#define TOCSIN_CMD_STEPS_H

#include "cmd.h"
#include "respond/respond.h"

#define STATE_DIR "/var/lib/tocsin"

void step_text(const char *text);
void step_plain(slice s); /* of logs, of a report */
void step_note(const char *head, slice text);
void step_time(int64_t usec);

/* Names of it that the plan does not hold are said; false if it holds none, or one is no lever at
 * all. */
bool step_only_known(const struct option_list *only, const struct response *p);
/* False, after a message: nothing was ever planned there, and nothing is made there either. */
bool step_state_there(const char *state, const char *remedy);

/* What each step of `only` would do; no names: each of the plan. */
void step_say_chosen(const struct option_list *only, const struct response *p);
/* A respond_step: one line, and of a failure why and what to do. */
bool step_say(void *ctx, const struct respond_action *a);
void step_say_closed(const struct respond_action *a, enum closed now, slice how);

#endif
