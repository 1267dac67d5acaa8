"""tocsin access: what Dovecot asks is answered by rules that can change while it serves."""

import http.client
import json
import signal
import socket
import subprocess
import time

import pytest

from tocsin import TOCSIN, free_port


@pytest.fixture
def served(tmp_path):
    rules, port = tmp_path / "access.yml", free_port()

    class Served:
        def __init__(self):
            self.write("")
            self.process = subprocess.Popen([TOCSIN, "access", "serve", rules], stderr=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True)
            for _ in range(100):
                try:
                    self.post("allow", {})
                    break
                except OSError:
                    time.sleep(0.05)

        def write(self, more):
            rules.write_text(f"listen: 127.0.0.1:{port}\n{more}")

        def raw(self, command, body, method="POST"):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            c.request(method, f"/?command={command}", body)
            answer = c.getresponse()
            return answer.status, json.loads(answer.read())

        def post(self, command, request):
            return self.raw(command, json.dumps(request))[1]["status"]

        def ask(self, login="ana@example.org", remote="203.0.113.9", **more):
            return self.post("allow", {"login": login, "remote": remote, "protocol": "imap"} | more)

        def becomes(self, wanted, **request):
            for _ in range(100):
                if self.ask(**request) == wanted:
                    return True
                time.sleep(0.05)
            return False

    s = Served()
    yield s
    if s.process.poll() is None:
        s.process.send_signal(signal.SIGTERM)
        assert s.process.wait(10) == 0


def test_postures_change_while_it_serves(served):
    assert served.ask() == 0
    served.write("posture: lockdown\nessential: [garde@example.org]\nnetworks: [192.0.2.0/24]\n")
    assert served.becomes(-1)
    assert served.ask("garde@example.org", "192.0.2.9") == 0
    served.write("posture: normal\n")
    assert served.becomes(0)


def test_broken_rules_leave_those_of_before(served):
    served.write("denied: [ana@example.org]\n")
    assert served.becomes(-1)
    served.write("denied: [ana\n")
    time.sleep(1.5)
    assert served.ask() == -1 and served.ask("bob@example.org") == 0


def test_a_guesser_waits(served):
    for _ in range(12):
        assert served.post("report", {"login": "ana@example.org", "remote": "203.0.113.9", "success": False}) == 0
    assert served.ask("bob@example.org") == 2
    assert served.ask("bob@example.org", "203.0.113.10") == 0


@pytest.mark.parametrize("body", ["", "{", "[1]", '{"login":"ana"', "\x00", "x" * 200_000],
                         ids=["empty", "cut", "list", "cut in a name", "NUL", "too long"])
def test_what_cannot_be_read_opens_normal_and_not_lockdown(served, body):
    assert served.raw("allow", body)[1]["status"] == 0
    served.write("posture: lockdown\nessential: [garde@example.org]\nnetworks: [192.0.2.0/24]\n")
    assert served.becomes(-1)
    assert served.raw("allow", body)[1]["status"] == -1


def test_other_methods(served):
    assert served.raw("allow", None, "GET")[0] == 405


def test_not_to_the_world(tmp_path):
    rules = tmp_path / "access.yml"
    rules.write_text("listen: 192.0.2.1:4001\n")
    done = subprocess.run([TOCSIN, "access", "serve", rules], capture_output=True, text=True)
    assert done.returncode == 2 and "this host itself" in done.stderr


def test_check_names_the_line(tmp_path):
    rules = tmp_path / "access.yml"
    rules.write_text("posture: normal\nessentials: [a]\n")
    done = subprocess.run([TOCSIN, "access", "check", rules], capture_output=True, text=True)
    assert done.returncode == 2 and "line 2" in done.stderr
