#!/usr/bin/python3
"""An intruder in live daemons: planned, shut out of every layer, measured, and every step taken back.

Needs root, network namespaces and overlayfs; without them it is skipped, and says why.
"""

import http.client
import json
import re
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests")]

from labhost import Host, check, differences, wait_for   # noqa: E402
from live import SKIPPED, why_not                        # noqa: E402

INSIDE = "--inside"                              # how this program calls itself within the laboratory
SOURCE, VICTIM, STATE = "203.0.113.147", "c.martin", "/var/lib/tocsin"
TARGET = "copie.martin@boite-libre.example"
KILLS, FAILURES = 25, 2


MASTER, APP_PASSWORD = ("garde", "un mot de passe"), "abcd-efgh-ijkl"
MORE_DOVECOT = """passdb {
  driver = passwd-file
  args = scheme=PLAIN /etc/dovecot/apps-%d
}
passdb {
  driver = passwd-file
  master = yes
  args = scheme=PLAIN /etc/dovecot/master-users
}
auth_master_user_separator = *
"""


def furnished(world, below):
    """The host with its days behind it, and what an intruder likes to find: a master user, app passwords, copies."""
    global VICTIM_ADDRESS
    from tower import record as lab
    world.load(lab.home() / below[-1])
    for name, packed in {"mail.log": "mail.log.1", "nginx/access.log": "nginx/access.log.1"}.items():
        older = lab.home() / below[-1] / "files/var/log" / name
        if older.exists():
            shutil.copy(older, world.host.path(f"/var/log/{packed}"))
    VICTIM_ADDRESS = world.people[VICTIM].address
    host = Host(world, VICTIM_ADDRESS)
    put = lambda path, text: host.host.path(path).write_text(text)
    put("/etc/dovecot/conf.d/99-more.conf", MORE_DOVECOT)
    put("/etc/dovecot/master-users", f"# of the office\n{MASTER[0]}:{MASTER[1]}\n")
    put(f"/etc/dovecot/apps-{VICTIM_ADDRESS.partition('@')[2]}", f"{VICTIM_ADDRESS}:{APP_PASSWORD}\nother@interieur.example:x\n")
    put("/etc/postfix/bcc", f"# an archive\nother@interieur.example archive@interieur.example\n{VICTIM_ADDRESS} {TARGET}\n")
    host.run("postmap", "hash:/etc/postfix/bcc")
    for parameter in ("defer_transports = smtp", "sender_bcc_maps = hash:/etc/postfix/bcc"):
        host.run("postconf", "-e", parameter)
    host.run("postfix", "reload")
    host.run("doveadm", "reload")
    return host


class Intruder:
    """Inside in every layer: an IMAP session, a webmail session, a filter, a message on its way out."""

    def __init__(self, world, name):
        from email.message import EmailMessage
        from tower.clients import Imap, submit
        from tower.scenarios import STRANGE
        self.victim = world.people[VICTIM]
        self.web = world.browser(self.victim, SOURCE, STRANGE)
        self.web.sign_in(self.victim.address, self.victim.password)
        for uid in self.web.folder("INBOX")[:6]:
            self.web.show(uid)
        self.web.redirect_all(name, TARGET)
        self.imap = Imap(SOURCE, self.victim.address, self.victim.password)
        self.uids = self.imap.enter("INBOX")
        self.imap.bodies(self.uids[:5])
        self.letter = EmailMessage()
        self.letter["From"], self.letter["To"], self.letter["Subject"] = self.victim.address, TARGET, "tout"
        self.letter.set_content("tout")
        submit(SOURCE, self.victim.address, self.victim.password, self.letter, [TARGET])
        self.open_smtp = smtplib.SMTP("192.0.2.25", 587, source_address=(SOURCE, 0))
        from tower.clients import TLS
        self.open_smtp.starttls(context=TLS)
        self.open_smtp.login(self.victim.address, self.victim.password)

    def tries(self, guarded=True):
        """What still works, layer by layer; `guarded`: against one who may have the server as well."""
        from tower.clients import Imap, submit
        attempts = {
            "the open IMAP session": lambda: self.imap.bodies(self.uids[5:6]),
            "a new IMAP session": lambda: Imap(SOURCE, self.victim.address, self.victim.password),
            "the open webmail session": self.open_webmail,
            "the open submission session": lambda: self.open_smtp.send_message(self.letter, None, [TARGET]),
            "a new submission session": lambda: submit(SOURCE, self.victim.address, self.victim.password,
                                                       self.letter, [TARGET]),
        }
        if guarded:
            attempts["a master user"] = lambda: Imap(SOURCE, f"{self.victim.address}*{MASTER[0]}", MASTER[1])
        attempts["an app password"] = lambda: Imap(SOURCE, self.victim.address, APP_PASSWORD)
        works = []
        for name, attempt in attempts.items():
            try:
                attempt()
                works.append(name)
            except Exception:                     # refused, cut, or thrown out: whatever the layer says
                pass
        return works

    def open_webmail(self):
        if "add_message_row" not in self.web.ajax(_task="mail", _action="list", _mbox="INBOX"):
            raise RuntimeError("webmail shows nothing")


def scanned(host):
    host.tocsin("scan", "--json", "/tmp/report.json", "--quiet", "/var/log")
    report = json.loads(host.host.path("/tmp/report.json").read_text())
    named = [i for i in report["incidents"] if any(a["name"] == VICTIM_ADDRESS for a in i["accounts"])]
    return named[0]["id"] if named else None


def inbox(host):
    return int(host.run("doveadm", "-f", "flow", "mailbox", "status", "-u", VICTIM_ADDRESS, "messages", "INBOX")
               .strip().rpartition("=")[2])


def blocked_tries(intruder):
    """What still works where the address is blocked: from there nothing may answer, from elsewhere nobody is let in."""
    from tower.clients import Imap
    works = []
    try:
        socket.create_connection(("192.0.2.25", 993), timeout=3, source_address=(SOURCE, 0)).close()
        works.append("a connection from the blocked address")
    except OSError:
        pass
    try:
        Imap("203.0.113.201", intruder.victim.address, intruder.victim.password)
        works.append("a new IMAP session from another address")
    except Exception:                             # refused
        pass
    return works


def contained(host, intruder, mode, dry):
    """One round: plan, apply, the intruder tries, verify, undo, the same state as before."""
    fine = check(f"{mode}: before, all of it works", len(intruder.tries()) == 7)
    before = host.state()
    incident = scanned(host)
    if not check(f"{mode}: the scan names the account", incident is not None):
        return False
    plan = host.tocsin("contain", "plan", "/tmp/report.json", incident, "--mode", mode)
    fine &= check(f"{mode}: every step is possible on this host", "not possible here" not in plan, plan)
    fine &= check(f"{mode}: what the host has is planned, what it has not is left out",
                  all(word in plan for word in ("app-passwords", "copies")) and "always-copy" not in plan and
                  ("masters" in plan) == (mode == "quiet"), plan)
    fine &= check(f"{mode}: a plan changes nothing", not list(differences(before, host.state())))
    if dry:
        host.tocsin("contain", "apply", incident, "--dry-run")
        fine &= check("a dry run changes nothing", not list(differences(before, host.state())))
    host.tocsin("contain", "verify", incident, wanted=(1,))
    done = host.tocsin("contain", "apply", incident, "--yes", wanted=(0, 2))
    fine &= check(f"{mode}: every step was done", "failed" not in done, done)
    fine &= check(f"{mode}: a second apply does nothing twice", "failed" not in
                  host.tocsin("contain", "apply", incident, "--yes"))
    works = blocked_tries(intruder) if mode == "fast" else intruder.tries()
    fine &= check(f"{mode}: the intruder is out of every layer", not works, f"still works: {works}")
    host.world.clock.skip(60)
    host.world.check_mail(host.world.people["l.dubois"], "198.51.100.30")
    arrived = inbox(host)
    host.world.inbound(intruder.victim)
    fine &= check(f"{mode}: mail for the account still arrives", wait_for(lambda: inbox(host) > arrived))
    said = host.tocsin("contain", "verify", incident, "--logs", "/var/log", wanted=(0, 1, 2))
    fine &= check(f"{mode}: verify says that he is out", "Contained: every layer is shut" in said, said)
    said = host.tocsin("contain", "verify", incident, "--logs", "/var/log/nginx", wanted=(2,))
    fine &= check(f"{mode}: a layer whose log is not there is unknown", said.count("no log here speaks of it") >= 3 and "is unknown" in said, said)
    host.tocsin("contain", "undo", incident, "--yes")
    left = list(differences(before, host.state()))
    fine &= check(f"{mode}: undo gives back configuration, maps, sessions, firewall, queue byte for byte",
                  not left, "\n".join(left))
    return fine


def killed_again_and_again(host, incident):
    """apply and undo, each killed at random moments until it is done: nothing lost, nothing half done."""
    before, fine, kills = host.state(), True, 0
    for verb in ("apply", "undo"):
        for _ in range(KILLS):
            delay = f"{host.world.rng.uniform(0.005, 0.9):.3f}"
            host.run("timeout", "-s", "KILL", delay, "/opt/tocsin/tocsin", "contain", verb, incident, "--yes",
                     wanted=(0, 2, 137, -9))
            kills += 1
        said = host.tocsin("contain", verb, incident, "--yes")
        wanted = "applied" if verb == "apply" else "undone"
        states = re.findall(r"^ +\d+  \S+ +(\S+)", host.tocsin("contain", "status", incident), re.M)
        fine &= check(f"{verb}, killed {KILLS} times at random moments, comes to its end",
                      states and set(states) == {wanted}, said + str(states))
    left = list(differences(before, host.state()))
    fine &= check(f"after {kills} kills nothing is left of it", not left, "\n".join(left))
    return fine & check("the journal holds after all that", "each signed" in host.tocsin("journal", "verify"))


def a_lever_that_fails(host, incident):
    """doveadm gives no answer: those steps are marked, the others done; mended, apply finishes."""
    before = host.state()
    host.run("mount", "--bind", "/usr/bin/false", "/usr/bin/doveadm")
    said = host.tocsin("contain", "apply", incident, "--yes", wanted=(2,))
    host.run("umount", "/usr/bin/doveadm")
    fine = check("a lever that fails is marked, with the reason", re.search(r"kick +failed", said) and
                 "because: doveadm" in said, said)
    fine &= check("the other levers were pulled", re.search(r"refuse +applied", said), said)
    host.tocsin("contain", "apply", incident, "--yes")
    host.tocsin("contain", "undo", incident, "--yes")
    left = list(differences(before, host.state()))
    return fine & check("mended, it is finished and undone whole", not left, "\n".join(left))


def each_lever_fails(host, incident):
    """A few failures of each lever; tests/campaign.py has hundreds."""
    from campaign import Campaign
    c = Campaign(host, "/tmp/report.json", incident)
    counts = c.fail(FAILURES)
    return check(f"{sum(counts.values())} failures of {len(counts)} levers: each is said, finished, given back", not c.failures,
                 "\n".join(c.failures))


SITE = "webmail.interieur.example"
SECOND = "server {\n\tlisten 8080;\n\tserver_name x.example " + SITE + ";%s\n\treturn 200 second;\n}\n"


def answer(source, port=80):
    """Status and Retry-After of webmail's site, asked from an address."""
    connection = http.client.HTTPConnection("192.0.2.25", port, source_address=(source, 0), timeout=30)
    try:
        connection.request("GET", "/", headers={"Host": SITE})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers["Retry-After"]
    except OSError as nobody:                     # not yet
        return str(nobody), None
    finally:
        connection.close()


def webmail_stays(host, only):
    """What the server does not like, does not read, or reads in vain leaves all as it was."""
    fine, put, at = True, lambda path, text: host.host.path(path).write_text(text), host.run("sh", "-c", "command -v nginx").strip()
    host.run("cp", at, "/opt/nginx-itself")
    for word, says in (("-t) echo bad >&2; exit 1", "nginx -t: exit status 1: bad"), ("-s) exit 1", "nginx -s: exit status 1"),
                       ("-s) exit 0", "was told to close and goes on"), ("-T) exit 1", "not good as it is")):
        before = host.state()
        put("/opt/nginx-instead", f'#!/bin/sh\ncase $1 in {word};; esac\nexec /opt/nginx-itself "$@"\n')
        host.host.path("/opt/nginx-instead").chmod(0o755)
        host.run("mount", "--bind", "/opt/nginx-instead", at)
        said = host.tocsin("contain", "apply", *only, wanted=(2,))
        host.run("umount", at)
        left = list(differences(before, host.state()))
        fine &= check(f"webmail-off, {word}: it is said, nothing is left, webmail goes on", says in said and not left and
                      answer(SOURCE)[0] == 200, said + "\n".join(left))
        host.tocsin("contain", "undo", *only)
    return fine


def webmail_off(host, incident):
    """The whole site off but for an office, and on again."""
    office, put = "198.51.100.30", lambda path, text: host.host.path(path).write_text(text)
    host.host.path(STATE).mkdir(mode=0o700, parents=True, exist_ok=True)
    put(f"{STATE}/webmail.yml", f"site: {SITE}\nallow: [198.51.100.0/24]\n")
    put("/etc/nginx/sites-available/second", SECOND % "")
    host.host.path("/etc/nginx/sites-enabled/second").symlink_to("/etc/nginx/sites-available/second")
    host.run("nginx", "-s", "reload")
    fine = check("webmail-off: before, all are served", wait_for(lambda: answer(SOURCE, 8080)[0] == 200) and answer(SOURCE)[0] == 200)
    before, only = host.state(), (incident, "--only", "webmail-off", "--yes")
    plan = host.tocsin("contain", "plan", "/tmp/report.json", incident)
    fine &= check("webmail-off: the plan says whom it hits, and leaves it to a person", "everybody who uses webmail" in plan and
                  "apply --only webmail-off" in plan, plan)
    host.tocsin("contain", "apply", incident, "--yes")
    fine &= check("webmail-off: it is not taken unasked", answer(office)[0] == 200 and
                  re.search(r"webmail-off +planned", host.tocsin("contain", "status", incident)))
    host.tocsin("contain", "undo", incident, "--yes")
    host.tocsin("contain", "apply", *only)
    seen = {(source, port): answer(source, port) for source in ("203.0.113.201", office) for port in (80, 8080)}
    fine &= check("webmail-off: all but the office get 503 with Retry-After, in each file that names the site", seen == {
        ("203.0.113.201", 80): (503, "3600"), ("203.0.113.201", 8080): (503, "3600"), (office, 80): (200, None), (office, 8080): (200, None)}, seen)
    said = host.tocsin("contain", "verify", incident, wanted=(0, 1, 2))
    fine &= check("webmail-off: verify asks the site", re.search(r"shut +webmail-off.*http answers 503 with Retry-After", said), said)
    fine &= check("webmail-off: a second apply does nothing twice", "failed" not in host.tocsin("contain", "apply", *only))
    host.tocsin("contain", "undo", *only)
    fine &= check("webmail-off: undone, all are served", wait_for(lambda: answer("203.0.113.201") == (200, None)))
    left = list(differences(before, host.state()))
    fine &= check("webmail-off: undo gives back the configuration byte for byte", not left, "\n".join(left))
    fine &= webmail_stays(host, only)
    for path in (f"{STATE}/webmail.yml", "/etc/nginx/sites-enabled/second", "/etc/nginx/sites-available/second"):
        host.host.path(path).unlink()
    host.run("nginx", "-s", "reload")
    return fine


def watched(host, world):
    """The guard sees a filter saved from a strange network and shuts the intruder out, unasked, as the policy says."""
    from tower.scenarios import STRANGE
    host.host.path("/tmp/policy.yml").write_text(
        f"tell:\n  from: medium\ncontain:\n  from: medium\n  never: [l.dubois@{VICTIM_ADDRESS.split('@')[1]}]\n")
    before, victim = host.state(), world.people["p.durand"]
    out = open(host.host.path("/tmp/watch.out"), "w+")
    enter = ["nsenter", "-t", str(host.host.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
    guard = subprocess.Popen([*enter, "env", "LD_LIBRARY_PATH=/opt/tocsin", "TOCSIN_RULES=/opt/tocsin/rules",
                              "TOCSIN_PIPELINES=/opt/tocsin/pipelines", "/opt/tocsin/tocsin", "watch", "--policy", "/tmp/policy.yml", "/var/log"],
                             stdout=out, stderr=subprocess.STDOUT)
    said = lambda: host.host.path("/tmp/watch.out").read_text()
    fine = check("watch: the past is read", wait_for(lambda: "watching" in said()), said())
    web = world.browser(victim, "203.0.113.199", STRANGE)
    web.sign_in(victim.address, victim.password)
    uids = web.folder("INBOX")
    for uid in uids[:4]:
        web.show(uid)
    web.redirect_all(".", TARGET)
    saved, read, cut = time.monotonic(), 0, None
    for uid in uids[4:24] * 3:
        try:
            answer = web.show(uid)
            if '"task":"mail"' not in answer or "messagebody" not in answer:
                raise RuntimeError("no message")
            read += 1
        except Exception:
            cut = time.monotonic() - saved
            break
        time.sleep(0.02)
    fine &= check("watch: the intruder is shut out while he reads", cut is not None, said())
    print(f"              {read} messages were read after the filter was saved, "
          f"{(cut or 0) * 1000:.0f} ms; without tocsin all {len(uids[4:24])}")
    fine &= check("watch: every step is done", wait_for(lambda: "block applied" in said()) and "failed" not in said(), said())
    name = re.search(r"contained by policy, (\S+):", said())
    host.run("pkill", "-TERM", "-x", "tocsin(-act)?", wanted=(0, 1))
    fine &= check("watch: it ends as asked", guard.wait(20) == 0, said())
    if name:
        host.tocsin("contain", "undo", name[1], "--yes")
    left = [l for l in differences(before, host.state()) if not l.startswith("scripts")]
    return fine & check("watch: undo gives all back", not left, "\n".join(left))


OUTBOUND = "check_policy_service { inet:127.0.0.1:4002, timeout=2s, default_action=DUNNO }"


def outbound(host, world):
    """Postfix asks how much an account may send: what is beyond is held with the reason; nobody there, it goes on."""
    from email.message import EmailMessage
    from tower.clients import submit
    person, sent = world.people["l.dubois"], 0
    host.host.path("/tmp/access.yml").write_text("outbound:\n  listen: 127.0.0.1:4002\n  messages: 3\n  learn: 0\n")
    for name in ("smtpd_recipient_restrictions", "smtpd_end_of_data_restrictions"):
        host.run("postconf", "-e", f"{name} = {OUTBOUND}")
    host.run("postfix", "reload")

    def send(n):
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = person.address, f"client{n}@boite-libre.example", "bonjour"
        letter.set_content("bonjour")
        submit("198.51.100.30", person.address, person.password, letter, [letter["To"]])

    enter = ["nsenter", "-t", str(host.host.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
    server = subprocess.Popen([*enter, "env", "LD_LIBRARY_PATH=/opt/tocsin", "/opt/tocsin/tocsin", "access", "serve", "/tmp/access.yml"],
                              stderr=subprocess.PIPE, text=True)
    held = lambda: sum(json.loads(line)["queue_name"] == "hold" for line in host.run("postqueue", "-j").splitlines())
    fine = check("outbound: it serves", wait_for(lambda: ":4002" in host.run("ss", "-ltn")))
    before = held()
    for n in range(5):
        send(n)
    fine &= check("outbound: what is beyond the bound is held, and no more", wait_for(lambda: held() == before + 2), held())
    fine &= check("outbound: Postfix logs the reason", "messages within 3600 s" in host.host.path("/var/log/mail.log").read_text())
    host.run("pkill", "-TERM", "-x", "tocsin-access", wanted=(0, 1))
    fine &= check("outbound: it ends as asked, and says whom it held", server.wait(20) == 0 and f"mail of {person.address} is held" in server.stderr.read())
    send(6)
    fine &= check("outbound: nobody there, mail goes on", held() == before + 2)
    for name in ("smtpd_recipient_restrictions", "smtpd_end_of_data_restrictions"):
        host.run("postconf", "-X", name)
    host.run("postfix", "reload")
    return fine


def rounds(folder):
    """Within the laboratory's namespaces, once in_namespaces() has started this program again."""
    from tower import record as lab, stack
    stack.build_debian(lab.home())
    stack.in_namespaces()
    below = lab.days_layer("stock")
    with lab.running("stock-contain", below, "2026-03-17 13:04") as world:
        host = furnished(world, below)
        intruder = Intruder(world, ".")
        world.clock.skip(30)
        fine = contained(host, intruder, "quiet", dry=True)
        fine = contained(host, Intruder(world, ".."), "fast", dry=False) and fine
        fine &= watched(host, world)
        fine &= outbound(host, world)
        incident = scanned(host)
        fine &= webmail_off(host, incident)
        host.tocsin("contain", "plan", "/tmp/report.json", incident)
        fine &= a_lever_that_fails(host, incident)
        fine &= each_lever_fails(host, incident)
        fine &= killed_again_and_again(host, incident)
        fine &= check("the journal holds", "each signed" in host.tocsin("journal", "verify"))
        journal = world.host.path(f"{STATE}/journal")
        journal.write_bytes(journal.read_bytes().replace(b'"action-applied"', b'"action-applieD"', 1))
        fine &= check("a changed byte in the journal is named",
                      "altered" in host.tocsin("journal", "verify", wanted=(1,)))
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
    sys.exit(rounds(sys.argv[2]) if sys.argv[1:2] == [INSIDE] else main())
