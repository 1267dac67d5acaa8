"""Who works at the ministry, from where, and with what."""

import random
from dataclasses import dataclass, field

DOMAIN = "interieur.example"
SEED = 20260312

OFFICE, ANNEX = "192.0.2.4", "192.0.2.5"
MONITOR, ADMIN = "192.0.2.26", "192.0.2.36"

# What an administrator could know of the networks that turn up in the logs.
# cidr, name, trusted, country, operator
NETWORKS = [
    ("127.0.0.0/8", "the mail host itself", True, None, None),
    ("192.0.2.0/28", "offices", True, "FR", "Ministère de l'Intérieur"),
    ("192.0.2.16/28", "servers", True, "FR", "Ministère de l'Intérieur"),
    ("192.0.2.32/28", "administration", True, "FR", "Ministère de l'Intérieur"),
    ("2001:db8:25::/48", "servers, IPv6", True, "FR", "Ministère de l'Intérieur"),
    ("198.51.100.0/25", "homes", False, "FR", "Fibre Exemple"),
    ("2001:db8:1000::/36", "homes, IPv6", False, "FR", "Fibre Exemple"),
    ("198.51.100.128/26", "mobile", False, "FR", "Mobile Exemple"),
    ("198.51.100.192/27", "homes and hotels", False, "PT", "Telecom Exemplo"),
    ("198.51.100.224/27", "homes", False, "DE", "Stadtnetz Beispiel"),
    ("203.0.113.0/26", "mail relays of partners", False, "FR", "Courrier Exemple"),
    ("203.0.113.64/26", "free mail", False, "CH", "Boite Libre"),
    ("203.0.113.128/26", "hosting", False, "NL", "Example Hosting"),
    ("203.0.113.192/27", "hosting", False, "RO", "Muster Cloud"),
    ("203.0.113.224/27", "hosting", False, "US", "Sample VPS"),
    ("2001:db8:bad::/48", "hosting, IPv6", False, "NL", "Example Hosting"),
]

# Mail domains outside, each with its relay; the last two are free mail.
PARTNERS = {
    "prefecture-sud.example": "203.0.113.10",
    "police-nord.example": "203.0.113.11",
    "mairie-rives.example": "203.0.113.12",
    "innenamt.example": "203.0.113.13",
    "homeaffairs.example": "203.0.113.14",
    "fournitures-pro.example": "203.0.113.15",
    "boite-libre.example": "203.0.113.70",
    "poste-gratuite.example": "203.0.113.71",
}

NAMES = """
    Claire Martin|Hugo Bernard|Nadia Benali|Luc Dubois|Sophie Thomas|Karim Haddad|Anne Robert
    Julien Richard|Emma Petit|Paul Durand|Camille Leroy|Victor Moreau|Inès Simon|Mathieu Laurent
    Léa Lefèvre|Omar Diallo|Alice Roux|Simon Fournier|Mélanie Girard|Thomas Weber|Elena Rossi
    Yann Kerbrat|Judith Lambert|Fatou Traoré|Benoît Mercier|Chloé Garnier|Pierre Faure
    Sarah Cohen|Denis Blanchard|Marie Vidal
""".replace("\n", "|").split("|")
PLAIN = str.maketrans("éèêëàâîïôûüç", "eeeeaaiiouuc")

# Four people chose what everybody tries first.
WEAK = {"h.bernard": "Printemps2026!", "y.kerbrat": "Bienvenue2026", "s.fournier": "Ministere75",
        "f.traore": "Soleil2026!"}

BROWSERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.2 Safari/605.1.15",
]


@dataclass
class Person:
    name: str
    login: str
    password: str
    office: str
    home: str
    mobile: str
    browser: str
    habits: set = field(default_factory=set)      # desktop, phone, webmail, pop3

    @property
    def address(self):
        return f"{self.login}@{DOMAIN}"


def good_password(rng):
    word, river = rng.choice(["Bleuet", "Granit", "Voilier", "Mistral"]), rng.choice(["loire", "rhone", "meuse"])
    return f"{word}{rng.randrange(10, 99)}{rng.choice('-+.:')}{river}"


def population():
    """The same thirty people every time."""
    rng = random.Random(SEED)
    people = {}
    for index, name in enumerate(n.strip() for n in NAMES if n.strip()):
        first, last = name.translate(PLAIN).lower().split()
        home = f"2001:db8:1{index:03x}::{rng.randrange(1, 9999):x}" if index % 4 == 3 \
            else f"198.51.100.{10 + 3 * index}"
        person = Person(
            name=name, login=f"{first[0]}.{last}", password=good_password(rng),
            office=OFFICE if index % 3 else ANNEX, home=home,
            mobile=f"198.51.100.{130 + index}", browser=BROWSERS[index % len(BROWSERS)])
        if index in (4, 12, 26):
            person.habits = {"pop3"}
        else:
            person.habits = {"desktop"}
            if index % 2:
                person.habits.add("phone")
            if index % 5 in (0, 3) or index in (1, 2):
                person.habits.add("webmail")
        person.password = WEAK.get(person.login, person.password)
        people[person.login] = person
    return people
