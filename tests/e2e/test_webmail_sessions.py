"""Webmail sessions in real MariaDB, PostgreSQL and redis: ended, measured, put back as they were.

The databases are Debian's, started in namespaces of their own, with a Roundcube configuration that only
tocsin sees; where they are not installed, or there is no root, the tests are skipped and say so.
"""

import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from space import Space, until
from tocsin import TOCSIN

VICTIM = "ana@example.org"
HOME = "/mnt/db"                    # of the database: a path that its user may walk, and that only its own namespaces have
PASSWORD = "it's p@ss/w"
DSN_PASSWORD = "it%27s%20p%40ss%2Fw".replace("%20", " ")
REPORT = {"schema": "tocsin.report/1", "incidents": [
    {"id": "T-1", "title": "t", "accounts": [{"name": VICTIM, "compromised": "proven"}], "sources": [], "changes": []}]}


def php(user, more=b""):
    name = user.encode()
    return b'language|s:5:"fr_FR";username|s:%d:"%s";data|s:%d:"%s";' % (len(name), name, len(more), more)


# (session id, whose, what else lies in it); names and contents are the intruder's choice
SESSIONS = [("victim0000000000000000one", VICTIM, b"plain"),
            ("victim0000000000000000two", VICTIM.upper(), bytes(range(256))),
            ("other-honest", "bob@example.org", b""),
            ("'; DROP TABLE session; --", VICTIM, b"'\"\\;--\x00"),
            ("\\'\" other", "eve@example.org", b"username|s:3:\"zoe\";" + "é".encode() * 3000)]
ENDED = {name for name, user, _ in SESSIONS if user.lower() == VICTIM}


class MariaDB:
    name, needs = "mariadb", ["mariadbd", "mariadb", "mariadb-install-db"]
    table = """CREATE TABLE session (sess_id varchar(128) NOT NULL, changed datetime NOT NULL DEFAULT
        '1000-01-01 00:00:00', ip varchar(40) NOT NULL, vars mediumtext NOT NULL, PRIMARY KEY(sess_id))
        ENGINE=INNODB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"""

    def __init__(self, space):
        self.space, self.data, self.socket = space, f"{HOME}/data", f"{HOME}/s"
        space.run("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--user=root",
                  f"--datadir={self.data}")
        self.start()
        self.sql(f"""CREATE DATABASE rc; CREATE USER rc@localhost IDENTIFIED BY '{PASSWORD.replace("'", "''")}';
                     GRANT ALL ON rc.* TO rc@localhost; USE rc; {self.table}""")
        self.configuration = f"$config['db_dsnw'] = 'mysql://rc:{DSN_PASSWORD}@unix({self.socket})/rc';\n"
        self.refill()

    def refill(self):
        self.sql("USE rc; DELETE FROM session; " + "".join(
            f"INSERT INTO session VALUES (X'{name.encode().hex()}', '2026-03-0{i + 1} 08:00:00', '192.0.2.{i}', "
            f"'{base64.b64encode(php(user, more)).decode()}');" for i, (name, user, more) in enumerate(SESSIONS)))

    remove = staticmethod(lambda name: f"DELETE FROM session WHERE sess_id = '{name}'; SELECT 1;")

    def start(self):
        self.daemon = self.space.start("mariadbd", "--no-defaults", "--user=root", f"--datadir={self.data}", f"--socket={self.socket}",
                                       "--skip-networking", "--innodb-buffer-pool-size=16M", "--skip-log-bin")
        until(lambda: self.space.run("mariadb", "--no-defaults", f"--socket={self.socket}", "-e", "", check=False).returncode == 0)

    def sql(self, text):
        return self.space.run("mariadb", "--no-defaults", f"--socket={self.socket}", "-N", "-B", input=text).stdout

    def rows(self):
        return sorted(self.sql("SELECT HEX(sess_id), changed, ip, MD5(vars) FROM rc.session").splitlines())

    def names(self):
        return {bytes.fromhex(row.split("\t")[0]).decode() for row in self.rows()}

    def empty_session(self, name):
        self.sql(f"INSERT INTO rc.session VALUES (X'{name.encode().hex()}', NOW(), '', '')")

    client = property(lambda self: ["env", f"MYSQL_PWD={PASSWORD}", "mariadb", "--no-defaults", "-n", "-N", "-B", "--quick",
                                    f"--socket={self.socket}", "-urc", "rc"])
    look = "SELECT COUNT(*) FROM session;"

    @staticmethod
    def write(name, vars):
        return f"INSERT INTO session VALUES (X'{name.encode().hex()}', NOW(), '', '{base64.b64encode(vars).decode()}');"


class Postgres:
    name, needs = "postgres", ["psql"]
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]

    def __init__(self, space):
        self.space, self.data = space, f"{HOME}/data"
        self.bin = self.binaries[0]
        self.user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        space.write(f"{HOME}/pw", PASSWORD + "\n")
        space.run("chown", "nobody", HOME)
        space.run(*self.user, self.bin / "initdb", "-D", self.data, "-U", "rc", "-A", "scram-sha-256", "-E", "UTF8",
                  "--locale=C.UTF-8", f"--pwfile={HOME}/pw", "--no-sync")
        self.start()
        self.sql("""CREATE TABLE session (sess_id varchar(128) DEFAULT '' PRIMARY KEY, changed timestamp with time zone
                    DEFAULT now() NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL);""")
        self.configuration = f"$config['db_dsnw'] = 'pgsql://rc:{DSN_PASSWORD}@127.0.0.1:5499/postgres';\n"
        self.refill()

    def refill(self):
        self.sql("DELETE FROM session;" + "".join(
            f"INSERT INTO session VALUES (convert_from('\\x{name.encode().hex()}', 'UTF8'), '2026-03-0{i + 1} 08:00:00.12345{i}+02',"
            f" '192.0.2.{i}', '{base64.b64encode(php(user, more)).decode()}');" for i, (name, user, more) in enumerate(SESSIONS)))

    remove = staticmethod(lambda name: f"DELETE FROM session WHERE sess_id = '{name}'; SELECT 1;")

    def start(self):
        self.daemon = self.space.start(*self.user, self.bin / "postgres", "-D", self.data, "-k", HOME, "-p", "5499",
                                       "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "timezone=Asia/Tokyo")
        until(lambda: self.psql("SELECT 1", check=False).returncode == 0)

    def psql(self, text, **more):
        return self.space.run(*self.client, "-v", "ON_ERROR_STOP=1", input=text, **more)

    def sql(self, text):
        return self.psql(text).stdout

    def rows(self):
        return sorted(self.sql("SELECT encode(convert_to(sess_id,'UTF8'),'hex'), changed, ip, md5(vars) FROM session").splitlines())

    def names(self):
        return {bytes.fromhex(row.split("|")[0]).decode() for row in self.rows()}

    def empty_session(self, name):
        self.sql(f"INSERT INTO session VALUES (convert_from('\\x{name.encode().hex()}', 'UTF8'), now(), '', '')")

    client = ["env", f"PGPASSWORD={PASSWORD}", "psql", "-X", "-A", "-t", "-q", "-w", "-h", "127.0.0.1", "-p", "5499", "-U", "rc",
              "-d", "postgres"]
    look = "SELECT COUNT(*) FROM session;"

    @staticmethod
    def write(name, vars):
        return (f"INSERT INTO session VALUES (convert_from('\\x{name.encode().hex()}', 'UTF8'), now(), '', "
                f"'{base64.b64encode(vars).decode()}');")


class Redis:
    name, needs = "redis", ["redis-server", "redis-cli"]

    def __init__(self, space):
        self.space, self.began = space, time.time()
        self.start()
        self.configuration = ("$config['session_storage'] = 'redis';\n$config['redis_hosts'] = [\n"
                              "    'localhost:7099:2:pass:word',\n];\n")
        self.refill()
        self.put("IMAP:cache:" + VICTIM, php(VICTIM), 900)
        self.cli("SADD", "a-set", VICTIM)

    def refill(self):
        for i, (name, user, more) in enumerate(SESSIONS):
            self.put(name, b'a:3:{s:7:"changed";i:1;s:2:"ip";s:1:"x";s:4:"vars";s:%d:"%s";}' % (len(php(user, more)), php(user, more)),
                     3600 + 100 * i)

    remove = staticmethod(lambda name: f"DEL {name}")

    def start(self):
        self.space.write(f"{HOME}/redis.conf", f"port 7099\nbind 127.0.0.1\ndir {HOME}\nsave ''\nappendonly yes\n"
                                               "appendfsync always\nrequirepass pass:word\n")
        self.daemon = self.space.start("redis-server", f"{HOME}/redis.conf")
        until(lambda: self.cli("PING", check=False).stdout.strip() == "PONG")

    def cli(self, *words, **more):
        return self.space.run(*self.client, *words, **more)

    def put(self, name, value, seconds):
        """Its end is counted from when the database began, so that it is the same whenever it is put there."""
        left = round(self.began + seconds - time.time())
        subprocess.run(self.space.enter(*self.client, "-x", "SETEX", name, left), input=value, check=True, capture_output=True)

    def rows(self):
        found = []
        for name in [s[0] for s in SESSIONS] + ["victim00000000000000three", "IMAP:cache:" + VICTIM]:
            value = subprocess.run(self.space.enter(*self.client, "GET", name), capture_output=True).stdout
            left = int(self.cli("TTL", name).stdout)
            if left != -2:
                found.append((name, hashlib.md5(value).hexdigest(), round((left + time.time()) / 10)))
        return sorted(found) + [self.cli("SMEMBERS", "a-set").stdout]

    def names(self):
        return {row[0] for row in self.rows()[:-1] if not row[0].startswith("IMAP")}

    def empty_session(self, name):
        self.put(name, b'a:3:{s:7:"changed";i:1;s:2:"ip";s:1:"x";s:4:"vars";s:0:"";}', 600)

    client = ["redis-cli", "-p", "7099", "--no-auth-warning", "-a", "pass:word", "-n", "2"]
    look = "DBSIZE"

    @staticmethod
    def write(name, vars):
        value = b'a:3:{s:7:"changed";i:2;s:2:"ip";s:1:"x";s:4:"vars";s:%d:"%s";}' % (len(vars), vars)
        return f'SETEX {name} 600 "' + "".join(f"\\x{byte:02x}" for byte in value) + '"'


def same(before, after):
    """Equal; of redis, but for the rounding of what is left of a key's time."""
    if not before or isinstance(before[0], str):
        return before == after
    return len(before) == len(after) and before[-1] == after[-1] and all(
        a[:2] == b[:2] and abs(a[2] - b[2]) <= 1 for a, b in zip(before[:-1], after[:-1]))


@pytest.fixture(scope="module", params=[MariaDB, Postgres, Redis], ids=lambda kind: kind.name)
def store(request):
    kind = request.param
    lacking = [program for program in kind.needs if not shutil.which(program)]
    if lacking or (kind is Postgres and not kind.binaries):
        pytest.skip(f"not installed: {' '.join(lacking) or 'postgresql'} (tools/need install databases)")
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    space = Space()
    try:
        space.run("mkdir", HOME)
        yield kind(space)
    finally:
        space.end()


@pytest.fixture
def webmail(store, tmp_path):
    store.space.configure(store.configuration)
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    store.folder = tmp_path
    return store


def tocsin(webmail, *words, status=0):
    done = webmail.space.run(TOCSIN, "contain", *words, "--state", webmail.folder / "state", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def state_of(webmail):
    return re.search(r"webmail +(\S+)", tocsin(webmail, "status"))[1]


def test_ended_and_put_back(webmail):
    before = webmail.rows()
    plan = tocsin(webmail, "plan", webmail.folder / "report.json")
    assert "ends the webmail sessions of ana" in plan
    assert "not possible" not in plan.partition("ends the webmail sessions")[2].partition("\n  ")[0]
    assert same(before, webmail.rows())
    tocsin(webmail, "apply", "--only", "webmail", "--yes")
    assert webmail.names() == {s[0] for s in SESSIONS} - ENDED
    assert "0 webmail sessions" in tocsin(webmail, "verify", status=2)
    tocsin(webmail, "apply", "--only", "webmail", "--yes")
    webmail.empty_session(next(iter(ENDED)))         # who comes with the old cookie
    tocsin(webmail, "undo", "--yes")
    assert same(before, webmail.rows())


def test_database_gone(webmail):
    """Away while it is planned, applied and undone: each says so, and once it is back all is done."""
    before = webmail.rows()
    tocsin(webmail, "plan", webmail.folder / "report.json")
    tocsin(webmail, "apply", "--only", "webmail", "--yes")
    webmail.daemon.terminate()
    webmail.daemon.wait()
    said = tocsin(webmail, "undo", "--yes", status=2)
    assert re.search(r"webmail +undo-failed", said) and "because" in said
    webmail.start()
    tocsin(webmail, "undo", "--yes")
    assert same(before, webmail.rows())
    webmail.daemon.terminate()
    webmail.daemon.wait()
    assert "webmail     failed" in tocsin(webmail, "apply", "--only", "webmail", "--yes", status=2)
    assert "not possible here" in tocsin(webmail, "plan", webmail.folder / "report.json")
    webmail.start()
    tocsin(webmail, "apply", "--only", "webmail", "--yes")
    assert webmail.names() == {s[0] for s in SESSIONS} - ENDED
    tocsin(webmail, "undo", "--yes")
    assert same(before, webmail.rows())


def test_wrong_password(webmail):
    webmail.space.configure(webmail.configuration.replace("pass", "fail").replace(DSN_PASSWORD, "wrong"))
    before = webmail.rows()
    assert "not possible here" in tocsin(webmail, "plan", webmail.folder / "report.json")
    tocsin(webmail, "apply", "--only", "webmail", "--yes", status=2)
    assert same(before, webmail.rows())


class Request:
    """One of webmail's, under way: it has looked for its session, and is connected until its end (rcube_session of Roundcube)."""

    def __init__(self, store):
        self.store = store
        self.process = subprocess.Popen(store.space.enter(*store.client), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.ask(store.look)

    def ask(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def write_back(self, name, user=VICTIM):
        self.ask(self.store.write(name, php(user, b"later")) + (self.store.look if self.store.name != "redis" else ""))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def test_requests_under_way(webmail):
    """They write their session back when it has been ended: it is ended again, and what they wrote is kept as well."""
    before = webmail.rows()
    tocsin(webmail, "plan", webmail.folder / "report.json")
    first, second = Request(webmail), Request(webmail)
    process = subprocess.Popen(webmail.space.enter(TOCSIN, "contain", "apply", "--only", "webmail", "--yes", "--state",
                                                   webmail.folder / "state"), stdout=subprocess.PIPE, text=True)
    until(lambda: not webmail.names() & ENDED)
    first.write_back("victim0000000000000000one")
    second.write_back("victim00000000000000three")     # who signed in meanwhile
    first.end()
    until(lambda: not webmail.names() & {*ENDED, "victim00000000000000three"})
    assert process.poll() is None                    # it waits for the other one
    second.end()
    said = process.communicate()[0]
    assert process.returncode == 0 and "written anew by requests under way, and ended: 2; all requests from before are over" in said, said
    assert webmail.names() == {s[0] for s in SESSIONS} - ENDED
    assert "written anew" in tocsin(webmail, "status")
    tocsin(webmail, "undo", "--yes")
    assert {*ENDED, "victim00000000000000three"} <= webmail.names()
    gone = Request(webmail)
    gone.ask(webmail.remove("victim00000000000000three"))
    gone.end()
    assert len(webmail.rows()) == len(before)
    webmail.refill()
    assert same(before, webmail.rows())


def test_request_that_does_not_end(store, tmp_path):
    """A connection that stays, as persistent ones do: the step is done, and says what it could not see."""
    if store.name != "redis":
        return                                       # the same code, and it waits five seconds
    store.space.configure(store.configuration)
    store.folder = tmp_path
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    tocsin(store, "plan", tmp_path / "report.json")
    stays = Request(store)
    said = tocsin(store, "apply", "--only", "webmail", "--yes")
    assert "1 of webmail's connections from before are open still" in said and not store.names() & ENDED
    stays.end()
    tocsin(store, "undo", "--yes")


KILLS = int(os.environ.get("TOCSIN_KILLS", "20"))


def test_killed(webmail):
    """kill -9 at random moments of apply and undo; a server may still carry out what a killed client asked."""
    before, kills, rng = webmail.rows(), 0, random.Random(5)
    tocsin(webmail, "plan", webmail.folder / "report.json")
    while kills < KILLS:
        for verb in ("apply", "undo"):
            for _ in range(5):
                process = subprocess.Popen(webmail.space.enter(TOCSIN, "contain", verb, "--only", "webmail", "--yes", "--state",
                                                               webmail.folder / "state"), stdout=subprocess.DEVNULL)
                try:
                    process.wait(rng.uniform(0.005, 0.12))
                except subprocess.TimeoutExpired:
                    process.kill()
                    kills += 1
                assert process.wait() in (0, 2, -9)
            time.sleep(0.1)
            tocsin(webmail, verb, "--only", "webmail", "--yes")
            if verb == "apply":
                assert not webmail.names() & ENDED
        assert same(before, webmail.rows())
    print(f"{kills} kills")
