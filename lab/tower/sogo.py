"""The host with OpenSMTPD, Dovecot and SOGo: its accounts, its webmail, and how people use that."""

import base64
import crypt
import hashlib
import http.client
import json
import re
import subprocess
from urllib.parse import quote

from tower import world
from tower.clients import Refused, server_for
from tower.people import DOMAIN

ASSETS = ["css/styles.css", "js/vendor/angular.min.js", "js/Common.js", "js/Main.js"]


class Webmail:
    """A browser at SOGo: what its pages ask for when a person clicks."""

    def __init__(self, source, agent, pause, cached):
        self.source, self.agent, self.pause, self.cached = source, agent, pause, cached
        self.cookies, self.login, self.links = {}, None, {}

    def request(self, method, target, form=None):
        connection = http.client.HTTPConnection(server_for(self.source), 80, source_address=(self.source, 0),
                                                timeout=60)
        headers = {"Host": "webmail.interieur.example", "User-Agent": self.agent, "Connection": "close",
                   "Accept": "application/json, text/plain, */*", "Accept-Language": "fr-FR,fr;q=0.8"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            headers["X-XSRF-TOKEN"] = self.cookies.get("XSRF-TOKEN", "")
        body = None
        if form is not None:
            body = json.dumps(form).encode()
            headers["Content-Type"] = "application/json;charset=utf-8"
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        data = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        connection.close()
        if response.status in (301, 302) and method == "GET":
            place = response.headers["Location"].replace("http://webmail.interieur.example", "")
            return self.request("GET", place)
        if response.status == 403 and target == "/SOGo/connect":
            raise Refused("webmail")
        if response.status >= 400:
            raise RuntimeError(f"{method} {target}: {response.status} {data[:200]}")
        return data

    def own(self, method, path, form=None):
        return self.request(method, f"/SOGo/so/{self.login}/{path}", form)

    def ask(self, method, path, form=None):
        data = self.own(method, path, form)
        return json.loads(data) if data.strip() else {}

    def sign_in(self, login, password):
        self.request("GET", "/")
        if f"{login} {self.agent}" not in self.cached:
            self.cached.add(f"{login} {self.agent}")
            for asset in ASSETS:
                self.request("GET", f"/SOGo.woa/WebServerResources/{asset}")
        self.pause(9)
        self.request("POST", "/SOGo/connect", {
            "userName": login, "password": password, "verificationCode": None, "domain": None, "language": None,
            "rememberLogin": 0})
        self.login = login
        self.own("GET", "Mail/view")
        self.ask("GET", "Mail/0/view")

    def folder(self, name="INBOX"):
        """The message list of a folder: its UIDs, newest first, and the subjects of the first ones."""
        rows = self.ask("POST", f"Mail/0/{folder_path(name)}/view", {
            "sortingAttributes": {"match": "AND", "asc": 0, "sort": "arrival"}})
        uids = [str(row[0] if isinstance(row, list) else row) for row in rows["uids"]]     # lists: of threads, with a head
        return sorted((int(uid) for uid in uids if uid.isdigit()), reverse=True)

    def show(self, uid, folder="INBOX"):
        """Click on a message: SOGo hands over its text and the list of its parts, then marks it read."""
        page = self.ask("GET", f"Mail/0/{folder_path(folder)}/{uid}/view")
        self.ask("GET", f"Mail/0/{folder_path(folder)}/{uid}/markMessageRead")
        self.links = dict(links_of(page.get("parts", {})))
        return page

    preview = show          # there is one view

    def parts(self, _):
        """The attachments of the message that is shown, as IMAP numbers them."""
        return sorted(self.links)

    def attachment(self, _, part, folder="INBOX", download=True):
        link = self.links[part]
        return self.request("GET", link if download else link.replace("/asAttachment/", "/"))

    def heartbeat(self, folder="INBOX"):
        self.folder(folder)

    def send(self, to, subject, text):
        """Compose and send; SOGo keeps the Sent copy itself."""
        self.dispatch("Mail/0/compose", to, {"subject": subject, "text": text})

    def forward(self, uid, to, folder="INBOX"):
        """The button of that name: the message goes on as it is."""
        self.dispatch(f"Mail/0/{folder_path(folder)}/{uid}/forward", to, {})

    def dispatch(self, begin, to, words):
        draft = self.ask("GET", begin)
        place = f"Mail/0/{folder_path(draft['mailboxPath'])}/{draft['draftId']}"
        letter = self.ask("GET", f"{place}/edit")
        self.pause(40)
        letter |= {"from": self.login, "to": [to], "cc": [], "bcc": [], "isHTML": 0, "priority": "NORMAL",
                   "receipt": "false", **words}
        self.ask("POST", f"{place}/save", letter)
        self.ask("POST", f"{place}/send", letter)

    def export_folder(self, folder="INBOX"):
        """A folder's menu > Export: one archive of all its messages."""
        return self.own("GET", f"Mail/0/{folder_path(folder)}/exportFolder")

    def contacts_export(self):
        return self.own("GET", "Contacts/personal/export")

    def redirect_all(self, _, target):
        """Preferences > Mail > Forward: every message goes on, a copy stays."""
        self.own("GET", "Preferences")
        self.pause(17)
        defaults = self.ask("GET", "jsonDefaults")
        defaults["Forward"] = {"enabled": 1, "forwardAddress": [target], "keepCopy": 1, "alwaysSend": 0}
        return self.ask("POST", "Preferences/save", {"defaults": defaults, "settings": {}})

    def sign_out(self):
        self.own("GET", "logoff")


def links_of(part):
    """(part as IMAP numbers it, link) of those parts of a message's view that offer a file."""
    content = part.get("content")
    for child in content if isinstance(content, list) else []:
        yield from links_of(child)
    if part.get("type") in ("UIxMailPartLinkViewer", "UIxMailPartImageViewer"):
        link = part.get("downloadURL") or re.search(r'href="([^"]+/asAttachment/[^"]+)"', content)[1]
        yield re.search(r"/\d+/((?:\d+/)+)asAttachment/", link)[1].strip("/").replace("/", "."), link


def folder_path(name):
    """A/B as SOGo's URLs have it."""
    return "/".join("folder" + quote(part) for part in name.split("/"))


class World(world.World):
    def write_accounts(self):
        """The user files of Dovecot and OpenSMTPD, the table of SOGo."""
        files, rows = {"dovecot/users": [], "smtpd/accounts": [], "smtpd/addresses": [], "smtpd/boxes": []}, []
        for person in self.people.values():
            salt = hashlib.sha256(person.login.encode()).digest()[:8]
            digest = hashlib.sha512(person.password.encode() + salt).digest() + salt
            secret = f"{{SSHA512}}{base64.b64encode(digest).decode()}"
            files["dovecot/users"].append(f"{person.address}:{secret}")
            files["smtpd/accounts"].append(
                f"{person.address} {crypt.crypt(person.password, f'$6$rounds=1000${salt.hex()}')}")
            files["smtpd/addresses"].append(person.address)
            files["smtpd/boxes"].append(f"{person.address} vmail")
            name = person.name.replace("'", "''")
            rows.append(f"('{person.address}', '{person.address}', '{secret}', '{name}', '{person.address}')")
        files["smtpd/addresses"].append(f"postmaster@{DOMAIN}")
        files["smtpd/boxes"].append(f"postmaster@{DOMAIN} d.blanchard@{DOMAIN}")
        for name, lines in files.items():
            self.host.path(f"/etc/{name}").write_text("\n".join(lines) + "\n")
        for table in ("accounts", "addresses", "boxes"):
            self.host.run("smtpctl", "update", "table", table, stdout=subprocess.DEVNULL)
        self.host.run("runuser", "-u", "postgres", "--", "psql", "-q", "sogo",
                      input=f"INSERT INTO sogo_users VALUES {', '.join(rows)};".encode())

    def browser(self, person, source, agent=None):
        return Webmail(source, agent or person.browser, self.clock.skip, self.cached)
