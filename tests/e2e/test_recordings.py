"""Every recording of the lab: is the report what truly happened?"""

import pytest

from judge import Case, judge, line
from tocsin import FOUND, NONE, knowledge_of, logs_of, recordings, scan

ALL = recordings()
each_recording = pytest.mark.parametrize("recording", ALL, ids=lambda r: r.name)


def say(problems):
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_there_are_recordings():
    assert len(ALL) >= 20, f"{len(ALL)} recordings in lab/recordings; lab/run list names them all"


@each_recording
def test_report_is_true(recording, tmp_path, table):
    run, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording), *logs_of(recording))
    assert report, run.err
    case = Case(recording, report)
    table.append((recording.name, *line(case)))
    say(judge(case))
    assert run.status == (NONE if case.truth["benign"] else FOUND), run.err


@each_recording
def test_without_mail_store_nothing_false(recording, tmp_path):
    knowledge = knowledge_of(recording, mail_store=False)
    run, report = scan(tmp_path / "report.json", "--quiet", *knowledge, *logs_of(recording))
    assert report, run.err
    say(judge(Case(recording, report), named=False))
