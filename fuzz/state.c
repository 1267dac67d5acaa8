/*
 * state.c - any bytes as the rows of a state file: what an earlier run, or somebody else, wrote.
 * Laws: a file of the right kind is read whatever stands in it; what is written after it can be
 * read again; facts that follow are those of one sign-in.
 */
#include "facts/facts.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

static const char *const inserts[] = {
    "INSERT OR REPLACE INTO account VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "INSERT OR REPLACE INTO habit VALUES(?,?,?,?,?)",
    "INSERT OR REPLACE INTO used VALUES(?,?,?,?,?,?)",
    "INSERT OR REPLACE INTO sender VALUES(?,?,?,?,?)",
    "INSERT OR REPLACE INTO network VALUES(?,?,?,?,?)",
    "INSERT OR REPLACE INTO seen VALUES(?,?,?)",
    "INSERT OR REPLACE INTO covered VALUES(?,?,?)",
};
enum { INSERTS = sizeof inserts / sizeof *inserts };

static uint8_t take(slice *s)
{
	uint8_t b = s->len ? (uint8_t)s->at[0] : 0;
	*s = slice_from(*s, s->len > 0);
	return b;
}

/* A value: a kind, then a number or as many bytes as the next says. */
static void bind(sqlite3_stmt *q, int at, slice *s)
{
	uint8_t kind = take(s), n = take(s);
	slice bytes = slice_first(*s, n);
	int64_t number = 0;
	if (kind % 4 < 2)
		memcpy(&number, bytes.at ? bytes.at : "", bytes.len < 8 ? bytes.len : 8);
	*s = slice_from(*s, kind % 4 == 0 ? (n < 8 ? n : 8) : bytes.len);
	switch (kind % 4) {
	case 0:
		sqlite3_bind_int64(q, at, number);
		break;
	case 1:
		sqlite3_bind_text(q, at, "ana", 3, SQLITE_STATIC);
		break;
	case 2:
		sqlite3_bind_blob(q, at, bytes.at, (int)bytes.len, SQLITE_TRANSIENT);
		break;
	default:
		sqlite3_bind_double(q, at, (double)n * 1e300);
	}
}

static void fill(const char *path, slice s)
{
	sqlite3 *db;
	assert(sqlite3_open(path, &db) == SQLITE_OK);
	sqlite3_exec(db, "PRAGMA synchronous=0; BEGIN", NULL, NULL, NULL);
	for (int rows = 0; s.len && rows < 64; rows++) {
		sqlite3_stmt *q;
		assert(sqlite3_prepare_v2(db, inserts[take(&s) % INSERTS], -1, &q, NULL) ==
		       SQLITE_OK);
		for (int i = 1; i <= sqlite3_bind_parameter_count(q); i++)
			bind(q, i, &s);
		sqlite3_step(q);
		sqlite3_finalize(q);
	}
	assert(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

static void run(const char *path)
{
	struct event e;
	struct address ip;
	struct facts *f = facts_new();
	assert(facts_state(f, path, NULL, NULL));
	address_parse(SLICE("192.0.2.7"), &ip);
	for (int day = 0; day < 2; day++) {
		event_clear(&e);
		event_act(&e, ACT_LOGIN, OUT_SUCCESS);
		event_number(&e, F_TIME, (20600 + day) * CLOCK_DAY);
		event_text(&e, F_USER, SLICE("ana"));
		event_text(&e, F_PROTOCOL, SLICE("imap"));
		event_address(&e, F_SOURCE_IP, ip);
		facts_add(f, &e, NULL, NULL);
		assert(event_has(&e, F_NET_STATE));
	}
	assert(facts_keep(f, NULL, 0));
	facts_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/dev/shm/tocsin-fuzz-state-%d", (int)getpid());
	unlink(path);
	run(path);
	fill(path, (slice){(const char *)data, size});
	run(path);
	run(path);
	unlink(path);
	return 0;
}
