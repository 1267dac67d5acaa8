/* people.c - what lines are made of: chance, numbers, addresses, the clock, people, names. */
#include "gen.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* ---- chance ---- */

u64 seed_state, salt;

/* Message sizes spread over decades: most are a few kB, some are megabytes. */
u32 message_size(void)
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
u64 messages_size(u32 n)
{
	u64 sum = 0;
	u32 drawn = n < 24 ? n : 24;
	for (u32 i = 0; i < drawn; i++)
		sum += message_size();
	return drawn == n ? sum : sum / drawn * n + below(100000);
}

/* ---- output ---- */

struct out mail_log, access_log;
u64 lines_written, lines_access;

void flush(struct out *o)
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

void open_out(struct out *o, const char *dir, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (o->fd < 0)
		die("%s: %s", path, strerror(errno));
	o->p = o->buf;
	o->limit = o->buf + sizeof o->buf - 8192; /* no line is longer than that */
}

void num(struct out *o, u64 v)
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

void hex(struct out *o, u64 v, int n, const char *alphabet)
{
	while (n--)
		chr(o, alphabet[v >> (4 * n) & 15]);
}

static void base64(struct out *o, const u8 *b, size_t n)
{
	static const char a[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (; n >= 3; b += 3, n -= 3) {
		u32 v = (u32)b[0] << 16 | (u32)b[1] << 8 | b[2];
		chr(o, a[v >> 18]), chr(o, a[v >> 12 & 63]), chr(o, a[v >> 6 & 63]),
		    chr(o, a[v & 63]);
	}
	if (n == 1) /* Dovecot writes no padding */
		chr(o, a[b[0] >> 2]), chr(o, a[(b[0] & 3) << 4]);
	else if (n == 2)
		chr(o, a[b[0] >> 2]), chr(o, a[(b[0] & 3) << 4 | b[1] >> 4]),
		    chr(o, a[(b[1] & 15) << 2]);
}

/* ---- addresses ---- */

struct addr four(u32 a, u32 b, u32 c, u32 d)
{
	return (struct addr){.b = {(u8)a, (u8)b, (u8)c, (u8)d}};
}

/* 2001:db8:NET:NET:HOST...; no group is zero, so there is nothing to shorten. */
static struct addr sixfold(u32 net, u64 host)
{
	struct addr a = {.b = {0x20, 0x01, 0x0d, 0xb8}, .six = true};
	memcpy(a.b + 4, &net, 4);
	memcpy(a.b + 8, &host, 8);
	for (int i = 4; i < 16; i += 2)
		if (!a.b[i])
			a.b[i] = 0x3e;
	return a;
}

const struct addr loopback = {.b = {127, 0, 0, 1}};

void address(struct out *o, const struct addr *a)
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

/* ---- time ---- */

u64 t_begin, t_end; /* microseconds, UTC */

/* Central European Time: summer from the last Sunday of March to that of October, 01:00 UTC. */
static u64 last_sunday(int year, int month)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 31};
	time_t t = timegm(&tm);
	struct tm day;
	gmtime_r(&t, &day);
	return (u64)(t - day.tm_wday * 86400 + 3600) * SEC;
}

static u64 zone_hour, zone_offset;

u64 offset_at(u64 t)
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

u32 hour_of(u64 t)
{
	return (u32)((t + offset_at(t) * HOUR) % DAY / HOUR);
}

u32 weekday_of(u64 t)
{
	return (u32)(((t + offset_at(t) * HOUR) / DAY + 4) % 7);
}

static u64 clock_now; /* the stamp of the last line: it never goes back */
struct out *line(u64 t)
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

void done(struct out *o)
{
	chr(o, '\n');
	lines_written++;
}

/* ---- people ---- */

static const char *const given[] = {
    "adele",    "agnes",    "alain",   "alice",    "amelie",  "andre",     "anna",     "anne",
    "antoine",  "arthur",   "astrid",  "aurelie",  "basile",  "beatrice",  "benoit",   "bernard",
    "brigitte", "bruno",    "camille", "carine",   "cecile",  "celine",    "charles",  "chloe",
    "claire",   "clotilde", "clement", "colette",  "cyril",   "damien",    "daniel",   "david",
    "delphine", "denis",    "diane",   "didier",   "edith",   "elena",     "elise",    "emile",
    "emma",     "eric",     "estelle", "eva",      "fabien",  "fatima",    "felix",    "florence",
    "francois", "frederic", "gabriel", "gaelle",   "georges", "gerard",    "gilles",   "greta",
    "guy",      "helene",   "henri",   "hugo",     "ines",    "irene",     "isabelle", "jacques",
    "jana",     "jean",     "jerome",  "joelle",   "jonas",   "jules",     "julie",    "karim",
    "karin",    "laura",    "laurent", "lea",      "leila",   "lena",      "leon",     "linh",
    "lionel",   "louis",    "luc",     "lucie",    "ludovic", "madeleine", "manon",    "marc",
    "marie",    "marion",   "martin",  "mathilde", "maxime",  "michel",    "mireille", "monique",
    "nadia",    "nathan",   "nicolas", "nora",     "odile",   "olivier",   "oscar",    "pascal",
    "patrick",  "paul",     "pauline", "philippe", "pierre",  "quentin",   "rachel",   "raphael",
    "regis",    "remi",     "rene",    "robert",   "romain",  "rosa",      "sabine",   "samuel",
    "sandrine", "serge",    "simon",   "solene",   "sophie",  "stephane",  "sylvie",   "theo",
    "thierry",  "thomas",   "valerie", "victor",   "vincent", "xavier",    "yann",     "yasmine",
    "yves",     "zoe",
};
static const char *const family[] = {
    "adam",      "albert",     "andre",     "arnaud",    "aubert",      "bailly",     "barbier",
    "baron",     "benard",     "berger",    "bernard",   "bertrand",    "besson",     "blanc",
    "blanchard", "bonnet",     "boucher",   "bourgeois", "bouvier",     "boyer",      "brun",
    "brunet",    "carpentier", "caron",     "charles",   "charpentier", "chevalier",  "clement",
    "colin",     "collet",     "cordier",   "cousin",    "daniel",      "david",      "denis",
    "deschamps", "dubois",     "dufour",    "dumas",     "dumont",      "dupont",     "dupuis",
    "dupuy",     "durand",     "duval",     "etienne",   "evrard",      "fabre",      "faure",
    "fischer",   "fleury",     "fontaine",  "fournier",  "francois",    "gaillard",   "garcia",
    "garnier",   "gautier",    "gay",       "gerard",    "germain",     "gillet",     "girard",
    "giraud",    "gonzalez",   "guerin",    "guillaume", "guyot",       "hamon",      "henry",
    "herve",     "hoang",      "hubert",    "huet",      "humbert",     "jacob",      "jacquet",
    "jean",      "joly",       "klein",     "kowalski",  "lacroix",     "lambert",    "langlois",
    "laurent",   "lebrun",     "leclerc",   "lecomte",   "lefevre",     "legrand",    "lemaire",
    "lemoine",   "leroux",     "leroy",     "leveque",   "lopez",       "louis",      "lucas",
    "mallet",    "marchal",    "marchand",  "marie",     "martin",      "martinez",   "marty",
    "masson",    "mathieu",    "maillard",  "menard",    "mercier",     "meunier",    "meyer",
    "michel",    "millet",     "monnier",   "moreau",    "morel",       "morin",      "moulin",
    "muller",    "nguyen",     "nicolas",   "noel",      "olivier",     "oliveira",   "paris",
    "pascal",    "payet",      "pelletier", "peltier",   "perez",       "perret",     "perrin",
    "perrot",    "petit",      "philippe",  "picard",    "pierre",      "poirier",    "pons",
    "poulain",   "prevost",    "remy",      "renard",    "renaud",      "renault",    "rey",
    "reynaud",   "richard",    "riviere",   "robert",    "robin",       "roche",      "rodriguez",
    "roger",     "rolland",    "rousseau",  "roussel",   "roux",        "roy",        "royer",
    "sanchez",   "schmitt",    "schneider", "simon",     "tessier",     "thomas",     "tran",
    "vasseur",   "vidal",      "vincent",   "weber",     "wolff",       "zimmermann",
};

/* Halves of the names of other people's domains. */
static const char *const outside[] = {
    "nord",   "sud",   "atlas",  "delta", "orion",   "verde",   "alpen",  "rivage",
    "pharma", "bau",   "logis",  "media", "energie", "transit", "agro",   "metal",
    "credit", "assur", "campus", "sport", "hotel",   "textil",  "papier", "optik",
    "aqua",   "solar", "cargo",  "forum", "kontor",  "studio",  "labor",  "archiv",
};

struct account *accounts;
u32 n_accounts = 20000, n_offices;

void build_accounts(void)
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
		int n = i < all ? snprintf(names, 44, "%s.%s@example.org", given[pick % g],
					   family[pick / g])
				: snprintf(names, 44, "%s.%s%u@example.org", given[pick % g],
					   family[pick / g], i / all + 1);
		struct account *a = &accounts[i];
		a->name = names, a->len = (u8)n, names += n + 1;
		a->agent = (u8)(h >> 56);
		a->traits =
		    (u8)((h % 100 < 45 ? HAS_OFFICE : 0) | ((h >> 8) % 100 < 60 ? HAS_MOBILE : 0) |
			 ((h >> 16) % 100 < 30 ? HAS_SIX : 0) |
			 ((h >> 24) % 100 < 7 ? USES_POP : 0) |
			 ((h >> 32) % 100 < 25 ? USES_WEB : 0) |
			 ((h >> 36) % 1000 < 12 ? FORWARDS : 0) |
			 ((h >> 40) % 100 < 18 ? FILTERS : 0) |
			 ((h >> 44) % 100 < 50 ? LEAVES_MAIL : 0));
		a->messages = 150 + (u32)((h >> 12) % 900) * (u32)(1 + (h >> 50) % 12);
	}
	n_offices = n_accounts / 650 ? n_accounts / 650 : 1;
}

/* Few people cause most of the traffic: the lower the number, the busier. */
u32 anybody(void)
{
	double u = unit();
	u32 who = (u32)(u * u * sqrt(sqrt(u)) * n_accounts);
	if (who < n_accounts / 100) /* but nobody is busier than one can be */
		return below(n_accounts / 100);
	return who;
}

struct addr office_of(u32 who)
{
	u64 h = fixed(2, fixed(3, who) % n_offices);
	return four(11, (u32)h & 255, (u32)(h >> 8) & 255, 1 + (u32)(h >> 16) % 250);
}

struct addr home_of(u32 who, u64 t, bool six)
{
	u64 h = fixed(4, who), lease = t / DAY;
	if (six) /* privacy addresses: another one every day */
		return sixfold((u32)h, fixed(5, (u64)who << 20 ^ lease));
	return four(26, (u32)h & 255, (u32)(h >> 8) & 255,
		    1 + (u32)(fixed(6, (u64)who << 20 ^ lease / 5) % 250));
}

struct addr mobile_of(u32 who)
{
	u32 carrier = (u32)(fixed(7, who) % 4), r = below(8192);
	return four(30, 16 * (carrier + 1), r >> 8, r & 255);
}

/* Where is this person now? */
struct addr usual(u32 who, u64 t)
{
	u32 traits = accounts[who].traits, h = hour_of(t), d = weekday_of(t);
	if (traits & HAS_OFFICE && h >= 8 && h < 19 && d && d < 6 && percent(75))
		return office_of(who);
	if (traits & HAS_MOBILE && percent(40))
		return mobile_of(who);
	return home_of(who, t, traits & HAS_SIX && percent(65));
}

struct addr hotel(void)
{
	u64 r = rnd();
	return four(21, r & 255, r >> 8 & 255, 1 + (r >> 16) % 250);
}

struct addr scanner(void)
{
	u64 r = rnd();
	return four(28, r & 255, r >> 8 & 255, 1 + (r >> 16) % 250);
}

static const struct addr listener = {.b = {22, 7, 40, 25}};
static const struct addr listener_six = {
    .b = {0x20, 0x01, 0x0d, 0xb8, 0x40, 1, 0x40, 2, 0x40, 3, 0x40, 4, 0x40, 5, 0x40, 6},
    .six = true,
};

/* ---- names in lines ---- */

void user(struct out *o, u32 who)
{
	put(o, accounts[who].name, accounts[who].len);
}

/* Names that scanners try; none of them is an account here. */
void stranger(struct out *o, u64 r)
{
	static const char *const tried[] = {
	    "admin",     "info",      "test",       "sales",  "office", "support", "scan",
	    "contact",   "webmaster", "postmaster", "backup", "user",   "service", "noreply",
	    "marketing", "hr",        "accounting", "root",   "mail",   "billing"};
	str(o, tried[r % COUNT(tried)]);
	if (r >> 16 & 1)
		num(o, (r >> 20) % 100);
	if (r >> 17 & 3)
		LIT(o, "@example.org");
}

void domain(struct out *o, u32 d)
{
	str(o, outside[d % 32]), str(o, outside[d / 32 % 32]);
	if (d >= 1024)
		chr(o, '-'), num(o, d / 1024);
	LIT(o, ".example");
}

struct addr exchanger(u32 d)
{
	u64 h = fixed(8, d);
	return four(22, h & 255, h >> 8 & 255, 1 + (h >> 16) % 250);
}

void remote_person(struct out *o, u64 h)
{
	str(o, given[h % COUNT(given)]);
	chr(o, '.');
	str(o, family[(h >> 16) % COUNT(family)]);
	chr(o, '@');
	domain(o, (u32)(h >> 40) % 3000);
}

void message_id(struct out *o, u64 id)
{
	u64 h = fixed(9, id);
	chr(o, '<');
	switch (h & 3) {
	case 0:
		hex(o, h >> 32, 8, LOWER), chr(o, '-'), hex(o, h >> 16, 4, LOWER), LIT(o, "-4"),
		    hex(o, h >> 4, 3, LOWER);
		LIT(o, "-9"), hex(o, h >> 8, 3, LOWER), chr(o, '-'), hex(o, mix(h), 12, LOWER);
		break;
	case 1:
		LIT(o, "CA+"), base64(o, (u8 *)&h, 7), LIT(o, "=gX");
		break;
	default:
		num(o, h % 1000000007), chr(o, '.'), num(o, mix(h) % 100000), chr(o, '.'),
		    num(o, 1770000000000 + id % 9000000000);
	}
	chr(o, '@');
	if (id & OWN_MAIL)
		LIT(o, "example.org");
	else
		domain(o, (u32)(id % 3000));
	chr(o, '>');
}

/* Dovecot's session id is the connection: its time, the client's port and address. */
void session_id(struct out *o, const struct event *e)
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
void delivery_id(struct out *o, const struct event *e)
{
	u32 parts[4] = {(u32)(e->id % 1000000000), (u32)(e->start / SEC), e->pid, 0x50fc9ed0};
	base64(o, (u8 *)parts, 16);
}

void queue_id(struct out *o, u64 t, u64 id)
{
	u64 inode = 0x1e0000 + id % 0x1ffff;
	hex(o, t % SEC, 5, UPPER), hex(o, inode, 6, UPPER);
}

void from_to(struct out *o, const struct event *e)
{
	LIT(o, ", rip="), address(o, &e->from);
	bool here = !memcmp(e->from.b, loopback.b, 16);
	LIT(o, ", lip="), address(o, here ? &loopback : e->from.six ? &listener_six : &listener);
}

bool local(const struct event *e)
{
	return !e->from.six && e->from.b[0] == 127;
}
