#!/usr/bin/python3
"""A mail server isolated and restored while mail pours in: every message delivered exactly once, all else as before.

Needs root, network namespaces and overlayfs; without them it is skipped, and says why.
TOCSIN_MAILS: how many messages are sent from outside (3000).
"""

import json
import os
import random
import re
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests")]

from labhost import Host, check, differences, wait_for   # noqa: E402
from live import SKIPPED, why_not                        # noqa: E402

INSIDE = "--inside"                              # how this program calls itself within the laboratory
MAILS = int(os.environ.get("TOCSIN_MAILS", "3000"))
SENDERS, KILLS = 4, 12
OUTSIDE, OUTSIDE6, OFFICE, OFFICES = "203.0.113.147", "2001:db8:99::7", "192.0.2.5", "192.0.2.0/28"
STANDBY, ESSENTIAL = "203.0.113.80", "l.dubois"
LATER = 6 * 86400                                # longer than mail waits in Postfix's queue by itself
LOT = 200                                        # let go at a time


class Sender(threading.Thread):
    """A mail host outside: tries again what was not taken, as any would."""

    def __init__(self, number, addresses, numbers):
        super().__init__(daemon=True)
        self.source, self.addresses, self.numbers = f"203.0.113.{10 + number}", addresses, numbers
        self.taken, self.doubtful, self.smtp, self.go_on = [], set(), None, threading.Event()

    def run(self):
        for n in self.numbers:
            if len(self.taken) == len(self.numbers) * 2 // 3:
                self.go_on.wait()                # the last third comes while daemons restart
            letter = self.letter(n)
            while not self.hand_in(n, letter):
                time.sleep(0.1)
        if self.smtp:
            self.smtp.close()

    def letter(self, n):
        return (f"From: ana@prefecture-sud.example\r\nTo: {self.addresses[n % len(self.addresses)]}\r\n"
                f"Subject: lettre {n}\r\nMessage-ID: <charge-{n}@prefecture-sud.example>\r\n\r\nBonjour\r\n")

    def hand_in(self, n, letter):
        try:
            if not self.smtp:
                self.smtp = smtplib.SMTP("192.0.2.25", 25, local_hostname="mx.prefecture-sud.example",
                                         source_address=(self.source, 0), timeout=20)
            self.smtp.sendmail("ana@prefecture-sud.example", [self.addresses[n % len(self.addresses)]], letter)
            self.taken.append(n)
            return True
        except smtplib.SMTPServerDisconnected:   # perhaps taken, and the word of it lost: SMTP cannot tell
            self.doubtful.add(n)
        except (smtplib.SMTPException, OSError):
            pass
        self.smtp = None
        return False


class Load:
    def __init__(self, world):
        self.addresses = [p.address for p in world.people.values()]
        self.senders = [Sender(i, self.addresses, range(i, MAILS, SENDERS)) for i in range(SENDERS)]
        for sender in self.senders:
            sender.start()

    def count(self):
        return sum(len(sender.taken) for sender in self.senders)

    def doubtful(self):
        return set().union(*(sender.doubtful for sender in self.senders))

    def finish(self):
        for sender in self.senders:
            sender.join()


def in_mailboxes(host):
    """How often each letter lies in a mailbox."""
    found = Counter()
    for file in host.host.path("/var/vmail").rglob("Maildir/*/*"):
        if file.parent.name in ("cur", "new"):
            named = re.search(rb"^Message-ID: <charge-(\d+)@", file.read_bytes()[:4000], re.M | re.I)
            if named:
                found[int(named[1])] += 1
    return found


def at_standby(world):
    return Counter(int(m["message_id"].split("-")[1].split("@")[0]) for m in list(world.internet.taken)
                   if (m["message_id"] or "").startswith("<charge-"))


def reached(source):
    """What somebody at an address can still connect to."""
    import socket
    from tower.clients import server_for
    ports = {"submission": 587, "imap": 143, "imaps": 993, "pop3": 110, "sieve": 4190, "webmail": 80, "smtp": 25}
    works = set()
    for name, port in ports.items():
        try:
            socket.create_connection((server_for(source), port), 3, (source, 0)).close()
            works.add(name)
        except OSError:
            pass
    return works


def killed(host, most, *words):
    """Killed at random moments until it is done."""
    for _ in range(KILLS):
        host.run("timeout", "-s", "KILL", f"{random.uniform(0.005, most):.3f}", "/opt/tocsin/tocsin", *words,
                 wanted=(0, 2, 137, -9))
    return host.tocsin(*words)


def states(host):
    return {a["state"] for a in json.loads(host.tocsin("isolate", "status", "--json"))["actions"]}


def planned(host, before):
    plan = host.tocsin("isolate", "plan", "--allow", OFFICES, "--standby", STANDBY,
                       "--essential", f"{ESSENTIAL}@{host.victim.split('@')[1]}")
    fine = check("every step is possible on this host", "not possible here" not in plan, plan)
    host.tocsin("isolate", "apply", "--dry-run")
    fine &= check("a plan and a dry run change nothing", not list(differences(before, host.state())))
    return fine & check("verify says that it is open", "Not isolated" in host.tocsin("isolate", "verify", wanted=(1,)))


def isolated(host, world, load):
    from tower.clients import Imap
    person = world.people["c.martin"]
    everywhere = reached(OUTSIDE)
    session = Imap(OUTSIDE, person.address, person.password)
    session.enter("INBOX")
    fine = check("under load before: everything is open and mail is delivered",
                 wait_for(lambda: in_mailboxes(host)) and len(everywhere) == 7, everywhere)
    said = killed(host, 0.9, "isolate", "apply", "--yes")
    fine &= check(f"apply, killed {KILLS} times under load, comes to its end", states(host) == {"applied"}, said)
    host.tocsin("isolate", "apply", "--yes")
    for source in (OUTSIDE, OUTSIDE6):
        fine &= check(f"from {source} only port 25 answers", reached(source) == {"smtp"}, reached(source))
    fine &= check("from an essential network every door is open", reached(OFFICE) == everywhere, reached(OFFICE))
    try:
        session.noop()
        fine &= check("an open session is cut", False)
    except Exception:
        fine &= check("an open session is cut", True)
    Imap(OFFICE, person.address, person.password).logout()
    said = host.tocsin("isolate", "verify", wanted=(0, 1, 2))
    return fine & check("verify says that it is isolated", "Isolated; mail is taken" in said, said)


def settled(host):
    """The queue as `isolate status` has it, once what goes to the standby has gone: the same for three seconds."""
    before, since = None, time.monotonic()
    while time.monotonic() - since < 3:
        now = json.loads(host.tocsin("isolate", "status", "--json"))["queue"]
        if before is None or now["messages"] != before["messages"]:
            before, since = now, time.monotonic()
        time.sleep(0.3)
    return before


def handed_on(host, world, mine):
    """Letters that did not reach the standby.  One that a restart cut in the middle waits for Postfix's next run over
    the queue, five minutes: it is asked for at once."""
    def left():
        return mine - set(at_standby(world)) - set(in_mailboxes(host))

    for _ in range(4):
        if wait_for(lambda: not left(), 10):
            break
        host.run("postqueue", "-f")
    return left()


def kept(host, world, load):
    wait_for(lambda: not any(host.host.path("/var/spool/postfix/active").iterdir()))
    before, taken = in_mailboxes(host).total(), load.count()
    for sender in load.senders:
        sender.go_on.set()
    for words in (["doveadm", "stop"], ["dovecot"], ["postfix", "stop"], ["postfix", "start"]):
        world.host.run(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    fine = check("mail is taken while isolated, daemons restarted", wait_for(lambda: load.count() > taken + 20))
    load.finish()
    print(f"              {MAILS} messages sent from outside, {len(load.doubtful())} of them cut in the middle")
    fine &= check("every message was taken", load.count() == MAILS)
    fine &= check("nothing was delivered here meanwhile", in_mailboxes(host).total() == before,
                  f"{before} became {in_mailboxes(host).total()}")
    mine = {n for n in range(MAILS) if load.addresses[n % len(load.addresses)].startswith(ESSENTIAL + "@")}
    left = handed_on(host, world, mine)
    fine &= check("mail for the essential account went to the standby", not left, sorted(left))
    wait_for(lambda: not any(host.host.path("/var/spool/postfix/active").iterdir()))
    status = settled(host)
    fine &= check("status counts what is kept, and down to the first bounce",
                  status["messages"] > 0 and status["lifetime_seconds"] == 30 * 86400 and
                  status["first_bounce"] > status["oldest"] and status["free_bytes"] > 0, status)
    print(host.tocsin("isolate", "status").rpartition("\n\n")[2].rstrip())
    world.clock.skip(LATER)
    host.run("postqueue", "-f")
    settled(host)
    returned = re.findall(r"status=(?:bounced|expired)", host.host.path("/var/log/mail.log").read_text())
    return fine & check("six days later nothing was returned", not returned, returned)


def order(host):
    """How far from its place in the order of arrival a message was delivered: 95 of a hundred, and at most."""
    log = host.host.path("/var/log/mail.log").read_text()
    came, went = {}, []
    for line in log.splitlines():
        if found := re.search(r"cleanup\[\d+\]: (\w+): message-id=<charge-(\d+)@", line):
            came.setdefault(found[1], len(came))
        elif found := re.search(r"lmtp\[\d+\]: (\w+): to=.* delay=(\d+).*status=sent", line):
            if found[1] in came and int(found[2]) > LATER // 2:
                went.append(came[found[1]])
    rank = {n: i for i, n in enumerate(sorted(went))}
    off = sorted(abs(rank[n] - i) for i, n in enumerate(went)) or [0]
    return off[len(off) * 95 // 100], off[-1], len(went)


def restored(host, world, load, before):
    said = killed(host, 4, "restore", "--yes", "--logs", "/var/log/mail.log")
    fine = check(f"restore, killed {KILLS} times, comes to its end", states(host) == {"undone"}, said)
    print(said[said.index("messages by queue id") - 10:].rstrip())
    wait_for(lambda: not host.run("postqueue", "-j").strip())
    left = list(differences(before, host.state()))
    fine &= check("configuration, firewall and queue are byte for byte as before", not left, "\n".join(left))
    found = in_mailboxes(host) + at_standby(world)
    doubtful = load.doubtful()
    lost = [n for n in range(MAILS) if not found[n]]
    twice = [n for n in range(MAILS) if found[n] > (2 if n in doubtful else 1)]
    fine &= check(f"all {MAILS} messages were delivered, none lost", not lost, lost[:20])
    fine &= check("none was delivered twice", not twice, [(n, found[n]) for n in twice[:20]])
    off, farthest, n = order(host)
    fine &= check(f"{n} kept messages were let go in order, lot by lot", n > 0 and off < 2 * LOT, off)
    print(f"              95 of 100 were delivered within {off} places of their turn, none farther off than {farthest}")
    everything = host.tocsin("restore", "--yes", "--logs", "/var/log/mail.log")
    # a queue id whose client was cut off before its message was taken is gone, and was sent again
    gone = sum(int(n) for n in re.findall(r"gone +(\d+)", everything))
    fine &= check("each message is accounted for",
                  not re.search(r"(waiting|on-hold|bounced) +\d", everything) and gone <= len(doubtful),
                  everything)
    fine &= check("everything is open again", len(reached(OUTSIDE)) == 7, reached(OUTSIDE))
    return fine & check("the journal holds", "each signed" in host.tocsin("journal", "verify"))


def lowered(host):
    """Who decides at sign-in knows that doors were opened, and lets less pass."""
    host.host.path("/tmp/access.yml").write_text("listen: 127.0.0.1:4001\n")
    enter = ["nsenter", "-t", str(host.host.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
    server = subprocess.Popen([*enter, "env", "LD_LIBRARY_PATH=/opt/tocsin", "timeout", "-s", "TERM", "20", "/opt/tocsin/tocsin",
                               "access", "serve", "/tmp/access.yml"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    said = server.stderr.readline() + server.stderr.readline()
    host.run("pkill", "-TERM", "-x", "tocsin(-act)?", wanted=(0, 1))
    server.wait()
    return check("access: bounds are lowered after it", "50 % of every bound is in force: an isolated host was opened again" in said, said)


def rounds():
    """Within the laboratory's namespaces, once in_namespaces() has started this program again."""
    from tower import record as lab, stack
    stack.build_debian(lab.home())
    stack.in_namespaces()
    below = lab.days_layer("stock")
    with lab.running("stock-isolate", below, "2026-03-17 13:04") as world:
        world.load(lab.home() / below[-1])
        host = Host(world, world.people["c.martin"].address)
        before = host.state()
        fine = planned(host, before)
        load = Load(world)
        fine &= isolated(host, world, load)
        fine &= kept(host, world, load)
        fine &= restored(host, world, load, before)
        fine &= lowered(host)
    return 0 if fine else 1


def main():
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    subprocess.run([TOP / "tools" / "need", "install", "lab"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([sys.executable, "-B", __file__, INSIDE, folder], cwd=TOP).returncode


if __name__ == "__main__":
    sys.exit(rounds() if sys.argv[1:2] == [INSIDE] else main())
