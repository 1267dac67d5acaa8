#!/usr/bin/python3
"""Roundcube itself with its sessions in MariaDB, PostgreSQL and redis: signed in by real requests, its session ended, dead by
the next request, and alive again when the step is taken back.

    tests/stores.py [mariadb] [postgres] [redis]

tests/contain.py has the whole containment, with SQLite.  Needs root, network namespaces and overlayfs; without them it is
skipped, and says why.  The databases are Debian's, fetched once, each into a layer of the laboratory.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "lab"), str(TOP / "tests")]

from labhost import Host, check, wait_for                # noqa: E402
from live import SKIPPED, why_not                        # noqa: E402

INSIDE = "--inside"
SCHEMA = "/usr/share/roundcube/SQL/{}.initial.sql"
STRANGER, OFFICE = "203.0.113.147", "198.51.100.30"
NO_DAEMONS = "#!/bin/sh\nexit 101\n"                      # Debian's policy-rc.d: nothing is started while it is installed
INSTALL = "apt-get -q update && apt-get -q -y --no-install-recommends install {} && apt-get clean"


def fetched(home, name):
    """A store's packages in a layer of their own, above Debian's."""
    layer = home / f"store-{name}"
    if (layer / "made").exists():
        return
    print(f"fetching Debian's {name} (once)", flush=True)
    shutil.rmtree(layer, ignore_errors=True)
    for folder in ("files", "work", "root"):
        (layer / folder).mkdir(parents=True)
    (layer / "files/usr/sbin").mkdir(parents=True)
    (layer / "files/usr/sbin/policy-rc.d").write_text(NO_DAEMONS)
    (layer / "files/usr/sbin/policy-rc.d").chmod(0o755)
    script = f"""set -eu; cd {layer}
mount -t overlay overlay -o lowerdir={home}/debian,upperdir=files,workdir=work root
mount -t proc proc root/proc; mount --bind /dev root/dev
for folder in run tmp; do mount -t tmpfs tmpfs root/$folder; done
cp /etc/resolv.conf root/tmp/resolv.conf; mount --bind root/tmp/resolv.conf root/etc/resolv.conf
DEBIAN_FRONTEND=noninteractive chroot root sh -c '{INSTALL.format(STORES[name].packages)}' >/dev/null"""
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} could not be fetched:\n{done.stderr[-2000:]}")
    (layer / "made").touch()


class MariaDB:
    packages = "php-mysql mariadb-server"
    configuration = "$config['db_dsnw'] = 'mysql://roundcube:un-mot@localhost/roundcube';\n"
    rows = ("mariadb", "-N", "-B", "roundcube", "-e", "SELECT sess_id, ip, MD5(vars) FROM session ORDER BY sess_id")

    def start(self, host):
        host.run("install", "-d", "-o", "mysql", "/run/mysqld")
        host.run("sh", "-c", "mariadbd --user=mysql --skip-log-bin >/dev/null 2>&1 &")
        assert wait_for(lambda: host.run("sh", "-c", "mariadb -e '' 2>&1 || echo no") == "")
        host.run("mariadb", "-e", "CREATE DATABASE roundcube; CREATE USER roundcube@localhost IDENTIFIED BY 'un-mot'; "
                                  "GRANT ALL ON roundcube.* TO roundcube@localhost")
        host.run("sh", "-c", f"mariadb roundcube <{SCHEMA.format('mysql')}")


class Postgres:
    packages = "php-pgsql postgresql"
    configuration = "$config['db_dsnw'] = 'pgsql://roundcube:un-mot@localhost/roundcube';\n"
    rows = ("env", "PGPASSWORD=un-mot", "psql", "-X", "-A", "-t", "-h", "localhost", "-U", "roundcube", "roundcube", "-c",
            "SELECT sess_id, ip, md5(vars) FROM session ORDER BY sess_id")

    def start(self, host):
        host.run("install", "-d", "-o", "postgres", "/run/postgresql", "/var/log/postgresql")
        host.run("sh", "-c", "set -- $(pg_lsclusters -h); pg_conftool $1 $2 set ssl off; pg_ctlcluster $1 $2 start")
        sql = lambda text: host.run("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "psql", "-X", "-c", text)
        sql("CREATE USER roundcube PASSWORD 'un-mot'")
        sql("CREATE DATABASE roundcube OWNER roundcube")
        host.run("sh", "-c", "PGPASSWORD=un-mot psql -X -q -h localhost -U roundcube roundcube <" + SCHEMA.format("postgres"))


class Redis:
    packages = "php-redis redis-server"
    configuration = "$config['session_storage'] = 'redis';\n$config['redis_hosts'] = ['localhost:6379'];\n"
    rows = ("sh", "-c", "redis-cli --raw KEYS '*' | sort | while read k; do echo $k $(redis-cli --raw GET $k | md5sum); done")

    def start(self, host):
        host.run("sh", "-c", "redis-server --daemonize yes --dir /tmp --save '' >/dev/null")
        assert wait_for(lambda: host.run("redis-cli", "PING") == "PONG\n")


STORES = {"mariadb": MariaDB, "postgres": Postgres, "redis": Redis}


def prepare(host, layer):
    """Before its daemons start: the days' layers lie above, with files of users of their own; PHP sees a changed configuration
    with the next request."""
    for name in ("passwd", "group", "shadow"):
        here = host.path(f"/etc/{name}")
        known = {line.partition(":")[0] for line in here.read_text().splitlines()}
        new = [line for line in (layer / "files/etc" / name).read_text().splitlines() if line.partition(":")[0] not in known]
        here.write_text(here.read_text() + "".join(f"{line}\n" for line in new))
    host.path("/etc/php/8.2/fpm/conf.d/99-here.ini").write_text("opcache.enable=0\n")


def serves(web):
    """Does webmail show this browser its mail?"""
    try:
        return "add_message_row" in web.ajax(_task="mail", _action="list", _mbox="INBOX")
    except Exception:                             # thrown out: whatever it says
        return False


def signed_in(world, name, source, agent):
    person = world.people[name]
    web = world.browser(person, source, agent)
    web.sign_in(person.address, person.password)
    web.show(web.folder("INBOX")[0])
    return web


def ended_and_back(host, world, name, store):
    from tower.scenarios import STRANGE
    config = host.host.path("/etc/roundcube/config.inc.php")
    before = config.read_text()
    store.start(host)
    config.write_text(before + store.configuration)
    thief, second = (signed_in(world, "c.martin", source, STRANGE) for source in (STRANGER, "203.0.113.199"))
    other = signed_in(world, "l.dubois", OFFICE, STRANGE)
    rows = lambda: sorted(host.run(*store.rows).splitlines())
    kept, state = rows(), f"/var/lib/tocsin-{name}"
    fine = check(f"{name}: Roundcube keeps its sessions there, and serves", len(kept) >= 3 and all(map(serves, (thief, second, other))), kept)
    kept = rows()
    words = ("--state", state)
    said = host.tocsin("contain", "plan", "/tmp/report.json", *words)
    fine &= check(f"{name}: the step is possible, and a plan changes nothing", "ends the webmail sessions" in said and rows() == kept, said)
    said = host.tocsin("contain", "apply", "--only", "webmail", "--yes", *words)
    fine &= check(f"{name}: the account's sessions are dead by the next request, another's is not",
                  [serves(web) for web in (thief, second, other)] == [False, False, True], said)
    said = host.tocsin("contain", "verify", *words, wanted=(0, 1, 2))
    fine &= check(f"{name}: verify measures it", "0 webmail sessions" in said, said)
    host.tocsin("contain", "undo", "--yes", *words)
    left = {row for row in kept if row not in rows()}
    fine &= check(f"{name}: undo gives back each session as it was", all(other.cookies["roundcube_sessid"] in row for row in left), left)
    fine &= check(f"{name}: and they serve again", all(map(serves, (thief, second, other))))
    config.write_text(before)
    return fine


def round_of(lab, days, name):
    edit = lambda host: prepare(host, lab.home() / f"store-{name}")
    with lab.running("stock-stores", [f"store-{name}", *days], "2026-03-17 13:04", edit=edit) as world:
        world.load(lab.home() / days[-1])
        host = Host(world, world.people["c.martin"].address)
        host.host.path("/tmp/report.json").write_text(json.dumps({"schema": "tocsin.report/1", "incidents": [
            {"id": "T-1", "title": "t", "accounts": [{"name": host.victim, "compromised": "proven"}], "sources": [], "changes": []}]}))
        return ended_and_back(host, world, name, STORES[name]())


def rounds(names):
    from tower import record as lab, stack
    stack.build_debian(lab.home())
    for name in names:
        fetched(lab.home(), name)
    stack.in_namespaces()
    days = lab.days_layer("stock")
    return 0 if all([round_of(lab, days, name) for name in names]) else 1


def main():
    if reason := why_not():
        print(reason)
        return SKIPPED
    subprocess.run([TOP / "tools" / "need", "install", "lab"], check=True)
    return subprocess.run([sys.executable, "-B", __file__, INSIDE, *(sys.argv[1:] or STORES)], cwd=TOP).returncode


if __name__ == "__main__":
    sys.exit(rounds(sys.argv[2:]) if sys.argv[1:2] == [INSIDE] else main())
