"""The small mail host with Zimbra: its logs tell who asked for mail and set filters, from where; which message was read they do not."""

from datetime import timedelta

import pytest

import story
from story import DOMAIN, FIREFOX, HOST, HOTEL, ODD, PARIS, STRANGER, Story, after
from test_honesty import verdict
from tocsin import NONE, scan


class Zimbra(Story):
    """audit.log and mailbox.log of the store, and its access log."""

    def __init__(self, days=5):
        self.own = {"audit": [], "mailbox": [], "access": []}
        super().__init__(days)

    def log(self, which, when, who, text):
        self.serial += 1
        stamp = f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d}"
        self.own[which].append((when, self.serial, f"{stamp} INFO  [qtp1-{self.serial % 90}:https://mail/service/soap/] [{who}] {text}"))

    def who(self, person, source):
        return f"name={person}@{DOMAIN};oip={source};port=41022;ua=ZimbraWebClient - FF115 (Linux)/9.0.0_GA_4583;soapId=4e5e{self.serial:x};"

    def imap(self, when, person, source, bodies=0, size=4000, lasts=2.0, service="imap"):
        who = f"name={person}@{DOMAIN};ip={HOST};oip={source};via={HOST}(nginx/1.20.0);ua=Zimbra/9.0.0_GA_4583;cid={self.serial};"
        self.log("audit", when, who, f"security - cmd=Auth; account={person}@{DOMAIN}; protocol=imap;")

    def fail(self, when, person, source):
        self.log("audit", when, f"oip={source};oport=1;ua=zclient/9;soapId=1;",
                 f"security - cmd=Auth; account={person}@{DOMAIN}; protocol=soap; error=authentication failed for [{person}@{DOMAIN}], invalid password;")

    def web_sign_in(self, when, person, source, agent):
        self.log("audit", when, self.who(person, source), f"security - cmd=Auth; account={person}@{DOMAIN}; protocol=soap;")

    def soap(self, when, person, source, name):
        self.log("mailbox", when, self.who(person, source), f"soap - {name} elapsed=12")

    def web_read(self, when, person, source, agent, uid, part=None):
        self.soap(when, person, source, "GetMsgRequest")
        if part:
            self.serial += 1
            self.own["access"].append((when, self.serial, f'{source} -  -  [{when.astimezone(PARIS):%d/%b/%Y:%H:%M:%S %z}] "GET /service/home/~/?auth=co&'
                                       f'loc=en&id={uid}&part={part}&disp=a HTTP/1.1" 200 90000 "https://mail/" "{agent}" 12'))

    def web_filter(self, when, person, source, agent):
        self.soap(when, person, source, "ModifyFilterRulesRequest")

    def forward(self, when, person, source, to):
        self.soap(when, person, source, "ModifyPrefsRequest")
        self.log("mailbox", when, self.who(person, source), f"mailbox - Setting Preference attributes [zimbraPrefMailForwardingAddress={to}]")

    def write(self, folder):
        paths = super().write(folder)
        for name, rows in self.own.items():
            path = folder / f"zimbra-{name}.log"
            path.write_text("".join(text + "\n" for _, _, text in sorted(rows)))
            paths.append(path)
        return paths


def reads(s, person, source, count, pace=14.0, files=True, agent=ODD):
    s.web_sign_in(after(780, 0), person, source, agent)
    s.soap(after(780, 5), person, source, "SearchRequest")
    for n in range(count):
        s.web_read(after(780, 20 + pace * n), person, source, agent, 10 + n, 2 if files and n % 3 == 2 else None)
    return after(780, 30 + pace * count)


def report_of(tmp_path, tell):
    told = Zimbra()
    tell(told)
    run, report = scan(tmp_path / "report.json", "--quiet", *told.write(tmp_path))
    return run, report


def incident_of(tmp_path, tell):
    incident, = report_of(tmp_path, tell)[1]["incidents"]
    assert incident["entry"]["source_ip"] == STRANGER
    return incident


def filters(s):
    s.web_filter(reads(s, "elsa", STRANGER, 12), "elsa", STRANGER, ODD)


def forwards(s):
    s.forward(reads(s, "elsa", STRANGER, 12), "elsa", STRANGER, "depot77@boite.example")


def reads_all(s):
    reads(s, "elsa", STRANGER, 150, pace=2)


@pytest.mark.parametrize("tell, asked, changed", [(filters, 12, [("filter", None)]), (forwards, 12, [("forwarding-rule", "depot77@boite.example")]),
                                                  (reads_all, 150, [])])
def test_a_takeover(tell, asked, changed, tmp_path):
    incident = incident_of(tmp_path, tell)
    assert incident["entry"]["method"] == "stolen-password"
    assert [(a["name"], a["compromised"]) for a in incident["accounts"]] == [(f"elsa@{DOMAIN}", "proven")]
    assert [(c["kind"], c.get("target")) for c in incident["changes"]] == changed
    opened, inside = verdict(incident, "what-was-opened"), verdict(incident, "still-inside")
    assert opened["certainty"] == "possible" and "at_most" not in incident["totals"]["messages"]
    assert any(f"{asked} requests for a message" in why for why in opened["because"])
    assert any(gap["kind"] == "never-logged" and "counts" in gap["hides"] for gap in incident["gaps"])
    assert inside.get("certainty") == ("likely" if tell is forwards else "possible" if changed else None)
    assert not [a for a in incident["accesses"] if a["kind"] == "message"]        # none is named


@pytest.mark.parametrize("tell, method, account", [(story.spray_six, "password-spray", "gita"), (story.brute_force, "brute-force", "kim")])
def test_guessing(tell, method, account, tmp_path):
    incident = incident_of(tmp_path, tell)
    assert (incident["entry"]["method"], incident["entry"]["account"]) == (method, f"{account}@{DOMAIN}")
    assert "at_most" not in incident["totals"]["messages"]


def at_a_hotel(s):
    reads(s, "elsa", HOTEL, 30, pace=44, agent=FIREFOX)


def absence(s):
    end = reads(s, "elsa", HOTEL, 2, pace=44, files=False, agent=FIREFOX)
    s.soap(end, "elsa", HOTEL, "ModifyPrefsRequest")
    s.web_filter(end + timedelta(seconds=9), "elsa", HOTEL, FIREFOX)


def at_home(s):
    s.forward(reads(s, "elsa", story.home("elsa"), 160, pace=2), "elsa", story.home("elsa"), "elsa@privat.example")


@pytest.mark.parametrize("tell", [at_a_hotel, absence, at_home, story.mistyped_at_hotel, story.new_office, story.old_password], ids=lambda f: f.__name__)
def test_honest_people(tell, tmp_path):
    run, report = report_of(tmp_path, tell)
    assert run.status == NONE, [(i["title"], [f["rule"]["title"] for f in i["findings"]]) for i in report["incidents"]]
