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
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATE_ID = 0x746f6373, STATE_VERSION = 1, WAIT_MS = 2000 };

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

bool state_say(const struct state *s, const char *what, const char *remedy)
{
	if (s->note)
		s->note(s->ctx, s->path, 0, what, remedy);
	return false;
}

/* What SQLite could not do, in its words. */
static bool say_fault(struct state *s, int rc)
{
	return state_say(s, sqlite3_errmsg(s->db),
			 rc == SQLITE_FULL ? "free some room, then run again"
					   : "this is no state of tocsin: give another path to "
					     "--state, or move the file away to begin anew");
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
		return say_fault(s, rc);
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
		return state_say(s, "this is the database of another program",
				 "give another path to --state");
	if (ask(s->db, "PRAGMA user_version", &rc) != STATE_VERSION)
		return state_say(s, "this state was written by another version of tocsin",
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
	if (!regular_or_none(s->path))
		return state_say(s, regular_why(errno),
				 "--state needs a file of its own: move away what lies there");
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return state_say(s, s->db ? sqlite3_errmsg(s->db) : "out of memory",
				 "--state needs a file that can be read and written "
				 "in a directory that can be written");
	sqlite3_busy_timeout(s->db, WAIT_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_exec(s->db, "PRAGMA trusted_schema=0", NULL, NULL, NULL);
	int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_BUSY)
		return state_say(s, "another program holds this file",
				 "wait until the other scan with this state has ended");
	if (rc == SQLITE_READONLY || rc == SQLITE_CANTOPEN)
		return state_say(
		    s, "this file cannot be written",
		    "give --state a file that can be written, in a directory that can");
	if (rc != SQLITE_OK)
		return say_fault(s, rc);
	return is_ours(s) &&
	       (make_tables(s) || state_say(s, sqlite3_errmsg(s->db), "is the disk full?"));
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

/* --- things seen --- */

static const struct {
	size_t offset;
	size_t first; /* offset of its int64_t within the entry */
} seen[SEEN_KINDS] = {
    {offsetof(struct facts, targets), 0}, /* notches */
    {offsetof(struct facts, recipients), 0},
    {offsetof(struct facts, domains), 0},
    {offsetof(struct facts, readers), offsetof(struct reader, first_us)},
    {offsetof(struct facts, masters), offsetof(struct master, first_us)},
};

struct notches *state_seen_notches(struct facts *f, size_t kind)
{
	return (struct notches *)((char *)f + seen[kind].offset);
}

struct table *state_seen_table(struct facts *f, size_t kind)
{
	return (struct table *)((char *)f + seen[kind].offset);
}

int64_t *state_seen_first(size_t kind, void *entry)
{
	return (int64_t *)((char *)entry + seen[kind].first);
}
