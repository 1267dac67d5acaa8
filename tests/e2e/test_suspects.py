"""What somebody names, with --suspect or in networks.yaml: an incident, however quiet it was, and never a claim beyond it."""

import pytest

import story
from story import DOMAIN, STRANGER, Story, after
from tocsin import FOUND, NONE, scan

READS = 4
NETWORKS = "networks:\n  - {cidr: 185.220.101.0/24, name: example hosting, operator: Example Hosting}\n"


def quiet(s):
    """A few messages with the right password from a rented machine: no rule makes an incident of it."""
    s.imap(after(600, 0), "kim", STRANGER, READS)


def told(tmp_path, *options, tell=quiet):
    (tmp_path / "networks.yaml").write_text(NETWORKS)
    s = Story()
    tell(s)
    return scan(tmp_path / "report.json", "--networks", tmp_path / "networks.yaml", *options, *s.write(tmp_path))


def accounts(report):
    return {(a["name"], a["compromised"]) for i in report["incidents"] for a in i["accounts"]}


def bound(report):
    return sum(i["totals"]["messages"]["at_most"] for i in report["incidents"])


def test_quiet_reading_is_no_incident_but_names_whom_to_ask(tmp_path):
    run, report = told(tmp_path)
    assert run.status == NONE and not report["incidents"]
    assert f"kim@{DOMAIN} from {STRANGER}" in run.out.decode()
    assert f"tocsin scan --suspect {STRANGER}" in " ".join(run.out.decode().split())


@pytest.mark.parametrize("what", [STRANGER, "185.220.101.0/24", "185.220.0.0/16"])
def test_an_address_that_is_named_is_an_incident(what, tmp_path):
    run, report = told(tmp_path, "--suspect", what)
    assert run.status == FOUND and len(report["incidents"]) == 1
    incident = report["incidents"][0]
    assert incident["entry"]["method"] == "stolen-password" and incident["entry"]["source_ip"] == STRANGER
    assert accounts(report) == {(f"kim@{DOMAIN}", "proven")} and bound(report) == READS
    assert report["suspects"] == [{"what": what, "incidents": [incident["id"]]}]
    assert f"{what}: in {incident['id']}" in " ".join(run.out.decode().split())
    reasons = str([v for v in incident["verdicts"] if v["question"] == "how-they-got-in"])
    assert "was named as an intruder's" in reasons


def test_of_an_account_that_is_named_what_is_new_is_likely_and_no_more(tmp_path):
    run, report = told(tmp_path, "--suspect", f"Kim@{DOMAIN}")
    assert run.status == FOUND and accounts(report) == {(f"kim@{DOMAIN}", "likely")}
    assert [s["ip"] for i in report["incidents"] for s in i["sources"]] == [STRANGER]


@pytest.mark.parametrize("what", ["203.0.113.9", f"lea@{DOMAIN}", "nobody@elsewhere.example"])
def test_what_is_named_for_nothing_is_said(what, tmp_path):
    run, report = told(tmp_path, "--suspect", what)
    assert run.status == NONE and not report["incidents"]
    assert report["suspects"] == [{"what": what, "incidents": []}]
    assert f"{what}: in no incident" in " ".join(run.out.decode().split())


def test_a_place_that_the_account_uses_every_day_can_be_named(tmp_path):
    run, report = told(tmp_path, "--suspect", story.home("kim"))
    assert run.status == FOUND and {name for name, _ in accounts(report)} == {f"kim@{DOMAIN}"}
    assert story.home("kim") in {s["ip"] for i in report["incidents"] for s in i["sources"]}


def test_networks_yaml_names_them_as_well(tmp_path):
    s = Story()
    quiet(s)
    (tmp_path / "networks.yaml").write_text(NETWORKS + f"suspects: [{STRANGER}]\n")
    run, report = scan(tmp_path / "report.json", "--quiet", "--networks", tmp_path / "networks.yaml", *s.write(tmp_path))
    assert run.status == FOUND and accounts(report) == {(f"kim@{DOMAIN}", "proven")}


@pytest.mark.parametrize("what", ["203.0.113.300", "10.0.0.0/99", "anna example"])
def test_what_nobody_can_mean_is_refused_before_a_log_is_read(what, tmp_path):
    run, report = told(tmp_path, "--suspect", what)
    assert run.status not in (FOUND, NONE) and not report
    assert "no address, no network, no account" in run.err and "--suspect" in run.err


def aside(s):
    """Guesses at names that nobody has, over days, then the right password of another account at once."""
    for day, name in enumerate(["scan", "info", "scan", "info"]):
        s.fail(story.moment(600, story.LAST - 4 + day), name, STRANGER)
    s.imap(after(600, 0), "kim", STRANGER, READS)


def test_whoever_guessed_at_others_had_the_password(tmp_path):
    run, report = told(tmp_path, "--quiet", tell=aside)
    assert run.status == FOUND
    entry = report["incidents"][0]["entry"]
    assert entry["method"] == "stolen-password" and "failed tries" not in entry["because"], entry


def from_all_sides(s):
    for n in range(24):
        s.fail(after(600, 20 * n), "kim", f"185.220.{102 + n % 4}.{10 + n}")
    s.imap(after(660, 0), "kim", STRANGER, READS)


def test_an_account_guessed_at_from_elsewhere_and_entered_from_a_hosting_network(tmp_path):
    run, report = told(tmp_path, "--quiet", tell=from_all_sides)
    assert run.status == FOUND
    incident = report["incidents"][0]
    assert accounts(report) == {(f"kim@{DOMAIN}", "proven")} and incident["entry"]["source_ip"] == STRANGER
    reasons = str([v for v in incident["verdicts"] if v["question"] == "how-they-got-in"])
    assert "strangers failed at that account" in reasons


def in_one_network(s, scanner=False):
    """Guessed at in haste from neighbours of the address that is let in, while others guess at everybody."""
    for n in range(24):
        s.fail(after(600, 20 * n), "kim", f"185.220.101.{10 + n % 4}")
        if scanner:
            s.fail(after(600, 20 * n + 5), story.PEOPLE[n % 12], "203.0.113.77")
    s.imap(after(660, 0), "kim", STRANGER, READS)


@pytest.mark.parametrize("scanner", [False, True])
def test_only_who_guessed_at_that_account_belongs_to_it(scanner, tmp_path):
    run, report = told(tmp_path, "--quiet", tell=lambda s: in_one_network(s, scanner))
    incident = next(i for i in report["incidents"] if f"kim@{DOMAIN}" in [a["name"] for a in i["accounts"]])
    assert incident["entry"]["method"] == "brute-force" and "24 failed tries" in incident["entry"]["because"], incident["entry"]
    first = story.datetime.fromisoformat(incident["first_malicious"].replace("Z", "+00:00"))
    assert abs((first - story.moment(600)).total_seconds()) <= 2, first
    assert "203.0.113.77" not in {s["ip"] for s in incident["sources"]}
    reasons = str([v for v in incident["verdicts"] if v["question"] == "how-they-got-in"])
    assert "bear other addresses than the accepted sign-in" in reasons and "bear the same address" not in reasons
