/*
 * whole.c - the whole report, made by a process beside the watch: a scan of the same logs.
 *
 * It parses what intruders wrote, so it is shut in as a reader is, before it reads any of it: it
 * may read logs, rules and what names networks, and write to the one file that was opened for it.
 */
#include "guard/parent.h"
#include "report/report.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCAN_AGAIN_MS = 20000 };

/* --- the process --- */

static void no_input(void *ctx, enum input_trouble kind, const char *path, uint64_t line,
		     const char *what, const char *remedy)
{
}

static void no_file(void *ctx, const char *path, uint64_t line, const char *what,
		    const char *remedy)
{
}

static void no_line(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
}

typedef LIST(const char *) path_list;

static void add(path_list *to, struct arena *a, char how, const char *path)
{
	if (path)
		*list_add(to) = arena_format(a, "%c%s", how, path).at;
}

/* Where logs lie; then what is read besides, each by itself. */
static void shut_in(const struct scan_options *s, bool first, int to_people)
{
	struct arena a = {0};
	path_list all = {0};
	char rules[4096], pipelines[4096], why[256];
	for (size_t i = 0; i < s->path_count; i++)
		*list_add(&all) = s->paths[i];
	for (size_t i = 0; i < s->rule_count; i++)
		add(&all, &a, '=', s->rules[i]);
	for (size_t i = 0; i < s->geo_count; i++)
		add(&all, &a, '=', s->geo[i]);
	add(&all, &a, '=', s->networks);
	add(&all, &a, '=', scan_rules_path(rules, sizeof rules));
	add(&all, &a, '=', scan_pipelines_path(pipelines, sizeof pipelines));
	add(&all, &a, '=', "/usr/lib"); /* what knows old character sets */
	/* what is packed in what is packed lies there for a while */
	add(&all, &a, '+', getenv("TMPDIR"));
	add(&all, &a, '+', "/var/tmp");
	add(&all, &a, '+', "/tmp");
	sandbox_enter(SANDBOX_READER, SANDBOX_NOBODY, all.at, all.len, why, sizeof why);
	if (why[0] && first)
		dprintf(to_people,
			"tocsin: what makes the whole report is less confined than it should be: "
			"%s\n",
			why);
}

static bool write_report(const struct report *r, int fd)
{
	struct out o = {.fd = fd};
	report_json(r, &o);
	return out_close(&o) && fsync(fd) == 0;
}

/* What goes wrong in it is said by the watch.  What was standard error. */
static int be_quiet(void)
{
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int to_people = fcntl(2, F_DUPFD_CLOEXEC, 3);
	if (quiet >= 0) {
		dup2(quiet, 2);
		close(quiet);
	}
	return to_people;
}

/* What watches comes first. */
static void run(struct guard *g, int fd)
{
	enum { LESS = 10 };
	struct report r = {0};
	struct scan_options s = *g->o->scan;
	const struct scan_notes notes = {no_input, no_file, no_line};
	LIST(const char *) paths = {0};
	setpriority(PRIO_PROCESS, 0, LESS);
	for (size_t i = 0; i < s.path_count; i++)
		*list_add(&paths) = s.paths[i];
	if (g->o->journal)
		*list_add(&paths) = g->o->journal;
	s.paths = paths.at;
	s.path_count = paths.len;
	s.zone_is_usual = !s.zone;
	s.zone = s.zone ? s.zone : zone_local();
	shut_in(&s, !g->scans, be_quiet());
	scan(&s, &notes, &r);
	_exit(r.created_us && write_report(&r, fd) ? 0 : 2);
}

/* --- the parent's side --- */

static const char *path_of(const struct guard *g, const char *name, char *room, size_t size)
{
	snprintf(room, size, "%s/%s", g->o->state, name);
	return room;
}

static void start_child(struct guard *g, int report)
{
	sigset_t none;
	fflush(NULL);
	g->scanner = fork();
	if (g->scanner != 0)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sandbox_name("scan");
	guard_leave(g, CHILD_OTHER);
	run(g, report);
}

void whole_start(struct guard *g)
{
	char room[4096];
	const char *path = path_of(g, "report.json.new", room, sizeof room);
	unlink(path); /* whatever stands there */
	int report = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (report >= 0)
		start_child(g, report);
	g->scans++;
	g->scan_wanted = report < 0 || g->scanner < 0; /* the next time, then */
	if (g->scanner < 0)
		g->scanner = 0;
	if (report >= 0)
		close(report);
	g->scanned_ms = guard_now_ms();
}

void whole_end(struct guard *g, int status)
{
	char fresh[4096], path[4096];
	path_of(g, "report.json.new", fresh, sizeof fresh);
	path_of(g, "report.json", path, sizeof path);
	g->scanner = 0;
	bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0 && rename(fresh, path) == 0;
	if (fine) {
		console_note_report(g);
		incidents_start(g, path);
	} else if (!g->whole_failed) {
		fprintf(stderr,
			"tocsin: the whole report could not be made or written: the one of before "
			"stays (make room in %s; tocsin scan over the same logs says what is "
			"wrong)\n",
			g->o->state);
	}
	g->whole_failed = !fine;
}

bool whole_is_due(const struct guard *g)
{
	bool lasting = g->o->scan->path_count || g->o->journal; /* a socket's lines are gone */
	return lasting && g->scan_wanted && !g->scanner && g->status.past_read &&
	       !g->o->until_quiet && guard_now_ms() - g->scanned_ms > SCAN_AGAIN_MS;
}
