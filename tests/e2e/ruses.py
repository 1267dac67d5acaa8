"""Break-ins by people who take care, or who come in where the records are thin; what can be told of each is less than of a plain one."""

import ipaddress
from datetime import timedelta

from deeds import read_all, read_some, seconds
from tale import ODD_AGENTS


def hours(n):
    return timedelta(hours=n)


def read_these(t, when, person, source, mails, pace=0.01, **how):
    times, end = t.imap(when, person, source, mails, mails, pace=pace, **how)
    for mail, at in zip(mails, times):
        t.opened(person, mail, "message", "imap-fetch", at)
        t.opened(person, mail, "listing", "listing", at)
    return end


def changing(t):
    """Every hour another address, as behind residential proxies: a little first, then all that is left."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(0.2, 12))
    sources = [t.place.network(t.lot.random() < 0.2) for _ in range(t.lot.randrange(2, 6))]
    t.guilty("stolen-password", person, sources[0], when, when, *sources[1:])
    mails = t.mails(person, when)
    t.lot.shuffle(mails)
    few = t.lot.randrange(3, 12)
    for n, source in enumerate(sources):
        last = n == len(sources) - 1
        read_these(t, when, person, source, mails if last else mails[:few])
        mails, when = mails[0 if last else few:], when + hours(t.lot.uniform(0.7, 1.5))


def rotating(t):
    """IPv6 addresses of one provider: within a /64, or a new /64 each time."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(0.2, 12))
    wide = t.lot.random() < 0.5
    base = int(ipaddress.ip_address(t.place.network(True))) >> 80 << 80
    draw = lambda: str(ipaddress.ip_address(base | (t.lot.getrandbits(16) << 64 if wide else 0) | t.lot.getrandbits(64)))
    sources = [draw() for _ in range(t.lot.randrange(3, 9))]
    t.guilty("stolen-password", person, sources[0], when, when, *sources[1:])
    mails = t.mails(person, when)
    for n, source in enumerate(sources):
        read_these(t, when, person, source, mails[n::len(sources)])
        when += seconds(t.lot.uniform(60, 900))


def neighbour(t):
    """From the victim's own exit: the office, the home line, or the /24 beside it."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(1, 22))
    source = t.lot.choice([t.place.offices[person], t.place.homes[person]])
    t.guilty("stolen-password", person, source, when, when)
    read_all(t, when, person, source)


def two(t):
    """Two intruders who know nothing of each other, one account."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(0.5, 15))
    one, other = t.place.network(), t.place.network(t.lot.random() < 0.3)
    t.guilty("stolen-password", person, one, when, when, other)
    read_all(t, when, person, one)
    read_all(t, when + hours(t.lot.uniform(0.01, 5)), person, other)


def on_the_road(t):
    """The victim sits in a hotel while the intruder is in."""
    person, hotel, source = t.lot.choice(t.place.people), t.place.network(t.lot.random() < 0.2), t.place.network()
    when = t.at(t.lot.uniform(17, 21))
    t.imap(when, person, hotel, t.mails(person, when, "INBOX")[-t.lot.randrange(4, 15):], pace=4)
    begin = when + seconds(t.lot.uniform(-7000, 4000))
    t.guilty("stolen-password", person, source, begin, begin)
    read_all(t, begin, person, source)
    t.web_visit(when + timedelta(minutes=70), person, hotel, t.place.agents[person], 3)
    t.send(when + timedelta(minutes=90), person, hotel, t.lot.randrange(1000, 20000), f"contact@{t.lot.choice(t.place.partners)}")


def lasting(t):
    """A session of days: it began before the others, and ends after them, or not at all."""
    person, source = t.lot.choice(t.place.people), t.place.network()
    begin = t.at(t.lot.uniform(1, 20), -t.lot.randrange(0, t.set.days))
    t.guilty("stolen-password", person, source, begin, begin)
    pid, session = t.let_in(begin, person, source)
    if t.lot.random() < 0.5:
        t.ended(t.at(t.lot.uniform(21, 23)), person, pid, session, 5000, 10, 0, 0)
    when = begin + hours(t.lot.uniform(0.1, 2))
    read_all(t, when, person, source)


def later(t):
    """Sprayed in vain for days; the password that was right is used from elsewhere."""
    people, source, second = t.lot.sample(t.place.people, 10), t.place.network(), t.place.network()
    first = t.at(2, -t.set.days + 1) if t.set.days > 1 else t.at(0.2)
    now = first
    for person in people:
        t.fail(now, person, source)
        now += seconds(t.lot.uniform(5, 40))
    victim, when = t.lot.choice(people), t.at(t.lot.uniform(1, 22))
    t.guilty("stolen-password", victim, second, when, when, source)
    read_all(t, when, victim, second)


def courier(t):
    """Documents carried out by a script through the submission port; the mailbox is hardly looked at."""
    person, source, when = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(1, 20))
    t.guilty("stolen-password", person, source, when, when)
    now = read_some(t, when, person, source, t.lot.randrange(3, 6))
    target = f"drop{t.lot.randrange(999)}@freemail.example"
    for _ in range(t.lot.randrange(5, 30)):
        now += seconds(t.lot.uniform(2, 9))
        message = t.send(now, person, source, t.lot.randrange(90000, 900000), target)
        t.truth["sent"].append({"account": t.name(person), "to": [target], "message_id": message, "time": now.isoformat()})


def token(t):
    """Signed in with a token of the identity provider's (XOAUTH2): no password was seen here."""
    person, source, when = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(1, 20))
    t.guilty("token-replay", person, source, when, when)
    plain, t.elements = t.elements, lambda *a: plain(*a[:4], method=t.lot.choice(["XOAUTH2", "OAUTHBEARER"]))
    read_all(t, when, person, source)
    t.elements = plain


def sieve(t):
    """ManageSieve alone: a filter that sends on, with or without keeping; or one that hides."""
    person, source, when = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(0.5, 12))
    t.guilty("stolen-password", person, source, when, when)
    pid, session = t.let_in(when, person, source, "managesieve")
    t.dovecot(when + seconds(2), f"{t.prefix('managesieve', person, pid, session)}: Disconnected: Logged out "
              f"bytes={t.lot.randrange(380, 900)}/{t.lot.randrange(400, 900)}")
    if t.lot.random() < 0.7:
        target = f"box{t.lot.randrange(999)}@freemail.example"
        if any(when < m["when"] <= t.end for m in t.place.mails[person]):
            t.learnt[person] = [(target, when + seconds(2))]
            t.truth["changes"].append({"kind": "forwarding-rule", "account": t.name(person), "target": target})


def master(t):
    """A master user's password: many mailboxes, each under its own name and his."""
    source, now = t.place.network(), t.at(t.lot.uniform(1, 20))
    people = t.lot.sample(t.place.people, t.lot.randrange(2, 6))
    t.guilty("stolen-password", people[0], source, now, now)
    t.truth["accounts"] = [t.name(p) for p in people]
    plain = t.name
    for person in people:
        mails = t.mails(person, now)
        for mail in mails:
            t.opened(person, mail, "message", "imap-fetch", now)
            t.opened(person, mail, "listing", "listing", now)
        t.name = lambda p: plain(p) + "*admin" if p == person else plain(p)
        t.imap(now, person, source, mails, mails, pace=0.01)
        t.name = plain
        now += seconds(t.lot.uniform(100, 400))


def pane(t):
    """In webmail with the preview pane, prefetching, and attachments taken without the message being shown."""
    person, source, agent = t.lot.choice(t.place.people), t.place.network(), t.lot.choice(ODD_AGENTS)
    begin = t.at(t.lot.uniform(0.5, 18))
    now, box = t.web_sign_in(begin, person, source, agent)
    t.guilty("stolen-password", person, source, begin, now)
    t.truth["listed"] += [{"account": t.name(person), "folder": "INBOX", "uid": m["uid"], "kind": "listing"} for m in box]
    for mail in box:
        now += seconds(t.lot.uniform(2, 30))
        if len(mail["parts"]) > 1 and t.lot.random() < 0.5:
            t.web_get(now, person, source, agent, mail)
            t.opened(person, mail, "attachment", "webmail-download", now)
        else:
            t.web_show(now, person, source, agent, mail, preview=True)
            t.opened(person, mail, "message", "webmail-show", now)
    now += seconds(20)
    t.web_filter(now, person, source, agent)
    t.truth["changes"].append({"kind": "filter", "account": t.name(person)})


def proxied(t):
    """A spray that reaches the mail host through its proxy: each client has the proxy's address."""
    front = "10.20.0.9"
    honest, t.imap = t.imap, lambda when, person, source, *a, **k: honest(when, person, front, *a, **k)
    refused, t.fail = t.fail, lambda when, person, source, *a, **k: refused(when, person, front, *a, **k)
    now, inside = t.at(t.lot.uniform(1, 20)), t.lot.choice(t.place.people)
    first = now
    for person in t.place.people:
        (t.imap if person == inside else t.fail)(now, person, front)
        now += seconds(t.lot.uniform(3, 30))
    t.guilty("password-spray", inside, "203.0.113.1", first, first)      # which no record knows
    read_all(t, now, inside, front)


def behind(t):
    """The stolen password used through a commercial VPN or NAT behind which a colleague sits as well."""
    person, mate = t.lot.sample(t.place.people, 2)
    source, when = t.place.network(), t.at(t.lot.uniform(1, 20))
    for day in range(-t.set.days, 1):
        t.imap(t.at(t.lot.uniform(7, 22), day), mate, source, t.mails(mate, t.at(7, day), "INBOX")[-3:])
    t.guilty("stolen-password", person, source, when, when)
    read_all(t, when, person, source)


def shared(t):
    """A mailbox that many use from many places, taken over by one more."""
    person, source, when = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(1, 20))
    everybody(t, person)
    t.guilty("stolen-password", person, source, when, when)
    read_all(t, when, person, source)


# --- honest people -------------------------------------------------------------------------------------------------------


def everybody(t, person=None):
    """A functional mailbox: eight people read it from wherever they are."""
    person = person or t.lot.choice(t.place.people)
    places = [t.place.network(t.lot.random() < 0.2) for _ in range(8)] + t.place.office
    for day in range(-t.set.days, 1):
        for place in t.lot.sample(places, t.lot.randrange(3, 8)):
            when = t.at(t.lot.uniform(7, 21), day)
            t.imap(when, person, place, t.mails(person, when, "INBOX")[-t.lot.randrange(2, 12):], pace=3)
            if t.lot.random() < 0.3:
                t.send(when + seconds(200), person, place, t.lot.randrange(1000, 30000), f"contact@{t.lot.choice(t.place.partners)}")


def probes(t):
    """A monitor signs in every some minutes, from one address or from a fleet of them; now and then it fails."""
    person = t.lot.choice(t.place.people)
    fleet = [t.place.network() for _ in range(t.lot.choice([1, 1, 12]))]
    for n in range(t.set.days * 24 * 2):
        when = t.begin + timedelta(minutes=30 * n)
        if t.lot.random() < 0.03:
            t.fail(when, person, t.lot.choice(fleet))
        t.imap(when, person, t.lot.choice(fleet))


def nightly(t):
    """A box at home keeps a copy: every night it fetches what is new."""
    person = t.lot.choice(t.place.people)
    for day in range(-t.set.days, 1):
        when = t.at(3.1, day)
        mails = t.mails(person, when)
        t.imap(when, person, t.place.homes[person], mails if day == -t.set.days else mails[-4:], mails, pace=0.02)


def migration(t):
    """Every mailbox is copied to a new host, which is named among the networks."""
    host, now = t.place.network(), t.at(1)
    t.place.office.append(host)
    t.set.networks = True
    for person in t.place.people:
        mails = t.mails(person, now)
        t.imap(now, person, host, mails, mails, pace=0.002)
        now += seconds(60)


def moderator(t):
    """Somebody lets a hundred messages of a list through, one after the other, and sends them to all."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(9, 18))
    place = t.lot.choice([t.place.offices[person], t.place.homes[person]])
    t.imap(when, person, place, t.mails(person, when, "INBOX")[-30:], pace=4)
    for n in range(t.lot.randrange(10, 60)):
        t.send(when + seconds(130 + 9 * n), person, place, t.lot.randrange(900, 9000), f"members@list{n % 3}.example")


def reset(t):
    """A phone that was reset fetches everything again, on the road, by its old carrier."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(8, 20))
    for day in range(-t.set.days, 1):
        t.imap(t.at(6.9, day), person, t.place.mobile, t.mails(person, t.at(6.9, day), "INBOX")[-2:])
    mails = t.mails(person, when)
    t.imap(when, person, t.place.mobile, mails, mails, pace=0.05)


def away(t):
    """An absence notice, set from the hotel in webmail; the answers go out."""
    person, hotel, when = t.lot.choice(t.place.people), t.place.network(), t.at(t.lot.uniform(8, 20))
    now, _ = t.web_sign_in(when, person, hotel, t.place.agents[person])
    t.web_filter(now + seconds(40), person, hotel, t.place.agents[person])
    for mail in t.place.mails[person]:
        if when + seconds(60) < mail["when"] <= t.end:
            t.dovecot(mail["when"] + seconds(1), f"lmtp({t.name(person)})<{t.pid()}><abcdEf>: sieve: msgid={mail['message_id']}: "
                      f"vacation action: sent response to <{mail['message_id'][1:5]}@{t.lot.choice(t.place.partners)}>")


RUSES = {f.__name__: f for f in (changing, rotating, neighbour, two, on_the_road, lasting, later, courier, token, sieve, master, pane,
                                 proxied, behind, shared)}
GUISES = {f.__name__: f for f in (everybody, probes, nightly, migration, moderator, reset, away)}
