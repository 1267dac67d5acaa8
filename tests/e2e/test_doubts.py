"""Stories made to lure a report into saying more than its records carry, each with what it must not say."""

import base64
import ipaddress
import json
import os
import re
import zlib
from datetime import datetime, timedelta, timezone

import pytest

import story
from story import DOMAIN, HOST, LAST, OFFICE, PARIS, STRANGER, Story, after, moment
from test_honesty import verdict
from tocsin import scan, tocsin


def told(tell, days=5):
    s = Story(days)
    tell(s)
    return s


def report_of(tmp_path, s, *options, paths=None):
    _, report = scan(tmp_path / "report.json", "--quiet", *options, *(paths or s.write(tmp_path)))
    return report


def since(report):
    incident, = report["incidents"]
    return verdict(incident, "since-when")


def cut(s, first, last):
    s.lines = {name: [row for row in rows if not first <= row[0] < last] for name, rows in s.lines.items()}


def pulse(s, first, last):
    """A busy log: somebody knocks each minute."""
    for n in range(int((last - first).total_seconds()) // 60):
        s.mail(first + timedelta(minutes=n, seconds=7), f"postfix/smtpd[{700 + n}]: disconnect from unknown[192.0.2.7]")


# --- since when -----------------------------------------------------------------------------------

def busy(s):
    """A guessed password on a host whose log has a record each minute."""
    story.brute_force(s)
    pulse(s, moment(0, LAST - 2), after(700, 0))


def test_a_whole_record_proves_since_when(tmp_path):
    found = since(report_of(tmp_path, told(busy)))
    assert found["certainty"] == "proven" and len(found["because"]) == 1


def test_a_quiet_log_proves_no_beginning(tmp_path):
    """Whether it had a piece cut out nobody can tell."""
    found = since(report_of(tmp_path, told(story.brute_force)))
    assert found["certainty"] == "likely" and any("quiet for" in why for why in found["because"])


def test_a_visit_in_a_piece_that_was_cut_out(tmp_path):
    def tell(s):
        story.read_everything_small(s)
        pulse(s, moment(0), moment(400))
        s.imap(after(100, 0), "lea", STRANGER, 20)
        cut(s, after(95, 0), after(110, 0))

    report = report_of(tmp_path, told(tell))
    found = since(report)
    assert found["certainty"] == "likely" and any("busy log is silent" in why for why in found["because"])
    assert "at_most" not in report["incidents"][0]["totals"]["messages"]


def test_a_session_that_lost_its_start_just_before(tmp_path):
    def tell(s):
        story.brute_force(s)
        s.imap(after(590, 0), "lea", "203.0.113.200", 5, lasts=300)
        s.lines["mail.log"] = [row for row in s.lines["mail.log"] if not ("203.0.113.200" in row[2] and "Login:" in row[2])]

    found = since(report_of(tmp_path, told(tell)))
    assert found["certainty"] == "likely" and any("lost or cut out" in why for why in found["because"])


def test_logs_that_begin_just_before(tmp_path):
    def tell(s):
        story.spray_goes_on(s)
        cut(s, moment(0, LAST - 9), after(550, 0))

    found = since(report_of(tmp_path, told(tell)))
    assert found["certainty"] == "likely" and any("the logs begin only" in why for why in found["because"])


@pytest.mark.parametrize("away, wanted", [((500, 590), "likely"), ((5, 60), "proven")])
def test_lines_that_were_dropped_the_day_before_or_long_ago(tmp_path, away, wanted):
    def tell(s):
        busy(s)
        for n, day in zip(away, (LAST, LAST - 3)):
            if (wanted == "likely") == (day == LAST):
                s.mail(moment(n, day), "rsyslogd: imuxsock[pid 901]: 512 messages lost due to rate-limiting")

    assert since(report_of(tmp_path, told(tell)))["certainty"] == wanted


def test_an_address_that_others_use_as_well(tmp_path):
    """It may have been the owner, at a colleague's."""
    report = report_of(tmp_path, told(story.behind_others))
    found, incident = since(report), report["incidents"][0]
    assert found["certainty"] == "likely" and any("others come from" in why for why in found["because"])
    assert {row["certainty"] for kind in ("sources", "accesses", "changes") for row in incident[kind]} == {"likely"}
    assert [a["compromised"] for a in incident["accounts"]] == ["likely"]


@pytest.mark.parametrize("options, wanted", [([], "likely"), (["--timezone", "Europe/Paris"], "proven")])
def test_a_clock_that_names_no_zone(tmp_path, options, wanted):
    """Nobody said which: the hour is this machine's, and may be off by some."""
    s = told(busy)
    path = tmp_path / "mail.log"
    path.write_text("".join(traditional(when, text.split(" ", 2)[2]) + "\n" for when, _, text in sorted(s.lines["mail.log"])))
    os.utime(path, (moment(0, LAST + 1).timestamp(),) * 2)
    out = tmp_path / "report.json"
    tocsin("scan", "--quiet", "--json", out, *options, path, env={**os.environ, "TZ": "Europe/Paris"})
    found = since(json.loads(out.read_text()))
    assert found["certainty"] == wanted and any("names no zone" in why for why in found["because"]) == (wanted == "likely")


def test_a_filter_that_was_posted_may_have_been_refused(tmp_path):
    """Roundcube answers 200 to both."""
    incident, = report_of(tmp_path, told(story.silent_filter))["incidents"]
    assert [c["certainty"] for c in incident["changes"]] == ["likely"]


def test_a_file_of_the_set_that_is_missing_after_the_first_act(tmp_path):
    """It hides what was read meanwhile, not since when."""
    def tell(s):
        busy(s)
        s.imap(after(640, 0), "kim", STRANGER, 30)
        s.imap(after(840, 0), "kim", STRANGER, 11)

    s = told(tell)
    paths = s.write(tmp_path)
    rows = sorted(s.lines["mail.log"])
    for name, first, last in (("mail.log.2", moment(0, 1), after(620, 0)), ("mail.log", after(700, 0), moment(0, 30))):
        (tmp_path / name).write_text("".join(text + "\n" for when, _, text in rows if first <= when < last))
    report = report_of(tmp_path, s, paths=[tmp_path / "mail.log.2", *paths])
    assert since(report)["certainty"] == "proven"
    assert "at_most" not in report["incidents"][0]["totals"]["messages"]
    assert "at_most" not in report["incidents"][0]["totals"]["bytes_out"]


def test_lines_dropped_without_a_number_are_not_none(tmp_path):
    def tell(s):
        story.brute_force(s)
        s.mail(after(599, 0), "rsyslogd: imuxsock[pid 901]: begin to drop messages due to rate-limiting")

    gaps = [gap["hides"] for gap in report_of(tmp_path, told(tell))["gaps"] if gap.get("state") == "rate-limited"]
    assert gaps and not any(" 0 lines" in hides for hides in gaps)


# --- clocks -----------------------------------------------------------------------------------------

def traditional(when, text):
    local = when.astimezone(PARIS)
    return f"{local:%b} {local.day:2} {local:%H:%M:%S} mail {text}"


def session_lines(s, when, person, bodies):
    session = s.session(when, STRANGER)
    user = f"{person}@{DOMAIN}"
    return [(when, f"dovecot: imap-login: Login: user=<{user}>, method=PLAIN, rip={STRANGER}, lip={HOST}, mpid=77, TLS, session=<{session}>"),
            (when + timedelta(seconds=40), f"dovecot: imap({user})<77><{session}>: Disconnected: Logged out in=90 out={bodies * 4000} "
             f"deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count={bodies} body_bytes={bodies * 4000}")]


def test_a_night_in_which_the_clock_is_set_back(tmp_path):
    """02:30 summer time and 02:20 winter time, by a clock that shows neither zone nor year; busy all night."""
    s, begin = Story(0), datetime(2026, 10, 25, tzinfo=timezone.utc)
    rows = []
    for day in range(1, 6):                                      # the owner's days
        for minute in (540, 1200):
            when = begin - timedelta(days=day) + timedelta(minutes=minute)
            session = s.session(when, OFFICE)
            rows.append((when, f"dovecot: imap-login: Login: user=<lea@{DOMAIN}>, method=PLAIN, rip={OFFICE}, lip={HOST}, mpid=7, TLS, "
                               f"session=<{session}>"))
            rows.append((when + timedelta(seconds=3), f"dovecot: imap(lea@{DOMAIN})<7><{session}>: Disconnected: Logged out in=9 out=90 "
                                                      f"deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0"))
    rows += [(begin + timedelta(minutes=n), f"postfix/smtpd[{n + 200}]: disconnect from unknown[192.0.2.7]") for n in range(-120, 300)]
    rows += session_lines(s, begin + timedelta(minutes=30), "lea", 60) + session_lines(s, begin + timedelta(minutes=80), "lea", 60)
    path = tmp_path / "mail.log"
    path.write_text("".join(traditional(*row) + "\n" for row in sorted(rows)))
    os.utime(path, ((begin + timedelta(days=1)).timestamp(),) * 2)
    report = report_of(tmp_path, s, paths=[path])
    incident, = report["incidents"]
    assert incident["first_malicious"].startswith("2026-10-25T00:30:00") and incident["last_malicious"].startswith("2026-10-25T01:20:40")
    assert incident["totals"]["bytes_out"]["proven"] == 480000
    assert not [gap for gap in report["gaps"] if gap.get("state") in ("silent", "clock")]


# --- places that people use as well -------------------------------------------------------------------

def in_bulk(s):
    s.imap(after(700, 0), "lea", OFFICE, 400, lasts=60)


def at_home(s):
    s.imap(after(130, 0), "lea", story.home("lea"), 400, lasts=60)


def spray_from_the_office(s):
    for n, person in enumerate(story.PEOPLE[:14]):
        (s.imap if person == "hugo" else s.fail)(after(600, 25 * n), person, OFFICE)


@pytest.mark.parametrize("tell, title", [
    (in_bulk, "A mailbox is read in bulk from a network that the account uses"),
    (at_home, "A mailbox is read in bulk from a network that the account uses"),
    (spray_from_the_office, "Many accounts fail from an address that staff share")])
def test_from_a_place_of_peoples_own_a_finding_and_no_incident(tmp_path, tell, title):
    report = report_of(tmp_path, told(tell))
    assert not report["incidents"]
    assert (title, "low") in [(f["rule"]["title"], f["rule"]["level"]) for f in report["findings"]]


# --- the mail store is of another time than the logs ---------------------------------------------------

def opened_by_name(s, when, person, uids):
    """A session of which the event exporter names each message."""
    user, session = f"{person}@{DOMAIN}", s.session(when, STRANGER)
    s.mail(when, f"dovecot: imap-login: Login: user=<{user}>, method=PLAIN, rip={STRANGER}, lip={HOST}, mpid=77, TLS, session=<{session}>")
    for n, uid in enumerate(uids):
        at = (when + timedelta(seconds=1 + n)).isoformat()
        s.mail(when + timedelta(seconds=1 + n), "dovecot: stats: " + json.dumps({
            "event": "mail_opened", "hostname": "mail", "start_time": at, "end_time": at, "categories": ["storage", "mail"],
            "fields": {"user": user, "session": session, "mailbox": "INBOX", "uid": uid, "reason_code": ["imap:fetch_body"],
                       "local_ip": HOST, "remote_ip": STRANGER}}))


def test_other_messages_lie_under_the_uids_now(tmp_path):
    """The folder was made anew since: nothing is named after what came later, and no secret is said to be known."""
    def tell(s):
        for n in range(40):
            s.fail(after(600, 4 * n), "kim", STRANGER)
        opened_by_name(s, after(604, 0), "kim", [7, 8, 9])

    store = tmp_path / "catalogue.jsonl"
    store.write_text("".join(json.dumps({"account": f"kim@{DOMAIN}", "folder": "INBOX", "uidvalidity": 99, "uid": uid, "size": 777,
                                         "message_id": f"{uid}@x.example", "subject": "x", "delivered": delivered}) + "\n"
                             for uid, delivered in ((7, "2026-03-20T00:00:00Z"), (8, "2026-03-20T00:00:00Z"), (9, "2026-03-01T00:00:00Z"))))
    incident, = report_of(tmp_path, told(tell), "--mail-store", store)["incidents"]
    named = {a["uid"]: a.get("message_id") for a in incident["accesses"] if a["kind"] == "message"}
    assert named == {7: None, 8: None, 9: "9@x.example"}
    assert {a["certainty"] for a in incident["accesses"]} == {"proven"}
    assert any("2 of the UIDs" in gap["hides"] for gap in incident["gaps"])


# --- webmail on a host of its own, by a clock of its own -------------------------------------------------

WEB = "192.0.2.30"


def on_its_own_host(s, ahead):
    """Webmail signs in from beside the mail host, and its logs are so many seconds ahead."""
    def session(found):
        raw = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4))
        raw = raw[:8] + ipaddress.ip_address(WEB).packed if raw[8:] == b"\x7f\0\0\1" else raw
        return base64.b64encode(raw).decode().rstrip("=")

    later = timedelta(seconds=ahead)
    stamp = {"access.log": lambda when: when.strftime("[%d/%b/%Y:%H:%M:%S %z]"),
             "userlogins.log": lambda when: when.astimezone(timezone.utc).strftime("[%d-%b-%Y %H:%M:%S +0000]")}
    for name, form in stamp.items():
        s.lines[name] = [(when + later, n, re.sub(r"\[[^]]+\]", form(when + later), text, count=1)) for when, n, text in s.lines[name]]
    s.lines["mail.log"] = [(when, n, re.sub(r"(?<=<)([A-Za-z0-9+/]{16})(?=>)", session,
                                            text.replace("rip=127.0.0.1, lip=127.0.0.1", f"rip={WEB}, lip={HOST}")))
                           for when, n, text in s.lines["mail.log"]]


@pytest.mark.parametrize("ahead", [0, 90, -37, 3600, -7200])
@pytest.mark.parametrize("tell", [story.silent_filter, story.behind_others], ids=lambda t: t.__name__)
def test_the_clock_of_the_webmail_is_measured(tmp_path, tell, ahead):
    s = told(tell)
    on_its_own_host(s, ahead)
    report = report_of(tmp_path, s)
    incident, = report["incidents"]
    assert incident["first_malicious"] == "2026-03-17T12:00:00.000Z" and incident["last_malicious"] == "2026-03-17T12:03:00.000Z"
    assert {a["account"] for a in incident["accesses"]} == {incident["entry"]["account"]}
    clocks = [gap["hides"] for gap in report["gaps"] if gap.get("state") == "clock"]
    assert [f"{abs(ahead)}.0 s {'ahead' if ahead > 0 else 'behind'}" in hides for hides in clocks] == ([True] if ahead else [])
    if ahead:
        assert since(report)["certainty"] == "likely"


def test_of_a_few_sign_ins_no_clock_is_measured(tmp_path):
    """Four that agree may be chance: the times stand as they were written."""
    s = told(story.silent_filter, days=0)
    on_its_own_host(s, 90)
    s.lines["userlogins.log"] = s.lines["userlogins.log"][-4:]
    assert not [gap for gap in report_of(tmp_path, s)["gaps"] if gap.get("state") == "clock"]


# --- what sessions count, and what they do not -----------------------------------------------------------

def guessed(s, person="kim"):
    for n in range(40):
        s.fail(after(600, 4 * n), person, STRANGER)


def test_commands_alone_name_no_message(tmp_path):
    """The exporter tells of commands, not of messages: nine hundred may have been read, and no end counts them."""
    def tell(s):
        guessed(s)
        when = after(604, 0)
        session = s.session(when, STRANGER)
        s.mail(when, f"dovecot: imap-login: Login: user=<kim@{DOMAIN}>, method=PLAIN, rip={STRANGER}, lip={HOST}, mpid=77, TLS, "
                     f"session=<{session}>")
        at = (when + timedelta(seconds=2)).isoformat()
        s.mail(when + timedelta(seconds=2), "dovecot: stats: " + json.dumps({
            "event": "imap_command_finished", "hostname": "mail", "start_time": at, "end_time": at, "categories": ["imap"],
            "fields": {"user": f"kim@{DOMAIN}", "session": session, "cmd_name": "UID FETCH", "cmd_args": "1:900 (BODY.PEEK[])",
                       "mailbox": "INBOX", "remote_ip": STRANGER}}))

    incident, = report_of(tmp_path, told(tell))["incidents"]
    assert "at_most" not in incident["totals"]["messages"] and "at_most" not in incident["totals"]["bytes_out"]
    assert verdict(incident, "what-was-opened")["certainty"] == "possible"


def test_headers_are_not_nothing(tmp_path):
    def tell(s):
        guessed(s)
        s.imap(after(604, 0), "kim", STRANGER, 0)
        s.lines["mail.log"] = [(when, n, text.replace("hdr_count=0 hdr_bytes=0", "hdr_count=300 hdr_bytes=90000")
                                if when >= after(604, 0) and "kim@" in text else text) for when, n, text in s.lines["mail.log"]]

    incident, = report_of(tmp_path, told(tell))["incidents"]
    assert "headers alone were handed over 300 times" in verdict(incident, "what-was-opened")["answer"]
    assert incident["totals"]["messages"]["at_most"] == 0


def test_bytes_that_nothing_explains_are_told(tmp_path):
    """Dovecot before 2.3 counts what it sent, and no bodies."""
    def tell(s):
        guessed(s)
        s.imap(after(604, 0), "kim", STRANGER, 9)
        s.lines["mail.log"] = [(when, n, re.sub(r" deleted=0 expunged=0.*", "", text)) for when, n, text in s.lines["mail.log"]]

    incident, = report_of(tmp_path, told(tell))["incidents"]
    left = verdict(incident, "did-data-leave")
    assert left["certainty"] == "possible" and "37 KB sent to the intruder's client" in left["answer"]
    assert "at_most" not in incident["totals"]["messages"]


def test_a_line_cut_by_a_damaged_archive_is_not_judged(tmp_path):
    """What it does not say ("TLS") it may have said in the rest."""
    s = told(story.brute_force)
    paths = s.write(tmp_path)
    rows = [text for _, _, text in sorted(s.lines["mail.log"])]
    cut_at = next(n for n, text in enumerate(rows) if ", TLS," in text and "Login:" in text and f"rip={OFFICE}" not in text)
    whole = ("\n".join(rows[:cut_at]) + "\n" + rows[cut_at].partition(", TLS")[0]).encode()
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    (tmp_path / "old.log.gz").write_bytes(packed.compress(whole) + packed.flush(zlib.Z_SYNC_FLUSH))
    report = report_of(tmp_path, s, paths=[tmp_path / "old.log.gz"])
    assert not [f for f in report["findings"] if "in the clear" in f["rule"]["title"]]
    assert any(gap.get("state") == "cut" for gap in report["gaps"]) and report["counters"]["malformed"] == 1
    assert paths


def test_a_start_that_the_webmails_log_shows_is_proven_by_no_quiet_mail_log(tmp_path):
    """He may have come by IMAP before, in a piece that is no longer in it."""
    found = since(report_of(tmp_path, told(story.silent_filter)))
    assert found["certainty"] == "likely" and any("quiet for" in why for why in found["because"])
