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

enum { HOUR_MS = 3600000, HOUR_RING = 1024, LOOK_AGAIN_MS = 5000 };
/* A session that begins is logged before Dovecot can end it, and whoever was cut comes back at
 * once: he is cut again and again for two seconds, in which the door is shut. */
enum { CUT_MS = 2000, CUT_OFTEN_MS = 200, CUT_OFTEN_STEP_MS = 4, CUT_STEP_MS = 20 };
/* So are his connections with Postfix, for which a program has to be started. */
enum { END_STEP_MS = 100 };

struct cutting {
	int64_t began_ms, due_ms, end_ms; /* when his mail's connections are ended next */
	bool ends;
	struct address source;
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
	struct respond *respond; /* asleep but in a child: what the journal said is remembered */
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
	return size == sizeof *o && o->has_source <= 1 && o->again <= 1 && o->sessions <= 1 &&
	       !(o->sessions && o->has_source) && o->decided_us > 0 &&
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

/* --- what a crash cut short --- */

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
	struct respond *r = h->respond;
	for (size_t i = 0; i < respond_count(r); i++) {
		const struct response *p = respond_at(r, i);
		if (!pull_is_young(p) || !p->accounts.len)
			continue;
		int64_t ago_ms = (int64_t)time(NULL) * 1000 - p->planned_us / 1000;
		count_in(h, p->accounts.at[0], hand_ms() - ago_ms);
		if (pull_is_cut_short(h->o, p))
			take_up(h, p);
	}
}

/* What was written since is read now, when nobody waits. */
static void remember(struct hand *h)
{
	char why[512];
	if (respond_wake(h->respond, true, why, sizeof why))
		respond_sleep(h->respond); /* else the order that comes says why */
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
		_exit(opens ? pull_begin(h->o, h->respond, o, h->hurry)
			    : pull_on(h->o, h->respond, o, h->hurry));
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
	if (!h->opens)
		remember(h);
	if (h->opens)
		end_opening(h, how);
	else if (how != PULLED_IN_PART)
		memmove(h->begun.at, h->begun.at + 1, --h->begun.len * sizeof *h->begun.at);
}

/* --- cutting at once --- */

static struct cutting *cutting_of(struct hand *h, slice account)
{
	for (size_t i = 0; i < h->cuttings.len; i++) {
		struct cutting *c = &h->cuttings.at[i];
		if (slice_eq((slice){c->account, c->account_len}, account))
			return c;
	}
	return list_add(&h->cuttings);
}

static void end_mail(struct hand *h, struct cutting *c)
{
	char why[200];
	c->ends = respond_end_mail(h->respond, &c->source, why, sizeof why);
	if (!c->ends)
		fprintf(stderr, "tocsin: mail not cut at once: %s (the plan goes on)\n", why);
	c->end_ms = hand_ms() + END_STEP_MS;
}

static void begin_cutting(struct hand *h, const struct hand_order *o)
{
	const struct guard_policy *p = h->o->policy;
	char why[200];
	if (pull_wants(p, SLICE("kick")) && !ready_cut(h->ready, account_of(o), why, sizeof why))
		fprintf(stderr, "tocsin: not cut at once: %s (the plan goes on)\n", why);
	struct cutting *c = cutting_of(h, account_of(o));
	c->began_ms = hand_ms();
	c->due_ms = c->began_ms + CUT_OFTEN_STEP_MS;
	c->ends = o->has_source && pull_wants(p, SLICE("cut"));
	c->source = o->source;
	c->account_len = o->account_len;
	memcpy(c->account, o->account, o->account_len);
	if (c->ends)
		end_mail(h, c);
}

static void cut_once_more(struct hand *h, struct cutting *c, int64_t now)
{
	char why[200];
	if (pull_wants(h->o->policy, SLICE("kick")))
		ready_cut(h->ready, (slice){c->account, c->account_len}, why, sizeof why);
	if (c->ends && now >= c->end_ms)
		end_mail(h, c);
	c->due_ms = now + (now - c->began_ms < CUT_OFTEN_MS ? CUT_OFTEN_STEP_MS : CUT_STEP_MS);
}

/* Who is due; then how long until the next is, -1: none waits, and what helped to cut may end. */
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
	if (h->cuttings.len)
		return (int)wait;
	respond_leave_others(h->respond);
	return -1;
}

/* Whoever shuts the doors ends sessions as well. */
static bool covers(const struct hand_order *a, const struct hand_order *o)
{
	return slice_eq(account_of(a), account_of(o)) && a->sessions <= o->sessions;
}

/* Findings about one account come in swarms: one order is enough until it is carried out. */
static bool is_in_hand(const struct hand *h, const struct hand_order *o)
{
	for (size_t i = h->next; i < h->orders.len; i++)
		if (covers(&h->orders.at[i], o))
			return true;
	for (size_t i = 0; i < h->begun.len; i++)
		if (covers(&h->begun.at[i], o))
			return true;
	return false;
}

/* First of all he is cut; what stays in the way of his coming back follows. */
static void take_order(struct hand *h, const struct hand_order *o)
{
	if (!may_contain(h, o))
		return;
	if (pull_wants(h->o->policy, SLICE("kick")) || pull_wants(h->o->policy, SLICE("cut")))
		begin_cutting(h, o);
	if (is_in_hand(h, o)) {
		refuse(h, "");
		return;
	}
	*list_add(&h->orders) = *o;
	if (h->puller)
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
			 .respond = respond_asleep(o->state),
			 .hurry = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	bool open = true;
	sandbox_name("respond");
	respond_use_others(h.respond, o->parts);
	remember(&h);
	look_back(&h);
	respond_know(h.respond, o->scan->networks, NULL, false, o->notes->line);
	digest_of(SLICE("")); /* what a library sets up at its first use, no child has to */
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
