#!/usr/bin/python3
"""The levers on Dovecot 2.4, whose configuration has another language: an intruder in live sessions is shut out, measured, and
every step taken back.  tests/contain.py has the whole mail host, with Dovecot 2.3.

Debian 13's packages are fetched once and unpacked beside the laboratory's layers.  Needs root, namespaces and overlayfs; without
them it is skipped, and says why.
"""

import imaplib
import json
import os
import poplib
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests")]

from labhost import check, differences, tree, wait_for   # noqa: E402
from live import SKIPPED, TOCSIN, why_not                # noqa: E402

INSIDE = "--inside"
PACKAGES = "dovecot-imapd,dovecot-pop3d,dovecot-managesieved,dovecot-sieve"
HOME = Path(os.environ.get("TOCSIN_LAB_HOME", "/var/tmp/tocsin-lab"))
LAYER = HOME / "dovecot24-debian"
ROOT = Path("/mnt/root")                                 # of the namespaces: a tmpfs is on /mnt
USER, OTHER, PASSWORD, APP, MASTER = "ana@example.org", "bob@example.org", "un mot", "abcd-efgh", ("garde", "passe-partout")
LEVERS = ["snapshot", "deny-list", "deny", "masters", "app-passwords", "flush", "kick", "filter"]
SCRIPT = b'redirect "ailleurs@example.net";\n'
GLIBC = re.compile(r"/(libc|libm|libdl|librt|libpthread|libresolv|ld-linux\S*)\.so")
PEOPLE = """root:x:0:0::/root:/bin/sh
dovecot:x:101:101::/nonexistent:/usr/sbin/nologin
dovenull:x:102:102::/nonexistent:/usr/sbin/nologin
mail:x:8:8::/nonexistent:/usr/sbin/nologin
vmail:x:1000:1000::/var/vmail:/usr/sbin/nologin
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
"""
LOCAL = """protocols = imap pop3 sieve
log_path = /var/log/mail.log
ssl = no
auth_allow_cleartext = yes
auth_cache_size = 10M
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
auth_master_user_separator = *
mail_driver = maildir
mail_path = ~/Maildir
mail_inbox_path = ~/Maildir
passdb users {
  driver = passwd-file
  passwd_file_path = /etc/dovecot/users
}
passdb apps {
  driver = passwd-file
  passwd_file_path = /etc/dovecot/apps-%{user | domain}
}
passdb masters {
  driver = passwd-file
  master = yes
  passwd_file_path = /etc/dovecot/master-users
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
    home = /var/vmail/%{user}
  }
}
"""
REPORT = {"schema": "tocsin.report/1", "incidents": [{
    "id": "T-1", "title": "t", "accounts": [{"name": USER, "compromised": "proven"}], "sources": [],
    "changes": [{"kind": "forwarding-rule", "account": USER, "active": True, "certainty": "proven"}]}]}


def fetched():
    """Unpacked and no more: nothing of it is set up, no daemon of it runs."""
    if not (LAYER / "usr/sbin/dovecot").exists():
        HOME.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(LAYER, ignore_errors=True)
        print("fetching Debian 13's Dovecot (about half a minute, once)", flush=True)
        subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGES}", "trixie", LAYER], check=True)


def furnish():
    mount = lambda *words: subprocess.run(["mount", *words], check=True)
    mount("-t", "tmpfs", "none", "/mnt")
    for name in ("up", "work", "root"):
        Path("/mnt", name).mkdir()
    mount("-t", "overlay", "none", "-o", f"lowerdir={LAYER},upperdir=/mnt/up,workdir=/mnt/work", str(ROOT))
    put = lambda path, text: (ROOT / path).write_text(text)
    for name in ("bin", "sbin", "lib", "lib64"):
        if not (ROOT / name).exists():
            (ROOT / name).symlink_to(f"usr/{name}")
    for folder in ("proc", "dev", "run", "root", "tmp", "var/vmail", "var/log", "opt/tocsin", "var/lib/dovecot", "usr/lib64"):
        (ROOT / folder).mkdir(parents=True, exist_ok=True)
    mount("-t", "proc", "proc", str(ROOT / "proc"))
    mount("--bind", "/dev", str(ROOT / "dev"))
    put("etc/passwd", PEOPLE)
    put("etc/group", "".join(f"{row.split(':')[0]}:x:{row.split(':')[3]}:\n" for row in PEOPLE.splitlines()))
    put("etc/hostname", "mail\n")
    os.chown(ROOT / "var/vmail", 1000, 1000)
    shutil.copytree(ROOT / "usr/share/dovecot/conf.d", ROOT / "etc/dovecot/conf.d", dirs_exist_ok=True)
    shutil.copy(ROOT / "usr/share/dovecot/dovecot.conf", ROOT / "etc/dovecot")
    auth = (ROOT / "etc/dovecot/conf.d/10-auth.conf").read_text()
    put("etc/dovecot/conf.d/10-auth.conf", re.sub(r"(?m)^!include auth-system", "#!include auth-system", auth))
    (ROOT / "etc/dovecot/conf.d/10-ssl.conf").unlink()   # it names a certificate that nobody made
    put("etc/dovecot/conf.d/98-here.conf", LOCAL)
    put("etc/dovecot/users", f"{USER}:{{PLAIN}}{PASSWORD}\n{OTHER}:{{PLAIN}}{PASSWORD}\n")
    put("etc/dovecot/apps-example.org", f"{USER}:{{PLAIN}}{APP}\n{OTHER}:{{PLAIN}}x\n")
    put("etc/dovecot/master-users", f"# of the office\n{MASTER[0]}:{{PLAIN}}{MASTER[1]}\n")
    put("tmp/report.json", json.dumps(REPORT))
    act = TOCSIN.with_name("tocsin-act")
    libraries = re.findall(r"=> (/\S+)", subprocess.run(["ldd", act], capture_output=True, text=True).stdout)
    for file in (TOCSIN, act, *(lib for lib in libraries if not GLIBC.search(lib))):
        shutil.copy(file, ROOT / "opt/tocsin")
    for folder in ("rules", "pipelines"):
        shutil.copytree(TOP / folder, ROOT / "opt/tocsin" / folder)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def run(*words, wanted=(0,), **more):
    done = subprocess.run(["chroot", ROOT, *words], capture_output=True, timeout=60, env={"PATH": "/usr/sbin:/usr/bin"}, **more)
    if done.returncode not in wanted:
        raise AssertionError(f"{words}: exit status {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def enter(*words):
    return ["chroot", str(ROOT), "/opt/tocsin/tocsin", *words]


ENVIRONMENT = {"LD_LIBRARY_PATH": "/opt/tocsin", "TOCSIN_RULES": "/opt/tocsin/rules", "TOCSIN_PIPELINES": "/opt/tocsin/pipelines",
               "PATH": "/usr/sbin:/usr/bin"}


def tocsin(*words, wanted=(0,)):
    done = subprocess.run(enter(*words), capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
    if done.returncode not in wanted:
        raise AssertionError(f"{words}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


# --- the intruder ---------------------------------------------------------------


def imap(user=USER, password=PASSWORD):
    session = imaplib.IMAP4("127.0.0.1", 143, timeout=20)
    session.login(user, password)
    return session


def pop3(user=USER, password=PASSWORD):
    session = poplib.POP3("127.0.0.1", 110, timeout=20)
    session.user(user)
    session.pass_(password)
    return session


class Sieve:
    """A ManageSieve session (RFC 5804)."""

    def __init__(self):
        import base64
        self.file = socket.create_connection(("127.0.0.1", 4190), timeout=20).makefile("rwb")
        self.heard()
        self.ask(b'AUTHENTICATE "PLAIN" "' + base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()) + b'"')

    def heard(self):
        while line := self.file.readline():
            if line.startswith(b"OK"):
                return
            if line.startswith((b"NO", b"BYE")):
                raise OSError(line)
        raise OSError("the session is cut")

    def ask(self, words):
        self.file.write(words + b"\r\n")
        self.file.flush()
        self.heard()


class Intruder:
    def __init__(self):
        self.imap, self.pop3, self.sieve = imap(), pop3(), Sieve()
        self.other = imap(OTHER)

    def tries(self):
        attempts = {
            "the open IMAP session": self.imap.noop, "the open POP3 session": self.pop3.stat,
            "the open ManageSieve session": lambda: self.sieve.ask(b"LISTSCRIPTS"),
            "a new IMAP session": imap, "a new POP3 session": pop3, "a new ManageSieve session": Sieve,
            "an app password": lambda: imap(USER, APP), "a master user": lambda: imap(f"{USER}*{MASTER[0]}", MASTER[1]),
            "somebody else's session": self.other.noop}
        works = []
        for name, attempt in attempts.items():
            try:
                attempt()
                works.append(name)
            except (OSError, imaplib.IMAP4.error, poplib.error_proto):
                pass                                     # refused or cut
        return works


def state():
    return {"dovecot": tree(ROOT / "etc/dovecot"), "scripts": run("doveadm", "sieve", "list", "-u", USER),
            "kept scripts": {n: v for n, v in tree(ROOT / "var/vmail" / USER).items() if n.endswith(".sieve")}}


# --- rounds ---------------------------------------------------------------------


def contained():
    intruder, before = Intruder(), state()
    fine = check("2.4: before, all of it works", len(intruder.tries()) == 9, intruder.tries())
    plan = tocsin("contain", "plan", "/tmp/report.json", "--mode", "quiet")
    mine = re.findall(r"(?m)^ +\d+  (\S+) (?:.*\n(?:        .*\n)*?)        not possible here", plan)
    fine &= check("2.4: Dovecot's steps are possible", not set(mine) & set(LEVERS) and all(f" {name} " in plan for name in LEVERS), plan)
    fine &= check("2.4: a plan changes nothing", not list(differences(before, state())))
    only = [word for name in LEVERS for word in ("--only", name)]
    done = tocsin("contain", "apply", *only, "--yes", wanted=(0, 2))
    fine &= check("2.4: every step was done", len(re.findall(r" applied ", done)) == len(LEVERS) and "failed" not in done, done)
    works = intruder.tries()
    fine &= check("2.4: he is out of every session and by every door, nobody else is", works == ["somebody else's session"], works)
    said = tocsin("contain", "verify", wanted=(0, 1, 2))
    shut = set(re.findall(r"shut +(\S+)", said))
    fine &= check("2.4: verify measures it", {"deny-list", "deny", "masters", "app-passwords", "kick", "filter"} <= shut, said)
    fine &= check("2.4: a second apply does nothing twice", "failed" not in tocsin("contain", "apply", *only, "--yes"))
    tocsin("contain", "undo", "--yes")
    left = list(differences(before, state()))
    fine &= check("2.4: undo gives back configuration, passwords and script byte for byte", not left, "\n".join(left))
    return fine & check("2.4: undone, all of it works again", len(Intruder().tries()) == 9)


def watched():
    """The watch ends sessions at once, over the socket of doveadm's server."""
    (ROOT / "tmp/policy.yml").write_text("contain:\n  from: medium\n  levers: [deny-list, deny, flush, kick]\n")
    (ROOT / "tmp/networks.yaml").write_text('networks:\n  - {cidr: "203.0.113.0/24", name: hosting, operator: Hosting}\n')
    session, before = imap(), state()
    watch = subprocess.Popen(enter("watch", "--policy", "/tmp/policy.yml", "--networks", "/tmp/networks.yaml", "/var/log"),
                             stdout=open("/mnt/said", "w"), stderr=subprocess.STDOUT, env=ENVIRONMENT)
    said = lambda: Path("/mnt/said").read_text()
    wait_for(lambda: "watching" in said())
    stamp, there = time.strftime("%b %d %H:%M:%S"), "rip=203.0.113.9, lip=192.0.2.25, TLS, session="
    with open(ROOT / "var/log/mail.log", "a") as log:    # as if he had come from there, one password for everybody
        for n in range(20):
            log.write(f"{stamp} imap-login: Info: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): "
                      f"user=<p{n}@example.org>, method=PLAIN, {there}<abcdefghijklmn{n:02d}>\n")
        log.write(f"{stamp} imap-login: Info: Logged in: user=<{USER}>, method=PLAIN, {there}<abcdefghijklmnop>\n")
    fine = check("2.4: watch cuts the open session", wait_for(lambda: is_cut(session)), said())
    fine &= check("2.4: watch carries out its plan", wait_for(lambda: "kick applied" in said()) and "failed" not in said(), said())
    watch.terminate()
    fine &= check("2.4: watch ends as asked", watch.wait(30) == 0)
    tocsin("contain", "undo", re.search(r"contained by policy, (\S+):", said())[1], "--yes")
    left = list(differences(before, state()))
    return fine & check("2.4: watch: undo gives all back", not left, "\n".join(left))


def is_cut(session):
    try:
        session.noop()
        return False
    except (OSError, imaplib.IMAP4.error):
        return True


def rounds():
    furnish()
    subprocess.run(["chroot", ROOT, "dovecot"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not wait_for(lambda: (ROOT / "run/dovecot/master.pid").exists()):
        return 1
    run("doveadm", "sieve", "put", "-u", USER, "-a", "envoi", input=SCRIPT)
    fine = contained()
    return 0 if watched() and fine else 1


def main():
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    subprocess.run([TOP / "tools" / "need", "install", "lab"], check=True)
    fetched()
    return subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--mount-proc",
                           sys.executable, "-B", __file__, INSIDE], cwd=TOP).returncode


if __name__ == "__main__":
    sys.exit(rounds() if sys.argv[1:2] == [INSIDE] else main())
