"""Chromium, driven over its debugging pipe; and what holds of every page."""

import json
import os
import select
import subprocess
import time

PATIENCE = 60                     # seconds; only a browser that hangs takes so long

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"]

# Each is JavaScript that gives the list of what is wrong.
STATIC = {
    "no script": """[...document.querySelectorAll('script, iframe, object, embed, link, base, form, img, video')]
        .map(e => e.outerHTML.slice(0, 80))
        .concat([...document.querySelectorAll('*')].flatMap(e => [...e.attributes])
        .filter(a => /^on/i.test(a.name) || /^\\s*(javascript|data|https?):/i.test(a.value))
        .map(a => a.name + '=' + a.value.slice(0, 80)))""",
    "title and headings": """[
        document.title.trim() ? [] : ['no title'],
        document.querySelectorAll('h1').length == 1 ? [] : ['not one h1'],
        document.documentElement.lang ? [] : ['no language'],
        [...document.querySelectorAll('h1, h2, h3, h4')].map((h, i, all) =>
            i && h.tagName[1] - all[i - 1].tagName[1] > 1 ? h.tagName + ' skips a level: ' + h.innerText : '')
            .filter(x => x)].flat()""",
    "ids are unique": """[...document.querySelectorAll('[id]')].map(e => e.id)
        .sort().filter((id, i, all) => i && id == all[i - 1])""",
    "links have ends": """[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))
        .filter(h => h[0] != '#' || !document.getElementById(h.slice(1)))""",
    "citations are quoted": """[...document.querySelectorAll('a.cite')].filter(a => {
            const e = document.getElementById(a.getAttribute('href').slice(1));
            return !e || !e.querySelector('pre') || !/[0-9a-f]{64}/.test(e.textContent) })
        .map(a => a.outerHTML)""",
    "quotations link back": """[...document.querySelectorAll('.book > li')]
        .filter(e => !e.querySelector('.back a[href]')).map(e => e.id)""",
    "tables are told": """[...document.querySelectorAll('table')].filter(t => !t.caption ||
            [...t.querySelectorAll('th')].some(h => !h.scope)).map(t => t.className)
        .concat([...document.querySelectorAll('svg:not([aria-hidden])')]
            .filter(s => s.getAttribute('role') == 'img' && !s.querySelector('title')).map(s => 'svg'))""",
}
NO_SIDEWAYS = """document.documentElement.scrollWidth <= innerWidth ? [] :
    ['the page is ' + document.documentElement.scrollWidth + ' wide'].concat([...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, svg'))
        .slice(0, 3).map(e => e.outerHTML.slice(0, 80)))"""
# WCAG 2.2, 1.4.3: 4.5 to 1 for all text
CONTRAST = """(() => {
    const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const ground = e => { for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor); if (c.length == 3 || c[3] == 1) return c; }
        return [255, 255, 255]; };
    const bad = new Set();
    for (const e of [...document.querySelectorAll('body *')].slice(0, 20000)) {
        if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) continue;
        const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
        if ((a + .05) / (b + .05) < 4.5)
            bad.add(e.tagName + '.' + e.className + ' ' + ((a + .05) / (b + .05)).toFixed(2));
    }
    return [...bad];
})()"""


class Browser:
    """Chromium over two pipes: messages of JSON, each ended by NUL."""

    def __init__(self, program, profile):
        theirs_in, self.write_end = os.pipe()
        self.read_end, theirs_out = os.pipe()
        ours = {3: theirs_in, 4: theirs_out}
        self.child = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", program, *FLAGS,
             f"--user-data-dir={profile}", "about:blank"],
            pass_fds=tuple(ours.values()), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in ours.values():
            os.close(end)
        self.kept, self.number, self.events, self.session = b"", 0, [], None

    def message(self):
        until = time.monotonic() + PATIENCE
        while b"\0" not in self.kept:
            ready, _, _ = select.select([self.read_end], [], [], max(0, until - time.monotonic()))
            more = os.read(self.read_end, 1 << 20) if ready else b""
            if not more:
                raise RuntimeError("the browser does not answer")
            self.kept += more
        one, self.kept = self.kept.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **parameters):
        self.number += 1
        told = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            told["sessionId"] = self.session
        os.write(self.write_end, json.dumps(told).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())

    def attach(self):
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "DOM"):
            self.call(f"{domain}.enable")

    def open(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def list(self, script):
        """What the script finds wrong."""
        done = self.call("Runtime.evaluate", expression=f"JSON.stringify({script})", returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"]["exception"]["description"])
        return json.loads(done["result"]["value"])

    def resize(self, width):
        # not as "mobile": that widens the window to what overflows, and hides it from us
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def media(self, media="", scheme="light"):
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
            self.child.wait(PATIENCE)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.child.kill()
            self.child.wait()
