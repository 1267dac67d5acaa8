"""Two programs are one tocsin: the one that reads holds nothing that acts, and becomes the other where it must."""

import shutil
import subprocess

from tocsin import TOCSIN

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
