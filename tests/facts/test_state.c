/* test_state.c - what is usual, kept between runs: learnt once, not from intruders, never from
 * ruins. */
#include "story.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOME  " ip=192.0.2.7 host.name=mx"
#define AWAY  " ip=198.51.100.9 host.name=mx"
#define ENEMY " ip=203.0.113.66 host.name=mx"

struct notes {
	int count;
	char what[200], remedy[200];
};

static void on_note(void *ctx, const char *path, int line, const char *what, const char *remedy)
{
	struct notes *n = ctx;
	n->count++;
	snprintf(n->what, sizeof n->what, "%s", what);
	snprintf(n->remedy, sizeof n->remedy, "%s", remedy);
}

static char *fresh_path(char room[64])
{
	snprintf(room, 64, "/tmp/tocsin-state-XXXXXX");
	int fd = mkstemp(room);
	assert_true(fd >= 0);
	close(fd);
	unlink(room);
	return room;
}

static void run(const char *path, const char *name, const struct told *rows, size_t n,
		const struct facts_doubt *doubts, size_t doubt_count)
{
	struct story s;
	struct notes notes = {0};
	story_start(&s);
	if (!facts_state(s.facts, path, on_note, &notes))
		fail_msg("%s: %s", name, notes.what);
	story_rows(&s, name, rows, n);
	assert_true(facts_keep(s.facts, doubts, doubt_count));
	assert_int_equal(notes.count, 0);
	story_end(&s);
}
#define RUN(path, rows, doubts, n)                                                                 \
	run((path), #rows, (rows), sizeof(rows) / sizeof *(rows), (doubts), (n))

/* All rows of the file, as text. */
static char *dump(const char *path)
{
	static const char *const tables[] = {"account", "habit",   "used", "sender",
					     "network", "covered", "seen"};
	struct out o = {.fd = -1};
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		sqlite3_stmt *q;
		char sql[80];
		snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2, 3", tables[i]);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
		while (sqlite3_step(q) == SQLITE_ROW) {
			out_text(&o, tables[i]);
			for (int c = 0; c < sqlite3_column_count(q); c++) {
				slice v = {sqlite3_column_blob(q, c),
					   (size_t)sqlite3_column_bytes(q, c)};
				out_char(&o, '|');
				for (size_t k = 0; k < v.len; k++)
					out_format(&o, v.at[k] > ' ' ? "%c" : "%02x",
						   (unsigned char)v.at[k]);
			}
			out_char(&o, '\n');
		}
		sqlite3_finalize(q);
	}
	sqlite3_close(db);
	out_char(&o, '\0');
	char *text = strdup(o.at);
	out_close(&o);
	return text;
}

static const struct told march[] = {
    {HOURS(9), "login+ user=ana@our.example proto=imap" HOME, "network.state=learning"},
    {HOURS(9) + 60, "session-end user=ana@our.example proto=imap bodies=12 bytes=9000" HOME, ""},
    {DAYS(1) + HOURS(9), "login+ user=ana@our.example proto=imap" HOME, ""},
    {DAYS(2) + HOURS(9), "login+ user=ana@our.example proto=imap" HOME, ""},
    {DAYS(3) + HOURS(9), "login+ user=ana@our.example proto=imap" HOME, "network.state=known"},
    {DAYS(3) + HOURS(9), "smtp-client user=ana@our.example qid=A" HOME, ""},
    {DAYS(3) + HOURS(9), "smtp-deliver qid=A to=x@away.example status=sent", ""},
};

static const struct told april[] = {
    {DAYS(5) + HOURS(9), "login+ user=ana@our.example proto=imap" HOME,
     "network.state=known account.days=4 account.idle=172800 account.sign_ins=4 hour.share=100"},
    {DAYS(5) + HOURS(10), "login+ user=ana@our.example proto=imap" AWAY,
     "network.state=new reads_usual=12 read_bytes_usual=8192 network.accounts=1"},
    {DAYS(5) + HOURS(10), "login+ user=ben@our.example proto=imap" HOME,
     "network.state=first network.accounts=2"}, /* nobody saw ben in the days before */
    {DAYS(5) + HOURS(11), "smtp-client user=ana@our.example qid=B" HOME, ""},
    {DAYS(5) + HOURS(11), "smtp-deliver qid=B to=x@away.example status=sent",
     "target.state=known sent_new_share=0 sent_usual=1"},
    {DAYS(5) + HOURS(11), "smtp-deliver qid=B to=x@else.example status=sent", "target.state=new"},
};

static void a_later_run_knows(void **state)
{
	char path[64];
	RUN(fresh_path(path), march, NULL, 0);
	RUN(path, april, NULL, 0);
	unlink(path);
}

static void records_read_again_count_once(void **state)
{
	char path[64];
	RUN(fresh_path(path), march, NULL, 0);
	char *once = dump(path);
	struct story s;
	story_start(&s);
	assert_true(facts_state(s.facts, path, NULL, NULL));
	for (size_t i = 0; i < sizeof march / sizeof *march; i++)
		story_tell(&s, march[i].at, march[i].event, i == 0 ? "network.state=learning" : "");
	assert_true(facts_keep(s.facts, NULL, 0));
	story_end(&s);
	char *twice = dump(path);
	assert_string_equal(once, twice);
	assert_non_null(strstr(once, "ana@our.example"));
	free(once);
	free(twice);
	unlink(path);
}

/* Another host's records of the same days are no copies. */
static const struct told other_host[] = {
    {HOURS(9), "login+ user=ana@our.example proto=imap ip=192.0.2.7 host.name=mx", ""},
    {HOURS(15), "login+ user=ana@our.example proto=imap ip=192.0.2.7 host.name=mx2", ""},
    {DAYS(6), "login+ user=ana@our.example proto=imap ip=192.0.2.7 host.name=mx",
     "account.sign_ins=5"},
};

static void another_host(void **state)
{
	char path[64];
	RUN(fresh_path(path), march, NULL, 0);
	RUN(path, other_host, NULL, 0);
	unlink(path);
}

static const struct told break_in[] = {
    {DAYS(5), "login+ user=ana@our.example proto=imap" ENEMY, "network.state=new"},
    {DAYS(5) + 60, "session-end user=ana@our.example proto=imap bodies=900" ENEMY, ""},
    {DAYS(5) + 60, "redirect user=ana@our.example target=x@evil.example", "target.state=new"},
    {DAYS(5) + 60, "login+ user=ben@our.example proto=imap" ENEMY, ""},
    {DAYS(5) + 99, "login+ user=ben@our.example proto=imap" HOME, ""},
};
static const struct told afterwards[] = {
    {DAYS(7), "login+ user=ana@our.example proto=imap" ENEMY,
     "network.state=new reads_usual=12 account.days=4 network.accounts=1"},
    {DAYS(7), "redirect user=ana@our.example target=x@evil.example", "target.state=new"},
    {DAYS(7), "login+ user=ben@our.example proto=imap" HOME, "network.state=known"},
    {DAYS(7), "login+ user=ben@our.example proto=imap" ENEMY, "network.accounts=2"},
};

static void intruders_teach_nothing(void **state)
{
	char path[64];
	const struct facts_doubt doubts[] = {
	    {.account = SLICE_INIT("ana@our.example")},
	    {.has_source = true, .source = story_address("203.0.113.66")},
	    {.from_us = STORY_BEGAN + DAYS(5) * CLOCK_SECOND,
	     .to_us = STORY_BEGAN + (DAYS(5) + 90) * CLOCK_SECOND},
	};
	RUN(fresh_path(path), march, NULL, 0);
	RUN(path, break_in, doubts, 3);
	RUN(path, afterwards, NULL, 0);
	unlink(path);
}

/* --- files that are no state --- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_true(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void refused(const char *path, const char *what)
{
	struct story s;
	struct notes n = {0};
	story_start(&s);
	assert_false(facts_state(s.facts, path, on_note, &n));
	if (n.count != 1 || !strstr(n.what, what) || !n.remedy[0])
		fail_msg("%s: %d notes: %s (%s)", path, n.count, n.what, n.remedy);
	STORY(&s, "goes on without", march);
	assert_true(facts_keep(s.facts, NULL, 0));
	story_end(&s);
}

static void ruins(void **state)
{
	char path[64];
	fresh_path(path);
	write_file(path,
		   "This is a letter to my grandmother, and no database at all, however long.\n"
		   "It is long enough that nobody takes it for a file that ends too soon.\n");
	refused(path, "not a database");
	unlink(path);
	run_sql(path, "CREATE TABLE letters(text)");
	refused(path, "another program");
	unlink(path);
	RUN(path, march, NULL, 0);
	run_sql(path, "PRAGMA user_version=7");
	refused(path, "another version");
	unlink(path);
	RUN(path, march, NULL, 0);
	run_sql(path,
		"DROP TABLE used; CREATE VIEW used AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
		"SELECT i + 1 FROM n) SELECT i FROM n");
	refused(path, "another program");
	unlink(path);
	refused("/nonexistent/state", "unable to open");
	refused("/tmp", "no regular file");
}

static void held_by_another(void **state)
{
	char path[64];
	sqlite3 *db;
	RUN(fresh_path(path), march, NULL, 0);
	char *before = dump(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	refused(path, "another program holds");
	sqlite3_close(db);
	char *after = dump(path);
	assert_string_equal(before, after);
	free(before);
	free(after);
	unlink(path);
}

/* A file of the right name and kind whose rows are nonsense, or whose tables are gone. */
static void nonsense(void **state)
{
	char path[64];
	RUN(fresh_path(path), march, NULL, 0);
	run_sql(path,
		"UPDATE account SET first_s=-5, days='x', times=x'00ff', reads=1e300;"
		"UPDATE habit SET net=x'01', history=99; UPDATE used SET kind=77;"
		"INSERT INTO seen VALUES(99, x'00', 5); INSERT INTO seen VALUES('a', NULL, NULL);"
		"UPDATE covered SET from_us='never'; UPDATE network SET door=-1");
	struct story s;
	struct notes n = {0};
	story_start(&s);
	assert_true(facts_state(s.facts, path, on_note, &n));
	story_tell(&s, DAYS(9), "login+ user=ana@our.example proto=imap" HOME, "");
	assert_true(facts_keep(s.facts, NULL, 0));
	story_end(&s);
	run_sql(path, "DROP TABLE used");
	story_start(&s);
	assert_true(facts_state(s.facts, path, on_note, &n));
	story_tell(&s, DAYS(9), "login+ user=ana@our.example proto=imap" HOME, "");
	assert_int_equal(n.count, 1);
	assert_true(facts_keep(s.facts, NULL, 0));
	story_end(&s);
	unlink(path);
}

/* A run that is not finished leaves what was there. */
static void unfinished(void **state)
{
	char path[64];
	struct story s;
	RUN(fresh_path(path), march, NULL, 0);
	char *before = dump(path);
	story_start(&s);
	assert_true(facts_state(s.facts, path, NULL, NULL));
	story_tell(&s, DAYS(9), "login+ user=cem@our.example proto=imap" HOME, "");
	story_end(&s);
	char *after = dump(path);
	assert_string_equal(before, after);
	free(before);
	free(after);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_later_run_knows),
	    cmocka_unit_test(records_read_again_count_once),
	    cmocka_unit_test(another_host),
	    cmocka_unit_test(intruders_teach_nothing),
	    cmocka_unit_test(ruins),
	    cmocka_unit_test(held_by_another),
	    cmocka_unit_test(nonsense),
	    cmocka_unit_test(unfinished),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
