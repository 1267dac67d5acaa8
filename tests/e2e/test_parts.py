"""Who acts and who tells in units of their own: tocsin watch --parts, --part."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from test_alert import Hook, status
from test_status import until
from test_watch import Watch
from tocsin import TOCSIN

SHARE = Path(__file__).resolve().parents[2] / "share"
ACCOUNT = "ana@mairie.example"


class Manager:
    """As systemd with Accept=yes: listens for each part, starts one for each connection."""

    def __init__(self, folder, state, policy, names=("responder", "teller")):
        self.folder, self.state, self.policy = folder, state, policy
        self.started, self.open = [], True
        folder.mkdir(exist_ok=True)
        self.listening = {name: self.listen(name) for name in names}

    def listen(self, name):
        here = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        here.bind(str(self.folder / name))
        here.listen(8)
        threading.Thread(target=self.serve, args=(name, here), daemon=True).start()
        return here

    def serve(self, name, here):
        while self.open:
            try:
                connection, _ = here.accept()
            except OSError:
                return
            self.started.append((name, self.start(name, connection)))
            connection.close()

    def start(self, name, connection):
        words = [TOCSIN, "watch", "--part", name, "--state", self.state, "--policy", self.policy]
        hand_over = 'exec 3<&"$1" 4<&-; shift; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        # bash: sh knows descriptors of one digit only
        return subprocess.Popen(["bash", "-c", hand_over, "bash", str(connection.fileno()), *words],
                                pass_fds=[connection.fileno()], stdout=open(self.folder / "said", "ab"), stderr=subprocess.STDOUT)

    def said(self):
        return (self.folder / "said").read_text() if (self.folder / "said").exists() else ""

    def running(self, name):
        return [p for what, p in self.started if what == name and p.poll() is None]

    def end(self):
        self.open = False
        for here in self.listening.values():
            here.shutdown(socket.SHUT_RDWR)
            here.close()
        for _, process in self.started:
            process.wait(20)


def line(ago, ip, session):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - ago))
    return (f"{stamp} mail dovecot: imap-login: Login: user=<{ACCOUNT}>, method=PLAIN, rip={ip}, mpid=71, lip=192.0.2.25, TLS, "
            f"session=<{session}>\n")


def refused(ip, session):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    return (f"{stamp} mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
            f"user=<{ACCOUNT}>, method=PLAIN, rip={ip}, lip=192.0.2.25, TLS, session=<{session}>\n")


def guessed(ip):
    """Somebody guesses a password until it is accepted."""
    return "".join(refused(ip, f"{ip}-{i}") for i in range(30)) + line(0, ip, f"{ip}-in")


POLICY = "tell:\n  from: low\n{}contain:\n  from: low\n  levers: [deny]\n"


@pytest.fixture
def house(tmp_path):
    """A log with a past, a policy that contains, and who starts the parts."""
    logs = tmp_path / "log"
    logs.mkdir()
    (logs / "mail.log").write_text("".join(line(86400 * day, "192.0.2.77", day) for day in range(20, 5, -1)))
    manager = Manager(tmp_path / "parts", tmp_path / "state", tmp_path / "policy.yml")
    yield tmp_path, logs / "mail.log", manager
    manager.end()


def started(folder, log, policy=POLICY.format("")):
    watch = Watch(folder, log.parent, "--parts", folder / "parts", policy=policy).start()
    until(lambda: status(folder).get("past_read") and status(folder).get("pid") == watch.process.pid)
    return watch


def grow(log, text):
    with open(log, "a") as out:
        out.write(text)


def test_another_unit_acts_and_another_tells(house):
    folder, log, manager = house
    hook = Hook()
    watch = started(folder, log, POLICY.format(f"  webhook: {hook.url}\n"))
    grow(log, guessed("203.0.113.7"))
    until(lambda: "contained by policy" in manager.said() and hook.got)
    until(lambda: status(folder)["contained"] == 1)
    assert "contained" not in (folder / "err").read_text()     # the watch itself holds no lever
    children = Path(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children").read_text().split()
    assert len(children) <= 3                                  # reader, engine, perhaps a scan
    assert watch.end() == 0
    assert [process.wait(20) for _, process in manager.started] == [0, 0]


def test_who_acts_is_killed_and_starts_anew(house):
    """What was ordered meanwhile is ordered again, and is done once."""
    folder, log, manager = house
    watch = started(folder, log)
    until(lambda: manager.running("responder"))
    manager.running("responder")[0].kill()
    until(lambda: "the process that acts ended by itself" in (folder / "err").read_text())
    grow(log, guessed("203.0.113.7"))
    until(lambda: "contained by policy" in manager.said())
    assert watch.end() == 0
    assert manager.said().count("contained by policy") == 1


def test_nobody_listens_for_a_while(house):
    folder, log, manager = house
    watch = started(folder, log)
    until(lambda: manager.running("responder"))
    manager.listening["responder"].shutdown(socket.SHUT_RDWR)
    (folder / "parts/responder").unlink()
    manager.running("responder")[0].kill()
    until(lambda: "nobody can be contained" in (folder / "err").read_text() + status(folder).get("alert_trouble", ""), 60)
    grow(log, guessed("203.0.113.7"))
    until(lambda: "told again when it does" in (folder / "err").read_text())
    manager.listening["responder"] = manager.listen("responder")
    until(lambda: "contained by policy" in manager.said(), 60)
    assert watch.end() == 0 and manager.said().count("contained by policy") == 1


def test_it_does_not_start_where_nobody_could_act(tmp_path):
    (tmp_path / "log").mkdir()
    watch = Watch(tmp_path, tmp_path / "log", "--parts", tmp_path / "none", policy=POLICY.format("")).start()
    assert watch.process.wait(30) == 2
    assert "systemctl start tocsin-responder.socket" in (tmp_path / "err").read_text()
    checked = subprocess.run([*watch.words, "--check-config"], capture_output=True, text=True)
    assert checked.returncode == 2 and "tocsin-teller.socket" in checked.stderr


@pytest.mark.parametrize("words, said", [
    (["--part", "reader"], "there is no such part"),
    (["--part", "responder"], "the service manager hands it a connection"),
    (["--part", "teller"], "the service manager hands it a connection"),
    (["--part", "toucher"], "with --touched"),
])
def test_a_part_by_hand(tmp_path, words, said):
    done = subprocess.run([TOCSIN, "watch", *words, "--state", tmp_path], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and said in done.stderr


def test_in_a_network_of_its_own_nobody_would_be_blocked(tmp_path):
    """It does not say that an address is blocked where its firewall is not the host's."""
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("a network namespace cannot be made here")
    (tmp_path / "policy.yml").write_text("contain:\n  from: low\n  levers: [block]\n")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = ["unshare", "-rn", "bash", "-c", f'exec 3<&{theirs.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"', "bash", TOCSIN,
             "watch", "--part", "responder", "--state", tmp_path / "state", "--policy", tmp_path / "policy.yml"]
    done = subprocess.run(words, pass_fds=[theirs.fileno()], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "does not see the host's network" in done.stderr
    ours.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("part", ["responder", "teller"])
def test_somebody_else_is_not_heard(tmp_path, part):
    """A socket that was left open to all: who connects is known by the kernel, and not by what he says."""
    (tmp_path / "policy.yml").write_text(POLICY.format(""))
    manager = Manager(tmp_path / "parts", tmp_path / "state", tmp_path / "policy.yml", names=[part])
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    (tmp_path / "parts" / part).chmod(0o777)
    stranger = f"import os, socket\nos.setgid(65534)\nos.setuid(65534)\ns = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n" \
               f"s.settimeout(30)\ns.connect({str(tmp_path / 'parts' / part)!r})\ns.send(b'x' * 600)\nassert s.recv(1) == b''"
    done = subprocess.run(["/usr/bin/python3", "-c", stranger], capture_output=True, text=True)
    assert done.returncode == 0 or "ConnectionResetError" in done.stderr, done.stderr
    manager.end()
    assert "neither root nor this user" in manager.said() and manager.started[0][1].returncode == 2


@pytest.mark.parametrize("forged", [b"", b"x", b"\0" * 600, b"\xff" * 9729, b"x" * 9728])
@pytest.mark.parametrize("part", ["responder", "teller"])
def test_forged_messages(tmp_path, part, forged):
    """A parent that was taken over says what no parent says."""
    (tmp_path / "policy.yml").write_text(POLICY.format("  webhook: http://127.0.0.1:9/\n"))
    manager = Manager(tmp_path / "parts", tmp_path / "state", tmp_path / "policy.yml", names=[part])
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(str(tmp_path / "parts" / part))
    for _ in range(3):
        try:
            s.send(forged)
        except BrokenPipeError:
            break
    s.shutdown(socket.SHUT_WR)
    until(lambda: manager.started and manager.started[0][1].poll() is not None)
    assert manager.started[0][1].returncode == 0
    assert "contained by policy" not in manager.said()
    s.close()
    manager.end()


# --- the units ---

LIMITS = {"tocsin.service": 20, "tocsin-teller@.service": 20, "tocsin-toucher.service": 20,
          "tocsin-responder@.service": 29}     # it writes the settings of other programs; man tocsin-watch says why


def installed(folder):
    """The units as they come to lie, each drop-in of tocsin.service written into it."""
    units = {path.name: path.read_text().replace("@bindir@", "/usr/bin") for path in SHARE.glob("tocsin*.service")}
    plain = units["tocsin.service"].partition("[Install]")[0]
    for path in SHARE.glob("*.conf"):
        text = path.read_text().replace("@bindir@", "/usr/bin")
        if "[Service]" in text:
            units[f"tocsin-with-{path.stem}.service"] = plain + text.partition("[Service]")[2]
    for name, text in units.items():
        (folder / name).write_text(text)
    return units


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed (tools/need install test)")
def test_the_units_are_closed(tmp_path):
    """With every drop-in: acting and telling gives no right to the unit that reads logs."""
    units = installed(tmp_path)
    assert {"tocsin-with-policy.service", "tocsin-with-touched.service", *LIMITS} <= set(units)
    for name in units:
        limit = LIMITS.get(name, 20)
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={limit}", tmp_path / name],
                              capture_output=True, text=True)
        assert done.returncode == 0, name + done.stdout[-300:] + done.stderr


def test_the_unit_that_reads_logs_gets_no_right_by_a_drop_in():
    """Drop-ins say what is watched and with whom it is spoken, nothing of rights."""
    free = {"ExecStart", "RuntimeDirectory", "RuntimeDirectoryMode", "Wants", "After"}
    for path in SHARE.glob("*.conf"):
        if "[Service]" in path.read_text():
            assert set(re.findall(r"^([A-Za-z]+)=", path.read_text(), re.M)) <= free, path.name
