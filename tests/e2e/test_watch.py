"""tocsin watch: the findings of a scan over the same bytes, each told once, whatever ends it."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tocsin import TOCSIN

RECORDINGS = Path(__file__).resolve().parents[2] / "lab" / "recordings"
DAY = ["mail.log", "access.log", "userlogins.log", "errors.log", "sendmail.log", "auth.log"]
POLICY = "tell:\n  from: informational\n"


class Watch:
    def __init__(self, folder, logs, *options, policy=POLICY):
        self.folder, self.out = folder, folder / "out"
        (folder / "policy.yml").write_text(policy)
        self.words = [TOCSIN, "watch", "--json", "--state", folder / "state", "--policy", folder / "policy.yml",
                      "--networks", folder / "networks.yaml", *options, logs]
        (folder / "networks.yaml").write_text("networks: []\n")

    def start(self):
        self.process = subprocess.Popen(self.words, stdout=open(self.out, "ab"), stderr=open(self.folder / "err", "ab"))
        return self

    def findings(self):
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def quiet(self, seconds=2.0):
        """Until nothing has come for a while."""
        before, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            size = self.out.stat().st_size
            if size != before:
                before, since = size, time.monotonic()
            time.sleep(0.05)
        return self

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(20)
        time.sleep(0.2)
        return status


def laid_out(folder, recording, days=True):
    """The days before, rotated and packed; the logs of the day, empty."""
    logs = folder / "log"
    logs.mkdir(parents=True)
    for name in DAY:
        if (recording / f"{name}.1.gz").exists() and days:
            (logs / f"{name}.1.gz").write_bytes((recording / f"{name}.1.gz").read_bytes())
        (logs / name).touch()
    return logs


def day_of(recording):
    """(log, bytes) of the day in pieces, a file after the other, cut in the middle of lines."""
    for name in DAY:
        whole = (recording / name).read_bytes() if (recording / name).exists() else b""
        for at in range(0, len(whole), 7001):
            yield name, whole[at:at + 7001]


def wait_until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def told(findings):
    return {(f["rule"]["id"], f.get("account"), f.get("source_ip")) for f in findings}


def scanned(logs, folder):
    report = folder / "report.json"
    subprocess.run([TOCSIN, "scan", "--quiet", "--json", report, "--networks", folder / "networks.yaml", logs])
    whole = json.loads(report.read_text())
    rows = whole["findings"] + [f for i in whole["incidents"] for f in i["findings"]]
    return {(f["rule"]["id"], f.get("account"), f.get("source_ip")) for f in rows}


@pytest.mark.parametrize("name", ["stolen-password-webmail-rich", "pop3-pull-stock", "spray-imap-stock", "office-nat-stock"])
def test_the_past_is_judged_as_a_scan_does(tmp_path, name):
    logs = laid_out(tmp_path, RECORDINGS / name)
    for log, piece in day_of(RECORDINGS / name):
        with open(logs / log, "ab") as out:
            out.write(piece)
    watch = Watch(tmp_path, logs, "--until-quiet").start()
    assert watch.process.wait(60) == 0
    assert told(watch.findings()) == scanned(logs, tmp_path)


def test_a_finding_over_two_logs_names_its_one_source(tmp_path):
    """The deciding line, of Sieve, has no address; the filter's saving has: whichever the reader meets last."""
    logs = laid_out(tmp_path, RECORDINGS / "stolen-password-webmail-rich")
    for log, piece in day_of(RECORDINGS / "stolen-password-webmail-rich"):
        with open(logs / log, "ab") as out:
            out.write(piece)
    (tmp_path / "networks.yaml").write_text("networks: []\n")
    assert ("4f6d1c0e-8a43-4d0c-9f0a-6a1f3f1c1a11", "c.martin@interieur.example", "203.0.113.147") in scanned(logs, tmp_path)


def test_what_comes_in_pieces_is_judged_the_same(tmp_path):
    """One log that grows by pieces cut anywhere, is rotated by name twice and once copied and cut."""
    recording = RECORDINGS / "pop3-pull-stock"
    logs = laid_out(tmp_path, recording)
    watch = Watch(tmp_path, logs).start().quiet()
    pieces = [piece for name, piece in day_of(recording) if name == "mail.log"]
    for number, piece in enumerate(pieces):
        whole, _, piece = piece.rpartition(b"\n") if number in (3, 9) else (b"", b"", piece)
        with open(logs / "mail.log", "ab") as out:
            out.write(whole + b"\n" if whole else b"")
        if whole:                                 # daemons rotate between two lines
            time.sleep(0.3)
            (logs / "mail.log").rename(logs / f"mail.log.moved.{number}.1")
            (logs / "mail.log").touch()
        with open(logs / "mail.log", "ab") as out:
            out.write(piece)
        time.sleep(0.02)
    watch.quiet()
    assert watch.end() == 0
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "mail.log").write_bytes(b"".join(pieces))
    for packed in logs.glob("*.1.gz"):
        (whole / packed.name).write_bytes(packed.read_bytes())
    assert told(watch.findings()) == scanned(whole, tmp_path)


def test_killed_and_started_again(tmp_path):
    """Nothing is told twice, and what came while nobody watched is told."""
    recording = RECORDINGS / "pop3-pull-stock"
    logs = laid_out(tmp_path, recording)
    watch, once = Watch(tmp_path, logs), None
    pieces = [piece for name, piece in day_of(recording) if name == "mail.log"]
    for piece in [b"".join(pieces[i::1][:6]) for i in range(0, len(pieces), 6)]:
        watch.start().quiet(1.2)
        with open(logs / "mail.log", "ab") as out:
            out.write(piece)
        time.sleep(0.3)
        watch.end(signal.SIGKILL)
    watch.start().quiet()
    assert watch.end() == 0
    findings = watch.findings()
    assert told(findings) == scanned(logs, tmp_path)
    keys = [(f["rule"]["id"], f.get("account"), f.get("source_ip"), f["time"]) for f in findings]
    assert len(keys) == len(set(keys))


def test_the_engine_ends_with_its_parent(tmp_path):
    logs = laid_out(tmp_path, RECORDINGS / "pop3-pull-stock")
    watch = Watch(tmp_path, logs).start().quiet(1)
    children = Path(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children").read_text().split()
    assert children
    watch.end(signal.SIGKILL)
    time.sleep(0.3)
    assert not any(Path(f"/proc/{child}/exe").exists() and os.path.exists(f"/proc/{child}/stat") and
                   " Z " not in Path(f"/proc/{child}/stat").read_text() for child in children)


def test_a_broken_policy_is_refused(tmp_path):
    logs = laid_out(tmp_path, RECORDINGS / "pop3-pull-stock", days=False)
    watch = Watch(tmp_path, logs, policy="contain:\n  form: high\n").start()
    assert watch.process.wait(20) == 2
    assert "policy.yml: line 2" in (tmp_path / "err").read_text()


def test_two_watches_of_one_state(tmp_path):
    logs = laid_out(tmp_path, RECORDINGS / "pop3-pull-stock", days=False)
    first = Watch(tmp_path, logs).start().quiet(1)
    second = subprocess.run(first.words, capture_output=True, text=True)
    assert second.returncode == 2 and f"another tocsin is at work on it (pid {first.process.pid})" in second.stderr
    assert first.end() == 0


def test_the_service_manager_is_told(tmp_path, monkeypatch):
    logs = laid_out(tmp_path, RECORDINGS / "pop3-pull-stock")
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(20)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    watch = Watch(tmp_path, logs).start()
    heard = b""
    while b"READY=1" not in heard:
        heard += manager.recv(4096) + b"\n"
    assert b"WATCHDOG=1" in heard + manager.recv(4096) and b"STATUS=" in heard
    assert watch.end() == 0


def test_nobody_is_shut_out_by_a_guesser(tmp_path):
    """Brute force is told; only whoever is let in is contained, else guessing at somebody would shut him out."""
    logs = tmp_path / "log"
    logs.mkdir()
    log = logs / "mail.log"
    now, text = int(time.time()), "%Y-%m-%dT%H:%M:%S+00:00"
    when = lambda ago: time.strftime(text, time.gmtime(now - ago))
    end = "lip=192.0.2.25, TLS, session=<x{}>"
    let_in = "{} mail dovecot: imap-login: Login: user=<ana@mairie.example>, method=PLAIN, rip={}, mpid=71, " + end + "\n"
    refused = (f"{when(0)} mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
               f"user=<ana@mairie.example>, method=PLAIN, rip=203.0.113.7, {end}\n")
    log.write_text("".join(let_in.format(when(3600 * hour), "192.0.2.77", hour) for hour in range(240, 24, -6)))
    watch = Watch(tmp_path, logs, policy="tell:\n  from: low\ncontain:\n  from: low\n  levers: [deny]\n").start()
    watch.quiet()
    with open(log, "a") as out:
        out.writelines(refused.format(i) for i in range(40))
    wait_until(lambda: any("Brute force" in f["rule"]["title"] for f in watch.findings()))
    watch.quiet()
    acted = lambda: "contained" in (tmp_path / "err").read_text()      # by policy, or not and why
    assert not acted()
    with open(log, "a") as out:
        out.write(let_in.format(when(0), "203.0.113.7", "y"))
    wait_until(acted)
    watch.end()
