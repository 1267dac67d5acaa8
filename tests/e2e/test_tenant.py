"""A tenant of Microsoft 365: what intruders do there is found, what they opened is named, honest days are silent."""

import json
import random

import pytest

import tenant
from tenant import STRANGER, Tenant, upn
from tocsin import FOUND, NONE, scan, tocsin

ATTACKS = [(tenant.spray, "gita", "password-spray"), (tenant.hiding_rule, "elsa", "stolen-password"),
           (tenant.forwarding, "elsa", "stolen-password"), (tenant.transport, "elsa", "stolen-password"),
           (tenant.delegation, "elsa", "stolen-password"), (tenant.consent, "finn", "oauth-consent"),
           (tenant.bulk, "elsa", "stolen-password"), (tenant.bulk_throttled, "elsa", "stolen-password"),
           (tenant.synchronised, "elsa", "stolen-password"), (tenant.rule_in_outlook, "elsa", "stolen-password"),
           (tenant.inbox_for_all, "elsa", "stolen-password"), (tenant.secret_of_an_application, "elsa", "stolen-password"),
           (tenant.federation, "elsa", "stolen-password"), (tenant.connector, "elsa", "stolen-password"),
           (tenant.auditing_off, "elsa", "stolen-password"), (tenant.export, "elsa", "stolen-password"),
           (tenant.role_of_an_application, "elsa", "oauth-consent"), (tenant.consent_for_all, "finn", "oauth-consent"),
           (tenant.sends_as_another, "elsa", "stolen-password")]
HONEST = [tenant.a_quiet_day, tenant.traveller, tenant.files_newsletters, tenant.shares_a_calendar,
          tenant.lets_an_application_know_his_name, tenant.takes_a_rule_away, tenant.runs_the_tenant,
          tenant.shares_a_calendar_abroad, tenant.exchange_makes_a_group, tenant.writes_for_her_director, tenant.archive_of_all]


def report_of(tell, tmp_path, form=Tenant.lines, name="audit.jsonl"):
    told = Tenant()
    tell(told)
    log = tmp_path / name
    log.write_text(form(told), newline="")
    return scan(tmp_path / "report.json", "--quiet", str(log))


def newest_first(told):
    return "".join(json.dumps(r) + "\n" for r in reversed(told.sorted()))


def in_no_order(told):
    rows = told.table().split("\r\n")
    random.Random(5).shuffle(body := rows[1:-1])
    return "\r\n".join([rows[0], *body, ""])


def opened(incident, **wanted):
    return [a for a in incident["accesses"] if all(a.get(k) == v for k, v in wanted.items())]


@pytest.mark.parametrize("tell,person,method", ATTACKS, ids=[a[0].__name__ for a in ATTACKS])
def test_attack_is_found(tell, person, method, tmp_path):
    done, report = report_of(tell, tmp_path)
    assert done.status == FOUND, done.err
    found = report["incidents"]
    assert [(i["entry"]["method"], i["entry"].get("account")) for i in found] == [(method, upn(person))]
    named = {a["name"] for i in found for a in i["accounts"] if a["compromised"] in ("proven", "likely")}
    assert named == {upn(person)}
    if method != "oauth-consent":
        assert found[0]["entry"]["source_ip"] == STRANGER


@pytest.mark.parametrize("tell", HONEST, ids=lambda t: t.__name__)
def test_honest_days_are_silent(tell, tmp_path):
    done, report = report_of(tell, tmp_path)
    found = [(i["title"], [f["rule"]["title"] for f in i["findings"]]) for i in report["incidents"]]
    assert done.status == NONE and not found, found


@pytest.mark.parametrize("form,name", [(Tenant.array, "audit.json"), (Tenant.table, "audit.csv"),
                                       (newest_first, "newest.jsonl"), (in_no_order, "shuffled.csv")])
def test_each_dress_tells_the_same(form, name, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, plain = report_of(tenant.spray, tmp_path / "a")
    _, other = report_of(tenant.spray, tmp_path / "b", form, name)
    names = [{(a["account"], a["message_id"]) for i in r["incidents"] for a in opened(i, kind="message")} for r in (plain, other)]
    assert names[0] == names[1] and len(names[0]) == 12
    assert tocsin("verify", str(tmp_path / "b" / "report.json"), str(tmp_path / "b" / name)).status == 0


def test_bind_names_messages_and_services_read_nothing(tmp_path):
    _, report = report_of(tenant.spray, tmp_path)
    incident, = report["incidents"]
    messages = opened(incident, kind="message")
    assert {m["message_id"] for m in messages} == {f"secret-{k}@mail.contoso.example" for k in range(12)}
    assert {(m["certainty"], m["how"], m["folder"], m["account"]) for m in messages} == {
        ("proven", "mail-items-accessed", "Inbox", upn("gita"))}
    assert incident["totals"]["messages"] == {"proven": 12, "at_most": 12}


def test_sync_is_the_whole_folder(tmp_path):
    _, report = report_of(tenant.synchronised, tmp_path)
    incident, = report["incidents"]
    folder, = opened(incident, how="mail-items-synchronised")
    assert folder["folder"] == "Inbox" and folder["certainty"] == "likely"
    assert "at_most" not in incident["totals"]["messages"]


def test_throttling_is_a_gap(tmp_path):
    _, report = report_of(tenant.bulk_throttled, tmp_path)
    incident, = report["incidents"]
    gap, = [g for g in incident["gaps"] if upn("elsa") in g["source"]]
    assert "24 hours" in gap["hides"] and gap["from"].startswith("2026-03-17T02:30:00")
    assert "at_most" not in incident["totals"]["messages"]


def test_a_delegate_reads_the_owners_mail(tmp_path):
    _, report = report_of(tenant.delegation, tmp_path)
    incident, = report["incidents"]
    message, = opened(incident, kind="message")
    assert message["account"] == upn("ana") and message["message_id"] == "ana-secret@mail.contoso.example"
    assert ("delegation", "elsa") in {(c["kind"], c.get("target")) for c in incident["changes"]}


def test_forwarding_is_a_change_and_no_proof_of_loss(tmp_path):
    _, report = report_of(tenant.forwarding, tmp_path)
    incident, = report["incidents"]
    change, = incident["changes"]
    assert (change["kind"], change["target"]) == ("forwarding-rule", "box@evil.example")
    left, = [v for v in incident["verdicts"] if v["question"] == "did-data-leave"]
    assert left["answer"].startswith("suspected-loss"), left


def test_a_rule_that_hides_forwards_nothing(tmp_path):
    _, report = report_of(tenant.hiding_rule, tmp_path)
    incident, = report["incidents"]
    assert [(c["kind"], c["target"]) for c in incident["changes"]] == [("filter", ".")]
    assert "forward" not in incident["title"]


def test_what_an_application_read_is_not_said_to_be_nothing(tmp_path):
    _, report = report_of(tenant.consent, tmp_path)
    incident, = report["incidents"]
    assert "at_most" not in incident["totals"]["messages"]
    assert incident["accounts"][0]["compromised"] == "likely"


def test_a_new_application_in_every_mailbox(tmp_path):
    """It reads as the owner of each: whose mail is said, and nobody's password is called stolen."""
    _, report = report_of(tenant.application_in_eight_mailboxes, tmp_path)
    incident, = report["incidents"]
    assert incident["title"] == "Mail of 8 accounts read by a consented application"
    assert {a["name"] for a in incident["accounts"] if a["read"] == "proven" and a["compromised"] == "possible"} == {
        upn(person) for person in tenant.PEOPLE}
    assert incident["totals"]["messages"]["proven"] == 48


@pytest.mark.parametrize("source, sure", [(STRANGER, "proven"), ("40.99.10.5", "possible"), ("2603:1026:300:7::5", "possible")])
def test_microsofts_own_address_is_nobodys(source, sure, tmp_path):
    """What was done is proven; from where, a machine of Microsoft's that stood between does not tell."""
    def tell(t):
        tenant.bulk(t)
        t.records = [(when, n, json.loads(json.dumps(r).replace(STRANGER, source))) for when, n, r in t.records]

    incident, = report_of(tell, tmp_path)[1]["incidents"]
    assert {s["ip"]: s["certainty"] for s in incident["sources"]} == {source: sure}
    how, = [v for v in incident["verdicts"] if v["question"] == "how-they-got-in"]
    assert any("Microsoft's own" in why for why in how["because"]) == (sure == "possible")
    assert incident["totals"]["messages"]["proven"] == 144


def test_a_consent_given_again_is_one(tmp_path):
    def tell(t):
        for _ in range(3):
            tenant.consent(t)

    incident, = report_of(tell, tmp_path)[1]["incidents"]
    change, = incident["changes"]
    assert change["kind"] == "consent" and len(change["evidence"]) == 3


def test_a_mail_program_is_listed_and_no_incident(tmp_path):
    """Its client id is public: an intruder may use it, so it is a finding; the owner does, so it is no more."""
    _, report = report_of(tenant.mail_program, tmp_path)
    assert not report["incidents"]
    assert [(f["rule"]["title"], f["rule"]["level"]) for f in report["findings"]] == [
        ("A well-known mail program may read mail from now on", "medium")]


def test_one_intruder_in_a_mail_host_and_a_tenant(tmp_path):
    """He guesses at the mail host, and goes on in the tenant with what he found: one incident, one person."""
    told = Tenant()
    told.sign_in(tenant.moment(640), "gita", STRANGER, "s-evil")
    told.access(tenant.moment(642), "gita", STRANGER, ["cloud-0", "cloud-1"], session="s-evil")
    for name, address in (("gita", STRANGER), ("hugo", tenant.OFFICE)):       # somebody else reads on
        told.access(tenant.moment(650), name, address, [f"{name}-later"])
    (tmp_path / "audit.jsonl").write_text(told.lines())
    lines = []
    for day in range(tenant.LAST - 6, tenant.LAST):
        for n, person in enumerate(tenant.PEOPLE):
            lines.append(f"{tenant.moment(480 + n, day):%Y-%m-%dT%H:%M:%S}+00:00 mail dovecot: imap-login: Login: user=<{upn(person)}>, "
                         f"method=PLAIN, rip={tenant.OFFICE}, lip=192.0.2.25, mpid=7, TLS, session=<o{day}{n}>")
    for n, person in enumerate(tenant.PEOPLE):
        lines.append(f"{tenant.moment(600 + n):%Y-%m-%dT%H:%M:%S}+00:00 mail dovecot: imap-login: Disconnected: Connection closed (auth "
                     f"failed, 1 attempts in 2 secs): user=<{upn(person)}>, method=PLAIN, rip={STRANGER}, lip=192.0.2.25, TLS, session=<x{n}>")
    (tmp_path / "mail.log").write_text("\n".join(lines) + "\n")
    _, report = scan(tmp_path / "report.json", "--quiet", str(tmp_path / "audit.jsonl"), str(tmp_path / "mail.log"))
    incident, = report["incidents"]
    assert incident["entry"]["method"] == "password-spray" and incident["entry"]["account"] == upn("gita")
    assert {a["message_id"] for a in opened(incident, kind="message")} == {
        "cloud-0@mail.contoso.example", "cloud-1@mail.contoso.example", "gita-later@mail.contoso.example"}


def test_parts_of_an_export_that_overlap_are_one_story(tmp_path):
    told = Tenant()
    tenant.spray(told)
    records = told.sorted()
    random.Random(3).shuffle(records)
    paths = []
    for n in range(3):
        paths.append(tmp_path / f"audit.log.{n + 1}")
        paths[-1].write_text("".join(json.dumps(r) + "\n" for r in records[n::3]))
    _, report = scan(tmp_path / "report.json", "--quiet", *map(str, paths))
    incident, = report["incidents"]
    assert incident["entry"]["method"] == "password-spray"
    assert len(opened(incident, kind="message")) == 12
