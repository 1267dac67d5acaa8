"""The laboratory's mail host with tocsin in it: what the live tests of its commands share."""

import json
import re
import shutil
import subprocess
import time

from live import TOCSIN, TOP

NFT = shutil.which("nft") or "/usr/sbin/nft"


def tree(root):
    """Every file of a folder: its bytes, mode, owner."""
    return {str(p.relative_to(root)): (p.readlink() if p.is_symlink() else p.read_bytes(), p.lstat().st_mode, p.lstat().st_uid)
            for p in sorted(root.rglob("*")) if p.is_symlink() or p.is_file()}


class Host:
    """The mail host, with tocsin and the libraries it needs beside it, and nothing else added."""

    def __init__(self, world, victim):
        self.world, self.host, self.victim = world, world.host, victim
        away = self.host.path("/opt/tocsin")
        away.mkdir(parents=True)
        act = TOCSIN.with_name("tocsin-act")         # what tocsin becomes for the commands that act
        for program in (TOCSIN, act):
            shutil.copy(program, away)
        for folder in ("rules", "pipelines"):
            shutil.copytree(TOP / folder, away / folder)
        for lib in re.findall(r"=> (/\S+)", subprocess.run(["ldd", act], capture_output=True, text=True).stdout):
            shutil.copy(lib, away)

    def run(self, *words, wanted=(0,)):
        environment = ["env", "LD_LIBRARY_PATH=/opt/tocsin", "TOCSIN_RULES=/opt/tocsin/rules",
                       "TOCSIN_PIPELINES=/opt/tocsin/pipelines"]
        enter = ["nsenter", "-t", str(self.host.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
        done = subprocess.run([*enter, *environment, *words], capture_output=True, text=True)
        if done.returncode not in wanted:
            raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def tocsin(self, *words, wanted=(0,)):
        return self.run("/opt/tocsin/tocsin", *words, wanted=wanted)

    def tree(self, folder):
        return tree(self.host.path(folder))

    def state(self):
        """What undo must give back."""
        firewall = subprocess.run(["nsenter", "-t", str(self.host.init), "-n", NFT, "list", "ruleset"],
                                  capture_output=True, text=True, check=True).stdout
        sessions = self.host.run("sqlite3", "/var/lib/dbconfig-common/sqlite3/roundcube/roundcube",
                                 "SELECT * FROM session ORDER BY sess_id", capture_output=True, text=True).stdout
        scripts = self.run("doveadm", "sieve", "list", "-u", self.victim)
        queue = sorted((m["queue_id"], m["queue_name"] == "hold")
                       for m in map(json.loads, self.run("postqueue", "-j").splitlines()))
        return {"dovecot": self.tree("/etc/dovecot"), "postfix": self.tree("/etc/postfix"), "nginx": self.tree("/etc/nginx"), "firewall": firewall,
                "sessions": sessions, "scripts": scripts, "queue": queue}


def check(name, fine, detail=""):
    fine = bool(fine)
    print(f"[{'       OK ' if fine else '  FAILED  '}] {name}" + ("" if fine else f"\n{detail}"), flush=True)
    return fine


def differences(before, after):
    for part, was in before.items():
        now = after[part]
        if part == "sessions":                    # an ended session's owner gets a new, empty one
            was, now = set(was.splitlines()), set(now.splitlines())
            yield from (f"{part}: lost {row[:80]}" for row in was - now)
            continue
        if was == now:
            continue
        if isinstance(was, dict):
            yield from (f"{part}/{name}" for name in sorted(set(was) | set(now)) if was.get(name) != now.get(name))
        else:
            yield f"{part}: {was!r} became {now!r}"


def wait_for(what, seconds=60):
    """True as soon as it is so; the seconds are for a busy machine."""
    end = time.monotonic() + seconds
    while not (so := what()) and time.monotonic() < end:
        time.sleep(0.1)
    return bool(so)
