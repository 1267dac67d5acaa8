"""A journal in other hands: altered, cut, forged, without its key, or no file at all; nothing is done on its word."""

import json
import os
import signal
import socket
import subprocess

import pytest

from tocsin import TOCSIN
from test_status import until
from test_watch import RECORDINGS, Watch, day_of, laid_out

RECORDING = RECORDINGS / "stolen-password-webmail-rich"


def run(*words, **more):
    return subprocess.run([TOCSIN, *map(str, words)], capture_output=True, text=True, errors="replace", timeout=60,
                          stdin=subprocess.DEVNULL, **more)


def filled(folder):
    logs = laid_out(folder, RECORDING)
    for log, piece in day_of(RECORDING):
        with open(logs / log, "ab") as out:
            out.write(piece)
    (folder / "networks.yaml").write_text("networks: []\n")
    return logs


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    run("scan", "--quiet", "--json", folder / "report.json", filled(folder))
    return folder / "report.json"


@pytest.fixture
def state(tmp_path, report):
    """Of a host with one plan, of which one step was begun."""
    made = tmp_path / "state"
    done = run("contain", "plan", report, "--state", made)
    assert done.returncode == 0, done.stderr
    incident = done.stdout.split()[0]
    run("contain", "apply", incident, "--only", "snapshot", "--yes", "--state", made)
    assert len((made / "journal").read_bytes().splitlines()) == 3
    return made


def changed(state):
    path = state / "journal"
    path.write_bytes(path.read_bytes().replace(b'"saved":', b'"savEd":', 1))
    return "journal:2: its signature does not hold"


def cut_off(state):
    path = state / "journal"
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:-1]))
    return "journal:3: entries were cut off"


def forged(state):
    """Another journal, whole and signed, by a key that is not this one's."""
    lines = (state / "journal").read_bytes().splitlines(True)
    (state / "journal").write_bytes(lines[0] + lines[1].replace(b'"number":2', b'"number":2', 1) + lines[2][:-20] + b"0" * 17 + b'"}\n')
    return "journal:3: its signature does not hold"


def keyless(state):
    (state / "journal.key").unlink()
    return "journal.key: it is gone"


def barred_by(make):
    def bar(state):
        (state / "journal").unlink()
        make(state / "journal")
        return "journal: it is no regular file"
    return bar


def a_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path.name)
    os.chdir(here)


def linked(state):
    (state / "journal").rename(state.parent / "elsewhere")
    (state / "journal").symlink_to(state.parent / "elsewhere")
    return "journal: a symbolic link"


DAMAGES = {"changed": changed, "cut off": cut_off, "forged": forged, "without its key": keyless, "a pipe": barred_by(os.mkfifo),
           "a folder": barred_by(os.mkdir), "a socket": barred_by(a_socket), "a link": linked}
ACTING = {"contain apply": ("contain", "apply", "--yes"), "contain undo": ("contain", "undo", "--yes"), "isolate plan": ("isolate", "plan"),
          "isolate apply": ("isolate", "apply", "--yes"), "restore": ("restore", "--yes")}
READING = {"contain status": ("contain", "status"), "contain verify": ("contain", "verify"), "isolate status": ("isolate", "status")}


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()}


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_done_on_its_word(state, damage):
    said = DAMAGES[damage](state)
    before = tree(state)
    for name, words in {**ACTING, **READING}.items():
        if damage == "without its key" and name in READING:
            continue                                # who only reads needs the public one
        done = run(*words, "--state", state)
        assert done.returncode == 2 and said in done.stderr and "tocsin journal renew" in done.stderr, (name, done)
        assert not done.stdout, (name, done.stdout)
    assert tree(state) == before


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_way_out_that_leaves_a_trace(state, damage):
    said = DAMAGES[damage](state)
    assert "nobody is there to be asked" in run("journal", "renew", "--state", state).stderr
    done = run("journal", "renew", "--yes", "--state", state)
    assert done.returncode == 0 and "A new journal was begun" in done.stdout, done
    verified = run("journal", "verify", "--state", state)
    assert verified.returncode == 0, verified.stdout
    first = run("journal", "show", "--state", state).stdout.splitlines()[0]
    assert " renewed " in first and '"former":"old-1"' in first, (first, said)
    assert os.path.lexists(state / "old-1" / "journal")
    assert run("contain", "status", "--state", state).returncode in (0, 1)
    again = run("journal", "renew", "--yes", "--state", state)
    assert again.returncode == 2 and "nothing to renew" in again.stderr


def test_what_holds_is_carried_over(state):
    keyless(state)
    before = run("contain", "status", "--state", state).stdout
    run("journal", "renew", "--yes", "--state", state)
    assert run("contain", "status", "--state", state).stdout == before
    assert run("journal", "verify", "--state", state / "old-1").returncode == 0
    assert run("contain", "undo", "--yes", "--state", state).returncode == 0


def test_an_altered_journal_is_shown_as_that(state):
    changed(state)
    shown = run("journal", "show", "--state", state)
    assert shown.returncode == 1 and "journal:2: " in shown.stderr and len(shown.stdout.splitlines()) == 3


def test_a_hash_that_was_noted(state):
    head = run("journal", "verify", "--state", state).stdout.split("the last: ")[1].split()[0]
    run("contain", "undo", "--yes", "--state", state)
    later = run("journal", "verify", "--state", state, "--head", head)
    assert later.returncode == 0 and "Entry 3 has the hash that you noted" in later.stdout and "2 came since" in later.stdout
    assert run("journal", "verify", "--state", state, "--head", "0" * 64).returncode == 1
    assert run("journal", "verify", "--state", state, "--head", "x").returncode == 2


# --- the watch --------------------------------------------------------------------------------------------------------

def watched(folder, **more):
    logs = folder / "log"
    if not logs.exists():
        filled(folder)
    return run("watch", "--until-quiet", "--json", "--state", folder / "state", "--networks", folder / "networks.yaml", logs, **more)


def findings(said):
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_watch_goes_on_and_says_so(tmp_path, damage):
    first = findings(watched(tmp_path).stdout)
    assert first
    own = tmp_path / "state" / "watch"
    entries = (own / "journal").read_bytes().splitlines(True)
    if damage == "changed":
        (own / "journal").write_bytes(b"".join(entries).replace(b'"finding":', b'"finDing":', 1))
        held = 0
    else:
        DAMAGES[damage](own)
        held = {"cut off": len(entries) - 1, "forged": 2, "without its key": len(entries)}.get(damage, 0)
    done = watched(tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{held} of " in done.stderr and "entries hold: the watch goes on" in done.stderr, done.stderr
    if damage != "forged":                          # three lines are left of that one
        assert len(findings(done.stdout)) >= (0 if held else len(first)) and run("journal", "verify", "--state", own).returncode == 0
    again = watched(tmp_path)
    assert again.returncode == 0 and not findings(again.stdout) and "entries hold" not in again.stderr


def test_an_altered_journal_of_deeds_is_seen_by_the_watch(tmp_path, state):
    changed(state)
    done = watched(tmp_path)
    assert "nobody is contained" in done.stderr and "journal:2: " in done.stderr
    assert findings(done.stdout)
    status = run("status", "--state", state)
    assert status.returncode == 1 and "ALTERED at line 2" in status.stdout and "responses unknown" in status.stdout


@pytest.mark.parametrize("name", ["status.json", "report.json"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd")], ids=["pipe", "folder", "link"])
def test_what_is_no_file_is_not_waited_for(tmp_path, name, make):
    make(tmp_path / name)
    done = run(*(["status"] if name == "status.json" else ["incidents"]), "--state", tmp_path)
    assert done.returncode == 2 and f"{name}: " in done.stderr and "remove it" in done.stderr, done


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("elsewhere")], ids=["pipe", "folder", "link"])
def test_what_is_no_database_is_not_waited_for(tmp_path, make):
    make(tmp_path / "facts")
    done = run("scan", "--quiet", "--state", tmp_path / "facts", filled(tmp_path))
    assert done.returncode == 2 and "facts: " in done.stderr and "move away" in done.stderr, done


def test_status_says_the_heads(tmp_path):
    logs = filled(tmp_path)
    watch = Watch(tmp_path, logs).start()
    until(lambda: "watch_journal" in run("status", "--json", "--state", tmp_path / "state").stdout)
    said = json.loads(run("status", "--json", "--state", tmp_path / "state").stdout)
    watch.process.send_signal(signal.SIGTERM)
    watch.process.wait()
    own = run("journal", "verify", "--state", tmp_path / "state" / "watch", "--head", said["watch_journal"]["head"])
    assert own.returncode == 0 and said["watch_journal"]["entries"] > 0
