/*
 * guard.h - the live guard: logs followed, judged as they grow, and an intruder shut out by a
 *written policy.
 *
 *	struct guard_options o = {.scan = &scan_options, .state = "/var/lib/tocsin"};
 *	return guard_run(&o);                     until SIGTERM or SIGINT
 *
 * Two processes, joined by a socket:
 *
 *	engine   reads logs and judges; has no network, starts nothing, opens nothing but what lies
 *	         under the given paths, and cannot write (Landlock, seccomp, no new privileges,
 *nobody's user id where it was root's).  All that an intruder writes is parsed here. parent   reads
 *no log.  Takes findings from the engine as messages of a fixed shape, checks them, tells people,
 *keeps the journal, and is the only one that acts.
 *
 * The past comes first: logs as they stand are walked as a scan walks them, so that habits are
 * known and a restart loses nothing; what was told before is known from the journal and not told
 * again.
 */
#ifndef TOCSIN_GUARD_H
#define TOCSIN_GUARD_H

#include "respond/respond.h"

enum { POLICY_LEVERS = 16, POLICY_NEVER = 256 };

/* What may be done without asking anybody; nothing, unless the administrator wrote it down. */
struct guard_policy {
	int contain_from; /* level of a finding, 0 to 4; 5: never */
	enum respond_mode mode;
	unsigned
	    most_an_hour; /* accounts; the brake against shutting out the organisation itself */
	const char *levers[POLICY_LEVERS];
	size_t lever_count; /* none: all */
	slice never[POLICY_NEVER];
	size_t never_count;
	const char *command[8]; /* told of each new finding, as JSON on its standard input */
	bool syslog;
	int tell_from; /* level from which people are told */
	struct arena arena;
};
/* False with a message that names line and remedy. */
bool guard_policy_read(struct guard_policy *p, slice yaml, char *why, size_t size);
void guard_policy_usual(struct guard_policy *p); /* tells from medium on, contains nothing */
void guard_policy_free(struct guard_policy *p);
bool guard_policy_spares(const struct guard_policy *p, slice account);

struct guard_options {
	const struct scan_options *scan;
	const struct scan_notes *notes;
	const char *state; /* folder of journal and reports */
	const struct guard_policy *policy;
	bool json;        /* findings as JSON lines */
	bool until_quiet; /* end once the past is read: for tests, and to try a policy */
};
/* Exit status of the command: 0 ended as asked, 2 it could not run. */
int guard_run(const struct guard_options *o);

/* --- follow.c: files that grow --- */

/*
 * Laws: a line is handed out once, when it is whole; a rotated file is read to its end before the
 * new one; a file that shrank is read from its beginning.
 */
struct follow;
struct follow *follow_open(const char *const *paths, size_t n, struct zone *zone);
void follow_close(struct follow **f);
size_t follow_files(const struct follow *f);
/* Where the past of a file ends: behind its last whole line when it was opened.  What lies before
 * is the past's, what lies behind is handed out here.  UINT64_MAX: the file is not followed. */
uint64_t follow_border(struct follow *f, const char *path);
/* The line that begins there, as the walk over the past counted. */
void follow_line(struct follow *f, const char *path, uint64_t line);
/* All that came since; true if anything did. */
bool follow_read(struct follow *f, street_event *on, void *ctx);
/* Waits until something may have come, at most `ms`. */
void follow_wait(struct follow *f, int ms);
const char *follow_path(const struct follow *f, size_t input);

/* --- message.c: what the engine tells the parent --- */

enum message_kind { MESSAGE_FINDING, MESSAGE_PRESENT, MESSAGE_COUNT };
enum { MESSAGE_TEXT = 256 };
struct guard_message {
	uint8_t kind, level;
	uint8_t past; /* found in what was there before the start */
	uint8_t has_source;
	uint8_t account_len, title_len, rule_len, path_len, method_len;
	uint8_t known_place; /* the network is known for the account */
	struct address source;
	int64_t time_us;
	uint64_t line, records;
	char account[MESSAGE_TEXT], title[MESSAGE_TEXT], rule[64], path[MESSAGE_TEXT], method[64];
};
/* False unless every part of it is in its bounds. */
bool message_is_sound(const struct guard_message *m, size_t size);

#endif
