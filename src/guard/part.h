/* part.h - for the files of this room alone. */
#ifndef TOCSIN_GUARD_PART_H
#define TOCSIN_GUARD_PART_H

#include "guard/guard.h"
#include "sandbox/sandbox.h"

/* engine.c: judges what `from_reader` hands it; never returns. */
enum { ENGINE_READER_GONE = 4, ENGINE_ANEW = 5, ENGINE_ROTATED = 6 };
enum { ROTATIONS_MOST = 3 }; /* a log that can never be read would have all begin for ever */
/*
 * Memory without a name (memfd_create(2)) that engine and parent share: what the engine remembers.
 * `size`: of what an earlier one left in it, to go on with; 0: nothing.  With ENGINE_ANEW the
 * engine says that it does not fit.
 */
struct kept {
	int fd; /* -1: nothing is kept */
	size_t size;
	unsigned rotations; /* so often an engine ended with ENGINE_ROTATED: ROTATIONS_MOST */
	struct digest fits; /* of program, rules and settings: of others it means nothing */
};
void engine_run(const struct guard_options *o, int from_reader, int to_parent,
		const struct kept *kept) __attribute__((noreturn));

/* --- resume.c: what an engine remembers, on disk from time to time --- */

bool kept_open(struct kept *k, const struct guard_options *o);
/* From STATE/watch/engine.image, if it is whole, sealed by this journal, and fits. */
struct journal;
void kept_load(struct kept *k, const char *state, const struct journal *j);
/* Writes `size` bytes of the shared memory there; in a process of its own. */
bool kept_write(const struct kept *k, const char *state, const struct journal *j, size_t size);

/* --- reader.c: opens logs, follows them, takes syslog; understands nothing of what they say --- */

/* With this exit status it is to be started again, all being well. */
enum { READER_AGAIN = 3, READER_CHUNK = 256 << 10, READER_INPUTS = 2048 };
enum reader_kind {
	READER_INPUT, /* a new one: path, NUL, first line follow; `offset`: where its past ends */
	READER_READY, /* all that is there at the start has been named */
	READER_LINES, /* whole lines of an input follow */
	READER_QUIET, /* all that came has been handed over */
	READER_KINDS
};
struct reader_head {
	uint32_t kind, input, len; /* len: of what follows */
	uint8_t fresh, is_journal; /* a journal's `offset` is a time, usec UTC */
	uint64_t offset, behind;
	int64_t uid; /* of who wrote a datagram; -1: unknown */
};
bool reader_head_is_sound(const struct reader_head *h);
/* `sockets`: of syslog, open; as many as there are in the options. */
void reader_run(const struct guard_options *o, const int *sockets, int to_engine)
    __attribute__((noreturn));
/* A socket for PATH, udp:ADDRESS:PORT, or http:ADDRESS:PORT of this host; -1 with a message. */
int reader_socket(const char *where, char *why, size_t size);
/* Is it spelled as reader_socket() wants it?  Nothing is opened. */
bool reader_socket_named(const char *where, char *why, size_t size);

/* --- live.c: systemd's journal as it grows --- */

struct live_journal;
/* Behind its newest record, whose time is in `tail_us`; NULL with a message. */
struct live_journal *live_journal_open(const char *dir, int64_t *tail_us, char *why, size_t size);
int live_journal_fd(struct live_journal *j);
/* After poll(2), or when time passed. */
void live_journal_look(struct live_journal *j);
/* The next record as a line of JSON with its end; false: there is none. */
bool live_journal_next(struct live_journal *j, slice *line);

/* --- http.c: events that a daemon of the host posts --- */

enum { HTTP_BODY_MOST = 64 << 10 };
struct live_http;
/* A line of a body, without its end, and the user who sent it; -1: unknown. */
typedef void http_line(void *ctx, slice line, int64_t uid);
/* `socket_fd` listens; NULL: it cannot serve. */
struct live_http *live_http_open(int socket_fd, http_line *on, void *ctx);
int live_http_fd(const struct live_http *h);
/* After poll(2), or when time passed; true if anything was told. */
bool live_http_look(struct live_http *h);

/* --- touch.c: who opens files of the mail store on the host itself --- */

#define TOUCHED_FOLDER "touched" /* in the state folder */
#define TOUCHED_FILE   "touched.log"
/* Of a process that tells; -1 with a message. */
pid_t touch_start(const struct guard_options *o, char *why, size_t size);
/* The same in this process; returns only with a message. */
void touch_run(const struct guard_options *o, char *why, size_t size);

/* --- parts.c: parts of the watch in units of their own --- */

/* No more is said to it: what it answers is taken until it has closed its end, which is true, or
 * that many milliseconds passed. */
bool part_drain(int fd, int most_ms, void (*take)(void *ctx), void *ctx);

/* True if rules, networks and databases can be loaded; else it has been noted. */
bool engine_could_run(const struct guard_options *o);

/* --- tell.c: mail and webhook, from a process of their own --- */

enum {
	ALERT_SUBJECT = 256,
	ALERT_TEXT = 3072,
	ALERT_JSON = 6144,
	ALERT_SIGNATURE = 128,
	SECRET_ROOM = 4097
};
struct alert { /* texts end with NUL */
	char subject[ALERT_SUBJECT], body[ALERT_TEXT], json[ALERT_JSON];
};
bool alert_is_sound(const struct alert *a);
struct alert_result { /* what became of one alert on one way */
	bool fine;
	char why[200];
};
struct tell_secrets {
	char webhook[SECRET_ROOM], login[SECRET_ROOM];
	size_t webhook_len;
};
/* False with a message: a file that is missing, or that others can read. */
bool tell_read_secrets(const struct guard_policy *p, struct tell_secrets *s, char *why,
		       size_t size);
/* Does the policy tell anybody by mail, webhook or command? */
bool tell_is_wanted(const struct guard_policy *p);
/* Takes alerts from `fd` (SOCK_SEQPACKET), sends results back; wipes `s`. */
void tell_run(const struct guard_policy *p, int fd, struct tell_secrets *s)
    __attribute__((noreturn));
/* The header that signs a body. */
void alert_signature(slice secret, int64_t seconds, slice body, char out[ALERT_SIGNATURE]);

/* --- post.c: programs that are told, started by a process that does nothing else --- */

enum { POST_TEXT = 16 << 10 };
enum post_what { POST_MAIL, POST_COMMAND, POST_WHATS };
/* Forks it; -1 with errno.  It forgets `s`, and lives until the descriptor is closed. */
int post_start(const struct guard_policy *p, struct tell_secrets *s);
/* Waits until the program has ended, 30 s at most; false if nobody is there to start it. */
bool post_give(int fd, enum post_what what, slice text, struct alert_result *r);

/* --- hand.c: the responder, the only process that acts --- */

/* An account to be contained: what the responder is told, and checks again. */
struct hand_order {
	uint8_t account_len, title_len, has_source;
	uint8_t sessions; /* they end, and no door is shut */
	uint8_t again;    /* decided before a restart: done unless it was begun then */
	struct address source;
	int64_t decided_us;
	char account[MESSAGE_TEXT], title[MESSAGE_TEXT];
};
struct hand_result {
	bool contained;
	char why[200]; /* why not; empty: it was before */
};
bool hand_order_is_sound(const struct hand_order *o, size_t size);
/* Takes orders from `fd` (SOCK_SEQPACKET) until it is closed, and finishes what waits. */
void hand_run(const struct guard_options *o, int fd) __attribute__((noreturn));

/* --- pull.c: a plan carried out, by a child of the responder --- */

enum pulled { PULLED, PULLED_BEFORE, PULLED_FAILED, PULLED_IN_PART };
/* Makes the plan and ends webmail's sessions. */
enum pulled pull_begin(const struct guard_options *o, struct respond *r,
		       const struct hand_order *order, int hurry);
/* The rest, until `hurry` is readable: then it is done in part. */
enum pulled pull_on(const struct guard_options *o, struct respond *r,
		    const struct hand_order *order, int hurry);
bool pull_wants(const struct guard_policy *p, slice lever);
/* Planned by policy within the hour; and not carried out to its end, nor taken back. */
bool pull_is_young(const struct response *p);
bool pull_is_cut_short(const struct guard_options *o, const struct response *p);

/* --- alert.c: which findings become alerts, so many an hour and no more --- */

/*
 * Laws: (1) never more than `most` within an hour, and one summary of the rest; (2) one source
 * takes a quarter of them at most, and what is below high a half: a flood hides neither another
 * source nor what is worse.
 */
struct alert_cap {
	unsigned most, told, told_low;
	int64_t began_ms; /* of this hour; 0: none is open */
	uint64_t held, held_by_level[GUARD_LEVELS];
	struct table sources; /* -> unsigned told; -> held */
};
void alert_cap_init(struct alert_cap *c, unsigned most);
void alert_cap_free(struct alert_cap *c);
/* True if it may be told now; else it is counted. */
bool alert_cap_takes(struct alert_cap *c, int level, slice source, int64_t now_ms);
/* True once the hour is over and some were held back: then the summary is written. */
bool alert_cap_ends(struct alert_cap *c, int64_t now_ms, struct alert *summary, uint64_t *held);

/*
 * A flood of findings is counted, not kept: of one source so many an hour, beyond them only what is
 * worse than all before.  `when_us`: the finding's time in the past, else now.
 */
void flood_init(struct table *floods);
bool flood_takes(struct table *floods, slice source, int level, int64_t when_us);

/* finding -> JSON, as on standard output with --json. */
void alert_write_finding(const struct guard_message *m, struct out *o);
/* The last entries of both journals: outside, they are what nobody here can change. */
struct alert_witness {
	struct journal_head actions, findings;
};
void alert_compose(const struct guard_message *m, const struct alert_witness *w, struct alert *a);

#endif
