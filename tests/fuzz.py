#!/usr/bin/python3
"""Run every fuzz target of build-clang for a while, two at a time; any crash, leak, hang or swelling fails.

What breaks a target is kept in build-clang/fuzz/findings/ and is replayed first at the next run.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILT = TOP / "build-clang" / "fuzz"
FINDINGS = BUILT / "findings"
MEMORY_MB, ONE_INPUT_SECONDS = 2048, 10
ENVIRONMENT = os.environ | {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


def command(name, seconds, seed, scratch):
    """libFuzzer's words: what it learns goes to the first folder, seeds are read from the others."""
    seeds, words = TOP / "fuzz" / f"{name}.corpus", TOP / "fuzz" / f"{name}.dict"
    return [BUILT / f"fuzz-{name}", f"-max_total_time={seconds}", f"-seed={seed}", f"-timeout={ONE_INPUT_SECONDS}",
            f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={FINDINGS}/{name}-", "-print_final_stats=1",
            *([f"-dict={words}"] if words.exists() else []), scratch, *([seeds] if seeds.exists() else [])]


def replay(name):
    """What broke it before must not break it again."""
    old = sorted(FINDINGS.glob(f"{name}-*"))
    if not old:
        return None
    done = subprocess.run([BUILT / f"fuzz-{name}", f"-timeout={ONE_INPUT_SECONDS}", *old], env=ENVIRONMENT, cwd=TOP,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.stdout if done.returncode else None


def fuzz(name, seconds, seed):
    """The target's name, how many inputs it saw, and its output if it failed."""
    if failed := replay(name):
        return name, 0, failed
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(command(name, seconds, seed, scratch), env=ENVIRONMENT, cwd=TOP, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    return name, int(runs[1]) if runs else 0, done.stdout if done.returncode else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="the same inputs again; 0 takes new ones")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("target", nargs="*", help="only these")
    options = parser.parse_args()
    names = options.target or sorted(path.name.removeprefix("fuzz-") for path in BUILT.glob("fuzz-*") if path.is_file())
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda name: fuzz(name, options.seconds, options.seed), names))
    for name, runs, failed in results:
        if failed:
            print("\n".join(failed.splitlines()[-60:]))
        print(f"[{'  FAILED  ' if failed or not runs else '       OK '}] {name}: {runs:,} inputs")
    return 1 if not results or any(failed or not runs for _, runs, failed in results) else 0


if __name__ == "__main__":
    sys.exit(main())
