/*
 * roundcube.c - webmail sessions ended where Roundcube keeps them.
 *
 * A row of the table "session" holds PHP's session data in base64; the account stands in it as
 * username|s:LENGTH:"NAME"; (PHP's session_encode).  The database is found as Debian's package says
 * (debian-db.php).  SQLite is done here; of other databases the plan gives a person the statement.
 */
#include "respond/pull.h"

#include <ctype.h>
#include <jansson.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define DEBIAN_DB "/etc/roundcube/debian-db.php"
enum { BUSY_MS = 5000, VARS_MOST = 8 << 20 };

/* $name='value'; of a PHP file. */
static slice php_value(slice text, slice name)
{
	size_t at = slice_search(text, name);
	if (at == SIZE_MAX)
		return (slice){0};
	slice rest = slice_from(text, at + name.len);
	return slice_eat(&rest, "='") ? slice_until(&rest, '\'') : (slice){0};
}

/* The path of the SQLite database; empty with w->why. */
static slice database(struct work *w)
{
	slice text;
	if (!file_read(w, DEBIAN_DB, &text)) {
		work_fail(w, "Roundcube with " DEBIAN_DB " is not on this host");
		return (slice){0};
	}
	slice type = php_value(text, SLICE("$dbtype"));
	slice folder = php_value(text, SLICE("$basepath")),
	      name = php_value(text, SLICE("$dbname"));
	if (slice_starts(type, SLICE("sqlite")) && folder.len && name.len)
		return arena_format(w->arena, "%.*s/%.*s", (int)folder.len, folder.at,
				    (int)name.len, name.at);
	work_fail(w, "Roundcube's database here is %.*s; tocsin reaches SQLite",
		  (int)slice_first(type, 40).len, type.at ? type.at : "?");
	return (slice){0};
}

static sqlite3 *open_database(struct work *w)
{
	sqlite3 *db = NULL;
	slice path = database(w);
	if (!path.len)
		return NULL;
	if (sqlite3_open_v2(arena_text(w->arena, path), &db, SQLITE_OPEN_READWRITE, NULL) ==
	    SQLITE_OK) {
		sqlite3_busy_timeout(db, BUSY_MS);
		return db;
	}
	work_fail(w, "%.*s: %s", (int)path.len, path.at, db ? sqlite3_errmsg(db) : "no memory");
	sqlite3_close(db);
	return NULL;
}

bool roundcube_able(struct work *w)
{
	sqlite3 *db = open_database(w);
	sqlite3_close(db);
	return db != NULL;
}

/* --- whose session --- */

static bool same_letters(slice a, slice b)
{
	for (size_t i = 0; a.len == b.len && i < a.len; i++)
		if (tolower((unsigned char)a.at[i]) != tolower((unsigned char)b.at[i]))
			return false;
	return a.len == b.len;
}

/* username|s:26:"c.martin@interieur.example"; */
static bool names_account(slice vars, slice account)
{
	static const slice key = SLICE_INIT("username|s:");
	for (size_t at; (at = slice_search(vars, key)) != SIZE_MAX;
	     vars = slice_from(vars, at + key.len)) {
		slice rest = slice_from(vars, at + key.len);
		int64_t len;
		bool begins = at == 0 || vars.at[at - 1] == ';' || vars.at[at - 1] == '}';
		if (begins && slice_number(&rest, &len) && slice_eat(&rest, ":\"") && len >= 0 &&
		    same_letters(slice_first(rest, (size_t)len), account))
			return true;
	}
	return false;
}

static bool is_of(slice encoded, slice account)
{
	size_t len = 0;
	if (encoded.len > VARS_MOST)
		return false;
	char *plain = must_alloc(encoded.len + 1);
	bool decoded = sodium_base642bin((uint8_t *)plain, encoded.len, encoded.at, encoded.len,
					 " \r\n", &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
	bool is =
	    decoded ? names_account((slice){plain, len}, account) : names_account(encoded, account);
	free(plain);
	return is;
}

static slice column(sqlite3_stmt *s, int i)
{
	return (slice){(const char *)sqlite3_column_blob(s, i), (size_t)sqlite3_column_bytes(s, i)};
}

/* --- rows --- */

typedef bool on_row(struct work *w, sqlite3 *db, sqlite3_stmt *row, void *ctx);

/* Each session of the account; false if the table cannot be read or `on` says so. */
static bool each_session(struct work *w, sqlite3 *db, on_row *on, void *ctx)
{
	sqlite3_stmt *s = NULL;
	bool fine = sqlite3_prepare_v2(db, "SELECT sess_id, changed, ip, vars FROM session", -1, &s,
				       NULL) == SQLITE_OK;
	int step = SQLITE_DONE;
	while (fine && (step = sqlite3_step(s)) == SQLITE_ROW)
		if (is_of(column(s, 3), w->target))
			fine = on(w, db, s, ctx);
	if (!fine && !w->why[0])
		work_fail(w, "Roundcube's sessions: %s", sqlite3_errmsg(db));
	if (fine && step != SQLITE_DONE)
		fine = work_fail(w, "Roundcube's sessions: %s", sqlite3_errmsg(db));
	sqlite3_finalize(s);
	return fine;
}

static bool keep_row(struct work *w, sqlite3 *db, sqlite3_stmt *row, void *ctx)
{
	struct out *o = ctx;
	for (int i = 0; i < 4; i++) {
		out_text(o, i ? "," : "[");
		out_json(o, column(row, i));
	}
	out_text(o, "]\n");
	return true;
}

static bool count_row(struct work *w, sqlite3 *db, sqlite3_stmt *row, void *n)
{
	++*(int *)n;
	return true;
}

static bool bind_and_step(struct work *w, sqlite3 *db, const char *sql, const slice *values, int n)
{
	sqlite3_stmt *s = NULL;
	bool fine = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK;
	for (int i = 0; fine && i < n; i++)
		fine = sqlite3_bind_text(s, i + 1, values[i].at, (int)values[i].len,
					 SQLITE_TRANSIENT) == SQLITE_OK;
	fine = fine && sqlite3_step(s) == SQLITE_DONE;
	if (!fine)
		work_fail(w, "Roundcube's sessions: %s", sqlite3_errmsg(db));
	sqlite3_finalize(s);
	return fine;
}

static bool delete_row(struct work *w, sqlite3 *db, sqlite3_stmt *row, void *ctx)
{
	slice id = column(row, 0);
	return bind_and_step(w, db, "DELETE FROM session WHERE sess_id = ?1", &id, 1);
}

bool roundcube_prepare(struct work *w, struct out *saved)
{
	struct out rows = {.fd = -1};
	char file[400];
	sqlite3 *db = open_database(w);
	if (!db)
		return false;
	bool fine = each_session(w, db, keep_row, &rows);
	sqlite3_close(db);
	snprintf(file, sizeof file, "roundcube-sessions-%.*s", (int)w->target.len, w->target.at);
	slice kept = fine ? evidence_keep(w, file, (slice){rows.at, rows.len}) : (slice){0};
	out_close(&rows);
	if (!kept.len)
		return false;
	out_text(saved, "{\"rows\":");
	out_json(saved, kept);
	out_text(saved, "}");
	return true;
}

bool roundcube_apply(struct work *w)
{
	sqlite3 *db = open_database(w);
	if (!db)
		return false;
	bool fine = bind_and_step(w, db, "BEGIN IMMEDIATE", NULL, 0);
	fine = fine && each_session(w, db, delete_row, NULL) &&
	       bind_and_step(w, db, "COMMIT", NULL, 0);
	sqlite3_close(db); /* what was not committed is rolled back */
	return fine;
}

/* --- undo --- */

/* Whoever came with the old cookie meanwhile was given an empty session of the same name. */
static bool put_back(struct work *w, sqlite3 *db, slice line)
{
	slice values[4];
	json_t *root = json_loadb(line.at, line.len, 0, NULL);
	bool fine = json_array_size(root) == 4;
	for (size_t i = 0; fine && i < 4; i++) {
		const json_t *v = json_array_get(root, i);
		values[i] = (slice){json_string_value(v), json_string_length(v)};
	}
	fine = fine ? bind_and_step(w, db,
				    "INSERT OR REPLACE INTO session (sess_id, changed, ip, vars) "
				    "VALUES (?1, ?2, ?3, ?4)",
				    values, 4)
		    : work_fail(w, "the kept sessions cannot be read");
	json_decref(root);
	return fine;
}

bool roundcube_undo(struct work *w)
{
	slice rows, kept = saved_text(w, "rows");
	sqlite3 *db = open_database(w);
	if (!db)
		return false;
	bool fine = file_read(w, arena_text(w->arena, kept), &rows) ||
		    work_fail(w, "the kept sessions are gone: %.*s", (int)kept.len, kept.at);
	fine = fine && bind_and_step(w, db, "BEGIN IMMEDIATE", NULL, 0);
	while (fine && rows.len)
		fine = put_back(w, db, slice_until(&rows, '\n'));
	fine = fine && bind_and_step(w, db, "COMMIT", NULL, 0);
	sqlite3_close(db);
	return fine;
}

enum closed roundcube_closed(struct work *w, struct out *how)
{
	int n = 0;
	sqlite3 *db = open_database(w);
	bool fine = db && each_session(w, db, count_row, &n);
	sqlite3_close(db);
	if (!fine)
		return CLOSED_UNKNOWN;
	out_format(how, "%d webmail session%s", n, n == 1 ? "" : "s");
	return n ? CLOSED_NO : CLOSED_YES;
}
