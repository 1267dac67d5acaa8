"""Tales that a seed makes up, told by hosts with settings of every kind, judged by the truth they were made with.

TALES=FROM-TO tells more of them (each kind, each seed of the stretch); a tale that fails is named by its kind and seed.
"""

import json
import os

import pytest

import schema
from deeds import BREAK_INS, HONEST
from judge import (THINGS, Case, accounts, all_proven, all_of, bounds_hold, found, left_behind, never_false, nothing_found, opened,
                   since_when, sources, totals, way_in)
from tale import Tale
from test_variants import wrong_names
from tocsin import tocsin

FROM, TO = map(int, os.environ.get("TALES", "0-4").split("-"))


def within_or_said(case):
    """What was opened is listed or bounded; or the report gives no bound, and a gap says why."""
    said = [a for a in all_of(case, "accesses") if a["certainty"] != "excluded"]
    listed = {case.key(a) for a in said}
    for kind in THINGS:
        lost = [key for key in opened(case, kind) if key not in listed]
        bounds = [total.get("at_most") for total in totals(case, kind)]
        if lost and None not in bounds and sum(bounds) < len(opened(case, kind)):
            yield f"{len(lost)} {kind}s are neither listed nor bounded"
        if lost and None in bounds and not all_of(case, "gaps"):
            yield f"no bound of {kind}s, and no gap that says why"


def is_blind(t):
    """The evidence left cannot show that break-in."""
    early = t.set.days == 1                                  # to call a network new
    uncounted = t.set.ends == "bytes"                        # nothing tells how many were read
    unjoined = t.set.prefix == "old" and t.set.elements == "no session"   # neither does the sign-in: nothing is counted
    return (t.kind in ("webmail", "script") and t.set.missing == "access.log"
            or t.kind == "shell" and t.set.missing == "auth.log"
            or t.kind == "send" and uncounted
            or t.kind in ("pop3", "send") and unjoined
            or t.kind in ("webmail", "pop3", "send") and early)


def laws_of(t):
    if t.truth["benign"]:
        return [nothing_found]
    if is_blind(t):
        return [wrong_names, sources, never_false]
    laws = [found, way_in, since_when, sources, left_behind, never_false, bounds_hold, within_or_said]
    if t.kind != "shell" or t.set.audit:
        laws += [accounts] + ([all_proven] if t.set.rich else [])
    return laws


def told(kind, seed, folder):
    t = Tale(seed, kind)
    t.tell((BREAK_INS | HONEST)[kind])
    arguments, paths = t.write(folder)
    run = tocsin("scan", "--quiet", "--json", folder / "report.json", *arguments, *paths)
    return t, run, Case(folder, json.loads((folder / "report.json").read_text()))


@pytest.mark.parametrize("seed", range(FROM, TO))
@pytest.mark.parametrize("kind", [*BREAK_INS, *HONEST])
def test_tale(kind, seed, tmp_path):
    t, run, case = told(kind, seed, tmp_path)
    wrong = [problem for law in laws_of(t) for problem in law(case)] + schema.wrong(case.report)
    if wrong or run.err:
        pytest.fail("\n".join([str(t.set), *wrong, run.err]), pytrace=False)
