"""The small mail host with other servers: Courier, Cyrus and Exim say less, and in other words, than Dovecot and Postfix."""

from datetime import timedelta

import pytest

import story
from story import DOMAIN, STRANGER, Story
from tocsin import FOUND, NONE, scan


class Courier(Story):
    """No session ids; bytes are counted, messages are not."""

    def line(self, when, service, text):
        self.mail(when, f"{service}: {text}")

    def session_of(self, when, person, source, service, lasts, counts):
        self.serial += 1
        who = f"user={person}@{DOMAIN}, ip=[::ffff:{source}], port=[{20000 + self.serial % 40000}]"
        protocol = ", protocol=IMAP" if service == "imapd" else ""
        self.line(when, service, f"LOGIN, {who}{protocol}")
        self.line(when + timedelta(seconds=lasts), service, f"LOGOUT, {who}, {counts}, time={int(lasts)}, starttls=1")

    def imap(self, when, person, source, bodies=0, size=4000, lasts=2.0, service="imap"):
        self.session_of(when, person, source, "imapd", lasts, f"headers=0, body={bodies * size}, rcvd={90 + bodies}, "
                                                              f"sent={900 + bodies * size}")

    def pop(self, when, person, source, count, total):
        self.session_of(when, person, source, "pop3d", 2, f"top=0, retr={count * 5000}, rcvd=40, sent={count * 5020}")

    def fail(self, when, person, source):
        self.line(when, "imapd", f"LOGIN FAILED, user={person}@{DOMAIN}, ip=[::ffff:{source}], port=[{40000 + self.serial % 9000}]")


class Cyrus(Story):
    """auditlog is on: what got its \\Seen is named; how many bodies were fetched is not said."""

    def identity(self, when):
        self.serial += 1
        return 1000 + self.serial % 30000, f"cyrus-{int(when.timestamp())}-{self.serial}-1-1682037{self.serial}"

    def imap(self, when, person, source, bodies=0, size=4000, lasts=2.0, service="imap"):
        pid, session = self.identity(when)
        tag = f"cyrus/imap[{pid}]"
        self.mail(when, f"{tag}: login: [{source}] {person}@{DOMAIN} plaintext+TLS User logged in SESSIONID=<{session}>")
        for n in range(bodies):
            self.mail(when + timedelta(seconds=lasts * n / (bodies + 1)),
                      f"{tag}: auditlog: touched sessionid=<{session}> mailbox=<{DOMAIN}!user.{person}> "
                      f"uniqueid=<q9nm1pk91psp7wzqeqx43n95> uid=<{100 + n}> guid=<56d962e7> cid=<NIL> modseq=<{n}> "
                      f"oldflags=<> sysflags=<SE>")
        self.mail(when + timedelta(seconds=lasts), f"{tag}: USAGE {person}@{DOMAIN} user: 0.011822 sys: 0.017734")
        self.mail(when + timedelta(seconds=lasts), f"{tag}: auditlog: traffic sessionid=<{session}> "
                                                   f"bytes_in=<{90 + bodies}> bytes_out=<{900 + bodies * size}>")

    def pop(self, when, person, source, count, total):
        pid, session = self.identity(when)
        tag, end = f"cyrus/pop3[{pid}]", when + timedelta(seconds=2)
        self.mail(when, f"{tag}: login: [{source}] {person}@{DOMAIN} plaintext User logged in SESSIONID=<{session}>")
        self.mail(end, f"{tag}: counts: retr=<{count}> top=<0> dele=<0>")
        self.mail(end, f"{tag}: auditlog: traffic sessionid=<{session}> bytes_in=<52> bytes_out=<{count * 5020}>")
        later = end + timedelta(seconds=60)  # its process goes: once more, of nothing
        self.mail(later, f"{tag}: counts: retr=<0> top=<0> dele=<0>")
        self.mail(later, f"{tag}: auditlog: traffic sessionid=<{session}> bytes_in=<0> bytes_out=<0>")

    def fail(self, when, person, source):
        pid, session = self.identity(when)
        self.mail(when, f"cyrus/imap[{pid}]: badlogin: [{source}] plaintext ({person}@{DOMAIN}) "
                        f"[SASL(-13): authentication failure: checkpass failed]")


class CourierAndExim(Courier):
    """Exim sends; its main log is a file of its own."""

    def __init__(self, days=5):
        self.exim = []
        super().__init__(days)

    def send(self, when, person, source, size, *to):
        self.serial += 1
        queue = f"1rK4zE-{self.serial:06d}-Cd"
        self.exim.append((when, f"{queue} <= {person}@{DOMAIN} H=(pc) [{source}]:4022 P=esmtpsa X=TLS1.3:A:256 CV=no "
                                f"A=login:{person}@{DOMAIN} S={size} id=m{self.serial}@{DOMAIN} for {' '.join(to)}"))
        for address in to:
            self.exim.append((when + timedelta(seconds=1), f"{queue} => {address} R=dnslookup T=remote_smtp "
                              f"H=mx.{address.split('@')[1]} [198.51.100.9] C=\"250 OK\""))
        self.exim.append((when + timedelta(seconds=1), f"{queue} Completed"))

    def write(self, folder):
        path = folder / "mainlog"
        path.write_text("".join(f"{when:%Y-%m-%d %H:%M:%S} {text}\n" for when, text in sorted(self.exim)))
        return [*super().write(folder), path]


def report_of(host, tell, tmp_path, days=5):
    told = host(days)
    tell(told)
    run, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    assert report, run.err
    return run, report


def incident_of(report, method, account):
    found = [i for i in report["incidents"] if i["entry"].get("method") == method]
    assert len(found) == 1, [(i["title"], i["entry"]) for i in report["incidents"]]
    assert f"{account}@{DOMAIN}" in {a["name"] for a in found[0]["accounts"] if a["compromised"] in ("proven", "likely")}
    return found[0]


def messages(incident):
    return [a for a in incident["accesses"] if a["kind"] == "message"]


def test_courier_bounds_by_bytes(tmp_path):
    run, report = report_of(Courier, story.brute_force, tmp_path)
    incident = incident_of(report, "brute-force", "kim")
    assert run.status == FOUND and incident["entry"]["source_ip"] == STRANGER
    sessions = [s for s in incident["sessions"] if s["source_ip"] == STRANGER]
    assert [(s["body_bytes"], s["bytes_out"]) for s in sessions] == [(36000, 36900)]
    assert "bodies" not in sessions[0]  # Courier does not count them
    assert [(a["certainty"], a["bytes"]) for a in messages(incident)] == [("possible", 36000)]
    gaps = " ".join(gap["source"] for gap in report["gaps"])
    assert "Courier" in gaps and "Dovecot" not in gaps and "Postfix" not in gaps
    assert "at_most" not in incident["totals"]["messages"]


def test_courier_nothing_read_is_said(tmp_path):
    def tell(told):
        for n in range(40):
            told.fail(story.after(600, 4 * n), "kim", STRANGER)
        told.imap(story.after(604, 0), "kim", STRANGER, 0)
    _, report = report_of(Courier, tell, tmp_path)
    incident = incident_of(report, "brute-force", "kim")
    assert not messages(incident) and incident["totals"]["messages"]["at_most"] == 0


def test_cyrus_names_what_was_seen(tmp_path):
    _, report = report_of(Cyrus, story.brute_force, tmp_path)
    incident = incident_of(report, "brute-force", "kim")
    named = [a for a in messages(incident) if "uid" in a]
    assert {(a["folder"], a["uid"], a["certainty"]) for a in named} == {("INBOX", 100 + n, "likely") for n in range(9)}
    assert {a["certainty"] for a in messages(incident) if "uid" not in a} <= {"possible"}   # the rest of the mailbox
    assert "at_most" not in incident["totals"]["messages"]  # a client that peeks leaves no flag
    assert incident["totals"]["messages"]["proven"] == 0
    assert {"Cyrus' telemetry"} == {gap["source"] for gap in report["gaps"] if "Cyrus" in gap["source"]}
    assert [s["bytes_out"] for s in incident["sessions"] if s["source_ip"] == STRANGER] == [36900]


def test_cyrus_counts_what_pop_fetched(tmp_path):
    def tell(told):
        for n in range(40):
            told.fail(story.after(600, 4 * n), "kim", STRANGER)
        told.pop(story.after(604, 0), "kim", STRANGER, 8, 8)
    _, report = report_of(Cyrus, tell, tmp_path)
    incident = incident_of(report, "brute-force", "kim")
    assert [(s["bodies"], s["bytes_out"]) for s in incident["sessions"]] == [(8, 40160)]
    assert incident["totals"]["messages"]["at_most"] == 8


def test_exim_guesses_of_one_second_all_count(tmp_path):
    """Exim's usual line has nothing that tells two tries of a second apart; its reject log repeats it."""
    told = Courier()
    log = [f"{story.after(600, n // 8):%Y-%m-%d %H:%M:%S} login authenticator failed for (pc) [{STRANGER}]: "
           f"535 Incorrect authentication data (set_id=kim@{DOMAIN})" for n in range(40)]
    told.imap(story.after(604, 0), "kim", STRANGER, 2)
    paths = told.write(tmp_path)
    for name in ("mainlog", "rejectlog"):
        (tmp_path / name).write_text("\n".join(log) + "\n")
        paths.append(tmp_path / name)
    _, report = scan(tmp_path / "report.json", "--quiet", *paths)
    assert "40 failed tries" in incident_of(report, "brute-force", "kim")["entry"]["because"]


@pytest.mark.parametrize("host", [Courier, Cyrus])
def test_spray_is_found(host, tmp_path):
    _, report = report_of(host, story.spray_six, tmp_path)
    incident_of(report, "password-spray", "gita")


def test_what_exim_sent_is_the_intruders(tmp_path):
    def tell(told):
        story.brute_force(told)
        told.send(story.after(608, 0), "kim", STRANGER, 61000, "depot77@boite.example")
    _, report = report_of(CourierAndExim, tell, tmp_path)
    incident = incident_of(report, "brute-force", "kim")
    sent = incident["sent"]
    assert [(m["to"], m["bytes"]) for m in sent] == [(["depot77@boite.example"], 61000)], sent


HONEST = [story.traveller, story.new_office, story.mistyped_at_hotel, story.old_password, story.newsletter,
          story.new_phone, story.new_line_at_home, story.administrator]


@pytest.mark.parametrize("host", [CourierAndExim, Cyrus])
@pytest.mark.parametrize("tell", HONEST, ids=lambda t: t.__name__)
def test_honest_people_are_left_in_peace(host, tell, tmp_path):
    run, report = report_of(host, tell, tmp_path)
    found = [(i["title"], [f["rule"]["title"] for f in i["findings"]]) for i in report["incidents"]]
    assert run.status == NONE and not found, found
