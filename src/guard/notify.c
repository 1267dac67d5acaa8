/* notify.c - alerts leave the parent, to the process that delivers. */
#include "guard/parent.h"
#include "base/socket.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TELLER_AGAIN_MS = 60000, LAST_ALERTS_MS = 10000 };

static void alert_failed(struct guard *g, const char *why)
{
	g->status.undelivered++;
	snprintf(g->status.trouble, sizeof g->status.trouble, "%s", why);
	fprintf(stderr, "tocsin: an alert was not delivered: ");
	struct out o = {.fd = 2};
	fflush(stderr);
	out_plain(&o, slice_of(why));
	out_text(&o, "\n");
	out_close(&o);
}

static void send_alert(struct guard *g, const struct alert *a)
{
	if (!tell_is_wanted(g->o->policy))
		return;
	if (g->to_teller < 0)
		alert_failed(g, "the process that delivers is not there");
	else if (send(g->to_teller, a, sizeof *a, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		 (ssize_t)sizeof *a)
		alert_failed(g, "too many are waiting for a mail server or webhook that does not "
				"answer");
}

void notify_alert(struct guard *g, const struct guard_message *m)
{
	struct alert a = {.subject = ""};
	char ip[ADDRESS_TEXT] = "";
	if (m->has_source)
		address_format(&m->source, ip);
	if (!alert_cap_takes(&g->cap, m->level, *ip ? slice_of(ip) : guard_account(m),
			     guard_now_ms())) {
		g->status.held_back++;
		return;
	}
	const struct alert_witness w = {respond_head(g->respond), journal_head(g->journal)};
	alert_compose(m, &w, &a);
	send_alert(g, &a);
}

void notify_end_hour(struct guard *g)
{
	struct alert a = {.subject = ""};
	uint64_t held;
	if (alert_cap_ends(&g->cap, guard_now_ms(), &a, &held))
		send_alert(g, &a);
}

static void take_results(void *ctx)
{
	struct guard *g = ctx;
	struct alert_result r;
	while (recv(g->to_teller, &r, sizeof r, MSG_DONTWAIT) == (ssize_t)sizeof r) {
		r.why[sizeof r.why - 1] = 0;
		if (r.fine)
			g->status.alerts++;
		else
			alert_failed(g, r.why);
	}
}

void teller_result(struct guard *g)
{
	take_results(g);
	if (g->o->parts && socket_is_gone(g->to_teller))
		teller_lost(g);
}

/* --- the process that delivers --- */

static bool call_teller(struct guard *g)
{
	char why[256];
	g->to_teller = socket_part(g->o->parts, "teller", why, sizeof why);
	if (g->to_teller < 0)
		fprintf(stderr, "tocsin: alerts cannot be delivered: %s\n", why);
	return g->to_teller >= 0;
}

static bool fork_teller(struct guard *g, struct tell_secrets *s)
{
	sigset_t none;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	fflush(NULL);
	g->teller = fork();
	if (g->teller == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(pair[0]);
		sandbox_name("teller");
		guard_leave(g, CHILD_OTHER);
		tell_run(g->o->policy, pair[1], s);
	}
	close(pair[1]);
	if (g->teller < 0)
		close(pair[0]);
	g->to_teller = g->teller < 0 ? -1 : pair[0];
	return g->teller > 0;
}

bool teller_start(struct guard *g)
{
	struct tell_secrets s;
	char why[512];
	if (!tell_is_wanted(g->o->policy))
		return true;
	g->teller_ms = guard_now_ms();
	if (!tell_read_secrets(g->o->policy, &s, why, sizeof why)) {
		fprintf(stderr, "tocsin: %s\n", why);
		return false;
	}
	bool fine = g->o->parts ? call_teller(g) : fork_teller(g, &s);
	explicit_bzero(&s, sizeof s);
	return fine;
}

/* It has no reason to end: once a minute at most it is started again. */
void teller_lost(struct guard *g)
{
	close(g->to_teller);
	g->to_teller = -1;
	g->teller = 0;
	alert_failed(g, "the process that delivers ended by itself");
	teller_keep(g);
}

bool teller_is_missing(const struct guard *g)
{
	return g->to_teller < 0 && tell_is_wanted(g->o->policy);
}

void teller_keep(struct guard *g)
{
	if (teller_is_missing(g) && guard_now_ms() - g->teller_ms > TELLER_AGAIN_MS)
		teller_start(g);
}

/* What waits is still delivered; what takes too long is said. */
void teller_end(struct guard *g)
{
	if (g->to_teller < 0)
		return;
	if (!part_drain(g->to_teller, LAST_ALERTS_MS, take_results, g)) {
		alert_failed(g, "the watch ended while some were waiting");
	} else if (g->teller > 0) {
		waitpid(g->teller, NULL, 0);
		g->teller = 0;
	}
}
