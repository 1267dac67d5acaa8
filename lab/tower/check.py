"""Validation of the recordings: well formed, and truth and logs agree."""

import gzip
import json
import re

from tower import truth
from tower.scenarios import SCENARIOS

LIMIT = 27_000_000
ALWAYS = ["mail.log", "mail.log.1.gz", "auth.log", "auth.log.1.gz", "networks.yaml", "catalogue.jsonl.gz", "truth.json"]
ACCESS = ["access.log", "access.log.1.gz"]
OF_HOST = {"postfix": ACCESS, "exim": [*ACCESS, "mainlog.log", "mainlog.log.1.gz", "haproxy.log.1.gz"],
           "sogo": [*ACCESS, "sogo.log", "sogo.log.1.gz"], "horde": [*ACCESS, "user.log", "user.log.1.gz"]}
LISTS = ["accounts", "sources", *truth.LISTS]
WAYS = {"imap-fetch": "message", "pop3-retr": "message", "webmail-show": "message",
        "webmail-export": "message",
        "webmail-download": "attachment", "file-read": "file"}
SESSION_END = re.compile(r"imap\(([^)]+)\)<\d+><([^>]+)>: Disconnected: .* body_count=(\d+)")


class Recording:
    """One folder, its problems collected as they are found."""

    def __init__(self, folder, host):
        self.folder, self.host, self.problems = folder, host, []
        self.truth = json.loads((folder / "truth.json").read_text())
        with gzip.open(folder / "catalogue.jsonl.gz", "rt") as lines:
            self.store = {(m["account"], m["folder"], m["uid"]): m for m in map(json.loads, lines)}
        self.log = self.text("mail.log.1.gz") + self.text("mail.log")

    def text(self, name):
        file = self.folder / name
        if not file.exists():
            return ""
        return (gzip.open(file, "rt") if name.endswith(".gz") else file.open()).read()

    def need(self, condition, problem):
        if not condition:
            self.problems.append(problem)

    def by(self, how):
        return [note for note in self.truth["opened"] if note["how"] == how]


def shape(recording):
    """The files are there; truth.json has every field that the design promises."""
    truth, need = recording.truth, recording.need
    for name in ALWAYS + OF_HOST.get(recording.host, []):
        need((recording.folder / name).exists(), f"{name} is missing")
    for name in LISTS:
        need(isinstance(truth.get(name), list), f"truth: no list {name}")
    need(f"{truth['scenario']}-{truth['level']}" == recording.folder.name, "truth: name and folder differ")
    for file in recording.folder.glob("*.gz"):
        need(file.read_bytes()[3:8] == bytes(5), f"{file.name} carries a name or a time")
    if truth["benign"]:
        need(not truth["opened"] and "entry" not in truth, "truth: an honest day with an intruder")
        return
    times = [truth["first_malicious"], truth["entry"]["time"], truth["last_malicious"]]
    need(times == sorted(times), "truth: the entry lies outside the attack")
    need(truth["opened"] and truth["sources"] and truth["accounts"], "truth: an attack without content")


def in_catalogue(recording):
    """Everything opened or listed is a message of the store, part and size included."""
    for note in recording.truth["opened"] + recording.truth["listed"]:
        message = recording.store.get((note["account"], note["folder"], note["uid"]))
        if not message or message["message_id"] != note["message_id"]:
            recording.problems.append(f"not in the catalogue: {note}")
            continue
        kind = WAYS.get(note["how"], "listing")
        recording.need(note["kind"] == kind, f"{note['how']} cannot be a {note['kind']}")
        size = next((p["size"] for p in message["parts"] if p["part"] == note.get("part")), message["size"])
        recording.need(note["bytes"] == size, f"wrong size: {note}")
    trigger = recording.truth.get("trigger")
    if trigger:
        message = recording.store[trigger["account"], trigger["folder"], trigger["uid"]]
        recording.need(message["message_id"] == trigger["message_id"], "the trigger is another message")


def sources_in_logs(recording):
    """The intruder's addresses left their mark."""
    everything = "".join(recording.text(name) for name in
                         ("mail.log", "mail.log.1.gz", "access.log", "auth.log", "auth.log.1.gz"))
    for source in recording.truth["sources"]:
        recording.need(source in everything, f"{source} is in no log")


def sessions_add_up(recording):
    """Counters of the intruder's IMAP sessions equal what was fetched."""
    sources = [re.escape(s) for s in recording.truth["sources"]]
    if recording.host != "postfix" or not recording.by("imap-fetch") or recording.truth["tampered"]:
        return
    login = re.compile(r"imap-login: Login: .*rip=(?:" + "|".join(sources) + r"),.*session=<([^>]+)>")
    sessions = set(login.findall(recording.log))
    counted = sum(int(m[3]) for m in SESSION_END.finditer(recording.log) if m[2] in sessions)
    fetched = len(recording.by("imap-fetch"))
    recording.need(counted == fetched, f"body_count is {counted}, fetched were {fetched}")


def events_name_messages(recording):
    """At the rich level each opening has its event, and every event line is whole."""
    if not recording.truth.get("names", recording.truth["level"] == "rich"):
        return
    named = set()
    for line in recording.log.splitlines():
        start = line.find('{"event"')
        if start < 0:
            continue
        try:
            event = json.loads(line[start:])
        except ValueError:
            recording.problems.append(f"a broken event: {line[:160]}")
            continue
        if event["event"] == "mail_opened":
            fields = event["fields"]
            named.add((fields.get("user"), fields.get("mailbox"), fields.get("uid")))
    for note in recording.by("imap-fetch") + recording.by("pop3-retr") + recording.by("webmail-show"):
        key = note["account"], note["folder"], note["uid"]
        recording.need(key in named, f"no mail_opened for {key}")


CHECKS = [shape, in_catalogue, sources_in_logs, sessions_add_up, events_name_messages]


def main(root):
    wanted = {f"{s.name}-{level}": s.host for s in SCENARIOS for level in s.levels}
    failed = 0
    for name, host in wanted.items():
        if not (root / name / "truth.json").exists():
            print(f"{name}: not recorded")
            failed += 1
            continue
        recording = Recording(root / name, host)
        for check in CHECKS:
            check(recording)
        failed += bool(recording.problems)
        for problem in recording.problems[:8]:
            print(f"{name}: {problem}")
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    if size > LIMIT:
        print(f"the recordings take {size // 1000} kB, more than {LIMIT // 1000}")
        failed += 1
    verdict = f"{failed} with problems" if failed else "all well"
    print(f"{len(wanted)} recordings, {size / 1e6:.1f} MB: {verdict}")
    return 1 if failed else 0
