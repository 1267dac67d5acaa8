"""tocsin scan --state: what is usual, kept from run to run; the report stays what it is."""

import sqlite3

import pytest

from judge import Case, judge
from tocsin import FOUND, NONE, TROUBLE, knowledge_of, logs_of, recordings, scan

ALL = recordings()
ATTACK = next(r for r in ALL if not Case(r, {"incidents": []}).truth["benign"])


def gist(report):
    return [(i["entry"]["method"], sorted(a["name"] for a in i["accounts"]), sorted(s["ip"] for s in i["sources"]))
            for i in report["incidents"]]


@pytest.mark.parametrize("recording", ALL, ids=lambda r: r.name)
def test_read_twice_judged_alike(recording, tmp_path):
    """The second run knows the first one's habits, which are these very records'; the intruder's are none."""
    state, out = tmp_path / "state", tmp_path / "report.json"
    arguments = ("--quiet", "--state", state, *knowledge_of(recording), *logs_of(recording))
    first, report = scan(out, *arguments)
    second, again = scan(out, *arguments)
    assert gist(report) == gist(again)
    assert first.status == second.status == (NONE if Case(recording, report).truth["benign"] else FOUND)


def trouble(tmp_path, state):
    plain, without = scan(tmp_path / "plain.json", "--quiet", *knowledge_of(ATTACK), *logs_of(ATTACK))
    run, report = scan(tmp_path / "report.json", "--quiet", "--state", state, *knowledge_of(ATTACK), *logs_of(ATTACK))
    assert run.status == TROUBLE and gist(report) == gist(without)
    assert str(state) in run.err and "Traceback" not in run.err
    return run.err


def test_no_database(tmp_path):
    state = tmp_path / "state"
    state.write_text("mail.log is not a database, whatever its name says\n" * 50)
    assert "not a database" in trouble(tmp_path, state)
    assert state.read_text().startswith("mail.log")


def test_somebody_elses(tmp_path):
    state = tmp_path / "state"
    with sqlite3.connect(state) as db:
        db.execute("CREATE TABLE letters(text)")
    assert "another program" in trouble(tmp_path, state)


def test_held(tmp_path):
    state = tmp_path / "state"
    db = sqlite3.connect(state, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    assert "holds" in trouble(tmp_path, state)
    db.close()
