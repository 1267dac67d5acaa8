/*
 * respond.h - the intruder shut out of every layer, measured, and every step taken back.
 *
 *	struct respond *r = respond_open("/var/lib/tocsin", why, sizeof why);
 *	respond_plan(r, report_json, "T-20260317-1", QUIET, note, ctx);
 *	respond_apply(r, "T-20260317-1", &options, on_step, ctx);
 *	respond_verify(r, ...);  respond_undo(r, ...);
 *	respond_close(&r);
 *
 * A plan is a list of actions in order; an action is a lever (levers.c: one row, one file) and what
 * it is laid on: an account, an address, the host.  Where each stands is told by the journal alone:
 *
 *	planned -> begun -> applied -> undo-begun -> undone        failed, undo-failed: why
 *
 * Laws: (1) what undo needs is in the journal before anything is changed; (2) every lever first
 * looks at what is there, so that doing it twice is doing it once: after a crash, apply goes on
 * where it stood; (3) programs are started with checked arguments, never through a shell; (4) what
 * this host cannot do is said, with what a person can do instead.
 * Sources: doveadm(1), doveadm-sieve(1), postconf(5), postsuper(1), nft(8), Roundcube's session
 * table (SQL/sqlite.initial.sql).
 */
#ifndef TOCSIN_RESPOND_H
#define TOCSIN_RESPOND_H

#include "facts/facts.h"
#include "journal/journal.h"
#include "street/street.h"

/* fast: single accounts are held and data is leaving: deny and cut first, addresses too.
 * quiet: the intruder may have the server: addresses stay open to view until the end. */
/* sessions: what comes from where the owner himself is, in his own session say: open sessions end,
 * no door is shut. */
enum respond_mode {
	RESPOND_FAST,
	RESPOND_QUIET,
	RESPOND_ISOLATE, /* of a host, see below */
	RESPOND_SESSIONS,
	RESPOND_MODES
};

enum action_state {
	ACTION_PLANNED,
	ACTION_BEGUN, /* a crash lies between: unknown how far it came; apply goes on */
	ACTION_APPLIED,
	ACTION_FAILED,
	ACTION_UNDO_BEGUN,
	ACTION_UNDONE,
	ACTION_UNDO_FAILED,
};
extern const char *const action_states[];

/* Whether a layer is shut now, as measured; unknown where it cannot be. */
enum closed { CLOSED_UNKNOWN, CLOSED_NO, CLOSED_YES };

struct respond_action {
	unsigned number; /* within its plan, from 1 */
	slice lever;     /* name of its row in levers.c */
	slice layer;     /* sign-in imap webmail filter submission queue network tenant evidence */
	slice target;    /* an account, an address, or "host" */
	slice effect;    /* what it does, in one sentence */
	slice hits;      /* who feels it besides the intruder; empty: nobody */
	slice lost;      /* what will be lost to view by it; empty: nothing */
	slice by_hand;   /* what a person can do where this host cannot, or a step fails */
	enum action_state state;
	slice refused;             /* why it is planned and not done; empty: it is done */
	slice why;                 /* of a failure, or of what cannot be done here; of what is done:
				    * what a person should know */
	slice saved;               /* JSON: what undo needs */
	int64_t begun_us, done_us; /* CLOCK_NONE */
	bool in_force;             /* begun and not undone: something may have been changed */
	/* What undo needs of steps of other plans that were taken back while this one, the same on
	 * the same target, was in force: they are taken back with it. */
	struct respond_left {
		slice saved;
		struct respond_left *next;
	} * left;
};

/* What `contain verify` came to. */
enum measured { MEASURED_OUT, MEASURED_INSIDE, MEASURED_UNKNOWN, MEASURED_KINDS };
extern const char *const measured_names[MEASURED_KINDS];

struct response {
	slice incident, title;
	enum respond_mode mode;
	int64_t planned_us;
	int64_t measured_us; /* when it was verified last; CLOCK_NONE: never */
	enum measured measured;
	LIST(slice) accounts;
	LIST(slice) left_out; /* names of the report that are doubtful, or no plain names */
	LIST(struct address) sources;
	LIST(struct respond_action) actions;
};

struct respond;
struct respond *respond_open(const char *state_dir, bool read_only, char *why, size_t why_size);
void respond_close(struct respond **r);

/* For a process that acts again and again: knows nothing until it is woken; asleep, it remembers
 * what the journal said and leaves it to others. */
struct respond *respond_asleep(const char *state_dir);
/* Reads what came since; false with a message, and errno EWOULDBLOCK where another is at work. */
bool respond_wake(struct respond *r, bool read_only, char *why, size_t why_size);
void respond_sleep(struct respond *r);
/* The last entry of its journal that was read. */
struct journal_head respond_head(const struct respond *r);

/*
 * What is planned from here on is on disk with the first step that is begun, or when this is ended.
 */
void respond_gather(struct respond *r);
bool respond_settle(struct respond *r);
/* Takes hold of webmail's sessions, where their database can be held: nobody reads or makes one
 * until those of an account are ended, or until sleep.  In haste, and as well as it can. */
void respond_seize(struct respond *r);
/* For `ms` milliseconds at most, or until `hurry` is readable: a session that webmail writes behind
 * the step's back, as at the end of the request that signed in, is kept and ended as well. */
void respond_linger(struct respond *r, const struct response *p, int ms, int hurry);

/* From now on plans know the organisation's own networks and whom a blocked address would hit:
 * networks.yaml, the file of habits that scan keeps (NULL: none).  An address of an office is
 * planned, told, and not blocked, but with `force`.  False after a note. */
bool respond_know(struct respond *r, const char *networks, const char *habits, bool force,
		  facts_note *note);

/*
 * Plans the containment of one incident of a JSON report (empty name: its only one), writes the
 * plan to the journal, and returns it; NULL with a message.  Owned by `r`.  A plan that was begun
 * is not replaced.
 */
struct response *respond_plan(struct respond *r, slice report_json, slice incident,
			      enum respond_mode mode, char *why, size_t why_size);
/* The same for one account that was found a moment ago, perhaps with the address it was used from;
 * `filter`: its Sieve script as well.  Nobody reads this plan before it is carried out: open
 * sessions are cut first, and once more behind the door that was shut; what this host can do is
 * seen when it is tried. */
struct response *respond_plan_account(struct respond *r, slice incident, slice title, slice account,
				      const struct address *source, bool filter,
				      enum respond_mode mode, char *why, size_t why_size);
/* In the journal: sessions were cut at once, then, before the plan. */
bool respond_note_cut(struct respond *r, slice incident, slice account, int64_t when_us);
/* In the journal: what verifying came to. */
bool respond_note_measured(struct respond *r, slice incident, enum measured how);
/* The response to an incident as the journal tells it; NULL: none was planned. */
struct response *respond_find(struct respond *r, slice incident);
size_t respond_count(const struct respond *r);
struct response *respond_at(const struct respond *r, size_t i);

/* Told of each action that was tried: its state is in `a`. False stops. */
typedef bool respond_step(void *ctx, const struct respond_action *a);
/* `only`: names of levers or targets; none: all but what is for a person to name.  False if any
 * action failed. */
bool respond_apply(struct respond *r, struct response *p, const char *const *only, size_t n,
		   respond_step *on, void *ctx);
/* Backwards, the last first.  What another plan in force has done as well stays done until that
 * one is taken back, too. */
bool respond_undo(struct respond *r, struct response *p, const char *const *only, size_t n,
		  respond_step *on, void *ctx);
/* Is what `a` shuts still shut? `how`: what was measured, in words. */
enum closed respond_closed(struct respond *r, const struct respond_action *a, slice *how);

/* --- isolation: the mail server shut but for what is needed, mail kept meanwhile --- */

struct isolation_wish {
	const char *const *allow; /* essential networks */
	size_t allow_count;
	const char *const *close; /* ports to shut besides those of mail and webmail */
	size_t close_count;
	const char *standby;          /* HOST or HOST:PORT that carries on; NULL: none */
	const char *const *essential; /* its accounts */
	size_t essential_count;
	const char *lifetime; /* of mail in the queue, as postconf(5) writes it; NULL: 30d */
	bool deliver;         /* into the mailboxes as usual */
	bool hold_outbound;   /* mail that would leave is kept too */
};
/* Has this host what an isolation needs?  Changes nothing; false with a message. */
bool respond_could_isolate(char *why, size_t size);
/* Plans it, as respond_plan() does; respond_apply() and respond_undo() carry it out and back. */
struct response *respond_plan_isolation(struct respond *r, const struct isolation_wish *wish,
					char *why, size_t why_size);
struct response *respond_isolation(struct respond *r); /* the newest; NULL: none */
/* When a step of an isolation was taken back last, usec UTC; CLOCK_NONE: never. */
int64_t respond_reopened(const struct respond *r);

/* What lies in Postfix's queue, and how long that can go on.  Times: CLOCK_NONE where unknown. */
struct queue_state {
	int64_t now_us;
	size_t messages, on_hold, messages_since; /* since: arrived in the isolation */
	int64_t bytes, bytes_since;
	int64_t lifetime_s;      /* maximal_queue_lifetime in force */
	int64_t oldest_us;       /* when it arrived */
	int64_t first_bounce_us; /* the next try after this returns a message to its sender */
	int64_t free_bytes, free_files; /* of the queue's file system */
	int64_t full_us; /* at the pace since the isolation began; unknown in its first minute */
};
bool respond_queue_state(struct respond *r, const struct response *p, struct queue_state *s,
			 char *why, size_t why_size);
/* Is port 25 shut? CLOSED_NO: somebody listens. */
enum closed respond_takes_mail(struct respond *r);

/* What became of a message; gone: it left the queue, and no log at hand says how. */
enum fate {
	FATE_WAITING,
	FATE_ON_HOLD,
	FATE_DELIVERED,
	FATE_BOUNCED,
	FATE_BOTH, /* to some recipients the one, to others the other */
	FATE_GONE,
	FATES
};
extern const char *const fate_names[FATES];
struct mail_account {
	size_t messages, fates[FATES];
	size_t before, at_restore; /* in the queue then */
	int64_t logs_end_us;       /* CLOCK_NONE: the logs name no message */
	slice path;                /* a line a message: queue id, seconds, fate */
};
/* Keeps the queue of this moment for the account, before anything is taken back. */
bool respond_note_queue(struct respond *r, const struct response *p, char *why, size_t why_size);
/* Every message that was in the queue or, by the logs, came since; into evidence and journal. */
bool respond_account(struct respond *r, const struct response *p, const char *const *logs, size_t n,
		     input_note *note, struct mail_account *acc, char *why, size_t why_size);

/* Names of the levers of a containment, in the order in which they are pulled; NULL: no more. */
const char *respond_lever(size_t i);
/* What a person does where undo fails; empty: there is nothing to take back. */
slice respond_undo_by_hand(slice lever);
/* Is it pulled only by a person who names it? */
bool respond_is_for_person(slice lever);
/* True if it may stand as one argument, one line of a file, one key of a map. */
bool respond_is_account(slice s);
/* The same of any name of a report: an account, or an address. */
bool respond_is_plain(slice s);

/* A draft of webmail.yml, which webmail-off goes by, from what nginx and Apache say that they read:
 * the site that looks like webmail, the others as comments.  How many look like it; -1 with a
 * message: there is no site at all. */
int respond_draft_site(struct out *draft, char *why, size_t size);

/* --- ready.c: sessions cut at once, before anything else is done --- */

struct ready;
/* `path`: of Dovecot's doveadm socket; NULL: where it is as a rule.  Never NULL. */
struct ready *ready_open(const char *path);
/* Connects again where the connection broke; its descriptor, readable when it breaks; -1: none. */
int ready_keep(struct ready *r);
/* Ends the account's sessions, as doveadm kick does; none is fine.  Within 0.3 s, or false with a
 * message.  Changes nothing that undo could give back. */
bool ready_cut(struct ready *r, slice account, char *why, size_t size);
void ready_close(struct ready **r);
/* Ends the connections by which the address hands in mail, as the lever "cut" does; none is fine.
 */
bool respond_end_mail(struct respond *r, const struct address *source, char *why, size_t size);

/* --- others.c: what another process does, which alone has the right --- */

/* The blocker sets rules of the host's firewall and ends connections; the envoy speaks with
 * Microsoft Graph.  `folder`: where their sockets are (base/socket.h), kept; NULL: this process
 * does all itself. */
enum respond_other { RESPOND_BLOCKER, RESPOND_ENVOY, RESPOND_OTHERS };
void respond_use_others(struct respond *r, const char *folder);
/* Nothing is asked of them for a while: connections are closed, by which they end.  What is asked
 * later connects anew, and starts others. */
void respond_leave_others(struct respond *r);
/* Is one of them: reads what it needs, gives up the rest by `confine`, and answers what comes over
 * `fd` until that is closed.  False with a message: it cannot be. */
typedef bool respond_confine(char *why, size_t size);
bool respond_be(enum respond_other which, const char *state_dir, int fd, respond_confine *confine,
		char *why, size_t size);

/* --- seen.c --- */

/*
 * What the logs say of the intruder: his last accepted action in each layer.
 *
 * An action is accepted if the server did what was asked: a sign-in let in, a session that ended
 * with bytes handed out, a webmail request answered below 400, a message taken, a mail redirected
 * by a filter.  It is the intruder's if it came from one of his addresses, or was done as one of
 * the accounts; the owner may have acted as them too, and is told by his address.
 * A webmail request shows only that he knocked: Roundcube answers an ended session with its sign-in
 * page and status 200.  What it hands out of a mailbox it fetches with a sign-in as the account.
 */
enum seen_layer {
	SEEN_SIGN_IN,
	SEEN_MAIL,
	SEEN_WEBMAIL,
	SEEN_SUBMISSION,
	SEEN_FILTER,
	SEEN_TENANT, /* all of Microsoft 365 */
	SEEN_LAYERS
};
extern const char *const seen_names[SEEN_LAYERS];

struct seen {
	struct {
		int64_t last_us; /* CLOCK_NONE: none in these logs */
		slice account, path;
		struct address source;
		bool has_source;
		uint64_t line;
		bool asked;       /* a step of the plan shuts it */
		int64_t reach_us; /* so far the logs can speak of it; CLOCK_NONE: none does */
	} layers[SEEN_LAYERS];
	int64_t last_us;     /* of all but requests to webmail */
	int64_t logs_end_us; /* time of the newest record: what came later is not seen */
	struct arena arena;
};
/* False if nothing could be read. */
bool respond_seen(const struct response *p, const char *const *paths, size_t n, input_note *note,
		  struct seen *s);
void respond_seen_free(struct seen *s);

#endif
