/* beat.c - signs of life: for the service manager, tocsin status and Prometheus. */
#include "guard/parent.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

const char *beat_remedy(const struct guard *g, int error)
{
	struct stat st;
	if (stat(g->o->state, &st) != 0 && errno == ENOENT)
		return "the state folder was removed: start the watch again; until then nothing "
		       "that is found outlives it";
	return error == ENOSPC || error == EDQUOT ? "make room on the disk" : "look at the disk";
}

/* For tocsin status and for Prometheus; the watch goes on where they cannot be written. */
void beat_write(struct guard *g)
{
	g->status.beat_us = clock_now();
	g->status.beat_boot_ms = guard_now_ms();
	bool fine = guard_status_write(g->o->state, &g->status);
	fine &= !g->o->metrics || guard_metrics_write(g->o->metrics, &g->status);
	int error = errno;
	if (!fine && !g->status_failed)
		fprintf(stderr,
			"tocsin: status or metrics cannot be written: %s (%s); the watch goes on\n",
			strerror(error), beat_remedy(g, error));
	g->status_failed = !fine;
}

/* Said when it is seen, and not only to whom contains next. */
static void say_disbelieved(struct guard *g, const char *why)
{
	snprintf(g->status.trouble, sizeof g->status.trouble, "%.255s", why);
	fprintf(stderr, "tocsin: nobody is contained as long as this is so: %s\n", why);
}

void beat_look_for_reopening(struct guard *g)
{
	struct stat st;
	char path[4096], why[512];
	snprintf(path, sizeof path, "%s/journal", g->o->state);
	int64_t changed =
	    stat(path, &st) == 0 ? st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec : 0;
	if (changed == g->respond_looked_ns)
		return;
	g->respond_looked_ns = changed;
	if (!respond_wake(g->respond, true, why, sizeof why)) {
		if (changed)
			say_disbelieved(g, why);
		return;
	}
	int64_t opened = respond_reopened(g->respond);
	respond_sleep(g->respond);
	g->status.lowered_until_us =
	    opened == CLOCK_NONE ? CLOCK_NONE : opened + g->o->policy->reopened.days * CLOCK_DAY;
}

bool beat_is_reopened(const struct guard *g)
{
	int64_t until = g->status.lowered_until_us;
	return until != CLOCK_NONE && clock_now() < until;
}

/* The past has been read: the service manager may start what waits for us. */
static void take_past_read(struct guard *g)
{
	sd_notify(0, "READY=1");
	g->status.past_read = true;
	if (!g->o->json)
		printf("watching %llu files; %llu records of the past, %llu findings in them\n",
		       (unsigned long long)g->status.files, (unsigned long long)g->status.records,
		       (unsigned long long)g->status.findings);
	fflush(stdout);
}

/* No further than now: who forges a time to come would have all that follows taken for judged. */
static void judged_until(struct guard *g, int64_t newest_us)
{
	int64_t now = clock_now(), until = newest_us < now ? newest_us : now;
	if (g->status.judged_us == CLOCK_NONE || g->status.judged_us < until)
		g->status.judged_us = until;
}

/* The engine is well: the service manager is told, and restarts us if it is told no more. */
void beat_take(struct guard *g, const struct guard_message *m)
{
	g->status.files = m->line;
	g->status.records = m->records;
	g->status.behind = m->behind;
	g->status.shed = m->shed;
	g->status.resumed = m->resumed;
	g->status.newest_us = m->time_us;
	sd_notifyf(0, "WATCHDOG=1\nSTATUS=%llu files, %llu records, %llu findings",
		   (unsigned long long)m->line, (unsigned long long)m->records,
		   (unsigned long long)g->status.findings);
	if (m->kind == MESSAGE_READING) /* a year of logs may take longer than a start may */
		sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%u", 60u * 1000000);
	else if (!g->status.past_read)
		take_past_read(g);
	if (m->kind == MESSAGE_PRESENT && m->time_us != CLOCK_NONE)
		judged_until(g, m->time_us);
	beat_look_for_reopening(g);
	posture_look(g);
	console_note_beat(g);
	beat_write(g);
}

void beat_hosted(struct guard *g, const struct guard_message *m)
{
	struct out o = {.fd = 2};
	out_text(&o, "tocsin: alerts go to ");
	out_plain(&o, guard_account(m));
	out_text(&o, ", and the logs show that its mailboxes are on the hosts that are watched: an "
		     "intruder may read or stop them (name an address elsewhere under \"mail\" of "
		     "the policy)\n");
	out_close(&o);
	snprintf(g->status.trouble, sizeof g->status.trouble,
		 "alerts go to a domain whose mailboxes are watched (%.*s): name one elsewhere",
		 (int)slice_first(guard_account(m), 100).len, m->account);
}
