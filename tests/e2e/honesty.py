"""Laws of a report that may see little: what it does say must be true."""

from judge import SLACK, THINGS, all_of, incidents, opened, totals
from tocsin import seconds_between

SURE = ("proven", "likely")


def verdict(incident, question):
    return next(v for v in incident["verdicts"] if v["question"] == question)


def since_is_true(case):
    """Proven: to the second.  Otherwise never before the truth: that would be the doing of somebody else."""
    for incident in incidents(case):
        off = seconds_between(incident["first_malicious"], case.truth["first_malicious"])
        if verdict(incident, "since-when").get("certainty") == "proven" and abs(off) > SLACK:
            yield f"since when: falsely proven, {off:.0f} s off"
        if off < -SLACK:
            yield f"since when: {-off:.0f} s before the first malicious act"


def entry_is_true(case):
    for incident in incidents(case):
        entry = incident["entry"]
        if entry.get("certainty") not in SURE:
            continue
        if entry["method"] != "server-shell" and entry.get("account") not in [None, *case.truth["accounts"]]:
            yield f"way in: the account of somebody else, {entry['account']}"
        if entry.get("source_ip") not in [None, *case.truth["sources"]]:
            yield f"way in: the address of somebody else, {entry['source_ip']}"


def bounds_are_true(case):
    """proven <= truth <= at_most, of the accounts that the report names; what was cut out of a quiet log no bound can hold."""
    named = {a["name"] for a in all_of(case, "accounts")}
    since, until = case.truth.get("cut", ["", ""])
    left = lambda note: not since <= note["time"] <= until
    for kind in THINGS:
        true = sum(key[1] in named and left(note) for key, note in opened(case, kind).items())
        rows = totals(case, kind)
        if (low := sum(t.get("proven", 0) for t in rows)) > len(opened(case, kind)):
            yield f"totals: {low} {kind}s proven, {true} were opened"
        highs = [t.get("at_most") for t in rows]
        if rows and None not in highs and sum(highs) < true:
            yield f"totals: at most {sum(highs)} {kind}s, {true} were opened"


def nothing_from_nothing(case):
    """No denial where something happened, however it is worded."""
    for incident in incidents(case):
        opened_, left = verdict(incident, "what-was-opened"), verdict(incident, "did-data-leave")
        names = {a["name"] for a in incident["accounts"]}
        if "no message" in opened_["answer"] and any(key[1] in names for key in opened(case)):
            yield f"denied: {opened_['answer']}"
        if left["answer"].startswith("none") or left.get("certainty") == "excluded":
            yield f"denied: {left['answer']}"


def likely_is_mostly_true(case):
    """Of what is called likely a small part may be wrong."""
    true = set(opened(case))
    said = {case.key(a) for a in all_of(case, "accesses") if a["certainty"] == "likely" and a["kind"] in THINGS}
    said = {key for key in said if key[3] is not None}
    if len(wrong := said - true) > max(1, len(said) // 10):
        yield f"likely and not so: {len(wrong)} of {len(said)}"


def changes_are_true(case):
    true = {(c["kind"], c.get("account"), c.get("target")) for c in case.truth["changes"]}
    for change in all_of(case, "changes"):
        if change["certainty"] in SURE and (change["kind"], change.get("account"), change.get("target")) not in true and change.get("target"):
            yield f"changes: wrongly named {change['kind']} {change.get('account')} {change.get('target')}"
    sent = {m["message_id"].strip("<>") for m in case.truth["sent"]}
    for mail in all_of(case, "sent"):
        if mail["certainty"] in SURE and mail.get("message_id", "").strip("<>") not in sent:
            yield f"sent: wrongly named {mail.get('message_id')} of {mail.get('account')}"
