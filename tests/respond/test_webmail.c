/* test_webmail.c - where Roundcube keeps its sessions, by what its configuration says; whose they
 * are.
 */
#include "respond/webmail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_whose),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
