"""tocsin status, incidents, incident: what a watch says of itself and of what it found."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tocsin import TOCSIN
from test_watch import RECORDINGS, Watch, day_of, laid_out

RECORDING = RECORDINGS / "stolen-password-webmail-rich"


def run(*words):
    return subprocess.run([TOCSIN, *words], capture_output=True, text=True)


def filled(folder):
    logs = laid_out(folder, RECORDING)
    for log, piece in day_of(RECORDING):
        with open(logs / log, "ab") as out:
            out.write(piece)
    return logs


def until(true, seconds=300):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    logs = filled(folder)
    watch = Watch(folder, logs, "--metrics", folder / "tocsin.prom").start()
    until((folder / "state" / "report.json").exists)
    until(lambda: json.loads(run("status", "--json", "--state", folder / "state").stdout)["incidents"] > 0)
    yield folder, logs, watch
    if watch.process.poll() is None:
        watch.end()


def scanned_text(folder, logs, *words):
    """What a scan says; a report of a name as long as the watch's, so that its lines break alike."""
    report = folder / "again" / "report.json"
    report.parent.mkdir(exist_ok=True)
    text = run("scan", "--color=never", "--json", report, "--networks", folder / "networks.yaml", *words, logs).stdout
    return text.replace(str(report), str(folder / "state" / "report.json"))


def test_an_incident_is_shown_as_a_scan_shows_it(watched):
    folder, logs, _ = watched
    scanned = scanned_text(folder, logs)
    shown = run("incident", "--state", folder / "state").stdout
    body = shown.split("\nReport")[0].rstrip()
    assert re.search(r"^T-\d+-1", body, re.M) and body.strip() in scanned


def test_details_hold_every_row(watched):
    folder, logs, _ = watched
    scanned = scanned_text(folder, logs, "--details")
    shown = run("incident", "--details", "--state", folder / "state").stdout
    assert shown.strip() in scanned


def test_incidents_are_listed(watched):
    folder = watched[0]
    report = json.loads((folder / "state" / "report.json").read_text())
    listed = run("incidents", "--json", "--state", folder / "state")
    assert listed.returncode == 0
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == [i["id"] for i in report["incidents"]]
    text = run("incidents", "--state", folder / "state").stdout
    assert all(i["id"] in text and i["title"] in text for i in report["incidents"])


def test_no_such_incident(watched):
    done = run("incident", "T-19700101-9", "--state", watched[0] / "state")
    assert done.returncode == 2 and "no such incident" in done.stderr and not done.stdout


def test_status_counts_what_was_told(watched):
    folder, _, watch = watched
    findings = watch.findings()
    done = run("status", "--json", "--state", folder / "state")
    status = json.loads(done.stdout)
    assert done.returncode == 0 and status["well"] is True and status["past_read"] is True
    assert status["findings"] == len(findings) + status["alike"]
    assert status["pid"] == watch.process.pid and status["bytes_behind"] == 0 and status["records"] > 0
    assert status["newest_record"] and status["responses_in_force"] == 0
    assert "running, and well" in run("status", "--state", folder / "state").stdout


def test_metrics_are_what_prometheus_reads(watched):
    """Each metric has its type, once, before its samples; names and values are of the text format."""
    folder = watched[0]
    typed, samples = set(), {}
    for line in (folder / "tocsin.prom").read_text().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge") and name not in typed
            typed.add(name)
        elif not line.startswith("# HELP "):
            sample = re.fullmatch(r'(tocsin_[a-z_]+)(\{level="[a-z]+"\})? ([0-9.]+)', line)
            assert sample and sample[1] in typed, line
            samples[sample[1] + (sample[2] or "")] = float(sample[3])
    assert samples["tocsin_incidents"] > 0 and samples["tocsin_records_total"] > 0
    assert sum(v for k, v in samples.items() if k.startswith("tocsin_findings_total")) == samples["tocsin_new_findings_total"]


def test_follow_shows_it_again(watched):
    folder = watched[0]
    process = subprocess.Popen([TOCSIN, "incident", "--follow", "--state", folder / "state"], stdout=subprocess.PIPE, text=True)
    report = folder / "state" / "report.json"
    time.sleep(0.5)
    fresh = folder / "state" / "report.again"
    fresh.write_bytes(report.read_bytes())
    fresh.rename(report)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    assert len(re.findall(r"^T-\d+-1 ", process.communicate()[0], re.M)) == 2


def test_ended_and_killed_is_not_running(watched):
    folder, _, watch = watched
    watch.end(signal.SIGKILL)
    done = run("status", "--state", folder / "state")
    assert done.returncode == 1 and "not running" in done.stdout
    assert json.loads(run("status", "--json", "--state", folder / "state").stdout)["well"] is False


def test_no_watch_there(tmp_path):
    for words in (["status"], ["incidents"], ["incident", "X"]):
        done = run(*words, "--state", tmp_path)
        assert done.returncode == 2 and not done.stdout and str(tmp_path) in done.stderr


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema":"other/1"}', '{"schema":"tocsin.status/1","pid":"x"}'])
def test_a_broken_status(tmp_path, text):
    (tmp_path / "status.json").write_text(text)
    done = run("status", "--state", tmp_path)
    assert done.returncode in (1, 2) and "well" not in done.stdout.split("\n")[0]


def test_a_hostile_report(tmp_path):
    """Shown without a control character, whatever stands in it."""
    row = {"id": "T-1\x1b[2J", "title": "\x1b]0;x\x07", "severity": "\x9b", "accounts": [{"name": "a\u202eb"}, 7],
           "verdicts": [{"question": "still-inside", "certainty": "proven"}, None], "accesses": [{"session": -5, "secrets": [3]}],
           "sent": [{"to": "x"}, 5], "findings": {}, "sessions": [[]]}
    (tmp_path / "report.json").write_text(json.dumps({"schema": "tocsin.report/1", "incidents": [row], "inputs": [3]}))
    done = subprocess.run([TOCSIN, "incident", "--details", "--color=never", "--state", tmp_path], capture_output=True)
    assert done.returncode == 0 and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae", done.stdout)


def test_who_reads_the_list_of_incidents_ends_with_it(tmp_path):
    """A process that can do nothing else reads it, and the watch counts them."""
    logs = filled(tmp_path)
    watch = Watch(tmp_path, logs).start()
    until(lambda: json.loads(run("status", "--json", "--state", tmp_path / "state").stdout or "{}").get("incidents", 0) > 0)
    children = Path(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children").read_text().split()
    assert watch.process.poll() is None and len(children) <= 3       # who read the list has ended
    assert watch.end() == 0
