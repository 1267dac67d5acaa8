"""The house check itself: each law broken once in a small house of its own."""

import subprocess
import sys

import pytest

from tocsin import TOP

HOUSE = {
    "src/base/slice.h": "",
    "src/base/slice.c": '#include "slice.h"\n',
    "src/event/event.h": '#include "base/slice.h"\n',
    "src/format/format.h": '#include "event/event.h"\n',
    "src/format/format.c": '#include "format.h"\n/* strcpy() is banned */ const char *s = "sprintf(x)";\n',
    "src/format/part.h": "",
    "src/sigma/sigma.h": '#include "base/slice.h"\n',
    "src/street/street.h": '#include "format/format.h"\n',
    "src/cmd/cmd.h": '#include "street/street.h"\n',
    "src/tocsin.c": '#include "cmd/cmd.h"\n',
}

# what is added to which file, and the breach that must be named
BREACHES = {
    "uphill": ("src/event/event.h", '#include "format/format.h"\n', "event includes format"),
    "private header": ("src/street/street.h", '#include "format/part.h"\n', "private to format"),
    "sigma knows mail": ("src/sigma/sigma.h", '#include "event/event.h"\n', "sigma may include only base"),
    "no such header": ("src/cmd/cmd.h", '#include "cmd/gone.h"\n', "there is no src/cmd/gone.h"),
    "unknown room": ("src/attic/attic.h", "", "no such room"),
    "banned call": ("src/event/event.c", "void f(char *a)\n{\n\tstrcat (a, a);\n}\n", "src/event/event.c:3: strcat()"),
    "banned in a test": ("tests/x.c", "int n = atoi(s);\n", "tests/x.c:1: atoi()"),
    "too long": ("src/base/long.c", "\n" * 1201, "1201 lines"),
    "a name with a dash": ("tests/-n.c", "", "-n.c"),
    "a name with a space": ("tests/a b.c", "", "a b.c"),
    "no fuzz target": ("fuzz/lonely.c", "", "no row in fuzz/meson.build"),
}


def check(folder, files):
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return subprocess.run([sys.executable, TOP / "tests/house.py", folder], capture_output=True, text=True).stdout


def failed_laws(out):
    return [row for row in out.splitlines() if row.startswith("[  FAILED") and "fuzz target" not in row]


def test_a_good_house_stands(tmp_path):
    assert failed_laws(check(tmp_path, HOUSE)) == []


@pytest.mark.parametrize("name", BREACHES)
def test_breach_is_named(name, tmp_path):
    path, text, named = BREACHES[name]
    out = check(tmp_path, HOUSE | {path: HOUSE.get(path, "") + text})
    assert named in out, out
