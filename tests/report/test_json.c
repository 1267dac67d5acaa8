/* test_json.c - tocsin.report/1 as a program reads it. */
#include "printed.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

static json_t *parse(struct out *o)
{
	json_error_t e;
	json_t *root = json_loadb(o->at, o->len - 1, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (!root)
		fail_msg("line %d, column %d: %s", e.line, e.column, e.text);
	return root;
}

/* "incidents.0.entry.method": the value there, or NULL. */
static const json_t *value_at(const json_t *value, const char *path)
{
	slice rest = slice_of(path);
	while (rest.len && value) {
		slice step = slice_until(&rest, '.');
		int64_t index;
		value = slice_is_number(step, &index) ? json_array_get(value, (size_t)index)
						      : json_object_getn(value, step.at, step.len);
	}
	return value;
}

/* Want: the value as compact JSON; NULL: there must be no such key. */
static const struct {
	const char *path, *want;
} values[] = {
    {"schema", "\"tocsin.report/1\""},
    {"tool", "{\"name\":\"tocsin\",\"version\":\"0.1.0\"}"},
    {"created", "\"2026-03-19T06:10:00.000Z\""},
    {"inputs.0.path", "\"mail1/mail.log\""},
    {"inputs.0.unrecognised", "9876"},
    {"inputs.0.formats", "{\"dovecot\":34802469}"},
    {"incidents.0.id", "\"T-20260317-1\""},
    {"incidents.0.severity", "\"critical\""},
    {"incidents.0.first_malicious", "\"2026-03-17T12:05:00.000Z\""},
    {"incidents.0.entry.method", "\"stolen-password\""},
    {"incidents.0.entry.source_ip", "\"203.0.113.147\""},
    {"incidents.0.entry.certainty", "\"likely\""},
    {"incidents.0.sources.0.country", "\"NL\""},
    {"incidents.0.accounts.0.compromised", "\"proven\""},
    {"incidents.0.sessions.0.body_bytes", "118034"},
    {"incidents.0.accesses.0.kind", "\"listing\""},
    {"incidents.0.accesses.0.uid", NULL},
    {"incidents.0.accesses.0.message_id", NULL},
    {"incidents.0.accesses.0.subject", NULL},
    {"incidents.0.accesses.0.secrets", NULL}, /* nobody looked */
    {"incidents.0.accesses.1.uid", "330"},
    {"incidents.0.accesses.1.secrets", "[\"password\"]"},
    {"incidents.0.accesses.2.secrets", "[]"}, /* looked, none found */
    {"incidents.0.accesses.3.part", "\"2\""},
    {"incidents.0.accesses.3.how", "\"webmail-download\""},
    {"incidents.0.accesses.9.times", "2"},
    {"incidents.0.accesses.9.evidence_more", "1"},
    {"incidents.0.accesses.1.evidence.0.input", "1"},
    {"incidents.0.accesses.1.evidence.0.line", "880021"},
    {"incidents.0.accesses.1.evidence.0.quote", NULL}, /* the log has it; a report names it */
    {"incidents.0.totals.messages", "{\"proven\":12,\"at_most\":55}"},
    {"incidents.0.totals.files", "{\"proven\":0}"},
    {"incidents.0.secrets", "{\"messages\":3,\"password\":2,\"iban\":1}"},
    {"incidents.0.changes.0.kind", "\"forwarding-rule\""},
    {"incidents.0.changes.0.active", "true"},
    {"incidents.0.sent.4.to", "[\"dossier@boite-libre.example\"]"},
    {"incidents.0.gaps.0.from", NULL},
    {"incidents.0.gaps.1.from", "\"2026-03-14T01:00:00.000Z\""},
    {"incidents.0.gaps.1.remedy", NULL},
    {"incidents.0.findings.0.techniques", "[\"T1078.003\"]"},
    {"incidents.0.findings.1.rule.level", "\"critical\""},
    {"incidents.0.verdicts.0.question", "\"how-they-got-in\""},
    {"incidents.0.verdicts.5.question", "\"who-fits\""},
    {"incidents.0.verdicts.5.certainty", NULL},
    {"incidents.0.verdicts.6", NULL},
    {"incidents.0.hypotheses.0.weight", "40"},
    {"findings.0.techniques", "[\"T1110.003\"]"},
    {"findings.0.count", "614"},
    {"counters.records", "41237035"},
    {"counters.shed", "0"},
};

static void test_values(void **state)
{
	struct out o = print_json(fixture_stolen);
	json_t *root = parse(&o);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const json_t *value = value_at(root, values[i].path);
		char *got = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
		const char *want = values[i].want;
		if (!got != !want || (got && strcmp(got, want) != 0))
			fail_msg("%s: want %s, got %s", values[i].path, want ? want : "no key",
				 got ? got : "no key");
		free(got);
	}
	json_decref(root);
	out_close(&o);
}

/* Law: nothing unknown is null, empty or minus one. */
static void assert_known(const json_t *value, const char *key)
{
	const char *name;
	json_t *member;
	if (json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
	    (json_is_integer(value) && json_integer_value(value) < 0))
		fail_msg("%s is written although it is unknown", key);
	for (size_t i = 0; i < json_array_size(value); i++)
		assert_known(json_array_get(value, i), key);
	json_object_foreach((json_t *)value, name, member) assert_known(member, name);
}

static void test_unknown(void **state)
{
	void (*const fixtures[])(struct report *) = {fixture_stolen, fixture_quiet, fixture_empty};
	for (size_t i = 0; i < 3; i++) {
		struct out o = print_json(fixtures[i]);
		json_t *root = parse(&o);
		assert_known(root, "the report");
		assert_true(json_is_array(json_object_get(root, "incidents")));
		assert_true(json_is_array(json_object_get(root, "findings")));
		assert_true(json_is_array(json_object_get(root, "inputs")));
		json_decref(root);
		out_close(&o);
	}
}

static void test_hostile(void **state)
{
	struct out o = print_json(fixture_hostile);
	assert_int_equal(control_byte(printed(o)), SIZE_MAX);
	assert_true(is_utf8(printed(o)));
	json_t *root = parse(&o);
	const json_t *subject = value_at(root, "incidents.0.accesses.1.subject");
	slice got = {json_string_value(subject), json_string_length(subject)};
	assert_true(slice_starts(got, SLICE("a\x1b[2J\x1b]0;x\a\r\n\t<script>")));
	assert_true(slice_search(got, SLICE("\xef\xbf\xbd")) != SIZE_MAX);
	const json_t *techniques = value_at(root, "incidents.0.findings.0.techniques");
	assert_int_equal(json_array_size(techniques), 1);
	json_decref(root);
	out_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
