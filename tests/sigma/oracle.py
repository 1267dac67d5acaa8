#!/usr/bin/python3
"""A second opinion: Sigma rules against JSON events, written from the specification's text alone.

Slow and plain on purpose.  `verdicts(rules, events)` says which rules hold for which events;
`Correlation(...).fired(...)` when a correlation is fulfilled, and for which group.  Where the specification leaves a
choice, it is the one that src/loose/loose.h, src/sigma/correlate.c and the manual page of `tocsin match` state.
"""

import base64
import datetime
import functools
import ipaddress
import itertools
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

import yaml

ANY_RUN, ANY_ONE, DASH = object(), object(), object()          # what may stand between the letters of a text
DASHES = "-/\u2013\u2014\u2015"
EMPTY = object()                                                # a list of no values
NOTHING = object()                                              # the field is not there


# --- YAML 1.2 core schema: a scalar keeps its text, whatever it looks like ---

class Scalar(str):
    kind = "text"


def scalar(node):
    value = Scalar(node.value)
    if not node.style:                                          # neither quoted nor a block
        if node.value in ("", "~", "null", "Null", "NULL"):
            value.kind = "null"
        elif node.value in ("true", "True", "TRUE", "false", "False", "FALSE"):
            value.kind = "bool"
        elif re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", node.value):
            value.kind = "number"
    return value


def plain(node):
    if isinstance(node, yaml.ScalarNode):
        return scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return {plain(key): plain(value) for key, value in node.value}


def documents(text):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [plain(node) for node in yaml.compose_all(text, Loader=loader) if node is not None]


# --- texts (Escape Character, String Wildcard) ---

def parse(text):
    """The letters of a text, its wildcards apart."""
    out, i = [], 0
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text) and text[i + 1] in "\\*?":
            out.append(text[i + 1])
            i += 1
        else:
            out.append(ANY_RUN if c == "*" else ANY_ONE if c == "?" else c)
        i += 1
    return out


def folded(c):
    """A letter's other case, where that is one character: CaseFolding.txt, statuses C and S."""
    low = c.casefold()
    return low if len(low) == 1 else c.lower() if len(c.lower()) == 1 else c


@functools.cache
def alike():
    """Letters by what they fold to; no letter beyond ASCII is one of ASCII."""
    out = {}
    for c in map(chr, range(0x1F000)):
        if folded(c) != c and c.isascii() == folded(c).isascii():
            out.setdefault(folded(c), {folded(c)}).add(c)
    return out


def letter(c):
    cases = alike().get(folded(c) if c.isascii() == folded(c).isascii() else c, {c})
    return f"[{''.join(sorted(cases))}]" if len(cases) > 1 else re.escape(c)


def expression(tokens, cased):
    said = {ANY_RUN: ".*", ANY_ONE: ".", DASH: f"[{DASHES}]"}
    return re.compile("".join(said[t] if not isinstance(t, str) else re.escape(t) if cased else letter(t)
                              for t in tokens), re.S)


# --- value modifiers (appendix 2.1.0), each from a list of texts to a list of texts ---

def letters(tokens):
    if not all(isinstance(t, str) for t in tokens):
        raise ValueError("wildcards in an encoded value")
    return "".join(tokens)


def octets(text):
    """What was encoded before is octets already: letters below 256 that stand for themselves."""
    return text.encode("latin-1") if getattr(text, "is_octets", False) else text.encode()


class Octets(str):
    is_octets = True


def encoded(tokens):
    return octets(Octets(letters(tokens)) if any(getattr(t, "is_octets", False) for t in tokens) else letters(tokens))


def of_octets(data):
    return [Octets(chr(b)) for b in data]


def windash(tokens):
    word = re.compile(r"\w")
    out = []
    for i, t in enumerate(tokens):
        before = tokens[i - 1] if i else " "
        behind = tokens[i + 1] if i + 1 < len(tokens) else " "
        flag = isinstance(t, str) and t in DASHES and isinstance(behind, str) and word.match(behind) and not (
            isinstance(before, str) and word.match(before))
        out.append(DASH if flag else t)
    return [out]


def spread(tokens):
    """What is encoded is a text: each dash of a flag as each of the five."""
    return [list(made) for made in itertools.product(*(DASHES if t is DASH else [t] for t in tokens))]


def base64offset(tokens):
    data, out = encoded(tokens), []
    for shift in range(3):
        text = base64.b64encode(b" " * shift + data).decode()
        head, tail = (0, 2, 3)[shift], (0, 3, 2)[(shift + len(data)) % 3]
        out.append(list(text[head:len(text) - tail if tail else None]))
    return out


CHANGES = {
    "contains": lambda t: [[ANY_RUN, *t, ANY_RUN]],
    "startswith": lambda t: [[*t, ANY_RUN]],
    "endswith": lambda t: [[ANY_RUN, *t]],
    "windash": windash,
    "base64": lambda t: [list(base64.b64encode(encoded(t)).decode())],
    "base64offset": base64offset,
    "utf16le": lambda t: [of_octets(letters(t).encode("utf-16-le"))],
    "wide": lambda t: [of_octets(letters(t).encode("utf-16-le"))],
    "utf16be": lambda t: [of_octets(letters(t).encode("utf-16-be"))],
    "utf16": lambda t: [of_octets(b"\xff\xfe" + letters(t).encode("utf-16-le"))],
}
ENCODINGS = {"base64", "base64offset", "utf16le", "wide", "utf16be", "utf16"}
PARTS = {"minute", "hour", "day", "week", "month", "year"}
COMPARE = {"lt": Decimal.__lt__, "lte": Decimal.__le__, "gt": Decimal.__gt__, "gte": Decimal.__ge__}
KNOWN = CHANGES.keys() | PARTS | COMPARE.keys() | {"all", "exists", "cased", "neq", "re", "i", "m", "s", "cidr",
                                                  "fieldref", "expand"}


# --- events ---

class Number(str):
    pass


def load(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def windows(event):
    """A Windows event in JSON: fields by their own names (Field Usage, 3)."""
    body, out = event["Event"], {}

    def take(tag, value):
        attributes = value.get("#attributes", {}) if isinstance(value, dict) else {}
        for name, text in attributes.items():
            out.setdefault(f"{tag}_{name}", text)
        if not isinstance(value, dict):
            out.setdefault(tag, value)
        elif "#text" in value:
            out.setdefault(tag, value["#text"])
    for tag, value in body["System"].items():
        take(tag, value)
    for part in ("EventData", "UserData"):
        inside = body.get(part) or {}
        for tag, value in inside.items():
            if isinstance(value, dict) and part == "UserData":
                for name, text in value.items():
                    if name != "#attributes":
                        out.setdefault(name, text)
            elif tag != "#attributes":
                take(tag, value)
    return out


def walk(value, path=""):
    """Every value with its path; an array adds nothing to it, and is there if it is empty."""
    if isinstance(value, dict):
        for key, inside in value.items():
            key = key.replace(" ", "")
            yield from walk(inside, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        if not value:
            yield path, EMPTY
        for inside in value:
            yield from walk(inside, path)
    else:
        yield path, value


class Event:
    def __init__(self, text):
        self.tree = load(text)
        self.fields = {}
        is_windows = isinstance(self.tree.get("Event"), dict) and isinstance(self.tree["Event"].get("System"), dict)
        for path, value in itertools.chain(walk(self.tree), walk(windows(self.tree)) if is_windows else ()):
            found = self.fields.setdefault(path, [])
            if value is not EMPTY:
                found.append(value)
        self.all = [value for _, value in walk(self.tree) if value is not EMPTY]

    def get(self, field):
        return self.fields.get(field.replace(" ", ""), NOTHING)


def text_of(value):
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def number(value):
    written = isinstance(value, str) and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", value)
    return Decimal(value) if written else None


def part_of(value, part):
    """Of a text in ISO 8601 as it is written, or of seconds since 1970 or thousandths or millionths of them."""
    if isinstance(value, Number):
        if not re.fullmatch(r"-?\d+", value):
            return None
        digits = len(value.lstrip("-"))
        unit = 10 ** 6 if digits <= 11 else 1000 if digits <= 14 else 1
        when = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=int(value) * unit)
        return Number(when.isocalendar()[1] if part == "week" else getattr(when, part))
    try:
        when = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    if len(value) == 10 and part in ("hour", "minute"):
        return None                                                 # a date alone
    return Number(when.isocalendar()[1] if part == "week" else getattr(when, part))


# --- one line of a detection ---

def expanded(text, placeholders):
    """The texts that one with placeholders stands for (Placeholders); none, if one of them has no values."""
    found = re.search(r"(?<!\\)%([\w.-]+)%", text)
    if not found:
        return [text.replace("\\%", "%")]
    head = text[:found.start()].replace("\\%", "%")
    return [head + value + rest for value in placeholders.get(found[1], [])
            for rest in expanded(text[found.end():], placeholders)]


class Line:
    def __init__(self, key, values, placeholders):
        self.placeholders = placeholders
        self.field, *self.modifiers = key.split("|") if key else [""]
        unknown = set(self.modifiers) - KNOWN
        if unknown:
            raise ValueError(f"unknown modifier {unknown}")
        self.values = values if isinstance(values, list) else [values]
        self.has = self.modifiers.__contains__
        self.link = all if self.has("all") else any
        if not self.field and not any(map(self.has, ("contains", "startswith", "endswith", "re"))):
            self.modifiers.append("contains")
        self.tests = [self.test_of(value) for value in self.values]
        self.unknown = self.has("expand") and any(name not in placeholders for value in self.values
                                                  for name in re.findall(r"(?<!\\)%([\w.-]+)%", value))

    def texts(self, value):
        out = [parse(value)]
        for modifier in self.modifiers:
            if modifier in ENCODINGS:
                out = [made for tokens in out for made in spread(tokens)]
            if modifier in CHANGES:
                out = [made for tokens in out for made in CHANGES[modifier](tokens)]
        return out

    def test_of(self, value):
        """A function: event's value, event -> does it fit."""
        if value.kind == "null":
            return lambda v, e: v is None
        if self.has("re"):
            flags = (re.I if self.has("i") else 0) | (re.M if self.has("m") else 0) | (
                re.S if self.has("s") else 0)
            head, tail = (r"\A" if self.has("startswith") else ""), (r"\Z" if self.has("endswith") else "")
            flags |= 0 if flags & re.I else re.A
            texts = expanded(value, self.placeholders) if self.has("expand") else [value]
            compiled = [re.compile(f"{head}(?:{text}){tail}" if head + tail else text, flags) for text in texts]
            return lambda v, e: v is not None and any(c.search(text_of(v)) for c in compiled)
        if self.has("cidr"):
            return lambda v, e: v is not None and self.in_network(v, ipaddress.ip_network(str(value), strict=False))
        for name in COMPARE.keys() & set(self.modifiers):
            limit, how = Decimal(str(value)), COMPARE[name]
            return lambda v, e: v is not None and number(v) is not None and how(number(v), limit)
        if self.has("fieldref"):
            return lambda v, e: v is not None and self.refers(v, e.get(value))
        texts = [made for text in (expanded(value, self.placeholders) if self.has("expand") else [value])
                 for made in self.texts(text)]
        compiled = [expression(tokens, self.has("cased")) for tokens in texts]
        plain = {"".join(tokens) for tokens in texts if all(isinstance(t, str) for t in tokens)}
        return lambda v, e: v is not None and (any(c.fullmatch(text_of(v)) for c in compiled) or (
            isinstance(v, bool) and str(int(v)) in plain))              # a flag is 1 or 0 as well

    @staticmethod
    def in_network(value, network):
        try:
            return ipaddress.ip_address(text_of(value)) in network
        except ValueError:
            return False

    def refers(self, value, others):
        if others is NOTHING:
            return False
        for other in others:
            if other is None:
                continue
            fold = str if self.has("cased") else lambda t: "".join(
                folded(c) if c.isascii() == folded(c).isascii() else c for c in t)
            mine, its = fold(text_of(value)), fold(text_of(other))
            if (its in mine if self.has("contains") else mine.startswith(its) if self.has("startswith") else
                    mine.endswith(its) if self.has("endswith") else mine == its):
                return True
        return False

    def found(self, test, values, event):
        return any(test(v, event) for v in values)

    def holds(self, event, negated):
        if self.unknown and (negated or self.has("neq")):
            return negated                                          # what is not known makes no rule hold
        values = event.all if not self.field else event.get(self.field)
        if self.has("exists"):
            return (values is not NOTHING) == (self.values[0].lower() == "true")
        part = PARTS & set(self.modifiers)
        if part and values is not NOTHING:
            values = [part_of(v, *part) if isinstance(v, str) else None for v in values]
            values = [v for v in values if v is not None] or NOTHING
        there = values is not NOTHING and any(v is not None for v in values)
        if values is NOTHING or not values:
            values = [None]                                         # null is what is not there, too
        if self.has("neq"):
            return there and not self.link(self.found(t, values, event) for t in self.tests)
        return self.link(self.found(t, values, event) for t in self.tests)


# --- searches (Lists, Maps) ---

def search(value, placeholders):
    if isinstance(value, dict):
        lines = [Line(key, inside, placeholders) for key, inside in value.items()]
        return lambda event, negated: all(line.holds(event, negated) for line in lines)
    if not isinstance(value, list):
        value = [value]
    words = [item for item in value if not isinstance(item, dict)]
    parts = [search(item, placeholders) for item in value if isinstance(item, dict)]
    if words:
        line = Line("", words, placeholders)
        parts.append(line.holds)
    return lambda event, negated: any(part(event, negated) for part in parts)


# --- conditions ---

class Condition:
    def __init__(self, text, names):
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.names = names
        self.tree = self.either()
        if self.words:
            raise ValueError(f"condition goes on: {self.words}")

    def is_next(self, word):
        return bool(self.words) and self.words[0].lower() == word

    def joined(self, word, part, how):
        parts = [part()]
        while self.is_next(word):
            self.words.pop(0)
            parts.append(part())
        return parts[0] if len(parts) == 1 else lambda held, negated: how(p(held, negated) for p in parts)

    def either(self):
        return self.joined("or", self.both, any)

    def both(self):
        return self.joined("and", self.negated, all)

    def negated(self):
        if self.is_next("not"):
            self.words.pop(0)
            inside = self.negated()
            return lambda held, negated: not inside(held, not negated)
        return self.primary()

    def primary(self):
        word = self.words.pop(0)
        if word == "(":
            inside = self.either()
            if self.words.pop(0) != ")":
                raise ValueError("a parenthesis is open")
            return inside
        if self.is_next("of"):
            self.words.pop(0)
            how = {"1": any, "any": any, "all": all}[word.lower()]
            meant = self.meant(self.words.pop(0))
            return lambda held, negated: how(held(name, negated) for name in meant)
        if word not in self.names:
            raise ValueError(f"unknown search {word}")
        return lambda held, negated: held(word, negated)

    def meant(self, pattern):
        if pattern.lower() == "them":
            meant = [name for name in self.names if not name.startswith("_")]
        else:
            like = re.compile(".*".join(map(re.escape, pattern.split("*"))))
            meant = [name for name in self.names
                     if like.fullmatch(name) and (pattern.startswith("_") or not name.startswith("_"))]
        if not meant:
            raise ValueError(f"no search fits {pattern}")
        return meant


class Rule:
    def __init__(self, document, placeholders={}):
        self.document = document
        self.id = str(document.get("id", ""))
        self.name = str(document.get("name", ""))
        detection = document["detection"]
        self.searches = {str(name): search(value, placeholders) for name, value in detection.items()
                         if name not in ("condition", "timeframe")}
        conditions = detection["condition"]
        self.conditions = [Condition(text, list(self.searches)).tree
                           for text in (conditions if isinstance(conditions, list) else [conditions])]

    def holds(self, event):
        known = {}

        def held(name, negated):
            if (name, negated) not in known:
                known[name, negated] = self.searches[name](event, negated)
            return known[name, negated]
        return any(condition(held, False) for condition in self.conditions)

    def holding(self, rules, events, times):
        return {at: True for at, event in enumerate(events, 1) if self.holds(event)}


def rules_in(text, placeholders={}):
    return [Rule(document, placeholders) for document in documents(text) if "detection" in document]


def verdicts(rules, events):
    """(id of the rule, number of the event from 1) for each that holds."""
    return {(rule.id, number) for number, event in enumerate(events, 1) for rule in rules if rule.holds(event)}


# --- correlations: what fires, for which group, at which event ---

HOLDS = {"gt": float.__gt__, "gte": float.__ge__, "lt": float.__lt__, "lte": float.__le__, "eq": float.__eq__,
         "neq": float.__ne__}
METRICS = {"value_sum", "value_avg", "value_percentile", "value_median"}


def seconds(span):
    return int(span[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[span[-1]]


def first_of(event, field):
    """Of several values the first counts; None: there is none."""
    values = event.get(field)
    return None if values is NOTHING or not values or values[0] is None else text_of(values[0])


class Expression:
    """A condition over rules (pySigma's extended correlation condition)."""

    def __init__(self, text):
        self.names = {}                                             # name: it may begin a window
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.absent = False
        self.tree = self.joined("or", lambda: self.joined("and", self.negated, all), any)

    def joined(self, word, part, how):
        parts = [part()]
        while self.words and self.words[0].lower() == word:
            self.words.pop(0)
            parts.append(part())
        return lambda held: how(p(held) for p in parts)

    def negated(self):
        word = self.words.pop(0)
        if word.lower() == "not":
            self.absent = not self.absent
            inside = self.negated()
            self.absent = not self.absent
            return lambda held: not inside(held)
        if word == "(":
            inside = self.joined("or", lambda: self.joined("and", self.negated, all), any)
            self.words.pop(0)
            return inside
        absent = self.absent
        self.names[word] = self.names.get(word, False) or not absent
        return lambda held: held(word, absent)


class Correlation:
    """A hit is (time, number of the event from 1, name of the rule, value)."""

    def __init__(self, document):
        said = document["correlation"]
        self.name = str(document.get("name", ""))
        condition = said.get("condition", {})
        self.kind, self.span = str(said["type"]), seconds(said["timespan"])
        self.expression = Expression(condition) if not isinstance(condition, dict) else None
        self.names = [str(name) for name in said.get("rules", self.expression.names if self.expression else ())]
        self.group_by = said.get("group-by", [])
        self.field = condition.get("field") if not self.expression else None
        self.percentile = condition.get("percentile") if not self.expression else None
        self.bounds = [(HOLDS[how], float(limit)) for how, limit in condition.items() if how in HOLDS] if (
            not self.expression) else []
        if not self.bounds:
            self.bounds = [(HOLDS["gte"], float(len(self.names)))]
        upper = any(how not in (HOLDS["gt"], HOLDS["gte"]) for how, _ in self.bounds)
        self.at_close = upper or self.kind in METRICS - {"value_sum"}
        if self.kind == "temporal":                                 # can a rule that is still to come undo it?
            self.at_close = (HOLDS["neq"] in [holds for holds, _ in self.bounds] or any(
                self.fits(n) and not self.fits(n + 1) for n in range(1, len(self.names))))
        if self.expression:
            self.at_close = "not" in condition.lower().replace("(", " ").split()

    def fits(self, number):
        return all(holds(float(number), limit) for holds, limit in self.bounds)

    def number_of(self, window):
        """What the condition is held against; None: there is nothing."""
        values = [value for _, _, _, value in window]
        if self.kind == "event_count":
            return len(window)
        if self.kind == "value_count":
            return len(set(values))
        if self.kind == "temporal":
            return len({name for _, _, name, _ in window})
        if self.kind == "value_percentile" and self.percentile is None:
            shares = [100 * values.count(value) / len(values) for value in sorted(set(values))]
            return next((share for share in shares if self.fits(share)), None)
        numbers = sorted(map(float, values))
        if self.kind == "value_sum":
            return sum(numbers)
        if self.kind == "value_avg":
            return sum(numbers) / len(numbers)
        if self.kind == "value_median":
            return (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2
        rank = float(self.percentile) / 100 * len(numbers)
        return numbers[max(0, -int(-rank // 1) - 1)]

    def counted(self, window):
        return len({name for _, _, name, _ in window}) if self.kind == "temporal" else (
            len({value for *_, value in window}) if self.kind == "value_count" else len(window))

    def in_order(self, known, hit):
        """Is the hit part of all steps one behind the other, within the span?"""
        at, step = known.index(hit), self.names.index(hit[2])
        first = last = at
        for name in reversed(self.names[:step]):
            first = next((i for i in range(first - 1, -1, -1) if known[i][2] == name and
                          known[i][:2] < known[first][:2]), -1)
        for name in self.names[step + 1:]:
            last = next((i for i in range(last + 1, len(known)) if last >= 0 and known[i][2] == name and
                         known[i][:2] > known[last][:2]), -1)
        return first >= 0 and last >= 0 and known[last][0] - known[first][0] <= self.span

    def expressed(self, hits, begin):
        def held(name, absent):
            return any(named == name and begin - (self.span if absent else 0) <= when <= begin + self.span
                       for when, _, named, _ in hits)
        return self.expression.tree(held)

    def begins(self, hit):
        return not self.expression or self.expression.names[hit[2]]

    def stretches(self, known, now):
        """What happened up to an event that is not earlier, with this one: (measure, count) where the condition holds."""
        for end in sorted({hit[0] for hit in known if now <= hit[0] <= now + self.span}):
            window = [hit for hit in known if end - self.span <= hit[0] <= end]
            if self.expressed(window, window[0][0]) if self.expression else self.fits(self.number_of(window)):
                yield self.counted(window) if self.expression else self.number_of(window), self.counted(window)

    def sliding(self, hits):
        """(number of the event, count, fires) while it holds: it fires at once, and not again within the span."""
        fired = []
        for i, hit in enumerate(hits):
            now, number, *_ = hit
            known = sorted(hits[:i + 1], key=lambda h: h[:2])
            if self.kind == "temporal_ordered":
                found = [(0, len(self.names))] if self.in_order(known, hit) else []
            else:
                found = list(self.stretches(known, now))
            if found:
                fires = all(abs(now - when) > self.span for when in fired)
                fired += [now] * fires
                yield number, max(found, key=lambda f: f[0])[1], fires

    def closing(self, hits):
        """The same of windows one behind the other, each from its first event on."""
        begin, hits = None, sorted(hits, key=lambda hit: hit[:2])
        for hit in hits + [(float("inf"), 0, None, None)]:
            if begin is not None and hit[0] > begin + self.span:
                window = [h for h in hits if begin <= h[0] <= begin + self.span and self.begins(h)]
                known = [h for h in hits if h[0] <= begin + self.span]
                number = None if self.expression else self.number_of(window)
                if self.expressed(known, begin) if self.expression else number is not None and self.fits(number):
                    yield window[-1][1], self.counted(window), True
                begin = None
            if begin is None and hit[2] is not None and self.begins(hit):
                begin = hit[0]

    def value_of(self, event):
        if self.field is None:
            return "", True
        fields = self.field if isinstance(self.field, list) else [self.field]
        values = tuple(first_of(event, field) for field in fields)
        if None in values:
            return None, False
        wants_number = self.kind in METRICS and (self.kind != "value_percentile" or self.percentile is not None)
        return (values[0], number(values[0]) is not None) if wants_number else (values, True)

    def holding(self, rules, events, times):
        """{number of the event: whether it fires} for each event at which it holds."""
        return {at: fires for _, at, _, fires in self.told(rules, events, times)}

    def told(self, rules, events, times):
        """[(group, number of the event that decided, count, fires)]; events as they come, late by what is allowed."""
        groups, counts = {}, self.kind == "event_count" or self.kind in METRICS
        held = {rule.name: rule.holding(rules, events, times) for rule in rules if rule.name in self.names}
        for at, (event, when) in enumerate(zip(events, times), 1):
            group = tuple(first_of(event, field) for field in self.group_by)
            value, there = self.value_of(event)
            for name in self.names:
                fires = held[name].get(at)
                if None not in group and there and fires is not None and (fires or not counts):
                    groups.setdefault(group, []).append((when, at, name, value))
        return sorted((group, *hit) for group, hits in groups.items()
                      for hit in (self.closing(hits) if self.at_close else self.sliding(hits)))

    def fired(self, rules, events, times):
        return [hit[:3] for hit in self.told(rules, events, times) if hit[3]]


def main():
    """oracle.py RULES EVENTS.jsonl: what holds, a JSON object a line."""
    paths = sorted(Path(sys.argv[1]).rglob("*.yml")) if Path(sys.argv[1]).is_dir() else [Path(sys.argv[1])]
    rules = [rule for path in paths for rule in rules_in(path.read_text())]
    events = [Event(line) for line in Path(sys.argv[2]).read_text().splitlines() if line.strip()]
    for rule, line in sorted(verdicts(rules, events), key=lambda hit: (hit[1], hit[0])):
        print(json.dumps({"rule.id": rule, "line": line}))


if __name__ == "__main__":
    main()
