"""Gaps of sources: copies, holes and quarrels of rotated files, doubtful clocks; honest logs have none."""

import gzip
import json
import os
import subprocess
import time

import pytest

from tocsin import TOCSIN


def line(number, text="disconnect from unknown[192.0.2.7]"):
    """One a minute, from 10 March 2026 on."""
    day, rest = divmod(number, 1440)
    return f"2026-03-{10 + day:02}T{rest // 60:02}:{rest % 60:02}:00+00:00 mail postfix/smtpd[{number + 7}]: {text}\n"


def lines(first, last, without=()):
    return "".join(line(n) for n in range(first, last) if n not in without)


def scan(tmp_path, files):
    folder = tmp_path / "logs"
    folder.mkdir()
    for name, text in files.items():
        raw = text.encode()
        (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    out = tmp_path / "report.json"
    done = subprocess.run([TOCSIN, "scan", "--json", out, folder], capture_output=True, text=True)
    return done, json.loads(out.read_text()), folder


def states(report):
    return [gap["state"] for gap in report["gaps"] if gap.get("state") not in (None, "never-on")]


HONEST = {
    "rotated": {"mail.log.2.gz": lines(0, 500), "mail.log.1": lines(500, 1000), "mail.log": lines(1000, 1500)},
    "a snapshot of the log beside it": {"mail.log.1": lines(0, 400), "mail.log": lines(0, 900)},
    "a snapshot that goes on": {"mail.log.1": lines(0, 500), "mail.log": lines(300, 900)},
    "the last line unfinished": {"mail.log": lines(0, 500) + line(500)[:40]},
    "a file that was skipped in an hour": {"mail.log.3.gz": lines(0, 500, range(470, 500, 2)), "mail.log.1": lines(507, 900)},
    "a quiet host": {"mail.log": lines(0, 3000, [n for n in range(3000) if n % 40 > 9])},
    "a busy host that pauses for five minutes": {"mail.log": lines(0, 3000, range(1500, 1505))},
    "few lines in the hour before": {"mail.log": lines(0, 900, [n for n in range(700, 760) if n % 4] + list(range(760, 775)))},
    "an evening that begins": {"mail.log": lines(0, 700) + lines(720, 1400, [n for n in range(720, 1400) if n % 9])},
    "dates for numbers": {"mail.log-20260310.gz": lines(0, 500), "mail.log-20260312": lines(500, 1400)},
}

DOUBTFUL = {
    "one file was not given": (
        {"mail.log.3.gz": lines(0, 500), "mail.log.1": lines(2000, 2500), "mail.log": lines(2500, 2900)}, "rotated"),
    "lines cut from one of two files": (
        {"mail.log.1": lines(0, 500, {320, 321}), "mail.log": lines(300, 900)}, "tampered"),
    "lines added to one of two files": (
        {"mail.log.1": lines(0, 500), "mail.log": lines(300, 400) + line(400, "connect from unknown[192.0.2.9]")
         + lines(401, 900)}, "tampered"),
    "a quarter of an hour cut out of a busy log": ({"mail.log": lines(0, 900, range(500, 515))}, "silent"),
    "two such pieces in an hour": ({"mail.log": lines(0, 900, [*range(500, 515), *range(540, 555)])}, "silent"),
    "a file that ends too early": ({"mail.log.1": lines(0, 500), "mail.log": lines(530, 900)}, "silent"),
    "the clock set back": ({"mail.log": lines(500, 900) + lines(100, 400)}, "clock"),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_logs_have_no_gap(tmp_path, name):
    _, report, _ = scan(tmp_path, HONEST[name])
    assert states(report) == []


@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubtful_logs_say_so(tmp_path, name):
    files, wanted = DOUBTFUL[name]
    done, report, _ = scan(tmp_path, files)
    assert set(states(report)) == {wanted}
    gap = [gap for gap in report["gaps"] if gap.get("state") == wanted][0]
    assert gap["certainty"] and gap["hides"] and gap["remedy"]
    assert gap["kind"] == ("tampered" if wanted == "tampered" else "missing")


LETTERS = {"silent": "S", "rotated": "R", "tampered": "T", "clock": "K"}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_the_map_shows_the_state(tmp_path, name):
    files, wanted = DOUBTFUL[name]
    _, _, folder = scan(tmp_path, files)
    page, out = tmp_path / "page.html", tmp_path / "visibility.json"
    done = subprocess.run([TOCSIN, "visibility", "--html", page, "--json", out, folder], capture_output=True, text=True)
    rows = [row for row in done.stdout.splitlines() if "/mail.log" in row[:24]]
    assert any(LETTERS[wanted] in row[24:] for row in rows)
    assert not any(letter in row[24:] for letter in "TCKLHRS" if letter != LETTERS[wanted] for row in rows)
    assert "<td class=hg title=" in page.read_text()
    assert wanted in [gap["state"] for gap in json.loads(out.read_text())["gaps"]]


def test_the_map_of_honest_logs_has_no_letter(tmp_path):
    _, _, folder = scan(tmp_path, HONEST["rotated"])
    done = subprocess.run([TOCSIN, "visibility", folder], capture_output=True, text=True)
    assert not any(letter in row[24:] for letter in "TCKLHRS" for row in done.stdout.splitlines() if row.startswith("mail.log"))


def test_a_copy_counts_once(tmp_path):
    """The same records under two names of a set."""
    once = lines(0, 500)
    done, report, _ = scan(tmp_path, {"mail.log.1": once, "mail.log.2.gz": once, "mail.log": lines(500, 600)})
    assert report["counters"]["records"] == 600 and states(report) == []
    assert "count once" in done.stderr
    assert all(row["sha256"] for row in report["inputs"])


def test_a_log_ahead_of_its_file(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "mail.log").write_text(lines(0, 500))
    then = time.mktime((2026, 3, 9, 12, 0, 0, 0, 0, 0))
    os.utime(folder / "mail.log", (then, then))
    out = tmp_path / "report.json"
    subprocess.run([TOCSIN, "scan", "--quiet", "--json", out, folder])
    assert states(json.loads(out.read_text())) == ["clock"]
