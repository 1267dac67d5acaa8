"""Bad input: each kind as a real file beside a good log.

What must hold of each: a message on stderr that names the file (and the line) and says what can be done;
the good log beside it is scanned all the same; the counters say what was not; the exit status is the
documented one.  Nothing of a log reaches the terminal raw.
"""

import gzip
import json
import os
import re
import shutil
import socket
import struct
import subprocess
from collections import namedtuple
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tocsin import FOUND, NONE, RECORDINGS, TOCSIN, TOP, TROUBLE, knowledge_of, logs_of, scan, tocsin

NOBODY = 65534


def sign_in(clock, user="a.roux@interieur.example", n=0):
    """One line of Dovecot as a plain syslog writes it: no year, no zone."""
    return (f"{clock} mail dovecot: imap-login: Login: user=<{user}>, method=PLAIN, rip=192.0.2.5, "
            f"lip=192.0.2.25, mpid={300 + n}, TLS, session=<s{n:07}>\n").encode()


GOOD = b"".join(sign_in(f"Mar 17 09:{n // 60:02}:{n % 60:02}", n=n) for n in range(300))
LINES = GOOD.count(b"\n")


def write(path, data, year=2026, month=3, day=18):
    """A log as it was left at that day: its time of change tells the year of its lines."""
    path.write_bytes(data)
    when = datetime(year, month, day, tzinfo=timezone.utc).timestamp()
    os.utime(path, (when, when))
    return path


# --- one bad path beside a good one ---------------------------------------------------------------


def nothing(path):
    pass


def empty_directory(path):
    path.mkdir()


def directory_without_logs(path):
    path.mkdir()
    (path / "holiday.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000))


def empty(path):
    write(path, b"")


def junk(path):
    write(path, bytes(range(256)) * 400)


def long_line(path):
    """A hundred megabytes without a line end between good lines."""
    with path.open("wb") as file:
        file.write(GOOD)
        for _ in range(100):
            file.write(b"A" * 1_000_000)
        file.write(b"\n" + GOOD)
    write_time = datetime(2026, 3, 18, tzinfo=timezone.utc).timestamp()
    os.utime(path, (write_time, write_time))


def cut_gzip(path):
    packed = gzip.compress(GOOD * 40)
    write(path, packed[:len(packed) * 3 // 4])


def damaged_gzip(path):
    packed = bytearray(gzip.compress(GOOD * 40))
    packed[len(packed) // 2] ^= 0xff
    write(path, bytes(packed))


def hole(path):
    """What copytruncate or a crash leaves."""
    write(path, GOOD + bytes(5000) + GOOD)


def nuls_in_lines(path):
    write(path, GOOD.replace(b"method=PLAIN", b"meth\0d=PLAIN", 3))


def broken_utf8(path):
    write(path, GOOD.replace(b"a.roux", b"a.r\xff\xfe\xc0\xafux"))


def windows_lines(path):
    write(path, GOOD.replace(b"\n", b"\r\n"))


def no_last_line_end(path):
    write(path, GOOD[:-1])


def clock_jumps(path):
    """Two hours back, then forward, as a host does that sets its clock."""
    write(path, sign_in("Mar 17 10:00:00") + sign_in("Mar 17 08:00:01") + sign_in("Mar 17 12:00:02"))


def link_to_itself(path):
    path.symlink_to(path)


def fifo(path):
    """What `<(zcat mail.log.gz)` is in a shell."""
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def listening(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))


# status; events: read from the bad path, exactly, or (least, most); says: on stderr beside the path
Bad = namedtuple("Bad", "make status events says line", defaults=(None, False))
BAD = {
    "missing": Bad(nothing, TROUBLE, 0, r"no such file"),
    "empty directory": Bad(empty_directory, TROUBLE, 0, r"no log"),
    "directory without logs": Bad(directory_without_logs, TROUBLE, 0, r"no log|not a log|not text|binary"),
    "fifo": Bad(fifo, TROUBLE, 0, r"fifo"),
    "endless device": Bad(device, TROUBLE, 0, r"device"),
    "socket": Bad(listening, TROUBLE, 0, r"socket"),
    "link to itself": Bad(link_to_itself, TROUBLE, 0, r"symbolic link"),
    "empty file": Bad(empty, NONE, 0, r"empty"),
    "binary junk": Bad(junk, None, 0, r"not a log|not text|binary|no text"),
    "a line of 100 MB": Bad(long_line, None, 2 * LINES, r"longer than 1 MiB", line=True),
    "gzip cut short": Bad(cut_gzip, TROUBLE, (LINES, 40 * LINES - 1), r"end|cut|short|damaged"),
    "gzip damaged": Bad(damaged_gzip, TROUBLE, (1, 40 * LINES), r"damaged|incorrect|invalid|error"),
    "a hole of NULs": Bad(hole, NONE, 2 * LINES, r"NUL", line=True),
    "NUL bytes in lines": Bad(nuls_in_lines, None, (LINES - 3, LINES), r""),
    "invalid UTF-8": Bad(broken_utf8, NONE, LINES, r""),
    "CRLF": Bad(windows_lines, NONE, LINES, r""),
    "no last line end": Bad(no_last_line_end, NONE, LINES, r""),
    "clock that jumps": Bad(clock_jumps, NONE, 3, r""),
}
REMEDY = re.compile(r"\(.+\)\s*$")


def complaints(run, path):
    return [text for text in run.err.splitlines() if str(path) in text]


@pytest.mark.parametrize("name", BAD)
def test_bad_path(name, tmp_path):
    bad, good, path = BAD[name], write(tmp_path / "good.log", GOOD), tmp_path / "bad.log"
    if name.startswith("gzip"):
        path = tmp_path / "bad.log.gz"
    bad.make(path)
    run, report = scan(tmp_path / "report.json", "--quiet", path, good)

    said = complaints(run, path)
    if bad.says:
        fitting = [text for text in said if re.search(bad.says, text, re.I)]
        assert fitting, f"no message with {bad.says!r}; stderr was:\n{run.err}"
        assert any(REMEDY.search(text) for text in fitting), "no remedy in:\n" + "\n".join(fitting)
        assert len(fitting) == len(set(fitting)), "said twice:\n" + run.err
        if bad.line:
            assert any(f"{path}:{LINES + 1}:" in text for text in fitting), f"line {LINES + 1} is not named:\n{run.err}"
    wanted = (NONE, TROUBLE) if bad.status is None else (bad.status,)
    assert run.status in wanted, f"exit status {run.status}\n{run.err}"

    assert report, run.err
    rows = {row["path"]: row for row in report["inputs"]}
    assert rows[str(good)]["records"] == LINES and not rows[str(good)].get("unrecognised")
    of_bad = [row for place, row in rows.items() if place.startswith(str(path))]
    events = sum(row["records"] - row.get("unrecognised", 0) for row in of_bad)
    least, most = bad.events if isinstance(bad.events, tuple) else (bad.events, bad.events)
    assert least <= events <= most, f"{events} events were read, wanted {bad.events}"
    assert report["counters"]["recognised"] == LINES + events
    assert report["counters"]["records"] == sum(row["records"] for row in rows.values())


def test_what_lies_in_every_var_log(tmp_path):
    """Sign-ins in binary, slots of users that never came: no trouble, or no night would ever be a quiet one."""
    boot = struct.pack("<hxxi32s4s32s256s52x", 2, 0, b"~", b"~~", b"reboot", b"6.1.0-40-amd64")
    login = struct.pack("<hxxi32s4s32s256s52x", 7, 812, b"pts/0", b"ts/0", b"root", b"192.0.2.5")
    write(tmp_path / "wtmp", boot + login * 3)
    write(tmp_path / "btmp.1", login)
    write(tmp_path / "lastlog", bytes(292 * 1000) + login[8:44] + bytes(256))
    write(tmp_path / "faillog", bytes(320))
    write(tmp_path / "mail.log", GOOD)
    assert tocsin("scan", "--quiet", tmp_path).status == NONE
    run = tocsin("scan", "--quiet", tmp_path / "wtmp")
    assert run.status == TROUBLE and "last --file" in run.err


def test_a_file_of_holes_is_told_once(tmp_path):
    write(tmp_path / "mail.log", bytes(70000))
    assert tocsin("scan", "--quiet", tmp_path).err.count("NUL bytes") == 1


def test_all_bad_at_once_and_an_incident(tmp_path):
    """Among every bad thing there is, the break-in is still found; and the status is that of trouble."""
    recording = RECORDINGS / "stolen-password-webmail-stock"
    paths = []
    for n, (name, bad) in enumerate(BAD.items()):
        if bad.make is not long_line:
            paths.append(tmp_path / (f"bad{n}.log.gz" if name.startswith("gzip") else f"bad{n}.log"))
            bad.make(paths[-1])
    run, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(recording), *paths, *logs_of(recording))
    assert run.status == TROUBLE, run.err
    assert [i["entry"]["account"] for i in report["incidents"]] == ["c.martin@interieur.example"]


def test_unreadable(tmp_path_factory):
    """A log that the user may not read: tried as nobody when root runs the tests, whom nothing stops."""
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    try:
        program = shutil.copy(TOCSIN, folder / "tocsin")
        shutil.copytree(TOP / "rules", folder / "rules")
        good, secret = write(folder / "good.log", GOOD), write(folder / "secret.log", GOOD)
        folder.chmod(0o755)
        secret.chmod(0)
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run([program, "scan", "--quiet", "--json", "-", secret, good], capture_output=True, text=True,
                              env=os.environ | {"TOCSIN_RULES": str(folder / "rules")}, **who)
        said = [text for text in done.stderr.splitlines() if str(secret) in text]
        assert any("ermission denied" in text and REMEDY.search(text) for text in said), done.stderr
        assert done.returncode == TROUBLE
        assert json.loads(done.stdout)["counters"]["recognised"] == LINES
    finally:
        shutil.rmtree(folder)


# --- what is said of good lines in bad company ----------------------------------------------------


def decode(*paths):
    run = tocsin("decode", "--timezone", "UTC", *paths)
    return [json.loads(text) for text in run.out.decode("utf-8").splitlines()]


def test_crlf_changes_nothing_but_the_offset(tmp_path):
    keep = lambda event: {k: v for k, v in event.items() if k not in ("log", "log.offset", "log.file.path")}
    write(tmp_path / "unix.log", GOOD)
    windows_lines(tmp_path / "windows.log")
    assert [*map(keep, decode(tmp_path / "unix.log"))] == [*map(keep, decode(tmp_path / "windows.log"))]


def test_broken_utf8_is_still_json(tmp_path):
    broken_utf8(tmp_path / "mail.log")
    events = decode(tmp_path / "mail.log")
    assert len(events) == LINES and all("\ufffd" in json.dumps(e, ensure_ascii=False) for e in events)


def times(*paths):
    return [event["@timestamp"][:19] for event in decode(*paths)]


@pytest.mark.parametrize("split", [False, True], ids=["one file", "rotated at midnight"])
def test_year_changes(split, tmp_path):
    """Lines that bear no year, over New Year's Eve; the files were last written in January 2026."""
    old, new = sign_in("Dec 31 23:59:58"), sign_in("Jan  1 00:00:03") + sign_in("Jan  1 07:00:00")
    if split:
        paths = [write(tmp_path / "mail.log.1", old, month=1, day=1), write(tmp_path / "mail.log", new, month=1, day=2)]
    else:
        paths = [write(tmp_path / "mail.log", old + new, month=1, day=2)]
    assert times(*paths) == ["2025-12-31T23:59:58", "2026-01-01T00:00:03", "2026-01-01T07:00:00"]


def test_clock_that_jumps_back_is_no_new_year(tmp_path):
    clock_jumps(tmp_path / "mail.log")
    assert times(tmp_path / "mail.log") == ["2026-03-17T10:00:00", "2026-03-17T08:00:01", "2026-03-17T12:00:02"]


# --- hostile text ---------------------------------------------------------------------------------

MARK = "HOSTILE"
ESCAPE = f"\x1b]0;{MARK}\x07\x1b[2J"
MARKUP = f"</script><script>{MARK}()</script><img src=x onerror={MARK}()>"
BIDI = f"\u202e{MARK}\u2066\u200f"
TRICKS = {"escape": ESCAPE, "markup": MARKUP, "quotes": f"\"'`--{MARK} onclick={MARK}()", "bidi": BIDI,
          "c1": f"\u009b31m{MARK}", "format": f"%n%s%x{MARK}", "csv": f"=cmd|' /C calc'!A0{MARK}"}
SGR = re.compile(r"\x1b\[[0-9;]*m")
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def raw(text):
    """Control and bidi characters in it, by name."""
    return sorted({f"U+{ord(c):04X}" for c in RAW.findall(text)})


def poisoned(recording, folder, trick):
    """The recording, with the trick in subjects, names of attachments, browsers, targets and the account's name."""
    name = "c.martin" + re.sub(r"[<>,()/\s]", "", trick)[:32]     # what ends a name in the logs would be another name
    target = re.sub(r'[>"\s]', "", trick) + "copie.martin@"     # an address that Dovecot can send to
    for path in logs_of(recording):
        packed = path.suffix == ".gz"
        data = (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).decode()
        if path.name.startswith("access"):
            data = data.replace("rv:115.0", trick.replace('"', '\\"'))
        data = data.replace("copie.martin@", target).replace("c.martin@", name + "@").encode()
        (folder / path.name).write_bytes(gzip.compress(data) if packed else data)
        shutil.copystat(path, folder / path.name)
    with gzip.open(recording / "catalogue.jsonl.gz", "rt") as lines, \
            gzip.open(folder / "catalogue.jsonl.gz", "wt") as out:
        for message in map(json.loads, lines):
            message["subject"] = trick
            message["account"] = message["account"].replace("c.martin@", name + "@")
            for part in message["parts"]:
                part["name"] = trick
            out.write(json.dumps(message) + "\n")
    shutil.copy(recording / "networks.yaml", folder)


@pytest.mark.parametrize("level", ["stock", "rich"])
@pytest.mark.parametrize("trick", TRICKS)
def test_hostile_text(trick, level, tmp_path):
    recording = RECORDINGS / f"stolen-password-webmail-{level}"
    poisoned(recording, tmp_path, TRICKS[trick])
    page = tmp_path / "report.html"
    for colour in ("always", "never"):
        run, report = scan(tmp_path / "report.json", "--details", "--color", colour, "--html", page,
                           *knowledge_of(tmp_path), *logs_of(tmp_path))
        assert run.status == FOUND, run.err
        screen = run.out.decode("utf-8")
        assert raw(SGR.sub("", screen) if colour == "always" else screen) == []
        assert raw(run.err) == []
        assert MARK in screen, "the trick did not reach the terminal: this test tests nothing"
    assert MARK in json.dumps(report)
    assert not re.search("[\x00-\x09\x0b-\x1f]", (tmp_path / "report.json").read_text())
    page_is_safe(page.read_text())


def renamed(recording, folder, name):
    """The recording, with the account that was broken into under another name."""
    for path in logs_of(recording):
        packed = path.suffix == ".gz"
        data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        data = data.replace(b"c.martin@", name.encode() + b"@")
        (folder / path.name).write_bytes(gzip.compress(data) if packed else data)
        shutil.copystat(path, folder / path.name)
    return logs_of(folder)


@pytest.mark.parametrize("name", ["C.Martin", "c+martin=x", "c.märtin", "c" * 64, "c" * 200],
                         ids=["capitals", "signs", "not ASCII", "64 bytes", "200 bytes"])
def test_odd_account_names(name, tmp_path):
    """RFC 5321 4.5.3.1.1 allows 64 octets before the @; what users may be called, servers do not limit."""
    recording = RECORDINGS / "stolen-password-webmail-stock"
    networks = ["--networks", recording / "networks.yaml"]
    run, report = scan(tmp_path / "report.json", "--quiet", *networks, *renamed(recording, tmp_path, name))
    assert [i["entry"]["account"] for i in report["incidents"]] == [name.lower() + "@interieur.example"]


def page_is_safe(text):
    """The trick is text on the page, never an element, an attribute's name or script."""
    from html.parser import HTMLParser

    found = []

    class Reader(HTMLParser):
        inside = None

        def handle_starttag(self, tag, attributes):
            self.inside = tag if tag in ("script", "style") else None
            names = [name for name, _ in attributes]
            if tag in ("img", "iframe", "object", "embed", "base", "form") or any(n.startswith("on") for n in names):
                found.append(f"<{tag} {' '.join(names)}>")
            if any(MARK.lower() in name for name in (tag, *names)):
                found.append(f"<{tag} {' '.join(names)}>")

        def handle_endtag(self, tag):
            self.inside = None

        def handle_data(self, data):
            if self.inside and MARK in data:
                found.append(f"in <{self.inside}>")

    assert MARK in text, "the trick did not reach the page: this test tests nothing"
    assert raw(text) == []
    Reader().feed(text)
    assert found == []


@pytest.mark.parametrize("trick", TRICKS)
def test_hostile_decode(trick, tmp_path):
    write(tmp_path / "mail.log", GOOD.replace(b"a.roux", TRICKS[trick].replace(">", "").encode()))
    run = tocsin("decode", "--all", "--timezone", "UTC", tmp_path / "mail.log")
    lines = run.out.decode("utf-8").split("\n")
    assert len([json.loads(text) for text in lines if text]) == LINES
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", run.out.decode("utf-8"))


def test_hostile_path(tmp_path):
    """A file's name is the attacker's text as well."""
    bad = tmp_path / "\x1b[31mHOSTILE\u202e.log"
    run = tocsin("scan", "--quiet", bad)
    assert run.status == TROUBLE and MARK in run.err and raw(run.err) == []


# --- usage ----------------------------------------------------------------------------------------

USAGE = {
    "no command": ([], TROUBLE, ""),
    "unknown command": (["scna"], TROUBLE, "no command scna"),
    "unknown option": (["scan", "--jsno", "x"], TROUBLE, "did you mean --json"),
    "option without value": (["scan", "--json"], TROUBLE, "needs a value"),
    "no path": (["scan"], TROUBLE, "no path"),
    "no such time zone": (["scan", "--timezone", "Mars/Base", "x"], TROUBLE, "time zone"),
    "help": (["help"], 0, ""),
    "help of a command": (["help", "scan"], 0, ""),
    "version": (["--version"], 0, ""),
}


@pytest.mark.parametrize("name", USAGE)
def test_usage(name):
    arguments, status, says = USAGE[name]
    run = tocsin(*arguments)
    assert run.status == status and says in run.err, run.err


OPTION_FILES = ["--networks", "--geo", "--rules", "--mail-store"]


@pytest.mark.parametrize("option", OPTION_FILES)
@pytest.mark.parametrize("content", [None, b"\xff\x00junk: [", b""], ids=["missing", "junk", "empty"])
def test_bad_option_file(option, content, tmp_path):
    """What was asked for and cannot be had is an error that names the file, told before a log is read."""
    path, good = tmp_path / "given.yml", write(tmp_path / "good.log", GOOD)
    if content is not None:
        path.write_bytes(content)
    run, report = scan(tmp_path / "report.json", option, path, good, tmp_path / "gone.log")
    assert run.status == TROUBLE and str(path) in run.err, (run.status, run.err)
    assert report is None and not run.out and "gone.log" not in run.err, run.err


def test_mail_store_without_mail(tmp_path):
    (tmp_path / "store").mkdir()
    run, report = scan(tmp_path / "report.json", "--mail-store", tmp_path / "store", write(tmp_path / "good.log", GOOD))
    assert run.status == TROUBLE and report is None and f"{tmp_path}/store: " in run.err, run.err


def test_output_that_cannot_be_written(tmp_path):
    good = write(tmp_path / "good.log", GOOD)
    for option in ("--json", "--html"):
        run = tocsin("scan", "--quiet", option, tmp_path / "no" / "such" / "place", good)
        assert run.status == TROUBLE and "no/such/place" in run.err, run.err
    full = subprocess.run([TOCSIN, "decode", good], stdout=open("/dev/full", "wb"), stderr=subprocess.PIPE, text=True)
    assert full.returncode == TROUBLE and "cannot be written" in full.stderr


def test_standard_input():
    run = tocsin("decode", "--count", "-", stdin=GOOD)
    assert run.out.split() == [str(LINES).encode()]
