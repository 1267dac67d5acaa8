/* facts.c - which event teaches what; accounts, their networks, and who guesses. */
#include "known.h"

#include <stdlib.h>

static const struct {
	size_t offset, size;
	uint32_t most;
} tables[] = {
#define TABLE(name, type, most)                                                                    \
	{                                                                                          \
		offsetof(struct facts, name), sizeof(type), most                                   \
	}
    TABLE(accounts, struct account_known, ACCOUNTS_MOST),
    TABLE(habits, struct habit, HABITS_MOST),
    TABLE(guessers, struct guesser, GUESSERS_MOST),
    TABLE(networks, struct network_known, NETWORKS_MOST),
    TABLE(areas, struct network_known, AREAS_MOST),
    TABLE(browsers, struct browser, BROWSERS_MOST),
    TABLE(sessions, int64_t, SESSIONS_MOST),
    TABLE(queues, struct queued, QUEUES_MOST),
    TABLE(targets, int64_t, TARGETS_MOST),
    TABLE(readers, struct reader, READERS_MOST),
    TABLE(domains, int64_t, DOMAINS_MOST),
};
enum { TABLES = sizeof tables / sizeof *tables };

static struct table *table_of(const struct facts *f, size_t i)
{
	return (struct table *)((char *)(uintptr_t)f + tables[i].offset);
}

struct facts *facts_new(void)
{
	struct facts *f = must_alloc(sizeof *f);
	for (size_t i = 0; i < TABLES; i++)
		table_init(table_of(f, i), tables[i].size, tables[i].most);
	f->began_us = CLOCK_NONE;
	return f;
}

void facts_free(struct facts **f)
{
	if (!*f)
		return;
	for (size_t i = 0; i < TABLES; i++)
		table_free(table_of(*f, i));
	list_free(&(*f)->rows);
	geo_close(&(*f)->geo);
	arena_free(&(*f)->arena);
	free(*f);
	*f = NULL;
}

uint64_t facts_shed(const struct facts *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < TABLES; i++)
		n += table_of(f, i)->shed_count;
	return n;
}

size_t facts_bytes(const struct facts *f)
{
	size_t n = sizeof *f + f->arena.total;
	for (size_t i = 0; i < TABLES; i++)
		n += table_of(f, i)->bytes;
	return n;
}

bool name_keep(struct name *n, slice s)
{
	n->len = s.len <= sizeof n->text ? (uint8_t)s.len : 0;
	memcpy(n->text, s.at ? s.at : "", n->len);
	return n->len > 0;
}

slice facts_account_key(slice user, char room[ACCOUNT_MOST])
{
	user = slice_first(user, ACCOUNT_MOST);
	for (size_t i = 0; i < user.len; i++) {
		char c = user.at[i];
		room[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	return (slice){room, user.len};
}

/* --- accounts and their networks --- */

struct account_known *know_account(struct facts *f, slice account, int64_t now)
{
	bool fresh;
	struct account_known *a = table_put(&f->accounts, account, &fresh);
	if (fresh)
		a->first_us = a->day_us = a->failures_us = now;
	return a;
}

static void count_day(struct account_known *a, int64_t now)
{
	int32_t day = (int32_t)(now / CLOCK_DAY);
	a->days += a->day != day && a->days < UINT16_MAX;
	a->day = day;
}

/* The counters of the day end when a day has passed since it began. */
static void turn_account_day(struct account_known *a, int64_t now)
{
	if (now - a->day_us < CLOCK_DAY)
		return;
	if (a->reads > a->reads_usual)
		a->reads_usual = a->reads;
	a->reads = 0;
	a->day_us = now;
}

static slice habit_key(const struct account_known *a, const struct address *net, char room[20])
{
	uint32_t n = table_number(a);
	memcpy(room, &n, 4);
	memcpy(room + 4, net->b, 16);
	return (slice){room, 20};
}

struct habit *find_habit(struct facts *f, struct account_known *a, const struct address *net)
{
	char room[20];
	return table_get(&f->habits, habit_key(a, net, room));
}

static void turn_habit_day(struct habit *h, int64_t now)
{
	if (now - h->day_us < CLOCK_DAY)
		return;
	h->day_us = now;
	h->reads = h->sent = h->downloads = 0;
	h->read_bytes = h->sent_bytes = 0;
}

static void turn_network_day(struct network_known *n, int64_t now)
{
	if (now - n->day_us < CLOCK_DAY)
		return;
	n->day_us = now;
	n->accounts_before = n->accounts;
	n->entered = 0;
}

static struct network_known *know_network(struct table *t, slice key, int64_t now)
{
	bool fresh;
	struct network_known *n = table_put(t, key, &fresh);
	if (fresh)
		n->first_us = n->day_us = now;
	turn_network_day(n, now);
	return n;
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

static void count_newcomer(struct facts *f, struct network_known *n, const struct address *ip,
			   int64_t now)
{
	char room[ACCOUNT_MOST];
	n->accounts++;
	n->entered++;
	know_network(&f->areas, area_key(f, ip, room), now)->accounts++;
}

static void state_area(struct facts *f, struct event *e, const struct address *ip, int64_t now)
{
	char room[ACCOUNT_MOST];
	struct network_known *area = table_get(&f->areas, area_key(f, ip, room));
	if (area)
		turn_network_day(area, now);
	event_number(e, F_AREA_ACCOUNTS, area ? area->accounts_before : 0);
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
}

/* Two days with sign-ins before this one: what differs from them may be judged. */
static bool has_habits(const struct account_known *a)
{
	return a->days > LEARNING_DAYS;
}

/*
 * known: used before today.  new: first used today, by an account with habits elsewhere.
 * first: the account itself came today, to records that are older.  learning: it is too early.
 */
static slice habit_state(const struct facts *f, const struct account_known *a,
			 const struct habit *h, int64_t now)
{
	if (h && now - h->first_us >= HABIT_NEW_US)
		return SLICE("known");
	if (h ? h->foreign : has_habits(a))
		return SLICE("new");
	bool early = a->first_us - f->began_us < LEARNING_DAYS * CLOCK_DAY || a->days > 1;
	return early ? SLICE("learning") : SLICE("first");
}

/* Writes what is known of this account in this network; changes nothing. */
void state_network(struct facts *f, struct event *e, slice account, const struct address *ip,
		   int64_t now)
{
	say_where(f, e, ip);
	struct account_known *a = table_get(&f->accounts, account);
	if (!a)
		return;
	struct address net = facts_network(f, ip);
	struct habit *h = find_habit(f, a, &net);
	struct network_known *n = table_get(&f->networks, (slice){(char *)net.b, 16});
	slice state = habit_state(f, a, h, now);
	event_text(e, F_NET_STATE, state);
	if (!slice_eq(state, SLICE("known")))
		state_area(f, e, ip, now);
	event_number(e, F_ACCOUNT_AGE, (now - a->first_us) / CLOCK_SECOND);
	event_number(e, F_READS_USUAL, a->reads_usual);
	if (n) {
		turn_network_day(n, now);
		event_number(e, F_NET_SHARED, n->accounts_before >= 3);
		event_number(e, F_SOURCE_ACCOUNTS, n->entered);
		event_number(e, F_NET_ACCOUNTS, n->accounts);
	}
	if (!h)
		return;
	turn_habit_day(h, now);
	event_number(e, F_NET_AGE, (now - h->first_us) / CLOCK_SECOND);
	event_number(e, F_READS, h->reads);
	event_number(e, F_READS_HOUR, h->hour_reads);
	if (a->reads_usual >= USUAL_LEAST)
		event_number(e, F_READS_TIMES, h->hour_reads / a->reads_usual);
	event_number(e, F_READ_BYTES, (int64_t)h->read_bytes);
	event_number(e, F_DOWNLOADS, h->downloads);
}

static void state_guesser(struct facts *f, struct event *e, const struct address *ip, int64_t now);

void sign_in(struct facts *f, struct event *e, slice account, const struct address *ip,
	     enum protocol_bit protocol, int64_t now)
{
	struct account_known *a = know_account(f, account, now);
	struct address net = facts_network(f, ip);
	char room[20];
	bool fresh;
	struct habit *h = table_put(&f->habits, habit_key(a, &net, room), &fresh);
	struct network_known *n = know_network(&f->networks, (slice){(char *)net.b, 16}, now);
	turn_account_day(a, now);
	count_day(a, now);
	if (fresh) {
		h->first_us = h->day_us = now;
		h->foreign = has_habits(a);
		count_newcomer(f, n, ip, now);
	}
	if (protocol == P_POP3 && !(a->protocols & P_POP3))
		a->pop3_us = now;
	bool used =
	    (a->protocols & protocol) && (protocol != P_POP3 || now - a->pop3_us > CLOCK_DAY);
	event_text(e, F_PROTOCOL_STATE, used ? SLICE("known") : SLICE("new"));
	a->protocols |= (uint8_t)protocol;
	state_network(f, e, account, ip, now);
	state_guesser(f, e, ip, now);
}

void add_reads(struct facts *f, struct event *e, slice account, const struct address *ip,
	       uint32_t bodies, uint64_t bytes, int64_t now)
{
	struct account_known *a = know_account(f, account, now);
	struct address net = facts_network(f, ip);
	struct habit *h = find_habit(f, a, &net);
	turn_account_day(a, now);
	a->reads += bodies;
	if (h) {
		turn_habit_day(h, now);
		if (now - h->hour_us >= CLOCK_HOUR) {
			h->hour_us = now;
			h->hour_reads = 0;
		}
		h->hour_reads += bodies;
		h->reads += bodies;
		h->read_bytes += bytes;
	}
	state_network(f, e, account, ip, now);
}

/* --- who guesses --- */

/* IPv6 guessers are whole /64s: one machine has them all. */
static struct address guesser_address(const struct address *ip)
{
	return address_is_v4(ip) ? *ip : address_mask(*ip, 64);
}

static struct guesser *find_guesser(struct facts *f, const struct address *ip)
{
	struct address a = guesser_address(ip);
	return table_get(&f->guessers, (slice){(char *)a.b, 16});
}

static void remember_target(struct guesser *g, slice account)
{
	uint32_t hash = (uint32_t)hash_bytes(account.at, account.len) | 1;
	for (uint32_t i = 0; i < TARGETS_KEPT && g->targets[i]; i++)
		if (g->targets[i] == hash)
			return;
	if (g->accounts < TARGETS_KEPT) {
		g->targets[g->accounts++] = hash;
		return;
	}
	uint64_t bit = UINT64_C(1) << (hash >> 26);
	g->accounts += !(g->sketch & bit);
	g->sketch |= bit;
}

static void state_guesser(struct facts *f, struct event *e, const struct address *ip, int64_t now)
{
	struct guesser *g = find_guesser(f, ip);
	if (!g || now - g->last_us > GUESS_WINDOW_US)
		return;
	event_number(e, F_SOURCE_FAILED, g->accounts);
	event_number(e, F_SOURCE_FAILURES, g->failures);
	event_number(e, F_SOURCE_HOURS, g->hours);
	int64_t let_in = event_get_number(e, F_NET_ACCOUNTS, 0);
	event_number(e, F_SOURCE_SHARE, 100 * let_in / (let_in + g->accounts + !g->accounts));
}

static void failed(struct facts *f, struct event *e, slice account, const struct address *ip,
		   int64_t now)
{
	struct address key = guesser_address(ip);
	bool fresh;
	struct guesser *g = table_put(&f->guessers, (slice){(char *)key.b, 16}, &fresh);
	if (!fresh && now - g->last_us > GUESS_WINDOW_US)
		memset(g, 0, sizeof *g);
	if (!g->first_us)
		g->first_us = now;
	/* Roundcube tells of one refusal in two logs, a second apart. */
	bool webmail = slice_eq(event_get(e, F_MODULE), SLICE("roundcube"));
	if (webmail && g->by_webmail && now - g->last_us < 3 * CLOCK_SECOND)
		return;
	g->by_webmail = webmail;
	int64_t tries = event_get_number(e, F_AUTH_ATTEMPTS, 1);
	g->failures += (uint32_t)(tries > 0 && tries < 1000 ? tries : 1);
	g->hours += now / CLOCK_HOUR != g->hour;
	g->hour = now / CLOCK_HOUR;
	g->last_us = now;
	if (account.len)
		remember_target(g, account);
	state_guesser(f, e, ip, now);
	struct account_known *a = account.len ? table_get(&f->accounts, account) : NULL;
	if (!a)
		return; /* names that never signed in are the guesser's, not ours */
	if (now - a->failures_us >= CLOCK_DAY) {
		a->failures = 0;
		a->failures_us = now;
	}
	event_number(e, F_ACCOUNT_FAILURES, ++a->failures);
	state_network(f, e, account, ip, now);
}

int64_t facts_guesser_since(struct facts *f, const struct address *a)
{
	struct guesser *g = find_guesser(f, a);
	return g ? g->first_us : CLOCK_NONE;
}

size_t facts_common_targets(struct facts *f, const struct address *a, const struct address *b)
{
	struct guesser *g = find_guesser(f, a), *other = find_guesser(f, b);
	size_t n = 0;
	for (size_t i = 0; g && other && i < TARGETS_KEPT && g->targets[i]; i++)
		for (size_t j = 0; j < TARGETS_KEPT && other->targets[j]; j++)
			n += g->targets[i] == other->targets[j];
	return n;
}

/* Half of its targets at least are those of `a`, three at least, and nobody signs in from there. */
static bool is_ally(struct facts *f, const struct guesser *g, const struct address *ip,
		    const struct address *a)
{
	struct address net = facts_network(f, ip);
	uint32_t kept = g->accounts < TARGETS_KEPT ? g->accounts : TARGETS_KEPT;
	size_t common = kept >= 3 ? facts_common_targets(f, a, ip) : 0;
	return common >= 3 && common * 2 >= kept &&
	       !table_get(&f->networks, (slice){(const char *)net.b, 16});
}

size_t facts_allies(struct facts *f, const struct address *a, struct address *out, size_t most)
{
	size_t n = 0;
	for (struct guesser *g = NULL; n < most && (g = table_next(&f->guessers, g));) {
		struct address ip;
		memcpy(ip.b, table_key(g).at, 16);
		if (!address_eq(&ip, a) && is_ally(f, g, &ip, a))
			out[n++] = ip;
	}
	return n;
}

int64_t facts_habit_since(struct facts *f, slice account, const struct address *ip)
{
	struct account_known *a = table_get(&f->accounts, account);
	struct address net = facts_network(f, ip);
	struct habit *h = a ? find_habit(f, a, &net) : NULL;
	return h ? h->first_us : CLOCK_NONE;
}

/* --- events --- */

static enum protocol_bit protocol_of(const struct event *e)
{
	slice p = event_get(e, F_PROTOCOL);
	if (slice_eq(p, SLICE("imap")))
		return P_IMAP;
	if (slice_eq(p, SLICE("pop3")))
		return P_POP3;
	if (slice_eq(p, SLICE("managesieve")))
		return P_SIEVE;
	if (slice_eq(p, SLICE("ssh")))
		return P_SSH;
	return slice_eq(p, SLICE("http")) ? P_WEB : P_SMTP;
}

/* The mail host talking to itself, as webmail does: no habit of a person can be read from it. */
static bool is_local(const struct event *e, const struct address *ip)
{
	const struct address *server = event_get_address(e, F_DESTINATION_IP);
	return address_is_loopback(ip) || (server && address_eq(ip, server));
}

static void learn_domain(struct facts *f, slice account)
{
	size_t at = slice_find(account, '@');
	if (at < account.len)
		table_put(&f->domains, slice_from(account, at + 1), NULL);
}

bool facts_domain_is_ours(struct facts *f, slice domain)
{
	char room[ACCOUNT_MOST];
	return table_get(&f->domains, facts_account_key(domain, room)) != NULL;
}

static void signed_in(struct facts *f, struct event *e, slice account, const struct address *ip,
		      int64_t now)
{
	learn_domain(f, account);
	session_started(f, e);
	if (is_local(e, ip)) {
		event_text(e, F_VIA, SLICE("local"));
		if (protocol_of(e) == P_IMAP)
			webmail_local_login(f, account, now);
		return;
	}
	if (slice_eq(event_get(e, F_MODULE), SLICE("roundcube")))
		webmail_stated_login(f, account, ip, now);
	sign_in(f, e, account, ip, protocol_of(e), now);
}

static void ended(struct facts *f, struct event *e, slice account, const struct address *ip,
		  int64_t now)
{
	session_ended(f, e, now);
	int64_t bodies =
	    event_get_number(e, F_BODY_COUNT, 0) + event_get_number(e, F_RETR_COUNT, 0);
	int64_t bytes = event_get_number(e, F_BODY_BYTES, 0) + event_get_number(e, F_RETR_BYTES, 0);
	int64_t total = event_get_number(e, F_TOTAL_COUNT, 0);
	if (total > 0 && event_has(e, F_RETR_COUNT))
		event_number(e, F_READ_SHARE, e->v[F_RETR_COUNT].number * 100 / total);
	if (!ip || !account.len)
		return;
	if (is_local(e, ip)) {
		event_text(e, F_VIA, SLICE("local"));
		return;
	}
	add_reads(f, e, account, ip, (uint32_t)bodies, (uint64_t)bytes, now);
	struct account_known *a = table_get(&f->accounts, account);
	if (a && event_has(e, F_RETR_COUNT))
		event_text(e, F_PROTOCOL_STATE,
			   now - a->pop3_us > CLOCK_DAY ? SLICE("known") : SLICE("new"));
}

void facts_add(struct facts *f, struct event *e, facts_emit *emit, void *ctx)
{
	int64_t now = event_get_number(e, F_TIME, CLOCK_NONE);
	if (now == CLOCK_NONE)
		return;
	if (f->began_us == CLOCK_NONE)
		f->began_us = now;
	if (f->orphan_count)
		session_orphans(f, now, emit, ctx);
	slice account = {0};
	if (event_has(e, F_USER)) {
		account = facts_account_key(e->v[F_USER].text, f->account_room);
		event_text(e, F_ACCOUNT, account);
	}
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	switch (e->action) {
	case ACT_LOGIN:
		if (e->outcome == OUT_SUCCESS && account.len && ip)
			signed_in(f, e, account, ip, now);
		else if (e->outcome == OUT_FAILURE && ip && !is_local(e, ip))
			failed(f, e, account, ip, now);
		break;
	case ACT_SMTP_CLIENT:
		if (account.len && ip) {
			learn_domain(f, account);
			mail_client(f, e, account);
			if (!is_local(e, ip))
				sign_in(f, e, account, ip, P_SMTP, now);
		}
		break;
	case ACT_SESSION_END:
		ended(f, e, account, ip, now);
		break;
	case ACT_SMTP_QUEUE:
		mail_queue(f, e);
		break;
	case ACT_SMTP_DELIVER:
		mail_deliver(f, e, now);
		break;
	case ACT_REDIRECT:
		mail_redirect(f, e, account);
		break;
	case ACT_HTTP:
		webmail_request(f, e, emit, ctx);
		break;
	case ACT_FILE_OPEN:
		host_file_open(f, e, now);
		break;
	default:
		break;
	}
}
