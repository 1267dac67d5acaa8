/* test_read.c - reports read back for verify: whole, or not at all and with a reason. */
#include "printed.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#define SHA   "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
#define CITED "{\"input\":0,\"offset\":7,\"length\":5,\"line\":2,\"sha256\":" SHA "}"
#define REPORT(rest)                                                                               \
	"{\"schema\":\"tocsin.report/1\",\"inputs\":[{\"path\":\"a.log\",\"sha256\":" SHA          \
	"}]" rest "}"
#define WITH(citation) REPORT(",\"incidents\":[{\"accesses\":[{\"evidence\":[" citation "]}]}]")

static const struct {
	const char *name, *json;
	const char *want; /* a citation's place, "" for none, or with '!' part of the reason */
} cases[] = {
    {"no claims", REPORT(""), ""},
    {"one", WITH(CITED), "incidents[0].accesses[0].evidence[0]"},
    {"second of a list", WITH(CITED "," CITED), "incidents[0].accesses[0].evidence[1]"},
    {"of no incident", REPORT(",\"findings\":[{},{\"evidence\":[" CITED "]}]"),
     "findings[1].evidence[0]"},
    {"under a name of tomorrow", REPORT(",\"new\":{\"deep\":[[{\"evidence\":[" CITED "]}]]}"),
     "new.deep[0][0].evidence[0]"},
    {"NUL in log text", REPORT(",\"title\":\"a\\u0000b\""), ""},
    {"nothing", "", "!line 1, column 0"},
    {"cut", "{\"schema\":\"tocsin.report/1\",\n\"inputs\":[", "!line 2, column"},
    {"an array", "[]", "!no report of tocsin"},
    {"other JSON", "{\"a\":1}", "!no report of tocsin"},
    {"a later version", "{\"schema\":\"tocsin.report/2\",\"inputs\":[]}", "!\"tocsin.report/2\""},
    {"no inputs", "{\"schema\":\"tocsin.report/1\"}", "!inputs: no list"},
    {"input without path", "{\"schema\":\"tocsin.report/1\",\"inputs\":[{}]}", "!inputs[0]: "},
    {"input is a text", "{\"schema\":\"tocsin.report/1\",\"inputs\":[\"a\"]}", "!inputs[0]: "},
    {"input's sum is short",
     "{\"schema\":\"tocsin.report/1\",\"inputs\":[{\"path\":\"a\",\"sha256\":\"00\"}]}",
     "!inputs[0]: \"sha256\""},
    {"two schemas", "{\"schema\":\"tocsin.report/1\",\"schema\":\"tocsin.report/1\",\"inputs\":[]}",
     "!duplicate"},
    {"evidence is no list", REPORT(",\"incidents\":[{\"evidence\":{}}]"),
     "!incidents[0].evidence:"},
    {"citation is a number", WITH("7"), "!accesses[0].evidence[0]: no citation"},
    {"input unknown", WITH("{\"input\":1,\"offset\":7,\"length\":5,\"line\":2,\"sha256\":" SHA "}"),
     "!\"input\""},
    {"input negative",
     WITH("{\"input\":-1,\"offset\":7,\"length\":5,\"line\":2,\"sha256\":" SHA "}"), "!\"input\""},
    {"offset a text",
     WITH("{\"input\":0,\"offset\":\"7\",\"length\":5,\"line\":2,\"sha256\":" SHA "}"),
     "!\"offset\""},
    {"length too large",
     WITH("{\"input\":0,\"offset\":7,\"length\":4294967296,\"line\":2,\"sha256\":" SHA "}"),
     "!\"length\""},
    {"line 0", WITH("{\"input\":0,\"offset\":7,\"length\":5,\"line\":0,\"sha256\":" SHA "}"),
     "!\"line\""},
    {"no sum", WITH("{\"input\":0,\"offset\":7,\"length\":5,\"line\":2}"), "!\"sha256\""},
    {"hostile key", REPORT(",\"\\u001b[2J\":{\"evidence\":1}"), "!\\x1b[2J.evidence"},
};

static void check(size_t i)
{
	struct report_file f;
	char why[400] = "";
	bool fine = report_read(slice_of(cases[i].json), &f, why, sizeof why);
	bool wants_error = cases[i].want[0] == '!';
	if (fine == wants_error)
		fail_msg("%s: %s", cases[i].name, fine ? "was read" : why);
	if (!fine) {
		if (!strstr(why, cases[i].want + 1))
			fail_msg("%s: want ...%s..., got %s", cases[i].name, cases[i].want + 1,
				 why);
		assert_int_equal(control_byte(slice_of(why)), SIZE_MAX);
		return;
	}
	slice where = f.citations.len ? f.citations.at[f.citations.len - 1].where : SLICE("");
	if (!slice_eq(where, slice_of(cases[i].want)))
		fail_msg("%s: want %s, got %.*s", cases[i].name, cases[i].want, (int)where.len,
			 where.at);
	report_file_free(&f);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(i);
}

static void test_deep(void **state)
{
	struct out o = {.fd = -1};
	struct report_file f;
	char why[400] = "";
	out_text(&o, "{\"schema\":\"tocsin.report/1\",\"inputs\":[],\"x\":");
	for (int i = 0; i < 1000; i++)
		out_char(&o, '[');
	for (int i = 0; i < 1000; i++)
		out_char(&o, ']');
	out_char(&o, '}');
	assert_false(report_read((slice){o.at, o.len}, &f, why, sizeof why));
	assert_non_null(strstr(why, "nested too deep"));
	out_close(&o);
}

/* What was written is read back, every citation with its place, record and sum. */
static void round_trip(void (*fixture)(struct report *))
{
	struct out o = print_json(fixture);
	struct report_file f;
	struct report r;
	char why[400] = "";
	if (!report_read(printed(o), &f, why, sizeof why))
		fail_msg("%s", why);
	fixture(&r);
	assert_int_equal(f.inputs.len, r.inputs.len);
	assert_memory_equal(&f.inputs.at[0].digest, &r.inputs.at[0].digest, sizeof(struct digest));
	assert_int_equal(f.inputs.at[1].bytes, r.inputs.at[1].bytes);
	const struct incident *in = &r.incidents.at[0];
	size_t want = 1 + 2 + in->accesses.len + in->changes.len + in->sent.len + in->findings.len +
		      r.findings.len;
	assert_int_equal(f.citations.len, want);
	const struct evidence *e = &in->entry.evidence.at[0];
	const struct citation *c = &f.citations.at[0];
	assert_true(slice_eq(c->where, SLICE("incidents[0].entry.evidence[0]")));
	assert_int_equal(c->offset, e->place.offset);
	assert_int_equal(c->length, e->place.length);
	assert_int_equal(c->line, e->place.line);
	assert_memory_equal(&c->digest, &e->digest, sizeof(struct digest));
	report_file_free(&f);
	report_free(&r);
	out_close(&o);
}

static void test_round_trip(void **state)
{
	round_trip(fixture_stolen);
	round_trip(fixture_hostile);
}

/* Every report cut short is refused; none of them is half read. */
static void test_cut(void **state)
{
	struct out o = print_json(fixture_stolen);
	for (size_t n = 0; n + 2 < o.len; n += 97) {
		struct report_file f;
		char why[400] = "";
		assert_false(report_read((slice){o.at, n}, &f, why, sizeof why));
		assert_true(why[0] != '\0');
		assert_int_equal(f.inputs.len + f.citations.len, 0);
	}
	out_close(&o);
}

/* A saved report tells what its logs could not show, as the first time. */
static void test_visibility(void **state)
{
	static const char json[] = REPORT(
	    ",\"visibility\":{\"seeing\":2,\"blind\":2,\"unseen\":[\"server-shell\",\"oauth-"
	    "consent\"],"
	    "\"rules\":[{\"id\":\"a\",\"title\":\"A\",\"level\":\"high\",\"why\":\"w\","
	    "\"setting\":\"give auth.log\",\"needs\":\"log\",\"method\":\"server-shell\"},"
	    "{\"id\":\"b\",\"title\":\"B\",\"level\":\"loud\",\"why\":\"w\",\"setting\":\"give the "
	    "tenant's\",\"needs\":\"tenant\",\"method\":\"oauth-consent\"}],"
	    "\"drift\":[{\"daemon\":\"dovecot\",\"from\":\"2026-03-11T00:00:00.000Z\","
	    "\"recognised_before\":99,\"recognised_since\":7,\"samples\":[\"x\"]}]}");
	static const char *const wanted[] = {
	    "2 of 4 rules", "give auth.log (1 rule, high: A", "no tenant is seen in these logs",
	    "99 % of its records were understood, since 2026-03-11 7 %"};
	struct report r;
	char why[400] = "";
	if (!report_load(slice_of(json), &r, why, sizeof why))
		fail_msg("%s", why);
	*list_add(&r.incidents) = (struct incident){.id = SLICE("T-1")};
	r.incidents.at[0].messages.at_most = UNKNOWN;
	r.recognised = 1;
	struct out text = print_report(&r, report_text, (struct report_style){.columns = 100});
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!strstr(text.at, wanted[i]))
			fail_msg("no \"%s\" in: %s", wanted[i], text.at);
	out_close(&text);
	report_load(slice_of(json), &r, why, sizeof why);
	assert_int_equal(r.sight.rules.at[0].needs, NEEDS_LOG);
	struct out again = {.fd = -1};
	report_json(&r, &again);
	out_char(&again, '\0');
	report_free(&r);
	assert_non_null(strstr(again.at, "\"unseen\":[\"server-shell\",\"oauth-consent\"]"));
	assert_non_null(strstr(again.at, "\"needs\":\"tenant\""));
	out_close(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),      cmocka_unit_test(test_deep),
	    cmocka_unit_test(test_round_trip), cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_visibility),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
