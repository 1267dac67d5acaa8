/*
 * Processing pipelines (pySigma's documentation, Processing Pipelines): what each step and each
 * condition makes of a rule, seen by what the rule then matches; and what is refused, and where.
 */
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct row {
	const char *name, *steps, *detection; /* indented by two, by four */
	const char *hits[5], *misses[5];
};

#define T "transformations:\n"
#define MAP                                                                                        \
	T "- {type: field_name_mapping, mapping: {account: user, any: [user, host], gone: []}}\n"
#define C       "    condition: s\n"
#define S(line) "    s: {" line "}\n" C

static const struct row rows[] = {
    {"nothing to do", "name: x\n", S("user: ana"), {"user=ana"}, {"user=bob"}},
    {"field_name_mapping: one name", MAP, S("account: ana"), {"user=ana"}, {"user=bob"}},
    {"field_name_mapping: modifiers stay",
     MAP,
     S("account|startswith: [a, b]"),
     {"user=ana", "user=bob"},
     {"user=xa"}},
    {"field_name_mapping: several names are or",
     MAP,
     S("any: ana, port: 1"),
     {"user=ana;port=1", "host=ana;port=1"},
     {"user=ana", "host=bob;port=1"}},
    {"field_name_mapping: several names, negated",
     MAP,
     "    s: {port: 1}\n    t: {any: ana}\n    condition: s and not t\n",
     {"port=1", "port=1;user=bob"},
     {"port=1;user=ana", "port=1;host=ana"}},
    {"field_name_mapping: no names drop the line",
     MAP,
     S("gone: x, user: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"field_name_mapping: in a list of maps",
     MAP,
     "    s:\n        - {any: ana}\n        - {account: bob, port: 1}\n" C,
     {"host=ana", "user=bob;port=1"},
     {"user=bob", "host=bob;port=1"}},
    {"field_name_mapping: values of fieldref",
     T "- {type: field_name_mapping, mapping: {other: host}}\n",
     S("user|fieldref: other"),
     {"user=a;host=a"},
     {"user=a;host=b", "user=a"}},
    {"field_name_mapping: keywords",
     T "- {type: field_name_mapping, mapping: {null: line}}\n",
     "    s: [evil, bad]\n" C,
     {"line=an evil one", "line=bad"},
     {"user=evil"}},
    {"field_name_prefix_mapping",
     T "- {type: field_name_prefix_mapping, mapping: {win.: '', x.: [us, ho]}}\n",
     "    s: {win.user: ana}\n    t: {x.er: ana}\n    condition: 1 of them\n",
     {"user=ana"},
     {"host=ana"}},
    {"field_name_suffix and prefix",
     T "- {type: field_name_suffix, suffix: er}\n- {type: field_name_prefix, prefix: u}\n",
     S("s: ana"),
     {"user=ana"},
     {"host=ana"}},
    {"field_name_transform",
     T "- {type: field_name_transform, transform_func: lower, mapping: {X: host}}\n",
     S("USER: ana, X: b"),
     {"user=ana;host=b"},
     {"user=ana"}},
    {"include_fields",
     T "- type: field_name_suffix\n  suffix: r\n  field_name_conditions:\n  - {type: "
       "include_fields, fields: [use]}\n",
     S("use: ana, host: b"),
     {"user=ana;host=b"},
     {"user=ana"}},
    {"include_fields: one name in place of a list",
     T "- type: field_name_suffix\n  suffix: r\n  field_name_conditions:\n  - {type: "
       "include_fields, fields: use}\n",
     S("use: ana, host: b"),
     {"user=ana;host=b"},
     {"user=ana"}},
    {"field_name_cond_op any is or",
     T
     "- type: field_name_suffix\n  suffix: r\n  field_name_cond_op: any\n  field_name_conditions:\n"
     "  - {type: include_fields, fields: use}\n  - {type: include_fields, fields: x}\n",
     S("use: ana, host: b"),
     {"user=ana;host=b"},
     {"user=ana"}},
    {"exclude_fields, expressions",
     T "- type: field_name_suffix\n  suffix: r\n  field_name_conditions:\n  - {type: "
       "exclude_fields, fields: ['h.*', po], mode: re}\n",
     S("use: ana, host: b, port: 1"),
     {"user=ana;host=b;port=1"},
     {"user=ana"}},
    {"drop_detection_item",
     T "- type: drop_detection_item\n  detection_item_conditions: [{type: match_string, cond: any, "
       "pattern: '\\*?bad'}]\n",
     S("user|endswith: bad, host: b"),
     {"host=b"},
     {"user=bad"}},
    {"drop_detection_item: a value of several",
     T "- type: drop_detection_item\n  detection_item_conditions: [{type: match_value, cond: all, "
       "value: x}]\n",
     S("user: [x, y], host: b"),
     {"host=b;user=x"},
     {"host=b"}},
    {"drop_detection_item: of a whole search, conditions go on without it",
     T "- type: drop_detection_item\n  field_name_conditions: [{type: include_fields, fields: "
       "[gone]}]\n",
     "    s: {user: ana}\n    t: {gone: 1}\n    f1: [{gone: 2}]\n    f2: {port: 1}\n"
     "    condition: s and t and not f1 and not 1 of f* or not t\n",
     {"user=ana"},
     {"user=bob", "user=ana;port=1"}},
    {"is_null",
     T "- type: drop_detection_item\n  detection_item_conditions: [{type: is_null, cond: any}]\n",
     S("user: null, host: b"),
     {"host=b;user=a"},
     {"user=a"}},
    {"contains_wildcard, negated",
     T "- type: drop_detection_item\n  detection_item_cond_not: true\n  "
       "detection_item_conditions: [{type: contains_wildcard, cond: any}]\n",
     S("user: a*, host: b"),
     {"user=ax"},
     {"host=b"}},
    {"add_condition",
     T "- {type: add_condition, conditions: {action: login, port: [1, 2]}}\n",
     S("user: ana"),
     {"action=login;port=2;user=ana"},
     {"user=ana", "action=login;port=3;user=ana"}},
    {"add_condition: negated, named, or in the rule",
     T "- {type: add_condition, name: _x, negated: true, conditions: {port: 1}}\n",
     "    s: {user: ana}\n    t: {user: bob}\n    condition: s or t\n",
     {"user=ana;port=2", "user=bob"},
     {"user=ana;port=1", "user=bob;port=1"}},
    {"add_condition: template",
     T "- {type: add_condition, template: true, conditions: {host: '${product}-$product$$'}}\n",
     S("user: ana"),
     {"user=ana;host=toy-toy$"},
     {"user=ana;host=toy"}},
    {"change_logsource",
     T "- {type: change_logsource, product: toy, service: mail}\n",
     S("user: ana"),
     {"user=ana;host=mail"},
     {"user=ana;host=web"}},
    {"logsource: fits",
     T "- type: field_name_suffix\n  suffix: r\n  rule_conditions: [{type: logsource, product: "
       "toy}]\n",
     S("use: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"logsource: another",
     T "- type: field_name_suffix\n  suffix: r\n  rule_conditions: [{type: logsource, product: "
       "toy, service: x}]\n",
     S("user: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"rule_cond_op or, rule_cond_not",
     T "- type: field_name_suffix\n  suffix: r\n  rule_cond_op: or\n  rule_conditions:\n  - {type: "
       "logsource, product: other}\n  - {type: contains_field, field: use}\n"
       "- type: field_name_suffix\n  suffix: zz\n  rule_cond_not: true\n  rule_conditions:\n  - "
       "{type: contains_field, field: user}\n",
     S("use: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"rule_cond_expr",
     T "- type: field_name_suffix\n  suffix: r\n  rule_cond_expr: a and not (b or c)\n  "
       "rule_conditions:\n    a: {type: is_sigma_rule}\n    b: {type: "
       "is_sigma_correlation_rule}\n    c: {type: tag, tag: attack.t9}\n",
     S("use: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"contains_detection_item, rule_attribute, tag",
     T "- type: field_name_suffix\n  suffix: r\n  rule_conditions:\n  - {type: "
       "contains_detection_item, field: use, value: ana}\n  - {type: rule_attribute, attribute: "
       "level, value: low, op: gte}\n  - {type: rule_attribute, attribute: tags, value: attack.t1, "
       "op: in}\n  - {type: tag, tag: attack.t1}\n",
     S("use: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"processing_item_applied: rule and line",
     T "- {id: one, type: field_name_mapping, mapping: {us: use}}\n"
       "- type: field_name_suffix\n  suffix: r\n  rule_conditions: [{type: "
       "processing_item_applied, processing_item_id: one}]\n  detection_item_conditions: [{type: "
       "processing_item_applied, processing_item_id: one}]\n",
     S("us: ana, host: b"),
     {"user=ana;host=b"},
     {"user=ana"}},
    {"set_state, processing_state",
     T "- {type: set_state, key: k, val: v}\n- type: field_name_suffix\n  suffix: r\n  "
       "rule_conditions: [{type: processing_state, key: k, val: v}]\n- type: field_name_suffix\n  "
       "suffix: zz\n  rule_conditions: [{type: processing_state, key: k, val: w}]\n",
     S("use: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"set_custom_attribute",
     T
     "- {type: set_custom_attribute, attribute: mine, value: 3}\n- type: field_name_suffix\n  "
     "suffix: r\n  rule_conditions: [{type: rule_attribute, attribute: mine, value: 2, op: gt}]\n",
     S("use: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"nest",
     T "- type: nest\n  rule_conditions: [{type: logsource, product: toy}]\n  items:\n  - {type: "
       "field_name_suffix, suffix: e}\n  - {type: field_name_suffix, suffix: r}\n",
     S("us: ana"),
     {"user=ana"},
     {"user=bob"}},
    {"replace_string: all of the text",
     T "- {type: replace_string, regex: '^\\*(\\w+)\\*$', replacement: 'x\\1*'}\n",
     S("user|contains: ana"),
     {"user=xanab"},
     {"user=ana", "user=yxana"}},
    {"replace_string: captures by name, numbers too",
     T "- {type: replace_string, regex: '(?P<d>\\d)0', replacement: '\\g<d>\\g<1>'}\n",
     S("port: 80"),
     {"port=88"},
     {"port=80"}},
    {"replace_string: backslashes stay single",
     T "- {type: replace_string, regex: 'C:', replacement: 'D:'}\n",
     S("line|contains: 'C:\\a\\b'"),
     {"line=xD:\\a\\by"},
     {"line=C:\\a\\b"}},
    {"replace_string: wildcards left alone",
     T "- {type: replace_string, regex: 'a', replacement: '*', skip_special: true}\n",
     S("user: 'a?a'"),
     {"user=*b*"},
     {"user=aba", "user=xbx"}},
    {"replace_string: wildcards made",
     T "- {type: replace_string, regex: 'a', replacement: '*', skip_special: true, "
       "interpret_special: true}\n",
     S("user: 'a?a'"),
     {"user=xyz"},
     {"user="}},
    {"map_string",
     T "- {type: map_string, mapping: {one: [1, 2], '*x*': y}}\n",
     "    s: {port: one}\n    t: {user|contains: [x, z]}\n    condition: s or t\n",
     {"port=2", "user=y", "user=azb"},
     {"port=3", "user=ax"}},
    {"case", T "- {type: case, method: upper}\n", S("user|cased: ana"), {"user=ANA"}, {"user=ana"}},
    {"case: snake_case",
     T "- {type: case, method: snake_case}\n",
     S("user|cased: someThing"),
     {"user=some_thing"},
     {"user=something"}},
    {"set_value",
     T "- type: set_value\n  value: bob\n  field_name_conditions: [{type: include_fields, fields: "
       "[user]}]\n",
     S("user|contains: [a, b], port: 1"),
     {"user=bob;port=1"},
     {"user=abobo;port=1", "user=a;port=1"}},
    {"convert_type",
     T "- {type: convert_type, target_type: num}\n",
     S("port: '22'"),
     {"port=22"},
     {"port=2"}},
    {"regex",
     T "- {type: regex}\n",
     S("user|startswith: a.b"),
     {"user=A.Bc"},
     {"user=axb", "user=xa.b"}},
    {"regex: plain",
     T "- {type: regex, method: plain}\n",
     S("user: 'a?b'"),
     {"user=axb"},
     {"user=AxB", "user=axbc"}},
    {"value_placeholders",
     "vars: {admins: [root, 'adm*'], n: 7}\n" T "- {type: value_placeholders}\n",
     S("user|expand: ['%admins%', 'x%n%y', '50\\%']"),
     {"user=root", "user=admin", "user=x7y", "user=50%"},
     {"user=%admins%", "user=ana"}},
    {"value_placeholders: combinations, contains",
     "vars: {a: [1, 2], b: [3, 4]}\n" T "- {type: value_placeholders}\n",
     S("user|contains|expand: '%a%-%b%'"),
     {"user=x1-3x", "user=2-4"},
     {"user=1-2"}},
    {"value_placeholders, then wildcard_placeholders",
     "vars: {a: 1}\n" T "- {type: value_placeholders, include: [a]}\n- {type: "
     "wildcard_placeholders}\n",
     S("user|expand: '%a%x%b%'"),
     {"user=1xq"},
     {"user=2xq"}},
    {"extract_fields: a line for each group",
     T "- {type: extract_fields, regex: '(?P<user>[a-z]+):(?P<port>\\d+)'}\n",
     S("line: 'ana:80'"),
     {"user=ana;port=80"},
     {"user=ana", "port=80", "line=ana:80", "user=ana;port=81"}},
    {"extract_fields: several values are or, unmatched ones are left out",
     T "- {type: extract_fields, regex: '(?P<user>[a-z]+):(?P<port>\\d+)'}\n",
     S("line: ['ana:80', 'bob:81', 'x']"),
     {"user=ana;port=80", "user=bob;port=81"},
     {"user=ana;port=81", "line=x"}},
    {"extract_fields: or stay",
     T "- {type: extract_fields, regex: '(?P<user>[a-z]+):', preserve_unmatched: true}\n",
     S("line: ['ana:80', '8*']"),
     {"user=ana", "line=8", "line=89"},
     {"line=ana:80"}},
    {"extract_fields: all is and",
     T "- {type: extract_fields, regex: '(?P<user>a)|h(?P<host>b)'}\n",
     S("line|all: ['a', 'hb']"),
     {"user=a;host=b"},
     {"user=a", "host=b"}},
    {"extract_fields: nothing matches, the line stays",
     T "- {type: extract_fields, regex: '(?P<user>[a-z]+):'}\n",
     S("line: '80'"),
     {"line=80"},
     {"user=80"}},
    {"extract_fields: null, a zero in front",
     T "- {type: extract_fields, regex: '(?P<user>\\w+):(?P<host>\\w+)'}\n",
     S("line: 'none:007'"),
     {"host=007"},
     {"host=007;user=none", "host=7"}},
    {"extract_fields: for a field alone, with a prefix that a mapping knows",
     T "- {type: extract_fields, regex: '(?P<u>[a-z]+)', field_prefix: r, field_name_conditions: "
       "[{type: include_fields, fields: [line]}]}\n"
       "- {type: field_name_mapping, mapping: {r.u: user}}\n",
     S("line: ana9, host: bob"),
     {"user=ana;host=bob"},
     {"user=ana", "line=ana9;host=bob"}},
    {"hashes_fields",
     T "- {type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: '', field_to_parse: "
       "[Hashes]}\n- {type: field_name_mapping, mapping: {MD5: user, SHA1: host}}\n",
     S("Hashes|contains: ['MD5=987B65CD9B9F4E9A1AFD8F8B48CF64A7', 'SHA1=5F1C']"),
     {"user=987B65CD9B9F4E9A1AFD8F8B48CF64A7", "host=5F1C"},
     {"user=5F1C"}},
    {"texts are not expressions, networks, numbers compared",
     T "- {type: case, method: upper}\n- {type: set_state, key: a, val: b}\n",
     S("user|re: '^a.b$', ip|cidr: 192.0.2.0/24, port|gt: 1"),
     {"user=a.b;ip=192.0.2.9;port=2"},
     {"user=A.B;ip=192.0.2.9;port=2"}},
    {"postprocessing is passed over",
     "postprocessing: [{type: embed}]\nfinalizers: []\n" MAP,
     S("account: ana"),
     {"user=ana"},
     {"user=bob"}},
};

static struct sigma *rule_with(const char *pipeline, const char *detection, struct toy_notes *notes,
			       bool *fine)
{
	char text[4096];
	struct sigma *s = sigma_new(&toy_schema, toy_note, notes);
	int len = snprintf(text, sizeof text,
			   "title: t\nid: 00000000-0000-4000-8000-000000000001\nlevel: high\n"
			   "logsource: {product: toy}\ntags: [attack.t1]\ndetection:\n%s",
			   detection);
	assert_in_range(len, 1, sizeof text - 1);
	*notes = (struct toy_notes){.len = 0};
	*fine = sigma_pipeline_text(s, "pipe.yml", slice_of(pipeline));
	*fine &= sigma_load_text(s, "test.yml", slice_of(text));
	*fine &= sigma_ready(s);
	return s;
}

static void test_steps(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct toy_notes notes;
		bool fine;
		struct sigma *s = rule_with(r->steps, r->detection, &notes, &fine);
		if (!fine)
			fail_msg("%s: %s", r->name, notes.text);
		for (size_t k = 0; k < 5 && r->hits[k]; k++)
			if (!toy_hits(s, r->hits[k]))
				fail_msg("%s: no hit for %s (%s)", r->name, r->hits[k], notes.text);
		for (size_t k = 0; k < 5 && r->misses[k]; k++)
			if (toy_hits(s, r->misses[k]))
				fail_msg("%s: a hit for %s", r->name, r->misses[k]);
		sigma_free(&s);
	}
}

static const struct {
	const char *name, *steps, *detection, *want;
} refused[] = {
    {"unknown type", T "- type: field_name_maping\n", S("user: a"),
     "error 2:9 unknown transformation 'field_name_maping' [did you mean "
     "'field_name_mapping'?]\n"},
    {"no type", T "- id: x\n", S("user: a"),
     "error 2:3 a transformation without type [type: ...]\n"},
    {"unknown attribute", T "- {type: field_name_suffix, suffx: a}\n", S("user: a"),
     "error 2:29 field_name_suffix has no 'suffx' [did you mean 'suffix'?]\n"},
    {"attribute missing", T "- {type: field_name_suffix}\n", S("user: a"),
     "error 2:3 field_name_suffix without 'suffix' [suffix]\n"},
    {"unknown condition", T "- type: drop_detection_item\n  rule_conditions: [{type: logsorce}]\n",
     S("user: a"), "error 3:28 unknown rule condition 'logsorce' [did you mean 'logsource'?]\n"},
    {"condition of another level",
     T "- type: drop_detection_item\n  rule_conditions: [{type: is_null, cond: any}]\n",
     S("user: a"),
     "error 3:28 unknown rule condition 'is_null' [a type of pySigma's conditions]\n"},
    {"expression",
     T "- type: drop_detection_item\n  rule_cond_expr: a and\n  rule_conditions: {a: "
       "{type: is_sigma_rule}}\n",
     S("user: a"),
     "error 3:19 an expression that cannot be read at '' [names of conditions, and, or, not, "
     "parentheses]\n"},
    {"bad regex", T "- {type: replace_string, regex: 'a(', replacement: b}\n", S("user: a"),
     "error 2:36 missing closing parenthesis [an expression of PCRE2 or Python]\n"},
    {"nested too deep",
     T "- {type: nest, items: [{type: nest, items: [{type: nest, items: [{type: nest, items: "
       "[{type: nest, items: [{type: nest, items: [{type: nest, items: [{type: nest, items: "
       "[{type: nest, items: []}]}]}]}]}]}]}]}]}\n",
     S("user: a"), "error 2:191 nested too deep [at most 8]\n"},
    {"unknown key of a pipeline", "transformation: []\n", S("user: a"),
     "error 1:1 a pipeline has no 'transformation' [did you mean 'transformations'?]\n"},
    {"not offered", T "- type: query_expression_placeholders\n", S("user: a"),
     "error 2:9 'query_expression_placeholders' is not offered [no other query language here: "
     "value_placeholders, or --placeholders FILE]\n"},
    {"not offered: from outside", T "- type: http_placeholders\n", S("user: a"),
     "error 2:9 'http_placeholders' is not offered [what it fetches, in a file: --placeholders "
     "FILE]\n"},
    {"extract_fields of no names", T "- {type: extract_fields, regex: '(a)'}\n", S("user: a"),
     "error 2:33 an expression that names no group [(?P<name>...)]\n"},
    {"extract_fields of a bad expression", T "- {type: extract_fields, regex: '(?P<a>x'}\n",
     S("user: a"), "error 2:41 missing closing parenthesis [an expression of PCRE2 or Python]\n"},
    {"rule_failure", T "- {type: rule_failure, message: not for us}\n", S("user: a"),
     "error 1:1 not for us [a rule that the pipeline can carry over]\n"},
    {"detection_item_failure", T "- {type: detection_item_failure, message: no}\n", S("user: a"),
     "error 7:9 no [a line that the pipeline can carry over]\n"},
    {"strict_field_mapping_failure", MAP "- {type: strict_field_mapping_failure}\n",
     S("account: a, host: b"),
     "error 7:21 field 'host' is not mapped [a mapping in the "
     "pipeline]\n"},
    {"all lines dropped", T "- type: drop_detection_item\n", S("user: a"),
     "error 8:16 pipelines drop all that this condition asks for [a line that stays]\n"},
    {"a placeholder without values", "vars: {a: 1}\n" T "- {type: value_placeholders}\n",
     S("user|expand: '%b%'"),
     "error 7:22 nothing stands for placeholder 'b' [an entry in vars of the pipeline]\n"},
    {"places of the rule's own mistakes stay", MAP, "    s: {account|contans: a}\n" C,
     "error 7:17 unknown modifier 'contans' [did you mean 'contains'?]\n"},
    {"places in a condition that was added to",
     T "- {type: add_condition, conditions: {port: 1}}\n",
     "    s: {user: a}\n    condition: s or t\n", "error 8:21 unknown search at 't' [one of: s]\n"},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct toy_notes notes;
		bool fine;
		struct sigma *s = rule_with(refused[i].steps, refused[i].detection, &notes, &fine);
		if (fine || strcmp(notes.text, refused[i].want) != 0)
			fail_msg("%s: %s", refused[i].name, notes.text);
		sigma_free(&s);
	}
}

/* Lowest priority first; those of equal priority as they were given. */
static void test_priority(void **state)
{
	struct toy_notes notes = {.len = 0};
	struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
	assert_true(sigma_pipeline_text(
	    s, "b.yml", SLICE("priority: 20\n" T "- {type: field_name_suffix, suffix: r}\n")));
	assert_true(sigma_pipeline_text(
	    s, "a.yml", SLICE("priority: 10\n" T "- {type: field_name_suffix, suffix: e}\n")));
	assert_true(sigma_load_text(s, "t.yml",
				    SLICE("title: t\nid: 00000000-0000-4000-8000-000000000001\n"
					  "logsource: {product: toy}\ndetection: {s: {us: ana}, "
					  "condition: s}\n")));
	assert_true(sigma_ready(s));
	assert_true(toy_hits(s, "user=ana"));
	sigma_free(&s);
}

static void count_hit(void *ctx, const struct sigma_hit *hit)
{
	++*(unsigned *)ctx;
}

/* Fields of group-by, aliases and conditions are mapped as well; an alias is no field. */
static void test_correlation(void **state)
{
	struct toy_notes notes = {.len = 0};
	struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
	unsigned hits = 0;
	assert_true(sigma_pipeline_text(
	    s, "p.yml",
	    SLICE(T "- type: field_name_mapping\n  mapping: {account: user, src: ip}\n"
		    "  rule_conditions: [{type: logsource, product: toy}]\n")));
	assert_true(sigma_load_text(
	    s, "t.yml",
	    SLICE(
		"title: t\nid: 00000000-0000-4000-8000-000000000001\nname: base\n"
		"logsource: {product: toy}\ndetection: {s: {account|exists: true}, condition: s}\n"
		"---\ntitle: c\nname: c\ncorrelation:\n  type: value_count\n  rules: [base]\n"
		"  group-by: [who]\n  aliases: {who: {base: account}}\n  timespan: 1h\n"
		"  condition: {gte: 2, field: src}\n")));
	assert_true(sigma_ready(s));
	const char *const events[] = {"user=ana;ip=192.0.2.1", "user=bob;ip=192.0.2.2",
				      "user=ana;ip=192.0.2.2"};
	for (int64_t i = 0; i < 3; i++) {
		struct toy_event e = toy_event(slice_of(events[i]));
		assert_int_equal(hits, 0);
		sigma_feed(s, &e, i * CLOCK_SECOND, NULL, count_hit, &hits);
	}
	assert_int_equal(hits, 1);
	sigma_free(&s);
}

/* Hostile pipelines end with a complaint, soon. */
static void test_bounds(void **state)
{
	struct out o = {.fd = -1};
	struct toy_notes notes = {.len = 0};
	out_text(&o, T);
	for (int i = 0; i < 40; i++)
		out_text(&o, "- {type: field_name_mapping, mapping: {user: [user, user]}}\n");
	struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
	assert_true(sigma_pipeline_text(s, "p.yml", (slice){o.at, o.len}));
	assert_false(sigma_load_text(s, "t.yml",
				     SLICE("title: t\nid: 00000000-0000-4000-8000-000000000001\n"
					   "logsource: {product: toy}\ndetection: {s: {user: ana}, "
					   "condition: s}\n")));
	assert_non_null(strstr(notes.text, "pipelines make too much of this rule"));
	sigma_free(&s);
	out_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_steps),    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_priority), cmocka_unit_test(test_correlation),
	    cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
