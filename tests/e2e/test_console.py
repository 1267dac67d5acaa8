"""tocsin watch --console: pages and JSON for who has the key, nothing for anybody else, whatever they send."""

import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from tocsin import TOCSIN, free_port
from test_watch import RECORDINGS, Watch, day_of, laid_out

RECORDING = RECORDINGS / "stolen-password-webmail-rich"
LATE = "2026-03-18T09:00:{:02}.000000+01:00 mail1 sshd[4711]: Accepted password for root from 198.51.100.77 port 4711 ssh2\n"


def until(true, seconds=300):
    end = time.monotonic() + seconds
    while not (got := true()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
    return got


class Console:
    """A watch with a console over a recording, and a browser's part of the talk."""

    def __init__(self, folder, logs=None, where=None):
        self.folder, self.port = folder, free_port()
        self.where = where or f"127.0.0.1:{self.port}"
        self.logs = logs or laid_out(folder, RECORDING)
        self.watch = Watch(folder, self.logs, "--console", self.where)

    def start(self):
        self.watch.start()
        until(lambda: (self.folder / "state" / "console.key").exists())
        until(self.reachable)
        return self

    def reachable(self):
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def connect(self):
        if self.where.startswith("unix:"):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(30)
            s.connect(self.where[5:])
            return s
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def raw(self, data):
        """All that comes back until the other end closes."""
        got = b""
        with self.connect() as s:
            try:
                s.sendall(data)
                while more := s.recv(1 << 16):
                    got += more
            except ConnectionError:
                pass
        return got

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if self.where.startswith("unix:"):
            connection.sock = self.connect()
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def key(self):
        return (self.folder / "state" / "console.key").read_text().strip()

    def api(self, path):
        answer = self.get(path, Authorization=f"Bearer {self.key()}")
        return json.loads(answer.text) if answer.status == 200 else None

    def link(self):
        done = subprocess.run([TOCSIN, "status", "--console-link", "--state", self.folder / "state"],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def enter(self):
        """The cookie of a new session."""
        until(lambda: (self.folder / "state" / "status.json").exists())
        parts = urlsplit(self.link())
        answer = self.get(f"{parts.path}?{parts.query}", Host=parts.netloc)
        assert answer.status == 200
        return answer.headers["Set-Cookie"].split(";")[0]

    def processes(self):
        children = f"/proc/{self.watch.process.pid}/task/{self.watch.process.pid}/children"
        return [int(pid) for pid in open(children).read().split()]

    def process(self):
        """The console's: of the children of the watch the one that listens."""
        for pid in self.processes():
            status = open(f"/proc/{pid}/status").read()
            if re.search(r"^Seccomp:\s+2$", status, re.M) and len(fds_of(pid)) and self.listens(pid):
                return pid
        return None

    def listens(self, pid):
        names = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in fds_of(pid)}
        return any("eventpoll" in name for name in names)

    def end(self):
        if self.watch.process.poll() is None:
            return self.watch.end()
        return self.watch.process.returncode


def fds_of(pid):
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    logs = laid_out(folder, RECORDING)
    for log, piece in day_of(RECORDING):
        with open(logs / log, "ab") as out:
            out.write(piece)
    c = Console(folder, logs).start()
    until(lambda: (c.api("/api/incidents") or {}).get("incidents"))
    yield c
    c.end()


def test_nothing_without_a_session(console):
    for path in ("/", "/guard", "/incident/T-20260317-1", "/api/status", "/api/incidents", "/leave", "/nothing"):
        answer = console.get(path)
        assert answer.status == 401 and "martin" not in answer.text and "T-2026" not in answer.text
        assert "tocsin status --console-link" in answer.text


def test_a_link_lets_in_and_a_cookie_keeps_it(console):
    parts = urlsplit(console.link())
    answer = console.get(f"{parts.path}?{parts.query}")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="))
    page = console.get("/", Cookie=cookie.split(";")[0])
    assert page.status == 200 and "T-20260317-1" in page.text and "c.martin@interieur.example" in page.text
    assert "tocsin contain plan" in page.text and "<h1>One incident, critical</h1>" in page.text
    assert console.key() not in page.text + cookie + console.link()


def test_a_session_ends_when_asked(console):
    cookie = console.enter()
    assert console.get("/", Cookie=cookie).status == 200
    assert "The session has ended" in console.get("/leave", Cookie=cookie).text
    assert console.get("/", Cookie=cookie).status == 401


def test_pages(console):
    cookie = console.enter()
    incident = console.get("/incident/T-20260317-1", Cookie=cookie).text
    for part in ("Timeline", "What was opened", "proven", "tocsin contain plan", "tocsin contain verify", "The way in"):
        assert part in incident
    guard = console.get("/guard", Cookie=cookie).text
    for part in ("mail.log", "Rules that could not see", "By what would open their eyes", "Journals", "Counts since"):
        assert part in guard
    assert console.get("/incident/T-1", Cookie=cookie).status == 404


def test_json(console):
    report = json.loads((console.folder / "state" / "report.json").read_text())
    listed = console.api("/api/incidents")
    assert [i["id"] for i in listed["incidents"]] == [i["id"] for i in report["incidents"]]
    row = listed["incidents"][0]
    assert row["how-they-got-in"]["certainty"] == "likely" and row["plan"].startswith("tocsin contain plan ")
    assert console.api(f"/api/incident/{row['id']}") == report["incidents"][0]
    assert console.api("/api/visibility") == report["visibility"]
    status = console.api("/api/status")
    told = json.loads(subprocess.run([TOCSIN, "status", "--json", "--state", console.folder / "state"],
                                     capture_output=True, text=True).stdout)
    assert status["state"] == "well" and status["records"] == told["records"] and status["files"] == told["files"]
    sources = {os.path.basename(s["path"]): s for s in status["sources"]}
    assert sources["mail.log"]["records"] > 0 and sources["mail.log"]["newest_record"]


def test_what_did_not_change_is_not_sent_again(console):
    cookie = console.enter()
    first = console.get("/incident/T-20260317-1", Cookie=cookie)
    again = console.get("/incident/T-20260317-1", Cookie=cookie, If_None_Match=first.headers["ETag"])
    assert again.status == 304 and not again.text


def test_every_answer_forbids_what_is_not_ours(console):
    cookie = console.enter()
    for path, more in (("/", {"Cookie": cookie}), ("/", {}), ("/style.css", {}), ("/api/status", {"Cookie": cookie})):
        headers = console.get(path, **more).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
        assert not [name for name in headers if name.lower().startswith("access-control")]


def test_names_that_lead_here_are_refused(console):
    cookie = console.enter()
    for host in ("evil.example", f"evil.example:{console.port}", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        assert console.get("/", Cookie=cookie, Host=host).status == 421, host
    for site in ("cross-site", "same-site"):
        assert console.get("/", Cookie=cookie, Sec_Fetch_Site=site).status == 403
    assert console.get("/", Cookie=cookie, Host=f"localhost:{console.port + 1}").status == 200


def test_it_changes_nothing_for_nobody(console):
    cookie = console.enter()
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = console.get("/", method=method, Cookie=cookie)
        assert answer.status == 405 and "GET" in answer.headers["Allow"]
    head = console.get("/", method="HEAD", Cookie=cookie)
    assert head.status == 200 and not head.text


HOST = b"Host: 127.0.0.1\r\n"
SECOND = b"GET /style.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SMUGGLED = {
    "a length and a request in the body": b"GET /style.css HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(SECOND) + SECOND,
    "length and chunks": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "chunks": b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + SECOND,
    "two lengths": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello" + SECOND,
    "a length below zero": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n" + SECOND,
    "a blank before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + SECOND,
    "two Hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n" + SECOND,
    "no Host": b"GET / HTTP/1.1\r\n\r\n" + SECOND,
    "HTTP/0.9": b"GET /\r\n\r\n" + SECOND,
    "a waiting body": b"GET / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n" + SECOND,
    "an upgrade": b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n" + SECOND,
    "HTTP/2 by knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SECOND,
    "bare line feeds": b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n" + SECOND,
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\0.evil.example\r\n\r\n" + SECOND,
    "a NUL in the path": b"GET /style.css%00.html HTTP/1.1\r\n" + HOST + b"\r\n" + SECOND,
    "dots": b"GET /../../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n" + SECOND,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
    "bytes": bytes(range(256)) * 20,
    "nothing": b"",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_one_answer_at_most_and_nothing_shown(console, name):
    with console.connect() as s:
        s.sendall(SMUGGLED[name])
        s.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while more := s.recv(1 << 16):
                got += more
        except ConnectionError:
            pass
    answers = re.findall(rb"^HTTP/1\.[01] (\d+)", got, re.M)
    # libmicrohttpd 0.9.75 writes the head of its own refusal twice, and closes: never a second request's answer
    assert len(answers) <= 1 or set(answers) == {b"400"} and b"Connection: close" in got, got
    assert b"martin" not in got and b"root:x:" not in got
    assert console.get("/style.css").status in (200, 429)


def test_huge_heads(console):
    for data in (b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
                 b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 200000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 20000 + b"\r\n",
                 b"A" * 300000):
        got = console.raw(data)
        assert not got or re.match(rb"HTTP/1\.[01] 4\d\d ", got)
    assert console.get("/", Cookie=console.enter()).status == 200


def test_who_only_trickles_is_ended(console):
    """A byte now and then keeps a seat for ten seconds, not for ever."""
    with console.connect() as s:
        s.settimeout(1)
        s.sendall(b"GET / HTTP/1.1\r\n")
        end, ended = time.monotonic() + 60, False
        while not ended and time.monotonic() < end:
            try:
                s.sendall(b"X")
                ended = not s.recv(1000)
            except TimeoutError:
                pass
            except OSError:
                ended = True
        assert ended


def test_ten_thousand_connections(console):
    """They are bounded, and who has the key goes first."""
    cookie, pid = console.enter(), console.process()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(11000, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    crowd = []
    try:
        for i in range(min(10000, wanted - 500)):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", console.port))
            crowd.append(s)
            if i % 1000 == 999:
                assert len(fds_of(pid)) < 80
                assert until(lambda: answered(console, cookie))
    finally:
        for s in crowd:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert console.get("/", Cookie=cookie).status == 200 and console.process() == pid


def answered(console, cookie):
    try:
        return console.get("/", Cookie=cookie).status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_strangers_share_a_purse(console):
    """So many answers a second to all who have no key; a right link is taken nonetheless."""
    codes, asked, began = set(), 0, time.monotonic()
    while 429 not in codes and asked < 2000:
        codes |= {console.get("/").status for _ in range(100)}
        asked += 100
    too_slow = asked / (time.monotonic() - began) < 100      # this machine cannot ask faster than the purse is filled
    assert codes == {401, 429} or (too_slow and codes == {401})
    assert console.get("/", Cookie=console.enter()).status == 200


def test_the_process_holds_its_sockets_and_no_more(console):
    pid = console.process()
    status = open(f"/proc/{pid}/status").read()
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M) and re.search(r"^CapEff:\s+0+$", status, re.M)
    assert os.geteuid() != 0 or not re.search(r"^Uid:\s+0\s", status, re.M)
    names = sorted(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in fds_of(pid))
    extra = [n for n in names if n not in ("/dev/null", "socket", "anon_inode", str(console.folder / "err"))]
    assert not extra and names.count("socket") <= 3


def test_the_key_is_its_owners(console):
    key = console.folder / "state" / "console.key"
    assert key.stat().st_mode & 0o777 == 0o600 and re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
    key.chmod(0o644)
    try:
        done = subprocess.run([TOCSIN, "status", "--console-link", "--state", console.folder / "state"],
                              capture_output=True, text=True)
        assert done.returncode == 2 and "chmod 600" in done.stderr and not done.stdout
    finally:
        key.chmod(0o600)


def test_what_comes_is_shown_at_once(tmp_path):
    c = Console(tmp_path).start()
    until(lambda: (c.api("/api/status") or {}).get("past_read"))
    assert not c.api("/api/incidents")["incidents"]
    for log, piece in day_of(RECORDING):
        with open(c.logs / log, "ab") as out:
            out.write(piece)
    found = until(lambda: c.api("/api/status")["newest_findings"])
    assert found[0]["account"] == "c.martin@interieur.example"
    assert until(lambda: c.api("/api/incidents")["incidents"])[0]["id"] == "T-20260317-1"
    assert c.end() == 0


def test_what_the_logs_cannot_show_is_known_before_anything_happens(tmp_path):
    c = Console(tmp_path, laid_out(tmp_path, RECORDING, days=False))
    with open(c.logs / "mail.log", "ab") as out:
        out.write(b"".join(piece for name, piece in day_of(RECORDING) if name == "mail.log")[:2000].rpartition(b"\n")[0] + b"\n")
    c.start()
    assert until(lambda: c.api("/api/visibility"))["rules"]
    assert "<h1>No incident</h1>" in c.get("/", Cookie=c.enter()).text
    assert c.end() == 0


def test_what_was_done_is_shown(tmp_path):
    """A plan of the report, made beside the watch, is on the page without the watch being told."""
    logs = laid_out(tmp_path, RECORDING)
    for log, piece in day_of(RECORDING):
        with open(logs / log, "ab") as out:
            out.write(piece)
    c = Console(tmp_path, logs).start()
    row = until(lambda: (c.api("/api/incidents") or {}).get("incidents"))[0]
    assert row["plans"] == 0
    done = subprocess.run([TOCSIN, *row["plan"].split()[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    row = until(lambda: next((i for i in c.api("/api/incidents")["incidents"] if i["plans"]), None))
    assert row["steps"] > 0 and row["applied"] == 0
    page = c.get("/incident/T-20260317-1", Cookie=c.enter()).text
    assert "none in force" in page and "deny-list" not in row["title"]
    assert c.end() == 0


def test_hostile_names_do_not_run(tmp_path):
    """What an intruder calls himself comes out as text on every page."""
    logs = laid_out(tmp_path, RECORDING, days=False)
    evil = "<script>alert(1)</script>"
    with open(logs / "auth.log", "a") as out:
        out.writelines(f"2026-03-18T09:00:{i:02}.000000+01:00 mail1 sshd[4711]: Accepted password for {evil} from "
                       f"198.51.100.{i} port 4711 ssh2\n" for i in range(20))
    with open(logs / "mail.log", "a") as out:
        for i in range(40):
            out.write(f"2026-03-18T09:01:{i:02}.000000+01:00 mail1 dovecot: imap-login: Disconnected: Connection closed (auth "
                      f"failed, 1 attempts in 2 secs): user=<{evil}{i}>, method=PLAIN, rip=198.51.100.7, lip=192.0.2.1\n")
    c = Console(tmp_path, logs).start()
    until(lambda: (c.api("/api/status") or {}).get("past_read"))
    cookie = c.enter()
    for path in ("/", "/guard"):
        assert evil not in c.get(path, Cookie=cookie).text
    assert c.end() == 0


def test_by_a_unix_socket(tmp_path):
    c = Console(tmp_path, where=f"unix:{tmp_path}/console").start()
    assert c.get("/", Cookie=c.enter(), Host="localhost:4004").status == 200
    assert c.end() == 0


def test_killed_it_harms_nothing(tmp_path):
    c = Console(tmp_path).start()
    until(lambda: (c.api("/api/status") or {}).get("past_read"))
    os.kill(until(c.process), signal.SIGKILL)
    until(lambda: "the console ended by itself" in (tmp_path / "err").read_text())
    for log, piece in day_of(RECORDING):
        with open(c.logs / log, "ab") as out:
            out.write(piece)
    until(lambda: (tmp_path / "out").read_text())
    assert c.end() == 0


@pytest.mark.parametrize("where, wanted", [
    ("localhost:4004", "ADDRESS:PORT"), ("127.0.0.1", "ADDRESS:PORT"), ("unix:console", "whole path"),
    ("127.0.0.1:99999", "ADDRESS:PORT"), ("http://127.0.0.1:4004", "ADDRESS:PORT")])
def test_a_place_that_is_none(tmp_path, where, wanted):
    logs = laid_out(tmp_path, RECORDING, days=False)
    for more in ((), ("--check-config",)):
        done = subprocess.run([TOCSIN, "watch", "--state", tmp_path / "state", "--console", where, *more, logs],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and wanted in done.stderr


def test_a_place_that_others_reach_is_said_aloud(tmp_path):
    c = Console(tmp_path, where=f"0.0.0.0:{free_port()}")
    c.port = int(c.where.rsplit(":", 1)[1])
    c.start()
    assert "proxy with TLS" in (tmp_path / "err").read_text()
    assert c.end() == 0


def test_without_a_console_there_is_no_link(tmp_path):
    logs = laid_out(tmp_path, RECORDING, days=False)
    watch = Watch(tmp_path, logs).start()
    until(lambda: (tmp_path / "state" / "status.json").exists())
    done = subprocess.run([TOCSIN, "status", "--console-link", "--state", tmp_path / "state"], capture_output=True, text=True)
    assert done.returncode == 2 and "--console" in done.stderr
    assert watch.end() == 0
