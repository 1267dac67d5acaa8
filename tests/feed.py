#!/usr/bin/python3
"""What live daemons and the kernel tell the watch beside logs: Dovecot's events by http-post, who opens the mail store.

Needs root, network namespaces and overlayfs; without them it is skipped, and says why.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests")]

from labhost import Host, check, wait_for                # noqa: E402
from live import SKIPPED, why_not                        # noqa: E402

INSIDE = "--inside"
EXPORT = """event_exporter by_log {
  format = json
  format_args = time-rfc3339
  transport = log
}
event_exporter by_post {
  format = json
  format_args = time-rfc3339
  transport = http-post
  transport_args = http://127.0.0.1:4003/
  transport_timeout = 5 s
}
""" + "".join(f"""metric {event}_{way} {{
  exporter = by_{way}
  filter = event={event}
}}
""" for event in ("auth_request_finished", "imap_command_finished", "mail_opened") for way in ("log", "post"))
POLICY = "tell:\n  from: informational\n"


class Feed:
    """A watch that reads no log."""

    def __init__(self, host):
        self.host = host
        host.host.path("/tmp/empty").mkdir()
        host.host.path("/tmp/policy.yml").write_text(POLICY)
        self.out = open(host.host.path("/tmp/watch.out"), "w+")
        self.err = open(host.host.path("/tmp/watch.err"), "w+")
        enter = ["nsenter", "-t", str(host.host.init), "-n", "-u", "-i", "-m", "-p", "-r", "-w"]
        self.process = subprocess.Popen(
            [*enter, "env", "LD_LIBRARY_PATH=/opt/tocsin", "TOCSIN_RULES=/opt/tocsin/rules", "TOCSIN_PIPELINES=/opt/tocsin/pipelines",
             "/opt/tocsin/tocsin", "watch", "--json", "--policy", "/tmp/policy.yml", "--http", "127.0.0.1:4003",
             "--touched", "/var/vmail", "/tmp/empty"], stdout=self.out, stderr=self.err)

    def status(self):
        path = self.host.host.path("/var/lib/tocsin/status.json")
        return json.loads(path.read_text()) if path.exists() else {}

    def text(self, name):
        return self.host.host.path(f"/tmp/watch.{name}").read_text()

    def titles(self):
        return [json.loads(line)["rule"]["title"] for line in self.text("out").splitlines()]


def logged(host, since):
    return host.host.path("/var/log/mail.log").read_text()[since:].count('{"event":"')


def rounds():
    from tower import record as lab, stack
    from tower.clients import Imap
    stack.build_debian(lab.home())
    stack.in_namespaces()
    below = lab.days_layer("stock")
    with lab.running("stock-feed", below, "2026-03-17 13:04") as world:
        world.load(lab.home() / below[-1])
        host = Host(world, world.people["c.martin"].address)
        host.host.path("/etc/dovecot/conf.d/98-export.conf").write_text(EXPORT)
        feed = Feed(host)
        fine = check("it begins, without a log", wait_for(lambda: feed.status().get("past_read")), feed.text("err"))
        host.run("doveadm", "reload")
        since = len(host.host.path("/var/log/mail.log").read_text())
        for person in [p for p in world.people.values() if "desktop" in p.habits][:8]:
            imap = Imap("198.51.100.30", person.address, person.password)
            imap.bodies(imap.enter("INBOX")[:20])
        wait_for(lambda: logged(host, since) > 100)
        time.sleep(2)                                     # what is posted comes in its own time
        told = logged(host, since)
        fine &= check(f"each of {told} events that Dovecot logs came by http-post as well",
                      told > 100 and wait_for(lambda: feed.status()["records"] >= told), str(feed.status()))
        fine &= check("Dovecot's own process is no stranger", not feed.titles(), str(feed.titles()))
        some = next(p for p in host.host.path("/var/vmail").rglob("cur/*") if p.is_file())
        inside = "/" + str(some.relative_to(host.host.path("/")))
        host.run("sh", "-c", 'echo 1000 > /proc/self/loginuid; exec 3< "$1"; sleep 3', "sh", inside)
        wanted = "Files of the mail store are read by a person's shell"
        fine &= check("a person's shell in the mail store is a finding", wait_for(lambda: wanted in feed.titles()), feed.text("err"))
        touched = host.host.path("/var/lib/tocsin/touched/touched.log").read_text()
        fine &= check("Dovecot's own reading is passed by", "dovecot" not in touched and inside in touched, touched[:2000])
        host.run("pkill", "-TERM", "-x", "tocsin(-act)?", wanted=(0, 1))
        fine &= check("it ends as asked", feed.process.wait(20) == 0, feed.text("err"))
    return 0 if fine else 1


def main():
    if reason := why_not():
        print(reason)
        return SKIPPED
    subprocess.run([TOP / "tools" / "need", "install", "lab"], check=True)
    return subprocess.run([sys.executable, "-B", __file__, INSIDE], cwd=TOP).returncode


if __name__ == "__main__":
    sys.exit(rounds() if sys.argv[1:2] == [INSIDE] else main())
