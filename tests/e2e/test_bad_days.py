"""tocsin watch on bad days: an engine that ends, a broken policy, a folder that goes, a full disk, a flood."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from test_status import filled, run, until
from test_watch import POLICY, RECORDINGS, Watch, day_of, laid_out, scanned, told

RECORDING = RECORDINGS / "pop3-pull-stock"


def status(watch):
    return json.loads(run("status", "--json", "--state", watch.folder / "state").stdout or "{}")


def ready(watch):
    until(lambda: status(watch).get("past_read") and status(watch).get("well"))
    return watch


def child_of(watch, which):
    """Reader and engine in the order in which they are started; the whole report is made by a third now and then."""
    children = Path(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children").read_text().split()
    ours = [int(c) for c in children if Path(f"/proc/{c}/comm").read_text() in ("tocsin-reader\n", "tocsin-engine\n")]
    return ours[{"reader": 0, "engine": 1}[which]] if len(ours) == 2 else None


def seen_child(watch, which):
    """A scan that has just begun is taken for a third child: one look may tell nothing."""
    seen = []
    until(lambda: seen.append(child_of(watch, which)) or seen[-1])
    return seen[-1]


def keys(findings):
    return [(f["rule"]["id"], f.get("account"), f.get("source_ip"), f["time"]) for f in findings]


def said(watch, text):
    return (watch.folder / "err").read_text().count(text)


def add(logs, piece):
    with open(logs / "mail.log", "ab") as out:
        out.write(piece)


@pytest.mark.parametrize("which", ["engine", "reader"])
def test_one_that_is_killed_is_started_again(tmp_path, which):
    """Nothing is told twice, nothing that came meanwhile is lost."""
    logs = laid_out(tmp_path, RECORDING)
    pieces = [piece for name, piece in day_of(RECORDING) if name == "mail.log"]
    watch = ready(Watch(tmp_path, logs).start())
    for number, part in enumerate((pieces[:5], pieces[5:11], pieces[11:])):
        add(logs, b"".join(part))
        os.kill(seen_child(watch, which), signal.SIGKILL)
        until(lambda: said(watch, f"the {which} ended by itself (signal 9): it is started again") == number + 1)
    watch.quiet(3)
    assert status(watch)["engine_restarts"] == 3 and watch.end() == 0
    findings = watch.findings()
    assert told(findings) == scanned(logs, tmp_path) and len(keys(findings)) == len(set(keys(findings)))


def test_an_engine_that_always_ends_is_given_up(tmp_path):
    logs = laid_out(tmp_path, RECORDING, days=False)
    watch = ready(Watch(tmp_path, logs).start())
    for number in range(6):
        os.kill(seen_child(watch, "engine"), signal.SIGKILL)
        if number < 5:
            until(lambda: said(watch, "started again") == number + 1 and child_of(watch, "engine"))
    assert watch.process.wait(20) == 2 and said(watch, "nothing is watched") == 1


def test_a_policy_read_again(tmp_path):
    """A broken one leaves the old one in force; a good one is taken, and what it wants told is told."""
    logs = filled(tmp_path)
    watch = ready(Watch(tmp_path, logs, policy="tell:\n  from: critical\n").start())
    before = len(watch.quiet(1).findings())
    (tmp_path / "policy.yml").write_text("tell:\n  form: low\n")
    watch.process.send_signal(signal.SIGHUP)
    until(lambda: said(watch, "policy.yml: line 2") and said(watch, "stay in force"))
    assert len(watch.quiet(1).findings()) == before
    (tmp_path / "policy.yml").write_text(POLICY)
    watch.process.send_signal(signal.SIGHUP)
    until(lambda: said(watch, "are in force"))
    watch.quiet(3)
    assert watch.end() == 0 and told(watch.findings()) == scanned(logs, tmp_path)
    assert len(keys(watch.findings())) == len(set(keys(watch.findings())))


def test_rules_that_are_broken_are_not_taken(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "one.yml").write_text((Path(__file__).resolve().parents[2] / "rules" / next(
        p.name for p in sorted((Path(__file__).resolve().parents[2] / "rules").glob("*.yml")))).read_text())
    watch = ready(Watch(tmp_path, laid_out(tmp_path, RECORDING, days=False), "--rules", rules).start())
    (rules / "two.yml").write_text("title: x\ndetection: [\n")
    engine = seen_child(watch, "engine")
    watch.process.send_signal(signal.SIGHUP)
    until(lambda: said(watch, "stay in force"))
    assert seen_child(watch, "engine") == engine and watch.end() == 0


def test_a_folder_of_logs_removed_and_made_again(tmp_path):
    """Another folder of the same name: what comes there is judged too."""
    logs = laid_out(tmp_path, RECORDING)
    watch = ready(Watch(tmp_path, logs).start())
    days = {p.name: p.read_bytes() for p in logs.glob("*.1.gz")}
    shutil.rmtree(logs)
    time.sleep(2)
    fresh = tmp_path / "fresh"                     # whole when it comes, or it is read half made
    fresh.mkdir()
    for name, whole in days.items():
        (fresh / name).write_bytes(whole)
    fresh.rename(logs)
    until(lambda: said(watch, "made anew"))
    for name, piece in day_of(RECORDING):
        if name == "mail.log":
            add(logs, piece)
    watch.quiet(3)
    assert watch.end() == 0 and told(watch.findings()) == scanned(logs, tmp_path)


def records(watch):
    return status(watch)["records"]


def test_a_file_that_comes_between_two_looks_is_judged_once(tmp_path):
    """The reader has listed the folder, the engine has not: the new file is the past of one and the present of the other."""
    logs = laid_out(tmp_path, RECORDING)
    (logs / "mail.log").unlink()
    watch = Watch(tmp_path, logs).start()
    children = Path(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children")
    until(lambda: len(children.read_text().split()) == 2)
    reader, engine = map(int, children.read_text().split())
    os.kill(engine, signal.SIGSTOP)
    until(lambda: "inotify" in subprocess.run(["ls", "-l", f"/proc/{reader}/fd"], capture_output=True, text=True).stdout)
    time.sleep(1)
    add(logs, (RECORDING / "mail.log").read_bytes())
    os.kill(engine, signal.SIGCONT)
    ready(watch)
    add(logs, b"".join(piece for name, piece in day_of(RECORDING) if name == "mail.log").replace(b"Mar 17", b"Mar 18"))
    watch.quiet(3)
    decoded = len(run("decode", logs).stdout.splitlines())
    until(lambda: records(watch) >= decoded)
    assert watch.end() == 0 and records(watch) == decoded
    assert told(watch.findings()) == scanned(logs, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system is mounted by root alone")
def test_a_clock_that_jumps(tmp_path):
    """Lines ten years ahead, and back again: the verdicts are a scan's, and the watch goes on."""
    logs = laid_out(tmp_path, RECORDING)
    pieces = [piece for name, piece in day_of(RECORDING) if name == "mail.log"]
    lines = b"".join(pieces).splitlines(keepends=True)
    for at in (len(lines) // 3, len(lines) // 2):
        lines.insert(at, b"2036" + lines[at][4:])
        lines.insert(at, b"2006" + lines[at][4:])
    watch = ready(Watch(tmp_path, logs).start())
    for number, line in enumerate(lines):
        add(logs, line)
        if number % 50 == 0:
            time.sleep(0.02)
    watch.quiet(3)
    assert watch.end() == 0
    assert told(watch.findings()) == scanned(logs, tmp_path) != set()


def test_a_full_disk(tmp_path):
    """Findings go on; what could not be kept is told again after a restart."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "none", state]).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        logs = filled(tmp_path)
        (state / "fill").write_bytes(b"x" * 30000)
        with open(state / "fill", "ab", buffering=0) as fill:
            try:
                while True:
                    fill.write(b"x" * 512)
            except OSError:
                pass
        watch = Watch(tmp_path, logs, "--until-quiet").start()
        first = watch.process.wait(60)
        if first == 2:                           # no room even for the journal's key: said, and not started
            assert said(watch, "No space left") or said(watch, "full")
        else:
            assert told(watch.findings()) == scanned(logs, tmp_path) and said(watch, "make room on the disk")
        (state / "fill").unlink()
        watch.out.write_text("")
        watch.start()
        assert watch.process.wait(60) == 0 and told(watch.findings()) == scanned(logs, tmp_path)
    finally:
        subprocess.run(["umount", state])


def resident(pid):
    return int(next(line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")))


def test_a_flood_hides_no_other(tmp_path):
    """Half a million refused sign-ins of one address; memory stays flat, the intruder behind them is told."""
    logs = laid_out(tmp_path, RECORDING)
    watch = ready(Watch(tmp_path, logs).start())
    line = ("Mar 17 0{}:{:02}:{:02} mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
            "user=<guess{}@example.org>, method=PLAIN, rip=198.51.100.66, lip=192.0.2.25, TLS, session=<{}>\n")
    sizes = []
    for half in range(2):
        add(logs, "".join(line.format(1 + half, n // 4200, n // 70 % 60, n % 5000, half * 250000 + n)
                          for n in range(250000)).encode())
        until(lambda: status(watch)["records"] >= 250000 * (half + 1) and status(watch)["bytes_behind"] == 0, 120)
        sizes.append(resident(seen_child(watch, "engine")))
    for name, piece in day_of(RECORDING):
        if name == "mail.log":
            add(logs, piece)
    watch.quiet(3)
    assert watch.end() == 0
    others = {f for f in told(watch.findings()) if f[2] != "198.51.100.66"}
    logs.joinpath("mail.log").write_bytes(b"".join(piece for name, piece in day_of(RECORDING) if name == "mail.log"))
    assert {f for f in scanned(logs, tmp_path) if f[2]} <= others
    assert sizes[1] < sizes[0] * 1.3


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system is mounted by root alone")
def test_a_state_folder_that_nobody_can_write(tmp_path):
    """It says so and does not start: what is told could not be remembered."""
    logs = laid_out(tmp_path, RECORDING, days=False)
    (tmp_path / "state").mkdir()
    mounts = 'mount -t tmpfs -o ro tmpfs "$1" || exit 77; shift; exec "$@"'
    watch = Watch(tmp_path, logs, "--until-quiet")
    (tmp_path / "networks.yaml").write_text("networks: []\n")
    done = subprocess.run(["unshare", "-m", "sh", "-c", mounts, "sh", tmp_path / "state", *watch.words], capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip("nothing can be mounted here")
    assert done.returncode == 2 and "Read-only file system" in done.stderr and "--state" in done.stderr


def test_a_journal_that_is_not_there(tmp_path):
    """The files beside it are watched all the same, and that it is missing is said once."""
    logs = laid_out(tmp_path, RECORDING, days=False)
    watch = ready(Watch(tmp_path, logs, "--journal", tmp_path / "none").start())
    assert watch.end() == 0 and said(watch, "the journal cannot be followed") == 1
