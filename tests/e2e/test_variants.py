"""The recordings as other hosts would have told them: judged by the same truth."""

import pytest

from judge import Case, judge, accounts, found, never_false, nothing_found, since_when, sources, way_in
from tocsin import RECORDINGS, scan
from variants import VARIANTS, evidence_of, lay_down

UNNAMED = [found, way_in, since_when, sources, never_false]      # what holds without the mail store
ALL = [(name, recording) for name, variant in VARIANTS.items() for recording in variant.on]


def wrong_names(case):
    """Of a report that may see nothing: what it does say must be true."""
    guilty = set(case.truth["accounts"])
    for incident in case.report["incidents"]:
        for account in incident["accounts"]:
            if account["compromised"] in ("proven", "likely") and account["name"] not in guilty:
                yield f"wrongly named: {account['name']}"


def problems(case, blind, named):
    if case.truth["benign"]:
        return list(nothing_found(case))
    if blind:
        return [p for law in (wrong_names, never_false, sources) for p in law(case)]
    if named:
        return judge(case)
    names = [] if case.truth["scenario"] == "server-shell" else [accounts]       # files are named by the store
    return [p for law in UNNAMED + names for p in law(case)]


@pytest.mark.parametrize("name, recording", ALL, ids=lambda text: text.replace(" ", "-"))
def test_variant(name, recording, tmp_path):
    evidence = evidence_of(RECORDINGS / recording)
    VARIANTS[name].change(evidence)
    arguments, paths = lay_down(evidence, tmp_path)
    run, report = scan(tmp_path / "report.json", "--quiet", *arguments, *reversed(paths))
    assert report, run.err
    case = Case(tmp_path, report)
    wrong = problems(case, recording in VARIANTS[name].blind, bool(evidence.store))
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
