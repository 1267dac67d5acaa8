"""Lines that an intruder with a shell, or with a way to the log's port, writes around his own: they prove nothing against anybody, excuse nobody."""

import base64
import random

import pytest

from story import DOMAIN, HOST, OFFICE, PEOPLE, STRANGER, Story, after, home, timedelta
from test_honesty import verdict
from tocsin import scan

NONE, COPIED, RIGHT = "made up", "another's", "computed"


def made_up(s):
    return base64.b64encode(bytes(s.random.randrange(256) for _ in range(12))).decode()


def identity(s, kind, when, source):
    return {NONE: lambda: made_up(s), COPIED: lambda: s.session(when - timedelta(minutes=50), OFFICE),
            RIGHT: lambda: s.session(when, source)}[kind]()


def login(s, when, person, source, session, pid=4711):
    s.mail(when, f"dovecot: imap-login: Login: user=<{person}@{DOMAIN}>, method=PLAIN, rip={source}, lip={HOST}, mpid={pid}, TLS, "
                 f"session=<{session}>")


def end(s, when, person, session, bodies, pid=4711):
    s.mail(when, f"dovecot: imap({person}@{DOMAIN})<{pid}><{session}>: Disconnected: Logged out in=90 out={900 + bodies * 4000} deleted=0 "
                 f"expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count={bodies} body_bytes={bodies * 4000}")


def attack(s):
    s.imap(after(700, 0), "lea", STRANGER, 120, lasts=40)


def report_of(tmp_path, tell):
    told = Story()
    tell(told)
    _, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    return report


def incident_of(tmp_path, tell):
    incident, = report_of(tmp_path, tell)["incidents"]
    return incident


def taken(incident):
    return {a["name"].split("@")[0]: a["compromised"] for a in incident["accounts"]}


@pytest.mark.parametrize("kind", [NONE, COPIED])
@pytest.mark.parametrize("source", [STRANGER, home("jan")])
def test_an_innocent_is_never_proven(kind, source, tmp_path):
    def tell(s):
        attack(s)
        session = identity(s, kind, after(702, 0), source)
        login(s, after(702, 0), "ana", source, session)
        end(s, after(702, 9), "ana", session, 80)

    incidents = report_of(tmp_path, tell)["incidents"]
    incident, = [i for i in incidents if "lea" in taken(i)]
    assert taken(incident)["lea"] == "proven" and taken(incident).get("ana", "possible") == "possible"
    for other in incidents:                 # an end that was made up beside the sign-in may look like a break-in of its own
        assert taken(other).get("ana") != "proven" and (other is incident or other["totals"]["bytes_out"]["proven"] == 0)
    assert incident["title"].startswith("One account")
    assert "at_most" not in incident["totals"]["messages"]          # who forges lines may have cut some
    assert any(gap["kind"] == "tampered" and "ana" in gap["hides"] for gap in incident["gaps"])
    assert verdict(incident, "since-when")["certainty"] != "proven"


def test_a_line_that_was_changed_hides_nobody(tmp_path):
    """His own sign-in, with an honest address put in: its session id still tells his."""
    def tell(s):
        session = s.session(after(700, 0), STRANGER)
        login(s, after(700, 0), "lea", OFFICE, session)
        end(s, after(700, 40), "lea", session, 120)

    incident = incident_of(tmp_path, tell)
    assert {source["ip"] for source in incident["sources"]} == {STRANGER} and list(taken(incident)) == ["lea"]
    assert any(gap["kind"] == "tampered" for gap in incident["gaps"])


@pytest.mark.parametrize("bodies, first", [(2, True), (9000, False), (0, True)])
def test_a_session_that_ends_twice_is_counted_with_care(bodies, first, tmp_path):
    def tell(s):
        session = s.session(after(700, 0), STRANGER)
        login(s, after(700, 0), "lea", STRANGER, session)
        end(s, after(700, 40), "lea", session, 120)
        end(s, after(700, 2 if first else 45), "lea", session, bodies)

    incident = incident_of(tmp_path, tell)
    assert incident["totals"]["bytes_out"]["proven"] == 0 and "at_most" not in incident["totals"]["bytes_out"]
    assert "at_most" not in incident["totals"]["messages"]
    assert sum(a["times"] for a in incident["accesses"]) == max(bodies, 120)


def test_lines_of_today_make_no_past(tmp_path):
    """Sign-ins of earlier days from his network, written just before he came."""
    def tell(s):
        attack(s)
        for day in (12, 13, 14, 15, 16):
            when = after(500, 0, day)
            login(s, when, "lea", STRANGER, s.session(when, STRANGER))
            s.lines["mail.log"].append((after(695, day), *s.lines["mail.log"].pop()[1:]))

    assert taken(incident_of(tmp_path, tell)) == {"lea": "proven"}


def guesses(s):
    for n, person in enumerate(PEOPLE[:8]):
        s.fail(after(600, 25 * n), person, STRANGER)
    s.imap(after(606, 0), "gita", STRANGER)
    s.imap(after(620, 0), "gita", STRANGER, 30)


def test_made_up_colleagues_are_no_office(tmp_path):
    def tell(s):
        guesses(s)
        for n, person in enumerate(PEOPLE[8:]):
            login(s, after(630, n), person, STRANGER, made_up(s))

    incident = incident_of(tmp_path, tell)
    assert [name for name, sure in taken(incident).items() if sure != "possible"] == ["gita"]
    assert incident["title"].startswith("One account")


def test_made_up_failures_are_no_guessing(tmp_path):
    def tell(s):
        attack(s)
        for n in range(40):
            s.mail(after(690, n), f"dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
                                  f"user=<lea@{DOMAIN}>, method=PLAIN, rip={STRANGER}, lip={HOST}, TLS, session=<{made_up(s)}>")

    how = verdict(incident_of(tmp_path, tell), "how-they-got-in")
    assert how["certainty"] == "possible" and any("contradict" in why for why in how["because"])


def test_where_no_line_is_better_they_are_likely(tmp_path):
    """Lines of an intruder whose ids are of another making, as of a proxy of which nobody knows: he is not overlooked for it."""
    def tell(s):
        s.lines["mail.log"] = [row for row in s.lines["mail.log"] if STRANGER not in row[2]]
        for n, person in enumerate(PEOPLE[:8]):
            login_failed = f"dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<{person}@{DOMAIN}>, "
            s.mail(after(600, 25 * n), login_failed + f"method=PLAIN, rip={STRANGER}, lip={HOST}, TLS, session=<x{n}>")
        for n in range(3):
            login(s, after(606, 60 * n), "gita", STRANGER, f"y{n}", 4711 + n)
            end(s, after(606, 60 * n + 9), "gita", f"y{n}", 30, 4711 + n)

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == {"gita": "likely"} and [source["certainty"] for source in incident["sources"]] == ["likely"]
    how = verdict(incident, "how-they-got-in")
    assert how["certainty"] == "possible" and any("accuse" in why for why in how["because"])


def test_an_innocent_alone_is_doubted_in_every_answer(tmp_path):
    """A sign-in and an end that were written to accuse somebody, and nothing else."""
    def tell(s):
        session = made_up(s)
        login(s, after(702, 0), "ana", "91.132.137.61", session)
        end(s, after(702, 40), "ana", session, 120)

    incident = incident_of(tmp_path, tell)
    assert taken(incident)["ana"] != "proven" and incident["title"].endswith("lines say that contradict themselves")
    for question in ("how-they-got-in", "since-when", "what-was-opened", "did-data-leave"):
        answer = verdict(incident, question)
        assert answer["certainty"] == "possible" and any("accuse" in why for why in answer["because"]), question
    assert {source["certainty"] for source in incident["sources"]} == {"likely"}


# --- honest hosts -----------------------------------------------------------------------------------------------------------

def behind_webmail(s):
    """A webmail on the house's net hands on the browser's address; the id is its own."""
    for n, person in enumerate(PEOPLE * 3):
        session = s.session(after(600, 20 * n), "10.0.0.7")
        login(s, after(600, 20 * n), person, home(person), session, 5000 + n)
        end(s, after(600, 20 * n + 3), person, session, 1, 5000 + n)


def of_another_making(s):
    s.lines["mail.log"] = [(when, n, text.replace("session=<", "session=<x-").replace("><", "><x-")) for when, n, text in s.lines["mail.log"]]


def through_a_proxy(s):
    """All sessions come through a proxy that hands its own ids on."""
    import re
    s.lines["mail.log"] = [(when, n, re.sub(r"rip=[0-9.]+", "rip=198.51.100.77", text)) for when, n, text in s.lines["mail.log"]]


def delivered_late(s):
    """The lines of the morning come in the afternoon, a dozen of them."""
    late = [n for n, row in enumerate(s.lines["mail.log"]) if after(480, 0) < row[0] < after(500, 0)][:12]
    for n in late:
        when, serial, text = s.lines["mail.log"][n]
        s.lines["mail.log"][n] = (when + timedelta(hours=6), serial, text)


@pytest.mark.parametrize("tell", [behind_webmail, of_another_making, through_a_proxy, delivered_late], ids=lambda f: f.__name__)
def test_honest_hosts_are_not_accused(tell, tmp_path):
    report = report_of(tmp_path, tell)
    assert not report["incidents"] and not [f for f in report["findings"] if "contradicts" in f["rule"]["title"]]
