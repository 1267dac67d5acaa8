#!/usr/bin/python3
"""Do the man pages, the completion and `tocsin help` say the same, and are the pages well formed?"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TOCSIN = TOP / os.environ.get("TOCSIN", "build-gcc/tocsin")
PAGES = sorted((TOP / "man").glob("*.1"))
COMPLETION = TOP / "completion" / "tocsin.bash"
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")
EVERYWHERE = {"help", "version"}                     # options that need no row of their own


def said(*words):
    return subprocess.run([TOCSIN, "help", *words], capture_output=True, text=True, check=True).stdout


def commands():
    return re.findall(r"^  ([a-z-]+) ", said(), re.M)


def page_of(command):
    own = TOP / "man" / f"tocsin-{command}.1"
    return own if own.exists() else TOP / "man" / "tocsin.1"


def offered(*words):
    """What the shell offers for the last of these words."""
    script = f'source {COMPLETION}; COMP_WORDS=("$@"); COMP_CWORD=$#-1; _tocsin; echo "${{COMPREPLY[*]}}"'
    return subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True).stdout.split()


def completed(command):
    """What the shell offers for `tocsin COMMAND --`."""
    return set(OPTION.findall(" ".join(offered("tocsin", command, "--")))) - EVERYWHERE


def rows_of(name):
    """The first column of a table of rows in the room of steps."""
    return set(re.findall(r'^    {"([a-z-]+)"', (TOP / "src" / "respond" / name).read_text(), re.M))


def well_formed():
    """man pages are well formed"""
    for page in PAGES:
        lint = subprocess.run(["mandoc", "-Tlint", "-Wstyle", page], capture_output=True, text=True)
        for text in (lint.stdout + lint.stderr).splitlines():
            if "referenced manual not found" not in text and "mandoc.db" not in text:
                yield text


def every_command():
    """every command is in the manual and in the completion"""
    shown = offered("tocsin", "")
    general = (TOP / "man" / "tocsin.1").read_text()
    for command in commands():
        if command not in shown:
            yield f"{COMPLETION.name} does not offer {command}"
        if f".It Cm {command}" not in general:
            yield f"tocsin.1 does not name {command}"
    for gone in set(shown) - set(commands()) - {"--version", "--help"}:
        yield f"{COMPLETION.name} offers {gone}, and there is no such command"


def every_option():
    """every option is in the manual and in the completion, and no other"""
    for command in commands():
        page = page_of(command)
        documented = {o.replace("\\", "") for o in re.findall(r"^\.It Fl Fl ([a-z-]+)", page.read_text(), re.M)}
        known = set(re.findall(r"^  --([a-z-]+)", said(command), re.M)) - EVERYWHERE
        if page.name == "tocsin.1":
            documented = known
        for where, options in ((page.name, documented), (COMPLETION.name, completed(command))):
            for option in sorted(known ^ options):
                yield f"{where}, {command}: --{option} " + ("is missing" if option in known else "is no option of it")


def every_step():
    """every step that --only can name is in the completion, and no other"""
    doors = set(re.findall(r'{"([a-z0-9]+)", "[0-9, ]+"}', (TOP / "src" / "respond" / "doors.c").read_text()))
    isolation = rows_of("isolate.c") | doors | {"snapshot"}
    for command, known in (("contain", rows_of("levers.c")), ("isolate", isolation), ("restore", isolation)):
        for step in sorted(known ^ set(offered("tocsin", command, "--only", ""))):
            yield f"{COMPLETION.name}, {command} --only: {step} " + ("is missing" if step in known else "is no step of it")


LAWS = [well_formed, every_command, every_option, every_step]


def main():
    if not shutil.which("mandoc"):
        print("mandoc is not installed (tools/need install test)")
        return 77
    broken = False
    for law in LAWS:
        wrong = list(law())
        broken |= bool(wrong)
        print("\n".join([*wrong, f"[{'  FAILED  ' if wrong else '       OK '}] {law.__doc__}"]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
