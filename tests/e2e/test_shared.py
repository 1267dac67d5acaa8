"""Whose password fell, and whose mail was read: shared folders, delegation, master users."""

import json

import pytest

from story import DOMAIN, HOST, OFFICE, PEOPLE, STRANGER, UTC, Story, after, timedelta
from tenant import Tenant, moment
from test_honesty import verdict
from test_other_servers import Cyrus
from tocsin import NONE, scan


def incident_of(tmp_path, tell, host=Story):
    told = host()
    tell(told)
    _, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    incident, = report["incidents"]
    return incident


def accounts(incident):
    return {a["name"].split("@")[0]: (a["compromised"], a.get("read")) for a in incident["accounts"]}


def opened(s, when, session, box, uids):
    stamp = when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    for uid in uids:
        s.mail(when, "dovecot: stats: " + json.dumps({
            "event": "mail_opened", "hostname": "mail", "start_time": stamp, "end_time": stamp, "categories": ["storage"],
            "fields": {"user": f"lea@{DOMAIN}", "local_ip": HOST, "remote_ip": STRANGER, "session": session,
                       "reason_code": ["imap:cmd_uid_fetch", "imap:fetch_body"], "mailbox": box, "uid": uid}}, separators=(",", ":")))


FOLDERS = [("shared/ana/INBOX", "ana"), (f"shared/bao@{DOMAIN}/Sent", "bao"), ("user.cleo.Drafts", "cleo"), ("Other Users/dirk", "dirk"),
           ("#shared.elsa", "elsa"), ("Kunden/finn", None), ("shared/allgemein", None), ("shared/lea/INBOX", None), ("shared/", None)]


@pytest.mark.parametrize("folder, owner", FOLDERS)
def test_the_owner_of_a_shared_folder_is_named_as_read(folder, owner, tmp_path):
    def tell(s):
        session = s.session(after(700, 0), STRANGER)
        s.mail(after(700, 0), f"dovecot: imap-login: Login: user=<lea@{DOMAIN}>, method=PLAIN, rip={STRANGER}, lip={HOST}, mpid=5001, TLS, "
                              f"session=<{session}>")
        opened(s, after(700, 1), session, "INBOX", range(1, 61))
        opened(s, after(700, 2), session, folder, range(1, 5))
        s.mail(after(700, 5), f"dovecot: imap(lea@{DOMAIN})<5001><{session}>: Disconnected: Logged out in=9 out=400000 deleted=0 expunged=0 "
                              f"trashed=0 hdr_count=0 hdr_bytes=0 body_count=64 body_bytes=352000")

    incident = incident_of(tmp_path, tell)
    assert accounts(incident) == {"lea": ("proven", None), **({owner: ("possible", "likely")} if owner else {})}
    assert incident["title"].startswith("One account") and incident["totals"]["messages"] == {"proven": 64, "at_most": 64}
    assert any(f"mail of {owner}@" in why for why in verdict(incident, "what-was-opened")["because"]) == bool(owner)


def test_cyrus_names_the_mailbox(tmp_path):
    def tell(s):
        for n in range(40):
            s.fail(after(600, 4 * n), "kim", STRANGER)
        when, (pid, session) = after(604, 0), s.identity(after(604, 0))
        s.mail(when, f"cyrus/imap[{pid}]: login: [{STRANGER}] kim@{DOMAIN} plaintext+TLS User logged in SESSIONID=<{session}>")
        for box in ("user.kim", "user.ana.Sent"):
            s.mail(when + timedelta(seconds=1), f"cyrus/imap[{pid}]: auditlog: touched sessionid=<{session}> mailbox=<{DOMAIN}!{box}> uniqueid=<q9> "
                                                f"uid=<7> guid=<56> cid=<NIL> modseq=<1> oldflags=<> sysflags=<SE>")
        s.mail(when + timedelta(seconds=9), f"cyrus/imap[{pid}]: auditlog: traffic sessionid=<{session}> bytes_in=<90> bytes_out=<9000>")

    incident = incident_of(tmp_path, tell, Cyrus)
    assert accounts(incident) == {"kim": ("proven", None), "ana": ("possible", "likely")}
    assert ("ana", "Sent", 7) in {(a["account"].split("@")[0], a["folder"], a["uid"]) for a in incident["accesses"] if "uid" in a}


def test_a_delegates_reading_in_a_tenant(tmp_path):
    told = Tenant()
    told.sign_in(moment(90), "dirk", STRANGER)
    told.access(moment(92), "dirk", STRANGER, [f"doc{k}" for k in range(60)])
    told.access(moment(93), "dirk", STRANGER, [f"hers{k}" for k in range(6)], owner="ana")
    told.cmdlet(moment(95), "New-InboxRule", "dirk", STRANGER, Name=".", ForwardTo="drop@boite.example")
    log = tmp_path / "audit.jsonl"
    log.write_text("".join(json.dumps(record) + "\n" for _, _, record in sorted(told.records, key=lambda row: row[:2])))
    _, report = scan(tmp_path / "report.json", "--quiet", log)
    incident, = report["incidents"]
    assert accounts(incident) == {"dirk": ("proven", None), "ana": ("possible", "proven")}


# --- master users ---------------------------------------------------------------------------------------------------------------

def as_master(s, when, person, source, bodies, said):
    user, session = f"{person}@{DOMAIN}", s.session(when, source)
    shown = f"{user}*backup" if said == "name" else user
    if said == "verbose":
        s.mail(when, f"dovecot: auth: passwd-file(backup,{source},master,<{session}>): Master user logging in as {user}")
    s.mail(when, f"dovecot: imap-login: Login: user=<{shown}>, method=PLAIN, rip={source}, lip={HOST}, mpid=88, TLS, session=<{session}>")
    s.mail(when + timedelta(seconds=2), f"dovecot: imap({user})<88><{session}>: Disconnected: Logged out in=9 out={900 + bodies * 4000} deleted=0 "
                                        f"expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count={bodies} body_bytes={bodies * 4000}")


@pytest.mark.parametrize("said", ["name", "verbose"])
def test_the_password_was_the_master_users(said, tmp_path):
    incident = incident_of(tmp_path, lambda s: as_master(s, after(600, 0), "ana", STRANGER, 60, said))
    how, inside = verdict(incident, "how-they-got-in"), verdict(incident, "still-inside")
    assert accounts(incident) == {"ana": ("proven", None)} and incident["entry"]["account"] == f"ana@{DOMAIN}"
    assert "master user backup" in how["answer"] and not any("ask the owner" in what for what in how["would_settle_it"])
    assert "master user's password" in inside["answer"] and "master user" in inside["would_settle_it"][0]


def test_the_houses_own_master_is_left_in_peace(tmp_path):
    def tell(s):
        for day in s.days:
            for n, person in enumerate(PEOPLE):
                as_master(s, after(150, 5 * n, day), person, "192.0.2.26", 80, "name")
            as_master(s, after(640, 0, day), "ana", OFFICE, 3, "verbose")

    told = Story()
    tell(told)
    run, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    assert run.status == NONE, [i["title"] for i in report["incidents"]]
