"""tocsin visibility: what is blind is said to be, and nothing that was found is called blind."""

import json
import subprocess
from pathlib import Path

import pytest

from tocsin import TOCSIN

RECORDINGS = Path(__file__).resolve().parents[2] / "lab" / "recordings"


def look(tmp_path, *paths):
    out = tmp_path / "visibility.json"
    done = subprocess.run([TOCSIN, "visibility", "--json", out, *paths], capture_output=True, text=True)
    return done, json.loads(out.read_text())


def logs_of(recording):
    return sorted(recording.glob("*.log*"))


def states(seen):
    return {rule["id"]: rule["state"] for rule in seen["rules"]}


@pytest.mark.parametrize("recording", sorted(RECORDINGS.iterdir()), ids=lambda path: path.name)
def test_what_a_scan_finds_is_not_blind(tmp_path, recording):
    report = tmp_path / "report.json"
    subprocess.run([TOCSIN, "scan", "--quiet", "--json", report, *logs_of(recording)])
    whole = json.loads(report.read_text())
    rows = whole["findings"] + [f for i in whole["incidents"] for f in i["findings"]]
    _, seen = look(tmp_path, *logs_of(recording))
    state = states(seen)
    assert [f["rule"]["title"] for f in rows if state[f["rule"]["id"]] != "seeing"] == []


def scanned(tmp_path, *paths):
    out = tmp_path / "scan.json"
    done = subprocess.run([TOCSIN, "scan", "--json", out, *paths], capture_output=True, text=True)
    return done, json.loads(out.read_text())


@pytest.mark.parametrize("name", ["new-phone-stock", "spray-imap-rich", "server-shell-rich"])
def test_a_scan_says_which_rules_were_blind(tmp_path, name):
    """As visibility does, with and without an incident."""
    done, report = scanned(tmp_path, *logs_of(RECORDINGS / name))
    blind = {rule for rule, state in states(look(tmp_path, *logs_of(RECORDINGS / name))[1]).items() if state == "blind"}
    assert blind and {rule["id"] for rule in report["visibility"]["rules"]} == blind
    assert report["visibility"]["blind"] == len(report["visibility"]["rules"])
    assert "Blind" in done.stdout
    assert {rule["needs"] for rule in report["visibility"]["rules"]} <= {"setting", "log", "tenant"}


def test_a_host_without_a_tenant_is_asked_for_its_own_logs_first(tmp_path):
    """And a tenant is asked for its log where one is seen."""
    recording = RECORDINGS / "pop3-pull-stock"
    done, report = scanned(tmp_path, *logs_of(recording))
    after = done.stdout.partition("Blind")[2]
    assert "Search-UnifiedAuditLog" not in after and "no tenant is seen in these logs" in after
    assert after.index("Dovecot:") < after.index("no tenant")
    rows = [row for row in look(tmp_path, *logs_of(recording))[0].stdout.splitlines() if row.startswith("blind ")]
    assert "Search-UnifiedAuditLog" in rows[-1] and len(rows) > 2
    tenant = tmp_path / "audit.jsonl"
    tenant.write_text(json.dumps({"CreationTime": "2026-03-17T10:00:00", "Id": "7", "Operation": "UserLoggedIn", "RecordType": 15,
                                  "OrganizationId": "7e0c0000-0000-4000-8000-000000000001", "ResultStatus": "Success", "UserType": 0,
                                  "Version": 1, "Workload": "AzureActiveDirectory", "UserId": "ana@mairie.example",
                                  "ClientIP": "192.0.2.70"}) + "\n")
    done, _ = scanned(tmp_path, tenant, *logs_of(recording))
    assert "no tenant is seen" not in done.stdout


def test_a_quiet_scan_says_what_it_could_not_have_seen(tmp_path):
    """Access logs alone show no guessing of passwords, and no shell on the host."""
    done, report = scanned(tmp_path, *sorted((RECORDINGS / "new-phone-rich").glob("access.log*")))
    assert done.returncode == 1
    assert {"password-spray", "server-shell", "oauth-consent"} <= set(report["visibility"]["unseen"])
    assert "password spray" in done.stdout and "would not have been noticed" in done.stdout
    _, whole = scanned(tmp_path, *logs_of(RECORDINGS / "server-shell-rich"))
    assert whole["visibility"]["unseen"] == ["oauth-consent"]


def test_a_scan_tells_drift(tmp_path):
    known = "imap-login: Login: user=<ana@example.org>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=7, session=<a>"
    days = [(10, known), (11, "imap-login: Anmeldung von ana@example.org")]
    log = tmp_path / "mail.log"
    log.write_text("".join(dovecot(day, number, text) for day, text in days for number in range(100)))
    done, report = scanned(tmp_path, log)
    assert [d["daemon"] for d in report["visibility"]["drift"]] == ["dovecot"]
    assert report["visibility"]["drift"][0]["samples"] and "Drift" in done.stdout


def test_each_blind_rule_says_why_and_how(tmp_path):
    done, seen = look(tmp_path, *logs_of(RECORDINGS / "pop3-pull-stock"))
    blind = [rule for rule in seen["rules"] if rule["state"] == "blind"]
    assert done.returncode == 1 and blind
    assert all(rule["why"] and rule["setting"] for rule in blind)


def test_the_exporter_opens_eyes(tmp_path):
    stock = states(look(tmp_path, *logs_of(RECORDINGS / "pop3-pull-stock"))[1])
    rich = states(look(tmp_path, *logs_of(RECORDINGS / "pop3-pull-rich"))[1])
    opened = {rule for rule in stock if stock[rule] == "blind" and rich[rule] == "seeing"}
    assert opened and not {rule for rule in stock if stock[rule] == "seeing" and rich[rule] == "blind"}


def test_without_a_web_log_webmail_is_not_seen(tmp_path):
    recording = RECORDINGS / "stolen-password-webmail-stock"
    _, whole = look(tmp_path, *logs_of(recording))
    _, mail = look(tmp_path, recording / "mail.log", recording / "mail.log.1.gz")
    lost = [rule for rule, state in states(whole).items() if state == "seeing" and states(mail)[rule] == "blind"]
    assert lost
    assert any("access log" in rule["setting"] for rule in mail["rules"] if rule["id"] in lost)


def dovecot(day, number, text):
    return f"Mar {day} {number // 60:02}:{number % 60:02}:00 mail dovecot: {text}\n"


def test_drift_is_named_with_samples(tmp_path):
    """After an upgrade a daemon says the same in other words."""
    known = "imap-login: Login: user=<ana@example.org>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=7, session=<a>"
    other = "imap-login: Anmeldung von ana@example.org aus 192.0.2.7"
    log = tmp_path / "mail.log"
    days = [(10, known), (11, known), (12, other)]
    log.write_text("".join(dovecot(day, number, text) for day, text in days for number in range(100)))
    done, seen = look(tmp_path, log)
    assert [d["daemon"] for d in seen["drift"]] == ["dovecot"]
    assert seen["drift"][0]["from"].endswith("-03-12T00:00:00.000Z")
    assert "Anmeldung" in seen["drift"][0]["samples"][0]
    assert "drift   dovecot" in done.stdout


def test_no_drift_where_nothing_changes(tmp_path):
    _, seen = look(tmp_path, *logs_of(RECORDINGS / "office-nat-rich"))
    assert seen["drift"] == []


def test_nothing_to_look_at(tmp_path):
    (tmp_path / "empty").mkdir()
    assert subprocess.run([TOCSIN, "visibility", tmp_path / "empty"], capture_output=True).returncode == 2


def test_the_page_escapes(tmp_path):
    log = tmp_path / "<b>mail.log"
    log.write_text("Mar 10 00:00:00 mail postfix/smtpd[7]: connect from unknown[192.0.2.7]\n")
    page = tmp_path / "page.html"
    subprocess.run([TOCSIN, "visibility", "--html", page, log], capture_output=True)
    text = page.read_text()
    assert "&lt;b&gt;mail.log" in text and "<b>mail.log" not in text
