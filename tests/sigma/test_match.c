/*
 * Detections against events. Sections are of the Sigma rules specification 2.1.0 and its appendix.
 */
#include "toy.h"

#include "base/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct row {
	const char *section, *detection;
	const char *hits[6], *misses[6];
};

#define S "    s:\n        "
#define C "\n    condition: s\n"

static const struct row rows[] = {
    {"Maps: and",
     S "user: ana\n        port: 80" C,
     {"user=ana;port=80"},
     {"user=ana", "user=ana;port=81", "port=80"}},
    {"Maps: or of a list of values",
     S "port:\n            - 517\n            - 1102" C,
     {"port=517", "port=1102"},
     {"port=5", "user=517"}},
    {"Lists: of maps",
     "    s:\n        - user: ana\n        - port: 1\n          ok: true" C,
     {"user=ana", "port=1;ok=true"},
     {"port=1", "ok=true", "user=bob"}},
    {"Yaml File: anchors and merge keys, the map's own first",
     "    a: &a {user: ana, port: 1}\n    b: &b {host: h, port: 2}\n"
     "    s: {<<: [*a, *b], user: bob}\n    condition: s or (a and b)\n",
     {"user=bob;port=1;host=h"},
     {"user=ana;port=1;host=h", "user=bob;port=2;host=h", "user=bob;port=1"}},
    {"Lists: keywords, in the whole record",
     "    s:\n        - evil\n        - 'a*z'" C,
     {"user=EVILService", "line=xxaxxzxx"},
     {"user=ana", "line=za"}},
    {"Keywords search: '|all'",
     "    s:\n        '|all':\n            - one\n            - two" C,
     {"line=two one"},
     {"line=one", "line=two"}},
    {"Keywords search: a single one", "    s: evil" C, {"line=an evil one"}, {"line=good"}},
    {"Keywords with re",
     "    s:\n        '|re':\n            - 'ev[i1]l'" C,
     {"line=ev1l"},
     {"line=EVIL"}},
    {"Lists: texts and maps together",
     "    s:\n        - evil\n        - user: ana" C,
     {"line=evil", "user=ana"},
     {"user=bob"}},
    {"General: values ignore case", S "user: AnA" C, {"user=aNa"}, {"user=anna"}},
    {"General: letters of every alphabet have case",
     S "user: '\xc3\xa9t\xc3\x89'" C,
     {"user=\xc3\xa9T\xc3\xa9", "user=\xc3\x89t\xc3\xa9"},
     {"user=ete", "user=\xc3\xa9t", "user=\xc3\xa9t\xe9"}},
    {"General: Cyrillic, Greek, at an end and anywhere",
     "    s: {user|startswith: '\xd0\x9f\xd1\x80', line|contains|all: ['\xce\xa3', x]}" C,
     {"user=\xd0\xbf\xd0\xa0z;line=-X-\xcf\x83", "user=\xd0\xbf\xd1\x80;line=x\xcf\x82"},
     {"user=\xd0\xbf;line=x\xcf\x83", "user=\xd0\xbf\xd1\x80;line=\xcf\x83"}},
    {"General: no letter beyond ASCII is one of ASCII",
     S "user: '\xc3\xa9ks'" C,
     {"user=\xc3\x89KS"},
     {"user=\xc3\xa9\xe2\x84\xaas", "user=\xc3\xa9k\xc5\xbf"}},
    {"General: cased, beyond ASCII",
     S "user|cased: '\xc3\xa9'" C,
     {"user=\xc3\xa9"},
     {"user=\xc3\x89"}},
    {"Regular Expression: a character beyond ASCII is one",
     S "user|re: '^x.[\xc3\xa9\xc3\xa8]?y$'" C,
     {"user=x\xc3\xa9y", "user=x-\xc3\xa8y", "user=x-y", "user=x\xffy"},
     {"user=xy", "user=x\xc3\xa9\xc3\xa9\xc3\xa9y"}},
    {"Regular Expression: i, beyond ASCII",
     S "user|re|i: '^\xc3\x89t'" C,
     {"user=\xc3\xa9T"},
     {"user=et"}},
    {"String Wildcard: ? is one character",
     S "user: a?c" C,
     {"user=abc",
      "user=a\xc3\xa9"
      "c",
      "user=a\xff"
      "c"},
     {"user=ac", "user=abbc",
      "user=a\xc3\xa9\xc3\xa9"
      "c"}},
    {"String Wildcard: ?? on one two-byte character",
     S "user: a??c" C,
     {"user=abbc"},
     {"user=a\xc3\xa9"
      "c"}},
    {"String Wildcard: ? behind * is a whole character",
     S "user: '*??c'" C,
     {"user=\xc3\xa9\xe1\xba\x9e"
      "c",
      "user=abc"},
     {"user=\xe1\xba\x9e"
      "c",
      "user=bc"}},
    {"String Wildcard: *",
     S "user: a*b*c" C,
     {"user=abc", "user=axbxc", "user=aabbcc", "user=abcbc"},
     {"user=acb", "user=abcd", "user=xabc", "user=ac"}},
    {"String Wildcard: head and tail do not overlap",
     S "user: ab*ba" C,
     {"user=abba", "user=abxba"},
     {"user=aba"}},
    {"String Wildcard: * alone is anything there",
     S "user: '*'" C,
     {"user=x", "user="},
     {"port=1", "user"}},
    {"String Wildcard: ? at the edges of a contains",
     S "line|contains: 'x?y'" C,
     {"line=aax-yaa"},
     {"line=xy", "line=x--y"}},
    {"Escaping: backslash before a plain character is itself",
     S "line: 'C:\\x'" C,
     {"line=C:\\x"},
     {"line=C:x"}},
    {"Escaping: two backslashes are one", S "line: 'C:\\\\x'" C, {"line=C:\\x"}, {"line=C:\\\\x"}},
    {"Escaping: \\* is a star", S "line: 'a\\*'" C, {"line=a*"}, {"line=ab", "line=a\\b"}},
    {"Escaping: \\? is a question mark", S "line: 'a\\?'" C, {"line=a?"}, {"line=ab"}},
    {"Escaping: \\\\* is a backslash and a wildcard",
     S "line: 'a\\\\*'" C,
     {"line=a\\", "line=a\\bc"},
     {"line=a*", "line=ab"}},
    {"Escaping: \\\\\\* is a backslash and a star",
     S "line: 'a\\\\\\*'" C,
     {"line=a\\*"},
     {"line=a\\b"}},
    {"Escaping: three backslashes are two",
     S "line: 'a\\\\\\b'" C,
     {"line=a\\\\b"},
     {"line=a\\b", "line=a\\\\\\b"}},
    {"Escaping: four backslashes are two",
     S "line: 'a\\\\\\\\b'" C,
     {"line=a\\\\b"},
     {"line=a\\b"}},
    {"Special Field Values: empty", S "user: ''" C, {"user="}, {"user=x", "port=1", "user"}},
    {"Special Field Values: null", S "user: null" C, {"user", "port=1"}, {"user=", "user=x"}},
    {"Special Field Values: null in a list",
     S "user:\n            - null\n            - ''" C,
     {"user", "user=", "port=1"},
     {"user=x"}},
    {"Special Field Values: a number, quoted or not",
     S "port: '200'" C,
     {"port=200"},
     {"port=20", "port=2000"}},
    {"Values: number as text", S "line: 200" C, {"line=200"}, {"line=2000"}},
    {"Values: pattern on a number", S "port: '20*'" C, {"port=200", "port=20"}, {"port=120"}},
    {"Values: negative number", S "port: -5" C, {"port=-5"}, {"port=5"}},
    {"Values: flags", S "ok: true" C, {"ok=true"}, {"ok=false", "port=1"}},
    {"Values: flags as text", S "ok: 'False'" C, {"ok=false"}, {"ok=true"}},
    {"Generic Modifiers: cased, a flag is written true or false",
     S "ok|cased: [true, 'True']" C,
     {"ok=true"},
     {"ok=false"}},
    {"Generic Modifiers: cased, a flag is not written True",
     "    s: {ok|cased: 'True'}\n    t: {ok: true}\n    condition: t and not s\n",
     {"ok=true"},
     {"ok=false"}},
    {"Values: flags as number", S "ok: 1" C, {"ok=true"}, {"ok=false"}},
    {"Values: address literal", S "ip: '2001:DB8:0::1'" C, {"ip=2001:db8::1"}, {"ip=2001:db8::2"}},
    {"Values: pattern on an address",
     S "ip|startswith: '192.0.'" C,
     {"ip=192.0.2.1"},
     {"ip=198.51.100.1"}},
    {"Field Existence: exists true",
     S "user|exists: true" C,
     {"user=x", "user=", "user"},
     {"port=1"}},
    {"Field Existence: exists false", S "user|exists: false" C, {"port=1"}, {"user=x"}},
    {"Modifiers: contains", S "line|contains: bcd" C, {"line=abcde", "line=BCD"}, {"line=bc d"}},
    {"Modifiers: contains, repeated prefix",
     S "line|contains: aab" C,
     {"line=aaab", "line=aaaab"},
     {"line=aaaa", "line=aba"}},
    {"Modifiers: contains with wildcards", S "line|contains: 'a*c'" C, {"line=xabcx"}, {"line=ca"}},
    {"Modifiers: startswith",
     S "line|startswith: ab" C,
     {"line=abc", "line=ab", "line=ABx"},
     {"line=xab"}},
    {"Modifiers: endswith",
     S "line|endswith: '\\cmd.exe'" C,
     {"line=C:\\x\\CMD.EXE"},
     {"line=cmd.exe", "line=\\cmd.exe.bak"}},
    {"Modifiers: all",
     S "line|contains|all:\n            - one\n            - two" C,
     {"line=two one"},
     {"line=one"}},
    {"Modifiers: cased", S "user|cased: Ana" C, {"user=Ana"}, {"user=ana"}},
    {"Modifiers: cased contains", S "line|contains|cased: Ab" C, {"line=xAbx"}, {"line=xabx"}},
    {"Modifiers: cased ?", S "line|cased: A?b" C, {"line=Axb"}, {"line=axb"}},
    {"Modifiers: re searches, with case",
     S "line|re: 'a.c$'" C,
     {"line=xxabc"},
     {"line=ABC", "line=abcd"}},
    {"Modifiers: re|i", S "line|re|i: 'a.c'" C, {"line=xABCx"}, {"line=ac"}},
    {"Modifiers: re|ignorecase|dotall, as pySigma names them",
     S "line|re|ignorecase|dotall: 'a.c'" C,
     {"line=xABCx"},
     {"line=ac"}},
    {"Regular Expression: of alternatives each has a mark of its own",
     S "line|re: '\\$\\{|`x|a-b'" C,
     {"line=is ${x", "line=say `x`", "line=a-b"},
     {"line=$ { x", "line=x", "line=ab"}},
    {"Regular Expression: what escapes of signs say must be there",
     S "line|re: '^\\\\tmp\\\\[a-z]{2}\\.\\{x\\}$'" C,
     {"line=\\tmp\\ab.{x}"},
     {"line=/tmp/ab.{x}", "line=\\tmp\\ab.x", "line=\\tmp\\a.{x}"}},
    {"Regular Expression: classes with names, in classes",
     S "line|re: '^[[:alpha:]_]+x[^[:^digit:]]$'" C,
     {"line=ab_x7"},
     {"line=a]x7", "line=abxx", "line=7x7"}},
    {"Regular Expression: a text may be too short",
     S "line|re: '[^/]{10,}$'" C,
     {"line=0123456789", "line=a/0123456789\xc3\xa9", "line=123456789\xc3\xa9"},
     {"line=12345678\xc3\xa9", "line=012345678/", "line="}},
    {"Modifiers: re without m", S "line|re: '^b'" C, {"line=b"}, {"line=a\nb"}},
    {"Modifiers: re|m", S "line|re|m: '^b$'" C, {"line=a\nb\nc"}, {"line=ab"}},
    {"Modifiers: re|s", S "line|re|s: 'a.b'" C, {"line=a\nb"}, {"line=ab"}},
    {"Modifiers: re without s", S "line|re: 'a.b'" C, {"line=a-b"}, {"line=a\nb"}},
    {"Modifiers: re that may be empty",
     S "line|re: '^x*$'" C,
     {"line=", "line=xx"},
     {"line=y", "port=1"}},
    {"Modifiers: re on a number", S "port|re: '^80'" C, {"port=8080"}, {"port=1080"}},
    {"Generic Modifiers: startswith of an expression",
     S "line|re|startswith: 'a+b|c'" C,
     {"line=aab-", "line=cx"},
     {"line=xab", "line=xc", "line=\nab"}},
    {"Generic Modifiers: startswith of an expression over lines",
     S "line|re|m|startswith: '^b'" C,
     {"line=b\na"},
     {"line=a\nb"}},
    {"Generic Modifiers: endswith of an expression",
     S "line|re|i|endswith: '\\d+x'" C,
     {"line=a12X", "line=1x"},
     {"line=1xa", "line=x", "line=1x\n"}},
    {"Generic Modifiers: contains of an expression is what an expression is",
     S "line|re|contains: 'a.b'" C,
     {"line=xa-bx"},
     {"line=ab"}},
    {"Generic Modifiers: neq with all, different from them together",
     S "line|contains|all|neq:\n            - one\n            - two" C,
     {"line=one", "line=x"},
     {"line=two one", "port=1"}},
    {"Generic Modifiers: neq with contains",
     S "line|contains|neq:\n            - one\n            - two" C,
     {"line=x"},
     {"line=one", "line=-two-", "port=1"}},
    {"Encoding: windash before base64offset, all permutations",
     S "line|windash|base64offset|contains: 'x -a /b'" C,
     {"line=eCAtYSAvYg==", "line=eCAvYSAtYg==", "line=AHggL2EgL2IA", "line=eCDigJNhIC1i"},
     {"line=eCBhIGI="}},
    {"Modifiers: cidr", S "ip|cidr: 192.0.2.0/24" C, {"ip=192.0.2.77"}, {"ip=192.0.3.1", "port=1"}},
    {"IP Modifiers: IPv4 is in no network of IPv6",
     S "ip|cidr: '::/0'" C,
     {"ip=2001:db8::1"},
     {"ip=192.0.2.1"}},
    {"General: values are texts, and 7 is not written 007",
     "    s: {port: '007'}\n    t: {port: '7'}\n    condition: t and not s\n",
     {"port=7"},
     {"port=8"}},
    {"Modifiers: cidr, IPv6, list",
     S "ip|cidr:\n            - 10.0.0.0/8\n            - 2001:db8::/32" C,
     {"ip=10.1.2.3", "ip=2001:db8:1::1"},
     {"ip=2001:db9::1"}},
    {"Modifiers: cidr on a text",
     S "line|cidr: 192.0.2.0/24" C,
     {"line=192.0.2.1"},
     {"line=192.0.2", "line=x"}},
    {"Modifiers: gt", S "port|gt: 10" C, {"port=11"}, {"port=10", "port=-11", "line=11"}},
    {"Modifiers: gte", S "port|gte: 10" C, {"port=10"}, {"port=9"}},
    {"Modifiers: lt", S "port|lt: 10" C, {"port=9", "port=-1"}, {"port=10", "user=1"}},
    {"Modifiers: lte", S "port|lte: 10" C, {"port=10"}, {"port=11"}},
    {"Modifiers: gt with a fraction", S "port|gt: 1.5" C, {"port=2"}, {"port=1"}},
    {"Modifiers: lte with a fraction", S "port|lte: -1.5" C, {"port=-2"}, {"port=-1"}},
    {"Modifiers: gt on a text that is a number",
     S "line|gt: 10" C,
     {"line=11"},
     {"line=x11", "line=9"}},
    {"Modifiers: neq", S "user|neq: ana" C, {"user=bob", "user="}, {"user=ANA", "port=1", "user"}},
    {"Modifiers: neq number, list",
     S "port|neq:\n            - 1\n            - 2" C,
     {"port=3"},
     {"port=1", "port=2"}},
    {"Modifiers: fieldref",
     S "user|fieldref: name" C,
     {"user=ana;name=Ana", "user=;name="},
     {"user=ana;name=bob", "user=ana", "name=ana"}},
    {"Modifiers: fieldref of addresses",
     S "ip|fieldref: peer" C,
     {"ip=::1;peer=0:0::1"},
     {"ip=::1;peer=::2"}},
    {"Modifiers: fieldref|startswith",
     S "line|fieldref|startswith: name" C,
     {"line=anabel;name=Ana"},
     {"line=bana;name=ana"}},
    {"Modifiers: fieldref|endswith",
     S "line|fieldref|endswith: name" C,
     {"line=bana;name=Ana"},
     {"line=anab;name=ana"}},
    {"Modifiers: fieldref|contains",
     S "line|fieldref|contains: name" C,
     {"line=xaaabx;name=AAb", "line=x;name="},
     {"line=aaa;name=aab"}},
    {"Modifiers: neq with fieldref",
     S "user|fieldref|neq: name" C,
     {"user=a;name=b"},
     {"user=a;name=A", "name=b"}},
    {"Modifiers: windash",
     S "line|windash|contains: ' -f '" C,
     {"line=x -f y", "line=x /f y",
      "line=x \xe2\x80\x93"
      "f y",
      "line=x \xe2\x80\x95"
      "F y"},
     {"line=x f y", "line=x _f y"}},
    {"Modifiers: windash leaves dashes within words",
     S "line|windash: 'a-b'" C,
     {"line=a-b"},
     {"line=a/b"}},
    {"Modifiers: contains before windash",
     S "line|contains|windash: '/all -x'" C,
     {"line=cmd -all /x"},
     {"line=cmd all -x"}},
    {"Modifiers: base64", S "line|base64: 'foobar'" C, {"line=Zm9vYmFy"}, {"line=foobar"}},
    {"Modifiers: base64 padded", S "line|base64: 'fo'" C, {"line=Zm8="}, {"line=Zm8"}},
    {"Modifiers: base64offset|contains",
     S "line|base64offset|contains: 'foobar'" C,
     {"line=xxxxZm9vYmFy", "line=eGZvb2Jhcnh4", "line=eHhmb29iYXJ4"},
     {"line=foobar"}},
    {"Modifiers: wide|base64", S "line|wide|base64: 'cmd'" C, {"line=YwBtAGQA"}, {"line=Y21k"}},
    {"Modifiers: utf16be|base64",
     S "line|utf16be|base64: 'cmd'" C,
     {"line=AGMAbQBk"},
     {"line=Y21k"}},
    {"Modifiers: utf16|base64", S "line|utf16|base64: 'c'" C, {"line=//5jAA=="}, {"line=YwA="}},
    {"Time Modifiers: hour",
     S "when|hour: 3" C,
     {"when=2026-03-17T03:05:00Z"},
     {"when=2026-03-17T13:05:00Z", "when=x"}},
    {"Time Modifiers: no conversion of zones",
     S "when|hour: 3" C,
     {"when=2026-03-17T03:05:00+02:00", "when=2026-03-17 03:05:00.123"},
     {"when=2026-03-17T01:05:00-02:00", "when=2026-03-17T05:05:00+02:00"}},
    {"Time Modifiers: of seconds since 1970, or thousandths or millionths",
     S "port|hour: 3" C,
     {"port=1773716700", "port=1773716700000", "port=1773716700000000"},
     {"port=3", "port=1773720300"}},
    {"Time Modifiers: of a date alone",
     "    s: {when|day: 17, when|month: 3, when|year: 2026, when|week: 12}" C,
     {"when=2026-03-17"},
     {"when=2026-03-1", "when=17.03.2026"}},
    {"Time Modifiers: a date alone has no hour",
     S "when|hour: 0" C,
     {"when=2026-03-17T00:00:00Z"},
     {"when=2026-03-17"}},
    {"Time Modifiers: minute, day, month, year",
     S "when|minute: 5\n        when|day: 17\n        when|month: 3\n        when|year: 2026" C,
     {"when=2026-03-17T03:05:00Z"},
     {"when=2026-03-18T03:05:00Z", "when=2025-03-17T03:05:00Z"}},
    {"Time Modifiers: week",
     S "when|week: 1" C,
     {"when=2026-01-01T00:00:00Z", "when=2024-12-30T00:00:00Z"},
     {"when=2027-01-01T00:00:00Z", "when=2026-01-05T00:00:00Z"}},
    {"Time Modifiers: hour|gte",
     S "when|hour|gte: 22" C,
     {"when=2026-03-17T23:05:00Z"},
     {"when=2026-03-17T21:59:59Z"}},
    {"Condition: and binds more than or",
     "    a: {user: a}\n    b: {port: 1}\n    c: {ok: true}\n    condition: a or b and c\n",
     {"user=a", "port=1;ok=true"},
     {"port=1"}},
    {"Condition: not binds more than and",
     "    a: {user: a}\n    b: {port: 1}\n    condition: not a and b\n",
     {"port=1"},
     {"user=a;port=1", "user=b"}},
    {"Condition: brackets",
     "    a: {user: a}\n    b: {port: 1}\n    c: {ok: true}\n    condition: (a or b) and c\n",
     {"user=a;ok=true"},
     {"user=a"}},
    {"Condition: not not", "    a: {user: a}\n    condition: not not a\n", {"user=a"}, {"user=b"}},
    {"Condition: not of brackets",
     "    a: {user: a}\n    b: {port: 1}\n    condition: not (a or b)\n",
     {"user=b"},
     {"user=a", "port=1"}},
    {"Condition: 1 of pattern",
     "    sel_a: {user: a}\n    sel_b: {port: 1}\n    x: {ok: true}\n    condition: 1 of sel_*\n",
     {"user=a", "port=1"},
     {"ok=true"}},
    {"Condition: all of pattern",
     "    sel_a: {user: a}\n    sel_b: {port: 1}\n    x: {ok: true}\n    condition: all of sel_*\n",
     {"user=a;port=1"},
     {"user=a"}},
    {"Condition: pattern with * inside",
     "    s_a_x: {user: a}\n    s_b_y: {port: 1}\n    condition: 1 of s*x\n",
     {"user=a"},
     {"port=1"}},
    {"Condition: 1 of them leaves out _",
     "    a: {user: a}\n    _b: {port: 1}\n    condition: 1 of them\n",
     {"user=a"},
     {"port=1"}},
    {"Condition: all of them",
     "    a: {user: a}\n    b: {port: 1}\n    _c: {ok: true}\n    condition: all of them\n",
     {"user=a;port=1"},
     {"user=a"}},
    {"Condition: any of", "    a: {user: a}\n    condition: any of a*\n", {"user=a"}, {"user=b"}},
    {"Condition: not 1 of",
     "    a: {user: a}\n    f_1: {port: 1}\n    f_2: {port: 2}\n    condition: a and not 1 of "
     "f_*\n",
     {"user=a"},
     {"user=a;port=2"}},
    {"Condition: a list is linked by or",
     "    a: {user: a}\n    b: {port: 1}\n    condition:\n        - a\n        - b\n",
     {"user=a", "port=1"},
     {"ok=true"}},
    {"Condition: names that look like words",
     "    all_a: {user: a}\n    nothing: {port: 1}\n    condition: all_a or nothing\n",
     {"user=a", "port=1"},
     {"ok=true"}},
    {"Buckets: key field",
     "    a: {action: LOGIN}\n    condition: a\n",
     {"action=login"},
     {"action=logout", "user=x"}},
    {"Buckets: key under not",
     "    a: {action: login}\n    condition: not a\n",
     {"action=logout", "user=x", "action=other"},
     {"action=login"}},
    {"Buckets: key with wildcard",
     "    a: {action: 'log*'}\n    condition: a\n",
     {"action=login", "action=logout", "action=logjam"},
     {"action=read"}},
    {"Buckets: key or something else",
     "    a: {action: login}\n    b: {user: x}\n    condition: a or b\n",
     {"action=login", "action=read;user=x", "user=x"},
     {"action=read"}},
    {"Buckets: key and key",
     "    a: {action: [login, read]}\n    b: {action: [read, send]}\n    condition: a and b\n",
     {"action=read"},
     {"action=login", "action=send"}},
    {"Buckets: key null",
     "    a: {action: null}\n    condition: a\n",
     {"user=x"},
     {"action=login"}},
    {"Buckets: a key that never occurs",
     "    a: {action: fly}\n    b: {user: x}\n    condition: a or b\n",
     {"user=x", "action=login;user=x"},
     {"action=login"}},
    {"Buckets: key with neq",
     "    a: {action|neq: login}\n    condition: a\n",
     {"action=logout", "action=fly"},
     {"action=login", "user=x"}},
    {"Condition: 1 of * leaves out _",
     "    a: {user: a}\n    _b: {port: 1}\n    condition: 1 of *\n",
     {"user=a"},
     {"port=1"}},
    {"Condition: a pattern that begins with _",
     "    a: {user: a}\n    _b: {port: 1}\n    condition: 1 of _*\n",
     {"port=1"},
     {"user=a"}},
    {"Field that never occurs",
     "    a: {nowhere: 1}\n    b: {user: x}\n    condition: b and not a\n",
     {"user=x"},
     {"user=y"}},
};

enum { CROWD = 64 };

/* One rule, and so many others that never hold. */
static struct sigma *in_crowd(const struct row *r, const struct sigma_schema *schema,
			      unsigned crowd, struct toy_notes *notes)
{
	struct out text = {.fd = -1};
	struct sigma *s = sigma_new(schema, toy_note, notes);
	for (unsigned i = 0; i <= crowd; i++) {
		out_format(&text,
			   "---\ntitle: t\nid: 00000000-0000-4000-8000-%012u\n"
			   "logsource: {product: toy}\ndetection:\n",
			   i);
		out_text(&text, i ? "    s: {name|startswith: never at all}\n    condition: s\n"
				  : r->detection);
	}
	sigma_load_text(s, "test.yml", (slice){text.at, text.len});
	sigma_ready(s);
	out_close(&text);
	return s;
}

static void check(const struct row *r, const struct sigma_schema *schema, unsigned crowd)
{
	struct toy_notes notes = {.len = 0};
	struct sigma *s = in_crowd(r, schema, crowd, &notes);
	if (sigma_count(s) != crowd + 1)
		fail_msg("%s: refused: %s", r->section, notes.text);
	for (size_t k = 0; k < 6 && r->hits[k]; k++)
		if (!toy_hits(s, r->hits[k]))
			fail_msg("%s: no hit for %s", r->section, r->hits[k]);
	for (size_t k = 0; k < 6 && r->misses[k]; k++)
		if (toy_hits(s, r->misses[k]))
			fail_msg("%s: hit for %s", r->section, r->misses[k]);
	sigma_free(&s);
}

/* With buckets and what events tell of their fields, and without; with so many rules that their
 * texts are looked for first, and without: it must not change what holds. */
static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (unsigned crowd = 0; crowd <= CROWD; crowd += CROWD) {
			check(&rows[i], &toy_schema, crowd);
			check(&rows[i], &toy_schema_unkeyed, crowd);
			check(&rows[i], &toy_schema_kinds, crowd);
		}
	}
}

/* LogSource: product, category and service must all fit. */
static void test_logsource(void **state)
{
	struct sigma *s = toy_rules("title: t\nid: 00000000-0000-4000-8000-000000000001\n"
				    "logsource: {product: toy, service: mx}\n"
				    "detection: {s: {user: a}, condition: s}\n");
	assert_true(toy_hits(s, "user=a;host=mx"));
	assert_false(toy_hits(s, "user=a;host=web"));
	assert_false(toy_hits(s, "user=b;host=mx"));
	sigma_free(&s);
}

/*
 * Equal lines of two rules are tested once; what was found for one event is not kept for the next.
 */
static void test_shared_leaves(void **state)
{
	struct sigma *s =
	    toy_rules("title: t\nid: 00000000-0000-4000-8000-000000000001\n"
		      "logsource: {product: toy}\n"
		      "detection: {s: {user: a}, t: {port: 1}, condition: s and t}\n---\n"
		      "title: u\nid: 00000000-0000-4000-8000-000000000002\n"
		      "logsource: {product: toy}\n"
		      "detection: {s: {user: a}, condition: s}\n");
	assert_true(toy_hits(s, "user=a"));
	assert_false(toy_hits(s, "user=b"));
	assert_true(toy_hits(s, "user=a;port=1"));
	sigma_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
					   cmocka_unit_test(test_logsource),
					   cmocka_unit_test(test_shared_leaves)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
