"""The seed of the store, and what thirty honest people do on a day."""

import random
from datetime import timedelta

from tower import clients, letters
from tower.clock import utc
from tower.people import ADMIN, MONITOR, SEED
from tower.world import DESKTOP, PHONE

BASELINE = ["2026-03-12", "2026-03-13", "2026-03-14", "2026-03-15", "2026-03-16"]
ATTACK_DAY = "2026-03-17"
SEED_START = "2026-03-02 07:00"
STRAY = ["203.0.113.141", "203.0.113.203", "203.0.113.231", "203.0.113.190"]


def seed(world):
    """Ten days of mail before the first recorded day: folders, UIDs, caches."""
    world.write_accounts()
    rng = world.rng
    people = list(world.people.values())
    for step in range(6):
        world.clock.to(utc(SEED_START) + timedelta(days=1.5 * step))
        for person in people:
            world.inbound(person, count=rng.randrange(1, 4))
            if rng.random() < 0.2:
                world.inbound(person, secret=True)
        for person in rng.sample(people, 8):
            other = world.colleague(person)
            letter = letters.letter(rng, world.clock.now(), person.address, person.name, [other.address],
                                    secret=rng.random() < 0.3)
            clients.submit(person.office, person.address, person.password, letter, [other.address])
    world.host.settle()
    world.clock.to(utc("2026-03-11 18:00"))
    for person in people:
        furnish(world, person)
    world.host.settle()


def furnish(world, person):
    """Folders with older mail, and every program of the person up to date."""
    rng = world.rng
    imap = clients.Imap(person.office, person.address, person.password, DESKTOP)
    for folder in ("Sent", "Drafts", "Trash", "Archive", "Projets"):
        imap.create(folder)
        imap.subscribe(folder)
        count = {"Sent": rng.randrange(3, 7), "Archive": rng.randrange(2, 8), "Projets": rng.randrange(0, 5)}
        for _ in range(count.get(folder, 0)):
            other = world.colleague(person)
            sender, to = (person, other) if folder == "Sent" else (other, person)
            when = world.clock.now() - timedelta(days=rng.uniform(3, 90))
            letter = letters.letter(rng, when, sender.address, sender.name, [to.address],
                                    secret=folder != "Sent" and rng.random() < 0.15)
            imap.append(folder, r"(\Seen)", None, bytes(letter))
    imap.logout()
    if "pop3" in person.habits:
        world.poll_pop(person, person.home)
    else:
        world.check_mail(person, person.office)
    if "phone" in person.habits:
        world.check_mail(person, person.mobile, PHONE, PHONE)
    if "webmail" in person.habits:
        world.webmail(person, person.home, reads=1, fetches=0)


def plan(world, day):
    """The day as a list of (moment, activity), in order."""
    rng = random.Random(f"{SEED} {day}")
    midnight = utc(day)
    weekend = day in ("2026-03-14", "2026-03-15")
    steps = []

    def at(low, high, activity, *arguments, **named):
        """Once, at a random moment between two hours of the day."""
        steps.append((midnight + timedelta(hours=rng.uniform(low, high)), activity, arguments, named))

    for hour in range(24):
        at(hour, hour + 0.05, clients.probe, MONITOR, 25 if hour % 2 else 143)
    for source in rng.sample(STRAY, 2):
        at(0, 24, world.stray_guess, source, rng.choice(["admin", "info", "test", "contact", "scan"]))

    people = list(world.people.values())
    for person in people:
        if "pop3" in person.habits:
            for hour in ((10,) if weekend else (8, 14)):
                at(hour, hour + 1, world.poll_pop, person, person.home if weekend else person.office)
        if "desktop" in person.habits and not weekend:
            if rng.random() < 0.8:
                at(7.6, 11, world.check_mail, person, person.office)
            if rng.random() < 0.25:
                at(13, 17.5, world.check_mail, person, person.office)
        if "phone" in person.habits and rng.random() < (0.4 if weekend else 0.55):
            at(*rng.choice([(6.7, 7.6), (18.5, 22)]), world.check_mail, person,
               rng.choice([person.home, person.mobile]), PHONE, PHONE)
        if "webmail" in person.habits and rng.random() < (0.1 if weekend else 0.28):
            where = person.home if weekend or rng.random() < 0.5 else person.office
            at(9, 21, world.webmail, person, where, reads=rng.randrange(1, 4), sends=rng.random() < 0.3)
        if "pop3" not in person.habits and not weekend and rng.random() < 0.17:
            at(9, 18, world.write, person, person.office)
    for _ in range(3 if weekend else 13):
        at(7, 20, world.inbound, rng.choice(people), secret=rng.random() < 0.08)
    if not weekend:
        for person in rng.sample([p for p in people if "desktop" in p.habits], 2):
            at(8, 18, mistyped_then_right, world, person, rng.choice(["imap", "webmail"]))
        at(7.8, 8.2, world.ssh, ADMIN, "operateur", "Maintenance!2024", "uptime; df -h /")
    return sorted(steps, key=lambda step: step[0])


def mistyped_then_right(world, person, where):
    world.mistype(person, person.office, 1, where)
    if where == "imap":
        world.check_mail(person, person.office)
    elif "webmail" in person.habits:
        world.webmail(person, person.office, reads=1)


def live(world, day, extra=()):
    """Run a day, with the steps of a scenario mixed in by their time."""
    steps = sorted([*plan(world, day), *extra], key=lambda step: step[0])
    for moment, activity, arguments, named in steps:
        world.rng = random.Random(f"{SEED} {day} {moment}")
        world.clock.to(moment)
        activity(*arguments, **named)
    world.host.settle()
