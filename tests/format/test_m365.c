/* Microsoft 365: one record in each dress that exports put it into; addresses, times, settings. */
#include "expect.h"

#define AUDIT(members)                                                                             \
	"{\"CreationTime\":\"2026-03-17T13:05:00\",\"Id\":\"a1\",\"RecordType\":2,\"Workload\":"   \
	"\"Exchange\",\"UserType\":0,\"UserId\":\"ana@contoso.example\"," members "}"
#define FROM(address) AUDIT("\"Operation\":\"Send\",\"ClientIP\":\"" address "\"")
#define SET(operation, name, value)                                                                \
	AUDIT("\"Operation\":\"" operation "\",\"Parameters\":[{\"Name\":\"" name                  \
	      "\",\"Value\":\"" value "\"}]")

static const struct expected records[] = {
    {"a sign-in",
     AUDIT("\"Operation\":\"UserLoggedIn\",\"ResultStatus\":\"Success\",\"ClientIP\":"
	   "\"203.0.113.9\",\"SessionId\":\"s1\",\"ExtendedProperties\":[{\"Name\":\"UserAgent\","
	   "\"Value\":\"Mozilla/5.0\"}]"),
     "@timestamp=2026-03-17T13:05:00.000Z|event.module=m365|event.action=login|"
     "event.outcome=success|user.name=ana@contoso.example|source.ip=203.0.113.9|session.id=s1|"
     "m365.operation=UserLoggedIn|user_agent.original=Mozilla/5.0|network.protocol=http"},
    {"ResultStatus of a refusal speaks of the request",
     AUDIT("\"Operation\":\"UserLoginFailed\",\"ResultStatus\":\"Success\",\"ErrorNumber\":"
	   "\"50126\",\"LogonError\":\"InvalidUserNameOrPassword\""),
     "event.outcome=failure|error.code=50126|event.reason=InvalidUserNameOrPassword"},
    {"what was asked of Graph, as Azure Monitor sends it",
     "{\"time\":\"2026-03-17T13:05:00Z\",\"operationName\":\"Microsoft Graph "
     "Activity\",\"category\":"
     "\"MicrosoftGraphActivityLogs\",\"properties\":{\"timeGenerated\":\"2026-03-17T13:05:00Z\","
     "\"tenantId\":"
     "\"t1\",\"ipAddress\":\"203.0.113.9\",\"userId\":\"u1\",\"requestUri\":\"https://graph/v1.0/"
     "me\"},"
     "\"tenantId\":\"t1\"}",
     "event.module=m365|event.action=message|source.ip=203.0.113.9|user.name=u1|!event.outcome"},
    {"no result, no outcome", AUDIT("\"Operation\":\"FileAccessed\""), "!event.outcome"},
    {"done in part", AUDIT("\"Operation\":\"SoftDelete\",\"ResultStatus\":\"PartiallySucceeded\""),
     "event.action=mail-delete|!event.outcome"},
    {"an operation the house has no word for", AUDIT("\"Operation\":\"PageViewed\""),
     "event.action=message|m365.operation=PageViewed"},
    {"a full stop", AUDIT("\"Operation\":\"Add member to role.\",\"ResultStatus\":\"Success\""),
     "event.action=role-change|m365.operation=Add member to role"},
    {"IPv4 and port", FROM("192.0.2.1:4022"), "source.ip=192.0.2.1|source.port=4022"},
    {"IPv6", FROM("2001:db8::1"), "source.ip=2001:db8::1|!source.port"},
    {"IPv6 and port", FROM("[2001:db8::1]:4022"), "source.ip=2001:db8::1|source.port=4022"},
    {"mapped", FROM("[::ffff:192.0.2.1]:4022"), "source.ip=192.0.2.1|source.port=4022"},
    {"mapped, bare", FROM("::ffff:192.0.2.1"), "source.ip=192.0.2.1"},
    {"a name", FROM("localhost:4022"), "!source.ip"},
    {"none", FROM("0.0.0.0"), "!source.ip"},
    {"empty", FROM(""), "!source.ip"},
    {"half a bracket", FROM("[2001:db8::1"), "source.ip=2001:db8::1"},
    {"messages bound",
     AUDIT("\"Operation\":\"MailItemsAccessed\",\"OperationCount\":3,\"MailboxOwnerUPN\":"
	   "\"bo@contoso.example\",\"LogonType\":2,\"OperationProperties\":[{\"Name\":"
	   "\"MailAccessType\",\"Value\":\"Bind\"},{\"Name\":\"IsThrottled\",\"Value\":\"False\"}],"
	   "\"Folders\":[{\"Path\":\"\\\\Inbox\",\"FolderItems\":[{\"InternetMessageId\":\"<1@x>\","
	   "\"SizeInBytes\":77},{\"InternetMessageId\":\"<2@x>\"}]},{\"Path\":\"\\\\Sent\","
	   "\"FolderItems\":[{\"InternetMessageId\":\"<3@x>\"}]}]"),
     "event.action=mail-access|mail.access=bind|mail.throttled=0|mail.items.count=3|"
     "mail.mailbox=bo@contoso.example|mail.logon=delegate|mail.folder=Inbox|email.message_id=1@x|"
     "mail.size=77"},
    {"a folder synchronised",
     AUDIT("\"Operation\":\"MailItemsAccessed\",\"OperationProperties\":[{\"Name\":"
	   "\"MailAccessType\",\"Value\":\"Sync\"},{\"Name\":\"IsThrottled\",\"Value\":\"True\"}],"
	   "\"Item\":{\"ParentFolder\":{\"Name\":\"Inbox\",\"Path\":\"Not Available\"}}"),
     "mail.access=sync|mail.throttled=1|mail.folder=Inbox|!email.message_id"},
    {"attachments, by ids of the store alone",
     AUDIT("\"Operation\":\"AttachmentAccess\",\"RecordType\":50,\"OperationCount\":2,"
	   "\"OperationProperties\":[{\"Name\":\"AttachmentAccessType\",\"Value\":\"Bind\"}],"
	   "\"Messages\":[{\"Path\":\"Messages\",\"Id\":\"AAA\",\"MessageItems\":[{\"SizeInBytes\":"
	   "2379,\"Id\":\"AAA1\"},{\"SizeInBytes\":7356,\"Id\":\"AAA2\"}]}]"),
     "event.action=mail-access|mail.access=bind|mail.items.count=2|!email.message_id|!mail.folder"},
    {"a service at work",
     AUDIT("\"Operation\":\"MailItemsAccessed\",\"ClientInfoString\":\"Client=REST;Client="
	   "RESTSystem;;\",\"ClientIPAddress\":\"2603:10a6:803:50:cafe::41\""),
     "m365.service=1"},
    {"from elsewhere it is none",
     AUDIT("\"Operation\":\"MailItemsAccessed\",\"ClientInfoString\":\"Client=REST;Client="
	   "RESTSystem;;\",\"ClientIPAddress\":\"203.0.113.9\""),
     "!m365.service"},
    {"an application that nobody knows is none",
     AUDIT("\"Operation\":\"MailItemsAccessed\",\"ClientAppId\":\"11111111-0000-0000-0000-"
	   "000000000001\",\"ClientInfoString\":\"Client=REST;Client=RESTSystem;;\","
	   "\"ClientIPAddress\":\"2603:10a6:803:50:cafe::41\""),
     "!m365.service"},
    {"a rule that hides",
     AUDIT(
	 "\"Operation\":\"New-InboxRule\",\"ResultStatus\":\"True\",\"Parameters\":[{\"Name\":"
	 "\"Name\",\"Value\":\".\"},{\"Name\":\"SubjectOrBodyContainsWords\",\"Value\":"
	 "\"invoice;payment\"},{\"Name\":\"DeleteMessage\",\"Value\":\"True\"},{\"Name\":"
	 "\"MarkAsRead\",\"Value\":\"False\"},{\"Name\":\"MoveToFolder\",\"Value\":\"RSS Feeds\"},"
	 "{\"Name\":\"ForwardTo\",\"Value\":\"a@evil.example\"},{\"Name\":\"RedirectTo\","
	 "\"Value\":\"smtp:b@evil.example\"}]"),
     "event.action=mail-rule|event.outcome=success|mail.rule.name=.|mail.rule.words=invoice;"
     "payment|"
     "mail.rule.deletes=1|mail.rule.marks_read=0|mail.rule.folder=RSS Feeds|"
     "mail.rule.to=a@evil.example;b@evil.example"},
    {"a rule of Outlook's",
     AUDIT("\"Operation\":\"UpdateInboxRules\",\"OperationProperties\":[{\"Name\":\"RuleName\","
	   "\"Value\":\"x\"},{\"Name\":\"RuleActions\",\"Value\":\"[{\\\"ActionType\\\":"
	   "\\\"Forward\\\",\\\"Recipients\\\":[\\\"a@evil.example\\\",\\\"b@evil.example\\\"]},"
	   "{\\\"ActionType\\\":\\\"Delete\\\"}]\"}]"),
     "event.action=mail-rule|mail.rule.name=x|mail.rule.to=a@evil.example;b@evil.example|"
     "mail.rule.deletes=1"},
    {"a rule of Outlook's, taken away",
     AUDIT(
	 "\"Operation\":\"UpdateInboxRules\",\"OperationProperties\":[{\"Name\":\"RuleOperation\","
	 "\"Value\":\"RemoveMailboxRule\"},{\"Name\":\"RuleName\",\"Value\":\"..\"},{\"Name\":"
	 "\"RuleActions\",\"Value\":\"[{\\\"ActionType\\\":\\\"Delete\\\"}]\"}]"),
     "event.action=mail-rule|mail.rule.name=..|!mail.rule.deletes"},
    {"a name in front of the address is anybody's",
     SET("New-InboxRule", "ForwardTo",
	 "\\\"ana@contoso.example\\\" [SMTP:x@evil.example];bo@contoso.example"),
     "mail.rule.to=x@evil.example;bo@contoso.example"},
    {"a folder opened to all",
     AUDIT("\"Operation\":\"AddFolderPermissions\",\"Item\":{\"ParentFolder\":{\"MemberRights\":"
	   "\"ReadAny, Visible\",\"MemberSid\":\"S-1-1-0\",\"MemberUpn\":\"Everyone\",\"Path\":"
	   "\"\\\\Inbox\"}}"),
     "event.action=delegation|mail.grantee=Everyone|mail.rights=ReadAny, "
     "Visible|mail.folder=Inbox"},
    {"consent to two services",
     AUDIT("\"Operation\":\"Consent to application.\",\"ModifiedProperties\":[{\"Name\":"
	   "\"ConsentAction.Permissions\",\"NewValue\":\"[[Scope: Old]] => [[Id: a, Scope: "
	   "User.Read, "
	   "CreatedDateTime: ], [Id: b, Scope: Mail.Read]]; \",\"OldValue\":\"\"}]"),
     "m365.consent.scopes=User.Read;Mail.Read"},
    {"federation",
     AUDIT("\"Operation\":\"Set federation settings on domain.\",\"ResultStatus\":\"Success\""),
     "event.action=trust-change|event.outcome=success"},
    {"an alert is about somebody",
     "{\"CreationTime\":\"2026-03-17T13:05:00\",\"Operation\":\"AlertTriggered\",\"RecordType\":40,"
     "\"Workload\":\"SecurityComplianceCenter\",\"UserId\":\"SecurityComplianceAlerts\",\"Data\":"
     "\"{\\\"f3u\\\":\\\"ana@contoso.example\\\"}\"}",
     "event.action=alert|user.name=ana@contoso.example"},
    {"an alert about nobody",
     "{\"CreationTime\":\"2026-03-17T13:05:00\",\"Operation\":\"AlertTriggered\",\"RecordType\":40,"
     "\"Workload\":\"SecurityComplianceCenter\",\"UserId\":\"SecurityComplianceAlerts\",\"Data\":"
     "\"{\\\"f3u\\\":\\\"x\\\"}\"}",
     "event.action=alert|user.name=SecurityComplianceAlerts"},
    {"a guest",
     "{\"CreationTime\":\"2026-03-17T13:05:00\",\"Operation\":\"FileAccessed\",\"RecordType\":6,"
     "\"Workload\":\"OneDrive\",\"UserId\":\"urn:spo:guest#ana@contoso.example\"}",
     "event.action=cloud-file-open|user.name=ana@contoso.example"},
    {"LocalSystem of Exchange itself",
     "{\"CreationTime\":\"2026-03-17T13:05:00\",\"Operation\":\"ModifyFolderPermissions\","
     "\"RecordType\":2,\"Workload\":\"Exchange\",\"UserId\":\"S-1-5-18\",\"ClientIPAddress\":\"::"
     "1\"}",
     "m365.service=1"},
    {"forwarding", SET("Set-Mailbox", "ForwardingSmtpAddress", "smtp:x@evil.example"),
     "event.action=mail-forwarding|mail.rule.to=x@evil.example"},
    {"forwarding taken back", SET("Set-Mailbox", "ForwardingSmtpAddress", ""),
     "event.action=mail-forwarding|!mail.rule.to"},
    {"another setting", SET("Set-Mailbox", "MaxSendSize", "35 MB"),
     "event.action=message|m365.changed=MaxSendSize=35 MB"},
    {"auditing off", SET("Set-Mailbox", "AuditEnabled", "False"), "event.action=audit-change"},
    {"a transport rule", SET("New-TransportRule", "BlindCopyTo", "x@evil.example"),
     "event.action=transport-rule|mail.rule.to=x@evil.example"},
    {"delegation",
     AUDIT("\"Operation\":\"Add-MailboxPermission\",\"Parameters\":[{\"Name\":\"Identity\","
	   "\"Value\":\"ceo\"},{\"Name\":\"User\",\"Value\":\"ana\"},{\"Name\":\"AccessRights\","
	   "\"Value\":\"FullAccess\"}]"),
     "event.action=delegation|user.target.name=ceo|mail.grantee=ana|mail.rights=FullAccess"},
    {"consent",
     AUDIT("\"Operation\":\"Consent to application.\",\"ModifiedProperties\":[{\"Name\":"
	   "\"ConsentContext.OnBehalfOfAll\",\"NewValue\":\"True\",\"OldValue\":\"\"},{\"Name\":"
	   "\"ConsentAction.Permissions\",\"NewValue\":\"[[Scope: User.Read]] => [[Id: q, Scope: "
	   "Mail.Read Mail.Send, CreatedDateTime: ]]; \",\"OldValue\":\"\"},{\"Name\":"
	   "\"TargetId.ServicePrincipalNames\",\"NewValue\":\"https://a.example;9e5f94bc\"}]"),
     "event.action=app-consent|m365.consent.scopes=Mail.Read Mail.Send|m365.consent.for_all=1|"
     "m365.consent.application=https://a.example;9e5f94bc"},
    {"a role",
     AUDIT("\"Operation\":\"Add member to role.\",\"ModifiedProperties\":[{\"Name\":"
	   "\"Role.DisplayName\",\"NewValue\":\"\\\"Global Administrator\\\"\"}]"),
     "event.action=role-change|m365.role=Global Administrator"},
    {"second factor",
     AUDIT("\"Operation\":\"Update user.\",\"ModifiedProperties\":[{\"Name\":"
	   "\"StrongAuthenticationMethod\",\"NewValue\":\"[]\",\"OldValue\":\"[1]\"}]"),
     "event.action=auth-method-change"},
    {"in the envelope of Search-UnifiedAuditLog",
     "{\"CreationDate\":\"2026-03-18T00:00:00Z\",\"UserIds\":\"x\",\"Operations\":\"Send\","
     "\"AuditData\":\"{\\\"CreationTime\\\":\\\"2026-03-17T13:05:00\\\",\\\"Operation\\\":"
     "\\\"SendAs\\\",\\\"RecordType\\\":2,\\\"Workload\\\":\\\"Exchange\\\",\\\"UserId\\\":"
     "\\\"ana@contoso.example\\\"}\"}",
     "@timestamp=2026-03-17T13:05:00.000Z|m365.operation=SendAs|user.name=ana@contoso.example"},
    {"cut inside the envelope",
     "{\"CreationDate\":\"2026-03-17T13:05:00Z\",\"RecordType\":\"ExchangeItem\",\"Operations\":"
     "\"Send\",\"AuditData\":\"{\\\"CreationTime\\\":\\\"2026-03-17T13:05:00\\\",\\\"Oper\"}",
     "BROKEN|m365.operation=Send|@timestamp=2026-03-17T13:05:00.000Z"},
    {"of Elastic",
     "{\"@timestamp\":\"2026-03-18T00:00:00Z\",\"_source\":{\"o365\":{\"audit\":{"
     "\"CreationTime\":\"2026-03-17T13:05:00\",\"Operation\":\"Send\",\"RecordType\":2}}}}",
     "@timestamp=2026-03-17T13:05:00.000Z|m365.operation=Send"},
    {"OfficeActivity of Sentinel",
     "{\"TenantId\":\"t\",\"TimeGenerated\":\"2026-03-17T13:05:00Z\",\"RecordType\":"
     "\"ExchangeAdmin\",\"Operation\":\"New-InboxRule\",\"OfficeWorkload\":\"Exchange\",\"UserId\":"
     "\"ana@contoso.example\",\"ClientIP\":\"203.0.113.9:1\",\"Parameters\":\"[{\\\"Name\\\":"
     "\\\"DeleteMessage\\\",\\\"Value\\\":\\\"True\\\"}]\"}",
     "event.action=mail-rule|mail.rule.deletes=1|source.ip=203.0.113.9|m365.workload=Exchange"},
    {"CloudAppEvents of Defender",
     "{\"Timestamp\":\"2026-03-18T00:00:00Z\",\"ActionType\":\"MailItemsAccessed\",\"IPAddress\":"
     "\"203.0.113.9\",\"RawEventData\":" AUDIT("\"Operation\":\"MailItemsAccessed\"") "}",
     "@timestamp=2026-03-17T13:05:00.000Z|event.action=mail-access|source.ip=203.0.113.9"},
    {"a sign-in of Graph",
     "{\"id\":\"i\",\"createdDateTime\":\"2026-03-17T13:05:00Z\",\"userDisplayName\":\"Ana\","
     "\"userPrincipalName\":\"ana@contoso.example\",\"userId\":\"0-1\",\"appDisplayName\":"
     "\"Office 365 Exchange Online\",\"ipAddress\":\"203.0.113.9\",\"clientAppUsed\":\"IMAP4\","
     "\"conditionalAccessStatus\":\"notApplied\",\"status\":{\"errorCode\":50126,\"failureReason\":"
     "\"Invalid username or password\"},\"location\":{\"countryOrRegion\":\"NL\"}}",
     "event.action=login|event.outcome=failure|user.name=ana@contoso.example|error.code=50126|"
     "source.ip=203.0.113.9|network.protocol=imap|event.reason=Invalid username or password|"
     "m365.operation=Sign-in activity"},
    {"one of Azure Monitor",
     "{\"time\":\"2026-03-17T13:06:00Z\",\"operationName\":\"Sign-in activity\",\"category\":"
     "\"NonInteractiveUserSignInLogs\",\"callerIpAddress\":\"203.0.113.9\",\"resultType\":\"0\","
     "\"tenantId\":\"t\",\"properties\":{\"createdDateTime\":\"2026-03-17T13:05:00Z\","
     "\"userPrincipalName\":\"ana@contoso.example\",\"appDisplayName\":\"Outlook\",\"status\":{"
     "\"errorCode\":0}}}",
     "@timestamp=2026-03-17T13:05:00.000Z|event.action=login|event.outcome=success|"
     "source.ip=203.0.113.9|user.name=ana@contoso.example|!error.code"},
    {"directory audit of Graph",
     "{\"activityDateTime\":\"2026-03-17T13:05:00Z\",\"activityDisplayName\":\"Add member to "
     "role\",\"category\":\"RoleManagement\",\"result\":\"success\",\"initiatedBy\":{\"app\":null,"
     "\"user\":{\"userPrincipalName\":\"ana@contoso.example\",\"ipAddress\":\"203.0.113.9\"}},"
     "\"targetResources\":[{\"userPrincipalName\":\"bo@contoso.example\",\"modifiedProperties\":[{"
     "\"displayName\":\"Role.DisplayName\",\"newValue\":\"\\\"Reader\\\"\"}]}]}",
     "event.action=role-change|event.outcome=success|user.name=ana@contoso.example|"
     "source.ip=203.0.113.9|user.target.name=bo@contoso.example|m365.role=Reader"},
    {"sent, and to whom, and no copy kept",
     AUDIT("\"Operation\":\"Send\",\"Item\":{\"InternetMessageId\":\"<1@x>\",\"Recipients\":[{"
	   "\"Address\":\"a@evil.example\"},{\"Address\":\"b@evil.example\"}]},"
	   "\"SaveToSentItems\":false"),
     "event.action=mail-sent|email.to.address=a@evil.example;b@evil.example|mail.sent_copy=0"},
    {"message trace of Graph",
     "{\"@odata.type\":\"#microsoft.graph.exchangeMessageTrace\",\"senderAddress\":"
     "\"ana@contoso.example\",\"recipientAddress\":\"x@evil.example\",\"messageId\":\"<1@x>\","
     "\"receivedDateTime\":\"2026-03-17T13:05:00Z\",\"status\":\"Delivered\"}",
     "@timestamp=2026-03-17T13:05:00.000Z|event.outcome=success|email.message_id=1@x|"
     "!network.protocol"},
    {"an application signs in",
     "{\"time\":\"2026-03-17T13:05:00Z\",\"operationName\":\"Sign-in activity\",\"category\":"
     "\"ServicePrincipalSignInLogs\",\"tenantId\":\"t\",\"properties\":{\"createdDateTime\":"
     "\"2026-03-17T13:05:00+00:00\",\"appId\":\"a1\",\"servicePrincipalName\":\"Backup\","
     "\"ipAddress\":\"203.0.113.9\",\"status\":{\"errorCode\":7000222},\"userId\":null}}",
     "event.outcome=failure|user.name=Backup|m365.app.id=a1|error.code=7000222"},
    {"message trace",
     "{\"Received\":\"2026-03-17T13:05:00.5Z\",\"SenderAddress\":\"ana@contoso.example\","
     "\"RecipientAddress\":\"x@evil.example\",\"Subject\":\"Re\",\"Status\":\"Delivered\","
     "\"FromIP\":\"203.0.113.9\",\"Size\":4711,\"MessageId\":\"<1@x>\"}",
     "event.action=message-trace|email.from.address=ana@contoso.example|"
     "email.to.address=x@evil.example|email.message_id=1@x|mail.size=4711|source.ip=203.0.113.9"},
};

static void every_dress(void **state)
{
	expect_all(records, sizeof records / sizeof *records);
}

static const char *const foreign[] = {
    "{\"time\":\"2026-03-17T13:05:00Z\",\"operation\":\"x\",\"user\":\"ana\",\"service\":\"y\"}",
    "{\"time\":\"2026-03-17T13:05:00Z\",\"properties\":{\"a\":1}}",
    "{\"CreationTime\":\"2026-03-17T13:05:00\"}",
    "{\"CreationTime\":\"2026-03-17T13:05:00\",\"Name\":\"x\"}",
    "[\"CreationTime\"]",
    "\"CreationTime\"",
};

static void what_is_others(void **state)
{
	static struct event e;
	struct arena scratch = {0};
	struct format_state st;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		format_start(&st, NULL, 0);
		if (format_decode(&st, slice_of(foreign[i]), &e, &scratch) != DECODED_UNKNOWN)
			fail_msg("%s", foreign[i]);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
}

/* A header, a row, and what the row must say. */
static const struct {
	const char *name, *header, *row, *want;
} tables[] = {
    {"Search-UnifiedAuditLog",
     "\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\"",
     "\"ExchangeItem\",\"3/17/2026 1:05:00 "
     "PM\",\"ana@contoso.example\",\"Send\",\"{\"\"CreationTime\""
     "\":\"\"2026-03-17T13:05:00\"\",\"\"Operation\"\":\"\"Send\"\",\"\"RecordType\"\":2,"
     "\"\"ClientIP"
     "\"\":\"\"203.0.113.9\"\",\n\"\"UserId\"\":\"\"ana@contoso.example\"\"}\"",
     "@timestamp=2026-03-17T13:05:00.000Z|event.action=mail-sent|source.ip=203.0.113.9"},
    {"Purview, with a mark of byte order",
     "\xef\xbb\xbfRecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits",
     "r1,2026-03-17T13:05:00.0000000Z,15,UserLoggedIn,ana@contoso.example,\"{}\",",
     "@timestamp=2026-03-17T13:05:00.000Z|event.action=login|user.name=ana@contoso.example"},
    {"sign-ins of the portal",
     "Date (UTC),Request ID,User agent,User,Username,Application,IP address,Location,Status,"
     "Sign-in error code,Client app,Conditional Access",
     "2026-03-17T13:05:00Z,r,Mozilla,Ana,ana@contoso.example,Outlook,203.0.113.9,\"Delft, NL\","
     "Failure,50126,Browser,Not Applied",
     "event.action=login|event.outcome=failure|source.ip=203.0.113.9|user.name=ana@contoso."
     "example"},
    {"semicolons, a German machine", "CreationDate;UserIds;Operations;AuditData;RecordType",
     "17.03.2026 13:05:00;ana@contoso.example;Send;;ExchangeItem",
     "@timestamp=2026-03-17T13:05:00.000Z|user.name=ana@contoso.example"},
    {"day and month cannot be told apart", "CreationDate,UserIds,Operations,AuditData,RecordType",
     "3/4/2026 13:05:00,ana@contoso.example,Send,,ExchangeItem", "BROKEN|!@timestamp"},
    {"message trace",
     "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,"
     "recipient_address,original_client_ip",
     "2026-03-17T13:05:00.1234567Z,ana@contoso.example,Delivered,Re,77,<1@x>,x@evil.example,"
     "203.0.113.9",
     "event.action=message-trace|email.message_id=1@x|mail.size=77|event.outcome=success"},
    {"mailbox audit log",
     "Operation,OperationResult,LogonType,FolderPathName,ClientInfoString,ClientIPAddress,"
     "MailboxOwnerUPN,LogonUserDisplayName,SourceItemInternetMessageIdsList,LastAccessed",
     "HardDelete,Succeeded,Owner,\\Inbox,Client=OWA,203.0.113.9,ana@contoso.example,Ana,<1@x>;<2@x>"
     ","
     "2026-03-17T13:05:00Z",
     "event.action=mail-delete|event.outcome=success|mail.logon=owner|mail.folder=Inbox|"
     "email.message_id=1@x|mail.items.count=2|mail.mailbox=ana@contoso.example"},
};

static bool row_says(size_t i, struct event *e, struct arena *scratch)
{
	struct format_state st;
	slice want = slice_of(tables[i].want);
	format_start(&st, NULL, 0);
	if (format_decode(&st, slice_of(tables[i].header), e, scratch) != DECODED_PART)
		return false;
	enum decoded d = format_decode(&st, slice_of(tables[i].row), e, scratch);
	bool right = slice_eat(&want, "BROKEN|") ? d == DECODED_BROKEN : d == DECODED_EVENT;
	while (want.len)
		right &= expect_item(e, slice_until(&want, '|'), tables[i].name);
	return right;
}

static void rows_of_tables(void **state)
{
	static struct event e;
	struct arena scratch = {0};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if (!row_says(i, &e, &scratch))
			fail_msg("%s", tables[i].name);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
}

/* A cell that says nothing to us may hold line ends: what follows is no record of its own. */
static void a_row_that_goes_on(void **state)
{
	static const struct {
		const char *line;
		enum decoded decoded;
	} file[] = {
	    {"CreationDate,UserIds,Operations,AuditData,RecordType,tag,n", DECODED_PART},
	    {"2026-03-17T13:05:00Z,ana@c.example,Send,,ExchangeItem,\"a", DECODED_EVENT},
	    {"\"\",b", DECODED_PART},
	    {"c\",\"1337,13,Send,may\",2", DECODED_PART},
	    {"2026-03-17T13:06:00Z,bob@c.example,Send,,ExchangeItem,\"never closed", DECODED_EVENT},
	    {"2026-03-17T13:07:00Z,eve@c.example,Send,,ExchangeItem,x,3", DECODED_EVENT},
	    {"2026-03-17T13:08:00Z,ana@c.example,Send,,\"ExchangeItem", DECODED_BROKEN},
	};
	static struct event e;
	struct arena scratch = {0};
	struct format_state st;
	format_start(&st, NULL, 0);
	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		assert_int_equal(format_decode(&st, slice_of(file[i].line), &e, &scratch),
				 file[i].decoded);
	arena_free(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_dress),
	    cmocka_unit_test(what_is_others),
	    cmocka_unit_test(rows_of_tables),
	    cmocka_unit_test(a_row_that_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
