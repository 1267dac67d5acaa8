"""Ground truth: what the driver itself did, completed from the mail store."""

import email
import email.policy
import json
import re
import subprocess
from datetime import datetime, timezone

from tower.clock import stamp
from tower.people import DOMAIN

STORE = f"/var/vmail/{DOMAIN}"
LISTS = ["opened", "listed", "changes", "sent", "forwarded", "exports", "tampered", "simulated"]


class Truth:
    """The intruder's own notebook; clients' results are entered as they come."""

    def __init__(self, clock, scenario, level, benign, method=None, names=False):
        self.clock = clock
        self.head = {"scenario": scenario, "level": level, "benign": benign, "names": names}
        self.entry = {"method": method} if method else None
        self.times, self.accounts, self.sources = [], [], []
        self.lists = {name: [] for name in LISTS}

    def act(self, source=None):
        """The intruder did something, just now."""
        now = self.clock.now()
        self.times.append(now)
        if source and source not in self.sources:
            self.sources.append(source)
        return stamp(now)

    def inside(self, account, source):
        """A password was accepted."""
        time = self.act(source)
        if account not in self.accounts:
            self.accounts.append(account)
        if self.entry is not None and "account" not in self.entry:
            self.entry |= {"account": account, "source_ip": source, "time": time}

    def opened(self, account, folder, uid, how, part=None, kind="message"):
        note = {"account": account, "folder": folder, "uid": uid, "kind": kind, "how": how}
        note["time"] = self.act()
        if part:
            note["part"] = part
        self.lists["opened"].append(note)

    def listed(self, account, folder, uids, how="listing"):
        time = self.act()
        for uid in uids:
            self.lists["listed"].append({"account": account, "folder": folder, "uid": uid,
                                         "kind": "listing", "how": how, "time": time})

    def note(self, name, **fields):
        self.lists[name].append(fields | {"time": self.act()} if name != "tampered" else fields)

    def pickled(self):
        """The notes so far, for the next run of the same scenario."""
        return {"times": [time.isoformat() for time in self.times], "entry": self.entry,
                "accounts": self.accounts, "sources": self.sources, "lists": self.lists}

    def resume(self, notes):
        self.times = [datetime.fromisoformat(time) for time in notes["times"]]
        self.entry, self.accounts = notes["entry"], notes["accounts"]
        self.sources, self.lists = notes["sources"], notes["lists"]

    def finish(self, catalogue):
        """Complete the notes with what the store says of each message."""
        known = {(m["account"], m["folder"], m["uid"]): m for m in catalogue}
        for note in self.lists["opened"] + self.lists["listed"]:
            message = known[note["account"], note["folder"], note["uid"]]
            note["message_id"] = message["message_id"]
            note["bytes"] = message["size"]
            if "part" in note:
                part = next(p for p in message["parts"] if p["part"] == note["part"])
                note["name"], note["bytes"] = part["name"], part["size"]
        body = dict(self.head)
        if self.entry:
            body["entry"] = self.entry
        if self.times:
            body |= {"first_malicious": stamp(self.times[0]), "last_malicious": stamp(self.times[-1])}
        return body | {"accounts": self.accounts, "sources": self.sources} | self.lists


def parts_of(message, prefix=""):
    """Parts numbered as IMAP numbers them."""
    if not message.is_multipart():
        payload = message.get_payload(decode=True) or b""
        name = message.get_filename()
        yield {"part": prefix or "1", **({"name": name} if name else {}), "type": message.get_content_type(),
               "size": len(payload)}
        return
    for index, child in enumerate(message.get_payload(), 1):
        yield from parts_of(child, f"{prefix}.{index}" if prefix else str(index))


def folders_of(maildir):
    yield "INBOX", maildir
    for path in sorted(maildir.iterdir()):
        if path.name.startswith(".") and (path / "cur").is_dir():
            yield path.name[1:].replace(".", "/"), path


def catalogue(host):
    """Every message of the store, read from the Maildir files themselves."""
    store, messages = host.path(STORE), []
    for home in sorted(store.iterdir()):
        for folder, path in folders_of(home / "Maildir"):
            files = {file.name.split(":")[0]: file
                     for sub in ("cur", "new") for file in (path / sub).iterdir()}
            uidlist = path / "dovecot-uidlist"
            if not uidlist.exists():
                continue
            head, *lines = uidlist.read_text().splitlines()
            validity = int(re.search(r"\bV(\d+)", head)[1])
            for line in lines:
                uid, base = re.match(r"(\d+) [^:]*:(\S+)", line).groups()
                base = base.split(":")[0]
                if base in files:
                    messages.append(entry(home.name, folder, validity, int(uid), files[base], host))
    return messages


def add_secrets(messages, host, program):
    """Where secrets lie, by kind and part, as tocsin itself finds them: it alone looks into mails."""
    done = subprocess.run([program, "catalogue", host.path(STORE).parent], capture_output=True, check=True)
    found = {(m["account"], m["folder"], m["uid"]): m["secrets"]
             for m in map(json.loads, done.stdout.splitlines()) if "secrets" in m}
    for message in messages:
        key = message["account"], message["folder"], message["uid"]
        if key in found:
            message["secrets"] = found[key]
    return messages


def entry(user, folder, validity, uid, file, host):
    raw = file.read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    delivered = re.match(r"(\d+)\.M(\d+)", file.name)
    when = datetime.fromtimestamp(int(delivered[1]) + int(delivered[2]) / 1e6, timezone.utc)
    return {
        "account": f"{user}@{DOMAIN}", "folder": folder, "uidvalidity": validity, "uid": uid,
        "message_id": message["Message-ID"], "subject": message["Subject"],
        "size": len(raw) + raw.count(b"\n") - raw.count(b"\r\n"), "delivered": stamp(when),
        "parts": list(parts_of(message)), "file": "/" + str(file.relative_to(host.root)),
    }


def dump(messages):
    return "".join(json.dumps(m, ensure_ascii=False) + "\n" for m in messages)
