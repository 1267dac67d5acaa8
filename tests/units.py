#!/usr/bin/python3
"""The units under a real systemd: each starts by its socket, acts, ends when idle; broken settings, a hung engine, rights.

A copy of this system (overlayfs, nothing of it is changed) is booted by systemd-nspawn with tocsin installed into it,
without a network.  Needs root; without what it needs it is skipped, and says why.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TOCSIN = Path(os.environ.get("TOCSIN", TOP / "build/tocsin")).resolve()
SKIPPED = 77
INSIDE, HERE, REPORT = "--inside", "/tocsin-source", "/var/log/tocsin-units"
PARTS = ["tocsin-responder", "tocsin-blocker", "tocsin-envoy", "tocsin-teller"]
POLICY = """tell:
  from: low
  command: [/usr/local/bin/page]
  webhook: http://127.0.0.1:4099/hook
  webhook-secret: /etc/tocsin/webhook
contain:
  from: low
  accounts-an-hour: 20
  levers: [snapshot, block, cut, tenant-off, tenant-revoke]
"""
TRY = f"""[Unit]
Description=what is tried
After=basic.target
Requires=basic.target
[Service]
Type=oneshot
Environment=PYTHONPATH={HERE}/tests/e2e PYTHONDONTWRITEBYTECODE=1 TOCSIN=/usr/local/bin/tocsin
ExecStart=/usr/bin/python3 {HERE}/tests/units.py {INSIDE}
ExecStopPost=/usr/bin/systemctl --no-block --force poweroff
StandardOutput=file:{REPORT}
StandardError=inherit
TimeoutStartSec=600
"""


def check(name, fine, detail=""):
    print(f"[{'       OK ' if fine else '  FAILED  '}] {name}" + ("" if fine else f"\n{detail[-3000:]}"), flush=True)
    return bool(fine)


# --- outside ---

def why_not():
    if os.geteuid() != 0:
        return "only root can boot a system"
    if not shutil.which("systemd-nspawn"):
        return "systemd-nspawn is not installed (tools/need install test)"
    return None


def lay_out(root):
    """tocsin as a host has it: installed, its drop-ins beside it, a policy, a log."""
    subprocess.run(["meson", "install", "-C", TOCSIN.parent, "--no-rebuild", "--quiet", "--destdir", root], check=True, stdout=subprocess.DEVNULL)
    etc, data = root / "etc", root / "usr/local/share/tocsin"
    for name in ("tocsin", "tocsin-touched"):
        shutil.rmtree(root / "var/lib" / name, ignore_errors=True)
    dropins = etc / "systemd/system/tocsin.service.d"
    for folder in (dropins, etc / "tocsin", etc / "sysusers.d", root / HERE[1:], root / "var/vmail", root / "var/log/tried", root / "var/log/journal",
                   etc / "dovecot", etc / "postfix"):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("policy", "input", "console", "touched"):
        shutil.copy(data / f"{name}.conf", dropins)
    (dropins / "sooner.conf").write_text("[Service]\nWatchdogSec=20\nRestartSec=1\n")
    shutil.copy(root / "usr/local/lib/sysusers.d/tocsin.conf", etc / "sysusers.d")
    (etc / "tocsin/watch.env").write_text("LOGS=/var/log/tried\n")
    (etc / "tocsin/policy.yml").write_text(POLICY)
    (etc / "tocsin/webhook").write_text("a secret of sixteen and more\n")
    (etc / "tocsin/webhook").chmod(0o600)
    page = root / "usr/local/bin/page"
    page.write_text("#!/bin/sh\ncat >> /tmp/paged; id -un >> /tmp/paged-by\n")
    page.chmod(0o755)
    (etc / "systemd/system/tocsin-try.service").write_text(TRY)
    for name in ("timers.target", "cron.service", "getty.target", "console-getty.service", "dovecot.service", "postfix.service", "apache2.service",
                 "nginx.service", "mariadb.service", "postgresql.service", "redis-server.service", "systemd-journal-flush.service"):
        (etc / "systemd/system" / name).unlink(missing_ok=True)
        (etc / "systemd/system" / name).symlink_to("/dev/null")


def booted(root):
    words = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--link-journal=no",
             "--system-call-filter=fanotify_init fanotify_mark landlock_create_ruleset landlock_add_rule landlock_restrict_self", "-M", f"tocsin{os.getpid()}",
             "-D", root, f"--bind-ro={TOP}:{HERE}", "-b", "systemd.unit=tocsin-try.service", "systemd.show_status=no"]
    return subprocess.run(words, env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=900)


def main():
    if reason := why_not():
        print(reason)
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="tocsin-units-") as place:
        place = Path(place)
        subprocess.run(["mount", "-t", "tmpfs", "tocsin-units", place], check=True)
        try:
            for name in ("up", "work", "root"):
                (place / name).mkdir()
            overlay = f"lowerdir=/,upperdir={place}/up,workdir={place}/work"
            if subprocess.run(["mount", "-t", "overlay", "overlay", "-o", overlay, place / "root"], capture_output=True).returncode:
                print("this machine lays no overlay over its root")
                return SKIPPED
            lay_out(place / "root")
            done = booted(place / "root")
            report = place / ("root" + REPORT)
            if not report.exists():
                print(f"no system can be booted here: {(done.stdout + done.stderr).strip()[-300:]!r}")
                return SKIPPED
            text = report.read_text()
            print(text, end="")
            return 0 if "[       OK ] it ends as asked" in text and "FAILED" not in text else 1
        finally:
            subprocess.run(["umount", place / "root"], capture_output=True)
            subprocess.run(["umount", place], check=True)


# --- inside ---

def systemctl(*words):
    return subprocess.run(["systemctl", *words], capture_output=True, text=True).stdout.strip()


def shown(unit, what):
    return systemctl("show", "-P", what, unit)


def running(part):
    return [line.split()[0] for line in systemctl("list-units", "--plain", "--no-legend", "--state=active,activating", f"{part}@*").splitlines()]


def until(true, seconds=90):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def said(unit="tocsin*"):
    return subprocess.run(["journalctl", "-o", "cat", "-u", unit], capture_output=True, text=True).stdout


def status():
    try:
        return json.loads(Path("/var/lib/tocsin/status.json").read_text())
    except (OSError, ValueError):
        return {}


def grow(text):
    with open("/var/log/tried/mail.log", "a") as out:
        out.write(text)


def stamp(ago=0):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - ago))


def login(account, ip, session, ago=0):
    return (f"{stamp(ago)} mail dovecot: imap-login: Login: user=<{account}>, method=PLAIN, rip={ip}, mpid=71, lip=192.0.2.25, TLS, "
            f"session=<{session}>\n")


def guessed(account, ip):
    tries = "".join(f"{stamp()} mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<{account}>, "
                    f"method=PLAIN, rip={ip}, lip=192.0.2.25, TLS, session=<{ip}-{n}>\n" for n in range(30))
    return tries + login(account, ip, f"{ip}-in")


def blocked(ip):
    return ip in subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True).stdout


def processes():
    """{name: /proc/PID/status} of tocsin's."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            row = dict(line.split(":\t", 1) for line in path.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if row["Name"].startswith("tocsin"):
            found.setdefault(row["Name"].removeprefix("tocsin-"), row)
    return found


class Hook:
    """A webhook of this host itself."""

    def __init__(self, port):
        self.got, hook = [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                hook.got.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        threading.Thread(target=HTTPServer(("127.0.0.1", port), Handler).serve_forever, daemon=True).start()


def tenant(account):
    from test_tenant_contain import Graph, TOKEN
    graph, state = Graph(), Path("/var/lib/tocsin")
    graph.users[account] = {"id": "id-ana", "accountEnabled": True, "signInSessionsValidFromDateTime": "2026-01-01T00:00:00Z"}
    state.mkdir(mode=0o700, exist_ok=True)
    (state / "token").write_text(TOKEN + "\n")
    (state / "token").chmod(0o600)
    (state / "graph.yml").write_text(f"base: {graph.base}\ntoken: {state}/token\n")
    return graph


def try_start(hook, graph, ana):
    grow("".join(login(name, "192.0.2.77", f"{name}{day}", 86400 * day) for name in (ana, "bob@mairie.example", "eva@mairie.example", "kim@mairie.example") for day in range(20, 5, -1)))
    systemctl("start", "tocsin-toucher.service")
    done = subprocess.run(["systemctl", "start", "tocsin.service"], capture_output=True, text=True)
    check("the watch starts, with all drop-ins", done.returncode == 0 and shown("tocsin.service", "ActiveState") == "active", said())
    check("the past was read", until(lambda: status().get("past_read")), said())
    check("nobody who blocks or speaks runs yet", until(lambda: not running("tocsin-blocker") and not running("tocsin-envoy")), said())
    check("who acts and who tells were called by their sockets", until(lambda: running("tocsin-responder") and running("tocsin-teller")), said())


def try_act(hook, graph, ana):
    grow(guessed(ana, "203.0.113.7"))
    check("an intruder's address is blocked, by the blocker", until(lambda: blocked("203.0.113.7")), said())
    check("his account is shut at Microsoft 365, by the envoy", until(lambda: not graph.users[ana]["accountEnabled"] and graph.revoked), said())
    check("the webhook is told", until(lambda: hook.got), said())
    paged = Path("/tmp/paged")
    teller = running("tocsin-teller")
    inside = Path(f"/proc/{shown(teller[0], 'MainPID')}/root/tmp/paged") if teller else paged     # its /tmp is its own
    check("the command is told", until(inside.exists), said())
    check("by the teller's user, not root", until(lambda: inside.with_name("paged-by").exists() and
                                                  inside.with_name("paged-by").read_text().split()[0] == "_tocsin-teller"), said())
    check("nobody is less confined than he should be", "less confined" not in said(), said())
    check("no step failed", "failed" not in said("tocsin-responder@*"), said("tocsin-responder@*"))
    check("blocker and envoy end when idle", until(lambda: not running("tocsin-blocker") and not running("tocsin-envoy")), said())
    check("and failed in nothing", not systemctl("list-units", "--plain", "--no-legend", "--state=failed", "tocsin*"),
          systemctl("list-units", "--state=failed", "tocsin*") + said())
    grow(guessed("bob@mairie.example", "203.0.113.9"))
    check("the next one is blocked by a blocker that is called anew", until(lambda: blocked("203.0.113.9")), said())


def try_touched():
    Path("/var/vmail/secret").write_text("x")
    lines = Path("/var/lib/tocsin-touched/touched/touched.log")
    seen = until(lambda: subprocess.run(["sh", "-c", "exec 3< /var/vmail/secret; sleep 0.3"]) and lines.exists() and "/var/vmail/secret" in lines.read_text())
    check("the toucher sees who opens files of the mail store", seen, said("tocsin-toucher.service"))
    check("it is its own user and has given CAP_SYS_ADMIN up", (row := processes().get("toucher")) and
          int(row["CapPrm"], 16) >> 21 & 1 == 0 and row["Uid"].split()[0] != "0", str(processes()))


def try_rights():
    found = processes()
    for name in ("act", "reader", "engine", "console", "toucher", "teller", "post", "respond"):
        row = found.get(name, {})
        nnp = name not in ("post",)
        check(f"{name}: filtered by seccomp{', gains no privileges' if nnp else ''}",
              row.get("Seccomp", "").strip() == "2" and (not nnp or row["NoNewPrivs"].strip() == "1"), str(row))
    for name in ("reader", "engine", "console", "teller", "post"):
        check(f"{name}: is not root", found.get(name, {"Uid": "0"})["Uid"].split()[0] != "0", str(found.get(name)))
    for unit in ("tocsin.service", "tocsin-toucher.service", *running("tocsin-responder"), *running("tocsin-teller"), "tocsin-database.service",
                 "tocsin-blocker@0.service", "tocsin-envoy@0.service"):
        text = subprocess.run(["systemd-analyze", "security", "--no-pager", unit], capture_output=True, text=True)
        found = re.search(r"exposure level for \S+: ([\d.]+)", text.stdout)
        check(f"exposure of {re.sub(r'@.*', '@', unit)} is {found and found[1]}", found and float(found[1]) < 2.0, text.stdout[-300:] + text.stderr)


def try_reload(ana):
    policy = Path("/etc/tocsin/policy.yml")
    before = running("tocsin-responder")
    policy.write_text(POLICY.replace("levers: [snapshot", "levers: [snapshoot"))
    systemctl("reload", "tocsin.service")
    check("a broken policy is refused", until(lambda: "policy and rules of before stay in force" in said("tocsin.service")), said("tocsin.service"))
    check("who acts stays the same", running("tocsin-responder") == before, str(running("tocsin-responder")))
    grow(guessed("eva@mairie.example", "198.51.100.11"))
    check("the policy of before goes on", until(lambda: blocked("198.51.100.11")), said())
    policy.write_text(POLICY.replace("accounts-an-hour: 20", "accounts-an-hour: 21"))
    systemctl("reload", "tocsin.service")
    check("a good one is taken", until(lambda: "were read again and are in force" in said("tocsin.service")), said("tocsin.service"))
    check("by another process that acts", until(lambda: running("tocsin-responder") and running("tocsin-responder") != before), said())


def try_watchdog():
    engine = next(p.name for p in Path("/proc").glob("[0-9]*") if (p / "comm").exists() and (p / "comm").read_text() == "tocsin-engine\n")
    main = shown("tocsin.service", "MainPID")
    os.kill(int(engine), 19)                      # SIGSTOP: it says nothing any more
    check("an engine that hangs: the watchdog starts the watch again",
          until(lambda: shown("tocsin.service", "MainPID") not in (main, "0") and shown("tocsin.service", "ActiveState") == "active"), said("tocsin.service"))
    check("which goes on where it stood", until(lambda: status().get("pid") == int(shown("tocsin.service", "MainPID")) and status().get("past_read")),
          said("tocsin.service"))
    grow(guessed("kim@mairie.example", "2001:db8:5::13"))
    check("and acts", until(lambda: blocked("2001:db8:5::13")), said())


def serve_database():
    here = socket.create_server(("127.0.0.1", 3306))
    while True:
        connection, _ = here.accept()
        connection.sendall(connection.recv(100)[::-1])
        connection.close()


def try_database():
    threading.Thread(target=serve_database, daemon=True).start()
    systemctl("start", "tocsin-database.socket")
    check("the way to the database is closed until somebody comes", shown("tocsin-database.service", "ActiveState") == "inactive")
    with socket.socket(socket.AF_UNIX) as to:
        to.settimeout(60)
        to.connect("/run/tocsin-parts/database")
        to.sendall(b"tcennoc")
        check("it hands bytes on, and back", to.recv(100) == b"connect", said("tocsin-database*"))
    row = Path(f"/proc/{shown('tocsin-database.service', 'MainPID')}/status").read_text()
    check("it is filtered, unprivileged and not root", re.search(r"^Seccomp:\s2$", row, re.M) and re.search(r"^NoNewPrivs:\s1$", row, re.M) and
          not re.search(r"^Uid:\s0", row, re.M), row)
    mode = os.stat("/run/tocsin-parts/database").st_mode & 0o777
    check("root alone may connect", mode == 0o600, oct(mode))


def inside():
    subprocess.run(["ip", "link", "set", "lo", "up"])
    ana = "ana@mairie.example"
    hook, graph = Hook(4099), tenant(ana)
    systemctl("start", "tocsin-responder.socket", "tocsin-teller.socket", "tocsin-blocker.socket", "tocsin-envoy.socket")
    try_start(hook, graph, ana)
    try_act(hook, graph, ana)
    try_touched()
    try_database()
    try_rights()
    try_reload(ana)
    try_watchdog()
    check("the way to the database closes when idle", until(lambda: shown("tocsin-database.service", "ActiveState") == "inactive", 150), said("tocsin-database*"))
    systemctl("stop", "tocsin.service", "tocsin-toucher.service")
    check("it ends as asked", until(lambda: not processes()), str(processes()) + said())


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:2] == [INSIDE] else main())
