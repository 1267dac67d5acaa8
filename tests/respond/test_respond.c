/* test_respond.c - who may be named to a program, what a report asks for, plans and their journal.
 */
#include "respond/case.h"

#include <setjmp.h>
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
	};
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
	"{\"ip\":\"198.51.100.1\",\"certainty\":\"possible\"}],\"changes\":["                      \
	"{\"kind\":\"forwarding-rule\",\"account\":\"ana@example.org\",\"active\":true},"          \
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
	assert_int_equal(c.left_out.len, 4);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_account),   cmocka_unit_test(test_case),
	    cmocka_unit_test(test_refused),   cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_bare_host), cmocka_unit_test(test_commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
