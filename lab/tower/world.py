"""Everything an activity needs at hand, and the activities of honest people."""

import base64
import hashlib
import json
import random
import subprocess

from tower import clients, letters
from tower.people import DOMAIN, PARTNERS, SEED, population

STRANGERS = ["Secrétariat", "Agnès Morel", "Olivier Blanc", "Service courrier", "Ruth Becker", "John Carter",
             "Farid Amrani", "Direction générale"]
DESKTOP, PHONE = "Thunderbird", "Courrier mobile"


class World:
    def __init__(self, host, internet, truth=None):
        self.host, self.internet, self.truth = host, internet, truth
        self.clock = host.clock
        self.people = population()
        self.rng = random.Random(SEED)
        self.seen = {}                  # "login device" -> the highest UID it knows
        self.cached = set()             # browsers that hold Roundcube's style and scripts

    # --- remembering between runs ------------------------------------------

    def save(self):
        known = {"seen": self.seen, "cached": sorted(self.cached)}
        (self.host.layer / "known.json").write_text(json.dumps(known))

    def load(self, layer):
        known = json.loads((layer / "known.json").read_text())
        self.seen, self.cached = known["seen"], set(known["cached"])

    def write_accounts(self):
        """The user files of Dovecot and Postfix."""
        users, boxes = [], []
        for person in self.people.values():
            salt = hashlib.sha256(person.login.encode()).digest()[:8]
            digest = hashlib.sha512(person.password.encode() + salt).digest() + salt
            users.append(f"{person.address}:{{SSHA512}}{base64.b64encode(digest).decode()}")
            boxes.append(f"{person.address} {person.login}")
        self.host.path("/etc/dovecot/users").write_text("\n".join(users) + "\n")
        self.host.path("/etc/postfix/mailboxes").write_text("\n".join(boxes) + "\n")
        self.host.path("/etc/postfix/aliases").write_text(f"postmaster@{DOMAIN} d.blanchard@{DOMAIN}\n")

    def colleague(self, other_than):
        return self.rng.choice([p for p in self.people.values() if p is not other_than])

    # --- mail from outside --------------------------------------------------

    def inbound(self, person, secret=False, count=1):
        domain = self.rng.choice(list(PARTNERS)[:6])
        name = self.rng.choice(STRANGERS)
        local = name.translate(str.maketrans("éèç", "eec")).lower().replace(" ", ".")
        batch = []
        for _ in range(count):
            letter = letters.letter(self.rng, self.clock.now(), f"{local}@{domain}", name, [person.address],
                                    secret=secret)
            batch.append(([person.address], letter))
        clients.relay(PARTNERS[domain], f"mx.{domain}", None, batch)

    # --- people at work ------------------------------------------------------

    def check_mail(self, person, source, device=DESKTOP, client=DESKTOP):
        """A mail program looks for news: list what is new, fetch some of it."""
        key = f"{person.login} {client}"
        imap = clients.Imap(source, person.address, person.password, client)
        uids = imap.enter("INBOX", readonly=device != DESKTOP)
        new = [uid for uid in uids if uid > self.seen.get(key, 0)]
        imap.headers(new)
        if device == DESKTOP:
            imap.bodies(new)
            if new:
                imap.uid("STORE", clients.spread(new), "+FLAGS.SILENT", r"(\Seen)")
        else:
            imap.bodies(new[-2:], "BODY.PEEK[1]")
        self.seen[key] = max(uids, default=0)
        imap.logout()

    def sync_everything(self, person, source, client):
        """A new program copies the whole mailbox, folder by folder."""
        imap = clients.Imap(source, person.address, person.password, client)
        for folder in imap.folders():
            uids = imap.enter(folder)
            imap.headers(uids)
            for start in range(0, len(uids), 20):
                imap.bodies(uids[start:start + 20])
            if folder == "INBOX":
                self.seen[f"{person.login} {client}"] = max(uids, default=0)
        imap.logout()

    def poll_pop(self, person, source):
        key = f"{person.login} pop"
        pop = clients.Pop(source, person.address, person.password)
        listing = [line.decode().split() for line in pop.uidl()[1]]
        known = self.seen.get(key, 0)
        for number, _ in listing[known:]:
            pop.retr(int(number))
        self.seen[key] = len(listing)
        pop.quit()

    def write(self, person, source, helo="[192.168.1.20]"):
        """Send one message and keep the copy in Sent."""
        outside = self.rng.random() < 0.35
        to = f"contact@{self.rng.choice(list(PARTNERS)[:6])}" if outside else self.colleague(person).address
        message = letters.letter(self.rng, self.clock.now(), person.address, person.name, [to])
        clients.submit(source, person.address, person.password, message, [to], helo)
        imap = clients.Imap(source, person.address, person.password, DESKTOP)
        imap.append("Sent", r"(\Seen)", None, bytes(message))
        imap.logout()

    def browser(self, person, source, agent=None):
        """Somebody's browser at the webmail's front page."""
        return clients.Webmail(source, agent or person.browser, self.clock.skip, self.cached)

    def webmail(self, person, source, reads=3, fetches=1, sends=False):
        """Somebody reads mail in the browser, at a human's pace."""
        mail = self.browser(person, source)
        mail.sign_in(person.address, person.password)
        top = mail.folder()[:12]
        for uid in self.rng.sample(top, min(reads, len(top))):
            self.clock.skip(self.rng.randrange(5, 60))
            mail.preview(uid)
            if fetches and self.rng.random() < 0.6:
                self.clock.skip(self.rng.randrange(4, 20))
                page = mail.show(uid)
                parts = mail.parts(page)
                if parts:
                    self.clock.skip(self.rng.randrange(4, 20))
                    mail.attachment(uid, parts[0], download=self.rng.random() < 0.5)
                    fetches -= 1
            if self.rng.random() < 0.5:
                self.clock.skip(58)
                mail.heartbeat()
        if sends:
            self.clock.skip(self.rng.randrange(4, 20))
            to = self.colleague(person).address
            mail.send(to, self.rng.choice(letters.TOPICS)[0].format(n=self.rng.randrange(100, 999), day=24),
                      "Bonjour,\n\nBien reçu, merci.\n\nCordialement,\n" + person.name)
        if self.rng.random() < 0.7:
            self.clock.skip(self.rng.randrange(3, 30))
            mail.sign_out()

    def mistype(self, person, source, times=1, where="imap"):
        """The right person, the wrong password."""
        for _ in range(times):
            wrong = person.password[:-1] + self.rng.choice("xyzqw")
            try:
                if where == "webmail":
                    self.browser(person, source).sign_in(person.address, wrong)
                else:
                    clients.Imap(source, person.address, wrong, DESKTOP)
            except clients.Refused:
                self.clock.skip(self.rng.randrange(8, 25))
            else:
                raise RuntimeError("a wrong password was accepted")

    # --- the background of every day -----------------------------------------

    def stray_guess(self, source, login):
        try:
            clients.Imap(source, f"{login}@{DOMAIN}", "123456")
        except clients.Refused:
            pass

    def ssh(self, source, user, password, command):
        """Sign in on the host by ssh and run a command there."""
        askpass = self.host.path("/tmp/askpass")
        askpass.write_text(f"#!/bin/sh\necho '{password}'\n")
        askpass.chmod(0o755)
        return subprocess.run(
            ["/usr/sbin/chroot", str(self.host.root), "ssh", "-q", "-b", source, "-o", "StrictHostKeyChecking=no",
             "-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1",
             f"{user}@{clients.server_for(source)}", command],
            env={"PATH": "/usr/bin:/bin", "SSH_ASKPASS": "/tmp/askpass", "SSH_ASKPASS_REQUIRE": "force",
                 "HOME": "/root", "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace")
