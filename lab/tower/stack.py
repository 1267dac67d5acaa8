"""The mail host: a Debian of its own, in namespaces of its own.

Layers, lowest first, joined by overlayfs; only the topmost is written:

    debian       the packages, as Debian ships them
    <level>      configured, seeded, the five recorded benign days
    (scenario)   the scenario's day

A kind of host has layers of its own, a configuration and a row in the table of kinds.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tower.clock import Clock

HERE = Path(__file__).resolve().parent.parent
TOOLS = {"mmdebstrap": "mmdebstrap", "gcc": "gcc", "ip": "iproute2", "nsenter": "util-linux"}


@dataclass(frozen=True)
class Kind:
    """A kind of mail host: a row of the table below."""

    name: str
    prefix: str             # of its layers' names
    debian: str             # the layer of its packages
    conf: str               # its configuration: setup.sh and start.sh, and what they copy
    packages: list
    answers: str            # to Debian's questions
    ready: str              # a file that is there once the last daemon is up
    queues: list            # folders in which mail waits, each with a pattern of what waits
    logs: dict              # below /var/log -> the name in a recording
    names: bool             # whether it can be made to name each message that it opens (the level rich)
    suite: str = "bookworm"     # of Debian
    shares: tuple = ("conf-common",)        # whose files its configuration takes as well


POSTFIX = Kind(
    "postfix", "", "debian", "conf",
    packages="""
    postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved dovecot-sieve
    nginx-light php-fpm php-sqlite3 php-intl php-zip roundcube-core roundcube-sqlite3
    roundcube-plugins rsyslog openssh-server ssl-cert sqlite3 tzdata iproute2 procps
    sudo auditd
""".split(),
    answers="""\
postfix postfix/main_mailer_type select Internet Site
postfix postfix/mailname string interieur.example
roundcube-core roundcube/dbconfig-install boolean true
roundcube-core roundcube/database-type select sqlite3
""",
    ready="/run/dovecot/master.pid",
    queues=[(f"/var/spool/postfix/{name}", "*") for name in ("incoming", "active", "maildrop")],
    logs={"mail.log": "mail.log", "auth.log": "auth.log", "syslog": None, "nginx/error.log": None,
          "nginx/access.log": "access.log", "roundcube/userlogins.log": "userlogins.log",
          "roundcube/errors.log": "errors.log", "roundcube/sendmail.log": "sendmail.log"},
    names=True)

EXIM = Kind(
    "exim", "exim-", "exim-debian", "conf-exim",
    packages="""
    exim4-daemon-heavy cyrus-imapd cyrus-pop3d cyrus-common sasl2-bin libsasl2-modules
    haproxy apache2 libapache2-mod-php php-sqlite3 php-intl php-zip roundcube-core roundcube-sqlite3
    rsyslog openssh-server ssl-cert sqlite3 tzdata iproute2 procps sudo
""".split(),
    answers="""\
exim4-config exim4/dc_eximconfig_configtype select internet site; mail is sent and received directly using SMTP
exim4-config exim4/mailname string interieur.example
exim4-config exim4/dc_other_hostnames string interieur.example
exim4-config exim4/dc_local_interfaces string
exim4-config exim4/use_split_config boolean true
roundcube-core roundcube/dbconfig-install boolean true
roundcube-core roundcube/database-type select sqlite3
roundcube-core roundcube/reconfigure-webserver multiselect apache2
""",
    ready="/run/cyrus/socket/lmtp",
    queues=[("/var/spool/exim4/input", "*-H")],
    logs={"exim4/mainlog": "mainlog.log", "exim4/rejectlog": "rejectlog.log", "exim4/paniclog": "paniclog.log",
          "mail.log": "mail.log", "auth.log": "auth.log", "haproxy.log": "haproxy.log", "syslog": None,
          "apache2/access.log": "access.log", "apache2/error.log": "error.log",
          "roundcube/userlogins.log": "userlogins.log", "roundcube/errors.log": "errors.log",
          "roundcube/sendmail.log": "sendmail.log"},
    names=False)

SOGO = Kind(
    "sogo", "sogo-", "sogo-debian", "conf-sogo",
    packages="""
    opensmtpd dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved dovecot-sieve
    sogo postgresql tmpreaper nginx-light
    rsyslog openssh-server ssl-cert tzdata iproute2 procps sudo
""".split(),
    answers="""\
opensmtpd opensmtpd/mailname string interieur.example
opensmtpd opensmtpd/root_address string
""",
    ready="/run/nginx.pid",
    queues=[("/var/spool/smtpd/queue", "*/*"), ("/var/spool/smtpd/incoming", "*")],
    logs={"mail.log": "mail.log", "auth.log": "auth.log", "syslog": None, "nginx/error.log": None,
          "postgresql/postgresql-17-main.log": None, "nginx/access.log": "access.log", "sogo/sogo.log": "sogo.log"},
    names=True, suite="trixie")     # in Debian 12 OpenSMTPD cannot speak TLS: built for an older OpenSSL

COURIER = Kind(
    "courier", "courier-", "courier-debian", "conf-courier",
    packages="""
    sendmail-bin sensible-mda courier-imap courier-pop courier-authlib-userdb maildrop sasl2-bin libsasl2-modules
    m4 rsyslog openssh-server ssl-cert tzdata iproute2 procps sudo
""".split(),
    answers="""\
courier-base courier-base/webadmin-configmode boolean false
courier-base courier-base/maildirpath string Maildir
""",
    ready="/run/sendmail/mta/sendmail.pid",
    queues=[("/var/spool/mqueue", "qf*")],
    logs={"mail.log": "mail.log", "auth.log": "auth.log", "syslog": None},
    names=False)

HORDE = Kind(
    "horde", "horde-", "horde-debian", "conf-horde",
    packages="""
    postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved dovecot-sieve
    apache2 php-fpm php-sqlite3 php-intl php-horde-imp php-horde-turba
    rsyslog openssh-server ssl-cert tzdata iproute2 procps sudo
""".split(),
    answers="""\
postfix postfix/main_mailer_type select Internet Site
postfix postfix/mailname string interieur.example
""",
    ready="/run/apache2/apache2.pid",
    queues=[(f"/var/spool/postfix/{name}", "*") for name in ("incoming", "active", "maildrop")],
    logs={"mail.log": "mail.log", "auth.log": "auth.log", "syslog": None, "user.log": "user.log",
          "apache2/access.log": "access.log", "apache2/error.log": None},
    names=True, shares=("conf-common", "conf"))

KINDS = {kind.name: kind for kind in (POSTFIX, EXIM, SOGO, COURIER, HORDE)}

HOST_V4, HOST_V6 = "192.0.2.25", "2001:db8:25::25"
INTERNET = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]


class LabError(Exception):
    """Something that the reader of the terminal must know; no trace needed."""


def sh(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def install_tools():
    """The few programs that the laboratory itself needs."""
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise LabError(f"needs {', '.join(missing)}, and there is no apt-get to install them")
    print(f"installing {', '.join(missing)}", flush=True)
    sh("apt-get", "install", "-y", "-q", "--no-install-recommends", *missing,
       stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def build_debian(home: Path, kind=POSTFIX):
    """The lowest layer: packages and the clock, made once."""
    root = home / kind.debian
    if (root / "usr/lib/lab-clock.so").exists():
        return
    install_tools()
    print(f"fetching the Debian packages of a mail host with {kind.name} (about two minutes, once)", flush=True)
    shutil.rmtree(root, ignore_errors=True)
    answers = home / f"{kind.prefix}answers"
    answers.write_text(kind.answers)
    sh("mmdebstrap", "--quiet", "--variant=minbase", "--include=" + ",".join(kind.packages),
       f'--essential-hook=chroot "$1" debconf-set-selections <{answers}', kind.suite, root)
    sh("gcc", "-std=c17", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC",
       "-o", root / "usr/lib/lab-clock.so", HERE / "clock.c")


class MailHost:
    """One run of the mail host over given layers; `layer` is written."""

    def __init__(self, home: Path, layer: str, below: list[str], kind=POSTFIX):
        self.home, self.kind = home, kind
        self.layer = home / layer
        self.root = home / "root" / layer
        self.below = below
        self.init = None
        self.clock = None

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def up(self, first_moment, level=None, edit=None):
        """Mount, join the networks, start; with a level, configure first."""
        for folder in ("files", "work"):
            shutil.rmtree(self.layer / folder, ignore_errors=True)
            (self.layer / folder).mkdir(parents=True)
        self.root.mkdir(parents=True, exist_ok=True)
        lower = [self.home / name / "files" for name in reversed(self.below)] + [self.home / self.kind.debian]
        sh("mount", "-t", "overlay", "overlay", "-o",
           f"lowerdir={':'.join(map(str, lower))},upperdir={self.layer / 'files'},"
           f"workdir={self.layer / 'work'}", self.root)
        self._mount_private()
        clock_file = self.path("/run/lab-clock")
        if self.below:
            shutil.copy(self.home / self.below[-1] / "clock", clock_file)
        self.clock = Clock(clock_file, self.settle)
        self.clock.to(first_moment)
        self.path("/etc/ld.so.preload").write_text("/usr/lib/lab-clock.so\n")
        for log in self.logs().values():        # the log files of a new day
            log.unlink()
        if edit:
            edit(self)
        self._start_init()
        if level:
            self.run("sh", f"/lab/{self.kind.conf}/setup.sh", level)
        self.run("sh", f"/lab/{self.kind.conf}/start.sh")
        for _ in range(1200):
            if self.path(self.kind.ready).exists():
                return
            time.sleep(0.05)
        raise LabError(f"the mail host did not come up: {self.path(self.kind.ready)} is missing")

    def _mount_private(self):
        """/run, /dev and /tmp of its own, the laboratory's files under /lab."""
        for folder in ("run", "dev", "tmp"):
            sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.path(folder))
        self.path("/tmp").chmod(0o1777)
        (self.path("/run/lock")).mkdir(mode=0o1777)
        for node in ("null", "zero", "random", "urandom", "full", "tty"):
            self.path(f"/dev/{node}").touch()
            sh("mount", "--bind", f"/dev/{node}", self.path(f"/dev/{node}"))
        for folder in ("pts", "shm"):
            self.path(f"/dev/{folder}").mkdir()
        sh("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", self.path("/dev/pts"))
        self.path("/dev/ptmx").symlink_to("pts/ptmx")
        sh("mount", "-t", "tmpfs", "tmpfs", self.path("/dev/shm"))
        self.path("/lab").mkdir(exist_ok=True)
        sh("mount", "-o", "bind,ro", HERE, self.path("/lab"))

    def _start_init(self):
        """A first process that only reaps; its death ends all the others."""
        reaper = "hostname mail; ip link set lo up; trap : TERM; while :; do sleep 3600 & wait $!; done"
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--uts", "--ipc", "--mount", "--pid", "--fork", "--kill-child",
             f"--mount-proc={self.path('/proc')}", "chroot", str(self.root), "sh", "-c", reaper])
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children")
        for _ in range(3000):
            ids = children.read_text().split()
            if ids and os.path.samefile(f"/proc/{ids[0]}/root", self.root):
                break
            time.sleep(0.02)
        self.init = int(ids[0])
        sh("ip", "link", "add", "internet", "type", "veth", "peer", "name", "eth0", "netns", self.init)
        sh("ip", "link", "set", "lo", "up")
        sh("ip", "addr", "add", "10.0.0.1/24", "dev", "internet")
        sh("ip", "-6", "addr", "add", "fd00::1/64", "dev", "internet", "nodad")
        sh("ip", "link", "set", "internet", "up")
        Path("/proc/sys/net/ipv6/ip_nonlocal_bind").write_text("1")
        for net in INTERNET:
            sh("ip", "-6" if ":" in net else "-4", "route", "replace", "local", net, "dev", "lo")
        inside = (
            f"ip addr add 10.0.0.2/24 dev eth0; ip -6 addr add fd00::2/64 dev eth0 nodad;"
            f"ip addr add {HOST_V4}/32 dev eth0; ip -6 addr add {HOST_V6}/128 dev eth0 nodad;"
            f"ip link set eth0 up; ip route add default via 10.0.0.1 src {HOST_V4};"
            f"ip -6 route add default via fd00::1 src {HOST_V6}")
        self.run("sh", "-c", inside)
        sh("ip", "route", "replace", f"{HOST_V4}/32", "via", "10.0.0.2")
        sh("ip", "-6", "route", "replace", f"{HOST_V6}/128", "via", "fd00::2", "table", "local")

    def run(self, *command, **options):
        """Run a program inside the mail host."""
        enter = ["nsenter", "-t", str(self.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return sh(*enter, *command, env=environment, **options)

    def settle(self):
        """Wait until no daemon is in the middle of something: no jump may hit it there."""
        if not self.init:
            return
        queues = [(self.path(folder), pattern) for folder, pattern in self.kind.queues]
        for _ in range(600):
            if not any(any(folder.glob(pattern)) for folder, pattern in queues):
                break
            time.sleep(0.02)
        time.sleep(0.025)

    def logs(self):
        """The log files that exist, by their name under /var/log."""
        return {name: self.path(f"/var/log/{name}") for name in self.kind.logs
                if self.path(f"/var/log/{name}").exists()}

    def down(self):
        """Power off: end every process, keep the clock beside the layer."""
        if not self.init:
            return
        time.sleep(0.3)
        shutil.copy(self.path("/run/lab-clock"), self.layer / "clock")
        subprocess.run(["ip", "link", "del", "internet"], stderr=subprocess.DEVNULL)    # the next host is named alike
        self.holder.kill()
        self.holder.wait()
        self.init = None
        time.sleep(0.2)
        sh("umount", "-R", "-l", self.root)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()


def need_root():
    if os.geteuid() != 0:
        raise LabError("needs root: it mounts layers and makes network namespaces")


def in_namespaces():
    """Start this program again in a network and mount namespace of its own."""
    if os.environ.get("TOCSIN_LAB_INSIDE"):
        return
    need_root()
    os.environ["TOCSIN_LAB_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private",
                          sys.executable, *sys.argv])
