"""Commands as a tired person types them, or a hostile one: clear words, the documented status, nothing half done."""

import os
import subprocess

import pytest

from tocsin import FOUND, NONE, RECORDINGS, TOCSIN, TROUBLE, ZONE, knowledge_of, logs_of, scan, tocsin

RECORDING = RECORDINGS / "spray-imap-rich"
ESCAPE = "\x1b[31m"
EVENT = '{"a": 1}\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A report, a plan made of it, and some bad files."""
    top = tmp_path_factory.mktemp("place")
    run, _ = scan(top / "report.json", "--quiet", *knowledge_of(RECORDING), *logs_of(RECORDING))
    assert run.status == FOUND, run.err
    assert tocsin("contain", "plan", "--state", top / "state", top / "report.json").status == FOUND
    (top / "empty").mkdir()
    (top / "file").write_text("")
    (top / "events.jsonl").write_text(EVENT)
    (top / "cut.jsonl").write_text('{"account":"a","folder":"INBOX","uid":1}\n{"account":"a","fold')
    return top


def filled(words, place):
    return [str(word).replace("@", str(place) + "/") for word in words]


# --- names, words, options ------------------------------------------------------------------------

SAID = {
    "command, nearest": (["stats"], "did you mean status?"),
    "command, an option": (["--verison"], "did you mean --version?"),
    "verb of contain, nearest": (["contain", "plna"], "no verb plna; did you mean plan?"),
    "verb of isolate": (["isolate", "aply"], "no verb aply; did you mean apply?"),
    "verb of journal": (["journal", "verfy"], "no verb verfy; did you mean verify?"),
    "verb of access": (["access", "serv", "x"], "no verb serv; did you mean serve?"),
    "no verb": (["journal"], "say what to do (tocsin journal show, verify, renew; see tocsin help journal)"),
    "file of a verb": (["access", "check"], "a file of rules is needed"),
    "option of another verb": (["rules", "list", "--rules", "@empty"], "--rules is for explain"),
    "level of another verb": (["rules", "check", "--level", "high"], "--level is for list"),
    "empty value": (["scan", "--json=", "x"], "--json needs a value that is not empty"),
    "empty path": (["scan", ""], 'tocsin: "": No such file'),
    "two reports, one file": (["scan", "--json", "@r", "--html", "@r", "x"], "--json and --html name one place"),
    "two reports, standard output": (["visibility", "--json", "-", "--html", "-", "x"], "--json and --html name one place"),
    "zone": (["scan", "--timezone", "Mars", "x"], "there is no time zone Mars"),
    "zone of a path": (["scan", "--timezone", "x=Mars", "x"], "there is no time zone Mars"),
    "two zones": (["scan", "--timezone", "UTC", "--timezone", "CET", "x"], "--timezone is given twice without a PATH"),
    "limit": (["scan", "--limit", "foo=1", "x"], "there is no limit foo=1"),
    "no rule at all": (["scan", "--rules", "@empty", RECORDING], "there is no rule in it"),
    "no rule at all, visibility": (["visibility", "--rules", "@empty", RECORDING], "there is no rule in it"),
    "nothing understood": (["scan", "@events.jsonl"], "no record was understood: nothing can be said"),
    "nothing there": (["scan", "@file"], "no record was understood: nothing can be said"),
    "check-config": (["check-config", "--polcy", "x"], "did you mean --policy?"),
    "check-config, nothing": (["check-config"], "say which logs to watch"),
    "command, hostile": ([ESCAPE + "x"], r"no command \x1b[31mx"),
    "help, hostile": (["help", ESCAPE + "x"], r"no command \x1b[31mx"),
    "option, nearest": (["scan", "--netwroks=x", "x"], "no option --netwroks; did you mean --networks?"),
    "option, hostile": (["scan", "--" + ESCAPE, "x"], r"no option --\x1b[31m"),
    "option of one letter": (["scan", "-q", "x"], "no option -q"),
    "flag with a value": (["scan", "--quiet=no", "x"], "--quiet takes no value"),
    "option twice": (["scan", "--json", "a", "--json", "b", "x"], "--json is given twice"),
    "colour": (["scan", "--color", "blue", "x"], "--color is always, never or auto"),
    "word for help": (["help", "scan", "x"], "one word too many: x"),
    "word for formats": (["formats", "x"], "one word too many: x"),
    "word for journal": (["journal", "verify", "x"], "one word too many: x"),
    "word for contain": (["contain", "apply", "x", "y"], "one word too many: y"),
    "word for isolate": (["isolate", "plan", "x"], "one word too many: x"),
    "word for restore": (["restore", "x"], "one word too many: x"),
    "path to explain": (["explain", "/no/such/mail.log:3"], "/no/such/mail.log:3: No such file"),
    "line to explain": (["explain", "@events.jsonl:7"], "events.jsonl:7: no record begins at this line; the last one begins at line 1 ("),
    "line of nothing": (["explain", "@file:7"], "file: there is no record in it ("),
    "step": (["contain", "apply", "--state", "@state", "--dry-run", "--only", "snapshto"], "did you mean snapshot?"),
    "step beside a right one": (["contain", "apply", "--state", "@state", "--dry-run", "--only", "snapshot", "--only", "snapshto"],
                                "did you mean snapshot?"),
    "habits": (["contain", "plan", "--state", "@state", "--habits", "@made", "@report.json"], "No such file"),
    "rules to match": (["match", "--rules", "@empty", "@events.jsonl"], "there is no rule"),
    "rules to test": (["rules", "test", "@empty"], "there is no rule"),
    "part of a log source": (["match", "--rules", "@", "--logsource", "prodct=x", "@events.jsonl"], "no part of a log source prodct"),
    "log source without a value": (["rules", "list", "--logsource", "product="], "a part without a value"),
    "placeholders": (["match", "--rules", "@empty", "--placeholders", "@nowhere", "@events.jsonl"], "(a file of placeholders"),
    "pipeline": (["match", "--rules", "@empty", "--pipeline", "@nowhere", "@events.jsonl"], "(a file or directory of pipelines"),
    "catalogue cut short": (["catalogue", "@cut.jsonl"], "cut.jsonl:2"),
    "watch, state": (["watch", "--check-config", "--state", "@file", "@"], "file: Not a directory"),
    "watch, syslog": (["watch", "--check-config", "--syslog", "udp:127.0.0.1:99999", "@"], "udp:ADDRESS:PORT is wanted"),
    "watch, http": (["watch", "--check-config", "--http", "192.0.2.1:80", "@"], "an address of this host itself"),
    "watch, touched": (["watch", "--check-config", "--touched", "@nowhere", "@"], "nowhere: No such file"),
    "endless report": (["verify", "/dev/zero", "@"], "/dev/zero: File too large"),
    "endless plan": (["contain", "plan", "--state", "@made", "/dev/zero"], "/dev/zero: File too large"),
    "endless access rules": (["access", "check", "/dev/zero"], "/dev/zero: File too large"),
    "endless events": (["match", "--rules", "@../", "/dev/zero"], ""),
    "journal verify, no folder": (["journal", "verify", "--state", "@made"], "made: there is no such folder (name the folder with --state"),
    "journal show, no folder": (["journal", "show", "--state", "@made"], "made: there is no such folder (name the folder with --state"),
    "journal, hostile": (["journal", "show", "--state", "@" + ESCAPE], r"\x1b[31m: there is no such folder"),
    "journal verify, no journal": (["journal", "verify", "--state", "@empty"], "empty/journal: No such file"),
    "journal show, no journal": (["journal", "show", "--state", "@empty"], "empty/journal: No such file"),
    "apply without a plan": (["contain", "apply", "--state", "@made"], "made: No such file"),
    "restore without a plan": (["restore", "--state", "@made"], "made: No such file"),
}


@pytest.mark.parametrize("name", SAID)
def test_said(name, place):
    words, says = SAID[name]
    run = tocsin(*filled(words, place))
    assert run.status == TROUBLE and says in run.err, (run.status, run.err)
    assert "\x1b" not in run.err and run.err.endswith(")\n"), run.err
    assert not (place / "made").exists()


def test_nothing_there_is_no_trouble(place):
    assert tocsin("rules", "list", place / "empty").status == NONE
    run = tocsin("isolate", "status", "--state", place / "state")
    assert run.status == NONE and "nothing is planned" in run.err
    assert tocsin("scan", "--quiet", "--json", "/dev/null", "--json", "/dev/null", *logs_of(RECORDING)).status == FOUND


def test_an_emptied_journal_is_not_called_whole(place, tmp_path):
    for name in ("journal.key", "journal.pub"):
        (tmp_path / name).write_bytes((place / "state" / name).read_bytes())
    (tmp_path / "journal").write_text("")
    assert b"no entries: nothing was done yet, or all were cut off" in tocsin("journal", "verify", "--state", tmp_path).out


# --- where words go -------------------------------------------------------------------------------

PRINTING = {
    "help": ["help"],
    "help of a command": ["scan", "--help"],
    "version": ["--version"],
    "formats": ["formats"],
    "formats as JSON": ["formats", "--json"],
    "explain": ["explain", RECORDING / "mail.log"],
    "catalogue": ["catalogue", RECORDING / "catalogue.jsonl.gz"],
    "verify": ["verify", "@report.json", *logs_of(RECORDING)],
    "rules list": ["rules", "list"],
    "visibility": ["visibility", RECORDING / "mail.log"],
    "journal show": ["journal", "show", "--state", "@state"],
    "journal verify": ["journal", "verify", "--state", "@state"],
    "contain status": ["contain", "status", "--state", "@state"],
    "scan": ["scan", "--timezone", ZONE, RECORDING / "mail.log"],
}


@pytest.mark.parametrize("name", PRINTING)
def test_full_disk(name, place):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TOCSIN, *filled(PRINTING[name], place)], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == TROUBLE and "standard output cannot be written (" in done.stderr, done.stderr


@pytest.mark.parametrize("name", PRINTING)
def test_reader_who_has_enough(name, place):
    """As `| head -1` has: the status is what it would have been, and nothing is complained of."""
    words = filled(PRINTING[name], place)
    wanted = tocsin(*words)
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run([TOCSIN, *words], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (wanted.status, wanted.err)


def test_closed_descriptors(place, tmp_path):
    """What is opened first must not become standard output: a plan printed into the journal would break it."""
    state, report = tmp_path / "state", tmp_path / "report.json"
    command = '"$0" "$@" <&- >&- 2>&-'
    logs = [str(path) for path in logs_of(RECORDING)]
    for words in (["contain", "plan", "--state", state, place / "report.json"], ["scan", "--json", report, *logs]):
        done = subprocess.run(["sh", "-c", command, TOCSIN, *map(str, words)])
        assert done.returncode == TROUBLE                # what it had to say was lost
    assert tocsin("journal", "verify", "--state", state).status == FOUND
    assert tocsin("verify", report, *logs).status == FOUND


# --- the terminal -----------------------------------------------------------------------------------


@pytest.mark.parametrize("locale, ascii", [
    ({"LC_ALL": "C"}, True), ({"LC_ALL": "", "LANG": "POSIX"}, True), ({"LC_CTYPE": "fr_FR.ISO-8859-1", "LANG": "fr_FR.UTF-8"}, True),
    ({}, False), ({"LANG": "C.UTF-8"}, False), ({"LC_ALL": "de_DE.utf8", "LANG": "C"}, False)])
@pytest.mark.parametrize("words", [["scan", "--networks", RECORDING / "networks.yaml"], ["visibility"]], ids=["scan", "visibility"])
def test_terminal_without_utf8(words, locale, ascii):
    """The text keeps its form, sign for sign, where the environment names another character set."""
    bare = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "LANG")}
    shown, whole = (tocsin(words[0], "--timezone", ZONE, *words[1:], *logs_of(RECORDING), env=bare | more).out.decode()
                    for more in (locale, {}))
    clock = [line.partition(" in ")[0] for line in (shown, whole)]
    assert shown.isascii() == ascii and not whole.isascii() and len(clock[0]) == len(clock[1])
    assert [len(line) for line in shown.splitlines()[3:]] == [len(line) for line in whole.splitlines()[3:]]


def test_a_file_that_was_not_written_is_not_named(tmp_path):
    run = tocsin("scan", "--timezone", ZONE, "--html", "/dev/full", "--json", "r.json", *logs_of(RECORDING), cwd=tmp_path)
    assert run.status == TROUBLE and "/dev/full: the report cannot be written: No space left" in run.err
    assert "/dev/full" not in run.out.decode() and "r.json LOGS... checks every quotation" in run.out.decode()


def test_no_rule_is_no_quiet_host(place):
    """Where nothing could be judged, the page must not say that all is well."""
    run = tocsin("scan", "--timezone", ZONE, "--rules", place / "empty", *logs_of(RECORDING))
    assert run.status == TROUBLE and not run.out


NETWORKS = {
    "a key misspelt": ("{cidr: 10.0.0.0/8, nmae: x}", "2: this entry has an unknown key: nmae (an entry has cidr, name, trusted"),
    "cidr misspelt": ("{cdir: 10.0.0.0/8}", "2: this entry has an unknown key: cdir"),
    "no truth": ("{cidr: 10.0.0.0/8, trusted: maybe}", "2: trusted is neither true nor false"),
    "no network": ("{cidr: 300.0.0.0/8}", "2: this entry has no valid cidr"),
    "a text": ("10.0.0.0/8", "2: this entry has no valid cidr"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_slip_in_networks(name, tmp_path):
    entry, says = NETWORKS[name]
    path = tmp_path / "networks.yaml"
    path.write_text(f"networks:\n  - {entry}\n")
    run = tocsin("scan", "--quiet", "--networks", path, *logs_of(RECORDING))
    assert run.status == TROUBLE and f"{path}:{says}" in run.err, run.err


def test_words_for_truth_in_networks(tmp_path):
    path = tmp_path / "networks.yaml"
    path.write_text("networks:\n" + "".join(f"  - {{cidr: 10.{n}.0.0/16, trusted: {word}}}\n"
                                            for n, word in enumerate(("true", "Yes", "on", "FALSE", "no", "off", "''"))))
    assert tocsin("scan", "--quiet", "--networks", path, *logs_of(RECORDING)).err == ""


def test_a_zone_for_no_log_is_named():
    run = tocsin("scan", "--quiet", "--timezone", ZONE, "--timezone", "mial.log=UTC", *logs_of(RECORDING))
    assert run.status == FOUND and "mial.log: no log is named so: its --timezone is used for none (" in run.err, run.err


def test_a_link_in_the_way_of_a_report_is_not_followed(tmp_path):
    """A report is made beside its place; whoever may write there must not choose another file for it."""
    victim, report = tmp_path / "victim", tmp_path / "report.json"
    victim.write_text("as it was")
    (tmp_path / "report.json.part").symlink_to(victim)
    assert tocsin("scan", "--quiet", "--json", report, *logs_of(RECORDING)).status == FOUND
    assert victim.read_text() == "as it was" and report.stat().st_size > 1000
    assert not (tmp_path / "report.json.part").is_symlink()
