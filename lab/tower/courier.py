"""The host with sendmail and Courier: its accounts, and what people do who have no webmail."""

import crypt
import hashlib

from tower import world
from tower.people import DOMAIN

VMAIL = 5000


class World(world.World):
    def write_accounts(self):
        """Passwords for Courier (userdb) and for sendmail (sasldb), and empty mailboxes."""
        lines = []
        for person in self.people.values():
            home = f"/var/vmail/{DOMAIN}/{person.login}"
            salt = hashlib.sha256(person.login.encode()).hexdigest()[:16]
            secret = crypt.crypt(person.password, f"$6$rounds=1000${salt}")
            lines.append(f"{person.address}\tuid={VMAIL}|gid={VMAIL}|home={home}|mail={home}/Maildir|systempw={secret}")
            self.host.run("saslpasswd2", "-c", "-p", "-u", DOMAIN, person.login, input=person.password.encode())
            for name in ("cur", "new", "tmp"):
                self.host.path(f"{home}/Maildir/{name}").mkdir(parents=True)
        file = self.host.path("/etc/courier/userdb")
        file.write_text("\n".join(lines) + "\n")
        file.chmod(0o600)
        self.host.run("makeuserdb")
        self.host.run("chown", "-R", "vmail:vmail", "/var/vmail")
        self.host.run("chmod", "600", "/etc/sasldb2")

    def webmail(self, person, source, **_):
        self.check_mail(person, source)

    def mistype(self, person, source, times=1, where="imap"):
        super().mistype(person, source, times)
