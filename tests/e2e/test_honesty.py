"""A report may not say more than its records carry: no bound, no 0 and no proof where something could have happened unseen."""

import json
from pathlib import Path

import pytest

import story
import tenant
from story import DOMAIN, STRANGER, Story, after
from tenant import Tenant, upn
from tocsin import scan

RECORDED = Path(__file__).resolve().parents[2] / "lab" / "recordings" / "pop3-pull-stock"


def report_of(tell, tmp_path, host=Story, **more):
    told = host(**more)
    tell(told)
    _, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    return report


def tenant_report(tell, tmp_path, keep=lambda record: True):
    told = Tenant()
    tell(told)
    log = tmp_path / "audit.jsonl"
    log.write_text("".join(json.dumps(r) + "\n" for r in told.sorted() if keep(r)))
    _, report = scan(tmp_path / "report.json", "--quiet", log)
    return report


def verdict(incident, question):
    return next(v for v in incident["verdicts"] if v["question"] == question)


def unbounded(incident, *kinds):
    for kind in kinds:
        assert "at_most" not in incident["totals"][kind], (kind, incident["totals"])
    return incident


# --- servers that tell who came in, and not what was read ---------------------------------------------------------------

SIGN_INS = {
    "horde": ("mail.log", "{t} mail HORDE: [imp] {w} for {u} ({ip}) to {{imap://localhost/}} [pid 7 on line 157 of \"/x/Auth.php\"]",
              "Login success", "FAILED LOGIN"),
    "zimbra-imap": ("mailbox.log", "{z} {w}", "INFO  [ImapServer-1] [name={u};oip={ip};ua=Zimbra/8.8;cid=12;] security - cmd=Auth; "
                    "account={u}; protocol=imap;", "WARN  [ImapServer-1] [oip={ip};ua=Zimbra/8.8;] security - cmd=Auth; account={u}; "
                    "protocol=imap; error=authentication failed for [{u}], invalid password;"),
    "uwimap": ("mail.log", "{t} mail imapd[77]: {w} host=[{ip}]", "Login user={u}", "Login failed user={u} auth={u}"),
    "vpopmail": ("mail.log", "{t} mail vpopmail[77]: vchkpw-pop3: {w} {u}:{ip}", "(PLAIN) login success", "password fail"),
    "roundcube": ("mail.log", "{t} mail roundcube: <abcd> {w} in session abcdefgh00", "Successful login for {u} (ID: 3) from {ip}",
                  "Failed login for {u} from {ip}"),
    "dovecot without ids": ("mail.log", "{t} mail dovecot: imap-login: {w} user=<{u}>, method=PLAIN, rip={ip}, lip=192.0.2.25, TLS",
                            "Login:", "Disconnected: Connection closed (auth failed, 1 attempts in 2 secs):"),
    "postfix alone": ("mail.log", "{t} mail postfix/submission/smtpd[77]: {w}, sasl_username={u}",
                      "AAB{n}: client=unknown[{ip}], sasl_method=PLAIN",
                      "warning: unknown[{ip}]: SASL PLAIN authentication failed: UGFzc3dvcmQ6"),
}


def door_of(kind):
    log, line, good, bad = SIGN_INS[kind]

    class Door(Story):
        def say(self, when, person, source, words):
            self.lines.setdefault(log, [])
            told = dict(u=f"{person}@{DOMAIN}", ip=source, t=when.isoformat(timespec="microseconds"), n=1000 + self.serial,
                        z=when.strftime("%Y-%m-%d %H:%M:%S,000"))
            self.put(log, when, line.format(w=words.format(**told), **told))

        def imap(self, when, person, source, *_, **__):
            self.say(when, person, source, good)

        def fail(self, when, person, source):
            self.say(when, person, source, bad)

        def web_sign_in(self, *_):
            pass

        web_read = send = web_sign_in

    return Door


@pytest.mark.parametrize("kind", SIGN_INS)
def test_who_only_lets_in_bounds_nothing(kind, tmp_path):
    incident, = report_of(story.brute_force, tmp_path, door_of(kind))["incidents"]
    unbounded(incident, "messages", "attachments", "bytes_out")
    opened = verdict(incident, "what-was-opened")
    assert opened["certainty"] == "possible" and "no message" not in opened["answer"]
    assert any("messages were opened" in gap["hides"] for gap in incident["gaps"])


def test_lines_that_a_logger_dropped_leave_no_bound(tmp_path):
    def tell(s):
        story.brute_force(s)
        s.mail(after(606, 0), "systemd-journald[55]: Suppressed 431 messages from dovecot.service")

    incident, = report_of(tell, tmp_path)["incidents"]
    unbounded(incident, "messages", "bytes_out")


# --- a tenant ------------------------------------------------------------------------------------------------------------

def test_a_mailbox_that_is_not_audited_is_not_said_to_be_unread(tmp_path):
    """MailItemsAccessed goes by licence: others' records are there, the victim's are not."""
    report = tenant_report(tenant.hiding_rule, tmp_path,
                           lambda r: not (r["Operation"] == "MailItemsAccessed" and r["MailboxOwnerUPN"] == upn("elsa")))
    incident, = report["incidents"]
    unbounded(incident, "messages", "attachments", "bytes_out")
    assert any(upn("elsa") in gap["source"] for gap in incident["gaps"])


def test_a_tenant_counts_no_bytes_and_no_attachments(tmp_path):
    incident, = tenant_report(tenant.spray, tmp_path)["incidents"]
    assert incident["totals"]["messages"] == {"proven": 12, "at_most": 12}
    unbounded(incident, "attachments", "bytes_out")


def test_what_failed_was_neither_read_nor_taken_back(tmp_path):
    def tell(t):
        tenant.hiding_rule(t)
        t.access(tenant.moment(132), "elsa", STRANGER, ["refused"])
        t.records[-1][2]["ResultStatus"] = "Failed"
        t.cmdlet(tenant.moment(150), "Remove-InboxRule", "elsa", STRANGER, Name=".")
        t.records[-1][2]["ResultStatus"] = "False"

    incident, = tenant_report(tell, tmp_path)["incidents"]
    assert {a["message_id"].partition("@")[0]: a["certainty"] for a in incident["accesses"]} == {
        "secret-0": "proven", "secret-1": "proven", "refused": "possible"}
    change, = incident["changes"]
    assert change["active"]


# --- mail that went nowhere, shells of several people, guesses of others -------------------------------------------------

def test_a_mail_that_bounced_left_nothing(tmp_path):
    def tell(s):
        story.brute_force(s)
        s.send(after(608, 0), "kim", STRANGER, 61000, "depot77@boite.example")
        s.lines["mail.log"] = [(when, n, text.replace("dsn=2.0.0, status=sent (250 2.0.0 Ok)", "dsn=5.1.1, status=bounced (550 No)")
                                if "depot77" in text else text) for when, n, text in s.lines["mail.log"]]

    incident, = report_of(tell, tmp_path)["incidents"]
    assert "outside recipients" not in verdict(incident, "did-data-leave")["answer"]
    assert not any(sent.get("to") for sent in incident["sent"])


def test_of_two_shells_neither_is_likely(tmp_path):
    """The administrator signs in from the office between the intruder's sign-in and what is read: he is not named for it."""
    def tell(s):
        story.shell_grep(s)
        s.ssh(after(701, 0), "chef", story.OFFICE)

    incident, = report_of(tell, tmp_path)["incidents"]
    assert incident["entry"]["source_ip"] == STRANGER
    assert incident["entry"]["certainty"] == "possible"
    assert {s["certainty"] for s in incident["sources"]} == {"possible"}
    unbounded(incident, "bytes_out", "attachments")


def test_a_login_number_is_one_hosts_own(tmp_path):
    """Number 1000 is the intruder on one host, and on the other somebody who copies the store each evening."""
    def tell(s):
        for host, do in (("other", story.backup_by_hand), ("mail", story.shell_grep)):
            before, s.lines["audit.log"] = s.lines["audit.log"], []
            do(s)
            s.lines["audit.log"] = before + [(w, n, f"node={host} {text}") for w, n, text in s.lines["audit.log"]]

    incident, = report_of(tell, tmp_path)["incidents"]
    assert incident["totals"]["files"]["proven"] == 30
    assert not any("/usr/bin/rsync" in json.dumps(a) for a in incident["accesses"])


def test_who_guesses_at_the_same_names_is_not_proven_to_be_the_same(tmp_path):
    def tell(s):
        story.spray_goes_on(s)
        for n in range(10):
            s.fail(after(600, 25 * n), story.PEOPLE[n], "91.132.137.61")

    incident, = report_of(tell, tmp_path)["incidents"]
    assert {s["ip"]: s["certainty"] for s in incident["sources"]} == {STRANGER: "proven", "91.132.137.61": "likely"}


def test_what_the_owner_forwarded_before_is_not_the_intruders_doing(tmp_path):
    def tell(s):
        for day in s.days:
            for minute in (700, 1000):
                s.mail(story.moment(minute, day), f"dovecot: lmtp(elsa@{DOMAIN})<77><abcdef>: sieve: msgid=<{minute}{day}@x.example>: "
                                                  f"forwarded to <elsa.private@home.example>")
        story.silent_filter(s)

    incident, = report_of(tell, tmp_path)["incidents"]
    assert [(c["kind"], c.get("target")) for c in incident["changes"]] == [("filter", None)]
    assert "forward" not in incident["title"] + verdict(incident, "did-data-leave")["answer"]


def test_a_changed_password_is_told(tmp_path):
    def tell(s):
        story.brute_force(s)
        s.mail(after(700, 0), f"roundcube: <abcdef> Password changed for user kim@{DOMAIN} (ID: 3) from {story.OFFICE} in session ab")

    incident, = report_of(tell, tmp_path)["incidents"]
    reasons = verdict(incident, "still-inside")["because"]
    assert any("was changed" in r for r in reasons) and not any("no record shows the password" in r for r in reasons)


def test_the_owner_in_a_session_that_was_stolen_is_himself(tmp_path):
    """A token has two users: what comes from the owner's own place is the intruder's possibly, and no more."""
    def tell(t):
        tenant.spray(t)
        t.access(tenant.moment(640), "gita", tenant.OFFICE, ["own-1", "own-2"], session="s-evil")

    incident, = tenant_report(tell, tmp_path)["incidents"]
    found = {a["message_id"].partition("@")[0]: a["certainty"] for a in incident["accesses"]}
    assert found["own-1"] == found["own-2"] == "possible" and found["secret-0"] == "proven"


def test_two_folders_that_count_alike_name_neither(tmp_path):
    """Three messages and their sum fit a folder, and its copy as well."""
    def tell(s):
        story.brute_force(s)
        s.lines["mail.log"] = [(w, n, t.replace("body_count=9 body_bytes=36000", "body_count=3 body_bytes=600"))
                               for w, n, t in s.lines["mail.log"]]

    store = tmp_path / "catalogue.jsonl"
    store.write_text("".join(json.dumps({"account": f"kim@{DOMAIN}", "folder": folder, "uidvalidity": 1, "uid": uid, "size": size}) + "\n"
                             for folder in ("INBOX", "Archive") for uid, size in ((1, 100), (2, 200), (3, 300))))
    told = Story()
    tell(told)
    _, report = scan(tmp_path / "report.json", "--quiet", "--mail-store", store, *told.write(tmp_path))
    incident, = report["incidents"]
    assert {(a["folder"], a["certainty"]) for a in incident["accesses"]} == {("INBOX", "possible"), ("Archive", "possible")}


def test_what_a_session_alone_makes_his_is_sent_likely(tmp_path):
    def tell(t):
        tenant.spray(t)
        t.send(tenant.moment(630), "gita", "203.0.113.77", "out-1", "Papers", SessionId="s-evil")

    incident, = tenant_report(tell, tmp_path)["incidents"]
    assert [s["certainty"] for s in incident["sent"]] == ["likely"]


def test_a_host_is_counted(tmp_path):
    """One host wrote all of it: neither none nor one for each log."""
    _, report = scan(tmp_path / "report.json", "--quiet", RECORDED / "mail.log", RECORDED / "auth.log")
    assert report["counters"]["hosts"] == 1
