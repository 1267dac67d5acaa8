"""tocsin match and a second opinion (tests/sigma/oracle.py) agree: public rules, their tests, and chance."""

import base64
import functools
import json
import random
import sys

import pytest

from tocsin import TOP, tocsin

sys.path.insert(0, str(TOP / "tests" / "sigma"))
oracle = pytest.importorskip("oracle", reason="python3-yaml is not installed")

SHARED = TOP.parent / "shared" / "sigma"
FOLDERS = ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"]
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="there is no copy of the public rules here")


def matched(rules, events, tmp_path, *more):
    """(id, line) of each hit; events are texts of JSON objects."""
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(json.loads(event)) + "\n" for event in events))
    options = [word for folder in rules for word in ("--rules", folder)]
    run = tocsin("match", *more, *options, path)
    return {(hit["rule.id"], hit["line"]) for hit in map(json.loads, run.out.splitlines())}, run


def regression():
    """(ids of rules, path of the event) of each test that has its event beside it."""
    for info in sorted((SHARED / "regression_data").rglob("info.yml")):
        document, = oracle.documents(info.read_text())
        ids = {str(rule["id"]) for rule in document["rule_metadata"]}
        for path in sorted(info.parent.glob("*.json")):
            yield ids, path


def objects(path):
    """The events of a file: one object, objects behind each other, or a list of them."""
    text, at, out, decoder = path.read_text(), 0, [], json.JSONDecoder()
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        out += value if isinstance(value, list) else [value]
    return [json.dumps(event) for event in out]


@functools.cache
def public():
    """Documents of the public rules, by file."""
    return {path: oracle.documents(path.read_text())
            for folder in FOLDERS for path in sorted((SHARED / folder).rglob("*.yml"))}


@needs_shared
def test_public_rules_and_their_events(tmp_path):
    rules = [oracle.Rule(document) for documents in public().values() for document in documents]
    tests = [(ids, event) for ids, path in regression() for event in objects(path)]
    events = [event for _, event in tests]
    assert len(rules) == 2317 and len(events) >= 127
    ours, run = matched([SHARED / folder for folder in FOLDERS], events, tmp_path)
    theirs = oracle.verdicts(rules, [oracle.Event(event) for event in events])
    assert ours == theirs, sorted(ours ^ theirs)[:20]
    assert len(ours) > 200


@needs_shared
def test_each_regression_test_matches_its_rule(tmp_path):
    missing, count = [], 0
    for ids, path in regression():
        ours, _ = matched([paths_of_rules()[rule] for rule in ids], objects(path), tmp_path)
        count += 1
        if not ids & {rule for rule, _ in ours}:
            missing.append(path.name)
    assert not missing and count >= 127


@functools.cache
def paths_of_rules():
    return {str(document.get("id", "")): path for path, documents in public().items() for document in documents}


# --- chance ---

LETTERS = ["a", "b", "A", "B", "ab", "*", "?", "\\", "\\\\", "\\*", "\\?", "-", "/", " ", "x", "\u00e9", "\u00c9", ".", "%", "1",
           "\u03a3", "\u03c3", "\u03c2", "\u00df", "\u1e9e", "\u0416", "\u0436", "\u212a", "\u017f", "\u0130", "\u0131", "\u01c5",
           "\u2013", "\u2015", "\U0001f600", "\u0301", "k", "K", "s", "'", "|", "\t"]
WORDS = ["a", "ab", "Ab", "abc", "-a", "/a b", " -ab", "\u2013a", "x", "", "1", "12", "1.5", "-3", "a*b", "a?b", "a\\b",
         "\\a", "192.0.2.7", "198.51.100.1", "2001:db8::1", "2001:DB8:0::1", "2026-03-17T13:05:00Z", "2024-12-30T01:02:03+02:00", "a\nb",
         "007", "+5", "0x10", "1e3", "1.50", "true", "False", "null", "\u041f\u0440", "\u03a3a", "a\u03c2", "-a -b", "*", "**", "\\", "?"]
PLACEHOLDERS = {"p": ["a", "x*"], "q": ["1", "b"], "empty": []}
NETWORKS = ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "198.51.100.1/32", "::/0"]
FIELDS = ["a", "b", "c", "d.e", "n", "list", "NewValue", "o.x"]
ENCODED = ["a", "ab", "abc", "whoami", "/bin/sh", "x y", "x -a", "\u00e9"]
EXPRESSIONS = ["^a", "a.b", "[ab]+$", "(x|1)2?", "^$", "a{1,2}b", "^.$", "A", "\u00e9", "\u03c3", "[^a]", "b$", "a|b", "\\d+", "(?i:AB)", "-"]
PARTS = [("year", 2026), ("month", 12), ("day", 17), ("hour", 13), ("hour", 23), ("minute", 5), ("week", 1), ("week", 12)]


class Chance:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def text(self):
        return self.r.choice(WORDS) if self.r.random() < 0.5 else "".join(
            self.r.choice(LETTERS) for _ in range(self.r.randint(0, 5)))

    def number(self):
        return self.r.choice([0, 1, 12, -3, 5, 7, 16, 1000, 2**53 + 1, 1773752700, 1773752700123, 1.5, -0.5, 1e3])

    def value(self):
        r = self.r
        return r.choice([self.text, self.text, lambda: r.randint(-3, 20), self.number, lambda: None,
                         lambda: r.random() < 0.5, lambda: round(r.uniform(0, 5), 1), self.encoded])()

    def values(self, depth=0):
        return [self.values(depth + 1) if depth < 2 and self.r.random() < 0.15 else self.value()
                for _ in range(self.r.randint(0, 3))]

    def encoded(self):
        word = self.r.choice(ENCODED)
        data = word.encode(self.r.choice(["utf-8", "utf-16-le", "utf-16-be"]))
        return "x" * self.r.randint(0, 2) + base64.b64encode(
            b"q" * self.r.randint(0, 2) + data + b"z" * self.r.randint(0, 2)).decode()

    def event(self):
        r, out = self.r, {}
        for field in FIELDS:
            if r.random() < 0.3:
                continue
            value = self.values() if field == "list" else self.value()
            if field == "d.e" and r.random() < 0.5:
                out["d"] = {"e": value}
                if r.random() < 0.2:
                    out["d.e"] = self.value()
            elif field == "o.x":
                out["o"] = [{"x": self.value()} if r.random() < 0.8 else {"y": 1} for _ in range(r.randint(1, 3))]
            elif field == "NewValue":
                out[r.choice(["New Value", "NewValue"])] = value
            else:
                out[field] = value
        return json.dumps(out, ensure_ascii=r.random() < 0.5)

    def shuffled(self, *modifiers):
        """Some of them, where order says nothing."""
        out = [m for m in modifiers if m and self.r.random() < 0.5]
        self.r.shuffle(out)
        return out

    def line(self):
        """A key and its value or values."""
        r, field = self.r, self.r.choice(FIELDS)
        kind = r.choice(["text"] * 8 + ["re", "re", "cidr", "compare", "exists", "null", "fieldref", "part", "code", "number", "expand"])
        key, values = getattr(self, "line_" + kind)(field)
        if kind in ("exists", "null", "fieldref", "number", "part"):
            return key, values
        several = [values, *(getattr(self, "line_" + kind)(field, key)[1] for _ in range(r.randint(1, 2)))]
        if kind != "compare" and r.random() < 0.4:
            values = several
            key += r.choice(["", "|all"])
        return key, values

    def line_exists(self, field):
        return f"{field}|exists", self.r.random() < 0.5

    def line_null(self, field):
        return field + self.r.choice(["", "|neq"]), None

    def line_cidr(self, field, key=""):
        return field + self.r.choice(["|cidr", "|cidr|neq"]), self.r.choice(NETWORKS)

    def line_compare(self, field, key=""):
        return f"{field}|{self.r.choice(['lt', 'lte', 'gt', 'gte', 'gt|neq'])}", self.r.choice(
            [self.r.randint(-3, 20), round(self.r.uniform(-1, 5), 1), 2**53, "7"])

    def line_number(self, field):
        return field + self.r.choice(["", "|neq", "|cased"]), self.r.choice([self.r.randint(-3, 20), self.number()])

    def line_re(self, field, key=""):
        words = self.shuffled("i", "s", "m", self.r.choice(["contains", "startswith", "endswith"]), "neq")
        return "|".join([field, "re", *words]), self.r.choice(EXPRESSIONS)

    def line_fieldref(self, field):
        words = self.shuffled(self.r.choice(["contains", "startswith", "endswith"]), "neq", "cased")
        return "|".join([field, "fieldref", *words]), self.r.choice(FIELDS)

    def line_part(self, field):
        part, value = self.r.choice(PARTS)
        return f"{field}|{part}" + self.r.choice(["", "|gte", "|lt", "|neq"]), value

    def line_expand(self, field, key=""):
        return f"{field}|" + self.r.choice(["expand", "expand|contains", "startswith|expand", "expand|cased", "re|expand",
                                            "expand|windash|endswith", "neq|expand"]), self.r.choice(
            ["%p%", "%p%b", "%q%%p%", "\\%p%", "%none%", "%empty%", "%"])

    def line_code(self, field, key=""):
        steps = self.shuffled("windash") + self.shuffled(self.r.choice(["wide", "utf16le", "utf16be", "utf16"])) + [
            self.r.choice(["base64", "base64offset", "base64|base64"])] + self.shuffled(
            self.r.choice(["contains", "startswith", "endswith"])) + self.shuffled("cased", "neq")
        return "|".join([field, *steps]), self.r.choice(ENCODED)

    def line_text(self, field, key=""):
        words = self.shuffled("windash", self.r.choice(["contains", "startswith", "endswith"])) + [
            word for word in self.shuffled("cased", "neq") if self.r.random() < 0.5]
        if "windash" in words and "\u0301" in key:
            words.remove("windash")
        return "|".join([field, *words]), self.text()

    def map(self):
        return dict(self.line() for _ in range(self.r.randint(1, 3)))

    def search(self):
        r = self.r.random()
        if r < 0.6:
            return self.map()
        if r < 0.8:
            return [self.map() for _ in range(self.r.randint(1, 3))]
        words = [word for word in (self.text() for _ in range(self.r.randint(1, 3))) if word] or ["a"]
        if r < 0.85 and len(words) > 1:
            return {"|all": words}
        if r < 0.88:
            return {"|re": self.r.choice(EXPRESSIONS)}
        if r < 0.9:
            return {self.r.choice(["|startswith", "|endswith", "|cased", "|contains|neq"]): words}
        return words + [self.map()] if r > 0.97 else words

    def condition(self, names, depth=0):
        r = self.r.random()
        if r < 0.4 or depth > 3:
            return self.r.choice(names)
        if r < 0.5:
            return self.r.choice(["1 of them", "all of them", "1 of s*", "all of s*", "any of *1", "1 of _*", "All Of s1"])
        if r < 0.65:
            return self.r.choice(["not ", "NOT "]) + self.condition(names, depth + 1)
        if r < 0.75:
            return "(" + self.condition(names, depth + 1) + ")"
        return f"{self.condition(names, depth + 1)} {self.r.choice(['and', 'or', 'AND'])} {self.condition(names, depth + 1)}"

    def rule(self, number):
        names = ["s1", "s2", "_u1"]
        detection = {name: self.search() for name in names}
        said = self.condition(names)
        return {"title": f"r{number}", "id": f"00000000-0000-4000-8000-{number:012}", "name": f"r{number}",
                "logsource": {"product": "x"},
                "detection": {**detection, "condition": [said, self.condition(names)] if self.r.random() < 0.1 else said}}


def refused(run):
    return [line for line in run.err.splitlines() if line.startswith("tocsin: ") and ": warning: " not in line]


@pytest.mark.parametrize("seed", range(6))
def test_chance(tmp_path, seed):
    chance = Chance(seed)
    (tmp_path / "rules").mkdir()
    texts = [json.dumps(chance.rule(number), ensure_ascii=False) for number in range(1, 151)]        # JSON is YAML
    (tmp_path / "rules" / "all.yml").write_text("\n---\n".join(texts))
    events = [chance.event() for _ in range(120)]
    (tmp_path / "values.yml").write_text(json.dumps(PLACEHOLDERS))
    ours, run = matched([tmp_path / "rules"], events, tmp_path, "--placeholders", tmp_path / "values.yml")
    assert not refused(run), run.err
    rules = [rule for text in texts for rule in oracle.rules_in(text, PLACEHOLDERS)]
    theirs = oracle.verdicts(rules, [oracle.Event(event) for event in events])
    by_id = {rule.id: rule.document["detection"] for rule in rules}
    assert ours == theirs, [(line, line_of(ours, rule, line), by_id[rule], events[line - 1])
                            for rule, line in sorted(ours ^ theirs)[:3]]
    assert len(ours) > 500


def line_of(ours, rule, line):
    return "tocsin alone" if (rule, line) in ours else "the oracle alone"


def correlation(r, number, among=("b0", "b1", "b2")):
    kind = r.choice(["event_count", "value_count", "temporal", "temporal", "temporal_ordered", "value_sum", "value_avg",
                     "value_percentile", "value_median"])
    temporal = kind.startswith("temporal")
    names = r.sample(among, r.randint(2 if temporal else 1, 3))
    said = {"type": kind, "rules": names, "group-by": r.choice([["user"], ["user", "host"], ["host"], ["user", "flag"], []]),
            "timespan": r.choice(["30s", "2m", "1h", "5m"])}
    hows, number_of = ["gt", "gte", "lt", "lte", "eq", "neq"], lambda: r.randint(1, 4)
    if kind in ("value_avg", "value_percentile", "value_median", "value_sum"):
        number_of = lambda: r.randint(0, 12)                                # noqa: E731
    condition = {r.choice(hows if r.random() < 0.5 else ["gte"]): number_of()}
    if r.random() < 0.1:
        condition = {"gte": 1, "lte": r.randint(1, 4)}
    if kind == "value_percentile" and r.random() < 0.7:
        condition["percentile"] = r.choice([0, 5, 50, 75, 99.5, 100])
    elif kind == "value_percentile":
        condition = {r.choice(["gte", "lte"]): r.choice([10, 25, 50, 90])}
    if kind.startswith("value"):
        condition["field"] = r.choice(["ip", "n"]) if kind == "value_count" else "n"
        condition["field"] = ["ip", "n"] if kind == "value_count" and r.random() < 0.2 else condition["field"]
    if kind == "temporal" and r.random() < 0.6:
        a, b, c = (names * 2)[:3]
        condition = r.choice([f"{a} and not {b}", f"{a} or {b}", f"{a} and ({b} or {c})", f"({a} or {b}) and not {c}",
                              f"not (not {a} or {b})", f"{a} and {b}"])
        said["rules"] = [name for name in names if name in condition.replace("(", " ").replace(")", " ").split()]
        said["rules"] = said["rules"] if r.random() < 0.5 else None
    if not temporal or (kind == "temporal" and (isinstance(condition, str) or r.random() < 0.4)):
        said["condition"] = condition
    said = {key: value for key, value in said.items() if value is not None}
    return {"title": f"c{number}", "id": f"00000000-0000-4000-8000-9{number:011}", "correlation": said}


def happenings(r, count):
    """(seconds, event) in order of time."""
    now = 0
    for _ in range(count):
        now += r.choice([0, 1, 7, 11, 30, 37, 101, 120, 407])
        event = {"@timestamp": f"2026-03-{1 + now // 86400:02}T{now // 3600 % 24:02}:{now // 60 % 60:02}:{now % 60:02}Z",
                 "act": f"a{r.randint(0, 3)}", "user": r.choice(["x", "y", 5, "5", ["x", "z"], 1.5]), "ip": f"192.0.2.{r.randint(1, 4)}",
                 "n": r.choice([0, 1, 2, 3, "4", 5, 12, "x", None, [2, 9], 1.5, -1])}
        if r.random() < 0.9:
            event["host"] = r.choice(["p", "q", "P", None, []])
        if r.random() < 0.5:
            event["flag"] = r.choice([True, "true", 1, "1"])
        yield now, event


def hits_of(run):
    """By the rule's id: (group, line, count) of each hit."""
    out = {}
    for hit in map(json.loads, run.out.splitlines()):
        group = tuple(oracle.text_of(value) for value in hit.get("group", {}).values())
        out.setdefault(hit["rule.id"], []).append((group, hit["line"], hit.get("count")))
    return out


def bounded(hit):
    """Of more events than a group keeps, those are counted, too, that no hit has told of."""
    group, line, count = hit
    return group, line, min(count, 32)


def delayed(r, happened):
    """As they are written by hosts that are slow at times: five minutes are allowed."""
    late = r.choice([10, 60, 300])
    return sorted(happened, key=lambda one: one[0] + r.choice([0, 0, 0, r.randint(0, late), late]))


def chance_correlations(seed, tmp_path, order=lambda r, happened: happened):
    """What disagrees: (correlation, ours, theirs)."""
    r = random.Random(seed)
    base = [{"title": f"b{i}", "id": f"00000000-0000-4000-8000-{i:012}", "name": f"b{i}", "logsource": {"product": "x"},
             "detection": {"s": {"act": f"a{i}"}, "condition": "s"}} for i in range(3)]
    correlations = [correlation(r, number) for number in range(40)]
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules" / "all.yml").write_text("\n---\n".join(json.dumps(d) for d in base + correlations))
    times, events = zip(*order(r, list(happenings(r, r.choice([20, 60, 150])))))
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(map(json.dumps, events)))
    run = tocsin("match", "--rules", tmp_path / "rules", path)
    if any("condition that cannot come true" not in line for line in refused(run)):
        return [(refused(run), [], [])]
    ours, out = hits_of(run), []
    never = {correlations[int(line.split(":")[1]) // 2 - 3]["id"] for line in refused(run)}
    rules = [oracle.Rule(oracle.documents(json.dumps(d))[0]) for d in base]
    seen = [oracle.Event(json.dumps(event)) for event in events]
    for document in correlations:
        theirs = oracle.Correlation(oracle.documents(json.dumps(document))[0]).fired(rules, seen, times)
        mine = sorted(ours.get(document["id"], []))
        if document["id"] not in never and [bounded(hit) for hit in mine] != [bounded(hit) for hit in theirs]:
            out.append((document["correlation"], mine, theirs))
    return out


@pytest.mark.parametrize("seed", range(8))
def test_chance_correlations(tmp_path, seed):
    assert not chance_correlations(seed, tmp_path)[:1]


@pytest.mark.parametrize("seed", range(8))
def test_chance_late_events(tmp_path, seed):
    assert not chance_correlations(seed, tmp_path, delayed)[:1]


def chance_chains(seed, tmp_path, order):
    """Correlations of correlations that hold at once: (correlation, ours, theirs) of what disagrees."""
    r, lower = random.Random(seed), []
    base = [{"title": f"b{i}", "id": f"00000000-0000-4000-8000-{i:012}", "name": f"b{i}", "logsource": {"product": "x"},
             "detection": {"s": {"act": f"a{i}"}, "condition": "s"}} for i in range(3)]
    while len(lower) < 4:
        document = correlation(r, len(lower)) | {"name": f"c{len(lower)}"}
        document["correlation"]["generate"] = True
        if not oracle.Correlation(oracle.documents(json.dumps(document))[0]).at_close:
            lower.append(document)
    upper = [correlation(r, 4 + i, ["b0", "c0", "c1", "c2", "c3"]) for i in range(20)]
    (tmp_path / "all.yml").write_text("\n---\n".join(map(json.dumps, base + lower + upper)))
    times, events = zip(*order(r, list(happenings(r, r.choice([20, 60, 150])))))
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)))
    run = tocsin("match", "--rules", tmp_path / "all.yml", tmp_path / "events.jsonl")
    ours, out = hits_of(run), []
    never = {int(line.split(":")[1]) // 2 for line in refused(run)}
    rules = [oracle.Rule(oracle.documents(json.dumps(d))[0]) for d in base]
    rules += [oracle.Correlation(oracle.documents(json.dumps(d))[0]) for d in lower]
    seen = [oracle.Event(json.dumps(event)) for event in events]
    for at, document in enumerate(upper, len(base + lower)):
        theirs = oracle.Correlation(oracle.documents(json.dumps(document))[0]).fired(rules, seen, times)
        mine = sorted(ours.get(document["id"], []))
        if at not in never and [hit[:2] for hit in mine] != [hit[:2] for hit in theirs]:
            out.append((document["correlation"], mine, theirs))
    return out


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("order", [lambda r, happened: happened, delayed], ids=["in order", "late"])
def test_chance_chains(tmp_path, seed, order):
    assert not chance_chains(seed, tmp_path, order)[:1]
