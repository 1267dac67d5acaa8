"""From the table of scenarios to the files under recordings/."""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from tower import audit, days
from tower.clock import utc
from tower.internet import Internet
from tower.people import NETWORKS
from tower.scenarios import SCENARIOS
from tower.stack import HERE, LabError, MailHost, build_debian
from tower.truth import Truth, add_secrets, catalogue, dump
from tower.world import World

RECORDINGS = HERE / "recordings"
SHIPPED = {"mail.log": "mail.log", "auth.log": "auth.log", "nginx/access.log": "access.log",
           "roundcube/userlogins.log": "userlogins.log", "roundcube/errors.log": "errors.log",
           "roundcube/sendmail.log": "sendmail.log"}


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


def recipe():
    """A digest of what the layers are made from."""
    files = sorted([*(HERE / "conf").iterdir(), HERE / "clock.c",
                    *(HERE / "tower" / f"{n}.py" for n in ("people", "letters", "days", "world", "clients"))])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@contextmanager
def running(layer, below, first_moment, *, level=None, internet=True, edit=None, truth=None):
    """A mail host that is up, with a world around it."""
    host, outside = MailHost(home(), layer, below), None
    try:
        host.up(utc(first_moment), level, edit)
        outside = Internet()
        yield World(host, outside, truth)
    finally:
        if outside:
            outside.close()
        host.down()


def layer(name, make):
    """Make a layer unless it stands already, made by the same recipe."""
    mark = home() / name / "made"
    wanted = recipe()
    with open(home() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mark.exists() and mark.read_text() == wanted):
            mark.unlink(missing_ok=True)
            print(f"  making the layer {name}", flush=True)
            make()
            mark.write_text(wanted)
    return name


def seed_layer(level):
    def make():
        with running(f"{level}-seed", [], "2026-03-02 06:00", level=level) as world:
            days.seed(world)
            world.save()
    return layer(f"{level}-seed", make)


def days_layer(level, scenario=None, notes=None):
    """The five days before; a scenario that begins early has its own."""
    below = [seed_layer(level)]
    name = f"{level}-days" if not scenario else f"{level}-days-{scenario.name}"

    def make():
        with running(name, below, "2026-03-12 00:00:20", truth=None) as world:
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
    return [*below, layer(name, make)]


def early_steps(world, scenario, day):
    """Those of a scenario's steps that fall on one day, as days.live wants them."""
    first, last = utc(f"{day} 00:00"), utc(f"{day} 23:59:59")
    return [(moment, act, (), {}) for moment, act in scenario.steps(world) if first <= moment <= last]


# --- one recording ----------------------------------------------------------------


def record(level, scenario):
    build_debian(home())
    notes = lambda clock: Truth(clock, scenario.name, level, scenario.method is None, scenario.method)
    below = days_layer(level, scenario if scenario.early else None, notes)
    edit = {"nologins": without_logins}.get(scenario.tweak)
    with running(f"{level}-{scenario.name}", below, f"{days.ATTACK_DAY} 00:00:20", edit=edit) as world:
        world.load(home() / below[-1])
        world.truth = notes(world.clock)
        if scenario.early:
            world.truth.resume(json.loads((home() / below[-1] / "truth.json").read_text()))
        days.live(world, days.ATTACK_DAY, early_steps(world, scenario, days.ATTACK_DAY))
        store = add_secrets(catalogue(world.host), world.host, HERE.parent / "build" / "tocsin")
        note_forwards(world)
        files = collect(world.host, home() / below[-1], edit)
        if scenario.after:
            scenario.after(files, world.truth)
        files["truth.json"] = json.dumps(world.truth.finish(store), indent=1, ensure_ascii=False) + "\n"
        files["catalogue.jsonl.gz"] = packed(dump(store).encode())
        files["networks.yaml"] = networks()
    ship(RECORDINGS / f"{scenario.name}-{level}", files)


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
    for name, shipped in SHIPPED.items():
        if no_logins and shipped == "userlogins.log":
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
