/* known.h - for the files of this room alone: what is remembered, and of whom. */
#ifndef TOCSIN_KNOWN_H
#define TOCSIN_KNOWN_H

#include "facts.h"
#include "tally.h"

/* Bounds of the tables; beyond them the entry untouched longest is shed and counted. */
enum {
	ACCOUNTS_MOST = 200000,
	HABITS_MOST = 65536, /* or HABITS_EACH per account, if that is more */
	HABITS_EACH = 3,
	HABITS_NEAR = 3, /* by number in an account's row */
	GUESSERS_MOST = 40960,
	NETWORKS_MOST = 65536,
	AREAS_MOST = 16384,
	BROWSERS_MOST = 4096,
	TURNS_MOST = 16384,
	WALKS_MOST = 1024,
	SESSIONS_MOST = 65536,
	TARGETS_MOST = 65536,
	READERS_MOST = 1024,
	QUEUES_MOST = 8192,
	DOMAINS_MOST = 4096,
	ORPHANS_MOST = 64,
	TRIALS_MOST = 16384,
	PASSWORDS_MOST = 16384,
	RUNGS_MOST = 49152,
	VICTIMS_MOST = 32768,
	PLACES_MOST = 16384,
	HINT_OTHERS = 2,
	HINT_ACCOUNTS = 4,
	VICTIM_WORDS = 4,
	CLIENTS_MOST = 4096,
	SESSION_CLIENTS_MOST = 16384,
	SERVED_MOST = 16384,
	MASTERS_MOST = 1024,
	SENDERS_MOST = 65536,
	RECIPIENTS_MOST = 65536,
	KNOWN_HOSTS_MOST = 1024,
	LETTERS_MOST = 16384,
	PEERS_MOST = 4096,
	SERVANTS_MOST = 16384,
	SERVED_HERE = 44,
	LAWS_MOST = 16384,
	SUSPECTS_MOST = 64,
	MESSAGE_IDS_MOST = 32768,
	COPIES_MOST = 8192,
	UNFILED_MOST = 512,
	EARLY_MOST = 16384,
	COUNTRIES_KEPT = 6, /* per account */
	OPERATORS_KEPT = 8,
	CLIENTS_KEPT = 6,
	CLIENT_MOST = 40, /* bytes of its name */
	USUAL_LEAST = 5,  /* bodies a day: below, "times the usual" means nothing */
	KB_USUAL_LEAST = 50,
	NAME_MOST = 255, /* RFC 5321 4.5.3.1: 64 octets, @, and a domain of a usual length */
	TARGETS_KEPT = FACTS_TARGETS, /* accounts remembered by name per guessing address, */
	TARGETS_HERE = 3,             /* so many of them in its row */
	CANDIDATES = 16,
	WALK_RING = 24,
	PARTS_RING = 8,
	WALK_SLOTS = 10, /* of half a minute */
	LOCAL_RING = 256,
	LOCAL_MAILS = 64,
	REMOTE_RING = 128,
	HOSTS_MOST = 1024,
	WEB_HOSTS_MOST = 16,
	AUDITED_RING = 32,
	AGENTS_KEPT = 64,
	AGENT_MOST = 400, /* bytes looked at: real ones are shorter */
};

#define HABIT_NEW_US    CLOCK_DAY           /* a network is "new" for a day after its first use */
#define LEARNING_DAYS   FACTS_LEARNING_DAYS /* before an account's habits judge */
#define GUESS_WINDOW_US (7 * CLOCK_DAY)

enum protocol_bit { P_IMAP = 1, P_POP3 = 2, P_SMTP = 4, P_SIEVE = 8, P_WEB = 16, P_SSH = 32 };

/* When an account signs in: local hours and weekdays, decayed. */
enum { TIMES_ONE = 1024 }; /* what one counts for: halved every thirty days, it stays below 64 */
struct times {
	uint16_t hours[24], weekdays[7];
	uint16_t day;  /* since 1970, to which they are decayed */
	uint32_t hour; /* since 1970, the last one counted */
};

/*
 * With its name a row of three cache lines: what most events touch, then what one of an hour does.
 */
struct account_known {
	/* The habits used last, the newest first: most often one of them is the next one too. */
	struct {
		uint32_t number, net; /* + 1; hash of the network */
	} habits[HABITS_NEAR];
	uint32_t day_s; /* start of the day of reads */
	uint32_t reads; /* today */
	uint32_t read_kb;
	uint32_t seen_s; /* its last sign-in */
	uint32_t first_s, pop3_s;
	uint32_t hour;        /* since 1970: the last one that its profile looked at */
	uint32_t reads_usual; /* most in an earlier day */
	uint32_t read_kb_usual;
	uint16_t usual_day;  /* since 1970, of the usual ones; 0: none */
	uint16_t days;       /* on which it signed in, this one included */
	uint16_t day;        /* the last of them, since 1970 */
	uint8_t protocols;   /* bits used before */
	uint32_t failures_s; /* start of the day of failures */
	uint32_t failures;
	uint32_t profile; /* number + 1 of its profile, unless that was shed; 0: it has none */
	struct times times;
};
enum { ACCOUNT_HERE = 32 }; /* bytes of a name that lie in its row */
_Static_assert((ACCOUNT_HERE + 8 + sizeof(struct account_known) + 7) % LINE_BYTES < 8,
	       "whole lines");

/* Days of sign-ins before this one: one is a hint, LEARNING_DAYS make a habit. */
enum history { HISTORY_NONE, HISTORY_SHORT, HISTORY_LONG };

/* An account in a network: with its key a cache line, for there are many. */
struct habit {
	uint32_t first_s, day_s, hour_s;
	uint32_t last_s; /* sign-in, in this run or an earlier one */
	uint32_t reads, hour_reads, read_kb;
	uint32_t sent, sent_kb;
	uint32_t history : 2; /* enum history: what was known of the account when it came first */
	uint32_t at_home : 1; /* counted among those of the network */
	uint32_t downloads : 29;
};
enum { HABIT_KEY = 16 };
_Static_assert(HABIT_KEY + 8 + sizeof(struct habit) == LINE_BYTES, "a cache line");

/* The rhythm of its sign-ins, and what it read since the first; only where anybody asks. */
struct beats {
	uint32_t last_s; /* sign-in, from which the next gap counts */
	float gap, gap_off;
	uint32_t reads;
	uint8_t gaps; /* between sign-ins, that the two are made of; 255: or more */
};

/* A country, operator or client of an account. */
struct used {
	uint32_t hash; /* of its name; 0: none */
	uint32_t first_s;
	uint16_t last_day; /* since 1970 */
	uint8_t history;   /* enum history: what was known of the account when it first came */
	bool counted;      /* among the users of the client */
};

/* What an account uses besides its networks, where anything names it. */
struct profile {
	struct used clients[CLIENTS_KEPT];
	struct profile_places {
		struct used countries[COUNTRIES_KEPT], operators[OPERATORS_KEPT];
		struct address last;
		uint32_t last_s; /* when it was last there; 0: nowhere yet */
	} places[];              /* one, if facts.has_places */
};

/* A program, by its name without version; no kind: tocsin does not know it. */
struct client {
	slice name, kind;
};

/* What a user agent's text says: numbers in the tables of client.c, behind the last for none. */
struct agent {
	char text[AGENT_MOST];
	uint16_t len;
	uint8_t row, system;
};

/* What a session's client said it is, before the account was known. */
struct session_client {
	char name[CLIENT_MOST];
	uint8_t len;
	slice kind; /* of the table of clients */
};

/* A master user; and one in a network. */
struct master {
	int64_t first_us, day_us;
	struct few accounts;
};

/* An address that failed to sign in. */
struct guesser {
	int64_t last_us, first_us;
	uint32_t failures;
	uint16_t hours;         /* in which it failed */
	uint8_t accounts, came; /* on which it failed; of them those that its network let in */
	struct pace pace;
	uint32_t targets[TARGETS_HERE]; /* hashes of account names */
	uint8_t companions;             /* at its newest target */
	bool by_webmail : 1;            /* the last one */
	bool has_more : 1;
};
enum { GUESSER_KEY = 8 };
_Static_assert(GUESSER_KEY + 8 + sizeof(struct guesser) == LINE_BYTES,
	       "a cache line: there are many");

/* And what few of them have. */
struct guesser_more {
	uint64_t machine; /* of IPv6, in the network of its key: the one that failed first */
	uint64_t sketch;  /* of targets that are not kept: a bit by hash */
	uint32_t targets[TARGETS_KEPT - TARGETS_HERE]; /* after those */
};

/* An account failing in a network. */
struct trial {
	int64_t last_us;
	struct pace pace;
	struct rhythm failures;
};

/* And the passwords that were refused there, where their hashes are logged. */
struct tried {
	int64_t last_us;
	uint32_t password, repeated, session; /* hashes; refusals in a row of that password */
	struct few passwords;
};

/* A refused password, by the hash that is logged. */
struct password_known {
	int64_t last_us;
	struct few accounts, networks;
};

/* Failures from a prefix. */
struct rung {
	int64_t last_us;
	struct week failures;
	struct few passwords; /* of an address */
};

/* A place from which somebody failed: by which addresses, on which accounts. */
struct failed_place {
	int64_t last_us;
	struct few addresses, accounts;
};

/* The same as long as it is little: as few.kept has it. */
struct failed_hint {
	uint32_t last_s;
	uint16_t addresses[HINT_OTHERS], accounts[HINT_ACCOUNTS];
};

/* An account that fails from networks that are not its own; known to us or not. */
struct victim {
	int64_t last_us;
	int64_t burst_us; /* since when without an hour's pause */
	struct week failures;
	struct few networks;
	uint64_t sketch[VICTIM_WORDS]; /* of the same, a bit by hash */
};

/* A network, or an area of networks, in which somebody signed in. */
struct network_known {
	uint32_t day_s;
	uint32_t first_s;         /* by whomever */
	uint32_t accounts;        /* that ever used it */
	uint32_t accounts_before; /* at home there before the day being counted, or on two days */
	uint32_t firsts;          /* today: of which nothing else was known */
	uint32_t entered;         /* for the first time, today */
	uint32_t door, votes; /* hash of the address that most came in by, and by how many more */
};

/* An account's name where a pointer would not live long enough; longer ones are not joined. */
struct name {
	char text[NAME_MOST];
	uint8_t len;
};

/* How many in each of the last half minutes. */
struct slots {
	uint32_t slot; /* half minutes since 1970 of the newest */
	uint8_t n[WALK_SLOTS];
};

/* The messages that a browser opened last, and the parts that it fetched. */
struct walk {
	uint32_t last_s;
	struct walk_step {
		uint32_t second, ms; /* ms: of a clock that turns over, for gaps */
		uint32_t message;    /* hash of folder and UID; 0: none */
		uint32_t uid;
	} ring[WALK_RING];
	uint8_t at, part_at;
	uint32_t parts_ring[PARTS_RING];
	struct slots opened, parts;
};

/* One browser at the webmail: address and user agent. */
enum { TOLD_MOST = 4 };
struct browser {
	int64_t first_us, last_us;
	uint32_t account;                /* number in accounts + 1; 0: unknown */
	uint32_t name_hash;              /* of its name, should the number have gone to another */
	bool stated;                     /* by Roundcube's own log, not by a join */
	int64_t turn_us;                 /* since when that account works at it */
	uint32_t turns;                  /* of others before it: turns.c */
	uint32_t candidates[CANDIDATES]; /* accounts, by hash, that were there at each request */
	uint8_t candidate_count, at_first, rounds;
	uint8_t hits, votes;     /* of the join: requests that agree, of how many */
	uint16_t client_day;     /* since 1970: when its program was last counted, */
	uint32_t client_account; /* and for which account */
	struct {
		int64_t us;
		uint64_t what; /* hash; 0: none */
		uint32_t input;
	} told[TOLD_MOST]; /* its last requests, which another log may tell as well */
	uint8_t told_at;
};

/* A stretch in which an account worked at a browser. */
struct turn {
	int64_t from_us;
	uint32_t account, name_hash; /* as in struct browser */
	bool stated;
};

/* A program that opens files of the mail store, by path and login. */
struct reader {
	int64_t first_us, day_us;
	uint64_t sketch; /* of mailboxes: a bit by hash */
	uint32_t boxes;
};

/* What a system call's record said, for the path records of the same audit event. */
struct audited {
	int64_t sequence; /* each host counts for itself */
	uint64_t host;
	struct name exe, login, key;
};

struct network_row {
	struct cidr cidr;
	slice name, country, operator;
	bool trusted, hostile;
};

struct local_login {
	int64_t us;
	struct name account;
	bool explained; /* by a request of the webmail */
	struct place place;
};

/* A sign-in to IMAP from elsewhere, in a network not known for the account. */
struct remote_login {
	int64_t us;
	uint64_t account; /* hash */
	struct address ip;
	bool near, matched;
};

/* An address that may be the webmail's host. */
struct web_host {
	uint32_t logins, matched;
	uint32_t stated,
	    statements; /* of Roundcube's log: with its sign-ins, and before the first */
};

/* An account that sends. */
struct sender {
	uint32_t day_s, hour_s, days;                         /* that ended */
	uint32_t day, hour, hour_most, day_usual, hour_usual; /* recipients outside */
	uint32_t recipients, recipients_usual;                /* most of one message */
	uint32_t strangers;        /* today's to whom it never wrote before today */
	uint32_t refused, decided; /* recipients, today */
	uint32_t usual_day;        /* of an earlier run; 0: none */
	uint32_t copies, unfiled;  /* messages whose copy was saved, and was not */
};

/* A message in the queue that somebody signed in to send. */
struct queued {
	struct name account;
	struct address ip;
	int64_t size;
};

/*
 * What a program on the host itself handed in for an account, until the webmail tells who sent it.
 */
struct local_mail {
	int64_t us, size;
	uint64_t account; /* hash of its name */
};

/* A session end whose start has not been seen; it may still come (daemons log separately). */
struct orphan {
	int64_t us, start_us;
	struct name account;
	char session[40];
	uint8_t session_len;
	struct address ip;
	struct place place;
};

enum law { LAW_ORIGIN, LAW_DELIVERY, LAW_CONNECT, LAW_REQUEST, LAW_END, LAW_ID, LAW_COUNT };

/* How often a source kept a law, and broke it. */
struct law_count {
	uint32_t kept, broken;
};

/* A host that writes records: from when to when some were learnt, and how it keeps the laws. */
struct host_known {
	uint64_t hash;          /* of its name */
	int64_t from_us, to_us; /* CLOCK_NONE: none yet */
	int64_t known_us;       /* until then by an earlier run; 0: none */
	struct law_count laws[LAW_COUNT];
	int64_t broken_us; /* when LAW_ID was last counted as broken; 0: never */
};

/* How far the records of an input have come, which stand in it in order of time. */
enum { ORDERS = 64 };
struct order {
	uint32_t input, behind; /* its number + 1; 0: none; how many in a row stand behind it */
	int64_t newest_us;
};

/* A broken law whose other half may still come. */
struct suspect {
	enum law law;
	uint64_t account_hash; /* of LAW_REQUEST: who is bound; of the others it is the host */
	uint64_t key;          /* of what is missing its half */
	int64_t us, start_us;  /* start_us: of the session; CLOCK_NONE: none */
	struct name account, queue_id, host, session;
	bool has_ip;
	struct address ip;
	struct place place;
};

/* A process of Dovecot that serves a session which has not ended. */
struct servant {
	int64_t us;
	uint64_t session; /* hash */
	struct address ip;
	struct place place;
	uint16_t account_len, session_len;
	uint32_t account, habit; /* numbers + 1 of their rows; 0: none */
	union {                  /* the account's name, and the session's behind it */
		char here[SERVED_HERE];
		char *away; /* where that is too short */
	} names;
};

/* A message in a queue, whoever sent it. */
struct letter {
	uint16_t recipients, delivered; /* delivered: or refused for good */
	bool origin, taken_in, judged, expired, removed;
};

/* Who signed in, by session and by the process that serves it. */
struct served {
	struct name account, session;
	struct address ip;
	int64_t us;
};

/* Sessions of an account whose ends name none of them: unnamed.c. */
struct unnamed {
	int64_t us; /* of the last sign-in */
	struct address ip;
	uint32_t open;
	bool mixed; /* from more than one address */
	uint8_t session_len;
	char session[42];
};

struct message_id {
	uint32_t last_s, times;
};

/* A message that went out, whose copy may still be saved. */
struct unfiled {
	int64_t us;
	uint64_t key;
	struct name account, queue_id;
	struct address ip;
	struct place place;
};

enum { RETOLD = 1 << 10 };

struct facts {
	struct arena arena;
	uint64_t wanted[FIELD_WORDS]; /* fields that are asked for */
	struct table accounts, habits, beats, guessers, guessers_more, networks, browsers, walks,
	    early, turns, sessions, queues, areas, readers, domains, trials, tried, passwords,
	    rungs, failed_places, failed_hints, victims, profiles, clients, session_clients,
	    masters, senders, known_hosts, letters, peers, laws, message_ids, copies, servants,
	    served, unnamed;
	struct notches targets, recipients; /* the second in which each was first written to */
	LIST(struct network_row) rows;      /* longest prefix first */
	bool any_hostile;                   /* one of them is */
	LIST(slice) named;                  /* suspected accounts */
	struct geo *geo;
	struct local_mail local_mails[LOCAL_MAILS]; /* newest at local_mail_at - 1 */
	uint32_t local_mail_at;
	struct local_login
	    local[LOCAL_RING]; /* sign-ins from the mail host itself, newest at local_at - 1 */
	size_t local_at;
	struct remote_login remote[REMOTE_RING];
	size_t remote_at;
	uint32_t remote_logins, remote_matched, statements;
	struct network_known *net_row; /* of the network looked up last; NULL: it has none */
	struct address net;
	struct table hosts;
	struct order orders[ORDERS]; /* by number of the input */
	struct host_known *host;     /* whose the last record was */
	struct address web_hosts[WEB_HOSTS_MOST];
	size_t web_host_count;
	struct account_known *account; /* looked up last; NULL: none */
	bool by_id;                    /* sessions are kept by id as well: see servant.c */
	void *domain;                  /* of the last account, in domains */
	bool has_places;         /* networks.yaml or a database names countries or operators */
	bool bare_accounts;      /* some sign in without a domain */
	bool unnamed_ends;       /* sessions end of which only the account is told */
	bool nameless_starts;    /* sign-ins that bear no session id: no end can miss its start */
	uint64_t retold[RETOLD]; /* sessions whose start was told a second time, by their hash */
	struct orphan orphans[ORPHANS_MOST];
	size_t orphan_count;
	uint64_t orphans_shed; /* for want of room; suspects too */
	uint64_t spent;        /* entries that were shed when they said nothing any more */
	struct suspect suspects[SUSPECTS_MOST];
	size_t suspect_count;
	struct unfiled unfiled[UNFILED_MOST]; /* a ring, the oldest at unfiled_at */
	size_t unfiled_at, unfiled_count;
	size_t local_judged;                  /* of the ring of sign-ins from the host */
	int64_t request_us, request_first_us; /* webmail requests: the last, the first */
	int64_t restarted_us;
	struct audited audited[AUDITED_RING];
	size_t audited_at;
	struct agent agents[AGENTS_KEPT];
	int64_t began_us; /* time of the first event */
	int64_t since_us; /* from when on anything is known: earlier runs included */
	int64_t newest_us;
	struct state *state; /* NULL: nothing is kept between runs */
	int64_t shell_us,
	    strange_shell_us; /* last ssh sign-in, and the last from a strange place */
	char country[4];      /* room for the answer of the database */
	char operator_name[96];
	char account_room[ACCOUNT_MOST];
	char travel_from[40], travel_to[40], client_room[64]; /* of the event under way */
	struct zone *zone;                                    /* of hours; the caller's */
};

/* network.c */
struct geo;
void geo_close(struct geo **g);
/* Degrees, and the radius in km within which the address is likely; false: none is known. */
bool geo_coordinates(struct geo *g, const struct address *a, double *latitude, double *longitude,
		     double *radius);
bool is_hostile(const struct facts *f, const struct address *a);
bool is_named(const struct facts *f, slice account);
bool geo_find(struct geo *g, const struct address *a, char country[4], char *operator_name,
	      size_t room);

/* facts.c */
static inline bool is_wanted(const struct facts *f, enum field field)
{
	return f->wanted[field >> 6] >> (field & 63) & 1;
}
static inline slice name_of(const struct name *n)
{
	return (slice){n->text, n->len};
}
bool name_keep(struct name *n, slice s); /* false, and empty, if it is too long */

/* habit.c */
/* An account in a network, looked up once for an event. */
struct who {
	struct account_known *account;
	struct habit *habit; /* NULL: never signed in from there */
	struct address net;
	const struct address *ip;
	int64_t now;
	bool hostile; /* nobody's habit, however long it was used */
};
struct who who_is(struct facts *f, slice account, const struct address *ip, int64_t now);
struct account_known *find_account(struct facts *f, slice account); /* NULL: it is none */
struct account_known *know_account(struct facts *f, slice account, int64_t now);
struct network_known *know_network(struct table *t, slice key, int64_t now);
struct network_known *find_network(struct facts *f, const struct address *net);
/* An address as a key of few bytes: four of IPv4, else all but the zeros at its end. */
slice net_key(const struct address *net, char room[16]);
/* The most failures of 20 minutes that make no haste: people, and devices with an old password. */
enum { HASTE_LEAST = 10 };
/* Accounts that came in by this very address of the network, at least; 0: untold. */
uint32_t people_of(const struct network_known *n, const struct address *ip);
/* IPv6: one machine has a whole /64. */
struct address machine_address(const struct address *ip);
struct address net_of(slice key);
enum history history_of(const struct account_known *a);
/* Writes what is known of them; changes nothing. */
void state_network(struct facts *f, struct event *e, const struct who *w);
void sign_in(struct facts *f, struct event *e, slice account, const struct address *ip,
	     enum protocol_bit protocol, int64_t now);
void add_reads(struct facts *f, struct event *e, const struct who *w, uint32_t bodies,
	       uint64_t bytes);
bool is_office(struct facts *f, const struct address *ip);
/* A habit of an earlier run, and whose a habit's key is. */
void habit_restore(struct facts *f, struct account_known *a, const struct address *net,
		   uint32_t first_s, uint32_t last_s, uint8_t history);
bool habit_owner(const struct facts *f, slice key, slice *account, struct address *net);
void turn_habit_day(struct habit *h, int64_t now);
static inline uint32_t second_of(int64_t usec)
{
	return (uint32_t)(usec / CLOCK_SECOND);
}
enum { DAY_S = 86400, HOUR_S = 3600, GUESS_WINDOW_S = 7 * DAY_S };

/* law.c */
struct host_known *know_host(struct facts *f, slice name);

/* serving.c */
void serving_began(struct facts *f, const struct event *e);
/* Completes the end of a session, if who signed in is known: account, address, session. */
void serving_ended(struct facts *f, struct event *e);

/* profile.c */
void profile_sign_in(struct facts *f, struct event *e, const struct who *w, bool known);
void profile_client(struct facts *f, struct event *e, slice account, int64_t now);
void profile_client_id(struct facts *f, struct event *e, slice account, int64_t now);
void profile_places(struct facts *f); /* before the first event: anything names them */
struct profile *know_profile(struct facts *f, const struct who *w);
void profile_session(struct facts *f, struct event *e, slice account, int64_t now);

/* sender.c */
/* The second in which the pair of hashes was first seen. */
uint32_t first_notched(struct notches *m, const uint64_t pair[2], int64_t now);
void sender_delivered(struct facts *f, struct event *e, slice account, bool outside, int64_t now);
void sender_queued(struct facts *f, struct event *e, slice account, int64_t now);

/* state.c */
void state_load(struct facts *f);
void state_close(struct state **s);

/* facts.c: all of them */
size_t facts_tables(void);
struct table *facts_table(const struct facts *f, size_t i);

/* client.c */
slice client_kind(slice text); /* as the table of clients has it */
struct client client_of(struct facts *f, const struct event *e);

/* country.c */
/* The circle that holds the country: degrees and km; false: it is not in the table. */
bool country_circle(slice code, double *latitude, double *longitude, double *radius);

/* travel.c */
void travel_to(struct facts *f, struct event *e, const struct who *w);

/* master.c */
void master_sign_in(struct facts *f, struct event *e, const struct address *ip, int64_t now);

/* guess.c */
void forget_guesser(struct facts *f, struct guesser *g); /* what it has besides its row */
void state_guesser(struct facts *f, struct event *e, const struct address *ip, int64_t now);
/* The account is let in to a network for the first time. */
void guesser_came(struct facts *f, slice account, const struct address *ip);
void failed(struct facts *f, struct event *e, slice account, const struct address *ip, int64_t now);

/* password.c */
void password_refused(struct facts *f, struct event *e, slice account, const struct address *ip,
		      bool local, int64_t now);
void password_failed(struct facts *f, struct event *e, slice account, const struct address *net,
		     uint32_t tries, int64_t now);
/* An account in a network, as a key of few bytes: the same of chance for one pair in 2^64. */
uint64_t pair_hash(slice account, const struct address *net);
/* How hasty the failures on the account were, in the network that lets it in. */
void state_haste(struct facts *f, struct event *e, slice account, const struct address *net);

/* ladder.c */
void ladder_climb(struct facts *f, struct event *e, slice account, const struct address *ip,
		  uint32_t failures, uint32_t tries, int64_t now);
void ladder_password(struct facts *f, struct event *e, const struct address *ip, uint32_t hash,
		     int64_t now);
void victim_failed(struct facts *f, struct event *e, slice account, const struct address *net,
		   uint32_t tries, int64_t now);
uint32_t victims_shared(struct facts *f, const uint32_t *accounts, size_t n);
/* What failed at the account from elsewhere, told where it is let in. */
void state_victim(struct facts *f, struct event *e, slice account, int64_t now);

/* webmail.c */
void webmail_local_login(struct facts *f, const struct event *e, slice account, int64_t now);
bool webmail_wrote(const struct event *e);
void webmail_stated_login(struct facts *f, slice account, const struct address *ip, int64_t now);
void webmail_request(struct facts *f, struct event *e, facts_emit *emit, void *ctx);
bool browser_is_settled(const struct browser *b); /* whose it is is known well enough */
/* turns.c: somebody signs in at the browser; whose turn it was at a time, false: nobody's known */
void turn_over(struct facts *f, struct browser *b, int64_t now);
bool turn_of(const struct facts *f, const struct browser *b, int64_t now, struct turn *t);

/* walk.c */
void walk_opened(struct facts *f, const struct browser *b, struct event *e, int64_t now);
void walk_part(struct facts *f, const struct browser *b, struct event *e, int64_t now);

/* webhost.c */
void web_host_login(struct facts *f, const struct event *e, slice account, const struct address *ip,
		    int64_t now);
void web_host_stated(struct facts *f, slice account, const struct address *client, int64_t now);
void web_host_request(struct facts *f, const struct address *client, int64_t now);

/* session.c */
void session_started(struct facts *f, const struct event *e);
void session_ended(struct facts *f, const struct event *e, bool served, int64_t now);
void session_orphans(struct facts *f, int64_t now, facts_emit *emit, void *ctx);
void mail_client(struct facts *f, const struct event *e, slice account);
void mail_queue(struct facts *f, struct event *e, int64_t now);
void webmail_sent(struct facts *f, struct event *e, slice account, const struct address *ip,
		  int64_t now);
void mail_deliver(struct facts *f, struct event *e, int64_t now);
void mail_redirect(struct facts *f, struct event *e, slice account);

/* servant.c */
struct servant *servant_began(struct facts *f, const struct event *e, slice account, int64_t now);
/* True if the start will be found by the process: it need not be kept by id. */
bool servant_holds(const struct facts *f, const struct event *e);
void servant_tells(struct facts *f, struct event *e);
bool servant_ended(struct facts *f, const struct event *e); /* true: the start was known */
void servant_crashed(struct facts *f, const struct event *e);
void servants_by_id(struct facts *f);
void servant_shed(void *ctx, void *servant);
void servants_free(struct facts *f);
void servants_image(struct facts *f, struct image *im); /* names that lie elsewhere */

/* law.c */
struct host_known *law_host(struct facts *f, const struct event *e);
void law_kept(struct facts *f, enum law law, const struct event *e);
/* Counts that this host broke it; true if it is bound by it. */
bool law_broken(struct facts *f, enum law law, const struct event *e);
/* What is missing its half, by `key`, which acquits when it comes after all. */
void law_suspect(struct facts *f, enum law law, uint64_t account_hash, uint64_t key,
		 const struct event *e);
void law_acquit(struct facts *f, enum law law, uint64_t key);
void laws_judge(struct facts *f, int64_t now, facts_emit *emit, void *ctx);
void law_origin(struct facts *f, const struct event *e);
void law_taken_in(struct facts *f, struct event *e, int64_t now);
void law_queued(struct facts *f, const struct event *e);
void law_delivered(struct facts *f, const struct event *e);
void law_removed(struct facts *f, const struct event *e);
void law_connected(struct facts *f, const struct event *e);
void law_disconnected(struct facts *f, const struct event *e, int64_t now);
void law_restarted(struct facts *f, int64_t now);
void law_local_logins(struct facts *f, int64_t now);
void law_request(struct facts *f, int64_t now);

/* copy.c */
void copies_judge(struct facts *f, int64_t now, facts_emit *emit, void *ctx);
void copy_saved(struct facts *f, const struct event *e, slice account, int64_t now);
void copy_sent(struct facts *f, const struct event *e, int64_t now);

/* host.c */
void host_shell(struct facts *f, const struct event *e, const struct address *ip, int64_t now);
void host_command(struct facts *f, struct event *e, int64_t now);
void host_file_open(struct facts *f, struct event *e, int64_t now);

/* forged.c */
/* A sign-in that contradicts itself is told; true if its id names another address, `*from`. */
bool tell_forged(struct facts *f, const struct event *e, struct address *from, facts_emit *emit,
		 void *ctx);
/* As of when a sign-in is learnt, which may stand among younger lines. */
int64_t time_to_learn(struct facts *f, const struct event *e, int64_t now);

/* tenant.c */
void tenant_act(struct facts *f, struct event *e, slice account, const struct address *ip,
		int64_t now);
bool tenant_guessed(const struct event *e); /* of a sign-in that failed */

#endif
