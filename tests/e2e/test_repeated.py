"""The same records given more than once: copies, packed and not, and files of a rotated set that overlap.  Nothing counts twice."""

import gzip
import json
import shutil

import pytest

from tocsin import FOUND, RECORDINGS, knowledge_of, logs_of, scan, tocsin

CASES = ["stolen-password-webmail-stock", "spray-imap-stock", "send-exfil-stock", "exim-spray-imap-stock",
         "sogo-stolen-password-webmail-stock", "traveller-stock"]


def text_of(path):
    return gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()


def unpacked_beside(logs):
    """mail.log.1 beside mail.log.1.gz."""
    for path in sorted(logs.glob("*.gz")):
        path.with_suffix("").write_bytes(text_of(path))


def under_other_names(logs):
    for path in sorted(logs.iterdir()):
        (logs / f"saved-{path.name.removesuffix('.gz')}.txt").write_bytes(text_of(path))


def in_two_folders(logs):
    copy = logs / "copy"
    copy.mkdir()
    for path in sorted(logs.glob("*.*")):
        shutil.copy(path, copy)


def fetched_later(logs):
    """mail.log.1 was fetched a day after mail.log, and goes on where that ends: half of it stands in both."""
    for path in sorted(logs.glob("*.1.gz")):
        now = logs / path.name.removesuffix(".1.gz")
        lines = now.read_bytes().splitlines(True) if now.exists() else []
        path.with_suffix("").write_bytes(text_of(path) + b"".join(lines[:len(lines) // 2]))
        path.unlink()


def excerpts(logs):
    for path in sorted(logs.glob("*.log")):
        lines = path.read_bytes().splitlines(True)
        (logs / f"excerpt-{path.name}").write_bytes(b"".join(lines[len(lines) // 3:]))


def said(report):
    """What is counted and claimed, without the places of records."""
    return [{**{key: i.get(key) for key in ("first_malicious", "last_malicious", "totals")},
             "entry": {k: v for k, v in i["entry"].items() if k != "evidence"},
             "accounts": [(a["name"], a["compromised"]) for a in i["accounts"]],
             **{key: len(i.get(key, [])) for key in ("accesses", "sessions", "changes", "sent", "sources")},
             "verdicts": [(v["question"], v.get("certainty"), v["answer"]) for v in i["verdicts"]],
             "gaps": sorted((g["kind"], g.get("state", "")) for g in i["gaps"])} for i in report["incidents"]]


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """The report of a recording as it is, made once."""
    known = {}

    def of(name):
        if name not in known:
            recording = RECORDINGS / name
            _, known[name] = scan(tmp_path_factory.mktemp("once") / "report.json", "--quiet", *knowledge_of(recording), *logs_of(recording))
        return known[name]
    return of


@pytest.mark.parametrize("copy", [unpacked_beside, under_other_names, in_two_folders, fetched_later, excerpts], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", CASES)
def test_what_comes_again_counts_once(name, copy, once, tmp_path):
    recording, logs = RECORDINGS / name, tmp_path / "logs"
    logs.mkdir()
    for path in logs_of(recording):
        shutil.copy(path, logs)
    copy(logs)
    run, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording), logs)
    assert said(report) == said(once(name)), run.err
    assert copy is not fetched_later or "count once" in run.err


def test_what_only_the_later_file_has_counts(tmp_path):
    """Lines that stand in the overlap in one file alone are read all the same, and the report says that they lack in the other."""
    recording = RECORDINGS / "spray-imap-stock"
    lines = (recording / "mail.log").read_bytes().splitlines(True)
    guess = next(n for n, line in enumerate(lines) if b"auth failed" in line)
    half = len(lines) // 2 if len(lines) // 2 > guess + 50 else guess + 50
    (tmp_path / "mail.log.1").write_bytes(text_of(recording / "mail.log.1.gz") + b"".join(lines[:guess] + lines[guess + 1:half]))
    (tmp_path / "mail.log").write_bytes(b"".join(lines))
    run, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording), tmp_path / "mail.log.1", tmp_path / "mail.log")
    alone, whole = scan(tmp_path / "whole.json", "--quiet", *knowledge_of(recording), recording / "mail.log.1.gz", recording / "mail.log")
    assert run.status == alone.status == FOUND
    assert [i["entry"]["because"] for i in report["incidents"]] == [i["entry"]["because"] for i in whole["incidents"]]


def test_decode_prints_every_record(tmp_path):
    """What is printed record by record is printed as it lies there."""
    line = "2026-03-17T12:00:{:02}+01:00 mail dovecot: imap-login: Login: user=<a@b.example>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, session=<s{}>\n"
    lines = [line.format(n, n) for n in range(40)]
    (tmp_path / "mail.log.1").write_text("".join(lines[:30]))
    (tmp_path / "mail.log").write_text("".join(lines[10:]))
    out = tocsin("decode", tmp_path / "mail.log.1", tmp_path / "mail.log").out
    assert len([json.loads(row) for row in out.splitlines()]) == 60
