/*
 * hand.c - the responder: the only process that acts.
 *
 * It reads no log and decides nothing: it takes orders of a fixed shape, each an account and
 * perhaps an address, checks them again, and pulls the levers of respond/, a closed table, as far
 * as the policy names them.  An order has two halves.  What cuts is done on the spot, over a
 * connection that stands ready.  The plan is carried out by a child, one order after the other, for
 * the journal has one writer and programs of the host are slow: meanwhile the next intruder is cut.
 *
 * When the parent is gone it finishes what waits and ends.  What a crash cut short goes on with the
 * next start.
 */
#include "guard/part.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HOUR_MS = 3600000, HOUR_RING = 1024, BUSY_TRIES = 120, LOOK_AGAIN_MS = 5000 };
/* A session that begins is logged before Dovecot can end it, and whoever was cut comes back at
 * once: he is cut again and again for two seconds, in which the door is shut. */
enum { CUT_MS = 2000, CUT_OFTEN_MS = 200, CUT_OFTEN_STEP_MS = 4, CUT_STEP_MS = 20 };
enum pulled { PULLED, PULLED_BEFORE, PULLED_FAILED, PULLED_IN_PART };

struct cutting {
	int64_t began_ms, due_ms;
	uint8_t account_len;
	char account[MESSAGE_TEXT];
};

struct hand {
	const struct guard_options *o;
	int fd, puller_fd; /* -1: closed; none at work */
	int hurry;         /* an eventfd: an order waits for a child that carries out another */
	pid_t puller;
	bool opens; /* the child begins with an order; else it goes on with one */
	struct ready *ready;
	LIST(struct hand_order) orders, begun;
	size_t next;
	LIST(struct cutting) cuttings;
	/* who was contained when, since the host started; newest at count - 1 */
	struct {
		uint64_t account;
		int64_t ms;
	} recent[HOUR_RING];
	size_t recent_count;
};

static int64_t hand_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static slice account_of(const struct hand_order *o)
{
	return (slice){o->account, o->account_len};
}

bool hand_order_is_sound(const struct hand_order *o, size_t size)
{
	return size == sizeof *o && o->has_source <= 1 && o->again <= 1 && o->decided_us > 0 &&
	       respond_is_account(account_of(o));
}

/* --- the brakes --- */

static bool is_recent(const struct hand *h, uint64_t account)
{
	for (size_t i = 0; i < h->recent_count && i < HOUR_RING; i++)
		if (h->recent[i].account == account && hand_ms() - h->recent[i].ms < HOUR_MS)
			return true;
	return false;
}

static unsigned last_hour(const struct hand *h)
{
	unsigned n = 0;
	for (size_t i = 0; i < h->recent_count && i < HOUR_RING; i++)
		n += hand_ms() - h->recent[i].ms < HOUR_MS;
	return n;
}

static void count_in(struct hand *h, slice account, int64_t ms)
{
	size_t at = h->recent_count++ % HOUR_RING;
	h->recent[at].account = hash_bytes(account.at, account.len);
	h->recent[at].ms = ms;
}

static bool refuse(struct hand *h, const char *why)
{
	struct hand_result r = {.contained = false};
	snprintf(r.why, sizeof r.why, "%s", why);
	send(h->fd, &r, sizeof r, MSG_NOSIGNAL | MSG_DONTWAIT);
	return false;
}

static bool may_contain(struct hand *h, const struct hand_order *o)
{
	const struct guard_policy *p = h->o->policy;
	slice account = account_of(o);
	char why[160];
	if (guard_policy_spares(p, account))
		return refuse(h, "the policy spares this account");
	if (is_recent(h, hash_bytes(account.at, account.len)))
		return true;
	if (last_hour(h) >= p->most_an_hour) {
		snprintf(why, sizeof why,
			 "%u accounts within an hour are the most that the policy allows; decide "
			 "yourself (tocsin contain plan)",
			 p->most_an_hour);
		return refuse(h, why);
	}
	count_in(h, account, hand_ms());
	return true;
}

/* --- carrying out a plan: in a child --- */

static bool wants(const struct guard_policy *p, slice lever)
{
	for (size_t i = 0; i < p->lever_count; i++)
		if (slice_eq(slice_of(p->levers[i]), lever))
			return true;
	return p->lever_count == 0;
}

static FILE *voice(const struct hand *h)
{
	return h->o->json ? stderr : stdout; /* lines of JSON stay alone */
}

static void say_step(const struct hand *h, const struct respond_action *a)
{
	struct out o = {.fd = fileno(voice(h))};
	out_text(&o, "  ");
	out_plain(&o, a->lever);
	out_format(&o, " %s ", action_states[a->state]);
	out_plain(&o, a->target);
	if (a->why.len) {
		out_text(&o, ": ");
		out_plain(&o, a->why);
	}
	out_text(&o, "\n");
	out_close(&o);
}

static bool only_one(void *ctx, const struct respond_action *a)
{
	say_step(ctx, a);
	return false;
}

struct going_on {
	const struct hand *h;
	bool hurried;
};

static bool until_hurried(void *ctx, const struct respond_action *a)
{
	struct going_on *g = ctx;
	struct pollfd p = {g->h->hurry, POLLIN, 0};
	say_step(g->h, a);
	g->hurried = poll(&p, 1, 0) > 0;
	return !g->hurried;
}

/* One response for an account and a day. */
static slice response_name(const struct hand_order *o, char *room, size_t size)
{
	struct civil c = clock_to_civil(o->decided_us);
	char hex[65];
	struct digest d = digest_of(account_of(o));
	digest_hex(&d, hex);
	int n = snprintf(room, size, "W-%04d%02d%02d-%.8s", c.year, c.month, c.day, hex);
	return (slice){room, (size_t)n};
}

/* An operator may be at work on the journal: he is waited for, a minute. */
static struct respond *open_patiently(const struct hand *h, char *why, size_t size)
{
	const struct timespec moment = {0, 500 * 1000 * 1000};
	struct respond *r = NULL;
	for (int i = 0; i < BUSY_TRIES && !r; i++) {
		if (i)
			nanosleep(&moment, NULL);
		r = respond_open(h->o->state, false, why, size);
	}
	return r;
}

/* False if it was interrupted. */
static bool carry_out(const struct hand *h, struct respond *r, struct response *p)
{
	const struct guard_policy *policy = h->o->policy;
	struct going_on g = {.h = h};
	respond_apply(r, p, policy->levers, policy->lever_count, until_hurried, &g);
	return !g.hurried;
}

static void say_contained(const struct hand *h, const struct response *p)
{
	fprintf(voice(h), "contained by policy, %.*s:\n", (int)p->incident.len, p->incident.at);
	fflush(voice(h));
}

/* The plan, and its first step: sessions that lie in a database. */
static enum pulled begin_order(const struct hand *h, const struct hand_order *o)
{
	static const char *const first[] = {"webmail"};
	char why[512], name[64];
	slice incident = response_name(o, name, sizeof name);
	struct respond *r = open_patiently(h, why, sizeof why);
	struct response *p = NULL;
	if (!r) {
		fprintf(stderr, "tocsin: not contained: %s\n", why);
		return PULLED_FAILED;
	}
	if (!o->again || !respond_find(r, incident))
		p = respond_plan_account(r, incident, (slice){o->title, o->title_len},
					 account_of(o), o->has_source ? &o->source : NULL, true,
					 h->o->policy->mode, why, sizeof why);
	if (p)
		say_contained(h, p);
	if (p && wants(h->o->policy, slice_of(first[0])))
		respond_apply(r, p, first, 1, only_one, (void *)(uintptr_t)h);
	if (p && !o->again)
		respond_note_cut(r, incident, account_of(o), o->decided_us);
	respond_close(&r);
	return p ? PULLED : PULLED_BEFORE;
}

static enum pulled go_on(const struct hand *h, const struct hand_order *o)
{
	char why[512], name[64];
	struct respond *r = open_patiently(h, why, sizeof why);
	struct response *p = r ? respond_find(r, response_name(o, name, sizeof name)) : NULL;
	bool done = !p || carry_out(h, r, p);
	if (!r)
		fprintf(stderr, "tocsin: contained in part: %s (tocsin contain status)\n", why);
	respond_close(&r);
	return done ? PULLED_BEFORE : PULLED_IN_PART;
}

/* --- what a crash cut short --- */

static bool is_ours_and_young(const struct response *p)
{
	int64_t ago = (int64_t)time(NULL) * CLOCK_SECOND - p->planned_us;
	return slice_starts(p->incident, SLICE("W-")) && ago >= -CLOCK_MINUTE && ago < CLOCK_HOUR;
}

static bool is_cut_short(const struct hand *h, const struct response *p)
{
	bool open = false;
	for (size_t i = 0; i < p->actions.len; i++) {
		const struct respond_action *a = &p->actions.at[i];
		if (a->state >= ACTION_UNDO_BEGUN)
			return false; /* somebody took it back */
		open |= a->state <= ACTION_BEGUN && wants(h->o->policy, a->lever);
	}
	return open;
}

static void take_up(struct hand *h, const struct response *p)
{
	struct hand_order *o = list_add(&h->begun);
	slice account = slice_first(p->accounts.at[0], sizeof o->account - 1);
	*o = (struct hand_order){.again = 1, .decided_us = p->planned_us};
	o->account_len = (uint8_t)account.len;
	memcpy(o->account, account.at, account.len);
}

/* The brake holds over a restart too, and what was cut short goes on. */
static void look_back(struct hand *h)
{
	char why[512];
	struct respond *r = respond_open(h->o->state, true, why, sizeof why);
	for (size_t i = 0; r && i < respond_count(r); i++) {
		const struct response *p = respond_at(r, i);
		if (!is_ours_and_young(p) || !p->accounts.len)
			continue;
		int64_t ago_ms = (int64_t)time(NULL) * 1000 - p->planned_us / 1000;
		count_in(h, p->accounts.at[0], hand_ms() - ago_ms);
		if (is_cut_short(h, p))
			take_up(h, p);
	}
	respond_close(&r);
}

/* --- orders --- */

static void start_puller(struct hand *h, const struct hand_order *o, bool opens)
{
	uint64_t hurried;
	if (read(h->hurry, &hurried, sizeof hurried) < 0 && errno != EAGAIN)
		return;
	h->opens = opens;
	fflush(NULL);
	h->puller = fork();
	if (h->puller == 0)
		_exit(opens ? begin_order(h, o) : go_on(h, o));
	h->puller_fd =
	    h->puller > 0 ? (int)syscall(SYS_pidfd_open, h->puller, 0) : -1; /* close-on-exec */
}

/* New ones before those that were begun. */
static void next_order(struct hand *h)
{
	if (h->puller)
		return;
	if (h->next < h->orders.len)
		start_puller(h, &h->orders.at[h->next], true);
	else if (h->begun.len)
		start_puller(h, &h->begun.at[0], false);
}

static void end_opening(struct hand *h, enum pulled how)
{
	const struct hand_result r = {.contained = how == PULLED};
	if (how == PULLED)
		*list_add(&h->begun) = h->orders.at[h->next];
	if (++h->next == h->orders.len)
		h->next = h->orders.len = 0;
	send(h->fd, &r, sizeof r, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void end_puller(struct hand *h)
{
	int status = 0;
	enum pulled how = PULLED_FAILED;
	if (waitpid(h->puller, &status, 0) == h->puller && WIFEXITED(status))
		how = (enum pulled)WEXITSTATUS(status);
	if (h->puller_fd >= 0)
		close(h->puller_fd);
	h->puller_fd = -1;
	h->puller = 0;
	if (h->opens)
		end_opening(h, how);
	else if (how != PULLED_IN_PART)
		memmove(h->begun.at, h->begun.at + 1, --h->begun.len * sizeof *h->begun.at);
}

/* --- cutting at once --- */

static void begin_cutting(struct hand *h, const struct hand_order *o)
{
	char why[200];
	if (!ready_cut(h->ready, account_of(o), why, sizeof why))
		fprintf(stderr, "tocsin: not cut at once: %s (the plan goes on)\n", why);
	struct cutting *c = list_add(&h->cuttings);
	c->began_ms = hand_ms();
	c->due_ms = c->began_ms + CUT_OFTEN_STEP_MS;
	c->account_len = o->account_len;
	memcpy(c->account, o->account, o->account_len);
}

static void cut_once_more(struct hand *h, struct cutting *c, int64_t now)
{
	char why[200];
	ready_cut(h->ready, (slice){c->account, c->account_len}, why, sizeof why);
	c->due_ms = now + (now - c->began_ms < CUT_OFTEN_MS ? CUT_OFTEN_STEP_MS : CUT_STEP_MS);
}

/* Who is due; then how long until the next is, -1: none waits. */
static int cut_again(struct hand *h)
{
	int64_t wait = INT_MAX;
	for (size_t i = 0; i < h->cuttings.len;) {
		struct cutting *c = &h->cuttings.at[i];
		int64_t now = hand_ms();
		if (now - c->began_ms > CUT_MS) {
			*c = h->cuttings.at[--h->cuttings.len];
			continue;
		}
		if (now >= c->due_ms)
			cut_once_more(h, c, now);
		wait = c->due_ms - now < wait ? c->due_ms - now : wait;
		i++;
	}
	return h->cuttings.len ? (int)wait : -1;
}

/* First of all he is cut; what stays in the way of his coming back follows. */
static void take_order(struct hand *h, const struct hand_order *o)
{
	if (!may_contain(h, o))
		return;
	if (wants(h->o->policy, SLICE("kick")))
		begin_cutting(h, o);
	*list_add(&h->orders) = *o;
	if (h->puller && !h->opens)
		eventfd_write(h->hurry, 1);
}

static bool take_orders(struct hand *h)
{
	struct hand_order o;
	for (ssize_t n; (n = recv(h->fd, &o, sizeof o, MSG_DONTWAIT)) != -1;) {
		if (n == 0)
			return false;
		if (hand_order_is_sound(&o, (size_t)n))
			take_order(h, &o);
		else
			refuse(h, "its name or address cannot stand in a command");
	}
	return errno == EAGAIN || errno == EINTR;
}

void hand_run(const struct guard_options *o, int fd)
{
	struct hand h = {.o = o,
			 .fd = fd,
			 .puller_fd = -1,
			 .ready = ready_open(NULL),
			 .hurry = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	bool open = true;
	look_back(&h);
	next_order(&h);
	while (open || h.puller) {
		int wait = cut_again(&h), ready = ready_keep(h.ready);
		if (ready < 0 && (wait < 0 || wait > LOOK_AGAIN_MS))
			wait = LOOK_AGAIN_MS;
		struct pollfd p[] = {
		    {open ? fd : -1, POLLIN, 0}, {h.puller_fd, POLLIN, 0}, {ready, POLLIN, 0}};
		poll(p, 3, wait);
		if (p[0].revents)
			open = take_orders(&h);
		if (h.puller && (p[1].revents || h.puller_fd < 0))
			end_puller(&h);
		next_order(&h);
	}
	_exit(0);
}
