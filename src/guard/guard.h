/*
 * guard.h - the live guard: logs followed, judged as they grow, and an intruder shut out by a
 * written policy.
 *
 *	struct guard_options o = {.scan = &scan_options, .state = "/var/lib/tocsin"};
 *	return guard_run(&o);                     until SIGTERM or SIGINT
 *
 * Processes, each with what it needs and no more (a table in tocsin-watch(1)):
 *
 *	engine     reads logs and judges; has no network, starts nothing, opens nothing but what
 *	           lies under the given paths, and cannot write (Landlock, seccomp, no new
 *	           privileges, nobody's user id where it was root's).  All that an intruder
 *	           writes is parsed here.
 *	parent     reads no log.  Takes findings from the engine as messages of a fixed shape,
 *	           checks them, tells people, keeps the journal, decides by the policy.
 *	responder  the only one that acts (hand.c): takes orders of a fixed shape from the parent.
 *	teller     delivers alerts to other hosts (tell.c).
 *
 * The past comes first: logs as they stand are walked as a scan walks them, so that habits are
 * known and a restart loses nothing; what was told before is known from the journal and not told
 * again.  What was judged is kept on disk (resume.c): a restart reads what came since.
 */
#ifndef TOCSIN_GUARD_H
#define TOCSIN_GUARD_H

#include "respond/respond.h"

enum { POLICY_LEVERS = 32, POLICY_NEVER = 256, POLICY_MAIL = 16 };

/* What may be done without asking anybody; nothing, unless the administrator wrote it down. */
struct guard_policy {
	int contain_from;  /* level of a finding, 0 to 4; 5: never */
	int sessions_from; /* of one from where the owner himself is: his sessions end, no more */
	enum respond_mode mode;
	unsigned
	    most_an_hour; /* accounts; the brake against shutting out the organisation itself */
	const char *levers[POLICY_LEVERS];
	size_t lever_count; /* none: all */
	slice *never;       /* in the arena */
	size_t never_count;
	const char *command[8]; /* told of each new finding, as JSON on its standard input */
	bool syslog;
	const char *mail[POLICY_MAIL]; /* addresses that are told, each a plain local@domain */
	size_t mail_count;
	const char *mail_from;      /* NULL: tocsin at this host */
	const char *sendmail;       /* a program; used unless smtp is given */
	const char *smtp;           /* smtps://relay.example; NULL: by the program */
	const char *smtp_login;     /* file with user:password */
	const char *webhook;        /* https://..., or http:// to this host itself */
	const char *webhook_secret; /* file with the secret that signs */
	unsigned alerts_an_hour;    /* to command, mail and webhook; the rest in one summary */
	int tell_from;              /* level from which people are told */
	struct {
		int days, tell_from, contain_from;
	} reopened; /* after a door of an isolated server was opened; levels below 0: as usual */
	struct arena arena;
};
/* False with a message that names line and remedy. */
bool guard_policy_read(struct guard_policy *p, slice yaml, char *why, size_t size);
void guard_policy_usual(struct guard_policy *p); /* tells from medium on, contains nothing */
void guard_policy_free(struct guard_policy *p);
/* The levels that hold now; `reopened`: a door was opened within those days. */
int guard_policy_tell(const struct guard_policy *p, bool reopened);
int guard_policy_contain(const struct guard_policy *p, bool reopened);
/* True if alerts go to an address of that domain. */
bool guard_policy_mails(const struct guard_policy *p, slice domain);
bool guard_policy_spares(const struct guard_policy *p, slice account);

enum { GUARD_SOCKETS = 8, GUARD_TOUCHED = 8 };
struct guard_options {
	const struct scan_options *scan;
	const struct scan_notes *notes;
	const char *state;          /* folder of journal and reports */
	const char *journal;        /* folder of systemd's journal, followed too; NULL: none */
	const char *const *syslog;  /* PATH, or udp:ADDRESS:PORT: where syslog is taken */
	size_t syslog_count;        /* at most GUARD_SOCKETS */
	const char *http;           /* http:ADDRESS:PORT where events are posted; NULL: none are */
	const char *const *touched; /* folders: who opens what lies in them (fanotify) */
	size_t touched_count;       /* at most GUARD_TOUCHED */
	const char *console;        /* where pages are shown, see console.h; NULL: nowhere */
	const char *console_name;   /* of a proxy with TLS in front of it; NULL: none */
	const char *access;         /* rules of tocsin access: their posture is shown; NULL */
	const char *metrics;        /* file for Prometheus; NULL: none */
	const struct guard_policy *policy;
	const char *policy_path; /* read again at SIGHUP; NULL: none */
	const char *parts; /* folder with a socket of each part that runs elsewhere; NULL: none */
	bool json;         /* findings as JSON lines */
	bool until_quiet;  /* end once the past is read: for tests, and to try a policy */
};
/* Where the lines of `touched` come to lie: a folder to be watched beside the others. */
const char *guard_touched_path(const char *state, char *room, size_t size);
/* Exit status of the command: 0 ended as asked, 2 it could not run. */
int guard_run(const struct guard_options *o);
/* Is the part of that name, of a watch that runs elsewhere; "responder", "teller": over the
 * connection that the service manager hands over. */
int guard_part(const struct guard_options *o, const char *name);
/* Could it run so? Says what is wrong, or that nothing is; 0 or 2. */
int guard_check(const struct guard_options *o);

/* --- follow.c: files that grow --- */

/*
 * Laws: a line is handed out once, when it is whole; a rotated file is read to its end before the
 * new one, and beside it for two minutes after the last line that was still written to it; a file
 * that was cut is read on in its copy, and then from its beginning.
 */
struct follow;
struct follow *follow_open(const char *const *paths, size_t n);
void follow_close(struct follow **f);
size_t follow_files(const struct follow *f);
const char *follow_path(const struct follow *f, size_t input);
/* Where the past of a file ends: behind its last whole line when it was opened.  What lies before
 * is the past's, what lies behind is handed out here. */
uint64_t follow_border(const struct follow *f, size_t input);

/* Its first line, as long as it fits; empty: there is none yet. */
slice follow_first(const struct follow *f, size_t input, char *room, size_t size);

struct follow_chunk {
	size_t input; /* below follow_files() */
	uint64_t offset;
	bool fresh;  /* it begins with the first line of a file */
	slice lines; /* whole ones, each with its end */
};
typedef void follow_lines(void *ctx, const struct follow_chunk *c);
/* All that came since; true if anything did. */
bool follow_read(struct follow *f, follow_lines *on, void *ctx);
/* Readable (poll(2)) when something may have come; -1: nothing tells. */
int follow_fd(const struct follow *f);
/* Before reading: what happened, and whether there are new files; `happened` false: time passed. */
void follow_look(struct follow *f, bool happened);
/* A given folder was removed and made anew: another one, which a sandbox made for the old one may
 * not read. */
bool follow_lost_ground(const struct follow *f);
/* Bytes that came and were not handed out yet, of all files. */
uint64_t follow_behind(const struct follow *f);

/* --- status.c: how the watch is, in STATE/status.json, for people and programs --- */

/* id, name in JSON, name in metrics (each with tocsin_ before), what it says there */
#define GUARD_COUNTS(X)                                                                            \
	X(files, "files", "files", "gauge", "Log files that are followed.")                        \
	X(behind, "bytes_behind", "behind_bytes", "gauge",                                         \
	  "Log bytes that came and are not read.")                                                 \
	X(records, "records", "records_total", "counter", "Log records that were judged.")         \
	X(resumed, "resumed_records", "resumed_records", "gauge",                                  \
	  "Records judged before the start, and not read again.")                                  \
	X(findings, "findings", "new_findings_total", "counter", "Findings that were new.")        \
	X(repeated, "alike", "alike_findings_total", "counter",                                    \
	  "Findings like one told within the hour.")                                               \
	X(flooded, "flooded", "flooded_findings_total", "counter",                                 \
	  "Findings of a flood, counted and not kept.")                                            \
	X(shed, "shed", "shed_total", "counter", "Entries let go to keep memory in bounds.")       \
	X(incidents, "incidents", "incidents", "gauge", "Incidents of the last whole report.")     \
	X(contained, "contained", "contained_total", "counter", "Accounts contained by policy.")   \
	X(restarts, "engine_restarts", "engine_restarts_total", "counter",                         \
	  "Times that the engine ended by itself and was started again.")                          \
	X(alerts, "alerts", "alerts_total", "counter", "Alerts that were delivered.")              \
	X(undelivered, "alerts_failed", "alerts_failed_total", "counter",                          \
	  "Alerts that could not be delivered.")                                                   \
	X(held_back, "alerts_held_back", "alerts_held_back_total", "counter",                      \
	  "Alerts beyond the most an hour, told in one summary.")

enum { GUARD_LEVELS = 5 };
extern const char *const guard_levels[GUARD_LEVELS]; /* informational ... critical */

struct guard_status {
	int64_t pid;
	int64_t started_us, beat_us; /* this host's clock; the engine's last sign of life */
	int64_t beat_boot_ms;        /* the same since the host started: no clock is set between */
	int64_t newest_us;           /* time of the newest record; CLOCK_NONE */
	int64_t judged_us;           /* findings until then were acted on; CLOCK_NONE */
	int64_t lowered_until_us;    /* thresholds are, after a restore; CLOCK_NONE: they are not */
	bool past_read;              /* what was there at the start has been judged */
#define AS_COUNT(id, name, metric, type, help) uint64_t id;
	GUARD_COUNTS(AS_COUNT)
#undef AS_COUNT
	uint64_t by_level[GUARD_LEVELS];      /* findings that were new */
	char console[256], console_name[256]; /* as in the options; empty: none */
	char posture[16];    /* who may sign in, by the rules of tocsin access; empty: not known */
	char posture_by[64]; /* whose file says so */
	int64_t posture_us;  /* since then, at the latest; CLOCK_NONE */
	char trouble[256];   /* the last alert that failed, and why; empty */
};
/* Written beside its place and moved there. False: errno. */
bool guard_status_write(const char *state, const struct guard_status *s);
/* The same for Prometheus, as node_exporter's textfile collector reads it (text format 0.0.4). */
bool guard_metrics_write(const char *path, const struct guard_status *s);
/* False with a message. */
bool guard_status_read(const char *state, struct guard_status *s, char *why, size_t size);
/* NULL: it runs and is well; else what is wrong, with what to do. */
const char *guard_status_trouble(const struct guard_status *s);

/* --- message.c: what the engine tells the parent --- */

/* PRESENT: a sign of life, `line` the number of files, `time_us` of the newest record; READING:
 * the same while the past is read. */
enum message_kind {
	MESSAGE_FINDING,
	MESSAGE_PRESENT,
	MESSAGE_READING,
	MESSAGE_SOURCE, /* of the input `path`: its `records`, `time_us` of the newest */
	MESSAGE_KEPT, /* what the engine remembers lies in the memory that it shares: `behind` bytes
		       */
	MESSAGE_HOSTED, /* the logs show that an alert's domain, in `account`, is hosted here */
	MESSAGE_COUNT
};
enum { MESSAGE_TEXT = 256 };
struct guard_message {
	uint8_t kind, level;
	uint8_t past; /* found in what was there before the start */
	uint8_t has_source;
	uint8_t account_len, title_len, rule_len, path_len, method_len;
	uint8_t known_place; /* the network is known for the account */
	uint8_t refused;     /* what decided is a try that was refused: nobody came in by it */
	uint8_t tenant; /* a record that somebody else keeps: the address may be his own front */
	uint8_t since_kept; /* past, but not yet judged when what is remembered was kept */
	struct address source;
	int64_t time_us;
	uint64_t line, records;
	uint64_t behind, shed, resumed; /* of a sign of life: see struct guard_status */
	char account[MESSAGE_TEXT], title[MESSAGE_TEXT], rule[64], path[MESSAGE_TEXT], method[64];
};
/* False unless every part of it is in its bounds. */
bool message_is_sound(const struct guard_message *m, size_t size);

#endif
