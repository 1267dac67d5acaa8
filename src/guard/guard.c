/* guard.c - the parent: takes what the engine found, and reads no log. */
#include "guard/parent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TOLD_MOST = 65536, ALIKE_MOST = 16384, FIRST = -10 };

static bool take_message(struct guard *g)
{
	struct guard_message m;
	ssize_t n = recv(g->from_engine, &m, sizeof m, 0);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (!message_is_sound(&m, (size_t)n)) {
		fprintf(stderr, "tocsin: the engine sent what no engine sends: it is ended (keep a "
				"copy of the logs, and report this)\n");
		kill(g->engine, SIGKILL);
		return false;
	}
	if (m.kind == MESSAGE_FINDING)
		finding_take(g, &m);
	else if (m.kind == MESSAGE_KEPT)
		children_keep(g, &m);
	else if (m.kind == MESSAGE_HOSTED)
		beat_hosted(g, &m);
	else if (m.kind == MESSAGE_SOURCE)
		console_note_source(g, &m);
	else
		beat_take(g, &m);
	return true;
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* True if it was asked to end. */
static bool take_signals(struct guard *g)
{
	struct signalfd_siginfo s;
	bool end = false;
	bool again = false;
	while (read(g->signals, &s, sizeof s) == sizeof s) {
		end |= s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT;
		again |= s.ssi_signo == SIGHUP;
	}
	if (again && !end)
		guard_reload(g);
	return end;
}

/* For something that no descriptor tells of. */
static bool is_waiting(const struct guard *g)
{
	return g->scan_wanted || g->scanner || g->cap.held || console_waits(g) ||
	       hand_is_missing(g) || teller_is_missing(g);
}

/* 0: asked to end; 2: the engine ended by itself. */
static int serve(struct guard *g)
{
	enum { TICK_MS = 500 };
	for (;;) {
		struct pollfd p[] = {{g->from_engine, POLLIN, 0},
				     {g->signals, POLLIN, 0},
				     {g->to_teller, POLLIN, 0},
				     {g->to_hand, POLLIN, 0},
				     {g->from_lister, POLLIN, 0}};
		poll(p, 5, is_waiting(g) ? TICK_MS : -1);
		if (p[2].revents & POLLIN)
			teller_result(g);
		if (p[3].revents & POLLIN)
			hand_result(g);
		if (p[4].revents && g->from_lister >= 0)
			incidents_take(g);
		notify_end_hour(g);
		if (p[1].revents && take_signals(g))
			return 0;
		if (p[0].revents && p[0].fd == g->from_engine && !take_message(g) &&
		    !children_revive(g))
			return g->o->until_quiet && g->status.past_read ? 0 : 2;
		children_reap(g);
		hand_keep(g);
		teller_keep(g);
		if (whole_is_due(g))
			whole_start(g);
		console_work(g);
	}
}

const char *guard_touched_path(const char *state, char *room, size_t size)
{
	snprintf(room, size, "%s/" TOUCHED_FOLDER, state);
	return room;
}

static bool start_toucher(struct guard *g)
{
	char why[512] = "";
	if (!g->o->touched_count)
		return true;
	g->toucher = touch_start(g->o, why, sizeof why);
	if (g->toucher < 0)
		fprintf(stderr, "tocsin: %s\n", why);
	return g->toucher > 0;
}

static void end_children(struct guard *g)
{
	const pid_t children[] = {g->engine,      g->reader,  g->scanner, g->teller, g->toucher,
				  g->console_pid, g->painter, g->keeper,  g->lister};
	for (size_t i = 0; i < sizeof children / sizeof *children; i++)
		if (children[i] > 0 && kill(children[i], SIGKILL) == 0)
			waitpid(children[i], NULL, 0);
}

static bool open_sockets(struct guard *g)
{
	char why[256];
	for (size_t i = 0; i <= GUARD_SOCKETS; i++) {
		bool is_http = i == GUARD_SOCKETS;
		const char *where = is_http                  ? g->o->http
				    : i < g->o->syslog_count ? g->o->syslog[i]
							     : NULL;
		g->sockets[i] = where ? reader_socket(where, why, sizeof why) : -1;
		if (where && g->sockets[i] < 0) {
			fprintf(stderr, "tocsin: --%s %s\n", is_http ? "http" : "syslog", why);
			return false;
		}
	}
	return true;
}

int guard_run(const struct guard_options *o)
{
	struct guard g = {.own = *o,
			  .from_engine = -1,
			  .to_teller = -1,
			  .to_hand = -1,
			  .to_console = -1,
			  .console_listen = -1,
			  .from_lister = -1,
			  .scanned_ms = INT64_MIN / 2};
	g.o = &g.own;
	g.status.pid = getpid();
	g.status.started_us = clock_now();
	g.status.newest_us = g.status.judged_us = CLOCK_NONE;
	g.status.lowered_until_us = g.status.posture_us = CLOCK_NONE;
	g.respond = respond_asleep(o->state);
	beat_look_for_reopening(&g);
	int status = 2;
	table_init(&g.told, 1, TOLD_MOST);
	table_init(&g.alike, sizeof(int64_t), ALIKE_MOST);
	flood_init(&g.floods);
	setpriority(PRIO_PROCESS, 0, FIRST); /* where it may: an intruder can keep a host busy */
	g.signals = open_signals();
	alert_cap_init(&g.cap, o->policy->alerts_an_hour);
	bool fine = start_toucher(&g) && open_sockets(&g) && finding_open_journal(&g);
	finding_go_on(&g);
	if (kept_open(&g.kept, o) && fine)
		kept_load(&g.kept, o->state, g.journal);
	if (fine && console_start(&g) && teller_start(&g) && hand_start(&g) &&
	    children_start_engine(&g)) {
		status = serve(&g);
		if (status)
			fprintf(stderr, "tocsin: the engine ended by itself once more: nothing is "
					"watched (start it again; what came meanwhile is not "
					"lost)\n");
		else if (!o->json)
			printf("%llu findings, %llu of them like one told within the hour\n",
			       (unsigned long long)g.status.findings,
			       (unsigned long long)g.status.repeated);
	}
	hand_end(&g);
	teller_end(&g);
	end_children(&g);
	g.status.pid = 0;
	if (g.journal)
		beat_write(&g);
	journal_close(&g.journal);
	respond_close(&g.respond);
	console_close(&g);
	if (g.kept.fd >= 0)
		close(g.kept.fd);
	alert_cap_free(&g.cap);
	table_free(&g.floods);
	if (g.read_policy)
		guard_policy_free(g.read_policy);
	free(g.read_policy);
	table_free(&g.told);
	table_free(&g.alike);
	return status;
}
