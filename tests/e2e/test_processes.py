"""Who of the watch may do what, as the kernel says of the processes that run."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from test_alert import sendmail
from test_parts import Asked, Manager, graph_configured, POLICY
from test_status import filled, until
from test_watch import RECORDINGS, Watch
from tocsin import TOCSIN

ROOT = os.geteuid() == 0
NOBODY, READS, NET, KILLS = 65534, {2}, {12}, {5}
EVERY = None                                   # as many capabilities as it was started with

# name: user, capabilities, whether it may gain privileges by a program, whether its system calls are filtered
TABLE = {
    "reader": (NOBODY, READS, False, True),
    "engine": (NOBODY, READS, False, True),
    "scan": (NOBODY, READS, False, True),
    "painter": (NOBODY, set(), False, True),
    "lister": (NOBODY, set(), False, True),
    "console": (NOBODY, set(), False, True),
    "teller": (NOBODY, set(), False, True),
    "post": (NOBODY, set(), True, False),      # starts sendmail, which is setgid
    "toucher": (NOBODY, {2, 19}, False, True),
    "blocker": (NOBODY, NET, False, True),
    "envoy": (NOBODY, set(), False, True),
    "access": (0, {1, 2}, False, True),
    "respond": (0, EVERY, True, False),      # becomes Postfix's and Dovecot's programs; its unit shuts it in
    "act": (0, EVERY, True, False),            # the parent
}


def status_of(pid):
    """A dict of /proc/PID/status; None: it ended."""
    try:
        return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    except (OSError, ValueError):
        return None


def capabilities(text):
    return {n for n in range(64) if int(text, 16) >> n & 1}


OWN = status_of("self")


def filters(status):
    return int(status.get("Seccomp_filters", 0)) - int(OWN.get("Seccomp_filters", 0))


def wrong_with(name, status):
    """What the kernel says of it that the table does not; empty: nothing."""
    user, held, may_gain, filtered = TABLE[name]
    found = []
    if ROOT and int(status["Uid"].split()[1]) != user:
        found.append(f"is user {status['Uid']}")
    if ROOT and user == NOBODY and (status["Groups"].strip() or int(status["Gid"].split()[1]) != NOBODY):
        found.append(f"is of groups {status['Gid']} {status['Groups']}")
    if held is not EVERY and not capabilities(status["CapPrm"]) <= held:
        found.append(f"may {sorted(capabilities(status['CapPrm']))}")
    if held is not EVERY and (int(status["CapInh"], 16) or int(status["CapAmb"], 16)):
        found.append("hands capabilities on")
    if not may_gain and status["NoNewPrivs"].strip() != "1":
        found.append("may gain privileges")
    if filtered != (filters(status) > 0) or (filtered and status["Seccomp"].strip() != "2"):
        found.append(f"{filters(status)} filters of its own")
    return found


class Sampler(threading.Thread):
    """Looks at the descendants of a process again and again: the best that each name of them came to."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen, self.on = pid, {}, True

    def pids(self, pid):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return []
        return [int(pid), *(p for child in children for p in self.pids(child))]

    def look(self):
        for pid in self.pids(self.pid):
            status = status_of(pid)
            name = status and status["Name"].removeprefix("tocsin-")
            if name in TABLE and (name not in self.seen or filters(status) >= filters(self.seen[name][1])):
                self.seen[name] = (pid, status)

    def run(self):
        while self.on:
            self.look()
            time.sleep(0.001)

    def wrong(self):
        return {name: wrong for name, (_, status) in list(self.seen.items()) if (wrong := wrong_with(name, status))}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A watch with all that it can have, its state, and who was seen of it."""
    folder = tmp_path_factory.mktemp("processes")
    logs, page = filled(folder), sendmail(folder, "cat > /dev/null; sleep 1")
    for n in range(20):                        # the whole report takes a moment
        shutil.copy(RECORDINGS / "spray-imap-stock" / "mail.log", logs / f"other{n}.log")
    policy = f"tell:\n  from: low\n  sendmail: {page}\n  mail: [a@elsewhere.example]\n  alerts-an-hour: 3\ncontain:\n  from: critical\n"
    options = ["--console", f"unix:{folder}/console", "--syslog", folder / "syslog"]
    (folder / "store").mkdir()
    if ROOT and subprocess.run([TOCSIN, "watch", "--until-quiet", "--state", folder / "try", "--touched", folder / "store", folder / "store"],
                               capture_output=True).returncode == 0:
        options += ["--touched", folder / "store"]
    watch = Watch(folder, logs, *options, policy=policy).start()
    sampler = Sampler(watch.process.pid)
    sampler.start()
    until((folder / "state" / "report.json").exists)
    until(lambda: {"painter", "lister", "post"} <= set(sampler.seen))
    yield folder, watch, sampler
    sampler.on = False
    watch.end()


def test_each_is_what_the_table_says(running):
    _, watch, sampler = running
    expected = {"act", "reader", "engine", "scan", "painter", "lister", "console", "teller", "post", "respond"}
    until(lambda: not sampler.wrong(), 60)
    assert expected <= set(sampler.seen), f"{sorted(expected - set(sampler.seen))} never ran"
    assert "toucher" in sampler.seen or "--touched" not in watch.words


def test_nobody_inherits_what_is_not_his(running):
    """Files of the state and what listens are open where they are used, and nowhere else."""
    folder, watch, sampler = running
    ours = {"act", "respond", "keeper", "scan", "painter", "lister"}
    for name, (pid, _) in list(sampler.seen.items()):
        try:
            held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue                           # it ended
        state = [path for path in held if path.startswith(str(folder / "state")) and "/touched" not in path]
        assert name in ours or not state, f"{name} holds {state}"
        assert name in ("act", "engine") or not [path for path in held if "memfd" in path], name
        logs = [path for path in held if path.startswith(str(folder / "log"))]
        assert name in ("reader", "scan") or not logs, f"{name} holds {logs}"
        assert name == "reader" or not [path for path in held if "inotify" in path], name
        assert len([path for path in held if path.startswith("socket:")]) <= {"act": 8, "reader": 3, "console": 3}.get(name, 3), (name, held)


def test_none_leaves_a_picture_of_its_memory(running):
    _, watch, sampler = running
    for name in ("reader", "engine", "console", "teller", "post"):
        limits = Path(f"/proc/{sampler.seen[name][0]}/limits").read_text()
        assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.M), name
    assert re.search(r"^Max open files\s+256\s+256\s", Path(f"/proc/{sampler.seen['console'][0]}/limits").read_text(), re.M)


def seen_alone(pid, name):
    sampler = Sampler(pid)
    until(lambda: sampler.look() or (name in sampler.seen and not wrong_with(name, sampler.seen[name][1])), 60)


@pytest.mark.parametrize("name", ["blocker", "envoy"])
def test_parts_that_are_called(tmp_path, name):
    graph_configured(tmp_path / "state", "http://127.0.0.1:9")
    asked = Asked(name, tmp_path / "state")
    seen_alone(asked.process.pid, name)
    asked.end()


def test_a_teller_of_its_own(tmp_path):
    """What starts programs is there before what speaks with strangers is shut in."""
    (tmp_path / "policy.yml").write_text(POLICY.format("  mail: [a@elsewhere.example]\n"))
    manager = Manager(tmp_path / "parts", tmp_path / "state", tmp_path / "policy.yml", names=["teller"])
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as here:
        here.connect(str(tmp_path / "parts/teller"))
        until(lambda: manager.started)
        for name in ("teller", "post"):
            seen_alone(manager.started[0][1].pid, name)
    manager.end()


def test_who_answers_at_sign_in(tmp_path):
    rules = tmp_path / "access.yml"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rules.write_text(f"posture: normal\nlisten: 127.0.0.1:{port}\n")
    process = subprocess.Popen([TOCSIN, "access", "serve", rules], stderr=subprocess.DEVNULL)
    seen_alone(process.pid, "access")
    process.terminate()
    assert process.wait(20) == 0
