/*
 * m365_names.c - which member or column holds what, in all the dresses that a record may wear.
 *
 * A record has some forty names, and most are of no use here: names of one length stand together,
 * so that all but a few are passed by unlooked at.
 */
#include "m365.h"

struct known_name {
	const char *text;
	enum m365_slot slot;
};

static const struct known_name of_2[] = {
    {"Id", M365_ID},
};
static const struct known_name of_4[] = {
    {"Date", M365_TIME},     {"time", M365_TIME_LATER}, {"Item", M365_ITEM},
    {"Type", M365_CATEGORY}, {"Size", M365_SIZE},       {"Data", M365_DATA},
};
static const struct known_name of_5[] = {
    {"AppId", M365_APP_ID},
    {"Error", M365_ERROR_TEXT},
};
static const struct known_name of_6[] = {
    {"Result", M365_RESULT}, {"UserId", M365_USER},   {"Caller", M365_USER},
    {"FromIP", M365_IP},     {"Status", M365_STATUS}, {"Sender", M365_SENDER},
};
static const struct known_name of_7[] = {
    {"RunDate", M365_TIME},    {"UserIds", M365_USER},    {"Service", M365_WORKLOAD},
    {"Folders", M365_FOLDERS}, {"Country", M365_COUNTRY}, {"Subject", M365_SUBJECT},
    {"SiteUrl", M365_SITE},    {"_source", M365_INNER},
};
static const struct known_name of_8[] = {
    {"Received", M365_TIME},      {"Activity", M365_OPERATION}, {"event_id", M365_OPERATION},
    {"Username", M365_USER},      {"ClientIP", M365_IP},        {"Workload", M365_WORKLOAD},
    {"TenantId", M365_TENANT},    {"RecordId", M365_ID},        {"OfficeId", M365_ID},
    {"ReportId", M365_ID},        {"Identity", M365_ID},        {"ObjectId", M365_OBJECT},
    {"UserType", M365_USER_TYPE}, {"Category", M365_CATEGORY},  {"Location", M365_LOCATION},
    {"FileName", M365_FILE},      {"Site_Url", M365_SITE},
};
static const struct known_name of_9[] = {
    {"Timestamp", M365_TIME_LATER}, {"Operation", M365_OPERATION},  {"Succeeded", M365_RESULT},
    {"IPAddress", M365_IP},         {"client_ip", M365_IP},         {"RequestId", M365_ID},
    {"LogonType", M365_LOGON_TYPE}, {"UserAgent", M365_USER_AGENT}, {"SessionId", M365_SESSION},
    {"ErrorCode", M365_ERROR},      {"MemberUpn", M365_TARGET},     {"MessageId", M365_MESSAGE_ID},
    {"Recipient", M365_RECIPIENT},  {"QueryText", M365_QUERY},      {"AuditData", M365_INNER},
};
static const struct known_name of_10[] = {
    {"SenderIPv4", M365_IP},         {"SenderIPv6", M365_IP_MORE},
    {"Date (UTC)", M365_TIME},       {"@timestamp", M365_TIME_LATER},
    {"Operations", M365_OPERATION},  {"ActionType", M365_OPERATION},
    {"CmdletName", M365_OPERATION},  {"AccountUpn", M365_USER},
    {"IP address", M365_IP},         {"RecordType", M365_RECORD_TYPE},
    {"Request ID", M365_ID},         {"Logon_Type", M365_LOGON_TYPE},
    {"User agent", M365_USER_AGENT}, {"User-Agent", M365_USER_AGENT},
    {"Session ID", M365_SESSION},    {"Parameters", M365_PARAMETERS},
    {"ResultType", M365_ERROR},      {"LogonError", M365_ERROR_TEXT},
    {"Client app", M365_CLIENT_APP}, {"message_id", M365_MESSAGE_ID},
    {"Recipients", M365_RECIPIENT},  {"properties", M365_INNER},
};
static const struct known_name of_11[] = {
    {"Record Type", M365_RECORD_TYPE},   {"AADTenantId", M365_TENANT},
    {"ClientAppId", M365_CLIENT_APP_ID}, {"Application", M365_APP_NAME},
    {"SourceItems", M365_ITEMS},         {"ErrorNumber", M365_ERROR},
    {"EventSource", M365_CATEGORY},      {"CountryCode", M365_COUNTRY},
    {"InitiatedBy", M365_ACTOR},         {"ItemSubject", M365_SUBJECT},
    {"total_bytes", M365_SIZE},          {"SearchQuery", M365_QUERY},
};
static const struct known_name of_12[] = {
    {"CreationTime", M365_TIME},       {"LastAccessed", M365_TIME},
    {"CreationDate", M365_TIME_LATER}, {"ResultStatus", M365_RESULT},
    {"AADSessionId", M365_SESSION},    {"ResultReason", M365_ERROR_TEXT},
    {"DeviceDetail", M365_DEVICE},     {"RawEventData", M365_INNER},
};
static const struct known_name of_13[] = {
    {"date_time_utc", M365_TIME},       {"TimeGenerated", M365_TIME_LATER},
    {"OperationName", M365_OPERATION},  {"ApplicationId", M365_APP_ID},
    {"AffectedItems", M365_ITEMS},      {"FailureReason", M365_ERROR_TEXT},
    {"ClientAppUsed", M365_CLIENT_APP}, {"SenderAddress", M365_SENDER},
};
static const struct known_name of_14[] = {
    {"ActorIpAddress", M365_IP_MORE},    {"OfficeWorkload", M365_WORKLOAD},
    {"OrganizationId", M365_TENANT},     {"MessageTraceId", M365_ID},
    {"Application ID", M365_APP_ID},     {"AppDisplayName", M365_APP_NAME},
    {"OfficeObjectId", M365_OBJECT},     {"ObjectModified", M365_OBJECT},
    {"FolderPathName", M365_FOLDER},     {"OperationCount", M365_COUNT},
    {"Failure reason", M365_ERROR_TEXT}, {"sender_address", M365_SENDER},
    {"SourceFileName", M365_FILE},       {"DeliveryAction", M365_RESULT},
};
static const struct known_name of_15[] = {
    {"CreatedDateTime", M365_TIME},     {"OperationResult", M365_RESULT},
    {"delivery_status", M365_RESULT},   {"UserDisplayName", M365_USER_NAMED},
    {"CallerIpAddress", M365_IP},       {"ClientIPAddress", M365_IP_MORE},
    {"LoggedByService", M365_WORKLOAD}, {"MailboxOwnerUPN", M365_MAILBOX},
    {"Application ID ", M365_APP_ID},   {"ApplicationName", M365_APP_NAME},
    {"ExtraProperties", M365_EXTRA},    {"LocationDetails", M365_LOCATION},
    {"TargetResources", M365_TARGETS},  {"message_subject", M365_SUBJECT},
    {"SearchQueryText", M365_QUERY},    {"SaveToSentItems", M365_SAVED},
};
static const struct known_name of_16[] = {
    {"NetworkMessageId", M365_NETWORK_ID},  {"ActivityDateTime", M365_TIME},
    {"ReceivedDateTime", M365_TIME},        {"origin_timestamp", M365_TIME},
    {"recipient_status", M365_RESULT},      {"ActorDisplayName", M365_USER_NAMED},
    {"Client_IPAddress", M365_IP_MORE},     {"OfficeRecordType", M365_RECORD_TYPE},
    {"ClientInfoString", M365_CLIENT_INFO}, {"CmdletParameters", M365_PARAMETERS},
    {"RecipientAddress", M365_RECIPIENT},   {"AppAccessContext", M365_CONTEXT},
    {"DeviceProperties", M365_DEVICE},
};
static const struct known_name of_17[] = {
    {"SenderFromAddress", M365_SENDER},     {"UserPrincipalName", M365_USER},
    {"AdditionalDetails", M365_EXTENDED},   {"ResultDescription", M365_ERROR_TEXT},
    {"InternetMessageId", M365_MESSAGE_ID}, {"recipient_address", M365_RECIPIENT},
    {"ClientProcessName", M365_PROGRAM},
};
static const struct known_name of_18[] = {
    {"AccountDisplayName", M365_USER_NAMED}, {"original_client_ip", M365_IP},
    {"ModifiedProperties", M365_MODIFIED},   {"ExtendedProperties", M365_EXTENDED},
    {"Sign-in error code", M365_ERROR},      {"Conditional Access", M365_POLICY},
};
static const struct known_name of_19[] = {
    {"TimeGenerated [UTC]", M365_TIME_LATER}, {"ActivityDisplayName", M365_OPERATION},
    {"OperationProperties", M365_PROPERTIES}, {"DestMailboxOwnerUPN", M365_TARGET},
    {"RiskLevelAggregated", M365_RISK},
};
static const struct known_name of_20[] = {
    {"origin_timestamp_utc", M365_TIME},
    {"LogonUserDisplayName", M365_USER},
    {"ServicePrincipalName", M365_USER_NAMED},
};
static const struct known_name of_21[] = {
    {"RecipientEmailAddress", M365_RECIPIENT},
    {"ItemInternetMessageId", M365_ITEM_IDS},
    {"TargetUserOrGroupName", M365_TARGET},
    {"RiskLevelDuringSignIn", M365_RISK},
};
static const struct known_name of_22[] = {
    {"ActorUserPrincipalName", M365_USER},
    {"ApplicationDisplayName", M365_APP_NAME},
};
static const struct known_name of_23[] = {
    {"ConditionalAccessStatus", M365_POLICY},
};
static const struct known_name of_24[] = {
    {"MailboxResolvedOwnerName", M365_MAILBOX},
    {"Target1UserPrincipalName", M365_TARGET},
};
static const struct known_name of_25[] = {
    {"SourceFolderPathNamesList", M365_FOLDER},
    {"AuthenticationRequirement", M365_NEEDS},
};
static const struct known_name of_26[] = {
    {"Authentication requirement", M365_NEEDS},
};
static const struct known_name of_27[] = {
    {"AggregatedRecordFoldersData", M365_FOLDERS},
};
static const struct known_name of_32[] = {
    {"SourceItemInternetMessageIdsList", M365_ITEM_IDS},
};
static const struct known_name of_38[] = {
    {"AuditOperationsCountInAggregatedRecord", M365_COUNT},
};

static const struct {
	const struct known_name *names;
	size_t count;
} by_length[] = {
#define OF(n) [n] = {of_##n, sizeof of_##n / sizeof *of_##n}
    OF(2),  OF(4),  OF(5),  OF(6),  OF(7),  OF(8),  OF(9),  OF(10), OF(11),
    OF(12), OF(13), OF(14), OF(15), OF(16), OF(17), OF(18), OF(19), OF(20),
    OF(21), OF(22), OF(23), OF(24), OF(25), OF(26), OF(27), OF(32), OF(38),
#undef OF
};

static char lower_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_name(const char *known, slice name)
{
	if (known[0] != name.at[0] && lower_letter(known[0]) != lower_letter(name.at[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (known[i] != name.at[i] && lower_letter(known[i]) != lower_letter(name.at[i]))
			return false;
	return true;
}

enum m365_slot m365_slot_of(slice name)
{
	size_t n = name.len < sizeof by_length / sizeof *by_length ? by_length[name.len].count : 0;
	for (size_t i = 0; i < n; i++)
		if (is_name(by_length[name.len].names[i].text, name))
			return by_length[name.len].names[i].slot;
	return M365_SLOTS;
}
