"""The console of a watch over a recorded incident, in a browser: what it shows, by itself, and does not run."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

from chromium import CONTRAST, NO_SIDEWAYS, STATIC

RECORDING = "lab/recordings/stolen-password-webmail-rich"
DAY = ["mail.log", "access.log", "userlogins.log", "errors.log", "sendmail.log", "auth.log"]
WIDTHS = (360, 768, 1200)
PATIENCE = 60
# Who breaks in calls himself so; no log format takes a blank or a > in a name.
VICTIM, EVIL = b"c.martin@interieur.example", b"c.martin<svg/onload=window.pwned=1//"

OWN_ORIGIN_ONLY = """performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin + '/'))"""
NOTHING_RAN = """(window.pwned ? ['a script of the intruder ran'] : []).concat(
    [...document.querySelectorAll('main img, main iframe, main script, main [onload], main [onerror]')]
        .map(e => e.outerHTML.slice(0, 80)))"""
NAMED = """[...document.querySelectorAll('a, button, summary, input')]
    .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML.slice(0, 80))"""
LANDMARKS = """['header', 'nav[aria-label]', 'main', '#live[role=status]'].filter(s => !document.querySelector(s))"""


class Watch:
    def __init__(self, top, folder):
        self.tocsin = top / os.environ.get("TOCSIN", "build/tocsin")
        self.recording, self.logs, self.state = top / RECORDING, folder / "log", folder / "state"
        self.logs.mkdir(parents=True)
        for name in DAY:
            if (packed := self.recording / f"{name}.1.gz").exists():
                (self.logs / packed.name).write_bytes(packed.read_bytes())
            (self.logs / name).touch()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.base = f"http://127.0.0.1:{s.getsockname()[1]}"
        self.child = subprocess.Popen(
            [self.tocsin, "watch", "--state", self.state, "--networks", self.recording / "networks.yaml",
             "--console", self.base[7:], self.logs],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(folder / "err", "wb"))

    def grow(self, victim=VICTIM):
        for name in DAY:
            if (log := self.recording / name).exists():
                with open(self.logs / name, "ab") as out:
                    out.write(log.read_bytes().replace(VICTIM, victim))

    def link(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            done = subprocess.run([self.tocsin, "status", "--console-link", "--state", self.state],
                                  capture_output=True, text=True)
            if done.returncode == 0:
                return done.stdout.strip()
            time.sleep(0.1)
        raise RuntimeError(f"there is no link: {done.stderr}")

    def incident(self):
        return json.loads((self.state / "report.json").read_text())["incidents"][0]["id"]

    def end(self):
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(PATIENCE)


def comes(browser, script, what):
    """Nothing once the script is true; else what did not come."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if browser.list(f"[{script}]") == [True]:
            return []
        time.sleep(0.2)
    return [f"{what} did not come", *browser.list("[document.body.innerText.slice(0, 400)]")]


def complaints(browser):
    """Content-Security-Policy and scripts that broke are told in the browser's log."""
    return [e["params"]["entry"]["text"] for e in browser.events if e.get("method") == "Log.entryAdded"] + \
           [e["params"]["exceptionDetails"]["text"] for e in browser.events if e.get("method") == "Runtime.exceptionThrown"]


def page(browser, url, name):
    """What holds of each of its pages."""
    browser.media()
    browser.resize(WIDTHS[-1])
    browser.open(url)
    yield f"{name}: the script runs", comes(browser, "document.getElementById('live').textContent == 'live'", "live")
    for law in ("title and headings", "ids are unique", "tables are told"):
        yield f"{name}: {law}", browser.list(STATIC[law])
    yield f"{name}: landmarks and names", browser.list(NAMED) + browser.list(LANDMARKS)
    for width in WIDTHS:
        browser.resize(width)
        yield f"{name}: fits {width} pixels", browser.list(NO_SIDEWAYS)
    for scheme in ("light", "dark"):
        browser.media(scheme=scheme)
        yield f"{name}: contrast, {scheme}", browser.list(CONTRAST)
    browser.media("print")
    browser.resize(720)
    yield f"{name}: fits paper", browser.list(NO_SIDEWAYS)
    browser.media()
    yield f"{name}: asks for its own alone, and the browser has no complaint", \
        browser.list(OWN_ORIGIN_ONLY) + complaints(browser)


def without_script(browser, watch):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(f"{watch.base}/")
        text = browser.call("DOM.getDocument", depth=-1, pierce=True)
        html = browser.call("DOM.getOuterHTML", nodeId=text["root"]["nodeId"])["outerHTML"]
        yield "without script it says the same, and loads itself anew", \
            [w for w in ("One incident", "Stolen password", "tocsin contain plan", "http-equiv=\"refresh\"") if w not in html]
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def keyboard(browser, watch):
    browser.open(f"{watch.base}/")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    yield "the first key leads past the menu", \
        browser.list("document.activeElement.className == 'skip' ? [] : [document.activeElement.outerHTML.slice(0, 80)]")


def laws(browser, watch):
    watch.link()                         # it listens
    browser.open(f"{watch.base}/")
    yield "a stranger sees how to come in, and nothing else", \
        browser.list("/console-link/.test(document.body.innerText) && !/martin|mail.log/.test(document.body.innerText) ? [] : [1]")
    browser.open(watch.link())
    yield "a link lets in and leads on", comes(browser, "location.pathname == '/' && !!document.getElementById('watch')", "the page")
    yield "it is quiet before", browser.list("/No (incident|report)/.test(document.querySelector('h1').innerText) ? [] : [1]")
    browser.list("[window.mark = 1]")
    watch.grow()
    yield "a finding comes by itself", comes(browser, "/martin/.test(document.getElementById('newest').innerText)", "the finding")
    yield "the incident comes by itself", comes(
        browser, "/One incident/.test(document.querySelector('h1').innerText) && /One incident/.test(document.title)", "the incident")
    yield "and the page was not loaded anew", browser.list("window.mark ? [] : ['it was']")
    yield from page(browser, f"{watch.base}/", "incidents")
    yield from page(browser, f"{watch.base}/guard", "guard")
    yield from page(browser, f"{watch.base}/incident/{watch.incident()}", "incident")
    yield from without_script(browser, watch)
    yield from keyboard(browser, watch)
    watch.grow(EVIL)
    browser.open(f"{watch.base}/")
    yield "a hostile name comes as text", comes(browser, "/<svg.onload/.test(document.getElementById('newest').innerText)", "the name")
    yield "and does not run", browser.list(NOTHING_RAN) + complaints(browser)
    watch.end()
    yield "when the watch ends the page says that it is old", comes(
        browser, "/this page is old/.test(document.getElementById('live').textContent)", "the word")


def check(browser, top, folder):
    """(name of a law, what breaks it)."""
    watch = Watch(top, Path(folder))
    try:
        yield from laws(browser, watch)
    finally:
        watch.end()
