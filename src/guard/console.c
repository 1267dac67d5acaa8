/*
 * console.c - the parent's side of the console: a process that hands out pages, and one that writes
 * those of the last report and ends.
 *
 * The console is given views and can give nothing back: its end of the socket is shut for sending.
 * The painter reads the report and the journal, for they hold what intruders wrote, and then opens
 * nothing any more.
 */
#include "console/console.h"
#include "guard/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONSOLE_USER "_tocsin-console"
enum {
	NEWEST = 32,
	SOURCES_MOST = 2048,
	SOURCES_SHOWN = 200,
	TELL_MS = 300,
	PAINT_MS = 2000,
	ISOLATED_MS = 60000, /* so often the queue of an isolated server is looked at */
	PAINTED_ISOLATED = 3,
	LESS = 5,
};

struct known_source {
	uint64_t lines;
	int64_t newest_us;
};

struct guard_console {
	struct console_key key;
	struct console_options options;
	struct guard_message newest[NEWEST];
	size_t found; /* all of them; the ring holds the last */
	struct table sources;
	struct zone *zone;
	bool stale, paint, isolated, asked;
	uint64_t painted; /* how often */
	int64_t told_ms, painted_ms, started_ms, changed_ns;
};

/* --- the process --- */

/* Of its own where somebody made it, see share/sysusers.conf; else nobody. */
static uint32_t own_user(void)
{
	const struct passwd *p = getpwnam(CONSOLE_USER);
	return p && p->pw_uid ? p->pw_uid : SANDBOX_NOBODY;
}

static void shut_in(uint32_t user, struct console *c)
{
	char why[256];
	sandbox_enter(SANDBOX_CONSOLE, user, NULL, 0, why, sizeof why);
	if (why[0])
		fprintf(stderr, "tocsin: the console is less confined than it should be: %s\n",
			why);
	console_serve(c);
}

/* It keeps its socket, the one from the parent, and standard error. */
static void leave_all(struct guard *g, struct console_options *o)
{
	enum { LISTEN = 3, PARENT = 4 };
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	int listen_fd = fcntl(o->listen_fd, F_DUPFD_CLOEXEC, 64);
	int parent_fd = fcntl(o->from_parent, F_DUPFD_CLOEXEC, 64);
	dup2(nowhere, 0);
	dup2(nowhere, 1);
	dup2(listen_fd, LISTEN);
	dup2(parent_fd, PARENT);
	close_range(PARENT + 1, ~0U, 0);
	o->listen_fd = LISTEN;
	o->from_parent = PARENT;
}

static void run_console(struct guard *g, int from_parent)
{
	struct console_options o = g->console->options;
	uint32_t user = own_user();
	char why[512];
	o.from_parent = from_parent;
	leave_all(g, &o);
	setpriority(PRIO_PROCESS, 0, LESS); /* whoever floods it keeps the watch from nothing */
	struct console *c = console_open(&o, why, sizeof why);
	if (!c) {
		fprintf(stderr, "tocsin: %s\n", why);
		_exit(2);
	}
	explicit_bzero(&g->console->key, sizeof g->console->key);
	shut_in(user, c);
}

static bool fork_console(struct guard *g)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	shutdown(pair[1], SHUT_WR); /* it can tell the watch nothing */
	fflush(NULL);
	g->console_pid = fork();
	if (g->console_pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		sandbox_name("console");
		run_console(g, pair[1]);
	}
	close(pair[1]);
	g->to_console = pair[0];
	g->console->started_ms = guard_now_ms();
	g->console->stale = g->console->paint = true;
	return g->console_pid > 0;
}

bool console_start(struct guard *g)
{
	char why[512];
	if (!g->o->console)
		return true;
	struct guard_console *c = g->console = must_alloc(sizeof *c);
	c->options = (struct console_options){
	    .key = &c->key, .where = g->o->console, .name = g->o->console_name};
	table_init(&c->sources, sizeof(struct known_source), SOURCES_MOST);
	c->zone = zone_local();
	if (!console_key_read(g->o->state, true, &c->key, why, sizeof why) ||
	    (g->console_listen =
		 console_listen(g->o->console, &c->options.outside, why, sizeof why)) < 0) {
		fprintf(stderr, "tocsin: --console %s\n", why);
		return false;
	}
	c->options.listen_fd = g->console_listen;
	if (c->options.outside)
		fprintf(stderr,
			"tocsin: --console %s: others than this host can reach it, and read along "
			"who reads (put a proxy with TLS in front, --console-name its name, and "
			"let the console listen at 127.0.0.1)\n",
			g->o->console);
	snprintf(g->status.console, sizeof g->status.console, "%s", g->o->console);
	snprintf(g->status.console_name, sizeof g->status.console_name, "%s",
		 g->o->console_name ? g->o->console_name : "");
	return fork_console(g);
}

void console_lost(struct guard *g)
{
	enum { AGAIN_MS = 10000 };
	close(g->to_console);
	g->to_console = -1;
	g->console_pid = 0;
	bool at_once = guard_now_ms() - g->console->started_ms < AGAIN_MS;
	fprintf(stderr, "tocsin: the console ended by itself%s (report this; the watch goes on)\n",
		at_once ? " and stays away" : ": it is started again");
	if (!at_once)
		fork_console(g);
}

void console_close(struct guard *g)
{
	if (!g->console)
		return;
	table_free(&g->console->sources);
	zone_close(&g->console->zone);
	explicit_bzero(&g->console->key, sizeof g->console->key);
	free(g->console);
	g->console = NULL;
}

/* --- what the parent knows --- */

void console_note_finding(struct guard *g, const struct guard_message *m)
{
	struct guard_console *c = g->console;
	if (!c)
		return;
	c->newest[c->found++ % NEWEST] = *m;
	c->stale = true;
}

void console_note_source(struct guard *g, const struct guard_message *m)
{
	if (!g->console)
		return;
	struct known_source *s =
	    table_put(&g->console->sources, (slice){m->path, m->path_len}, NULL);
	*s = (struct known_source){m->records, m->time_us};
}

void console_note_beat(struct guard *g)
{
	if (g->console)
		g->console->stale = true;
}

void console_note_report(struct guard *g)
{
	if (g->console)
		g->console->paint = true;
}

static size_t copy_newest(const struct guard_console *c, struct arena *a,
			  struct console_finding *to)
{
	size_t n = c->found < NEWEST ? c->found : NEWEST;
	for (size_t i = 0; i < n; i++) {
		const struct guard_message *m = &c->newest[(c->found - 1 - i) % NEWEST];
		char ip[ADDRESS_TEXT] = "";
		if (m->has_source)
			address_format(&m->source, ip);
		to[i] = (struct console_finding){
		    .time_us = m->time_us,
		    .level = m->level,
		    .past = m->past,
		    .title = {m->title, m->title_len},
		    .account = {m->account, m->account_len},
		    .rule = {m->rule, m->rule_len},
		    .source = arena_copy(a, slice_of(ip)),
		};
	}
	return n;
}

static int by_path(const void *a, const void *b)
{
	return slice_compare(((const struct console_source *)a)->path,
			     ((const struct console_source *)b)->path);
}

static size_t copy_sources(const struct guard_console *c, struct console_source *to)
{
	size_t n = 0;
	for (void *e = NULL; n < SOURCES_SHOWN && (e = table_next(&c->sources, e));) {
		const struct known_source *s = e;
		to[n++] = (struct console_source){table_key(e), s->lines, s->newest_us};
	}
	if (n)
		qsort(to, n, sizeof *to, by_path);
	return n;
}

static const char *say_policy(const struct guard_policy *p, struct arena *a)
{
	if (p->contain_from >= GUARD_LEVELS)
		return "nothing is contained; findings are told";
	return arena_format(a, "accounts are contained from level %s on, %u an hour at most",
			    guard_levels[p->contain_from], p->most_an_hour)
	    .at;
}

static void tell(struct guard *g)
{
	struct guard_console *c = g->console;
	const struct guard_status *s = &g->status;
	struct arena a = {0};
	struct console_finding newest[NEWEST];
	struct console_source *sources = arena_take(&a, SOURCES_SHOWN * sizeof *sources);
	size_t source_count = copy_sources(c, sources);
#define AS_ROW(id, name, metric, type, help) {name, help, s->id},
	const struct console_count counts[] = { GUARD_COUNTS(AS_ROW) };
#undef AS_ROW
	const struct console_now n = {
	    .now_us = clock_now(),
	    .started_us = s->started_us,
	    .beat_us = s->beat_us,
	    .newest_us = s->newest_us,
	    .lowered_until_us = s->lowered_until_us,
	    .posture = s->posture,
	    .posture_by = s->posture_by,
	    .posture_us = s->posture_us,
	    .past_read = s->past_read,
	    .scanning = g->scanner > 0,
	    .files = s->files,
	    .records = s->records,
	    .behind = s->behind,
	    .findings = s->findings,
	    .trouble = s->trouble,
	    .policy = say_policy(g->o->policy, &a),
	    .sources = sources,
	    .source_count = source_count,
	    .source_more = c->sources.len - source_count,
	    .newest = newest,
	    .newest_count = copy_newest(c, &a, newest),
	    .counts = counts,
	    .count_count = sizeof counts / sizeof *counts,
	    .zone = c->zone,
	};
	c->stale = !console_tell_now(g->to_console, &n);
	c->told_ms = guard_now_ms();
	arena_free(&a);
}

/* --- the painter --- */

static slice read_report(const char *state, struct arena *a, bool *too_large)
{
	enum { MOST = 48 << 20 }; /* ten times as much is taken to read it */
	char path[4096];
	struct stat st;
	snprintf(path, sizeof path, "%s/report.json", state);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	slice text = {0};
	bool there = fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0;
	*too_large = there && st.st_size > MOST;
	if (there && !*too_large) {
		char *room = arena_take(a, (size_t)st.st_size);
		for (ssize_t n; text.len < (size_t)st.st_size &&
				(n = read(fd, room + text.len, (size_t)st.st_size - text.len)) > 0;)
			text = (slice){room, text.len + (size_t)n};
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* Its head, to be noted elsewhere; where it does not hold, what is wrong with it. */
static slice head_of(const char *state, const char *folder, struct arena *a, slice *altered)
{
	struct journal_state s = {0};
	char hex[65];
	const char *dir = arena_format(a, "%s%s", state, folder).at;
	const char *path = arena_format(a, "%s/journal.head", dir).at;
	bool fine = journal_verify(dir, NULL, &s);
	if (!fine && s.what[0] && (s.bad_line || access(path, F_OK) == 0))
		*altered = arena_format(a, "%s/journal, line %llu: %s", dir,
					(unsigned long long)s.bad_line, s.what);
	if (!s.head.entries)
		return (slice){0};
	digest_hex(&s.head.hash, hex);
	return arena_format(a, "%llu entr%s, the last one %s", (unsigned long long)s.head.entries,
			    s.head.entries == 1 ? "y" : "ies", hex);
}

/* Is a step of the isolation in force? */
static bool is_isolated(const struct response *p)
{
	for (size_t i = 0; p && i < p->actions.len; i++)
		if (p->actions.at[i].in_force)
			return true;
	return false;
}

static void paint(struct guard *g)
{
	struct arena a = {0};
	struct queue_state queue;
	char why[512];
	int fd = g->to_console;
	struct console_files f = {.state = g->o->state,
				  .respond = respond_open(g->o->state, true, why, sizeof why),
				  .zone = g->console->zone,
				  .now_us = clock_now()};
	f.report = read_report(g->o->state, &a, &f.too_large);
	f.journal_head = head_of(g->o->state, "", &a, &f.altered);
	f.watch_head = head_of(g->o->state, "/watch", &a, &f.altered);
	const struct response *isolation = f.respond ? respond_isolation(f.respond) : NULL;
	bool isolated = is_isolated(isolation);
	if (isolated && respond_queue_state(f.respond, isolation, &queue, why, sizeof why))
		f.queue = &queue;
	sandbox_enter(SANDBOX_PAINTER, SANDBOX_NOBODY, NULL, 0, why, sizeof why);
	if (why[0] && g->console->painted == 1)
		fprintf(stderr,
			"tocsin: what writes the console's pages is less confined than it should "
			"be: %s\n",
			why);
	bool told = console_tell_files(fd, &f);
	_exit(!told ? 2 : isolated ? PAINTED_ISOLATED : 0);
}

static void start_painter(struct guard *g)
{
	struct guard_console *c = g->console;
	c->paint = false;
	c->painted_ms = guard_now_ms();
	c->painted++;
	fflush(NULL);
	g->painter = fork();
	if (g->painter == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		sandbox_name("painter");
		int fd = fcntl(g->to_console, F_DUPFD_CLOEXEC, 64);
		guard_leave(g, CHILD_OTHER);
		g->to_console = fd;
		setpriority(PRIO_PROCESS, 0, LESS);
		paint(g);
	}
}

void console_painted(struct guard *g, int status)
{
	g->painter = 0;
	if (g->console)
		g->console->isolated = WIFEXITED(status) && WEXITSTATUS(status) == PAINTED_ISOLATED;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 2)
		fprintf(stderr, "tocsin: the pages of the last report could not be made for the "
				"console (tocsin incidents shows them; report this)\n");
}

/* What was done against an intruder stands in the journal of the responses. */
static void look_at_journal(struct guard *g)
{
	struct stat st;
	char path[4096];
	snprintf(path, sizeof path, "%s/journal", g->o->state);
	int64_t changed =
	    stat(path, &st) == 0 ? st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec : 0;
	g->console->paint |= changed != g->console->changed_ns;
	g->console->changed_ns = changed;
}

/* Which rules are blind only a whole report says: without one, one is made though nothing was
 * found. */
static void ask_for_report(struct guard *g)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/report.json", g->o->state);
	g->console->asked = true;
	g->scan_wanted |= access(path, F_OK) != 0;
}

bool console_waits(const struct guard *g)
{
	const struct guard_console *c = g->console;
	return c && g->to_console >= 0 && (c->stale || (c->paint && !g->painter));
}

void console_work(struct guard *g)
{
	struct guard_console *c = g->console;
	int64_t now = guard_now_ms();
	if (!c || g->to_console < 0)
		return;
	if (g->status.past_read && !c->asked)
		ask_for_report(g);
	if (c->stale && now - c->told_ms >= TELL_MS) {
		look_at_journal(g);
		tell(g);
	}
	if (c->isolated && now - c->painted_ms >= ISOLATED_MS)
		c->paint = true;
	if (c->paint && !g->painter && now - c->painted_ms >= PAINT_MS)
		start_painter(g);
}
