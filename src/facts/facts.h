/*
 * facts.h - what C knows that a log line does not say.
 *
 *	struct facts *f = facts_new();
 *	facts_networks(f, "networks.yaml", note, ctx);     names, countries, operators of networks
 *	facts_geo(f, "country.mmdb");                      MaxMind-format database
 *	facts_add(f, &e, emit, ctx);                       for each event, in time order
 *
 * facts_add() writes tocsin.* fields into the event and remembers it: per account, per account and
 * network, per guessing address, per browser.  Memory is bounded by the tables below; what is shed
 * is counted.  Judgement is not here: rules read the fields and decide.
 *
 * Laws: (1) memory grows with active accounts and addresses, never with lines; (2) a field is
 * absent where its fact cannot be known; (3) what a person reads in a rule is the whole condition:
 * no fact hides a threshold that is not in its description.
 */
#ifndef TOCSIN_FACTS_H
#define TOCSIN_FACTS_H

#include "event/event.h"

struct facts;

/* Says what is wrong with a file: path, line (0: none), what, and what the reader can do. */
typedef void facts_note(void *ctx, const char *path, int line, const char *what,
			const char *remedy);
/* Receives an event that facts derived (a sign-in that only a join shows, a broken law). */
typedef void facts_emit(void *ctx, const struct event *e);

struct facts *facts_new(void);
void facts_free(struct facts **f);
bool facts_networks(struct facts *f, const char *path, facts_note *note, void *ctx);
bool facts_geo(struct facts *f, const char *path, facts_note *note, void *ctx);
/*
 * An address, a network (CIDR) or an account that somebody names as an intruder's, or as one that
 * an intruder used: as an entry of networks.yaml that is hostile.  False if it is none of these.
 * Before the first event.
 */
bool facts_suspect(struct facts *f, slice what);

/*
 * The only fields that anybody asks for, bits as those of an event: what would be kept for others
 * alone is not kept.  Unless this is called, before the first event, all are asked for.
 */
void facts_wants(struct facts *f, const uint64_t fields[FIELD_WORDS]);
/* The zone whose hours and weekdays are the accounts'; it must outlive the facts.  None: UTC. */
void facts_zone(struct facts *f, struct zone *z);

/*
 * What is usual, kept between runs in an SQLite file that is made if there is none; it is held
 * until facts_free().  False after a note if it is no such file, damaged, of another version, or
 * held by another program: then facts are as without.  Before the first event.
 */
bool facts_state(struct facts *f, const char *path, facts_note *note, void *ctx);
/* What the incidents make doubtful: an account, a source, a stretch of time; nothing is learnt of
 * it. */
struct facts_doubt {
	slice account; /* empty: none */
	bool has_source;
	struct address source;
	int64_t from_us, to_us; /* to 0: none */
};
/* Writes what was learnt, in one transaction; false after a note.  Once, after the last event. */
bool facts_keep(struct facts *f, const struct facts_doubt *doubts, size_t n);

void facts_add(struct facts *f, struct event *e, facts_emit *emit, void *ctx);
/* Of an event that was told before and is not added again: where a session's start is, its end may
 * come a second time as well, even if nobody remembers the first. */
void facts_copied(struct facts *f, const struct event *e);

/* What is known of an address from networks.yaml or the database; empty slices where nothing is. */
struct where {
	slice name, country, operator;
	bool trusted, hostile, listed;
};
struct where facts_where(struct facts *f, const struct address *a);
/* Completes a file record with the program and login of its system call (second walk as well). */
void facts_file(struct facts *f, struct event *e);
/* Completes the end of a session that names its account alone: address, session, and that it is a
 * join (second walk as well). */
void facts_unnamed(struct facts *f, struct event *e);
/* Whose mailbox a path leads to: an account that signed in, named by its folders ("domain/user",
 * "user@domain", or "user" where accounts have no domain); empty if none is. */
slice facts_account_of_path(struct facts *f, slice path);
/* The account of that name, or of that name in the other's domain; empty if none signed in. */
slice facts_account_like(struct facts *f, slice other, slice name);
/* Completes what OpenSMTPD and sendmail say of mail handed in: address, account; as facts_add()
 * does (second walk as well). */
void facts_submission(struct facts *f, struct event *e);
/* The network by which habits are kept: /24, /48, or a smaller one that networks.yaml names. */
struct address facts_network(const struct facts *f, const struct address *a);

/* From when on anything is known, earlier runs included; CLOCK_NONE: no event came. */
int64_t facts_since(const struct facts *f);
/* Days of sign-ins that an account needs before what is new to it is called so. */
enum { FACTS_LEARNING_DAYS = 2 };
/* True if webmail runs there: it signs in for everybody and is nobody's place. */
bool facts_is_web_host(const struct facts *f, const struct address *a);
/* When an address first failed or signed in, in the records fed so far; CLOCK_NONE: it did not. */
int64_t facts_guesser_since(struct facts *f, const struct address *a);
/* Accounts on which the address failed. */
uint32_t facts_failed_accounts(struct facts *f, const struct address *a);
/* Of these, those that its network let in, before or since. */
uint32_t facts_came_accounts(struct facts *f, const struct address *a);
/* True if the password of the account was guessed at in haste from the network of `a`. */
bool facts_guessed_at(struct facts *f, slice account, const struct address *a);
/* Since when strangers failed at the account, the last time that they did for a while: without an
 * hour's pause, and within a day before `now`; CLOCK_NONE: they did not. */
int64_t facts_guessed_since(struct facts *f, slice account, int64_t now);
/* Addresses that failed at the account since then, at one more at most, and never signed in: at
 * most `most`. */
size_t facts_guessers_of(struct facts *f, slice account, int64_t since_us, struct address *out,
			 size_t most);
/* Hashes of the accounts on which the address failed, of the first FACTS_TARGETS: how many. */
enum { FACTS_TARGETS = 8 };
size_t facts_targets(struct facts *f, const struct address *a, uint32_t out[FACTS_TARGETS]);
/* Accounts on which both addresses failed, as far as they are among those. */
size_t facts_common_targets(struct facts *f, const struct address *a, const struct address *b);
/* Addresses that guessed at the same accounts as `a` and never signed in: at most `most`. */
size_t facts_allies(struct facts *f, const struct address *a, struct address *out, size_t most);
/* When anybody first signed in from the network of `a`; CLOCK_NONE: never. */
int64_t facts_network_since(struct facts *f, const struct address *a);
/* Accounts that ever signed in from the network of `a`. */
uint32_t facts_network_accounts(struct facts *f, const struct address *a);
/* When `account` first used the network of `a`; CLOCK_NONE: never. */
int64_t facts_habit_since(struct facts *f, slice account, const struct address *a);
/* When a session of it from there ended that was under way as the records begin; CLOCK_NONE: none
 * did. */
int64_t facts_early_since(struct facts *f, slice account, const struct address *a);
/* An account in a network. */
struct facts_habit {
	slice account;
	struct address net;
	int64_t since_us;
	bool first_known; /* nothing was known of the account on an earlier day */
	bool trusted;
	uint32_t colleagues; /* accounts that used the area before its last day */
};
typedef void facts_on_habit(void *ctx, const struct facts_habit *h);
void facts_habits(struct facts *f, facts_on_habit *on, void *ctx);
/* True if the account was never seen elsewhere before it came there: it may be its own place. */
bool facts_is_first_place(struct facts *f, slice account, const struct address *a);
/* Each account that ever used the network of `a`; before the first event: by the state alone, and
 * then no event may come. */
typedef void facts_person(void *ctx, slice account);
void facts_people(struct facts *f, const struct address *a, facts_person *on, void *ctx);
/* True if mail to this domain stays here: it is the domain of an account that signed in. */
bool facts_domain_is_ours(struct facts *f, slice domain);
/* The account that worked at a browser (address and user agent) then, and how sure: empty if
 * unknown. */
slice facts_browser_account(struct facts *f, const struct address *a, slice agent, int64_t now,
			    bool *stated);

/* All that is remembered, of facts made alike: see base/image.h. */
void facts_image(struct facts *f, struct image *im);
uint64_t facts_shed(const struct facts *f);
size_t facts_bytes(const struct facts *f);

/* An account name as tables keep it: lower case, at most ACCOUNT_MOST bytes; itself or in room. */
enum { ACCOUNT_MOST = 256 };
/*
 * Whose mail a URL names (webmail.named), as he signed in from `ip`; *stated: within the last day.
 */
slice facts_named_account(struct facts *f, const struct address *ip, slice named, int64_t now,
			  bool *stated);
slice facts_account_key(slice user, char room[ACCOUNT_MOST]);
/* Whose mailbox an event is about, as tables keep it: of "ana*backup" the first, whom a master user
 * signs in as.  Empty: nobody's. */
slice facts_account_of(const struct event *e, char room[ACCOUNT_MOST]);
/* The master user who signs in; empty: none is named. */
slice facts_master_of(const struct event *e);

#endif
