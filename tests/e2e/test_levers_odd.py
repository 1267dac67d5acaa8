"""The levers where administrators are tired: links, line ends of Windows, a folder that cannot be written, a full disk, a daemon that
does not come back, two at once, names that no program may be given, a firewall that others use as well.

Dovecot's programs are stand-ins that write down what they are asked, in namespaces with an /etc of their own: what is proven here
is what the levers do with files and failures.  tests/contain.py has the real daemons.
"""

import json
import os
import re
import shutil
import subprocess

import pytest

from space import Space, until
from tocsin import TOCSIN

USER = "ana@example.org"
ODD = ["d\'artagnan@example.org", 'a"b@example.org', "a b@example.org", "../../etc/passwd", "%u", "-u", "$(reboot)", "a\\b", "é" * 150, "x" * 300]
PROGRAMS = {
    "dovecot": "echo 2.3.19.1",
    "doveconf": "cat /etc/dovecot/conf.d/*.conf",
    "doveadm": "case $1 in who) echo 'username # proto';; esac; [ \"$1\" != reload ] || { [ ! -p /mnt/held ] || read x </mnt/held; "
               "[ ! -e /mnt/broken ] || { echo 'it does not come back' >&2; exit 75; }; }",
}
LIST, CONF = "/etc/dovecot/tocsin.deny", "/etc/dovecot/conf.d/00-tocsin-deny.conf"


def report(accounts, sources=()):
    return json.dumps({"schema": "tocsin.report/1", "incidents": [{
        "id": "T-1", "title": "t", "accounts": [{"name": name, "compromised": "proven"} for name in accounts],
        "sources": [{"ip": ip, "certainty": "proven"} for ip in sources], "changes": []}]})


@pytest.fixture
def host(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    space = Space()

    class Host:
        def __init__(self):
            space.run("mount", "-t", "tmpfs", "none", "/usr/local/bin")
            space.run("mkdir", "-p", "/etc/dovecot")
            space.run("mount", "-t", "tmpfs", "-o", "mode=755,size=256k", "none", "/etc/dovecot")
            space.run("mkdir", "/etc/dovecot/conf.d")
            space.write("/etc/dovecot/conf.d/10-auth.conf", "passdb {\n  driver = pam\n}\n")
            for name, does in PROGRAMS.items():
                space.write(f"/usr/local/bin/{name}", f"#!/bin/sh\nprintf '%s|' {name} \"$@\" >>/mnt/asked; echo >>/mnt/asked\n{does}\n")
                space.run("chmod", "755", f"/usr/local/bin/{name}")
            self.plan(report([USER]))

        run = staticmethod(space.run)
        write = staticmethod(space.write)

        def plan(self, text):
            (tmp_path / "report.json").write_text(text)
            return self.tocsin("plan", tmp_path / "report.json")

        def words(self, *words):
            return space.enter(TOCSIN, "contain", *words, "--state", tmp_path / "state")

        def tocsin(self, *words, status=0):
            done = subprocess.run(self.words(*words), capture_output=True, text=True, timeout=120)
            assert done.returncode == status, done.stdout + done.stderr
            return done.stdout + done.stderr

        def apply(self, *levers, **more):
            return self.tocsin("apply", *[w for name in levers for w in ("--only", name)], "--yes", **more)

        def undo(self, **more):
            return self.tocsin("undo", "--yes", **more)

        def state(self):
            return space.run("sh", "-c", "cd /etc/dovecot && find . -name full -prune -o -type f -exec sha256sum {} + | sort; "
                                         "find . -printf '%p %l %m %u\\n' | grep -v full | sort").stdout

    if any(shutil.which(name) for name in ("doveadm", "dovecot")):
        space.end()
        pytest.skip("Dovecot itself is on this machine")
    h = Host()
    yield h
    space.end()


def test_links_stay(host):
    """What a link leads to is changed, and given back; the link is a link all the time."""
    host.run("mkdir", "/etc/dovecot/lists")
    host.write("/etc/dovecot/lists/deny", "bob@example.org:\n")
    host.run("chmod", "640", "/etc/dovecot/lists/deny")
    host.run("ln", "-s", "lists/deny", LIST)
    before = host.state()
    host.apply("deny-list", "deny")
    assert host.run("cat", "/etc/dovecot/lists/deny").stdout == f"bob@example.org:\n{USER}:\n"
    assert host.run("readlink", LIST).stdout == "lists/deny\n"
    host.undo()
    assert host.state() == before


@pytest.mark.parametrize("text", ["bob@example.org:\r\neve@example.org:\r\n", "bob@example.org:", "", "\n\n", "ana@example.org.au:\n"])
def test_whatever_ends_lines(host, text):
    host.write(LIST, text)
    before = host.state()
    host.apply("deny-list", "deny")
    assert host.run("cat", LIST).stdout.splitlines()[-1] == f"{USER}:"
    host.undo()
    assert host.state() == before


def test_cannot_be_written(host):
    """Said with the reason; what could be done is; mended, it is finished and undone whole."""
    before = host.state()
    host.run("mount", "-o", "remount,ro", "/etc/dovecot")
    said = host.apply("deny-list", "deny", status=2)
    assert said.count("Read-only file system") == 2 and "by hand:" in said
    host.run("mount", "-o", "remount,rw", "/etc/dovecot")
    assert host.state() == before
    host.apply("deny-list", "deny")
    host.run("mount", "-o", "remount,ro", "/etc/dovecot")
    assert "undo-failed" in host.undo(status=2)
    host.run("mount", "-o", "remount,rw", "/etc/dovecot")
    host.undo()
    assert host.state() == before


def test_disk_is_full(host):
    before = host.state()
    fill = lambda: host.run("dd", "if=/dev/zero", "of=/etc/dovecot/full", "bs=4k", check=False)
    free = lambda: host.run("rm", "-f", "/etc/dovecot/full")
    fill()
    assert "No space left on device" in host.apply("deny-list", "deny", status=2)
    free()
    assert "new" not in host.run("ls", "-AR", "/etc/dovecot").stdout     # no half of a file
    host.apply("deny-list", "deny")
    host.write(LIST, f"bob@example.org:\n{USER}:\n")                              # somebody else's line: undo has to write
    fill()
    said = host.undo(status=2)
    assert "undo-failed" in said and "No space left on device" in said
    free()
    host.undo()
    assert host.run("cat", LIST).stdout == "bob@example.org:\n" and not host.run("ls", "/etc/dovecot/conf.d").stdout.count("tocsin")
    host.run("rm", LIST)
    assert host.state() == before


def test_daemon_does_not_come_back(host):
    """What was written is taken back at once, and it is said."""
    before = host.state()
    host.run("touch", "/mnt/broken")
    said = host.apply("deny-list", status=2)
    assert re.search(r"deny-list +failed", said) and "it does not come back" in said
    assert CONF not in host.run("ls", "/etc/dovecot/conf.d").stdout
    host.run("rm", "/mnt/broken")
    host.undo()
    assert host.state() == before


def test_two_operators(host):
    """One at a time: the other is told, and nothing is done twice."""
    before = host.state()
    host.run("mkfifo", "/mnt/held")
    first = subprocess.Popen(host.words("apply", "--only", "deny-list", "--only", "deny", "--yes"), stdout=subprocess.PIPE, text=True)
    until(lambda: "doveadm|reload" in host.run("cat", "/mnt/asked").stdout)
    assert "another" in host.tocsin("undo", "--yes", status=2) + host.tocsin("apply", "--only", "deny", "--yes", status=2)
    host.run("sh", "-c", "mv /mnt/held /mnt/held.was; echo go >/mnt/held.was")
    assert "failed" not in first.communicate()[0] and first.returncode == 0
    assert host.run("cat", LIST).stdout == f"{USER}:\n"
    host.undo()
    assert host.state() == before


def test_names_for_nobody(host):
    """Such a name reaches no program and no list, and the plan says that a person has to see to it."""
    said = host.plan(report([*ODD, USER]))
    assert "lock them by hand" in said and "d'artagnan@example.org" in said
    host.apply("deny-list", "deny", "flush", "kick")
    asked = host.run("cat", "/mnt/asked").stdout
    assert f"doveadm|kick|{USER}|" in asked and host.run("cat", LIST).stdout == f"{USER}:\n"
    assert not any(name in asked for name in ODD if name != "-u") and "|-u|" not in asked.replace("sieve", "")
    host.undo()


BESIDE = """table inet f2b-table {
	set addr-set-sshd {
		type ipv4_addr
		elements = { 192.0.2.77 }
	}

	chain f2b-chain {
		type filter hook input priority filter - 1; policy accept;
		tcp dport 22 ip saddr @addr-set-sshd reject
	}
}
"""


@pytest.mark.skipif(not shutil.which("nft"), reason="not installed: nft (nftables)")
def test_firewall_of_others(host):
    """fail2ban's table beside ours is not touched; one of our name that is not ours is said, and left alone."""
    rules = lambda: host.run("nft", "list", "ruleset").stdout
    host.write("/mnt/rules", BESIDE)
    host.run("nft", "-f", "/mnt/rules")
    before = rules()
    host.plan(report([USER], ["203.0.113.9"]))
    host.apply("block")
    assert "203.0.113.9" in rules() and before in rules()
    host.undo()
    assert rules() == before
    host.write("/mnt/rules", "table inet tocsin {\n chain input {\n type filter hook input priority 0; policy drop;\n }\n}\n")
    host.run("nft", "-f", "/mnt/rules")
    before = rules()
    assert "not possible here: somebody else's table inet tocsin" in host.plan(report([USER], ["203.0.113.9"]))
    assert re.search(r"block +failed", host.apply("block", status=2)) and rules() == before
    host.undo(status=0)
    assert rules() == before
