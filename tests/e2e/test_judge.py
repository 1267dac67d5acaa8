"""The judge itself: a true report passes, each kind of lie is caught."""

import copy

import pytest

from judge import Case, judge
from tocsin import RECORDINGS

RECORDING = RECORDINGS / "stolen-password-webmail-rich"


def true_report():
    """The report that says exactly the truth of RECORDING."""
    truth = Case(RECORDING, {"incidents": []}).truth
    accesses = [note | {"certainty": "proven"} for note in truth["opened"]]
    count = lambda kind: {"proven": sum(a["kind"] == kind for a in accesses),
                          "at_most": sum(a["kind"] == kind for a in accesses)}
    return {"incidents": [{
        "id": "T-1", "title": "all of it", "entry": truth["entry"], "first_malicious": truth["first_malicious"],
        "accounts": [{"name": name, "compromised": "proven"} for name in truth["accounts"]],
        "sources": [{"ip": ip, "certainty": "proven"} for ip in truth["sources"]],
        "changes": truth["changes"], "sent": truth["sent"], "accesses": accesses, "totals": {kind + "s": count(kind) for kind in ("message", "attachment", "file")}}]}


def replace(path, value):
    """A lie: the value at PATH of the incident is another."""
    def lie(incident):
        *way, last = path
        for step in way:
            incident = incident[step]
        incident[last] = value
    return lie


def another_opened(incident):
    incident["accesses"].append(incident["accesses"][0] | {"uid": 999, "message_id": "<none@example>"})


def another_part(incident):
    next(a for a in incident["accesses"] if a["kind"] == "attachment")["part"] = "9"


def one_lost(incident):
    incident["accesses"].pop(0)
    incident["totals"]["messages"] = {"proven": 0, "at_most": 1}


LIES = {
    "another way in": (replace(["entry", "method"], "brute-force"), "way in"),
    "another account": (replace(["entry", "account"], "x@y.example"), "way in"),
    "three seconds late": (replace(["first_malicious"], "2026-03-17T12:05:03.000Z"), "first malicious"),
    "no time": (lambda incident: incident.pop("first_malicious"), "first malicious"),
    "an innocent named": (lambda i: i["accounts"].append({"name": "o@y.example", "compromised": "likely"}), "accounts"),
    "a victim missed": (replace(["accounts", 0, "compromised"], "possible"), "accounts"),
    "an honest address named": (lambda i: i["sources"].append({"ip": "192.0.2.5", "certainty": "likely"}), "sources"),
    "another target": (replace(["changes", 0, "target"], "x@y.example"), "changes"),
    "a mail that was not sent": (lambda i: i["sent"].append({"account": "x@y.example", "message_id": "<1@y>"}), "sent"),
    "opened, but was not": (another_opened, "falsely proven"),
    "excluded, but was opened": (replace(["accesses", 0, "certainty"], "excluded"), "falsely excluded"),
    "another part": (another_part, "falsely proven"),
    "only likely": (replace(["accesses", 0, "certainty"], "likely"), "not proven"),
    "lost": (one_lost, "neither listed nor bounded"),
    "too many counted": (replace(["totals", "messages", "proven"], 999), "totals"),
    "bound too low": (replace(["totals", "messages", "at_most"], 1), "totals"),
}


def test_truth_passes():
    assert judge(Case(RECORDING, true_report())) == []


@pytest.mark.parametrize("name", LIES)
def test_lie_is_caught(name):
    lie, expected = LIES[name]
    report = copy.deepcopy(true_report())
    lie(report["incidents"][0])
    assert any(expected in problem for problem in judge(Case(RECORDING, report)))


def test_no_incident_is_caught():
    assert "no incident" in judge(Case(RECORDING, {"incidents": []}))
