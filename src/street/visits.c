/*
 * visits.c - differences of times between two logs of the same sign-ins, and the one that returns.
 *
 * An open webmail asks for news each minute, so that each sign-in has a comb of IMAP sign-ins
 * behind it, and any tooth of it returns with the next: only the first after a pause is looked at.
 */
#include "visits.h"

#include <stdlib.h>

enum {
	PEOPLE_MOST = 4096,
	STATED_KEPT = 8, /* per account */
	SERVED_KEPT = 64,
	SOURCES_KEPT = 4,
	APART_MOST = 1 << 16,
	VISITS_MOST = 1 << 15,
	AGREE_LEAST = 5,
};
#define APART_US (13 * CLOCK_HOUR) /* a clock read in a wrong zone is off by that much */
#define GRAIN_US (2 * CLOCK_SECOND)
#define PAUSE_US (5 * CLOCK_MINUTE)

struct stated {
	int64_t us;
	uint32_t visit;
	uint8_t host;
};
struct served {
	int64_t us;
	uint8_t host;
};
struct source_seen {
	struct address ip;
	int64_t us;
};

/* What one account did last. */
struct person {
	struct stated stated[STATED_KEPT];
	struct served served[SERVED_KEPT];
	struct source_seen sources[SOURCES_KEPT];
	size_t stated_at, served_at, source_at;
};

struct apart {
	int64_t us; /* the webmail's time less the other's */
	uint32_t visit;
	uint8_t web, mail;
};

struct visits {
	struct table people;
	LIST(struct apart) aparts;
	uint32_t count;
};

struct visits *visits_new(void)
{
	struct visits *v = must_alloc(sizeof *v);
	table_init(&v->people, sizeof(struct person), PEOPLE_MOST);
	return v;
}

void visits_free(struct visits **v)
{
	if (!*v)
		return;
	table_free(&(*v)->people);
	list_free(&(*v)->aparts);
	free(*v);
	*v = NULL;
}

/* --- what is seen --- */

bool visit_is_stated(const struct event *e)
{
	return e->action == ACT_LOGIN && e->outcome == OUT_SUCCESS && event_has(e, F_USER) &&
	       slice_eq(event_get(e, F_MODULE), SLICE("roundcube"));
}

bool visit_is_served(const struct event *e)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP),
			     *server = event_get_address(e, F_DESTINATION_IP);
	if (e->action != ACT_LOGIN || e->outcome != OUT_SUCCESS || !ip || !event_has(e, F_USER) ||
	    !slice_eq(event_get(e, F_PROTOCOL), SLICE("imap")) || address_is_loopback(ip) ||
	    (server && address_eq(ip, server)))
		return false;
	if (address_is_private(ip) || !server || address_is_v4(ip) != address_is_v4(server))
		return address_is_private(ip);
	unsigned bits = address_is_v4(ip) ? 120 : 64;
	struct address a = address_mask(*ip, bits), b = address_mask(*server, bits);
	return address_eq(&a, &b);
}

static void compare(struct visits *v, const struct stated *web, const struct served *mail)
{
	int64_t us = web->us - mail->us;
	if (web->host != mail->host && llabs(us) <= APART_US && v->aparts.len < APART_MOST)
		*list_add(&v->aparts) = (struct apart){us, web->visit, web->host, mail->host};
}

static void state(struct visits *v, struct person *p, int64_t now, uint8_t host)
{
	struct stated *s = &p->stated[p->stated_at++ % STATED_KEPT];
	*s = (struct stated){now, v->count++, host};
	for (size_t i = 0; i < SERVED_KEPT && i < p->served_at; i++)
		compare(v, s, &p->served[i]);
}

/* True if nothing came from there for a while. */
static bool is_first(struct person *p, const struct address *ip, int64_t now)
{
	for (size_t i = 0; i < SOURCES_KEPT && i < p->source_at; i++) {
		struct source_seen *s = &p->sources[i];
		if (!address_eq(&s->ip, ip))
			continue;
		bool first = now - s->us > PAUSE_US;
		s->us = now;
		return first;
	}
	p->sources[p->source_at++ % SOURCES_KEPT] = (struct source_seen){*ip, now};
	return true;
}

static void serve(struct visits *v, struct person *p, int64_t now, uint8_t host)
{
	struct served *s = &p->served[p->served_at++ % SERVED_KEPT];
	*s = (struct served){now, host};
	for (size_t i = 0; i < STATED_KEPT && i < p->stated_at; i++)
		compare(v, &p->stated[i], s);
}

/* The part before the @: webmails may leave the domain out. */
static struct person *person_of(struct visits *v, slice user)
{
	char room[64];
	user = slice_first(slice_first(user, slice_find(user, '@')), sizeof room);
	for (size_t i = 0; i < user.len; i++)
		room[i] =
		    user.at[i] >= 'A' && user.at[i] <= 'Z' ? (char)(user.at[i] | 0x20) : user.at[i];
	return table_put(&v->people, (slice){room, user.len}, NULL);
}

void visits_saw(struct visits *v, const struct event *e, size_t host)
{
	bool stated = visit_is_stated(e);
	if (!event_has(e, F_TIME) || host > UINT8_MAX || v->count == VISITS_MOST)
		return;
	struct person *p = person_of(v, e->v[F_USER].text);
	if (stated)
		state(v, p, e->v[F_TIME].number, (uint8_t)host);
	else if (is_first(p, &e->v[F_SOURCE_IP].address, e->v[F_TIME].number))
		serve(v, p, e->v[F_TIME].number, (uint8_t)host);
}

/* --- what it comes to --- */

static int by_distance(const void *a, const void *b)
{
	const struct apart *x = a, *y = b;
	return (x->us > y->us) - (x->us < y->us);
}

/* A stretch of differences, and how many visits have one in it. */
struct heap {
	size_t from, to, visits;
};

static size_t count_visits(const struct apart *all, size_t n, uint32_t *seen)
{
	size_t visits = 0;
	for (size_t i = 0; i < n; i++)
		visits += seen[all[i].visit]++ == 0;
	for (size_t i = 0; i < n; i++)
		seen[all[i].visit] = 0;
	return visits;
}

/* The fullest stretch of two seconds that keeps away from `but`. */
static struct heap fullest(const struct apart *all, size_t n, const struct heap *but,
			   uint32_t *seen)
{
	struct heap best = {0};
	size_t visits = 0;
	for (size_t from = 0, to = 0; to < n; to++) {
		visits += seen[all[to].visit]++ == 0;
		for (; all[to].us - all[from].us > GRAIN_US; from++)
			visits -= --seen[all[from].visit] == 0;
		bool near = but && all[to].us >= all[but->from].us - GRAIN_US &&
			    all[from].us <= all[but->to].us + GRAIN_US;
		if (visits > best.visits && !near)
			best = (struct heap){from, to, visits};
	}
	memset(seen, 0, VISITS_MOST * sizeof *seen);
	return best;
}

static size_t those_between(const struct visits *v, size_t web, size_t mail, struct apart *to)
{
	size_t n = 0;
	for (size_t i = 0; i < v->aparts.len; i++)
		if (v->aparts.at[i].web == web && v->aparts.at[i].mail == mail)
			to[n++] = v->aparts.at[i];
	if (n)
		qsort(to, n, sizeof *to, by_distance);
	return n;
}

bool visits_ahead(struct visits *v, size_t web, size_t mail, int64_t *ahead_us, size_t *agree)
{
	if (!v->aparts.len)
		return false;
	struct apart *all = must_alloc(v->aparts.len * sizeof *all);
	uint32_t *seen = must_alloc(VISITS_MOST * sizeof *seen);
	size_t n = those_between(v, web, mail, all), visits = count_visits(all, n, seen);
	struct heap best = fullest(all, n, NULL, seen), next = fullest(all, n, &best, seen);
	bool sure = best.visits >= AGREE_LEAST && 2 * best.visits >= visits &&
		    best.visits >= 2 * next.visits;
	*agree = best.visits;
	*ahead_us = n ? all[(best.from + best.to) / 2].us : 0;
	free(all);
	free(seen);
	return sure;
}
