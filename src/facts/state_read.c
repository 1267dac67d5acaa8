/*
 * state_read.c - the rows of the file back into tables; what is out of bounds is taken for nothing.
 */
#include "state.h"

#include <math.h>

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

static void take_times(struct times *t, slice blob)
{
	if (blob.len != PROFILE_BYTES)
		return;
	for (size_t i = 0; i < PROFILE_NUMBERS; i++) {
		uint32_t bits;
		float n;
		memcpy(&bits, blob.at + i * 4, 4);
		bits = le32toh(bits);
		memcpy(&n, &bits, 4);
		bool sane = isfinite(n) && n >= 0 && n < 1e6f;
		float units = sane ? fminf(n * TIMES_ONE, UINT16_MAX) : 0;
		*(i < 24 ? &t->hours[i] : &t->weekdays[i - 24]) = (uint16_t)lrintf(units);
	}
}

static void take_account(struct facts *f, sqlite3_stmt *q)
{
	slice name = bytes(q, 0);
	if (!name.len)
		return;
	struct account_known *a = know_account(f, name, number(q, 1) * CLOCK_SECOND);
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
	a->times.hour = number(q, 10);
	a->times.day = (uint16_t)number(q, 11);
	take_times(&a->times, bytes(q, 12));
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
	slice account = bytes(q, 0);
	uint32_t kind = number(q, 1);
	if (kind > 2 || (kind < 2 && !f->has_places) || !table_get(&f->accounts, account))
		return;
	struct profile *p = table_put(&f->profiles, account, NULL);
	struct used *list = kind == 0   ? p->places->countries
			    : kind == 1 ? p->places->operators
					: p->clients;
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
	struct address a;
	if (net.len != sizeof a.b)
		return;
	memcpy(a.b, net.at, sizeof a.b);
	struct network_known *n = find_network(f, &a);
	if (!n) /* only those that an account's habit names */
		return;
	n->first_s = number(q, 1);
	n->door = number(q, 2);
	n->votes = number(q, 3);
}

/* Runs of old kept the pair of hashes itself. */
static void take_notch(struct notches *m, slice key, int64_t first_us)
{
	uint64_t hash = 0;
	bool fresh;
	if (key.len == sizeof hash)
		memcpy(&hash, key.at, sizeof hash);
	else
		hash = hash_bytes(key.at, key.len);
	uint32_t *first_s = notches_put(m, hash, &fresh);
	if (fresh || second_of(first_us) < *first_s)
		*first_s = second_of(first_us);
}

static void take_seen(struct facts *f, sqlite3_stmt *q)
{
	int64_t kind = sqlite3_column_int64(q, 0), first = sqlite3_column_int64(q, 2);
	slice key = bytes(q, 1);
	if (kind < 0 || kind >= SEEN_KINDS || !key.len)
		return;
	if (kind < SEEN_NOTCHES) {
		take_notch(state_seen_notches(f, (size_t)kind), key, first);
		return;
	}
	void *entry = table_put(state_seen_table(f, (size_t)kind), key, NULL);
	*state_seen_first((size_t)kind, entry) = first;
}

static void take_covered(struct facts *f, sqlite3_stmt *q)
{
	struct host_known *c = know_host(f, bytes(q, 0));
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
	state_say(s, sqlite3_errmsg(s->db),
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
