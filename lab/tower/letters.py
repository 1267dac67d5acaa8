"""What the mail says: subjects, bodies, attachments, and some secrets.

Everything follows from the random generator that is handed in.
"""

import io
import struct
import zipfile
import zlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tower.clock import PARIS

# subject | body | names of possible attachments
TOPICS = [row.split("|") for row in """\
Réunion de coordination du {day} mars|Vous trouverez ci-joint l'ordre du jour. Merci de confirmer votre présence.|Ordre du jour.pdf,Plan de salle.png
Note de synthèse : effectifs régionaux|La note demandée est jointe. Les chiffres du tableau 3 restent à valider.|Note effectifs.docx,Tableau 3.pdf
Projet de circulaire n° 2026-{n}|Version 4 après relecture du service juridique, à viser avant vendredi.|Circulaire v4.docx
Facture n° {n} en attente de visa|La facture du prestataire est en pièce jointe, le visa est attendu cette semaine.|Facture {n}.pdf
Compte rendu du comité de pilotage|Le relevé de décisions est joint ; deux actions vous concernent.|Relevé de décisions.pdf,Annexe financière 2026.pdf
Planning des astreintes d'avril|Merci de signaler vos indisponibilités avant le {day}.|Astreintes.png
Demande de congés|Je souhaite poser la semaine du {day}. Merci de votre retour.|
Question sur le dossier {n}|Pourriez-vous me dire où en est ce dossier ? L'usager attend une réponse.|
Re: accès à la salle de crise|C'est noté, les badges sont prêts à l'accueil.|
Journée portes ouvertes|Le programme provisoire est joint, vos remarques sont bienvenues.|Programme.pdf,Affiche.png
Marché de maintenance : rapport trimestriel|Le rapport du titulaire est arrivé, trois incidents majeurs à commenter.|Rapport T1.pdf,Données brutes.zip
Retour d'expérience exercice Orsec|Vos contributions avant le {day}, merci. Le questionnaire est joint.|Questionnaire.docx
Follow-up: cross-border working group|Please find the minutes of our last meeting and the list of open points.|Minutes.pdf,Open points.docx
Visit of the delegation on {day} March|The schedule has changed slightly, see the attached file.|Schedule.pdf
Shared contact list update|Two numbers have changed, no other difference.|
Einladung: Arbeitsgruppe Grenzschutz|Anbei die Tagesordnung; um Rückmeldung bis zum {day}. März wird gebeten.|Tagesordnung.pdf
Rückfrage zum Lagebild Nr. {n}|Könnten Sie die Zahlen in Abschnitt 2 bestätigen?|
Photos de la cérémonie|Une sélection pour le site intranet, dites-moi lesquelles retenir.|Photo 1.png,Photo 2.png
Sauvegarde : rapport hebdomadaire|Toutes les sauvegardes se sont terminées sans erreur.|
Livraison de matériel informatique|Trente postes arrivent le {day} au quai B. Le bon de livraison est joint.|Bon de livraison.pdf
""".splitlines()]

SECRETS = [row.split("|") for row in """\
Accès VPN|Bonjour, voici vos accès. Identifiant : vpn-{n} ; mot de passe VPN : Harfang-{n}-brume. Merci de ne pas le transmettre.|
Application de paie : nouveau mot de passe|Votre nouveau mot de passe : Paie{n}!castor, valable trois mois.|
RIB pour le remboursement de mission|Mon IBAN : FR76 3000 6000 0112 3456 7890 189. Le justificatif est joint.|Justificatif.pdf
Clé du serveur de dépôt|La clé à installer :\\n\\n-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt\\nZWQyNTUxOQAAACDexempleexempleexempleexempleexempleexempleexempleAAAAA\\n-----END OPENSSH PRIVATE KEY-----\\n|
Dossier habilitation {n}|Numéro de sécurité sociale 2 84 05 75 116 {n} 42, passeport 19AX{n}7. Les pièces sont jointes.|Passeport.png,Formulaire signé.pdf
Zugang zum Portal|Benutzer: lage-{n}, Kennwort: Fichte-{n}-Nebel. Bitte nach der ersten Anmeldung ändern.|
Wi-Fi code for the visit|The guest network password is: Mouette-{n}. It changes on Monday.|
""".splitlines()]


def noise(rng, size):
    return rng.randbytes(size)


def pdf(rng, size):
    body = zlib.compress(noise(rng, size - 320), 0)
    return (b"%%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
            b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
            b"3 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(body)
            + body + b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n")


def png(rng, size):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    width = max(1, int((size / 3) ** 0.5))
    rows = b"".join(b"\0" + noise(rng, 3 * width) for _ in range(width))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


def packed(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 9, 0, 0)), data)
    return out.getvalue()


def docx(rng, size):
    text = "<w:document><w:body><w:p>Texte de travail.</w:p></w:body></w:document>"
    return packed([("[Content_Types].xml", "<Types/>"), ("word/document.xml", text),
                   ("word/media/image1.bin", noise(rng, size - 400))])


def archive(rng, size):
    return packed([("donnees.csv", noise(rng, size - 150))])


MAKERS = {
    "pdf": (pdf, "application", "pdf"),
    "png": (png, "image", "png"),
    "docx": (docx, "application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "zip": (archive, "application", "zip"),
}


def letter(rng, when, sender, name, recipients, *, secret=False, attach=None, subject=None, domain=None):
    """One message; `attach` None lets chance decide, else a list of (file name, size)."""
    head, body, files = rng.choice(SECRETS if secret else TOPICS)
    fill = {"n": rng.randrange(100, 999), "day": rng.randrange(18, 31)}
    message = EmailMessage(policy=SMTP)
    user, _, at = sender.partition("@")
    message["From"] = Address(name, user, at)
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject or head.format(**fill)
    message["Date"] = format_datetime(when.astimezone(PARIS))
    message["Message-ID"] = f"<{rng.randbytes(9).hex()}@{domain or at}>"
    text = body.format(**fill).replace("\\n", "\n")
    padding = " ".join(rng.choice(TOPICS)[1].format(**fill) for _ in range(rng.randrange(1, 12)))
    message.set_content(f"Bonjour,\n\n{text}\n\n{padding}\n\nCordialement,\n{name}\n", cte="quoted-printable")
    if attach is None:
        names = [file.format(**fill) for file in files.split(",") if file]
        attach = [(file, rng.randrange(2_000, 30_000)) for file in names] if rng.random() < 0.7 else []
    for file, size in attach:
        make, main, sub = MAKERS[file.rsplit(".", 1)[1]]
        message.add_attachment(make(rng, size), maintype=main, subtype=sub, filename=file)
    if message.is_multipart():
        message.set_boundary(f"=_{rng.randbytes(12).hex()}")
    return message
