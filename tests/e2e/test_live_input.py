"""tocsin watch beside files: log sockets and systemd's journal give a scan's verdicts, and forged lines are told apart."""

import gzip
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from test_watch import RECORDINGS, Watch, scanned, told
from tocsin import TOCSIN, free_port

REMOTE = Path("/lib/systemd/systemd-journal-remote")
NAME = "pop3-pull-stock"
LOGIN = ("imap-login: Login: user=<c.martin@interieur.example>, method=PLAIN, rip=203.0.113.147, lip=192.0.2.25, mpid=11, TLS, "
         "session=<INiMPDZNQJzAAAJG>")


def lines_of(recording):
    """The days before and the day, as one log."""
    return gzip.decompress((recording / "mail.log.1.gz").read_bytes()).splitlines() + \
        (recording / "mail.log").read_bytes().splitlines()


def whole(tmp_path, lines):
    """A folder with these lines as mail.log, for a scan of the same bytes."""
    folder = tmp_path / "whole"
    folder.mkdir()
    (folder / "mail.log").write_bytes(b"\n".join(lines) + b"\n")
    return folder


def listening(tmp_path, where):
    logs = tmp_path / "log"
    logs.mkdir()
    watch = Watch(tmp_path, logs, "--syslog", where).start()
    return watch


def sender(where):
    """A socket that sends to the watch, once it listens."""
    if where.startswith("udp:"):
        host, _, port = where[4:].rpartition(":")
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect((host, int(port)))
        return s
    for _ in range(200):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            s.connect(where)
            return s
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody listens at {where}")


def test_syslog_at_a_unix_socket(tmp_path):
    """The verdicts of a scan over the same lines, each with the priority that a daemon's syslog() puts before it."""
    where, lines = str(tmp_path / "socket"), lines_of(RECORDINGS / NAME)
    watch = listening(tmp_path, where)
    out = sender(where)
    for line in lines:
        out.send(b"<22>" + line)
    watch.quiet()
    assert watch.end() == 0
    assert told(watch.findings()) == scanned(whole(tmp_path, lines), tmp_path) != set()


def open_files(process):
    """Of the watch and its children: how many descriptors each has open."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in [str(process.pid), *children]}


def test_descriptors_that_are_sent_along_are_not_kept(tmp_path):
    """Whoever has a shell on the host could else use up what the reader may open, and blind it to rotated logs."""
    where, lines = str(tmp_path / "socket"), lines_of(RECORDINGS / NAME)
    watch = listening(tmp_path, where)
    out = sender(where)
    watch.quiet()
    before = open_files(watch.process)
    with open("/dev/null", "rb") as nothing:
        for _ in range(40):
            socket.send_fds(out, [b"<22>dovecot: words"], [nothing.fileno()] * 30)
    for line in lines:
        out.send(b"<22>" + line)
    watch.quiet()
    after = open_files(watch.process)
    assert all(after[pid] < many + 100 for pid, many in before.items())
    assert watch.end() == 0
    assert told(watch.findings()) == scanned(whole(tmp_path, lines), tmp_path) != set()


def test_syslog_by_udp(tmp_path):
    port = free_port(socket.SOCK_DGRAM)
    lines = lines_of(RECORDINGS / NAME)
    watch = listening(tmp_path, f"udp:127.0.0.1:{port}").quiet(1)
    out = sender(f"udp:127.0.0.1:{port}")
    for number, line in enumerate(lines):
        out.send(b"<22>" + line)
        if number % 200 == 0:
            time.sleep(0.01)                      # what a network loses is another test's matter
    watch.quiet()
    assert watch.end() == 0
    assert told(watch.findings()) == scanned(whole(tmp_path, lines), tmp_path) != set()


def test_a_datagram_is_one_record(tmp_path):
    """Line ends in it begin no record: nobody writes two lines with one priority."""
    where = str(tmp_path / "socket")
    watch = listening(tmp_path, where)
    out = sender(where)
    forged = f"<22>1 2026-03-17T12:00:00+01:00 mail app - - - hello\n2026-03-17T12:00:01+01:00 mail dovecot: {LOGIN}\n"
    out.send(forged.encode())
    out.send(b"\0\0\n\n")
    out.send(b"")
    watch.quiet()
    assert watch.process.poll() is None
    assert watch.end() == 0 and not watch.findings()


@pytest.fixture
def open_path():
    """A folder that every user can walk to; those above a tmp_path are closed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write as another user")
def test_who_wrote_to_the_socket(tmp_path, open_path):
    """A common user who calls himself dovecot is found out, and proves nothing; root's line counts."""
    where = str(open_path / "socket")
    watch = listening(tmp_path, where)
    sender(where).close()
    line = f"<22>2026-03-17T12:00:00+01:00 mail dovecot: {LOGIN}"
    code = "import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(sys.argv[1]); s.send(sys.argv[2].encode())"
    subprocess.run(["/usr/bin/python3", "-c", code, where, line], user=4321, check=True)
    watch.quiet()
    assert watch.end() == 0
    findings = watch.findings()
    assert [f["rule"]["title"] for f in findings] == ["A log line claims a daemon that did not write it"]
    assert "account" not in findings[0] and "source_ip" not in findings[0]


def test_a_socket_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("keep me")
    for where, word in (("192.0.2.1:4003", "of this host itself"), ("4003", "ADDRESS:PORT")):
        done = subprocess.run([TOCSIN, "watch", "--state", tmp_path / "state", "--http", where], capture_output=True, text=True)
        assert done.returncode == 2 and word in done.stderr
    for where, word in ((tmp_path / "file", "something else"), ("udp:nowhere", "udp:ADDRESS:PORT"), ("relative", "whole path")):
        done = subprocess.run([TOCSIN, "watch", "--state", tmp_path / "state", "--syslog", where], capture_output=True, text=True)
        assert done.returncode == 2 and word in done.stderr
    assert (tmp_path / "file").read_text() == "keep me"


def connected(port):
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.connect()
            return connection
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody listens at {port}")


def ready(watch):
    """The past has been read: what comes is judged as it comes."""
    status = watch.folder / "state/status.json"
    for _ in range(400):
        if status.exists() and json.loads(status.read_text())["past_read"]:
            return watch
        time.sleep(0.05)
    raise AssertionError("the watch does not begin")


def post(connection, body):
    connection.request("POST", "/", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("name", ["pop3-pull-rich", "spray-imap-rich"])
def test_events_by_http_post(tmp_path, name):
    """What Dovecot exports is posted, an event a request over a connection that stays, the other lines come to a log
    socket: the verdicts of a scan of the log in which all of it stands."""
    where, port, lines = str(tmp_path / "socket"), free_port(), lines_of(RECORDINGS / name)
    logs, events = tmp_path / "log", 0
    logs.mkdir()
    watch = Watch(tmp_path, logs, "--syslog", where, "--http", f"127.0.0.1:{port}")
    shutil.copy(RECORDINGS / name / "networks.yaml", tmp_path)
    ready(watch.start())
    out, connection = sender(where), connected(port)
    for line in lines:
        _, head, event = line.partition(b'{"event":')
        if head:
            assert post(connection, head + event) == 200
            events += 1
        else:
            out.send(b"<22>" + line)
    watch.quiet()
    assert watch.end() == 0, (tmp_path / "err").read_text()
    assert events > 1000 and told(watch.findings()) == scanned(whole(tmp_path, lines), tmp_path) != set()


def test_what_is_no_event(tmp_path):
    """A body too long, another method, half a request, many connections: each costs itself alone."""
    logs, port = tmp_path / "log", free_port()
    logs.mkdir()
    watch = Watch(tmp_path, logs, "--http", f"127.0.0.1:{port}").start()
    assert post(connected(port), b"x" * 70000) == 413
    connection = connected(port)
    connection.request("GET", "/")
    assert connection.getresponse().status == 405
    half = connected(port)
    half.sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
    crowd = [connected(port) for _ in range(100)]
    for one in [half, *crowd]:
        one.close()
    time.sleep(1)
    assert post(connected(port), b"\0\n\n{}\nno event\n") == 200
    watch.quiet()
    assert watch.process.poll() is None and watch.end() == 0


@pytest.fixture
def open_path():
    """A folder that every user can walk to; those above a tmp_path are closed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write as another user")
def test_who_posted(tmp_path):
    """What a common user posts in Dovecot's name is found out."""
    logs, port = tmp_path / "log", free_port()
    logs.mkdir()
    watch = Watch(tmp_path, logs, "--http", f"127.0.0.1:{port}").start()
    ready(watch)
    event = json.dumps({"event": "auth_request_finished", "hostname": "mail", "start_time": "2026-03-17T12:00:00+01:00",
                        "end_time": "2026-03-17T12:00:00+01:00", "categories": ["auth"],
                        "fields": {"user": "c.martin@interieur.example", "remote_ip": "203.0.113.147", "success": "yes",
                                   "protocol": "imap", "mechanism": "PLAIN"}}, separators=(",", ":"))
    code = "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1])); c.request('POST', '/', sys.argv[2]); c.getresponse()"
    subprocess.run(["/usr/bin/python3", "-c", code, str(port), event], user=4321, check=True)
    watch.quiet()
    assert watch.end() == 0
    assert [f["rule"]["title"] for f in watch.findings()] == ["A log line claims a daemon that did not write it"]


STORE = "/var/vmail/mairie.example/ana/Maildir/cur/1772431201.M20P27.mail,S=84,W=85:2,S"
AUDIT = "\n".join(
    f'type=SYSCALL msg=audit(17737441{20 + n}.100:{901 + n}): arch=c000003e syscall=257 success=yes exit=3 items=1 ppid=3 pid=4 auid=1000 '
    f'uid=0 gid=0 euid=0 ses=9 comm="tar" exe="/usr/bin/tar" key="mailstore"\n'
    f'type=PATH msg=audit(17737441{20 + n}.100:{901 + n}): item=0 name="{STORE}" inode=12 dev=00:30 mode=0100600 ouid=5000 ogid=5000 nametype=NORMAL'
    for n in range(40)) + "\n"


def test_the_audit_log(tmp_path):
    """audit.log as auditd writes and rotates it, the records of an event on both sides of a cut."""
    logs, half = tmp_path / "log", AUDIT.index("type=PATH", len(AUDIT) // 2)
    logs.mkdir()
    (logs / "audit.log").touch()
    watch = ready(Watch(tmp_path, logs).start())
    for number, piece in enumerate((AUDIT[:half // 2], AUDIT[half // 2:half], AUDIT[half:])):
        if number == 2:
            (logs / "audit.log").rename(logs / "audit.log.1")
        with open(logs / "audit.log", "a") as out:
            out.write(piece)
        time.sleep(0.3)
    watch.quiet()
    assert watch.end() == 0
    assert told(watch.findings()) == scanned(whole(tmp_path, AUDIT.encode().splitlines()), tmp_path) != set()


def sees_opens(tmp_path):
    """Can this user ask the kernel who opens files here?"""
    probe = Watch(tmp_path / "probe", tmp_path / "probe", "--until-quiet", "--touched", tmp_path / "probe")
    return probe.start().process.wait(60) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask who opens files")
def test_who_opens_the_mail_store(tmp_path):
    """A person's shell is seen as it happens, the owner's own mail server is not; a scan of what was kept says the same."""
    store, logs = tmp_path / "store/ana/Maildir/cur", tmp_path / "log"
    for folder in (store, logs, tmp_path / "probe"):
        folder.mkdir(parents=True)
    if not sees_opens(tmp_path):
        pytest.skip("fanotify is not allowed here, or this file system has none")
    (store / "1772431201.M20P27.mail:2,S").write_text("a letter")
    (tmp_path / "beside").write_text("nobody asks")
    watch = ready(Watch(tmp_path, logs, "--touched", tmp_path / "store").start())
    as_person = 'echo 1000 > /proc/self/loginuid 2>/dev/null; exec 3< "$1"; exec 4< "$2"; echo a >> "$3"; sleep 3'
    subprocess.run(["sh", "-c", as_person, "sh", next(store.iterdir()), tmp_path / "beside", store / 'b " c'])
    watch.quiet(3)
    assert watch.end() == 0, (tmp_path / "err").read_text()
    kept = tmp_path / "state/touched"
    lines = (kept / "touched.log").read_text()
    assert f'comm="sh" name="{store}/1772431201.M20P27.mail:2,S"' in lines and "beside" not in lines
    assert told(watch.findings()) == scanned(kept, tmp_path)
    if "auid=1000" in lines:                       # a container without the right gives no login id
        assert "Files of the mail store are read by a person's shell" in {f["rule"]["title"] for f in watch.findings()}


def export(number, line):
    """A record of systemd's export format, as the daemon's own log process would have written it."""
    stamp, _, rest = line.partition(" ")
    _, _, rest = rest.partition(" ")
    tag, _, message = rest.partition(": ")
    usec = int(subprocess.run(["date", "-d", stamp, "+%s%6N"], capture_output=True, text=True).stdout)
    name, _, pid = tag.partition("[")
    fields = {"__REALTIME_TIMESTAMP": usec, "__MONOTONIC_TIMESTAMP": 1000000 + number, "_BOOT_ID": "0" * 31 + "1",
              "_MACHINE_ID": "0" * 31 + "2", "_HOSTNAME": "mail", "_UID": 0, "_EXE": "/usr/lib/dovecot/log",
              "SYSLOG_IDENTIFIER": name, "MESSAGE": message}
    if pid:
        fields["_PID"] = pid.rstrip("]")
    return "".join(f"{key}={value}\n" for key, value in fields.items()) + "\n"


class Journal:
    def __init__(self, path):
        self.process = subprocess.Popen([REMOTE, "-o", path, "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)


@pytest.mark.skipif(not REMOTE.exists(), reason="systemd-journal-remote is not installed (tools/need install test)")
def test_the_journal(tmp_path):
    """Half of it was there before; the verdicts are those of a scan of the whole journal."""
    folder = tmp_path / "journal"
    folder.mkdir()
    lines = [line.decode() for line in lines_of(RECORDINGS / NAME) if b" dovecot: " in line]
    records = [export(number, line) for number, line in enumerate(lines)]
    half = len(records) // 2
    journal = Journal(folder / "remote.journal")
    journal.write("".join(records[:half]))
    time.sleep(1)
    empty = tmp_path / "log"
    empty.mkdir()
    watch = Watch(tmp_path, empty, "--journal", folder).start().quiet()
    journal.write("".join(records[half:]))
    journal.end()
    watch.quiet()
    assert watch.end(signal.SIGTERM) == 0, (tmp_path / "err").read_text()
    assert told(watch.findings()) == scanned(folder, tmp_path) != set()


def test_check_config(tmp_path):
    (tmp_path / "good.yml").write_text("tell:\n  from: low\n")
    secret = tmp_path / "secret"
    secret.write_text("x" * 32)
    secret.chmod(0o644)
    (tmp_path / "open.yml").write_text(f"tell:\n  webhook: https://x.example/\n  webhook-secret: {secret}\n")
    for policy, path, status, word in (("good.yml", tmp_path, 0, "are good"), ("good.yml", tmp_path / "none", 2, "No such file"),
                                       ("open.yml", tmp_path, 2, "others than root")):
        done = subprocess.run([TOCSIN, "watch", "--check-config", "--policy", tmp_path / policy, path], capture_output=True, text=True)
        assert done.returncode == status and word in done.stdout + done.stderr
    assert not (tmp_path / "state").exists()
