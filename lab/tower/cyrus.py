"""The host with Exim and Cyrus: where its accounts are kept; and what lies in a store that is asked by IMAP."""

import email
import email.policy
import hashlib
import re
from datetime import datetime

from tower import clients, world
from tower.clock import stamp
from tower.people import DOMAIN, MONITOR
from tower.truth import parts_of

ITEMS = "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[])"


class World(world.World):
    def write_accounts(self):
        """Passwords for Exim (a file of its own) and for Cyrus (sasldb)."""
        lines = [f"{p.address}:{{sha1}}{hashlib.sha1(p.password.encode()).hexdigest()}"
                 for p in self.people.values()]
        self.host.path("/etc/exim4/passwd").write_text("\n".join(lines) + "\n")
        self.host.path("/etc/exim4/lab-aliases").write_text(f"postmaster: d.blanchard@{DOMAIN}\n")
        for person in self.people.values():
            self.host.run("saslpasswd2", "-c", "-p", "-u", DOMAIN, person.login, input=person.password.encode())
        self.host.run("sh", "-c", "chown cyrus:sasl /etc/sasldb2; chmod 660 /etc/sasldb2")
        for person in self.people.values():     # the first sign-in makes a mailbox; deliveries at once would race for it
            clients.Imap(person.office, person.address, person.password).logout()


def catalogue(world):
    """Every message of the store, asked of Cyrus once the logs were taken."""
    return [message for person in world.people.values() for message in messages_of(person)]


def messages_of(person):
    imap = clients.Imap(MONITOR, person.address, person.password)
    for folder in imap.folders():
        if not imap.enter(folder):
            continue
        validity = int(imap.response("UIDVALIDITY")[1][0])
        for part in imap.uid("FETCH", "1:*", ITEMS)[1]:
            if isinstance(part, tuple):
                yield entry(person.address, folder, validity, *part)
    imap.logout()


def entry(account, folder, validity, head, raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return {
        "account": account, "folder": folder, "uidvalidity": validity, "uid": number("UID", head),
        "message_id": message["Message-ID"], "subject": message["Subject"],
        "size": number("RFC822.SIZE", head), "lines": raw.count(b"\n"), "delivered": delivered(head), "parts": list(parts_of(message)),
    }


def number(name, head):
    return int(re.search(rf"\b{re.escape(name)} (\d+)".encode(), head)[1])


def delivered(head):
    text = re.search(rb'INTERNALDATE "([^"]+)"', head)[1].decode().strip()
    return stamp(datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z"))
