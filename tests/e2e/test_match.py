"""tocsin match: JSON events of any shape, rules of any kind, and input that is broken."""

import json
import subprocess
import time

import pytest

from tocsin import TOCSIN, tocsin

RULE = """title: {title}
id: 00000000-0000-4000-8000-{n:012d}
name: {title}
logsource: {{{source}}}
level: high
detection:
    s: {detection}
    condition: s
"""
FIELDS = [
    # name, event, detection
    ("nested", {"a": {"b": {"c": "x"}}}, "{a.b.c: x}"),
    ("dotted key", {"a.b": {"c": "x"}}, "{a.b.c: x}"),
    ("spaces", {"New Value": "x"}, "{NewValue: x}"),
    ("any element", {"a": [{"b": 1}, {"b": 2}]}, "{a.b: 2}"),
    ("all elements count together", {"a": ["one", "two"]}, "{'a|contains|all': [one, two]}"),
    ("Windows data", {"Event": {"System": {"EventID": 1}, "EventData": {"Image": "C:\\x.exe"}}},
     "{Image|endswith: '\\x.exe', EventID: 1}"),
    ("Windows attribute", {"Event": {"System": {"Provider": {"#attributes": {"Name": "P"}}}}}, "{Provider_Name: P}"),
    ("Windows text", {"Event": {"EventData": {"Data": {"#text": ["k", "v"]}}, "System": {}}}, "{Data: v}"),
    ("keyword in any value", {"a": {"b": ["x", "an EVIL word"]}}, "[evil]"),
    ("keyword, not in keys", {"a": {"evil": "x"}}, None),
    ("null", {"a": None}, "{a: null}"),
    ("a flag", {"a": True}, "{a: 'true'}"),
    ("a fraction", {"a": 1.5}, "{a|gt: 1.25}"),
    ("an escape", {"a": "caf\u00e9\n"}, "{a|contains: 'caf\u00e9'}"),
    ("an object as text", {"a": {"b": "x"}}, "{a|contains: '\"b\"'}"),
]


@pytest.fixture
def match(tmp_path):
    def run(rules, events, *options):
        (tmp_path / "rules.yml").write_text(rules)
        (tmp_path / "events.jsonl").write_bytes(events if isinstance(events, bytes) else events.encode())
        done = tocsin("match", "--rules", tmp_path / "rules.yml", *options, tmp_path / "events.jsonl")
        return done.status, [json.loads(line) for line in done.out.splitlines()], done.err
    return run


def rule(detection, title="r", n=1, source="product: linux"):
    return RULE.format(title=title, n=n, source=source, detection=detection)


@pytest.mark.parametrize("name,event,detection", FIELDS, ids=[f[0] for f in FIELDS])
def test_fields(match, name, event, detection):
    status, hits, _ = match(rule(detection or "[evil]"), json.dumps(event) + "\n")
    assert (status, len(hits)) == ((0, 1) if detection else (1, 0))
    plain = match(rule(detection or "[evil]"), json.dumps(event) + "\n", "--plain")
    assert plain[:2] == (status, hits)


def test_hit_says(match):
    status, hits, _ = match(rule("{a: 1}"), '{"a":2}\n{"a":1}\n')
    assert status == 0
    assert hits == [{"rule.id": "00000000-0000-4000-8000-000000000001", "rule.title": "r", "level": "high", "line": 2}]


def test_objects_of_several_lines_and_lists(match):
    _, hits, _ = match(rule("{a: 1}"), '[\n{\n "a": 1\n},\n{"a": 1}]\n{"a":1}{"a":1}')
    assert [h["line"] for h in hits] == [2, 5, 6, 6]


def test_bad_lines_do_not_stop_the_rest(match):
    status, hits, said = match(rule("{a: 1}"), b'{"a":1}\n{"a":\n{"a":1}\nnot json\n{"a":1}\n{"a":"\xff"}\n{"a":1}\n7\n')
    assert status == 2
    assert [h["line"] for h in hits] == [1, 3, 5, 7]
    for place in ("events.jsonl:4: column 1", "events.jsonl:6: column 7",
                  "events.jsonl:8: column 1", "4 bad events were left out of 8"):
        assert place in said


def test_many_bad_lines_are_counted(match):
    """The first ten by line, the others by one number: whatever the file is, the messages end."""
    status, hits, said = match(rule("{a: 1}", source="product: x"), "no event\n" * 5000 + '{"a":1}\n' + "nor this\n" * 5000)
    assert (status, [h["line"] for h in hits]) == (2, [5001])
    assert said.count("events.jsonl:") == 10 and "events.jsonl:10: " in said and len(said.splitlines()) == 11
    assert "10000 bad events were left out of 10001; the first ten are named above (" in said


def test_log_source(match):
    rules = rule("{a: 1}", "lin", 1, "product: linux") + "---\n" + rule("{a: 1}", "win", 2, "product: windows")
    for event, options, titles in [
        ({"a": 1}, [], ["lin", "win"]),
        ({"a": 1}, ["--logsource", "product=windows,service=x"], ["win"]),
        ({"a": 1, "logsource": {"product": "linux"}}, ["--logsource", "product=windows"], ["lin"]),
        ({"a": 1, "logsource.product": "linux"}, [], ["lin"]),
    ]:
        assert [h["rule.title"] for h in match(rules, json.dumps(event), *options)[1]] == titles
    assert match(rules, "{}", "--logsource", "produkt=x")[0] == 2


@pytest.mark.parametrize("key,times", [
    ("@timestamp", ["2026-03-17T13:05:00Z", "2026-03-17T13:05:30+00:00"]),
    ("UtcTime", ["2026-03-17 13:05:00.001", "2026-03-17 13:05:59.000"]),
    ("time", [1773752700, 1773752730]),
    ("timestamp", [1773752700000, 1773752730000]),
])
def test_correlation(match, key, times):
    rules = (rule("{a: 1}", "low") + "---\ntitle: many\nname: many\ncorrelation:\n    type: event_count\n    rules: [low]\n"
             "    group-by: [u]\n    timespan: 1m\n    condition: {gte: 2}\n")
    events = "".join(json.dumps({"a": 1, "u": "ana", key: t}) + "\n" for t in times)
    status, hits, said = match(rules, events)
    assert (status, said) == (0, "")
    assert hits == [{"rule.id": "many", "rule.title": "many", "level": "medium", "line": 2, "count": 2,
                     "group": {"u": "ana"}, "lines": [1, 2]}]


def test_correlation_without_time_warns(match):
    rules = (rule("{a: 1}", "low") + "---\ntitle: many\nname: many\ncorrelation:\n    type: event_count\n    rules: [low]\n"
             "    timespan: 1m\n    condition: {gte: 2}\n")
    status, hits, said = match(rules, '{"a":1}\n{"a":1}\n')
    assert (status, len(hits)) == (0, 1) and "without a time" in said


@pytest.mark.parametrize("condition", ["{gte: 2}", "{lt: 2}"])
def test_what_comes_too_late_is_said(match, condition):
    rules = rule("{a: 1}") + ("---\ntitle: c\nid: 00000000-0000-4000-8000-000000000009\ncorrelation:\n"
                              "    type: event_count\n    rules: r\n    timespan: 1m\n    condition: %s\n" % condition)
    times = ["10:00:00", "10:30:00", "11:00:00", "09:00:00"]
    _, _, said = match(rules, "".join('{"a":1,"@timestamp":"2026-03-17T%sZ"}\n' % time for time in times))
    assert "rules.yml:10: 1 event came too late to be counted (events in order of time" in said


def test_a_bad_rule_leaves_the_others(match):
    status, hits, said = match(rule("{a|contians: 1}", "bad", 2) + "---\n" + rule("{a: 1}"), '{"a":1}\n')
    assert (status, len(hits)) == (2, 1)
    assert "did you mean 'contains'" in said


def test_deep_and_wide_events(match):
    deep = "{\"a\":" * 5000 + "1" + "}" * 5000
    wide = json.dumps({f"k{i}": i for i in range(100000)} | {"a": 1})
    status, hits, said = match(rule("{a: 1}"), deep + "\n" + wide + "\n")
    assert (status, [h["line"] for h in hits]) == (2, [2]) and "events.jsonl:1" in said


@pytest.mark.parametrize("options", [[], ["--plain"]], ids=["index", "plain"])
def test_keywords_are_not_looked_for_in_the_text_of_an_object(match, options):
    rules = rule("['{\"b']", title="keyword") + "---\n" + rule("{'a|contains': '{\"b'}", title="field", n=2)
    _, hits, _ = match(rules, json.dumps({"a": {"b": "x"}}) + "\n", *options)
    assert [h["rule.title"] for h in hits] == ["field"]


def test_events_that_come_in_pieces_are_whole_and_hits_are_seen_at_once(tmp_path):
    (tmp_path / "rules.yml").write_text(rule("{a: 1}"))
    event = '{"t":true,"f":false,"n":null,"e":"\\ud83d\\ude00 \u00e9\u20ac\U0001f600","m":-1.5e+3,"a":1}\n'.encode()
    with subprocess.Popen([TOCSIN, "match", "--rules", tmp_path / "rules.yml", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as run:
        out = open(run.stdout.fileno(), "rb", closefd=False)
        for cut in range(1, len(event)):
            run.stdin.write(event[:cut])
            time.sleep(0.002)
            run.stdin.write(event[cut:])
            assert json.loads(out.readline())["line"] == cut    # while its input is still open
        _, said = run.communicate()
    assert (run.returncode, said) == (0, b"")


def test_letters_of_many_texts_have_two_cases(match):
    """More texts beyond ASCII than could each become an expression; wildcards and fields of events as well."""
    words = [f"\u00c9t\u00e9 {i} \u0416" for i in range(600)]
    listed = json.dumps(words, ensure_ascii=False)
    rules = rule("{'a|contains': " + listed + "}") + "---\n" + rule("{'a|startswith': '\u0416?\u0414'}", "q", 2) + (
        "---\n" + rule("{'b|fieldref|contains': c}", "f", 3))
    events = [{"a": "x \u00e9T\u00c9 599 \u0436 x"}, {"a": "x ete 599"}, {"a": "\u0436x\u0434"}, {"a": "\u0436\u00e9\u0414!"},
              {"b": "der \u00c4RGER ", "c": "\u00e4rger"}, {"b": "\u00e4", "c": "\u00f6"}]
    text = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events)
    status, hits, _ = match(rules, text)
    assert [(h["rule.title"], h["line"]) for h in hits] == [("r", 1), ("q", 3), ("q", 4), ("f", 5)]
    assert match(rules, text, "--plain")[1] == hits


COUNTED = rule("{a: 1}", "one", 1) + """---
title: many
correlation: {type: %s, rules: [one], group-by: [g], timespan: 1m, condition: {%sgte: 2}}
level: high
"""


def test_a_number_and_its_text_are_one_group(match):
    events = [{"a": 1, "g": "5", "@timestamp": "2026-01-01T00:00:00Z"}, {"a": 1, "g": 5, "@timestamp": "2026-01-01T00:00:01Z"},
              {"a": 1, "g": "05", "@timestamp": "2026-01-01T00:00:02Z"}, {"a": 1, "g": True, "@timestamp": "2026-01-01T00:00:03Z"},
              {"a": 1, "g": "true", "@timestamp": "2026-01-01T00:00:04Z"}]
    _, hits, _ = match(COUNTED % ("event_count", ""), "".join(json.dumps(e) + "\n" for e in events))
    assert [(h["group"], h["lines"]) for h in hits] == [({"g": "5"}, [1, 2]), ({"g": True}, [4, 5])]


def test_a_number_and_its_text_are_one_value(match):
    events = [{"a": 1, "g": "x", "v": v, "@timestamp": f"2026-01-01T00:00:0{i}Z"} for i, v in enumerate(["7", 7, "07"])]
    _, hits, _ = match(COUNTED % ("value_count", "field: v, "), "".join(json.dumps(e) + "\n" for e in events))
    assert [h["line"] for h in hits] == [3]


def test_the_line_is_that_of_the_deciding_event(match):
    seconds = [0, 50, 30]                                       # the last one comes late, and decides
    events = [{"a": 1, "g": "x", "@timestamp": f"2026-01-01T00:00:{s:02d}Z"} for s in seconds]
    _, hits, _ = match((COUNTED % ("event_count", "")).replace("gte: 2", "gte: 3"),
                       "".join(json.dumps(e) + "\n" for e in events))
    assert [(h["line"], h["lines"]) for h in hits] == [(3, [1, 3, 2])]


def test_a_late_event_decides_among_many(match):
    """More events than are kept: the deciding one is among those that are told."""
    seconds = [*range(50), 45]
    events = [{"a": 1, "g": "x", "@timestamp": f"2026-01-01T00:00:{s:02d}Z"} for s in seconds]
    _, hits, _ = match((COUNTED % ("event_count", "")).replace("gte: 2", "gte: 51"),
                       "".join(json.dumps(e) + "\n" for e in events))
    assert [(h["line"], h["count"], len(h["lines"]), 51 in h["lines"]) for h in hits] == [(51, 51, 32, True)]
