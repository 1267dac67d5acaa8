"""Alerts of tocsin watch: by mail and webhook, signed, bounded, and never in the way of the watch."""

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tocsin import TOCSIN
from test_status import filled, run, until
from test_watch import Watch

SECRET = "a secret of sixteen and more"


class Hook:
    """A webhook that notes what it gets, and answers as it is told."""

    def __init__(self, answer=200):
        self.got, hook = [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((self.headers, body))
                self.send_response(answer)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def secret_file(folder, mode=0o600, text=SECRET + "\n"):
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def sendmail(folder, script):
    """A sendmail; the watch may start it as nobody, who must reach it and what it writes."""
    for part in (folder, *folder.parents):
        if str(part).startswith("/tmp/") and os.access(part, os.W_OK):
            part.chmod(0o777)
    program = folder / "sendmail"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def status(folder):
    return json.loads(run("status", "--json", "--state", folder / "state").stdout or "{}")


def watch_the_past(folder, policy, logs=None):
    watch = Watch(folder, logs or filled(folder), "--until-quiet", policy="tell:\n  from: informational\n" + policy).start()
    assert watch.process.wait(90) == 0
    return watch


def test_a_webhook_gets_each_finding_signed(tmp_path):
    hook = Hook()
    watch = watch_the_past(tmp_path, f"  webhook: {hook.url}\n  webhook-secret: {secret_file(tmp_path)}\n  alerts-an-hour: 1000\n")
    told = [json.dumps(f, sort_keys=True) for f in watch.findings()]
    alerts = [json.loads(body) for _, body in hook.got]
    heads = [alert.pop("journals")["findings"] for alert in alerts]
    assert told and [json.dumps(alert, sort_keys=True) for alert in alerts] == told
    for head in heads:                              # outside, each of them is a witness
        verified = subprocess.run([TOCSIN, "journal", "verify", "--state", tmp_path / "state" / "watch", "--head", head["head"]],
                                  capture_output=True, text=True)
        assert verified.returncode == 0 and f"Entry {head['entries']} has the hash" in verified.stdout
    for headers, body in hook.got:
        at, mac = (part.split("=")[1] for part in headers["Tocsin-Signature"].split(","))
        assert hmac.compare_digest(mac, hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest())
        assert abs(time.time() - int(at)) < 120
    assert status(tmp_path)["alerts"] == len(told)


def test_an_hour_has_its_most(tmp_path):
    hook = Hook()
    watch = watch_the_past(tmp_path, f"  webhook: {hook.url}\n  alerts-an-hour: 2\n")
    assert 1 <= len(hook.got) <= 2
    assert status(tmp_path)["alerts_held_back"] == len(watch.findings()) - len(hook.got)


def test_a_webhook_that_refuses_is_said(tmp_path):
    hook = Hook(answer=500)
    watch = watch_the_past(tmp_path, f"  webhook: {hook.url}\n  alerts-an-hour: 1\n")
    assert watch.findings() and "webhook: it answered 500" in (tmp_path / "err").read_text()
    assert status(tmp_path)["alerts_failed"] == 1 and "500" in status(tmp_path)["alert_trouble"]


def test_a_webhook_that_hangs_delays_no_finding(tmp_path):
    """Findings are told while the first alert still waits for its answer."""
    hung = socket.socket()
    hung.bind(("127.0.0.1", 0))
    hung.listen(64)
    watch = Watch(tmp_path, filled(tmp_path), policy=f"tell:\n  webhook: http://127.0.0.1:{hung.getsockname()[1]}/\n").start()
    until(lambda: status(tmp_path).get("past_read"))
    assert watch.findings() and status(tmp_path)["alerts"] == 0
    watch.process.kill()
    hung.close()


def test_mail_by_a_program(tmp_path):
    program = sendmail(tmp_path, f'echo "$@" >> {tmp_path}/words; cat >> {tmp_path}/mail')
    watch = watch_the_past(tmp_path, f"  sendmail: {program}\n  mail: [ana@elsewhere.example]\n  mail-from: t@here.example\n"
                                     "  alerts-an-hour: 1000\n")
    mails, words = (tmp_path / "mail").read_text(), (tmp_path / "words").read_text().splitlines()
    assert set(words) == {"-i -f t@here.example -- ana@elsewhere.example"} and len(words) == len(watch.findings())
    assert mails.count("Subject: [tocsin] ") == len(words) and "\r" not in mails
    assert all(f["rule"]["title"] in mails for f in watch.findings())


def test_a_program_that_fails_is_said(tmp_path):
    program = sendmail(tmp_path, "exit 75")
    watch_the_past(tmp_path, f"  sendmail: {program}\n  mail: [ana@elsewhere.example]\n  alerts-an-hour: 1\n")
    assert "exit status 75" in (tmp_path / "err").read_text() and status(tmp_path)["alerts_failed"] == 1


def test_mail_by_smtp(tmp_path):
    """The whole of a conversation with a relay; bytes as they lie on the wire."""
    relay, got = socket.socket(), []
    relay.bind(("127.0.0.1", 0))
    relay.listen()

    def serve():
        connection, _ = relay.accept()
        lines = connection.makefile("rwb")
        lines.write(b"220 relay\r\n"), lines.flush()
        data = False
        for line in lines:
            got.append(line)
            if data and line != b".\r\n":
                continue
            data = line == b"DATA\r\n"
            lines.write(b"354 go\r\n" if data else b"221 bye\r\n" if line == b"QUIT\r\n" else b"250 fine\r\n")
            lines.flush()

    threading.Thread(target=serve, daemon=True).start()
    watch_the_past(tmp_path, f"  smtp: smtp://127.0.0.1:{relay.getsockname()[1]}\n  mail: [ana@elsewhere.example]\n"
                             "  mail-from: t@here.example\n  alerts-an-hour: 1\n")
    whole = b"".join(got)
    assert b"MAIL FROM:<t@here.example>" in whole and b"RCPT TO:<ana@elsewhere.example>" in whole
    assert b"\r\nSubject: [tocsin] " in whole and b"\n" not in whole.replace(b"\r\n", b"")
    assert status(tmp_path)["alerts"] == 1


def test_mail_into_the_watched_house_is_warned_of(tmp_path):
    program = sendmail(tmp_path, "cat > /dev/null")
    logs = filled(tmp_path)
    accounts = run("decode", logs).stdout
    domain = next(json.loads(line)["user.name"].split("@")[1] for line in accounts.splitlines()
                  if '"dovecot"' in line and '"login"' in line and '"success"' in line and "@" in line)
    for where, warned in ((domain, True), ("elsewhere.example", False)):
        folder = tmp_path / where
        folder.mkdir()
        watch_the_past(folder, f"  sendmail: {program}\n  mail: [ana@{where}]\n  alerts-an-hour: 1\n", logs)
        assert (f"alerts go to {domain}" in (folder / "err").read_text()) == warned


def program(folder, script, mode=0o755):
    path = sendmail(folder, script).rename(folder / "page")
    path.chmod(mode)
    return path


def test_the_command_gets_each_alert_and_nothing_else(tmp_path):
    """Its arguments as they are written, by no shell; as nobody, where the watch is root; without the watch's descriptors."""
    hook, odd = Hook(), "$(id) `id`; 'x' | y > z"
    page = program(tmp_path, f"""printf '%s\\n' "$@" > {tmp_path}/words; id -u > {tmp_path}/who
ls -l /proc/self/fd > {tmp_path}/open; grep -E '^(SigBlk|SigIgn)' /proc/self/status > {tmp_path}/signals; cat >> {tmp_path}/got""")
    policy = f"  webhook: {hook.url}\n  webhook-secret: {secret_file(tmp_path)}\n  alerts-an-hour: 1000\n  command: [{page}, {json.dumps(odd)}, --, -x]\n"
    watch = watch_the_past(tmp_path, policy)
    got = [json.loads(line) for line in (tmp_path / "got").read_text().splitlines()]
    for alert in got:
        alert.pop("journals")
    assert got and got == watch.findings()
    assert (tmp_path / "words").read_text() == f"{odd}\n--\n-x\n"
    assert int((tmp_path / "who").read_text()) == (65534 if os.geteuid() == 0 else os.geteuid())
    assert "socket:" not in (tmp_path / "open").read_text() and str(tmp_path / "state") not in (tmp_path / "open").read_text()
    signals = [int(word, 16) for word in (tmp_path / "signals").read_text().split()[1::2]]
    assert [mask & 0x7fffffff for mask in signals] == [0, 0]                  # those of the C library aside
    assert status(tmp_path)["alerts"] == len(got) + len(hook.got)


@pytest.mark.parametrize("mode, script, says", [(0o777, "cat", "others than root can change it"), (0o775, "cat", "others than root can change it"),
                                                (0o644, "cat", "Permission denied"), (0o755, "cat > /dev/null; exit 3", "exit status 3"),
                                                (0o755, "kill -SEGV $$", "ended by signal 11")])
def test_a_command_that_fails_is_told(tmp_path, mode, script, says):
    page = program(tmp_path, f"echo >> {tmp_path}/started; {script}", mode)
    watch_the_past(tmp_path, f"  alerts-an-hour: 1\n  command: [{page}]\n")
    err = (tmp_path / "err").read_text()
    assert says in err and str(page) in err and status(tmp_path)["alerts_failed"] >= 1
    assert not (tmp_path / "started").exists() or len((tmp_path / "started").read_text().splitlines()) <= 2, "tried again"


@pytest.mark.parametrize("mode, text, says", [(0o644, SECRET, "others than root"), (0o620, SECRET, "others than root"),
                                              (0o600, "short\n", "too short"), (None, "", "No such file")])
def test_a_secret_that_is_none(tmp_path, mode, text, says):
    path = tmp_path / "secret" if mode is None else secret_file(tmp_path, mode, text)
    (tmp_path / "log").mkdir()
    watch = Watch(tmp_path, tmp_path / "log", "--until-quiet",
                  policy=f"tell:\n  webhook: https://a.example/\n  webhook-secret: {path}\n").start()
    assert watch.process.wait(30) == 2 and says in (tmp_path / "err").read_text()


def test_what_waits_is_delivered_after_a_kill(tmp_path):
    program = sendmail(tmp_path, f'sleep 1; cat > /dev/null; echo >> {tmp_path}/sent')
    watch = Watch(tmp_path, filled(tmp_path), policy=f"tell:\n  sendmail: {program}\n  mail: [a@elsewhere.example]\n  alerts-an-hour: 1000\n").start()
    until(lambda: status(tmp_path).get("past_read"))
    waiting = len(watch.findings())
    watch.end(signal.SIGKILL)
    assert waiting
    until(lambda: (tmp_path / "sent").exists() and len((tmp_path / "sent").read_text().splitlines()) == waiting)
