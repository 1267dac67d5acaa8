/*
 * m365_operations.c - Microsoft's operations in the house's words, and whether they went well.
 *
 * Names: learn.microsoft.com/purview/audit-log-activities and .../entra/identity/monitoring-health/
 * reference-audit-activities; a name that ends with a full stop in the record stands without it.
 */
#include "m365.h"

static const struct {
	slice operation;
	enum action action;
} operations[] = {
#define IS(name, action)                                                                           \
	{                                                                                          \
		SLICE_INIT(name), ACT_##action                                                     \
	}
    IS("UserLoggedIn", LOGIN),
    IS("UserLoginFailed", LOGIN),
    IS("MailboxLogin", LOGIN),
    IS("Sign-in activity", LOGIN),
    IS("LogonFailed", LOGIN),
    IS("LogonSuccess", LOGIN),
    IS("MailItemsAccessed", MAIL_ACCESS),
    IS("AttachmentAccess",
       MAIL_ACCESS), /* its ids are the store's own: which mails, it does not say */
    IS("MessageBind", MAIL_ACCESS),
    IS("FolderBind", MAIL_ACCESS),
    IS("Send", MAIL_SENT),
    IS("SendAs", MAIL_SENT),
    IS("SendOnBehalf", MAIL_SENT),
    IS("HardDelete", MAIL_DELETE),
    IS("SoftDelete", MAIL_DELETE),
    IS("MoveToDeletedItems", MAIL_DELETE),
    IS("Create", MAIL_SAVE),
    IS("Copy", MAIL_COPY),
    IS("New-InboxRule", MAIL_RULE),
    IS("Set-InboxRule", MAIL_RULE),
    IS("Enable-InboxRule", MAIL_RULE),
    IS("Disable-InboxRule", MAIL_RULE),
    IS("Remove-InboxRule", MAIL_RULE),
    IS("UpdateInboxRules", MAIL_RULE),
    IS("New-SweepRule", MAIL_RULE),
    IS("New-TransportRule", TRANSPORT_RULE),
    IS("Set-TransportRule", TRANSPORT_RULE),
    IS("Enable-TransportRule", TRANSPORT_RULE),
    IS("Disable-TransportRule", TRANSPORT_RULE),
    IS("Remove-TransportRule", TRANSPORT_RULE),
    IS("New-JournalRule", TRANSPORT_RULE),
    IS("Set-JournalRule", TRANSPORT_RULE),
    IS("New-InboundConnector", TRANSPORT_RULE),
    IS("Set-InboundConnector", TRANSPORT_RULE),
    IS("New-OutboundConnector", TRANSPORT_RULE),
    IS("Set-OutboundConnector", TRANSPORT_RULE),
    IS("New-RemoteDomain", TRANSPORT_RULE),
    IS("Set-RemoteDomain", TRANSPORT_RULE),
    IS("Add-MailboxPermission", DELEGATION),
    IS("Remove-MailboxPermission", DELEGATION),
    IS("Add-RecipientPermission", DELEGATION),
    IS("Add-ADPermission", DELEGATION),
    IS("Add-MailboxFolderPermission", DELEGATION),
    IS("Set-MailboxFolderPermission", DELEGATION),
    IS("AddFolderPermissions", DELEGATION),
    IS("ModifyFolderPermissions", DELEGATION),
    IS("UpdateFolderPermissions", DELEGATION),
    IS("RemoveFolderPermissions", DELEGATION),
    IS("UpdateCalendarDelegation", DELEGATION),
    IS("Consent to application", APP_CONSENT),
    IS("Add OAuth2PermissionGrant", APP_CONSENT),
    IS("Add delegated permission grant", APP_CONSENT),
    IS("Add app role assignment grant to user", APP_CONSENT),
    IS("Add app role assignment to service principal", APP_CONSENT),
    IS("Add service principal credentials", APP_CREDENTIAL),
    IS("Update application \xe2\x80\x93 Certificates and secrets management", APP_CREDENTIAL),
    IS("Update application - Certificates and secrets management", APP_CREDENTIAL),
    IS("User registered security info", AUTH_METHOD_CHANGE),
    IS("User registered all required security info", AUTH_METHOD_CHANGE),
    IS("User deleted security info", AUTH_METHOD_CHANGE),
    IS("User changed default security info", AUTH_METHOD_CHANGE),
    IS("User updated security info", AUTH_METHOD_CHANGE),
    IS("Admin registered security info", AUTH_METHOD_CHANGE),
    IS("Admin deleted security info", AUTH_METHOD_CHANGE),
    IS("Admin updated security info", AUTH_METHOD_CHANGE),
    IS("Register device", AUTH_METHOD_CHANGE), /* its token signs in from then on */
    IS("Disable Strong Authentication", AUTH_METHOD_CHANGE),
    IS("Enable Strong Authentication", AUTH_METHOD_CHANGE),
    IS("Add member to role", ROLE_CHANGE),
    IS("Add eligible member to role", ROLE_CHANGE),
    IS("Add scoped member to role", ROLE_CHANGE),
    IS("Add member to role completed (PIM activation)", ROLE_CHANGE),
    IS("Add member to role in PIM completed (permanent)", ROLE_CHANGE),
    IS("Remove member from role", ROLE_CHANGE),
    IS("Add-RoleGroupMember", ROLE_CHANGE),
    IS("New-ManagementRoleAssignment", ROLE_CHANGE),
    IS("SiteCollectionAdminAdded", ROLE_CHANGE),
    IS("Add user", ACCOUNT_CHANGE),
    IS("Update user", ACCOUNT_CHANGE),
    IS("Delete user", ACCOUNT_CHANGE),
    IS("Restore user", ACCOUNT_CHANGE),
    IS("Enable account", ACCOUNT_CHANGE),
    IS("Disable account", ACCOUNT_CHANGE),
    IS("Invite external user", ACCOUNT_CHANGE),
    IS("New-Mailbox", ACCOUNT_CHANGE),
    IS("Set-CASMailbox", ACCOUNT_CHANGE),
    IS("Change user password", PASSWORD_CHANGE),
    IS("Reset user password", PASSWORD_CHANGE),
    IS("Reset password (self-service)", PASSWORD_CHANGE),
    IS("Reset password (by admin)", PASSWORD_CHANGE),
    IS("Change password (self-service)", PASSWORD_CHANGE),
    IS("Set-MailboxAuditBypassAssociation", AUDIT_CHANGE),
    IS("Set-AdminAuditLogConfig", AUDIT_CHANGE),
    IS("Remove-UnifiedAuditLogRetentionPolicy", AUDIT_CHANGE),
    IS("Set federation settings on domain", TRUST_CHANGE),
    IS("Set domain authentication", TRUST_CHANGE),
    IS("Add verified domain", TRUST_CHANGE),
    IS("Add partner to company", TRUST_CHANGE),
    IS("Update conditional access policy", TRUST_CHANGE),
    IS("Delete conditional access policy", TRUST_CHANGE),
    IS("SearchQueryInitiatedExchange", MAIL_SEARCH),
    IS("SearchQueryInitiatedSharePoint", MAIL_SEARCH),
    IS("SearchQueryPerformed", MAIL_SEARCH),
    IS("New-ComplianceSearch", MAIL_EXPORT),
    IS("Start-ComplianceSearch", MAIL_EXPORT),
    IS("New-ComplianceSearchAction", MAIL_EXPORT),
    IS("New-MailboxExportRequest", MAIL_EXPORT),
    IS("New-MailboxSearch", MAIL_EXPORT),
    IS("SearchCreated", MAIL_EXPORT),
    IS("SearchStarted", MAIL_EXPORT),
    IS("SearchPreviewed", MAIL_EXPORT),
    IS("SearchExported", MAIL_EXPORT),
    IS("SearchExportDownloaded", MAIL_EXPORT),
    IS("SearchResultsExported", MAIL_EXPORT),
    IS("FileAccessed", CLOUD_FILE_OPEN),
    IS("FileAccessedExtended", CLOUD_FILE_OPEN),
    IS("FilePreviewed", CLOUD_FILE_OPEN),
    IS("FileDownloaded", CLOUD_FILE_GET),
    IS("FileSyncDownloadedFull", CLOUD_FILE_GET),
    IS("FileSyncDownloadedPartial", CLOUD_FILE_GET),
    IS("SharingSet", CLOUD_FILE_SHARE),
    IS("AnonymousLinkCreated", CLOUD_FILE_SHARE),
    IS("SecureLinkCreated", CLOUD_FILE_SHARE),
    IS("CompanyLinkCreated", CLOUD_FILE_SHARE),
    IS("SharingInvitationCreated", CLOUD_FILE_SHARE),
    IS("AddedToSecureLink", CLOUD_FILE_SHARE),
    IS("MessageTrace", MESSAGE_TRACE), /* our own word: the records have none */
    IS("AlertTriggered", ALERT),
    IS("AlertEntityGenerated", ALERT),
#undef IS
};

static enum action action_of(slice operation)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (slice_eq(operations[i].operation, operation))
			return operations[i].action;
	return ACT_MESSAGE;
}

/* Operations that may be one thing or another: the parameter tells. */
static const struct {
	slice operation, parameter;
	enum action action;
} by_parameter[] = {
    {SLICE_INIT("Set-Mailbox"), SLICE_INIT("ForwardingSmtpAddress"), ACT_MAIL_FORWARDING},
    {SLICE_INIT("Set-Mailbox"), SLICE_INIT("ForwardingAddress"), ACT_MAIL_FORWARDING},
    {SLICE_INIT("Set-Mailbox"), SLICE_INIT("GrantSendOnBehalfTo"), ACT_DELEGATION},
    {SLICE_INIT("Set-Mailbox"), SLICE_INIT("AuditEnabled"), ACT_AUDIT_CHANGE},
    {SLICE_INIT("Set-Mailbox"), SLICE_INIT("AuditOwner"), ACT_AUDIT_CHANGE},
    {SLICE_INIT("Set-Mailbox"), SLICE_INIT("DefaultAuditSet"), ACT_AUDIT_CHANGE},
    {SLICE_INIT("Set-OrganizationConfig"), SLICE_INIT("AuditDisabled"), ACT_AUDIT_CHANGE},
    {SLICE_INIT("Update user"), SLICE_INIT("StrongAuthenticationMethod"), ACT_AUTH_METHOD_CHANGE},
    {SLICE_INIT("Update user"), SLICE_INIT("StrongAuthenticationPhoneAppDetail"),
     ACT_AUTH_METHOD_CHANGE},
    {SLICE_INIT("Update user"), SLICE_INIT("StrongAuthenticationUserDetails"),
     ACT_AUTH_METHOD_CHANGE},
    {SLICE_INIT("Update user"), SLICE_INIT("StrongAuthenticationRequirement"),
     ACT_AUTH_METHOD_CHANGE},
    {SLICE_INIT("Update application"), SLICE_INIT("KeyDescription"), ACT_APP_CREDENTIAL},
};

struct sought {
	slice operation;
	enum action action;
};

static void look_at_parameter(void *ctx, slice name, slice value)
{
	struct sought *s = ctx;
	for (size_t i = 0; i < sizeof by_parameter / sizeof *by_parameter; i++)
		if (slice_eq(by_parameter[i].operation, s->operation) &&
		    slice_eq(by_parameter[i].parameter, name) && s->action == ACT_MESSAGE)
			s->action = by_parameter[i].action;
}

static enum action action_by_parameter(struct m365_view *v, slice operation, enum action plain)
{
	struct sought s = {operation, ACT_MESSAGE};
	for (size_t i = 0; i < sizeof by_parameter / sizeof *by_parameter; i++)
		if (slice_eq(by_parameter[i].operation, operation)) {
			m365_pairs(v, M365_PARAMETERS, look_at_parameter, &s);
			m365_pairs(v, M365_MODIFIED, look_at_parameter, &s);
			break;
		}
	return s.action == ACT_MESSAGE ? plain : s.action;
}

static const struct {
	slice word;
	enum result result;
} results[] = {
    {SLICE_INIT("Success"), OUT_SUCCESS},     {SLICE_INIT("Succeeded"), OUT_SUCCESS},
    {SLICE_INIT("True"), OUT_SUCCESS},        {SLICE_INIT("Delivered"), OUT_SUCCESS},
    {SLICE_INIT("Resolved"), OUT_SUCCESS},    {SLICE_INIT("Failed"), OUT_FAILURE},
    {SLICE_INIT("Failure"), OUT_FAILURE},     {SLICE_INIT("False"), OUT_FAILURE},
    {SLICE_INIT("Fail"), OUT_FAILURE},        {SLICE_INIT("Deliver"), OUT_SUCCESS},
    {SLICE_INIT("Interrupted"), OUT_FAILURE}, {SLICE_INIT("Quarantined"), OUT_FAILURE},
    {SLICE_INIT("Error"), OUT_FAILURE},
};

static enum result result_of(slice word)
{
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (slice_eq_nocase(results[i].word, word))
			return results[i].result;
	return OUT_NONE;
}

/* A sign-in is told by its operation or its error number: ResultStatus speaks of the request. */
static enum result sign_in_result(const struct m365_view *v, slice operation)
{
	slice error = m365_text(v, M365_ERROR);
	int64_t number;
	if (slice_eq(operation, SLICE("UserLoginFailed")) ||
	    slice_eq(operation, SLICE("LogonFailed")))
		return OUT_FAILURE;
	if (slice_eq(operation, SLICE("UserLoggedIn")))
		return OUT_SUCCESS;
	if (slice_is_number(error, &number))
		return number == 0 ? OUT_SUCCESS : OUT_FAILURE;
	enum result stated = result_of(m365_text(v, M365_STATUS));
	return stated != OUT_NONE ? stated : result_of(m365_text(v, M365_RESULT));
}

void m365_operation(struct m365_view *v, struct event *e, slice operation)
{
	enum action action = action_by_parameter(v, operation, action_of(operation));
	enum result result = result_of(m365_text(v, M365_RESULT));
	if (action == ACT_MESSAGE_TRACE && result == OUT_NONE)
		result = result_of(m365_text(v, M365_STATUS));
	if (action == ACT_LOGIN)
		result = sign_in_result(v, operation);
	event_act(e, action, result);
	if (operation.len)
		event_text(e, F_OPERATION, operation);
}
