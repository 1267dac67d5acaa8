/* state_write.c - what was learnt into the file, in one transaction; nothing of an incident. */
#include "state.h"

#include <stdio.h>

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

static slice give_times(const struct times *t, char room[PROFILE_BYTES])
{
	for (size_t i = 0; i < PROFILE_NUMBERS; i++) {
		float n = (float)(i < 24 ? t->hours[i] : t->weekdays[i - 24]) / TIMES_ONE;
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
		if (!a->days || is_doubted(w, table_key(a)))
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
		put(q, 11, a->times.hour);
		put(q, 12, a->times.day);
		put_blob(q, 13, give_times(&a->times, room));
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
		if (w->f->has_places) {
			give_used_of(w, q, account, 0, p->places->countries, COUNTRIES_KEPT);
			give_used_of(w, q, account, 1, p->places->operators, OPERATORS_KEPT);
		}
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
		struct address net = net_of(table_key(n));
		if (is_doubted_net(w, &net))
			continue;
		put_blob(q, 1, (slice){(const char *)net.b, sizeof net.b});
		put(q, 2, n->first_s);
		put(q, 3, n->door);
		put(q, 4, n->votes);
		put(q, 5, second_of(w->f->newest_us));
		write_row(w, q);
	}
}

static void give_first(struct writing *w, sqlite3_stmt *q, size_t kind, slice key, int64_t first_us)
{
	if (is_doubted_time(w, first_us))
		return;
	put(q, 1, (int64_t)kind);
	put_blob(q, 2, key);
	put(q, 3, first_us);
	write_row(w, q);
}

static void give_notches(struct writing *w, sqlite3_stmt *q, size_t kind)
{
	uint64_t hash;
	size_t at = 0;
	slice key = {(const char *)&hash, sizeof hash};
	for (uint32_t *first; (first = notches_next(state_seen_notches(w->f, kind), &at, &hash));)
		give_first(w, q, kind, key, *first * CLOCK_SECOND);
}

static void give_seen(struct writing *w, sqlite3_stmt *q)
{
	for (size_t kind = 0; kind < SEEN_KINDS; kind++) {
		void *entry = NULL;
		if (kind < SEEN_NOTCHES)
			give_notches(w, q, kind);
		else
			while ((entry = table_next(state_seen_table(w->f, kind), entry)))
				give_first(w, q, kind, table_key(entry),
					   *state_seen_first(kind, entry));
	}
}

static void give_covered(struct writing *w, sqlite3_stmt *q)
{
	for (struct host_known *c = NULL; (c = table_next(&w->f->known_hosts, c));) {
		if (c->from_us == CLOCK_NONE)
			continue;
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
	return state_say(
	    s, sqlite3_errmsg(s->db),
	    "nothing was learnt from this run; is the disk full, the directory writable?");
}
