"""However many small findings an attacker causes, the one that makes an incident stays."""

from tocsin import FOUND, scan

GRAVE = """title: The thief is let in
id: 00000000-0000-4000-8000-000000000011
logsource: {product: mail}
detection:
    login: {event.action: login, event.outcome: success, source.ip: 185.220.101.7}
    condition: login
level: high
tocsin: {method: stolen-password}
"""
SMALL = """title: Somebody is refused
id: 00000000-0000-4000-8000-000000000012
logsource: {product: mail}
detection:
    refused: {event.action: login, event.outcome: failure}
    condition: refused
level: medium
"""


def test_small_findings_do_not_push_out_the_grave_one(tmp_path):
    lines = ["2026-03-17T10:00:00+01:00 mail dovecot: imap-login: Login: user=<ana@mairie.example>, method=PLAIN, "
             "rip=185.220.101.7, lip=192.0.2.25, mpid=7, TLS, session=<in>"]
    for n in range(9000):
        lines.append(f"2026-03-17T11:{n // 150:02}:{n % 60:02}+01:00 mail dovecot: imap-login: Disconnected: Connection closed "
                     f"(auth failed, 1 attempts in 2 secs): user=<ana@mairie.example>, method=PLAIN, "
                     f"rip=198.{18 + n % 2}.{n // 250}.{n % 250}, lip=192.0.2.25, TLS, session=<x{n}>")
    (tmp_path / "mail.log").write_text("\n".join(lines) + "\n")
    (tmp_path / "rules.yml").write_text(GRAVE + "---\n" + SMALL)
    run, report = scan(tmp_path / "report.json", "--quiet", "--rules", tmp_path / "rules.yml", tmp_path / "mail.log")
    assert run.status == FOUND, run.err
    assert [i["entry"]["source_ip"] for i in report["incidents"]] == ["185.220.101.7"]
    assert len(report["findings"]) > 1000
