"""The programs that people and intruders use, each from a chosen address."""

import email
import email.policy
import http.client
import imaplib
import json
import poplib
import re
import smtplib
import socket
import ssl
from html import unescape
from urllib.parse import urlencode

from tower.stack import HOST_V4, HOST_V6

ASSET = r'(?:src|href)="((?:skins|program|plugins)/[^"]+\.(?:css|js)[^"]*)"'
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE
imaplib._MAXLINE = 10_000_000


class Refused(Exception):
    """The server did not accept the password."""


def server_for(source):
    return HOST_V6 if ":" in source else HOST_V4


class Imap(imaplib.IMAP4_SSL):
    def __init__(self, source, login, password, client=None):
        self.source = source
        super().__init__(server_for(source), 993, ssl_context=TLS)
        self.prefix = "INBOX." if b"Courier" in self.welcome else ""     # of all folders but the first
        try:
            if client:
                self.xatom("ID", f'("name" "{client}")')
            self.login(login, password)
        except imaplib.IMAP4.error as error:
            self.shutdown()
            raise Refused(str(error)) from None

    def _create_socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), source_address=(self.source, 0))
        return TLS.wrap_socket(plain)

    def named(self, folder):
        return folder if folder.startswith("INBOX") else self.prefix + folder

    def create(self, folder):
        return super().create(self.named(folder))

    def subscribe(self, folder):
        return super().subscribe(self.named(folder))

    def append(self, folder, *rest):
        return super().append(self.named(folder), *rest)

    def folders(self):
        return [re.search(rb'"?([^" ]+)"?$', line)[1].decode() for line in self.list()[1]]

    def enter(self, folder, readonly=True):
        self.select(f'"{self.named(folder)}"', readonly=readonly)
        return [int(uid) for uid in self.uid("SEARCH", "ALL")[1][0].split()]

    def headers(self, uids):
        """The list that every mail program shows; opens nothing."""
        if uids:
            self.uid("FETCH", spread(uids),
                     "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)])")

    def bodies(self, uids, item="BODY.PEEK[]"):
        """Whole messages: (uid, bytes) of each."""
        if not uids:
            return []
        answer = self.uid("FETCH", spread(uids), f"(UID {item})")[1]
        return [(int(re.search(rb"UID (\d+)", part[0])[1]), part[1])
                for part in answer if isinstance(part, tuple)]


def spread(uids):
    return ",".join(map(str, uids))


class Pop(poplib.POP3_SSL):
    def __init__(self, source, login, password):
        self.source = source
        super().__init__(server_for(source), 995, context=TLS)
        try:
            self.user(login)
            self.pass_(password)
        except poplib.error_proto as error:
            self.close()
            raise Refused(str(error)) from None

    def _create_socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), source_address=(self.source, 0))
        return TLS.wrap_socket(plain)


def submit(source, login, password, message, recipients, helo="[192.168.1.20]"):
    """Authenticated submission on port 587."""
    with smtplib.SMTP(server_for(source), 587, local_hostname=helo, source_address=(source, 0)) as smtp:
        smtp.starttls(context=TLS)
        try:
            smtp.login(login, password)
        except smtplib.SMTPAuthenticationError as error:
            raise Refused(str(error)) from None
        smtp.send_message(message, message["From"].addresses[0].addr_spec, recipients)


def relay(source, helo, sender, letters):
    """Another mail host hands in messages: (recipients, bytes) each."""
    with smtplib.SMTP(HOST_V4, 25, local_hostname=helo, source_address=(source, 0)) as smtp:
        for recipients, message in letters:
            smtp.sendmail(sender or message["From"].addresses[0].addr_spec, recipients, bytes(message))


def probe(source, port):
    """What monitoring does: connect, read the greeting, leave politely."""
    with socket.create_connection((HOST_V4, port), source_address=(source, 0), timeout=5) as sock:
        sock.recv(200)
        sock.sendall({143: b"a LOGOUT\r\n", 25: b"QUIT\r\n"}[port])
        sock.recv(200)


class Webmail:
    """A browser at Roundcube: one cookie jar, one address, one user agent."""

    def __init__(self, source, agent, pause, cached):
        self.source, self.agent, self.pause, self.cached = source, agent, pause, cached
        self.cookies, self.token, self.here = {}, None, "/"

    def request(self, method, target, form=None, ajax=False):
        host = server_for(self.source)
        connection = http.client.HTTPConnection(host, 80, source_address=(self.source, 0), timeout=30)
        headers = {"Host": "webmail.interieur.example", "User-Agent": self.agent, "Connection": "close",
                   "Accept-Language": "fr-FR,fr;q=0.8"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if self.here != "/" or ajax or method == "POST":
            headers["Referer"] = "http://webmail.interieur.example" + self.here
        if ajax:
            headers |= {"X-Requested-With": "XMLHttpRequest", "X-Roundcube-Request": self.token}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        data = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            if value == "-del-":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        connection.close()
        if response.status in (301, 302):
            return self.request("GET", "/" + response.headers["Location"].lstrip("./"))
        if response.status >= 400:
            raise RuntimeError(f"{method} {target}: {response.status}")
        text = data.decode("utf-8", "replace")
        if found := re.search(r'"request_token":"([^"]+)"', text):
            self.token = found[1]
        if not ajax and target.startswith("/?") and "_action=get" not in target:
            self.here = target
        return text if "_action=get" not in target else data

    def get(self, **query):
        return self.request("GET", "/?" + urlencode(query))

    def ajax(self, **query):
        text = self.request("GET", "/?" + urlencode(query | {"_remote": 1}), ajax=True)
        return json.loads(text).get("exec", "")

    def sign_in(self, login, password):
        page = self.request("GET", "/")
        if f"{login} {self.agent}" not in self.cached:
            self.cached.add(f"{login} {self.agent}")
            for asset in re.findall(ASSET, page)[:6]:
                self.request("GET", "/" + unescape(asset))
        self.pause(9)
        token = re.search(r'name="_token" value="([^"]+)"', page)[1]
        try:
            page = self.request("POST", "/?_task=login", {
                "_token": token, "_task": "login", "_action": "login", "_timezone": "Europe/Paris",
                "_url": "", "_user": login, "_pass": password})
        except RuntimeError as error:
            raise Refused(str(error)) from None
        if '"task":"mail"' not in page:
            raise Refused("webmail")

    def folder(self, name="INBOX", page=None):
        """The message list of a folder: its UIDs as shown, newest first."""
        query = {"_task": "mail", "_action": "list", "_layout": "widescreen", "_mbox": name, "_page": page or ""}
        return [int(uid) for uid in re.findall(r"add_message_row\((\d+)", self.ajax(**query))]

    def preview(self, uid, folder="INBOX"):
        return self.get(_task="mail", _uid=uid, _mbox=folder, _framed=1, _action="preview")

    def show(self, uid, folder="INBOX"):
        return self.get(_task="mail", _mbox=folder, _uid=uid, _action="show")

    def attachment(self, uid, part, folder="INBOX", download=True):
        query = {"_task": "mail", "_action": "get", "_mbox": folder, "_uid": uid, "_part": part}
        data = self.get(**query, **({"_token": self.token, "_download": 1} if download else {"_embed": 1}))
        if data.lstrip().startswith(b"<!DOCTYPE"):
            raise RuntimeError(f"webmail did not hand over part {part} of {uid}")
        return data

    @staticmethod
    def parts(page):
        """The attachments that a message's page offers, as IMAP numbers them."""
        return sorted(set(re.findall(r"_part=(\d[\d.]*)", page)))

    def heartbeat(self, folder="INBOX"):
        self.ajax(_task="mail", _action="refresh", _mbox=folder, _folderlist=1, _list=1)

    def send(self, to, subject, text):
        """Compose and send; Roundcube keeps the Sent copy itself."""
        page = self.get(_task="mail", _action="compose", _mbox="INBOX")
        self.pause(60)
        compose_id = unescape(re.search(r'name="_id"[^>]*value="([^"]*)"', page)[1])
        identity = re.search(r'name="_from"[^>]*>\s*<option value="(\d+)"', page) \
            or re.search(r'name="_from"[^>]*value="(\d+)"', page)
        answer = self.request("POST", "/?_task=mail&_unlock=loading&_framed=1&_lang=fr", {
            "_token": self.token, "_task": "mail", "_action": "send", "_id": compose_id,
            "_attachments": "", "_from": identity[1], "_to": to, "_cc": "", "_bcc": "", "_replyto": "",
            "_followupto": "", "_subject": subject, "_draft_saveid": "", "_draft": "", "_is_html": "0",
            "_framed": "1", "_message": text, "editorSelector": "plain", "_priority": "0",
            "_store_target": "Sent"})
        if "sent_successfully" not in answer:
            raise RuntimeError("webmail did not send: " + answer[-400:])

    def contacts_export(self):
        return self.get(_task="addressbook", _action="export", _source="0", _token=self.token)

    def redirect_all(self, name, target):
        """Settings > Filters > a rule for every message that sends a copy away."""
        self.get(_task="settings")
        self.pause(6)
        self.get(_task="settings", _action="plugin.managesieve")
        self.pause(8)
        self.get(_task="settings", _action="plugin.managesieve-action", _framed=1, _nav="hide", _fid="")
        self.pause(21)
        answer = self.request("POST", "/?_task=settings&_action=plugin.managesieve-save", {
            "_token": self.token, "_task": "settings", "_action": "plugin.managesieve-save", "_framed": "1",
            "_fid": "", "_name": name, "_enabled": "1", "_join": "any", "_header[0]": "subject",
            "_action_type[0]": "redirect_copy", "_action_target[0]": target})
        if "managesieve_updatelist" not in answer and "filtersaved" not in answer:
            raise RuntimeError("the filter was not saved: " + answer[-600:])

    def sign_out(self):
        self.get(_task="logout", _token=self.token)


def documents(raw):
    """The attachments of a message: (name, type, bytes)."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
            for part in message.walk() if part.get_filename()]
