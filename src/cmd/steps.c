/*
 * steps.c - how plans and their steps are told, and a person is asked: contain, isolate, restore.
 */
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- saying --- */

void step_text(const char *text)
{
	fputs(text, stdout);
}

void step_plain(slice s)
{
	struct out o = {.fd = -1};
	out_plain(&o, s);
	fwrite(o.at, 1, o.len, stdout);
	out_close(&o);
}

void step_note(const char *head, slice text)
{
	if (!text.len)
		return;
	printf("        %s: ", head);
	step_plain(text);
	step_text("\n");
}

void step_time(int64_t usec)
{
	char text[CLOCK_TEXT];
	clock_format(usec, text);
	step_text(text);
}

/* --- choosing --- */

static bool names(const char *name, const struct respond_action *a)
{
	return slice_eq(slice_of(name), a->lever) || slice_eq(slice_of(name), a->target);
}

static bool chosen(const struct option_list *only, const struct respond_action *a)
{
	for (size_t i = 0; i < only->len; i++)
		if (names(only->at[i], a))
			return true;
	return only->len == 0;
}

static bool is_step(const char *name, const struct response *p, slice *near)
{
	struct nearest nearest = nearest_to(slice_of(name));
	for (size_t i = 0; i < p->actions.len; i++) {
		if (names(name, &p->actions.at[i]))
			return true;
		nearest_offer(&nearest, p->actions.at[i].lever);
		nearest_offer(&nearest, p->actions.at[i].target);
	}
	*near = nearest.best;
	return false;
}

static bool is_lever(const char *name)
{
	const char *lever;
	for (size_t i = 0; (lever = respond_lever(i)); i++)
		if (strcmp(lever, name) == 0)
			return true;
	return false;
}

/* A lever that this plan has no use for leaves the others in force; a slip of the pen may have
 * meant any. */
bool step_only_known(const struct option_list *only, const struct response *p)
{
	size_t known = 0, slips = 0;
	slice near;
	for (size_t i = 0; i < only->len; i++) {
		if (is_step(only->at[i], p, &near)) {
			known++;
			continue;
		}
		slips += !is_lever(only->at[i]);
		complain_unknown(NULL, "step", slice_of(only->at[i]), near,
				 "--only takes a lever or a target of this plan");
	}
	return !slips && (known || only->len == 0);
}

bool step_state_there(const char *state, const char *remedy)
{
	if (access(state, F_OK) == 0)
		return true;
	note_file(NULL, state, 0, strerror(errno), remedy);
	return false;
}

/* --- steps --- */

static void say_action(const struct respond_action *a)
{
	printf("  %3u  %-11.*s %-11s ", a->number, (int)a->lever.len, a->lever.at,
	       action_states[a->state]);
	step_plain(a->target);
	step_text("\n");
}

static bool cannot(const struct respond_action *a)
{
	return a->state == ACTION_PLANNED && a->why.len > 0;
}

static void say_planned(const struct respond_action *a)
{
	printf("  %3u  %-11.*s %-10.*s ", a->number, (int)a->lever.len, a->lever.at,
	       (int)a->layer.len, a->layer.at);
	step_plain(a->target);
	step_text("\n        ");
	step_plain(a->effect);
	step_text("\n");
	step_note("also hits", a->hits);
	step_note("lost to view", a->lost);
	step_note("left out", a->refused);
	if (cannot(a))
		step_note("not possible here", a->why);
	if (cannot(a))
		step_note("by hand", a->by_hand);
}

void step_say_chosen(const struct option_list *only, const struct response *p)
{
	for (size_t i = 0; i < p->actions.len; i++)
		if (chosen(only, &p->actions.at[i]))
			say_planned(&p->actions.at[i]);
}

bool step_say(void *ctx, const struct respond_action *a)
{
	say_action(a);
	if (a->state == ACTION_FAILED || a->state == ACTION_UNDO_FAILED) {
		step_note("because", a->why);
		bool back = a->state == ACTION_UNDO_FAILED;
		step_note("by hand", back ? respond_undo_by_hand(a->lever) : a->by_hand);
	} else if (a->state == ACTION_UNDONE || a->state == ACTION_APPLIED)
		step_note("but", a->why);
	fflush(stdout);
	return true;
}

/* --- measured --- */

static const char *const closed_words[] = {"unknown", "OPEN", "shut"};

void step_say_closed(const struct respond_action *a, enum closed now, slice how)
{
	printf("  %-8s %-11.*s ", closed_words[now], (int)a->lever.len, a->lever.at);
	step_plain(a->target);
	step_text("  ");
	step_plain(how);
	step_text("\n");
}
