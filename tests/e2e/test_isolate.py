"""tocsin isolate, restore: what they say where there is nothing to isolate; the rest is tests/isolate.py."""

import shutil
import subprocess

import pytest

from tocsin import TOCSIN

CASES = [
    (["isolate", "status"], 1, "nothing is planned"),
    (["isolate", "verify"], 2, "tocsin isolate plan"),
    (["isolate", "apply", "--yes"], 2, "tocsin isolate plan"),
    (["restore", "--yes"], 2, "nothing is planned"),
    (["isolate"], 2, "say what to do"),
    (["isolate", "pln"], 2, "did you mean plan?"),
    (["isolate", "plan", "--alow", "192.0.2.0/28"], 2, "did you mean --allow"),
]


def said(folder, *words):
    done = subprocess.run([TOCSIN, *words, "--state", folder], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr


@pytest.mark.parametrize("words,status,text", CASES, ids=[" ".join(words) for words, _, _ in CASES])
def test_nothing_is_planned(words, status, text, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "journal").touch()
    found, err = said(tmp_path / "state", *words)
    assert found == status and text in err


@pytest.mark.skipif(shutil.which("postconf") is not None, reason="Postfix is on this machine: a plan is possible")
def test_no_mail_server(tmp_path):
    status, err = said(tmp_path / "state", "isolate", "plan")
    assert status == 2 and "is not on this host" in err and "install postfix" in err
    assert not (tmp_path / "state").exists()
