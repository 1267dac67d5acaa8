"""Break-ins that no rule was written for: several intruders, crooked clocks, logs that begin late or have holes, accounts without a past.

Each answer is held against what was done: who, since when, how much at most; what the logs cannot tell is to be said, not guessed.
"""

from datetime import datetime, timedelta

import pytest

import story
from story import DOMAIN, LAST, OFFICE, PEOPLE, STRANGER, Story, after, home
from test_honesty import verdict
from test_other_servers import Courier, Cyrus
from tocsin import FOUND, NONE, scan

OTHER = "91.132.137.61"                         # of another provider than STRANGER
BESIDE = "185.220.101.99"                       # in STRANGER's network


def report_of(tmp_path, tell, host=Story, days=5):
    told = host(days)
    tell(told)
    run, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    assert report, run.err
    return run, report


def incident_of(tmp_path, tell, **more):
    incident, = report_of(tmp_path, tell, **more)[1]["incidents"]
    return incident


def taken(incident):
    return sorted(a["name"].split("@")[0] for a in incident["accounts"] if a["compromised"] in ("proven", "likely"))


def begins(incident, when, within=2):
    return abs((datetime.fromisoformat(incident["first_malicious"].replace("Z", "+00:00")) - when).total_seconds()) <= within


def most(incident):
    """How many messages at most; None: no bound is given."""
    return incident["totals"]["messages"].get("at_most")


def cut(s, begin, end=None):
    """What lies before `begin` is gone, or what lies between the two."""
    for log, rows in s.lines.items():
        s.lines[log] = [row for row in rows if (row[0] >= begin if end is None else not begin <= row[0] <= end)]


def sprayed(s, person, source=STRANGER, minute=600):
    for n, other in enumerate(PEOPLE[:8]):
        s.fail(after(minute, 25 * n), other, source)
    s.imap(after(minute + 6, 0), person, source)


def busy(s):
    """Somebody connects in every minute: a silence is none of a quiet host's."""
    for day in s.days:
        for minute in range(1440):
            s.mail(after(minute, 7, day), f"postfix/smtpd[{700 + minute}]: disconnect from unknown[192.0.2.7]")


# --- several at once ------------------------------------------------------------------------------------------------------


def test_two_intruders_in_one_account(tmp_path):
    def tell(s):
        s.imap(after(130, 0), "lea", STRANGER, 120, lasts=400)
        s.imap(after(133, 0), "lea", OTHER, 60, lasts=100)
        s.imap(after(136, 0), "lea", OTHER, 60, lasts=100)

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["lea"] and {s["ip"] for s in incident["sources"]} == {STRANGER, OTHER}
    assert begins(incident, after(130, 0)) and most(incident) == 240 and incident["totals"]["messages"]["proven"] == 0


def test_two_intruders_in_one_network(tmp_path):
    """Each in an account of his own: nothing says that they are one, and neither hides the other."""
    def tell(s):
        s.imap(after(130, 0), "lea", STRANGER, 120, lasts=40)
        s.imap(after(900, 0), "mia", BESIDE, 110, lasts=40)

    incidents = report_of(tmp_path, tell)[1]["incidents"]
    assert sorted(taken(i) for i in incidents) == [["lea"], ["mia"]]
    assert {i["entry"]["source_ip"]: most(i) for i in incidents} == {STRANGER: 120, BESIDE: 110}


def test_the_owner_and_the_intruder_come_through_one_vpn(tmp_path):
    """lea has used that provider for days; mia never did."""
    def tell(s):
        for day in s.days[1:]:
            s.imap(after(720, 0, day), "lea", STRANGER, 3)
        for n in range(3):
            s.imap(after(600 + 20 * n, 0), "mia", STRANGER, 120, lasts=40)
            s.imap(after(610 + 20 * n, 0), "lea", STRANGER, 3)

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["mia"] and most(incident) == 360 and begins(incident, after(600, 0))
    assert {a["compromised"] for a in incident["accounts"]} == {"likely"} and incident["totals"]["bytes_out"]["proven"] == 0
    assert any("others come from" in why for why in verdict(incident, "since-when")["because"])


def test_a_new_phone_in_the_hour_of_a_break_in(tmp_path):
    """Two people copy their mailboxes at home, one of them she whose account is read elsewhere."""
    def tell(s):
        s.imap(after(130, 0), "lea", STRANGER, 120, lasts=40)
        s.imap(after(130, 30), "mia", home("mia"), 300, lasts=200)
        s.imap(after(131, 0), "lea", home("lea"), 300, lasts=200)

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["lea"] and [s["ip"] for s in incident["sources"]] == [STRANGER]
    assert most(incident) == 120 and incident["totals"]["bytes_out"]["at_most"] == 120 * 4000 + 900


def test_an_intruder_in_the_office_is_a_hint_and_no_accusation(tmp_path):
    """From the address of all he guesses, enters and reads: her own machine would look alike."""
    def tell(s):
        for n in range(30):
            s.fail(after(600, 4 * n), "kim", OFFICE)
        s.imap(after(604, 0), "kim", OFFICE, 120)

    run, report = report_of(tmp_path, tell)
    assert run.status == NONE and not report["incidents"]
    assert any(f.get("account") == f"kim@{DOMAIN}" and f["rule"]["level"] == "low" for f in report["findings"])


# --- clocks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [7, 60], ids=["minutes", "zone"])
def test_the_web_server_is_ahead(ahead, tmp_path):
    """Its log cannot be joined with the mail host's: what is left uncounted is said, and no bound is too low."""
    def tell(s):
        story.silent_filter(s)
        rows = []
        for when, n, text in s.lines["access.log"]:
            later = when + timedelta(minutes=ahead)
            rows.append((later, n, text.replace(text[text.index("["):text.index("]")], later.strftime("[%d/%b/%Y:%H:%M:%S %z"))))
        s.lines["access.log"] = rows

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["elsa"] and begins(incident, after(780, 0)) and incident["totals"]["messages"]["proven"] == 0
    assert most(incident) is None or most(incident) >= 6
    assert any(gap["kind"] == "missing" and "request" in gap["hides"] for gap in incident["gaps"])


class Turned(Story):
    """The mail host's clock is turned during the attack, and turned right later; its session ids go by it."""
    by = timedelta(0)

    def now(self, when):
        return when + self.by if after(625, 0) <= when < after(700, 0) else when

    def mail(self, when, text):
        self.put("mail.log", when, f"{self.now(when).isoformat(timespec='microseconds')} mail {text}")

    def session(self, when, source):
        return super().session(self.now(when), source)


@pytest.mark.parametrize("minutes", [-20, -60, 90])
def test_the_clock_is_turned_in_the_middle(minutes, tmp_path):
    class Host(Turned):
        by = timedelta(minutes=minutes)

    def tell(s):
        for n in range(6):
            s.imap(after(600 + 10 * n, 0), "lea", STRANGER, 40, lasts=40)

    incident = incident_of(tmp_path, tell, host=Host)
    assert taken(incident) == ["lea"] and (most(incident) is None or most(incident) >= 240)
    first = after(600, 0) if minutes != -60 else after(570, 0)               # by the clock that dated it
    assert begins(incident, first, 60) and not any("contradicts" in f["rule"]["title"] for f in incident["findings"])
    if minutes == -60:
        assert verdict(incident, "since-when")["certainty"] != "proven"


# --- logs -----------------------------------------------------------------------------------------------------------------


def test_he_was_inside_as_the_logs_begin(tmp_path):
    """The end of his session is among the first lines: since when is earlier than the logs, how he came in is not known."""
    def tell(s):
        s.imap(after(130, 0, 15), "lea", STRANGER, 120, lasts=600)
        s.imap(after(130, 0), "lea", STRANGER, 120, lasts=600)
        cut(s, after(135, 0, 15))

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["lea"] and begins(incident, after(130, 0, 15)) and most(incident) is None
    how, since = verdict(incident, "how-they-got-in"), verdict(incident, "since-when")
    assert how["certainty"] == "possible" and "there already as the logs begin" in how["answer"] and "first and only" not in how["answer"]
    assert since["certainty"] == "likely" and any("logs begin" in why for why in since["because"])


def test_the_logs_begin_while_he_guesses(tmp_path):
    def tell(s):
        for n in range(120):
            s.fail(after(600, 5 * n), "kim", STRANGER)
        s.imap(after(611, 0), "kim", STRANGER, 9)
        cut(s, after(603, 0))

    run, report = report_of(tmp_path, tell, days=0)
    for incident in report["incidents"]:                    # on the first day of all nothing is usual yet
        assert taken(incident) == ["kim"] and verdict(incident, "since-when")["certainty"] != "proven"
    assert any("kim" in str(f.get("account")) for i in [*report["incidents"], report] for f in i["findings"])


@pytest.mark.parametrize("minutes", [60, 180])
def test_a_hole_in_the_middle_of_it(minutes, tmp_path):
    """Of six sessions some are gone with the lines around them: nothing is bounded, and the hole is named."""
    def tell(s):
        busy(s)
        for n in range(6):
            s.imap(after(600 + 40 * n, 0), "lea", STRANGER, 40, lasts=40)
        cut(s, after(630, 0), after(630 + minutes, 0))

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["lea"] and begins(incident, after(600, 0)) and most(incident) is None
    assert any(gap["source"].endswith("mail.log") and gap["kind"] == "missing" for gap in incident["gaps"])


def test_a_hole_that_leaves_no_trace_is_said_beside_the_bound(tmp_path):
    def tell(s):
        for n in range(6):
            s.imap(after(600 + 40 * n, 0), "lea", STRANGER, 40, lasts=40)
        cut(s, after(630, 0), after(690, 0))

    incident = incident_of(tmp_path, tell)
    assert most(incident) == 160                            # of the 240 that he read
    assert any("cut out there would be in no bound" in why for why in verdict(incident, "what-was-opened")["because"])


# --- nothing is usual yet -------------------------------------------------------------------------------------------------


def test_a_fresh_server_accuses_nobody(tmp_path):
    """Its first day; everybody copies his mailbox to his machines, at home, in the office and on the way."""
    def tell(s):
        for n, person in enumerate(PEOPLE):
            for k, source in enumerate((OFFICE, home(person), f"37.170.{n}.9")):
                s.imap(after(500 + 7 * n + 100 * k, 0), person, source, 200, lasts=60)

    run, report = report_of(tmp_path, tell, days=0)
    assert run.status == NONE and not report["incidents"]


@pytest.mark.parametrize("tell", [
    lambda s: s.imap(after(1, 0, s.days[0]), "lea", STRANGER, 150, lasts=40),
    lambda s: [s.imap(after(130, 0, day), "scan", STRANGER, 60, lasts=40) for day in (15, 16, 17)]], ids=["first line", "nobody else's"])
def test_what_has_no_past_accuses_nobody(tell, tmp_path):
    """The intruder's is the first line of all, or the account is used by nobody else: he cannot be known, nobody else may be named."""
    _, report = report_of(tmp_path, tell)
    assert not [a for i in report["incidents"] for a in i["accounts"] if a["name"].split("@")[0] not in ("lea", "scan")]


def test_a_spray_that_hits_an_account_without_a_past(tmp_path):
    def tell(s):
        sprayed(s, "scanner")
        s.imap(after(610, 0), "scanner", STRANGER, 60, lasts=40)

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["scanner"] and most(incident) == 60 and incident["entry"]["method"] == "password-spray"


# --- what was read --------------------------------------------------------------------------------------------------------


def changed(s, old, new):
    when, n, text = s.lines["mail.log"][-1]
    assert old in text
    s.lines["mail.log"][-1] = (when, n, text.replace(old, new))


def test_lists_and_states_are_no_loss(tmp_path):
    """LIST and STATUS over many folders: 190 kB, and not one message."""
    def tell(s):
        sprayed(s, "gita")
        for n in range(3):
            s.imap(after(607 + n, 0), "gita", STRANGER, lasts=5)
            changed(s, "out=900", "out=64000")

    incident = incident_of(tmp_path, tell)
    left = verdict(incident, "did-data-leave")
    assert left["answer"].startswith("none: no message was handed over; 193 KB of lists") and left["certainty"] == "likely"
    assert most(incident) == 0 and not incident["accesses"]


def test_headers_are_no_message_but_no_nothing(tmp_path):
    def tell(s):
        sprayed(s, "gita")
        s.imap(after(607, 0), "gita", STRANGER, lasts=5)
        changed(s, "hdr_count=0 hdr_bytes=0", "hdr_count=80 hdr_bytes=60000")

    left = verdict(incident_of(tmp_path, tell), "did-data-leave")
    assert left["answer"].startswith("suspected-loss: headers")


@pytest.mark.parametrize("lost", ["session open", "lines cut", "filter", "sent"])
def test_none_is_said_of_nothing_less(lost, tmp_path):
    """A session without its end, a hole, a change, a mail sent: then it is not known that nothing left."""
    def tell(s):
        sprayed(s, "gita")
        s.imap(after(607, 0), "gita", STRANGER, lasts=5)
        if lost == "session open":
            s.lines["mail.log"].pop()
        elif lost == "lines cut":
            busy(s)
            cut(s, after(610, 0), after(700, 0))
        elif lost == "filter":
            s.web_sign_in(after(620, 0), "gita", STRANGER, story.ODD)
            s.web_filter(after(621, 0), "gita", STRANGER, story.ODD)
        else:
            s.send(after(620, 0), "gita", STRANGER, 9000, "x@boite.example")

    assert not verdict(incident_of(tmp_path, tell), "did-data-leave")["answer"].startswith("none")


def test_top_may_hand_over_whole_messages(tmp_path):
    """POP3's TOP with a large number of lines: no RETR is counted, and all was read."""
    def tell(s):
        sprayed(s, "gita")
        s.pop(after(607, 0), "gita", STRANGER, 0, 30)
        changed(s, "top=0/0", "top=30/150000")

    incident = incident_of(tmp_path, tell)
    assert most(incident) == 30 and incident["totals"]["bytes_out"] == {"proven": 150900, "at_most": 150900}
    assert "at_most" not in incident["totals"]["attachments"] and verdict(incident, "did-data-leave")["answer"].startswith("suspected-loss")
    assert "headers alone" not in verdict(incident, "what-was-opened")["answer"]


@pytest.mark.parametrize("deleted", [0, 30])
def test_pop3_that_leaves_and_that_deletes(deleted, tmp_path):
    """To delete what was fetched is what mail programs do: that alone names nobody, but after a spray it is counted alike."""
    def tell(s):
        if deleted:
            sprayed(s, "mia", minute=230)
        s.pop(after(240, 0), "mia", STRANGER, 30, 30)
        changed(s, "del=0/30", f"del={deleted}/30")

    incident = incident_of(tmp_path, tell)
    assert taken(incident) == ["mia"] and most(incident) == 30 and incident["totals"]["bytes_out"]["proven"] >= 150000


# --- other servers --------------------------------------------------------------------------------------------------------


def spray_and_read(s):
    sprayed(s, "gita")
    s.imap(after(620, 0), "gita", STRANGER, 3)


def guess_and_pull(s):
    for n in range(40):
        s.fail(after(600, 4 * n), "kim", STRANGER)
    s.pop(after(604, 0), "kim", STRANGER, 12, 12)


@pytest.mark.parametrize("host", [Courier, Cyrus])
@pytest.mark.parametrize("tell, method, who", [(spray_and_read, "password-spray", "gita"), (guess_and_pull, "brute-force", "kim")])
def test_small_break_ins_elsewhere(host, tell, method, who, tmp_path):
    incident = incident_of(tmp_path, tell, host=host)
    assert taken(incident) == [who] and incident["entry"]["method"] == method and begins(incident, after(600, 0))
    assert incident["totals"]["messages"]["proven"] == 0 and not verdict(incident, "did-data-leave")["answer"].startswith("none")
    assert most(incident) in (None, 12)
