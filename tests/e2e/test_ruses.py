"""Break-ins that are hard to see, and plain ones whose evidence is damaged: what the report says of them must be true.

Nothing else is demanded: an incident may be missed here, a wrong answer given never.  RUSES=FROM-TO tells more.
"""

import json
import os
import random

import pytest

import schema
from damage import DAMAGES
from deeds import BREAK_INS, HONEST
from honesty import (bounds_are_true, changes_are_true, entry_is_true, likely_is_mostly_true, nothing_from_nothing, since_is_true)
from judge import Case, never_false, nothing_found, sources
from ploys import PLOYS, TWINS
from ruses import GUISES, RUSES
from tale import Tale
from test_variants import wrong_names
from tocsin import tocsin

FROM, TO = map(int, os.environ.get("RUSES", "0-2").split("-"))
CAREFUL, QUIET = RUSES | PLOYS, GUISES | TWINS                  # people
STORIES = BREAK_INS | HONEST | CAREFUL | QUIET
TRUE = [wrong_names, sources, never_false, bounds_are_true, since_is_true, entry_is_true, nothing_from_nothing, likely_is_mostly_true,
        changes_are_true]


def drawn(kind, seed):
    """The damage that the seed draws; honest days are told as they were."""
    if kind in HONEST | QUIET or kind == "farm":                  # which loses a log anyway
        return "none"
    return random.Random(f"damage {seed} {kind}").choice(["none", *DAMAGES] if kind in CAREFUL else list(DAMAGES))


def told(kind, seed, folder, damage=None):
    t = Tale(seed, kind)
    t.tell(STORIES[kind])
    DAMAGES[damage or drawn(kind, seed)](t)
    arguments, paths = t.write(folder)
    run = tocsin("scan", "--quiet", "--json", folder / "report.json", *arguments, *paths)
    return t, run, Case(folder, json.loads((folder / "report.json").read_text()))


def problems(case):
    laws = [nothing_found] if case.truth["benign"] else TRUE
    return [problem for law in laws for problem in law(case)] + schema.wrong(case.report)


@pytest.mark.parametrize("seed", range(FROM, TO))
@pytest.mark.parametrize("kind", [*BREAK_INS, *CAREFUL, *QUIET])
def test_ruse(kind, seed, tmp_path):
    t, run, case = told(kind, seed, tmp_path)
    wrong = problems(case)
    if wrong or run.err:
        pytest.fail("\n".join([drawn(kind, seed), str(t.set), *wrong, run.err]), pytrace=False)
