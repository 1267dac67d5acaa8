"""tocsin access as Postfix's policy service: what it asks is answered, in pieces and at once, and never for good."""

import re
import signal
import socket
import subprocess
import time

import pytest

from tocsin import TOCSIN, free_port


def request(state="RCPT", account="ana@example.org", recipient="x@example.net", **more):
    lines = {"request": "smtpd_access_policy", "protocol_state": state, "protocol_name": "ESMTP", "sasl_username": account,
             "recipient": recipient, "recipient_count": "0", "size": "0", "instance": "1.2.3", **more}
    return "".join(f"{k}={v}\n" for k, v in lines.items()).encode() + b"\n"


class Served:
    def __init__(self, folder, more):
        self.port, self.folder = free_port(), folder
        self.rules = folder / "access.yml"
        self.write(more)
        self.start()

    def write(self, more):
        self.rules.write_text(f"listen: 127.0.0.1:{free_port() if not hasattr(self, 'http') else self.http}\noutbound:\n"
                              f"  listen: 127.0.0.1:{self.port}\n  remember: {self.folder}/recipients\n{more}")
        self.http = re.search(r"127.0.0.1:(\d+)", self.rules.read_text())[1]

    def start(self):
        self.process = subprocess.Popen([TOCSIN, "access", "serve", self.rules], stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        for _ in range(100):
            try:
                return self.connect().close()
            except OSError:
                time.sleep(0.05)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=10)
        assert self.process.returncode == 0, err
        return err


def answers(connection, wanted):
    got = b""
    while got.count(b"\n\n") < wanted:
        more = connection.recv(65536)
        if not more:
            break
        got += more
    return [a.removeprefix("action=") for a in got.decode().split("\n\n")[:-1]]


def ask(connection, *requests):
    connection.sendall(b"".join(requests))
    return answers(connection, len(requests))


@pytest.fixture
def served(tmp_path):
    s = Served(tmp_path, "  messages: 3\n  recipients: 6\n  new-recipients: 4\n  learn: 0\n  within: 600\n")
    yield s
    if s.process.poll() is None:
        s.end()


def test_bounds_and_reasons(served):
    c = served.connect()
    assert ask(c, *[request("END-OF-MESSAGE") for _ in range(4)])[2:] == ["DUNNO", "HOLD 4 messages within 600 s"]
    fresh = ask(c, *[request(account="bob", recipient=f"n{i}@example.net") for i in range(5)])
    assert fresh == ["DUNNO"] * 4 + ["HOLD 5 recipients new to the account within 600 s"]
    assert ask(c, *[request(account="") for _ in range(20)]) == ["DUNNO"] * 20
    assert ask(c, *[request(account="eve") for _ in range(7)])[-1] == "HOLD 7 recipients within 600 s"
    said = served.end()
    assert said.count("mail of ana@example.org is held: 4 messages") == 1 and said.count("is held") == 3


def test_in_pieces_and_many(served):
    c = served.connect()
    for byte in request(account="bob"):
        c.sendall(bytes([byte]))
    assert answers(c, 1) == ["DUNNO"]
    others = [served.connect() for _ in range(40)]
    for i, other in enumerate(others):
        other.sendall(request(account=f"u{i}") * 3)
    assert [answers(other, 3) for other in others] == [["DUNNO"] * 3] * 40


@pytest.mark.parametrize("bad", [b"GET / HTTP/1.0\r\n\r\n", b"size=x\n\n", b"\x00=\xff\nq" * 9000, b"a" * 70000, b"request=else\n\n"])
def test_bad_input_ends_that_connection_alone(served, bad):
    c, other = served.connect(), served.connect()
    try:
        c.sendall(bad)
        c.settimeout(10)
        assert b"action" not in c.recv(100)
    except OSError:                                    # reset: closed with what was not read
        pass
    assert ask(other, request(account="bob")) == ["DUNNO"]


def test_known_recipients_outlive_it(served):
    c = served.connect()
    ask(c, *[request(account="bob", recipient=f"n{i}@example.net") for i in range(4)])
    served.end()
    assert b"bob" not in (served.folder / "recipients").read_bytes()
    served.start()
    c = served.connect()
    again = [request(account="bob", recipient=f"n{i}@example.net") for i in range(4)]
    fresh = [request(account="bob", recipient=f"m{i}@example.net") for i in range(2)]
    assert ask(c, *again, *fresh) == ["DUNNO"] * 6


def test_rules_change_while_it_serves(served):
    c = served.connect()
    ask(c, *[request("END-OF-MESSAGE", account="bob") for _ in range(3)])
    served.write("  messages: 100\n  answer: defer\n")
    time.sleep(2.5)
    assert ask(c, request("END-OF-MESSAGE", account="bob")) == ["DUNNO"]
    served.write("  messages: 1\n  answer: defer\n")
    time.sleep(2.5)
    assert ask(c, request("END-OF-MESSAGE", account="bob"))[0].startswith("DEFER_IF_PERMIT 4.7.1 5 messages")


def test_port_taken(tmp_path):
    s = Served(tmp_path, "")
    other = tmp_path / "other.yml"
    other.write_text(f"listen: 127.0.0.1:{free_port()}\noutbound:\n  listen: 127.0.0.1:{s.port}\n")
    done = subprocess.run([TOCSIN, "access", "serve", other], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "outbound: listen" in done.stderr
    s.end()
