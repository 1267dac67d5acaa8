"""The kernel's audit of reads in the mail store, while a scenario needs it.

Debian's auditd runs over the mail host's files but outside its process namespace,
since the kernel takes audit rules from the initial one only.  The kernel stamps
its records with the real clock; `as_on_host` moves them to the host's.
"""

import fcntl
import re
import subprocess
import time

from tower.stack import LabError, sh

RULE = "always,exit -F arch=b64 -F dir=/var/vmail -F perm=r -F uid!=5000 -F auid!=unset -k mailstore".split()
LOG = "/var/log/audit/audit.log"
UNSET = "4294967295"
GUEST = re.compile(r"/sshd\".* addr=(?:192\.0\.2|198\.51\.100|203\.0\.113)\.")
SESSION = re.compile(r" ses=(\d+)")


class Audit:
    def __init__(self, host):
        self.host = host

    def inside(self, *command, **options):
        return sh("chroot", self.host.root, *command, **options)

    def __enter__(self):
        self.lock = open(self.host.home / "audit.lock", "w")     # the machine has one kernel
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        sh("mount", "--bind", "/proc", self.host.path("/proc"))
        self.host.path("/var/log/audit").mkdir(exist_ok=True)
        self.host.path("/run/audit").mkdir(exist_ok=True)
        self.daemon = subprocess.Popen(["chroot", str(self.host.root), "auditd", "-n"])
        time.sleep(0.7)
        try:
            self.inside("auditctl", "-e", "1", stdout=subprocess.DEVNULL)
            self.inside("auditctl", "-a", *RULE, stdout=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            raise LabError("the kernel's audit cannot be used here; server-shell needs it") from None
        return self

    def __exit__(self, *_):
        time.sleep(0.5)
        self.inside("auditctl", "-d", *RULE, stdout=subprocess.DEVNULL)
        self.inside("auditctl", "-e", "0", stdout=subprocess.DEVNULL)
        self.daemon.terminate()
        self.daemon.wait()
        sh("umount", self.host.path("/proc"))
        self.lock.close()


def of_host(file):
    """Only what the mail host did: auditd itself, and sessions that its sshd opened."""
    events, lines = {}, list(file)
    for line in lines:
        events.setdefault(re.search(r"msg=audit\(([^)]+)\)", line)[1], []).append(line)
    sessions = {found[1] for line in lines if GUEST.search(line) for found in SESSION.finditer(line)} - {UNSET}

    def ours(text):
        return (GUEST.search(text) or "type=DAEMON_" in text or 'comm="audit' in text
                or any(found[1] in sessions for found in SESSION.finditer(text)))

    return "".join(text for text in map("".join, events.values()) if ours(text))


def as_on_host(host):
    """The audit log with its times as the mail host's clock showed them."""
    log = host.path(LOG)
    if not log.exists():
        return None

    def moved(found):
        seconds, millis = found[1].split(".")
        when = host.clock.at((int(seconds) * 1000 + int(millis)) * 1_000_000)
        return f"audit({when.timestamp():.3f}:"

    text = of_host(log.open(newline="\n"))
    text = re.sub(r" kernel=\S+", " kernel=6.1.0-37-amd64", text)
    return re.sub(r"audit\((\d+\.\d{3}):", moved, text)
