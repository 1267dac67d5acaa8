/*
 * plan.c - plans made of a case, lever by lever, and written to the journal.
 */
#include "respond/case.h"
#include "respond/graph.h"
#include "respond/plan.h"
#include "journal/journal.h"

#include <errno.h>
#include <stdio.h>

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

/* One action: also what this host cannot do is in the plan, with what a person can do.  In haste
 * nothing is asked of the host: what is not there is found when the step is taken. */
static void put_action(struct respond *r, struct out *o, const struct lever *l, slice incident,
		       slice target, bool at_once, const struct own_said *said)
{
	struct work w = plan_work(r, incident, target);
	if (l->there && (at_once ? !l->undo : !l->there(&w)))
		return;
	w.why[0] = 0;
	out_text(o, o->at[o->len - 1] == '[' ? "{" : ",{");
	out_format(o, "\"lever\":\"%s\",\"layer\":\"%s\",\"target\":", l->name, l->layer);
	out_json(o, target);
	write_said(r, o, "effect", l->effect, target);
	write_said(r, o, "hits",
		   said && said->hits.len ? arena_text(&r->arena, said->hits) : l->hits,
		   (slice){0});
	if (said && said->refused.len && !r->force)
		write_said(r, o, "refused", arena_text(&r->arena, said->refused), (slice){0});
	if (l->when == WHEN_NAMED)
		write_said(r, o, "refused", "it is for you to say: apply --only %s takes this step",
			   slice_of(l->name));
	write_said(r, o, "lost", l->lost, target);
	write_said(r, o, "by_hand", l->by_hand, target);
	if (!at_once && l->able && !l->able(&w))
		write_said(r, o, "why", w.why, (slice){0});
	out_text(o, "}");
}

void plan_action(struct respond *r, struct out *o, const struct lever *l, slice incident,
		 slice target)
{
	put_action(r, o, l, incident, target, false, NULL);
}

/* What is shut for good, not what is only cut, hits everybody behind the address. */
static void put_source(struct respond *r, struct out *o, const struct lever *l,
		       const struct respond_case *c, size_t i)
{
	char text[ADDRESS_TEXT];
	struct own_said said = {{0}};
	const struct address *source = &c->sources.at[i];
	bool shuts = strcmp(l->layer, "network") == 0;
	if (r->own && shuts)
		said = own_judge(r->own, &r->arena, source, c->accounts.at, c->accounts.len);
	if (shuts && i < c->elsewhere.len && c->elsewhere.at[i])
		said.refused = SLICE("records of the tenant alone name it: it never came to this "
				     "host, and may be a front of the provider's, behind which "
				     "everybody is; plan with --force blocks it all the same");
	address_format(source, text);
	put_action(r, o, l, c->incident, slice_of(text), c->at_once, &said);
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
	if (l->on == ON_HOST)
		put_action(r, o, l, c->incident, SLICE("host"), c->at_once, NULL);
	for (size_t i = 0; l->on >= ON_ACCOUNT && l->on <= ON_CONSENTED && i < names[l->on].len;
	     i++)
		put_action(r, o, l, c->incident, names[l->on].at[i], c->at_once, NULL);
	for (size_t i = 0; l->on == ON_ADDRESS && i < c->sources.len; i++)
		put_source(r, o, l, c, i);
}

static bool is_wanted(struct respond *r, const struct lever *l, const struct respond_case *c,
		      enum respond_mode mode)
{
	struct work w = plan_work(r, c->incident, (slice){0});
	if (mode == RESPOND_SESSIONS)
		return slice_eq(slice_of(l->name), SLICE("webmail")) ||
		       slice_eq(slice_of(l->name), SLICE("kick"));
	switch (l->when) {
	case WHEN_FAST:
		return mode == RESPOND_FAST;
	case WHEN_QUIET:
		return mode == RESPOND_QUIET;
	case WHEN_TENANT:
		return c->tenant || graph_is_there(&w);
	case WHEN_NAMED:
		return !c->at_once;
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
	out_format(o, ",\"mode\":\"%s\"", mode_names[mode]);
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
		if (p->actions.at[i].in_force)
			return true;
	return false;
}

struct work plan_work(struct respond *r, slice incident, slice target)
{
	return (struct work){.arena = &r->arena,
			     .state_dir = r->state_dir,
			     .incident = incident,
			     .target = target,
			     .others = r->others};
}

bool plan_note(struct respond *r, const char *what, slice data)
{
	return journal_add(r->journal, what, data);
}

struct response *plan_keep(struct respond *r, slice incident, slice plan_json, char *why,
			   size_t size)
{
	if (!plan_note(r, action_states[ACTION_PLANNED], plan_json)) {
		snprintf(why, size, "the journal could not be written: %s", strerror(errno));
		return NULL;
	}
	plan_read(r, plan_json, 0);
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
