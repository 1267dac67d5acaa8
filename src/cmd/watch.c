/* watch.c - tocsin watch: the live guard. */
#include "cmd.h"
#include "guard/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STATE_DIR "/var/lib/tocsin"

static void take_paths(struct option_list *to, char *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to->at = must_realloc(to->at, (to->len + 1) * sizeof *to->at);
		to->at[to->len++] = at[i];
	}
}

static int cmd_watch(int argc, char **argv)
{
	struct scan_options scan_options = {0};
	struct guard_policy policy;
	struct option_list rules = {0}, geo = {0}, syslog = {0}, touched = {0}, paths = {0};
	struct arena a = {0};
	const char *state = STATE_DIR, *policy_path = NULL, *timezone = NULL, *metrics = NULL,
		   *journal = NULL, *http = NULL;
	char why[512], room[4096];
	slice yaml;
	bool json = false, until_quiet = false, check = false;
	const struct option_row rows[] = {
	    {"state", OPT_TEXT, &state},
	    {"policy", OPT_TEXT, &policy_path},
	    {"networks", OPT_TEXT, &scan_options.networks},
	    {"geo", OPT_LIST, &geo},
	    {"metrics", OPT_TEXT, &metrics},
	    {"rules", OPT_LIST, &rules},
	    {"timezone", OPT_TEXT, &timezone},
	    {"journal", OPT_TEXT, &journal},
	    {"syslog", OPT_LIST, &syslog},
	    {"http", OPT_TEXT, &http},
	    {"touched", OPT_LIST, &touched},
	    {"json", OPT_FLAG, &json},
	    {"until-quiet", OPT_FLAG, &until_quiet},
	    {"check-config", OPT_FLAG, &check},
	};
	int first = options_read(&command_watch, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first == argc && !journal && !syslog.len && !http && !touched.len)
		return complain("say which logs to watch", "tocsin watch /var/log");
	if (syslog.len > GUARD_SOCKETS)
		return complain("--syslog is given too often", "eight sockets at most");
	guard_policy_usual(&policy);
	if (policy_path && !read_whole(policy_path, &a, &yaml)) {
		note_file(NULL, policy_path, 0, strerror(errno), "give the policy's file");
		return EXIT_TROUBLE;
	}
	if (policy_path && !guard_policy_read(&policy, yaml, why, sizeof why)) {
		note_file(NULL, policy_path, 0, why, "nothing is watched until it is mended");
		return EXIT_TROUBLE;
	}
	if (timezone && !(scan_options.zone = zone_open(slice_of(timezone))))
		return complain("there is no such time zone", "--timezone Europe/Paris, +01:00");
	if (http)
		http = arena_format(&a, "http:%s", http).at;
	if (touched.len > GUARD_TOUCHED)
		return complain("--touched is given too often", "eight folders at most");
	take_paths(&paths, argv + first, (size_t)(argc - first));
	if (touched.len && !check)
		take_paths(
		    &paths,
		    (char *[]){(char *)(uintptr_t)guard_touched_path(state, room, sizeof room)}, 1);
	scan_options.paths = paths.at;
	scan_options.path_count = paths.len;
	scan_options.rules = rules.at;
	scan_options.rule_count = rules.len;
	scan_options.geo = geo.at;
	scan_options.geo_count = geo.len;
	const struct scan_notes notes = {note_input, note_file, note_line};
	const struct guard_options o = {.scan = &scan_options,
					.notes = &notes,
					.state = state,
					.metrics = metrics,
					.journal = journal,
					.syslog = syslog.at,
					.syslog_count = syslog.len,
					.http = http,
					.touched = touched.at,
					.touched_count = touched.len,
					.policy = &policy,
					.policy_path = policy_path,
					.json = json,
					.until_quiet = until_quiet};
	int status = check ? guard_check(&o) : guard_run(&o);
	guard_policy_free(&policy);
	zone_close(&scan_options.zone);
	free(rules.at);
	free(geo.at);
	free(syslog.at);
	free(touched.at);
	free(paths.at);
	arena_free(&a);
	return status;
}

const struct command command_watch = {
    "watch",
    cmd_watch,
    "follow logs, tell of an intruder as he comes, shut him out by policy",
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
    "  --metrics FILE      counts for Prometheus, written every few seconds\n"
    "  --journal DIR       systemd's journal too, /var/log/journal as a rule\n"
    "  --syslog WHERE      datagrams of syslog: a unix socket's path, or udp:ADDRESS:PORT\n"
    "  --http ADDRESS:PORT events that Dovecot posts (event_exporter, transport = http-post)\n"
    "  --touched DIR       who opens files below it on the host itself (fanotify; as root)\n"
    "  --json              findings as JSON, one a line\n"
    "  --check-config      look at policy, rules, networks, paths and sockets, and end\n"
    "  --until-quiet       end once everything that is there has been read\n"};
