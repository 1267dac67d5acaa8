/*
 * webmail_sqlite.c - Roundcube's sessions in SQLite: the library, bound parameters, one
 * transaction.
 *
 * The file is the web server's, and so is the folder: an intruder who came in through the webmail
 * lays a journal beside it that names a file, and SQLite deletes that file when it rolls back
 * (sqlite.org/fileformat2.html, 3: the name of a super-journal).  So SQLite runs with the rights of
 * the folder's owner alone, and no view or trigger of the file is run.
 */
#include "respond/guise.h"
#include "respond/webmail.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 5000, SEIZE_MS = 200 };

struct webmail_seized {
	sqlite3 *db;     /* in a transaction that excludes readers, until one of ours ends it */
	int64_t version; /* of the data, as others write it */
	struct guise guise;
	bool is_wal;
};

/* Open, and with the rights of its owner until it is closed. */
struct database {
	sqlite3 *db;
	struct guise guise;
	struct guise_before before;
};

/* What the file itself would have done is not done: it is another's. */
static void distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

static bool open_file(struct work *w, const char *path, struct database *d)
{
	if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(d->db, BUSY_MS);
		distrust(d->db);
		return true;
	}
	work_fail(w, "%s: %s", path, d->db ? sqlite3_errmsg(d->db) : "no memory");
	sqlite3_close(d->db);
	return false;
}

static bool open_database(struct work *w, const struct webmail_place *p, struct database *d)
{
	const char *path = arena_text(w->arena, p->path);
	*d = (struct database){0};
	if (w->seized)
		*d = (struct database){.db = w->seized->db, .guise = w->seized->guise};
	else if (!guise_of(w, path, &d->guise))
		return false;
	if (!guise_take(w, &d->guise, &d->before))
		return false;
	if (w->seized || open_file(w, path, d))
		return true;
	guise_leave(&d->before);
	return false;
}

static void close_database(const struct work *w, struct database *d)
{
	if (!w->seized)
		sqlite3_close(d->db);
	guise_leave(&d->before);
}

static bool fail_database(struct work *w, sqlite3 *db)
{
	return work_fail(w, "Roundcube's sessions: %s", sqlite3_errmsg(db));
}

static slice column(sqlite3_stmt *s, int i)
{
	return (slice){(const char *)sqlite3_column_blob(s, i), (size_t)sqlite3_column_bytes(s, i)};
}

static bool each_row(struct work *w, sqlite3 *db, sqlite3_stmt *s, session_heard *on, void *ctx)
{
	int step;
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		struct webmail_session row = {column(s, 0), column(s, 1), column(s, 2),
					      column(s, 3)};
		if (!on(w, &row, ctx))
			return false;
	}
	return step == SQLITE_DONE || fail_database(w, db);
}

static sqlite3_stmt *statement(struct work *w, sqlite3 *db, slice sql)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(db, sql.at, (int)sql.len, &s, NULL) != SQLITE_OK)
		fail_database(w, db);
	return s;
}

static bool sqlite_each(struct work *w, const struct webmail_place *p, session_heard *on, void *ctx)
{
	struct database d;
	slice sql = arena_format(w->arena, "SELECT sess_id, changed, ip, vars FROM %.*s",
				 (int)p->table.len, p->table.at);
	if (!open_database(w, p, &d))
		return false;
	sqlite3_stmt *s = statement(w, d.db, sql);
	bool fine = s && each_row(w, d.db, s, on, ctx);
	sqlite3_finalize(s);
	close_database(w, &d);
	return fine;
}

static bool bind_and_step(struct work *w, sqlite3 *db, slice sql, const slice *values, int n)
{
	sqlite3_stmt *s = statement(w, db, sql);
	bool fine = s != NULL;
	for (int i = 0; fine && i < n; i++)
		fine = sqlite3_bind_text(s, i + 1, values[i].at, (int)values[i].len,
					 SQLITE_TRANSIENT) == SQLITE_OK;
	if (fine && sqlite3_step(s) != SQLITE_DONE)
		fine = fail_database(w, db);
	sqlite3_finalize(s);
	return fine;
}

/* Where a WAL is written, others see a commit at once; it is brought to disk behind that. */
static bool bring_to_disk(struct work *w, sqlite3 *db)
{
	sqlite3_file *f = NULL;
	if (!w->seized || !w->seized->is_wal)
		return true; /* the commit itself did */
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &f) == SQLITE_OK && f &&
	    f->pMethods &&
	    f->pMethods->xSync(f, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK)
		return true;
	return work_fail(w, "Roundcube's sessions are ended, but not on disk");
}

/* The statement for each, with its first columns; what was not committed is rolled back. */
static bool for_each(struct work *w, const struct webmail_place *p, const char *head,
		     const char *tail, int columns, const struct webmail_session *at, size_t n)
{
	struct database d;
	slice words =
	    arena_format(w->arena, "%s %.*s %s", head, (int)p->table.len, p->table.at, tail);
	if (!open_database(w, p, &d))
		return false;
	sqlite3 *db = d.db;
	bool fine = !sqlite3_get_autocommit(db) || /* one that is seized has begun */
		    bind_and_step(w, db, SLICE("BEGIN IMMEDIATE"), NULL, 0);
	for (size_t i = 0; fine && i < n; i++) {
		const slice values[] = {at[i].id, at[i].changed, at[i].ip, at[i].vars};
		fine = bind_and_step(w, db, words, values, columns);
	}
	fine = fine && bind_and_step(w, db, SLICE("COMMIT"), NULL, 0) && bring_to_disk(w, db);
	if (!fine && !sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	close_database(w, &d);
	return fine;
}

static bool sqlite_end(struct work *w, const struct webmail_place *p,
		       const struct webmail_session *at, size_t n)
{
	return for_each(w, p, "DELETE FROM", "WHERE sess_id = ?1 AND vars = ?4", 4, at, n);
}

static bool sqlite_put_back(struct work *w, const struct webmail_place *p,
			    const struct webmail_session *at, size_t n)
{
	return for_each(w, p, "INSERT OR REPLACE INTO",
			"(sess_id, changed, ip, vars) VALUES (?1, ?2, ?3, ?4)", 4, at, n);
}

static bool sqlite_reach(struct work *w, const struct webmail_place *p)
{
	struct database d;
	bool fine = open_database(w, p, &d);
	if (fine)
		close_database(w, &d);
	return fine;
}

/* --- who has it open --- */

static void put_openers(struct out *o, const char *pid, const struct stat *file)
{
	char path[320];
	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		struct stat s;
		snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, e->d_name);
		if (stat(path, &s) == 0 && s.st_dev == file->st_dev && s.st_ino == file->st_ino)
			out_format(o, "%.20s %.20s\n", pid, e->d_name);
	}
	if (d)
		closedir(d);
}

/* Process and descriptor: who opens it anew by the same is taken for the one before. */
static bool sqlite_under_way(struct work *w, const struct webmail_place *p, slice *lines)
{
	struct out o = {.fd = -1};
	struct stat file;
	DIR *d = stat(arena_text(w->arena, p->path), &file) == 0 ? opendir("/proc") : NULL;
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		    strtol(e->d_name, NULL, 10) != getpid())
			put_openers(&o, e->d_name, &file);
	*lines = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	if (d)
		closedir(d);
	return d || work_fail(w, "who has %.*s open cannot be seen", (int)p->path.len, p->path.at);
}

/* --- held --- */

/* SQLite's own waits grow to a tenth of a second; a request of webmail holds it for less than one
 * millisecond. */
static int wait_a_little(void *ctx, int tries)
{
	static const struct timespec moment = {.tv_nsec = 250000};
	nanosleep(&moment, NULL);
	return tries < SEIZE_MS * 4;
}

static bool has_wal(sqlite3 *db)
{
	sqlite3_stmt *q = NULL;
	bool is = sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &q, NULL) == SQLITE_OK &&
		  sqlite3_step(q) == SQLITE_ROW && slice_eq_nocase(column(q, 0), SLICE("wal"));
	sqlite3_finalize(q);
	return is && sqlite3_exec(db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL) == SQLITE_OK;
}

static bool seize(sqlite3 *db, bool *is_wal)
{
	sqlite3_busy_handler(db, wait_a_little, NULL);
	*is_wal = has_wal(db);
	bool fine = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_busy_timeout(db, BUSY_MS);
	return fine;
}

struct webmail_seized *webmail_seize(struct work *w)
{
	struct webmail_place p;
	struct database d;
	if (!webmail_find(w, &p) || p.kind != WEBMAIL_SQLITE || !open_database(w, &p, &d))
		return NULL;
	bool is_wal;
	if (!seize(d.db, &is_wal)) {
		close_database(w, &d);
		return NULL;
	}
	struct webmail_seized *s = must_alloc(sizeof *s);
	*s = (struct webmail_seized){.db = d.db, .guise = d.guise, .is_wal = is_wal};
	guise_leave(&d.before);
	return s;
}

/* It was laid on before; where it cannot be laid on again, nothing is written. */
static bool take_again(const struct webmail_seized *s, struct guise_before *before)
{
	struct work w = {.why = ""};
	return guise_take(&w, &s->guise, before);
}

void webmail_let_go(struct webmail_seized **s)
{
	struct guise_before before;
	if (!*s)
		return;
	if (take_again(*s, &before))
		sqlite3_close((*s)->db); /* what was not committed is rolled back */
	guise_leave(&before);
	free(*s);
	*s = NULL;
}

static int64_t version_of(sqlite3 *db, int64_t otherwise)
{
	sqlite3_stmt *q = NULL;
	if (sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW)
		otherwise = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return otherwise;
}

bool webmail_has_changed(struct webmail_seized *s)
{
	struct guise_before before;
	if (!take_again(s, &before))
		return true;
	if (!sqlite3_get_autocommit(
		s->db)) /* there was no session to end: let others write again */
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	int64_t version = version_of(s->db, s->version);
	guise_leave(&before);
	bool changed = version != s->version;
	s->version = version;
	return changed;
}

const struct webmail_store webmail_sqlite = {sqlite_reach, sqlite_each, sqlite_end, sqlite_put_back,
					     sqlite_under_way};
