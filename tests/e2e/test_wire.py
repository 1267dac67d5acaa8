"""Servers that log each command: Exchange's protocol logs, hMailServer. What a client asked for is what it opened."""

import json
from datetime import datetime, timedelta

import pytest

from tocsin import FOUND, scan, tocsin

STRANGER = "203.0.113.9"
PEOPLE = [f"person{i}" for i in range(12)]


class Exchange:
    head = ("#Software: Microsoft Exchange Server\n"
            "#Fields: dateTime,sessionId,seqNumber,sIp,cIp,user,duration,rqsize,rpsize,command,parameters,context\n")

    def __init__(self):
        self.lines, self.serial, self.port = [], 0, 143

    def row(self, when, source, user, command, parameters, context, size=31):
        who = f"EX\\{user}" if user else ""
        quoted = '"' + parameters.replace('"', '""') + '"' if parameters else ""
        self.lines.append((when, f"{when:%Y-%m-%dT%H:%M:%S}.530Z,{self.serial:016X},{len(self.lines)},192.0.2.10:{self.port},"
                                 f"{source}:35070,{who},16,31,{size},{command},{quoted},{context}"))

    def fail(self, when, source, user):
        self.serial += 1
        self.row(when, source, user, "login", user + " *****", '"R=""1 NO LOGIN failed."";Msg=""AuthFailed:LogonDenied"""')

    def session(self, when, source, user, commands, protocol="imap"):
        self.serial += 1
        self.port = 143 if protocol == "imap" else 110
        ok = '"R=""1 OK LOGIN completed."""' if protocol == "imap" else '"R=""+OK User successfully logged on."""'
        self.row(when, source, user, "login" if protocol == "imap" else "pass", user + " *****", ok)
        for i, (command, parameters, answer) in enumerate(commands, 1):
            self.row(when + timedelta(seconds=i), source, user, command, parameters, answer, 48213)
        self.row(when + timedelta(seconds=len(commands) + 2), source, user, "logout", "", "R=ok")

    def text(self):
        return self.head + "".join(line + "\n" for _, line in sorted(self.lines))


def days(host):
    begin = datetime(2026, 3, 9, 8)
    for day in range(6):
        for i, person in enumerate(PEOPLE):
            host.session(begin + timedelta(days=day, minutes=7 * i), f"198.51.100.{i + 10}", person, [("select", "INBOX", "R=ok")])
    return begin + timedelta(days=6, hours=19)


def opened_by(tmp_path, commands, protocol="imap"):
    host = Exchange()
    night = days(host)
    for i, person in enumerate(PEOPLE):
        host.fail(night + timedelta(seconds=i), STRANGER, person)
    host.session(night + timedelta(minutes=1), STRANGER, PEOPLE[3], commands, protocol)
    log = tmp_path / "imap.log"
    log.write_text(host.text())
    run, report = scan(tmp_path / "report.json", log)
    assert run.status == FOUND, run.err
    accesses = [a for incident in report["incidents"] for a in incident["accesses"]]
    return report, {(a.get("folder"), a.get("uid"), a.get("name"), a["kind"], a["certainty"]) for a in accesses}


def test_uids_of_the_folder_selected_before(tmp_path):
    _, found = opened_by(tmp_path, [("select", '"Sent Items"', "R=ok"), ("uid", "FETCH 17 (UID BODY.PEEK[])", "R=ok"),
                                    ("select", "INBOX", "R=ok"), ("uid", "fetch 20:22,30 (BODY[])", "R=ok;RowsProcessed=4"),
                                    ("uid", "FETCH 41 (BODY.PEEK[2])", "R=ok"), ("uid", "FETCH 1:* (FLAGS)", "R=ok"),
                                    ("uid", "FETCH 99 (BODY[])", '"R=""9 NO failed"""')])
    messages = {(folder, uid) for folder, uid, _, kind, certainty in found if kind == "message" and certainty == "proven"}
    assert messages == {("Sent Items", 17), ("INBOX", 20), ("INBOX", 21), ("INBOX", 22), ("INBOX", 30)}
    assert {uid for _, uid, _, kind, _ in found if kind == "attachment"} == {41}


def test_numbers_name_a_message_of_the_session_alone(tmp_path):
    _, found = opened_by(tmp_path, [("retr", "5", '"R=""+OK"""'), ("retr", "6", '"R=""+OK"""'), ("top", "7 0", '"R=""+OK"""'),
                                    ("retr", "8", '"R=""-ERR no such message"""')], "pop3")
    assert {(name, kind) for _, uid, name, kind, _ in found if uid is None} == \
        {("message 5", "message"), ("message 6", "message"), ("message 7", "listing")}


@pytest.mark.parametrize("items,kind", [("(BODY[HEADER])", "listing"), ("(RFC822)", "message"), ("(ENVELOPE FLAGS)", None)])
def test_what_a_fetch_hands_out(items, kind, tmp_path):
    _, found = opened_by(tmp_path, [("select", "INBOX", "R=ok"), ("uid", f"FETCH 5 {items}", "R=ok")])
    assert {k for _, _, _, k, _ in found} == ({kind} if kind else set())


def test_a_set_without_an_end_bounds_nothing(tmp_path):
    report, _ = opened_by(tmp_path, [("select", "INBOX", "R=ok"), ("uid", "FETCH 1:* (BODY.PEEK[])", "R=ok")])
    verdict = next(v for v in report["incidents"][0]["verdicts"] if v["question"] == "what-was-opened")
    assert "no upper bound" in verdict["answer"]


def test_hmailserver_names_its_people_by_session(tmp_path):
    log = tmp_path / "hmail.log"
    line = '"{}"\t{}\t{}\t"2026-03-17 03:05:0{}.101"\t"203.0.113.9"\t"{}"\n'.format
    log.write_text(line("IMAPD", 1, 7, 0, "RECEIVED: 1 login \"ana@x.example\" ***") +
                   line("IMAPD", 1, 8, 1, "RECEIVED: 1 login \"bob@x.example\" ***") +
                   line("IMAPD", 1, 7, 2, "SENT: 1 OK LOGIN completed") +
                   line("IMAPD", 1, 8, 3, "SENT: 1 NO Invalid user name or password.") +
                   line("IMAPD", 1, 7, 4, "RECEIVED: 2 SELECT \"INBOX\"") +
                   line("IMAPD", 1, 8, 5, "SENT: 2 NO Invalid user name or password.") +
                   line("IMAPD", 1, 7, 6, "RECEIVED: 3 UID FETCH 5 (UID BODY.PEEK[])"))
    run = tocsin("decode", "--timezone", "UTC", log)
    events = [json.loads(text) for text in run.out.decode().splitlines()]
    told = [(e["event.action"], e.get("event.outcome"), e.get("user.name")) for e in events]
    assert told == [("message", None, "ana@x.example"), ("message", None, "bob@x.example"), ("login", "success", "ana@x.example"),
                    ("login", "failure", "bob@x.example"), ("imap-command", None, "ana@x.example"), ("login", "failure", None),
                    ("imap-command", None, "ana@x.example")]
    assert events[-1]["imap.command"] == "UID FETCH" and events[-1]["mail.uids"] == "5"
    assert events[4]["mail.folder"] == "INBOX"
