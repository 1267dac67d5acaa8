/*
 * guard.c - the parent: takes findings, tells people, acts as the policy says.
 *
 * It reads no log.  A finding is told once: by rule, account, source and time it is looked up in a
 * journal of its own (STATE/watch), which survives kill -9 and a restart that reads the past again.
 * What is alike within an hour is counted, not told: the first one says what is going on.
 */
#include "guard/part.h"
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

enum {
	TOLD_MOST = 65536,
	ALIKE_MOST = 16384,
	SCAN_AGAIN_MS = 20000,
	HOUR_RING = 1024,
	HOUR_MS = 3600000,
	TELLER_AGAIN_MS = 60000,
	LAST_ALERTS_MS = 10000,
	RESTARTS_AN_HOUR = 5
};

struct guard {
	const struct guard_options *o;
	struct journal *journal; /* of findings */
	struct table told, alike;
	struct arena arena;
	int from_engine, to_teller, signals;
	pid_t engine, scanner, teller;
	int engine_status; /* of the engine that ended */
	bool started_again;
	int64_t judged_us; /* newest record that an engine before this one had judged */
	int64_t restarts_ms[RESTARTS_AN_HOUR];
	struct guard_options own;         /* `o` points here; its policy changes at SIGHUP */
	struct guard_policy *read_policy; /* ours to free; NULL: the caller's is in force */
	struct table floods;
	struct alert_cap cap;
	bool scan_wanted;
	int64_t scanned_ms, teller_ms;
	struct guard_status status;
	bool status_failed; /* said once */
	/* when accounts were shut out, since the host started; newest at contained - 1 */
	int64_t contained_ms[HOUR_RING];
	size_t contained;
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

/* Since the host started: nobody sets this clock, and it goes on while the host sleeps. */
static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- findings --- */

static slice account_of(const struct guard_message *m)
{
	return (slice){m->account, m->account_len};
}

/* What makes two findings alike; with `when`, the same. */
static slice key_of(const struct guard_message *m, bool when, char *room, size_t size)
{
	char ip[ADDRESS_TEXT] = "";
	if (m->has_source)
		address_format(&m->source, ip);
	int n = snprintf(room, size, "%.*s|%.*s|%s|%lld", m->rule_len, m->rule, m->account_len,
			 m->account, ip, when ? (long long)m->time_us : 0);
	return (slice){room, (size_t)n < size ? (size_t)n : size - 1};
}

static void print_finding(const struct guard *g, const struct guard_message *m)
{
	struct out o = {.fd = 1};
	char ip[ADDRESS_TEXT] = "";
	if (g->o->json) {
		alert_write_finding(m, &o);
	} else {
		if (m->has_source)
			address_format(&m->source, ip);
		out_time(&o, m->time_us);
		out_format(&o, "  %-8s  ", guard_levels[m->level]);
		out_plain(&o, (slice){m->title, m->title_len});
		out_text(&o, "  ");
		out_plain(&o, account_of(m));
		out_format(&o, "%s%s", *ip ? "  from " : "", ip);
		out_text(&o, m->past ? "  (before the start)" : "");
	}
	out_text(&o, "\n");
	out_close(&o);
}

static void tell_syslog(const struct guard_message *m)
{
	struct out o = {.fd = -1};
	out_plain(&o, (slice){m->title, m->title_len});
	out_text(&o, ", account ");
	out_plain(&o, account_of(m));
	syslog(m->level >= 3 ? LOG_ALERT : LOG_WARNING, "%.*s", (int)o.len, o.at);
	out_close(&o);
}

/* The administrator's own program gets the alert on its standard input; nobody waits for it. */
static void tell_command(const struct guard *g, const struct alert *a)
{
	const struct guard_policy *p = g->o->policy;
	struct out o = {.fd = -1};
	posix_spawn_file_actions_t fa;
	pid_t pid;
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	out_text(&o, a->json);
	out_text(&o, "\n");
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, pipes[0], 0);
	if (write(pipes[1], o.at, o.len) != (ssize_t)o.len ||
	    posix_spawn(&pid, p->command[0], &fa, NULL, (char *const *)(uintptr_t)p->command,
			(char *const[]){"PATH=/usr/bin:/bin", NULL}) != 0)
		fprintf(stderr, "tocsin: %s did not start (look at \"command\" of the policy)\n",
			p->command[0]);
	posix_spawn_file_actions_destroy(&fa);
	close(pipes[0]);
	close(pipes[1]);
	out_close(&o);
}

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

static bool is_told_far(const struct guard_policy *p)
{
	return p->mail_count || p->webhook;
}

static void send_alert(struct guard *g, const struct alert *a)
{
	if (g->o->policy->command[0])
		tell_command(g, a);
	if (!is_told_far(g->o->policy))
		return;
	if (g->to_teller < 0 ||
	    send(g->to_teller, a, sizeof *a, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof *a)
		alert_failed(g, "too many are waiting for a mail server or webhook that does not "
				"answer");
}

static void alert(struct guard *g, const struct guard_message *m)
{
	struct alert a = {.subject = ""};
	char ip[ADDRESS_TEXT] = "";
	if (m->has_source)
		address_format(&m->source, ip);
	if (!alert_cap_takes(&g->cap, m->level, *ip ? slice_of(ip) : account_of(m), now_ms())) {
		g->status.held_back++;
		return;
	}
	alert_compose(m, &a);
	send_alert(g, &a);
}

static void end_hour(struct guard *g)
{
	struct alert a = {.subject = ""};
	uint64_t held;
	if (alert_cap_ends(&g->cap, now_ms(), &a, &held))
		send_alert(g, &a);
}

static void take_result(struct guard *g)
{
	struct alert_result r;
	while (recv(g->to_teller, &r, sizeof r, MSG_DONTWAIT) == (ssize_t)sizeof r) {
		r.why[sizeof r.why - 1] = 0;
		if (r.fine)
			g->status.alerts++;
		else
			alert_failed(g, r.why);
	}
}

static bool keep_finding(struct guard *g, const struct guard_message *m, slice key)
{
	struct out o = {.fd = -1};
	out_text(&o, "{\"key\":");
	out_json(&o, key);
	out_text(&o, ",\"finding\":");
	alert_write_finding(m, &o);
	out_text(&o, "}");
	bool fine = journal_add(g->journal, "finding", (slice){o.at, o.len});
	if (!fine)
		fprintf(stderr,
			"tocsin: %s/watch/journal: %s; findings go on, but are told again "
			"after a restart (make room on the disk)\n",
			g->o->state, strerror(errno));
	out_close(&o);
	return fine;
}

/* --- acting --- */

static unsigned contained_last_hour(const struct guard *g)
{
	unsigned n = 0;
	for (size_t i = 0; i < g->contained && i < HOUR_RING; i++)
		n += now_ms() - g->contained_ms[i] < HOUR_MS;
	return n;
}

/* The brake holds over a restart too. */
static void count_contained(struct guard *g)
{
	char why[512];
	struct respond *r = respond_open(g->o->state, true, why, sizeof why);
	int64_t now = now_us();
	for (size_t i = 0; r && i < respond_count(r); i++) {
		const struct response *p = respond_at(r, i);
		int64_t ago_us = now - p->planned_us;
		if (slice_starts(p->incident, SLICE("W-")) && ago_us >= 0 && ago_us < CLOCK_HOUR)
			g->contained_ms[g->contained++ % HOUR_RING] = now_ms() - ago_us / 1000;
	}
	respond_close(&r);
}

static bool on_step(void *ctx, const struct respond_action *a)
{
	struct out o = {.fd = 1};
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
	return true;
}

/* One response for an account and a day. */
static slice response_name(const struct guard_message *m, int64_t now, char *room, size_t size)
{
	struct civil c = clock_to_civil(now);
	char hex[65];
	struct digest d = digest_of(account_of(m));
	digest_hex(&d, hex);
	int n = snprintf(room, size, "W-%04d%02d%02d-%.8s", c.year, c.month, c.day, hex);
	return (slice){room, (size_t)n};
}

static void contain(struct guard *g, const struct guard_message *m)
{
	const struct guard_policy *p = g->o->policy;
	char why[512], name[64];
	int64_t now = now_us();
	struct respond *r = respond_open(g->o->state, false, why, sizeof why);
	if (!r) {
		fprintf(stderr, "tocsin: not contained: %s\n", why);
		return;
	}
	struct response *plan = respond_plan_account(
	    r, response_name(m, now, name, sizeof name), (slice){m->title, m->title_len},
	    account_of(m), m->has_source ? &m->source : NULL, true, p->mode, why, sizeof why);
	if (plan) {
		printf("contained by policy, %s:\n", name);
		fflush(stdout);
		respond_apply(r, plan, p->levers, p->lever_count, on_step, g);
		g->contained_ms[g->contained++ % HOUR_RING] = now_ms();
		g->status.contained++;
	}
	respond_close(&r);
}

/* Found in what was there before the start; of an engine that was started again, only what the one
 * before it had judged. */
static bool is_past(const struct guard *g, const struct guard_message *m)
{
	return m->past && !(g->started_again && m->time_us > g->judged_us);
}

/* The brakes: what the policy spares, what was found long ago, too many at once. */
static bool may_contain(const struct guard *g, const struct guard_message *m)
{
	const struct guard_policy *p = g->o->policy;
	if (m->level < p->contain_from || !m->account_len || is_past(g, m) || m->known_place)
		return false;
	if (guard_policy_spares(p, account_of(m))) {
		printf("not contained: the policy spares this account\n");
		return false;
	}
	if (contained_last_hour(g) >= p->most_an_hour) {
		printf("not contained: %u accounts within an hour are the most that the policy "
		       "allows; decide yourself (tocsin contain plan)\n",
		       p->most_an_hour);
		return false;
	}
	return true;
}

static bool is_of_a_flood(struct guard *g, const struct guard_message *m)
{
	char ip[ADDRESS_TEXT] = "";
	if (m->has_source)
		address_format(&m->source, ip);
	return !flood_takes(&g->floods, *ip ? slice_of(ip) : account_of(m), m->level,
			    is_past(g, m) ? m->time_us : now_us());
}

static void take_finding(struct guard *g, const struct guard_message *m)
{
	char room[768];
	bool fresh;
	slice key = key_of(m, true, room, sizeof room);
	if (m->level < g->o->policy->tell_from)
		return;
	if (table_get(&g->told, key))
		return;
	if (is_of_a_flood(g, m)) {
		g->status.flooded++;
		g->scan_wanted = true;
		if (may_contain(g, m))
			contain(g, m);
		return;
	}
	table_put(&g->told, key, NULL);
	g->status.findings++;
	g->status.by_level[m->level]++;
	keep_finding(g, m, key);
	g->scan_wanted = true;
	int64_t *last = table_put(&g->alike, key_of(m, false, room, sizeof room), &fresh);
	bool again = !fresh && m->time_us - *last < CLOCK_HOUR;
	*last = m->time_us;
	g->status.repeated += again;
	if (!again) {
		print_finding(g, m);
		if (g->o->policy->syslog)
			tell_syslog(m);
		alert(g, m);
	}
	if (may_contain(g, m))
		contain(g, m);
	fflush(stdout);
}

/* For tocsin status and for Prometheus; the watch goes on where they cannot be written. */
static void write_status(struct guard *g)
{
	g->status.beat_us = now_us();
	g->status.beat_boot_ms = now_ms();
	bool fine = guard_status_write(g->o->state, &g->status);
	fine &= !g->o->metrics || guard_metrics_write(g->o->metrics, &g->status);
	if (!fine && !g->status_failed)
		fprintf(stderr,
			"tocsin: status or metrics cannot be written: %s (is the disk full?); the "
			"watch goes on\n",
			strerror(errno));
	g->status_failed = !fine;
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

/* The engine is well: the service manager is told, and restarts us if it is told no more. */
static void take_present(struct guard *g, const struct guard_message *m)
{
	g->status.files = m->line;
	g->status.records = m->records;
	g->status.behind = m->behind;
	g->status.shed = m->shed;
	g->status.newest_us = m->time_us;
	sd_notifyf(0, "WATCHDOG=1\nSTATUS=%llu files, %llu records, %llu findings",
		   (unsigned long long)m->line, (unsigned long long)m->records,
		   (unsigned long long)g->status.findings);
	if (m->kind == MESSAGE_READING) /* a year of logs may take longer than a start may */
		sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%u", 60u * 1000000);
	else if (!g->status.past_read)
		take_past_read(g);
	write_status(g);
}

static void take_hosted(struct guard *g, const struct guard_message *m)
{
	struct out o = {.fd = 2};
	out_text(&o, "tocsin: alerts go to ");
	out_plain(&o, account_of(m));
	out_text(&o, ", and the logs show that its mailboxes are on the hosts that are watched: an "
		     "intruder may read or stop them (name an address elsewhere under \"mail\" of "
		     "the policy)\n");
	out_close(&o);
	snprintf(g->status.trouble, sizeof g->status.trouble,
		 "alerts go to a domain whose mailboxes are watched (%.*s): name one elsewhere",
		 (int)slice_first(account_of(m), 100).len, m->account);
}

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
		take_finding(g, &m);
	else if (m.kind == MESSAGE_HOSTED)
		take_hosted(g, &m);
	else
		take_present(g, &m);
	return true;
}

/* --- the whole report, beside the watch --- */

static void start_scan(struct guard *g)
{
	const struct scan_options *s = g->o->scan;
	slice report = arena_format(&g->arena, "%s/report.json.new", g->o->state);
	LIST(const char *) argv = {0};
	*list_add(&argv) = "tocsin";
	*list_add(&argv) = "scan";
	*list_add(&argv) = "--quiet";
	*list_add(&argv) = "--json";
	*list_add(&argv) = report.at;
	if (s->networks) {
		*list_add(&argv) = "--networks";
		*list_add(&argv) = s->networks;
	}
	for (size_t i = 0; i < s->path_count; i++)
		*list_add(&argv) = s->paths[i];
	*list_add(&argv) = NULL;
	extern char **environ;
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0); /* said by the watch */
	if (posix_spawn(&g->scanner, "/proc/self/exe", &fa, NULL, (char *const *)(uintptr_t)argv.at,
			environ) != 0)
		g->scanner = 0;
	posix_spawn_file_actions_destroy(&fa);
	g->scan_wanted = false;
	g->scanned_ms = now_ms();
	list_free(&argv);
}

static void say_incidents(struct guard *g, const char *path)
{
	json_error_t e;
	json_t *root = json_load_file(path, 0, &e);
	const json_t *list = json_object_get(root, "incidents");
	struct out o = {.fd = 1};
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		const char *id = json_string_value(json_object_get(row, "id"));
		const char *title = json_string_value(json_object_get(row, "title"));
		slice key =
		    arena_format(&g->arena, "incident|%s|%s", id ? id : "", title ? title : "");
		bool fresh;
		table_put(&g->alike, key, &fresh);
		if (!fresh || g->o->json)
			continue;
		out_text(&o, "incident ");
		out_plain(&o, slice_of(id ? id : ""));
		out_text(&o, ": ");
		out_plain(&o, slice_of(title ? title : ""));
		out_format(&o, "\n  tocsin contain plan %s %s\n", path, id ? id : "");
	}
	out_close(&o);
	g->status.incidents = json_array_size(list);
	json_decref(root);
	write_status(g);
}

static void end_scan(struct guard *g, int status)
{
	char fresh[4096], path[4096];
	snprintf(fresh, sizeof fresh, "%s/report.json.new", g->o->state);
	snprintf(path, sizeof path, "%s/report.json", g->o->state);
	g->scanner = 0;
	if (WIFEXITED(status) && rename(fresh, path) == 0)
		say_incidents(g, path);
}

/* --- children --- */

static bool start_teller(struct guard *g);

/* It has no reason to end: once a minute at most it is started again. */
static void lose_teller(struct guard *g)
{
	close(g->to_teller);
	g->to_teller = -1;
	g->teller = 0;
	alert_failed(g, "the process that delivers ended by itself");
	if (now_ms() - g->teller_ms > TELLER_AGAIN_MS)
		start_teller(g);
	g->teller_ms = now_ms();
}

static void reap(struct guard *g)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (pid == g->scanner)
			end_scan(g, status);
		if (pid == g->teller)
			lose_teller(g);
		if (pid != g->engine)
			continue;
		g->engine_status = status; /* what it said before is read first */
		g->engine = 0;
	}
}

static bool start_engine(struct guard *g)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	fflush(NULL);
	g->engine = fork();
	if (g->engine == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(pair[0]);
		close(g->signals);
		if (g->to_teller >= 0)
			close(g->to_teller); /* it may tell nobody but us */
		journal_close(&g->journal);  /* with its lock */
		engine_run(g->o, pair[1]);
	}
	close(pair[1]);
	g->from_engine = pair[0];
	return g->engine > 0;
}

static void end_engine(struct guard *g)
{
	if (g->engine > 0 && kill(g->engine, SIGKILL) == 0)
		waitpid(g->engine, &g->engine_status, 0);
	g->engine = 0;
	close(g->from_engine);
	g->from_engine = -1;
}

/* It reads all again, so that nothing is lost; what was told is not told again. */
static bool start_engine_again(struct guard *g)
{
	g->started_again = true;
	g->judged_us = g->status.newest_us;
	return start_engine(g);
}

/* The engine ended by itself.  It is started again, so many times an hour and no more: a record
 * that ends it would end it for ever. */
static bool revive(struct guard *g)
{
	end_engine(g);
	if (g->o->until_quiet)
		return false;
	if (WIFEXITED(g->engine_status) && WEXITSTATUS(g->engine_status) == ENGINE_AGAIN) {
		fprintf(stderr, "tocsin: a folder of logs was made anew: it is read from its "
				"beginning\n");
		return start_engine_again(g);
	}
	int64_t *oldest = &g->restarts_ms[g->status.restarts % RESTARTS_AN_HOUR];
	if (*oldest && now_ms() - *oldest < HOUR_MS)
		return false;
	*oldest = now_ms();
	g->status.restarts++;
	fprintf(stderr,
		"tocsin: the engine ended by itself (%s %d): it is started again and reads "
		"what came meanwhile (report this, with the newest lines of the logs)\n",
		WIFSIGNALED(g->engine_status) ? "signal" : "exit status",
		WIFSIGNALED(g->engine_status) ? WTERMSIG(g->engine_status)
					      : WEXITSTATUS(g->engine_status));
	return start_engine_again(g);
}

static bool start_teller(struct guard *g)
{
	struct tell_secrets s;
	char why[512];
	int pair[2];
	if (!is_told_far(g->o->policy))
		return true;
	if (!tell_read_secrets(g->o->policy, &s, why, sizeof why)) {
		fprintf(stderr, "tocsin: %s\n", why);
		return false;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	fflush(NULL);
	g->teller = fork();
	if (g->teller == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(pair[0]);
		close(g->signals);
		if (g->from_engine >= 0)
			close(g->from_engine);
		journal_close(&g->journal);
		tell_run(g->o->policy, pair[1], &s);
	}
	explicit_bzero(&s, sizeof s);
	close(pair[1]);
	g->to_teller = pair[0];
	return g->teller > 0;
}

/* --- what was told before --- */

/* What is like it within the hour is not told either: its key ends with 0 for the time. */
static void remember_alike(struct guard *g, slice key)
{
	char room[768];
	size_t end = slice_search_last(key, SLICE("|"));
	int64_t when;
	if (end == SIZE_MAX || !slice_is_number(slice_from(key, end + 1), &when))
		return;
	int n = snprintf(room, sizeof room, "%.*s|0", (int)end, key.at);
	if (n > 0 && (size_t)n < sizeof room)
		*(int64_t *)table_put(&g->alike, (slice){room, (size_t)n}, NULL) = when;
}

static bool remember(void *ctx, const struct journal_entry *e)
{
	struct guard *g = ctx;
	json_t *data = json_loadb(e->data.at, e->data.len, 0, NULL);
	const json_t *key = json_object_get(data, "key");
	slice text = {json_string_value(key), json_string_length(key)};
	if (json_is_string(key)) {
		table_put(&g->told, text, NULL);
		remember_alike(g, text);
	}
	json_decref(data);
	return true;
}

static bool open_journal(struct guard *g)
{
	char path[4096], why[512];
	snprintf(path, sizeof path, "%s/watch", g->o->state);
	if (mkdir(g->o->state, 0700) != 0 && errno != EEXIST) {
		fprintf(stderr, "tocsin: %s: %s (name a folder with --state)\n", g->o->state,
			strerror(errno));
		return false;
	}
	g->journal = journal_open(path, false, why, sizeof why);
	if (g->journal)
		return journal_each(g->journal, remember, g);
	fprintf(stderr, "tocsin: %s\n", why);
	return false;
}

/* --- SIGHUP --- */

static bool read_policy(const char *path, struct guard_policy *p)
{
	enum { POLICY_MOST = 1 << 20 };
	char why[512] = "";
	FILE *f = fopen(path, "re");
	char *text = must_alloc(POLICY_MOST + 1);
	size_t n = f ? fread(text, 1, POLICY_MOST + 1, f) : 0;
	bool fine = f && !ferror(f);
	if (!fine)
		snprintf(why, sizeof why, "%s", strerror(errno));
	fine = fine && guard_policy_read(p, (slice){text, n}, why, sizeof why);
	if (!fine)
		fprintf(stderr, "tocsin: %s: %s (the policy and rules of before stay in force)\n",
			path, why);
	if (f)
		fclose(f);
	free(text);
	return fine;
}

/* Tried in a child: what a rule file does to memory is not ours. */
static bool try_rules(struct guard *g)
{
	int status = -1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		journal_close(&g->journal);
		_exit(engine_could_run(g->o) ? 0 : 1);
	}
	bool fine = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0;
	if (!fine)
		fprintf(stderr, "tocsin: the rules, networks or databases are broken (the policy "
				"and rules of before stay in force)\n");
	return fine;
}

static void use_policy(struct guard *g, struct guard_policy *fresh)
{
	g->own.policy = fresh;
	g->cap.most = fresh->alerts_an_hour;
	if (g->read_policy) {
		guard_policy_free(g->read_policy);
		free(g->read_policy);
	}
	g->read_policy = fresh;
	if (g->to_teller >= 0)
		close(g->to_teller); /* it delivers what waits, and ends */
	g->to_teller = -1;
	g->teller = 0;
	start_teller(g);
}

/* All that is new, or nothing of it. */
static void reload(struct guard *g)
{
	struct guard_policy *fresh = must_alloc(sizeof *fresh);
	struct tell_secrets s;
	char why[512];
	bool fine = true;
	if (g->o->policy_path) {
		fine = read_policy(g->o->policy_path, fresh);
		if (fine && is_told_far(fresh) && !tell_read_secrets(fresh, &s, why, sizeof why)) {
			fprintf(stderr,
				"tocsin: %s (the policy and rules of before stay in force)\n", why);
			fine = false;
		}
	}
	fine = fine && try_rules(g);
	if (fine && g->o->policy_path) {
		use_policy(g, fresh);
	} else {
		guard_policy_free(fresh);
		free(fresh);
	}
	if (!fine)
		return;
	end_engine(g);
	start_engine_again(g);
	fprintf(stderr, "tocsin: policy and rules were read again and are in force\n");
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
		reload(g);
	return end;
}

static bool scan_is_due(const struct guard *g)
{
	return g->scan_wanted && !g->scanner && g->status.past_read && !g->o->until_quiet &&
	       now_ms() - g->scanned_ms > SCAN_AGAIN_MS;
}

/* 0: asked to end; 2: the engine ended by itself. */
static int serve(struct guard *g)
{
	enum { TICK_MS = 500 };
	for (;;) {
		struct pollfd p[] = {{g->from_engine, POLLIN, 0},
				     {g->signals, POLLIN, 0},
				     {g->to_teller, POLLIN, 0}};
		poll(p, 3, g->scan_wanted || g->scanner || g->cap.held ? TICK_MS : -1);
		if (p[2].revents & POLLIN)
			take_result(g);
		end_hour(g);
		if (p[1].revents && take_signals(g))
			return 0;
		if (p[0].revents && p[0].fd == g->from_engine && !take_message(g) && !revive(g))
			return g->o->until_quiet && g->status.past_read ? 0 : 2;
		reap(g);
		if (scan_is_due(g))
			start_scan(g);
	}
}

/* What waits is still delivered; what takes too long is said. */
static void end_teller(struct guard *g)
{
	int64_t began = now_ms();
	if (g->teller <= 0)
		return;
	shutdown(g->to_teller, SHUT_WR);
	pid_t ended;
	while ((ended = waitpid(g->teller, NULL, WNOHANG)) == 0 &&
	       now_ms() - began < LAST_ALERTS_MS) {
		struct pollfd p = {g->to_teller, POLLIN, 0};
		poll(&p, 1, 20);
		take_result(g);
	}
	take_result(g);
	if (ended == g->teller)
		g->teller = 0;
	else
		alert_failed(g, "the watch ended while some were waiting");
}

static void end_children(struct guard *g)
{
	const pid_t children[] = {g->engine, g->scanner, g->teller};
	for (size_t i = 0; i < 3; i++)
		if (children[i] > 0 && kill(children[i], SIGKILL) == 0)
			waitpid(children[i], NULL, 0);
}

int guard_run(const struct guard_options *o)
{
	struct guard g = {
	    .own = *o, .from_engine = -1, .to_teller = -1, .scanned_ms = -SCAN_AGAIN_MS};
	g.o = &g.own;
	g.status.pid = getpid();
	g.status.started_us = now_us();
	g.status.newest_us = CLOCK_NONE;
	int status = 2;
	table_init(&g.told, 1, TOLD_MOST);
	table_init(&g.alike, sizeof(int64_t), ALIKE_MOST);
	flood_init(&g.floods);
	g.signals = open_signals();
	alert_cap_init(&g.cap, o->policy->alerts_an_hour);
	if (open_journal(&g) && start_teller(&g) && start_engine(&g)) {
		count_contained(&g);
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
	end_teller(&g);
	end_children(&g);
	g.status.pid = 0;
	if (g.journal)
		write_status(&g);
	journal_close(&g.journal);
	alert_cap_free(&g.cap);
	table_free(&g.floods);
	if (g.read_policy)
		guard_policy_free(g.read_policy);
	free(g.read_policy);
	table_free(&g.told);
	table_free(&g.alike);
	arena_free(&g.arena);
	return status;
}
