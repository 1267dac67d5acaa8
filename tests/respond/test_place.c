/*
 * test_place.c - what a journal that somebody else wrote may not reach: files over links, files of
 * other places, other evidence, other lines in main.cf, other targets.
 */
#include "respond/case.h"
#include "respond/place.h"
#include "respond/plan.h"
#include "respond/queue.h"
#include "respond/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct ground {
	struct arena arena;
	struct work w;
	char dir[40];
};

static int lay(void **state)
{
	struct ground *g = must_alloc(sizeof *g);
	*g = (struct ground){.dir = "/tmp/tocsin-place-XXXXXX"};
	*state = g;
	g->w = (struct work){.arena = &g->arena,
			     .state_dir = mkdtemp(g->dir),
			     .incident = SLICE("I-1"),
			     .target = SLICE("ana@example.org")};
	return g->w.state_dir ? 0 : -1;
}

static int clear(void **state)
{
	struct ground *g = *state;
	RUN(&g->w, "rm", "-r", g->dir);
	arena_free(&g->arena);
	free(g);
	return 0;
}

static char *in(struct ground *g, const char *name)
{
	return arena_text(&g->arena, arena_format(&g->arena, "%s/%s", g->dir, name));
}

static void put(struct ground *g, const char *name, const char *text)
{
	FILE *f = fopen(in(g, name), "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *get(struct ground *g, const char *name)
{
	slice text = {0};
	assert_true(file_read(&g->w, in(g, name), &text));
	return arena_text(&g->arena, text);
}

/* closed: ours alone; open: everybody's. */
static void folders(struct ground *g)
{
	assert_int_equal(mkdir(in(g, "closed"), 0755), 0);
	assert_int_equal(mkdir(in(g, "open"), 0755), 0);
	assert_int_equal(mkdir(in(g, "open/deep"), 0755), 0);
	put(g, "shadow", "root");
	put(g, "open/deep/file", "deep");
	assert_int_equal(symlink("../shadow", in(g, "closed/up")), 0);
	assert_int_equal(symlink(in(g, "shadow"), in(g, "closed/whole")), 0);
	assert_int_equal(symlink("up", in(g, "closed/twice")), 0);
	assert_int_equal(symlink("round", in(g, "closed/round")), 0);
	assert_int_equal(symlink("../open/deep", in(g, "closed/folder")), 0);
	assert_int_equal(symlink("../shadow", in(g, "open/link")), 0);
	assert_int_equal(symlink("..", in(g, "open/back")), 0);
	assert_int_equal(symlink("../open/link", in(g, "closed/to-open")), 0);
	assert_int_equal(mkfifo(in(g, "closed/pipe"), 0600), 0);
	assert_int_equal(chmod(in(g, "open"), 0777), 0);
}

static void test_links(void **state)
{
	static const struct {
		const char *path, *written; /* NULL: refused */
	} cases[] = {
	    {"closed/up", "shadow"},
	    {"closed/whole", "shadow"},
	    {"closed/twice", "shadow"},
	    {"closed//./up", "shadow"},
	    {"closed/new", "closed/new"},
	    {"closed/folder/file", "open/deep/file"},
	    {"open/deep/file", "open/deep/file"},
	    {"open/new", "open/new"},
	    {"open/link", NULL},
	    {"open/back/shadow", NULL},
	    {"closed/to-open", NULL},
	    {"closed/round", NULL},
	    {"closed/pipe", NULL},
	    {"closed", NULL},
	    {"closed/", NULL},
	    {"closed/..", NULL},
	    {"none/file", NULL},
	    {"shadow/file", NULL},
	};
	struct ground *g = *state;
	folders(g);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put(g, "shadow", "root");
		bool done = file_replace(&g->w, in(g, cases[i].path), SLICE("new"), 0600);
		if (done != (cases[i].written != NULL) ||
		    strcmp(get(g, done ? cases[i].written : "shadow"), done ? "new" : "root") != 0)
			fail_msg("%s: %s", cases[i].path, g->w.why);
	}
	struct stat st;
	assert_true(lstat(in(g, "closed/up"), &st) == 0 && S_ISLNK(st.st_mode));
	assert_true(file_remove(&g->w, in(g, "none/file")) && file_remove(&g->w, in(g, "new")));
	assert_false(file_remove(&g->w, in(g, "open/link")));
	assert_string_equal(get(g, "shadow"), "root");
}

/* Postfix waits where a file of its own was written within the last second. */
static void test_settled(void **state)
{
	static const struct {
		const char *path;
		bool settled;
	} cases[] = {{"etc/postfix/main.cf", true}, {"etc/dovecot", false}};
	struct ground *g = *state;
	assert_int_equal(mkdir(in(g, "etc"), 0755), 0);
	assert_int_equal(mkdir(in(g, "etc/postfix"), 0755), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stat st;
		time_t before = time(NULL);
		assert_true(file_replace(&g->w, in(g, cases[i].path), SLICE("new"), 0600));
		assert_int_equal(stat(in(g, cases[i].path), &st), 0);
		/* a file system's clock may be some milliseconds behind */
		if (cases[i].settled ? st.st_mtime > time(NULL) - 2 : st.st_mtime < before - 1)
			fail_msg("%s: written %lld s ago", cases[i].path,
				 (long long)(before - st.st_mtime));
	}
}

/* What is read is kept and may be written back: over no link of others', and no pipe is waited for.
 */
static void test_read(void **state)
{
	static const struct {
		const char *path;
		bool wanted;
	} cases[] = {
	    {"closed/up", true},         {"closed/folder/file", true},
	    {"open/deep/file", true},    {"open/link", false},
	    {"open/back/shadow", false}, {"closed/to-open", false},
	    {"closed/pipe", false},      {"closed", false},
	    {"none/file", false},
	};
	struct ground *g = *state;
	slice text;
	folders(g);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (file_read(&g->w, in(g, cases[i].path), &text) != cases[i].wanted)
			fail_msg("%s", cases[i].path);
	assert_false(file_must_read(&g->w, in(g, "open/link"), &text));
	assert_non_null(strstr(g->w.why, "a link that others may lay"));
	assert_true(file_look(&g->w, in(g, "open/link"), &text));
	assert_false(file_look(&g->w, in(g, "closed/pipe"), &text));
}

/* --- the journal's word on files --- */

static bool none_named(struct work *w, const char *path)
{
	return false;
}

static bool named_named(struct work *w, const char *path)
{
	slice name = slice_of(path);
	return slice_ends(name, SLICE("/named"));
}

static bool any_line(struct work *w, slice line, void *ctx)
{
	return line.len && line.at[0] != '#';
}

static bool wake(struct work *w, const char *path, const slice *former)
{
	return rest_undo(w, path, former, any_line, NULL);
}

static bool overwrite(struct work *w, const char *path, const slice *former)
{
	return former && file_replace(w, path, *former, 0600);
}

static slice saved_as(struct ground *g, const char *path, const char *kept)
{
	return arena_format(&g->arena, "{\"files\":[{\"path\":\"%s\",\"kept\":\"%s\"}]}",
			    path[0] == '/' ? path : in(g, path), kept);
}

#define KEPT "/else/I-1/kept-0-ana@example.org"

static void test_saved_paths(void **state)
{
	static const struct {
		const char *path, *kept;
		bool wanted;
		const char *says;
	} cases[] = {
	    {"folder/file", KEPT, true, ""},
	    {"named", KEPT, true, ""},
	    {"shadow", KEPT, false, "no file of this step"},
	    {"folder/../shadow", KEPT, false, "no file of this step"},
	    {"folder-not/file", KEPT, false, "no file of this step"},
	    {"/etc/shadow", KEPT, false, "no file of this step"},
	    {"folder/file", "I-1/sieve-ana@example.org", false, "cannot be read"},
	    {"folder/file", "I-1/kept-1-ana@example.org", false, "cannot be read"},
	    {"folder/file", "I-1/kept-0-eve@example.org", false, "cannot be read"},
	    {"folder/file", "I-1/../I-1/sieve-ana@example.org", false, "cannot be read"},
	    {"folder/file", "I-2/kept-0-ana@example.org", false, "cannot be read"},
	};
	struct ground *g = *state;
	struct rest_place at = {"kept", {in(g, "folder")}, named_named};
	assert_int_equal(mkdir(in(g, "folder"), 0755), 0);
	assert_int_equal(mkdir(in(g, "folder-not"), 0755), 0);
	assert_true(evidence_keep(&g->w, "kept-0-ana@example.org", SLICE("kept\n")).len);
	assert_true(evidence_keep(&g->w, "sieve-ana@example.org", SLICE("script\n")).len);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put(g, "shadow", "root");
		g->w.saved = saved_as(g, cases[i].path, cases[i].kept);
		g->w.why[0] = 0;
		bool done = rest_each_saved(&g->w, &at, overwrite);
		if (done != cases[i].wanted || !strstr(g->w.why, cases[i].says) ||
		    strcmp(get(g, "shadow"), "root") != 0)
			fail_msg("%s %s: %s", cases[i].path, cases[i].kept, g->w.why);
	}
}

/* A link that others laid within a folder of the daemon's; and an honest round. */
static void test_saved_link(void **state)
{
	struct ground *g = *state;
	struct rest_place at = {"kept", {in(g, "open")}, none_named};
	struct out saved = {.fd = -1};
	folders(g);
	assert_true(evidence_keep(&g->w, "kept-0-ana@example.org", SLICE("ana:x\n")).len);
	g->w.saved = saved_as(g, "open/link", KEPT);
	put(g, "shadow", REST_MARK "ana:x\n");
	assert_false(rest_each_saved(&g->w, &at, wake));
	assert_false(rest_each_saved(&g->w, &at, overwrite));
	assert_string_equal(get(g, "shadow"), REST_MARK "ana:x\n");
	put(g, "open/file", "ana:y\n");
	out_text(&saved, "{\"files\":[");
	assert_true(rest_keep(&g->w, &at, 0, in(g, "open/file"), &saved));
	out_text(&saved, "]}");
	g->w.saved = arena_copy(&g->arena, (slice){saved.at, saved.len});
	out_close(&saved);
	assert_true(rest_apply(&g->w, in(g, "open/file"), any_line, NULL));
	assert_string_equal(get(g, "open/file"), REST_MARK "ana:y\n");
	assert_true(rest_each_saved(&g->w, &at, wake));
	assert_string_equal(get(g, "open/file"), "ana:y\n");
}

/* --- lines, targets --- */

#define HEAD "# tocsin isolate, keep: tocsin restore takes this away\\n"
#define TAIL "# tocsin isolate, keep: end"

static void test_block(void **state)
{
	static const struct {
		const char *block;
		bool wanted;
	} cases[] = {
	    {HEAD "a = b\\n" TAIL, true},
	    {HEAD "a = b\\nc=d\\n" TAIL, true},
	    {HEAD TAIL, true},
	    {"", false},
	    {HEAD "a = b\\nmailbox_command = x\\n" TAIL, false},
	    {HEAD "a = b\\n  x\\n" TAIL, false}, /* a line that goes on */
	    {"mailbox_command = x\\n" HEAD "a = b\\n" TAIL, false},
	    {HEAD "a = b\\n" TAIL "\\nmailbox_command = x", false},
	    {HEAD "a = b\\n", false},
	};
	static const char *const names[] = {"a", "c", NULL};
	struct ground *g = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		slice block;
		g->w.saved = arena_format(&g->arena, "{\"block\":\"%s\"}", cases[i].block);
		if (main_cf_block(&g->w, "keep", names, &block) != cases[i].wanted)
			fail_msg("%s", cases[i].block);
	}
}

static void test_targets(void **state)
{
	static const struct {
		const char *lever, *target;
		bool wanted;
	} cases[] = {
	    {"deny", "ana@example.org", true},
	    {"deny", "ana\nroot", false},
	    {"deny", "", false},
	    {"webmail", "../../x", false},
	    {"snapshot", "host", true},
	    {"snapshot", "ana", false},
	    {"cut", "203.0.113.9", true},
	    {"block", "203.0.113.9; flush ruleset", false},
	    {"patience", "30d", true},
	    {"patience", "30d\nmailbox_command = x", false},
	    {"tenant-off", "ana/../eve", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (lever_takes(lever_named(slice_of(cases[i].lever)), slice_of(cases[i].target)) !=
		    cases[i].wanted)
			fail_msg("%s %s", cases[i].lever, cases[i].target);
	assert_true(queue_is_id(SLICE("4gBvXy1Zz1z2k")));
	assert_false(queue_is_id(SLICE("ALL")));
	assert_false(queue_is_id(SLICE("-d")));
}

static void test_planned(void **state)
{
	struct ground *g = *state;
	char why[256] = "";
	struct respond *r = respond_asleep(g->dir);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_true(plan_note(r, "planned", SLICE("{\"incident\":\"../../x\",\"actions\":[]}")));
	assert_true(plan_note(r, "planned",
			      SLICE("{\"incident\":\"A\",\"actions\":["
				    "{\"lever\":\"deny\",\"target\":\"a\\nb\"},"
				    "{\"lever\":\"deny\",\"target\":\"ana\"}]}")));
	respond_sleep(r);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_int_equal(respond_count(r), 1);
	struct response *p = respond_find(r, SLICE("A"));
	assert_int_equal(p->actions.len, 2); /* numbers stay */
	assert_int_equal(p->actions.at[0].lever.len, 0);
	assert_true(slice_eq(p->actions.at[1].lever, SLICE("deny")));
	respond_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_links, lay, clear),
	    cmocka_unit_test_setup_teardown(test_settled, lay, clear),
	    cmocka_unit_test_setup_teardown(test_read, lay, clear),
	    cmocka_unit_test_setup_teardown(test_saved_paths, lay, clear),
	    cmocka_unit_test_setup_teardown(test_saved_link, lay, clear),
	    cmocka_unit_test_setup_teardown(test_block, lay, clear),
	    cmocka_unit_test_setup_teardown(test_targets, lay, clear),
	    cmocka_unit_test_setup_teardown(test_planned, lay, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
