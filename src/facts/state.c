/*
 * state.c - what is usual, kept between runs in an SQLite file.
 *
 * Kept is what stays true when the same records are read again: when something was first and last
 * used, on how many days, and what was most in a day.  So records that were learnt in an earlier
 * run count once: a first use keeps the earlier time, a day counts if it is later than the last one
 * counted, an hour likewise and by host, and a "most" of a day within the records that are being
 * read is left out, for they will tell it anew.  Counters of hours and weeks begin anew.
 *
 * Nothing is learnt from an incident: its accounts keep what was known of them before, the networks
 * of its sources are not learnt, nor what was first seen while it lasted.  What no incident names
 * is learnt.
 *
 * The file is held from the first look to the end of the run, so that no two runs write one over
 * the other, and written in one transaction.  What was not used for 180 days is dropped.
 */
#include "known.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATE_ID = 0x746f6373, STATE_VERSION = 1, WAIT_MS = 2000, KEEP_DAYS = 180 };
#define PROFILE_BYTES ((24 + 7) * 4)

struct state {
	sqlite3 *db;
	char *path;
	facts_note *note;
	void *ctx;
	uint32_t began_day; /* of the records that are being read */
};

static const char schema[] =
    "CREATE TABLE about(key TEXT PRIMARY KEY, value);"
    "CREATE TABLE account(name TEXT PRIMARY KEY, first_s, seen_s, days, day, protocols, pop3_s,"
    " reads, read_kb, usual_day, hour, decayed, times BLOB);"
    "CREATE TABLE habit(account TEXT, net BLOB, first_s, last_s, history,"
    " PRIMARY KEY(account, net));"
    "CREATE TABLE used(account TEXT, kind, hash, first_s, last_day, history,"
    " PRIMARY KEY(account, kind, hash));"
    "CREATE TABLE sender(account TEXT PRIMARY KEY, day, hour, recipients, usual_day);"
    "CREATE TABLE network(net BLOB PRIMARY KEY, first_s, door, votes, last_s);"
    "CREATE TABLE seen(kind, key BLOB, first_us, PRIMARY KEY(kind, key));"
    "CREATE TABLE covered(host TEXT PRIMARY KEY, from_us, to_us);";

/* --- opening --- */

static bool say(const struct state *s, const char *what, const char *remedy)
{
	if (s->note)
		s->note(s->ctx, s->path, 0, what, remedy);
	return false;
}

static int64_t ask(sqlite3 *db, const char *sql, int *rc)
{
	sqlite3_stmt *q = NULL;
	int64_t n = 0;
	*rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
	if (*rc == SQLITE_OK) {
		*rc = sqlite3_step(q);
		if (*rc == SQLITE_ROW) {
			n = sqlite3_column_int64(q, 0);
			*rc = SQLITE_OK;
		}
	}
	sqlite3_finalize(q);
	return n;
}

static bool is_ours(struct state *s)
{
	int rc;
	int64_t tables = ask(s->db, "SELECT count(*) FROM sqlite_master", &rc);
	if (rc != SQLITE_OK)
		return say(
		    s, sqlite3_errmsg(s->db),
		    "this is no state of tocsin: give another path to --state, or move the file "
		    "away to begin anew");
	int64_t id = ask(s->db, "PRAGMA application_id", &rc);
	if (!tables && !id)
		return true;
	/* a view or a trigger would be another's program, run here */
	int64_t programs =
	    ask(s->db,
		"SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table','index')"
		" OR sql LIKE 'CREATE VIRTUAL%'",
		&rc);
	if (id != STATE_ID || programs)
		return say(s, "this is the database of another program",
			   "give another path to --state");
	if (ask(s->db, "PRAGMA user_version", &rc) != STATE_VERSION)
		return say(s, "this state was written by another version of tocsin",
			   "use that version, or move the file away to begin anew");
	return true;
}

static bool make_tables(struct state *s)
{
	char sql[200];
	int rc;
	if (ask(s->db, "SELECT count(*) FROM sqlite_master", &rc) > 0)
		return true;
	snprintf(sql, sizeof sql,
		 "PRAGMA application_id=%d; PRAGMA user_version=%d;"
		 "INSERT INTO about VALUES('version', %d)",
		 STATE_ID, STATE_VERSION, STATE_VERSION);
	return sqlite3_exec(s->db, schema, NULL, NULL, NULL) == SQLITE_OK &&
	       sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool open_state(struct state *s)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return say(s, s->db ? sqlite3_errmsg(s->db) : "out of memory",
			   "--state needs a file that can be read and written "
			   "in a directory that can be written");
	sqlite3_busy_timeout(s->db, WAIT_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_exec(s->db, "PRAGMA trusted_schema=0", NULL, NULL, NULL);
	int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_BUSY)
		return say(s, "another program holds this file",
			   "wait until the other scan with this state has ended");
	if (rc == SQLITE_READONLY || rc == SQLITE_CANTOPEN)
		return say(s, "this file cannot be written",
			   "give --state a file that can be written, in a directory that can");
	if (rc != SQLITE_OK)
		return say(
		    s, sqlite3_errmsg(s->db),
		    "this is no state of tocsin: give another path to --state, or move the file "
		    "away to begin anew");
	return is_ours(s) && (make_tables(s) || say(s, sqlite3_errmsg(s->db), "is the disk full?"));
}

void state_close(struct state **s)
{
	if (!*s)
		return;
	sqlite3_close((*s)->db); /* what was not committed is rolled back */
	free((*s)->path);
	free(*s);
	*s = NULL;
}

bool facts_state(struct facts *f, const char *path, facts_note *note, void *ctx)
{
	struct state *s = must_alloc(sizeof *s);
	size_t n = strlen(path) + 1;
	s->path = must_alloc(n);
	memcpy(s->path, path, n);
	s->note = note;
	s->ctx = ctx;
	if (!open_state(s)) {
		state_close(&s);
		return false;
	}
	state_close(&f->state);
	f->state = s;
	return true;
}

/* --- reading --- */

/* A row of the file is as hostile as a log: what is out of bounds is taken for nothing. */
static uint32_t number(sqlite3_stmt *q, int column)
{
	int64_t n = sqlite3_column_int64(q, column);
	return n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

static slice bytes(sqlite3_stmt *q, int column)
{
	const void *at = sqlite3_column_blob(q, column);
	int n = sqlite3_column_bytes(q, column);
	return (slice){at, at && n > 0 && n <= ACCOUNT_MOST ? (size_t)n : 0};
}

static void take_times(struct profile *p, slice blob)
{
	if (blob.len != PROFILE_BYTES)
		return;
	for (size_t i = 0; i < 24 + 7; i++) {
		uint32_t bits;
		float n;
		memcpy(&bits, blob.at + i * 4, 4);
		bits = le32toh(bits);
		memcpy(&n, &bits, 4);
		bool sane = isfinite(n) && n >= 0 && n < 1e6f;
		*(i < 24 ? &p->hours[i] : &p->weekdays[i - 24]) = sane ? n : 0;
	}
}

static void take_account(struct facts *f, sqlite3_stmt *q)
{
	slice name = bytes(q, 0);
	if (!name.len)
		return;
	struct account_known *a = know_account(f, name, number(q, 1) * CLOCK_SECOND);
	struct profile *p = table_put(&f->profiles, name, NULL);
	a->seen_s = number(q, 2);
	a->days = (uint16_t)number(q, 3);
	a->day = (uint16_t)number(q, 4);
	a->protocols = (uint8_t)number(q, 5);
	a->pop3_s = number(q, 6);
	uint32_t usual_day = number(q, 9);
	if (usual_day < f->state->began_day && usual_day + KEEP_DAYS >= f->state->began_day) {
		a->reads_usual = number(q, 7);
		a->read_kb_usual = number(q, 8);
		a->usual_day = (uint16_t)usual_day;
	}
	p->hour = number(q, 10);
	p->day = (uint16_t)number(q, 11);
	take_times(p, bytes(q, 12));
}

static void take_habit(struct facts *f, sqlite3_stmt *q)
{
	slice account = bytes(q, 0), net = bytes(q, 1);
	struct account_known *a = net.len == 16 ? table_get(&f->accounts, account) : NULL;
	if (!a)
		return;
	struct address n;
	memcpy(n.b, net.at, 16);
	habit_restore(f, a, &n, number(q, 2), number(q, 3), (uint8_t)(number(q, 4) & 3));
}

static void take_used(struct facts *f, sqlite3_stmt *q)
{
	static const uint32_t kept[] = {COUNTRIES_KEPT, OPERATORS_KEPT, CLIENTS_KEPT};
	struct profile *p = table_get(&f->profiles, bytes(q, 0));
	uint32_t kind = number(q, 1);
	if (!p || kind > 2)
		return;
	struct used *list = kind == 0 ? p->countries : kind == 1 ? p->operators : p->clients;
	for (uint32_t i = 0; i < kept[kind]; i++) {
		if (list[i].hash)
			continue;
		list[i] = (struct used){.hash = number(q, 2) | 1,
					.first_s = number(q, 3),
					.last_day = (uint16_t)number(q, 4),
					.history = (uint8_t)(number(q, 5) & 3),
					.counted = true};
		return;
	}
}

static void take_sender(struct facts *f, sqlite3_stmt *q)
{
	uint32_t usual_day = number(q, 4), began = f->state->began_day;
	slice name = bytes(q, 0);
	if (!name.len || usual_day >= began || usual_day + KEEP_DAYS < began)
		return;
	struct sender *s = table_put(&f->senders, name, NULL);
	s->day_usual = number(q, 1);
	s->hour_usual = number(q, 2);
	s->recipients_usual = number(q, 3);
	s->usual_day = usual_day;
	s->days = 1;
}

static void take_network(struct facts *f, sqlite3_stmt *q)
{
	slice net = bytes(q, 0);
	struct network_known *n = net.len == 16 ? table_get(&f->networks, net) : NULL;
	if (!n) /* only those that an account's habit names */
		return;
	n->first_s = number(q, 1);
	n->door = number(q, 2);
	n->votes = number(q, 3);
}

/* Things of which only the first time is kept, by the table in which they are. */
static const struct {
	size_t offset;
	size_t first; /* offset of its int64_t within the entry */
} seen[] = {
    {offsetof(struct facts, targets), 0},
    {offsetof(struct facts, recipients), 0},
    {offsetof(struct facts, domains), 0},
    {offsetof(struct facts, readers), offsetof(struct reader, first_us)},
    {offsetof(struct facts, masters), offsetof(struct master, first_us)},
};
enum { SEEN_KINDS = sizeof seen / sizeof *seen };

static struct table *seen_table(struct facts *f, size_t kind)
{
	return (struct table *)((char *)f + seen[kind].offset);
}

static void take_seen(struct facts *f, sqlite3_stmt *q)
{
	int64_t kind = sqlite3_column_int64(q, 0), first = sqlite3_column_int64(q, 2);
	slice key = bytes(q, 1);
	if (kind < 0 || kind >= SEEN_KINDS || !key.len)
		return;
	char *entry = table_put(seen_table(f, (size_t)kind), key, NULL);
	memcpy(entry + seen[kind].first, &first, sizeof first);
}

static void take_covered(struct facts *f, sqlite3_stmt *q)
{
	slice host = bytes(q, 0);
	struct covered *c = table_put(&f->covered, host.len ? host : SLICE("-"), NULL);
	int64_t from = sqlite3_column_int64(q, 1);
	c->from_us = from;
	c->to_us = c->known_us = sqlite3_column_int64(q, 2);
	if (from < f->since_us)
		f->since_us = from;
}

static const struct {
	const char *sql;
	void (*take)(struct facts *f, sqlite3_stmt *q);
} shelves[] = {
    /* what was used last comes first: tables are bounded */
    {"SELECT name, first_s, seen_s, days, day, protocols, pop3_s, reads, read_kb, usual_day, hour,"
     " decayed, times FROM account ORDER BY seen_s DESC LIMIT 200000",
     take_account},
    {"SELECT account, net, first_s, last_s, history FROM habit ORDER BY last_s DESC LIMIT 800000",
     take_habit},
    {"SELECT account, kind, hash, first_s, last_day, history FROM used ORDER BY last_day DESC"
     " LIMIT 2000000",
     take_used},
    {"SELECT account, day, hour, recipients, usual_day FROM sender LIMIT 65536", take_sender},
    {"SELECT net, first_s, door, votes FROM network LIMIT 800000", take_network},
    {"SELECT kind, key, first_us FROM seen LIMIT 200000", take_seen},
    {"SELECT host, from_us, to_us FROM covered LIMIT 1024", take_covered},
};

/* False after a note: what was read until then stays, as it is true. */
static bool read_shelf(struct facts *f, size_t i)
{
	struct state *s = f->state;
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, shelves[i].sql, -1, &q, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		shelves[i].take(f, q);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(q);
	if (rc == SQLITE_DONE)
		return true;
	say(s, sqlite3_errmsg(s->db),
	    "the state is damaged: move it away to begin anew; this scan goes on without it");
	return false;
}

/* At the first event, when it is known where the records begin. */
void state_load(struct facts *f)
{
	if (!f->state)
		return;
	int64_t day = f->began_us / CLOCK_DAY;
	f->state->began_day = day > 0 ? (uint32_t)day : 0;
	for (size_t i = 0; i < sizeof shelves / sizeof *shelves; i++)
		if (!read_shelf(f, i)) {
			state_close(&f->state);
			return;
		}
}

/* --- writing --- */

struct writing {
	struct facts *f;
	const struct facts_doubt *doubts;
	size_t doubt_count;
	sqlite3 *db;
	bool failed;
};

static bool is_doubted(const struct writing *w, slice account)
{
	for (size_t i = 0; i < w->doubt_count; i++)
		if (w->doubts[i].account.len && slice_eq(w->doubts[i].account, account))
			return true;
	return false;
}

static bool is_doubted_net(const struct writing *w, const struct address *net)
{
	for (size_t i = 0; i < w->doubt_count; i++) {
		if (!w->doubts[i].has_source)
			continue;
		struct address a = facts_network(w->f, &w->doubts[i].source);
		if (address_eq(&a, net))
			return true;
	}
	return false;
}

static bool is_doubted_time(const struct writing *w, int64_t us)
{
	for (size_t i = 0; i < w->doubt_count; i++)
		if (w->doubts[i].to_us && us >= w->doubts[i].from_us && us <= w->doubts[i].to_us)
			return true;
	return false;
}

static void put(sqlite3_stmt *q, int at, int64_t n)
{
	sqlite3_bind_int64(q, at, n);
}

static void put_text(sqlite3_stmt *q, int at, slice s)
{
	sqlite3_bind_text(q, at, s.at, (int)s.len, SQLITE_TRANSIENT);
}

static void put_blob(sqlite3_stmt *q, int at, slice s)
{
	sqlite3_bind_blob(q, at, s.at, (int)s.len, SQLITE_TRANSIENT);
}

static void write_row(struct writing *w, sqlite3_stmt *q)
{
	if (sqlite3_step(q) != SQLITE_DONE)
		w->failed = true;
	sqlite3_reset(q);
}

static slice give_times(const struct profile *p, char room[PROFILE_BYTES])
{
	for (size_t i = 0; i < 24 + 7; i++) {
		float n = i < 24 ? p->hours[i] : p->weekdays[i - 24];
		uint32_t bits;
		memcpy(&bits, &n, 4);
		bits = htole32(bits);
		memcpy(room + i * 4, &bits, 4);
	}
	return (slice){room, PROFILE_BYTES};
}

static void give_accounts(struct writing *w, sqlite3_stmt *q)
{
	char room[PROFILE_BYTES];
	for (struct account_known *a = NULL; (a = table_next(&w->f->accounts, a));) {
		const struct profile *p = table_get(&w->f->profiles, table_key(a));
		if (!a->days || !p || is_doubted(w, table_key(a)))
			continue;
		put_text(q, 1, table_key(a));
		put(q, 2, a->first_s);
		put(q, 3, a->seen_s);
		put(q, 4, a->days);
		put(q, 5, a->day);
		put(q, 6, a->protocols);
		put(q, 7, a->pop3_s);
		put(q, 8, a->reads > a->reads_usual ? a->reads : a->reads_usual);
		put(q, 9, a->read_kb > a->read_kb_usual ? a->read_kb : a->read_kb_usual);
		put(q, 10,
		    a->reads > a->reads_usual || !a->usual_day ? a->day_s / DAY_S : a->usual_day);
		put(q, 11, p->hour);
		put(q, 12, p->day);
		put_blob(q, 13, give_times(p, room));
		write_row(w, q);
	}
}

static void give_habits(struct writing *w, sqlite3_stmt *q)
{
	for (struct habit *h = NULL; (h = table_next(&w->f->habits, h));) {
		slice key = table_key(h), account;
		struct address net;
		if (!habit_owner(w->f, key, &account, &net) || is_doubted(w, account) ||
		    is_doubted_net(w, &net))
			continue;
		put_text(q, 1, account);
		put_blob(q, 2, (slice){(const char *)net.b, 16});
		put(q, 3, h->first_s);
		put(q, 4, h->last_s > h->first_s ? h->last_s : h->first_s);
		put(q, 5, h->history);
		write_row(w, q);
	}
}

static void give_used_of(struct writing *w, sqlite3_stmt *q, slice account, int kind,
			 const struct used *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!list[i].hash)
			continue;
		put_text(q, 1, account);
		put(q, 2, kind);
		put(q, 3, list[i].hash);
		put(q, 4, list[i].first_s);
		put(q, 5, list[i].last_day);
		put(q, 6, list[i].history);
		write_row(w, q);
	}
}

static void give_used(struct writing *w, sqlite3_stmt *q)
{
	for (struct profile *p = NULL; (p = table_next(&w->f->profiles, p));) {
		slice account = table_key(p);
		if (is_doubted(w, account))
			continue;
		give_used_of(w, q, account, 0, p->countries, COUNTRIES_KEPT);
		give_used_of(w, q, account, 1, p->operators, OPERATORS_KEPT);
		give_used_of(w, q, account, 2, p->clients, CLIENTS_KEPT);
	}
}

static void give_senders(struct writing *w, sqlite3_stmt *q)
{
	for (struct sender *s = NULL; (s = table_next(&w->f->senders, s));) {
		if (is_doubted(w, table_key(s)))
			continue;
		put_text(q, 1, table_key(s));
		put(q, 2, s->day > s->day_usual ? s->day : s->day_usual);
		put(q, 3, s->hour_most > s->hour_usual ? s->hour_most : s->hour_usual);
		put(q, 4,
		    s->recipients > s->recipients_usual ? s->recipients : s->recipients_usual);
		put(q, 5, s->day_s ? s->day_s / DAY_S : s->usual_day);
		write_row(w, q);
	}
}

static void give_networks(struct writing *w, sqlite3_stmt *q)
{
	for (struct network_known *n = NULL; (n = table_next(&w->f->networks, n));) {
		struct address net;
		memcpy(net.b, table_key(n).at, 16);
		if (is_doubted_net(w, &net))
			continue;
		put_blob(q, 1, table_key(n));
		put(q, 2, n->first_s);
		put(q, 3, n->door);
		put(q, 4, n->votes);
		put(q, 5, second_of(w->f->newest_us));
		write_row(w, q);
	}
}

static void give_seen(struct writing *w, sqlite3_stmt *q)
{
	for (size_t kind = 0; kind < SEEN_KINDS; kind++)
		for (char *entry = NULL; (entry = table_next(seen_table(w->f, kind), entry));) {
			int64_t first;
			memcpy(&first, entry + seen[kind].first, sizeof first);
			if (is_doubted_time(w, first))
				continue;
			put(q, 1, (int64_t)kind);
			put_blob(q, 2, table_key(entry));
			put(q, 3, first);
			write_row(w, q);
		}
}

static void give_covered(struct writing *w, sqlite3_stmt *q)
{
	for (struct covered *c = NULL; (c = table_next(&w->f->covered, c));) {
		put_text(q, 1, table_key(c));
		put(q, 2, c->from_us);
		put(q, 3, c->to_us);
		write_row(w, q);
	}
}

static const struct {
	const char *sql;
	void (*give)(struct writing *w, sqlite3_stmt *q);
} gifts[] = {
    {"INSERT INTO account VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
     " first_s=min(first_s,excluded.first_s), seen_s=max(seen_s,excluded.seen_s),"
     " days=excluded.days, day=excluded.day, protocols=excluded.protocols,"
     " pop3_s=excluded.pop3_s, usual_day=iif(excluded.reads>=reads,excluded.usual_day,usual_day),"
     " reads=max(reads,excluded.reads), read_kb=max(read_kb,excluded.read_kb),"
     " hour=excluded.hour, decayed=excluded.decayed, times=excluded.times",
     give_accounts},
    {"INSERT INTO habit VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET"
     " first_s=min(first_s,excluded.first_s), last_s=max(last_s,excluded.last_s)",
     give_habits},
    {"INSERT INTO used VALUES(?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
     " first_s=min(first_s,excluded.first_s), last_day=max(last_day,excluded.last_day)",
     give_used},
    {"INSERT INTO sender VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET day=max(day,excluded.day),"
     " hour=max(hour,excluded.hour), recipients=max(recipients,excluded.recipients),"
     " usual_day=max(usual_day,excluded.usual_day)",
     give_senders},
    {"INSERT INTO network VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET"
     " first_s=min(first_s,excluded.first_s), door=excluded.door, votes=excluded.votes,"
     " last_s=excluded.last_s",
     give_networks},
    {"INSERT INTO seen VALUES(?,?,?) ON CONFLICT DO UPDATE SET"
     " first_us=min(first_us,excluded.first_us)",
     give_seen},
    {"INSERT INTO covered VALUES(?,?,?) ON CONFLICT DO UPDATE SET"
     " from_us=min(from_us,excluded.from_us), to_us=max(to_us,excluded.to_us)",
     give_covered},
};

static void drop_old(struct writing *w)
{
	char sql[700];
	int64_t day = w->f->newest_us / CLOCK_DAY - KEEP_DAYS, second = day * DAY_S;
	snprintf(
	    sql, sizeof sql,
	    "DELETE FROM account WHERE seen_s < %lld; DELETE FROM habit WHERE last_s < %lld;"
	    "DELETE FROM used WHERE last_day < %lld; DELETE FROM sender WHERE usual_day < %lld;"
	    "DELETE FROM network WHERE last_s < %lld;"
	    "UPDATE account SET reads=0, read_kb=0 WHERE usual_day < %lld;"
	    "DELETE FROM seen WHERE rowid NOT IN"
	    " (SELECT rowid FROM seen ORDER BY first_us DESC LIMIT 200000)",
	    (long long)second, (long long)second, (long long)day, (long long)day, (long long)second,
	    (long long)day);
	if (sqlite3_exec(w->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		w->failed = true;
}

bool facts_keep(struct facts *f, const struct facts_doubt *doubts, size_t n)
{
	struct state *s = f->state;
	if (!s || f->began_us == CLOCK_NONE)
		return true;
	struct writing w = {.f = f, .doubts = doubts, .doubt_count = n, .db = s->db};
	drop_old(&w);
	for (size_t i = 0; i < sizeof gifts / sizeof *gifts && !w.failed; i++) {
		sqlite3_stmt *q = NULL;
		w.failed = sqlite3_prepare_v2(s->db, gifts[i].sql, -1, &q, NULL) != SQLITE_OK;
		if (!w.failed)
			gifts[i].give(&w, q);
		sqlite3_finalize(q);
	}
	if (!w.failed && sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return say(s, sqlite3_errmsg(s->db),
		   "nothing was learnt from this run; is the disk full, the directory writable?");
}
