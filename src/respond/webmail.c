/*
 * webmail.c - where Roundcube keeps its sessions, by what its configuration says.
 *
 * config.inc.php is PHP; what counts of it are assignments of plain text, $config['db_dsnw'] =
 * '...'. What a program computes there (getenv(), "$var") is not guessed: a person is asked.  A DSN
 * is type://user:password@host:port/database?options, its parts percent-encoded, the host perhaps
 * unix(/path) or tcp(host:port) (rcube_db::parse_dsn).  Of redis: 'host:port:database:password' or
 * 'unix:///path:database:password' (config/defaults.inc.php, redis_hosts).  Debian's package keeps
 * the parts in debian-db.php and puts the DSN together itself.
 */
#include "respond/others.h"
#include "respond/webmail.h"

#include <ctype.h>
#include <errno.h>

static const char *const places[] = {
    "/etc/roundcube/config.inc.php",
    "/usr/share/roundcube/config/config.inc.php",
    "/var/www/roundcube/config/config.inc.php",
    "/var/www/html/config/config.inc.php",
    "/var/www/html/roundcube/config/config.inc.php",
    "/opt/roundcube/config/config.inc.php",
};
#define DEBIAN_DB "/etc/roundcube/debian-db.php"

/* --- PHP --- */

/* Blanks, and what is between slash-star and star-slash, off the front of a line's text. */
static void skip_blank(slice *s, bool *comment)
{
	for (;;) {
		if (*comment) {
			size_t end = slice_search(*s, SLICE("*/"));
			*comment = end == SIZE_MAX;
			*s = slice_from(*s, *comment ? s->len : end + 2);
		}
		while (s->len && isspace((unsigned char)s->at[0]))
			*s = slice_from(*s, 1);
		if (!slice_eat(s, "/*"))
			return;
		*comment = true;
	}
}

/* 'text' or "text" off the front; a dollar sign in double quotes is no plain text. */
static bool php_text(struct work *w, slice *s, slice *text)
{
	enum { TEXT_MOST = 2000 };
	char to[TEXT_MOST], quote = s->len ? s->at[0] : 0;
	size_t n = 0, i = 1;
	if (quote != '\'' && quote != '"')
		return false;
	for (; i < s->len && s->at[i] != quote && n < TEXT_MOST; i++) {
		bool escaped = s->at[i] == '\\' && i + 1 < s->len &&
			       (s->at[i + 1] == quote || s->at[i + 1] == '\\');
		i += escaped;
		if (quote == '"' && (s->at[i] == '$' || (s->at[i] == '\\' && !escaped)))
			return false;
		to[n++] = s->at[i];
	}
	if (i >= s->len || s->at[i] != quote)
		return false;
	*text = arena_copy(w->arena, (slice){to, n});
	*s = slice_from(*s, i + 1);
	return true;
}

/* $config['NAME'] = off the front of a line; $name = of debian-db.php. */
static bool eat_name(slice *s, slice name)
{
	static const slice forms[] = {SLICE_INIT("$config['"), SLICE_INIT("$config[\""),
				      SLICE_INIT("$rcmail_config['"), SLICE_INIT("$")};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		slice rest = *s;
		if (!slice_eat_n(&rest, forms[i].at, forms[i].len) ||
		    !slice_eat_n(&rest, name.at, name.len) ||
		    (forms[i].len > 1 && !slice_eat(&rest, "']") && !slice_eat(&rest, "\"]")))
			continue;
		rest = slice_trim(rest);
		if (!slice_eat(&rest, "=") || slice_eat(&rest, "="))
			continue;
		*s = rest;
		return true;
	}
	return false;
}

enum told { TOLD_NOTHING, TOLD_TEXT, TOLD_PROGRAM };

/* What stands behind the equals sign: a text, or a list whose first one is meant, perhaps over
 * several lines. */
static enum told php_assigned(struct work *w, slice s, slice *value)
{
	bool comment = false;
	skip_blank(&s, &comment);
	if (slice_eat(&s, "[") || slice_eat(&s, "array("))
		skip_blank(&s, &comment);
	if (!php_text(w, &s, value))
		return TOLD_PROGRAM;
	skip_blank(&s, &comment);
	/* 'a' . $b is no plain text */
	return !s.len || memchr(";]),", s.at[0], 4) ? TOLD_TEXT : TOLD_PROGRAM;
}

/* What is assigned to a name last. */
static enum told php_value(struct work *w, slice php, slice name, slice *value)
{
	enum told told = TOLD_NOTHING;
	bool comment = false;
	while (php.len) {
		slice line = slice_until(&php, '\n');
		skip_blank(&line, &comment);
		if (eat_name(&line, name))
			told = php_assigned(
			    w, (slice){line.at, (size_t)(php.at - line.at) + php.len}, value);
	}
	return told;
}

static bool told_text(struct work *w, slice php, const char *name, slice *value)
{
	*value = (slice){0};
	if (php_value(w, php, slice_of(name), value) != TOLD_PROGRAM)
		return true;
	return work_fail(w, "Roundcube's %s is computed by its configuration, not plain text",
			 name);
}

/* --- DSN --- */

static slice percent_decoded(struct work *w, slice s)
{
	char *to = arena_take(w->arena, s.len);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		int high = s.at[i] == '%' && i + 2 < s.len ? hex_digit(s.at[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s.at[i + 2]) : -1;
		to[n++] = low >= 0 ? (char)(high * 16 + low) : s.at[i];
		i += low >= 0 ? 2 : 0;
	}
	return (slice){to, n};
}

static const struct {
	slice type;
	enum webmail_kind kind;
} types[] = {
    {SLICE_INIT("mysql"), WEBMAIL_MYSQL},    {SLICE_INIT("mysqli"), WEBMAIL_MYSQL},
    {SLICE_INIT("mariadb"), WEBMAIL_MYSQL},  {SLICE_INIT("pgsql"), WEBMAIL_PGSQL},
    {SLICE_INIT("postgres"), WEBMAIL_PGSQL}, {SLICE_INIT("sqlite"), WEBMAIL_SQLITE},
    {SLICE_INIT("sqlite3"), WEBMAIL_SQLITE},
};

static bool kind_of(slice type, enum webmail_kind *kind)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_eq(types[i].type, type))
			return *kind = types[i].kind, true;
	return false;
}

static size_t last_of(slice s, char c)
{
	size_t i = s.len;
	while (i > 0 && s.at[i - 1] != c)
		i--;
	return i ? i - 1 : SIZE_MAX;
}

static bool read_port(slice text, int64_t *port)
{
	enum { PORT_MOST = 65535 };
	*port = 0;
	return !text.len || (slice_is_number(text, port) && *port > 0 && *port <= PORT_MOST);
}

/* unix(/path), tcp(host:port), host:port, [::1]:port */
static bool read_host(struct work *w, slice s, struct webmail_place *p)
{
	if (slice_eat(&s, "unix("))
		return p->path = percent_decoded(w, slice_until(&s, ')')), p->path.len > 0;
	if (slice_eat(&s, "tcp("))
		s = slice_until(&s, ')');
	if (slice_eat(&s, "[")) {
		p->host = slice_until(&s, ']');
		slice_eat(&s, ":");
		return read_port(s, &p->port);
	}
	p->host = percent_decoded(w, slice_until(&s, ':'));
	return read_port(s, &p->port);
}

/* Where the path of a DSN begins: at the first slash outside unix(...). */
static size_t path_of(slice s)
{
	size_t i = slice_starts(s, SLICE("unix(")) ? slice_find(s, ')') : 0;
	return i + slice_find(slice_from(s, i), '/');
}

static bool read_dsn(struct work *w, slice dsn, struct webmail_place *p)
{
	size_t head = slice_search(dsn, SLICE("://"));
	slice type = slice_first(dsn, head == SIZE_MAX ? dsn.len : head);
	size_t paren = slice_find(type, '(');
	slice rest = slice_from(dsn, type.len + 3);
	if (head == SIZE_MAX || !kind_of(slice_first(type, paren), &p->kind))
		return work_fail(w,
				 "Roundcube's database is %.*s; tocsin reaches SQLite, MySQL, "
				 "MariaDB, PostgreSQL and redis",
				 (int)slice_first(type, 40).len, type.at ? type.at : "?");
	slice path = slice_first(rest, slice_find(rest, '?'));
	if (p->kind == WEBMAIL_SQLITE) {
		slice_eat(&path, "/");
		p->path = percent_decoded(w, path);
		return slice_starts(p->path, SLICE("/")) ||
		       work_fail(w, "the path of Roundcube's SQLite database is not a whole one");
	}
	/* the last @: a password may hold one */
	size_t at = last_of(rest, '@');
	if (at != SIZE_MAX) {
		slice user = slice_first(rest, at);
		p->user = percent_decoded(w, slice_until(&user, ':'));
		p->password = percent_decoded(w, user);
		rest = slice_from(rest, at + 1);
	}
	size_t slash = path_of(rest);
	slice database = slice_from(rest, slash + 1);
	p->database = percent_decoded(w, slice_first(database, slice_find(database, '?')));
	if (read_host(w, slice_first(rest, slash), p) && p->database.len)
		return true;
	return work_fail(w, "Roundcube's db_dsnw names no host or no database");
}

/* --- redis --- */

static bool read_redis(struct work *w, slice text, struct webmail_place *p)
{
	p->kind = WEBMAIL_REDIS;
	slice_eat(&text, "tcp://");
	if (slice_eat(&text, "tls://"))
		return work_fail(w, "Roundcube reaches redis by TLS, which tocsin does not");
	if (slice_eat(&text, "unix://"))
		p->path = slice_until(&text, ':');
	else {
		p->host = slice_until(&text, ':');
		if (!read_port(slice_until(&text, ':'), &p->port))
			return work_fail(w, "the port of Roundcube's redis_hosts is no port");
	}
	p->database = slice_until(&text, ':');
	p->password = text;
	int64_t number;
	return !p->database.len || slice_is_number(p->database, &number) ||
	       work_fail(w, "the database of Roundcube's redis_hosts is no number");
}

/* --- all of it --- */

static bool is_table(slice s)
{
	enum { TABLE_MOST = 60 };
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.at[i]) && s.at[i] != '_')
			return false;
	return s.len <= TABLE_MOST;
}

/* The DSN that debian-db-roundcube.php puts together. */
static bool debian_dsn(struct work *w, slice debian, slice *dsn)
{
	static const char *const names[] = {"dbtype", "dbuser",   "dbpass", "dbserver",
					    "dbport", "basepath", "dbname"};
	enum { TYPE, USER, PASS, SERVER, PORT, BASE, NAME, PARTS };
	slice v[PARTS];
	for (size_t i = 0; i < PARTS; i++)
		if (!told_text(w, debian, names[i], &v[i]))
			return false;
	*dsn = (slice){0};
	if (slice_starts(v[TYPE], SLICE("sqlite")))
		*dsn = arena_format(w->arena, "sqlite:///%.*s/%.*s", (int)v[BASE].len, v[BASE].at,
				    (int)v[NAME].len, v[NAME].at);
	else if (v[TYPE].len)
		*dsn =
		    arena_format(w->arena, "%.*s://%.*s:%.*s@%.*s%s%.*s/%.*s", (int)v[TYPE].len,
				 v[TYPE].at, (int)v[USER].len, v[USER].at, (int)v[PASS].len,
				 v[PASS].at, (int)(v[SERVER].len ? v[SERVER].len : 9),
				 v[SERVER].len ? v[SERVER].at : "localhost", v[PORT].len ? ":" : "",
				 (int)v[PORT].len, v[PORT].at, (int)v[NAME].len, v[NAME].at);
	return true;
}

static bool read_database(struct work *w, slice config, slice debian, struct webmail_place *p)
{
	slice dsn, prefix;
	if (!told_text(w, config, "db_dsnw", &dsn) || !told_text(w, config, "db_prefix", &prefix))
		return false;
	if (!dsn.len && !debian_dsn(w, debian, &dsn))
		return false;
	if (!dsn.len)
		return work_fail(w, "Roundcube's configuration names no database (db_dsnw)");
	if (!is_table(prefix))
		return work_fail(w, "Roundcube's db_prefix holds more than letters and digits");
	p->table = arena_format(w->arena, "%.*ssession", (int)prefix.len, prefix.at);
	return read_dsn(w, dsn, p);
}

bool webmail_place(struct work *w, slice config, slice debian, struct webmail_place *p)
{
	slice storage, redis;
	*p = (struct webmail_place){0};
	if (!told_text(w, config, "session_storage", &storage))
		return false;
	if (!storage.len || slice_eq(storage, SLICE("db")))
		return read_database(w, config, debian, p);
	if (!slice_eq(storage, SLICE("redis")))
		return work_fail(w,
				 "Roundcube keeps its sessions in %.*s; tocsin reaches SQLite, "
				 "MySQL, MariaDB, PostgreSQL and redis",
				 (int)slice_first(storage, 40).len, storage.at);
	if (!told_text(w, config, "redis_hosts", &redis))
		return false;
	return redis.len ? read_redis(w, redis, p)
			 : work_fail(w, "Roundcube's configuration names no redis_hosts");
}

/* A process without the host's network reaches a database that listens by TCP over a socket of the
 * service manager's (systemd-socket-proxyd(8)); of PostgreSQL, the client wants a folder. */
static bool by_socket(struct work *w, struct webmail_place *p)
{
	bool is_pgsql = p->kind == WEBMAIL_PGSQL;
	bool by_tcp = p->host.len && !p->path.len &&
		      (p->kind != WEBMAIL_MYSQL || !slice_eq(p->host, SLICE("localhost")));
	if (!others_do(w) || !by_tcp)
		return true;
	const char *path = others_socket(w, is_pgsql ? ".s.PGSQL.5432" : "database");
	if (!path)
		return work_fail(w,
				 "Roundcube's database listens by TCP at %.*s, and who acts has no "
				 "network: tocsin-database.socket (man tocsin-watch, UNITS)",
				 (int)slice_first(p->host, 100).len, p->host.at);
	p->path = slice_of(path);
	if (is_pgsql)
		p->path = slice_first(p->path, slice_search_last(p->path, SLICE("/")));
	p->port = 0;
	return true;
}

bool webmail_find(struct work *w, struct webmail_place *p)
{
	slice config = {0}, debian = {0};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (!file_exists(places[i]))
			continue;
		if (!file_look(w, places[i], &config))
			return work_fail(w, "%s: %s", places[i], strerror(errno));
		if (!file_look(w, DEBIAN_DB, &debian))
			debian = (slice){0};
		return webmail_place(w, config, debian, p) && by_socket(w, p);
	}
	return work_fail(w, "Roundcube with /etc/roundcube/config.inc.php is not on this host");
}
