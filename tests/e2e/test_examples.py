"""The examples of the manual and of the README: those that need no host of their own are run, of the others the words are read."""

import json
import os
import re
import shutil
import subprocess

import pytest

from tocsin import RECORDINGS, TOCSIN, TOP

RECORDING = RECORDINGS / "stolen-password-webmail-rich"
PAGES = sorted((TOP / "man").glob("*.1"))
# These change the host, follow it or go by a state folder that a watch has filled.
ELSEWHERE = re.compile(r"\btocsin (contain|isolate|restore|watch|access serve|access check|status|incidents?|journal|check-config)\b")
PLACES = re.compile(r"(?<![\w.:])/(var/log|var/vmail|mnt/evidence|usr/local/share/tocsin)\b")
MESSAGE = "From: a@example.org\nTo: b@example.org\nSubject: x\n\nhello\n"
RULE = "title: t\nid: 8d3ff1a0-0000-4000-8000-000000000001\nlogsource: {category: test}\ndetection: {a: {x: 1}, condition: a}\nlevel: low\n"
STUBS = {"ssh": 'shift; exec "$@"', "editor": "exec true", "mail": "exec cat > /dev/null"}


def of_page(page):
    """The lines that a reader would type, those that go on joined."""
    found, block, prompt = [], False, re.compile(r"^(?:mail1|desk)?[$#] ")
    examples = re.search(r"^\.Sh EXAMPLES\n(.*?)(?=^\.Sh |\Z)", page.read_text(), re.M | re.S)
    for line in (examples[1] if examples else "").splitlines():
        said = line.removeprefix(".Dl ") if line.startswith(".Dl ") else line if block else ""
        block = line.startswith(".Bd -literal") or (block and line != ".Ed")
        said = said.replace("\\e", "\\").replace("\\&", "")
        if prompt.match(said) or said.startswith("tocsin "):
            found.append(prompt.sub("", said))
        elif said and said not in (".Ed",) and found and not line.startswith(".Dl "):
            found[-1] += "\n" + said
    return found


def of_readme():
    text = (TOP / "README.md").read_text()
    lines = re.findall(r"^    ((?:build/)?tocsin .*)$", text, re.M)
    return [re.split(r"  +", line.removeprefix("build/"))[0] for line in lines]


EXAMPLES = {page.stem: of_page(page) for page in PAGES} | {"README": of_readme()}


@pytest.fixture
def desk(tmp_path):
    """A folder with what the examples name, and programs that stand for those of other hosts."""
    for place in ("var/log", "evidence", "mail1-logs", "logs", "mnt/evidence/mail1/var/log"):
        shutil.copytree(RECORDING, tmp_path / place)
    mailbox = tmp_path / "var/vmail/anna/Maildir"
    for part in ("cur", "new", "tmp"):
        (mailbox / part).mkdir(parents=True)
    (mailbox / "cur/1.M1P1.mail:2,S").write_text(MESSAGE)
    shutil.copytree(TOP / "rules", tmp_path / "usr/local/share/tocsin/rules")
    (tmp_path / "sigma/rules/windows").mkdir(parents=True)
    (tmp_path / "sigma/rules/windows/one.yml").write_text(RULE)
    (tmp_path / "events.jsonl").write_text(json.dumps({"x": 1, "@timestamp": "2026-03-17T10:00:00Z"}) + "\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "tocsin").symlink_to(TOCSIN)
    for name, words in STUBS.items():
        (programs / name).write_text(f"#!/bin/sh\n{words}\n")
        (programs / name).chmod(0o755)
    return tmp_path


def typed(desk, line):
    environment = os.environ | {"PATH": f"{desk / 'programs'}:{os.environ['PATH']}", "TZ": "Europe/Paris"}
    return subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=desk, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300)


def test_there_are_examples():
    assert sum(len(lines) for lines in EXAMPLES.values()) > 25
    assert [page for page, lines in EXAMPLES.items() if not lines] == []


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples(page, desk):
    """Each runs, and meets nothing that it cannot read: what a reader copies must do what it says."""
    for line in EXAMPLES[page]:
        if ELSEWHERE.search(line):
            done = typed(desk, re.split(" [|>]", line)[0] + " --help")
            assert done.returncode == 0 and done.stdout.startswith("usage: tocsin"), (line, done.stderr)
            continue
        if " jq " in line and not shutil.which("jq"):
            continue
        done = typed(desk, PLACES.sub(rf"{desk}/\1", line))
        assert done.returncode in (0, 1), (line, done.returncode, done.stderr[-2000:])
