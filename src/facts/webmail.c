/*
 * webmail.c - which account a browser at the webmail works for.
 *
 * Access lines name no account.  Roundcube's userlogins.log does, where it is on: then a browser
 * belongs to the account that last signed in from its address.  Where it is off, each request that
 * touches mail opens an IMAP session of its own from the mail host, within the request; the account
 * that is there at each of a browser's requests is likely its own.  Access lines bear the second in
 * which the request ended; the caller feeds them at the end of that second, so that the session's
 * sign-in has been seen.
 */
#include "known.h"

#include <stdlib.h>

/* A session may have signed in this long before the second in which its request ended. */
#define REQUEST_US (3 * CLOCK_SECOND)

enum { VOTES_NEEDED = 2 };

static slice browser_key(const struct address *ip, slice agent, char room[24])
{
	uint64_t hash = hash_bytes(agent.at ? agent.at : "", agent.len);
	memcpy(room, ip->b, 16);
	memcpy(room + 16, &hash, 8);
	return (slice){room, 24};
}

void webmail_local_login(struct facts *f, const struct event *e, slice account, int64_t now)
{
	law_local_logins(f, now);
	struct local_login *l = &f->local[f->local_at++ % LOCAL_RING];
	l->explained = false;
	l->place = e->place;
	l->us = name_keep(&l->account, account) ? now : CLOCK_NONE;
}

static slice account_named(const struct facts *f, uint32_t account, uint32_t name_hash)
{
	const void *entry = account ? table_at(&f->accounts, account - 1) : NULL;
	slice name = entry ? table_key(entry) : (slice){0};
	bool same = name.len && (uint32_t)hash_bytes(name.at, name.len) == name_hash;
	return same ? name : (slice){0};
}

static slice account_of(const struct facts *f, const struct browser *b)
{
	return account_named(f, b->account, b->name_hash);
}

bool browser_is_settled(const struct browser *b)
{
	return b->stated || b->hits >= VOTES_NEEDED;
}

static void set_account(struct facts *f, struct browser *b, slice account, int64_t now)
{
	b->account = table_number(know_account(f, account, now)) + 1;
	b->name_hash = (uint32_t)hash_bytes(account.at, account.len);
}

/* Products whose sign-in is one at a webmail, and not at a panel or a protected page. */
bool webmail_wrote(const struct event *e)
{
	static const slice products[] = {SLICE_INIT("roundcube"),    SLICE_INIT("sogo"),
					 SLICE_INIT("horde"),        SLICE_INIT("zimbra"),
					 SLICE_INIT("squirrelmail"), SLICE_INIT("snappymail"),
					 SLICE_INIT("openwebmail")};
	slice module = event_get(e, F_MODULE);
	for (size_t i = 0; i < sizeof products / sizeof *products; i++)
		if (slice_eq(module, products[i]))
			return !event_has(e, F_PROTOCOL) ||
			       slice_eq(event_get(e, F_PROTOCOL), SLICE("http"));
	return false;
}

static slice local_part(slice account)
{
	return slice_first(account, slice_find(account, '@'));
}

/*
 * Whose mail a URL names, in the words in which he signed in from that address: SOGo's URLs may
 * have the user's id where the sign-in has his address.  *stated: he did so in the last day.
 */
slice facts_named_account(struct facts *f, const struct address *ip, slice named, int64_t now,
			  bool *stated)
{
	char room[24];
	struct browser *own = table_get(&f->browsers, browser_key(ip, named, room));
	struct browser *by_ip = table_get(&f->browsers, browser_key(ip, (slice){0}, room));
	slice other = by_ip && by_ip->stated ? account_of(f, by_ip) : (slice){0};
	bool bare = local_part(named).len == named.len || local_part(other).len == other.len;
	*stated = own && own->stated && now - own->first_us < CLOCK_DAY;
	if (*stated || !other.len || !bare || !slice_eq(local_part(named), local_part(other)))
		return named;
	*stated = now - by_ip->first_us < CLOCK_DAY;
	return other;
}

/* By address alone: the log of sign-ins names no user agent. Kept until browsers ask. */
void webmail_stated_login(struct facts *f, slice account, const struct address *ip, int64_t now)
{
	char room[24];
	struct browser *b = table_put(&f->browsers, browser_key(ip, (slice){0}, room), NULL);
	set_account(f, b, account, now);
	b->stated = true;
	b->first_us = now;
	b = table_put(&f->browsers, browser_key(ip, account, room),
		      NULL); /* for URLs that name him */
	set_account(f, b, account, now);
	b->stated = true;
	b->first_us = now;
	web_host_stated(f, account, ip, now);
}

static bool local_within(const struct facts *f, slice account, int64_t from, int64_t to)
{
	size_t n = f->local_at < LOCAL_RING ? f->local_at : LOCAL_RING;
	for (size_t i = 1; i <= n; i++) {
		const struct local_login *l = &f->local[(f->local_at - i) % LOCAL_RING];
		if (l->us < from)
			break;
		if (l->us < to && slice_eq(name_of(&l->account), account))
			return true;
	}
	return false;
}

static uint32_t name_hash(const struct name *n)
{
	return (uint32_t)hash_bytes(n->text, n->len);
}

/* The accounts that signed in from the host in that stretch, by hash; more than `most`: 0. */
static uint32_t locals_within(const struct facts *f, int64_t from, int64_t to, uint32_t *out,
			      uint32_t most)
{
	size_t n = f->local_at < LOCAL_RING ? f->local_at : LOCAL_RING;
	uint32_t count = 0;
	for (size_t i = 1; i <= n; i++) {
		const struct local_login *l = &f->local[(f->local_at - i) % LOCAL_RING];
		if (l->us < from)
			break;
		if (l->us >= to)
			continue;
		uint32_t hash = name_hash(&l->account), k = 0;
		while (k < count && out[k] != hash)
			k++;
		if (k == most)
			return 0;
		out[k] = hash;
		count += k == count;
	}
	return count;
}

static slice local_named(const struct facts *f, uint32_t hash)
{
	size_t n = f->local_at < LOCAL_RING ? f->local_at : LOCAL_RING;
	for (size_t i = 1; i <= n; i++) {
		const struct local_login *l = &f->local[(f->local_at - i) % LOCAL_RING];
		if (name_hash(&l->account) == hash)
			return name_of(&l->account);
	}
	return (slice){0};
}

/*
 * A browser's account is the one that is there at each of its requests.  The more were there at the
 * first, the more requests it takes until one that is left is not left by chance.
 */
static void narrow(struct facts *f, struct browser *b, const uint32_t *here, uint32_t count,
		   int64_t now)
{
	uint32_t left = 0;
	for (uint32_t i = 0; b->rounds && i < b->candidate_count; i++)
		for (uint32_t k = 0; k < count; k++)
			if (here[k] == b->candidates[i])
				b->candidates[left++] = here[k];
	if (!left) { /* it begins, or one of its requests was none: begin anew */
		memcpy(b->candidates, here, count * sizeof *here);
		b->at_first = b->candidate_count = (uint8_t)count;
		b->rounds = 1;
		return;
	}
	b->candidate_count = (uint8_t)left;
	b->rounds += b->rounds < 200;
	uint8_t needed = b->at_first == 1 ? VOTES_NEEDED : b->at_first <= 3 ? 3 : 4;
	slice account =
	    left == 1 && b->rounds >= needed ? local_named(f, b->candidates[0]) : (slice){0};
	if (!account.len)
		return;
	set_account(f, b, account, now);
	b->hits = b->rounds;
}

/* One more request of a browser whose account no log states: does its account hold? */
static void vote(struct facts *f, struct browser *b, int64_t now)
{
	uint32_t here[CANDIDATES];
	int64_t from = now - REQUEST_US, to = now + CLOCK_SECOND;
	slice account = account_of(f, b);
	b->votes += b->votes < 200;
	if (account.len && local_within(f, account, from, to)) {
		b->hits += b->hits < 200;
		return;
	}
	if (account.len)
		return;
	uint32_t count = locals_within(f, from, to, here, CANDIDATES);
	if (count)
		narrow(f, b, here, count, now);
}

/* Signing in anew may be another person: what was voted is forgotten. */
static bool is_sign_in(const struct event *e)
{
	return slice_eq(event_get(e, F_WEB_TASK), SLICE("login")) &&
	       slice_eq(event_get(e, F_METHOD), SLICE("POST"));
}

static struct browser *know_browser(struct facts *f, const struct event *e, int64_t now)
{
	char room[24];
	const struct address *ip = &e->v[F_SOURCE_IP].address;
	struct browser *by_ip = table_get(&f->browsers, browser_key(ip, (slice){0}, room));
	bool fresh;
	struct browser *b =
	    table_put(&f->browsers, browser_key(ip, event_get(e, F_USER_AGENT), room), &fresh);
	if (fresh)
		b->first_us = now;
	if (is_sign_in(e) && now - b->last_us > CLOCK_SECOND && !fresh) {
		turn_over(f, b, now);
		b->account = 0;
		b->stated = false;
		b->hits = b->votes = b->rounds = 0;
	}
	/* The sign-in log is written during the request; its clock has whole seconds too. */
	bool may_take = by_ip && by_ip != b && (fresh || is_sign_in(e) || !b->account);
	if (may_take && now - by_ip->first_us < CLOCK_DAY) {
		b->account = by_ip->account;
		b->name_hash = by_ip->name_hash;
		b->stated = true;
	}
	return b;
}

static bool is_mail_request(const struct event *e)
{
	return slice_eq(event_get(e, F_WEB_TASK), SLICE("mail")) ||
	       slice_starts(event_get(e, F_WEB_ACTION), SLICE("plugin.managesieve")) ||
	       is_sign_in(e);
}

static bool opens_message(const struct event *e)
{
	slice a = event_get(e, F_WEB_ACTION);
	return slice_eq(a, SLICE("show")) || slice_eq(a, SLICE("preview")) ||
	       slice_eq(a, SLICE("viewsource")) || slice_eq(a, SLICE("get"));
}

/* A sign-in that no log states but a join shows, told once per browser and account. */
static void emit_sign_in(struct facts *f, const struct event *request, slice account,
			 const struct address *ip, facts_emit *emit, void *ctx)
{
	struct event e;
	int64_t now = request->v[F_TIME].number;
	event_make(&e);
	event_act(&e, ACT_LOGIN, OUT_SUCCESS);
	event_number(&e, F_TIME, now);
	event_text(&e, F_MODULE, SLICE("roundcube"));
	event_text(&e, F_PROTOCOL, SLICE("http"));
	event_text(&e, F_USER, account);
	event_text(&e, F_ACCOUNT, account);
	event_address(&e, F_SOURCE_IP, *ip);
	event_number(&e, F_JOINED, 1);
	if (event_has(request, F_USER_AGENT))
		event_text(&e, F_USER_AGENT, request->v[F_USER_AGENT].text);
	e.place = request->place;
	e.raw = request->raw;
	sign_in(f, &e, account, ip, P_WEB, now);
	emit(ctx, &e);
}

/* What a request of that account counts for. */
static void count_request(struct facts *f, struct event *e, struct browser *b, slice account,
			  int64_t now)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	uint16_t today = (uint16_t)(now / CLOCK_DAY);
	if (b->client_day != today || b->client_account != b->account) {
		b->client_day = today;
		b->client_account = b->account;
		profile_client(f, e, account, now);
	}
	bool part = event_has(e, F_PART) && slice_eq(event_get(e, F_WEB_ACTION), SLICE("get"));
	struct who w = who_is(f, account, ip, now);
	if (w.habit && part && e->outcome == OUT_SUCCESS)
		w.habit->downloads++;
	bool opened = e->outcome == OUT_SUCCESS && opens_message(e) && !part;
	add_reads(f, e, &w, opened, (uint64_t)event_get_number(e, F_RESPONSE_BYTES, 0));
}

static void count_walk(struct facts *f, struct event *e, const struct browser *b, int64_t now)
{
	bool part = event_has(e, F_PART) && slice_eq(event_get(e, F_WEB_ACTION), SLICE("get"));
	if (e->outcome == OUT_SUCCESS && opens_message(e) && event_has(e, F_UID))
		walk_opened(f, b, e, now);
	if (e->outcome == OUT_SUCCESS && part)
		walk_part(f, b, e, now);
}

/* Proxy and webmail stamp the same request with the second in which it ended. */
#define TWIN_US (2 * CLOCK_SECOND)

/* True if another log has told of that very request: it is counted once. */
static bool told_before(struct browser *b, const struct event *e, int64_t now)
{
	slice words[] = {event_get(e, F_WEB_TASK), event_get(e, F_WEB_ACTION),
			 event_get(e, F_FOLDER), event_get(e, F_PART), event_get(e, F_METHOD)};
	uint64_t what = (uint64_t)event_get_number(e, F_UID, -1);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		what = what * 31 + (words[i].len ? hash_bytes(words[i].at, words[i].len) : 0);
	what += !what; /* 0: none */
	for (size_t i = 0; i < TOLD_MOST; i++)
		if (b->told[i].what == what && b->told[i].input != e->place.input &&
		    llabs(now - b->told[i].us) <= TWIN_US) {
			b->told[i].what = 0;
			return true;
		}
	b->told[b->told_at].us = now;
	b->told[b->told_at].what = what;
	b->told[b->told_at].input = e->place.input;
	b->told_at = (b->told_at + 1) % TOLD_MOST;
	return false;
}

/* A request whose URL names the account: no join is needed but that it may sign in elsewhere. */
static void named_request(struct facts *f, struct event *e, const struct address *ip, int64_t now)
{
	bool stated, fresh;
	char room[24];
	if (e->outcome != OUT_SUCCESS)
		return;
	slice account = facts_named_account(f, ip, event_get(e, F_ACCOUNT), now, &stated);
	struct browser *b = table_put(&f->browsers, browser_key(ip, account, room), &fresh);
	if (fresh)
		b->first_us = now;
	b->last_us = now;
	event_text(e, F_ACCOUNT, account);
	if (!stated)
		event_number(e, F_JOINED, 1);
	if (told_before(b, e, now))
		return;
	count_walk(f, e, b, now);
	count_request(f, e, b, account, now);
}

void webmail_request(struct facts *f, struct event *e, facts_emit *emit, void *ctx)
{
	const struct address *ip = event_get_address(e, F_SOURCE_IP);
	int64_t now = e->v[F_TIME].number;
	if (!ip || !event_has(e, F_WEB_TASK))
		return;
	if (event_has(e, F_WEB_NAMED)) {
		named_request(f, e, ip, now);
		return;
	}
	struct browser *b = know_browser(f, e, now);
	b->last_us = now;
	law_request(f, now);
	if (is_mail_request(e))
		web_host_request(f, ip, now);
	if (!b->stated && is_mail_request(e)) {
		uint8_t before = b->hits;
		vote(f, b, now);
		if (before < VOTES_NEEDED && b->hits >= VOTES_NEEDED)
			emit_sign_in(f, e, account_of(f, b), ip, emit, ctx);
	}
	count_walk(f, e, b, now);
	slice account = account_of(f, b);
	if (!account.len || !browser_is_settled(b))
		return;
	event_text(e, F_ACCOUNT, account);
	event_number(e, F_JOINED, 1);
	count_request(f, e, b, account, now);
}

slice facts_browser_account(struct facts *f, const struct address *a, slice agent, int64_t now,
			    bool *stated)
{
	char room[24];
	struct turn t;
	struct browser *b = table_get(&f->browsers, browser_key(a, agent, room));
	if (!b || !turn_of(f, b, now, &t))
		return (slice){0};
	*stated = t.stated;
	return account_named(f, t.account, t.name_hash);
}
