"""Running tocsin as a person would, and reading what it wrote."""

import itertools
import json
import os
import shlex
import socket
import subprocess
from collections import namedtuple
from datetime import datetime
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
TOCSIN = TOP / os.environ.get("TOCSIN", "build/tocsin")
RECORDINGS = TOP / "lab" / "recordings"
ZONE = "Europe/Paris"                       # of the mail.log in every recording
PATIENCE = 300                              # seconds; only a run that hangs takes so long

FOUND, NONE, TROUBLE = 0, 1, 2              # exit status, as grep's

Run = namedtuple("Run", "status out err")


def tocsin(*arguments, stdin=None, **more):
    """Exit status, stdout and stderr (bytes: they may hold anything)."""
    done = subprocess.run([str(TOCSIN), *map(str, arguments)], input=stdin, capture_output=True, timeout=PATIENCE,
                          **({} if stdin is not None else {"stdin": subprocess.DEVNULL}), **more)
    said = done.stderr.decode(errors="replace")
    if done.returncode not in (FOUND, NONE, TROUBLE):
        command = " ".join(shlex.quote(str(word)) for word in [TOCSIN, *arguments])
        pytest.fail(f"exit status {done.returncode} of: {command}\n{said[-6000:]}", pytrace=False)
    return Run(done.returncode, done.stdout, said)


def scan(report, *arguments):
    """The report as data, beside what the run said."""
    run = tocsin("scan", "--timezone", ZONE, "--json", report, *arguments)
    return run, json.loads(Path(report).read_text()) if Path(report).exists() else None


# Ports that the kernel gives to nobody (its own begin at 32768); processes that run tests side by side begin far apart.
PORTS = (20000 + n % 12000 for n in itertools.count(os.getpid() * 997))


def free_port(kind=socket.SOCK_STREAM):
    """A port of 127.0.0.1 that is free, and that no other test takes meanwhile."""
    for port in PORTS:
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def logs_of(recording):
    return sorted(path for path in recording.iterdir() if ".log" in path.name)


def recordings():
    return sorted(path.parent for path in RECORDINGS.glob("*/truth.json"))


def knowledge_of(recording, mail_store=True):
    """What an administrator would give tocsin beside the logs."""
    store = ["--mail-store", recording / "catalogue.jsonl.gz"] if mail_store else []
    return ["--networks", recording / "networks.yaml", *store]


def seconds_between(one, other):
    moments = [datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (one, other)]
    return (moments[0] - moments[1]).total_seconds()
