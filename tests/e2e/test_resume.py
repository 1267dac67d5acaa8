"""A watch that is killed anywhere and started again tells what one that never ended tells, and reads only what came since."""

import gzip
import json
import os
import random
import signal
import subprocess
import time

import pytest

from test_watch import DAY, RECORDINGS, Watch, laid_out, told
from tocsin import TOCSIN

RECORDS = 8                                        # that are written at once

# What a webmail's requests and sign-ins tell of one another depends on which log is read first: of
# those tests/street/test_image.c tells, where they come in one order.
NAMES = ["pop3-pull-stock", "spray-imap-stock", "office-nat-stock"]


def status(folder):
    try:
        return json.loads((folder / "state" / "status.json").read_text())
    except FileNotFoundError:
        return {}


def until(true, what, seconds=300):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not come: {what}"
        time.sleep(0.02)


def ready(folder, watch):
    pid = watch.process.pid
    until(lambda: status(folder).get("pid") == pid and status(folder)["past_read"], "the past")


def kept(folder, since):
    """What the engine remembers, written since then."""
    image = folder / "state" / "watch" / "engine.image"
    until(lambda: image.exists() and image.stat().st_mtime_ns > since, "an image")


def grow(logs, pieces):
    for log, piece in pieces:
        with open(logs / log, "ab") as out:
            out.write(piece)


def all_told(folder, watch):
    """By the journal: a kill may come between that and the standard output."""
    watch.quiet(5)
    entries = [json.loads(line) for line in (folder / "state" / "watch" / "journal").read_text().splitlines()]
    return told(entry["data"]["finding"] for entry in entries if entry["what"] == "finding")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What is told of each recording when nothing is interrupted, its pieces in the order of time."""
    memory = {}

    def of(name):
        if name not in memory:
            folder = tmp_path_factory.mktemp(name)
            logs = laid_out(folder, RECORDINGS / name)
            watch = Watch(folder, logs).start()
            ready(folder, watch)
            for piece in in_order(RECORDINGS / name):
                grow(logs, piece)
            memory[name] = all_told(folder, watch)
            watch.end()
        return memory[name]
    return of


def in_order(recording):
    """The day as it grew: a few records at a time, of all logs by their clocks."""
    rows, files = [], {}
    for log in DAY:
        if (recording / log).exists():
            files[log] = (recording / log).read_bytes()
    said = subprocess.run([TOCSIN, "decode", "--all", *(recording / log for log in files)], capture_output=True, text=True).stdout
    when = {}
    for event in map(json.loads, said.splitlines()):
        when[event["log.file.path"].rpartition("/")[2], event["log.offset"]] = event.get("@timestamp", "")
    for log, text in files.items():
        at, last = 0, ""
        for line in text.splitlines(True):
            last = max(last, when.get((log, at), ""))
            rows.append((last, len(rows), log, line))
            at += len(line)
    rows.sort()
    return [[(log, b"".join(line for _, _, of, line in part if of == log)) for log in dict.fromkeys(row[2] for row in part)]
            for part in (rows[i:i + RECORDS] for i in range(0, len(rows), RECORDS))]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", NAMES)
def test_killed_anywhere(tmp_path, whole, name, seed):
    dice = random.Random(f"{name} {seed}")
    logs = laid_out(tmp_path, RECORDINGS / name)
    pieces = in_order(RECORDINGS / name)
    stops = sorted(dice.sample(range(1, len(pieces)), min(3, len(pieces) - 1)))
    watch = Watch(tmp_path, logs).start()
    ready(tmp_path, watch)
    for i, piece in enumerate(pieces):
        if i in stops:
            remembered = dice.random() < 0.7 or i == stops[0]
            if remembered:
                kept(tmp_path, 0)
            watch.end(signal.SIGKILL)
            if dice.random() < 0.5:                 # it goes on while nobody watches
                grow(logs, piece)
                piece = []
            watch = Watch(tmp_path, logs).start()
            ready(tmp_path, watch)
            assert not remembered or status(tmp_path)["resumed_records"] > 0
        grow(logs, piece)
    assert all_told(tmp_path, watch) == whole(name)
    watch.end()
    assert not (tmp_path / "err").read_text()


def stopped(tmp_path):
    """A watch that remembers the days before and half of the day, and was killed."""
    recording = RECORDINGS / "pop3-pull-stock"
    logs, pieces = laid_out(tmp_path, recording), in_order(recording)
    for piece in pieces[:len(pieces) // 2]:
        grow(logs, piece)
    watch = Watch(tmp_path, logs).start()
    ready(tmp_path, watch)
    kept(tmp_path, 0)
    watch.end(signal.SIGKILL)
    return logs, pieces[len(pieces) // 2:]


def goes_on(tmp_path, logs, pieces, resumed, said=""):
    for piece in pieces:
        grow(logs, piece)
    watch = Watch(tmp_path, logs).start()
    ready(tmp_path, watch)
    assert (status(tmp_path)["resumed_records"] > 0) == resumed
    found = all_told(tmp_path, watch)
    watch.end()
    assert said in (tmp_path / "err").read_text() and bool(said) == bool((tmp_path / "err").read_text())
    return found


def rotated(logs):
    (logs / "mail.log").rename(logs / "mail.log.0")
    (logs / "mail.log").touch()


def packed(logs):
    with gzip.open(logs / "mail.log.2.gz", "wb") as out:
        out.write((logs / "mail.log").read_bytes())
    (logs / "mail.log").unlink()
    (logs / "mail.log").touch()


def copied(logs):
    (logs / "mail.log.9").write_bytes((logs / "mail.log").read_bytes())
    (logs / "mail.log").write_bytes(b"")


@pytest.mark.parametrize("turn", [rotated, packed, copied])
def test_files_have_other_names_meanwhile(tmp_path, whole, turn):
    logs, pieces = stopped(tmp_path)
    turn(logs)
    assert goes_on(tmp_path, logs, pieces, True) == whole("pop3-pull-stock")


def other_bytes(image):
    text = bytearray(image.read_bytes())
    text[len(text) // 2] ^= 1
    image.write_bytes(text)


def cut(image):
    image.write_bytes(image.read_bytes()[:-1])


def a_pipe(image):
    image.unlink()
    os.mkfifo(image)


@pytest.mark.parametrize("ruin, said", [(other_bytes, "it is not what this watch kept"), (cut, "it is not whole"),
                                        (a_pipe, "it is no regular file")])
def test_an_image_in_other_hands_is_not_believed(tmp_path, whole, ruin, said):
    logs, pieces = stopped(tmp_path)
    ruin(tmp_path / "state" / "watch" / "engine.image")
    assert goes_on(tmp_path, logs, pieces, False, said) == whole("pop3-pull-stock")


def test_a_log_that_was_changed_is_read_anew(tmp_path):
    logs, pieces = stopped(tmp_path)
    text = (logs / "mail.log").read_bytes().splitlines(True)
    (logs / "mail.log").write_bytes(b"".join(text[:1] + text[2:]))
    goes_on(tmp_path, logs, [], False, "mail.log: this file is not the one that was judged before")


def test_other_settings_begin_anew(tmp_path):
    logs, pieces = stopped(tmp_path)
    other = Watch(tmp_path, logs)
    (tmp_path / "networks.yaml").write_text("networks: [{cidr: 192.0.2.0/24, name: us, trusted: true}]\n")
    other.start()
    ready(tmp_path, other)
    assert status(tmp_path)["resumed_records"] == 0
    other.end()


# --- found, and killed before anybody acted ---

ACTS = "tell:\n  from: low\ncontain:\n  from: low\n  levers: [deny]\n"


def sign_in(when, ip, session, accepted):
    stamp, end = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(when)), f"lip=192.0.2.25, TLS, session=<{session}>"
    if accepted:
        return f"{stamp} mail dovecot: imap-login: Login: user=<ana@mairie.example>, method=PLAIN, rip={ip}, mpid=71, {end}\n"
    return (f"{stamp} mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
            f"user=<ana@mairie.example>, method=PLAIN, rip={ip}, {end}\n")


def guessed(log, when):
    """Somebody guesses until he is let in."""
    with open(log, "a") as out:
        out.writelines(sign_in(when, "203.0.113.7", f"g{when}-{i}", i == 30) for i in range(31))


def acted(folder):
    err = folder / "err"
    return err.read_text().count("contained by policy") if err.exists() else 0


def a_past(folder):
    (folder / "log").mkdir()
    log, now = folder / "log" / "mail.log", time.time()
    log.write_text("".join(sign_in(now - 86400 * day, "192.0.2.77", day, True) for day in range(20, 5, -1)))
    watch = Watch(folder, folder / "log", policy=ACTS).start()
    ready(folder, watch)
    kept(folder, 0)
    return log, watch


def killed_before_it_acts(folder, watch, log, when):
    """The parent stands still from before the finding on: the engine has found it, and nobody knows."""
    reads = lambda: sum(int(open(f"/proc/{child}/io").read().split("rchar: ")[1].split()[0])
                        for child in open(f"/proc/{watch.process.pid}/task/{watch.process.pid}/children").read().split())
    watch.process.send_signal(signal.SIGSTOP)
    before, size = reads(), log.stat().st_size
    guessed(log, when)
    until(lambda: reads() >= before + 2 * (log.stat().st_size - size), "the engine's look")
    watch.end(signal.SIGKILL)


@pytest.mark.parametrize("remembers", ["an image", "the time alone"])
def test_what_was_found_at_the_moment_of_a_kill_is_acted_on_once(tmp_path, remembers):
    log, watch = a_past(tmp_path)
    killed_before_it_acts(tmp_path, watch, log, time.time())
    if remembers == "the time alone":
        (tmp_path / "state" / "watch" / "engine.image").unlink()
    assert acted(tmp_path) == 0
    for _ in range(3):                              # and never again, however often it is killed
        watch.start()
        ready(tmp_path, watch)
        until(lambda: acted(tmp_path), "somebody who acts")
        watch.quiet(1).end(signal.SIGKILL)
    watch.start()
    ready(tmp_path, watch)
    watch.quiet(1).end()
    assert acted(tmp_path) == 1


def test_what_came_while_nobody_watched_is_acted_on(tmp_path):
    log, watch = a_past(tmp_path)
    watch.end()
    guessed(log, time.time())
    watch.start()
    until(lambda: acted(tmp_path), "somebody who acts")
    watch.quiet(1).end()
    assert acted(tmp_path) == 1


def test_what_is_old_by_now_is_told_and_left_to_a_person(tmp_path):
    """A watch that was away for a day does not shut anybody out for what happened then."""
    log, watch = a_past(tmp_path)
    watch.end()
    guessed(log, time.time() - 7200)
    watch.start()
    ready(tmp_path, watch)
    watch.quiet(2).end()
    assert acted(tmp_path) == 0 and any("guessed" in f["rule"]["title"] for f in watch.findings())


def test_a_forged_time_hides_nothing(tmp_path):
    """A record of the year to come, and then a kill: what follows is acted on all the same."""
    log, watch = a_past(tmp_path)
    with open(log, "a") as out:
        out.write(sign_in(time.time() + 300 * 86400, "192.0.2.77", "later", True))
    watch.quiet(6).end(signal.SIGKILL)
    guessed(log, time.time())
    watch.start()
    until(lambda: acted(tmp_path), "somebody who acts")
    watch.quiet(1).end()
    assert acted(tmp_path) == 1


def test_the_first_start_of_all_acts_on_nothing(tmp_path):
    (tmp_path / "log").mkdir()
    guessed(tmp_path / "log" / "mail.log", time.time())
    watch = Watch(tmp_path, tmp_path / "log", policy=ACTS).start()
    ready(tmp_path, watch)
    watch.quiet(2).end()
    assert acted(tmp_path) == 0 and watch.findings()
