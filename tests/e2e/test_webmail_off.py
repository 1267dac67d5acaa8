"""Webmail's site off and on, on real nginx and Apache: behind a password too, and however the site is written.

The servers are Debian's, started in namespaces of their own; where they are not installed, or there is no root, the tests
are skipped and say so.  tests/contain.py has the lever on a whole mail host.
"""

import base64
import json
import os
import re
import shutil

import pytest

from space import Space, until
from tocsin import TOCSIN

SITE, OFFICE, WORLD, NOBODY = "webmail.example.org", "127.0.7.1", "127.0.0.9", {}
PASSWORD = {"Authorization": "Basic " + base64.b64encode(b"ana:secret").decode()}
REPORT = {"schema": "tocsin.report/1", "incidents": [
    {"id": "T-1", "title": "t", "accounts": [{"name": "ana@example.org", "compromised": "proven"}], "sources": [], "changes": []}]}
AUTH = "AuthType Basic\nAuthName mail\nAuthUserFile /etc/site.users\nRequire valid-user\n"

GRANTED = "DocumentRoot /mnt/site\n<Directory /mnt/site>\nRequire all granted\n</Directory>"
APACHE = {
    "php": (GRANTED, 200),
    "a password for the folder": (f"DocumentRoot /mnt/site\n<Directory /mnt/site>\n{AUTH}</Directory>".replace("\n", "\r\n"), 401),
    "a password for the place": (f"DocumentRoot /mnt/site\n<Location />\n{AUTH}</Location>", 401),
    "rewriting off": (GRANTED + "\nRewriteEngine Off", 200),
    "a proxy from the office": ("<Location />\nRequire ip 127.0.7.0/24\n</Location>\nProxyPass / http://127.0.0.1:8123/", 403),
}
NGINX = {
    "a password": ("root /mnt/site;\r\nauth_basic mail;\r\nauth_basic_user_file /etc/site.users;\r\nlocation / {\r\nindex index.html;\r\n}\r",
                   401),
    "from the office": ("root /mnt/site; allow 127.0.7.0/24; deny all; location / { index index.html; }", 403),
    "pages for errors": ("root /mnt/site; error_page 503 404 /index.html; location / { index index.html; }", 200),
}


class Nginx:
    name, needs, folder, sites, reload = "nginx", "nginx", "/etc/nginx", NGINX, ["nginx", "-s", "reload"]

    @staticmethod
    def prepare(space):
        space.run("rm", "-f", "/etc/nginx/sites-enabled/default")

    @staticmethod
    def site(words):
        return f"server {{\nlisten 80;\nserver_name {SITE};\n{words}\n}}\nserver {{ listen 80; server_name shop.example.org; return 404; }}\n"

    where = ("/etc/nginx/sites-available/webmail", "/etc/nginx/sites-enabled/webmail")
    start, stop, pid = ["nginx"], ["nginx", "-s", "quit"], "/run/nginx.pid"


class Apache:
    name, needs, folder, sites, reload = "apache", "apachectl", "/etc/apache2", APACHE, ["apachectl", "graceful"]

    @staticmethod
    def prepare(space):
        space.run("rm", "-f", "/etc/apache2/sites-enabled/000-default.conf")
        space.run("a2enmod", "-q", "proxy_http")
        space.write("/etc/apache2/conf-enabled/name.conf", "ServerName host.example.org\n")

    @staticmethod
    def site(words):
        engine = "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n" if "Rewrite" in words else ""
        return (f"{engine}<VirtualHost *:80>\nServerName {SITE}\n{words}\n</VirtualHost>\n"
                "<VirtualHost *:80>\nServerName shop.example.org\n</VirtualHost>\n")

    where = ("/etc/apache2/sites-available/webmail.conf", "/etc/apache2/sites-enabled/webmail.conf")
    start, stop, pid = ["apachectl", "start"], ["apachectl", "stop"], "/run/apache2/apache2.pid"


@pytest.fixture(scope="module")
def server(request):
    kind = request.param
    if not shutil.which(kind.needs):
        pytest.skip(f"not installed: {kind.needs} (tools/need install test)")
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    space = Space()
    try:
        for folder in ("/run", "/var/log"):
            space.run("mount", "-t", "tmpfs", "none", folder)
        space.run("mkdir", "-p", "/run/apache2", "/run/lock", "/var/log/apache2", "/var/log/nginx", "/mnt/site")
        space.write("/mnt/site/index.html", "the site\n")
        space.write("/mnt/site/index.php", "<?php echo 'the ', 'site';\n")
        space.write("/etc/site.users", "ana:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n")     # secret
        kind.prepare(space)
        space.start("python3", "-m", "http.server", "8123", "--bind", "127.0.0.1", "--directory", "/mnt/site")
        kind.space = space
        space.run("ln", "-s", *kind.where)
        space.write(kind.where[0], kind.site("" if kind is Nginx else "DocumentRoot /mnt/site"))
        space.run(*kind.start)
        until(lambda: space.run("test", "-s", kind.pid, check=False).returncode == 0)    # who reloads sooner starts a second one
        yield kind
    finally:
        space.run(*kind.stop, check=False)
        space.end()


def answered(space, source, headers=NOBODY):
    """Status and Retry-After, asked from an address within the namespaces."""
    script = ("import http.client, json, sys\nsource, headers = json.loads(sys.argv[1])\n"
              "c = http.client.HTTPConnection('127.0.0.1', 80, source_address=(source, 0), timeout=30)\n"
              f"c.request('GET', '/', headers={{'Host': '{SITE}', **headers}})\n"
              "r = c.getresponse()\nr.read()\nprint(json.dumps([r.status, r.headers['Retry-After']]))\n")
    done = space.run("python3", "-c", script, json.dumps([source, headers]), check=False)
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else None


def state(space, folder):
    return space.run("sh", "-c", f"cd {folder} && find . -type f -exec sha256sum {{}} + -o -type l -printf '%p %l\\n' | sort").stdout


def tocsin(space, folder, *words, status=0):
    done = space.run(TOCSIN, "contain", *words, "--state", folder, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


CASES = [(kind, name) for kind in (Nginx, Apache) for name in kind.sites]


@pytest.mark.parametrize("server,name", CASES, indirect=["server"], ids=[f"{kind.name} {name}" for kind, name in CASES])
def test_off_and_on(server, name, tmp_path):
    words, usual = server.sites[name]
    space, folder = server.space, tmp_path / "state"
    folder.mkdir()
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    space.write(server.where[0], server.site(words))
    space.run(*server.reload)
    until(lambda: answered(space, WORLD) == (usual, None))
    inside = answered(space, OFFICE, PASSWORD)
    assert inside[0] in (200, 302)
    draft = tocsin(space, folder, "webmail-site")
    assert re.search(rf"^site: {SITE}  # \w+, {server.where[0]}, names webmail$", draft, re.M)
    assert "\n# site: shop.example.org  # " in draft
    (folder / "webmail.yml").write_text(draft.replace("allow: []", "allow: [127.0.7.0/24]"))
    before, only = state(space, server.folder), ("--only", "webmail-off", "--yes")
    tocsin(space, folder, "plan", tmp_path / "report.json")
    tocsin(space, folder, "apply", *only)
    assert answered(space, WORLD) == answered(space, WORLD, PASSWORD) == (503, "3600")
    assert answered(space, OFFICE, PASSWORD) == inside
    assert re.search(r"shut +webmail-off.*http answers 503 with Retry-After", tocsin(space, folder, "verify", status=2))
    tocsin(space, folder, "undo", *only)
    until(lambda: answered(space, WORLD) == (usual, None))
    assert answered(space, OFFICE, PASSWORD) == inside
    assert state(space, server.folder) == before
