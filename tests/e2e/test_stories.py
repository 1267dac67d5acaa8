"""Rules at their thresholds: the seven kinds of attack, and honest look-alikes, with other parameters."""

from collections import namedtuple

import pytest

import story
from story import DOMAIN, STRANGER, Story
from tocsin import FOUND, NONE, scan

Attack = namedtuple("Attack", "story method accounts source since days", defaults=(STRANGER, None, 5))
ATTACKS = [
    Attack(story.spray_six, "password-spray", ["gita"], since=story.moment(600)),
    Attack(story.spray_goes_on, "password-spray", ["hugo"], since=story.moment(600)),
    Attack(story.spray_many_sources, "password-spray", ["noe"], "185.220.102.8", story.moment(500)),
    Attack(story.spray_first_day, "password-spray", ["hugo"], since=story.moment(600), days=0),
    Attack(story.brute_force, "brute-force", ["kim"], since=story.moment(600)),
    Attack(story.read_everything_small, "stolen-password", ["lea"], since=story.moment(130)),
    Attack(story.pop_eight, "stolen-password", ["mia"], since=story.moment(240)),
    Attack(story.pop_eight, "stolen-password", ["mia"], since=story.moment(240), days=1),
    Attack(story.send_sixty, "stolen-password", ["dirk"], since=story.moment(1100)),
    Attack(story.silent_filter, "stolen-password", ["elsa"], since=story.moment(780)),
    Attack(story.slow_script, "webmail-session-abuse", ["ines"], story.OFFICE, story.moment(781)),
    Attack(story.shell_grep, "server-shell", None, since=story.moment(700)),
    Attack(story.shell_sudo_only, "server-shell", None, since=story.moment(700)),
    Attack(story.shell_doveadm, "server-shell", None, since=story.moment(700)),
    Attack(story.two_at_once, "stolen-password", ["mia", "bao"], since=story.moment(235)),
    Attack(story.behind_others, "stolen-password", ["cleo"], story.home("jan"), story.moment(780)),
]
HONEST = [story.traveller, story.new_office, story.new_office_bad_start, story.mistyped_at_hotel, story.old_password,
          story.old_password_at_home, story.newsletter, story.backup, story.backup_by_hand, story.new_phone,
          story.new_line_at_home, story.cleaning_up, story.vacation_filter, story.administrator]


def report_of(tell, days, tmp_path):
    told = Story(days)
    tell(told)
    run, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    assert report, run.err
    return run, report


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.story.__name__}-{a.days}")
def test_attack_is_found(attack, tmp_path):
    run, report = report_of(attack.story, attack.days, tmp_path)
    found = report["incidents"]
    entries = [(i["entry"].get("method"), i["entry"].get("source_ip")) for i in found]
    assert run.status == FOUND and (attack.method, attack.source) in entries, entries
    if attack.accounts:
        named = {a["name"] for i in found for a in i["accounts"] if a["compromised"] in ("proven", "likely")}
        assert named == {f"{name}@{DOMAIN}" for name in attack.accounts}
    first = min(i["first_malicious"] for i in found)
    off = (story.datetime.fromisoformat(first.replace("Z", "+00:00")) - attack.since).total_seconds()
    assert abs(off) <= 2, first


@pytest.mark.parametrize("days", [0, 1, 2, 5])
@pytest.mark.parametrize("tell", HONEST, ids=lambda t: t.__name__)
def test_honest_people_are_left_in_peace(tell, days, tmp_path):
    run, report = report_of(tell, days, tmp_path)
    found = [(i["title"], [f["rule"]["title"] for f in i["findings"]]) for i in report["incidents"]]
    assert run.status == NONE and not found, found
