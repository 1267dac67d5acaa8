"""Who acts and who tells in units of their own: tocsin watch --parts, --part."""

import itertools
import json
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from test_alert import Hook, status
from test_status import until
from test_tenant_contain import ELSA, Graph
from test_watch import Watch
from tocsin import TOCSIN

SHARE = Path(__file__).resolve().parents[2] / "share"
ACCOUNT = "ana@mairie.example"


class Manager:
    """As systemd with Accept=yes: listens for each part, starts one for each connection."""

    def __init__(self, folder, state, policy, names=("responder", "teller")):
        self.folder, self.state, self.policy = folder, state, policy
        self.started, self.open, self.enter = [], True, {}
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
        if name == "responder" and "blocker" in self.listening:
            words += ["--parts", self.folder]
        hand_over = 'exec 3<&"$1" 4<&-; shift; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        # bash: sh knows descriptors of one digit only
        return subprocess.Popen([*self.enter.get(name, []), "bash", "-c", hand_over, "bash", str(connection.fileno()), *words],
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
    (["--part", "blocker"], "the service manager hands it a connection"),
    (["--part", "envoy"], "the service manager hands it a connection"),
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


# --- blocker and envoy ---

ACTS = ["block-able", "is-blocked", "block", "cut", "connections", "listening", "firewall", "get", "patch", "post", "delete"]


class Asked:
    """A blocker or envoy, asked as the responder asks: (status, text); None: it hung up."""

    def __init__(self, part, state, *enter):
        self.here, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.here.settimeout(60)
        self.process = hand_over(part, theirs, state, enter)
        theirs.close()

    def send(self, data):
        self.here.send(data)

    def ask(self, act, what=""):
        what = what.encode()
        self.send(struct.pack("=BxH", ACTS.index(act), len(what)) + what)
        text, more = b"", 1
        while more:
            try:
                piece = self.here.recv(32768)
            except ConnectionResetError:
                return None
            if not piece:
                return None
            status, size, more = struct.unpack_from("=iHB", piece)
            assert len(piece) == 7 + size
            text += piece[7:]
        return status, text.decode()

    def end(self):
        self.here.close()
        return self.process.wait(30)


def hand_over(part, connection, state, enter=()):
    script = 'exec 3<&"$1" 4<&-; shift; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
    return subprocess.Popen([*enter, "bash", "-c", script, "bash", str(connection.fileno()), TOCSIN, "watch", "--part", part, "--state", state],
                            pass_fds=[connection.fileno()])


@pytest.fixture
def network():
    """A host's network of its own, with an intruder's address, so that nothing of this host is touched."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"]).returncode:
        pytest.skip("a network namespace cannot be made here")
    keeper = subprocess.Popen(["unshare", "-n", "sleep", "600"])
    until(lambda: os.readlink(f"/proc/{keeper.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
    enter = ["nsenter", "-t", str(keeper.pid), "-n"]
    for words in ("link set lo up", "addr add 203.0.113.7/32 dev lo", "-6 addr add 2001:db8::7/128 dev lo"):
        subprocess.run([*enter, "ip", *words.split()], check=True)
    yield enter
    keeper.kill()
    keeper.wait()


CONNECTED = """
import socket, sys
source, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in source else socket.AF_INET
here = socket.socket(family)
here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
here.bind(("::1" if ":" in source else "127.0.0.1", port))
here.listen()
there = socket.socket(family)
there.bind((source, 0))
there.connect(here.getsockname()[:2])
served, _ = here.accept()
print("connected", flush=True)
try:
    there.settimeout(60)
    print("ended" if served.recv(1) == b"" else "said", flush=True)
except OSError as error:
    print("ended", error.errno, flush=True)
"""


@pytest.mark.parametrize("source, port, ends", [("203.0.113.7", 587, True), ("2001:db8::7", 465, True), ("203.0.113.7", 25, True),
                                                ("203.0.113.7", 22, False), ("127.0.0.1", 587, False)])
def test_who_hands_in_mail_is_cut(tmp_path, network, source, port, ends):
    """By address and port, whichever process holds the connection: a proxy on the host as well."""
    held = subprocess.Popen([*network, "/usr/bin/python3", "-c", CONNECTED, source, str(port)], stdout=subprocess.PIPE, text=True)
    assert held.stdout.readline() == "connected\n"
    blocker = Asked("blocker", tmp_path, *network)
    wanted = "2001:db8::7" if ":" in source else "203.0.113.7"
    for _ in range(2):                                         # twice is once
        assert blocker.ask("cut", wanted) == (1, "")
    status, text = blocker.ask("connections")
    assert status == 1 and (f"{source} " in text) != ends
    if ends:
        assert held.stdout.readline().startswith("ended")
    held.kill()
    held.wait()
    assert blocker.end() == 0


def test_what_the_blocker_does_and_what_not(tmp_path, network):
    lasting = lambda text: re.sub(r" expires \w+", "", text)
    table = lambda: lasting(subprocess.run([*network, "nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout)
    blocker = Asked("blocker", tmp_path, *network)
    assert blocker.ask("block-able") == (1, "") and blocker.ask("is-blocked", "203.0.113.7") == (1, "")
    for address in ("203.0.113.7", "203.0.113.7", "2001:db8::7"):
        assert blocker.ask("block", address) == (1, "")
    assert blocker.ask("is-blocked", "203.0.113.7") == (2, "")
    assert table().count("203.0.113.7") == 1 and "2001:db8::7" in table()
    assert lasting(blocker.ask("firewall")[1]) == table()
    for forged in ("", "203.0.113.0/24", "0.0.0.0/0", "::/0", "203.0.113.9 } ; flush ruleset", "x"):
        assert blocker.ask("block", forged)[0] == 0 and blocker.ask("cut", forged)[0] == 0
    before = table()
    assert blocker.ask("get", "/users/x") is None and blocker.end() == 0     # the envoy's act: it hangs up
    assert table() == before


@pytest.mark.parametrize("part", ["blocker"])
@pytest.mark.parametrize("data", [b"", b"x", b"\2\0\1\0", b"\xff\0\0\0", b"\2\0\xff\xff" + b"1" * 8192, b"\2\0\0\0x"])
def test_what_no_responder_asks(tmp_path, network, part, data):
    other = Asked(part, tmp_path, *network)
    other.send(data)
    try:
        assert other.here.recv(100) == b""
    except ConnectionResetError:
        pass
    assert other.process.wait(30) == 0


TOKEN = "eyJ0eXAi.test.token"


def graph_configured(state, base):
    state.mkdir(mode=0o700, exist_ok=True)
    (state / "token").write_text(TOKEN + "\n")
    (state / "token").chmod(0o600)
    (state / "graph.yml").write_text(f"base: {base}\ntoken: {state}/token\n")


@pytest.mark.parametrize("act, what", [
    ("get", "/me"), ("get", "/users"), ("get", "/users/x/../../me"), ("get", "/users/..%2f"), ("get", "//elsewhere.example/users/x"),
    ("get", "/users/x/messages"), ("get", "/users/x y"), ("get", "/users/x#"), ("get", "/users/x?a b"), ("patch", "/users/x?y"),
    ("patch", "/users/x/mailboxSettings"), ("post", "/users/x/messages"), ("post", "/oauth2PermissionGrants"), ("post", "/users/x/sendMail"),
    ("delete", "/users/x"), ("delete", "/users/x/messages/1"), ("delete", "/users/x/mailFolders/inbox"), ("get", ""), ("get", "@elsewhere/users/x")])
def test_what_the_envoy_does_not(tmp_path, act, what):
    """Whoever has taken the responder over learns no token, reads no mail, and opens nothing."""
    graph = Graph()
    graph_configured(tmp_path / "state", graph.base)
    envoy = Asked("envoy", tmp_path / "state")
    status, text = envoy.ask(act, what)
    assert status == 0 and "no act of the envoy" in text and not graph.log
    assert envoy.end() == 0


def test_the_envoy_shuts_and_says_why_it_cannot(tmp_path):
    graph = Graph()
    graph_configured(tmp_path / "state", graph.base)
    envoy = Asked("envoy", tmp_path / "state")
    name = urllib.parse.quote(ELSA, safe="")
    assert envoy.ask("patch", f"/users/{name}")[0] in (200, 204) and not graph.users[ELSA]["accountEnabled"]
    status, text = envoy.ask("get", f"/users/{name}/mailFolders/inbox/messageRules")
    page = json.loads(text)
    assert status == 200 and page["value"][0]["displayName"] == "."
    status, text = envoy.ask("get", page["@odata.nextLink"].removeprefix(graph.base))
    assert status == 200 and json.loads(text)["value"]
    assert envoy.end() == 0
    (tmp_path / "state/token").unlink()
    status, text = Asked("envoy", tmp_path / "state").ask("get", f"/users/{name}")
    assert status == 0 and "token of Microsoft Graph" in text


def test_the_responder_asks_the_others(house, network):
    """Shut in the tenant and blocked at the firewall by a responder that has no network at all."""
    folder, log, manager = house
    graph = Graph()
    graph.users[ACCOUNT] = {"id": "id-ana", "accountEnabled": True, "signInSessionsValidFromDateTime": "2026-01-01T00:00:00Z"}
    graph_configured(folder / "state", graph.base)
    for name in ("blocker", "envoy"):
        manager.listening[name] = manager.listen(name)
    manager.enter = {"responder": ["unshare", "-n"], "blocker": network}
    policy = "contain:\n  from: low\n  levers: [snapshot, block, cut, tenant-off, tenant-revoke]\n"
    watch = started(folder, log, policy)
    grow(log, guessed("203.0.113.7"))
    until(lambda: "tenant-revoke applied" in manager.said(), 60)
    assert watch.end() == 0
    assert not graph.users[ACCOUNT]["accountEnabled"] and graph.revoked == 1
    ruleset = subprocess.run([*network, "nft", "list", "ruleset"], capture_output=True, text=True).stdout
    assert "203.0.113.7" in ruleset and "failed" not in manager.said(), manager.said()
    kept = next((folder / "state/evidence").iterdir())
    assert "table inet tocsin" not in (kept / "firewall").read_text() and "# address port" in (kept / "listening").read_text()


def test_the_blocker_ends_when_nothing_is_cut(house, network):
    """And is there for whom is cut next, be it in the moment of its end, and for many at once."""
    folder, log, manager = house
    manager.listening["blocker"] = manager.listen("blocker")
    manager.enter = {"responder": ["unshare", "-n"], "blocker": network}
    past = log.read_text()
    log.write_text("".join(past.replace(ACCOUNT, f"{n}{ACCOUNT}") for n in range(7)))
    watch = started(folder, log, "contain:\n  from: low\n  accounts-an-hour: 100\n  levers: [cut, block]\n")
    done = 0
    for at_once in (1, 1, 4, 1):
        begun = len(manager.started)
        for n in range(done, done + at_once):
            grow(log, guessed(f"{n + 100}.51.100.7").replace(ACCOUNT, f"{n}{ACCOUNT}"))
        done += at_once
        until(lambda: manager.said().count("block applied") == done, 60)
        assert "blocker" in [name for name, _ in manager.started[begun:]]
        until(lambda: not manager.running("blocker"), 60)
    assert watch.end() == 0
    assert "cut at once" not in manager.said() and "failed" not in manager.said(), manager.said()
    assert all(process.returncode == 0 for name, process in manager.started if name == "blocker")


def test_without_a_blocker_it_says_so(tmp_path):
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("a network namespace cannot be made here")
    (tmp_path / "policy.yml").write_text("contain:\n  from: low\n  levers: [cut]\n")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = ["unshare", "-rn", "bash", "-c", f'exec 3<&{theirs.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"', "bash", TOCSIN,
             "watch", "--part", "responder", "--parts", tmp_path / "none", "--state", tmp_path / "state", "--policy", tmp_path / "policy.yml"]
    done = subprocess.run(words, pass_fds=[theirs.fileno()], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "systemctl start tocsin-blocker.socket" in done.stderr
    ours.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("part", ["responder", "teller", "blocker", "envoy"])
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

LIMIT = 19                                     # in tenths: under 2.0
DROPINS = ["policy", "input", "console", "touched"]


def installed(folder):
    """The units as they come to lie; tocsin.service with each combination of its drop-ins written into it."""
    units = {path.name: path.read_text().replace("@bindir@", "/usr/bin") for path in SHARE.glob("tocsin*.service")}
    plain, _, wanted = units["tocsin.service"].partition("[Install]")
    for n in range(1, len(DROPINS) + 1):
        for some in itertools.combinations(DROPINS, n):
            more = "".join((SHARE / f"{name}.conf").read_text().partition("[Service]")[2] for name in some)
            units[f"tocsin-with-{'-'.join(some)}.service"] = plain + more
    for name, text in units.items():
        (folder / name).write_text(text)
    return units


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed (tools/need install test)")
def test_the_units_are_closed(tmp_path):
    """Each, and with every combination of drop-ins: acting and telling gives no right to the unit that reads logs."""
    units = installed(tmp_path)
    assert len(units) == len(list(SHARE.glob("tocsin*.service"))) + 2 ** len(DROPINS) - 1
    for name in units:
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={LIMIT}", tmp_path / name],
                              capture_output=True, text=True)
        assert done.returncode == 0, name + done.stdout[-300:] + done.stderr


def test_the_unit_that_reads_logs_gets_no_right_by_a_drop_in():
    """Drop-ins say what is watched and with whom it is spoken, nothing of rights; each a word of its own, none the whole command."""
    free = {"Environment", "RuntimeDirectory", "RuntimeDirectoryMode", "Wants", "After"}
    said = []
    assert {path.stem for path in SHARE.glob("*.conf")} == {*DROPINS, "sysusers"}
    for name in DROPINS:
        text = (SHARE / f"{name}.conf").read_text()
        assert set(re.findall(r"^([A-Za-z]+)=", text, re.M)) <= free, name
        said += re.findall(r'^Environment="([A-Z]+)=', text, re.M)
    assert sorted(said) == sorted(set(said)) and len(said) == len(DROPINS)


def words_of(unit, more=""):
    """As systemd makes them of ExecStart: $NAME is none, one or several words (systemd.service(5))."""
    text = unit + more
    names = {}
    for line in re.findall(r"^Environment=(.*)$", text, re.M):
        for word in shlex.split(line):
            names.update([word.split("=", 1)])
    command = re.findall(r"^ExecStart=(.*)$", text, re.M)[-1].split()
    return [w for word in command for w in (names[word[1:]].split() if word.startswith("$") else [word])]


def test_drop_ins_combine(tmp_path):
    units = installed(tmp_path)
    assert words_of(units["tocsin.service"]) == ["/usr/bin/tocsin", "watch", "/var/log"]
    assert words_of(units["tocsin-with-policy-input-console-touched.service"])[2:] == [
        "--policy", "/etc/tocsin/policy.yml", "--parts", "/run/tocsin-parts", "--journal", "/var/log/journal", "--syslog", "/run/tocsin/log",
        "--console", "unix:/run/tocsin/console", "/var/lib/tocsin-touched/touched", "/var/log"]
    assert "EnvironmentFile=-/etc/tocsin/watch.env" in units["tocsin.service"]
