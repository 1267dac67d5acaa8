/* isolate.c - tocsin isolate: plan, apply, status, verify; tocsin restore: backwards. */
#include "steps.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct isolate {
	const char *state, *standby, *lifetime;
	struct option_list allow, close, essential, only, logs;
	bool yes, dry_run, deliver, hold_outbound, json;
	struct respond *respond;
	struct response *response;
};

typedef int isolate_verb(struct isolate *c);

static int find_isolation(struct isolate *c)
{
	c->response = respond_isolation(c->respond);
	return c->response
		   ? 0
		   : complain("nothing is planned here", "tocsin isolate plan makes a plan");
}

static int plan(struct isolate *c)
{
	char why[512];
	const struct isolation_wish wish = {
	    .allow = c->allow.at,
	    .allow_count = c->allow.len,
	    .close = c->close.at,
	    .close_count = c->close.len,
	    .standby = c->standby,
	    .essential = c->essential.at,
	    .essential_count = c->essential.len,
	    .lifetime = c->lifetime,
	    .deliver = c->deliver,
	    .hold_outbound = c->hold_outbound,
	};
	c->response = respond_plan_isolation(c->respond, &wish, why, sizeof why);
	if (!c->response) {
		fprintf(stderr, "tocsin isolate: %s\n", why);
		return EXIT_TROUBLE;
	}
	printf("%.*s\nPlan; nothing has been changed.\n\n", (int)c->response->incident.len,
	       c->response->incident.at);
	step_say_chosen(&(struct option_list){0}, c->response);
	step_text(
	    "\n  Port 25 stays open: mail from outside is taken.\n\nNext: tocsin isolate apply\n");
	return EXIT_FOUND;
}

static int apply(struct isolate *c)
{
	if (find_isolation(c) || !step_only_known(&c->only, c->response))
		return EXIT_TROUBLE;
	if (c->dry_run) {
		step_say_chosen(&c->only, c->response);
		return EXIT_FOUND;
	}
	if (!agreed(c->yes, "Isolate this mail server"))
		return EXIT_TROUBLE;
	bool fine = respond_apply(c->respond, c->response, c->only.at, c->only.len, step_say, NULL);
	step_text(fine ? "\nIsolated." : "\nSome steps failed; the others are in force.");
	step_text(
	    "\nNext: tocsin isolate verify, tocsin isolate status; at the end tocsin restore\n");
	return fine ? EXIT_FOUND : EXIT_TROUBLE;
}

/* --- status --- */

static void say_span(int64_t usec)
{
	if (usec < 0)
		step_text("0 min");
	else if (usec >= CLOCK_DAY)
		printf("%" PRId64 " d %" PRId64 " h", usec / CLOCK_DAY,
		       usec % CLOCK_DAY / CLOCK_HOUR);
	else
		printf("%" PRId64 " h %" PRId64 " min", usec / CLOCK_HOUR,
		       usec % CLOCK_HOUR / CLOCK_MINUTE);
}

static void say_moment(const char *head, int64_t usec, int64_t now_us)
{
	printf("  %-14s ", head);
	if (usec == CLOCK_NONE) {
		step_text("unknown\n");
		return;
	}
	step_text("in ");
	say_span(usec - now_us);
	step_text(", at ");
	step_time(usec);
	step_text("\n");
}

static void say_queue(const struct queue_state *s)
{
	printf("\n  %-14s %zu messages, %" PRId64 " bytes; %zu of them arrived since, %zu are on "
	       "hold\n",
	       "queue", s->messages, s->bytes, s->messages_since, s->on_hold);
	if (s->first_bounce_us == CLOCK_NONE)
		printf("  %-14s none: nothing waits\n", "first bounce");
	else
		say_moment("first bounce", s->first_bounce_us, s->now_us);
	printf("  %-14s %" PRId64 " bytes free", "disk", s->free_bytes);
	if (s->free_files > 0)
		printf(", room for %" PRId64 " files", s->free_files);
	step_text("\n");
	if (s->full_us != CLOCK_NONE)
		say_moment("disk full", s->full_us, s->now_us);
}

static void json_moment(struct out *o, const char *key, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	out_format(o, ",\"%s\":\"", key);
	out_time(o, usec);
	out_text(o, "\"");
}

static void json_actions(struct out *o, const struct response *p)
{
	out_text(o, ",\"actions\":[");
	for (size_t i = 0; i < p->actions.len; i++) {
		const struct respond_action *a = &p->actions.at[i];
		out_format(o, "%s{\"number\":%u,\"lever\":", i ? "," : "", a->number);
		out_json(o, a->lever);
		out_text(o, ",\"target\":");
		out_json(o, a->target);
		out_format(o, ",\"state\":\"%s\"", action_states[a->state]);
		if (a->why.len) {
			out_text(o, ",\"why\":");
			out_json(o, a->why);
		}
		out_text(o, "}");
	}
	out_text(o, "]");
}

static void json_queue(struct out *o, const struct queue_state *s)
{
	out_format(o,
		   ",\"queue\":{\"messages\":%zu,\"bytes\":%" PRId64
		   ",\"messages_since\":%zu,\"bytes_since\":%" PRId64
		   ",\"on_hold\":%zu,\"lifetime_seconds\":%" PRId64 ",\"free_bytes\":%" PRId64,
		   s->messages, s->bytes, s->messages_since, s->bytes_since, s->on_hold,
		   s->lifetime_s, s->free_bytes);
	if (s->free_files > 0)
		out_format(o, ",\"free_files\":%" PRId64, s->free_files);
	json_moment(o, "oldest", s->oldest_us);
	json_moment(o, "first_bounce", s->first_bounce_us);
	json_moment(o, "disk_full", s->full_us);
	out_text(o, "}");
}

static bool status_json(const struct isolate *c, const struct queue_state *s, bool known)
{
	struct out o = {.fd = 1};
	out_text(&o, "{\"isolation\":");
	out_json(&o, c->response->incident);
	json_actions(&o, c->response);
	if (known)
		json_queue(&o, s);
	out_text(&o, "}\n");
	return said_all(&o);
}

static int status(struct isolate *c)
{
	struct queue_state s;
	char why[512];
	c->response = respond_isolation(c->respond);
	if (!c->response) {
		complain("nothing is planned here", "tocsin isolate plan makes a plan");
		return EXIT_NONE;
	}
	bool known = respond_queue_state(c->respond, c->response, &s, why, sizeof why);
	if (!known)
		fprintf(stderr, "tocsin isolate: %s\n", why);
	if (c->json) {
		return status_json(c, &s, known) && known ? EXIT_FOUND : EXIT_TROUBLE;
	}
	printf("%.*s\n", (int)c->response->incident.len, c->response->incident.at);
	for (size_t k = 0; k < c->response->actions.len; k++)
		step_say(NULL, &c->response->actions.at[k]);
	if (known)
		say_queue(&s);
	return known ? EXIT_FOUND : EXIT_TROUBLE;
}

/* --- verify --- */

/* A lever that shuts nothing has no word in it. */
static bool is_measured(const struct respond_action *a)
{
	return a->state != ACTION_UNDONE && !slice_eq(a->layer, SLICE("evidence")) &&
	       !slice_eq(a->lever, SLICE("admit"));
}

static int verify(struct isolate *c)
{
	bool open = false, unknown = false;
	slice how;
	if (find_isolation(c))
		return EXIT_TROUBLE;
	for (size_t i = 0; i < c->response->actions.len; i++) {
		const struct respond_action *a = &c->response->actions.at[i];
		if (!is_measured(a))
			continue;
		enum closed now = respond_closed(c->respond, a, &how);
		step_say_closed(a, now, how);
		open = open || now == CLOSED_NO;
		unknown = unknown || now == CLOSED_UNKNOWN;
	}
	enum closed mail = respond_takes_mail(c->respond);
	printf("  %-8s port 25     %s\n", mail == CLOSED_YES ? "SHUT" : "open",
	       mail == CLOSED_NO    ? "mail from outside is taken"
	       : mail == CLOSED_YES ? "nobody listens: mail from outside is not taken"
				    : "whether anybody listens is unknown");
	if (open || mail == CLOSED_YES) {
		step_text("\nNot isolated as planned: see above.\n");
		return EXIT_NONE;
	}
	unknown = unknown || mail == CLOSED_UNKNOWN;
	step_text(unknown ? "\nIsolated, as far as it can be measured.\n"
			  : "\nIsolated; mail is taken.\n");
	return unknown ? EXIT_TROUBLE : EXIT_FOUND;
}

/* --- restore --- */

static void say_account(const struct mail_account *acc)
{
	printf("\n%zu messages by queue id: %zu were in the queue when it began, %zu when it was "
	       "taken back\n",
	       acc->messages, acc->before, acc->at_restore);
	for (size_t i = 0; i < FATES; i++)
		if (acc->fates[i])
			printf("  %-22s %zu\n", fate_names[i], acc->fates[i]);
	if (acc->fates[FATE_GONE])
		step_text("  gone: left the queue, and no log at hand says how (--logs)\n");
	step_text("  each is named in ");
	step_plain(acc->path);
	step_text("\n");
}

static bool account(struct isolate *c)
{
	struct mail_account acc;
	char why[512];
	if (!respond_account(c->respond, c->response, c->logs.at, c->logs.len, note_input, &acc,
			     why, sizeof why)) {
		fprintf(stderr, "tocsin restore: no account of the mail: %s\n", why);
		return false;
	}
	say_account(&acc);
	return true;
}

static bool is_whole(const struct response *p)
{
	for (size_t i = 0; i < p->actions.len; i++)
		if (p->actions.at[i].in_force)
			return false;
	return true;
}

static int restore(struct isolate *c)
{
	char why[512];
	if (find_isolation(c) || !step_only_known(&c->only, c->response) ||
	    !agreed(c->yes, "Open this mail server again"))
		return EXIT_TROUBLE;
	/* after the last step a further restore gives the account alone */
	if (!is_whole(c->response) &&
	    !respond_note_queue(c->respond, c->response, why, sizeof why)) {
		fprintf(stderr, "tocsin restore: the queue cannot be listed: %s\n", why);
		return EXIT_TROUBLE;
	}
	bool fine = respond_undo(c->respond, c->response, c->only.at, c->only.len, step_say, NULL);
	fine = account(c) && fine;
	if (!fine)
		step_text("\nSome steps could not be taken back; mend what they name, then restore "
			  "again.\n");
	else
		step_text(is_whole(c->response)
			      ? "\nAll is as it was.\n"
			      : "\nThese steps are taken back; tocsin restore takes the others.\n");
	return fine ? EXIT_FOUND : EXIT_TROUBLE;
}

/* --- the commands --- */

/* A host that cannot be isolated gets no journal for it. */
static bool begins_in_vain(const struct isolate *c, char *why, size_t size)
{
	struct stat st;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/journal", c->state);
	return lstat(path, &st) != 0 && !respond_could_isolate(why, size);
}

static int with_journal(struct isolate *c, isolate_verb *verb, bool reads)
{
	char why[512];
	int status = EXIT_TROUBLE;
	if (verb != plan &&
	    !step_state_there(c->state, "tocsin isolate plan makes it; another: --state DIR"))
		return EXIT_TROUBLE;
	if (verb == plan && begins_in_vain(c, why, sizeof why)) {
		fprintf(stderr, "tocsin isolate: %s\n", why);
		return EXIT_TROUBLE;
	}
	c->respond = respond_open(c->state, reads, why, sizeof why);
	if (c->respond)
		status = verb(c);
	else
		fprintf(stderr, "tocsin: %s\n", why);
	respond_close(&c->respond);
	return status;
}

static void free_options(struct isolate *c)
{
	free(c->allow.at);
	free(c->close.at);
	free(c->essential.at);
	free(c->only.at);
	free(c->logs.at);
}

static const struct {
	const char *name;
	isolate_verb *run;
	bool reads;
} verbs[] = {
    {"plan", plan, false},
    {"apply", apply, false},
    {"status", status, true},
    {"verify", verify, true},
};

static int cmd_isolate(int argc, char **argv)
{
	struct isolate c = {.state = STATE_DIR};
	const struct option_row rows[] = {
	    {"state", OPT_TEXT, &c.state},
	    {"allow", OPT_LIST, &c.allow},
	    {"close", OPT_LIST, &c.close},
	    {"standby", OPT_TEXT, &c.standby},
	    {"essential", OPT_LIST, &c.essential},
	    {"lifetime", OPT_TEXT, &c.lifetime},
	    {"deliver", OPT_FLAG, &c.deliver},
	    {"hold-outbound", OPT_FLAG, &c.hold_outbound},
	    {"only", OPT_LIST, &c.only},
	    {"json", OPT_FLAG, &c.json},
	    {"yes", OPT_FLAG, &c.yes},
	    {"dry-run", OPT_FLAG, &c.dry_run},
	};
	int status = -1;
	int first = options_read(&command_isolate, argc, argv, rows, sizeof rows / sizeof *rows);
	if (first > 0 && argc - first > 1)
		status = complain_surplus(&command_isolate, argv[first + 1]);
	for (size_t i = 0;
	     status < 0 && first > 0 && first < argc && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[first], verbs[i].name) == 0)
			status = with_journal(&c, verbs[i].run, verbs[i].reads);
	free_options(&c);
	if (first <= 0)
		return first ? EXIT_TROUBLE : 0;
	static const char *const names[] = {"plan", "apply", "status", "verify", NULL};
	return status >= 0
		   ? status
		   : complain_verb(&command_isolate, first < argc ? argv[first] : NULL, names);
}

const struct command command_isolate = {
    "isolate",
    cmd_isolate,
    BRIEF_ISOLATE,
    "plan [OPTION]... | apply | status | verify",
    "Shuts IMAP, POP3, ManageSieve, submission and webmail of this host to all but essential\n"
    "networks.  Port 25 stays open: mail from outside is taken and kept in the queue, nothing is\n"
    "returned to its sender.  Essential accounts may be carried on by another server.  status "
    "counts\n"
    "down to the first bounce and the full disk.  tocsin restore takes all of it back.\n"
    "Exit status: 0 done, or isolated; 1 verify found it open, or nothing was planned; 2 "
    "something\n"
    "failed or cannot be known.",
    "  --state DIR         journal and evidence (default: /var/lib/tocsin)\n"
    "  --allow NETWORK     plan: may pass every door; may be given more than once\n"
    "  --close PORT        plan: shut this port as well, 22 say; may be given more than once\n"
    "  --deliver           plan: mail goes into the mailboxes as usual\n"
    "  --hold-outbound     plan: mail that would leave is kept too\n"
    "  --lifetime TIME     plan: how long mail may wait in the queue (default: 30d)\n"
    "  --standby HOST      plan: the server that carries on essential accounts; HOST:PORT\n"
    "  --essential ACCOUNT plan: an account that it carries on; may be given more than once\n"
    "  --only STEP         apply: only these steps, by lever or target; may be given more than "
    "once\n"
    "  --json              status: as JSON\n"
    "  --yes               do not ask\n"
    "  --dry-run           apply: say the steps, do none\n"};

static int cmd_restore(int argc, char **argv)
{
	struct isolate c = {.state = STATE_DIR};
	const struct option_row rows[] = {
	    {"state", OPT_TEXT, &c.state},
	    {"only", OPT_LIST, &c.only},
	    {"logs", OPT_LIST, &c.logs},
	    {"yes", OPT_FLAG, &c.yes},
	};
	int first = options_read(&command_restore, argc, argv, rows, sizeof rows / sizeof *rows);
	int status = first <= 0     ? (first ? EXIT_TROUBLE : 0)
		     : first < argc ? complain_surplus(&command_restore, argv[first])
				    : with_journal(&c, restore, false);
	free_options(&c);
	return status;
}

const struct command command_restore = {
    "restore",
    cmd_restore,
    BRIEF_RESTORE,
    "[OPTION]...",
    "Takes the steps of tocsin isolate back: the standby first, then kept mail is delivered in "
    "the\n"
    "order of its arrival, then doors open, submission last.  Then every message is accounted "
    "for by\n"
    "its queue id: delivered, or still there.  May be done step by step, and again after a "
    "failure.\n"
    "Exit status: 0 done, 2 something failed.",
    "  --state DIR         journal and evidence (default: /var/lib/tocsin)\n"
    "  --only STEP         only these steps, by lever or target (keep, imap, submission); may be "
    "given\n"
    "                      more than once\n"
    "  --logs PATH         Postfix's logs, which say how a message left the queue; may be given "
    "more\n"
    "                      than once\n"
    "  --yes               do not ask\n"};
