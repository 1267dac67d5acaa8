/*
 * webmail_sql.c - Roundcube's sessions in MySQL, MariaDB and PostgreSQL.
 *
 * By the client programs mariadb(1), mysql(1) and psql(1), which Debian's roundcube-mysql and
 * roundcube-pgsql bring along, and not by their libraries: these would come into every process of
 * tocsin, with Kerberos and LDAP behind libpq, for what is done once in a long while.  No shell is
 * between; host, user and database stand where no option can, the password in the environment,
 * which root alone can read; every value goes both ways as hexadecimal digits, so that nothing of
 * an intruder's session is ever SQL.  A statement that fails ends the client, and the server rolls
 * the transaction back; so does a client that is killed.
 */
#include "respond/webmail.h"

#include <stdlib.h>

enum { SQL_SECONDS = 120, HEX_FIELDS = 4 };

struct sql_words {
	const char *begin, *commit, *list, *probe;
	const char *text_head, *text_tail; /* around hexadecimal digits */
	const char *key_head, *key_tail;   /* to compare with: by bytes, whatever the collation */
	const char *put, *put_tail;
	const char *vars_head, *vars_tail; /* the column, compared with hexadecimal digits */
	const char *connected;             /* as the same user, besides us */
};
static const struct sql_words mysql_words = {
    "SET SESSION sql_mode = ''; SET SESSION innodb_lock_wait_timeout = 10; START TRANSACTION;\n",
    "COMMIT;\n",
    "SELECT HEX(sess_id), HEX(CAST(changed AS CHAR)), HEX(ip), HEX(vars) FROM `",
    "SELECT 1 FROM `",
    "CONVERT(X'",
    "' USING utf8mb4)",
    "X'",
    "'",
    "REPLACE INTO `",
    "",
    " AND CAST(vars AS BINARY) = X'",
    "'",
    "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND "
    "USER = SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AND DB = DATABASE();\n",
};
static const struct sql_words pgsql_words = {
    "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET lock_timeout = '10s'; BEGIN;\n",
    "COMMIT;\n",
    "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; "
    "SELECT encode(convert_to(sess_id, 'UTF8'), 'hex'), "
    "encode(convert_to(changed::text, 'UTF8'), 'hex'), encode(convert_to(ip, 'UTF8'), 'hex'), "
    "encode(convert_to(vars, 'UTF8'), 'hex') FROM \"",
    "SELECT 1 FROM \"",
    "convert_from(decode('",
    "', 'hex'), 'UTF8')",
    "convert_from(decode('",
    "', 'hex'), 'UTF8')",
    "INSERT INTO \"",
    " ON CONFLICT (sess_id) DO UPDATE SET changed = EXCLUDED.changed, ip = EXCLUDED.ip, "
    "vars = EXCLUDED.vars",
    " AND vars = convert_from(decode('",
    "', 'hex'), 'UTF8')",
    "SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
    "usename = current_user AND datname = current_database();\n",
};

static const struct sql_words *words_of(const struct webmail_place *p)
{
	return p->kind == WEBMAIL_MYSQL ? &mysql_words : &pgsql_words;
}

static char quote_of(const struct webmail_place *p)
{
	return p->kind == WEBMAIL_MYSQL ? '`' : '"';
}

/* --- the clients --- */

/* NAME=value of a place, or of the usual; NUL in a value is refused by whoever wrote it there. */
static const char *word(struct work *w, const char *name, slice value)
{
	return arena_text(w->arena,
			  arena_format(w->arena, "%s%.*s", name, (int)value.len, value.at));
}

static slice port_text(struct work *w, const struct webmail_place *p)
{
	return p->port ? arena_format(w->arena, "%lld", (long long)p->port) : (slice){0};
}

static bool ask_mysql(struct work *w, const struct webmail_place *p, slice sql, line_heard *on,
		      void *ctx)
{
	const char *argv[16], *environment[] = {word(w, "MYSQL_PWD=", p->password), NULL};
	int n = 0;
	argv[n++] = has_program("mariadb") ? "mariadb" : "mysql";
	argv[n++] = "--no-defaults";
	argv[n++] = "--batch";
	argv[n++] = "--skip-column-names";
	argv[n++] = "--connect-timeout=10";
	argv[n++] = "--default-character-set=utf8mb4";
	if (p->path.len)
		argv[n++] = word(w, "--socket=", p->path);
	else if (p->host.len)
		argv[n++] = word(w, "--host=", p->host);
	if (p->port)
		argv[n++] = word(w, "--port=", port_text(w, p));
	argv[n++] = word(w, "--user=", p->user);
	argv[n++] = word(w, "--database=", p->database);
	argv[n] = NULL;
	return ask_lines(w, &(struct asked){argv, environment, sql, SQL_SECONDS}, on, ctx);
}

static bool ask_pgsql(struct work *w, const struct webmail_place *p, slice sql, line_heard *on,
		      void *ctx)
{
	const char *argv[] = {"psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1",
			      "-f",   "-",  NULL};
	const char *environment[8];
	int n = 0;
	slice port = port_text(w, p);
	environment[n++] = "PGCONNECT_TIMEOUT=10";
	environment[n++] = word(w, "PGDATABASE=", p->database);
	environment[n++] = word(w, "PGUSER=", p->user);
	environment[n++] = word(w, "PGPASSWORD=", p->password);
	if (p->path.len || p->host.len)
		environment[n++] = word(w, "PGHOST=", p->path.len ? p->path : p->host);
	if (port.len)
		environment[n++] = word(w, "PGPORT=", port);
	environment[n] = NULL;
	return ask_lines(w, &(struct asked){argv, environment, sql, SQL_SECONDS}, on, ctx);
}

static bool ask_sql(struct work *w, const struct webmail_place *p, slice sql, line_heard *on,
		    void *ctx)
{
	return (p->kind == WEBMAIL_MYSQL ? ask_mysql : ask_pgsql)(w, p, sql, on, ctx);
}

/* --- rows --- */

struct reading_rows {
	struct work *w;
	session_heard *on;
	void *ctx;
	bool stopped;
	struct arena scratch;
};

static bool unhex(struct arena *a, slice hex, slice *plain)
{
	char *to = arena_take(a, hex.len / 2);
	for (size_t i = 0; i + 1 < hex.len; i += 2) {
		int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);
		if (high < 0 || low < 0)
			return false;
		to[i / 2] = (char)(high * 16 + low);
	}
	*plain = (slice){to, hex.len / 2};
	return hex.len % 2 == 0;
}

/* mariadb sets tabs between columns, psql bars. */
static void on_sql_row(void *ctx, slice line)
{
	struct reading_rows *r = ctx;
	slice v[HEX_FIELDS], rest = line;
	char between = slice_find(line, '\t') < line.len ? '\t' : '|';
	bool fine = true;
	if (r->stopped || !line.len)
		return;
	arena_reset(&r->scratch);
	for (int i = 0; i < HEX_FIELDS; i++)
		fine = unhex(&r->scratch, slice_until(&rest, between), &v[i]) && fine;
	struct webmail_session s = {v[0], v[1], v[2], v[3]};
	if (!fine)
		r->stopped = !work_fail(r->w, "Roundcube's sessions: the answer cannot be read");
	else
		r->stopped = !r->on(r->w, &s, r->ctx);
}

static bool sql_each(struct work *w, const struct webmail_place *p, session_heard *on, void *ctx)
{
	struct reading_rows r = {.w = w, .on = on, .ctx = ctx};
	slice sql = arena_format(w->arena, "%s%.*s%c;\n", words_of(p)->list, (int)p->table.len,
				 p->table.at, quote_of(p));
	bool fine = ask_sql(w, p, sql, on_sql_row, &r);
	arena_free(&r.scratch);
	return fine && !r.stopped;
}

static void hear_nothing(void *ctx, slice line)
{
}

static bool sql_reach(struct work *w, const struct webmail_place *p)
{
	slice sql = arena_format(w->arena, "%s%.*s%c WHERE 1 = 0;\n", words_of(p)->probe,
				 (int)p->table.len, p->table.at, quote_of(p));
	return ask_sql(w, p, sql, hear_nothing, NULL);
}

/* --- changes --- */

static void put_digits(struct out *o, slice text)
{
	for (size_t i = 0; i < text.len; i++)
		out_format(o, "%02x", (unsigned char)text.at[i]);
}

static void put_text(struct out *o, const struct sql_words *words, slice text)
{
	out_text(o, words->text_head);
	put_digits(o, text);
	out_text(o, words->text_tail);
}

static bool change(struct work *w, const struct webmail_place *p, struct out *o)
{
	out_text(o, words_of(p)->commit);
	bool fine = ask_sql(w, p, (slice){o->at, o->len}, hear_nothing, NULL);
	out_close(o);
	return fine;
}

static bool sql_end(struct work *w, const struct webmail_place *p, const struct webmail_session *at,
		    size_t n)
{
	struct out o = {.fd = -1};
	out_text(&o, words_of(p)->begin);
	for (size_t i = 0; i < n; i++) {
		out_format(&o, "DELETE FROM %c%.*s%c WHERE sess_id = %s", quote_of(p),
			   (int)p->table.len, p->table.at, quote_of(p), words_of(p)->key_head);
		put_digits(&o, at[i].id);
		out_format(&o, "%s%s", words_of(p)->key_tail, words_of(p)->vars_head);
		put_digits(&o, at[i].vars);
		out_format(&o, "%s;\n", words_of(p)->vars_tail);
	}
	return change(w, p, &o);
}

static bool sql_put_back(struct work *w, const struct webmail_place *p,
			 const struct webmail_session *at, size_t n)
{
	const struct sql_words *words = words_of(p);
	struct out o = {.fd = -1};
	out_text(&o, words->begin);
	for (size_t i = 0; i < n; i++) {
		out_format(&o, "%s%.*s%c (sess_id, changed, ip, vars) VALUES (", words->put,
			   (int)p->table.len, p->table.at, quote_of(p));
		put_text(&o, words, at[i].id);
		out_text(&o, ", ");
		put_text(&o, words, at[i].changed);
		out_text(&o, p->kind == WEBMAIL_PGSQL ? "::timestamptz, " : ", ");
		put_text(&o, words, at[i].ip);
		out_text(&o, ", ");
		put_text(&o, words, at[i].vars);
		out_format(&o, ")%s;\n", words->put_tail);
	}
	return change(w, p, &o);
}

/* --- who is connected --- */

static void on_connection(void *ctx, slice line)
{
	struct out *o = ctx;
	out_slice(o, line);
	out_text(o, "\n");
}

static bool sql_under_way(struct work *w, const struct webmail_place *p, slice *lines)
{
	struct out o = {.fd = -1};
	bool fine = ask_sql(w, p, slice_of(words_of(p)->connected), on_connection, &o);
	*lines = arena_copy(w->arena, (slice){o.at, o.len});
	out_close(&o);
	return fine;
}

const struct webmail_store webmail_sql = {sql_reach, sql_each, sql_end, sql_put_back,
					  sql_under_way};
