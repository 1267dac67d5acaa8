"""Mount and network namespaces in which daemons of Debian run for a test, with an /etc of their own."""

import subprocess
import time


class Space:
    """Mount and network namespaces with an /etc of their own."""

    def __init__(self):
        self.held = subprocess.Popen(["unshare", "-mn", "--propagation", "private", "sh", "-c", "echo; exec cat"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not self.held.stdout.readline():             # it says that it is there, and ends when nobody can write to it
            raise AssertionError("unshare failed: there are no namespaces")
        self.run("ip", "link", "set", "lo", "up")
        self.run("mount", "-t", "tmpfs", "none", "/mnt")
        for name in ("up", "work"):
            self.run("mkdir", f"/mnt/{name}")
        self.run("mount", "-t", "overlay", "none", "-o", "lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work", "/etc")
        self.daemons = []

    def enter(self, *words):
        return ["nsenter", "-t", str(self.held.pid), "-m", "-n", *map(str, words)]

    def run(self, *words, check=True, **more):
        done = subprocess.run(self.enter(*words), capture_output=True, text=True, timeout=120, **more)
        if check and done.returncode:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def start(self, *words):
        self.daemons.append(subprocess.Popen(self.enter(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return self.daemons[-1]

    def write(self, path, text):
        self.run("tee", path, input=text)

    def configure(self, text):
        """Roundcube's configuration."""
        self.run("mkdir", "-p", "/etc/roundcube")
        self.write("/etc/roundcube/config.inc.php", "<?php\n$config = [];\n" + text)

    def end(self):
        for daemon in self.daemons:
            daemon.kill()
            daemon.wait()
        self.held.kill()
        self.held.communicate()


def until(what):
    for _ in range(1200):
        if what():
            return
        time.sleep(0.1)
    raise AssertionError("it does not come up")
