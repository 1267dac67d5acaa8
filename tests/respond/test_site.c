/* test_site.c - the blocks of a site in configuration, what is put in and taken out, what an answer
 * means. */
#include "respond/ask.h"
#include "respond/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NAME "mail.example.org"

struct found {
	const char *text;
	size_t blocks;
};

static void blocks_of(const struct found *cases, size_t n, site_each *each)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	for (size_t i = 0; i < n; i++) {
		struct site_blocks l = {0};
		slice text = slice_of(cases[i].text), was;
		site_find(each, text, SLICE(NAME), &l);
		if (l.len != cases[i].blocks)
			fail_msg("%zu blocks in: %s", l.len, cases[i].text);
		slice off = site_off(&w, text, &l, SLICE("before\n"), SLICE("inside\n"));
		assert_int_equal(site_is_off(off), l.len > 0);
		if (!site_on(&w, off, &was) || !slice_eq(was, text))
			fail_msg("not given back: %s", cases[i].text);
		list_free(&l);
	}
	arena_free(&a);
}

static void test_nginx(void **state)
{
	static const struct found cases[] = {
	    {"server {\n\tlisten 80;\n\tserver_name mail.example.org;\n}\n", 1},
	    {"http{server{server_name a.example \"Mail.Example.Org\";}}", 1},
	    {"server { server_name mail.example.org; }\nserver { server_name 'mail.example.org'; }",
	     2},
	    {"server { # mail.example.org }\n server_name a.example; }", 0},
	    {"server { location / { server_name mail.example.org; } }", 0},
	    {"server { return 301 https://${host}; server_name mail.example.org; }", 1},
	    {"server { add_header a \"}\"; server_name mail.example.org; }", 1},
	    {"server { add_header a \\}; server_name mail.example.org; }", 1},
	    {"upstream u { server mail.example.org; }", 0},
	    {"map $host $x { server mail.example.org; }", 0},
	    {"server { server_name mail.example.org.evil xmail.example.org; }", 0},
	    {"# server { server_name mail.example.org; }\n", 0},
	    {"server { server_name mail.example.org;", 0},
	    {"}}}server { server_name mail.example.org; }", 1},
	    {"server { set $a '\\", 0},
	    {"server { server_name mail.example.org\\", 0},
	    {"", 0},
	};
	blocks_of(cases, sizeof cases / sizeof *cases, site_each_nginx);
}

static void test_apache(void **state)
{
	static const struct found cases[] = {
	    {"<VirtualHost *:80>\nServerName mail.example.org\n</VirtualHost>\n", 1},
	    {"<virtualhost *:80>\r\n\tservername https://Mail.example.org:443\r\n</virtualhost>",
	     1},
	    {"<IfModule a>\n <VirtualHost _default_:443>\n  ServerAlias b.example "
	     "\"mail.example.org\"\n"
	     " </VirtualHost>\n</IfModule>\n",
	     1},
	    {"ServerName mail.example.org\n<VirtualHost *:80>\n</VirtualHost>\n", 0},
	    {"<VirtualHost *:80>\n#ServerName mail.example.org\n</VirtualHost>\n", 0},
	    {"<VirtualHost *:80>\nServerName mail.example.orgs\n</VirtualHost>\n", 0},
	    {"<VirtualHost *:80>\nServerName mail.example.org\n</VirtualHost>\n"
	     "<VirtualHost *:443>\nServerName mail.example.org\n</VirtualHost>",
	     2},
	    {"<VirtualHost *:80>\nServerName mail.example.org", 0},
	    {"<VirtualHost", 0},
	};
	blocks_of(cases, sizeof cases / sizeof *cases, site_each_apache);
}

/* Edits around the lines stay; a comment that is gone is said. */
static void test_given_back(void **state)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} cases[] = {
	    {"a\n", "a\n"},
	    {"a" SITE_HEAD "x\n" SITE_TAIL "b", "ab"},
	    {"new a" SITE_HEAD "changed\nmore\n" SITE_TAIL "b new", "new ab new"},
	    {SITE_HEAD SITE_TAIL "a" SITE_HEAD SITE_TAIL, "a"},
	    {"a" SITE_HEAD "x\n", NULL},
	    {"a\n" SITE_TAIL "b", NULL},
	    {"a" SITE_HEAD SITE_TAIL SITE_TAIL, NULL},
	};
	struct arena a = {0};
	struct work w = {.arena = &a};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		slice was;
		bool fine = site_on(&w, slice_of(cases[i].text), &was);
		if (fine != (cases[i].wanted != NULL) ||
		    (fine && !slice_eq(was, slice_of(cases[i].wanted))))
			fail_msg("%s", cases[i].text);
	}
	arena_free(&a);
}

static void test_wish(void **state)
{
	static const struct {
		const char *yaml, *says; /* NULL: fine */
		size_t allowed;
	} cases[] = {
	    {"site: mail.example.org\n", NULL, 0},
	    {"site: mail.example.org\nallow: [198.51.100.0/24, \"2001:db8::/32\"]\n", NULL, 2},
	    {"allow: [198.51.100.0/24]\n", "site is wanted", 0},
	    {"site: a b\n", "line 1: the name", 0},
	    {"site: a;}\n", "line 1: the name", 0},
	    {"site: [a]\n", "line 1: the name", 0},
	    {"site: a\nallow: 10.0.0.0/8\n", "line 2: a list", 0},
	    {"site: a\nallow: [10.0.0.0/8, office]\n", "line 2: \"office\" is no network", 0},
	    {"site: a\nnetworks: []\n", "line 2: there is no \"networks\"", 0},
	    {"", "line 1", 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = {0};
		struct work w = {.arena = &a};
		struct site_wish s;
		bool fine = site_read(&w, slice_of(cases[i].yaml), &s);
		if (fine != !cases[i].says || (fine && s.allow_count != cases[i].allowed) ||
		    (!fine && !strstr(w.why, cases[i].says)))
			fail_msg("%s: %s", cases[i].yaml, w.why);
		arena_free(&a);
	}
}

static void test_said(void **state)
{
	struct arena a = {0};
	struct work w = {.arena = &a};
	struct site_wish s;
	struct out before = {.fd = -1}, inside = {.fd = -1};
	assert_true(
	    site_read(&w, SLICE("site: a\nallow: [198.51.100.7/24, \"2001:db8::1\"]\n"), &s));
	site_say_nginx(&s, &before, &inside);
	assert_true(
	    slice_search((slice){before.at, before.len},
			 SLICE("default 1;\n\t198.51.100.0/24 0;\n\t2001:db8::1/128 0;\n")) !=
	    SIZE_MAX);
	before.len = inside.len = 0;
	site_say_apache(&s, &before, &inside);
	assert_true(slice_starts(
	    (slice){inside.at, inside.len},
	    SLICE("RewriteEngine On\nRewriteCond expr \"true && ! -R '198.51.100.0/24' && ! -R "
		  "'2001:db8::1/128'\"\n")));
	assert_true(slice_search((slice){inside.at, inside.len},
				 SLICE("<If \"true && ! -R '198.51.100.0/24' && ! -R "
				       "'2001:db8::1/128'\">\n")) != SIZE_MAX);
	out_close(&before);
	out_close(&inside);
	arena_free(&a);
}

static void test_paths(void **state)
{
	struct site_paths l = {0};
	site_paths_nginx(SLICE("# configuration file /etc/nginx/nginx.conf:\nhttp {}\n"
			       "# configuration file /etc/nginx/sites-enabled/a:\n"
			       "# configuration file relative:\n"
			       "# configuration file /etc/nginx/nginx.conf:\n"),
			 &l);
	assert_int_equal(l.len, 2);
	assert_true(slice_eq(l.at[1], SLICE("/etc/nginx/sites-enabled/a")));
	list_free(&l);
	site_paths_apache(
	    SLICE("VirtualHost configuration:\n"
		  "*:80                   is a NameVirtualHost\n"
		  "         default server a (/etc/apache2/sites-enabled/000.conf:1)\n"
		  "         port 80 namevhost a (/etc/apache2/sites-enabled/000.conf:1)\n"
		  "                 alias b\n"
		  "*:443                  c (/etc/apache2/sites-enabled/c.conf:12)\n"
		  "ServerRoot: \"/etc/apache2\"\n"),
	    &l);
	assert_int_equal(l.len, 2);
	assert_true(slice_eq(l.at[0], SLICE("/etc/apache2/sites-enabled/000.conf")));
	assert_true(slice_eq(l.at[1], SLICE("/etc/apache2/sites-enabled/c.conf")));
	list_free(&l);
}

static void test_judged(void **state)
{
	static const struct {
		struct site_answer https, http;
		enum closed wanted;
	} cases[] = {
	    {{0}, {0}, CLOSED_UNKNOWN},
	    {{503, true, false}, {503, true, false}, CLOSED_YES},
	    {{503, true, false}, {0}, CLOSED_YES},
	    {{503, true, false}, {301, false, true}, CLOSED_YES},
	    {{0}, {301, false, true}, CLOSED_UNKNOWN},
	    {{503, true, false}, {200, false, false}, CLOSED_NO},
	    {{200, false, false}, {503, true, false}, CLOSED_NO},
	    {{200, false, false}, {301, false, true}, CLOSED_NO},
	    {{503, false, false}, {0}, CLOSED_UNKNOWN}, /* something else is wrong there */
	    {{302, false, true}, {0}, CLOSED_UNKNOWN},
	    {{302, false, false}, {0}, CLOSED_NO},
	    {{404, false, false}, {503, true, false}, CLOSED_NO},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct site_answer all[] = {cases[i].https, cases[i].http};
		if (ask_judge(all, 2) != cases[i].wanted)
			fail_msg("%ld and %ld", all[0].status, all[1].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nginx),      cmocka_unit_test(test_apache),
	    cmocka_unit_test(test_given_back), cmocka_unit_test(test_wish),
	    cmocka_unit_test(test_said),       cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
