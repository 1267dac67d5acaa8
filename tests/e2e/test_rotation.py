"""Logs that are rotated, packed, cut and made anew while the watch follows them, at the worst moments: the findings of a scan over the
same bytes, each record judged once, none lost; and what was lost is said."""

import gzip
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from test_bad_days import ready, records
from test_status import run, until
from test_watch import RECORDINGS, Watch, laid_out, scanned, told

RECORDING = RECORDINGS / "pop3-pull-stock"


def lines_of(recording=RECORDING):
    return (recording / "mail.log").read_bytes().splitlines(keepends=True)


def thirds():
    lines = lines_of()
    n = len(lines) // 3
    return [b"".join(lines[:n]), b"".join(lines[n:2 * n]), b"".join(lines[2 * n:])]


def append(path, data):
    with open(path, "ab") as out:
        out.write(data)


def child(watch, name):
    """The watch's process of that name."""
    for pid in Path(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children").read_text().split():
        try:
            if Path(f"/proc/{pid}/comm").read_text() == f"tocsin-{name}\n":
                return int(pid)
        except OSError:
            pass
    return None


def held(watch):
    """The logs that the reader has open, under their names of now."""
    pid = child(watch, "reader")
    try:
        return [os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()] if pid else []
    except OSError:
        return held(watch)


@contextmanager
def asleep(watch, name):
    """What happens meanwhile it sees at once."""
    until(lambda: child(watch, name))
    pid = child(watch, name)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T")
    yield
    os.kill(pid, signal.SIGCONT)


def judged_as_a_scan(watch, logs, twice=0):
    """All that lies there now was judged, and once; `twice`: records that lie there twice."""
    decoded = len(run("decode", logs).stdout.splitlines()) - twice
    until(lambda: records(watch) >= decoded, 60)
    watch.quiet(1)
    assert watch.end() == 0
    assert records(watch) == decoded
    assert told(watch.findings()) == scanned(logs, watch.folder) != set()


def begun(folder, data, *options):
    logs = laid_out(folder, RECORDING)
    (logs / "mail.log").write_bytes(data)
    return Watch(folder, logs, *options).start(), logs


@pytest.mark.parametrize("packed", [False, True])
def test_whoever_writes_learns_of_it_late(tmp_path, packed):
    """He goes on with the old file though the new one is there, as long as nobody tells him; it is packed at once, even."""
    first, second, third = thirds()
    watch, logs = begun(tmp_path, first)
    ready(watch)
    old, rows = open(logs / "mail.log", "ab", buffering=0), second.splitlines(keepends=True)
    old.write(b"".join(rows[:10]))
    (logs / "mail.log").rename(logs / "mail.log-20260317")
    append(logs / "mail.log", b"")
    for row in rows[10:]:
        old.write(row)
    until(lambda: records(watch) > 0)
    append(logs / "mail.log", third[:third.index(b"\n") + 1])
    watch.quiet(1)
    if packed:
        (logs / "mail.log-20260317.gz").write_bytes(gzip.compress((logs / "mail.log-20260317").read_bytes()))
        (logs / "mail.log-20260317").unlink()
    append(logs / "mail.log", third[third.index(b"\n") + 1:])
    judged_as_a_scan(watch, logs)


def test_several_who_write(tmp_path):
    """Some write to the new file already, some to the old one still."""
    first, second, third = thirds()
    watch, logs = begun(tmp_path, first)
    ready(watch)
    old = open(logs / "mail.log", "ab", buffering=0)
    (logs / "mail.log").rename(logs / "mail.log.1")
    rows = third.splitlines(keepends=True)
    append(logs / "mail.log", rows[0])
    until(lambda: {str(logs / "mail.log"), str(logs / "mail.log.1")} <= set(held(watch)))
    old.write(second)
    append(logs / "mail.log", b"".join(rows[1:]))
    judged_as_a_scan(watch, logs)


def test_rotated_while_nobody_looks(tmp_path):
    first, second, third = thirds()
    watch, logs = begun(tmp_path, first)
    ready(watch)
    with asleep(watch, "reader"):
        append(logs / "mail.log", second)
        (logs / "mail.log").rename(logs / "mail.log.1")
        append(logs / "mail.log", third)
    judged_as_a_scan(watch, logs)


@pytest.mark.parametrize("more", [False, True])
def test_rotated_between_two_looks(tmp_path, more):
    """The reader has opened the log, the engine finds it under another name."""
    first, second, third = thirds()
    watch, logs = begun(tmp_path, first)
    until(lambda: child(watch, "engine"))
    with asleep(watch, "engine"):
        reader = child(watch, "reader")
        until(lambda: any("inotify" in os.readlink(fd) for fd in Path(f"/proc/{reader}/fd").iterdir()))
        until(lambda: any(str(logs) in os.readlink(fd) for fd in Path(f"/proc/{reader}/fd").iterdir()))
        time.sleep(0.5)
        append(logs / "mail.log", second if more else b"")
        (logs / "mail.log").rename(logs / "mail.log.1")
        append(logs / "mail.log", third if more else second + third)
        time.sleep(0.5)
    ready(watch)
    judged_as_a_scan(watch, logs)


def test_copied_and_cut_while_lines_come(tmp_path):
    first, second, third = thirds()
    watch, logs = begun(tmp_path, first)
    ready(watch)
    append(logs / "mail.log", second[:4000])
    with asleep(watch, "reader"):
        append(logs / "mail.log", second[4000:])
        shutil.copy(logs / "mail.log", logs / "mail.log.1")
        os.truncate(logs / "mail.log", 0)
        append(logs / "mail.log", third)
    judged_as_a_scan(watch, logs)
    assert "was cut" not in (tmp_path / "err").read_text()


def test_cut_and_no_copy_is_said(tmp_path):
    first, second, third = thirds()
    watch, logs = begun(tmp_path, first)
    ready(watch)
    append(logs / "mail.log", second)
    watch.quiet(1)
    os.truncate(logs / "mail.log", 0)
    append(logs / "mail.log", third)
    until(lambda: "no copy of it lies beside it" in (tmp_path / "err").read_text())
    watch.quiet(1)
    assert watch.end() == 0
    whole = tmp_path / "whole"
    shutil.copytree(logs, whole)
    (whole / "mail.log").write_bytes(first + second + third)
    assert told(watch.findings()) == scanned(whole, tmp_path) != set()


@pytest.mark.parametrize("longer", [False, True])
def test_written_anew_in_place(tmp_path, longer):
    """The same inode, other lines: shorter than before, or longer by the time of the look."""
    lines = lines_of()
    few = b"".join(lines[:len(lines) // (4 if longer else 2)])
    rest = b"".join(lines[len(lines) // (4 if longer else 2):])
    rest = rest if longer else rest[:len(few) // 2].rsplit(b"\n", 1)[0] + b"\n"
    watch, logs = begun(tmp_path, few)
    ready(watch)
    with asleep(watch, "reader"):
        with open(logs / "mail.log", "r+b") as out:
            out.truncate(0)
            out.write(rest)
    whole = tmp_path / "whole"
    shutil.copytree(logs, whole)
    (whole / "mail.log").write_bytes(few + rest)
    decoded = len(run("decode", whole).stdout.splitlines())
    until(lambda: records(watch) >= decoded, 60)
    watch.quiet(1)
    assert watch.end() == 0 and records(watch) == decoded
    assert told(watch.findings()) == scanned(whole, tmp_path)


def test_rotated_again_and_again(tmp_path):
    """A status that counts names, not files; and no more descriptors at the end than at the beginning but two a name."""
    lines = lines_of()
    watch, logs = begun(tmp_path, lines[0])
    ready(watch)
    pieces = [b"".join(lines[1 + i * len(lines) // 12:1 + (i + 1) * len(lines) // 12]) for i in range(12)]
    for n, piece in enumerate(pieces):
        append(logs / "mail.log", piece)
        if n < 8:
            for k in range(8, 0, -1):
                if (logs / f"mail.log.{k}").exists():
                    (logs / f"mail.log.{k}").rename(logs / f"mail.log.{k + 1}")
            (logs / "mail.log").rename(logs / "mail.log.1")
            append(logs / "mail.log", b"")
            until(lambda: str(logs / "mail.log") in held(watch))
    files = len([name for name in os.listdir(logs) if name.endswith(".log")])
    assert len([path for path in held(watch) if "/mail.log" in path]) == 2
    judged_as_a_scan(watch, logs)
    status = subprocess.run([os.environ.get("TOCSIN", "build/tocsin"), "status", "--json", "--state", tmp_path / "state"], capture_output=True, text=True)
    assert f'"files":{files}' in status.stdout.replace(" ", "")
