/* watch.c - tocsin watch: the live guard. */
#include "cmd.h"
#include "guard/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STATE_DIR "/var/lib/tocsin"

/* What the words of the command say, and what is opened for it. */
struct watch {
	struct scan_options scan;
	struct guard_options guard;
	struct guard_policy policy;
	struct option_list rules, geo, syslog, touched, paths;
	const char *timezone, *http, *part;
	bool check;
	struct arena arena;
	char touched_room[4096];
};

static void add_path(struct watch *w, const char *path)
{
	w->paths.at = must_realloc(w->paths.at, (w->paths.len + 1) * sizeof *w->paths.at);
	w->paths.at[w->paths.len++] = path;
}

static int read_words(struct watch *w, int argc, char **argv)
{
	struct guard_options *g = &w->guard;
	const struct option_row rows[] = {
	    {"state", OPT_TEXT, &g->state},
	    {"policy", OPT_TEXT, &g->policy_path},
	    {"networks", OPT_TEXT, &w->scan.networks},
	    {"geo", OPT_LIST, &w->geo},
	    {"access", OPT_TEXT, &g->access},
	    {"metrics", OPT_TEXT, &g->metrics},
	    {"console", OPT_TEXT, &g->console},
	    {"console-name", OPT_TEXT, &g->console_name},
	    {"rules", OPT_LIST, &w->rules},
	    {"timezone", OPT_TEXT, &w->timezone},
	    {"journal", OPT_TEXT, &g->journal},
	    {"syslog", OPT_LIST, &w->syslog},
	    {"http", OPT_TEXT, &w->http},
	    {"touched", OPT_LIST, &w->touched},
	    {"parts", OPT_TEXT, &g->parts},
	    {"part", OPT_TEXT, &w->part},
	    {"json", OPT_FLAG, &g->json},
	    {"until-quiet", OPT_FLAG, &g->until_quiet},
	    {"check-config", OPT_FLAG, &w->check},
	};
	return options_read(&command_watch, argc, argv, rows, sizeof rows / sizeof *rows);
}

/* False after a message. */
static bool read_policy(struct watch *w)
{
	const char *path = w->guard.policy_path;
	char why[512];
	slice yaml;
	guard_policy_usual(&w->policy);
	if (!path)
		return true;
	if (!read_whole(path, &w->arena, &yaml)) {
		note_file(NULL, path, 0, strerror(errno), "give the policy's file");
		return false;
	}
	if (!guard_policy_read(&w->policy, yaml, why, sizeof why)) {
		note_file(NULL, path, 0, why, "nothing is watched until it is mended");
		return false;
	}
	return true;
}

/* 0, or EXIT_TROUBLE after a message. */
static int open_watch(struct watch *w)
{
	if (w->syslog.len > GUARD_SOCKETS)
		return complain("--syslog is given too often", "eight sockets at most");
	if (w->touched.len > GUARD_TOUCHED)
		return complain("--touched is given too often", "eight folders at most");
	if (!read_policy(w))
		return EXIT_TROUBLE;
	if (w->timezone && !(w->scan.zone = zone_named(w->timezone)))
		return EXIT_TROUBLE;
	if (w->touched.len && !w->check && !w->part)
		add_path(
		    w, guard_touched_path(w->guard.state, w->touched_room, sizeof w->touched_room));
	return 0;
}

static int watch(struct watch *w)
{
	const struct scan_notes notes = {note_input, note_file, note_line};
	struct guard_options *g = &w->guard;
	w->scan.paths = w->paths.at;
	w->scan.path_count = w->paths.len;
	w->scan.rules = w->rules.at;
	w->scan.rule_count = w->rules.len;
	w->scan.geo = w->geo.at;
	w->scan.geo_count = w->geo.len;
	g->scan = &w->scan;
	g->notes = &notes;
	g->policy = &w->policy;
	g->syslog = w->syslog.at;
	g->syslog_count = w->syslog.len;
	g->touched = w->touched.at;
	g->touched_count = w->touched.len;
	g->http = w->http ? arena_format(&w->arena, "http:%s", w->http).at : NULL;
	return w->check ? guard_check(g) : w->part ? guard_part(g, w->part) : guard_run(g);
}

static void close_watch(struct watch *w)
{
	guard_policy_free(&w->policy);
	zone_close(&w->scan.zone);
	free(w->rules.at);
	free(w->geo.at);
	free(w->syslog.at);
	free(w->touched.at);
	free(w->paths.at);
	arena_free(&w->arena);
}

static int cmd_watch(int argc, char **argv)
{
	struct watch w = {.guard.state = STATE_DIR};
	int first = read_words(&w, argc, argv);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc && !w.part && !w.guard.journal && !w.syslog.len && !w.http &&
	    !w.touched.len)
		return complain("say which logs to watch",
				w.check ? "tocsin check-config /var/log" : "tocsin watch /var/log");
	for (int i = first; i < argc; i++)
		add_path(&w, argv[i]);
	int status = open_watch(&w);
	if (!status)
		status = watch(&w);
	close_watch(&w);
	return status;
}

const struct command command_watch = {
    "watch",
    cmd_watch,
    BRIEF_WATCH,
    "[OPTION]... [PATH]...",
    "Reads logs as they stand, then follows them through rotation, and tells of each finding "
    "once.\n"
    "Logs are read by one process and parsed by another, which can do nothing else.  Whole "
    "reports\n"
    "are kept in the state folder; what may be done without asking stands in the policy.\n"
    "Ends with SIGTERM or SIGINT.  Exit status: 0 ended as asked, 2 it could not run.",
    "  --state DIR         journal, reports and evidence (default: /var/lib/tocsin)\n"
    "  --policy FILE       whom to tell, and what to do without asking (default: tell, do "
    "nothing)\n"
    "  --networks FILE     networks.yaml: names, countries, operators, which are trusted\n"
    "  --geo FILE          a MaxMind-format database\n"
    "  --rules PATH        Sigma rules instead of tocsin's own; may be given more than once\n"
    "  --timezone ZONE     of clocks that name none\n"
    "  --access FILE       rules of tocsin access, whose posture is shown\n"
    "  --metrics FILE      counts for Prometheus, written every few seconds\n"
    "  --journal DIR       systemd's journal too, /var/log/journal as a rule\n"
    "  --syslog WHERE      datagrams of syslog: a unix socket's path, or udp:ADDRESS:PORT\n"
    "  --http ADDRESS:PORT events that Dovecot posts (event_exporter, transport = http-post)\n"
    "  --touched DIR       who opens files below it on the host itself (fanotify; as root)\n"
    "  --parts DIR         who acts and who tells are units of their own, with sockets in DIR\n"
    "  --part NAME         be one of them: responder, blocker, envoy, teller or toucher\n"
    "  --console WHERE     pages for a browser: ADDRESS:PORT, 127.0.0.1:4004 say, or unix:PATH\n"
    "  --console-name HOST its name where a proxy with TLS stands in front of it\n"
    "  --json              findings as JSON, one a line\n"
    "  --check-config      look at policy, rules, networks, paths and sockets, and end\n"
    "  --until-quiet       end once everything that is there has been read\n"};
