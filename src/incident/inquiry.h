/* inquiry.h - for the files of this room alone: what is gathered on the second walk. */
#ifndef TOCSIN_INQUIRY_H
#define TOCSIN_INQUIRY_H

#include "facts/facts.h"
#include "format/format.h"
#include "incident.h"
#include "mailstore/mailstore.h"

enum {
	HITS_MOST = 4096, /* distinct rule, account and source; beyond them see hits.c */
	CITED_MOST = 4,   /* records cited per claim; the rest is counted */
	MAILBOXES_MOST = 1 << 17,
	ALLIES_MOST = 64,
	REQUESTS_MOST = 1 << 18, /* of suspects' browsers; beyond them nothing is bounded */
	NEIGHBOURS_MOST = 256,
	OFFICE_LEAST = 4,  /* accounts let in from one network */
	GUESSED_LEAST = 3, /* accounts: a household's are fewer */
	CROWD = 6,      /* accounts beside those named by rules that make a network people's own */
	LEVEL_HIGH = 3, /* from here on a hit makes an incident */
};
#define CAMPAIGN_US (14 * CLOCK_DAY) /* hits further apart are different incidents */

/* A hit added up: one rule, account and source. */
struct added_hit {
	struct hit hit;
	int64_t last_us;
	int group;              /* -1: of no incident */
	bool again;             /* it was hit once more since it was last in turn to be let go */
	char *words;            /* its slices point there */
	struct added_hit *next; /* of its rule, the newer one; later, of its group */
};

struct suspect {
	struct address ip;
	bool exclusive;   /* new to all its accounts: everything from it is the intruder's */
	bool known;       /* some account's own network */
	bool foreign;     /* new to an account that has habits */
	bool neighbour;   /* no rule names it, but an address of its network */
	bool accepted;    /* something was let in or answered from there; else only guesses */
	int64_t named_us; /* of the first finding that names it; CLOCK_NONE: none does */
	int64_t first_us, last_us; /* of what was seen on the second walk */
	uint64_t failures;
};

/* A number of the audit's means somebody on its host alone. */
struct login_id {
	slice login, host;
};

/* A finding names both. */
struct tie {
	struct address ip;
	slice account;
};

/* A network that an account came to use, its owner's or the intruder's: others.c. */
struct other {
	slice account;
	struct address net;
	int64_t since_us;
};

/* Hits that belong together, on the way to an incident. */
struct group {
	int64_t from_us; /* nothing of it is earlier */
	int64_t look_us; /* what may be of it is not earlier */
	LIST(struct tie) ties;
	LIST(struct other) others;
	LIST(slice) hinted; /* accounts that findings of medium level name */
	LIST(slice) told;   /* accounts of which a line that contradicts itself tells */
	LIST(slice) sound;  /* and those of which another does, while there are such lines */
	uint64_t forged_guesses;
	int64_t asked; /* requests for a message that name none */
	LIST(slice)
	mates; /* accounts that came from his address, and never from elsewhere before */
	bool others_unbounded; /* something was read there that is not counted */
	size_t neighbours;     /* of its suspects */
	size_t named_accounts; /* so many, the first ones, are named by rules */
	int64_t first_finding_us, last_finding_us;
	int64_t first_high_us; /* the first finding that makes an incident */
	enum entry_method method;
	int level;
	bool unbounded;      /* records say that more was opened than they name */
	bool tenant;         /* acts of it stand in a tenant's records */
	uint64_t topped;     /* by POP3's TOP: headers, and perhaps more */
	uint64_t headers;    /* fetched in sessions of which no event names them */
	uint64_t renumbered; /* accesses under whose UID another message lies in the store now */
	slice uncounted;     /* whose record let him in where nothing counts what is read */
	bool known_network;  /* the victim's own: only a burst is the intruder's */
	int64_t burst_from_us, burst_to_us;
	slice agent;
	LIST(slice) accounts;
	LIST(struct suspect) suspects;
	LIST(struct login_id) logins;
	bool shell_unsure; /* others had a shell at that time as well */
	int64_t login_us;  /* first accepted sign-in; CLOCK_NONE */
	slice login_account, login_mechanism, login_host;
	slice master; /* whose password opened the mailboxes; empty: their owners' */
	struct evidences master_evidence;
	struct address login_ip;
	bool has_login_ip;
	bool login_joined; /* shown by a join alone */
	bool login_failed_before;
	struct evidences login_evidence, guess_evidence;
	int64_t first_us, last_us, last_accepted_us;
	uint64_t guesses, guesses_before; /* failed tries; those before he was let in */
	uint64_t guesses_aside;           /* at accounts that he did not enter */
	struct incident *incident;
};

/* Where a suspect stands: q->groups.at[group].suspects.at[at]; and his network. */
struct suspect_row {
	struct address net;
	uint32_t group, at;
};

/* One message that the server's own event names. */
struct opened {
	slice folder, part;
	int64_t uid, size, time_us;
	enum access_kind kind;
	enum access_how how;
	struct place place;
	bool hint;   /* a sign of it, no more: never proven */
	slice owner; /* of the mailbox, if it is another's than the session's; or empty */
};

struct seen {
	slice id, account, protocol;
	struct address ip;
	bool has_ip, local, ended, has_counts;
	int group; /* -1: not the intruder's, or not known yet */
	enum certainty certainty;
	int64_t first_us, last_us, bodies, body_bytes, bytes_out, bytes_in, headers;
	int64_t top_bytes; /* POP3's TOP: headers, or with them as many lines as were asked for */
	int64_t total;     /* POP3: messages present; UNKNOWN */
	bool pop3;
	bool joined;    /* its end names the account alone: facts/unnamed.c */
	bool courier;   /* it counts what lies on the disk: see bound.c */
	bool cyrus;     /* bytes_out counts of a large write its last piece alone (3.6, measured) */
	bool exporter;  /* the server told of the messages opened in it, as it does since before */
	bool explained; /* webmail's, for a request that is told */
	slice folder;   /* the one selected, where commands are logged: wire.c */
	LIST(struct opened) opened;
	struct evidences evidence;
	int row; /* in the incident's sessions; -1 */
};

/* One request of a suspect's browser. */
struct request {
	int group;
	slice account, folder, part, action, task, search, agent;
	bool stated; /* the account is from the webmail's own log of sign-ins */
	bool named;  /* the URL names it */
	struct address ip;
	int64_t uid, time_us, bytes;
	bool post, download;
	bool unnamed;        /* it handed over what it does not name */
	bool crowded;        /* another browser may have caused what the mail server did then */
	bool again;          /* another log told of it already: settle_twins() */
	uint32_t twin_input; /* that log's number + 1; 0: none */
	struct place place;
};

struct outgoing {
	slice queue_id, account, message_id, subject;
	LIST(slice) to;
	struct address ip;
	int group;
	int64_t size, time_us;
	bool local, inferred; /* his by its session or the account alone */
	struct evidences evidence;
};

struct redirected {
	slice account, target;
	int64_t first_us, last_us;
	uint64_t count;
	struct evidences evidence;
};

/* What was set in a mailbox: `group` of whom, -1: the record names no address. */
struct script {
	struct change change;
	int group;
};

/* A filter as it lies on a disk: what it does now. */
struct standing {
	slice account, target, place;
	int group;
};

struct file_read {
	int group;
	slice path, exe;
	int64_t time_us;
	struct place place;
};

/* Records that ought to be there. */
struct lost {
	int64_t from_us, to_us, count;
	slice account, session;
	struct address ip;
	struct place place;
};

/* One thing that the tenant's records name: a message, a folder, a file, a search. */
struct tenant_read {
	int group;
	slice account, folder, message_id, subject, name;
	bool file, search, has_ip;
	struct address ip;
	int64_t size, time_us;
	enum certainty certainty;
	struct place place;
};

struct tenant_change {
	int group;
	enum action action;
	slice kind, account, target, name;
	int64_t time_us;
	bool active;
	enum certainty certainty;
	struct place place;
};

struct shell_login {
	slice account;
	struct address ip;
	int64_t time_us;
	struct place place;
};

struct inquiry {
	struct facts *facts;
	struct mailstore *store;
	struct report *report;
	struct arena *keep; /* the report's */
	struct arena own;
	struct table hits, sessions, queues, accesses, tenant_sessions;
	struct table shares;    /* what each rule holds of `hits`; as many as rules that matched */
	struct table named;     /* accounts and addresses of hits that make an incident */
	struct share *heaviest; /* of small ones; NULL: to be looked up */
	uint32_t small_held;    /* of `hits`, those below LEVEL_HIGH */
	struct table mailboxes; /* of the tenant, of which any reading was recorded */
	struct table tellers;   /* hosts that tell which messages are opened; since when */
	struct quiet *quiet_host; /* of the last record */
	struct table quiet;       /* pauses of the mail log, by host: quiet.c */
	struct table forwarded;   /* account and target of redirects; since when */
	struct table owners;      /* suspected accounts: when a browser of theirs last asked */
	LIST(struct group) groups;
	LIST(struct suspect_row) suspects; /* of all groups, by address and group */
	struct table accounts;             /* of all groups */
	LIST(struct seen *) seen;
	LIST(struct request) requests;
	int64_t
	    rival_us; /* the last request of another browser that may be of a suspected account */
	LIST(struct outgoing *) outgoing;
	LIST(struct redirected) redirects;
	LIST(struct file_read) files;
	LIST(struct shell_login) shells;
	LIST(int64_t)
	web_seconds; /* of requests that touch mail, while a shell is suspected; in order */
	bool web_seconds_more;     /* than are kept */
	LIST(struct lost) orphans; /* session ends whose start is nowhere */
	LIST(struct lost) forged;  /* sign-ins that contradict themselves */
	struct table forged_at;    /* where each stands */
	struct table forged_as;    /* sessions and addresses that they name */
	LIST(struct lost) dropped; /* lines that a logger says it dropped */
	LIST(struct tenant_read) tenant_reads;
	LIST(struct tenant_change) tenant_changes;
	LIST(struct lost) throttles;    /* mailboxes whose reading went unrecorded for a day */
	LIST(struct script) scripts;    /* script events of suspected accounts */
	LIST(struct standing) standing; /* filters that lie on disks */
	/* what the first walk saw being logged */
	bool exporter, web_logins, web_requests, local_sessions, dovecot, postfix, audit;
	bool courier, cyrus, cyrus_audit, wire;
	int64_t web_from_us; /* of the first request; CLOCK_NONE: there is none */
	bool tenant, tenant_read_records;
	LIST(struct lost) passwords; /* changed, of suspected accounts */
	uint64_t tenant_no_session;  /* the intruder's records that bear none */
};

/* True if this host tells of each message that is opened, by what it told until then: commands
 * alone name no message. */
bool names_messages(struct inquiry *q, const struct event *e);
void cite(struct evidences *e, const struct place *p);
slice keep_slice(struct inquiry *q, slice s);
struct suspect *find_suspect(struct group *g, const struct address *ip);
/* The suspects in the network of that address, in order of their groups: how many, the first at
 * `*rows`. */
size_t suspects_near(const struct inquiry *q, const struct address *ip,
		     const struct suspect_row **rows);
struct suspect *suspect_of(struct inquiry *q, const struct suspect_row *row);
/* One more suspect of the row's group, in the row's network; NULL: there are too many. */
struct suspect *add_neighbour(struct inquiry *q, const struct suspect_row *row,
			      const struct address *ip, bool exclusive);
bool group_has_account(const struct group *g, slice account);
void group_add_account(struct inquiry *q, struct group *g, slice account);

/* suspect.c: the incident in which `ip` acts as the intruder towards `account`; -1: none */
int suspect_group(struct inquiry *q, const struct address *ip, slice account, int64_t now,
		  struct suspect **who);
bool any_group_has(const struct inquiry *q, slice account);
bool group_within(const struct group *g, int64_t now); /* not before it begins */
void touch_group(struct group *g, struct suspect *s, int64_t now);
/* The same, of what was let in or answered: guesses from an address do not make it his. */
void touch_accepted(struct group *g, struct suspect *s, int64_t now);
void group_accepted(struct group *g, int64_t now);
/* again.c */
void first_sign_in(struct inquiry *q, struct group *g, const struct event *e, slice account);
/* sessions.c */
bool is_local_client(const struct inquiry *q, const struct event *e, const struct address *ip);
bool suspects_shell(const struct inquiry *q);
/* A session of a suspected account or from a suspected address; NULL if it is neither. */
struct seen *suspected_session(struct inquiry *q, const struct event *e, slice account);
/* Servers without session ids tell sessions apart by the client's port, which comes again. */
void forget_ended_session(struct inquiry *q, const struct event *e);
/* With the session that begins in it; NULL: one that is nobody's business here. */
void remember_session_process(struct inquiry *q, const struct event *e, struct seen *s);
void see_end(struct inquiry *q, const struct event *e, slice account);
void see_flag(struct inquiry *q, const struct event *e, slice account);
void see_opened(struct inquiry *q, const struct event *e, slice account);
void see_command(struct inquiry *q, const struct event *e, slice account);
/* outgoing.c */
struct outgoing *outgoing_named(struct inquiry *q, slice id, int64_t now);
void see_smtp(struct inquiry *q, const struct event *e, slice account);
void see_client(struct inquiry *q, const struct event *e, slice account);
void see_redirect(struct inquiry *q, const struct event *e, slice account);
/* tenant.c */
void see_tenant(struct inquiry *q, const struct event *e, slice account);
void saw_tenant(struct inquiry *q, const struct event *e);
void scope_tenant(struct inquiry *q, int group);
void throttle_gaps(struct inquiry *q);
bool is_recorded_mailbox(struct inquiry *q, slice account);
enum { TENANT_REASONS = 4 };
void tenant_reasons(struct inquiry *q, const struct group *g, slice *why, size_t *n);
size_t synchronised_folders(const struct incident *inc);
/* hits.c */
void hits_init(struct inquiry *q);
void hits_free(struct inquiry *q);
uint64_t
tell_shed(struct inquiry *q); /* how many findings were let go; and by rule, in the report */
/* kin.c: by time; the caller's to free() */
struct added_hit **sorted_hits(struct inquiry *q, size_t *n);
/* Numbers those that belong together; some numbers below what is returned are nobody's. */
size_t number_groups(struct inquiry *q, struct added_hit **hits, size_t n);
/* group.c */
void make_groups(struct inquiry *q);
/* shell.c */
void settle_shells(struct inquiry *q);
void saw_web_second(struct inquiry *q, int64_t now);
bool is_mail_file(slice path);
/* webmail.c */
void settle_bursts(struct inquiry *q);
void settle_twins(struct inquiry *q);
/* webmail_post.c */
void saw_rival(struct inquiry *q, int64_t time_us);
bool is_crowded(const struct inquiry *q, int64_t time_us);
void join_post(struct inquiry *q, const struct request *r);
void prove_folder(struct inquiry *q, const struct request *r);
/* scope.c */
void scope_group(struct inquiry *q, int group);
bool is_external(struct inquiry *q, slice to);
struct access *add_access(struct inquiry *q, int group, const struct access *a,
			  const struct place *p);
bool reads_are_logged(const struct inquiry *q, const struct group *g);
/* scope.c: when mail of the account was first seen to go there; CLOCK_NONE: never */
int64_t forwarded_since(struct inquiry *q, slice account, slice target);
void saw_redirect(struct inquiry *q, const struct event *e);
/* forged.c: sign-ins that contradict themselves */
void forged_init(struct inquiry *q);
void forged_free(struct inquiry *q);
void saw_forged(struct inquiry *q, const struct event *e);
void see_forged(struct inquiry *q, const struct event *e, slice account);
bool is_forged_from(struct inquiry *q, const struct address *ip);
bool is_forged_session(struct inquiry *q, slice id);
/* `sure`, or less if nothing but such lines tells of the account. */
enum certainty sureness_of_account(const struct group *g, slice account, enum certainty sure);
/* No sign-in of the incident but contradicts itself. */
bool rests_on_forged(const struct group *g);
void doubt_forged(struct inquiry *q, const struct group *g, struct verdict v[QUESTION_COUNT]);
void forged_gaps(struct inquiry *q);
/* front.c: it is one of Microsoft's own, that stands before a tenant's clients */
bool is_front(const struct group *g, const struct address *ip);
/* shared.c: mail of others read with one's password */
slice owner_of_folder(struct inquiry *q, slice account, slice folder, slice *own_name);
void scope_owners(struct inquiry *q, int group);
void reason_owners(struct inquiry *q, const struct group *g, struct verdict *v);
/* webmail.c */
void join_requests(struct inquiry *q);
/* wire.c: servers that log each command */
bool is_wire(const struct event *e);
void see_wire(struct inquiry *q, const struct event *e, struct seen *s);
/* bound.c: what only a session's count says */
void bound_session(struct inquiry *q, int group, struct seen *s);
/* standing.c: filters that lie on disks */
void scope_standing(struct inquiry *q, int group);
/* gaps.c */
int64_t end_of_records(const struct inquiry *q); /* CLOCK_NONE: none has a time */
void find_gaps(struct inquiry *q);
void incident_gaps(struct inquiry *q, int group);
/* doubt.c: why he may have been there before his first record; and whether records may be gone */
enum { START_DOUBTS = 10 };
size_t start_doubts(struct inquiry *q, const struct group *g, slice why[START_DOUBTS]);
/* He was at it within an hour of the first record: what he did before is in none. */
bool begins_with_logs(struct inquiry *q, const struct group *g);
bool lines_are_lost_since(const struct inquiry *q, int64_t since_us);
#define SAY(s) (int)(s).len, (s).len ? (s).at : ""
/* words.c: within sentences, in the arena that is kept */
slice say_when(struct inquiry *q, int64_t usec);
slice say_duration(struct inquiry *q, int64_t usec); /* its two largest units: 4 min 38 s */
slice say_volume(struct inquiry *q, int64_t bytes);  /* 118 KB, in steps of 1000 as in the report */
slice say_figure(struct inquiry *q, int64_t n);      /* 41,234; n >= 0 */
slice say_plural(struct inquiry *q, int64_t n, const char *one, const char *many);
/* verdict.c */
void because(struct inquiry *q, struct verdict *v, slice text);
void would_settle(struct inquiry *q, struct verdict *v, slice text);
/* A change by which mail goes elsewhere; the target of others is whom or what they favour. */
bool forwards(const struct change *c);
/* entry.c: by what kind of secret he came in; how */
void settle_secret(struct group *g);
void judge_how(struct inquiry *q, struct group *g, struct verdict *v);
/* An address of the house's own from which others come as well: a proxy's, for all one knows. */
bool is_house_door(const struct group *g, const struct address *ip);
/* inside.c */
void judge_inside(struct inquiry *q, struct group *g, struct verdict *v);
void judge_group(struct inquiry *q, int group);
/* others.c */
void find_others(struct inquiry *q);
bool is_mate(struct inquiry *q, struct group *g, const struct suspect *s, slice account);
void settle_others(struct inquiry *q);
void see_visitor(struct inquiry *q, slice account, const struct address *ip);
bool is_others(struct inquiry *q, const struct group *g, const struct seen *s);
const struct other *earlier_other(const struct group *g);
void gap_of_others(struct inquiry *q, int group);
/* quiet.c */
void quiet_init(struct inquiry *q);
void quiet_free(struct inquiry *q);
void saw_pause(struct inquiry *q, const struct event *e);
/* The longest time, and since when, for which the host's mail log held nothing between the two; 0:
 * it has no pause to speak of. */
int64_t longest_pause(struct inquiry *q, slice host, int64_t from_us, int64_t to_us,
		      int64_t *at_us);
/* unexplained.c */
void saw_owner(struct inquiry *q, slice account, int64_t time_us);
void explain_session(struct inquiry *q, struct seen *s);
bool is_unexplained_session(const struct inquiry *q, const struct group *g, const struct seen *s);
/* The first of them before his first act; NULL: none is seen. */
const struct seen *unexplained_before(const struct inquiry *q, const struct group *g);
void gap_of_unexplained(struct inquiry *q, int group);
/* origin.c */
void weigh_origins(struct inquiry *q, int group);

#endif
