/* test_webmail.c - where Roundcube keeps its sessions, by what its configuration says; whose they
 * are.
 */
#include "respond/guise.h"
#include "respond/webmail.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DSN(text)  "<?php\n$config['db_dsnw'] = '" text "';\n"
#define REDIS(at)  "$config['session_storage'] = 'redis';\n$config['redis_hosts'] = " at ";\n"
#define DEBIAN(at) "<?php\n$dbuser='roundcube';\n$dbpass='g%40st';\n$dbname='rc';\n" at

static const struct {
	const char *config, *debian;
	const char *wanted; /* kind path host port user password database table; NULL: see `says` */
	const char *says;
} configs[] = {
    {DSN("mysql://rc:pw@localhost/roundcube"), "", "1  localhost 0 rc pw roundcube session", ""},
    {DSN("mysql://rc:p%40w%2F@db.example:3307/rc?verify=1"), "",
     "1  db.example 3307 rc p@w/ rc session", ""},
    {DSN("mysql://rc:p@w@10.0.0.9/rc"), "", "1  10.0.0.9 0 rc p@w rc session", ""},
    {DSN("mysql://rc:pw@unix(/run/mysqld/mysqld.sock)/rc"), "",
     "1 /run/mysqld/mysqld.sock  0 rc pw rc session", ""},
    {DSN("pgsql://rc@[::1]:5433/rc"), "", "2  ::1 5433 rc  rc session", ""},
    {DSN("pgsql://rc:pw@tcp(127.0.0.1:5433)/rc"), "", "2  127.0.0.1 5433 rc pw rc session", ""},
    {DSN("sqlite:////var/lib/rc/rc.db?mode=0640"), "", "0 /var/lib/rc/rc.db  0    session", ""},
    {DSN("mysql://a:b@h/first") DSN("pgsql://a:b@h/last"), "", "2  h 0 a b last session", ""},
    {DSN("mysql://a:b@h/d") "// $config['db_dsnw'] = 'pgsql://a:b@h/d';\n", "",
     "1  h 0 a b d session", ""},
    {DSN("mysql://a:b@h/d") "/* $config['db_dsnw'] = 'pgsql://a:b@h/d';\n"
			    "$config['db_dsnw'] = 'pgsql://a:b@h/d';*/\n",
     "", "1  h 0 a b d session", ""},
    {"$config[\"db_dsnw\"] = \"mysql://a:b@h/d\";$config['db_prefix'] = 'no';\n"
     "  $config['db_prefix']='rc_';",
     "", "1  h 0 a b d rc_session", ""},
    {"$config['db_dsnw'] = 'mysql://a:it\\'s@h/d';", "", "1  h 0 a it's d session", ""},
    {"<?php", DEBIAN("$dbtype='mysql';\n$dbserver='';\n$dbport='';\n"),
     "1  localhost 0 roundcube g@st rc session", ""},
    {"<?php", DEBIAN("$dbtype='pgsql';\n$dbserver='db';\n$dbport='5433';\n"),
     "2  db 5433 roundcube g@st rc session", ""},
    {"<?php",
     DEBIAN("$basepath='/var/lib/dbconfig-common/sqlite3/roundcube';\n$dbtype='sqlite3';\n"),
     "0 /var/lib/dbconfig-common/sqlite3/roundcube/rc  0    session", ""},
    {REDIS("['localhost:6380:2:pass:word']"), "", "3  localhost 6380  pass:word 2 ", ""},
    {REDIS("array('unix:///run/redis/redis.sock:1:secret')"), "",
     "3 /run/redis/redis.sock  0  secret 1 ", ""},
    {REDIS("[\n    'redis:6379', /* one */\n]"), "", "3  redis 6379    ", ""},
    {REDIS("$hosts"), "", NULL, "computed"},
    {REDIS("['tls://redis:6379']"), "", NULL, "TLS"},
    {REDIS("['redis:99999']"), "", NULL, "no port"},
    {"$config['db_dsnw'] = getenv('DSN');", "", NULL, "computed by its configuration"},
    {"$config['db_dsnw'] = \"mysql://$user@h/d\";", "", NULL, "computed by its configuration"},
    {"$config['db_dsnw'] = 'mysql://a:' . $b;", "", NULL, "computed by its configuration"},
    {"$config['session_storage'] = 'memcached';", "", NULL, "keeps its sessions in memcached"},
    {DSN("mssql://a:b@h/d"), "", NULL, "Roundcube's database is mssql"},
    {DSN("mysql://a:b@h"), "", NULL, "no host or no database"},
    {DSN("sqlite://relative.db"), "", NULL, "not a whole one"},
    {DSN("mysql://a:b@h/d") "$config['db_prefix'] = 'a`b';\n", "", NULL, "db_prefix"},
    {"<?php", "", NULL, "names no database"},
};

static void test_places(void **state)
{
	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		struct arena a = {0};
		struct work w = {.arena = &a};
		struct webmail_place p;
		bool fine =
		    webmail_place(&w, slice_of(configs[i].config), slice_of(configs[i].debian), &p);
		slice got = arena_format(
		    &a, "%d %.*s %.*s %lld %.*s %.*s %.*s %.*s", (int)p.kind, (int)p.path.len,
		    p.path.at ? p.path.at : "", (int)p.host.len, p.host.at ? p.host.at : "",
		    (long long)p.port, (int)p.user.len, p.user.at ? p.user.at : "",
		    (int)p.password.len, p.password.at ? p.password.at : "", (int)p.database.len,
		    p.database.at ? p.database.at : "", (int)p.table.len,
		    p.table.at ? p.table.at : "");
		if (fine != (configs[i].wanted != NULL) ||
		    (fine && !slice_eq(got, slice_of(configs[i].wanted))) ||
		    (!fine && !strstr(w.why, configs[i].says)))
			fail_msg("%s%s\ngot %d: %s\nwhy %s", configs[i].config, configs[i].debian,
				 fine, arena_text(&a, got), w.why);
		arena_free(&a);
	}
}

static void test_whose(void **state)
{
	static const struct {
		const char *vars;
		bool wanted;
	} cases[] = {
	    {"username|s:15:\"ana@example.org\";", true},
	    {"dXNlcm5hbWV8czoxNToiYW5hQGV4YW1wbGUub3JnIjs=", true}, /* the same in base64 */
	    {"language|s:5:\"fr_FR\";username|s:15:\"Ana@Example.org\";", true},
	    {"a:3:{s:7:\"changed\";i:1;s:2:\"ip\";s:1:\"x\";s:4:\"vars\";s:9:\"username|s:15:"
	     "\"ana@example.org\";\";}",
	     true},
	    {"username|s:16:\"bana@example.org\";", false},
	    {"lastusername|s:15:\"ana@example.org\";", false},
	    {"username|s:999:\"ana@example.org", true},
	    {"username|s:-1:\"\"", false},
	    {"username|i:15;", false},
	    {"", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (webmail_is_of(slice_of(cases[i].vars), SLICE("ana@example.org")) !=
		    cases[i].wanted)
			fail_msg("%s", cases[i].vars);
}

/* --- a database in a folder of others --- */

enum { WEB = 33 };

struct laid {
	char top[64], folder[80], base[96], journal[112], victim[96];
};

static void put_file(const char *path, const void *at, size_t len)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(at, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void put_number(unsigned char *to, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(n >> (24 - 8 * i));
}

static void make_base(struct laid *l)
{
	sqlite3 *db;
	snprintf(l->top, sizeof l->top, "/tmp/tocsin-guise-XXXXXX");
	assert_non_null(mkdtemp(l->top));
	assert_int_equal(chmod(l->top, 0755), 0);
	snprintf(l->folder, sizeof l->folder, "%s/www", l->top);
	snprintf(l->base, sizeof l->base, "%s/base", l->folder);
	snprintf(l->journal, sizeof l->journal, "%s-journal", l->base);
	snprintf(l->victim, sizeof l->victim, "%s/victim", l->top);
	assert_int_equal(mkdir(l->folder, 0750), 0);
	assert_int_equal(sqlite3_open(l->base, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "CREATE TABLE session(sess_id, changed, ip, vars);"
				      "INSERT INTO session VALUES('a', 'b', 'c', 'd')",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	put_file(l->victim, "kept", 4);
}

/* Of a transaction over several files whose common journal, the victim, may go when all is done:
 * https://sqlite.org/fileformat2.html, 3. */
static void forge_journal(const struct laid *l)
{
	static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
	enum { SECTOR = 512, PAGE = 4096 };
	unsigned char j[SECTOR + 256] = {0};
	uint32_t len = (uint32_t)strlen(l->victim), sum = 0;
	memcpy(j, magic, 8);
	put_number(j + 16, 2); /* pages */
	put_number(j + 20, SECTOR);
	put_number(j + 24, PAGE);
	put_number(j + SECTOR, 0x40000000 / PAGE + 1);
	memcpy(j + SECTOR + 4, l->victim, len);
	for (uint32_t i = 0; i < len; i++)
		sum += (unsigned char)l->victim[i];
	put_number(j + SECTOR + 4 + len, len);
	put_number(j + SECTOR + 8 + len, sum);
	memcpy(j + SECTOR + 12 + len, magic, 8);
	put_file(l->journal, j, SECTOR + 20 + len);
}

static void give_away(const struct laid *l)
{
	assert_int_equal(chown(l->folder, WEB, WEB), 0);
	assert_int_equal(chown(l->base, WEB, WEB), 0);
}

static void take_down(const struct laid *l)
{
	unlink(l->journal);
	unlink(l->base);
	unlink(l->victim);
	rmdir(l->folder);
	rmdir(l->top);
}

static bool count_one(struct work *w, const struct webmail_session *s, void *ctx)
{
	++*(int *)ctx;
	return true;
}

static void test_forged_journal(void **state)
{
	struct laid l;
	struct arena a = {0};
	struct work w = {.arena = &a};
	int n = 0;
	if (geteuid() != 0)
		skip();
	make_base(&l);
	give_away(&l);
	const struct webmail_place p = {.path = slice_of(l.base), .table = SLICE("session")};
	assert_true(webmail_sqlite.each(&w, &p, count_one, &n));
	assert_int_equal(n, 1);
	const struct webmail_session was = {SLICE("a"), SLICE("b"), SLICE("c"), SLICE("d")};
	assert_true(webmail_sqlite.end(&w, &p, &was, 1)); /* a journal comes and goes */
	assert_true(webmail_sqlite.put_back(&w, &p, &was, 1));
	forge_journal(&l);
	webmail_sqlite.each(&w, &p, count_one, &n);
	webmail_sqlite.end(&w, &p, &was, 1);
	assert_int_equal(access(l.victim, F_OK), 0);
	assert_int_equal(chown(l.victim, 0, 0), 0); /* root has its rights again */
	take_down(&l);
	arena_free(&a);
}

/* Whose rights are taken on, for a file at the end of the way. */
static void test_guise(void **state)
{
	static const struct {
		uid_t folder, base;
		mode_t mode;
		uid_t want;
	} cases[] = {
	    {0, 0, 0755, 0},     {WEB, WEB, 0750, WEB}, {WEB, 0, 0755, WEB},
	    {0, WEB, 0755, WEB}, {0, 0, 0775, 65534},   {0, 0, 01777, 0},
	};
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct guise g;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct laid l;
		make_base(&l);
		assert_int_equal(chown(l.folder, cases[i].folder, 0), 0);
		assert_int_equal(chown(l.base, cases[i].base, 0), 0);
		assert_int_equal(chmod(l.folder, cases[i].mode), 0);
		assert_true(guise_of(&w, l.base, &g));
		if (g.user != cases[i].want)
			fail_msg("case %zu: got %u", i, g.user);
		take_down(&l);
	}
	assert_false(guise_of(&w, "/tmp/tocsin-guise-none", &g));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_whose),
	    cmocka_unit_test(test_forged_journal),
	    cmocka_unit_test(test_guise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
