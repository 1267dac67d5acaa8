/*
 * habit.c - accounts, the networks they use, and what is usual for them.
 *
 * The path of most sign-ins and session ends: two look-ups, and a network that is known says no
 * more than that.  What colleagues do there is looked up only where the network is not known.
 */
#include "known.h"

/* Several facts of one event ask for the same row: a glance finds it, if it is still there. */
static bool is_at_hand(struct facts *f, slice account)
{
	bool same = account.len && f->account && slice_eq(table_key(f->account), account);
	if (same)
		table_touch(f->account);
	return same;
}

struct account_known *find_account(struct facts *f, slice account)
{
	if (!is_at_hand(f, account))
		f->account = table_get(&f->accounts, account);
	return f->account;
}

struct account_known *know_account(struct facts *f, slice account, int64_t now)
{
	bool fresh;
	if (is_at_hand(f, account))
		return f->account;
	struct account_known *a = f->account = table_put(&f->accounts, account, &fresh);
	if (fresh)
		a->first_s = a->day_s = a->failures_s = second_of(now);
	if (fresh && f->accounts.len > HABITS_MOST / HABITS_EACH)
		f->habits.most = f->beats.most = f->accounts.len * HABITS_EACH;
	return a;
}

/* A day counts if it is later than the last that did: records may be read again. */
static void count_day(struct account_known *a, int64_t now)
{
	uint16_t day = (uint16_t)(now / CLOCK_DAY);
	if (day <= a->day)
		return;
	a->days += a->days < UINT16_MAX;
	a->day = day;
}

/* The counters of the day end when a day has passed since it began. */
static void turn_account_day(struct account_known *a, int64_t now)
{
	if (second_of(now) - a->day_s < DAY_S)
		return;
	if (a->reads > a->reads_usual)
		a->reads_usual = a->reads;
	if (a->reads >= a->reads_usual)
		a->usual_day = (uint16_t)(a->day_s / DAY_S);
	if (a->read_kb > a->read_kb_usual)
		a->read_kb_usual = a->read_kb;
	a->reads = a->read_kb = 0;
	a->day_s = second_of(now);
}

void turn_habit_day(struct habit *h, int64_t now)
{
	if (second_of(now) - h->day_s < DAY_S)
		return;
	h->day_s = second_of(now);
	h->reads = h->downloads = h->sent = h->read_kb = h->sent_kb = 0;
}

static void turn_network_day(struct network_known *n, int64_t now)
{
	if (second_of(now) - n->day_s < DAY_S)
		return;
	n->day_s = second_of(now);
	n->accounts_before += n->firsts;
	n->entered = n->firsts = 0;
}

struct network_known *know_network(struct table *t, slice key, int64_t now)
{
	bool fresh;
	struct network_known *n = table_put(t, key, &fresh);
	if (fresh)
		n->first_s = n->day_s = second_of(now);
	turn_network_day(n, now);
	return n;
}

slice net_key(const struct address *net, char room[16])
{
	size_t n = 16;
	if (address_is_v4(net)) {
		memcpy(room, net->b + 12, 4);
		return (slice){room, 4};
	}
	memcpy(room, net->b, 16);
	while (n > 5 && !room[n - 1])
		n--;
	return (slice){room, n};
}

struct address net_of(slice key)
{
	struct address a = {{[10] = 0xff, [11] = 0xff}};
	if (key.len == 4) {
		memcpy(a.b + 12, key.at, 4);
		return a;
	}
	memset(a.b, 0, sizeof a.b);
	memcpy(a.b, key.at, key.len < sizeof a.b ? key.len : sizeof a.b);
	return a;
}

/* The row of a network, or NULL.  Several facts of one event ask for the same. */
struct network_known *find_network(struct facts *f, const struct address *net)
{
	char room[16];
	if (!address_eq(&f->net, net)) {
		f->net = *net;
		f->net_row = table_get(&f->networks, net_key(net, room));
	} else if (f->net_row) {
		table_touch(f->net_row);
	}
	return f->net_row;
}

static struct network_known *make_network(struct facts *f, const struct address *net, int64_t now)
{
	char room[16];
	f->net = *net;
	return f->net_row = know_network(&f->networks, net_key(net, room), now);
}

/* The number of the account, and the network. */
enum { HABIT_KEY_MOST = 4 + 16 };
static slice habit_key(const struct account_known *a, const struct address *net,
		       char room[HABIT_KEY_MOST])
{
	uint32_t n = table_number(a);
	if (address_is_v4(net)) { /* in one piece, as it is read */
		uint64_t both =
		    htole64((uint64_t)word_half((const char *)net->b + 12) << 32 | le32toh(n));
		memcpy(room, &both, 8);
		return (slice){room, 8};
	}
	slice key = net_key(net, room + 4);
	memcpy(room, &n, 4);
	return (slice){room, 4 + key.len};
}

static uint32_t net_hash(const struct address *net)
{
	return (uint32_t)hash_quick((slice){(const char *)net->b, sizeof net->b}, 0);
}

/* To the front, over the one at `i`. */
static void put_near(struct account_known *a, size_t i, uint32_t number, uint32_t hash)
{
	memmove(a->habits + 1, a->habits, i * sizeof *a->habits);
	a->habits[0].number = number + 1;
	a->habits[0].net = hash;
}

/* The habit in a network, if it is one of those used last; else NULL. */
static struct habit *near_habit(struct facts *f, struct account_known *a, const struct address *net,
				uint32_t hash)
{
	char room[HABIT_KEY_MOST];
	size_t i = 0;
	while (i < HABITS_NEAR && (a->habits[i].net != hash || !a->habits[i].number))
		i++;
	if (i == HABITS_NEAR)
		return NULL;
	struct habit *h = table_at(&f->habits, a->habits[i].number - 1);
	if (!h || !slice_eq(table_key(h), habit_key(a, net, room)))
		return NULL; /* it was shed */
	table_touch(h);
	if (i)
		put_near(a, i, table_number(h), hash);
	return h;
}

static struct habit *find_habit(struct facts *f, struct account_known *a, const struct address *net,
				bool make, bool *fresh)
{
	char room[HABIT_KEY_MOST];
	uint32_t hash = net_hash(net);
	struct habit *h = near_habit(f, a, net, hash);
	*fresh = false;
	if (h)
		return h;
	slice key = habit_key(a, net, room);
	h = make ? table_put(&f->habits, key, fresh) : table_get(&f->habits, key);
	if (h)
		put_near(a, HABITS_NEAR - 1, table_number(h), hash);
	return h;
}

struct who who_is(struct facts *f, slice account, const struct address *ip, int64_t now)
{
	bool fresh;
	struct who w = {
	    .net = facts_network(f, ip), .ip = ip, .now = now, .hostile = is_hostile(f, ip)};
	w.account = account.len ? find_account(f, account) : NULL;
	if (w.account)
		w.habit = find_habit(f, w.account, &w.net, false, &fresh);
	if (w.habit)
		turn_habit_day(w.habit, now);
	return w;
}

/*
 * The area of an address: its operator's networks, or, where nothing names the operator, the /16 or
 * /32.  People of one organisation share operators; an intruder's hosting network is nobody's home.
 */
static slice area_key(struct facts *f, const struct address *ip, char room[ACCOUNT_MOST])
{
	struct where w = facts_where(f, ip);
	slice owner = w.operator.len ? w.operator: w.name;
	if (owner.len)
		return slice_first(owner, ACCOUNT_MOST);
	struct address area = address_mask(*ip, address_is_v4(ip) ? 112 : 32);
	memcpy(room, area.b, 16);
	return (slice){room, 16};
}

struct address machine_address(const struct address *ip)
{
	return address_is_v4(ip) ? *ip : address_mask(*ip, 64);
}

static uint32_t door_of(const struct address *ip)
{
	struct address machine = machine_address(ip);
	return (uint32_t)hash_bytes(machine.b, sizeof machine.b) | 1;
}

/* Majority vote (Boyer and Moore): an office's people come in by one address. */
static void count_door(struct network_known *n, const struct address *ip)
{
	uint32_t door = door_of(ip);
	if (n->votes == 0)
		n->door = door;
	n->votes += n->door == door ? 1 : (uint32_t)-1;
}

uint32_t people_of(const struct network_known *n, const struct address *ip)
{
	return n->door == door_of(ip) ? n->votes : 0;
}

static void count_newcomer(struct facts *f, const struct who *w)
{
	char room[ACCOUNT_MOST];
	struct network_known *n = make_network(f, &w->net, w->now);
	struct network_known *area = know_network(&f->areas, area_key(f, w->ip, room), w->now);
	bool first = w->habit->history == HISTORY_NONE;
	n->accounts++;
	n->entered++;
	count_door(n, w->ip);
	area->accounts++;
	n->firsts += first;
	area->firsts += first;
	w->habit->at_home = first;
}

/*
 * Whose place it is: who came first of all from there, or on two days.  Of others one guest alone,
 * an intruder in account after account, would make a network one that colleagues share.
 */
static void settle_in(struct facts *f, const struct who *w)
{
	char room[ACCOUNT_MOST];
	w->habit->at_home = 1;
	make_network(f, &w->net, w->now)->accounts_before++;
	know_network(&f->areas, area_key(f, w->ip, room), w->now)->accounts_before++;
}

static void say_where(struct facts *f, struct event *e, const struct address *ip)
{
	if (!f->rows.len && !f->geo)
		return;
	struct where w = facts_where(f, ip);
	if (w.name.len)
		event_text(e, F_NET_NAME, w.name);
	if (w.country.len)
		event_text(e, F_COUNTRY, w.country);
	if (w.operator.len)
		event_text(e, F_OPERATOR, w.operator);
	if (w.listed)
		event_number(e, F_NET_TRUSTED, w.trusted);
	if (w.hostile)
		event_number(e, F_NET_HOSTILE, 1);
}

/* Two days with sign-ins before this one: what differs from them may be judged. */
enum history history_of(const struct account_known *a)
{
	return a->days > LEARNING_DAYS ? HISTORY_LONG : a->days > 1 ? HISTORY_SHORT : HISTORY_NONE;
}

/* Records older than an earlier run's show that it was used before that run knew. */
static uint32_t age_of(const struct habit *h, int64_t now)
{
	return second_of(now) > h->first_s ? second_of(now) - h->first_s : 0;
}

static bool is_known(const struct who *w)
{
	return w->habit && !w->hostile && age_of(w->habit, w->now) >= DAY_S;
}

/*
 * known: used before today.  new: first used today, by an account with habits elsewhere.
 * early: first used today, by an account of which a single earlier day is known.
 * first: the account itself came today, to records that are older.  learning: it is too early.
 * What is hostile is new, always.
 */
static slice habit_state(const struct facts *f, const struct who *w)
{
	const struct account_known *a = w->account;
	if (is_known(w))
		return SLICE("known");
	if (w->hostile)
		return SLICE("new");
	enum history history = w->habit ? w->habit->history : history_of(a);
	if (history != HISTORY_NONE)
		return history == HISTORY_LONG ? SLICE("new") : SLICE("early");
	bool early = a->days > 1 || a->first_s < second_of(f->since_us) + LEARNING_DAYS * DAY_S;
	return early ? SLICE("learning") : SLICE("first");
}

/* Who else is there. */
static void state_company(struct facts *f, struct event *e, const struct who *w)
{
	char room[ACCOUNT_MOST];
	struct network_known *n = find_network(f, &w->net);
	struct network_known *area = table_get(&f->areas, area_key(f, w->ip, room));
	if (n) {
		turn_network_day(n, w->now);
		event_number(e, F_NET_SHARED, n->accounts_before >= 3 && !w->hostile);
		event_number(e, F_SOURCE_ACCOUNTS, n->entered);
		event_number(e, F_NET_ACCOUNTS, n->accounts);
		event_number(e, F_SOURCE_PEOPLE, people_of(n, w->ip));
	}
	if (area)
		turn_network_day(area, w->now);
	event_number(e, F_AREA_ACCOUNTS, area ? area->accounts_before : 0);
}

static void state_reads(struct event *e, const struct who *w)
{
	const struct habit *h = w->habit;
	event_number(e, F_NET_AGE, age_of(h, w->now));
	event_number(e, F_READS, h->reads);
	event_number(e, F_READS_HOUR, h->hour_reads);
	if (w->account->reads_usual >= USUAL_LEAST)
		event_number(e, F_READS_TIMES, h->hour_reads / w->account->reads_usual);
	event_number(e, F_READ_BYTES, (int64_t)h->read_kb * 1024);
	event_number(e, F_DOWNLOADS, h->downloads);
}

void state_network(struct facts *f, struct event *e, const struct who *w)
{
	say_where(f, e, w->ip);
	if (!w->account)
		return;
	bool failure = e->outcome == OUT_FAILURE;
	event_text(e, F_NET_STATE, habit_state(f, w));
	if (f->named.len && is_named(f, table_key(w->account)))
		event_number(e, F_NAMED, 1);
	if (w->habit)
		state_reads(e, w);
	if (is_known(w) && !failure)
		return;
	state_company(f, e, w);
	event_number(e, F_ACCOUNT_AGE, second_of(w->now) - w->account->first_s);
	if (w->account->days)
		event_number(e, F_ACCOUNT_DAYS, w->account->days - 1);
	event_number(e, F_READS_USUAL, w->account->reads_usual);
	event_number(e, F_READ_BYTES_USUAL, (int64_t)w->account->read_kb_usual * 1024);
	event_number(e, F_READS_DAY, w->account->reads);
}

static bool used_before(const struct account_known *a, enum protocol_bit protocol, int64_t now)
{
	bool settled = protocol != P_POP3 || second_of(now) - a->pop3_s > DAY_S;
	return (a->protocols & protocol) && settled;
}

/* NULL: nobody asks for them. */
static struct beats *beats_of(struct facts *f, const struct habit *h)
{
	bool asked = is_wanted(f, F_SIGN_IN_PERIOD) || is_wanted(f, F_SIGN_IN_DEVIATION) ||
		     is_wanted(f, F_SIGN_IN_READS);
	return asked ? table_put(&f->beats, table_key(h), NULL) : NULL;
}

/*
 * The rhythm of sign-ins, as TCP measures its round trips (RFC 6298 2): a running mean, an eighth
 * of each new gap, and a running distance from it, a quarter.  Protocols within two seconds are
 * one.
 */
static void beat_sign_in(struct event *e, struct beats *h, uint32_t now_s)
{
	uint32_t gap = now_s > h->last_s ? now_s - h->last_s : 0;
	event_number(e, F_SIGN_IN_READS, h->reads);
	if (h->last_s && gap > 2) {
		float off = (float)gap > h->gap ? (float)gap - h->gap : h->gap - (float)gap;
		h->gap_off = h->gaps ? h->gap_off + (off - h->gap_off) / 4 : (float)gap / 2;
		h->gap = h->gaps ? h->gap + ((float)gap - h->gap) / 8 : (float)gap;
		h->gaps += h->gaps < UINT8_MAX;
	}
	if (gap > 2 || !h->last_s)
		h->last_s = now_s;
	if (h->gaps + 1 < RHYTHM_LEAST || h->gap < 1)
		return;
	event_number(e, F_SIGN_IN_PERIOD, (int64_t)h->gap);
	event_number(e, F_SIGN_IN_DEVIATION, (int64_t)(h->gap_off * 100 / h->gap));
}

void sign_in(struct facts *f, struct event *e, slice account, const struct address *ip,
	     enum protocol_bit protocol, int64_t now)
{
	bool fresh;
	struct who w = {.account = know_account(f, account, now),
			.net = facts_network(f, ip),
			.ip = ip,
			.now = now,
			.hostile = is_hostile(f, ip)};
	w.habit = find_habit(f, w.account, &w.net, true, &fresh);
	turn_account_day(w.account, now);
	turn_habit_day(w.habit, now);
	count_day(w.account, now);
	if (fresh) {
		w.habit->first_s = w.habit->day_s = second_of(now);
		w.habit->history = history_of(w.account) & 3;
		count_newcomer(f, &w);
		guesser_came(f, account, ip);
	} else if (second_of(now) < w.habit->first_s) {
		w.habit->first_s = second_of(now);
	} else if (!w.habit->at_home && is_known(&w)) {
		settle_in(f, &w);
	}
	if (protocol == P_POP3 && !(w.account->protocols & P_POP3))
		w.account->pop3_s = second_of(now);
	bool used = used_before(w.account, protocol, now);
	event_text(e, F_PROTOCOL_STATE, used ? SLICE("known") : SLICE("new"));
	w.account->protocols |= (uint8_t)protocol;
	state_network(f, e, &w);
	profile_sign_in(f, e, &w, is_known(&w));
	travel_to(f, e, &w);
	if (second_of(now) > w.habit->last_s)
		w.habit->last_s = second_of(now);
	struct beats *beats = beats_of(f, w.habit);
	if (beats && fresh)
		*beats = (struct beats){0}; /* the habit was shed in between */
	if (beats)
		beat_sign_in(e, beats, second_of(now));
	if (is_known(&w))
		return;
	state_guesser(f, e, ip, now);
	state_haste(f, e, account, &w.net);
	state_victim(f, e, account, now);
}

void habit_restore(struct facts *f, struct account_known *a, const struct address *net,
		   uint32_t first_s, uint32_t last_s, uint8_t history)
{
	bool fresh;
	char room[ACCOUNT_MOST];
	int64_t first_us = first_s * CLOCK_SECOND;
	struct habit *h = find_habit(f, a, net, true, &fresh);
	if (!fresh)
		return;
	h->first_s = h->day_s = first_s;
	h->last_s = last_s;
	h->history = history & 3;
	h->at_home = h->history == HISTORY_NONE || last_s >= first_s + DAY_S;
	struct network_known *n = make_network(f, net, first_us);
	struct network_known *area = know_network(&f->areas, area_key(f, net, room), first_us);
	n->accounts++;
	area->accounts++;
	n->accounts_before += h->at_home;
	area->accounts_before += h->at_home;
}

bool habit_owner(const struct facts *f, slice key, slice *account, struct address *net)
{
	uint32_t n;
	memcpy(&n, key.at, 4);
	*net = net_of(slice_from(key, 4));
	const void *a = table_at(&f->accounts, n);
	*account = a ? table_key(a) : (slice){0};
	return account->len > 0;
}

void add_reads(struct facts *f, struct event *e, const struct who *w, uint32_t bodies,
	       uint64_t bytes)
{
	struct habit *h = w->habit;
	if (w->account) {
		turn_account_day(w->account, w->now);
		w->account->reads += bodies;
		w->account->read_kb += (uint32_t)(bytes / 1024);
	}
	if (h) {
		if (second_of(w->now) - h->hour_s >= HOUR_S) {
			h->hour_s = second_of(w->now);
			h->hour_reads = 0;
		}
		h->hour_reads += bodies;
		h->reads += bodies;
		struct beats *beats = beats_of(f, h);
		if (beats)
			beats->reads += bodies;
		h->read_kb += (uint32_t)(bytes / 1024);
	}
	state_network(f, e, w);
	if (h && bytes && !event_has(e, F_BODY_COUNT) && !event_has(e, F_RETR_COUNT) &&
	    e->action == ACT_SESSION_END) {
		uint32_t usual = w->account->read_kb_usual;
		event_number(e, F_READ_BYTES_TIMES,
			     h->read_kb / (usual > KB_USUAL_LEAST ? usual : KB_USUAL_LEAST));
	}
}

/* An address by which several people come in, as an office's. */
bool is_office(struct facts *f, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	struct network_known *n = find_network(f, &net);
	return n && people_of(n, ip) >= 3;
}

int64_t facts_network_since(struct facts *f, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	struct network_known *n = find_network(f, &net);
	return n ? n->first_s * CLOCK_SECOND : CLOCK_NONE;
}

uint32_t facts_network_accounts(struct facts *f, const struct address *ip)
{
	struct address net = facts_network(f, ip);
	struct network_known *n = find_network(f, &net);
	return n ? n->accounts : 0;
}

void facts_people(struct facts *f, const struct address *ip, facts_person *on, void *ctx)
{
	struct address net = facts_network(f, ip);
	char room[HABIT_KEY_MOST];
	if (f->began_us == CLOCK_NONE) { /* no event came: the state is all that is known */
		f->began_us = 0;
		state_load(f);
	}
	for (struct account_known *a = NULL; (a = table_next(&f->accounts, a));)
		if (table_peek(&f->habits, habit_key(a, &net, room)))
			on(ctx, table_key(a));
}

static struct facts_habit tell_habit(struct facts *f, struct habit *h)
{
	char room[ACCOUNT_MOST];
	struct facts_habit t = {.since_us = h->first_s * CLOCK_SECOND,
				.first_known = h->history == HISTORY_NONE};
	if (!habit_owner(f, table_key(h), &t.account, &t.net))
		return t;
	const struct network_known *area = table_peek(&f->areas, area_key(f, &t.net, room));
	t.trusted = facts_where(f, &t.net).trusted;
	t.colleagues = area ? area->accounts_before : 0;
	return t;
}

void facts_habits(struct facts *f, facts_on_habit *on, void *ctx)
{
	for (struct habit *h = NULL; (h = table_next(&f->habits, h));) {
		struct facts_habit t = tell_habit(f, h);
		if (t.account.len)
			on(ctx, &t);
	}
}

bool facts_is_first_place(struct facts *f, slice account, const struct address *ip)
{
	struct who w = who_is(f, account, ip, f->began_us);
	return w.habit && w.habit->history == HISTORY_NONE;
}

int64_t facts_habit_since(struct facts *f, slice account, const struct address *ip)
{
	struct who w = who_is(f, account, ip, f->began_us);
	return w.habit ? w.habit->first_s * CLOCK_SECOND : CLOCK_NONE;
}
