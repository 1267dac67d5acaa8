#!/usr/bin/python3
"""One attack on live daemons: recorded in the laboratory, scanned, judged against what the driver did.

Needs root, network namespaces and overlayfs; without them it is skipped, and says why.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests" / "e2e")]

SCENARIO, LEVEL = "stolen-password-webmail", "stock"
TOCSIN = TOP / os.environ.get("TOCSIN", "build/tocsin")
RECORD = "--record-into"                    # how this program calls itself within the laboratory
SKIPPED = 77
TRY_OVERLAY = "cd $1 && mkdir a b w m && mount -t overlay overlay -o lowerdir=a,upperdir=b,workdir=w m"


def why_not():
    """Why no host can be raised here, or nothing."""
    if os.geteuid() != 0:
        return "not root: the laboratory mounts layers and makes network namespaces"
    unshare = ["unshare", "--net", "--mount", "--propagation", "private"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        return "no namespaces can be made here (a container without the right to?)"
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        if subprocess.run([*unshare, "sh", "-c", TRY_OVERLAY, "sh", scratch], capture_output=True).returncode:
            return "no overlay can be mounted on /var/tmp"
    return None


def record(folder):
    """Within the laboratory's namespaces, once in_namespaces() has started this program again."""
    from tower import record as lab, stack
    stack.build_debian(lab.home())          # fetched once, and while there still is a network
    stack.in_namespaces()
    add_secrets = lab.add_secrets
    lab.add_secrets = lambda store, host, _: add_secrets(store, host, TOCSIN)     # the program under test
    lab.RECORDINGS = Path(folder)
    lab.record(LEVEL, lab.find(SCENARIO))


def judged(recording, scratch):
    """What is wrong with the report on it."""
    from judge import Case, HEADS, judge, line
    from tocsin import FOUND, knowledge_of, logs_of, scan
    run, report = scan(scratch / "report.json", "--quiet", *knowledge_of(recording), *logs_of(recording))
    if report is None:
        return [f"no report: {run.err}"]
    case = Case(recording, report)
    print(", ".join(f"{head} {cell}" for head, cell in zip(HEADS, line(case))))
    return judge(case) + ([] if run.status == FOUND else [f"exit status {run.status}\n{run.err}"])


def main():
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    subprocess.run([TOP / "tools" / "need", "install", "lab"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-B", __file__, RECORD, folder], cwd=TOP)
        problems = judged(Path(folder) / f"{SCENARIO}-{LEVEL}", Path(folder)) if done.returncode == 0 else \
            [f"the recording failed, exit status {done.returncode}"]
    print("\n".join([*problems, f"[{'  FAILED  ' if problems else '       OK '}] {SCENARIO} on live daemons"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(record(sys.argv[2]) if sys.argv[1:2] == [RECORD] else main())
