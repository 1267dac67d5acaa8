"""An account of Microsoft 365 shut out through Graph: a small tenant with a state, and every way in which it fails."""

import copy
import http.server
import json
import os
import pty
import random
import re
import subprocess
import threading
import time
import urllib.parse

import pytest

import tenant
from tenant import Tenant, upn
from tocsin import TOCSIN, TOP

ELSA, FINN = upn("elsa"), upn("finn")
TOKEN = "eyJ0eXAi.test.token"
RULES = [
    {"id": "r1", "displayName": ".", "sequence": 1, "isEnabled": True, "hasError": False, "isReadOnly": False,
     "conditions": {"subjectContains": ["invoice", "faktúra \"x\""]}, "actions": {"delete": True, "stopProcessingRules": True}},
    {"id": "r2", "displayName": "..", "sequence": 2, "isEnabled": True, "hasError": False, "isReadOnly": False,
     "conditions": {}, "actions": {"redirectTo": [{"emailAddress": {"name": "x", "address": "x@boite-libre.example"}}]}},
    {"id": "own", "displayName": "colours", "sequence": 3, "isEnabled": True, "hasError": False, "isReadOnly": False,
     "conditions": {}, "actions": {"assignCategories": ["red"]}},
]
GRANTS = [{"id": "g1", "clientId": "c-1", "consentType": "Principal", "principalId": "id-finn", "resourceId": "res",
           "scope": "offline_access Mail.Read Mail.Send"}]
ROLES = [{"id": "a/1", "principalId": "id-finn", "resourceId": "app", "appRoleId": "00000000-0000-0000-0000-000000000000",
          "createdDateTime": "2026-03-17T10:50:00Z"}]


class Graph:
    """The tenant: users, rules, grants; `faults` are answered first, one each request."""

    def __init__(self):
        self.users = {name: {"id": f"id-{name.split('@')[0]}", "accountEnabled": True,
                             "signInSessionsValidFromDateTime": "2026-01-01T00:00:00Z"} for name in (ELSA, FINN)}
        self.rules = {ELSA: copy.deepcopy(RULES), FINN: []}
        self.grants, self.roles = copy.deepcopy(GRANTS), copy.deepcopy(ROLES)
        self.faults, self.log, self.revoked, self.serial, self.lock = [], [], 0, 100, threading.Lock()
        graph = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            do_GET = do_POST = do_PATCH = do_DELETE = lambda self: graph.serve(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}/v1.0"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def state(self):
        """What undo gives back: all but the ids that a tenant chooses anew, and sessions."""
        bare = lambda rows: sorted(json.dumps({k: v for k, v in r.items() if k not in ("id", "createdDateTime")}, sort_keys=True) for r in rows)
        return ({n: u["accountEnabled"] for n, u in self.users.items()}, {n: bare(r) for n, r in self.rules.items()},
                bare(self.grants), bare(self.roles))

    def serve(self, h):
        with self.lock:
            body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
            self.log.append((h.command, h.path))
            fault = self.faults.pop(0) if self.faults else None
            if fault == "hang":
                time.sleep(3)
                fault = 503
            if isinstance(fault, tuple):
                return self.say(h, fault[0], {"error": {"code": "TooManyRequests"}}, {"Retry-After": str(fault[1])})
            if fault == "huge":
                return self.say(h, 200, {"value": ["x" * (9 << 20)]})
            if fault == "sent on":                     # the token goes nowhere else
                return self.say(h, 302, None, {"Location": f"{self.base}/elsewhere"})
            if isinstance(fault, int):
                return self.say(h, fault, {"error": {"code": "Fault", "message": "as asked"}})
            if h.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.say(h, 401, {"error": {"code": "InvalidAuthenticationToken", "message": "expired"}})
            status, answer = self.answer(h.command, urllib.parse.urlsplit(h.path), json.loads(body or b"null"))
            if fault == "cut":
                return self.cut(h, json.dumps(answer))
            if fault == "gone":                        # done, and the answer lost
                h.close_connection = True
                return h.connection.close()
            return self.say(h, status, answer)

    def say(self, h, status, answer, heads={}):
        data = b"" if answer is None else json.dumps(answer).encode()
        h.send_response(status)
        for name, value in {**heads, "Content-Length": str(len(data))}.items():
            h.send_header(name, value)
        h.end_headers()
        h.wfile.write(data)

    def cut(self, h, text):
        """Half of the JSON, under a length that says it is all."""
        half = text[:len(text) // 2].encode()
        h.send_response(200)
        h.send_header("Content-Length", str(len(half)))
        h.end_headers()
        h.wfile.write(half)

    def answer(self, verb, url, body):
        parts = [urllib.parse.unquote(p) for p in url.path.split("/")[2:]]
        if parts[0] == "oauth2PermissionGrants":
            return self.collection(verb, self.grants, parts[1:], body)
        user = self.users.get(parts[1])
        if not user:
            return 404, {"error": {"code": "Request_ResourceNotFound"}}
        if parts[2:] == []:
            if verb == "PATCH":
                user.update(body)
                return 204, None
            return 200, user
        if parts[2] == "revokeSignInSessions":
            self.revoked += 1
            user["signInSessionsValidFromDateTime"] = f"2026-03-18T00:00:{self.revoked:02}Z"
            return 200, {"value": True}
        if parts[2] == "mailFolders":
            return self.collection(verb, self.rules[parts[1]], parts[5:], body, url.query)
        rows = self.grants if parts[2] == "oauth2PermissionGrants" else self.roles
        return self.collection(verb, rows if parts[1] == FINN else [], parts[3:], body)

    def collection(self, verb, rows, rest, body, query=""):
        if verb == "POST":
            self.serial += 1
            rows.append({"id": f"n{self.serial}", **body, **({"hasError": False, "isReadOnly": False} if "actions" in body else {})})
            return 201, rows[-1]
        if verb == "DELETE":
            found = [r for r in rows if r["id"] == rest[0]]
            if not found:
                return 404, {"error": {"code": "ErrorItemNotFound"}}
            rows.remove(found[0])
            return 204, None
        if rows is self.rules.get(ELSA) and "skip" not in query and len(rows) > 1:      # in pages
            return 200, {"value": rows[:1], "@odata.nextLink": f"{self.base}/users/{ELSA}/mailFolders/inbox/messageRules?$skip=1"}
        return 200, {"value": rows[1:] if "skip" in query else rows}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Of an account with rules that hide mail, and of one with a consent, each from a tenant's audit log."""
    folder, made = tmp_path_factory.mktemp("reports"), {}
    for name, tell in {"rules": tenant.forwarding, "consent": tenant.consent}.items():
        t = Tenant()
        tell(t)
        lines = Tenant.lines(t)
        (folder / f"{name}.jsonl").write_bytes(lines if isinstance(lines, bytes) else lines.encode())
        made[name] = folder / f"{name}.json"
        subprocess.run([TOCSIN, "scan", "--quiet", "--json", made[name], folder / f"{name}.jsonl"], check=False, capture_output=True)
    return made


@pytest.fixture
def world(tmp_path, reports):
    class World:
        graph, folder = Graph(), tmp_path

        def configure(self, base=None, token=TOKEN, mode=0o600):
            (tmp_path / "state").mkdir(exist_ok=True)
            (tmp_path / "token").write_text(token + "\n")
            (tmp_path / "token").chmod(mode)
            (tmp_path / "state/graph.yml").write_text(f"base: {base or self.graph.base}\ntoken: {tmp_path}/token\n")

        def run(self, *words, status=(0,)):
            done = subprocess.run([TOCSIN, "contain", *words, "--state", tmp_path / "state"], capture_output=True, text=True, timeout=200)
            assert done.returncode in status, done.stdout + done.stderr
            return done.stdout

        def plan(self, name="rules"):
            return self.run("plan", reports[name])

        def only(self, verb, *levers, status=(0,)):
            return self.run(verb, *[w for l in levers for w in ("--only", l)], "--yes", status=status)

        def evidence(self):
            return {p.name: p.read_text() for p in (tmp_path / "state/evidence").rglob("tenant-*")}

    w = World()
    yield w
    w.graph.server.shutdown()


def test_an_address_of_the_tenant_alone_is_not_blocked(tmp_path, reports):
    """It never came to this host, and may be a front of the provider's; with --force it is a person's word."""
    plan = lambda *more: subprocess.run([TOCSIN, "contain", "plan", tmp_path / "report.json", "--mode", "fast", "--state", tmp_path / "state", *more],
                                        capture_output=True, text=True).stdout
    report = json.loads(reports["rules"].read_text())
    source = report["incidents"][0]["sources"][0]["ip"]
    says = lambda text: re.search(rf"block +network +{re.escape(source)}.*?(?=\n +\d+  )", text, re.S)[0]
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert "records of the tenant alone name it" in says(plan()) and "--force" in says(plan())
    assert "records of the tenant" not in plan("--force")
    report["inputs"][0]["formats"]["dovecot"] = 1              # a log that holds both: nothing is known of the record
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert "records of the tenant" not in plan()
    report["inputs"].append({**report["inputs"][0], "formats": {"dovecot": 1}})
    report["inputs"][0]["formats"] = {"m365": 1}
    finding = report["incidents"][0]["findings"][0]
    report["incidents"][0]["findings"].append({**finding, "source_ip": source, "evidence": [{**finding["evidence"][0], "input": 1}]})
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert "records of the tenant" not in plan()               # he came here, too


def test_what_was_measured_stays(world):
    """In the journal, for whoever looks later: at the status, or at the console."""
    world.configure()
    world.plan()
    assert "measured" not in world.run("status")
    world.only("apply", "tenant-off")
    world.run("verify", status=(0, 1, 2))
    assert re.search(r"measured (not contained|unknown|contained), ", world.run("status"))
    subprocess.run([TOCSIN, "journal", "verify", "--state", world.folder / "state"], check=True, capture_output=True)


def at_once(world, *calls):
    started = [subprocess.Popen([TOCSIN, "contain", *words, "--state", world.folder / "state"], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True) for words in calls]
    return [(p.wait(200), p.stdout.read()) for p in started]


def patient(world, *words):
    """An operator who was told that another is at work, and says it again."""
    until = time.monotonic() + 100
    while True:
        done = subprocess.run([TOCSIN, "contain", *words, "--state", world.folder / "state"], capture_output=True, text=True)
        if done.returncode == 0 or time.monotonic() > until:
            return done
        time.sleep(0.05)


OFF, REVOKE = ("--only", "tenant-off", "--yes"), ("--only", "tenant-revoke", "--yes")


@pytest.mark.parametrize("first, second", [(("apply", *REVOKE), ("apply", *REVOKE)), (("apply", *OFF), ("undo", *OFF)),
                                           (("undo", *OFF), ("apply", *OFF))])
def test_two_operators_at_once(world, first, second):
    """One waits or is told that another is at work; what was done was done once, and all can be taken back."""
    world.configure()
    before = world.graph.state()
    world.plan()
    for _ in range(4):
        for status, said in at_once(world, first, second, first, second):
            assert status == 0 or "another" in said, said
    assert patient(world, *first).returncode == 0
    assert patient(world, "undo", *OFF).returncode == 0
    assert world.graph.revoked <= 1 and world.graph.state() == before
    subprocess.run([TOCSIN, "journal", "verify", "--state", world.folder / "state"], check=True, capture_output=True)


def test_two_operators_of_two_incidents_of_one_account(world, reports):
    """The account opens with the last plan that shuts it, whoever undoes first."""
    world.configure()
    before = world.graph.state()
    report = json.loads(reports["rules"].read_text())
    other = {**report["incidents"][0], "id": "T-20260317-9"}
    (world.folder / "two.json").write_text(json.dumps({**report, "incidents": [report["incidents"][0], other]}))
    one, two = report["incidents"][0]["id"], other["id"]
    for name in (one, two):
        world.run("plan", world.folder / "two.json", name)
    for _ in range(3):
        for name, (status, said) in zip((one, two), at_once(world, ("apply", one, *OFF), ("apply", two, *OFF))):
            assert status == 0 or "another" in said, said
            assert patient(world, "apply", name, *OFF).returncode == 0
        assert not world.graph.users[ELSA]["accountEnabled"]
        results = at_once(world, ("undo", one, *OFF), ("undo", two, *OFF))
        assert any(status == 0 for status, _ in results)
        for name in (one, two):
            assert patient(world, "undo", name, *OFF).returncode == 0
        assert world.graph.state() == before


def test_who_thinks_a_question_over_holds_up_nobody(world):
    world.configure()
    world.plan()
    ours, theirs = pty.openpty()
    thinking = subprocess.Popen([TOCSIN, "contain", "apply", "--only", "tenant-off", "--state", world.folder / "state"],
                                stdin=theirs, stdout=theirs, stderr=subprocess.STDOUT)
    os.close(theirs)
    said = os.read(ours, 4096)                                 # the question
    world.only("apply", "tenant-revoke")
    os.write(ours, b"yes\n")
    assert thinking.wait(100) == 0, said
    assert not world.graph.users[ELSA]["accountEnabled"] and world.graph.revoked == 1
    os.close(ours)


ALL = ["tenant-off", "tenant-revoke", "tenant-rules", "tenant-consents"]


def test_without_credentials(world):
    plan = world.plan()
    assert f"Update-MgUser -UserId '{ELSA}' -AccountEnabled:$false" in plan
    assert f"Revoke-MgUserSignInSession -UserId '{ELSA}'" in plan
    assert f"Remove-MgUserMailFolderMessageRule -UserId '{ELSA}'" in plan and "-ForwardingSmtpAddress $null" in plan
    assert "no way to Microsoft Graph is configured" in plan
    assert "Remove-MgOauth2PermissionGrant" in world.plan("consent")
    assert "tenant-off  failed" in world.only("apply", *ALL, status=(2,))


def test_shut_and_given_back(world):
    world.configure()
    before = world.graph.state()
    assert "Graph is configured" not in world.plan()
    assert world.graph.state() == before and not world.graph.log, "a plan asks nothing"
    world.only("apply", *ALL)
    assert not world.graph.users[ELSA]["accountEnabled"] and world.graph.users[FINN]["accountEnabled"]
    assert [r["id"] for r in world.graph.rules[ELSA]] == ["own"]
    assert world.graph.revoked == 1
    assert "boite-libre" in "".join(world.evidence().values())
    verify = world.run("verify", status=(0, 1, 2))
    assert len(re.findall(r"^  shut +tenant-", verify, re.M)) == 3, verify
    world.only("apply", *ALL)
    assert world.graph.revoked == 1
    world.only("undo")
    assert world.graph.state() == before
    assert len(re.findall(r"^  OPEN +tenant-", world.run("verify", status=(0, 1, 2)), re.M)) <= 3


def test_consents(world):
    world.configure()
    before = world.graph.state()
    world.plan("consent")
    world.only("apply", "tenant-consents")
    assert not world.graph.grants and not world.graph.roles
    assert "0 consents, 0 application roles" in world.run("verify", status=(0, 1, 2))
    world.only("undo")
    assert world.graph.state() == before


# what the tenant answers first, and whether the step is done in spite of it
FAULTS = [([(429, 1)], True), ([503], True), ([500, 502], True), (["cut"], True), (["gone"], True), ([504, (429, 1), "cut"], True),
          ([(429, 3600)], False), ([400], False), ([403], False), ([401], False), ([500] * 50, False), (["cut"] * 50, False), (["huge"], False), (["sent on"], False)]


@pytest.mark.parametrize("faults,done", FAULTS, ids=[str(f[:3]).replace(" ", "") for f, _ in FAULTS])
def test_faults(world, faults, done):
    """Of each step: done in spite of it, or marked failed with what to do; asked again, it is finished; undone whole."""
    world.configure()
    before = world.graph.state()
    world.plan()
    world.graph.faults = list(faults)
    said = world.only("apply", "tenant-rules", status=(0, 2))
    assert ("applied" in said) == done, said
    if not done:
        assert "because: Microsoft Graph" in said and "by hand: in PowerShell" in said
        world.graph.faults = []
        world.only("apply", "tenant-rules")
    assert [r["id"] for r in world.graph.rules[ELSA]] == ["own"]
    world.graph.faults = list(faults[:3])
    said = world.only("undo", status=(0, 2))
    if "undo-failed" in said:
        world.graph.faults = []
        world.only("undo")
    assert world.graph.state() == before


@pytest.mark.parametrize("at", range(6))
def test_answer_lost(world, at):
    """Done, and the answer never came, at each request in turn: nothing twice, nothing lost."""
    world.configure()
    before = world.graph.state()
    world.plan()
    for verb in ("apply", "undo"):
        world.graph.faults = [None] * at + ["gone"]
        said = world.only(verb, *ALL, status=(0, 2))
        if "failed" in said:
            world.only(verb, *ALL)
    assert world.graph.state() == before and world.graph.revoked == 1


def test_token(world):
    world.configure(token="old")
    world.plan()
    assert "the token is refused" in world.only("apply", "tenant-off", status=(2,))
    world.configure(mode=0o644)
    assert "chmod 600" in world.plan()
    world.configure()
    world.only("apply", "tenant-off")
    assert not world.graph.users[ELSA]["accountEnabled"]
    world.only("undo")


BASES = [("http://graph.example/v1.0", "https:// alone"), ("http://127.0.0.1:1@graph.example", "https:// alone"),
         ("ftp://127.0.0.1", "https:// alone"), ("http://127.0.0.1:9/v1.0", "")]


@pytest.mark.parametrize("base,says", BASES)
def test_base(world, base, says):
    world.configure(base=base)
    assert says in world.plan()
    assert "failed" in world.only("apply", "tenant-off", status=(2,))


def test_an_account_that_the_tenant_does_not_have(world):
    world.configure()
    del world.graph.users[ELSA]
    world.plan()
    world.only("apply", *ALL)
    assert "the tenant has no such account" in world.run("verify", status=(0, 1, 2))
    world.only("undo")


# --- kills and failures: a few in every run; TOCSIN_KILLS=1000 TOCSIN_FAULTS=200 for a campaign ---------------------------

KILLS, FAULTS_EACH = int(os.environ.get("TOCSIN_KILLS", "40")), int(os.environ.get("TOCSIN_FAULTS", "8"))


def states(world, levers):
    return {m[2] for m in re.finditer(r"^ +\d+  (\S+) +(\S+)", world.run("status"), re.M) if m[1] in levers}


def test_killed(world):
    """kill -9 at random moments of apply and undo, until each is done: nothing lost, nothing twice, nothing half."""
    world.configure()
    before, kills, rng = world.graph.state(), 0, random.Random(7)
    world.plan()
    only = [w for lever in ALL for w in ("--only", lever)]
    while kills < KILLS:
        for verb, wanted in (("apply", "applied"), ("undo", "undone")):
            for _ in range(10):
                process = subprocess.Popen([TOCSIN, "contain", verb, *only, "--yes", "--state", world.folder / "state"],
                                           stdout=subprocess.DEVNULL)
                try:
                    process.wait(rng.uniform(0.001, 0.06))
                except subprocess.TimeoutExpired:
                    process.kill()
                    kills += 1
                assert process.wait() in (0, 2, -9)
                with world.graph.lock:                 # what was asked before the kill is done, or is not
                    pass
                time.sleep(0.01)
            world.only(verb, *ALL)
            assert states(world, ALL) == {wanted}
            if verb == "apply":
                assert not world.graph.users[ELSA]["accountEnabled"] and [r["id"] for r in world.graph.rules[ELSA]][:1] != ["r1"]
        assert world.graph.state() == before
    print(f"{kills} kills")


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    made = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run(["gcc", "-std=gnu17", "-O2", "-shared", "-fPIC", "-o", made, TOP / "tests/faults.c", "-ldl"], check=True)
    return made


@pytest.mark.parametrize("lever", ALL)
def test_calls_fail(world, faults, lever):
    """Each call to the system in turn: no space, half a write, no permission. What failed is said, finished, and undone."""
    world.configure()
    before, done, at = world.graph.state(), 0, {}
    world.plan("consent" if lever == "tenant-consents" else "rules")
    kinds = [(verb, error, rest) for error in (28, 0, 13) for rest in (0, 1) for verb in ("apply", "undo")]
    while done < FAULTS_EACH and kinds:
        for kind in list(kinds):
            verb, error, rest = kind
            at[kind] = at.get(kind, 0) + 1
            said_so = world.folder / "said"
            said_so.unlink(missing_ok=True)
            if verb == "undo":
                world.only("apply", lever)
            environment = {**os.environ, "LD_PRELOAD": str(faults), "FAULT_AT": str(at[kind]), "FAULT_ERRNO": str(error),
                           "FAULT_ALL": str(rest), "FAULT_SAYS": str(said_so)}
            run = subprocess.run([TOCSIN, "contain", verb, "--only", lever, "--yes", "--state", world.folder / "state"],
                                 capture_output=True, text=True, env=environment, timeout=100)
            assert run.returncode in (0, 2), (kind, at[kind], run.stdout + run.stderr)
            assert run.returncode == 0 or "failed" in run.stdout or "tocsin: " in run.stderr or "journal" in run.stdout
            if verb == "apply":
                world.only("apply", lever)
            world.only("undo", lever)
            assert world.graph.state() == before, (kind, at[kind], run.stdout)
            done += said_so.exists()
            if not said_so.exists():
                kinds.remove(kind)
    print(f"{lever}: {done} failures")
