"""Variants of the recordings: the same story, told by another host.

A variant edits the evidence (never what happened in it) and says which laws of the judge it is held to.
Everything is derived from the recording by fixed rules and a fixed seed.
"""

import base64
import gzip
import ipaddress
import json
import os
import random
import re
import tarfile
import zipfile
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from tocsin import RECORDINGS, ZONE

DOMAIN = "interieur.example"
DAY = "2026-03-17"
OFFICES, HOST = ("192.0.2.4", "192.0.2.5"), "192.0.2.25"

STAMPS = [(re.compile(r"^(\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d) "), "%Y-%m-%dT%H:%M:%S.%f%z"),
          (re.compile(r"^\[(\d\d-\w{3}-\d{4} [\d:]+ [+-]\d{4})\]"), "%d-%b-%Y %H:%M:%S %z"),
          (re.compile(r"^\S+ \S+ \S+ \[([^\]]+)\]"), "%d/%b/%Y:%H:%M:%S %z")]
AUDIT = re.compile(r"msg=audit\((\d+\.\d+):")


def moment(text):
    """When a line was written; None if it does not say."""
    for pattern, form in STAMPS:
        if found := pattern.match(text):
            return datetime.strptime(found[1], form)
    found = AUDIT.search(text)
    return datetime.fromtimestamp(float(found[1]), timezone.utc) if found else None


class Evidence:
    """Logs by name (all days in one), the store, what is known of networks, the truth; to be edited."""

    def __init__(self, recording):
        self.name, self.logs = recording.name, {}
        for path in sorted(recording.iterdir(), reverse=True):        # x.log.1.gz before x.log
            if ".log" in path.name:
                data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                self.logs.setdefault(path.name.removesuffix(".1.gz"), []).extend(data.decode().splitlines())
        with gzip.open(recording / "catalogue.jsonl.gz", "rt") as lines:
            self.store = [json.loads(line) for line in lines]
        self.networks = (recording / "networks.yaml").read_text()
        self.truth = json.loads((recording / "truth.json").read_text())
        self.times = {}                          # of change, by log
        self.pack = None                         # how the logs are laid down; default: each as a file
        self.random = random.Random(20260317)

    def rewrite(self, change, *names):
        for name in names or list(self.logs):
            if name in self.logs:
                self.logs[name] = [change(line) for line in self.logs[name]]

    def drop(self, unwanted, *names):
        for name in names or list(self.logs):
            if name in self.logs:
                self.logs[name] = [line for line in self.logs[name] if not unwanted(line)]


@lru_cache(maxsize=None)
def pristine(recording):
    return Evidence(recording)


def evidence_of(recording):
    """A fresh copy, cheaply."""
    source, copy = pristine(recording), Evidence.__new__(Evidence)
    copy.__dict__ = dict(source.__dict__, logs={k: list(v) for k, v in source.logs.items()}, times={},
                         store=[dict(m) for m in source.store], truth=json.loads(json.dumps(source.truth)),
                         random=random.Random(20260317))
    return copy


def lay_down(evidence, folder):
    """Writes everything; yields the arguments for tocsin scan, the paths of logs last."""
    (folder / "truth.json").write_text(json.dumps(evidence.truth))
    with gzip.open(folder / "catalogue.jsonl.gz", "wt", compresslevel=1) as out:
        out.writelines(json.dumps(m) + "\n" for m in evidence.store)
    arguments = ["--mail-store", folder / "catalogue.jsonl.gz"] if evidence.store else []
    if evidence.networks:
        (folder / "networks.yaml").write_text(evidence.networks)
        arguments += ["--networks", folder / "networks.yaml"]
    logs = folder / "logs"
    logs.mkdir()
    paths = []
    for name, lines in evidence.logs.items():
        if not lines:
            continue
        path = logs / name
        path.write_bytes(("\n".join(lines) + "\n").encode())
        when = evidence.times.get(name, datetime(2026, 3, 18, tzinfo=timezone.utc)).timestamp()
        os.utime(path, (when, when))
        paths.append(path)
    return arguments, (evidence.pack(paths, folder) if evidence.pack else paths)


# --- how lines are written --------------------------------------------------------------------------


SYSLOG = re.compile(r"^(\S+) (\S+) ([^\s:\[]+)(?:\[(\d+)\])?: (.*)$")
SYSLOGS = ("mail.log", "auth.log")


def traditional(line):
    when = moment(line)
    return line if not when else f"{when:%b} {when.day:2} {when:%H:%M:%S} {line.split(' ', 1)[1]}"


def rfc5424(line):
    found = SYSLOG.match(line)
    return line if not found else "<22>1 {0} {1} {2} {3} - - {4}".format(
        found[1], found[2], found[3], found[4] or "-", found[5])


def journal(line):
    found = SYSLOG.match(line)
    if not found:
        return line
    usec = int(moment(line).timestamp() * 1_000_000 + 0.5)
    row = {"__REALTIME_TIMESTAMP": str(usec), "_HOSTNAME": found[2], "SYSLOG_IDENTIFIER": found[3],
           "_TRANSPORT": "syslog", "PRIORITY": "6", "MESSAGE": found[5]}
    return json.dumps(row | ({"SYSLOG_PID": found[4]} if found[4] else {}))


def syslog_without_year(e):
    e.rewrite(traditional, *SYSLOGS)


def syslog_wrong_mtime(e):
    syslog_without_year(e)
    for name in SYSLOGS:
        e.times[name] = datetime(2027, 9, 3, tzinfo=timezone.utc)


def syslog_rfc5424(e):
    e.rewrite(rfc5424, *SYSLOGS)


def journal_json(e):
    e.rewrite(journal, *SYSLOGS)


def dovecot_24(e):
    """The words of Dovecot 2.4's sign-in daemons."""
    words = [("-login: Login: user=", "-login: Logged in: user="),
             ("-login: Disconnected: Aborted login by", "-login: Login aborted: Aborted by"),
             ("-login: Disconnected: Connection closed (auth failed", "-login: Login aborted: Connection closed (auth failed")]

    def change(line):
        for old, new in words:
            line = line.replace(old, new)
        return re.sub(r"(Login aborted: .*?\)): user=", r"\1 (auth_failed): user=", line)
    e.rewrite(change, "mail.log")


def upper_case(e):
    """Some people, and some clients, write names as names."""
    turn = [0]

    def change(line):
        turn[0] += 1
        return line if turn[0] % 3 else re.sub(
            r"(user=<|sasl_username=|login for )([a-z])\.([a-z])", lambda m: m[1] + m[2].upper() + "." + m[3].upper(), line)
    e.rewrite(change, "mail.log", "userlogins.log")


def without_domain(e):
    """Accounts are user names; addresses of mail keep their domain."""
    user = re.compile(r"(user=<?|sasl_username=|authid=|login for |success for |LOGIN for | from |for user '|/SOGo/so/|User |"
                      r"(?:imap|pop3|managesieve|lmtp)\()([\w.-]+)@" + DOMAIN)
    e.rewrite(lambda line: user.sub(r"\1\2", line))
    e.rewrite(lambda line: re.sub(r'("user":"[\w.-]+)@' + DOMAIN, r"\1", line), "mail.log")
    text = json.dumps(e.truth)
    text = re.sub(r'"([\w.]+)@' + DOMAIN + r'"', r'"\1"', text)
    e.truth = json.loads(text)
    for m in e.store:
        m["account"] = m["account"].split("@")[0]


# --- how files are laid out ---------------------------------------------------------------------------


def packed_tar(e):
    def pack(paths, folder):
        with tarfile.open(folder / "evidence.tar.gz", "w:gz", compresslevel=1) as out:
            for path in paths:
                out.add(path, f"var/log/{path.name}")
        return [folder / "evidence.tar.gz"]
    e.pack = pack


def packed_zip(e):
    def pack(paths, folder):
        with zipfile.ZipFile(folder / "evidence.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for path in paths:
                out.write(path, f"logs/{path.name}")
        return [folder / "evidence.zip"]
    e.pack = pack


def renamed(e):
    def pack(paths, folder):
        return [path.rename(path.with_name(f"evidence.{n}")) for n, path in enumerate(paths, 1)]
    e.pack = pack


def split_oddly(e):
    """Rotated in the middle of things, and given newest first."""
    def pack(paths, folder):
        out = []
        for path in paths:
            lines = path.read_bytes().splitlines(keepends=True)
            cuts = sorted({len(lines) * k // 97 for k in (13, 51, 78, 94)} - {0})
            pieces = [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)])]
            for age, piece in enumerate(reversed(pieces)):
                name = path.with_name(path.name + (f".{age}" if age else ""))
                name.write_bytes(b"".join(piece))
                os.utime(name, (path.stat().st_mtime - 3600 * age,) * 2)
                out.append(name)
        return out
    e.pack = pack


def split_without_year(e):
    syslog_without_year(e)
    split_oddly(e)


def two_hosts(e):
    """Every log in a folder of its host: the web server is another machine."""
    def pack(paths, folder):
        web = ("access.log", "userlogins.log", "errors.log", "sendmail.log")
        out = []
        for path in paths:
            home = folder / ("web1" if path.name in web else "mail1")
            home.mkdir(exist_ok=True)
            out.append(path.rename(home / path.name))
        return sorted({path.parent for path in out})
    e.pack = pack


# --- which logs there are ---------------------------------------------------------------------------


def no_networks(e):
    e.networks = None


def no_store(e):
    e.store = []


def bare(e):
    no_networks(e)
    no_store(e)


def no_userlogins(e):
    for name in ("userlogins.log", "sendmail.log"):
        e.logs.pop(name, None)


def no_userlogins_no_networks(e):
    no_userlogins(e)
    no_networks(e)


def no_access_log(e):
    e.logs.pop("access.log", None)


def days_before(count):
    def change(e):
        first = datetime.fromisoformat(DAY).replace(tzinfo=ZoneInfo(ZONE)) - timedelta(days=count)
        e.drop(lambda line: (when := moment(line)) is not None and when < first)
    return change


def days_before_bare(count):
    def change(e):
        days_before(count)(e)
        no_networks(e)
    return change


# --- who is where -----------------------------------------------------------------------------------


ADDRESS = re.compile(r"(?<![\w.:])(?:::ffff:)?(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w.:])2001:db8:[0-9a-f:]+[0-9a-f](?![\w])")
SESSION = re.compile(r'(?<=session=<)[\w+/]{16,}(?=>)|(?<=><)[\w+/]{16,40}(?=>)|(?<="session":")[\w+/]{16,40}(?=")')


def session_id(text, change):
    """Dovecot's id holds the client's address: another address makes another id."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return text
    if len(raw) not in (12, 24):
        return text
    new = change(str(ipaddress.ip_address(raw[8:])))
    return base64.b64encode(raw[:8] + ipaddress.ip_address(new).packed).decode().rstrip("=") if new else text


def remap(e, mapping):
    """mapping: an address to its new one, or None to leave it."""
    known = {}

    def of(address):
        if address not in known:
            plain = address.removeprefix("::ffff:")         # as Courier writes them
            new = mapping(plain) or plain
            known[address] = "::ffff:" + new if plain != address and "." in new else new
        return known[address]

    def change(line):
        line = ADDRESS.sub(lambda m: of(m[0]), line)
        return SESSION.sub(lambda m: session_id(m[0], of), line)
    e.rewrite(change)
    e.truth = json.loads(ADDRESS.sub(lambda m: of(m[0]), json.dumps(e.truth)))


def is_person(address):
    return address.startswith("198.51.100.") or address.startswith("2001:db8:1") or is_stranger(address)


def is_stranger(address):
    return address.startswith("2001:db8:bad:") or (
        address.startswith("203.0.113.") and int(address.split(".")[3]) >= 128)


def numbered(start, form, wanted):
    """Hands out addresses one after another."""
    given = {}

    def mapping(address):
        if not wanted(address):
            return None
        return given.setdefault(address, form.format(start + len(given)))
    return mapping


def one_network(e):
    """Homes, phones, hotels and intruders in one /24: only what does not depend on networks can be told."""
    no_networks(e)
    remap(e, numbered(20, "203.0.113.{}", is_person))


def strangers_together(e):
    """Hotel, stray guessers and intruders share one /24, apart from homes; nothing is known of networks."""
    no_networks(e)
    remap(e, numbered(20, "203.0.113.{}", lambda a: is_stranger(a) or a == "198.51.100.203"))


def all_ipv6(e):
    no_networks(e)
    form = numbered(1, "2001:db8:2:{:x}::1", lambda a: "." in a and not a.startswith("127."))
    far = numbered(1, "2001:db9:{:x}::5", lambda a: is_stranger(a))
    remap(e, lambda a: far(a) or form(a))


def real_world(e):
    """Everybody has a network of his own, as on the internet; offices stay."""
    no_networks(e)
    given = {}

    def mapping(address):
        if not is_person(address) or ":" in address:
            return None
        n = given.setdefault(address, len(given))
        return f"{40 + n * 37 % 150}.{n * 91 % 251}.{n * 53 % 249}.{10 + n}"
    remap(e, mapping)


def web_host(e):
    """Webmail runs on another host: its IMAP and SMTP sessions come from there."""
    web = "10.0.0.5"

    def session(line):
        return SESSION.sub(lambda m: session_id(m[0], lambda a: web if a == "127.0.0.1" else None), line)

    def change(line):
        if e.truth["scenario"] == "server-shell" and line.startswith(f"{DAY}T13:11"):
            return line                              # the intruder, on the mail host itself
        if "127.0.0.1" in line and ("dovecot: " in line or "sasl_username" in line):
            line = line.replace("rip=127.0.0.1, lip=127.0.0.1", f"rip={web}, lip=10.0.0.4")
            line = line.replace("localhost[127.0.0.1]", f"web1[{web}]").replace('"127.0.0.1"', f'"{web}"')
        return session(line)
    e.rewrite(change, "mail.log")
    two_hosts(e)


def web_host_bare(e):
    web_host(e)
    no_networks(e)


def web_host_no_userlogins(e):
    web_host(e)
    no_userlogins(e)
    no_networks(e)


# --- noise and disorder -----------------------------------------------------------------------------


IN_ORDER = re.compile(r" (?:postfix/\w|sm-mta\[|smtpd\[)")


def jitter(e):
    """Lines of different daemons stand up to two seconds out of order; a mail server hands its own in one by one, and
    sogod writes a file itself."""
    for name, lines in e.logs.items():
        last, keyed, alone = 0.0, [], name in ("audit.log", "sogo.log")
        for line in lines:
            when = moment(line)
            last = when.timestamp() if when else last
            keyed.append((last + (0 if alone or IN_ORDER.search(line) else e.random.uniform(0, 2)), line))
        e.logs[name] = [line for _, line in sorted(keyed, key=lambda k: k[0])]


def duplicated(e):
    """A logger that hands everything in twice, as when syslog and mail.log are both given."""
    for name in ("mail.log", "auth.log"):
        e.logs[name] = [line for line in e.logs.get(name, []) for _ in range(2)]


def syslog_too(e):
    e.logs["syslog"] = e.logs["mail.log"] + e.logs.get("auth.log", [])


def carriage_returns(e):
    e.rewrite(lambda line: line + "\r")


def scanned(e):
    """Days of guessing by strangers at real and invented names, all in vain."""
    people = sorted({m["account"].split("@")[0] for m in e.store})
    names = people + ["admin", "test", "info", "contact", "root", "scan", "backup", "webmaster"]
    first = datetime(2026, 3, 12, tzinfo=timezone.utc)
    noise = []
    for n in range(3000):
        when = first + timedelta(seconds=e.random.uniform(0, 6 * 86400 - 7200))
        source = f"{e.random.randrange(60, 95)}.{e.random.randrange(250)}.{e.random.randrange(250)}.{e.random.randrange(1, 250)}"
        usec = int(when.timestamp() * 1e6) - 2_000_000
        session = base64.b64encode(usec.to_bytes(8, "little")[:6] + b"\x00\xc0" +
                                   ipaddress.ip_address(source).packed).decode()
        local = when.astimezone(ZoneInfo(ZONE)).isoformat(timespec="microseconds")
        noise.append(f"{local} mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
                     f"user=<{e.random.choice(names)}@{DOMAIN}>, method=PLAIN, rip={source}, lip={HOST}, session=<{session}>")
    e.logs["mail.log"] = sorted(e.logs["mail.log"] + noise, key=lambda line: line[:26])


def beside_mail_host(e):
    """The webmail host has an address beside the mail host's, and little is known of the days before."""
    days_before(2)(e)
    web_host(e)
    e.rewrite(lambda line: SESSION.sub(lambda m: session_id(m[0], lambda a: "192.0.2.27" if a == "10.0.0.5" else None),
                                       line.replace("10.0.0.5", "192.0.2.27").replace("lip=10.0.0.4", f"lip={HOST}")),
              "mail.log")
    no_networks(e)


# --- the table --------------------------------------------------------------------------------------

# The changes rewrite lines of Dovecot's hosts, and of Courier's.
STOCK = tuple(sorted(p.name for p in RECORDINGS.glob("*-stock") if not p.name.startswith("exim-")))
DATED = tuple(name for name in STOCK if not name.startswith("low-and-slow"))       # that one begins on the first day
FEW = ("low-and-slow-stock", "spray-imap-rich", "stolen-password-webmail-stock", "script-attack-stock",
       "server-shell-stock", "pop3-pull-rich", "traveller-stock", "office-nat-stock")
WEBMAIL = ("stolen-password-webmail-nologins-stock", "stolen-password-webmail-stock", "stolen-password-webmail-rich",
           "script-attack-stock", "script-attack-rich", "send-exfil-stock", "server-shell-stock", "traveller-stock",
           "mistyped-stock", "office-nat-rich")
BY_NETWORK = tuple(name for name in STOCK if name.split("-stock")[0] in (
    "courier-pop3-pull", "courier-send-exfil", "courier-spray-imap", "horde-pull", "horde-stolen-password",
    "sogo-export-and-send", "sogo-spray-imap", "sogo-spray-webmail", "sogo-stolen-password-webmail",
    "low-and-slow", "pop3-pull", "send-exfil", "spray-imap", "stolen-password-webmail-nologins",
    "stolen-password-webmail"))
SENDS = ("courier-send-exfil-stock", "horde-stolen-password-stock", "send-exfil-stock")
BY_WEB = ("horde-pull-stock", "horde-stolen-password-stock", "script-attack-stock",
          "stolen-password-webmail-nologins-stock", "stolen-password-webmail-stock")

# on: the recordings; blind: those in which the evidence left cannot show it, whose report must only be never false
Variant = namedtuple("Variant", "change on blind", defaults=(STOCK, ()))
VARIANTS = {
    "no networks": Variant(no_networks),
    "no mail store": Variant(no_store),
    "neither": Variant(bare, FEW),
    "syslog without year": Variant(syslog_without_year),
    "syslog without year, time of change wrong": Variant(syslog_wrong_mtime, FEW),
    "RFC 5424": Variant(syslog_rfc5424, FEW),
    "journald JSON": Variant(journal_json, FEW),
    "words of Dovecot 2.4": Variant(dovecot_24),
    "names in upper case": Variant(upper_case),
    "names without domain": Variant(without_domain),
    "tar.gz": Variant(packed_tar, FEW),
    "zip": Variant(packed_zip, FEW),
    "renamed": Variant(renamed, FEW),
    "rotated at odd places": Variant(split_oddly, FEW),
    "rotated at odd places, without year": Variant(split_without_year, FEW),
    "two hosts": Variant(two_hosts, FEW),
    "webmail on its own host": Variant(web_host, WEBMAIL),
    "webmail on its own host, nothing known": Variant(web_host_bare, WEBMAIL),
    "webmail on its own host, no sign-in log": Variant(web_host_no_userlogins, WEBMAIL),
    "webmail beside the mail host": Variant(beside_mail_host, WEBMAIL),
    "no sign-in log": Variant(no_userlogins, WEBMAIL),
    "no sign-in log, no networks": Variant(no_userlogins_no_networks, WEBMAIL),
    # what a browser did is in the web server's log alone
    "no access log": Variant(no_access_log, STOCK, BY_WEB),
    # a place that is one day's news may be the owner's home, for all the records tell
    "one day before": Variant(days_before(1), DATED, SENDS),
    "one day before, no networks": Variant(days_before_bare(1), DATED, SENDS),
    "two days before": Variant(days_before(2), DATED),
    "two days before, no networks": Variant(days_before_bare(2), DATED),
    "three days before, no networks": Variant(days_before_bare(3), DATED),
    # everybody is everybody's neighbour: only what does not depend on networks can be seen
    "everybody in one network": Variant(one_network, STOCK, BY_NETWORK),
    "all strangers in one network": Variant(strangers_together),
    # who first uses his own line today, and takes a folder whole, does what an intruder does
    "everybody in a network of his own": Variant(
        real_world, tuple(name for name in STOCK if not name.endswith(("-keep-a-copy-stock", "-holiday-stock")))),
    "IPv6": Variant(all_ipv6),
    "lines out of order": Variant(jitter),
    "lines twice": Variant(duplicated),
    "syslog and mail.log": Variant(syslog_too, FEW),
    "CRLF": Variant(carriage_returns, FEW),
    "scanned for days": Variant(scanned),
}
