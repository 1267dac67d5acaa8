/*
 * incident.h - findings and sessions that belong together, and what they add up to.
 *
 * This is the report as data; report.h turns it into text, HTML and JSON (report.schema.md).
 * A field that is not known is absent: an empty slice, CLOCK_NONE, UNKNOWN (-1), NULL.  Nothing
 * here is ever empty or zero for "unknown" under any other name.
 * Everything is owned by the report's arena and lives until report_free().
 */
#ifndef TOCSIN_INCIDENT_H
#define TOCSIN_INCIDENT_H

#include "sight/sight.h"

enum { UNKNOWN = -1 };

enum certainty { CERTAINTY_NONE, EXCLUDED, POSSIBLE, LIKELY, PROVEN };
extern const char *const certainty_names[]; /* "", "excluded", ... */

struct evidence {
	struct place place;
	struct digest digest; /* of the raw record */
	slice quote;          /* the raw record, at most 2,000 bytes of it */
};
struct evidences {
	struct evidence *at;
	size_t len, room;
	uint64_t more; /* further records that say the same, not cited */
};

#define ENTRY_METHODS(X)                                                                           \
	X(UNKNOWN, "unknown")                                                                      \
	X(SPRAY, "password-spray")                                                                 \
	X(BRUTE, "brute-force")                                                                    \
	X(STOLEN, "stolen-password")                                                               \
	X(WEBMAIL_SESSION, "webmail-session-abuse")                                                \
	X(WEBMAIL_EXPLOIT, "webmail-exploit")                                                      \
	X(SHELL, "server-shell") X(CONSENT, "oauth-consent") X(TOKEN, "token-replay")
enum entry_method {
#define AS_ENUM(id, name) ENTRY_##id,
	ENTRY_METHODS(AS_ENUM)
#undef AS_ENUM
};
extern const char *const entry_names[];

struct entry {
	enum entry_method method;
	slice account;
	bool has_source;
	struct address source;
	int64_t time_us;
	enum certainty certainty;
	slice because; /* one sentence */
	struct evidences evidence;
};

struct source {
	struct address ip;
	slice network, country, operator; /* country: ISO 3166 code */
	int64_t first_us, last_us;
	enum certainty certainty;
};

struct account {
	slice name;
	enum certainty compromised;
	enum certainty read; /* its mail, with another account's password; CERTAINTY_NONE: not so */
	int64_t first_us, last_us;
};

#define ACCESS_KINDS(X)                                                                            \
	X(MESSAGE, "message")                                                                      \
	X(ATTACHMENT, "attachment")                                                                \
	X(FILE, "file") X(LISTING, "listing") X(SEARCH, "search") X(ADDRESS_BOOK, "address-book")
#define ACCESS_HOWS(X)                                                                             \
	X(IMAP_FETCH, "imap-fetch")                                                                \
	X(POP3_RETR, "pop3-retr")                                                                  \
	X(WEBMAIL_SHOW, "webmail-show")                                                            \
	X(WEBMAIL_DOWNLOAD, "webmail-download")                                                    \
	X(FILE_READ, "file-read")                                                                  \
	X(IMAP_SEARCH, "imap-search")                                                              \
	X(WEBMAIL_SEARCH, "webmail-search")                                                        \
	X(WEBMAIL_LIST, "webmail-list")                                                            \
	X(WEBMAIL_EXPORT, "webmail-export")                                                        \
	X(MAIL_ITEMS, "mail-items-accessed")                                                       \
	X(MAIL_SYNC, "mail-items-synchronised")                                                    \
	X(CLOUD_FILE, "cloud-file")                                                                \
	X(CLOUD_SEARCH, "cloud-search")                                                            \
	X(BODY_COUNT, "session-count") X(WEBMAIL_SOURCE, "webmail-source")
enum access_kind {
#define AS_ENUM(id, name) KIND_##id,
	ACCESS_KINDS(AS_ENUM)
#undef AS_ENUM
};
enum access_how {
#define AS_ENUM(id, name) HOW_##id,
	ACCESS_HOWS(AS_ENUM)
#undef AS_ENUM
};
extern const char *const access_kind_names[], *const access_how_names[];

struct access {
	slice account, folder;
	int64_t uid; /* UNKNOWN */
	slice message_id, subject, part, name;
	int64_t bytes;   /* UNKNOWN; of the message, or of the part */
	int64_t time_us; /* of the first opening */
	enum access_kind kind;
	enum access_how how;
	enum certainty certainty;
	uint32_t times;   /* how often it was opened */
	uint32_t secrets; /* bits of enum secret, mailstore.h; 0: none found or not looked */
	bool looked;      /* the mail store was there to look for secrets */
	struct address source;
	bool has_source;
	uint32_t session; /* index into sessions */
	struct evidences evidence;
};

/* One session of the intruder, with what its end says. */
struct session_row {
	slice account, protocol, id;
	struct address source;
	bool has_source;
	int64_t first_us, last_us;  /* last: UNKNOWN end is CLOCK_NONE */
	int64_t bodies, body_bytes; /* UNKNOWN; as counted by the server */
	int64_t bytes_out;          /* UNKNOWN */
	enum certainty certainty;   /* that this session is the intruder's */
	struct evidences evidence;
};

struct total {
	int64_t proven;  /* distinct things proven opened */
	int64_t at_most; /* UNKNOWN: no bound can be given, a gap says why */
};

struct change {
	slice kind; /* forwarding-rule filter delegation app-password consent config */
	slice account, target;
	int64_t time_us;
	bool active; /* nothing seen that took it back */
	bool used;   /* mail was seen to go that way */
	enum certainty certainty;
	struct evidences evidence;
};

struct sent {
	slice account, queue_id, message_id, subject;
	slice *to;
	size_t to_count;
	int64_t bytes, time_us;
	bool external;
	enum certainty certainty;
	struct evidences evidence;
};

struct gap {
	slice source;           /* path of an input, or the kind of log that was never written */
	int64_t from_us, to_us; /* CLOCK_NONE: the whole time */
	slice kind;             /* missing truncated tampered never-logged */
	slice hides;            /* one sentence: what cannot be known because of it */
	slice remedy;           /* the setting that would have shown it; empty: none */
	struct evidences evidence;
	slice state; /* finer than kind: short silent rotated rate-limited throttled never-on clock
			cut tampered; empty: not told */
	enum certainty certainty; /* that it is one; CERTAINTY_NONE: not weighed */
};

struct finding {
	slice rule_id, rule_title, level, description;
	const char *const *tags; /* of the rule; techniques are attack.tNNNN */
	int64_t time_us, first_us;
	slice account;
	struct address source;
	bool has_source;
	uint64_t count;
	struct evidences evidence;
};

enum question { Q_HOW, Q_SINCE, Q_OPENED, Q_LEFT, Q_INSIDE, Q_WHO, QUESTION_COUNT };
extern const char *const question_ids[QUESTION_COUNT];   /* "how-they-got-in" ... */
extern const char *const question_texts[QUESTION_COUNT]; /* "How did they get in?" ... */

struct verdict {
	slice
	    answer; /* did-data-leave: STIX's word first: none suspected-loss confirmed-loss ... */
	slice short_answer;       /* for the terminal: one or two lines */
	enum certainty certainty; /* CERTAINTY_NONE: unknown */
	slice *because;
	size_t because_count;
	slice *would_settle;
	size_t would_settle_count;
};

struct hypothesis {
	slice name; /* state activist criminal insider test */
	int weight; /* percent; all together 100 */
	slice *in_favour;
	size_t for_count;
	slice *against;
	size_t against_count;
};

/* One bar of the timeline: what an account or source did in a stretch of time. */
struct incident {
	slice id, title, severity; /* low medium high critical */
	int64_t first_us, last_us, first_finding_us;
	struct entry entry;
	struct {
		struct source *at;
		size_t len, room;
	} sources;
	struct {
		struct account *at;
		size_t len, room;
	} accounts;
	struct {
		struct session_row *at;
		size_t len, room;
	} sessions;
	struct {
		struct access *at;
		size_t len, room;
	} accesses;
	struct {
		struct change *at;
		size_t len, room;
	} changes;
	struct {
		struct sent *at;
		size_t len, room;
	} sent;
	struct {
		struct gap *at;
		size_t len, room;
	} gaps;
	struct {
		struct finding *at;
		size_t len, room;
	} findings;
	struct total messages, attachments, files, bytes_out;
	int64_t listed;           /* messages shown by header alone */
	uint64_t secret_messages; /* opened messages that hold secrets */
	uint64_t secrets[16];     /* messages by kind, index enum secret */
	struct verdict verdicts[QUESTION_COUNT];
	struct {
		struct hypothesis *at;
		size_t len, room;
	} hypotheses;
};

struct input_row {
	slice path;
	bool has_digest;
	struct digest digest;
	int64_t bytes; /* UNKNOWN */
	uint64_t records, unrecognised, broken;
	int64_t first_us, last_us; /* CLOCK_NONE */
	bool zone_assumed;         /* clocks in it name no zone, and nobody said which */
	slice host;
	struct {
		slice name;
		uint64_t records;
	} formats[8];
	size_t format_count;
};

/* Findings of a rule that were let go, lest memory grow. */
struct shed_row {
	slice rule_id, rule_title, level;
	uint64_t count;
};

struct mailstore;
struct report {
	slice tool_version;
	int64_t created_us;
	double seconds; /* that the scan took; for the terminal */
	struct {
		struct input_row *at;
		size_t len, room;
	} inputs;
	struct {
		struct incident *at;
		size_t len, room;
	} incidents;
	struct {
		struct finding *at;
		size_t len, room;
	} findings; /* of no incident */
	struct {
		struct gap *at;
		size_t len, room;
	} gaps; /* of all sources */
	struct {
		struct shed_row *at;
		size_t len, room;
	} sheds; /* the rules whose findings were let go, most first */
	struct {
		slice *at;
		size_t len, room;
	} suspects; /* what --suspect named */
	uint64_t records, recognised, malformed, shed;
	uint64_t hosts;
	bool mail_store; /* one was given */
	struct arena arena;
	struct sight sight;      /* what these records can show */
	struct zone *zone;       /* of times in answers; NULL: UTC */
	struct mailstore *store; /* subjects and names point into it */
};
void report_free(struct report *r);

/*
 * The inquiry: from what rules said on the first walk to the report.
 *
 *	struct inquiry *q = inquiry_new(facts, store, report);
 *	inquiry_hit(q, &hit);                      first walk, each time a rule matched
 *	if (inquiry_window(q, &from, &to))         which stretch must be read again
 *		inquiry_add(q, e);                 second walk, each event of it
 *	inquiry_finish(q);                         fills the report; then evidence is quoted
 *
 * Law: what is said of a message is never more than its records carry.  "proven" needs a record
 * that names the message; a join or arithmetic gives "likely" at most; an upper bound is
 * "possible".
 */
struct facts;
struct mailstore;
struct inquiry;

enum { HIT_PLACES = 8 };
/* The source's network, to the account: not used before; that, though the account has habits. */
enum hit_network { NETWORK_UNTOLD, NETWORK_KNOWN, NETWORK_UNUSED, NETWORK_NEW };
struct hit {
	unsigned rule; /* number, for adding up */
	const char *rule_id, *title, *description, *level_name, *method;
	int level; /* 0 informational .. 4 critical */
	const char *const *tags;
	slice account; /* empty: none */
	bool has_source, shell;
	enum hit_network network;
	struct address source;
	slice agent, login; /* browser; audit login id */
	slice host;         /* whose login id it is; empty: the only one */
	int64_t first_us, time_us;
	uint64_t count;
	struct place places[HIT_PLACES];
	size_t place_count;
};

struct inquiry *inquiry_new(struct facts *facts, struct mailstore *store, struct report *report);
void inquiry_free(struct inquiry **q);
void inquiry_hit(struct inquiry *q, const struct hit *hit);
void inquiry_saw(struct inquiry *q,
		 const struct event *e); /* first walk, each event: what is logged */
/* An active filter that lies on a disk, of an account (its domain may be missing): where it sends
 * mail now; nothing tells since when.  Kept if it is of an incident's account and goes outside. */
void inquiry_script(struct inquiry *q, slice account, slice target, slice place);
bool inquiry_window(struct inquiry *q, int64_t *from_us, int64_t *to_us);
void inquiry_add(struct inquiry *q, const struct event *e);
/* False: inquiry_add() makes nothing of it, whatever came before. */
bool inquiry_minds(const struct event *e);
void inquiry_finish(struct inquiry *q);
/* The report keeps the mail store, to which its names point, and closes it. */
void report_adopt(struct report *r, struct mailstore **store);
/* All evidence of the report, to be quoted; the list is the caller's to free(). */
struct evidence **report_cited(struct report *r, size_t *n);

/* How long something lasted, in its two largest units: "4 min 38 s", "1 day 2 h". */
slice incident_duration(struct arena *a, int64_t usec);
/* Bytes in steps of 1000 with so many places behind the point: 118 KB, 9.5 KB. */
struct volume {
	double n;
	int places;
	const char *unit; /* empty: bytes */
};
struct volume incident_volume(int64_t bytes);

#endif
