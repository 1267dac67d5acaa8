#!/usr/bin/python3
"""Every lever of `tocsin contain` with everything that can go wrong, on live daemons: what is left is all or nothing.

    tests/campaign.py                       1,000 kills, 200 failures of each lever
    tests/campaign.py --kills 40 --faults 6 --minutes 10      what can be done in ten minutes, kills first
    tests/campaign.py --kills 0 --levers deny,kick            these levers alone: so that it can be done in pieces

Failures: a call to the system that fails (no space, no permission, input/output error, half a write), once or from
there on; a program that is missing, says 1, hangs, or does its work and is killed while it speaks.  After each one:
what failed was said, a second apply finishes it, and undo gives all back byte for byte.
"""

import argparse
import itertools
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests")]

from labhost import NFT, check, differences, tree   # noqa: E402
from live import SKIPPED, why_not                   # noqa: E402

INSIDE = "--inside"
SPACE, PERMISSION, IO, HALF = 28, 13, 5, 0         # errno; half a write and then no space
FOLDERS = itertools.count(1)
ROUNDS_A_JOURNAL = 40                              # a new state folder after that: a journal is read whole
PROGRAMS = {"snapshot": ["doveconf"], "deny-list": ["doveadm", "doveconf", "dovecot"], "deny": ["dovecot"],
            "masters": ["doveconf", "doveadm"], "app-passwords": ["doveconf", "doveadm"], "flush": ["doveadm"],
            "refuse-list": ["postconf", "postfix"], "refuse": ["postfix"], "cut": [], "webmail-off": ["nginx"], "webmail": [], "kick": ["doveadm"],
            "filter": ["doveadm"], "copies": ["postconf", "postmap", "postfix"], "hold": ["postqueue", "postsuper"], "block": []}
SAYS = {"exit 1": "exit 1", "hangs": "exec sleep 1000", "killed": '/opt/real/{} "$@" | head -c 20; kill -9 $$'}


class Campaign:
    def __init__(self, host, report, incident, mode="fast"):
        self.host, self.report, self.incident, self.mode, self.rng = host, report, incident, mode, host.world.rng
        self.serial, self.rounds, self.failures = 0, 0, []
        at = self.path("/opt/real")
        at.mkdir(exist_ok=True)
        subprocess.run(["gcc", "-std=gnu17", "-O2", "-shared", "-fPIC", "-o", self.path("/opt/tocsin/faults.so"),
                        TOP / "tests/faults.c", "-ldl"], check=True)
        self.where = {}
        for name in {p for programs in PROGRAMS.values() for p in programs}:
            self.where[name] = host.run("sh", "-c", f"command -v {name}").strip()
            host.run("cp", self.where[name], f"/opt/real/{name}")
            for kind, text in SAYS.items():
                script = self.path(f"/opt/real/{name}-{kind.replace(' ', '-')}")
                script.write_text("#!/bin/sh\n" + text.format(name) + "\n")
                script.chmod(0o755)
            self.path(f"/opt/real/{name}-missing").write_text("")
        self.fresh()

    def path(self, name):
        return self.host.host.path(name)

    def fresh(self):
        """A state folder of its own, with the same plan."""
        self.serial += 1
        self.state_dir = f"/var/lib/tocsin-{next(FOLDERS)}"
        if self.mode == "fast":                    # what is done only where it is named is in no campaign of kills
            self.path(self.state_dir).mkdir(mode=0o700)
            self.path(f"{self.state_dir}/webmail.yml").write_text("site: webmail.interieur.example\n")
        said = self.tocsin("plan", self.report, self.incident, "--mode", self.mode)
        rows = re.findall(r"^ +(\d+)  (\S+) +\S+ +(\S+)$", said, re.M)
        self.levers = list(dict.fromkeys(lever for _, lever, _ in rows))

    def tocsin(self, verb, *words, wanted=(0,), fault=(), more=()):
        done = self.raw(verb, *words, fault=fault, more=more)
        if done.returncode not in wanted:
            raise AssertionError(f"{verb} {words} {fault}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def raw(self, verb, *words, fault=(), more=()):
        enter = ["nsenter", "-t", str(self.host.host.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
        environment = ["env", "LD_LIBRARY_PATH=/opt/tocsin", "TOCSIN_RULES=/opt/tocsin/rules",
                       "TOCSIN_PIPELINES=/opt/tocsin/pipelines", *fault]
        return subprocess.run([*enter, *more, *environment, "/opt/tocsin/tocsin", "contain", verb, "--state", self.state_dir,
                               *words], capture_output=True, text=True, errors="replace")

    def state(self):
        """What undo must give back, read from the files themselves: it is looked at thousands of times."""
        root, home = self.path("/"), self.path("/var/vmail") / self.host.victim.partition("@")[2] / self.host.victim.partition("@")[0]
        firewall = subprocess.run(["nsenter", "-t", str(self.host.host.init), "-n", NFT, "list", "ruleset"],
                                  capture_output=True, text=True, check=True).stdout
        with sqlite3.connect(f"file:{root}/var/lib/dbconfig-common/sqlite3/roundcube/roundcube?mode=ro", uri=True) as db:
            sessions = "\n".join(map(repr, db.execute("SELECT * FROM session ORDER BY sess_id")))
        queue = sorted((p.name, folder == "hold") for folder in ("hold", "deferred", "active", "incoming")
                       for p in (root / "var/spool/postfix" / folder).rglob("*") if p.is_file())
        scripts = sorted((p.name, str(p.readlink()) if p.is_symlink() else "") for p in [*home.glob(".dovecot.sieve"), *home.glob("sieve/*")]
                         if not p.name.endswith((".svbin", ".log")))
        return {"dovecot": tree(root / "etc/dovecot"), "postfix": tree(root / "etc/postfix"), "nginx": tree(root / "etc/nginx"), "firewall": firewall,
                "sessions": sessions, "queue": queue, "scripts": scripts}

    def states(self):
        return dict.fromkeys(re.findall(r"^ +\d+  \S+ +(\S+)", self.tocsin("status", self.incident), re.M))

    def breach(self, what, said=""):
        self.failures.append(what)
        print(f"BREACH {what}\n{said}", flush=True)

    def given_back(self, before, what):
        left = list(differences(before, self.state()))
        if left:
            self.breach(what, "\n".join(left))

    # --- a failure of one lever ----------------------------------------------------------------------------------------

    def faulty(self, lever, verb, fault=(), program=None, kind=None):
        """One verb with one failure in it; did the failure occur?"""
        says = self.path("/tmp/fault-said")
        says.unlink(missing_ok=True)
        if program:
            self.host.run("mount", "--bind", f"/opt/real/{program}-{kind.replace(' ', '-')}", self.where[program])
        try:
            done = self.raw(verb, self.incident, "--only", lever, "--yes", fault=fault)
        finally:
            if program:
                self.host.run("umount", self.where[program])
        said = done.stdout + done.stderr
        name = f"{lever}: {verb} with {' '.join(fault[1:]) or f'{program} {kind}'}"
        if done.returncode not in (0, 2):
            self.breach(f"{name}: exit status {done.returncode}", said)
        elif done.returncode == 2 and "failed" not in said and "journal" not in said and "tocsin: " not in said:
            self.breach(f"{name}: nothing was said", said)
        elif done.returncode == 0 and "failed" in said:
            self.breach(f"{name}: a failure and exit status 0", said)
        return bool(program) or says.exists()

    def round(self, lever, verb, before, **fault):
        """Failed while it was applied or undone, finished, undone: as before?"""
        self.rounds += 1
        only = (self.incident, "--only", lever, "--yes")
        if verb == "undo":
            self.tocsin("apply", *only)
        occurred = self.faulty(lever, verb, **fault)
        if verb == "apply":
            said = self.raw("apply", *only)
            if said.returncode:
                self.breach(f"{lever}: apply does not finish after {fault}", said.stdout + said.stderr)
        said = self.raw("undo", *only)
        if said.returncode:
            self.breach(f"{lever}: undo does not finish after {fault}", said.stdout + said.stderr)
        self.given_back(before, f"{lever}: {verb} with {fault} leaves something")
        if self.rounds % ROUNDS_A_JOURNAL == 0:
            self.fresh()
        return occurred

    def calls(self, lever, before, most, until):
        """Each call in turn, until there are no more; then with the next kind of failure."""
        done, hit = 0, {}
        kinds = [(verb, error, all_) for error in (SPACE, HALF, PERMISSION, IO) for all_ in (0, 1) for verb in ("apply", "undo")]
        self.rng.shuffle(kinds)
        at = dict.fromkeys(kinds, 0)
        while done < most and kinds:
            for kind in list(kinds):
                verb, error, all_ = kind
                at[kind] += 1
                occurred = self.round(lever, verb, before, fault=("LD_PRELOAD=/opt/tocsin/faults.so", f"FAULT_AT={at[kind]}",
                                      f"FAULT_ERRNO={error}", f"FAULT_ALL={all_}", "FAULT_SAYS=/tmp/fault-said"))
                done += occurred
                hit[verb] = hit.get(verb, 0) + occurred
                if not occurred:
                    kinds.remove(kind)
                if done >= most or time.monotonic() > until:
                    return done
        return done

    def programs(self, lever, before, most, until):
        done = 0
        for kind in ("missing", "exit 1", "killed", "hangs"):
            for program in PROGRAMS.get(lever, []):
                for verb in ("apply", "undo"):
                    if done < most and time.monotonic() < until:
                        self.round(lever, verb, before, program=program, kind=kind)
                        done += 1
        return done

    def fail(self, most, end=float("inf"), calls_alone=False):
        """`most` failures of each lever, an even share of the time for each; how many there were."""
        counts, levers = {}, list(self.levers)     # fresh() names all of the plan again
        for i, lever in enumerate(levers):
            before, began = self.state(), time.monotonic()
            until = began + (end - began) / (len(levers) - i)
            counts[lever] = 0 if calls_alone else self.programs(lever, before, most // 2, until)
            while counts[lever] < most and time.monotonic() < until:
                more = self.calls(lever, before, most - counts[lever], until)
                counts[lever] += more
                if not more:
                    break
            print(f"              {lever}: {counts[lever]} failures, {time.monotonic() - began:.0f} s", flush=True)
        return counts

    # --- kills ---------------------------------------------------------------------------------------------------------

    def kill(self, most, end, a_cycle=20):
        """Killed at random moments of apply and undo; now and then finished, undone and compared."""
        began = time.monotonic()
        self.tocsin("apply", self.incident, "--yes")
        whole = time.monotonic() - began
        self.tocsin("undo", self.incident, "--yes")
        before, kills, told = self.state(), 0, 0
        while kills < most and time.monotonic() < end:
            for verb, wanted in (("apply", "applied"), ("undo", "undone")):
                for _ in range(a_cycle // 2):
                    done = self.raw(verb, self.incident, "--yes", more=("timeout", "-s", "KILL", f"{self.rng.uniform(0.002, min(whole, 0.7)):.3f}"))
                    kills += done.returncode in (137, -9)
                    if done.returncode not in (0, 2, 137, -9):
                        self.breach(f"kill: {verb}: exit status {done.returncode}", done.stdout + done.stderr)
                said = self.tocsin(verb, self.incident, "--yes", wanted=(0, 2))
                if list(self.states()) != [wanted]:
                    self.breach(f"kill: {verb} does not come to its end", said)
            self.given_back(before, f"after {kills} kills something is left")
            self.host.tocsin("journal", "verify", "--state", self.state_dir)
            if kills - told >= 100:
                told = kills
                print(f"              {kills} kills", flush=True)
                self.fresh()
        return kills


def rounds(kills, faults, minutes, levers, calls_alone):
    import contain
    from tower import record as lab, stack
    stack.build_debian(lab.home())
    stack.in_namespaces()
    below = lab.days_layer("stock")
    with lab.running("stock-campaign", below, "2026-03-17 13:04") as world:
        host = contain.furnished(world, below)
        contain.Intruder(world, ".").open_smtp.close()
        world.clock.skip(30)
        incident = contain.scanned(host)
        if not check("the scan names the account", incident is not None):
            return 1
        fine, end = True, time.monotonic() + 60 * minutes
        if kills:
            c = Campaign(host, "/tmp/report.json", incident, "quiet")
            done = c.kill(kills, end)
            fine &= check(f"{done} kills at random moments: nothing lost, nothing twice, nothing half", not c.failures,
                          "\n".join(c.failures))
        for mode in ("fast", "quiet"):
            c = Campaign(host, "/tmp/report.json", incident, mode)
            if mode == "quiet":
                c.levers = [lever for lever in c.levers if lever == "masters"]   # the others are the same
            c.levers = [lever for lever in c.levers if not levers or lever in levers]
            counts = c.fail(faults, end, calls_alone) if c.levers else {}
            if not counts:
                continue
            fine &= check(f"{mode}: {sum(counts.values())} failures of {len(counts)} levers: all said, finished, given back",
                          not c.failures, "\n".join(c.failures))
    return 0 if fine else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--faults", type=int, default=200, help="of each lever")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--levers", default="", help="a list with commas between them")
    parser.add_argument("--calls", action="store_true", help="calls to the system alone; a program that hangs takes 20 s")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return rounds(given.kills, given.faults, given.minutes, set(filter(None, given.levers.split(","))), given.calls)
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    subprocess.run([TOP / "tools" / "need", "install", "lab"], check=True)
    with tempfile.TemporaryDirectory():
        return subprocess.run([sys.executable, "-B", __file__, INSIDE, *sys.argv[1:]], cwd=TOP).returncode


if __name__ == "__main__":
    sys.exit(main())
