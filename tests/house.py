#!/usr/bin/python3
"""Is the house as docs/architecture.md says?  One line a law: OK or FAILED, and each breach with its place.

`tests/house.py [TOP]`: the source tree to look at, by default the one this file lies in.
"""

import re
import subprocess
import sys
from pathlib import Path

# Rooms from the ground up: a file may include what stands below it, and its own room.
FLOORS = ["base", "sandbox", "settings", "event", "input", "format", "sigma", "loose", "sight", "facts", "mailstore", "incident", "report",
          "street", "visibility", "journal", "respond", "access", "console", "guard", "cmd", "tocsin"]
OPEN = {"base"}                                          # rooms whose every header is public
STRANGERS = {"sigma": {"base"}, "loose": {"base", "sigma"}, "input": {"base"}, "mailstore": {"base"},
             "journal": {"base"}, "access": {"base", "sandbox", "settings"}, "settings": {"base"}, "sandbox": set()}   # these know nothing of events

BANNED = ["strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "gets", "localtime", "gmtime"]
LINES_MOST = 1200

# Everything that reads hostile bytes, and the fuzz target that feeds it.
PARSERS = {
    "src/base/json.c": "json",
    "src/base/csv.c": "csv",
    "src/format/m365*.c": "m365",
    "src/input/*.c": "input-archive",
    "src/format/*.c": "format",
    "src/format/wrapped.c": "wrapped",
    "src/format/csv.c": "wrapped",
    "src/format/explain.c": "wrapped",
    "src/format/access*.c": "access",
    "src/format/exim*.c": "exim",
    "src/format/words.c": "daemons",
    "src/format/dovecot*.c": "dovecot",
    "src/format/postfix*.c": "postfix",
    "src/format/shape.c": "webapps",
    "src/facts/network.c": "networks",
    "src/facts/state*.c": "state",
    "src/sigma/yaml.c": "sigma-rule",
    "src/cmd/rules_example.c": "rules-examples",
    "src/sigma/collection.c": "sigma-rule",
    "src/sigma/filter.c": "sigma-rule",
    "src/sigma/placeholder.c": "sigma-rule",
    "src/sigma/condition.c": "sigma-condition",
    "src/sigma/match.c": "sigma-match",
    "src/sigma/look.c": "sigma-events",
    "src/sigma/remember.c": "sigma-events",
    "src/sigma/correlate.c": "sigma-correlate",
    "src/sigma/window.c": "sigma-correlate",
    "src/sigma/metric.c": "sigma-correlate",
    "src/sigma/sequence.c": "sigma-correlate",
    "src/loose/*.c": "sigma-events",
    "src/sigma/pipeline*.c": "sigma-pipeline",
    "src/mailstore/catalogue.c": "catalogue",
    "src/mailstore/uidlist.c": "uidlist",
    "src/mailstore/mime.c": "mail",
    "src/mailstore/secrets.c": "secrets",
    "src/report/read.c": "report-read",
    "src/report/load.c": "report-read",
    "src/journal/entry.c": "journal",
    "src/respond/case.c": "respond",
    "src/respond/webmail.c": "webmail",
    "src/respond/graph.c": "graph",
    "src/respond/doveconf.c": "doveconf",
    "src/respond/rest.c": "doveconf",
    "src/respond/site.c": "site",
    "src/respond/site_text.c": "site",
    "src/console/ask.c": "console",
    "src/console/view.c": "console",
    "src/guard/policy.c": "policy",
    "src/access/*.c": "access-policy",
    "src/access/outbound*.c": "outbound",
    "src/settings/*.c": "access-policy",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
FUZZER_ROW = re.compile(r"^\s*'([\w-]+)'\s*:", re.M)


class House:
    def __init__(self, top):
        self.top = top
        self.src = top / "src"
        self.text = {path: path.read_text() for path in sorted(top.rglob("*.[ch]"))
                     if not any(part.startswith((".", "build")) for part in path.relative_to(top).parts)}

    def sources(self):
        return ((path, text) for path, text in self.text.items() if self.src in path.parents)

    def at(self, path, text, offset):
        return f"{path.relative_to(self.top)}:{text.count(chr(10), 0, offset) + 1}"

    def room(self, path):
        inside = path.relative_to(self.src)
        if len(inside.parts) > 1:
            return inside.parts[0]
        return inside.stem

    def includes(self):
        """(file, its room, the room of what it includes, the header's name, place)"""
        for path, text in self.sources():
            for found in INCLUDE.finditer(text):
                beside = path.parent / found[1]
                target = beside if beside in self.text else self.src / found[1]
                yield path, self.room(path), target, self.at(path, text, found.start())


def bare(text):
    """The code alone: comments and literals blanked, lines kept."""
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def rooms_known(house):
    """every file of src lies in a room of the plan"""
    for path, _ in house.sources():
        if house.room(path) not in FLOORS:
            yield f"{path.relative_to(house.top)}: no such room in FLOORS (tests/house.py)"


def downhill(house):
    """includes go downhill only"""
    for _, room, target, place in house.includes():
        if target not in house.text:
            yield f"{place}: there is no {target.relative_to(house.top)}"
            continue
        other = house.room(target)
        if room in FLOORS and other in FLOORS and FLOORS.index(other) > FLOORS.index(room):
            yield f"{place}: {room} includes {other}, which stands above it"


def private(house):
    """no room includes another room's private header"""
    for _, room, target, place in house.includes():
        other = house.room(target) if target in house.text else room
        public = other in OPEN or target.stem == other
        if other != room and not public:
            yield f"{place}: {target.relative_to(house.src)} is private to {other}"


def strangers(house):
    """rooms that know nothing of mail events include nothing of them"""
    for _, room, target, place in house.includes():
        other = house.room(target) if target in house.text else room
        if room in STRANGERS and other != room and other not in STRANGERS[room]:
            yield f"{place}: {room} may include only {', '.join(sorted(STRANGERS[room]))}"


def banned(house):
    """no call that cannot be made safely"""
    for path, text in house.text.items():
        for found in CALL.finditer(bare(text)):
            yield f"{house.at(path, text, found.start())}: {found[1]}()"


def short(house):
    """no file of more than LINES_MOST lines"""
    for path, text in house.text.items():
        if path.suffix == ".c" and (lines := text.count("\n")) > LINES_MOST:
            yield f"{path.relative_to(house.top)}: {lines} lines, {LINES_MOST} at most"


def fuzzed(house):
    """every parser has a fuzz target, every target is built"""
    build = house.top / "fuzz" / "meson.build"
    rows = set(FUZZER_ROW.findall(build.read_text())) if build.exists() else set()
    targets = {path.stem for path in (house.top / "fuzz").glob("*.c")}
    for parser, target in PARSERS.items():
        if not any(house.top.glob(parser)):
            yield f"{parser}: in PARSERS (tests/house.py), but there is no such file"
        if target not in rows:
            yield f"{parser}: fuzz/meson.build has no row '{target}'"
    for target in sorted(rows - set(PARSERS.values())):
        yield f"fuzz/{target}.c: which parser does it feed?  Add a row to PARSERS (tests/house.py)"
    for name in sorted(rows ^ targets):
        yield f"fuzz/{name}.c: " + ("there is no such file" if name in rows else "no row in fuzz/meson.build")


def named(house):
    """no file has a name that begins with - or holds a space: scripts and people trip over it"""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=house.top, capture_output=True, text=True)
    names = listed.stdout.split("\0") if listed.returncode == 0 else [str(p.relative_to(house.top)) for p in house.text]
    for name in filter(None, names):
        if any(part.startswith("-") or re.search(r"\s", part) for part in name.split("/")):
            yield f"{name!r}: give it another name"


def whole_comments(house):
    """no comment's line was torn off by the layout: a table in one keeps within the width"""
    for path, text in house.text.items():
        for comment in re.finditer(r"^/\*\n.*?\*/", text, re.M | re.S):
            for torn in re.finditer(r"^ \*(?=[^\s*/])", comment[0], re.M):
                yield f"{house.at(path, text, comment.start() + torn.start())}: shorten the line before it"


LAWS = [rooms_known, downhill, private, strangers, banned, short, fuzzed, named, whole_comments]


def main(top):
    house, broken = House(top), False
    for law in LAWS:
        breaches = list(law(house))
        broken |= bool(breaches)
        for breach in breaches:
            print(breach)
        print(f"[{'  FAILED  ' if breaches else '       OK '}] {law.__doc__}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()))
