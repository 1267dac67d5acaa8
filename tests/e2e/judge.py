"""A report against the truth of its recording.

Each law is a function that yields what is wrong; `judge` runs those that a recording is held to.
"""

import gzip
import json

from tocsin import seconds_between

THINGS = ("message", "attachment", "file")       # kinds of access that are content handed over
SLACK = 2.0                                       # seconds that the first malicious act may be off


def bare(message_id):
    return (message_id or "").strip("<>")


def file_name(path):
    """A Maildir file's own name, without its flags."""
    return path.rsplit("/", 1)[-1].split(":")[0]


class Case:
    """Truth, report, and the store by which a message named in another way is recognised."""

    def __init__(self, recording, report):
        self.truth, self.report = json.loads((recording / "truth.json").read_text()), report
        with gzip.open(recording / "catalogue.jsonl.gz", "rt") as lines:
            store = [json.loads(text) for text in lines]
        self.by_id = {(m["account"], bare(m["message_id"])): m for m in store}
        self.by_file = {file_name(m["file"]): m for m in store if "file" in m}

    def key(self, thing):
        """What makes two accesses the same one: kind, account, folder, UID, part."""
        message = thing
        if "uid" not in thing and "message_id" in thing:
            message = self.by_id.get((thing.get("account"), bare(thing["message_id"])), thing)
        elif "uid" not in thing and thing["kind"] == "file":
            message = self.by_file.get(file_name(thing.get("name", "")), thing)
        part = thing.get("part") if thing["kind"] == "attachment" else None
        return thing["kind"], message.get("account"), message.get("folder"), message.get("uid"), part


def show(keys):
    return ", ".join("{1} {2}/{3} {0}{4}".format(*k[:4], f" part {k[4]}" if k[4] else "")
                     for k in sorted(keys, key=str)[:6]) + (f" and {len(keys) - 6} more" if len(keys) > 6 else "")


def incidents(case):
    return case.report["incidents"]


def all_of(case, what):
    return [row for incident in incidents(case) for row in incident.get(what, [])]


def opened(case, *kinds):
    return {case.key(note): note for note in case.truth["opened"] if note["kind"] in (kinds or THINGS)}


def totals(case, kind):
    return [i["totals"][kind + "s"] for i in incidents(case) if kind + "s" in i.get("totals", {})]


def proven(case, *kinds):
    """What is named and proven.  "Some files were read" names nothing, and is no claim about any message."""
    rows = [a for a in all_of(case, "accesses") if a["certainty"] == "proven" and a["kind"] in (kinds or THINGS)]
    return {case.key(a) for a in rows if case.key(a)[3] is not None or "message_id" in a}


# --- the laws -------------------------------------------------------------------------------------


def nothing_found(case):
    for incident in incidents(case):
        yield f"an incident on an honest day: {incident['id']} {incident['title']}"


def found(case):
    if not incidents(case):
        yield "no incident"


def way_in(case):
    true = {field: case.truth["entry"].get(field) for field in ("method", "account", "source_ip")}
    said = [{field: i.get("entry", {}).get(field) for field in true} for i in incidents(case)]
    if true not in said:
        yield f"way in: {'; '.join(' '.join(map(str, e.values())) for e in said)}, not {' '.join(map(str, true.values()))}"


def since_when(case):
    firsts = [i["first_malicious"] for i in incidents(case) if "first_malicious" in i]
    if not firsts:
        yield "no first malicious time"
    elif abs(off := seconds_between(min(firsts), case.truth["first_malicious"])) > SLACK:
        yield f"first malicious {min(firsts)}, {off:.1f} s off {case.truth['first_malicious']}"


def accounts(case):
    true = set(case.truth["accounts"])
    said = {a["name"] for a in all_of(case, "accounts") if a["compromised"] in ("proven", "likely")}
    if said != true:
        yield f"accounts: missed {sorted(true - said)}, wrongly named {sorted(said - true)}"


def sources(case):
    """No honest address is named; which of an intruder's were only tried from is not demanded."""
    named = {s["ip"] for s in all_of(case, "sources") if s["certainty"] in ("proven", "likely")}
    if wrong := named - set(case.truth["sources"]):
        yield f"sources: wrongly named {sorted(wrong)}"


def left_behind(case):
    """Rules that the intruder left, and mail sent in a victim's name: exactly those."""
    told = any("message_id" in m for m in all_of(case, "sent"))      # OpenSMTPD logs none
    changes = lambda rows: {(c["kind"], c.get("account"), c.get("target")) for c in rows}
    sent = lambda rows: {(m.get("account"), bare(m.get("message_id")) if told else (n, *m.get("to", ())))
                         for n, m in enumerate(sorted(rows, key=lambda m: m.get("time", "")))}
    for name, form in (("changes", changes), ("sent", sent)):
        true, said = form(case.truth[name]), form(all_of(case, name))
        if true != said:
            yield f"{name}: missed {sorted(true - said, key=str)}, wrongly named {sorted(said - true, key=str)}"


def never_false(case):
    """Nothing proven that did not happen, nothing excluded that did."""
    if false := proven(case) - set(opened(case)):
        yield f"falsely proven: {len(false)}: {show(false)}"
    excluded = {case.key(a) for a in all_of(case, "accesses") if a["certainty"] == "excluded"}
    if false := excluded & set(opened(case)):
        yield f"falsely excluded: {len(false)}: {show(false)}"
    listings = {case.key(note)[1:4] for note in case.truth["listed"] + case.truth["opened"]}
    named = {case.key(a)[1:4] for a in all_of(case, "accesses")
             if a["certainty"] == "proven" and a["kind"] == "listing" and "uid" in a}
    if false := named - listings:
        yield f"falsely proven as listed: {len(false)}: {sorted(false)[:4]}"


def all_proven(case):
    """With rich evidence: what was opened is what is proven, and so counted."""
    for kind in THINGS:
        true = set(opened(case, kind))
        if missed := true - proven(case, kind):
            yield f"{kind}s not proven: {len(missed)}: {show(missed)}"
        said = sum(t.get("proven", 0) for t in totals(case, kind))
        if said < len(true):
            yield f"totals: {said} {kind}s proven, {len(true)} were opened"


def all_within(case):
    """Every opened thing is listed, or covered by a bound of its account or of the whole."""
    said = [a for a in all_of(case, "accesses") if a["certainty"] != "excluded"]
    listed = {case.key(a) for a in said}
    unnamed = {(a["kind"], a.get("account")) for a in said if case.key(a)[3] is None}
    for kind in THINGS:
        true = opened(case, kind)
        bounds = [t.get("at_most") for t in totals(case, kind)]
        bounded = any(b is not None and b >= len(true) for b in bounds)
        lost = [k for k in true if k not in listed and (kind, k[1]) not in unnamed]
        if lost and not bounded:
            yield f"{kind}s neither listed nor bounded: {len(lost)}: {show(lost)}"


def bounds_hold(case):
    """proven <= truth <= at_most, for everything that is counted."""
    for kind in THINGS:
        true, rows = len(opened(case, kind)), totals(case, kind)
        if (low := sum(t.get("proven", 0) for t in rows)) > true:
            yield f"totals: {low} {kind}s proven, {true} were opened"
        highs = [t.get("at_most") for t in rows]
        if rows and None not in highs and sum(highs) < true:
            yield f"totals: at most {sum(highs)} {kind}s, {true} were opened"


ATTACK = [found, way_in, since_when, accounts, sources, left_behind, never_false, bounds_hold]
UNNAMED, NAMED = [*ATTACK, all_within], [*ATTACK, all_within, all_proven]


def judge(case, named=True):
    """What is wrong with the report; `named`: the mail store was there to give names."""
    if case.truth["benign"]:
        return list(nothing_found(case))
    if not named:
        laws = [found, never_false]
    else:           # some daemons never name what they open, however they are set
        laws = NAMED if case.truth.get("names", case.truth["level"] == "rich") else UNNAMED
    return [problem for law in laws for problem in law(case)]


HEADS = ["way in", "first", "accounts", "proven", "listed", "false", "incidents"]


def line(case):
    """One row of the table that is shown at the end."""
    if case.truth["benign"]:
        return ["honest", "-", "-", "-", "-", "-", str(len(incidents(case)))]
    first = min((i["first_malicious"] for i in incidents(case) if "first_malicious" in i), default=None)
    named = {a["name"] for a in all_of(case, "accounts") if a["compromised"] in ("proven", "likely")}
    people, true, sure = set(case.truth["accounts"]), set(opened(case)), proven(case)
    listed = {case.key(a) for a in all_of(case, "accesses") if a["certainty"] != "excluded"}
    return [next((i["entry"].get("method", "-") for i in incidents(case) if "entry" in i), "-"),
            f"{seconds_between(first, case.truth['first_malicious']):+.1f} s" if first else "-",
            f"{len(named & people)}/{len(people)}+{len(named - people)}",
            f"{len(sure & true)}/{len(true)}", f"{len(listed & true)}/{len(true)}",
            str(len(sure - true)), str(len(incidents(case)))]
