"""What happens in a tale besides the usual: each kind of break-in, and the honest people who look like one."""

from datetime import timedelta

from tale import ODD_AGENTS

DAY = timedelta(days=1)


def seconds(n):
    return timedelta(seconds=n)


def read_all(t, when, person, source):
    """Every message of every folder, whole; truth says so."""
    mails = t.mails(person, when)
    times, end = t.imap(when, person, source, mails, mails, pace=0.01)
    for mail, at in zip(mails, times):
        t.opened(person, mail, "message", "imap-fetch", at)
        t.opened(person, mail, "listing", "listing", at)
    return end


def read_some(t, when, person, source, count):
    box = t.mails(person, when, "INBOX")
    mails = t.lot.sample(box, min(count, len(box)))
    times, end = t.imap(when, person, source, mails, box, pace=1.5)
    for mail, at in zip(mails, times):
        t.opened(person, mail, "message", "imap-fetch", at)
    t.truth["listed"] += [{"account": t.name(person), "folder": m["folder"], "uid": m["uid"], "kind": "listing"} for m in box]
    return end


# --- break-ins ----------------------------------------------------------------------------------------


def spray(t):
    """Many accounts tried from one to three addresses; one or two give in and are read whole."""
    people = t.lot.sample(t.place.people, t.lot.randrange(8, len(t.place.people) + 1))
    sources = [t.place.network(t.lot.random() < 0.2) for _ in range(t.lot.choice([1, 1, 1, 2, 3]))]
    tries = [(person, source) for person in people for source in sources]
    hits = dict(t.lot.sample(tries[len(tries) * 2 // 3:], t.lot.choice([1, 1, 2])))
    now, gap, inside = t.at(t.lot.uniform(0.2, 20)), t.lot.choice([4, 20, 60]), []
    first = now
    for person, source in tries:
        if hits.get(person) == source:
            inside.append((now, person, source))
            t.imap(now, person, source)
        elif person not in [who for _, who, _ in inside]:
            t.fail(now, person, source)
        now += seconds(gap * t.lot.uniform(0.5, 1.5))
    when, person, source = inside[0]
    t.guilty("password-spray", person, source, first, when, *[s for s in sources if s != source])
    t.truth["accounts"] = [t.name(who) for _, who, _ in inside]
    for _, person, source in inside:
        now += seconds(t.lot.uniform(10, 900))
        read_all(t, now, person, source)


def slow(t):
    """A dozen accounts tried once an hour or less, over a day or two; two or three are let in and read a little."""
    people = t.lot.sample(t.place.people, 12)
    source = t.place.network()
    span = min(t.set.days, 2) * 24 + 12
    first = t.at(t.lot.uniform(12, 16), -min(t.set.days, 2))
    hits = t.lot.sample(people, t.lot.choice([2, 3]))
    turns = [(first + timedelta(hours=span * (n + t.lot.random()) / 24), person) for n, person in enumerate(people * 2)]
    turns[0] = (first, turns[0][1])
    inside = {}
    for n, (when, person) in enumerate(turns):
        if person in hits and n >= 12:
            inside[person] = when
            t.imap(when, person, source)
        else:
            t.fail(when, person, source)
    person = min(inside, key=inside.get)
    t.guilty("password-spray", person, source, first, inside[person])
    t.truth["accounts"] = [t.name(p) for p in hits]
    for n, person in enumerate(hits):
        read_some(t, max(inside.values()) + timedelta(minutes=20 + 13 * n), person, source, t.lot.randrange(2, 7))


def webmail(t):
    """A stolen password in Roundcube: chosen messages, attachments, a filter that redirects."""
    person, source, agent = t.lot.choice(t.place.people), t.place.network(t.lot.random() < 0.2), t.lot.choice(ODD_AGENTS)
    begin = t.at(t.lot.uniform(0.5, 18))
    now, box = t.web_sign_in(begin, person, source, agent)
    t.guilty("stolen-password", person, source, begin, now)
    t.truth["listed"] += [{"account": t.name(person), "folder": "INBOX", "uid": m["uid"], "kind": "listing"} for m in box]
    for mail in t.lot.sample(box, min(len(box), t.lot.randrange(6, 14))):
        now += seconds(t.lot.uniform(4, 40))
        preview = t.lot.random() < 0.3
        t.web_show(now, person, source, agent, mail, preview)
        t.opened(person, mail, "message", "webmail-show", now)
        if len(mail["parts"]) > 1 and t.lot.random() < 0.7:
            now += seconds(t.lot.uniform(3, 9))
            t.web_get(now, person, source, agent, mail)
            t.opened(person, mail, "attachment", "webmail-download", now)
    now += seconds(30)
    t.web_filter(now, person, source, agent)
    target = f"box{t.lot.randrange(999)}@freemail.example"
    forwards = any(m["when"] > now for m in t.place.mails[person] if m["when"] <= t.end)
    t.learnt[person] = [(target, now)]
    t.truth["changes"].append({"kind": "forwarding-rule" if forwards else "filter", "account": t.name(person),
                               **({"target": target} if forwards else {})})


def script(t):
    """A script in the victim's own webmail session opens one message after the other."""
    person = t.lot.choice(sorted(t.place.webmail_users) or t.place.people)
    source, agent = t.place.offices[person], t.place.agents[person]
    begin = t.at(t.lot.uniform(10, 16))
    now, box = t.web_sign_in(begin, person, source, agent)
    now += seconds(40)
    t.web_show(now, person, source, agent, box[-1], preview=True)
    now += seconds(t.lot.uniform(6, 20))
    first = now
    for mail in t.mails(person, now):
        t.web_show(now, person, source, agent, mail)
        t.opened(person, mail, "message", "webmail-show", now)
        now += seconds(t.lot.uniform(0.2, 0.6))
        if len(mail["parts"]) > 1:
            t.web_get(now, person, source, agent, mail)
            t.opened(person, mail, "attachment", "webmail-download", now)
            now += seconds(t.lot.uniform(0.2, 0.6))
    t.guilty("webmail-session-abuse", person, source, first, first)


def pop3(t):
    person, source = t.lot.choice(t.place.people), t.place.network(t.lot.random() < 0.2)
    when = t.at(t.lot.uniform(1, 22))
    mails = t.mails(person, when, "INBOX")
    for mail, at in zip(mails, t.pop3(when, person, source, mails, len(mails))):
        t.opened(person, mail, "message", "pop3-retr", at)
    t.guilty("stolen-password", person, source, when, when)


def send(t):
    """A few messages read by IMAP, then documents sent to a stranger by authenticated submission."""
    person, source = t.lot.choice(t.place.people), t.place.network(t.lot.random() < 0.2)
    when = t.at(t.lot.uniform(1, 21))
    t.guilty("stolen-password", person, source, when, when)
    now = read_some(t, when, person, source, t.lot.randrange(3, 9))
    target = f"drop{t.lot.randrange(999)}@freemail.example"
    for _ in range(t.lot.randrange(1, 4)):
        now += seconds(t.lot.uniform(60, 300))
        message = t.send(now, person, source, t.lot.randrange(60000, 400000), target)
        t.truth["sent"].append({"account": t.name(person), "to": [target], "message_id": message, "time": now.isoformat()})


def shell(t):
    """Somebody with a shell copies Maildirs, then cuts lines out of mail.log."""
    source, user = t.place.network(), t.lot.choice(["admin", "deploy", "ops"])
    begin = t.at(t.lot.uniform(10, 15))
    t.guilty("server-shell", user, source, begin, begin)
    t.ssh(begin, user, source)
    t.sudo(begin + seconds(20), user, f"/usr/bin/ls -l /var/vmail/{t.place.domain}")
    now = begin + seconds(60)
    for person in t.lot.sample(t.place.people, t.lot.randrange(1, 4)):
        t.sudo(now, user, f"/usr/bin/tar -C /var/vmail/{t.place.domain} -czf - {person}")
        t.truth["accounts"].append(t.name(person))
        for mail in t.mails(person, now):
            now += seconds(0.002)
            if t.set.audit:
                t.audited(now, "/usr/bin/tar", mail["file"])
            t.opened(person, mail, "file", "file-read", now)
        now += seconds(t.lot.uniform(5, 50))
    t.cut.append((begin - seconds(120), now + seconds(900)))


# --- honest people ------------------------------------------------------------------------------------


def quiet(t):
    pass


def phone(t):
    """A new phone copies the whole mailbox, at home."""
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(18, 22))
    mails = t.mails(person, when)
    t.imap(when, person, t.place.homes[person], mails, mails, pace=0.05)


def traveller(t):
    """Reads the day's mail in a hotel, by IMAP and by webmail; answers."""
    person, hotel = t.lot.choice(t.place.people), t.place.network(t.lot.random() < 0.2)
    when = t.at(t.lot.uniform(17, 21))
    t.imap(when, person, hotel, t.mails(person, when, "INBOX")[-t.lot.randrange(4, 20):], pace=4)
    t.web_visit(when + timedelta(minutes=70), person, hotel, t.place.agents[person], t.lot.randrange(2, 9))
    t.send(when + timedelta(minutes=90), person, hotel, t.lot.randrange(1000, 20000), f"contact@{t.lot.choice(t.place.partners)}")


def mistyped(t):
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(8, 21))
    place = t.lot.choice([t.place.homes[person], t.place.network()])
    for n in range(t.lot.randrange(2, 7)):
        t.fail(when + seconds(12 * n), person, place)
    when += seconds(100)
    t.imap(when, person, place, t.mails(person, when, "INBOX")[-5:], pace=3)


def newsletter(t):
    person, when = t.lot.choice(t.place.people), t.at(t.lot.uniform(9, 17))
    t.send(when, person, t.place.offices[person], t.lot.randrange(20000, 200000),
           *[f"reader{n}@list{n % 40}.example" for n in range(t.lot.randrange(100, 300))])


def office(t):
    """A morning behind one address: everybody comes in, several mistype."""
    moved = t.lot.random() < 0.4
    place = t.place.network() if moved else t.place.office[0]
    for n, person in enumerate(t.place.people):
        when = t.at(8 + n * 0.04)
        if t.lot.random() < 0.3:
            t.fail(when, person, place)
        t.imap(when + seconds(40), person, place, t.mails(person, when, "INBOX")[-4:], pace=2)


def old_password(t):
    person, place = t.lot.choice(t.place.people), None
    place = t.lot.choice([t.place.homes[person], t.place.mobile, t.place.network()])
    for n in range(t.lot.randrange(15, 60)):
        t.fail(t.at(7 + n * 0.2), person, place)
    t.imap(t.at(20), person, place, t.mails(person, t.at(20), "INBOX")[-12:], pace=2)


def knocking(t):
    """Strangers guess all day, each a little, all in vain."""
    for _ in range(t.lot.randrange(30, 200)):
        t.fail(t.at(t.lot.uniform(0, 23.5)), t.lot.choice(t.place.people + ["info", "admin", "test"]), t.place.network())


def clearing(t):
    """Somebody goes through webmail by hand, quickly."""
    person = t.lot.choice(t.place.people)
    now, box = t.web_sign_in(t.at(t.lot.uniform(9, 17)), person, t.place.offices[person], t.place.agents[person])
    for mail in box:
        now += seconds(t.lot.uniform(2.5, 12))
        t.web_show(now, person, t.place.offices[person], t.place.agents[person], mail, preview=True)


def backup(t):
    """A tool copies the store each night, as root without a login."""
    for day in range(-t.set.days, 1):
        now = t.at(2.5, day)
        for person in t.place.people[:4]:
            for mail in t.mails(person, now):
                now += seconds(0.01)
                t.serial += 1
                t.put("audit.log", now, f'type=SYSCALL msg=audit({now.timestamp():.3f}:{t.serial}): arch=c000003e syscall=257 success=yes '
                      f'exit=3 items=1 ppid=3 pid=4 auid=4294967295 uid=0 gid=0 euid=0 ses=4294967295 comm="rsync" exe="/usr/bin/rsync" '
                      f'key="mailstore"')
                t.put("audit.log", now, f'type=PATH msg=audit({now.timestamp():.3f}:{t.serial}): item=0 name="{mail["file"]}" inode=1 '
                      f'dev=00:30 mode=0100600 ouid=5000 ogid=5000 nametype=NORMAL')


BREAK_INS = {f.__name__: f for f in (spray, slow, webmail, script, pop3, send, shell)}
HONEST = {f.__name__: f for f in (quiet, phone, traveller, mistyped, newsletter, office, old_password, knocking, clearing, backup)}
