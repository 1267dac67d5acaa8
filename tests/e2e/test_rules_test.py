"""`tocsin rules test`: the project's own examples hold, and an example that lies is found out."""

import pytest

from tocsin import NONE, TOP, TROUBLE, tocsin

RULES = TOP / "rules"
RULE = """
title: A sign-in fails
id: 00000000-0000-4000-8000-000000000001
name: fails
logsource:
    product: mail
detection:
    failure:
        event.action: login
        event.outcome: failure
    condition: failure
level: medium
"""
COUNTED = """---
title: Three failures
id: 00000000-0000-4000-8000-000000000002
name: three
correlation:
    type: event_count
    rules: [fails]
    group-by: [user.name]
    timespan: 10m
    condition:
        gte: 3
level: high
"""
LINE = ("2026-03-17T10:00:00+01:00 mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in "
        "2 secs): user=<ana>, method=PLAIN, rip=185.220.101.7, lip=192.0.2.25, TLS, session=<x{n}>")
MATCHING = f"rule: fails\nmatches: true\nlog: |\n  {LINE}\n"
BENIGN = f"---\nrule: fails\nmatches: false\nlog: |\n  {LINE.replace('auth failed, 1 attempts', 'no auth attempts')}\n"


def tried(tmp_path, examples, rules=RULE):
    (tmp_path / "some.yml").write_text(rules)
    (tmp_path / "some.examples").write_text(examples)
    run = tocsin("rules", "test", tmp_path)
    return run.status, run.out.decode(), run.err


def test_own_examples_hold():
    run = tocsin("rules", "test", RULES)
    assert run.status == 0, run.out.decode() + run.err


def test_both_kinds_are_there(tmp_path):
    assert tried(tmp_path, MATCHING + BENIGN)[0] == 0


def test_no_match_where_one_should_be(tmp_path):
    status, out, _ = tried(tmp_path, MATCHING.replace("true", "false") + BENIGN)
    assert status == NONE and "some.examples:1" in out and "should not match" in out and "rip=185.220.101.7" in out


def test_a_match_where_none_should_be(tmp_path):
    status, out, _ = tried(tmp_path, MATCHING + BENIGN.replace("false", "true"))
    assert status == NONE and "some.examples:6" in out and "should match" in out and "last event" in out
    assert "event.action: login" in out and "the event: 'login-none'" in out, "why, leaf by leaf"


@pytest.mark.parametrize("examples, lacks", [(MATCHING, "leave alone"), (BENIGN[4:], "must match"), ("", "no examples")])
def test_a_rule_without_examples_is_named(tmp_path, examples, lacks):
    status, out, _ = tried(tmp_path, examples)
    assert status == NONE and f"some.yml:2" in out and lacks in out


def test_examples_begin_afresh(tmp_path):
    """Two failures in each: what one example counted must not reach the next."""
    two = f"rule: three\nmatches: false\nrepeat: 2\nevery: 10s\nlog: |\n  {LINE}\n---\n"
    three = two.replace("false", "true").replace("repeat: 2", "repeat: 3")
    slow = three.replace("true", "false").replace("10s", "6m")
    assert tried(tmp_path, (two + two + three + slow), RULE + COUNTED)[0] == 0


def test_a_rule_that_only_feeds_needs_none(tmp_path):
    status, out, _ = tried(tmp_path, MATCHING + BENIGN, RULE + COUNTED)
    assert status == NONE and "only feeds others" in out and "Three failures" in out


def test_history_gives_habits(tmp_path):
    history = "history: before\nrepeat: 2\nevery: 10s\nlog: |\n  " + LINE.replace("x{n}", "y{n}") + "\n---\n"
    third = f"rule: three\nmatches: true\nbefore: before\nsteps:\n  - log: |\n      {LINE.replace('10:00:00', '10:01:00')}\n---\n"
    alone = third.replace("before: before\n", "").replace("true", "false")
    assert tried(tmp_path, history + third + alone, RULE + COUNTED)[0] == 0


def test_events_meet_rules_as_they_are(tmp_path):
    events = ("rule: fails\nmatches: true\nevents:\n  - event.action: login\n    event.outcome: failure\n"
              "    source.ip: 192.0.2.1\n    '@timestamp': 2026-03-17T10:00:00Z\n---\n"
              "matches: false\nevents:\n  - {event.action: login, event.outcome: success}\n")
    assert tried(tmp_path, events)[0] == 0


def test_a_recording_that_is_not_there_is_passed_over(tmp_path):
    status, out, _ = tried(tmp_path, MATCHING + BENIGN + "---\nmatches: true\nrecording: ../nowhere\n")
    assert status == 0 and "1 were passed over" in out


@pytest.mark.parametrize("wrong, said", [
    ("matches: perhaps", "matches: true, or matches: false"),
    ("match: true", "no such key"),
    ("matches: true\nrepeat: 0", "repeat is a number"),
    ("matches: true\nevery: soon", "every is a number"),
    ("matches: true\nbefore: never", "no such history"),
    ("matches: true\nnetworks: [}", "expect"),
    ("matches: true\nevents: []", "either log or events"),
])
def test_a_broken_example_is_named_with_its_line(tmp_path, wrong, said):
    status, out, err = tried(tmp_path, MATCHING + BENIGN + f"---\nrule: fails\n{wrong}\nlog: |\n  {LINE}\n")
    assert status == TROUBLE and "some.examples:1" in err, err
    assert said in err or said == "expect", err
    assert out.startswith("2 examples are as they say"), out


@pytest.mark.parametrize("field, said", [("event.acton: login", "no event has this field"),
                                         ("source.ip: nowhere", "no value of the field"),
                                         ("smtp.recipients: many", "no value of the field")])
def test_a_wrong_event_is_named(tmp_path, field, said):
    status, _, err = tried(tmp_path, f"rule: fails\nmatches: true\nevents:\n  - {field}\n")
    assert status == TROUBLE and "some.examples:4" in err and said in err


def test_a_record_that_no_format_reads_proves_nothing(tmp_path):
    status, out, _ = tried(tmp_path, MATCHING + BENIGN + "---\nmatches: false\nlog: |\n  mail is wonderful\n")
    assert status == NONE and "no format reads" in out


def test_an_example_of_no_rule_is_named(tmp_path):
    status, out, _ = tried(tmp_path, MATCHING + BENIGN + f"---\nrule: fials\nmatches: false\nlog: |\n  {LINE}\n")
    assert status == NONE and "no such rule" in out


def test_hostile_text_is_shown_harmless(tmp_path):
    status, out, _ = tried(tmp_path, BENIGN[4:].replace("false", "true").replace("<ana>", '<a\\x1b]0;b>'))
    assert status == NONE and "\x1b" not in out
