"""The JSON of every recording keeps the schema to the letter; and the judge of that can say no."""

import copy
import json

import pytest

import schema
from tocsin import RECORDINGS, knowledge_of, logs_of, recordings, scan


@pytest.mark.parametrize("recording", recordings(), ids=lambda path: path.name)
def test_recording(recording, tmp_path):
    _, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording), *logs_of(recording))
    assert schema.wrong(report) == []


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    recording = RECORDINGS / "stolen-password-webmail-rich"
    return scan(tmp_path_factory.mktemp("schema") / "report.json", "--quiet", *knowledge_of(recording), *logs_of(recording))[1]


BREACHES = {
    "a field too many": lambda i: i.update(mood="bad"),
    "a field too few": lambda i: i.pop("severity"),
    "an empty word": lambda i: i["accesses"][0].update(subject=""),
    "a time without milliseconds": lambda i: i.update(first_malicious="2026-03-17T12:05:00Z"),
    "a certainty of its own": lambda i: i["accounts"][0].update(compromised="sure"),
    "a number below zero": lambda i: i["totals"]["messages"].update(proven=-1),
    "more proven than possible": lambda i: i["totals"]["messages"].update(proven=9999, at_most=3),
    "no reason for a missing bound": lambda i: (i["totals"]["files"].pop("at_most", None), i["gaps"].clear()),
    "evidence of no input": lambda i: i["findings"][0]["evidence"][0].update(input=99),
    "a hash cut short": lambda i: i["findings"][0]["evidence"][0].update(sha256="ab"),
    "five verdicts": lambda i: i["verdicts"].pop(),
    "an attachment that nobody counted": lambda i: i["accesses"].append(dict(i["accesses"][-1], kind="attachment", certainty="proven")),
    "a finding before it all": lambda i: i.update(first_finding="2026-01-01T00:00:00.000Z"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_breach(name, report):
    changed = copy.deepcopy(report)
    BREACHES[name](changed["incidents"][0])
    assert schema.wrong(changed)
