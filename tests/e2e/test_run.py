"""tests/run itself: steps side by side, each named with what became of it, and nothing left of one that is interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tocsin import TOP

# tests/run with steps of our own in the place of its own
PROGRAM = f"""
import sys
from importlib.machinery import SourceFileLoader
run = SourceFileLoader("run", "{TOP}/tests/run").load_module()
run.STEPS[:] = [run.Step(**step) for step in {{steps}}]
run.GRACE = 1
sys.exit(run.main())
"""


def program(steps):
    named = [{"about": "words", **step} for step in steps]
    return [sys.executable, "-W", "ignore", "-B", "-c", PROGRAM.format(steps=named)]


def ran(*steps, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("CI", "TOCSIN_CI")}
    done = subprocess.run(program(steps), capture_output=True, text=True, timeout=60, env=clean | environment)
    summary = done.stdout.partition("== summary\n")[2].splitlines()
    return done.returncode, done.stdout, {line.split()[0]: line.split()[1] for line in summary if " passed " in line and " s  " in line}


GOOD = {"name": "good", "command": "echo all is well"}
BAD = {"name": "bad", "command": "echo it broke; exit 3", "lane": "other"}
SKIPS = {"name": "skips", "command": "echo no browser; exit 77"}


def test_all_is_well():
    status, said, words = ran(GOOD, {**GOOD, "name": "again", "lane": "other"})
    assert status == 0 and words == {"good": "passed", "again": "passed"} and said.count("all is well\n") == 2


@pytest.mark.parametrize("steps", [(GOOD, BAD), (BAD,), (BAD, GOOD)])
def test_what_fails_is_named_and_the_others_go_on(steps):
    status, said, words = ran(*steps)
    assert status == 1 and words == {step["name"]: {"good": "passed", "bad": "FAILED"}[step["name"]] for step in steps}
    assert "it broke\n" in said


def test_who_needs_a_build_that_failed_is_not_run():
    status, said, words = ran({**GOOD, "needs": ["bad"]}, {**GOOD, "name": "next", "needs": ["good"]}, {**GOOD, "name": "free"}, BAD)
    assert status == 1 and words == {"good": "FAILED", "next": "FAILED", "free": "passed", "bad": "FAILED"}
    assert said.count("all is well") == 1


def test_who_needs_a_build_of_another_lane_waits_for_it(tmp_path):
    built = {"name": "built", "command": f"sleep 0.5; echo > {tmp_path}/built", "lane": "other"}
    status, _, words = ran({"name": "uses", "command": f"cat {tmp_path}/built", "needs": ["built"]}, built)
    assert status == 0 and words == {"uses": "passed", "built": "passed"}


@pytest.mark.parametrize("strict,wanted", [({}, 0), ({"TOCSIN_CI": "1"}, 1)])
def test_what_is_skipped_says_why(strict, wanted):
    status, said, words = ran(GOOD, SKIPS, **strict)
    assert status == wanted and words["skips"] == "skipped" and "skipped: skips: no browser" in said


def alive(session):
    """What of a session's processes has not ended (proc(5): state and session are the first and fourth behind the name)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:                                  # ended meanwhile
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(stat.parent.name)
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("deaf", [False, True], ids=["asked", "deaf"])
def test_interrupted_nothing_stays(tmp_path, how, deaf):
    """Children of children too, also those that do not listen; what they said so far is shown."""
    trap = "trap '' INT; " if deaf else ""
    steps = [{"name": name, "lane": name, "command": f"{trap}echo so far; (echo $$ > {tmp_path}/{name}; sleep 300); sleep 300"}
             for name in ("one", "two")]
    process = subprocess.Popen(program(steps), stdout=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # a job in the background ignores it
    files = [tmp_path / "one", tmp_path / "two"]
    for _ in range(600):
        if all(f.exists() and f.read_text() for f in files):
            break
        time.sleep(0.05)
    assert all(alive(int(f.read_text())) for f in files)
    process.send_signal(how)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130 and said.count("so far\n") == 2 and "interrupted after" in said, said
    assert [alive(int(f.read_text())) for f in files] == [[], []]