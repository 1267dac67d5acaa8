/*
 * respond.c - plans made, actions taken and taken back; where each stands, the journal says.
 *
 * Entries: "planned" holds a whole plan; "action-begun" what undo needs, "action-applied",
 * "action-failed", "undo-begun", "undone", "undo-failed" name incident and number.
 */
#include "respond/case.h"
#include "respond/others.h"
#include "respond/plan.h"
#include "respond/webmail.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

const char *const action_states[] = {"planned",    "begun",  "applied",    "failed",
				     "undo-begun", "undone", "undo-failed"};
const char *const mode_names[RESPOND_MODES] = {"fast", "quiet", "isolate", "sessions"};
enum { STATES = sizeof action_states / sizeof *action_states };

/* What the journal calls the entry after which an action is in a state. */
static const char *const entry_words[STATES] = {"planned",       "action-begun", "action-applied",
						"action-failed", "undo-begun",   "undone",
						"undo-failed"};

#define UNDO_LEFT "undo-left"
#define MEASURED  "measured"

const char *const measured_names[MEASURED_KINDS] = {"contained", "not contained", "unknown"};

enum { PATIENCE_MS = 5000 }; /* with what is under way while a step is taken */

bool respond_know(struct respond *r, const char *networks, const char *habits, bool force,
		  facts_note *note)
{
	r->force = force;
	r->own = own_new();
	return own_read(r->own, networks, habits, note);
}

/* --- from the journal --- */

static slice text_in(struct arena *a, const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	if (!json_is_string(v))
		return (slice){0};
	return arena_copy(a, (slice){json_string_value(v), json_string_length(v)});
}

static slice text_at(struct arena *a, const json_t *list, size_t i)
{
	const json_t *v = json_array_get(list, i);
	return arena_copy(a, (slice){json_string_value(v), json_string_length(v)});
}

struct response *respond_find(struct respond *r, slice incident)
{
	for (size_t i = 0; i < r->responses.len; i++)
		if (slice_eq(r->responses.at[i]->incident, incident))
			return r->responses.at[i];
	return NULL;
}

size_t respond_count(const struct respond *r)
{
	return r->responses.len;
}

struct response *respond_at(const struct respond *r, size_t i)
{
	return r->responses.at[i];
}

/* A step on what no plan lays it on is shown, and never taken. */
static void read_action(struct respond *r, struct response *p, const json_t *row)
{
	slice name = text_in(&r->arena, row, "lever"), target = text_in(&r->arena, row, "target");
	const struct lever *l = lever_named(name);
	*list_add(&p->actions) = (struct respond_action){
	    .number = (unsigned)p->actions.len,
	    .lever = l && !lever_takes(l, target) ? (slice){0} : name,
	    .layer = text_in(&r->arena, row, "layer"),
	    .target = target,
	    .effect = text_in(&r->arena, row, "effect"),
	    .hits = text_in(&r->arena, row, "hits"),
	    .lost = text_in(&r->arena, row, "lost"),
	    .by_hand = text_in(&r->arena, row, "by_hand"),
	    .why = text_in(&r->arena, row, "why"),
	    .refused = text_in(&r->arena, row, "refused"),
	    .begun_us = CLOCK_NONE,
	    .done_us = CLOCK_NONE,
	};
}

static void free_lists(struct response *p)
{
	list_free(&p->actions);
	list_free(&p->accounts);
	list_free(&p->left_out);
	list_free(&p->sources);
}

static struct response *fresh_response(struct respond *r, slice incident)
{
	struct response *p = respond_find(r, incident);
	if (!p) {
		p = arena_new(&r->arena, struct response);
		*list_add(&r->responses) = p;
	}
	free_lists(p);
	*p = (struct response){.incident = incident, .measured_us = CLOCK_NONE};
	return p;
}

static void read_planned(struct respond *r, const json_t *data, int64_t when)
{
	slice incident = text_in(&r->arena, data, "incident");
	if (!case_is_incident(incident))
		return;
	struct response *p = fresh_response(r, incident);
	const json_t *accounts = json_object_get(data, "accounts");
	const json_t *sources = json_object_get(data, "sources");
	const json_t *left_out = json_object_get(data, "left_out");
	const json_t *actions = json_object_get(data, "actions");
	p->planned_us = when;
	p->title = text_in(&r->arena, data, "title");
	slice mode = text_in(&r->arena, data, "mode");
	p->mode = RESPOND_FAST;
	for (int i = 0; i < RESPOND_MODES; i++)
		if (slice_eq(mode, slice_of(mode_names[i])))
			p->mode = (enum respond_mode)i;
	for (size_t i = 0; i < json_array_size(accounts); i++)
		*list_add(&p->accounts) = text_at(&r->arena, accounts, i);
	for (size_t i = 0; i < json_array_size(left_out); i++)
		*list_add(&p->left_out) = text_at(&r->arena, left_out, i);
	for (size_t i = 0; i < json_array_size(sources); i++) {
		struct address a;
		if (address_parse(slice_of(json_string_value(json_array_get(sources, i))), &a))
			*list_add(&p->sources) = a;
	}
	for (size_t i = 0; i < json_array_size(actions); i++)
		read_action(r, p, json_array_get(actions, i));
}

void plan_read(struct respond *r, slice data_json, int64_t when)
{
	json_t *data = json_loadb(data_json.at, data_json.len, 0, NULL);
	read_planned(r, data, when);
	json_decref(data);
}

/* Undone and begun anew, it looks anew at what is there: a failure before that changes nothing. */
static void mark_begun(struct respond_action *a, enum action_state state)
{
	if (state != ACTION_BEGUN && state != ACTION_UNDONE)
		return;
	a->in_force = state == ACTION_BEGUN;
	if (state == ACTION_UNDONE)
		a->left = NULL;
}

static struct respond_action *action_in(struct respond *r, const json_t *data, const char *incident,
					const char *number)
{
	struct response *p = respond_find(r, text_in(&r->arena, data, incident));
	json_int_t n = json_integer_value(json_object_get(data, number));
	return p && n >= 1 && (size_t)n <= p->actions.len ? &p->actions.at[n - 1] : NULL;
}

static void read_step(struct respond *r, const json_t *data, enum action_state state, int64_t when)
{
	struct respond_action *a = action_in(r, data, "incident", "number");
	if (!a)
		return;
	slice saved = text_in(&r->arena, data, "saved");
	a->state = state;
	a->why = text_in(&r->arena, data, "why");
	if (state == ACTION_BEGUN) {
		a->saved = saved;
		a->begun_us = when;
	} else
		a->done_us = when;
	mark_begun(a, state);
}

/* Taken back in name: `to` goes on shutting, and will give back for both. */
static void leave(struct respond *r, struct respond_action *a, struct respond_action *to)
{
	struct respond_left *own = arena_new(&r->arena, struct respond_left), *last = own;
	own->saved = a->saved;
	own->next = a->left;
	while (last->next)
		last = last->next;
	last->next = to->left;
	to->left = own;
	a->left = NULL;
	a->state = ACTION_UNDONE;
	a->in_force = false;
}

static void read_left(struct respond *r, const json_t *data, int64_t when)
{
	struct respond_action *a = action_in(r, data, "incident", "number");
	struct respond_action *to = action_in(r, data, "to", "to_number");
	if (!a || !to || a == to)
		return;
	leave(r, a, to);
	a->done_us = when;
}

static void read_measured(struct respond *r, const json_t *data, int64_t when)
{
	struct response *p = respond_find(r, text_in(&r->arena, data, "incident"));
	slice how = text_in(&r->arena, data, "measured");
	for (int i = 0; p && i < MEASURED_KINDS; i++)
		if (slice_eq(how, slice_of(measured_names[i]))) {
			p->measured = (enum measured)i;
			p->measured_us = when;
		}
}

static bool on_entry(void *ctx, const struct journal_entry *e)
{
	struct respond *r = ctx;
	json_t *data = json_loadb(e->data.at, e->data.len, 0, NULL);
	if (data && slice_eq(e->what, SLICE(UNDO_LEFT)))
		read_left(r, data, e->time_us);
	for (int i = 1; data && i < STATES; i++)
		if (slice_eq(e->what, slice_of(entry_words[i])))
			read_step(r, data, (enum action_state)i, e->time_us);
	if (data && slice_eq(e->what, SLICE(MEASURED)))
		read_measured(r, data, e->time_us);
	if (data && slice_eq(e->what, SLICE("planned")))
		read_planned(r, data, e->time_us);
	json_decref(data);
	return true;
}

struct respond *respond_asleep(const char *state_dir)
{
	struct respond *r = must_alloc(sizeof *r);
	r->state_dir = arena_text(&r->arena, slice_of(state_dir));
	return r;
}

static void forget(struct respond *r)
{
	for (size_t i = 0; i < r->responses.len; i++)
		free_lists(r->responses.at[i]);
	r->responses.len = 0;
	r->read = (struct journal_mark){0};
}

bool respond_wake(struct respond *r, bool read_only, char *why, size_t why_size)
{
	if (!r->journal)
		r->journal = journal_open(r->state_dir, read_only, why, why_size);
	if (!r->journal)
		return false;
	if (journal_since(r->journal, &r->read, on_entry, r))
		return true;
	forget(r); /* another journal than before */
	if (journal_since(r->journal, &r->read, on_entry, r))
		return true;
	snprintf(why, why_size, "%s", journal_why(r->journal));
	respond_sleep(r);
	errno = 0;
	return false;
}

struct journal_head respond_head(const struct respond *r)
{
	return r->read.until;
}

void respond_sleep(struct respond *r)
{
	r->in_haste = false;
	webmail_let_go(&r->seized);
	journal_close(&r->journal);
}

void respond_seize(struct respond *r)
{
	struct work w = plan_work(r, (slice){0}, (slice){0});
	r->in_haste = true;
	if (!r->seized)
		r->seized = webmail_seize(&w);
}

void respond_use_others(struct respond *r, const char *folder)
{
	others_free(&r->others);
	if (folder)
		r->others = others_new(folder);
}

void respond_leave_others(struct respond *r)
{
	others_leave(r->others);
}

struct respond *respond_open(const char *state_dir, bool read_only, char *why, size_t why_size)
{
	struct respond *r = respond_asleep(state_dir);
	if (!respond_wake(r, read_only, why, why_size))
		respond_close(&r);
	return r;
}

void respond_close(struct respond **r)
{
	if (!*r)
		return;
	respond_sleep(*r);
	forget(*r);
	list_free(&(*r)->responses);
	own_free(&(*r)->own);
	others_free(&(*r)->others);
	arena_free(&(*r)->arena);
	free(*r);
	*r = NULL;
}

/* --- to the journal --- */

static bool note_step(struct respond *r, const struct response *p, struct respond_action *a,
		      enum action_state state, slice why)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"incident\":");
	out_json(&o, p->incident);
	out_format(&o, ",\"number\":%u,\"lever\":", a->number);
	out_json(&o, a->lever);
	out_text(&o, ",\"target\":");
	out_json(&o, a->target);
	if (state == ACTION_BEGUN) {
		out_text(&o, ",\"saved\":");
		out_json(&o, a->saved);
	}
	if (why.len) {
		out_text(&o, ",\"why\":");
		out_json(&o, why);
	}
	out_text(&o, "}");
	bool fine = journal_add(r->journal, entry_words[state], (slice){o.at, o.len}) &&
		    journal_settle(r->journal);
	out_close(&o);
	/* what is not in the journal has not come to its end, and is told as that */
	a->state = fine ? state : state >= ACTION_UNDO_BEGUN ? ACTION_UNDO_FAILED : ACTION_FAILED;
	if (fine && state == ACTION_BEGUN)
		a->begun_us = 0; /* when, the journal knows */
	if (fine)
		mark_begun(a, state);
	a->why =
	    fine ? why
		 : arena_format(&r->arena, "the journal could not be written: %s", strerror(errno));
	return fine;
}

void respond_gather(struct respond *r)
{
	journal_gather(r->journal);
}

bool respond_settle(struct respond *r)
{
	return journal_settle(r->journal);
}

/* --- acting --- */

static struct work work_of(struct respond *r, const struct response *p,
			   const struct respond_action *a)
{
	struct work w = plan_work(r, p->incident, a->target);
	w.saved = a->saved;
	w.seized = r->seized;
	w.linger_ms = r->in_haste ? 0 : PATIENCE_MS;
	w.hurry = -1;
	return w;
}

bool respond_note_measured(struct respond *r, slice incident, enum measured how)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"incident\":");
	out_json(&o, incident);
	out_format(&o, ",\"measured\":\"%s\"}", measured_names[how]);
	bool fine = plan_note(r, MEASURED, (slice){o.at, o.len});
	out_close(&o);
	return fine;
}

static bool failed_step(struct respond *r, const struct response *p, struct respond_action *a,
			const struct work *w, enum action_state state)
{
	slice why = slice_of(w->why[0] ? w->why : "for a reason that it did not say");
	note_step(r, p, a, state, arena_copy(&r->arena, why));
	return false;
}

/* What undo needs is on disk before anything is changed. */
static bool begin(struct respond *r, const struct response *p, struct respond_action *a,
		  const struct lever *l, struct work *w)
{
	struct out saved = {.fd = -1};
	bool fine = !l->able || l->able(w);
	if (fine && l->prepare)
		fine = l->prepare(w, &saved);
	a->saved = w->saved = arena_copy(&r->arena, (slice){saved.at, saved.len});
	out_close(&saved);
	if (!fine)
		return failed_step(r, p, a, w, ACTION_FAILED);
	return note_step(r, p, a, ACTION_BEGUN, (slice){0});
}

/* Something may have been changed, and what undo needs was saved before. */
static bool was_begun(const struct respond_action *a)
{
	return a->in_force;
}

/* The same step of another plan that is in force: there is one door, however many shut it. */
static struct respond_action *still_wanted(struct respond *r, const struct response *p,
					   const struct respond_action *a, struct response **by)
{
	for (size_t i = 0; i < r->responses.len; i++) {
		*by = r->responses.at[i];
		for (size_t k = 0; *by != p && k < (*by)->actions.len; k++) {
			struct respond_action *b = &(*by)->actions.at[k];
			if (b->in_force && slice_eq(b->lever, a->lever) &&
			    slice_eq(b->target, a->target))
				return b;
		}
	}
	return NULL;
}

static bool apply_one(struct respond *r, const struct response *p, struct respond_action *a)
{
	const struct lever *l = lever_named(a->lever);
	struct work w = work_of(r, p, a);
	if (a->state == ACTION_APPLIED)
		return true;
	/* one that failed or was cut short goes on with what was saved then */
	if (!was_begun(a) && !begin(r, p, a, l, &w))
		return false;
	struct response *by;
	const struct respond_action *other = still_wanted(r, p, a, &by);
	w.done_before = other && other->state == ACTION_APPLIED;
	if (!l->apply(&w))
		return failed_step(r, p, a, &w, ACTION_FAILED);
	return note_step(r, p, a, ACTION_APPLIED, arena_copy(&r->arena, slice_of(w.note)));
}

static bool leave_to(struct respond *r, const struct response *p, struct respond_action *a,
		     const struct response *by, struct respond_action *to)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"incident\":");
	out_json(&o, p->incident);
	out_format(&o, ",\"number\":%u,\"to\":", a->number);
	out_json(&o, by->incident);
	out_format(&o, ",\"to_number\":%u}", to->number);
	bool fine = journal_add(r->journal, UNDO_LEFT, (slice){o.at, o.len});
	out_close(&o);
	if (fine) {
		leave(r, a, to);
		a->why = arena_format(&r->arena, "it stays shut for %.*s, and opens with it",
				      (int)by->incident.len, by->incident.at);
		return true;
	}
	a->state = ACTION_UNDO_FAILED;
	a->why = arena_format(&r->arena, "the journal could not be written: %s", strerror(errno));
	return false;
}

static bool undo_one(struct respond *r, const struct response *p, struct respond_action *a)
{
	const struct lever *l = lever_named(a->lever);
	struct work w = work_of(r, p, a);
	struct response *by;
	struct respond_action *to = l->undo ? still_wanted(r, p, a, &by) : NULL;
	if (to)
		return leave_to(r, p, a, by, to);
	if (!note_step(r, p, a, ACTION_UNDO_BEGUN, (slice){0}))
		return false;
	bool fine = !l->undo || l->undo(&w);
	for (struct respond_left *left = a->left; fine && left; left = left->next) {
		w.saved = left->saved;
		fine = l->undo(&w);
	}
	if (!fine)
		return failed_step(r, p, a, &w, ACTION_UNDO_FAILED);
	return note_step(r, p, a, ACTION_UNDONE, (slice){0});
}

/* Where it was held: each time that somebody has written. */
static void look_again(struct work *w, const struct lever *l, int ms, int hurry)
{
	enum { LOOK_MS = 4 };
	struct pollfd wait = {hurry, POLLIN, 0};
	for (bool again = false; ms > 0; ms -= LOOK_MS) {
		if (webmail_has_changed(w->seized) || again)
			again = !l->apply(w);
		if (poll(&wait, 1, LOOK_MS) != 0)
			break;
	}
}

void respond_linger(struct respond *r, const struct response *p, int ms, int hurry)
{
	for (size_t i = 0; i < p->actions.len; i++) {
		struct respond_action *a = &p->actions.at[i];
		if (!slice_eq(a->lever, SLICE("webmail")) || a->state != ACTION_APPLIED)
			continue;
		struct work w = work_of(r, p, a);
		if (r->seized) {
			look_again(&w, lever_named(a->lever), ms, hurry);
			return;
		}
		w.linger_ms = ms;
		w.hurry = hurry;
		lever_named(a->lever)->apply(&w);
		return;
	}
}

static bool is_chosen(const struct respond_action *a, const char *const *only, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(slice_of(only[i]), a->lever) || slice_eq(slice_of(only[i]), a->target))
			return true;
	return n == 0;
}

/* What is planned and left out; but a step for a person may be named, and what is begun goes on. */
static bool is_left_out(const struct respond_action *a, const char *const *only, size_t n)
{
	if (!a->refused.len || a->in_force)
		return false;
	for (size_t i = 0; i < n; i++)
		if (slice_eq(slice_of(only[i]), a->lever))
			return !respond_is_for_person(a->lever);
	return true;
}

bool respond_apply(struct respond *r, struct response *p, const char *const *only, size_t n,
		   respond_step *on, void *ctx)
{
	bool fine = true;
	for (size_t i = 0; i < p->actions.len; i++) {
		struct respond_action *a = &p->actions.at[i];
		if (!lever_named(a->lever) || !is_chosen(a, only, n) || is_left_out(a, only, n))
			continue;
		bool done = apply_one(r, p, a);
		fine = fine && done;
		if (!on(ctx, a))
			return false;
		/* evidence that cannot be kept: nothing is changed before somebody decides */
		if (!done && slice_eq(a->lever, SLICE("snapshot")))
			return false;
	}
	return fine;
}

bool respond_undo(struct respond *r, struct response *p, const char *const *only, size_t n,
		  respond_step *on, void *ctx)
{
	bool fine = true;
	for (size_t i = p->actions.len; i-- > 0;) {
		struct respond_action *a = &p->actions.at[i];
		if (!lever_named(a->lever) || !is_chosen(a, only, n) || !was_begun(a))
			continue;
		fine = undo_one(r, p, a) && fine;
		if (!on(ctx, a))
			return false;
	}
	return fine;
}

enum closed respond_closed(struct respond *r, const struct respond_action *a, slice *how)
{
	const struct lever *l = lever_named(a->lever);
	struct response none = {0};
	struct out o = {.fd = -1};
	*how = (slice){0};
	if (!l || !l->closed)
		return CLOSED_UNKNOWN;
	struct work w = work_of(r, &none, a);
	bool able = !l->able || l->able(&w);
	enum closed c = able ? l->closed(&w, &o) : CLOSED_UNKNOWN;
	*how = c == CLOSED_UNKNOWN && w.why[0] ? arena_copy(&r->arena, slice_of(w.why))
					       : arena_copy(&r->arena, (slice){o.at, o.len});
	out_close(&o);
	return c;
}
