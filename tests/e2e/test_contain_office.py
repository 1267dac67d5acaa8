"""An intruder who comes from the office's own network: whom a block would hit is said, and it waits for a person's word."""

import json

import pytest

from tocsin import tocsin

PEOPLE = ["ana", "bob", "cleo", "dirk", "eve"]
OFFICE, STREET = "198.51.100.7", "203.0.113.9"


def sign_in(day, person, ip):
    return (f"2026-03-{day:02}T08:{day:02}:00+00:00 mail dovecot: imap-login: Login: user=<{person}@example.org>, method=PLAIN, "
            f"rip={ip}, lip=192.0.2.1, mpid=1{day}, TLS, session=<{person}{day}>\n")


@pytest.fixture(scope="module")
def habits(tmp_path_factory):
    """Five people who work at the office; one who works from a street, where nobody else does."""
    folder = tmp_path_factory.mktemp("habits")
    (folder / "mail.log").write_text("".join(sign_in(day, person, OFFICE) for day in range(1, 15) for person in PEOPLE) +
                                     "".join(sign_in(day, "bob", STREET) for day in range(1, 15)))
    tocsin("scan", "--quiet", "--state", folder / "habits", folder / "mail.log")
    return folder / "habits"


@pytest.fixture
def plan(tmp_path):
    def planned(source, *more, networks=None):
        report = {"schema": "tocsin.report/1", "incidents": [
            {"id": "T-1", "title": "t", "accounts": [{"name": "ana@example.org", "compromised": "proven"}],
             "sources": [{"ip": source, "certainty": "proven"}], "changes": []}]}
        (tmp_path / "report.json").write_text(json.dumps(report))
        if networks:
            (tmp_path / "networks.yaml").write_text(networks)
            more += ("--networks", tmp_path / "networks.yaml")
        run = tocsin("contain", "plan", tmp_path / "report.json", "--state", tmp_path / "state", *more)
        assert run.status == 0, run.err
        return run.out.decode().partition(f"network    {source}")[2].partition("\n  1")[0]
    return planned


TRUSTED = f"networks:\n  - cidr: 198.51.100.0/24\n    name: Bureau de Nantes\n    trusted: true\n"


def test_an_office_is_left_out(plan, habits, tmp_path):
    said = plan(OFFICE, "--habits", habits)
    assert "left out: others work from this network" in said and "4 accounts came from this network before" in said
    assert "bob@example.org" in said and "ana@example.org" not in said
    done = tocsin("contain", "apply", "--yes", "--only", "block", "--state", tmp_path / "state")
    assert b"block" not in done.out


def test_force(plan, habits):
    said = plan(OFFICE, "--habits", habits, "--force")
    assert "left out" not in said and "4 accounts came from this network before" in said


def test_a_few_are_named(plan, habits):
    said = plan(STREET, "--habits", habits)
    assert "left out" not in said and "1 account came from this network before: bob@example.org" in said


def test_a_stranger_is_blocked(plan, habits):
    said = plan("192.0.2.77", "--habits", habits, networks=TRUSTED)
    assert "left out" not in said and "whoever else comes from this address" in said


def test_a_trusted_network(plan):
    said = plan(OFFICE, networks=TRUSTED)
    assert "left out: it is in a network that networks.yaml trusts" in said and "everybody in Bureau de Nantes" in said
    assert "left out" not in plan(OFFICE, "--force", networks=TRUSTED)


def test_a_private_address(plan):
    assert "left out: it is a private address" in plan("10.1.2.3", networks=TRUSTED)


def test_broken_files(tmp_path):
    (tmp_path / "networks.yaml").write_text("networks:\n  - cidr: nonsense\n")
    (tmp_path / "habits").write_text("no such file")
    (tmp_path / "report.json").write_text("{}")
    for option, name in (("--networks", "networks.yaml"), ("--habits", "habits")):
        run = tocsin("contain", "plan", tmp_path / "report.json", "--state", tmp_path / "state", option, tmp_path / name)
        assert run.status == 2 and name in run.err
