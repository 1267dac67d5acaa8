"""One thread or two: the same events, the same report and the same complaints, in the same order."""

import json
import os
import random

import pytest

from pack import pack
from tocsin import FOUND, TROUBLE, ZONE, knowledge_of, logs_of, recordings, tocsin

SOME = recordings()[::6]
LINE = "Mar 17 09:{:02}:{:02} mail dovecot: imap-login: Login: user=<a{}>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid={}, TLS\n"
LOG = "".join(LINE.format(n // 60 % 60, n % 60, n, n) for n in range(3000)).encode()


def both(tmp_path, *arguments, **more):
    """A run with one thread and one with two; of a scan, with the reports."""
    runs = []
    for threads in "12":
        report = tmp_path / f"report-{threads}.json"
        to = ["--json", report] if arguments[0] == "scan" else []
        run = tocsin(arguments[0], "--threads", threads, "--timezone", ZONE, *to, *arguments[1:], **more)
        data = json.loads(report.read_text()) if report.exists() else {}
        for key in ("created", "seconds"):
            data.pop(key, None)
        out = run.out.replace(str(report).encode(), b"REPORT") if to else run.out
        runs.append((run.status, b"" if to else out, run.err, data))
    assert runs[0] == runs[1]
    return runs[0]


@pytest.mark.parametrize("recording", SOME, ids=lambda path: path.name)
def test_recordings(recording, tmp_path):
    both(tmp_path, "scan", *knowledge_of(recording), *logs_of(recording))
    both(tmp_path, "decode", "--all", *logs_of(recording))


@pytest.mark.parametrize("form, coat", [("raw", "gzip"), ("raw", "xz"), ("raw", "zstd"), ("gnutar", "gzip"), ("zip", None)])
def test_packed(form, coat, tmp_path):
    logs = {f"log/{path.name}": path.read_bytes() for path in logs_of(SOME[0])}
    if form == "raw":
        logs = {"mail.log": b"".join(logs.values())}
    path = pack(tmp_path / "evidence.bin", logs, form, coat)
    both(tmp_path, "scan", path)
    both(tmp_path, "decode", "--original", path)
    data = path.read_bytes()
    path.write_bytes(data[:len(data) * 2 // 3])
    assert str(path) in both(tmp_path, "scan", path)[2]


def test_standard_input(tmp_path):
    status, out, *_ = both(tmp_path, "decode", "-", stdin=LOG)
    assert status == FOUND and out.count(b"\n") == 3000


def test_complaints_in_their_order(tmp_path):
    """Of files that are read one after the other, each with a trouble that only reading it shows."""
    lot = random.Random(1)
    for n in range(40):
        hole = b"\0" * 64 + b"\n" if n % 3 == 0 else b""
        long = b"x" * (1 << 20) + b"y\n" if n % 10 == 1 else b""
        text = LOG[:lot.randrange(20000)] + b"\n" + hole + long + LOG[:400]
        pack(tmp_path / f"mail-{n:02}.log", {"mail.log": text}, "raw", "gzip" if n % 2 else None)
        if n % 4 == 1:
            os.truncate(tmp_path / f"mail-{n:02}.log", (tmp_path / f"mail-{n:02}.log").stat().st_size - 9)
    for command in ("decode", "scan"):
        status, _, err, _ = both(tmp_path, command, *sorted(tmp_path.glob("mail-*.log")), tmp_path / "none.log")
        assert status == TROUBLE and err.count("\n") > 20


@pytest.mark.parametrize("bytes_", [b"", b"\n", b"no log of any kind\n" * 9])
def test_little(bytes_, tmp_path):
    (tmp_path / "mail.log").write_bytes(bytes_)
    both(tmp_path, "scan", tmp_path / "mail.log")
    both(tmp_path, "decode", "--all", tmp_path / "mail.log")


def test_one_core(tmp_path):
    """Nobody has to say so where there is but one."""
    (tmp_path / "mail.log").write_bytes(LOG)
    core = min(os.sched_getaffinity(0))
    run = tocsin("decode", tmp_path / "mail.log", preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    assert run.status == FOUND and run.out.count(b"\n") == 3000


@pytest.mark.parametrize("words", ["0", "-1", "two", "2x"])
def test_numbers_that_are_none(words, tmp_path):
    run = tocsin("decode", "--threads", words, tmp_path)
    assert run.status == TROUBLE and "threads" in run.err and "1 or 2" in run.err
