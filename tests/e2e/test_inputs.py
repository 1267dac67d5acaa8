"""What logs lie in: packings, envelopes of collectors, exports, disks of hosts; and their hostile forms.

The same records must come out of each with the same words; what a report cites must be found again.
"""

import csv
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import resource
import shutil
import tarfile
import zipfile

import pytest

from pack import pack
from test_bad_input import GOOD, LINES, REMEDY, decode, sign_in, write
from tocsin import FOUND, NONE, RECORDINGS, TOP, TROUBLE, knowledge_of, logs_of, scan, tocsin

def lines():
    return GOOD.decode().splitlines()


# --- what a record says, whatever it lies in ---------------------------------------------------------


def as_cri(text):
    return "".join(f"2026-03-17T{line[7:15]}.5Z stdout F {line}\n" for line in text)


def as_cri_pieces(text):
    return "".join(f"2026-03-17T{line[7:15]}.5Z stdout P {line[:70]}\n2026-03-17T{line[7:15]}.5Z stdout F {line[70:]}\n"
                   for line in text)


def as_docker(text):
    return "".join(json.dumps({"log": line + "\n", "stream": "stdout", "time": f"2026-03-17T{line[7:15]}.5Z"},
                              separators=(",", ":")) + "\n" for line in text)


def as_elastic(text):
    return "".join(json.dumps({"_source": {"@timestamp": f"2026-03-17T{line[7:15]}Z", "message": line}}) + "\n"
                   for line in text)


def as_compose(text):
    return "".join(f"dovecot-1  | {line}\n" for line in text)


def as_csv(text):
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["_time", "host", "_raw"])
    rows.writerows([f"2026-03-17T{line[7:15]}.000+00:00", "mail", line] for line in text)
    return out.getvalue()


def as_csv_of_lines(text):
    """Each cell with a line end in it."""
    out = io.StringIO()
    rows = csv.writer(out, quoting=csv.QUOTE_ALL)
    rows.writerow(["_time", "host", "_raw"])
    rows.writerows([f"2026-03-17T{line[7:15]}.000+00:00", "mail", line + "\n"] for line in text)
    return out.getvalue()


COATS = {"CRI": as_cri, "CRI in pieces": as_cri_pieces, "Docker": as_docker, "Elastic": as_elastic,
         "compose": as_compose, "CSV": as_csv, "CSV with line ends": as_csv_of_lines}
KEPT = ("@timestamp", "event.action", "event.outcome", "user.name", "source.ip", "session.id", "host.name")


def said(events):
    return [{key: event.get(key) for key in KEPT} for event in events]


@pytest.mark.parametrize("coat", COATS)
def test_coats(coat, tmp_path):
    plain = write(tmp_path / "plain.log", GOOD)
    coated = write(tmp_path / "coated.log", COATS[coat](lines()).encode())
    assert said(decode(coated)) == said(decode(plain))


ENCODINGS = {"UTF-16LE": ("utf-16-le", b"\xff\xfe"), "UTF-16BE": ("utf-16-be", b"\xfe\xff"),
             "UTF-16LE, no mark": ("utf-16-le", b""), "UTF-8 with a mark": ("utf-8", b"\xef\xbb\xbf")}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings(name, tmp_path):
    encoding, mark = ENCODINGS[name]
    plain = write(tmp_path / "plain.log", GOOD)
    other = write(tmp_path / "other.log", mark + GOOD.decode().replace("\n", "\r\n").encode(encoding))
    events = decode(other)
    assert said(events) == said(decode(plain))
    data = other.read_bytes()
    for event in events[::50]:
        at = event["log.offset"]
        assert data[at:at + 80].decode(encoding).startswith("Mar 17"), "offsets are of the file's own bytes"


# --- packings ----------------------------------------------------------------------------------------


def add(archive, name, data):
    member = tarfile.TarInfo(name)
    member.size, member.mtime = len(data), 1773792000
    archive.addfile(member, io.BytesIO(data))


def tar_of(path, mode, members):
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            add(archive, name, data)


def nested(path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("mail.log", (2026, 3, 18, 0, 0, 0)), GOOD)
    tar_of(path, "w:xz", {"evidence.zip": inner.getvalue()})


def seven_zip(path):
    pack(path, {"mail.log": GOOD}, "7zip")


PACKINGS = {"tar": lambda p: tar_of(p, "w", {"mail.log": GOOD}), "tar.gz": lambda p: tar_of(p, "w:gz", {"mail.log": GOOD}),
            "tar.xz": lambda p: tar_of(p, "w:xz", {"mail.log": GOOD}),
            "tar.bz2 of gz": lambda p: tar_of(p, "w:bz2", {"mail.log.gz": gzip.compress(GOOD)}),
            "gz of gz": lambda p: write(p, gzip.compress(gzip.compress(GOOD))),
            "zip in tar.xz": nested, "7z": seven_zip,
            "tar.xz of UTF-16": lambda p: tar_of(p, "w:xz", {"m": b"\xff\xfe" + GOOD.decode().encode("utf-16-le")})}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packings(packing, tmp_path):
    plain, packed = write(tmp_path / "plain.log", GOOD), tmp_path / "evidence.7z"
    PACKINGS[packing](packed)
    assert said(decode(packed)) == said(decode(plain))


def test_a_member_without_a_time(tmp_path):
    """Some packers write 1970, or 1980 in zip: the archive's own time tells the year."""
    path = tmp_path / "logs.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("mail.log")
        member.size = len(GOOD)
        archive.addfile(member, io.BytesIO(GOOD))
    os.utime(path, (1773792000, 1773792000))
    assert {event["@timestamp"][:7] for event in decode(path)} == {"2026-03"}


def test_many_members_in_one_pass(tmp_path):
    """Each member of a tar.xz from its own reader: what was unpacked once is not unpacked again."""
    members = {f"host{n:03}/mail.log": sign_in(f"Mar 17 09:{n % 60:02}:00", n=n) for n in range(400)}
    tar_of(tmp_path / "all.tar.xz", "w:xz", members)
    run = tocsin("decode", "--count", tmp_path / "all.tar.xz")
    assert run.out.split() == [b"400"] and run.status == 0, run.err


# --- hostile -----------------------------------------------------------------------------------------


def bomb(path):
    """Sixty-four megabytes of one letter in some kilobytes; and a log that would fit."""
    tar_of(path, "w:xz", {"bomb.log": b"x" * (64 << 20), "mail.log": GOOD})


def deep(path):
    data = GOOD
    for n in range(6):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            add(archive, f"level{n}.tar.gz" if n else "mail.log", data)
        data = out.getvalue()
    path.write_bytes(data)


def hostile_names(path):
    tar_of(path, "w:gz", {"../../../etc/passwd": GOOD, "a\x1b]0;x\x07b": GOOD, "/dev/sda": GOOD})


def cut_json(path):
    whole = as_elastic(lines())
    write(path, whole[:len(whole) - 60].encode())


def open_quote(path):
    rows = as_csv_of_lines(lines()).replace('mail","Mar 17 09:01:00', 'mail","""Mar 17 09:01:00', 1)
    write(path, rows.encode())


def half_a_unit(path):
    write(path, b"\xff\xfe" + GOOD.decode().encode("utf-16-le")[:-3])


def unfinished(path):
    write(path, (as_cri(lines()) + "2026-03-17T12:00:00.5Z stdout P Mar 17 12:00:00 mail dove\n").encode())


def cut_7z(path):
    seven_zip(path)
    path.write_bytes(path.read_bytes()[:-40])


def loop(path):
    path.mkdir()
    write(path / "mail.log", GOOD)
    (path / "again").symlink_to("..")
    (path / "self").symlink_to("self")
    os.mkfifo(path / "pipe")


BAD = {
    "spool limit": (bomb, ["--limit", "spool=20M"], TROUBLE, LINES, r"--limit spool"),
    "too deep": (deep, [], TROUBLE, 0, r"--limit depth"),
    "too many members": (hostile_names, ["--limit", "members=2"], TROUBLE, 2 * LINES, r"--limit members"),
    "hostile names": (hostile_names, [], NONE, 3 * LINES, None),
    "JSON cut": (cut_json, [], NONE, LINES - 1, None),
    "a quote too many": (open_quote, [], NONE, (LINES - 2, LINES), None),
    "half a unit": (half_a_unit, [], NONE, LINES, r"UTF-16"),
    "never finished": (unfinished, [], NONE, LINES, r"never ends"),
    "7z cut": (cut_7z, [], TROUBLE, 0, r"."),
    "loops and a fifo": (loop, [], NONE, LINES, None),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_inputs(name, tmp_path):
    make, options, status, wanted, says = BAD[name]
    path, good = tmp_path / "bad.7z", write(tmp_path / "good.log", GOOD)
    make(path)
    run, report = scan(tmp_path / "report.json", "--quiet", *options, path, good)
    assert run.status == status, run.err
    complaints = [text for text in run.err.splitlines() if str(path) in text]
    if says:
        assert any(re.search(says, text) and REMEDY.search(text) for text in complaints), run.err
    assert "\x1b" not in run.err
    rows = [row for row in report["inputs"] if row["path"].startswith(str(path))]
    events = sum(row["records"] - row.get("unrecognised", 0) for row in rows)
    if name == "a quote too many":
        events = len(decode(path))
    if name == "never finished":
        events -= 1
    least, most = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    assert least <= events <= most


def test_limit_that_is_none():
    run = tocsin("scan", "--limit", "size=3", "x")
    assert run.status == TROUBLE and "ratio=N" in run.err


# --- evidence ----------------------------------------------------------------------------------------

STOLEN = RECORDINGS / "stolen-password-webmail-stock"


def retold(folder, change):
    """The recording with its mail log told otherwise."""
    for path in logs_of(STOLEN):
        packed = path.suffix == ".gz"
        data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        target = folder / (path.name[:-3] if packed else path.name)
        target.write_bytes(change(data) if path.name.startswith("mail") else data)
        shutil.copystat(path, target)
    return sorted(folder.iterdir())


RETOLD = {
    "UTF-16": lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
    "an answer of Log Analytics": lambda data: json.dumps({"tables": [{
        "name": "PrimaryResult", "columns": [{"name": n, "type": "string"} for n in ("TenantId", "Type", "Computer", "RawData")],
        "rows": [["t", "Syslog", "mail", line] for line in data.decode().splitlines()]}]}).encode(),
    "CSV of several lines": lambda data: ("id,_raw\n" + "".join(
        f'1,"{line}\n"\n' for line in data.decode().replace('"', '""').splitlines())).encode(),
}


@pytest.mark.parametrize("name", RETOLD)
def test_evidence_in_other_coats(name, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    paths = retold(logs, RETOLD[name])
    run, report = scan(tmp_path / "report.json", "--quiet", *knowledge_of(STOLEN), *paths)
    assert run.status == FOUND, run.err
    assert [i["entry"]["account"] for i in report["incidents"]] == ["c.martin@interieur.example"]
    done = tocsin("verify", tmp_path / "report.json", logs)
    assert done.status == 0 and b" 0 altered" in done.out, done.out
    mail = next(path for path in paths if path.name.startswith("mail.log"))
    data = mail.read_bytes()
    cited = {(e["offset"], e["length"], e["sha256"]) for i in report["incidents"] for f in i["findings"]
             for e in f["evidence"] if report["inputs"][e["input"]]["path"] == str(mail)}
    assert cited
    for offset, length, digest in cited:
        assert hashlib.sha256(data[offset:offset + length]).hexdigest() == digest
    offset = next(iter(cited))[0]
    mail.write_bytes(data[:offset + 60] + bytes([data[offset + 60] ^ 1]) + data[offset + 61:])
    assert tocsin("verify", tmp_path / "report.json", logs).status == NONE


# --- explain, formats --------------------------------------------------------------------------------


def test_explain():
    line = lines()[0]
    run = tocsin("explain", "--timezone", "UTC", line)
    text = run.out.decode()
    at = line.index("a.roux")
    assert run.status == 0 and f"[bytes {at}-{at + len('a.roux@interieur.example')}]" in text
    assert re.search(r"event.module +dovecot", text) and re.search(r"clock +syslog", text)


@pytest.mark.parametrize("line, status, says", [
    ("Mar 17 13:05:00 mail relay[4]: connect from x.y[192.0.2.7]", NONE, "--format postfix"),
    ("some site's own head: Mar 17 13:05:00 mail dovecot: imap-login: Login: user=<a>, rip=192.0.2.5", NONE, "at byte 22"),
    ("what is this", NONE, "no clock"),
    ("", NONE, "no format owns"),
])
def test_explain_what_is_unknown(line, status, says):
    run = tocsin("explain", line)
    assert run.status == status and says in run.out.decode(), run.out.decode()


def test_explain_a_place(tmp_path):
    path = write(tmp_path / "export.csv", as_csv(lines()).encode())
    run = tocsin("explain", f"{path}:2")
    assert run.status == 0 and b"CSV with a header" in run.out and f"{path}:2".encode() in run.out
    assert tocsin("explain", f"{path}:100000").status == TROUBLE
    assert tocsin("explain", "-", stdin=GOOD).out.count(b"event.module") == LINES


def test_force_a_format(tmp_path):
    path = write(tmp_path / "relay.log", b"Mar 17 13:05:00 mail relay[4]: connect from x.y[192.0.2.7]\n")
    assert decode(path) == []
    run = tocsin("decode", "--format", "postfix", path)
    assert json.loads(run.out)["event.module"] == "postfix"
    good = write(tmp_path / "good.log", GOOD)
    forced = [json.loads(text) for text in tocsin("decode", "--format", "postfix", good).out.splitlines()]
    assert all(event["event.module"] == "postfix" and "user.name" not in event for event in forced)
    assert tocsin("decode", "--format", "klingon", good).status == TROUBLE


@pytest.mark.parametrize("words, host, action", [
    ("mail relay[4]: connect from x.y[192.0.2.7]", "mail", "connect"),
    ("connect from x.y[192.0.2.7]", None, "connect"),
    ("mail connect from x.y[192.0.2.7]", "mail", "connect"),
    ("mail warning: x.y[192.0.2.7]: SASL LOGIN authentication failed: no", "mail", "login"),
    ("it came from the moon", None, "message"),
])
def test_a_forced_format_takes_no_word_for_a_host(words, host, action, tmp_path):
    path = write(tmp_path / "relay.log", f"Mar 17 13:05:00 {words}\n".encode())
    event = json.loads(tocsin("decode", "--format", "postfix", path).out)
    assert (event.get("host.name"), event["event.action"]) == (host, action)
    assert ("no tag" in event.get("event.reason", "")) == (action == "message")


def test_formats():
    told = json.loads(tocsin("formats", "--json").out)
    assert {f["name"] for f in told["formats"]} >= {"dovecot", "postfix", "roundcube"}
    assert all(f["evidence"] in "ABCDEF" and f["about"] for f in told["formats"])
    assert {e["name"] for e in told["envelopes"]} >= {"syslog", "csv", "json", "docker", "cri"} and told["packings"]
    assert b"csv" in tocsin("formats").out


# --- zones -------------------------------------------------------------------------------------------


def test_zone_of_each_source(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "mail.log", GOOD)
    run = tocsin("decode", "--timezone", "UTC", "--timezone", f"{tmp_path}/b=+02:00", tmp_path)
    hours = {e["log.file.path"].split("/")[-2]: e["@timestamp"][11:13] for e in map(json.loads, run.out.splitlines()[::40])}
    assert hours == {"a": "09", "b": "07"}
    run = tocsin("decode", "--timezone", "UTC", "--timezone", "mail:*=+02:00", tmp_path / "a")
    assert json.loads(run.out.splitlines()[0])["@timestamp"][11:13] == "07"


def test_hour_that_does_not_exist(tmp_path):
    path = write(tmp_path / "mail.log", sign_in("Mar 29 02:30:00"), month=4)
    run = tocsin("scan", "--quiet", "--timezone", "Europe/Paris", path)
    assert "do not exist in the zone" in run.err and "--timezone" in run.err


# --- the disk of a host ------------------------------------------------------------------------------


def disk(folder, name, logs, zone="Europe/Paris"):
    """A host's disk as it is mounted: logs, settings, mail, and much else."""
    root = folder / name
    for path in ("var/log", "etc/dovecot/conf.d", "usr/share/doc", "home/ana/Maildir/cur", "srv/www", "dev"):
        (root / path).mkdir(parents=True)
    for log in logs:
        shutil.copy2(log, root / "var/log" / log.name)
    (root / "etc/hostname").write_text(name + "\n")
    (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/" + zone)
    (root / "etc/dovecot/dovecot.conf").write_text("# auth_verbose = yes\n!include conf.d/*.conf\n")
    (root / "etc/dovecot/conf.d/10-log.conf").write_text("  mail_plugins = $mail_plugins notify mail_log\n")
    (root / "usr/share/doc/mail.log").write_bytes(GOOD)
    (root / "home/ana/Maildir/cur/1700000000.1.host:2,S").write_bytes(
        b"From: a\r\nMessage-ID: <1@x>\r\nSubject: s\r\n\r\nMar 17 09:00:00 mail dovecot: no log\r\n")
    (root / "var/log/up").symlink_to("..")
    os.mkfifo(root / "dev/pipe")
    return root


def test_disks(tmp_path):
    """Two hosts under one folder: their logs are found, and nothing else is taken for one."""
    disk(tmp_path, "mail1", logs_of(STOLEN))
    disk(tmp_path, "mail2", [write(tmp_path / "mail.log", GOOD)], zone="Asia/Tokyo")
    (tmp_path / "mail.log").unlink()
    run = tocsin("scan", "--quiet", "--networks", STOLEN / "networks.yaml", "--json", tmp_path / "r.json", tmp_path)
    report = json.loads((tmp_path / "r.json").read_text())
    assert [i["entry"]["account"] for i in report["incidents"]] == ["c.martin@interieur.example"], run.err
    assert {re.sub(r".*/(mail\d/.*)/.*", r"\1", row["path"]) for row in report["inputs"]} == {"mail1/var/log", "mail2/var/log"}
    assert "Europe/Paris by etc/localtime" in run.err and "Asia/Tokyo" in run.err
    assert "Maildir" in run.err or "/home" in run.err
    gaps = {gap["source"]: gap for gap in report.get("gaps", []) + report["incidents"][0]["gaps"]}
    assert "Dovecot's auth_verbose on mail1" in gaps and not any("mail_log" in source for source in gaps)
    first = {row["path"].split("/")[-4]: row["first"] for row in report["inputs"] if row["path"].endswith("mail.log")}
    assert first["mail2"].startswith("2026-03-17T00:00"), "clocks of mail2 are Tokyo's"
    assert tocsin("verify", tmp_path / "r.json", tmp_path).status == 0


def test_settings_of_a_disk(tmp_path):
    """Where copies of mail go and what loggers drop; a zone's file that is no link; links lead nowhere else."""
    root = disk(tmp_path, "mail2", [write(tmp_path / "mail.log", GOOD)])
    (tmp_path / "mail.log").unlink()
    (root / "etc/localtime").unlink()
    shutil.copy("/usr/share/zoneinfo/Asia/Tokyo", root / "etc/localtime")
    for path in ("etc/postfix", "etc/systemd", "etc/nginx"):
        (root / path).mkdir()
    (root / "etc/postfix/main.cf").write_text("always_bcc = archive@elsewhere.example\nrecipient_bcc_maps =\n")
    (root / "etc/postfix/header_checks").write_text("# /x/ BCC no@x\n/^Subject: bid/ BCC rival@elsewhere.example\n")
    (root / "etc/systemd/journald.conf").write_text("[Journal]\nRateLimitBurst=200\n")
    write(tmp_path / "outside.conf", b"access_log off;\n")
    (root / "etc/nginx/nginx.conf").symlink_to(tmp_path / "outside.conf")
    run = tocsin("scan", "--quiet", "--json", tmp_path / "r.json", root)
    report = json.loads((tmp_path / "r.json").read_text())
    gaps = {gap["source"]: gap["hides"] for gap in report["gaps"]}
    assert gaps["who set Postfix's always_bcc on mail2"].endswith("goes to archive@elsewhere.example")
    assert gaps["who wrote a BCC into Postfix's checks on mail2"].endswith("rival@elsewhere.example")
    assert "systemd's rate limit on mail2" in gaps
    assert not any("recipient_bcc_maps" in source or "nginx" in source for source in gaps)
    assert "JST-9 by etc/localtime" in run.err
    assert report["inputs"][0]["first"].startswith("2026-03-17T00:00")


def test_links_lead_nowhere(tmp_path):
    """Of a disk that an intruder could write to: logs, settings and mail of the host that examines it are not taken for his."""
    root = disk(tmp_path, "mail[1]", [write(tmp_path / "mail.log", GOOD)])
    ours = tmp_path / "ours"
    for path in ("log", "vmail/cur", "postfix"):
        (ours / path).mkdir(parents=True)
    (tmp_path / "mail.log").rename(ours / "log/mail.log")
    (ours / "postfix/main.cf").write_text("always_bcc = archive@elsewhere.example\n")
    shutil.rmtree(root / "srv")
    for name in ("srv", "opt", "etc/postfix"):
        (root / name).mkdir() if name == "opt" else (root / name).symlink_to(ours / name.partition("etc/")[2])
    (root / "opt/evil").symlink_to(ours)
    (root / "etc/systemd").mkdir()
    (root / "etc/systemd/journald.conf").write_text("[Journal]\nRateLimitBurst=200\n")
    run = tocsin("scan", "--quiet", "--json", tmp_path / "r.json", root)
    report = json.loads((tmp_path / "r.json").read_text())
    assert [row["path"] for row in report["inputs"]] == [str(root / "var/log/mail.log")]
    assert "its mail lies in" in run.err and "vmail" not in run.err
    sources = [gap["source"] for gap in report["gaps"]]
    assert not any("always_bcc" in source for source in sources)
    assert any("systemd's rate limit" in source for source in sources), "a root with brackets in its name is read as well"


SCRIPT = """# redirect "none@elsewhere.example";
require ["copy"]; /* redirect "none@elsewhere.example"; */
if header :contains "subject" "redirect" { redirect :copy "drop@elsewhere.example"; }
redirect "colleague@interieur.example";
vacation text:
redirect "none@elsewhere.example";
.
;
"""


@pytest.mark.parametrize("whose", ["c.martin", "nobody"])
def test_filters_on_a_disk(whose, tmp_path):
    """What a script does now belongs to the incident of its account; it is never dated, nor proven the intruder's."""
    root = disk(tmp_path, "mail1", logs_of(STOLEN))
    home = root / "var/vmail/interieur.example" / whose
    (home / "sieve").mkdir(parents=True)
    (home / "sieve/own.sieve").write_text(SCRIPT)
    (home / ".dovecot.sieve").symlink_to("sieve/own.sieve")
    tocsin("scan", "--quiet", "--networks", STOLEN / "networks.yaml", "--json", tmp_path / "r.json", tmp_path)
    incident, = json.loads((tmp_path / "r.json").read_text())["incidents"]
    found = [row for row in incident["changes"] if "time" not in row]
    assert [row["target"] for row in found] == ["drop@elsewhere.example"] * (whose == "c.martin")
    assert all(row["certainty"] == "possible" and row["kind"] == "forwarding-rule" for row in found)
    gaps = [gap["source"] for gap in incident["gaps"] if "sieve" in gap["source"]]
    assert gaps == ["var/vmail/interieur.example/c.martin/.dovecot.sieve on mail1"] * (whose == "c.martin")


def test_what_the_user_says_outranks_the_disk(tmp_path):
    disk(tmp_path, "mail2", [write(tmp_path / "mail.log", GOOD)], zone="Asia/Tokyo")
    (tmp_path / "mail.log").unlink()
    when = lambda *options: json.loads(tocsin("decode", *options, tmp_path).out.splitlines()[0])["@timestamp"][11:13]
    assert when() == "00" and when("--timezone", "UTC") == "09"
    assert when("--timezone", f"{tmp_path}=+02:00") == "07"


# --- systemd's journal -------------------------------------------------------------------------------

JOURNAL = TOP / "tests" / "e2e" / "data" / "dovecot.journal.xz"     # 300 sign-ins, by systemd-journal-remote 252


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "system.journal"
    path.write_bytes(lzma.decompress(JOURNAL.read_bytes()))
    return path


def test_journal(journal):
    events = decode(journal)
    assert len(events) == 300 and events[0]["@timestamp"] == "2026-03-17T09:00:00.000Z"
    assert {e["user.name"] for e in events} == {"ana"} and {e["host.name"] for e in events} == {"mail"}
    assert said(decode(JOURNAL)) == said(events)
    run, _ = scan(journal.parent / "r.json", "--quiet", journal)
    assert run.status == NONE and tocsin("verify", journal.parent / "r.json", journal).status == 0


def test_journal_in_an_archive(journal, tmp_path):
    tar_of(tmp_path / "a.tar.xz", "w:xz", {"var/log/journal/1/system.journal": journal.read_bytes()})
    assert len(decode(tmp_path / "a.tar.xz")) == 300
    assert not list(tmp_path.glob("tocsin-*"))


def test_journal_cut(journal, tmp_path):
    data = journal.read_bytes()
    good = write(tmp_path / "good.log", GOOD)
    for keep in (100, 300, len(data) // 2):
        journal.write_bytes(data[:keep])
        run, report = scan(tmp_path / "r.json", "--quiet", journal, good)
        assert run.status in (NONE, TROUBLE) and any(str(journal) in text and REMEDY.search(text) for text in run.err.splitlines())
        assert report["counters"]["recognised"] >= LINES


def test_the_same_records_by_two_loggers(journal, tmp_path):
    """The journal and the file that rsyslog made of it: each record counts once."""
    lines = [f"Mar 17 {9 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02} mail dovecot: imap-login: Login: user=<ana>, method=PLAIN, "
             f"rip=192.0.2.5, lip=192.0.2.25, mpid={n}, TLS, session=<s{n}>\n" for n in range(300)]
    log = write(tmp_path / "mail.log", "".join(lines).encode())
    rule = tmp_path / "rule.yml"

    def found(least, *paths):
        """Does a rule match that wants so many sign-ins of one account?"""
        rule.write_text("title: a\nid: 7d3f0a6e-0000-4000-8000-000000000001\nname: sign_in\nlogsource: {product: mail}\n"
                        "detection: {a: {event.action: login}, condition: a}\nlevel: low\n---\n"
                        "title: b\nid: 7d3f0a6e-0000-4000-8000-000000000002\nlevel: high\ncorrelation:\n  type: event_count\n"
                        f"  rules: [sign_in]\n  group-by: [user.name]\n  timespan: 1d\n  condition: {{gte: {least}}}\n")
        tocsin("scan", "--quiet", "--timezone", "UTC", "--rules", rule, "--json", tmp_path / "r.json", *paths)
        report = json.loads((tmp_path / "r.json").read_text())
        findings = report.get("findings", []) + [f for i in report["incidents"] for f in i["findings"]]
        return any(f["rule"]["title"] == "b" for f in findings)

    for paths in ([log], [journal], [log, journal]):
        assert found(300, *paths) and not found(301, *paths)


# --- clocks of hosts ---------------------------------------------------------------------------------


def hand_over(folder, ahead, mails=20, wavers=False):
    """mail1 hands mails to mail2, whose clock is so many seconds ahead."""
    first, second = [], []
    for n in range(mails):
        at, other = 36000 + 60 * n, 36000 + 60 * n + ahead * (n if wavers else 1)
        clock, late = (f"{t // 3600:02}:{t // 60 % 60:02}:{t % 60:02}" for t in (at, other))
        first.append(f"Mar 17 {clock} mail1 postfix/smtp[77]: 4ABC{n:03}: to=<x@y.example>, relay=mail2[192.0.2.3]:25, delay=1, "
                     f"delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9DEF{n:03})\n")
        second.append(f"Mar 17 {late} mail2 postfix/smtpd[7]: 9DEF{n:03}: client=mail1[192.0.2.2]\n"
                      f"Mar 17 {late} mail2 postfix/qmgr[8]: 9DEF{n:03}: from=<a@b.example>, size=1234, nrcpt=1 (queue active)\n")
    return [write(folder / "mail1.log", "".join(first).encode()), write(folder / "mail2.log", "".join(second).encode())]


@pytest.mark.parametrize("ahead, wavers, says, first", [
    (37, False, "37.0 s ahead of|37.0 s behind", "2026-03-17T10:00:00"), (0, False, None, "2026-03-17T10:00:00"),
    (-3605, False, "3605.0 s", "2026-03-17T10:00:00"), (1, False, None, "2026-03-17T10:00:01"),
    (30, True, "was set, or runs", "2026-03-17T10:00:00")])
def test_clocks_of_hosts(ahead, wavers, says, first, tmp_path):
    paths = hand_over(tmp_path, ahead, wavers=wavers)
    tocsin("scan", "--quiet", "--timezone", "UTC", "--json", tmp_path / "r.json", *paths)
    report = json.loads((tmp_path / "r.json").read_text())
    told = [gap for gap in report.get("gaps", []) if gap["source"].startswith("the clock of")]
    assert len(told) == bool(says)
    if says:
        assert re.search(says, told[0]["hides"])
    rows = {row["path"]: row for row in report["inputs"]}
    times = sorted(rows[str(path)]["first"][:19] for path in paths)
    assert times[-1] in (first, "2026-03-17T10:00:37", "2026-03-17T10:00:00") and rows[str(paths[0])]["records"] == 20
    if says and not wavers:
        assert times[0] == times[1], "both hosts go by one clock"


# --- very many files -----------------------------------------------------------------------------------


def many(folder, count, hours):
    """Logs with a sign-in at each of these hours, a second after that of the file before."""
    folder.mkdir()
    for n in range(count):
        clock = f"{n // 60:02}:{n % 60:02}"
        (folder / f"c{n:04}.log").write_text("".join(
            f"Mar 17 {hour:02}:{clock} mail dovecot: imap-login: Login: user=<u{n}>, method=PLAIN, rip=192.0.2.1, "
            f"lip=198.51.100.1, mpid={n + 1}, session=<a{hour}b{n}>\n" for hour in hours))
    return folder


def with_open_files(soft, hard):
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))}


@pytest.mark.parametrize("hours, soft, hard, status", [
    ((10,), 48, 48, NONE), ((10, 12), 48, 1024, NONE), ((10, 12), 48, 48, TROUBLE)],
    ids=["one after the other", "side by side", "side by side, and none allowed"])
def test_more_logs_than_files_may_be_open(hours, soft, hard, status, tmp_path):
    logs = many(tmp_path / "logs", 300, hours)
    run = tocsin("scan", "--quiet", "--json", tmp_path / "r.json", logs, **with_open_files(soft, hard))
    assert run.status == status, run.err[-2000:]
    read = sum(row["records"] for row in json.loads((tmp_path / "r.json").read_text())["inputs"])
    assert read == 300 * len(hours) if status == NONE else "Too many open files (allow more open files:" in run.err


# --- whose session ends -----------------------------------------------------------------------------------


def test_session_ids_that_decode_to_nobody(tmp_path):
    """Dovecot's own name the client; made unknowable, they leave the process to say who signed in."""
    lines = []
    for day in range(1, 14):
        ip, bodies, pid = ("198.51.100.9", 2, 100 + day) if day < 13 else ("203.0.113.7", 3400, 900)
        lines += [f"2026-03-{day:02}T09:00:00+00:00 mail dovecot: imap-login: Login: user=<anna@example.org>, method=PLAIN, rip={ip}, "
                  f"lip=192.0.2.1, mpid={pid}, TLS, session=<s-{day}>",
                  f"2026-03-{day:02}T09:06:00+00:00 mail dovecot: imap(anna@example.org)<{pid}><s-{day}>: Disconnected: Logged out "
                  f"in=90 out={bodies * 9000} deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count={bodies} "
                  f"body_bytes={bodies * 9000 - 90}"]
    run, report = scan(tmp_path / "r.json", "--quiet", write(tmp_path / "mail.log", "\n".join(lines).encode() + b"\n"))
    assert run.status == FOUND, run.err
    [incident] = report["incidents"]
    assert [source["ip"] for source in incident["sources"]] == ["203.0.113.7"]
    assert incident["totals"]["messages"]["at_most"] == 3400
