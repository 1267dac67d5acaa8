"""Hosts and break-ins of a third kind: webmail on several hosts, clients that come back each second, changed passwords, lives longer than the logs; and who looks alike."""

import ipaddress
from datetime import timedelta

from deeds import read_all, read_some, seconds, webmail
from ruses import hours, read_these
from tale import ODD_AGENTS

FARM = ("10.20.0.7", "10.20.0.8")


# --- hosts ------------------------------------------------------------------------------------------------------------------


def two_web_hosts(t):
    """A balancer gives each browser one of two webmail hosts, by its address."""
    number = lambda source: sum(map(ord, source)) % 2
    plain, through, saved = t.web, t.through_web, t.web_filter
    current = [0]

    def web(when, source, agent, request, *more, **named):
        current[0] = number(source)
        log = t.rows.setdefault("access.log", [])
        plain(when, source, agent, request, *more, **named)
        if current[0]:
            t.rows.setdefault("access2.log", []).append(log.pop())

    def visit(of):
        def told(when, person, *more, **named):
            t.web_ip = FARM[current[0]]
            return of(when, person, *more, **named)
        return told

    def web_filter(when, person, source, agent):
        t.web_ip = FARM[number(source)]
        saved(when, person, source, agent)

    for name in ("web_sign_in", "web_show", "web_get"):
        def told(when, person, source, agent, *more, of=getattr(t, name), **named):
            current[0] = number(source)
            return of(when, person, source, agent, *more, **named)
        setattr(t, name, told)
    t.web, t.through_web, t.web_filter = web, visit(through), web_filter
    t.set.web_host = True


def farm(t):
    """Read by IMAP and in webmail, which runs on two hosts; perhaps the access log of one of them is all there is."""
    two_web_hosts(t)
    webmail(t)
    person, source = t.truth["accounts"][0].split("@")[0], t.place.network()
    t.truth["sources"].append(source)
    read_some(t, max(when for _, when in t.learnt.get(person, [("", t.at(19))])) + hours(0.5), person, source, 45)
    t.set.missing = t.lot.choice([None, "access2.log", "access.log"])


def lobby(t):
    """Webmail behind a proxy that hides its clients: each request comes from the proxy."""
    plain, front = t.web, "10.20.0.9"
    t.web = lambda when, source, *more, **named: plain(when, front, *more, **named)
    t.roundcube = lambda when, text, of=t.roundcube: of(when, f"{text.rpartition(' from ')[0]} from {front}")
    webmail(t)
    t.truth["sources"], t.truth["entry"]["source_ip"] = ["203.0.113.1"], "203.0.113.1"     # which no record knows


# --- break-ins --------------------------------------------------------------------------------------------------------------


def changed(t, when, person, source):
    t.put("web.log", when, f"<abcdef01> Password changed for user {t.name(person)} (ID: 4) from {source} in session abcdef0123", "roundcube", 77)


def shut_out(t):
    """Read whole; the owner changes the password; the intruder is refused, or comes back to another account."""
    person, mate = t.lot.sample(t.place.people, 2)
    source, begin = t.place.network(t.lot.random() < 0.2), t.at(t.lot.uniform(1, 10))
    t.guilty("stolen-password", person, source, begin, begin)
    now = read_all(t, begin, person, source) + hours(t.lot.uniform(0.2, 4))
    changed(t, now, person, t.place.offices[person])
    for n in range(t.lot.randrange(1, 9)):
        t.fail(now + seconds(600 + 50 * n), person, source)
    if t.lot.random() < 0.5:
        t.truth["accounts"].append(t.name(mate))
        read_all(t, now + hours(1), mate, source)


def stays(t):
    """The password is changed, and the intruder still comes in: by a second secret, or an application's own password."""
    person, source, begin = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(1, 10))
    t.guilty("stolen-password", person, source, begin, begin)
    now = read_all(t, begin, person, source) + hours(t.lot.uniform(0.2, 4))
    changed(t, now, person, t.place.offices[person])
    read_all(t, now + hours(t.lot.uniform(0.2, 4)), person, source)


def dweller(t):
    """In the mailbox for longer than the logs reach back: every night what is new, today all of it."""
    person, source = t.lot.choice(t.place.people), t.place.network()
    first = t.begin + hours(t.lot.uniform(0.01, 5))
    t.guilty("stolen-password", person, source, first, first)
    for day in range(t.set.days):
        when = first + timedelta(days=day)
        read_these(t, when, person, source, [m for m in t.mails(person, when) if m["when"] > when - timedelta(days=1)])
    read_all(t, t.at(t.lot.uniform(6, 22)), person, source)


def each_second(t):
    """A client that signs in anew for each message, one a second."""
    person, source, now = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(1, 20))
    t.guilty("stolen-password", person, source, now, now)
    for mail in t.mails(person, now):
        read_these(t, now, person, source, [mail])
        now += seconds(1)


def daily_pop(t):
    """POP3 that leaves mail where it is: all of it once, then every hour what is new."""
    person, source, begin = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(1, 10))
    t.guilty("stolen-password", person, source, begin, begin)
    known = set()
    for hour in range(t.lot.randrange(2, 9)):
        when = begin + hours(hour)
        box = t.mails(person, when, "INBOX")
        new = [m for m in box if m["message_id"] not in known]
        for mail, at in zip(new, t.pop3(when, person, source, new, len(box))):
            t.opened(person, mail, "message", "pop3-retr", at)
            known.add(mail["message_id"])


def meanwhile(t):
    """One account is taken over while another's owner travels: his hotel's country is as new as the intruder's."""
    person, other = t.lot.sample(t.place.people, 2)
    source, hotel, when = t.place.network(), t.place.network(t.lot.random() < 0.2), t.at(t.lot.uniform(10, 20))
    t.guilty("stolen-password", person, source, when, when)
    read_all(t, when, person, source)
    there = when + seconds(t.lot.uniform(-4000, 4000))
    t.imap(there, other, hotel, t.mails(other, there, "INBOX")[-t.lot.randrange(4, 20):], pace=4)
    t.send(there + seconds(900), other, hotel, t.lot.randrange(1000, 20000), f"contact@{t.lot.choice(t.place.partners)}")
    t.countries = {source: "NL", hotel: "PT"}


def hides(t):
    """In webmail: a filter that puts answers away, then mail to all partners, whose answers nobody sees."""
    person, source, agent = t.lot.choice(t.place.people), t.place.network(), t.lot.choice(ODD_AGENTS)
    begin = t.at(t.lot.uniform(0.5, 18))
    now, box = t.web_sign_in(begin, person, source, agent)
    t.guilty("stolen-password", person, source, begin, now)
    t.truth["listed"] += [{"account": t.name(person), "folder": "INBOX", "uid": m["uid"], "kind": "listing"} for m in box]
    now += seconds(60)
    t.web_filter(now, person, source, agent)
    t.truth["changes"].append({"kind": "filter", "account": t.name(person)})
    for partner in t.place.partners:
        now += seconds(t.lot.uniform(20, 90))
        message = t.send(now, person, source, t.lot.randrange(2000, 9000), f"buchhaltung@{partner}")
        t.truth["sent"].append({"account": t.name(person), "to": [f"buchhaltung@{partner}"], "message_id": message, "time": now.isoformat()})


def two_secrets(t):
    """Two intruders at once in one account, one by IMAP, one in webmail."""
    webmail(t)
    person = t.truth["accounts"][0].split("@")[0]
    other = t.place.network(t.lot.random() < 0.3)
    when = t.at(t.lot.uniform(19, 22))
    t.truth["sources"].append(other)
    read_all(t, when, person, other)


# --- honest people ------------------------------------------------------------------------------------------------------------


def restless(t):
    """A mail program that signs in each second, for an hour, at home."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(18, 21))
    for n in range(1200):
        t.imap(when + seconds(3 * n), person, t.place.homes[person])


def leaves_on_server(t):
    """A program at home fetches by POP3 each day, and leaves all in place."""
    person = t.lot.choice(t.place.people)
    for day in range(-t.set.days, 1):
        when = t.at(7.2, day)
        box = t.mails(person, when, "INBOX")
        t.pop3(when, person, t.place.homes[person], [m for m in box if day == -t.set.days or m["when"] > when - timedelta(days=1)], len(box))


def privacy(t):
    """A home line with IPv6, where each machine changes its address every day, and the line its network."""
    person = t.lot.choice(t.place.people)
    base = int(ipaddress.ip_address(t.place.network(True))) >> 80 << 80
    for day in range(-t.set.days, 1):
        net = base | t.lot.getrandbits(8) << 64
        for _ in range(t.lot.randrange(2, 7)):
            when, ip = t.at(t.lot.uniform(7, 22), day), str(ipaddress.ip_address(net | t.lot.getrandbits(64)))
            t.imap(when, person, ip, t.mails(person, when, "INBOX")[-t.lot.randrange(1, 9):], pace=2)


def couple(t):
    """Two people share an account, and live in two countries."""
    person, there = t.lot.choice(t.place.people), t.place.network()
    t.countries = {there: "CA", t.place.homes[person]: "FR"}
    for day in range(-t.set.days, 1):
        for place in (there, t.place.homes[person]):
            when = t.at(t.lot.uniform(7, 22), day)
            t.imap(when, person, place, t.mails(person, when, "INBOX")[-t.lot.randrange(2, 12):], pace=3)


def bot(t):
    """A list's program sends to hundreds, from a host of its own that is there every day."""
    person, host = t.lot.choice(t.place.people), t.place.network()
    for day in range(-t.set.days, 1):
        for n in range(t.lot.randrange(5, 30)):
            when = t.at(t.lot.uniform(0, 23), day)
            t.send(when, person, host, t.lot.randrange(2000, 90000), *[f"reader{k}@list{k % 30}.example" for k in range(t.lot.randrange(2, 60))])
        t.imap(t.at(5, day), person, host, t.mails(person, t.at(5, day), "INBOX")[-5:])


def changed_password(t):
    """The owner changes the password; phone, home and office go on with the old one for a day."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(7, 9))
    changed(t, when, person, t.place.offices[person])
    for n in range(t.lot.randrange(40, 200)):
        t.fail(when + seconds(n * 300), person, t.lot.choice([t.place.homes[person], t.place.mobile, t.place.offices[person]]))


def copied_over(t):
    """A master user copies every mailbox to a new host, which is named among the networks."""
    host, now, plain = t.place.network(), t.at(1), t.name
    t.place.office.append(host)
    t.set.networks = True
    for person in t.place.people:
        mails = t.mails(person, now)
        t.name = lambda p: plain(p) + "*migration" if p == person else plain(p)
        t.imap(now, person, host, mails, mails, pace=0.002)
        t.name = plain
        now += seconds(60)


def farm_days(t):
    """Days of honest work in webmail on two hosts."""
    two_web_hosts(t)
    for person in t.place.people[:6]:
        t.web_visit(t.at(t.lot.uniform(9, 20)), person, t.place.homes[person], t.place.agents[person], 5)


def lobby_days(t):
    """Days of honest work in webmail behind a proxy that hides its clients."""
    plain = t.web
    t.web = lambda when, source, *more, **named: plain(when, "10.20.0.9", *more, **named)
    t.roundcube = lambda when, text, of=t.roundcube: of(when, f"{text.rpartition(' from ')[0]} from 10.20.0.9")
    for person in t.place.people:
        t.web_visit(t.at(t.lot.uniform(9, 20)), person, t.place.homes[person], t.place.agents[person], 5)


PLOYS = {f.__name__: f for f in (farm, lobby, shut_out, stays, dweller, each_second, daily_pop, meanwhile, hides, two_secrets)}
TWINS = {f.__name__: f for f in (restless, leaves_on_server, privacy, couple, bot, changed_password, copied_over, farm_days, lobby_days)}
