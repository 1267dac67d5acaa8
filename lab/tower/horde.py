"""The host with Postfix, Dovecot and Horde: its webmail, and how a browser uses that."""

import base64
import http.client
import json
import re
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

from tower import world
from tower.clients import Refused, server_for

SITE = "http://webmail.interieur.example"
ASSET = r'(?:src|href)="(/horde/static/[^"]+\.(?:css|js)[^"]*)"'
AJAX = "/horde/services/ajax.php/imp/"


class Webmail:
    """A browser at Horde's dynamic view: what its pages ask for when a person clicks."""

    def __init__(self, source, agent, pause, cached):
        self.source, self.agent, self.pause, self.cached = source, agent, pause, cached
        self.cookies, self.token, self.here, self.links = {}, None, None, {}
        self.known = {}         # folder -> what the server knows of the list that we hold
        self.unseen, self.held = {}, {}     # folder -> unread UIDs; what came already is not asked for again
        self.handed = []        # UIDs of the messages that came with the last answer

    def request(self, method, target, form=None, ajax=False):
        connection = http.client.HTTPConnection(server_for(self.source), 80, source_address=(self.source, 0),
                                                timeout=60)
        headers = {"Host": "webmail.interieur.example", "User-Agent": self.agent, "Connection": "close",
                   "Accept-Language": "fr-FR,fr;q=0.8"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if self.here:
            headers["Referer"] = SITE + self.here
        if ajax:
            headers |= {"X-Requested-With": "XMLHttpRequest", "X-Prototype-Version": "1.7.2"}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        data = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            if value == "deleted":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        connection.close()
        if response.status in (301, 302, 303):
            place = urlsplit(urljoin(SITE + target, response.headers["Location"]))
            return self.request("GET", place.path + (f"?{place.query}" if place.query else ""))
        if response.status >= 400:
            raise RuntimeError(f"{method} {target}: {response.status} {data[:300]}")
        return data

    def page(self, method, target, form=None):
        """A whole page, which the next requests come from."""
        text = self.request(method, target, form).decode("utf-8", "replace")
        self.here = target
        if found := re.search(r'"TOKEN":"([^"]+)"', text):
            self.token = found[1]
        return text

    def ask(self, action, **form):
        """One of the dynamic view's own calls: what it answers, beside the tasks that it brings."""
        data = self.request("POST", AJAX + action, {**form, "token": self.token}, ajax=True).decode()
        answer = json.loads(data.removeprefix("/*-secure-").removesuffix("*/"))
        return answer.get("response"), answer.get("tasks") or {}

    def sign_in(self, login, password):
        page = self.page("GET", "/horde/login.php")
        self.fetch_assets(login, page)
        self.pause(9)
        page = self.page("POST", "/horde/login.php", {
            "app": "", "login_post": "1", "url": "", "anchor_string": "", "horde_user": login, "horde_pass": password,
            "horde_select_view": "auto", "new_lang": "fr_FR"})
        if 'name="horde_pass"' in page:
            raise Refused("webmail")
        self.fetch_assets(login, self.page("GET", "/horde/imp/dynamic.php?page=mailbox"))
        self.view("dynamicInit", "INBOX")

    def fetch_assets(self, login, page):
        mark = f"{login} {self.agent} {'login' if 'horde_pass' in page else 'mail'}"
        if mark not in self.cached:
            self.cached.add(mark)
            for asset in re.findall(ASSET, page)[:4]:
                self.request("GET", unescape(asset))

    def view(self, action, folder):
        """The list of a folder's messages, as the pane with the list asks for it."""
        wish = {"view": form_name(folder), "initial": 1, "after": 100, "before": 0, "slice": "1:100", "cache": "",
                "cacheid": "", "checkcache": 0}
        _, tasks = self.ask(action, view=form_name(folder), mailbox=form_name(folder), viewport=json.dumps(wish))
        rows = tasks["imp:viewport"]
        self.known[folder] = rows.get("cacheid", "")
        data = {int(uid): row for uid, row in (rows.get("data") or {}).items()}
        self.unseen[folder] = [uid for uid in sorted(data) if "\\seen" not in data[uid].get("flag", [])]
        return sorted(map(int, rows.get("rowlist") or {}), reverse=True)

    def folder(self, name="INBOX"):
        """The message list of a folder: its UIDs, newest first."""
        return self.view("viewPort", name)

    def show(self, uid, folder="INBOX"):
        """Click on a message: the preview pane asks for it, and at once for the next unread one."""
        wish = {"view": form_name(folder), "buid": uid, "viewport": json.dumps(
            {"cache": "", "cacheid": self.known.get(folder, ""), "view": form_name(folder)})}
        ahead = [other for other in self.unseen.get(folder, []) if other != uid and (folder, other) not in self.held]
        if ahead:
            wish["msgload"] = min(ahead, key=lambda other: abs(other - uid))
        if (folder, uid) in self.held:
            _, tasks = self.ask("flagMessages", add=1, flags=json.dumps(["\\seen"]), **wish)
        else:
            _, tasks = self.ask("showMessage", preview=1, **wish)
        self.handed = [int(m["buid"]) for m in tasks.get("imp:message", [])]
        self.held |= {(folder, int(m["buid"])): m["data"] for m in tasks.get("imp:message", [])}
        page = self.held[folder, uid]
        self.links = {}
        for part in page.get("atc_list") or []:
            link = unescape(part["download_url"])
            self.links[re.search(r"[?&]id=([\d.]+)", link)[1]] = urlsplit(link)
        return page

    preview = show          # there is one view

    def parts(self, _):
        """The attachments of the message that is shown, as IMAP numbers them."""
        return sorted(self.links)

    def attachment(self, _, part, folder="INBOX", download=True):
        link = self.links[part]
        if download:
            return self.request("GET", f"{link.path}?{link.query}")
        query = link.query.replace("actionID=download_attach", "actionID=view_attach").replace("app=imp&", "")
        return self.request("GET", f"/horde/imp/view.php?{query}")

    def heartbeat(self, folder="INBOX"):
        self.ask("poll", view=form_name(folder), poll="[]",
                 viewport=json.dumps({"view": form_name(folder), "cacheid": self.known.get(folder, "")}))

    def compose(self, kind, **message):
        """A window of its own to write in, and what names it."""
        back = self.here
        page = self.page("GET", "/horde/imp/dynamic.php?" + urlencode({"page": "compose", "type": kind, **message}))
        self.here = back
        cache = re.search(r'"imp:compose":(\{[^}]*\})', page)
        return json.loads(cache[1])

    def send(self, to, subject, text):
        """Compose and send; IMP keeps the Sent copy itself."""
        self.dispatch(self.compose("new"), to, subject, text)

    def forward(self, uid, to, folder="INBOX"):
        """Forward as an attachment: the message goes on as it is."""
        self.dispatch(self.compose("forward_attach", mailbox=form_name(folder), buid=uid), to, "docs", "")

    def dispatch(self, cache, to, subject, text):
        self.pause(40)
        answer, tasks = self.ask(
            "sendMessage", composeCache=cache["cacheid"], composeHmac=cache.get("hmac", ""), to=to, cc="", bcc="",
            subject=subject, message=text, html=0, identity=0, priority="normal", save_sent_mail=1,
            save_sent_mail_mbox=form_name("Sent"), addr_ac="[]")
        if not (answer or {}).get("success"):
            raise RuntimeError(f"webmail did not send: {answer} {tasks}")

    def export_folder(self, folder="INBOX"):
        """A folder's menu > Export: one file of all its messages."""
        query = {"app": "imp", "actionID": "download_mbox", "mbox_list": json.dumps([form_name(folder)]), "type": "mbox"}
        return self.request("GET", f"/horde/services/download/?{urlencode(query)}&fn=/")

    def sign_out(self):
        self.page("GET", f"/horde/login.php?horde_logout_token={self.token}&logout_reason=4")


def form_name(folder):
    """A folder's name as IMP's forms and URLs have it."""
    return base64.urlsafe_b64encode(folder.encode()).decode().rstrip("=")


class World(world.World):
    def browser(self, person, source, agent=None):
        return Webmail(source, agent or person.browser, self.clock.skip, self.cached)
