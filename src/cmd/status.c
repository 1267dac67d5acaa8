/* status.c - tocsin status: is the watch running, and well; what is in force. */
#include "cmd.h"
#include "console/console.h"
#include "guard/guard.h"
#include "journal/journal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATE_DIR "/var/lib/tocsin"

/* Responses with a step that was done and not taken back; -1: the journal cannot be believed. */
static long in_force(const char *state, struct out *o)
{
	char why[512], path[4096];
	long n = 0;
	struct respond *r = respond_open(state, true, why, sizeof why);
	snprintf(path, sizeof path, "%s/journal", state);
	if (!r && access(path, F_OK) == 0)
		return -1;
	for (size_t i = 0; r && i < respond_count(r); i++) {
		const struct response *p = respond_at(r, i);
		size_t applied = 0;
		for (size_t k = 0; k < p->actions.len; k++)
			applied += p->actions.at[k].state == ACTION_APPLIED;
		if (!applied)
			continue;
		n++;
		if (!o)
			continue;
		out_text(o, "  ");
		out_plain(o, p->incident);
		out_format(o, "  %zu steps in force  ", applied);
		for (size_t k = 0; k < p->accounts.len; k++) {
			out_text(o, k ? ", " : "");
			out_plain(o, p->accounts.at[k]);
		}
		out_text(o, "\n");
	}
	respond_close(&r);
	return n;
}

/* The journals whose heads are to be noted elsewhere. */
static const struct {
	const char *name, *folder, *json;
} journals[] = {{"journal", "", "journal"}, {"told", "/watch", "watch_journal"}};
enum { JOURNALS = sizeof journals / sizeof *journals };

/* False: there is none yet. */
static bool look_at_journal(const char *state, size_t i, struct journal_state *s)
{
	char folder[4096], path[4200];
	snprintf(folder, sizeof folder, "%s%s", state, journals[i].folder);
	snprintf(path, sizeof path, "%s/journal.head", folder);
	return (!journal_verify(folder, NULL, s) && (s->bad_line || access(path, F_OK) == 0)) ||
	       s->head.entries > 0;
}

typedef void journal_told(struct out *o, size_t i, const struct journal_state *s, const char *hex);

/* Those that there are, each with the hash of its last entry that holds. */
static void each_journal(struct out *o, const char *state, journal_told *tell)
{
	struct journal_state s;
	char hex[65];
	for (size_t i = 0; i < JOURNALS; i++) {
		if (!look_at_journal(state, i, &s))
			continue;
		digest_hex(&s.head.hash, hex);
		tell(o, i, &s, hex);
	}
}

static void journal_json(struct out *o, size_t i, const struct journal_state *s, const char *hex)
{
	out_format(o, ",\"%s\":{\"entries\":%llu,\"head\":\"%s\"", journals[i].json,
		   (unsigned long long)s->head.entries, hex);
	if (s->what[0]) {
		out_format(o, ",\"bad_line\":%llu,\"trouble\":", (unsigned long long)s->bad_line);
		out_json(o, slice_of(s->what));
	}
	out_text(o, "}");
}

static void journal_text(struct out *o, size_t i, const struct journal_state *s, const char *hex)
{
	if (s->what[0])
		out_format(o, "%-9s ALTERED at line %llu: %s\n", journals[i].name,
			   (unsigned long long)s->bad_line, s->what);
	else
		out_format(o, "%-9s %llu entries, the last %s\n", journals[i].name,
			   (unsigned long long)s->head.entries, hex);
}

static bool journals_hold(const char *state)
{
	struct journal_state s;
	bool fine = true;
	for (size_t i = 0; i < JOURNALS; i++)
		fine &= !look_at_journal(state, i, &s) || !s.what[0];
	return fine;
}

static void put_count(struct out *o, const char *name, uint64_t n)
{
	out_format(o, ",\"%s\":%llu", name, (unsigned long long)n);
}

static void put_time(struct out *o, const char *name, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	out_format(o, ",\"%s\":\"", name);
	out_time(o, usec);
	out_text(o, "\"");
}

static void say_json(struct out *o, const struct guard_status *s, const char *trouble,
		     const char *state)
{
	out_format(o, "{\"well\":%s", trouble ? "false" : "true");
	if (trouble) {
		out_text(o, ",\"trouble\":");
		out_json(o, slice_of(trouble));
	}
	out_format(o, ",\"pid\":%lld,\"past_read\":%s", (long long)s->pid,
		   s->past_read ? "true" : "false");
	put_time(o, "started", s->started_us);
	put_time(o, "beat", s->beat_us);
	put_time(o, "newest_record", s->newest_us);
	put_time(o, "lowered_until", s->lowered_until_us);
	if (s->posture[0]) {
		out_text(o, ",\"posture\":");
		out_json(o, slice_of(s->posture));
		out_text(o, ",\"posture_by\":");
		out_json(o, slice_of(s->posture_by));
		put_time(o, "posture_since", s->posture_us);
	}
#define AS_JSON(id, name, metric, type, help) put_count(o, name, s->id);
	GUARD_COUNTS(AS_JSON)
#undef AS_JSON
	long n = in_force(state, NULL);
	if (n >= 0)
		put_count(o, "responses_in_force", (uint64_t)n);
	each_journal(o, state, journal_json);
	if (s->trouble[0]) {
		out_text(o, ",\"alert_trouble\":");
		out_json(o, slice_of(s->trouble));
	}
	out_text(o, "}\n");
}

static void say_line(struct out *o, const char *name, uint64_t n, const char *what)
{
	if (n)
		out_format(o, "%-9s %llu %s\n", name, (unsigned long long)n, what);
}

static void say_text(struct out *o, const struct guard_status *s, const char *trouble,
		     const char *state)
{
	out_format(o, "%-9s %s\n", "watch", trouble ? trouble : "running, and well");
	if (!s->past_read)
		out_text(o, "          the past is still being read: nothing new is judged yet\n");
	out_format(o, "%-9s since ", "process");
	out_time(o, s->started_us);
	out_format(o, ", pid %lld, last sign of life ", (long long)s->pid);
	out_time(o, s->beat_us);
	out_format(o, "\n%-9s %llu files, %llu records", "logs", (unsigned long long)s->files,
		   (unsigned long long)s->records);
	if (s->newest_us != CLOCK_NONE) {
		out_text(o, ", the newest of ");
		out_time(o, s->newest_us);
	}
	out_format(o, ", %llu bytes not read yet\n%-9s %llu", (unsigned long long)s->behind,
		   "findings", (unsigned long long)s->findings);
	for (int i = GUARD_LEVELS - 1; i >= 0; i--)
		if (s->by_level[i])
			out_format(o, ", %llu %s", (unsigned long long)s->by_level[i],
				   guard_levels[i]);
	out_format(o, "\n%-9s %llu%s\n", "incidents", (unsigned long long)s->incidents,
		   s->incidents ? " (tocsin incidents lists them)" : "");
	if (s->console[0])
		out_format(o, "%-9s %s (tocsin status --console-link prints a link)\n", "console",
			   s->console);
	if (s->lowered_until_us != CLOCK_NONE) {
		out_text(o, "reopened  after the isolation thresholds are lowered until ");
		out_time(o, s->lowered_until_us);
		out_text(o, "\n");
	}
	if (s->posture[0]) {
		out_text(o, "posture   ");
		out_plain(o, slice_of(s->posture));
		out_text(o, " since ");
		out_time(o, s->posture_us);
		out_text(o, ", by ");
		out_plain(o, slice_of(s->posture_by));
		out_text(o, "\n");
	}
	say_line(o, "flood", s->flooded, "findings were counted and not kept");
	say_line(o, "memory", s->shed, "entries were let go to keep memory in bounds");
	say_line(o, "engine", s->restarts, "times it ended by itself and was started again");
	say_line(o, "alerts", s->alerts, "delivered");
	say_line(o, "alerts", s->held_back, "beyond the most an hour, told in a summary");
	say_line(o, "alerts", s->undelivered, "could not be delivered");
	if (s->trouble[0]) {
		out_text(o, "          ");
		out_plain(o, slice_of(s->trouble));
		out_text(o, "\n");
	}
	struct out list = {.fd = -1};
	long n = in_force(state, &list);
	if (n >= 0)
		out_format(o, "%-9s %ld in force\n", "responses", n);
	else
		out_format(o, "%-9s unknown: the journal cannot be believed\n", "responses");
	out_slice(o, (slice){list.at, list.len});
	out_close(&list);
	each_journal(o, state, journal_text);
}

/* A link that lets a browser in. */
static int say_link(const char *state, const struct guard_status *s)
{
	struct console_key key;
	char why[4600], link[CONSOLE_LINK];
	struct timespec now;
	if (!s->console[0])
		return complain("this watch has no console",
				"start it with --console 127.0.0.1:4004");
	if (!console_key_read(state, false, &key, why, sizeof why)) {
		fprintf(stderr, "tocsin: %s\n", why);
		return EXIT_TROUBLE;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	console_link(&key, s->console, s->console_name[0] ? s->console_name : NULL, now.tv_sec,
		     link);
	explicit_bzero(&key, sizeof key);
	printf("%s\n", link);
	return EXIT_FOUND;
}

static int cmd_status(int argc, char **argv)
{
	const char *state = STATE_DIR;
	bool json = false, link = false;
	char why[4600];
	struct guard_status s;
	const struct option_row rows[] = {{"state", OPT_TEXT, &state},
					  {"json", OPT_FLAG, &json},
					  {"console-link", OPT_FLAG, &link}};
	int first = options_read(&command_status, argc, argv, rows, 3);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	if (first != argc)
		return complain("status takes no names", "tocsin status --state DIR");
	if (!guard_status_read(state, &s, why, sizeof why)) {
		fprintf(stderr, "tocsin: %s\n", why);
		return EXIT_TROUBLE;
	}
	if (link)
		return say_link(state, &s);
	const char *trouble = guard_status_trouble(&s);
	if (!trouble && !journals_hold(state))
		trouble = "running, and a journal was altered: nobody is contained by what it says "
			  "(tocsin journal verify)";
	struct out o = {.fd = 1};
	(json ? say_json : say_text)(&o, &s, trouble, state);
	return !said_all(&o) ? EXIT_TROUBLE : trouble ? EXIT_NONE : EXIT_FOUND;
}

const struct command command_status = {
    "status",
    cmd_status,
    BRIEF_STATUS,
    "[OPTION]...",
    "Says whether tocsin watch runs, when its engine last gave a sign of life, what it follows, "
    "how\n"
    "far it is behind, what it found, and which responses are in force.\n"
    "Exit status: 0 running and well, 1 not, 2 it cannot be known.",
    "  --state DIR         folder of the watch (default: /var/lib/tocsin)\n"
    "  --console-link      print a link that lets a browser into the console, for ten minutes\n"
    "  --json              as a JSON object\n"};
