/* order.c - the parent and the responder: what is ordered, what came of it, what must not be
 * forgotten. */
#include "guard/parent.h"
#include "base/socket.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEVER = 5, HAND_AGAIN_MS = 10000, LAST_ORDERS_MS = 60000 };

static bool is_wanted(const struct guard *g)
{
	return g->o->policy->contain_from < NEVER || g->o->policy->sessions_from < NEVER ||
	       guard_policy_contain(g->o->policy, true) < NEVER;
}

static void give(struct guard *g, const struct hand_order *o)
{
	if (g->to_hand >= 0 &&
	    send(g->to_hand, o, sizeof *o, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof *o)
		return;
	g->order_lost = true;
	fprintf(stderr, "tocsin: not contained yet: the process that acts does not answer; it is "
			"told again when it does (or: tocsin contain plan)\n");
}

static uint8_t put(char *room, slice text)
{
	size_t n = text.len < MESSAGE_TEXT ? text.len : MESSAGE_TEXT - 1;
	memcpy(room, text.at ? text.at : "", n);
	return (uint8_t)n;
}

/* Whoever only guesses at an account would otherwise shut its owner out, by as many tries as he
 * likes. */
static bool is_inside(const struct guard_message *m)
{
	return m->account_len && !m->known_place && !m->refused;
}

/* Who works in the owner's own session, as a script in a mail does, is put out of it; the owner
 * signs in anew.  What did not come to its end is not taken up again: another finding comes. */
static void order_sessions(struct guard *g, const struct guard_message *m)
{
	struct hand_order o = {.sessions = 1, .decided_us = clock_now()};
	o.account_len = put(o.account, guard_account(m));
	o.title_len = put(o.title, (slice){m->title, m->title_len});
	give(g, &o);
}

bool hand_order(struct guard *g, const struct guard_message *m, bool past, bool known)
{
	if (past)
		return false;
	if (m->level < guard_policy_contain(g->o->policy, beat_is_reopened(g)) || !is_inside(m)) {
		if (m->level >= g->o->policy->sessions_from && m->account_len && !m->refused &&
		    !known)
			order_sessions(g, m);
		return false;
	}
	struct hand_order o = {.has_source = m->has_source && !m->tenant,
			       .source = m->source,
			       .decided_us = clock_now(),
			       .again = known};
	o.account_len = put(o.account, guard_account(m));
	o.title_len = put(o.title, (slice){m->title, m->title_len});
	give(g, &o);
	return true;
}

/* --- decided before a restart --- */

static slice text_in(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	return (slice){json_string_value(v), json_string_length(v)};
}

static bool give_again(void *ctx, const struct journal_entry *e)
{
	struct guard *g = ctx;
	int64_t ago = clock_now() - e->time_us;
	if (ago < 0 || ago > CLOCK_HOUR || slice_search(e->data, SLICE("\"ordered\"")) == SIZE_MAX)
		return true;
	json_t *data = json_loadb(e->data.at, e->data.len, 0, NULL);
	const json_t *f = json_object_get(data, "finding");
	struct hand_order o = {.again = 1, .decided_us = e->time_us};
	o.account_len = put(o.account, text_in(f, "account"));
	o.title_len = put(o.title, text_in(json_object_get(f, "rule"), "title"));
	o.has_source = address_parse(text_in(f, "source_ip"), &o.source);
	if (json_is_true(json_object_get(data, "ordered")) && o.account_len)
		give(g, &o);
	json_decref(data);
	return true;
}

/* --- the process --- */

static bool call_hand(struct guard *g)
{
	char why[256];
	g->to_hand = socket_part(g->o->parts, "responder", why, sizeof why);
	if (g->to_hand < 0 && !g->hand_failed) {
		snprintf(g->status.trouble, sizeof g->status.trouble,
			 "nobody can be contained: %.220s", why);
		fprintf(stderr, "tocsin: %s\n", g->status.trouble);
	} else if (g->to_hand >= 0 && g->hand_failed) {
		g->status.trouble[0] = 0;
	}
	g->hand_failed = g->to_hand < 0;
	return !g->hand_failed;
}

static bool fork_hand(struct guard *g)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	fflush(NULL);
	g->hand = fork();
	if (g->hand == 0) {
		close(pair[0]);
		guard_leave(g, CHILD_OTHER);
		hand_run(g->o, pair[1]);
	}
	close(pair[1]);
	if (g->hand < 0)
		close(pair[0]);
	g->to_hand = g->hand < 0 ? -1 : pair[0];
	return g->hand > 0;
}

/* What the journal says was decided within the hour: what was done stays done. */
static bool tell_all(struct guard *g)
{
	g->order_lost = false;
	g->hand_ms = guard_now_ms();
	return journal_each(g->journal, give_again, g);
}

bool hand_start(struct guard *g)
{
	if (!is_wanted(g))
		return true;
	g->hand_ms = guard_now_ms();
	return (g->o->parts ? call_hand(g) : fork_hand(g)) && tell_all(g);
}

static void take_results(void *ctx)
{
	struct guard *g = ctx;
	struct hand_result r;
	while (recv(g->to_hand, &r, sizeof r, MSG_DONTWAIT) == (ssize_t)sizeof r) {
		r.why[sizeof r.why - 1] = 0;
		g->status.contained += r.contained;
		if (r.why[0])
			fprintf(g->o->json ? stderr : stdout, "not contained: %s\n", r.why);
		fflush(stdout);
	}
}

void hand_result(struct guard *g)
{
	take_results(g);
	if (g->o->parts && socket_is_gone(g->to_hand))
		hand_lost(g);
}

static void let_go(struct guard *g)
{
	if (g->to_hand >= 0)
		close(g->to_hand);
	g->to_hand = -1;
	g->hand = 0;
}

/* It has no reason to end. */
void hand_lost(struct guard *g)
{
	let_go(g);
	fprintf(stderr,
		"tocsin: the process that acts ended by itself: it is started again and goes on "
		"where it stood (%s)\n",
		g->o->parts ? "journalctl -u 'tocsin-responder@*' says why" : "report this");
	hand_keep(g);
}

bool hand_is_missing(const struct guard *g)
{
	return (g->to_hand < 0 || g->order_lost) && is_wanted(g);
}

void hand_keep(struct guard *g)
{
	if (!hand_is_missing(g) || guard_now_ms() - g->hand_ms <= HAND_AGAIN_MS)
		return;
	if (g->to_hand < 0)
		hand_start(g);
	else
		tell_all(g);
}

void hand_replace(struct guard *g)
{
	let_go(g); /* it finishes what waits, and ends */
	hand_start(g);
}

void hand_end(struct guard *g)
{
	if (g->to_hand >= 0 && part_drain(g->to_hand, LAST_ORDERS_MS, take_results, g) &&
	    g->hand > 0)
		waitpid(g->hand, NULL, 0);
	let_go(g);
}
