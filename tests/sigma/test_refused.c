/* What is refused, where it stands, what was expected; and that the other rules load. */
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define HEAD                                                                                       \
	"title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: toy}\n"          \
	"detection:\n"
#define GOOD                                                                                       \
	"title: g\nid: 00000000-0000-4000-8000-00000000000a\nname: good\n"                         \
	"logsource: {product: toy}\ndetection: {s: {user: a}, condition: s}\n---\n"
#define CORR "title: c\nname: c\ncorrelation:\n"

static const struct row {
	const char *name;
	slice text;
	const char *want;
	size_t loaded;
} rows[] = {
    {"YAML syntax", SLICE_INIT(GOOD "title: [a\nid: b\n---\ntitle: x\n"),
     "error 9:1 flow sequence without a closing bracket [a closing bracket, or quotes around [ and "
     "{]\n"
     "error 10:1 a rule with nothing to detect [detection: or correlation:]\n",
     1},
    {"a search that nothing asks for",
     SLICE_INIT(HEAD "    s:\n        user: a\n    t:\n        user: b\n    condition: s\n"),
     "warning 7:5 no condition asks for 't' [its name in the condition]\n", 1},
    {"a colon within a value", SLICE_INIT(HEAD "    s:\n        user: a: b\n    condition: s\n"),
     "error 6:16 invalid nested block mapping on the same line [quotes around a value that holds "
     "': ']\n",
     0},
    {"detection misspelt",
     SLICE_INIT("title: t\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nlogsource: {product: toy}\n"
		"detections:\n    s: {user: a}\n    condition: s\n"),
     "error 4:1 a rule with nothing to detect [did you mean 'detection'?]\n", 0},
    {"a search of nothing", SLICE_INIT(HEAD "    s:\n    condition: s\n"),
     "error 5:5 nothing where a value must be [a value]\n", 0},
    {"logsource is no map",
     SLICE_INIT("title: t\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nlogsource: toy\n"
		"detection: {s: {user: a}, condition: s}\n"),
     "error 3:12 logsource is a text [logsource: {product: ..., category: ..., service: ...}]\n",
     0},
    {"tab", SLICE_INIT(GOOD "title: t\nid:\n\tx\n"),
     "error 9:1 tab character may not be used as indentation [spaces in front of a key, no tabs]\n",
     1},
    {"duplicate key", SLICE_INIT("title: t\ntitle: u\n"),
     "error 2:1 key 'title' again, as in line 1 [each key once; of one field, a list or two "
     "searches]\n",
     0},
    {"YAML 1.2, 8.2.1 and 8.2.3: an empty item at the end of a list as far in as its key",
     SLICE_INIT("title: t\nreferences:\n- a\n- \ntags:\n-\nid: "
		"929a690e-bef0-4204-a928-ef5e620d6fcc\nlogsource: {product: toy}\n"
		"detection: {s: {user: a}, condition: s, t: {}}\n"),
     "error 9:44 an empty map [field: value]\n", 0},
    {"a quoted text whose lines are not further in", SLICE_INIT("title: t\ndescription: 'a\nb'\n"),
     "error 2:14 wrongly indented single-quoted scalar [a closing quote; or lines further in than "
     "their key]\n",
     0},
    {"NUL byte", SLICE_INIT("title: t\nid: \000\n"), "error 2:5 byte 0x00 is not text [UTF-8]\n",
     0},
    {"not UTF-8", SLICE_INIT("title: t\nid: 'ab\377'\n"),
     "error 2:8 byte 0xff is not text [UTF-8]\n", 0},
    {"UTF-16", SLICE_INIT("\xff\xfet\0i\0t\0"),
     "error 1:1 a text in UTF-16 [UTF-8: iconv -f UTF-16 -t UTF-8]\n", 0},
    {"a byte order mark in the midst", SLICE_INIT(GOOD "\xEF\xBB\xBFtitle: t\n"),
     "error 7:1 a byte order mark within the file [none, or one where the file begins]\n", 1},
    {"a merge key of a text", SLICE_INIT(HEAD "    s: {<<: x}\n    condition: s\n"),
     "error 5:13 a merge key (<<) of what is no map [a map, or a list of maps]\n", 0},
    {"a merge key, quoted, is a key", SLICE_INIT(HEAD "    s: {'<<': x}\n    condition: s\n"),
     "warning 5:9 no event has a field '<<' [a field of the events]\n", 1},
    {"unknown alias", SLICE_INIT("title: *x\n"),
     "error 1:9 an alias (*name) to nothing [quotes around a text that begins with *]\n", 0},
    {"not a map", SLICE_INIT("- a\n"), "error 1:1 a rule that is a list [title: ...]\n", 0},
    {"no id",
     SLICE_INIT("title: t\nlogsource: {product: toy}\ndetection: {s: {user: a}, condition: s}\n"),
     "warning 1:1 a rule without id [id: a UUID]\n", 1},
    {"id not a UUID",
     SLICE_INIT(
	 "title: t\nid: 123\nlogsource: {product: toy}\ndetection: {s: {user: a}, condition: s}\n"),
     "warning 2:5 id '123' is no UUID [a UUID such as 929a690e-bef0-4204-a928-ef5e620d6fcc]\n", 1},
    {"an id of nothing",
     SLICE_INIT(
	 "title: t\nid:\nlogsource: {product: toy}\ndetection: {s: {user: a}, condition: s}\n"),
     "warning 2:1 a rule without id [id: a UUID]\n", 1},
    {"duplicate id, in other letters",
     SLICE_INIT(GOOD "title: g\nid: 00000000-0000-4000-8000-00000000000A\nlogsource: {product: "
		     "toy}\ndetection: {s: {user: a}, condition: s}\n---\n"),
     "error 7:1 id '00000000-0000-4000-8000-00000000000A' is taken by test.yml:1 [one of its "
     "own]\n",
     1},
    {"a correlation within a rule",
     SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\ncorrelation: {type: temporal}\n"),
     "error 7:14 a correlation in a rule that has a detection [a document of its own, behind "
     "---]\n",
     0},
    {"a custom attribute called correlation",
     SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\ncorrelation: with logon ids\n"),
     "warning 7:14 correlation is a text beside a detection: it is passed over [a document of its "
     "own, if it is a correlation]\n",
     1},
    {"no title",
     SLICE_INIT("id: 00000000-0000-4000-8000-000000000001\nlogsource: {product: toy}\ndetection: "
		"{s: {user: a}, condition: s}\n"),
     "error 1:1 a rule without title [title:]\n", 0},
    {"duplicate id",
     SLICE_INIT(GOOD "title: g\nid: 00000000-0000-4000-8000-00000000000a\nlogsource: {product: "
		     "toy}\ndetection: {s: {user: a}, condition: s}\n---\n"),
     "error 7:1 id '00000000-0000-4000-8000-00000000000a' is taken by test.yml:1 [one of its "
     "own]\n",
     1},
    {"duplicate name",
     SLICE_INIT(GOOD "title: g\nid: 00000000-0000-4000-8000-00000000000b\nname: good\nlogsource: "
		     "{product: toy}\ndetection: {s: {user: a}, condition: s}\n---\n"),
     "error 7:1 name 'good' is taken by test.yml:1 [one of its own]\n", 1},
    {"no logsource",
     SLICE_INIT("title: t\nid: 00000000-0000-4000-8000-000000000001\ndetection: {s: {user: a}, "
		"condition: s}\n"),
     "error 1:1 a rule without logsource [logsource: {product: ..., category: ..., service: "
     "...}]\n",
     0},
    {"LogSource: of several products",
     SLICE_INIT("title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: [toy, "
		"other]}\ndetection: {s: {user: a}, condition: s}\n"),
     "error 3:22 product is a list [one text; a rule for each of several]\n", 0},
    {"LogSource: misspelt, and so of every log",
     SLICE_INIT("title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {prodcut: toy}\n"
		"detection: {s: {user: a}, condition: s}\n"),
     "warning 3:13 unknown attribute of logsource [did you mean 'product'?]\n"
     "warning 3:12 a log source that names none: the rule meets every event [product, category or "
     "service]\n",
     1},
    {"LogSource: attributes of one's own",
     SLICE_INIT("title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: toy, "
		"definition: x, host_role: mx}\ndetection: {s: {user: a}, condition: s}\n"),
     "", 1},
    {"other logsource",
     SLICE_INIT("title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: "
		"other}\ndetection:\n    s: {user: a}\n    condition: s\n"),
     "warning 3:12 no event is of this log source [a log source of the events]\n", 1},
    {"level", SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\nlevel: critcal\n"),
     "error 7:8 unknown level [did you mean 'critical'?]\n", 0},
    {"status", SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\nstatus: tset\n"),
     "warning 7:9 unknown status [did you mean 'test'?]\n", 1},
    {"attribute", SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\nfalsepositive: x\n"),
     "warning 7:1 unknown attribute [did you mean 'falsepositives'?]\n", 1},
    {"tocsin attribute",
     SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\ntocsin: {methd: x}\n"),
     "warning 7:10 unknown attribute of tocsin [did you mean 'method'?]\n", 1},
    {"tocsin.enabled",
     SLICE_INIT(HEAD "    s: {user: a}\n    condition: s\ntocsin: {enabled: maybe}\n"),
     "error 7:19 tocsin.enabled is a text [true or false]\n", 0},
    {"unknown modifier", SLICE_INIT(HEAD "    s:\n        user|contians: a\n    condition: s\n"),
     "error 6:14 unknown modifier 'contians' [did you mean 'contains'?]\n", 0},
    {"unknown modifier, far off",
     SLICE_INIT(HEAD "    s:\n        user|all|xyzzy: a\n    condition: s\n"),
     "error 6:18 unknown modifier 'xyzzy' [a modifier of the Sigma modifiers appendix 2.1.0]\n", 0},
    {"modifiers that do not fit",
     SLICE_INIT(HEAD "    s:\n        user|cidr|contains: a\n    condition: s\n"),
     "error 6:19 modifier 'contains' cannot follow 'cidr' [a line of its own for each]\n", 0},
    {"an expression behind what changes texts",
     SLICE_INIT(HEAD "    s:\n        user|contains|re: a\n    condition: s\n"),
     "error 6:23 modifier 're' cannot follow 'contains' ['re' first: it takes the value as it is "
     "written]\n",
     0},
    {"an encoding behind its place",
     SLICE_INIT(HEAD "    s:\n        user|contains|base64: a\n    condition: s\n"),
     "error 6:23 modifier 'base64' cannot follow 'contains' [the other way round: the text is "
     "changed before it gets its place]\n",
     0},
    {"two places",
     SLICE_INIT(HEAD "    s:\n        user|startswith|endswith: a\n    condition: s\n"),
     "error 6:25 modifier 'endswith' cannot follow 'startswith' [one of them; 'contains' for both, "
     "or a search for each]\n",
     0},
    {"a modifier twice",
     SLICE_INIT(HEAD "    s:\n        user|contains|contains: a\n    condition: s\n"),
     "warning 6:23 modifier 'contains' twice [it once]\n", 1},
    {"too many dashes to be encoded",
     SLICE_INIT(HEAD "    s:\n        user|windash|base64: '-a -b -c -d -e'\n    condition: s\n"),
     "error 6:30 too many dashes in an encoded value [at most four of them]\n", 0},
    {"a bad expression that brackets would mend",
     SLICE_INIT(HEAD "    s:\n        user|re|startswith: 'a)(b'\n    condition: s\n"),
     "error 6:29 bad expression: Unmatched parentheses at index 1. [an expression of PCRE; a "
     "backslash before signs that mean themselves]\n",
     0},
    {"sub-modifier alone", SLICE_INIT(HEAD "    s:\n        user|i: a\n    condition: s\n"),
     "error 6:14 modifier 'i' alone ['re' before it]\n", 0},
    {"modifier without field",
     SLICE_INIT(HEAD "    s:\n        '|cidr': 10.0.0.0/8\n    condition: s\n"),
     "error 6:9 a modifier that needs a field [a field name before '|']\n", 0},
    {"expand", SLICE_INIT(HEAD "    s:\n        user|expand: '%x%'\n    condition: s\n"),
     "warning 6:22 placeholder '%x%' has no values: by this no rule holds [a file of placeholders "
     "that has it]\n",
     1},
    {"all with one value", SLICE_INIT(HEAD "    s:\n        user|all: a\n    condition: s\n"),
     "warning 6:9 'all' with a single value [a list]\n", 1},
    {"unknown field", SLICE_INIT(HEAD "    s:\n        usr: a\n    condition: s\n"),
     "warning 6:9 no event has a field 'usr' [did you mean 'user'?]\n", 1},
    {"unknown field in fieldref",
     SLICE_INIT(HEAD "    s:\n        user|fieldref: nmae\n    condition: s\n"),
     "warning 6:24 no event has a field 'nmae' [did you mean 'name'?]\n", 1},
    {"bad expression", SLICE_INIT(HEAD "    s:\n        line|re: 'a(b'\n    condition: s\n"),
     "error 6:18 bad expression: Missing close parenthesis for group started at index 1. [an "
     "expression of PCRE; a backslash before signs that mean themselves]\n",
     0},
    {"look-around",
     SLICE_INIT(HEAD "    s:\n        line|re:\n            - 'ok'\n            - 'a(?=b)'\n    "
		     "condition: s\n"),
     "error 8:15 bad expression: Zero-width assertions are not supported. [an expression without "
     "look-around, back references or endless size]\n",
     0},
    {"expression too large",
     SLICE_INIT(HEAD "    s:\n        line|re: '((a{1,100}){1,100}){1,100}'\n    condition: s\n"),
     "error 6:18 an expression that is too large [at most 4096 bytes and 512 atoms, repeats of "
     "groups "
     "written out]\n",
     0},
    {"bad network", SLICE_INIT(HEAD "    s:\n        ip|cidr: 10.0.0.0/33\n    condition: s\n"),
     "error 6:18 not a network [a network such as 192.0.2.0/24 or 2001:db8::/32]\n", 0},
    {"bad comparison", SLICE_INIT(HEAD "    s:\n        port|gt: many\n    condition: s\n"),
     "error 6:18 a comparison with what is no number [a number below 2^63]\n", 0},
    {"bad exists", SLICE_INIT(HEAD "    s:\n        port|exists: 3\n    condition: s\n"),
     "error 6:22 'exists' with a number [true or false]\n", 0},
    {"encoded wildcard", SLICE_INIT(HEAD "    s:\n        line|base64: 'a*b'\n    condition: s\n"),
     "error 6:22 wildcards in an encoded value [a text without * and ?]\n", 0},
    {"map as value", SLICE_INIT(HEAD "    s:\n        user: {a: b}\n    condition: s\n"),
     "error 6:15 a map [a value or a list of values]\n", 0},
    {"list in list", SLICE_INIT(HEAD "    s:\n        - - a\n    condition: s\n"),
     "error 6:11 a list in a list [a text or a map]\n", 0},
    {"empty list of values", SLICE_INIT(HEAD "    s:\n        user: []\n    condition: s\n"),
     "error 6:15 an empty list [at least one value]\n", 0},
    {"null with modifier",
     SLICE_INIT(HEAD "    s:\n        user|contains: null\n    condition: s\n"),
     "error 6:24 nothing where a value must be [a value]\n", 0},
    {"no condition", SLICE_INIT(HEAD "    s: {user: a}\n"),
     "error 5:5 no condition in detection [condition:]\n", 0},
    {"unknown search", SLICE_INIT(HEAD "    selection: {user: a}\n    condition: selektion\n"),
     "error 6:16 unknown search at 'selektion' [did you mean 'selection'?]\n", 0},
    {"unknown search in a quoted condition",
     SLICE_INIT(HEAD "    a: {user: a}\n    condition: 'a and b'\n"),
     "error 6:23 unknown search at 'b' [one of: a]\n", 0},
    {"unknown search in a folded condition",
     SLICE_INIT(HEAD "    a: {user: a}\n    condition: >\n        a or\n        a and bb\n"),
     "error 8:15 unknown search at 'bb' [one of: a]\n", 0},
    {"unknown search in a continued condition",
     SLICE_INIT(HEAD "    a: {user: a}\n    condition: a or\n        a and bb\n"),
     "error 7:15 unknown search at 'bb' [one of: a]\n", 0},
    {"open parenthesis", SLICE_INIT(HEAD "    a: {user: a}\n    condition: (a or a\n"),
     "error 6:23 a parenthesis is open at its end [')']\n", 0},
    {"stray parenthesis", SLICE_INIT(HEAD "    a: {user: a}\n    condition: a)\n"),
     "error 6:17 condition goes on at ')' [no ')' here]\n", 0},
    {"no operator", SLICE_INIT(HEAD "    a: {user: a}\n    condition: a a\n"),
     "error 6:18 condition goes on at 'a' ['and', 'or' or the end]\n", 0},
    {"ends early", SLICE_INIT(HEAD "    a: {user: a}\n    condition: a and\n"),
     "error 6:21 incomplete condition at its end [the name of a search]\n", 0},
    {"begins with and", SLICE_INIT(HEAD "    a: {user: a}\n    condition: and a\n"),
     "error 6:16 incomplete condition at 'and' [the name of a search]\n", 0},
    {"a search that none is like",
     SLICE_INIT(HEAD "    a: {user: a}\n    b: {user: b}\n"
		     "    condition: elephant\n"),
     "error 7:16 unknown search at 'elephant' [one of: a, b]\n", 0},
    {"searches without a count", SLICE_INIT(HEAD "    a1: {user: a}\n    condition: a1 or a*\n"),
     "error 6:22 unknown search at 'a*' [1 of it, or all of it]\n", 0},
    {"2 of", SLICE_INIT(HEAD "    a: {user: a}\n    condition: 2 of them\n"),
     "error 6:16 unknown count at '2' [1, any or all before 'of']\n", 0},
    {"no search fits", SLICE_INIT(HEAD "    a: {user: a}\n    condition: 1 of b*\n"),
     "error 6:21 no search fits at 'b*' [a name that fits]\n", 0},
    {"nothing behind of", SLICE_INIT(HEAD "    a: {user: a}\n    condition: 1 of\n"),
     "error 6:20 nothing behind 'of' at its end ['them' or the name of a search, with * in it]\n",
     0},
    {"aggregation", SLICE_INIT(HEAD "    a: {user: a}\n    condition: a | count() > 5\n"),
     "error 6:18 an aggregation at '|' [a correlation in a document of its own: type: "
     "event_count, timespan: ..., condition: {gt: 5}]\n",
     0},
    {"aggregation of a field, without blanks",
     SLICE_INIT(HEAD "    a: {user: a}\n    condition: a|count(user) by ip>=10\n"),
     "error 6:17 an aggregation at '|' [a correlation in a document of its own: type: "
     "value_count, group-by: [ip], timespan: ..., condition: {field: user, gte: 10}]\n",
     0},
    {"aggregation: max", SLICE_INIT(HEAD "    a: {user: a}\n    condition: a | max(port) < 10\n"),
     "error 6:18 an aggregation at '|' [a correlation in a document of its own: type: "
     "value_percentile, timespan: ..., condition: {field: port, percentile: 100, lt: 10}]\n",
     0},
    {"aggregation: near", SLICE_INIT(HEAD "    a: {user: a}\n    condition: a |near b\n"),
     "error 6:18 an aggregation at '|' [a correlation in a document of its own: type: temporal, "
     "rules: one for each search, timespan: ...]\n",
     0},
    {"an aggregation that is not finished",
     SLICE_INIT(HEAD "    a: {user: a}\n    condition: a | count(\n"),
     "error 6:18 an aggregation at '|' [a correlation in a document of its own]\n", 0},
    {"an aggregation alone",
     SLICE_INIT(HEAD "    a: {user: a}\n    condition: count(user) by ip > 10\n"),
     "error 6:16 an aggregation at 'count' [a correlation in a document of its own: type: "
     "value_count, group-by: [ip], timespan: ..., condition: {field: user, gt: 10}]\n",
     0},
    {"a comparison in a condition", SLICE_INIT(HEAD "    a: {user: a}\n    condition: (a > 7)\n"),
     "error 6:19 a comparison at '>' [numbers are compared in a search: field|gt: 7]\n", 0},
    {"timeframe", SLICE_INIT(HEAD "    a: {user: a}\n    timeframe: 5m\n    condition: a\n"),
     "warning 6:5 'timeframe' means nothing here [a correlation]\n", 1},
    {"filter document",
     SLICE_INIT("title: f\nid: 00000000-0000-4000-8000-000000000001\nfilter: {rules: any}\n"),
     "error 1:1 a rule without logsource [logsource: {product: ..., category: ..., service: "
     "...}]\n",
     0},
    {"correlation type", SLICE_INIT(GOOD CORR "    type: event_cont\n"),
     "error 10:11 unknown type of correlation [did you mean 'event_count'?]\n", 1},
    {"no rules", SLICE_INIT(GOOD CORR "    type: event_count\n    timespan: 1m\n"),
     "error 10:5 a correlation of no rules [rules: ids or names]\n", 1},
    {"a sum without field",
     SLICE_INIT(GOOD CORR "    type: value_sum\n    rules: good\n    timespan: 1m\n"
			  "    condition: {gt: 5}\n"),
     "error 13:16 value_sum without field [field: whose values are counted]\n", 1},
    {"an average without threshold",
     SLICE_INIT(GOOD CORR "    type: value_avg\n    rules: good\n    timespan: 1m\n"
			  "    condition: {field: port}\n"),
     "error 13:16 value_avg without a threshold [gt, gte, lt, lte, eq or neq]\n", 1},
    {"a sum of two fields",
     SLICE_INIT(GOOD CORR "    type: value_sum\n    rules: good\n    timespan: 1m\n"
			  "    condition: {field: [port, ok], gt: 5}\n"),
     "error 13:24 value_sum of several fields [one field]\n", 1},
    {"a percentile beyond 100",
     SLICE_INIT(GOOD CORR "    type: value_percentile\n    rules: good\n    timespan: 1m\n"
			  "    condition: {field: port, percentile: 101, gt: 5}\n"),
     "error 13:42 not a percentile [a number from 0 to 100]\n", 1},
    {"a percentile of a count",
     SLICE_INIT(GOOD CORR "    type: event_count\n    rules: good\n    timespan: 1m\n"
			  "    condition: {percentile: 10, gt: 5}\n"),
     "error 13:29 a percentile of something else [type: value_percentile]\n", 1},
    {"timespan of pySigma",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: good\n    timespan: 1w\n    condition: {gte: 1}\n"),
     "warning 12:15 a timespan in 'w' is none of Sigma's [s, m, h or d]\n", 2},
    {"hour of what is no number",
     SLICE_INIT(HEAD "    s:\n        user|hour: noon\n    condition: s\n"),
     "error 6:20 a part of a time that is no number [a whole number]\n", 0},
    {"null in a list", SLICE_INIT(HEAD "    s:\n        user: [a, null]\n    condition: s\n"),
     "warning 6:19 null in a list of values [a search of its own for null]\n", 1},
    {"timespan",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: good\n    timespan: 1W\n    condition: {gte: 1}\n"),
     "error 12:15 not a timespan [a number and s, m, h or d, at most 366d]\n", 1},
    {"timespan too long",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: good\n    timespan: 9999d\n    condition: {gte: 1}\n"),
     "error 12:15 not a timespan [a number and s, m, h or d, at most 366d]\n", 1},
    {"no correlation condition",
     SLICE_INIT(GOOD CORR "    type: event_count\n    rules: good\n    timespan: 1m\n"),
     "error 10:5 a correlation without condition [condition: {gte: 10}]\n", 1},
    {"criterion",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: good\n    timespan: 1m\n    condition: {get: 1}\n"),
     "error 13:17 unknown criterion [did you mean 'gt'?]\n", 1},
    {"count",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: good\n    timespan: 1m\n    condition: {gte: x}\n"),
     "error 13:22 not a count [a whole number up to 32768]\n", 1},
    {"count too large",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: good\n    timespan: 1m\n    condition: {gte: 32769}\n"),
     "error 13:22 not a count [a whole number up to 32768]\n", 1},
    {"impossible range",
     SLICE_INIT(GOOD CORR "    type: event_count\n    rules: good\n    timespan: 1m\n    "
			  "condition: {gt: 5, lt: 3}\n"),
     "error 13:16 a condition that cannot come true [a range]\n", 1},
    {"value_count without field",
     SLICE_INIT(
	 GOOD CORR
	 "    type: value_count\n    rules: good\n    timespan: 1m\n    condition: {gt: 5}\n"),
     "error 13:16 value_count without field [field: whose values are counted]\n", 1},
    {"missing reference",
     SLICE_INIT(
	 GOOD CORR
	 "    type: event_count\n    rules: [god]\n    timespan: 1m\n    condition: {gte: 1}\n"),
     "error 11:13 no rule 'god' [did you mean 'good'?]\n", 1},
    {"reference to a refused rule",
     SLICE_INIT(
	 "title: g\nid: 00000000-0000-4000-8000-00000000000a\nname: good\nlogsource: {product: "
	 "toy}\ndetection: {s: {user|x: a}, condition: s}\n---\n" CORR
	 "    type: event_count\n    rules: [good]\n    timespan: 1m\n    condition: {gte: 1}\n"),
     "error 5:22 unknown modifier 'x' [a modifier of the Sigma modifiers appendix 2.1.0]\n"
     "error 11:13 no rule 'good' [the id or name of a rule]\n",
     0},
    {"extended condition: a rule that is not among its rules",
     SLICE_INIT(GOOD CORR "    type: temporal\n    rules: [good]\n    timespan: 1m\n    "
			  "condition: good or godo\n"),
     "error 13:24 a rule that is not correlated at 'godo' [did you mean 'good'?]\n", 1},
    {"extended condition: a rule that it does not ask for",
     SLICE_INIT(GOOD CORR "    type: temporal\n    rules: [good, c]\n    timespan: 1m\n    "
			  "condition: good or good\n"),
     "error 11:19 no condition asks for 'c' [its name in the condition]\n", 1},
    {"extended condition: absence alone",
     SLICE_INIT(GOOD CORR "    type: temporal\n    timespan: 1m\n    condition: not good\n"),
     "error 12:16 a condition of absence alone [a rule that must happen: a and not b]\n", 1},
    {"extended condition: not finished",
     SLICE_INIT(GOOD CORR "    type: temporal\n    timespan: 1m\n    condition: (good and\n"),
     "error 12:25 incomplete condition at its end [the id or name of a rule]\n", 1},
    {"extended condition: no order",
     SLICE_INIT(GOOD CORR
		"    type: temporal_ordered\n    timespan: 1m\n    condition: good or c\n"),
     "error 12:16 temporal_ordered with an expression that is no order [a and b, as they follow "
     "each other]\n",
     1},
    {"extended condition: of a count",
     SLICE_INIT(GOOD CORR
		"    type: event_count\n    rules: good\n    timespan: 1m\n    condition: good\n"),
     "error 13:16 condition is a text [condition: {gte: 10}]\n", 1},
    {"circle",
     SLICE_INIT(CORR "    type: temporal\n    rules: [d]\n    timespan: 1m\n---\ntitle: d\nname: "
		     "d\ncorrelation:\n    type: temporal\n    rules: [c]\n    timespan: 1m\n"),
     "error 12:13 a circle of correlations [rules that do not lead back here]\n"
     "error 5:13 rule 'd' was refused [a rule that was loaded]\n",
     0},
    {"circle of one", SLICE_INIT(CORR "    type: temporal\n    rules: [c]\n    timespan: 1m\n"),
     "error 5:13 a circle of correlations [rules that do not lead back here]\n", 0},
    {"alias of a stranger",
     SLICE_INIT(GOOD CORR "    type: temporal\n    rules: [good]\n    timespan: 1m\n    group-by: "
			  "[x]\n    aliases: {x: {goood: user}}\n"),
     "error 14:19 an alias for a rule that is not correlated [did you mean 'good'?]\n", 1},
    {"unknown group field",
     SLICE_INIT(GOOD CORR "    type: event_count\n    rules: [good]\n    timespan: 1m\n    "
			  "group-by: [usr]\n    condition: {gte: 1}\n"),
     "warning 13:16 no event has a field 'usr' [did you mean 'user'?]\n", 2},
    {"order in part",
     SLICE_INIT(GOOD CORR "    type: temporal_ordered\n    rules: [good, c]\n    timespan: 1m\n    "
			  "condition: {gte: 1}\n"),
     "error 13:16 temporal_ordered in part [all of its rules]\n", 1},
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct toy_notes notes = {.len = 0};
		struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
		sigma_load_text(s, "test.yml", r->text);
		sigma_ready(s);
		if (strcmp(notes.text, r->want) != 0 || sigma_count(s) != r->loaded)
			fail_msg("%s: %zu loaded\n got: %s\nwant: %s", r->name, sigma_count(s),
				 notes.text, r->want);
		sigma_free(&s);
	}
}

/* One unit over and over; `want` is how the first complaint begins, "" if there must be none. */
static const struct {
	const char *name, *head, *unit;
	size_t times;
	const char *tail, *want;
} hostile[] = {
    {"brackets nested a million deep", "title: ", "[", 1000000, "\n",
     "error 1:1032 too many open brackets"},
    {"brackets nested a thousand deep", "title: ", "[", 1000, "\n",
     "error 1:56 lists or maps nested too deep"},
    {"a document of 2 MiB", "title: ", "abcdefgh", 1 << 18, "\n",
     "error 1:1 a rule of 2097160 bytes"},
    {"an expression of 900 kB", HEAD "    s:\n        line|re: ", "abcdefghi", 100000,
     "\n    condition: s\n", "error 6:18 an expression that is too large"},
    {"an expression nested deep", HEAD "    s:\n        line|re: '", "(", 1000,
     "'\n    condition: s\n", "error 6:18 an expression that is too large"},
    {"an expression that repeats repeats", HEAD "    s:\n        line|re: 'a", "{1,9}", 20,
     "'\n    condition: s\n", "error 6:18 an expression that is too large"},
    {"an expression that repeats without end",
     HEAD "    s:\n        line|re: '(abcd){4611686018427387905}", "", 0, "'\n    condition: s\n",
     "error 6:18 an expression that is too large"},
    {"many expressions", HEAD "    s:\n        line|re:\n            - '((a", "b{3}", 100,
     "){1})'\n    condition: s\n", ""},
    {"a text of 100 kB", HEAD "    s:\n        line: '", "abcdefghij", 10000,
     "'\n    condition: s\n", "error 6:15 a text of 100000 bytes"},
    {"parentheses nested deep", HEAD "    s: {user: a}\n    condition: ", "(", 5000, "s\n",
     "error 6:81 nested too deep"},
    {"a long condition", HEAD "    s: {user: a}\n    condition: s", " and s", 5000, "\n",
     "error 6:16 condition is too long"},
    {"not not not", HEAD "    s: {user: a}\n    condition: ", "not ", 4000, "s\n", ""},
    {"many modifiers", HEAD "    s:\n        user", "|wide", 50, ": a\n    condition: s\n",
     "error 6:54 too many modifiers"},
    {"an alias to a list in a list", HEAD "    s:\n        user: &a [b, c]\n", "        name: *a\n",
     1, "        line: [*a]\n    condition: s\n", "error 6:18 a list"},
    {"values by alias",
     HEAD "    x: &x {user: [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a]}\n   "
	  " s:\n",
     "        - *x\n", 5000, "    condition: s\n", "error 5:18 more than 65536 values in one rule"},
    {"maps merged into maps", HEAD "    x: &x {user: a, name: b, line: c}\n    s:\n",
     "        - {<<: *x}\n", 20000, "    condition: s\n",
     "error 7:9 more than 65536 values in one rule"},
    {"windows line ends", HEAD "    s: {user: a}\r\n    condition: s\r\n", "", 0, "", ""},
    {"a byte order mark", "\xEF\xBB\xBF" HEAD "    s: {user: a}\n    condition: s\n", "", 0, "",
     ""},
    {"documents of nothing", "", "---\n# nothing\n", 10000, "", ""},
    {"a name of 70 kB in a list of names",
     CORR "    type: temporal\n    timespan: 1m\n    rules: [", "abcdefg", 10000, "]\n",
     "error 6:13 a name that is too long"},
    {"many rules in one correlation", CORR "    type: temporal\n    timespan: 1m\n    rules: [a",
     ",b", 100, "]\n", "error 6:12 more than 64 names"},
    {"many windash places", HEAD "    s:\n        line|windash|contains: '", " -a", 100,
     "'\n    condition: s\n", ""},
    {"many stars", HEAD "    s:\n        line: '", "*a", 5000, "'\n    condition: s\n", ""},
};

static void test_hostile(void **state)
{
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct toy_notes notes = {.len = 0};
		struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
		struct out o = {.fd = -1};
		out_text(&o, hostile[i].head);
		for (size_t k = 0; k < hostile[i].times; k++)
			out_text(&o, hostile[i].unit);
		out_text(&o, hostile[i].tail);
		bool fine = sigma_load_text(s, "test.yml", (slice){o.at, o.len});
		sigma_ready(s);
		if (fine != !*hostile[i].want ||
		    strncmp(notes.text, hostile[i].want, strlen(hostile[i].want)) != 0)
			fail_msg("%s\n got: %.300s\nwant: %s", hostile[i].name, notes.text,
				 hostile[i].want);
		out_close(&o);
		sigma_free(&s);
	}
}

/* Chains of correlations: sixteen are fine, more are not. */
static void test_chain(void **state)
{
	for (int length = 16; length <= 17; length++) {
		struct toy_notes notes = {.len = 0};
		struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
		struct out o = {.fd = -1};
		for (int i = 0; i <= length; i++)
			out_format(&o,
				   "title: c\nname: c%d\ncorrelation: {type: temporal, timespan: "
				   "1m, rules: [%s%d]}\n---\n",
				   i, i < length ? "c" : "goo", i + 1);
		sigma_load_text(s, "test.yml", (slice){o.at, o.len});
		sigma_ready(s);
		assert_non_null(
		    strstr(notes.text, length == 16 ? "no rule 'goo17'" : "a chain too long"));
		assert_int_equal(sigma_count(s), 0);
		out_close(&o);
		sigma_free(&s);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void test_files(void **state)
{
	char dir[] = "/tmp/sigma-XXXXXX", path[64];
	struct toy_notes notes = {.len = 0};
	struct sigma *s = sigma_new(&toy_schema, toy_note, &notes);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/good.yml", dir);
	write_file(path, GOOD);
	snprintf(path, sizeof path, "%s/readme.txt", dir);
	write_file(path, "not a rule");
	assert_true(sigma_load(s, dir));
	assert_int_equal(notes.len, 0);
	assert_false(sigma_load(s, path));
	assert_false(sigma_load(s, "/nowhere/at/all"));
	assert_true(sigma_ready(s));
	assert_int_equal(sigma_count(s), 1);
	assert_int_equal(sigma_refused(s), 2);
	assert_string_equal(sigma_rule(s, 0)->name, "good");
	assert_null(sigma_rule(s, 1));
	sigma_free(&s);
	unlink(path);
	snprintf(path, sizeof path, "%s/good.yml", dir);
	unlink(path);
	rmdir(dir);
}

static void test_metadata(void **state)
{
	struct sigma *s = toy_rules(
	    HEAD
	    "    s: {user: a}\n    condition: s\nlevel: high\nstatus: test\nname: n\n"
	    "description: d\nauthor: me\ntags: [attack.t1110, x]\nreferences: [r]\n"
	    "falsepositives: Unlikely\ntocsin: {method: guess}\n---\n" CORR
	    "    type: event_count\n    rules: n\n    timespan: 1m\n    condition: {gte: 2}\n");
	const struct sigma_rule *r = sigma_rule(s, 0), *c = sigma_rule(s, 1);
	assert_string_equal(r->id, "00000000-0000-4000-8000-000000000001");
	assert_string_equal(r->description, "d");
	assert_string_equal(r->author, "me");
	assert_string_equal(r->status, "test");
	assert_string_equal(r->tags[1], "x");
	assert_null(r->tags[2]);
	assert_string_equal(r->references[0], "r");
	assert_string_equal(r->falsepositives[0], "Unlikely");
	assert_string_equal(r->custom_method, "guess");
	assert_int_equal(r->level, SIGMA_HIGH);
	assert_false(r->generate);
	assert_true(r->enabled);
	assert_true(c->generate && c->correlation);
	assert_string_equal(c->id, "c");
	assert_int_equal(c->level, SIGMA_MEDIUM);
	assert_int_equal(c->line, 17);
	assert_null(c->custom_method);
	sigma_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows), cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_chain), cmocka_unit_test(test_files),
	    cmocka_unit_test(test_metadata)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
