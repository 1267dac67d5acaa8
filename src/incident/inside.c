/*
 * inside.c - is the intruder still inside?
 *
 * Law: no record shows that somebody is gone.  A changed password shuts him out of that account
 * only if nothing of his was let in afterwards, and then as far as these records reach.
 */
#include "inquiry.h"

static const char *changed_thing(const struct change *c)
{
	static const struct {
		slice kind;
		const char *thing;
	} rows[] = {{SLICE_INIT("delegation"), "who may do what in the name"},
		    {SLICE_INIT("consent"), "what applications may do in the name"},
		    {SLICE_INIT("app-password"), "a secret that opens the account"},
		    {SLICE_INIT("config"), "a setting"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (slice_eq(c->kind, rows[i].kind))
			return rows[i].thing;
	return "a filter";
}

/* --- passwords that were changed since --- */

/* A sign-in of his to that account after the moment; CLOCK_NONE: none is seen. */
static int64_t let_in_after(const struct inquiry *q, const struct group *g,
			    const struct lost *change)
{
	int64_t last = g->tenant && g->accounts.len == 1 ? g->last_accepted_us : CLOCK_NONE;
	int number = (int)(g - q->groups.at);
	for (size_t i = 0; i < q->seen.len; i++) {
		const struct seen *s = q->seen.at[i];
		if (s->group == number && s->first_us > last &&
		    slice_eq(s->account, change->account))
			last = s->first_us;
	}
	for (size_t i = 0; i < q->outgoing.len; i++) {
		const struct outgoing *o = q->outgoing.at[i];
		if (o->group == number && o->time_us > last &&
		    slice_eq(o->account, change->account))
			last = o->time_us;
	}
	return last > change->from_us ? last : CLOCK_NONE;
}

/* The last one of the account since he was in; it may be his own doing. */
static const struct lost *password_change(const struct inquiry *q, const struct group *g,
					  slice account)
{
	const struct lost *last = NULL;
	for (size_t i = 0; i < q->passwords.len; i++)
		if (slice_eq(q->passwords.at[i].account, account) &&
		    q->passwords.at[i].from_us >= g->first_us)
			last = &q->passwords.at[i];
	return last;
}

struct shut {
	size_t changed;            /* accounts with another password now */
	const struct lost *opened; /* one to which he was let in all the same */
	int64_t opened_us;
};

static bool is_his_own(struct group *g, const struct lost *change)
{
	const struct suspect *s = find_suspect(g, &change->ip);
	return s && s->exclusive;
}

static void reason_change(struct inquiry *q, struct group *g, const struct lost *change,
			  int64_t again_us, struct verdict *v)
{
	slice after = SLICE("; by whom, and whether sessions ended, it does not settle");
	if (again_us != CLOCK_NONE)
		after =
		    arena_format(q->keep,
				 "; he was let in again after it, %.*s: by another secret, or he "
				 "has the new one",
				 SAY(say_when(q, again_us)));
	else if (change->count)
		after =
		    arena_format(q->keep,
				 "; of his tries after it %lld failed and none is seen that was "
				 "let in",
				 (long long)change->count);
	because(q, v,
		arena_format(
		    q->keep, "a record shows that the password of %.*s was changed, %.*s%s%.*s",
		    SAY(change->account), SAY(say_when(q, change->from_us)),
		    is_his_own(g, change) ? ", from the intruder's address" : "", SAY(after)));
}

static struct shut weigh_changes(struct inquiry *q, struct group *g, struct verdict *v)
{
	struct shut shut = {.opened_us = CLOCK_NONE};
	for (size_t i = 0; i < g->accounts.len; i++) {
		const struct lost *change = password_change(q, g, g->accounts.at[i]);
		if (!change)
			continue;
		int64_t again = let_in_after(q, g, change);
		shut.changed += !is_his_own(g, change);
		if (again > shut.opened_us) {
			shut.opened = change;
			shut.opened_us = again;
		}
		reason_change(q, g, change, again, v);
	}
	if (!v->because_count)
		because(q, v,
			SLICE("no record shows the password changed or sessions ended since"));
	return shut;
}

/* --- the answer --- */

static const struct change *active_change(const struct incident *inc)
{
	const struct change *active = NULL;
	for (size_t i = 0; i < inc->changes.len; i++)
		if (inc->changes.at[i].active && (!active || forwards(&inc->changes.at[i])))
			active = &inc->changes.at[i];
	return active;
}

static slice say_unknown(struct inquiry *q, const struct group *g, const struct shut *shut,
			 slice last)
{
	bool all = shut->changed && shut->changed >= g->accounts.len && !g->master.len;
	const char *good = g->method == ENTRY_TOKEN ? "the token may still be good"
			   : g->master.len          ? "the master user's password may still be good"
						    : "the password may still be good";
	return arena_format(q->keep, "unknown: last accepted action %.*s, records end %.*s; %s",
			    SAY(last), SAY(say_when(q, end_of_records(q))),
			    all ? "the password was changed since, and nothing of his is seen "
				  "after it"
				: good);
}

void judge_inside(struct inquiry *q, struct group *g, struct verdict *v)
{
	const struct change *active = active_change(g->incident);
	struct shut shut = weigh_changes(q, g, v);
	slice last =
	    say_when(q, g->last_accepted_us != CLOCK_NONE ? g->last_accepted_us : g->last_us);
	if (active && forwards(active)) {
		v->answer = arena_format(
		    q->keep, "a filter forwards mail of %.*s to %.*s; last accepted action %.*s",
		    SAY(active->account), SAY(active->target), SAY(last));
		v->certainty = active->certainty >= LIKELY ? LIKELY : POSSIBLE;
	} else if (shut.opened) {
		v->answer = arena_format(q->keep,
					 "he was let in to %.*s again after its password was "
					 "changed; last accepted action %.*s",
					 SAY(shut.opened->account), SAY(last));
		v->certainty = LIKELY;
	} else if (active) {
		v->answer = arena_format(q->keep,
					 "%s of %.*s was changed and nothing seen that took it "
					 "back; last accepted action %.*s",
					 changed_thing(active), SAY(active->account), SAY(last));
		v->certainty = POSSIBLE;
	} else {
		v->answer = say_unknown(q, g, &shut, last);
		v->certainty = CERTAINTY_NONE;
	}
	if (g->master.len)
		would_settle(q, v,
			     SLICE("change the master user's password first: new ones of the "
				   "owners do not shut him out"));
	would_settle(q, v,
		     SLICE("change the passwords, end the sessions, then look for accepted "
			   "actions in fresh logs"));
	if (g->method == ENTRY_TOKEN || g->method == ENTRY_CONSENT)
		would_settle(
		    q, v, SLICE("a new password ends no token: revoke them where they are issued"));
	v->short_answer = v->answer;
}
