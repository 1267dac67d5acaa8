"""The report's JSON, strictly: every field that may be there, of its type, and none else; what is unknown is absent."""

import ipaddress
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SURE = ("proven", "likely", "possible", "excluded")
QUESTIONS = ["how-they-got-in", "since-when", "what-was-opened", "did-data-leave", "still-inside", "who-fits"]


def text(v):
    return isinstance(v, str) and v != ""


def number(v):
    return isinstance(v, int) and not isinstance(v, bool) and v >= 0


def flag(v):
    return isinstance(v, bool)


def moment(v):
    return isinstance(v, str) and TIME.fullmatch(v)


def address(v):
    try:
        return str(ipaddress.ip_address(v)) == v
    except ValueError:
        return False


def texts(v):
    return isinstance(v, list) and all(map(text, v))


def sha(v):
    return isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v)


def counts(v):
    return isinstance(v, dict) and all(text(k) and number(n) for k, n in v.items())


def techniques(v):
    return isinstance(v, list) and all(isinstance(t, str) and re.fullmatch(r"T\d{4}(\.\d{3})?", t) for t in v)


def one_of(*words):
    return lambda v: v in words


# A key that ends in ! must be there.  A list of one row: a list of such; a dictionary: an object.
LEVEL = one_of("informational", "low", "medium", "high", "critical")
EVIDENCE = [{"input!": number, "offset!": number, "length!": number, "line!": number, "sha256!": sha}]
CITED = {"evidence!": EVIDENCE, "evidence_more": number}
TOTAL = {"proven!": number, "at_most": number}
GAP = {"source!": text, "from": moment, "to": moment, "kind!": one_of("missing", "truncated", "tampered", "never-logged"), "state": text,
       "certainty": one_of(*SURE), "hides!": text, "remedy": text, **CITED}
FINDING = {"rule!": {"id!": text, "title!": text, "level!": LEVEL, "description": text}, "techniques": techniques, "time!": moment,
           "first": moment, "account": text, "source_ip": address, "count": number, **CITED}
INCIDENT = {
    "id!": text, "title!": text, "severity!": one_of("low", "medium", "high", "critical"),
    "first_malicious!": moment, "last_malicious!": moment, "first_finding!": moment,
    "entry!": {"method!": one_of("password-spray", "brute-force", "stolen-password", "webmail-session-abuse", "webmail-exploit",
                                 "server-shell", "oauth-consent", "token-replay", "unknown"),
               "account": text, "source_ip": address, "time": moment, "certainty": one_of(*SURE), "because": text, **CITED},
    "sources!": [{"ip!": address, "network": text, "country": text, "operator": text, "first": moment, "last": moment,
                  "certainty!": one_of(*SURE)}],
    "accounts!": [{"name!": text, "compromised!": one_of(*SURE), "read": one_of(*SURE), "first": moment, "last": moment}],
    "sessions!": [{"account": text, "protocol": text, "id": text, "source_ip": address, "first": moment, "last": moment, "bodies": number,
                   "body_bytes": number, "bytes_out": number, "certainty!": one_of(*SURE), **CITED}],
    "accesses!": [{"account": text, "folder": text, "uid": number, "message_id": text, "subject": text, "part": text, "name": text,
                   "bytes": number, "time": moment, "kind!": one_of("message", "attachment", "file", "listing", "search", "address-book"),
                   "how!": text, "certainty!": one_of(*SURE), "times": number, "source_ip": address, "session": number,
                   "secrets": texts, **CITED}],
    "totals!": {"messages!": TOTAL, "attachments!": TOTAL, "files!": TOTAL, "bytes_out!": TOTAL, "listed": number},
    "secrets": counts,
    "changes!": [{"kind!": one_of("forwarding-rule", "filter", "delegation", "app-password", "consent", "config"), "account": text,
                  "target": text, "time": moment, "active": flag, "certainty!": one_of(*SURE), **CITED}],
    "sent!": [{"account": text, "queue_id": text, "message_id": text, "subject": text, "to": texts, "bytes": number, "time": moment,
               "external": flag, "certainty!": one_of(*SURE), **CITED}],
    "gaps!": [GAP], "findings!": [FINDING],
    "verdicts!": [{"question!": one_of(*QUESTIONS), "answer!": text, "short_answer": text, "certainty": one_of(*SURE), "because!": texts,
                   "would_settle_it!": texts}],
    "hypotheses!": [{"name!": one_of("state", "activist", "criminal", "insider", "test"), "weight!": number, "for!": texts,
                     "against!": texts}],
}
REPORT = {
    "schema!": one_of("tocsin.report/1"), "tool!": {"name!": one_of("tocsin"), "version!": text}, "created!": moment, "mail_store": flag,
    "inputs!": [{"path!": text, "sha256": sha, "bytes": number, "records!": number, "unrecognised!": number, "broken": number,
                 "first": moment, "last": moment, "host": text, "formats!": counts}],
    "incidents!": [INCIDENT], "findings!": [FINDING], "gaps": [GAP],
    "visibility": {"seeing!": number, "blind!": number, "unseen": texts,
                   "rules": [{"id!": text, "title!": text, "level!": LEVEL, "why!": text, "setting": text, "needs": text, "method": text}],
                   "drift": [{"daemon!": text, "from": moment, "recognised_before": number, "recognised_since": number, "samples": texts}]},
    "shed_findings": [{"id!": text, "title!": text, "level!": LEVEL, "count!": number}],
    "counters!": {"records!": number, "recognised!": number, "malformed!": number, "shed!": number, "hosts": number},
}


def breaches(value, wanted, where="report"):
    if isinstance(wanted, list):
        if not isinstance(value, list):
            yield f"{where}: no list"
            return
        for n, row in enumerate(value):
            yield from breaches(row, wanted[0], f"{where}[{n}]")
    elif isinstance(wanted, dict):
        if not isinstance(value, dict):
            yield f"{where}: no object"
            return
        names = {key.rstrip("!"): form for key, form in wanted.items()}
        yield from (f"{where}: {key} is missing" for key in wanted if key.endswith("!") and key[:-1] not in value)
        yield from (f"{where}: {key} is not of the schema" for key in value if key not in names)
        for key in value.keys() & names.keys():
            yield from breaches(value[key], names[key], f"{where}.{key}")
    elif not wanted(value):
        yield f"{where}: {value!r}"


def opened_at_odds(incident):
    """What the answer counts is what the incident lists, thing by thing."""
    def many(kind, sure, tenant=None):
        return sum(row["kind"] == kind and row["certainty"] in sure and tenant in (None, row["how"] == "cloud-file")
                   for row in incident["accesses"])

    listed = {"message": {incident["totals"]["messages"]["proven"], many("message", ("proven", "likely"))},
              "attachment": {many("attachment", ("proven", "likely"))},
              "file of the mail store": {many("file", ("proven",), False)}, "file of the tenant": {many("file", ("proven",), True)}}
    answer, = (v["answer"] for v in incident["verdicts"] if v["question"] == "what-was-opened")
    for count, one, of in re.findall(r"([\d,]+) (message|attachment|file)s?( of the mail store| of the tenant)?", answer.partition(";")[0]):
        if int(count.replace(",", "")) not in listed.get(one + of, ()):
            yield f"{incident['id']}: {answer!r}, and listed are {listed}"


def at_odds(report):
    """What each field allows, and all of them together do not."""
    def cited(node):
        if isinstance(node, dict):
            for e in node.get("evidence", []):
                yield e
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                yield from cited(child)

    for e in cited(report):
        if e["input"] >= len(report["inputs"]) or not e["length"] or not e["line"]:
            yield f"evidence that cites nothing: {e}"
    for i in report["incidents"]:
        if [v["question"] for v in i["verdicts"]] != QUESTIONS:
            yield f"{i['id']}: other questions"
        if i["hypotheses"] and sum(h["weight"] for h in i["hypotheses"]) != 100:
            yield f"{i['id']}: weights do not add up to 100"
        if i["first_malicious"] > i["last_malicious"] or i["first_malicious"] > i["first_finding"]:
            yield f"{i['id']}: {i['first_malicious']} to {i['last_malicious']}, first finding {i['first_finding']}"
        for name, total in i["totals"].items():
            if isinstance(total, dict) and total.get("at_most", total["proven"]) < total["proven"]:
                yield f"{i['id']}: {name}: {total}"
            if isinstance(total, dict) and "at_most" not in total and not i["gaps"]:
                yield f"{i['id']}: {name} without bound, and no gap that says why"
        for kind in ("sources", "accounts", "sessions"):
            for row in i[kind]:
                if row.get("first", "") > row.get("last", "~"):
                    yield f"{i['id']}: {kind} that end before they begin: {row}"
        yield from opened_at_odds(i)
        for row in i["accesses"]:
            if row.get("session", -1) >= len(i["sessions"]):
                yield f"{i['id']}: an access of session {row['session']}, of {len(i['sessions'])}"
    if len({i["id"] for i in report["incidents"]}) < len(report["incidents"]):
        yield "two incidents of one id"


def wrong(report):
    """All that the schema forbids; only of a report that keeps it, what is at odds with itself."""
    return list(breaches(report, REPORT)) or list(at_odds(report))
