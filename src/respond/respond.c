/*
 * respond.c - plans made, actions taken and taken back; where each stands, the journal says.
 *
 * Entries: "planned" holds a whole plan; "action-begun" what undo needs, "action-applied",
 * "action-failed", "undo-begun", "undone", "undo-failed" name incident and number.
 */
#include "respond/case.h"
#include "respond/graph.h"
#include "respond/plan.h"
#include "journal/journal.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

const char *const action_states[] = {"planned",    "begun",  "applied",    "failed",
				     "undo-begun", "undone", "undo-failed"};
enum { STATES = sizeof action_states / sizeof *action_states };

/* What the journal calls the entry after which an action is in a state. */
static const char *const entry_words[STATES] = {"planned",       "action-begun", "action-applied",
						"action-failed", "undo-begun",   "undone",
						"undo-failed"};

struct respond {
	struct journal *journal;
	struct arena arena;
	LIST(struct response *) responses;
	const char *state_dir;
};

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

static void read_action(struct respond *r, struct response *p, const json_t *row)
{
	*list_add(&p->actions) = (struct respond_action){
	    .number = (unsigned)p->actions.len,
	    .lever = text_in(&r->arena, row, "lever"),
	    .layer = text_in(&r->arena, row, "layer"),
	    .target = text_in(&r->arena, row, "target"),
	    .effect = text_in(&r->arena, row, "effect"),
	    .hits = text_in(&r->arena, row, "hits"),
	    .lost = text_in(&r->arena, row, "lost"),
	    .by_hand = text_in(&r->arena, row, "by_hand"),
	    .why = text_in(&r->arena, row, "why"),
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
	*p = (struct response){.incident = incident};
	return p;
}

static void read_plan(struct respond *r, const json_t *data, int64_t when)
{
	struct response *p = fresh_response(r, text_in(&r->arena, data, "incident"));
	const json_t *accounts = json_object_get(data, "accounts");
	const json_t *sources = json_object_get(data, "sources");
	const json_t *left_out = json_object_get(data, "left_out");
	const json_t *actions = json_object_get(data, "actions");
	p->planned_us = when;
	p->title = text_in(&r->arena, data, "title");
	slice mode = text_in(&r->arena, data, "mode");
	p->mode = slice_eq(mode, SLICE("quiet"))     ? RESPOND_QUIET
		  : slice_eq(mode, SLICE("isolate")) ? RESPOND_ISOLATE
						     : RESPOND_FAST;
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

/* Undone and begun anew, it looks anew at what is there: a failure before that changes nothing. */
static void mark_begun(struct respond_action *a, enum action_state state)
{
	if (state == ACTION_BEGUN || state == ACTION_UNDONE)
		a->in_force = state == ACTION_BEGUN;
}

static void read_step(struct respond *r, const json_t *data, enum action_state state, int64_t when)
{
	struct response *p = respond_find(r, text_in(&r->arena, data, "incident"));
	json_int_t n = json_integer_value(json_object_get(data, "number"));
	if (!p || n < 1 || (size_t)n > p->actions.len)
		return;
	struct respond_action *a = &p->actions.at[n - 1];
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

static bool on_entry(void *ctx, const struct journal_entry *e)
{
	struct respond *r = ctx;
	json_t *data = json_loadb(e->data.at, e->data.len, 0, NULL);
	for (int i = 1; data && i < STATES; i++)
		if (slice_eq(e->what, slice_of(entry_words[i])))
			read_step(r, data, (enum action_state)i, e->time_us);
	if (data && slice_eq(e->what, SLICE("planned")))
		read_plan(r, data, e->time_us);
	json_decref(data);
	return true;
}

struct respond *respond_open(const char *state_dir, bool read_only, char *why, size_t why_size)
{
	struct respond *r = must_alloc(sizeof *r);
	r->state_dir = arena_text(&r->arena, slice_of(state_dir));
	r->journal = journal_open(state_dir, read_only, why, why_size);
	if (r->journal && journal_each(r->journal, on_entry, r))
		return r;
	if (r->journal)
		snprintf(why, why_size, "%s: %s", state_dir, strerror(errno));
	respond_close(&r);
	return NULL;
}

void respond_close(struct respond **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < (*r)->responses.len; i++)
		free_lists((*r)->responses.at[i]);
	list_free(&(*r)->responses);
	journal_close(&(*r)->journal);
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
	bool fine = journal_add(r->journal, entry_words[state], (slice){o.at, o.len});
	out_close(&o);
	if (fine)
		a->state = state;
	if (fine && state == ACTION_BEGUN)
		a->begun_us = 0; /* when, the journal knows */
	if (fine)
		mark_begun(a, state);
	a->why =
	    fine ? why
		 : arena_format(&r->arena, "the journal could not be written: %s", strerror(errno));
	return fine;
}

/* --- acting --- */

static struct work work_of(struct respond *r, const struct response *p,
			   const struct respond_action *a)
{
	return (struct work){.arena = &r->arena,
			     .state_dir = r->state_dir,
			     .incident = p->incident,
			     .target = a->target,
			     .saved = a->saved};
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

static bool apply_one(struct respond *r, const struct response *p, struct respond_action *a)
{
	const struct lever *l = lever_named(a->lever);
	struct work w = work_of(r, p, a);
	if (a->state == ACTION_APPLIED)
		return true;
	/* one that failed or was cut short goes on with what was saved then */
	if (!was_begun(a) && !begin(r, p, a, l, &w))
		return false;
	if (!l->apply(&w))
		return failed_step(r, p, a, &w, ACTION_FAILED);
	return note_step(r, p, a, ACTION_APPLIED, (slice){0});
}

static bool undo_one(struct respond *r, const struct response *p, struct respond_action *a)
{
	const struct lever *l = lever_named(a->lever);
	struct work w = work_of(r, p, a);
	if (!note_step(r, p, a, ACTION_UNDO_BEGUN, (slice){0}))
		return false;
	if (l->undo && !l->undo(&w))
		return failed_step(r, p, a, &w, ACTION_UNDO_FAILED);
	return note_step(r, p, a, ACTION_UNDONE, (slice){0});
}

static bool is_chosen(const struct respond_action *a, const char *const *only, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(slice_of(only[i]), a->lever) || slice_eq(slice_of(only[i]), a->target))
			return true;
	return n == 0;
}

bool respond_apply(struct respond *r, struct response *p, const char *const *only, size_t n,
		   respond_step *on, void *ctx)
{
	bool fine = true;
	for (size_t i = 0; i < p->actions.len; i++) {
		struct respond_action *a = &p->actions.at[i];
		if (!lever_named(a->lever) || !is_chosen(a, only, n))
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

/* --- planning --- */

static void write_list(struct out *o, const char *key, const slice *at, size_t n)
{
	out_format(o, ",\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		out_text(o, i ? "," : "");
		out_json(o, at[i]);
	}
	out_text(o, "]");
}

static void write_sources(struct out *o, const struct respond_case *c)
{
	char text[ADDRESS_TEXT];
	out_text(o, ",\"sources\":[");
	for (size_t i = 0; i < c->sources.len; i++) {
		address_format(&c->sources.at[i], text);
		out_format(o, "%s\"%s\"", i ? "," : "", text);
	}
	out_text(o, "]");
}

static void write_said(struct respond *r, struct out *o, const char *key, const char *text,
		       slice target)
{
	if (!*text)
		return;
	slice rest = slice_of(text);
	struct out said = {.fd = -1};
	for (size_t at; (at = slice_search(rest, SLICE("%s"))) != SIZE_MAX;
	     rest = slice_from(rest, at + 2)) {
		out_slice(&said, slice_first(rest, at));
		out_slice(&said, target);
	}
	out_slice(&said, rest);
	out_format(o, ",\"%s\":", key);
	out_json(o, (slice){said.at, said.len});
	out_close(&said);
}

/* One action: also what this host cannot do is in the plan, with what a person can do. */
static void put_action(struct respond *r, struct out *o, const struct lever *l, slice incident,
		       slice target, bool at_once)
{
	struct work w = {
	    .arena = &r->arena, .state_dir = r->state_dir, .incident = incident, .target = target};
	if (l->there && !l->there(&w))
		return;
	w.why[0] = 0;
	out_text(o, o->at[o->len - 1] == '[' ? "{" : ",{");
	out_format(o, "\"lever\":\"%s\",\"layer\":\"%s\",\"target\":", l->name, l->layer);
	out_json(o, target);
	write_said(r, o, "effect", l->effect, target);
	write_said(r, o, "hits", l->hits, target);
	write_said(r, o, "lost", l->lost, target);
	write_said(r, o, "by_hand", l->by_hand, target);
	if (!at_once && l->able && !l->able(&w))
		write_said(r, o, "why", w.why, (slice){0});
	out_text(o, "}");
}

void plan_action(struct respond *r, struct out *o, const struct lever *l, slice incident,
		 slice target)
{
	put_action(r, o, l, incident, target, false);
}

static void write_lever(struct respond *r, struct out *o, const struct lever *l,
			const struct respond_case *c)
{
	const struct {
		const slice *at;
		size_t len;
	} names[] = {[ON_ACCOUNT] = {c->accounts.at, c->accounts.len},
		     [ON_FILTERED] = {c->filtered.at, c->filtered.len},
		     [ON_CONSENTED] = {c->consented.at, c->consented.len}};
	char text[ADDRESS_TEXT];
	if (l->on == ON_HOST)
		put_action(r, o, l, c->incident, SLICE("host"), c->at_once);
	for (size_t i = 0; l->on >= ON_ACCOUNT && l->on <= ON_CONSENTED && i < names[l->on].len;
	     i++)
		put_action(r, o, l, c->incident, names[l->on].at[i], c->at_once);
	for (size_t i = 0; l->on == ON_ADDRESS && i < c->sources.len; i++) {
		address_format(&c->sources.at[i], text);
		put_action(r, o, l, c->incident, slice_of(text), c->at_once);
	}
}

static bool is_wanted(struct respond *r, const struct lever *l, const struct respond_case *c,
		      enum respond_mode mode)
{
	struct work w = plan_work(r, c->incident, (slice){0});
	switch (l->when) {
	case WHEN_FAST:
		return mode == RESPOND_FAST;
	case WHEN_QUIET:
		return mode == RESPOND_QUIET;
	case WHEN_TENANT:
		return c->tenant || graph_is_there(&w);
	case WHEN_EVER:
		break;
	}
	return true;
}

static void write_plan(struct respond *r, struct out *o, const struct respond_case *c,
		       enum respond_mode mode)
{
	out_text(o, "{\"incident\":");
	out_json(o, c->incident);
	out_text(o, ",\"title\":");
	out_json(o, c->title);
	out_format(o, ",\"mode\":\"%s\"", mode == RESPOND_QUIET ? "quiet" : "fast");
	write_list(o, "accounts", c->accounts.at, c->accounts.len);
	write_list(o, "left_out", c->left_out.at, c->left_out.len);
	write_sources(o, c);
	out_text(o, ",\"actions\":[");
	if (c->at_once) /* sessions that stay in a database; those of Dovecot are cut by now */
		write_lever(r, o, lever_named(SLICE("webmail")), c);
	for (const struct lever *l = levers; l->name; l++)
		if (is_wanted(r, l, c, mode))
			write_lever(r, o, l, c);
	out_text(o, "]}");
}

bool plan_is_begun(const struct response *p)
{
	for (size_t i = 0; p && i < p->actions.len; i++)
		if (was_begun(&p->actions.at[i]))
			return true;
	return false;
}

struct work plan_work(struct respond *r, slice incident, slice target)
{
	return (struct work){
	    .arena = &r->arena, .state_dir = r->state_dir, .incident = incident, .target = target};
}

bool plan_note(struct respond *r, const char *what, slice data)
{
	return journal_add(r->journal, what, data);
}

struct response *plan_keep(struct respond *r, slice incident, slice plan_json, char *why,
			   size_t size)
{
	if (!plan_note(r, entry_words[ACTION_PLANNED], plan_json)) {
		snprintf(why, size, "the journal could not be written: %s", strerror(errno));
		return NULL;
	}
	json_t *data = json_loadb(plan_json.at, plan_json.len, 0, NULL);
	read_plan(r, data, (int64_t)0);
	json_decref(data);
	return respond_find(r, incident);
}

static struct response *keep_case(struct respond *r, const struct respond_case *c,
				  enum respond_mode mode, char *why, size_t size)
{
	struct out o = {.fd = -1};
	write_plan(r, &o, c, mode);
	struct response *p = plan_keep(r, c->incident, (slice){o.at, o.len}, why, size);
	out_close(&o);
	return p;
}

static struct response *plan_case(struct respond *r, const struct respond_case *c,
				  enum respond_mode mode, char *why, size_t size)
{
	if (!plan_is_begun(respond_find(r, c->incident)))
		return keep_case(r, c, mode, why, size);
	snprintf(why, size,
		 "the plan for %.*s is being carried out (tocsin contain status; undo it before "
		 "planning anew)",
		 (int)c->incident.len, c->incident.at);
	return NULL;
}

struct response *respond_plan(struct respond *r, slice report_json, slice incident,
			      enum respond_mode mode, char *why, size_t why_size)
{
	struct respond_case c;
	if (!case_read(&c, &r->arena, report_json, incident, why, why_size))
		return NULL;
	struct response *p = plan_case(r, &c, mode, why, why_size);
	case_free(&c);
	return p;
}

struct response *respond_plan_account(struct respond *r, slice incident, slice title, slice account,
				      const struct address *source, bool filter,
				      enum respond_mode mode, char *why, size_t why_size)
{
	struct respond_case c = {.incident = arena_copy(&r->arena, incident),
				 .title = arena_copy(&r->arena, title),
				 .at_once = true};
	if (!respond_is_account(account)) {
		snprintf(why, why_size, "the account's name cannot stand in a command");
		return NULL;
	}
	*list_add(&c.accounts) = arena_copy(&r->arena, account);
	if (filter)
		*list_add(&c.filtered) = c.accounts.at[0];
	if (source && !address_is_loopback(source))
		*list_add(&c.sources) = *source;
	struct response *p = plan_case(r, &c, mode, why, why_size);
	case_free(&c);
	return p;
}

bool respond_note_cut(struct respond *r, slice incident, slice account, int64_t when_us)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"incident\":");
	out_json(&o, incident);
	out_text(&o, ",\"account\":");
	out_json(&o, account);
	out_text(&o, ",\"cut\":\"");
	out_time(&o, when_us);
	out_text(&o, "\"}");
	bool fine = plan_note(r, "sessions-cut", (slice){o.at, o.len});
	out_close(&o);
	return fine;
}
