/* parent.h - for the files of the parent: what it holds, and what each file gives to the others. */
#ifndef TOCSIN_GUARD_PARENT_H
#define TOCSIN_GUARD_PARENT_H

#include "guard/part.h"
#include "journal/journal.h"

enum { HOUR_MS = 3600000, RESTARTS_AN_HOUR = 5 };

struct guard {
	const struct guard_options *o;
	struct journal *journal; /* of findings */
	struct table told, alike;
	int from_engine, to_teller, to_hand, to_console, console_listen, from_lister, signals;
	pid_t engine, reader, scanner, teller, hand, toucher, console_pid, painter, keeper, lister;
	struct kept kept;
	int sockets[GUARD_SOCKETS + 1];   /* of syslog, last of http; they outlive the reader */
	int engine_status, reader_status; /* of those that ended */
	int64_t restarts_ms[RESTARTS_AN_HOUR];
	struct guard_options own;         /* `o` points here; its policy changes at SIGHUP */
	struct guard_policy *read_policy; /* ours to free; NULL: the caller's is in force */
	struct table floods;
	struct alert_cap cap;
	bool scan_wanted;
	uint64_t scans; /* whole reports that were begun */
	int64_t scanned_ms, teller_ms, hand_ms;
	struct respond *respond;       /* asleep: what containment and isolation did */
	int64_t respond_looked_ns;     /* its journal as it was then, by its time of change */
	int64_t posture_looked_ns;     /* the rules of access as they were then */
	struct guard_console *console; /* NULL: there is none */
	struct guard_status status;
	bool status_failed; /* said once */
	bool keep_failed;   /* likewise */
	bool whole_failed;  /* likewise: the whole report */
	bool hand_failed;   /* likewise: nobody acts */
	bool order_lost;    /* the responder's queue was full: it is told again */
};

/* --- parent.c --- */

/* Since the host started: nobody sets this clock, and it goes on while the host sleeps. */
int64_t guard_now_ms(void);
slice guard_account(const struct guard_message *m);
/* In a child: signals as usual, and nothing of the parent's that it need not have: the sockets of
 * syslog are the reader's, the memory that is kept is the engine's. */
enum guard_child { CHILD_READER, CHILD_ENGINE, CHILD_OTHER };
void guard_leave(struct guard *g, enum guard_child who);

/* --- finding.c --- */

bool finding_open_journal(struct guard *g);
/* As tables of what was told have it. */
slice finding_short_key(slice key, struct digest *d);
/* What a watch before this one had judged is past. */
void finding_go_on(struct guard *g);
void finding_take(struct guard *g, const struct guard_message *m);

/* --- notify.c --- */

void notify_alert(struct guard *g, const struct guard_message *m);
void notify_end_hour(struct guard *g);
bool teller_start(struct guard *g);
void teller_result(struct guard *g);
void teller_lost(struct guard *g);
bool teller_is_missing(const struct guard *g); /* teller_keep() is to be called soon */
void teller_keep(struct guard *g);
void teller_end(struct guard *g); /* what waits is still delivered; what takes too long is said */

/* --- order.c: what the responder is told to do --- */

bool hand_start(struct guard *g);
/* `known`: perhaps it was ordered before a restart, and nothing says so; then it is done unless it
 * was begun.  True if it is to be contained: it has been told to, or is once it is there again. */
bool hand_order(struct guard *g, const struct guard_message *m, bool past, bool known);
void hand_result(struct guard *g);
void hand_lost(struct guard *g);
bool hand_is_missing(const struct guard *g); /* hand_keep() is to be called soon */
void hand_keep(struct guard *g);
void hand_replace(struct guard *g); /* by one with the policy now in force */
void hand_end(struct guard *g);     /* what was begun is finished */

/* --- beat.c --- */

void beat_write(struct guard *g);
/* What a person can do where the state folder could not be written to. */
const char *beat_remedy(const struct guard *g, int error);
void beat_take(struct guard *g, const struct guard_message *m);
/* Has a door of an isolated server been opened lately?  Looked up now and then. */
bool beat_is_reopened(const struct guard *g);
void beat_look_for_reopening(struct guard *g);
void beat_hosted(struct guard *g, const struct guard_message *m);

/* --- posture.c --- */

void posture_look(struct guard *g);

/* --- console.c: who sits before a screen --- */

bool console_start(struct guard *g);
void console_lost(struct guard *g);
void console_close(struct guard *g);
void console_note_finding(struct guard *g, const struct guard_message *m);
void console_note_source(struct guard *g, const struct guard_message *m);
void console_note_beat(struct guard *g);
void console_note_report(struct guard *g); /* there is a new one */
void console_painted(struct guard *g, int status);
bool console_waits(const struct guard *g); /* console_work() is to be called soon */
void console_work(struct guard *g);

/* --- children.c --- */

bool children_start_engine(struct guard *g);
void children_end_engine(struct guard *g);
bool children_revive(struct guard *g); /* false: it ended too often */
void children_reap(struct guard *g);
void children_keep(struct guard *g, const struct guard_message *m);

/* --- whole.c: the whole report --- */

bool whole_is_due(const struct guard *g);
void whole_start(struct guard *g);
void whole_end(struct guard *g, int status); /* of the process that made it */

/* --- incidents.c: what the whole report names --- */

void incidents_start(struct guard *g, const char *path);
void incidents_take(struct guard *g);
void incidents_end(struct guard *g);

/* --- reload.c --- */

void guard_reload(struct guard *g);

#endif
