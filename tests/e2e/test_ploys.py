"""What a report may say of secrets that are no passwords, of passwords that were changed, of logs that cover a part of it."""

import json
import re

import pytest

import story
from story import DOMAIN, OFFICE, STRANGER, Story, after
from test_honesty import verdict
from tocsin import scan


def incident_of(tmp_path, tell, *options, change=lambda lines: lines):
    told = Story()
    tell(told)
    told.lines = {log: [(when, n, change(text) if when >= after(600, 0) else text) for when, n, text in rows]
                  for log, rows in told.lines.items()}
    _, report = scan(tmp_path / "report.json", "--quiet", *options, *told.write(tmp_path))
    incident, = report["incidents"]
    return incident


def copied(s):
    s.imap(after(700, 0), "lea", STRANGER, 120, lasts=40)


# --- the way in -----------------------------------------------------------------------------------------------------

SECRETS = {"XOAUTH2": ("token-replay", "Token, no password", "provider"), "OAUTHBEARER": ("token-replay", "Token, no password", "provider"),
           "GSSAPI": ("token-replay", "Kerberos ticket, no password", "Kerberos"), "PLAIN": ("stolen-password", "Stolen password", "owner"),
           "SCRAM-SHA-256": ("stolen-password", "Stolen password", "owner"), "EXTERNAL": ("unknown", "Client certificate, no password", "key")}


@pytest.mark.parametrize("mechanism", SECRETS)
def test_what_the_server_took_is_named(mechanism, tmp_path):
    method, words, settles = SECRETS[mechanism]
    incident = incident_of(tmp_path, copied, change=lambda text: text.replace("method=PLAIN", f"method={mechanism}")
                           if STRANGER in text else text)
    how = verdict(incident, "how-they-got-in")
    assert incident["entry"]["method"] == method and how["answer"].startswith(words)
    assert any(settles in what for what in how["would_settle_it"])


def test_failures_before_it_are_not_denied(tmp_path):
    def tell(s):
        s.fail(after(690, 0), "lea", STRANGER)
        copied(s)

    how = verdict(incident_of(tmp_path, tell), "how-they-got-in")
    assert "accepted after failures" in how["answer"] and not any("no failed try" in why for why in how["because"])


def test_failures_after_it_are_no_failures_before(tmp_path):
    def tell(s):
        copied(s)
        s.fail(after(790, 0), "lea", STRANGER)

    how = verdict(incident_of(tmp_path, tell), "how-they-got-in")
    assert "first and only try" in how["answer"] and any("no failed try" in why for why in how["because"])


# --- passwords that were changed since ---------------------------------------------------------------------------------

def changed(s, minute, person, source):
    s.mail(after(minute, 0), f"roundcube: <abcdef> Password changed for user {person}@{DOMAIN} (ID: 3) from {source} in session ab")


def locked_out(s):
    copied(s)
    changed(s, 760, "lea", OFFICE)
    for n in range(3):
        s.fail(after(770 + n, 0), "lea", STRANGER)


def comes_back(s):
    locked_out(s)
    s.imap(after(790, 0), "lea", STRANGER, 2)


def another_account(s):
    locked_out(s)
    s.imap(after(790, 0), "ole", STRANGER, 2)


def his_own_doing(s):
    copied(s)
    changed(s, 760, "lea", STRANGER)


CHANGES = {locked_out: (None, "the password was changed since, and nothing of his is seen after it", "3 failed and none is seen"),
           comes_back: ("likely", "let in to lea@mairie.example again after its password was changed", "he was let in again after it"),
           another_account: (None, "may still be good", "3 failed and none is seen"),
           his_own_doing: (None, "may still be good", "from the intruder's address")}


@pytest.mark.parametrize("tell", CHANGES, ids=lambda tell: tell.__name__)
def test_a_changed_password(tell, tmp_path):
    certainty, answer, why = CHANGES[tell]
    inside = verdict(incident_of(tmp_path, tell), "still-inside")
    assert inside.get("certainty") == certainty and answer in inside["answer"], inside
    assert any(why in reason for reason in inside["because"]), inside


# --- what was opened, and the logs that would tell -------------------------------------------------------------------------

def unseen_webmail(s):
    """The intruder copies by IMAP, and reads in webmail on a host whose access log is not here."""
    copied(s)
    for n in range(5):
        s.imap(after(720, 9 * n), "lea", "127.0.0.1", 1, lasts=0.1)


def test_webmail_that_no_request_explains_is_within_the_bounds(tmp_path):
    incident = incident_of(tmp_path, unseen_webmail)
    assert incident["totals"]["messages"]["at_most"] == 125
    assert any("no request is told" in gap["hides"] for gap in incident["gaps"])


def test_webmail_of_the_owner_is_not(tmp_path):
    def tell(s):
        copied(s)
        s.web_sign_in(after(720, 0), "lea", OFFICE, story.FIREFOX)
        for n in range(5):
            s.web_read(after(720, 20 + 9 * n), "lea", OFFICE, story.FIREFOX, 30 + n)

    incident = incident_of(tmp_path, tell)
    assert incident["totals"]["messages"]["at_most"] == 120
    assert not any("no request is told" in gap["hides"] for gap in incident["gaps"])


def test_a_webmail_log_that_begins_late_proves_no_beginning(tmp_path):
    def tell(s):
        for day in s.days:
            for minute in range(0, 1440):
                s.mail(story.moment(minute, day), f"postfix/smtpd[{700 + minute}]: disconnect from unknown[192.0.2.7]")
        copied(s)
        s.lines["access.log"] = [row for row in s.lines["access.log"] if row[0] > after(-700, 0)]

    since = verdict(incident_of(tmp_path, tell), "since-when")
    assert since["certainty"] == "likely" and any("log of the webmail begins" in why for why in since["because"])


@pytest.mark.parametrize("path, told", [("/etc/shadow", False), ("/var/lib/dovecot/instances", False),
                                        (f"/var/vmail/{DOMAIN}/kim/Maildir/cur/1773000000.M1P7.mail,S=9,W=9:2,S", True)])
def test_an_audit_of_other_files_is_none_of_the_mail_store(path, told, tmp_path):
    def tell(s):
        copied(s)
        s.audited(after(500, 0), "/usr/bin/rsync", 4294967295, path)

    incident = incident_of(tmp_path, tell)
    assert ("at_most" in incident["totals"]["files"]) == told
    assert any(gap["source"] == "audit of the mail store" for gap in incident["gaps"]) != told


@pytest.mark.parametrize("messages", [300, 51000])
def test_a_huge_mailbox(messages, tmp_path):
    """Of so many messages arithmetic singles out none; all of them together it does."""
    store = tmp_path / "catalogue.jsonl"
    store.write_text("".join(json.dumps({"account": f"lea@{DOMAIN}", "folder": "INBOX", "uidvalidity": 1, "uid": n + 1,
                                         "size": 1000 + n * 7 % 991}) + "\n" for n in range(messages)))
    total = sum(1000 + n * 7 % 991 for n in range(messages))

    def whole(text):
        return re.sub(r"body_count=120 body_bytes=\d+", f"body_count={messages} body_bytes={total}", text)

    named = incident_of(tmp_path, copied, "--mail-store", store, change=whole)
    assert {(a["certainty"], a["how"]) for a in named["accesses"]} == {("likely", "session-count")} and len(named["accesses"]) == messages
    few = incident_of(tmp_path, copied, "--mail-store", store)
    assert {a["certainty"] for a in few["accesses"]} == {"possible"}
    assert (sum(a["times"] for a in few["accesses"]), len(few["accesses"])) == ((120, 1) if messages > 50000 else (messages, messages))
    assert few["totals"]["messages"]["at_most"] == 120
