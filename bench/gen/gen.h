/*
 * gen.h - what the parts of gen share; private to this directory.
 *
 *	main.c     the day's traffic, the rhythm of the week
 *	heap.c     the events that wait for their moment
 *	people.c   what lines are made of: chance, numbers, addresses, the clock, people, names
 *	mail.c     what Dovecot and Postfix write
 *	web.c      webmail
 *	attacks.c  the intrusions, and the truth about them
 *
 * Laws: (1) all chance comes from rnd() and fixed(): the same seed gives the same logs;
 *       (2) an on_...() gets an event whose moment has come; what is to follow it goes to later().
 */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

#define SEC      1000000ULL
#define MINUTE   (60 * SEC)
#define HOUR     (3600 * SEC)
#define DAY      (86400 * SEC)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Noreturn void die(const char *what, ...) __attribute__((format(printf, 1, 2)));

/* ---- chance ---- */

extern u64 seed_state, salt;

static inline u64 mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static inline u64 rnd(void)
{
	return mix(seed_state += 0x9e3779b97f4a7c15ULL);
}

static inline u32 below(u32 n)
{
	return (u32)(((rnd() >> 32) * n) >> 32);
}

static inline u32 between(u32 lo, u32 hi)
{
	return lo + below(hi - lo + 1);
}

static inline u64 span(u64 lo, u64 hi)
{
	return lo + rnd() % (hi - lo + 1);
}

static inline double unit(void)
{
	return (double)(rnd() >> 11) * 0x1p-53;
}

static inline bool percent(u32 n)
{
	return below(100) < n;
}

/* A value that does not change while the run lasts: the same question gets the same answer. */
static inline u64 fixed(u64 what, u64 about)
{
	return mix(salt ^ (what << 48) ^ (about * 0x9e3779b97f4a7c15ULL));
}

u32 message_size(void);
u64 messages_size(u32 n);

/* ---- output ---- */

struct out {
	int fd;
	char *p, *limit;
	char buf[1 << 18];
};
extern struct out mail_log, access_log;
extern u64 lines_written, lines_access;

void open_out(struct out *o, const char *dir, const char *name);
void flush(struct out *o);

static inline void put(struct out *o, const char *s, size_t n)
{
	memcpy(o->p, s, n);
	o->p += n;
}

static inline void str(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static inline void chr(struct out *o, char c)
{
	*o->p++ = c;
}

#define LIT(o, s) put((o), (s), sizeof(s) - 1)
#define LOWER     "0123456789abcdef"
#define UPPER     "0123456789ABCDEF"

void num(struct out *o, u64 v);
void hex(struct out *o, u64 v, int n, const char *alphabet);

/* A line of mail.log begins and ends. */
struct out *line(u64 t);
void done(struct out *o);

/* ---- addresses ---- */

struct addr {
	u8 b[16];
	bool six;
};
extern const struct addr loopback;

struct addr four(u32 a, u32 b, u32 c, u32 d);
void address(struct out *o, const struct addr *a);

/* ---- time ---- */

extern u64 t_begin, t_end; /* microseconds, UTC */

u64 offset_at(u64 t); /* of local time, in hours */
u32 hour_of(u64 t);
u32 weekday_of(u64 t); /* 0 is Sunday */

/* ---- people ---- */

enum {
	HAS_OFFICE = 1,
	HAS_MOBILE = 2,
	HAS_SIX = 4,
	USES_POP = 8,
	USES_WEB = 16,
	FORWARDS = 32,
	FILTERS = 64,
	LEAVES_MAIL = 128
};

struct account {
	char *name; /* with its domain */
	u8 len, traits, agent;
	u8 touched;   /* plays a part in an attack or in an innocent trap */
	u32 messages; /* in the mailbox */
};
extern struct account *accounts;
extern u32 n_accounts, n_offices;

#define NOBODY UINT32_MAX

void build_accounts(void);
u32 anybody(void);
struct addr usual(u32 who, u64 t);
struct addr office_of(u32 who);
struct addr home_of(u32 who, u64 t, bool six);
struct addr mobile_of(u32 who);
struct addr hotel(void);
struct addr scanner(void);
struct addr exchanger(u32 d);

/* ---- events ---- */

enum kind {
	LOGIN,
	END,
	FAIL,
	AUTH_LINE,
	DELIVERY,
	OUTBOUND,
	SUBMISSION,
	SASL_FAIL,
	REJECT,
	CHATTER,
	WEB_LINE,
	VISIT,
	STALE,
	TRIP,
	NEWSLETTER,
	ATTACK
};

enum service { IMAP, POP3, SIEVE, ASKED_BY_POSTFIX };

struct event {
	struct addr from;
	u8 kind, service, stage, style;
	u16 port;
	u32 who; /* account, or NOBODY */
	u32 pid, count, left;
	u64 start, lasts, bytes, id, every;
};

#define NEVER UINT64_MAX

void later(u64 t, struct event e);
u64 next_time(void); /* NEVER: nothing waits */
u64 next_event(struct event *e);
u32 most_waiting(void); /* at once, so far */

/* ---- names in lines ---- */

#define OWN_MAIL (1ULL << 63) /* in the id of a mail that was written here */

void user(struct out *o, u32 who);
void stranger(struct out *o, u64 r);
void domain(struct out *o, u32 d);
void remote_person(struct out *o, u64 h);
void message_id(struct out *o, u64 id);
void session_id(struct out *o, const struct event *e);
void delivery_id(struct out *o, const struct event *e);
void queue_id(struct out *o, u64 t, u64 id);
void from_to(struct out *o, const struct event *e);
bool local(const struct event *e);

/* ---- mail ---- */

extern bool auth_verbose;
extern u32 *forward_target; /* by account; 0: nowhere */
#define INTRUDERS_TARGET 100000000

u16 any_port(void);
void session(u64 t, enum service service, u32 who, struct addr from, u32 count, u64 lasts,
	     u8 style);
void failure(u64 t, enum service service, u32 who, struct addr from, u32 attempts, u64 lasts,
	     u8 style);
void delivery(u64 t, u32 who);
void submission(u64 t, u32 who, struct addr from, u32 recipients);

void write_end(const struct event *e, u64 t);
void on_login(struct event *e, u64 t);
void on_fail(const struct event *e, u64 t);
void on_auth_line(const struct event *e, u64 t);
void on_delivery(struct event *e, u64 t);
void on_outbound(struct event *e, u64 t);
void on_submission(struct event *e, u64 t);
void on_sasl_fail(struct event *e, u64 t);
void on_reject(struct event *e, u64 t);
void on_chatter(const struct event *e, u64 t);

/* ---- webmail ---- */

enum page {
	W_HOME,
	W_LOGIN,
	W_LOGIN_FAIL,
	W_MAIL,
	W_LIST,
	W_PREVIEW,
	W_SHOW,
	W_PART,
	W_REFRESH,
	W_UNREAD,
	W_STATIC,
	W_FILTERS,
	W_FILTER_SAVE,
	W_LOGOUT,
	W_PROBE
};

void request(u64 t, u32 who, struct addr from, u32 agent, enum page page);
void visit(u64 t, u32 who, struct addr from, u32 slips, bool filters);
void on_web_line(const struct event *e, u64 t);
void on_visit(struct event *e, u64 t);

/* ---- attacks ---- */

extern u32 n_attacks;
extern u32 n_trips, n_phones, n_stale, n_filters; /* innocents who look a little like an intruder */

u32 cast(bool no_pop);
void plan_attacks(u64 lines);
void on_attack(struct event *e, u64 t);
void write_truth(const char *dir, u64 seed);

#endif
