/* Correlations over time. Sections are of the Sigma correlation rules specification 2.1.0. */
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define BASE(name, n, detection)                                                                   \
	"title: " name "\nid: 00000000-0000-4000-8000-00000000000" n "\nname: " name               \
	"\nlogsource: {product: toy}\ndetection:\n    s: " detection "\n    condition: s\n---\n"
#define FAIL                    BASE("fail", "1", "{action: login, ok: false}")
#define GOOD                    BASE("good", "2", "{action: login, ok: true}")
#define READ                    BASE("read", "3", "{action: read}")
#define ANY(name, n)            BASE(name, n, "{action|exists: true}")
#define CORRELATION(name, body) "title: " name "\nname: " name "\ncorrelation:\n" body
#define COUNT(condition)                                                                           \
	FAIL CORRELATION("many",                                                                   \
			 "    type: event_count\n    rules: [fail]\n    group-by: [user]\n"        \
			 "    timespan: 1m\n    condition: " condition "\n")
#define METRIC(type, condition)                                                                    \
	READ CORRELATION("many", "    type: " type "\n    rules: [read]\n    group-by: [user]\n"   \
				 "    timespan: 1m\n    condition: " condition "\n")
#define P "action=read;user="
#define F "action=login;ok=false;user="
#define G "action=login;ok=true;user="
#define R "action=read;user="

struct row {
	const char *section, *rules;
	struct {
		int64_t seconds;
		const char *event;
	} events[16];
	const char *want; /* "seconds title count [group] first..:" for each hit */
};

static const struct row rows[] = {
    {"event_count: gte",
     COUNT("{gte: 3}"),
     {{0, F "a"}, {10, F "a"}, {15, F "b"}, {20, F "a"}},
     "20 many 3 [a] 0:0,10,20\n"},
    {"event_count: ends of the window count",
     COUNT("{gte: 2}"),
     {{0, F "a"}, {60, F "a"}},
     "60 many 2 [a] 0:0,60\n"},
    {"event_count: beyond the window", COUNT("{gte: 2}"), {{0, F "a"}, {61, F "a"}}, ""},
    {"event_count: the window slides",
     COUNT("{gte: 3}"),
     {{0, F "a"}, {50, F "a"}, {70, F "a"}, {100, F "a"}},
     "100 many 3 [a] 50:50,70,100\n"},
    {"event_count: fires once for each timespan",
     COUNT("{gte: 2}"),
     {{0, F "a"}, {1, F "a"}, {2, F "a"}, {30, F "a"}, {61, F "a"}, {62, F "a"}, {63, F "a"}},
     "1 many 2 [a] 0:0,1\n62 many 4 [a] 2:2,30,61,62\n"},
    {"event_count: gt",
     COUNT("{gt: 2}"),
     {{0, F "a"}, {1, F "a"}, {2, F "a"}},
     "2 many 3 [a] 0:0,1,2\n"},
    {"Value Sum: decided as soon as it is reached",
     METRIC("value_sum", "{field: port, gt: 1000}"),
     {{0, P "a;port=600"}, {1, P "b;port=900"}, {2, P "a;port=400"}, {3, P "a;port=1"}},
     "3 many 3 [a] 0:0,2,3 =1001\n"},
    {"Value Sum: of the timespan only",
     METRIC("value_sum", "{field: port, gte: 1000}"),
     {{0, P "a;port=600"}, {61, P "a;port=400"}, {70, P "a;port=600"}},
     "70 many 2 [a] 61:61,70 =1000\n"},
    {"Value Sum: lt looks at the whole window",
     METRIC("value_sum", "{field: port, lt: 10}"),
     {{0, P "a;port=4"}, {1, P "a;port=5"}, {2, P "b;port=4"}, {3, P "b;port=6"}},
     "60 many 2 [a] 0:0,1 =9\n"},
    {"Value Sum: an event without the number does not count",
     METRIC("value_sum", "{field: port, gte: 2}"),
     {{0, P "a"}, {1, P "a;port=1"}, {2, P "a;port=1"}},
     "2 many 2 [a] 1:1,2 =2\n"},
    {"Value Average: of the whole window",
     METRIC("value_avg", "{field: port, gt: 500}"),
     {{0, P "a;port=600"}, {1, P "a;port=100"}, {2, P "b;port=100"}, {3, P "b;port=901"}},
     "62 many 2 [b] 2:2,3 =500.5\n"},
    {"Value Average: a fraction as threshold",
     METRIC("value_avg", "{field: port, gte: 1.5, lt: 1.75}"),
     {{0, P "a;port=1"}, {1, P "a;port=2"}},
     "60 many 2 [a] 0:0,1 =1.5\n"},
    {"Value Percentile: nearest rank",
     METRIC("value_percentile", "{field: port, percentile: 75, gte: 30}"),
     {{0, P "a;port=40"}, {1, P "a;port=10"}, {2, P "a;port=30"}, {3, P "a;port=20"}},
     "60 many 4 [a] 0:0,1,2,3 =30\n"},
    {"Value Percentile: median is percentile 50",
     METRIC("value_percentile", "{field: port, percentile: 50, gte: 30}"),
     {{0, P "a;port=40"}, {1, P "a;port=10"}, {2, P "a;port=30"}, {3, P "a;port=20"}},
     ""},
    {"Value Percentile: how often a value occurs",
     METRIC("value_percentile", "{field: host, lte: 25}"),
     {{0, P "a;host=x"},
      {1, P "a;host=x"},
      {2, P "a;host=x"},
      {3, P "a;host=y"},
      {4, P "b;host=x"}},
     "60 many 4 [a] 0:0,1,2,3 =25\n"},
    {"value_median: between the two in the middle",
     METRIC("value_median", "{field: port, eq: 25}"),
     {{0, P "a;port=40"}, {1, P "a;port=10"}, {2, P "a;port=30"}, {3, P "a;port=20"}},
     "60 many 4 [a] 0:0,1,2,3 =25\n"},
    {"event_count: lt is decided when the window is over",
     COUNT("{lt: 2}"),
     {{0, F "a"}, {1, F "b"}, {2, F "b"}, {3, F "c"}},
     "60 many 1 [a] 0:0\n63 many 1 [c] 3:3\n"},
    {"event_count: the end of the window is in it, for lt too",
     COUNT("{lt: 2}"),
     {{0, F "a"}, {60, F "a"}, {70, F "b"}, {131, F "b"}},
     "130 many 1 [b] 70:70\n191 many 1 [b] 131:131\n"},
    {"event_count: what was counted in a window that is over is gone",
     COUNT("{lt: 3}"),
     {{0, F "a"}, {1, F "a"}, {2, F "a"}, {100, F "a"}, {101, F "a"}},
     "160 many 2 [a] 100:100,101\n"},
    {"Value Average: the sum begins anew with the window",
     METRIC("value_avg", "{field: port, gte: 500}"),
     {{0, P "a;port=900"}, {1, P "a;port=50"}, {100, P "a;port=600"}, {101, P "a;port=400"}},
     "160 many 2 [a] 100:100,101 =500\n"},
    {"event_count: lte",
     COUNT("{lte: 1}"),
     {{0, F "a"}, {1, F "b"}, {2, F "b"}},
     "60 many 1 [a] 0:0\n"},
    {"event_count: eq",
     COUNT("{eq: 2}"),
     {{0, F "a"}, {1, F "b"}, {2, F "b"}, {3, F "c"}, {4, F "c"}, {5, F "c"}},
     "61 many 2 [b] 1:1,2\n"},
    {"event_count: neq",
     COUNT("{neq: 2}"),
     {{0, F "a"}, {1, F "b"}, {2, F "b"}},
     "60 many 1 [a] 0:0\n"},
    {"event_count: a range",
     COUNT("{gt: 1, lte: 2}"),
     {{0, F "a"}, {1, F "b"}, {2, F "b"}, {3, F "c"}, {4, F "c"}, {5, F "c"}},
     "61 many 2 [b] 1:1,2\n"},
    {"event_count: time alone closes a window",
     COUNT("{lt: 2}"),
     {{0, F "a"}, {400, "action=read;user=z"}, {401, F "a"}},
     "60 many 1 [a] 0:0\n461 many 1 [a] 401:401\n"},
    {"event_count: late events count",
     COUNT("{gte: 3}"),
     {{0, F "a"}, {50, F "a"}, {30, F "a"}},
     "30 many 3 [a] 0:0,30,50\n"},
    {"event_count: late events complete an earlier window",
     COUNT("{gte: 3}"),
     {{0, F "a"}, {20, F "a"}, {200, F "a"}, {10, F "a"}},
     "10 many 3 [a] 0:0,10,20\n"},
    {"Temporal Proximity: late, beside an earlier event of a rule that happened again",
     FAIL READ CORRELATION("both",
			   "    type: temporal\n    rules: [fail, read]\n    group-by: [user]\n"
			   "    timespan: 1m\n"),
     {{0, F "a"}, {200, F "a"}, {30, R "a"}},
     "30 both 2 [a] 0:0,30\n"},
    {"Temporal Proximity: late, of a rule that happened later",
     FAIL READ CORRELATION("both",
			   "    type: temporal\n    rules: [fail, read]\n    group-by: [user]\n"
			   "    timespan: 1m\n"),
     {{0, R "a"}, {200, F "a"}, {30, F "a"}},
     "30 both 2 [a] 0:0,30\n"},
    {"Temporal Proximity: an expression, late",
     FAIL READ GOOD CORRELATION("both",
				"    type: temporal\n    group-by: [user]\n"
				"    timespan: 1m\n    condition: fail and (read or good)\n"),
     {{0, F "a"}, {200, F "a"}, {250, F "a"}, {30, G "a"}},
     "30 both 2 [a] 0:0,30\n"},
    {"value_count: late, of a value that was seen later",
     FAIL CORRELATION("spray", "    type: value_count\n    rules: fail\n    group-by: [ip]\n    "
			       "timespan: 1m\n    condition: {field: user, gte: 2}\n"),
     {{0, F "a;ip=::1"}, {100, F "a;ip=::1"}, {200, F "b;ip=::1"}, {40, F "b;ip=::1"}},
     "40 spray 2 [::1] 0:0,40\n"},
    {"value_sum: late, over the window that it stands in",
     METRIC("value_sum", "{field: port, gte: 50}"),
     {{0, P "a;port=30"}, {200, P "a;port=40"}, {30, P "a;port=20"}},
     "30 many 2 [a] 0:0,30 =50\n"},
    {"late events fire once for each timespan, too",
     COUNT("{gte: 2}"),
     {{200, F "a"}, {201, F "a"}, {10, F "a"}, {11, F "a"}, {12, F "a"}, {13, F "a"}},
     "201 many 2 [a] 200:200,201\n11 many 2 [a] 10:10,11\n"},
    {"event_count: a late event begins the window that time decides",
     COUNT("{lt: 2}"),
     {{50, F "a"}, {100, F "a"}, {20, F "a"}},
     "160 many 1 [a] 100:100\n"},
    {"Temporal Proximity: what must not happen comes late",
     FAIL READ CORRELATION("alone",
			   "    type: temporal\n    rules: [fail, read]\n    group-by: [user]\n"
			   "    timespan: 1m\n    condition: fail and not read\n"),
     {{0, F "a"}, {200, F "a"}, {30, R "a"}},
     "260 alone 1 [a] 200:200\n"},
    {"temporal_ordered: the first step comes late, before one that led nowhere",
     FAIL GOOD READ CORRELATION("steps",
				"    type: temporal_ordered\n    rules: [fail, good, read]\n"
				"    group-by: [user]\n    timespan: 1m\n"),
     {{10, G "a"},
      {20, R "a"},
      {100, G "a"},
      {110, G "a"},
      {120, G "a"},
      {130, G "a"},
      {140, G "a"},
      {0, F "a"}},
     "0 steps 3 [a] 0:0,10,20\n"},
    {"a correlation that time decides is told of in time to the one above",
     FAIL READ CORRELATION("few", "    type: event_count\n    rules: fail\n    group-by: [user]\n"
				  "    timespan: 1d\n    condition: {lt: 2}\n---\n")
	 CORRELATION("both", "    type: temporal\n    rules: [few, read]\n    group-by: [user]\n"
			     "    timespan: 5m\n"),
     {{0, F "a"}, {86390, R "a"}, {87000, R "a"}, {87500, R "a"}, {88200, R "z"}},
     "86400 both 2 [a] 86390:86390,0\n"},
    {"event_count: too late", COUNT("{gte: 2}"), {{0, F "a"}, {1000, F "a"}, {1, F "a"}}, ""},
    {"Grouping: an event without the field is in no group",
     COUNT("{gte: 2}"),
     {{0, "action=login;ok=false"}, {1, "action=login;ok=false"}},
     ""},
    {"Grouping: optional",
     FAIL CORRELATION(
	 "many",
	 "    type: event_count\n    rules: fail\n    timespan: 1m\n    condition: {gte: 2}\n"),
     {{0, F "a"}, {1, F "b"}},
     "1 many 2 [] 0:0,1\n"},
    {"Grouping: two fields, of other kinds",
     FAIL CORRELATION("many", "    type: event_count\n    rules: fail\n    group-by: [ip, port]\n  "
			      "  timespan: 1m\n    condition: {gte: 2}\n"),
     {{0, F "a;ip=::1;port=7"}, {1, F "b;ip=::1;port=8"}, {2, F "a;ip=::1;port=7"}},
     "2 many 2 [::1,7] 0:0,2\n"},
    {"event_count: several rules",
     FAIL GOOD CORRELATION("many", "    type: event_count\n    rules: [fail, good]\n    group-by: "
				   "[user]\n    timespan: 1m\n    condition: {gte: 2}\n"),
     {{0, F "a"}, {1, G "a"}},
     "1 many 2 [a] 0:0,1\n"},
    {"Related rules: by id",
     FAIL CORRELATION("many",
		      "    type: event_count\n    rules: [00000000-0000-4000-8000-000000000001]\n  "
		      "  timespan: 1m\n    condition: {gte: 1}\n"),
     {{0, F "a"}},
     "0 many 1 [] 0:0\n"},
    {"Generate: the rules make their own hits too",
     FAIL CORRELATION("many", "    type: event_count\n    rules: fail\n    timespan: 1m\n    "
			      "condition: {gte: 2}\n    generate: true\n"),
     {{0, F "a"}, {1, F "b"}},
     "0 fail 1 [] 0:0\n1 fail 1 [] 1:1\n1 many 2 [] 0:0,1\n"},
    {"Generate: beside the section",
     FAIL "title: many\nname: many\ngenerate: true\ncorrelation:\n    type: event_count\n"
	  "    rules: fail\n    timespan: 1m\n    condition: {gte: 2}\n",
     {{0, F "a"}, {1, F "b"}},
     "0 fail 1 [] 0:0\n1 fail 1 [] 1:1\n1 many 2 [] 0:0,1\n"},
    {"Time Selection: seconds, hours, days",
     FAIL CORRELATION("s", "    type: event_count\n    rules: fail\n    timespan: 5s\n    "
			   "condition: {gte: 2}\n---\n")
	 CORRELATION("h", "    type: event_count\n    rules: fail\n    timespan: 1h\n    "
			  "condition: {gte: 2}\n---\n")
	     CORRELATION("d", "    type: event_count\n    rules: fail\n    timespan: 2d\n    "
			      "condition: {gte: 3}\n"),
     {{0, F "a"}, {3600, F "a"}, {172800, F "a"}},
     "3600 h 2 [] 0:0,3600\n172800 d 3 [] 0:0,3600,172800\n"},
    {"value_count",
     FAIL CORRELATION("spray", "    type: value_count\n    rules: fail\n    group-by: [ip]\n    "
			       "timespan: 1m\n    condition: {field: user, gte: 3}\n"),
     {{0, F "a;ip=::1"},
      {1, F "b;ip=::1"},
      {2, F "b;ip=::1"},
      {3, F "c;ip=::2"},
      {4, F "c;ip=::1"},
      {5, F "d;ip=::1"}},
     "4 spray 3 [::1] 0:0,2,4\n"},
    {"value_count: a value grows old",
     FAIL CORRELATION("spray", "    type: value_count\n    rules: fail\n    timespan: 1m\n    "
			       "condition: {field: user, gte: 3}\n"),
     {{0, F "a"}, {30, F "b"}, {61, F "c"}, {62, F "a"}},
     "62 spray 3 [] 30:30,61,62\n"},
    {"value_count: lt when the window is over",
     FAIL CORRELATION("few", "    type: value_count\n    rules: fail\n    group-by: ip\n    "
			     "timespan: 1m\n    condition: {field: user, lt: 2}\n"),
     {{0, F "a;ip=::1"}, {1, F "a;ip=::1"}, {2, F "a;ip=::2"}, {3, F "b;ip=::2"}},
     "60 few 1 [::1] 0:1\n"},
    {"value_count: distinct pairs of fields",
     FAIL CORRELATION("spray", "    type: value_count\n    rules: fail\n    timespan: 1m\n    "
			       "condition: {field: [user, port], gte: 2}\n"),
     {{0, F "a;port=1"}, {1, F "a;port=1"}, {2, F "a;port=2"}},
     "2 spray 2 [] 1:1,2\n"},
    {"temporal: all rules in any order",
     FAIL GOOD READ CORRELATION("t", "    type: temporal\n    rules: [fail, good, read]\n    "
				     "group-by: [user]\n    timespan: 1m\n"),
     {{0, R "a"}, {1, R "a"}, {2, F "b"}, {10, F "a"}, {20, G "a"}},
     "20 t 3 [a] 1:1,10,20\n"},
    {"temporal: too far apart",
     FAIL GOOD CORRELATION(
	 "t",
	 "    type: temporal\n    rules: [fail, good]\n    group-by: [user]\n    timespan: 1m\n"),
     {{0, F "a"}, {61, G "a"}, {100, F "b"}},
     ""},
    {"temporal: a count of rules",
     FAIL GOOD READ CORRELATION("t",
				"    type: temporal\n    rules: [fail, good, read]\n    group-by: "
				"[user]\n    timespan: 1m\n    condition: {gte: 2}\n"),
     {{0, R "a"}, {1, R "a"}, {2, F "a"}},
     "2 t 2 [a] 1:1,2\n"},
    {"temporal, extended condition: or",
     FAIL GOOD READ CORRELATION("t", "    type: temporal\n    group-by: [user]\n    timespan: 1m\n"
				     "    condition: fail and (good or read)\n"),
     {{0, R "a"}, {1, R "b"}, {2, F "b"}, {9, F "c"}, {10, F "a"}, {20, G "a"}},
     "2 t 2 [b] 1:1,2\n10 t 2 [a] 0:0,10\n"},
    {"temporal, extended condition: or, too far apart",
     FAIL GOOD READ CORRELATION("t", "    type: temporal\n    rules: [fail, good, read]\n"
				     "    group-by: [user]\n    timespan: 1m\n"
				     "    condition: (good or read) and fail\n"),
     {{0, R "a"}, {61, F "a"}, {200, G "b"}},
     ""},
    {"temporal, extended condition: and alone is all of them",
     FAIL GOOD CORRELATION("t", "    type: temporal\n    group-by: [user]\n    timespan: 1m\n"
				"    condition: fail AND good\n"),
     {{0, F "a"}, {1, F "b"}, {5, G "a"}},
     "5 t 2 [a] 0:0,5\n"},
    {"temporal, extended condition: not, decided when time is over",
     FAIL GOOD CORRELATION("t", "    type: temporal\n    group-by: [user]\n    timespan: 1m\n"
				"    condition: fail and not good\n"),
     {{0, F "a"}, {1, F "b"}, {30, G "a"}, {40, F "b"}},
     "61 t 1 [b] 1:40\n"},
    {"temporal, extended condition: not, in any order",
     FAIL GOOD CORRELATION("t", "    type: temporal\n    group-by: [user]\n    timespan: 1m\n"
				"    condition: fail and not good\n"),
     {{0, G "a"}, {50, F "a"}, {200, F "a"}},
     "260 t 1 [a] 200:200\n"},
    {"temporal, extended condition: what is ruled out begins nothing",
     FAIL GOOD READ CORRELATION("t", "    type: temporal\n    group-by: [user]\n    timespan: 1m\n"
				     "    condition: fail and not (good or read)\n"),
     {{0, G "a"}, {1, R "a"}, {2, R "b"}, {300, F "a"}, {361, G "a"}},
     "360 t 1 [a] 300:300\n"},
    {"temporal, extended condition: not not",
     FAIL GOOD CORRELATION("t", "    type: temporal\n    group-by: [user]\n    timespan: 1m\n"
				"    condition: not (not fail or not good)\n"),
     {{0, F "a"}, {1, F "b"}, {30, G "a"}},
     "60 t 2 [a] 0:0,30\n"},
    {"temporal_ordered, extended condition: in the order of its names",
     FAIL GOOD CORRELATION("o", "    type: temporal_ordered\n    group-by: [user]\n"
				"    timespan: 1m\n    condition: good and fail\n"),
     {{0, F "a"}, {10, G "a"}, {20, F "a"}},
     "20 o 2 [a] 10:10,20\n"},
    {"temporal_ordered: in order",
     FAIL GOOD CORRELATION("o", "    type: temporal_ordered\n    rules: [fail, good]\n    "
				"group-by: [user]\n    timespan: 1m\n"),
     {{0, F "a"}, {10, F "a"}, {20, G "b"}, {30, G "a"}},
     "30 o 2 [a] 10:10,30\n"},
    {"temporal: neq, which the rules that are still to come can undo",
     FAIL GOOD CORRELATION("t",
			   "    type: temporal\n    rules: [fail, good]\n    group-by: [user]\n"
			   "    timespan: 1m\n    condition: {neq: 2}\n"),
     {{0, F "a"}, {0, F "b"}, {10, G "a"}},
     "60 t 1 [b] 0:0\n"},
    {"temporal_ordered: at one moment in the order of the file, and no event is two steps",
     ANY("x", "4") ANY("y", "5") GOOD CORRELATION(
	 "o", "    type: temporal_ordered\n    rules: [x, good, y]\n    timespan: 1m\n"),
     {{0, F "a"}, {0, G "a"}, {5, F "b"}},
     "5 o 3 [] 0:0,0,5\n"},
    {"temporal_ordered: wrong order",
     FAIL GOOD CORRELATION("o", "    type: temporal_ordered\n    rules: [fail, good]\n    "
				"group-by: [user]\n    timespan: 1m\n"),
     {{0, G "a"}, {10, F "a"}},
     ""},
    {"temporal_ordered: too far apart",
     FAIL GOOD CORRELATION("o", "    type: temporal_ordered\n    rules: [fail, good]\n    "
				"group-by: [user]\n    timespan: 1m\n"),
     {{0, F "a"}, {61, G "a"}},
     ""},
    {"temporal_ordered: three steps, a flood of the first between",
     FAIL GOOD READ CORRELATION("o", "    type: temporal_ordered\n    rules: [fail, good, read]\n  "
				     "  group-by: [user]\n    timespan: 1m\n"),
     {{0, F "a"},
      {1, G "a"},
      {2, F "a"},
      {3, F "a"},
      {4, F "a"},
      {5, F "a"},
      {6, F "a"},
      {7, F "a"},
      {8, R "a"}},
     "8 o 3 [a] 0:0,1,8\n"},
    {"temporal_ordered: the middle step comes late",
     FAIL GOOD READ CORRELATION("o", "    type: temporal_ordered\n    rules: [fail, good, read]\n  "
				     "  group-by: [user]\n    timespan: 1m\n"),
     {{0, F "a"}, {20, R "a"}, {10, G "a"}},
     "10 o 3 [a] 0:0,10,20\n"},
    {"temporal_ordered: one event is not two steps",
     FAIL BASE("any", "4", "{action: login}")
	 CORRELATION("o", "    type: temporal_ordered\n    rules: [fail, any]\n    group-by: "
			  "[user]\n    timespan: 1m\n"),
     {{0, F "a"}, {9, F "a"}},
     "9 o 2 [a] 0:0,9\n"},
    {"Field Name Aliases",
     FAIL READ CORRELATION(
	 "x", "    type: temporal\n    rules: [fail, read]\n    group-by: [who]\n    timespan: 1m\n"
	      "    aliases:\n        who:\n            fail: user\n            read: name\n"),
     {{0, F "a"}, {1, "action=read;name=b"}, {2, "action=read;name=a"}},
     "2 x 2 [a] 0:0,2\n"},
    {"Field Name Aliases: a text that is the one way to write a number is that number",
     FAIL READ CORRELATION(
	 "x", "    type: temporal\n    rules: [fail, read]\n    group-by: [who]\n    timespan: 1m\n"
	      "    aliases:\n        who:\n            fail: user\n            read: port\n"),
     {{0, F "7"},
      {1, "action=read;port=7"},
      {2, F "08"},
      {3, "action=read;port=8"},
      {4, F "-9"},
      {5, "action=read;port=-9"},
      {6, F "0"},
      {7, "action=read;port=0"},
      {8, F "9x"},
      {9, "action=read;port=9"},
      {10, F "-"},
      {11, "action=read;port=-0"}},
     "1 x 2 [7] 0:0,1\n5 x 2 [-9] 4:4,5\n7 x 2 [0] 6:6,7\n"},
    {"Field Name Aliases: and so is one that is a flag",
     FAIL READ CORRELATION(
	 "x", "    type: temporal\n    rules: [fail, read]\n    group-by: [who]\n    timespan: 1m\n"
	      "    aliases:\n        who:\n            fail: user\n            read: ok\n"),
     {{0, F "true"},
      {1, "action=read;ok=true"},
      {2, F "false"},
      {3, "action=read;ok=false"},
      {4, F "1"},
      {5, "action=read;ok=true"},
      {6, F "truer"}},
     "1 x 2 [true] 0:0,1\n3 x 2 [false] 2:2,3\n"},
    {"Grouping: of two fields the second decides too",
     FAIL CORRELATION("many", "    type: event_count\n    rules: fail\n    group-by: [user, host]\n"
			      "    timespan: 1m\n    condition: {gte: 2}\n"),
     {{0, F "a;host=x"}, {1, F "a;host=y"}, {2, F "a"}, {3, F "a"}, {4, F "a;host=x"}},
     "4 many 2 [a,x] 0:0,4\n"},
    {"Examples: many failures, then a success",
     CORRELATION("o", "    type: temporal_ordered\n    rules: [many, good]\n    group-by: [user]\n "
		      "   timespan: 2m\n---\n") GOOD COUNT("{gte: 3}"),
     {{0, F "a"}, {1, F "a"}, {2, F "a"}, {3, F "a"}, {4, G "b"}, {5, G "a"}},
     "5 o 2 [a] 0:3,5\n"},
    {"Chains: a steady attack is still true for what follows",
     CORRELATION("o", "    type: temporal_ordered\n    rules: [many, good]\n    group-by: [user]\n "
		      "   timespan: 5s\n---\n") GOOD COUNT("{gte: 2}"),
     {{0, F "a"}, {1, F "a"}, {40, F "a"}, {42, G "a"}},
     "42 o 2 [a] 0:40,42\n"},
    {"Chains: event_count counts firings",
     CORRELATION("o", "    type: event_count\n    rules: [many]\n    timespan: 1h\n    condition: "
		      "{gte: 2}\n---\n") COUNT("{gte: 2}"),
     {{0, F "a"}, {1, F "a"}, {2, F "a"}, {3, F "b"}, {4, F "b"}},
     "4 o 2 [] 0:1,4\n"},
    {"Chains: a window that is over has its group only",
     CORRELATION("o", "    type: event_count\n    rules: [many]\n    group-by: [user]\n    "
		      "timespan: 1h\n    condition: {gte: 1}\n---\n") COUNT("{lt: 2}"),
     {{0, F "a"}},
     "60 o 1 [a] 0:0\n"},
    {"tocsin.enabled: false",
     FAIL CORRELATION("many", "    type: event_count\n    rules: fail\n    timespan: 1m\n    "
			      "condition: {gte: 1}\ntocsin: {enabled: false}\n"),
     {{0, F "a"}},
     "0 fail 1 [] 0:0\n"},
};

struct log {
	char text[2048];
	size_t len;
};

static void put(struct log *log, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(log->text + log->len, sizeof log->text - log->len, format, args);
	va_end(args);
	assert_in_range(n, 0, sizeof log->text - log->len - 1);
	log->len += (size_t)n;
}

static void put_value(struct log *log, const struct sigma_value *v)
{
	char text[ADDRESS_TEXT];
	if (v->kind == SIGMA_ADDRESS)
		put(log, "%.*s", (int)address_format(&v->address, text), text);
	else if (v->kind == SIGMA_NUMBER)
		put(log, "%lld", (long long)v->number);
	else
		put(log, "%.*s", (int)v->text.len, v->text.at);
}

static void on_hit(void *ctx, const struct sigma_hit *hit)
{
	struct log *log = ctx;
	put(log, "%lld %s %llu [", (long long)(hit->time / CLOCK_SECOND), hit->rule->title,
	    (unsigned long long)hit->count);
	for (size_t i = 0; i < hit->group_count; i++) {
		put(log, "%s", i ? "," : "");
		put_value(log, &hit->group[i]);
	}
	put(log, "] %lld:", (long long)(hit->first / CLOCK_SECOND));
	for (size_t i = 0; i < hit->token_count; i++)
		put(log, "%s%llu", i ? "," : "", (unsigned long long)hit->tokens[i].word[0]);
	if (hit->has_value)
		put(log, " =%g", hit->value);
	put(log, "\n");
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct sigma *s = toy_rules(r->rules);
		struct log log = {.len = 0};
		for (size_t k = 0; k < 16 && r->events[k].event; k++) {
			struct toy_event e = toy_event(slice_of(r->events[k].event));
			struct sigma_token token = {{(uint64_t)r->events[k].seconds}};
			sigma_feed(s, &e, r->events[k].seconds * CLOCK_SECOND, &token, on_hit,
				   &log);
		}
		sigma_time(s, INT64_MAX, on_hit, &log);
		if (strcmp(log.text, r->want) != 0)
			fail_msg("%s\n got: %s\nwant: %s", r->section, log.text, r->want);
		sigma_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
