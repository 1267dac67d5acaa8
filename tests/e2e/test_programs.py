"""Two programs are one tocsin: the one that reads holds nothing that acts, and becomes the other where it must."""

import os
import shutil
import subprocess

from tocsin import TOCSIN, TOP

ACTING = ["access", "contain", "isolate", "restore", "status", "watch"]
ACTORS = ["libcurl", "libmicrohttpd", "libnftables", "libhiredis", "libseccomp"]    # libraries that only acting needs


def run(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True)


def needed(program):
    return run("readelf", "-d", program).stdout


def test_the_reader_holds_no_lever():
    act = TOCSIN.with_name("tocsin-act")
    for library in ACTORS:
        assert library in needed(act)
        assert library not in needed(TOCSIN)


def test_commands_that_act():
    for command in ACTING:
        helped, asked = run(TOCSIN, "help", command), run(TOCSIN, command, "--help")
        assert helped.stdout.startswith(f"usage: tocsin {command} ")
        assert (helped.stdout, helped.stderr, helped.returncode) == (asked.stdout, "", 0)


def test_both_tell_of_the_same_commands():
    assert run(TOCSIN, "help").stdout == run(TOCSIN.with_name("tocsin-act"), "help").stdout


def test_a_program_alone(tmp_path):
    """Where half of it is missing, what reads works, and what acts says why not, unless it was installed here."""
    alone = shutil.copy(TOCSIN, tmp_path / "tocsin")
    assert run(alone, "--version").returncode == 0
    done = run(alone, "watch", "--no-such-option")
    assert done.returncode == 2
    assert "tocsin-act cannot be started" in done.stderr and "install it again" in done.stderr or "no option" in done.stderr


def test_beside_an_installed_tree(tmp_path):
    for name, folder in (("tocsin", "bin"), ("tocsin-act", "libexec/tocsin")):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(TOCSIN.with_name(name), tmp_path / folder)
    done = run(tmp_path / "bin" / "tocsin", "contain", "--help")
    assert done.stdout.startswith("usage: tocsin contain ")


def test_rules_of_a_tree_that_was_moved(tmp_path):
    """Unpacked anywhere, bin/tocsin finds the rules beside it; alone it says where they come from."""
    for name in ("rules", "pipelines"):
        shutil.copytree(TOP / name, tmp_path / "share/tocsin" / name)
    (tmp_path / "bin").mkdir()
    program = shutil.copy(TOCSIN, tmp_path / "bin/tocsin")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    done = subprocess.run([program, "rules", "check"], env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and " 0 were refused" in done.stdout, done.stderr
    shutil.rmtree(tmp_path / "share")
    done = subprocess.run([program, "scan", TOP / "README.md"], env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and not done.stdout or os.path.exists("/usr/local/share/tocsin/rules"), done.stderr
