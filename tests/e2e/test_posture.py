"""Who may sign in, shown where people look: the posture of tocsin access, since when, whose."""

import os
import pwd
import time

from test_alert import status
from test_status import run, until
from test_watch import Watch

OWNER = pwd.getpwuid(os.geteuid()).pw_name


def write(rules, posture, more=""):
    rules.write_text(f"listen: 127.0.0.1:4001\nposture: {posture}\nessential: [ana@example.org]\n{more}")
    return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(rules.stat().st_mtime))


def shown(folder):
    return status(folder).get("posture"), status(folder).get("posture_since"), status(folder).get("posture_by")


def test_the_posture_is_shown(tmp_path):
    logs, rules = tmp_path / "log", tmp_path / "access.yml"
    logs.mkdir()
    write(rules, "normal")
    os.utime(rules, (1_700_000_000, 1_700_000_000))
    watch = Watch(tmp_path, logs, "--access", rules).start()
    until(lambda: shown(tmp_path) == ("normal", "2023-11-14T22:13:20.000Z", OWNER), 60)
    since = write(rules, "lockdown")
    until(lambda: shown(tmp_path)[0] == "lockdown", 60)
    kept = shown(tmp_path)
    assert kept[1].startswith(since) and kept[2] == OWNER
    text = run("status", "--state", tmp_path / "state").stdout
    assert f"posture   lockdown since {kept[1][:16]}" in text and f", by {OWNER}\n" in text
    rules.write_text("posture: upside-down\n")                    # broken: what stood there before goes on
    until(lambda: "the posture of before is shown" in (tmp_path / "err").read_text(), 60)
    assert shown(tmp_path) == kept
    write(rules, "lockdown", "denied: [bob@example.org]\n")     # another key: since when does not change
    assert watch.end() == 0
    watch.start()
    until(lambda: status(tmp_path).get("past_read") and status(tmp_path)["pid"] == watch.process.pid)
    assert shown(tmp_path) == kept
    assert watch.end() == 0


def test_rules_that_are_not_there(tmp_path):
    (tmp_path / "log").mkdir()
    watch = Watch(tmp_path, tmp_path / "log", "--access", tmp_path / "none.yml").start()
    until(lambda: "the posture is not known" in (tmp_path / "err").read_text())
    assert "posture" not in status(tmp_path) and watch.end() == 0
