/* pull.c - a plan carried out by a child of the responder, lever by lever; where it stands the
 * journal of respond/ says. */
#include "guard/part.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

enum { BUSY_TRIES = 120, LINGER_MS = 500 };

static slice account_of(const struct hand_order *o)
{
	return (slice){o->account, o->account_len};
}

bool pull_wants(const struct guard_policy *p, slice lever)
{
	for (size_t i = 0; i < p->lever_count; i++)
		if (slice_eq(slice_of(p->levers[i]), lever))
			return true;
	return p->lever_count == 0;
}

static FILE *voice(const struct guard_options *o)
{
	return o->json ? stderr : stdout; /* lines of JSON stay alone */
}

static void say_step(const struct guard_options *o, const struct respond_action *a)
{
	struct out out = {.fd = fileno(voice(o))};
	out_text(&out, "  ");
	out_plain(&out, a->lever);
	out_format(&out, " %s ", action_states[a->state]);
	out_plain(&out, a->target);
	if (a->why.len) {
		out_text(&out, ": ");
		out_plain(&out, a->why);
	}
	out_text(&out, "\n");
	out_close(&out);
}

static bool only_one(void *ctx, const struct respond_action *a)
{
	say_step(ctx, a);
	return false;
}

struct going_on {
	const struct guard_options *o;
	int hurry;
	bool hurried;
};

static bool until_hurried(void *ctx, const struct respond_action *a)
{
	struct going_on *g = ctx;
	struct pollfd p = {g->hurry, POLLIN, 0};
	say_step(g->o, a);
	g->hurried = poll(&p, 1, 0) > 0;
	return !g->hurried;
}

/* One response for an account and a day; sessions may be ended again and again. */
static slice response_name(const struct hand_order *o, char *room, size_t size)
{
	struct civil c = clock_to_civil(o->decided_us);
	char hex[65];
	struct digest d = digest_of(account_of(o));
	digest_hex(&d, hex);
	int n = o->sessions
		    ? snprintf(room, size, "S-%04d%02d%02d-%02d%02d%02d-%.8s", c.year, c.month,
			       c.day, c.hour, c.minute, c.second, hex)
		    : snprintf(room, size, "W-%04d%02d%02d-%.8s", c.year, c.month, c.day, hex);
	return (slice){room, (size_t)n};
}

/* An operator may be at work on the journal: he is waited for, a minute, and nothing is held
 * meanwhile. */
static bool wake_patiently(struct respond *r, char *why, size_t size)
{
	const struct timespec moment = {0, 500 * 1000 * 1000};
	for (int i = 0; i < BUSY_TRIES; i++) {
		if (i)
			nanosleep(&moment, NULL);
		if (respond_wake(r, false, why, size))
			return true;
		if (errno != EWOULDBLOCK)
			return false;
		respond_sleep(r);
	}
	return false;
}

/* False if it was interrupted. */
static bool carry_out(const struct guard_options *o, int hurry, struct respond *r,
		      struct response *p)
{
	const struct guard_policy *policy = o->policy;
	struct going_on g = {.o = o, .hurry = hurry};
	respond_apply(r, p, policy->levers, policy->lever_count, until_hurried, &g);
	return !g.hurried;
}

static void say_contained(const struct guard_options *o, const struct response *p)
{
	fprintf(voice(o), "%s by policy, %.*s:\n",
		p->mode == RESPOND_SESSIONS ? "sessions ended" : "contained", (int)p->incident.len,
		p->incident.at);
	fflush(voice(o));
}

static struct response *plan_for(const struct guard_options *o, struct respond *r,
				 const struct hand_order *order, slice incident)
{
	char why[512];
	if (order->again && respond_find(r, incident))
		return NULL;
	return respond_plan_account(
	    r, incident, (slice){order->title, order->title_len}, account_of(order),
	    order->has_source ? &order->source : NULL, !order->sessions,
	    order->sessions ? RESPOND_SESSIONS : o->policy->mode, why, sizeof why);
}

/* The plan, and its first step: sessions that lie in a database.  They are held meanwhile, for what
 * undo needs is brought to disk before they are ended. */
enum pulled pull_begin(const struct guard_options *o, struct respond *r,
		       const struct hand_order *order, int hurry)
{
	static const char *const first[] = {"webmail"};
	char why[512], name[64];
	bool webmail = pull_wants(o->policy, slice_of(first[0]));
	slice incident = response_name(order, name, sizeof name);
	if (webmail)
		respond_seize(r); /* before the journal is read */
	if (!wake_patiently(r, why, sizeof why)) {
		fprintf(stderr, "tocsin: not contained: %s\n", why);
		respond_sleep(r);
		return PULLED_FAILED;
	}
	if (webmail)
		respond_seize(r); /* again, if somebody had to be waited for */
	respond_gather(r);
	struct response *p = plan_for(o, r, order, incident);
	if (p)
		say_contained(o, p);
	if (p && !order->again)
		respond_note_cut(r, incident, account_of(order), order->decided_us);
	if (p && webmail)
		respond_apply(r, p, first, 1, only_one, (void *)(uintptr_t)o);
	bool fine = respond_settle(r);
	if (p && fine && webmail)
		respond_linger(r, p, LINGER_MS, hurry);
	if (!fine)
		fprintf(stderr, "tocsin: not contained: the journal could not be written: %s\n",
			strerror(errno));
	respond_sleep(r);
	return !fine ? PULLED_FAILED : p ? PULLED : PULLED_BEFORE;
}

enum pulled pull_on(const struct guard_options *o, struct respond *r,
		    const struct hand_order *order, int hurry)
{
	char why[512], name[64];
	bool woken = wake_patiently(r, why, sizeof why);
	struct response *p =
	    woken ? respond_find(r, response_name(order, name, sizeof name)) : NULL;
	bool done = !p || carry_out(o, hurry, r, p);
	if (!woken)
		fprintf(stderr, "tocsin: contained in part: %s (tocsin contain status)\n", why);
	respond_sleep(r);
	return done ? PULLED_BEFORE : PULLED_IN_PART;
}

/* --- what a crash cut short --- */

bool pull_is_young(const struct response *p)
{
	int64_t ago = (int64_t)time(NULL) * CLOCK_SECOND - p->planned_us;
	bool ours = slice_starts(p->incident, SLICE("W-")) || p->mode == RESPOND_SESSIONS;
	return ours && ago >= -CLOCK_MINUTE && ago < CLOCK_HOUR;
}

bool pull_is_cut_short(const struct guard_options *o, const struct response *p)
{
	bool open = false;
	for (size_t i = 0; i < p->actions.len; i++) {
		const struct respond_action *a = &p->actions.at[i];
		if (a->state >= ACTION_UNDO_BEGUN)
			return false; /* somebody took it back */
		open |= a->state <= ACTION_BEGUN && pull_wants(o->policy, a->lever);
	}
	return open && p->mode != RESPOND_SESSIONS;
}
