"""Horde's dynamic view names no message in its URLs: what the mail server opened for it proves who read what, unless
another browser may have asked for it."""

import re

import pytest

from judge import Case, opened, proven
from tocsin import RECORDINGS, scan
from variants import evidence_of, lay_down

RECORDING = RECORDINGS / "horde-stolen-password-rich"
INTRUDER, OWNER = "203.0.113.147", "198.51.100.10"


def judged(evidence, folder):
    arguments, paths = lay_down(evidence, folder)
    run, report = scan(folder / "report.json", "--quiet", *arguments, *paths)
    assert report, run.err
    return Case(folder, report)


def beside(evidence, source):
    """Another browser opens a message whenever the intruder's does."""
    access = evidence.logs["access.log"]
    evidence.logs["access.log"] = [copy for line in access for copy in (
        [line, line.replace(INTRUDER, source)] if line.startswith(INTRUDER) and "/imp/showMessage" in line else [line])]


def sign_in(evidence, source):
    line = next(text for text in evidence.logs["user.log"] if "[imp] Login success" in text and INTRUDER in text)
    moment = line.split("T")[1][:8]
    evidence.logs["user.log"].append(line.replace(INTRUDER, source).replace(f"T{moment}", "T12:58:00"))
    evidence.logs["user.log"].sort(key=lambda text: text[:26])


def test_alone_it_is_proven(tmp_path):
    case = judged(evidence_of(RECORDING), tmp_path)
    assert proven(case) == set(opened(case, "message", "attachment"))


@pytest.mark.parametrize("known", [True, False], ids=["the owner", "nobody knows whose"])
def test_beside_another_browser_it_is_likely(known, tmp_path):
    evidence = evidence_of(RECORDING)
    beside(evidence, OWNER)
    if known:
        sign_in(evidence, OWNER)
    case = judged(evidence, tmp_path)
    shown = {key for key, note in opened(case, "message").items() if note["how"] == "webmail-show"}
    named = {int(uid) for uid in re.findall(r"[?&]buid=(\d+)", "".join(evidence.logs["access.log"]))}     # sent on
    shown = {key for key in shown if key[3] not in named}
    assert shown and not shown & proven(case)
    likely = {case.key(a) for i in case.report["incidents"] for a in i["accesses"] if a["certainty"] == "likely"}
    assert shown <= likely


def test_a_colleague_at_the_same_time_is_no_doubt(tmp_path):
    """Whose sign-in is told, and is another's, did not ask for it."""
    evidence, colleague = evidence_of(RECORDING), "198.51.100.61"
    beside(evidence, colleague)
    line = next(text for text in evidence.logs["user.log"] if "[imp] Login success" in text and INTRUDER in text)
    moment = line.split("T")[1][:8]
    line = line.replace(INTRUDER, colleague).replace("c.martin@", "m.vidal@").replace(f"T{moment}", "T12:58:00")
    evidence.logs["user.log"] = sorted([*evidence.logs["user.log"], line], key=lambda text: text[:26])
    case = judged(evidence, tmp_path)
    assert proven(case) == set(opened(case, "message", "attachment"))
