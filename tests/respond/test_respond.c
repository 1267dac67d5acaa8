/*
 * test_respond.c - who may be named to a program, what a report asks for, plans and their journal.
 */
#include "respond/case.h"
#include "respond/plan.h"
#include "respond/pull.h"
#include "respond/queue.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void test_account(void **state)
{
	static const struct {
		const char *name;
		bool wanted;
	} cases[] = {
	    {"c.martin@interieur.example", true},
	    {"ana", true},
	    {"d'artagnan@example.org", false}, /* a quote: by hand */
	    {"", false},
	    {"-u", false},
	    {"#ana", false},
	    {"ana bob", false},
	    {"ana\nbob", false},
	    {"ana:bob", false},
	    {"../../etc/passwd", false},
	    {"ana;reboot", false},
	    {"$(reboot)", false},
	    {"*", false},
	    {"\xc3\xa9ric@example.org", true},
	    {"%u", false},
	    {"a%n@example.org", false},
	    {"a\\b", false},
	    {"a\x7f", false},
	    {"..", true}, /* stands in no path alone */
	};
	char name[222];
	memset(name, 'a', sizeof name);
	assert_true(respond_is_account((slice){name, 220}));
	assert_false(respond_is_account((slice){name, 221}));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (respond_is_account(slice_of(cases[i].name)) != cases[i].wanted)
			fail_msg("%s", cases[i].name);
}

#define HEAD "{\"schema\":\"tocsin.report/1\",\"incidents\":["
#define ONE                                                                                        \
	"{\"id\":\"T-20260317-1\",\"title\":\"t\",\"accounts\":["                                  \
	"{\"name\":\"ana@example.org\",\"compromised\":\"proven\"},"                               \
	"{\"name\":\"bob@example.org\",\"compromised\":\"possible\"},"                             \
	"{\"name\":\"-x\",\"compromised\":\"proven\"}],\"sources\":["                              \
	"{\"ip\":\"203.0.113.9\",\"certainty\":\"likely\"},"                                       \
	"{\"ip\":\"127.0.0.1\",\"certainty\":\"proven\"},"                                         \
	"{\"ip\":\"0.0.0.0\",\"certainty\":\"proven\"},{\"ip\":\"ff02::1\",\"certainty\":"         \
	"\"proven\"},"                                                                             \
	"{\"ip\":\"198.51.100.1\",\"certainty\":\"possible\"}],\"changes\":["                      \
	"{\"kind\":\"forwarding-rule\",\"account\":\"ana@example.org\",\"active\":true,"           \
	"\"certainty\":\"proven\"},"                                                               \
	"{\"kind\":\"forwarding-rule\",\"account\":\"eve@example.org\",\"active\":true,"           \
	"\"certainty\":\"possible\"},"                                                             \
	"{\"kind\":\"filter\",\"account\":\"bob@example.org\",\"active\":false}]}"

static void test_case(void **state)
{
	struct respond_case c;
	struct arena a = {0};
	char why[256];
	struct address ip;
	assert_true(case_read(&c, &a, SLICE(HEAD ONE "]}"), (slice){0}, why, sizeof why));
	assert_true(slice_eq(c.incident, SLICE("T-20260317-1")));
	assert_int_equal(c.accounts.len, 1); /* not the possible one, not the option */
	assert_true(slice_eq(c.accounts.at[0], SLICE("ana@example.org")));
	assert_true(address_parse(SLICE("203.0.113.9"), &ip));
	assert_int_equal(c.sources.len, 1); /* not the host itself */
	assert_true(address_eq(&c.sources.at[0], &ip));
	assert_int_equal(c.filtered.len, 1);
	assert_int_equal(c.left_out.len, 6);
	case_free(&c);
	arena_free(&a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *incident, *says;
	} cases[] = {
	    {"", "", "line 1"},
	    {"{\"schema\":\"tocsin.report/1\"", "", "line 1, column"},
	    {"{}", "", "no report of tocsin"},
	    {HEAD "]}", "", "0 incidents"},
	    {HEAD ONE "]}", "T-1", "no incident T-1"},
	    {HEAD ONE "," ONE "]}", "", "2 incidents"},
	    {HEAD "{\"id\":\"../x\"}]}", "", "not one that tocsin gives"},
	    {HEAD "{\"id\":\"a\",\"id\":\"b\"}]}", "", "duplicate"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct respond_case c;
		struct arena a = {0};
		char why[256] = "";
		assert_false(case_read(&c, &a, slice_of(cases[i].json), slice_of(cases[i].incident),
				       why, sizeof why));
		if (!strstr(why, cases[i].says))
			fail_msg("%s: %s", cases[i].json, why);
		arena_free(&a);
	}
}

/* What undo could not do is told with how to take it back, of each lever that can be. */
static void test_by_hand(void **state)
{
	const struct lever *const tables[] = {levers, isolation_levers};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct lever *l = tables[i]; l->name; l++)
			if ((l->undo != NULL) != (respond_undo_by_hand(slice_of(l->name)).len > 0))
				fail_msg("%s", l->name);
}

static void test_lines(void **state)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	slice text = SLICE("ana:\nbob:");
	assert_true(line_is_in(text, SLICE("bob:")));
	assert_false(line_is_in(text, SLICE("bo")));
	slice more = line_added(&w, text, SLICE("eve:"));
	assert_true(slice_eq(more, SLICE("ana:\nbob:\neve:\n")));
	assert_true(slice_eq(line_removed(&w, more, SLICE("bob:")), SLICE("ana:\neve:\n")));
	assert_true(slice_eq(line_removed(&w, more, SLICE("zoe:")), more));
	more = line_added(&w, SLICE("ana:\0x\nbob:\n"), SLICE("eve:")); /* a file of others */
	assert_true(slice_eq(more, SLICE("ana:\0x\nbob:\neve:\n")));
	assert_true(slice_eq(line_removed(&w, more, SLICE("bob:")), SLICE("ana:\0x\neve:\n")));
	arena_free(&a);
}

static bool nothing(void *ctx, const struct respond_action *a)
{
	return true;
}

/* A host without any of the daemons: each step says so, and none is begun but the snapshot. */
static void test_bare_host(void **state)
{
	char dir[] = "/tmp/tocsin-respond-XXXXXX", why[256] = "";
	assert_non_null(mkdtemp(dir));
	struct respond *r = respond_open(dir, false, why, sizeof why);
	assert_non_null(r);
	struct response *p =
	    respond_plan(r, SLICE(HEAD ONE "]}"), (slice){0}, RESPOND_QUIET, why, sizeof why);
	assert_non_null(p);
	assert_true(p->actions.len >= 10);
	const char *only[] = {"snapshot"};
	assert_true(respond_apply(r, p, only, 1, nothing, NULL));
	assert_int_equal(p->actions.at[0].state, ACTION_APPLIED);
	assert_null(
	    respond_plan(r, SLICE(HEAD ONE "]}"), (slice){0}, RESPOND_FAST, why, sizeof why));
	assert_non_null(strstr(why, "being carried out"));
	respond_close(&r);
	r = respond_open(dir, false, why, sizeof why); /* what the journal tells is the same */
	p = respond_find(r, SLICE("T-20260317-1"));
	assert_non_null(p);
	assert_int_equal(p->mode, RESPOND_QUIET);
	assert_int_equal(p->actions.at[0].state, ACTION_APPLIED);
	assert_int_equal(p->actions.at[1].state, ACTION_PLANNED);
	assert_int_equal(p->accounts.len, 1);
	int64_t ago = clock_now() - p->planned_us; /* by it the watch knows what is young */
	assert_true(ago >= 0 && ago < CLOCK_HOUR);
	/* what a failed step is told as, and that the rest is tried none the less */
	const char *both[] = {"deny-list", "snapshot"};
	if (!has_program("doveadm"))
		assert_false(respond_apply(r, p, both, 2, nothing, NULL));
	respond_close(&r);
	struct arena a = {0};
	struct work w = {.arena = &a};
	RUN(&w, "rm", "-r", dir);
	arena_free(&a);
}

#define PLAN(id)                                                                                   \
	"{\"incident\":\"" id "\",\"title\":\"t\",\"mode\":\"fast\",\"accounts\":[\"ana\"],"       \
	"\"actions\":[{\"lever\":\"deny\",\"target\":\"ana\"}]}"
#define STEP(id, saved) "{\"incident\":\"" id "\",\"number\":1,\"saved\":\"" saved "\"}"

static enum action_state first_of(struct respond *r, const char *incident)
{
	return respond_find(r, slice_of(incident))->actions.at[0].state;
}

/* Two incidents of one account: what the first shut stays shut when it is taken back, and what undo
 * needs of it is the second one's.  So it is when the journal is read anew, or from a mark on. */
static void test_still_wanted(void **state)
{
	char dir[] = "/tmp/tocsin-respond-XXXXXX", why[256] = "";
	assert_non_null(mkdtemp(dir));
	struct respond *r = respond_asleep(dir), *reader = respond_asleep(dir);
	assert_true(respond_wake(r, false, why, sizeof why));
	static const char *const words[] = {"planned", "action-begun", "action-applied"};
	const char *const a[] = {PLAN("A"), STEP("A", "of a"), STEP("A", "")};
	const char *const b[] = {PLAN("B"), STEP("B", "of b"), STEP("B", "")};
	for (size_t i = 0; i < 3; i++)
		assert_true(plan_note(r, words[i], slice_of(a[i])));
	for (size_t i = 0; i < 3; i++)
		assert_true(plan_note(r, words[i], slice_of(b[i])));
	respond_sleep(r);
	assert_true(respond_wake(reader, true, why, sizeof why));
	respond_sleep(reader);
	assert_int_equal(first_of(reader, "A"), ACTION_APPLIED);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_true(respond_undo(r, respond_find(r, SLICE("A")), NULL, 0, nothing, NULL));
	respond_close(&r);
	assert_true(respond_wake(reader, true, why, sizeof why));
	assert_int_equal(first_of(reader, "A"), ACTION_UNDONE);
	assert_int_equal(first_of(reader, "B"), ACTION_APPLIED);
	const struct respond_left *left = respond_find(reader, SLICE("B"))->actions.at[0].left;
	assert_non_null(left);
	assert_true(slice_eq(left->saved, SLICE("of a")));
	assert_null(left->next);
	respond_close(&reader);
	struct arena arena = {0};
	struct work w = {.arena = &arena};
	RUN(&w, "rm", "-r", dir);
	arena_free(&arena);
}

/* The newest step of an isolation that was taken back; of a containment none counts. */
static void test_reopened(void **state)
{
	char dir[] = "/tmp/tocsin-respond-XXXXXX", why[256] = "";
	assert_non_null(mkdtemp(dir));
	struct respond *r = respond_asleep(dir);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_true(plan_note(r, "planned", SLICE(PLAN("A"))));
	assert_true(plan_note(r, "undone", SLICE(STEP("A", ""))));
	respond_sleep(r);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_true(respond_reopened(r) == CLOCK_NONE);
	assert_true(plan_note(r, "planned",
			      SLICE("{\"incident\":\"isolation-1\",\"mode\":\"isolate\","
				    "\"actions\":[{\"lever\":\"door\",\"target\":\"imap\"}]}")));
	assert_true(plan_note(r, "action-applied", SLICE(STEP("isolation-1", ""))));
	respond_sleep(r);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_true(respond_reopened(r) == CLOCK_NONE);
	assert_true(plan_note(r, "undone", SLICE(STEP("isolation-1", ""))));
	respond_sleep(r);
	assert_true(respond_wake(r, false, why, sizeof why));
	assert_true(respond_reopened(r) > CLOCK_DAY);
	respond_close(&r);
	struct arena a = {0};
	struct work w = {.arena = &a};
	RUN(&w, "rm", "-r", dir);
	arena_free(&a);
}

static void test_commands(void **state)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct ran r = run(&w, (const char *const[]){"cat", NULL}, SLICE("a\0b"));
	assert_int_equal(r.status, 0);
	assert_true(slice_eq(r.out, SLICE("a\0b")));
	assert_int_equal(RUN(&w, "sh", "-c", "exit 7").status, 7);
	assert_int_equal(RUN(&w, "no-such-program").status, -1);
	assert_non_null(strstr(w.why, "there is no no-such-program"));
	assert_false(RUN_FINE(&w, "ls", "/no/such/place"));
	assert_non_null(strstr(w.why, "exit status 2"));
	/* arguments are arguments */
	assert_true(slice_eq(RUN(&w, "echo", "$(id); `id`").out, SLICE("$(id); `id`\n")));
	arena_free(&a);
}

/* A watch holds signals back, and ignores SIGPIPE: no program of the host is to. */
static void test_signals(void **state)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	sigset_t held, before;
	sigemptyset(&held);
	sigaddset(&held, SIGCHLD);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &before);
	signal(SIGPIPE, SIG_IGN);
	static const char none_held[] = "^SigBlk:\t0*$";
	static const char not_ignored[] = "^SigIgn:\t.*[02468ace]...$"; /* 0x1000: SIGPIPE */
	slice said =
	    RUN(&w, "grep", "-c", "-e", none_held, "-e", not_ignored, "/proc/self/status").out;
	assert_true(slice_eq(said, SLICE("2\n")));
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	arena_free(&a);
}

/* It has closed its output, and goes on: nobody waits longer for it than for one that is silent. */
static void test_no_end(void **state)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	const char *argv[] = {"sh", "-c", "exec >&- 2>&-; sleep 600", NULL};
	const struct asked q = {.argv = argv, .seconds = 1};
	assert_false(ask_lines(&w, &q, NULL, NULL));
	assert_non_null(strstr(w.why, "did not answer within 1 s"));
	arena_free(&a);
}

static void count_line(void *ctx, slice line)
{
	size_t *n = ctx;
	*n += line.len == 1000;
}

/* More than is ever kept of an output, line by line. */
static void test_run_lines(void **state)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	size_t n = 0;
	const char *argv[] = {"sh", "-c", "yes $(printf %01000d 0) | head -n 20000", NULL};
	assert_true(run_lines(&w, argv, count_line, &n));
	assert_int_equal(n, 20000);
	assert_false(run_lines(&w, (const char *[]){"sh", "-c", "echo no >&2; exit 3", NULL},
			       count_line, &n));
	assert_non_null(strstr(w.why, "exit status 3: no"));
	arena_free(&a);
}

#define HEAD_COMMENT "# tocsin isolate, keep: tocsin restore takes this away\n"
#define TAIL_COMMENT "# tocsin isolate, keep: end"

static void test_without_block(void **state)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} cases[] = {
	    {"a = b\n", "a = b\n"},
	    {"a = b\n" HEAD_COMMENT "c = d\n" TAIL_COMMENT "\n", "a = b\n"},
	    {"a = b\n" HEAD_COMMENT "c = d\n" TAIL_COMMENT "\ne = f\n", "a = b\ne = f\n"},
	    {HEAD_COMMENT "c = other\n# more\n" TAIL_COMMENT, ""},
	    {"a = b\n" HEAD_COMMENT "c = d\n", NULL},
	    {"c = d\n" TAIL_COMMENT "\n", NULL},
	    {TAIL_COMMENT "\n" HEAD_COMMENT, NULL},
	};
	struct arena a = {0};
	struct work w = {.arena = &a};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		slice rest;
		bool fine = main_cf_without(&w, slice_of(cases[i].text), "keep", &rest);
		if (fine != (cases[i].wanted != NULL) ||
		    (fine && !slice_eq(rest, slice_of(cases[i].wanted))))
			fail_msg("%s", cases[i].text);
	}
	arena_free(&a);
}

static void test_postfix_times(void **state)
{
	static const struct {
		const char *text;
		int64_t wanted;
	} cases[] = {
	    {"5d", 432000},  {"30", 2592000},
	    {"0", 0},        {"90s", 90},
	    {"2w", 1209600}, {"1h", 3600},
	    {"", -1},        {"d", -1},
	    {"5 d", -1},     {"-5d", -1},
	    {"5y", -1},      {"5dd", -1},
	    {"1m", 60},      {"9999999999999d", -1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (postfix_seconds(slice_of(cases[i].text), 86400) != cases[i].wanted)
			fail_msg("%s", cases[i].text);
}

static void test_doors(void **state)
{
	static const struct {
		const char *port;
		bool wanted;
	} cases[] = {
	    {"22", true}, {"65535", true}, {"25", false},  {"0", false},      {"65536", false},
	    {"", false},  {"imap", false}, {"22 ", false}, {"22, 25", false}, {"025", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (door_is_port(slice_of(cases[i].port)) != cases[i].wanted)
			fail_msg("%s", cases[i].port);
	assert_true(slice_eq(door_name(0), SLICE("submission"))); /* shut first, opened last */
	assert_int_equal(door_name(99).len, 0);
}

/* Lists that outlive a process, and what is no line of one. */
static void test_queue_kept(void **state)
{
	char dir[] = "/tmp/tocsin-queue-XXXXXX";
	assert_non_null(mkdtemp(dir));
	struct arena a = {0};
	struct work w = {.arena = &a, .state_dir = dir, .incident = SLICE("isolation-1")};
	struct queue_list l = {0}, back = {0};
	assert_true(queue_kept(&w, "list", &back)); /* none */
	assert_int_equal(back.len, 0);
	*list_add(&l) = (struct queued){.id = SLICE("B1"), .arrived_s = 20, .size = 3};
	*list_add(&l) = (struct queued){.id = SLICE("C1"), .arrived_s = 10, .size = 4};
	*list_add(&l) = (struct queued){.id = SLICE("A1"), .arrived_s = 20, .size = 5};
	queue_sort(&l);
	assert_true(queue_keep(&w, "list", &l));
	assert_true(queue_kept(&w, "list", &back));
	assert_int_equal(back.len, 3);
	assert_true(slice_eq(back.at[0].id, SLICE("C1"))); /* by arrival, then by id */
	assert_true(slice_eq(back.at[1].id, SLICE("A1")));
	assert_int_equal(back.at[1].size, 5);
	back.len = 0;
	assert_true(evidence_keep(&w, "list", SLICE("../x 1 2\n-d 1 2\nA\nA x 2\n\nB 1 2\n")).len);
	assert_true(queue_kept(&w, "list", &back));
	assert_int_equal(back.len, 1);
	list_free(&l);
	list_free(&back);
	RUN(&w, "rm", "-r", dir);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_account),       cmocka_unit_test(test_case),
	    cmocka_unit_test(test_refused),       cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_bare_host),     cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_run_lines),     cmocka_unit_test(test_without_block),
	    cmocka_unit_test(test_postfix_times), cmocka_unit_test(test_doors),
	    cmocka_unit_test(test_queue_kept),    cmocka_unit_test(test_still_wanted),
	    cmocka_unit_test(test_reopened),      cmocka_unit_test(test_by_hand),
	    cmocka_unit_test(test_signals),       cmocka_unit_test(test_no_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
