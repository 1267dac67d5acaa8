/*
 * Files of several documents: collections, filters, placeholders.  Sections are of the Sigma
 * filters specification 2.1.0 and of the rules specification 2.1.0.
 */
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define ID(n) "id: 00000000-0000-4000-8000-00000000000" n "\n"
#define LS    "logsource: {product: toy, service: a}\n"
#define ANA   "detection: {s: {user: ana}, condition: s}\n"
#define RULE  "title: r\n" ID("1") "name: r\n" LS ANA "---\n"
#define FILTER(rules, rest)                                                                        \
	"title: f\nlogsource: {product: toy}\nfilter:\n    rules: " rules "\n    " rest "\n"
#define NOT_80 "s: {port: 80}\n    condition: not s"

static const struct row {
	const char *section, *rules, *event;
	const char *want; /* titles of the rules that hit, then complaints */
} rows[] = {
    {"action: global",
     "action: global\nlogsource: {product: toy}\nlevel: high\n---\ntitle: a\n" ID("1") ANA
     "---\ntitle: b\n" ID("2") "detection: {s: {port: 1}, condition: s}\n",
     "user=ana;port=1", "a b "},
    {"action: global, the rule's own wins, maps are joined",
     "action: global\nlogsource: {product: toy, service: x}\ndetection: {s: {user: ana}}\n---\n"
     "title: a\n" ID(
	 "1") "logsource: {service: a}\ndetection: {t: {port: 1}, condition: s and t}\n",
     "user=ana;port=1;host=a", "a "},
    {"action: global with the id of the collection",
     "action: global\ntitle: g\n" ID("1") "logsource: {product: toy}\n---\n" ANA "---\n"
					  "detection: {s: {port: 1}, condition: s}\n",
     "user=ana;port=1", "g g "},
    {"action: reset",
     "action: global\nlogsource: {product: toy}\n---\naction: reset\n---\ntitle: a\n" ID("1") ANA,
     "user=ana", "6:1 a rule without logsource\n"},
    {"action: repeat",
     "title: a\n" ID("1") "logsource: {product: toy}\n" ANA
			  "---\naction: repeat\ntitle: b\n" ID("2") "detection: {s: {user: bob}}\n",
     "user=bob", "b "},
    {"action: repeat of nothing", "action: repeat\ntitle: b\n", "user=bob",
     "1:1 nothing to repeat\n"},
    {"action: unknown", "action: globl\ntitle: b\n", "user=bob", "1:9 unknown action\n"},
    {"filter: by name", RULE FILTER("[r]", NOT_80), "user=ana;host=a;port=80", ""},
    {"filter: what it lets through", RULE FILTER("[r]", NOT_80), "user=ana;host=a;port=81", "r "},
    {"filter: by id", RULE FILTER("[00000000-0000-4000-8000-000000000001]", NOT_80),
     "user=ana;host=a;port=80", ""},
    {"filter: one name, no list", RULE FILTER("r", NOT_80), "user=ana;host=a;port=80", ""},
    {"filter: before its rule", FILTER("[r]", NOT_80) "---\n" RULE, "user=ana;host=a;port=80", ""},
    {"filter: any", RULE FILTER("any", NOT_80), "user=ana;host=a;port=80", ""},
    {"filter: two filters of one rule",
     RULE FILTER("[r]", NOT_80) "---\n" FILTER("[r]", "s: {ok: true}\n    condition: not s"),
     "user=ana;host=a;ok=true", ""},
    {"filter condition: and",
     RULE FILTER("[r]", "s: {port: 80}\n    t: {ok: true}\n    condition: s or t"),
     "user=ana;host=a;ok=true", "r "},
    {"Log source: of a filter",
     RULE "title: f\nlogsource: {product: toy, service: b}\nfilter:\n    rules: [r]\n    " NOT_80,
     "user=ana;host=a;port=80", "r 10:13 the filter is for another log source than 'r'\n"},
    {"Relative rules: missing", RULE FILTER("[q]", NOT_80), "user=ana;host=a;port=80",
     "r 10:13 no rule 'q' to filter\n"},
    {"Relative rules: an empty list is any, as pySigma has it", RULE FILTER("[]", NOT_80),
     "user=ana;host=a;port=80",
     "10:12 a filter of no rule by name is one of every rule of its log source\n"},
    {"Relative rules: any in a list", RULE FILTER("[any]", NOT_80), "user=ana;host=a;port=80", ""},
    {"Relative rules: an id in upper case",
     "title: r\nid: 00000000-0000-4000-8000-00000000000a\nname: r\n" LS ANA
     "---\n" FILTER("[00000000-0000-4000-8000-00000000000A]", NOT_80),
     "user=ana;host=a;port=80", ""},
    {"Relative rules: an id that is no UUID",
     "title: r\nid: 200113\n" LS ANA "---\n" FILTER("200113", NOT_80), "user=ana;host=a;port=81",
     "r 2:5 id '200113' is no UUID\n"},
    {"filter: without rules",
     RULE "title: f\nlogsource: {product: toy}\nfilter: {s: {port: 80}, condition: s}\n",
     "user=ana;host=a", "r 9:9 a filter without rules\n"},
    {"filter: without condition", RULE FILTER("[r]", "s: {port: 80}"), "user=ana;host=a",
     "r 10:5 no condition in filter\n"},
    {"filter: without log source",
     RULE "title: f\nfilter: {rules: any, s: {port: 8}, condition: s}", "user=ana;host=a",
     "r 7:1 a rule without logsource\n"},
};

#define EXPAND(field, value)                                                                       \
	"title: r\n" ID("1") "logsource: {product: toy}\ndetection: {s: {'" field "': " value      \
			     "}, condition: s}\n"

#define NOT(line, condition)                                                                       \
	"title: r\n" ID("1") "logsource: {product: toy}\ndetection:\n  t: {" line                  \
			     "}\n  s: {port: 1}\n  condition: " condition "\n"
#define NO_VALUES "placeholder '%none%' has no values: by this no rule holds\n"

static const struct row placeholder_rows[] = {
    {"Placeholders: several values", EXPAND("user|expand", "'%Admins%'"), "user=bob", "r "},
    {"Placeholders: a pattern", EXPAND("user|expand", "'%Admins%'"), "user=adm_7", "r "},
    {"Placeholders: none of them", EXPAND("user|expand", "'%Admins%'"), "user=eve", ""},
    {"Placeholders: letter case of the name", EXPAND("user|expand", "'%admins%'"), "user=bob",
     "r "},
    {"Placeholders: with text around it", EXPAND("user|expand", "'x-%one%-y'"), "user=x-1-y", "r "},
    {"Placeholders: two in a value", EXPAND("user|expand", "'%one%%Admins%'"), "user=1bob", "r "},
    {"Placeholders: only with expand", EXPAND("user", "'%one%'"), "user=%one%", "r "},
    {"Placeholders: an escaped percent", EXPAND("user|expand", "'\\%one%one%'"), "user=%one1",
     "r "},
    {"Placeholders: other values beside it", EXPAND("user|expand", "['%none%', eve]"), "user=eve",
     "r 4:33 placeholder '%none%' has no values: by this no rule holds\n"},
    {"Placeholders: without values", EXPAND("user|expand", "'%none%'"), "user=%none%",
     "4:32 placeholder '%none%' has no values: by this no rule holds\n"},
    {"Placeholders: without values, under not: the rule is as good as rejected",
     NOT("'user|expand': '%none%'", "s and not t"), "user=eve;port=1", "5:22 " NO_VALUES},
    {"Placeholders: without values, under not and not",
     NOT("'user|expand': ['%none%', eve]", "s and not (s and not t)"), "user=eve;port=1",
     "r 5:23 " NO_VALUES},
    {"Placeholders: without values, under not and or",
     NOT("'user|expand': '%none%'", "s and not (t or t)"), "user=eve;port=1", "5:22 " NO_VALUES},
    {"Placeholders: without values, under not, beside what does not hold",
     NOT("'user|expand': '%none%', port: 2", "s and not t"), "user=eve;port=1",
     "r 5:22 " NO_VALUES},
    {"Placeholders: without values, of neq", EXPAND("user|expand|neq", "'%none%'"), "user=eve",
     "4:36 " NO_VALUES},
    {"Placeholders: an empty list", EXPAND("user|expand", "'%nobody%'"), "user=eve", ""},
    {"Placeholders: an empty list, under not", NOT("'user|expand': '%nobody%'", "s and not t"),
     "user=eve;port=1", "r "},
    {"Placeholders: an empty list, of neq", EXPAND("user|expand|neq", "'%nobody%'"), "user=eve",
     "r "},
    {"Placeholders: contains", EXPAND("user|contains|expand", "'%one%'"), "user=a1b", "r "},
    {"Placeholders: all", EXPAND("user|expand|contains|all", "['%one%', '%Admins%']"), "user=1 bob",
     "r "},
    {"Placeholders: cidr", EXPAND("ip|expand|cidr", "'%nets%'"), "ip=192.0.2.9", "r "},
    {"Placeholders: re", EXPAND("user|re|expand", "'^%one%+$'"), "user=111", "r "},
    {"Placeholders: keywords",
     "title: r\n" ID("1") "logsource: {product: toy}\ndetection: {s: {'|expand': '%one%'}, "
			  "condition: s}\n",
     "line=x1x", "r "},
};

struct said {
	char text[512];
};

static void note(void *ctx, bool warning, const char *path, int line, int column, const char *what,
		 const char *expected)
{
	struct said *s = ctx;
	size_t len = strlen(s->text);
	snprintf(s->text + len, sizeof s->text - len, "%d:%d %s\n", line, column, what);
}

static void hit(void *ctx, const struct sigma_hit *h)
{
	struct said *s = ctx;
	size_t len = strlen(s->text);
	snprintf(s->text + len, sizeof s->text - len, "%s ", h->rule->title);
}

/* The hits stand before the complaints. */
static void check(const struct row *r)
{
	static const char *const admins[] = {"bob", "adm_*"}, *const one[] = {"1"},
				 *const nets[] = {"192.0.2.0/24", "10.0.0.0/8"};
	struct said notes = {""}, hits = {""};
	char got[1100];
	struct sigma *s = sigma_new(&toy_schema, note, &notes);
	sigma_placeholder(s, "Admins", admins, 2);
	sigma_placeholder(s, "one", one, 1);
	sigma_placeholder(s, "nets", nets, 2);
	sigma_placeholder(s, "nobody", nets, 0);
	sigma_load_text(s, "test.yml", slice_of(r->rules));
	sigma_ready(s);
	struct toy_event e = toy_event(slice_of(r->event));
	sigma_feed(s, &e, 0, NULL, hit, &hits);
	sigma_free(&s);
	snprintf(got, sizeof got, "%s%s", hits.text, notes.text);
	if (strcmp(got, r->want) != 0)
		fail_msg("%s: got '%s', want '%s'", r->section, got, r->want);
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i]);
}

static void test_placeholders(void **state)
{
	for (size_t i = 0; i < sizeof placeholder_rows / sizeof *placeholder_rows; i++)
		check(&placeholder_rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
					   cmocka_unit_test(test_placeholders)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
