/* test_rest.c - what doveconf says of password databases; lines put to rest and woken. */
#include "respond/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char conf_2_3[] = "auth_master_user_separator = *\n"
			       "passdb {\n"
			       "  args = username_format=%u /etc/dovecot/tocsin.deny\n"
			       "  deny = yes\n"
			       "  driver = passwd-file\n"
			       "}\n"
			       "passdb {\n"
			       "  driver = pam\n"
			       "}\n"
			       "service auth {\n"
			       "  unix_listener auth {\n"
			       "    mode = 0600\n"
			       "  }\n"
			       "}\n"
			       "passdb {\n"
			       "  args = scheme=CRYPT username_format=%n /etc/dovecot/apps/%d\n"
			       "  driver = passwd-file\n"
			       "}\n"
			       "passdb {\n"
			       "  args = /etc/dovecot/master-users\n"
			       "  driver = passwd-file\n"
			       "  master = yes\n"
			       "}\n";
static const char conf_2_4[] = "passdb passwd-file {\n"
			       "  passwd_file_path = /etc/dovecot/users\n"
			       "  fields {\n"
			       "    driver = sql\n"
			       "  }\n"
			       "}\n"
			       "passdb apps {\n"
			       "  auth_username_format = %{user | username}\n"
			       "  driver = passwd-file\n"
			       "  passwd_file_path = /etc/dovecot/apps/%{user | domain}\n"
			       "}\n"
			       "passdb admin {\n"
			       "  driver = passwd-file\n"
			       "  master = yes\n"
			       "  passwd_file_path = /etc/dovecot/master-users\n"
			       "}\n";

static void test_passdbs(void **state)
{
	static const struct {
		const char *conf, *wanted;
	} cases[] = {
	    {conf_2_3, "passwd-file /etc/dovecot/tocsin.deny %u D|pam   -|passwd-file "
		       "/etc/dovecot/apps/%d %n -|passwd-file /etc/dovecot/master-users  M|"},
	    {conf_2_4, "passwd-file /etc/dovecot/users  -|passwd-file /etc/dovecot/apps/%{user | "
		       "domain} %{user | username} -|passwd-file /etc/dovecot/master-users  M|"},
	    {"", ""},
	    {"passdb {\n", "   -|"},
	    {"}\n}\npassdb x {\n}\n", "x   -|"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = {0};
		struct work w = {.arena = &a};
		struct passdbs l = {0};
		struct out o = {.fd = -1};
		doveconf_passdbs(&w, slice_of(cases[i].conf), &l);
		for (size_t k = 0; k < l.len; k++) {
			out_slice(&o, l.at[k].driver);
			out_text(&o, " ");
			out_slice(&o, l.at[k].path);
			out_text(&o, " ");
			out_slice(&o, l.at[k].format);
			out_text(&o, l.at[k].deny ? " D" : l.at[k].master ? " M" : " -");
			out_text(&o, "|");
		}
		out_char(&o, 0);
		assert_string_equal(o.at, cases[i].wanted);
		out_close(&o);
		free(l.at);
		arena_free(&a);
	}
}

static void test_paths(void **state)
{
	static const struct {
		const char *path, *wanted;
	} cases[] = {
	    {"/etc/dovecot/users", "/etc/dovecot/users"},
	    {"/etc/apps/%d/%n", "/etc/apps/example.org/ana"},
	    {"/etc/apps/%{user | domain}/%{user}", "/etc/apps/example.org/ana@example.org"},
	    {"/etc/apps/%u", "/etc/apps/ana@example.org"},
	    {"/etc/apps/%Lu", ""}, /* a variable that is not known: no guess */
	    {"/etc/apps/100%", ""},
	};
	struct arena a = {0};
	struct work w = {.arena = &a};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(arena_text(&a, doveconf_path(&w, slice_of(cases[i].path),
								 SLICE("ana@example.org"))),
				    cases[i].wanted);
	static const slice out[] = {SLICE_INIT(".."), SLICE_INIT("..@example.org"),
				    SLICE_INIT("ana@.."), SLICE_INIT("../../etc@x")};
	for (size_t i = 0; i < sizeof out / sizeof *out; i++)
		assert_int_equal(doveconf_path(&w, SLICE("/etc/apps/%d/%n"), out[i]).len, 0);
	arena_free(&a);
}

static bool is_ana(struct work *w, slice line, void *ctx)
{
	return slice_starts(line, SLICE("ana:"));
}

static void test_rest(void **state)
{
	static const struct {
		const char *former, *now, *wanted; /* now: what somebody made of it since; NULL */
	} cases[] = {
	    {"ana:x\nbob:y\n", NULL, "ana:x\nbob:y\n"},
	    {"bob:y\nana:x", NULL, "bob:y\nana:x"},
	    {"", NULL, ""},
	    {"#tocsin# ana:x\nana:x\n", NULL, "#tocsin# ana:x\nana:x\n"},
	    {"ana:x\n", "#tocsin# ana:x\neve:z\n", "ana:x\neve:z\n"},
	    {"ana:x\n", "#tocsin# ana:x\n#tocsin# bob:y\n", "ana:x\n#tocsin# bob:y\n"},
	    {"ana:x\n", "eve:z\n", "eve:z\n"},
	};
	struct arena once = {0};
	struct work v = {.arena = &once};
	slice text = SLICE("bob:y\nana:x\n#ana:z\n#tocsin# ana:v\nana:w");
	assert_true(
	    slice_eq(rest_of(&v, text, is_ana, NULL),
		     SLICE("bob:y\n#tocsin# ana:x\n#ana:z\n#tocsin# ana:v\n#tocsin# ana:w")));
	assert_int_equal(rest_count(&v, text, is_ana, NULL), 2);
	arena_free(&once);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = {0};
		struct work w = {.arena = &a};
		slice former = slice_of(cases[i].former);
		slice now =
		    cases[i].now ? slice_of(cases[i].now) : rest_of(&w, former, is_ana, NULL);
		assert_int_equal(rest_count(&w, now, is_ana, NULL), 0);
		slice got = woken_of(&w, now, former, is_ana, NULL);
		assert_string_equal(arena_text(&a, got), cases[i].wanted);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_passdbs),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
