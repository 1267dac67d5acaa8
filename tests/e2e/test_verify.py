"""tocsin verify: one changed byte in any cited record is found, and named."""

import gzip
import json
import shutil
import tarfile
import zipfile
from collections import namedtuple

import pytest

from tocsin import FOUND, RECORDINGS, TROUBLE, knowledge_of, logs_of, scan, tocsin

ONE_AT_A_TIME = 50
SAME, DIFFERS = 0, 1

Citation = namedtuple("Citation", "path offset length line")


def citations(report):
    """Every evidence in the report, wherever it stands."""
    found = set()

    def walk(node):
        if isinstance(node, dict):
            for e in node.get("evidence", []):
                found.add(Citation(report["inputs"][e["input"]]["path"], e["offset"], e["length"], e["line"]))
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                walk(child)

    walk(report)
    return sorted(found)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A copy of a recording's logs, and the report on them."""
    recording, folder = RECORDINGS / "stolen-password-webmail-stock", tmp_path_factory.mktemp("evidence")
    for log in logs_of(recording):
        shutil.copy2(log, folder)
    path = folder.parent / "report.json"
    run, report = scan(path, "--quiet", *knowledge_of(recording), *logs_of(folder))
    assert run.status == FOUND, run.err
    return path, logs_of(folder), citations(report)


class Changed:
    """One byte of each citation is another, until the end of the block."""

    def __init__(self, *cited):
        self.cited, self.before = cited, {}

    def __enter__(self):
        for path in {c.path for c in self.cited}:
            with open(path, "rb") as file:
                self.before[path] = file.read()
            data = self.before[path]
            content = bytearray(gzip.decompress(data) if path.endswith(".gz") else data)
            for c in self.cited:
                if c.path == path:
                    at = c.offset + c.length // 2
                    content[at] = ord("x") if content[at] != ord("x") else ord("y")
            with open(path, "wb") as file:
                file.write(gzip.compress(bytes(content), 1) if path.endswith(".gz") else content)

    def __exit__(self, *_):
        for path, data in self.before.items():
            with open(path, "wb") as file:
                file.write(data)


def verify(report, logs):
    run = tocsin("verify", report, *logs)
    return run, run.out.decode() + run.err


def names(text, c):
    """Does one line of the output name path, line and offset of the citation?"""
    return any(c.path in row and f"{c.line}" in row and f"{c.offset}" in row for row in text.splitlines())


def test_there_is_evidence(case):
    assert len(case[2]) >= 20


def test_unchanged(case):
    report, logs, _ = case
    run, text = verify(report, logs)
    assert run.status == SAME, text


def test_each_changed_byte_is_named(case):
    report, logs, cited = case
    step = max(1, -(-len(cited) // ONE_AT_A_TIME))
    for c in cited[::step]:
        with Changed(c):
            run, text = verify(report, logs)
        assert run.status == DIFFERS and names(text, c), f"{c}\n{text}"
        others = [other for other in cited if other != c and other.path != c.path]
        assert not any(names(text, other) for other in others if other.offset > 999), f"{c}\n{text}"


def test_all_changed_at_once(case):
    report, logs, cited = case
    with Changed(*cited):
        run, text = verify(report, logs)
    assert run.status == DIFFERS
    assert [c for c in cited if not names(text, c)] == []
    assert verify(report, logs)[0].status == SAME


def test_moved_logs_are_the_same(case, tmp_path):
    """Evidence is analysed elsewhere: the logs lie under another path."""
    report, logs, _ = case
    for log in logs:
        shutil.copy2(log, tmp_path)
    run, text = verify(report, logs_of(tmp_path))
    assert run.status == SAME, text


def cut_off(data):
    return data[:len(data) // 2]


def line_removed(data):
    first, rest = data.split(b"\n", 1)
    return rest


@pytest.mark.parametrize("change", [cut_off, line_removed])
def test_shorter_log(case, change, tmp_path):
    report, logs, cited = case
    for log in logs:
        shutil.copy2(log, tmp_path)
    victim = tmp_path / "mail.log"
    victim.write_bytes(change(victim.read_bytes()))
    run, text = verify(report, logs_of(tmp_path))
    assert run.status == DIFFERS and "mail.log" in text, text


def test_a_log_is_missing(case):
    report, logs, cited = case
    run, text = verify(report, [log for log in logs if log.name != "mail.log"])
    assert run.status in (DIFFERS, TROUBLE) and "mail.log" in text, text


REPORTS = {
    "missing": None,
    "empty": b"",
    "not JSON": b"hello\n",
    "another JSON": b'{"schema": "other/1"}',
    "cut short": b'{"schema": "tocsin.report/1", "inputs": [',
    "negative offset": json.dumps({"schema": "tocsin.report/1", "inputs": [{"path": "mail.log"}], "incidents": [
        {"findings": [{"evidence": [{"input": 0, "offset": -5, "length": 3, "line": 1, "sha256": "00"}]}]}]}).encode(),
    "no such input": json.dumps({"schema": "tocsin.report/1", "inputs": [], "incidents": [
        {"findings": [{"evidence": [{"input": 7, "offset": 0, "length": 3, "line": 1, "sha256": "0" * 64}]}]}]}).encode(),
}


@pytest.mark.parametrize("name", REPORTS)
def test_bad_report(name, case, tmp_path):
    path = tmp_path / "report.json"
    if REPORTS[name] is not None:
        path.write_bytes(REPORTS[name])
    run = tocsin("verify", path, *case[1])
    assert run.status == TROUBLE and str(path) in run.err, run.err


# --- whoever has the evidence in hand -----------------------------------------------------------------------------------

def rows(data):
    return data.split(b"\n")


def swapped(data):
    """Two lines that are cited change places."""
    lines = rows(data)
    return b"\n".join([*reversed(lines[:-1]), b""])


def doubled(data):
    lines = rows(data)
    return b"\n".join([lines[0], *lines])


def byte_that_is_not_cited(data):
    return data.replace(b"mail", b"nail", 1)


def grown(data):
    return data + rows(data)[0] + b"\n"


TAMPERED = {swapped: (DIFFERS, "moved: "), doubled: (DIFFERS, "moved: "), line_removed: (DIFFERS, "moved: "),
            cut_off: (DIFFERS, "altered: "), byte_that_is_not_cited: (DIFFERS, "changed since: "), grown: (SAME, "has grown")}


@pytest.mark.parametrize("change", TAMPERED, ids=lambda change: change.__name__)
def test_a_log_that_was_tampered_with(change, case, tmp_path):
    report, logs, cited = case
    status, words = TAMPERED[change]
    for log in logs:
        shutil.copy2(log, tmp_path)
    victim = tmp_path / "mail.log"
    victim.write_bytes(change(victim.read_bytes()))
    run, text = verify(report, logs_of(tmp_path))
    assert run.status == status and any(words in row and "mail.log" in row for row in text.splitlines()), text


def test_a_moved_record_is_named_with_its_new_line(case, tmp_path):
    report, logs, cited = case
    for log in logs:
        shutil.copy2(log, tmp_path)
    victim = tmp_path / "mail.log"
    victim.write_bytes(doubled(victim.read_bytes()))
    text = verify(report, logs_of(tmp_path))[1]
    for c in cited:
        if c.path.endswith("/mail.log"):
            assert names(text, c) and f"line {c.line + 1} now" in text
    assert "altered:" not in text


def packed(folder):
    for log in list(folder.iterdir()):
        if log.suffix == ".log":
            log.with_name(log.name + ".gz").write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()


def rotated(folder):
    """A day later: each log has the name of the next older one, and a new one begins."""
    for log in sorted(folder.iterdir(), reverse=True):
        stem, _, rest = log.name.partition(".log")
        if rest:
            log.rename(folder / f"{stem}.log.2.gz")
        else:
            log.rename(folder / f"{stem}.log.1")
            log.write_text("2026-03-18T06:25:01.000000+01:00 mail cron[7]: a new day\n")


def renamed(folder):
    for n, log in enumerate(sorted(folder.iterdir())):
        log.rename(folder / (f"evidence-{n}" + (".gz" if log.suffix == ".gz" else "")))


def in_a_tar(folder):
    with tarfile.open(folder / "all.tar.xz", "w:xz") as out:
        for log in sorted(folder.glob("*.log*")):
            out.add(log, log.name)
            log.unlink()


def in_a_zip(folder):
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for log in sorted(folder.glob("*.log*")):
            out.write(log, log.name)
            log.unlink()


@pytest.mark.parametrize("pack", [packed, rotated, renamed, in_a_tar, in_a_zip], ids=lambda pack: pack.__name__)
def test_logs_that_were_packed_or_renamed_are_the_same(pack, case, tmp_path):
    report, logs, _ = case
    for log in logs:
        shutil.copy2(log, tmp_path)
    pack(tmp_path)
    run, text = verify(report, sorted(tmp_path.iterdir(), reverse=True))
    assert run.status == SAME, text


def edited(report, change):
    data = json.loads(report.read_text())
    change(data)
    return data


def evidence_of(data):
    return data["incidents"][0]["findings"][0]["evidence"]


def no_evidence(node):
    if isinstance(node, dict):
        node.pop("evidence", None)
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            no_evidence(child)


def plus(key, n):
    return lambda data: evidence_of(data)[0].update({key: evidence_of(data)[0][key] + n})


FORGED = {
    "offset": (plus("offset", 1), "moved: "),
    "length": (plus("length", -1), "altered: "),
    "longer": (plus("length", 40), "altered: "),
    "hash": (lambda data: evidence_of(data)[0].update(sha256="0" * 64), "altered: "),
    "another log": (lambda data: evidence_of(data)[0].update(input=(evidence_of(data)[0]["input"] + 1) % len(data["inputs"])), ""),
    "no evidence": (no_evidence, "cite no record"),
    "empty evidence": (lambda data: data["incidents"][0]["findings"][0].update(evidence=[]), "1 claim cites no record"),
    "a claim too many": (lambda data: data["incidents"][0]["accesses"].append({"kind": "message", "how": "imap-fetch", "certainty": "proven"}),
                         "1 claim cites no record"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_report_that_was_tampered_with(name, case, tmp_path):
    report, logs, _ = case
    change, words = FORGED[name]
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(edited(report, change)))
    run, text = verify(forged, logs)
    assert run.status == (DIFFERS if words else run.status) != SAME and words in text, text


def test_a_page_is_not_the_report(case, tmp_path):
    page = tmp_path / "report.html"
    assert tocsin("scan", "--quiet", "--html", page, *case[1]).status == FOUND
    run = tocsin("verify", page, *case[1])
    assert run.status == TROUBLE and "this is a page" in run.err and "--json" in run.err


@pytest.mark.parametrize("name", ["spray-imap-rich", "traveller-stock", "server-shell-rich", "horde-pull-rich", "sogo-export-and-send-stock"])
def test_every_claim_of_a_report_cites(name, tmp_path):
    recording = RECORDINGS / name
    scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording), *logs_of(recording))
    run, text = verify(tmp_path / "report.json", logs_of(recording))
    assert run.status == SAME and "no record" not in text, text


def test_a_log_that_was_cut_before_is_as_it_was(tmp_path):
    """Evidence that was damaged when it was taken: the scan says so, and what was read of it is verified all the same."""
    for log in logs_of(RECORDINGS / "stolen-password-webmail-stock"):
        shutil.copy2(log, tmp_path)
    packed = gzip.compress((tmp_path / "mail.log").read_bytes())
    (tmp_path / "mail.log").unlink()
    (tmp_path / "mail.log.gz").write_bytes(packed[:-100])
    run, report = scan(tmp_path / "report.json", "--quiet", *logs_of(tmp_path))
    assert run.status == TROUBLE and report["incidents"], run.err
    run, text = verify(tmp_path / "report.json", logs_of(tmp_path))
    assert run.status == SAME, text
