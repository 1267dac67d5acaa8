/*
 * gen: writes the log of a mail host that never was, with intrusions in it whose truth is known.
 *
 * Output: DIR/mail.log   Postfix 3.7 and Dovecot 2.3.19 as Debian 12's rsyslog writes them
 *         DIR/access.log nginx "combined" in front of Roundcube, about a tenth of all lines
 *         DIR/truth.json the embedded attacks; whoever is not in it is innocent
 *
 * How: people and machines arrive at random (a daily and weekly rhythm on top of a flat background). An arrival
 * is a chain of events; an event waits in a heap for its moment, writes its line and becomes the next event of
 * its chain. So the log comes out in order of time, and memory holds accounts and open chains, never lines.
 *
 * Addresses are synthetic: 2001:db8::/32 and IPv4 blocks that carry no public mail clients.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

#define SEC 1000000ULL
#define MINUTE (60 * SEC)
#define HOUR (3600 * SEC)
#define DAY (86400 * SEC)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void die(const char *what, ...)
{
	va_list ap;
	va_start(ap, what);
	fputs("gen: ", stderr);
	vfprintf(stderr, what, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

/* ---- chance ------------------------------------------------------------------------------------------------ */

static u64 seed_state;

static u64 mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}
static inline u64 rnd(void) { return mix(seed_state += 0x9e3779b97f4a7c15ULL); }
static inline u32 below(u32 n) { return (u32)(((rnd() >> 32) * n) >> 32); }
static inline u32 between(u32 lo, u32 hi) { return lo + below(hi - lo + 1); }
static inline u64 span(u64 lo, u64 hi) { return lo + rnd() % (hi - lo + 1); }
static inline double unit(void) { return (double)(rnd() >> 11) * 0x1p-53; }
static inline bool percent(u32 n) { return below(100) < n; }

/* A value that does not change while the run lasts: the same question gets the same answer. */
static u64 salt;
static inline u64 fixed(u64 what, u64 about) { return mix(salt ^ (what << 48) ^ (about * 0x9e3779b97f4a7c15ULL)); }

/* Message sizes spread over decades: most are a few kB, some are megabytes. */
static u32 message_size(void)
{
	u32 decade = below(100);
	if (decade < 45)
		return between(1800, 9000);
	if (decade < 80)
		return between(9000, 60000);
	if (decade < 96)
		return between(60000, 400000);
	return between(400000, 6000000);
}

/* The sum of n message sizes, without drawing all of them when n is large. */
static u64 messages_size(u32 n)
{
	u64 sum = 0;
	u32 drawn = n < 24 ? n : 24;
	for (u32 i = 0; i < drawn; i++)
		sum += message_size();
	return drawn == n ? sum : sum / drawn * n + below(100000);
}

/* ---- output ------------------------------------------------------------------------------------------------ */

struct out {
	int fd;
	char *p, *limit;
	char buf[1 << 18];
};
static struct out mail_log, access_log;
static u64 lines_written, lines_access;

static void flush(struct out *o)
{
	for (char *p = o->buf; p < o->p;) {
		ssize_t n = write(o->fd, p, (size_t)(o->p - p));
		if (n < 0 && errno != EINTR)
			die("write: %s", strerror(errno));
		if (n > 0)
			p += n;
	}
	o->p = o->buf;
}

static void open_out(struct out *o, const char *dir, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (o->fd < 0)
		die("%s: %s", path, strerror(errno));
	o->p = o->buf;
	o->limit = o->buf + sizeof o->buf - 8192;   /* no line is longer than that */
}

static inline void put(struct out *o, const char *s, size_t n) { memcpy(o->p, s, n); o->p += n; }
static inline void str(struct out *o, const char *s) { put(o, s, strlen(s)); }
static inline void chr(struct out *o, char c) { *o->p++ = c; }
#define LIT(o, s) put((o), (s), sizeof(s) - 1)

static void num(struct out *o, u64 v)
{
	char tmp[20], *p = tmp + sizeof tmp;
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	put(o, p, (size_t)(tmp + sizeof tmp - p));
}

static void digits(char *at, u32 v, int n)
{
	while (n--) {
		at[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

static void hex(struct out *o, u64 v, int n, const char *alphabet)
{
	while (n--)
		chr(o, alphabet[v >> (4 * n) & 15]);
}
#define LOWER "0123456789abcdef"
#define UPPER "0123456789ABCDEF"

static void base64(struct out *o, const u8 *b, size_t n)
{
	static const char a[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (; n >= 3; b += 3, n -= 3) {
		u32 v = (u32)b[0] << 16 | (u32)b[1] << 8 | b[2];
		chr(o, a[v >> 18]), chr(o, a[v >> 12 & 63]), chr(o, a[v >> 6 & 63]), chr(o, a[v & 63]);
	}
	if (n == 1)                                  /* Dovecot writes no padding */
		chr(o, a[b[0] >> 2]), chr(o, a[(b[0] & 3) << 4]);
	else if (n == 2)
		chr(o, a[b[0] >> 2]), chr(o, a[(b[0] & 3) << 4 | b[1] >> 4]), chr(o, a[(b[1] & 15) << 2]);
}

/* ---- addresses --------------------------------------------------------------------------------------------- */

struct addr {
	u8 b[16];
	bool six;
};

static struct addr four(u32 a, u32 b, u32 c, u32 d)
{
	return (struct addr){ .b = { (u8)a, (u8)b, (u8)c, (u8)d } };
}

/* 2001:db8:NET:NET:HOST...; no group is zero, so there is nothing to shorten. */
static struct addr sixfold(u32 net, u64 host)
{
	struct addr a = { .b = { 0x20, 0x01, 0x0d, 0xb8 }, .six = true };
	memcpy(a.b + 4, &net, 4);
	memcpy(a.b + 8, &host, 8);
	for (int i = 4; i < 16; i += 2)
		if (!a.b[i])
			a.b[i] = 0x3e;
	return a;
}

static const struct addr loopback = { .b = { 127, 0, 0, 1 } };

static void address(struct out *o, const struct addr *a)
{
	for (int i = 0; !a->six && i < 4; i++) {
		if (i)
			chr(o, '.');
		num(o, a->b[i]);
	}
	for (int i = 0; a->six && i < 16; i += 2) {
		u32 v = (u32)a->b[i] << 8 | a->b[i + 1];
		int n = v > 0xfff ? 4 : v > 0xff ? 3 : v > 0xf ? 2 : 1;
		if (i)
			chr(o, ':');
		hex(o, v, n, LOWER);
	}
}

/* ---- time -------------------------------------------------------------------------------------------------- */

static u64 t_begin, t_end;                           /* microseconds, UTC */

/* Central European Time: summer time from the last Sunday of March to that of October, 01:00 UTC. */
static u64 last_sunday(int year, int month)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 31 };
	time_t t = timegm(&tm);
	struct tm day;
	gmtime_r(&t, &day);
	return (u64)(t - day.tm_wday * 86400 + 3600) * SEC;
}

static u64 zone_hour, zone_offset;

static u64 offset_at(u64 t)
{
	if (t / HOUR != zone_hour) {
		time_t s = (time_t)(t / SEC);
		struct tm tm;
		gmtime_r(&s, &tm);
		int y = tm.tm_year + 1900;
		zone_hour = t / HOUR;
		zone_offset = t >= last_sunday(y, 3) && t < last_sunday(y, 10) ? 2 : 1;
	}
	return zone_offset;
}

static u32 hour_of(u64 t) { return (u32)((t + offset_at(t) * HOUR) % DAY / HOUR); }
static u32 weekday_of(u64 t) { return (u32)(((t + offset_at(t) * HOUR) / DAY + 4) % 7); }   /* 0 is Sunday */

static u64 clock_now;                                /* the stamp of the last line: it never goes back */
static struct out *line(u64 t)
{
	static u64 second = UINT64_MAX;
	static char stamp[] = "2026-03-01T00:00:00.000000+01:00 mail1 ";
	struct out *o = &mail_log;

	if (t < clock_now)
		t = clock_now;
	clock_now = t;
	if (o->p > o->limit)
		flush(o);
	if (t / SEC != second) {
		second = t / SEC;
		time_t s = (time_t)(second + offset_at(t) * 3600);
		struct tm tm;
		gmtime_r(&s, &tm);
		digits(stamp, (u32)tm.tm_year + 1900, 4), digits(stamp + 5, (u32)tm.tm_mon + 1, 2);
		digits(stamp + 8, (u32)tm.tm_mday, 2), digits(stamp + 11, (u32)tm.tm_hour, 2);
		digits(stamp + 14, (u32)tm.tm_min, 2), digits(stamp + 17, (u32)tm.tm_sec, 2);
		stamp[28] = (char)('0' + offset_at(t));
	}
	digits(stamp + 20, (u32)(t % SEC), 6);
	put(o, stamp, sizeof stamp - 1);
	return o;
}

static void done(struct out *o)
{
	chr(o, '\n');
	lines_written++;
}

/* ---- people ------------------------------------------------------------------------------------------------ */

static const char *const given[] = {
	"adele", "agnes", "alain", "alice", "amelie", "andre", "anna", "anne", "antoine", "arthur", "astrid", "aurelie",
	"basile", "beatrice", "benoit", "bernard", "brigitte", "bruno", "camille", "carine", "cecile", "celine",
	"charles", "chloe", "claire", "claude", "clement", "colette", "cyril", "damien", "daniel", "david", "delphine",
	"denis", "diane", "didier", "edith", "elena", "elise", "emile", "emma", "eric", "estelle", "eva", "fabien",
	"fatima", "felix", "florence", "francois", "frederic", "gabriel", "gaelle", "georges", "gerard", "gilles",
	"greta", "guy", "helene", "henri", "hugo", "ines", "irene", "isabelle", "jacques", "jana", "jean", "jerome",
	"joelle", "jonas", "jules", "julie", "karim", "karin", "laura", "laurent", "lea", "leila", "lena", "leon",
	"linh", "lionel", "louis", "luc", "lucie", "ludovic", "madeleine", "manon", "marc", "marie", "marion", "martin",
	"mathilde", "maxime", "michel", "mireille", "monique", "nadia", "nathan", "nicolas", "nora", "odile", "olivier",
	"oscar", "pascal", "patrick", "paul", "pauline", "philippe", "pierre", "quentin", "rachel", "raphael", "regis",
	"remi", "rene", "robert", "romain", "rosa", "sabine", "samuel", "sandrine", "serge", "simon", "solene",
	"sophie", "stephane", "sylvie", "theo", "thierry", "thomas", "valerie", "victor", "vincent", "xavier", "yann",
	"yasmine", "yves", "zoe",
};
static const char *const family[] = {
	"adam", "albert", "andre", "arnaud", "aubert", "bailly", "barbier", "baron", "benard", "berger", "bernard",
	"bertrand", "besson", "blanc", "blanchard", "bonnet", "boucher", "bourgeois", "bouvier", "boyer", "brun",
	"brunet", "carpentier", "caron", "charles", "charpentier", "chevalier", "clement", "colin", "collet", "cordier",
	"cousin", "daniel", "david", "denis", "deschamps", "dubois", "dufour", "dumas", "dumont", "dupont", "dupuis",
	"dupuy", "durand", "duval", "etienne", "evrard", "fabre", "faure", "fischer", "fleury", "fontaine", "fournier",
	"francois", "gaillard", "garcia", "garnier", "gautier", "gay", "gerard", "germain", "gillet", "girard",
	"giraud", "gonzalez", "guerin", "guillaume", "guyot", "hamon", "henry", "herve", "hoang", "hubert", "huet",
	"humbert", "jacob", "jacquet", "jean", "joly", "klein", "kowalski", "lacroix", "lambert", "langlois", "laurent",
	"lebrun", "leclerc", "lecomte", "lefevre", "legrand", "lemaire", "lemoine", "leroux", "leroy", "leveque",
	"lopez", "louis", "lucas", "mallet", "marchal", "marchand", "marie", "martin", "martinez", "marty", "masson",
	"mathieu", "maillard", "menard", "mercier", "meunier", "meyer", "michel", "millet", "monnier", "moreau",
	"morel", "morin", "moulin", "muller", "nguyen", "nicolas", "noel", "olivier", "oliveira", "paris", "pascal",
	"payet", "pelletier", "peltier", "perez", "perret", "perrin", "perrot", "petit", "philippe", "picard", "pierre",
	"poirier", "pons", "poulain", "prevost", "remy", "renard", "renaud", "renault", "rey", "reynaud", "richard",
	"riviere", "robert", "robin", "roche", "rodriguez", "roger", "rolland", "rousseau", "roussel", "roux", "roy",
	"royer", "sanchez", "schmitt", "schneider", "simon", "tessier", "thomas", "tran", "vasseur", "vidal", "vincent",
	"weber", "wolff", "zimmermann",
};
static const char *const outside[] = {                /* halves of the names of other people's domains */
	"nord", "sud", "atlas", "delta", "orion", "verde", "alpen", "rivage", "pharma", "bau", "logis", "media",
	"energie", "transit", "agro", "metal", "credit", "assur", "campus", "sport", "hotel", "textil", "papier",
	"optik", "aqua", "solar", "cargo", "forum", "kontor", "studio", "labor", "archiv",
};

enum { HAS_OFFICE = 1, HAS_MOBILE = 2, HAS_SIX = 4, USES_POP = 8, USES_WEB = 16, FORWARDS = 32, FILTERS = 64,
       LEAVES_MAIL = 128 };

struct account {
	char *name;                                  /* with its domain */
	u8 len, traits, touched, agent;              /* touched: plays a part in an attack or in an innocent trap */
	u32 messages;                                /* in the mailbox */
};
static struct account *accounts;
static u32 n_accounts = 20000, n_offices;

static void build_accounts(void)
{
	u32 g = COUNT(given), f = COUNT(family), all = g * f;
	u32 step = 7919;
	while (all % step == 0)
		step += 2;
	accounts = calloc(n_accounts, sizeof *accounts);
	char *names = malloc((size_t)n_accounts * 44);
	if (!accounts || !names)
		die("out of memory");
	for (u32 i = 0; i < n_accounts; i++) {
		u32 pick = (u32)((u64)i % all * step % all);
		u64 h = fixed(1, i);
		int n = i < all
			? snprintf(names, 44, "%s.%s@example.org", given[pick % g], family[pick / g])
			: snprintf(names, 44, "%s.%s%u@example.org", given[pick % g], family[pick / g], i / all + 1);
		struct account *a = &accounts[i];
		a->name = names, a->len = (u8)n, names += n + 1;
		a->agent = (u8)(h >> 56);
		a->traits = (u8)((h % 100 < 45 ? HAS_OFFICE : 0) | ((h >> 8) % 100 < 60 ? HAS_MOBILE : 0)
			| ((h >> 16) % 100 < 30 ? HAS_SIX : 0)
			| ((h >> 24) % 100 < 7 ? USES_POP : 0) | ((h >> 32) % 100 < 25 ? USES_WEB : 0)
			| ((h >> 36) % 1000 < 12 ? FORWARDS : 0) | ((h >> 40) % 100 < 18 ? FILTERS : 0)
			| ((h >> 44) % 100 < 50 ? LEAVES_MAIL : 0));
		a->messages = 150 + (u32)((h >> 12) % 900) * (u32)(1 + (h >> 50) % 12);
	}
	n_offices = n_accounts / 650 ? n_accounts / 650 : 1;
}

/* Few people cause most of the traffic: the lower the number, the busier. */
static u32 anybody(void)
{
	double u = unit();
	u32 who = (u32)(u * u * sqrt(sqrt(u)) * n_accounts);
	return who < n_accounts / 100 ? below(n_accounts / 100) : who;   /* but nobody is busier than one can be */
}

static struct addr office_of(u32 who)
{
	u64 h = fixed(2, fixed(3, who) % n_offices);
	return four(11, (u32)h & 255, (u32)(h >> 8) & 255, 1 + (u32)(h >> 16) % 250);
}

static struct addr home_of(u32 who, u64 t, bool six)
{
	u64 h = fixed(4, who), lease = t / DAY;
	if (six)                                     /* privacy addresses: another one every day */
		return sixfold((u32)h, fixed(5, (u64)who << 20 ^ lease));
	return four(26, (u32)h & 255, (u32)(h >> 8) & 255, 1 + (u32)(fixed(6, (u64)who << 20 ^ lease / 5) % 250));
}

static struct addr mobile_of(u32 who)
{
	u32 carrier = (u32)(fixed(7, who) % 4), r = below(8192);
	return four(30, 16 * (carrier + 1), r >> 8, r & 255);
}

/* Where is this person now? */
static struct addr usual(u32 who, u64 t)
{
	u32 traits = accounts[who].traits, h = hour_of(t), d = weekday_of(t);
	if (traits & HAS_OFFICE && h >= 8 && h < 19 && d && d < 6 && percent(75))
		return office_of(who);
	if (traits & HAS_MOBILE && percent(40))
		return mobile_of(who);
	return home_of(who, t, traits & HAS_SIX && percent(65));
}

static struct addr hotel(void) { u64 r = rnd(); return four(21, r & 255, r >> 8 & 255, 1 + (r >> 16) % 250); }
static struct addr scanner(void) { u64 r = rnd(); return four(28, r & 255, r >> 8 & 255, 1 + (r >> 16) % 250); }

static const struct addr listener = { .b = { 22, 7, 40, 25 } };
static const struct addr listener_six = { .b = { 0x20, 0x01, 0x0d, 0xb8, 0x40, 1, 0x40, 2, 0x40, 3, 0x40, 4, 0x40, 5, 0x40, 6 },
					  .six = true };

static const char *const agents[] = {
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36 Edg/134.0.0.0",
};

/* ---- events and their heap --------------------------------------------------------------------------------- */

enum kind { LOGIN, END, FAIL, AUTH_LINE, DELIVERY, OUTBOUND, SUBMISSION, SASL_FAIL, REJECT, CHATTER, WEB_LINE, VISIT,
	    STALE, TRIP, NEWSLETTER, ATTACK };
enum service { IMAP, POP3, SIEVE, ASKED_BY_POSTFIX };
static const char *const service_name[] = { "imap", "pop3", "managesieve" };

#define NOBODY UINT32_MAX

struct event {
	struct addr from;
	u8 kind, service, stage, style;
	u16 port;
	u32 who;                                     /* account, or NOBODY */
	u32 pid, count, left;
	u64 start, lasts, bytes, id, every;
};

static struct event *pool;
static u32 pool_size, *free_list, n_free;
static struct waiting { u64 t; u32 i; } *heap;
static u32 n_heap, peak_heap;

static void grow(void)
{
	u32 old = pool_size;
	pool_size = old ? old * 2 : 4096;
	pool = realloc(pool, pool_size * sizeof *pool);
	heap = realloc(heap, pool_size * sizeof *heap);
	free_list = realloc(free_list, pool_size * sizeof *free_list);
	if (!pool || !heap || !free_list)
		die("out of memory");
	for (u32 i = pool_size; i-- > old;)
		free_list[n_free++] = i;
}

static void later(u64 t, struct event e)
{
	if (!n_free)
		grow();
	u32 i = free_list[--n_free], at = n_heap++;
	pool[i] = e;
	while (at && heap[(at - 1) / 4].t > t) {
		heap[at] = heap[(at - 1) / 4];
		at = (at - 1) / 4;
	}
	heap[at] = (struct waiting){ t, i };
	if (n_heap > peak_heap)
		peak_heap = n_heap;
}

static u64 next_event(struct event *e)
{
	struct waiting top = heap[0], last = heap[--n_heap];
	u32 at = 0;
	for (;;) {
		u32 child = at * 4 + 1, best = child;
		if (child >= n_heap)
			break;
		for (u32 c = child + 1; c < child + 4 && c < n_heap; c++)
			if (heap[c].t < heap[best].t)
				best = c;
		if (heap[best].t >= last.t)
			break;
		heap[at] = heap[best];
		at = best;
	}
	heap[at] = last;
	*e = pool[top.i];
	free_list[n_free++] = top.i;
	return top.t;
}

/* ---- processes --------------------------------------------------------------------------------------------- */

static u32 last_pid = 61000;

static u32 new_pid(void)
{
	last_pid += between(1, 3);
	if (last_pid > 4194000)
		last_pid = 1200;
	return last_pid;
}

/* Postfix daemons serve one client at a time and go away after a hundred. */
struct daemons { u32 idle[512]; u32 n; };
static struct daemons smtpds, submitters, cleanups, lmtps, smtps, mailboxes;

static u32 take(struct daemons *d) { return d->n ? d->idle[--d->n] : new_pid(); }
static void give(struct daemons *d, u32 pid)
{
	if (below(100) && d->n < COUNT(d->idle))
		d->idle[d->n++] = pid;
}
static u32 borrow(struct daemons *d) { u32 pid = take(d); give(d, pid); return pid; }

#define QMGR_PID 1187
static u32 anvil_pid = 1190;

/* ---- names in lines ---------------------------------------------------------------------------------------- */

static void user(struct out *o, u32 who) { put(o, accounts[who].name, accounts[who].len); }

/* Names that scanners try; none of them is an account here. */
static void stranger(struct out *o, u64 r)
{
	static const char *const tried[] = { "admin", "info", "test", "sales", "office", "support", "scan", "contact",
		"webmaster", "postmaster", "backup", "user", "service", "noreply", "marketing", "hr", "accounting",
		"root", "mail", "billing" };
	str(o, tried[r % COUNT(tried)]);
	if (r >> 16 & 1)
		num(o, (r >> 20) % 100);
	if (r >> 17 & 3)
		LIT(o, "@example.org");
}

static void domain(struct out *o, u32 d)
{
	str(o, outside[d % 32]), str(o, outside[d / 32 % 32]);
	if (d >= 1024)
		chr(o, '-'), num(o, d / 1024);
	LIT(o, ".example");
}

static struct addr exchanger(u32 d)
{
	u64 h = fixed(8, d);
	return four(22, h & 255, h >> 8 & 255, 1 + (h >> 16) % 250);
}

static void remote_person(struct out *o, u64 h)
{
	str(o, given[h % COUNT(given)]);
	chr(o, '.');
	str(o, family[(h >> 16) % COUNT(family)]);
	chr(o, '@');
	domain(o, (u32)(h >> 40) % 3000);
}

#define OWN_MAIL (1ULL << 63)                        /* in the id of a mail that was written here */

static void message_id(struct out *o, u64 id)
{
	u64 h = fixed(9, id);
	chr(o, '<');
	switch (h & 3) {
	case 0:
		hex(o, h >> 32, 8, LOWER), chr(o, '-'), hex(o, h >> 16, 4, LOWER), LIT(o, "-4"), hex(o, h >> 4, 3, LOWER);
		LIT(o, "-9"), hex(o, h >> 8, 3, LOWER), chr(o, '-'), hex(o, mix(h), 12, LOWER);
		break;
	case 1:
		LIT(o, "CA+"), base64(o, (u8 *)&h, 7), LIT(o, "=gX");
		break;
	default:
		num(o, h % 1000000007), chr(o, '.'), num(o, mix(h) % 100000), chr(o, '.'), num(o, 1770000000000 + id % 9000000000);
	}
	chr(o, '@');
	if (id & OWN_MAIL)
		LIT(o, "example.org");
	else
		domain(o, (u32)(id % 3000));
	chr(o, '>');
}

/* Dovecot's session id is the connection: its time, the client's port and address. */
static void session_id(struct out *o, const struct event *e)
{
	u8 b[24];
	for (int i = 0; i < 6; i++)
		b[i] = (u8)(e->start >> (8 * i));
	b[6] = (u8)e->port, b[7] = (u8)(e->port >> 8);
	size_t n = e->from.six ? 16 : 4;
	memcpy(b + 8, e->from.b, n);
	base64(o, b, 8 + n);
}

/* The id of a delivery by LMTP is a GUID: nanoseconds, seconds, process, host. */
static void delivery_id(struct out *o, const struct event *e)
{
	u32 parts[4] = { (u32)(e->id % 1000000000), (u32)(e->start / SEC), e->pid, 0x50fc9ed0 };
	base64(o, (u8 *)parts, 16);
}

static void queue_id(struct out *o, u64 t, u64 id)
{
	u64 inode = 0x1e0000 + id % 0x1ffff;
	hex(o, t % SEC, 5, UPPER), hex(o, inode, 6, UPPER);
}

static void from_to(struct out *o, const struct event *e)
{
	LIT(o, ", rip="), address(o, &e->from);
	bool here = !memcmp(e->from.b, loopback.b, 16);
	LIT(o, ", lip="), address(o, here ? &loopback : e->from.six ? &listener_six : &listener);
}

static bool local(const struct event *e) { return !e->from.six && e->from.b[0] == 127; }

/* ---- Dovecot ----------------------------------------------------------------------------------------------- */

static bool auth_verbose;

static void write_login(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: "), str(o, service_name[e->service]);
	LIT(o, "-login: Login: user=<"), user(o, e->who), LIT(o, ">, method=PLAIN"), from_to(o, e);
	LIT(o, ", mpid="), num(o, e->pid), put(o, local(e) ? ", secured" : ", TLS", local(e) ? 9 : 5);
	LIT(o, ", session=<"), session_id(o, e), chr(o, '>');
	done(o);
}

static void write_reason(struct out *o, const struct event *e)
{
	switch (local(e) ? 0 : e->style) {
	case 1:
		LIT(o, "Connection closed (IDLE running for 0.001 + waiting input for "), num(o, e->lasts / SEC);
		chr(o, '.'), num(o, 100 + e->start % 900);
		LIT(o, " secs, 2 B in + 10 B out, state=wait-input)");
		break;
	case 2:
		LIT(o, "Connection closed (UID FETCH finished "), num(o, e->lasts / SEC / 3), chr(o, '.'), num(o, 100 + e->start % 900);
		LIT(o, " secs ago)");
		break;
	case 3:
		LIT(o, "Inactivity - no input for 1800 secs");
		break;
	default:
		LIT(o, "Logged out");
	}
}

static void write_end(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: "), str(o, service_name[e->service]), chr(o, '('), user(o, e->who), LIT(o, ")<");
	num(o, e->pid), LIT(o, "><"), session_id(o, e), LIT(o, ">: Disconnected: ");
	u64 r = mix(e->start);
	if (e->service == POP3) {
		u32 del = e->style ? 0 : e->count;   /* style: leaves mail on the server */
		u32 held = e->left;
		LIT(o, "Logged out top=0/0, retr="), num(o, e->count), chr(o, '/');
		num(o, e->bytes + (u64)e->count * 17), LIT(o, ", del="), num(o, del), chr(o, '/'), num(o, held);
		LIT(o, ", size="), num(o, held == e->count ? e->bytes : e->bytes + (u64)held * (20000 + r % 60000));
	} else if (e->service == SIEVE) {
		LIT(o, "Logged out bytes="), num(o, e->bytes), chr(o, '/'), num(o, 900 + r % 900);
	} else {
		u32 headers = e->count || r & 1 ? (u32)(r >> 8) % (4 + e->count / 4) : 0;
		u32 deleted = (r >> 24) % 9 == 0 && e->count < 40 ? 1 + (u32)(r >> 32) % 3 : 0;
		write_reason(o, e);
		LIT(o, " in="), num(o, 60 + r % 900 + (u64)e->count * 31);
		LIT(o, " out="), num(o, 800 + (r >> 10) % 9000 + e->bytes + e->bytes / 900 + (u64)headers * 2400);
		LIT(o, " deleted="), num(o, deleted), LIT(o, " expunged="), num(o, deleted & (u32)(r >> 40));
		LIT(o, " trashed="), num(o, 0), LIT(o, " hdr_count="), num(o, headers);
		LIT(o, " hdr_bytes="), num(o, (u64)headers * (700 + (r >> 12) % 2600));
		LIT(o, " body_count="), num(o, e->count), LIT(o, " body_bytes="), num(o, e->bytes);
	}
	done(o);
}

static void on_login(struct event *e, u64 t)
{
	e->pid = new_pid();
	if (local(e) && !below(150)) {               /* daemons log by separate ways: the end can come first */
		write_end(e, t);
		write_login(e, t + 25);
		return;
	}
	write_login(e, t);
	e->kind = END;
	later(t + e->lasts, *e);
}

static void on_fail(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: "), str(o, service_name[e->service]), LIT(o, "-login: Disconnected: ");
	if (e->style == 1 || local(e))
		LIT(o, "Aborted login by logging out");
	else if (e->style == 2)
		LIT(o, "Inactivity during authentication");
	else
		LIT(o, "Connection closed");
	LIT(o, " (auth failed, "), num(o, e->count), LIT(o, " attempts in "), num(o, (t - e->start) / SEC);
	LIT(o, " secs): user=<");
	if (e->who == NOBODY)
		stranger(o, e->id);
	else
		user(o, e->who);
	LIT(o, ">, method=PLAIN"), from_to(o, e);
	put(o, local(e) ? ", secured" : ", TLS", local(e) ? 9 : 5);
	LIT(o, ", session=<"), session_id(o, e), chr(o, '>');
	done(o);
}

static void on_auth_line(const struct event *e, u64 t)
{
	struct out *o = line(t);
	LIT(o, "dovecot: auth: passwd-file(");
	if (e->who == NOBODY)
		stranger(o, e->id);
	else
		user(o, e->who);
	chr(o, ','), address(o, &e->from);
	if (e->service != ASKED_BY_POSTFIX)          /* which has no session */
		LIT(o, ",<"), session_id(o, e), chr(o, '>');
	str(o, e->who == NOBODY ? "): unknown user" : "): Password mismatch");
	done(o);
}

static u16 any_port(void) { return (u16)between(32768, 60999); }

/* A client that connects at t, is let in, takes `count` messages and stays for a while. */
static void session(u64 t, enum service service, u32 who, struct addr from, u32 count, u64 lasts, u8 style)
{
	struct event e = { .kind = LOGIN, .service = service, .who = who, .from = from, .port = any_port(), .start = t,
			   .count = count, .lasts = lasts, .style = style, .left = accounts[who].messages };
	e.bytes = service == SIEVE ? 40 + rnd() % 60 : messages_size(count);
	later(t + (local(&e) ? span(2000, 9000) : span(40000, 380000)), e);
}

/* A client that connects at t and is refused; the line comes when it leaves. */
static void failure(u64 t, enum service service, u32 who, struct addr from, u32 attempts, u64 lasts, u8 style)
{
	struct event e = { .kind = FAIL, .service = service, .who = who, .from = from, .port = any_port(), .start = t,
			   .count = attempts, .style = style, .id = rnd() };
	later(t + lasts, e);
	e.kind = AUTH_LINE;
	for (u32 i = 0; auth_verbose && i < attempts; i++)
		later(t + lasts * (i + 1) / (attempts + 1), e);
}

/* ---- Postfix ----------------------------------------------------------------------------------------------- */

static void daemon_line(struct out *o, const char *name, u32 pid)
{
	LIT(o, "postfix/"), str(o, name), chr(o, '['), num(o, pid), LIT(o, "]: ");
}

static void queued(struct out *o, const struct event *e) { queue_id(o, e->start, e->id), LIT(o, ": "); }

/* Postfix writes delays with two significant digits and no zeros behind. Unit: 10 ms. */
static void delay(struct out *o, u32 v)
{
	num(o, v / 100);
	if (v >= 1000 || v % 100 == 0)
		return;
	chr(o, '.'), num(o, v % 100 / 10);
	if (v < 100 && v % 10)
		num(o, v % 10);
}

static void delays(struct out *o, u64 r)
{
	u32 a = (u32)(r % 60), b = (u32)(r >> 8) % 2, c = (u32)(r >> 16) % 30, d = 1 + (u32)(r >> 24) % 70;
	LIT(o, ", delay="), delay(o, a + b + c + d), LIT(o, ", delays="), delay(o, a), chr(o, '/'), delay(o, b);
	chr(o, '/'), delay(o, c), chr(o, '/'), delay(o, d);
}

/* The host that a client calls itself; one in six has no name. */
static void peer(struct out *o, const struct event *e, u32 d)
{
	if (fixed(10, d) % 6 == 0)
		LIT(o, "unknown");
	else
		str(o, d & 1 ? "mail." : "smtp-out."), domain(o, d);
	chr(o, '['), address(o, &e->from), chr(o, ']');
}

static void home_peer(struct out *o, const struct event *e)
{
	if (e->from.six || e->from.b[3] % 3 == 0) {
		LIT(o, "unknown[");
	} else {
		LIT(o, "host-");
		for (int i = 0; i < 4; i++)
			num(o, e->from.b[i]), chr(o, i < 3 ? '-' : '.');
		LIT(o, "isp.example[");
	}
	address(o, &e->from), chr(o, ']');
}

static void saved(struct out *o, const struct event *e)
{
	LIT(o, "lmtp("), user(o, e->who), LIT(o, ")<"), num(o, e->pid), LIT(o, "><"), delivery_id(o, e), LIT(o, ">: ");
}

static void forwarded(const struct event *e, u64 t, u32 target);

/* Who forwards, where to: habits of old, or what an intruder has set. */
static u32 *forward_target;                          /* 0: nowhere */
#define INTRUDERS_TARGET 100000000

static void target_name(struct out *o, u32 target)
{
	if (target >= INTRUDERS_TARGET)
		LIT(o, "archive."), num(o, target - INTRUDERS_TARGET), LIT(o, "@boite-libre.example");
	else
		remote_person(o, fixed(11, target));
}

/* A mail from outside for one account: e->port doubles as the number of the sending domain. */
static void on_delivery(struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 wait = span(2000, 20000);
	u32 d = e->port;

	switch (e->stage) {
	case 0:
		e->left = take(&smtpds);
		daemon_line(o, "smtpd", e->left), LIT(o, "connect from "), peer(o, e, d);
		wait = span(120000, 900000);
		break;
	case 1:
		e->start = t, e->id = rnd() >> 2;
		daemon_line(o, "smtpd", e->left), queued(o, e), LIT(o, "client="), peer(o, e, d);
		wait = span(30000, 160000);
		break;
	case 2:
		daemon_line(o, "cleanup", borrow(&cleanups)), queued(o, e), LIT(o, "message-id="), message_id(o, e->id);
		wait = span(3000, 90000);
		break;
	case 3:
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "from=<"), remote_person(o, e->id);
		LIT(o, ">, size="), num(o, e->bytes), LIT(o, ", nrcpt=1 (queue active)");
		break;
	case 4:
		e->pid = take(&mailboxes);
		LIT(o, "dovecot: lmtp("), num(o, e->pid), LIT(o, "): Connect from local");
		break;
	case 5:
		daemon_line(o, "smtpd", e->left), LIT(o, "disconnect from "), peer(o, e, d);
		LIT(o, " ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7");
		give(&smtpds, e->left);
		wait = span(8000, 60000);
		break;
	case 6:
		LIT(o, "dovecot: "), saved(o, e);
		if (forward_target[e->who]) {
			LIT(o, "sieve: msgid="), message_id(o, e->id), LIT(o, ": redirect action: forwarded to <");
			target_name(o, forward_target[e->who]), chr(o, '>'), done(o);
			forwarded(e, t, forward_target[e->who]);
			o = line(t + 900);
			LIT(o, "dovecot: "), saved(o, e);
		}
		if (forward_target[e->who] || accounts[e->who].traits & FILTERS) {
			LIT(o, "sieve: msgid="), message_id(o, e->id), LIT(o, ": stored mail into mailbox '");
			str(o, !forward_target[e->who] && e->id & 1 ? "Lists" : "INBOX"), chr(o, '\'');
		} else {
			LIT(o, "msgid="), message_id(o, e->id), LIT(o, ": saved mail to INBOX");
		}
		break;
	case 7:
		daemon_line(o, "lmtp", borrow(&lmtps)), queued(o, e), LIT(o, "to=<"), user(o, e->who);
		LIT(o, ">, relay=mail1.example.org[private/dovecot-lmtp]"), delays(o, e->id);
		LIT(o, ", dsn=2.0.0, status=sent (250 2.0.0 <"), user(o, e->who), LIT(o, "> "), delivery_id(o, e);
		LIT(o, " Saved)");
		break;
	case 8:
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "removed");
		break;
	default:
		LIT(o, "dovecot: lmtp("), num(o, e->pid), LIT(o, "): Disconnect from local: Logged out (state=READY)");
		give(&mailboxes, e->pid);
	}
	done(o);
	if (e->stage++ < 9)
		later(t + wait, *e);
}

static void delivery(u64 t, u32 who)
{
	double u = unit();
	u32 d = (u32)(u * u * 3000);
	struct event e = { .kind = DELIVERY, .who = who, .from = exchanger(d), .port = (u16)d, .bytes = message_size() };
	later(t, e);
}

/* A mail that leaves: from the queue to one or more hosts. left: recipients still to be served. */
static void on_outbound(struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 wait = span(3000, 30000);

	if (e->stage == 0) {
		daemon_line(o, "pickup", 1201), queued(o, e), LIT(o, "uid=5000 from=<");
		remote_person(o, e->every), chr(o, '>');
	} else if (e->stage == 1) {
		daemon_line(o, "cleanup", borrow(&cleanups)), queued(o, e), LIT(o, "message-id="), message_id(o, e->lasts);
	} else if (e->stage == 2) {
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "from=<");
		if (e->who == NOBODY)
			remote_person(o, e->every);
		else
			user(o, e->who);
		LIT(o, ">, size="), num(o, e->bytes), LIT(o, ", nrcpt="), num(o, e->left), LIT(o, " (queue active)");
		wait = span(200000, 1500000);
	} else if (e->stage == 3) {
		u64 rcpt = e->count ? fixed(11, e->count) : fixed(12, e->id + e->left);
		u32 d = (u32)(rcpt >> 40) % 3000;
		struct addr mx = exchanger(d);
		daemon_line(o, "smtp", borrow(&smtps)), queued(o, e), LIT(o, "to=<");
		if (e->count)
			target_name(o, e->count);
		else
			remote_person(o, rcpt);
		LIT(o, ">, relay=mx1.");
		if (e->count >= INTRUDERS_TARGET)
			LIT(o, "boite-libre.example");
		else
			domain(o, d);
		chr(o, '['), address(o, &mx), LIT(o, "]:25"), delays(o, mix(e->id + e->left));
		if (!e->count && rcpt % 60 == 0) {
			LIT(o, ", dsn=5.1.1, status=bounced (host mx1."), domain(o, d), chr(o, '['), address(o, &mx);
			LIT(o, "] said: 550 5.1.1 user unknown (in reply to RCPT TO command))");
		} else {
			LIT(o, ", dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as "), hex(o, rcpt >> 20, 10, UPPER), chr(o, ')');
		}
		if (--e->left)
			e->stage--;
	} else {
		daemon_line(o, "qmgr", QMGR_PID), queued(o, e), LIT(o, "removed");
	}
	done(o);
	if (e->stage++ < 4)
		later(t + wait, *e);
}

static void forwarded(const struct event *e, u64 t, u32 target)
{
	struct event out = { .kind = OUTBOUND, .who = NOBODY, .start = t, .id = rnd() >> 2, .lasts = e->id, .every = e->id,
			     .bytes = e->bytes + 412, .left = 1, .count = target };
	later(t + span(4000, 30000), out);
}

static void on_submission(struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 wait = span(60000, 400000);

	if (e->stage == 0) {
		e->pid = take(&submitters);
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "connect from "), home_peer(o, e);
	} else if (e->stage == 1) {
		daemon_line(o, "submission/smtpd", e->pid);
		struct event out = { .kind = OUTBOUND, .stage = 1, .who = e->who, .start = t, .id = rnd() >> 2,
				     .bytes = e->bytes, .left = e->left };
		out.lasts = out.id | OWN_MAIL;
		queued(o, &out), LIT(o, "client="), home_peer(o, e), LIT(o, ", sasl_method=PLAIN, sasl_username=");
		user(o, e->who);
		later(t + span(20000, 50000), out);
	} else {
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "disconnect from "), home_peer(o, e);
		LIT(o, " ehlo=2 starttls=1 auth=1 mail=1 rcpt="), num(o, e->left), LIT(o, " data=1 quit=1 commands=");
		num(o, 7 + e->left);
		give(&submitters, e->pid);
	}
	done(o);
	if (e->stage++ < 2)
		later(t + wait, *e);
}

static void submission(u64 t, u32 who, struct addr from, u32 recipients)
{
	struct event e = { .kind = SUBMISSION, .who = who, .from = from, .left = recipients, .bytes = message_size() };
	later(t, e);
}

/* Somebody guesses at submission: connect, refused, gone. */
static void on_sasl_fail(struct event *e, u64 t)
{
	if (e->stage == 1 && auth_verbose) {
		struct event a = *e;
		a.service = ASKED_BY_POSTFIX;
		on_auth_line(&a, t);
		t += 700;
	}
	struct out *o = line(t);
	if (e->stage == 0) {
		e->pid = take(&submitters);
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "connect from unknown["), address(o, &e->from), chr(o, ']');
	} else if (e->stage == 1) {
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "warning: unknown["), address(o, &e->from);
		str(o, e->style ? "]: SASL PLAIN authentication failed: " : "]: SASL LOGIN authentication failed: UGFzc3dvcmQ6");
	} else {
		daemon_line(o, "submission/smtpd", e->pid), LIT(o, "disconnect from unknown["), address(o, &e->from);
		LIT(o, "] ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5");
		give(&submitters, e->pid);
	}
	done(o);
	if (e->stage++ < 2)
		later(t + span(300000, 3000000), *e);
}

static void on_reject(struct event *e, u64 t)
{
	struct out *o = line(t);
	if (e->stage == 0) {
		e->pid = take(&smtpds);
		daemon_line(o, "smtpd", e->pid), LIT(o, "connect from unknown["), address(o, &e->from), chr(o, ']');
	} else if (e->stage == 1) {
		u64 r = e->id;
		daemon_line(o, "smtpd", e->pid), LIT(o, "NOQUEUE: reject: RCPT from unknown["), address(o, &e->from);
		if (r & 1) {
			LIT(o, "]: 454 4.7.1 <"), remote_person(o, r), LIT(o, ">: Relay access denied; from=<"), stranger(o, r >> 3);
			LIT(o, "> to=<"), remote_person(o, r);
		} else {
			LIT(o, "]: 550 5.1.1 <"), stranger(o, r | 3 << 17);
			LIT(o, ">: Recipient address rejected: User unknown in virtual mailbox table; from=<");
			remote_person(o, r >> 5), LIT(o, "> to=<"), stranger(o, r | 3 << 17);
		}
		LIT(o, "> proto=ESMTP helo=<"), domain(o, (u32)(r >> 20) % 3000), chr(o, '>');
	} else {
		daemon_line(o, "smtpd", e->pid), LIT(o, "disconnect from unknown["), address(o, &e->from);
		LIT(o, "] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
		give(&smtpds, e->pid);
	}
	done(o);
	if (e->stage++ < 2)
		later(t + span(200000, 2500000), *e);
}

/* Single lines of machines that come by. */
static void on_chatter(const struct event *e, u64 t)
{
	struct out *o = line(t);
	u64 r = e->id;
	switch (e->style) {
	case 0:
		LIT(o, "dovecot: imap-login: Disconnected: Connection closed (no auth attempts in "), num(o, r % 4);
		LIT(o, " secs): user=<>"), from_to(o, e), LIT(o, ", TLS, session=<"), session_id(o, e), chr(o, '>');
		break;
	case 1:
		LIT(o, "dovecot: imap-login: Disconnected: Connection closed: SSL_accept() failed: "
		       "error:0A000102:SSL routines::unsupported protocol (no auth attempts in 0 secs): user=<>"), from_to(o, e);
		LIT(o, ", TLS handshaking: SSL_accept() failed: error:0A000102:SSL routines::unsupported protocol, session=<");
		session_id(o, e), chr(o, '>');
		break;
	case 2: {
		static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
						   "Nov", "Dec" };
		time_t s = (time_t)(t / SEC + offset_at(t) * 3600 - 200);
		struct tm tm;
		char when[32];
		gmtime_r(&s, &tm);
		int n = snprintf(when, sizeof when, "%s %2d %02d:%02d:%02d", month[tm.tm_mon], tm.tm_mday, tm.tm_hour,
				 tm.tm_min, tm.tm_sec);
		daemon_line(o, "anvil", anvil_pid), LIT(o, "statistics: max connection count 1 for (smtp:");
		address(o, &e->from), LIT(o, ") at "), put(o, when, (size_t)n);
		break;
	}
	default:
		daemon_line(o, "smtpd", borrow(&smtpds)), LIT(o, "warning: hostname host"), num(o, r % 900);
		LIT(o, ".net.example does not resolve to address "), address(o, &e->from);
		LIT(o, ": Name or service not known");
	}
	done(o);
}

/* ---- webmail ----------------------------------------------------------------------------------------------- */

enum page { W_HOME, W_LOGIN, W_LOGIN_FAIL, W_MAIL, W_LIST, W_PREVIEW, W_SHOW, W_PART, W_REFRESH, W_UNREAD, W_STATIC,
	    W_FILTERS, W_FILTER_SAVE, W_LOGOUT, W_PROBE };

static void access_url(struct out *o, const struct event *e)
{
	u64 r = e->id;
	u32 uid = 1 + (u32)(r >> 8) % 4000;
	switch (e->style) {
	case W_HOME: LIT(o, "GET / HTTP/1.1\" 200 "), num(o, 5200 + r % 300); break;
	case W_LOGIN: LIT(o, "POST /?_task=login HTTP/1.1\" 302 5"); break;
	case W_LOGIN_FAIL: LIT(o, "POST /?_task=login HTTP/1.1\" 401 "), num(o, 5400 + r % 300); break;
	case W_MAIL:
		LIT(o, "GET /?_task=mail&_token="), hex(o, r, 16, LOWER), hex(o, mix(r), 16, LOWER);
		LIT(o, " HTTP/1.1\" 200 "), num(o, 9000 + r % 4000);
		break;
	case W_LIST:
		LIT(o, "GET /?_task=mail&_action=list&_mbox=INBOX&_remote=1&_unlock=loading"), num(o, r % 1000000);
		LIT(o, "&_="), num(o, e->start / 1000), LIT(o, " HTTP/1.1\" 200 "), num(o, 1200 + r % 9000);
		break;
	case W_PREVIEW:
		LIT(o, "GET /?_task=mail&_caps=pdf%3D1%2Cflash%3D0%2Ctiff%3D0%2Cwebp%3D1%2Cpgpmime%3D0&_uid="), num(o, uid);
		LIT(o, "&_mbox=INBOX&_framed=1&_action=preview HTTP/1.1\" 200 "), num(o, 3000 + r % 9000);
		break;
	case W_SHOW:
		LIT(o, "GET /?_task=mail&_mbox=INBOX&_uid="), num(o, uid), LIT(o, "&_action=show HTTP/1.1\" 200 ");
		num(o, 9000 + r % 20000);
		break;
	case W_PART:
		LIT(o, "GET /?_task=mail&_action=get&_mbox=INBOX&_uid="), num(o, uid), LIT(o, "&_part="), num(o, 2 + (r & 1));
		str(o, r & 2 ? "&_download=1" : ""), LIT(o, " HTTP/1.1\" 200 "), num(o, e->bytes);
		break;
	case W_REFRESH:
		LIT(o, "POST /?_task=mail&_action=refresh HTTP/1.1\" 200 "), num(o, 130 + r % 400);
		break;
	case W_UNREAD:
		LIT(o, "GET /?_task=mail&_action=getunread&_page=1&_remote=1&_unlock=0&_="), num(o, e->start / 1000);
		LIT(o, " HTTP/1.1\" 200 "), num(o, 150 + r % 90);
		break;
	case W_FILTERS: LIT(o, "GET /?_task=settings&_action=plugin.managesieve HTTP/1.1\" 200 "), num(o, 4100 + r % 300); break;
	case W_FILTER_SAVE:
		LIT(o, "POST /?_task=settings&_action=plugin.managesieve-save HTTP/1.1\" 200 "), num(o, 700 + r % 200);
		break;
	case W_LOGOUT:
		LIT(o, "GET /?_task=logout&_token="), hex(o, r, 16, LOWER), hex(o, mix(r), 16, LOWER);
		LIT(o, " HTTP/1.1\" 200 "), num(o, 5200 + r % 300);
		break;
	case W_STATIC: {
		static const char *const files[] = { "skins/elastic/styles/styles.min.css", "skins/elastic/ui.min.js",
			"program/js/jquery.min.js", "program/js/app.min.js", "skins/elastic/images/logo.svg",
			"plugins/managesieve/managesieve.min.js" };
		LIT(o, "GET /"), str(o, files[r % COUNT(files)]), LIT(o, "?s=1716"), num(o, 100000 + r % 7);
		str(o, r >> 20 & 1 ? " HTTP/1.1\" 304 0" : " HTTP/1.1\" 200 ");
		if (!(r >> 20 & 1))
			num(o, 2000 + (r >> 24) % 90000);
		break;
	}
	default: {
		static const char *const probes[] = { ".env", "wp-login.php", ".git/config", "xmlrpc.php", "owa/auth/logon.aspx",
			"phpmyadmin/index.php", "robots.txt", "boaform/admin/formLogin" };
		LIT(o, "GET /"), str(o, probes[r % COUNT(probes)]), LIT(o, " HTTP/1.1\" 404 153");
	}
	}
}

static void on_web_line(const struct event *e, u64 t)
{
	static u64 second = UINT64_MAX;
	static char stamp[40];
	static size_t n;
	struct out *o = &access_log;
	if (o->p > o->limit)
		flush(o);
	if (t / SEC != second) {
		second = t / SEC;
		time_t s = (time_t)(second + offset_at(t) * 3600);
		struct tm tm;
		gmtime_r(&s, &tm);
		n = strftime(stamp, sizeof stamp, "%d/%b/%Y:%H:%M:%S +0", &tm);
		n += (size_t)snprintf(stamp + n, sizeof stamp - n, "%u00", (u32)offset_at(t));
	}
	address(o, &e->from), LIT(o, " - - ["), put(o, stamp, n), LIT(o, "] \""), access_url(o, e);
	if (e->style == W_PROBE)
		LIT(o, " \"-\" \"");
	else
		str(o, e->style == W_HOME ? " \"-\" \"" : " \"https://webmail.example.org/?_task=mail&_mbox=INBOX\" \"");
	str(o, e->style == W_PROBE ? "Mozilla/5.0 zgrab/0.x" : agents[e->count % COUNT(agents)]);
	LIT(o, "\"\n");
	lines_written++, lines_access++;
}

/* One request: the web server answers when Roundcube has closed its own IMAP session, if it needed one. */
static void request(u64 t, u32 who, struct addr from, u32 agent, enum page page)
{
	u64 imap = 0;
	struct event w = { .kind = WEB_LINE, .who = who, .from = from, .style = page, .count = agent, .id = rnd(), .start = t };
	switch (page) {
	case W_LOGIN: case W_MAIL: case W_LIST: case W_REFRESH: case W_UNREAD:
	case W_PREVIEW: case W_SHOW: case W_PART: {
		u32 bodies = page == W_PREVIEW || page == W_SHOW || page == W_PART;
		imap = span(15000, 160000);
		struct event e = { .kind = LOGIN, .service = IMAP, .who = who, .from = loopback, .port = any_port(),
				   .start = t + 8000, .count = bodies, .lasts = imap, .bytes = messages_size(bodies) / 2 };
		w.bytes = e.bytes + e.bytes / 4096 * 7 + 10;
		later(e.start + span(2000, 9000), e);
		break;
	}
	case W_FILTERS: case W_FILTER_SAVE:
		imap = span(20000, 90000);
		session(t + 9000, SIEVE, who, loopback, 0, imap, 0);
		break;
	case W_LOGIN_FAIL:
		imap = 2 * SEC + span(20000, 200000);
		failure(t + 8000, IMAP, who, loopback, 1, imap, 1);
		break;
	default:
		break;
	}
	later(t + 8000 + imap + span(18000, 40000), w);
}

/* Somebody reads mail in the browser; each event is one step of the visit. */
static void on_visit(struct event *e, u64 t)
{
	u32 n = e->stage++;
	u64 wait = span(3 * SEC, 70 * SEC);
	if (n == 0) {
		request(t, e->who, e->from, e->pid, W_HOME);
		for (u32 i = 0; i < e->count % 4; i++)
			request(t + 90000 + i * 30000, e->who, e->from, e->pid, W_STATIC);
		wait = span(4 * SEC, 20 * SEC);
	} else if (n == 1 && e->style) {             /* a slip of the fingers */
		e->style--, e->stage--;
		request(t, e->who, e->from, e->pid, W_LOGIN_FAIL);
		wait = span(6 * SEC, 15 * SEC);
	} else if (n == 1) {
		request(t, e->who, e->from, e->pid, W_LOGIN);
		request(t + 350000, e->who, e->from, e->pid, W_MAIL);
		for (u32 i = 0; i < e->count % 5; i++)
			request(t + 600000 + i * 20000, e->who, e->from, e->pid, W_STATIC);
		request(t + 900000, e->who, e->from, e->pid, W_LIST);
	} else if (n >= e->left) {
		if (e->count & 1)
			request(t, e->who, e->from, e->pid, W_LOGOUT);
		return;
	} else if (n == 2 && e->service) {           /* the owner edits a filter, as people do */
		request(t, e->who, e->from, e->pid, W_FILTERS);
		request(t + 30 * SEC, e->who, e->from, e->pid, W_FILTER_SAVE);
		wait = 45 * SEC;
	} else {
		static const u8 pages[] = { W_PREVIEW, W_PREVIEW, W_PREVIEW, W_SHOW, W_PART, W_REFRESH, W_REFRESH, W_LIST,
					    W_UNREAD, W_STATIC };
		request(t, e->who, e->from, e->pid, pages[below(COUNT(pages))]);
	}
	later(t + wait, *e);
}

static void visit(u64 t, u32 who, struct addr from, u32 slips, bool filters)
{
	struct event e = { .kind = VISIT, .who = who, .from = from, .left = between(6, 22), .style = (u8)slips,
			   .service = filters, .pid = accounts[who].agent, .count = below(1000) };
	later(t, e);
}

/* ---- attacks ----------------------------------------------------------------------------------------------- */

enum attack_kind { SPRAY, BRUTE, STOLEN, POP_PULL, SIEVE_FORWARD, ATTACK_KINDS };
static const char *const attack_name[] = { "password-spray", "brute-force", "stolen-password", "pop3-pull",
					   "sieve-forward" };

struct attack {
	enum attack_kind kind;
	struct addr from;
	u32 victim, n_targets, targets[160], messages;
	u64 first, last, bytes;
};
static struct attack attacks[64];
static u32 n_attacks;

static u32 n_trips, n_phones, n_stale, n_filters;    /* innocents who look a little like an intruder */

/* Somebody busy enough to have a history and not yet in a story. */
static u32 cast(bool no_pop)
{
	for (;;) {
		u32 who = n_accounts / 100 + below(n_accounts / 20);
		struct account *a = &accounts[who % n_accounts];
		if (a->touched || a->traits & FORWARDS || (no_pop && a->traits & USES_POP))
			continue;
		a->touched = 1;
		return who % n_accounts;
	}
}

static void note(struct attack *a, u64 t)
{
	if (!a->first || t < a->first)
		a->first = t;
	if (t > a->last)
		a->last = t;
}

static void bulk(struct attack *a, u64 t, enum service service, u32 count)
{
	u64 lasts = 20 * SEC + (u64)count * span(40000, 120000);
	struct event e = { .kind = LOGIN, .service = service, .who = a->victim, .from = a->from, .port = any_port(),
			   .start = t, .count = count, .lasts = lasts, .left = count, .style = service == POP3,
			   .bytes = messages_size(count) };
	a->messages += count, a->bytes += e.bytes;
	note(a, t), note(a, t + lasts);
	later(t + span(60000, 300000), e);
}

static void on_attack(struct event *e, u64 t)
{
	struct attack *a = &attacks[e->count];
	u32 n = e->stage++;
	u64 wait;

	note(a, t);
	switch (a->kind) {
	case SPRAY:
		wait = span(4 * SEC, 25 * SEC);
		if (n < a->n_targets) {
			failure(t, IMAP, a->targets[n], a->from, 1, span(2 * SEC, 3 * SEC), 0);
		} else if (n == a->n_targets) {
			session(t, IMAP, a->victim, a->from, 0, span(SEC / 2, 2 * SEC), 0);
			wait = span(3 * MINUTE, 40 * MINUTE);
		} else {
			bulk(a, t, IMAP, between(220, 700));
			wait = span(4 * MINUTE, 9 * MINUTE);
		}
		if (n >= a->n_targets + 2)
			return;
		break;
	case BRUTE:
		failure(t, IMAP, a->victim, a->from, 1, span(2 * SEC, 4 * SEC), 0);
		wait = span(8 * SEC, 50 * SEC);
		if (n == 59)
			return;
		break;
	case STOLEN:
		bulk(a, t, IMAP, n ? between(250, 900) : between(1, 4));
		wait = span(2 * MINUTE, 8 * MINUTE);
		if (n == 3)
			return;
		break;
	case POP_PULL:
		bulk(a, t, POP3, accounts[a->victim].messages);
		return;
	default:
		if (n == 0) {
			static const enum page way[] = { W_HOME, W_LOGIN, W_MAIL, W_LIST, W_PREVIEW, W_PREVIEW, W_FILTERS,
							 W_FILTER_SAVE, W_LOGOUT };
			for (u32 i = 0; i < COUNT(way); i++) {
				request(t, a->victim, a->from, 3, way[i]);
				note(a, t);
				t += span(4 * SEC, 40 * SEC);
			}
			a->messages = 2;
			forward_target[a->victim] = INTRUDERS_TARGET + e->count;
		} else {
			delivery(t, a->victim);      /* so that there is something to forward */
		}
		wait = span(5 * MINUTE, 50 * MINUTE);
		if (n == 12)
			return;
	}
	later(t + wait, *e);
}

static void plan_attacks(u64 lines)
{
	u32 each = 1;
	for (u64 n = lines / 1000000; n > 1; n /= 2)
		each++;
	u64 third = (t_end - t_begin) / 3;
	for (u32 i = 0; i < each * ATTACK_KINDS && i < COUNT(attacks); i++) {
		struct attack *a = &attacks[n_attacks];
		u64 h = rnd();
		a->kind = i % ATTACK_KINDS;
		a->from = four(29, h & 255, h >> 8 & 255, 1 + (h >> 16) % 250);
		a->victim = cast(true);
		if (a->kind == SPRAY) {
			a->n_targets = between(60, 150);
			for (u32 k = 0; k < a->n_targets; k++)
				a->targets[k] = below(n_accounts);
		}
		struct event e = { .kind = ATTACK, .count = n_attacks++ };
		later(t_begin + 2 * third + span(third / 20, third * 8 / 10), e);
	}
}

static void print_time(FILE *f, u64 t)
{
	time_t s = (time_t)(t / SEC);
	struct tm tm;
	gmtime_r(&s, &tm);
	fprintf(f, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03uZ\"", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		tm.tm_min, tm.tm_sec, (u32)(t % SEC / 1000));
}

static void write_truth(const char *dir, u64 seed)
{
	char path[4096], text[64];
	snprintf(path, sizeof path, "%s/truth.json", dir);
	FILE *f = fopen(path, "w");
	if (!f)
		die("%s: %s", path, strerror(errno));
	fprintf(f, "{\"schema\": \"tocsin.bench-truth/1\", \"seed\": %llu, \"lines\": %llu, \"access_lines\": %llu, "
		"\"accounts\": %u,\n \"innocent\": \"every account and address that stands in no attack\",\n"
		" \"lookalikes\": {\"travellers\": %u, \"new_phones\": %u, \"stale_devices\": %u, \"own_filters\": %u, "
		"\"offices\": %u},\n \"attacks\": [", (unsigned long long)seed, (unsigned long long)lines_written,
		(unsigned long long)lines_access, n_accounts, n_trips, n_phones, n_stale, n_filters, n_offices);
	for (u32 i = 0; i < n_attacks; i++) {
		struct attack *a = &attacks[i];
		struct out o = { 0 };
		o.p = o.buf;
		address(&o, &a->from);
		snprintf(text, sizeof text, "%.*s", (int)(o.p - o.buf), o.buf);
		bool in = a->kind != BRUTE;
		fprintf(f, "%s\n  {\"id\": %u, \"kind\": \"%s\", \"source\": \"%s\", \"accounts\": [%s%s%s], \"targeted\": [",
			i ? "," : "", i + 1, attack_name[a->kind], text, in ? "\"" : "", in ? accounts[a->victim].name : "",
			in ? "\"" : "");
		if (!in)
			fprintf(f, "\"%s\"", accounts[a->victim].name);
		for (u32 k = 0; k < a->n_targets; k++)
			fprintf(f, "%s\"%s\"", k ? ", " : "", accounts[a->targets[k]].name);
		fprintf(f, "], \"messages\": %u, \"bytes\": %llu, \"first\": ", a->messages, (unsigned long long)a->bytes);
		print_time(f, a->first), fputs(", \"last\": ", f), print_time(f, a->last);
		if (a->kind == SIEVE_FORWARD)
			fprintf(f, ", \"forward_to\": \"archive.%u@boite-libre.example\"", i);
		fputc('}', f);
	}
	fputs("\n ]}\n", f);
	if (fclose(f))
		die("%s: %s", path, strerror(errno));
}

/* ---- the day's traffic ------------------------------------------------------------------------------------- */

static void ordinary_session(u64 t, u32 who, struct addr from)
{
	u32 mood = below(100);
	u32 count = mood < 45 ? 0 : mood < 85 ? between(1, 6) : mood < 98 ? between(5, 25) : between(25, 60);
	u8 style = (u8)(mood % 5 < 2 ? 0 : mood % 5 - 1);
	u64 lasts = style == 3 ? 1800 * SEC + span(0, 900 * SEC) : style == 1 ? span(30 * SEC, 29 * MINUTE)
		: span(SEC / 3, 90 * SEC);
	session(t, IMAP, who, from, count, lasts, style);
}

static void pop_session(u64 t, u32 who)
{
	struct account *a = &accounts[who];
	u32 held = a->traits & LEAVES_MAIL ? a->messages : below(4);
	u32 count = a->traits & LEAVES_MAIL ? (percent(30) ? between(1, 4) : 0) : held;
	struct event e = { .kind = LOGIN, .service = POP3, .who = who, .from = usual(who, t), .port = any_port(), .start = t,
			   .count = count, .left = held, .lasts = span(SEC / 4, 8 * SEC), .bytes = messages_size(count),
			   .style = a->traits & LEAVES_MAIL ? 1 : 0 };
	later(t + span(40000, 380000), e);
}

static void slips(u64 t, u32 who)
{
	struct addr from = usual(who, t);
	for (u32 n = between(1, 3); n--; t += span(5 * SEC, 20 * SEC))
		failure(t, IMAP, who, from, 1, span(2 * SEC, 9 * SEC), (u8)below(2));
	ordinary_session(t + 4 * SEC, who, from);
}

static void on_stale(struct event *e, u64 t)
{
	if (t > t_end)
		return;
	if (!--e->left) {
		ordinary_session(t, e->who, e->from);
		return;
	}
	if (!e->style)                               /* the phone walks about; a PC stays */
		failure(t, IMAP, e->who, e->from, 1, span(2 * SEC, 3 * SEC), 0);
	else
		failure(t, IMAP, e->who, percent(30) ? mobile_of(e->who) : e->from, 1, span(2 * SEC, 3 * SEC), 0);
	later(t + e->every + span(0, 4 * SEC), *e);
}

static void on_trip(struct event *e, u64 t)
{
	if (t > t_end || !e->left--)
		return;
	ordinary_session(t, e->who, e->from);
	later(t + span(40 * MINUTE, 5 * HOUR), *e);
}

/* One mail to many, every working morning, in lots of fifty. */
static void on_newsletter(struct event *e, u64 t)
{
	if (t > t_end)
		return;
	if (weekday_of(t) % 6)
		for (u32 i = 0; i < e->count; i++)
			submission(t + i * 2 * SEC, e->who, e->from, 50);
	later(t + DAY + span(0, MINUTE), *e);
}

static void noise(u64 t)
{
	u32 mood = below(100);
	struct event e = { .from = scanner(), .port = any_port(), .start = t, .id = rnd(), .who = NOBODY };
	if (mood < 35) {
		u32 tries = percent(30) ? 2 : 1;
		for (u32 i = 0; i < tries; i++)
			failure(t + i * 9 * SEC, percent(20) ? POP3 : IMAP, NOBODY, e.from, 1, span(2 * SEC, 20 * SEC),
				(u8)below(3));
		return;
	}
	if (mood < 55)
		e.kind = SASL_FAIL, e.style = (u8)below(2);
	else if (mood < 78)
		e.kind = REJECT;
	else if (mood < 94)
		e.kind = CHATTER, e.style = (u8)below(4);
	else
		e.kind = WEB_LINE, e.style = W_PROBE;
	later(t + (e.kind == CHATTER ? (e.id % 4) * SEC + 200000 : 0), e);
}

/* One person does one thing. Weights in ten-thousandths; they set the mix of the log. */
static void somebody(u64 t)
{
	u32 mood = below(10000), who = anybody();
	struct account *a = &accounts[who];

	if (mood < 5600) {
		ordinary_session(t, who, usual(who, t));
	} else if (mood < 6300) {
		for (u32 i = 0; i < 40 && !(a->traits & USES_POP); i++)
			who = anybody(), a = &accounts[who];
		if (a->traits & USES_POP)
			pop_session(t, who);
	} else if (mood < 8900) {
		delivery(t, who);
	} else if (mood < 9300) {
		submission(t, who, usual(who, t), percent(80) ? 1 : between(2, 6));
	} else if (mood < 9640) {
		for (u32 i = 0; i < 40 && !(a->traits & USES_WEB); i++)
			who = anybody(), a = &accounts[who];
		bool filters = a->traits & FILTERS && !below(25);
		n_filters += filters;
		visit(t, who, usual(who, t), percent(6) ? between(1, 2) : 0, filters);
	} else if (mood < 9980) {
		slips(t, who);
	} else if (a->touched || who > n_accounts / 2) {
		ordinary_session(t, who, usual(who, t));   /* the rare ones below befall the busy and unconcerned */
	} else if (mood < 9991) {
		struct event e = { .kind = TRIP, .who = who, .from = hotel(), .left = between(3, 14) };
		n_trips++, a->touched = 1;
		later(t, e);
	} else if (mood < 9996) {
		u32 count = between(400, 1 + (a->messages < 5000 ? a->messages + 400 : 5000));
		n_phones++, a->touched = 1;
		session(t, IMAP, who, home_of(who, t, false), count, 30 * SEC + count * 60000ULL, 2);
	} else if (n_stale < 8 + lines_written / 12000) {
		struct event e = { .kind = STALE, .who = who, .from = usual(who, t), .left = between(60, 500),
				   .every = span(2 * MINUTE, 12 * MINUTE), .style = (u8)below(2) };
		n_stale++, a->touched = 1;
		later(t, e);
	}
}

static void happen(struct event *e, u64 t)
{
	switch ((enum kind)e->kind) {
	case LOGIN: on_login(e, t); break;
	case END: write_end(e, t); break;
	case FAIL: on_fail(e, t); break;
	case AUTH_LINE: on_auth_line(e, t); break;
	case DELIVERY: on_delivery(e, t); break;
	case OUTBOUND: on_outbound(e, t); break;
	case SUBMISSION: on_submission(e, t); break;
	case SASL_FAIL: on_sasl_fail(e, t); break;
	case REJECT: on_reject(e, t); break;
	case CHATTER: on_chatter(e, t); break;
	case WEB_LINE: on_web_line(e, t); break;
	case VISIT: on_visit(e, t); break;
	case STALE: on_stale(e, t); break;
	case TRIP: on_trip(e, t); break;
	case NEWSLETTER: on_newsletter(e, t); break;
	case ATTACK: on_attack(e, t); break;
	}
}

/* ---- the rhythm -------------------------------------------------------------------------------------------- */

#define BACKGROUND 0.14                              /* machines, against people at their busiest = 1 */

static double activity(u64 t)
{
	static const double by_hour[24] = { .06, .04, .03, .03, .04, .09, .25, .55, .90, 1., 1., .95, .75, .85, .95, .95,
					    .90, .75, .55, .45, .40, .35, .25, .12 };
	u32 d = weekday_of(t);
	return by_hour[hour_of(t)] * (d == 0 || d == 6 ? .3 : 1.);
}

/* What is left of the days' activity after t: the arrivals are dealt out along it, so that N lines come out. */
static double *rest;
static u64 hours;

static void build_rhythm(void)
{
	hours = (t_end - t_begin) / HOUR;
	rest = calloc(hours + 2, sizeof *rest);
	if (!rest)
		die("out of memory");
	for (u64 h = hours; h--;)
		rest[h] = rest[h + 1] + activity(t_begin + h * HOUR) + BACKGROUND;
}

static void live(u64 lines)
{
	u64 t = t_begin, arrivals = 0;
	double per_arrival = 5.;
	while (t < t_end) {
		u64 h = (t - t_begin) / HOUR;
		double now = activity(t) + BACKGROUND, part = (double)((t - t_begin) % HOUR) / HOUR;
		double ahead = rest[h + 1] + now * (1 - part);
		double left = lines > lines_written ? (double)(lines - lines_written) : 1;
		double per_hour = left / per_arrival * now / (ahead > .01 ? ahead : .01);
		u64 gap = (u64)(-log(1 - unit()) / per_hour * HOUR);
		t += gap < HOUR ? gap : HOUR;
		while (n_heap && heap[0].t <= t) {
			struct event e;
			u64 when = next_event(&e);
			happen(&e, when);
		}
		if (unit() * now < BACKGROUND)
			noise(t);
		else
			somebody(t);
		if (++arrivals % 4096 == 0)
			per_arrival = (double)lines_written / (double)arrivals;
	}
	while (n_heap) {                             /* let those who are in finish */
		struct event e;
		u64 when = next_event(&e);
		happen(&e, when);
	}
}

static void newsletter(u64 lines, u64 days)
{
	struct event e = { .kind = NEWSLETTER, .who = cast(false), .count = 1 + (u32)(lines / days / 12000) };
	e.from = office_of(e.who);
	later(t_begin + 7 * HOUR + 12 * MINUTE, e);
}

int main(int argc, char **argv)
{
	u64 lines = 1000000, seed = 1, days = 7;
	const char *dir = NULL, *start = "2026-03-01";

	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (!strcmp(arg, "--auth-verbose")) {
			auth_verbose = true;
			continue;
		}
		if (!value)
			die("usage: gen --lines N --out DIR [--accounts N] [--seed S] [--days D] [--year-start DATE] "
			    "[--auth-verbose]");
		i++;
		if (!strcmp(arg, "--lines"))
			lines = strtoull(value, NULL, 10);
		else if (!strcmp(arg, "--accounts"))
			n_accounts = (u32)strtoul(value, NULL, 10);
		else if (!strcmp(arg, "--seed"))
			seed = strtoull(value, NULL, 10);
		else if (!strcmp(arg, "--days"))
			days = strtoull(value, NULL, 10);
		else if (!strcmp(arg, "--out"))
			dir = value;
		else if (!strcmp(arg, "--year-start"))
			start = value;
		else
			die("unknown option %s", arg);
	}
	struct tm tm = { 0 };
	if (!dir || !lines || !days || n_accounts < 500 || !strptime(start, "%Y-%m-%d", &tm))
		die("needs --out DIR; at least one line and day, 500 accounts, and a date YYYY-MM-DD");
	if (mkdir(dir, 0755) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));

	seed_state = mix(seed), salt = mix(seed + 77);
	t_begin = (u64)timegm(&tm) * SEC, t_end = t_begin + days * DAY;
	t_begin -= HOUR, t_end -= HOUR;              /* midnight here is 23:00 UTC */
	open_out(&mail_log, dir, "mail.log");
	open_out(&access_log, dir, "access.log");
	build_accounts();
	build_rhythm();
	forward_target = calloc(n_accounts, sizeof *forward_target);
	if (!forward_target)
		die("out of memory");
	for (u32 i = 0; i < n_accounts; i++)
		forward_target[i] = accounts[i].traits & FORWARDS ? 1 + i : 0;
	newsletter(lines, days);
	plan_attacks(lines);
	live(lines);
	flush(&mail_log), flush(&access_log);
	write_truth(dir, seed);
	fprintf(stderr, "gen: %llu lines (%llu of them access.log), %u attacks, at most %u chains open\n",
		(unsigned long long)lines_written, (unsigned long long)lines_access, n_attacks, peak_heap);
	return 0;
}
