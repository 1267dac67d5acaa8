"""From the table of scenarios to the files under recordings/."""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

from tower import audit, courier, cyrus, days, horde, sogo
from tower.clock import utc
from tower.internet import Internet
from tower.people import NETWORKS
from tower.scenarios import SCENARIOS
from tower.stack import HERE, KINDS, LabError, MailHost, POSTFIX, build_debian
from tower.truth import Truth, add_secrets, catalogue, dump
from tower.world import World

RECORDINGS = HERE / "recordings"


def home():
    path = Path(os.environ.get("TOCSIN_LAB_HOME", "/var/tmp/tocsin-lab"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def find(name):
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    raise LabError(f"no scenario is called {name}; `lab/run list` shows them all")


# --- layers ---------------------------------------------------------------------


def recipe(kind):
    """A digest of what the layers are made from."""
    files = sorted([*(file for conf in (kind.conf, *kind.shares) for file in (HERE / conf).iterdir()), HERE / "clock.c",
                    *(HERE / "tower" / f"{n}.py" for n in MANNERS[kind.name].modules)])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@contextmanager
def running(layer, below, first_moment, *, kind=POSTFIX, level=None, edit=None, truth=None):
    """A mail host that is up, with a world around it."""
    host, outside = MailHost(home(), layer, below, kind), None
    try:
        host.up(utc(first_moment), level, edit)
        outside = Internet()
        yield MANNERS[kind.name].world(host, outside, truth)
    finally:
        if outside:
            outside.close()
        host.down()


def layer(name, kind, make):
    """Make a layer unless it stands already, made by the same recipe."""
    mark = home() / name / "made"
    wanted = recipe(kind)
    with open(home() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mark.exists() and mark.read_text() == wanted):
            mark.unlink(missing_ok=True)
            print(f"  making the layer {name}", flush=True)
            make()
            mark.write_text(wanted)
    return name


def seed_layer(level, kind=POSTFIX):
    name = f"{kind.prefix}{level}-seed"

    def make():
        with running(name, [], "2026-03-02 06:00", kind=kind, level=level) as world:
            days.seed(world)
            world.save()
    return layer(name, kind, make)


def days_layer(level, scenario=None, notes=None, kind=POSTFIX):
    """The five days before; a scenario that begins early has its own."""
    below = [seed_layer(level, kind)]
    name = f"{kind.prefix}{level}-days" + (f"-{scenario.name}" if scenario else "")

    def make():
        with running(name, below, "2026-03-12 00:00:20", kind=kind) as world:
            world.load(home() / below[-1])
            if scenario:
                world.truth = notes(world.clock)
            for day in days.BASELINE:
                days.live(world, day, early_steps(world, scenario, day) if scenario else ())
            world.save()
            if scenario:
                (world.host.layer / "truth.json").write_text(json.dumps(world.truth.pickled()))

    if scenario:
        make()
        return [*below, name]
    return [*below, layer(name, kind, make)]


def early_steps(world, scenario, day):
    """Those of a scenario's steps that fall on one day, as days.live wants them."""
    first, last = utc(f"{day} 00:00"), utc(f"{day} 23:59:59")
    return [(moment, act, (), {}) for moment, act in scenario.steps(world) if first <= moment <= last]


# --- one recording ----------------------------------------------------------------


def record(level, scenario):
    kind = KINDS[scenario.host]
    build_debian(home(), kind)
    notes = lambda clock: Truth(clock, scenario.name, level, scenario.method is None, scenario.method,
                                level == "rich" and kind.names)
    below = days_layer(level, scenario if scenario.early else None, notes, kind)
    edit = {"nologins": without_logins}.get(scenario.tweak)
    first = f"{days.ATTACK_DAY} 00:00:20"
    with running(f"{kind.prefix}{level}-{scenario.name}", below, first, kind=kind, edit=edit) as world:
        world.load(home() / below[-1])
        world.truth = notes(world.clock)
        if scenario.early:
            world.truth.resume(json.loads((home() / below[-1] / "truth.json").read_text()))
        days.live(world, days.ATTACK_DAY, early_steps(world, scenario, days.ATTACK_DAY))
        files = collect(world.host, home() / below[-1], edit)
        store = MANNERS[kind.name].catalogue(world)
        note_forwards(world)
        if scenario.after:
            scenario.after(files, world.truth)
        files["truth.json"] = json.dumps(world.truth.finish(store), indent=1, ensure_ascii=False) + "\n"
        files["catalogue.jsonl.gz"] = packed(dump(store).encode())
        files["networks.yaml"] = networks()
    ship(RECORDINGS / f"{scenario.name}-{level}", files)


def of_maildirs(world):
    """The store as its files tell it, with the secrets that tocsin finds in them."""
    return add_secrets(catalogue(world.host), world.host, HERE.parent / "build" / "tocsin")


# What else differs between the kinds: the modules of the layers' recipe, who makes the accounts, who reads the store.
Manner = namedtuple("Manner", "modules world catalogue")
MODULES = ("people", "letters", "days", "world", "clients")
MANNERS = {"postfix": Manner(MODULES, World, of_maildirs),
           "exim": Manner((*MODULES, "cyrus"), cyrus.World, cyrus.catalogue),
           "sogo": Manner((*MODULES, "sogo"), sogo.World, of_maildirs),
           "horde": Manner((*MODULES, "horde"), horde.World, of_maildirs),
           "courier": Manner((*MODULES, "cyrus", "courier"), courier.World, cyrus.catalogue)}


def without_logins(host):
    """Roundcube as Debian ships it: no log of who signs in."""
    config = host.path("/etc/roundcube/config.inc.php")
    config.write_text(config.read_text().replace("$config['log_logins'] = true;\n", ""))


def note_forwards(world):
    """What the mail hosts outside received through a rule of the intruder."""
    for change in world.truth.lists["changes"]:
        for mail in world.internet.taken:
            if change["target"] in mail["to"]:
                world.truth.lists["forwarded"].append(
                    {"account": change["account"], "to": [change["target"]], "message_id": mail["message_id"],
                     "bytes": mail["bytes"]})


def collect(host, before, no_logins):
    """The day's logs as they stand, those of the days before rotated away."""
    files = {}
    for name, shipped in host.kind.logs.items():
        if not shipped or no_logins and shipped == "userlogins.log":
            continue
        today, earlier = host.path(f"/var/log/{name}"), before / "files/var/log" / name
        if today.exists() and today.stat().st_size:
            files[shipped] = today.read_text()
        if earlier.exists() and earlier.stat().st_size:
            files[shipped + ".1.gz"] = packed(earlier.read_bytes())
    records = audit.as_on_host(host)
    if records:
        files["audit.log"] = records
    return files


def packed(data):
    return gzip.compress(data, 9, mtime=0)


def networks():
    lines = ["# What the administrator knows of the networks in these logs.", "networks:"]
    for cidr, name, trusted, country, operator in NETWORKS:
        fields = [f'cidr: "{cidr}"', f'name: "{name}"', f"trusted: {str(trusted).lower()}"]
        fields += [f'country: "{country}"'] if country else []
        fields += [f'operator: "{operator}"'] if operator else []
        lines.append("  - { " + ", ".join(fields) + " }")
    return "\n".join(lines) + "\n"


def ship(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"  {folder.name}: {len(files)} files, {size // 1024} KB", flush=True)
