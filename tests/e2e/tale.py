"""A mail host that a seed makes up: people, days of honest work, perhaps a break-in, and the truth about it.

A Place is who works there and what lies in the mailboxes; a Tale writes down what happens, as a host with such
settings would have logged it.  Nothing is of a recording: names, sizes, times, zones and settings are drawn by lot.
"""

import base64
import gzip
import ipaddress
import json
import os
import random
import tarfile
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
FIRST = ["ada", "bjorn", "carla", "dmitri", "esra", "fatou", "gaston", "hanna", "ivo", "jette", "karim", "ludwig", "minh", "nora",
         "oscar", "petra", "quentin", "rosa", "sven", "tuan", "ursula", "viktor", "wim", "xenia", "yann", "zoe"]
LAST = ["albrecht", "bakker", "cortez", "dubois", "engel", "fischer", "garnier", "huang", "ito", "jansen", "kowalski", "lind"]
ZONES = ["Europe/Paris", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
         "Asia/Ho_Chi_Minh", "Australia/Adelaide", "Pacific/Auckland", "UTC"]
AGENTS = [f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36"
          for system in ("Windows NT 10.0; Win64; x64", "X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7")
          for n in (140, 141, 142)]
ODD_AGENTS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
              "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"]
DELIVERED = ("dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4F1)", "dsn=2.0.0, status=sent (250 2.0.0 <{0}> xyz Saved)")


class Place:
    """Who works where, and what lies in the mailboxes."""

    def __init__(self, lot):
        self.lot, self.taken = lot, set()
        self.domain = lot.choice(["stadt.example", "mairie-nord.example", "council.example", "bo-noi-vu.example"])
        names = [f"{a}.{b}" for a in FIRST for b in LAST]
        self.people = lot.sample(names, lot.randrange(12, 24))
        self.office = [self.network() for _ in range(lot.randrange(1, 3))]
        self.offices = {p: lot.choice(self.office) for p in self.people}
        self.homes = {p: self.network(lot.random() < 0.2) for p in self.people}
        self.agents = {p: lot.choice(AGENTS) for p in self.people}
        self.mobile = self.network()
        self.phones = {p: lot.random() < 0.4 for p in self.people}
        self.webmail_users = {p for p in self.people if lot.random() < 0.4}
        self.partners = [f"{w}.example" for w in lot.sample(["firma", "notaire", "presse", "verein", "fournisseur", "kanzlei"], 4)]
        self.server = self.network()

    def network(self, six=False):
        """An address in a network of its own."""
        while True:
            if six:
                ip = f"2a0{self.lot.randrange(1, 9)}:{self.lot.randrange(1, 65535):x}:{self.lot.randrange(1, 65535):x}::{self.lot.randrange(1, 65535):x}"
                key = ip.split("::")[0]
            else:
                a, b, c = self.lot.randrange(77, 126), self.lot.randrange(256), self.lot.randrange(256)
                ip, key = f"{a}.{b}.{c}.{self.lot.randrange(1, 255)}", (a, b)
            if key not in self.taken:
                self.taken.add(key)
                return str(ipaddress.ip_address(ip))

    def fill(self, begin, end):
        """Messages by account: those that lie there when the records begin, and those that come meanwhile."""
        self.mails = {}
        for person in self.people:
            count = self.lot.randrange(15, 60)
            days = (end - begin) / timedelta(days=1)
            times = sorted([begin - timedelta(days=self.lot.uniform(1, 60)) for _ in range(count)] +
                           [begin + timedelta(days=self.lot.uniform(0, days)) for _ in range(int(days * 3))])
            self.mails[person] = []
            uids = {"INBOX": 0, "Archive": 0}
            for when in times:
                old = when < begin - timedelta(days=20)
                folder = "Archive" if old and self.lot.random() < 0.5 else "INBOX"
                uids[folder] += 1 if self.lot.random() < 0.93 else 2
                self.mails[person].append(self.mail(person, folder, uids[folder], when))

    def mail(self, person, folder, uid, when):
        text = self.lot.randrange(150, 4000)
        file = self.lot.randrange(4000, 150000) if self.lot.random() < 0.35 else 0
        size = text + file * 137 // 100 + self.lot.randrange(600, 1500)
        unique = f"{self.lot.getrandbits(64):016x}"
        return {"account": person, "folder": folder, "uidvalidity": 7, "uid": uid, "size": size, "when": when,
                "message_id": f"<{unique}@{self.lot.choice(self.partners)}>", "subject": f"Note {unique[:4]}",
                "parts": [{"part": "1", "type": "text/plain", "size": text}] +
                ([{"part": "2", "type": "application/pdf", "name": f"{unique[:5]}.pdf", "size": file}] if file else []),
                "file": f"/var/vmail/{self.domain}/{person}/Maildir/{'.Archive/' if folder == 'Archive' else ''}cur/"
                        f"{int(when.timestamp())}.M{self.lot.randrange(10 ** 6)}P{self.lot.randrange(200, 999)}.mail,S={size - 40},W={size}:2,S"}


class Settings:
    """How the host is set up and what of its evidence is at hand; `plain` as Debian ships it."""

    def __init__(self, lot):
        pick = lot.choice
        self.zone = pick(ZONES)
        self.rich = lot.random() < 0.4
        self.days = pick([1, 2, 3, 4, 6, 9])
        self.syslog = pick(["iso", "iso", "traditional", "rfc5424", "journal"])
        self.dovecot_file = lot.random() < 0.15
        self.new_words = lot.random() < 0.25
        self.verbose = pick([None, None, "passwd-file", "sql"])
        self.elements = pick(["plain", "plain", "cipher", "no mpid", "no session", "other order"])
        self.prefix = pick(["plain", "plain", "plain", "old"])
        self.ends = pick(["counts"] * 6 + ["bytes"])
        self.mail_log = lot.random() < 0.2
        self.log_logins = lot.random() < 0.6
        self.roundcube = pick(["file", "file", "syslog"])
        self.web = pick(["combined", "combined", "vhost", "timed"])
        self.path = pick(["/", "/", "/roundcube/", "/mail/index.php"])
        self.web_host = lot.random() < 0.2
        self.networks = lot.random() < 0.4
        self.store = pick([None, "catalogue", "catalogue"])
        self.files = pick(["plain", "plain", "daily", "daily gz", "tar"])
        self.bare_names = lot.random() < 0.15
        self.missing = pick([None] * 8 + ["access.log", "userlogins.log", "auth.log"])
        self.audit = lot.random() < 0.7

    def __str__(self):
        return " ".join(f"{k}={v}" for k, v in vars(self).items())


class Tale:
    def __init__(self, seed, kind):
        self.lot = random.Random(f"{seed} {kind}")
        self.set, self.kind = Settings(self.lot), kind
        self.place = Place(self.lot)
        self.zone = ZoneInfo(self.set.zone)
        self.rows, self.serial = {}, 0
        self.tag = self.lot.randrange(300, 30000)
        day = self.lot.choice([(2025, 6, 18), (2026, 3, 17), (2026, 3, 29), (2025, 10, 26), (2026, 1, 1), (2026, 1, 2), (2025, 12, 31),
                               (2026, 2, 4), (2025, 11, 2), (2026, 5, 21)])
        self.day = datetime(*day, tzinfo=self.zone)                  # of the attack
        self.begin = self.day - timedelta(days=self.set.days)
        self.end = self.day + timedelta(days=1)
        self.place.fill(self.begin, self.end)
        self.web_ip = "127.0.0.1" if not self.set.web_host else "10.20.0.7"
        self.truth = {"scenario": kind, "level": "rich" if self.set.rich else "stock", "benign": True, "accounts": [], "sources": [],
                      "opened": [], "listed": [], "changes": [], "sent": []}
        self.learnt, self.cut, self.countries = {}, [], {}

    # --- words -----------------------------------------------------------------------------------

    def name(self, person):
        return person if self.set.bare_names else f"{person}@{self.place.domain}"

    def mails(self, person, when, folder=None):
        return [m for m in self.place.mails[person] if m["when"] < when - timedelta(seconds=90) and folder in (None, m["folder"])]

    def at(self, hour, day=0):
        """A moment of the attack's day, or so many days from it, by the clock on the wall."""
        base = datetime(self.day.year, self.day.month, self.day.day, tzinfo=self.zone) + timedelta(days=day)
        return (base + timedelta(hours=hour)).astimezone(UTC)

    def put(self, log, when, text, ident=None, pid=None):
        self.serial += 1
        self.rows.setdefault(log, []).append((when.astimezone(UTC), self.serial, ident, pid, text))

    def pid(self):
        self.tag = self.tag + self.lot.randrange(1, 9) if self.tag < 4000000 else 300
        return self.tag

    def postfix(self, when, daemon, text):
        self.put("mail.log", when, text, f"postfix/{daemon}", 100 + self.serial % 400)

    def dovecot(self, when, text, priority="Info"):
        if self.set.dovecot_file:
            head, rest = text.split(": ", 1)
            self.put("dovecot.log", when, f"{head}: {priority}: {rest}")
        else:
            self.put("mail.log", when, text, "dovecot")

    def exported(self, when, name, session, person, source, more):
        if not self.set.rich:
            return
        stamp = lambda t: t.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        fields = {"user": self.name(person), "local_ip": self.lip(source), "remote_ip": source, "session": session, **more}
        if "pop3" in str(more.get("reason_code")):
            for key in ("local_ip", "remote_ip"):
                fields.pop(key)
        self.dovecot(when, "stats: " + json.dumps({
            "event": name, "hostname": "mx1", "start_time": stamp(when - timedelta(milliseconds=3)),
            "end_time": stamp(when - timedelta(milliseconds=1)), "categories": ["storage", "mailbox", "mail"], "fields": fields},
            separators=(",", ":")))

    def lip(self, source):
        return "127.0.0.1" if source == "127.0.0.1" else self.place.server

    def session_id(self, when, source):
        raw = int(when.timestamp() * 1e6).to_bytes(8, "little")[:6] + self.lot.randrange(20000, 65000).to_bytes(2, "little")
        return base64.b64encode(raw + ipaddress.ip_address(source).packed).decode().rstrip("=")

    def elements(self, user, source, session, pid, method="PLAIN"):
        safe = "secured" if source == "127.0.0.1" else "TLS"
        if self.set.elements == "cipher" and safe == "TLS":
            safe = "TLS, TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
        parts = {"user": f"user=<{user}>", "method": f"method={method}", "rip": f"rip={source}", "lip": f"lip={self.lip(source)}",
                 "mpid": f"mpid={pid}" if pid else None, "safe": safe, "session": f"session=<{session}>"}
        order = {"no mpid": ["user", "method", "rip", "lip", "safe", "session"],
                 "no session": ["user", "method", "rip", "lip", "mpid", "safe"],
                 "other order": ["session", "user", "method", "rip", "lip", "safe", "mpid"]}.get(self.set.elements, list(parts))
        return ", ".join(parts[key] for key in order if parts[key])

    # --- what daemons write ----------------------------------------------------------------------------

    def let_in(self, when, person, source, service="imap"):
        pid, session = self.pid(), self.session_id(when - timedelta(milliseconds=self.lot.randrange(20, 90)), source)
        word = "Logged in" if self.set.new_words else "Login"
        self.exported(when - timedelta(milliseconds=5), "auth_request_finished", session, person, source,
                      {"success": "yes", "mechanism": "PLAIN", "service": service})
        self.dovecot(when, f"{service}-login: {word}: {self.elements(self.name(person), source, session, pid)}")
        return pid, session

    def prefix(self, service, person, pid, session):
        return f"{service}({self.name(person)})" + ("" if self.set.prefix == "old" else f"<{pid}><{session}>")

    def fail(self, when, person, source, service="imap"):
        """Refused at `when`; the line is written two seconds later, when the client leaves."""
        user, session = self.name(person), self.session_id(when, source)
        if self.set.verbose == "passwd-file":
            text = (f"auth({user},{source},sasl:plain)<{session}>: passwd-file: Password mismatch" if self.set.new_words
                    else f"auth: passwd-file({user},{source},<{session}>): Password mismatch")
            self.dovecot(when + timedelta(milliseconds=80), text)
        elif self.set.verbose == "sql":
            self.dovecot(when + timedelta(milliseconds=80), f"auth-worker(812): conn unix:auth-worker (pid=811,uid=107): "
                         f"auth-worker<{self.serial}>: sql({user},{source},<{session}>): Password mismatch")
        why = "Connection closed (auth failed, 1 attempts in 2 secs)"
        head = f"Login aborted: {why} (auth_failed)" if self.set.new_words else f"Disconnected: {why}"
        self.dovecot(when + timedelta(seconds=2, milliseconds=self.lot.randrange(5, 150)),
                     f"{service}-login: {head}: {self.elements(user, source, session, None)}")

    def ended(self, when, person, pid, session, out, headers, bodies, body_bytes):
        counts = f"in={self.lot.randrange(40, 900)} out={out}"
        if self.set.ends == "counts":
            counts += (f" deleted=0 expunged=0 trashed=0 hdr_count={headers} hdr_bytes={headers * 250} "
                       f"body_count={bodies} body_bytes={body_bytes}")
        self.dovecot(when, f"{self.prefix('imap', person, pid, session)}: Disconnected: Logged out {counts}")

    def imap(self, when, person, source, read=(), listed=(), pace=0.004, part=None):
        """One session that fetches these messages, whole or one part of each; returns when each was read."""
        pid, session = self.let_in(when, person, source)
        now, times = when + timedelta(milliseconds=40), []
        if listed:
            for m in listed:
                now += timedelta(milliseconds=1)
                self.exported(now, "mail_opened", session, person, source,
                              {"reason_code": ["imap:cmd_uid_fetch", "imap:fetch_header_fields"], "mailbox": m["folder"], "uid": m["uid"]})
        for m in read:
            now += timedelta(seconds=pace * self.lot.uniform(0.5, 1.5))
            times.append(now)
            what = f"BINARY.PEEK[{part}]" if part else "BODY.PEEK[]"
            self.exported(now, "mail_opened", session, person, source,
                          {"reason_code": ["imap:cmd_uid_fetch", "imap:fetch_body"], "mailbox": m["folder"], "uid": m["uid"]})
            self.exported(now, "imap_command_finished", session, person, source,
                          {"cmd_name": "UID FETCH", "cmd_input_name": "UID FETCH", "cmd_args": f"{m['uid']} ({what})",
                           "mailbox": m["folder"], "tagged_reply_state": "OK", "bytes_out": m["size"]})
        size = lambda m: m["size"] if not part else next(p["size"] for p in m["parts"] if p["part"] == part)
        total = sum(size(m) for m in read)
        end = now + timedelta(milliseconds=self.lot.randrange(5, 60))
        self.ended(end, person, pid, session, 700 + total + 250 * len(listed) + 30 * len(read), len(listed), len(read), total)
        return times, end

    def pop3(self, when, person, source, read, count):
        pid, session = self.let_in(when, person, source, "pop3")
        now, times = when + timedelta(milliseconds=30), []
        for n, m in enumerate(read, 1):
            now += timedelta(milliseconds=self.lot.uniform(1, 40))
            times.append(now)
            self.exported(now, "mail_opened", session, person, source,
                          {"reason_code": ["pop3:cmd_retr"], "mailbox": "INBOX", "seq": n, "uid": m["uid"]})
        size = sum(m["size"] + len(f"+OK {m['size']} octets\r\n") for m in read)
        self.dovecot(now + timedelta(milliseconds=20), f"{self.prefix('pop3', person, pid, session)}: Disconnected: Logged out top=0/0, "
                     f"retr={len(read)}/{size}, del=0/{count}, size={sum(m['size'] for m in self.mails(person, when, 'INBOX'))}")
        return times

    def deliver(self, person, mail):
        when, queue = mail["when"], f"{self.lot.getrandbits(40):010X}"
        sender, tag = f"service@{self.lot.choice(self.place.partners)}", self.serial % 97
        self.postfix(when, "smtpd", f"{queue}: client=mx.{sender.split('@')[1]}[198.18.7.{tag + 1}]")
        self.postfix(when, "cleanup", f"{queue}: message-id={mail['message_id']}")
        self.postfix(when, "qmgr", f"{queue}: from=<{sender}>, size={mail['size'] - 200}, nrcpt=1 (queue active)")
        pid = self.pid()
        head = f"lmtp({self.name(person)})<{pid}><{self.lot.getrandbits(60):x}>"
        for target, since in self.learnt.get(person, ()):
            if when > since:
                self.dovecot(when, f"{head}: sieve: msgid={mail['message_id']}: redirect action: forwarded to <{target}>")
                out = f"{self.lot.getrandbits(40):010X}"
                self.postfix(when, "pickup", f"{out}: uid=5000 from=<{sender}>")
                self.postfix(when, "cleanup", f"{out}: message-id={mail['message_id']}")
                self.postfix(when, "qmgr", f"{out}: from=<{sender}>, size={mail['size']}, nrcpt=1 (queue active)")
                self.postfix(when + timedelta(seconds=1), "smtp", f"{out}: to=<{target}>, relay=mx.{target.split('@')[1]}[198.18.9.9]:25, "
                             f"delay=0.5, delays=0.1/0/0.1/0.3, {DELIVERED[0]}")
        self.dovecot(when, f"{head}: sieve: msgid={mail['message_id']}: stored mail into mailbox 'INBOX'" if person in self.learnt
                     else f"{head}: msgid={mail['message_id']}: saved mail to INBOX")
        self.postfix(when, "lmtp", f"{queue}: to=<{person}@{self.place.domain}>, relay=mx1[private/dovecot-lmtp], delay=0.1, "
                     f"delays=0/0/0/0.1, {DELIVERED[1].format(person)}")
        self.postfix(when, "qmgr", f"{queue}: removed")

    def send(self, when, person, source, size, *to):
        queue, message = f"{self.lot.getrandbits(40):010X}", f"<{self.lot.getrandbits(64):x}@{self.place.domain}>"
        self.postfix(when, "submission/smtpd", f"connect from unknown[{source}]")
        self.postfix(when, "submission/smtpd", f"{queue}: client=unknown[{source}], sasl_method=PLAIN, sasl_username={self.name(person)}")
        self.postfix(when, "cleanup", f"{queue}: message-id={message}")
        self.postfix(when, "qmgr", f"{queue}: from=<{person}@{self.place.domain}>, size={size}, nrcpt={len(to)} (queue active)")
        for address in to:
            ours = address.endswith("@" + self.place.domain)
            relay, how = (("mx1[private/dovecot-lmtp]", DELIVERED[1].format(address)) if ours
                          else (f"mx.{address.split('@')[1]}[198.18.8.8]:25", DELIVERED[0]))
            self.postfix(when + timedelta(milliseconds=400), "lmtp" if ours else "smtp",
                         f"{queue}: to=<{address}>, relay={relay}, delay=0.4, delays=0.1/0/0.1/0.2, {how}")
        self.postfix(when + timedelta(milliseconds=500), "qmgr", f"{queue}: removed")
        self.postfix(when + timedelta(milliseconds=520), "submission/smtpd",
                     f"disconnect from unknown[{source}] ehlo=2 starttls=1 auth=1 mail=1 rcpt={len(to)} data=1 quit=1 commands=8")
        return message

    # --- webmail ---------------------------------------------------------------------------------------

    def web(self, when, source, agent, request, status=200, size=9000):
        method, _, query = request.partition(" ")
        local = when.astimezone(self.zone)
        line = f'{source} - - [{local:%d/%b/%Y:%H:%M:%S %z}] "{method} {self.set.path}{query} HTTP/1.1" {status} {size} "-" "{agent}"'
        line = {"vhost": f"webmail.{self.place.domain}:443 {line}", "timed": f"{line} 0.{self.serial % 900 + 100}"}.get(self.set.web, line)
        self.put("access.log", when, line)

    def through_web(self, when, person, **what):
        return self.imap(when - timedelta(milliseconds=120), person, self.web_ip, **what)

    def roundcube(self, when, text):
        session = f"{self.lot.getrandbits(48):012x}"
        text = f"<{session[:8]}> {text} in session {session}"
        if self.set.roundcube == "syslog":
            self.put("web.log", when, text, "roundcube", 77)
        else:
            self.put("userlogins.log", when, f"[{when.astimezone(UTC):%d-%b-%Y %H:%M:%S +0000}]: {text}")

    def web_sign_in(self, when, person, source, agent):
        """The page, then the sign-in nine seconds later; returns when it is over."""
        self.web(when, source, agent, "GET ", size=5861)
        when += timedelta(seconds=9)
        self.through_web(when, person)
        self.web(when, source, agent, "POST ?_task=login", 302, 5)
        if self.set.log_logins:
            self.roundcube(when, f"Successful login for {self.name(person)} (ID: 4) from {source}")
        self.web(when, source, agent, "GET ?_task=mail&_token=abcdefgh", size=39000)
        box = self.mails(person, when, "INBOX")[-40:]
        self.through_web(when, person, listed=box)
        self.web(when, source, agent, "GET ?_task=mail&_action=list&_mbox=INBOX&_page=&_remote=1")
        return when, box

    def web_show(self, when, person, source, agent, mail, preview=False):
        self.through_web(when, person, read=[mail], part="1")
        action = "_framed=1&_action=preview" if preview else "_action=show"
        self.web(when, source, agent, f"GET ?_task=mail&_mbox={mail['folder']}&_uid={mail['uid']}&{action}", size=24000)

    def web_get(self, when, person, source, agent, mail):
        self.through_web(when, person, read=[mail], part="2")
        self.web(when, source, agent, f"GET ?_task=mail&_action=get&_mbox={mail['folder']}&_uid={mail['uid']}&_part=2&_token=abc&_download=1",
                 size=mail["parts"][1]["size"] + 20)

    def web_filter(self, when, person, source, agent):
        self.web(when - timedelta(seconds=9), source, agent, "GET ?_task=settings&_action=plugin.managesieve")
        pid, session = self.let_in(when - timedelta(milliseconds=200), person, self.web_ip, "managesieve")
        self.dovecot(when - timedelta(milliseconds=50),
                     f"{self.prefix('managesieve', person, pid, session)}: Disconnected: Logged out bytes=184/544")
        self.web(when, source, agent, "POST ?_task=settings&_action=plugin.managesieve-save")

    def ssh(self, when, user, source):
        pid = self.pid()
        self.put("auth.log", when, f"Accepted publickey for {user} from {source} port 50022 ssh2: RSA SHA256:abc", "sshd", pid)
        self.put("auth.log", when, f"pam_unix(sshd:session): session opened for user {user}(uid=1001) by (uid=0)", "sshd", pid)

    def sudo(self, when, user, command):
        self.put("auth.log", when, f"{user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}", "sudo")

    def audited(self, when, exe, path):
        self.serial += 1
        stamp = f"audit({when.timestamp():.3f}:{self.serial})"
        self.put("audit.log", when, f'type=SYSCALL msg={stamp}: arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c items=1 ppid=3 pid=4 '
                 f'auid=1001 uid=0 gid=0 euid=0 ses=9 comm="x" exe="{exe}" key="mailstore"')
        self.put("audit.log", when, f'type=PATH msg={stamp}: item=0 name="{path}" inode=12 dev=00:30 mode=0100600 ouid=5000 ogid=5000 '
                                    f'nametype=NORMAL')

    # --- honest days ----------------------------------------------------------------------------------

    def tell(self, deed):
        """What was done first: a filter forwards what is delivered from then on."""
        deed(self)
        self.usual_days()
        for cut in self.cut:
            for log in ("mail.log", "dovecot.log"):
                self.rows[log] = [row for row in self.rows.get(log, []) if not cut[0] <= row[0] <= cut[1]]

    def usual_days(self):
        for person in self.place.people:
            for mail in self.place.mails[person]:
                if self.begin <= mail["when"] <= self.end:
                    self.deliver(person, mail)
            for day in range(-self.set.days, 1):
                if day and self.set.days > 1 and self.lot.random() < 0.1:
                    continue                                             # a day off
                self.usual_day(person, day)
        for day in range(-self.set.days, 1):
            self.ssh(self.at(8.2, day), "chef", self.place.office[0])
            self.sudo(self.at(8.21, day), "chef", "/usr/bin/systemctl status dovecot")

    def usual_day(self, person, day):
        lot, p = self.lot, self.place
        morning, evening = lot.uniform(7.5, 9.5), lot.uniform(18.5, 22)
        for hour, source in ((morning, p.offices[person]), (morning + 4, p.offices[person]), (evening, p.homes[person])):
            when = self.at(hour, day)
            fresh = [m for m in self.mails(person, when, "INBOX") if m["when"] > when - timedelta(hours=12)]
            self.imap(when, person, source, fresh[-8:], fresh[-20:], pace=1.5)
        if p.phones[person]:
            when = self.at(lot.uniform(6, 7.4), day)
            self.imap(when, person, p.mobile, self.mails(person, when, "INBOX")[-2:])
        if person in p.webmail_users and lot.random() < 0.7:
            self.web_visit(self.at(lot.uniform(10, 17), day), person, p.offices[person], p.agents[person], lot.randrange(1, 5))
        if lot.random() < 0.4:
            self.send(self.at(lot.uniform(9, 17), day), person, p.offices[person], lot.randrange(1500, 90000),
                      f"contact@{lot.choice(p.partners)}")
        if lot.random() < 0.05:
            self.fail(self.at(morning - 0.05, day), person, p.offices[person])

    def web_visit(self, when, person, source, agent, count):
        now, box = self.web_sign_in(when, person, source, agent)
        for mail in self.lot.sample(box, min(count, len(box))):
            now += timedelta(seconds=self.lot.uniform(15, 90))
            self.web_show(now, person, source, agent, mail, preview=True)
        return now

    # --- truth ----------------------------------------------------------------------------------------

    def opened(self, person, mail, kind, how, when):
        self.truth["opened"].append({"account": self.name(person), "folder": mail["folder"], "uid": mail["uid"], "kind": kind, "how": how,
                                     "time": stamp(when), "message_id": mail["message_id"], "bytes": mail["size"],
                                     **({"part": "2"} if kind == "attachment" else {})})

    def guilty(self, method, person, source, first, entry, *others):
        named = person if method == "server-shell" else self.name(person)
        self.truth.update(benign=False, entry={"method": method, "account": named, "source_ip": source, "time": stamp(entry)},
                          first_malicious=stamp(first), sources=[source, *others])
        if method != "server-shell":
            self.truth["accounts"].append(named)

    # --- on disk ---------------------------------------------------------------------------------------

    def write(self, folder):
        """Lays everything down; the arguments of tocsin scan, paths of logs last."""
        (folder / "truth.json").write_text(json.dumps(self.truth))
        with gzip.open(folder / "catalogue.jsonl.gz", "wt", compresslevel=1) as out:
            for mails in self.place.mails.values():
                for m in mails:
                    if m["when"] <= self.end:
                        out.write(json.dumps({**{k: v for k, v in m.items() if k != "when"}, "account": self.name(m["account"]),
                                              "delivered": stamp(m["when"])}) + "\n")
        logs = folder / "logs"
        logs.mkdir()
        for name, rows in self.rows.items():
            if name != self.set.missing:
                self.write_log(logs, name, sorted(rows, key=lambda r: r[:2]))
        paths = sorted(logs.iterdir())
        if self.set.files == "tar":
            with tarfile.open(folder / "evidence.tar.gz", "w:gz", compresslevel=1) as out:
                for path in paths:
                    out.add(path, f"var/log/{path.name}")
            paths = [folder / "evidence.tar.gz"]
        arguments = ["--timezone", self.set.zone]
        if self.set.store:
            arguments += ["--mail-store", folder / "catalogue.jsonl.gz"]
        if self.set.networks:
            (folder / "networks.yaml").write_text(self.networks())
            arguments += ["--networks", folder / "networks.yaml"]
        return arguments, paths

    def networks(self):
        rows = [("127.0.0.0/8", "this host", "true")]
        rows += [(ip + ("/128" if ":" in ip else "/32"), "office", "true") for ip in self.place.office]
        rows += [(ip + ("/128" if ":" in ip else "/32"), "abroad", f"false, country: {country}") for ip, country in self.countries.items()]
        return "networks:\n" + "".join(f'  - {{ cidr: "{c}", name: "{n}", trusted: {t} }}\n' for c, n, t in rows)

    def write_log(self, logs, name, rows):
        text = [(when, self.render(name, when, ident, pid, words)) for when, _, ident, pid, words in rows]
        midnight = self.at(0)
        pieces = [(name, text)]
        if self.set.files.startswith("daily"):
            pieces = []
            for age in range(self.set.days + 1):
                day = [t for t in text if self.at(0, -age) <= t[0] < (self.at(0, 1 - age) if age else self.end + timedelta(days=9))]
                pieces.append((name + (f".{age}" if age else ""), day))
        for piece, lines in pieces:
            if not lines:
                continue
            data = ("\n".join(line for _, line in lines) + "\n").encode()
            path = logs / piece
            if self.set.files == "daily gz" and piece != name and not piece.endswith(".1"):
                path = path.with_name(piece + ".gz")
                data = gzip.compress(data, 1)
            path.write_bytes(data)
            os.utime(path, (lines[-1][0].timestamp() + 60,) * 2)

    def render(self, name, when, ident, pid, text):
        local = when.astimezone(self.zone)
        if name == "dovecot.log":
            return f"{local:%b %d %H:%M:%S} {text}"
        if ident is None:
            return text
        head = f"{ident}[{pid}]" if pid else ident
        if self.set.syslog == "traditional":
            return f"{local:%b} {local.day:2} {local:%H:%M:%S} mx1 {head}: {text}"
        if self.set.syslog == "rfc5424":
            return f"<22>1 {local.isoformat(timespec='microseconds')} mx1 {ident} {pid or '-'} - - {text}"
        if self.set.syslog == "journal":
            row = {"__REALTIME_TIMESTAMP": str(int(when.timestamp() * 1e6)), "_HOSTNAME": "mx1", "SYSLOG_IDENTIFIER": ident,
                   "_TRANSPORT": "syslog", "PRIORITY": "6", "MESSAGE": text}
            return json.dumps(row | ({"SYSLOG_PID": str(pid)} if pid else {}))
        return f"{local.isoformat(timespec='microseconds')} mx1 {head}: {text}"


def stamp(when):
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
