"""tocsin rules check, list, explain: what is said, where it stands, and with which exit status."""

import json

import pytest

from tocsin import FOUND, NONE, TOP, TROUBLE, tocsin

SHARED = TOP.parent / "shared" / "sigma"
RULE = """title: {title}
id: 00000000-0000-4000-8000-{number:012}
logsource: {logsource}
detection:
{detection}
level: {level}
tags: [attack.t1110.003]
"""
REQUEST = '192.0.2.7 - - [10/Mar/2026:10:00:00 +0000] "GET {} HTTP/1.1" 200 123 "-" "curl/8"\n'
SYSLOG = "2026-03-17T10:00:00+01:00 mail {}\n"


def rule(folder, name="a.yml", number=1, logsource="{product: mail}", detection="    s: {user.name: ana}\n    condition: s",
         title="A rule", level="high"):
    path = folder / name
    path.write_text(RULE.format(number=number, logsource=logsource, detection=detection, title=title, level=level))
    return path


def lines(run):
    return [json.loads(line) for line in run.out.splitlines()]


# --- check ---

def test_check_says_where_and_what(tmp_path):
    path = rule(tmp_path, detection="    s: {user.nmae|contans: ana}\n    condition: s")
    run = tocsin("rules", "check", path)
    assert run.status == TROUBLE
    assert f"{path}:5:19: unknown modifier 'contans' (did you mean 'contains'?)" in run.err
    assert "0 rules are good, 1 were refused" in run.out.decode()


def test_check_in_json(tmp_path):
    rule(tmp_path, "good.yml", 1)
    rule(tmp_path, "field.yml", 2, detection="    s: {user.nmae: ana}\n    condition: s")
    rule(tmp_path, "bad.yml", 3, detection="    s: {user.name: ana}\n    condition: t")
    *complaints, last = lines(tocsin("rules", "check", "--json", tmp_path))
    assert last["summary"] == {"rules": 2, "refused": 1, "errors": 1, "warnings": 1}
    assert {c["severity"]: (c["file"].rsplit("/", 1)[1], c["line"], c["column"]) for c in complaints} == {
        "error": ("bad.yml", 6, 16), "warning": ("field.yml", 5, 9)}
    assert any(c.get("expected") == "did you mean 'user.name'?" for c in complaints)


def test_check_counts_log_sources_that_are_not_read_here(tmp_path):
    rule(tmp_path, logsource="{product: windows, category: process_creation}", detection="    s: {Image: a}\n    condition: s")
    run = tocsin("rules", "check", tmp_path)
    assert run.status == FOUND and not run.err
    assert "1  windows/process_creation" in run.out.decode()


def test_check_passes_over_other_yaml(tmp_path):
    rule(tmp_path)
    (tmp_path / "info.yml").write_text("description: a test\nregression_tests_info: []\n")
    assert tocsin("rules", "check", tmp_path).status == FOUND
    assert tocsin("rules", "check", tmp_path / "info.yml").status == TROUBLE


@pytest.mark.skipif(not SHARED.exists(), reason="there is no copy of the public rules here")
def test_check_refuses_no_public_rule():
    *_, last = lines(tocsin("rules", "check", "--json", SHARED))
    assert last["summary"]["rules"] == 2317 and last["summary"]["refused"] == 0


def test_check_with_a_pipeline(tmp_path):
    path = rule(tmp_path, detection="    s: {account: ana}\n    condition: s")
    pipeline = tmp_path / "pipe"
    pipeline.write_text("transformations:\n- {type: field_name_mapping, mapping: {account: user.name}}\n")
    assert "no event has a field 'account'" in tocsin("rules", "check", path).err
    assert not tocsin("rules", "check", "--pipeline", pipeline, path).err
    pipeline.write_text("transformations:\n- {type: field_name_maping}\n")
    run = tocsin("rules", "check", "--pipeline", pipeline, path)
    assert run.status == TROUBLE and f"{pipeline}:2:10: unknown transformation" in run.err


# --- list ---

def test_list_filters(tmp_path):
    long = "A title that is longer than most of them are, and which nobody wants to see cut short"
    rule(tmp_path, "a.yml", 1, title="First", level="low")
    rule(tmp_path, "b.yml", 2, title="Second", logsource="{product: linux, service: sshd}", level="critical")
    def titles(*options):
        return [r["title"] for r in lines(tocsin("rules", "list", "--json", *options, tmp_path))]
    assert titles() == ["First", "Second"]
    assert titles("--level", "high") == ["Second"]
    assert titles("--logsource", "product=linux") == ["Second"]
    assert titles("--tag", "attack.t1110") == ["First", "Second"]
    assert titles("--tag", "attack.t11") == []
    text = tocsin("rules", "list", tmp_path).out.decode()
    assert "2 of 2 rules" in text
    rule(tmp_path, "c.yml", 3, title=long, level="low")
    assert long + "\n" in tocsin("rules", "list", tmp_path).out.decode()
    assert tocsin("rules", "list", "--level", "hihg", tmp_path).status == TROUBLE


# --- explain ---

def test_explain_a_record(tmp_path):
    path = rule(tmp_path, logsource="{category: webserver}",
                detection="    s:\n        cs-method: GET\n        cs-uri-query|contains: [/etc/passwd, /shadow]\n"
                          "    f: {sc-status: 404}\n    condition: s and not f")
    run = tocsin("rules", "explain", path, REQUEST.format("/a?f=/etc/passwd"))
    text = run.out.decode()
    assert run.status == FOUND and "verdict  matches" in text
    assert "yes log source: category: webserver" in text
    assert "no        http.response.status_code: 404" in text and "the event: 200" in text
    assert "\033" not in text and all(len(line) < 100 for line in text.splitlines())
    assert "\033" in tocsin("rules", "explain", "--color", "always", path, REQUEST.format("/")).out.decode()
    assert tocsin("rules", "explain", path, REQUEST.format("/a")).status == NONE


def test_explain_in_json(tmp_path):
    path = rule(tmp_path, detection="    s: {source.ip|cidr: 192.0.2.0/24, user.name: ana}\n    condition: s",
                logsource="{product: nginx}")
    answer, = lines(tocsin("rules", "explain", "--json", path, REQUEST.format("/")))
    assert answer["matches"] is False and answer["event"]["event.module"] == "nginx"
    source, search = answer["reasons"]
    assert source["holds"] is True and search["text"] == "s"
    by_field = {part["field"]: part for part in search["parts"][0]["parts"]} if "field" not in search["parts"][0] \
        else {part["field"]: part for part in search["parts"]}
    assert by_field["source.ip"]["holds"] is True and by_field["source.ip"]["value"] == "192.0.2.7"
    assert by_field["user.name"]["present"] is False and by_field["user.name"]["value"] is None


def test_explain_an_event_of_decode(tmp_path):
    (tmp_path / "access.log").write_text(REQUEST.format("/x"))
    event = tocsin("decode", tmp_path / "access.log").out
    path = rule(tmp_path, logsource="{category: webserver}", detection="    s: {cs-uri-stem: /x}\n    condition: s")
    assert tocsin("rules", "explain", path, "-", stdin=event).status == FOUND


def test_explain_an_event_whose_action_has_two_names(tmp_path):
    path = rule(tmp_path, logsource="{product: m365}", detection="    s: {event.action: role-change}\n    condition: s")
    log = tmp_path / "m365.json"
    log.write_text(ROLE)
    assert tocsin("rules", "explain", path, log).status == FOUND
    assert tocsin("rules", "explain", path, "-", stdin=tocsin("decode", log).out).status == FOUND


def test_explain_any_json(tmp_path):
    path = rule(tmp_path, logsource="{product: windows}", detection="    s: {Image|endswith: '\\a.exe'}\n    condition: s")
    event = tmp_path / "event.json"
    event.write_text('{"Event": {"System": {"EventID": 1}, "EventData": {"Image": "C:\\\\a.exe"}}}')
    assert tocsin("rules", "explain", path, event).status == FOUND
    assert tocsin("rules", "explain", "--logsource", "product=linux", path, event).status == NONE


@pytest.mark.parametrize("called", ["00000000-0000-4000-8000-000000000001", "00000000", "a RULE"])
def test_explain_finds_the_rule(tmp_path, called):
    rule(tmp_path)
    event = SYSLOG.format("dovecot: imap-login: Login: user=<ana>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS, session=<x>")
    assert tocsin("rules", "explain", "--rules", tmp_path, called, event).status == FOUND


def test_explain_teaches(tmp_path):
    path = rule(tmp_path)
    for arguments, said in ((["rules", "explain", path], "tocsin rules explain RULE EVENT"),
                            (["rules", "explain", path, "this is no record"], "no format reads this record"),
                            (["rules", "explain", path, "{"], "the event is no JSON object"),
                            (["rules", "explain", "--rules", tmp_path, "A rul", REQUEST.format("/")], "did you mean A rule?"),
                            (["rules", "explain", path, "nowhere/event.json"], "there is no file nowhere/event.json"),
                            (["rules", "explain", "--rules", tmp_path, "a rule", tmp_path], "there is no file"),
                            (["rules", "explain", "--rules", tmp_path, "nope", tmp_path], "there is no rule nope"),
                            (["rules", "explian"], "there is no verb explian; did you mean explain?")):
        run = tocsin(*arguments)
        assert run.status == TROUBLE and said in run.err, run.err


def test_explain_takes_the_first_of_several_events(tmp_path):
    path = rule(tmp_path, logsource="{product: x}", detection="    s: {act: a}\n    condition: s")
    run = tocsin("rules", "explain", path, "-", stdin=b'{"act": "a"}\n{"act": "b"}\n')
    assert run.status == FOUND and "followed by more, which is not looked at" in run.err and b'"b"' not in run.out


def test_explain_a_correlation(tmp_path):
    path = rule(tmp_path)
    path.write_text(path.read_text() + "name: base\n---\ntitle: Often\nname: often\ncorrelation:\n  type: event_count\n"
                    "  rules: [base]\n  group-by: [source.ip]\n  timespan: 5m\n  condition: {gte: 2}\n")
    event = SYSLOG.format("dovecot: imap-login: Login: user=<ana>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS, session=<x>")
    text = tocsin("rules", "explain", "--rules", path, "often", event).out.decode()
    assert "counts for this correlation, which several events decide" in text


# --- log sources: a rule meets the events of its product, service and category, and no others ---

SSHD = SYSLOG.format("sshd[7]: Failed password for ana from 192.0.2.7 port 4711 ssh2")
SUDO = SYSLOG.format("sudo: ana : TTY=pts/0 ; PWD=/home/ana ; USER=root ; COMMAND=/bin/ls")
PAM = SYSLOG.format("su: pam_unix(su:auth): authentication failure; logname= uid=1000 euid=0 tty=pts/0 ruser=ana rhost= user=root")
AUDIT = 'type=EXECVE msg=audit(1773738000.123:77): argc=3 a0="xclip" a1="-sel" a2=2F746D702F612062\n'
CALL = ('type=SYSCALL msg=audit(1773738000.123:77): arch=c000003e syscall=59 success=yes exit=0 a0=1f a1=0 items=2 ppid=1 '
        'pid=2 auid=1000 uid=33 euid=33 comm="sh" exe="/bin/sh" key="x"\n')
LOGIN = SYSLOG.format("dovecot: imap-login: Login: user=<ana>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS, session=<x>")
ROLE = json.dumps({
    "CreationTime": "2026-03-17T13:05:00", "Id": "0e9a5b3c-0000-4000-8000-000000000001", "Operation": "Add member to role.",
    "OrganizationId": "0e9a5b3c-0000-4000-8000-000000000002", "RecordType": 8, "ResultStatus": "Success", "UserType": 0,
    "Version": 1, "Workload": "AzureActiveDirectory", "ClientIP": "192.0.2.7", "ObjectId": "ana@mail.example",
    "UserId": "adm@mail.example", "AzureActiveDirectoryEventType": 1,
    "ModifiedProperties": [{"Name": "Role.DisplayName", "NewValue": "Global Administrator", "OldValue": ""}]}) + "\n"
EVENTS = {"m365": ROLE, "sshd": SSHD, "sudo": SUDO, "pam": PAM, "execve": AUDIT, "call": CALL, "dovecot": LOGIN, "web": REQUEST.format("/")}
SOURCES = {
    "{product: linux, service: auth}": {"sshd", "sudo", "pam"},
    "{product: linux, service: sshd}": {"sshd"},
    "{product: linux, service: sudo}": {"sudo"},
    "{product: linux, service: auditd}": {"execve", "call"},
    "{product: linux, category: process_creation}": {"sudo", "execve", "call"},
    "{product: linux}": {"sshd", "sudo", "pam", "execve", "call"},
    "{category: webserver}": {"web"},
    "{product: nginx, category: webserver}": {"web"},
    "{product: apache, category: webserver}": set(),
    "{product: mail}": set(EVENTS),
    "{product: dovecot}": {"dovecot"},
    "{product: m365, service: audit}": {"m365"},
    "{product: azure, service: auditlogs}": {"m365"},
    "{product: azure, service: activitylogs}": set(),
    "{product: windows, service: msexchange-management}": {"m365"},
    "{product: windows}": set(),
    "{product: windows, category: process_creation}": set(),
    "{category: antivirus}": set(),
}


@pytest.mark.parametrize("source", SOURCES)
def test_log_sources(tmp_path, source):
    path = rule(tmp_path, logsource=source, detection="    s: {event.module|exists: true}\n    condition: s")
    met = {name for name, event in EVENTS.items() if tocsin("rules", "explain", path, event).status == FOUND}
    assert met == SOURCES[source]


# --- public rules, as they stand, on our events ---

@pytest.mark.parametrize("source, detection, event", [
    ("{product: linux, service: sshd}", "    s: ['Failed password for']\n    condition: s", SSHD),
    ("{product: linux, service: auth}", "    s:\n        '|all': [Failed, '192.0.2.']\n    condition: s", SSHD),
    ("{product: linux, service: auditd}",
     "    s: {type: EXECVE, a0: xclip, a1: ['-selection', '-sel'], a2|startswith: /tmp/}\n    condition: s", AUDIT),
    ("{product: linux, service: auditd}",
     "    s: {type: SYSCALL, SYSCALL: execve, euid: 33, a0: '1f', exe|endswith: /sh}\n    condition: s", CALL),
    ("{product: linux, category: process_creation}", "    s: {Image|endswith: /xclip, CommandLine|contains: ' -sel '}\n    condition: s", AUDIT),
    ("{product: linux, category: process_creation}", "    s: {CommandLine|contains: /ls, User: root}\n    condition: s", SUDO),
    ("{category: webserver}",
     "    s: {cs-method: GET, cs-uri-query|contains: '/x?a=', cs-uri-stem: /x, sc-status: 200, cs-user-agent|startswith: curl, c-ip|cidr: 192.0.2.0/24}\n    condition: s",
     REQUEST.format("/x?a=b")),
    ("{product: m365, service: audit}",
     "    s: {Operation: Add member to role, Workload: AzureActiveDirectory, ResultStatus: Succeeded, UserId: adm@mail.example}\n"
     "    condition: s", ROLE),
    ("{product: azure, service: auditlogs}",
     "    s: {properties.message: Add member to role, Category: RoleManagement, TargetResources|contains: Global Admin, Status: Success}\n"
     "    condition: s", ROLE),
    ("{product: windows, service: msexchange-management}", "    s:\n        '|all': [role, Administrator]\n    condition: s", ROLE),
    ("{category: webserver}", "    s: ['/x?a=', never]\n    condition: s", REQUEST.format("/x?a=b")),
])
def test_public_field_names(tmp_path, source, detection, event):
    path = rule(tmp_path, logsource=source, detection=detection)
    run = tocsin("rules", "explain", path, event)
    assert run.status == FOUND, run.out.decode()


def test_scan_applies_public_rules(tmp_path):
    log = tmp_path / "access.log"
    log.write_text("".join(REQUEST.format(f"/x?a={i}") for i in range(3)))
    path = rule(tmp_path, logsource="{category: webserver}", detection="    s: {cs-uri-query|contains: 'a=2'}\n    condition: s")
    report = tmp_path / "report.json"
    tocsin("scan", "--rules", path, "--json", report, log)
    assert "A rule" in report.read_text()
