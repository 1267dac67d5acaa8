"""SOGo from end to end: its access lines name account, folder, UID and part, so that the report does."""

from datetime import timedelta

import pytest

import story
from judge import Case, opened as truly_opened, proven
from story import DOMAIN, OFFICE, PEOPLE, STRANGER, Story
from tocsin import FOUND, NONE, knowledge_of, logs_of, recordings, scan

OPENED = {("INBOX", 311, None), ("INBOX", 312, None), ("INBOX", 312, "2"), ("Ablage & mehr/2026", 7, None)}


class Groupware(Story):
    """The same town hall, whose webmail is SOGo behind a proxy that hands on the client's address."""

    def usual_day(self, day):
        for n, person in enumerate(PEOPLE):
            start = story.moment(500 + 2 * n, day)
            self.imap(start, person, OFFICE, 2)
            self.sogo_sign_in(start + timedelta(seconds=40), person, OFFICE)
            for k in range(3):
                self.sogo_get(start + timedelta(seconds=60 + 20 * k), person, OFFICE, f"folderINBOX/{40 + day + k}/view")

    def sogo(self, when, text):
        self.lines.setdefault("sogo.log", [])
        self.put("sogo.log", when, f"{when.strftime('%b %d %H:%M:%S')} sogod [57]: {text}")

    def sogo_sign_in(self, when, person, source, good=True):
        user = f"{person}@{DOMAIN}"
        self.sogo(when, f"SOGoRootPage successful login from '{source}' for user '{user}' - expire = -1  grace = -1"
                  if good else f"SOGoRootPage Login from '{source}' for user '{user}' might not have worked - password "
                               f"policy: 65535  grace: -1  expire: -1  bound: 0")
        self.sogo(when, f'{source} "POST /SOGo/connect HTTP/1.1" {200 if good else 403} 34/62 0.011 - - 0 - 13')
        if good:
            self.imap(when, person, "127.0.0.1", lasts=0.1)

    def sogo_get(self, when, person, source, what, status=200, size=4321):
        self.sogo(when, f'{source} "GET /SOGo/so/{person}%40{DOMAIN}/Mail/0/{what} HTTP/1.1" {status} {size}/0 0.020 - - '
                        f'64K - 13')
        self.imap(when, person, "127.0.0.1", 1, lasts=0.1)


def intruder(s, sign_in=True):
    """Forty passwords are tried at the webmail; three messages opened, an attachment taken."""
    for n in range(40):
        s.sogo_sign_in(story.after(600, 4 * n), "lea", STRANGER, good=False)
    if sign_in:
        s.sogo_sign_in(story.after(603, 0), "lea", STRANGER)
    else:
        s.imap(story.after(603, 0), "lea", STRANGER)
    s.sogo_get(story.after(604, 0), "lea", STRANGER, "folderINBOX/311/view")
    s.sogo_get(story.after(604, 30), "lea", STRANGER, "folderINBOX/312/view")
    s.sogo_get(story.after(604, 40), "lea", STRANGER, "folderINBOX/312/2/asAttachment/Gehalt%202026.pdf", size=91000)
    s.sogo_get(story.after(605, 0), "lea", STRANGER, "folderAblage_SP__AM__SP_mehr/folder_2026/7/view")
    s.sogo_get(story.after(605, 30), "lea", STRANGER, "folderINBOX/313/view", status=403)


def report_of(tmp_path, **how):
    told = Groupware()
    if how:
        intruder(told, **how)
    return scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))


def opened(incident, *certainties):
    return {(a["folder"], a["uid"], a.get("part")) for a in incident["accesses"]
            if a["certainty"] in certainties and a["kind"] in ("message", "attachment") and "uid" in a}


def test_what_was_opened_is_proven(tmp_path):
    run, report = report_of(tmp_path, sign_in=True)
    assert run.status == FOUND, run.err
    assert len(report["incidents"]) == 1
    found = report["incidents"][0]
    assert opened(found, "proven") == OPENED
    assert {a["account"] for a in found["accesses"]} == {f"lea@{DOMAIN}"}
    taken = [a for a in found["accesses"] if a["kind"] == "attachment"]
    assert [a["how"] for a in taken] == ["webmail-download"]


def test_no_sign_in_at_the_webmail_no_proof(tmp_path):
    """A page that asks for the password may have been the answer: likely, then, and not proven."""
    _, report = report_of(tmp_path, sign_in=False)
    found = report["incidents"][0]
    assert opened(found, "proven") == set()
    assert opened(found, "likely", "possible") >= OPENED


def test_honest_people(tmp_path):
    run, report = report_of(tmp_path)
    assert run.status == NONE and not report["incidents"]


CLICKS = ("webmail-show", "webmail-download")
CLICKED = [r for r in recordings() if r.name.startswith("sogo-") and
           any(f'"{way}"' in (r / "truth.json").read_text() for way in CLICKS)]


def test_there_are_recordings():
    assert len(CLICKED) >= 4, "lab/run record --host sogo"


@pytest.mark.parametrize("recording", CLICKED, ids=lambda r: r.name)
def test_what_was_clicked_is_exactly_what_is_proven(recording, tmp_path):
    """Real SOGo: no mail store is needed for it, and at no level is one message too many or too few."""
    _, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording, mail_store=False), *logs_of(recording))
    case = Case(recording, report)
    everything = truly_opened(case, "message", "attachment")
    clicked = {key for key, note in everything.items() if note["how"] in CLICKS}
    assert clicked <= proven(case) <= set(everything)
    if case.truth["level"] == "stock":          # of an archive the URL names the folder alone
        assert proven(case) == clicked
