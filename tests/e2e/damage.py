"""What becomes of a host's evidence before anybody looks at it: hours gone, files cut, lines told twice, a store that lived on."""

from datetime import datetime, timedelta

from tale import stamp

MAIL = ("mail.log", "dovecot.log")


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def keep(t, wanted, logs=None):
    for log in list(t.rows):
        if logs is None or log in logs:
            t.rows[log] = [row for row in t.rows[log] if wanted(row)]
            if not t.rows[log]:
                del t.rows[log]


def none(t):
    pass


def way_in_gone(t):
    """A stretch around the way in is cut out of the mail log."""
    at = moment(t.truth["first_malicious"])
    before, after = timedelta(minutes=t.lot.choice([3, 20, 70, 200])), timedelta(seconds=t.lot.choice([1, 60, 600]))
    keep(t, lambda row: not at - before <= row[0] <= at + after, MAIL)
    t.truth["cut"] = [stamp(at - before), stamp(at + after)]


def sign_in_gone(t):
    """One line is cut out: that of the sign-in."""
    at = moment(t.truth["entry"]["time"])
    keep(t, lambda row: not (abs(row[0] - at) < timedelta(seconds=1) and "-login: Log" in row[4]), MAIL)


def begins_late(t):
    """The logs begin a little after he did."""
    at = moment(t.truth["first_malicious"]) + timedelta(seconds=t.lot.choice([1, 30, 600, 4000]))
    keep(t, lambda row: row[0] >= at)


def ends_early(t):
    """The logs end while he is still at it."""
    at = moment(t.truth["first_malicious"]) + timedelta(seconds=t.lot.choice([1, 60, 900, 7200]))
    keep(t, lambda row: row[0] <= at)


def today_alone(t):
    keep(t, lambda row: row[0] >= t.at(0))


def repeated(t):
    """rsyslog says what it left out."""
    for log in MAIL:
        rows, kept = t.rows.get(log, []), []
        for row in sorted(rows, key=lambda r: r[:2]):
            kept.append(row)
            if "auth failed" in row[4] and t.lot.random() < 0.3 and row[2]:
                kept.append((row[0] + timedelta(milliseconds=1), row[1] + 0.5, row[2], row[3], f"message repeated 2 times: [ {row[4]}]"))
        if rows:
            t.rows[log] = kept


def moved(t):
    """After the reading the owner cleared out: messages deleted, others moved to folders of their own."""
    for mails in t.place.mails.values():
        for mail in list(mails):
            chance = t.lot.random()
            if chance < 0.15:
                mails.remove(mail)
            elif chance < 0.3 and t.kind != "shell":          # the path of a file read tells where it lay
                mail.update(folder="Sorted", uid=t.lot.randrange(1, 10 ** 6))


def half_the_store(t):
    """The store is that of some accounts alone."""
    for person in t.lot.sample(sorted(t.place.mails), len(t.place.mails) // 2):
        t.place.mails[person] = []


WEB = ("access.log", "access2.log", "userlogins.log", "web.log")


def web_begins_late(t):
    """The logs of the web were rotated away: they begin hours or days after those of the mail host."""
    at = moment(t.truth["first_malicious"]) + timedelta(hours=t.lot.choice([-20, -1, 0.05, 1, 6]))
    keep(t, lambda row: row[0] >= at, WEB)


def web_ends_early(t):
    """The logs of the web were taken away before he was done."""
    at = moment(t.truth["first_malicious"]) + timedelta(hours=t.lot.choice([-20, -1, 0.05, 1, 6]))
    keep(t, lambda row: row[0] <= at, WEB)


DAMAGES = {f.__name__: f for f in (none, way_in_gone, sign_in_gone, begins_late, ends_early, today_alone, repeated, moved, half_the_store, web_begins_late,
                                       web_ends_early)}
