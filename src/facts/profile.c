/*
 * profile.c - what is usual for an account besides its networks: countries, operators, clients,
 * hours, days of the week.
 *
 * Sign-ins are counted once an hour, so that a phone that asks every minute weighs no more than a
 * person, and what is counted is halved every HALF_LIFE_DAYS.  A country, operator or client that
 * was not used for FORGET_DAYS is new again; when there are too many, the one unused longest goes.
 * The path of most sign-ins, a known network in an hour that was counted, ends before any look-up.
 */
#include "known.h"

#include <math.h>

#define HALF_LIFE_DAYS 30
#define FORGET_DAYS    180

static struct used *find_used(struct used *list, size_t n, uint32_t hash, uint16_t today)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].hash == hash && today - list[i].last_day <= FORGET_DAYS)
			return &list[i];
	return NULL;
}

static struct used *oldest_used(struct used *list, size_t n)
{
	struct used *oldest = list;
	for (size_t i = 1; i < n; i++)
		if (!list[i].hash || (oldest->hash && list[i].last_day < oldest->last_day))
			oldest = &list[i];
	return oldest;
}

/* The entry, made and dated if the account never used it. */
static struct used *use(struct used *list, size_t n, uint32_t hash, const struct who *w)
{
	uint16_t today = (uint16_t)(w->now / CLOCK_DAY);
	struct used *u = find_used(list, n, hash, today);
	if (!u) {
		u = oldest_used(list, n);
		*u = (struct used){.hash = hash,
				   .first_s = second_of(w->now),
				   .history = (uint8_t)history_of(w->account)};
	}
	if (today > u->last_day)
		u->last_day = today;
	return u;
}

static uint32_t used_for(const struct used *u, int64_t now)
{
	return second_of(now) > u->first_s ? second_of(now) - u->first_s : 0;
}

static slice used_state(const struct used *u, int64_t now)
{
	if (used_for(u, now) >= DAY_S)
		return SLICE("known");
	return u->history == HISTORY_LONG ? SLICE("new") : SLICE("learning");
}

static uint32_t hash_name(slice s)
{
	return (uint32_t)hash_bytes(s.at ? s.at : "", s.len) | 1;
}

struct profile *know_profile(struct facts *f, const struct who *w)
{
	struct account_known *a = w->account;
	struct profile *p = a->profile ? table_at(&f->profiles, a->profile - 1) : NULL;
	if (p && slice_eq(table_key(p), table_key(a))) {
		table_touch(p);
		return p;
	}
	p = table_put(&f->profiles, table_key(a), NULL);
	a->profile = table_number(p) + 1;
	return p;
}

void profile_places(struct facts *f)
{
	if (f->has_places || f->profiles.len)
		return;
	f->has_places = true;
	table_free(&f->profiles);
	table_init_keyed(&f->profiles, ACCOUNT_HERE,
			 sizeof(struct profile) + sizeof(struct profile_places), ACCOUNTS_MOST);
}

static void use_places(struct facts *f, struct event *e, const struct who *w)
{
	if (!f->has_places)
		return;
	struct profile_places *p = know_profile(f, w)->places;
	struct where at = facts_where(f, w->ip);
	if (at.country.len) {
		struct used *u = use(p->countries, COUNTRIES_KEPT, hash_name(at.country), w);
		event_text(e, F_COUNTRY_STATE, used_state(u, w->now));
	}
	if (at.operator.len) {
		struct used *u = use(p->operators, OPERATORS_KEPT, hash_name(at.operator), w);
		event_text(e, F_OPERATOR_STATE, used_state(u, w->now));
	}
}

/* --- hours and weekdays --- */

static void decay(struct times *t, int64_t now)
{
	uint16_t today = (uint16_t)(now / CLOCK_DAY);
	if (today <= t->day)
		return;
	float left = t->day ? exp2f(-(float)(today - t->day) / HALF_LIFE_DAYS) : 0;
	for (int i = 0; i < 24; i++)
		if (t->hours[i])
			t->hours[i] = (uint16_t)lrintf(t->hours[i] * left);
	for (int i = 0; i < 7; i++)
		if (t->weekdays[i])
			t->weekdays[i] = (uint16_t)lrintf(t->weekdays[i] * left);
	t->day = today;
}

static int64_t rounded(int64_t n, int64_t of)
{
	return (2 * n + of) / (2 * of);
}

static void count_one(uint16_t *n)
{
	*n = (uint16_t)(*n < UINT16_MAX - TIMES_ONE ? *n + TIMES_ONE : UINT16_MAX);
}

static void state_times(struct event *e, const struct times *t, int hour, int weekday)
{
	int64_t all = 0;
	for (int i = 0; i < 24; i++)
		all += t->hours[i];
	if (all < TIMES_ONE)
		return;
	int64_t near = t->hours[hour] + t->hours[(hour + 23) % 24] + t->hours[(hour + 1) % 24];
	event_number(e, F_SIGN_INS, rounded(all, TIMES_ONE));
	event_number(e, F_HOUR_SHARE, rounded(near * 100, all));
	event_number(e, F_WEEKDAY_SHARE, rounded(t->weekdays[weekday] * INT64_C(100), all));
}

/*
 * Records of a host that an earlier run has learnt are not counted again; those of another host, of
 * the same hours, are.
 */
static bool cover(struct facts *f, const struct event *e, int64_t now)
{
	struct host_known *h = know_host(f, event_get(e, F_HOST));
	bool fresh = h->from_us == CLOCK_NONE;
	if (fresh || now < h->from_us)
		h->from_us = now;
	if (fresh || now > h->to_us)
		h->to_us = now;
	return h->known_us && now >= h->from_us && now <= h->known_us;
}

/* Where no zone was given, the hours are those of UTC. */
static void use_times(struct facts *f, struct event *e, struct times *t, bool again, int64_t now)
{
	uint32_t at = (uint32_t)(now / CLOCK_HOUR);
	int64_t wall = f->zone ? zone_from_utc(f->zone, now) : now;
	int hour = (int)(wall / CLOCK_HOUR % 24),
	    weekday = (int)((wall / CLOCK_DAY + 4) % 7); /* 1970 began on a Thursday, Sunday is 0 */
	decay(t, now);
	state_times(e, t, hour, weekday);
	bool learnt = cover(f, e, now);
	if (again || learnt || at == t->hour)
		return;
	if (at > t->hour)
		t->hour = at;
	count_one(&t->hours[hour]);
	count_one(&t->weekdays[weekday]);
}

void profile_sign_in(struct facts *f, struct event *e, const struct who *w, bool known)
{
	struct account_known *a = w->account;
	uint32_t hour = (uint32_t)(w->now / CLOCK_HOUR), now_s = second_of(w->now);
	event_number(e, F_ACCOUNT_DAYS, a->days - 1);
	if (a->seen_s)
		event_number(e, F_ACCOUNT_IDLE, now_s > a->seen_s ? now_s - a->seen_s : 0);
	if (now_s > a->seen_s)
		a->seen_s = now_s;
	bool again = a->hour == hour;
	if (known && again)
		return;
	a->hour = hour;
	use_places(f, e, w);
	use_times(f, e, &a->times, again, w->now);
}

/* --- clients --- */

static void count_client_user(struct facts *f, slice client, int64_t now)
{
	struct network_known *c = know_network(&f->clients, client, now);
	c->accounts++;
	c->firsts++;
}

static void use_client(struct facts *f, struct event *e, const struct client *c,
		       const struct who *w)
{
	struct profile *p = know_profile(f, w);
	struct used *u = use(p->clients, CLIENTS_KEPT, hash_name(c->name), w);
	if (!u->counted) {
		u->counted = true;
		count_client_user(f, c->name, w->now);
	}
	event_text(e, F_CLIENT_STATE, used_state(u, w->now));
	event_number(e, F_CLIENT_AGE, used_for(u, w->now));
	event_number(e, F_CLIENT_ACCOUNTS,
		     know_network(&f->clients, c->name, w->now)->accounts_before);
}

static void state_client(struct facts *f, struct event *e, const struct client *c, slice account,
			 int64_t now)
{
	event_text(e, F_CLIENT, c->name);
	if (c->kind.len)
		event_text(e, F_CLIENT_KIND, c->kind);
	struct who w = {.account = account.len ? find_account(f, account) : NULL, .now = now};
	if (w.account)
		use_client(f, e, c, &w);
}

void profile_client(struct facts *f, struct event *e, slice account, int64_t now)
{
	struct client c = client_of(f, e);
	if (c.name.len)
		state_client(f, e, &c, account, now);
}

/* Before the sign-in a client says who it is, but not yet for whom. */
void profile_client_id(struct facts *f, struct event *e, slice account, int64_t now)
{
	slice session = event_get(e, F_SESSION);
	struct client c = client_of(f, e);
	if (!c.name.len)
		return;
	if (session.len && c.name.len <= CLIENT_MOST) {
		struct session_client *s = table_put(&f->session_clients, session, NULL);
		memcpy(s->name, c.name.at, c.name.len);
		s->len = (uint8_t)c.name.len;
		s->kind = c.kind;
	}
	state_client(f, e, &c, account, now);
}

void profile_session(struct facts *f, struct event *e, slice account, int64_t now)
{
	slice session = event_get(e, F_SESSION);
	if (!f->session_clients.len || !session.len)
		return;
	struct session_client *s = table_get(&f->session_clients, session);
	if (!s)
		return;
	struct client c = {.name = {s->name, s->len}, .kind = s->kind};
	state_client(f, e, &c, account, now);
}
