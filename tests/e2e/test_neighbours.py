"""Several addresses of one network, several days: who enters account after account must not excuse himself by it, and people who share one are left in peace."""

import pytest

from story import DOMAIN, HOTEL, LAST, PEOPLE, STRANGER, Story, after
from tocsin import FOUND, NONE, scan

HOSTED, LEASED = "185.220.101.{}", "2a0b:f4c2:1:{}::5"          # a /24; a /48, of which each machine has a /64


def named(tmp_path, tell, days=5):
    told = Story(days)
    tell(told)
    run, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    assert report, run.err
    found = report["incidents"]
    return run, {a["name"].split("@")[0] for i in found for a in i["accounts"] if a["compromised"] in ("proven", "likely")}, report


def guess(s, person, source, minute, day=LAST, tries=30):
    for n in range(tries):
        s.fail(after(minute, 4 * n, day), person, source)
    s.imap(after(minute + 4, 0, day), person, source, 5)


# --- intruders ------------------------------------------------------------------------------------


def each_from_his_own(s, where):
    for n, person in enumerate(PEOPLE[:4]):
        guess(s, person, where.format(n + 7), 600 + 20 * n)


def one_address(s, where):
    for n, person in enumerate(PEOPLE[:8]):
        guess(s, person, where.format(7), 600 + 20 * n)


def days_on_end(s, where):
    for n, person in enumerate(PEOPLE[:8]):
        guess(s, person, where.format(n + 7), 600 + 20 * n, LAST - 2 + n // 3)


def guessed_and_entered_next_door(s, where):
    for n, person in enumerate(PEOPLE[:4]):
        for k in range(30):
            s.fail(after(600 + 20 * n, 4 * k), person, where.format(9))
        s.imap(after(604 + 20 * n, 0), person, where.format(n + 20), 5)


def stolen_for_days(s, where):
    for n, person in enumerate(PEOPLE[:8]):
        s.imap(after(130 + n, 0, LAST - 2 + n // 3), person, where.format(n + 7), 120, lasts=40)


def stolen_by_the_dozen(s, where):
    for n, person in enumerate(PEOPLE[:14]):
        s.imap(after(130 + n, 0), person, where.format(n + 7), 120, lasts=40)


ATTACKS = {each_from_his_own: 4, one_address: 8, days_on_end: 8, guessed_and_entered_next_door: 4, stolen_for_days: 8, stolen_by_the_dozen: 14}


@pytest.mark.parametrize("where", [HOSTED, LEASED], ids=["v4", "v6"])
@pytest.mark.parametrize("tell", ATTACKS, ids=lambda tell: tell.__name__)
def test_every_account_is_found(tell, where, tmp_path):
    run, accounts, _ = named(tmp_path, lambda s: tell(s, where))
    assert run.status == FOUND and accounts == set(PEOPLE[:ATTACKS[tell]])


@pytest.mark.parametrize("hits", [2, 3])
def test_a_stolen_list_is_no_office(hits, tmp_path):
    """Half, or two of three, of a list of passwords are right; nobody whom it failed on comes in."""
    def tell(s):
        for n, person in enumerate(PEOPLE[:15]):
            (s.imap if n % 3 < hits - 1 else s.fail)(after(600, 25 * n), person, STRANGER)

    run, accounts, report = named(tmp_path, tell)
    wanted = {person for n, person in enumerate(PEOPLE[:15]) if n % 3 < hits - 1}
    assert run.status == FOUND and accounts == wanted
    assert report["incidents"][0]["entry"]["method"] == "password-spray"


def test_tries_are_told_as_they_stood_before(tmp_path):
    """The first that was let in had no failed try before it: nothing else may be said."""
    def tell(s):
        for n, person in enumerate(PEOPLE[:16]):
            (s.fail if n % 2 else s.imap)(after(600, 25 * n), person, STRANGER)

    _, _, report = named(tmp_path, tell)
    incident, = report["incidents"]
    assert f"password of ana@{DOMAIN} was accepted" in incident["entry"]["because"]
    assert "8 failed tries, then" not in incident["entry"]["because"]


# --- people ---------------------------------------------------------------------------------------


def office(s):
    """Behind one address never seen before; every fourth needs three tries."""
    for n, person in enumerate(PEOPLE[:12]):
        for k in range(n % 4):
            s.fail(after(540 + 7 * n, 6 * k), person, HOTEL)
        s.imap(after(541 + 7 * n, 0), person, HOTEL, 3)


def house_of_addresses(s):
    """Each has an address of its own in the house's /24."""
    for n, person in enumerate(PEOPLE[:12]):
        for k in range(n % 6):
            s.fail(after(540 + 7 * n, 6 * k), person, HOSTED.format(n + 20))
        s.imap(after(541 + 7 * n, 0), person, HOSTED.format(n + 20), 3)


def old_phone_in_a_new_office(s):
    """One device that nobody told of the new password, among people who come in."""
    for k in range(60):
        s.fail(after(535 + 5 * k, 0), "mia", HOTEL)
    office(s)


def second_day(s):
    """Some come a day later than the others, and copy their mailbox to a new computer."""
    for day in (LAST - 1, LAST):
        for n, person in enumerate(PEOPLE[:8] if day < LAST else PEOPLE[:12]):
            s.imap(after(541 + 7 * n, 0, day), person, HOTEL, 3 if n < 10 else 120)


def half_have_a_bad_morning(s):
    """Six fail before anybody comes in, three of them give up for the day."""
    for n, person in enumerate(PEOPLE[:6]):
        s.fail(after(520, 30 * n), person, HOTEL)
    for n, person in enumerate(PEOPLE[3:14]):
        s.imap(after(530 + n, 0), person, HOTEL, 4)


@pytest.mark.parametrize("days", [1, 2, 5])
@pytest.mark.parametrize("tell", [office, house_of_addresses, old_phone_in_a_new_office, second_day, half_have_a_bad_morning],
                         ids=lambda tell: tell.__name__)
def test_people_who_share_an_address_are_left_in_peace(tell, days, tmp_path):
    run, accounts, report = named(tmp_path, tell, days)
    assert run.status == NONE and not accounts, [(i["title"], [f["rule"]["title"] for f in i["findings"]]) for i in report["incidents"]]
